//! A mail service that is not ready: when it is tried again, and when that is over.

use weekledger_events::payload::{
    FailureClass, Goal, ResolvedBy, SendResolved, SendResult, SentOutcome, Stage,
};
use weekledger_events::{EventId, RunId};
use weekledger_projections::decide::{Decision, DeliverStep};
use weekledger_projections::week_state::Outcome;

use crate::given::{Given, accepted, at, not_now, recipient, refused, unknown, until_mended};

/// The invocation that decides has this nonce; another one has any other.
const OWN: u128 = 1;
const OTHER: u128 = 2;

fn ready() -> (Given, RunId, EventId) {
    let (mut given, run) = Given::scheduled(Goal::Deliver);
    let analysis = given.all_but_sent(run, None);
    (given, run, analysis)
}

fn tried(
    given: &mut Given,
    run: RunId,
    analysis: EventId,
    key: &str,
    by: u128,
    result: SendResult,
) {
    let intent = given.intent(run, analysis, key, by);
    given.resolved(run, intent, result);
}

fn step(given: &Given, run: RunId, analysis: EventId, minute: i64) -> DeliverStep {
    match given.when(Stage::Deliver, run, analysis, minute) {
        Decision::Deliver(step) => step,
        other => panic!("{other:?}"),
    }
}

fn intend(key: &str, attempt: u32) -> DeliverStep {
    DeliverStep::Intend { recipient: recipient(key), attempt, revised: false }
}

/// The minute of the newest event.
fn last(given: &Given) -> i64 {
    i64::try_from(given.events.len()).unwrap()
}

#[test]
fn after_not_now_seconds_pass_that_double_each_time_and_then_the_stage_waits() {
    let (mut given, run, analysis) = ready();
    for seconds in [1, 2, 4, 8, 16] {
        let key = if seconds % 3 == 1 { "ada" } else { "bob" };
        tried(&mut given, run, analysis, key, OWN, not_now());
        let until = at(last(&given)) + jiff::SignedDuration::from_secs(seconds);
        let now = at(last(&given));
        let step = given.deliver_at(run, analysis, now);
        assert_eq!(step, Decision::Deliver(DeliverStep::Pause { until }), "{seconds} s");
    }
    tried(&mut given, run, analysis, "bob", OWN, not_now());
    let now = last(&given);
    let postponed = given.deliver_at(run, analysis, at(now));
    let Decision::Deliver(DeliverStep::Postpone { until, refused }) = postponed else {
        panic!("{postponed:?}")
    };
    assert_eq!((until, refused.len()), (at(now + 1), 2));
}

#[test]
fn a_mail_that_goes_out_ends_the_pauses() {
    let (mut given, run, analysis) = ready();
    for _ in 0..6 {
        tried(&mut given, run, analysis, "ada", OWN, not_now());
    }
    tried(&mut given, run, analysis, "bob", OWN, accepted());
    let step = given.deliver_at(run, analysis, at(last(&given)));
    assert_eq!(step, Decision::Deliver(intend("ada", 7)));
}

#[test]
fn whoever_was_tried_least_has_the_turn() {
    let (mut given, run, analysis) = ready();
    tried(&mut given, run, analysis, "ada", OTHER, not_now());
    assert_eq!(step(&given, run, analysis, 121), intend("bob", 1));
    tried(&mut given, run, analysis, "bob", OTHER, not_now());
    assert_eq!(step(&given, run, analysis, 121), intend("ada", 2));
}

#[test]
fn no_pause_lasts_longer_than_the_invocation() {
    let (mut given, run, analysis) = ready();
    for _ in 0..3 {
        tried(&mut given, run, analysis, "ada", OWN, not_now());
    }
    let now = at(last(&given));
    let short = now + jiff::SignedDuration::from_secs(3);
    let step = given.deliver_by(run, analysis, now, short);
    assert!(matches!(step, Decision::Deliver(DeliverStep::Postpone { .. })), "{step:?}");
}

#[test]
fn the_stage_comes_back_after_1_5_15_and_then_every_30_minutes() {
    let (mut given, run, analysis) = ready();
    for minutes in [1, 5, 15, 30, 30] {
        tried(&mut given, run, analysis, "ada", OWN, until_mended());
        tried(&mut given, run, analysis, "bob", OWN, until_mended());
        let now = 200 + last(&given);
        let DeliverStep::Postpone { until, .. } = step(&given, run, analysis, now) else {
            panic!("not postponed")
        };
        assert_eq!(until, at(now + minutes));
        given.failed(run, Stage::Deliver, analysis, FailureClass::Waiting, at(0));
        // The next invocation has another nonce.
        given.anew(OWN);
    }
}

#[test]
fn what_a_person_has_to_mend_is_tried_once_for_each_and_not_again_at_once() {
    let (mut given, run, analysis) = ready();
    tried(&mut given, run, analysis, "ada", OWN, until_mended());
    assert_eq!(step(&given, run, analysis, 121), intend("bob", 1));
    tried(&mut given, run, analysis, "bob", OWN, until_mended());
    let step = step(&given, run, analysis, 121);
    assert!(
        matches!(&step, DeliverStep::Postpone { refused, .. } if refused.len() == 2),
        "{step:?}"
    );
}

#[test]
fn a_day_after_the_first_attempt_each_is_tried_once_more_and_that_is_the_end() {
    let (mut given, run, analysis) = ready();
    tried(&mut given, run, analysis, "ada", OTHER, not_now());
    tried(&mut given, run, analysis, "bob", OTHER, accepted());
    let a_day_later = last(&given) + 24 * 60;
    assert_eq!(step(&given, run, analysis, a_day_later), intend("ada", 2));
    given.skip_to(a_day_later);
    tried(&mut given, run, analysis, "ada", OTHER, not_now());
    let step = step(&given, run, analysis, a_day_later + 5);
    let DeliverStep::Conclude { outcome, recipients } = step else { panic!("{step:?}") };
    assert_eq!((outcome, &recipients[0].result), (SentOutcome::Partial, &not_now()));
}

#[test]
fn attempts_that_had_to_wait_do_not_use_up_those_of_a_refusal() {
    let (mut given, run, analysis) = ready();
    for result in [not_now(), not_now(), not_now(), refused()] {
        tried(&mut given, run, analysis, "ada", OTHER, result);
    }
    tried(&mut given, run, analysis, "bob", OTHER, accepted());
    assert_eq!(step(&given, run, analysis, 121), intend("ada", 5));
}

/// Revision 1 as it ended: ada was refused, bob's fate is unknown.
fn partial() -> (Given, RunId, EventId) {
    let (mut given, run, analysis) = ready();
    for (key, result) in [("ada", refused()), ("ada", refused()), ("bob", unknown())] {
        tried(&mut given, run, analysis, key, OTHER, result);
    }
    let results = [("ada", refused()), ("bob", unknown())];
    given.sent(run, analysis, SentOutcome::Partial, &results);
    assert_eq!(outcome(&given, run), Outcome::Partial);
    (given, run, analysis)
}

fn outcome(given: &Given, run: RunId) -> Outcome {
    let state = given.state();
    state.outcome(state.run(run).unwrap())
}

#[test]
fn a_delivery_that_is_opened_again_goes_to_those_it_did_not_reach_and_ends_again() {
    let (mut given, run, analysis) = partial();
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), Decision::Done { emit: None });
    given.released_again(run, analysis, false);
    assert_eq!(outcome(&given, run), Outcome::Running);
    assert_eq!(step(&given, run, analysis, 121), intend("ada", 3));
    tried(&mut given, run, analysis, "ada", OTHER, accepted());
    let end = step(&given, run, analysis, 121);
    let DeliverStep::Conclude { outcome: ended, recipients } = end else { panic!("{end:?}") };
    let results: Vec<SendResult> = recipients.into_iter().map(|one| one.result).collect();
    assert_eq!((ended, results), (SentOutcome::Partial, vec![accepted(), unknown()]));
    given.sent(run, analysis, ended, &[("ada", accepted()), ("bob", unknown())]);
    assert_eq!(given.when(Stage::Deliver, run, analysis, 121), Decision::Done { emit: None });
    assert_eq!(outcome(&given, run), Outcome::Partial);
}

#[test]
fn those_who_may_have_got_it_are_mailed_again_only_where_a_person_says_so() {
    let (mut given, run, analysis) = partial();
    given.released_again(run, analysis, true);
    tried(&mut given, run, analysis, "ada", OTHER, accepted());
    assert_eq!(step(&given, run, analysis, 121), intend("bob", 2));
    let own = given.intent(run, analysis, "bob", OWN);
    let call = DeliverStep::Call { intent: own, second_sending: true };
    assert_eq!(step(&given, run, analysis, 121), call, "the mail says that it may be the second");
    given.resolved(run, own, unknown());
    let end = step(&given, run, analysis, 121);
    assert!(matches!(end, DeliverStep::Conclude { .. }), "once: {end:?}");
}

#[test]
fn an_older_revision_is_not_opened_again_after_a_newer_one_took_over() {
    let (mut given, run, analysis) = partial();
    given.released_again(run, analysis, true);
    let (given, _) =
        given.run(Goal::Deliver, weekledger_events::payload::Origin::ReEmit, Some(analysis));
    let decision = given.when(Stage::Deliver, run, analysis, 121);
    assert!(matches!(decision, Decision::Superseded { .. }), "{decision:?}");
}

#[test]
fn a_mail_that_came_back_is_not_sent_again_before_a_person_says_so() {
    let (mut given, run, analysis) = ready();
    let intent = given.intent(run, analysis, "ada", OTHER);
    given.resolved(run, intent, accepted());
    let came_back = SendResolved {
        intent,
        recipient: recipient("ada"),
        attempt: 1,
        result: refused(),
        resolved_by: ResolvedBy::ServiceEvent,
    };
    given.push(EventId::send_resolved(intent, 2), run, came_back.into());
    tried(&mut given, run, analysis, "bob", OTHER, accepted());
    let end = step(&given, run, analysis, 121);
    assert!(matches!(end, DeliverStep::Conclude { .. }), "{end:?}");
    given.sent(run, analysis, SentOutcome::Partial, &[("ada", refused()), ("bob", accepted())]);
    given.released_again(run, analysis, false);
    assert_eq!(step(&given, run, analysis, 121), intend("ada", 2));
}
