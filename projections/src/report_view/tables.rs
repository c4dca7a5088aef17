//! The tables: lead activity, all measures over all windows, campaigns and ad sets.

use weekledger_events::payload::AccountWeek;

use super::prose::{self, metric_label};
use super::{ActivityRow, CampaignRow, LeadState, Line, Piece, TotalsRow, ViewInput};
use crate::claim::{Alias, Claim, ClaimSet, Entity};
use crate::figure::{Level, Metric, Window};

/// What stands where there is no figure.
fn nothing() -> Line {
    vec![Piece::text("-")]
}

fn cell(claim: Option<&Claim>) -> Line {
    claim.map_or_else(nothing, prose::short)
}

/// A sum; where it is missing, the row's state or the data-quality lines say why.
fn sum(claim: Option<&Claim>) -> Line {
    claim.filter(|claim| claim.value.is_some()).map_or_else(nothing, prose::short)
}

fn figure(set: &ClaimSet, alias: Alias, metric: Metric, window: Window) -> Option<&Claim> {
    set.figure(alias, metric, window, None)
}

/// Accounts, each with its campaigns below it, and what is left out.
pub fn activity(input: &ViewInput<'_>) -> (Vec<ActivityRow>, Vec<Line>) {
    let set = input.claims;
    let mut rows = Vec::new();
    for account in set.level(Level::Account) {
        let state =
            if is_pulled(input, account) { state(set, account.alias) } else { LeadState::Missing };
        rows.push(activity_row(set, account, 0, state));
        for campaign in children(set, account.alias) {
            rows.push(activity_row(set, campaign, 1, self::state(set, campaign.alias)));
        }
    }
    let more = [more(set, Level::Account, "accounts"), more(set, Level::Campaign, "campaigns")];
    (rows, more.into_iter().flatten().collect())
}

fn is_pulled(input: &ViewInput<'_>, account: &Entity) -> bool {
    let observed = input.metrics.observations.iter().rfind(|seen| seen.week == input.week);
    let is_it = |known: &&AccountWeek| known.account.as_str() == account.id;
    observed.and_then(|seen| seen.accounts.iter().find(is_it)).is_some_and(|known| known.pulled)
}

fn children(set: &ClaimSet, parent: Alias) -> impl Iterator<Item = &Entity> {
    set.entities.iter().filter(move |entity| entity.parent == Some(parent))
}

/// Leads by either count.
fn state(set: &ClaimSet, alias: Alias) -> LeadState {
    let has = |metric| {
        figure(set, alias, metric, Window::Week)
            .and_then(|claim| claim.value)
            .is_some_and(|value| !value.is_zero())
    };
    if has(Metric::MetaLeads) || has(Metric::CrmLeads) {
        LeadState::Leads
    } else {
        LeadState::NoLeads
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

/// Every measure of the report over every window.
pub fn totals(set: &ClaimSet) -> Vec<TotalsRow> {
    set.claims
        .iter()
        .filter(|claim| claim.entity == Alias::REPORT && claim.window == Some(Window::Week))
        .filter_map(|claim| claim.metric.map(|metric| (claim, metric)))
        .map(|(claim, metric)| {
            // What the week has no value for is said once.
            let window = |window| {
                set.figure(Alias::REPORT, metric, window, claim.currency.as_ref())
                    .filter(|other| other.value.is_some() || other.display != claim.display)
            };
            TotalsRow {
                label: metric_label(metric),
                week: prose::short(claim),
                week_change: cell(window(Window::WeekChange)),
                four_weeks: cell(window(Window::FourWeeks)),
                four_week_change: cell(window(Window::FourWeekChange)),
                all_time: cell(window(Window::AllTime)),
            }
        })
        .collect()
}

/// Since when "all time" counts, from the note of the figures themselves.
pub fn all_time(set: &ClaimSet) -> Option<Line> {
    let is_all_time = |claim: &&Claim| {
        claim.entity == Alias::REPORT
            && claim.window == Some(Window::AllTime)
            && claim.metric == Some(Metric::Spend)
            && !claim.note.is_empty()
    };
    let claim = set.claims.iter().find(is_all_time)?;
    let mut line = vec![Piece::text("All time: ")];
    line.extend(prose::note(set, &claim.note));
    line.push(Piece::text("."));
    Some(line)
}

/// Accounts with campaigns and these with ad sets below them, and what is left out.
pub fn campaigns(set: &ClaimSet) -> (Vec<CampaignRow>, Vec<Line>) {
    let mut rows = Vec::new();
    for account in set.level(Level::Account) {
        let below: Vec<&Entity> = children(set, account.alias).collect();
        if below.is_empty() {
            continue;
        }
        rows.push(campaign_row(set, account, 0));
        for campaign in below {
            rows.push(campaign_row(set, campaign, 1));
            rows.extend(children(set, campaign.alias).map(|ad_set| campaign_row(set, ad_set, 2)));
        }
    }
    let more = [more(set, Level::Campaign, "campaigns"), more(set, Level::AdSet, "ad sets")];
    (rows, more.into_iter().flatten().collect())
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
        change: change.unwrap_or_default(),
        verdict: leads.filter(|_| !is_ad_set).map(prose::tokens).unwrap_or_default(),
    }
}

fn more(set: &ClaimSet, level: Level, what: &str) -> Option<Line> {
    let left_out = set.left_out.iter().find(|left_out| left_out.level == level)?;
    let mut line = vec![Piece::text("and ")];
    line.extend(prose::value(set.claim(left_out.claim)?));
    line.push(Piece::Text(format!(" more {what} in the figures")));
    Some(line)
}
