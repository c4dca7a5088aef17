//! How many rows a mail has: as many as fit its size. What is left out is counted in the mail and
//! stands in the figures, so a report of many currencies loses its smallest rows and nothing else.

use weekledger_events::payload::Analyst;
use weekledger_projections::claim::{ClaimInput, ClaimSet, RowLimits, claims};
use weekledger_projections::report_view::{ViewInput, view};
use weekledger_projections::words::Words;

use super::render::render;

/// Mail programs clip a mail at about 102 KB, with what they add themselves.
pub const HTML_BYTES_MAX: usize = 60_000;

/// So large a mail of many currencies may be before it loses most of its campaigns.
const HTML_BYTES_OF_MANY: usize = 75_000;

/// Fewer campaigns than these tell little of where the money went.
const CAMPAIGNS_MIN: usize = 3;

/// What is kept free for the words, which are written afterwards and about these very rows.
const WORDS_BYTES: usize = 2_500;

/// The claims of a mail that is not too large. The same input gives the same set. Where totals and
/// accounts of many currencies fill the mail, it may be larger before most campaigns are lost; where
/// the rows of the accounts alone are too many, it is larger still, since each of them is needed.
pub fn fitting(input: ClaimInput<'_>) -> ClaimSet {
    let few = |rows: &RowLimits| rows.campaigns < CAMPAIGNS_MIN;
    let many = RowLimits::LADDER.into_iter().filter(|rows| !few(rows));
    let of_currencies = RowLimits::LADDER.into_iter().filter(|rows| rows.ad_sets == 0);
    let tries = many
        .map(|rows| (rows, HTML_BYTES_MAX))
        .chain(of_currencies.map(|rows| (rows, HTML_BYTES_OF_MANY)));
    let mut set = claims(input);
    for (rows, bytes_max) in tries {
        set = claims(ClaimInput { rows, ..input });
        if bytes(&set, input).is_none_or(|bytes| bytes + WORDS_BYTES <= bytes_max) {
            return set;
        }
    }
    tracing::warn!(
        report = %input.report, week = %input.week,
        "the mail is larger than {HTML_BYTES_OF_MANY} bytes with rows for accounts alone; mail \
         programs may clip it: split the report"
    );
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
