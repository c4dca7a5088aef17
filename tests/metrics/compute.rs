//! The compute stage over an archive in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::json;
use weekledger::ports::{
    Archive, ArchiveError, ArtifactName, Clock, Created, Secret, SecretName, Secrets, SecretsError,
};
use weekledger::stages::compute::{ComputeInput, EarlierMetrics, compute};
use weekledger::stages::{StageContext, StageError, read_evidence};
use weekledger_events::payload::{Bucket, InputRef, MetricsComputed, Trouble, WeekRows};
use weekledger_events::{
    ArtifactRef, Digest, Envelope, EventId, EventType, Finding, FindingClass, Producer, RunId,
    Sequence, Severity, StreamId,
};
use weekledger_projections::alerts::AlertRule;
use weekledger_projections::figure::Figure;
use weekledger_projections::figures::Subject;
use weekledger_projections::lineage::{explain, resolve};
use weekledger_projections::series::Series;
use weekledger_projections::supporting::FigureSet;

use crate::kit::{Pull, RIVERSIDE, at, campaign, contact, control_row, row, week, with};

#[derive(Default)]
struct Memory(Mutex<BTreeMap<ArtifactName, Vec<u8>>>);

#[async_trait]
impl Archive for Memory {
    async fn create(&self, name: &ArtifactName, bytes: &[u8]) -> Result<Created, ArchiveError> {
        let mut stored = self.0.lock().unwrap();
        Ok(match stored.get(name) {
            None => {
                stored.insert(name.clone(), bytes.to_vec());
                Created::New
            }
            Some(same) if same == bytes => Created::Same,
            Some(other) => Created::Other(other.clone()),
        })
    }

    async fn read(&self, name: &ArtifactName) -> Result<Option<Vec<u8>>, ArchiveError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    async fn exists(&self, name: &ArtifactName) -> Result<bool, ArchiveError> {
        Ok(self.0.lock().unwrap().contains_key(name))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ArtifactName>, ArchiveError> {
        let stored = self.0.lock().unwrap();
        Ok(stored.keys().filter(|name| name.as_str().starts_with(prefix)).cloned().collect())
    }
}

struct Unused;

#[async_trait]
impl Secrets for Unused {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError> {
        Err(SecretsError::Missing(name))
    }

    async fn forget(&self, _: SecretName) {}
}

#[async_trait]
impl Clock for Unused {
    fn now(&self) -> Timestamp {
        at("2026-11-16T04:06:00Z")
    }

    async fn sleep(&self, _: Duration) {}
}

fn stream(text: &str, pull: &Pull) -> StreamId {
    StreamId::new(pull.settings.report.clone(), week(text))
}

/// A `RawFetched` of an earlier run of the stream, recorded at the time.
fn fetched(stream: &StreamId, recorded_at: &str) -> Envelope {
    Envelope {
        format: 1,
        id: EventId::figures_run(&stream.report, stream.week),
        report: stream.report.clone(),
        week: stream.week,
        sequence: Sequence::new(2).unwrap(),
        prev_digest: None,
        event_type: EventType::RawFetched,
        schema_version: 1,
        run: RunId(EventId::figures_run(&stream.report, stream.week)),
        cause: None,
        recorded_at: at(recorded_at),
        producer: Producer { name: "test".to_owned(), version: "0".to_owned() },
        payload: ArtifactRef::of(b""),
    }
}

async fn archive_pages(archive: &Memory, stream: &StreamId, run: RunId, pull: &Pull) {
    for (digest, bytes) in &pull.pages {
        archive.create(&ArtifactName::raw(stream, run, digest), bytes).await.unwrap();
    }
}

/// Computes `pull` as week `text`, recorded at `recorded_at`, with its pages archived.
async fn computed(
    archive: &Memory,
    pull: &Pull,
    text: &str,
    recorded_at: &str,
    history: &[EarlierMetrics],
) -> Result<MetricsComputed, StageError> {
    let stream = stream(text, pull);
    let fetched = fetched(&stream, recorded_at);
    archive_pages(archive, &stream, fetched.run, pull).await;
    run_stage(archive, pull, &stream, &fetched, history).await
}

async fn run_stage(
    archive: &Memory,
    pull: &Pull,
    stream: &StreamId,
    fetched: &Envelope,
    history: &[EarlierMetrics],
) -> Result<MetricsComputed, StageError> {
    let context = StageContext {
        archive,
        secrets: &Unused,
        clock: &Unused,
        stream,
        run: RunId(EventId::report_run(&stream.report, stream.week)),
        trigger: fetched.id,
        settings: &pull.settings,
        goal: weekledger_events::payload::Goal::Deliver,
        settling: jiff::SignedDuration::ZERO,
        deadline: at("2026-11-16T04:20:00Z"),
        patience: at("2026-11-16T04:20:00Z"),
        wait_until: at("2026-11-16T04:20:00Z"),
    };
    let known_at = at("2026-11-16T04:00:00Z");
    compute(&context, ComputeInput { fetched, raw: &pull.raw, known_at, history, unread: &[] })
        .await
}

fn earlier(pull: &Pull, text: &str, recorded_at: &str, metrics: MetricsComputed) -> EarlierMetrics {
    let event = InputRef {
        stream: stream(text, pull),
        sequence: Sequence::new(3).unwrap(),
        digest: Digest::of(text.as_bytes()),
    };
    EarlierMetrics { event, recorded_at: at(recorded_at), metrics, reported: false }
}

fn of_class(metrics: &MetricsComputed, class: FindingClass) -> Vec<&Finding> {
    metrics.findings.iter().filter(|finding| finding.class == class).collect()
}

/// One campaign under the name, 12.34 spent on the Monday, with controls that agree.
fn agreeing(text: &str, name: &str) -> Pull {
    let fields = json!({ "spend": "12.34", "impressions": "100", "campaign_name": name });
    let monday = week(text).monday().to_string();
    let day = with(row(RIVERSIDE, "10", "100", &monday), fields.clone());
    let by_campaign = with(control_row(RIVERSIDE, Some("10"), &monday), fields.clone());
    let by_account = with(control_row(RIVERSIDE, None, &monday), fields);
    let mut pull = Pull::of(&[text])
        .ad_sets(RIVERSIDE, vec![day])
        .campaign_control(RIVERSIDE, vec![by_campaign])
        .account_control(RIVERSIDE, vec![by_account]);
    pull.settings.accounts.truncate(1);
    pull.raw.accounts.truncate(1);
    pull
}

#[tokio::test]
async fn rows_and_series_are_archived_as_the_payload_names_them() {
    let archive = Memory::default();
    let pull = agreeing("2026-W46", "Spring");
    let metrics = computed(&archive, &pull, "2026-W46", "2026-11-16T04:05:00Z", &[]).await.unwrap();
    assert_eq!(metrics.data_hold, None);
    assert_eq!(metrics.observations.len(), 1);
    assert_eq!(metrics.observations[0].observed_at, at("2026-11-16T04:05:00Z"));

    let rows = read_evidence(&archive, &metrics.observations[0].rows).await.unwrap();
    let rows: WeekRows = serde_json::from_slice(&rows).unwrap();
    assert_eq!(rows.days[0].measures.spend.to_string(), "12.34");
    let series = read_evidence(&archive, &metrics.series).await.unwrap();
    // Recorded after known_at, and yet its own pull counts.
    let series = Series::from_bytes(&series).unwrap();
    assert_eq!(series.weeks.len(), 1);
    read_evidence(&archive, &metrics.figures).await.unwrap();
    assert!(metrics.inputs.is_empty());
}

#[tokio::test]
async fn the_same_input_gives_the_same_payload() {
    let pull = agreeing("2026-W46", "Spring");
    let mut results = Vec::new();
    for _ in 0..2 {
        let archive = Memory::default();
        let at = "2026-11-16T04:05:00Z";
        results.push(computed(&archive, &pull, "2026-W46", at, &[]).await.unwrap());
    }
    assert_eq!(results[0], results[1]);
}

#[tokio::test]
async fn a_page_that_has_expired_is_fatal_and_says_what_to_do() {
    let archive = Memory::default();
    let pull = agreeing("2026-W46", "Spring");
    let stream = stream("2026-W46", &pull);
    let fetched = fetched(&stream, "2026-11-16T04:05:00Z");
    let result = run_stage(&archive, &pull, &stream, &fetched, &[]).await;
    let Err(StageError::Fatal { trouble: Trouble { class, sentence, action } }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(class, "raw_expired");
    assert!(sentence.contains("weekly/2026-W46"), "{sentence}");
    assert!(action.contains("re-emit 2026-W46 --report weekly --from RunRequested"), "{action}");
    assert!(archive.list("evidence/").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_damaged_page_is_fatal() {
    let archive = Memory::default();
    let pull = agreeing("2026-W46", "Spring");
    let stream = stream("2026-W46", &pull);
    let fetched = fetched(&stream, "2026-11-16T04:05:00Z");
    for digest in pull.pages.keys() {
        let name = ArtifactName::raw(&stream, fetched.run, digest);
        archive.create(&name, b"{\"data\":[]}").await.unwrap();
    }
    let result = run_stage(&archive, &pull, &stream, &fetched, &[]).await;
    let Err(StageError::Fatal { trouble }) = result else { panic!("{result:?}") };
    assert_eq!(trouble.class, "raw_corrupt");
}

#[tokio::test]
async fn a_former_name_is_remembered_from_an_earlier_event_that_was_known() {
    let archive = Memory::default();
    let old = agreeing("2026-W45", "Spring teaser");
    let known = computed(&archive, &old, "2026-W45", "2026-11-09T04:05:00Z", &[]).await.unwrap();
    let named =
        [("hs_analytics_source", "PAID_SOCIAL"), ("hs_analytics_source_data_2", "spring TEASER")];
    let renamed =
        agreeing("2026-W46", "Spring").contacts(vec![contact("1", "2026-11-11T09:00:00Z", &named)]);

    let known_in_time = [earlier(&old, "2026-W45", "2026-11-09T04:06:00Z", known.clone())];
    let at = "2026-11-16T04:05:00Z";
    let metrics = computed(&archive, &renamed, "2026-W46", at, &known_in_time).await.unwrap();
    let crm = metrics.observations[0].crm.clone().unwrap();
    assert_eq!(crm.campaigns[0].campaign, campaign("10"));
    assert_eq!(metrics.inputs, [known_in_time[0].event.clone()]);
    let rows = read_evidence(&archive, &metrics.observations[0].rows).await.unwrap();
    let rows: WeekRows = serde_json::from_slice(&rows).unwrap();
    assert!(matches!(rows.contacts[0].bucket, Bucket::Campaign { .. }));

    // Pulled before known_at, but recorded after it.
    let known_too_late = [earlier(&old, "2026-W45", "2026-11-16T04:00:01Z", known)];
    let metrics = computed(&archive, &renamed, "2026-W46", at, &known_too_late).await.unwrap();
    assert_eq!(metrics.observations[0].crm.as_ref().unwrap().unattributed, 1);
    assert!(metrics.inputs.is_empty());
}

#[tokio::test]
async fn the_first_finding_that_holds_becomes_the_hold() {
    let archive = Memory::default();
    let at = "2026-11-16T04:05:00Z";
    let failed = agreeing("2026-W46", "Spring").fails(RIVERSIDE);
    let metrics = computed(&archive, &failed, "2026-W46", at, &[]).await.unwrap();
    let found = of_class(&metrics, FindingClass::AccountMissing);
    assert_eq!(metrics.data_hold.as_ref(), Some(&found[0].message));
}

#[tokio::test]
async fn findings_of_the_pull_are_carried_over_once() {
    let archive = Memory::default();
    let finding = |class, severity, subject: &str| Finding {
        class,
        severity,
        subject: subject.to_owned(),
        week: None,
        message: "From the pull.".to_owned(),
        action: None,
    };
    let mut pull = agreeing("2026-W46", "Spring").fails(RIVERSIDE);
    pull.raw.findings = vec![
        finding(FindingClass::AccountMissing, Severity::Warning, RIVERSIDE),
        finding(FindingClass::IncompletePages, Severity::Warning, "HubSpot"),
    ];
    let at = "2026-11-16T04:05:00Z";
    let metrics = computed(&archive, &pull, "2026-W46", at, &[]).await.unwrap();
    let missing = of_class(&metrics, FindingClass::AccountMissing);
    assert_eq!((missing.len(), missing[0].severity), (1, Severity::Hold));
    let incomplete = of_class(&metrics, FindingClass::IncompletePages);
    assert!(incomplete.iter().any(|finding| finding.message == "From the pull."));
}

#[tokio::test]
async fn weeks_that_nobody_pulled_are_told_with_the_command_that_pulls_them() {
    let archive = Memory::default();
    let old = agreeing("2026-W43", "Spring");
    let known = computed(&archive, &old, "2026-W43", "2026-10-26T04:05:00Z", &[]).await.unwrap();
    let history = [earlier(&old, "2026-W43", "2026-10-26T04:06:00Z", known)];
    let pull = agreeing("2026-W46", "Spring");
    let at = "2026-11-16T04:05:00Z";
    let metrics = computed(&archive, &pull, "2026-W46", at, &history).await.unwrap();
    let gap = of_class(&metrics, FindingClass::HistoryGap);
    assert_eq!(gap.len(), 1);
    let action = gap[0].action.as_deref().unwrap();
    assert_eq!(action, "Run `weekledger backfill --from 2026-W44 --to 2026-W45`.");
}

/// Everything archived that parses as rows, by reference.
fn archived_rows(archive: &Memory) -> BTreeMap<Digest, WeekRows> {
    let stored = archive.0.lock().unwrap();
    let evidence = stored.iter().filter(|(name, _)| name.as_str().starts_with("evidence/"));
    evidence
        .filter_map(|(_, bytes)| Some((Digest::of(bytes), serde_json::from_slice(bytes).ok()?)))
        .collect()
}

#[tokio::test]
async fn every_figure_leads_to_values_that_stand_in_the_archived_pages() {
    let archive = Memory::default();
    let url = [("hs_analytics_first_url", "https://a.example/?hsa_cam=10&hsa_grp=100")];
    let with_contact = |text: &str, name: &str| {
        let created = week(text).monday().to_string() + "T09:00:00Z";
        agreeing(text, name).contacts(vec![contact("1", &created, &url)])
    };
    let old = with_contact("2026-W45", "Spring");
    let known = computed(&archive, &old, "2026-W45", "2026-11-09T04:05:00Z", &[]).await.unwrap();
    let history = [earlier(&old, "2026-W45", "2026-11-09T04:06:00Z", known)];
    let own = with_contact("2026-W46", "Spring");
    let at = "2026-11-16T04:05:00Z";
    let metrics = computed(&archive, &own, "2026-W46", at, &history).await.unwrap();

    let series = read_evidence(&archive, &metrics.series).await.unwrap();
    let series = Series::from_bytes(&series).unwrap();
    let figures = read_evidence(&archive, &metrics.figures).await.unwrap();
    let figures = FigureSet::from_bytes(&figures).unwrap().figures;
    assert_eq!(figures.len(), metrics.figure_count as usize);
    let value = |id: &str| figures.iter().find(|f| f.id == id).unwrap().value.unwrap().to_string();
    assert_eq!(value("report:weekly/spend/week/EUR"), "12.34");
    assert_eq!(value("report:weekly/spend/all_time/EUR"), "24.68");
    assert_eq!(value("ad_set:100/crm_leads/week"), "1");

    let subject = Subject {
        report: own.settings.report.clone(),
        title: own.settings.title.clone(),
        week: week("2026-W46"),
        crm: true,
        excluded: Vec::new(),
        alerts: AlertRule::default(),
    };
    let rows = archived_rows(&archive);
    let pages: BTreeMap<_, _> = old.pages.iter().chain(&own.pages).collect();
    let mut seen = 0;
    for figure in &figures {
        let explained = explain(&figure.id, &series, &subject).unwrap();
        assert_eq!(explained.value, figure.value, "{}", figure.id);
        for input in resolve(&explained, |artifact| rows.get(&artifact.digest)).unwrap() {
            let page: serde_json::Value = serde_json::from_slice(pages[&input.artifact]).unwrap();
            let found = page.pointer(&input.pointer).unwrap_or_else(|| panic!("{input:?}"));
            match found.as_str() {
                Some(text) => {
                    assert_eq!(text.parse::<Decimal>().unwrap(), input.value, "{input:?}")
                }
                None => assert_eq!((found["id"].as_str(), input.value), (Some("1"), Decimal::ONE)),
            }
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} values were looked at");
}

/// A figure of the computed week.
async fn figure(archive: &Memory, metrics: &MetricsComputed, id: &str) -> Figure {
    let figures = read_evidence(archive, &metrics.figures).await.unwrap();
    let figures = FigureSet::from_bytes(&figures).unwrap().figures;
    figures.into_iter().find(|figure| figure.id == id).unwrap()
}

/// W45 with one of its two rows left out, then W46 in full.
#[tokio::test]
async fn a_week_that_is_not_whole_says_so_in_every_later_report_until_it_is_repaired() {
    let archive = Memory::default();
    let mut short = agreeing("2026-W45", "Spring");
    let bad = json!({ "spend": "1,234.50", "impressions": "100" });
    short = short.ad_sets(RIVERSIDE, vec![with(row(RIVERSIDE, "10", "100", "2026-11-04"), bad)]);
    let metrics =
        computed(&archive, &short, "2026-W45", "2026-11-09T04:05:00Z", &[]).await.unwrap();
    let spend = figure(&archive, &metrics, "report:weekly/spend/week/EUR").await;
    let note = "not whole: rows of Riverside were left out in 2026-W45";
    assert_eq!(spend.value, Some("12.34".parse().unwrap()));
    assert_eq!(spend.note.as_deref(), Some(note));

    let known = [earlier(&short, "2026-W45", "2026-11-09T04:06:00Z", metrics)];
    let own = agreeing("2026-W46", "Spring");
    let now = "2026-11-16T04:05:00Z";
    let later = computed(&archive, &own, "2026-W46", now, &known).await.unwrap();
    let all = figure(&archive, &later, "report:weekly/spend/all_time/EUR").await;
    assert_eq!(all.value, Some("24.68".parse().unwrap()));
    assert_eq!(all.note, Some(format!("since 2 Nov 2026; {note}")));
    let change = figure(&archive, &later, "report:weekly/spend/week_change/EUR").await;
    assert_eq!((change.value, change.display.as_str()), (None, "not comparable"));
    let spend = figure(&archive, &later, "report:weekly/spend/week/EUR").await;
    assert_eq!(spend.note, None, "the newest week is whole");
    let found = of_class(&later, FindingClass::HistoryGap);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "The figures of Riverside for 2026-W45 are not whole (rows were left out); windows that \
         reach over it show less than there was."
    );
    let action = "Run `weekledger re-emit 2026-W45 --report weekly --from RunRequested --reason \
                  TEXT --config-as now`.";
    assert_eq!(found[0].action.as_deref(), Some(action));

    // Pulled once more and whole, it is as any other.
    let again = agreeing("2026-W45", "Spring");
    let repaired =
        computed(&archive, &again, "2026-W45", "2026-11-10T04:05:00Z", &[]).await.unwrap();
    let mut second = earlier(&again, "2026-W45", "2026-11-10T04:06:00Z", repaired);
    second.event.sequence = Sequence::new(7).unwrap();
    let [first] = known;
    let later = computed(&archive, &own, "2026-W46", now, &[first, second]).await.unwrap();
    assert!(of_class(&later, FindingClass::HistoryGap).is_empty());
    let all = figure(&archive, &later, "report:weekly/spend/all_time/EUR").await;
    assert_eq!(all.note.as_deref(), Some("since 2 Nov 2026"));
}

/// W45 knows of no campaign "Spring teaser"; W44, pulled after it, does.
#[tokio::test]
async fn contacts_that_were_attributed_with_less_than_is_known_now_are_told() {
    let archive = Memory::default();
    let named =
        [("hs_analytics_source", "PAID_SOCIAL"), ("hs_analytics_source_data_2", "Spring teaser")];
    let newer =
        agreeing("2026-W45", "Spring").contacts(vec![contact("1", "2026-11-04T09:00:00Z", &named)]);
    let first = computed(&archive, &newer, "2026-W45", "2026-11-09T04:05:00Z", &[]).await.unwrap();
    assert_eq!(first.observations[0].crm.as_ref().unwrap().unattributed, 1);
    let older = agreeing("2026-W44", "Spring teaser");
    let second = computed(&archive, &older, "2026-W44", "2026-11-10T04:05:00Z", &[]).await.unwrap();
    let history = [
        earlier(&newer, "2026-W45", "2026-11-09T04:06:00Z", first),
        earlier(&older, "2026-W44", "2026-11-10T04:06:00Z", second),
    ];
    let own = agreeing("2026-W46", "Spring");
    let now = "2026-11-16T04:05:00Z";
    let told = |metrics: &MetricsComputed| -> Vec<(String, Option<String>)> {
        let found = of_class(metrics, FindingClass::UnattributedLeads);
        found.into_iter().map(|found| (found.message.clone(), found.action.clone())).collect()
    };
    let metrics = computed(&archive, &own, "2026-W46", now, &history).await.unwrap();
    let action = "Run `weekledger re-emit 2026-W45 --report weekly --from RunRequested --reason \
                  TEXT --config-as now --known-as now`.";
    let message = "The contacts of 2026-W45 were given to campaigns before older weeks had been \
                   pulled, which know more of the campaigns; some may count for another campaign \
                   or for none.";
    assert_eq!(told(&metrics), [(message.to_owned(), Some(action.to_owned()))]);

    // Pulled again with all that is known, there is nothing to tell, and the contact has a campaign.
    let third = computed(&archive, &newer, "2026-W45", "2026-11-11T04:05:00Z", &history[1..]);
    let third = third.await.unwrap();
    assert_eq!(third.observations[0].crm.as_ref().unwrap().unattributed, 0);
    let [first, second] = history;
    let mut third = earlier(&newer, "2026-W45", "2026-11-11T04:06:00Z", third);
    third.event.sequence = Sequence::new(7).unwrap();
    let metrics = computed(&archive, &own, "2026-W46", now, &[first, second, third]).await.unwrap();
    assert!(told(&metrics).is_empty(), "{:?}", told(&metrics));
}
