//! Sources that are in trouble for a while: what is waited for, for how long, who is told, and that
//! the printed command goes on once the trouble has passed.

use weekledger::simulator::{Effect, Fault, Times};

use crate::desk::{Desk, Said};

/// One pass of `watch` at a time of that Monday, in UTC; Vienna is an hour ahead.
async fn watch(desk: &Desk, time: &str) -> Said {
    desk.say_at(&format!("2026-11-23T{time}:00Z"), &["watch"]).await
}

fn told(said: &Said) -> usize {
    said.stderr.matches("to the owner: weekly/2026-W47").count()
}

#[tokio::test]
async fn one_account_that_is_limited_for_hours_does_not_delay_the_report() {
    let desk = Desk::new().await;
    let limited = desk.accounts().pop().unwrap();
    desk.break_with(vec![Fault::meta_rate_limited(Times::Always, 240).only(&limited)]);
    let five = watch(&desk, "04:00").await;
    assert_eq!(told(&five), 1, "{}", five.stderr);
    assert!(five.stderr.contains("made without some data"), "{}", five.stderr);
    assert!(five.stderr.contains("re-emit 2026-W47 --report weekly --from RunRequested"));
    assert!(desk.mails("2026-W47").is_empty());
    let seven = watch(&desk, "06:00").await;
    assert_eq!(desk.mails("2026-W47").len(), 2, "{}", seven.stderr);
}

#[tokio::test]
async fn the_owner_is_told_once_that_a_report_is_late_and_it_goes_out_when_it_can() {
    let desk = Desk::new().await;
    desk.break_with(vec![Fault::meta_rate_limited(Times::Always, 50)]);
    let mut tellings = Vec::new();
    for hour in 4..10 {
        for minute in [0, 25, 50] {
            let time = format!("{hour:02}:{minute:02}");
            let said = watch(&desk, &time).await;
            tellings.extend((told(&said) > 0).then_some((time, said.stderr)));
        }
    }
    assert_eq!(tellings.len(), 1, "{tellings:?}");
    let (time, said) = &tellings[0];
    assert_eq!(time, "06:25", "20 minutes after 07:00 in Vienna");
    for part in ["was to be sent at", "cannot be made yet: No ad account", "watch goes on trying"] {
        assert!(said.contains(part), "{said}");
    }
    desk.break_with(Vec::new());
    watch(&desk, "11:00").await;
    assert_eq!(desk.mails("2026-W47").len(), 2);
}

#[tokio::test]
async fn the_command_that_a_failed_run_prints_goes_on_once_the_cause_has_passed() {
    let desk = Desk::new().await;
    desk.break_with(vec![Fault::at_meta("/insights level=adset", Times::Always, Effect::Endless)]);
    let failed = desk.say(&["run", "--json"]).await.json();
    assert_eq!(failed["outcome"], "failed", "{failed}");
    let action = failed["action"].as_str().unwrap();
    let command = action.split("`weekledger ").nth(1).unwrap().split('`').next().unwrap();
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(words[0], "run", "{action}");
    desk.break_with(Vec::new());
    let sent = desk.say(&[&words[..], &["--json"]].concat()).await;
    assert_eq!(sent.json()["outcome"], "sent", "{}", sent.stderr);
}

#[tokio::test]
async fn some_minutes_of_trouble_at_five_cost_no_figures() {
    let desk = Desk::new().await;
    let account = desk.accounts().pop().unwrap();
    desk.break_with(vec![
        Fault::hubspot_transient(Times::Always),
        Fault::meta_transient(Times::Always).only(&account),
    ]);
    watch(&desk, "04:00").await;
    desk.break_with(Vec::new());
    for time in ["04:10", "04:20", "06:00"] {
        assert_eq!(told(&watch(&desk, time).await), 0, "{time}");
    }
    assert_eq!(desk.mails("2026-W47").len(), 2);
    let status = desk.say_at("2026-11-23T06:05:00Z", &["status", "--json"]).await.json();
    assert_eq!(status[0]["complete"], true, "{status}");
}
