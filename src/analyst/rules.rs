//! The deterministic analyst: plain sentences from verdicts and findings, nothing else. It says
//! little on an ordinary week, and nothing that a claim does not hold.

mod actions;
mod gaps;
mod headline;
mod moved;
mod prose;

use async_trait::async_trait;
use weekledger_projections::words::Words;

use super::{Analyst, AnalystError, Brief, Written};

/// Writes by fixed rules; never fails.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules;

/// The words of a week. The same brief gives the same words.
pub fn write(brief: Brief<'_>) -> Words {
    Words {
        headline: headline::headline(brief),
        moved: moved::moved(brief),
        departments: actions::departments(brief),
        hypotheses: Vec::new(),
    }
}

#[async_trait]
impl Analyst for Rules {
    fn provider(&self) -> &'static str {
        "rules"
    }

    async fn write(&self, brief: Brief<'_>) -> Result<Written, AnalystError> {
        Ok(Written { words: write(brief), model: None, exchanges: Vec::new() })
    }
}
