//! Changes of what a sentence shows: its figures, whose they are, and how they are said to move.

use weekledger_projections::claim::{Claim, ClaimId};
use weekledger_projections::figure::{Direction, Window};
use weekledger_projections::words::{Part, Sentence, Show, Verb};

use super::super::corpus::Right;
use super::super::dice::Dice;

/// Places of parts that a test accepts.
pub fn places(of: &Sentence, is: impl Fn(&Part) -> bool) -> Vec<usize> {
    of.0.iter().enumerate().filter(|(_, part)| is(part)).map(|(at, _)| at).collect()
}

fn figures(of: &Right<'_>) -> Vec<usize> {
    places(&of.sentence, |part| matches!(part, Part::Show { show: Show::Value | Show::Change, .. }))
}

pub fn with(of: &Right<'_>, at: usize, part: Part) -> Sentence {
    let mut sentence = of.sentence.clone();
    sentence.0[at] = part;
    sentence
}

fn cited<'a>(of: &Right<'a>, part: &Part) -> &'a Claim {
    match part {
        Part::Show { claim, .. } | Part::Move { claim, .. } => {
            of.made.claims.claim(*claim).unwrap()
        }
        Part::Text(_) | Part::Label(_) => unreachable!("only references are asked"),
    }
}

fn shown(of: &Right<'_>, part: &Part) -> String {
    let claim = cited(of, part);
    let of_change = matches!(part, Part::Show { show: Show::Change, .. });
    let claim =
        if of_change { of.made.claims.claim(claim.change.unwrap()).unwrap() } else { claim };
    claim.short.clone()
}

/// Another digit, a figure typed out, or the claim of another measure.
pub fn value(of: &Right<'_>, dice: &mut Dice) -> Option<Sentence> {
    let at = *dice.pick_some(&figures(of))?;
    let part = &of.sentence.0[at];
    let text = shown(of, part);
    if dice.below(3) == 0 {
        let claim = cited(of, part);
        let others: Vec<ClaimId> = of
            .made
            .claims
            .claims
            .iter()
            .filter(|other| {
                other.entity == claim.entity
                    && other.window == claim.window
                    && other.metric != claim.metric
                    && other.metric.is_some()
                    && other.short != claim.short
            })
            .map(|other| other.id)
            .collect();
        let claim = *dice.pick_some(&others)?;
        return Some(with(of, at, Part::Show { claim, show: Show::Value }));
    }
    let digits: Vec<usize> =
        text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    let digit = *dice.pick_some(&digits)?;
    let other = dice.pick(&["1", "4", "7", "9", "23", ""]);
    let typed = format!("{}{other}{}", &text[..digit], &text[digit + 1..]);
    let is_figure = typed.contains(|c: char| c.is_ascii_digit());
    (typed != text && is_figure).then(|| with(of, at, Part::Text(typed)))
}

/// Another name beside a figure, or another entity's figure beside a name.
pub fn entity(of: &Right<'_>, dice: &mut Dice) -> Option<Sentence> {
    let set = &of.made.claims;
    let figure_places = figures(of);
    let names = places(&of.sentence, |part| matches!(part, Part::Show { show: Show::Name, .. }));
    if names.len() != 1 || figure_places.is_empty() {
        return None;
    }
    if dice.below(2) == 0 {
        let at = names[0];
        let own = cited(of, &of.sentence.0[at]).entity;
        let others: Vec<ClaimId> = set
            .claims
            .iter()
            .filter(|claim| claim.entity.level() == own.level() && claim.entity != own)
            .map(|claim| claim.id)
            .collect();
        let claim = *dice.pick_some(&others)?;
        return Some(with(of, at, Part::Show { claim, show: Show::Name }));
    }
    let at = *dice.pick(&figure_places);
    let Part::Show { show, .. } = of.sentence.0[at] else { return None };
    let own = cited(of, &of.sentence.0[at]);
    let others: Vec<ClaimId> = set
        .claims
        .iter()
        .filter(|claim| {
            claim.metric == own.metric
                && claim.window == own.window
                && claim.entity != own.entity
                && claim.metric.is_some()
                && (show == Show::Value || claim.change.is_some())
        })
        .map(|claim| claim.id)
        .collect();
    let claim = *dice.pick_some(&others)?;
    Some(with(of, at, Part::Show { claim, show }))
}

/// Another verb, a typed one, or a word before it that turns it around.
pub fn direction(of: &Right<'_>, dice: &mut Dice) -> Option<Sentence> {
    let moves = places(&of.sentence, |part| matches!(part, Part::Move { .. }));
    let at = *dice.pick_some(&moves)?;
    let claim = cited(of, &of.sentence.0[at]);
    let wrong: Vec<usize> =
        (0..3).filter(|index| Some(DIRECTIONS[*index].0) != claim.direction).collect();
    let (_, verbs, typed) = &DIRECTIONS[*dice.pick(&wrong)];
    match dice.below(3) {
        0 => Some(with(of, at, Part::Move { claim: claim.id, verb: *dice.pick(verbs) })),
        1 => Some(with(of, at, Part::Text((*dice.pick(typed)).to_owned()))),
        _ => {
            let mut sentence = of.sentence.clone();
            let turned =
                (*dice.pick(&["hardly ", "did not ", "never really ", "almost "])).to_owned();
            sentence.0.insert(at, Part::Text(turned));
            Some(sentence)
        }
    }
}

type Verbs = (Direction, &'static [Verb], &'static [&'static str]);

const DIRECTIONS: [Verbs; 3] = [
    (
        Direction::Up,
        &[Verb::Rose, Verb::Climbed],
        &[
            "rose",
            "climbed",
            "jumped",
            "went up",
            "increased",
            "grew",
            "surged",
            "soared",
            "improved",
            "ticked up",
            "shot up",
            "gained ground and came",
            "leapt",
            "skyrocketed",
            "recovered",
            "picked up",
            "moved higher",
            "accelerated",
        ],
    ),
    (
        Direction::Down,
        &[Verb::Fell, Verb::Slipped],
        &[
            "fell",
            "slipped",
            "dropped",
            "went down",
            "decreased",
            "declined",
            "plunged",
            "sank",
            "worsened",
            "collapsed",
            "slid",
            "tumbled",
            "shrank",
            "weakened",
            "moved lower",
            "came down",
            "eased",
            "softened",
            "crumbled",
            "nosedived",
        ],
    ),
    (
        Direction::Flat,
        &[Verb::Held, Verb::HeldSteady],
        &[
            "held steady",
            "stayed flat",
            "were unchanged",
            "remained stable",
            "were constant",
            "stayed level",
            "plateaued",
            "barely moved",
            "stood still",
            "did not change",
            "stagnated",
            "stayed put",
        ],
    ),
];

/// Another window's figure, or another window's name.
pub fn window(of: &Right<'_>, dice: &mut Dice) -> Option<Sentence> {
    if dice.below(2) == 0 {
        let at = *dice.pick_some(&figures(of))?;
        let own = cited(of, &of.sentence.0[at]);
        let others: Vec<ClaimId> = of
            .made
            .claims
            .claims
            .iter()
            .filter(|claim| {
                (claim.entity, claim.metric) == (own.entity, own.metric)
                    && claim.window != own.window
                    && claim.metric.is_some()
                    && !matches!(claim.window, Some(Window::Week) | None)
                    && claim.short != shown(of, &of.sentence.0[at])
            })
            .map(|claim| claim.id)
            .collect();
        let claim = *dice.pick_some(&others)?;
        return Some(with(of, at, Part::Show { claim, show: Show::Value }));
    }
    let (from, others) = dice.pick(PERIODS);
    let holds =
        |part: &Part| matches!(part, Part::Text(text) if text.to_lowercase().contains(from));
    let at = *dice.pick_some(&places(&of.sentence, holds))?;
    if figures(of).is_empty() {
        return None;
    }
    let Part::Text(text) = &of.sentence.0[at] else { return None };
    let start = text.to_lowercase().find(from)?;
    let other = dice.pick(others);
    let changed = format!("{}{other}{}", &text[..start], &text[start + from.len()..]);
    Some(with(of, at, Part::Text(changed)))
}

const PERIODS: &[(&str, &[&str])] = &[
    (
        "on the week before",
        &[
            "on the month before",
            "on the year before",
            "on the four weeks before",
            "on the day before",
            "on the same week last year",
            "on the quarter before",
            "over the last two weeks",
            "since the summer",
            "on a fortnight ago",
        ],
    ),
    ("week on week", &["month on month", "year on year", "day on day", "quarter on quarter"]),
    (
        "over the last four weeks",
        &[
            "over the last eight weeks",
            "this week",
            "over the last month",
            "this quarter",
            "over the last two weeks",
            "so far this year",
            "all time",
            "today",
        ],
    ),
    (
        "over four weeks",
        &["over twelve weeks", "over a year", "this week", "all time", "in a month"],
    ),
    ("on the four weeks before", &["on the week before", "on the month before", "on last year"]),
    ("all time", &["this week", "over four weeks", "this month", "this year", "in November"]),
    ("the week before", &["this week", "the month before", "the last four weeks", "all time"]),
];

/// Another measure beside the figure, or a unit behind it.
pub fn unit(of: &Right<'_>, dice: &mut Dice) -> Option<Sentence> {
    if dice.below(2) == 0 {
        let at = *dice.pick_some(&figures(of))?;
        let mut sentence = of.sentence.clone();
        let unit = (*dice.pick(UNITS)).to_owned();
        sentence.0.insert(at + 1, Part::Text(unit));
        return Some(sentence);
    }
    let (from, others) = dice.pick(MEASURES);
    let figure = *dice.pick_some(&figures(of))?;
    let at =
        *dice.pick_some(&[figure.checked_sub(1)?, (figure + 1).min(of.sentence.0.len() - 1)])?;
    let Part::Text(text) = &of.sentence.0[at] else { return None };
    let start = text.find(from)?;
    // Only the measure right beside the figure is surely its own.
    let beside = if at < figure {
        text[start + from.len()..].trim().len() < 12
    } else {
        text[..start].trim().len() < 4
    };
    if !beside {
        return None;
    }
    let other = dice.pick(others);
    let changed = format!("{}{other}{}", &text[..start], &text[start + from.len()..]);
    Some(with(of, at, Part::Text(changed)))
}

const UNITS: &[&str] = &[
    " percent",
    " thousand",
    "k",
    " million",
    " points",
    " dollars",
    " EUR",
    " %",
    "M",
    " times",
    " dozen",
    " hundred",
];

const MEASURES: &[(&str, &[&str])] = &[
    ("Meta leads", &["CRM leads", "link clicks", "impressions", "landing page views"]),
    ("CRM leads", &["Meta leads", "link clicks", "impressions"]),
    ("of spend", &["per lead", "per click", "in cost per lead"]),
    ("Spend per lead", &["Spend", "Cost per click", "Cost per CRM lead"]),
    ("cost per lead", &["cost per click", "cost per CRM lead", "spend"]),
    ("Link clicks", &["Meta leads", "Impressions"]),
    ("Impressions", &["Link clicks", "CRM leads"]),
    ("link click rate", &["cost per click", "spend"]),
];

/// The figure rounded by hand, or words before it that round it.
pub fn rounding(of: &Right<'_>, dice: &mut Dice) -> Option<Sentence> {
    let at = *dice.pick_some(&figures(of))?;
    let text = shown(of, &of.sentence.0[at]);
    if dice.below(2) == 0 {
        let digits: Vec<usize> =
            text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
        let last = *digits.last()?;
        let typed = format!("{}0{}", &text[..last], &text[last + 1..]);
        return Some(with(of, at, Part::Text(typed)));
    }
    let mut sentence = of.sentence.clone();
    let word = dice.pick(&[
        "about ",
        "almost ",
        "nearly ",
        "roughly ",
        "over ",
        "more than ",
        "up to ",
        "at least ",
        "around ",
        "just under ",
        "some ",
        "approximately ",
        "fewer than ",
        "close to ",
        "well above ",
        "as many as ",
    ]);
    sentence.0.insert(at, Part::Text((*word).to_owned()));
    Some(sentence)
}

/// The figure in signs that look like digits.
pub fn look_alike(of: &Right<'_>, dice: &mut Dice) -> Option<Sentence> {
    let at = *dice.pick_some(&figures(of))?;
    let text = shown(of, &of.sentence.0[at]);
    let zero = *dice.pick(&['０', '٠', '०', '𝟎', '𝟘', '𝟢', '𝟬', '𝟶', '০', '៰', '᠐']);
    let typed: String = match dice.below(4) {
        0 => dice.pick(LOOK_ALIKES).to_string(),
        1 => text
            .chars()
            .map(|c| {
                if c == '0' {
                    'O'
                } else if c == '1' {
                    'l'
                } else {
                    c
                }
            })
            .collect(),
        _ => text
            .chars()
            .map(|c| match c.to_digit(10) {
                Some(digit) => char::from_u32(u32::from(zero) + digit).unwrap(),
                None => c,
            })
            .collect(),
    };
    (typed != text).then(|| with(of, at, Part::Text(typed)))
}

const LOOK_ALIKES: &[&str] = &[
    "XII",
    "IV",
    "MCM",
    "lO",
    "IO",
    "lOO",
    "OO",
    "½",
    "¾",
    "①②",
    "Ⅻ",
    "²³",
    "4О",
    "l2",
    "tvvelve0",
    "t w e l v e",
    "𝟙𝟚",
    "㊿",
    "⒓",
    "п",
    "Ⅳ",
    "₁₂",
    "１２",
    "٣",
    "t\u{200b}en1",
    "Тwo",
    "XL",
];
