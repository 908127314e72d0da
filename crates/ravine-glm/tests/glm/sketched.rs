//! Sketched second-order methods: the minimizer of Newton's method, what theory says of steps and
//! invariance, resuming, errors.

use ravine::matrix::Matrix;
use ravine::methods::{NewtonSketch, NystromNewtonCg, SubsampledNewton, SubspaceNewton, named};
use ravine::minimize::Method;
use ravine::minimize::{Outcome, Run};
use ravine::objective::{Objective, Supplies, from_hessian};
use ravine::random::Random;
use ravine::{Stopping, Vector};
use ravine_data::{Design, Selection, read};
use ravine_glm::{Regression, RegressionLoss};

const NAMES: [&str; 4] =
    ["newton-nystrom", "newton-subspace", "newton-sketch", "newton-subsampled"];
const LOSSES: [RegressionLoss; 3] =
    [RegressionLoss::Logistic, RegressionLoss::Squares, RegressionLoss::Poisson];

fn run(
    name: &str,
    settings: &str,
    f: &dyn Supplies,
    x0: &[f64],
    stopping: Stopping,
) -> Outcome<Vec<f64>> {
    let settings = serde_json::from_str(settings).unwrap();
    let mut run = named(name).unwrap().start(&settings, f, x0, stopping).unwrap();
    while run.step().is_none() {}
    run.outcome()
}

/// `cases` by `n` normal entries, column j scaled by `(j + 1)^-decay`; classes or counts that follow
/// from them.
fn synthetic(cases: usize, n: usize, decay: i32, loss: RegressionLoss, l2: f64) -> Regression {
    let mut random = Random::new(17);
    let mut x = Matrix::zeros(cases, n);
    for j in 0..n {
        let scale = f64::from(j as u32 + 1).powi(-decay);
        x.column_mut(j).iter_mut().for_each(|x| *x = scale * random.normal());
    }
    let weights: Vec<_> = (0..n).map(|_| random.normal()).collect();
    let mut eta = vec![0.0; cases];
    x.multiply(&weights, &mut eta);
    let target = eta.iter().map(|eta| match loss {
        RegressionLoss::Logistic => f64::from(random.uniform() < 1.0 / (1.0 + (-eta).exp())),
        RegressionLoss::Squares => eta + random.normal(),
        RegressionLoss::Poisson => (eta.min(3.0).exp() * random.uniform()).round(),
    });
    let target = target.collect();
    let names = (0..n).map(|j| format!("x{j}")).collect();
    Regression::new(Design::dense(x, names), target, loss, l2).unwrap()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn tight() -> Stopping {
    Stopping { iterations: Some(400), ..Stopping::gradient(1e-10) }
}

#[test]
fn all_find_the_minimizer_of_newtons_method() {
    for loss in LOSSES {
        let f = synthetic(600, 12, 1, loss, 1e-4);
        let newton = run("newton-damped", "{}", &f, &[0.0; 12], tight());
        assert!(newton.status.converged());
        for (name, settings) in [
            ("newton-nystrom", r#"{"rank": 3}"#),
            ("newton-subspace", r#"{"subspace": 6}"#),
            ("newton-sketch", "{}"),
            ("newton-subsampled", r#"{"sample": 60}"#),
        ] {
            let outcome = run(name, settings, &f, &[0.0; 12], tight());
            assert!(outcome.status.converged(), "{name}: {}", outcome.status);
            let gap = outcome.value - newton.value;
            assert!(gap.abs() < 1e-13 * newton.value.abs(), "{name}: {gap:e} above the minimum");
            let off = distance(&outcome.x, &newton.x);
            assert!(off < 1e-6, "{name}: {off:e} from the minimizer");
        }
    }
    // Real data with an intercept that the penalty spares, columns as they are in the file.
    let path = format!("{}/tests/data/breast_cancer.csv", env!("CARGO_MANIFEST_DIR"));
    let selection = Selection { target: Some("diagnosis".into()), ..Selection::default() };
    let data = read(path.as_ref(), &selection).unwrap();
    let (target, _) = RegressionLoss::Logistic.target(data.target).unwrap();
    let f = Regression::new(data.design, target, RegressionLoss::Logistic, 1e-4).unwrap();
    let x0 = vec![0.0; f.dimension()];
    let newton = run("newton-damped", "{}", &f, &x0, tight());
    for name in NAMES {
        let outcome = run(name, "{}", &f, &x0, tight());
        assert!(outcome.status.converged(), "{name}: {}", outcome.status);
        assert!((outcome.value - newton.value).abs() < 1e-12, "{name}: {}", outcome.value);
    }
}

#[test]
fn a_preconditioner_is_made_where_it_pays() {
    let products = |name: &str, f: &Regression, n: usize| {
        let outcome = run(name, "{}", f, &vec![0.0; n], tight());
        assert!(outcome.status.converged(), "{name}: {}", outcome.status);
        outcome.evaluations.hessian_product
    };
    // Condition number about 1e5.
    let hard = synthetic(500, 80, 2, RegressionLoss::Squares, 1e-7);
    let (with, without) = (products("newton-nystrom", &hard, 80), products("newton-cg", &hard, 80));
    assert!(3 * with < 2 * without, "{with} against {without}");
    // Condition number about 1: the same run.
    let easy = synthetic(500, 30, 0, RegressionLoss::Logistic, 1e-2);
    assert_eq!(products("newton-nystrom", &easy, 30), products("newton-cg", &easy, 30));
}

/// A quadratic in two variables, condition number `kappa`, from a start that is off along the
/// eigenvector of the smaller eigenvalue.
#[test]
fn one_random_direction_gains_what_theory_says() {
    let kappa = 100.0;
    let f = from_hessian(
        2,
        |x: &[f64], g: &mut [f64]| {
            g.copy_from_slice(&[kappa * x[0], x[1]]);
            0.5 * (kappa * x[0] * x[0] + x[1] * x[1])
        },
        |_: &[f64], h: &mut Matrix| *h = Matrix::from_rows(&[[kappa, 0.0], [0.0, 1.0]]),
    );
    let trials = 3000;
    let mut mean = 0.0;
    for seed in 0..trials {
        let method = SubspaceNewton { subspace: Some(1), seed, ..SubspaceNewton::default() };
        let mut run = Run::new(&f, method, &vec![0.0, 1.0], tight()).unwrap();
        run.step();
        mean += (0.5 - run.progress().value) / 0.5 / trials as f64;
    }
    // The mean of sin^2 / (kappa cos^2 + sin^2) over all angles is 1 / (1 + sqrt(kappa)); a term
    // has at most the variance of its mean, so these are four standard errors.
    let expected = 1.0 / (1.0 + kappa.sqrt());
    assert!((mean - expected).abs() < 4.0 * (expected / trials as f64).sqrt(), "{mean}");
}

#[test]
fn the_whole_space_all_rows_and_all_cases_are_newtons_method() {
    let f = synthetic(200, 8, 1, RegressionLoss::Logistic, 1e-4);
    let f: &dyn Supplies = &f;
    let settings = |text: &str| serde_json::from_str(text).unwrap();
    let start = |name: &str, text: &str| {
        named(name).unwrap().start(&settings(text), f, &[0.0; 8], tight()).unwrap()
    };
    let search = r#""line_search": "backtracking""#;
    for (one, other, tolerance) in [
        (("newton-damped", "{}".to_owned()), ("newton-subspace", "{}".to_owned()), 1e-10),
        (
            ("newton-damped", "{}".to_owned()),
            ("newton-sketch", r#"{"rows": 200}"#.to_owned()),
            1e-10,
        ),
        (
            ("newton-cg", format!("{{{search}}}")),
            ("newton-subsampled", format!(r#"{{{search}, "sample": 200}}"#)),
            0.0,
        ),
    ] {
        let (mut a, mut b) = (start(one.0, &one.1), start(other.0, &other.1));
        while a.step().is_none() {
            b.step();
            let off = distance(a.progress().x, b.progress().x);
            assert!(off <= tolerance, "{}: {off:e}", other.0);
        }
    }
}

#[test]
fn a_sketched_step_leaves_the_share_of_columns_to_rows() {
    // For a Gaussian sketch, the step scaled to the minimizer along it leaves n / m of the
    // distance to the minimum, on average and for large m and n; few signs a column are close.
    let n = 30;
    let f = synthetic(3000, n, 1, RegressionLoss::Squares, 0.0);
    let minimum = run("newton-damped", "{}", &f, &vec![0.0; n], tight()).value;
    for m in [60, 120, 240] {
        let trials = 12;
        let mut left = 0.0;
        for seed in 0..trials {
            let method = NewtonSketch { rows: Some(m), seed, ..NewtonSketch::default() };
            let mut run = Run::new(&f, method, &vec![0.0; n], tight()).unwrap();
            let before = run.progress().value - minimum;
            run.step();
            left += (run.progress().value - minimum) / before / trials as f64;
        }
        let expected = n as f64 / m as f64;
        assert!((left / expected - 1.0).abs() < 0.25, "m = {m}: {left} for {expected}");
    }
}

#[test]
fn the_newton_sketch_does_not_see_linear_changes_of_variables() {
    let (cases, n) = (400, 6);
    let mut random = Random::new(2);
    let x = Matrix::from_fn(cases, n, |_, _| random.normal());
    // Upper triangular, so that w = T z is easily solved for z.
    let t = Matrix::from_fn(n, n, |i, j| match i.cmp(&j) {
        std::cmp::Ordering::Less => random.normal(),
        std::cmp::Ordering::Equal => 10f64.powi(i as i32 - 3),
        std::cmp::Ordering::Greater => 0.0,
    });
    let mut xt = Matrix::zeros(cases, n);
    (0..n).for_each(|j| x.multiply(t.column(j), xt.column_mut(j)));
    let target: Vec<_> = (0..cases).map(|i| f64::from(x[(i, 0)] + random.normal() > 0.0)).collect();
    let names: Vec<String> = (0..n).map(|j| format!("x{j}")).collect();
    let [f, g] = [x, xt].map(|design| {
        let design = Design::dense(design, names.clone());
        Regression::new(design, target.clone(), RegressionLoss::Logistic, 0.0).unwrap()
    });
    let method = NewtonSketch { rows: Some(40), ..NewtonSketch::default() };
    let mut a = Run::new(&f, method.clone(), &vec![0.0; n], tight()).unwrap();
    let mut b = Run::new(&g, method, &vec![0.0; n], tight()).unwrap();
    for _ in 0..6 {
        a.step();
        b.step();
        let mut mapped = vec![0.0; n];
        t.multiply(b.progress().x, &mut mapped);
        let off = distance(a.progress().x, &mapped);
        assert!(off < 1e-8, "{off:e}");
    }
    assert!(a.progress().x.norm() > 0.1);
}

#[test]
fn indefinite_hessians() {
    // Far from the minimizer, where the Hessian has negative eigenvalues.
    let problem = ravine_problems::named("mgh:21,n=24").unwrap();
    let f: &dyn Supplies = &*problem.objective;
    let start: Vec<_> = (0..24).map(|i| if i % 2 == 0 { 0.2 } else { 1.5 }).collect();
    let mut hessian = Matrix::zeros(24, 24);
    f.as_hessian().unwrap().hessian(&start, &mut hessian).unwrap();
    let eigen = ravine::matrix::SymmetricEigen::new(&hessian).unwrap();
    assert!(eigen.values()[0] < -1.0);
    for (name, settings) in
        [("newton-nystrom", r#"{"rank": 2}"#), ("newton-subspace", r#"{"subspace": 12}"#)]
    {
        let outcome = run(name, settings, f, &start, Stopping::gradient(1e-8));
        assert!(outcome.status.converged(), "{name}: {}", outcome.status);
        assert!(outcome.value < 1e-10, "{name}: {}", outcome.value);
    }
}

/// Stops after every number of steps, through JSON, and goes on: the same points to the last bit.
fn check_resume<M>(method: &M, f: &Regression)
where
    M: Method<Regression> + Clone,
    M::State: Clone + serde::Serialize + serde::de::DeserializeOwned,
{
    let x0 = vec![0.0; f.dimension()];
    let stopping = || Stopping { iterations: Some(12), ..tight() };
    let start = || Run::new(f, method.clone(), &x0, stopping()).unwrap();
    let mut whole = start();
    let mut points = vec![x0.clone()];
    while whole.step().is_none() {
        points.push(whole.progress().x.clone());
    }
    assert!(points.len() > 3, "{}: too short to test", method.name());
    for cut in 0..points.len() {
        let mut run = start();
        (0..cut).for_each(|_| {
            run.step();
        });
        let text = serde_json::to_string(&run.checkpoint()).unwrap();
        let checkpoint = serde_json::from_str(&text).unwrap();
        let mut resumed = Run::resume(f, method.clone(), checkpoint, stopping()).unwrap();
        for expected in &points[cut + 1..] {
            resumed.step();
            assert_eq!(resumed.progress().x, expected, "{} cut at {cut}", method.name());
        }
        resumed.step();
        let (a, b) = (whole.outcome(), resumed.outcome());
        assert_eq!((a.status, a.x, a.value), (b.status, b.x, b.value), "{}", method.name());
        assert_eq!((a.iterations, a.evaluations), (b.iterations, b.evaluations));
    }
}

#[test]
fn a_resumed_run_gives_the_same_bits() {
    let f = synthetic(150, 24, 2, RegressionLoss::Logistic, 1e-7);
    // So few that approximations are made, and used at later points.
    check_resume(&NystromNewtonCg { rank: 2, ..NystromNewtonCg::default() }, &f);
    check_resume(&SubspaceNewton { subspace: Some(5), ..SubspaceNewton::default() }, &f);
    check_resume(&NewtonSketch::default(), &f);
    check_resume(&SubsampledNewton { sample: Some(40), ..SubsampledNewton::default() }, &f);
}

#[test]
fn seeds_are_what_differs_between_runs() {
    let f = synthetic(150, 24, 2, RegressionLoss::Logistic, 1e-7);
    for (name, setting) in [
        ("newton-nystrom", r#""rank": 2"#),
        ("newton-subspace", r#""subspace": 5"#),
        ("newton-sketch", r#""signs": 4"#),
        ("newton-subsampled", r#""sample": 40"#),
    ] {
        let after = |seed: u64| {
            let settings = format!(r#"{{{setting}, "seed": {seed}}}"#);
            let stopping = Stopping { iterations: Some(5), ..tight() };
            run(name, &settings, &f, &[0.0; 24], stopping).x
        };
        assert_eq!(after(1), after(1), "{name}");
        assert_ne!(after(1), after(2), "{name}");
    }
}

#[test]
fn small_problems_and_functions_that_are_not_finite() {
    // One variable, and one case only.
    let one = Design::dense(Matrix::from_rows(&[[2.0]]), vec!["x".into()]);
    let f = Regression::new(one, vec![3.0], RegressionLoss::Squares, 0.5).unwrap();
    // (2 w - 3)^2 + w^2 / 4 is least at 24 / 17.
    for name in NAMES {
        let outcome = run(name, "{}", &f, &[0.0], tight());
        assert!(outcome.status.converged(), "{name}: {}", outcome.status);
        assert!((outcome.x[0] - 24.0 / 17.0).abs() < 1e-9, "{name}: {}", outcome.x[0]);
    }
    // A Hessian of NaN: the gradient is what is left, and the run ends.
    let f = from_hessian(
        3,
        |x: &[f64], g: &mut [f64]| {
            (0..3).for_each(|i| g[i] = (i + 1) as f64 * x[i]);
            (0..3).map(|i| 0.5 * g[i] * x[i]).sum()
        },
        |_: &[f64], h: &mut Matrix| h.fill(f64::NAN),
    );
    for name in ["newton-nystrom", "newton-subspace"] {
        let outcome = run(name, "{}", &f, &[1.0, 1.0, 1.0], tight());
        assert!(outcome.value < 1e-3, "{name}: {outcome:?}");
    }
}

#[test]
fn what_is_wrong_is_named_before_any_work() {
    let f = synthetic(50, 4, 1, RegressionLoss::Logistic, 0.1);
    for (name, settings, argument) in [
        ("newton-nystrom", r#"{"forcing": 0.0}"#, "forcing"),
        ("newton-nystrom", r#"{"rank": 0}"#, "rank"),
        ("newton-nystrom", r#"{"largest_rank": 5}"#, "largest_rank"),
        ("newton-nystrom", r#"{"products": 0}"#, "products"),
        ("newton-subspace", r#"{"subspace": 0}"#, "subspace"),
        ("newton-sketch", r#"{"rows": 0}"#, "rows"),
        ("newton-sketch", r#"{"signs": 0}"#, "signs"),
        ("newton-sketch", r#"{"line_search": {"backtracking": {"decrease": 2}}}"#, "decrease"),
        ("newton-subsampled", r#"{"sample": 0}"#, "sample"),
        ("newton-subsampled", r#"{"forcing": 1.0}"#, "forcing"),
        ("newton-subsampled", r#"{"products": 0}"#, "products"),
        ("newton-subsampled", r#"{"samples": 3}"#, "settings"),
    ] {
        let settings = serde_json::from_str(settings).unwrap();
        let result = named(name).unwrap().start(&settings, &f, &[0.0; 4], tight());
        let Err(error) = result.map(|_| ()) else { panic!("{name} accepts {settings}") };
        let ravine::minimize::Error::Argument(error) = error else { panic!("{name}: {error}") };
        assert_eq!(error.argument(), argument, "{name}: {error}");
    }
    // An objective that is no sum, and has no root of its Hessian.
    let plain = ravine_problems::named("rosenbrock").unwrap().objective;
    for (name, lacks) in [
        ("newton-sketch", "square root of the Hessian"),
        ("newton-subsampled", "terms of a sum over cases"),
    ] {
        let settings = serde_json::Value::Null;
        let result = named(name).unwrap().start(&settings, &*plain, &[0.0; 2], tight());
        let error = result.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(lacks), "{error}");
    }
}
