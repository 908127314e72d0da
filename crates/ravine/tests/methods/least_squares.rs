//! Gauss-Newton, Levenberg-Marquardt and their hybrid, against published and independent numbers.

use ravine::autodiff::AutodiffResiduals;
use ravine::matrix::{Matrix, SparseMatrix};
use ravine::methods::{
    Acceleration, GaussNewton, HybridLeastSquares, LevenbergMarquardt, LossCurvature,
    NielsenLevenbergMarquardt, named,
};
use ravine::minimize::Method;
use ravine::minimize::{Checkpoint, Error, Outcome, Run, minimize};
use ravine::objective::{
    Evaluation, Gradient, Loss, Objective, Residuals, Supplies, check_derivatives, from_residuals,
    from_sparse_residuals,
};
use ravine::trust::ScaledRadius;
use ravine::{Bounds, Conditions, Status, Stopping, residuals, supplies};

fn geodesic() -> LevenbergMarquardt {
    let acceleration = Acceleration::Geodesic { ratio: 0.75 };
    LevenbergMarquardt { acceleration, ..LevenbergMarquardt::default() }
}

fn nielsen() -> NielsenLevenbergMarquardt {
    NielsenLevenbergMarquardt::default()
}

fn solve<O, M>(objective: &O, start: &[f64], method: M) -> Outcome<Vec<f64>>
where
    O: Residuals + ?Sized,
    M: Method<O>,
{
    minimize(objective, start.to_vec(), method).run().unwrap()
}

/// Numbers of the Statistical Reference Datasets of NIST: two starts and the certified values.
struct Reference {
    starts: [&'static [f64]; 2],
    parameters: &'static [f64],
    sum_of_squares: f64,
}

fn assert_certified<O: Residuals>(objective: &O, reference: &Reference, name: &str) {
    for start in reference.starts {
        let outcomes = [
            solve(objective, start, LevenbergMarquardt::default()),
            solve(objective, start, geodesic()),
            solve(objective, start, nielsen()),
            solve(objective, start, GaussNewton::default()),
        ];
        for outcome in outcomes {
            let name = format!("{name} by {} from {start:?}", outcome.method);
            let off = (outcome.value / reference.sum_of_squares - 1.0).abs();
            assert!(off < 1e-9, "{name}: {outcome:?}");
            for (x, certified) in outcome.x.iter().zip(reference.parameters) {
                assert!((x / certified - 1.0).abs() < 1e-6, "{name}: {x} for {certified}");
            }
            assert!(outcome.status.converged(), "{name}: {}", outcome.status);
        }
    }
}

#[test]
fn certified_values_of_misra1a() {
    const DATA: [(f64, f64); 14] = [
        (10.07, 77.6),
        (14.73, 114.9),
        (17.94, 141.1),
        (23.93, 190.8),
        (29.61, 239.9),
        (35.18, 289.0),
        (40.02, 332.8),
        (44.82, 378.4),
        (50.76, 434.8),
        (55.05, 477.3),
        (61.01, 536.8),
        (66.40, 593.1),
        (75.47, 689.1),
        (81.78, 760.0),
    ];
    let misra = residuals!(2, 14, |b, r| {
        for (r, &(y, x)) in r.iter_mut().zip(&DATA) {
            *r = b[0] * (1.0 - (-b[1] * x).exp()) - y;
        }
    });
    let reference = Reference {
        starts: [&[500.0, 1e-4], &[250.0, 5e-4]],
        parameters: &[2.3894212918e2, 5.5015643181e-4],
        sum_of_squares: 1.2455138894e-1,
    };
    assert_certified(&misra, &reference, "Misra1a");
}

#[test]
fn certified_values_of_box_bod() {
    const DATA: [(f64, f64); 6] =
        [(109.0, 1.0), (149.0, 2.0), (149.0, 3.0), (191.0, 5.0), (213.0, 7.0), (224.0, 10.0)];
    let bod = residuals!(2, 6, |b, r| {
        for (r, &(y, x)) in r.iter_mut().zip(&DATA) {
            *r = b[0] * (1.0 - (-b[1] * x).exp()) - y;
        }
    });
    let reference = Reference {
        // The first start of the collection, (1, 1), leads every method here to a plateau.
        starts: [&[150.0, 1.0], &[100.0, 0.75]],
        parameters: &[2.1380940889e2, 5.4723748542e-1],
        sum_of_squares: 1.1680088766e3,
    };
    assert_certified(&bod, &reference, "BoxBOD");
}

#[test]
fn certified_values_of_rat42() {
    const DATA: [(f64, f64); 9] = [
        (8.93, 9.0),
        (10.8, 14.0),
        (18.59, 21.0),
        (22.33, 28.0),
        (39.35, 42.0),
        (56.11, 57.0),
        (61.73, 63.0),
        (64.62, 70.0),
        (67.08, 79.0),
    ];
    let growth = residuals!(3, 9, |b, r| {
        for (r, &(y, x)) in r.iter_mut().zip(&DATA) {
            *r = b[0] / (1.0 + (b[1] - b[2] * x).exp()) - y;
        }
    });
    let reference = Reference {
        starts: [&[100.0, 1.0, 0.1], &[75.0, 2.5, 0.07]],
        parameters: &[7.2462237576e1, 2.6180768402, 6.7359200066e-2],
        sum_of_squares: 8.0565229338,
    };
    assert_certified(&growth, &reference, "Rat42");
}

#[test]
fn certified_values_of_dan_wood() {
    const DATA: [(f64, f64); 6] = [
        (2.138, 1.309),
        (3.421, 1.471),
        (3.597, 1.490),
        (4.340, 1.565),
        (4.882, 1.611),
        (5.660, 1.680),
    ];
    let power = residuals!(2, 6, |b, r| {
        for (r, &(y, x)) in r.iter_mut().zip(&DATA) {
            *r = b[0] * R::from(x).pow(b[1]) - y;
        }
    });
    let reference = Reference {
        starts: [&[1.0, 5.0], &[0.7, 4.0]],
        parameters: &[7.6886226176e-1, 3.8604055871],
        sum_of_squares: 4.3173084083e-3,
    };
    assert_certified(&power, &reference, "DanWood");
}

/// An exponential decay with three outliers. SciPy 1.17.1, `least_squares` with `f_scale=0.1` and
/// tolerances of 1e-15, gives the minima below; its cost is half our value.
#[test]
fn robust_losses_find_the_minima_of_scipy() {
    const Y: [f64; 12] =
        [3.22, 2.284, 5.7, 1.29, 0.92, 0.721, 0.597, -2.051, 0.342, 0.349, 3.301, 0.244];
    let decay = |x: &[f64], r: &mut [f64]| {
        for (i, r) in r.iter_mut().enumerate() {
            *r = x[0] * (-x[1] * 0.5 * i as f64).exp() + x[2] - Y[i];
        }
    };
    let jacobian = |x: &[f64], j: &mut Matrix| {
        for i in 0..12 {
            let t = 0.5 * i as f64;
            let e = (-x[1] * t).exp();
            (j[(i, 0)], j[(i, 1)], j[(i, 2)]) = (e, -x[0] * t * e, 1.0);
        }
    };
    let cases = [
        (Loss::Squares, [3.65606154, 0.57065868, 0.22238125], 29.226278090313876),
        (Loss::Huber(0.1), [3.03216902, 0.68553940, 0.18784528], 1.8805527430576388),
        (Loss::SoftL1(0.1), [3.03561068, 0.68414062, 0.18694093], 1.8511629252175588),
        (Loss::Cauchy(0.1), [3.01503172, 0.69387965, 0.19018397], 0.2125242598557732),
    ];
    for (loss, minimizer, minimum) in cases {
        let f = from_residuals(3, 12, decay, jacobian).with_loss(loss).unwrap();
        for loss_curvature in [LossCurvature::Second, LossCurvature::Weighted] {
            let lm = LevenbergMarquardt { loss_curvature, ..LevenbergMarquardt::default() };
            let outcomes = [
                solve(&f, &[1.0, 1.0, 0.0], lm),
                solve(
                    &f,
                    &[1.0, 1.0, 0.0],
                    NielsenLevenbergMarquardt { loss_curvature, ..nielsen() },
                ),
                solve(
                    &f,
                    &[3.0, 0.6, 0.2],
                    GaussNewton { loss_curvature, ..GaussNewton::default() },
                ),
            ];
            for outcome in outcomes {
                let what = format!("{loss:?} {loss_curvature:?} {outcome:?}");
                assert!((outcome.value / minimum - 1.0).abs() < 1e-9, "{what}");
                for (x, e) in outcome.x.iter().zip(minimizer) {
                    assert!((x - e).abs() < 1e-6, "{what}");
                }
                assert!(outcome.status.converged(), "{what}");
            }
        }
    }
}

#[test]
fn second_derivatives_of_the_loss_save_iterations() {
    const Y: [f64; 5] = [1.0, 1.3, 0.9, 1.1, 40.0];
    let f = residuals!(1, 5, |x, r| {
        for (i, r) in r.iter_mut().enumerate() {
            *r = (x[0] * (0.1 * (1 + i) as f64)).exp() - Y[i];
        }
    });
    let f = f.with_loss(Loss::Cauchy(1.0)).unwrap();
    let run = |loss_curvature| {
        let lm = LevenbergMarquardt { loss_curvature, ..LevenbergMarquardt::default() };
        solve(&f, &[1.0], lm)
    };
    let (second, weighted) = (run(LossCurvature::Second), run(LossCurvature::Weighted));
    assert!((second.value - weighted.value).abs() < 1e-8 * second.value);
    assert!(second.iterations < weighted.iterations, "{second:?} {weighted:?}");
}

/// A root of three equations at (1, -2, 3), from nearby.
fn equations() -> AutodiffResiduals<impl ravine::autodiff::ResidualFunction> {
    residuals!(3, |x| [
        x[0] * x[1] + 2.0,
        x[1].exp() - (-2.0f64).exp() + x[0] - 1.0,
        x[2] * x[2] - 9.0 + (x[0] - 1.0) * x[2]
    ])
}

#[test]
fn convergence_is_quadratic_at_a_root() {
    let f = equations();
    for quiet in [false, true] {
        let mut distances = Vec::new();
        let stopping = Stopping { decrease: None, ..Stopping::gradient(1e-13) };
        let far = |x: &[f64]| {
            x.iter().zip([1.0, -2.0, 3.0]).map(|(x, e)| (x - e).abs()).fold(0.0, f64::max)
        };
        let start = vec![1.2, -1.8, 3.3];
        let record = |progress: &ravine::minimize::Progress<'_, Vec<f64>>| {
            distances.push(far(progress.x));
            std::ops::ControlFlow::Continue(())
        };
        if quiet {
            minimize(&f, start, GaussNewton::default()).stopping(stopping).observe(record).run()
        } else {
            minimize(&f, start, LevenbergMarquardt::default())
                .stopping(stopping)
                .observe(record)
                .run()
        }
        .unwrap();
        // e_{k+1} <= C e_k^2 down to rounding.
        for pair in distances.windows(2).filter(|pair| pair[0] < 0.1) {
            assert!(pair[1] <= 3.0 * pair[0] * pair[0] + 1e-14, "{distances:?}");
        }
        assert!(distances.len() <= 8 && distances[distances.len() - 1] < 1e-14, "{distances:?}");
    }
}

#[test]
fn linear_least_squares_take_one_step_for_any_rank_and_shape() {
    for (m, n, rank) in [(8, 3, 3), (8, 4, 2), (3, 6, 3), (5, 5, 1)] {
        let a = Matrix::from_fn(m, n, |i, j| {
            (0..rank)
                .map(|k| ((3 * i + k + 1) as f64).sin() * ((j * (k + 2) + 1) as f64).cos())
                .sum()
        });
        let b: Vec<f64> = (0..m).map(|i| (i as f64 * 1.3).cos()).collect();
        let f = from_residuals(
            n,
            m,
            |x: &[f64], r: &mut [f64]| {
                a.multiply(x, r);
                r.iter_mut().zip(&b).for_each(|(r, b)| *r -= b);
            },
            |_: &[f64], j: &mut Matrix| j.entries_mut().copy_from_slice(a.entries()),
        );
        let start = vec![1.0; n];
        let outcomes = [
            solve(&f, &start, LevenbergMarquardt::default()),
            solve(&f, &start, GaussNewton::default()),
        ];
        for outcome in outcomes {
            let what = format!("{m} by {n} of rank {rank} by {}", outcome.method);
            assert_eq!(outcome.iterations, 1, "{what} {outcome:?}");
            assert!(outcome.status.converged() && outcome.gradient_norm < 1e-12, "{what}");
        }
    }
}

#[test]
fn levenberg_marquardt_does_not_depend_on_the_units_of_the_variables() {
    let plain = equations();
    // Powers of two: the scaled run rounds exactly like the plain one.
    const UNITS: [f64; 3] = [1024.0, 1.0 / 65536.0, 8.0];
    let scaled = residuals!(3, 3, |y, r| {
        let x = [y[0] * UNITS[0], y[1] * UNITS[1], y[2] * UNITS[2]];
        r[0] = x[0] * x[1] + 2.0;
        r[1] = x[1].exp() - (-2.0f64).exp() + x[0] - 1.0;
        r[2] = x[2] * x[2] - 9.0 + (x[0] - 1.0) * x[2];
    });
    let start = [4.0, 1.0, -2.0];
    let start_scaled: Vec<f64> = start.iter().zip(UNITS).map(|(x, u)| x / u).collect();
    let stopping = Stopping { iterations: Some(6), ..Stopping::gradient(0.0) };
    let six = |f: &dyn Residuals, start: &[f64]| {
        let run = |method: LevenbergMarquardt| {
            minimize(f, start.to_vec(), method).stopping(stopping.clone()).run().unwrap()
        };
        let damped = minimize(f, start.to_vec(), nielsen()).stopping(stopping.clone());
        [run(LevenbergMarquardt::default()), run(geodesic()), damped.run().unwrap()]
    };
    for (one, other) in six(&plain, &start).into_iter().zip(six(&scaled, &start_scaled)) {
        for ((x, y), u) in one.x.iter().zip(&other.x).zip(UNITS) {
            assert_eq!(*x, y * u);
        }
        assert_eq!(one.value, other.value);
        assert_eq!(one.evaluations, other.evaluations);
    }
}

#[test]
fn the_hybrid_overtakes_where_residuals_stay_large() {
    // Brown and Dennis: the minimum is 85822.2.
    let f = residuals!(4, 20, |x, r| {
        for (i, r) in r.iter_mut().enumerate() {
            let t = (i + 1) as f64 / 5.0;
            *r = (x[0] + x[1] * t - t.exp()).powi(2) + (x[2] + x[3] * t.sin() - t.cos()).powi(2);
        }
    });
    let start = [25.0, 5.0, -5.0, -1.0];
    let lm = solve(&f, &start, LevenbergMarquardt::default());
    let hybrid = minimize(&f, start.to_vec(), HybridLeastSquares::default()).run().unwrap();
    assert!((hybrid.value - 85822.20162635633).abs() < 1e-6 * hybrid.value);
    assert!(lm.status.converged() && hybrid.status.converged());
    assert!(hybrid.evaluations.hessian > 0);
    let total = hybrid.evaluations.gradient + hybrid.evaluations.hessian;
    assert!(2 * total < lm.evaluations.gradient, "{hybrid:?} {lm:?}");
}

/// Runs half, goes through JSON, runs on; the end must have the same bits.
fn assert_resumes<M>(method: M, start: &[f64])
where
    M: Method<AutodiffResiduals<Valley>> + Clone,
    M::State: Clone + serde::Serialize + serde::de::DeserializeOwned,
{
    let f = AutodiffResiduals::new(Valley);
    let stopping = Stopping::default();
    let start = start.to_vec();
    let mut whole = Run::new(&f, method.clone(), &start, stopping.clone()).unwrap();
    while whole.step().is_none() {}
    let whole = whole.outcome();
    for half in [1, 3, whole.iterations / 2, whole.iterations - 1] {
        let mut run = Run::new(&f, method.clone(), &start, stopping.clone()).unwrap();
        for _ in 0..half {
            run.step();
        }
        let json = serde_json::to_string(&run.checkpoint()).unwrap();
        let checkpoint: Checkpoint<M::State, Vec<f64>> = serde_json::from_str(&json).unwrap();
        let mut run = Run::resume(&f, method.clone(), checkpoint, stopping.clone()).unwrap();
        while run.step().is_none() {}
        let resumed = run.outcome();
        assert_eq!(resumed.x, whole.x, "{} after {half}", whole.method);
        assert_eq!(resumed.evaluations, whole.evaluations);
        assert_eq!(resumed.status, whole.status);
    }
}

/// Rosenbrock's valley beside one more residual that does not vanish.
struct Valley;

impl ravine::autodiff::ResidualFunction for Valley {
    fn dimension(&self) -> usize {
        2
    }

    fn residual_count(&self) -> usize {
        3
    }

    fn evaluate<R: ravine::autodiff::Real>(&self, x: &[R], r: &mut [R])
    where
        f64: ravine::autodiff::LeftOperand<R>,
    {
        r.copy_from_slice(&[10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0], 3.0 + (x[0] * x[1]).sin()]);
    }
}

#[test]
fn a_resumed_run_ends_at_the_same_bits() {
    let start = [-1.2, 1.0];
    assert_resumes(LevenbergMarquardt::default(), &start);
    assert_resumes(geodesic(), &start);
    assert_resumes(nielsen(), &start);
    assert_resumes(GaussNewton::default(), &start);
    assert_resumes(HybridLeastSquares::default(), &start);
}

#[test]
fn points_where_residuals_are_not_defined_are_stepped_back_from() {
    // ln(x) is undefined where the first full step lands.
    let f = residuals!(1, |x| [x[0].ln()]);
    let outcomes = [
        solve(&f, &[5.0], LevenbergMarquardt::default()),
        solve(&f, &[5.0], geodesic()),
        solve(&f, &[5.0], nielsen()),
        solve(&f, &[5.0], GaussNewton::default()),
    ];
    for outcome in outcomes {
        assert!(outcome.status.converged(), "{outcome:?}");
        assert!((outcome.x[0] - 1.0).abs() < 1e-7);
    }
}

#[test]
fn a_minimizer_known_to_rounding_is_no_failure() {
    let f = Valley;
    let f = AutodiffResiduals::new(f);
    let sharp = Stopping::gradient(1e-300);
    let radius = minimize(&f, vec![-1.2, 1.0], LevenbergMarquardt::default());
    let damping = minimize(&f, vec![-1.2, 1.0], nielsen());
    for outcome in [
        radius.stopping(sharp.clone()).run().unwrap(),
        damping.stopping(sharp.clone()).run().unwrap(),
    ] {
        assert_eq!(outcome.status, Status::PrecisionLimit, "{outcome:?}");
        assert!(outcome.gradient_norm < 1e-6);
    }
    let outcome =
        minimize(&f, vec![-1.2, 1.0], GaussNewton::default()).stopping(sharp).run().unwrap();
    assert_eq!(outcome.status, Status::PrecisionLimit, "{outcome:?}");
}

#[test]
fn bad_settings_are_named() {
    let f = equations();
    let refused =
        |method: LevenbergMarquardt| match Run::new(&f, method, &vec![1.0; 3], Stopping::default())
        {
            Err(Error::Argument(error)) => error.argument().to_owned(),
            other => panic!("not refused: {:?}", other.err()),
        };
    let lm = LevenbergMarquardt::default();
    let trust = ScaledRadius { factor: 0.0, ..ScaledRadius::default() };
    assert_eq!(refused(LevenbergMarquardt { trust, ..lm.clone() }), "factor");
    let trust = ScaledRadius { accept: 0.3, ..ScaledRadius::default() };
    assert_eq!(refused(LevenbergMarquardt { trust, ..lm.clone() }), "accept");
    let acceleration = Acceleration::Geodesic { ratio: f64::NAN };
    assert_eq!(refused(LevenbergMarquardt { acceleration, ..lm }), "ratio");
    let gn = GaussNewton { least_step: 1.0, ..GaussNewton::default() };
    assert!(Run::new(&f, gn, &vec![1.0; 3], Stopping::default()).is_err());
    let hybrid = HybridLeastSquares { patience: 0, ..HybridLeastSquares::default() };
    assert!(Run::new(&f, hybrid, &vec![1.0; 3], Stopping::default()).is_err());
}

/// Broyden's tridiagonal system with a sparse Jacobian, or the same one filled.
fn broyden(n: usize) -> impl Residuals + Supplies {
    let mut pattern = Vec::new();
    for i in 0..n {
        pattern.extend((i.saturating_sub(1)..(i + 2).min(n)).map(|j| (i, j, 1.0)));
    }
    from_sparse_residuals(
        SparseMatrix::from_triplets(n, n, &pattern),
        move |x: &[f64], r: &mut [f64]| {
            for i in 0..n {
                let left = if i > 0 { x[i - 1] } else { 0.0 };
                let right = if i + 1 < n { x[i + 1] } else { 0.0 };
                r[i] = (3.0 - 2.0 * x[i]) * x[i] - left - 2.0 * right + 1.0;
            }
        },
        move |x: &[f64], jacobian: &mut SparseMatrix| {
            let rows = jacobian.row_indices().to_vec();
            for j in 0..n {
                let column = jacobian.column_starts()[j]..jacobian.column_starts()[j + 1];
                for place in column {
                    jacobian.values_mut()[place] = match rows[place] as isize - j as isize {
                        0 => 3.0 - 4.0 * x[j],
                        1 => -1.0,
                        _ => -2.0,
                    };
                }
            }
        },
    )
}

/// The same residuals, which do not say that their Jacobian is sparse.
struct Filled<R>(R);

impl<R: Residuals> Objective for Filled<R> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.0.value(x)
    }
}

impl<R: Residuals> Gradient for Filled<R> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        self.0.value_and_gradient(x, gradient)
    }
}

impl<R: Residuals> Residuals for Filled<R> {
    fn residual_count(&self) -> usize {
        self.0.residual_count()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.0.residuals(x, residuals)
    }

    fn residuals_and_jacobian(&self, x: &[f64], r: &mut [f64], j: &mut Matrix) -> Evaluation {
        self.0.residuals_and_jacobian(x, r, j)
    }

    fn loss(&self) -> Loss {
        self.0.loss()
    }
}

impl<R: Residuals> Supplies for Filled<R> {
    supplies!(gradient, residuals);
}

fn path(f: &dyn Supplies, method: &str, start: &[f64]) -> (Vec<Vec<f64>>, Outcome<Vec<f64>>) {
    let entry = named(method).unwrap();
    let mut run = entry.start(&serde_json::Value::Null, f, start, Conditions::default()).unwrap();
    let mut path = vec![start.to_vec()];
    while run.step().is_none() {
        path.push(run.progress().x.to_vec());
    }
    (path, run.outcome())
}

#[test]
fn a_sparse_jacobian_gives_the_steps_of_the_dense_one() {
    let n = 40;
    assert!(check_derivatives(&broyden(n), &vec![-0.7; n]).unwrap().passed());
    for method in ["lm", "lm-nielsen", "lm-geodesic", "gauss-newton"] {
        for start in [-1.0, -0.3] {
            let start = vec![start; n];
            let (sparse, end) = path(&broyden(n), method, &start);
            let (dense, expected) = path(&Filled(broyden(n)), method, &start);
            assert!(end.status.converged() && end.value < 1e-20, "{method}: {end:?}");
            assert_eq!(sparse.len(), dense.len(), "{method}");
            assert_eq!(end.evaluations, expected.evaluations, "{method}");
            for (sparse, dense) in sparse.iter().zip(&dense) {
                let gap = sparse.iter().zip(dense).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(gap < 1e-8, "{method}: {gap:e}");
            }
        }
    }
}

#[test]
fn a_large_sparse_system_takes_no_dense_matrix() {
    // Dense, the Jacobian alone would take 80 GB.
    let n = 100_000;
    let outcome =
        minimize(&broyden(n), vec![-1.0; n], LevenbergMarquardt::default()).run().unwrap();
    assert!(
        outcome.status.converged() && outcome.value < 1e-12,
        "{} {}",
        outcome.status,
        outcome.value
    );
    assert!(outcome.iterations < 12);
}

#[test]
fn sparse_residuals_of_deficient_rank_with_losses_and_within_bounds() {
    // x0 x1 = 2 twice, and x2 nowhere: a curve of minimizers.
    let pattern = [(0, 0, 1.0), (0, 1, 1.0), (1, 0, 1.0), (1, 1, 1.0)];
    let f = from_sparse_residuals(
        SparseMatrix::from_triplets(2, 3, &pattern),
        |x: &[f64], r: &mut [f64]| r.fill(x[0] * x[1] - 2.0),
        |x: &[f64], j: &mut SparseMatrix| {
            j.values_mut().copy_from_slice(&[x[1], x[1], x[0], x[0]]);
        },
    );
    for method in ["lm", "lm-nielsen", "gauss-newton"] {
        let (_, end) = path(&f, method, &[1.0, 1.0, 5.0]);
        assert!(end.status.converged() && end.value < 1e-18, "{method}: {end:?}");
        assert_eq!(end.x[2], 5.0, "{method}");
        // The shortest steps keep both alike.
        assert!((end.x[0] - 2f64.sqrt()).abs() < 1e-6, "{method}: {end:?}");
    }
    // An outlier that a loss leaves alone.
    let n = 20;
    let line = |loss: Loss| {
        let pattern: Vec<_> = (0..n).flat_map(|i| [(i, 0, 1.0), (i, 1, 1.0)]).collect();
        from_sparse_residuals(
            SparseMatrix::from_triplets(n, 2, &pattern),
            move |x: &[f64], r: &mut [f64]| {
                for (i, r) in r.iter_mut().enumerate() {
                    let far = if i == 7 { 50.0 } else { 0.0 };
                    *r = x[0] + x[1] * i as f64 - 1.0 - 0.5 * i as f64 - far;
                }
            },
            move |_: &[f64], j: &mut SparseMatrix| {
                for i in 0..n {
                    j.values_mut()[i] = 1.0;
                    j.values_mut()[n + i] = i as f64;
                }
            },
        )
        .with_loss(loss)
        .unwrap()
    };
    for loss in [Loss::Huber(0.1), Loss::SoftL1(0.1), Loss::Cauchy(0.1)] {
        let (_, sparse) = path(&line(loss), "lm", &[0.0, 0.0]);
        let (_, dense) = path(&Filled(line(loss)), "lm", &[0.0, 0.0]);
        let gap = sparse.x.iter().zip(&dense.x).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(sparse.status.converged() && gap < 1e-7, "{loss:?}: {sparse:?}");
        assert!((sparse.x[1] - 0.5).abs() < 0.02, "{loss:?}: {sparse:?}");
    }
    // Half of the variables of the system held away from their solution: SciPy's value, twice its cost.
    let n = 50;
    let lower = (0..n).map(|i| if i < n / 2 { -0.6 } else { f64::NEG_INFINITY }).collect();
    let upper = (0..n).map(|i| if i < n / 2 { f64::INFINITY } else { -0.68 }).collect();
    let bounds = Bounds::new(lower, upper).unwrap();
    let conditions = || Conditions::default().within(bounds.clone());
    let (f, start) = (broyden(n), vec![-1.0; n]);
    let projected = named("gauss-newton/projected/radius").unwrap();
    let mut run = projected.start(&serde_json::Value::Null, &f, &start, conditions()).unwrap();
    while run.step().is_none() {}
    let found = run.outcome();
    assert!((found.value - 3.520_084_454_238_3).abs() < 1e-8, "{found:?}");
    let mut run =
        named("lm").unwrap().start(&serde_json::Value::Null, &f, &start, conditions()).unwrap();
    while run.step().is_none() {}
    let Status::Failed(message) = run.outcome().status else { panic!("a dense matrix was made") };
    assert!(message.contains("gauss-newton/projected/radius"), "{message}");
}

/// A step that is taken has its residuals from the trial: each point is evaluated once, and its Jacobian once.
#[test]
fn residuals_of_a_trial_are_not_evaluated_again() {
    let calls = std::cell::RefCell::new((Vec::<Vec<f64>>::new(), 0));
    let f = from_residuals(
        2,
        2,
        |x: &[f64], r: &mut [f64]| {
            calls.borrow_mut().0.push(x.to_vec());
            r.copy_from_slice(&[10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]);
        },
        |x: &[f64], j: &mut Matrix| {
            calls.borrow_mut().1 += 1;
            j.entries_mut().copy_from_slice(&[-20.0 * x[0], -1.0, 10.0, 0.0]);
        },
    );
    let outcome = solve(&f, &[-1.2, 1.0], LevenbergMarquardt::default());
    assert!(outcome.status.converged());
    let (points, jacobians) = calls.into_inner();
    assert_eq!(outcome.evaluations.value, points.len() as u64);
    assert_eq!(outcome.evaluations.gradient, jacobians);
    assert!(points.windows(2).all(|pair| pair[0] != pair[1]));
}
