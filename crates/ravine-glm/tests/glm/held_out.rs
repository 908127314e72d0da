//! Rows that a fit has not seen, and fits that are stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine_data::Design;
use ravine_glm::inference::{AicRule, explained_deviance};
use ravine_glm::{
    CrossValidation, Family, GeneralizedLinearModel, HingeMachine, HuberModel, Interrupter, Link,
    Multinomial, NegativeBinomialModel, Path, Solver, Status, Targets,
};

fn data(rows: usize, columns: usize) -> (Matrix, Vec<f64>) {
    let mut random = Random::new(7);
    let x = Matrix::from_fn(rows, columns, |_, _| random.normal());
    let y = (0..rows).map(|i| 1.0 + x[(i, 0)] - 0.5 * x[(i, 1)] + 0.3 * random.normal()).collect();
    (x, y)
}

fn design(x: &Matrix) -> Design {
    Design::dense(x.clone(), (0..x.columns()).map(|j| format!("x{j}")).collect())
}

#[test]
fn leaving_a_row_out_is_refitting_without_it() {
    let (mut x, y) = data(12, 3);
    // Years: a column that is brought to mean zero first.
    (0..12).for_each(|i| x[(i, 2)] = 2000.0 + 1e-3 * x[(i, 2)]);
    let weights: Vec<f64> = (0..12).map(|i| 0.5 + f64::from(i % 4)).collect();
    let x = design(&x);
    for (penalty, intercept) in [(0.0, true), (3.0, true), (3.0, false)] {
        let total: f64 = weights.iter().sum();
        let model = GeneralizedLinearModel {
            alpha: penalty / total,
            intercept,
            tolerance: 1e-15,
            ..Default::default()
        };
        let targets = Targets::new(&y).with_weights(&weights);
        let fitted = model.fit(&x, targets).unwrap();
        let predicted = fitted.leave_one_out(&x, targets).unwrap();
        for i in 0..12 {
            let mut others = weights.clone();
            others[i] = 0.0;
            let model =
                GeneralizedLinearModel { alpha: penalty / (total - weights[i]), ..model.clone() };
            let refitted = model.fit(&x, targets.with_weights(&others)).unwrap();
            let expected = refitted.linear_predictor[i];
            let found = predicted[i];
            assert!((found - expected).abs() < 1e-7, "{penalty} {i}: {found} and {expected}");
        }
    }
    let counts = GeneralizedLinearModel::new(Family::Poisson).fit(&x, &[1.0; 12]).unwrap();
    assert!(counts.leave_one_out(&x, &[1.0; 12]).is_err());
}

#[test]
fn the_share_explained_is_that_of_the_null_model() {
    let (x, _) = data(30, 2);
    let y: Vec<f64> = (0..30).map(|i| f64::from(i % 4)).collect();
    let x = design(&x);
    let fitted = GeneralizedLinearModel::new(Family::Poisson).fit(&x, &y).unwrap();
    let targets = Targets::new(&y);
    let known =
        fitted.goodness(&x, targets, Default::default(), Default::default()).unwrap().explained();
    let found = explained_deviance(fitted.loss, targets, &fitted.linear_predictor).unwrap();
    assert!((found - known.unwrap()).abs() < 1e-14);
    let fit = fitted.goodness(&x, targets, Default::default(), Default::default()).unwrap();
    let between = fit.bic().unwrap() - fit.aic(AicRule::CountDispersion).unwrap();
    assert!((between - 3.0 * (30.0_f64.ln() - 2.0)).abs() < 1e-12);
    let loss = Family::Gaussian.with(Link::Identity).unwrap();
    assert_eq!(explained_deviance(loss, Targets::new(&[2.0, 2.0]), &[2.0, 2.0]).unwrap(), 1.0);
    assert_eq!(explained_deviance(loss, Targets::new(&[2.0, 2.0]), &[2.0, 3.0]).unwrap(), 0.0);
    assert!(explained_deviance(loss, targets, &[0.0]).is_err());
}

/// Says true from the question `after` on.
fn ending(after: usize) -> (Interrupter, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    (Interrupter::new(move || counter.fetch_add(1, Ordering::Relaxed) >= after), asked)
}

#[test]
fn every_fit_ends_where_it_is_told_to() {
    let (x, z) = data(200, 5);
    let x = design(&x);
    let classes: Vec<f64> = z.iter().map(|z| f64::from(u8::from(*z > 1.0))).collect();
    for (solver, l1_ratio) in [
        (Solver::Cholesky, 0.0),
        (Solver::NewtonCg, 0.0),
        (Solver::Lbfgs, 0.0),
        (Solver::CoordinateDescent, 0.5),
    ] {
        for after in [0, 1, 3] {
            let (interrupter, asked) = ending(after);
            let model = GeneralizedLinearModel {
                family: Family::Binomial,
                alpha: 1e-3,
                l1_ratio,
                solver,
                tolerance: 1e-15,
                interrupter,
                ..Default::default()
            };
            let fitted = model.fit(&x, &classes).unwrap();
            assert_eq!(fitted.status, Status::Stopped, "{solver:?} after {after}");
            assert!(fitted.coefficients.iter().all(|b| b.is_finite()));
            assert_eq!(asked.load(Ordering::Relaxed), after + 1, "asked on after it had ended");
        }
    }
    let counts: Vec<f64> = z.iter().map(|z| (3.0 * z.abs()).floor()).collect();
    let model =
        |after| GeneralizedLinearModel { interrupter: ending(after).0, ..Default::default() };
    let counted = NegativeBinomialModel { model: model(5) }.fit(&x, &counts).unwrap();
    assert!(!counted.converged && counted.fitted.status == Status::Stopped);
    let robust = HuberModel { model: model(8), ..Default::default() }.fit(&x, &z).unwrap();
    assert!(!robust.converged && robust.fitted.status == Status::Stopped);
    let path =
        Path { model: GeneralizedLinearModel { l1_ratio: 1.0, ..model(20) }, ..Path::default() };
    let points = path.fit(&x, &z).unwrap();
    assert!(points.len() < 50 && points.last().unwrap().status == Status::Stopped);
    let path = Path { model: model(300), ..path };
    let chosen = CrossValidation { path, l1_ratios: vec![0.5, 1.0], ..Default::default() };
    let chosen = chosen.fit(&x, &z).unwrap();
    assert!(chosen.fitted.status == Status::Stopped && chosen.best.deviance.is_infinite());
    let hinge = HingeMachine { interrupter: ending(3).0, tolerance: 1e-14, ..Default::default() };
    assert_eq!(hinge.fit(&x, &classes).unwrap().status, Status::Stopped);
    let three: Vec<usize> =
        z.iter().map(|z| if *z < 0.5 { 0 } else { 1 + usize::from(*z > 1.5) }).collect();
    for l1_ratio in [0.0, 0.5] {
        for after in [0, 2] {
            let interrupter = ending(after).0;
            let model = Multinomial { alpha: 1e-3, l1_ratio, interrupter, ..Default::default() };
            assert_eq!(model.fit(&x, &three, None).unwrap().status, Status::Stopped);
        }
    }
}

#[test]
fn more_than_two_classes_start_where_they_are_told_to() {
    let (x, z) = data(200, 5);
    let x = design(&x);
    let three: Vec<usize> =
        z.iter().map(|z| if *z < 0.5 { 0 } else { 1 + usize::from(*z > 1.5) }).collect();
    for alpha in [0.0, 1e-2] {
        let model = Multinomial { alpha, tolerance: 1e-13, ..Default::default() };
        let cold = model.fit(&x, &three, None).unwrap();
        let start = (&cold.intercepts[..], &cold.coefficients[..]);
        let warm = model.fit_from(&x, &three, None, Some(start)).unwrap();
        assert!(cold.status.converged() && warm.status.converged());
        assert!(warm.iterations < cold.iterations && warm.iterations <= 1, "{}", warm.iterations);
        for (a, b) in warm.coefficients.iter().flatten().zip(cold.coefficients.iter().flatten()) {
            assert!((a - b).abs() < 1e-9);
        }
        let short = model.fit_from(&x, &three, None, Some((&[0.0], &cold.coefficients)));
        assert!(short.is_err_and(|error| error.to_string().starts_with("start: ")));
    }
}
