//! Several threads find what one finds, and the same bits each time.

use ravine::matrix::{Matrix, SparseRows};
use ravine::methods::{DampedNewton, Lbfgs};
use ravine::minimize::Run;
use ravine::objective::{Gradient, Hessian, HessianProduct, Objective};
use ravine::random::Random;
use ravine::{Conditions, Threads};
use ravine_data::Design;
use ravine_glm::{Regression, RegressionLoss};

const CASES: usize = 60_000;
const COLUMNS: usize = 12;

/// A logistic model of random cases, whose true coefficients are `(-1)^j / (j + 1)`.
fn model(sparse: bool) -> Regression {
    let mut random = Random::new(5);
    let entries = Matrix::from_fn(CASES, COLUMNS, |_, _| random.normal());
    let target = (0..CASES).map(|i| {
        let eta: f64 =
            (0..COLUMNS).map(|j| entries[(i, j)] * (-1f64).powi(j as i32) / (j + 1) as f64).sum();
        f64::from(random.uniform() < 1.0 / (1.0 + (-eta).exp()))
    });
    let target = target.collect();
    let mut design = if sparse {
        let mut rows = SparseRows::default();
        for i in 0..CASES {
            let row: Vec<(u32, f64)> = (0..COLUMNS).map(|j| (j as u32, entries[(i, j)])).collect();
            rows.push_row(&row);
        }
        Design::sparse(rows)
    } else {
        Design::dense(entries, (0..COLUMNS).map(|j| format!("x{j}")).collect())
    };
    design.add_intercept();
    Regression::new(design, target, RegressionLoss::Logistic, 1e-3).unwrap()
}

/// All that it evaluates at a point, in a row.
fn evaluated(f: &Regression, threads: usize) -> Vec<f64> {
    // A copy has nothing in its memory.
    let (f, n) = (f.clone(), f.dimension());
    let w: Vec<f64> = (0..n).map(|j| 0.3 - 0.1 * j as f64).collect();
    let (mut g, mut p, mut h) = (vec![0.0; n], vec![0.0; n], Matrix::zeros(n, n));
    Threads::new(threads).unwrap().during(|| {
        let value = f.value_and_gradient(&w, &mut g).unwrap();
        f.hessian_product(&w, &vec![1.0; n], &mut p).unwrap();
        f.hessian(&w, &mut h).unwrap();
        [&[value, f.value(&w).unwrap()], &g[..], &p[..], h.entries()].concat()
    })
}

#[test]
fn evaluations_agree_to_rounding_and_repeat_to_the_bit() {
    for sparse in [false, true] {
        let f = model(sparse);
        let one = evaluated(&f, 1);
        for threads in [2, 3, 8] {
            let several = evaluated(&f, threads);
            for (a, b) in several.iter().zip(&one) {
                assert!((a - b).abs() < 1e-13 * b.abs().max(1e-3), "{threads}: {a} {b}");
            }
            assert_eq!(several, evaluated(&f, threads));
        }
        assert_ne!(evaluated(&f, 2), one, "sums of parts round otherwise: was nothing split?");
    }
}

#[test]
fn runs_have_the_threads_that_their_conditions_say() {
    let f = model(false);
    let start = vec![0.0; f.dimension()];
    let run = |threads: Option<usize>, around: usize| {
        let f = f.clone();
        let threads = threads.map(|count| Threads::new(count).unwrap());
        Threads::new(around).unwrap().during(|| {
            let conditions = Conditions { threads, ..Conditions::default() };
            let mut run = Run::new(&f, Lbfgs::default(), &start, conditions.clone()).unwrap();
            while run.step().is_none() {}
            let mut newton = Run::new(&f, DampedNewton::default(), &start, conditions).unwrap();
            while newton.step().is_none() {}
            (run.outcome().x, newton.outcome().x)
        })
    };
    let one = run(None, 1);
    for (w, newton) in one.0.iter().zip(&one.1) {
        assert!((w - newton).abs() < 1e-6, "{w} {newton}");
    }
    let two = run(Some(2), 1);
    assert_ne!(one, two);
    assert_eq!(two, run(Some(2), 1));
    assert_eq!(two, run(None, 2));
    assert_eq!(one, run(Some(1), 2));
}
