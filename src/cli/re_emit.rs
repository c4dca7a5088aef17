//! `re-emit`: regenerate one week from a recorded event, as a new revision.

use jiff::SignedDuration;
use weekledger::chain::{Loaded, RunDraft, missing_artifacts};
use weekledger::config::analysis_due;
use weekledger::embedded::Access;
use weekledger_events::payload::{Goal, Origin, RunRequested};
use weekledger_events::{Event, EventId, EventType, Payload, ReportId, Week};
use weekledger_projections::decide::stage_of;
use weekledger_projections::display;

use crate::args::{AnswerArgs, reason};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::week_run;
use crate::world::{World, block_on, chain_failure};

/// Regenerate a week from one of its events, as a new revision that is held
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger re-emit 2026-W47 --from RawFetched --reason 'lead rule corrected'
  weekledger re-emit 2026-W47 --from 6f1c… --reason 'wording' --deliver

EVENT is an event's id, its number in the week, or a type (its newest event is meant). What came
before the event is reused byte for byte, with the configuration of then. Nothing is mailed unless
--deliver is given; the mail is then marked as revised. From RunRequested the week is pulled again;
a backfilled week then gets its figures anew, and no mail.")]
pub struct Args {
    /// The week
    #[arg(value_name = "WEEK")]
    week: Week,
    /// The event to start from
    #[arg(long, value_name = "EVENT")]
    from: String,
    /// Why, for whoever reads the ledger later
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
    /// Mail the new revision as soon as it is ready
    #[arg(long)]
    deliver: bool,
    /// `now`: use what is known now of other weeks, not what was known then
    #[arg(long, value_name = "now", value_parser = ["now"])]
    known_as: Option<String>,
    /// `now`: use the present configuration, not that of the revision reused
    #[arg(long, value_name = "now", value_parser = ["now"])]
    config_as: Option<String>,
    /// Which report, if there are several
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    /// Wait so many minutes at most for a provider that asks to come back later; less than a minute
    /// is no waiting
    #[arg(long, value_name = "MINUTES", default_value_t = 60)]
    wait: u16,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let world = World::open(context, Access::Write).await?;
        let report = world.one_report(args.report.as_ref())?;
        let stream = world.stream(report, Some(args.week)).await?;
        let loaded = world.load(&stream).await?;
        let from = find(&loaded, &args.from)?;
        check_artifacts(&world, &loaded, from).await?;
        if from.envelope.event_type == EventType::RunRequested {
            world.check_secrets().await?;
        }
        let earlier = loaded.request(from.run()).map_err(chain_failure)?;
        let mut draft = draft(&args, from, earlier, context);
        if args.config_as.is_some() {
            draft.config = world.pin(report).await?;
        }
        let opened = world.chain.open(&stream, &draft).await.map_err(chain_failure)?;
        let patience = SignedDuration::from_mins(i64::from(args.wait));
        week_run::drive(&world, context, &stream, &opened, patience).await?;
        week_run::project(&world, context, &report.id).await;
        let answer = week_run::answer(&world, context, &stream, opened.run).await?;
        context.answer(&answer, args.answer)?;
        Ok(answer.exit())
    })
}

fn draft(args: &Args, from: &Event, earlier: &RunRequested, context: &Context) -> RunDraft {
    let now = context.now();
    let before_figures =
        matches!(from.envelope.event_type, EventType::RunRequested | EventType::RawFetched);
    RunDraft {
        goal: match earlier.goal {
            _ if args.deliver => Goal::Deliver,
            // A backfilled week is repaired as it was made: figures, and no mail.
            Goal::Figures if before_figures => Goal::Figures,
            _ => Goal::Hold,
        },
        origin: Origin::ReEmit,
        reason: args.reason.clone(),
        requested_by: "command line".to_owned(),
        from_event: Some(from.id()),
        config: earlier.config,
        pull: earlier.pull.clone(),
        known_at: if args.known_as.is_some() { now } else { earlier.known_at },
        not_before: now,
        analysis_due: analysis_due(now, now),
        deliver_at: now,
    }
}

/// An id, a number in the stream, or a type.
fn find<'l>(loaded: &'l Loaded, text: &str) -> Result<&'l Event, Failure> {
    let id = EventId::parse(text).ok();
    let number: Option<u32> = text.parse().ok();
    let event_type = EventType::ALL.iter().copied().find(|known| known.as_str() == text);
    let found = loaded.events.iter().rev().find(|event| {
        Some(event.id()) == id
            || Some(event.sequence().get()) == number
            || (Some(event.envelope.event_type) == event_type && begins_a_chain(event))
    });
    let usage = |what: String| Failure::new(Exit::Usage, what);
    let event = found.ok_or_else(|| {
        let stream = &loaded.state.stream;
        usage(format!(
            "{stream} has no event {text:?}\n  fix: weekledger audit {} lists them",
            stream.week
        ))
    })?;
    match &event.payload {
        Payload::RunRequested(run) if run.from_event.is_some() => Err(usage(format!(
            "event {} opens a re-emit itself\n  fix: start from the event that it started from",
            event.sequence()
        ))),
        payload if stage_of(payload.event_type()).is_none() => Err(usage(format!(
            "no stage starts from {}\n  fix: use RunRequested, RawFetched, MetricsComputed or \
             AnalysisGenerated",
            payload.event_type()
        ))),
        _ => Ok(event),
    }
}

/// By its type, a request means the one that a chain began with, not one that reuses an event.
fn begins_a_chain(event: &Event) -> bool {
    !matches!(&event.payload, Payload::RunRequested(run) if run.from_event.is_some())
}

async fn check_artifacts(world: &World, loaded: &Loaded, from: &Event) -> Result<(), Failure> {
    let missing = missing_artifacts(&world.ports, loaded, from).await.map_err(chain_failure)?;
    let Some(first) = missing.first() else { return Ok(()) };
    Err(Failure::new(
        Exit::Corrupt,
        format!(
            "{} missing from the archive; the first is {first}\n  fix: raw pages \
             expire; start from MetricsComputed, or from RunRequested to pull again",
            display::counted(
                missing.len().into(),
                "object that this needs is",
                "objects that this needs are"
            )
        ),
    ))
}
