//! Which series of a report may alert, and how many they are.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::model::{Entity, Model};
use super::span::Scope;
use crate::figure::{Level, Metric};
use crate::judge::{self, Watch};
use crate::verdict::gates::Gates;

/// What was found of a model.
#[derive(Debug)]
pub(crate) struct Watched {
    /// Ids of the campaigns that may alert.
    campaigns: BTreeSet<String>,
    /// Leads, and their cost in each currency.
    series: usize,
}

impl Model<'_> {
    /// How a metric of an entity is watched.
    pub fn watch(&self, metric: Metric, entity: &Entity<'_>) -> Watch {
        Watch { may_alert: self.may_alert(metric, entity), series: self.watched().series }
    }

    pub fn may_alert(&self, metric: Metric, entity: &Entity<'_>) -> bool {
        let is_watched = || match entity.level {
            Level::Campaign => self.watched().campaigns.contains(&entity.id),
            Level::Report | Level::Account | Level::AdSet => true,
        };
        self.subject.alerts.includes(metric, entity.level) && is_watched()
    }

    fn watched(&self) -> &Watched {
        self.watched.get_or_init(|| {
            let series = self.series_above();
            let rule = &self.subject.alerts;
            match rule.levels.contains(&Level::Campaign) {
                true => self.with_campaigns(series),
                false => Watched { campaigns: BTreeSet::new(), series },
            }
        })
    }

    /// Series of report and accounts, as far as they are chosen.
    fn series_above(&self) -> usize {
        let rule = &self.subject.alerts;
        let above = self.entities.iter().filter(|entity| {
            matches!(entity.level, Level::Report | Level::Account)
                && rule.levels.contains(&entity.level)
        });
        above.map(|entity| rule.series(entity.currencies.len())).sum()
    }

    /// With the campaigns that can be judged at all: one that cannot would make the rules stricter
    /// for the others, and never speak. Those with most leads come first, and none makes more series
    /// than leave the rules sharp enough.
    fn with_campaigns(&self, above: usize) -> Watched {
        let campaigns = self.entities.iter().filter(|entity| entity.level == Level::Campaign);
        let mut testable: Vec<(Decimal, &Entity<'_>)> = campaigns
            .filter_map(|entity| {
                let scope = Scope { model: self, entity, currency: None };
                let points = scope.points(Metric::MetaLeads)?;
                let counts = points.iter().map(|point| point.count);
                let leads = counts.fold(Decimal::ZERO, Decimal::saturating_add);
                judge::is_testable(Metric::MetaLeads, &points).then_some((leads, entity))
            })
            .collect();
        testable.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.id.cmp(&other.id)));
        let mut watched = Watched { campaigns: BTreeSet::new(), series: above };
        for (_, entity) in testable {
            let series = watched.series + self.subject.alerts.series(entity.currencies.len());
            if series <= Gates::SERIES_WITH_CAMPAIGNS_MAX {
                watched.series = series;
                watched.campaigns.insert(entity.id.clone());
            }
        }
        watched
    }
}
