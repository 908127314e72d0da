//! Stochastic solvers: the optimum of the exact ones, and what they refuse.

use ravine::matrix::{Matrix, SparseRows};
use ravine::random::Random;
use ravine_data::Design;
use ravine_glm::{
    Certificate, ColumnGroup, Family, FittedModel, GeneralizedLinearModel, Solver, Targets, Test,
};

const ROWS: usize = 1_500;

/// Correlated columns in units from 1e-3 to 1e3, and a target of the family.
fn cases(family: Family, correlated: bool) -> (Design, Vec<f64>) {
    let mut random = Random::new(3);
    let columns = 12;
    let mut x = Matrix::zeros(ROWS, columns);
    let mut y = vec![0.0; ROWS];
    for i in 0..ROWS {
        let common = if correlated { 3.0 * random.normal() } else { 0.0 };
        for j in 0..columns {
            let entry = common + random.normal();
            y[i] += entry * [0.5, -0.3, 0.2][j % 3];
            x[(i, j)] = entry * 10f64.powi(j as i32 % 7 - 3);
        }
        y[i] += random.normal();
        if matches!(family, Family::Binomial | Family::SquaredHinge) {
            y[i] = f64::from(u8::from(y[i] > 0.3));
        }
    }
    (Design::dense(x, (0..columns).map(|j| format!("x{j}")).collect()), y)
}

fn model(family: Family, solver: Solver) -> GeneralizedLinearModel {
    GeneralizedLinearModel { family, solver, alpha: 1e-3, iterations: 400, ..Default::default() }
}

fn gap(fitted: &FittedModel) -> f64 {
    let Certificate::Gap(gap) = fitted.certificate else { panic!("{:?}", fitted.certificate) };
    gap
}

#[test]
fn the_optimum_is_that_of_exact_solvers_and_the_gap_holds() {
    let families =
        [Family::Gaussian, Family::Binomial, Family::SquaredHinge, Family::Huber { delta: 1.345 }];
    for family in families {
        let (x, y) = cases(family, false);
        let mut random = Random::new(7);
        let weights: Vec<f64> = (0..ROWS).map(|_| 0.5 + random.uniform()).collect();
        let offset: Vec<f64> = (0..ROWS).map(|_| 0.3 * random.normal()).collect();
        let targets = Targets { y: &y, weights: Some(&weights), offset: Some(&offset) };
        let exact = model(family, Solver::Automatic);
        let exact = GeneralizedLinearModel { tolerance: 1e-13, ..exact }.fit(&x, targets).unwrap();
        for solver in [Solver::Saga, Solver::SketchySaga] {
            let fitted = model(family, solver).fit(&x, targets).unwrap();
            let name = format!("{family:?} {}", solver.name());
            assert!(fitted.status.converged(), "{name}: {:?} {}", fitted.status, fitted.iterations);
            let above = fitted.objective - exact.objective;
            assert!(above >= -1e-12 && above <= gap(&fitted) + 1e-12, "{name}: {above:e}");
            assert!(above <= 1e-8 * exact.null_objective, "{name}: {above:e}");
            assert!(fitted.notes.iter().any(|note| note.contains("passes")), "{name}");
        }
    }
}

#[test]
fn a_sketched_metric_takes_fewer_passes_where_columns_are_correlated() {
    let (x, y) = cases(Family::Binomial, true);
    let passes = |solver| {
        let model = GeneralizedLinearModel { tolerance: 1e-6, ..model(Family::Binomial, solver) };
        let fitted = model.fit(&x, &y).unwrap();
        (fitted.status.converged(), fitted.iterations)
    };
    let (plain, sketched) = (passes(Solver::Saga), passes(Solver::SketchySaga));
    assert!(sketched.0 && 3 * sketched.1 < plain.1, "{plain:?} {sketched:?}");
}

#[test]
fn sparse_rows_and_unpenalized_columns_are_fitted_alike() {
    let mut random = Random::new(11);
    let (rows, columns) = (2_000, 60);
    let mut x = SparseRows::default();
    let mut y = Vec::new();
    for _ in 0..rows {
        let mut entries: Vec<(u32, f64)> =
            (0..6).map(|_| (random.below(columns) as u32, random.normal())).collect();
        entries.sort_by_key(|entry| entry.0);
        entries.dedup_by_key(|entry| entry.0);
        let z: f64 = entries.iter().map(|(j, x)| x * f64::from(j % 5) / 2.0).sum();
        x.push_row(&entries);
        y.push(f64::from(u8::from(random.uniform() < 1.0 / (1.0 + (1.0 - z).exp()))));
    }
    x.widen(columns);
    let x = Design::sparse(x);
    let penalty_factors = Some((0..columns).map(|j| f64::from(u8::from(j != 4))).collect());
    for solver in [Solver::Saga, Solver::SketchySaga] {
        let own = GeneralizedLinearModel {
            penalty_factors: penalty_factors.clone(),
            ..model(Family::Binomial, solver)
        };
        let exact = GeneralizedLinearModel { solver: Solver::Automatic, ..own.clone() };
        let (fitted, exact) = (own.fit(&x, &y).unwrap(), exact.fit(&x, &y).unwrap());
        // A column without penalty has no gap: the conditions of optimality decide.
        assert_eq!(fitted.status, ravine_glm::Status::Converged(Test::Violation), "{solver:?}");
        assert!((fitted.objective - exact.objective).abs() < 1e-8, "{solver:?}");
    }
}

#[test]
fn corners_and_bounds_are_for_the_plain_metric() {
    let (x, y) = cases(Family::Gaussian, false);
    let (mut lower, upper) = (vec![f64::NEG_INFINITY; 12], vec![f64::INFINITY; 12]);
    lower[1] = 0.0;
    let both = [(Some(lower), Some(upper)), (None, None)];
    for (lower, upper) in both {
        let model = GeneralizedLinearModel {
            l1_ratio: 0.5,
            alpha: 0.05,
            lower,
            upper,
            tolerance: 1e-9,
            ..model(Family::Gaussian, Solver::Saga)
        };
        let fitted = model.fit(&x, &y).unwrap();
        let exact = GeneralizedLinearModel { solver: Solver::Automatic, ..model.clone() };
        let exact = exact.fit(&x, &y).unwrap();
        assert!(fitted.status.converged(), "{:?}", fitted.status);
        assert!((fitted.objective - exact.objective).abs() < 1e-8);
        let zero = |fitted: &FittedModel| -> Vec<bool> {
            fitted.coefficients.iter().map(|b| *b == 0.0).collect()
        };
        assert_eq!(zero(&fitted), zero(&exact));
        let refused = GeneralizedLinearModel { solver: Solver::SketchySaga, ..model };
        let error = refused.fit(&x, &y).unwrap_err().to_string();
        assert!(error.starts_with("solver: is `sketchy-saga`"), "{error}");
    }
    let groups = vec![ColumnGroup::new([0, 1])];
    let grouped =
        GeneralizedLinearModel { l1_ratio: 0.5, groups, ..model(Family::Gaussian, Solver::Saga) };
    let error = grouped.fit(&x, &y).unwrap_err().to_string();
    assert!(error.contains("coordinate-descent"), "{error}");
    let counts: Vec<f64> = y.iter().map(|y| y.abs().round()).collect();
    let error = model(Family::Poisson, Solver::Saga).fit(&x, &counts).unwrap_err().to_string();
    assert!(error.contains("bounded curvature"), "{error}");
}

#[test]
fn a_pass_can_be_stopped() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (x, y) = cases(Family::Gaussian, true);
    let asked = AtomicUsize::new(0);
    let interrupter =
        ravine_glm::Interrupter::new(move || asked.fetch_add(1, Ordering::Relaxed) > 40);
    let own = model(Family::Gaussian, Solver::Saga);
    let fitted =
        GeneralizedLinearModel { interrupter, tolerance: 1e-15, ..own }.fit(&x, &y).unwrap();
    assert_eq!(fitted.status, ravine_glm::Status::Stopped);
    assert!(fitted.objective.is_finite());
}
