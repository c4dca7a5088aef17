//! Which column of an export is which, by its heading.

use std::path::Path;

use super::ReplayError;

/// A column that the replay can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Account,
    AccountId,
    Campaign,
    CampaignId,
    AdSet,
    AdSetId,
    Day,
    Starts,
    Ends,
    Spend,
    Impressions,
    Clicks,
    LinkClicks,
    LandingPageViews,
    Leads,
    Results,
    ResultIndicator,
}

/// Headings by which a column is known: in lower case, without what stands in parentheses. The
/// first is Ads Manager's own. The last ones of day, spend and impressions are those of Robyn's
/// demonstration data (`DATE`, `facebook_S`, `facebook_I`).
const HEADINGS: &[(Column, &[&str])] = &[
    (Column::Account, &["account name", "account"]),
    (Column::AccountId, &["account id"]),
    (Column::Campaign, &["campaign name", "campaign"]),
    (Column::CampaignId, &["campaign id"]),
    (Column::AdSet, &["ad set name", "adset name", "ad set"]),
    (Column::AdSetId, &["ad set id", "adset id"]),
    (Column::Day, &["day"]),
    (Column::Starts, &["reporting starts", "week", "date", "date start"]),
    (Column::Ends, &["reporting ends", "date stop"]),
    (Column::Spend, &["amount spent", "spend", "facebook_s"]),
    (Column::Impressions, &["impressions", "facebook_i"]),
    (Column::Clicks, &["clicks (all)", "clicks"]),
    (Column::LinkClicks, &["link clicks", "inline link clicks"]),
    (Column::LandingPageViews, &["landing page views"]),
    (Column::Leads, &["leads", "meta leads"]),
    (Column::Results, &["results"]),
    (Column::ResultIndicator, &["result indicator", "result type"]),
];

/// The columns found, with the currency that the spend column's heading names.
#[derive(Debug)]
pub(super) struct Columns {
    found: Vec<(Column, usize, String)>,
    pub(super) currency: String,
    pub(super) currency_assumed: bool,
}

impl Columns {
    /// Finds what the file has and refuses it when something needed is missing.
    pub(super) fn find(file: &Path, heading: &csv::StringRecord) -> Result<Self, ReplayError> {
        let mut found: Vec<(Column, usize, String)> = Vec::new();
        for (column, names) in HEADINGS {
            // In the order of the names, so that "Reporting starts" wins over "Week".
            let at =
                names.iter().find_map(|name| heading.iter().position(|text| is_named(text, name)));
            if let Some(at) = at {
                found.push((*column, at, heading.get(at).unwrap_or_default().trim().to_owned()));
            }
        }
        let currency = currency(&found);
        let columns = Self {
            found,
            currency_assumed: currency.is_none(),
            currency: currency.unwrap_or_else(|| "EUR".to_owned()),
        };
        columns.check(file)?;
        Ok(columns)
    }

    fn check(&self, file: &Path) -> Result<(), ReplayError> {
        let missing =
            |column, fix| Err(ReplayError::NoColumn { file: file.to_owned(), column, fix });
        if !self.has(Column::Day) && !self.has(Column::Starts) {
            return missing(
                "Day",
                "in Ads Manager choose Breakdown, By time, Day (or Week) and export again",
            );
        }
        if !self.has(Column::Spend) {
            return missing(
                "Amount spent",
                "add it under Columns, Customise columns and export again",
            );
        }
        if self.has(Column::Results)
            && !self.has(Column::Leads)
            && !self.has(Column::ResultIndicator)
        {
            return missing(
                "Result indicator",
                "without it nobody can tell whether Results are leads; add it, or the column Leads, and export again",
            );
        }
        Ok(())
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.place(column).is_some()
    }

    /// Where the column is and what its heading says.
    pub(super) fn place(&self, column: Column) -> Option<(usize, &str)> {
        let found = self.found.iter().find(|(found, _, _)| *found == column);
        found.map(|(_, at, heading)| (*at, heading.as_str()))
    }
}

/// Whether a heading is this name, with or without a suffix in parentheses.
fn is_named(heading: &str, name: &str) -> bool {
    let words: Vec<&str> = heading.split_whitespace().collect();
    let full = words.join(" ").to_lowercase();
    let bare = full.split(" (").next().unwrap_or_default();
    // "Clicks (all)" is one metric, "Clicks" by another suffix would be another.
    full == name || (bare == name && name != "clicks")
}

/// `EUR` from `Amount spent (EUR)`.
fn currency(found: &[(Column, usize, String)]) -> Option<String> {
    let (_, _, heading) = found.iter().find(|(column, _, _)| *column == Column::Spend)?;
    let (_, rest) = heading.split_once('(')?;
    let code = rest.trim_end().strip_suffix(')')?.trim().to_uppercase();
    (code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(code)
}
