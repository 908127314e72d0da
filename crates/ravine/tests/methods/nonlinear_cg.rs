//! Nonlinear conjugate gradients: linear conjugate gradients on a quadratic, and beyond.

use ravine::line_search::{Exact, LineSearch};
use ravine::methods::{Beta, NonlinearCg};
use ravine::minimize::Run;
use ravine::objective::{WithGradient, from_gradient};
use ravine::{Status, Stopping, minimize};

const ALL: [Beta; 4] = [Beta::PolakRibiere, Beta::HestenesStiefel, Beta::DaiYuan, Beta::HagerZhang];

/// `x'Ax / 2 - b'x` with `A = Q diag Q`, `Q = I - 2 vv'/v'v` a reflection, so that A is full.
fn quadratic(diagonal: &[f64]) -> WithGradient<impl Fn(&[f64], &mut [f64]) -> f64> {
    let n = diagonal.len();
    let v: Vec<f64> = (0..n).map(|i| 1.0 + (i as f64).sin()).collect();
    let vv: f64 = v.iter().map(|v| v * v).sum();
    let diagonal = diagonal.to_vec();
    let reflect = move |x: &mut [f64]| {
        let share = 2.0 * x.iter().zip(&v).map(|(x, v)| x * v).sum::<f64>() / vv;
        x.iter_mut().zip(&v).for_each(|(x, v)| *x -= share * v);
    };
    from_gradient(n, move |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(x);
        reflect(g);
        g.iter_mut().zip(&diagonal).for_each(|(g, d)| *g *= d);
        reflect(g);
        let value = x.iter().zip(&*g).map(|(x, g)| x * (0.5 * g - 1.0)).sum();
        g.iter_mut().for_each(|g| *g -= 1.0);
        value
    })
}

fn exact(beta: Beta) -> NonlinearCg {
    let line_search = LineSearch::Exact(Exact { slope: 1e-10, ..Exact::default() });
    NonlinearCg { beta, line_search, restart: None }
}

#[test]
fn exact_searches_end_after_as_many_steps_as_there_are_eigenvalues() {
    let twelve: Vec<f64> = (0..12).map(|i| 1.0 + 3.0 * f64::from(i)).collect();
    let three: Vec<f64> = (0..12).map(|i| [1.0, 7.0, 40.0][i % 3]).collect();
    for beta in ALL {
        for (diagonal, most) in [(&twelve, 12), (&three, 3)] {
            let f = quadratic(diagonal);
            let stopping = Stopping { gradient_relative: 1e-9, ..Stopping::default() };
            let outcome =
                minimize(&f, vec![3.0; 12], exact(beta)).stopping(stopping).run().unwrap();
            assert!(outcome.status.converged());
            assert!(outcome.iterations <= most, "{beta:?}: {} of {most}", outcome.iterations);
        }
    }
}

#[test]
fn the_formulas_agree_on_a_quadratic() {
    let diagonal: Vec<f64> = (0..10).map(|i| 2f64.powi(i)).collect();
    let f = quadratic(&diagonal);
    let path = |beta| {
        let mut run = Run::new(&f, exact(beta), &vec![1.0; 10], Stopping::gradient(0.0)).unwrap();
        let step = |_| {
            assert_eq!(run.step(), None);
            run.progress().x.clone()
        };
        (0..7).map(step).collect::<Vec<_>>()
    };
    let reference = path(Beta::PolakRibiere);
    for beta in &ALL[1..] {
        for (a, b) in path(*beta).iter().zip(&reference) {
            for (a, b) in a.iter().zip(b) {
                assert!((a - b).abs() < 1e-5 * b.abs().max(1e-2), "{beta:?}: {a} against {b}");
            }
        }
    }
}

#[test]
fn successive_gradients_are_orthogonal_and_directions_conjugate() {
    let diagonal: Vec<f64> = (0..8).map(|i| 3f64.powi(i)).collect();
    let f = quadratic(&diagonal);
    let mut run =
        Run::new(&f, exact(Beta::HestenesStiefel), &vec![1.0; 8], Stopping::gradient(0.0)).unwrap();
    let mut points = vec![(run.progress().x.clone(), run.progress().gradient.clone())];
    for _ in 0..5 {
        assert_eq!(run.step(), None);
        points.push((run.progress().x.clone(), run.progress().gradient.clone()));
    }
    let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let cosine = |a: &[f64], b: &[f64]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    for i in 1..5 {
        for j in 0..i {
            assert!(cosine(&points[i].1, &points[j].1).abs() < 1e-8, "gradients {i} and {j}");
            // A s = y, so that s_i'A s_j = s_i'y_j.
            let s = minus(&points[i + 1].0, &points[i].0);
            let y = minus(&points[j + 1].1, &points[j].1);
            assert!(cosine(&s, &y).abs() < 1e-8, "directions {i} and {j}");
        }
    }
}

fn chained_rosenbrock(n: usize) -> WithGradient<impl Fn(&[f64], &mut [f64]) -> f64> {
    from_gradient(n, |x: &[f64], g: &mut [f64]| {
        g.fill(0.0);
        let mut value = 0.0;
        for i in 0..x.len() - 1 {
            let (a, b) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
            g[i] += -400.0 * x[i] * a - 2.0 * b;
            g[i + 1] += 200.0 * a;
            value += 100.0 * a * a + b * b;
        }
        value
    })
}

#[test]
fn a_curved_valley_in_twenty_variables() {
    let f = chained_rosenbrock(20);
    let start: Vec<f64> = (0..20).map(|i| [-1.2, 1.0][i % 2]).collect();
    for beta in ALL {
        let method = NonlinearCg { beta, ..NonlinearCg::default() };
        let outcome = minimize(&f, start.clone(), method).run().unwrap();
        assert!(outcome.status.converged(), "{beta:?}: {}", outcome.status);
        assert!(outcome.iterations < 600, "{beta:?}: {}", outcome.iterations);
    }
}

/// Without restarts Dai-Yuan keeps short steps once it has one; Powell's rule frees it.
#[test]
fn powells_rule_frees_dai_yuan() {
    let f = chained_rosenbrock(20);
    let start: Vec<f64> = (0..20).map(|i| [-1.2, 1.0][i % 2]).collect();
    let iterations = |restart| {
        let method = NonlinearCg { beta: Beta::DaiYuan, restart, ..NonlinearCg::default() };
        minimize(&f, start.clone(), method).run().unwrap().iterations
    };
    assert!(3 * iterations(Some(0.2)) < iterations(None));
}

#[test]
fn outside_the_domain_and_unbounded() {
    // A barrier: not finite for x <= 0, the minimum at 1.
    let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(&[1.0 - 1.0 / x[0], 20.0 * (x[1] - x[0])]);
        g[0] -= g[1];
        x[0] - x[0].ln() + 10.0 * (x[1] - x[0]).powi(2)
    });
    let linear = from_gradient(2, |x: &[f64], g: &mut [f64]| {
        g.copy_from_slice(&[1.0, -2.0]);
        x[0] - 2.0 * x[1]
    });
    for beta in ALL {
        let method = NonlinearCg { beta, ..NonlinearCg::default() };
        let outcome = minimize(&f, vec![1e-3, 5.0], method.clone()).run().unwrap();
        assert!(outcome.status.converged(), "{beta:?}: {outcome:?}");
        assert!((outcome.x[0] - 1.0).abs() < 1e-5);
        let outcome = minimize(&linear, vec![1.0, 1.0], method).run().unwrap();
        assert_eq!(outcome.status, Status::Unbounded, "{beta:?}");
    }
}

#[test]
fn a_restart_rule_that_cannot_be_used_is_named() {
    let f = quadratic(&[1.0, 2.0]);
    let method = NonlinearCg { restart: Some(-0.1), ..NonlinearCg::default() };
    let error = minimize(&f, vec![0.0, 0.0], method).run().unwrap_err().to_string();
    assert!(error.starts_with("restart: is -0.1"), "{error}");
}
