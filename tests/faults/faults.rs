//! One run for each switch of the catalog, compared with a run without any fault.

use std::collections::BTreeMap;

use serde_json::Value;
use weekledger::simulator::{CATALOG, switch_named};

use crate::desk::{Desk, Said, TOKEN};

const NOW: &str = "2026-11-23T06:00:00Z";
const TODAY: &str = "2026-11-23";
const WEEK: &str = "2026-W47";
const PARKRING: &str = "act_1018340275511203";

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The report went out and every figure is the one without the fault.
    Whole,
    /// It went out without the figures of one account, and says so.
    WithoutAccount,
    /// It went out without the figures of the CRM, and says so.
    WithoutCrm,
    /// It waits for a person; no mail went out.
    Held,
    /// A person has to do something first; no figure was made.
    Failed,
}

/// Each switch, how the run ends, and words that somebody reads.
#[rustfmt::skip]
const TABLE: &[(&str, End, &[&str])] = &[
    ("meta-limit-insights", End::Whole, &[]),
    ("meta-limit-app", End::Whole, &[]),
    ("meta-limit-user", End::Whole, &[]),
    ("meta-limit-account", End::Whole, &[]),
    ("meta-limit-lasting", End::WithoutAccount, &["Meta allows no more requests for a while", "(code 80000/2446079)", "the limit ends by itself"]),
    ("meta-reduce-data", End::Whole, &[]),
    ("meta-transient", End::Whole, &[]),
    ("meta-token-expired", End::Failed, &["The access token for Meta has expired", "Generate new token"]),
    ("meta-app-blocked", End::Failed, &["Meta has blocked the app that the token belongs to", "Required actions"]),
    ("meta-development", End::Failed, &["The app has only development access", "switch the app to Live"]),
    ("meta-account-gone", End::WithoutAccount, &["Meta knows no such ad account, or does not show it to this token", "Compare meta_account"]),
    ("meta-partial-account", End::Held, &["spend", "held"]),
    ("meta-missing-rows", End::Held, &["spend", "held"]),
    ("meta-missing-controls", End::Held, &["spend", "held"]),
    ("meta-twice", End::Whole, &["came twice with the same values and counts once"]),
    ("meta-endless", End::WithoutAccount, &["The list of figures by ad set of Residenz Parkring did not end", "Wait some hours"]),
    ("meta-truncated", End::Whole, &[]),
    ("meta-reset", End::Whole, &[]),
    ("meta-html", End::Whole, &[]),
    ("meta-html-lasting", End::WithoutAccount, &["the page is HTML instead of JSON", "no proxy answers in its place"]),
    ("meta-slow", End::Whole, &[]),
    ("hubspot-limit-second", End::Whole, &[]),
    ("hubspot-limit-ten-seconds", End::Whole, &[]),
    ("hubspot-limit-day", End::WithoutCrm, &["HubSpot's requests for today are used up", "until midnight"]),
    ("hubspot-missing-scope", End::WithoutCrm, &["does not let the token read contacts", "add the scope crm.objects.contacts.read"]),
    ("hubspot-token-expired", End::WithoutCrm, &["The access token for HubSpot has expired", "Service Keys"]),
    ("hubspot-transient", End::Whole, &[]),
    ("hubspot-down", End::Whole, &[]),
    ("hubspot-twice", End::Whole, &["came more than once and count once each"]),
    ("hubspot-missing-rows", End::Held, &["HubSpot announced", "held"]),
    ("hubspot-truncated", End::Whole, &[]),
    ("hubspot-slow", End::Whole, &[]),
    ("hubspot-lag", End::Held, &["HubSpot announced", "held"]),
    ("hubspot-endless", End::WithoutCrm, &["The list of contacts did not end"]),
    ("hubspot-html", End::WithoutCrm, &["the page is HTML instead of JSON"]),
    ("hubspot-reset", End::Whole, &[]),
];

#[tokio::test]
async fn every_fault_ends_as_it_should_and_never_in_a_wrong_figure() {
    let clean = Desk::new(TODAY, Vec::new()).await;
    let run = clean.say(NOW, &["run", "--json"]).await;
    assert_eq!(run.exit, 0, "{run:?}");
    let truth = clean.figures(NOW, WEEK).await;
    assert!(truth.len() > 100);
    let mut wrong = Vec::new();
    for (name, end, words) in TABLE {
        let desk = Desk::new(TODAY, vec![switch_named(name).unwrap().fault()]).await;
        let run = desk.say(NOW, &["run", "--json", "--wait", "240"]).await;
        let figures = desk.figures(NOW, WEEK).await;
        let told = Told { run: &run, figures: &figures, truth: &truth, mails: desk.mails() };
        wrong.extend(told.wrong(*end, words).into_iter().map(|what| format!("{name}: {what}")));
        assert!(!run.words().contains(TOKEN), "{name} says the token");
        desk.assert_no_token();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_switch_of_the_catalog_is_in_the_table() {
    let mut switches: Vec<&str> = CATALOG.iter().map(|switch| switch.name).collect();
    // It adds contacts, so it has a test of its own.
    switches.retain(|name| *name != "hubspot-crowd");
    let mut table: Vec<&str> = TABLE.iter().map(|(name, ..)| *name).collect();
    switches.sort_unstable();
    table.sort_unstable();
    assert_eq!(switches, table);
}

/// What became of a run.
struct Told<'a> {
    run: &'a Said,
    figures: &'a BTreeMap<String, Value>,
    truth: &'a BTreeMap<String, Value>,
    mails: usize,
}

impl Told<'_> {
    fn wrong(&self, end: End, words: &[&str]) -> Vec<String> {
        let mut wrong = Vec::new();
        let (exit, outcome, mails) = match end {
            End::Whole | End::WithoutAccount | End::WithoutCrm => (0, "sent", 1),
            End::Held => (3, "held", 0),
            End::Failed => (1, "failed", 0),
        };
        let found = self.run.json()["outcome"].clone();
        if (self.run.exit, &found, self.mails) != (exit, &outcome.into(), mails) {
            let said = self.run.words();
            wrong.push(format!("exit {}, {found}, {} mails: {said}", self.run.exit, self.mails));
        }
        wrong.extend(
            self.run.json()["findings"].as_array().into_iter().flatten().filter_map(ill_advised),
        );
        for word in words.iter().filter(|word| !self.run.words().contains(**word)) {
            wrong.push(format!("nobody is told \"{word}\": {}", self.run.words()));
        }
        match end {
            // What waits for a person may be wrong: that is why it waits.
            End::Held => {}
            End::Failed if self.figures.is_empty() => {}
            End::Failed => wrong.push("figures without data".to_owned()),
            End::Whole => wrong.extend(self.differences(|_| false)),
            End::WithoutAccount => {
                wrong.extend(self.differences(|_| true));
                // Its own figures and the totals above it are not there; the others' are.
                for id in [
                    format!("account:{PARKRING}/spend/week"),
                    "report:weekly/meta_leads/week".to_owned(),
                ] {
                    if self.value(&id).is_some() {
                        wrong.push(format!("{id} is shown"));
                    }
                }
                if self.value("account:act_1018340275511096/impressions/week").is_none() {
                    wrong.push("another account's figures are missing too".to_owned());
                }
            }
            End::WithoutCrm => {
                wrong.extend(self.differences(|id| id.contains("crm")));
                if self.value("report:weekly/crm_leads/week").is_some() {
                    wrong.push("CRM leads are shown".to_owned());
                }
            }
        }
        wrong
    }

    fn value(&self, id: &str) -> Option<&str> {
        self.figures.get(id).and_then(|figure| figure["value"].as_str())
    }

    /// Figures that are neither the true ones nor null where they may be.
    fn differences(&self, may_be_null: impl Fn(&str) -> bool) -> Vec<String> {
        let differs = |(id, figure): &(&String, &Value)| {
            let value = &figure["value"];
            let known = self.truth.get(*id).map(|known| &known["value"]);
            known != Some(value) && !(value.is_null() && may_be_null(id))
        };
        let mut wrong: Vec<String> = self
            .figures
            .iter()
            .filter(differs)
            .map(|(id, figure)| {
                let known = self.truth.get(id).map(|known| known["value"].to_string());
                format!("{id} is {}, and in truth {known:?}", figure["value"])
            })
            .collect();
        if self.figures.is_empty() {
            wrong.push("there are no figures".to_owned());
        }
        wrong.truncate(5);
        wrong
    }
}

/// Advice that nobody can follow: without a command or with several, without a thing to do, or with
/// what was just tried.
fn ill_advised(finding: &Value) -> Option<String> {
    let advice = finding["action"].as_str()?;
    let (class, commands) = (finding["class"].as_str()?, advice.matches("`weekledger ").count());
    let expected = match class {
        "account_missing" | "crm_missing" | "incomplete_pages" | "reconciliation_gap" | "fatal" => {
            1
        }
        "held" => 3,
        _ => commands.min(1),
    };
    let has_nothing = advice.to_lowercase().contains("nothing");
    let is_vague = advice.contains("the week again") || advice.contains("re-emit from");
    let wrong = commands != expected || has_nothing || is_vague;
    wrong.then(|| format!("{class} advises: {advice}"))
}

#[tokio::test]
async fn contacts_beyond_the_end_of_one_search_are_all_counted() {
    let clean = Desk::new(TODAY, Vec::new()).await;
    clean.say(NOW, &["run"]).await;
    let truth = clean.figures(NOW, WEEK).await;
    let crowd = switch_named("hubspot-crowd").unwrap().fault();
    let desk = Desk::new(TODAY, vec![crowd]).await;
    let run = desk.say(NOW, &["run", "--json"]).await;
    assert_eq!(run.exit, 0, "{run:?}");
    let figures = desk.figures(NOW, WEEK).await;
    let leads = |figures: &BTreeMap<String, Value>| -> u32 {
        let figure = &figures["report:weekly/crm_leads/week"];
        figure["value"].as_str().unwrap().parse().unwrap()
    };
    assert_eq!(leads(&figures), leads(&truth) + 12_000);
    let spend = |figures: &BTreeMap<String, Value>| {
        let ids = figures.keys().filter(|id| id.contains("/spend/week"));
        ids.map(|id| figures[id]["value"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(spend(&figures), spend(&truth));
}
