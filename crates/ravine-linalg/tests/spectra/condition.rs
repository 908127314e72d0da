//! Condition numbers and inertia from products.

use crate::random::{Random, symmetric_with_spectrum};
use ravine_linalg::Interrupt;
use ravine_linalg::matrix::{Matrix, SymmetricEigen};
use ravine_linalg::operator::{Assumed, LinearOperator, Structure};
use ravine_linalg::spectrum::{
    ConditionInterval, ConditionNumber, Count, InertiaEstimate, SpectrumEnd, SpectrumError,
};

/// The condition number from the eigenvalues.
fn exact(a: &Matrix) -> f64 {
    let eigen = SymmetricEigen::new(a).unwrap();
    eigen.norm() / eigen.values().iter().fold(f64::INFINITY, |m, v| m.min(v.abs()))
}

fn contains(found: &ConditionInterval, kappa: f64) -> bool {
    found.lower <= kappa * (1.0 + 1e-9) && kappa <= found.upper * (1.0 + 1e-9)
}

/// A random spectrum with a condition number of up to `10^decades`.
fn spectrum(n: usize, decades: f64, random: &mut Random) -> Vec<f64> {
    (0..n).map(|_| 10f64.powf(decades * 0.5 * (random.uniform() - 1.0))).collect()
}

#[test]
fn the_interval_contains_the_condition_number_of_definite_matrices() {
    let mut random = Random::new(31);
    for round in 0..40 {
        let n = [1, 2, 3, 10, 40, 90][round % 6];
        let decades = [0.1, 1.0, 3.0, 6.0, 11.0][round % 5];
        let mut values = spectrum(n, decades, &mut random);
        if round % 7 == 0 {
            values.iter_mut().for_each(|v| *v = -*v);
        }
        let a = symmetric_with_spectrum(&values, &mut random);
        let kappa = exact(&a);
        let settings = ConditionNumber { seed: round as u64, ..Default::default() };
        let found = settings.estimate(&a, &vec![0.0; n]).unwrap();
        assert!(contains(&found, kappa), "{round} {n}: {kappa} {found:?}");
        assert_eq!(found.end, SpectrumEnd::Converged);
        if kappa < 1e9 {
            assert!(found.upper <= 1.03 * found.lower, "{round} {n}: {kappa} {found:?}");
        }
    }
}

#[test]
fn the_interval_contains_the_condition_number_of_indefinite_matrices() {
    let mut random = Random::new(32);
    for round in 0..20 {
        let n = [2, 5, 30, 70][round % 4];
        let mut values = spectrum(n, [1.0, 2.5, 4.0][round % 3], &mut random);
        values.iter_mut().for_each(|v| *v *= random.uniform().signum());
        (values[0], values[1]) = (1.0, -0.5);
        let a = symmetric_with_spectrum(&values, &mut random);
        let kappa = exact(&a);
        let found = ConditionNumber::default().estimate(&a, &vec![0.0; n]).unwrap();
        assert!(contains(&found, kappa), "{round} {n}: {kappa} {found:?}");
        assert!(found.upper <= 1.03 * found.lower, "{round} {n}: {kappa} {found:?}");
    }
}

#[test]
fn a_budget_gives_an_honest_interval() {
    let mut random = Random::new(33);
    let n = 300;
    let values: Vec<f64> = (0..n).map(|i| 10f64.powf(-8.0 * i as f64 / (n - 1) as f64)).collect();
    let a = symmetric_with_spectrum(&values, &mut random);
    let mut before = 0.0;
    for products in [5, 20, 80] {
        let settings = ConditionNumber { products, ..Default::default() };
        // Known to be definite: the lower bound is certain and grows.
        let definite = Assumed::new(&a, Structure::Definite).unwrap();
        let found = settings.estimate(&definite, &vec![0.0; n]).unwrap();
        assert_eq!((found.end, found.products), (SpectrumEnd::ProductLimit, products));
        assert_eq!(found.upper, f64::INFINITY);
        assert!(found.lower > 2.0 * before && found.lower <= 1e8, "{found:?}");
        before = found.lower;
        // Not known: less is certain.
        let general = settings.estimate(&a, &vec![0.0; n]).unwrap();
        assert!(general.lower >= 1.0 && general.lower < found.lower);
        assert_eq!(general.upper, f64::INFINITY);
    }
}

#[test]
fn a_singular_operator_has_no_upper_bound() {
    let mut random = Random::new(34);
    for signs in [[1.0, 1.0], [1.0, -1.0]] {
        let values: Vec<f64> =
            (0..40).map(|i| if i < 10 { 0.0 } else { signs[i % 2] * (1 + i) as f64 }).collect();
        let a = symmetric_with_spectrum(&values, &mut random);
        let found = ConditionNumber::default().estimate(&a, &vec![0.0; 40]).unwrap();
        assert_eq!(found.upper, f64::INFINITY, "{found:?}");
        assert!(found.lower > 1e5, "{found:?}");
        assert_eq!(found.smallest, 0.0, "{found:?}");
    }
    let found = ConditionNumber::default().estimate(&Matrix::zeros(3, 3), &vec![0.0; 3]).unwrap();
    assert_eq!((found.upper, found.largest, found.smallest), (f64::INFINITY, 0.0, 0.0));
}

#[test]
fn operators_that_are_not_finite_and_settings_that_are_not_allowed() {
    struct Broken;
    impl LinearOperator<Vec<f64>> for Broken {
        fn dimension(&self) -> usize {
            4
        }
        fn apply(&self, _: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
            y.fill(f64::NAN);
            Ok(())
        }
    }
    let like = vec![0.0; 4];
    let error = ConditionNumber::default().estimate(&Broken, &like).unwrap_err();
    assert!(matches!(error, SpectrumError::NotFinite));
    let error = ConditionNumber::default().with_inverse(&Broken, &Broken, &like).unwrap_err();
    assert!(matches!(error, SpectrumError::NotFinite));
    let error = InertiaEstimate::default().estimate(&Broken, &like).unwrap_err();
    assert!(matches!(error, SpectrumError::NotFinite));
    let a = Matrix::identity(4);
    for settings in [
        ConditionNumber { tolerance: 0.0, ..Default::default() },
        ConditionNumber { products: 0, ..Default::default() },
        ConditionNumber { basis: Some(3), ..Default::default() },
    ] {
        let error = settings.estimate(&a, &like).unwrap_err();
        assert!(matches!(error, SpectrumError::Argument(_)));
    }
    for settings in [
        InertiaEstimate { tolerance: 1.0, ..Default::default() },
        InertiaEstimate { products: 0, ..Default::default() },
        InertiaEstimate { pairs: 0, ..Default::default() },
    ] {
        let error = settings.estimate(&a, &like).unwrap_err();
        assert!(matches!(error, SpectrumError::Argument(_)));
    }
}

#[test]
fn counts_of_signs_are_lower_bounds_and_all_where_they_say_so() {
    let mut random = Random::new(35);
    for (n, negative) in [(30, 0), (30, 7), (250, 0), (250, 4), (250, 120)] {
        let values: Vec<f64> = (0..n)
            .map(|i| if i < negative { -1.0 - 0.1 * i as f64 } else { 0.05 * (1 + i) as f64 })
            .collect();
        let a = symmetric_with_spectrum(&values, &mut random);
        let found = InertiaEstimate::default().estimate(&a, &vec![0.0; n]).unwrap();
        match found.negative {
            Count::All(count) => assert_eq!(count, negative),
            Count::AtLeast(count) => assert!(count <= negative && n == 250 && negative == 120),
        }
        match found.positive {
            Count::All(count) => assert_eq!(count, n - negative),
            Count::AtLeast(count) => assert!(count <= n - negative && n == 250),
        }
    }
    // Zero has no sign.
    let values: Vec<f64> = (0..20).map(|i| f64::from(i % 5 - 2)).collect();
    let a = symmetric_with_spectrum(&values, &mut random);
    let found = InertiaEstimate::default().estimate(&a, &vec![0.0; 20]).unwrap();
    assert_eq!((found.negative, found.positive), (Count::All(8), Count::All(8)));
}
