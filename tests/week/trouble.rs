//! Providers that refuse, and ledgers that were tampered with.

use crate::desk::Desk;

#[tokio::test]
async fn an_expired_token_fails_with_words_and_a_new_one_resumes_the_same_run() {
    let mut desk = Desk::new().await;
    desk.use_token("expired-token");
    let failed = desk.say(&["run", "--json"]).await;
    let answer = failed.json();
    assert_eq!((failed.exit, &answer["outcome"]), (1, &"failed".into()));
    assert!(answer["message"].as_str().unwrap().contains("token"), "{answer}");
    assert!(!answer["action"].as_str().unwrap().is_empty());
    assert!(failed.stderr.contains("to the owner"), "{}", failed.stderr);
    assert!(desk.mails("2026-W47").is_empty());

    desk.use_token("a-good-token");
    let resumed = desk.say(&["run", "--json"]).await.json();
    assert_eq!((&resumed["outcome"], &resumed["revision"]), (&"sent".into(), &1.into()));
    assert_eq!(resumed["events"][0], answer["events"][0], "the same run goes on");
}

#[tokio::test]
async fn an_unknown_account_does_not_hide_the_others() {
    let desk = Desk::new().await;
    let last = desk.accounts().pop().unwrap();
    desk.edit(|text| text.replace(&last, "act_999"));
    let run = desk.say(&["run", "--json"]).await;
    let answer = run.json();
    assert_eq!((run.exit, &answer["outcome"]), (0, &"sent".into()));
    let missing: Vec<&serde_json::Value> = answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["class"] == "account_missing")
        .collect();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0]["subject"], "act_999");
    assert!(!missing[0]["action"].as_str().unwrap().is_empty());

    // What depends on the account is missing, and says so; the others keep their figures.
    let figures = desk.say(&["figures", "2026-W47", "--json"]).await.json();
    let figure = |level: &str, entity: &str, metric: &str| {
        let all = figures.as_array().unwrap().iter();
        let mut found = all.filter(|figure| {
            figure["level"] == level
                && figure["entity_id"] == entity
                && figure["metric"] == metric
                && figure["window"] == "week"
        });
        found.next().unwrap_or_else(|| panic!("no {metric} of {entity}")).clone()
    };
    for metric in ["spend", "impressions", "meta_leads", "cpl"] {
        let total = figure("report", "weekly", metric);
        assert!(total["value"].is_null(), "an incomplete total is shown as whole: {total}");
        assert_eq!(total["display"], "account missing");
    }
    let text = desk.say(&["show", "2026-W47", "--text"]).await.stdout;
    let four_weeks = text.split_once("FOUR WEEKS").map_or("", |(_, after)| after);
    let bars = four_weeks.split("\n\n").find(|part| part.trim_start().starts_with("Meta leads\n"));
    assert!(!bars.is_some_and(|bars| bars.contains('#')), "a part is shown as whole: {bars:?}");
    let intact = figure("account", &desk.accounts()[0], "impressions");
    assert!(intact["value"].is_string(), "{intact}");
}

#[tokio::test]
async fn without_a_secret_the_run_says_which_variable_to_set() {
    let mut desk = Desk::new().await;
    desk.use_token("");
    let run = desk.say(&["run"]).await;
    assert_ne!(run.exit, 0);
    assert!(run.stdout.contains("WEEKLEDGER_META_TOKEN"), "{} {}", run.stdout, run.stderr);
}

#[tokio::test]
async fn a_ledger_that_was_cut_stops_everything() {
    let desk = Desk::new().await;
    desk.say(&["run"]).await;
    let ledger = rusqlite::Connection::open(desk.data().join("ledger.sqlite3")).unwrap();
    let triggers: Vec<String> = {
        let mut names =
            ledger.prepare("SELECT name FROM sqlite_master WHERE type='trigger'").unwrap();
        let rows = names.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert!(
        ledger.execute("DELETE FROM events WHERE sk = (SELECT max(sk) FROM events)", []).is_err()
    );
    for name in triggers {
        ledger.execute(&format!("DROP TRIGGER {name}"), []).unwrap();
    }
    ledger.execute("DELETE FROM events WHERE sk = (SELECT max(sk) FROM events)", []).unwrap();
    drop(ledger);
    for command in [&["run"][..], &["status"], &["watch"]] {
        let said = desk.say(command).await;
        assert_eq!(said.exit, 5, "{command:?}: {}", said.stderr);
        assert!(said.stderr.contains("event 9 was anchored"), "{}", said.stderr);
    }
    assert_eq!(desk.mails("2026-W47").len(), 2);
}
