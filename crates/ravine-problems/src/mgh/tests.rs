//! Against the reference: values at the starts, best known values and points, derivatives.

use ravine::matrix::Matrix;
use ravine::objective::Supplies;
use serde::Deserialize;

use super::{DEFINITIONS, all, problem};

#[derive(Deserialize)]
struct Reference {
    number: u32,
    n: usize,
    m: usize,
    start: Vec<f64>,
    value_at_start: f64,
    best_value_known: f64,
    best_point_known: Vec<f64>,
}

fn reference() -> Vec<Reference> {
    serde_json::from_str(include_str!("../../tests/data/mgh35.json")).unwrap()
}

fn norm_max(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |m: f64, x| m.max(x.abs()))
}

/// Value and gradient with what rounding leaves of them: a residual is known no better than what
/// moving x and the data by one unit of rounding does to it.
struct Rounded {
    value: f64,
    value_noise: f64,
    gradient: Vec<f64>,
    gradient_noise: Vec<f64>,
}

fn rounded(f: &dyn Supplies, x: &Vec<f64>) -> Rounded {
    let (n, m) = (f.dimension(), f.residual_total());
    let mut gradient = vec![0.0; n];
    let value = f.as_gradient().unwrap().value_and_gradient(x, &mut gradient).unwrap();
    let (mut r, mut jacobian) = (vec![0.0; m], Matrix::zeros(m, n));
    f.as_residuals().unwrap().residuals_and_jacobian(x, &mut r, &mut jacobian).unwrap();
    let noise: Vec<f64> = (0..m)
        .map(|i| {
            let moved: f64 = (0..n).map(|j| (jacobian[(i, j)] * x[j]).abs()).sum();
            2.0 * f64::EPSILON * (moved + r[i].abs() + 1.0)
        })
        .collect();
    let value_noise = r.iter().zip(&noise).map(|(r, e)| (2.0 * r.abs() + e) * e).sum();
    let gradient_noise = (0..n)
        .map(|j| (0..m).map(|i| 2.0 * jacobian[(i, j)].abs() * noise[i]).sum::<f64>() + 1e-15)
        .collect();
    Rounded { value, value_noise, gradient, gradient_noise }
}

#[test]
fn all_entries_are_those_of_the_reference() {
    let (entries, reference) = (all(), reference());
    assert_eq!(entries.len(), 42);
    for (entry, known) in entries.iter().zip(&reference) {
        assert_eq!((entry.number, entry.n, entry.m), (known.number, known.n, known.m));
        let name = &entry.name;
        let problem = entry.problem().unwrap();
        assert_eq!(&problem.name, name);
        assert_eq!(problem.objective.dimension(), known.n);
        assert_eq!(problem.objective.residual_total(), known.m);
        for (a, b) in problem.start.iter().zip(&known.start) {
            assert!((a - b).abs() <= 1e-15 * b.abs(), "{name}: start {:?}", problem.start);
        }
        let value = problem.objective.value(&known.start).unwrap();
        let error = (value - known.value_at_start).abs();
        assert!(error <= 1e-12 * known.value_at_start, "{name}: {value} at the start");

        // The reference gives its points to half the digits, which is enough for the values.
        let best = known.best_value_known;
        let there = rounded(&*problem.objective, &known.best_point_known);
        let error = (there.value - best).abs();
        assert!(error <= 1e-12 * best + there.value_noise, "{name}: {} at best", there.value);
        let error = (entry.best.value - best).abs();
        assert!(error <= 1e-12 * best + there.value_noise, "{name}: {:?}", entry.best);
        if let Some(point) = &entry.best.point {
            let scale = norm_max(point).max(1e-3);
            for (a, b) in point.iter().zip(&known.best_point_known) {
                assert!((a - b).abs() <= 1e-7 * scale, "{name}: best point {point:?}");
            }
        }
        let mut hessian = Matrix::zeros(known.n, known.n);
        problem
            .objective
            .as_hessian()
            .unwrap()
            .hessian(&known.best_point_known, &mut hessian)
            .unwrap();
        for (j, g) in there.gradient.iter().enumerate() {
            let sizes = hessian.column(j).iter().zip(&known.best_point_known);
            let moved: f64 = sizes.map(|(h, x)| (h * x).abs()).sum();
            let tolerance = 1e-7 * moved + there.gradient_noise[j];
            assert!(g.abs() <= tolerance, "{name}: gradient {:?}", there.gradient);
        }
    }
}

#[test]
fn every_known_minimum_is_stationary_with_its_value() {
    for definition in &DEFINITIONS {
        for &n in definition.printed {
            let problem = definition.problem(Some(n), None).unwrap();
            let values: Vec<f64> = problem.minima.iter().map(|m| m.value).collect();
            assert!(values.is_sorted(), "{}: {values:?}", problem.name);
            for minimum in &problem.minima {
                let Some(point) = &minimum.point else { continue };
                let there = rounded(&*problem.objective, point);
                let error = (there.value - minimum.value).abs();
                let name = format!("{} at {point:?}", problem.name);
                assert!(error <= there.value_noise, "{name}: {}", there.value);
                for (g, noise) in there.gradient.iter().zip(&there.gradient_noise) {
                    assert!(
                        g.abs() <= *noise,
                        "{name}: {:?} {:?}",
                        there.gradient,
                        there.gradient_noise
                    );
                }
            }
        }
    }
}

/// Central differences of the residuals along each axis against the Jacobian, and of the gradient
/// against the Hessian, at a point without symmetries.
#[test]
fn derivatives_agree_with_finite_differences() {
    for entry in all() {
        let problem = entry.problem().unwrap();
        let f = &*problem.objective;
        let (n, m) = (entry.n, entry.m);
        let x: Vec<f64> = problem
            .start
            .iter()
            .enumerate()
            .map(|(i, x)| x * (1.0 + 0.01 * (i as f64).cos()) + 0.02 * (1.0 + i as f64).sin())
            .collect();
        let (mut r, mut jacobian) = (vec![0.0; m], Matrix::zeros(m, n));
        f.as_residuals().unwrap().residuals_and_jacobian(&x, &mut r, &mut jacobian).unwrap();
        let mut gradient = vec![0.0; n];
        let value = f.as_gradient().unwrap().value_and_gradient(&x, &mut gradient).unwrap();
        let sum: f64 = r.iter().map(|r| r * r).sum();
        assert!((value - sum).abs() <= 1e-13 * sum, "{}: {value} {sum}", entry.name);
        let mut hessian = Matrix::zeros(n, n);
        f.as_hessian().unwrap().hessian(&x, &mut hessian).unwrap();
        for j in 0..n {
            let sum: f64 = (0..m).map(|i| 2.0 * jacobian[(i, j)] * r[i]).sum();
            let scale: f64 = (0..m).map(|i| (jacobian[(i, j)] * r[i]).abs()).sum();
            assert!((gradient[j] - sum).abs() <= 1e-12 * scale, "{}: gradient {j}", entry.name);

            let h = 1e-5 * x[j].abs().max(1e-2);
            let at = |step: f64| {
                let mut y = x.clone();
                y[j] += step;
                let (mut r, mut g) = (vec![0.0; m], vec![0.0; n]);
                f.as_residuals().unwrap().residuals(&y, &mut r).unwrap();
                f.as_gradient().unwrap().value_and_gradient(&y, &mut g).unwrap();
                (r, g)
            };
            let ((r_plus, g_plus), (r_minus, g_minus)) = (at(h), at(-h));
            for i in 0..m {
                let difference = (r_plus[i] - r_minus[i]) / (2.0 * h);
                let size = jacobian[(i, j)].abs() + norm_max(&r) / x[j].abs().max(1e-2);
                let error = (jacobian[(i, j)] - difference).abs();
                assert!(error <= 1e-6 * size, "{}: dr_{i}/dx_{j} {error}", entry.name);
            }
            let column = norm_max(hessian.column(j)) + norm_max(&gradient);
            for i in 0..n {
                let difference = (g_plus[i] - g_minus[i]) / (2.0 * h);
                let error = (hessian[(i, j)] - difference).abs();
                assert!(error <= 1e-5 * column, "{}: H_{i}{j} {error}", entry.name);
            }
        }
    }
}

#[test]
fn helical_valley_is_smooth_but_for_the_lower_cut() {
    let f = problem(7, None, None).unwrap().objective;
    let residual = |x: &[f64]| {
        let mut r = [0.0; 3];
        f.as_residuals().unwrap().residuals(x, &mut r).unwrap();
        r[0]
    };
    for (x, turns) in [
        ([1.0, 0.0, 0.0], 0.0),
        ([0.0, 2.0, 0.0], 0.25),
        ([-1.0, 0.0, 0.0], 0.5),
        ([-1.0, -1.0, 0.0], 0.625),
        ([1.0, -1.0, 0.0], -0.125),
        ([0.0, -1.0, 0.0], -0.25),
    ] {
        assert!((residual(&x) + 100.0 * turns).abs() < 1e-12, "{x:?}");
    }
    let (mut on_axis, mut beside) = (vec![0.0; 3], vec![0.0; 3]);
    f.as_gradient().unwrap().value_and_gradient(&vec![0.0, 0.5, 0.3], &mut on_axis).unwrap();
    f.as_gradient().unwrap().value_and_gradient(&vec![1e-9, 0.5, 0.3], &mut beside).unwrap();
    assert!(on_axis.iter().zip(&beside).all(|(a, b)| (a - b).abs() < 1e-3), "{on_axis:?}");
}

#[test]
fn gulf_has_derivatives_where_a_power_vanishes() {
    let f = problem(11, None, Some(100)).unwrap().objective;
    let mut gradient = vec![0.0; 3];
    let value =
        f.as_gradient().unwrap().value_and_gradient(&vec![50.0, 25.0, 1.5], &mut gradient).unwrap();
    assert!(value < 1e-25 && norm_max(&gradient) < 1e-12, "{value} {gradient:?}");
}

#[test]
fn sizes_other_than_the_printed_ones() {
    let zero_at_the_given_point = [(21, 50), (22, 16), (25, 30), (27, 6)];
    for (number, n) in zero_at_the_given_point {
        let problem = problem(number, Some(n), None).unwrap();
        assert_eq!(problem.name, format!("mgh:{number},n={n}"));
        let point = problem.minima[0].point.as_ref().unwrap();
        assert_eq!((point.len(), problem.objective.value(point).unwrap()), (n, 0.0));
    }
    // Closed forms of the paper for the linear functions, reached at solutions of x weighted.
    let linear = problem(33, Some(4), Some(9)).unwrap();
    let best = linear.minima[0].value;
    let x = vec![3.0 / 19.0, 0.0, 0.0, 0.0];
    assert!((linear.objective.value(&x).unwrap() - best).abs() < 1e-13);
    let zero = problem(34, Some(4), Some(9)).unwrap();
    let x = vec![5.0, 3.0 / 15.0 / 2.0, 0.0, -7.0];
    assert!((zero.objective.value(&x).unwrap() - zero.minima[0].value).abs() < 1e-13);
    let full = problem(32, Some(3), Some(8)).unwrap();
    assert_eq!(full.name, "mgh:32,n=3,m=8");
    assert!((full.objective.value(&vec![-1.0; 3]).unwrap() - 5.0).abs() < 1e-13);
    // Sums of exponentials vanish at their parameters whatever the number of observations.
    for number in [12, 18] {
        let problem = problem(number, None, Some(25)).unwrap();
        let point = problem.minima[0].point.as_ref().unwrap();
        assert!(problem.objective.value(point).unwrap() < 1e-30);
    }
}

#[test]
fn scaled_starts() {
    let entries = all();
    assert_eq!(entries[0].scaled_start(10.0), [-12.0, 10.0]);
    let watson = entries.iter().find(|e| e.name == "mgh:20,n=9").unwrap();
    assert_eq!(watson.scaled_start(100.0), [100.0; 9]);
}

#[test]
fn impossible_sizes_are_refused() {
    let message = |number, n, m| problem(number, n, m).unwrap_err().to_string();
    assert_eq!(message(36, None, None), "mgh: is 36, but must be 1 to 35");
    assert!(message(14, Some(5), None).contains("n: is 5, but must be 4"));
    assert!(message(14, None, Some(5)).contains("m: is 5, but must be 6"));
    assert!(message(20, Some(32), None).contains("at least 2 and at most 31"));
    assert!(message(21, Some(7), None).contains("a multiple of 2"));
    assert!(message(11, None, Some(101)).contains("at most 100"));
    assert!(message(32, Some(9), Some(4)).contains("at least the number of variables, 9"));
    assert!(message(12, None, Some(2)).contains("at least 3"));
}
