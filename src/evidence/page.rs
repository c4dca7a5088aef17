//! Archived pages: finds them by digest, and reads single values out of them by JSON Pointer.
//! Values are taken as they stand on the wire, never through a float.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::value::RawValue;
use weekledger_events::payload::InputRef;
use weekledger_events::{ArtifactRef, Digest, StreamId};

use super::{EvidenceError, Store};
use crate::ports::ArtifactName;

/// Where pages of one pull lie: below the week whose event came from it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub stream: StreamId,
    pub artifact: Digest,
}

impl Place {
    pub fn new(own: &StreamId, event: Option<&InputRef>, artifact: Digest) -> Self {
        let stream = event.map_or(own, |event| &event.stream).clone();
        Self { stream, artifact }
    }
}

/// What a page says at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The text of a string, or a number or boolean as it stands on the wire.
    Text(String),
    /// An object or a list.
    Structure,
    /// The page has nothing there.
    Nothing,
    /// The page's bytes do not have its digest.
    Altered,
    /// The page is gone.
    Expired,
}

/// Reads values out of pages. Pages are not kept; what was found in them is.
#[derive(Default)]
pub struct PageReader {
    names: BTreeMap<StreamId, BTreeMap<Digest, ArtifactName>>,
    found: BTreeMap<(Place, String), Found>,
}

impl PageReader {
    /// Reads what is needed and not known yet, page by page.
    pub async fn prepare(
        &mut self,
        store: &dyn Store,
        wanted: impl IntoIterator<Item = (Place, String)>,
    ) -> Result<(), EvidenceError> {
        let mut open: BTreeMap<Place, BTreeSet<String>> = BTreeMap::new();
        for (place, pointer) in wanted {
            if !self.found.contains_key(&(place.clone(), pointer.clone())) {
                open.entry(place).or_default().insert(pointer);
            }
        }
        for (place, pointers) in open {
            let page = self.read(store, &place).await?;
            for pointer in pointers {
                let found = match &page {
                    Page::Held(bytes) => value_at(bytes, &pointer),
                    Page::Altered => Found::Altered,
                    Page::Expired => Found::Expired,
                };
                self.found.insert((place.clone(), pointer), found);
            }
        }
        Ok(())
    }

    /// What `prepare` read.
    pub fn found(&self, place: &Place, pointer: &str) -> &Found {
        self.found.get(&(place.clone(), pointer.to_owned())).unwrap_or(&Found::Nothing)
    }

    /// The object's name, if the page is still in the archive.
    pub fn name(&self, place: &Place) -> Option<&ArtifactName> {
        self.names.get(&place.stream)?.get(&place.artifact)
    }

    async fn read(&mut self, store: &dyn Store, place: &Place) -> Result<Page, EvidenceError> {
        if !self.names.contains_key(&place.stream) {
            let names = pages_of(store, &place.stream).await?;
            self.names.insert(place.stream.clone(), names);
        }
        let Some(name) = self.name(place) else { return Ok(Page::Expired) };
        let Some(bytes) = store.archive().read(name).await? else { return Ok(Page::Expired) };
        let intact = ArtifactRef::of(&bytes).digest == place.artifact;
        Ok(if intact { Page::Held(bytes) } else { Page::Altered })
    }
}

enum Page {
    Held(Vec<u8>),
    Altered,
    Expired,
}

/// The pages of a week, whichever run pulled them.
async fn pages_of(
    store: &dyn Store,
    stream: &StreamId,
) -> Result<BTreeMap<Digest, ArtifactName>, EvidenceError> {
    let prefix = format!("raw/{}/{}/", stream.report, stream.week);
    let names = store.archive().list(&prefix).await?;
    let digest = |name: &ArtifactName| {
        let parts: Vec<&str> = name.as_str().split('/').collect();
        // `raw/<report>/<week>/<run>/<digest>`; checkpoints lie deeper.
        if let [_, _, _, _, digest] = parts[..] { Digest::parse(digest).ok() } else { None }
    };
    Ok(names.into_iter().filter_map(|name| Some((digest(&name)?, name))).collect())
}

/// The value at a JSON Pointer (RFC 6901).
pub fn value_at(body: &[u8], pointer: &str) -> Found {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let Ok(mut raw) = serde_json::from_str::<&RawValue>(text.trim()) else { return Found::Nothing };
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let next = if raw.get().starts_with('[') {
            let items: Result<Vec<&RawValue>, _> = serde_json::from_str(raw.get());
            let index = token.parse::<usize>().ok();
            items.ok().and_then(|items| items.get(index?).copied())
        } else {
            let fields: Result<BTreeMap<Cow<'_, str>, &RawValue>, _> =
                serde_json::from_str(raw.get());
            fields.ok().and_then(|fields| fields.get(token.as_str()).copied())
        };
        match next {
            Some(found) => raw = found,
            None => return Found::Nothing,
        }
    }
    match raw.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw.get()).map_or(Found::Nothing, Found::Text),
        Some(b'{' | b'[') => Found::Structure,
        Some(b'n') | None => Found::Nothing,
        Some(_) => Found::Text(raw.get().to_owned()),
    }
}

/// Whether a text on the wire is this number.
pub fn says(text: &str, value: Decimal) -> bool {
    let text = text.trim();
    let read = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
    // Zeros beyond what a decimal holds say nothing.
    let read = read.or_else(|_| Decimal::from_str_exact(text.trim_end_matches('0')));
    read.is_ok_and(|read| read == value)
}
