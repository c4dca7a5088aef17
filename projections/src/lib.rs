//! Pure folds over events: what a week's state is, what may happen next, what the figures are.
//! No I/O, no clock, no randomness: the same events give the same answer.

#[macro_use]
mod named;

pub mod alerts;
pub mod backtest;
pub mod campaign_weeks;
pub mod claim;
pub mod decide;
pub mod diff;
pub mod display;
pub mod due;
pub mod earlier;
pub mod figure;
pub mod figures;
pub mod history;
pub mod judge;
pub mod lineage;
pub mod measure;
pub mod report_view;
pub mod restatement;
pub mod series;
pub mod sightings;
pub mod supporting;
pub mod verdict;
pub mod week_state;
pub mod words;
