//! `demo`: half a year of simulated advertising, backfilled, and the newest week reported.

use std::env::VarError;
use std::fs::OpenOptions;
use std::io::Write as _;
#[cfg(unix)]
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use weekledger::config::{Config, ConfigError};
use weekledger::embedded::{Access, LocalSecrets};
use weekledger::ports::SecretName;
use weekledger_events::Week;
use weekledger_projections::display;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Answer;
use crate::world::{World, block_on, failed};
use crate::{backfill, remote, run, simulate};

/// Try everything on simulated providers: backfill half a year, report the newest week
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger demo
  weekledger demo --data-dir /tmp/demo --seed 11

Everything lies in one folder (demo, or --data-dir): ledger, archive, mails, and the configuration
and the simulator's tokens, to look into it with the other commands. Nothing leaves this machine.")]
pub struct Args {
    /// How many weeks to backfill before the newest one
    #[arg(long, default_value_t = 26, value_parser = clap::value_parser!(u16).range(1..=100))]
    weeks: u16,
    /// Another seed makes another world
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    remote::refuse(context, "demo", "there is nothing to try out")?;
    let context = &context.with_data_dir_unless_given("demo");
    block_on(async {
        let running = simulate::start(context, args.seed, 0, None, Vec::new()).await?;
        let text = simulate::configuration(&running, "weekly") + SECRETS_SECTION;
        let config = Config::parse(&text, &config_path(context)).map_err(ConfigError::Invalid)?;
        let world = World::with(context, Access::Write, config, Arc::new(secrets()))?;
        let path = write_config(context, &text)?;
        write_secrets(context)?;
        let report = world.one_report(None)?;
        let newest = report.last_complete_week(context.now());
        let weeks = run::weeks(newest.plus(-i32::from(args.weeks)), newest.previous())?;
        context.tell(&format!(
            "simulated Meta and HubSpot on {}; backfilling {}",
            running.address(),
            display::counted(weeks.len().into(), "week", "weeks")
        ));
        let lines = backfill::backfill(&world, context, report, &weeks).await?;
        let told = display::counted(lines.len().into(), "week", "weeks");
        context.tell(&format!("figures of {told} are in the ledger"));
        let patience = SignedDuration::from_mins(5);
        let answer = run::report_week(&world, context, report, newest, patience).await?;
        let reading = context.with_config(&path);
        context.print(reading.runnable(&answer.for_people()).as_bytes())?;
        context.print(whereabouts(context, &path, newest).as_bytes())?;
        let again = format!("simulate --port {} --seed {}", running.address().port(), args.seed);
        context.print(format!("{ASLEEP}\n  weekledger {again}\n").as_bytes())?;
        running.stop().await;
        Ok(answer.exit())
    })
}

const ASLEEP: &str = "the simulated providers stop now; what asks them anew (doctor, run, re-emit \
                      --from RunRequested) works while this runs in another terminal";

/// The simulator takes any token.
const TOKEN: &str = "simulated-token";
const SECRETS_FILE: &str = "weekledger.secrets";
const SECRETS_SECTION: &str = "\n[secrets]\nfile = \"weekledger.secrets\"\n";

fn secrets() -> LocalSecrets {
    let demo = |_: &str| Ok::<_, VarError>(TOKEN.to_owned());
    LocalSecrets::new(Box::new(demo), None)
}

/// For the commands that come after this one, which read them as any other secrets.
fn write_secrets(context: &Context) -> Result<(), Failure> {
    let tokens = [SecretName::MetaToken, SecretName::HubspotToken];
    let lines: String =
        tokens.iter().map(|name| format!("{} = \"{TOKEN}\"\n", name.as_str())).collect();
    let path = context.data_dir.join(SECRETS_FILE);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path).and_then(|mut file| file.write_all(lines.as_bytes())).map_err(failed)
}

fn config_path(context: &Context) -> PathBuf {
    context.data_dir.join("weekledger.toml")
}

/// Written anew each time: the simulator's port differs.
fn write_config(context: &Context, text: &str) -> Result<PathBuf, Failure> {
    let path = config_path(context);
    std::fs::write(&path, text).map_err(failed)?;
    Ok(path)
}

fn whereabouts(context: &Context, config: &Path, week: Week) -> String {
    let (data, config) = (context.data_dir.display(), config.display());
    let command = format!("weekledger --config {config} --data-dir {data}");
    format!(
        "  ledger: {data}/ledger.sqlite3\n  archive: {data}/archive\n  configuration: {config}\n\
         next: open one of the .html files beside the mails in a browser, then ask where a figure \
         comes from\n  {command} figures {week} --level report\n  \
         {command} audit {week} --figure report:weekly/meta_leads/week\n"
    )
}
