//! CSV for spreadsheets, which must not run a campaign's name as a formula.

use std::borrow::Cow;

/// Makes one CSV document: a header and rows.
pub struct Csv {
    writer: csv::Writer<Vec<u8>>,
}

impl Csv {
    pub fn new(header: &[&str]) -> Result<Self, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(header)?;
        Ok(Self { writer })
    }

    /// Adds a row. Text from the outside world goes through `text` first.
    pub fn row<'a>(
        &mut self,
        cells: impl IntoIterator<Item = Cow<'a, str>>,
    ) -> Result<(), csv::Error> {
        let cells: Vec<Cow<'a, str>> = cells.into_iter().collect();
        self.writer.write_record(cells.iter().map(|cell| cell.as_bytes()))
    }

    pub fn finish(self) -> Result<Vec<u8>, csv::Error> {
        self.writer.into_inner().map_err(|error| error.into_error().into())
    }
}

/// Text as a cell: one that a spreadsheet would take for a formula gets an apostrophe in front.
/// Numbers do not go through here, since a negative one is no formula.
pub fn text(text: &str) -> Cow<'_, str> {
    let starts_formula =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '|' | '%');
    let first = text.trim_start_matches([' ', '\u{a0}', '\u{feff}']).chars().next();
    match first {
        Some(c) if starts_formula(c) => Cow::Owned(format!("'{text}")),
        _ => Cow::Borrowed(text),
    }
}
