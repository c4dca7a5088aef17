//! One table of the file: fields are taken from it by name, and what is left over is a problem.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::error::{Collector, Flaw, names_a_secret};
use super::nearest::nearest;

/// A table, its place and its path. Fields that are never taken are unknown ones.
pub(super) struct Section<'a> {
    collector: &'a Collector<'a>,
    path: String,
    /// Where a missing field is reported.
    span: Range<usize>,
    /// `None` for a table that the file leaves out.
    table: Option<&'a DeTable<'a>>,
    known: Vec<&'static str>,
}

/// A value and where it stands, for checks against other values.
#[derive(Debug, Clone)]
pub(super) struct Found<T> {
    pub value: T,
    pub span: Range<usize>,
    pub path: String,
}

impl<'a> Section<'a> {
    pub fn root(collector: &'a Collector<'a>, table: &'a DeTable<'a>) -> Self {
        Self { collector, path: String::new(), span: 0..0, table: Some(table), known: Vec::new() }
    }

    /// A field that may be left out. `None` also if it is faulty, which is then noted.
    pub fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&'a DeValue<'a>) -> Result<T, Flaw>,
    ) -> Option<Found<T>> {
        self.known.push(key);
        let value = self.table?.get(key)?;
        let path = self.path_of(key);
        match parse(value.get_ref()) {
            Ok(parsed) => Some(Found { value: parsed, span: value.span(), path }),
            Err(flaw) => {
                self.collector.add(value.span(), &path, flaw);
                None
            }
        }
    }

    /// A field that must be there. `None` after a problem has been noted.
    pub fn required<T>(
        &mut self,
        key: &'static str,
        example: &str,
        parse: impl FnOnce(&'a DeValue<'a>) -> Result<T, Flaw>,
    ) -> Option<Found<T>> {
        if self.table.is_none_or(|table| !table.contains_key(key)) {
            self.known.push(key);
            self.missing(key, &format!("write {key} = {example}"));
            return None;
        }
        self.optional(key, parse)
    }

    /// A field with a value that serves if it is left out. A faulty one is noted.
    pub fn or<T>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl FnOnce(&'a DeValue<'a>) -> Result<T, Flaw>,
    ) -> T {
        self.optional(key, parse).map_or(default, |found| found.value)
    }

    /// A table inside of this one; it may be left out.
    pub fn section(&mut self, key: &'static str) -> Section<'a> {
        let found = self.optional(key, |value| match value {
            DeValue::Table(table) => Ok(table),
            _ => Err(Flaw::new(
                format!("`{key}` is not a table"),
                format!("write [{key}] on a line of its own and the fields below it"),
            )),
        });
        Section {
            collector: self.collector,
            path: self.path_of(key),
            span: found.as_ref().map_or(self.span.clone(), |found| found.span.clone()),
            table: found.map(|found| found.value),
            known: Vec::new(),
        }
    }

    /// A list of tables inside of this one; there must be at least one.
    pub fn sections(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let header = [self.header(), key.to_owned()].concat();
        let fix = format!("write [[{header}]] on a line of its own and the fields below it");
        let not_tables = || Flaw::new(format!("`{header}` is not a list of tables"), fix.clone());
        if self.table.is_none_or(|table| !table.contains_key(key)) {
            self.known.push(key);
            self.missing(key, &fix);
            return Vec::new();
        }
        let found = self.optional(key, |value| match value {
            DeValue::Array(array) if array.is_empty() => {
                Err(Flaw::new(format!("`{header}` is empty"), fix.clone()))
            }
            DeValue::Array(array) => array
                .iter()
                .map(|element| match element.get_ref() {
                    DeValue::Table(table) => Ok((element.span(), table)),
                    _ => Err(not_tables()),
                })
                .collect(),
            _ => Err(not_tables()),
        });
        let tables: Vec<_> = found.map_or_else(Vec::new, |found| found.value);
        let path = self.path_of(key);
        let number = |(at, (span, table)): (usize, (Range<usize>, &'a DeTable<'a>))| Section {
            collector: self.collector,
            path: format!("{path}[{}]", at + 1),
            span,
            table: Some(table),
            known: Vec::new(),
        };
        tables.into_iter().enumerate().map(number).collect()
    }

    /// Notes a flaw of a value that was found before.
    pub fn flaw<T>(&self, at: &Found<T>, flaw: Flaw) {
        self.collector.add(at.span.clone(), &at.path, flaw);
    }

    /// Notes a flaw of a field's value, or of its default where the file says nothing.
    pub fn flaw_at<T>(&self, key: &str, at: Option<&Found<T>>, flaw: Flaw) {
        match at {
            Some(found) => self.flaw(found, flaw),
            None => self.collector.add(self.span.clone(), &self.path_of(key), flaw),
        }
    }

    /// Notes every field that was never asked for.
    pub fn finish(self) {
        let Some(table) = self.table else { return };
        for (key, _) in table {
            let name = key.get_ref().as_ref();
            if !self.known.contains(&name) {
                self.collector.add(key.span(), &self.path_of(name), self.unknown(name));
            }
        }
    }

    fn unknown(&self, name: &str) -> Flaw {
        let shown: String = name.chars().take(60).flat_map(char::escape_debug).collect();
        if names_a_secret(name) {
            return Flaw::new(
                format!("`{shown}` looks like a secret, and secrets do not belong in this file"),
                "set the environment variable WEEKLEDGER_META_TOKEN, WEEKLEDGER_HUBSPOT_TOKEN or \
                 WEEKLEDGER_ANTHROPIC_KEY, or name a file that only you can read under \
                 [secrets] file; if this one was shared, replace the secret",
            )
            .hidden();
        }
        let fix = match nearest(name, self.known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("remove it; known here: {}", self.known.join(", ")),
        };
        let place = if self.path.is_empty() { "this file" } else { &self.path };
        Flaw::new(format!("unknown field `{shown}` in {place}"), fix)
    }

    fn missing(&self, key: &str, fix: &str) {
        let place = if self.path.is_empty() { "this file" } else { &self.path };
        let flaw = Flaw::new(format!("`{key}` is missing in {place}"), fix);
        self.collector.add(self.span.clone(), &self.path_of(key), flaw);
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The path as a table header writes it: without numbers, with a dot at the end.
    fn header(&self) -> String {
        let without_number = |part: &str| part.split('[').next().unwrap_or("").to_owned() + ".";
        self.path.split('.').filter(|part| !part.is_empty()).map(without_number).collect()
    }
}
