//! Methods that keep bounds, on problems with known solutions and against L-BFGS-B of SciPy 1.17.1
//! (values with `gtol = 1e-9`, ten pairs).

use std::cell::Cell;

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::methods::{GradientDescent, Lbfgsb, Tron, named};
use ravine::minimize::Method;
use ravine::minimize::Outcome;
use ravine::objective::{
    Differences, Evaluation, Gradient, HessianProduct, Objective, StepFactors, from_residuals,
};
use ravine::{Bounds, Conditions, Status, Stopping, minimize, objective};

const FREE: f64 = f64::INFINITY;

/// An objective that counts evaluations outside its bounds.
struct Watched<F> {
    inner: F,
    bounds: Bounds,
    violations: Cell<u32>,
}

impl<F> Watched<F> {
    fn new(inner: F, lower: Vec<f64>, upper: Vec<f64>) -> Self {
        Self { inner, bounds: Bounds::new(lower, upper).unwrap(), violations: Cell::new(0) }
    }

    fn watch(&self, x: &[f64]) {
        let (l, u) = (self.bounds.lower(), self.bounds.upper());
        if (0..x.len()).any(|i| !(l[i] <= x[i] && x[i] <= u[i])) {
            self.violations.set(self.violations.get() + 1);
        }
    }
}

impl<F: Objective<Point = Vec<f64>>> Objective for Watched<F> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.inner.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.watch(x);
        self.inner.value(x)
    }
}

impl<F: Gradient<Point = Vec<f64>>> Gradient for Watched<F> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        self.watch(x);
        self.inner.value_and_gradient(x, gradient)
    }
}

impl<F: HessianProduct<Point = Vec<f64>>> HessianProduct for Watched<F> {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.watch(x);
        self.inner.hessian_product(x, d, product)
    }
}

fn stopping() -> Stopping {
    Stopping { gradient_absolute: 1e-8, gradient_relative: 0.0, ..Stopping::default() }
}

/// Runs a method and checks that it converged to a point where the conditions of Karush, Kuhn and
/// Tucker hold, without a look outside the bounds.
fn run<F, M>(f: &Watched<F>, method: M, start: &[f64]) -> Outcome<Vec<f64>>
where
    F: Gradient<Point = Vec<f64>>,
    M: Method<Watched<F>>,
{
    let run = minimize(f, start.to_vec(), method).within(f.bounds.clone());
    let outcome = run.stopping(stopping()).run().unwrap();
    assert!(outcome.status.converged(), "{outcome:?}");
    assert_eq!(f.violations.get(), 0, "{} looked outside the bounds", outcome.method);
    let mut g = outcome.x.clone();
    f.inner.value_and_gradient(&outcome.x, &mut g).unwrap();
    let (l, u) = (f.bounds.lower(), f.bounds.upper());
    for i in 0..g.len() {
        let x = outcome.x[i];
        assert!(g[i] > -1e-7 || x >= u[i] - 1e-8, "variable {i} would rise: {x}, {}", g[i]);
        assert!(g[i] < 1e-7 || x <= l[i] + 1e-8, "variable {i} would fall: {x}, {}", g[i]);
    }
    assert_eq!(outcome.gradient_norm, f.bounds.projected_gradient_norm(&outcome.x, &g));
    outcome
}

/// Both methods; the value must be the known one.
fn both<F>(
    f: F,
    start: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    value: f64,
) -> [Outcome<Vec<f64>>; 2]
where
    F: HessianProduct<Point = Vec<f64>>,
{
    let f = Watched::new(f, lower, upper);
    let outcomes = [run(&f, Lbfgsb::default(), &start), run(&f, Tron::default(), &start)];
    for outcome in &outcomes {
        let gap = (outcome.value - value).abs();
        assert!(gap <= 1e-9 * value.abs() + 1e-10, "{}: {} {gap}", outcome.method, outcome.value);
        println!("{} {} {:?}", outcome.method, outcome.iterations, outcome.evaluations);
    }
    outcomes
}

macro_rules! chained_rosenbrock {
    ($n:expr) => {
        objective!($n, |x| {
            let mut sum = R::from(0.0);
            for i in 0..x.len() - 1 {
                sum += 100.0 * (x[i + 1] - x[i] * x[i]).powi(2) + (1.0 - x[i]).powi(2);
            }
            sum
        })
    };
}

#[test]
fn rosenbrock_in_boxes() {
    let outcomes = both(
        chained_rosenbrock!(2),
        vec![0.5, 2.0],
        vec![-2.0, 1.5],
        vec![2.0, 2.0],
        0.05042618789360709,
    );
    for outcome in outcomes {
        assert_eq!(outcome.x[1], 1.5);
        assert!((outcome.x[0] - 1.22437075).abs() < 1e-7);
    }
    // The bound cuts the valley off before its end, at (1/2, 1/4).
    let f = chained_rosenbrock!(2);
    for outcome in both(f, vec![-1.2, 1.0], vec![-FREE, -FREE], vec![0.5, FREE], 0.25) {
        assert_eq!(outcome.x[0], 0.5);
        assert!((outcome.x[1] - 0.25).abs() < 1e-8);
    }
    // Nothing binds.
    let f = chained_rosenbrock!(2);
    both(f, vec![-1.2, 1.0], vec![-1e3, -FREE], vec![1e3, FREE], 0.0);
}

#[test]
fn values_of_scipy() {
    let start: Vec<f64> = (0..20).map(|i| [-1.2, 1.0][i % 2]).collect();
    let value = 15.899985134023197;
    both(chained_rosenbrock!(20), start, vec![-0.5; 20], vec![0.8; 20], value);

    // The driver problem of the original code: every other variable is at least 1.
    let f = objective!(25, |x| {
        let mut sum = 0.25 * (x[0] - 1.0).powi(2);
        for i in 1..x.len() {
            sum += (x[i] - x[i - 1] * x[i - 1]).powi(2);
        }
        4.0 * sum
    });
    let lower = (0..25).map(|i| [1.0, -100.0][i % 2]).collect();
    both(f, vec![3.0; 25], lower, vec![100.0; 25], 0.0);

    // Broyden's tridiagonal system, half of the variables bounded on each side.
    let f = objective!(50, |x| {
        let mut sum = R::from(0.0);
        for (i, &xi) in x.iter().enumerate() {
            let mut r = (3.0 - 2.0 * xi) * xi + 1.0;
            if i > 0 {
                r -= x[i - 1];
            }
            if i + 1 < x.len() {
                r -= 2.0 * x[i + 1];
            }
            sum += r * r;
        }
        sum
    });
    let lower = (0..50).map(|i| if i < 25 { -0.6 } else { -FREE }).collect();
    let upper = (0..50).map(|i| if i < 25 { FREE } else { -0.68 }).collect();
    both(f, vec![-1.0; 50], lower, upper, 3.5200844543238343);

    // The variably dimensioned function, ill-conditioned, half of it held away from the minimum.
    let f = objective!(10, |x| {
        let (mut sum, mut s) = (R::from(0.0), R::from(0.0));
        for (i, &xi) in x.iter().enumerate() {
            s += (i + 1) as f64 * (xi - 1.0);
            sum += (xi - 1.0).powi(2);
        }
        sum + s.powi(2) + s.powi(4)
    });
    let start = (1..=10).map(|i| 1.0 - f64::from(i) / 10.0).collect();
    let lower = (0..10).map(|i| if i < 5 { 0.0 } else { 1.2 }).collect();
    let upper = (0..10).map(|i| if i < 5 { 0.5 } else { FREE }).collect();
    both(f, start, lower, upper, 1.5463226598677895);
}

/// A fixed sequence of numbers in [0, 1), different for each seed.
fn numbers(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x1234_5678);
    move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// `x'Ax / 2 - b'x`, A dense with eigenvalues from 1 to `kappa`, in random boxes of which some are
/// points and some are open. The minimum is found by projected coordinate descent.
#[test]
fn random_quadratics_in_random_boxes() {
    for seed in 0..12 {
        let n = 24;
        let mut next = numbers(seed);
        let v: Vec<f64> = (0..n).map(|_| next() - 0.5).collect();
        let vv: f64 = v.iter().map(|v| v * v).sum();
        let reflector = |i: usize, j: usize| f64::from(i == j) - 2.0 * v[i] * v[j] / vv;
        let kappa: f64 = [10.0, 1e3][seed as usize % 2];
        let eigenvalue = |k: usize| kappa.powf(k as f64 / (n - 1) as f64);
        let a: Matrix = Matrix::from_fn(n, n, |i, j| {
            (0..n).map(|k| reflector(i, k) * eigenvalue(k) * reflector(k, j)).sum()
        });
        let b: Vec<f64> = (0..n).map(|_| 20.0 * (next() - 0.5)).collect();
        let (mut lower, mut upper) = (vec![-FREE; n], vec![FREE; n]);
        for i in 0..n {
            match i % 4 {
                0 => (lower[i], upper[i]) = (-next(), next()),
                1 => lower[i] = next() - 0.5,
                2 => upper[i] = next() - 0.5,
                _ => {}
            }
        }
        (lower[5], upper[5]) = (0.25, 0.25);
        let start: Vec<f64> = (0..n).map(|_| 10.0 * (next() - 0.5)).collect();

        let mut x = vec![0.0; n];
        for _ in 0..4000 {
            for i in 0..n {
                let rest: f64 = (0..n).filter(|j| *j != i).map(|j| a[(i, j)] * x[j]).sum();
                x[i] = ((b[i] - rest) / a[(i, i)]).clamp(lower[i], upper[i]);
            }
        }
        let value = |x: &[f64]| -> f64 {
            (0..n)
                .map(|i| x[i] * (0.5 * (0..n).map(|j| a[(i, j)] * x[j]).sum::<f64>() - b[i]))
                .sum()
        };
        let expected = value(&x);
        let f = objective!(n, [a: Matrix = a.clone(), b: Vec<f64> = b.clone()] |x| {
            let mut sum = R::from(0.0);
            for i in 0..x.len() {
                let mut ax = R::from(0.0);
                for j in 0..x.len() {
                    ax += x[j] * a[(i, j)];
                }
                sum += x[i] * (ax * 0.5 - b[i]);
            }
            sum
        });
        for outcome in both(f, start, lower, upper, expected) {
            assert_eq!(outcome.x[5], 0.25);
            let gaps = outcome.x.iter().zip(&x).map(|(a, b)| (a - b).abs());
            assert!(gaps.fold(0.0, f64::max) < 1e-5, "{}", outcome.method);
        }
    }
}

#[test]
fn without_bounds_they_are_lbfgs_and_newton() {
    let f = chained_rosenbrock!(10);
    let start: Vec<f64> = (0..10).map(|i| [-1.2, 1.0][i % 2]).collect();
    let plain = minimize(&f, start.clone(), Lbfgsb::default()).run().unwrap();
    assert!(plain.status.converged() && plain.value < 1e-10);
    let wide = Bounds::new(vec![-FREE; 10], vec![FREE; 10]).unwrap();
    let bounded = minimize(&f, start.clone(), Lbfgsb::default()).within(wide).run().unwrap();
    assert!(bounded.status.converged() && bounded.iterations < 2 * plain.iterations);

    let tron = minimize(&f, start, Tron::default()).run().unwrap();
    assert!(tron.status.converged() && tron.value < 1e-10);
    assert!(tron.iterations < 100, "{}", tron.iterations);
}

/// Concave along the box: the minimum is at a corner, curvature is negative everywhere.
#[test]
fn negative_curvature_ends_in_a_corner() {
    let f = objective!(3, |x| {
        x[0] * (3.0 - x[0]) - x[1] * (9.0 + 2.0 * x[1]) + x[2] * (7.0 - x[2]) + 0.1 * x[0] * x[2]
    });
    let start = vec![0.1, 0.2, -0.1];
    for outcome in both(f, start, vec![-1.0; 3], vec![1.0, 2.0, 3.0], -37.9) {
        assert_eq!(outcome.x, [-1.0, 2.0, -1.0]);
    }
}

/// Not defined below the bounds, with the minimum on them and beside them.
#[test]
fn a_domain_that_ends_at_the_bounds() {
    let f = objective!(2, |x| x[0].sqrt() + x[1] - 2.0 * x[1].ln());
    let lower = vec![0.01, 1e-8];
    let value = 0.1 + 2.0 - 2.0 * 2f64.ln();
    for outcome in both(f, vec![3.0, 1e-4], lower, vec![FREE; 2], value) {
        assert!((outcome.x[1] - 2.0).abs() < 1e-6 && outcome.x[0] == 0.01);
    }
}

#[test]
fn starts_outside_and_boxes_of_one_point() {
    let f = Watched::new(chained_rosenbrock!(3), vec![0.5; 3], vec![0.5; 3]);
    for outcome in [
        minimize(&f, vec![9.0; 3], Lbfgsb::default()).within(f.bounds.clone()).run().unwrap(),
        minimize(&f, vec![9.0; 3], Tron::default()).within(f.bounds.clone()).run().unwrap(),
    ] {
        assert!(outcome.status.converged());
        assert_eq!((outcome.x, outcome.iterations), (vec![0.5; 3], 0));
    }
    assert_eq!(f.violations.get(), 0);
}

#[test]
fn unbounded_on_the_open_side() {
    let f = objective!(2, |x| x[0] - x[1] + 0.5 * x[0] * x[0]);
    let bounds = || Bounds::new(vec![-0.5, 0.0], vec![FREE; 2]).unwrap();
    let lbfgsb = minimize(&f, vec![1.0, 1.0], Lbfgsb::default()).within(bounds()).run().unwrap();
    assert_eq!(lbfgsb.status, Status::Unbounded);
    let tron = minimize(&f, vec![1.0, 1.0], Tron::default()).within(bounds()).run().unwrap();
    assert!(!tron.status.converged(), "{:?}", tron.status);
}

#[test]
fn what_cannot_be_done_is_refused() {
    let (f, start) = (chained_rosenbrock!(2), vec![0.0; 2]);
    let bounds = Bounds::new(vec![0.0; 2], vec![1.0; 2]).unwrap();
    let gd = minimize(&f, start.clone(), GradientDescent::default()).within(bounds);
    assert_eq!(gd.run().unwrap_err().to_string(), "method: `gd` cannot keep bounds");
    let short = Bounds::new(vec![0.0], vec![1.0]).unwrap();
    let error = minimize(&f, start, Lbfgsb::default()).within(short).run().unwrap_err();
    assert!(error.to_string().starts_with("bounds: is 1"), "{error}");
    let method = Lbfgsb { memory: 0, ..Lbfgsb::default() };
    let error = minimize(&f, vec![0.0; 2], method).run().unwrap_err();
    assert_eq!(error.to_string(), "memory: is 0, but must be at least 1");
    let _: ArgumentError = Bounds::new(vec![1.0], vec![0.0]).unwrap_err();
}

/// Residuals with their bounds, watched as [`Watched`] are.
struct WatchedResiduals<R>(R, Bounds);

impl<R: Fn(&[f64], &mut [f64])> WatchedResiduals<R> {
    fn fit(&self, m: usize, start: &[f64], method: &str) -> Outcome<Vec<f64>> {
        let Self(residuals, bounds) = self;
        let looked = |x: &[f64], r: &mut [f64]| {
            let sides = bounds.lower().iter().zip(bounds.upper());
            assert!(x.iter().zip(sides).all(|(x, (l, u))| l <= x && x <= u), "{method}: {x:?}");
            residuals(x, r);
        };
        let jacobian = |x: &[f64], j: &mut Matrix| {
            let mut r = vec![0.0; m];
            residuals(x, &mut r);
            let differences = Differences::default();
            let into = |x: &[f64], r: &mut [f64]| {
                looked(x, r);
                Ok(())
            };
            differences
                .jacobian(x, &r, Some(bounds), &mut StepFactors::default(), j, into)
                .unwrap();
        };
        let f = from_residuals(start.len(), m, looked, jacobian);
        let conditions = Conditions { bounds: Some(bounds.clone()), ..Conditions::default() };
        let entry = named(method).unwrap();
        let mut run = entry.start(&serde_json::Value::Null, &f, start, conditions).unwrap();
        while run.step().is_none() {}
        run.outcome()
    }
}

#[test]
fn least_squares_within_bounds_find_what_scipy_finds() {
    let line = |p: &[f64], x: f64| p[0] * p[2].powi(2) / ((x - p[1]).powi(2) + p[2].powi(2));
    let places: Vec<f64> = (0..120).map(|i| -63.2 + 0.7 * f64::from(i) / 119.0).collect();
    let lorentzian = move |p: &[f64], r: &mut [f64]| {
        let truth = [6e7, -62.88, 0.018];
        r.iter_mut().zip(&places).for_each(|(r, &x)| *r = line(p, x) - line(&truth, x));
    };
    let box3 = |x: &[f64], r: &mut [f64]| {
        for (i, r) in (1..=10).zip(r) {
            let t = 0.1 * f64::from(i);
            *r = (-t * x[0]).exp() - (-t * x[1]).exp() - x[2] * ((-t).exp() - (-10.0 * t).exp());
        }
    };
    // A decay whose amplitude the first step would take to its bound, where the rate does not show.
    let decay = |p: &[f64], r: &mut [f64]| {
        for (i, r) in r.iter_mut().enumerate() {
            let t = 10.0 * i as f64 / 49.0;
            *r = p[0] * (-p[1] * t).exp() + p[2] - 2.5 * (-0.8 * t).exp() - 0.5;
        }
    };
    let rosenbrock = |x: &[f64], r: &mut [f64]| {
        r.copy_from_slice(&[10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]);
    };
    let bounds = |lower: &[f64], upper: &[f64]| Bounds::new(lower.into(), upper.into()).unwrap();
    for method in ["lm", "lm-geodesic", "lm-nielsen", "auto"] {
        let outside = bounds(&[0.0, -63.2, 1e-3], &[1e9, -62.5, 0.5]);
        let found = WatchedResiduals(&lorentzian, outside).fit(120, &[5e7, -62.86, 0.03], method);
        assert!(found.status.converged(), "{method}: {found:?}");
        for (x, truth) in found.x.iter().zip([6e7, -62.88, 0.018]) {
            assert!((x / truth - 1.0).abs() < 1e-6, "{method}: {found:?}");
        }
        // scipy.optimize.least_squares, trf: twice its cost.
        let found = WatchedResiduals(box3, bounds(&[0.0, 5.0, 0.0], &[2.0, 9.5, 20.0])).fit(
            10,
            &[0.0, 9.5, 20.0],
            method,
        );
        assert!(found.x[1] == 9.5 && (found.value - 1.143483e-4).abs() < 1e-9, "{found:?}");
        let found = WatchedResiduals(decay, bounds(&[0.0, -5.0, -5.0], &[100.0, 50.0, 50.0])).fit(
            50,
            &[1.0, -0.3, 0.0],
            method,
        );
        // With Nielsen's damping it comes to rest at amplitude zero, which is stationary, too.
        let (stays, at_rest) = (method == "lm-nielsen", found.x[0] == 0.0);
        assert!(found.value < 1e-12 || (stays && at_rest), "{method}: {found:?}");
        let found = WatchedResiduals(rosenbrock, bounds(&[-50.0, 0.0], &[0.5, 100.0])).fit(
            2,
            &[-1.2, 1.0],
            method,
        );
        assert!(found.x[0] == 0.5 && (found.x[1] - 0.25).abs() < 1e-6, "{method}: {found:?}");
        // In units of 1e-12.
        let tiny = |x: &[f64], r: &mut [f64]| r[0] = x[0] / 1e-12 - 1.0;
        let found = WatchedResiduals(tiny, bounds(&[0.0], &[FREE])).fit(1, &[5e-12], method);
        assert!((found.x[0] / 1e-12 - 1.0).abs() < 1e-9, "{method}: {found:?}");
    }
}
