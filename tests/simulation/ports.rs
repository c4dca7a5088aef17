//! Ports in memory whose calls can be interrupted, fail, and fail after having worked.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use weekledger::ports::{
    Append, Archive, ArchiveError, ArtifactName, Bus, BusError, Clock, Created, Entry, Ledger,
    LedgerError, LedgerItem, Mail, Mailer, Message, OwnerNotice, Secret, SecretName, Secrets,
    SecretsError, SentAs,
};
use weekledger_events::payload::SendResult;
use weekledger_events::{Digest, EventId, Pointer, RecipientKey, Revision, Sequence, StreamId};

use crate::dice::Dice;

/// How often, in a thousand calls, what goes wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// A store answers with an error and has done nothing.
    pub fail_before: u64,
    /// A store has done its work and answers with an error.
    pub fail_after: u64,
    /// The bus refuses one entry of a batch.
    pub refuse_entry: u64,
    /// The mailer refuses, or does not know.
    pub mail_trouble: u64,
}

/// A message in the queue. It stays until it is acknowledged.
#[derive(Debug, Clone)]
pub struct Queued {
    pub id: u64,
    pub pointer: Pointer,
    pub visible_at: Timestamp,
}

/// A mail that really left.
#[derive(Debug, Clone)]
pub struct Left {
    pub intent: EventId,
    pub revision: Revision,
    pub recipient: RecipientKey,
}

pub struct World {
    pub dice: Dice,
    pub faults: Faults,
    pub now: Timestamp,
    pub streams: BTreeMap<StreamId, Vec<LedgerItem>>,
    pub objects: BTreeMap<String, Vec<u8>>,
    pub queue: Vec<Queued>,
    pub queued: u64,
    pub notices: Vec<OwnerNotice>,
    pub left: Vec<Left>,
    /// Until then the mailer takes nothing.
    pub mailer_back_at: Timestamp,
    /// Grows with every effect, so that the promises are checked only when something changed.
    pub effects: u64,
    /// Weeks whose data is to be held back.
    pub hold_data: bool,
    /// Permille of stage attempts that go wrong in one way or another.
    pub stage_trouble: u64,
}

/// The world behind every port.
#[derive(Clone)]
pub struct Sim(pub Arc<Mutex<World>>);

/// Lets others run once; a handler can be ended here.
pub struct Yield(bool);

impl Future for Yield {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        Poll::Pending
    }
}

pub fn yield_once() -> Yield {
    Yield(false)
}

impl Sim {
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(World {
            dice: Dice::new(seed),
            faults: Faults::default(),
            now: "2026-11-23T05:00:00Z".parse().unwrap(),
            streams: BTreeMap::new(),
            objects: BTreeMap::new(),
            queue: Vec::new(),
            queued: 0,
            notices: Vec::new(),
            left: Vec::new(),
            mailer_back_at: Timestamp::MIN,
            effects: 0,
            hold_data: false,
            stage_trouble: 0,
        })))
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// One call to a store: others may run before and after, and either side may fail.
    async fn call<T, E>(
        &self,
        unavailable: impl Fn() -> E,
        effect: impl FnOnce(&mut World) -> Result<T, E>,
    ) -> Result<T, E> {
        yield_once().await;
        let result = {
            let mut world = self.world();
            let (before, after) = (world.faults.fail_before, world.faults.fail_after);
            if world.dice.chance(before) {
                return Err(unavailable());
            }
            let result = effect(&mut world);
            if world.dice.chance(after) { Err(unavailable()) } else { result }
        };
        yield_once().await;
        result
    }
}

impl World {
    pub fn enqueue(&mut self, pointer: Pointer) {
        self.queued += 1;
        let (id, visible_at) = (self.queued, self.now);
        self.queue.push(Queued { id, pointer, visible_at });
    }

    /// Sends, with or without an answer; or does not, and says so or does not know.
    fn send(&mut self, mail: &Mail) -> SendResult {
        let trouble = self.faults.mail_trouble;
        let kind = if self.dice.chance(trouble) { 1 + self.dice.below(3) } else { 0 };
        // 0 sent and answered, 1 refused, 2 sent without an answer, 3 neither.
        if kind == 0 || kind == 2 {
            self.effects += 1;
            self.left.push(Left {
                intent: mail.intent,
                revision: mail.revision,
                recipient: mail.recipient.clone(),
            });
        }
        let sentence = "simulated".to_owned();
        match kind {
            0 => SendResult::Accepted { message_id: mail.intent.to_string() },
            1 => SendResult::refused(sentence),
            _ => SendResult::Unknown { sentence },
        }
    }

    /// What a mailer answers that is busy, away or forbidden for a while.
    fn mailer_trouble(&mut self) -> Option<SendResult> {
        let mends = self.dice.chance(300);
        (self.now < self.mailer_back_at).then(|| match mends {
            true => SendResult::until_mended("simulated", "lift the pause"),
            false => SendResult::not_now("simulated"),
        })
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now = self.now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    }
}

#[async_trait]
impl Ledger for Sim {
    async fn load(&self, stream: &StreamId) -> Result<Vec<LedgerItem>, LedgerError> {
        let unavailable = || LedgerError::Unavailable("simulated".into());
        self.call(unavailable, |world| Ok(world.streams.get(stream).cloned().unwrap_or_default()))
            .await
    }

    async fn append(
        &self,
        stream: &StreamId,
        sequence: Sequence,
        previous: Option<Digest>,
        item: &LedgerItem,
    ) -> Result<Append, LedgerError> {
        let unavailable = || LedgerError::Unavailable("simulated".into());
        self.call(unavailable, |world| {
            let items = world.streams.entry(stream.clone()).or_default();
            let head = items.last().map(|item| Digest::of(&item.envelope));
            let slot = usize::try_from(sequence.get()).unwrap();
            if items.len() + 1 != slot || head != previous {
                return Ok(Append::Conflict);
            }
            items.push(item.clone());
            world.effects += 1;
            Ok(Append::Stored)
        })
        .await
    }

    async fn streams(&self) -> Result<Vec<StreamId>, LedgerError> {
        let unavailable = || LedgerError::Unavailable("simulated".into());
        self.call(unavailable, |world| Ok(world.streams.keys().cloned().collect())).await
    }
}

#[async_trait]
impl Archive for Sim {
    async fn create(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Created, ArchiveError> {
        let unavailable = || ArchiveError::Unavailable("simulated".into());
        self.call(unavailable, |world| {
            Ok(match world.objects.get(name.as_str()) {
                None => {
                    world.effects += 1;
                    world.objects.insert(name.as_str().to_owned(), bytes.to_vec());
                    Created::New
                }
                Some(there) if there == bytes => Created::Same,
                Some(there) => Created::Other(there.clone()),
            })
        })
        .await
    }

    async fn read(&self, name: &ArtifactName) -> Result<Option<Vec<u8>>, ArchiveError> {
        let unavailable = || ArchiveError::Unavailable("simulated".into());
        self.call(unavailable, |world| Ok(world.objects.get(name.as_str()).cloned())).await
    }

    async fn exists(&self, name: &ArtifactName) -> Result<bool, ArchiveError> {
        Ok(Archive::read(self, name).await?.is_some())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ArtifactName>, ArchiveError> {
        let unavailable = || ArchiveError::Unavailable("simulated".into());
        self.call(unavailable, |world| {
            let names = world.objects.keys().filter(|name| name.starts_with(prefix));
            Ok(names.map(|name| ArtifactName::from_listing(name).unwrap()).collect())
        })
        .await
    }
}

#[async_trait]
impl Bus for Sim {
    async fn publish(&self, messages: &[Message]) -> Result<Vec<Entry>, BusError> {
        let unavailable = || BusError::Unavailable("simulated".into());
        self.call(unavailable, |world| {
            let mut entries = Vec::new();
            for message in messages {
                let refuse = world.faults.refuse_entry;
                if world.dice.chance(refuse) {
                    entries.push(Entry::Refused("simulated".to_owned()));
                    continue;
                }
                match message {
                    Message::Pointer(pointer) => world.enqueue(pointer.clone()),
                    Message::Notice(notice) => world.notices.push(notice.clone()),
                }
                entries.push(Entry::Accepted);
            }
            Ok(entries)
        })
        .await
    }
}

#[async_trait]
impl Mailer for Sim {
    async fn send(&self, mail: &Mail) -> SendResult {
        yield_once().await;
        let result = {
            let mut world = self.world();
            match world.mailer_trouble() {
                Some(result) => result,
                None => world.send(mail),
            }
        };
        yield_once().await;
        result
    }

    /// Like a service that cannot be asked.
    async fn look_up(&self, _: &SentAs<'_>) -> Option<SendResult> {
        None
    }
}

#[async_trait]
impl Secrets for Sim {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError> {
        Err(SecretsError::Missing(name))
    }

    async fn forget(&self, _: SecretName) {}
}

#[async_trait]
impl Clock for Sim {
    fn now(&self) -> Timestamp {
        self.world().now
    }

    /// Time passes, for everybody.
    async fn sleep(&self, duration: Duration) {
        let ends = self.now().checked_add(duration).unwrap();
        yield_once().await;
        let mut world = self.world();
        world.now = world.now.max(ends);
    }
}
