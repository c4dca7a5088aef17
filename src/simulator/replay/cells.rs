//! The cells of one line of an export, read with their place in every complaint.

use std::path::Path;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::super::world::Delivery;
use super::columns::{Column, Columns};
use super::{ReplayError, whole};

pub(super) struct Cells<'a> {
    pub(super) file: &'a Path,
    pub(super) line: u64,
    pub(super) record: &'a csv::StringRecord,
    pub(super) columns: &'a Columns,
}

impl<'a> Cells<'a> {
    /// The cell's text; `None` when it is empty or a dash, or there is no such column.
    pub(super) fn text(&self, column: Column) -> Option<&'a str> {
        let (at, _) = self.columns.place(column)?;
        let text = self.record.get(at)?.trim();
        (!matches!(text, "" | "—" | "–" | "-" | "NA" | "na" | "N/A")).then_some(text)
    }

    /// An id, without the `act_` of ad accounts. Spreadsheet programs turn long ids into something
    /// like `1.2E+17`; different campaigns would then look like one.
    pub(super) fn id(&self, column: Column) -> Result<Option<String>, ReplayError> {
        let Some(text) = self.text(column) else { return Ok(None) };
        let id = text.trim_start_matches("act_");
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            let fix =
                "export again and do not open the file in a spreadsheet, or remove the column";
            return Err(self.wrong(column, "is no id", fix));
        }
        Ok(Some(id.to_owned()))
    }

    /// First and last day of this line; `None` on a line of totals.
    pub(super) fn period(&self) -> Result<Option<(Date, Date)>, ReplayError> {
        if let Some(day) = self.text(Column::Day) {
            let day = self.date(Column::Day, day)?;
            return Ok(Some((day, day)));
        }
        let Some(text) = self.text(Column::Starts).filter(|_| !self.columns.has(Column::Day))
        else {
            return Ok(None);
        };
        // The breakdown "Week" writes both days into one cell.
        if let Some((first, last)) = text.split_once(" - ") {
            return Ok(Some((self.date(Column::Starts, first)?, self.date(Column::Starts, last)?)));
        }
        let first = self.date(Column::Starts, text)?;
        let last =
            self.text(Column::Ends).map_or(Ok(first), |text| self.date(Column::Ends, text))?;
        Ok(Some((first, last)))
    }

    /// The figures of this line, and whether any had to be rounded.
    pub(super) fn delivery(&self) -> Result<(Delivery, bool), ReplayError> {
        let (impressions, a) = self.count(Column::Impressions)?;
        let (clicks, b) = self.count(Column::Clicks)?;
        let (link_clicks, c) = self.count(Column::LinkClicks)?;
        let (arrivals, d) = self.count(Column::LandingPageViews)?;
        let (results, e) = self.results()?;
        let spend = self.number(Column::Spend)?.unwrap_or_default();
        let mut delivery =
            Delivery { spend, impressions, clicks, link_clicks, ..Delivery::default() };
        delivery.count("link_click", link_clicks);
        delivery.count("landing_page_view", arrivals);
        if let Some((kind, count)) = results {
            delivery.count(&kind, count);
        }
        Ok((delivery, a || b || c || d || e))
    }

    /// Leads, from their own column, else results under the action type that the line names.
    fn results(&self) -> Result<(Option<(String, u64)>, bool), ReplayError> {
        if self.columns.has(Column::Leads) {
            let (leads, rounded) = self.count(Column::Leads)?;
            return Ok((Some(("lead".to_owned(), leads)), rounded));
        }
        let Some(kind) = self.text(Column::ResultIndicator).and_then(action_type) else {
            return Ok((None, false));
        };
        // These have columns of their own; counting them again would double them.
        if matches!(kind.as_str(), "link_click" | "landing_page_view") {
            return Ok((None, false));
        }
        let (count, rounded) = self.count(Column::Results)?;
        Ok((Some((kind, count)), rounded))
    }

    fn count(&self, column: Column) -> Result<(u64, bool), ReplayError> {
        let Some(number) = self.number(column)? else {
            return Ok((0, false));
        };
        whole(number).ok_or_else(|| self.wrong(column, "is no count", "write a whole number"))
    }

    /// A number that is not negative, with or without thousands separators.
    fn number(&self, column: Column) -> Result<Option<Decimal>, ReplayError> {
        let Some(text) = self.text(column) else {
            return Ok(None);
        };
        let bare = text.replace(['\u{a0}', '\u{202f}', ' '], "");
        let fix = "write it as 1234.56 or 1,234.56, with a point before the decimals and no currency sign";
        let digits =
            without_separators(&bare).ok_or_else(|| self.wrong(column, "is no number", fix))?;
        let parsed = digits.parse().or_else(|_| Decimal::from_scientific(&digits));
        let number: Decimal = parsed.map_err(|_| self.wrong(column, "is no number", fix))?;
        if number.is_sign_negative() && !number.is_zero() {
            return Err(self.wrong(column, "is negative", "correct it, or remove the line"));
        }
        Ok(Some(number))
    }

    fn date(&self, column: Column, text: &str) -> Result<Date, ReplayError> {
        let text = text.trim();
        let plain =
            text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date = text.parse().ok().filter(|_| plain);
        date.ok_or_else(|| self.wrong(column, "is no date", "write it as 2026-11-16"))
    }

    /// A line that covers some other period than a day or a week.
    pub(super) fn neither_day_nor_week(&self) -> ReplayError {
        let column = if self.columns.has(Column::Ends) { Column::Ends } else { Column::Starts };
        let fix = "in Ads Manager choose Breakdown, By time, Day (or Week) and export again";
        self.wrong(column, "makes the line cover neither a day nor seven days", fix)
    }

    fn wrong(&self, column: Column, problem: &'static str, fix: &'static str) -> ReplayError {
        let (at, heading) = self.columns.place(column).unwrap_or((0, ""));
        ReplayError::Cell {
            file: self.file.to_owned(),
            line: self.line,
            column: heading.to_owned(),
            value: self.record.get(at).unwrap_or_default().to_owned(),
            problem,
            fix,
        }
    }
}

/// `actions:lead` names the type itself; the words of a result type are read as leads when they
/// say so, and as nothing otherwise.
fn action_type(indicator: &str) -> Option<String> {
    if let Some(kind) = indicator.strip_prefix("actions:") {
        return Some(kind.to_owned());
    }
    let words = indicator.to_lowercase();
    let is_lead = ["lead", "leads"]
        .iter()
        .any(|lead| words.split(|c: char| !c.is_alphanumeric()).any(|word| word == *lead));
    is_lead.then(|| "lead".to_owned())
}

/// Takes commas out where they stand before three digits each; anything else is ambiguous.
fn without_separators(text: &str) -> Option<String> {
    let (whole, fraction) =
        text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let grouped = whole.contains(',');
    let three = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    if grouped
        && (first.is_empty() || first.trim_start_matches('-').len() > 3 || !groups.all(three))
    {
        return None;
    }
    let whole = whole.replace(',', "");
    Some(fraction.map_or(whole.clone(), |fraction| format!("{whole}.{fraction}")))
}
