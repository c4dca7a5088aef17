//! Tests of the answers: names of the JSON, tables, and what a spreadsheet must not run.

use std::path::PathBuf;

use rust_decimal::Decimal;
use weekledger::evidence::{AuditInput, AuditTerm, Checked, FigureAudit, Kind};
use weekledger::ports::MailFate;
use weekledger_events::{
    Currency, Digest, EventId, EventType, Finding, FindingClass, RecipientKey, ReportId, Revision,
    Sequence, Severity, Week,
};
use weekledger_projections::figure::{
    Direction, Figure, Level, Metric, Status, Unit, UsualChange, Window,
};
use weekledger_projections::week_state::Outcome as Standing;

use super::figures::{Figures, FiguresWithIds};
use super::run::{EventLine, Outcome, RunAnswer};
use super::status::{LineOutcome, MailLine, StatusAnswer, StatusLine};
use super::{Answer, plain};
use crate::exit::Exit;

fn report() -> ReportId {
    ReportId::parse("weekly").unwrap()
}

fn week() -> Week {
    Week::parse("2026-W47").unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn spend() -> Figure {
    Figure {
        id: "account:act_1/spend/week/EUR".to_owned(),
        report: report(),
        week: week(),
        level: Level::Account,
        entity_id: "act_1".to_owned(),
        entity_name: "Hotel \"North\", main".to_owned(),
        metric: Metric::Spend,
        window: Window::Week,
        unit: Unit::Money,
        value: Some(decimal("1234.50")),
        display: "1,234.50".to_owned(),
        note: None,
        currency: Some(Currency::parse("EUR").unwrap()),
        direction: None,
        status: None,
        untestable: None,
        usual: None,
        signal: None,
        detectable: None,
        verdict_note: None,
    }
}

fn change() -> Figure {
    Figure {
        id: "campaign:7/meta_leads/week_change".to_owned(),
        level: Level::Campaign,
        entity_id: "7".to_owned(),
        entity_name: "=HYPERLINK(\"http://x.example\")\u{1b}[2J\u{202e}".to_owned(),
        metric: Metric::MetaLeads,
        window: Window::WeekChange,
        unit: Unit::Change,
        value: Some(decimal("-0.25")),
        display: "-25 %".to_owned(),
        currency: None,
        direction: Some(Direction::Down),
        status: Some(Status::Alert),
        usual: Some(UsualChange {
            low: decimal("-0.2"),
            high: decimal("0.35"),
            display: "usual -20 % to +35 %".to_owned(),
        }),
        ..spend()
    }
}

fn cpl() -> Figure {
    Figure {
        id: "report:weekly/cpl/week/EUR".to_owned(),
        level: Level::Report,
        entity_id: "weekly".to_owned(),
        entity_name: "a".repeat(400),
        metric: Metric::Cpl,
        value: None,
        display: "no leads".to_owned(),
        ..spend()
    }
}

fn run() -> RunAnswer {
    let finding = Finding {
        class: FindingClass::AccountMissing,
        severity: Severity::Hold,
        subject: "act_2".to_owned(),
        week: None,
        message: "the account could not be pulled; its figures are missing".to_owned(),
        action: Some("give the token access to the account".to_owned()),
    };
    let event = |number: u32, event_type| EventLine {
        sequence: Sequence::new(number).unwrap(),
        event_type,
        id: EventId::report_run(&report(), week()),
    };
    RunAnswer {
        report: report(),
        week: week(),
        revision: Some(Revision::FIRST),
        outcome: Outcome::Held,
        events: vec![event(1, EventType::RunRequested), event(2, EventType::RawFetched)],
        sent_before: None,
        mails: vec![PathBuf::from("data/outbox/one.eml")],
        findings: vec![finding.into()],
        message: Some("1 account is missing, more than 0".to_owned()),
        action: Some("repair the account, or run `weekledger send`".to_owned()),
        held_on_purpose: false,
        try_again: false,
        damaged: false,
    }
}

fn status() -> StatusAnswer {
    let line = |week: &str, outcome, last_event| StatusLine {
        report: report(),
        week: Week::parse(week).unwrap(),
        revision: Some(Revision::FIRST),
        outcome: LineOutcome::Of(outcome),
        last_event: Some(last_event),
        at: Some("2026-11-23T06:00:02Z".parse().unwrap()),
        complete: true,
        mails: None,
        needs: Vec::new(),
        repair: None,
    };
    StatusAnswer(vec![
        line("2026-W46", Standing::Figures, EventType::MetricsComputed),
        line("2026-W47", Standing::Sent, EventType::ReportSent),
    ])
}

fn audit() -> FigureAudit {
    let input = |value: &str, page: &str, pointer: &str| AuditInput {
        role: "spend, week".to_owned(),
        week: week(),
        day: Some("2026-11-16".parse().unwrap()),
        subject: "spend of ad set 11 of campaign 7 of act_1".to_owned(),
        value: Some(decimal(value)),
        rule: None,
        artifact: Digest::parse(&page.repeat(64)).unwrap(),
        pointer: pointer.to_owned(),
        object: (page == "a").then(|| "raw/weekly/2026-W47/run/aaaa".to_owned()),
        checked: if page == "a" { Checked::Holds } else { Checked::Expired },
    };
    let Figure { id, value, display, .. } = spend();
    let name = "spend, week".to_owned();
    FigureAudit {
        figure: id,
        claim: "c12".parse().ok(),
        kind: Kind::Figure,
        report: report(),
        week: week(),
        revision: Revision::FIRST,
        formula: "spend week = spend; week = 2026-W47".to_owned(),
        value,
        display,
        note: None,
        terms: vec![AuditTerm { name, window: Window::Week, value: decimal("1234.50") }],
        judged_on: None,
        rules: Vec::new(),
        inputs: vec![
            input("1000.50", "a", "/data/0/spend"),
            input("200", "a", "/data/1/spend"),
            input("34.00", "b", "/data/0/spend"),
        ],
        recomputed: Some(decimal("1234.5")),
        agrees: true,
        verdict: "agrees row by row; 1 of 3 values stand on pages that have expired".to_owned(),
    }
}

fn json(answer: &impl Answer) -> String {
    serde_json::to_string_pretty(answer).unwrap()
}

#[test]
fn the_json_keeps_its_names() {
    insta::assert_snapshot!("figures_json", json(&Figures(vec![spend(), change(), cpl()])));
    insta::assert_snapshot!("run_json", json(&run()));
    insta::assert_snapshot!("status_json", json(&status()));
    insta::assert_snapshot!("audit_json", json(&audit()));
}

#[test]
fn people_get_aligned_columns() {
    insta::assert_snapshot!("figures", Figures(vec![spend(), change(), cpl()]).for_people());
    insta::assert_snapshot!("run", run().for_people());
    insta::assert_snapshot!("status", status().for_people());
    insta::assert_snapshot!("audit", audit().for_people());
}

#[test]
fn figures_of_several_currencies_say_which_and_entities_of_one_name_are_told_apart() {
    let pounds = |figure: Figure| Figure {
        id: figure.id.replace("EUR", "GBP").replace("act_1/", "act_1002/"),
        entity_id: "act_1002".to_owned(),
        currency: Some(Currency::parse("GBP").unwrap()),
        ..figure
    };
    let euros = Figure { entity_id: "act_1001".to_owned(), ..spend() };
    let change = Figure { window: Window::WeekChange, display: "+3 %".to_owned(), ..euros.clone() };
    let all = vec![euros, pounds(spend()), change.clone(), pounds(change)];
    let shown = Figures(all.clone()).for_people();
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].contains("CURRENCY") && !lines[0].contains("  ID"), "{shown}");
    assert!(lines[1].contains("(id …1001)") && lines[2].contains("(id …1002)"), "{shown}");
    assert!(lines[3].contains("EUR") && lines[4].contains("GBP"), "{shown}");
    let long = Figure { id: format!("campaign:{}/cpl/week", "7".repeat(80)), ..spend() };
    let with_ids = FiguresWithIds(Figures(vec![long.clone()])).for_people();
    assert!(with_ids.contains(&long.id), "an id that is cut finds nothing: {with_ids}");
    assert!(!with_ids.contains("CURRENCY"), "one currency needs no column: {with_ids}");
}

#[test]
fn a_name_is_no_formula_and_a_negative_number_stays_one() {
    let csv = Figures(vec![change()]).to_csv().unwrap();
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let header = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    let cell = |name: &str| &row[header.iter().position(|h| h == name).unwrap()];
    assert!(cell("entity_name").starts_with("'=HYPERLINK"));
    assert_eq!(cell("display"), "'-25 %");
    assert_eq!(cell("value"), "-0.25");
}

#[test]
fn the_csv_has_the_columns_of_the_json() {
    let csv = String::from_utf8(Figures(vec![spend()]).to_csv().unwrap()).unwrap();
    let columns: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let value: serde_json::Value = serde_json::from_str(&json(&Figures(vec![spend()]))).unwrap();
    let fields: Vec<&String> = value[0].as_object().unwrap().keys().collect();
    let mut sorted = columns.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, fields);
    assert!(csv.contains("\"Hotel \"\"North\"\", main\",spend,week,money,1234.50,"));
}

#[test]
fn nothing_from_outside_reaches_the_terminal_as_a_command() {
    let shown = Figures(vec![change()]).for_people();
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(!shown.contains('\u{202e}'));
    assert_eq!(plain("a\tb\r\n\u{200b}"), "a\\u{9}b\\u{d}\\u{a}\\u{200b}");
}

#[test]
fn a_week_is_shown_by_the_name_that_the_json_has() {
    use Standing::{Failed, Figures, Held, Partial, Running, Sent, Superseded, Waiting};
    for standing in [Sent, Partial, Held, Failed, Figures, Running, Superseded, Waiting] {
        assert_eq!(serde_json::to_value(standing).unwrap(), standing.as_str());
    }
    use Outcome as Run;
    for outcome in [Run::Sent, Run::Partial, Run::Held, Run::Failed, Run::Figures, Run::Waiting] {
        assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.to_string());
    }
}

#[test]
fn the_exit_code_follows_the_outcome() {
    let exit = |outcome, held_on_purpose, try_again| {
        RunAnswer { outcome, held_on_purpose, try_again, ..run() }.exit()
    };
    assert_eq!(exit(Outcome::Sent, false, false), Exit::Done);
    assert_eq!(exit(Outcome::Figures, false, false), Exit::Done);
    assert_eq!(exit(Outcome::Held, true, false), Exit::Done);
    assert_eq!(exit(Outcome::Held, false, false), Exit::NeedsPerson);
    assert_eq!(exit(Outcome::Partial, false, false), Exit::Failed);
    assert_eq!(exit(Outcome::Failed, false, false), Exit::Failed);
    assert_eq!(exit(Outcome::Failed, false, true), Exit::TryAgain);
    assert_eq!(exit(Outcome::Waiting, false, true), Exit::TryAgain);
}

#[test]
fn status_counts_what_became_of_the_mails_and_names_who_did_not_get_theirs() {
    let mail = |recipient: &str, fate, detail: &str| MailLine {
        recipient: RecipientKey::parse(recipient).unwrap(),
        event: fate,
        at: "2026-11-23T06:01:00Z".parse().unwrap(),
        detail: detail.to_owned(),
    };
    let StatusAnswer(mut lines) = status();
    lines[1].mails = Some(vec![
        mail("ada", MailFate::Delivery, ""),
        mail("bob", MailFate::Bounce, "Permanent/General\u{7}"),
        mail("eve", MailFate::Delivery, ""),
        mail("eve", MailFate::Complaint, ""),
    ]);
    let text = StatusAnswer(lines).for_people();
    let told = "weekly 2026-W47 revision 1: mails 2 delivered, 1 bounced, 1 complained of\n  bob \
                bounced: Permanent/General";
    assert!(text.contains(told) && text.ends_with("  eve complained of\n"), "{text}");
    assert!(!text.contains('\u{7}'));
}
