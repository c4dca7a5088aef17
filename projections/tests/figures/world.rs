//! A small world of ad sets and contacts, and the observations that a pull makes of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::ToSpan;
use rust_decimal::Decimal;
use weekledger_events::payload::{
    AccountWeek, AdSetWeek, Bucket, CampaignCrmLeads, ContactRow, CrmWeek, DayRow, InputRef,
    MatchedRule, Measures, Objective, RowSource, WeekObserved, WeekRows,
};
use weekledger_events::{
    AccountId, AdSetId, ArtifactRef, CampaignId, Currency, Digest, ReportId, Sequence, StreamId,
    Week,
};
use weekledger_projections::alerts::AlertRule;
use weekledger_projections::figure::Figure;
use weekledger_projections::figures::{self, Subject};
use weekledger_projections::history::{History, Source};
use weekledger_projections::series::Series;
use weekledger_projections::supporting::{FigureSet, SupportingFigure};

pub fn week(text: &str) -> Week {
    Week::parse(text).unwrap()
}

pub fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn account(number: u32) -> AccountId {
    AccountId::parse(&format!("act_{number}")).unwrap()
}

pub fn report() -> ReportId {
    ReportId::parse("weekly").unwrap()
}

pub fn subject(newest: Week) -> Subject {
    Subject {
        report: report(),
        title: "Weekly report".into(),
        week: newest,
        crm: true,
        excluded: Vec::new(),
        alerts: AlertRule::default(),
    }
}

/// An event of another week's stream.
pub fn event(of: Week, sequence: u32) -> InputRef {
    InputRef {
        stream: StreamId::new(report(), of),
        sequence: Sequence::new(sequence).unwrap(),
        digest: Digest::of(format!("{of}/{sequence}").as_bytes()),
    }
}

/// One ad set in one week. Its campaign is the number without the last digit, its account the
/// number without the last two.
#[derive(Debug, Clone)]
pub struct Row {
    pub ad_set: u32,
    pub spend: Decimal,
    /// Impressions, clicks, link clicks, landing page views, Meta leads.
    pub counts: [u64; 5],
    /// The day of the week with the first delivery, Monday is 0.
    pub first_day: i64,
    pub objective: Option<Objective>,
}

pub fn row(ad_set: u32, spend: &str, counts: [u64; 5]) -> Row {
    Row { ad_set, spend: decimal(spend), counts, first_day: 0, objective: None }
}

impl Row {
    pub fn account(&self) -> AccountId {
        account(self.ad_set / 100)
    }

    pub fn campaign(&self) -> CampaignId {
        campaign(self.ad_set / 10)
    }

    pub fn measures(&self) -> Measures {
        let [impressions, clicks, link_clicks, landing_page_views, meta_leads] = self.counts;
        let spend = self.spend;
        Measures { spend, impressions, clicks, link_clicks, landing_page_views, meta_leads }
    }

    fn delivers(&self) -> bool {
        !self.spend.is_zero() || self.counts[0] > 0
    }

    /// The first day has 0.25 of the spend and one of each count, the next day the rest.
    fn days(&self, of: Week, artifact: Digest, first_index: usize) -> [DayRow; 2] {
        let whole = self.measures();
        let quarter = whole.spend * decimal("0.25");
        let first = Measures {
            spend: quarter,
            impressions: whole.impressions.min(1),
            clicks: whole.clicks.min(1),
            link_clicks: whole.link_clicks.min(1),
            landing_page_views: whole.landing_page_views.min(1),
            meta_leads: whole.meta_leads.min(1),
        };
        let second = Measures {
            spend: whole.spend - quarter,
            impressions: whole.impressions - first.impressions,
            clicks: whole.clicks - first.clicks,
            link_clicks: whole.link_clicks - first.link_clicks,
            landing_page_views: whole.landing_page_views - first.landing_page_views,
            meta_leads: whole.meta_leads - first.meta_leads,
        };
        [(0, first), (1, second)].map(|(offset, measures)| {
            let row = format!("/data/{}", first_index * 2 + usize::try_from(offset).unwrap());
            let held = [("spend", true), ("impressions", true), ("clicks", true)].into_iter();
            let sparse = [
                ("link_clicks", measures.link_clicks > 0),
                ("landing_page_views", measures.landing_page_views > 0),
                ("meta_leads", measures.meta_leads > 0),
            ];
            let pointers = held
                .chain(sparse)
                .filter(|(_, held)| *held)
                .map(|(name, _)| (name.to_owned(), format!("{row}/{name}")))
                .collect();
            DayRow {
                account: self.account(),
                campaign: self.campaign(),
                campaign_name: format!("Campaign {}", self.ad_set / 10),
                ad_set: AdSetId::parse(&self.ad_set.to_string()).unwrap(),
                ad_set_name: format!("Ad set {}", self.ad_set),
                objective: self.objective,
                date: of.monday() + (self.first_day.min(5) + offset).days(),
                attribution_setting: None,
                measures,
                lead_action: None,
                source: RowSource { artifact, pointer: row },
                pointers,
            }
        })
    }

    fn ad_set_week(&self, of: Week) -> AdSetWeek {
        AdSetWeek {
            account: self.account(),
            campaign: self.campaign(),
            campaign_name: format!("Campaign {}", self.ad_set / 10),
            ad_set: AdSetId::parse(&self.ad_set.to_string()).unwrap(),
            ad_set_name: format!("Ad set {}", self.ad_set),
            objective: self.objective,
            first_delivery: self.delivers().then(|| of.monday() + self.first_day.min(5).days()),
            delivery_days: 2,
            measures: self.measures(),
        }
    }
}

pub fn campaign(number: u32) -> CampaignId {
    CampaignId::parse(&number.to_string()).unwrap()
}

/// Contacts of one week: by campaign and ad set (0 for an unknown one), unattributed, other.
#[derive(Debug, Clone, Default)]
pub struct Contacts {
    pub known: Vec<(u32, u32, u64)>,
    pub unattributed: u64,
    pub other: u64,
    pub offline: u64,
}

impl Contacts {
    fn totals(&self) -> CrmWeek {
        let mut campaigns: BTreeMap<u32, CampaignCrmLeads> = BTreeMap::new();
        for (number, ad_set, count) in &self.known {
            let leads = campaigns.entry(*number).or_insert_with(|| CampaignCrmLeads {
                account: account(number / 10),
                campaign: campaign(*number),
                leads: 0,
                ad_sets: BTreeMap::new(),
            });
            leads.leads += count;
            if *ad_set > 0 {
                let ad_set = AdSetId::parse(&ad_set.to_string()).unwrap();
                *leads.ad_sets.entry(ad_set).or_default() += count;
            }
        }
        CrmWeek {
            campaigns: campaigns.into_values().collect(),
            unattributed: self.unattributed,
            other: self.other,
            offline: self.offline,
            shortfall: None,
            rules: BTreeMap::new(),
        }
    }

    fn rows(&self, artifact: Digest) -> Vec<ContactRow> {
        let known = self.known.iter().map(|(number, ad_set, count)| {
            let bucket = Bucket::Campaign {
                account: account(number / 10),
                campaign: campaign(*number),
                ad_set: AdSetId::parse(&ad_set.to_string()).ok().filter(|_| *ad_set > 0),
            };
            (bucket, *count)
        });
        let rest = [
            (Bucket::Unattributed, self.unattributed),
            (Bucket::Other, self.other),
            (Bucket::Offline, self.offline),
        ];
        let all =
            known.chain(rest).flat_map(|(bucket, count)| (0..count).map(move |_| bucket.clone()));
        all.enumerate()
            .map(|(index, bucket)| ContactRow {
                contact: index.to_string(),
                created_at: Timestamp::UNIX_EPOCH,
                bucket,
                rule: MatchedRule::UrlId,
                source: RowSource { artifact, pointer: format!("/results/{index}") },
            })
            .collect()
    }
}

/// One week of the world.
#[derive(Debug, Clone)]
pub struct WorldWeek {
    pub week: Week,
    /// Account number, currency, whether the pull succeeds.
    pub accounts: Vec<(u32, &'static str, bool)>,
    pub rows: Vec<Row>,
    /// `None` if the CRM cannot be pulled.
    pub contacts: Option<Contacts>,
}

impl WorldWeek {
    /// What a pull at a time makes of it.
    pub fn observed(&self, observed_at: Timestamp) -> (WeekObserved, WeekRows) {
        let rows = self.week_rows(observed_at);
        let bytes = weekledger_events::canonical::to_bytes(&rows).unwrap();
        let observed = WeekObserved {
            week: self.week,
            observed_at,
            rows: ArtifactRef::of(&bytes),
            accounts: self.accounts.iter().map(|facts| account_week(*facts)).collect(),
            ad_sets: self.rows.iter().map(|row| row.ad_set_week(self.week)).collect(),
            crm: self.contacts.as_ref().map(Contacts::totals),
        };
        (observed, rows)
    }

    fn week_rows(&self, observed_at: Timestamp) -> WeekRows {
        let page = |kind: &str| Digest::of(format!("{kind}{}{observed_at}", self.week).as_bytes());
        let days = self.rows.iter().enumerate();
        WeekRows {
            days: days.flat_map(|(n, row)| row.days(self.week, page("meta"), n)).collect(),
            contacts: self.contacts.as_ref().map_or(vec![], |some| some.rows(page("crm"))),
        }
    }
}

pub fn account_week((number, currency, pulled): (u32, &str, bool)) -> AccountWeek {
    AccountWeek {
        account: account(number),
        name: format!("Brand {number}"),
        currency: Some(Currency::parse(currency).unwrap()),
        time_zone: "Europe/Berlin".into(),
        pulled,
        shortfall: None,
        lead_rule: Digest::of(b"lead"),
        lead_actions: vec!["lead".into()],
        attribution_settings: vec!["7d_click_1d_view".into()],
    }
}

/// A world that was pulled once, by the run itself.
#[derive(Debug)]
pub struct Pulled {
    pub series: Series,
    pub subject: Subject,
    pub set: FigureSet,
    pub rows: BTreeMap<Digest, WeekRows>,
}

pub const PULLED_AT: &str = "2026-11-23T04:00:00Z";

pub fn pulled(weeks: &[WorldWeek]) -> Pulled {
    let newest = weeks.iter().map(|world| world.week).max().unwrap();
    let mut history = History::new();
    let mut rows = BTreeMap::new();
    for world in weeks {
        let (observed, found) = world.observed(at(PULLED_AT));
        history.observe(Source::Own, &observed).unwrap();
        rows.insert(observed.rows.digest, found);
    }
    let series = history.as_known(at(PULLED_AT), newest).series;
    let subject = subject(newest);
    let set = figures::compute(&series, &subject);
    Pulled { series, subject, set, rows }
}

impl Pulled {
    #[track_caller]
    pub fn figure(&self, id: &str) -> &Figure {
        let found = self.set.figures.iter().find(|figure| figure.id == id);
        found.unwrap_or_else(|| panic!("no figure {id}"))
    }

    #[track_caller]
    pub fn supporting(&self, id: &str) -> &SupportingFigure {
        let found = self.set.supporting.iter().find(|figure| figure.id == id);
        found.unwrap_or_else(|| panic!("no supporting figure {id}"))
    }

    #[track_caller]
    pub fn value(&self, id: &str) -> String {
        let value = self.figure(id).value;
        value.map_or_else(|| format!("({})", self.figure(id).display), |value| value.to_string())
    }
}
