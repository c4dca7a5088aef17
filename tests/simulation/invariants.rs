//! The promises of the chain, checked from outside: on the stored bytes and on what really left.

use std::collections::{BTreeMap, BTreeSet};

use weekledger_events::payload::{FailureClass, Goal, Origin};
use weekledger_events::verify::check_chain;
use weekledger_events::{Anchor, Event, EventId, Payload, Sequence, StoredEvent, StreamId};
use weekledger_projections::week_state::{Outcome, RunState, WeekState};

use crate::ports::World;

/// Everything stored of a stream, as events.
pub fn events(world: &World, stream: &StreamId) -> Vec<Event> {
    let stored: Vec<StoredEvent> = world.streams[stream]
        .iter()
        .map(|item| StoredEvent {
            envelope: item.envelope.clone(),
            payload: item.payload.clone().expect("payloads of the simulation are small"),
        })
        .collect();
    check_chain(stream, &stored).expect("one chain without gaps or forks");
    stored.iter().map(|event| event.read().expect("readable")).collect()
}

/// Checked after every step of a storm.
pub fn check(world: &World) {
    for stream in world.streams.keys() {
        let events = events(world, stream);
        ids_are_unique(&events);
        a_schedule_opens_one_run(stream, &events);
        anchors_agree(world, stream, &events);
        mails_are_permitted(world, &events);
    }
    nobody_gets_a_revision_twice(world);
    nobody_gets_an_older_revision_after_a_newer_one(world);
}

fn ids_are_unique(events: &[Event]) {
    let ids: BTreeSet<EventId> = events.iter().map(Event::id).collect();
    assert_eq!(ids.len(), events.len(), "an event was recorded twice");
}

fn a_schedule_opens_one_run(stream: &StreamId, events: &[Event]) {
    let opened = events.iter().filter(|event| match &event.payload {
        Payload::RunRequested(run) => matches!(run.origin, Origin::Schedule | Origin::Hand),
        _ => false,
    });
    let id = EventId::report_run(&stream.report, stream.week);
    assert!(opened.clone().count() <= 1, "the week was opened twice");
    assert!(opened.into_iter().all(|event| event.id() == id));
}

fn anchors_agree(world: &World, stream: &StreamId, events: &[Event]) {
    for event in events {
        let name = format!("anchors/{}", Anchor::name(stream, event.sequence()));
        if let Some(body) = world.objects.get(&name) {
            let anchor = Anchor::parse(stream, event.sequence(), body).expect("an anchor");
            assert_eq!(anchor.digest, event.digest, "an anchor disagrees with the ledger");
        }
    }
    let beyond = Sequence::new(u32::try_from(events.len()).unwrap() + 1).unwrap();
    let name = format!("anchors/{}", Anchor::name(stream, beyond));
    assert!(!world.objects.contains_key(&name), "an anchor without its event");
}

/// Nothing may leave that the ledger did not permit before: by goal and data, or by a release.
fn mails_are_permitted(world: &World, events: &[Event]) {
    let by_id: BTreeMap<EventId, &Event> = events.iter().map(|event| (event.id(), event)).collect();
    for mail in &world.left {
        let Some(intent) = by_id.get(&mail.intent) else { continue };
        let run = intent.run();
        let Payload::SendIntended(intended) = &intent.payload else { panic!("not an intent") };
        let Payload::RunRequested(requested) = &by_id[&run.0].payload else { panic!("no run") };
        let released = events.iter().any(|event| match &event.payload {
            Payload::ReleaseGranted(release) => {
                event.run() == run
                    && release.analysis == intended.analysis
                    && event.sequence() < intent.sequence()
            }
            _ => false,
        });
        let by_goal = requested.goal == Goal::Deliver && !held(&by_id, intended.analysis);
        assert!(released || by_goal, "a held run was mailed");
    }
}

fn held(by_id: &BTreeMap<EventId, &Event>, analysis: EventId) -> bool {
    let Payload::AnalysisGenerated(analysis) = &by_id[&analysis].payload else { panic!() };
    let Payload::MetricsComputed(metrics) = &by_id[&analysis.metrics].payload else { panic!() };
    metrics.data_hold.is_some()
}

fn nobody_gets_a_revision_twice(world: &World) {
    let mut seen = BTreeSet::new();
    for mail in &world.left {
        assert!(seen.insert((mail.revision, &mail.recipient)), "a second mail of one revision");
    }
}

fn nobody_gets_an_older_revision_after_a_newer_one(world: &World) {
    let mut newest = BTreeMap::new();
    for mail in &world.left {
        let last = newest.entry(&mail.recipient).or_insert(mail.revision);
        assert!(*last <= mail.revision, "an older revision left after a newer one");
        *last = mail.revision;
    }
}

/// Checked when the storm is over and everything had time to finish.
pub fn check_settled(world: &World, stream: &StreamId) {
    let events = events(world, stream);
    let state = WeekState::fold(stream.clone(), &events);
    let delivers = |run: &&RunState| run.requested.goal == Goal::Deliver;
    let newest = state.runs.iter().rfind(delivers).map(|run| run.id);
    for run in &state.runs {
        let outcome = state.outcome(run);
        let is_over = match outcome {
            Outcome::Running | Outcome::Waiting => false,
            Outcome::Failed => waits_for_a_person(&state, run),
            Outcome::Held
            | Outcome::Sent
            | Outcome::Partial
            | Outcome::Figures
            | Outcome::Superseded => true,
        };
        assert!(is_over, "{outcome:?} for ever: {:?}", state.standing_failure(run));
        if newest == Some(run.id) && state.data_hold(run).is_none() {
            let concluded =
                matches!(outcome, Outcome::Sent | Outcome::Partial | Outcome::Superseded);
            assert!(concluded, "the newest run that was to be mailed is {outcome:?}");
        }
        let closed = run.sent.as_ref().filter(|_| run.closed);
        if let Some(sent) = closed {
            for recipient in &sent.recipients {
                let left = world.left.iter().any(|mail| {
                    mail.revision == run.requested.revision && mail.recipient == recipient.recipient
                });
                let accepted = matches!(
                    recipient.result,
                    weekledger_events::payload::SendResult::Accepted { .. }
                );
                assert!(!accepted || left, "recorded as sent, but nothing left");
                let refused = matches!(
                    recipient.result,
                    weekledger_events::payload::SendResult::Refused { .. }
                );
                assert!(!refused || !left, "recorded as not sent, but it left");
                assert!(recipient.result.later().is_none(), "given up, though time would help");
            }
        }
    }
}

/// A run that has failed for good, and that nobody tries again by itself: a failure at an earlier
/// attempt, or one with a time for the next, excuses nothing.
fn waits_for_a_person(state: &WeekState, run: &RunState) -> bool {
    state.standing_failure(run).is_some_and(|failure| {
        failure.failed.class == FailureClass::Fatal && failure.failed.retry_at.is_none()
    })
}
