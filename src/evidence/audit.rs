//! The audit of one figure: its formula, every value that contributes with the place where it
//! stands in an archived page, and whether all of that agrees with what the ledger holds.

mod claims;
mod close;
mod findings;
mod rules;
mod sums;

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use weekledger_events::payload::WeekRows;
use weekledger_events::{Digest, Finding, ReportId, Revision, StreamId, Week};
use weekledger_projections::claim::{Claim, ClaimId, ClaimKind, ClaimSet};
use weekledger_projections::figure::{Figure, Window};
use weekledger_projections::figures::Subject;
use weekledger_projections::lineage::{ExplainError, Explainer, Explanation, JudgedOn};
use weekledger_projections::series::Series;
use weekledger_projections::supporting::{FigureSet, SupportingFigure, WeekFigure};

pub use self::rules::{AuditRule, RuleName};
use super::page::PageReader;
use super::revision::{Computed, analysed, computed, figures, settings, subject};
use super::{EvidenceError, Store};
use crate::chain::Loaded;
use crate::config::RunSettings;
use crate::stages::read_evidence;

/// A figure, its formula and everything that contributes to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureAudit {
    /// A figure's id, or what else the number is the number of.
    pub figure: String,
    /// Where the mail shows it.
    pub claim: Option<ClaimId>,
    pub kind: Kind,
    pub report: ReportId,
    pub week: Week,
    pub revision: Revision,
    /// In words and symbols.
    pub formula: String,
    /// Exact, as the ledger holds it; `None` where there is no such figure.
    pub value: Option<Decimal>,
    /// The value rounded once, or the words for its absence.
    pub display: String,
    pub note: Option<String>,
    pub terms: Vec<AuditTerm>,
    /// Of a cost: what its verdict rests on, if not on all spend over all leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged_on: Option<JudgedOn>,
    /// The configured rules that decided what counts as a lead; empty where none did.
    pub rules: Vec<AuditRule>,
    pub inputs: Vec<AuditInput>,
    /// The formula over the inputs, computed anew; `None` where there is nothing to compute.
    pub recomputed: Option<Decimal>,
    /// Whether everything that could be looked at agrees.
    pub agrees: bool,
    /// The same in a sentence.
    pub verdict: String,
}

/// What kind of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Figure,
    /// A number that stands beside a figure.
    Supporting,
    /// An end of the range in which ordinary changes lie.
    Usual,
    Trend,
    Restatement,
    /// A number within a finding's sentence.
    Finding,
    /// How many rows a table leaves out.
    Count,
    /// What the rules say of all weeks of the series; `weekledger backtest` lists them.
    Backtest,
}

/// A sum that the formula uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditTerm {
    pub name: String,
    pub window: Window,
    pub value: Decimal,
}

/// One value that contributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditInput {
    /// Its part in the formula.
    pub role: String,
    pub week: Week,
    /// `None` for contacts and whole pages.
    pub day: Option<Date>,
    /// What it is about, such as an ad set.
    pub subject: String,
    /// A contact counts as one. `None` for what is no number, such as a row that was looked at.
    pub value: Option<Decimal>,
    /// Of leads: the action type that the row took, or the rule that matched the contact.
    pub rule: Option<String>,
    /// The archived page.
    pub artifact: Digest,
    /// JSON Pointer into the page; empty for the whole of it.
    pub pointer: String,
    /// The page's name in the archive, while it is there.
    pub object: Option<String>,
    pub checked: Checked,
}

/// Whether the archived page really holds the value at the pointer. In JSON `true`, `false` or
/// `"expired"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    Holds,
    Differs,
    Expired,
}

impl Serialize for Checked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Holds => serializer.serialize_bool(true),
            Self::Differs => serializer.serialize_bool(false),
            Self::Expired => serializer.serialize_str("expired"),
        }
    }
}

/// Everything that the figures of a revision were computed with.
pub struct AuditBase<'l> {
    loaded: &'l Loaded,
    stream: &'l StreamId,
    revision: Revision,
    computed: Computed<'l>,
    settings: RunSettings,
    subject: Subject,
    series: Series,
    figures: FigureSet,
    /// `None` for a revision without a mail.
    claims: Option<ClaimSet>,
}

impl<'l> AuditBase<'l> {
    /// Reads what a revision rests on; without one the newest that has figures.
    pub async fn read(
        store: &dyn Store,
        loaded: &'l Loaded,
        revision: Option<Revision>,
    ) -> Result<Self, EvidenceError> {
        let computed = computed(loaded, revision)?;
        let settings = settings(store, loaded, computed.event).await?;
        let series = read_evidence(store.archive(), &computed.metrics.series).await?;
        let revision = computed.run.requested.revision;
        let claims = match analysed(loaded, Some(revision)) {
            Ok(found) => {
                let bytes = read_evidence(store.archive(), &found.analysis.claims).await?;
                let shape = |source| EvidenceError::Shape { what: "claims", source };
                Some(ClaimSet::from_bytes(&bytes).map_err(shape)?)
            }
            Err(_) => None,
        };
        Ok(Self {
            loaded,
            stream: &loaded.state.stream,
            revision,
            computed,
            subject: subject(loaded, &settings),
            settings,
            series: Series::from_bytes(&series)?,
            figures: figures(store, computed.metrics).await?,
            claims,
        })
    }

    /// Every claim of the revision's mail.
    pub fn claims(&self) -> &[Claim] {
        self.claims.as_ref().map_or(&[], |set| &set.claims)
    }

    /// The figures of the revision.
    pub fn figures(&self) -> &FigureSet {
        &self.figures
    }
}

/// Answers where figures come from. Remembers what it has read, so it is made for many.
pub struct Auditor<'a> {
    store: &'a dyn Store,
    base: &'a AuditBase<'a>,
    explainer: Explainer<'a>,
    rows: BTreeMap<Digest, WeekRows>,
    pages: PageReader,
    /// What the pages give when they are computed anew; the inner is `None` once they expired.
    found_anew: Option<Option<Vec<Finding>>>,
}

/// A figure before it is audited.
struct Subjected {
    id: String,
    claim: Option<ClaimId>,
    kind: Kind,
    /// As the ledger holds it.
    value: Option<Decimal>,
    display: String,
    explanation: Explanation,
    /// What does not agree so far.
    troubles: Vec<String>,
}

impl<'a> Auditor<'a> {
    pub fn new(store: &'a dyn Store, base: &'a AuditBase<'a>) -> Self {
        Self {
            store,
            base,
            explainer: Explainer::new(&base.series, &base.subject),
            rows: BTreeMap::new(),
            pages: PageReader::default(),
            found_anew: None,
        }
    }

    /// Audits the figure, supporting figure or claim that `id` names. A claim is named by its
    /// number, such as `c12`, or by what it was made from.
    pub async fn figure(&mut self, id: &str) -> Result<FigureAudit, EvidenceError> {
        let base = self.base;
        let claim = base.claims.as_ref().and_then(|set| {
            let by_number = id.parse().ok().and_then(|number| set.claim(number));
            by_number.or_else(|| set.source(id))
        });
        match claim {
            Some(claim) => self.claim(claim).await,
            None => {
                let explained = self.explainer.explain(id);
                let explanation = explained.map_err(|error| self.unknown(id, error))?;
                let subjected = self.recorded(id, None, explanation);
                self.add_up(subjected).await
            }
        }
    }

    async fn claim(&mut self, claim: &Claim) -> Result<FigureAudit, EvidenceError> {
        match claim.kind {
            ClaimKind::Finding => self.finding(claim).await,
            ClaimKind::Count => self.count(claim).await,
            ClaimKind::Backtest => Ok(self.record(claim)),
            ClaimKind::Figure | ClaimKind::Supporting => {
                let subjected = self.of_figure(claim)?;
                self.add_up(subjected).await
            }
            ClaimKind::Trend => {
                let subjected = self.of_trend(claim)?;
                self.add_up(subjected).await
            }
            ClaimKind::Restatement => {
                let subjected = self.of_restatement(claim).await?;
                self.add_up(subjected).await
            }
        }
    }

    /// Compares an explanation with the archived figure of the same id.
    fn recorded(&self, id: &str, claim: Option<&Claim>, explanation: Explanation) -> Subjected {
        let recorded = self.archived(id);
        let mut troubles = Vec::new();
        match &recorded {
            None => troubles.push("the archived figures do not hold it".to_owned()),
            Some(recorded) => {
                let now = (explanation.value, &explanation.display, &explanation.note);
                if now != (recorded.value, &recorded.display, &recorded.note) {
                    troubles.push(format!(
                        "the archived figure is {:?}, the series gives {:?}",
                        recorded.display, explanation.display
                    ));
                }
            }
        }
        if let Some(claim) = claim
            && claim.value != explanation.value
        {
            troubles.push(format!("the mail's claim {} has another value", claim.id));
        }
        let kind = if recorded.as_ref().is_some_and(|one| one.named) {
            Kind::Figure
        } else {
            Kind::Supporting
        };
        Subjected {
            id: id.to_owned(),
            claim: claim.map(|claim| claim.id),
            kind,
            value: recorded.as_ref().map_or(explanation.value, |recorded| recorded.value),
            display: recorded.map_or_else(|| explanation.display.clone(), |one| one.display),
            explanation,
            troubles,
        }
    }

    fn archived(&self, id: &str) -> Option<Archived> {
        let of_figure = |figure: &Figure| Archived {
            named: true,
            value: figure.value,
            display: figure.display.clone(),
            note: figure.note.clone(),
        };
        let of_supporting = |figure: &SupportingFigure| Archived {
            named: false,
            value: figure.value,
            display: figure.display.clone(),
            note: figure.note.clone(),
        };
        let of_week = |figure: &WeekFigure| Archived {
            named: false,
            value: figure.value,
            display: figure.display.clone(),
            note: figure.note.clone(),
        };
        let set = &self.base.figures;
        let figure = set.figures.iter().find(|figure| figure.id == id).map(of_figure);
        figure
            .or_else(|| set.supporting.iter().find(|one| one.id == id).map(of_supporting))
            .or_else(|| set.weeks.iter().find(|one| one.id == id).map(of_week))
    }

    fn unknown(&self, id: &str, error: ExplainError) -> EvidenceError {
        match error {
            ExplainError::Id(_) | ExplainError::NoSuchFigure { .. } => {
                let set = &self.base.figures;
                let figures = set.figures.iter().map(|figure| figure.id.as_str());
                let supporting = set.supporting.iter().map(|figure| figure.id.as_str());
                let claims = self.base.claims().iter().map(|claim| claim.source.as_str());
                EvidenceError::UnknownFigure {
                    stream: self.base.stream.clone(),
                    revision: self.base.revision,
                    id: id.chars().take(200).collect(),
                    close: close::closest(id, figures.chain(supporting).chain(claims)),
                }
            }
            other => other.into(),
        }
    }

    /// The frame of an answer.
    fn answer(&self, figure: &str, claim: Option<ClaimId>, kind: Kind) -> FigureAudit {
        FigureAudit {
            figure: figure.to_owned(),
            claim,
            kind,
            report: self.base.stream.report.clone(),
            week: self.base.stream.week,
            revision: self.base.revision,
            formula: String::new(),
            value: None,
            display: String::new(),
            note: None,
            terms: Vec::new(),
            judged_on: None,
            rules: Vec::new(),
            inputs: Vec::new(),
            recomputed: None,
            agrees: true,
            verdict: String::new(),
        }
    }
}

/// A figure of either kind, as archived.
struct Archived {
    named: bool,
    value: Option<Decimal>,
    display: String,
    note: Option<String>,
}
