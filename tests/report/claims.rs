//! Claims: what they hold, and where their values come from.

use rust_decimal::Decimal;
use weekledger_projections::claim::{Alias, ClaimKind, ClaimSet, NotePart};
use weekledger_projections::figure::{Metric, Window};
use weekledger_projections::words::{Part, Sentence, Show, Verb, Words};

use super::fixture::{AdSet, Campaign, World};
use super::worlds;

#[test]
fn the_numbers_of_a_note_are_claims_with_exact_values() {
    let mut world = World::small();
    let idle = AdSet { id: 32, name: "Idle".to_owned(), weeks: vec![(123_456, 0)] };
    world.accounts[0].campaigns.push(Campaign {
        id: 22,
        name: "No leads yet".to_owned(),
        ad_sets: vec![idle],
    });
    let made = world.make();
    let cpl = made.claims.figure(Alias::REPORT, Metric::Cpl, Window::Week, None).unwrap();
    let numbers: Vec<(String, Decimal)> = cpl
        .note
        .iter()
        .filter_map(|part| match part {
            NotePart::Claim(id) => made.claims.claim(*id),
            _ => None,
        })
        .map(|claim| (claim.display.clone(), claim.value.unwrap()))
        .collect();
    // Newest week of `ordinary(20, 9000, …)`: n = 19, swing (19 * 7) mod 5 - 2 = 1: 9,450 cents.
    // The other campaign spent 1,234.56 without a lead.
    assert_eq!(
        numbers,
        [
            ("95".to_owned(), Decimal::new(9450, 2)),
            ("1,329".to_owned(), Decimal::new(132_906, 2)),
            ("1".to_owned(), Decimal::ONE),
        ]
    );
}

#[test]
fn sources_and_ids_are_unique_and_in_order() {
    for (name, made) in worlds::all() {
        let sources: std::collections::BTreeSet<_> =
            made.claims.claims.iter().map(|claim| &claim.source).collect();
        assert_eq!(sources.len(), made.claims.claims.len(), "{name}");
        for (index, claim) in made.claims.claims.iter().enumerate() {
            assert_eq!(claim.id.to_string(), format!("c{}", index + 1), "{name}");
        }
    }
}

#[test]
fn a_claim_of_a_figure_is_that_figure() {
    let made = worlds::normal().make();
    let figures = made.claims.claims.iter().filter(|claim| claim.kind == ClaimKind::Figure);
    for claim in figures {
        let figure = made.figures.figures.iter().find(|one| one.id == claim.source).unwrap();
        assert_eq!((&figure.value, &figure.display), (&claim.value, &claim.display));
        assert_eq!((figure.direction, figure.status), (claim.direction, claim.status));
    }
}

#[test]
fn the_bars_are_the_sums_of_their_weeks() {
    let made = World::small().make();
    let leads: Vec<Decimal> = made
        .claims
        .trends
        .iter()
        .filter(|point| point.metric == Metric::MetaLeads)
        .map(|point| made.claims.claim(point.claim.unwrap()).unwrap().value.unwrap())
        .collect();
    // ordinary(20, 9000, 12): 12 + (3 n mod 4) for n = 16, 17, 18, 19.
    assert_eq!(leads, [12, 15, 14, 13].map(Decimal::from));
}

#[test]
fn the_claim_set_survives_its_artifact() {
    for (name, made) in worlds::all() {
        let bytes = made.claims.to_bytes().unwrap();
        assert_eq!(ClaimSet::from_bytes(&bytes).unwrap(), made.claims, "{name}");
    }
}

#[test]
fn words_travel_as_arrays_of_parts() {
    let claim = "c3".parse().unwrap();
    let sentence = Sentence(vec![
        Part::Text("Leads ".to_owned()),
        Part::Move { claim, verb: Verb::Rose },
        Part::Show { claim, show: Show::Value },
    ]);
    let json = r#"[{"text":"Leads "},{"claim":"c3","move":"rose"},{"claim":"c3","show":"value"}]"#;
    assert_eq!(serde_json::to_string(&sentence).unwrap(), json);
    assert_eq!(serde_json::from_str::<Sentence>(json).unwrap(), sentence);
    for wrong in [
        r#"[{"claim":"c3"}]"#,
        r#"[{"text":"x","claim":"c3","show":"value"}]"#,
        r#"[{"claim":"c0","show":"value"}]"#,
        r#"[{"claim":"c3","show":"colour"}]"#,
        r#"[{"claim":"c3","move":"doubled"}]"#,
        r#"[{}]"#,
    ] {
        assert!(serde_json::from_str::<Sentence>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn words_that_lie_are_refused() {
    let made = worlds::normal().make();
    let leads =
        made.claims.figure(Alias::REPORT, Metric::MetaLeads, Window::Week, None).unwrap().id;
    let wrong = |part: Part| {
        let words = Words { headline: Sentence(vec![part]), ..Words::default() };
        words.check(&made.claims)
    };
    let unknown = "c9999".parse().unwrap();
    assert_eq!(wrong(Part::Text("fine".to_owned())), Vec::<String>::new());
    assert_eq!(wrong(Part::Move { claim: leads, verb: Verb::HeldSteady }), Vec::<String>::new());
    assert!(wrong(Part::Move { claim: leads, verb: Verb::Rose })[0].contains("did not move"));
    assert!(wrong(Part::Text("up 20 percent".to_owned()))[0].contains("outside of a claim"));
    assert!(wrong(Part::Show { claim: unknown, show: Show::Value })[0].contains("no claim"));
}
