//! Figures from observations: history, series, figures, verdicts, restatements, lineage, diffs.

mod hand_worked;
mod history;
mod incomplete;
mod laws;
mod lineage;
mod restatement;
mod verdicts;
mod world;
