//! When the check is made by itself: on the day before a report, so that there is time to act.

use jiff::Timestamp;
use jiff::civil::{Time, Weekday, time};
use weekledger_events::{EventId, RunId, StreamId, Week};

use super::Check;
use crate::config::Report;
use crate::ports::{ArtifactName, StepName};

/// Nobody is woken earlier on a Sunday.
const FROM: Time = time(9, 0, 0, 0);

/// What may pass by itself is given until then.
const AT_LAST: Time = time(18, 0, 0, 0);

/// The week whose report is checked for at `now`; `None` on any other day than the one before.
pub fn due(report: &Report, now: Timestamp) -> Option<Week> {
    let local = now.to_zoned(report.time_zone.clone());
    let is_day = local.weekday() == Weekday::Sunday && local.time() >= FROM;
    is_day.then(|| Week::containing(local.date()))
}

/// Whether the outcome is to be recorded, so that it is not looked at again on this day.
pub fn is_settled(report: &Report, now: Timestamp, checks: &[Check]) -> bool {
    let at_last = now.to_zoned(report.time_zone.clone()).time() >= AT_LAST;
    at_last || checks.iter().all(|check| !check.may_pass)
}

/// Where the outcome is recorded, once for each week: whoever makes it tells the owner.
pub fn record_name(stream: &StreamId) -> ArtifactName {
    let run = EventId::report_run(&stream.report, stream.week);
    ArtifactName::evidence_step(RunId(run), &StepName::new(run, "doctor", 1))
}
