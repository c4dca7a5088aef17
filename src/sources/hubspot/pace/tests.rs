//! The bucket's rate, by hand.

use std::time::Duration;

use jiff::Timestamp;

use super::Bucket;

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + milliseconds).unwrap()
}

#[test]
fn four_requests_go_at_once_and_the_fifth_waits_a_quarter_second() {
    let mut bucket = Bucket::default();
    for _ in 0..4 {
        assert_eq!(bucket.take(at(0)), Duration::ZERO);
    }
    assert_eq!(bucket.take(at(0)), Duration::from_millis(250));
    assert_eq!(bucket.take(at(250)), Duration::from_millis(250));
}

#[test]
fn after_a_second_of_rest_the_reserve_is_back_and_no_larger() {
    let mut bucket = Bucket::default();
    for _ in 0..4 {
        bucket.take(at(0));
    }
    for _ in 0..4 {
        assert_eq!(bucket.take(at(60_000)), Duration::ZERO);
    }
    assert_eq!(bucket.take(at(60_000)), Duration::from_millis(250));
}
