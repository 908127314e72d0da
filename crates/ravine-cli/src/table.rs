//! The table of a race.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, presets,
};
use ravine::Status;
use ravine_race::{Entrant, Side, Table};

use crate::screen::{Screen, width};

/// A table with a rule under its head and nothing else.
pub fn plain_table(screen: &Screen) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    let rule = LineStyle::none().fill('─').junction('─');
    table
        .load_style(presets::NOTHING.header_separator(rule))
        .set_content_arrangement(ContentArrangement::Disabled);
    if screen.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table
}

/// The table as text, without as many of the columns `least`, the first first, as do not fit on the
/// terminal; what is left out is said below.
pub fn fitted(mut table: comfy_table::Table, screen: &Screen, least: &[&str]) -> String {
    let mut left_out = Vec::new();
    let mut least = least.iter();
    loop {
        let text = table.trim_fmt();
        let fits = text.lines().all(|line| width(line) <= screen.limit);
        let Some(title) = least.next().filter(|_| !fits) else {
            return match left_out[..] {
                [] => text,
                _ => format!("{text}\nToo narrow for: {}.", left_out.join(", ")),
            };
        };
        let titles = table.header().into_iter().flat_map(|row| row.cell_iter());
        let place = titles.map(Cell::content).position(|content| content == *title);
        if let Some(column) = place.and_then(|place| table.column_mut(place)) {
            column.set_constraint(ColumnConstraint::Hidden);
            left_out.push(*title);
        }
    }
}

/// A cell of the head.
pub fn head(text: &str) -> Cell {
    Cell::new(text).add_attribute(Attribute::Bold)
}

/// The columns of a race that are of least interest, the first first.
const LEAST: [&str; 9] =
    ["outside", "in f", "tuning", "Hess", "H·d", "|grad|", "grad", "f", "value"];

/// A row an entrant, with the columns that are not empty.
pub fn race_table(entrants: &[Entrant], screen: &Screen) -> String {
    let Table { head: titles, rows } = Table::of(entrants);
    let mut table = plain_table(screen);
    table.set_header(titles.iter().map(|(title, _)| head(title)));
    let outcomes = entrants.iter().filter_map(|e| Some((&e.outcome()?.status, e.elsewhere)));
    for (row, (status, elsewhere)) in rows.into_iter().zip(outcomes) {
        table.add_row(row.into_iter().zip(&titles).map(|(text, (title, _))| match *title {
            "status" => Cell::new(text).fg(colour(status, elsewhere)),
            _ => Cell::new(text),
        }));
    }
    for (k, (_, side)) in titles.iter().enumerate() {
        if let (Side::Right, Some(column)) = (side, table.column_mut(k)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    fitted(table, screen, &LEAST)
}

/// Green where a run converged, red where it failed.
fn colour(status: &Status, elsewhere: bool) -> Color {
    match status {
        Status::Converged(_) if elsewhere => Color::DarkYellow,
        Status::Converged(_) | Status::PrecisionLimit => Color::DarkGreen,
        Status::IterationLimit
        | Status::EpochLimit
        | Status::EvaluationLimit
        | Status::TimeLimit
        | Status::Stopped => Color::DarkYellow,
        Status::NoProgress | Status::Unbounded | Status::Diverged | Status::Failed(_) => {
            Color::DarkRed
        }
    }
}
