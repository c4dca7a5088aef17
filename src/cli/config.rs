//! `config`: what is done with the configuration.

use clap::Subcommand;

use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{config_check, config_push};

/// Look into the configuration, or give it to a stack on AWS
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(config_check::Args),
    Push(config_push::Args),
}

pub fn run(args: Args, context: &Context) -> Result<Exit, Failure> {
    match args.command {
        Command::Check(args) => config_check::run(&args, context),
        Command::Push(args) => config_push::run(&args, context),
    }
}
