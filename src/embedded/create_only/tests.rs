//! Placing files where hard links are missing, and what is left in staging.

use std::fs;

use super::{CreateOnly, Placed, rename_if_free};

#[test]
fn without_hard_links_a_free_name_is_taken_and_a_taken_one_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (staged, path) = (folder.path().join("staged"), folder.path().join("name"));

    fs::write(&staged, "first").unwrap();
    assert_eq!(rename_if_free(&staged, &path).unwrap(), Placed::New);
    assert!(!staged.exists());

    fs::write(&staged, "second").unwrap();
    assert_eq!(rename_if_free(&staged, &path).unwrap(), Placed::Taken);
    assert_eq!(fs::read_to_string(&path).unwrap(), "first");
}

#[test]
fn nothing_is_left_in_staging() {
    let folder = tempfile::tempdir().unwrap();
    let files = CreateOnly::new(folder.path());
    let path = folder.path().join("a/b/c");
    assert_eq!(files.place(&path, b"bytes").unwrap(), Placed::New);
    assert_eq!(files.place(&path, b"other").unwrap(), Placed::Taken);
    assert_eq!(fs::read_dir(folder.path().join(".staging")).unwrap().count(), 0);
}

#[test]
fn a_sweep_removes_what_a_killed_process_left() {
    let folder = tempfile::tempdir().unwrap();
    let files = CreateOnly::new(folder.path());
    fs::create_dir(folder.path().join(".staging")).unwrap();
    fs::write(folder.path().join(".staging/4711-0"), "half").unwrap();
    files.sweep().unwrap();
    assert_eq!(fs::read_dir(folder.path().join(".staging")).unwrap().count(), 0);
}
