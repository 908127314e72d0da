//! Factorizations of large matrices end where a run is asked to.

use std::cell::Cell;

use ravine::matrix::Matrix;
use ravine::methods::named;
use ravine::objective::from_residuals;
use ravine::objective::{Evaluation, Gradient, Hessian, HessianProduct, Objective, Supplies};
use ravine::random::Random;
use ravine::{Bounds, supplies};
use ravine::{Conditions, Status, Stopping};
use serde_json::Value;

const N: usize = 520;

/// `x'A x / 2 + sum_i cos x_i`, A dense and indefinite.
struct Dense {
    a: Matrix,
    evaluations: Cell<u64>,
}

impl Dense {
    fn new() -> Self {
        let mut random = Random::new(2);
        let noise: Matrix = Matrix::from_fn(N, N, |_, _| random.normal());
        let entry = |i: usize, j: usize| {
            let shift = if i == j { i as f64 - 30.0 } else { 0.0 };
            0.1 * (noise[(i, j)] + noise[(j, i)]) + shift
        };
        Self { a: Matrix::from_fn(N, N, entry), evaluations: Cell::new(0) }
    }
}

impl Objective for Dense {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        N
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.value_and_gradient(x, &mut vec![0.0; N])
    }
}

impl Gradient for Dense {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        self.evaluations.set(self.evaluations.get() + 1);
        self.a.multiply(x, gradient);
        let square: f64 = x.iter().zip(&*gradient).map(|(x, g)| x * g).sum();
        gradient.iter_mut().zip(x).for_each(|(g, x)| *g -= x.sin());
        Ok(0.5 * square + x.iter().map(|x| x.cos()).sum::<f64>())
    }
}

impl HessianProduct for Dense {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.a.multiply(d, product);
        product.iter_mut().zip(d.iter().zip(x)).for_each(|(p, (d, x))| *p -= d * x.cos());
        Ok(())
    }
}

impl Hessian for Dense {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.evaluations.set(self.evaluations.get() + 1);
        hessian.clone_from(&self.a);
        (0..N).for_each(|i| hessian[(i, i)] -= x[i].cos());
        Ok(())
    }
}

impl Supplies for Dense {
    supplies!(gradient, hessian_product, hessian);
}

/// Makes one iteration, ended after every share of what it asks, and the rest of it afterwards: nothing is
/// evaluated after the end, and the iterate is that of an iteration that was never ended.
fn ends(f: &dyn Supplies, evaluations: &dyn Fn() -> u64, method: &str, within: Option<Bounds>) {
    let start = vec![0.5; f.dimension()];
    let entry = named(method).unwrap();
    let run = |ends_at: &Cell<u64>| {
        let asked = Cell::new(0u64);
        let at_the_end = Cell::new(None);
        let conditions = Conditions {
            stopping: Stopping { iterations: Some(1), ..Stopping::gradient(0.0) },
            bounds: within.clone(),
            ..Conditions::default()
        };
        let conditions = conditions.interrupter(|| {
            asked.set(asked.get() + 1);
            let over = asked.get() > ends_at.get();
            if over {
                at_the_end.set(Some(at_the_end.get().unwrap_or_else(evaluations)));
            }
            over
        });
        let mut run = entry.start(&Value::Null, f, &start, conditions).unwrap();
        run.step();
        let outcome = run.outcome();
        if let Some(before) = at_the_end.get() {
            assert_eq!(outcome.status, Status::Stopped, "{method}");
            assert_eq!(evaluations(), before, "{method}: evaluates after its end");
            assert_eq!(outcome.x, start, "{method}");
        }
        (asked.get(), outcome.x)
    };
    let whole = run(&Cell::new(u64::MAX)).0;
    assert!(whole > 8, "{method} asks {whole} times");
    for share in 1..3 {
        let most = 4 + (whole - 4) * share / 3;
        assert!(run(&Cell::new(most)).0 <= most + 1, "{method}: goes on after {most} of {whole}");
    }
}

#[test]
fn a_run_ends_within_a_factorization() {
    let f = Dense::new();
    for method in ["newton-damped", "newton", "newton-eigen", "trust-exact"] {
        ends(&f, &|| f.evaluations.get(), method, None);
    }
    let evaluations = Cell::new(0);
    let count = || evaluations.set(evaluations.get() + 1);
    let mut random = Random::new(6);
    let a: Matrix = Matrix::from_fn(N, N, |_, _| random.normal());
    let f = from_residuals(
        N,
        N,
        |x: &[f64], r: &mut [f64]| {
            count();
            a.multiply(x, r);
            r.iter_mut().zip(x).for_each(|(r, x)| *r += x * x - 3.0);
        },
        |x: &[f64], j: &mut Matrix| {
            j.clone_from(&a);
            (0..N).for_each(|i| j[(i, i)] += 2.0 * x[i]);
        },
    );
    for method in ["lm", "gauss-newton"] {
        ends(&f, &|| evaluations.get(), method, None);
    }
    let bounds = Bounds::new(vec![0.0; N], vec![f64::INFINITY; N]).unwrap();
    ends(&f, &|| evaluations.get(), "lm", Some(bounds));
}
