//! Every figure and every claim of a simulated week, followed to archived bytes.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use weekledger::evidence::{
    AuditBase, AuditInput, AuditTerm, Auditor, FigureAudit, Kind, RuleName,
};
use weekledger_projections::figure::{Level, Metric, Window};
use weekledger_projections::lineage::JudgedWeek;

use crate::pages::Pages;
use crate::world::{Plan, World, stream};

/// What a figure is, worked out from its id and the sums of its terms.
fn by_hand(id: &str, terms: &[Decimal]) -> Option<Decimal> {
    let metric = id.split('/').nth(1).unwrap();
    let window = id.split('/').nth(2).unwrap();
    if window.ends_with("_change") {
        let (now, before) = terms.split_at(terms.len() / 2);
        let (now, before) = (base(metric, now)?, base(metric, before)?);
        return Some(match metric {
            "ctr" | "link_ctr" => now - before,
            _ => (now - before).checked_div(before)?,
        });
    }
    base(metric, terms)
}

fn base(metric: &str, terms: &[Decimal]) -> Option<Decimal> {
    let quotient = |factor: i64| (terms[0] * Decimal::from(factor)).checked_div(terms[1]);
    match metric {
        "ctr" | "cpc" | "link_ctr" | "link_cpc" | "cpl" | "crm_cpl" | "spend_per_lead"
        | "spend_share" => quotient(1),
        "cpm" => quotient(1000),
        "campaigns_without_leads" | "campaigns_without_crm_leads" => {
            let pairs = terms.chunks(2).filter(|pair| pair[0] > Decimal::ZERO && pair[1].is_zero());
            Some(Decimal::from(pairs.count()))
        }
        _ => Some(terms.iter().sum()),
    }
}

/// The terms' sums, in their order.
fn summed(audit: &FigureAudit, sums: &BTreeMap<String, Decimal>) -> Vec<Decimal> {
    let found = |term: &AuditTerm| {
        assert_eq!(sums[&term.name], term.value, "{}: {}", audit.figure, term.name);
        sums[&term.name]
    };
    audit.terms.iter().map(found).collect()
}

fn assert_holds(audit: &FigureAudit, pages: &Pages) {
    let id = &audit.figure;
    assert!(audit.agrees, "{id}: {}", audit.verdict);
    assert!(audit.verdict.starts_with("agrees"), "{id}: {}", audit.verdict);
    let sums = pages.sums(audit);
    match audit.kind {
        Kind::Figure | Kind::Supporting | Kind::Trend | Kind::Restatement => {
            let terms = summed(audit, &sums);
            let Some(value) = audit.value else { return };
            let figure = figure_of(audit);
            let by_hand = by_hand(&figure, &terms).map(|value| value.normalize());
            assert_eq!(by_hand, Some(value.normalize()), "{id}");
        }
        Kind::Usual => {
            let figure = id.split("/usual/").next().unwrap();
            let by_hand = by_hand(figure, &summed(audit, &sums)).map(|value| value.normalize());
            assert_eq!(by_hand, audit.value.map(|value| value.normalize()), "{id}");
        }
        Kind::Finding | Kind::Count => assert!(!audit.inputs.is_empty(), "{id}"),
        Kind::Backtest => assert!(audit.recomputed == audit.value && !audit.formula.is_empty()),
    }
}

/// The figure whose formula a claim has.
fn figure_of(audit: &FigureAudit) -> String {
    match audit.kind {
        Kind::Restatement => {
            let metric = audit.figure.split('/').nth(2).unwrap();
            format!("account:x/{metric}/week")
        }
        _ if audit.figure.starts_with("note:") => {
            audit.formula.split(", in the note").next().unwrap().to_owned()
        }
        _ => audit.figure.split('@').next().unwrap().to_owned(),
    }
}

#[tokio::test]
async fn every_figure_and_every_claim_of_a_week_stands_in_the_archived_pages() {
    let world = World::new(Plan::default()).await;
    let (store, loaded) = (world.store(), world.week().await);
    let base = AuditBase::read(&store, &loaded, None).await.unwrap();
    let pages = Pages::of(&world);
    let mut auditor = Auditor::new(&store, &base);
    let set = base.figures();
    let ids = set.figures.iter().map(|figure| &figure.id);
    let supporting = set.supporting.iter().map(|figure| &figure.id);
    // Ad sets have no formulas of their own, and are by far the most.
    for id in ids.chain(supporting).filter(|id| !id.starts_with("ad_set:")) {
        let audit = auditor.figure(id).await.unwrap();
        assert_eq!(audit.figure, *id);
        assert_holds(&audit, &pages);
    }
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for claim in base.claims() {
        let audit = auditor.figure(&claim.id.to_string()).await.unwrap();
        assert_eq!(audit.claim, Some(claim.id));
        assert_holds(&audit, &pages);
        *kinds.entry(format!("{:?}", audit.kind)).or_default() += 1;
    }
    for kind in ["Figure", "Supporting", "Usual", "Trend", "Finding", "Backtest"] {
        assert!(kinds.contains_key(kind), "no claim of kind {kind}: {kinds:?}");
    }
}

#[tokio::test]
async fn the_totals_of_a_report_are_those_of_all_its_rows() {
    let world = World::new(Plan { backfilled: 4, ..Plan::default() }).await;
    let (store, loaded) = (world.store(), world.week().await);
    let base = AuditBase::read(&store, &loaded, None).await.unwrap();
    let pages = Pages::of(&world);
    let mut auditor = Auditor::new(&store, &base);
    for (id, measure, from, currency) in [
        ("report:weekly/spend/week/EUR", "spend", "2026-11-16", Some("EUR")),
        ("report:weekly/spend/week/GBP", "spend", "2026-11-16", Some("GBP")),
        ("report:weekly/spend/four_weeks/EUR", "spend", "2026-10-26", Some("EUR")),
        ("report:weekly/impressions/week", "impressions", "2026-11-16", None),
        ("report:weekly/clicks/four_weeks", "clicks", "2026-10-26", None),
        ("report:weekly/link_clicks/all_time", "inline_link_clicks", "2026-10-19", None),
    ] {
        let audit = auditor.figure(id).await.unwrap();
        let expected = pages.total(measure, from, "2026-11-22", currency);
        assert!(expected > Decimal::ZERO);
        assert_eq!(audit.value, Some(expected.normalize()), "{id}");
        assert_eq!(audit.inputs.iter().filter_map(|input| input.value).sum::<Decimal>(), expected);
    }
}

#[tokio::test]
async fn a_figure_of_leads_names_the_rules_in_force_and_what_each_value_took() {
    let world = World::new(Plan { backfilled: 1, ..Plan::default() }).await;
    let (store, loaded) = (world.store(), world.week().await);
    let base = AuditBase::read(&store, &loaded, None).await.unwrap();
    let pages = Pages::of(&world);
    let mut auditor = Auditor::new(&store, &base);

    // As the commented configuration documents it.
    let list = ["lead", "onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"];
    let leads = auditor.figure("report:weekly/meta_leads/week").await.unwrap();
    let [rule] = &leads.rules[..] else { panic!("one list for all: {:?}", leads.rules) };
    assert_eq!((rule.rule, rule.accounts.len()), (RuleName::LeadActions, 3));
    assert_eq!(rule.order.as_deref().unwrap(), list);
    let mut took = BTreeMap::new();
    for input in &leads.inputs {
        let action = input.pointer.strip_suffix("/value").unwrap();
        let actual = pages.at(&input.artifact, action)["action_type"].as_str().unwrap();
        assert_eq!(input.rule.as_deref(), Some(actual), "{input:?}");
        *took.entry(actual).or_insert(0) += 1;
    }
    assert!(took.len() > 1, "rows differ in what they name: {took:?}");

    let contacts = auditor.figure("report:weekly/crm_leads/week").await.unwrap();
    let rules: Vec<RuleName> = contacts.rules.iter().map(|rule| rule.rule).collect();
    assert!(!rules.is_empty() && rules.iter().all(|rule| *rule == RuleName::CrmAttribution));
    let first = "campaign id in the tracked address, in the first of hsa_cam, utm_campaign_id, \
                 utm_id, campaign_id, utm_campaign";
    assert_eq!(contacts.rules[0].order.as_ref().unwrap()[0], first);
    assert!(contacts.inputs.iter().all(|input| input.rule.is_some()));
    let by_id = |input: &&AuditInput| input.rule.as_deref() == Some("id in the tracked address");
    assert!(contacts.inputs.iter().filter(by_id).count() > 0);

    // A cost counts leads too; spend does not.
    let cost = auditor.figure("report:weekly/cpl/week/EUR").await.unwrap();
    assert_eq!(cost.rules[0].order.as_deref().unwrap(), list);
    let spend = auditor.figure("report:weekly/spend/week/EUR").await.unwrap();
    assert!(spend.rules.is_empty() && spend.inputs.iter().all(|input| input.rule.is_none()));
}

#[tokio::test]
async fn an_unknown_id_lists_those_that_are_close() {
    let world = World::new(Plan { backfilled: 1, ..Plan::default() }).await;
    let (store, loaded) = (world.store(), world.week().await);
    let base = AuditBase::read(&store, &loaded, None).await.unwrap();
    let mut auditor = Auditor::new(&store, &base);
    for id in ["report:weekly/meta_lead/week", "weekly/meta_leads/week", "c99999", "spent"] {
        let error = auditor.figure(id).await.unwrap_err();
        assert!(error.is_usage(), "{id}");
        let told = error.to_string();
        assert!(told.contains(&stream().to_string()) && told.contains(id), "{told}");
        if id.contains("meta") {
            assert!(told.contains("\n    report:weekly/meta_leads/week"), "{told}");
        }
    }
}

#[tokio::test]
async fn a_figure_without_a_value_says_why_and_agrees() {
    let world = World::new(Plan { backfilled: 1, ..Plan::default() }).await;
    let (store, loaded) = (world.store(), world.week().await);
    let base = AuditBase::read(&store, &loaded, None).await.unwrap();
    let mut auditor = Auditor::new(&store, &base);
    let audit = auditor.figure("report:weekly/meta_leads/four_week_change").await.unwrap();
    assert_eq!((audit.value, audit.recomputed), (None, None));
    assert!(audit.agrees && !audit.display.is_empty());
    assert!(audit.terms.iter().all(|term| term.window != Window::FourWeekChange));
}

#[tokio::test]
async fn an_audit_of_a_cost_shows_the_campaigns_that_its_verdict_rests_on() {
    let world = World::new(Plan { backfilled: 20, ..Plan::default() }).await;
    let (store, loaded) = (world.store(), world.week().await);
    let base = AuditBase::read(&store, &loaded, None).await.unwrap();
    let mut auditor = Auditor::new(&store, &base);
    let costs = base.figures().figures.iter().filter(|figure| {
        figure.metric == Metric::SpendPerLead
            && figure.window == Window::Week
            && figure.level == Level::Account
    });
    let mut judged = 0;
    for cost in costs {
        let audit = auditor.figure(&cost.id).await.unwrap();
        assert!(audit.agrees, "{}", audit.verdict);
        let Some(on) = audit.judged_on else { continue };
        judged += 1;
        assert_eq!(on.weeks.last().unwrap().week, audit.week);
        // What the campaigns brought in the weeks that say what is usual is what is expected of the
        // spend of these weeks.
        let usual = |week: &&JudgedWeek| on.usual_weeks.contains(&week.week);
        let expected: Decimal = on.weeks.iter().filter(usual).map(|week| week.expected).sum();
        let brought: Decimal = on.campaigns.iter().map(|campaign| campaign.leads).sum();
        assert_eq!(expected.round_dp(15), brought.round_dp(15), "{}", cost.id);
    }
    assert!(judged > 0, "an account of the simulation has two campaigns with a past");
}
