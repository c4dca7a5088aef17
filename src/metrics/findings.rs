//! Gathers findings, and says how many more there are where one repeats itself too often.

use std::collections::{BTreeMap, BTreeSet};

use weekledger_events::payload::Goal;
use weekledger_events::{AccountId, Finding, FindingClass, ReportId, Severity, Week};

use crate::repair::Repair;

/// Findings of one class and subject that are told one by one.
const TOLD_MAX: usize = 5;

type Kind = (FindingClass, String);

pub(super) struct Findings {
    report: ReportId,
    newest: Week,
    goal: Goal,
    /// Earlier weeks of accounts that are known already and without doubt.
    standing: BTreeSet<(Week, AccountId)>,
    told: Vec<Finding>,
    counts: BTreeMap<Kind, usize>,
    /// Of the weeks before the newest.
    earlier: BTreeMap<Kind, Earlier>,
}

/// All findings of one kind about earlier weeks: one of them stands for the rest.
struct Earlier {
    weightiest: Finding,
    more: usize,
    /// All are about the same week.
    one_week: bool,
}

/// Findings about one week, or about the pull as a whole.
pub(super) struct About<'a> {
    findings: &'a mut Findings,
    week: Option<Week>,
}

impl Findings {
    pub(super) fn new(
        (report, newest, goal): (&ReportId, Week, Goal),
        standing: BTreeSet<(Week, AccountId)>,
    ) -> Self {
        let (told, counts, earlier) = Default::default();
        Self { report: report.clone(), newest, goal, standing, told, counts, earlier }
    }

    /// What to do, and then how all of the weeks are pulled again.
    pub(super) fn pull_again(&self, action: &str) -> String {
        self.repair().after(action)
    }

    /// How all of the weeks are pulled again.
    pub(super) fn repair(&self) -> Repair<'_> {
        Repair::new(&self.report, self.newest, self.goal)
    }

    /// What is told of a week that was not asked for is told of the pull.
    pub(super) fn about(&mut self, week: Option<Week>) -> About<'_> {
        About { findings: self, week }
    }

    pub(super) fn note(
        &mut self,
        class: FindingClass,
        subject: impl ToString,
        message: impl Into<String>,
    ) {
        self.about(None).note(class, subject, message);
    }

    pub(super) fn warn(
        &mut self,
        class: FindingClass,
        subject: impl ToString,
        message: impl Into<String>,
        action: &str,
    ) {
        self.about(None).warn(class, subject, message, action);
    }

    pub(super) fn tell(
        &mut self,
        severity: Severity,
        class: FindingClass,
        subject: impl ToString,
        message: impl Into<String>,
        action: Option<&str>,
    ) {
        self.about(None).tell(severity, class, subject, message, action);
    }

    /// Whether something of the class is told of the subject's newest week.
    pub(super) fn is_told(&self, class: FindingClass, subject: &AccountId) -> bool {
        self.told.iter().any(|told| told.class == class && told.subject == subject.as_str())
    }

    fn push(&mut self, finding: Finding) {
        match finding.week.filter(|week| *week != self.newest) {
            Some(_) => self.push_earlier(finding),
            None => self.push_newest(finding),
        }
    }

    /// The first of a kind are told. What holds the report is told even after many that do not.
    fn push_newest(&mut self, finding: Finding) {
        let count = self.counts.entry((finding.class, finding.subject.clone())).or_default();
        *count += 1;
        let holds = |told: &&Finding| {
            told.severity == Severity::Hold
                && told.class == finding.class
                && told.subject == finding.subject
        };
        let may_hold =
            finding.severity == Severity::Hold && self.told.iter().filter(holds).count() < TOLD_MAX;
        if *count <= TOLD_MAX || may_hold {
            self.told.push(finding);
        }
    }

    fn push_earlier(&mut self, finding: Finding) {
        let kind = (finding.class, finding.subject.clone());
        let Some(known) = self.earlier.get_mut(&kind) else {
            let earlier = Earlier { weightiest: finding, more: 0, one_week: true };
            self.earlier.insert(kind, earlier);
            return;
        };
        known.more += 1;
        known.one_week &= finding.week == known.weightiest.week;
        let weight = |finding: &Finding| (finding.severity, finding.week);
        if weight(&finding) > weight(&known.weightiest) {
            known.weightiest = finding;
        }
    }

    /// In the order of discovery, each count of what was not told behind the last of its kind;
    /// earlier weeks come last.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        let mut summaries = Vec::new();
        for (kind, count) in std::mem::take(&mut self.counts) {
            self.count_rest(&kind, count);
        }
        for (_, earlier) in std::mem::take(&mut self.earlier) {
            match self.told.iter_mut().find(|told| earlier.is_like(told)) {
                Some(told) => earlier.add_to(told),
                None => summaries.push(earlier.summary()),
            }
        }
        self.told.extend(summaries);
        self.told
    }

    fn count_rest(&mut self, (class, subject): &Kind, count: usize) {
        let is_own = |told: &&Finding| told.class == *class && told.subject == *subject;
        let rest = count.saturating_sub(self.told.iter().filter(is_own).count());
        let Some(last) = self.told.iter().rposition(|told| is_own(&told)).filter(|_| rest > 0)
        else {
            return;
        };
        let what = in_words(*class);
        let more = Finding {
            class: *class,
            severity: self.told[last].severity.min(Severity::Warning),
            subject: subject.clone(),
            week: None,
            message: format!("And {rest} more {what} of {subject}, not listed one by one."),
            action: None,
        };
        self.told.insert(last + 1, more);
    }
}

/// What there are more of.
fn in_words(class: FindingClass) -> &'static str {
    match class {
        FindingClass::UnusableRow => "unusable rows",
        FindingClass::NotANumber => "rows with a field that is not a number",
        FindingClass::DuplicateRow => "rows that came more than once",
        FindingClass::DuplicateContact => "contacts that came more than once",
        FindingClass::ReconciliationGap => "sums that do not agree",
        FindingClass::AmbiguousCampaign => "campaign names that do not tell campaigns apart",
        FindingClass::AttributionChanged => "changes of the attribution setting",
        FindingClass::LeadTypesMixed => "mixtures of lead types",
        FindingClass::DeliveryStopped => "stops of delivery",
        FindingClass::IncompletePages => "incomplete lists",
        _ => "findings of the same kind",
    }
}

impl Earlier {
    fn summary(self) -> Finding {
        let Self { mut weightiest, more, one_week } = self;
        add_more(&mut weightiest, more, if one_week { "that week" } else { "earlier weeks" });
        weightiest
    }

    /// Whether the newest week has the same, with the same to do about it: that is said once.
    fn is_like(&self, newest: &Finding) -> bool {
        let of = |f: &Finding| (f.class, f.severity, f.subject.clone(), f.action.clone());
        newest.week.is_some() && newest.action.is_some() && of(newest) == of(&self.weightiest)
    }

    fn add_to(self, newest: &mut Finding) {
        add_more(newest, self.more + 1, "earlier weeks");
    }
}

/// No other week is named: readers find what it is about by the weeks in the sentence.
fn add_more(finding: &mut Finding, more: usize, of: &str) {
    if more > 0 {
        finding.message.push_str(&format!(" And {more} more of this kind in {of}."));
    }
}

impl About<'_> {
    pub(super) fn note(
        &mut self,
        class: FindingClass,
        subject: impl ToString,
        message: impl Into<String>,
    ) {
        self.tell(Severity::Note, class, subject, message, None);
    }

    pub(super) fn warn(
        &mut self,
        class: FindingClass,
        subject: impl ToString,
        message: impl Into<String>,
        action: &str,
    ) {
        self.tell(Severity::Warning, class, subject, message, Some(action));
    }

    /// Tells what makes an account's figures wrong. It holds the report, unless it is about an
    /// earlier week whose figures are known already: then those stay.
    pub(super) fn spoil(
        &mut self,
        class: FindingClass,
        account: &AccountId,
        message: impl Into<String>,
        action: &str,
    ) {
        let severity = self.weight(account);
        if severity == Severity::Hold {
            self.tell(severity, class, account, message, Some(action));
        } else {
            let message = message.into();
            let message = format!("{}; what was known before stays", message.trim_end_matches('.'));
            self.tell(severity, class, account, message, None);
        }
    }

    /// How much it weighs that the account's figures cannot be used.
    fn weight(&self, account: &AccountId) -> Severity {
        let earlier = self.week.filter(|week| *week != self.findings.newest);
        let standing = &self.findings.standing;
        let stays = earlier.is_some_and(|week| standing.contains(&(week, account.clone())));
        if stays { Severity::Warning } else { Severity::Hold }
    }

    pub(super) fn tell(
        &mut self,
        severity: Severity,
        class: FindingClass,
        subject: impl ToString,
        message: impl Into<String>,
        action: Option<&str>,
    ) {
        self.findings.push(Finding {
            class,
            severity,
            subject: subject.to_string(),
            week: self.week,
            message: sentence(message.into()),
            action: action.map(ToOwned::to_owned),
        });
    }
}

fn sentence(mut text: String) -> String {
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}
