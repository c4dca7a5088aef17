//! Anchors: the digests of a stream's heads, kept outside the ledger.

use crate::{Digest, Sequence, StreamId};

/// What an anchor says: event `sequence` of `stream` had this digest when it was the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    pub stream: StreamId,
    pub sequence: Sequence,
    pub digest: Digest,
}

impl Anchor {
    /// The archive name below `anchors/`.
    pub fn name(stream: &StreamId, sequence: Sequence) -> String {
        format!("{}/{}/{:06}", stream.report, stream.week, sequence.get())
    }

    /// The archived bytes: the digest and a line end.
    pub fn body(&self) -> Vec<u8> {
        format!("{}\n", self.digest).into_bytes()
    }

    /// Reads what `body` wrote; `None` if the bytes are anything else.
    pub fn parse(stream: &StreamId, sequence: Sequence, body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?.strip_suffix('\n')?;
        let digest = Digest::parse(text).ok()?;
        Some(Self { stream: stream.clone(), sequence, digest })
    }
}
