//! What goes to stdout and what does not.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::{command, weekledger};

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    weekledger(folder.path(), &["init"]);
    let mut child = command(folder.path(), &["config", "check", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
#[cfg(target_os = "linux")]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    weekledger(folder.path(), &["init"]);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(folder.path(), &["config", "check"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("cannot be written to stdout") && told.contains("because: "), "{told}");
}
