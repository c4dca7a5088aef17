//! Mails that did not go out, or not to everybody: what is said of it, and how they go out after all.

use crate::desk::{Desk, Said};

/// Who was mailed, once for each mail, sorted.
fn mailed(desk: &Desk) -> Vec<String> {
    let whom = |name: String| name.split('-').nth(1).unwrap().to_owned();
    let mut mailed: Vec<String> =
        desk.mails("2026-W47").into_iter().map(|(name, _)| whom(name)).collect();
    mailed.sort();
    mailed
}

/// Revision 1 reached Ada alone: the configuration no longer had Bob when it was sent.
async fn without_bob() -> (Desk, Said) {
    let desk = Desk::with(Vec::new(), "approval = true").await;
    desk.say(&["run"]).await;
    desk.edit(|text| text.replace("key = \"bob\"", "key = \"bea\""));
    let send = desk.say(&["send", "2026-W47", "--revision", "1"]).await;
    assert_eq!(send.exit, 1, "{}", send.stderr);
    desk.edit(|text| text.replace("key = \"bea\"", "key = \"bob\""));
    assert_eq!(mailed(&desk), ["ada"]);
    (desk, send)
}

#[tokio::test]
async fn a_revision_that_reached_some_goes_to_the_others_by_the_command_that_was_named() {
    let (desk, said) = without_bob().await;
    let command = "send 2026-W47 --report weekly --revision 1`";
    for words in [&said.stdout, &said.stderr] {
        assert!(words.contains(command) && !words.contains("re-emit"), "{words}");
    }
    let status = desk.say(&["status"]).await.stdout;
    assert!(status.contains(command), "{status}");
    let send = ["send", "2026-W47", "--report", "weekly", "--revision", "1"];
    let repaired = desk.say(&send).await;
    assert_eq!(repaired.exit, 0, "{}", repaired.stderr);
    assert!(repaired.stderr.contains("again to bob\n"), "{}", repaired.stderr);
    assert_eq!(mailed(&desk), ["ada", "bob"]);
    assert!(!desk.mails("2026-W47")[1].1.contains("Revised"), "it is the first that Bob gets");

    let again = desk.say(&send).await;
    assert_eq!(again.exit, 2);
    for part in
        ["revision 1 was sent already, to everybody; `", "--deliver` sends it to all of them"]
    {
        assert!(again.stderr.contains(part), "{}", again.stderr);
    }
    assert_eq!(mailed(&desk), ["ada", "bob"]);
    assert_eq!(desk.say(&["verify", "2026-W47"]).await.exit, 0);
    let audit = desk.say(&["audit", "2026-W47"]).await.stdout;
    assert!(audit.contains("bob") && !audit.contains("refused"), "{audit}");
}

#[tokio::test]
async fn a_later_revision_that_went_out_to_all_is_what_run_tells_of() {
    let (desk, _) = without_bob().await;
    let run = desk.say(&["run"]).await;
    assert_eq!(run.exit, 1, "not to everybody: {}", run.stdout);
    assert!(
        run.stdout.contains("though not to everybody; nothing was mailed now"),
        "{}",
        run.stdout
    );
    let emit = ["re-emit", "2026-W47", "--from", "AnalysisGenerated", "--reason", "x", "--deliver"];
    assert_eq!(desk.say(&emit).await.exit, 0);
    assert_eq!(mailed(&desk), ["ada", "ada", "bob"]);

    let run = desk.say(&["run"]).await;
    assert_eq!(run.exit, 0, "{}", run.stdout);
    assert!(run.stdout.contains("weekly 2026-W47 revision 2: sent"), "{}", run.stdout);
    assert!(run.stdout.contains("revision 2 of the report went out before"), "{}", run.stdout);
    assert!(!run.stdout.contains("did not certainly reach"), "that is over: {}", run.stdout);
    let all = desk.say(&["status", "--all", "--json"]).await.json();
    assert!(all.as_array().unwrap().iter().all(|line| line["needs"][0].is_null()), "{all}");
    let late = desk.say(&["send", "2026-W47", "--revision", "1"]).await;
    assert_eq!(late.exit, 2);
    assert!(late.stderr.contains("revision 2 is later and was sent already"), "{}", late.stderr);
    assert_eq!(mailed(&desk), ["ada", "ada", "bob"]);
}

#[tokio::test]
async fn an_outbox_that_takes_nothing_stops_the_run_at_once_and_loses_no_mail() {
    let desk = Desk::with(Vec::new(), "approval = true").await;
    desk.say(&["run"]).await;
    let outbox = desk.data().join("outbox");
    std::fs::create_dir_all(&outbox).unwrap();
    std::fs::write(outbox.join("weekly"), "in the way").unwrap();
    let run = desk.say(&["send", "2026-W47", "--revision", "1"]).await;
    assert_eq!(run.exit, 1, "{}", run.stdout);
    for part in ["has not gone out yet: the outbox cannot store", "make room in the outbox"] {
        assert!(run.stdout.contains(part), "{}", run.stdout);
    }
    let goes_on = "run --report weekly --week 2026-W47`.";
    assert!(run.stderr.contains("to the owner") && run.stderr.contains(goes_on), "{}", run.stderr);
    let send = desk.say(&["send", "2026-W47", "--revision", "1"]).await;
    assert_eq!(send.exit, 1);
    assert!(!send.stderr.contains("sent already"), "nobody got it: {}", send.stderr);

    std::fs::remove_file(outbox.join("weekly")).unwrap();
    let run = desk.say(&["run"]).await;
    assert_eq!(run.exit, 0, "{}", run.stdout);
    assert_eq!(mailed(&desk), ["ada", "bob"]);
}
