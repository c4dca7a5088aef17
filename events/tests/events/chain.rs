//! The digest chain: a vector worked by hand, and every way to break a stream.

use weekledger_events::verify::{ChainError, check_chain};
use weekledger_events::{Digest, StoredEvent, canonical};

use crate::sample_week;

/// Typed by hand from RFC 8785: keys sorted, no white space, shortest escapes.
const CANONICAL: &str = concat!(
    r#"{"cause":null,"format":1,"id":"00000000-0000-5000-8000-000000000001","#,
    r#""payload":{"digest":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","length":2},"#,
    r#""prev_digest":null,"producer":{"name":"weekledger","version":"0.1.0"},"#,
    r#""recorded_at":"2026-11-23T04:00:01Z","report":"weekly","#,
    r#""run":"00000000-0000-5000-8000-000000000001","schema_version":1,"sequence":1,"#,
    r#""type":"RunRequested","week":"2026-W47"}"#
);

/// From `printf '%s' … | sha256sum` over the text above.
const DIGEST: &str = "1403b572273929921a0da506d99e16c5eeb2a3e82ebf3fe8a5a9890e4027ad9d";

#[test]
fn the_digest_of_an_envelope_is_the_one_that_sha256sum_prints() {
    let event = StoredEvent { envelope: CANONICAL.as_bytes().to_vec(), payload: b"{}".to_vec() };
    let envelope = event.read_envelope().unwrap();
    assert_eq!(canonical::to_bytes(&envelope).unwrap(), CANONICAL.as_bytes());
    assert_eq!(event.digest(), Digest::parse(DIGEST).unwrap());
    assert_eq!(Digest::of(b"{}"), envelope.payload.digest);
}

fn broken(change: impl FnOnce(&mut Vec<StoredEvent>)) -> ChainError {
    let mut events = sample_week::stored();
    change(&mut events);
    check_chain(&sample_week::stream(), &events).unwrap_err()
}

#[test]
fn a_missing_event_is_a_gap() {
    let error = broken(|events| {
        events.remove(3);
    });
    assert!(matches!(error, ChainError::Gap { .. }));
}

#[test]
fn an_event_of_another_stream_is_foreign() {
    let error = broken(|events| {
        let text = String::from_utf8(events[2].envelope.clone()).unwrap();
        events[2].envelope = text.replace("2026-W47", "2026-W46").into_bytes();
    });
    assert!(matches!(error, ChainError::ForeignEvent { .. }));
}

#[test]
fn a_changed_event_breaks_the_link_of_the_next() {
    let error = broken(|events| {
        let text = String::from_utf8(events[2].envelope.clone()).unwrap();
        events[2].envelope = text.replace("04:00:03Z", "04:00:04Z").into_bytes();
    });
    assert!(matches!(error, ChainError::BrokenLink { sequence, .. } if sequence.get() == 4));
}

#[test]
fn exchanged_events_are_noticed() {
    let error = broken(|events| events.swap(1, 2));
    assert!(matches!(error, ChainError::Gap { .. }));
}
