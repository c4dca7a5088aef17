//! How messages are cut into requests, and what answers mean.

use aws_sdk_eventbridge::types::PutEventsResultEntry;

use super::{BYTES_MAX, Judged, Parts, SOURCE, Waiting, batches, judge};

/// Entries of these sizes in bytes.
fn waiting(sizes: &[usize]) -> Vec<Waiting> {
    let one = |(index, size): (usize, &usize)| {
        let detail_type = "RawFetched";
        let detail = "x".repeat(size - SOURCE.len() - detail_type.len());
        Waiting { index, parts: Parts { detail_type, detail }, refusal: String::new() }
    };
    sizes.iter().enumerate().map(one).collect()
}

fn cut(sizes: &[usize]) -> Vec<Vec<usize>> {
    let indices = |batch: Vec<Waiting>| batch.iter().map(|waiting| waiting.index).collect();
    batches(waiting(sizes)).into_iter().map(indices).collect()
}

#[test]
fn a_request_holds_at_most_ten_entries() {
    assert_eq!(cut(&[]), Vec::<Vec<usize>>::new());
    assert_eq!(cut(&[100; 10]), [(0..10).collect::<Vec<_>>()]);
    assert_eq!(cut(&[100; 11]), [(0..10).collect::<Vec<_>>(), vec![10]]);
}

#[test]
fn a_request_holds_at_most_256_kib() {
    let half = BYTES_MAX / 2;
    assert_eq!(cut(&[half, half, 100]), [vec![0, 1], vec![2]]);
    assert_eq!(cut(&[half, half + 1, 100]), [vec![0], vec![1, 2]]);
    assert_eq!(cut(&[BYTES_MAX, BYTES_MAX]), [vec![0], vec![1]]);
}

#[test]
fn only_throttling_and_internal_failures_are_worth_another_attempt() {
    let answer = |code: &str| {
        Some(PutEventsResultEntry::builder().error_code(code).error_message("words").build())
    };
    for code in ["ThrottlingException", "InternalFailure", "InternalException"] {
        assert!(matches!(judge(answer(code)), Judged::Later(_)), "{code}");
    }
    for code in ["NotAuthorizedForSource", "MalformedDetail", "InvalidArgument"] {
        let Judged::Refused(why) = judge(answer(code)) else { panic!("{code}") };
        assert_eq!(why, format!("EventBridge answered {code}: words"));
    }
    assert!(matches!(judge(None), Judged::Later(_)));
    let taken = PutEventsResultEntry::builder().event_id("e-1").build();
    assert!(matches!(judge(Some(taken)), Judged::Taken));
}
