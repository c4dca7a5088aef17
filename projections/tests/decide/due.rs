//! When the owner is told of a stage that goes on by itself.

use weekledger_events::payload::{FailureClass, Goal, Origin, Stage, StageFailed};
use weekledger_events::{EventId, RunId};
use weekledger_projections::due::{DueTable, Nudge, due};

use crate::given::{Given, at};

fn nudge(given: &Given, run: RunId, minute: i64) -> Nudge {
    let state = given.state();
    let due = due(&state, state.run(run).unwrap()).unwrap();
    due.nudge(&DueTable::STANDARD, at(minute))
}

/// A pull that has waited again and again, each time until a little later.
fn waits(origin: Origin) -> (Given, RunId) {
    let (mut given, run) = Given::nothing().run(Goal::Deliver, origin, None);
    for minute in [20, 80, 140, 200] {
        given.failed(run, Stage::Fetch, run.0, FailureClass::Waiting, at(minute));
    }
    (given, run)
}

#[test]
fn of_a_report_that_is_late_the_owner_is_told_whenever_it_is_tried_again() {
    // It was to be sent at minute 120.
    let (given, run) = waits(Origin::Schedule);
    assert!(!nudge(&given, run, 139).tell);
    assert_eq!(nudge(&given, run, 140), Nudge { wake: false, tell: true });
    assert_eq!(nudge(&given, run, 199), Nudge { wake: false, tell: true });
    assert_eq!(nudge(&given, run, 200), Nudge { wake: true, tell: true });
}

#[test]
fn they_are_told_once() {
    let (mut given, run) = waits(Origin::Schedule);
    let told = StageFailed {
        stage: Stage::Fetch,
        trigger: run.0,
        ordinal: 1,
        class: FailureClass::Stalled,
        sentence: String::new(),
        action: None,
        retry_at: None,
    };
    given.push(EventId::stage_stalled(run, run.0, Stage::Fetch), run, told.into());
    given.failed(run, Stage::Fetch, run.0, FailureClass::Waiting, at(260));
    assert!(!nudge(&given, run, 250).tell);
    assert_eq!(nudge(&given, run, 260), Nudge { wake: true, tell: false });
}

#[test]
fn whoever_asked_by_hand_was_answered_and_is_told_two_hours_after() {
    let (given, run) = waits(Origin::Hand);
    assert!(!nudge(&given, run, 120).tell);
    assert!(nudge(&given, run, 122).tell);
}

#[test]
fn of_what_needs_a_person_the_owner_was_told_when_it_failed() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    given.failed(run, Stage::Fetch, run.0, FailureClass::Fatal, at(400));
    assert!(!nudge(&given, run, 200).tell);
}
