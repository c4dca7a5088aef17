//! What every store of secrets promises: the secret of a name, the new one after `forget`, and
//! never a secret in words.

use weekledger::ports::{SecretName, Secrets, SecretsError};

use crate::place::Place;

/// A place for secrets.
pub trait SecretsPlace: Place<Port = dyn Secrets> {
    /// Sets or removes a secret, as a person would.
    fn set(&self, name: SecretName, text: Option<&str>);
}

/// Makes the tests of one adapter; `$place` is evaluated once a test.
macro_rules! secrets_contract {
    ($place:expr) => {
        cases! { secrets, $place;
            a_missing_secret_names_itself
            every_name_has_its_own_secret
            white_space_around_a_secret_is_dropped
            an_empty_secret_is_missing
            a_rotated_secret_is_seen_after_it_was_forgotten
            forgetting_one_secret_keeps_the_others
            a_removed_secret_is_missing_after_it_was_forgotten
            forgetting_what_was_never_read_is_no_error
            a_secret_that_no_header_can_carry_is_refused_without_showing_it
            a_secret_is_not_in_its_debug_text
        }
    };
}

const TOKEN: SecretName = SecretName::MetaToken;

async fn read(secrets: &dyn Secrets, name: SecretName) -> String {
    secrets.read(name).await.unwrap().expose().to_owned()
}

#[track_caller]
fn expect_missing(result: Result<weekledger::ports::Secret, SecretsError>, name: SecretName) {
    let error = result.unwrap_err();
    assert!(matches!(error, SecretsError::Missing(missing) if missing == name), "{error:?}");
    assert!(error.to_string().contains(name.as_str()), "{error}");
}

pub async fn a_missing_secret_names_itself(place: &impl SecretsPlace) {
    let secrets = place.open().await;
    for name in SecretName::ALL {
        expect_missing(secrets.read(name).await, name);
    }
    place.set(TOKEN, Some("token"));
    expect_missing(secrets.read(SecretName::HubspotToken).await, SecretName::HubspotToken);
}

pub async fn every_name_has_its_own_secret(place: &impl SecretsPlace) {
    for name in SecretName::ALL {
        place.set(name, Some(&format!("secret-of-{}", name.as_str())));
    }
    let secrets = place.open().await;
    for name in SecretName::ALL {
        assert_eq!(read(&*secrets, name).await, format!("secret-of-{}", name.as_str()));
    }
}

pub async fn white_space_around_a_secret_is_dropped(place: &impl SecretsPlace) {
    place.set(TOKEN, Some(" \tEAAB/x+y=\n"));
    assert_eq!(read(&*place.open().await, TOKEN).await, "EAAB/x+y=");
}

pub async fn an_empty_secret_is_missing(place: &impl SecretsPlace) {
    for empty in ["", "  \n"] {
        place.set(TOKEN, Some(empty));
        expect_missing(place.open().await.read(TOKEN).await, TOKEN);
    }
}

pub async fn a_rotated_secret_is_seen_after_it_was_forgotten(place: &impl SecretsPlace) {
    place.set(TOKEN, Some("old"));
    let secrets = place.open().await;
    assert_eq!(read(&*secrets, TOKEN).await, "old");
    place.set(TOKEN, Some("new"));
    secrets.forget(TOKEN).await;
    assert_eq!(read(&*secrets, TOKEN).await, "new");
}

pub async fn forgetting_one_secret_keeps_the_others(place: &impl SecretsPlace) {
    place.set(TOKEN, Some("token"));
    place.set(SecretName::AnthropicKey, Some("key"));
    let secrets = place.open().await;
    read(&*secrets, TOKEN).await;
    secrets.forget(SecretName::AnthropicKey).await;
    assert_eq!(read(&*secrets, TOKEN).await, "token");
    assert_eq!(read(&*secrets, SecretName::AnthropicKey).await, "key");
}

pub async fn a_removed_secret_is_missing_after_it_was_forgotten(place: &impl SecretsPlace) {
    place.set(TOKEN, Some("token"));
    let secrets = place.open().await;
    read(&*secrets, TOKEN).await;
    place.set(TOKEN, None);
    secrets.forget(TOKEN).await;
    expect_missing(secrets.read(TOKEN).await, TOKEN);
}

pub async fn forgetting_what_was_never_read_is_no_error(place: &impl SecretsPlace) {
    let secrets = place.open().await;
    secrets.forget(TOKEN).await;
    expect_missing(secrets.read(TOKEN).await, TOKEN);
}

pub async fn a_secret_that_no_header_can_carry_is_refused_without_showing_it(
    place: &impl SecretsPlace,
) {
    for broken in ["planted\nsecret", "planted secret", "plantedé", "planted\u{7f}"] {
        place.set(TOKEN, Some(broken));
        let error = place.open().await.read(TOKEN).await.unwrap_err();
        assert!(matches!(error, SecretsError::Unusable { .. }), "{error:?}");
        assert!(error.to_string().contains(TOKEN.as_str()), "{error}");
        assert!(!format!("{error} {error:?}").contains("planted"), "{error:?}");
    }
}

pub async fn a_secret_is_not_in_its_debug_text(place: &impl SecretsPlace) {
    place.set(TOKEN, Some("planted"));
    let secret = place.open().await.read(TOKEN).await.unwrap();
    assert!(!format!("{secret:?}").contains("planted"));
}
