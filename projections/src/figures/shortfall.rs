//! What is known to be missing from figures, in the words that stand beside them or in their place.

use weekledger_events::Week;
use weekledger_events::payload::Shortfall;

use crate::figure::Metric;

/// An account without figures in a week, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    pub name: String,
    pub why: Shortfall,
}

/// Whose figures are not whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Of {
    /// By name.
    Account(String),
    Crm,
}

/// Figures of a week that are fewer than they should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Short {
    pub of: Of,
    pub why: Shortfall,
    pub week: Week,
}

impl Missing {
    fn sentence(why: Shortfall, names: &str) -> String {
        match why {
            Shortfall::NotPulled => format!("{names} could not be pulled"),
            Shortfall::NoRows => format!("Meta sent no rows of {names}"),
            Shortfall::RowsLeftOut => format!("the rows of {names} cannot be used"),
            Shortfall::SumsApart => {
                format!("the rows of {names} do not add up to what Meta says itself")
            }
            Shortfall::LeadsWithheld => format!("the rows of {names} lack their actions"),
        }
    }

    /// One sentence a reason, in the order of the accounts.
    pub fn note(missing: &[Self]) -> String {
        let mut reasons: Vec<Shortfall> = Vec::new();
        for Self { why, .. } in missing {
            if !reasons.contains(why) {
                reasons.push(*why);
            }
        }
        let sentences = reasons.into_iter().map(|why| {
            let names = missing.iter().filter(|one| one.why == why);
            let names: Vec<&str> = names.map(|one| one.name.as_str()).collect();
            Self::sentence(why, &names.join(", "))
        });
        sentences.collect::<Vec<_>>().join("; ")
    }
}

impl Short {
    /// Whether figures of a metric suffer from it.
    pub fn concerns(&self, metric: Metric) -> bool {
        let leads = matches!(
            metric,
            Metric::MetaLeads | Metric::Cpl | Metric::SpendPerLead | Metric::LandingPageViews
        );
        // The CRM lacks contacts, whatever the reason; an account's rows may lack actions only.
        self.of == Of::Crm || self.why != Shortfall::LeadsWithheld || leads
    }

    fn what(of: &Of, why: Shortfall) -> String {
        match (of, why) {
            (Of::Account(name), Shortfall::RowsLeftOut) => format!("rows of {name} were left out"),
            (Of::Account(name), Shortfall::SumsApart) => {
                format!("the rows of {name} do not add up to what Meta says itself")
            }
            (Of::Account(name), Shortfall::LeadsWithheld) => {
                format!("the rows of {name} lack their actions")
            }
            (Of::Account(name), Shortfall::NoRows | Shortfall::NotPulled) => {
                format!("{name} is missing")
            }
            (Of::Crm, Shortfall::NoRows) => "HubSpot sent no contacts".to_owned(),
            (Of::Crm, Shortfall::RowsLeftOut) => "contacts were left out".to_owned(),
            (Of::Crm, Shortfall::LeadsWithheld) => {
                "contacts came without what names their campaign".to_owned()
            }
            (Of::Crm, _) => "HubSpot announced other contacts than it sent".to_owned(),
        }
    }

    /// One note for each account and reason, with the weeks.
    pub fn notes(short: &[Self]) -> Vec<String> {
        let mut kinds: Vec<(&Of, Shortfall)> = Vec::new();
        for Self { of, why, .. } in short {
            if !kinds.contains(&(of, *why)) {
                kinds.push((of, *why));
            }
        }
        let note = |(of, why): (&Of, Shortfall)| {
            let own = short.iter().filter(|one| one.of == *of && one.why == why);
            let weeks: Vec<Week> = own.map(|one| one.week).collect();
            format!("not whole: {} in {}", Self::what(of, why), listed(&weeks))
        };
        kinds.into_iter().map(note).collect()
    }
}

/// "2026-W44", "2026-W44 and 2026-W45", "2026-W44 and later weeks".
fn listed(weeks: &[Week]) -> String {
    match weeks {
        [] => String::new(),
        [week] => week.to_string(),
        [first, second] => format!("{first} and {second}"),
        [first, ..] => format!("{first} and later weeks"),
    }
}
