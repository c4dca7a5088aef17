//! Laws that hold for every pull.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use weekledger::metrics::{Knowledge, ad_set_weeks};
use weekledger_events::payload::{Bucket, CrmWeek, InputRef, MatchedRule, WeekObserved};
use weekledger_events::{Digest, Sequence, StreamId, Week};
use weekledger_projections::history::{History, Source};
use weekledger_projections::series::Series;
use weekledger_projections::sightings::{Witness, attributed_early};

use crate::kit::{HILLTOP, Pull, RIVERSIDE, actions, at, contact, row, week, with};

/// Zones far east and far west, with and without summer time, and one of half an hour.
const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kolkata",
];

#[derive(Debug, Clone)]
struct Day {
    hilltop: bool,
    ad_set: u8,
    day: u8,
    cents: i64,
    impressions: u32,
    leads: u16,
}

fn day() -> impl Strategy<Value = Day> {
    (any::<bool>(), 0..4_u8, 0..7_u8, 0..1_000_000_i64, any::<u32>(), 0..50_u16).prop_map(
        |(hilltop, ad_set, day, cents, impressions, leads)| Day {
            hilltop,
            ad_set,
            day,
            cents,
            impressions,
            leads,
        },
    )
}

impl Day {
    fn account(&self) -> &'static str {
        if self.hilltop { HILLTOP } else { RIVERSIDE }
    }

    /// Two ad sets to a campaign; ids of the accounts do not overlap.
    fn row(&self) -> Value {
        let base = if self.hilltop { 20 } else { 10 };
        let (campaign, ad_set) =
            (base + u32::from(self.ad_set) / 2, 100 * base + u32::from(self.ad_set));
        let date = format!("2026-11-{:02}", 9 + self.day);
        let row = row(self.account(), &campaign.to_string(), &ad_set.to_string(), &date);
        let spend = Decimal::new(self.cents, 2).to_string();
        let fields = json!({ "spend": spend, "impressions": self.impressions.to_string() });
        with(with(row, fields), actions(&[("lead", &self.leads.to_string())]))
    }
}

fn created() -> impl Strategy<Value = Timestamp> {
    // Three weeks in spring and three in autumn, with every change of clocks in Berlin, New York
    // and Auckland, half of them within minutes of a local midnight somewhere.
    let starts = ["2026-03-02T00:00:00Z", "2026-03-23T00:00:00Z", "2026-10-19T00:00:00Z"];
    let anywhere = (0..3_usize, 0..21 * 86_400_i64);
    let near_midnight = (0..3_usize, 0..21_i64, 0..48_i64, -3..=3_i64).prop_map(
        |(start, day, half_hour, second)| (start, day * 86_400 + half_hour * 1_800 + second),
    );
    prop_oneof![anywhere, near_midnight]
        .prop_map(move |(start, seconds)| at(starts[start]) + SignedDuration::from_secs(seconds))
}

/// Six weeks of a provider that always answers alike, with campaigns that come, go and are renamed.
/// The report is in Berlin.
#[derive(Debug, Clone)]
struct Season {
    /// Of Riverside and Hilltop.
    zones: [&'static str; 2],
    /// Campaign, week and name of each delivery.
    rows: Vec<(usize, i32, usize)>,
    /// Week, hours from its first midnight in UTC, and claim of each contact.
    contacts: Vec<(i32, i64, Claimed)>,
}

/// What a contact says about its campaign.
#[derive(Debug, Clone, Copy)]
enum Claimed {
    Id(usize),
    AdSet(usize),
    Name(usize),
}

const SEASON_WEEKS: i32 = 6;
const CAMPAIGNS: [(&str, &str); 3] = [(RIVERSIDE, "10"), (RIVERSIDE, "11"), (HILLTOP, "20")];
const NAMES: [&str; 3] = ["Spring", "Brand", "Jobs"];
const BERLIN: &str = "Europe/Berlin";
/// Auckland is in the week already, Berlin is, New York is not yet, and all are.
const HOURS: [i64; 4] = [-11, -1, 3, 18];

fn season() -> impl Strategy<Value = Season> {
    let rows = prop::collection::vec((0..3_usize, 0..SEASON_WEEKS, 0..3_usize), 0..8);
    let claimed = prop_oneof![
        (0..3_usize).prop_map(Claimed::Id),
        (0..3_usize).prop_map(Claimed::AdSet),
        (0..3_usize).prop_map(Claimed::Name),
    ];
    let created = (0..SEASON_WEEKS, prop::sample::select(&HOURS[..]), claimed);
    let contacts = prop::collection::vec(created, 0..20);
    let zone = || prop::sample::select(&[BERLIN, "America/New_York", "Pacific/Auckland"][..]);
    let zones = (zone(), zone()).prop_map(|(riverside, hilltop)| [riverside, hilltop]);
    (zones, rows, contacts).prop_map(|(zones, rows, contacts)| {
        // One name for each campaign and week.
        let rows: BTreeMap<_, _> =
            rows.into_iter().map(|(c, week, name)| ((c, week), name)).collect();
        let rows = rows.into_iter().map(|((c, week), name)| (c, week, name)).collect();
        Season { zones, rows, contacts }
    })
}

impl Season {
    fn week(number: i32) -> Week {
        week("2026-W40").plus(number)
    }

    /// Every week has an ad set of its own in each campaign.
    fn pull(&self, weeks: &[i32]) -> Pull {
        let texts: Vec<String> = weeks.iter().map(|n| Self::week(*n).to_string()).collect();
        let mut pull = Pull::of(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        for (account, zone) in [RIVERSIDE, HILLTOP].into_iter().zip(self.zones) {
            pull.account_mut(account).time_zone = Some(zone.to_owned());
            let own = self.rows.iter().filter(|(campaign, number, _)| {
                CAMPAIGNS[*campaign].0 == account && weeks.contains(number)
            });
            let rows = own.map(|(campaign, number, name)| {
                let (account, id) = CAMPAIGNS[*campaign];
                let monday = Self::week(*number).monday().to_string();
                let named =
                    json!({ "campaign_name": NAMES[*name], "impressions": "5", "spend": "1" });
                with(row(account, id, &format!("{id}0{number}"), &monday), named)
            });
            pull = pull.ad_sets(account, rows.collect());
        }
        let contacts = self.contacts.iter().enumerate().map(|(n, (number, hours, claimed))| {
            let created = Self::created(*number, *hours).to_string();
            let (key, value) = match claimed {
                Claimed::Id(c) => (
                    "hs_analytics_first_url",
                    format!("https://a.example/?hsa_cam={}", CAMPAIGNS[*c].1),
                ),
                Claimed::AdSet(c) => {
                    let ad_set = format!("{}02", CAMPAIGNS[*c].1);
                    ("hs_analytics_first_url", format!("https://a.example/?hsa_grp={ad_set}"))
                }
                Claimed::Name(name) => ("hs_analytics_source_data_2", NAMES[*name].to_owned()),
            };
            contact(
                &n.to_string(),
                &created,
                &[("hs_analytics_source", "PAID_SOCIAL"), (key, &value)],
            )
        });
        pull.contacts(contacts.collect())
    }

    fn created(number: i32, hours: i64) -> Timestamp {
        let midnight = at(&format!("{}T00:00:00Z", Self::week(number).monday()));
        midnight + SignedDuration::from_hours(hours)
    }

    /// The number of the week that an instant is in.
    fn number(instant: Timestamp, zone: &str) -> i32 {
        let day = instant.in_tz(zone).unwrap().date();
        Week::containing(day).weeks_since(Self::week(0))
    }

    /// Contacts with a campaign and without by week, by the rule and not by the code, after pulls of
    /// the weeks given. A pull gives a contact to the one campaign that it fits, if the campaign's own
    /// zone puts it into that week and the campaign's rows are not younger; nor younger than the
    /// report's week of the contact, where that is or was decided without the week after. Rows
    /// before the first week are not known and need not be. What no campaign has counts in the
    /// report's week.
    fn expected(&self, pulls: &[Vec<i32>]) -> BTreeMap<Week, (u64, u64)> {
        let mut weeks: BTreeMap<i32, (u64, u64)> = BTreeMap::new();
        let mut foreseen: BTreeMap<i32, bool> = BTreeMap::new();
        for pull in pulls {
            for week in pull {
                foreseen.insert(*week, pull.contains(&(week + 1)));
            }
            let decided: Vec<(i32, bool)> =
                self.contacts.iter().map(|contact| self.decide(contact, &foreseen)).collect();
            for week in pull {
                let of = |placed| decided.iter().filter(|one| **one == (*week, placed)).count();
                weeks.insert(*week, (of(true) as u64, of(false) as u64));
            }
        }
        weeks.into_iter().map(|(number, counts)| (Self::week(number), counts)).collect()
    }

    /// The week of a contact, and whether a campaign has it.
    fn decide(
        &self,
        (number, hours, claimed): &(i32, i64, Claimed),
        foreseen: &BTreeMap<i32, bool>,
    ) -> (i32, bool) {
        let created = Self::created(*number, *hours);
        let of_account = |c: usize| Self::number(created, self.zones[c / 2]);
        let of_report = Self::number(created, BERLIN);
        let all = [of_report, of_account(0), of_account(2)];
        let (first, last) = (*all.iter().min().unwrap(), *all.iter().max().unwrap());
        let until = if foreseen.get(&of_report) == Some(&false) { of_report } else { last };
        let fitting = |pull: i32| -> std::collections::BTreeSet<usize> {
            let fits = self.rows.iter().filter(|(c, of, name)| match claimed {
                Claimed::Id(id) => c == id,
                Claimed::AdSet(id) => c == id && *of == 2,
                Claimed::Name(claimed) => name == claimed,
            });
            let known = fits.filter(|(c, of, _)| {
                let by = pull.min(of_account(*c)).min(until);
                *of <= by || (by < 0 && *of == 0)
            });
            known.map(|(c, ..)| *c).collect()
        };
        let placed = (first..=last).find(|pull| {
            let campaigns = fitting(*pull);
            campaigns.len() == 1 && of_account(*campaigns.first().unwrap()) == *pull
        });
        placed.map_or((of_report, false), |week| (week, true))
    }

    /// Contacts that are in none of the first and last weeks' borders, so that some pull has them.
    fn inside(&self) -> u64 {
        let is_inside = |(number, hours, _): &&(i32, i64, Claimed)| {
            let created = Self::created(*number, *hours);
            let mut all =
                [BERLIN, self.zones[0], self.zones[1]].map(|zone| Self::number(created, zone));
            all.sort_unstable();
            all[0] >= 0 && all[2] < SEASON_WEEKS
        };
        self.contacts.iter().filter(is_inside).count() as u64
    }
}

/// What the ledger holds after pulls one after the other, each of which knew what the ones before
/// it had left there.
struct Ledger {
    history: History,
    /// Observations and inputs of each pull.
    events: Vec<(InputRef, Vec<WeekObserved>, Vec<InputRef>)>,
}

const NOW: &str = "2026-11-16T04:05:00Z";

impl Ledger {
    fn of(season: &Season, pulls: &[Vec<i32>]) -> Self {
        let newest = Season::week(SEASON_WEEKS - 1);
        let mut ledger = Self { history: History::new(), events: Vec::new() };
        for (number, weeks) in (0_i64..).zip(pulls) {
            let mut pull = season.pull(weeks);
            // A minute after the other, as the recorded times of real pulls are.
            let now = at(NOW) + SignedDuration::from_mins(number);
            let known = ledger.history.as_known(now, newest);
            let sightings = ledger.history.sightings(now, newest);
            pull.knowledge = Knowledge::new(&known.series, sightings, Default::default());
            let own = Season::week(*weeks.last().unwrap());
            let event = InputRef {
                stream: StreamId::new("weekly".parse().unwrap(), own),
                sequence: Sequence::new(u32::try_from(number).unwrap() + 1).unwrap(),
                digest: Digest::of(b"event"),
            };
            let observations: Vec<WeekObserved> = pull
                .observe()
                .weeks
                .into_iter()
                .map(|seen| WeekObserved { observed_at: now, ..seen.observed })
                .collect();
            for observed in &observations {
                ledger.history.observe(Source::Event(event.clone()), observed).unwrap();
            }
            ledger.events.push((event, observations, known.inputs));
        }
        ledger
    }

    fn series(&self) -> Series {
        let later = at(NOW) + SignedDuration::from_hours(1);
        self.history.as_known(later, Season::week(SEASON_WEEKS - 1)).series
    }

    /// CRM leads with a campaign and without, by week.
    fn weeks(&self) -> BTreeMap<Week, (u64, u64)> {
        let leads = |crm: &CrmWeek| crm.campaigns.iter().map(|campaign| campaign.leads).sum();
        let weeks = self.series().weeks.into_iter().map(|known| {
            let crm = known.crm.unwrap().totals;
            (known.week, (leads(&crm), crm.unattributed))
        });
        weeks.collect()
    }

    /// The weeks that are told as attributed with less than is known.
    fn told(&self) -> Vec<Week> {
        let witnesses: Vec<Witness<'_>> = self
            .events
            .iter()
            .map(|(event, observations, inputs)| Witness { event, observations, inputs })
            .collect();
        attributed_early(&self.series(), &witnesses, &[], BERLIN)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_contact_counts_once_and_by_the_rule_however_the_weeks_are_split_into_pulls(
        season in season(),
        cuts in prop::collection::vec(any::<bool>(), SEASON_WEEKS as usize),
        again in 0..SEASON_WEEKS,
    ) {
        // Oldest first, as backfill and Mondays do; each pull may take earlier weeks once more.
        let mut pulls = Vec::new();
        let mut first = 0;
        for number in 0..SEASON_WEEKS {
            if cuts[number as usize] || number + 1 == SEASON_WEEKS {
                pulls.push(((first - again).max(0)..=number).collect::<Vec<_>>());
                first = number + 1;
            }
        }
        let whole = vec![(0..SEASON_WEEKS).collect::<Vec<_>>()];
        for pulls in [whole, pulls] {
            let ledger = Ledger::of(&season, &pulls);
            let weeks = ledger.weeks();
            prop_assert_eq!(&weeks, &season.expected(&pulls));
            prop_assert_eq!(ledger.told(), Vec::<Week>::new());
            // Each once: those at the outer borders may belong to a week that nobody pulled.
            let counted: u64 = weeks.values().map(|(placed, rest)| placed + rest).sum();
            let outside = season.contacts.len() as u64 - season.inside();
            prop_assert!((season.inside()..=season.inside() + outside).contains(&counted));
        }
    }

    #[test]
    fn a_week_attributed_with_less_than_is_known_is_told_whatever_the_order_of_the_pulls(
        season in season(),
        order in Just((0..SEASON_WEEKS).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec((0..SEASON_WEEKS, 1..4_i32), 0..3),
    ) {
        // Each week alone, in any order; then some pulls of several weeks, old ones too.
        let mut pulls: Vec<Vec<i32>> = order.into_iter().map(|week| vec![week]).collect();
        pulls.extend(again.iter().map(|(last, count)| ((last - count).max(0)..=*last).collect()));
        // East of the report, pulls of several weeks know of more than those of one: the law above.
        let mut season = season;
        season.zones = season.zones.map(|zone| if zone == "Pacific/Auckland" { BERLIN } else { zone });
        let ledger = Ledger::of(&season, &pulls);
        let told = ledger.told();
        // Pulled oldest first, all is as it should be: the law above.
        let right = Ledger::of(&season, &(0..SEASON_WEEKS).map(|week| vec![week]).collect::<Vec<_>>());
        for (week, counted) in ledger.weeks() {
            prop_assert!(counted == right.weeks()[&week] || told.contains(&week), "{}", week);
        }
    }

    #[test]
    fn the_sum_over_ad_sets_is_the_sum_over_days(days in prop::collection::vec(day(), 0..40)) {
        // One row for each ad set and day; the sums come from the generated numbers.
        let distinct: BTreeMap<_, Day> =
            days.into_iter().map(|d| ((d.hilltop, d.ad_set, d.day), d)).collect();
        let mut pull = Pull::of(&["2026-W46"]);
        for account in [RIVERSIDE, HILLTOP] {
            let own = distinct.values().filter(|day| day.account() == account);
            pull = pull.ad_sets(account, own.map(Day::row).collect());
        }
        let week = pull.one_week();
        let ad_sets = &week.observed.ad_sets;
        let cents: i64 = distinct.values().map(|day| day.cents).sum();
        let impressions: u64 = distinct.values().map(|day| u64::from(day.impressions)).sum();
        let leads: u64 = distinct.values().map(|day| u64::from(day.leads)).sum();
        let spend: Decimal = ad_sets.iter().map(|row| row.measures.spend).sum();
        prop_assert_eq!(spend, Decimal::new(cents, 2));
        prop_assert_eq!(ad_sets.iter().map(|row| row.measures.impressions).sum::<u64>(), impressions);
        prop_assert_eq!(ad_sets.iter().map(|row| row.measures.meta_leads).sum::<u64>(), leads);
        prop_assert_eq!(&ad_set_weeks(week.rows.days.iter().rev()), ad_sets);
    }

    #[test]
    fn a_contact_is_in_exactly_one_week_whether_weeks_are_pulled_together_or_alone(
        created in created(), zone in 0..ZONES.len(), report in 0..ZONES.len(), source in 0..3_usize,
    ) {
        let properties: &[(&str, &str)] = [
            &[("hs_analytics_first_url", "https://a.example/?hsa_cam=10")][..],
            &[("hs_analytics_source", "PAID_SOCIAL")],
            &[("hs_analytics_source", "REFERRALS")],
        ][source];
        let pull = |weeks: &[String]| {
            let weeks: Vec<&str> = weeks.iter().map(String::as_str).collect();
            let mut pull = Pull::of(&weeks).known(RIVERSIDE, "10", &["Spring"], &[]);
            pull.settings.time_zone = ZONES[report].to_owned();
            pull.account_mut(RIVERSIDE).time_zone = Some(ZONES[zone].to_owned());
            let contacts = vec![contact("1", &created.to_string(), properties)];
            let observed = pull.contacts(contacts).observe();
            observed.weeks.iter().map(|week| week.rows.contacts.len()).sum::<usize>()
        };
        let utc = created.to_zoned(jiff::tz::TimeZone::UTC).date();
        let middle = Week::containing(utc);
        let weeks: Vec<String> = (-2..=2).map(|n| middle.plus(n).to_string()).collect();
        prop_assert_eq!(pull(&weeks), 1);
        let alone: usize = weeks.iter().map(|week| pull(std::slice::from_ref(week))).sum();
        prop_assert_eq!(alone, 1);
    }

    #[test]
    fn attribution_does_not_depend_on_the_order_of_contacts(
        order in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let urls = ["hsa_cam=10", "hsa_cam=20", "hsa_cam=10&hsa_cam=20", "hsa_cam=9", "x=1", ""];
        let one = |n: usize| {
            let url = format!("https://a.example/?{}", urls[n % 6]);
            let source = if n < 6 { "PAID_SOCIAL" } else { "REFERRALS" };
            let merged = if n == 3 { "4" } else { "" };
            contact(&n.to_string(), "2026-11-11T09:00:00Z", &[
                ("hs_analytics_first_url", url.as_str()),
                ("hs_analytics_source", source),
                ("hs_merged_object_ids", merged),
            ])
        };
        let buckets = |order: &[usize]| -> BTreeMap<String, (Bucket, MatchedRule)> {
            let pull = Pull::of(&["2026-W46"])
                .known(RIVERSIDE, "10", &["Spring"], &[])
                .known(HILLTOP, "20", &["Brand"], &[])
                .contacts(order.iter().map(|n| one(*n)).collect());
            let rows = pull.one_week().rows.contacts;
            rows.into_iter().map(|row| (row.contact, (row.bucket, row.rule))).collect()
        };
        let sorted: Vec<usize> = (0..12).collect();
        let expected = buckets(&sorted);
        prop_assert_eq!(expected.len(), 11);
        prop_assert_eq!(buckets(&order), expected);
    }
}
