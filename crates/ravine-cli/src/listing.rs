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
    writeln!(out, "{}", methods_text(&Screen::of_stdout()))?;
    writeln!(
        out,
        "\nSettings go after a colon: lbfgs:memory=5; `ravine methods lbfgs` says which there are, and \
         what a name composes as curvature/step/trust. `ravine methods --parts` lists what else can be \
         composed."
    )?;
    Ok(true)
}

/// The table of methods as it fits. What a name composes stands below its title where there is room.
fn methods_text(screen: &Screen) -> String {
    let wide = methods_table(screen, true);
    let fits = screen.fits(&wide.trim_fmt());
    let table = if fits { wide } else { methods_table(screen, false) };
    fitted(table, screen, &["bounds", "needs"])
}

/// Methods in groups by family.
fn methods_table(screen: &Screen, compositions: bool) -> comfy_table::Table {
    let mut table = plain_table(screen);
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
            Cell::new(match entry.composition.filter(|_| compositions) {
                Some(composition) => format!("{}\n= {composition}", entry.title),
                None => entry.title.to_owned(),
            }),
            Cell::new(described::needs(entry).join(", ")),
            Cell::new(if entry.bounds { "yes" } else { "" }),
        ]);
    }
    table
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
    writeln!(out, "{}", problems_text(&problems, &Screen::of_stdout()))?;
    writeln!(
        out,
        "\nSettings go after a colon: quadratic:n=1000,kappa=1e6. A problem may also be a formula, \
         \"(1-x)^2 + 100*(y-x^2)^2\", or a CSV or LIBSVM file with --target and --loss."
    )?;
    Ok(true)
}

/// The table of problems as it fits.
fn problems_text(problems: &[ravine_problems::Listing], screen: &Screen) -> String {
    let mut table = plain_table(screen);
    table.set_header(["name", "problem", "variables", "settings"].map(head));
    for problem in problems {
        let settings: Vec<_> = problem.parameters.iter().map(|p| p.name).collect();
        table.add_row([
            Cell::new(&problem.name),
            Cell::new(&problem.title),
            Cell::new(problem.dimension).set_alignment(CellAlignment::Right),
            Cell::new(settings.join(", ")),
        ]);
    }
    fitted(table, screen, &["settings", "variables"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_fit_whatever_the_width() {
        for limit in [60, 80, 100, usize::MAX] {
            let screen = Screen { width: 100, limit, color: false };
            let texts = [methods_text(&screen), problems_text(&ravine_problems::all(), &screen)];
            for text in texts.into_iter().chain(parts::tables(&screen)) {
                // What is left out is a sentence, which is broken where it is printed.
                let table = text.split("\nToo narrow").next().unwrap();
                assert!(screen.fits(table), "{limit}:\n{text}");
            }
        }
    }
}
