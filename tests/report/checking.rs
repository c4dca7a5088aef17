//! The check of finished mails: it accepts what was rendered, and finds what was tampered with.

use proptest::prelude::*;
use weekledger::analyst::verifier::{Finished, HEADLINE_WITHOUT_FIGURES, passing, verify};
use weekledger_projections::backtest::TrackRecord;
use weekledger_projections::supporting::FigureSet;
use weekledger_projections::words::{Part, Sentence};

use super::fixture::{Account, AdSet, Campaign, Made, World};
use super::worlds;

fn findings(made: &Made, html: &str, text: &str) -> Vec<String> {
    let found = verify(&Finished {
        subject: &made.view.subject,
        html,
        text,
        words: &made.words,
        claims: &made.claims,
        figures: &made.figures,
        metrics: &made.metrics,
    });
    found.iter().map(ToString::to_string).collect()
}

/// What the verifier finds wrong with a mail as it was rendered.
pub fn of(made: &Made) -> Vec<String> {
    findings(made, &made.mail.html, &made.mail.text)
}

#[test]
fn every_rendered_week_passes() {
    for (name, made) in worlds::all() {
        assert_eq!(of(made), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_changed_figure_is_found_wherever_it_stands() {
    let made = worlds::normal().make();
    let html = &made.mail.html;
    let spans: Vec<usize> = html.match_indices("<span data-c=").map(|(at, _)| at).collect();
    assert!(spans.len() > 100);
    for at in spans {
        let start = at + html[at..].find('>').unwrap() + 1;
        let end = start + html[start..].find('<').unwrap();
        let Some(digit) = html[start..end].find(|c: char| c.is_ascii_digit()) else { continue };
        let mut changed = html.clone();
        // Doubling a digit gives a number that no rounding of the claim has.
        changed.insert_str(start + digit, &html[start + digit..=start + digit]);
        assert!(!findings(&made, &changed, &made.mail.text).is_empty(), "{}", &html[at..end]);
    }
}

#[test]
fn a_figure_under_another_claims_id_is_found() {
    let made = worlds::normal().make();
    let (spend, leads) = ("<span data-c=\"c1\">", "<span data-c=\"c8\">");
    assert!(made.mail.html.contains(spend) && made.mail.html.contains(leads));
    let swapped = made.mail.html.replace(spend, leads);
    assert!(!findings(&made, &swapped, &made.mail.text).is_empty());
}

#[test]
fn numbers_outside_of_claims_are_found() {
    let made = worlds::normal().make();
    for number in ["7", "3.5", "४", "½", "１２", "2026-W46"] {
        let html = made.mail.html.replace("What moved", &format!("What moved {number}"));
        assert_ne!(findings(&made, &html, &made.mail.text), Vec::<String>::new(), "{number}");
    }
    for number in ["987,654", "४", "½", "0.5", "1234567"] {
        let text = made.mail.text.replace("WHAT MOVED", &format!("WHAT MOVED {number}"));
        assert_ne!(findings(&made, &made.mail.html, &text), Vec::<String>::new(), "{number}");
    }
}

#[test]
fn a_part_of_a_figure_in_the_text_is_no_figure() {
    let made = worlds::normal().make();
    let spend =
        made.view.cards[0].figures[0].value.iter().map(|piece| piece.shown()).collect::<String>();
    for changed in [format!("{spend}9"), format!("{spend}.9"), format!("{spend},999")] {
        let text = made.mail.text.replacen(&spend, &changed, 1);
        assert_ne!(findings(&made, &made.mail.html, &text), Vec::<String>::new(), "{changed}");
    }
}

#[test]
fn what_the_foot_says_of_the_rules_is_that_of_the_record() {
    let made = worlds::normal().make();
    let shown = |figures: &FigureSet| {
        let found = verify(&Finished {
            subject: &made.view.subject,
            html: &made.mail.html,
            text: &made.mail.text,
            words: &made.words,
            claims: &made.claims,
            figures,
            metrics: &made.metrics,
        });
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(shown(&made.figures), Vec::<String>::new());
    let record = made.figures.backtest.unwrap();
    for other in [
        Some(TrackRecord { alerts: record.alerts + 1, ..record }),
        Some(TrackRecord { judged_weeks: record.judged_weeks + 1, ..record }),
        Some(TrackRecord { series: 1, ..record }),
        None,
    ] {
        let figures = FigureSet { backtest: other, ..made.figures.clone() };
        let found = shown(&figures);
        assert!(found.iter().any(|one| one.contains("(backtest:")), "{other:?}: {found:?}");
    }
}

#[test]
fn names_and_labels_are_compared_too() {
    let made = worlds::normal().make();
    for (from, to) in [
        (">Lakeside Hotel<", ">Lakeside Motel<"),
        ("16 to 22 November 2026", "9 to 15 November 2026"),
        ("7-day click, 1-day view", "28-day click"),
    ] {
        let html = made.mail.html.replacen(from, to, 10);
        assert_ne!(html, made.mail.html, "{from}");
        assert_ne!(findings(&made, &html, &made.mail.text), Vec::<String>::new(), "{from}");
    }
}

#[test]
fn an_alert_that_nothing_raised_is_found() {
    let made = worlds::normal().make();
    let html = made.mail.html.replacen("[FLAT]", "[ALERT]", 1);
    assert!(findings(&made, &html, &made.mail.text).iter().any(|one| one.contains("ALERT")));
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9 |%_.,-]{1,30}", "\\PC{0,60}", ".{0,90}"]
}

prop_compose! {
    fn ad_set()(
        name in name(),
        weeks in prop::collection::vec((0..9_000_000_i64, 0..400_u64), 1..18),
    ) -> AdSet {
        AdSet { id: 0, name, weeks }
    }
}

prop_compose! {
    fn campaign()(
        name in name(),
        ad_sets in prop::collection::vec(ad_set(), 0..3),
    ) -> Campaign {
        Campaign { id: 0, name, ad_sets }
    }
}

prop_compose! {
    fn account()(
        name in name(),
        currency in prop::sample::select(vec!["EUR", "USD", "JPY", "KWD"]),
        pulled in prop::bool::weighted(0.8),
        campaigns in prop::collection::vec(campaign(), 0..3),
    ) -> Account {
        Account { id: 0, name, currency, pulled, campaigns }
    }
}

prop_compose! {
    fn world()(
        title in name(),
        accounts in prop::collection::vec(account(), 0..4),
        crm in any::<bool>(),
        revision in 1..40_u32,
        messages in prop::collection::vec(name(), 0..3),
    ) -> World {
        let mut world = World { title, accounts, crm, revision, ..World::small() };
        let mut id = 1;
        for account in &mut world.accounts {
            account.id = id;
            for campaign in &mut account.campaigns {
                id += 1;
                campaign.id = id;
                for ad_set in &mut campaign.ad_sets {
                    id += 1;
                    ad_set.id = id;
                }
            }
            id += 1;
        }
        world.findings = messages
            .iter()
            .map(|message| worlds::finding(
                weekledger_events::FindingClass::UnusableRow,
                weekledger_events::Severity::Warning,
                message,
                // A message may quote a provider; what to do is always this program's own words.
                "See what was wrong with the rows, then pull the week again.",
            ))
            .collect();
        world
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn every_number_of_any_week_is_a_claim(world in world()) {
        let made = world.make();
        prop_assert_eq!(of(&made), Vec::<String>::new());
        prop_assert_eq!(made.words.check(&made.claims), Vec::<String>::new());
        prop_assert!(made.mail.html.len() < 90_000);
        prop_assert_eq!(&made.mail, &world.make().mail);
    }
}

#[test]
fn what_is_refused_is_left_out_and_the_rest_stands() {
    let made = worlds::normal().make();
    let lie = Sentence(vec![Part::Text("Leads doubled.".to_owned())]);
    let mut words = made.words.clone();
    words.headline = lie.clone();
    words.moved.insert(0, lie);
    let (kept, refused) = passing(words, &made.claims, &made.metrics.findings);
    assert!(refused.len() >= 2 && refused.iter().all(|one| one.of.contains("Leads doubled.")));
    let told = [Part::Text(HEADLINE_WITHOUT_FIGURES.to_owned())];
    assert_eq!((&kept.headline.0[..], &kept.moved), (&told[..], &made.words.moved));
    assert_eq!(kept.departments, made.words.departments);
    assert_eq!(passing(kept, &made.claims, &made.metrics.findings).1, []);
}

#[test]
fn the_rules_never_have_to_be_corrected() {
    for (name, made) in worlds::all() {
        let words = made.words.clone();
        let kept = passing(words.clone(), &made.claims, &made.metrics.findings);
        assert_eq!(kept, (words, Vec::new()), "{name}");
    }
}
