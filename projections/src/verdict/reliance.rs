//! How much a reader may rely on the alerts of a report, from the committed calibration.

/// By the most series that a row of gates serves: the years in which a report has at most about one
/// false alert, where its rates wander by a fifth and at the leads a week that are worst for it.
pub const YEARS_PER_FALSE_ALERT: [(usize, u32); 6] =
    [(4, 20), (10, 10), (20, 10), (50, 10), (100, 10), (200, 10)];

/// `None` for more series than were measured.
pub fn years_per_false_alert(series: usize) -> Option<u32> {
    let row = YEARS_PER_FALSE_ALERT.iter().find(|(most, _)| series <= *most);
    row.map(|(_, years)| *years)
}
