//! What to do: only what an alert or a finding asks for.

use weekledger_events::{Finding, FindingClass};
use weekledger_projections::claim::{Alias, Claim, ClaimSet, QuotedFinding, week_name};
use weekledger_projections::earlier::EarlierGround;
use weekledger_projections::figure::{Direction, Metric};
use weekledger_projections::words::{Action, Department, DepartmentWords, Ground};

use super::prose::{Prose, alerts, behind, capital, is_lingering, why_open};
use crate::analyst::Brief;

/// A department reads at most so many actions a week.
const ACTIONS_MAX: usize = 3;

pub fn departments(brief: Brief<'_>) -> Vec<DepartmentWords> {
    Department::ALL
        .into_iter()
        .map(|department| DepartmentWords { department, actions: actions(brief, department) })
        .collect()
}

fn actions(brief: Brief<'_>, department: Department) -> Vec<Action> {
    let set = brief.claims;
    // Where an account explains the report's alert, the account is what to act on.
    let from_alerts = alerts(set)
        .into_iter()
        .filter(|alert| behind(set, alert).is_none())
        .map(|alert| on_alert(brief, alert, department));
    let from_findings = set.findings.iter().filter_map(|quoted| {
        let finding = brief.findings.get(quoted.index as usize)?;
        (concerns(finding.class) == department).then(|| on_finding(set, finding, quoted))?
    });
    let mut actions: Vec<Action> = Vec::new();
    for action in from_alerts.chain(from_findings) {
        if actions.iter().all(|earlier| earlier.sentence != action.sentence) {
            actions.push(action);
        }
    }
    actions.truncate(ACTIONS_MAX);
    actions
}

fn on_alert(brief: Brief<'_>, alert: &Claim, department: Department) -> Action {
    let of = |text: &str| {
        let start = Prose::new(text);
        if alert.entity == Alias::REPORT { start.text("all accounts") } else { start.name(alert) }
    };
    let is_cost = alert.metric.is_some_and(Metric::is_money);
    let prose = match (department, is_cost) {
        (Department::Marketing, false) => {
            because(of("Go through budgets, audiences and creatives of "), "Meta leads", alert)
        }
        (Department::Marketing, true) if is_lingering(alert) => {
            because(of("Go through budgets, audiences and creatives of "), "spend per lead", alert)
        }
        (Department::Marketing, true) => {
            because(of("Find out what made leads dearer for "), "spend per lead", alert)
        }
        (Department::Digital, false) => of("Send a test lead through the forms of ")
            .text(" and follow it into the CRM, to rule out broken tracking."),
        (Department::Digital, true) => {
            of("Check landing pages and forms of ").text(" for errors and slow loading.")
        }
        (Department::Leadership, false) => of("Keep the budgets of ")
            .text(" as they are until Marketing has looked into the leads."),
        (Department::Leadership, true) => {
            of("Hold budget increases for ").text(" until the cost is explained.")
        }
    };
    let prose = if was_asked(brief, alert, department) {
        prose.text(" It was asked for last week as well.")
    } else {
        prose
    };
    Action { sentence: prose.end(), grounds: vec![Ground::Claim(alert.id)] }
}

/// Whether the last report asked the same department about the same figure.
fn was_asked(brief: Brief<'_>, alert: &Claim, department: Department) -> bool {
    brief.earlier.iter().filter(|action| action.department == department).any(|action| {
        action
            .grounds
            .iter()
            .any(|ground| matches!(ground, EarlierGround::Figure { id, .. } if *id == alert.source))
    })
}

/// ": Meta leads fell to 12."
fn because(start: Prose, called: &str, alert: &Claim) -> Prose {
    let start = start.text(": ");
    let said = match alert.direction {
        Some(Direction::Up | Direction::Down) => {
            start.text(called).text(" ").moved(alert, 0).text(" to ").value(alert)
        }
        Some(Direction::Flat) | None => why_open(start.text("an alert"), alert),
    };
    said.text(".")
}

/// The finding's own advice, with the name of what it is about.
fn on_finding(set: &ClaimSet, finding: &Finding, quoted: &QuotedFinding) -> Option<Action> {
    let advice = finding.action.as_deref()?.trim_end();
    if quoted.action.is_empty() {
        return None;
    }
    let subject = set.entities.iter().find(|entity| entity.id == finding.subject);
    let about = match quoted.week {
        Some(week) => Prose::default().label(&capital(&week_name(week))).text(": "),
        None => Prose::default(),
    };
    let start = match subject {
        Some(entity) if entity.alias != Alias::REPORT => {
            about.named(set, entity.alias).text(": ").quoted(set, &quoted.action)
        }
        _ => about.quoted(set, &quoted.action).capital(),
    };
    let end = if advice.ends_with(['.', '!', '?']) { "" } else { "." };
    let grounds = vec![Ground::Finding(quoted.index)];
    Some(Action { sentence: start.text(end).end(), grounds })
}

/// Who can do something about it.
fn concerns(class: FindingClass) -> Department {
    match class {
        FindingClass::DeliveryStopped
        | FindingClass::UnattributedLeads
        | FindingClass::AmbiguousCampaign
        | FindingClass::AccountInactive
        | FindingClass::EmptyWeek
        | FindingClass::LeadTypesMixed => Department::Marketing,
        FindingClass::AttributionChanged
        | FindingClass::LeadRuleChanged
        | FindingClass::AccountChanged
        | FindingClass::Restated
        | FindingClass::OrdinaryGrowth
        | FindingClass::CompanyNote => Department::Leadership,
        FindingClass::AccountMissing
        | FindingClass::CrmMissing
        | FindingClass::ReconciliationGap
        | FindingClass::TrackingSilent
        | FindingClass::IncompletePages
        | FindingClass::DuplicateRow
        | FindingClass::UnusableRow
        | FindingClass::NotANumber
        | FindingClass::HistoryGap
        | FindingClass::AnalystFellBack
        | FindingClass::DuplicateContact => Department::Digital,
    }
}
