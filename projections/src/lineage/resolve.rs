//! From an explanation down to the archived values, and the check that they add up to it.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Serialize;
use weekledger_events::payload::{
    Bucket, ContactRow, DayRow, InputRef, MatchedRule, RowSource, WeekRows,
};
use weekledger_events::{ArtifactRef, Digest, Week};

use super::{Explanation, Part, Term};
use crate::measure::Measure;

/// One value as it stands in an archived response.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Input {
    /// Position of the term that it belongs to.
    pub term: usize,
    pub value: Decimal,
    pub artifact: Digest,
    /// JSON Pointer (RFC 6901).
    pub pointer: String,
    pub week: Week,
    /// `None` for contacts.
    pub day: Option<Date>,
    /// For example "spend of ad set 120 in campaign 12 of act_1".
    pub what: String,
    /// The contact's id; then `pointer` leads to the whole contact, which counts as one.
    pub contact: Option<String>,
    /// The event whose pull received the artifact; `None` for the run's own pull.
    pub event: Option<InputRef>,
    /// Of Meta leads: the action type that the row's leads were taken from.
    pub lead_action: Option<String>,
    /// Of a contact: the rule that put it into its bucket.
    pub matched: Option<MatchedRule>,
}

/// Why an explanation does not agree with the archived rows.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    #[error("the rows {} of {week} are not at hand", .rows.digest)]
    RowsMissing { week: Week, rows: ArtifactRef },
    #[error("{what} in {week} is {expected} in the series, and the rows add up to {found}")]
    PartDiffers { what: String, week: Week, expected: Decimal, found: Decimal },
    #[error("{term} is {expected}, and its parts add up to {found}")]
    TermDiffers { term: String, expected: Decimal, found: Decimal },
    #[error("{id} is {expected}, and its formula gives {}", shown(.found))]
    FigureDiffers { id: String, expected: Decimal, found: Option<Decimal> },
}

impl Explanation {
    /// The row artifacts (`WeekRows`) that `resolve` reads.
    pub fn artifacts(&self) -> BTreeSet<ArtifactRef> {
        let parts = self.terms.iter().flat_map(|term| &term.parts);
        parts.map(|part| part.observed.rows).collect()
    }
}

fn shown(value: &Option<Decimal>) -> String {
    value.map_or_else(|| "no value".to_owned(), |value| value.to_string())
}

/// Every value in the archived responses that an explanation rests on, in the order of the terms.
/// Checks that they add up to the parts, the parts to the terms, and the formula to the figure.
/// `rows` finds the archived rows named by `Explanation::artifacts`. A measure that a row does not
/// hold counts as zero and has no place in the archive, so it is not listed.
pub fn resolve<'r>(
    explanation: &Explanation,
    rows: impl Fn(&ArtifactRef) -> Option<&'r WeekRows>,
) -> Result<Vec<Input>, ResolveError> {
    explanation.check()?;
    let mut inputs = Vec::new();
    for (place, term) in explanation.terms.iter().enumerate() {
        for part in &term.parts {
            let found = rows(&part.observed.rows)
                .ok_or(ResolveError::RowsMissing { week: part.week, rows: part.observed.rows })?;
            inputs.extend(inputs_of(part, place, found)?);
        }
    }
    Ok(inputs)
}

impl Explanation {
    /// Whether the parts add up to the terms, and the formula on the terms gives the figure.
    pub fn check(&self) -> Result<(), ResolveError> {
        self.terms.iter().try_for_each(Term::check)?;
        let Some(value) = self.value else { return Ok(()) };
        let terms: Vec<Decimal> = self.terms.iter().map(|term| term.value).collect();
        let found = self.operation.apply(&terms).ok();
        if found == Some(value) {
            return Ok(());
        }
        Err(ResolveError::FigureDiffers { id: self.id.clone(), expected: value, found })
    }
}

impl Term {
    fn check(&self) -> Result<(), ResolveError> {
        let found = sum(self.parts.iter().map(|part| part.value));
        if found == self.value {
            return Ok(());
        }
        Err(ResolveError::TermDiffers { term: self.name.clone(), expected: self.value, found })
    }
}

/// For a check, where a sum beyond 28 digits differs from any that is expected.
fn sum(values: impl Iterator<Item = Decimal>) -> Decimal {
    values.fold(Decimal::ZERO, Decimal::saturating_add)
}

fn inputs_of(part: &Part, term: usize, rows: &WeekRows) -> Result<Vec<Input>, ResolveError> {
    let what = part.what();
    let found: Vec<(Decimal, Option<Input>)> = if part.measure.is_crm() {
        let contacts = rows.contacts.iter().filter(|contact| part.counts(contact));
        contacts.map(|contact| (Decimal::ONE, Some(part.contact(term, contact)))).collect()
    } else {
        let days = rows.days.iter().filter(|day| part.covers(day));
        days.filter_map(|day| {
            let value = part.measure.of(&day.measures)?;
            Some((value, part.day(term, day, value, &what)))
        })
        .collect()
    };
    let total = sum(found.iter().map(|(value, _)| *value));
    if total != part.value {
        let (week, expected) = (part.week, part.value);
        return Err(ResolveError::PartDiffers { what, week, expected, found: total });
    }
    Ok(found.into_iter().filter_map(|(_, input)| input).collect())
}

impl Part {
    fn what(&self) -> String {
        let mut text = self.measure.as_str().replace('_', " ");
        if let Some(ad_set) = &self.ad_set {
            text.push_str(&format!(" of ad set {ad_set}"));
        }
        if let Some(campaign) = &self.campaign {
            text.push_str(&format!(" of campaign {campaign}"));
        }
        if let Some(account) = &self.account {
            text.push_str(&format!(" of {account}"));
        }
        text
    }

    fn covers(&self, day: &DayRow) -> bool {
        self.account.as_ref() == Some(&day.account)
            && self.campaign.as_ref().is_none_or(|campaign| *campaign == day.campaign)
            && self.ad_set.as_ref().is_none_or(|ad_set| *ad_set == day.ad_set)
            && self.week.contains(day.date)
    }

    fn counts(&self, contact: &ContactRow) -> bool {
        match (&contact.bucket, self.measure) {
            (Bucket::Campaign { account, campaign, ad_set }, Measure::CrmLeads) => {
                self.account.as_ref() == Some(account)
                    && self.campaign.as_ref() == Some(campaign)
                    && self.ad_set == *ad_set
            }
            (Bucket::Unattributed, Measure::CrmUnattributed)
            | (Bucket::Other, Measure::CrmOther)
            | (Bucket::Offline, Measure::CrmOffline) => true,
            _ => false,
        }
    }

    /// `None` if the row does not hold the measure, which then counts as zero.
    fn day(&self, term: usize, day: &DayRow, value: Decimal, what: &str) -> Option<Input> {
        let pointer = day.pointers.get(self.measure.as_str());
        if pointer.is_none() && value.is_zero() {
            return None;
        }
        let RowSource { artifact, pointer: row } = &day.source;
        Some(Input {
            term,
            value,
            artifact: *artifact,
            pointer: pointer.unwrap_or(row).clone(),
            week: self.week,
            day: Some(day.date),
            what: what.to_owned(),
            contact: None,
            event: self.observed.event.clone(),
            lead_action: day.lead_action.clone().filter(|_| self.measure == Measure::MetaLeads),
            matched: None,
        })
    }

    fn contact(&self, term: usize, contact: &ContactRow) -> Input {
        Input {
            term,
            value: Decimal::ONE,
            artifact: contact.source.artifact,
            pointer: contact.source.pointer.clone(),
            week: self.week,
            day: None,
            what: format!("contact {}: {}", contact.contact, self.what()),
            contact: Some(contact.contact.clone()),
            event: self.observed.event.clone(),
            lead_action: None,
            matched: Some(contact.rule),
        }
    }
}
