//! `config check`: what is wrong with the configuration, or what it will do and when.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use weekledger::config::{Config, ConfigError, Problem, Report, Schedule, StartDelay};
use weekledger_events::{ReportId, Week};
use weekledger_projections::verdict::gates::Gates;

use crate::args::AnswerArgs;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Align, Answer, Table};
use crate::remote::{self, no_configuration};
use crate::world::block_on;

/// Say what is wrong with the configuration, or what it will do and when
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  weekledger config check
  weekledger config check --config hotels.toml --json
  weekledger --ledger aws config check       not the file, but what the stack reads")]
pub struct Args {
    #[command(flatten)]
    answer: AnswerArgs,
}

/// The answer. `problems` is empty exactly if `usable`; then `reports` is what it will do.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    /// Absent for a stack.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<String>,
    usable: bool,
    problems: Vec<Problem>,
    reports: Vec<CheckedReport>,
}

#[derive(Debug, Serialize)]
struct CheckedReport {
    report: ReportId,
    title: String,
    time_zone: String,
    accounts: usize,
    recipients: usize,
    approval: bool,
    next: NextWeek,
    /// The start that the zones of the accounts put off the most within a year.
    delay: Option<Delay>,
    /// Present if more figures may alert than the rules are measured for.
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts: Option<String>,
}

/// The next week to be reported.
#[derive(Debug, Serialize)]
struct NextWeek {
    week: Week,
    opens_at: Timestamp,
    starts_at: Timestamp,
    analysis_due: Timestamp,
    deliver_at: Timestamp,
    #[serde(skip)]
    zone: TimeZone,
}

#[derive(Debug, Serialize)]
struct Delay {
    week: Week,
    account: String,
    time_zone: String,
    starts_at: Timestamp,
    /// The mail cannot be there at its time either.
    after_delivery: bool,
    sentence: String,
}

pub fn run(args: &Args, context: &Context) -> Result<Exit, Failure> {
    let answer = args.answer;
    let (file, data_dir, config) = if context.is_remote() {
        let (place, config) = block_on(live(context))?;
        (place, None, config)
    } else {
        let file = context.config_path.display().to_string();
        let data_dir = context.data_dir.display().to_string();
        (file, Some(data_dir), Config::load(&context.config_path))
    };
    let checked = |problems: Vec<Problem>, reports| Checked {
        file,
        data_dir,
        usable: problems.is_empty(),
        problems,
        reports,
    };
    match config {
        Ok(config) => {
            let now = context.now();
            let reports = config.reports.iter().map(|report| check(report, now)).collect();
            context.answer(&checked(Vec::new(), reports), answer)?;
            Ok(Exit::Done)
        }
        Err(ConfigError::Invalid(problems)) if answer.json => {
            context.answer(&checked(problems.list, Vec::new()), answer)?;
            Ok(Exit::Usage)
        }
        Err(error) => Err(error.into()),
    }
}

/// The live configuration of a stack, and where it lies.
async fn live(context: &Context) -> Result<(String, Result<Config, ConfigError>), Failure> {
    let remote = remote::open(context).await?;
    let place = remote.configuration_place();
    let text = remote.configuration().await?.ok_or_else(|| no_configuration(&place))?.text;
    let config = Config::parse(&text, Path::new(&place)).map_err(ConfigError::Invalid);
    Ok((place, config))
}

fn check(report: &Report, now: Timestamp) -> CheckedReport {
    let week = report.newest_due_week(now).next();
    let Schedule { opens_at, starts_at, analysis_due, deliver_at } = report.schedule(week);
    let zone = report.time_zone.clone();
    CheckedReport {
        report: report.id.clone(),
        title: report.title.clone(),
        time_zone: report.time_zone_name().to_owned(),
        accounts: report.accounts.len(),
        recipients: report.recipients.len(),
        approval: report.approval,
        next: NextWeek { week, opens_at, starts_at, analysis_due, deliver_at, zone },
        delay: report.start_delay(week).map(|delay| explain(delay, report)),
        alerts: unmeasured(report),
    }
}

/// Accounts are what they are, so that this is no error, but nobody knows how often such a report
/// alerts falsely.
fn unmeasured(report: &Report) -> Option<String> {
    let series = report.alerts.series_at_least(report.accounts.len());
    (series > Gates::SERIES_MAX).then(|| {
        format!(
            "{}: {series} figures may raise an alert, and how often the rules do so falsely is measured for {} at \
             most; write levels = [\"report\"] into [report.alerts], or split the report",
            report.id,
            Gates::SERIES_MAX
        )
    })
}

fn explain(delay: StartDelay, report: &Report) -> Delay {
    let StartDelay { week, account, time_zone, opens_at, starts_at, deliver_at } = delay;
    let local =
        |at: Timestamp| at.to_zoned(report.time_zone.clone()).strftime("%a %H:%M").to_string();
    let after_delivery = starts_at >= deliver_at;
    let consequence = if after_delivery {
        format!("; the mail follows when it is ready, later than {}", local(deliver_at))
    } else {
        String::new()
    };
    let sentence = format!(
        "{}: the start is later than {}, at {} {} for {week}, because the week of \"{account}\" \
         has to end in {time_zone} and settle for three hours{consequence}",
        report.id,
        local(opens_at),
        local(starts_at),
        report.time_zone_name(),
    );
    Delay { week, account, time_zone, starts_at, after_delivery, sentence }
}

impl Answer for Checked {
    fn for_people(&self) -> String {
        let mut table = Table::new([
            ("REPORT", Align::Left),
            ("ACCOUNTS", Align::Right),
            ("RECIPIENTS", Align::Right),
            ("NEXT WEEK", Align::Left),
            ("STARTS", Align::Left),
            ("DELIVERED", Align::Left),
        ]);
        for report in &self.reports {
            let next = &report.next;
            let local = |at: Timestamp| at.to_zoned(next.zone.clone()).strftime("%a %F %H:%M %Z");
            let delivered = if report.approval {
                "after `send`".to_owned()
            } else if next.starts_at >= next.deliver_at {
                "when ready".to_owned()
            } else {
                local(next.deliver_at).to_string()
            };
            table.row([
                report.report.to_string(),
                report.accounts.to_string(),
                report.recipients.to_string(),
                next.week.to_string(),
                local(next.starts_at).to_string(),
                delivered,
            ]);
        }
        let notes = self.reports.iter().flat_map(|report| {
            let delay = report.delay.as_ref().map(|delay| &delay.sentence);
            delay.into_iter().chain(&report.alerts)
        });
        let notes: String = notes.map(|note| format!("\nnote: {note}\n")).collect();
        format!("{} is usable\n\n{table}{notes}", self.file)
    }
}
