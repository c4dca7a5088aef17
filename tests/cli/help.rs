//! Help texts and usage errors.

use std::path::Path;

use crate::{transcript, weekledger};

#[test]
fn help_shows_commands_examples_and_exit_codes() {
    let here = Path::new(".");
    insta::assert_snapshot!("help", transcript(&weekledger(here, &["--help"])));
    insta::assert_snapshot!("help_init", transcript(&weekledger(here, &["init", "--help"])));
    let check = ["config", "check", "--help"];
    insta::assert_snapshot!("help_config_check", transcript(&weekledger(here, &check)));
}

#[test]
fn a_usage_error_ends_with_two_and_keeps_stdout_clean() {
    let here = Path::new(".");
    for args in [
        &["comfig", "check"][..],
        &["init", "--colour"],
        &["config", "check", "--now", "yesterday"],
        &[],
    ] {
        let output = weekledger(here, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
}
