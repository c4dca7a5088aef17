//! Given/when/then for one stream.

use jiff::Timestamp;
use weekledger_events::payload::*;
use weekledger_events::{
    ArtifactRef, Digest, Envelope, Event, EventId, Nonce, Payload, Pointer, Producer, RecipientKey,
    ReportId, RunId, Sequence, StreamId, Week,
};
use weekledger_projections::decide::{BadPointer, Decision, Invocation, decide};
use weekledger_projections::week_state::WeekState;

/// A stream under construction. Event n is recorded at minute n.
#[derive(Clone, Default)]
pub struct Given {
    pub events: Vec<Event>,
    offset: i64,
}

pub fn stream() -> StreamId {
    StreamId::new(ReportId::parse("weekly").unwrap(), Week::parse("2026-W47").unwrap())
}

/// Minutes after 05:00 on the Monday.
pub fn at(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-11-23T05:00:00Z".parse().unwrap();
    start.checked_add(jiff::SignedDuration::from_mins(minute)).unwrap()
}

pub fn nonce(number: u128) -> Nonce {
    Nonce(uuid::Uuid::from_u128(number))
}

pub fn recipient(key: &str) -> RecipientKey {
    RecipientKey::parse(key).unwrap()
}

fn artifact() -> ArtifactRef {
    ArtifactRef::of(b"x")
}

impl Given {
    pub fn nothing() -> Self {
        Self::default()
    }

    /// The scheduled run: pulled from minute 10, due at 90, delivered at 120.
    pub fn scheduled(goal: Goal) -> (Self, RunId) {
        Self::nothing().run(goal, Origin::Schedule, None)
    }

    pub fn run(mut self, goal: Goal, origin: Origin, from_event: Option<EventId>) -> (Self, RunId) {
        let state = self.state();
        let revision = state.next_revision();
        let StreamId { report, week } = stream();
        let id = match (origin, from_event) {
            (Origin::ReEmit, Some(from)) => EventId::re_emit_run(&report, week, from, revision),
            (Origin::Backfill, _) => EventId::figures_run(&report, week),
            _ => EventId::report_run(&report, week),
        };
        let requested = RunRequested {
            revision,
            goal,
            origin,
            reason: String::new(),
            requested_by: String::new(),
            from_event,
            config: artifact(),
            pull: vec![week],
            known_at: at(0),
            not_before: at(10),
            analysis_due: at(90),
            deliver_at: at(120),
        };
        self.push(id, RunId(id), requested.into());
        (self, RunId(id))
    }

    pub fn push(&mut self, id: EventId, run: RunId, payload: Payload) -> EventId {
        let number = u32::try_from(self.events.len()).unwrap() + 1;
        let event_type = payload.event_type();
        let bytes = payload.to_bytes().unwrap();
        self.events.push(Event {
            envelope: Envelope {
                format: 1,
                id,
                report: stream().report,
                week: stream().week,
                sequence: Sequence::new(number).unwrap(),
                prev_digest: None,
                event_type,
                schema_version: 1,
                run,
                cause: None,
                recorded_at: at(i64::from(number) + self.offset),
                producer: Producer { name: String::new(), version: String::new() },
                payload: ArtifactRef::of(&bytes),
            },
            payload,
            digest: Digest::of(&number.to_be_bytes()),
        });
        id
    }

    pub fn output(&mut self, run: RunId, trigger: EventId, payload: Payload) -> EventId {
        self.push(EventId::stage_output(run, trigger, payload.event_type()), run, payload)
    }

    pub fn fetched(&mut self, run: RunId, trigger: EventId) -> EventId {
        let raw = RawFetched {
            weeks: vec![],
            accounts: vec![],
            crm: CrmPull { outcome: PullOutcome::Off, announced: None, received: 0 },
            pages: vec![],
            findings: vec![],
        };
        self.output(run, trigger, raw.into())
    }

    pub fn computed(&mut self, run: RunId, trigger: EventId, hold: Option<&str>) -> EventId {
        let metrics = MetricsComputed {
            observations: vec![],
            figures: artifact(),
            figure_count: 0,
            series: artifact(),
            inputs: vec![],
            reconciliation: vec![],
            restatements: vec![],
            reported: vec![],
            unread: vec![],
            findings: vec![],
            data_hold: hold.map(str::to_owned),
        };
        self.output(run, trigger, metrics.into())
    }

    pub fn analysed(&mut self, run: RunId, trigger: EventId) -> EventId {
        let analysis = AnalysisGenerated {
            metrics: trigger,
            analyst: Analyst { provider: String::new(), model: None, fallback: None },
            claims: artifact(),
            claim_count: 0,
            words: artifact(),
            exchanges: vec![],
            subject: String::new(),
            html: artifact(),
            text: artifact(),
            template: Template { version: 1, digest: Digest::of(b"") },
            verification: Verification { version: 1, findings: vec![], refused: vec![] },
            earlier: None,
        };
        self.output(run, trigger, analysis.into())
    }

    /// Everything up to the analysis; returns it.
    pub fn all_but_sent(&mut self, run: RunId, hold: Option<&str>) -> EventId {
        let fetched = self.fetched(run, run.0);
        let computed = self.computed(run, fetched, hold);
        self.analysed(run, computed)
    }

    pub fn intent(&mut self, run: RunId, analysis: EventId, key: &str, by: u128) -> EventId {
        let attempt = 1 + u32::try_from(
            self.state()
                .intents()
                .filter(|i| i.run == run && i.intended.recipient.as_str() == key)
                .count(),
        )
        .unwrap();
        let intended = SendIntended {
            analysis,
            recipient: recipient(key),
            attempt,
            nonce: nonce(by),
            gives_up_at: at(150),
            revised: false,
        };
        self.push(EventId::send_intended(run, &recipient(key), attempt), run, intended.into())
    }

    pub fn resolved(&mut self, run: RunId, intent: EventId, result: SendResult) -> EventId {
        let state = self.state();
        let found = state.intents().find(|found| found.id == intent).unwrap();
        let ordinal = u32::try_from(found.resolutions.len()).unwrap() + 1;
        let resolved = SendResolved {
            intent,
            recipient: found.intended.recipient.clone(),
            attempt: found.intended.attempt,
            result,
            resolved_by: ResolvedBy::Mailer,
        };
        self.push(EventId::send_resolved(intent, ordinal), run, resolved.into())
    }

    /// The end, as it stood when everybody was final.
    pub fn sent(
        &mut self,
        run: RunId,
        analysis: EventId,
        outcome: SentOutcome,
        results: &[(&str, SendResult)],
    ) -> EventId {
        let one = |(key, result): &(&str, SendResult)| RecipientOutcome {
            recipient: recipient(key),
            attempt: 1,
            result: result.clone(),
        };
        let recipients = results.iter().map(one).collect();
        let (html, text) = (artifact().digest, artifact().digest);
        let payload = ReportSent { analysis, outcome, recipients, html, text };
        let cause = self.state().run(run).unwrap().again.map_or(analysis, |again| again.id);
        self.output(run, cause, payload.into())
    }

    pub fn released(&mut self, run: RunId, analysis: EventId) -> EventId {
        self.push(EventId::release(run, analysis), run, release(analysis, None).into())
    }

    /// The delivery that has ended is opened again for those whom it did not reach.
    pub fn released_again(&mut self, run: RunId, analysis: EventId, also_unknown: bool) -> EventId {
        let again = |payload: &Payload| matches!(payload, Payload::ReleaseGranted(one) if one.again.is_some());
        let earlier = self.events.iter().filter(|event| again(&event.payload)).count();
        let ordinal = u32::try_from(earlier).unwrap() + 1;
        let release = release(analysis, Some(Again { ordinal, also_unknown }));
        self.push(EventId::release_again(run, analysis, ordinal), run, release.into())
    }

    pub fn failed(
        &mut self,
        run: RunId,
        stage: Stage,
        trigger: EventId,
        class: FailureClass,
        retry_at: Timestamp,
    ) -> EventId {
        let state = self.state();
        let earlier = state.run(run).unwrap().failures_of(stage, trigger).count();
        let ordinal = u32::try_from(earlier).unwrap() + 1;
        let failed = StageFailed {
            stage,
            trigger,
            ordinal,
            class,
            sentence: "it failed".to_owned(),
            action: None,
            retry_at: Some(retry_at),
        };
        self.push(EventId::stage_failed(run, trigger, stage, ordinal), run, failed.into())
    }

    pub fn state(&self) -> WeekState {
        WeekState::fold(stream(), &self.events)
    }

    pub fn pointer(&self, run: RunId, event: EventId) -> Pointer {
        self.state().pointer(run, event).unwrap()
    }

    /// When a pointer arrives at `minute`, in an invocation with nonce 1.
    pub fn when(&self, stage: Stage, run: RunId, event: EventId, minute: i64) -> Decision {
        self.try_when(stage, &self.pointer(run, event), minute, false).unwrap()
    }

    pub fn when_insisting(
        &self,
        stage: Stage,
        run: RunId,
        event: EventId,
        minute: i64,
    ) -> Decision {
        self.try_when(stage, &self.pointer(run, event), minute, true).unwrap()
    }

    pub fn try_when(
        &self,
        stage: Stage,
        pointer: &Pointer,
        minute: i64,
        insist: bool,
    ) -> Result<Decision, BadPointer> {
        self.decide(stage, pointer, minute, insist, false)
    }

    /// When the invocation knows that nothing else is at work.
    pub fn when_alone(&self, stage: Stage, run: RunId, event: EventId, minute: i64) -> Decision {
        self.decide(stage, &self.pointer(run, event), minute, false, true).unwrap()
    }

    fn decide(
        &self,
        stage: Stage,
        pointer: &Pointer,
        minute: i64,
        insist: bool,
        alone: bool,
    ) -> Result<Decision, BadPointer> {
        let recipients = [recipient("ada"), recipient("bob")];
        let invocation = Invocation {
            now: at(minute),
            nonce: nonce(1),
            insist,
            alone,
            recipients: &recipients,
            attempts_max: 2,
            deadline: at(minute + 15),
        };
        decide(&self.state(), stage, pointer, &invocation)
    }

    /// When delivery is decided at this very time, by an invocation that ends at `deadline`.
    pub fn deliver_by(
        &self,
        run: RunId,
        analysis: EventId,
        now: Timestamp,
        deadline: Timestamp,
    ) -> Decision {
        let recipients = [recipient("ada"), recipient("bob")];
        let invocation = Invocation {
            now,
            nonce: nonce(1),
            insist: true,
            alone: false,
            recipients: &recipients,
            attempts_max: 2,
            deadline,
        };
        let due = Given { events: self.with_delivery_due_at_once(), offset: 0 };
        let pointer = due.pointer(run, analysis);
        decide(&due.state(), Stage::Deliver, &pointer, &invocation).unwrap()
    }

    pub fn deliver_at(&self, run: RunId, analysis: EventId, now: Timestamp) -> Decision {
        self.deliver_by(run, analysis, now, now + jiff::SignedDuration::from_mins(15))
    }

    fn with_delivery_due_at_once(&self) -> Vec<Event> {
        let mut events = self.events.clone();
        for event in &mut events {
            if let Payload::RunRequested(requested) = &mut event.payload {
                requested.deliver_at = at(0);
            }
        }
        events
    }

    /// Every intent of an invocation so far is one of an earlier one.
    pub fn anew(&mut self, by: u128) {
        for event in &mut self.events {
            if let Payload::SendIntended(intended) = &mut event.payload
                && intended.nonce == nonce(by)
            {
                intended.nonce = nonce(by + 100);
            }
        }
    }

    /// What is recorded next is recorded at `minute`, and not at that of its number.
    pub fn skip_to(&mut self, minute: i64) {
        self.offset = minute - i64::try_from(self.events.len()).unwrap();
    }

    pub fn emits(&self, run: RunId, event: EventId) -> Decision {
        Decision::Done { emit: Some(self.pointer(run, event)) }
    }
}

pub fn accepted() -> SendResult {
    SendResult::Accepted { message_id: "m".to_owned() }
}

fn release(analysis: EventId, again: Option<Again>) -> ReleaseGranted {
    ReleaseGranted { analysis, granted_by: String::new(), reason: String::new(), again }
}

pub fn refused() -> SendResult {
    SendResult::refused("no")
}

pub fn not_now() -> SendResult {
    SendResult::not_now("busy")
}

pub fn until_mended() -> SendResult {
    SendResult::until_mended("paused", "lift the pause")
}

pub fn unknown() -> SendResult {
    SendResult::Unknown { sentence: "?".to_owned() }
}
