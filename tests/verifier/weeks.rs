//! Weeks in which figures rose, fell and held, with hostile names among them.

use std::sync::LazyLock;

use weekledger_events::{Finding, FindingClass, Severity};

use super::fixture::{Made, World};

/// Leads of the newest weeks of each account, in percent of ordinary ones.
const SHAPES: [[u64; 3]; 6] =
    [[100, 100, 100], [300, 100, 15], [100, 0, 100], [15, 300, 100], [300, 300, 300], [20, 15, 20]];

pub fn all() -> &'static [Made] {
    static ALL: LazyLock<Vec<Made>> = LazyLock::new(|| SHAPES.map(|one| week(one).make()).into());
    &ALL
}

/// Three accounts; a shape other than 100 holds for two weeks, so that alerts are raised.
pub fn week(shape: [u64; 3]) -> World {
    let mut world = World::normal();
    for (account, percent) in world.accounts.iter_mut().zip(shape) {
        for campaign in &mut account.campaigns {
            for ad_set in &mut campaign.ad_sets {
                for week in &mut ad_set.weeks[18..] {
                    week.1 = week.1 * percent / 100;
                }
            }
        }
    }
    world.findings = vec![Finding {
        class: FindingClass::UnattributedLeads,
        severity: Severity::Note,
        subject: "act_1".to_owned(),
        week: None,
        message: "3 contacts from paid social could not be matched to a campaign".to_owned(),
        action: Some("add the campaign id to the links of new ads".to_owned()),
    }];
    world
}
