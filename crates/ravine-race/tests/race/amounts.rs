//! What is said of the costs and the memory of methods.

use ravine::Stopping;
use ravine::matrix::Matrix;
use ravine::methods::{Entry, Sizes, catalogue, named, parts};
use ravine::objective::Supplies;
use ravine_data::Design;
use ravine_glm::{Regression, RegressionLoss};
use serde_json::json;

/// Cases for each variable of the regression.
const CASES: usize = 3;
/// The secant pairs that are kept.
const PAIRS: usize = 3;

/// In n variables; between them, they supply what any method needs.
fn objectives(n: usize) -> Vec<Box<dyn Supplies>> {
    let cases = Matrix::from_fn(CASES * n, n, |i, j| ((1 + i) * (2 + j)) as f64 % 7.0 - 3.0);
    let names = (0..n).map(|j| format!("x{j}")).collect();
    let classes = (0..CASES * n).map(|i| f64::from(i % 3 == 0)).collect();
    let design = Design::dense(cases, names);
    let regression = Regression::new(design, classes, RegressionLoss::Logistic, 0.1).unwrap();
    let tridiagonal = ravine_problems::named(&format!("broyden-tridiagonal:n={n}")).unwrap();
    let squares = ravine::residuals!(n, 2 * n, |x, r| {
        let n = x.len();
        for i in 0..n {
            r[i] = (x[i] - 1.0) * (1.0 + (i % 7) as f64);
            r[n + i] = x[i] * x[i] - x[(i + 1) % n];
        }
    });
    vec![tridiagonal.objective, Box::new(regression), Box::new(squares)]
}

/// The numbers in the state of a run, the most of a few steps, and the sizes that they depend on.
fn kept(entry: &Entry, n: usize) -> (f64, Sizes) {
    let objectives = objectives(n);
    let able = objectives.iter().find(|f| f.derivatives().missing(entry.needs).is_empty());
    let f = able.unwrap_or_else(|| panic!("nothing supplies what {} needs", entry.name));
    let mut settings = json!({});
    if let Some(tuned) = entry.tuned {
        settings[tuned] = 1e-3.into();
    }
    if entry.memory().letters().iter().any(|(letter, _)| *letter == "m") {
        settings["memory"] = PAIRS.into();
    }
    let x0: Vec<f64> = (0..n).map(|i| (i as f64).sin()).collect();
    let mut run = entry.start(&settings, &**f, &x0, Stopping::gradient(1e-12)).unwrap();
    let (mut numbers, mut products, mut before) = (0, 0, 0);
    for _ in 0..12 {
        if run.step().is_some() {
            break;
        }
        let mut bytes = Vec::new();
        run.write_checkpoint(&mut bytes).unwrap();
        numbers = numbers.max(bytes.len() / size_of::<f64>());
        let now = run.outcome().evaluations.hessian_product;
        products = products.max(now - before);
        before = now;
    }
    let sizes = Sizes {
        n: n as f64,
        m: PAIRS as f64,
        k: products as f64,
        q: products as f64,
        r: f.residual_total() as f64,
        c: (CASES * n) as f64,
        ..Sizes::default()
    };
    (numbers as f64, sizes)
}

#[test]
fn every_method_says_what_it_costs_and_keeps() {
    for entry in catalogue() {
        let (cost, memory) = (entry.cost().to_string(), entry.memory().to_string());
        assert!(!cost.is_empty() && !memory.is_empty(), "{}", entry.name);
    }
    // Every composition asks for what its curvature has: nothing is left to be replaced.
    for curvature in parts() {
        for step in parts() {
            for trust in parts() {
                let name = [curvature, step, trust].map(|part| part.name).join("/");
                let Ok(entry) = named(&name) else { continue };
                let said = [entry.cost().to_string(), entry.memory().to_string()].join(" + ");
                for term in said.split(" + ") {
                    let words: Vec<_> = term.split(' ').filter(|word| word.len() > 3).collect();
                    let asked = ["product", "products", "solution", "factors"];
                    assert!(words.len() != 1 || !asked.contains(&words[0]), "{name}: {said}");
                }
            }
        }
    }
}

#[test]
fn states_are_as_large_as_is_said() {
    /// What a run keeps beside vectors: counts, clocks, rules.
    const ELSE: f64 = 60.0;
    const N: usize = 40;
    for entry in catalogue().iter().filter(|entry| !entry.memory().letters().is_empty()) {
        let memory = entry.memory();
        let [(few, small), (many, large)] = [N, 2 * N].map(|n| kept(entry, n));
        for (numbers, sizes) in [(few, small), (many, large)] {
            let said = memory.at(&sizes);
            assert!(numbers <= said + ELSE, "{}: {numbers}, but {memory} is {said}", entry.name);
        }
        // Vectors double and matrices become four times as large, unless they are made anew from
        // point to point, or grow with what the run asks for.
        let fixed = memory.letters().iter().all(|(letter, _)| ["n", "m", "r"].contains(letter));
        if !fixed {
            continue;
        }
        let order = |ratio: f64| ratio.log2().round();
        let grown = (many - ELSE / 2.0) / (few - ELSE / 2.0);
        let said = memory.at(&large) / memory.at(&small);
        assert_eq!(order(grown), order(said), "{}: {few} to {many}, {memory}", entry.name);
    }
}
