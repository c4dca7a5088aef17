//! Delivery: who may be sent what, and when nobody may.

use weekledger_events::payload::{Goal, Origin, SendResult, SentOutcome, Stage};
use weekledger_events::{EventId, Revision, RunId};
use weekledger_projections::decide::{Decision, DeliverStep};

use crate::given::{Given, accepted, at, recipient, refused, unknown};

/// A scheduled run that has its analysis.
fn ready() -> (Given, RunId, EventId) {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let analysis = given.all_but_sent(run, None);
    (given, run, analysis)
}

fn intend(key: &str, attempt: u32, revised: bool) -> Decision {
    Decision::Deliver(DeliverStep::Intend { recipient: recipient(key), attempt, revised })
}

fn call(intent: EventId, second_sending: bool) -> Decision {
    Decision::Deliver(DeliverStep::Call { intent, second_sending })
}

#[test]
fn delivery_waits_for_its_time() {
    let (given, run, analysis) = ready();
    assert_eq!(given.when(Stage::Deliver, run, analysis, 119), Decision::WaitUntil(at(120)));
    assert_eq!(given.when(Stage::Deliver, run, analysis, 120), intend("ada", 1, false));
}

#[test]
fn the_intent_is_recorded_before_the_mailer_is_called_by_whoever_recorded_it() {
    let (mut given, run, analysis) = ready();
    let own = given.intent(run, analysis, "ada", 1);
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), call(own, false));
}

#[test]
fn an_intent_of_another_invocation_is_left_to_it_until_its_time_is_up() {
    let (mut given, run, analysis) = ready();
    let others = given.intent(run, analysis, "ada", 2);
    given.intent(run, analysis, "bob", 2);
    assert_eq!(given.when(Stage::Deliver, run, analysis, 149), Decision::WaitUntil(at(150)));
    assert_eq!(
        given.when(Stage::Deliver, run, analysis, 150),
        Decision::Deliver(DeliverStep::GiveUp { intent: others })
    );
}

#[test]
fn whoever_is_alone_need_not_wait_for_an_invocation_that_is_over() {
    let (mut given, run, analysis) = ready();
    let others = given.intent(run, analysis, "ada", 2);
    assert_eq!(
        given.when_alone(Stage::Deliver, run, analysis, 121),
        Decision::Deliver(DeliverStep::GiveUp { intent: others })
    );
}

#[test]
fn while_one_recipient_waits_the_others_are_served() {
    let (mut given, run, analysis) = ready();
    given.intent(run, analysis, "ada", 2);
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), intend("bob", 1, false));
}

#[test]
fn an_own_intent_whose_time_is_up_is_withdrawn_not_sent() {
    let (mut given, run, analysis) = ready();
    let own = given.intent(run, analysis, "ada", 1);
    let decision = given.when(Stage::Deliver, run, analysis, 150);
    let Decision::Deliver(DeliverStep::Withdraw { intent, .. }) = decision else {
        panic!("{decision:?}")
    };
    assert_eq!(intent, own);
}

#[test]
fn a_refusal_permits_another_attempt_up_to_the_limit() {
    let (mut given, run, analysis) = ready();
    let first = given.intent(run, analysis, "ada", 2);
    given.resolved(run, first, refused());
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), intend("bob", 1, false));
    let bobs = given.intent(run, analysis, "bob", 2);
    given.resolved(run, bobs, accepted());
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), intend("ada", 2, false));
    let second = given.intent(run, analysis, "ada", 2);
    given.resolved(run, second, refused());
    let (outcome, _) = conclusion(&given, run, analysis);
    assert_eq!(outcome, SentOutcome::Partial);
}

#[test]
fn what_is_unknown_is_never_sent_again() {
    let (mut given, run, analysis) = ready();
    let intent = given.intent(run, analysis, "ada", 2);
    given.resolved(run, intent, unknown());
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), intend("bob", 1, false));
}

fn conclusion(given: &Given, run: RunId, analysis: EventId) -> (SentOutcome, Vec<SendResult>) {
    match given.when(Stage::Deliver, run, analysis, 121) {
        Decision::Deliver(DeliverStep::Conclude { outcome, recipients }) => {
            (outcome, recipients.into_iter().map(|one| one.result).collect())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_report_is_sent_only_if_every_recipient_was_accepted() {
    for (ada, outcome) in [(accepted(), SentOutcome::Sent), (unknown(), SentOutcome::Partial)] {
        let (mut given, run, analysis) = ready();
        let first = given.intent(run, analysis, "ada", 2);
        given.resolved(run, first, ada.clone());
        let second = given.intent(run, analysis, "bob", 2);
        given.resolved(run, second, accepted());
        assert_eq!(conclusion(&given, run, analysis), (outcome, vec![ada, accepted()]));
    }
}

#[test]
fn a_later_word_of_the_mail_service_replaces_an_unknown() {
    let (mut given, run, analysis) = ready();
    for key in ["ada", "bob"] {
        let intent = given.intent(run, analysis, key, 2);
        given.resolved(run, intent, unknown());
        given.resolved(run, intent, accepted());
    }
    let all = vec![accepted(), accepted()];
    assert_eq!(conclusion(&given, run, analysis), (SentOutcome::Sent, all));
}

#[test]
fn a_held_run_is_sent_only_after_a_release_of_this_very_analysis() {
    let (mut given, run) = Given::scheduled(Goal::Hold);
    let analysis = given.all_but_sent(run, None);
    assert!(matches!(given.when(Stage::Deliver, run, analysis, 121), Decision::Held { .. }));
    let mut other = given.clone();
    other.released(run, run.0);
    assert!(matches!(other.when(Stage::Deliver, run, analysis, 121), Decision::Held { .. }));
    given.released(run, analysis);
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), intend("ada", 1, false));
}

#[test]
fn bad_data_holds_a_report_and_says_why() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let analysis = given.all_but_sent(run, Some("an account is missing"));
    let reason = "an account is missing".to_owned();
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), Decision::Held { reason });
}

#[test]
fn a_re_emit_of_held_metrics_is_held_by_them_too() {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let fetched = given.fetched(run, run.0);
    let computed = given.computed(run, fetched, Some("a gap"));
    let first = given.analysed(run, computed);
    let (mut from_metrics, again) =
        given.clone().run(Goal::Deliver, Origin::ReEmit, Some(computed));
    let analysis = from_metrics.analysed(again, computed);
    let held = Decision::Held { reason: "a gap".to_owned() };
    assert_eq!(from_metrics.when(Stage::Deliver, again, analysis, 121), held);
    let (from_analysis, again) = given.run(Goal::Deliver, Origin::ReEmit, Some(first));
    assert_eq!(from_analysis.when(Stage::Deliver, again, first, 121), held);
}

#[test]
fn a_stalled_older_revision_is_not_sent_after_a_newer_one_took_over() {
    let (given, run, analysis) = ready();
    let (given, _) = given.run(Goal::Deliver, Origin::ReEmit, Some(analysis));
    let by = Revision(2);
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), Decision::Superseded { by });
}

#[test]
fn an_own_intent_is_withdrawn_when_a_newer_revision_takes_over_before_the_call() {
    let (mut given, run, analysis) = ready();
    let own = given.intent(run, analysis, "ada", 1);
    let (given, _) = given.run(Goal::Deliver, Origin::ReEmit, Some(analysis));
    let decision = given.when(Stage::Deliver, run, analysis, 121);
    assert!(
        matches!(&decision, Decision::Deliver(DeliverStep::Withdraw { intent, .. }) if *intent == own),
        "{decision:?}"
    );
}

#[test]
fn a_newer_revision_waits_for_a_send_of_the_older_one_that_is_under_way() {
    let (mut given, run, analysis) = ready();
    let open = given.intent(run, analysis, "ada", 2);
    given.intent(run, analysis, "bob", 2);
    let (given, again) = given.run(Goal::Deliver, Origin::ReEmit, Some(analysis));
    assert_eq!(given.when(Stage::Deliver, again, analysis, 140), Decision::WaitUntil(at(150)));
    assert_eq!(
        given.when(Stage::Deliver, again, analysis, 150),
        Decision::Deliver(DeliverStep::GiveUp { intent: open })
    );
}

#[test]
fn a_mail_is_marked_revised_only_when_an_earlier_revision_was_sent() {
    let (given, _, analysis) = ready();
    let (unsent, again) = given.run(Goal::Deliver, Origin::ReEmit, Some(analysis));
    assert_eq!(unsent.when(Stage::Deliver, again, analysis, 121), intend("ada", 1, false));

    let (mut given, run, analysis) = ready();
    let intent = given.intent(run, analysis, "ada", 2);
    given.resolved(run, intent, accepted());
    let (sent, again) = given.run(Goal::Deliver, Origin::ReEmit, Some(analysis));
    assert_eq!(sent.when(Stage::Deliver, again, analysis, 121), intend("ada", 1, true));
}

#[test]
fn the_same_analysis_sent_again_is_a_second_sending() {
    let (mut given, run, analysis) = ready();
    let intent = given.intent(run, analysis, "ada", 2);
    given.resolved(run, intent, unknown());
    let (mut given, again) = given.run(Goal::Deliver, Origin::ReEmit, Some(analysis));
    let own = given.intent(again, analysis, "ada", 1);
    assert_eq!(given.when(Stage::Deliver, again, analysis, 121), call(own, true));
}

#[test]
fn a_first_report_after_a_backfill_is_neither_revised_nor_stopped() {
    let (mut given, backfill) = Given::nothing().run(Goal::Figures, Origin::Backfill, None);
    let fetched = given.fetched(backfill, backfill.0);
    given.computed(backfill, fetched, None);
    let (mut given, run) = given.run(Goal::Deliver, Origin::Hand, None);
    let analysis = given.all_but_sent(run, None);
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), intend("ada", 1, false));
}
