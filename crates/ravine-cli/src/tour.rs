//! `ravine race` without a problem: the classic demonstrations.

use std::io::Write;

use ravine::Stopping;
use ravine::minimize::Outcome;
use ravine_nn::article;
use ravine_problems::{Problem, article as problems};
use ravine_race::{Entrant, MethodChoice, Track, applicable};

use crate::args::{RaceArgs, YAxis};
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{print_object, print_runs, write_svg};
use crate::picture::{self, View};
use crate::plot::terminal;
use crate::progress::Ticker;
use crate::run::{conditions, run, watched};
use crate::screen::Screen;
use crate::table::{fitted, head, plain_table, race_table};
use ravine_text::{count, heading, point, short};

/// A run of a demonstration: what the table calls it, the method, and a start where it is not the
/// problem's.
struct Act {
    label: &'static str,
    method: &'static str,
    start: Option<&'static [f64]>,
}

const fn act(label: &'static str, method: &'static str) -> Act {
    Act { label, method, start: None }
}

/// A demonstration.
struct Demonstration {
    problem: &'static str,
    acts: &'static [Act],
    stopping: fn() -> Stopping,
    /// What it shows, from the outcomes in the order of the acts.
    shows: fn(&[Outcome<Vec<f64>>]) -> String,
}

const TOUR: &[Demonstration] = &[
    Demonstration {
        problem: "gradient-descent",
        acts: &[
            act("gradient descent, step 0.019", "gd:step=0.019"),
            act("... step 2/101", "gd:step=0.019801980198019802"),
            act("conjugate gradients", "cg-pr"),
            act("BFGS", "bfgs"),
            act("Newton", "newton"),
        ],
        stopping: || Stopping::gradient(1e-6),
        shows: |o| {
            format!(
                "The step must suit the steepest direction, so the flattest takes {} steps; \
                 Newton's method, which knows the curvature, takes {}.",
                o[0].iterations, o[4].iterations
            )
        },
    },
    Demonstration {
        problem: "newton",
        acts: &[
            act("Newton from (-1, 1)", "newton"),
            Act { label: "Newton from (-1.2, 1)", method: "newton", start: Some(&[-1.2, 1.0]) },
            act("trust region from (-1, 1)", "trust-exact"),
            act("BFGS from (-1, 1)", "bfgs"),
        ],
        stopping: || Stopping::gradient(1e-10),
        shows: |o| {
            format!(
                "Often said to take 8 steps from (-1, 1). It takes {} to this accuracy; the larger \
                 count, here {}, is that from (-1.2, 1).",
                o[0].iterations, o[1].iterations
            )
        },
    },
    Demonstration {
        problem: "lbfgs",
        acts: &[
            act("L-BFGS, unit steps", "lbfgs:line_search=fixed"),
            act("L-BFGS, exact line search", "lbfgs:line_search=exact"),
            act("L-BFGS, default line search", "lbfgs"),
        ],
        stopping: || Stopping::gradient(1e-8),
        shows: |o| {
            format!(
                "Often said to need about ten steps with unit steps. That is the exact line \
                 search: {}, with {}; unit steps need {}, a count that depends on rounding; the default \
                 search, which is exact on a quadratic alone, takes {} with {}.",
                o[1].iterations,
                count(o[1].evaluations.gradient, "gradient"),
                o[0].iterations,
                o[2].iterations,
                count(o[2].evaluations.gradient, "gradient")
            )
        },
    },
    Demonstration {
        problem: "gaussian",
        acts: &[
            act("gradient descent, rate 0.05", "gd:step=0.05"),
            act("natural gradient, rate 0.05", "natural-gradient:step=0.05"),
            act("natural gradient, rate 1", "natural-gradient:step=1"),
        ],
        stopping: || Stopping { iterations: Some(100), ..Stopping::gradient(1e-10) },
        shows: |o| {
            format!(
                "Often said to reach the maximum-likelihood estimate in one step. In the mean \
                 parameters it does; in (mu, ln sigma), at rate 1, it takes {}.",
                o[2].iterations
            )
        },
    },
    Demonstration {
        problem: "krylov",
        acts: &[
            act("Newton by conjugate gradients", "newton-cg:forcing=1e-9"),
            act("conjugate gradients", "cg-pr:line_search=exact"),
            act("L-BFGS", "lbfgs"),
        ],
        stopping: || Stopping::gradient(1e-8),
        shows: |o| {
            format!(
                "Newton's equation solved with Hessian products alone, no Hessian formed: {}, one \
                 for each distinct eigenvalue, then what is left is rounding.",
                count(o[0].evaluations.hessian_product, "product")
            )
        },
    },
];

/// What the last picture races.
const FINALE: &str = "rosenbrock";

/// The command.
pub fn command(args: &RaceArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    let screen = Screen::of_stdout();
    for (k, demonstration) in TOUR.iter().enumerate() {
        let problem = problems::problem(demonstration.problem)?;
        let entrants = perform(demonstration, &problem)?;
        if interrupt::seen() {
            return Ok(false);
        }
        if args.output.json {
            print_runs(&problem, &entrants, out)?;
            continue;
        }
        let outcomes: Vec<_> = entrants.iter().filter_map(Entrant::outcome).cloned().collect();
        let title = format!("{}. {}", k + 1, heading(&problem.title, &problem.start));
        writeln!(out, "{}\n", screen.bold(&title))?;
        writeln!(out, "{}\n", race_table(&entrants, &screen))?;
        writeln!(out, "{}\n\n", (demonstration.shows)(&outcomes))?;
        out.flush()?;
    }
    network(args, &screen, out)?;
    finale(args, &screen, out)
}

/// The sixth demonstration, whose losses are those of a network.
fn network(args: &RaceArgs, screen: &Screen, out: &mut dyn Write) -> Result<(), Failure> {
    const SHOWN: [usize; 4] = [0, 20, 40, 59];
    let runs = article::demonstration(59)?;
    if args.output.json {
        return print_object(&serde_json::json!({ "demonstration": "k-fac", "runs": runs }), out);
    }
    let number = TOUR.len() + 1;
    let title = format!("{number}. K-FAC on a network of two layers, 57 parameters, 100 cases");
    let mut table = plain_table(screen);
    let titles = SHOWN.iter().map(|step| format!("loss {step}"));
    let titles =
        ["method".to_owned()].into_iter().chain(titles).chain(["steps to 1e-3".to_owned()]);
    table.set_header(titles.map(|title| head(&title)));
    for run in &runs {
        let losses = SHOWN.iter().map(|&k| run.losses.get(k).map_or(String::new(), |&f| short(f)));
        let steps = run.steps_to(1e-3).map_or("-".to_owned(), |steps| steps.to_string());
        table.add_row([run.what.to_owned()].into_iter().chain(losses).chain([steps]));
    }
    writeln!(
        out,
        "{}\n\n{}\n",
        screen.bold(&title),
        fitted(table, screen, &["loss 40", "loss 20"])
    )?;
    let steps =
        |k: usize| runs[k].steps_to(1e-3).map_or("more than 59".to_owned(), |s| s.to_string());
    writeln!(
        out,
        "As often shown, the factor G is of gradients of the mean loss, 10,000 times too small here, so that the \
         damping is nearly all of it and the step is one of a scaled gradient: {} steps to a loss of 1e-3. With G of \
         single cases the same step of 0.1 is one tenth of the natural gradient: {}. With step and momentum \
         from the exact model, and a damping that follows how well it does: {}.\n\n",
        steps(1),
        steps(2),
        steps(3)
    )?;
    out.flush()?;
    Ok(())
}

fn perform(demonstration: &Demonstration, problem: &Problem) -> Result<Vec<Entrant>, Failure> {
    let mut ticker = Ticker::new();
    let mut entrants = Vec::new();
    for act in demonstration.acts {
        let mut method = MethodChoice::parse(act.method)?;
        act.label.clone_into(&mut method.name);
        let start = act.start.unwrap_or(&problem.start);
        let conditions = conditions(problem, (demonstration.stopping)());
        let ran = run(&method, problem, start, conditions, &mut ticker, |_| ())?;
        let Problem { objective, bounds, .. } = problem;
        entrants.push(Entrant::alone(method, ran, objective.as_ref(), bounds.as_ref()));
    }
    Ok(entrants)
}

/// One picture to end with: a method of each kind in the curved valley.
fn finale(args: &RaceArgs, screen: &Screen, out: &mut dyn Write) -> Result<bool, Failure> {
    let problem = ravine_problems::named(FINALE)?;
    let objective = problem.objective.as_ref();
    let (methods, _) = applicable(objective, objective.derivatives(), problem.bounds.as_ref());
    let stopping = args.stopping.stopping();
    stopping.validate()?;
    let effort = args.x_axis;
    let conditions = conditions(&problem, stopping);
    let race = watched(&Track { conditions, effort, ..Track::new(&problem) }, &methods);
    let view = View { x: effort, y: YAxis::Gap };
    if args.output.json {
        print_runs(&problem, &race.entrants, out)?;
    } else {
        let winner = race.entrants.first().map_or("", |entrant| entrant.method.entry.title);
        let title = format!(
            "All together: {}, start {}. {} methods; first, by {}: {winner}",
            problem.title,
            point(&problem.start),
            race.entrants.len(),
            effort.title(),
        );
        writeln!(out, "{}\n", screen.bold(&title))?;
        let chart = picture::race_chart(&problem, &problem.start, &race, view);
        writeln!(out, "{}", terminal::draw(&chart, screen))?;
        writeln!(
            out,
            "Next: ravine race {FINALE} --svg out.svg | ravine race \"x^4 + y^4 - x*y\" | \
             ravine problems | ravine methods"
        )?;
    }
    if let Some(path) = &args.output.svg {
        write_svg(path, &picture::race_svg(&problem, &problem.start, &race, view))?;
        if !args.output.json {
            writeln!(out, "The picture is in {}.", path.display())?;
        }
    }
    Ok(!interrupt::seen())
}
