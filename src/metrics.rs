//! From archived pages to observations: what one pull says about each of its weeks, with the
//! place of every value. Pure: pages, settings and earlier knowledge come in as arguments.

mod account;
mod attribution;
mod contacts;
mod delivery;
mod directory;
mod findings;
mod gaps;
mod grain;
mod knowledge;
mod leads;
mod left_out;
mod measure;
mod membership;
mod observe;
mod pages;
mod reconcile;
mod rollup;
mod silence;
mod soundness;

pub use contacts::crm_week;
pub use gaps::said as said_gap;
pub use knowledge::{EarlierContacts, EarlierWeek, Knowledge};
pub use observe::{ObserveError, ObserveInput, Observed, ObservedWeek, observe};
pub use pages::is_answer;
pub use rollup::ad_set_weeks;
