//! What the secrets of one machine promise beyond the contract: who may read the file.

use std::env::VarError;

use weekledger::embedded::LocalSecrets;
use weekledger::ports::{SecretName, Secrets, SecretsError};

use super::places::{SecretsEnvironment, SecretsFile};
use crate::place::run;
use crate::secrets::SecretsPlace;

const TOKEN: SecretName = SecretName::MetaToken;

fn read(secrets: &LocalSecrets) -> Result<String, SecretsError> {
    run(secrets.read(TOKEN)).map(|secret| secret.expose().to_owned())
}

fn from_file(file: &SecretsFile) -> Result<String, SecretsError> {
    read(&SecretsEnvironment::new().handle(Some(file.path())))
}

#[test]
fn the_environment_wins_over_the_file() {
    let (environment, file) = (SecretsEnvironment::new(), SecretsFile::new());
    file.set(TOKEN, Some("of-file"));
    let secrets = environment.handle(Some(file.path()));
    assert_eq!(read(&secrets).unwrap(), "of-file");
    environment.set(TOKEN, Some("of-environment"));
    run(secrets.forget(TOKEN));
    assert_eq!(read(&secrets).unwrap(), "of-environment");
    environment.set(TOKEN, Some(""));
    run(secrets.forget(TOKEN));
    assert_eq!(read(&secrets).unwrap(), "of-file");
}

#[test]
fn a_secret_is_kept_until_it_is_forgotten() {
    let environment = SecretsEnvironment::new();
    environment.set(TOKEN, Some("old"));
    let secrets = environment.handle(None);
    assert_eq!(read(&secrets).unwrap(), "old");
    environment.set(TOKEN, Some("new"));
    assert_eq!(read(&secrets).unwrap(), "old");
}

#[test]
fn a_file_that_others_may_read_is_refused_with_the_command_that_helps() {
    let file = SecretsFile::new();
    file.set(TOKEN, Some("planted"));
    for mode in [0o640, 0o604, 0o660, 0o644, 0o610, 0o602] {
        file.permit(mode);
        let error = from_file(&file).unwrap_err();
        assert_eq!(error.remedy(), format!("chmod 600 {}", file.path().display()));
        let error = error.to_string();
        assert!(error.contains("others may read"), "{error}");
        assert!(!error.contains("planted"), "{error}");
    }
    for mode in [0o600, 0o400] {
        file.permit(mode);
        assert_eq!(from_file(&file).unwrap(), "planted");
    }
}

#[test]
fn a_file_with_an_error_is_refused_by_its_line_without_showing_it() {
    let file = SecretsFile::new();
    for (text, complaint) in [
        (
            "# tokens\nWEEKLEDGER_META_TOKEN = planted\n",
            "line 2 is not KEY = \"value\", with the value in quotation marks",
        ),
        ("WEEKLEDGER_META_TOKEN = \"planted", "line 1 is not KEY"),
        ("\n\nWEEKLEDGER_META_TOKEN = [\"planted\"]\n", "line 3 is not KEY"),
        ("planted\n", "is not KEY"),
        ("WEEKLEDGER_META_TOKN = \"planted\"\n", "a key is none of WEEKLEDGER_META_TOKEN"),
    ] {
        file.write(text);
        let error = from_file(&file).unwrap_err();
        assert!(error.to_string().contains(complaint), "{error}");
        assert!(error.to_string().contains("weekledger.secrets.toml"), "{error}");
        assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
    }
}

#[test]
fn a_file_that_is_far_too_large_is_refused() {
    let file = SecretsFile::new();
    file.write(&format!("# {}", "x".repeat(70_000)));
    assert!(from_file(&file).unwrap_err().to_string().contains("larger than"));
}

#[test]
fn a_file_that_does_not_exist_has_no_secrets() {
    let error = from_file(&SecretsFile::new()).unwrap_err();
    assert!(matches!(error, SecretsError::Missing(TOKEN)), "{error:?}");
}

#[test]
fn a_variable_that_is_not_text_is_refused_without_showing_it() {
    let broken = |_: &str| Err(VarError::NotUnicode("planted".into()));
    let error = read(&LocalSecrets::new(Box::new(broken), None)).unwrap_err();
    assert!(matches!(error, SecretsError::Unusable { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
}

#[test]
fn the_environment_of_the_process_is_read_without_a_file() {
    // Set by nobody in tests; what matters is that the real environment can be asked.
    let secrets = LocalSecrets::of_process(None);
    match read(&secrets) {
        Ok(_) | Err(SecretsError::Missing(TOKEN)) => {}
        Err(other) => panic!("{other:?}"),
    }
}
