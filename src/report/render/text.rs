//! The text part: the same lines, wrapped for a terminal.

use weekledger_projections::report_view::{
    ActivityRow, BAR_UNITS, CampaignRow, Card, CardFigure, LeadState, Line, Piece, ReportView,
    TotalsRow, Trend,
};

/// Columns of a terminal that nobody has widened.
const WIDTH: usize = 78;

/// The longest bar, in characters.
const BLOCKS: usize = 20;
const UNITS_A_BLOCK: usize = BAR_UNITS / BLOCKS;

/// Stands for a space that must not break a line; names and texts hold none.
const GLUE: char = '\u{a0}';

/// The view as finished lines.
pub struct TextView {
    pub title: String,
    pub week: String,
    pub marks: Vec<String>,
    pub headline: String,
    pub cards: Vec<String>,
    pub legend: Option<String>,
    pub departments: Vec<(&'static str, Vec<String>)>,
    pub moved: Vec<String>,
    pub hypotheses: Vec<String>,
    pub activity: Vec<String>,
    pub attribution: Vec<String>,
    pub trends: Vec<(String, Vec<String>)>,
    pub totals: Vec<String>,
    pub rows: Vec<String>,
    pub quality: Vec<String>,
    pub restated: Vec<String>,
    pub footer: Vec<String>,
}

impl TextView {
    pub fn new(view: &ReportView) -> Self {
        let lines = |lines: &[Line]| -> Vec<String> {
            lines.iter().map(|line| wrap(&glued(line), "", "")).collect()
        };
        let bullets = |lines: &[Line]| -> Vec<String> {
            lines.iter().map(|line| wrap(&glued(line), "- ", "  ")).collect()
        };
        Self {
            title: wrap(&glued(&view.title), "", ""),
            week: wrap(&glued(&view.week), "", ""),
            marks: lines(&view.marks),
            headline: wrap(&glued(&view.headline), "", ""),
            cards: view.cards.iter().map(card).collect(),
            legend: view.legend.as_ref().map(|line| wrap(&glued(line), "", "")),
            departments: view
                .departments
                .iter()
                .map(|department| (department.title, bullets(&department.actions)))
                .collect(),
            moved: bullets(&view.moved),
            hypotheses: bullets(&view.hypotheses),
            activity: view
                .activity
                .iter()
                .map(activity)
                .chain(lines(&view.activity_more))
                .collect(),
            attribution: lines(&view.attribution),
            trends: view.trends.iter().map(trend).collect(),
            totals: view
                .totals
                .iter()
                .map(totals)
                .chain(
                    view.all_time
                        .iter()
                        .chain(&view.totals_notes)
                        .map(|line| wrap(&glued(line), "", "")),
                )
                .collect(),
            rows: view.rows.iter().map(row).chain(lines(&view.rows_more)).collect(),
            quality: bullets(&view.quality),
            restated: bullets(&view.restated),
            footer: lines(&view.footer),
        }
    }
}

/// A line as text in which claims and tokens do not break.
fn glued(line: &[Piece]) -> String {
    line.iter()
        .map(|piece| match piece {
            Piece::Claim { text, .. } => text.replace(' ', &GLUE.to_string()),
            Piece::Text(_)
            | Piece::Name { .. }
            | Piece::Label(_)
            | Piece::Token { .. }
            | Piece::Marker { .. } => piece.shown().to_owned(),
        })
        .collect()
}

/// Breaks at spaces. A word longer than a line stays whole.
fn wrap(text: &str, first: &str, next: &str) -> String {
    let mut lines = vec![first.to_owned()];
    let mut is_empty = true;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let width = |line: &str| line.chars().count();
        let fits = |line: &str| width(line) + 1 + width(word) <= WIDTH;
        match lines.last_mut() {
            Some(line) if is_empty => line.push_str(word),
            Some(line) if fits(line) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{next}{word}")),
        }
        is_empty = false;
    }
    lines.join("\n").replace(GLUE, " ")
}

/// A line for each figure of the card.
fn card(card: &Card) -> String {
    let mut lines: Vec<String> =
        card.figures.iter().map(|figure| format!("{}: {}", card.label, of_card(figure))).collect();
    if let Some(last) = lines.last_mut() {
        for line in &card.below {
            last.push_str("; ");
            last.push_str(&glued(line));
        }
    }
    let lines: Vec<String> = lines.iter().map(|line| wrap(line, "", "    ")).collect();
    lines.join("\n")
}

fn of_card(figure: &CardFigure) -> String {
    let mut text = glued(&figure.value);
    let verdict = glued(&figure.verdict);
    if verdict.starts_with('[') {
        text = format!("{text} {verdict}");
    } else if !verdict.is_empty() {
        text = format!("{text}, {verdict}");
    }
    for line in &figure.beside {
        text = format!("{text}; {}", glued(line));
    }
    text
}

fn indent(depth: u8) -> &'static str {
    match depth {
        0 => "",
        1 => "  ",
        _ => "    ",
    }
}

fn activity(row: &ActivityRow) -> String {
    let state = match row.state {
        LeadState::Leads => "Leads",
        LeadState::NoLeads => "No leads",
        LeadState::Doubtful => "Check tracking",
        LeadState::Missing => "No data",
    };
    let name = glued(&row.name);
    let (spend, meta, crm) = (glued(&row.spend), glued(&row.meta_leads), glued(&row.crm_leads));
    let text = format!("{name}: {state}. Meta {meta}, CRM {crm}, spend {spend}");
    wrap(&text, indent(row.depth), &format!("{}    ", indent(row.depth)))
}

fn trend(trend: &Trend) -> (String, Vec<String>) {
    let bars = trend.bars.iter().map(|bar| {
        let week = glued(&bar.week);
        let blocks = "#".repeat(bar.units.div_ceil(UNITS_A_BLOCK));
        format!("{week:<8} {blocks:<BLOCKS$} {}", glued(&bar.value)).replace(GLUE, " ")
    });
    (glued(&trend.caption), bars.collect())
}

fn totals(row: &TotalsRow) -> String {
    let text = format!(
        "{}: week {} ({}); four weeks {} ({}); all time {}",
        row.label,
        glued(&row.week),
        glued(&row.week_change),
        glued(&row.four_weeks),
        glued(&row.four_week_change),
        glued(&row.all_time),
    );
    wrap(&text, "", "    ")
}

fn row(row: &CampaignRow) -> String {
    let mut text = format!(
        "{}: spend {}, Meta leads {}, CRM leads {}, cost per lead {}",
        glued(&row.name),
        glued(&row.spend),
        glued(&row.meta_leads),
        glued(&row.crm_leads),
        glued(&row.cpl),
    );
    if let Some(note) = &row.cpl_note {
        text = format!("{text} {}", glued(note));
    }
    if !row.change.is_empty() {
        text = format!("{text}; change {}", glued(&row.change));
    }
    if !row.verdict.is_empty() {
        text = format!("{text} {}", glued(&row.verdict));
    }
    wrap(&text, indent(row.depth), &format!("{}    ", indent(row.depth)))
}
