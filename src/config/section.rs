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
    /// Something else stands in the table's place; that has been noted already.
    faulty: bool,
    known: Vec<&'static str>,
    /// Fields that must be there and are not, each with its fix.
    missing: Vec<(&'static str, String)>,
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
        Self::new(collector, String::new(), 0..0, Some(table))
    }

    fn new(
        collector: &'a Collector<'a>,
        path: String,
        span: Range<usize>,
        table: Option<&'a DeTable<'a>>,
    ) -> Self {
        let (known, missing) = (Vec::new(), Vec::new());
        Self { collector, path, span, table, faulty: false, known, missing }
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

    /// A field that must be there. If it is not, `finish` notes that.
    pub fn required<T>(
        &mut self,
        key: &'static str,
        example: &str,
        parse: impl FnOnce(&'a DeValue<'a>) -> Result<T, Flaw>,
    ) -> Option<Found<T>> {
        if self.table.is_none_or(|table| !table.contains_key(key)) {
            self.known.push(key);
            self.missing.push((key, format!("{}{key} = {example}", self.place_to_write())));
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
        let span = found.as_ref().map_or(self.span.clone(), |found| found.span.clone());
        let written = self.table.is_some_and(|table| table.contains_key(key));
        let faulty = self.faulty || (written && found.is_none());
        let table = found.map(|found| found.value);
        Section { faulty, ..Self::new(self.collector, self.path_of(key), span, table) }
    }

    /// A list of tables inside of this one; it may be left out.
    pub fn sections_if_any(&mut self, key: &'static str) -> Vec<Section<'a>> {
        if self.table.is_some_and(|table| table.contains_key(key)) {
            return self.sections(key);
        }
        self.known.push(key);
        Vec::new()
    }

    /// A list of tables inside of this one; there must be at least one.
    pub fn sections(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let header = [self.header(), key.to_owned()].concat();
        let fix = format!("write [[{header}]] on a line of its own and the fields below it");
        let not_tables = || Flaw::new(format!("`{header}` is not a list of tables"), fix.clone());
        if self.table.is_none_or(|table| !table.contains_key(key)) {
            self.known.push(key);
            self.missing.push((key, fix));
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
        let number = |(at, (span, table)): (usize, (Range<usize>, &'a DeTable<'a>))| {
            Self::new(self.collector, format!("{path}[{}]", at + 1), span, Some(table))
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

    /// Notes every field that was never asked for, and those that are missing, unless an unknown
    /// one is plainly meant to be it.
    pub fn finish(self) {
        let keys = self.table.into_iter().flat_map(|table| table.keys());
        let mut meant = Vec::new();
        for key in keys.filter(|key| !self.known.contains(&key.get_ref().as_ref())) {
            let name = key.get_ref().as_ref();
            meant.extend(self.meant_by(name));
            self.collector.add(key.span(), &self.path_of(name), self.unknown(name));
        }
        let place = if self.path.is_empty() { "this file" } else { &self.path };
        for (key, fix) in &self.missing {
            if !self.faulty && !meant.contains(key) {
                let flaw = Flaw::new(format!("`{key}` is missing in {place}"), fix.as_str());
                self.collector.add(self.span.clone(), &self.path_of(key), flaw);
            }
        }
    }

    fn meant_by(&self, name: &str) -> Option<&'static str> {
        nearest(name, self.known.iter().copied())
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
        let fix = match self.meant_by(name) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("remove it; known here: {}", self.known.join(", ")),
        };
        let place = if self.path.is_empty() { "this file" } else { &self.path };
        Flaw::new(format!("unknown field `{shown}` in {place}"), fix)
    }

    /// The beginning of a fix: also the table, if the file leaves it out.
    fn place_to_write(&self) -> String {
        match self.table {
            Some(_) => "write ".to_owned(),
            None => format!("write [{}] on a line of its own and below it ", self.path),
        }
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
