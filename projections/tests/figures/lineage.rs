//! Every figure leads to the values in the archived pages, and they add up to it.

use rust_decimal::Decimal;
use weekledger_projections::figures::formula::Formula;
use weekledger_projections::lineage::{ExplainError, Explainer, ResolveError, explain, resolve};

use crate::world::*;

/// Two weeks of one brand: campaign 11 with leads, campaign 12 without.
fn world() -> Pulled {
    let rows = |spend: &str| {
        vec![row(111, spend, [100, 10, 5, 4, 3]), row(121, "40", [300, 30, 15, 0, 0])]
    };
    let crm = |unattributed| Contacts {
        known: vec![(11, 111, 2), (11, 0, 1)],
        unattributed,
        other: 4,
        offline: 5,
    };
    let week_of = |of: &str, spend: &str, unattributed| WorldWeek {
        week: week(of),
        accounts: vec![(1, "EUR", true)],
        rows: rows(spend),
        contacts: Some(crm(unattributed)),
    };
    pulled(&[week_of("2026-W46", "60", 0), week_of("2026-W47", "90", 2)])
}

#[test]
fn a_sum_leads_to_each_day_with_artifact_and_pointer() {
    let world = world();
    let explanation = explain("campaign:11/spend/week/EUR", &world.series, &world.subject).unwrap();
    assert_eq!(explanation.formula, "spend week = spend; week = 2026-W47");
    assert_eq!(explanation.terms.len(), 1);
    let inputs = resolve(&explanation, |rows| world.rows.get(&rows.digest)).unwrap();
    let found: Vec<(String, String, String)> = inputs
        .iter()
        .map(|input| {
            (input.value.normalize().to_string(), input.pointer.clone(), input.what.clone())
        })
        .collect();
    let what = "spend of ad set 111 of campaign 11 of act_1".to_owned();
    assert_eq!(
        found,
        [
            ("22.5".to_owned(), "/data/0/spend".to_owned(), what.clone()),
            ("67.5".to_owned(), "/data/1/spend".to_owned(), what),
        ]
    );
    let page = weekledger_events::Digest::of(b"meta2026-W472026-11-23T04:00:00Z");
    assert!(inputs.iter().all(|input| input.artifact == page));
    let days: Vec<String> = inputs.iter().map(|input| input.day.unwrap().to_string()).collect();
    assert_eq!(days, ["2026-11-16", "2026-11-17"]);
}

#[test]
fn a_cost_per_lead_leaves_out_the_campaign_without_leads() {
    let world = world();
    let id = "report:weekly/cpl/week/EUR";
    let explanation = explain(id, &world.series, &world.subject).unwrap();
    assert_eq!(
        explanation.formula,
        "cpl week = spend of campaigns with a Meta lead / Meta leads of these campaigns; \
         week = 2026-W47"
    );
    let terms: Vec<Decimal> = explanation.terms.iter().map(|term| term.value).collect();
    assert_eq!(terms, [decimal("90"), decimal("3")]);
    assert_eq!(explanation.value, Some(decimal("30")));
    assert_eq!(explanation.note.as_deref(), Some("on 90 of 130 spent; 1 campaign without leads"));
}

#[test]
fn a_change_names_the_terms_of_both_windows() {
    let world = world();
    let id = "report:weekly/spend_per_lead/week_change/EUR";
    let explanation = explain(id, &world.series, &world.subject).unwrap();
    let names: Vec<&str> = explanation.terms.iter().map(|term| term.name.as_str()).collect();
    assert_eq!(
        names,
        ["spend, week", "Meta leads, week", "spend, previous_week", "Meta leads, previous_week"]
    );
    // 130 / 3 against 100 / 3, each with 28 digits.
    let value = explanation.value.unwrap();
    assert!((value - decimal("0.3")).abs() < decimal("0.000000000000000000000001"), "{value}");
    assert_eq!(
        explanation.formula,
        "spend_per_lead week_change = (spend_per_lead week - spend_per_lead previous_week) / \
         spend_per_lead previous_week, where spend_per_lead = spend / Meta leads; \
         week = 2026-W47; previous_week = 2026-W46"
    );
}

#[test]
fn contacts_are_listed_one_by_one() {
    let world = world();
    let id = "report:weekly/crm_leads/week";
    let explanation = explain(id, &world.series, &world.subject).unwrap();
    assert_eq!(explanation.value, Some(decimal("5")), "3 known and 2 unattributed");
    let inputs = resolve(&explanation, |rows| world.rows.get(&rows.digest)).unwrap();
    let pointers: Vec<&str> = inputs.iter().map(|input| input.pointer.as_str()).collect();
    // The world lists contacts of ad set 111, of campaign 11 alone, unattributed, others.
    let mut sorted = pointers.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["/results/0", "/results/1", "/results/2", "/results/3", "/results/4"]);
}

#[test]
fn a_count_of_campaigns_names_spend_and_leads_of_each() {
    let world = world();
    let id = "report:weekly/campaigns_without_leads/week/EUR";
    let explanation = explain(id, &world.series, &world.subject).unwrap();
    assert_eq!(explanation.operation, Formula::SpentWithoutLeads);
    let terms: Vec<(&str, Decimal)> =
        explanation.terms.iter().map(|term| (term.name.as_str(), term.value)).collect();
    assert_eq!(
        terms,
        [
            ("spend of campaign 11, week", decimal("90")),
            ("Meta leads of campaign 11, week", decimal("3")),
            ("spend of campaign 12, week", decimal("40")),
            ("Meta leads of campaign 12, week", decimal("0")),
        ]
    );
    assert_eq!(explanation.value, Some(decimal("1")));
}

#[test]
fn every_figure_of_a_week_agrees_with_the_archived_rows() {
    let world = world();
    let explainer = Explainer::new(&world.series, &world.subject);
    let ids = world.set.figures.iter().map(|figure| (&figure.id, figure.value));
    let supporting = world.set.supporting.iter().map(|figure| (&figure.id, figure.value));
    for (id, value) in ids.chain(supporting) {
        let explanation = explainer.explain(id).unwrap();
        assert_eq!(explanation.value, value, "{id}");
        resolve(&explanation, |rows| world.rows.get(&rows.digest))
            .unwrap_or_else(|error| panic!("{id}: {error}"));
    }
}

#[test]
fn rows_that_were_altered_no_longer_agree() {
    let mut world = world();
    let id = "campaign:11/meta_leads/week";
    let explanation = explain(id, &world.series, &world.subject).unwrap();
    let rows = explanation.artifacts().into_iter().next().unwrap();
    world.rows.get_mut(&rows.digest).unwrap().days[1].measures.meta_leads += 1;
    let error = resolve(&explanation, |rows| world.rows.get(&rows.digest)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "meta leads of ad set 111 of campaign 11 of act_1 in 2026-W47 is 3 in the series, \
         and the rows add up to 4"
    );
}

#[test]
fn rows_of_other_weeks_in_the_same_artifact_do_not_count() {
    let mut world = world();
    let id = "campaign:11/meta_leads/week";
    let explanation = explain(id, &world.series, &world.subject).unwrap();
    let rows = explanation.artifacts().into_iter().next().unwrap();
    let days = &mut world.rows.get_mut(&rows.digest).unwrap().days;
    let mut stray = days[0].clone();
    stray.date = week("2026-W40").monday();
    days.push(stray);
    let inputs = resolve(&explanation, |rows| world.rows.get(&rows.digest)).unwrap();
    assert_eq!(inputs.len(), 2);
}

#[test]
fn an_altered_value_no_longer_agrees_with_its_terms() {
    let world = world();
    let id = "campaign:11/cpl/week/EUR";
    let mut explanation = explain(id, &world.series, &world.subject).unwrap();
    explanation.value = Some(decimal("29"));
    let expected = decimal("29");
    assert_eq!(
        explanation.check().unwrap_err(),
        ResolveError::FigureDiffers { id: id.into(), expected, found: Some(decimal("30")) }
    );
    explanation.value = Some(decimal("30"));
    explanation.terms[0].parts.clear();
    assert!(matches!(explanation.check(), Err(ResolveError::TermDiffers { .. })));
}

#[test]
fn rows_that_are_not_at_hand_are_named() {
    let world = world();
    let explanation = explain("report:weekly/clicks/week", &world.series, &world.subject).unwrap();
    let error = resolve(&explanation, |_| None).unwrap_err();
    assert!(
        matches!(error, ResolveError::RowsMissing { week: missing, .. } if missing == week("2026-W47"))
    );
}

#[test]
fn an_id_that_names_no_figure_is_an_error() {
    let world = world();
    let error = |id: &str| explain(id, &world.series, &world.subject).unwrap_err();
    assert!(matches!(error("nonsense"), ExplainError::Id(_)));
    for id in [
        "report:other/spend/week/EUR",
        "report:weekly/spend/week",
        "report:weekly/spend/week/USD",
        "report:weekly/clicks/week/EUR",
        "report:weekly/spend_share/week/EUR",
        "campaign:11/spend_share/week_change/EUR",
    ] {
        assert!(matches!(error(id), ExplainError::NoSuchFigure { .. }), "{id}");
    }
}

#[test]
fn a_bar_is_explained_like_the_figure_of_its_week() {
    let world = world();
    let explainer = Explainer::new(&world.series, &world.subject);
    // 60 + 40 in W46, 90 + 40 in W47.
    for (id, value) in [
        ("report:weekly/spend/week/EUR@2026-W46", "100"),
        ("report:weekly/spend/week/EUR@2026-W47", "130"),
        ("report:weekly/meta_leads/week@2026-W46", "3"),
    ] {
        let explanation = explainer.explain(id).unwrap();
        assert_eq!(explanation.value, Some(decimal(value)), "{id}");
        resolve(&explanation, |rows| world.rows.get(&rows.digest)).unwrap();
        let figures = weekledger_projections::figures::compute(&world.series, &world.subject);
        let archived = figures.weeks.iter().find(|one| one.id == id).unwrap();
        assert_eq!((archived.value, &archived.display), (explanation.value, &explanation.display));
    }
    for id in [
        "report:weekly/spend/week/EUR@2026-W43",
        "report:weekly/cpl/week/EUR@2026-W46",
        "campaign:11/spend/week/EUR@2026-W46",
        "report:weekly/spend/four_weeks/EUR@2026-W46",
    ] {
        let error = explainer.explain(id).unwrap_err();
        assert!(matches!(error, ExplainError::NoSuchFigure { .. }), "{id}: {error:?}");
    }
}
