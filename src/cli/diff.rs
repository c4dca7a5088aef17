//! `diff`: two revisions of a week, figure by figure.

use std::collections::BTreeSet;

use serde_json::Value;
use weekledger::chain::Loaded;
use weekledger::evidence::{self, Computed, EvidenceError, Store as _};
use weekledger::stages::read_evidence;
use weekledger_events::{Event, Producer, ReportId, Revision, Week};
use weekledger_projections::diff::diff;
use weekledger_projections::supporting::FigureSet;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::revision;
use crate::output::diff::{Condition, DiffAnswer};
use crate::records::{Records, evidence_failure};
use crate::world::block_on;

/// Compare two revisions of a week, figure by figure
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger diff 2026-W47 --revisions 1 2
  weekledger diff 2026-W47 --revisions 1 2 --json

Says first under which conditions the two were made: settings, versions, templates, and up to when
other weeks were known.")]
pub struct Args {
    /// The week
    #[arg(value_name = "WEEK")]
    week: Week,
    /// The older and the newer
    #[arg(long, value_names = ["A", "B"], num_args = 2, value_parser = revision, required = true)]
    revisions: Vec<Revision>,
    /// Which report, if there are several
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let records = Records::open(context).await?;
        let stream = records.stream(args.report.as_ref(), args.week).await?;
        let loaded = records.week(&stream).await?;
        let [before, after] = args.revisions[..] else {
            return Err(Failure::new(Exit::Usage, "--revisions takes two numbers"));
        };
        let before = side(&records, &loaded, before).await.map_err(evidence_failure)?;
        let after = side(&records, &loaded, after).await.map_err(evidence_failure)?;
        let answer = DiffAnswer {
            report: stream.report,
            week: stream.week,
            revisions: [before.revision, after.revision],
            conditions: conditions(&before, &after),
            figures: diff(&before.figures.figures, &after.figures.figures),
        };
        context.answer(&answer, args.answer)?;
        Ok(Exit::Done)
    })
}

/// One revision and the conditions under which it was made.
struct Side {
    revision: Revision,
    figures: FigureSet,
    known_at: String,
    metrics_by: String,
    /// Of a revision without a mail: none.
    mail_by: Option<String>,
    template: Option<String>,
    settings: Value,
}

async fn side(
    records: &Records,
    loaded: &Loaded,
    revision: Revision,
) -> Result<Side, EvidenceError> {
    let computed: Computed<'_> = evidence::computed(loaded, Some(revision))?;
    let analysed = evidence::analysed(loaded, Some(revision)).ok();
    let config = read_evidence(records.store.archive(), &computed.run.requested.config).await?;
    let shape = |source| EvidenceError::Shape { what: "settings", source };
    Ok(Side {
        revision,
        figures: evidence::figures(&records.store, computed.metrics).await?,
        known_at: known_at(loaded, computed.event),
        metrics_by: name(&computed.event.envelope.producer),
        mail_by: analysed.map(|found| name(&found.event.envelope.producer)),
        template: analysed.map(|found| {
            let template = &found.analysis.template;
            format!("{} ({})", template.version, template.digest.short())
        }),
        settings: serde_json::from_slice(&config).map_err(shape)?,
    })
}

/// That of the run which computed, also where a later one reuses its figures.
fn known_at(loaded: &Loaded, metrics: &Event) -> String {
    let run = loaded.state.run(metrics.run());
    run.map_or_else(String::new, |run| run.requested.known_at.to_string())
}

fn name(producer: &Producer) -> String {
    format!("{} {}", producer.name, producer.version)
}

fn conditions(before: &Side, after: &Side) -> Vec<Condition> {
    let none = || "none".to_owned();
    let mut conditions = vec![
        Condition::new("known_at", &before.known_at, &after.known_at),
        Condition::new("metrics made by", &before.metrics_by, &after.metrics_by),
        Condition::new(
            "mail made by",
            &before.mail_by.clone().unwrap_or_else(none),
            &after.mail_by.clone().unwrap_or_else(none),
        ),
        Condition::new(
            "template",
            &before.template.clone().unwrap_or_else(none),
            &after.template.clone().unwrap_or_else(none),
        ),
    ];
    conditions.extend(settings(&before.settings, &after.settings));
    conditions.retain(|condition| condition.before != condition.after);
    conditions
}

/// The settings that differ, by their topmost names.
fn settings(before: &Value, after: &Value) -> Vec<Condition> {
    let fields = |value: &Value| -> BTreeSet<String> {
        value.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
    };
    let shown = |value: Option<&Value>| value.map_or_else(|| "none".to_owned(), Value::to_string);
    let all: BTreeSet<String> = fields(before).union(&fields(after)).cloned().collect();
    all.iter()
        .map(|field| {
            let what = format!("settings.{field}");
            Condition::new(&what, &shown(before.get(field)), &shown(after.get(field)))
        })
        .collect()
}
