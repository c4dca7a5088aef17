//! Gathers findings, and says how many more there are where one repeats itself too often.

use std::collections::BTreeMap;

use weekledger_events::{Finding, FindingClass, Severity};

/// Findings of one class and subject that are told one by one.
const TOLD_MAX: u32 = 10;

#[derive(Default)]
pub(super) struct Findings {
    told: Vec<Finding>,
    counts: BTreeMap<(FindingClass, String), u32>,
}

impl Findings {
    /// The first of a kind are told. What holds the report is told even after many that do not.
    pub(super) fn push(&mut self, finding: Finding) {
        let key = (finding.class, finding.subject.clone());
        let count = self.counts.entry(key).or_default();
        *count += 1;
        let holds = |told: &&Finding| {
            told.severity == Severity::Hold
                && told.class == finding.class
                && told.subject == finding.subject
        };
        let may_hold = finding.severity == Severity::Hold
            && self.told.iter().filter(holds).count() < TOLD_MAX as usize;
        if *count <= TOLD_MAX || may_hold {
            self.told.push(finding);
        }
    }

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

    pub(super) fn tell(
        &mut self,
        severity: Severity,
        class: FindingClass,
        subject: impl ToString,
        message: impl Into<String>,
        action: Option<&str>,
    ) {
        self.push(Finding {
            class,
            severity,
            subject: subject.to_string(),
            message: sentence(message.into()),
            action: action.map(ToOwned::to_owned),
        });
    }

    /// In the order of discovery; counts of what was not told come last.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        let told = |class, subject: &str| {
            let alike = |f: &&Finding| f.class == class && f.subject == subject;
            u32::try_from(self.told.iter().filter(alike).count()).unwrap_or(u32::MAX)
        };
        let more: Vec<Finding> = self
            .counts
            .iter()
            .filter_map(|((class, subject), count)| {
                let rest = count.saturating_sub(told(*class, subject));
                (rest > 0).then(|| Finding {
                    class: *class,
                    severity: Severity::Warning,
                    subject: subject.clone(),
                    message: format!(
                        "{rest} more findings of this kind were not listed one by one."
                    ),
                    action: None,
                })
            })
            .collect();
        self.told.extend(more);
        self.told
    }
}

fn sentence(mut text: String) -> String {
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}
