//! Driving one run to its end, and telling what became of it. Shared by every command that runs.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use weekledger::chain::{Handled, Loaded, Opened};
use weekledger::embedded::runner::{Idle, Progress, Ran, Runner, RunnerError};
use weekledger::evidence::LedgerStore;
use weekledger::history;
use weekledger::ports::{Clock, Message, with_causes};
use weekledger_events::payload::{FailureClass, Goal};
use weekledger_events::{Event, EventId, Pointer, ReportId, RunId, StreamId};
use weekledger_projections::due::due;
use weekledger_projections::week_state::{Outcome as Standing, RunState};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::needs::{findings, name_subjects, obstacle};
use crate::output::run::{Class, EventLine, FindingLine, Outcome, RunAnswer};
use crate::world::{System, World, failed, runner_failure};

/// How often a week is looked at whose stages work elsewhere.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Runs until `opened` has reached its end, cannot go on by itself, or `patience` is over.
pub async fn drive(
    world: &World,
    context: &Context,
    stream: &StreamId,
    opened: &Opened,
    patience: SignedDuration,
) -> Result<(), Failure> {
    // Elsewhere the pointer that was emitted is all that a command does.
    let System::Embedded(embedded) = &world.system else { return Ok(()) };
    let until = context.now().checked_add(patience).map_err(failed)?;
    let runner = embedded.runner(&world.chain).insisting(opened.run).patient_until(until);
    let driven = drive_until(world, context, stream, opened, until, &runner).await;
    embedded.tell_notices(context)?;
    driven
}

/// The same, except that a run whose stages work elsewhere is waited for.
pub async fn drive_or_wait(
    world: &World,
    context: &Context,
    stream: &StreamId,
    opened: &Opened,
    patience: SignedDuration,
) -> Result<(), Failure> {
    if !world.is_remote() {
        return drive(world, context, stream, opened, patience).await;
    }
    let until = context.now().checked_add(patience).map_err(failed)?;
    loop {
        let loaded = world.load(stream).await?;
        let due = loaded.state.run(opened.run).and_then(|run| due(&loaded.state, run));
        let goes_on = due.is_some_and(|due| due.since <= until);
        if !goes_on || is_fatal(&loaded, opened.run) || context.now() >= until {
            return Ok(());
        }
        context.clock().sleep(LOOK_AGAIN).await;
    }
}

async fn drive_until(
    world: &World,
    context: &Context,
    stream: &StreamId,
    opened: &Opened,
    until: Timestamp,
    runner: &Runner,
) -> Result<(), Failure> {
    loop {
        let Ran { idle, given_up } = go(world, runner, context, until).await?;
        let is_own = |error: &RunnerError| error.stream() == Some(stream);
        let (own, others): (Vec<_>, Vec<_>) = given_up.into_iter().partition(is_own);
        tell_of(&others, context);
        if let Some(error) = own.into_iter().next() {
            return Err(runner_failure(error));
        }
        let loaded = world.load(stream).await?;
        let Some(due) = loaded.state.run(opened.run).and_then(|run| due(&loaded.state, run)) else {
            return Ok(());
        };
        let waits_too_long = due.since > until || idle != Idle::Empty;
        if waits_too_long || is_fatal(&loaded, opened.run) || !due.on_purpose {
            return Ok(());
        }
        let clock = world.wall_clock(&stream.report, context.now());
        let at = clock.not_before(due.since);
        context.tell(&format!("{stream}: {} waits until {at}", due.stage));
        sleep_until(context, due.since).await;
        let entries = world.ports.bus.publish(&[Message::Pointer(due.pointer)]).await;
        entries.map_err(|error| Failure::new(Exit::TryAgain, error))?;
    }
}

/// Handles what lies on the bus, and says on stderr what happens.
pub async fn go(
    world: &World,
    runner: &Runner,
    context: &Context,
    until: Timestamp,
) -> Result<Ran, Failure> {
    let clock = |pointer: &Pointer| world.wall_clock(&pointer.stream.report, context.now());
    let mut tell = |progress: Progress<'_>| match progress {
        Progress::Begins { stage, pointer } => {
            context.tell(&format!("{}: {stage}", pointer.stream))
        }
        Progress::Ended { stage, pointer, handled: Handled::Failed(trouble) } => {
            context.tell(&format!("{}: {stage}: {}", pointer.stream, trouble.sentence));
        }
        Progress::Ended { stage, pointer, handled: Handled::WaitUntil(at) } => {
            let at = clock(pointer).not_before(*at);
            context.tell(&format!("{}: {stage} waits until {at}", pointer.stream));
        }
        Progress::Ended { .. } => {}
        Progress::TriesAgain { stage, pointer, error, at } => {
            let (at, sentence) = (clock(pointer).not_before(at), error.sentence());
            context.tell(&format!("{}: {stage} again at {at}: {sentence}", pointer.stream));
        }
    };
    runner.run(until, &mut tell).await.map_err(runner_failure)
}

/// Stages of other weeks that were given up: they are no part of the answer, and their owner is told
/// of damage.
pub fn tell_of(given_up: &[RunnerError], context: &Context) {
    for error in given_up {
        context.tell(&with_causes(error));
    }
}

async fn sleep_until(context: &Context, at: Timestamp) {
    let left = at.duration_since(context.now()).max(SignedDuration::ZERO);
    context.clock().sleep(left.unsigned_abs()).await;
}

/// A person has to do something first; trying on would only repeat the sentence.
fn is_fatal(loaded: &Loaded, run: RunId) -> bool {
    let standing = loaded.state.run(run).and_then(|run| loaded.state.standing_failure(run));
    standing.is_some_and(|failure| failure.failed.class != FailureClass::Waiting)
}

/// Brings the history table up to the ledger. It is a projection for other tools, so trouble with
/// it is told and stops nothing. A stage that works elsewhere does so itself.
pub async fn project(world: &World, context: &Context, report: &ReportId) {
    let System::Embedded(embedded) = &world.system else { return };
    let store = LedgerStore::new(world.ports.ledger.clone(), world.ports.archive.clone());
    let refreshed = match embedded.history() {
        Ok(table) => history::refresh(&store, &*table, report).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = refreshed {
        tracing::warn!(error = &error as &dyn std::error::Error, %report, "history table");
        context.tell(&format!("{report}: {error}; weekledger rebuild puts it right"));
    }
}

/// Whether a run has its pages already, so that it needs no provider any more.
pub async fn is_pulled(world: &World, stream: &StreamId, run: EventId) -> Result<bool, Failure> {
    let loaded = world.load(stream).await?;
    let run = loaded.state.run(RunId(run));
    Ok(run.is_some_and(|run| loaded.state.furthest(run) != loaded.state.entry(run)))
}

/// The run that tells what became of a week's report: a later revision that was sent counts more.
pub fn counts<'l>(loaded: &'l Loaded, run: &'l RunState) -> &'l RunState {
    let later = loaded.state.sent_after(run).and_then(|later| loaded.state.revision(later));
    later.unwrap_or(run)
}

/// The answer for a run that the command could not drive on: what the ledger says of it, and what
/// went wrong. Damaged evidence is no answer.
pub async fn broken_off(
    world: &World,
    context: &Context,
    stream: &StreamId,
    run: RunId,
    failure: Failure,
) -> Result<RunAnswer, Failure> {
    if failure.exit() != Exit::Failed {
        return Err(failure);
    }
    match answer(world, context, stream, run).await {
        Ok(answer) => {
            let (message, action) = (failure.sentence(), failure.fix().map(str::to_owned));
            Ok(answer.broken_off(message, action))
        }
        Err(_) => Err(failure),
    }
}

/// What became of a run, from the ledger alone.
pub async fn answer(
    world: &World,
    context: &Context,
    stream: &StreamId,
    run: RunId,
) -> Result<RunAnswer, Failure> {
    let loaded = world.load(stream).await?;
    let state = &loaded.state;
    let found = state.run(run).ok_or_else(|| failed("the run is not in the ledger"))?;
    let standing = state.outcome(found);
    let revision = found.requested.revision;
    let clock = world.wall_clock(&stream.report, context.now());
    let trouble = obstacle(&loaded, found, &clock);
    let hold = state.data_hold(found).map(str::to_owned);
    let held_on_purpose = found.requested.goal == Goal::Hold;
    let works_elsewhere = world.is_remote() && standing == Standing::Running;
    let mails = match &world.system {
        System::Embedded(embedded) => embedded.outbox.paths(stream, revision).map_err(failed)?,
        System::Remote(_) => Vec::new(),
    };
    Ok(RunAnswer {
        report: stream.report.clone(),
        week: stream.week,
        revision: Some(revision),
        outcome: if works_elsewhere { Outcome::Opened } else { outcome(standing) },
        events: events_of(&loaded, found),
        sent_before: None,
        mails,
        findings: all_findings(&loaded, found, trouble.clone(), !works_elsewhere),
        message: match standing {
            Standing::Held if !held_on_purpose => hold,
            Standing::Held => Some("opened to be looked at before it is sent".to_owned()),
            Standing::Superseded => Some("a later revision has taken over".to_owned()),
            Standing::Running if works_elsewhere => Some(WORKS_ELSEWHERE.to_owned()),
            Standing::Running => Some(UNFINISHED.to_owned()),
            _ => trouble.as_ref().map(|failure| failure.message.clone()),
        },
        action: match standing {
            Standing::Held if !held_on_purpose => {
                trouble.as_ref().and_then(|held| held.action.clone())
            }
            Standing::Held => Some(format!(
                "look at it with `weekledger show {week} --report {report} --revision {revision}`, \
                 then run `weekledger send {week} --report {report} --revision {revision}`",
                report = stream.report,
                week = stream.week
            )),
            Standing::Running if works_elsewhere => Some(WORKS_ELSEWHERE_ACTION.to_owned()),
            Standing::Running => Some(UNFINISHED_ACTION.to_owned()),
            _ => trouble.and_then(|failure| failure.action),
        },
        held_on_purpose,
        try_again: matches!(standing, Standing::Waiting | Standing::Running),
        damaged: false,
    })
}

const WORKS_ELSEWHERE: &str = "it is opened; the functions of the stack do the work";
const WORKS_ELSEWHERE_ACTION: &str =
    "weekledger status, with the same options, shows how far it is";
const UNFINISHED: &str = "a stage has not finished yet";
const UNFINISHED_ACTION: &str = "run the same command again; weekledger watch goes on as well";

/// What keeps the run from its end comes first.
fn all_findings(
    loaded: &Loaded,
    run: &RunState,
    obstacle: Option<FindingLine>,
    tells_unfinished: bool,
) -> Vec<FindingLine> {
    let unfinished = || {
        let due = due(&loaded.state, run)?;
        Some(FindingLine {
            class: Class::Unfinished,
            subject: due.stage.to_string(),
            name: None,
            message: UNFINISHED.to_owned(),
            action: Some(UNFINISHED_ACTION.to_owned()),
            retry_at: None,
        })
    };
    let running = loaded.state.outcome(run) == Standing::Running;
    let first = obstacle.or_else(|| (running && tells_unfinished).then(unfinished).flatten());
    let data = findings(loaded, run).iter().cloned().map(FindingLine::from);
    let of_words = loaded.of_words(run).into_iter().map(FindingLine::from);
    let mut all: Vec<FindingLine> = first.into_iter().chain(data).chain(of_words).collect();
    name_subjects(&mut all, loaded, run);
    all
}

fn outcome(standing: Standing) -> Outcome {
    match standing {
        Standing::Sent => Outcome::Sent,
        Standing::Partial => Outcome::Partial,
        Standing::Held => Outcome::Held,
        Standing::Figures => Outcome::Figures,
        Standing::Waiting => Outcome::Waiting,
        Standing::Running | Standing::Failed | Standing::Superseded => Outcome::Failed,
    }
}

fn events_of(loaded: &Loaded, run: &RunState) -> Vec<EventLine> {
    let own = loaded.events.iter().filter(|event| event.run() == run.id);
    let line = |event: &Event| EventLine {
        sequence: event.sequence(),
        event_type: event.envelope.event_type,
        id: event.id(),
    };
    own.map(line).collect()
}
