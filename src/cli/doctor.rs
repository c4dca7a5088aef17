//! `doctor`: everything that the next report needs, looked at without changing anything.

use weekledger::config::{Config, Report};
use weekledger::doctor::{Check, Doctor, Grade, LocalPlace, due, is_settled, record_name};
use weekledger::embedded::LocalSecrets;
use weekledger::ports::{Created, Message, OwnerNotice, Secrets};
use weekledger_events::{ReportId, StreamId};

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::doctor::Checked;
use crate::remote;
use crate::world::{World, block_on, failed, select};

/// Ask the providers whether the next report can be made; change nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger doctor
  weekledger doctor --report hotels --json

Looks at tokens and how long they last, at each ad account with one real row of figures, at HubSpot's
properties, at the model, and at this machine. Each line is PASS, WARN or FAIL, with what to do.
watch does the same on the day before a report and tells the owner.")]
pub struct Args {
    /// Only what this report needs
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    remote::refuse(context, "doctor", "its secrets belong to the functions")?;
    let config = Config::load(&context.config_path)?;
    let secrets = LocalSecrets::of_process(config.secrets_file.clone());
    block_on(async {
        let reports = select(&config, args.report.as_ref())?;
        let checked = Checked(examine(context, &config, &secrets, &reports).await);
        context.answer(&checked, args.answer)?;
        Ok(if checked.has_failed() { Exit::Failed } else { Exit::Done })
    })
}

async fn examine(
    context: &Context,
    config: &Config,
    secrets: &dyn Secrets,
    reports: &[&Report],
) -> Vec<Check> {
    let place = LocalPlace {
        data_dir: context.data_dir.clone(),
        secrets_file: config.secrets_file.clone(),
    };
    Doctor { config, secrets, clock: context.clock(), place: &place }.examine(reports).await
}

/// On the day before each report: looks once, and tells the owner what needs a person.
pub async fn on_the_day_before(world: &World, context: &Context) -> Result<(), Failure> {
    for report in &world.config.reports {
        let Some(week) = due(report, context.now()) else { continue };
        let stream = StreamId::new(report.id.clone(), week);
        let name = record_name(&stream);
        if world.ports.archive.exists(&name).await.map_err(failed)? {
            continue;
        }
        let secrets = world.ports.secrets.as_ref();
        let checks = examine(context, &world.config, secrets, &[report]).await;
        if !is_settled(report, context.now(), &checks) {
            continue;
        }
        let record = serde_json::to_vec(&checks).map_err(failed)?;
        if world.ports.archive.create(&name, &record).await.map_err(failed)? == Created::New {
            tell(world, &stream, &checks).await?;
        }
    }
    Ok(())
}

async fn tell(world: &World, stream: &StreamId, checks: &[Check]) -> Result<(), Failure> {
    /// More lines than this nobody reads on a Sunday.
    const NOTICES_MAX: usize = 10;
    let attention = checks.iter().filter(|check| check.grade != Grade::Pass);
    let notices: Vec<Message> = attention
        .take(NOTICES_MAX)
        .map(|check| {
            let outlook = match check.grade {
                Grade::Fail => "the next report is at risk",
                Grade::Pass | Grade::Warn => "before the next report",
            };
            Message::Notice(OwnerNotice {
                stream: stream.clone(),
                sentence: format!("{outlook}: {}: {}", check.subject, check.sentence),
                action: check.action.clone(),
            })
        })
        .collect();
    if notices.is_empty() {
        return Ok(());
    }
    let entries = world.ports.bus.publish(&notices).await;
    entries.map(|_| ()).map_err(|error| Failure::new(Exit::TryAgain, error))
}
