//! `expire`: removes raw pages by age. Evidence and anchors stay for ever.

use weekledger::config::Config;
use weekledger::embedded::{Access, DataDir};

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::expire::ExpireAnswer;
use crate::remote;
use crate::world::failed;

/// Remove raw pages that are older than configured
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger expire                   as [archive] keep_raw_days says
  weekledger expire --older-than 30

Whole pulls go, by the age of their newest page. What was recorded of them stays: every row, request
and digest, and with them every figure. Mails, series, figures and anchors are never removed.")]
pub struct Args {
    /// In days, instead of the configured number
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    older_than: Option<u32>,
    #[command(flatten)]
    answer: AnswerArgs,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    remote::refuse(context, "expire", "the life cycle of the archive's bucket does it")?;
    let days = match args.older_than {
        Some(days) => days,
        None => Config::load(&context.config_path)?.keep_raw_days,
    };
    let usage = |error| Failure::new(Exit::Usage, error);
    // A directory that is not there has nothing to expire, and is not made.
    DataDir::open(&context.data_dir, Access::Read).map_err(usage)?;
    let data_dir = DataDir::open(&context.data_dir, Access::Write).map_err(usage)?;
    let archive = data_dir.archive().map_err(failed)?;
    let expired = archive.expire_raw(context.now(), days).map_err(failed)?;
    let answer =
        ExpireAnswer { older_than_days: days, objects: expired.objects, bytes: expired.bytes };
    context.answer(&answer, args.answer)?;
    Ok(Exit::Done)
}
