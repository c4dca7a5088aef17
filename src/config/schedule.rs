//! When a report's week may be pulled and when it is sent: pure arithmetic on a week and zones.
//!
//! A local time that a clock change skips counts as the instant as far after the gap (02:30
//! becomes 03:30); one that occurs twice counts as its first occurrence.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use weekledger_events::Week;

use super::{Account, Report};

/// Providers need some time after midnight before a day's figures are worth pulling.
pub const SETTLING_HOURS: i64 = 3;

/// What the words may take before the rules write them, if delivery would be sooner.
const ANALYSIS_TIME: SignedDuration = SignedDuration::from_mins(45);

/// What rendering, verifying and releasing may take before delivery.
const DELIVERY_RESERVE: SignedDuration = SignedDuration::from_mins(15);

/// The instants of one report and week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The schedule's own time: Monday, `open_at`, in the report's zone.
    pub opens_at: Timestamp,
    /// Nothing is pulled earlier: the later of `opens_at` and three hours after the week has
    /// ended in every zone.
    pub starts_at: Timestamp,
    /// Past this, the rules write the words.
    pub analysis_due: Timestamp,
    /// Nothing is sent earlier: Monday, `deliver_at`, in the report's zone.
    pub deliver_at: Timestamp,
}

/// The start of a week that an account's zone puts off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartDelay {
    pub week: Week,
    pub account: String,
    pub time_zone: String,
    pub opens_at: Timestamp,
    pub starts_at: Timestamp,
    pub deliver_at: Timestamp,
}

impl Report {
    /// The schedule of a week. The zones are those that the file names: the report's, and each
    /// account's where given.
    pub fn schedule(&self, week: Week) -> Schedule {
        let opens_at = self.monday_after(week, self.open_at);
        let settled = self.zones().map(|zone| settled(week, zone)).max();
        let starts_at = settled.map_or(opens_at, |settled| settled.max(opens_at));
        let deliver_at = self.monday_after(week, self.deliver_at);
        let analysis_due = analysis_due(starts_at, deliver_at);
        Schedule { opens_at, starts_at, analysis_due, deliver_at }
    }

    /// The newest week that has ended in every zone at `now`.
    pub fn last_complete_week(&self, now: Timestamp) -> Week {
        let newest = |zone| Week::last_complete(now, zone);
        self.zones().map(newest).min().unwrap_or_else(|| newest(&self.time_zone))
    }

    /// The newest week whose pull may have begun at `now`.
    pub fn newest_due_week(&self, now: Timestamp) -> Week {
        let week = self.last_complete_week(now);
        if self.schedule(week).starts_at <= now { week } else { week.previous() }
    }

    /// The account that puts the start off the most among the weeks of a year from `week` on;
    /// `None` if the schedule holds in all of them. A year, since zones change their clocks on
    /// different days.
    pub fn start_delay(&self, week: Week) -> Option<StartDelay> {
        (0..53).filter_map(|count| self.delay_of(week.plus(count))).reduce(|worst, delay| {
            let by = |delay: &StartDelay| delay.starts_at.duration_since(delay.opens_at);
            if by(&delay) > by(&worst) { delay } else { worst }
        })
    }

    fn delay_of(&self, week: Week) -> Option<StartDelay> {
        let Schedule { opens_at, starts_at, deliver_at, .. } = self.schedule(week);
        let zoned = |account: &Account| {
            let zone = account.time_zone.clone().unwrap_or_else(|| self.time_zone.clone());
            (account.settings.name.clone(), zone)
        };
        let last = self.accounts.iter().map(zoned).max_by_key(|(_, zone)| settled(week, zone));
        let (account, zone) = last.filter(|_| starts_at > opens_at)?;
        let time_zone = zone.iana_name().unwrap_or("UTC").to_owned();
        Some(StartDelay { week, account, time_zone, opens_at, starts_at, deliver_at })
    }

    /// The zones that a week has to end in. The report's own cuts contacts without a campaign.
    fn zones(&self) -> impl Iterator<Item = &TimeZone> {
        let accounts = self.accounts.iter().filter_map(|account| account.time_zone.as_ref());
        std::iter::once(&self.time_zone).chain(accounts)
    }

    fn monday_after(&self, week: Week, at: Time) -> Timestamp {
        let local = week.next().monday().to_datetime(at);
        local.to_zoned(self.time_zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }
}

/// When the rules take over: in time for `deliver_at`, yet never before the analyst has had
/// 45 minutes from the start.
pub fn analysis_due(starts_at: Timestamp, deliver_at: Timestamp) -> Timestamp {
    let fair = starts_at.checked_add(ANALYSIS_TIME).unwrap_or(Timestamp::MAX);
    let in_time = deliver_at.checked_sub(DELIVERY_RESERVE).unwrap_or(Timestamp::MIN);
    fair.max(in_time)
}

fn settled(week: Week, zone: &TimeZone) -> Timestamp {
    let (_, end) = week.bounds(zone);
    end.checked_add(SignedDuration::from_hours(SETTLING_HOURS)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
