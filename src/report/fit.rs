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

/// The claims of a mail that is not too large. The same input gives the same set.
pub fn fitting(input: ClaimInput<'_>) -> ClaimSet {
    let mut set = claims(input);
    for rows in RowLimits::LADDER {
        set = claims(ClaimInput { rows, ..input });
        let fits = |bytes| bytes + WORDS_BYTES <= HTML_BYTES_MAX;
        if bytes(&set, input).is_none_or(fits) {
            break;
        }
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
