//! A series with the rules looking on: each Monday one more week, as it is known by then.

use weekledger_projections::verdict::arrived;
use weekledger_projections::verdict::baseline::Sample;
use weekledger_projections::verdict::gates::Gates;
use weekledger_projections::verdict::life::{Life, Open};
use weekledger_projections::verdict::signal::Side;

use super::worlds::{ARRIVED, Lateness, Series, World};

pub struct Watched<'g> {
    series: Series,
    /// Over the weeks that are known in full.
    settled: Life<'g>,
    /// Weeks of a late world whose leads are still coming in, as known at each age.
    young: Vec<[f64; 5]>,
    /// The openings that were heard before, by position and side.
    heard: Option<(usize, Side)>,
}

/// What the rules say on a Monday.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Monday {
    pub open: Option<Open>,
    /// It opened with this week.
    pub opened: bool,
}

impl<'g> Watched<'g> {
    pub fn new(series: Series, gates: &'g Gates) -> Self {
        Self { series, settled: Life::new(gates), young: Vec::new(), heard: None }
    }

    /// One more week of this mean.
    pub fn week(&mut self, mean: f64) -> Monday {
        let open = match self.series.world() {
            World::Late(lateness) => self.late_week(lateness, mean),
            _ => {
                self.settled.step(Sample::full(self.series.next(mean), 1.0));
                self.settled.open().copied()
            }
        };
        let now = open.map(|open| (open.opened, open.side));
        let opened = now.is_some() && now != self.heard;
        self.heard = now;
        Monday { open, opened }
    }

    /// The life over the full weeks is lived on over the newest ones as they are known by now.
    fn late_week(&mut self, lateness: Lateness, mean: f64) -> Option<Open> {
        self.young.push(self.series.next_late(mean));
        if self.young.len() > ARRIVED.len() {
            let [.., full] = self.young.remove(0);
            self.settled.step(Sample::full(full, 1.0));
        }
        let mut known = self.settled.clone();
        let ages = (0..self.young.len()).rev();
        for (age, counts) in ages.zip(&self.young) {
            let arrived = match lateness {
                Lateness::Unknown => arrived::unknown(age),
                Lateness::Learned => (ARRIVED[age], ARRIVED[age]),
            };
            known.step(Sample { arrived, ..Sample::full(counts[age], 1.0) });
        }
        known.open().copied()
    }
}
