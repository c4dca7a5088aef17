//! Loading a stream: all of it, checked against its own chain and the anchors outside.

use weekledger_events::envelope::ReadError;
use weekledger_events::payload::{MetricsComputed, RunRequested};
use weekledger_events::verify::{self, check_chain};
use weekledger_events::{
    Anchor, Digest, Event, EventId, Payload, RunId, Sequence, StoredEvent, StreamId,
};
use weekledger_projections::week_state::{RunState, WeekState};

use crate::ports::{Archive, ArchiveError, ArtifactName, Created, LedgerError, LedgerItem, Ports};

/// Why a stream cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    #[error("the ledger failed")]
    Ledger(#[from] LedgerError),
    #[error("the archive failed")]
    Archive(#[from] ArchiveError),
    #[error("the digest chain of {stream} is broken")]
    Broken {
        stream: StreamId,
        #[source]
        source: verify::ChainError,
    },
    #[error("event {sequence} of {stream} cannot be read")]
    Unreadable {
        stream: StreamId,
        sequence: Sequence,
        #[source]
        source: ReadError,
    },
    /// A ledger that was restored or cut. Nothing may be sent from it.
    #[error("{stream} ends at event {head}, but event {anchored} was anchored")]
    AnchorAhead { stream: StreamId, head: u32, anchored: Sequence },
    #[error("event {sequence} of {stream} has digest {found}, but {anchored} was anchored")]
    AnchorMismatch { stream: StreamId, sequence: Sequence, found: Digest, anchored: String },
    #[error("event {event} is not in {stream}")]
    NoSuchEvent { stream: StreamId, event: EventId },
    #[error("run {run} is not in {stream}")]
    NoSuchRun { stream: StreamId, run: RunId },
}

impl StreamError {
    /// True if trying again cannot help: the evidence is damaged or was cut.
    pub fn needs_person(&self) -> bool {
        match self {
            Self::Ledger(error) => !matches!(error, LedgerError::Unavailable(_)),
            Self::Archive(error) => !matches!(error, ArchiveError::Unavailable(_)),
            _ => true,
        }
    }

    /// True if what is wrong is this stream's own record, so that every other stream may go on.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Ledger(error) => matches!(error, LedgerError::Damaged { .. }),
            Self::Archive(error) => error.is_damage(),
            Self::Broken { .. }
            | Self::Unreadable { .. }
            | Self::AnchorAhead { .. }
            | Self::AnchorMismatch { .. } => true,
            Self::NoSuchEvent { .. } | Self::NoSuchRun { .. } => false,
        }
    }

    /// True if a newer program wrote it, and would read it.
    fn is_newer(&self) -> bool {
        match self {
            Self::Unreadable { source, .. }
            | Self::Broken { source: verify::ChainError::Unreadable { source, .. }, .. } => {
                source.is_newer()
            }
            _ => false,
        }
    }

    /// What a person should do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::AnchorAhead { .. } => {
                "the ledger was restored from a backup or cut; restore the newer one, or set the \
                 anchors of the lost events aside on purpose"
            }
            newer if newer.is_newer() => {
                "install the newest weekledger, then run `weekledger verify`"
            }
            Self::Broken { .. }
            | Self::AnchorMismatch { .. }
            | Self::Unreadable { .. }
            | Self::Ledger(LedgerError::Damaged { .. }) => {
                "the ledger was changed after it was written; run `weekledger verify`, then \
                 compare it with a backup, or restore one"
            }
            Self::Archive(error) if error.is_damage() => {
                "the archive was changed after it was written; run `weekledger verify`, then \
                 restore the object from a backup"
            }
            Self::Ledger(_)
            | Self::Archive(_)
            | Self::NoSuchEvent { .. }
            | Self::NoSuchRun { .. } => "run `weekledger status` and `weekledger verify`",
        }
    }
}

/// A stream as it was loaded: checked, parsed and folded.
pub struct Loaded {
    pub events: Vec<Event>,
    pub state: WeekState,
    /// The newest event that was anchored when the stream was loaded.
    pub anchored: Option<Sequence>,
}

impl Loaded {
    /// Number and digest of the newest event.
    pub fn head(&self) -> Option<(Sequence, Digest)> {
        self.events.last().map(|event| (event.sequence(), event.digest))
    }

    pub fn event(&self, id: EventId) -> Result<&Event, StreamError> {
        let found = self.events.iter().find(|event| event.id() == id);
        let stream = || self.state.stream.clone();
        found.ok_or_else(|| StreamError::NoSuchEvent { stream: stream(), event: id })
    }

    pub fn run(&self, id: RunId) -> Result<&RunState, StreamError> {
        let stream = || self.state.stream.clone();
        self.state.run(id).ok_or_else(|| StreamError::NoSuchRun { stream: stream(), run: id })
    }

    /// The events that hold metrics, in order.
    pub fn metrics(&self) -> impl Iterator<Item = (&Event, &MetricsComputed)> {
        self.events.iter().filter_map(|event| match &event.payload {
            Payload::MetricsComputed(metrics) => Some((event, &**metrics)),
            _ => None,
        })
    }

    /// The request of a run.
    pub fn request(&self, id: RunId) -> Result<&RunRequested, StreamError> {
        Ok(&self.run(id)?.requested)
    }
}

/// Loads a stream, checks it against the anchors, and anchors its head if that is missing.
pub async fn load(ports: &Ports, stream: &StreamId) -> Result<Loaded, StreamError> {
    let loaded = look(ports, stream).await?;
    if let Some((sequence, digest)) = loaded.head()
        && loaded.anchored != Some(sequence)
    {
        write_anchor(&*ports.archive, stream, sequence, digest).await?;
    }
    Ok(loaded)
}

/// Loads a stream and checks it, and writes nothing: for questions.
pub async fn look(ports: &Ports, stream: &StreamId) -> Result<Loaded, StreamError> {
    // Anchors first: an event that is appended in between can then never look like a lost one.
    let anchored = newest_anchor(&*ports.archive, stream).await?;
    let events = read_events(ports, stream).await?;
    check_anchor(&*ports.archive, stream, anchored, &events).await?;
    let state = WeekState::fold(stream.clone(), &events);
    Ok(Loaded { events, state, anchored })
}

/// The highest number that was anchored.
async fn newest_anchor(
    archive: &dyn Archive,
    stream: &StreamId,
) -> Result<Option<Sequence>, ArchiveError> {
    let names = archive.list(&ArtifactName::anchor_prefix(stream)).await?;
    let number = |name: &ArtifactName| name.as_str().rsplit('/').next()?.parse().ok();
    Ok(names.iter().filter_map(number).max().and_then(Sequence::new))
}

async fn read_events(ports: &Ports, stream: &StreamId) -> Result<Vec<Event>, StreamError> {
    match read_once(ports, stream).await {
        // A store that answers in pages may show a gap for a moment.
        Err(StreamError::Broken { source: verify::ChainError::Gap { .. }, .. }) => {
            read_once(ports, stream).await
        }
        result => result,
    }
}

async fn read_once(ports: &Ports, stream: &StreamId) -> Result<Vec<Event>, StreamError> {
    let items = ports.ledger.load(stream).await?;
    let mut stored = Vec::with_capacity(items.len());
    for item in items {
        stored.push(with_payload(&*ports.archive, item).await?);
    }
    check_chain(stream, &stored)
        .map_err(|source| StreamError::Broken { stream: stream.clone(), source })?;
    let mut sequence = Sequence::FIRST;
    let mut events = Vec::with_capacity(stored.len());
    for item in &stored {
        let unreadable =
            |source| StreamError::Unreadable { stream: stream.clone(), sequence, source };
        events.push(item.read().map_err(unreadable)?);
        sequence = sequence.next();
    }
    Ok(events)
}

/// Fetches a large payload from the archive; its digest is checked when the event is read.
async fn with_payload(
    archive: &dyn Archive,
    item: LedgerItem,
) -> Result<StoredEvent, ArchiveError> {
    let payload = match item.payload {
        Some(payload) => payload,
        // An unreadable envelope is reported by the chain check, with its number.
        None => match weekledger_events::envelope::read_envelope(&item.envelope) {
            Ok(envelope) => {
                let name = ArtifactName::evidence(&envelope.payload.digest);
                archive
                    .read(&name)
                    .await?
                    .ok_or_else(|| ArchiveError::Missing { name: name.to_string() })?
            }
            Err(_) => Vec::new(),
        },
    };
    Ok(StoredEvent { envelope: item.envelope, payload })
}

async fn check_anchor(
    archive: &dyn Archive,
    stream: &StreamId,
    anchored: Option<Sequence>,
    events: &[Event],
) -> Result<(), StreamError> {
    let Some(sequence) = anchored else { return Ok(()) };
    let Some(event) = events.iter().find(|event| event.sequence() == sequence) else {
        let head = events.last().map_or(0, |event| event.sequence().get());
        return Err(StreamError::AnchorAhead { stream: stream.clone(), head, anchored: sequence });
    };
    let name = ArtifactName::anchor(stream, sequence);
    let body = archive.read(&name).await?.unwrap_or_default();
    match Anchor::parse(stream, sequence, &body) {
        Some(anchor) if anchor.digest == event.digest => Ok(()),
        _ => Err(StreamError::AnchorMismatch {
            stream: stream.clone(),
            sequence,
            found: event.digest,
            anchored: String::from_utf8_lossy(&body).trim().chars().take(80).collect(),
        }),
    }
}

/// Keeps the digest of a head outside the ledger.
pub(crate) async fn write_anchor(
    archive: &dyn Archive,
    stream: &StreamId,
    sequence: Sequence,
    digest: Digest,
) -> Result<(), StreamError> {
    let anchor = Anchor { stream: stream.clone(), sequence, digest };
    let name = ArtifactName::anchor(stream, sequence);
    match archive.create(&name, &anchor.body()).await? {
        Created::New | Created::Same => Ok(()),
        Created::Other(body) => Err(StreamError::AnchorMismatch {
            stream: stream.clone(),
            sequence,
            found: digest,
            anchored: String::from_utf8_lossy(&body).trim().chars().take(80).collect(),
        }),
    }
}
