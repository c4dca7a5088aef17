//! Pure folds over events: what a week's state is, what may happen next, what the figures are.
//! No I/O, no clock, no randomness: the same events give the same answer.

pub mod figure;

pub mod decide;
pub mod due;
pub mod week_state;
