//! The smallest changes that the rules find, from the committed calibration.

/// What is found with 80 % probability within eight weeks, at a mean count a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detectable {
    /// Counts a week, at least.
    pub mean: u32,
    /// A fall of the rate by so many percent; `None` if not even a fall to nothing is found.
    pub fall: Option<u32>,
    /// A rise by so many percent; `None` if not even a quadrupling is found.
    pub rise: Option<u32>,
}

const fn row(mean: u32, fall: Option<u32>, rise: Option<u32>) -> Detectable {
    Detectable { mean, fall, rise }
}

/// By the number of series that a row of gates serves, and the mean.
pub const DETECTABLE: [(usize, [Detectable; 12]); 6] = [
    (
        4,
        [
            row(2, None, Some(235)),
            row(3, Some(95), Some(180)),
            row(5, Some(80), Some(140)),
            row(8, Some(65), Some(105)),
            row(10, Some(60), Some(100)),
            row(15, Some(55), Some(90)),
            row(20, Some(55), Some(90)),
            row(30, Some(50), Some(85)),
            row(50, Some(45), Some(85)),
            row(100, Some(45), Some(85)),
            row(200, Some(45), Some(85)),
            row(500, Some(45), Some(85)),
        ],
    ),
    (
        10,
        [
            row(2, None, Some(250)),
            row(3, Some(95), Some(195)),
            row(5, Some(85), Some(150)),
            row(8, Some(70), Some(115)),
            row(10, Some(65), Some(105)),
            row(15, Some(60), Some(95)),
            row(20, Some(55), Some(95)),
            row(30, Some(50), Some(90)),
            row(50, Some(50), Some(90)),
            row(100, Some(50), Some(85)),
            row(200, Some(45), Some(85)),
            row(500, Some(45), Some(85)),
        ],
    ),
    (
        20,
        [
            row(2, None, Some(265)),
            row(3, Some(100), Some(205)),
            row(5, Some(85), Some(155)),
            row(8, Some(75), Some(120)),
            row(10, Some(70), Some(110)),
            row(15, Some(60), Some(105)),
            row(20, Some(60), Some(100)),
            row(30, Some(55), Some(95)),
            row(50, Some(50), Some(95)),
            row(100, Some(50), Some(95)),
            row(200, Some(50), Some(95)),
            row(500, Some(50), Some(95)),
        ],
    ),
    (
        50,
        [
            row(2, None, Some(290)),
            row(3, None, Some(220)),
            row(5, Some(90), Some(165)),
            row(8, Some(75), Some(130)),
            row(10, Some(70), Some(120)),
            row(15, Some(65), Some(115)),
            row(20, Some(60), Some(110)),
            row(30, Some(60), Some(105)),
            row(50, Some(55), Some(105)),
            row(100, Some(55), Some(105)),
            row(200, Some(55), Some(105)),
            row(500, Some(55), Some(105)),
        ],
    ),
    (
        100,
        [
            row(2, None, Some(300)),
            row(3, None, Some(235)),
            row(5, Some(95), Some(170)),
            row(8, Some(80), Some(135)),
            row(10, Some(75), Some(130)),
            row(15, Some(70), Some(120)),
            row(20, Some(65), Some(115)),
            row(30, Some(60), Some(115)),
            row(50, Some(55), Some(115)),
            row(100, Some(55), Some(110)),
            row(200, Some(55), Some(110)),
            row(500, Some(55), Some(110)),
        ],
    ),
    (
        200,
        [
            row(2, None, None),
            row(3, None, Some(245)),
            row(5, Some(95), Some(185)),
            row(8, Some(85), Some(145)),
            row(10, Some(80), Some(135)),
            row(15, Some(70), Some(130)),
            row(20, Some(65), Some(125)),
            row(30, Some(60), Some(125)),
            row(50, Some(60), Some(120)),
            row(100, Some(60), Some(120)),
            row(200, Some(55), Some(120)),
            row(500, Some(55), Some(120)),
        ],
    ),
];

/// What is found in a report of so many alerting series at a mean count a week; `None` below the
/// table: nothing.
pub fn detectable(series: usize, mean: f64) -> Option<Detectable> {
    let found = DETECTABLE.iter().find(|(most, _)| series <= *most).or(DETECTABLE.last());
    let (_, rows) = found?;
    rows.iter().rev().find(|row| f64::from(row.mean) <= mean).copied()
}
