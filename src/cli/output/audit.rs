//! `audit`: the trail of a mail, and where one figure comes from.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use weekledger::evidence::{
    ArtifactLine, AuditInput, AuditRule, Checked, EventRef, FigureAudit, Kept, RuleName, Trail,
};
use weekledger_events::Digest;
use weekledger_projections::display::counted;
use weekledger_projections::lineage::{JudgedCampaign, JudgedOn, JudgedWeek};

use super::{Align, Answer, Table, plain};

impl Answer for FigureAudit {
    fn for_people(&self) -> String {
        let number = |value: Option<Decimal>| value.map_or("none".to_owned(), |v| v.to_string());
        let mut text = format!("{}\n", plain(&self.figure));
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "  formula: {}", plain(&self.formula));
        let value = number(self.value);
        let _ = writeln!(text, "  value:   {value} (shown as {})", plain(&self.display));
        if let Some(note) = &self.note {
            let _ = writeln!(text, "  note:    {}", plain(note));
        }
        for term in &self.terms {
            let _ = writeln!(text, "  term:    {} = {}", plain(&term.name), term.value);
        }
        if let Some(judged) = &self.judged_on {
            text.push_str(&judged_lines(judged));
        }
        for rule in &self.rules {
            let _ = writeln!(text, "  rule:    {}", plain(&in_force(rule)));
        }
        let anew = number(self.recomputed);
        let _ = writeln!(text, "  anew:    {anew} (computed from the values that it rests on)");
        let _ = writeln!(text, "  verdict: {}\n", plain(&self.verdict));
        if self.inputs.is_empty() {
            return text;
        }
        let pages = pages(&self.inputs);
        let _ = writeln!(text, "{}", inputs(&self.inputs, &pages));
        for (at, (artifact, object)) in pages.iter().enumerate() {
            let object = object.as_deref().unwrap_or("expired; its digest stays");
            let _ = writeln!(text, "[{}] {artifact}\n    {}", at + 1, plain(object));
        }
        text
    }
}

/// The set that a cost is judged on, and its newest week; `--json` has every week.
fn judged_lines(judged: &JudgedOn) -> String {
    let campaigns = counted(judged.campaigns.len().into(), "campaign", "campaigns");
    let weeks = match judged.usual_weeks[..] {
        [first, .., last] => format!(" of {first} to {last}"),
        _ => String::new(),
    };
    let mut text = format!("  judged:  on {campaigns}, each by its own usual cost{weeks}\n");
    for JudgedCampaign { campaign, spend, leads } in &judged.campaigns {
        let _ = writeln!(text, "           campaign {campaign}: {leads} leads for {spend}");
    }
    if let Some(JudgedWeek { week, leads, expected }) = judged.weeks.last() {
        let expected = expected.round_dp(2).normalize();
        let _ =
            writeln!(text, "           {week}: {leads} leads, {expected} usual for their spend");
    }
    text
}

/// "leads of act_1001 (2026-W44 to 2026-W47): the first present of lead, ...".
fn in_force(rule: &AuditRule) -> String {
    let accounts: Vec<&str> = rule.accounts.iter().map(|account| account.as_str()).collect();
    let accounts = accounts.join(", ");
    let weeks = match rule.weeks[..] {
        [] => String::new(),
        [week] => format!(" ({week})"),
        [first, .., last] => format!(" ({first} to {last})"),
    };
    let (what, how) = match rule.rule {
        RuleName::LeadActions => ("leads of", "in each row the first action type present of"),
        RuleName::CrmAttribution => ("contacts of", "the first that applies of"),
    };
    match &rule.order {
        Some(order) => format!("{what} {accounts}{weeks}: {how}: {}", order.join("; ")),
        None => format!(
            "{what} {accounts}{weeks}: by the configuration of that pull, which is not at hand here"
        ),
    }
}

/// Each page once, in the order of the inputs, with its name while it is there.
fn pages(inputs: &[AuditInput]) -> Vec<(Digest, Option<String>)> {
    let mut pages: Vec<(Digest, Option<String>)> = Vec::new();
    for input in inputs {
        if pages.iter().all(|(artifact, _)| *artifact != input.artifact) {
            pages.push((input.artifact, input.object.clone()));
        }
    }
    pages
}

fn inputs(inputs: &[AuditInput], pages: &[(Digest, Option<String>)]) -> Table {
    let mut table = Table::new([
        ("ROLE", Align::Left),
        ("WEEK", Align::Left),
        ("DAY", Align::Left),
        ("SUBJECT", Align::Left),
        ("VALUE", Align::Right),
        ("TOOK", Align::Left),
        ("PAGE", Align::Right),
        ("POINTER", Align::Left),
        ("CHECKED", Align::Left),
    ])
    .whole();
    for input in inputs {
        let page = pages.iter().position(|(artifact, _)| *artifact == input.artifact);
        let checked = match input.checked {
            Checked::Holds => "yes",
            Checked::Differs => "DIFFERS",
            Checked::Expired => "expired",
        };
        table.row([
            input.role.clone(),
            input.week.to_string(),
            input.day.map_or_else(String::new, |day| day.to_string()),
            input.subject.clone(),
            input.value.map_or_else(String::new, |value| value.to_string()),
            input.rule.clone().unwrap_or_default(),
            page.map_or_else(String::new, |page| format!("[{}]", page + 1)),
            input.pointer.clone(),
            checked.to_owned(),
        ]);
    }
    table
}

impl Answer for Trail {
    fn for_people(&self) -> String {
        let mut text = format!(
            "{} {} revision {}: {}\n",
            self.report,
            self.week,
            self.revision,
            self.outcome.as_str()
        );
        // Writing to a `String` cannot fail.
        let anchored = self.anchored_to.map_or_else(|| "none".to_owned(), |n| n.to_string());
        let _ = writeln!(
            text,
            "  {}, anchored to {anchored}",
            counted(self.events.into(), "event", "events")
        );
        let _ = writeln!(text, "  evidence reaches {}", self.promise);
        if let Some(event) = &self.sent {
            step(&mut text, event);
        }
        for line in &self.recipients {
            let detail = line.detail.as_deref().map(plain).unwrap_or_default();
            let _ = writeln!(
                text,
                "    {}: {} at attempt {} {detail}",
                line.recipient, line.result, line.attempt
            );
        }
        self.write_analysis(&mut text);
        self.write_metrics(&mut text);
        self.write_raw(&mut text);
        let request = &self.request;
        step(&mut text, &request.event);
        let _ = writeln!(
            text,
            "    {} (by {}), known at {}",
            plain(&request.reason),
            plain(&request.requested_by),
            request.known_at
        );
        artifacts(&mut text, &request.artifacts);
        text
    }
}

/// The steps of the trail, each below its event.
trait Steps {
    fn write_analysis(&self, text: &mut String);
    fn write_metrics(&self, text: &mut String);
    fn write_raw(&self, text: &mut String);
}

impl Steps for Trail {
    fn write_analysis(&self, text: &mut String) {
        let Some(analysis) = &self.analysis else { return };
        step(text, &analysis.event);
        let _ = writeln!(text, "    subject: {}", plain(&analysis.subject));
        let model = analysis.analyst.model.as_deref();
        let model = model.map_or_else(String::new, |model| format!(" {}", plain(model)));
        let _ = writeln!(
            text,
            "    words by {}{model}; {}; template {} ({})",
            plain(&analysis.analyst.provider),
            counted(analysis.claims.into(), "claim", "claims"),
            analysis.template.version,
            analysis.template.digest.short()
        );
        let found = &analysis.verification.findings;
        let _ = match found.len() {
            0 => writeln!(text, "    verifier: nothing found"),
            count => writeln!(text, "    verifier: {count} found"),
        };
        for finding in found {
            let _ = writeln!(text, "      {}", plain(finding));
        }
        artifacts(text, &analysis.artifacts);
    }

    fn write_metrics(&self, text: &mut String) {
        let Some(metrics) = &self.metrics else { return };
        step(text, &metrics.event);
        let _ = writeln!(
            text,
            "    {}, {}",
            counted(metrics.figures.into(), "figure", "figures"),
            counted(metrics.findings.into(), "finding", "findings")
        );
        artifacts(text, &metrics.artifacts);
        for input in &metrics.inputs {
            let _ = writeln!(
                text,
                "    rests on {} event {} {}",
                input.week, input.sequence, input.digest
            );
        }
    }

    fn write_raw(&self, text: &mut String) {
        let Some(raw) = &self.raw else { return };
        step(text, &raw.event);
        for page in &raw.pages {
            let _ = writeln!(
                text,
                "    {} {}\n      answered {} with {} at {}; request {}",
                page.method,
                plain(&page.url),
                page.http_status,
                counted(page.rows.into(), "row", "rows"),
                page.received_at,
                page.request
            );
            if let Some(body) = &page.body {
                let _ = writeln!(text, "      body {}", plain(body));
            }
            let _ = writeln!(
                text,
                "      page {} {}",
                page.artifact.artifact,
                state(page.artifact.state)
            );
        }
    }
}

fn step(text: &mut String, event: &EventRef) {
    let EventRef { sequence, event_type, id, digest, recorded_at, producer, .. } = event;
    let _ = writeln!(
        text,
        "\n  [{sequence}] {event_type} {id}\n    digest {digest}\n    recorded {recorded_at} by {} {}",
        plain(&producer.name),
        plain(&producer.version)
    );
}

fn artifacts(text: &mut String, lines: &[ArtifactLine]) {
    for line in lines {
        let role = serde_json::to_value(line.role).ok();
        let role = role.as_ref().and_then(|role| role.as_str()).unwrap_or_default();
        let _ = writeln!(text, "    {role}: {} {}", line.artifact, state(line.state));
    }
}

fn state(kept: Kept) -> &'static str {
    match kept {
        Kept::Kept => "(kept)",
        Kept::Expired => "(expired; its digest stays)",
        Kept::Missing => "(MISSING)",
    }
}
