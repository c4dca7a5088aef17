//! The rules of prose: what an analyst's own words may not say, because only claims and verdicts
//! may. Every finding says in words what is wrong, for the second attempt.

mod cause;
mod drift;
mod moves;
mod number;
mod open;
mod props;
mod subject;
mod window;

use weekledger_events::{Finding, FindingClass, Severity};
use weekledger_projections::claim::{Alias, Claim, ClaimSet, NotePart, QuotedFinding, week_name};
use weekledger_projections::figure::{Direction, Status};
use weekledger_projections::words::{Ground, Part, Sentence, Show};

use super::lexicon::List;
use super::sentence::{Item, Row};

/// Where a sentence stands.
#[derive(Debug, Clone, Copy)]
pub enum Stand<'a> {
    Headline,
    Moved,
    Hypothesis,
    Action(&'a [Ground]),
}

/// A sentence of a mail is not longer, in characters of its texts.
const TEXT_CHARS_MAX: usize = 420;

/// What is wrong with a sentence.
#[derive(Debug, Default)]
pub struct Wrong {
    /// It states what is not so: a figure, a move, a name, an alarm; or it wants to be obeyed.
    pub untrue: Vec<String>,
    /// It may be right, but no rule can tell: words that are not known, a number, a direction or a
    /// cause in words, a figure that does not say whose or of when it is.
    pub unclear: Vec<String>,
}

/// What is wrong with a sentence.
pub fn wrong(set: &ClaimSet, findings: &[Finding], stand: Stand<'_>, of: &Sentence) -> Wrong {
    let rests = match stand {
        Stand::Action(grounds) => grounded(set, findings, grounds),
        _ => Vec::new(),
    };
    if let Stand::Action(grounds) = stand
        && is_quoted(set, findings, grounds, of)
    {
        return Wrong { unclear: rests, ..Wrong::default() };
    }
    let row = Row::new(set, of);
    let untrue = [
        characters(of),
        row.glued.clone(),
        labels(set, of),
        moves::wrong(&row),
        alarms(&row, findings, stand),
        doubts(&row, stand),
        stopped(&row, findings, stand),
        injected(&row),
    ];
    let mut unclear = vec![
        number::wrong(&row, stand),
        drift::wrong(&row, stand),
        window::wrong(&row, stand),
        subject::wrong(&row, stand),
        cause::wrong(&row, stand),
        rests,
    ];
    if matches!(stand, Stand::Headline | Stand::Moved) {
        unclear.extend([open::wrong(&row), props::wrong(&row)]);
    }
    Wrong { untrue: untrue.concat(), unclear: unclear.concat() }
}

/// Plain English needs no other characters; digits of any script, signs, markup and letters of
/// other alphabets that look like Latin ones all fall here.
fn characters(sentence: &Sentence) -> Vec<String> {
    let texts = || {
        sentence.0.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        })
    };
    let allowed = |c: char| {
        c.is_ascii_alphabetic()
            || matches!(c, ' ' | '.' | ',' | ';' | ':' | '!' | '?' | '\'')
            || matches!(c, '"' | '(' | ')' | '-' | '/' | '’' | '“' | '”' | '–' | '—' | '…')
    };
    let mut wrong: Vec<String> = texts()
        .flat_map(str::chars)
        .filter(|c| !allowed(*c))
        .map(|c| {
            let name =
                if c.is_control() { "a control character".to_owned() } else { format!("\"{c}\"") };
            format!("{name} may not stand in a text; figures, names and signs come from claims")
        })
        .collect();
    wrong.dedup();
    wrong.truncate(3);
    if texts().any(|text| text.contains("//") || text.contains("--")) {
        wrong.push("a text may hold no address".to_owned());
    }
    let length: usize = texts().map(|text| text.chars().count()).sum();
    if length > TEXT_CHARS_MAX {
        wrong.push(format!("longer than {TEXT_CHARS_MAX} characters"));
    }
    if texts().all(|text| text.trim().is_empty()) {
        wrong.push("says nothing".to_owned());
    }
    wrong
}

/// Weeks that a mail may speak of, newest first.
const WEEKS_NAMED: i32 = 27;

/// A label is the name of a week that the report knows.
fn labels(set: &ClaimSet, sentence: &Sentence) -> Vec<String> {
    let is_week = |text: &str| {
        (0..WEEKS_NAMED).any(|back| text.eq_ignore_ascii_case(&week_name(set.week.plus(-back))))
    };
    let label = |part: &Part| match part {
        Part::Label(text) if !is_week(text) => Some(format!("\"{text}\" is no week of the report")),
        _ => None,
    };
    sentence.0.iter().filter_map(label).collect()
}

/// The advice of a finding, quoted as the event has it: a kind of text of its own.
fn is_quoted(
    set: &ClaimSet,
    findings: &[Finding],
    grounds: &[Ground],
    sentence: &Sentence,
) -> bool {
    grounds.iter().any(|ground| {
        let Ground::Finding(index) = ground else { return false };
        let quoted = set.findings.iter().find(|quoted| quoted.index == *index);
        quoted.is_some_and(|quoted| {
            findings.get(*index as usize).is_some() && repeats(set, quoted, sentence)
        })
    })
}

/// The sentence is the advice, with the names of what it is about before it and a full stop after
/// it.
fn repeats(set: &ClaimSet, quoted: &QuotedFinding, sentence: &Sentence) -> bool {
    let advice = flat_note(set, &quoted.action);
    let advice = advice.trim_end_matches(['.', '!', '?']).trim();
    let said = flat(set, sentence);
    let week = quoted.week.map(|week| format!("{}: ", upper(&week_name(week)))).unwrap_or_default();
    let said = said.strip_prefix(&week).unwrap_or(&said);
    let is_it = |said: &str| lower(said.trim_end_matches(['.', '!', '?']).trim()) == lower(advice);
    let about = format!("{}: ", names(set, sentence));
    !advice.is_empty() && (is_it(said) || said.strip_prefix(&about).is_some_and(is_it))
}

/// "A, B and C": the names that a sentence begins with.
fn names(set: &ClaimSet, sentence: &Sentence) -> String {
    let mut names = String::new();
    for part in &sentence.0 {
        match part {
            // An earlier week, which has been looked at before.
            Part::Label(_) if names.is_empty() => {}
            Part::Text(text) if names.is_empty() && text == ": " => {}
            Part::Show { claim, show: Show::Name } => {
                names += &super::shown(set, *claim, Show::Name).unwrap_or_default();
            }
            Part::Text(text) if matches!(text.as_str(), ", " | " and ") => names += text,
            // The advice itself, or the end of a list that is not complete.
            Part::Text(text) if text.starts_with(" and others: ") => return names + " and others",
            _ => break,
        }
    }
    names
}

fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The first letter may be a capital or not.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A sentence as a reader meets it: the displays come from the claims that were checked against
/// the events.
pub fn flat(set: &ClaimSet, sentence: &Sentence) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) | Part::Label(text) => text.clone(),
        Part::Move { verb, .. } => verb.as_str().to_owned(),
        Part::Show { claim, show } => super::shown(set, *claim, *show).unwrap_or_default(),
    };
    sentence.0.iter().map(part).collect()
}

/// A quoted sentence of an event as a reader meets it.
pub fn flat_note(set: &ClaimSet, parts: &[NotePart]) -> String {
    let part = |part: &NotePart| match part {
        NotePart::Text(text) | NotePart::Label(text) => text.clone(),
        NotePart::Claim(id) => {
            set.claim(*id).map(|claim| claim.display.clone()).unwrap_or_default()
        }
        NotePart::Name(alias) => {
            set.entity(*alias).map(|entity| entity.name.clone()).unwrap_or_default()
        }
    };
    parts.iter().map(part).collect()
}

/// An action rests on a signal or a finding.
fn grounded(set: &ClaimSet, findings: &[Finding], grounds: &[Ground]) -> Vec<String> {
    let wrong = |ground: &Ground| match ground {
        Ground::Claim(id) => match set.claim(*id) {
            Some(claim) if is_signal(claim) => None,
            Some(_) => Some(format!("rests on {id}, which holds no signal")),
            None => Some(format!("rests on {id}, which is no claim")),
        },
        Ground::Finding(index) => findings
            .get(*index as usize)
            .is_none()
            .then(|| "rests on a finding that there is not".to_owned()),
    };
    let mut found: Vec<String> = grounds.iter().filter_map(wrong).collect();
    if grounds.is_empty() {
        found.push("rests on nothing".to_owned());
    }
    found
}

/// Whether a claim left its ordinary range or raised an alert.
pub fn is_signal(claim: &Claim) -> bool {
    claim.status == Some(Status::Alert)
        || matches!(claim.direction, Some(Direction::Up | Direction::Down))
}

/// Words of alarm need an alert or a finding that warns.
fn alarms(row: &Row<'_>, findings: &[Finding], stand: Stand<'_>) -> Vec<String> {
    let shown = row.cited().next().is_some();
    let raised = |claim: &Claim| row.status(claim) == Some(Status::Alert);
    // Where no figure is shown: what is said of the name's own leads.
    let cited = row.cited().any(|(_, claim)| raised(claim))
        || (!shown && row.subject(row.items.len()).is_some_and(raised))
        // "The alert at [account] concerns leads; its spend was 12."
        || row.items.iter().any(|item| match item {
            Item::Name(alias) => row.set.claims.iter().any(|claim| {
                claim.entity == *alias && claim.status == Some(Status::Alert)
            }),
            _ => false,
        });
    let rested = match stand {
        Stand::Action(grounds) => grounds.iter().any(|ground| match ground {
            Ground::Claim(id) => {
                row.set.claim(*id).is_some_and(|claim| claim.status == Some(Status::Alert))
            }
            Ground::Finding(index) => findings
                .get(*index as usize)
                .is_some_and(|finding| finding.severity != Severity::Note),
        }),
        Stand::Headline | Stand::Moved | Stand::Hypothesis => false,
    };
    if cited || rested {
        return Vec::new();
    }
    let quiet = !row.set.claims.iter().any(|claim| claim.status == Some(Status::Alert));
    let denied = |at: usize| {
        let mut before = (0..at).rev().map_while(|place| row.word(place));
        let is_denied = before.by_ref().take(4).any(|word| {
            matches!(word, "no" | "without" | "nothing" | "none" | "not" | "never" | "neither")
        });
        // "no alert" is true or not; "no need to panic" is advice.
        let is_claim = row.word(at).is_some_and(|word| {
            ["alert", "alarm", "warning", "flagged"].iter().any(|stem| word.starts_with(stem))
        });
        is_denied && (quiet || !is_claim)
    };
    // "pause it if the test fails"
    let supposed = |at: usize, word: &str| {
        let mut before = (0..at).rev().take(8).map_while(|place| row.word(place));
        matches!(stand, Stand::Action(_))
            && matches!(word, "fails" | "failing" | "failure" | "incident" | "incidents" | "outage")
            && before.any(|word| {
                matches!(
                    word,
                    "if" | "unless"
                        | "whether"
                        | "until"
                        | "when"
                        | "where"
                        | "any"
                        | "log"
                        | "what"
                        | "that"
                        | "which"
                        | "whatever"
                        | "for"
                )
            })
    };
    // A broken form may be guessed at.
    let guessed = |at: usize, word: &str| {
        let before = (0..at).rev().map_while(|place| row.word(place));
        let after = (at..row.items.len()).map_while(|place| row.word(place));
        let is_hedged = || before.chain(after).any(|word| List::Hedges.contains(word));
        let of_machines = ["outage", "fail", "incident"];
        matches!(stand, Stand::Hypothesis)
            && of_machines.iter().any(|stem| word.starts_with(stem))
            && is_hedged()
    };
    let words = row
        .words()
        .filter(|(at, word)| List::Alarms.contains(word) && !denied(*at))
        .filter(|(at, word)| !guessed(*at, word) && !supposed(*at, word))
        .map(|(_, word)| word.to_owned());
    let tells = matches!(stand, Stand::Headline | Stand::Moved);
    let phrases = row
        .said(List::AlarmPhrases)
        .filter(|(at, _)| tells && !denied(*at))
        .map(|(_, phrase)| phrase.join(" "));
    words
        .chain(phrases)
        .map(|said| {
            format!(
                "\"{said}\" without an alert behind it; say it calmly: \"deserves a look\", or cite the \
                 claim that has the alert"
            )
        })
        .collect()
}

/// That recorded figures are no fact is for the week's doubts to say.
fn doubts(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    let tells = matches!(stand, Stand::Headline | Stand::Moved);
    if !tells || !row.set.doubts.is_empty() {
        return Vec::new();
    }
    row.words()
        .filter(|(_, word)| matches!(*word, "broken" | "incomplete"))
        .filter(|(at, _)| {
            let mut before = (0..*at).rev().map_while(|place| row.word(place));
            !before.any(|word| matches!(word, "nothing" | "no" | "not" | "none"))
        })
        .map(|(_, word)| format!("\"{word}\" without a finding that says so"))
        .collect()
}

/// That an account stopped is for the week's findings to say, of the accounts that they name.
fn stopped(row: &Row<'_>, findings: &[Finding], stand: Stand<'_>) -> Vec<String> {
    let is_found = |alias: Alias| {
        let entity = row.set.entity(alias);
        entity.is_some_and(|entity| {
            findings.iter().any(|finding| {
                finding.class == FindingClass::DeliveryStopped && finding.subject == entity.id
            })
        })
    };
    let told = |at: usize| row.phrase(at, &["delivery", "stopped"]).is_some();
    let Some(start) = (0..row.items.len()).find(|at| told(*at)) else { return Vec::new() };
    let end = (start..row.items.len()).find(|at| matches!(row.items[*at], Item::Mark('.')));
    let mut names =
        row.items[start..end.unwrap_or(row.items.len())].iter().filter_map(|item| match item {
            Item::Name(alias) => Some(*alias),
            _ => None,
        });
    let tells = matches!(stand, Stand::Headline | Stand::Moved);
    if !tells || (names.clone().next().is_some() && names.all(is_found)) {
        return Vec::new();
    }
    vec!["\"delivery stopped\" without a finding that says so of what is named".to_owned()]
}

/// Words of somebody who wants the reader, or a program, to obey.
fn injected(row: &Row<'_>) -> Vec<String> {
    let spaced = row.items.windows(3).any(|three| {
        three.iter().all(|item| matches!(item, Item::Word(word, _) if word.chars().count() == 1))
    });
    let mut wrong: Vec<String> = row
        .words()
        .filter(|(_, word)| List::Injected.contains(word))
        .map(|(_, word)| {
            format!("\"{word}\" has no business in a report on advertising; use another word")
        })
        .collect();
    // Each word is ordinary, but not all of them in one sentence.
    let all =
        |words: &&Vec<&str>| words.iter().all(|one| row.words().any(|(_, word)| word == *one));
    let together = List::InjectedTogether.phrases().iter().filter(all);
    wrong.extend(together.map(|words| {
        let said = words.join(" … ");
        format!("\"{said}\" has no business in a report on advertising; use other words")
    }));
    if spaced {
        wrong.push("spells a word out".to_owned());
    }
    wrong
}

/// Whether a sentence that cites nothing may call the week calm: nothing left its range.
pub fn is_calm(set: &ClaimSet) -> bool {
    use weekledger_projections::figure::Level;
    !set.claims.iter().any(|claim| {
        matches!(claim.entity.level(), Level::Report | Level::Account) && is_signal(claim)
    })
}

/// Whether a claim is the report's own.
pub fn is_report(claim: &Claim) -> bool {
    claim.entity == Alias::REPORT
}
