//! The words that state a number, a direction, a window, a measure, an alarm or a cause. Their lists
//! are data, what they mean is here: `words.txt` holds the words, `phrases.txt` what says the same in
//! several words (and what says nothing, whatever its words would say alone), `world.txt` the things
//! and people of which no figure says anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use weekledger_projections::figure::{Direction, Metric, Window};

/// A section of the word lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    Counts,
    Shares,
    Foreign,
    Countable,
    Periods,
    Quantities,
    ToldUp,
    ToldDown,
    ToldFlat,
    BaseUp,
    BaseDown,
    Better,
    Worse,
    BeforeParticles,
    Ranks,
    Approximate,
    ApproximatePhrases,
    Units,
    NeutralVerbs,
    Negations,
    Alarms,
    Causal,
    CausalPhrases,
    CausalInOrders,
    Hedges,
    Injected,
    Outside,
    Verbs,
    Plain,
    SetPhrases,
    ToldOtherwise,
    QuantityPhrases,
    AlarmPhrases,
    PeriodPhrases,
    Props,
    PropModifiers,
    PropVerbs,
    PropStates,
    StateNouns,
    InjectedTogether,
    WeekKinds,
}

/// The words and the phrases of a section.
#[derive(Debug, Default)]
struct Entries {
    words: BTreeSet<&'static str>,
    phrases: Vec<Vec<&'static str>>,
}

static LISTS: LazyLock<BTreeMap<&str, Entries>> = LazyLock::new(|| {
    let mut lists = BTreeMap::new();
    for text in [include_str!("words.txt"), include_str!("phrases.txt"), include_str!("world.txt")]
    {
        read(text, &mut lists);
    }
    lists
});

/// A section is its name in brackets and its entries, up to the next comment or section. One list
/// may have a section in several files.
fn read(text: &'static str, lists: &mut BTreeMap<&'static str, Entries>) {
    let sections = text.split("\n[").skip(1).filter_map(|section| section.split_once("]\n"));
    for (name, body) in sections {
        let entries = lists.entry(name).or_default();
        let end = body.find('#').unwrap_or(body.len());
        for entry in body[..end].split(',') {
            let words: Vec<&str> = entry.split_whitespace().collect();
            match words[..] {
                [] => {}
                [word] => _ = entries.words.insert(word),
                _ => entries.phrases.push(words),
            }
        }
    }
}

/// Whether any list holds a word, whose rule judges it then, or the lists of harmless words hold its
/// base form.
pub fn is_known(word: &str) -> bool {
    let harmless = |base: &str| List::Verbs.contains(base) || List::Plain.contains(base);
    let is_form = |(ending, mended): &(&str, &str)| {
        word.strip_suffix(ending).is_some_and(|base| harmless(&format!("{base}{mended}")))
    };
    // "unconfirmed"
    is_listed(word)
        || FORMS.iter().any(is_form)
        || word.strip_prefix("un").is_some_and(|rest| rest.len() > 3 && is_known(rest))
}

/// Endings of inflected forms, and what stands there in the base form.
const FORMS: &[(&str, &str)] = &[
    ("s", ""),
    ("es", ""),
    ("ies", "y"),
    ("ed", ""),
    ("ed", "e"),
    ("ied", "y"),
    ("ing", ""),
    ("ing", "e"),
    ("ly", ""),
];

fn is_listed(word: &str) -> bool {
    static KNOWN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
        let all = LISTS.values().flat_map(|entries| entries.words.iter().copied());
        let measures = METRICS.iter().flat_map(|(phrase, _)| phrase.iter().copied());
        all.chain(measures).collect()
    });
    KNOWN.contains(word)
}

impl List {
    /// The name of the section.
    fn section(self) -> &'static str {
        match self {
            Self::Counts => "counts",
            Self::Shares => "shares",
            Self::Foreign => "foreign",
            Self::Countable => "countable",
            Self::Periods => "periods",
            Self::Quantities => "quantities",
            Self::ToldUp => "told_up",
            Self::ToldDown => "told_down",
            Self::ToldFlat => "told_flat",
            Self::BaseUp => "base_up",
            Self::BaseDown => "base_down",
            Self::Better => "better",
            Self::Worse => "worse",
            Self::BeforeParticles => "before_particles",
            Self::Ranks => "ranks",
            Self::Approximate => "approximate",
            Self::ApproximatePhrases => "approximate_phrases",
            Self::Units => "units",
            Self::NeutralVerbs => "neutral_verbs",
            Self::Negations => "negations",
            Self::Alarms => "alarms",
            Self::Causal => "causal",
            Self::CausalPhrases => "causal_phrases",
            Self::CausalInOrders => "causal_in_orders",
            Self::Hedges => "hedges",
            Self::Injected => "injected",
            Self::Outside => "outside",
            Self::Verbs => "verbs",
            Self::Plain => "plain",
            Self::SetPhrases => "set_phrases",
            Self::ToldOtherwise => "told_otherwise",
            Self::QuantityPhrases => "quantity_phrases",
            Self::AlarmPhrases => "alarm_phrases",
            Self::PeriodPhrases => "period_phrases",
            Self::Props => "props",
            Self::PropModifiers => "prop_modifiers",
            Self::PropVerbs => "prop_verbs",
            Self::PropStates => "prop_states",
            Self::StateNouns => "state_nouns",
            Self::InjectedTogether => "injected_together",
            Self::WeekKinds => "week_kinds",
        }
    }

    pub fn contains(self, word: &str) -> bool {
        LISTS.get(self.section()).is_some_and(|entries| entries.words.contains(word))
    }

    pub fn phrases(self) -> &'static [Vec<&'static str>] {
        LISTS.get(self.section()).map_or(&[], |entries| &entries.phrases)
    }
}

/// What a number word does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberWord {
    /// Counts: "one campaign" may stand, "two leads" may not.
    Count,
    /// Multiplies, divides or is a percentage: never the analyst's own.
    Share,
}

pub fn number_word(word: &str) -> Option<NumberWord> {
    if List::Counts.contains(word) {
        return Some(NumberWord::Count);
    }
    let is_share = List::Shares.contains(word)
        || List::Foreign.contains(word)
        || word.strip_suffix("fold").is_some_and(|stem| List::Counts.contains(stem));
    is_share.then_some(NumberWord::Share)
}

/// Letters that are digits in disguise: Roman numerals, and words of letters that look like
/// digits. `word` as written.
pub fn looks_like_digits(word: &str) -> bool {
    let roman = word.chars().all(|c| "IVXLCDM".contains(c));
    let round = word.chars().all(|c| "IlOo".contains(c)) && word.contains(['I', 'l', 'O']);
    let known = matches!(word, "CM" | "DM" | "lol" | "Il" | "MD");
    (roman || round) && !known && !word.is_empty()
}

/// The group of a word that says how something moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    Moved(Direction),
    Better,
    Worse,
}

/// How a word is used: advice may say "raise", but what rose is the verdict's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Says what happened.
    Told,
    /// The base form, also an order.
    Base,
}

pub fn drift(word: &str) -> Option<(Drift, Mood)> {
    use Direction::{Down, Flat, Up};
    let lists = [
        (List::ToldUp, Drift::Moved(Up), Mood::Told),
        (List::ToldDown, Drift::Moved(Down), Mood::Told),
        (List::ToldFlat, Drift::Moved(Flat), Mood::Told),
        (List::BaseUp, Drift::Moved(Up), Mood::Base),
        (List::BaseDown, Drift::Moved(Down), Mood::Base),
        (List::Better, Drift::Better, Mood::Told),
        (List::Worse, Drift::Worse, Mood::Told),
    ];
    lists.into_iter().find(|(list, ..)| list.contains(word)).map(|(_, drift, mood)| (drift, mood))
}

/// Phrases that place a figure against the range of ordinary weeks, and whether inside of it.
pub const RANGE_PHRASES: &[(&[&str], bool)] = &[
    (&["beyond", "what", "ordinary"], false),
    (&["out", "of", "the", "ordinary"], false),
    (&["out", "of", "line"], false),
    (&["out", "of", "range"], false),
    (&["in", "line", "with"], true),
    (&["ordinary", "week"], true),
    (&["no", "change"], true),
    (&["no", "movement"], true),
    (&["not", "change"], true),
    (&["not", "move"], true),
    (&["nothing", "moved"], true),
    (&["nothing", "changed"], true),
];

/// With one of `OWNERS` and "ordinary", "usual" or "normal" behind them, they do the same.
pub const RANGE_SIDES: &[(&[&str], bool)] = &[
    (&["outside", "of"], false),
    (&["outside"], false),
    (&["beyond"], false),
    (&["above"], false),
    (&["below"], false),
    (&["within"], true),
    (&["inside"], true),
];
pub const OWNERS: &[&str] = &["the", "its", "their", "an"];
pub const ORDINARY: &[&str] = &["ordinary", "usual", "normal"];

/// Measures as prose calls them, the longest first, each with what it may mean.
pub const METRICS: &[(&[&str], &[Metric])] = &[
    (&["cost", "per", "crm", "lead"], &[Metric::CrmCpl]),
    (&["crm", "cost", "per", "lead"], &[Metric::CrmCpl]),
    (&["cost", "per", "meta", "lead"], &[Metric::Cpl]),
    (&["cost", "of", "a", "link", "click"], &[Metric::LinkCpc]),
    (&["link", "click", "through", "rate"], &[Metric::LinkCtr]),
    (&["cost", "per", "thousand", "impressions"], &[Metric::Cpm]),
    (&["cost", "per", "link", "click"], &[Metric::LinkCpc]),
    (&["cost", "per", "thousand", "views"], &[Metric::Cpm]),
    (&["landing", "page", "views"], &[Metric::LandingPageViews]),
    (&["link", "click", "rate"], &[Metric::LinkCtr]),
    (&["cost", "of", "a", "crm", "lead"], &[Metric::CrmCpl]),
    (&["cost", "of", "a", "lead"], &[Metric::Cpl, Metric::SpendPerLead]),
    (&["cost", "of", "leads"], &[Metric::Cpl, Metric::SpendPerLead]),
    (&["price", "of", "a", "lead"], &[Metric::Cpl, Metric::SpendPerLead]),
    (&["spend", "per", "meta", "lead"], &[Metric::SpendPerLead]),
    (&["spend", "per", "lead"], &[Metric::SpendPerLead]),
    (&["cost", "per", "lead"], &[Metric::Cpl]),
    (&["cost", "per", "click"], &[Metric::Cpc]),
    (&["price", "of", "reach"], &[Metric::Cpm]),
    (&["price", "of", "impressions"], &[Metric::Cpm]),
    (&["price", "of", "views"], &[Metric::Cpm]),
    (&["cost", "of", "impressions"], &[Metric::Cpm]),
    (&["link", "click", "cost"], &[Metric::LinkCpc]),
    (&["click", "through", "rate"], &[Metric::Ctr, Metric::LinkCtr]),
    (&["clickthrough", "rate"], &[Metric::Ctr, Metric::LinkCtr]),
    (&["click", "rate"], &[Metric::Ctr, Metric::LinkCtr]),
    (&["link", "cpc"], &[Metric::LinkCpc]),
    (&["link", "ctr"], &[Metric::LinkCtr]),
    (&["per", "link", "click"], &[Metric::LinkCpc]),
    (&["per", "meta", "lead"], &[Metric::Cpl, Metric::SpendPerLead]),
    (&["meta", "leads"], &[Metric::MetaLeads]),
    (&["meta", "lead"], &[Metric::MetaLeads]),
    (&["meta", "counted"], &[Metric::MetaLeads]),
    (&["meta", "count"], &[Metric::MetaLeads]),
    (&["crm", "count"], &[Metric::CrmLeads]),
    (&["crm", "contacts"], &[Metric::CrmLeads]),
    (&["crm", "entries"], &[Metric::CrmLeads]),
    (&["crm", "records"], &[Metric::CrmLeads]),
    (&["crm", "leads"], &[Metric::CrmLeads]),
    (&["crm", "lead"], &[Metric::CrmLeads]),
    (&["crm", "counted"], &[Metric::CrmLeads]),
    (&["per", "crm", "lead"], &[Metric::CrmCpl]),
    (&["per", "lead"], &[Metric::Cpl, Metric::SpendPerLead]),
    (&["link", "clicks"], &[Metric::LinkClicks]),
    (&["leads"], &[Metric::MetaLeads, Metric::CrmLeads]),
    (&["lead"], &[Metric::MetaLeads, Metric::CrmLeads]),
    (&["impressions"], &[Metric::Impressions]),
    (&["clicks"], &[Metric::Clicks]),
    (&["ctr"], &[Metric::Ctr]),
    (&["cpc"], &[Metric::Cpc]),
    (&["cpm"], &[Metric::Cpm]),
    (&["cpl"], &[Metric::Cpl]),
    (&["our", "money"], &[Metric::Spend]),
    (&["cost"], &[Metric::Spend]),
    (&["spend"], &[Metric::Spend]),
    (&["spent"], &[Metric::Spend]),
];

/// What to call a measure, so that it is understood.
pub fn called(metric: Metric) -> &'static str {
    match metric {
        Metric::Spend => "spend",
        Metric::Impressions => "impressions",
        Metric::Clicks => "clicks",
        Metric::LinkClicks => "link clicks",
        Metric::LandingPageViews => "landing page views",
        Metric::MetaLeads => "Meta leads",
        Metric::CrmLeads => "CRM leads",
        Metric::Ctr => "click rate",
        Metric::LinkCtr => "link click rate",
        Metric::Cpc => "cost per click",
        Metric::LinkCpc => "cost per link click",
        Metric::Cpm => "cost per thousand views",
        Metric::Cpl => "cost per lead",
        Metric::CrmCpl => "cost per CRM lead",
        Metric::SpendPerLead => "spend per lead",
    }
}

/// Phrases that name a window, the longest first.
pub const WINDOWS: &[(&[&str], Window)] = &[
    (&["on", "the", "four", "weeks", "before"], Window::FourWeekChange),
    (&["against", "the", "four", "weeks", "before"], Window::FourWeekChange),
    (&["on", "the", "previous", "four", "weeks"], Window::FourWeekChange),
    (&["against", "the", "previous", "four", "weeks"], Window::FourWeekChange),
    (&["four", "weeks", "before"], Window::PreviousFourWeeks),
    (&["previous", "four", "weeks"], Window::PreviousFourWeeks),
    (&["four", "weeks", "earlier"], Window::PreviousFourWeeks),
    (&["four", "week"], Window::FourWeeks),
    (&["four", "weeks"], Window::FourWeeks),
    (&["on", "the", "week", "before"], Window::WeekChange),
    (&["against", "the", "week", "before"], Window::WeekChange),
    (&["on", "the", "previous", "week"], Window::WeekChange),
    (&["against", "the", "previous", "week"], Window::WeekChange),
    (&["week", "on", "week"], Window::WeekChange),
    (&["week", "before"], Window::PreviousWeek),
    (&["previous", "week"], Window::PreviousWeek),
    (&["week", "earlier"], Window::PreviousWeek),
    (&["all", "time"], Window::AllTime),
    (&["this", "week"], Window::Week),
    (&["last", "week"], Window::Week),
];
