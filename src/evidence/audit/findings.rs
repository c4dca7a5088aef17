//! Numbers within findings: which archived rows or pages a finding was made from, and whether
//! computing the pages anew finds it again.

use rust_decimal::Decimal;
use weekledger_events::payload::{
    Bucket, ContactRow, DayRow, MatchedRule, Page, PageKind, RawFetched, Reconciliation,
    WeekObserved,
};
use weekledger_events::{AccountId, Finding, FindingClass, Week};
use weekledger_projections::claim::Claim;
use weekledger_projections::measure::Measure;

use super::sums::{Expected, Lookup, judged};
use super::{AuditInput, Auditor, Checked, FigureAudit, Kind};
use crate::evidence::page::Place;
use crate::evidence::recompute::{self, Recomputed};
use crate::evidence::revision::fetched;
use crate::evidence::{EvidenceError, controls};
use crate::metrics::{is_answer, said_gap};

/// What a finding was made from, before it is looked up.
struct Ground {
    input: AuditInput,
    expected: Expected,
}

impl Auditor<'_> {
    /// A number in a finding's sentence.
    pub(super) async fn finding(&mut self, claim: &Claim) -> Result<FigureAudit, EvidenceError> {
        let index = claim.source.strip_prefix("finding:").and_then(|rest| rest.split('/').next());
        let index = index.and_then(|index| index.parse::<usize>().ok());
        let metrics = self.base.computed.metrics;
        let finding = index.and_then(|index| metrics.findings.get(index)).cloned();
        let finding = finding.ok_or_else(|| EvidenceError::UnknownFigure {
            stream: self.base.stream.clone(),
            revision: self.base.revision,
            id: claim.source.clone(),
            close: Vec::new(),
        })?;
        let mut troubles = Vec::new();
        if !finding.message.contains(&claim.display)
            && !finding.action.as_ref().is_some_and(|action| action.contains(&claim.display))
        {
            troubles.push("the finding's sentence does not hold the number".to_owned());
        }
        let found_again = self.is_found_again(&finding).await?;
        if found_again == Some(false) {
            troubles.push("computing the pages anew does not find it".to_owned());
        }
        let inputs = self.grounds(&finding, claim).await?;
        let answer = FigureAudit {
            formula: format!(
                "a number in the finding {:?}: {}",
                finding.class,
                finding.message.trim_end_matches('.')
            ),
            value: claim.value,
            display: claim.display.clone(),
            recomputed: claim.value.filter(|_| found_again == Some(true)),
            inputs,
            ..self.answer(&claim.source, Some(claim.id), Kind::Finding)
        };
        Ok(judged(answer, troubles))
    }

    /// `None` if the pages have expired.
    async fn is_found_again(&mut self, finding: &Finding) -> Result<Option<bool>, EvidenceError> {
        if self.found_anew.is_none() {
            let event = self.base.computed.event;
            let anew = recompute::metrics(self.store, self.base.loaded, event).await?;
            self.found_anew = Some(match anew {
                Recomputed::FromPages(metrics) => Some(metrics.findings),
                _ => None,
            });
        }
        let anew = self.found_anew.as_ref().and_then(Option::as_ref);
        Ok(anew.map(|findings| findings.contains(finding)))
    }

    async fn grounds(
        &mut self,
        finding: &Finding,
        claim: &Claim,
    ) -> Result<Vec<AuditInput>, EvidenceError> {
        let grounds = match finding.class {
            FindingClass::UnattributedLeads | FindingClass::AmbiguousCampaign => {
                self.contacts(finding).await?
            }
            FindingClass::ReconciliationGap => self.reconciled(finding, claim).await?,
            FindingClass::LeadTypesMixed
            | FindingClass::AttributionChanged
            | FindingClass::DeliveryStopped => self.days(finding).await?,
            _ => Vec::new(),
        };
        let grounds = if grounds.is_empty() { self.pages_of(finding) } else { grounds };
        let place = |input: &AuditInput| Place::new(self.base.stream, None, input.artifact);
        let (mut inputs, expected): (Vec<AuditInput>, Vec<Expected>) =
            grounds.into_iter().map(|ground| (ground.input, ground.expected)).unzip();
        let lookups: Vec<Lookup> = inputs
            .iter()
            .zip(expected)
            .map(|(input, expected)| Lookup {
                place: place(input),
                pointer: input.pointer.clone(),
                expected,
            })
            .collect();
        let checked = self.look_up(&lookups).await?;
        for ((input, lookup), checked) in inputs.iter_mut().zip(&lookups).zip(checked) {
            input.checked = checked;
            input.object = self.pages.name(&lookup.place).map(ToString::to_string);
        }
        Ok(inputs)
    }

    /// The weeks of the own pull that the sentence names; all if it names none.
    fn weeks(&self, finding: &Finding) -> Vec<&WeekObserved> {
        let all = &self.base.computed.metrics.observations;
        let named = |seen: &&WeekObserved| finding.message.contains(&seen.week.to_string());
        let weeks: Vec<&WeekObserved> = all.iter().filter(named).collect();
        if weeks.is_empty() { all.iter().collect() } else { weeks }
    }

    async fn contacts(&mut self, finding: &Finding) -> Result<Vec<Ground>, EvidenceError> {
        let weeks: Vec<WeekObserved> = self.weeks(finding).into_iter().cloned().collect();
        let is_meant = |contact: &ContactRow| match finding.class {
            FindingClass::AmbiguousCampaign => contact.rule == MatchedRule::Ambiguous,
            _ => contact.bucket == Bucket::Unattributed,
        };
        let mut grounds = Vec::new();
        for seen in weeks {
            let rows = self.read_rows(&seen.rows).await?;
            let contacts = rows.contacts.iter().filter(|contact| is_meant(contact));
            grounds.extend(contacts.map(|contact| contact_ground(seen.week, contact)));
        }
        Ok(grounds)
    }

    /// The rows of the finding's account.
    async fn days(&mut self, finding: &Finding) -> Result<Vec<Ground>, EvidenceError> {
        let weeks: Vec<WeekObserved> = self.weeks(finding).into_iter().cloned().collect();
        let mut grounds = Vec::new();
        for seen in weeks {
            let rows = self.read_rows(&seen.rows).await?;
            let is_meant = |day: &&DayRow| {
                [day.account.as_str(), day.campaign.as_str()].contains(&finding.subject.as_str())
            };
            grounds.extend(rows.days.iter().filter(is_meant).map(|day| day_ground(seen.week, day)));
        }
        Ok(grounds)
    }

    /// Both sides of a reconciliation: the ad sets' values and the control's.
    async fn reconciled(
        &mut self,
        finding: &Finding,
        claim: &Claim,
    ) -> Result<Vec<Ground>, EvidenceError> {
        let metrics = self.base.computed.metrics;
        let said = |gap: &Reconciliation| {
            let seen = metrics.observations.iter().find(|seen| seen.week == gap.week);
            let mut accounts = seen.into_iter().flat_map(|seen| &seen.accounts);
            let facts = accounts.find(|facts| facts.account == gap.account);
            said_gap(gap, facts.and_then(|facts| facts.currency.as_ref()))
        };
        let is_named = |gap: &&Reconciliation| {
            gap.account.as_str() == finding.subject
                && finding.message.contains(&gap.week.to_string())
                && finding.message.contains(&said(gap))
        };
        let named: Vec<&Reconciliation> = metrics.reconciliation.iter().filter(is_named).collect();
        // A sentence may name several measures: the number is of one of them.
        let own = named.iter().find(|gap| said(gap).contains(&claim.display));
        let Some(gap) = own.or(named.first()) else { return Ok(Vec::new()) };
        let gap: Reconciliation = (*gap).clone();
        let of_pages = self.of_pages(&gap, controls::level(&gap)).await?;
        let mut grounds = match controls::lead_type(&gap.measure) {
            Some(_) => self.of_pages(&gap, PageKind::AdSetDays).await?,
            None => self.of_rows(&gap).await?,
        };
        grounds.extend(of_pages);
        Ok(grounds)
    }

    /// The ad sets' values as the rows hold them.
    async fn of_rows(&mut self, gap: &Reconciliation) -> Result<Vec<Ground>, EvidenceError> {
        let observations = &self.base.computed.metrics.observations;
        let Some(seen) = observations.iter().rfind(|seen| seen.week == gap.week) else {
            return Ok(Vec::new());
        };
        let Ok(measure) = gap.measure.parse::<Measure>() else { return Ok(Vec::new()) };
        let rows = self.read_rows(&seen.rows).await?;
        let days = rows.days.iter().filter(|day| day.account == gap.account);
        Ok(days.filter_map(|day| value_ground(gap, measure, day)).collect())
    }

    /// The values of one level as its pages hold them.
    async fn of_pages(
        &self,
        gap: &Reconciliation,
        level: PageKind,
    ) -> Result<Vec<Ground>, EvidenceError> {
        let Some((event, raw)) = fetched(self.base.loaded, self.base.computed.event) else {
            return Ok(Vec::new());
        };
        let (stream, settings) = (self.base.stream, &self.base.settings);
        let values = controls::values(self.store, stream, event, raw, gap, settings, level).await?;
        let role = match level {
            PageKind::AdSetDays => "ad sets".to_owned(),
            _ => format!("{} control", gap.control),
        };
        let ground = |value: controls::PageValue| Ground {
            input: AuditInput {
                rule: None,
                role: role.clone(),
                week: gap.week,
                day: Some(value.day),
                subject: value.subject,
                value: Some(value.value),
                artifact: value.artifact,
                pointer: value.pointer,
                object: None,
                checked: Checked::Expired,
            },
            expected: Expected::Number(value.value),
        };
        Ok(values.into_iter().map(ground).collect())
    }

    /// The pages that were read: those of the finding's account, or of the CRM, or all.
    fn pages_of(&self, finding: &Finding) -> Vec<Ground> {
        let Some((_, raw)) = fetched(self.base.loaded, self.base.computed.event) else {
            return Vec::new();
        };
        let account = AccountId::parse(&finding.subject).ok();
        let is_meant = |page: &&Page| match &account {
            Some(account) => page.account.as_ref() == Some(account),
            None => page.kind == PageKind::Contacts,
        };
        let mut pages: Vec<&Page> = raw.pages.iter().filter(is_meant).collect();
        if pages.is_empty() {
            pages = raw.pages.iter().collect();
        }
        pages
            .into_iter()
            .filter(|page| is_answer(page))
            .map(|page| self.page_ground(raw, page))
            .collect()
    }

    fn page_ground(&self, raw: &RawFetched, page: &Page) -> Ground {
        let week = raw.weeks.last().copied().unwrap_or(self.base.stream.week);
        let of = page.account.as_ref().map(|account| format!(" of {account}")).unwrap_or_default();
        Ground {
            input: AuditInput {
                rule: None,
                role: "page read".to_owned(),
                week,
                day: None,
                subject: format!("page {} of {:?}{of}", page.number, page.kind),
                value: None,
                artifact: page.artifact.digest,
                pointer: String::new(),
                object: None,
                checked: Checked::Expired,
            },
            expected: Expected::Structure,
        }
    }
}

fn contact_ground(week: Week, contact: &ContactRow) -> Ground {
    Ground {
        input: AuditInput {
            rule: None,
            role: "contact".to_owned(),
            week,
            day: None,
            subject: format!("contact {} ({:?})", contact.contact, contact.rule),
            value: Some(Decimal::ONE),
            artifact: contact.source.artifact,
            pointer: contact.source.pointer.clone(),
            object: None,
            checked: Checked::Expired,
        },
        expected: Expected::Contact(contact.contact.clone()),
    }
}

fn day_ground(week: Week, day: &DayRow) -> Ground {
    Ground {
        input: AuditInput {
            rule: None,
            role: "row read".to_owned(),
            week,
            day: Some(day.date),
            subject: format!("ad set {} of campaign {}", day.ad_set, day.campaign),
            value: None,
            artifact: day.source.artifact,
            pointer: day.source.pointer.clone(),
            object: None,
            checked: Checked::Expired,
        },
        expected: Expected::Structure,
    }
}

/// `None` if the row does not hold the measure.
fn value_ground(gap: &Reconciliation, measure: Measure, day: &DayRow) -> Option<Ground> {
    let pointer = day.pointers.get(measure.as_str())?;
    let value = measure.of(&day.measures)?;
    let ground = day_ground(gap.week, day);
    Some(Ground {
        input: AuditInput {
            rule: None,
            role: "ad sets".to_owned(),
            value: Some(value),
            pointer: pointer.clone(),
            ..ground.input
        },
        expected: Expected::Number(value),
    })
}
