//! The sample events on disk: what any later release must still read.

use std::collections::BTreeSet;

use weekledger_events::envelope::read_envelope;
use weekledger_events::payload::Payload;
use weekledger_events::verify::check_chain;
use weekledger_events::{ArtifactRef, EventType, StoredEvent};

use crate::{check_file, sample_week};

fn names(event: &StoredEvent) -> (String, String) {
    let envelope = event.read_envelope().unwrap();
    let name = format!("samples/{}-{}", envelope.sequence, envelope.event_type);
    (format!("{name}.envelope.json"), format!("{name}.payload.json"))
}

#[test]
fn the_samples_on_disk_are_what_this_release_writes() {
    for event in sample_week::stored() {
        let (envelope, payload) = names(&event);
        check_file(&envelope, &event.envelope);
        check_file(&payload, &event.payload);
    }
}

#[test]
fn the_samples_on_disk_read_back_as_one_chain_with_every_type() {
    let stored = from_disk();
    check_chain(&sample_week::stream(), &stored).unwrap();
    let types: BTreeSet<EventType> =
        stored.iter().map(|event| event.read().unwrap().envelope.event_type).collect();
    assert_eq!(types.len(), EventType::ALL.len());
}

#[test]
fn a_sample_that_is_read_and_written_again_keeps_its_bytes() {
    for event in from_disk() {
        let read = event.read().unwrap();
        assert_eq!(read.payload.to_bytes().unwrap(), event.payload);
        let again = StoredEvent::seal(&read.envelope, event.payload.clone()).unwrap();
        assert_eq!(again.envelope, event.envelope);
    }
}

#[test]
fn an_event_from_before_objectives_were_asked_for_reads_and_keeps_its_bytes() {
    let stored = from_disk();
    let metrics = stored.iter().find(|event| {
        read_envelope(&event.envelope).unwrap().event_type == EventType::MetricsComputed
    });
    let metrics = metrics.unwrap();
    let with = String::from_utf8(metrics.payload.clone()).unwrap();
    let without = with.replace(",\"objective\":\"leads\"", "");
    assert_eq!(with.len() - without.len(), 20, "the sample says one objective");
    let mut envelope = read_envelope(&metrics.envelope).unwrap();
    envelope.payload = ArtifactRef::of(without.as_bytes());
    let earlier = StoredEvent::seal(&envelope, without.clone().into_bytes()).unwrap();
    let read = earlier.read().unwrap();
    let Payload::MetricsComputed(computed) = &read.payload else { panic!("another type") };
    assert_eq!(computed.observations[0].ad_sets[0].objective, None);
    assert_eq!(read.payload.to_bytes().unwrap(), without.as_bytes());
}

#[test]
fn one_changed_byte_of_a_payload_is_noticed() {
    for event in from_disk() {
        let mut payload = event.payload.clone();
        let last = payload.len() - 2;
        payload[last] = payload[last].wrapping_add(1);
        let changed = StoredEvent { payload, ..event };
        assert!(changed.read().unwrap_err().to_string().contains("digest"));
    }
}

fn from_disk() -> Vec<StoredEvent> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut stored: Vec<StoredEvent> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".envelope.json"))
        .map(|path| {
            let payload = path.to_string_lossy().replace(".envelope.", ".payload.");
            StoredEvent {
                envelope: std::fs::read(&path).unwrap(),
                payload: std::fs::read(payload).unwrap(),
            }
        })
        .collect();
    stored.sort_by_key(|event| read_envelope(&event.envelope).unwrap().sequence);
    stored
}
