//! Fits of every family and penalty beside values of 50 digits, and what a fit must say.

use ravine::Threads;
use ravine::matrix::{Matrix, SparseRows};
use ravine::random::Random;
use ravine_data::Design;
use ravine_glm::{
    Certificate, Family, FittedModel, GeneralizedLinearModel, Link, Solver, Status, Targets, Test,
};
use serde_json::Value;

use crate::reference::{
    assert_close, columns_of, design, family_of, numbers, reference, targets_of,
};

fn fit_case(all: &Value, case: &Value, solver: Solver) -> FittedModel {
    let (family, link) = family_of(case);
    let (names, intercept) = columns_of(case);
    let (y, weights, offset) = targets_of(all, case);
    let model = GeneralizedLinearModel {
        family,
        link: Some(link),
        intercept,
        solver,
        tolerance: 1e-15,
        iterations: 500,
        ..Default::default()
    };
    let targets = Targets { y: &y, weights: weights.as_deref(), offset: offset.as_deref() };
    model.fit(&design(all, &names), targets).unwrap()
}

fn all_coefficients(fitted: &FittedModel) -> Vec<f64> {
    let first = fitted.has_intercept.then_some(fitted.intercept);
    first.into_iter().chain(fitted.coefficients.iter().copied()).collect()
}

#[test]
fn unpenalized_fits_are_those_of_the_reference() {
    let all = reference();
    for case in all["glm"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let fitted = fit_case(&all, case, Solver::Automatic);
        assert!(fitted.status.converged(), "{id}: {:?} {:?}", fitted.status, fitted.certificate);
        assert_eq!(fitted.solver, Solver::Cholesky);
        assert_close(id, &all_coefficients(&fitted), &numbers(&case["coefficients"]), 1e-10);
    }
}

#[test]
fn products_alone_lead_to_the_same_fits() {
    let all = reference();
    for case in all["glm"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        for solver in [Solver::NewtonCg, Solver::Lbfgs] {
            let fitted = fit_case(&all, case, solver);
            let expected = numbers(&case["coefficients"]);
            assert_close(id, &all_coefficients(&fitted), &expected, 1e-6);
        }
    }
}

/// Settings of a case of the section `penalized`, whose factors are its l1 and l2 column by column.
fn penalized(case: &Value) -> Option<GeneralizedLinearModel> {
    let (l1, l2) = (numbers(&case["l1"]), numbers(&case["l2"]));
    let alpha = l1[0] + l2[0];
    let l1_ratio = l1[0] / alpha;
    let factors: Vec<f64> = l1.iter().zip(&l2).map(|(a, b)| (a + b) / alpha).collect();
    let same_ratio = |(a, b): (&f64, &f64)| (a - l1_ratio * (a + b)).abs() < 1e-15;
    if alpha == 0.0 || !l1.iter().zip(&l2).all(same_ratio) {
        return None;
    }
    let bound = |name: &str| case.get(name).filter(|v| !v.is_null()).map(numbers);
    let (family, link) = family_of(case);
    Some(GeneralizedLinearModel {
        family,
        link: Some(link),
        alpha,
        l1_ratio,
        penalty_factors: Some(factors),
        lower: bound("lower"),
        upper: bound("upper"),
        tolerance: 1e-21,
        iterations: 500,
        ..Default::default()
    })
}

#[test]
fn penalized_fits_are_those_of_the_reference() {
    let all = reference();
    let x = design(&all, &["x1", "x2", "x3", "x4", "x5", "x6"]);
    let mut seen = 0;
    for case in all["penalized"]["cases"].as_array().unwrap() {
        let Some(model) = penalized(case) else { continue };
        let (y, weights, _) = targets_of(&all, case);
        let targets = Targets { y: &y, weights: weights.as_deref(), offset: None };
        let id = format!("{} {}", case["loss"], case["penalty"]);
        let smooth = model.l1_ratio == 0.0 && model.lower.is_none() && model.upper.is_none();
        let solvers: &[Solver] = if smooth {
            &[Solver::Cholesky, Solver::NewtonCg, Solver::CoordinateDescent]
        } else {
            &[Solver::Automatic]
        };
        for &solver in solvers {
            let model = GeneralizedLinearModel { solver, ..model.clone() };
            let fitted = model.fit(&x, targets).unwrap();
            let id = format!("{id} by {}", fitted.solver.name());
            let expected = numbers(&case["coefficients"]);
            let Certificate::Gap(gap) = fitted.certificate else { panic!("{id} has no gap") };
            assert!((0.0..1e-14).contains(&gap), "{id}: gap {gap}");
            assert_close(&id, &fitted.coefficients, &expected, 2e-9);
            let intercept = case["intercept"].as_f64().unwrap();
            assert_close(&id, &[fitted.intercept], &[intercept], 2e-9);
            for (found, expected) in fitted.coefficients.iter().zip(&expected) {
                assert_eq!(*found == 0.0, *expected == 0.0, "{id}: {found} and {expected}");
            }
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen}");
}

/// A design with correlated columns of different sizes, and targets of a family at a true model.
fn simulated(family: Family, rows: usize, columns: usize, seed: u64) -> (Design, Vec<f64>) {
    let mut random = Random::new(seed);
    let mut x = Matrix::zeros(rows, columns);
    for i in 0..rows {
        let common = random.normal();
        for j in 0..columns {
            x[(i, j)] = (0.5 * common + random.normal()) * (1.0 + j as f64 / 3.0);
        }
    }
    let truth: Vec<f64> =
        (0..columns).map(|j| if j % 3 == 0 { 0.3 / (1.0 + j as f64) } else { 0.0 }).collect();
    let mut z = vec![0.0; rows];
    x.multiply(&truth, &mut z);
    let y = z.iter().map(|z| match family {
        Family::Binomial => f64::from(random.uniform() < 1.0 / (1.0 + (-z).exp())),
        Family::Poisson => {
            let (mut k, mut p) = (0.0, random.uniform());
            while p > (-z.exp()).exp() {
                p *= random.uniform();
                k += 1.0;
            }
            k
        }
        _ => z + 0.3 * random.normal(),
    });
    let y = y.collect();
    (Design::dense(x, (0..columns).map(|j| format!("x{j}")).collect()), y)
}

#[test]
fn gaps_bound_the_distance_from_the_optimum() {
    for family in [Family::Gaussian, Family::Binomial, Family::Poisson] {
        for l1_ratio in [0.0, 0.5, 1.0] {
            let (x, y) = simulated(family, 80, 30, 3);
            let model =
                GeneralizedLinearModel { family, alpha: 0.05, l1_ratio, ..Default::default() };
            let exact = GeneralizedLinearModel { tolerance: 1e-16, ..model.clone() };
            let exact = exact.fit(&x, &y).unwrap();
            for tolerance in [1e-1, 1e-3, 1e-6, 1e-9] {
                let fitted =
                    GeneralizedLinearModel { tolerance, ..model.clone() }.fit(&x, &y).unwrap();
                assert_eq!(fitted.status, Status::Converged(Test::Gap));
                let Certificate::Gap(gap) = fitted.certificate else { panic!("no gap") };
                let distance = fitted.objective - exact.objective;
                assert!(
                    distance <= gap + 1e-14,
                    "{family:?} {l1_ratio} {tolerance}: {distance} {gap}"
                );
                let scale = fitted.objective.abs().max(fitted.null_objective - fitted.objective);
                assert!(gap <= tolerance * scale);
            }
        }
    }
}

#[test]
fn screening_never_drops_a_column_that_is_used() {
    for seed in 0..6 {
        let (x, y) = simulated(Family::Binomial, 60, 90, seed);
        let model = GeneralizedLinearModel {
            family: Family::Binomial,
            alpha: 0.08,
            l1_ratio: 1.0,
            tolerance: 1e-13,
            ..Default::default()
        };
        let fitted = model.fit(&x, &y).unwrap();
        assert!(fitted.status.converged(), "{:?}", fitted.status);
        // Optimality of all columns, screened out or not.
        let mu: Vec<f64> = fitted.predict(&x, None).unwrap();
        let residuals: Vec<f64> = mu.iter().zip(&y).map(|(mu, y)| (mu - y) / 60.0).collect();
        let mut g = vec![0.0; 90];
        x.multiply_columns_transposed(&residuals, &mut g);
        for (g, b) in g.iter().zip(&fitted.coefficients) {
            let violation = match *b {
                0.0 => g.abs() - 0.08,
                b => (g + 0.08 * b.signum()).abs(),
            };
            assert!(violation < 1e-6, "{violation}");
        }
    }
}

#[test]
fn sparse_and_dense_designs_have_the_same_fits() {
    let mut random = Random::new(5);
    let (rows, columns) = (120, 15);
    let mut sparse = SparseRows::default();
    let mut dense = Matrix::zeros(rows, columns);
    for i in 0..rows {
        let mut row = Vec::new();
        for j in 0..columns {
            if random.uniform() < 0.3 || (i == 0 && j + 1 == columns) {
                dense[(i, j)] = random.normal();
                row.push((j as u32, dense[(i, j)]));
            }
        }
        sparse.push_row(&row);
    }
    let y: Vec<f64> = (0..rows).map(|i| f64::from(dense[(i, 0)] + random.normal() > 0.3)).collect();
    let names: Vec<String> = (1..=columns).map(|j| format!("x{j}")).collect();
    let dense = Design::dense(dense, names);
    let sparse = Design::sparse(sparse);
    for (l1_ratio, solver) in [
        (0.0, Solver::Cholesky),
        (0.0, Solver::NewtonCg),
        (0.0, Solver::Lbfgs),
        (0.7, Solver::Automatic),
    ] {
        let model = GeneralizedLinearModel {
            family: Family::Binomial,
            alpha: 0.02,
            l1_ratio,
            solver,
            tolerance: 1e-14,
            iterations: 1000,
            ..Default::default()
        };
        let (a, b) = (model.fit(&dense, &y).unwrap(), model.fit(&sparse, &y).unwrap());
        assert_close("sparse", &a.coefficients, &b.coefficients, 1e-6);
        assert!(a.status.converged() && b.status.converged(), "{solver:?} {:?}", a.status);
        // A standardized sparse design is shifted only in its products.
        let mut shifted = sparse.clone();
        shifted.add_intercept();
        shifted.standardize();
        let mut standardized = dense.clone();
        standardized.add_intercept();
        standardized.standardize();
        let (a, b) = (model.fit(&standardized, &y).unwrap(), model.fit(&shifted, &y).unwrap());
        assert_close("standardized", &a.coefficients, &b.coefficients, 1e-6);
    }
}

#[test]
fn weights_count_rows() {
    let (x, y) = simulated(Family::Poisson, 40, 4, 8);
    let weights: Vec<f64> = (0..40).map(|i| f64::from(i % 4)).collect();
    let repeated: Vec<usize> = (0..40).flat_map(|i| vec![i; i % 4]).collect();
    let mut rows = Design::default();
    x.select_rows(&repeated, &mut rows);
    let many: Vec<f64> = repeated.iter().map(|&i| y[i]).collect();
    for (alpha, l1_ratio) in [(0.0, 0.0), (0.1, 0.0), (0.05, 0.6)] {
        let model = GeneralizedLinearModel {
            family: Family::Poisson,
            alpha,
            l1_ratio,
            tolerance: 1e-14,
            ..Default::default()
        };
        let weighted = model.fit(&x, Targets::new(&y).with_weights(&weights)).unwrap();
        let counted = model.fit(&rows, &many).unwrap();
        assert_close("weights", &weighted.coefficients, &counted.coefficients, 1e-9);
        let scaled: Vec<f64> = weights.iter().map(|w| 7.0 * w).collect();
        let scaled = model.fit(&x, Targets::new(&y).with_weights(&scaled)).unwrap();
        assert_close("scaled", &scaled.coefficients, &weighted.coefficients, 1e-9);
    }
}

#[test]
fn threads_do_not_change_a_bit_of_sums_over_rows() {
    let (x, y) = simulated(Family::Binomial, 20_000, 6, 2);
    let model =
        GeneralizedLinearModel { family: Family::Binomial, alpha: 0.1, ..Default::default() };
    let one = model.fit(&x, &y).unwrap();
    let two = Threads::new(2).unwrap().during(|| model.fit(&x, &y).unwrap());
    assert_close("threads", &one.coefficients, &two.coefficients, 1e-13);
    assert_eq!(one.null_objective.to_bits(), two.null_objective.to_bits());
}

#[test]
fn columns_that_are_combinations_are_named_and_left_out() {
    let (x, y) = simulated(Family::Binomial, 50, 3, 4);
    let mut wide = Matrix::zeros(50, 5);
    for i in 0..50 {
        let row = [0, 1, 2].map(|j| {
            let mut g = [0.0; 3];
            x.write_row(i, 1.0, &mut g);
            g[j]
        });
        let combination = 2.0 * row[0] - row[1] + 3.0;
        let values = [row[0], row[1], combination, 4.0, row[2]];
        values.iter().enumerate().for_each(|(j, &v)| wide[(i, j)] = v);
    }
    let names: Vec<String> = ["a", "b", "c", "k", "d"].map(str::to_owned).to_vec();
    let wide = Design::dense(wide, names.clone());
    let model = GeneralizedLinearModel::new(Family::Binomial);
    let fitted = model.fit(&wide, &y).unwrap();
    assert!(fitted.status.converged());
    assert_eq!(fitted.rank(), 4);
    let words: Vec<String> = fitted.aliased.iter().map(|alias| alias.words(&names)).collect();
    assert!(words[0].contains("(c = 3 + 2*a - b)"), "{}", words[0]);
    assert!(words[1].contains("`k` is constant"), "{}", words[1]);
    let narrow = model.fit(&x, &y).unwrap();
    assert_eq!((fitted.coefficients[2], fitted.coefficients[3]), (0.0, 0.0));
    assert!((fitted.coefficients[4] - narrow.coefficients[2]).abs() < 1e-9);
    // With a penalty on all columns nothing is left out.
    let ridge = GeneralizedLinearModel { alpha: 0.1, ..model };
    assert!(ridge.fit(&wide, &y).unwrap().aliased.is_empty());
}

#[test]
fn more_columns_than_rows_leave_as_many_out() {
    let (x, y) = simulated(Family::Gaussian, 10, 12, 1);
    let fitted = GeneralizedLinearModel::default().fit(&x, &y).unwrap();
    assert_eq!((fitted.rank(), fitted.aliased.len()), (10, 3));
    assert_close("interpolated", &fitted.predict(&x, None).unwrap(), &y, 1e-7);
}

#[test]
fn separation_is_found_and_named() {
    let line =
        |x: &[f64]| Design::dense(Matrix::from_entries(x.len(), 1, x.to_vec()), vec!["x".into()]);
    let model = GeneralizedLinearModel::new(Family::Binomial);
    let y = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    for solver in [Solver::Automatic, Solver::NewtonCg, Solver::Lbfgs, Solver::CoordinateDescent] {
        let model = GeneralizedLinearModel { solver, ..model.clone() };
        let complete = model.fit(&line(&[-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0]), &y).unwrap();
        assert_eq!(complete.status, Status::Separated);
        let found = complete.separation.unwrap();
        assert!(found.complete && found.rows.len() == 8);
        assert!(found.infinite.iter().any(|i| i.column == Some(0) && i.positive));

        let quasi = model.fit(&line(&[-2.0, -1.5, -1.0, 0.0, 0.0, 1.0, 1.5, 2.0]), &y).unwrap();
        assert_eq!(quasi.status, Status::Separated);
        let found = quasi.separation.unwrap();
        assert!(!found.complete);
        assert_eq!(found.rows, [0, 1, 2, 5, 6, 7]);
        assert_eq!(found.infinite.len(), 1);
        // The two rows at zero say that the intercept is zero.
        assert!(quasi.intercept.abs() < 1e-6, "{}", quasi.intercept);
        let words = found.words(&["x".to_owned()], 8);
        assert!(words.contains("`x` (+infinity)") && words.contains("6 of 8"), "{words}");
    }
    // A little ridge gives a finite optimum.
    let ridge = GeneralizedLinearModel { alpha: 1e-3, ..model.clone() };
    let fitted = ridge.fit(&line(&[-2.0, -1.5, -1.0, 0.0, 0.0, 1.0, 1.5, 2.0]), &y).unwrap();
    assert!(fitted.status.converged() && fitted.separation.is_none());
}

#[test]
fn a_column_without_penalty_can_separate_in_spite_of_the_others() {
    let y = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    let x = [-2.0, -1.5, -1.0, 0.0, 0.0, 1.0, 1.5, 2.0];
    let other = [0.3, -0.2, 0.5, 0.1, 0.4, -0.6, 0.2, 0.0];
    let x = Design::dense(
        Matrix::from_entries(8, 2, [x, other].concat()),
        vec!["a".into(), "b".into()],
    );
    for l1_ratio in [0.0, 1.0] {
        let model = GeneralizedLinearModel {
            family: Family::Binomial,
            alpha: 0.1,
            l1_ratio,
            penalty_factors: Some(vec![0.0, 1.0]),
            ..Default::default()
        };
        let fitted = model.fit(&x, &y).unwrap();
        assert_eq!(fitted.status, Status::Separated, "{l1_ratio}");
        assert_eq!(fitted.separation.unwrap().infinite[0].column, Some(0));
    }
}

#[test]
fn a_category_without_events_separates_counts() {
    // Level 2 has only zeros.
    let rows = 30;
    let mut x = Matrix::zeros(rows, 2);
    let mut y = vec![0.0; rows];
    for i in 0..rows {
        match i % 3 {
            0 => y[i] = 1.0 + f64::from(i as u32 % 4),
            1 => {
                x[(i, 0)] = 1.0;
                y[i] = 2.0 + f64::from(i as u32 % 2);
            }
            _ => x[(i, 1)] = 1.0,
        }
    }
    let x = Design::dense(x, vec!["g[b]".into(), "g[c]".into()]);
    let fitted = GeneralizedLinearModel::new(Family::Poisson).fit(&x, &y).unwrap();
    assert_eq!(fitted.status, Status::Separated);
    let found = fitted.separation.unwrap();
    assert_eq!(found.infinite.len(), 1);
    assert_eq!((found.infinite[0].column, found.infinite[0].positive), (Some(1), false));
    assert_eq!(found.rows.len(), 10);
    // The others are what they are without those rows: means of their levels.
    let mean = |k: usize| (0..rows).filter(|i| i % 3 == k).map(|i| y[i]).sum::<f64>() / 10.0;
    assert!((fitted.intercept - mean(0).ln()).abs() < 1e-6);
    assert!((fitted.coefficients[0] - (mean(1) / mean(0)).ln()).abs() < 1e-6);
}

/// Whether any direction separates: by the perceptron-like cone of two columns and an intercept,
/// searched on a fine grid of directions and all thresholds.
fn separates(x: &[[f64; 2]], y: &[f64]) -> bool {
    (0..20_000).any(|k| {
        let angle = std::f64::consts::TAU * f64::from(k) / 20_000.0;
        let (s, c) = angle.sin_cos();
        let along = |x: &[f64; 2]| c * x[0] + s * x[1];
        let ones = x.iter().zip(y).filter(|(_, y)| **y == 1.0).map(|(x, _)| along(x));
        let zeros = x.iter().zip(y).filter(|(_, y)| **y == 0.0).map(|(x, _)| along(x));
        ones.fold(f64::INFINITY, f64::min) >= zeros.fold(f64::NEG_INFINITY, f64::max)
    })
}

#[test]
fn separation_is_found_where_it_is_and_nowhere_else() {
    let mut random = Random::new(11);
    let (mut separated, mut regular) = (0, 0);
    for _ in 0..150 {
        let rows = 8 + random.below(10);
        let x: Vec<[f64; 2]> = (0..rows).map(|_| [random.normal(), random.normal()]).collect();
        let y: Vec<f64> = x.iter().map(|x| f64::from(1.5 * x[0] + random.normal() > 0.0)).collect();
        if y.iter().all(|&v| v == y[0]) {
            continue;
        }
        let design = Design::dense(Matrix::from_rows(&x), vec!["a".into(), "b".into()]);
        let fitted = GeneralizedLinearModel::new(Family::Binomial).fit(&design, &y).unwrap();
        if separates(&x, &y) {
            assert_eq!(fitted.status, Status::Separated, "{x:?} {y:?}");
            separated += 1;
        } else if fitted.status == Status::Separated {
            panic!("{x:?} {y:?}");
        } else {
            assert!(fitted.status.converged(), "{:?}", fitted.status);
            regular += 1;
        }
    }
    assert!(separated > 20 && regular > 20, "{separated} {regular}");
}

#[test]
fn a_fit_without_residuals_ends() {
    let x = Design::dense(Matrix::from_rows(&[[0.0], [1.0], [2.0]]), vec!["x".into()]);
    let fitted = GeneralizedLinearModel::default().fit(&x, &[1.0, 3.0, 5.0]).unwrap();
    assert!(fitted.status.converged(), "{:?}", fitted.status);
    assert_close("line", &[fitted.intercept, fitted.coefficients[0]], &[1.0, 2.0], 1e-14);
}

#[test]
fn a_model_of_the_intercept_alone_is_the_mean() {
    let x = Design::dense(Matrix::zeros(3, 0), Vec::new());
    let model = GeneralizedLinearModel::new(Family::Gamma);
    let fitted = model.fit(&x, &[1.0, 2.0, 6.0]).unwrap();
    assert!(fitted.status.converged());
    assert!((fitted.intercept - 3.0_f64.ln()).abs() < 1e-14);
}

#[test]
fn offsets_move_the_intercept_of_every_link() {
    let (x, _) = simulated(Family::Gaussian, 30, 2, 6);
    let offset = vec![0.3; 30];
    for (family, link) in [
        (Family::Gaussian, Link::Identity),
        (Family::Gaussian, Link::Log),
        (Family::Gamma, Link::Inverse),
        (Family::InverseGaussian, Link::InverseSquared),
        (Family::Binomial, Link::Probit),
        (Family::Binomial, Link::ComplementaryLogLog),
        (Family::Tweedie { power: 1.6 }, Link::Log),
    ] {
        let y: Vec<f64> = (0..30).map(|i| 0.3 + f64::from(i as u32 % 7) / 11.0).collect();
        let model = GeneralizedLinearModel {
            family,
            link: Some(link),
            tolerance: 1e-14,
            ..Default::default()
        };
        let plain = model.fit(&x, &y).unwrap();
        let moved = model.fit(&x, Targets::new(&y).with_offset(&offset)).unwrap();
        assert_close("slopes", &moved.coefficients, &plain.coefficients, 1e-8);
        assert!((moved.intercept + 0.3 - plain.intercept).abs() < 1e-8, "{family:?} {link:?}");
    }
}

#[test]
fn wrong_arguments_are_named() {
    let (x, y) = simulated(Family::Binomial, 12, 2, 1);
    let model = GeneralizedLinearModel::new(Family::Binomial);
    let message = |model: &GeneralizedLinearModel, targets: Targets<'_>| {
        model.fit(&x, targets).unwrap_err().to_string()
    };
    let ok = Targets::new(&y);
    let with = |change: fn(&mut GeneralizedLinearModel)| {
        let mut changed = model.clone();
        change(&mut changed);
        message(&changed, ok)
    };
    assert!(with(|m| m.alpha = -1.0).starts_with("alpha: is -1.0"));
    assert!(with(|m| m.l1_ratio = 2.0).starts_with("l1_ratio"));
    assert!(with(|m| m.tolerance = 0.0).starts_with("tolerance"));
    assert!(with(|m| m.iterations = 0).starts_with("iterations"));
    assert!(
        with(|m| m.penalty_factors = Some(vec![1.0])).starts_with("penalty_factors.len(): is 1")
    );
    assert!(with(|m| m.penalty_factors = Some(vec![1.0, -1.0])).starts_with("penalty_factors[1]"));
    assert!(with(|m| m.lower = Some(vec![1.0])).starts_with("lower.len()"));
    assert!(
        with(|m| (m.lower, m.upper) = (Some(vec![1.0; 2]), Some(vec![0.0; 2])))
            .starts_with("lower[0]: is 1.0, but must be at most upper[0]")
    );
    assert!(with(|m| m.link = Some(Link::Log)).starts_with("link"));
    let with_l1 = GeneralizedLinearModel {
        alpha: 0.1,
        l1_ratio: 1.0,
        solver: Solver::Cholesky,
        ..model.clone()
    };
    assert!(message(&with_l1, ok).starts_with("solver: is `cholesky`"));
    assert!(message(&model, Targets::new(&y[1..])).starts_with("y.len(): is 11"));
    let zero = vec![0.0; 12];
    assert!(message(&model, ok.with_weights(&zero)).contains("every weight is zero"));
    let mut negative = vec![1.0; 12];
    negative[3] = -1.0;
    assert!(message(&model, ok.with_weights(&negative)).starts_with("weights[3]: is -1.0"));
    negative[3] = f64::INFINITY;
    assert!(message(&model, ok.with_offset(&negative)).starts_with("offset[3]: is inf"));
    assert!(message(&model, Targets::new(&zero)).contains("a single class"));
    let mut broken = Matrix::from_rows(&[[1.0], [2.0]]);
    broken[(1, 0)] = f64::NAN;
    let broken = Design::dense(broken, vec!["age".into()]);
    let error = model.fit(&broken, &[0.0, 1.0]).unwrap_err().to_string();
    assert!(error.contains("`age` has an entry that is not finite"), "{error}");
    let no_start = GeneralizedLinearModel {
        family: Family::Gamma,
        link: Some(Link::Inverse),
        intercept: false,
        ..Default::default()
    };
    let line = Design::dense(Matrix::from_rows(&[[-1.0], [1.0]]), vec!["x".into()]);
    let error = no_start.fit(&line, &[1.0, 2.0]).unwrap_err().to_string();
    assert!(error.contains("needs a positive linear predictor"), "{error}");
}

#[test]
fn the_solver_follows_shape_density_and_penalty() {
    let mut random = Random::new(9);
    let (rows, columns) = (600, 2_000);
    let mut sparse = SparseRows::default();
    let mut y = Vec::new();
    for i in 0..rows {
        let mut places: Vec<u32> = (0..8).map(|_| random.below(columns) as u32).collect();
        places.push(if i == 0 { columns as u32 - 1 } else { 0 });
        places.sort_unstable();
        places.dedup();
        let row: Vec<(u32, f64)> = places.iter().map(|&j| (j, random.normal())).collect();
        let signal: f64 = row.iter().filter(|(j, _)| j % 5 == 0).map(|(_, x)| x).sum();
        y.push(f64::from(signal + random.normal() > 0.0));
        sparse.push_row(&row);
    }
    let wide = Design::sparse(sparse);
    let ridge =
        GeneralizedLinearModel { family: Family::Binomial, alpha: 1e-3, ..Default::default() };
    let fitted = ridge.fit(&wide, &y).unwrap();
    assert_eq!((fitted.solver, fitted.status), (Solver::NewtonCg, Status::Converged(Test::Gap)));
    assert!(fitted.reason.contains("2000 columns"), "{}", fitted.reason);
    let lasso = GeneralizedLinearModel { l1_ratio: 1.0, ..ridge.clone() };
    let fitted = lasso.fit(&wide, &y).unwrap();
    assert_eq!(fitted.solver, Solver::CoordinateDescent);
    assert_eq!(fitted.status, Status::Converged(Test::Gap));
    assert!(fitted.reason.starts_with("an L1 penalty"), "{}", fitted.reason);
    let (tall, y) = simulated(Family::Binomial, 500, 5, 1);
    let fitted = ridge.fit(&tall, &y).unwrap();
    assert_eq!(fitted.solver, Solver::Cholesky);
    let bounded = GeneralizedLinearModel { lower: Some(vec![0.0; 5]), ..ridge };
    let fitted = bounded.fit(&tall, &y).unwrap();
    assert_eq!(fitted.solver, Solver::CoordinateDescent);
    assert!(fitted.coefficients.iter().all(|&b| b >= 0.0));
}

#[test]
fn losses_without_curvature_in_places_have_optima_too() {
    let (x, y) = simulated(Family::Gaussian, 60, 3, 4);
    let huber = GeneralizedLinearModel {
        family: Family::Huber { delta: 0.1 },
        tolerance: 1e-12,
        ..Default::default()
    };
    let by_newton = huber.fit(&x, &y).unwrap();
    let by_lbfgs = GeneralizedLinearModel { solver: Solver::Lbfgs, ..huber }.fit(&x, &y).unwrap();
    assert_close("huber", &by_newton.coefficients, &by_lbfgs.coefficients, 1e-5);
    // The clipped residuals are orthogonal to the columns and to one.
    let mut g = vec![0.0; 3];
    let clipped: Vec<f64> =
        y.iter().zip(&by_newton.linear_predictor).map(|(y, z)| (y - z).clamp(-0.1, 0.1)).collect();
    x.multiply_columns_transposed(&clipped, &mut g);
    assert!(g.iter().all(|g| g.abs() < 1e-6) && clipped.iter().sum::<f64>().abs() < 1e-6);
}

#[test]
fn objectives_that_are_not_convex_are_certified_by_their_violation() {
    let (x, z) = simulated(Family::Gaussian, 60, 6, 4);
    let y: Vec<f64> = z.iter().map(|z| (0.3 * z).exp()).collect();
    for family in [Family::InverseGaussian, Family::Gaussian] {
        for l1_ratio in [0.0, 1.0] {
            let model = GeneralizedLinearModel {
                family,
                link: Some(Link::Log),
                alpha: 0.02,
                l1_ratio,
                ..Default::default()
            };
            let fitted = model.fit(&x, &y).unwrap();
            assert_eq!(fitted.status, Status::Converged(Test::Violation), "{family:?} {l1_ratio}");
            let Certificate::Violation(_) = fitted.certificate else { panic!("{family:?}") };
            // The conditions of optimality, from the fit itself.
            let slopes: Vec<f64> = y
                .iter()
                .zip(&fitted.linear_predictor)
                .map(|(&y, &z)| fitted.loss.row(y, z).slope / 60.0)
                .collect();
            let mut g = vec![0.0; 6];
            x.multiply_columns_transposed(&slopes, &mut g);
            for (g, &b) in g.iter().zip(&fitted.coefficients) {
                let (l1, l2) = (0.02 * l1_ratio, 0.02 * (1.0 - l1_ratio));
                let violation = match b {
                    0.0 => g.abs() - l1,
                    b => (g + l2 * b + l1 * b.signum()).abs(),
                };
                assert!(violation < 1e-6, "{family:?} {l1_ratio}: {violation}");
            }
        }
    }
}
