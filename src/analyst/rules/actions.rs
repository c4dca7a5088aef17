//! What to do: only what an alert or a finding asks for, each thing once, in the department that can
//! do it.

use std::collections::BTreeMap;

use weekledger_events::{Finding, FindingClass, Week};
use weekledger_projections::claim::{
    Alias, Claim, ClaimSet, DoubtKind, NotePart, QuotedFinding, week_name,
};
use weekledger_projections::earlier::EarlierGround;
use weekledger_projections::figure::{Direction, Metric};
use weekledger_projections::words::{Action, Department, DepartmentWords, Ground};

use super::prose::{Prose, alerts, behind, capital, is_lingering, why_open};
use crate::analyst::Brief;

/// A department reads at most so many actions a week.
const ACTIONS_MAX: usize = 3;

pub fn departments(brief: Brief<'_>) -> Vec<DepartmentWords> {
    let advice = advice(brief);
    Department::ALL
        .into_iter()
        .map(|department| DepartmentWords {
            department,
            actions: actions(brief, &advice, department),
        })
        .collect()
}

/// The advice of each finding that has some, by the finding's place, with who can follow it.
pub fn of_findings(brief: Brief<'_>) -> BTreeMap<u32, (Department, Action)> {
    let of = |one: Advice<'_>| {
        let action = one.action(brief.claims);
        let places = one.grounds.into_iter().filter_map(|ground| match ground {
            Ground::Finding(index) => Some(index),
            Ground::Claim(_) => None,
        });
        places.map(|index| (index, (one.department, action.clone()))).collect::<Vec<_>>()
    };
    advice(brief).into_iter().flat_map(of).collect()
}

fn actions(brief: Brief<'_>, advice: &[Advice<'_>], department: Department) -> Vec<Action> {
    let set = brief.claims;
    // Where an account explains the report's alert, the account is what to act on. A figure that is
    // back within its range is only watched.
    let from_alerts = alerts(set)
        .into_iter()
        .filter(|alert| !is_lingering(alert))
        .filter(|alert| behind(set, alert).is_none_or(is_lingering))
        .filter_map(|alert| match is_in_doubt(set, alert) {
            true => in_doubt(alert, department),
            false => Some(on_alert(brief, alert, department)),
        });
    let own = advice.iter().filter(|one| one.department == department);
    let mut actions: Vec<Action> = Vec::new();
    for action in from_alerts.chain(own.map(|one| one.action(set))) {
        if actions.iter().all(|earlier| earlier.sentence != action.sentence) {
            actions.push(action);
        }
    }
    actions.truncate(ACTIONS_MAX);
    actions
}

/// Whether an alert may come from leads that nobody counted.
fn is_in_doubt(set: &ClaimSet, alert: &Claim) -> bool {
    set.doubts.iter().any(|doubt| {
        doubt.kind == DoubtKind::Tracking
            && (doubt.about == alert.entity || [doubt.about, alert.entity].contains(&Alias::REPORT))
    })
}

/// Then nobody should look for other causes yet; the test lead is the finding's own advice.
fn in_doubt(alert: &Claim, department: Department) -> Option<Action> {
    let sentence = about(alert, "Keep the budgets of ")
        .text(" as they are until tracking has been tested.")
        .end();
    let grounds = vec![Ground::Claim(alert.id)];
    (department == Department::Leadership).then_some(Action { sentence, grounds })
}

/// The text, and whom the alert is about.
fn about(alert: &Claim, text: &str) -> Prose {
    let start = Prose::new(text);
    if alert.entity == Alias::REPORT { start.text("all accounts") } else { start.name(alert) }
}

/// One piece of advice, whichever findings give it.
struct Advice<'a> {
    department: Department,
    text: String,
    quoted: &'a QuotedFinding,
    /// Whom it is about, each once.
    subjects: Vec<Alias>,
    /// The earlier week that the first of them is about; the newest week's come before.
    week: Option<Week>,
    grounds: Vec<Ground>,
}

/// The advice of the findings, in their order. The same for several accounts, for an earlier week
/// and the newest, or from findings of several kinds, is one.
fn advice<'a>(brief: Brief<'a>) -> Vec<Advice<'a>> {
    let set = brief.claims;
    let mut all: Vec<Advice<'a>> = Vec::new();
    for quoted in &set.findings {
        let Some(finding) = brief.findings.get(quoted.index as usize) else { continue };
        let Some(text) = finding.action.as_deref().filter(|_| !quoted.action.is_empty()) else {
            continue;
        };
        let text = alike(text);
        let at = all.iter().position(|one| one.text == text).unwrap_or_else(|| {
            let (department, week) = (concerns(finding.class), quoted.week);
            let (subjects, grounds) = Default::default();
            all.push(Advice { department, text, quoted, subjects, week, grounds });
            all.len() - 1
        });
        let one = &mut all[at];
        one.grounds.push(Ground::Finding(quoted.index));
        let subject = subject(set, finding).filter(|subject| !one.subjects.contains(subject));
        one.subjects.extend(subject);
    }
    all
}

/// Advice as it is compared: the week that a command names does not make it another one.
fn alike(advice: &str) -> String {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let is_week = |word: &&str| Week::parse(&bare(word)).is_ok();
    advice
        .trim_end_matches(['.', '!', '?', ' '])
        .split(' ')
        .filter(|word| !is_week(word))
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn subject(set: &ClaimSet, finding: &Finding) -> Option<Alias> {
    let found = set.entities.iter().find(|entity| entity.id == finding.subject)?;
    (found.alias != Alias::REPORT).then_some(found.alias)
}

impl Advice<'_> {
    /// The advice as the finding has it, with the names of what it is about.
    fn action(&self, set: &ClaimSet) -> Action {
        let about = match self.week {
            Some(week) => Prose::default().label(&capital(&week_name(week))).text(": "),
            None => Prose::default(),
        };
        let said = match self.subjects[..] {
            [] => about.quoted(set, &self.quoted.action).capital(),
            _ => about.names(set, &self.subjects).text(": ").quoted(set, &self.quoted.action),
        };
        let end = if self.ends() { "" } else { "." };
        Action { sentence: said.text(end).end(), grounds: self.grounds.clone() }
    }

    fn ends(&self) -> bool {
        match self.quoted.action.last() {
            Some(NotePart::Text(text)) => text.trim_end().ends_with(['.', '!', '?']),
            _ => false,
        }
    }
}

fn on_alert(brief: Brief<'_>, alert: &Claim, department: Department) -> Action {
    let of = |text: &str| about(alert, text);
    let is_cost = alert.metric.is_some_and(Metric::is_money);
    let prose = match (department, is_cost) {
        (Department::Marketing, false) => because(
            brief.claims,
            of("Go through budgets, audiences and creatives of "),
            "Meta leads",
            alert,
        ),
        (Department::Marketing, true) => because(
            brief.claims,
            of("Find out what made leads dearer for "),
            "spend per lead",
            alert,
        ),
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
fn because(set: &ClaimSet, start: Prose, called: &str, alert: &Claim) -> Prose {
    let start = start.text(": ");
    let said = match alert.direction {
        Some(Direction::Up | Direction::Down) => start.text(called).went(set, alert, 0),
        Some(Direction::Flat) | None => why_open(start.text("an alert"), alert),
    };
    said.text(".")
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
