//! Runs every composition of a curvature, a step and a trust on ten problems and prints the tables of
//! the guide as Markdown:
//!
//! ```text
//! cargo run --release --example composition_tables -p ravine-race > guide/src/compositions.md
//! ```
//!
//! With a number, at most as many iterations a run: the tables are then quickly there, and of no use.

use std::error::Error;

use ravine::matrix::Matrix;
use ravine::methods::{Part, PartKind, ReachKind, catalogue, named, parts};
use ravine::minimize::Outcome;
use ravine::random::Random;
use ravine::{Status, Stopping};
use ravine_data::Design;
use ravine_glm::{Regression, RegressionLoss};
use ravine_problems::Problem;
use ravine_race::{gradient_equivalents, is_solved, level, lowest_value, regression_problem};
use serde_json::Value;

/// The problems of the catalogue, with what they are called in the tables and what they are here for.
const PROBLEMS: [(&str, &str, &str); 9] = [
    ("mgh:1", "Rosenbrock", "a curved valley, a sum of squares"),
    ("mgh:3", "Powell", "badly scaled: the minimum is at (1.1e-5, 9.1), a sum of squares"),
    ("mgh:14", "Wood", "a valley past a saddle, a sum of squares"),
    ("mgh:16", "Brown-Dennis", "a sum of squares that stays large"),
    ("mgh:20", "Watson", "ill-conditioned, a sum of squares"),
    ("saddle", "saddle", "from beside a ridge between two minima"),
    ("quadratic:n=50,kappa=1e4,rotation=yes", "quadratic", "of condition number 10000"),
    ("broyden-tridiagonal:n=100", "tridiagonal", "a sparse Hessian of 100 variables"),
    ("gaussian", "Gaussian", "a likelihood with its Fisher information"),
];

/// Most iterations of a run, unless told otherwise.
const ITERATIONS: u64 = 1000;

const INTRODUCTION: &str = "\
# Every composition on ten problems

Every curvature with every step and every trust that [go together](methods.md#composing), most of
them without a name, at default settings from the standard starts. Written by `cargo run --release
--example composition_tables -p ravine-race`.

A number is what the minimum took, in evaluations at the price of a gradient: a value 1/3, value and
gradient 1, a Hessian product 2, a Hessian or a Fisher information n, a Jacobian 1. A problem is solved where a run ends, by
its own account, at the lowest value known, to a millionth of it or a hundred-millionth of the way
down. Otherwise a cell says how the run ended:

| cell | what happened |
|---|---|
| – | the problem does not supply what the curvature needs |
| limit | 1000 iterations were not enough |
| no progress | no step decreased the function, far from a minimum |
| elsewhere | converged to a point above the lowest: another minimum, a saddle or a maximum |
| diverged, unbounded | the run left every scale of the problem |
";

/// A problem with what it is called in the tables.
struct Case {
    problem: Problem,
    title: &'static str,
}

/// How a composition fared on the problems; `None` where one lacks what it needs.
struct Row {
    name: String,
    parts: [&'static Part; 3],
    outcomes: Vec<Option<Outcome<Vec<f64>>>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let iterations = match std::env::args().nth(1) {
        Some(iterations) => iterations.parse()?,
        None => ITERATIONS,
    };
    let mut cases: Vec<Case> = PROBLEMS
        .iter()
        .map(|&(spec, title, _)| Ok(Case { problem: ravine_problems::named(spec)?, title }))
        .collect::<Result<_, ravine::ArgumentError>>()?;
    cases.push(Case { problem: logistic()?, title: "logistic" });
    let rows = rows(&cases, iterations)?;
    let costs = costs(&rows, &cases)?;
    println!("{INTRODUCTION}");
    println!("| problem | variables | what it is |\n|---|---:|---|");
    let reasons = PROBLEMS.iter().map(|problem| problem.2);
    let of_data =
        "logistic regression on 400 drawn cases, a sum over cases with its Fisher information";
    for (case, reason) in cases.iter().zip(reasons.chain([of_data])) {
        println!("| {} | {} | {reason} |", case.title, case.problem.start.len());
    }
    println!();
    by_step(&rows, &costs);
    by_trust(&rows, &costs);
    for curvature in of_kind(PartKind::Curvature) {
        details(curvature, &rows, &costs, &cases);
    }
    println!("{CHECK}");
    Ok(())
}

/// The chapter's own test: it has every composition that there is.
const CHECK: &str = r#"The names in Rust:

```rust
# let chapter = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/compositions.md"));
use ravine::methods::{PartKind, named, parts};

let of_kind = |kind| parts().iter().filter(move |part| part.kind == kind);
for curvature in of_kind(PartKind::Curvature) {
    for step in of_kind(PartKind::Step) {
        for trust in of_kind(PartKind::Trust) {
            let name = [curvature.name, step.name, trust.name].join("/");
            if named(&name).is_ok() {
                println!("{name}");
#               assert!(chapter.contains(&format!("| `{name}`")), "{name}");
            }
        }
    }
}
```"#;

fn of_kind(kind: PartKind) -> impl Iterator<Item = &'static Part> {
    parts().iter().filter(move |part| part.kind == kind)
}

/// Logistic regression with a small penalty: ten inputs, the last of them a hundredth in size.
fn logistic() -> Result<Problem, ravine::ArgumentError> {
    let (cases, inputs) = (400, 10);
    let mut random = Random::new(1);
    let hidden: Vec<f64> = (0..inputs).map(|_| random.normal()).collect();
    let mut x = Matrix::zeros(cases, inputs);
    let mut y = vec![0.0; cases];
    for i in 0..cases {
        let mut score = 0.0;
        for j in 0..inputs {
            let input = random.normal();
            score += hidden[j] * input;
            x[(i, j)] = if j + 1 == inputs { 0.01 * input } else { input };
        }
        y[i] = f64::from(u8::from(random.uniform() < 1.0 / (1.0 + (-score).exp())));
    }
    let names = (1..=inputs).map(|j| format!("x{j}")).collect();
    let regression = Regression::new(Design::dense(x, names), y, RegressionLoss::Logistic, 1e-3)?;
    Ok(regression_problem("logistic", regression, "y", String::new()))
}

/// Runs every composition on every problem that supplies what it needs, for at most so many iterations.
fn rows(cases: &[Case], iterations: u64) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for curvature in of_kind(PartKind::Curvature) {
        for step in of_kind(PartKind::Step).filter(|step| step.goes_with(curvature)) {
            for trust in of_kind(PartKind::Trust).filter(|trust| trust.goes_with(step)) {
                let parts = [curvature, step, trust];
                let name = parts.map(|part| part.name).join("/");
                let entry = named(&name)?;
                let mut outcomes = Vec::new();
                for Case { problem, .. } in cases {
                    let f = &*problem.objective;
                    if !f.derivatives().missing(entry.needs).is_empty() {
                        outcomes.push(None);
                        continue;
                    }
                    let stopping = Stopping { iterations: Some(iterations), ..Stopping::default() };
                    let mut run = entry.start(&Value::Null, f, &problem.start, stopping)?;
                    while run.step().is_none() {}
                    outcomes.push(Some(run.outcome()));
                }
                rows.push(Row { name, parts, outcomes });
            }
        }
    }
    Ok(rows)
}

/// For each composition and problem the cost of solving it, or why it did not, or could not begin.
type Costs = Vec<Vec<Option<Result<f64, &'static str>>>>;

fn costs(rows: &[Row], cases: &[Case]) -> Result<Costs, Box<dyn Error>> {
    let mut levels = Vec::new();
    for (k, Case { problem, .. }) in cases.iter().enumerate() {
        let lowest = lowest_value(problem, rows.iter().filter_map(|row| row.outcomes[k].as_ref()));
        let first = problem.objective.value(&problem.start)?;
        levels.push(level(lowest, first));
    }
    let cost = |outcome: &Outcome<Vec<f64>>, level: f64| {
        let ended = is_solved(outcome, outcome.value);
        match outcome.status {
            _ if ended && outcome.value <= level => {
                Ok(gradient_equivalents(&outcome.evaluations, outcome.x.len()))
            }
            Status::IterationLimit => Err("limit"),
            Status::NoProgress => Err("no progress"),
            Status::Diverged => Err("diverged"),
            Status::Unbounded => Err("unbounded"),
            _ if ended => Err("elsewhere"),
            _ => Err(outcome.status.name()),
        }
    };
    let of_row = |row: &Row| {
        let outcomes = row.outcomes.iter().zip(&levels);
        outcomes.map(|(outcome, &level)| outcome.as_ref().map(|o| cost(o, level))).collect()
    };
    Ok(rows.iter().map(of_row).collect())
}

/// How many problems a composition solves, and how many it can begin with.
fn solved(costs: &[Option<Result<f64, &str>>]) -> (usize, usize) {
    let begun = costs.iter().flatten();
    (begun.clone().filter(|cost| cost.is_ok()).count(), begun.count())
}

/// Curvatures by steps, each in each reach that it has, under the trust of that reach that asks most
/// of a step.
fn by_step(rows: &[Row], costs: &Costs) {
    let trust = |reach: ReachKind| match reach {
        ReachKind::Free => "wolfe",
        ReachKind::Radius => "radius",
        ReachKind::Scaled => "scaled-radius",
        ReachKind::Cubic => "cubic",
        ReachKind::Damped => "damping",
    };
    let columns: Vec<(&str, &str)> = ReachKind::ALL
        .iter()
        .flat_map(|&reach| {
            let steps = of_kind(PartKind::Step).filter(move |step| step.reach.contains(&reach));
            steps.map(move |step| (step.name, trust(reach)))
        })
        .collect();
    println!("## Solved of ten, by curvature and step\n");
    println!(
        "Of the trusts of a free step, the line search for the Wolfe conditions; the others are\n\
         compared below. `of` is how many of the ten problems supply what the curvature needs; where\n\
         nothing stands, step and curvature do not go together.\n"
    );
    let heads: Vec<_> = columns.iter().map(|(step, trust)| format!("{step}/ {trust}")).collect();
    println!("| curvature | of | {} |", heads.join(" | "));
    println!("|---|---:|{}", "---:|".repeat(columns.len()));
    for curvature in of_kind(PartKind::Curvature) {
        let find = |step: &str, trust: &str| {
            let name = [curvature.name, step, trust].join("/");
            let k = rows.iter().position(|row| row.name == name)?;
            Some(solved(&costs[k]))
        };
        let cells: Vec<_> = columns.iter().map(|(step, trust)| find(step, trust)).collect();
        let able = cells.iter().flatten().map(|cell| cell.1).max().unwrap_or(0);
        let cells: Vec<_> = cells
            .iter()
            .map(|cell| match cell {
                // What needs a Hessian where others need its products may begin on fewer.
                Some((solved, begun)) if *begun < able => format!("{solved} of {begun}"),
                Some((solved, _)) => solved.to_string(),
                None => String::new(),
            })
            .collect();
        println!("| `{}` | {able} | {} |", curvature.name, cells.join(" | "));
    }
    println!();
}

/// The trusts of free steps, all curvatures together.
fn by_trust(rows: &[Row], costs: &Costs) {
    let free = |part: &&Part| part.reach.contains(&ReachKind::Free);
    let steps: Vec<_> = of_kind(PartKind::Step).filter(free).collect();
    println!("## The trusts of free steps\n");
    println!("Solved, all curvatures and problems together.\n");
    let heads: Vec<_> = steps.iter().map(|step| format!("`{}`", step.name)).collect();
    println!("| trust | {} |\n|---|{}", heads.join(" | "), "---:|".repeat(steps.len()));
    for trust in of_kind(PartKind::Trust).filter(free) {
        let cell = |step: &&Part| {
            let of = rows.iter().zip(costs).filter(|(row, _)| {
                row.parts[1].name == step.name && row.parts[2].name == trust.name
            });
            let sum = of.fold((0, 0), |sum, (_, costs)| {
                let (solved, begun) = solved(costs);
                (sum.0 + solved, sum.1 + begun)
            });
            format!("{} of {}", sum.0, sum.1)
        };
        let cells: Vec<_> = steps.iter().map(cell).collect();
        println!("| `{}` | {} |", trust.name, cells.join(" | "));
    }
    println!();
}

/// One curvature: a row a composition, a column a problem.
fn details(curvature: &Part, rows: &[Row], costs: &Costs, cases: &[Case]) {
    let needs = ravine::objective::Derivatives::NONE.missing(curvature.needs).join(", ");
    println!("## `{}`\n\nB is {}. It needs: {needs}.\n", curvature.name, curvature.title);
    let heads: Vec<_> = cases.iter().map(|case| case.title).collect();
    println!("| composition | solved | {} |", heads.join(" | "));
    println!("|---|---:|{}", "---:|".repeat(cases.len()));
    for (row, costs) in rows.iter().zip(costs) {
        if row.parts[0].name != curvature.name {
            continue;
        }
        let cells: Vec<_> = costs
            .iter()
            .map(|cost| match cost {
                None => "–".to_owned(),
                Some(Ok(cost)) => format!("{cost:.0}"),
                Some(Err(reason)) => (*reason).to_owned(),
            })
            .collect();
        let familiar = catalogue().iter().find(|entry| entry.composition == Some(&row.name));
        let familiar = familiar.map_or(String::new(), |entry| format!(" = `{}`", entry.name));
        println!("| `{}`{familiar} | {} | {} |", row.name, solved(costs).0, cells.join(" | "));
    }
    println!();
}
