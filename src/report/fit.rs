//! How many rows a mail has: as many as fit its size. What is left out is counted in the mail and
//! stands in the figures, so a report of many currencies loses its smallest rows and nothing else.

use weekledger_events::payload::Analyst;
use weekledger_projections::claim::{ClaimInput, ClaimSet, RowLimits, claims};
use weekledger_projections::report_view::{ViewInput, view};
use weekledger_projections::words::Words;

use super::render::render;

/// Mail programs clip a mail at about 102 KB, with what they add themselves.
pub const HTML_BYTES_MAX: usize = 60_000;

/// What is kept free for the words, which are written afterwards and about these very rows.
const WORDS_BYTES: usize = 2_500;

/// The claims of a mail that is not too large. The same input gives the same set. Where the rows of
/// the accounts alone are too many, the mail is larger, since each of them is needed.
pub fn fitting(input: ClaimInput<'_>) -> ClaimSet {
    let mut set = claims(input);
    let mut too_large = None;
    for rows in RowLimits::LADDER {
        set = claims(ClaimInput { rows, ..input });
        too_large = bytes(&set, input).filter(|bytes| bytes + WORDS_BYTES > HTML_BYTES_MAX);
        if too_large.is_none() {
            break;
        }
    }
    if let Some(bytes) = too_large {
        tracing::warn!(
            report = %input.report, week = %input.week, bytes,
            "the mail is larger than {HTML_BYTES_MAX} bytes with rows for accounts alone; mail \
             programs may clip it: split the report"
        );
    }
    set
}

/// The size of the mail without words; `None` if it cannot be rendered, which others report.
fn bytes(set: &ClaimSet, input: ClaimInput<'_>) -> Option<usize> {
    let analyst = Analyst { provider: "rules".to_owned(), model: None, fallback: None };
    let mail = render(&view(ViewInput {
        report: input.report,
        week: input.week,
        metrics: input.metrics,
        claims: set,
        words: &Words::default(),
        analyst: &analyst,
        revised: false,
    }));
    mail.ok().map(|mail| mail.html.len())
}
