//! An Ads Manager export, served as if it were the API.
//!
//! A row of the export becomes a row of insights on its day. A row that covers a week is served
//! whole on the week's first day: its figures are never split, because any split would be made
//! up. So weekly sums are right where the rows' weeks begin on Monday, and daily ones are not to
//! be read; [`Replay::notes`] says so for the file at hand. Breakdown rows of one ad set and day
//! are added up, except for reach, which is left out. Spend keeps every digit that the file has.

mod cells;
mod columns;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, Weekday};
use rust_decimal::Decimal;
use weekledger_events::Week;

use super::calendar::{ordinal, shift};
use super::dice::fingerprint;
use super::world::{Account, AdSet, Campaign, Delivery, Property, Row, World};
use cells::Cells;
use columns::{Column, Columns};

/// Why an export cannot be replayed. Every message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read at all.
    #[error("cannot read {}", file.display())]
    Read {
        /// The export.
        file: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not a table in CSV.
    #[error("{}, line {line}: {problem}; export the report again as CSV", file.display())]
    NotCsv {
        /// The export.
        file: PathBuf,
        /// Counted from one, the heading included.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A column that is needed is not there.
    #[error("{}, line 1: there is no column “{column}”; {fix}", file.display())]
    NoColumn {
        /// The export.
        file: PathBuf,
        /// Its usual name.
        column: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// A cell does not hold what its column should.
    #[error("{}, line {line}, column “{column}”: “{value}” {problem}; {fix}", file.display())]
    Cell {
        /// The export.
        file: PathBuf,
        /// Counted from one, the heading included.
        line: u64,
        /// The column's heading in the file.
        column: String,
        /// What the cell says.
        value: String,
        /// What is wrong with it.
        problem: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// There is a heading and no row with a figure.
    #[error("{}: no row has any spend, impressions or results; export a period with delivery", file.display())]
    Empty {
        /// The export.
        file: PathBuf,
    },
}

/// An export, read and checked.
#[derive(Debug, Clone)]
pub struct Replay {
    accounts: Vec<Account>,
    newest: Date,
    newest_week: Option<Week>,
    oldest_week: Option<Week>,
    notes: Vec<String>,
}

/// A file larger than this is no weekly report.
const BYTES_MAX: u64 = 64 << 20;

impl Replay {
    /// Reads an export.
    ///
    /// # Errors
    /// With file, line, column and what to do, at the first thing that cannot be understood.
    pub fn read(path: &Path) -> Result<Self, ReplayError> {
        let failed = |source| ReplayError::Read { file: path.to_owned(), source };
        if std::fs::metadata(path).map_err(failed)?.len() > BYTES_MAX {
            return Err(ReplayError::NotCsv {
                file: path.to_owned(),
                line: 1,
                problem: "the file is larger than 64 MiB".to_owned(),
            });
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let mut reader = Reader::new(path, &bytes)?;
        reader.read_all()?;
        reader.finish()
    }

    /// The ad accounts of the export, normally one, named as the export names it.
    pub fn properties(&self) -> Vec<Property> {
        self.accounts.iter().map(|account| account.property.clone()).collect()
    }

    /// The newest day that the export covers.
    pub fn newest_day(&self) -> Date {
        self.newest
    }

    /// The newest week, Monday to Sunday, that the export covers whole. A row that covers some
    /// other seven days counts in the week of its first day.
    pub fn newest_week(&self) -> Option<Week> {
        self.newest_week
    }

    /// The oldest week that the export covers from its Monday.
    pub fn oldest_week(&self) -> Option<Week> {
        self.oldest_week
    }

    /// What was taken for granted or left out, for the person who replays it.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The export as a world without contacts.
    pub(super) fn world(&self) -> World {
        World { newest: self.newest, accounts: self.accounts.clone(), contacts: None }
    }
}

/// Account, campaign and ad set, each by id and name.
type Entity = (String, String);

struct Reader<'a> {
    file: &'a Path,
    records: Vec<(u64, csv::StringRecord)>,
    columns: Columns,
    sums: BTreeMap<(Entity, Entity, Entity, Date), Delivery>,
    /// Dates without an end are weeks, to judge by their distances.
    starts_weekly: bool,
    has_weeks: bool,
    off_monday: bool,
    summaries: u64,
    rounded: bool,
    oldest: Option<Date>,
    newest: Option<Date>,
}

impl<'a> Reader<'a> {
    fn new(file: &'a Path, bytes: &[u8]) -> Result<Self, ReplayError> {
        let mut table = csv::ReaderBuilder::new()
            .delimiter(delimiter(bytes))
            .has_headers(false)
            .from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
        let mut records = Vec::new();
        for record in table.records() {
            let record = record.map_err(|error| ReplayError::NotCsv {
                file: file.to_owned(),
                line: error.position().map_or(1, csv::Position::line),
                problem: error.to_string(),
            })?;
            records.push((record.position().map_or(1, csv::Position::line), record));
        }
        if records.is_empty() {
            return Err(ReplayError::Empty { file: file.to_owned() });
        }
        let columns = Columns::find(file, &records.remove(0).1)?;
        let mut reader = Self {
            file,
            records,
            columns,
            sums: BTreeMap::new(),
            starts_weekly: false,
            has_weeks: false,
            off_monday: false,
            summaries: 0,
            rounded: false,
            oldest: None,
            newest: None,
        };
        reader.starts_weekly = reader.judge_distances()?;
        Ok(reader)
    }

    fn cells<'b>(&'b self, line: u64, record: &'b csv::StringRecord) -> Cells<'b> {
        Cells { file: self.file, line, record, columns: &self.columns }
    }

    /// Without an end column, dates a week or whole weeks apart are taken for weeks.
    fn judge_distances(&self) -> Result<bool, ReplayError> {
        if self.columns.has(Column::Day) || self.columns.has(Column::Ends) {
            return Ok(false);
        }
        let mut starts = Vec::new();
        for (line, record) in &self.records {
            starts.extend(self.cells(*line, record).period()?.map(|(first, _)| ordinal(first)));
        }
        starts.sort_unstable();
        starts.dedup();
        Ok(starts.len() > 1 && starts.windows(2).all(|pair| (pair[1] - pair[0]) % 7 == 0))
    }

    fn read_all(&mut self) -> Result<(), ReplayError> {
        for (line, record) in std::mem::take(&mut self.records) {
            self.read_row(line, &record)?;
        }
        Ok(())
    }

    fn read_row(&mut self, line: u64, record: &csv::StringRecord) -> Result<(), ReplayError> {
        let cells = self.cells(line, record);
        // Ads Manager adds a line of totals that names no campaign; counting it would double all.
        let named = |column| !self.columns.has(column) || cells.text(column).is_some();
        let Some((first, last)) =
            cells.period()?.filter(|_| named(Column::Campaign) && named(Column::AdSet))
        else {
            self.summaries += 1;
            return Ok(());
        };
        let last = if self.starts_weekly && first == last { shift(first, 6) } else { last };
        let is_week = match ordinal(last) - ordinal(first) {
            0 => false,
            6 => true,
            _ => return Err(cells.neither_day_nor_week()),
        };
        let (delivery, rounded) = cells.delivery()?;
        let key = self.entities(&cells, first)?;
        self.rounded |= rounded;
        self.has_weeks |= is_week;
        self.off_monday |= is_week && ordinal(first).rem_euclid(7) != 0;
        self.oldest = Some(self.oldest.map_or(first, |oldest| oldest.min(first)));
        self.newest = self.newest.max(Some(last));
        if !delivery.is_nothing() {
            self.sums.entry(key).or_default().add(&delivery);
        }
        Ok(())
    }

    fn entities(
        &self,
        cells: &Cells<'_>,
        day: Date,
    ) -> Result<(Entity, Entity, Entity, Date), ReplayError> {
        let stem = self.file.file_stem().unwrap_or(self.file.as_os_str()).to_string_lossy();
        let text = |column| cells.text(column).map(str::to_owned);
        let account = text(Column::Account).unwrap_or_else(|| stem.into_owned());
        let campaign = text(Column::Campaign).unwrap_or_else(|| "All campaigns".to_owned());
        let ad_set = text(Column::AdSet).unwrap_or_else(|| campaign.clone());
        let account_id =
            cells.id(Column::AccountId)?.unwrap_or_else(|| made_id(&["account", &account]));
        let campaign_id = cells
            .id(Column::CampaignId)?
            .unwrap_or_else(|| made_id(&["campaign", &account_id, &campaign]));
        let ad_set_id = cells
            .id(Column::AdSetId)?
            .unwrap_or_else(|| made_id(&["ad set", &campaign_id, &ad_set]));
        Ok(((account_id, account), (campaign_id, campaign), (ad_set_id, ad_set), day))
    }

    fn finish(self) -> Result<Replay, ReplayError> {
        let Some(newest) = self.newest.filter(|_| !self.sums.is_empty()) else {
            return Err(ReplayError::Empty { file: self.file.to_owned() });
        };
        let notes = self.notes();
        let (newest_week, oldest_week) = (self.newest_week(newest), self.oldest_week());
        let mut accounts: Vec<Account> = Vec::new();
        for ((account, campaign, ad_set, day), delivery) in self.sums {
            let id = format!("act_{}", account.0);
            let at = position(
                &mut accounts,
                |known| known.property.meta_account == id,
                || Account {
                    property: Property {
                        name: account.1.clone(),
                        meta_account: id.clone(),
                        currency: self.columns.currency.clone(),
                        timezone: "UTC".to_owned(),
                    },
                    campaigns: Vec::new(),
                    rows: Vec::new(),
                },
            );
            let account = &mut accounts[at];
            let objective = "OUTCOME_LEADS".to_owned();
            let campaign_at = position(
                &mut account.campaigns,
                |known| known.id == campaign.0,
                || Campaign {
                    id: campaign.0.clone(),
                    name: campaign.1.clone(),
                    objective,
                    ad_sets: Vec::new(),
                },
            );
            let ad_sets = &mut account.campaigns[campaign_at].ad_sets;
            let ad_set_at = position(
                ad_sets,
                |known| known.id == ad_set.0,
                || AdSet {
                    id: ad_set.0.clone(),
                    name: ad_set.1.clone(),
                    optimization_goal: String::new(),
                    attribution_setting: String::new(),
                },
            );
            account.rows.push(Row { day, campaign: campaign_at, ad_set: ad_set_at, delivery });
        }
        for account in &mut accounts {
            account.rows.sort_by_key(|row| (row.day, row.campaign, row.ad_set));
        }
        Ok(Replay { accounts, newest, newest_week, oldest_week, notes })
    }

    fn newest_week(&self, newest: Date) -> Option<Week> {
        let last = Week::containing(newest);
        let whole = if newest.weekday() == Weekday::Sunday { last } else { last.previous() };
        let begun = self.off_monday || self.oldest.is_some_and(|oldest| oldest <= whole.monday());
        begun.then_some(whole)
    }

    fn oldest_week(&self) -> Option<Week> {
        let oldest = self.oldest?;
        let first = Week::containing(oldest);
        let whole = self.off_monday || oldest == first.monday();
        Some(if whole { first } else { first.next() })
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "an export tells nothing of contacts, so the report goes without CRM figures and says so"
                .to_owned(),
        ];
        if !self.columns.has(Column::Leads) && !self.columns.has(Column::Results) {
            notes.push("the file has no column “Leads”, so no lead figure of this export can be believed: leads are served as none; add the column under Columns, Customise columns and export again".to_owned());
        }
        if self.newest_week(self.newest.unwrap_or_default()).is_none() {
            notes.push(
                "the rows cover no whole week from Monday to Sunday; export a longer period"
                    .to_owned(),
            );
        }
        if self.has_weeks {
            notes.push("the rows cover weeks; each is served whole on its first day, so read weeks, not days".to_owned());
        }
        if self.off_monday {
            notes.push("some weeks do not begin on a Monday; their figures count in the week of their first day".to_owned());
        }
        if self.columns.currency_assumed {
            notes.push(format!("the file names no currency; {} is assumed", self.columns.currency));
        }
        if self.rounded {
            notes.push(
                "fractions of impressions, clicks or results were rounded to whole ones".to_owned(),
            );
        }
        if self.summaries > 0 {
            let lines = if self.summaries == 1 { "line" } else { "lines" };
            let were = if self.summaries == 1 {
                "was left out as a total"
            } else {
                "were left out as totals"
            };
            notes.push(format!("{} {lines} without a name or a date {were}", self.summaries));
        }
        if !self.columns.has(Column::AdSet) {
            notes.push("the file has no ad sets; each campaign is served as one".to_owned());
        }
        notes.push("the file names no time zone; the ad account is served in UTC".to_owned());
        notes
    }
}

/// The place of the matching item, which is added when there is none.
fn position<T>(
    items: &mut Vec<T>,
    matches: impl Fn(&T) -> bool,
    make: impl FnOnce() -> T,
) -> usize {
    if let Some(at) = items.iter().position(matches) {
        return at;
    }
    items.push(make());
    items.len() - 1
}

/// A number like the provider's ids, always the same for the same names.
fn made_id(names: &[&str]) -> String {
    (900_000_000_000_000 + fingerprint(&names.join("\u{1f}")) % 99_999_999_999_999).to_string()
}

/// Comma, unless the heading uses semicolons or tabs instead.
fn delimiter(bytes: &[u8]) -> u8 {
    let heading = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| heading.iter().filter(|byte| **byte == wanted).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|wanted| count(*wanted)).unwrap_or(b',')
}

/// Whole numbers stay; fractions are rounded, halves up, and reported.
fn whole(value: Decimal) -> Option<(u64, bool)> {
    use rust_decimal::prelude::ToPrimitive;
    let rounded =
        value.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    rounded.to_u64().map(|count| (count, rounded != value))
}
