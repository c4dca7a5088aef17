//! What an earlier report asked for, as a later one may follow it up: without figures, names and
//! sentences from outside.

use serde::{Deserialize, Serialize};
use weekledger_events::canonical::{self, CanonicalError};
use weekledger_events::{Finding, FindingClass, Week};

use crate::claim::{Alias, ClaimSet};
use crate::figure::{Direction, Status};
use crate::words::{Action, Department, Ground, Part, Show, Words};

/// The actions of one report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    pub week: Week,
    pub actions: Vec<EarlierAction>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierAction {
    pub department: Department,
    /// Empty where the advice of a finding was quoted: that may hold anything.
    pub said: Vec<Said>,
    pub grounds: Vec<EarlierGround>,
}

/// A piece of what was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Text(String),
    /// By the provider's id.
    Name(String),
    Figure,
}

/// What an action rested on then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlierGround {
    Figure { id: String, direction: Option<Direction>, status: Option<Status> },
    Finding(FindingClass),
}

impl Earlier {
    /// Of the claims, findings and words of a report.
    pub fn of(claims: &ClaimSet, findings: &[Finding], words: &Words) -> Self {
        let actions = words.departments.iter().flat_map(|one| {
            let of = |action| earlier(claims, findings, one.department, action);
            one.actions.iter().map(of)
        });
        Self { week: claims.week, actions: actions.collect() }
    }

    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_bytes(self)
    }
}

fn earlier(
    claims: &ClaimSet,
    findings: &[Finding],
    department: Department,
    action: &Action,
) -> EarlierAction {
    let ground = |ground: &Ground| match ground {
        Ground::Claim(id) => claims.claim(*id).map(|claim| EarlierGround::Figure {
            id: claim.source.clone(),
            direction: claim.direction,
            status: claim.status,
        }),
        Ground::Finding(index) => {
            findings.get(*index as usize).map(|finding| EarlierGround::Finding(finding.class))
        }
    };
    let grounds: Vec<EarlierGround> = action.grounds.iter().filter_map(ground).collect();
    let is_quoted = action.grounds.iter().any(|ground| matches!(ground, Ground::Finding(_)));
    let said = |part: &Part| match part {
        Part::Text(text) => Said::Text(text.clone()),
        Part::Show { claim, show: Show::Name } => {
            let entity = claims.claim(*claim).and_then(|claim| claims.entity(claim.entity));
            entity.map_or(Said::Figure, |entity| Said::Name(entity.id.clone()))
        }
        Part::Move { verb, .. } => Said::Text(verb.as_str().to_owned()),
        Part::Show { .. } | Part::Label(_) => Said::Figure,
    };
    let said = if is_quoted { Vec::new() } else { action.sentence.0.iter().map(said).collect() };
    EarlierAction { department, said, grounds }
}

impl EarlierAction {
    /// In words for an analyst of this week, with this week's aliases.
    pub fn told(&self, now: &ClaimSet) -> String {
        let alias = |id: &str| {
            let known = now.entities.iter().find(|entity| entity.id == id);
            known.map_or_else(|| "(no longer reported)".to_owned(), |one| named(one.alias))
        };
        let said = |part: &Said| match part {
            Said::Text(text) => text.clone(),
            Said::Name(id) => alias(id),
            Said::Figure => "(a figure)".to_owned(),
        };
        self.said.iter().map(said).collect()
    }
}

fn named(alias: Alias) -> String {
    if alias == Alias::REPORT { "the report".to_owned() } else { alias.to_string() }
}
