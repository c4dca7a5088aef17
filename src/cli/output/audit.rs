//! `audit --figure`: where one figure comes from.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use serde::Serialize;
use weekledger_events::Week;
use weekledger_projections::figure::Figure;

use super::{Align, Answer, Table, plain};

/// A figure, its formula and everything that contributes to it.
#[derive(Debug, Serialize)]
pub struct FigureAudit {
    /// The figure's id.
    pub figure: String,
    pub formula: String,
    /// Exact; `None` where there is no such figure.
    pub value: Option<Decimal>,
    pub display: String,
    pub inputs: Vec<AuditInput>,
    /// The formula over the inputs, computed anew.
    pub recomputed: Option<Decimal>,
    /// Whether that is the value in the ledger.
    pub agrees: bool,
}

/// One value that contributes.
#[derive(Debug, Serialize)]
pub struct AuditInput {
    /// Its part in the formula, such as `spend`.
    pub role: String,
    /// The week that it was recorded for.
    pub week: Week,
    /// What it is about, such as an ad set and a day.
    pub subject: String,
    pub value: Option<Decimal>,
    /// The archived page.
    pub artifact: String,
    /// JSON Pointer into the page; empty for the whole of it.
    pub pointer: String,
    /// False once the page has expired; its digest stays.
    pub available: bool,
}

impl FigureAudit {
    pub fn new(
        figure: &Figure,
        formula: String,
        inputs: Vec<AuditInput>,
        recomputed: Option<Decimal>,
    ) -> Self {
        Self {
            figure: figure.id.clone(),
            formula,
            value: figure.value,
            display: figure.display.clone(),
            inputs,
            recomputed,
            agrees: recomputed == figure.value,
        }
    }

    /// Each page once, in the order of the inputs, and whether it is still there.
    fn pages(&self) -> Vec<(&str, bool)> {
        let mut pages: Vec<(&str, bool)> = Vec::new();
        for input in &self.inputs {
            if pages.iter().all(|(artifact, _)| *artifact != input.artifact) {
                pages.push((&input.artifact, input.available));
            }
        }
        pages
    }
}

impl Answer for FigureAudit {
    fn for_people(&self) -> String {
        let number = |value: Option<Decimal>| value.map_or("none".to_owned(), |v| v.to_string());
        let mut text = format!("{}\n", plain(&self.figure));
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "  formula: {}", plain(&self.formula));
        let _ =
            writeln!(text, "  value:   {} (shown as {})", number(self.value), plain(&self.display));
        let verdict = if self.agrees { "agrees" } else { "DIFFERS" };
        let _ = writeln!(text, "  inputs:  {} ({verdict})\n", number(self.recomputed));
        let pages = self.pages();
        let mut table = Table::new([
            ("ROLE", Align::Left),
            ("WEEK", Align::Left),
            ("SUBJECT", Align::Left),
            ("VALUE", Align::Right),
            ("PAGE", Align::Right),
            ("POINTER", Align::Left),
        ]);
        for input in &self.inputs {
            let page = pages.iter().position(|(artifact, _)| *artifact == input.artifact);
            table.row([
                input.role.clone(),
                input.week.to_string(),
                input.subject.clone(),
                number(input.value),
                page.map_or_else(String::new, |page| format!("[{}]", page + 1)),
                input.pointer.clone(),
            ]);
        }
        let _ = writeln!(text, "{table}");
        for (at, (artifact, available)) in pages.iter().enumerate() {
            let expired = if *available { "" } else { " (expired; its digest stays)" };
            let _ = writeln!(text, "[{}] {}{expired}", at + 1, plain(artifact));
        }
        text
    }
}
