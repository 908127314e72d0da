//! What all of Newton's relatives promise: resuming to the same bits, leaving saddles, settings that
//! are checked, functions that are not everywhere defined, invariance.

use ravine::Stopping;
use ravine::curvature::Factorization;
use ravine::matrix::Matrix;
use ravine::methods::{
    CubicRegularization, DampedNewton, Newton, NewtonCg, Sr1, TrustRegion, named,
};
use ravine::minimize::Method;
use ravine::minimize::{Run, Status, minimize};
use ravine::objective::{Hessian, from_hessian};
use ravine::step::{Cauchy, Dogleg, Gltr, MoreSorensen, Steihaug};

const NAMES: [&str; 12] = [
    "newton",
    "newton-damped",
    "newton-eigen",
    "newton-cg",
    "trust-cauchy",
    "trust-dogleg",
    "trust-steihaug",
    "trust-gltr",
    "trust-exact",
    "sr1",
    "arc",
    "arc-lanczos",
];

fn rosenbrock() -> impl Hessian + ravine::objective::Supplies {
    from_hessian(
        2,
        |x: &[f64], g: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g.copy_from_slice(&[-2.0 * a - 400.0 * x[0] * b, 200.0 * b]);
            a * a + 100.0 * b * b
        },
        |x: &[f64], h: &mut Matrix| {
            h[(0, 0)] = 2.0 - 400.0 * (x[1] - 3.0 * x[0] * x[0]);
            h[(0, 1)] = -400.0 * x[0];
            h[(1, 0)] = -400.0 * x[0];
            h[(1, 1)] = 200.0;
        },
    )
}

/// `x^2 - y^2 + 0.3 y^4`: a saddle at the origin, minima -5/6 on both sides.
fn saddle() -> impl Hessian + ravine::objective::Supplies {
    from_hessian(
        2,
        |x: &[f64], g: &mut [f64]| {
            g.copy_from_slice(&[2.0 * x[0], -2.0 * x[1] + 1.2 * x[1].powi(3)]);
            x[0] * x[0] - x[1] * x[1] + 0.3 * x[1].powi(4)
        },
        |x: &[f64], h: &mut Matrix| {
            h.fill(0.0);
            h[(0, 0)] = 2.0;
            h[(1, 1)] = -2.0 + 3.6 * x[1] * x[1];
        },
    )
}

/// Stops after every number of steps, through JSON, and goes on: the same points to the last bit.
fn check_resume<O, M>(objective: &O, method: &M, x0: [f64; 2])
where
    O: Hessian,
    M: Method<O> + Clone,
    M::State: Clone + serde::Serialize + serde::de::DeserializeOwned,
{
    let start = || Run::new(objective, method.clone(), &x0.to_vec(), stopping()).unwrap();
    let mut whole = start();
    let mut points = vec![whole.progress().x.clone()];
    while whole.step().is_none() && points.len() < 40 {
        points.push(whole.progress().x.clone());
    }
    let steps = points.len() - 1;
    assert!(steps >= 2, "{}: too short to test", method.name());
    for cut in 0..=steps {
        let mut run = start();
        for _ in 0..cut {
            run.step();
        }
        let text = serde_json::to_string(&run.checkpoint()).unwrap();
        let checkpoint = serde_json::from_str(&text).unwrap();
        let mut resumed = Run::resume(objective, method.clone(), checkpoint, stopping()).unwrap();
        for expected in &points[cut + 1..] {
            resumed.step();
            assert_eq!(resumed.progress().x, expected, "{} cut at {cut}", method.name());
        }
        if steps < 39 {
            resumed.step();
            let (a, b) = (whole.outcome(), resumed.outcome());
            assert_eq!((a.status, a.x, a.value), (b.status, b.x, b.value), "{}", method.name());
            assert_eq!((a.iterations, a.evaluations), (b.iterations, b.evaluations));
        }
    }
}

fn stopping() -> Stopping {
    Stopping { iterations: Some(500), ..Stopping::default() }
}

#[test]
fn a_resumed_run_gives_the_same_bits() {
    let f = rosenbrock();
    let x0 = [-1.2, 1.0];
    check_resume(&f, &Newton::default(), x0);
    for factorization in [Factorization::ModifiedCholesky, Factorization::Eigenvalue] {
        check_resume(&f, &DampedNewton { factorization, ..DampedNewton::default() }, x0);
    }
    check_resume(&f, &NewtonCg::default(), x0);
    check_resume(&f, &TrustRegion::<Cauchy>::default(), x0);
    check_resume(&f, &TrustRegion::<Dogleg>::default(), x0);
    check_resume(&f, &TrustRegion::<Steihaug>::default(), x0);
    check_resume(&f, &TrustRegion::<Gltr>::default(), x0);
    check_resume(&f, &TrustRegion::<MoreSorensen>::default(), x0);
    check_resume(&f, &Sr1::default(), x0);
    check_resume(&f, &CubicRegularization::<MoreSorensen>::default(), x0);
    check_resume(&f, &CubicRegularization::<Gltr>::default(), x0);
    // From a saddle, where the next step is known before it is asked for.
    let f = saddle();
    let eigen =
        DampedNewton { factorization: Factorization::Eigenvalue, ..DampedNewton::default() };
    check_resume(&f, &eigen, [0.0, 0.0]);
    check_resume(&f, &TrustRegion::<MoreSorensen>::default(), [0.0, 0.0]);
    check_resume(&f, &CubicRegularization::<MoreSorensen>::default(), [0.0, 0.0]);
}

#[test]
fn methods_that_know_negative_curvature_leave_a_saddle() {
    let f = saddle();
    for name in ["trust-exact", "arc", "newton-eigen"] {
        let settings = serde_json::Value::Null;
        let mut run = named(name).unwrap().start(&settings, &f, &[0.0, 0.0], stopping()).unwrap();
        while run.step().is_none() {}
        let outcome = run.outcome();
        assert!(outcome.status.converged(), "{name}: {}", outcome.status);
        assert!((outcome.value + 5.0 / 6.0).abs() < 1e-12, "{name}: {}", outcome.value);
    }
    // The others stop there at once, and say only that there is no gradient.
    for name in ["newton", "newton-damped", "newton-cg", "trust-gltr", "trust-dogleg"] {
        let settings = serde_json::Value::Null;
        let run = named(name).unwrap().start(&settings, &f, &[0.0, 0.0], stopping()).unwrap();
        assert!(run.outcome().status.converged(), "{name}");
        assert_eq!(run.outcome().value, 0.0, "{name}");
    }
}

#[test]
fn a_function_that_falls_without_bound_is_reported() {
    // -x^4 + y^2.
    let f = from_hessian(
        2,
        |x: &[f64], g: &mut [f64]| {
            g.copy_from_slice(&[-4.0 * x[0].powi(3), 2.0 * x[1]]);
            x[1] * x[1] - x[0].powi(4)
        },
        |x: &[f64], h: &mut Matrix| {
            h.fill(0.0);
            h[(0, 0)] = -12.0 * x[0] * x[0];
            h[(1, 1)] = 2.0;
        },
    );
    for name in NAMES {
        if name == "newton" {
            continue;
        }
        let mut run = named(name)
            .unwrap()
            .start(&serde_json::Value::Null, &f, &[1.0, 1.0], stopping())
            .unwrap();
        while run.step().is_none() {}
        assert_eq!(run.outcome().status, Status::Unbounded, "{name}: {:?}", run.outcome());
    }
}

#[test]
fn trials_outside_the_domain_are_shortened() {
    // x - ln x + (y - x)^2, defined for x > 0, with its minimum at (1, 1); NaN outside.
    let f = from_hessian(
        2,
        |x: &[f64], g: &mut [f64]| {
            g.copy_from_slice(&[1.0 - 1.0 / x[0] - 2.0 * (x[1] - x[0]), 2.0 * (x[1] - x[0])]);
            x[0] - x[0].ln() + (x[1] - x[0]).powi(2)
        },
        |x: &[f64], h: &mut Matrix| {
            *h = Matrix::from_rows(&[[1.0 / (x[0] * x[0]) + 2.0, -2.0], [-2.0, 2.0]]);
        },
    );
    for name in NAMES {
        // Newton's step from here leads to a negative x, which the pure method cannot mend.
        let settings = serde_json::Value::Null;
        let start = [8.0, 8.0];
        let mut run = named(name).unwrap().start(&settings, &f, &start, stopping()).unwrap();
        while run.step().is_none() {}
        let outcome = run.outcome();
        if name == "newton" {
            assert_eq!(outcome.status, Status::Diverged);
            assert_eq!(outcome.x, start, "the best point is kept");
            continue;
        }
        if name == "trust-cauchy" {
            assert!((outcome.value - 1.0).abs() < 1e-6, "{name}: {outcome:?}");
            continue;
        }
        assert!(outcome.status.converged(), "{name}: {outcome:?}");
        assert!((outcome.value - 1.0).abs() < 1e-9, "{name}: {outcome:?}");
    }
}

#[test]
fn a_minimizer_known_to_rounding_is_no_failure() {
    // A large constant hides all decreases below 1e-8.
    let f = from_hessian(
        2,
        |x: &[f64], g: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g.copy_from_slice(&[-2.0 * a - 400.0 * x[0] * b, 200.0 * b]);
            1e8 + a * a + 100.0 * b * b
        },
        |x: &[f64], h: &mut Matrix| {
            *h = Matrix::from_rows(&[
                [2.0 - 400.0 * (x[1] - 3.0 * x[0] * x[0]), -400.0 * x[0]],
                [-400.0 * x[0], 200.0],
            ]);
        },
    );
    for name in NAMES {
        if name == "trust-cauchy" {
            continue;
        }
        let settings = serde_json::Value::Null;
        let mut run = named(name)
            .unwrap()
            .start(&settings, &f, &[-1.2, 1.0], Stopping::gradient(1e-9))
            .unwrap();
        while run.step().is_none() {}
        let outcome = run.outcome();
        let fine = outcome.status.converged() || outcome.status == Status::PrecisionLimit;
        assert!(fine, "{name}: {outcome:?}");
        // The accuracy of the gradient, not of the value.
        let limit = if name == "sr1" { 1e-2 } else { 1e-9 };
        assert!(outcome.gradient_norm <= limit, "{name}: {outcome:?}");
    }
}

#[test]
fn methods_built_on_dense_factorizations_do_not_see_linear_changes_of_variables() {
    // Newton is invariant: g(z) = f(T z) gives z_k = T^-1 x_k.
    let t = [[3.0, 1.0], [-2.0, 0.5]];
    let f = rosenbrock();
    let g = from_hessian(
        2,
        |z: &[f64], g: &mut [f64]| {
            let x = vec![t[0][0] * z[0] + t[0][1] * z[1], t[1][0] * z[0] + t[1][1] * z[1]];
            let mut inner = vec![0.0; 2];
            let value =
                ravine::Gradient::value_and_gradient(&rosenbrock(), &x, &mut inner).unwrap();
            g[0] = t[0][0] * inner[0] + t[1][0] * inner[1];
            g[1] = t[0][1] * inner[0] + t[1][1] * inner[1];
            value
        },
        |z: &[f64], h: &mut Matrix| {
            let x = [t[0][0] * z[0] + t[0][1] * z[1], t[1][0] * z[0] + t[1][1] * z[1]];
            let mut inner = Matrix::zeros(2, 2);
            Hessian::hessian(&rosenbrock(), &x, &mut inner).unwrap();
            for i in 0..2 {
                for j in 0..2 {
                    h[(i, j)] = (0..2)
                        .map(|k| (0..2).map(|l| t[k][i] * inner[(k, l)] * t[l][j]).sum::<f64>())
                        .sum();
                }
            }
        },
    );
    let z0 = {
        let det = t[0][0] * t[1][1] - t[0][1] * t[1][0];
        let x = [-1.2, 1.0];
        vec![(t[1][1] * x[0] - t[0][1] * x[1]) / det, (-t[1][0] * x[0] + t[0][0] * x[1]) / det]
    };
    let mut a = Run::new(&f, Newton::default(), &vec![-1.2, 1.0], stopping()).unwrap();
    let mut b = Run::new(&g, Newton::default(), &z0, stopping()).unwrap();
    while a.step().is_none() {
        b.step();
        let (x, z) = (a.progress().x.clone(), b.progress().x.clone());
        let mapped = [t[0][0] * z[0] + t[0][1] * z[1], t[1][0] * z[0] + t[1][1] * z[1]];
        assert!((x[0] - mapped[0]).abs() < 1e-9 && (x[1] - mapped[1]).abs() < 1e-9);
    }
}

#[test]
fn settings_are_checked_by_name() {
    let f = rosenbrock();
    let cases = [
        ("newton-cg", r#"{"forcing": 1.0}"#, "forcing"),
        ("newton-cg", r#"{"products": 0}"#, "products"),
        ("newton-damped", r#"{"line_search": {"backtracking": {"decrease": 2.0}}}"#, "decrease"),
        ("trust-steihaug", r#"{"step": {"products": 0}}"#, "products"),
        ("trust-gltr", r#"{"step": {"dimension": 0}}"#, "dimension"),
        ("trust-gltr", r#"{"step": {"accuracy": 0}}"#, "accuracy"),
        ("trust-exact", r#"{"step": {"accuracy": 1.5}}"#, "accuracy"),
        ("trust-exact", r#"{"radius": {"initial": -1.0}}"#, "initial"),
        ("trust-exact", r#"{"radius": {"largest": 0.0}}"#, "largest"),
        ("trust-exact", r#"{"radius": {"accept": 0.3}}"#, "accept"),
        ("trust-exact", r#"{"radius": {"shrink_below": 0.9}}"#, "shrink_below"),
        ("trust-exact", r#"{"radius": {"grow_above": 1.0}}"#, "grow_above"),
        ("trust-exact", r#"{"radius": {"shrink": 1.0}}"#, "shrink"),
        ("trust-exact", r#"{"radius": {"grow": 1.0}}"#, "grow"),
        ("trust-exact", r#"{"radios": {}}"#, "settings"),
        ("sr1", r#"{"skip": -1.0}"#, "skip"),
        ("arc", r#"{"step": {"accuracy": 0.0}}"#, "accuracy"),
        ("arc", r#"{"weight": {"initial": 0.0}}"#, "initial"),
        ("arc", r#"{"weight": {"smallest": 0.0}}"#, "smallest"),
        ("arc", r#"{"weight": {"accept": 0.2}}"#, "accept"),
        ("arc", r#"{"weight": {"grow_below": 0.95}}"#, "grow_below"),
        ("arc", r#"{"weight": {"shrink_above": 1.0}}"#, "shrink_above"),
        ("arc", r#"{"weight": {"grow": 0.5}}"#, "grow"),
        ("arc", r#"{"weight": {"shrink": 0.0}}"#, "shrink"),
        ("arc-lanczos", r#"{"step": {"dimension": 0}}"#, "dimension"),
    ];
    for (name, settings, argument) in cases {
        let settings = serde_json::from_str(settings).unwrap();
        let result = named(name).unwrap().start(&settings, &f, &[0.0, 0.0], stopping());
        let Err(error) = result.map(|_| ()) else { panic!("{name} accepts {settings}") };
        let ravine::minimize::Error::Argument(error) = error else { panic!("{name}: {error}") };
        assert_eq!(error.argument(), argument, "{name}: {error}");
    }
}

#[test]
fn a_hessian_that_is_not_finite_does_no_harm() {
    let f = from_hessian(
        1,
        |x: &[f64], g: &mut [f64]| {
            g[0] = 2.0 * x[0];
            x[0] * x[0]
        },
        |_: &[f64], h: &mut Matrix| h[(0, 0)] = f64::NAN,
    );
    for name in NAMES {
        let settings = serde_json::Value::Null;
        let mut run = named(name).unwrap().start(&settings, &f, &[3.0], stopping()).unwrap();
        while run.step().is_none() {}
        let outcome = run.outcome();
        // Where a gradient is enough to go on, they go on; else they say that they cannot.
        let fine = match &outcome.status {
            Status::Failed(message) => message.contains("second derivatives are not finite"),
            status => status.converged(),
        };
        assert!(fine && outcome.value <= 9.0, "{name}: {outcome:?}");
    }
}

#[test]
fn newton_needs_one_step_for_a_quadratic_and_counts_what_it_uses() {
    let a = Matrix::from_rows(&[[4.0, 1.0], [1.0, 3.0]]);
    let f = from_hessian(
        2,
        |x: &[f64], g: &mut [f64]| {
            a.multiply(x, g);
            0.5 * (x[0] * g[0] + x[1] * g[1])
        },
        |_: &[f64], h: &mut Matrix| *h = a.clone(),
    );
    let outcome = minimize(&f, vec![3.0, -5.0], DampedNewton::default()).run().unwrap();
    assert_eq!(outcome.iterations, 1);
    assert_eq!((outcome.evaluations.gradient, outcome.evaluations.hessian), (2, 2));
    let huge = TrustRegion::<MoreSorensen> {
        radius: ravine::trust::Radius { initial: Some(100.0), ..Default::default() },
        ..Default::default()
    };
    let outcome = minimize(&f, vec![3.0, -5.0], huge).run().unwrap();
    assert_eq!(outcome.iterations, 1);
    assert_eq!((outcome.evaluations.gradient, outcome.evaluations.hessian), (2, 2));
}

/// What makes an indefinite Hessian definite, and the way down, are found in units that the Hessian gives.
#[test]
fn steps_of_indefinite_hessians_are_the_same_in_any_units() {
    let b = Matrix::from_rows(&[
        [2.0, 1.5, -0.4, 0.0],
        [1.5, -0.7, 0.3, 2.0],
        [-0.4, 0.3, 0.9, 0.0],
        [0.0, 2.0, 0.0, 0.0],
    ]);
    let (x, g) = (vec![0.3, -2.0, 1.1, 0.7], vec![1.0, -0.5, 0.25, 2.0]);
    let step = |factorization: Factorization, d: [f64; 4], c: f64| {
        let scaled = Matrix::from_fn(4, 4, |i, j| c * b[(i, j)] / d[i] / d[j]);
        let x = x.iter().zip(d).map(|(x, d)| x * d).collect();
        let g = g.iter().zip(d).map(|(g, d)| c * g / d).collect();
        let mut step = vec![0.0; 4];
        let nobody = ravine::Watch::default();
        let found = factorization.descend(&scaled, 0.0, &x, &g, &mut step, nobody).unwrap();
        let own = |v: &[f64]| -> Vec<f64> { v.iter().zip(d).map(|(v, d)| v / d).collect() };
        (own(&step), found.downhill.map(|(way, decrease)| (own(&way), decrease / c)))
    };
    let near = |a: &[f64], b: &[f64]| {
        let size = b.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-9 * size)
    };
    for factorization in [Factorization::Eigenvalue, Factorization::Shift] {
        let (plain, way) = step(factorization, [1.0; 4], 1.0);
        assert!(plain.iter().zip(&g).map(|(d, g)| d * g).sum::<f64>() < 0.0);
        for d in [[1e-9, 1.0, 1e9, 1.0], [1e3, 1e-3, 7.0, 1e6], [1e-20; 4]] {
            for c in [1.0, 1e-40, 1e40] {
                let (scaled, scaled_way) = step(factorization, d, c);
                assert!(near(&scaled, &plain), "{factorization:?} {d:?}: {scaled:?} {plain:?}");
                assert_eq!(scaled_way.is_some(), factorization == Factorization::Eigenvalue);
                if let (Some((a, gain)), Some((b, plain_gain))) = (&scaled_way, &way) {
                    assert!(near(a, b), "{d:?}: {a:?} {b:?}");
                    assert!((gain / plain_gain - 1.0).abs() < 1e-9);
                }
            }
        }
    }
}
