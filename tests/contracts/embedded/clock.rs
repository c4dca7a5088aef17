//! What the clocks promise beyond the contract.

use std::time::Duration;

use jiff::Timestamp;
use weekledger::embedded::SetClock;
use weekledger::ports::Clock;

use crate::place::run;

#[test]
fn a_set_clock_stands_still_and_passes_exactly_by_sleeping() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let clock = SetClock::new(at("2026-11-23T05:00:00Z"));
    assert_eq!(clock.now(), at("2026-11-23T05:00:00Z"));
    run(clock.sleep(Duration::from_secs(7_200)));
    assert_eq!(clock.now(), at("2026-11-23T07:00:00Z"));
    clock.set(at("2026-11-30T05:00:00Z"));
    assert_eq!(clock.now(), at("2026-11-30T05:00:00Z"));
}

#[test]
fn a_set_clock_ends_where_time_does() {
    let clock = SetClock::new(Timestamp::MAX);
    run(clock.sleep(Duration::MAX));
    assert_eq!(clock.now(), Timestamp::MAX);
}
