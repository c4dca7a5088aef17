//! The line as CloudWatch's specification wants it, by hand.

use serde_json::json;

use super::{Metrics, namespace};

#[test]
fn a_line_defines_each_metric_for_its_stage_and_over_all() {
    let metrics = Metrics::of("watch").count("Overdue", 0).milliseconds("Duration", 12);
    let line = metrics.line(&namespace(Some("hotels")), 1_000);
    let expected = json!({
        "_aws": {
            "Timestamp": 1_000,
            "CloudWatchMetrics": [{
                "Namespace": "Weekledger/hotels",
                "Dimensions": [["Stage"], []],
                "Metrics": [
                    { "Name": "Overdue", "Unit": "Count" },
                    { "Name": "Duration", "Unit": "Milliseconds" },
                ],
            }],
        },
        "Stage": "watch",
        "Overdue": 0,
        "Duration": 12,
    });
    assert_eq!(line, expected);
}
