//! Reads a bundle's file within limits, and refuses whatever an export does not write.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use weekledger_events::{Digest, ReportId, Sequence, StreamId, Week};

use super::form::{
    self, ARCHIVE, BUNDLE_BYTES_MAX, ENTRIES_MAX, EVENTS, Entries, INPUTS, MANIFEST, Manifest,
};
use super::{BUNDLE_FORMAT, Bundle, BundleError, Objects};
use crate::ports::{ArtifactName, LedgerItem};

type Items = BTreeMap<(StreamId, Sequence), LedgerItem>;

pub(super) fn read(bytes: &[u8]) -> Result<Bundle, BundleError> {
    let (manifest, entries) = unpack(bytes)?;
    check_digests(&manifest, &entries)?;
    let stream = StreamId::new(manifest.report, manifest.week);
    let mut events = Items::new();
    let mut inputs = Items::new();
    let mut objects = Objects::default();
    for (name, bytes) in entries {
        let foreign = || BundleError::Foreign { name: name.chars().take(200).collect() };
        let (area, rest) = name.split_once('/').ok_or_else(foreign)?;
        match area {
            EVENTS => place(&mut events, rest, bytes).ok_or_else(foreign)?,
            INPUTS => place(&mut inputs, rest, bytes).ok_or_else(foreign)?,
            ARCHIVE => {
                let object = ArtifactName::from_listing(rest).ok_or_else(foreign)?;
                objects.0.insert(object, bytes);
            }
            _ => return Err(foreign()),
        }
    }
    let bundle = Bundle { events: whole(&stream, events)?, stream, inputs, objects };
    check_form(&bundle, bytes)?;
    Ok(bundle)
}

fn unpack(bytes: &[u8]) -> Result<(Manifest, Entries), BundleError> {
    if bytes.len() as u64 > BUNDLE_BYTES_MAX {
        return Err(BundleError::TooLarge);
    }
    let mut entries = Entries::new();
    let mut tar = tar::Archive::new(bytes);
    for entry in tar.entries().map_err(BundleError::Tar)? {
        let entry = entry.map_err(BundleError::Tar)?;
        if entries.len() > ENTRIES_MAX {
            return Err(BundleError::TooMany);
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type() != tar::EntryType::Regular || !is_plain(&name) {
            return Err(BundleError::Foreign { name: name.chars().take(200).collect() });
        }
        let mut content = Vec::new();
        // No entry is longer than the file that it lies in.
        entry.take(bytes.len() as u64).read_to_end(&mut content).map_err(BundleError::Tar)?;
        if entries.insert(name.clone(), content).is_some() {
            return Err(BundleError::Twice { name });
        }
    }
    let manifest = entries.remove(MANIFEST).ok_or(BundleError::NoManifest)?;
    Ok((parse(&manifest)?, entries))
}

/// A relative path of plain parts: nothing here is ever written to a disk, but the next reader
/// may be another program.
fn is_plain(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    name.split('/').all(plain)
}

fn parse(bytes: &[u8]) -> Result<Manifest, BundleError> {
    /// The one field that every format has.
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let Format { format } = serde_json::from_slice(bytes).map_err(BundleError::Manifest)?;
    if format > BUNDLE_FORMAT {
        return Err(BundleError::Newer { found: format });
    }
    serde_json::from_slice(bytes).map_err(BundleError::Manifest)
}

/// Both ways: nothing altered, nothing missing, nothing added.
fn check_digests(manifest: &Manifest, entries: &Entries) -> Result<(), BundleError> {
    for (name, digest) in &manifest.entries {
        if entries.get(name).map(|bytes| Digest::of(bytes)) != Some(*digest) {
            return Err(BundleError::Altered { name: name.chars().take(200).collect() });
        }
    }
    match entries.keys().find(|name| !manifest.entries.contains_key(*name)) {
        Some(name) => Err(BundleError::Foreign { name: name.clone() }),
        None => Ok(()),
    }
}

/// `REPORT/WEEK/000001.envelope.json`
fn place(items: &mut Items, name: &str, bytes: Vec<u8>) -> Option<()> {
    let parts: Vec<&str> = name.split('/').collect();
    let [report, week, file] = parts[..] else { return None };
    let stream = StreamId::new(ReportId::parse(report).ok()?, Week::parse(week).ok()?);
    let (number, kind) = file.split_once('.')?;
    let sequence = Sequence::new(number.parse().ok()?)?;
    let item = items
        .entry((stream, sequence))
        .or_insert_with(|| LedgerItem { envelope: Vec::new(), payload: None });
    match kind {
        "envelope.json" => item.envelope = bytes,
        "payload.json" => item.payload = Some(bytes),
        _ => return None,
    }
    Some(())
}

/// The week's events 1, 2, 3 …
fn whole(stream: &StreamId, mut items: Items) -> Result<Arc<Vec<LedgerItem>>, BundleError> {
    let mut events = Vec::with_capacity(items.len());
    let mut sequence = Sequence::FIRST;
    while !items.is_empty() {
        let item =
            items.remove(&(stream.clone(), sequence)).ok_or(BundleError::Gap { sequence })?;
        events.push(item);
        sequence = sequence.next();
    }
    Ok(Arc::new(events))
}

fn check_form(bundle: &Bundle, bytes: &[u8]) -> Result<(), BundleError> {
    let written = form::write(&form::entries(bundle)?)?;
    if written == bytes {
        return Ok(());
    }
    let differs = written.iter().zip(bytes).position(|(a, b)| a != b);
    Err(BundleError::Form { position: differs.unwrap_or(written.len().min(bytes.len())) })
}
