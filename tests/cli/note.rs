//! `note`: what the company did, at the end of the configuration file.

use crate::weekledger;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(weekledger(folder.path(), &["init"]).status.success());
    folder
}

fn file(folder: &tempfile::TempDir) -> String {
    std::fs::read_to_string(folder.path().join("weekledger.toml")).expect("a configuration")
}

#[test]
fn a_note_is_added_to_the_file_and_the_file_stays_usable() {
    let folder = folder();
    let before = file(&folder);
    let text = "Sale \"XL\", 50 % off \\ free";
    let output = weekledger(folder.path(), &["note", "2026-W30", text, "--exclude"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let added =
        "\n[[note]]\nweek = \"2026-W30\"\ntext = 'Sale \"XL\", 50 % off \\ free'\nexclude = true\n";
    assert_eq!(file(&folder), before + added);
    let check = ["config", "check", "--now", "2026-11-20T12:00:00Z"];
    assert_eq!(weekledger(folder.path(), &check).status.code(), Some(0));
}

#[test]
fn a_note_that_would_break_the_file_is_refused_and_leaves_it_alone() {
    let folder = folder();
    let before = file(&folder);
    for args in [
        &["note", "2026-W54", "no such week"][..],
        &["note", "2026-W30", ""],
        &["note", "2026-W30", "two\nlines"],
        &["note", "2026-W30", "Sale", "--report", "nobody"],
    ] {
        let output = weekledger(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
    assert_eq!(file(&folder), before);
}
