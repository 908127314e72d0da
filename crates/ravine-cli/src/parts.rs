//! `ravine methods --parts`.

use std::io::Write;

use comfy_table::Cell;
use ravine::methods::{Part, PartKind, ReachKind, parts};
use ravine::objective::Derivatives;
use serde_json::{Map, Value, json};

use crate::args::ListArgs;
use crate::failure::Failure;
use crate::output::print_object;
use crate::screen::Screen;
use crate::table::{fitted, head, plain_table};

const KINDS: [(PartKind, &str); 3] = [
    (PartKind::Curvature, "Curvatures B: what is believed of the second derivatives"),
    (PartKind::Step, "Steps d: how the model g'd + d'Bd/2 is minimized"),
    (PartKind::Trust, "Trusts: how far the step is believed"),
];

fn of_kind(kind: PartKind) -> impl Iterator<Item = &'static Part> {
    parts().iter().filter(move |part| part.kind == kind)
}

/// The derivatives that a curvature needs, in words.
fn needs(part: &Part) -> Vec<&'static str> {
    Derivatives::NONE.missing(part.needs)
}

/// The reaches of a step or trust, in one word each.
fn reaches(part: &Part) -> Vec<&'static str> {
    part.reach.iter().map(|reach| reach.name()).collect()
}

/// The names of the parts of a kind for which `fits` holds.
fn names(kind: PartKind, fits: impl Fn(&Part) -> bool) -> Vec<&'static str> {
    of_kind(kind).filter(|part| fits(part)).map(|part| part.name).collect()
}

/// The parts, by kind, and what goes with what.
pub fn list(args: &ListArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    if args.json {
        for part in parts() {
            print_object(&object(part), out)?;
        }
        return Ok(true);
    }
    let screen = Screen::of_stdout();
    let tables = tables(&screen);
    for ((_, title), table) in KINDS.iter().zip(&tables) {
        writeln!(out, "{title}\n\n{table}\n")?;
    }
    writeln!(out, "A step and a trust go together where they have a reach in common:\n")?;
    for table in tables.iter().skip(KINDS.len()) {
        writeln!(out, "{table}")?;
    }
    let solving = names(PartKind::Step, |step| step.solves).join(", ");
    let dense = names(PartKind::Step, |step| step.solves || step.dense).join(", ");
    let of_residuals = names(PartKind::Step, |step| step.residuals).join(", ");
    let residuals = names(PartKind::Curvature, |curvature| curvature.residuals).join(", ");
    let by_products = names(PartKind::Curvature, |curvature| !curvature.solves).join(", ");
    writeln!(
        out,
        "\nAny curvature goes with any step, but for {solving}: not with {by_products}, which are \
         known by products alone, and {of_residuals}: with {residuals} alone, which is of residuals. With {dense}, `exact` needs a Hessian.\n\
         Costs are beside those of value and gradient; n variables, m pairs, k products a step, q columns \
         of a sketch, r residuals, c cases, s entries of a sparse Hessian, l of its factor. A step and a \
         trust ask the curvature for its products and solutions.\n\n\
         A method is written curvature/step/trust, with settings of the parts after a colon:\n\
         ravine race rosenbrock --methods sr1/steihaug/radius,bfgs/gltr/cubic:trust.initial=10"
    )?;
    Ok(true)
}

/// One part, and what goes with it.
pub fn one(part: &Part, args: &ListArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    if args.json {
        print_object(&object(part), out)?;
        return Ok(true);
    }
    writeln!(
        out,
        "{}: {}, a {} of methods curvature/step/trust",
        part.name,
        part.title,
        part.kind.name()
    )?;
    let reaches = reaches(part);
    if !reaches.is_empty() {
        writeln!(out, "reach {}", reaches.join(", "))?;
    }
    let needs = needs(part);
    if !needs.is_empty() {
        writeln!(out, "needs {}", needs.join(", "))?;
    }
    for (kind, _) in KINDS.iter().filter(|(kind, _)| *kind != part.kind) {
        let fitting = names(*kind, |other| part.goes_with(other));
        writeln!(out, "goes with the {} {}", kind.name(), fitting.join(", "))?;
    }
    for (what, amount) in [("cost of a step", part.cost), ("numbers kept", part.memory)] {
        if !amount.is_empty() {
            writeln!(out, "{what}: {amount}")?;
        }
    }
    if !part.settings.is_empty() {
        let settings =
            part.settings.iter().map(|setting| format!("{}.{}", part.kind.name(), setting.name));
        writeln!(out, "settings {}", settings.collect::<Vec<_>>().join(", "))?;
    }
    Ok(true)
}

/// A table for each kind of part, and what steps and trusts reach, as they fit.
pub fn tables(screen: &Screen) -> Vec<String> {
    let mut tables = Vec::new();
    for (kind, _) in KINDS {
        let last = if kind == PartKind::Curvature { "needs" } else { "reach" };
        let mut table = plain_table(screen);
        let mut header = vec![kind.name(), "what it is", "cost of a step", "memory", last];
        if kind == PartKind::Curvature {
            header.splice(3..3, ["of a product", "of a solution"]);
        }
        table.set_header(header.into_iter().map(head));
        for part in of_kind(kind) {
            let last = if kind == PartKind::Curvature { needs(part) } else { reaches(part) };
            let last = last.join(", ");
            let mut cells = vec![part.name, part.title, part.cost, part.memory, &last];
            if kind == PartKind::Curvature {
                cells.splice(3..3, [part.product, part.solution]);
            }
            table.add_row(cells.into_iter().map(Cell::new));
        }
        let least = ["memory", "of a solution", "of a product", last, "cost of a step"];
        tables.push(fitted(table, screen, &least));
    }
    let mut table = plain_table(screen);
    table.set_header(["reach", "what is minimized", "steps", "trusts"].map(head));
    for reach in ReachKind::ALL {
        let of = |kind| names(kind, |part| part.reach.contains(&reach)).join(", ");
        let (steps, trusts) = (of(PartKind::Step), of(PartKind::Trust));
        table.add_row([reach.name(), reach.meaning(), &steps, &trusts].map(Cell::new));
    }
    tables.push(fitted(table, screen, &["what is minimized", "trusts"]));
    tables
}

fn object(part: &Part) -> Value {
    let goes_with: Map<String, Value> = KINDS
        .iter()
        .filter(|(kind, _)| *kind != part.kind)
        .map(|(kind, _)| {
            let fitting = names(*kind, |other| part.goes_with(other));
            (kind.name().to_owned(), fitting.into())
        })
        .collect();
    json!({
        "name": part.name,
        "kind": part.kind,
        "title": part.title,
        "cost": part.cost,
        "memory": part.memory,
        "product": part.product,
        "solution": part.solution,
        "factors": part.factors,
        "as_matrix": part.as_matrix.map(|matrix| {
            let needs = Derivatives::NONE.missing(matrix.needs);
            json!({ "needs": needs, "cost": matrix.cost, "memory": matrix.memory, "product": matrix.product })
        }),
        "needs": needs(part),
        "reach": part.reach,
        "solves": part.solves,
        "dense": part.dense,
        "goes_with": goes_with,
    })
}
