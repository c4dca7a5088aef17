//! A week from pull to mail, and what it leaves behind.

use std::collections::BTreeMap;

use crate::desk::{Desk, TOKEN, files};

#[tokio::test]
async fn a_week_is_pulled_computed_written_and_mailed_once() {
    let desk = Desk::new().await;
    let first = desk.say(&["run", "--json"]).await;
    let answer = first.json();
    assert_eq!((first.exit, &answer["outcome"]), (0, &"sent".into()), "{}", first.stderr);
    assert_eq!((&answer["report"], &answer["week"]), (&"weekly".into(), &"2026-W47".into()));
    let types: Vec<&str> =
        answer["events"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(
        types,
        [
            "RunRequested",
            "RawFetched",
            "MetricsComputed",
            "AnalysisGenerated",
            "SendIntended",
            "SendResolved",
            "SendIntended",
            "SendResolved",
            "ReportSent",
        ]
    );
    let mails = desk.mails("2026-W47");
    let to = |text: &str| text.lines().find(|line| line.starts_with("To: ")).unwrap().to_owned();
    let recipients: Vec<String> = mails.iter().map(|(_, text)| to(text)).collect();
    assert_eq!(recipients, ["To: ada@example.com", "To: bob@example.com"]);

    let asked = desk.requests();
    let again = desk.say(&["run", "--json"]).await;
    assert_eq!(again.json()["events"], answer["events"], "nothing is added");
    assert_eq!(desk.mails("2026-W47"), mails, "nothing is mailed again");
    assert_eq!(desk.requests(), asked, "nothing is pulled again");
}

#[tokio::test]
async fn a_backfilled_week_has_figures_and_no_mail_and_can_still_be_reported() {
    let desk = Desk::new().await;
    let said = desk.say(&["backfill", "--from", "2026-W45", "--to", "2026-W47", "--json"]).await;
    let outcomes: Vec<String> = said
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            format!("{} {}", line["week"].as_str().unwrap(), line["outcome"].as_str().unwrap())
        })
        .collect();
    assert_eq!(outcomes, ["2026-W45 figures", "2026-W46 figures", "2026-W47 figures"]);
    assert!(desk.mails("2026-W47").is_empty());
    let asked = desk.requests();
    desk.say(&["backfill", "--from", "2026-W45", "--to", "2026-W47"]).await;
    assert_eq!(desk.requests(), asked, "each week is pulled once");

    let run = desk.say(&["run", "--json"]).await.json();
    assert_eq!((&run["outcome"], &run["revision"]), (&"sent".into(), &2.into()));
    for (_, mail) in desk.mails("2026-W47") {
        assert!(!mail.contains("[Revised]"), "nothing was sent before");
    }
}

#[tokio::test]
async fn the_archive_holds_each_kind_of_object_in_its_place() {
    let desk = Desk::new().await;
    desk.say(&["run"]).await;
    let root = desk.data();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for path in files(&root.join("archive")) {
        let name = path.strip_prefix(root.join("archive")).unwrap().to_string_lossy().into_owned();
        let parts: Vec<&str> = name.split('/').collect();
        let kind = match parts.as_slice() {
            ["raw", "weekly", "2026-W47", _run, "steps", ..] => "raw step",
            ["raw", "weekly", "2026-W47", _run, _digest] => "raw page",
            ["evidence", _digest] => "evidence",
            ["anchors", "weekly", "2026-W47", _number] => "anchor",
            other => panic!("{other:?} has no place in the archive"),
        };
        *counts.entry(kind.to_owned()).or_default() += 1;
    }
    assert_eq!(counts["anchor"], 9, "every head was anchored");
    assert_eq!(counts["raw page"], counts["raw step"]);
    assert!(counts["evidence"] > 10);
}

#[tokio::test]
async fn neither_token_nor_address_is_left_anywhere_but_in_the_mails() {
    let desk = Desk::new().await;
    let said = desk.say(&["run", "-vv"]).await;
    assert!(!said.stdout.contains(TOKEN) && !said.stderr.contains(TOKEN));
    let mut searched = 0;
    for path in files(&desk.data()) {
        let bytes = std::fs::read(&path).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds(TOKEN), "{} holds the token", path.display());
        if !path.to_string_lossy().contains("/outbox/") {
            assert!(!holds("ada@example.com"), "{} holds an address", path.display());
        }
        searched += 1;
    }
    assert!(searched > 50, "only {searched} files were searched");
}

#[tokio::test]
async fn the_same_events_give_the_same_bytes() {
    let (one, other) = (Desk::new().await, Desk::new().await);
    one.say(&["run"]).await;
    other.say(&["run"]).await;
    // The ports of the two simulators differ, and with them the archived settings; the mails do not.
    let bodies = |desk: &Desk| -> Vec<String> {
        desk.mails("2026-W47")
            .into_iter()
            .map(|(_, text)| text.split_once("\r\n\r\n").unwrap().1.to_owned())
            .collect()
    };
    assert_eq!(bodies(&one), bodies(&other));
}

#[tokio::test]
async fn a_week_that_is_not_over_is_refused_with_the_newest_one_that_is() {
    let desk = Desk::new().await;
    let said = desk.say(&["run", "--week", "2026-W48"]).await;
    assert_eq!(said.exit, 2);
    assert!(said.stderr.contains("2026-W48 is not over") && said.stderr.contains("2026-W47"));
}

#[tokio::test]
async fn a_week_that_went_out_before_is_told_with_its_time_and_that_nothing_was_mailed_now() {
    let desk = Desk::new().await;
    let first = desk.say(&["run", "--json"]).await.json();
    assert!(first["sent_before"].is_null(), "{first}");
    let later = "2026-11-25T09:00:00Z";
    let again = desk.say_at(later, &["run", "--week", "2026-W47"]).await;
    assert_eq!(again.exit, 0, "{}", again.stderr);
    let said = "the report went out before, on 23 November 2026 at 07:";
    assert!(again.stdout.contains(said), "{}", again.stdout);
    assert!(again.stdout.contains("nothing was mailed now"), "{}", again.stdout);
    assert!(again.stdout.contains("re-emit 2026-W47 --report weekly --from RunRequested"));
    let again = desk.say_at(later, &["run", "--week", "2026-W47", "--json"]).await.json();
    assert_eq!((&again["outcome"], &again["message"]), (&"sent".into(), &serde_json::Value::Null));
    assert!(again["sent_before"]["at"].as_str().unwrap().starts_with("2026-11-23T06:"), "{again}");
}

#[tokio::test]
async fn only_the_figures_that_the_report_chose_may_raise_an_alert() {
    let desk = Desk::new().await;
    let earlier = "2026-11-23T05:00:00Z";
    let past = ["backfill", "--from", "2026-W30", "--to", "2026-W46"];
    let past = desk.say_at(earlier, &past).await;
    assert_eq!(past.exit, 0, "{past:?}");
    desk.edit(|text| {
        let chosen = "[report.alerts]\nlevels = [\"account\"]\nfigures = [\"leads\"]\n";
        format!("{text}{chosen}")
    });
    let run = desk.say(&["run", "--json"]).await;
    assert_eq!(run.exit, 0, "{}", run.stderr);
    let figures = desk.say(&["figures", "2026-W47", "--json"]).await.json();
    let judged: Vec<&str> = figures
        .as_array()
        .unwrap()
        .iter()
        .filter(|figure| !figure["status"].is_null())
        .map(|figure| figure["id"].as_str().unwrap())
        .collect();
    assert!(!judged.is_empty(), "{figures}");
    for id in judged {
        assert!(id.starts_with("account:") && id.ends_with("/meta_leads/week"), "{id}");
    }
    // The choice of that time stays with the week.
    desk.edit(|text| text.replace("[\"account\"]", "[\"report\"]"));
    assert_eq!(desk.say(&["figures", "2026-W47", "--json"]).await.json(), figures);
    let verified = desk.say(&["verify", "2026-W47"]).await;
    assert_eq!(verified.exit, 0, "{}", verified.stdout);
}
