//! Stages before delivery: perform, done already, wait, superseded.

use weekledger_events::Revision;
use weekledger_events::payload::{FailureClass, Goal, Origin, Stage};
use weekledger_projections::decide::{BadPointer, Decision};

use crate::given::{Given, at};

#[test]
fn a_pull_waits_for_the_end_of_the_week() {
    let (given, run) = Given::scheduled(Goal::Deliver);
    assert_eq!(given.when(Stage::Fetch, run, run.0, 9), Decision::WaitUntil(at(10)));
    assert_eq!(given.when(Stage::Fetch, run, run.0, 10), Decision::Perform { rules_only: false });
}

#[test]
fn a_stage_that_is_done_emits_what_follows_and_does_nothing_again() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let fetched = given.fetched(run, run.0);
    assert_eq!(given.when(Stage::Fetch, run, run.0, 11), given.emits(run, fetched));
    assert_eq!(
        given.when(Stage::Compute, run, fetched, 11),
        Decision::Perform { rules_only: false }
    );
}

#[test]
fn a_backfill_stops_after_its_metrics() {
    let (mut given, run) = Given::nothing().run(Goal::Figures, Origin::Backfill, None);
    let fetched = given.fetched(run, run.0);
    let computed = given.computed(run, fetched, None);
    assert_eq!(given.when(Stage::Compute, run, fetched, 20), Decision::Done { emit: None });
    assert_eq!(given.when(Stage::Analyze, run, computed, 20), Decision::Done { emit: None });
}

#[test]
fn a_failed_stage_waits_for_its_time_unless_a_person_insists() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    given.failed(run, Stage::Fetch, run.0, FailureClass::Waiting, at(60));
    assert_eq!(given.when(Stage::Fetch, run, run.0, 30), Decision::WaitUntil(at(60)));
    assert_eq!(
        given.when_insisting(Stage::Fetch, run, run.0, 30),
        Decision::Perform { rules_only: false }
    );
    assert_eq!(given.when(Stage::Fetch, run, run.0, 60), Decision::Perform { rules_only: false });
}

#[test]
fn only_the_newest_failure_of_a_stage_counts() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    given.failed(run, Stage::Fetch, run.0, FailureClass::Fatal, at(400));
    given.failed(run, Stage::Fetch, run.0, FailureClass::Waiting, at(20));
    assert_eq!(given.when(Stage::Fetch, run, run.0, 21), Decision::Perform { rules_only: false });
}

#[test]
fn past_the_time_for_the_analysis_the_rules_write() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let fetched = given.fetched(run, run.0);
    let computed = given.computed(run, fetched, None);
    let perform = |minute| given.when(Stage::Analyze, run, computed, minute);
    assert_eq!(perform(89), Decision::Perform { rules_only: false });
    assert_eq!(perform(90), Decision::Perform { rules_only: true });
}

#[test]
fn after_a_fatal_failure_of_the_model_the_rules_write() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let fetched = given.fetched(run, run.0);
    let computed = given.computed(run, fetched, None);
    given.failed(run, Stage::Analyze, computed, FailureClass::Fatal, at(30));
    assert_eq!(
        given.when(Stage::Analyze, run, computed, 31),
        Decision::Perform { rules_only: true }
    );
}

#[test]
fn a_later_revision_that_may_deliver_stops_an_unfinished_one() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let fetched = given.fetched(run, run.0);
    let (given, _) = given.run(Goal::Deliver, Origin::ReEmit, Some(fetched));
    let by = Revision(2);
    assert_eq!(given.when(Stage::Compute, run, fetched, 20), Decision::Superseded { by });
}

#[test]
fn a_later_revision_that_is_held_stops_nothing() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let fetched = given.fetched(run, run.0);
    let (given, _) = given.run(Goal::Hold, Origin::ReEmit, Some(fetched));
    assert_eq!(
        given.when(Stage::Compute, run, fetched, 20),
        Decision::Perform { rules_only: false }
    );
}

#[test]
fn a_re_emit_works_on_the_event_of_an_earlier_run_and_makes_its_own() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let fetched = given.fetched(run, run.0);
    let computed = given.computed(run, fetched, None);
    let (given, again) = given.run(Goal::Hold, Origin::ReEmit, Some(fetched));
    assert_eq!(
        given.when(Stage::Compute, again, fetched, 20),
        Decision::Perform { rules_only: false }
    );
    let pointer = given.state().pointer(again, computed).unwrap();
    let foreign = given.try_when(Stage::Analyze, &pointer, 20, false);
    assert_eq!(foreign, Err(BadPointer::ForeignEvent { event: computed, run: again }));
}

#[test]
fn a_pointer_to_what_the_ledger_does_not_hold_is_refused() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let before = given.clone();
    let fetched = given.fetched(run, run.0);
    let pointer = given.pointer(run, fetched);
    let sequence = pointer.sequence;
    assert_eq!(
        before.try_when(Stage::Compute, &pointer, 20, false),
        Err(BadPointer::UnknownEvent { event: fetched, sequence })
    );
    assert_eq!(
        Given::nothing().try_when(Stage::Compute, &pointer, 20, false),
        Err(BadPointer::UnknownRun(run))
    );
    assert!(matches!(
        given.try_when(Stage::Deliver, &pointer, 20, false),
        Err(BadPointer::WrongStage { .. })
    ));
}

#[test]
fn a_pointer_with_another_sequence_is_refused() {
    let (given, run) = Given::scheduled(Goal::Deliver);
    let mut pointer = given.pointer(run, run.0);
    pointer.sequence = pointer.sequence.next();
    let result = given.try_when(Stage::Fetch, &pointer, 20, false);
    assert!(matches!(result, Err(BadPointer::UnknownEvent { event, .. }) if event == run.0));
}
