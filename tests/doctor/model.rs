//! The model: a key that works, and a model that exists. Without one the rules write, so that
//! nothing here fails.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use crate::desk::{Desk, TOKEN};

/// Answers one request with this, and hands on what was asked.
fn anthropic(status: u16, body: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, asked) = channel();
    std::thread::spawn(move || {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).unwrap_or(0);
        // The test may have ended.
        let _ = sender.send(String::from_utf8_lossy(&request[..length]).into_owned());
        let head = format!(
            "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.write_all(body.as_bytes());
    });
    (address, asked)
}

async fn desk(address: &str) -> Desk {
    let analyst = format!(
        "[analyst]\nprovider = \"anthropic\"\nbase_url = \"{address}\"\nmodel = \"claude-opus-5-5\""
    );
    Desk::new(Vec::new(), &analyst).await
}

#[tokio::test]
async fn a_model_that_exists_passes_and_the_key_travels_in_its_header() {
    let (address, asked) = anthropic(
        200,
        r#"{"type":"model","id":"claude-opus-5-5","display_name":"Claude Opus 5.5"}"#,
    );
    let said = desk(&address).await.look().await;
    assert_eq!(said.exit, 0, "{said:?}");
    let line = said.lines().into_iter().find(|line| line.name == "model").unwrap();
    assert!(line.grade == "pass" && line.sentence.contains("Claude Opus 5.5"), "{line:?}");
    let request = asked.recv().unwrap().to_lowercase();
    assert!(request.starts_with("get /v1/models/claude-opus-5-5 "), "{request}");
    assert!(request.contains(&format!("x-api-key: {TOKEN}")) && !request.contains("bearer"));
    assert!(request.contains("anthropic-version: "));
}

#[tokio::test]
async fn a_refusal_says_what_to_do_and_that_the_rules_write_meanwhile() {
    let said_by_them = r#"{"type":"error","error":{"type":"x","message":"model: nope"}}"#;
    for (status, action) in [
        (401, "WEEKLEDGER_ANTHROPIC_KEY"),
        (402, "Billing"),
        (403, "workspace"),
        (404, "model under [analyst]"),
        (429, "later"),
        (529, "later"),
    ] {
        let (address, _asked) = anthropic(status, said_by_them);
        let said = desk(&address).await.look().await;
        let trouble = said.trouble();
        assert_eq!((said.exit, trouble.len()), (0, 1), "{status}: {trouble:?}");
        assert!(trouble[0].sentence.contains("model: nope"), "{}", trouble[0].sentence);
        assert!(trouble[0].sentence.contains("the rules write the words"), "{trouble:?}");
        assert!(trouble[0].action.contains(action), "{status}: {}", trouble[0].action);
    }
}

#[tokio::test]
async fn bedrock_is_asked_for_a_word_and_without_role_or_key_it_says_what_to_set() {
    let analyst = "[analyst]\nprovider = \"bedrock\"\nregion = \"eu-central-1\"";
    let said = Desk::new(Vec::new(), analyst).await.look().await;
    assert_eq!(said.exit, 0, "{said:?}");
    let line = said.lines().into_iter().find(|line| line.name == "model").unwrap();
    assert!(line.grade == "warn" && line.sentence.contains("no role of AWS"), "{line:?}");
    assert!(line.action.contains("AWS_BEARER_TOKEN_BEDROCK"), "{line:?}");
}
