//! Monday after Monday the ledger learns how much leads usually grow after a report; then the mail
//! says it of the newest week, and it can be traced and computed anew.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use crate::desk::Desk;

const MONDAYS: i64 = 13;
const WEEK: &str = "2026-W47";
const LEADS: &str = "report:weekly/meta_leads/week";
const GROWTH: &str = "report:weekly/later_growth/week";

fn monday(number: i64) -> Date {
    date(2026, 11, 23) - (7 * (MONDAYS - 1 - number)).days()
}

fn now(number: i64) -> String {
    format!("{}T06:00:00Z", monday(number))
}

fn week(number: i64) -> String {
    format!("2026-W{}", 47 - (MONDAYS - 1 - number))
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}

/// What `history` says of each week: as reported, as known now.
async fn history(desk: &Desk, id: &str) -> BTreeMap<String, (Value, Value)> {
    let said = desk.say(&now(MONDAYS - 1), &["history", id, "--json"]).await.json();
    let all = said.as_array().unwrap().iter().filter(|one| !one["reported"].is_null());
    let both = |one: &Value| (one["reported"]["value"].clone(), one["known_now"]["value"].clone());
    all.map(|one| (one["week"].as_str().unwrap().to_owned(), both(one))).collect()
}

/// The mail of a week, on one line.
async fn text(desk: &Desk, week: &str) -> String {
    let mail = desk.say(&now(MONDAYS - 1), &["show", week, "--text"]).await.stdout;
    mail.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whole percent by which leads grew from the first sum to the second, as a calculator rounds.
fn percent(then: Decimal, now: Decimal) -> i64 {
    let growth = (now - then) * Decimal::ONE_HUNDRED / then;
    growth
        .round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero)
        .to_i64()
        .unwrap()
}

#[tokio::test]
async fn after_a_quarter_the_mail_says_how_much_leads_usually_grow() {
    let mut desk = Desk::new(&monday(0).to_string(), Vec::new()).await;
    let mut mailed = BTreeMap::new();
    for number in 0..MONDAYS {
        desk.later(&monday(number).to_string()).await;
        let run = desk.say(&now(number), &["run", "--json"]).await;
        assert_eq!(run.exit, 0, "{run:?}");
        assert_eq!(run.json()["week"], week(number).as_str());
        if number >= MONDAYS - 2 {
            mailed.insert(week(number), desk.figures(&now(number), &week(number)).await);
        }
    }
    let last = now(MONDAYS - 1);

    // Four weeks after its end nothing comes any more: nine of the mailed weeks are that old. The
    // one that grew most and the one that grew least are left out.
    let leads = history(&desk, LEADS).await;
    let mut grown: Vec<(Decimal, Decimal)> = (0..MONDAYS - 4)
        .map(|number| {
            let (reported, known) = &leads[&week(number)];
            (decimal(reported), decimal(known))
        })
        .collect();
    grown.sort_by_key(|(then, now)| now / then);
    let counted = &grown[1..grown.len() - 1];
    let then: Decimal = counted.iter().map(|(then, _)| *then).sum();
    let known: Decimal = counted.iter().map(|(_, now)| *now).sum();
    let percent = percent(then, known);
    assert!(percent > 0, "leads come late in this world");
    let mail = text(&desk, WEEK).await;
    let sentence = format!("Meta leads usually grow by about {percent} % within four weeks (");
    assert!(mail.contains(&sentence), "{sentence}\n{mail}");
    let before = text(&desk, &week(MONDAYS - 2)).await;
    assert!(before.contains("usually grow"), "eight weeks were settled a Monday before: {before}");
    let early = text(&desk, &week(MONDAYS - 3)).await;
    assert!(early.contains("Preliminary: leads of week 45"), "{early}");
    assert!(!early.contains("usually grow"), "seven are too few: {early}");

    let audit = desk.say(&last, &["audit", WEEK, "--figure", GROWTH, "--json"]).await;
    assert_eq!(audit.exit, 0, "{audit:?}");
    let audit = audit.json();
    assert_eq!(audit["agrees"], true, "{}", audit["verdict"]);
    let terms: Vec<Decimal> =
        audit["terms"].as_array().unwrap().iter().map(|term| decimal(&term["value"])).collect();
    assert_eq!(terms, [known, then]);
    let inputs = audit["inputs"].as_array().unwrap();
    assert!(inputs.iter().all(|input| input["checked"] == true), "each stands in a page");

    // It follows from what the week is recorded with, also elsewhere.
    assert_eq!(desk.say(&last, &["verify", WEEK]).await.exit, 0);
    let bundle = desk.data().join("week.tar").display().to_string();
    assert_eq!(desk.say(&last, &["export", WEEK, "--out", &bundle]).await.exit, 0);
    let verified = desk.say(&last, &["verify", "--bundle", &bundle]).await;
    assert_eq!(verified.exit, 0, "{verified:?}");

    both_times_of_derived_figures(&desk, &mailed).await;
}

/// Changes and ratios of a past week stand beside each other as leads do.
async fn both_times_of_derived_figures(
    desk: &Desk,
    mailed: &BTreeMap<String, BTreeMap<String, Value>>,
) {
    let past = "2026-W46";
    let of_newest = |metric: &str| &mailed[WEEK][&format!("report:weekly/{metric}")]["value"];
    for (metric, as_previous) in [
        ("cpl/week/EUR", "cpl/previous_week/EUR"),
        ("spend_per_lead/week/EUR", "spend_per_lead/previous_week/EUR"),
        ("ctr/week", "ctr/previous_week"),
        ("meta_leads/week", "meta_leads/previous_week"),
    ] {
        let id = format!("report:weekly/{metric}");
        let (reported, known) = &history(desk, &id).await[past];
        assert_eq!(*reported, mailed[past][&id]["value"], "{id} as mailed");
        assert_eq!(known, of_newest(as_previous), "{id} as the newest report has it");
    }
    let leads = history(desk, LEADS).await;
    let id = "report:weekly/meta_leads/week_change";
    let (reported, known) = &history(desk, id).await[past];
    let (_, newer) = &leads[past];
    let (_, older) = &leads["2026-W45"];
    let (newer, older) = (decimal(newer), decimal(older));
    assert_eq!(*reported, mailed[past][id]["value"]);
    assert_eq!(decimal(known), ((newer - older) / older).normalize(), "of both weeks as known now");
    assert_ne!(reported, known, "late leads moved the change");
}

#[tokio::test]
async fn history_lists_what_changed_since_a_backfill_and_says_in_words_when_nothing_did() {
    let mut desk = Desk::new("2026-11-16", Vec::new()).await;
    desk.say("2026-11-16T06:00:00Z", &["backfill", "--from", "2026-W45", "--to", "2026-W46"]).await;
    let before = desk.say("2026-11-16T07:00:00Z", &["history", "--changed"]).await;
    assert_eq!(before.exit, 0, "{}", before.stderr);
    assert!(before.stdout.contains("nothing differs from what was reported"), "{}", before.stdout);

    desk.later("2026-11-23").await;
    desk.say("2026-11-23T06:00:00Z", &["run"]).await;
    let after = desk.say("2026-11-23T07:00:00Z", &["history", "--changed"]).await.stdout;
    let leads = after.lines().find(|line| line.contains("2026-W46") && line.contains("meta_leads"));
    let leads = leads.unwrap_or_else(|| panic!("{after}"));
    assert!(leads.contains("(not mailed)") && leads.trim_end().ends_with("changed"), "{leads}");
    assert!(after.contains("Hotel "), "accounts stand in it as in the mail: {after}");
}
