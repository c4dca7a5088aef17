//! `analyze --dry-run`: a past week's words, verdict and cost beside what was sent, and nothing
//! written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::desk::{Desk, files};
use crate::double::{answer, pass};
use crate::server::{Asked, Reply, Server};

const WEEK: &str = "2026-W47";

/// A reported week, and the model that is tried on it.
async fn reported(base_url: &str) -> Desk {
    let desk = Desk::new().await;
    let run = desk.say(&["run", "--json"]).await;
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let provider = "[analyst]\nprovider = \"anthropic\"";
    let section = format!("{provider}\nbase_url = \"{base_url}\"\n");
    desk.edit(|text| match text.contains("[analyst]\nprovider = \"rules\"\n") {
        true => text.replace("[analyst]\nprovider = \"rules\"\n", &section),
        false => format!("{text}\n{section}"),
    });
    desk
}

fn contents(desk: &Desk) -> BTreeMap<PathBuf, Vec<u8>> {
    let read = |path: PathBuf| (path.clone(), std::fs::read(path).unwrap());
    // Whoever reads the ledger shares memory with its other readers, and an empty log.
    let is_own = |path: &PathBuf| !path.to_string_lossy().ends_with("-shm");
    let all = files(&desk.data()).into_iter().filter(is_own).map(read);
    all.filter(|(_, bytes)| !bytes.is_empty()).collect()
}

/// What the request tells of the week.
fn data(asked: &Asked) -> Value {
    let said = asked.json()["messages"][0]["content"].as_str().unwrap().to_owned();
    let data = said.lines().find(|line| line.starts_with('{')).unwrap();
    serde_json::from_str(data).unwrap()
}

/// The report's leads of the week, as the request tells them.
fn leads(asked: &Asked) -> String {
    let data = data(asked);
    let is_it = |claim: &&Value| {
        claim["about"] == "R" && claim["measure"] == "meta_leads" && claim["window"] == "week"
    };
    let claims = data["claims"].as_array().unwrap();
    claims.iter().find(is_it).unwrap()["id"].as_str().unwrap().to_owned()
}

fn said(asked: &Asked, headline: &Value) -> Value {
    match pass(asked) {
        "read" => json!({"notes": []}),
        "patterns" => json!({"headline": headline, "moved": [], "hypotheses": []}),
        "recommend" => json!({"marketing": [], "digital": [], "leadership": []}),
        _ => json!({"headline": headline, "moved": [], "hypotheses": [],
            "marketing": [], "digital": [], "leadership": []}),
    }
}

#[tokio::test]
async fn words_verdict_and_cost_stand_beside_what_was_sent_and_nothing_is_written() {
    let model = Server::start(|_, asked| {
        let leads = leads(asked);
        let headline = json!([{"text": "Tried again: "}, {"claim": leads, "show": "value"},
            {"text": " Meta leads came in."}]);
        answer(&said(asked, &headline))
    });
    let desk = reported(&model.base_url).await;
    let before = contents(&desk);
    let tried = desk.say(&["analyze", WEEK, "--dry-run", "--json"]).await;
    assert_eq!(tried.exit, 0, "{}", tried.stderr);
    let told = tried.json();
    let (sent, now) = (&told["before"], &told["now"]);
    assert_eq!((&sent["provider"], &sent["model"]), (&json!("rules"), &Value::Null));
    let mail = desk.say(&["show", WEEK, "--text"]).await.stdout;
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(&mail).contains(&flat(sent["headline"].as_str().unwrap())), "{sent}");
    assert_eq!((&now["provider"], &now["fallback"]), (&json!("anthropic"), &Value::Null));
    assert!(now["headline"].as_str().unwrap().starts_with("Tried again: "), "{now}");
    // The verifier's verdict on the whole mail stands beside the recorded one's.
    assert_eq!((&now["findings"], &now["refused"]), (&sent["findings"], &json!([])));
    assert_eq!(now["exchanges"].as_array().unwrap().len(), 3);
    // Three exchanges of 9,000 tokens at 4 dollars and 2,500 at 20 dollars a million.
    assert_eq!((&now["input_tokens"], &now["output_tokens"]), (&json!(27000), &json!(7500)));
    assert_eq!(now["cost_usd"], "0.258");
    let people = desk.say(&["analyze", WEEK, "--dry-run"]).await.stdout;
    for part in [
        "AS RECORDED: rules",
        "NOW: anthropic (claude-opus-5-5)",
        "tokens: 27000 in, 7500 out; cost: USD 0.258",
    ] {
        assert!(people.contains(part), "{part}: {people}");
    }
    assert_eq!(contents(&desk), before, "nothing is written");
    // Every campaign's objective came from the provider and its age from the ledger.
    let told = data(&model.asked()[0]);
    let entities = told["entities"].as_array().unwrap().iter();
    let campaigns: Vec<&Value> = entities.filter(|one| one["level"] == "campaign").collect();
    let objective = |word: &str| campaigns.iter().any(|one| one["objective"] == word);
    assert!(objective("leads") && objective("awareness"), "{campaigns:?}");
    assert!(campaigns.iter().all(|one| one["age"].is_string()), "{campaigns:?}");
    assert!(!model.asked()[0].body.contains("OUTCOME_"), "the provider's own words stay here");
}

/// Uses the model from the first run on.
fn with_model(desk: &Desk, base_url: &str) {
    desk.edit(|text| {
        let rules = "[analyst]\nprovider = \"rules\"\n";
        let section = format!("[analyst]\nprovider = \"anthropic\"\nbase_url = \"{base_url}\"\n");
        if text.contains(rules) {
            text.replace(rules, &section)
        } else {
            format!("{text}\n{section}")
        }
    });
}

#[tokio::test]
async fn a_refused_key_is_told_to_the_owner_and_a_new_one_can_be_tried() {
    let refuses = Arc::new(AtomicBool::new(true));
    let server = {
        let refuses = Arc::clone(&refuses);
        Server::start(move |_, asked| {
            if refuses.load(Ordering::SeqCst) {
                return Reply::new(
                    401,
                    json!({"type": "error", "error": {"type":
                    "authentication_error", "message": "invalid x-api-key"}})
                    .to_string(),
                );
            }
            answer(&said(asked, &json!([{"text": "A week like others."}])))
        })
    };
    let desk = Desk::new().await;
    with_model(&desk, &server.base_url);
    let run = desk.say(&["run", "--json"]).await;
    let told = run.json();
    assert_eq!((run.exit, &told["outcome"]), (0, &json!("sent")), "{}", run.stderr);
    let findings = told["findings"].as_array().unwrap();
    let of_words = findings.iter().find(|one| one["class"] == "analyst_fell_back").unwrap();
    let says =
        "Fixed rules wrote the words, since the model did not: the provider refused the key.";
    assert_eq!(of_words["message"], says);
    assert_eq!(of_words["action"], "Replace the key of the model; doctor says which.");
    assert!(run.stderr.contains("to the owner") && run.stderr.contains(says), "{}", run.stderr);
    assert!(desk.say(&["status"]).await.stdout.contains(says));

    // The exchange that failed is on record, and answers nothing.
    refuses.store(false, Ordering::SeqCst);
    let before = server.count();
    let now = desk.say(&["analyze", WEEK, "--dry-run", "--json"]).await.json()["now"].clone();
    assert_eq!((&now["provider"], server.count() - before), (&json!("anthropic"), 3), "{now}");
    // Nor do those of the rehearsal before.
    desk.say(&["analyze", WEEK, "--dry-run"]).await;
    assert_eq!(server.count() - before, 6);
}

#[tokio::test]
async fn what_the_verifier_refuses_is_shown() {
    let model =
        Server::start(|_, asked| answer(&said(asked, &json!([{"text": "Leads doubled."}]))));
    let desk = reported(&model.base_url).await;
    let told = desk.say(&["analyze", WEEK, "--dry-run", "--json"]).await.json();
    let now = &told["now"];
    assert_eq!(now["provider"], "rules");
    assert_eq!(now["fallback"], "its words did not pass the check of figures");
    assert!(now["refused"][0].as_str().unwrap().contains("doubled"), "{now}");
    let people = desk.say(&["analyze", WEEK, "--dry-run"]).await.stdout;
    assert!(people.contains("verifier refused: ") && people.contains("doubled"), "{people}");
}
