//! The life of an alert as its readers see it: given the weeks of one account, when the newest comes,
//! then the mail says so.

use super::fixture::{Made, World};

/// Half a year of thirty leads a week, give or take.
const HALF_YEAR: [u64; 26] = [
    30, 27, 34, 31, 25, 33, 29, 36, 28, 30, 32, 26, 31, 35, 27, 30, 29, 33, 31, 28, 24, 32, 30, 34,
    29, 31,
];
const SPENT: i64 = 100_000;

fn of(weeks: Vec<(i64, u64)>) -> Made {
    let mut world = World::small();
    world.crm = false;
    world.accounts[0].campaigns[0].ad_sets[0].weeks = weeks;
    world.make()
}

/// After half a year of such weeks, and newer ones with the same spend.
fn after(newest: &[u64]) -> Made {
    of(HALF_YEAR.iter().chain(newest).map(|leads| (SPENT, *leads)).collect())
}

/// The card of a measure in the text part, on one line.
fn card(made: &Made, measure: &str) -> String {
    let text = &made.mail.text;
    let start = text.find(&format!("\n{measure}: ")).unwrap() + 1;
    let lines = text[start..].lines();
    let mut card: Vec<&str> = Vec::new();
    for line in lines {
        if !card.is_empty() && !line.starts_with("    ") {
            break;
        }
        card.push(line.trim());
    }
    card.join(" ")
}

fn leads(newest: &[u64]) -> String {
    card(&after(newest), "Meta leads")
}

/// In how many weeks of so many leads the alert is first raised.
fn raised_after(leads_a_week: u64) -> usize {
    let is_raised = |weeks: &usize| leads(&vec![leads_a_week; *weeks]).contains("[ALERT]");
    (1..=8).find(is_raised).unwrap()
}

#[test]
fn a_fall_to_less_than_half_alerts_once_it_has_lasted() {
    let weeks = raised_after(12);
    assert!((5..=7).contains(&weeks), "after {weeks} weeks");
    let opened = leads(&vec![12; weeks]);
    assert!(opened.contains("[DOWN] [ALERT]") && opened.contains("new, and lasting"), "{opened}");
    let before = leads(&vec![12; weeks - 1]);
    assert!(before.contains("[OK]"), "the week before is none yet: {before}");
    let subject = after(&vec![12; weeks]).view.subject;
    assert!(subject.starts_with("[ALERT] "), "{subject}");
}

#[test]
fn while_it_lasts_the_mail_says_since_when() {
    let weeks = raised_after(12);
    // Three weeks later the newest, week 47, is the fourth of the alert.
    let later = leads(&vec![12; weeks + 3]);
    assert!(later.contains("[ALERT]"), "{later}");
    assert!(
        later.contains("open since 2026-W44") || later.contains("open since 2026-W43"),
        "{later}"
    );
}

#[test]
fn it_ends_as_recovered_after_two_evaluations_among_ordinary_weeks() {
    let states: Vec<String> =
        (1..=8).map(|back| leads(&[vec![12; 8], vec![30; back]].concat())).collect();
    let over = states.iter().position(|state| state.contains("is over: recovered")).unwrap();
    for open in &states[..over] {
        assert!(open.contains("[ALERT]") && open.contains("open since"), "{open}");
    }
    assert!(over >= 1, "one ordinary week ends nothing");
    assert!(states[over].contains("[OK]"), "{}", states[over]);
    for later in &states[over + 1..] {
        let quiet = later.contains("[FLAT] [OK]") && !later.contains("is over");
        assert!(quiet, "it is told once: {later}");
    }
}

#[test]
fn after_thirteen_weeks_it_is_the_new_level() {
    let weeks = raised_after(12);
    let state = |open: usize| leads(&vec![12; weeks + open]);
    assert!(state(11).contains("[ALERT]"), "{}", state(11));
    let ends: Vec<String> =
        (12..=14).map(state).filter(|state| state.contains("this is the new level")).collect();
    assert!(matches!(&ends[..], [end] if end.contains("[OK]")), "told once: {ends:?}");
    let later = state(16);
    assert!(later.contains("[FLAT] [OK]"), "the new level is ordinary: {later}");
    // Thirty leads again are a change then.
    let back = leads(&[vec![12; weeks + 16], vec![30; 8]].concat());
    assert!(back.contains("a welcome change: "), "{back}");
}

#[test]
fn a_collapse_alerts_on_the_first_monday_as_one_week_unconfirmed() {
    let hundred = |newest: &[u64]| {
        let weeks = [100; 26].iter().chain(newest).map(|leads| (SPENT, *leads)).collect();
        card(&of(weeks), "Meta leads")
    };
    let collapsed = hundred(&[15]);
    assert!(collapsed.contains("[DOWN] [ALERT]"), "{collapsed}");
    assert!(collapsed.contains("one week, unconfirmed"), "{collapsed}");
    let second = hundred(&[15, 14]);
    assert!(second.contains("open since 2026-W46, unconfirmed"), "{second}");
    let over = hundred(&[15, 99, 102]);
    assert!(
        over.contains("[OK]") && over.contains("that of 2026-W45 is over: recovered"),
        "{over}"
    );
}

#[test]
fn fewer_leads_on_as_much_less_spend_are_said_so_and_alert_nobody() {
    let ordinary = HALF_YEAR.iter().map(|leads| (SPENT, *leads));
    let made = of(ordinary.chain([(SPENT * 2 / 5, 12); 7]).collect());
    let card = card(&made, "Meta leads");
    assert!(card.contains("[OK]") && card.contains("spend moved likewise"), "{card}");
    assert!(!made.mail.text.contains("[ALERT]"), "{}", made.mail.text);
}

#[test]
fn what_cannot_be_judged_has_no_token_and_says_why() {
    let weeks = |count: usize, leads: u64| of(vec![(SPENT, leads); count]);
    let young = card(&weeks(12, 30), "Meta leads");
    assert!(!young.contains('[') && young.contains("not enough history"), "{young}");
    assert!(card(&weeks(13, 30), "Meta leads").contains("[FLAT] [OK]"));
    let few = card(&weeks(26, 1), "Meta leads");
    assert!(!few.contains('[') && few.contains("too few leads to judge"), "{few}");
}

/// The last lines of the mail, on one.
fn foot(made: &Made) -> String {
    let (_, foot) = made.mail.text.rsplit_once("\n--\n").unwrap();
    foot.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_foot_says_how_often_the_rules_would_have_spoken_over_the_ledger() {
    // 26 weeks less the twelve that a verdict needs are 14, of two series, since those of the report
    // are its one account's: 28 / 52 = 0.54 years.
    let quiet = foot(&after(&[]));
    let said = "Over this ledger the alert rules would have spoken 0 times in 0.5 series-years; where \
                nothing changes, expect at most about one false alert in";
    assert!(quiet.contains(said), "{quiet}");
    // Eight weeks more: 22 of each, 44 / 52 = 0.85 years. Leads and their cost alert.
    let fallen = foot(&after(&[12; 8]));
    assert!(fallen.contains("would have spoken 2 times in 0.8 series-years;"), "{fallen}");
    // Where spend fell as far as leads, their cost is as ever, and leads alone are no alert.
    let ordinary = HALF_YEAR.iter().map(|leads| (SPENT, *leads));
    let cut = of(ordinary.chain([(SPENT * 2 / 5, 12); 8]).collect());
    assert!(
        foot(&cut).contains("would have spoken 0 times in 0.8 series-years;"),
        "{}",
        foot(&cut)
    );
    let young = foot(&of(vec![(SPENT, 30); 12]));
    assert!(!young.contains("series-years"), "{young}");
}
