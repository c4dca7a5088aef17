//! The one command that a stranger types first: what it makes holds, and what it suggests works.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::desk::NOW;

/// Worlds that differ in campaigns, leads and what goes wrong.
const SEEDS: [&str; 3] = ["7", "21", "34"];

fn demo(folder: &TempDir, seed: &str) -> Output {
    let data = folder.path().join(seed);
    let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
    command.args(["demo", "--weeks", "14", "--seed", seed, "--now", NOW, "--data-dir"]).arg(data);
    command.output().unwrap()
}

#[test]
fn the_mail_of_the_demo_passes_its_own_check_in_every_world() {
    let folder = tempfile::tempdir().unwrap();
    for seed in SEEDS {
        let said = demo(&folder, seed);
        let told = String::from_utf8(said.stderr).unwrap();
        assert!(said.status.success(), "seed {seed}: {told}");
        assert!(!told.contains("WARN"), "seed {seed}: {told}");
    }
}

#[test]
fn a_second_demo_says_how_the_week_is_made_anew_with_the_options_that_this_needs() {
    let folder = tempfile::tempdir().unwrap();
    assert!(demo(&folder, SEEDS[0]).status.success());
    let said = String::from_utf8(demo(&folder, SEEDS[0]).stdout).unwrap();
    let data = folder.path().join(SEEDS[0]).display().to_string();
    let command =
        format!("weekledger --config {data}/weekledger.toml --data-dir {data} re-emit 2026-W47");
    assert!(said.contains(&command), "{said}");
}

#[test]
fn the_commands_that_the_demo_suggests_can_be_typed() {
    let folder = tempfile::tempdir().unwrap();
    let said = String::from_utf8(demo(&folder, SEEDS[0]).stdout).unwrap();
    let suggested: Vec<&str> = said
        .lines()
        .skip_while(|line| !line.starts_with("next:"))
        .filter_map(|line| line.strip_prefix("  weekledger "))
        .collect();
    let [asked @ .., providers] = &suggested[..] else { panic!("{said}") };
    assert_eq!(asked.len(), 2, "{said}");
    for line in asked {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
        let output = command.args(line.split(' ')).output().unwrap();
        assert!(output.status.success() && !output.stdout.is_empty(), "{line}: {output:?}");
    }

    // With the providers awake, what asks them anew needs nothing else.
    let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
    command.args(providers.split(' ')).args(["--now", NOW]);
    let mut awake = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(awake.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    let options = asked[0].split_once(" figures").unwrap().0;
    let again = ["re-emit", "2026-W47", "--from", "RunRequested", "--reason", "try", "--now", NOW];
    let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
    let output = command.args(options.split(' ')).args(again).output().unwrap();
    awake.kill().unwrap();
    awake.wait().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    // What it says to do next can be copied as well.
    assert!(
        said.contains(&format!("weekledger {options} send 2026-W47 --report weekly --revision 2")),
        "{said}"
    );
}
