//! What the mail tells: all that is known, what is not, each thing once, and nothing twice or
//! against itself.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use scraper::{ElementRef, Html, Selector};
use weekledger_events::payload::Restatement;
use weekledger_events::{Finding, FindingClass, Severity};
use weekledger_projections::claim::Alias;
use weekledger_projections::figure::{Direction, Metric, Status, Window};
use weekledger_projections::words::Department;

use super::fixture::{World, ordinary, restated, week};
use super::reading::{actions, card, headline, html, quality, text};
use super::worlds::{self, finding};

#[test]
fn an_alert_of_a_campaign_leads_the_mail_and_stands_in_its_row() {
    let made = worlds::campaign_alert().make();
    assert!(headline(&made).starts_with("Autumn fair: "), "{}", headline(&made));
    let campaign = |alias: &str| made.claims.entities.iter().find(|one| one.name == alias).unwrap();
    let alias = campaign("Autumn fair").alias;
    let alerts = made.claims.claims.iter().filter(|one| one.status == Some(Status::Alert));
    let about: BTreeSet<_> = alerts.map(|claim| claim.entity).collect();
    assert_eq!(about, BTreeSet::from([alias]), "the account's leads hide it");
    let row = made.mail.text.split("Autumn fair").last().unwrap();
    assert!(row.contains("[ALERT]"), "{}", made.mail.text);
    assert!(made.view.subject.contains("ALERT"), "{}", made.view.subject);
}

#[test]
fn a_cost_that_only_the_mix_of_campaigns_moved_is_no_alert_and_says_so() {
    let made = worlds::mix().make();
    let cost = made.claims.figure(Alias::REPORT, Metric::SpendPerLead, Window::Week, None).unwrap();
    assert_eq!((cost.direction, cost.status), (Some(Direction::Flat), Some(Status::Ok)));
    let said = "All spend per lead: moved by the mix of campaigns, not by their own costs; ";
    assert!(text(&made).contains(said), "{}", made.mail.text);
    assert!(html(&made).contains(said));
}

#[test]
fn tokens_of_verdicts_belong_to_verdicts() {
    for (name, made) in worlds::all() {
        let raised = made.claims.claims.iter().any(|claim| claim.status == Some(Status::Alert));
        for part in [text(made), html(made)] {
            assert_eq!(part.contains("[ALERT]"), raised, "{name}: {part}");
        }
    }
    let made = worlds::one_missing().make();
    for line in quality(&made).iter().take(2) {
        assert!(line.starts_with("Check: "), "{line}");
    }
    let normal = worlds::normal().make();
    assert!(quality(&normal)[0].starts_with("Note: "), "{:?}", quality(&normal));
}

#[test]
fn a_restated_figure_is_told_once_and_in_words() {
    let told = finding(
        FindingClass::Restated,
        Severity::Note,
        "Lakeside Hotel, 2026-W44: meta leads 31 as reported, 38 as known now",
        "",
    );
    let made = World { findings: vec![told], ..worlds::normal() }.make();
    for part in [text(&made), html(&made)] {
        assert_eq!(part.matches("31 as reported").count(), 1, "{part}");
        assert!(
            part.contains("Lakeside Hotel, week 44: Meta leads 31 as reported, 38 as known now")
        );
    }
}

#[test]
fn restated_figures_beyond_the_list_are_counted() {
    for (count, more) in [
        (8, None),
        (9, Some("and 1 more restated figure in")),
        (10, Some("and 2 more restated figures in")),
    ] {
        let one = |n: i64| Restatement { before: Decimal::from(n), ..restated() };
        let restatements: Vec<Restatement> = (0..count)
            .map(|n| Restatement { week: restated().week.plus(-(n as i32)), ..one(n) })
            .collect();
        let made = World { restatements, ..World::normal() }.make();
        let part = text(&made);
        assert_eq!(part.matches("as known now").count(), 8, "{part}");
        match more {
            Some(more) => assert!(part.contains(more), "{part}"),
            None => assert!(!part.contains("more restated"), "{part}"),
        }
    }
}

#[test]
fn counts_and_nouns_agree() {
    // The CRM counts the leads less a fifth in whole ones, and 3 that have no campaign.
    for (leads, said) in [
        (0, "EUR 90.00 spent, and Meta recorded 0 leads; the CRM counted 3 leads."),
        (1, "1 Meta lead and 4 CRM leads on EUR 90.00 of spend."),
        (2, "2 Meta leads and 5 CRM leads on EUR 90.00 of spend."),
    ] {
        let mut world = World::small();
        world.accounts[0].campaigns[0].ad_sets[0].weeks = vec![(9000, leads)];
        assert_eq!(headline(&world.make()), said);
    }
    for (accounts, said) in [
        (10, None),
        (11, Some("and 1 more account in the figures")),
        (12, Some("and 2 more accounts in the figures")),
    ] {
        let mut world = worlds::many();
        world.accounts.truncate(accounts);
        let part = text(&world.make());
        match said {
            Some(said) => assert!(part.contains(said), "{part}"),
            None => assert!(!part.contains("more account"), "{part}"),
        }
    }
    for (count, said) in [(13, "and 1 more finding in"), (14, "and 2 more findings in")] {
        let one =
            |n: u32| finding(FindingClass::UnusableRow, Severity::Note, &format!("odd {n}"), "");
        let findings: Vec<Finding> = (0..count).map(one).collect();
        let part = text(&World { findings, ..World::small() }.make());
        assert!(part.contains(said), "{part}");
    }
}

#[test]
fn identifiers_in_findings_are_names_or_labels_but_no_claims() {
    let message = "The row of ad set 31 for 2026-11-17 came twice; campaign 120330000000000001 \
                   sent 4 rows (status 2)";
    let odd = finding(FindingClass::DuplicateRow, Severity::Note, message, "");
    let made = World { findings: vec![odd], ..World::small() }.make();
    let numbers: Vec<&str> = made
        .claims
        .claims
        .iter()
        .filter(|claim| claim.source.starts_with("finding:"))
        .map(|claim| claim.display.as_str())
        .collect();
    assert_eq!(numbers, ["4"]);
    let lines = quality(&made);
    assert!(lines[0].contains("The row of ad set Parents for 2026-11-17 came twice"), "{lines:?}");
    assert!(lines[0].contains("campaign 120330000000000001 sent 4 rows (status 2)"), "{lines:?}");
}

#[test]
fn campaigns_of_one_name_are_told_apart_by_the_ends_of_their_ids() {
    let made = worlds::twins().make();
    let told = "5 contacts fit campaigns Autumn fair (id …10733) and Autumn fair (id …40733) alike; \
                none has ad set Others";
    assert!(quality(&made)[0].contains(told), "{:?}", quality(&made));
    assert!(text(&made).contains("Autumn fair (id …40733): Leads."), "{}", made.mail.text);

    // A name that each account has once is told apart by the account.
    let mut world = World::normal();
    let message = "5 contacts fit campaigns 101 and campaign 201 alike";
    world.findings = vec![finding(FindingClass::AmbiguousCampaign, Severity::Note, message, "")];
    let told = "5 contacts fit campaigns DE | Prospecting | Lead form of Lakeside Hotel and campaign \
                DE | Prospecting | Lead form of Harbour Residence alike";
    let lines = quality(&world.make());
    assert!(lines[0].contains(told), "{lines:?}");
}

#[test]
fn a_name_that_two_campaigns_bear_is_the_subjects_or_nobodys() {
    let mut world = worlds::twins();
    let stopped = |subject: &str| Finding {
        subject: subject.to_owned(),
        ..finding(
            FindingClass::DeliveryStopped,
            Severity::Note,
            "Campaign \"Autumn fair\" of Lakeside Hotel has no delivery in 2026-W47.",
            "",
        )
    };
    world.findings = vec![stopped("120213905700040733"), stopped("elsewhere")];
    let lines = quality(&world.make());
    assert!(lines[0].contains("\"Autumn fair (id …40733)\" of Lakeside"), "{lines:?}");
    assert!(lines[1].contains("\"Autumn fair\" of Lakeside"), "{lines:?}");
}

#[test]
fn who_has_to_rename_campaigns_reads_their_names() {
    let mut world = worlds::twins();
    let advice = "Give the campaigns 120213905700010733 and 120213905700040733 different names.";
    let message = "5 contacts fit campaigns alike.";
    world.findings =
        vec![finding(FindingClass::AmbiguousCampaign, Severity::Warning, message, advice)];
    let made = world.make();
    let told =
        "Give the campaigns Autumn fair (id …10733) and Autumn fair (id …40733) different names.";
    assert_eq!(actions(&made, Department::Marketing), [told]);
    assert_eq!(super::checking::of(&made), Vec::<String>::new());
}

#[test]
fn one_action_for_two_weeks_or_accounts_or_kinds_of_findings_stands_once() {
    let about = |class, subject: &str, action: &str, back: i32| Finding {
        subject: subject.to_owned(),
        week: Some(week().plus(-back)),
        ..finding(class, Severity::Warning, "something is odd", action)
    };
    let rename = "Give the campaigns different names.";
    let token = "Create a new token.";
    let billing = |week: i32| format!("Check billing. Then run `weekledger re-emit 2026-W{week}`.");
    let findings = vec![
        about(FindingClass::AmbiguousCampaign, "x", rename, 0),
        about(FindingClass::AmbiguousCampaign, "x", rename, 1),
        about(FindingClass::AccountMissing, "act_1", token, 0),
        about(FindingClass::AccountMissing, "act_3", token, 0),
        // A kind that Marketing would read of.
        about(FindingClass::DeliveryStopped, "act_1", token, 2),
        about(FindingClass::AttributionChanged, "act_2", &billing(45), 2),
        about(FindingClass::AttributionChanged, "act_2", &billing(44), 3),
    ];
    let made = World { findings, ..World::normal() }.make();
    assert_eq!(actions(&made, Department::Marketing), [rename]);
    assert_eq!(
        actions(&made, Department::Digital),
        ["Lakeside Hotel and Old Town Suites: Create a new token."]
    );
    let leadership = actions(&made, Department::Leadership);
    assert_eq!(leadership.len(), 1, "{leadership:?}");
    let billed = "Week 45: Harbour Residence: Check billing.";
    assert!(leadership[0].starts_with(billed), "{leadership:?}");
    assert_eq!(super::checking::of(&made), Vec::<String>::new());
}

#[test]
fn an_unusual_change_to_a_usual_level_is_said_to_be_both() {
    let made = worlds::step().make();
    // 48 to 60 is a quarter more; the largest step before was 40 to 44. Green leaves are 35 and 39
    // CRM leads with the 3 of no campaign, and 42 and 51.
    let leads = card(&made, "Meta leads");
    let told = ["60", "[FLAT] [OK]", "+25 % week on week, unusual", "usual -9 % to +10 %"];
    assert_eq!(leads[..4], told);
    assert_eq!(leads[4], "level still usual");
    let said = headline(&made);
    assert!(said.starts_with("60 Meta leads and 51 CRM leads on "), "{said}");
    let part = text(&made);
    let step =
        "Meta leads were 60, +25 % on the week before: an unusual step, to an ordinary level.";
    assert!(part.contains(step), "{part}");
    assert!(part.contains("In brackets: the week's level against ordinary weeks."), "{part}");
    // Within the range as it is shown is within, and a fall to nothing needs no word.
    assert!(
        !text(&worlds::empty().make())
            .contains("Spend was EUR 0.00, -100 % on the week before, an")
    );
    let normal = World::normal().make();
    assert!(!text(&normal).contains("unusual"), "{}", normal.mail.text);
}

#[test]
fn an_account_and_its_campaigns_have_one_state() {
    let made = worlds::stale().make();
    let part = text(&made);
    assert!(!part.contains("No data"), "{part}");
    assert!(part.contains("Lakeside Hotel: Leads. Meta 48, CRM 41"), "{part}");
    let missing = worlds::one_missing().make();
    assert!(text(&missing).contains("Harbour Residence: No data. Meta -, CRM -, spend -"));
}

/// Decimals of an amount such as "EUR 1,234.50", with its currency.
fn decimals(shown: &str) -> Option<(String, usize)> {
    let (currency, amount) = shown.split_once([' ', '\u{a0}'])?;
    let is_code = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
    let is_amount = amount.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'.');
    let fraction = amount.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    (is_code && is_amount).then(|| (currency.to_owned(), fraction))
}

#[test]
fn amounts_below_each_other_have_the_same_decimals() {
    let all = |page: ElementRef<'_>, selector: &str| -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        let texts = page.select(&selector).map(|one| one.text().collect::<String>());
        texts.map(|text| text.trim().to_owned()).collect()
    };
    let mut columns = 0;
    for (name, made) in worlds::all() {
        let page = Html::parse_document(&made.mail.html);
        let mut found: BTreeMap<(usize, usize, String), BTreeSet<usize>> = BTreeMap::new();
        for (number, table) in
            page.select(&Selector::parse("table:not([role])").unwrap()).enumerate()
        {
            for row in table.select(&Selector::parse("tr").unwrap()) {
                for (column, cell) in all(row, "td").iter().enumerate() {
                    let Some((currency, fraction)) = decimals(cell) else { continue };
                    found.entry((number, column, currency)).or_default().insert(fraction);
                }
            }
        }
        let cards = Selector::parse("td[width=\"25%\"]").unwrap();
        for (number, card) in page.select(&cards).enumerate() {
            for (currency, fraction) in all(card, "b").iter().filter_map(|one| decimals(one)) {
                let key = (usize::MAX, number, currency);
                found.entry(key).or_default().insert(fraction);
            }
        }
        for (place, fractions) in found {
            assert_eq!(fractions.len(), 1, "{name}: {place:?}");
            columns += 1;
        }
    }
    assert!(columns > 50, "{columns}");
}

#[test]
fn an_alert_and_the_words_beside_it_do_not_contradict_each_other() {
    let made = worlds::lingering().make();
    let raised = made.claims.claims.iter().filter(|claim| claim.status == Some(Status::Alert));
    assert!(raised.count() > 0, "the week has to have an alert");
    for (name, made) in worlds::all() {
        for part in [text(made), html(made)] {
            for pair in ["[FLAT] [ALERT]", "[FLAT][ALERT]"] {
                assert!(!part.contains(pair), "{name}: {part}");
            }
            if part.contains("[ALERT]") {
                assert!(!part.contains("stayed within its ordinary range"), "{name}: {part}");
                assert!(!part.contains("A steady week") && !part.contains("An ordinary week"));
            }
        }
    }
}

#[test]
fn a_week_is_called_steady_only_if_no_figure_of_the_report_left_its_range() {
    let mut world = World::normal();
    for campaign in world.accounts.iter_mut().flat_map(|account| &mut account.campaigns) {
        for ad_set in &mut campaign.ad_sets {
            ad_set.weeks[19].0 *= 3;
        }
    }
    let made = world.make();
    let out = [", outside the ordinary range.", ", beyond what ordinary weeks show."];
    assert!(out.iter().any(|out| text(&made).contains(out)), "{}", made.mail.text);
    let said = headline(&made);
    assert!(!said.contains("steady") && !said.contains("ordinary"), "{said}");
    assert!(headline(&World::normal().make()).starts_with("A steady week: "));
}

#[test]
fn findings_of_earlier_weeks_name_them_and_stand_last() {
    let of = |class, severity, message: &str| {
        finding(class, severity, message, &format!("look at {class:?}"))
    };
    let findings = vec![
        Finding {
            week: Some(week().plus(-3)),
            ..of(FindingClass::NotANumber, Severity::Warning, "In 2026-W44, a row was left out.")
        },
        Finding {
            week: Some(week().plus(-2)),
            ..of(FindingClass::UnusableRow, Severity::Hold, "a row was odd")
        },
        of(
            FindingClass::DeliveryStopped,
            Severity::Note,
            "Lakeside Hotel delivered in 2026-W46 and has no delivery in 2026-W47.",
        ),
    ];
    let made = World { findings, ..World::small() }.make();
    let lines = quality(&made);
    assert!(lines[0].contains("delivered in week 46 and has no delivery in week 47"), "{lines:?}");
    assert!(lines[1].starts_with("Held: Week 45: a row was odd."), "{lines:?}");
    assert!(lines[2].starts_with("Check: In week 44, a row was left out."), "{lines:?}");
    let actions: Vec<String> = made
        .words
        .departments
        .iter()
        .flat_map(|words| &words.actions)
        .map(|action| action.sentence.outline())
        .collect();
    assert!(actions.iter().any(|action| action.starts_with("Week 44: ")), "{actions:?}");
}

#[test]
fn every_kind_of_week_carries_the_marks_that_figures_need() {
    // A total that lacks an account is no total.
    let nothing_known = ["missing", "nothing", "one-missing", "currency-missing", "first-run"];
    for (name, made) in worlds::all() {
        for part in [text(made), html(made)] {
            assert!(part.contains("Preliminary: leads of week 47"), "{name}: {part}");
            if nothing_known.contains(name) {
                continue;
            }
            assert!(part.contains("All time: ") && part.contains("since "), "{name}: {part}");
            assert!(part.contains("(preliminary)"), "{name}: {part}");
            let has_cost = made.claims.claims.iter().any(|claim| {
                claim.metric == Some(Metric::Cpl)
                    && claim.value.is_some()
                    && claim.entity.level() <= weekledger_projections::figure::Level::Account
            });
            let phrase = part.contains("on ") && part.contains(" spent");
            assert!(!has_cost || phrase, "{name}: {part}");
        }
    }
}

#[test]
fn only_a_week_that_leads_still_arrive_for_is_preliminary() {
    // Week 47 ends on 22 November: 28 days later nothing of it changes any more.
    for (observed_at, expected) in [("2026-12-20T22:00:00Z", true), ("2026-12-21T01:00:00Z", false)]
    {
        let made = World { observed_at: observed_at.parse().unwrap(), ..World::normal() }.make();
        for part in [text(&made), html(&made)] {
            let said = part.to_lowercase().contains("preliminary");
            assert_eq!(said, expected, "{observed_at}: {part}");
        }
    }
}

#[test]
fn every_cost_per_lead_of_several_campaigns_says_what_it_rests_on() {
    let made = worlds::alert().make();
    // The second account had no leads, so 1,727 of 2,374 were spent with leads; the first account
    // spent all of its 1,295 with leads.
    for part in [text(&made), html(&made)] {
        let note = "Cost per lead: Week on 1,727 of 2,374 spent; 3 campaigns without leads. Four weeks on ";
        assert!(part.contains(note), "{part}");
        assert!(part.contains(". All time on "), "{part}");
        assert!(part.contains("on 1,295 of 1,295 spent"), "{part}");
    }
}

#[test]
fn a_level_and_a_change_that_differ_are_not_told_as_one_movement() {
    // Leads at twice the ordinary level for two weeks, and fewer in the second of them.
    let mut world = World::small();
    let ad_set = &mut world.accounts[0].campaigns[0].ad_sets[0];
    ad_set.weeks = ordinary(20, 9000, 60);
    (ad_set.weeks[18].1, ad_set.weeks[19].1) = (130, 126);
    let made = world.make();
    let part = text(&made);
    // 126 of 130 is 3.1 % less.
    let level = "eta leads stand above their ordinary range at 126";
    assert!(part.contains(&format!("{level} (-3 % on the week before).")), "{part}");
    for contradiction in ["rose to 126 (-", "climbed to 126 (-", "rose to 126, -"] {
        assert!(!part.contains(contradiction), "{part}");
    }
    assert_eq!(super::checking::of(&made), Vec::<String>::new());
}

#[test]
fn there_are_four_cards_in_one_row_whatever_the_currencies() {
    for (name, made) in worlds::all() {
        let page = Html::parse_document(&made.mail.html);
        let selector = Selector::parse("td[width=\"25%\"]").unwrap();
        let cells: Vec<ElementRef<'_>> = page.select(&selector).collect();
        let rows: BTreeSet<_> = cells.iter().map(|cell| cell.parent().unwrap().id()).collect();
        assert_eq!((cells.len(), rows.len()), (4, 1), "{name}");
    }
    let made = worlds::currencies().make();
    let spend = &made.view.cards[0];
    let shown: Vec<String> = spend
        .figures
        .iter()
        .map(|figure| figure.value.iter().map(|piece| piece.shown()).collect())
        .collect();
    assert_eq!(shown.len(), 3);
    for (shown, currency) in shown.iter().zip(["CHF ", "EUR ", "JPY "]) {
        assert!(shown.starts_with(currency), "{shown}");
    }
}
