//! Restated weeks and gaps: the numbers of data quality lead to pages as well.

use serde_json::json;
use weekledger::evidence::{AuditBase, Auditor, Kind};
use weekledger::simulator::{Effect, Fault, Provider, Times};
use weekledger_events::FindingClass;
use weekledger_projections::claim::ClaimKind;
use weekledger_projections::display;

use crate::pages::Pages;
use crate::world::{Plan, World};

#[tokio::test]
async fn a_restated_week_leads_to_both_pulls() {
    // The providers of another seed say something else about the same weeks.
    let world = World::new(Plan { backfilled: 4, seeds: (7, 8), ..Plan::default() }).await;
    let (store, loaded) = (world.store(), world.week().await);
    let base = AuditBase::read(&store, &loaded, None).await.unwrap();
    let pages = Pages::of(&world);
    let mut auditor = Auditor::new(&store, &base);
    let restated: Vec<_> =
        base.claims().iter().filter(|claim| claim.kind == ClaimKind::Restatement).collect();
    assert!(restated.len() >= 4, "{} restatements", restated.len());
    for claim in &restated {
        let audit = auditor.figure(&claim.source).await.unwrap();
        assert_eq!((audit.kind, audit.value), (Kind::Restatement, claim.value));
        assert!(audit.agrees, "{}: {}", audit.figure, audit.verdict);
        let sums = pages.sums(&audit);
        let found: Vec<rust_decimal::Decimal> = sums.values().copied().collect();
        // A count is a sum; a cost per lead is spend over leads, in the order of their names.
        let value = match (&found[..], sums.keys().next()) {
            ([sum], _) => *sum,
            ([leads, spend], Some(first)) if first.contains("leads") => spend / leads,
            ([spend, leads], _) => spend / leads,
            _ => panic!("{}: {sums:?}", audit.figure),
        };
        assert_eq!(Some(value.normalize()), claim.value.map(|value| value.normalize()), "{sums:?}");
        // What was reported lies with the week's own pull, what is known now with the new one.
        let week = claim.source.split(['/', ':']).nth(1).unwrap();
        let folder = if claim.source.ends_with("/before") { week } else { "2026-W47" };
        let own = format!("raw/weekly/{folder}/");
        let object = |input: &weekledger::evidence::AuditInput| input.object.clone().unwrap();
        assert!(audit.inputs.iter().all(|input| object(input).starts_with(&own)), "{own}");
    }
    assert!(world.verify().await.corrupt.is_empty());
}

#[tokio::test]
async fn a_gap_between_ad_sets_and_control_shows_both_sides() {
    let told = both_sides(&[json!([])]).await;
    assert!(!told.is_empty(), "the control's own values are shown");
}

#[tokio::test]
async fn a_gap_in_one_type_of_leads_shows_both_sides() {
    // The control's days differ in the type that counts, so each type is a gap of its own.
    let lead = json!({ "action_type": "lead", "value": "1" });
    let pixel = json!({ "action_type": "offsite_conversion.fb_pixel_lead", "value": "900" });
    let told = both_sides(&[json!([lead]), json!([pixel])]).await;
    assert!(told.iter().any(|formula| formula.contains(", Meta leads (lead) ")), "{told:?}");
}

/// Audits all numbers in the gaps between the ad sets of one account and a control whose rows have
/// these actions, a row a day. Returns the formulas of those that show values of both.
async fn both_sides(actions: &[serde_json::Value]) -> Vec<String> {
    let account = "1018340275511318";
    let row = |(day, actions): (usize, &serde_json::Value)| {
        let day = format!("2026-11-{}", 17 + day);
        json!({ "account_id": account, "account_currency": "GBP", "spend": "3.50",
            "impressions": "12", "clicks": "1", "actions": actions,
            "date_start": day, "date_stop": day })
    };
    let rows: Vec<_> = actions.iter().enumerate().map(row).collect();
    let body = json!({ "data": rows, "paging": { "cursors": { "before": "a", "after": "b" } } });
    // The newest week, whose gaps are told one by one.
    // Insights of this account: ad sets on one page, then campaigns, then the account control.
    let fault = |number| Fault {
        provider: Provider::Meta,
        path_contains: format!("act_{account}/insights"),
        times: Times::Nth(number),
        effect: Effect::Answer { status: 200, headers: Vec::new(), body: body.clone() },
    };
    let plan = Plan { backfilled: 1, ..Plan::default() };
    let requests = requests_of(account, &plan).await;
    // Levels that do not add up are pulled once more, and come out the same.
    let faults = vec![fault(requests), fault(2 * requests)];
    let world = World::new(Plan { faults, ..plan }).await;
    let (store, loaded) = (world.store(), world.week().await);
    let base = AuditBase::read(&store, &loaded, None).await.unwrap();
    let metrics = weekledger::evidence::computed(&loaded, None).unwrap().metrics;
    let gaps: Vec<usize> = (0..metrics.findings.len())
        .filter(|index| metrics.findings[*index].class == FindingClass::ReconciliationGap)
        .collect();
    assert!(!gaps.is_empty(), "{:?}", metrics.findings);
    let pages = Pages::of(&world);
    let mut auditor = Auditor::new(&store, &base);
    let of_gap = |source: &str| gaps.iter().any(|at| source.starts_with(&format!("finding:{at}/")));
    let claims: Vec<_> = base.claims().iter().filter(|claim| of_gap(&claim.source)).collect();
    assert!(!claims.is_empty());
    let mut both = Vec::new();
    for claim in claims {
        let audit = auditor.figure(&claim.source).await.unwrap();
        assert!(audit.agrees, "{}: {}", audit.figure, audit.verdict);
        let sums = pages.sums(&audit);
        let said = |sum: &rust_decimal::Decimal| {
            audit.formula.contains(&format!("{sum:.2} "))
                || audit.formula.contains(&format!(" {} ", display::count(*sum)))
        };
        assert!(sums.values().all(said), "{sums:?} in {}", audit.formula);
        if sums.contains_key("account control") && sums.contains_key("ad sets") {
            both.push(audit.formula);
        }
    }
    both
}

/// How many insights pages an account has in the newest week's pull: the last one is its control.
async fn requests_of(account: &str, plan: &Plan) -> u32 {
    let world = World::new(plan.clone()).await;
    let loaded = world.week().await;
    let pages = loaded.events.iter().find_map(|event| match &event.payload {
        weekledger_events::Payload::RawFetched(raw) => Some(raw.pages.clone()),
        _ => None,
    });
    let own = format!("act_{account}/insights");
    let pages = pages.unwrap();
    u32::try_from(pages.iter().filter(|page| page.request.url.contains(&own)).count()).unwrap()
}
