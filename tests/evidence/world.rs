//! A simulated half year in a data directory: some weeks backfilled, the newest one reported.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use weekledger::chain::{Chain, Job, Loaded, Ports, RunDraft, SendJob, Stages};
use weekledger::config::{Config, Report};
use weekledger::embedded::runner::Runner;
use weekledger::embedded::{Access, DataDir, LocalSecrets, SetClock};
use weekledger::evidence::{LedgerStore, WeekVerdict, read_week, verify_week};
use weekledger::ports::{Clock, Mail, MailAddress};
use weekledger::simulator::{self, Fault, Options};
use weekledger::stages::deliver::AddressBook;
use weekledger::stages::week::WeekStages;
use weekledger::stages::{StageError, keep_evidence};
use weekledger_events::{Nonce, Payload, Producer, RecipientKey, ReportId, StreamId, Week};

/// The newest week, and the Monday on which it is reported.
pub const NEWEST: &str = "2026-W47";
const NOW: &str = "2026-11-23T06:00:00Z";

/// What a world is made of.
#[derive(Clone)]
pub struct Plan {
    pub backfilled: i32,
    /// How many of these are reported and not merely backfilled, the newest ones.
    pub mailed: i32,
    /// Of the simulated providers, while the past was pulled and when the newest week is.
    pub seeds: (u64, u64),
    pub faults: Vec<Fault>,
    pub producer: Producer,
    /// Alters what the analyze stage makes.
    pub altered: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            backfilled: 14,
            mailed: 0,
            seeds: (7, 7),
            faults: Vec::new(),
            producer: producer(),
            altered: false,
        }
    }
}

/// The program that the tests are.
pub fn producer() -> Producer {
    weekledger::producer::producer()
}

/// A finished world.
pub struct World {
    folder: TempDir,
}

impl World {
    pub async fn new(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let clock = Arc::new(SetClock::new(now()));
        let past = simulated(plan.seeds.0, Vec::new()).await;
        let works = Works::open(&data, &plan, clock.clone(), &past);
        for count in (1..=plan.backfilled).rev() {
            let week = newest().plus(-count);
            if count <= plan.mailed {
                works.run(week, |report, pin| report.run_by_hand(week, pin, now())).await;
            } else {
                works.run(week, |report, pin| report.backfill_run(week, pin, now())).await;
            }
        }
        drop(works);
        past.stop().await;
        // The providers are asked later than before, so that what they say now is newer.
        clock.set(now().checked_add(SignedDuration::from_mins(30)).unwrap());
        let present = simulated(plan.seeds.1, plan.faults.clone()).await;
        let works = Works::open(&data, &plan, clock.clone(), &present);
        let at = clock.now();
        works.run(newest(), |report, pin| report.run_by_hand(newest(), pin, at)).await;
        drop(works);
        present.stop().await;
        Self { folder }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A copy to do harm to.
    pub fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&self.data(), &folder.path().join("data"));
        Self { folder }
    }

    pub fn store(&self) -> LedgerStore {
        store(&self.data())
    }

    pub async fn week(&self) -> Loaded {
        read_week(&self.store(), &stream()).await.unwrap()
    }

    pub async fn verify(&self) -> WeekVerdict {
        verify_week(&self.store(), &stream(), &producer()).await.unwrap()
    }

    /// Every archived object as name and path, checkpoints aside.
    pub fn objects(&self) -> Vec<(String, PathBuf)> {
        let root = self.data().join("archive");
        let mut found = Vec::new();
        walk(&root, &mut |path| {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
            if !name.contains("/steps/") {
                found.push((name, path.to_owned()));
            }
        });
        found.sort();
        found
    }

    /// Runs the newest week again from one of its events.
    pub async fn again(&self, from: weekledger_events::EventType, plan: Plan) {
        let loaded = self.week().await;
        let event = loaded.events.iter().find(|one| one.envelope.event_type == from).unwrap();
        let earlier = loaded.state.run(event.run()).unwrap().requested.clone();
        let clock =
            Arc::new(SetClock::new(now().checked_add(SignedDuration::from_hours(1)).unwrap()));
        let present = simulated(plan.seeds.1, Vec::new()).await;
        let works = Works::open(&self.data(), &plan, clock.clone(), &present);
        let at = clock.now();
        works
            .run(newest(), |_, _| RunDraft {
                goal: weekledger_events::payload::Goal::Hold,
                origin: weekledger_events::payload::Origin::ReEmit,
                reason: "a test".to_owned(),
                requested_by: "a test".to_owned(),
                from_event: Some(event.id()),
                config: earlier.config,
                pull: earlier.pull.clone(),
                known_at: earlier.known_at,
                not_before: at,
                analysis_due: at.checked_add(SignedDuration::from_hours(1)).unwrap(),
                deliver_at: at,
            })
            .await;
    }
}

pub fn store(data: &Path) -> LedgerStore {
    let data = DataDir::open(data, Access::Read).unwrap();
    LedgerStore::new(Arc::new(data.ledger().unwrap()), Arc::new(data.archive().unwrap()))
}

pub fn newest() -> Week {
    Week::parse(NEWEST).unwrap()
}

pub fn report() -> ReportId {
    ReportId::parse("weekly").unwrap()
}

pub fn stream() -> StreamId {
    StreamId::new(report(), newest())
}

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

async fn simulated(seed: u64, faults: Vec<Fault>) -> simulator::Running {
    let listen = "127.0.0.1:0".parse().unwrap();
    let options = Options { seed, today: newest().sunday(), listen, replay: None, faults };
    simulator::start(options).await.unwrap()
}

/// The chain over a data directory.
struct Works {
    config: Arc<Config>,
    ports: Ports,
    runner: Runner,
    _data: DataDir,
}

impl Works {
    fn open(
        data: &Path,
        plan: &Plan,
        clock: Arc<SetClock>,
        providers: &simulator::Running,
    ) -> Self {
        let config = Config::parse(&configuration(providers), Path::new("weekledger.toml"));
        let config = Arc::new(config.unwrap());
        let data = DataDir::open(data, Access::Write).unwrap();
        let bus = Arc::new(data.bus().unwrap());
        let token = |_: &str| Ok::<_, std::env::VarError>("a-token".to_owned());
        let ports = Ports {
            ledger: Arc::new(data.ledger().unwrap()),
            archive: Arc::new(data.archive().unwrap()),
            bus: bus.clone(),
            mailer: Arc::new(data.outbox().unwrap()),
            secrets: Arc::new(LocalSecrets::new(Box::new(token), None)),
            clock,
        };
        let addresses = Arc::new(Addresses(config.clone()));
        let stages = WeekStages::new(ports.clone(), addresses);
        let stages: Arc<dyn Stages> =
            if plan.altered { Arc::new(Altered(stages)) } else { Arc::new(stages) };
        let chain = Arc::new(Chain::new(ports.clone(), stages, plan.producer.clone()));
        Self { config, ports, runner: Runner::new(chain, bus, nonce), _data: data }
    }

    async fn run(
        &self,
        week: Week,
        draft: impl Fn(&Report, weekledger_events::ArtifactRef) -> RunDraft,
    ) {
        let report = &self.config.reports[0];
        let settings = self.config.settings(report).to_bytes().unwrap();
        let pin = keep_evidence(&*self.ports.archive, &settings).await.unwrap();
        let stream = StreamId::new(report.id.clone(), week);
        let chain = self.runner.chain();
        chain.open(&stream, &draft(report, pin)).await.unwrap();
        let until = self.ports.clock.now().checked_add(SignedDuration::from_hours(1)).unwrap();
        self.runner.run(until, &mut |_| {}).await.unwrap();
    }
}

struct Addresses(Arc<Config>);

impl AddressBook for Addresses {
    fn sender(&self) -> MailAddress {
        self.0.mail.from.clone()
    }

    fn recipient(&self, report: &ReportId, key: &RecipientKey) -> Option<MailAddress> {
        self.0.recipient_address(report, key).map(|(_, address)| address)
    }
}

/// Stages of a version that writes another HTML part.
struct Altered(WeekStages);

#[async_trait]
impl Stages for Altered {
    async fn perform(&self, job: Job<'_>) -> Result<Payload, StageError> {
        let archive = job.context.archive;
        let mut payload = self.0.perform(job).await?;
        if let Payload::AnalysisGenerated(analysis) = &mut payload {
            analysis.html = keep_evidence(archive, b"<p>another version</p>").await?;
        }
        Ok(payload)
    }

    async fn compose(
        &self,
        job: SendJob<'_>,
    ) -> Result<Mail, weekledger_events::payload::SendResult> {
        self.0.compose(job).await
    }
}

fn nonce() -> Nonce {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Nonce(uuid::Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into()))
}

fn configuration(providers: &simulator::Running) -> String {
    let accounts: String = providers
        .properties()
        .iter()
        .map(|property| {
            format!(
                "[[report.account]]\nname = {:?}\nmeta_account = {:?}\ntimezone = {:?}\n",
                property.name, property.meta_account, property.timezone
            )
        })
        .collect();
    format!(
        "[sources.meta]\nbase_url = \"{}\"\n[sources.hubspot]\nbase_url = \"{}\"\n\
         [analyst]\nprovider = \"rules\"\n\
         [mail]\nfrom = \"Reports <reports@example.com>\"\n[owner]\nemail = \"owner@example.com\"\n\
         [[report]]\nid = \"weekly\"\ntitle = \"Weekly report\"\ntimezone = \"Europe/Vienna\"\n\
         {accounts}[[report.recipient]]\nname = \"Mara\"\nemail = \"mara@example.com\"\n\
         department = \"Marketing\"\n",
        providers.meta_base_url(),
        providers.hubspot_base_url(),
    )
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, visit) } else { visit(&path) }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
