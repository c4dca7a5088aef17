//! The bucket's rate, by hand.

use std::time::Duration;

use jiff::Timestamp;

use super::Bucket;

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + milliseconds).unwrap()
}

/// When requests start that are wanted at these milliseconds, each after the one before it.
fn starts(wanted: &[i64]) -> Vec<i64> {
    let mut bucket = Bucket::new(4);
    let mut clock = 0;
    wanted
        .iter()
        .map(|at_ms| {
            clock = clock.max(*at_ms);
            clock += i64::try_from(bucket.take(at(clock)).as_millis()).unwrap();
            clock
        })
        .collect()
}

#[test]
fn requests_start_a_quarter_second_apart() {
    assert_eq!(starts(&[0, 0, 0, 0]), [0, 250, 500, 750]);
    assert_eq!(starts(&[0, 100, 700]), [0, 250, 700]);
}

#[test]
fn another_rate_is_another_distance() {
    let mut bucket = Bucket::new(2);
    let waits: Vec<u128> = (0..3).map(|_| bucket.take(at(0)).as_millis()).collect();
    assert_eq!(waits, [0, 500, 1_000]);
}

#[test]
fn no_sliding_second_holds_more_than_five_requests_also_after_a_rest() {
    let wanted = [0, 0, 0, 0, 0, 0, 0, 60_000, 60_000, 60_000, 60_000, 60_000, 60_000, 60_100];
    let starts = starts(&wanted);
    for first in &starts {
        let within = starts.iter().filter(|start| (*first..*first + 1_000).contains(*start));
        assert!(within.count() <= 4, "{starts:?}");
        let closed = starts.iter().filter(|start| (*first..=*first + 1_000).contains(*start));
        assert!(closed.count() <= 5, "{starts:?}");
    }
}

#[test]
fn a_request_after_a_rest_does_not_wait() {
    let mut bucket = Bucket::new(4);
    bucket.take(at(0));
    assert_eq!(bucket.take(at(60_000)), Duration::ZERO);
}
