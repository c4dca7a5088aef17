//! Windows in words: a figure is said to be of the weeks that it is of.

use weekledger_projections::claim::ClaimKind;
use weekledger_projections::figure::Window;

use super::super::lexicon::{List, WINDOWS};
use super::super::sentence::{Item, Row};
use super::Stand;

/// Nouns that "four-week" may describe without showing a figure of four weeks.
const DESCRIBED: &[&str] = &["trend", "pattern", "range", "context", "average"];

/// Items between a figure and the window's name that is said of it.
const NEAR: usize = 4;

/// Weeks that these describe are no window of a figure.
const LOOSE_WEEKS: &[&str] = &["ordinary", "recent", "usual", "typical", "normal", "other"];

pub fn wrong(row: &Row<'_>, stand: Stand<'_>) -> Vec<String> {
    let (mut named, covered) = named(row);
    // "Compare the audiences with those of the week before": no window of a figure, unless it
    // stands at one.
    if matches!(stand, Stand::Action(_) | Stand::Hypothesis) {
        named.retain(|one| {
            let is_near = |(at, _): (usize, _)| at.abs_diff(one.from) <= NEAR;
            one.window != Window::PreviousWeek || row.figures().any(is_near)
        });
    }
    let mut wrong = Vec::new();
    let shown: Vec<(usize, Window)> = row
        .figures()
        .filter(|(_, claim)| claim.kind == ClaimKind::Figure)
        .filter_map(|(at, claim)| Some((at, claim.window?)))
        .collect();
    for (at, window) in &shown {
        let is_said = match window {
            Window::Week => is_plain(&named) || is_now(row, *at),
            Window::WeekChange | Window::FourWeekChange => {
                named.iter().any(|one| one.window == *window && follows(row, one.from, *at))
            }
            _ => named.iter().any(|one| one.window == *window),
        };
        if !is_said {
            wrong.push(format!(
                "a figure of {} without saying so; write \"{}\" {}",
                called(*window),
                written(*window),
                match window {
                    Window::WeekChange | Window::FourWeekChange => "right behind it",
                    _ => "beside it",
                }
            ));
        }
    }
    for one in &named {
        let is_change = matches!(one.window, Window::WeekChange | Window::FourWeekChange);
        let is_backed = shown.iter().any(|(at, window)| {
            *window == one.window && (!is_change || follows(row, one.from, *at))
        });
        if !is_backed && (!shown.is_empty() || (is_change && row.cited().next().is_some())) {
            wrong.push(format!(
                "\"{}\" beside figures of other weeks; leave it out, or show a claim of that window",
                one.phrase
            ));
        }
    }
    wrong.extend(periods(row, stand, &covered, !shown.is_empty()));
    if matches!(stand, Stand::Headline | Stand::Moved) && !shown.is_empty() {
        let phrases = row.said(List::PeriodPhrases).map(|(_, phrase)| no_period(&phrase.join(" ")));
        wrong.extend(phrases);
    }
    wrong
}

/// A window's name stands right behind its change.
fn follows(row: &Row<'_>, name: usize, figure: usize) -> bool {
    let mut between = figure + 1..name;
    if figure >= name {
        return false;
    }
    // "EUR 12 (+1 %) and CHF 3 (+2 %), on the week before": all of a list are meant.
    let bracketed = figure > 0 && matches!(row.items[figure - 1], Item::Mark('('));
    if bracketed && matches!(row.items[figure + 1], Item::Mark(')')) {
        return between.all(|at| match &row.items[at] {
            Item::Mark(_) | Item::Figure(_) => true,
            Item::Word(_, word) => word == "and" || word == "on",
            _ => false,
        });
    }
    between.len() <= 2 && between.all(|at| !matches!(row.items[at], Item::Figure(_)))
}

/// A figure without a window's name is the week's, unless the sentence speaks of other weeks.
fn is_plain(named: &[Named]) -> bool {
    let speaks = |window: Window| named.iter().any(|one| one.window == window);
    let others =
        [Window::FourWeeks, Window::PreviousFourWeeks, Window::PreviousWeek, Window::AllTime];
    speaks(Window::Week) || !others.into_iter().any(speaks)
}

/// "12 now", "now at 12": the week's, beside another week's.
fn is_now(row: &Row<'_>, at: usize) -> bool {
    let near = (at.saturating_sub(3)..at + 4).filter(|place| *place != at);
    let mut words = near.filter_map(|place| row.word(place));
    words.any(|word| matches!(word, "now" | "currently"))
}

/// A window that is named, from a place on.
struct Named {
    from: usize,
    phrase: String,
    window: Window,
}

/// The window phrases of a sentence, and the places that they cover.
fn named(row: &Row<'_>) -> (Vec<Named>, Vec<usize>) {
    let (mut named, mut covered) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < row.items.len() {
        let Some((end, window)) = row.longest(at, WINDOWS) else {
            at += 1;
            continue;
        };
        covered.extend(at..end);
        // "a full week before judging it"
        let is_wait =
            row.word(at) == Some("week") && row.word(end).is_some_and(|word| word.ends_with("ing"));
        if !is_wait && !row.word(end).is_some_and(|word| DESCRIBED.contains(&word)) {
            let words: Vec<&str> = (at..end).filter_map(|place| row.word(place)).collect();
            named.push(Named { from: at, phrase: words.join(" "), window });
        }
        at = end;
    }
    (named, covered)
}

/// What says a window in prose.
fn written(window: Window) -> &'static str {
    match window {
        Window::Week => "this week",
        Window::PreviousWeek => "the week before",
        Window::FourWeeks => "over four weeks",
        Window::PreviousFourWeeks => "the four weeks before",
        Window::AllTime => "all time",
        Window::WeekChange => "on the week before",
        Window::FourWeekChange => "on the four weeks before",
    }
}

fn called(window: Window) -> &'static str {
    match window {
        Window::Week => "the week",
        Window::PreviousWeek => "the week before",
        Window::FourWeeks => "four weeks",
        Window::PreviousFourWeeks => "the four weeks before",
        Window::AllTime => "all time",
        Window::WeekChange => "the change on the week before",
        Window::FourWeekChange => "the change on the four weeks before",
    }
}

fn no_period(said: &str) -> String {
    format!(
        "\"{said}\" names a period that no claim is of; leave it out, or say \"this week\" or \"over \
         four weeks\" as the claim has it"
    )
}

/// No claim is of a day, a month or a year.
fn periods(row: &Row<'_>, stand: Stand<'_>, covered: &[usize], shows_figures: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for (at, word) in row.words().filter(|(_, word)| List::Periods.contains(word)) {
        if covered.contains(&at) {
            continue;
        }
        let before: Vec<&str> =
            (at.saturating_sub(3)..at).filter_map(|place| row.word(place)).collect();
        // "like in the weeks before"
        let compares = word == "weeks"
            && (at.saturating_sub(4)..at)
                .filter_map(|place| row.word(place))
                .any(|b| matches!(b, "like" | "as" | "than" | "with" | "unlike"));
        let looks_back = before.iter().any(|b| {
            matches!(
                *b,
                "last" | "past" | "previous" | "per" | "each" | "every" | "recent" | "prior"
            )
        });
        let is_wrong = match word {
            "week" => before.last().is_some_and(|b| matches!(*b, "per" | "every" | "each")),
            "weeks" => {
                shows_figures && !compares && !before.iter().any(|b| LOOSE_WEEKS.contains(b))
            }
            "weekly" => false,
            _ if before.last().is_some_and(|b| matches!(*b, "next" | "coming" | "following")) => {
                false
            }
            _ => match stand {
                // "every morning" says when to act.
                Stand::Action(_) => {
                    looks_back && !before.last().is_some_and(|b| matches!(*b, "every" | "each"))
                }
                Stand::Headline | Stand::Moved => true,
                Stand::Hypothesis => looks_back || shows_figures,
            },
        };
        if is_wrong {
            wrong.push(no_period(word));
        }
    }
    wrong
}
