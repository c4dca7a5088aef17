//! `history`: one line a week and figure.

use serde::Serialize;
use weekledger::hindsight::{Hindsight, Told};

use super::{Align, Answer, Table};

/// By week. The JSON is the array alone.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Weeks(pub Vec<Hindsight>);

impl Answer for Weeks {
    fn for_people(&self) -> String {
        let mut table = Table::new([
            ("WEEK", Align::Left),
            ("NAME", Align::Left),
            ("METRIC", Align::Left),
            ("AS REPORTED", Align::Right),
            ("AS KNOWN NOW", Align::Right),
            ("", Align::Left),
        ]);
        let shown = |told: Option<&Told>, absent: &str| {
            told.map_or_else(|| absent.to_owned(), |told| told.display.clone())
        };
        for one in &self.0 {
            table.row([
                one.week.to_string(),
                one.entity_name.clone(),
                one.metric.to_string(),
                shown(one.reported.as_ref(), "not reported"),
                shown(one.known_now.as_ref(), "not known"),
                if one.changed { "changed" } else { "" }.to_owned(),
            ]);
        }
        table.to_string()
    }
}
