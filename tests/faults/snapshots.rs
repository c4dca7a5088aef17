//! Snapshots of the same weeks taken hours apart, with an account that vanishes and comes back: that
//! is told apart from what the provider really changed.

use std::collections::BTreeMap;

use serde_json::Value;
use weekledger::simulator::{Effect, Fault, Times};

use crate::desk::Desk;

const PARKRING: &str = "act_1018340275511203";
const MONDAY_BEFORE: &str = "2026-11-16T06:00:00Z";
const MONDAY: &str = "2026-11-23T06:00:00Z";
const WEEK: &str = "2026-W47";

/// A week ago W46 was pulled; since then late leads came in.
async fn desk() -> Desk {
    let mut desk = Desk::new("2026-11-16", Vec::new()).await;
    let earlier = desk.say(MONDAY_BEFORE, &["run", "--week", "2026-W46", "--json"]).await;
    assert_eq!(earlier.exit, 0, "{earlier:?}");
    desk.later("2026-11-23").await;
    desk
}

/// The findings of a run about changed figures, and how many there are of each class.
fn changes(answer: &Value) -> Vec<String> {
    let findings = answer["findings"].as_array().unwrap().iter();
    let changed = ["restated", "ordinary_growth", "delivery_stopped", "history_gap"];
    let of = findings.filter(|finding| changed.contains(&finding["class"].as_str().unwrap()));
    let mut told: Vec<String> =
        of.map(|finding| format!("{}: {}", finding["class"], finding["message"])).collect();
    told.sort();
    told
}

/// The values of an account's figures, and of those above it.
fn values(figures: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    figures.iter().map(|(id, figure)| (id.clone(), figure["value"].clone())).collect()
}

#[tokio::test]
async fn an_account_that_vanishes_and_returns_is_no_change_and_hides_none() {
    let steady = desk().await;
    let run = steady.say(MONDAY, &["run", "--json"]).await.json();
    let real = changes(&run);
    assert!(!real.is_empty(), "late leads of W46 are a real change: {run}");
    let known = values(&steady.figures(MONDAY, WEEK).await);

    let shaky = desk().await;
    shaky.running.set_faults(vec![Fault::meta_account_gone(PARKRING, Times::Always)]);
    let gone = shaky.say(MONDAY, &["run", "--json"]).await.json();
    assert_eq!(gone["outcome"], "sent", "{gone}");
    let of_others = |told: &[String]| -> Vec<String> {
        told.iter().filter(|told| !told.contains("Parkring")).cloned().collect()
    };
    assert_eq!(changes(&gone), of_others(&real), "what is not there has not changed; the rest has");
    let missing = values(&shaky.figures(MONDAY, WEEK).await);
    for id in [
        format!("account:{PARKRING}/spend/week"),
        format!("account:{PARKRING}/meta_leads/week"),
        "report:weekly/meta_leads/week".to_owned(),
    ] {
        assert!(missing.get(&id).is_none_or(Value::is_null), "{id} is {}", missing[&id]);
    }

    // Hours later it is back.
    shaky.running.set_faults(Vec::new());
    let again = "2026-11-23T11:00:00Z";
    let emit = ["re-emit", WEEK, "--from", "RunRequested", "--reason", "it is back"];
    let emit = [&emit[..], &["--known-as", "now", "--json"]].concat();
    let back = shaky.say(again, &emit).await;
    assert_eq!(back.exit, 0, "{back:?}");
    let figures = shaky.say(again, &["figures", WEEK, "--revision", "2", "--json"]).await.json();
    let figures: BTreeMap<String, Value> = figures
        .as_array()
        .unwrap()
        .iter()
        .map(|figure| (figure["id"].as_str().unwrap().to_owned(), figure["value"].clone()))
        .collect();
    let different: Vec<&String> =
        known.keys().filter(|id| figures.get(*id) != known.get(*id)).collect();
    assert!(different.is_empty(), "{different:?}");
    assert_eq!(changes(&back.json()), real, "the real changes, and no others, are told");
    shaky.assert_no_token();
}

#[tokio::test]
async fn an_account_that_is_suddenly_empty_is_missing_and_no_fall_to_zero() {
    let steady = desk().await;
    let real = changes(&steady.say(MONDAY, &["run", "--json"]).await.json());

    // Meta knows the account and answers without an error and without a row, for every week.
    let shaky = desk().await;
    let empty = Effect::WithoutEvery(1);
    shaky.running.set_faults(vec![Fault::at_meta(
        &format!("{PARKRING}/insights"),
        Times::Always,
        empty,
    )]);
    let gone = shaky.say(MONDAY, &["run", "--json"]).await;
    let figures = shaky.figures(MONDAY, WEEK).await;
    for metric in ["spend/week/EUR", "meta_leads/week", "meta_leads/previous_week"] {
        let id = format!("account:{PARKRING}/{metric}");
        let zero = figures.get(&id).is_some_and(|figure| figure["value"] == "0");
        assert!(!zero, "{id} is zero: {gone:?}");
    }
    let told = changes(&gone.json());
    assert!(
        !told.iter().any(|told| told.contains("restated") && told.contains("Parkring")),
        "{told:?}"
    );

    shaky.running.set_faults(Vec::new());
    let again = "2026-11-23T11:00:00Z";
    let emit = ["re-emit", WEEK, "--from", "RunRequested", "--reason", "it is back"];
    let emit = [&emit[..], &["--known-as", "now", "--json"]].concat();
    let back = shaky.say(again, &emit).await;
    assert_eq!(back.exit, 0, "{back:?}");
    assert_eq!(changes(&back.json()), real);
}

#[tokio::test]
async fn a_restated_cost_per_lead_is_told_with_both_values_and_can_be_traced() {
    let desk = desk().await;
    let run = desk.say(MONDAY, &["run", "--json"]).await.json();
    let restated = run["findings"].as_array().unwrap().iter().filter(|finding| {
        let message = finding["message"].as_str().unwrap();
        finding["class"] == "restated" && message.contains("2026-W46: cost per lead ")
    });
    let restated: Vec<(&str, &str)> = restated
        .map(|one| (one["subject"].as_str().unwrap(), one["message"].as_str().unwrap()))
        .collect();
    assert!(!restated.is_empty(), "{run}");
    let mail = desk.say(MONDAY, &["show", WEEK, "--text"]).await.stdout;
    let mail = mail.split_whitespace().collect::<Vec<_>>().join(" ");
    for (account, message) in restated {
        let currency = if message.contains("GBP") { "GBP" } else { "EUR" };
        let id = format!("account:{account}/cpl/week/{currency}");
        let both = desk.say(MONDAY, &["history", &id, "--json"]).await.json();
        let week = both.as_array().unwrap().iter().find(|one| one["week"] == "2026-W46").unwrap();
        for (side, time) in [("before", "reported"), ("now", "known_now")] {
            let claim = format!("restatement:2026-W46/{account}/cpl/{side}");
            let audit = desk.say(MONDAY, &["audit", WEEK, "--figure", &claim, "--json"]).await;
            assert_eq!(audit.exit, 0, "{audit:?}");
            let audit = audit.json();
            assert_eq!(audit["agrees"], true, "{}", audit["verdict"]);
            assert_eq!(audit["value"], week[time]["value"], "{claim}");
            let shown = week[time]["display"].as_str().unwrap();
            assert!(message.contains(shown), "{shown}: {message}");
            let words = if side == "before" { "as reported" } else { "as known now" };
            assert!(mail.contains(&format!("{shown} {words}")), "{shown} {words}: {mail}");
        }
    }
}

#[tokio::test]
async fn history_shows_what_was_reported_and_what_is_known_now() {
    let desk = desk().await;
    let id = "report:weekly/meta_leads/week";
    let then = desk.figures(MONDAY_BEFORE, "2026-W46").await[id]["value"].clone();
    let alone = desk.say(MONDAY, &["history", id, "--json"]).await.json();
    let of = |answer: &Value, week: &str| -> Value {
        let all = answer.as_array().unwrap().iter();
        all.clone().find(|one| one["week"] == week).unwrap_or_else(|| panic!("{answer}")).clone()
    };
    let week = of(&alone, "2026-W46");
    assert_eq!(week["reported"]["value"], then);
    assert_eq!((&week["known_now"]["value"], &week["changed"]), (&then, &false.into()));
    // Pulled along with W46 and never reported.
    assert!(of(&alone, "2026-W45")["reported"].is_null());

    desk.say(MONDAY, &["run"]).await;
    let later = desk.say(MONDAY, &["history", id, "--json"]).await.json();
    let week = of(&later, "2026-W46");
    assert_eq!(week["reported"]["value"], then, "what was mailed stays");
    assert_eq!(week["reported"]["revision"], 1);
    let figures = desk.figures(MONDAY, WEEK).await;
    let now = &figures["report:weekly/meta_leads/previous_week"]["value"];
    assert_ne!(now, &then, "late leads came in");
    assert_eq!((&week["known_now"]["value"], &week["changed"]), (now, &true.into()));
    let newest = of(&later, WEEK);
    assert_eq!(newest["reported"]["value"], newest["known_now"]["value"]);

    let text = desk.say(MONDAY, &["history", "--changed", "--from", "2026-W46"]).await;
    assert_eq!(text.exit, 0);
    assert!(
        text.stdout.lines().all(|line| line.contains("AS REPORTED") || line.contains("changed"))
    );
    assert!(
        text.stdout.contains("2026-W46") && text.stdout.contains("meta_leads"),
        "{}",
        text.stdout
    );
    let account = desk.say(MONDAY, &["history", &format!("account:{PARKRING}"), "--json"]).await;
    assert!(
        account
            .json()
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["id"].as_str().unwrap().contains(PARKRING))
    );
    let nothing = desk.say(MONDAY, &["history", "campaign:7"]).await;
    assert_eq!(nothing.exit, 2);
    assert_eq!(desk.say(MONDAY, &["history", "nonsense"]).await.exit, 2);
}
