//! Columns whose entries lie close together far from zero, and what rounding is.

use ravine::matrix::{Matrix, SparseRows};
use ravine::random::Random;
use ravine_data::{Codes, Design};
use ravine_glm::inference::{InferenceSettings, Profile};
use ravine_glm::{
    Family, FirthLogistic, GeneralizedLinearModel, Link, Multinomial, PenaltyUnits, Solver, Targets,
};

use crate::reference::assert_close;

const ROWS: usize = 600;
const SHIFT: f64 = 1e9;

/// Entries as they are stored far from zero, and the same near zero, to the last bit.
fn stored(spread: f64, shift: f64) -> (Vec<f64>, Vec<f64>) {
    let mut random = Random::new(5);
    let far: Vec<f64> = (0..ROWS).map(|_| shift + spread * random.normal()).collect();
    let near = far.iter().map(|x| x - shift).collect();
    (far, near)
}

fn other() -> Vec<f64> {
    let mut random = Random::new(6);
    (0..ROWS).map(|_| random.normal()).collect()
}

fn dense(columns: &[&[f64]]) -> Design {
    let names = (0..columns.len()).map(|j| ["a", "b", "c", "d"][j].to_owned()).collect();
    let mut x = Design::dense(Matrix::from_entries(ROWS, columns.len(), columns.concat()), names);
    x.add_intercept();
    x
}

/// A column beside a category of three levels.
fn beside_category(column: &[f64]) -> Design {
    let mut x = Design::dense(Matrix::from_entries(ROWS, 1, column.to_vec()), vec!["a".into()]);
    let codes = (0..ROWS).map(|i| (i % 3 > 0).then(|| i as u32 % 3 - 1));
    let names = vec!["g[T.v]".into(), "g[T.w]".into()];
    x.append(Design::categorical(Codes::new(codes, 2).unwrap(), names)).unwrap();
    x.add_intercept();
    x
}

/// Two columns by rows, the first of which is stored in all of them.
fn sparse(a: &[f64], b: &[f64]) -> Design {
    let mut rows = SparseRows::default();
    for i in 0..ROWS {
        match i % 2 {
            0 => rows.push_row(&[(0, a[i])]),
            _ => rows.push_row(&[(0, a[i]), (1, b[i])]),
        }
    }
    let mut x = Design::sparse(rows);
    x.add_intercept();
    x
}

fn target(family: Family, near: &[f64]) -> Vec<f64> {
    let mut random = Random::new(7);
    let of = |&x: &f64| {
        let z = 0.3 + 0.8 * x;
        match family {
            Family::Binomial => f64::from(u8::from(random.uniform() < 1.0 / (1.0 + (-z).exp()))),
            Family::Poisson => (z.exp() + random.uniform()).floor(),
            Family::Gamma => z.exp() * (0.5 + random.uniform()),
            _ => z + 0.4 * random.normal(),
        }
    };
    near.iter().map(of).collect()
}

/// A design of a column and, where it takes one, another.
type Pair = fn(&[f64], &[f64]) -> Design;

#[test]
fn slopes_do_not_depend_on_where_a_column_lies() {
    let (far, near) = stored(1.0, SHIFT);
    let b = other();
    let designs: [Pair; 3] = [|a, b| dense(&[a, b]), |a, _| beside_category(a), sparse];
    for family in [Family::Gaussian, Family::Binomial, Family::Poisson, Family::Gamma] {
        let y = target(family, &near);
        let link = (family == Family::Gamma).then_some(Link::Log);
        for (k, design) in designs.iter().enumerate() {
            let (here, there) = (design(&near, &b), design(&far, &b));
            for solver in [Solver::Automatic, Solver::NewtonCg, Solver::CoordinateDescent] {
                let tolerance = 1e-14;
                let model = GeneralizedLinearModel {
                    family,
                    link,
                    solver,
                    tolerance,
                    ..Default::default()
                };
                let (one, two) = (model.fit(&here, &y).unwrap(), model.fit(&there, &y).unwrap());
                let name = format!("{family:?} {k} {solver:?}");
                assert!(two.status.converged() && two.aliased.is_empty(), "{name}");
                assert_close(&name, &two.coefficients, &one.coefficients, 1e-6);
                let moved = one.intercept - SHIFT * two.coefficients[0];
                assert_close(&name, &[two.intercept], &[moved], 1e-9);
                assert!((two.objective - one.objective).abs() < 1e-10, "{name}");
            }
            let model = GeneralizedLinearModel { family, link, ..Default::default() };
            let errors = |x: &Design| {
                let fitted = model.fit(x, &y).unwrap();
                let found = fitted.inference(x, &y, &InferenceSettings::default()).unwrap();
                found.standard_errors[1..].iter().map(|e| e.unwrap()).collect::<Vec<f64>>()
            };
            assert_close("errors", &errors(&there), &errors(&here), 1e-6);
        }
    }
}

#[test]
fn likelihood_intervals_do_not_depend_on_where_a_column_lies() {
    let (far, near) = stored(1.0, SHIFT);
    let y = target(Family::Binomial, &near);
    let model = GeneralizedLinearModel::new(Family::Binomial);
    let interval = |a: &[f64]| {
        let x = dense(&[a, &other()]);
        let fitted = model.fit(&x, &y).unwrap();
        let inference = fitted.inference(&x, &y, &InferenceSettings::default()).unwrap();
        let profile = Profile::new(&fitted, &inference, &x, Targets::new(&y)).unwrap();
        let (low, high) = profile.interval(1, 0.95).unwrap();
        [low.unwrap(), high.unwrap()]
    };
    assert_close("interval", &interval(&far), &interval(&near), 1e-6);
}

#[test]
fn penalties_are_those_of_columns_near_zero() {
    let (far, near) = stored(1.0, SHIFT);
    let b = other();
    let y = target(Family::Binomial, &near);
    for (l1_ratio, penalty_units) in [
        (0.0, PenaltyUnits::Columns),
        (1.0, PenaltyUnits::Columns),
        (1.0, PenaltyUnits::Deviations),
    ] {
        let model = GeneralizedLinearModel {
            family: Family::Binomial,
            alpha: 0.02,
            l1_ratio,
            penalty_units,
            tolerance: 1e-13,
            ..Default::default()
        };
        let [one, two] = [&near, &far].map(|a| model.fit(&dense(&[a, &b]), &y).unwrap());
        assert!(one.coefficients[0].abs() > 0.1);
        assert_close(
            &format!("{l1_ratio} {penalty_units:?}"),
            &two.coefficients,
            &one.coefficients,
            1e-6,
        );
    }
}

#[test]
fn models_around_them_see_the_column_too() {
    let (far, near) = stored(1.0, SHIFT);
    let b = other();
    let y = target(Family::Binomial, &near);
    let [one, two] =
        [&near, &far].map(|a| FirthLogistic::default().fit(&dense(&[a, &b]), &y).unwrap());
    assert!(two.converged && two.aliased.is_empty());
    assert_close("Firth", &two.coefficients, &one.coefficients, 1e-6);
    let errors = |fitted: &ravine_glm::FirthFit| {
        fitted.standard_errors[1..].iter().map(|e| e.unwrap()).collect::<Vec<_>>()
    };
    assert_close("Firth's errors", &errors(&two), &errors(&one), 1e-6);
    let classes: Vec<usize> = near
        .iter()
        .zip(&b)
        .map(|(x, b)| usize::from(x + b > 0.3) + usize::from(x - b > 1.5))
        .collect();
    for (alpha, l1_ratio) in [(0.0, 0.0), (0.01, 0.0), (0.01, 1.0)] {
        let model = Multinomial { alpha, l1_ratio, tolerance: 1e-13, ..Default::default() };
        let of = |a: &[f64]| {
            // Two columns of their own, so that the classes overlap.
            let mixed: Vec<f64> =
                b.iter().enumerate().map(|(i, b)| b + 2.0 * near[i * 7 % ROWS]).collect();
            model.fit(&dense(&[a, &mixed]), &classes, None).unwrap()
        };
        let (one, two) = (of(&near), of(&far));
        assert!(two.status.converged(), "{alpha} {l1_ratio}");
        for (a, b) in two.coefficients.iter().zip(&one.coefficients) {
            assert!(
                a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6 * (1.0 + b.abs())),
                "{a:?} {b:?}"
            );
        }
        let Some(errors) = &two.standard_errors else { continue };
        for (k, (found, near)) in errors.iter().zip(one.standard_errors.unwrap()).enumerate() {
            assert_close("slopes' errors", &found[1..], &near[1..], 1e-6);
            // b0 - c b1, of which the second outweighs the first by far.
            assert!((found[0] / (SHIFT * near[1]) - 1.0).abs() < 1e-6, "{k}");
        }
    }
}

#[test]
fn what_differs_by_rounding_alone_is_constant() {
    let y = target(Family::Gaussian, &other());
    let b = other();
    let model = GeneralizedLinearModel::default();
    let constant = |column: &[f64]| {
        let fitted = model.fit(&dense(&[&b, column]), &y).unwrap();
        assert!(fitted.status.converged());
        fitted.aliased.iter().any(|alias| alias.column == 1 && alias.combination.is_empty())
    };
    for value in [0.1, 1e9, 1.0 / 3.0, 1e100, 7e-100, -12345.678] {
        assert!(constant(&[value; ROWS]), "{value}");
        // A sum of thirds is off by a unit in the last place here and there.
        let noisy: Vec<f64> =
            (0..ROWS).map(|i| value / (1.0 + i as f64) * (1.0 + i as f64)).collect();
        assert!(constant(&noisy), "{value}");
        // An entry that differs by more than rounding says something.
        let mut one = vec![value; ROWS];
        one[17] *= 1.0 + 1e-11;
        assert!(!constant(&one), "{value}");
    }
    for spread in [1e-4, 1e-3, 1.0, 1e6] {
        let (far, near) = stored(spread, SHIFT);
        assert!(!constant(&far), "{spread}");
        let [one, two] = [&near, &far].map(|a| model.fit(&dense(&[a, &b]), &y).unwrap());
        assert_close("slopes", &two.coefficients, &one.coefficients, 1e-6);
    }
    assert!(constant(&stored(1e-8, SHIFT).0));
}

#[test]
fn what_rounding_leaves_of_a_combination_is_nothing() {
    let y = target(Family::Gaussian, &other());
    let model = GeneralizedLinearModel::default();
    // Of numbers near 1e10 rounding leaves a millionth, and the deviations are 1.
    let (far, near) = stored(1.0, 1e10);
    let b = other();
    let more: Vec<f64> = far.iter().map(|x| 1.1 * x).collect();
    let fitted = model.fit(&dense(&[&far, &b, &more]), &y).unwrap();
    assert_eq!(fitted.aliased.len(), 1);
    assert_eq!((fitted.aliased[0].column, fitted.rank()), (2, 3));
    let [(0, factor)] = fitted.aliased[0].combination[..] else { panic!("{:?}", fitted.aliased) };
    assert!((factor - 1.1).abs() < 1e-6, "{factor}");
    // What is more than rounding is not left out.
    let beside: Vec<f64> = far.iter().zip(&b).map(|(x, b)| x + 1e-3 * b).collect();
    let fitted = model.fit(&dense(&[&far, &beside]), &y).unwrap();
    assert!(fitted.aliased.is_empty());
    let difference: Vec<f64> = beside.iter().zip(&far).map(|(a, b)| a - b).collect();
    let direct = model.fit(&dense(&[&near, &difference]), &y).unwrap();
    assert_close("second", &fitted.coefficients[1..], &direct.coefficients[1..], 1e-5);
}

#[test]
fn a_suspect_that_is_none_is_kept_and_counts_for_those_behind() {
    let y = target(Family::Gaussian, &other());
    let (_, a) = stored(1.0, 0.0);
    let noise = other();
    // c is nearly a, by a pivot of 1e-10; d follows from both, e from a alone.
    let c: Vec<f64> = a.iter().zip(&noise).map(|(a, n)| a + 1e-5 * n).collect();
    let d: Vec<f64> = a.iter().zip(&c).map(|(a, c)| a + 2.0 * c).collect();
    let e: Vec<f64> = a.iter().map(|a| 3.0 - a).collect();
    let fitted = GeneralizedLinearModel::default().fit(&dense(&[&a, &c, &d, &e]), &y).unwrap();
    let left_out: Vec<usize> = fitted.aliased.iter().map(|alias| alias.column).collect();
    assert_eq!(left_out, [2, 3]);
    let direct = GeneralizedLinearModel::default().fit(&dense(&[&a, &noise]), &y).unwrap();
    assert_close("c", &[1e-5 * fitted.coefficients[1]], &direct.coefficients[1..2], 1e-4);
}
