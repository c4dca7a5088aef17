//! The same contract over Bedrock: by a role or by a key, and neither is ever archived.

use async_trait::async_trait;
use serde_json::json;
use weekledger::config::Provider;
use weekledger::ports::{Secret, SecretName, Secrets, SecretsError, Unsigned};
use weekledger::stages::read_evidence;

use super::double::{Script, answer};
use super::fixture::World;
use super::server::{Reply, Server};
use super::stage::Bench;

/// Signs as a role would: the signature says what was signed.
struct RoleSecrets;

#[async_trait]
impl Secrets for RoleSecrets {
    async fn read(&self, name: SecretName) -> Result<Secret, SecretsError> {
        Err(SecretsError::Missing(name))
    }

    async fn forget(&self, _: SecretName) {}

    async fn sign(&self, of: Unsigned<'_>) -> Result<Vec<(&'static str, Secret)>, SecretsError> {
        let signature = format!("AWS4-TEST {} {} {}", of.service, of.region, of.body.len());
        let token = Secret::new("session-token-of-the-role");
        Ok(vec![("authorization", Secret::new(&signature)), ("x-amz-security-token", token)])
    }
}
const MODEL: &str = "anthropic.claude-opus-5-5";

fn right() -> Server {
    let script = Script::right(&World::normal().make().claims);
    Server::start(move |_, asked| answer(&script.answer(asked)))
}

fn bench(base_url: &str) -> Bench {
    let mut bench = Bench::new(World::normal(), &format!("{base_url}/anthropic"));
    bench.settings.analyst.provider = Provider::Bedrock;
    bench.settings.analyst.model = MODEL.to_owned();
    bench.settings.analyst.region = Some("eu-central-1".to_owned());
    bench
}

#[tokio::test]
async fn a_role_signs_each_request_and_leaves_nothing_in_the_archive() {
    let server = right();
    let bench = bench(&server.base_url);
    let done = bench.analyze_as(15, &RoleSecrets).await.unwrap();
    assert_eq!((done.analyst.provider.as_str(), done.analyst.fallback.clone()), ("bedrock", None));
    assert_eq!(done.exchanges.len(), 3);
    for (exchange, asked) in done.exchanges.iter().zip(server.asked()) {
        assert_eq!(
            (asked.method.as_str(), asked.path.as_str()),
            ("POST", "/anthropic/v1/messages")
        );
        let signed = format!("AWS4-TEST bedrock-mantle eu-central-1 {}", asked.body.len());
        assert_eq!(asked.headers["authorization"], signed);
        assert_eq!(asked.headers["anthropic-version"], "2023-06-01");
        assert!(!asked.headers.contains_key("x-api-key"));
        assert_eq!(
            (asked.json()["model"].as_str(), asked.json()["stream"].as_bool()),
            (Some(MODEL), Some(true))
        );
        let kept = read_evidence(&bench.archive, &exchange.request).await.unwrap();
        assert_eq!(kept, asked.body.as_bytes());
    }
    for (name, bytes) in bench.archive.everything() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(!text.contains("AWS4-TEST") && !text.contains("session-token"), "{name}");
    }
}

#[tokio::test]
async fn a_key_of_bedrock_lets_one_in_without_a_role() {
    let server = right();
    let bench = bench(&server.base_url);
    bench.secrets.set(SecretName::BedrockKey, &["bedrock-key-0123"]);
    let done = bench.analyze(15).await.unwrap();
    assert_eq!(done.analyst.provider, "bedrock");
    assert!(server.asked().iter().all(|asked| asked.headers["x-api-key"] == "bedrock-key-0123"));
    for (name, bytes) in bench.archive.everything() {
        assert!(!String::from_utf8_lossy(&bytes).contains("bedrock-key-0123"), "{name}");
    }
}

#[tokio::test]
async fn another_version_of_the_api_is_asked_for_where_it_is_configured() {
    let server = right();
    let mut bench = bench(&server.base_url);
    bench.settings.analyst.api_version = Some("2026-10-21".to_owned());
    bench.analyze_as(15, &RoleSecrets).await.unwrap();
    assert!(server.asked().iter().all(|asked| asked.headers["anthropic-version"] == "2026-10-21"));
}

#[tokio::test]
async fn access_that_is_not_granted_is_said_and_the_rules_write() {
    let server = Server::start(|_, _| {
        let body =
            json!({"message": "You don't have access to the model with the specified model ID."});
        Reply::new(403, body.to_string()).header("x-amzn-errortype", "AccessDeniedException")
    });
    let done = bench(&server.base_url).analyze_as(15, &RoleSecrets).await.unwrap();
    assert_eq!(done.analyst.provider, "rules");
    assert_eq!(done.analyst.fallback.as_deref(), Some("access to the model is not granted"));
    assert_eq!(server.count(), 1);
    assert_eq!(done.exchanges[0].ended.as_deref(), Some("http_403"));
}

#[tokio::test]
async fn a_session_that_has_ended_is_renewed_once() {
    let script = Script::right(&World::normal().make().claims);
    let server = Server::start(move |before, asked| match before {
        0 => Reply::new(403, "{}").header("x-amzn-errortype", "ExpiredTokenException"),
        _ => answer(&script.answer(asked)),
    });
    let done = bench(&server.base_url).analyze_as(15, &RoleSecrets).await.unwrap();
    assert_eq!((done.analyst.provider.as_str(), server.count()), ("bedrock", 4));
}

#[tokio::test]
async fn an_answer_that_repeats_the_signature_is_not_archived() {
    let server = Server::start(|_, asked| {
        let said = format!("the canonical string held {}", asked.headers["x-amz-security-token"]);
        Reply::new(400, json!({"message": said}).to_string())
    });
    let bench = bench(&server.base_url);
    let done = bench.analyze_as(15, &RoleSecrets).await.unwrap();
    assert_eq!(done.analyst.provider, "rules");
    for (name, bytes) in bench.archive.everything() {
        assert!(!String::from_utf8_lossy(&bytes).contains("session-token"), "{name}");
    }
}

#[tokio::test]
async fn without_role_and_key_the_rules_write() {
    let server = right();
    let done = bench(&server.base_url).analyze(15).await.unwrap();
    let why = done.analyst.fallback.unwrap();
    assert_eq!(why, "neither a role nor a key for Bedrock is there");
    assert_eq!(server.count(), 0);
}
