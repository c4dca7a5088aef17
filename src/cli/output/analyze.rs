//! `analyze --dry-run`: recorded words and new ones, verdict and cost of each.

use serde::Serialize;
use weekledger::evidence::rehearsal::Told;
use weekledger_events::{ReportId, Week};

use super::{Answer, plain};

/// Two tellings of one week.
#[derive(Debug, Serialize)]
pub struct Rehearsed {
    pub report: ReportId,
    pub week: Week,
    /// As recorded; absent if the week has no mail.
    pub before: Option<Told>,
    pub now: Told,
}

impl Answer for Rehearsed {
    fn for_people(&self) -> String {
        let mut text = format!("{} {}, nothing was written\n", self.report, self.week);
        match &self.before {
            Some(before) => text.push_str(&telling("AS RECORDED", before)),
            None => text.push_str("\nNo mail is recorded for this week.\n"),
        }
        text.push_str(&telling("NOW", &self.now));
        text
    }
}

fn telling(title: &str, told: &Told) -> String {
    let by = told.model.as_deref().unwrap_or("fixed rules");
    let mut lines = vec![String::new(), format!("{title}: {} ({by})", told.provider)];
    if let Some(why) = &told.fallback {
        let what = if told.provider == "rules" { "fell back" } else { "not whole" };
        lines.push(format!("  {what}: {why}"));
    }
    lines.push(format!("  {}", told.headline));
    let parts = [
        ("moved", &told.moved),
        ("guess", &told.hypotheses),
        ("action", &told.actions),
        ("exchange", &told.exchanges),
    ];
    for (what, of) in parts {
        lines.extend(of.iter().map(|line| format!("  {what}: {line}")));
    }
    lines.extend(told.refused.iter().map(|finding| format!("  verifier refused: {finding}")));
    if told.findings.is_empty() {
        lines.push("  verifier: nothing found".to_owned());
    }
    lines.extend(told.findings.iter().map(|finding| format!("  verifier: {finding}")));
    if !told.exchanges.is_empty() {
        let cost = told.cost_usd.map_or_else(|| "unknown".to_owned(), |cost| format!("USD {cost}"));
        let (input, output) = (told.input_tokens, told.output_tokens);
        lines.push(format!("  tokens: {input} in, {output} out; cost: {cost}"));
    }
    lines.iter().map(|line| plain(line) + "\n").collect()
}
