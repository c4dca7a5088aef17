//! What is wrong with a configuration file: every problem with its line, its field and the fix.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "there is no configuration file {}\n  fix: run `weekledger init` to write one, or name \
         yours with --config FILE",
        .path.display()
    )]
    Missing { path: PathBuf },
    #[error(
        "the configuration file {} cannot be read\n  fix: name a file that you may read with \
         --config FILE",
        .path.display()
    )]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "the configuration file {} is longer than {max} bytes\n  fix: name the \
         configuration, not a data file",
        .path.display()
    )]
    TooLarge { path: PathBuf, max: u64 },
    #[error("{}:{line}: the line is not UTF-8\n  fix: save the file as UTF-8", .path.display())]
    NotText { path: PathBuf, line: usize },
    #[error("{0}")]
    Invalid(Problems),
}

/// Everything that is wrong with one file, in the order of its lines.
#[derive(Debug, Clone)]
pub struct Problems {
    pub file: PathBuf,
    pub list: Vec<Problem>,
}

/// One thing that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// For example `report[1].timezone`; tables of a list are counted from 1. Empty for the file.
    pub field: String,
    pub what: String,
    pub fix: String,
    #[serde(skip)]
    excerpt: Excerpt,
}

/// The offending line, short enough to print, and where the caret goes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Excerpt {
    line: String,
    indent: usize,
    width: usize,
}

/// More than this would scroll the first one away.
const SHOWN_MAX: usize = 20;

/// Longer lines are cut around the caret.
const LINE_CHARS_MAX: usize = 120;

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        let count = self.list.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        write!(f, "{file} has {count} {noun}")?;
        for problem in self.list.iter().take(SHOWN_MAX) {
            write!(f, "\n\n{}", Shown { file: &self.file, problem })?;
        }
        match count.checked_sub(SHOWN_MAX) {
            None | Some(0) => Ok(()),
            Some(more) => write!(f, "\n\nand {more} more"),
        }
    }
}

/// A problem the way compilers show theirs.
struct Shown<'a> {
    file: &'a Path,
    problem: &'a Problem,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { line, column, field, what, fix, excerpt } = self.problem;
        let number = line.to_string();
        let gutter = " ".repeat(number.len());
        let (indent, caret) = (" ".repeat(excerpt.indent), "^".repeat(excerpt.width));
        writeln!(f, "error: {what}")?;
        writeln!(f, "{gutter}--> {}:{line}:{column}", self.file.display())?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", excerpt.line)?;
        writeln!(f, "{gutter} | {indent}{caret}")?;
        if !field.is_empty() {
            writeln!(f, "{gutter} = field: {field}")?;
        }
        write!(f, "{gutter} = fix: {fix}")
    }
}

/// What a check finds wrong with a value; where it stands is the caller's knowledge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw {
    pub what: String,
    pub fix: String,
    /// The value must not be repeated: it may be a secret.
    pub hide: bool,
}

impl Flaw {
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { what: what.into(), fix: fix.into(), hide: false }
    }

    pub fn hidden(self) -> Self {
        Self { hide: true, ..self }
    }
}

/// Collects problems while a file is read, so that several are told at once.
pub(super) struct Collector<'t> {
    text: &'t str,
    found: RefCell<Vec<(usize, Problem)>>,
}

impl<'t> Collector<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, found: RefCell::new(Vec::new()) }
    }

    /// Notes a flaw of the field at `path`, which stands at `span` (bytes of the text).
    pub fn add(&self, span: Range<usize>, path: &str, flaw: Flaw) {
        let start = floor_boundary(self.text, span.start);
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.text[line_start..].lines().next().unwrap_or("");
        let column = self.text[line_start..start].chars().count();
        let end = floor_boundary(self.text, span.end.min(line_start + line.len()).max(start));
        let width = self.text[start..end].chars().count();
        let problem = Problem {
            line: before.matches('\n').count() + 1,
            column: column + 1,
            field: path.to_owned(),
            what: flaw.what,
            fix: flaw.fix,
            excerpt: Excerpt::cut(line, column, width, flaw.hide),
        };
        self.found.borrow_mut().push((start, problem));
    }

    pub fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// The problems in the order of the text.
    pub fn finish(self, file: &Path) -> Problems {
        let mut found = self.found.into_inner();
        found.sort_by_key(|(start, _)| *start);
        let list = found.into_iter().map(|(_, problem)| problem).collect();
        Problems { file: file.to_owned(), list }
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

impl Excerpt {
    fn cut(line: &str, column: usize, width: usize, hide: bool) -> Self {
        let (line, hidden) = without_secret(line, hide);
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        let chars: Vec<char> = line.chars().map(printable).collect();
        let column = column.min(chars.len());
        let from = if chars.len() > LINE_CHARS_MAX { column.saturating_sub(40) } else { 0 };
        let shown: String = chars.iter().skip(from).take(LINE_CHARS_MAX).collect();
        let room = shown.chars().count().saturating_sub(column - from).max(1);
        let width = if hidden { 1 } else { width.clamp(1, room) };
        Self { line: shown, indent: column - from, width }
    }
}

/// Words in the name of a field that should never have been written into this file.
const SECRET_WORDS: [&str; 6] = ["token", "secret", "password", "passwd", "api_key", "credential"];

/// How the providers' secrets begin.
const SECRET_PREFIXES: [&str; 4] = ["EAA", "pat-", "sk-ant", "Bearer "];

/// Whether a field's name says that its value is a secret.
pub(super) fn names_a_secret(key: &str) -> bool {
    let key = key.to_lowercase().replace('-', "_");
    // `[secrets] file` is a path, and no secret itself.
    SECRET_WORDS.iter().any(|word| key.contains(word)) && key != "secrets"
}

/// Whether a text contains what the providers' secrets begin with.
pub(super) fn looks_secret(text: &str) -> bool {
    SECRET_PREFIXES.iter().any(|prefix| text.contains(prefix))
}

/// The line without what follows `=` if that may be a secret, and whether that was so.
fn without_secret(line: &str, hide: bool) -> (String, bool) {
    let (key, _) = line.split_once('=').unwrap_or(("", line));
    let secret = hide || names_a_secret(key) || looks_secret(line);
    match (secret, key.is_empty()) {
        (false, _) => (line.to_owned(), false),
        (true, false) => (format!("{key}= …"), true),
        (true, true) => ("…".to_owned(), true),
    }
}
