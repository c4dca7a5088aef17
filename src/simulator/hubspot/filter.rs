//! Search filters: an OR of groups, each an AND of filters.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::super::world::Contact;
use super::errors::Refusal;
use super::properties::{Kind, kind};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    property_name: String,
    operator: String,
    value: Option<Value>,
    high_value: Option<Value>,
    values: Option<Vec<Value>>,
}

/// Limits of one search, as documented.
const GROUPS_MAX: usize = 5;
const FILTERS_MAX: usize = 6;

/// The groups, checked.
pub(super) struct Filters(Vec<Vec<Test>>);

struct Test {
    property: String,
    kind: Kind,
    operator: Operator,
}

enum Operator {
    Between(Operand, Operand),
    Compare(fn(Ordering) -> bool, Operand),
    In(Vec<Operand>),
    NotIn(Vec<Operand>),
    Has,
    HasNot,
    ContainsToken(String),
    ContainsNotToken(String),
}

/// A value in the form in which its property's values compare.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operand {
    Number(i128),
    Text(String),
}

impl Filters {
    pub(super) fn read(groups: Vec<Group>) -> Result<Self, Refusal> {
        if groups.len() > GROUPS_MAX || groups.iter().any(|group| group.filters.len() > FILTERS_MAX)
        {
            return Err(Refusal::invalid(format!(
                "a search takes at most {GROUPS_MAX} filterGroups of {FILTERS_MAX} filters each"
            )));
        }
        let tests = |group: Group| group.filters.into_iter().map(Filter::check).collect();
        groups.into_iter().map(tests).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn allow(&self, contact: &Contact) -> bool {
        self.0.is_empty() || self.0.iter().any(|group| group.iter().all(|test| test.holds(contact)))
    }
}

impl Filter {
    fn check(self) -> Result<Test, Refusal> {
        let name = self.property_name.as_str();
        let kind = kind(name)
            .ok_or_else(|| Refusal::invalid(format!("Property \"{name}\" does not exist")))?;
        let one = |value: &Option<Value>| {
            let missing =
                || Refusal::invalid(format!("operator {} on {name} needs a value", self.operator));
            operand(kind, value.as_ref().ok_or_else(missing)?, name)
        };
        let many = || {
            let missing =
                || Refusal::invalid(format!("operator {} on {name} needs values", self.operator));
            let values =
                self.values.as_ref().filter(|values| !values.is_empty()).ok_or_else(missing)?;
            values.iter().map(|value| operand(kind, value, name)).collect::<Result<Vec<_>, _>>()
        };
        let operator = match self.operator.as_str() {
            "BETWEEN" => Operator::Between(one(&self.value)?, one(&self.high_value)?),
            "EQ" => Operator::In(vec![one(&self.value)?]),
            "NEQ" => Operator::NotIn(vec![one(&self.value)?]),
            "LT" => Operator::Compare(Ordering::is_lt, one(&self.value)?),
            "LTE" => Operator::Compare(Ordering::is_le, one(&self.value)?),
            "GT" => Operator::Compare(Ordering::is_gt, one(&self.value)?),
            "GTE" => Operator::Compare(Ordering::is_ge, one(&self.value)?),
            "IN" => Operator::In(many()?),
            "NOT_IN" => Operator::NotIn(many()?),
            "HAS_PROPERTY" => Operator::Has,
            "NOT_HAS_PROPERTY" => Operator::HasNot,
            "CONTAINS_TOKEN" => Operator::ContainsToken(token(&self.value)),
            "NOT_CONTAINS_TOKEN" => Operator::ContainsNotToken(token(&self.value)),
            other => return Err(Refusal::invalid(format!("{other} is not a valid operator"))),
        };
        Ok(Test { property: self.property_name, kind, operator })
    }
}

impl Test {
    fn holds(&self, contact: &Contact) -> bool {
        let text = contact.properties.get(self.property.as_str());
        let own = text.and_then(|text| parse(self.kind, text));
        let among = |list: &[Operand]| own.as_ref().is_some_and(|own| list.contains(own));
        match &self.operator {
            Operator::Between(low, high) => {
                own.as_ref().is_some_and(|own| low <= own && own <= high)
            }
            Operator::Compare(accepts, bound) => {
                own.as_ref().is_some_and(|own| accepts(own.cmp(bound)))
            }
            Operator::In(list) => among(list),
            Operator::NotIn(list) => !among(list),
            Operator::Has => text.is_some(),
            Operator::HasNot => text.is_none(),
            Operator::ContainsToken(token) => text.is_some_and(|text| contains(text, token)),
            Operator::ContainsNotToken(token) => !text.is_some_and(|text| contains(text, token)),
        }
    }
}

/// What a contact sorts by: its value of a property, and those without one last.
pub(super) fn sort_key(name: &str, contact: &Contact) -> (bool, Option<Operand>) {
    let kind = kind(name).unwrap_or(Kind::Text);
    let value = contact.properties.get(name).and_then(|text| parse(kind, text));
    (value.is_none(), value)
}

fn operand(kind: Kind, value: &Value, name: &str) -> Result<Operand, Refusal> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    parse(kind, &text)
        .ok_or_else(|| Refusal::invalid(format!("{text} is not a valid value for {name}")))
}

/// Instants as milliseconds, given as such or in ISO 8601; text without regard to case.
fn parse(kind: Kind, text: &str) -> Option<Operand> {
    match kind {
        Kind::Text | Kind::Enumeration => Some(Operand::Text(text.to_lowercase())),
        Kind::Number => text.parse().ok().map(Operand::Number),
        Kind::DateTime => {
            let milliseconds = text.parse().ok();
            let instant =
                || text.parse::<Timestamp>().ok().map(|at| i128::from(at.as_millisecond()));
            milliseconds.or_else(instant).map(Operand::Number)
        }
    }
}

fn token(value: &Option<Value>) -> String {
    let text = value.as_ref().and_then(Value::as_str).unwrap_or_default();
    text.trim_matches('*').to_lowercase()
}

fn contains(text: &str, token: &str) -> bool {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == token)
        || (token.contains(|c: char| !c.is_alphanumeric()) && text.to_lowercase().contains(token))
}
