//! `figures`: the exact figures of a week.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use weekledger_events::Currency;
use weekledger_projections::claim::{end_of_id, shortened};
use weekledger_projections::figure::{Figure, Level};

use super::csv::{Csv, text};
use super::table::CELL_CHARS_MAX;
use super::{Align, Answer, Table};

/// A list of figures. The JSON is the array alone.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Figures(pub Vec<Figure>);

/// The same for people, with the id of each figure.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct FiguresWithIds(pub Figures);

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
        self.table(false).to_string()
    }
}

impl Answer for FiguresWithIds {
    fn for_people(&self) -> String {
        self.0.table(true).to_string()
    }
}

impl Figures {
    /// The currency stands there where there are several: a change shows none itself.
    fn table(&self, ids: bool) -> Table {
        let mut table = Table::new([
            ("LEVEL", Align::Left),
            ("NAME", Align::Left),
            ("METRIC", Align::Left),
            ("WINDOW", Align::Left),
            ("CURRENCY", Align::Left),
            ("VALUE", Align::Right),
            ("VERDICT", Align::Left),
            ("NOTE", Align::Left),
            ("ID", Align::Left),
        ]);
        // An id that was cut would find nothing.
        table = if ids { table.whole() } else { table };
        let names = Names::of(&self.0);
        for figure in &self.0 {
            table.row([
                figure.level.to_string(),
                names.name(figure),
                figure.metric.to_string(),
                figure.window.to_string(),
                figure.currency.as_ref().map(ToString::to_string).unwrap_or_default(),
                figure.display.clone(),
                verdict(figure),
                figure.note.clone().unwrap_or_default(),
                figure.id.clone(),
            ]);
        }
        let currencies: BTreeSet<&Currency> =
            self.0.iter().filter_map(|figure| figure.currency.as_ref()).collect();
        table.without(|title| match title {
            "CURRENCY" => currencies.len() > 1,
            "ID" => ids,
            _ => true,
        })
    }
}

/// The entities of each level and name, by their ids.
struct Names<'f>(BTreeMap<(Level, &'f str), BTreeSet<&'f str>>);

impl<'f> Names<'f> {
    fn of(figures: &'f [Figure]) -> Self {
        let mut names = BTreeMap::<_, BTreeSet<&str>>::new();
        for figure in figures {
            let named = names.entry((figure.level, figure.entity_name.as_str())).or_default();
            named.insert(figure.entity_id.as_str());
        }
        Self(names)
    }

    /// Entities of one name are told apart by the ends of their ids, as in the mail.
    fn name(&self, figure: &Figure) -> String {
        let alike = self.0.get(&(figure.level, figure.entity_name.as_str()));
        let others: Vec<&str> =
            alike.into_iter().flatten().copied().filter(|id| *id != figure.entity_id).collect();
        let Some(end) = end_of_id(&figure.entity_id, &others) else {
            return figure.entity_name.clone();
        };
        let mark = format!(" (id {end})");
        format!(
            "{}{mark}",
            shortened(&figure.entity_name, CELL_CHARS_MAX.saturating_sub(mark.chars().count()))
        )
    }
}

/// The tokens of the mail: `[UP] [ALERT]`.
fn verdict(figure: &Figure) -> String {
    let direction = figure.direction.map(|direction| format!("[{direction}]"));
    let status = figure.status.map(|status| format!("[{status}]"));
    direction.into_iter().chain(status).collect::<Vec<_>>().join(" ")
}
