//! A small week with every type of event, built in code.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;
use rust_decimal::Decimal;
use weekledger_events::envelope::ENVELOPE_FORMAT;
use weekledger_events::payload::*;
use weekledger_events::{
    AccountId, AdSetId, ArtifactRef, CampaignId, Currency, Digest, Envelope, EventId, Finding,
    FindingClass, Nonce, Payload, Producer, RecipientKey, ReportId, Revision, RunId, Sequence,
    Severity, StoredEvent, StreamId, Week,
};

pub fn stream() -> StreamId {
    StreamId::new(ReportId::parse("weekly").unwrap(), Week::parse("2026-W47").unwrap())
}

/// The stream as it would be stored, one event after the other.
pub fn stored() -> Vec<StoredEvent> {
    let mut week = Builder::default();
    let run = RunId(EventId::report_run(&stream().report, stream().week));
    week.push(run.0, run, None, requested());
    let fetched = week.output(run, run.0, raw_fetched());
    let metrics = week.output(run, fetched, metrics());
    week.push(
        EventId::stage_failed(run, metrics, Stage::Analyze, 1),
        run,
        Some(metrics),
        failed(metrics),
    );
    let analysis = week.output(run, metrics, analysis(metrics));
    week.push(EventId::release(run, analysis), run, Some(analysis), released(analysis));
    let intent = EventId::send_intended(run, &recipient(), 1);
    week.push(intent, run, Some(analysis), intended(analysis));
    week.push(EventId::send_resolved(intent, 1), run, Some(intent), resolved(intent));
    week.output(run, analysis, sent(analysis));
    week.events
}

#[derive(Default)]
struct Builder {
    events: Vec<StoredEvent>,
}

impl Builder {
    fn output(&mut self, run: RunId, trigger: EventId, payload: Payload) -> EventId {
        let id = EventId::stage_output(run, trigger, payload.event_type());
        self.push(id, run, Some(trigger), payload);
        id
    }

    fn push(&mut self, id: EventId, run: RunId, cause: Option<EventId>, payload: Payload) {
        let event_type = payload.event_type();
        let payload = payload.to_bytes().unwrap();
        let number = u32::try_from(self.events.len()).unwrap() + 1;
        let envelope = Envelope {
            format: ENVELOPE_FORMAT,
            id,
            report: stream().report,
            week: stream().week,
            sequence: Sequence::new(number).unwrap(),
            prev_digest: self.events.last().map(StoredEvent::digest),
            event_type,
            schema_version: event_type.schema_version(),
            run,
            cause,
            recorded_at: time(&format!("2026-11-23T04:00:{number:02}Z")),
            producer: Producer { name: "weekledger".to_owned(), version: "0.1.0".to_owned() },
            payload: ArtifactRef::of(&payload),
        };
        self.events.push(StoredEvent::seal(&envelope, payload).unwrap());
    }
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn artifact(text: &str) -> ArtifactRef {
    ArtifactRef::of(text.as_bytes())
}

fn account() -> AccountId {
    AccountId::parse("act_101").unwrap()
}

fn recipient() -> RecipientKey {
    RecipientKey::parse("r0123456789ab").unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn requested() -> Payload {
    RunRequested {
        revision: Revision::FIRST,
        goal: Goal::Deliver,
        origin: Origin::Schedule,
        reason: "the schedule of Monday".to_owned(),
        requested_by: "schedule".to_owned(),
        from_event: None,
        config: artifact("settings"),
        pull: vec![stream().week.previous(), stream().week],
        known_at: time("2026-11-23T04:00:00Z"),
        not_before: time("2026-11-23T04:00:00Z"),
        analysis_due: time("2026-11-23T05:45:00Z"),
        deliver_at: time("2026-11-23T06:00:00Z"),
    }
    .into()
}

fn raw_fetched() -> Payload {
    let url = "https://graph.facebook.com/v26.0/act_101/insights?level=adset";
    RawFetched {
        weeks: vec![stream().week.previous(), stream().week],
        accounts: vec![
            AccountPull {
                account: account(),
                outcome: PullOutcome::Pulled,
                currency: Some(Currency::parse("EUR").unwrap()),
                time_zone: Some("Europe/Vienna".to_owned()),
                status: Some(1),
            },
            AccountPull {
                account: AccountId::parse("act_102").unwrap(),
                outcome: PullOutcome::Failed {
                    trouble: Trouble {
                        class: "permission_missing".to_owned(),
                        sentence: "the token may not read this ad account".to_owned(),
                        action: "grant ads_read on act_102".to_owned(),
                    },
                },
                currency: None,
                time_zone: None,
                status: None,
            },
        ],
        crm: CrmPull { outcome: PullOutcome::Off, announced: None, received: 0 },
        pages: vec![Page {
            source: Source::Meta,
            kind: PageKind::AdSetDays,
            account: Some(account()),
            number: 1,
            request: Request::new("GET", url, None),
            http_status: 200,
            artifact: artifact("page"),
            received_length: 1234,
            cut: vec![Cut { offset: 1100, length: 99 }],
            received_at: time("2026-11-23T04:00:01Z"),
            rows: 1,
        }],
        findings: vec![Finding {
            class: FindingClass::AccountMissing,
            severity: Severity::Warning,
            subject: "act_102".to_owned(),
            week: None,
            message: "the account could not be pulled".to_owned(),
            action: Some("grant ads_read on act_102".to_owned()),
        }],
    }
    .into()
}

fn metrics() -> Payload {
    let measures = Measures {
        spend: decimal("120.50"),
        impressions: 4000,
        clicks: 90,
        link_clicks: 70,
        landing_page_views: 60,
        meta_leads: 3,
    };
    let input = InputRef {
        stream: StreamId::new(stream().report, stream().week.previous()),
        sequence: Sequence::new(3).unwrap(),
        digest: Digest::of(b"another stream"),
    };
    MetricsComputed {
        observations: vec![WeekObserved {
            week: stream().week,
            observed_at: time("2026-11-23T04:00:02Z"),
            rows: artifact("rows"),
            accounts: vec![AccountWeek {
                account: account(),
                name: "Harbour View".to_owned(),
                currency: Some(Currency::parse("EUR").unwrap()),
                time_zone: "Europe/Vienna".to_owned(),
                pulled: true,
                shortfall: None,
                lead_rule: Digest::of(b"lead"),
                lead_actions: vec!["lead".to_owned()],
                attribution_settings: vec!["7d_click_1d_view".to_owned()],
            }],
            ad_sets: vec![AdSetWeek {
                account: account(),
                campaign: CampaignId::parse("2001").unwrap(),
                campaign_name: "Spring".to_owned(),
                ad_set: AdSetId::parse("3001").unwrap(),
                ad_set_name: "Locals".to_owned(),
                objective: Some(Objective::Leads),
                first_delivery: Some(date(2026, 11, 16)),
                delivery_days: 7,
                measures,
            }],
            crm: Some(CrmWeek {
                campaigns: vec![CampaignCrmLeads {
                    account: account(),
                    campaign: CampaignId::parse("2001").unwrap(),
                    leads: 2,
                    ad_sets: [(AdSetId::parse("3001").unwrap(), 1)].into(),
                }],
                unattributed: 1,
                other: 40,
                offline: 6,
                shortfall: None,
                rules: BTreeMap::from([(MatchedRule::UrlId, 2)]),
            }),
        }],
        figures: artifact("figures"),
        figure_count: 120,
        series: artifact("series"),
        inputs: vec![input.clone()],
        reconciliation: vec![Reconciliation {
            week: stream().week,
            account: account(),
            control: "campaign".to_owned(),
            measure: "spend".to_owned(),
            ad_sets: decimal("120.50"),
            control_total: decimal("121.00"),
            days: Vec::new(),
        }],
        restatements: vec![Restatement {
            week: stream().week.previous(),
            account: account(),
            measure: "meta_leads".to_owned(),
            before: decimal("10"),
            now: decimal("14"),
            earlier: input.clone(),
            reported: true,
            listed: true,
        }],
        reported: vec![input],
        unread: vec![UnreadWeek {
            week: stream().week.plus(-2),
            why: "the digest chain of weekly/2026-W45 is broken".to_owned(),
            action: "run `weekledger verify`".to_owned(),
        }],
        findings: Vec::new(),
        data_hold: None,
    }
    .into()
}

fn failed(trigger: EventId) -> Payload {
    StageFailed {
        stage: Stage::Analyze,
        trigger,
        ordinal: 1,
        class: FailureClass::Waiting,
        sentence: "the model is overloaded".to_owned(),
        action: None,
        retry_at: Some(time("2026-11-23T04:10:00Z")),
    }
    .into()
}

fn analysis(metrics: EventId) -> Payload {
    AnalysisGenerated {
        metrics,
        analyst: Analyst { provider: "rules".to_owned(), model: None, fallback: None },
        claims: artifact("claims"),
        claim_count: 40,
        words: artifact("words"),
        exchanges: vec![Exchange {
            pass: "read".to_owned(),
            attempt: 1,
            request: artifact("request"),
            response: artifact("response"),
            ended: Some("end_turn".to_owned()),
            prompt: Some(Digest::of(b"prompt")),
            usage: Some(Usage {
                input_tokens: 9000,
                output_tokens: 3000,
                thinking_tokens: Some(2000),
                cost_usd: Some(Decimal::new(96, 3)),
            }),
        }],
        subject: "Weekly advertising report, week 47 of 2026".to_owned(),
        html: artifact("html"),
        text: artifact("text"),
        template: Template { version: 1, digest: Digest::of(b"template") },
        verification: Verification { version: 1, findings: Vec::new(), refused: Vec::new() },
        earlier: None,
    }
    .into()
}

fn released(analysis: EventId) -> Payload {
    let (granted_by, reason) = ("marketing".to_owned(), "looked at".to_owned());
    ReleaseGranted { analysis, granted_by, reason, again: None }.into()
}

fn intended(analysis: EventId) -> Payload {
    SendIntended {
        analysis,
        recipient: recipient(),
        attempt: 1,
        nonce: Nonce("00000000-0000-4000-8000-000000000001".parse().unwrap()),
        gives_up_at: time("2026-11-23T06:15:00Z"),
        revised: false,
    }
    .into()
}

fn resolved(intent: EventId) -> Payload {
    SendResolved {
        intent,
        recipient: recipient(),
        attempt: 1,
        result: SendResult::Accepted { message_id: "0102".to_owned() },
        resolved_by: ResolvedBy::Mailer,
    }
    .into()
}

fn sent(analysis: EventId) -> Payload {
    ReportSent {
        analysis,
        outcome: SentOutcome::Sent,
        recipients: vec![RecipientOutcome {
            recipient: recipient(),
            attempt: 1,
            result: SendResult::Accepted { message_id: "0102".to_owned() },
        }],
        html: Digest::of(b"html"),
        text: Digest::of(b"text"),
    }
    .into()
}
