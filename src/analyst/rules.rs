//! The deterministic analyst: plain sentences from verdicts and findings, nothing else. It says
//! little on an ordinary week, and nothing that a claim does not hold.

mod actions;
mod gaps;
mod headline;
mod moved;
mod prose;

pub use actions::of_findings;

use weekledger_projections::words::Words;

use super::{Brief, verifier};

/// Words that pass the verifier, and what it had to refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub words: Words,
    pub refused: Vec<String>,
}

/// The words of a week, less the sentences that the verifier refuses: nobody is left who could
/// write them anew, and what it refuses is not said. The same brief gives the same words.
pub fn checked(brief: Brief<'_>) -> Checked {
    let (words, refused) = verifier::passing(write(brief), brief.claims, brief.findings);
    Checked { words, refused: refused.iter().map(ToString::to_string).collect() }
}

/// The words of a week. The same brief gives the same words.
pub fn write(brief: Brief<'_>) -> Words {
    Words {
        headline: headline::headline(brief),
        moved: moved::moved(brief),
        departments: actions::departments(brief),
        hypotheses: Vec::new(),
    }
}
