//! From a file's text to a checked configuration, or to every problem that it has.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::civil::Time;
use toml::de::DeTable;
use weekledger_events::ReportId;
use weekledger_projections::alerts::AlertRule;
use weekledger_projections::verdict::gates::Gates;

use super::error::{Collector, ConfigError, Flaw, Problems};
use super::section::{Found, Section};
use super::settings::{
    AccountSettings, AnalystSettings, AttributionSettings, HoldSettings, HubspotSettings, MetaPace,
    MetaSettings, NoteSettings, Provider, SourceLimits, searches_per_second,
};
use super::{Account, Config, MailConfig, Recipient, Report, check, defaults};
use crate::ports::READ_LIMIT;

/// A configuration of a hundred reports is far smaller.
const FILE_BYTES_MAX: u64 = 1 << 20;

impl Config {
    /// Reads and checks a configuration file. All problems found are in one error.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(&Self::read(path)?, path).map_err(ConfigError::Invalid)
    }

    /// Reads a configuration file, unchecked.
    pub fn read(path: &Path) -> Result<String, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
        let file = File::open(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ConfigError::Missing { path: path.to_owned() },
            _ => unreadable(source),
        })?;
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(ConfigError::TooLarge { path: path.to_owned(), max: FILE_BYTES_MAX });
        }
        String::from_utf8(bytes).map_err(|error| {
            let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
            ConfigError::NotText { path: path.to_owned(), line }
        })
    }

    /// Checks a configuration's text. `path` is for messages, and for what the file names
    /// relative to itself.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Problems> {
        let collector = Collector::new(text);
        let (table, syntax) = DeTable::parse_recoverable(text);
        for error in &syntax {
            let span = error.span().unwrap_or(0..0);
            let what = format!("this is not TOML: {}", error.message());
            match header_at(text, span.start) {
                Some((name, fix)) => collector.add(span, &name, Flaw::new(what, fix)),
                None => {
                    let field = field_at(text, span.start);
                    collector.add(span, &field, Flaw::new(what, SYNTAX_FIX));
                }
            }
        }
        if !syntax.is_empty() {
            return Err(collector.finish(path));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let config = read_file(Section::root(&collector, table.get_ref()), folder);
        match config {
            Some(config) if collector.is_empty() => Ok(config),
            _ => Err(collector.finish(path)),
        }
    }
}

/// The table whose header stands on a line, and how it is written, if the line begins like one.
fn header_at(text: &str, at: usize) -> Option<(String, String)> {
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at))?;
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let line = text[start..].lines().next()?.trim();
    let name: String = line
        .trim_start_matches('[')
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "_-.".contains(*c))
        .collect();
    if !line.starts_with('[') || name.is_empty() {
        return None;
    }
    let header = if line.starts_with("[[") { format!("[[{name}]]") } else { format!("[{name}]") };
    Some((name, format!("write {header} on a line of its own")))
}

/// The field that a place in the text belongs to, as far as its lines say, since text that is no
/// TOML has no tree of fields.
fn field_at(text: &str, at: usize) -> String {
    let line_end = |from: usize| text[from..].find('\n').map_or(text.len(), |end| from + end);
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let mut lines = text[..line_end(at)].lines().rev();
    let plain = |name: &str| {
        let name = name.trim();
        let bare = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        (!name.is_empty() && name.len() <= 100 && name.chars().all(bare)).then(|| name.to_owned())
    };
    let key = lines.next().and_then(|line| plain(line.split_once('=')?.0));
    let header =
        lines.find_map(|line| plain(line.trim().strip_prefix('[')?.trim_matches(['[', ']'])));
    header.into_iter().chain(key).collect::<Vec<_>>().join(".")
}

const SYNTAX_FIX: &str = "write `name = value` with texts in quotes, and each name once";

/// `None` only after a problem has been noted; the same holds for every reader below.
fn read_file(mut root: Section<'_>, folder: &Path) -> Option<Config> {
    let mut sources = root.section("sources");
    let meta = read_meta(sources.section("meta"));
    let hubspot = read_hubspot(sources.section("hubspot"));
    sources.finish();
    let analyst = read_analyst(root.section("analyst"));
    let mail = read_mail(root.section("mail"));
    let mut owner_section = root.section("owner");
    let owner = owner_section.optional("email", check::address).map(|found| found.value);
    owner_section.finish();
    let mut archive = root.section("archive");
    let keep_raw_days = archive.or("keep_raw_days", defaults::KEEP_RAW_DAYS, check::small(1, 3650));
    archive.finish();
    let limits = read_limits(root.section("limits"));
    let hold = read_hold(root.section("hold"));
    let mut secrets = root.section("secrets");
    let secrets_file = secrets.optional("file", check::text);
    let secrets_file = secrets_file.map(|found| folder.join(PathBuf::from(found.value)));
    secrets.finish();
    let reports = read_reports(&mut root);
    let notes = read_notes(&mut root, reports.as_deref().unwrap_or_default());
    root.finish();
    Some(Config {
        meta,
        hubspot,
        analyst: analyst?,
        mail: mail?,
        owner,
        keep_raw_days,
        limits,
        hold,
        secrets_file,
        reports: reports?,
        notes: notes?,
    })
}

fn read_meta(mut section: Section<'_>) -> MetaSettings {
    let base_url = section.or("base_url", defaults::META_BASE_URL.to_owned(), check::base_url);
    let version = defaults::META_API_VERSION.to_owned();
    let api_version = section.or("api_version", version, check::meta_version);
    let page_size = section.or("page_size", defaults::META_PAGE_SIZE, check::small(1, 1000));
    let pace = read_pace(&mut section);
    section.finish();
    MetaSettings { base_url, api_version, page_size, pace }
}

/// Longer pauses than a minute are not slept through between two requests.
fn read_pace(meta: &mut Section<'_>) -> MetaPace {
    let served = MetaPace::default();
    MetaPace {
        slow_percent: meta.or("slow_percent", served.slow_percent, check::small(1, 100)),
        slow_seconds: meta.or("slow_seconds", served.slow_seconds, check::small(0, 60)),
        pause_percent: meta.or("pause_percent", served.pause_percent, check::small(1, 100)),
        pause_seconds: meta.or("pause_seconds", served.pause_seconds, check::small(0, 60)),
        job_minutes_max: meta.or("job_minutes_max", served.job_minutes_max, check::small(1, 1440)),
    }
}

fn read_hubspot(mut section: Section<'_>) -> HubspotSettings {
    let enabled = section.or("enabled", true, check::flag);
    let base_url = section.or("base_url", defaults::HUBSPOT_BASE_URL.to_owned(), check::base_url);
    let version = defaults::HUBSPOT_API_VERSION.to_owned();
    let api_version = section.or("api_version", version, check::hubspot_version);
    let page_size = section.or("page_size", defaults::HUBSPOT_PAGE_SIZE, check::small(1, 200));
    let exclude_offline = section.or("exclude_offline", true, check::flag);
    let searches_per_second =
        section.or("searches_per_second", searches_per_second(), check::small(1, 50));
    section.finish();
    HubspotSettings {
        enabled,
        base_url,
        api_version,
        page_size,
        exclude_offline,
        count_unattributed: true,
        searches_per_second,
    }
}

fn read_analyst(mut section: Section<'_>) -> Option<AnalystSettings> {
    let provider = section.or("provider", Provider::Rules, check::provider);
    let (base_url, region) = match provider {
        Provider::Bedrock => {
            let region = section.required("region", "\"eu-central-1\"", check::region);
            let region = region.map(|found| found.value);
            let usual = defaults::bedrock_base_url(region.as_deref().unwrap_or_default());
            (section.or("base_url", usual, check::base_url), Some(region))
        }
        Provider::Anthropic | Provider::Rules => {
            (section.or("base_url", defaults::ANALYST_BASE_URL.to_owned(), check::base_url), None)
        }
    };
    let model = match provider {
        Provider::Bedrock => defaults::BEDROCK_MODEL,
        Provider::Anthropic | Provider::Rules => defaults::ANALYST_MODEL,
    };
    let model = section.or("model", model.to_owned(), check::text);
    let api_version = section.optional("api_version", check::date_version).map(|found| found.value);
    let purposes = section.or("purposes", BTreeMap::new(), check::purposes);
    section.finish();
    let region = match region {
        Some(region) => Some(region?),
        None => None,
    };
    Some(AnalystSettings { provider, base_url, model, region, purposes, api_version })
}

fn read_mail(mut section: Section<'_>) -> Option<MailConfig> {
    let from = section.required("from", "\"reports@example.com\"", check::sender);
    let attempts_max = section.or("attempts_max", defaults::SEND_ATTEMPTS_MAX, check::small(1, 10));
    section.finish();
    Some(MailConfig { from: from?.value, attempts_max })
}

fn read_limits(mut section: Section<'_>) -> SourceLimits {
    let served = defaults::limits();
    let limits = SourceLimits {
        pages_max: section.or("pages_max", served.pages_max, check::small(1, 100_000)),
        body_bytes_max: section.or("body_bytes_max", served.body_bytes_max, |value| {
            check::number(value, 1024, READ_LIMIT)
        }),
        rows_max: section.or("rows_max", served.rows_max, check::small(1, 10_000_000)),
        request_seconds_max: section.or(
            "request_seconds_max",
            served.request_seconds_max,
            check::small(1, 600),
        ),
        attempts_max: section.or("attempts_max", served.attempts_max, check::small(1, 20)),
    };
    section.finish();
    limits
}

fn read_hold(mut section: Section<'_>) -> HoldSettings {
    let served = defaults::hold();
    let hold = HoldSettings {
        reconciliation_percent_max: section.or(
            "reconciliation_percent_max",
            served.reconciliation_percent_max,
            check::small(0, 100),
        ),
        accounts_missing_max: section.or(
            "accounts_missing_max",
            served.accounts_missing_max,
            check::small(0, 1000),
        ),
        accounts_silent_max: section.or(
            "accounts_silent_max",
            served.accounts_silent_max,
            check::small(0, 1000),
        ),
        accounts_stopped_max: section.or(
            "accounts_stopped_max",
            served.accounts_stopped_max,
            check::small(0, 1000),
        ),
    };
    section.finish();
    hold
}

fn read_reports(root: &mut Section<'_>) -> Option<Vec<Report>> {
    let mut ids = Distinct::new("report id", "give each report an id of its own");
    let sections = root.sections("report");
    let count = sections.len();
    let reports: Vec<Report> =
        sections.into_iter().filter_map(|section| read_report(section, &mut ids)).collect();
    (count > 0 && reports.len() == count).then_some(reports)
}

/// What the company did. A note of a report that the file does not have would be lost in silence.
fn read_notes(
    root: &mut Section<'_>,
    reports: &[Report],
) -> Option<Vec<(Option<ReportId>, NoteSettings)>> {
    let sections = root.sections_if_any("note");
    let count = sections.len();
    let notes: Vec<_> = sections
        .into_iter()
        .filter_map(|mut section| {
            let report = section.optional("report", check::report_id);
            let week = section.required("week", "\"2026-W40\"", check::week);
            let text = section.required("text", "\"Budget halved\"", check::text);
            let exclude = section.or("exclude", false, check::flag);
            if let Some(found) = &report
                && !reports.is_empty()
                && !reports.iter().any(|report| report.id == found.value)
            {
                let what = format!("the file has no report {}", found.value);
                section.flaw(found, Flaw::new(what, "use the id of a [[report]], or remove it"));
            }
            section.finish();
            let note = NoteSettings { week: week?.value, text: text?.value, exclude };
            Some((report.map(|found| found.value), note))
        })
        .collect();
    (notes.len() == count).then_some(notes)
}

fn read_report(mut section: Section<'_>, ids: &mut Distinct) -> Option<Report> {
    let id = section.required("id", "\"weekly\"", check::report_id);
    ids.check(&section, id.as_ref(), |id| id.to_string());
    let title = section.required("title", "\"Weekly advertising report\"", check::text);
    let time_zone = section.required("timezone", "\"Europe/Amsterdam\"", check::time_zone);
    let open_at = section.or("open_at", defaults::OPEN_AT, check::time_of_day);
    let written = section.optional("deliver_at", check::time_of_day);
    let deliver_at = written.as_ref().map_or(defaults::DELIVER_AT, |found| found.value);
    if deliver_at <= open_at {
        let minutes = |time: Time| time.strftime("%H:%M");
        let (opened, delivered) = (minutes(open_at), minutes(deliver_at));
        let what = format!("the report opens at {opened} and would be delivered at {delivered}");
        let fix = "set deliver_at later than open_at, by two hours if possible";
        section.flaw_at("deliver_at", written.as_ref(), Flaw::new(what, fix));
    }
    let approval = section.or("approval", false, check::flag);
    let count_unattributed =
        section.optional("count_unattributed", check::flag).map(|found| found.value);
    let accounts = read_accounts(&mut section);
    let recipients = read_recipients(&mut section, id.as_ref());
    let alerts = read_alerts(section.section("alerts"), accounts.as_deref().unwrap_or_default());
    section.finish();
    Some(Report {
        id: id?.value,
        title: title?.value,
        time_zone: time_zone?.value,
        open_at,
        deliver_at,
        approval,
        count_unattributed,
        accounts: accounts?,
        recipients: recipients?,
        alerts,
    })
}

fn read_alerts(mut section: Section<'_>, accounts: &[Account]) -> AlertRule {
    let served = AlertRule::default();
    let levels = section.optional("levels", check::alert_levels);
    let metrics = section.optional("figures", check::alert_figures);
    let is_written = levels.is_some() || metrics.is_some();
    let rule = AlertRule {
        levels: levels.as_ref().map_or(served.levels, |found| found.value.clone()),
        metrics: metrics.map_or(served.metrics, |found| found.value),
    };
    let series = rule.series_at_least(accounts.len());
    if is_written && series > Gates::SERIES_MAX {
        let what = format!(
            "{series} figures might raise an alert, and the rules are measured for {} at most",
            Gates::SERIES_MAX
        );
        let fix = "leave out \"account\", or one of the figures";
        section.flaw_at("levels", levels.as_ref(), Flaw::new(what, fix));
    }
    section.finish();
    rule
}

fn read_accounts(report: &mut Section<'_>) -> Option<Vec<Account>> {
    let mut ids = Distinct::new("ad account", "list each ad account once");
    let mut names = Distinct::new("account name", "give each account a name of its own");
    let sections = report.sections("account");
    let count = sections.len();
    let read = |mut section: Section<'_>| {
        let name = section.required("name", "\"Hotel North\"", check::text);
        names.check(&section, name.as_ref(), |name| name.to_lowercase());
        let account = section.required("meta_account", "\"1234567890\"", check::meta_account);
        ids.check(&section, account.as_ref(), |account| account.to_string());
        let time_zone = section.optional("timezone", check::time_zone).map(|found| found.value);
        let currency = section.optional("currency", check::currency).map(|found| found.value);
        let lead_actions = section.or("lead_actions", defaults::lead_actions(), check::texts(1));
        let attribution = read_attribution(section.section("attribution"));
        section.finish();
        let (name, account) = (name?.value, account?.value);
        let named = time_zone.as_ref().and_then(|zone| zone.iana_name()).map(str::to_owned);
        let settings = AccountSettings {
            name,
            account,
            time_zone: named,
            currency,
            lead_actions,
            attribution,
        };
        Some(Account { settings, time_zone })
    };
    let accounts: Vec<Account> = sections.into_iter().filter_map(read).collect();
    (count > 0 && accounts.len() == count).then_some(accounts)
}

fn read_attribution(mut section: Section<'_>) -> AttributionSettings {
    let served = defaults::attribution();
    let campaign_parameters =
        section.or("campaign_parameters", served.campaign_parameters, check::texts(0));
    let ad_set_parameters =
        section.or("ad_set_parameters", served.ad_set_parameters, check::texts(0));
    let properties = section.or("properties", served.properties, check::contact_properties);
    let drill_down_names = section.or("drill_down_names", served.drill_down_names, check::flag);
    section.finish();
    AttributionSettings { campaign_parameters, ad_set_parameters, properties, drill_down_names }
}

fn read_recipients(
    report: &mut Section<'_>,
    id: Option<&Found<ReportId>>,
) -> Option<Vec<Recipient>> {
    let mut addresses = Distinct::new("address", "list each recipient once");
    let mut keys = Distinct::new("recipient key", "give each recipient a key of its own");
    let sections = report.sections("recipient");
    let count = sections.len();
    let read = |mut section: Section<'_>| {
        let name = section.required("name", "\"Ada Example\"", check::text);
        let address = section.required("email", "\"ada@example.com\"", check::address);
        addresses.check(&section, address.as_ref(), |address| address.as_str().to_lowercase());
        let department = section.required("department", "\"Leadership\"", check::department);
        let key = section.optional("key", check::recipient_key);
        keys.check(&section, key.as_ref(), |key| key.to_string());
        section.finish();
        let address = address?.value;
        let key = match key {
            Some(written) => written.value,
            None => check::derived_key(&id?.value, &address)?,
        };
        Some(Recipient { key, name: name?.value, address, department: department?.value })
    };
    let recipients: Vec<Recipient> = sections.into_iter().filter_map(read).collect();
    (count > 0 && recipients.len() == count).then_some(recipients)
}

/// Finds values that may occur only once.
struct Distinct {
    what: &'static str,
    fix: &'static str,
    seen: Vec<(String, String)>,
}

impl Distinct {
    fn new(what: &'static str, fix: &'static str) -> Self {
        Self { what, fix, seen: Vec::new() }
    }

    fn check<T>(
        &mut self,
        section: &Section<'_>,
        found: Option<&Found<T>>,
        text: impl FnOnce(&T) -> String,
    ) {
        let Some(found) = found else { return };
        let value = text(&found.value);
        match self.seen.iter().find(|(seen, _)| *seen == value) {
            Some((_, first)) => {
                let what = format!("the same {} stands in {first}", self.what);
                section.flaw(found, Flaw::new(what, self.fix));
            }
            None => self.seen.push((value, found.path.clone())),
        }
    }
}
