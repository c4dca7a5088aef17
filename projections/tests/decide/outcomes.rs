//! Where a run stands, and when `watch` wakes it.

use weekledger_events::payload::{FailureClass, Goal, Origin, SentOutcome, Stage};
use weekledger_projections::due::{DueTable, Nudge, due};
use weekledger_projections::week_state::Outcome;

use crate::given::{Given, accepted, at, refused, unknown};

const NOTHING: Nudge = Nudge { wake: false, tell: false };
const WAKE: Nudge = Nudge { wake: true, tell: false };

fn nudge(given: &Given, minute: i64) -> Option<Nudge> {
    let state = given.state();
    let run = state.runs.last().unwrap();
    due(&state, run).map(|due| due.nudge(&DueTable::STANDARD, at(minute)))
}

#[test]
fn a_held_a_complete_and_a_superseded_run_are_never_due() {
    let (mut held, run) = Given::scheduled(Goal::Hold);
    held.all_but_sent(run, None);
    assert_eq!(held.state().outcome(&held.state().runs[0]), Outcome::Held);
    assert_eq!(nudge(&held, 5000), None);

    let (mut figures, run) = Given::nothing().run(Goal::Figures, Origin::Backfill, None);
    let fetched = figures.fetched(run, run.0);
    figures.computed(run, fetched, None);
    assert_eq!(figures.state().outcome(&figures.state().runs[0]), Outcome::Figures);
    assert_eq!(nudge(&figures, 5000), None);

    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let fetched = given.fetched(run, run.0);
    let (given, _) = given.run(Goal::Deliver, Origin::ReEmit, Some(fetched));
    let state = given.state();
    assert_eq!(state.outcome(&state.runs[0]), Outcome::Superseded);
    assert_eq!(due(&state, &state.runs[0]), None);
}

#[test]
fn a_stage_at_work_is_left_alone_and_a_stalled_one_woken_every_half_hour() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    given.fetched(run, run.0);
    assert_eq!(nudge(&given, 3), Some(NOTHING));
    // Computing may take 20 minutes from minute 2 on.
    assert_eq!(nudge(&given, 21), Some(NOTHING));
    assert_eq!(nudge(&given, 22), Some(WAKE));
    assert_eq!(nudge(&given, 27), Some(NOTHING));
    assert_eq!(nudge(&given, 52), Some(WAKE));
}

#[test]
fn a_stage_that_set_itself_a_time_is_woken_when_it_has_come() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    given.failed(run, Stage::Fetch, run.0, FailureClass::Waiting, at(60));
    assert_eq!(given.state().outcome(&given.state().runs[0]), Outcome::Waiting);
    assert_eq!(nudge(&given, 59), Some(NOTHING));
    assert_eq!(nudge(&given, 61), Some(WAKE));
}

#[test]
fn delivery_is_woken_at_its_time_even_without_a_schedule() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    given.all_but_sent(run, None);
    assert_eq!(nudge(&given, 119), Some(NOTHING));
    assert_eq!(nudge(&given, 120), Some(WAKE));
}

#[test]
fn the_owner_is_told_of_a_stall_once() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let fetched = given.fetched(run, run.0);
    assert!(nudge(&given, 122).unwrap().tell);
    given.failed(run, Stage::Compute, fetched, FailureClass::Stalled, at(0));
    assert!(!nudge(&given, 122).unwrap().tell);
}

#[test]
fn a_failure_stands_until_an_output_supersedes_it() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    given.failed(run, Stage::Fetch, run.0, FailureClass::Fatal, at(400));
    assert_eq!(given.state().outcome(&given.state().runs[0]), Outcome::Failed);
    given.fetched(run, run.0);
    assert_eq!(given.state().outcome(&given.state().runs[0]), Outcome::Running);
}

#[test]
fn a_partial_end_is_sent_once_the_mail_service_has_told_of_whom_nothing_was_known() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let analysis = given.all_but_sent(run, None);
    let ada = given.intent(run, analysis, "ada", 1);
    given.resolved(run, ada, unknown());
    let bob = given.intent(run, analysis, "bob", 1);
    given.resolved(run, bob, accepted());
    given.sent(run, analysis, SentOutcome::Partial, &[("ada", unknown()), ("bob", accepted())]);
    let unreached = |given: &Given| {
        let state = given.state();
        let keys = state.runs[0].unreached().map(|(key, _)| key.to_string()).collect();
        (state.outcome(&state.runs[0]), keys)
    };
    assert_eq!(unreached(&given), (Outcome::Partial, vec!["ada".to_owned()]));
    let mut refused_later = given.clone();
    refused_later.resolved(run, ada, refused());
    assert_eq!(unreached(&refused_later), (Outcome::Partial, vec!["ada".to_owned()]));
    given.resolved(run, ada, accepted());
    assert_eq!(unreached(&given), (Outcome::Sent, Vec::new()));
}
