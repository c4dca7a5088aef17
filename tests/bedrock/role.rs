//! The stage with the credentials of a role. The SDK finds them as it does for anybody: in its
//! configuration file, which names a process that prints them. The file is named by environment
//! variables, so each case runs in a process of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use weekledger::aws::{Cloud, SecretsPlace, Settings};
use weekledger::config::Provider;
use weekledger::embedded::SystemClock;
use weekledger::ports::Clock;
use weekledger_events::payload::AnalysisGenerated;

use super::double::{Script, answer};
use super::fixture::World;
use super::server::{Asked, Reply, Server};
use super::sigv4::{Claimed, Received, signature};
use super::stage::Bench;

const REGION: &str = "eu-central-1";
const FOLDER: &str = "WEEKLEDGER_TEST_ROLE";

/// A session of the role.
struct Session {
    key_id: &'static str,
    secret: &'static str,
    token: &'static str,
}

const FIRST: Session = Session {
    key_id: "ASIAFIRST0000EXAMPLE",
    secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    token: "session-token-one",
};
const SECOND: Session = Session {
    key_id: "ASIASECOND000EXAMPLE",
    secret: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
    token: "session-token-two",
};

/// Runs an ignored case of this file with the role's configuration, in a process of its own.
#[track_caller]
fn with_a_role(case: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    become_role(path, &FIRST);
    let process = format!("/bin/cat {}", credentials(path).display());
    let config = format!("[default]\nregion = {REGION}\ncredential_process = {process}\n");
    std::fs::write(path.join("config"), config).unwrap();
    let ran = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("role::{case}"), "--ignored", "--nocapture"])
        .env(FOLDER, path)
        .env("AWS_CONFIG_FILE", path.join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", path.join("none"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_ENDPOINT_URL")
        .env_remove("AWS_BEARER_TOKEN_BEDROCK")
        .output()
        .unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

fn credentials(folder: &Path) -> PathBuf {
    folder.join("credentials.json")
}

/// What the role's process prints from now on.
fn become_role(folder: &Path, session: &Session) {
    let printed = json!({
        "Version": 1, "AccessKeyId": session.key_id, "SecretAccessKey": session.secret,
        "SessionToken": session.token, "Expiration": "2199-01-01T00:00:00Z",
    });
    std::fs::write(credentials(folder), printed.to_string()).unwrap();
}

fn folder() -> PathBuf {
    std::env::var_os(FOLDER).unwrap().into()
}

/// What AWS answers to a request whose signature is not good; `None` if it is.
fn refusal(asked: &Asked, session: &Session) -> Option<Reply> {
    let refuse = |kind: &str, why: &str| {
        let body = json!({"message": why}).to_string();
        Some(Reply::new(403, body).header("x-amzn-errortype", kind))
    };
    let header = |name: &str| asked.headers.get(name).map_or("", String::as_str);
    let Some(claimed) = Claimed::read(header("authorization")) else {
        return refuse("MissingAuthenticationTokenException", "not signed");
    };
    if (claimed.region.as_str(), claimed.service.as_str()) != (REGION, "bedrock-mantle") {
        return refuse("InvalidSignatureException", "another region or service");
    }
    let needed =
        ["anthropic-version", "content-type", "host", "x-amz-date", "x-amz-security-token"];
    if needed.iter().any(|name| !claimed.signed.iter().any(|signed| signed == name)) {
        return refuse("InvalidSignatureException", "a header is not signed");
    }
    if !claimed.signed.is_sorted() || !is_now(header("x-amz-date"), &claimed.day) {
        return refuse("InvalidSignatureException", "made at another time");
    }
    if header("x-amz-security-token") != session.token || claimed.key_id != session.key_id {
        return refuse("ExpiredTokenException", "the security token is expired");
    }
    let request = Received {
        method: &asked.method,
        path: &asked.path,
        query: "",
        headers: &asked.headers,
        body: asked.body.as_bytes(),
    };
    if signature(session.secret, &request, &claimed) != claimed.signature {
        return refuse("InvalidSignatureException", "the signature does not match");
    }
    None
}

/// AWS takes a signature for five minutes.
fn is_now(written: &str, day: &str) -> bool {
    let format = "%Y%m%dT%H%M%SZ";
    let Ok(made) = jiff::civil::DateTime::strptime(format, written) else { return false };
    let made: Timestamp = made.in_tz("UTC").unwrap().timestamp();
    let apart = SystemClock.now().duration_since(made).abs();
    apart <= SignedDuration::from_mins(5) && written.starts_with(day)
}

/// The analysis over a server of Bedrock; `script` answers what is signed well.
async fn analyzed(
    session: impl Fn(usize) -> &'static Session + Send + 'static,
    script: impl Fn(usize, &Asked) -> Option<Reply> + Send + 'static,
) -> (AnalysisGenerated, Bench, Server) {
    let words = Script::right(&World::normal().make().claims);
    let model = Server::start(move |before, asked| {
        let told = script(before, asked);
        let told = told.or_else(|| refusal(asked, session(before)));
        told.unwrap_or_else(|| answer(&words.answer(asked)))
    });
    // No key of Bedrock is kept, so that the role is what lets one in.
    let manager = Server::start(|_, _| {
        let body = json!({"__type": "ResourceNotFoundException", "message": "no such secret"});
        Reply::new(400, body.to_string()).header("content-type", "application/x-amz-json-1.1")
    });
    let endpoint = Some(manager.base_url.clone());
    let settings = Settings { region: Some(REGION.to_owned()), endpoint, ..Settings::default() };
    let cloud = Cloud::new(settings, Arc::new(SystemClock)).await;
    let secrets = cloud.secrets(SecretsPlace::Each { prefix: "weekledger/".to_owned() });
    let mut bench = Bench::new(World::normal(), &format!("{}/anthropic", model.base_url));
    bench.settings.analyst.provider = Provider::Bedrock;
    bench.settings.analyst.model = "anthropic.claude-opus-5-5".to_owned();
    bench.settings.analyst.region = Some(REGION.to_owned());
    let done = bench.analyze_as(15, &secrets).await.unwrap();
    (done, bench, model)
}

fn says_nothing_of_the_role(bench: &Bench) {
    for (name, bytes) in bench.archive.everything() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        for part in ["AWS4-HMAC-SHA256", "session-token", FIRST.secret, SECOND.secret] {
            assert!(!text.contains(part), "{name} holds {part}");
        }
    }
}

#[test]
fn every_request_carries_a_signature_that_aws_would_accept() {
    with_a_role("signed");
}

#[tokio::test]
#[ignore = "run by the case above, with a role"]
async fn signed() {
    let (done, bench, model) = analyzed(|_| &FIRST, |_, _| None).await;
    assert_eq!((done.analyst.provider.as_str(), done.analyst.fallback), ("bedrock", None));
    assert_eq!(model.count(), 3);
    says_nothing_of_the_role(&bench);
    // The check itself is one: the same request with another body, path or header is refused.
    let asked = &model.asked()[0];
    assert!(refusal(asked, &FIRST).is_none());
    let mut others = [asked.clone(), asked.clone(), asked.clone()];
    others[0].body.push(' ');
    others[1].path.push('x');
    others[2].headers.insert("anthropic-version".to_owned(), "2020-01-01".to_owned());
    for other in &others {
        assert_eq!(refusal(other, &FIRST).unwrap().status, 403);
    }
    assert!(refusal(asked, &Session { secret: SECOND.secret, ..FIRST }).is_some());
}

#[test]
fn a_session_that_expired_is_renewed_and_the_request_signed_anew() {
    with_a_role("expired");
}

#[tokio::test]
#[ignore = "run by the case above, with a role"]
async fn expired() {
    // The first session ends before the first request, and the role has another at once.
    let renew = |before, _: &Asked| {
        if before == 0 {
            become_role(&folder(), &SECOND);
        }
        None
    };
    let (done, bench, model) = analyzed(|_| &SECOND, renew).await;
    assert_eq!((done.analyst.provider.as_str(), done.analyst.fallback), ("bedrock", None));
    let tokens: Vec<String> =
        model.asked().iter().map(|asked| asked.headers["x-amz-security-token"].clone()).collect();
    let (one, two) = (FIRST.token, SECOND.token);
    assert_eq!(tokens, [one, two, two, two]);
    says_nothing_of_the_role(&bench);
}

#[test]
fn a_role_whose_session_stays_expired_is_asked_once_more_and_then_the_rules_write() {
    with_a_role("stays_expired");
}

#[tokio::test]
#[ignore = "run by the case above, with a role"]
async fn stays_expired() {
    let (done, bench, model) = analyzed(|_| &SECOND, |_, _| None).await;
    assert_eq!(done.analyst.provider, "rules");
    let why = done.analyst.fallback.as_deref();
    assert_eq!(why, Some("the provider refused the credentials of the role"));
    assert_eq!(model.count(), 2);
    says_nothing_of_the_role(&bench);
}

#[test]
fn a_throttle_is_waited_for_and_the_request_signed_anew() {
    with_a_role("throttled");
}

#[tokio::test]
#[ignore = "run by the case above, with a role"]
async fn throttled() {
    let throttle = |before, _: &Asked| {
        (before < 2).then(|| {
            let body = json!({"message": "Too many requests, please wait before trying again."});
            let reply = Reply::new(429, body.to_string());
            reply.header("x-amzn-errortype", "ThrottlingException").header("retry-after", "7")
        })
    };
    let (done, bench, model) = analyzed(|_| &FIRST, throttle).await;
    assert_eq!((done.analyst.provider.as_str(), done.analyst.fallback), ("bedrock", None));
    assert_eq!(model.count(), 5, "three exchanges, the first of them asked for three times");
    assert!(model.asked().iter().all(|asked| refusal(asked, &FIRST).is_none()));
    assert!(bench.clock.slept().as_secs() >= 14, "{:?}", bench.clock.slept());
    says_nothing_of_the_role(&bench);
}
