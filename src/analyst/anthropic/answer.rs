//! What the model is asked to answer, as JSON Schema made for the run, and the answer as words.
//! A schema holds neither lengths nor references, so those are checked here again.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};
use weekledger_projections::claim::{Claim, ClaimId};
use weekledger_projections::words::{
    Action, Department, DepartmentWords, Ground, Part, Sentence, Verb, Words,
};

use super::Pass;

/// No sentence has more parts, and no list more entries than a reader reads.
const PARTS_MAX: usize = 40;
const LIST_MAX: usize = 12;
const TEXT_CHARS_MAX: usize = 600;

/// The schema of a pass. The ids are an enum: a claim that was not given cannot be cited.
pub fn schema(pass: Pass, chosen: &[&Claim], findings: &[u32], advice: &[u32]) -> Value {
    let ids: Vec<String> = chosen.iter().map(|claim| claim.id.to_string()).collect();
    let list = |of: &str| json!({"type": "array", "items": {"$ref": format!("#/$defs/{of}")}});
    let words = [("headline", json!({"$ref": "#/$defs/sentence"})), ("moved", list("sentence"))];
    let guesses = [("hypotheses", list("sentence"))];
    let actions =
        ["marketing", "digital", "leadership"].map(|department| (department, list("action")));
    let fields: Vec<(&str, Value)> = match pass {
        Pass::Read => vec![("notes", list("note"))],
        Pass::Patterns => words.into_iter().chain(guesses).collect(),
        Pass::Recommend => actions.into(),
        Pass::Mend => words.into_iter().chain(guesses).chain(actions).collect(),
    };
    let mut schema = object(&fields);
    let mut defs = json!({
        "claim": {"type": "string", "enum": ids},
        "note": object(&[("claims", list("claim")), ("text", json!({"type": "string"}))]),
    });
    if pass != Pass::Read {
        let claim = || ("claim", json!({"$ref": "#/$defs/claim"}));
        let show = json!({"type": "string", "enum": ["value", "change", "name"]});
        let verbs = Verb::ALL.map(|verb| json!(verb));
        defs["part"] = json!({"anyOf": [
            object(&[("text", json!({"type": "string"}))]),
            object(&[claim(), ("show", show)]),
            object(&[claim(), ("move", json!({"type": "string", "enum": verbs}))]),
        ]});
        defs["sentence"] = list("part");
        let mut grounds = vec![object(&[claim()])];
        if !findings.is_empty() {
            let finding = json!({"type": "integer", "enum": findings});
            grounds.push(object(&[("finding", finding)]));
        }
        let grounds = json!({"type": "array", "items": {"anyOf": grounds}});
        let own =
            object(&[("sentence", json!({"$ref": "#/$defs/sentence"})), ("grounds", grounds)]);
        defs["action"] = if advice.is_empty() {
            own
        } else {
            let advised = object(&[("advice", json!({"type": "integer", "enum": advice}))]);
            json!({"anyOf": [own, advised]})
        };
        if let Some(defs) = defs.as_object_mut() {
            defs.remove("note");
        }
    }
    schema["$defs"] = defs;
    schema
}

/// All fields are required, and there are no others.
fn object(fields: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let properties: serde_json::Map<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": false,
    })
}

/// An answer that does not have the agreed form. What is in it is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    #[error("the answer is not the JSON that was asked for")]
    Shape,
    #[error("{0} has too many entries")]
    TooMany(&'static str),
    #[error("{0} cites a claim or finding that was not given")]
    Unknown(&'static str),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Notes {
    notes: Vec<Note>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    claims: Vec<ClaimId>,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patterns {
    headline: Sentence,
    moved: Vec<Sentence>,
    hypotheses: Vec<Sentence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recommend {
    marketing: Vec<Asked>,
    digital: Vec<Asked>,
    leadership: Vec<Asked>,
}

/// An action in the model's own words, or the advice of a finding as the report has it.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Asked {
    Advice { advice: u32 },
    Own(Action),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mended {
    headline: Sentence,
    moved: Vec<Sentence>,
    hypotheses: Vec<Sentence>,
    marketing: Vec<Asked>,
    digital: Vec<Asked>,
    leadership: Vec<Asked>,
}

/// What may be cited.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    pub claims: &'a [&'a Claim],
    pub findings: &'a [u32],
    /// What findings advise, by their places.
    pub advice: &'a BTreeMap<u32, Action>,
    /// `week 44`
    pub weeks: &'a [String],
}

/// Takes an answer into the words.
pub fn take(
    pass: Pass,
    text: &str,
    given: Given<'_>,
    words: &mut Words,
) -> Result<(), AnswerError> {
    match pass {
        Pass::Read => {
            let Notes { notes } = parse(text)?;
            let known = |note: &Note| {
                note.text.len() <= TEXT_CHARS_MAX * 4
                    && note.claims.iter().all(|id| super::brief::may_cite(given.claims, *id))
            };
            limit("notes", notes.len())?;
            return if notes.iter().all(known) {
                Ok(())
            } else {
                Err(AnswerError::Unknown("a note"))
            };
        }
        Pass::Patterns => {
            let Patterns { headline, moved, hypotheses } = parse(text)?;
            let said = Words { headline, moved, hypotheses, ..Words::default() };
            let Words { headline, moved, hypotheses, .. } = rechecked(said, given)?;
            (words.headline, words.moved, words.hypotheses) = (headline, moved, hypotheses);
        }
        Pass::Recommend => {
            let Recommend { marketing, digital, leadership } = parse(text)?;
            let departments = departments([marketing, digital, leadership], given)?;
            words.departments =
                rechecked(Words { departments, ..Words::default() }, given)?.departments;
        }
        Pass::Mend => {
            let Mended { headline, moved, hypotheses, marketing, digital, leadership } =
                parse(text)?;
            let departments = departments([marketing, digital, leadership], given)?;
            *words = rechecked(Words { headline, moved, departments, hypotheses }, given)?;
        }
    }
    Ok(())
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, AnswerError> {
    serde_json::from_str(text).map_err(|_| AnswerError::Shape)
}

/// Advice that several findings share stands once.
fn departments(
    lists: [Vec<Asked>; 3],
    given: Given<'_>,
) -> Result<Vec<DepartmentWords>, AnswerError> {
    let mut departments = Vec::new();
    for (department, asked) in Department::ALL.into_iter().zip(lists) {
        let mut actions: Vec<Action> = Vec::new();
        for one in asked {
            let action = match one {
                Asked::Own(action) => {
                    known(&action.sentence, given)?;
                    action
                }
                Asked::Advice { advice } => {
                    let advised = given.advice.get(&advice);
                    advised.ok_or(AnswerError::Unknown("an action"))?.clone()
                }
            };
            if !actions.contains(&action) {
                actions.push(action);
            }
        }
        departments.push(DepartmentWords { department, actions });
    }
    Ok(departments)
}

fn limit(what: &'static str, count: usize) -> Result<(), AnswerError> {
    if count > LIST_MAX { Err(AnswerError::TooMany(what)) } else { Ok(()) }
}

/// Words of one answer, with weeks as labels.
fn rechecked(mut words: Words, given: Given<'_>) -> Result<Words, AnswerError> {
    recheck(&words, given)?;
    label_weeks(&mut words, given.weeks);
    Ok(words)
}

fn recheck(words: &Words, given: Given<'_>) -> Result<(), AnswerError> {
    limit("moved", words.moved.len())?;
    limit("hypotheses", words.hypotheses.len())?;
    let lone = std::iter::once(&words.headline).chain(&words.moved).chain(&words.hypotheses);
    for sentence in lone {
        known(sentence, given)?;
    }
    let findings: BTreeSet<u32> = given.findings.iter().copied().collect();
    for department in &words.departments {
        limit("actions", department.actions.len())?;
        for action in &department.actions {
            limit("grounds", action.grounds.len())?;
            let is_known = |ground: &Ground| match ground {
                Ground::Claim(id) => super::brief::may_cite(given.claims, *id),
                Ground::Finding(index) => findings.contains(index),
            };
            if !action.grounds.iter().all(is_known) {
                return Err(AnswerError::Unknown("an action"));
            }
        }
    }
    Ok(())
}

fn known(sentence: &Sentence, given: Given<'_>) -> Result<(), AnswerError> {
    if sentence.0.len() > PARTS_MAX {
        return Err(AnswerError::TooMany("a sentence"));
    }
    for part in &sentence.0 {
        match part {
            Part::Text(text) if text.chars().count() > TEXT_CHARS_MAX => {
                return Err(AnswerError::TooMany("a text"));
            }
            // The schema has none: labels are made below, from weeks that are known.
            Part::Label(_) => return Err(AnswerError::Shape),
            Part::Show { claim, .. } | Part::Move { claim, .. }
                if !super::brief::may_cite(given.claims, *claim) =>
            {
                return Err(AnswerError::Unknown("a sentence"));
            }
            Part::Text(_) | Part::Show { .. } | Part::Move { .. } => {}
        }
    }
    Ok(())
}

/// "week 44" in a text becomes a label, if it is one of the trend's weeks.
fn label_weeks(words: &mut Words, weeks: &[String]) {
    let actions = words.departments.iter_mut().flat_map(|one| &mut one.actions);
    let sentences = std::iter::once(&mut words.headline)
        .chain(&mut words.moved)
        .chain(&mut words.hypotheses)
        .chain(actions.map(|action| &mut action.sentence));
    for sentence in sentences {
        sentence.0 = sentence.0.drain(..).flat_map(|part| labelled(part, weeks)).collect();
    }
}

fn labelled(part: Part, weeks: &[String]) -> Vec<Part> {
    let Part::Text(text) = part else { return vec![part] };
    let found = weeks.iter().find_map(|week| {
        let at = text.to_lowercase().find(week.as_str())?;
        let end = at + week.len();
        let whole = text.is_char_boundary(at)
            && text.is_char_boundary(end)
            && !text[end..].starts_with(|c: char| c.is_numeric())
            && !text[..at].ends_with(char::is_alphabetic);
        whole.then_some((at, end))
    });
    let Some((at, end)) = found else { return vec![Part::Text(text)] };
    let pieces = [Part::Text(text[..at].to_owned()), Part::Label(text[at..end].to_owned())];
    let mut parts: Vec<Part> =
        pieces.into_iter().filter(|part| *part != Part::Text(String::new())).collect();
    if !text[end..].is_empty() {
        parts.extend(labelled(Part::Text(text[end..].to_owned()), weeks));
    }
    parts
}
