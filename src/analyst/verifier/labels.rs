//! Dates, weeks, revisions and identifiers that a mail may show beside its claims.

use std::collections::BTreeSet;

use weekledger_projections::claim::{NotePart, attribution_name, week_name, week_title};

use super::{Finished, normal};

/// Every label, with white space made plain.
pub fn all(mail: &Finished<'_>) -> BTreeSet<String> {
    let set = mail.claims;
    let (report, week) = (&set.report, set.week);
    let mut labels = BTreeSet::from([
        week_title(week),
        format!("Report {report}, week {week}"),
        format!("weekledger audit {week} --report {report}"),
        format!("weekledger figures {week} --report {report}"),
    ]);
    let weeks = mail
        .metrics
        .observations
        .iter()
        .map(|seen| seen.week)
        .chain(set.trends.iter().map(|point| point.week))
        .chain(set.restated.iter().map(|restated| restated.week))
        .chain([week]);
    for week in weeks {
        let name = week_name(week);
        labels.insert(name.replacen('w', "W", 1));
        labels.insert(name);
    }
    for account in mail.metrics.observations.iter().flat_map(|seen| &seen.accounts) {
        labels.insert(account.account.to_string());
        labels.extend(account.attribution_settings.iter().map(|one| attribution_name(one)));
    }
    labels.extend(quoted(mail));
    labels.iter().map(|label| normal(label)).collect()
}

/// Labels within sentences of events.
fn quoted<'a>(mail: &Finished<'a>) -> impl Iterator<Item = String> + 'a {
    let findings =
        mail.claims.findings.iter().flat_map(|one| one.message.iter().chain(&one.action));
    let notes = mail
        .claims
        .claims
        .iter()
        .flat_map(|claim| claim.note.iter().chain(&claim.usual).chain(&claim.verdict_note));
    findings.chain(notes).filter_map(|part| match part {
        NotePart::Label(text) => Some(text.clone()),
        NotePart::Text(_) | NotePart::Claim(_) | NotePart::Name(_) => None,
    })
}
