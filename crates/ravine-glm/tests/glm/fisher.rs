//! The three Fisher informations of a regression.

use ravine::Stopping;
use ravine::curvature::{Curvature, EmpiricalFisherCurvature, SampledFisherCurvature, fisher_at};
use ravine::matrix::Matrix;
use ravine::methods::named;
use ravine::objective::{DrawnGradients, Objective, Supplies};
use ravine::operator::LinearOperator;
use ravine::oracle::{Iterate, Oracle};
use ravine::random::Random;
use ravine_data::Design;
use ravine_glm::{Regression, RegressionLoss};

/// `cases` of three columns and an intercept, of which the target follows the model.
fn regression(loss: RegressionLoss, cases: usize) -> Regression {
    let mut random = Random::new(7);
    let x = Matrix::from_fn(cases, 3, |_, _| random.normal());
    let target = (0..cases).map(|i| {
        let eta = 0.8 * x[(i, 0)] - 0.5 * x[(i, 1)] + 0.2;
        match loss {
            RegressionLoss::Logistic => f64::from(random.uniform() < 1.0 / (1.0 + (-eta).exp())),
            RegressionLoss::Squares => eta + random.normal() * 0.5f64.sqrt(),
            RegressionLoss::Poisson => (eta.exp() + random.uniform()).floor(),
        }
    });
    let target = target.collect();
    let mut design = Design::dense(x, (0..3).map(|j| format!("x{j}")).collect());
    design.add_intercept();
    Regression::new(design, target, loss, 0.0).unwrap()
}

const W: [f64; 4] = [0.5, -0.3, 0.2, 0.1];

fn exact(f: &Regression) -> Matrix {
    let oracle = Oracle::new(f, Stopping::default());
    fisher_at(&oracle, &W).unwrap().inner().clone()
}

/// Applied to each unit vector.
fn matrix(b: &impl LinearOperator<Vec<f64>>) -> Matrix {
    let n = b.dimension();
    let mut columns = Matrix::zeros(n, n);
    for j in 0..n {
        let (mut e, mut y) = (vec![0.0; n], vec![0.0; n]);
        e[j] = 1.0;
        b.apply(&e, &mut y).unwrap();
        columns.column_mut(j).copy_from_slice(&y);
    }
    columns
}

fn distance(a: &Matrix, b: &Matrix) -> f64 {
    let off = |i: usize, j: usize| (a[(i, j)] - b[(i, j)]).abs();
    let n = a.rows();
    (0..n * n).map(|k| off(k / n, k % n)).fold(0.0, f64::max)
}

#[test]
fn drawn_gradients_have_the_mean_zero_and_the_fisher_information_as_their_covariance() {
    const DRAWS: usize = 400_000;
    for loss in RegressionLoss::ALL {
        let f = regression(loss, 50);
        let (mut random, mut g) = (Random::new(3), vec![0.0; 4]);
        let (mut mean, mut second) = ([0.0; 4], Matrix::zeros(4, 4));
        for _ in 0..DRAWS {
            f.drawn_gradient(&W.to_vec(), &mut random, &mut g).unwrap();
            for i in 0..4 {
                mean[i] += g[i] / DRAWS as f64;
                (0..4).for_each(|j| second[(i, j)] += g[i] * g[j] / DRAWS as f64);
            }
        }
        let fisher = exact(&f);
        // Five standard errors, of squares with a kurtosis below 40.
        let error = 5.0 * (40.0 / DRAWS as f64).sqrt();
        let scale = (0..4).map(|i| fisher[(i, i)]).fold(0.0, f64::max);
        assert!(distance(&second, &fisher) < error * scale, "{loss:?}: {second:?} {fisher:?}");
        assert!(mean.iter().all(|m| m.abs() < error * scale.sqrt()), "{loss:?}: {mean:?}");
    }
}

#[test]
fn the_curvatures_come_to_the_exact_one_with_many_cases() {
    let f = regression(RegressionLoss::Logistic, 20_000);
    let oracle = Oracle::new(&f, Stopping::default());
    let iterate = Iterate::evaluate(&oracle, W.to_vec()).unwrap();
    let fisher = exact(&f);

    let sampled = SampledFisherCurvature { sample: Some(40_000), damping: 1e-9, seed: 1 };
    let mut memory = Curvature::<Regression>::memory(&sampled, &oracle, &iterate.x);
    let before = oracle.counts();
    let drawn = matrix(&sampled.at(&oracle, &iterate, &mut memory).unwrap());
    assert!(distance(&drawn, &fisher) < 0.01, "{drawn:?} {fisher:?}");
    // All cases drawn at a point count as one value and gradient.
    assert_eq!(oracle.counts().gradient - before.gradient, 1);
    // The same at the same point, others where the method has moved.
    let again = matrix(&sampled.at(&oracle, &iterate, &mut memory).unwrap());
    assert_eq!(distance(&drawn, &again), 0.0);
    Curvature::<Regression>::moved(&sampled, &mut memory, 1.0);
    let moved = matrix(&sampled.at(&oracle, &iterate, &mut memory).unwrap());
    assert!(distance(&drawn, &moved) > 0.0);

    // The target follows the model at (0.2, 0.8, -0.5, 0): there the empirical information is near.
    let empirical = EmpiricalFisherCurvature { damping: 1e-9 };
    let truth = Iterate::evaluate(&oracle, vec![0.2, 0.8, -0.5, 0.0]).unwrap();
    let mut memory = None;
    let there = matrix(&empirical.at(&oracle, &truth, &mut memory).unwrap());
    let exact_there = fisher_at(&oracle, &truth.x).unwrap().inner().clone();
    assert!(distance(&there, &exact_there) < 0.01, "{there:?} {exact_there:?}");
}

#[test]
fn by_name_all_three_fit_the_same_model() {
    let f = regression(RegressionLoss::Logistic, 2000);
    let start = vec![0.0; f.dimension()];
    let fit = |name: &str| {
        let none = serde_json::Value::Null;
        let stopping = Stopping { iterations: Some(500), ..Stopping::default() };
        let mut run = named(name).unwrap().start(&none, &f, &start, stopping).unwrap();
        while run.step().is_none() {}
        run.outcome().clone()
    };
    let exact = fit("fisher/solve/wolfe");
    for name in [
        "fisher-sampled/solve/wolfe",
        "fisher-sampled/cg/wolfe",
        "fisher-empirical/solve/wolfe",
        "fisher-empirical/steihaug/radius",
    ] {
        let outcome = fit(name);
        assert!(outcome.status.converged(), "{name}: {}", outcome.status);
        assert!((outcome.value - exact.value).abs() < 1e-10, "{name}: {outcome:?}");
        for (x, y) in outcome.x.iter().zip(&exact.x) {
            assert!((x - y).abs() < 1e-5, "{name}: {outcome:?}");
        }
    }
    assert!(exact.status.converged());
}

#[test]
fn what_has_no_cases_and_no_model_is_refused() {
    let rosenbrock =
        ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
    let supplied = (&rosenbrock as &dyn Supplies).derivatives();
    for (name, missing) in [
        ("fisher-sampled/solve/wolfe", "gradients of cases drawn from a model"),
        ("fisher-empirical/solve/wolfe", "gradients of the cases"),
    ] {
        assert_eq!(supplied.missing(named(name).unwrap().needs), [missing]);
    }
    let refused = SampledFisherCurvature { sample: Some(0), ..SampledFisherCurvature::default() };
    let error = Curvature::<Regression>::validate(&refused).unwrap_err();
    assert_eq!(error.argument(), "sample");
}
