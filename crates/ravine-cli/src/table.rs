//! Tables.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, LineStyle, presets,
};
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

/// The table as text, without as many of the columns `least`, the first first, as do not fit on the
/// terminal; what is left out is said below. Where none is left to leave out, long texts go over several
/// lines of their cells.
pub fn fitted(mut table: comfy_table::Table, screen: &Screen, least: &[&str]) -> String {
    let mut left_out = Vec::new();
    let mut least = least.iter();
    loop {
        let mut text = table.trim_fmt();
        let fits = screen.fits(&text);
        let Some(title) = least.next().filter(|_| !fits) else {
            if !fits {
                fold(&mut table, screen);
                text = table.trim_fmt();
            }
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

/// Lets texts go over several lines of their cells where the terminal is narrower than they are.
pub fn fold(table: &mut comfy_table::Table, screen: &Screen) {
    if screen.limit < usize::MAX {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(screen.limit).unwrap_or(u16::MAX));
    }
}

/// A cell of the head.
pub fn head(text: &str) -> Cell {
    Cell::new(text).add_attribute(Attribute::Bold)
}

/// A number with the digits that its error leaves it, and two more.
pub fn estimate(value: f64, error: f64) -> String {
    let digits = if error > 0.0 && error.is_finite() && value != 0.0 {
        (value / error).abs().log10().ceil().clamp(0.0, 14.0) as usize + 3
    } else {
        7
    };
    let digits = digits.clamp(4, 16);
    let magnitude = if value == 0.0 { 0.0 } else { value.abs().log10().floor() };
    if (-4.0..9.0).contains(&magnitude) {
        let decimals = (digits as f64 - 1.0 - magnitude).max(0.0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{value:.*e}", digits - 1)
    }
}

/// The columns of a race that are of least interest, the first first.
const LEAST: [&str; 9] =
    ["outside", "in f", "tuning", "Hess", "H·d", "|grad|", "grad", "f", "value"];

/// A row an entrant, with the columns that are not empty.
pub fn race_table(entrants: &[Entrant], screen: &Screen) -> String {
    let Table { head: titles, rows } = Table::of(entrants);
    let mut table = plain_table(screen);
    table.set_header(titles.iter().map(|(title, _)| head(title)));
    let ran = entrants.iter().filter(|entrant| entrant.result.is_ok());
    for (row, entrant) in rows.into_iter().zip(ran) {
        table.add_row(row.into_iter().zip(&titles).map(|(text, (title, _))| match *title {
            "status" => Cell::new(text).fg(colour(entrant)),
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
fn colour(entrant: &Entrant) -> Color {
    let Some(outcome) = entrant.outcome() else { return Color::DarkRed };
    match &outcome.status {
        Status::Converged(_) if entrant.ending() == "converged" => Color::DarkGreen,
        Status::PrecisionLimit => Color::DarkGreen,
        Status::Converged(_)
        | Status::IterationLimit
        | Status::EpochLimit
        | Status::EvaluationLimit
        | Status::TimeLimit
        | Status::Stopped => Color::DarkYellow,
        Status::NoProgress | Status::Unbounded | Status::Diverged | Status::Failed(_) => {
            Color::DarkRed
        }
    }
}
