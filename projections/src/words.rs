//! Words: what an analyst writes. A sentence is an array of parts; figures, names and directions
//! are references, filled in by the renderer, so that none of them is the analyst's own.

use serde::{Deserialize, Serialize};
use weekledger_events::canonical::{self, CanonicalError};

use crate::claim::{ClaimId, ClaimSet};
use crate::figure::Direction;

/// Everything that an analyst says about a week.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub headline: Sentence,
    pub moved: Vec<Sentence>,
    /// Every department once; an empty list means that there is nothing to do.
    pub departments: Vec<DepartmentWords>,
    /// Guesses at causes, labelled as such.
    pub hypotheses: Vec<Sentence>,
}

/// What a department should do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepartmentWords {
    pub department: Department,
    pub actions: Vec<Action>,
}

/// Who acts on the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Department {
    Marketing,
    Digital,
    Leadership,
}

/// One thing to do, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    pub sentence: Sentence,
    /// At least one.
    pub grounds: Vec<Ground>,
}

/// What an action rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A claim with a signal.
    Claim(ClaimId),
    /// A finding, by its position in the event.
    Finding(u32),
}

/// A sentence, or a few that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sentence(pub Vec<Part>);

/// A part of a sentence: `{"text": …}`, `{"claim": …, "show": …}` or `{"claim": …, "move": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "PartFields", into = "PartFields")]
pub enum Part {
    Text(String),
    /// A date, week or identifier quoted from a finding. Rules only; no model writes it.
    Label(String),
    Show {
        claim: ClaimId,
        show: Show,
    },
    /// A verb that agrees with the claim's direction.
    Move {
        claim: ClaimId,
        verb: Verb,
    },
}

/// What of a claim is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    Value,
    /// The value of the claim's change.
    Change,
    /// The name of the claim's entity.
    Name,
}

/// A verb for a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Rose,
    Climbed,
    Fell,
    Slipped,
    Held,
    HeldSteady,
    /// Of the level, whatever the step to it was.
    StoodAbove,
    StoodBelow,
    StayedWithin,
}

impl Verb {
    pub const ALL: [Self; 9] = [
        Self::Rose,
        Self::Climbed,
        Self::StoodAbove,
        Self::Fell,
        Self::Slipped,
        Self::StoodBelow,
        Self::Held,
        Self::HeldSteady,
        Self::StayedWithin,
    ];

    /// The direction that the verb says.
    pub fn direction(self) -> Direction {
        match self {
            Self::Rose | Self::Climbed | Self::StoodAbove => Direction::Up,
            Self::Fell | Self::Slipped | Self::StoodBelow => Direction::Down,
            Self::Held | Self::HeldSteady | Self::StayedWithin => Direction::Flat,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rose => "rose",
            Self::Climbed => "climbed",
            Self::Fell => "fell",
            Self::Slipped => "slipped",
            Self::Held => "held",
            Self::HeldSteady => "held steady",
            Self::StoodAbove => "stood above the ordinary range",
            Self::StoodBelow => "stood below the ordinary range",
            Self::StayedWithin => "stayed within the ordinary range",
        }
    }
}

impl Department {
    pub const ALL: [Self; 3] = [Self::Marketing, Self::Digital, Self::Leadership];

    pub fn title(self) -> &'static str {
        match self {
            Self::Marketing => "Marketing",
            Self::Digital => "Digital/Dev",
            Self::Leadership => "Leadership",
        }
    }
}

impl Words {
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        canonical::to_bytes(self)
    }

    /// What is wrong with the words, sentence by sentence; empty if nothing is.
    pub fn check(&self, set: &ClaimSet) -> Vec<String> {
        let actions = || self.departments.iter().flat_map(|words| &words.actions);
        let sentences = std::iter::once(&self.headline)
            .chain(&self.moved)
            .chain(&self.hypotheses)
            .chain(actions().map(|action| &action.sentence));
        let mut wrong: Vec<String> = sentences
            .flat_map(|sentence| {
                sentence.0.iter().filter_map(|part| {
                    let why = part.wrong(set)?;
                    Some(format!("\"{}\": {why}", sentence.outline()))
                })
            })
            .collect();
        wrong.extend(
            actions()
                .filter(|action| action.grounds.is_empty())
                .map(|action| format!("\"{}\": rests on nothing", action.sentence.outline())),
        );
        wrong
    }
}

impl Sentence {
    /// The sentence with its references in brackets.
    pub fn outline(&self) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) | Part::Label(text) => text.clone(),
            Part::Show { claim, .. } => format!("[{claim}]"),
            Part::Move { verb, .. } => verb.as_str().to_owned(),
        };
        self.0.iter().map(part).collect()
    }
}

impl Part {
    fn wrong(&self, set: &ClaimSet) -> Option<String> {
        match self {
            Self::Label(_) => None,
            Self::Text(text) => text
                .contains(char::is_numeric)
                .then(|| "has a number outside of a claim".to_owned()),
            Self::Show { claim: id, show } => match set.claim(*id) {
                None => Some(format!("{id} is no claim")),
                Some(claim) if *show == Show::Change && claim.change.is_none() => {
                    Some(format!("{id} has no change"))
                }
                Some(_) => None,
            },
            Self::Move { claim: id, verb } => match set.claim(*id) {
                None => Some(format!("{id} is no claim")),
                Some(claim) if claim.direction == Some(verb.direction()) => None,
                Some(_) => Some(format!("{id} did not move as \"{}\" says", verb.as_str())),
            },
        }
    }
}

/// A part as JSON holds it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<ClaimId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    show: Option<Show>,
    #[serde(rename = "move", skip_serializing_if = "Option::is_none")]
    verb: Option<Verb>,
}

/// A part with too many or too few fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a part needs either text, or claim and show, or claim and move")]
pub struct InvalidPart;

impl TryFrom<PartFields> for Part {
    type Error = InvalidPart;

    fn try_from(fields: PartFields) -> Result<Self, InvalidPart> {
        let PartFields { text, label, claim, show, verb } = fields;
        match (text, label, claim, show, verb) {
            (Some(text), None, None, None, None) => Ok(Self::Text(text)),
            (None, Some(label), None, None, None) => Ok(Self::Label(label)),
            (None, None, Some(claim), Some(show), None) => Ok(Self::Show { claim, show }),
            (None, None, Some(claim), None, Some(verb)) => Ok(Self::Move { claim, verb }),
            _ => Err(InvalidPart),
        }
    }
}

impl From<Part> for PartFields {
    fn from(part: Part) -> Self {
        let empty = Self::default();
        match part {
            Part::Text(text) => Self { text: Some(text), ..empty },
            Part::Label(label) => Self { label: Some(label), ..empty },
            Part::Show { claim, show } => Self { claim: Some(claim), show: Some(show), ..empty },
            Part::Move { claim, verb } => Self { claim: Some(claim), verb: Some(verb), ..empty },
        }
    }
}
