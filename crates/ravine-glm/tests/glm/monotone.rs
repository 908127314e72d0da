//! Monotone terms beside the isotonic regression of the means of the levels.

use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine_data::{Codes, Design};
use ravine_glm::inference::InferenceSettings;
use ravine_glm::{
    Before, Family, FittedModel, GeneralizedLinearModel, MonotoneTerm, Path, Targets,
};

use crate::reference::assert_close;

const LEVELS: usize = 9;

/// Levels of the rows, targets and weights; the means of the levels are in no order.
fn data(family: Family) -> (Vec<usize>, Vec<f64>, Vec<f64>) {
    let mut random = Random::new(8);
    let (mut levels, mut y, mut weights) = (Vec::new(), Vec::new(), Vec::new());
    for i in 0..90 {
        let level = i % LEVELS;
        let mean = 0.3 * level as f64 + 2.0 * random.uniform();
        levels.push(level);
        y.push(match family {
            Family::Poisson => mean.round(),
            Family::Binomial => f64::from(random.uniform() < 0.2 + 0.07 * level as f64),
            Family::Gamma => mean + 0.1,
            _ => mean,
        });
        weights.push(0.5 + random.uniform());
    }
    (levels, y, weights)
}

/// A column of zeros and ones for each level but the first.
fn dummies(levels: &[usize]) -> Matrix {
    Matrix::from_fn(levels.len(), LEVELS - 1, |i, j| f64::from(levels[i] == j + 1))
}

fn named(matrix: Matrix) -> Design {
    let names = (0..matrix.columns()).map(|j| format!("x{j}")).collect();
    Design::dense(matrix, names)
}

/// Means of the levels, neighbours in the wrong order pooled: the maximum-likelihood estimate of every
/// exponential family (Barlow et al., Statistical inference under order restrictions, 1972).
fn isotonic(levels: &[usize], y: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for level in 0..LEVELS {
        let rows = || (0..y.len()).filter(|&i| levels[i] == level);
        let weight: f64 = rows().map(|i| weights[i]).sum();
        let sum: f64 = rows().map(|i| weights[i] * y[i]).sum();
        pools.push((sum, weight, 1));
        while let [.., a, b] = pools[..]
            && a.0 / a.1 > b.0 / b.1
        {
            pools.truncate(pools.len() - 2);
            pools.push((a.0 + b.0, a.1 + b.1, a.2 + b.2));
        }
    }
    pools.iter().flat_map(|&(sum, weight, count)| vec![sum / weight; count]).collect()
}

fn model(family: Family, term: MonotoneTerm) -> GeneralizedLinearModel {
    GeneralizedLinearModel { family, monotone: vec![term], tolerance: 1e-11, ..Default::default() }
}

fn means_by_level(fitted: &FittedModel, levels: &[usize]) -> Vec<f64> {
    let row = |level: usize| levels.iter().position(|&l| l == level).unwrap();
    (0..LEVELS).map(|level| fitted.loss.mean(fitted.linear_predictor[row(level)])).collect()
}

#[test]
fn fits_are_isotonic_regressions() {
    let columns: Vec<usize> = (0..LEVELS - 1).collect();
    for family in [Family::Gaussian, Family::Poisson, Family::Gamma, Family::Binomial] {
        let (levels, y, weights) = data(family);
        let x = named(dummies(&levels));
        let model = model(family, MonotoneTerm::rising(columns.clone()));
        let targets = Targets::new(&y).with_weights(&weights);
        let fitted = model.fit(&x, targets).unwrap();
        assert!(fitted.status.converged(), "{family:?}: {:?}", fitted.status);
        let expected = isotonic(&levels, &y, &weights);
        let pooled = expected.windows(2).filter(|w| w[0] == w[1]).count();
        assert!(pooled > 0 && pooled < LEVELS - 1, "{family:?}: {expected:?}");
        assert_close(&format!("{family:?}"), &means_by_level(&fitted, &levels), &expected, 1e-6);
        let b = &fitted.coefficients;
        assert!(b[0] >= 0.0 && b.windows(2).all(|w| w[1] >= w[0]), "{b:?}");
        // What the coefficients say is what was fitted.
        let z = fitted.predict_linear(&x, None).unwrap();
        assert_close("predictor", &z, &fitted.linear_predictor, 1e-12);
        assert_eq!(fitted.model.monotone.len(), 1);
    }
}

/// Codes as they are stored for large factors, and the same columns sparse.
#[test]
fn sparse_designs_give_the_same() {
    let (levels, y, _) = data(Family::Gaussian);
    let columns: Vec<usize> = (0..LEVELS).collect();
    let term = MonotoneTerm { before: Before::Nothing, ..MonotoneTerm::rising(columns) };
    let model = GeneralizedLinearModel { intercept: false, ..model(Family::Gaussian, term) };
    let all = Matrix::from_fn(levels.len(), LEVELS, |i, j| f64::from(levels[i] == j));
    let dense = model.fit(&named(all), &y).unwrap();
    let codes = Codes::new(levels.iter().map(|&l| Some(l as u32)), LEVELS).unwrap();
    let names = (0..LEVELS).map(|j| format!("x{j}")).collect();
    let coded = model.fit(&Design::categorical(codes, names), &y).unwrap();
    assert_close("coefficients", &coded.coefficients, &dense.coefficients, 1e-9);
    let expected = isotonic(&levels, &y, &vec![1.0; y.len()]);
    assert_close("means", &dense.coefficients, &expected, 1e-6);
}

#[test]
fn falling_is_rising_of_the_negative() {
    let (levels, y, _) = data(Family::Gaussian);
    let x = named(dummies(&levels));
    let columns: Vec<usize> = (0..LEVELS - 1).collect();
    let negative: Vec<f64> = y.iter().map(|y| -y).collect();
    let rising =
        model(Family::Gaussian, MonotoneTerm::rising(columns.clone())).fit(&x, &y).unwrap();
    let falling =
        model(Family::Gaussian, MonotoneTerm::falling(columns)).fit(&x, &negative).unwrap();
    let back: Vec<f64> = falling.coefficients.iter().map(|b| -b).collect();
    assert_close("coefficients", &back, &rising.coefficients, 1e-8);
}

/// A start at the fit, and a path, whose penalty is one of the increments.
#[test]
fn starts_and_paths_go_through_the_increments() {
    let (levels, y, _) = data(Family::Gaussian);
    let x = named(dummies(&levels));
    let columns: Vec<usize> = (0..LEVELS - 1).collect();
    let base = model(Family::Gaussian, MonotoneTerm::rising(columns));
    let fitted = base.fit(&x, &y).unwrap();
    let start = Some((fitted.intercept, &fitted.coefficients[..]));
    let again = base.fit_from(&x, &y, start).unwrap();
    assert!(again.iterations <= 2, "{}", again.iterations);
    assert_close("again", &again.coefficients, &fitted.coefficients, 1e-8);
    assert!(base.fit_from(&x, &y, Some((0.0, &[1.0]))).is_err());
    let lasso = GeneralizedLinearModel { l1_ratio: 1.0, tolerance: 1e-8, ..base };
    let path = Path { model: lasso.clone(), count: 5, ..Default::default() };
    let largest = path.largest_alpha(&x, &y).unwrap();
    let at = |alpha: f64| {
        let model = GeneralizedLinearModel { alpha, ..lasso.clone() };
        model.fit(&x, &y).unwrap().coefficients.iter().all(|&b| b == 0.0)
    };
    assert!(at(1.000_001 * largest) && !at(0.99 * largest));
    assert!(path.fit(&x, &y).unwrap().iter().all(|point| point.status.converged()));
}

#[test]
fn terms_that_cannot_be_are_refused() {
    let (levels, y, _) = data(Family::Gaussian);
    let x = named(dummies(&levels));
    let with =
        |monotone: Vec<MonotoneTerm>| GeneralizedLinearModel { monotone, ..Default::default() };
    let refused = |model: &GeneralizedLinearModel, expected: &str| {
        assert_eq!(model.fit(&x, &y).unwrap_err().to_string(), expected);
    };
    refused(
        &with(vec![MonotoneTerm::rising([])]),
        "monotone[0]: is empty, but must have at least one column",
    );
    refused(
        &with(vec![MonotoneTerm::rising([8])]),
        "monotone[0]: is 8, but must be the number of a column, below 8",
    );
    refused(
        &with(vec![MonotoneTerm::rising([1, 2]), MonotoneTerm::falling([2])]),
        "monotone[1]: has column 2, which is in monotone[0] already",
    );
    let lower = Some(vec![-1.0; 8]);
    let bounded = GeneralizedLinearModel { lower, ..with(vec![MonotoneTerm::rising([1])]) };
    refused(&bounded, "monotone[0]: has column 1, which has bounds of its own");
    let short =
        GeneralizedLinearModel { lower: Some(vec![0.0]), ..with(vec![MonotoneTerm::rising([1])]) };
    assert!(short.fit(&x, &y).unwrap_err().to_string().starts_with("lower.len(): is 1"));
    let fitted = with(vec![MonotoneTerm::rising([0, 1])]).fit(&x, &y).unwrap();
    let settings = InferenceSettings::default();
    assert!(fitted.inference(&x, &y, &settings).is_err());
    assert!(fitted.leave_one_out(&x, &y).is_err());
}
