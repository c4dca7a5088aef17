//! `init`, and `config check` of what it has written.

use crate::{transcript, weekledger};

const NOW: [&str; 2] = ["--now", "2026-11-20T12:00:00Z"];

#[test]
fn what_init_writes_is_usable() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!("init", transcript(&weekledger(folder.path(), &["init"])));
    let check = [&["config", "check"][..], &NOW].concat();
    insta::assert_snapshot!("check", transcript(&weekledger(folder.path(), &check)));
    let json = [&check[..], &["--json"]].concat();
    insta::assert_snapshot!("check_json", transcript(&weekledger(folder.path(), &json)));
}

#[test]
fn init_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    std::fs::write(&file, "# mine\n").unwrap();
    let output = weekledger(folder.path(), &["init", "--config", "mine.toml"]);
    insta::assert_snapshot!("init_exists", transcript(&output));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine\n");
}

#[test]
fn init_says_where_it_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let output = weekledger(folder.path(), &["init", "--config", "nowhere/w.toml"]);
    insta::assert_snapshot!("init_nowhere", transcript(&output));
}
