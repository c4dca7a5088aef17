//! A made mail, read as a reader meets it.

use scraper::Html;
use weekledger_projections::report_view::Piece;
use weekledger_projections::words::Department;

use super::fixture::Made;

/// The text part on one line.
pub fn text(made: &Made) -> String {
    made.mail.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The HTML part as its readers see it, on one line.
pub fn html(made: &Made) -> String {
    let page = Html::parse_document(&made.mail.html);
    let seen: String = page.root_element().text().collect::<Vec<_>>().join(" ");
    let seen = seen.replace('\u{a0}', " ");
    let seen = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    [" .", " ,", " :", " ;"].iter().fold(seen, |seen, end| seen.replace(end, end.trim()))
}

pub fn headline(made: &Made) -> String {
    made.view.headline.iter().map(|piece| piece.shown()).collect()
}

pub fn quality(made: &Made) -> Vec<String> {
    let line = |line: &Vec<_>| line.iter().map(Piece::shown).collect::<String>();
    made.view.quality.iter().map(line).collect()
}

/// A card as its reader meets it, line by line.
pub fn card(made: &Made, label: &str) -> Vec<String> {
    let card = made.view.cards.iter().find(|card| card.label == label).unwrap();
    let figures = card
        .figures
        .iter()
        .flat_map(|figure| [&figure.value, &figure.verdict].into_iter().chain(&figure.beside));
    let line = |line: &Vec<Piece>| line.iter().map(Piece::shown).collect();
    figures.chain(&card.below).map(line).collect()
}

pub fn actions(made: &Made, department: Department) -> Vec<String> {
    let view = made.view.departments.iter().find(|one| one.title == department.title()).unwrap();
    let line = |line: &Vec<Piece>| line.iter().map(Piece::shown).collect();
    view.actions.iter().map(line).collect()
}
