//! Laws over random histories of sending.

use proptest::prelude::*;
use weekledger_events::payload::{Goal, Origin, SendResult, Stage};
use weekledger_events::{EventId, RunId};
use weekledger_projections::decide::{Decision, DeliverStep};

use crate::given::{Given, accepted, at, not_now, refused, unknown, until_mended};

fn any_result() -> impl Strategy<Value = Option<SendResult>> {
    prop_oneof![
        Just(None),
        Just(Some(accepted())),
        Just(Some(refused())),
        Just(Some(not_now())),
        Just(Some(until_mended())),
        Just(Some(unknown()))
    ]
}

/// Some intents of a run, each with what became of it. Another one follows only a refusal: no
/// other history can come about.
fn history(given: &mut Given, run: RunId, analysis: EventId, sends: &[(bool, Option<SendResult>)]) {
    for (ada, result) in sends {
        let key = if *ada { "ada" } else { "bob" };
        let state = given.state();
        let last = state.intents().filter(|one| one.intended.recipient.as_str() == key).last();
        if last.is_some_and(|last| !matches!(last.result(), Some(SendResult::Refused { .. }))) {
            continue;
        }
        let intent = given.intent(run, analysis, key, 2);
        if let Some(result) = result {
            given.resolved(run, intent, result.clone());
        }
    }
}

proptest! {
    #[test]
    fn nobody_is_intended_twice_unless_the_last_attempt_was_refused(
        sends in prop::collection::vec((any::<bool>(), any_result()), 0..4),
        minute in 120_i64..200,
    ) {
        let (mut given, run) = Given::scheduled(Goal::Deliver);
        let analysis = given.all_but_sent(run, None);
        history(&mut given, run, analysis, &sends);
        if let Decision::Deliver(DeliverStep::Intend { recipient, attempt, .. }) =
            given.when(Stage::Deliver, run, analysis, minute)
        {
            let state = given.state();
            let earlier: Vec<_> =
                state.intents().filter(|one| one.intended.recipient == recipient).collect();
            prop_assert_eq!(attempt as usize, earlier.len() + 1);
            let last_was_refused =
                earlier.last().is_none_or(|one| matches!(one.result(), Some(SendResult::Refused { .. })));
            prop_assert!(last_was_refused);
        }
    }

    #[test]
    fn only_the_invocation_whose_nonce_is_recorded_calls_the_mailer(
        sends in prop::collection::vec((any::<bool>(), any_result()), 0..4),
        minute in 120_i64..200,
    ) {
        // Every intent of the history bears nonce 2; the invocation has nonce 1.
        let (mut given, run) = Given::scheduled(Goal::Deliver);
        let analysis = given.all_but_sent(run, None);
        history(&mut given, run, analysis, &sends);
        let decision = given.when(Stage::Deliver, run, analysis, minute);
        let calls = matches!(decision, Decision::Deliver(DeliverStep::Call { .. }));
        prop_assert!(!calls);
    }

    #[test]
    fn nothing_is_concluded_while_a_send_is_open(
        sends in prop::collection::vec((any::<bool>(), any_result()), 0..4),
    ) {
        let (mut given, run) = Given::scheduled(Goal::Deliver);
        let analysis = given.all_but_sent(run, None);
        history(&mut given, run, analysis, &sends);
        let open = given.state().intents().any(|intent| intent.result().is_none());
        let decision = given.when(Stage::Deliver, run, analysis, 121);
        let concludes = matches!(decision, Decision::Deliver(DeliverStep::Conclude { .. }));
        prop_assert!(!(open && concludes));
    }

    #[test]
    fn an_older_revision_never_sends_once_a_newer_one_may(
        sends in prop::collection::vec((any::<bool>(), any_result()), 0..4),
        minute in 0_i64..400,
    ) {
        let (mut given, run) = Given::scheduled(Goal::Deliver);
        let analysis = given.all_but_sent(run, None);
        history(&mut given, run, analysis, &sends);
        let (given, _) = given.run(Goal::Deliver, Origin::ReEmit, Some(analysis));
        let decision = given.when(Stage::Deliver, run, analysis, minute);
        let sends = matches!(
            decision,
            Decision::Deliver(DeliverStep::Call { .. } | DeliverStep::Intend { .. })
        );
        prop_assert!(!sends);
    }

    #[test]
    fn a_decision_depends_on_nothing_but_stream_trigger_and_now(
        sends in prop::collection::vec((any::<bool>(), any_result()), 0..4),
        minute in 0_i64..400,
    ) {
        let (mut given, run) = Given::scheduled(Goal::Deliver);
        let analysis = given.all_but_sent(run, None);
        history(&mut given, run, analysis, &sends);
        let first = given.when(Stage::Deliver, run, analysis, minute);
        prop_assert_eq!(given.when(Stage::Deliver, run, analysis, minute), first);
    }
}

#[test]
fn minutes_are_minutes() {
    assert_eq!(at(90).to_string(), "2026-11-23T06:30:00Z");
}
