//! Random runs of every method: what an end says is true, whatever the function, its units and the
//! start. `RAVINE_FUZZ_RUNS` asks for more runs than the 200,000 of the tests, `RAVINE_FUZZ_SEED` for
//! others, `RAVINE_FUZZ_ONE` for the run of this number alone.

mod functions;

use std::collections::BTreeMap;

use functions::{Shape, Sum};
use ravine::methods::{Entry, catalogue};
use ravine::objective::{Objective, Supplies};
use ravine::random::Random;
use ravine::{Bounds, Conditions, Status, Stopping};
use serde_json::Value;

/// Evaluations of one run.
const MOST: u64 = 400;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect(name))
}

/// Methods that go on with values, gradients, Hessian products and Hessians, one point at a time.
fn methods() -> Vec<&'static Entry> {
    let function = Sum::random(&mut Random::new(1));
    let supplied = function.derivatives();
    catalogue().iter().filter(|entry| supplied.missing(entry.needs).is_empty()).collect()
}

#[test]
fn whatever_the_function_an_end_is_true() {
    let runs = number("RAVINE_FUZZ_RUNS", 200_000);
    let seed = number("RAVINE_FUZZ_SEED", 1);
    if let Ok(one) = std::env::var("RAVINE_FUZZ_ONE") {
        let one = one.parse().expect("RAVINE_FUZZ_ONE");
        let faults = worker(seed, [one].into_iter());
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        return;
    }
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || worker(seed, (thread..runs).step_by(threads as usize)))
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for fault in &faults {
        *kinds.entry(fault.split(':').next().unwrap_or_default()).or_default() += 1;
    }
    let first: Vec<_> = faults.iter().take(40).map(String::as_str).collect();
    assert!(faults.is_empty(), "{} of {runs}: {kinds:#?}\n{}", faults.len(), first.join("\n"));
}

fn worker(seed: u64, numbers: impl Iterator<Item = u64>) -> Vec<String> {
    let methods = methods();
    let mut faults = Vec::new();
    for number in numbers {
        // Every run by itself can be had again.
        let mut random = Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number));
        let entry = methods[number as usize % methods.len()];
        let mut function = Sum::random(&mut random);
        let start = function.start(&mut random);
        if entry.bounds && random.below(2) == 0 {
            function.bounds = Some(around(&function, &mut random));
        }
        if let Err(fault) = run(entry, &function, &start) {
            let Sum { terms, constant, rounded, bounds, .. } = &function;
            faults.push(format!(
                "{} {fault}\n    {number}: {terms:?} + {constant:e} rounded {rounded} from {start:?} in {bounds:?}",
                entry.name
            ));
        }
    }
    faults
}

/// Bounds around, beside or at the minimum, some of them infinite.
fn around(function: &Sum, random: &mut Random) -> Bounds {
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    for term in &function.terms {
        let positive = term.shape == Shape::Barrier;
        let mut ends = [random.normal(), random.normal()];
        ends.sort_by(f64::total_cmp);
        let ends = ends.map(|end| if positive { end.exp() } else { end });
        let [mut low, mut high] = ends.map(|end| term.center + term.scale * end);
        if random.below(3) == 0 && !positive {
            low = f64::NEG_INFINITY;
        }
        if random.below(3) == 0 {
            high = f64::INFINITY;
        }
        lower.push(low);
        upper.push(high);
    }
    Bounds::new(lower, upper).unwrap()
}

/// What is wrong with a run, if anything is.
fn run(entry: &Entry, function: &Sum, start: &[f64]) -> Result<(), String> {
    let limits = Stopping { evaluations: Some(MOST), iterations: Some(200), ..Stopping::default() };
    let mut conditions = Conditions::default().stopping(limits);
    conditions.bounds.clone_from(&function.bounds);
    let mut run = match entry.start(&Value::Null, function, start, conditions) {
        Ok(run) => run,
        Err(error) => {
            // A start where the function is no number is refused in words.
            let known = error.to_string().contains("finite") || error.to_string().contains("x0");
            return if known { Ok(()) } else { Err(format!("refused: {error}")) };
        }
    };
    let (first, mut lowest) = (run.progress().value, run.progress().value);
    while run.step().is_none() {
        let value = run.progress().value;
        if value < lowest {
            lowest = value;
        }
    }
    let last = run.progress().value;
    let outcome = run.outcome();
    let (counts, status) = (function.counts.get(), &outcome.status);
    let said = format!("{status} value {:e} x {:?}", outcome.value, outcome.x);
    if let Some(point) = &*function.strayed.borrow() {
        return Err(format!("strayed: asked at {point:?}; {said}"));
    }
    if counts != outcome.evaluations {
        return Err(format!("counts: {counts:?} but says {:?}; {said}", outcome.evaluations));
    }
    if counts.value.max(counts.gradient) > MOST + 20 {
        return Err(format!("budget: {counts:?}; {said}"));
    }
    if !(outcome.value.is_finite() && outcome.x.iter().all(|x| x.is_finite())) {
        let fell = matches!(status, Status::Unbounded) && outcome.value == f64::NEG_INFINITY;
        return if fell { Ok(()) } else { Err(format!("no number: {said}")) };
    }
    // Methods that never go up may do so by rounding; others end at the root of rounding above the best.
    // Where the gradient is small by itself, too, what is lost in rounding at the start is nothing.
    let lost =
        if outcome.gradient_norm <= 1e-8 { 1e-11 * first.abs() } else { 1e-18 * first.abs() };
    let rounding = lost + if function.rounded { 1e-6 } else { 2e-8 } * lowest.abs();
    if last.is_finite() {
        lowest = lowest.min(last);
    }
    // Newton's method as it is goes to saddle points and maxima as well.
    if outcome.value > lowest + rounding && !(entry.name == "newton" && status.converged()) {
        return Err(format!("not the best: {lowest:e} was seen; {said}"));
    }
    if function.value(&outcome.x).unwrap() != outcome.value {
        return Err(format!("another value: {said}"));
    }
    truth(function, &outcome.x, outcome.value, status, lost)
        .map_err(|fault| format!("{fault}; {said}"))
}

/// Whether the status is true of the point; a difference of `rounding` is none.
fn truth(
    function: &Sum,
    x: &[f64],
    value: f64,
    status: &Status,
    rounding: f64,
) -> Result<(), String> {
    let shapes = || function.terms.iter().map(|term| term.shape);
    match status {
        Status::Unbounded if shapes().all(Shape::is_bounded_below) => {
            Err("bounded: it is bounded below".to_owned())
        }
        Status::Unbounded if function.bounds.as_ref().is_some_and(is_finite) => {
            Err("bounded: by its bounds".to_owned())
        }
        Status::Converged(_) if shapes().all(Shape::is_convex) && function.bounds.is_none() => {
            let (_, size) = function.measured(x);
            let left = value - function.constant;
            let noise = if function.rounded { 1e-6 } else { 1e-8 };
            let bound = noise * (value.abs() + function.constant.abs()) + 1e-9 * size + rounding;
            if left <= bound { Ok(()) } else { Err(format!("false success: {left:e} > {bound:e}")) }
        }
        _ => Ok(()),
    }
}

fn is_finite(bounds: &Bounds) -> bool {
    bounds.lower().iter().chain(bounds.upper()).all(|bound| bound.is_finite())
}
