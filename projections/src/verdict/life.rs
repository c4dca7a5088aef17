//! The life of a signal: opened, persisting, ended. A fold over delivered weeks, oldest first.

use super::baseline::{BLOCK, Baseline, Sample};
use super::gates::Gates;
use super::signal::{self, Side};

/// Delivered weeks before the newest that a verdict needs.
pub const HISTORY_WEEKS_MIN: usize = 12;
/// Weeks of a baseline: at least, before the recent ones, and at most.
pub const BASELINE_WEEKS_MIN: usize = 8;
pub const BASELINE_WEEKS_MAX: usize = 26;
/// From so many weeks on an open signal is a new level, if the figure is still there.
pub const OPEN_WEEKS_MAX: usize = 13;
/// Successive evaluations inside the frozen band that end a signal.
const ORDINARY_EVALUATIONS: usize = 2;

/// Which rule found the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sustained,
    /// One week, unconfirmed.
    Shock,
}

/// An open signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Open {
    pub kind: Kind,
    pub side: Side,
    /// Positions of the week in which it opened and of the first week that it is about.
    pub opened: usize,
    pub first: usize,
    /// As it was when the change was first seen.
    pub baseline: Baseline,
    ordinary: usize,
    /// SUSTAINED held at the evaluation before.
    held: bool,
}

/// How a signal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Recovered,
    NewLevel,
}

/// What an evaluation found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Too few weeks before this one.
    Untestable,
    Quiet,
    Opened,
    Persisting,
    Ended(Side, Kind, Ending),
}

/// The state after some weeks.
#[derive(Debug, Clone)]
pub struct Life<'g> {
    gates: &'g Gates,
    samples: Vec<Sample>,
    open: Option<Open>,
    /// What SUSTAINED said of the week before, with its baseline.
    candidate: Option<(Side, Baseline)>,
    /// Where a new level began: no older week is a baseline.
    from: usize,
}

impl<'g> Life<'g> {
    pub fn new(gates: &'g Gates) -> Self {
        Self { gates, samples: Vec::new(), open: None, candidate: None, from: 0 }
    }

    pub fn open(&self) -> Option<&Open> {
        self.open.as_ref()
    }

    /// The baseline of the newest week: frozen while a signal is open.
    pub fn baseline(&self) -> Option<Baseline> {
        match &self.open {
            Some(open) => Some(open.baseline),
            None => self.before(self.samples.len().checked_sub(1)?),
        }
    }

    /// Whether the week at a position is of the present level, not taken out of baselines, and no
    /// part of a signal.
    pub fn is_ordinary(&self, position: usize) -> bool {
        let is_open = self.open.is_some_and(|open| position >= open.first);
        let sample = self.samples.get(position).filter(|_| position >= self.from && !is_open);
        sample.is_some_and(|sample| sample.ordinary)
    }

    /// Evaluates one more delivered week.
    pub fn step(&mut self, sample: Sample) -> Step {
        self.samples.push(sample);
        let newest = self.samples.len() - 1;
        match self.open {
            Some(open) => self.persist(open, newest),
            None => self.look(newest),
        }
    }

    /// Nothing is open: is there something?
    fn look(&mut self, newest: usize) -> Step {
        if newest < HISTORY_WEEKS_MIN {
            return Step::Untestable;
        }
        let candidate = self.candidate.take();
        let now = self.sustained_now(newest);
        self.candidate = now;
        if let (Some((side, _)), Some((before, baseline))) = (now, candidate)
            && side == before
        {
            let first = (newest + 1).saturating_sub(self.gates.recent_weeks);
            return self.opens(Kind::Sustained, side, newest, first, baseline);
        }
        let Some(baseline) = self.before(newest) else { return Step::Quiet };
        match signal::shock(&baseline, &self.samples[newest], self.gates) {
            Some(side) => self.opens(Kind::Shock, side, newest, newest, baseline),
            None => Step::Quiet,
        }
    }

    fn opens(
        &mut self,
        kind: Kind,
        side: Side,
        opened: usize,
        first: usize,
        baseline: Baseline,
    ) -> Step {
        let held = kind == Kind::Sustained;
        self.open = Some(Open { kind, side, opened, first, baseline, ordinary: 0, held });
        self.candidate = None;
        Step::Opened
    }

    /// Everything is compared with the frozen baseline.
    fn persist(&mut self, mut open: Open, newest: usize) -> Step {
        let recent = |weeks: usize| &self.samples[newest.saturating_sub(weeks - 1)..];
        let holds = signal::sustained(&open.baseline, recent(self.gates.recent_weeks), self.gates);
        let shock = signal::shock(&open.baseline, &self.samples[newest], self.gates);
        let opposite = |found: Option<Side>| found.filter(|side| *side != open.side);
        if let Some(side) = opposite(shock) {
            let baseline = open.baseline;
            return self.opens(Kind::Shock, side, newest, newest, baseline);
        }
        if open.kind == Kind::Shock && holds == Some(open.side) {
            if open.held {
                open.kind = Kind::Sustained;
            }
            open.held = true;
        }
        let window = match open.kind {
            Kind::Sustained => recent(BLOCK),
            Kind::Shock => recent(1),
        };
        let is_out = self.outside(&open.baseline, window) == Some(open.side);
        open.ordinary = if is_out { 0 } else { open.ordinary + 1 };
        self.open = Some(open);
        if open.ordinary >= ORDINARY_EVALUATIONS {
            return self.end(open, newest, Ending::Recovered);
        }
        if newest - open.opened >= OPEN_WEEKS_MAX && self.is_level(&open, newest) {
            return self.end(open, newest, Ending::NewLevel);
        }
        Step::Persisting
    }

    /// Whether the figure is at a new level: one that came back to its old one must not get the
    /// weeks of the signal as its baseline. Where the newest evaluation or the newest week alone is
    /// ordinary, the weeks to come tell which of the two it is.
    fn is_level(&self, open: &Open, newest: usize) -> bool {
        let alone = self.outside(&open.baseline, &self.samples[newest..]);
        open.ordinary == 0 && alone == Some(open.side)
    }

    fn end(&mut self, open: Open, newest: usize, ending: Ending) -> Step {
        self.open = None;
        match ending {
            Ending::NewLevel => self.from = open.first,
            Ending::Recovered => {
                // The weeks that showed the recovery are ordinary, the others of the signal are not.
                let ordinary = match open.kind {
                    Kind::Sustained => BLOCK,
                    Kind::Shock => ORDINARY_EVALUATIONS,
                };
                let last = (newest + 1).saturating_sub(ordinary);
                for sample in self.samples.iter_mut().take(last).skip(open.first) {
                    sample.ordinary = false;
                }
            }
        }
        Step::Ended(open.side, open.kind, ending)
    }

    fn outside(&self, baseline: &Baseline, weeks: &[Sample]) -> Option<Side> {
        let spread = baseline.weekly.max(self.gates.spread_min);
        signal::outside(baseline, weeks, spread, self.gates.recovery)
    }

    fn sustained_now(&self, newest: usize) -> Option<(Side, Baseline)> {
        let first = (newest + 1).checked_sub(self.gates.recent_weeks)?;
        let baseline = self.before(first)?;
        let side = signal::sustained(&baseline, &self.samples[first..], self.gates)?;
        Some((side, baseline))
    }

    /// The baseline of the weeks before a position.
    fn before(&self, position: usize) -> Option<Baseline> {
        let weeks = self.samples.get(self.from..position)?;
        Baseline::of(weeks, BASELINE_WEEKS_MIN, BASELINE_WEEKS_MAX)
    }
}
