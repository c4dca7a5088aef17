//! The data directory and the secrets file.

use crate::desk::{Desk, SUNDAY};

#[tokio::test]
async fn a_data_directory_that_cannot_be_made_fails() {
    let desk = Desk::new(Vec::new(), "").await;
    // Below a file, where not even root can make one.
    let data = desk.folder.path().join("weekledger.toml").join("data");
    let said = desk.say_in(data, SUNDAY, &["doctor", "--json"]).await;
    let trouble = said.trouble();
    assert_eq!((said.exit, trouble.len()), (1, 1), "{trouble:?}");
    assert_eq!(trouble[0].name, "data_dir");
    assert!(trouble[0].action.contains("--data-dir"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_secrets_file_that_others_may_read_fails_with_the_command_to_run() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new(Vec::new(), "[secrets]\nfile = \"secrets.toml\"").await;
    let file = desk.folder.path().join("secrets.toml");
    let missing = desk.look().await;
    assert_eq!((missing.exit, missing.trouble().len()), (0, 1), "only a warning");

    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = desk.look().await;
    assert_eq!(open.exit, 1);
    let action = &open.trouble()[0].action;
    assert_eq!(*action, format!("Run: chmod 600 {}", file.display()));

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(desk.look().await.exit, 0);
}
