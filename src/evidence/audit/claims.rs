//! Claims that are no figures of their own: numbers in notes, ends of usual ranges, bars,
//! restatements, counts of rows left out, and the record of the rules.

use rust_decimal::Decimal;
use weekledger_events::payload::{InputRef, MetricsComputed, WeekObserved};
use weekledger_events::{AccountId, Payload, Week};
use weekledger_projections::backtest::backtest;
use weekledger_projections::claim::{Claim, ClaimInput, ClaimSet, RowLimits};
use weekledger_projections::display;
use weekledger_projections::figure::{Figure, FigureKey, Level, Metric, Unit, Window};
use weekledger_projections::lineage::{Bound, Explanation, Seen, figure_of_week};
use weekledger_projections::supporting::{SupportingKey, SupportingName};
use weekledger_projections::verdict::reliance::years_per_false_alert;

use super::sums::judged;
use super::{Auditor, FigureAudit, Kind, Subjected};
use crate::evidence::EvidenceError;
use crate::evidence::store::with_payload;
use crate::report::fit::fitting;
use crate::stream::StreamError;

impl Auditor<'_> {
    /// A figure, or a number that stands beside one.
    pub(super) fn of_figure(&self, claim: &Claim) -> Result<Subjected, EvidenceError> {
        if let Some(rest) = claim.source.strip_prefix("note:")
            && let Some((figure, _)) = rest.rsplit_once('/')
        {
            return self.of_note(claim, figure);
        }
        if let Some((figure, number)) = claim.source.rsplit_once("/usual/") {
            return self.of_usual(claim, figure, number);
        }
        if let Some((figure, _)) = claim.source.rsplit_once("/verdict/") {
            return self.of_verdict(claim, figure);
        }
        let explanation = self.explainer.explain(&claim.source);
        let explanation = explanation.map_err(|error| self.unknown(&claim.source, error))?;
        Ok(self.recorded(&claim.source, Some(claim), explanation))
    }

    /// A number beside a verdict: from the committed calibration, by the figure's own history.
    fn of_verdict(&self, claim: &Claim, figure: &str) -> Result<Subjected, EvidenceError> {
        let explanation = self.explainer.explain(figure);
        let explanation = explanation.map_err(|error| self.unknown(figure, error))?;
        let mut subjected = self.recorded(figure, None, explanation);
        let archived = self.base.figures.figures.iter().find(|one| one.id == figure);
        let beside = archived.and_then(|figure| figure.verdict_note.as_deref()).unwrap_or("");
        if !beside.contains(&claim.display) {
            subjected.troubles.push(format!("the verdict of {figure} does not say it: {beside:?}"));
        }
        subjected.explanation.formula = format!(
            "smallest change found with 80 % probability in eight weeks, by the calibration, for the \
             weekly leads behind {figure}: {}",
            subjected.explanation.formula
        );
        Ok(Subjected {
            id: claim.source.clone(),
            claim: Some(claim.id),
            kind: Kind::Supporting,
            display: claim.display.clone(),
            ..subjected
        })
    }

    /// The figure that a number in a note is a rounded form of.
    fn of_note(&self, claim: &Claim, figure: &str) -> Result<Subjected, EvidenceError> {
        let beside = figure.parse::<FigureKey>().map(|key| beside(&key)).unwrap_or_default();
        for id in beside {
            let Ok(explanation) = self.explainer.explain(&id) else { continue };
            if explanation.value.is_some_and(|value| is_shown_as(value, &claim.display)) {
                let mut subjected = self.recorded(&id, Some(claim), explanation);
                subjected.explanation.formula =
                    format!("{id}, in the note of {figure}: {}", subjected.explanation.formula);
                return Ok(Subjected {
                    id: claim.source.clone(),
                    kind: Kind::Supporting,
                    ..subjected
                });
            }
        }
        // A number in a name or a date: the note as a whole is computed anew.
        let explanation = self.explainer.explain(figure);
        let explanation = explanation.map_err(|error| self.unknown(figure, error))?;
        let mut subjected = self.recorded(figure, None, explanation);
        let note = subjected.explanation.note.clone().unwrap_or_default();
        if !note.contains(&claim.display) {
            subjected.troubles.push(format!("the note of {figure} does not hold it: {note:?}"));
        }
        let formula =
            format!("as written in the note of {figure}: {}", subjected.explanation.formula);
        subjected.explanation.formula = formula;
        Ok(Subjected {
            id: claim.source.clone(),
            claim: Some(claim.id),
            kind: Kind::Supporting,
            display: claim.display.clone(),
            ..subjected
        })
    }

    fn of_usual(
        &self,
        claim: &Claim,
        figure: &str,
        number: &str,
    ) -> Result<Subjected, EvidenceError> {
        let bound = if number == "1" { Bound::Low } else { Bound::High };
        let explanation = self.explainer.usual(figure, bound);
        let explanation = explanation.map_err(|error| self.unknown(figure, error))?;
        let archived = self.base.figures.figures.iter().find(|one| one.id == figure);
        let usual = archived.and_then(|figure| figure.usual.as_ref());
        let recorded = usual.map(|usual| match bound {
            Bound::Low => usual.low,
            Bound::High => usual.high,
        });
        let mut troubles = Vec::new();
        if recorded != explanation.value {
            troubles.push("the archived figure has another usual range".to_owned());
        }
        if !explanation.display.starts_with(&claim.display) {
            troubles.push(format!("the mail shows {:?}", claim.display));
        }
        Ok(Subjected {
            id: claim.source.clone(),
            claim: Some(claim.id),
            kind: Kind::Usual,
            value: recorded,
            display: claim.display.clone(),
            explanation,
            troubles,
        })
    }

    /// A bar: what the ledger knows of one week of the report.
    pub(super) fn of_trend(&self, claim: &Claim) -> Result<Subjected, EvidenceError> {
        let explanation = self.explainer.explain(&claim.source);
        let explanation = explanation.map_err(|error| self.unknown(&claim.source, error))?;
        let subjected = self.recorded(&claim.source, Some(claim), explanation);
        Ok(Subjected { kind: Kind::Trend, ..subjected })
    }

    /// One side of a restatement: from the event that held the earlier value, or from the own pull.
    pub(super) async fn of_restatement(&self, claim: &Claim) -> Result<Subjected, EvidenceError> {
        let explained = match restated(&claim.source) {
            None => None,
            Some((week, account, metric, side)) => {
                let metrics = self.base.computed.metrics;
                let moved = metrics.restatements.iter().find(|one| {
                    one.week == week && one.account == account && one.measure == metric.as_str()
                });
                match (side, moved) {
                    ("before", Some(moved)) => {
                        let earlier = self.earlier(&moved.earlier).await?;
                        observation(&earlier, week).and_then(|observed| {
                            let seen = Seen { observed, event: Some(moved.earlier.clone()) };
                            let currency = claim.currency.as_ref();
                            figure_of_week(&claim.source, &seen, metric, Some(&account), currency)
                        })
                    }
                    ("now", Some(_)) => observation(metrics, week).and_then(|observed| {
                        let seen = Seen { observed, event: None };
                        let currency = claim.currency.as_ref();
                        figure_of_week(&claim.source, &seen, metric, Some(&account), currency)
                    }),
                    _ => None,
                }
            }
        };
        self.of_sum(claim, Kind::Restatement, explained)
    }

    fn of_sum(
        &self,
        claim: &Claim,
        kind: Kind,
        explained: Option<Explanation>,
    ) -> Result<Subjected, EvidenceError> {
        let explanation = explained.ok_or_else(|| EvidenceError::UnknownFigure {
            stream: self.base.stream.clone(),
            revision: self.base.revision,
            id: claim.source.clone(),
            close: Vec::new(),
        })?;
        let mut troubles = Vec::new();
        if claim.value != explanation.value {
            troubles.push(format!("the mail's claim {} has another value", claim.id));
        }
        Ok(Subjected {
            id: claim.source.clone(),
            claim: Some(claim.id),
            kind,
            value: claim.value,
            display: claim.display.clone(),
            explanation,
            troubles,
        })
    }

    /// The metrics that an event of another week holds.
    async fn earlier(&self, input: &InputRef) -> Result<MetricsComputed, EvidenceError> {
        let InputRef { stream, sequence, digest } = input;
        let missing =
            || EvidenceError::EventMissing { stream: stream.clone(), sequence: *sequence };
        let item = self.store.event(stream, *sequence).await?.ok_or_else(missing)?;
        let stored = with_payload(self.store.archive(), &item).await?;
        let unreadable = |source| StreamError::Unreadable {
            stream: stream.clone(),
            sequence: *sequence,
            source,
        };
        match stored.read().map_err(unreadable)?.payload {
            Payload::MetricsComputed(metrics) if stored.digest() == *digest => Ok(*metrics),
            _ => Err(missing()),
        }
    }

    /// What the foot of the mail says of the rules: they are run anew over the series.
    pub(super) fn record(&self, claim: &Claim) -> FigureAudit {
        let record = backtest(&self.base.series, &self.base.subject).record();
        let (recomputed, formula) = match claim.source.as_str() {
            "backtest:alerts" => (
                Some(record.alerts.into()),
                "alerts that the rules would have raised over all weeks of the series".to_owned(),
            ),
            "backtest:series_years" => (
                Some(record.series_years()),
                format!("{} judged weeks of {} series / 52", record.judged_weeks, record.series),
            ),
            _ => (
                years_per_false_alert(record.series as usize).map(Decimal::from),
                format!(
                    "years in which a report of {} series has about one false alert, from the calibration of \
                     the rules",
                    record.series
                ),
            ),
        };
        let mut troubles = Vec::new();
        if recomputed != claim.value {
            troubles.push("the rules say something else of the series".to_owned());
        }
        let answer = FigureAudit {
            formula,
            value: claim.value,
            display: claim.display.clone(),
            recomputed,
            ..self.answer(&claim.source, Some(claim.id), Kind::Backtest)
        };
        judged(answer, troubles)
    }

    /// How many rows a table leaves out: the tables are filled anew, and what does not fit is
    /// counted with the spend that it had.
    pub(super) async fn count(&mut self, claim: &Claim) -> Result<FigureAudit, EvidenceError> {
        let base = self.base;
        let chosen = ClaimInput {
            report: &base.stream.report,
            title: &base.settings.title,
            week: base.stream.week,
            metrics: base.computed.metrics,
            figures: &base.figures,
            rows: RowLimits::LADDER[0],
        };
        let anew = fitting(chosen);
        let recomputed = anew.source(&claim.source).and_then(|again| again.value);
        let level: Option<Level> = claim
            .source
            .strip_prefix("count:")
            .and_then(|rest| rest.strip_suffix("_rows_left_out"))
            .and_then(|level| level.parse().ok());
        let mut inputs = Vec::new();
        if let Some(level) = level {
            for id in left_out(&base.figures.figures, &anew, level) {
                let Ok(explanation) = self.explainer.explain(&id) else { continue };
                let subjected = self.recorded(&id, None, explanation);
                inputs.extend(self.add_up(subjected).await?.inputs);
            }
        }
        let mut troubles = Vec::new();
        if recomputed != claim.value {
            troubles.push("filling the tables anew leaves out another number".to_owned());
        }
        let formula = match level {
            Some(level) => format!("number of {level} rows of the week that the tables leave out"),
            None if claim.source == "count:restated_left_out" => {
                "number of restated figures that the mail leaves out".to_owned()
            }
            None => "number of findings of the week that the mail leaves out".to_owned(),
        };
        let answer = FigureAudit {
            formula,
            value: claim.value,
            display: claim.display.clone(),
            inputs,
            recomputed,
            ..self.answer(&claim.source, Some(claim.id), Kind::Count)
        };
        Ok(judged(answer, troubles))
    }
}

/// The newest observation of a week within one event.
fn observation(metrics: &MetricsComputed, week: Week) -> Option<&WeekObserved> {
    metrics.observations.iter().rfind(|seen| seen.week == week)
}

/// `restatement:WEEK/ACCOUNT/METRIC/SIDE`
fn restated(source: &str) -> Option<(Week, AccountId, Metric, &str)> {
    let parts: Vec<&str> = source.strip_prefix("restatement:")?.split('/').collect();
    let [week, account, metric, side] = parts[..] else { return None };
    Some((Week::parse(week).ok()?, AccountId::parse(account).ok()?, metric.parse().ok()?, side))
}

/// The figures that the note of a figure may speak of, in the order in which it does.
fn beside(key: &FigureKey) -> Vec<String> {
    let supporting = |name: SupportingName| {
        let currency = key.currency.clone().filter(|_| name.has_currency());
        let FigureKey { level, entity_id, window, .. } = key.clone();
        SupportingKey { level, entity_id, name, window, currency }.to_string()
    };
    let spend = FigureKey { metric: Metric::Spend, ..key.clone() }.to_string();
    match key.metric {
        Metric::Cpl => vec![
            supporting(SupportingName::SpendWithLeads),
            spend,
            supporting(SupportingName::CampaignsWithoutLeads),
        ],
        Metric::CrmCpl => vec![
            supporting(SupportingName::SpendWithCrmLeads),
            spend,
            supporting(SupportingName::CampaignsWithoutCrmLeads),
        ],
        Metric::CrmLeads => vec![supporting(SupportingName::UnattributedContacts)],
        _ => Vec::new(),
    }
}

/// Notes write whole amounts and counts.
fn is_shown_as(value: Decimal, text: &str) -> bool {
    display::whole(value) == text || display::count(value) == text
}

/// The spend of every entity of a level that has figures in the week and no row.
fn left_out(figures: &[Figure], shown: &ClaimSet, level: Level) -> Vec<String> {
    let spent = figures.iter().filter(|figure| {
        figure.level == level
            && figure.metric == Metric::Spend
            && figure.window == Window::Week
            && figure.unit == Unit::Money
            && figure.value.is_some_and(|value| !value.is_zero())
            && !shown.level(level).any(|entity| entity.id == figure.entity_id)
    });
    spent.map(|figure| figure.id.clone()).collect()
}
