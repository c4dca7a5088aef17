//! What every clock promises: time that does not go back, and sleeps that last.

use std::time::Duration;

use weekledger::ports::Clock;

use crate::place::Place;

/// A place for a clock.
pub trait ClockPlace: Place<Port = dyn Clock> {}
impl<P: Place<Port = dyn Clock>> ClockPlace for P {}

/// Makes the tests of one adapter; `$place` is evaluated once a test.
macro_rules! clock_contract {
    ($place:expr) => {
        cases! { clock, $place;
            time_does_not_go_back
            a_sleep_lasts_at_least_as_long_as_it_says
            a_sleep_of_nothing_returns
        }
    };
}

pub async fn time_does_not_go_back(place: &impl ClockPlace) {
    let clock = place.open().await;
    let times: Vec<_> = (0..1_000).map(|_| clock.now()).collect();
    assert!(times.is_sorted());
}

pub async fn a_sleep_lasts_at_least_as_long_as_it_says(place: &impl ClockPlace) {
    let clock = place.open().await;
    let before = clock.now();
    clock.sleep(Duration::from_millis(30)).await;
    assert!(clock.now().duration_since(before) >= Duration::from_millis(30).try_into().unwrap());
}

pub async fn a_sleep_of_nothing_returns(place: &impl ClockPlace) {
    let clock = place.open().await;
    let before = clock.now();
    clock.sleep(Duration::ZERO).await;
    assert!(clock.now() >= before);
}
