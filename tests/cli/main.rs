//! The command line from the outside: what it prints where, and how it ends.

#![expect(
    clippy::expect_used,
    reason = "helpers of tests; the linter knows only the tests themselves"
)]

mod config_errors;
mod help;
mod init;
mod note;
mod streams;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program in `folder`, with nothing of the caller's environment that it could read.
fn weekledger(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().expect("the program starts")
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
    command.current_dir(folder).args(args).stdin(Stdio::null()).env_clear();
    command
}

/// Exit code, stdout and stderr as one text.
fn transcript(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let code = output.status.code().expect("an exit code");
    format!("exit code: {code}\n----- stdout -----\n{out}----- stderr -----\n{err}")
}

/// Runs the program on a configuration.
fn check(config: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("weekledger.toml"), config).expect("a configuration");
    let fixed = ["config", "check", "--now", "2026-11-20T12:00:00Z"];
    weekledger(folder.path(), &[&fixed[..], more].concat())
}
