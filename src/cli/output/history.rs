//! `history`: one line a week and figure.

use serde::Serialize;
use weekledger::hindsight::{Hindsight, Told};

use super::{Align, Answer, Table};

/// By week. The JSON is the array alone.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Weeks {
    pub found: Vec<Hindsight>,
    /// Only what has changed was asked for.
    #[serde(skip)]
    pub changed: bool,
}

impl Answer for Weeks {
    fn for_people(&self) -> String {
        if self.found.is_empty() {
            let all = "weekledger history lists every week";
            return match self.changed {
                true => format!(
                    "nothing differs from what was reported, or recorded where no mail went out; {all}\n"
                ),
                false => format!("no week that late has this figure; {all}\n"),
            };
        }
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
        for one in &self.found {
            table.row([
                one.week.to_string(),
                one.entity_name.clone(),
                one.metric.to_string(),
                match (&one.reported, &one.recorded) {
                    (None, Some(told)) => format!("{} (not mailed)", told.display),
                    (told, _) => shown(told.as_ref(), "not reported"),
                },
                shown(one.known_now.as_ref(), "not known"),
                if one.changed { "changed" } else { "" }.to_owned(),
            ]);
        }
        table.to_string()
    }
}
