//! Recomputation: what was recorded against what the present code makes of the same bytes.

use std::collections::BTreeSet;

use weekledger_events::payload::{AnalysisGenerated, MetricsComputed, ReportSent};
use weekledger_events::{Event, EventId, Payload};

use super::{Check, EvidenceError, name_of, sentence};
use crate::chain::Loaded;
use crate::evidence::recompute::{self, MailAnew, Recomputed, RowsAnew};

impl Check<'_> {
    /// Makes every `MetricsComputed` and `AnalysisGenerated` anew, and checks what was sent.
    pub(super) async fn anew(
        &mut self,
        loaded: &Loaded,
        sound: BTreeSet<EventId>,
    ) -> Result<(), EvidenceError> {
        for event in &loaded.events {
            match &event.payload {
                Payload::MetricsComputed(recorded) if is_sound(loaded, event, &sound) => {
                    self.metrics(loaded, event, recorded).await?;
                }
                Payload::AnalysisGenerated(recorded)
                    if sound.contains(&event.id()) && sound.contains(&recorded.metrics) =>
                {
                    self.mail(loaded, event, recorded).await?;
                }
                Payload::ReportSent(sent) => self.sent(loaded, event, sent),
                _ => {}
            }
        }
        Ok(())
    }

    async fn metrics(
        &mut self,
        loaded: &Loaded,
        event: &Event,
        recorded: &MetricsComputed,
    ) -> Result<(), EvidenceError> {
        let anew = match recompute::metrics(self.store, loaded, event).await {
            Ok(anew) => anew,
            Err(error) => return self.not_made(event, error),
        };
        match anew {
            Recomputed::FromPages(anew) => {
                for why in metrics_differences(recorded, &anew) {
                    self.differs(event, false, why);
                }
            }
            Recomputed::FromRows(anew) => {
                for why in rows_differences(recorded, *anew) {
                    self.differs(event, false, why);
                }
                let note = format!(
                    "{}: pages have expired, so its figures were made anew from its rows and the \
                     series",
                    name_of(event)
                );
                self.answer.notes.push(note);
            }
            Recomputed::Refused(why) => self.differs(event, false, why),
        }
        self.answer.figures_recomputed += u64::from(recorded.figure_count);
        Ok(())
    }

    async fn mail(
        &mut self,
        loaded: &Loaded,
        event: &Event,
        recorded: &AnalysisGenerated,
    ) -> Result<(), EvidenceError> {
        let anew = match recompute::mail(self.store, loaded, event, recorded).await {
            Ok(anew) => anew,
            Err(error) => return self.not_made(event, error),
        };
        let other_template = anew.template != recorded.template;
        for why in mail_differences(recorded, &anew) {
            let why =
                if other_template { format!("{why}; {}", templates(recorded, &anew)) } else { why };
            self.differs(event, other_template, why);
        }
        self.answer.mails_recomputed += 1;
        Ok(())
    }

    /// Trouble with the store ends the verification; anything else is a difference.
    fn not_made(&mut self, event: &Event, error: EvidenceError) -> Result<(), EvidenceError> {
        if error.is_passing() {
            return Err(error);
        }
        if error.is_corrupt() {
            self.corrupt(name_of(event), sentence(&error));
        } else {
            self.differs(event, false, sentence(&error));
        }
        Ok(())
    }

    /// What went out is what was analysed.
    fn sent(&mut self, loaded: &Loaded, event: &Event, sent: &ReportSent) {
        let analysis = loaded.events.iter().find(|one| one.id() == sent.analysis);
        let same = match analysis.map(|one| &one.payload) {
            Some(Payload::AnalysisGenerated(analysis)) => {
                (analysis.html.digest, analysis.text.digest) == (sent.html, sent.text)
            }
            _ => false,
        };
        if !same {
            self.corrupt(name_of(event), "it names other bytes than its analysis");
        }
        let run = loaded.state.run(event.run());
        for one in &sent.recipients {
            let told = loaded.state.intents().any(|intent| {
                Some(intent.run) == run.map(|run| run.id)
                    && intent.intended.recipient == one.recipient
                    && intent.resolutions.iter().any(|resolved| resolved.result == one.result)
            });
            if !told {
                let why = format!("no sending to {} ended as it says", one.recipient);
                self.corrupt(name_of(event), why);
            }
        }
    }
}

/// The metrics' own references and those of its pull.
fn is_sound(loaded: &Loaded, event: &Event, sound: &BTreeSet<EventId>) -> bool {
    let pull = event.envelope.cause;
    let pull_is_sound = pull.is_none_or(|pull| {
        !loaded.events.iter().any(|one| one.id() == pull) || sound.contains(&pull)
    });
    sound.contains(&event.id()) && pull_is_sound
}

fn metrics_differences(recorded: &MetricsComputed, anew: &MetricsComputed) -> Vec<String> {
    let parts = [
        ("the observations", recorded.observations != anew.observations),
        ("the series", recorded.series != anew.series),
        ("the figures", recorded.figures != anew.figures),
        ("the number of figures", recorded.figure_count != anew.figure_count),
        ("the inputs", recorded.inputs != anew.inputs),
        ("the reconciliation", recorded.reconciliation != anew.reconciliation),
        ("the restatements", recorded.restatements != anew.restatements),
        ("what was mailed before", recorded.reported != anew.reported),
        ("the findings", recorded.findings != anew.findings),
        ("the data hold", recorded.data_hold != anew.data_hold),
    ];
    named(parts)
}

fn rows_differences(recorded: &MetricsComputed, anew: RowsAnew) -> Vec<String> {
    let mut found = anew.differences;
    found.extend(named([
        ("the series", recorded.series.digest != anew.series),
        ("the figures", recorded.figures.digest != anew.figures),
    ]));
    found
}

fn mail_differences(recorded: &AnalysisGenerated, anew: &MailAnew) -> Vec<String> {
    named([
        ("the claims", recorded.claims.digest != anew.claims),
        ("the words", anew.words.is_some_and(|words| words != recorded.words.digest)),
        ("the subject", recorded.subject != anew.subject),
        ("the HTML part", recorded.html.digest != anew.html),
        ("the text part", recorded.text.digest != anew.text),
        ("the check's findings", recorded.verification.findings != anew.findings),
        ("the template", recorded.template != anew.template),
    ])
}

fn named<const N: usize>(parts: [(&str, bool); N]) -> Vec<String> {
    let differing = parts.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(part, _)| format!("{part} came out differently")).collect()
}

fn templates(recorded: &AnalysisGenerated, anew: &MailAnew) -> String {
    let shown = |template: &weekledger_events::payload::Template| {
        format!("template {} ({})", template.version, template.digest.short())
    };
    format!("made with {}, checked with {}", shown(&recorded.template), shown(&anew.template))
}
