//! The Scheduler: does it open and send each report at the configured times, and call `watch`?

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::Value;
use url::form_urlencoded;

use super::{StackPlace, check, unanswered};
use crate::aws::ask::{Question, Service};
use crate::aws::failure::Failure;
use crate::config::Report;
use crate::doctor::{Check, Grade};

const NAME: &str = "schedule";

const IN_TEMPLATE: &str = "Make the entry of Mappings in infra/template.yaml that of the \
                           configuration, name it in the parameter Reports, and deploy.";

/// `watch` makes up for every schedule but its own.
const MEANWHILE: &str = "watch does it within some minutes of the configured time";

impl StackPlace<'_> {
    pub(super) async fn schedules(&self, reports: &[&Report], now: Timestamp) -> Vec<Check> {
        let mut checks = vec![self.of_watch().await];
        for report in reports {
            for (kind, at) in [("open", report.open_at), ("deliver", report.deliver_at)] {
                checks.push(self.of_report(report, kind, at, now).await);
            }
        }
        checks
    }

    async fn of_watch(&self) -> Check {
        let (sentence, action) = match self.schedule("watch").await {
            Err(failure) => return unanswered(NAME, "watch", &failure),
            Ok(Some(found)) if is_enabled(&found) => {
                let every = found["ScheduleExpression"].as_str().unwrap_or_default().to_owned();
                return check(NAME, "watch", format!("watch is called by its schedule: {every}."));
            }
            Ok(Some(_)) => ("The schedule of watch is switched off", self.switch_on("watch")),
            Ok(None) => ("watch has no schedule", "Deploy the stack again.".to_owned()),
        };
        let sentence = format!("{sentence}: what stalls is not woken, and nobody is told.");
        check(NAME, "watch", sentence).graded(Grade::Fail, action)
    }

    async fn of_report(&self, report: &Report, kind: &str, at: Time, now: Timestamp) -> Check {
        let name = format!("{kind}-{}", report.id);
        let warn = |sentence: String, action: String| {
            check(NAME, &name, sentence).graded(Grade::Warn, action)
        };
        let found = match self.schedule(&name).await {
            Err(failure) => return unanswered(NAME, &name, &failure),
            Ok(found) => found,
        };
        let Some(found) = found else {
            let sentence = format!("There is no such schedule; {MEANWHILE}.");
            return warn(sentence, IN_TEMPLATE.to_owned());
        };
        if !is_enabled(&found) {
            let sentence = format!("The schedule is switched off; {MEANWHILE}.");
            return warn(sentence, self.switch_on(&name));
        }
        let text = |field: &str| found[field].as_str().unwrap_or_default();
        let stands = (text("ScheduleExpression"), text("ScheduleExpressionTimezone"));
        let wanted = format!("cron({} {} ? * MON *)", at.minute(), at.hour());
        if stands != (wanted.as_str(), report.time_zone_name()) {
            let sentence = format!(
                "The schedule is {} in {}, and the configuration says Monday {} in {}. The \
                 configuration counts: {MEANWHILE}.",
                stands.0,
                stands.1,
                at.strftime("%H:%M"),
                report.time_zone_name()
            );
            return warn(sentence, IN_TEMPLATE.to_owned());
        }
        match next(report, at, now) {
            None => check(NAME, &name, "The schedule is switched on."),
            Some(next) => check(NAME, &name, format!("The next time is {next}.")),
        }
    }

    fn switch_on(&self, name: &str) -> String {
        let group = &self.names.schedules;
        format!("Enable it: console of EventBridge, Scheduler, group {group}, schedule {name}.")
    }

    /// `None` if there is no schedule of this name.
    async fn schedule(&self, name: &str) -> Result<Option<Value>, Failure> {
        let group: String =
            form_urlencoded::byte_serialize(self.names.schedules.as_bytes()).collect();
        let path = format!("/schedules/{name}?groupName={group}");
        let operation = "Scheduler GetSchedule";
        let question = Question { operation, service: Service::Scheduler, path: &path };
        match self.ask().json(question).await {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.code == "ResourceNotFoundException" => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

fn is_enabled(schedule: &Value) -> bool {
    schedule["State"] == "ENABLED"
}

/// The next Monday at this time, as the report's readers write it.
fn next(report: &Report, at: Time, now: Timestamp) -> Option<String> {
    let local = now.to_zoned(report.time_zone.clone());
    let to_monday = (7 - local.weekday().to_monday_zero_offset()).rem_euclid(7);
    let this = local.date().checked_add(i64::from(to_monday).days()).ok()?;
    let on = |date: jiff::civil::Date| date.to_datetime(at).to_zoned(report.time_zone.clone()).ok();
    let mut next = on(this)?;
    if next.timestamp().duration_since(now) <= SignedDuration::ZERO {
        next = on(this.checked_add(7.days()).ok()?)?;
    }
    Some(next.strftime("%A %-d %B %Y, %H:%M %Q").to_string())
}
