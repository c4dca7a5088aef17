//! Which findings come first: a department reads three actions at most.

use weekledger_events::{Finding, FindingClass, Severity};
use weekledger_projections::report_view::Piece;

use super::fixture::World;
use super::worlds::finding;

#[test]
fn an_account_that_stopped_is_acted_on_before_single_contacts() {
    let contacts = |campaigns: &str| Finding {
        subject: campaigns.to_owned(),
        ..finding(
            FindingClass::AmbiguousCampaign,
            Severity::Warning,
            &format!("In 2026-W47, 2 contacts fit campaigns {campaigns} alike; not attributed."),
            &format!("Give the campaigns {campaigns} different names."),
        )
    };
    let stopped = Finding {
        subject: "act_2".to_owned(),
        ..finding(
            FindingClass::DeliveryStopped,
            Severity::Warning,
            "Harbour Residence delivered in 2026-W46 and has no delivery in 2026-W47.",
            "Check whether the account was meant to stop, and its billing.",
        )
    };
    let findings = vec![contacts("Spring"), contacts("Summer"), contacts("Autumn"), stopped];
    let made = World { findings, ..World::normal() }.make();
    let marketing = &made.view.departments[0];
    let first: String = marketing.actions[0].iter().map(Piece::shown).collect();
    assert!(first.starts_with("Harbour Residence: Check whether"), "{first}");
    let first: String = made.view.quality[0].iter().map(Piece::shown).collect();
    assert!(first.contains("has no delivery"), "{first}");
}
