//! What Secrets Manager adds to the contract: minutes of memory, one JSON secret, and answers that
//! hold a secret and are shown nowhere.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use weekledger::aws::SecretsPlace as Where;
use weekledger::embedded::SetClock;
use weekledger::ports::{Clock, SecretName, Secrets, SecretsError};

use crate::emulator::{call, cloud_at, cloud_with, endpoint, impatient, patient, unique};
use crate::place::{Place, run};
use crate::places::{SecretsEach, SecretsJson};
use crate::secrets::SecretsPlace;
use crate::wire::{Act, Proxy, nobody};

const TOKEN: SecretName = SecretName::MetaToken;

fn read(secrets: &dyn Secrets, name: SecretName) -> String {
    run(secrets.read(name)).unwrap().expose().to_owned()
}

fn clock() -> Arc<SetClock> {
    Arc::new(SetClock::new(Timestamp::UNIX_EPOCH))
}

#[test]
fn a_secret_is_kept_for_five_minutes_and_then_read_again() {
    let (place, clock) = (SecretsEach::new(), clock());
    place.set(TOKEN, Some("old"));
    // The clients of a runtime stay with it.
    run(async {
        let cloud = cloud_with(&endpoint(), patient(), clock.clone()).await;
        let secrets = cloud.secrets(place.place());
        let read = async || secrets.read(TOKEN).await.unwrap().expose().to_owned();
        assert_eq!(read().await, "old");
        place.set(TOKEN, Some("new"));
        clock.sleep(Duration::from_secs(299)).await;
        assert_eq!(read().await, "old");
        clock.sleep(Duration::from_secs(1)).await;
        assert_eq!(read().await, "new");
    });
}

#[test]
fn what_was_forgotten_is_asked_for_once_and_then_kept_again() {
    let place = SecretsEach::new();
    place.set(TOKEN, Some("token"));
    let proxy = Proxy::start(|_, _| Act::Pass);
    run(async {
        let secrets = cloud_at(&proxy.endpoint(), patient()).await.secrets(place.place());
        for _ in 0..3 {
            secrets.read(TOKEN).await.unwrap();
        }
        assert_eq!(proxy.seen().len(), 1);
        secrets.forget(TOKEN).await;
        for _ in 0..3 {
            secrets.read(TOKEN).await.unwrap();
        }
        assert_eq!(proxy.seen().len(), 2);
    });
}

#[test]
fn a_secret_that_was_rotated_by_the_service_is_the_current_one() {
    let place = SecretsEach::new();
    place.set(TOKEN, Some("one"));
    place.set(TOKEN, Some("two"));
    place.set(TOKEN, Some("three"));
    assert_eq!(read(&*run(place.open()), TOKEN), "three");
}

#[test]
fn a_json_secret_that_is_none_is_refused_without_showing_it() {
    for text in ["planted", "\"planted\"", "{\"WEEKLEDGER_META_TOKEN\": [\"planted\"]}", "{planted"]
    {
        let place = SecretsJson::new();
        place.write(text);
        let error = run(run(place.handle()).read(TOKEN)).unwrap_err();
        assert!(matches!(error, SecretsError::Unusable { .. }), "{error:?}");
        assert!(error.to_string().contains("is not a JSON object"), "{error}");
        assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
    }
}

#[test]
fn a_json_secret_may_hold_more_than_this_program_asks_for() {
    let place = SecretsJson::new();
    place.write("{\"WEEKLEDGER_META_TOKEN\": \"token\", \"SOMETHING_ELSE\": \"x\"}");
    assert_eq!(read(&run(place.handle()), TOKEN), "token");
}

#[test]
fn a_secret_of_bytes_is_refused_by_name() {
    let prefix = format!("{}/", unique("secrets"));
    let id = format!("{prefix}{}", TOKEN.as_str());
    let body = json!({ "Name": id, "SecretBinary": "cGxhbnRlZA==" });
    call("secretsmanager", "secretsmanager.CreateSecret", &body);
    let error = run(async {
        let secrets = cloud_at(&endpoint(), patient()).await.secrets(Where::Each { prefix });
        secrets.read(TOKEN).await.unwrap_err()
    });
    assert!(error.to_string().contains("holds bytes"), "{error}");
}

/// How a scripted answer is understood.
fn failure(status: u16, body: &'static str) -> SecretsError {
    let proxy = Proxy::start(move |_, _| Act::Answer(status, body));
    run(async {
        let place = Where::Each { prefix: "weekledger/".to_owned() };
        let secrets = cloud_at(&proxy.endpoint(), impatient()).await.secrets(place);
        secrets.read(TOKEN).await.unwrap_err()
    })
}

#[test]
fn a_missing_permission_is_unusable_with_the_code_and_trouble_is_unavailable() {
    let denied = failure(400, r#"{"__type":"AccessDeniedException","Message":"no"}"#);
    assert!(matches!(denied, SecretsError::Unusable { .. }), "{denied:?}");
    assert!(denied.to_string().contains("AccessDeniedException"), "{denied}");
    for trouble in [
        failure(400, r#"{"__type":"ThrottlingException","Message":"slow"}"#),
        failure(500, r#"{"__type":"InternalServiceError","Message":"?"}"#),
    ] {
        assert!(matches!(trouble, SecretsError::Unavailable(_)), "{trouble:?}");
    }
    run(async {
        let place = Where::Json { id: "weekledger".to_owned() };
        let secrets = cloud_at(&nobody(), impatient()).await.secrets(place);
        let error = secrets.read(TOKEN).await.unwrap_err();
        assert!(matches!(error, SecretsError::Unavailable(_)), "{error:?}");
    });
}

/// The SDK's own error holds the whole answer.
#[test]
fn an_answer_that_breaks_inside_a_secret_shows_nothing_of_it() {
    let error = failure(200, r#"{"Name":"x","SecretString":"planted"#);
    let text = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    assert!(matches!(error, SecretsError::Unavailable(_)), "{error:?}");
    assert!(!text.contains("planted"), "{text}");
}
