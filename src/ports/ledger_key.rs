//! Where an event lies, the same in every ledger: `WEEK#<report>#<week>` and a six-digit number.

use weekledger_events::{ReportId, Sequence, StreamId, Week};

use super::LedgerError;

/// The key has six digits. A week has about ten events.
pub const SEQUENCE_MAX: u32 = 999_999;

/// Everything of one stream.
pub fn partition(stream: &StreamId) -> String {
    format!("WEEK#{}#{}", stream.report, stream.week)
}

/// Of one event within its stream. Sorts as text like the number does.
pub fn slot(sequence: Sequence) -> String {
    format!("{:06}", sequence.get())
}

/// The stream of a partition's key.
pub fn stream_of(key: &str) -> Result<StreamId, LedgerError> {
    let parse = || {
        let (report, week) = key.strip_prefix("WEEK#")?.split_once('#')?;
        Some(StreamId::new(ReportId::parse(report).ok()?, Week::parse(week).ok()?))
    };
    parse().ok_or_else(|| LedgerError::Damaged {
        stream: key.to_owned(),
        slot: "any".to_owned(),
        what: "the key is not WEEK#<report>#<week>".to_owned(),
    })
}

/// Refuses an event whose number has no key, or whose bytes are more than a store takes.
pub fn refuse_beyond_limits(
    stream: &StreamId,
    sequence: Sequence,
    bytes: usize,
    bytes_max: usize,
) -> Result<(), LedgerError> {
    let what = if sequence.get() > SEQUENCE_MAX {
        format!("{stream} would have more than {SEQUENCE_MAX} events")
    } else if bytes > bytes_max {
        format!("event {sequence} of {stream} has {bytes} bytes")
    } else {
        return Ok(());
    };
    let source = format!("the limits are {SEQUENCE_MAX} events and {bytes_max} bytes each");
    Err(LedgerError::Refused { what, source: source.into() })
}
