//! Builds sentences from parts, and names what claims are about.

use rust_decimal::Decimal;
use weekledger_projections::claim::{Alias, Claim, ClaimSet, NotePart};
use weekledger_projections::display;
use weekledger_projections::figure::{Direction, Level, Metric, Status, Window};
use weekledger_projections::words::{Part, Sentence, Show, Verb};

/// A sentence in the making.
#[derive(Default)]
pub struct Prose(Vec<Part>);

impl Prose {
    pub fn new(text: &str) -> Self {
        Self::default().text(text)
    }

    pub fn text(mut self, text: &str) -> Self {
        match self.0.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.0.push(Part::Text(text.to_owned())),
        }
        self
    }

    pub fn value(self, claim: &Claim) -> Self {
        self.show(claim, Show::Value)
    }

    /// A count with its noun.
    pub fn counted(self, claim: &Claim, one: &str, many: &str) -> Self {
        let noun = display::noun(claim.value.unwrap_or_default(), one, many);
        self.value(claim).text(" ").text(noun)
    }

    pub fn name(self, claim: &Claim) -> Self {
        self.show(claim, Show::Name)
    }

    /// The claim's change between two texts, where there is one.
    pub fn change(self, set: &ClaimSet, claim: &Claim, before: &str, after: &str) -> Self {
        match claim.change.and_then(|id| set.claim(id)) {
            Some(change) if change.value.is_some() && change.short != UNCHANGED => {
                self.text(before).show(claim, Show::Change).text(after)
            }
            _ => self,
        }
    }

    /// The verb of the claim's direction; `turn` varies it.
    pub fn moved(mut self, claim: &Claim, turn: usize) -> Self {
        let verbs: &[Verb] = match claim.direction {
            Some(Direction::Up) => &[Verb::Rose, Verb::Climbed],
            Some(Direction::Down) => &[Verb::Fell, Verb::Slipped],
            Some(Direction::Flat) => &[Verb::StayedWithin],
            None => return self,
        };
        let verb = verbs[turn % verbs.len()];
        self.0.push(Part::Move { claim: claim.id, verb });
        self
    }

    /// Where a figure that left its range went, with its change on the week before.
    pub fn moved_to(self, set: &ClaimSet, claim: &Claim, turn: usize, around: [&str; 2]) -> Self {
        let [before, after] = around;
        self.went(set, claim, turn).change(set, claim, before, after)
    }

    /// The same without the change.
    pub fn went(self, set: &ClaimSet, claim: &Claim, turn: usize) -> Self {
        let said = match (moves_alike(set, claim), claim.direction) {
            (false, Some(Direction::Up)) => self.text(&stands(claim, "above")),
            (false, Some(Direction::Down)) => self.text(&stands(claim, "below")),
            _ => self.text(" ").moved(claim, turn).text(" to "),
        };
        said.value(claim)
    }

    /// Values as a list: money of several currencies.
    pub fn values(mut self, claims: &[&Claim]) -> Self {
        for (index, claim) in claims.iter().enumerate() {
            if index > 0 {
                self = self.text(if index + 1 == claims.len() { " and " } else { ", " });
            }
            self = self.value(claim);
        }
        self
    }

    /// "Lakeside Hotel, Old Town Suites and others".
    pub fn names(mut self, set: &ClaimSet, entities: &[Alias]) -> Self {
        let shown = entities.len().min(NAMES_MAX);
        for (index, alias) in entities.iter().take(shown).enumerate() {
            self = match index {
                0 => self,
                _ if index + 1 == entities.len() => self.text(" and "),
                _ => self.text(", "),
            };
            self = self.named(set, *alias);
        }
        if entities.len() > shown { self.text(" and others") } else { self }
    }

    /// A sentence of an event, taken apart.
    pub fn quoted(mut self, set: &ClaimSet, parts: &[NotePart]) -> Self {
        for part in parts {
            self = match part {
                NotePart::Text(text) => self.text(text),
                NotePart::Label(text) => self.label(text),
                NotePart::Claim(id) => {
                    self.0.push(Part::Show { claim: *id, show: Show::Value });
                    self
                }
                NotePart::Name(alias) => self.named(set, *alias),
            };
        }
        self
    }

    /// A date, a week or an identifier.
    pub fn label(mut self, text: &str) -> Self {
        self.0.push(Part::Label(text.to_owned()));
        self
    }

    /// A name is shown through any claim of its entity.
    pub fn named(self, set: &ClaimSet, alias: Alias) -> Self {
        match set.claims.iter().find(|claim| claim.entity == alias) {
            Some(claim) => self.name(claim),
            None => self.text("it"),
        }
    }

    /// With a capital at its beginning.
    pub fn capital(mut self) -> Self {
        if let Some(Part::Text(text)) = self.0.first_mut() {
            *text = capital(text);
        }
        self
    }

    pub fn end(self) -> Sentence {
        Sentence(self.0)
    }

    fn show(mut self, claim: &Claim, show: Show) -> Self {
        self.0.push(Part::Show { claim: claim.id, show });
        self
    }
}

/// Names within a sentence; the tables show all.
const NAMES_MAX: usize = 3;

/// A change that rounds to nothing is not worth a clause.
const UNCHANGED: &str = "0 %";

/// A figure of the report for the week.
pub fn of_week(set: &ClaimSet, metric: Metric) -> Option<&Claim> {
    set.figure(Alias::REPORT, metric, Window::Week, None)
}

/// The report's spend over a window, once per currency, where it is known.
pub fn spend(set: &ClaimSet, window: Window) -> Vec<&Claim> {
    set.currencies
        .iter()
        .filter_map(|currency| set.figure(Alias::REPORT, Metric::Spend, window, Some(currency)))
        .filter(|claim| claim.value.is_some())
        .collect()
}

/// Whether a figure's change on the week before says the same as its verdict, which compares it with
/// ordinary weeks. Where it does not, "rose" beside "-1 %" would read as a contradiction.
pub fn moves_alike(set: &ClaimSet, claim: &Claim) -> bool {
    let Some(change) = claim.change.and_then(|id| set.claim(id)) else { return true };
    let Some(value) = change.value else { return true };
    let is_same_way = match claim.direction {
        Some(Direction::Up) => value > Decimal::ZERO,
        Some(Direction::Down) => value < Decimal::ZERO,
        Some(Direction::Flat) | None => true,
    };
    is_same_way && (change.unusual || change.usual.is_empty())
}

/// " stand above their ordinary range at ".
fn stands(claim: &Claim, side: &str) -> String {
    let is_many = matches!(
        claim.metric,
        Some(
            Metric::Impressions
                | Metric::Clicks
                | Metric::LinkClicks
                | Metric::LandingPageViews
                | Metric::MetaLeads
                | Metric::CrmLeads
        )
    );
    let (verb, owner) = if is_many { ("stand", "their") } else { ("stands", "its") };
    format!(" {verb} {side} {owner} ordinary range at ")
}

/// An alert that outlasts the weeks which raised it.
pub fn is_lingering(claim: &Claim) -> bool {
    claim.status == Some(Status::Alert) && claim.direction == Some(Direction::Flat)
}

/// "Lakeside Hotel: an alert is open on Meta leads at 45".
pub fn open_alert(claim: &Claim) -> Prose {
    if claim.entity == Alias::REPORT {
        why_open(Prose::new("An alert"), claim)
    } else {
        why_open(Prose::default().name(claim).text(": an alert"), claim)
    }
}

/// What follows "an alert" on a figure that did not leave its range this week: the alert closes only
/// after more than one such week.
pub fn why_open(start: Prose, claim: &Claim) -> Prose {
    let said = start.text(" is open on ").text(called(claim.metric)).text(" at ").value(claim);
    if is_lingering(claim) { said.text(", back within the ordinary range") } else { said }
}

/// The figures with an open alert: the report's, then the accounts', then those of campaigns that may
/// raise one; those that are back within their range come last.
pub fn alerts(set: &ClaimSet) -> Vec<&Claim> {
    let mut open: Vec<&Claim> =
        judged(set).filter(|claim| claim.status == Some(Status::Alert)).collect();
    open.sort_by_key(|claim| is_lingering(claim));
    open
}

/// The first account whose alert is of the same metric as the report's.
pub fn behind<'a>(set: &'a ClaimSet, alert: &Claim) -> Option<&'a Claim> {
    let is_account = |one: &&Claim| one.entity.level() == Level::Account;
    let mut accounts = alerts(set).into_iter().filter(is_account);
    accounts.find(|one| alert.entity == Alias::REPORT && one.metric == alert.metric)
}

/// Whether every figure of the report that was judged lies among its ordinary weeks, and none of
/// those that lead the mail took an unusual step on the week before, or is in doubt.
pub fn is_steady(set: &ClaimSet) -> bool {
    let left = |claim: &Claim| matches!(claim.direction, Some(Direction::Up | Direction::Down));
    !judged(set).any(|claim| claim.entity == Alias::REPORT && left(claim))
        && !leaps(set)
        && set.doubts.is_empty()
}

/// Whether a figure that leads the mail took an unusual step on the week before.
pub fn leaps(set: &ClaimSet) -> bool {
    let leads = [Metric::MetaLeads, Metric::CrmLeads];
    let leads = leads.into_iter().filter_map(|metric| of_week(set, metric));
    leads.chain(spend(set, Window::Week)).any(|claim| is_unusual(set, claim))
}

/// Whether the change of a figure lies outside of those that ordinary weeks show.
pub fn is_unusual(set: &ClaimSet, claim: &Claim) -> bool {
    claim.change.and_then(|id| set.claim(id)).is_some_and(|change| change.unusual)
}

/// The week's figures of report and accounts that were judged, and every alert, in the order of the
/// mail.
pub fn judged(set: &ClaimSet) -> impl Iterator<Item = &Claim> {
    set.claims.iter().filter(|claim| {
        claim.window == Some(Window::Week)
            && (matches!(claim.entity.level(), Level::Report | Level::Account)
                || claim.status == Some(Status::Alert))
            && (claim.direction.is_some() || claim.status.is_some())
    })
}

/// What a metric is called within a sentence.
pub fn called(metric: Option<Metric>) -> &'static str {
    match metric {
        Some(Metric::Spend) => "spend",
        Some(Metric::Impressions) => "impressions",
        Some(Metric::Clicks) => "clicks",
        Some(Metric::LinkClicks) => "link clicks",
        Some(Metric::LandingPageViews) => "landing page views",
        Some(Metric::MetaLeads) => "Meta leads",
        Some(Metric::CrmLeads) => "CRM leads",
        Some(Metric::Ctr) => "the click rate",
        Some(Metric::Cpc) => "the cost per click",
        Some(Metric::LinkCtr) => "the link click rate",
        Some(Metric::LinkCpc) => "the cost per link click",
        Some(Metric::Cpm) => "the cost per thousand views",
        Some(Metric::Cpl) => "the cost per lead",
        Some(Metric::CrmCpl) => "the cost per CRM lead",
        Some(Metric::SpendPerLead) => "spend per lead",
        None => "the figure",
    }
}

/// The same at the beginning of a sentence.
pub fn begins(metric: Option<Metric>) -> String {
    capital(called(metric))
}

/// With its first letter as a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Turns phrases from week to week, so that they do not read like a form.
pub fn turn(set: &ClaimSet) -> usize {
    usize::from(set.week.monday().day().unsigned_abs()) / 7
}
