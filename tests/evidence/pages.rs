//! An auditor of its own: reads archived pages with a JSON library and a pocket calculator, and
//! nothing of the program but the audit's answer.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rust_decimal::Decimal;
use serde_json::Value;
use weekledger::evidence::{Checked, FigureAudit};
use weekledger_events::Digest;

use crate::world::World;

/// Every raw page of a data directory, by digest of its bytes.
pub struct Pages(BTreeMap<String, Value>);

impl Pages {
    pub fn of(world: &World) -> Self {
        let raw = |(name, path): (String, PathBuf)| {
            let bytes = name.starts_with("raw/").then(|| std::fs::read(path).unwrap())?;
            let page = serde_json::from_slice(&bytes).unwrap();
            Some((Digest::of(&bytes).to_string(), page))
        };
        Self(world.objects().into_iter().filter_map(raw).collect())
    }

    /// What an archived page holds at a place.
    pub fn at(&self, artifact: &Digest, pointer: &str) -> &Value {
        self.0[&artifact.to_string()].pointer(pointer).unwrap()
    }

    /// Looks every input up, and returns the sum of each role.
    pub fn sums(&self, audit: &FigureAudit) -> BTreeMap<String, Decimal> {
        let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
        for term in &audit.terms {
            sums.insert(term.name.clone(), Decimal::ZERO);
        }
        for input in &audit.inputs {
            let id = &audit.figure;
            assert_eq!(input.checked, Checked::Holds, "{id}: {input:?}");
            let page = self.0.get(&input.artifact.to_string());
            let page = page.unwrap_or_else(|| panic!("{id}: no page {}", input.artifact));
            let found = page.pointer(&input.pointer);
            let found = found.unwrap_or_else(|| panic!("{id}: nothing at {}", input.pointer));
            let Some(value) = input.value else { continue };
            if found.is_object() {
                let contact = found["id"].as_str().unwrap();
                assert!(input.subject.contains(contact), "{id}: {}", input.subject);
                assert_eq!(value, Decimal::ONE);
            } else {
                let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
                assert_eq!(text.parse::<Decimal>().unwrap(), value, "{id} at {}", input.pointer);
            }
            *sums.entry(input.role.clone()).or_default() += value;
        }
        sums
    }

    /// A measure over all ad-set rows between two days, each ad set and day once.
    pub fn total(&self, measure: &str, from: &str, to: &str, currency: Option<&str>) -> Decimal {
        let mut rows: BTreeMap<(String, String), Decimal> = BTreeMap::new();
        for page in self.0.values() {
            for row in page["data"].as_array().into_iter().flatten() {
                let day = row["date_start"].as_str().unwrap_or_default();
                let Some(ad_set) = row["adset_id"].as_str() else { continue };
                let wanted = currency.is_none_or(|currency| row["account_currency"] == currency);
                if day >= from && day <= to && wanted {
                    let value = row[measure].as_str().unwrap_or("0").parse().unwrap();
                    rows.insert((ad_set.to_owned(), day.to_owned()), value);
                }
            }
        }
        rows.values().sum()
    }
}
