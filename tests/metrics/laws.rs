//! Laws that hold for every pull.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use weekledger::metrics::ad_set_weeks;
use weekledger_events::payload::{Bucket, MatchedRule};

use crate::kit::{HILLTOP, Pull, RIVERSIDE, actions, at, contact, row, with};

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

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
        let middle = weekledger_events::Week::containing(utc);
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
