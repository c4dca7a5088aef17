//! Re-emits: one week anew, and nothing else changes.

use std::collections::BTreeSet;

use crate::desk::Desk;

#[tokio::test]
async fn a_re_emit_makes_a_held_revision_and_touches_nothing_else() {
    let desk = Desk::new().await;
    desk.say(&["backfill", "--from", "2026-W45", "--to", "2026-W46"]).await;
    desk.say(&["run"]).await;
    let (mails, asked) = (desk.mails("2026-W47"), desk.requests());
    let others = desk.say(&["status", "--json"]).await.json();

    let emit = ["re-emit", "2026-W47", "--from", "RawFetched", "--reason", "a test", "--json"];
    let answer = desk.say(&emit).await;
    let json = answer.json();
    assert_eq!((answer.exit, &json["outcome"], &json["revision"]), (0, &"held".into(), &2.into()));
    assert_eq!(desk.mails("2026-W47"), mails);
    assert_eq!(desk.requests(), asked, "what came before the event is reused");
    let types: Vec<&str> =
        json["events"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["RunRequested", "MetricsComputed", "AnalysisGenerated"]);
    let now = desk.say(&["status", "--json"]).await.json();
    let past = |status: &serde_json::Value| {
        status
            .as_array()
            .unwrap()
            .iter()
            .filter(|l| l["week"] != "2026-W47")
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(past(&now), past(&others));
}

#[tokio::test]
async fn a_released_revision_is_mailed_as_revised_to_everybody_once() {
    let desk = Desk::new().await;
    desk.say(&["run"]).await;
    desk.say(&["re-emit", "2026-W47", "--from", "MetricsComputed", "--reason", "words"]).await;
    let send = desk.say(&["send", "2026-W47", "--revision", "2", "--json"]).await.json();
    assert_eq!(send["outcome"], "sent");
    let mails = desk.mails("2026-W47");
    let revised: Vec<&str> = mails
        .iter()
        .filter(|(_, text)| text.contains("Subject: [Revised]"))
        .map(|(name, _)| name.split_at(6).0)
        .collect();
    assert_eq!((mails.len(), revised), (4, vec!["r2-ada", "r2-bob"]));
}

#[tokio::test]
async fn delivering_at_once_needs_the_word() {
    let desk = Desk::new().await;
    desk.say(&["run"]).await;
    let emit = ["re-emit", "2026-W47", "--from", "AnalysisGenerated", "--reason", "lost mail"];
    let held = desk.say(&emit).await;
    assert_eq!((held.exit, desk.mails("2026-W47").len()), (0, 2));
    let deliver = [&emit[..], &["--deliver", "--json"]].concat();
    assert_eq!(desk.say(&deliver).await.json()["outcome"], "sent");
    let mails = desk.mails("2026-W47");
    assert_eq!(mails.len(), 4);
    assert_eq!(
        mails.iter().filter(|(_, text)| text.contains("[Second sending]")).count(),
        2,
        "the same mail as before says so"
    );
    assert!(!mails.iter().any(|(_, text)| text.contains("[Revised]")), "nothing was revised");
    // What is within stays byte for byte; the envelope alone says which revision sends it.
    let within = |text: &str| text.split_once("\r\n\r\n").unwrap().1.to_owned();
    let bodies: BTreeSet<String> = mails.iter().map(|(_, text)| within(text)).collect();
    assert_eq!(bodies.len(), 1);
    for (revision, count) in [(1, 2), (2, 0), (3, 2)] {
        let header = format!("/2026-W47 revision {revision}\r\n");
        let sent = mails.iter().filter(|(_, text)| text.contains(&header));
        assert_eq!(sent.count(), count, "{header}");
    }
}

#[tokio::test]
async fn an_event_that_is_not_there_or_starts_no_stage_is_refused() {
    let desk = Desk::new().await;
    desk.say(&["run"]).await;
    for (from, words) in [
        ("99", "has no event"),
        ("ReportSent", "no stage starts from ReportSent"),
        ("nonsense", "has no event"),
    ] {
        let said = desk.say(&["re-emit", "2026-W47", "--from", from, "--reason", "x"]).await;
        assert_eq!(said.exit, 2, "{}", said.stderr);
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
}

#[tokio::test]
async fn a_week_can_be_pulled_anew_more_than_once() {
    let desk = Desk::new().await;
    desk.say(&["run"]).await;
    for revision in [2, 3] {
        let emit = ["re-emit", "2026-W47", "--from", "RunRequested", "--reason", "anew", "--json"];
        let answer = desk.say(&emit).await;
        assert_eq!((answer.exit, &answer.json()["revision"]), (0, &revision.into()));
    }
}
