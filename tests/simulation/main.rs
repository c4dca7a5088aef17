//! A seeded simulation of the driver: handlers crash between any two calls, messages are doubled,
//! lost and reordered, stores fail before or after their effect, and handlers race. After every
//! step the promises of the chain must hold; after the storm everything must come to its end.

#[cfg(test)]
mod dice;
#[cfg(test)]
mod invariants;
#[cfg(test)]
mod ports;
#[cfg(test)]
mod stages;
#[cfg(test)]
mod storm;

use storm::{Storm, Weather};

/// Runs every seed of a range and names the first that breaks a promise.
#[expect(clippy::print_stderr, reason = "the seed is what makes a failure repeatable")]
fn every_seed(seeds: std::ops::Range<u64>, weather: Weather) {
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| Storm::new(seed, weather).run());
        if let Err(cause) = outcome {
            eprintln!("seed {seed} in {weather:?}");
            std::panic::resume_unwind(cause);
        }
    }
}

/// Debug builds are slow; this many seeds take about a minute in all.
const SEEDS: u64 = 600;

#[test]
fn promises_hold_when_handlers_crash_and_race() {
    every_seed(0..SEEDS, Weather::Crashes);
}

#[test]
fn promises_hold_when_messages_are_doubled_lost_and_reordered() {
    every_seed(10_000..10_000 + SEEDS, Weather::Messages);
}

#[test]
fn promises_hold_when_stores_fail_before_or_after_their_effect() {
    every_seed(20_000..20_000 + SEEDS, Weather::Stores);
}

#[test]
fn promises_hold_when_everything_happens_at_once() {
    every_seed(30_000..30_000 + SEEDS, Weather::Everything);
}

#[test]
fn in_fair_weather_every_recipient_gets_exactly_one_mail() {
    for seed in 40_000..40_200 {
        let storm = Storm::new(seed, Weather::Fair);
        let sent = storm.run_single_week();
        assert_eq!(sent, vec!["rcpt-one".to_owned(), "rcpt-two".to_owned()], "seed {seed}");
    }
}

#[test]
fn promises_hold_when_the_mail_service_comes_and_goes() {
    every_seed(50_000..50_000 + SEEDS / 15, Weather::Outages);
}

#[test]
fn a_mail_service_that_is_away_for_hours_costs_nobody_the_mail_and_mails_nobody_twice() {
    for seed in 60_000..60_006 {
        let sent = Storm::new(seed, Weather::Fair).run_through_an_outage();
        assert_eq!(sent, vec!["rcpt-one".to_owned(), "rcpt-two".to_owned()], "seed {seed}");
    }
}
