//! What a reader has to know about the data: findings, restated weeks, attribution.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use weekledger_events::{Finding, Severity};

use super::overview::capital;
use super::prose::{self, metric_label};
use super::{Line, Piece, Tone, ViewInput};
use crate::claim::later_growth as later_growth_id;
use crate::claim::{Alias, ClaimSet, Entity, NotePart, QuotedFinding, attribution_name, week_name};
use crate::display;
use crate::figure::{Level, Window};
use crate::supporting::{SupportingKey, SupportingName};

/// One line a finding, the weightiest first; one calm line if there is none.
pub fn findings(input: &ViewInput<'_>) -> Vec<Line> {
    let set = input.claims;
    let mut lines: Vec<Line> = set
        .findings
        .iter()
        .filter_map(|quoted| {
            let finding = input.metrics.findings.get(quoted.index as usize)?;
            Some(finding_line(set, finding, quoted))
        })
        .collect();
    if lines.is_empty() {
        lines.push(vec![Piece::text("Complete: every account was read and all sums agree.")]);
    }
    if let Some(claim) = set.findings_left_out.and_then(|id| set.claim(id)) {
        let mut line = vec![Piece::text("and ")];
        line.extend(prose::value(claim));
        let what = display::noun(claim.value.unwrap_or_default(), "finding", "findings");
        line.push(Piece::Text(format!(" more {what} in the week's record.")));
        lines.push(line);
    }
    if let Some(why) = &input.analyst.fallback {
        let note = match input.analyst.provider.as_str() {
            "rules" => "AI commentary unavailable; fixed rules wrote the words of this report: ",
            _ => "AI commentary not whole: ",
        };
        lines.push(vec![Piece::text(note), Piece::Text(format!("{why}{}", end(why)))]);
    }
    lines.extend(contacts(set));
    lines
}

fn finding_line(set: &ClaimSet, finding: &Finding, quoted: &QuotedFinding) -> Line {
    let (text, tone) = match finding.severity {
        Severity::Note => ("Note:", Tone::Neutral),
        Severity::Warning => ("Check:", Tone::Watch),
        Severity::Hold => ("Held:", Tone::Watch),
    };
    let mut line = vec![Piece::Marker { text, tone }, Piece::text(" ")];
    let about = [earlier_week(quoted), subject(set, finding, quoted)].concat();
    let message = as_sentence(set, &quoted.message, &finding.message);
    if about.is_empty() {
        line.extend(capitalised(message));
    } else {
        line.extend(about);
        line.extend(message);
    }
    if let Some(action) = &finding.action {
        line.push(Piece::text(" "));
        line.extend(capitalised(as_sentence(set, &quoted.action, action)));
    }
    line
}

/// The earlier week that it is about, unless the message names it.
fn earlier_week(quoted: &QuotedFinding) -> Line {
    let Some(week) = quoted.week else { return Vec::new() };
    let names = [week_name(week), week.to_string()];
    let is_named = quoted.message.iter().any(|part| match part {
        NotePart::Label(label) => names.contains(label),
        NotePart::Text(_) | NotePart::Claim(_) | NotePart::Name(_) => false,
    });
    if is_named {
        return Vec::new();
    }
    vec![Piece::Label(capital(&week_name(week))), Piece::text(": ")]
}

/// The name of what it is about, unless the message says it.
fn subject(set: &ClaimSet, finding: &Finding, quoted: &QuotedFinding) -> Line {
    let found = set.entities.iter().find(|entity| {
        entity.alias != Alias::REPORT
            && (entity.id == finding.subject || entity.name == finding.subject)
    });
    match found {
        Some(entity) if !quoted.message.contains(&NotePart::Name(entity.alias)) => {
            let mut line = prose::name(set, entity.alias);
            line.push(Piece::text(": "));
            line
        }
        _ => Vec::new(),
    }
}

/// Events keep fragments; the mail writes sentences.
fn as_sentence(set: &ClaimSet, parts: &[NotePart], raw: &str) -> Line {
    let mut line = prose::note(set, parts);
    line.push(Piece::text(end(raw)));
    line
}

fn capitalised(mut line: Line) -> Line {
    if let Some(Piece::Text(text)) = line.first_mut() {
        *text = capital(text);
    }
    line
}

fn end(sentence: &str) -> &'static str {
    if sentence.trim_end().ends_with(['.', '!', '?', '…']) { "" } else { "." }
}

/// Contacts that are no campaign's leads.
fn contacts(set: &ClaimSet) -> Option<Line> {
    let claim = |name| {
        let entity_id = set.report.to_string();
        let (level, window) = (Level::Report, Window::Week);
        let key = SupportingKey { level, entity_id, name, window, currency: None };
        set.source(&key.to_string()).filter(|claim| claim.value.is_some())
    };
    let unattributed = claim(SupportingName::UnattributedContacts)?;
    let other = claim(SupportingName::OtherContacts)?;
    let mut line = vec![Piece::text("CRM contacts from paid social without a known campaign: ")];
    line.extend(prose::value(unattributed));
    line.push(Piece::text("; from all other sources, not counted as leads: "));
    line.extend(prose::value(other));
    // Figures that were archived before these were counted lack them.
    if let Some(offline) = claim(SupportingName::OfflineContacts) {
        line.push(Piece::text("; entered offline or imported, left out: "));
        line.extend(prose::value(offline));
    }
    line.push(Piece::text("."));
    Some(line)
}

/// What Meta leads usually grow by until they are complete, once the ledger has learned it: of the
/// report and of its accounts.
pub fn later_growth(set: &ClaimSet) -> Line {
    let claim = |level, id: &str| set.source(&later_growth_id(level, id.to_owned()));
    let Some(whole) = claim(Level::Report, &set.report.to_string()) else { return Vec::new() };
    if whole.short == "0 %" || whole.value.is_none_or(|value| value <= Decimal::ZERO) {
        return vec![Piece::text(" Meta leads usually change little within four weeks.")];
    }
    let mut line = vec![Piece::text(" Meta leads usually grow by about ")];
    line.extend(prose::short(whole));
    line.push(Piece::text(" within four weeks"));
    let of_account = |entity: &Entity| -> Option<Line> {
        let mut line = prose::name(set, entity.alias);
        line.push(Piece::text(" "));
        line.extend(prose::short(claim(Level::Account, &entity.id)?));
        Some(line)
    };
    let accounts: Vec<Line> = set.level(Level::Account).filter_map(of_account).collect();
    if !accounts.is_empty() {
        line.push(Piece::text(" ("));
        line.extend(joined(accounts.into_iter(), ", "));
        line.push(Piece::text(")"));
    }
    line.push(Piece::text("."));
    line
}

/// One line a restated figure, and how many more there are.
pub fn restated(set: &ClaimSet) -> Vec<Line> {
    let more = set.restated_left_out.and_then(|id| set.claim(id)).map(|claim| {
        let mut line = vec![Piece::text("and ")];
        line.extend(prose::value(claim));
        let what = display::noun(claim.value.unwrap_or_default(), "figure", "figures");
        line.push(Piece::Text(format!(" more restated {what} in the week's record.")));
        line
    });
    let listed = set.restated.iter().filter_map(|restated| {
        let (before, now) = (set.claim(restated.before)?, set.claim(restated.now)?);
        let mut line = prose::name(set, restated.account);
        line.push(Piece::text(", "));
        line.push(Piece::Label(week_name(restated.week)));
        line.push(Piece::Text(format!(": {} ", metric_label(restated.metric))));
        line.extend(prose::value(before));
        let then = if restated.reported { " as reported, " } else { " as known before, " };
        line.push(Piece::text(then));
        line.extend(prose::value(now));
        line.push(Piece::text(" as known now."));
        Some(line)
    });
    listed.chain(more).collect()
}

/// The attribution settings of the week, with the accounts where they differ.
pub fn attribution(input: &ViewInput<'_>) -> Vec<Line> {
    let Some(observed) = input.metrics.observations.iter().rfind(|seen| seen.week == input.week)
    else {
        return Vec::new();
    };
    let mut by_setting: BTreeMap<BTreeSet<&str>, Vec<&str>> = BTreeMap::new();
    for account in observed.accounts.iter().filter(|account| account.pulled) {
        let settings = account.attribution_settings.iter().map(String::as_str).collect();
        by_setting.entry(settings).or_default().push(account.account.as_str());
    }
    by_setting.remove(&BTreeSet::new());
    let single = by_setting.len() == 1;
    by_setting
        .into_iter()
        .map(|(settings, accounts)| {
            let mut line = vec![Piece::text("Meta attributes a lead by: ")];
            let settings =
                settings.into_iter().map(|one| vec![Piece::Label(attribution_name(one))]);
            line.extend(joined(settings, "; "));
            if !single {
                let names = accounts.into_iter().map(|id| account_name(input.claims, id));
                line.push(Piece::text(" ("));
                line.extend(joined(names, ", "));
                line.push(Piece::text(")"));
            }
            line.push(Piece::text("."));
            line
        })
        .collect()
}

fn joined(lines: impl Iterator<Item = Line>, separator: &str) -> Line {
    let mut joined = Vec::new();
    for line in lines {
        if !joined.is_empty() {
            joined.push(Piece::text(separator));
        }
        joined.extend(line);
    }
    joined
}

fn account_name(set: &ClaimSet, id: &str) -> Line {
    set.level(Level::Account)
        .find(|entity| entity.id == id)
        .map_or_else(|| vec![Piece::Label(id.to_owned())], |entity| prose::name(set, entity.alias))
}
