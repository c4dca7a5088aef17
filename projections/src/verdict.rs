//! Verdicts: whether a series moved out of its ordinary range, by rules whose rate of false alarms is
//! known. `verdict/calibration.md` says how they were measured.

pub mod arrived;
pub mod baseline;
pub mod conditional;
pub mod detectable;
pub mod direction;
pub mod gates;
pub mod life;
pub mod number;
pub mod reliance;
pub mod signal;
