//! `ravine problems` and `ravine methods`.

use std::io::Write;

use comfy_table::{Cell, CellAlignment};
use ravine::methods::{Family, catalogue};
use serde_json::json;

use crate::args::{ListArgs, MethodsArgs};
use crate::described;
use crate::failure::Failure;
use crate::output::print_object;
use crate::parts;
use crate::screen::Screen;
use crate::table::{fitted, head, plain_table};

fn family_title(family: Family) -> &'static str {
    match family {
        Family::Automatic => "Automatic",
        Family::FirstOrder => "First order",
        Family::ConjugateGradient => "Conjugate gradients",
        Family::QuasiNewton => "Quasi-Newton",
        Family::Newton => "Newton",
        Family::Sketched => "Sketched second order",
        Family::TrustRegion => "Trust region and cubic regularization",
        Family::LeastSquares => "Least squares",
        Family::NaturalGradient => "Natural gradient",
        Family::Own => "Others",
    }
}

/// The methods, by family.
pub fn methods(args: &MethodsArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    if let Some(name) = &args.name {
        return described::method(name, &args.list, out);
    }
    if args.parts {
        return parts::list(&args.list, out);
    }
    if args.list.json {
        for entry in catalogue() {
            print_object(&entry.describe()?, out)?;
        }
        return Ok(true);
    }
    let screen = Screen::of_stdout();
    let mut table = plain_table(&screen);
    table.set_header(["name", "method", "needs", "bounds"].map(head));
    let mut family = None;
    for entry in catalogue() {
        if family != Some(entry.family) {
            family = Some(entry.family);
            table.add_row([Cell::new("")]);
            table.add_row([Cell::new(""), head(family_title(entry.family))]);
        }
        table.add_row([
            Cell::new(entry.name),
            Cell::new(match entry.composition {
                Some(composition) => format!("{}\n= {composition}", entry.title),
                None => entry.title.to_owned(),
            }),
            Cell::new(described::needs(entry).join(", ")),
            Cell::new(if entry.bounds { "yes" } else { "" }),
        ]);
    }
    writeln!(out, "{}", fitted(table, &screen, &["bounds", "needs"]))?;
    writeln!(
        out,
        "\nSettings go after a colon: lbfgs:memory=5; `ravine methods lbfgs` says which there are. After `=` stands what a name composes, as\n\
         curvature/step/trust; `ravine methods --parts` lists what else can be composed."
    )?;
    Ok(true)
}

/// The problems.
pub fn problems(args: &ListArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    let problems = ravine_problems::all();
    if args.json {
        for problem in &problems {
            let parameters: Vec<_> = problem
                .parameters
                .iter()
                .map(|p| json!({"name": p.name, "default": p.default, "meaning": p.meaning}))
                .collect();
            let object = json!({
                "name": problem.name,
                "title": problem.title,
                "variables": problem.dimension,
                "parameters": parameters,
                "source": problem.source,
            });
            print_object(&object, out)?;
        }
        return Ok(true);
    }
    let screen = Screen::of_stdout();
    let mut table = plain_table(&screen);
    table.set_header(["name", "problem", "variables", "settings"].map(head));
    for problem in &problems {
        let settings: Vec<_> = problem.parameters.iter().map(|p| p.name).collect();
        table.add_row([
            Cell::new(&problem.name),
            Cell::new(&problem.title),
            Cell::new(problem.dimension).set_alignment(CellAlignment::Right),
            Cell::new(settings.join(", ")),
        ]);
    }
    writeln!(out, "{}", fitted(table, &screen, &["settings", "variables"]))?;
    writeln!(
        out,
        "\nSettings go after a colon: quadratic:n=1000,kappa=1e6. A problem may also be a formula,\n\
         \"(1-x)^2 + 100*(y-x^2)^2\", or a CSV or LIBSVM file with --target and --loss."
    )?;
    Ok(true)
}
