//! The table of a race.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, presets,
};
use ravine::Status;
use ravine_problems::race::Entrant;

use crate::screen::Screen;
use ravine::text::{scientific, seconds, size};

/// A table with a rule under its head and nothing else.
pub fn plain_table(screen: &Screen) -> Table {
    let mut table = Table::new();
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

/// A number, or nothing for 0.
fn number(n: u64) -> String {
    if n == 0 { "·".to_owned() } else { n.to_string() }
}

/// A row an entrant, with the columns that are not empty.
pub fn race_table(entrants: &[Entrant], screen: &Screen) -> String {
    let any = |count: fn(&ravine::objective::Counts) -> u64| {
        entrants.iter().filter_map(Entrant::outcome).any(|o| count(&o.evaluations) > 0)
    };
    let products = any(|c| c.hessian_product);
    let hessians = any(|c| c.hessian);
    let tuned = entrants.iter().any(|e| e.tuned.is_some());

    let mut titles = vec!["method", "status", "iter", "f", "grad"];
    titles.extend(products.then_some("H·d"));
    titles.extend(hessians.then_some("Hess"));
    titles.extend(tuned.then_some("tuning"));
    titles.extend(["value", "|grad|", "in f", "outside"]);
    let mut table = plain_table(screen);
    table.set_header(titles.iter().map(|title| head(title)));
    for entrant in entrants {
        let Some(outcome) = entrant.outcome() else { continue };
        let counts = outcome.evaluations;
        let mut row = vec![
            Cell::new(entrant.label()),
            status_cell(&outcome.status, entrant.elsewhere),
            Cell::new(outcome.iterations),
            Cell::new(number(counts.value)),
            Cell::new(number(counts.gradient)),
        ];
        row.extend(products.then(|| Cell::new(number(counts.hessian_product))));
        row.extend(hessians.then(|| Cell::new(number(counts.hessian))));
        row.extend(tuned.then(|| {
            Cell::new(entrant.tuned.as_ref().map_or(String::new(), |t| number(t.evaluations.value)))
        }));
        let outside = (outcome.seconds - outcome.seconds_in_objective).max(0.0);
        row.extend([
            Cell::new(scientific(outcome.value, 4)),
            Cell::new(size(outcome.gradient_norm)),
            Cell::new(seconds(outcome.seconds_in_objective)),
            Cell::new(seconds(outside)),
        ]);
        table.add_row(row);
    }
    for (k, title) in titles.iter().enumerate() {
        if let Some(column) = table.column_mut(k)
            && !matches!(*title, "method" | "status")
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// A status in few words, green where converged, red where the run failed.
pub fn status_cell(status: &Status, elsewhere: bool) -> Cell {
    let (text, color) = match status {
        Status::Converged(_) if elsewhere => ("other minimum", Color::DarkYellow),
        Status::Converged(_) => ("converged", Color::DarkGreen),
        Status::PrecisionLimit => ("precision limit", Color::DarkGreen),
        Status::IterationLimit => ("iteration limit", Color::DarkYellow),
        Status::EvaluationLimit => ("evaluation limit", Color::DarkYellow),
        Status::TimeLimit => ("time limit", Color::DarkYellow),
        Status::Stopped => ("stopped", Color::DarkYellow),
        Status::NoProgress => ("no progress", Color::DarkRed),
        Status::Unbounded => ("unbounded", Color::DarkRed),
        Status::Diverged => ("diverged", Color::DarkRed),
        Status::Failed(_) => ("failed", Color::DarkRed),
    };
    Cell::new(text).fg(color)
}
