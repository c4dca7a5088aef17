//! `analyze --dry-run`: a past week's words, verdict and cost beside what was sent, and nothing
//! written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::desk::{Desk, files};
use crate::double::{answer, pass};
use crate::server::{Asked, Server};

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
