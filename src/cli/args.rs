//! The arguments that all commands share, and the list of commands.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{
    analyze, audit, backfill, backtest, calibrate, config, demo, diff, doctor, expire, export,
    figures, history, init, note, re_emit, rebuild, run, send, show, simulate, status, verify,
    watch,
};

/// Mails one auditable advertising report every Monday.
#[derive(Debug, Parser)]
#[command(name = "weekledger", version, propagate_version = true, after_help = format!("{EXAMPLES}\n{}", Exit::help()))]
#[command(max_term_width = 100, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  weekledger demo             try everything on simulated providers
  weekledger init             write a commented weekledger.toml
  weekledger config check     say what is wrong with it, or what it will do and when
  weekledger doctor           ask the providers whether the next report can be made
  weekledger run              report the newest complete week
  weekledger watch            one pass of the schedule, for a timer
  weekledger figures          the newest week's figures, exact
  weekledger audit WEEK       back to the bytes that the providers sent
";

/// The configuration unless the command line says otherwise.
pub const DEFAULT_CONFIG: &str = "weekledger.toml";

/// Where the data lies unless the command line says otherwise.
pub const DEFAULT_DATA_DIR: &str = "data";

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE", default_value = DEFAULT_CONFIG)]
    pub config: PathBuf,
    /// Where ledger, archive and outbox lie
    #[arg(long, global = true, value_name = "DIR", default_value = DEFAULT_DATA_DIR)]
    pub data_dir: PathBuf,
    /// Use local, or aws: the resources that the environment names
    #[arg(
        long,
        global = true,
        value_name = "WHERE",
        default_value = "local",
        hide_possible_values = true
    )]
    pub ledger: LedgerPlace,
    /// Use aws, with the resources that the outputs of this stack name
    #[arg(long, global = true, value_name = "NAME")]
    pub stack: Option<String>,
    /// Say more on stderr; twice for details
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Stop the clock at this instant, such as 2026-11-23T06:00:00Z
    #[arg(long, global = true, value_name = "TIMESTAMP", hide = true)]
    pub now: Option<Timestamp>,
}

/// Where ledger and archive lie, and where the stages run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LedgerPlace {
    Local,
    Aws,
}

/// How a reading command answers.
#[derive(Debug, Clone, Copy, Args)]
pub struct AnswerArgs {
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}

/// A reason stands in the ledger for ever: it says something.
pub fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is blank; say why, for whoever reads the ledger later".to_owned());
    }
    if text.chars().count() > REASON_CHARS_MAX {
        return Err(format!("it is longer than {REASON_CHARS_MAX} characters"));
    }
    Ok(text.to_owned())
}

const REASON_CHARS_MAX: usize = 500;

/// Declares the commands: each is a module with `Args` and `run`.
macro_rules! commands {
    ($($variant:ident = $module:ident),* $(,)?) => {
        #[derive(Debug, Subcommand)]
        pub enum Command { $($variant($module::Args)),* }

        impl Command {
            pub fn run(self, context: &Context) -> Result<Exit, Failure> {
                match self { $(Self::$variant(args) => $module::run(args, context)),* }
            }
        }
    };
}

commands! {
    Demo = demo,
    Init = init,
    Config = config,
    Doctor = doctor,
    Run = run,
    Backfill = backfill,
    Status = status,
    Figures = figures,
    History = history,
    Show = show,
    Analyze = analyze,
    Audit = audit,
    Verify = verify,
    Diff = diff,
    Export = export,
    Rebuild = rebuild,
    Expire = expire,
    ReEmit = re_emit,
    Send = send,
    Watch = watch,
    Simulate = simulate,
    Note = note,
    Backtest = backtest,
    Calibrate = calibrate,
}
