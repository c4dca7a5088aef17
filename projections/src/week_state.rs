//! The state of one stream: its runs, what each has reached, and every intent to send.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use weekledger_events::payload::{
    FailureClass, Goal, Origin, RecipientOutcome, ReleaseGranted, ReportSent, RunRequested,
    SendIntended, SendResolved, SendResult, Stage, StageFailed,
};
use weekledger_events::{
    Event, EventId, EventType, Payload, Pointer, RecipientKey, Revision, RunId, Sequence, StreamId,
};

/// A fold over the events of one stream.
#[derive(Debug, Clone)]
pub struct WeekState {
    pub stream: StreamId,
    /// Every event's head, in order.
    pub heads: Vec<Head>,
    /// In the order of their requests, which is that of their revisions.
    pub runs: Vec<RunState>,
    by_id: BTreeMap<EventId, usize>,
}

/// What decisions need to know of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    pub id: EventId,
    pub sequence: Sequence,
    pub event_type: EventType,
    pub run: RunId,
    pub recorded_at: Timestamp,
    /// For `MetricsComputed`: its hold. For `AnalysisGenerated`: the metrics it speaks of.
    detail: Detail,
}

#[derive(Debug, Clone, PartialEq)]
enum Detail {
    None,
    Metrics { data_hold: Option<String> },
    Analysis { metrics: EventId },
}

/// One run and what it has reached.
#[derive(Debug, Clone)]
pub struct RunState {
    pub id: RunId,
    pub requested: RunRequested,
    pub requested_at: Timestamp,
    /// The `RunRequested`.
    pub sequence: Sequence,
    /// Events that the run's stages made, in order.
    pub outputs: Vec<EventId>,
    pub failures: Vec<Failure>,
    /// Analyses that a person released for this run.
    pub releases: Vec<EventId>,
    pub intents: Vec<Intent>,
    /// How the delivery ended the last time.
    pub sent: Option<ReportSent>,
    /// The newest release that opened a delivery which had ended again.
    pub again: Option<Reopened>,
    /// How many such releases there are.
    pub reopened: u32,
    /// The delivery has ended, and was not opened again since.
    pub closed: bool,
}

/// A delivery that had ended and goes on for those whom it did not reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reopened {
    /// The `ReleaseGranted`.
    pub id: EventId,
    pub sequence: Sequence,
    pub at: Timestamp,
    pub also_unknown: bool,
}

/// A recorded failure of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub sequence: Sequence,
    pub recorded_at: Timestamp,
    pub failed: StageFailed,
}

/// An intent to send and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    pub id: EventId,
    pub run: RunId,
    pub sequence: Sequence,
    pub intended: SendIntended,
    /// In the order of recording.
    pub resolutions: Vec<SendResolved>,
}

impl Intent {
    /// The last word on it; a result that the service reported later replaces an unknown one.
    pub fn result(&self) -> Option<&SendResult> {
        self.resolutions.last().map(|resolved| &resolved.result)
    }

    /// True if the message was sent, or may have been.
    pub fn may_have_arrived(&self) -> bool {
        !self.result().is_some_and(SendResult::is_refused)
    }
}

impl WeekState {
    /// Folds a stream that was loaded and checked.
    pub fn fold(stream: StreamId, events: &[Event]) -> Self {
        let mut state = Self {
            stream,
            heads: Vec::with_capacity(events.len()),
            runs: Vec::new(),
            by_id: BTreeMap::new(),
        };
        for event in events {
            state.apply(event);
        }
        state
    }

    fn apply(&mut self, event: &Event) {
        let head = head_of(event);
        self.by_id.insert(head.id, self.heads.len());
        self.heads.push(head);
        if let Payload::RunRequested(requested) = &event.payload {
            self.runs.push(RunState::opened(event, requested));
            return;
        }
        // A resolution may come from a later run than its intent.
        if let Payload::SendResolved(resolved) = &event.payload {
            if let Some(intent) = self.intent_mut(resolved.intent) {
                intent.resolutions.push((**resolved).clone());
            }
            return;
        }
        if let Some(run) = self.runs.iter_mut().find(|run| run.id == event.run()) {
            run.apply(event);
        }
    }

    pub fn head(&self, id: EventId) -> Option<&Head> {
        self.by_id.get(&id).and_then(|index| self.heads.get(*index))
    }

    pub fn run(&self, id: RunId) -> Option<&RunState> {
        self.runs.iter().find(|run| run.id == id)
    }

    pub fn revision(&self, revision: Revision) -> Option<&RunState> {
        self.runs.iter().find(|run| run.requested.revision == revision)
    }

    pub fn next_revision(&self) -> Revision {
        self.runs.last().map_or(Revision::FIRST, |run| run.requested.revision.next())
    }

    /// Every intent of the week, in order.
    pub fn intents(&self) -> impl Iterator<Item = &Intent> {
        self.runs.iter().flat_map(|run| &run.intents)
    }

    fn intent_mut(&mut self, id: EventId) -> Option<&mut Intent> {
        self.runs.iter_mut().flat_map(|run| &mut run.intents).find(|intent| intent.id == id)
    }

    /// The event that the chain of `run` begins with: what to emit for its `RunRequested`.
    pub fn entry(&self, run: &RunState) -> EventId {
        run.requested.from_event.unwrap_or(run.id.0)
    }

    /// The pointer that makes `run` go on from `event`.
    pub fn pointer(&self, run: RunId, event: EventId) -> Option<Pointer> {
        let head = self.head(event)?;
        Some(Pointer {
            stream: self.stream.clone(),
            sequence: head.sequence,
            event,
            event_type: head.event_type,
            run,
        })
    }

    /// The furthest event of the run's chain: its newest output, or its entry. The end of a delivery
    /// that was opened again is not it.
    pub fn furthest(&self, run: &RunState) -> EventId {
        let is_end = |id: &EventId| {
            self.head(*id).is_some_and(|head| head.event_type == EventType::ReportSent)
        };
        let counts = |id: &&EventId| run.closed || !is_end(id);
        run.outputs.iter().rev().find(counts).copied().unwrap_or_else(|| self.entry(run))
    }

    /// The event of `wanted` type that the run works with: made by it, or reused from before.
    pub fn effective(&self, run: &RunState, wanted: EventType) -> Option<EventId> {
        let of_type = |id: &EventId| self.head(*id).is_some_and(|head| head.event_type == wanted);
        if let Some(own) = run.outputs.iter().rev().copied().find(|id| of_type(id)) {
            return Some(own);
        }
        let entry = run.requested.from_event?;
        if of_type(&entry) {
            return Some(entry);
        }
        match &self.head(entry)?.detail {
            Detail::Analysis { metrics } if wanted == EventType::MetricsComputed => Some(*metrics),
            _ => None,
        }
    }

    /// Why the data holds this run back, if its metrics say so.
    pub fn data_hold(&self, run: &RunState) -> Option<&str> {
        let metrics = self.effective(run, EventType::MetricsComputed)?;
        match &self.head(metrics)?.detail {
            Detail::Metrics { data_hold } => data_hold.as_deref(),
            _ => None,
        }
    }

    /// Whether a run may send the analysis: by its goal, unless the data holds it back, or by a
    /// release that names this very analysis.
    pub fn may_send(&self, run: &RunState, analysis: EventId) -> bool {
        let by_goal = run.requested.goal == Goal::Deliver && self.data_hold(run).is_none();
        by_goal || run.releases.contains(&analysis)
    }

    /// The later revision that took over the right to deliver, if one has.
    pub fn superseded_by(&self, run: &RunState) -> Option<Revision> {
        let authorised = |later: &&RunState| {
            let by_goal = later.requested.goal == Goal::Deliver && self.data_hold(later).is_none();
            later.requested.revision > run.requested.revision
                && (by_goal || !later.releases.is_empty())
        };
        self.runs.iter().find(authorised).map(|later| later.requested.revision)
    }

    /// The newest later revision whose mail has gone out, if one has.
    pub fn sent_after(&self, run: &RunState) -> Option<Revision> {
        let later = |other: &&RunState| {
            other.requested.revision > run.requested.revision && other.sent.is_some()
        };
        self.runs.iter().filter(later).map(|other| other.requested.revision).max()
    }

    /// Whether somebody was sent a revision of this week before `run`.
    pub fn sent_before(&self, run: &RunState, recipient: &RecipientKey) -> bool {
        self.intents().any(|intent| {
            intent.run != run.id
                && intent.intended.recipient == *recipient
                && intent.may_have_arrived()
        })
    }

    /// Whether the mail of `run` is a revised one: an earlier revision was sent to somebody.
    pub fn is_revised(&self, run: &RunState) -> bool {
        let earlier = |other: &&RunState| other.requested.revision < run.requested.revision;
        self.runs
            .iter()
            .filter(earlier)
            .any(|other| other.intents.iter().any(Intent::may_have_arrived))
    }

    /// Where a run stands, in the words of `status`.
    pub fn outcome(&self, run: &RunState) -> Outcome {
        if run.closed {
            let partial = run.unreached().next().is_some();
            return if partial { Outcome::Partial } else { Outcome::Sent };
        }
        let analysis = self.effective(run, EventType::AnalysisGenerated);
        let metrics = self.effective(run, EventType::MetricsComputed);
        if run.requested.goal == Goal::Figures && metrics.is_some() {
            return Outcome::Figures;
        }
        if self.superseded_by(run).is_some() && run.requested.goal != Goal::Figures {
            return Outcome::Superseded;
        }
        if analysis.is_some_and(|analysis| !self.may_send(run, analysis)) {
            return Outcome::Held;
        }
        match self.standing_failure(run).map(|failure| failure.failed.class) {
            Some(FailureClass::Waiting) => Outcome::Waiting,
            Some(_) => Outcome::Failed,
            None => Outcome::Running,
        }
    }

    /// The newest failure that no later output has superseded.
    pub fn standing_failure<'a>(&self, run: &'a RunState) -> Option<&'a Failure> {
        let failure = run.failures.last()?;
        let last_output = run.outputs.last().and_then(|id| self.head(*id));
        let newer = |output: &Head| output.sequence > failure.sequence;
        (!last_output.is_some_and(newer)).then_some(failure)
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Running,
    /// A stage tries again by itself at a known time.
    Waiting,
    /// Waits for a person: `send`.
    Held,
    /// A person has to do something.
    Failed,
    Sent,
    Partial,
    /// A backfill, complete.
    Figures,
    Superseded,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Sent => "sent",
            Self::Partial => "partial",
            Self::Figures => "figures",
            Self::Superseded => "superseded",
        }
    }

    /// Nothing more happens by itself.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Running | Self::Waiting)
    }
}

impl RunState {
    fn opened(event: &Event, requested: &RunRequested) -> Self {
        Self {
            id: event.run(),
            requested: requested.clone(),
            requested_at: event.envelope.recorded_at,
            sequence: event.sequence(),
            outputs: Vec::new(),
            failures: Vec::new(),
            releases: Vec::new(),
            intents: Vec::new(),
            sent: None,
            again: None,
            reopened: 0,
            closed: false,
        }
    }

    fn apply(&mut self, event: &Event) {
        match &event.payload {
            Payload::RawFetched(_)
            | Payload::MetricsComputed(_)
            | Payload::AnalysisGenerated(_) => {
                self.outputs.push(event.id());
            }
            Payload::ReportSent(sent) => {
                self.outputs.push(event.id());
                self.sent = Some((**sent).clone());
                self.closed = true;
            }
            Payload::StageFailed(failed) => self.failures.push(Failure {
                sequence: event.sequence(),
                recorded_at: event.envelope.recorded_at,
                failed: (**failed).clone(),
            }),
            Payload::ReleaseGranted(release) => self.released(event, release),
            Payload::SendIntended(intended) => self.intents.push(Intent {
                id: event.id(),
                run: self.id,
                sequence: event.sequence(),
                intended: (**intended).clone(),
                resolutions: Vec::new(),
            }),
            Payload::RunRequested(_) | Payload::SendResolved(_) => {}
        }
    }

    fn released(&mut self, event: &Event, release: &ReleaseGranted) {
        let Some(again) = release.again else { return self.releases.push(release.analysis) };
        self.closed = false;
        self.reopened = self.reopened.saturating_add(1);
        self.again = Some(Reopened {
            id: event.id(),
            sequence: event.sequence(),
            at: event.envelope.recorded_at,
            also_unknown: again.also_unknown,
        });
    }

    /// True if an event belongs to the delivery as it was opened the last time.
    pub fn in_this_round(&self, sequence: Sequence) -> bool {
        self.again.is_none_or(|again| sequence > again.sequence)
    }

    /// True if the delivery has ended and nobody got the report, as far as is known.
    pub fn reached_nobody(&self) -> bool {
        let all = self.sent.as_ref().map_or(0, |sent| sent.recipients.len());
        self.closed && all > 0 && self.unreached().count() == all
    }

    /// Whom the report did not certainly reach, with the last word on each: `ReportSent` says how
    /// it stood then, and the mail service may have told more since.
    pub fn unreached(&self) -> impl Iterator<Item = (&RecipientKey, &SendResult)> {
        let recipients = self.sent.iter().flat_map(|sent| &sent.recipients);
        recipients
            .map(|one| (&one.recipient, self.last_word(one)))
            .filter(|(_, result)| !matches!(result, SendResult::Accepted { .. }))
    }

    fn last_word<'a>(&'a self, then: &'a RecipientOutcome) -> &'a SendResult {
        let same = |intent: &&Intent| {
            intent.intended.recipient == then.recipient && intent.intended.attempt == then.attempt
        };
        self.intents.iter().find(same).and_then(Intent::result).unwrap_or(&then.result)
    }

    /// Failures of one stage on one trigger, not counting notices of a stall.
    pub fn failures_of(&self, stage: Stage, trigger: EventId) -> impl Iterator<Item = &Failure> {
        self.failures.iter().filter(move |failure| {
            failure.failed.stage == stage
                && failure.failed.trigger == trigger
                && failure.failed.class != FailureClass::Stalled
        })
    }

    /// Opened as a revision, so it may send to somebody who was sent an earlier one.
    pub fn is_revision(&self) -> bool {
        self.requested.origin == Origin::ReEmit
    }
}

fn head_of(event: &Event) -> Head {
    let detail = match &event.payload {
        Payload::MetricsComputed(metrics) => {
            Detail::Metrics { data_hold: metrics.data_hold.clone() }
        }
        Payload::AnalysisGenerated(analysis) => Detail::Analysis { metrics: analysis.metrics },
        _ => Detail::None,
    };
    Head {
        id: event.id(),
        sequence: event.sequence(),
        event_type: event.envelope.event_type,
        run: event.run(),
        recorded_at: event.envelope.recorded_at,
        detail,
    }
}
