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

#[cfg(not(feature = "aws"))]
#[test]
fn a_build_without_the_aws_adapters_says_how_to_get_them() {
    let output = weekledger(Path::new("."), &["--ledger", "aws", "verify"]);
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("cargo install --path . --features aws --bin weekledger"), "{told}");
}
