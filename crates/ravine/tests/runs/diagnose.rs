//! Diagnoses against what is known of the function, and forecasts against runs.

use std::sync::atomic::AtomicBool;

use ravine::curvature::Verdict;
use ravine::diagnose::{Diagnose, Diagnosis, diagnose};
use ravine::krylov::ConjugateGradient;
use ravine::matrix::Matrix;
use ravine::methods::named;
use ravine::minimize::Outcome;
use ravine::objective::{Gradient, Supplies, from_gradient, from_hessian, from_value};
use ravine::random::Random;
use ravine::vector::Pointwise;
use ravine::{Conditions, Stopping, Vector};

/// Eigenvalues from 1 to kappa, spread in one of four ways.
fn spectrum(kind: &str, n: usize, kappa: f64) -> Vec<f64> {
    let t = |i: usize| i as f64 / (n - 1) as f64;
    (0..n)
        .map(|i| match kind {
            "log" => kappa.powf(t(i)),
            "linear" => 1.0 + (kappa - 1.0) * t(i),
            "clusters" => {
                let (cluster, within) = ((3.0 * t(i)).floor().min(2.0), (7 * i % n) as f64);
                kappa.powf(cluster / 2.0) * (1.0 + 1e-2 * within / n as f64)
                    / 1.01f64.powf(cluster / 2.0)
            }
            _ => {
                if 2 * i < n {
                    1.0
                } else {
                    kappa
                }
            }
        })
        .collect()
}

/// `A = Q diag(eigenvalues) Q'` with three random reflections in Q.
fn rotated(eigenvalues: &[f64], seed: u64) -> Matrix {
    let n = eigenvalues.len();
    let mut a = Matrix::from_fn(n, n, |i, j| if i == j { eigenvalues[i] } else { 0.0 });
    let mut random = Random::new(seed);
    for _ in 0..3 {
        let mut v = vec![0.0; n];
        v.fill_normal(&mut random);
        v.scale(1.0 / v.norm());
        let mut av = vec![0.0; n];
        a.multiply(&v, &mut av);
        let vav = v.dot(&av);
        // (I - 2vv') A (I - 2vv').
        a = Matrix::from_fn(n, n, |i, j| {
            a[(i, j)] - 2.0 * (v[i] * av[j] + av[i] * v[j]) + 4.0 * vav * v[i] * v[j]
        });
    }
    Matrix::from_fn(n, n, |i, j| 0.5 * (a[(i, j)] + a[(j, i)]))
}

/// `x'Ax/2`.
fn quadratic(a: Matrix) -> impl Gradient<Point = Vec<f64>> + Supplies {
    let b = a.clone();
    from_hessian(
        a.rows(),
        move |x: &[f64], g: &mut [f64]| {
            a.multiply(x, g);
            0.5 * x.iter().zip(g.iter()).map(|(x, g)| x * g).sum::<f64>()
        },
        move |_: &[f64], h: &mut Matrix| h.entries_mut().copy_from_slice(b.entries()),
    )
}

fn start(n: usize) -> Vec<f64> {
    let mut x = vec![0.0; n];
    x.fill_normal(&mut Random::new(11));
    x
}

/// A run of a method with the settings that its forecast assumes.
fn measured(f: &dyn Supplies, x: &[f64], diagnosis: &Diagnosis, name: &str) -> Outcome<Vec<f64>> {
    let forecast = diagnosis.forecast.iter().find(|f| f.method == name).unwrap();
    let stopping = Stopping { iterations: None, ..diagnosis.stopping() };
    let mut run = named(name).unwrap().start(&forecast.settings, f, x, stopping).unwrap();
    while run.step().is_none() {}
    let outcome = run.outcome();
    assert!(outcome.status.converged(), "{name}: {}", outcome.status);
    outcome
}

fn forecast(diagnosis: &Diagnosis, name: &str) -> f64 {
    diagnosis.forecast.iter().find(|f| f.method == name).unwrap().iterations as f64
}

const SPECTRA: [&str; 4] = ["log", "linear", "clusters", "two points"];

#[test]
fn eigenvalues_and_condition_number_are_exact_for_few_variables() {
    for (kind, kappa) in SPECTRA.into_iter().zip([1e1, 1e3, 1e5, 1e8]) {
        let eigenvalues = spectrum(kind, 50, kappa);
        let f = quadratic(rotated(&eigenvalues, 3));
        let d = diagnose(&f, &start(50)).unwrap();
        let most = eigenvalues.iter().copied().fold(0.0, f64::max);
        let least = eigenvalues.iter().copied().fold(f64::INFINITY, f64::min);
        let near = |a: Option<f64>, b: f64, scale: f64| (a.unwrap() - b).abs() <= 1e-12 * scale;
        assert!(near(d.largest_eigenvalue, most, most), "{kind}: {:?}", d.largest_eigenvalue);
        assert!(near(d.smallest_eigenvalue, least, most), "{kind}: {:?}", d.smallest_eigenvalue);
        let condition = d.condition_number.unwrap();
        let (low, high) = d.condition_interval.unwrap();
        assert!((condition / (most / least) - 1.0).abs() < 1e-12 * kappa * 10.0, "{condition}");
        assert!(low <= most / least && high.unwrap() >= most / least, "{kind}: {low} {high:?}");
        let inertia = d.inertia.unwrap();
        assert_eq!((inertia.positive, inertia.negative, inertia.zero), (50, 0, 0));
        assert!(d.exact);
        assert_eq!(d.model.unwrap().verdict, Verdict::Quadratic);
        let noise = d.noise.unwrap();
        assert!(!noise.is_noisy(), "{noise:?}");
        // All of the spectrum and all of the gradient are somewhere.
        let bins = d.density.unwrap();
        assert!((bins.cumulative(2.0 * most).value - 1.0).abs() < 1e-12);
    }
}

#[test]
fn scaling_by_the_diagonal_solves_a_diagonal_quadratic() {
    let eigenvalues = spectrum("log", 20, 1e6);
    let f = quadratic(Matrix::from_fn(20, 20, |i, j| if i == j { eigenvalues[i] } else { 0.0 }));
    let d = diagnose(&f, &start(20)).unwrap();
    assert!((d.condition_number.unwrap() / 1e6 - 1.0).abs() < 1e-9);
    assert!((d.scaled_condition_number.unwrap() - 1.0).abs() < 1e-12);
}

#[test]
fn the_interval_of_many_variables_holds_the_condition_number() {
    let eigenvalues = spectrum("log", 150, 100.0);
    let f = quadratic(rotated(&eigenvalues, 4));
    let settings = Diagnose { dense: 0, products: 120, ..Diagnose::default() };
    let d = settings.run(&f, &start(150), ravine::Stopping::default()).unwrap();
    assert!(!d.exact && !d.inertia_counted);
    assert_eq!(d.inertia.unwrap().positive, 150);
    let (low, high) = d.condition_interval.unwrap();
    assert!(low <= 100.0 + 1e-9 && high.unwrap() >= 100.0 - 1e-9, "{low} {high:?}");
    assert!((d.condition_number.unwrap() / 100.0 - 1.0).abs() < 1e-2, "{:?}", d.condition_number);
    assert!(d.largest_eigenvalue.unwrap() <= 100.0 + 1e-9);
    assert!(d.smallest_eigenvalue.unwrap() >= 1.0 - 1e-9);
    // Half of the eigenvalues are below 10.
    let half = d.density.unwrap().cumulative(10.0);
    assert!((half.value - 0.5).abs() < 4.0 * half.standard_error + 0.02, "{half:?}");
}

#[test]
fn what_is_left_of_the_measure_is_the_residual_of_conjugate_gradients() {
    let a = rotated(&spectrum("log", 80, 1e4), 5);
    let x = start(80);
    let mut b = vec![0.0; 80];
    a.multiply(&x, &mut b);
    let f = quadratic(a.clone());
    for k in [3, 7, 15] {
        let settings = Diagnose { dense: 0, products: k, ..Diagnose::default() };
        let measure =
            settings.run(&f, &x, ravine::Stopping::default()).unwrap().gradient_measure.unwrap();
        assert_eq!(measure.quadrature.nodes.len(), k);
        let cg = ConjugateGradient { tolerance: 0.0, iterations: Some(k), ..Default::default() };
        let (mut y, mut work) = (b.clone(), ravine::krylov::CgWork::new(&b));
        let info = cg.solve(&a, &b, &mut y, &mut work).unwrap();
        let residual = info.residual_norm / b.norm();
        assert!((measure.left / residual - 1.0).abs() < 1e-6, "{k}: {} {residual}", measure.left);
    }
}

/// On quadratics of every kind.
fn check_forecasts(methods: &[&str], kappas: &[f64], factor: f64, settings: &Diagnose) {
    for kind in SPECTRA {
        for &kappa in kappas {
            let f = quadratic(rotated(&spectrum(kind, 40, kappa), 6));
            let x = start(40);
            let d = settings.run(&f, &x, ravine::Stopping::default()).unwrap();
            for name in methods {
                let (made, said) =
                    (measured(&f, &x, &d, name).iterations as f64, forecast(&d, name));
                assert!(
                    made <= factor * said && said <= factor * made,
                    "{name} on {kind}, {kappa:e}: forecast {said}, measured {made}"
                );
            }
        }
    }
}

#[test]
fn forecasts_hold_for_gradient_descent_and_its_accelerations() {
    let exact = Diagnose::default();
    check_forecasts(&["gd", "momentum", "nesterov"], &[1e1, 1e3], 1.3, &exact);
    check_forecasts(&["momentum", "nesterov"], &[1e6], 1.3, &exact);
}

#[test]
fn forecasts_hold_for_gradient_descent_on_the_worst() {
    let f = from_gradient(3, |x: &[f64], g: &mut [f64]| {
        let eigenvalues = [1.0, 1e3, 1e6];
        (0..3).for_each(|i| g[i] = eigenvalues[i] * x[i]);
        0.5 * (0..3).map(|i| g[i] * x[i]).sum::<f64>()
    });
    let d = diagnose(&f, &[1.0; 3]).unwrap();
    let made = measured(&f, &[1.0; 3], &d, "gd").iterations as f64;
    let said = forecast(&d, "gd");
    assert!(made > 1e6 && (made / said - 1.0).abs() < 0.3, "{made} {said}");
}

#[test]
fn forecasts_hold_for_conjugate_gradients_and_newton_cg() {
    let methods = ["cg-pr", "cg-hs", "cg-dy", "cg-hz", "newton-cg"];
    check_forecasts(&methods, &[1e1, 1e3, 1e6], 2.0, &Diagnose::default());
}

#[test]
fn forecasts_hold_for_quasi_newton_methods() {
    check_forecasts(&["bfgs"], &[1e1, 1e3, 1e6], 2.0, &Diagnose::default());
    check_forecasts(&["lbfgs"], &[1e1, 1e3, 1e6], 4.0, &Diagnose::default());
}

#[test]
fn forecasts_from_products_hold() {
    let products = Diagnose { dense: 0, products: 60, ..Diagnose::default() };
    check_forecasts(&["gd", "momentum"], &[1e1, 1e3], 2.0, &products);
    check_forecasts(
        &["cg-pr", "cg-dy", "newton-cg", "trust-steihaug"],
        &[1e1, 1e3],
        2.0,
        &products,
    );
    check_forecasts(&["lbfgs"], &[1e1, 1e3], 4.0, &products);
}

#[test]
fn counts_and_prices_follow_the_iterations() {
    let f = quadratic(rotated(&spectrum("log", 40, 1e3), 6));
    let d = diagnose(&f, &start(40)).unwrap();
    assert!(d.forecast.is_sorted_by(|a, b| a.seconds <= b.seconds));
    for forecast in &d.forecast {
        assert!(forecast.seconds > 0.0 && forecast.memory_bytes > 0, "{forecast:?}");
        assert!(forecast.evaluations.value >= forecast.iterations, "{forecast:?}");
    }
    let gd = d.forecast.iter().find(|f| f.method == "gd").unwrap();
    // A gradient each, three updates of vectors, and 0.2 us of the loop; counts are rounded.
    let each = d.costs.gradient.unwrap() + 3.0 * d.costs.vector_update + 2e-7;
    let seconds = gd.iterations as f64 * each + d.costs.gradient.unwrap();
    assert_eq!(gd.evaluations.gradient, gd.iterations + 1);
    assert!((gd.seconds - seconds).abs() <= 0.501 * each, "{gd:?} {seconds}");
    let newton = d.forecast.iter().find(|f| f.method == "newton-damped").unwrap();
    assert_eq!(newton.iterations, 1);
    // Recommended is what the forecast says is fastest, or nearly; OWL-QN is for another kind.
    let method = d.recommended_method.unwrap();
    let own = d.forecast.iter().find(|f| f.method == method).unwrap();
    let fastest = d.forecast.iter().find(|f| f.method != "owlqn").unwrap();
    assert!(own.seconds <= 1.15 * fastest.seconds, "{method}");
    let reason = d.reason.unwrap();
    assert!(reason.contains("40 variables") && reason.contains("quadratic"), "{reason}");
}

#[test]
fn a_start_of_negative_curvature_is_recognized() {
    let mut eigenvalues = spectrum("log", 20, 100.0);
    eigenvalues[3] = -7.0;
    eigenvalues[9] = -50.0;
    let a = rotated(&eigenvalues, 8);
    let b = a.clone();
    // Quartic growth bounds it from below.
    let f = from_hessian(
        20,
        move |x: &[f64], g: &mut [f64]| {
            a.multiply(x, g);
            let square: f64 = x.iter().map(|x| x * x).sum();
            let value = 0.5 * x.iter().zip(g.iter()).map(|(x, g)| x * g).sum::<f64>();
            g.iter_mut().zip(x).for_each(|(g, x)| *g += 4.0 * square * x);
            value + square * square
        },
        move |x: &[f64], h: &mut Matrix| {
            let square: f64 = x.iter().map(|x| x * x).sum();
            for j in 0..20 {
                for i in 0..20 {
                    let diagonal = if i == j { 4.0 * square } else { 0.0 };
                    h[(i, j)] = b[(i, j)] + 8.0 * x[i] * x[j] + diagonal;
                }
            }
        },
    );
    let mut x = start(20);
    x.scale(1e-3);
    let d = diagnose(&f, &x).unwrap();
    let inertia = d.inertia.unwrap();
    assert_eq!((inertia.positive, inertia.negative), (18, 2));
    assert!((d.smallest_eigenvalue.unwrap() + 50.0).abs() < 1e-2);
    assert_ne!(d.model.as_ref().unwrap().verdict, Verdict::Quadratic);
    let method = d.recommended_method.clone().unwrap();
    assert!(!["newton", "gd", "momentum", "nesterov"].contains(&method.as_str()), "{method}");
    assert!(d.reason.as_ref().unwrap().contains("negative curvature"));
    assert!(measured(&f, &x, &d, &method).value < 0.0);
    // The histogram shows negative ranges last.
    let bins = d.histogram(12);
    assert!(bins.last().unwrap().high < 0.0 && bins[0].low > 0.0);
    let all: f64 = bins.iter().map(|bin| bin.eigenvalues).sum();
    assert!((all - 1.0).abs() < 1e-12, "{all}");
}

#[test]
fn a_flat_function_and_a_singular_hessian_are_no_trouble() {
    let constant = from_gradient(3, |_: &[f64], g: &mut [f64]| {
        g.fill(0.0);
        2.0
    });
    let d = diagnose(&constant, &[1.0, 2.0, 3.0]).unwrap();
    assert_eq!((d.gradient_norm, d.condition_number), (0.0, None));
    assert!(d.forecast.is_empty() && d.recommended_method.is_some());
    assert_eq!(d.inertia.unwrap().zero, 3);
    // One direction is flat, and the gradient knows nothing of it.
    let valley = ravine::objective!(2, |x| (x[0] + x[1] - 1.0).powi(2));
    let d = diagnose(&valley, &[3.0, 0.0]).unwrap();
    assert_eq!(d.condition_number, None);
    assert!((d.largest_eigenvalue.unwrap() - 4.0).abs() < 1e-12);
    assert!(forecast(&d, "lbfgs") < 10.0);
    assert!(d.reason.unwrap().contains("singular"));
}

#[test]
fn noise_is_recognized_and_limits_what_is_forecast() {
    let exact = quadratic(rotated(&spectrum("log", 10, 50.0), 9));
    let rounded = from_gradient(10, move |x: &[f64], g: &mut [f64]| {
        let mut slopes = x.to_vec();
        let value = exact.value_and_gradient(&x.to_vec(), &mut slopes).unwrap();
        g.iter_mut().zip(&slopes).for_each(|(g, s)| *g = (s * 1e5).round() / 1e5);
        1.0 + (value * 1e6).round() / 1e6
    });
    let x = start(10);
    let d = diagnose(&rounded, &x).unwrap();
    let noise = d.noise.unwrap();
    assert!(noise.is_noisy() && noise.repeats);
    // Uniform rounding: 1e-6 / sqrt(12).
    let ratio = noise.level / (1e-6 / 12f64.sqrt());
    assert!(ratio > 0.3 && ratio < 3.0, "{noise:?}");
    assert!(d.gradient_relative > 1e-8, "{}", d.gradient_relative);
    assert!(d.reason.unwrap().contains("noisy"));
}

#[test]
fn values_alone_are_enough() {
    let f = from_value(3, |x: &[f64]| 50.0 * x[0] * x[0] + 5.0 * x[1] * x[1] + 0.5 * x[2] * x[2]);
    let d = diagnose(&f, &[1.0, 1.0, 1.0]).unwrap();
    assert!((d.condition_number.unwrap() / 100.0 - 1.0).abs() < 1e-4, "{:?}", d.condition_number);
    assert!(d.forecast.iter().any(|f| f.method == "bfgs"));
    assert!(d.forecast.iter().all(|f| f.method != "newton-cg"));
}

#[test]
fn least_squares_are_forecast_from_the_jacobian() {
    let f = ravine::residuals!(2, |x| [10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0], 0.1 * x[1]]);
    let d = diagnose(&f, &[-1.2, 1.0]).unwrap();
    assert!(d.costs.jacobian.is_some());
    for name in ["lm", "gauss-newton", "lm-newton"] {
        let (said, made) = (forecast(&d, name), measured(&f, &[-1.2, 1.0], &d, name).iterations);
        assert!(said >= 1.0 && said <= 8.0 * made as f64, "{name}: {said} {made}");
    }
    assert_eq!(d.trials.len(), 2);
}

#[test]
fn within_bounds_only_methods_that_keep_them_are_forecast() {
    let f = ravine::objective!(2, |x| (x[0] - 3.0).powi(2) + 10.0 * x[1] * x[1]);
    let bounds = ravine::Bounds::new(vec![0.0, -1.0], vec![1.0, 1.0]).unwrap();
    let conditions = Conditions::default().within(bounds);
    let d = Diagnose::default().run(&f, &[0.5, 0.5], conditions).unwrap();
    let mut names: Vec<_> = d.forecast.iter().map(|f| f.method.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["lbfgsb", "tron"]);
    assert!(names.contains(&d.recommended_method.unwrap().as_str()));
}

#[test]
fn the_same_seed_gives_the_same_diagnosis() {
    let f = quadratic(rotated(&spectrum("log", 60, 1e3), 10));
    let settings = Diagnose { dense: 0, products: 40, ..Diagnose::default() };
    let run = || settings.run(&f, &start(60), ravine::Stopping::default()).unwrap();
    let (a, b) = (run(), run());
    assert_eq!(a.density, b.density);
    assert_eq!(a.largest_eigenvalue, b.largest_eigenvalue);
    let iterations = |d: &Diagnosis| {
        let mut all: Vec<_> = d.forecast.iter().map(|f| (f.method.clone(), f.iterations)).collect();
        all.sort();
        all
    };
    assert_eq!(iterations(&a), iterations(&b));
}

#[test]
fn points_and_settings_that_cannot_be_used_are_named() {
    let f = ravine::objective!(2, |x| x[0].ln() + x[1] * x[1]);
    let refused = |x: &[f64]| diagnose(&f, x).unwrap_err().to_string();
    assert!(refused(&[1.0]).starts_with("start: has 1 entries"));
    assert!(refused(&[1.0, f64::NAN]).starts_with("start: is \"not finite\""));
    assert!(refused(&[-1.0, 0.0]).starts_with("start: the objective is NaN"));
    let refused = |settings: Diagnose| {
        settings.run(&f, &[1.0, 1.0], ravine::Stopping::default()).unwrap_err().to_string()
    };
    assert!(refused(Diagnose { products: 0, ..Default::default() }).starts_with("products"));
    assert!(refused(Diagnose { probes: 1, ..Default::default() }).starts_with("probes"));
    let none = Diagnose { gradient_relative: 0.0, ..Default::default() };
    assert!(refused(none).starts_with("gradient_relative"));
    let failing = from_gradient(1, |_: &[f64], _: &mut [f64]| f64::NAN);
    assert!(diagnose(&failing, &[0.0]).is_err());
}

#[test]
fn an_interrupt_gives_what_is_known() {
    let cancel = AtomicBool::new(true);
    let f = ravine::objective!(2, |x| x[0] * x[0] + x[1] * x[1]);
    assert!(
        Diagnose::default().run(&f, &[1.0, 1.0], Conditions::default().cancel(&cancel)).is_err()
    );
    // It comes while the Hessian's products are made.
    let cancel = std::sync::Arc::new(AtomicBool::new(false));
    let flag = cancel.clone();
    let calls = std::cell::Cell::new(0);
    let g = from_gradient(1000, move |x: &[f64], g: &mut [f64]| {
        calls.set(calls.get() + 1);
        if calls.get() > 60_000 {
            flag.store(true, std::sync::atomic::Ordering::Relaxed);
        }
        g.iter_mut().zip(x).enumerate().for_each(|(i, (g, x))| *g = (1 + i) as f64 * x);
        0.5 * x.iter().zip(g.iter()).map(|(x, g)| x * g).sum::<f64>()
    });
    let settings = Diagnose { products: 100_000, ..Diagnose::default() };
    let d = settings.run(&g, &[1.0; 1000], Conditions::default().cancel(&cancel)).unwrap();
    assert!(d.value > 0.0);
    assert!(d.interrupted || d.recommended_method.is_some());
}

#[test]
fn forecasts_in_a_curved_valley_are_for_where_a_walk_leads() {
    let f = ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
    let x = [-1.2, 1.0];
    let d = diagnose(&f, &x).unwrap();
    let walk = d.walk.as_ref().unwrap();
    // The Hessian at the minimum is [[802, -400], [-400, 200]].
    let root = (602.0f64 * 602.0 / 4.0 + 400.0 * 400.0).sqrt();
    assert!((walk.largest_eigenvalue / (501.0 + root) - 1.0).abs() < 1e-6, "{walk:?}");
    assert!(walk.reduction < 1e-3 && d.facts().iter().any(|fact| fact.0 == "walk"));
    for (name, factor) in [
        ("gd", 2.0),
        ("momentum", 3.0),
        ("nesterov", 3.0),
        ("trust-cauchy", 4.0),
        ("gd-linesearch", 8.0),
        ("trust-exact", 2.0),
        ("bfgs", 3.0),
        ("lbfgs", 3.0),
    ] {
        let (said, made) = (forecast(&d, name), measured(&f, &x, &d, name).iterations as f64);
        assert!(said <= factor * made && made <= factor * said, "{name}: {said}, not {made}");
    }
    // The least time first, and no method that follows the valley by its gradient alone.
    assert!(d.forecast.windows(2).all(|pair| pair[0].seconds <= pair[1].seconds));
    assert!(!["trust-cauchy", "gd-linesearch", "gd"].contains(&d.forecast[0].method.as_str()));
}

#[test]
fn a_quadratic_needs_no_walk() {
    let f = quadratic(rotated(&spectrum("log", 20, 1e3), 5));
    assert_eq!(diagnose(&f, &start(20)).unwrap().walk, None);
}
