//! The first-order methods against hand-computed steps and closed forms on quadratics.

use ravine::Stopping;
use ravine::line_search::{Exact, LineSearch};
use ravine::methods::{
    AdaGrad, Adam, AdamW, BarzilaiBorwein, Formula, GradientDescent, Momentum, Nesterov, Restart,
    RmsProp, Schedule, SteepestDescent,
};
use ravine::minimize::Method;
use ravine::minimize::Run;
use ravine::objective::{WithGradient, from_gradient};

/// `x'Ax / 2` with a diagonal A.
fn quadratic(diagonal: Vec<f64>) -> WithGradient<impl Fn(&[f64], &mut [f64]) -> f64> {
    from_gradient(diagonal.len(), move |x: &[f64], g: &mut [f64]| {
        let mut value = 0.0;
        for i in 0..x.len() {
            g[i] = diagonal[i] * x[i];
            value += 0.5 * g[i] * x[i];
        }
        value
    })
}

/// The points of the first iterations, the start included.
fn path<F, M>(f: &WithGradient<F>, method: M, start: &[f64], steps: usize) -> Vec<Vec<f64>>
where
    F: Fn(&[f64], &mut [f64]) -> f64,
    M: Method<WithGradient<F>>,
{
    let mut run = Run::new(f, method, &start.to_vec(), Stopping::gradient(0.0)).unwrap();
    let mut points = vec![start.to_vec()];
    for _ in 0..steps {
        assert_eq!(run.step(), None);
        points.push(run.progress().x.clone());
    }
    points
}

fn assert_close(actual: &[f64], expected: &[f64], tolerance: f64) {
    for (a, e) in actual.iter().zip(expected) {
        assert!((a - e).abs() <= tolerance * e.abs(), "{actual:?} against {expected:?}");
    }
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

#[test]
fn hand_computed_steps() {
    // f = 2 x^2 + y^2 / 2 from (1, -2): gradients (4, -2).
    let f = quadratic(vec![4.0, 1.0]);
    let start = [1.0, -2.0];
    let gd = path(&f, GradientDescent { step: 0.1 }, &start, 2);
    assert_close(&gd[2], &[0.36, -1.62], 1e-15);

    // v = (4, -2), x = (0.6, -1.8); v = 0.5 (4, -2) + (2.4, -1.8), x = x - 0.1 v.
    let momentum = path(&f, Momentum { step: 0.1, momentum: 0.5 }, &start, 2);
    assert_close(&momentum[2], &[0.16, -1.52], 1e-15);

    // x_1 = (0.6, -1.8), y_1 = x_1 + 0.5 (x_1 - x_0) = (0.4, -1.7);
    // x_2 = y_1 - 0.1 (1.6, -1.7) = (0.24, -1.53), y_2 = x_2 + 0.5 (x_2 - x_1).
    let constant =
        Nesterov { step: 0.1, schedule: Schedule::Constant(0.5), restart: Restart::Never };
    let nesterov = path(&f, constant, &start, 2);
    assert_close(&nesterov[1], &[0.4, -1.7], 1e-15);
    assert_close(&nesterov[2], &[0.06, -1.395], 1e-14);

    // s = (16, 4): x = (1, -2) - 0.1 (4/4, -2/2) = (0.9, -1.9); g = (3.6, -1.9),
    // s = (28.96, 7.61).
    let adagrad = path(&f, AdaGrad { step: 0.1, epsilon: 1e-10 }, &start, 2);
    let expected = [0.9 - 0.36 / 28.96f64.sqrt(), -1.9 + 0.19 / 7.61f64.sqrt()];
    assert_close(&adagrad[1], &[0.9, -1.9], 1e-10);
    assert_close(&adagrad[2], &expected, 1e-10);

    // s = 0.1 (16, 4): x = (1, -2) - 0.1 (4 / sqrt(1.6), -2 / sqrt(0.4)), both 1 / sqrt(0.1).
    let rms = RmsProp { step: 0.1, decay: 0.9, epsilon: 1e-12 };
    let rms = path(&f, rms, &start, 2);
    let first = [1.0 - 0.1 / 0.1f64.sqrt(), -2.0 + 0.1 / 0.1f64.sqrt()];
    assert_close(&rms[1], &first, 1e-11);
    let g = [4.0 * first[0], first[1]];
    let s = [0.9 * 1.6 + 0.1 * g[0] * g[0], 0.9 * 0.4 + 0.1 * g[1] * g[1]];
    let second = [first[0] - 0.1 * g[0] / s[0].sqrt(), first[1] - 0.1 * g[1] / s[1].sqrt()];
    assert_close(&rms[2], &second, 1e-10);

    // After the bias correction the first step is `step` in every entry; then
    // m = 0.9 0.1 g0 + 0.1 g1 over 1 - 0.81, v = 0.99 0.01 g0^2 + 0.01 g1^2 over 1 - 0.9801.
    let adam = Adam { step: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-3 };
    let adam = path(&f, adam, &start, 2);
    let first = [1.0 - 0.4 / (4.0 + 1e-3), -2.0 + 0.2 / (2.0 + 1e-3)];
    assert_close(&adam[1], &first, 1e-14);
    let second: Vec<f64> = (0..2)
        .map(|i| {
            let (g0, g1) = ([4.0, -2.0][i], [4.0, 1.0][i] * first[i]);
            let m = (0.09 * g0 + 0.1 * g1) / 0.19;
            let v: f64 = (0.0099 * g0 * g0 + 0.01 * g1 * g1) / 0.0199;
            first[i] - 0.1 * m / (v.sqrt() + 1e-3)
        })
        .collect();
    assert_close(&adam[2], &second, 1e-14);

    // The decay comes off the point, not into the averages.
    let adamw = AdamW { step: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-3, decay: 0.5 };
    let adamw = path(&f, adamw, &start, 1);
    let expected = [0.95 - 0.4 / (4.0 + 1e-3), -1.9 + 0.2 / (2.0 + 1e-3)];
    assert_close(&adamw[1], &expected, 1e-14);
}

#[test]
fn adam_without_decay_is_adamw_without_decay() {
    let f = quadratic(vec![30.0, 2.0, 1.0]);
    let start = [1.0, 2.0, -3.0];
    let adam = path(&f, Adam { step: 0.05, ..Adam::default() }, &start, 50);
    let adamw = AdamW { step: 0.05, decay: 0.0, ..AdamW::default() };
    assert_eq!(adam, path(&f, adamw, &start, 50));
}

#[test]
fn adamw_settles_where_step_and_decay_balance() {
    // For f = (x - 1)^2 / 2 a fixed point needs g / |g| = -decay x: with Adam's normalized step
    // x = 1 cannot stay, the decay pulls it towards zero.
    let f = from_gradient(1, |x: &[f64], g: &mut [f64]| {
        g[0] = x[0] - 1.0;
        g[0] * g[0] / 2.0
    });
    let decay = 0.1;
    let method = AdamW { step: 1e-2, decay, beta2: 0.9, epsilon: 1.0, ..AdamW::default() };
    let x = path(&f, method, &[2.0], 2500)[2500][0];
    // With epsilon 1 and d = 1 - x: d / (d + 1) = decay x.
    let d = 1.0 - x;
    assert!((d / (d + 1.0) - decay * x).abs() < 1e-6 && d > 0.05, "{d}");
}

#[test]
fn gradient_descent_contracts_by_the_condition_number() {
    let kappa = 50.0;
    let f = quadratic(vec![kappa, 7.0, 1.0]);
    let points = path(&f, GradientDescent { step: 2.0 / (kappa + 1.0) }, &[1.0, 1.0, 1.0], 200);
    let rate = (kappa - 1.0) / (kappa + 1.0);
    for pair in points.windows(2) {
        assert!(norm(&pair[1]) <= rate * norm(&pair[0]) * (1.0 + 1e-12));
    }
    let last = norm(&points[200]) / norm(&points[199]);
    assert!((last - rate).abs() < 1e-10, "the worst case is reached: {last} against {rate}");
}

#[test]
fn heavy_ball_at_its_best_rate() {
    let kappa: f64 = 400.0;
    let f = quadratic(vec![kappa, 20.0, 1.0]);
    let root = kappa.sqrt();
    let rate = (root - 1.0) / (root + 1.0);
    let method = Momentum { step: 4.0 / (root + 1.0).powi(2), momentum: rate * rate };
    let points = path(&f, method, &[1.0, 1.0, 1.0], 300);
    // At the best parameters the error is (a + b k) rate^k: the double root adds the factor k.
    let measured = (norm(&points[300]) / norm(&points[100])).powf(1.0 / 200.0);
    assert!(measured < rate * 1.01 && measured > 0.99 * rate, "{measured} against {rate}");
    let gd = (kappa - 1.0) / (kappa + 1.0);
    assert!(measured < gd.powi(10), "twenty times fewer iterations than gradient descent");
}

#[test]
fn nesterov_keeps_its_bounds() {
    // The convex schedule on a quadratic with eigenvalues from 1 down to 1e-6.
    let diagonal: Vec<f64> = (0..40).map(|i| 10f64.powf(-6.0 * f64::from(i) / 39.0)).collect();
    let f = quadratic(diagonal.clone());
    let start = vec![1.0; 40];
    let method = Nesterov { step: 1.0, schedule: Schedule::Convex, restart: Restart::Never };
    let mut run = Run::new(&f, method, &start, Stopping::gradient(0.0)).unwrap();
    let value = |x: &[f64]| x.iter().zip(&diagonal).map(|(x, d)| d * x * x / 2.0).sum::<f64>();
    let mut tight = 0.0f64;
    for k in 1..=1000u32 {
        assert!(run.step().is_none());
        let bound = 2.0 * 40.0 / f64::from((k + 1) * (k + 1));
        let gap = value(run.state().x());
        assert!(gap <= bound, "iteration {k}: {gap} above {bound}");
        tight = tight.max(gap / bound);
    }
    assert!(tight > 0.05, "the bound is not far off: {tight}");

    // The constant momentum for strong convexity: 1 - sqrt(1 / kappa) in the value.
    let kappa: f64 = 1e4;
    let f = quadratic(vec![kappa, 30.0, 1.0]);
    let q = kappa.sqrt().recip();
    let schedule = Schedule::Constant((1.0 - q) / (1.0 + q));
    let method = Nesterov { step: 1.0 / kappa, schedule, restart: Restart::Never };
    let points = path(&f, method, &[1.0; 3], 2000);
    let measured = (norm(&points[2000]) / norm(&points[1000])).powf(1e-3);
    assert!((measured - (1.0 - q)).abs() < 0.1 * q, "{measured} against {}", 1.0 - q);
}

#[test]
fn restarting_makes_the_convex_schedule_linear() {
    let f = quadratic(vec![1e4, 30.0, 1.0]);
    let iterations = |restart| {
        let method = Nesterov { step: 1e-4, schedule: Schedule::Convex, restart };
        let stopping = Stopping { iterations: Some(100_000), ..Stopping::gradient(1e-8) };
        let outcome = ravine::minimize(&f, vec![1.0; 3], method).stopping(stopping).run().unwrap();
        assert!(outcome.status.converged());
        outcome.iterations
    };
    let (never, gradient) = (iterations(Restart::Never), iterations(Restart::Gradient));
    assert!(3 * gradient < never, "{gradient} with restarts, {never} without");
}

/// From the worst start exact searches reach Kantorovich's bound in every iteration.
#[test]
fn steepest_descent_zigzags_at_the_rate_of_the_condition_number() {
    let kappa = 40.0;
    let f = quadratic(vec![kappa, 1.0]);
    let value = |x: &[f64]| (kappa * x[0] * x[0] + x[1] * x[1]) / 2.0;
    let exact = Exact { slope: 1e-12, ..Exact::default() };
    let method = SteepestDescent { line_search: LineSearch::Exact(exact) };
    let points = path(&f, method, &[1.0, kappa], 30);
    let rate: f64 = (kappa - 1.0) / (kappa + 1.0);
    for pair in points.windows(2) {
        let ratio = value(&pair[1]) / value(&pair[0]);
        assert!((ratio - rate * rate).abs() < 1e-8, "{ratio} against {}", rate * rate);
    }
    // The default does no worse: from 40 to 1e-10, where there is no size of terms but that of the start,
    // ln(4e11) / -ln(rate) is 535.
    let outcome = ravine::minimize(&f, vec![1.0, kappa], SteepestDescent::default()).run().unwrap();
    assert!(outcome.status.converged() && outcome.iterations < 550, "{}", outcome.iterations);
}

#[test]
fn barzilai_borwein_steps_by_hand() {
    let f = quadratic(vec![4.0, 1.0]);
    let start = [1.0, -2.0];
    // The first step is cautious: 0.01 |x| / |g| = 0.005.
    for (formula, power) in [(Formula::Long, 1), (Formula::Short, 2)] {
        let method = BarzilaiBorwein { formula, ..BarzilaiBorwein::default() };
        let points = path(&f, method, &start, 2);
        assert_close(&points[1], &[0.98, -1.99], 1e-15);
        // s = 0.005 (-4, 2), y = As: s's / s'y = 20 / 68, s'y / y'y = 68 / 260.
        let a = if power == 1 { 20.0 / 68.0 } else { 68.0 / 260.0 };
        let expected = [0.98 - a * 4.0 * 0.98, -1.99 + a * 1.99];
        assert_close(&points[2], &expected, 1e-12);
    }
    let alternating = BarzilaiBorwein { formula: Formula::Alternating, ..Default::default() };
    let alternating = path(&f, alternating, &start, 3);
    let long = path(
        &f,
        BarzilaiBorwein { formula: Formula::Long, ..BarzilaiBorwein::default() },
        &start,
        3,
    );
    assert_eq!(alternating[2], long[2]);
    assert_ne!(alternating[3], long[3]);
}

#[test]
fn barzilai_borwein_solves_what_steepest_descent_cannot() {
    let diagonal: Vec<f64> = (0..30).map(|i| 10f64.powf(5.0 * f64::from(i) / 29.0)).collect();
    let f = quadratic(diagonal);
    let outcome = ravine::minimize(&f, vec![1.0; 30], BarzilaiBorwein::default()).run().unwrap();
    assert!(outcome.status.converged());
    assert!(outcome.iterations < 4500, "{}", outcome.iterations);

    let rosenbrock = from_gradient(2, |x: &[f64], g: &mut [f64]| {
        let (a, b) = (x[1] - x[0] * x[0], 1.0 - x[0]);
        g.copy_from_slice(&[-400.0 * x[0] * a - 2.0 * b, 200.0 * a]);
        100.0 * a * a + b * b
    });
    let outcome =
        ravine::minimize(&rosenbrock, vec![-1.2, 1.0], BarzilaiBorwein::default()).run().unwrap();
    assert!(outcome.status.converged());
    assert!(outcome.iterations < 200, "{}", outcome.iterations);
    assert!((outcome.x[0] - 1.0).abs() < 1e-5);
}
