//! `calibrate`: measures how often the verdicts speak falsely, and what they find.

use weekledger::calibrate::{Plan, calibrate};

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Measure the verdicts on simulated series
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger calibrate > calibration.md
  weekledger calibrate --runs 500          a quick look

Reads no configuration and no data. The same seed and runs print the same document; the committed
one is projections/src/verdict/calibration.md. The default takes some minutes in a release build.")]
pub struct Args {
    /// Simulated series a cell
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    runs: u32,
    /// What chance begins with
    #[arg(long, value_name = "N", default_value_t = 1987)]
    seed: u64,
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    let Args { runs, seed } = args;
    context.tell(&format!("drawing {runs} series a cell …"));
    let calibration = calibrate(Plan { seed, runs });
    context.print(calibration.to_markdown().as_bytes())?;
    Ok(Exit::Done)
}
