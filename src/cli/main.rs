//! The command line: one file a subcommand, data on stdout, everything else on stderr. Only here
//! and in the Lambda mains are the adapters chosen, the clock started and the environment read.

mod analyze;
mod args;
mod audit;
mod backfill;
mod backtest;
mod calibrate;
mod clock;
mod config;
mod config_check;
mod config_push;
mod context;
mod demo;
mod diff;
mod doctor;
mod exit;
mod expire;
mod export;
mod failure;
mod figures;
mod history;
mod init;
mod log;
mod needs;
mod note;
mod output;
mod re_emit;
mod rebuild;
mod records;
mod remote;
mod run;
mod send;
mod show;
mod simulate;
mod status;
mod verify;
mod watch;
mod week_run;
mod world;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Cli;
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error).into(),
    };
    log::start(cli.global.verbose);
    let context = context::Context::new(cli.global);
    match cli.command.run(&context) {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(&context).into(),
    }
}

/// Help and version are answers; everything else that clap says is a usage error.
fn usage(error: &clap::Error) -> Exit {
    // Nobody is left to be told if this cannot be printed.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}
