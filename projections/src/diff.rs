//! Two lists of figures, figure by figure.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::figure::Figure;

/// What differs between two lists of figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Diff {
    /// In the order of the newer list.
    pub changed: Vec<Changed>,
    pub added: Vec<Figure>,
    /// In the order of the older list.
    pub removed: Vec<Figure>,
}

/// A figure that both lists have, not alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    pub before: Figure,
    pub after: Figure,
}

impl Diff {
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.added.is_empty() && self.removed.is_empty()
    }
}

/// Compares two lists by figure id. Everything counts: value, words, verdict, name.
pub fn diff(before: &[Figure], after: &[Figure]) -> Diff {
    let index = |figures: &'_ [Figure]| -> BTreeMap<String, usize> {
        figures.iter().enumerate().map(|(n, figure)| (figure.id.clone(), n)).collect()
    };
    let (old, new) = (index(before), index(after));
    let mut diff = Diff::default();
    for figure in after {
        match old.get(&figure.id).and_then(|n| before.get(*n)) {
            None => diff.added.push(figure.clone()),
            Some(earlier) if earlier != figure => {
                diff.changed.push(Changed { before: earlier.clone(), after: figure.clone() });
            }
            Some(_) => {}
        }
    }
    diff.removed = before.iter().filter(|figure| !new.contains_key(&figure.id)).cloned().collect();
    diff
}

#[cfg(test)]
mod tests;
