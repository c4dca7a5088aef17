//! Small valid values for the cases.

use weekledger::ports::LedgerItem;
use weekledger_events::envelope::ENVELOPE_FORMAT;
use weekledger_events::{
    ArtifactRef, Digest, Envelope, EventId, EventType, Producer, RunId, Sequence, StoredEvent,
    StreamId,
};

pub fn stream(text: &str) -> StreamId {
    let (report, week) = text.split_once('/').unwrap();
    StreamId::new(report.parse().unwrap(), week.parse().unwrap())
}

pub fn sequence(number: u32) -> Sequence {
    Sequence::new(number).unwrap()
}

/// A different id for every number.
pub fn event_id(number: u32) -> EventId {
    format!("00000000-0000-5000-8000-{number:012}").parse().unwrap()
}

pub fn run_id(number: u32) -> RunId {
    RunId(event_id(number))
}

/// A well-formed event for a slot; `mark` tells two for the same slot apart.
pub fn item(
    stream: &StreamId,
    number: u32,
    previous: Option<Digest>,
    mark: u32,
    payload: Option<&[u8]>,
) -> LedgerItem {
    let envelope = Envelope {
        format: ENVELOPE_FORMAT,
        id: event_id(mark),
        report: stream.report.clone(),
        week: stream.week,
        sequence: sequence(number),
        prev_digest: previous,
        event_type: EventType::RawFetched,
        schema_version: 1,
        run: run_id(1),
        cause: None,
        recorded_at: "2026-11-23T05:00:00Z".parse().unwrap(),
        producer: Producer { name: "weekledger".to_owned(), version: "0.1.0".to_owned() },
        payload: ArtifactRef::of(payload.unwrap_or(b"kept elsewhere")),
    };
    let sealed = StoredEvent::seal(&envelope, Vec::new()).unwrap();
    LedgerItem { envelope: sealed.envelope, payload: payload.map(<[u8]>::to_vec) }
}

/// Bytes that no pattern of a few kilobytes repeats, always the same for a seed.
pub fn noise(length: usize, seed: u32) -> Vec<u8> {
    let mut state = u64::from(seed) + 1;
    let next = |_| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(next).collect()
}
