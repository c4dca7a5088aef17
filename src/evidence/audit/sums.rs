//! From an explanation to the values in the pages: resolves, looks them up and adds them up anew.

use rust_decimal::Decimal;
use weekledger_events::Digest;
use weekledger_events::payload::WeekRows;
use weekledger_projections::lineage::{Explanation, Input, resolve};

use super::{AuditInput, AuditTerm, Auditor, Checked, FigureAudit, Subjected, rules};
use crate::evidence::EvidenceError;
use crate::evidence::page::{Found, Place, says};
use crate::evidence::trail::PROMISE;
use crate::stages::read_evidence;
use weekledger_events::ArtifactRef;

/// A value to be looked up in a page.
pub(super) struct Lookup {
    pub place: Place,
    pub pointer: String,
    pub expected: Expected,
}

/// What a page has to hold.
pub(super) enum Expected {
    Number(Decimal),
    /// A contact of this id.
    Contact(String),
    /// An object or list: a row, or the whole page.
    Structure,
}

/// Where a contact's id may stand below it.
const CONTACT_IDS: [&str; 2] = ["id", "properties/hs_object_id"];

impl Auditor<'_> {
    /// Resolves the explanation and checks every step of it.
    pub(super) async fn add_up(
        &mut self,
        subjected: Subjected,
    ) -> Result<FigureAudit, EvidenceError> {
        let Subjected { id, claim, kind, value, display, explanation, mut troubles } = subjected;
        for artifact in explanation.artifacts() {
            self.read_rows(&artifact).await?;
        }
        let resolved = resolve(&explanation, |rows| self.rows.get(&rows.digest));
        let inputs = resolved.unwrap_or_else(|error| {
            troubles.push(error.to_string());
            Vec::new()
        });
        let recomputed = recompute(&explanation, &inputs);
        if explanation.value.is_some() && recomputed != explanation.value {
            troubles.push("the values do not add up to the figure".to_owned());
        }
        let inputs = self.look_up_all(&explanation, inputs).await?;
        let terms = explanation.terms.iter().map(|term| AuditTerm {
            name: term.name.clone(),
            window: term.window,
            value: term.value,
        });
        let rules = self.rules(&explanation).await;
        let answer = FigureAudit {
            rules,
            formula: explanation.formula.clone(),
            value,
            display,
            note: explanation.note.clone(),
            terms: terms.collect(),
            judged_on: explanation.judged_on.clone(),
            inputs,
            recomputed: recomputed.filter(|_| explanation.value.is_some()),
            ..self.answer(&id, claim, kind)
        };
        Ok(judged(answer, troubles))
    }

    pub(super) async fn read_rows(
        &mut self,
        artifact: &ArtifactRef,
    ) -> Result<&WeekRows, EvidenceError> {
        let digest: Digest = artifact.digest;
        if !self.rows.contains_key(&digest) {
            let bytes = read_evidence(self.store.archive(), artifact).await?;
            let shape = |source| EvidenceError::Shape { what: "rows", source };
            let rows = serde_json::from_slice(&bytes).map_err(shape)?;
            self.rows.insert(digest, rows);
        }
        Ok(&self.rows[&digest])
    }

    async fn look_up_all(
        &mut self,
        explanation: &Explanation,
        inputs: Vec<Input>,
    ) -> Result<Vec<AuditInput>, EvidenceError> {
        let own = self.base.stream;
        let lookups = inputs.iter().map(|input| Lookup {
            place: Place::new(own, input.event.as_ref(), input.artifact),
            pointer: input.pointer.clone(),
            expected: match &input.contact {
                Some(id) => Expected::Contact(id.clone()),
                None => Expected::Number(input.value),
            },
        });
        let lookups: Vec<Lookup> = lookups.collect();
        let checked = self.look_up(&lookups).await?;
        let role = |input: &Input| explanation.terms.get(input.term).map(|term| term.name.clone());
        let lines =
            inputs.into_iter().zip(lookups).zip(checked).map(|((input, lookup), checked)| {
                AuditInput {
                    role: role(&input).unwrap_or_default(),
                    rule: rules::of_input(&input),
                    week: input.week,
                    day: input.day,
                    subject: input.what,
                    value: Some(input.value),
                    artifact: input.artifact,
                    pointer: input.pointer,
                    object: self.pages.name(&lookup.place).map(ToString::to_string),
                    checked,
                }
            });
        Ok(lines.collect())
    }

    /// Looks into the pages, each read once.
    pub(super) async fn look_up(
        &mut self,
        lookups: &[Lookup],
    ) -> Result<Vec<Checked>, EvidenceError> {
        let wanted = lookups.iter().flat_map(|lookup| {
            let pointers = match &lookup.expected {
                Expected::Contact(_) => contact_pointers(&lookup.pointer),
                _ => vec![lookup.pointer.clone()],
            };
            pointers.into_iter().map(|pointer| (lookup.place.clone(), pointer))
        });
        self.pages.prepare(self.store, wanted).await?;
        Ok(lookups.iter().map(|lookup| self.check(lookup)).collect())
    }

    fn check(&self, Lookup { place, pointer, expected }: &Lookup) -> Checked {
        let found = |pointer: &str| self.pages.found(place, pointer).clone();
        match expected {
            Expected::Number(value) => checked(&found(pointer), |text| says(text, *value)),
            Expected::Structure => match found(pointer) {
                Found::Structure => Checked::Holds,
                Found::Expired => Checked::Expired,
                _ => Checked::Differs,
            },
            Expected::Contact(id) => {
                let pointers = contact_pointers(pointer);
                let ids: Vec<Checked> = pointers
                    .iter()
                    .map(|pointer| checked(&found(pointer), |text| text == id))
                    .collect();
                let has = |wanted| ids.contains(&wanted);
                if has(Checked::Holds) {
                    Checked::Holds
                } else if has(Checked::Expired) {
                    Checked::Expired
                } else {
                    Checked::Differs
                }
            }
        }
    }
}

fn contact_pointers(contact: &str) -> Vec<String> {
    CONTACT_IDS.iter().map(|id| format!("{contact}/{id}")).collect()
}

fn checked(found: &Found, is_right: impl Fn(&str) -> bool) -> Checked {
    match found {
        Found::Text(text) if is_right(text) => Checked::Holds,
        Found::Expired => Checked::Expired,
        _ => Checked::Differs,
    }
}

/// The formula over sums of the inputs.
fn recompute(explanation: &Explanation, inputs: &[Input]) -> Option<Decimal> {
    let mut sums = vec![Decimal::ZERO; explanation.terms.len()];
    for input in inputs {
        if let Some(sum) = sums.get_mut(input.term) {
            *sum = sum.checked_add(input.value)?;
        }
    }
    explanation.operation.apply(&sums).ok()
}

/// Adds the verdict.
pub(super) fn judged(mut answer: FigureAudit, mut troubles: Vec<String>) -> FigureAudit {
    let count = |wanted| answer.inputs.iter().filter(|input| input.checked == wanted).count();
    let (differ, expired) = (count(Checked::Differs), count(Checked::Expired));
    if differ > 0 {
        troubles.push(format!("{differ} values do not stand in the archived pages"));
    }
    answer.agrees = troubles.is_empty();
    answer.verdict = if !troubles.is_empty() {
        format!("DIFFERS: {}", troubles.join("; "))
    } else if answer.inputs.is_empty() {
        "agrees; no page holds a value for it".to_owned()
    } else if expired > 0 {
        format!(
            "agrees row by row; {expired} of {} values stand on pages that have expired. Evidence \
             reaches {PROMISE}",
            answer.inputs.len()
        )
    } else {
        format!("agrees; all {} values stand in the archived pages", answer.inputs.len())
    };
    answer
}
