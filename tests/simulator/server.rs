//! The server itself: where it listens, and what it does with requests it does not know.

use serde_json::json;
use weekledger::simulator::{Effect, Fault, Options, Provider, SimulatorError, Times, start};

use super::desk::*;

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let outside = Options { listen: "0.0.0.0:0".parse().unwrap(), ..options() };
    let error = start(outside).await.err().unwrap();
    assert!(matches!(error, SimulatorError::NotLoopback(_)));
    assert!(error.to_string().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn a_taken_port_is_said_to_be_taken() {
    let desk = Desk::open(options()).await;
    let error = start(Options { listen: desk.running.address(), ..options() }).await.err().unwrap();
    assert!(error.to_string().contains(&desk.running.address().to_string()), "{error}");
}

#[tokio::test]
async fn requests_can_be_looked_at_afterwards() {
    let desk = Desk::open(options()).await;
    desk.meta("/v26.0/me?fields=id%2Cname").await;
    desk.search(json!({ "limit": 1 })).await;
    let seen = desk.running.requests();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("GET", "/meta/v26.0/me"));
    assert_eq!(seen[0].parameter("fields"), Some("id,name"));
    assert_eq!(seen[0].header("authorization"), Some("Bearer EAAGplanted%token"));
    assert_eq!(seen[1].body, r#"{"limit":1}"#);
}

#[tokio::test]
async fn after_stop_nobody_answers() {
    let desk = Desk::open(options()).await;
    let url = format!("{}/v26.0/me", desk.running.meta_base_url());
    desk.running.stop().await;
    assert!(desk.client.get(url).bearer_auth(TOKEN).send().await.is_err());
}

#[tokio::test]
async fn faults_strike_where_and_as_often_as_told() {
    let faults = vec![
        Fault {
            path_contains: "/insights".to_owned(),
            ..Fault::meta_rate_limited(Times::First(1), 5)
        },
        Fault::hubspot_rate_limited(Times::Nth(2)),
        Fault {
            provider: Provider::Meta,
            path_contains: "/me".to_owned(),
            times: Times::Always,
            effect: Effect::HtmlPage,
        },
    ];
    let desk = Desk::open(Options { faults, ..options() }).await;
    let path = desk.insights(SEEBLICK, HALF_YEAR, "");
    let (status, body) = desk.meta(&path).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(80_000)));
    assert_eq!(desk.meta(&path).await.0, 200);
    let statuses = [
        desk.search(json!({})).await.0,
        desk.search(json!({})).await.0,
        desk.search(json!({})).await.0,
    ];
    assert_eq!(statuses, [200, 429, 200]);
    let page = desk
        .client
        .get(format!("{}/v26.0/me", desk.running.meta_base_url()))
        .bearer_auth(TOKEN)
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().starts_with("<!DOCTYPE html>"));
}
