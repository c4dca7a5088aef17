//! Reports that wait for a person.

use crate::desk::Desk;

#[tokio::test]
async fn a_report_with_approval_waits_for_send() {
    let desk = Desk::with(Vec::new(), "approval = true").await;
    let run = desk.say(&["run", "--json"]).await;
    assert_eq!((run.exit, &run.json()["outcome"]), (0, &"held".into()), "an intended hold");
    assert!(desk.mails("2026-W47").is_empty());
    desk.say(&["run"]).await;
    desk.say(&["watch"]).await;
    assert!(desk.mails("2026-W47").is_empty(), "a held run is never mailed by itself");

    let send = desk.say(&["send", "2026-W47", "--revision", "1", "--json"]).await;
    assert_eq!((send.exit, &send.json()["outcome"]), (0, &"sent".into()));
    assert_eq!(desk.mails("2026-W47").len(), 2);
    let again = desk.say(&["send", "2026-W47", "--revision", "1"]).await;
    assert_eq!(again.exit, 2);
    assert!(again.stderr.contains("was sent already"));
    assert_eq!(desk.mails("2026-W47").len(), 2);
}

#[tokio::test]
async fn send_says_what_became_of_it_and_the_findings_where_they_are_asked_for() {
    let desk = Desk::with(Vec::new(), "approval = true").await;
    desk.say(&["run"]).await;
    let again = ["re-emit", "2026-W47", "--from", "MetricsComputed", "--reason", "words"];
    desk.say(&again).await;
    let short = desk.say(&["send", "2026-W47", "--revision", "1"]).await;
    assert_eq!(short.exit, 0, "{}", short.stderr);
    assert!(short.stdout.contains("revision 1: sent") && short.stdout.contains("  mail: "));
    assert!(!short.stdout.contains("finding:"), "{}", short.stdout);
    let long = desk.say(&["send", "2026-W47", "--revision", "2", "-v"]).await;
    assert!(long.stdout.contains("finding:"), "{}", long.stdout);
}

#[tokio::test]
async fn send_names_the_newer_revision_that_was_mailed_already() {
    let desk = Desk::with(Vec::new(), "approval = true").await;
    desk.say(&["run"]).await;
    let again = ["re-emit", "2026-W47", "--from", "MetricsComputed", "--reason", "words"];
    desk.say(&again).await;
    desk.say(&again).await;
    for revision in ["2", "3"] {
        let send = desk.say(&["send", "2026-W47", "--revision", revision]).await;
        assert_eq!(send.exit, 0, "{}", send.stderr);
    }

    let late = desk.say(&["send", "2026-W47", "--revision", "1"]).await;
    assert_eq!(late.exit, 2);
    assert!(late.stderr.contains("revision 3 is later and was sent already"), "{}", late.stderr);
    assert_eq!(desk.mails("2026-W47").len(), 4, "two recipients, two revisions");
}

#[tokio::test]
async fn a_revision_that_does_not_exist_cannot_be_sent() {
    let desk = Desk::with(Vec::new(), "approval = true").await;
    desk.say(&["run"]).await;
    let send = desk.say(&["send", "2026-W47", "--revision", "4"]).await;
    assert_eq!(send.exit, 2);
    assert!(send.stderr.contains("has no revision 4"), "{}", send.stderr);
}
