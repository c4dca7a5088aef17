use weekledger_events::{ReportId, Week};

use super::*;
use crate::figure::{Level, Metric, Unit, Window};

fn figure(id: &str, value: i64) -> Figure {
    Figure {
        id: id.to_owned(),
        report: ReportId::parse("weekly").unwrap(),
        week: Week::parse("2026-W47").unwrap(),
        level: Level::Report,
        entity_id: "weekly".into(),
        entity_name: "Weekly".into(),
        metric: Metric::Clicks,
        window: Window::Week,
        unit: Unit::Count,
        value: Some(value.into()),
        display: value.to_string(),
        note: None,
        currency: None,
        direction: None,
        status: None,
        untestable: None,
        usual: None,
        signal: None,
        detectable: None,
        verdict_note: None,
    }
}

#[test]
fn figures_are_told_apart_by_id() {
    let before = [figure("a", 1), figure("b", 2), figure("c", 3)];
    let after = [figure("d", 4), figure("b", 5), figure("a", 1)];
    let found = diff(&before, &after);
    let expected = Diff {
        changed: vec![Changed { before: figure("b", 2), after: figure("b", 5) }],
        added: vec![figure("d", 4)],
        removed: vec![figure("c", 3)],
    };
    assert_eq!(found, expected);
}

#[test]
fn words_beside_an_equal_value_are_a_change() {
    let mut noted = figure("a", 1);
    noted.note = Some("since 18 May 2026".into());
    assert_eq!(diff(&[figure("a", 1)], &[noted]).changed.len(), 1);
}

#[test]
fn equal_lists_in_any_order_do_not_differ() {
    let one = [figure("a", 1), figure("b", 2)];
    let other = [figure("b", 2), figure("a", 1)];
    assert!(diff(&one, &other).is_empty());
}
