//! Weeks made by hand: series, event and figures of a report, built from a few lines.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use weekledger::analyst::{Brief, rules};
use weekledger::report::fit::fitting;
use weekledger::report::render::{Rendered, render};
use weekledger_events::payload::{
    AccountWeek, AdSetWeek, Analyst, CampaignCrmLeads, CrmWeek, Goal, Measures, MetricsComputed,
    Origin, Restatement, RunRequested, Shortfall, WeekObserved,
};
use weekledger_events::{
    ArtifactRef, Currency, Digest, Finding, ReportId, Revision, Sequence, StreamId, Week,
};
use weekledger_projections::alerts::AlertRule;
use weekledger_projections::claim::{ClaimInput, ClaimSet, RowLimits};
use weekledger_projections::figures::{Subject, compute};
use weekledger_projections::report_view::{ReportView, ViewInput, view};
use weekledger_projections::series::{
    KnownAccount, KnownCrm, KnownWeek, Observed, SERIES_FORMAT, Series,
};
use weekledger_projections::supporting::FigureSet;
use weekledger_projections::words::Words;

/// An ad set with its spend in cents and its leads, newest week last.
#[derive(Debug, Clone)]
pub struct AdSet {
    pub id: u64,
    pub name: String,
    pub weeks: Vec<(i64, u64)>,
}

#[derive(Debug, Clone)]
pub struct Campaign {
    pub id: u64,
    pub name: String,
    pub ad_sets: Vec<AdSet>,
}

#[derive(Debug, Clone)]
pub struct Account {
    pub id: u64,
    pub name: String,
    /// Empty: it was never read, so nobody knows.
    pub currency: &'static str,
    /// False: the newest week could not be pulled.
    pub pulled: bool,
    pub campaigns: Vec<Campaign>,
}

/// A report as a test describes it.
#[derive(Debug, Clone)]
pub struct World {
    pub title: String,
    pub accounts: Vec<Account>,
    /// Whether a CRM is connected. Its contacts are the Meta leads less a fifth.
    pub crm: bool,
    /// The contacts of the newest week could not be pulled.
    pub crm_failed: bool,
    /// The newest week has not a single contact, which nobody believes.
    pub crm_silent: bool,
    /// The first account's figures of the week that lies so many weeks back are not whole.
    pub short: Option<(usize, Shortfall)>,
    pub findings: Vec<Finding>,
    pub restatements: Vec<Restatement>,
    pub revision: u32,
    pub revised: bool,
    pub fallback: Option<String>,
    /// Accounts that could not be pulled now, but for this very week before.
    pub stale: Vec<u64>,
    /// Accounts that count clicks of one day only.
    pub one_day: Vec<u64>,
    /// Which figures may raise an alert.
    pub alerts: AlertRule,
    /// When the pull was recorded.
    pub observed_at: Timestamp,
}

/// Everything that was made of a world.
pub struct Made {
    pub run: RunRequested,
    pub metrics: MetricsComputed,
    pub figures: FigureSet,
    pub claims: ClaimSet,
    pub words: Words,
    pub view: ReportView,
    pub mail: Rendered,
}

pub fn week() -> Week {
    "2026-W47".parse().unwrap()
}

pub fn report() -> ReportId {
    ReportId::parse("weekly").unwrap()
}

fn at() -> Timestamp {
    "2026-11-23T05:00:00Z".parse().unwrap()
}

fn bytes(text: &str) -> ArtifactRef {
    ArtifactRef::of(text.as_bytes())
}

impl World {
    /// One account with one campaign and one ad set, twenty ordinary weeks.
    pub fn small() -> Self {
        let ad_set = AdSet { id: 31, name: "Parents".to_owned(), weeks: ordinary(20, 9000, 12) };
        let campaign = Campaign { id: 21, name: "Autumn fair".to_owned(), ad_sets: vec![ad_set] };
        Self {
            title: "Weekly advertising report".to_owned(),
            accounts: vec![Account {
                id: 11,
                name: "Lakeside Hotel".to_owned(),
                currency: "EUR",
                pulled: true,
                campaigns: vec![campaign],
            }],
            crm: true,
            crm_failed: false,
            crm_silent: false,
            short: None,
            findings: Vec::new(),
            restatements: Vec::new(),
            revision: 1,
            revised: false,
            fallback: None,
            stale: Vec::new(),
            one_day: Vec::new(),
            alerts: AlertRule::default(),
            observed_at: at(),
        }
    }

    /// Three accounts of the size that the report is meant for.
    pub fn normal() -> Self {
        let names = ["Lakeside Hotel", "Harbour Residence", "Old Town Suites"];
        let campaigns = [
            ("DE | Prospecting | Lead form", 3),
            ("AT | Retargeting | Brochure", 2),
            ("Summer 2026 LAL 1%", 2),
        ];
        let accounts = names.iter().zip(1_u64..).map(|(name, a)| Account {
            id: a,
            name: (*name).to_owned(),
            currency: "EUR",
            pulled: true,
            campaigns: campaigns
                .iter()
                .zip(1_u64..)
                .map(|((name, ad_sets), c)| Campaign {
                    id: a * 100 + c,
                    name: (*name).to_owned(),
                    ad_sets: (1..=*ad_sets)
                        .map(|s| AdSet {
                            id: a * 10_000 + c * 100 + s,
                            name: format!("Audience {s} broad"),
                            weeks: ordinary(20, (40_000 / (a * c * s)) as i64, 14 / (c * s)),
                        })
                        .collect(),
                })
                .collect(),
        });
        Self { accounts: accounts.collect(), ..Self::small() }
    }

    pub fn make(&self) -> Made {
        let weeks = self.accounts.iter().flat_map(|account| &account.campaigns);
        let weeks = weeks.flat_map(|campaign| &campaign.ad_sets).map(|ad_set| ad_set.weeks.len());
        let count = weeks.max().unwrap_or(1);
        let observed: Vec<WeekObserved> =
            (0..count).rev().map(|back| self.observed(back)).collect();
        let figures = compute(
            &self.series(&observed),
            &Subject {
                report: report(),
                title: self.title.clone(),
                week: week(),
                crm: self.crm,
                excluded: Vec::new(),
                alerts: self.alerts.clone(),
            },
        );
        let metrics = MetricsComputed {
            observations: observed
                .into_iter()
                .rev()
                .take(5)
                .rev()
                .map(|seen| self.own(seen))
                .collect(),
            figures: bytes("figures"),
            figure_count: u32::try_from(figures.figures.len()).unwrap(),
            series: bytes("series"),
            inputs: Vec::new(),
            reconciliation: Vec::new(),
            restatements: self.restatements.clone(),
            reported: Vec::new(),
            unread: Vec::new(),
            findings: self.findings.clone(),
            data_hold: None,
        };
        self.made(metrics, figures)
    }

    fn made(&self, metrics: MetricsComputed, figures: FigureSet) -> Made {
        let (id, run) = (report(), run(self.revision));
        let chosen = ClaimInput {
            report: &id,
            title: &self.title,
            week: week(),
            metrics: &metrics,
            figures: &figures,
            rows: RowLimits::LADDER[0],
        };
        let claims = fitting(chosen);
        let due = run.analysis_due;
        let words =
            rules::write(Brief { claims: &claims, findings: &metrics.findings, earlier: &[], due });
        let analyst =
            Analyst { provider: "rules".to_owned(), model: None, fallback: self.fallback.clone() };
        let view = view(ViewInput {
            report: &id,
            week: week(),
            metrics: &metrics,
            claims: &claims,
            words: &words,
            analyst: &analyst,
            revised: self.revised,
        });
        let mail = render(&view).unwrap();
        Made { run, metrics, figures, claims, words, view, mail }
    }

    /// A week as this run's pull saw it: an account that fails now fails for every week.
    fn own(&self, mut seen: WeekObserved) -> WeekObserved {
        let failed = |account: &&Account| !account.pulled || self.stale.contains(&account.id);
        for account in self.accounts.iter().filter(failed) {
            let id = account_id(account.id);
            seen.ad_sets.retain(|row| row.account != id);
            seen.accounts
                .iter_mut()
                .filter(|facts| facts.account == id)
                .for_each(|facts| facts.pulled = false);
        }
        seen
    }

    /// The week that lies `back` weeks before the newest.
    fn observed(&self, back: usize) -> WeekObserved {
        let mut ad_sets = Vec::new();
        let mut crm: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        let mut unattributed = 3;
        for account in &self.accounts {
            for campaign in &account.campaigns {
                for ad_set in &campaign.ad_sets {
                    let Some((cents, leads)) =
                        ad_set.weeks.len().checked_sub(back + 1).map(|at| ad_set.weeks[at])
                    else {
                        continue;
                    };
                    // A campaign is known by its rows, be they of an earlier week.
                    if account.pulled || ad_set.weeks.len() > 1 {
                        *crm.entry((account.id, campaign.id)).or_default() += leads - leads / 5;
                    } else {
                        unattributed += leads - leads / 5;
                    }
                    if !account.pulled && back == 0 {
                        continue;
                    }
                    ad_sets.push(ad_set_week(account, campaign, ad_set, cents, leads, back));
                }
            }
        }
        let silent = self.crm_silent && back == 0;
        if silent {
            crm.clear();
        }
        let counted = |count| if silent { 0 } else { count };
        WeekObserved {
            week: week().plus(-i32::try_from(back).unwrap()),
            observed_at: self.observed_at,
            rows: bytes("rows"),
            accounts: self.account_weeks(back),
            ad_sets,
            crm: (self.crm && !(self.crm_failed && back == 0)).then(|| CrmWeek {
                campaigns: crm
                    .into_iter()
                    .map(|((account, campaign), leads)| CampaignCrmLeads {
                        account: account_id(account),
                        campaign: campaign.to_string().parse().unwrap(),
                        leads,
                        ad_sets: BTreeMap::new(),
                    })
                    .collect(),
                unattributed: counted(unattributed),
                other: counted(1240),
                offline: counted(31),
                shortfall: silent.then_some(Shortfall::NoRows),
                rules: BTreeMap::new(),
            }),
        }
    }

    fn account_weeks(&self, back: usize) -> Vec<AccountWeek> {
        let weeks = self.accounts.iter().map(|one| self.account_week(one, back));
        let mut weeks: Vec<AccountWeek> = weeks.collect();
        let why = self.short.filter(|(at, _)| *at == back).map(|(_, why)| why);
        if let Some(first) = weeks.first_mut() {
            first.shortfall = first.shortfall.or(why);
        }
        weeks
    }

    fn account_week(&self, account: &Account, back: usize) -> AccountWeek {
        let mut facts = account_week(account, back);
        if self.one_day.contains(&account.id) {
            facts.attribution_settings = vec!["1d_click".to_owned()];
        }
        facts
    }

    fn series(&self, observed: &[WeekObserved]) -> Series {
        let seen = || Observed { at: at(), rows: bytes("rows"), event: None };
        let weeks = observed.iter().map(|one| KnownWeek {
            week: one.week,
            accounts: one
                .accounts
                .iter()
                .map(|facts| KnownAccount {
                    facts: facts.clone(),
                    observed: facts.pulled.then(seen),
                    failed_at: None,
                    ad_sets: one
                        .ad_sets
                        .iter()
                        .filter(|row| row.account == facts.account)
                        .cloned()
                        .collect(),
                    early: Vec::new(),
                })
                .collect(),
            crm: one.crm.clone().map(|totals| KnownCrm {
                totals,
                observed: seen(),
                failed_at: None,
            }),
        });
        Series { format: SERIES_FORMAT, weeks: weeks.collect(), campaigns: Vec::new() }
    }
}

/// Weeks around a mean, the same each time.
pub fn ordinary(weeks: usize, cents: i64, leads: u64) -> Vec<(i64, u64)> {
    (0..weeks)
        .map(|n| {
            let swing = i64::try_from(n * 7 % 5).unwrap() - 2;
            let more = u64::try_from(n * 3 % 4).unwrap();
            (cents + swing * cents / 20, leads + more)
        })
        .collect()
}

fn account_id(number: u64) -> weekledger_events::AccountId {
    format!("act_{number}").parse().unwrap()
}

fn account_week(account: &Account, back: usize) -> AccountWeek {
    AccountWeek {
        account: account_id(account.id),
        name: account.name.clone(),
        currency: Currency::parse(account.currency).ok(),
        time_zone: "Europe/Vienna".to_owned(),
        pulled: account.pulled || back > 0,
        shortfall: None,
        lead_rule: Digest::of(b"lead"),
        lead_actions: vec!["lead".to_owned()],
        attribution_settings: vec!["7d_click_1d_view".to_owned()],
    }
}

fn ad_set_week(
    account: &Account,
    campaign: &Campaign,
    ad_set: &AdSet,
    cents: i64,
    leads: u64,
    back: usize,
) -> AdSetWeek {
    let views = cents.unsigned_abs();
    let delivered = cents > 0;
    let monday = week().plus(-i32::try_from(back).unwrap()).monday();
    AdSetWeek {
        account: account_id(account.id),
        campaign: campaign.id.to_string().parse().unwrap(),
        campaign_name: campaign.name.clone(),
        ad_set: ad_set.id.to_string().parse().unwrap(),
        ad_set_name: ad_set.name.clone(),
        objective: None,
        first_delivery: delivered.then_some(monday),
        delivery_days: if delivered { 7 } else { 0 },
        measures: Measures {
            spend: Decimal::new(cents, 2),
            impressions: views,
            clicks: views / 60,
            link_clicks: views / 80,
            landing_page_views: views / 100,
            meta_leads: leads,
        },
    }
}

fn run(revision: u32) -> RunRequested {
    RunRequested {
        revision: Revision(revision),
        goal: Goal::Deliver,
        origin: Origin::Schedule,
        reason: "schedule".to_owned(),
        requested_by: "schedule".to_owned(),
        from_event: None,
        config: bytes("config"),
        pull: vec![week()],
        known_at: at(),
        not_before: at(),
        analysis_due: "2026-11-23T05:50:00Z".parse().unwrap(),
        deliver_at: "2026-11-23T06:00:00Z".parse().unwrap(),
    }
}

/// A past week that moved.
pub fn restated() -> Restatement {
    Restatement {
        week: week().plus(-3),
        account: account_id(1),
        measure: "meta_leads".to_owned(),
        before: Decimal::from(31),
        now: Decimal::from(38),
        earlier: weekledger_events::payload::InputRef {
            stream: StreamId::new(report(), week().plus(-3)),
            sequence: Sequence::FIRST,
            digest: Digest::of(b"earlier"),
        },
        reported: true,
        listed: true,
    }
}
