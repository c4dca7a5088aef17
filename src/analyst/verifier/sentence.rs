//! A sentence as the rules see it: words, marks, figures, names and moves in a row.

use weekledger_projections::claim::{Alias, Claim, ClaimSet};
use weekledger_projections::figure::{Direction, Metric, Status, Window};
use weekledger_projections::words::{Part, Sentence, Show, Verb};

use super::lexicon::{List, METRICS};

/// One element of a sentence.
#[derive(Debug, Clone)]
pub enum Item<'a> {
    Word(&'a str, String),
    Mark(char),
    Space,
    /// A set phrase that says nothing of figures, whatever its words would say alone.
    Phrase,
    Figure(&'a Claim),
    Name(Alias),
    Move(&'a Claim, Verb),
    /// A date or week.
    Label,
    /// A reference that leads nowhere; `Words::check` says so.
    Gap,
}

/// The whole sentence. Spaces are left out, but where one is missing beside a figure, `glued` says.
#[derive(Debug)]
pub struct Row<'a> {
    pub set: &'a ClaimSet,
    pub items: Vec<Item<'a>>,
    /// Places where a letter or sign touches a figure.
    pub glued: Vec<String>,
}

impl<'a> Row<'a> {
    pub fn new(set: &'a ClaimSet, sentence: &'a Sentence) -> Self {
        let mut all = Vec::new();
        for part in &sentence.0 {
            match part {
                Part::Text(text) => words(text, &mut all),
                Part::Label(_) => all.push(Item::Label),
                Part::Show { claim, show } => all.push(shown(set, set.claim(*claim), *show)),
                Part::Move { claim, verb } => {
                    all.push(set.claim(*claim).map_or(Item::Gap, |claim| Item::Move(claim, *verb)));
                }
            }
        }
        let glued = all.windows(2).filter_map(|pair| touching(pair)).collect();
        let items = all.into_iter().filter(|item| !matches!(item, Item::Space)).collect();
        let mut row = Self { set, items, glued };
        row.collapse();
        row
    }

    /// Makes one element of each set phrase.
    fn collapse(&mut self) {
        let phrases = List::SetPhrases.phrases();
        let mut at = 0;
        while at < self.items.len() {
            if let Some(end) = phrases.iter().find_map(|phrase| self.phrase(at, phrase)) {
                self.items.splice(at..end, [Item::Phrase]);
            }
            at += 1;
        }
    }

    /// Where one of a list's phrases begins, and the phrase.
    pub fn said(&self, list: List) -> impl Iterator<Item = (usize, &'static [&'static str])> {
        (0..self.items.len()).filter_map(move |at| {
            let phrase = list.phrases().iter().find(|phrase| self.phrase(at, phrase).is_some())?;
            Some((at, phrase.as_slice()))
        })
    }

    /// The word at a place, in lower case.
    pub fn word(&self, at: usize) -> Option<&str> {
        match self.items.get(at)? {
            Item::Word(_, low) => Some(low),
            _ => None,
        }
    }

    pub fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        self.items.iter().enumerate().filter_map(|(at, item)| match item {
            Item::Word(_, low) => Some((at, low.as_str())),
            _ => None,
        })
    }

    /// The end of a phrase that begins at a place; hyphens count as spaces.
    pub fn phrase(&self, start: usize, phrase: &[&str]) -> Option<usize> {
        let mut at = start;
        for (index, word) in phrase.iter().enumerate() {
            if index > 0 && matches!(self.items.get(at), Some(Item::Mark('-' | '‑'))) {
                at += 1;
            }
            if self.word(at)? != *word {
                return None;
            }
            at += 1;
        }
        Some(at)
    }

    /// The longest of `phrases` at a place, with its end. They stand longest first.
    pub fn longest<T: Copy>(&self, at: usize, phrases: &[(&[&str], T)]) -> Option<(usize, T)> {
        phrases.iter().find_map(|(phrase, what)| Some((self.phrase(at, phrase)?, *what)))
    }

    /// The figures that the sentence shows, by place.
    pub fn figures(&self) -> impl Iterator<Item = (usize, &'a Claim)> {
        self.items.iter().enumerate().filter_map(|(at, item)| match item {
            Item::Figure(claim) => Some((at, *claim)),
            _ => None,
        })
    }

    /// Figures and moves, by place.
    pub fn cited(&self) -> impl Iterator<Item = (usize, &'a Claim)> {
        self.items.iter().enumerate().filter_map(|(at, item)| match item {
            Item::Figure(claim) | Item::Move(claim, _) => Some((at, *claim)),
            _ => None,
        })
    }

    /// The cited claim that stands nearest to a place; of two, the one before it.
    pub fn nearest(&self, at: usize) -> Option<&'a Claim> {
        self.cited().min_by_key(|(place, _)| (place.abs_diff(at), *place)).map(|(_, claim)| claim)
    }

    /// What a word at a place speaks of: the nearest cited claim or, where none is cited, the week's
    /// figure of the nearest name, of the measure that is named or else of its leads.
    pub fn subject(&self, at: usize) -> Option<&'a Claim> {
        if let Some(cited) = self.nearest(at) {
            return Some(cited);
        }
        let named = self.items.iter().enumerate().filter_map(|(place, item)| match item {
            Item::Name(alias) => Some((place, *alias)),
            _ => None,
        });
        let (_, alias) = named.min_by_key(|(place, _)| place.abs_diff(at))?;
        let said = (0..self.items.len()).find_map(|place| self.longest(place, METRICS));
        let metric = said.and_then(|(_, said)| said.first().copied()).unwrap_or(Metric::MetaLeads);
        let of_money = || {
            self.set.claims.iter().find(|claim| {
                (claim.entity, claim.metric, claim.window)
                    == (alias, Some(metric), Some(Window::Week))
            })
        };
        self.set.figure(alias, metric, Window::Week, None).or_else(of_money)
    }

    /// The direction that the rules gave what a claim is about.
    pub fn verdict(&self, claim: &Claim) -> Option<Direction> {
        claim.direction.or_else(|| self.base(claim)?.direction)
    }

    pub fn status(&self, claim: &Claim) -> Option<Status> {
        claim.status.or_else(|| self.base(claim)?.status)
    }

    /// A claim as the analyst knows it: changes are shown through what changed.
    pub fn cites(&self, claim: &Claim) -> String {
        let all = || self.set.claims.iter();
        match all().find(|base| base.change == Some(claim.id)) {
            Some(base) => format!("the change of {}", base.id),
            None => claim.id.to_string(),
        }
    }

    /// Of a change: the figure that changed.
    fn base(&self, claim: &Claim) -> Option<&'a Claim> {
        if claim.window != Some(Window::WeekChange) {
            return None;
        }
        self.set.claims.iter().find(|base| base.change == Some(claim.id))
    }

    /// Whether a mark ends the clause.
    pub fn ends_clause(&self, at: usize) -> bool {
        matches!(self.items.get(at), Some(Item::Mark('.' | ';' | ':' | '!' | '?' | '—' | '–')))
    }
}

fn shown<'a>(set: &'a ClaimSet, claim: Option<&'a Claim>, show: Show) -> Item<'a> {
    let Some(claim) = claim else { return Item::Gap };
    match show {
        Show::Value => Item::Figure(claim),
        Show::Name => Item::Name(claim.entity),
        Show::Change => claim.change.and_then(|id| set.claim(id)).map_or(Item::Gap, Item::Figure),
    }
}

fn words<'a>(text: &'a str, items: &mut Vec<Item<'a>>) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_alphabetic() {
            let inner = |c: char| c.is_alphabetic() || matches!(c, '\'' | '’');
            let end = rest.find(|c| !inner(c)).unwrap_or(rest.len());
            let word = rest[..end].trim_end_matches(['\'', '’']);
            items.push(Item::Word(word, plain(word)));
            word.len()
        } else {
            items.push(if first.is_whitespace() { Item::Space } else { Item::Mark(first) });
            first.len_utf8()
        };
        rest = &rest[length..];
    }
}

/// In lower case, without a possessive ending, and with one kind of apostrophe.
fn plain(word: &str) -> String {
    let low = word.to_lowercase().replace('’', "'");
    low.strip_suffix("'s").map_or(low.clone(), str::to_owned)
}

/// A sign or letter that would change how a figure reads.
fn touching(pair: &[Item<'_>]) -> Option<String> {
    match pair {
        [Item::Word(word, _), Item::Figure(claim)] | [Item::Figure(claim), Item::Word(word, _)] => {
            Some(format!("\"{word}\" touches {}", claim.id))
        }
        [Item::Mark(mark), Item::Figure(claim)] if !matches!(mark, '(' | '"' | '“') => {
            Some(format!("\"{mark}\" touches {}", claim.id))
        }
        [Item::Figure(claim), Item::Mark(mark)]
            if !matches!(mark, '.' | ',' | ';' | ':' | ')' | '"' | '”' | '!' | '?') =>
        {
            Some(format!("\"{mark}\" touches {}", claim.id))
        }
        [Item::Figure(first), Item::Figure(second)] => {
            Some(format!("{} touches {}", first.id, second.id))
        }
        _ => None,
    }
}
