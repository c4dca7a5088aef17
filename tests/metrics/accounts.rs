//! Accounts: missing, inactive, changed; and what stopped.

use serde_json::{Value, json};
use weekledger::metrics::EarlierWeek;
use weekledger_events::payload::{AccountPull, AccountWeek, AdSetWeek, Measures};
use weekledger_events::{Currency, Digest, FindingClass, Severity};

use crate::kit::{
    HILLTOP, Pull, RIVERSIDE, account, account_settings, ad_set, campaign, row, week, with,
};

const W46: &str = "2026-W46";

fn delivery(account: &str, campaign: &str, ad_set: &str, day: &str) -> Value {
    with(row(account, campaign, ad_set, day), json!({ "spend": "5", "impressions": "100" }))
}

fn severities(pull: &Pull, class: FindingClass) -> Vec<(String, Severity)> {
    pull.findings(class).into_iter().map(|f| (f.subject, f.severity)).collect()
}

/// Riverside as an earlier week knew it.
fn earlier_account() -> AccountWeek {
    AccountWeek {
        account: account(RIVERSIDE),
        name: "Riverside".to_owned(),
        currency: Some(Currency::parse("EUR").unwrap()),
        time_zone: "Europe/Berlin".to_owned(),
        pulled: true,
        shortfall: None,
        lead_rule: account_settings("Riverside", RIVERSIDE).lead_rule(),
        lead_actions: vec!["lead".to_owned()],
        attribution_settings: vec!["7d_click_1d_view".to_owned()],
    }
}

/// The report's other account in an earlier week.
fn beside() -> AccountWeek {
    AccountWeek { account: account(HILLTOP), name: "Hilltop".to_owned(), ..earlier_account() }
}

/// Two campaigns of Riverside that delivered in W45.
fn earlier_week(account: AccountWeek) -> EarlierWeek {
    let row = |id: &str| AdSetWeek {
        account: account.account.clone(),
        campaign: campaign(id),
        campaign_name: format!("Campaign {id}"),
        ad_set: ad_set(&format!("{id}0")),
        ad_set_name: String::new(),
        objective: None,
        first_delivery: Some("2026-11-03".parse().unwrap()),
        delivery_days: 1,
        measures: Measures { impressions: 10, ..Measures::default() },
    };
    let ad_sets = vec![row("10"), row("11")];
    let accounts = vec![account, beside()];
    EarlierWeek { week: week("2026-W45"), accounts, ad_sets, contacts: None }
}

fn after(earlier: AccountWeek, rows: Vec<Value>) -> Pull {
    let mut pull = Pull::of(&[W46]).ad_sets(RIVERSIDE, rows);
    pull.knowledge.accounts = vec![earlier.clone()];
    pull.knowledge.weeks = vec![earlier_week(earlier)];
    pull
}

#[test]
fn a_missing_account_is_told_with_the_reason_and_hides_no_other() {
    let pull = Pull::of(&[W46])
        .ad_sets(RIVERSIDE, vec![delivery(RIVERSIDE, "10", "100", "2026-11-10")])
        .fails(HILLTOP);
    let observed = pull.observe();
    assert_eq!(observed.weeks[0].observed.ad_sets.len(), 1);
    let found = pull.findings(FindingClass::AccountMissing);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].subject.as_str(), found[0].severity), (HILLTOP, Severity::Warning));
    assert!(found[0].message.contains("Hilltop") && found[0].message.contains("token has expired"));
    let repair = "Make a new token. Then run `weekledger re-emit 2026-W46 --report weekly --from \
                  RunRequested --reason TEXT --deliver --config-as now`.";
    assert_eq!(found[0].action.as_deref(), Some(repair));
}

#[test]
fn more_missing_accounts_than_allowed_hold_the_report() {
    let mut pull = Pull::of(&[W46]).fails(HILLTOP);
    pull.settings.hold.accounts_missing_max = 0;
    let expected = vec![(HILLTOP.to_owned(), Severity::Hold)];
    assert_eq!(severities(&pull, FindingClass::AccountMissing), expected);
}

#[test]
fn if_all_accounts_are_missing_the_report_is_held_whatever_the_limit() {
    let mut pull = Pull::of(&[W46]).fails(HILLTOP).fails(RIVERSIDE);
    pull.settings.hold.accounts_missing_max = 99;
    let found = severities(&pull, FindingClass::AccountMissing);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|(_, severity)| *severity == Severity::Hold));
    assert!(pull.findings(FindingClass::EmptyWeek).is_empty(), "missing is not empty");
}

#[test]
fn an_account_that_the_pull_does_not_mention_is_missing() {
    let mut pull = Pull::of(&[W46]);
    pull.raw.accounts.pop();
    assert_eq!(severities(&pull, FindingClass::AccountMissing)[0].0, HILLTOP);
}

#[test]
fn pages_of_an_account_that_failed_midway_do_not_count() {
    let pull = Pull::of(&[W46])
        .ad_sets(RIVERSIDE, vec![delivery(RIVERSIDE, "10", "100", "2026-11-10")])
        .fails(RIVERSIDE);
    assert!(pull.one_week().observed.ad_sets.is_empty());
}

#[test]
fn a_failed_account_keeps_its_place_whether_or_not_it_was_ever_known() {
    let mut pull = Pull::of(&[W46]).fails(RIVERSIDE).fails(HILLTOP);
    pull.knowledge.accounts = vec![earlier_account()];
    let accounts = pull.one_week().observed.accounts;
    // Hilltop was never read, so not even its currency is known.
    let known: Vec<(&str, bool, Option<&str>)> = accounts
        .iter()
        .map(|account| {
            let currency = account.currency.as_ref().map(Currency::as_str);
            (account.account.as_str(), account.pulled, currency)
        })
        .collect();
    assert_eq!(known, [(RIVERSIDE, false, Some("EUR")), (HILLTOP, false, None)]);
}

#[test]
fn an_account_that_is_not_active_is_told_in_words() {
    let mut pull = Pull::of(&[W46]);
    pull.account_mut(RIVERSIDE).status = Some(3);
    let found = pull.findings(FindingClass::AccountInactive);
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("a payment is due"));
}

#[test]
fn a_changed_currency_or_zone_is_told() {
    let earlier = AccountWeek {
        currency: Some(Currency::parse("USD").unwrap()),
        time_zone: "America/New_York".to_owned(),
        ..earlier_account()
    };
    let found = after(earlier, Vec::new()).findings(FindingClass::AccountChanged);
    assert_eq!(found.len(), 1);
    let message = &found[0].message;
    assert!(message.contains("USD") && message.contains("America/New_York"), "{message}");
    assert!(after(earlier_account(), Vec::new()).findings(FindingClass::AccountChanged).is_empty());
}

#[test]
fn a_zone_or_currency_is_compared_also_with_weeks_that_are_pulled_again() {
    let mut pull = Pull::of(&["2026-W45", W46]);
    pull.account_mut(RIVERSIDE).currency = Some(Currency::parse("CAD").unwrap());
    pull.knowledge.weeks = vec![earlier_week(earlier_account())];
    pull.knowledge.accounts = vec![earlier_account()];
    assert_eq!(pull.findings(FindingClass::AccountChanged).len(), 1);
}

#[test]
fn a_zone_other_than_the_configured_one_is_told() {
    let mut pull = Pull::of(&[W46]);
    pull.settings_mut(RIVERSIDE).time_zone = Some("Europe/Berlin".to_owned());
    assert!(pull.findings(FindingClass::AccountChanged).is_empty());
    pull.settings_mut(RIVERSIDE).time_zone = Some("Europe/London".to_owned());
    let found = pull.findings(FindingClass::AccountChanged);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
    assert!(found[0].message.contains("Europe/London"), "{}", found[0].message);
}

#[test]
fn a_currency_other_than_the_configured_one_is_told() {
    let mut pull = Pull::of(&[W46]);
    pull.settings_mut(RIVERSIDE).currency = Some(Currency::parse("EUR").unwrap());
    assert!(pull.findings(FindingClass::AccountChanged).is_empty());
    pull.settings_mut(RIVERSIDE).currency = Some(Currency::parse("CHF").unwrap());
    let found = pull.findings(FindingClass::AccountChanged);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
    let message = &found[0].message;
    assert!(message.contains("in CHF") && message.contains("says EUR"), "{message}");
    assert_eq!(pull.one_week().observed.accounts[0].currency, Currency::parse("EUR").ok());
}

#[test]
fn a_zone_that_is_not_known_leaves_the_reports_own() {
    let mut pull = Pull::of(&[W46]);
    pull.account_mut(RIVERSIDE).time_zone = Some("Mars/Olympus".to_owned());
    assert_eq!(pull.one_week().observed.accounts[0].time_zone, "Europe/Berlin");
    assert!(pull.findings(FindingClass::AccountChanged)[0].message.contains("Mars/Olympus"));
}

#[test]
fn a_changed_lead_rule_is_told_once_and_not_within_one_pull() {
    let earlier = AccountWeek { lead_rule: Digest::of(b"another"), ..earlier_account() };
    let mut pull = after(earlier, Vec::new());
    pull.raw.weeks.push(week("2026-W47"));
    let found = pull.findings(FindingClass::LeadRuleChanged);
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("2026-W46"), "{}", found[0].message);
}

#[test]
fn attribution_settings_are_compared_within_and_between_weeks() {
    let setting = |id: &str, setting: &str| {
        let row = delivery(RIVERSIDE, "10", id, "2026-11-10");
        with(row, json!({ "attribution_setting": setting }))
    };
    let same = after(earlier_account(), vec![setting("100", "7d_click_1d_view")]);
    assert!(same.findings(FindingClass::AttributionChanged).is_empty());

    let changed = after(earlier_account(), vec![setting("100", "1d_click")]);
    let found = changed.findings(FindingClass::AttributionChanged);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));

    let rows = vec![setting("100", "1d_click"), setting("101", "7d_click_1d_view")];
    let mixed = Pull::of(&[W46]).ad_sets(RIVERSIDE, rows);
    let found = mixed.findings(FindingClass::AttributionChanged);
    assert_eq!((found.len(), found[0].severity), (1, Severity::Note));
    let accounts = mixed.one_week().observed.accounts;
    assert_eq!(accounts[0].attribution_settings, ["1d_click", "7d_click_1d_view"]);
}

#[test]
fn an_account_without_delivery_after_a_week_with_some_is_told() {
    let pull = after(earlier_account(), Vec::new());
    let expected = vec![(RIVERSIDE.to_owned(), Severity::Warning)];
    assert_eq!(severities(&pull, FindingClass::DeliveryStopped), expected);
}

#[test]
fn all_of_several_accounts_without_delivery_hold_the_report_and_stop_none() {
    let mut pull = after(earlier_account(), Vec::new());
    let mut other = pull.knowledge.weeks[0].ad_sets[0].clone();
    (other.account, other.campaign) = (account(HILLTOP), campaign("20"));
    pull.knowledge.weeks[0].ad_sets.push(other);
    let expected = vec![("Meta".to_owned(), Severity::Hold)];
    assert_eq!(severities(&pull, FindingClass::DeliveryStopped), expected);
    let found = pull.findings(FindingClass::DeliveryStopped);
    assert!(found[0].message.contains("though 2 delivered in 2026-W45"), "{}", found[0].message);

    let one = pull.ad_sets(HILLTOP, vec![delivery(HILLTOP, "20", "200", "2026-11-10")]);
    let expected = vec![(RIVERSIDE.to_owned(), Severity::Warning)];
    assert_eq!(severities(&one, FindingClass::DeliveryStopped), expected);
}

#[test]
fn more_accounts_that_stop_at_once_than_the_settings_allow_hold_the_report() {
    let mut pull = after(earlier_account(), Vec::new());
    let row = pull.knowledge.weeks[0].ad_sets[0].clone();
    let third = "act_333333333";
    for (id, name, own) in [(HILLTOP, "Hilltop", "20"), (third, "Lakeside", "30")] {
        let account_week =
            AccountWeek { account: account(id), name: name.to_owned(), ..earlier_account() };
        pull.knowledge.weeks[0].accounts.push(account_week);
        let row = AdSetWeek { account: account(id), campaign: campaign(own), ..row.clone() };
        pull.knowledge.weeks[0].ad_sets.push(row);
    }
    pull.settings.accounts.push(account_settings("Lakeside", third));
    let pulled = pull.raw.accounts[0].clone();
    pull.raw.accounts.push(AccountPull { account: account(third), ..pulled });
    let mut pull = pull
        .ad_sets(HILLTOP, Vec::new())
        .ad_sets(third, vec![delivery(third, "30", "300", "2026-11-10")]);
    let expected = vec![
        ("Meta".to_owned(), Severity::Hold),
        (RIVERSIDE.to_owned(), Severity::Warning),
        (HILLTOP.to_owned(), Severity::Warning),
    ];
    assert_eq!(severities(&pull, FindingClass::DeliveryStopped), expected);
    let found = pull.findings(FindingClass::DeliveryStopped);
    for part in ["2 of the 3 accounts", "Riverside, Hilltop", "answer may be incomplete"] {
        assert!(found[0].message.contains(part), "{}", found[0].message);
    }
    assert!(found[0].action.as_deref().unwrap().contains("re-emit 2026-W46"));

    pull.settings.hold.accounts_stopped_max = 2;
    assert_eq!(severities(&pull, FindingClass::DeliveryStopped), expected[1..]);
}

#[test]
fn a_campaign_without_delivery_is_noted_while_another_goes_on() {
    let pull = after(earlier_account(), vec![delivery(RIVERSIDE, "10", "100", "2026-11-10")]);
    let expected = vec![("11".to_owned(), Severity::Note)];
    assert_eq!(severities(&pull, FindingClass::DeliveryStopped), expected);
}

#[test]
fn a_failed_pull_is_no_stop_of_delivery() {
    let pull = after(earlier_account(), Vec::new()).fails(RIVERSIDE);
    assert!(pull.findings(FindingClass::DeliveryStopped).is_empty());
}

#[test]
fn an_older_week_than_the_one_before_tells_nothing_about_a_stop() {
    let mut pull = after(earlier_account(), Vec::new());
    pull.knowledge.weeks[0].week = week("2026-W36");
    assert!(pull.findings(FindingClass::DeliveryStopped).is_empty());
}

#[test]
fn a_week_without_delivery_and_leads_is_told_as_empty() {
    assert_eq!(Pull::of(&[W46]).findings(FindingClass::EmptyWeek).len(), 1);
    let rows = vec![delivery(RIVERSIDE, "10", "100", "2026-11-10")];
    let pull = Pull::of(&[W46]).ad_sets(RIVERSIDE, rows);
    assert!(pull.findings(FindingClass::EmptyWeek).is_empty());
}

#[test]
fn a_row_of_the_grain_that_is_left_out_holds_the_report_even_if_every_control_agrees() {
    let bad = || with(row(RIVERSIDE, "10", "100", "2026-11-10"), json!({ "spend": "1,026.86" }));
    let pull = Pull::of(&[W46]).ad_sets(RIVERSIDE, vec![bad()]);
    let held = severities(&pull, FindingClass::NotANumber);
    assert_eq!(held, [(RIVERSIDE.to_owned(), Severity::Hold)]);
}

#[test]
fn accounts_that_joined_the_report_or_left_it_are_told_by_name() {
    // W45 knew Lakeview in the place of Hilltop.
    let mut pull = after(earlier_account(), Vec::new());
    pull.knowledge.weeks[0].accounts[1] =
        AccountWeek { account: account("act_9"), name: "Lakeview".to_owned(), ..earlier_account() };
    let told = pull.findings(FindingClass::AccountChanged);
    let told: Vec<(&str, &str)> =
        told.iter().map(|one| (one.subject.as_str(), one.message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("act_9", "Lakeview is no longer part of the report."),
            (HILLTOP, "Hilltop is part of the report since 2026-W46."),
        ]
    );

    // Nobody joined the first report.
    let first = Pull::of(&[W46]).ad_sets(RIVERSIDE, Vec::new());
    assert_eq!(first.findings(FindingClass::AccountChanged), []);
}
