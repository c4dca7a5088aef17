//! The JSON Schemas on disk are generated from the types and must not drift.

use weekledger_events::{Envelope, EventType};

use crate::check_file;

fn pretty(schema: &schemars::Schema) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(schema).unwrap();
    text.push('\n');
    text.into_bytes()
}

#[test]
fn the_schemas_on_disk_are_those_of_the_code() {
    check_file("schemas/Envelope.1.json", &pretty(&schemars::schema_for!(Envelope)));
    for event_type in EventType::ALL {
        let path = format!("schemas/{event_type}.{}.json", event_type.schema_version());
        check_file(&path, &pretty(&event_type.json_schema()));
    }
}
