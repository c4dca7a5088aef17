//! Aligned columns for people.

use std::fmt;

use super::plain;

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Rows under titles. Cells are made safe for a terminal; long ones are cut.
#[derive(Debug)]
pub struct Table {
    cell_chars_max: usize,
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

/// Of one cell. Names can be 400 characters long.
pub const CELL_CHARS_MAX: usize = 60;

impl Table {
    pub fn new<const N: usize>(columns: [(&str, Align); N]) -> Self {
        let titles = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
        let aligns = columns.map(|(_, align)| align).to_vec();
        Self { cell_chars_max: CELL_CHARS_MAX, aligns, rows: vec![titles] }
    }

    /// The same with every cell whole, for what is looked up by it.
    pub fn whole(self) -> Self {
        Self { cell_chars_max: usize::MAX, ..self }
    }

    /// Takes the columns out for which `keeps` says no.
    pub fn without(mut self, keeps: impl Fn(&str) -> bool) -> Self {
        let titles = self.rows.first().cloned().unwrap_or_default();
        let kept: Vec<bool> = titles.iter().map(|title| keeps(title)).collect();
        let mut columns = kept.iter();
        self.aligns.retain(|_| columns.next().is_none_or(|kept| *kept));
        for row in &mut self.rows {
            let mut columns = kept.iter();
            row.retain(|_| columns.next().is_none_or(|kept| *kept));
        }
        self
    }

    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.iter().map(|cell| cut(&plain(cell), self.cell_chars_max)).collect());
    }

    fn widths(&self) -> Vec<usize> {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..self.aligns.len()).map(width).collect()
    }
}

fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    text.chars().take(chars_max - 1).chain(['…']).collect()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, width), align) in row.iter().zip(&widths).zip(&self.aligns) {
                let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
                if !line.is_empty() {
                    line.push_str("  ");
                }
                match align {
                    Align::Left => line.extend([cell.as_str(), &padding]),
                    Align::Right => line.extend([&padding, cell.as_str()]),
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
