//! `figures`: the exact figures of a week.

use std::borrow::Cow;

use serde::Serialize;
use weekledger_projections::figure::Figure;

use super::csv::{Csv, text};
use super::{Align, Answer, Table};

/// A list of figures. The JSON is the array alone.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Figures(pub Vec<Figure>);

/// The columns of the CSV: the fields of the JSON, in their order; a usual range in words.
const HEADER: [&str; 17] = [
    "id",
    "report",
    "week",
    "level",
    "entity_id",
    "entity_name",
    "metric",
    "window",
    "unit",
    "value",
    "display",
    "note",
    "currency",
    "direction",
    "status",
    "untestable",
    "usual",
];

impl Figures {
    pub fn to_csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut csv = Csv::new(&HEADER)?;
        for figure in &self.0 {
            csv.row(cells(figure))?;
        }
        csv.finish()
    }
}

fn cells(figure: &Figure) -> [Cow<'_, str>; 17] {
    let optional = |text: Option<&str>| Cow::Owned(text.unwrap_or_default().to_owned());
    [
        text(&figure.id),
        figure.report.as_str().into(),
        figure.week.to_string().into(),
        figure.level.as_str().into(),
        text(&figure.entity_id),
        text(&figure.entity_name),
        figure.metric.as_str().into(),
        figure.window.as_str().into(),
        figure.unit.as_str().into(),
        figure.value.map_or_else(String::new, |value| value.to_string()).into(),
        // Made by this program, but "-5 %" would be taken for a formula all the same.
        text(&figure.display),
        text(figure.note.as_deref().unwrap_or_default()),
        optional(figure.currency.as_ref().map(|currency| currency.as_str())),
        optional(figure.direction.map(|direction| direction.as_str())),
        optional(figure.status.map(|status| status.as_str())),
        optional(figure.untestable.map(|why| why.as_str())),
        text(figure.usual.as_ref().map_or("", |usual| usual.display.as_str())),
    ]
}

impl Answer for Figures {
    fn for_people(&self) -> String {
        let mut table = Table::new([
            ("LEVEL", Align::Left),
            ("NAME", Align::Left),
            ("METRIC", Align::Left),
            ("WINDOW", Align::Left),
            ("VALUE", Align::Right),
            ("VERDICT", Align::Left),
            ("NOTE", Align::Left),
        ]);
        for figure in &self.0 {
            table.row([
                figure.level.to_string(),
                figure.entity_name.clone(),
                figure.metric.to_string(),
                figure.window.to_string(),
                figure.display.clone(),
                verdict(figure),
                figure.note.clone().unwrap_or_default(),
            ]);
        }
        table.to_string()
    }
}

/// The tokens of the mail: `[UP] [ALERT]`.
fn verdict(figure: &Figure) -> String {
    let direction = figure.direction.map(|direction| format!("[{direction}]"));
    let status = figure.status.map(|status| format!("[{status}]"));
    direction.into_iter().chain(status).collect::<Vec<_>>().join(" ")
}
