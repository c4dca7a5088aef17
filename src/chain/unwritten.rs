//! What the owner is told of a finished analysis: that a configured model did not write for a reason
//! that only a person can mend, and that a mail did not pass its own check.

use weekledger_events::payload::AnalysisGenerated;
use weekledger_events::{EventType, Finding, FindingClass, Payload, Severity, StreamId};
use weekledger_projections::week_state::RunState;

use super::Loaded;
use crate::analyst::{NO_KEY, NO_ROLE, UNUSABLE_KEY, anthropic};

impl Loaded {
    /// Troubles of a run's words, as findings with something to do; none before they are written.
    pub fn of_words(&self, run: &RunState) -> Vec<Finding> {
        let event = self.state.effective(run, EventType::AnalysisGenerated);
        let payload = event.and_then(|id| Some(&self.event(id).ok()?.payload));
        match payload {
            Some(Payload::AnalysisGenerated(analysis)) => troubles(&self.state.stream, analysis),
            _ => Vec::new(),
        }
    }
}

fn troubles(stream: &StreamId, analysis: &AnalysisGenerated) -> Vec<Finding> {
    [unwritten(analysis), unproven(stream, analysis)].into_iter().flatten().collect()
}

fn unwritten(analysis: &AnalysisGenerated) -> Option<Finding> {
    let reason = analysis.analyst.fallback.as_deref()?;
    let ended = analysis.exchanges.last().and_then(|exchange| exchange.ended.as_deref());
    let action = match reason {
        NO_KEY => "Add the secret of the model, or set provider = \"rules\" under [analyst].",
        NO_ROLE => "Let the role use the model, or add its key; doctor says whether it answers.",
        UNUSABLE_KEY => "Replace the key of the model; doctor says whether it is accepted.",
        _ => anthropic::action(ended?)?,
    };
    let message = format!("Fixed rules wrote the words, since the model did not: {reason}.");
    Some(told(message, action))
}

fn unproven(StreamId { report, week }: &StreamId, analysis: &AnalysisGenerated) -> Option<Finding> {
    let found = &analysis.verification.findings;
    let more = if found.len() > 1 { "; and more" } else { "" };
    let message =
        format!("The finished mail did not pass its own check: {}{more}.", found.first()?);
    let action = format!(
        "Compare it with `weekledger figures {week} --report {report}`, and report this as a defect."
    );
    Some(told(message, &action))
}

fn told(message: String, action: &str) -> Finding {
    Finding {
        class: FindingClass::AnalystFellBack,
        severity: Severity::Warning,
        subject: "analyze".to_owned(),
        week: None,
        message,
        action: Some(action.to_owned()),
    }
}
