//! What the mail says of figures that are missing or in doubt: that they are, once, where they
//! stand, and never as a fact.

use rust_decimal::Decimal;
use weekledger_events::{Finding, FindingClass, Severity};
use weekledger_projections::figure::Metric;
use weekledger_projections::report_view::Piece;
use weekledger_projections::words::Department;

use super::fixture::{World, week};
use super::reading::{actions, card, headline, html, quality, text};
use super::worlds::{self, finding};

#[test]
fn bars_show_the_weeks_that_the_ledger_knows_though_an_account_fails_now() {
    let mut world = World::small();
    let mut second = world.accounts[0].clone();
    (second.id, second.pulled) = (12, false);
    (second.campaigns[0].id, second.campaigns[0].ad_sets[0].id) = (22, 32);
    world.accounts.push(second);
    let made = world.make();
    let bars = |metric: Metric| -> Vec<Option<Decimal>> {
        let points = made.claims.trends.iter().filter(|point| point.metric == metric);
        points.map(|point| made.claims.claim(point.claim?)?.value).collect()
    };
    // Two accounts of ordinary(20, 9000, 12): leads 12, 15, 14 and 90.00, 99.00, 85.50 spent.
    let known = |values: [i64; 3], scale: u32| -> Vec<Option<Decimal>> {
        values.map(|value| Some(Decimal::new(2 * value, scale))).into_iter().chain([None]).collect()
    };
    assert_eq!(bars(Metric::MetaLeads), known([12, 15, 14], 0));
    assert_eq!(bars(Metric::Spend), known([9000, 9900, 8550], 2));
    // Meta leads and spend; contacts need no account.
    let bars = made.mail.text.lines().filter(|line| line.ends_with("  not known")).count();
    assert_eq!(bars, 2, "{}", made.mail.text);
}

#[test]
fn a_zero_of_silent_tracking_is_never_shown_as_a_fact() {
    let made = worlds::silent().make();
    let said = headline(&made);
    assert!(said.ends_with(". Tracking may be broken at Lakeside Hotel."), "{said}");
    for label in ["Meta leads", "Cost per lead"] {
        let card = card(&made, label);
        assert!(
            card.contains(&"Check: tracking may be broken at Lakeside Hotel".to_owned()),
            "{card:?}"
        );
    }
    assert!(!card(&made, "Spend").iter().any(|line| line.contains("Check")));
    // Account and campaigns alike, and none of the others.
    let part = text(&made);
    assert!(part.contains("Lakeside Hotel: Check tracking. Meta 0, CRM 0"), "{part}");
    assert_eq!(part.matches(": Check tracking.").count(), 4, "{part}");
    // Nobody looks for other causes before the finding's own test.
    assert_eq!(actions(&made, Department::Marketing), Vec::<String>::new());
    let test = "Lakeside Hotel: Send a test lead, then pull the week again.";
    assert_eq!(actions(&made, Department::Digital), [test]);
    let keep = "Keep the budgets of Lakeside Hotel as they are until tracking has been tested.";
    assert_eq!(actions(&made, Department::Leadership), [keep]);

    let made = worlds::incomplete().make();
    let said = headline(&made);
    assert!(said.ends_with(". The ad figures may be incomplete at Lakeside Hotel."), "{said}");
    assert!(!said.contains("steady"), "{said}");
    assert_eq!(card(&made, "Spend")[2], "Check: may be incomplete at Lakeside Hotel");
}

#[test]
fn what_is_missing_is_said_also_where_it_is_too_little_to_hold_the_report() {
    let mut world = worlds::incomplete();
    world.findings[0].severity = Severity::Warning;
    let made = world.make();
    let said = headline(&made);
    assert!(said.ends_with(". The ad figures may be incomplete at Lakeside Hotel."), "{said}");
    assert_eq!(card(&made, "Spend")[2], "Check: may be incomplete at Lakeside Hotel");
    // Nothing above a check is called fine or ordinary.
    assert!(!card(&made, "Meta leads").concat().contains("[OK]"), "{}", made.mail.text);
    assert!(!text(&made).contains("stayed within its ordinary range"), "{}", made.mail.text);
    // What only rounding explains says nothing.
    world.findings[0].severity = Severity::Note;
    assert!(!text(&world.make()).contains("may be incomplete"));
}

#[test]
fn a_sum_over_four_weeks_that_lacks_something_is_no_statement_of_what_moved() {
    let whole = text(&World::normal().make());
    assert!(whole.contains("Over the last four weeks: "), "{whole}");
    let made = text(&worlds::not_whole(2).make());
    assert!(!made.contains("Over the last four weeks: "), "{made}");
    assert!(made.contains(", not whole"), "the table marks the sums: {made}");
}

#[test]
fn a_doubt_about_money_stands_at_its_own_currency() {
    let mut world = worlds::incomplete();
    world.accounts[0].currency = "USD";
    let made = world.make();
    for label in ["Spend", "Cost per lead"] {
        let lines = card(&made, label);
        let at = |start: &str| lines.iter().position(|line| line.starts_with(start)).unwrap();
        let check = at("Check: may be incomplete at Lakeside Hotel");
        assert!(at("EUR ") < at("USD ") && at("USD ") < check, "{lines:?}");
    }
    // An account without figures is missing, and said to be so, not doubtful.
    world.accounts[0].pulled = false;
    let made = world.make();
    assert!(!text(&made).contains("may be incomplete"), "{}", made.mail.text);
}

#[test]
fn what_the_other_accounts_have_stands_beside_a_total_that_there_is_not() {
    let made = worlds::first_run().make();
    assert_eq!(
        card(&made, "Spend"),
        [
            "CHF: no total",
            "",
            "CHF 900.00 without Old Town Suites (currency not known yet)",
            "EUR: no total",
            "",
            "EUR 1,200 without Old Town Suites (currency not known yet)",
        ]
    );
    assert_eq!(card(&made, "Meta leads"), ["no total", "", "12 without Old Town Suites"]);
    assert_eq!(card(&made, "Cost per lead"), ["CHF: no total", "", "EUR: no total", ""]);
    // No sum over accounts stands anywhere without these words, the table of all measures included.
    for row in &made.view.totals {
        assert_eq!(row.week.iter().map(Piece::shown).collect::<String>(), "account missing");
    }
    let part = text(&made);
    assert_eq!(part.matches("EUR 1,200 ").count(), 1, "{part}");
    assert_eq!(part.matches("CHF 900.00 without").count(), 1, "{part}");

    // An account of a known currency leaves the others whole.
    let mut world = worlds::first_run();
    world.accounts[2].currency = "GBP";
    let spend = card(&world.make(), "Spend");
    assert_eq!((&spend[0][..], &spend[2][..]), ("CHF 900.00", "not enough history"));
    assert!(spend.contains(&"GBP: account missing".to_owned()), "{spend:?}");
}

#[test]
fn a_missing_account_is_said_first_and_what_is_known_stays_said() {
    let made = worlds::one_missing().make();
    let said = headline(&made);
    assert!(said.starts_with("The figures of Harbour Residence are not known"), "{said}");
    // Newest leads of the others, by hand: ordinary's mean plus 1 for each of seven ad sets:
    // 14, 7, 4, 7, 3, 4, 2 and so 41 + 7.
    assert!(said.contains("Lakeside Hotel had 48 Meta leads, Old Town Suites 48"), "{said}");
    // HubSpot answered in full: what it counted needs no account.
    assert!(said.contains("; the CRM counted "), "{said}");
    let crm = card(&made, "CRM leads");
    assert_eq!(crm[0], "126", "as in any week: {crm:?}");
    let note = "3 unattributed; campaigns of Harbour Residence may be unknown";
    assert!(crm.contains(&note.to_owned()), "{crm:?}");
    let lines = quality(&made);
    assert!(lines[0].starts_with("Check: Harbour Residence could not be pulled"), "{lines:?}");
    assert!(!said.contains("no lead figures"));

    let made = worlds::one_missing_of_many().make();
    let said = headline(&made);
    assert!(said.starts_with("The figures of Harbour Residence are not known, so Meta"), "{said}");
    assert!(said.contains(" this week. The CRM counted "), "{said}");

    let made = worlds::currency_missing().make();
    assert!(headline(&made).starts_with("The figures of Harbour Residence are not known"));
    assert!(text(&made).contains("Spend: EUR "), "{}", made.mail.text);

    let made = worlds::missing().make();
    assert_eq!(headline(&made), "The ad figures of this week are not known.");
    let made = World { crm: true, ..worlds::missing() }.make();
    let known = "The ad figures of this week are not known. The CRM counted 126 leads.";
    assert_eq!(headline(&made), known);
}

#[test]
fn a_sum_that_is_known_to_lack_something_says_so_in_the_mail() {
    let made = worlds::not_whole(2).make();
    let note = "not whole: rows of Lakeside Hotel were left out in 2026-W45";
    assert!(text(&made).contains(note), "{}", made.mail.text);
    assert!(html(&made).contains("not whole: rows of"), "{}", made.mail.text);
    let whole = World::normal().make();
    assert!(!text(&whole).contains("not whole"));
}

#[test]
fn a_crm_that_fell_silent_is_not_told_as_zero_leads() {
    let made = worlds::crm_silent().make();
    let said = headline(&made);
    assert!(said.ends_with(". The CRM leads may be missing."), "{said}");
    assert!(!said.contains("0 CRM"), "{said}");
    let crm = card(&made, "CRM leads");
    assert_eq!(crm[2], "Check: contacts may be missing", "{crm:?}");
    for label in ["Spend", "Meta leads", "Cost per lead"] {
        let lines = card(&made, label);
        assert!(!lines.iter().any(|line| line.contains("Check")), "{label}: {lines:?}");
    }
    // Nobody is told to keep budgets or to test a form for it.
    let digital = actions(&made, Department::Digital);
    assert_eq!(digital, ["Look in HubSpot whether contacts were created in that time."]);
    assert!(actions(&made, Department::Leadership).is_empty());
}

#[test]
fn a_missing_crm_is_said_beside_the_leads_that_are_known() {
    let said = headline(&worlds::crm_missing().make());
    assert!(said.contains(" Meta leads on EUR "), "{said}");
    assert!(said.ends_with("; the figures of the CRM are not known."), "{said}");
    let mut both = worlds::one_missing();
    both.findings.extend(worlds::crm_missing().findings);
    both.crm_failed = true;
    let made = both.make();
    let said = headline(&made);
    let start = "The figures of Harbour Residence are not known, so Meta leads have no total this \
                 week; nor are those of the CRM. Lakeside Hotel had";
    assert!(said.starts_with(start), "{said}");
    let lines = quality(&made);
    assert!(lines[0].contains("Harbour Residence") && lines[1].contains("CRM"), "{lines:?}");
}

#[test]
fn an_account_that_stopped_is_named_in_the_headline() {
    let mut world = World::normal();
    for ad_set in world.accounts[1].campaigns.iter_mut().flat_map(|one| &mut one.ad_sets) {
        ad_set.weeks[19] = (0, 0);
    }
    let stopped = |subject: &str, back: i32| Finding {
        subject: subject.to_owned(),
        week: Some(week().plus(-back)),
        ..finding(FindingClass::DeliveryStopped, Severity::Warning, "it stopped", "Check billing.")
    };
    // That of an earlier week is no news, and a campaign's is none for a headline.
    world.findings = vec![stopped("act_2", 0), stopped("act_1", 1), stopped("201", 0)];
    let made = world.make();
    let said = headline(&made);
    assert!(said.ends_with(". Delivery stopped at Harbour Residence."), "{said}");
    assert!(!said.contains("steady") && !said.contains("ordinary"), "{said}");
    assert_eq!(super::checking::of(&made), Vec::<String>::new());

    // Without the finding the same words are the analyst's own.
    let mut invented = made;
    invented.metrics.findings.remove(0);
    assert_ne!(super::checking::of(&invented), Vec::<String>::new());
}
