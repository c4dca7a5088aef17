//! The pauses, by hand.

use super::pause;

#[test]
fn pauses_double_from_fifty_milliseconds_up_to_two_seconds() {
    // Spread 0 halves, 255 adds half.
    let millis = |attempt, spread| pause(attempt, spread).as_millis();
    assert_eq!((millis(1, 0), millis(1, 255)), (25, 75));
    assert_eq!((millis(2, 0), millis(2, 255)), (50, 150));
    assert_eq!((millis(4, 0), millis(4, 255)), (200, 600));
    for late in [7, 30, 200] {
        assert_eq!((millis(late, 0), millis(late, 255)), (1_000, 3_000));
    }
}
