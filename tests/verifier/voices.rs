//! Sentences at first contact: right ones in ten voices, wrong ones of seven classes, written
//! without a look at the verifier's lists and before they were changed.
//!
//! The verifier was tuned on the first set. The second was looked at when that was done, and counts
//! as tuned on since. The third was never tuned on, and none of its sentences is printed: its rates
//! are what to expect of new words.

#![expect(clippy::print_stdout, reason = "the tables are what these tests are for")]

use std::collections::BTreeMap;

use super::corpus::{verdict, written};

const RIGHT: [(&str, &str); 6] = [
    ("later", include_str!("voices/right_later.txt")),
    ("again", include_str!("voices/right_again.txt")),
    ("more", include_str!("voices/right_more.txt")),
    ("first", include_str!("voices/right_first.txt")),
    ("second", include_str!("voices/right_second.txt")),
    ("third", include_str!("voices/right_third.txt")),
];
const WRONG: [(&str, &str); 4] = [
    ("again", include_str!("voices/wrong_again.txt")),
    ("first", include_str!("voices/wrong_first.txt")),
    ("second", include_str!("voices/wrong_second.txt")),
    ("third", include_str!("voices/wrong_third.txt")),
];
/// The sets whose sentences are printed where the verifier is mistaken.
const SHOWN: [&str; 5] = ["later", "again", "more", "first", "second"];

/// Lines of a set: how many there are, and in how many the verifier is mistaken in any week.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    of: usize,
    mistaken: usize,
}

/// By group: the voice of a right sentence, the class of a wrong one.
fn count(set: &str, lines: &'static str, right: bool) -> BTreeMap<&'static str, Count> {
    let mut counts = BTreeMap::<&str, Count>::new();
    let mut impossible = Vec::new();
    for line in lines.lines() {
        let (group, text) = line.split_once(": ").unwrap();
        let made = written(text);
        if made.is_empty() {
            impossible.push(line);
            continue;
        }
        let found: Vec<_> = made.iter().map(|one| verdict(one, &one.sentence)).collect();
        let mistaken = found.iter().find(|found| found.is_empty() != right);
        let count = counts.entry(group).or_default();
        count.of += 1;
        if let Some(found) = mistaken {
            count.mistaken += 1;
            if SHOWN.contains(&set) {
                let why: Vec<&str> = found.iter().map(|finding| finding.why.as_str()).collect();
                println!("    {line}\n        {}", why.join("\n        "));
            }
        }
    }
    assert!(impossible.is_empty(), "no week has what these need: {impossible:#?}");
    counts
}

fn table(what: &str, set: &str, counts: &BTreeMap<&str, Count>) -> Count {
    println!("{what}, {set} set:");
    let mut total = Count::default();
    for (group, count) in counts {
        println!("  {group:>12}: {} of {}", count.mistaken, count.of);
        total.of += count.of;
        total.mistaken += count.mistaken;
    }
    println!("  {:>12}: {} of {}", "all", total.mistaken, total.of);
    total
}

#[test]
fn right_sentences_pass_at_first_contact() {
    for (set, lines) in RIGHT {
        let counts = count(set, lines, true);
        let total = table("right sentences rejected", set, &counts);
        assert!(total.of >= 50);
    }
}

#[test]
fn wrong_sentences_are_caught_at_first_contact() {
    for (set, lines) in WRONG {
        let counts = count(set, lines, false);
        let total = table("wrong sentences missed", set, &counts);
        assert!(total.of >= 50);
    }
}
