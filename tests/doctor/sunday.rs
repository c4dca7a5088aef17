//! On the day before a report, `watch` looks and tells the owner: once.

use weekledger::simulator::{Effect, Fault, Times, switch_named};

use crate::desk::{Desk, SUNDAY};

const AT_RISK: &str = "to the owner: weekly/2026-W47: the next report is at risk";

#[tokio::test]
async fn the_owner_hears_on_sunday_and_once() {
    let desk = Desk::new(vec![switch_named("meta-account-gone").unwrap().fault()], "").await;
    let early = desk.say("2026-11-22T07:30:00Z", &["watch"]).await;
    assert!(!early.stderr.contains(AT_RISK), "nobody is woken: {}", early.stderr);
    let first = desk.say(SUNDAY, &["watch"]).await;
    assert!(first.stderr.contains(AT_RISK), "{}", first.stderr);
    assert!(first.stderr.contains("Residenz Parkring"), "{}", first.stderr);
    assert!(first.stderr.contains("what to do: Compare meta_account"), "{}", first.stderr);
    let second = desk.say("2026-11-22T09:05:00Z", &["watch"]).await;
    assert!(!second.stderr.contains(AT_RISK), "{}", second.stderr);
    // The record of it belongs to the evidence and disturbs none of it.
    let verified = desk.say(SUNDAY, &["verify"]).await;
    assert_eq!(verified.exit, 0, "{verified:?}");
}

#[tokio::test]
async fn on_other_days_nothing_is_looked_at() {
    let desk = Desk::new(vec![switch_named("meta-account-gone").unwrap().fault()], "").await;
    for day in ["2026-11-21T09:00:00Z", "2026-11-23T09:00:00Z"] {
        let said = desk.say(day, &["watch"]).await;
        assert!(!said.stderr.contains("the next report is at risk"), "{}", said.stderr);
    }
}

#[tokio::test]
async fn trouble_that_may_pass_is_looked_at_again_until_the_evening() {
    let unavailable = || Fault::at_meta("debug_token", Times::Always, Effect::Reset);
    let desk = Desk::new(vec![unavailable()], "").await;
    let first = desk.say(SUNDAY, &["watch"]).await;
    assert!(!first.stderr.contains("before the next report"), "{}", first.stderr);
    let evening = desk.say("2026-11-22T17:00:00Z", &["watch"]).await;
    assert!(
        evening
            .stderr
            .contains("before the next report: Meta: It cannot be seen whose the token is"),
        "{}",
        evening.stderr
    );

    let desk = Desk::new(vec![unavailable()], "").await;
    desk.say(SUNDAY, &["watch"]).await;
    desk.running.set_faults(Vec::new());
    desk.say("2026-11-22T09:10:00Z", &["watch"]).await;
    let evening = desk.say("2026-11-22T17:00:00Z", &["watch"]).await;
    assert!(!evening.stderr.contains("next report"), "it has passed: {}", evening.stderr);
}
