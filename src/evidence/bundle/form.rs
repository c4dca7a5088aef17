//! The form of a bundle's file: names and order of its entries, and the tar around them.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};
use weekledger_events::{Digest, ReportId, Sequence, StreamId, Week, canonical};

use super::{BUNDLE_FORMAT, Bundle, BundleError};
use crate::ports::LedgerItem;

/// Limits of a bundle; a week has some hundred entries and some megabytes.
pub const ENTRIES_MAX: usize = 100_000;
pub const BUNDLE_BYTES_MAX: u64 = 1 << 30;

pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const EVENTS: &str = "events";
pub(super) const INPUTS: &str = "inputs";
pub(super) const ARCHIVE: &str = "archive";

/// Says what the file is, and what each entry has to be.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub format: u32,
    pub report: ReportId,
    pub week: Week,
    pub entries: BTreeMap<String, Digest>,
}

/// Entries by name, the manifest aside.
pub(super) type Entries = BTreeMap<String, Vec<u8>>;

/// Everything that a bundle's file holds, the manifest first.
pub(super) fn entries(bundle: &Bundle) -> Result<Vec<(String, Vec<u8>)>, BundleError> {
    let mut entries = Entries::new();
    let events = std::iter::successors(Some(Sequence::FIRST), |sequence| Some(sequence.next()));
    for (item, sequence) in bundle.events.iter().zip(events) {
        add(&mut entries, EVENTS, &bundle.stream, sequence, item);
    }
    for ((stream, sequence), item) in &bundle.inputs {
        add(&mut entries, INPUTS, stream, *sequence, item);
    }
    for (name, bytes) in &bundle.objects.0 {
        entries.insert(format!("{ARCHIVE}/{name}"), bytes.clone());
    }
    let digests = entries.iter().map(|(name, bytes)| (name.clone(), Digest::of(bytes)));
    let manifest = Manifest {
        format: BUNDLE_FORMAT,
        report: bundle.stream.report.clone(),
        week: bundle.stream.week,
        entries: digests.collect(),
    };
    let manifest = canonical::to_bytes(&manifest)?;
    let mut all = vec![(MANIFEST.to_owned(), manifest)];
    all.extend(entries);
    Ok(all)
}

fn add(
    entries: &mut Entries,
    area: &str,
    stream: &StreamId,
    sequence: Sequence,
    item: &LedgerItem,
) {
    let name = format!("{area}/{stream}/{:06}", sequence.get());
    entries.insert(format!("{name}.envelope.json"), item.envelope.clone());
    if let Some(payload) = &item.payload {
        entries.insert(format!("{name}.payload.json"), payload.clone());
    }
}

/// The tar: regular files, no owner, no time.
pub(super) fn write(entries: &[(String, Vec<u8>)]) -> Result<Vec<u8>, BundleError> {
    if entries.len() > ENTRIES_MAX {
        return Err(BundleError::TooMany);
    }
    let bytes: u64 = entries.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    if bytes > BUNDLE_BYTES_MAX {
        return Err(BundleError::TooLarge);
    }
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in entries {
        let header = header(bytes.len() as u64);
        append(&mut tar, header, name, bytes).map_err(BundleError::Tar)?;
    }
    tar.into_inner().map_err(BundleError::Tar)
}

fn header(length: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(length);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn append(
    tar: &mut tar::Builder<Vec<u8>>,
    mut header: tar::Header,
    name: &str,
    bytes: &[u8],
) -> io::Result<()> {
    tar.append_data(&mut header, name, bytes)
}
