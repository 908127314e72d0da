//! OWL-QN: closed forms, the conditions of optimality, sparsity.

use ravine::methods::OwlQn;
use ravine::minimize::Outcome;
use ravine::objective::{Gradient, Objective, WithGradient, from_gradient};
use ravine::{Status, Stopping, minimize, objective};

fn owlqn(l1: f64) -> OwlQn {
    OwlQn { l1, ..OwlQn::default() }
}

fn soft(b: f64, by: f64) -> f64 {
    b.signum() * (b.abs() - by).max(0.0)
}

/// Checks `|g_i| <= l1` at zeros, `g_i = -l1 sign x_i` elsewhere, and that value and norm say so.
fn assert_optimal<O>(f: &O, method: &OwlQn, outcome: &Outcome<Vec<f64>>)
where
    O: Gradient<Point = Vec<f64>>,
{
    assert!(outcome.status.converged(), "{outcome:?}");
    let mut g = outcome.x.clone();
    let smooth = f.value_and_gradient(&outcome.x, &mut g).unwrap();
    let (mut penalty, mut norm) = (0.0, 0.0f64);
    for (i, (&x, &g)) in outcome.x.iter().zip(&g).enumerate() {
        let l1 = if method.unpenalized.contains(&i) { 0.0 } else { method.l1 };
        penalty += l1 * x.abs();
        let distance = if x == 0.0 { (g.abs() - l1).max(0.0) } else { (g + l1 * x.signum()).abs() };
        norm = norm.max(distance);
    }
    assert!(norm <= 1e-6 * method.l1.max(1.0), "optimal to {norm}");
    assert!((outcome.gradient_norm - norm).abs() < 1e-12);
    assert!((outcome.value - smooth - penalty).abs() <= 1e-14 * outcome.value.abs());
}

#[test]
fn a_soft_threshold_in_each_variable() {
    // d (x - b)^2 / 2 + l1 |x|: b moved towards zero by l1 / d.
    let d = [1.0, 40.0, 0.3, 7.0, 2.0];
    let b = [2.0, -0.1, 1.0, -3.0, 0.1];
    let f = from_gradient(5, |x: &[f64], g: &mut [f64]| {
        let mut value = 0.0;
        for i in 0..5 {
            g[i] = d[i] * (x[i] - b[i]);
            value += 0.5 * g[i] * (x[i] - b[i]);
        }
        value
    });
    let stopping = Stopping::gradient(1e-10);
    for l1 in [0.0, 0.2, 1.0, 3.0] {
        for start in [vec![0.0; 5], vec![5.0; 5], vec![-1.0, 1.0, 0.0, 2.0, -3.0]] {
            let outcome = minimize(&f, start, owlqn(l1)).stopping(stopping.clone()).run().unwrap();
            assert_optimal(&f, &owlqn(l1), &outcome);
            for i in 0..5 {
                let expected = soft(b[i], l1 / d[i]);
                assert!((outcome.x[i] - expected).abs() < 1e-9, "{i}: {:?}", outcome.x);
                assert_eq!(outcome.x[i] == 0.0, expected == 0.0);
            }
        }
    }
}

/// Least squares with correlated columns, of which few matter.
fn lasso(n: usize, m: usize) -> WithGradient<impl Fn(&[f64], &mut [f64]) -> f64> {
    let column =
        |i: usize, j: usize| ((i * (j + 3)) as f64 * 0.37).sin() + 0.5 * (i as f64 * 0.11).cos();
    let a: Vec<Vec<f64>> = (0..m).map(|i| (0..n).map(|j| column(i, j)).collect()).collect();
    let b: Vec<f64> = (0..m)
        .map(|i| 3.0 * a[i][1] - 2.0 * a[i][4] + a[i][7] + 0.1 * (i as f64 * 1.7).sin())
        .collect();
    from_gradient(n, move |x: &[f64], g: &mut [f64]| {
        g.fill(0.0);
        let mut value = 0.0;
        for (row, b) in a.iter().zip(&b) {
            let r = row.iter().zip(x).map(|(a, x)| a * x).sum::<f64>() - b;
            value += 0.5 * r * r;
            g.iter_mut().zip(row).for_each(|(g, a)| *g += a * r);
        }
        value
    })
}

#[test]
fn the_lasso_is_optimal_and_sparse() {
    let f = lasso(30, 50);
    let mut zeros = Vec::new();
    for l1 in [0.1, 1.0, 5.0] {
        let outcome = minimize(&f, vec![0.0; 30], owlqn(l1)).run().unwrap();
        assert_optimal(&f, &owlqn(l1), &outcome);
        assert!(outcome.iterations < 200, "{}", outcome.iterations);
        zeros.push(outcome.x.iter().filter(|x| **x == 0.0).count());
    }
    assert!(zeros[0] < zeros[1] && zeros[1] <= zeros[2] && zeros[2] >= 20, "{zeros:?}");
}

#[test]
fn a_weight_above_the_gradient_at_zero_leaves_nothing() {
    let f = lasso(30, 50);
    let mut g = vec![0.0; 30];
    f.value_and_gradient(&vec![0.0; 30], &mut g).unwrap();
    let largest = g.iter().fold(0.0f64, |m, g| m.max(g.abs()));
    let outcome = minimize(&f, vec![1.0; 30], owlqn(1.01 * largest)).run().unwrap();
    assert_eq!(outcome.x, vec![0.0; 30]);
    assert!(outcome.status.converged());
    let outcome = minimize(&f, vec![1.0; 30], owlqn(0.99 * largest)).run().unwrap();
    let left = outcome.x.iter().filter(|x| **x != 0.0).count();
    assert!((1..4).contains(&left), "{left}");
}

/// A start on the wrong side must cross zero, which takes an iteration of its own.
#[test]
fn variables_change_sign_by_way_of_zero() {
    let f = objective!(2, |x| (x[0] - 3.0).powi(2) + (x[1] + 2.0).powi(2) + x[0] * x[1]);
    let method = owlqn(0.5);
    let mut last = vec![-1.0, 5.0];
    let outcome = minimize(&f, last.clone(), method.clone())
        .observe(|progress| {
            assert!(progress.x.iter().zip(&last).all(|(a, b)| a * b >= 0.0), "{:?}", progress.x);
            last.clone_from(progress.x);
            std::ops::ControlFlow::Continue(())
        })
        .run()
        .unwrap();
    assert_optimal(&f, &method, &outcome);
    assert!(outcome.x[0] > 0.0 && outcome.x[1] < 0.0);
}

#[test]
fn an_intercept_is_not_penalized() {
    // Logistic regression: intercept, a slope that matters, a slope that does not.
    let f = objective!(3, |x| {
        let mut sum = R::from(0.0);
        for i in 0..40 {
            let (u, v) = ((f64::from(i) * 0.7).sin(), (f64::from(i) * 1.3).cos());
            let sign = if u > 0.6 + 0.5 * (f64::from(i) * 2.1).sin() { 1.0 } else { -1.0 };
            sum += ((x[0] + u * x[1] + v * x[2]) * (-sign)).exp().ln_1p();
        }
        sum
    });
    let method = OwlQn { unpenalized: 0..1, ..owlqn(2.0) };
    let outcome = minimize(&f, vec![0.0; 3], method.clone()).run().unwrap();
    assert_optimal(&f, &method, &outcome);
    assert!(outcome.x[0] < -0.1 && outcome.x[1] > 0.1 && outcome.x[2] == 0.0, "{:?}", outcome.x);
    let penalized = minimize(&f, vec![0.0; 3], owlqn(2.0)).run().unwrap();
    assert!(penalized.x[0].abs() < 0.9 * outcome.x[0].abs());
}

#[test]
fn without_the_term_it_is_lbfgs() {
    let f = objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
    let outcome = minimize(&f, vec![-1.2, 1.0], OwlQn::default()).run().unwrap();
    assert!(outcome.status.converged() && outcome.iterations < 60, "{outcome:?}");
    assert!((outcome.x[0] - 1.0).abs() < 1e-6);
    assert_eq!(outcome.value, f.value(&outcome.x).unwrap());
}

#[test]
fn outside_the_domain_and_unbounded() {
    let f = objective!(2, |x| x[0] - 3.0 * x[0].ln() + (x[1] - 1.0).powi(2));
    let outcome =
        minimize(&f, vec![0.01, 0.0], owlqn(0.5)).stopping(Stopping::gradient(1e-9)).run().unwrap();
    assert_optimal(&f, &owlqn(0.5), &outcome);
    assert!((outcome.x[0] - 2.0).abs() < 1e-6 && (outcome.x[1] - 0.75).abs() < 1e-6);
    let f = objective!(1, |x| -2.0 * x[0]);
    let outcome = minimize(&f, vec![1.0], owlqn(1.0)).run().unwrap();
    assert_ne!(outcome.status, Status::NoProgress, "{outcome:?}");
    assert!(!outcome.status.converged());
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let f = lasso(10, 20);
    let error = |method| minimize(&f, vec![0.0; 10], method).run().unwrap_err().to_string();
    assert!(error(owlqn(-1.0)).starts_with("l1: is -1.0"));
    assert!(error(owlqn(f64::INFINITY)).starts_with("l1: is inf"));
    let method = OwlQn { unpenalized: 5..11, ..owlqn(1.0) };
    assert_eq!(error(method), "unpenalized: is 5..11, but must be within 0..10");
    assert!(error(OwlQn { memory: 0, ..owlqn(1.0) }).starts_with("memory: is 0"));
    assert!(error(OwlQn { decrease: 0.6, ..owlqn(1.0) }).starts_with("decrease: is 0.6"));
}
