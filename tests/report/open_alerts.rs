//! Alerts that stay open while the figure did not leave its range this week.

use weekledger_projections::claim::Claim;
use weekledger_projections::figure::{Direction, Status};
use weekledger_projections::report_view::Piece;

use super::fixture::{Made, World, ordinary};

fn said(line: &[Piece]) -> String {
    line.iter().map(Piece::shown).collect()
}

/// No leads in one week, then as many as ever.
fn recovered() -> Made {
    let mut world = World::small();
    let ad_set = &mut world.accounts[0].campaigns[0].ad_sets[0];
    ad_set.weeks = ordinary(20, 9000, 60);
    ad_set.weeks[18].1 = 0;
    world.make()
}

#[test]
fn an_open_alert_says_where_the_figure_is_and_not_that_it_is_out_of_line() {
    let made = recovered();
    let lingers = |claim: &Claim| {
        claim.status == Some(Status::Alert) && claim.direction == Some(Direction::Flat)
    };
    assert!(made.claims.claims.iter().any(lingers), "the week has to have one");
    let text = made.mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!text.contains("out of line") && !text.contains("dearer"), "{text}");
    let headline = said(&made.view.headline);
    assert!(headline.starts_with("Lakeside Hotel: an alert is open on "), "{headline}");
    assert_eq!(headline.matches("Lakeside Hotel").count(), 1, "named once: {headline}");
}

#[test]
fn a_figure_that_is_back_within_its_range_is_watched_and_nobody_has_to_act() {
    let made = recovered();
    for department in &made.view.departments {
        let actions: Vec<String> = department.actions.iter().map(|line| said(line)).collect();
        assert_eq!(actions, Vec::<String>::new(), "{}", department.title);
    }
    let text = made.mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let watched = ", back within the ordinary range; watch it next week as well.";
    assert!(text.contains(watched), "{text}");
    assert_eq!(super::checking::of(&made), Vec::<String>::new());
}
