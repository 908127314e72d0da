//! The table of a race.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, presets};
use ravine::Status;
use ravine_race::{Entrant, Side, Table};

use crate::screen::Screen;

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

/// A cell of the head.
pub fn head(text: &str) -> Cell {
    Cell::new(text).add_attribute(Attribute::Bold)
}

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
    table.trim_fmt()
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
