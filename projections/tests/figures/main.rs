//! Figures from observations: history, series, figures, verdicts, restatements, lineage, diffs.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod alerts;
mod attributes;
mod growth;
mod hand_worked;
mod history;
mod incomplete;
mod laws;
mod lineage;
mod mix;
mod restatement;
mod verdicts;
mod world;
