//! The tables: lead activity, all measures over all windows, campaigns and ad sets.

use std::collections::BTreeMap;

use weekledger_events::Currency;

use super::overview::{KEY_METRICS, capital};
use super::prose::{self, metric_label};
use super::{ActivityRow, CampaignRow, LeadState, Line, Piece, TotalsRow, doubts};
use crate::claim::{Alias, Claim, ClaimKind, ClaimSet, Entity};
use crate::display;
use crate::figure::{Level, Metric, Window};

/// What stands where there is no figure.
fn nothing() -> Line {
    vec![Piece::text("-")]
}

/// Tables show every amount with the decimals of its currency, so that a column has one rule.
fn cell(claim: Option<&Claim>) -> Line {
    claim.map_or_else(nothing, prose::value)
}

/// A sum; where it is missing, the row's state or the data-quality lines say why.
fn sum(claim: Option<&Claim>) -> Line {
    cell(claim.filter(|claim| claim.value.is_some()))
}

/// A sum of the report's totals says itself that it lacks something; what, is said below.
fn total(claim: &Claim) -> Line {
    let mut line = prose::value(claim);
    if claim.value.is_some() && claim.lacks_something() {
        line.push(Piece::text(", not whole"));
    }
    line
}

fn figure(set: &ClaimSet, alias: Alias, metric: Metric, window: Window) -> Option<&Claim> {
    set.figure(alias, metric, window, None)
}

/// Accounts, each with its campaigns below it, and what is left out.
pub fn activity(set: &ClaimSet) -> (Vec<ActivityRow>, Vec<Line>) {
    let mut rows = Vec::new();
    for account in set.level(Level::Account) {
        let campaigns: Vec<ActivityRow> = children(set, account.alias)
            .map(|campaign| activity_row(set, campaign, 1, state(set, campaign.alias, account)))
            .collect();
        // An account has leads if a campaign below it has.
        let state = match state(set, account.alias, account) {
            _ if campaigns.iter().any(|row| row.state == LeadState::Leads) => LeadState::Leads,
            own => own,
        };
        rows.push(activity_row(set, account, 0, state));
        rows.extend(campaigns);
    }
    let more = [
        more(set, Level::Account, "account", "accounts"),
        more(set, Level::Campaign, "campaign", "campaigns"),
    ];
    (rows, more.into_iter().flatten().collect())
}

fn children(set: &ClaimSet, parent: Alias) -> impl Iterator<Item = &Entity> {
    set.entities.iter().filter(move |entity| entity.parent == Some(parent))
}

/// By what is known, of an account and its campaigns alike: leads by either count, else none by
/// Meta's, else nothing.
fn state(set: &ClaimSet, alias: Alias, account: &Entity) -> LeadState {
    let value = |metric| figure(set, alias, metric, Window::Week).and_then(|claim| claim.value);
    let has = |metric| value(metric).is_some_and(|value| !value.is_zero());
    match value(Metric::MetaLeads) {
        _ if has(Metric::MetaLeads) || has(Metric::CrmLeads) => LeadState::Leads,
        None => LeadState::Missing,
        Some(_) if doubts::is_tracking(set, account.alias) => LeadState::Doubtful,
        Some(_) => LeadState::NoLeads,
    }
}

fn activity_row(set: &ClaimSet, entity: &Entity, depth: u8, state: LeadState) -> ActivityRow {
    let week = |metric| figure(set, entity.alias, metric, Window::Week);
    ActivityRow {
        depth,
        name: prose::name(set, entity.alias),
        spend: sum(week(Metric::Spend)),
        meta_leads: sum(week(Metric::MetaLeads)),
        crm_leads: sum(week(Metric::CrmLeads)),
        state,
    }
}

/// Every measure of the report over every window. One without any value has no row, unless it is
/// one of those that a reader looks for.
pub fn totals(set: &ClaimSet) -> Vec<TotalsRow> {
    set.claims
        .iter()
        .filter(|claim| claim.kind == ClaimKind::Figure)
        .filter(|claim| claim.entity == Alias::REPORT && claim.window == Some(Window::Week))
        .filter_map(|claim| {
            let metric = claim.metric?;
            // What the week has no value for is said once.
            let window = |window| {
                set.figure(Alias::REPORT, metric, window, claim.currency.as_ref())
                    .filter(|other| other.value.is_some() || other.display != claim.display)
            };
            let has_row = Window::ALL
                .iter()
                .filter_map(|other| window(*other))
                .any(|other| other.value.is_some());
            (has_row || KEY_METRICS.contains(&metric)).then(|| TotalsRow {
                label: label(set, metric, claim.currency.as_ref()),
                week: total(claim),
                week_change: cell(window(Window::WeekChange)),
                four_weeks: window(Window::FourWeeks).map_or_else(nothing, total),
                four_week_change: cell(window(Window::FourWeekChange)),
                all_time: window(Window::AllTime).map_or_else(nothing, total),
            })
        })
        .collect()
}

/// With the currency where there are several.
fn label(set: &ClaimSet, metric: Metric, currency: Option<&Currency>) -> String {
    match currency {
        Some(currency) if set.currencies.len() > 1 => {
            format!("{}, {currency}", metric_label(metric))
        }
        _ => metric_label(metric).to_owned(),
    }
}

/// The report's figures of a window, once per currency.
fn of_report(set: &ClaimSet, metric: Metric, window: Window) -> impl Iterator<Item = &Claim> {
    set.claims.iter().filter(move |claim| {
        claim.entity == Alias::REPORT
            && claim.metric == Some(metric)
            && claim.window == Some(window)
            && claim.kind == ClaimKind::Figure
    })
}

/// What each cost per lead rests on, window by window, and which change of a figure would be found.
pub fn totals_notes(set: &ClaimSet) -> Vec<Line> {
    let judged = [Metric::MetaLeads, Metric::SpendPerLead].into_iter();
    let found = judged
        .flat_map(|metric| of_report(set, metric, Window::Week).map(move |claim| (metric, claim)))
        .filter_map(|(metric, claim)| {
            let label = Piece::Text(format!("{}: ", label(set, metric, claim.currency.as_ref())));
            let found = prose::detectable(set, claim)?;
            Some([vec![label], found, vec![Piece::text(".")]].concat())
        });
    rests_on(set).into_iter().chain(found).chain(of_rows(set)).collect()
}

/// What would show of accounts and judged campaigns, whose rows have room for tokens only: "A lasting fall of Meta
/// leads would show at Harbour, Lakeside from 50 % on; at Hotel North from 65 % on."
fn of_rows(set: &ClaimSet) -> Option<Line> {
    let mut groups: BTreeMap<u32, (Line, Vec<Line>)> = BTreeMap::new();
    let has_row = |entity: &&Entity| matches!(entity.level, Level::Account | Level::Campaign);
    for entity in set.entities.iter().filter(has_row) {
        let leads = figure(set, entity.alias, Metric::MetaLeads, Window::Week);
        let Some((percent, shown)) = leads.and_then(|claim| fall_that_shows(set, claim)) else {
            continue;
        };
        let group = groups.entry(percent).or_insert_with(|| (shown, Vec::new()));
        group.1.push(prose::name(set, entity.alias));
    }
    let mut line = Vec::new();
    for (shown, names) in groups.into_values() {
        let start = "A lasting fall of Meta leads would show at ";
        line.push(Piece::text(if line.is_empty() { start } else { "; at " }));
        for (place, name) in names.into_iter().enumerate() {
            if place > 0 {
                line.push(Piece::text(", "));
            }
            line.extend(name);
        }
        line.push(Piece::text(" from "));
        line.extend(shown);
        line.push(Piece::text(" % on"));
    }
    line.push(Piece::text("."));
    (line.len() > 1).then_some(line)
}

/// The smallest fall that would show, in percent, and its number in the verdict's own note.
fn fall_that_shows(set: &ClaimSet, claim: &Claim) -> Option<(u32, Line)> {
    let percent = claim.detectable?.fall_percent?;
    let note = prose::detectable(set, claim)?;
    let shown = note.into_iter().find(|piece| matches!(piece, Piece::Claim { .. }))?;
    Some((percent, vec![shown]))
}

fn rests_on(set: &ClaimSet) -> Vec<Line> {
    let windows = [Window::Week, Window::FourWeeks, Window::AllTime];
    let costs = [Metric::Cpl, Metric::CrmCpl].into_iter();
    costs
        .flat_map(|metric| of_report(set, metric, Window::Week).map(move |claim| (metric, claim)))
        .filter_map(|(metric, claim)| {
            let currency = claim.currency.as_ref();
            let mut line = Vec::new();
            for window in windows {
                let claim = set.figure(Alias::REPORT, metric, window, currency);
                let Some(covered) = claim.and_then(|claim| prose::covered(set, claim)) else {
                    continue;
                };
                let start = if line.is_empty() { "" } else { ". " };
                line.push(Piece::Text(format!("{start}{} ", capital(in_words(window)))));
                line.extend(covered);
            }
            let label = Piece::Text(format!("{}: ", label(set, metric, currency)));
            let end = Piece::text(".");
            (!line.is_empty()).then(|| [vec![label], line, vec![end]].concat())
        })
        .collect()
}

fn in_words(window: Window) -> &'static str {
    match window {
        Window::FourWeeks => "four weeks",
        Window::AllTime => "all time",
        _ => "week",
    }
}

/// Since when "all time" counts, from the notes of the figures themselves: said once where all
/// agree, otherwise of each.
pub fn all_time(set: &ClaimSet) -> Option<Line> {
    let mut found: Vec<(Vec<Measured<'_>>, Line)> = Vec::new();
    for metric in [Metric::Spend, Metric::MetaLeads, Metric::CrmLeads] {
        for claim in of_report(set, metric, Window::AllTime) {
            let Some(since) = prose::since(set, claim) else { continue };
            let measured = (metric, claim.currency.as_ref());
            match found.iter_mut().find(|(_, other)| same_words(other, &since)) {
                Some((of, _)) => of.push(measured),
                None => found.push((vec![measured], since)),
            }
        }
    }
    let is_one = found.len() == 1;
    let mut line = Vec::new();
    for (of, since) in found {
        let start = if line.is_empty() { "All time: " } else { ". " };
        let of = if is_one {
            String::new()
        } else {
            format!("{} ", named(&of, set.currencies.len() > 1))
        };
        line.push(Piece::Text(format!("{start}{of}")));
        line.extend(since);
    }
    line.push(Piece::text("."));
    (line.len() > 1).then_some(line)
}

/// A measure, of money with its currency.
type Measured<'a> = (Metric, Option<&'a Currency>);

/// "Spend in AUD, EUR and GBP, Meta leads and CRM leads".
fn named(measured: &[Measured<'_>], several: bool) -> String {
    let of_each = measured.chunk_by(|(one, _), (other, _)| one == other).map(|of_metric| {
        let label = of_metric.first().map_or("", |(metric, _)| metric_label(*metric));
        let currencies: Vec<String> = of_metric
            .iter()
            .filter_map(|(_, currency)| Some(currency.as_ref()?.to_string()))
            .collect();
        if currencies.is_empty() || !several {
            return label.to_owned();
        }
        format!("{label} in {}", listed(&currencies))
    });
    listed(&of_each.collect::<Vec<_>>())
}

/// "A, B and C".
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn same_words(a: &Line, b: &Line) -> bool {
    a.iter().map(Piece::shown).eq(b.iter().map(Piece::shown))
}

/// Accounts with their campaigns and these with ad sets below them, and what is left out.
pub fn campaigns(set: &ClaimSet) -> (Vec<CampaignRow>, Vec<Line>) {
    let mut rows = Vec::new();
    for account in set.level(Level::Account) {
        let below: Vec<&Entity> = children(set, account.alias).collect();
        if below.is_empty() && !is_active(set, account) {
            continue;
        }
        rows.push(campaign_row(set, account, 0));
        for campaign in below {
            rows.push(campaign_row(set, campaign, 1));
            rows.extend(children(set, campaign.alias).map(|ad_set| campaign_row(set, ad_set, 2)));
        }
    }
    let more = [
        more(set, Level::Campaign, "campaign", "campaigns"),
        more(set, Level::AdSet, "ad set", "ad sets"),
    ];
    (rows, more.into_iter().flatten().collect())
}

/// Whether there is something to tell in figures, even where no campaign has a row.
fn is_active(set: &ClaimSet, account: &Entity) -> bool {
    [Metric::Spend, Metric::MetaLeads, Metric::CrmLeads].into_iter().any(|metric| {
        figure(set, account.alias, metric, Window::Week)
            .and_then(|claim| claim.value)
            .is_some_and(|value| !value.is_zero())
    })
}

fn campaign_row(set: &ClaimSet, entity: &Entity, depth: u8) -> CampaignRow {
    let week = |metric| figure(set, entity.alias, metric, Window::Week);
    let leads = week(Metric::MetaLeads);
    let is_ad_set = entity.level == Level::AdSet;
    let change = leads.and_then(|claim| set.claim(claim.change?)).map(prose::value);
    CampaignRow {
        depth,
        name: prose::name(set, entity.alias),
        spend: sum(week(Metric::Spend)),
        meta_leads: sum(leads),
        crm_leads: sum(week(Metric::CrmLeads)),
        cpl: cell(week(Metric::Cpl)),
        cpl_note: week(Metric::Cpl).and_then(|claim| prose::covered(set, claim)),
        change: change.unwrap_or_default(),
        verdict: leads.filter(|_| !is_ad_set).map(prose::tokens).unwrap_or_default(),
    }
}

fn more(set: &ClaimSet, level: Level, one: &str, many: &str) -> Option<Line> {
    let left_out = set.left_out.iter().find(|left_out| left_out.level == level)?;
    let claim = set.claim(left_out.claim)?;
    let what = display::noun(claim.value?, one, many);
    let mut line = vec![Piece::text("and ")];
    line.extend(prose::value(claim));
    line.push(Piece::Text(format!(" more {what} in the figures")));
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measure_is_named_once_with_its_currencies() {
        let currency = |text| Currency::parse(text).unwrap();
        let (aud, eur, gbp) = (currency("AUD"), currency("EUR"), currency("GBP"));
        let spend = |currency| (Metric::Spend, Some(currency));
        let all = [spend(&aud), spend(&eur), spend(&gbp), (Metric::MetaLeads, None)];
        assert_eq!(named(&all, true), "Spend in AUD, EUR and GBP and Meta leads");
        assert_eq!(named(&all[1..2], true), "Spend in EUR");
        assert_eq!(named(&all[2..], false), "Spend and Meta leads");
    }
}
