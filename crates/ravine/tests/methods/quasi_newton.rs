//! BFGS, DFP and L-BFGS against theory: finite termination, invariances, equal forms, honest ends.

use ravine::curvature::{DenseSecant, Form, SecantUpdate};
use ravine::line_search::{Backtracking, Exact, HagerZhang, LineSearch};
use ravine::matrix::Matrix;
use ravine::methods::{Bfgs, Dfp, Lbfgs, named};
use ravine::minimize::Method;
use ravine::minimize::{Checkpoint, Rule, Run};
use ravine::objective::{Gradient, Objective, Supplies, from_gradient};
use ravine::operator::LinearOperator;
use ravine::{Outcome, Status, Stopping, Vector, minimize};

/// A rotation of the plane of variables i and j for each pair, applied to diag(eigenvalues).
fn rotated(eigenvalues: &[f64]) -> Matrix {
    let n = eigenvalues.len();
    let mut a = Matrix::from_fn(n, n, |i, j| if i == j { eigenvalues[i] } else { 0.0 });
    for i in 0..n {
        for j in i + 1..n {
            let (s, c) = (0.7 + (i * n + j) as f64).sin_cos();
            for k in 0..n {
                let (p, q) = (a[(i, k)], a[(j, k)]);
                (a[(i, k)], a[(j, k)]) = (c * p - s * q, s * p + c * q);
            }
            for k in 0..n {
                let (p, q) = (a[(k, i)], a[(k, j)]);
                (a[(k, i)], a[(k, j)]) = (c * p - s * q, s * p + c * q);
            }
        }
    }
    a
}

fn quadratic(a: &Matrix) -> impl Gradient<Point = Vec<f64>> {
    from_gradient(a.rows(), |x: &[f64], g: &mut [f64]| {
        a.multiply(x, g);
        x.iter().zip(g.iter()).map(|(x, g)| x * g).sum::<f64>() / 2.0
    })
}

fn rosenbrock(n: usize) -> impl Gradient<Point = Vec<f64>> {
    dynamic_rosenbrock(n)
}

fn dynamic_rosenbrock(n: usize) -> impl Gradient<Point = Vec<f64>> + Supplies {
    from_gradient(n, move |x: &[f64], g: &mut [f64]| {
        let mut sum = 0.0;
        for i in (0..n).step_by(2) {
            let (a, b) = (1.0 - x[i], x[i + 1] - x[i] * x[i]);
            sum += a * a + 100.0 * b * b;
            g[i] = -2.0 * a - 400.0 * x[i] * b;
            g[i + 1] = 200.0 * b;
        }
        sum
    })
}

fn far_start(n: usize) -> Vec<f64> {
    (0..n).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 } + 0.01 * i as f64).collect()
}

/// The points visited.
fn path<O, M>(f: &O, x0: &O::Point, method: M, iterations: u64) -> Vec<O::Point>
where
    O: Gradient,
    M: Method<O>,
{
    let stopping = Stopping { iterations: Some(iterations), ..Stopping::gradient(1e-12) };
    let mut run = Run::new(f, method, x0, stopping).unwrap();
    let mut path = vec![x0.clone()];
    while run.step().is_none() {
        path.push(run.progress().x.clone());
    }
    path
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn exact() -> LineSearch {
    LineSearch::Exact(Exact { slope: 1e-10, ..Default::default() })
}

#[test]
fn exact_searches_end_on_a_quadratic_in_n_steps() {
    let a = rotated(&[1.0, 3.0, 10.0, 40.0, 100.0, 250.0]);
    let f = quadratic(&a);
    let x0 = vec![1.0, -2.0, 0.5, 1.5, -1.0, 2.0];
    let stopping = Stopping::gradient(1e-8);
    let lbfgs = |memory, form| Lbfgs { memory, line_search: exact(), form };
    let outcomes = [
        minimize(&f, x0.clone(), Bfgs { line_search: exact() }).stopping(stopping.clone()).run(),
        minimize(&f, x0.clone(), Dfp { line_search: exact() }).stopping(stopping.clone()).run(),
        minimize(&f, x0.clone(), lbfgs(6, Form::TwoLoop)).stopping(stopping.clone()).run(),
        minimize(&f, x0.clone(), lbfgs(6, Form::Compact)).stopping(stopping.clone()).run(),
        // With exact searches one pair suffices: the steps are those of conjugate gradients.
        minimize(&f, x0, lbfgs(1, Form::TwoLoop)).stopping(stopping).run(),
    ];
    for outcome in outcomes {
        let outcome = outcome.unwrap();
        assert!(outcome.status.converged(), "{}", outcome.status);
        assert!(outcome.iterations <= 7, "{}: {}", outcome.method, outcome.iterations);
    }
}

#[test]
fn after_n_exact_steps_the_matrix_is_the_inverse_hessian() {
    // The hereditary property: all n pairs still satisfy the secant equation.
    let n = 5;
    let a = rotated(&[1.0, 4.0, 9.0, 30.0, 70.0]);
    for update in [SecantUpdate::Bfgs, SecantUpdate::Dfp] {
        let (mut x, mut g) = (vec![1.0, -2.0, 0.5, 1.5, -1.0], vec![0.0; n]);
        a.multiply(&x, &mut g);
        let mut h = DenseSecant::new(n, update);
        let mut d = vec![0.0; n];
        let mut pairs = Vec::new();
        for _ in 0..n {
            let (slope, _) = h.direction(&g, &mut d);
            let mut ad = vec![0.0; n];
            a.multiply(&d, &mut ad);
            let step = -slope / d.dot(&ad);
            let s: Vec<f64> = d.iter().map(|d| step * d).collect();
            let y: Vec<f64> = ad.iter().map(|v| step * v).collect();
            x.axpy(1.0, &s);
            a.multiply(&x, &mut g);
            assert!(h.update(&s, &y, &g));
            pairs.push((s, y));
            for (s, y) in &pairs {
                let mut hy = vec![0.0; n];
                h.apply(y, &mut hy).unwrap();
                assert!(distance(&hy, s) <= 1e-9 * s.norm_max(), "{update:?}");
            }
        }
        assert!(g.norm_max() < 1e-9, "{g:?}");
    }
}

#[test]
fn forms_of_lbfgs_and_bfgs_walk_the_same_path() {
    // With a memory longer than the run, L-BFGS rescales the matrix it starts from at every step,
    // BFGS only once: on the first two steps they agree, the two forms on all.
    let f = rosenbrock(6);
    let x0 = far_start(6);
    let lbfgs = |form| Lbfgs { memory: 50, form, ..Lbfgs::default() };
    let two_loop = path(&f, &x0, lbfgs(Form::TwoLoop), 25);
    let compact = path(&f, &x0, lbfgs(Form::Compact), 25);
    let bfgs = path(&f, &x0, Bfgs::default(), 25);
    for k in 0..two_loop.len() {
        assert!(distance(&two_loop[k], &compact[k]) < 1e-6, "step {k}");
    }
    for k in 0..=2 {
        assert!(distance(&two_loop[k], &bfgs[k]) < 1e-12, "step {k}");
    }
    assert!(distance(&two_loop[8], &bfgs[8]) > 1e-6, "the scaling makes a difference later");
}

#[test]
fn paths_do_not_depend_on_rotation_or_on_units_of_the_value() {
    let n = 6;
    let f = rosenbrock(n);
    let x0 = far_start(n);
    // Permuted and reflected variables, and 1024 times the value.
    let map = |x: &[f64]| -> Vec<f64> { (0..n).map(|i| -x[(i + 2) % n]).collect() };
    let back = |z: &[f64]| -> Vec<f64> { (0..n).map(|i| -z[(i + n - 2) % n]).collect() };
    let turned = from_gradient(n, |z: &[f64], g: &mut [f64]| {
        let mut inner = vec![0.0; n];
        let value = rosenbrock(n).value_and_gradient(&back(z), &mut inner).unwrap();
        g.copy_from_slice(&map(&inner));
        value
    });
    let scaled = from_gradient(n, |x: &[f64], g: &mut [f64]| {
        let mut inner = vec![0.0; n];
        let value = rosenbrock(n).value_and_gradient(&x.to_vec(), &mut inner).unwrap();
        g.iter_mut().zip(inner).for_each(|(g, v)| *g = 1024.0 * v);
        1024.0 * value
    });
    let method = Bfgs::default();
    let plain = path(&f, &x0, method.clone(), 15);
    let turned = path(&turned, &map(&x0), method.clone(), 15);
    let scaled = path(&scaled, &x0, method, 15);
    for k in 0..15 {
        assert!(distance(&plain[k], &back(&turned[k])) < 1e-9, "turned, step {k}");
        assert!(distance(&plain[k], &scaled[k]) < 1e-9, "scaled, step {k}");
    }
}

#[test]
fn newton_steps_do_not_depend_on_units_of_the_variables() {
    // After the first pair BFGS is invariant under x = T z if its first matrix is transformed,
    // too; on a quadratic with exact searches both end in n steps whatever the units.
    let a = rotated(&[1.0, 5.0, 50.0]);
    let scale = [1.0, 100.0, 0.01];
    let b = Matrix::from_fn(3, 3, |i, j| scale[i] * a[(i, j)] * scale[j]);
    let x0 = [1.0, -1.0, 2.0];
    let z0: Vec<f64> = x0.iter().zip(scale).map(|(x, s)| x / s).collect();
    let method = Bfgs { line_search: exact() };
    let stopping = Stopping::gradient(1e-7);
    let outcome = minimize(&quadratic(&b), z0, method).stopping(stopping).run().unwrap();
    assert!(outcome.status.converged() && outcome.iterations <= 6, "{}", outcome.iterations);
}

fn resume_gives_the_same_bits<M>(method: M)
where
    M: Method<dyn Gradient<Point = Vec<f64>>> + Clone,
    M::State: Clone + serde::Serialize + serde::de::DeserializeOwned,
{
    let f = rosenbrock(8);
    let f: &dyn Gradient<Point = Vec<f64>> = &f;
    let x0 = far_start(8);
    let mut whole = Run::new(f, method.clone(), &x0, Stopping::default()).unwrap();
    while whole.step().is_none() {}
    for stop in [0, 3, 17] {
        let mut first = Run::new(f, method.clone(), &x0, Stopping::default()).unwrap();
        for _ in 0..stop {
            first.step();
        }
        let text = serde_json::to_string(&first.checkpoint()).unwrap();
        let checkpoint: Checkpoint<M::State, Vec<f64>> = serde_json::from_str(&text).unwrap();
        let mut second = Run::resume(f, method.clone(), checkpoint, Stopping::default()).unwrap();
        while second.step().is_none() {}
        let (a, b) = (whole.outcome(), second.outcome());
        assert_eq!(a.x, b.x, "resumed after {stop}");
        assert_eq!((a.iterations, a.evaluations), (b.iterations, b.evaluations));
    }
}

#[test]
fn resumed_runs_give_the_same_bits() {
    resume_gives_the_same_bits(Bfgs::default());
    resume_gives_the_same_bits(Dfp::default());
    resume_gives_the_same_bits(Lbfgs { memory: 3, form: Form::TwoLoop, ..Lbfgs::default() });
    resume_gives_the_same_bits(Lbfgs { memory: 3, form: Form::Compact, ..Lbfgs::default() });
}

/// `sum_i w_i (cosh(x_i) - 1)` in single precision, weights from 1 to 100.
struct Single(usize);

impl Objective for Single {
    type Point = Vec<f32>;

    fn dimension(&self) -> usize {
        self.0
    }

    fn value(&self, x: &Vec<f32>) -> ravine::objective::Evaluation<f64> {
        self.value_and_gradient(x, &mut vec![0.0; self.0])
    }
}

impl Gradient for Single {
    fn value_and_gradient(
        &self,
        x: &Vec<f32>,
        gradient: &mut Vec<f32>,
    ) -> ravine::objective::Evaluation<f64> {
        let mut sum = 0.0;
        for (i, (x, g)) in x.iter().zip(gradient).enumerate() {
            let weight = 1.0 + 99.0 * i as f64 / self.0 as f64;
            sum += weight * (f64::from(*x).cosh() - 1.0);
            *g = (weight * f64::from(*x).sinh()) as f32;
        }
        Ok(sum)
    }
}

#[test]
fn lbfgs_runs_in_single_precision() {
    for n in [50, 700] {
        let f = Single(n);
        let x0: Vec<f32> = (0..n).map(|i| 1.0 + (i % 7) as f32 / 7.0).collect();
        let outcome = minimize(&f, x0, Lbfgs::default()).run().unwrap();
        assert!(outcome.status.converged(), "{n}: {}", outcome.status);
        assert!(outcome.x.norm_max() < 1e-5);
    }
}

#[test]
fn regions_where_the_function_is_not_defined_are_avoided() {
    // -log(x) + x for each variable, not a number at x <= 0; the first steps overshoot.
    let f = from_gradient(4, |x: &[f64], g: &mut [f64]| {
        let mut sum = 0.0;
        for (i, (x, g)) in x.iter().zip(g).enumerate() {
            let w = 1.0 + 10.0 * i as f64;
            sum += if *x > 0.0 { w * (x - x.ln()) } else { f64::NAN };
            *g = w * (1.0 - 1.0 / x);
        }
        sum
    });
    for name in ["bfgs", "lbfgs"] {
        for search in ["more_thuente", "hager_zhang", "backtracking", "exact"] {
            let settings = serde_json::json!({ "line_search": search });
            let x0 = [1e-3, 30.0, 2.0, 100.0];
            let stopping = Stopping::default();
            let mut run = named(name).unwrap().start(&settings, &f, &x0, stopping).unwrap();
            while run.step().is_none() {}
            let outcome = run.outcome();
            assert!(outcome.status.converged(), "{name}, {search}: {}", outcome.status);
            assert!(distance(&outcome.x, &[1.0; 4]) < 1e-5, "{name}, {search}: {:?}", outcome.x);
        }
    }
}

fn end(f: &impl Gradient<Point = Vec<f64>>, x0: &[f64], stopping: Stopping) -> Outcome<Vec<f64>> {
    minimize(f, x0.to_vec(), Bfgs::default()).stopping(stopping).run().unwrap()
}

#[test]
fn the_limit_of_precision_is_named() {
    // The gradient cannot fall below about 1e-8: entries of x near 1e8 are rounded to 1e-8.
    let a = rotated(&[1.0, 1e3, 1e6]);
    let center = [1e8, -1e8, 3e7];
    let f = from_gradient(3, |x: &[f64], g: &mut [f64]| {
        let d: Vec<f64> = x.iter().zip(center).map(|(x, c)| x - c).collect();
        a.multiply(&d, g);
        1.0 + d.iter().zip(g.iter()).map(|(d, g)| d * g).sum::<f64>() / 2.0
    });
    let start = [0.5e8, 1.0, -1e7];
    for method in ["bfgs", "lbfgs"] {
        let stopping = Stopping::gradient(1e-13);
        let none = serde_json::Value::Null;
        let mut run = named(method).unwrap().start(&none, &f, &start, stopping).unwrap();
        while run.step().is_none() {}
        let outcome = run.outcome();
        let exact = outcome.gradient_norm == 0.0;
        assert!(outcome.status == Status::PrecisionLimit || exact, "{}", outcome.status);
        assert!((outcome.value - 1.0).abs() < 1e-9, "{method}: {}", outcome.value);
    }
}

/// No step of a limited memory leaves a fifth of the gradient, and where the lowest value is zero none
/// is lost in rounding either.
#[test]
fn a_value_that_falls_to_zero_ends_soon_after_the_gradient_test() {
    for (n, kappa) in [(60, 10.0), (100, 30.0)] {
        let eigenvalues: Vec<f64> =
            (0..n).map(|i| 1.0 + (kappa - 1.0) * i as f64 / (n - 1) as f64).collect();
        let a = rotated(&eigenvalues);
        let f = from_gradient(n, |x: &[f64], g: &mut [f64]| {
            a.multiply(x, g);
            x.iter().zip(g.iter()).map(|(x, g)| x * g).sum::<f64>() / 2.0
        });
        for name in ["bfgs", "lbfgs", "dfp"] {
            let iterations = |stopping| {
                let (none, x0) = (serde_json::Value::Null, vec![1.0; n]);
                let mut run = named(name).unwrap().start(&none, &f, &x0, stopping).unwrap();
                while run.step().is_none() {}
                assert!(run.outcome().status.converged(), "{name}: {}", run.outcome().status);
                run.outcome().iterations
            };
            let gradient = iterations(Stopping { decrease: None, ..Stopping::default() });
            let both = iterations(Stopping::default());
            assert!(both <= gradient + 20, "{name}, {kappa}: {gradient}, {both}");
        }
    }
}

/// A value that falls to another than zero, past zero, is no sign that there is nothing left.
#[test]
fn a_value_that_falls_past_zero_goes_on() {
    let eigenvalues: Vec<f64> = (0..60).map(|i| 1.0 + i as f64 / 2.0).collect();
    let a = rotated(&eigenvalues);
    for lowest in [-1e-6, -1e-3, -1.0, 1e-3] {
        let f = from_gradient(60, |x: &[f64], g: &mut [f64]| {
            a.multiply(x, g);
            lowest + x.iter().zip(g.iter()).map(|(x, g)| x * g).sum::<f64>() / 2.0
        });
        // A gradient test that holds early leaves the end to the decrease.
        let stopping = Stopping { gradient_relative: 0.1, ..Stopping::default() };
        for outcome in [
            minimize(&f, vec![1.0; 60], Bfgs::default()).stopping(stopping.clone()).run().unwrap(),
            minimize(&f, vec![1.0; 60], Lbfgs::default()).stopping(stopping.clone()).run().unwrap(),
        ] {
            assert!(outcome.status.converged(), "{}", outcome.status);
            let left = outcome.value - lowest;
            assert!(left <= 1e-8 * lowest.abs() + 1e-11, "{}: {lowest}, {left}", outcome.method);
        }
    }
}

#[test]
fn a_wrong_gradient_is_no_convergence() {
    let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(&[-2.0 * x[0], -8.0 * x[1]]);
        x[0] * x[0] + 4.0 * x[1] * x[1]
    });
    assert_eq!(end(&f, &[1.0, 2.0], Stopping::default()).status, Status::NoProgress);
}

#[test]
fn functions_without_a_minimum_are_told() {
    let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(&[-1.0, 2.0 * x[1]]);
        x[1] * x[1] - x[0]
    });
    assert_eq!(end(&f, &[1.0, 2.0], Stopping::default()).status, Status::Unbounded);
}

#[test]
fn little_curvature_is_damped_where_the_search_does_not_ask_for_any() {
    // Backtracking accepts steps into concave regions; the matrix must stay positive definite.
    let f = from_gradient(3, |x: &[f64], g: &mut [f64]| {
        let mut sum = 0.0;
        for (x, g) in x.iter().zip(g) {
            sum += x.powi(4) / 4.0 - x * x / 2.0 + 0.1 * x;
            *g = x.powi(3) - x + 0.1;
        }
        sum
    });
    let search = LineSearch::Backtracking(Backtracking::default());
    let x0 = vec![0.05, 0.09, 0.2];
    let bfgs = Bfgs { line_search: search.clone() };
    let lbfgs = Lbfgs { line_search: search, ..Lbfgs::default() };
    for outcome in
        [minimize(&f, x0.clone(), bfgs).run().unwrap(), minimize(&f, x0, lbfgs).run().unwrap()]
    {
        // Backtracking compares values alone, which end before the gradient does.
        let ended = outcome.status.converged() || outcome.status == Status::PrecisionLimit;
        assert!(ended, "{}", outcome.status);
        for x in &outcome.x {
            assert!((x.powi(3) - x + 0.1).abs() < 1e-6 && 3.0 * x * x > 1.0, "{x}");
        }
    }
}

#[test]
fn the_start_may_be_the_minimizer() {
    let a = rotated(&[1.0, 10.0]);
    let outcome = end(&quadratic(&a), &[0.0, 0.0], Stopping::default());
    assert_eq!(outcome.status, Status::Converged(Rule::GradientAbsolute));
    assert_eq!((outcome.iterations, outcome.evaluations.gradient), (0, 1));
}

#[test]
fn settings_are_checked() {
    let f = rosenbrock(2);
    let wrong = LineSearch::HagerZhang(HagerZhang { slope: 2.0, ..Default::default() });
    let x0 = vec![-1.2, 1.0];
    for error in [
        minimize(&f, x0.clone(), Lbfgs { memory: 0, ..Lbfgs::default() }).run().unwrap_err(),
        minimize(&f, x0.clone(), Lbfgs { line_search: wrong.clone(), ..Lbfgs::default() })
            .run()
            .unwrap_err(),
        minimize(&f, x0.clone(), Bfgs { line_search: wrong.clone() }).run().unwrap_err(),
        minimize(&f, x0, Dfp { line_search: wrong }).run().unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(text.contains("memory: is 0") || text.contains("slope: is 2.0"), "{text}");
    }
}

#[test]
fn the_pairs_of_a_run_that_has_ended_are_those_that_it_believed() {
    let f = dynamic_rosenbrock(4);
    for method in ["lbfgs", "lbfgsb"] {
        let settings = serde_json::Value::Null;
        let mut run = named(method)
            .unwrap()
            .start(&settings, &f, &[-1.2, 1.0, 0.5, 2.0], Stopping::default())
            .unwrap();
        assert!(run.belief().pairs.is_none());
        while run.step().is_none() {
            assert!(run.take_pairs().is_none(), "the run goes on");
        }
        let outcome = run.outcome();
        let v = vec![1.0, -2.0, 0.5, 3.0];
        let (mut believed, mut taken) = (vec![0.0; 4], v.clone());
        run.belief().pairs.unwrap().inverse().apply(&v, &mut believed).unwrap();
        let pairs = run.take_pairs().unwrap();
        pairs.multiply_inverse(&mut taken, &mut Vec::new());
        assert_eq!(taken, believed);
        // The last pair is of the last step: H y = s.
        let newest = pairs.len() - 1;
        let mut s = pairs.y(newest).clone();
        pairs.multiply_inverse(&mut s, &mut Vec::new());
        for (s, expected) in s.iter().zip(pairs.s(newest)) {
            assert!((s - expected).abs() < 1e-9 * expected.abs().max(1e-6), "{s} {expected}");
        }
        assert!(run.take_pairs().is_none() && run.belief().pairs.is_none());
        assert_eq!(run.outcome().x, outcome.x);
    }
}

#[test]
fn bfgs_gives_the_inverse_that_it_keeps() {
    let a = rotated(&[1.0, 3.0, 40.0]);
    let f = quadratic(&a);
    let stopping = Stopping::default();
    let mut run = Run::new(&f, Bfgs::default(), &vec![1.0, 1.0, 1.0], stopping).unwrap();
    assert!(run.belief().inverse_matrix.is_none());
    while run.step().is_none() {}
    let h = run.belief().inverse_matrix.unwrap().to_dense();
    let (_, b) = run.belief().dense_curvature().unwrap();
    for i in 0..3 {
        for j in 0..3 {
            let product: f64 = (0..3).map(|k| h[(i, k)] * b[(k, j)]).sum();
            assert!((product - f64::from(i == j)).abs() < 1e-12, "{product}");
        }
    }
    assert!(run.take_pairs().is_none());
}

#[test]
fn an_outcome_has_the_gradient_at_its_point() {
    let f = dynamic_rosenbrock(2);
    // Not monotone: the best point is not the last.
    let step = serde_json::json!({ "step": 2e-3 });
    for (name, settings) in [("gd", &step), ("momentum", &step), ("bfgs", &serde_json::json!({}))] {
        let stopping = Stopping { iterations: Some(17), ..Stopping::default() };
        let mut run = named(name).unwrap().start(settings, &f, &[-1.2, 1.0], stopping).unwrap();
        while run.step().is_none() {}
        let outcome = run.outcome();
        let mut gradient = vec![0.0; 2];
        let value = Gradient::value_and_gradient(&f, &outcome.x, &mut gradient).unwrap();
        assert_eq!((outcome.value, &outcome.gradient), (value, &gradient), "{name}");
        assert_eq!(outcome.gradient_norm, gradient.norm_max());
    }
}
