//! `doctor`: everything that the next report needs, looked at without changing anything.

use weekledger::config::Config;
use weekledger::doctor::{Doctor, LocalPlace};
use weekledger::embedded::LocalSecrets;
use weekledger_events::ReportId;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::doctor::Checked;
use crate::remote;
use crate::world::{World, block_on, chain_failure, select};

/// Ask the providers whether the next report can be made; change nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger doctor
  weekledger doctor --report hotels --json
  weekledger --stack weekledger doctor

Looks at tokens and how long they last, at each ad account with one real row of figures, at the
properties in HubSpot, at the model, and at this machine; with --ledger aws or --stack at the stack:
mail, schedules, protection of ledger and archive, alarms, the owner's subscription. Each line is
PASS, WARN or FAIL, with what to do. `watch` does the same on the day before a report and tells the
owner.")]
pub struct Args {
    /// Only what this report needs
    #[arg(long, value_name = "REPORT")]
    report: Option<ReportId>,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    block_on(async {
        let checked = Checked(if context.is_remote() {
            let remote = remote::open(context).await?;
            let config = remote::live_config(&*remote).await?;
            let (secrets, place) = (remote.secrets()?, remote.place(&config)?);
            let clock = context.clock();
            let doctor = Doctor { config: &config, secrets: &*secrets, clock, place: &*place };
            doctor.examine(&select(&config, args.report.as_ref())?).await
        } else {
            let config = Config::load(&context.config_path)?;
            let secrets = LocalSecrets::of_process(config.secrets_file.clone());
            let (clock, place) = (context.clock(), place(context, &config));
            let doctor = Doctor { config: &config, secrets: &secrets, clock, place: &place };
            doctor.examine(&select(&config, args.report.as_ref())?).await
        });
        context.answer(&checked, args.answer)?;
        Ok(if checked.has_failed() { Exit::Failed } else { Exit::Done })
    })
}

fn place(context: &Context, config: &Config) -> LocalPlace {
    LocalPlace { data_dir: context.data_dir.clone(), secrets_file: config.secrets_file.clone() }
}

/// On the day before each report: looks once, and tells the owner what needs a person.
pub async fn on_the_day_before(world: &World, context: &Context) -> Result<(), Failure> {
    let World { config, ports, .. } = world;
    let (secrets, clock) = (ports.secrets.as_ref(), context.clock());
    let doctor = Doctor { config, secrets, clock, place: &place(context, config) };
    for report in &config.reports {
        let looked = doctor.on_the_day_before(report, &*ports.archive, &*ports.bus).await;
        looked.map_err(chain_failure)?;
    }
    Ok(())
}
