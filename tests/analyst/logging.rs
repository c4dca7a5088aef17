//! What an operator finds in the log: answers by their digests, what was read of them, and what the
//! verifier found, as fields and without a secret.

use std::cell::RefCell;
use std::io::Write;

use serde_json::{Value, json};

use super::double::{Script, answer, pass};
use super::fixture::World;
use super::server::Server;
use super::stage::{Bench, KEY};

thread_local! {
    /// A test runs on one thread, so these lines are its own.
    static LINES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.with_borrow_mut(|lines| lines.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn exchanges_words_and_findings_are_logged_as_fields() {
    let subscriber = tracing_subscriber::fmt().json().with_writer(|| Lines).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let script = Script::right(&World::normal().make().claims);
    let server = Server::start(move |_, asked| match pass(asked) {
        "patterns" => {
            let wrong = json!([{"text": "Leads doubled."}]);
            answer(&json!({"headline": wrong, "moved": [], "hypotheses": []}))
        }
        _ => answer(&script.answer(asked)),
    });
    let bench = Bench::new(World::normal(), &server.base_url);
    let done = bench.analyze(15).await.unwrap();
    let text = LINES.with_borrow(|lines| String::from_utf8(lines.clone()).unwrap());
    assert!(!text.contains(KEY));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |message: &str| -> Vec<&Value> {
        let fields = lines.iter().map(|line| &line["fields"]);
        fields.filter(|fields| fields["message"] == message).collect()
    };
    let exchanges = of("model exchange");
    assert_eq!(exchanges.len(), 4);
    for (line, exchange) in exchanges.iter().zip(&done.exchanges) {
        assert_eq!(line["response"], exchange.response.digest.to_string());
        assert_eq!(line["request"], exchange.request.digest.to_string());
        assert_eq!((&line["pass"], &line["ended"]), (&json!(exchange.pass), &json!("end_turn")));
        assert_eq!((&line["input_tokens"], &line["output_tokens"]), (&json!(9000), &json!(2500)));
    }
    let words = of("words read");
    assert_eq!(words.len(), 4);
    assert!(words[1]["words"].as_str().unwrap().contains("Leads doubled."), "{:?}", words[1]);
    let found = of("verifier");
    assert!(found[0]["finding"].as_str().unwrap().contains("doubled"), "{found:?}");
    assert_eq!(found[0]["place"], "Unclear");
    let verified = of("verified");
    assert_eq!(
        (&verified[0]["findings"], &verified[1]["findings"]),
        (&json!(found.len()), &json!(0))
    );
    // What was refused stays with the event too.
    assert!(done.verification.refused[0].contains("doubled"), "{:?}", done.verification.refused);
}
