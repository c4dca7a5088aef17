//! Cost is judged on a fixed set of campaigns, each by its own usual cost: what the mix of campaigns
//! does to all spend over all leads is no change of cost.

use weekledger_projections::backtest::backtest;
use weekledger_projections::figure::{Direction, Figure, Status};
use weekledger_projections::lineage::explain;

use crate::world::*;

const COST: &str = "account:act_1/spend_per_lead/week/EUR";
const REPORT: &str = "report:weekly/spend_per_lead/week/EUR";

/// Spend and leads of a campaign in a week; nothing at all where both are zero.
type Bought = (u32, u64);

/// So many weeks of one account with campaigns 11, 12 …
fn world(count: i32, campaigns: &[&dyn Fn(i32) -> Bought]) -> Pulled {
    let newest = week("2026-W47");
    let of_week = |n: i32| WorldWeek {
        week: newest.plus(n + 1 - count),
        accounts: vec![(1, "EUR", true)],
        rows: (110..)
            .step_by(10)
            .zip(campaigns)
            .map(|(ad_set, bought)| (ad_set, bought(n)))
            .filter(|(_, bought)| *bought != (0, 0))
            .map(|(ad_set, (spend, leads))| {
                row(ad_set, &spend.to_string(), [1000, 100, 50, 40, leads])
            })
            .collect(),
        contacts: Some(Contacts::default()),
    };
    pulled(&(0..count).map(of_week).collect::<Vec<_>>())
}

fn verdict(figure: &Figure) -> (Option<Direction>, Option<Status>) {
    (figure.direction, figure.status)
}

const ORDINARY: (Option<Direction>, Option<Status>) = (Some(Direction::Flat), Some(Status::Ok));
const ALARM: (Option<Direction>, Option<Status>) = (Some(Direction::Up), Some(Status::Alert));

/// Half a year, then the weeks in which something is different.
fn later(n: i32) -> bool {
    n >= 26
}

#[test]
fn a_cheap_campaign_that_ends_raises_no_alert_of_cost() {
    // 40 leads at 5 beside 20 at 50: 1,200 / 60 = 20 a lead. Without the cheap ones 50: 150 % more.
    let cheap = |n| if later(n) { (0, 0) } else { (200, 40) };
    let world = world(32, &[&cheap, &|_| (1000, 20)]);
    assert_eq!(world.value("account:act_1/spend_per_lead/week/EUR"), "50");
    let change = world.figure("account:act_1/spend_per_lead/four_week_change/EUR");
    // Four weeks before: two with both, two with one: (2 x 1,200 + 2 x 1,000) / (2 x 60 + 2 x 20).
    assert_eq!(change.display, "+82 %", "50 / 27.5 - 1 = 0.818");
    for id in [COST, REPORT] {
        let cost = world.figure(id);
        assert_eq!(verdict(cost), ORDINARY, "{id}");
        assert_eq!(
            cost.verdict_note.as_deref(),
            Some(
                "moved by the mix of campaigns, not by their own costs; a lasting rise of 82 % or \
                 more would show"
            ),
            "60 leads a week show a fall of 45 %: 1 / (1 - 0.45) - 1 = 0.818"
        );
    }
    // The same sums of one campaign are an alert.
    let together = self::world(32, &[&|n| if later(n) { (1000, 20) } else { (1200, 60) }]);
    assert_eq!(verdict(together.figure(COST)), ALARM);
    let told = backtest(&world.series, &world.subject);
    let openings = |id: &str| &told.series.iter().find(|one| one.figure == id).unwrap().openings;
    assert!(openings(COST).is_empty(), "nor would one have been raised on any Monday before");
    assert!(!openings("account:act_1/meta_leads/week").is_empty(), "that leads fell is told");
}

/// A Poisson count, the same for the same state.
#[expect(clippy::float_arithmetic, reason = "chance, and no figure")]
fn chance(state: &mut u64, mean: f64) -> u64 {
    let mut uniform = || {
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let (limit, mut product, mut count) = ((-mean).exp(), uniform(), 0);
    while product > limit {
        product *= uniform();
        count += 1;
    }
    count
}

/// A campaign in some week: what it spends, and the leads that this brings by chance.
type Plan = (u32, f64);

/// Of a hundred accounts with two campaigns: how many have an alert of cost, and how many if nobody
/// told the campaigns apart.
fn alerts_of_a_hundred(cheap: impl Fn(i32) -> Plan, dear: impl Fn(i32) -> Plan) -> (u32, u32) {
    let (mut apart, mut together) = (0, 0);
    for seed in 0..100_u64 {
        let mut state = seed * 7919 + 17;
        let mut drawn = |(spend, mean)| (spend, chance(&mut state, mean));
        let weeks: Vec<[Bought; 2]> = (0..32).map(|n| [drawn(cheap(n)), drawn(dear(n))]).collect();
        let of = (&|n: i32| weeks[n as usize][0], &|n: i32| weeks[n as usize][1]);
        let both = |n: i32| (of.0(n).0 + of.1(n).0, of.0(n).1 + of.1(n).1);
        let alerts = |world: &Pulled| u32::from(world.figure(COST).status == Some(Status::Alert));
        apart += alerts(&world(32, &[of.0, of.1]));
        together += alerts(&world(32, &[&both]));
    }
    (apart, together)
}

#[test]
fn with_leads_by_chance_a_changed_mix_raises_hardly_an_alert_of_cost() {
    let ended = |n| if later(n) { (0, 0.0) } else { (200, 40.0) };
    let (apart, together) = alerts_of_a_hundred(ended, |_| (1000, 20.0));
    assert!(apart <= 1 && together >= 95, "ended: {apart}, {together} together");
    // The hardest case: the money goes to a campaign whose usual cost is known from 60 leads.
    let ended = |n| if later(n) { (0, 0.0) } else { (800, 80.0) };
    let grown = |n| if later(n) { (900, 22.5) } else { (100, 2.5) };
    let (apart, together) = alerts_of_a_hundred(ended, grown);
    assert!(apart <= 3 && together >= 95, "moved: {apart}, {together} together");
}

#[test]
fn on_the_very_monday_after_it_ended_there_is_no_shock_either() {
    // 200 leads at 1, and 20 at 50: from 1,200 / 220 = 5.45 to 50 a lead within a week.
    let cheap = |n| if n == 31 { (0, 0) } else { (200, 200) };
    let world = world(32, &[&cheap, &|_| (1000, 20)]);
    assert_eq!(verdict(world.figure(COST)), ORDINARY);
}

#[test]
fn money_that_moves_between_campaigns_is_no_change_of_cost() {
    // 800 on leads at 5 and 200 at 50: 164 leads, 6.10 each. The other way round 56 leads, 17.86.
    let cheap = |n| if later(n) { (200, 40) } else { (800, 160) };
    let dear = |n| if later(n) { (800, 16) } else { (200, 4) };
    let world = world(32, &[&cheap, &dear]);
    assert_eq!(world.figure(COST).display, "EUR 17.86");
    assert_eq!(verdict(world.figure(COST)), ORDINARY);
    assert!(says_mix(world.figure(COST)));
}

fn says_mix(figure: &Figure) -> bool {
    figure.verdict_note.as_ref().unwrap().contains("moved by the mix of campaigns")
}

#[test]
fn a_mix_that_moves_the_cost_by_less_than_a_fifth_is_not_spoken_of() {
    // 40 for 200 and 20 for 1,000 are 20 a lead. With 250 on the first 50 and 20: 17.86, 11 % less;
    // with 350: 70 and 20 leads for 1,350 are 15, 25 % less.
    let cost = |spend: u32| {
        let cheap = |n| if later(n) { (spend, u64::from(spend) / 5) } else { (200, 40) };
        world(32, &[&cheap, &|_| (1000, 20)]).figure(COST).clone()
    };
    let (little, more) = (cost(250), cost(350));
    assert_eq!((verdict(&little), verdict(&more)), (ORDINARY, ORDINARY));
    assert_eq!((says_mix(&little), says_mix(&more)), (false, true));
}

#[test]
fn a_dear_campaign_that_begins_is_not_in_the_set() {
    // 60 leads at 20, and then 5 more at 200: 2,200 / 65 = 33.85 a lead, 69 % more.
    let new = |n| if later(n) { (1000, 5) } else { (0, 0) };
    let world = world(32, &[&|_| (1200, 60), &new]);
    assert_eq!(world.figure(COST).display, "EUR 33.85");
    assert_eq!(verdict(world.figure(COST)), ORDINARY);
}

#[test]
fn a_campaign_that_never_brought_leads_may_be_given_more_money() {
    // An awareness campaign: from 200 to 2,000 beside 60 leads for 1,200.
    let aware = |n| if later(n) { (2000, 0) } else { (200, 0) };
    let world = world(32, &[&|_| (1200, 60), &aware]);
    assert_eq!(verdict(world.figure(COST)), ORDINARY);
}

#[test]
fn a_campaign_that_gets_dearer_itself_raises_the_alert_whatever_the_mix_does() {
    // The dear one ends, which hides that the other's leads now cost 18 instead of 8: all spend over
    // all leads was 1,600 / 110 = 14.55 and is 800 / 45 = 17.78.
    let ends = |n| if later(n) { (0, 0) } else { (800, 10) };
    let dearer = |n| if later(n) { (800, 45) } else { (800, 100) };
    let world = world(32, &[&ends, &dearer]);
    assert_eq!(world.figure(COST).display, "EUR 17.78");
    assert_eq!(verdict(world.figure(COST)), ALARM);
    assert_eq!(verdict(world.figure(REPORT)), ALARM);
}

#[test]
fn where_campaigns_without_a_past_have_most_of_the_money_everything_is_judged_together() {
    // All campaigns are replaced, and a lead costs 50 instead of 20.
    let old = |n| if later(n) { (0, 0) } else { (600, 30) };
    let new = |n| if later(n) { (750, 15) } else { (0, 0) };
    let world = world(32, &[&old, &old, &new, &new]);
    assert_eq!(verdict(world.figure(COST)), ALARM);
}

#[test]
fn campaigns_with_too_few_leads_to_know_their_cost_are_judged_together() {
    // Three with a lead a week have 26 in half a year, and nobody knows what one of them costs.
    let few = |n| if later(n) && n % 2 == 0 { (20, 0) } else { (20, 1) };
    let world = world(32, &[&few, &few, &few]);
    let explained = explain(COST, &world.series, &world.subject).unwrap();
    assert_eq!(explained.judged_on, None);
}

#[test]
fn the_audit_shows_the_set_and_what_the_rules_were_shown() {
    let cheap = |n| if later(n) { (0, 0) } else { (200, 40) };
    let world =
        world(32, &[&cheap, &|_| (1000, 20), &|n| if later(n) { (100, 1) } else { (0, 0) }]);
    let explained = explain(COST, &world.series, &world.subject).unwrap();
    let judged = explained.judged_on.clone().unwrap();
    let set: Vec<String> = judged
        .campaigns
        .iter()
        .map(|one| format!("{}: {} leads for {}", one.campaign, one.leads, one.spend))
        .collect();
    // The 26 weeks before the newest six.
    assert_eq!(set, ["11: 1040 leads for 5200", "12: 520 leads for 26000"]);
    assert_eq!(judged.usual_weeks.len(), 26);
    let weeks = judged.weeks;
    assert_eq!(weeks.len(), 32);
    let (before, now) = (&weeks[25], &weeks[31]);
    // 200 x 1,040 / 5,200 + 1,000 x 520 / 26,000, and then the second alone.
    assert_eq!((before.leads, before.expected), (decimal("60"), decimal("60")));
    assert_eq!((now.leads, now.expected), (decimal("20"), decimal("20")));
    // The figure itself stays all spend over all leads, and rests on its values as before.
    explained.check().unwrap();
    assert_eq!(explained.display, "EUR 52.38", "1,100 / 21");
    let leads = explain("account:act_1/meta_leads/week", &world.series, &world.subject).unwrap();
    assert_eq!(leads.judged_on, None);
}

#[test]
fn an_account_with_one_campaign_is_judged_as_it_is() {
    let world = world(32, &[&|n| if later(n) { (1000, 20) } else { (1000, 50) }]);
    assert_eq!(verdict(world.figure(COST)), ALARM);
    assert_eq!(explain(COST, &world.series, &world.subject).unwrap().judged_on, None);
}
