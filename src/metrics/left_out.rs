//! Which rows were left out, by listing, account and week: sums without them prove nothing.

use std::collections::BTreeSet;

use weekledger_events::payload::PageKind;
use weekledger_events::{AccountId, Week};

#[derive(Default)]
pub(super) struct LeftOut {
    /// `None` where the row's day cannot be read: it may belong to any week.
    places: BTreeSet<(PageKind, AccountId, Option<Week>)>,
}

impl LeftOut {
    pub(super) fn add(&mut self, kind: PageKind, account: &AccountId, week: Option<Week>) {
        self.places.insert((kind, account.clone(), week));
    }

    pub(super) fn any(&self, kind: PageKind, account: &AccountId, week: Week) -> bool {
        let place = |week| (kind, account.clone(), week);
        self.places.contains(&place(Some(week))) || self.places.contains(&place(None))
    }
}
