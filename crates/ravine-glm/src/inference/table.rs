//! Standard errors, intervals and tests.

use ravine::ArgumentError;
use ravine::fit::two_sided_quantile;
use ravine::matrix::{Cholesky, Matrix};
use ravine::vector::dot;
use ravine_data::Design;

use super::covariance::{
    Covariance, Middle, Weighting, leverages, sandwich, shift_intercept, without_negative,
};
use super::goodness::{Dispersion, GoodnessOfFit};
use crate::model::{FittedModel, Targets, problem_of};
use crate::solve::aliasing::find_beside;
use crate::solve::centring::centred;
use crate::solve::cholesky::FactoredInformation;
use crate::solve::rests::Rests;
use crate::special::{chi_squared_upper, f_upper, normal_two_sided, student_two_sided};

/// Restrictions whose estimates have correlations with an eigenvalue below this depend on each other.
const DEPENDENT: f64 = 1e-12;

/// How inference is made.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InferenceSettings {
    /// The covariance. Default [`Covariance::Model`].
    pub covariance: Covariance,
    /// The dispersion. Default [`Dispersion::Automatic`].
    pub dispersion: Dispersion,
    /// What weights mean. Default [`Weighting::Variance`].
    pub weighting: Weighting,
    /// Whether A is the observed information in place of Fisher's; they differ where the link is not
    /// canonical. Default `false`.
    pub observed: bool,
}

/// What a fit says of its coefficients. The intercept comes first where there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Inference {
    /// The covariance; rows and columns of coefficients that were left out are zero.
    pub covariance: Matrix,
    /// The estimates.
    pub estimates: Vec<f64>,
    /// Standard errors; `None` where there is no finite estimate.
    pub standard_errors: Vec<Option<f64>>,
    /// `h_i`, a number a row.
    pub leverages: Vec<f64>,
    /// Deviance, dispersion and likelihood.
    pub goodness: GoodnessOfFit,
    /// Degrees of freedom of t and F; `None`: z and chi squared.
    pub degrees: Option<f64>,
    /// What was done that may surprise, in sentences without a full stop.
    pub notes: Vec<String>,
}

/// A joint test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaldTest {
    /// Chi squared, or F where the dispersion is estimated.
    pub statistic: f64,
    /// Restrictions.
    pub restrictions: usize,
    /// The probability of as large a statistic if they hold.
    pub p_value: f64,
}

impl Inference {
    /// The same for the intercept `b0 - m'b`.
    fn with_intercept(mut self, intercept: f64, means: &[f64]) -> Self {
        shift_intercept(&mut self.covariance, means);
        self.estimates[0] = intercept;
        if let Some(error) = &mut self.standard_errors[0] {
            *error = self.covariance[(0, 0)].max(0.0).sqrt();
        }
        self
    }

    /// The same for the columns themselves in place of rests.
    fn with_rests(mut self, rests: &Rests, intercept: bool, names: &[String]) -> Self {
        rests.carry_back(&mut self.covariance, intercept);
        let diagonal = |k: usize| self.covariance[(k, k)].max(0.0).sqrt();
        for (k, error) in self.standard_errors.iter_mut().enumerate() {
            *error = error.map(|_| diagonal(k));
        }
        self.notes.extend(rests.words(names));
        self
    }

    /// Estimates by their standard errors.
    pub fn statistics(&self) -> Vec<Option<f64>> {
        let pairs = self.estimates.iter().zip(&self.standard_errors);
        pairs.map(|(b, se)| se.map(|se| b / se)).collect()
    }

    /// Two-sided p-values of the single coefficients.
    pub fn p_values(&self) -> Vec<Option<f64>> {
        let p = |t: f64| match self.degrees {
            None => normal_two_sided(t),
            Some(degrees) => student_two_sided(t, degrees),
        };
        self.statistics().into_iter().map(|t| t.map(p)).collect()
    }

    /// Wald's intervals: estimates plus and minus a quantile times standard errors.
    ///
    /// # Errors
    ///
    /// If the level is not between 0 and 1, or there is no degree of freedom.
    pub fn intervals(&self, level: f64) -> Result<Vec<Option<(f64, f64)>>, ArgumentError> {
        let degrees = self.degrees.map(|degrees| degrees.max(0.0) as usize);
        let quantile = two_sided_quantile(level, degrees)?;
        let pairs = self.estimates.iter().zip(&self.standard_errors);
        let of =
            |(b, se): (&f64, &Option<f64>)| se.map(|se| (b - quantile * se, b + quantile * se));
        Ok(pairs.map(of).collect())
    }

    /// Wald's test of `R b = 0`, a row of R a restriction: `(Rb)'(R V R')^-1 (Rb)`.
    ///
    /// # Errors
    ///
    /// If R has not a column a coefficient, or its rows depend on each other.
    pub fn wald(&self, restrictions: &Matrix) -> Result<WaldTest, ArgumentError> {
        let (rows, n) = (restrictions.rows(), self.estimates.len());
        let given = restrictions.columns();
        let allowed = format!("one a coefficient, {n}");
        ArgumentError::check(given == n, "restrictions.columns()", given, &allowed)?;
        let mut value = vec![0.0; rows];
        restrictions.multiply(&self.estimates, &mut value);
        let of = |i: usize, j: usize| -> f64 {
            let mut product = vec![0.0; n];
            let row = |i: usize| (0..n).map(|k| restrictions[(i, k)]).collect::<Vec<_>>();
            self.covariance.multiply(&row(j), &mut product);
            row(i).iter().zip(&product).map(|(a, b)| a * b).sum()
        };
        let middle = Matrix::from_fn(rows, rows, of);
        let dependent = || {
            ArgumentError::new("restrictions", "its rows depend on each other, or on no estimate")
        };
        // Of rows that depend on each other rounding may leave a tiny pivot: correlations must have none.
        let scaled = Matrix::from_fn(rows, rows, |i, j| match i == j {
            true if middle[(i, i)] > 0.0 => 1.0 - DEPENDENT,
            true => 0.0,
            false => middle[(i, j)] / (middle[(i, i)] * middle[(j, j)]).sqrt(),
        });
        Cholesky::new(&scaled).map_err(|_| dependent())?;
        let factor = Cholesky::new(&middle).map_err(|_| dependent())?;
        let mut solved = value.clone();
        factor.solve(&mut solved);
        let square: f64 = value.iter().zip(&solved).map(|(a, b)| a * b).sum();
        let count = rows as f64;
        Ok(match self.degrees {
            None => WaldTest {
                statistic: square,
                restrictions: rows,
                p_value: chi_squared_upper(square, count),
            },
            Some(degrees) => WaldTest {
                statistic: square / count,
                restrictions: rows,
                p_value: f_upper(square / count, count, degrees),
            },
        })
    }
}

impl FittedModel {
    /// Standard errors, intervals and tests of a fit without penalty, from the data it was fitted to.
    /// Weights and covariance are those of the final point. Under separation they are those of the fit
    /// without the rows that are fitted perfectly, which is the limit; what is infinite has none.
    ///
    /// # Errors
    ///
    /// If the fit has a penalty, or bounds, monotone terms among them; if the loss has no distribution,
    /// design and targets are not those of the fit by their sizes, or there are no residual degrees of
    /// freedom where they are needed.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine_data::Design;
    /// use ravine_glm::inference::InferenceSettings;
    /// use ravine_glm::GeneralizedLinearModel;
    ///
    /// let x = Matrix::from_rows(&[[0.0], [1.0], [2.0], [3.0]]);
    /// let x = Design::dense(x, vec!["x".into()]);
    /// let y = [0.0, 1.0, 2.0, 4.0];
    /// let fitted = GeneralizedLinearModel::default().fit(&x, &y)?;
    /// let inference = fitted.inference(&x, &y, &InferenceSettings::default())?;
    /// // Residual variance 0.15, sum of squares of x about its mean 5.
    /// assert!((inference.standard_errors[1].unwrap() - 0.03_f64.sqrt()).abs() < 1e-12);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn inference<'a>(
        &self,
        design: &'a Design,
        targets: impl Into<Targets<'a>>,
        settings: &InferenceSettings,
    ) -> Result<Inference, ArgumentError> {
        let targets = targets.into();
        let mut problem = problem_of(&self.model, design, &targets)?;
        let bounded = problem.bounds.is_some() || !self.model.monotone.is_empty();
        if !problem.is_unpenalized() || bounded {
            let message = "has a penalty or bounds: standard errors hold for fits without";
            return Err(ArgumentError::new("model", message));
        }
        if !self.loss.family().has_likelihood() && settings.covariance == Covariance::Model {
            let message = format!(
                "is `model`, but the loss `{}` has no distribution: take one of the robust covariances",
                self.loss.family().name()
            );
            return Err(ArgumentError::new("covariance", message));
        }
        if let Some((centred, means)) = centred(design, &problem.weights, problem.intercept) {
            let constant = dot(&means, &self.coefficients);
            let there = Self { intercept: self.intercept + constant, ..self.clone() };
            let inference = there.inference(&centred, targets, settings)?;
            return Ok(inference.with_intercept(self.intercept, &means));
        }
        let goodness = self.goodness(design, targets, settings.dispersion, settings.weighting)?;
        let degrees = goodness.residual_degrees();
        if goodness.dispersion_estimated && degrees <= 0.0 {
            let message = format!("there are {degrees} degrees of freedom left for the dispersion");
            return Err(ArgumentError::new("targets", message));
        }
        self.aliased.iter().for_each(|alias| problem.aliased[alias.column] = true);
        let mut left_out = vec![false; problem.rows()];
        if let Some(separation) = &self.separation {
            separation.rows.iter().for_each(|&i| left_out[i] = true);
            let columns = separation.infinite.iter().filter_map(|infinite| infinite.column);
            columns.for_each(|j| problem.aliased[j] = true);
        }
        let weight = |i: usize| if left_out[i] { 0.0 } else { targets.weight(i) };
        let rows: Vec<_> = targets
            .y
            .iter()
            .zip(&self.linear_predictor)
            .map(|(&y, &z)| self.loss.row(y, z))
            .collect();
        let information: Vec<f64> = rows
            .iter()
            .enumerate()
            .map(|(i, row)| match weight(i) {
                0.0 => 0.0,
                w => w * if settings.observed { row.observed } else { row.expected },
            })
            .collect();
        let mut factored = FactoredInformation::default();
        factored.factorize(&problem, &information);
        let mut notes = Vec::new();
        if factored.is_suspicious() {
            let found = find_beside(design, &information, problem.intercept, &[], &problem.aliased);
            if let Some(rests) = Rests::of(found.near) {
                let names = &design.names()[usize::from(design.has_intercept())..];
                if let Some(changed) = rests.replaced(design) {
                    let inference = self.inference(&changed, targets, settings)?;
                    return Ok(inference.with_rests(&rests, self.has_intercept, names));
                }
                notes = rests.words(names);
                notes.push(rests.lost_words(names));
            }
        }
        let bread = factored.inverse();
        let expected: Vec<f64> = (0..rows.len())
            .map(|i| if weight(i) == 0.0 { 0.0 } else { weight(i) * rows[i].expected })
            .collect();
        let of_leverages = if settings.observed {
            let mut factored = FactoredInformation::default();
            factored.factorize(&problem, &expected);
            factored.inverse()
        } else {
            bread.clone()
        };
        let leverages = leverages(&problem, &of_leverages, &expected);
        let covariance = if settings.covariance == Covariance::Model {
            let mut covariance = bread;
            covariance.entries_mut().iter_mut().for_each(|c| *c *= goodness.dispersion);
            covariance
        } else {
            let scores: Vec<f64> = rows.iter().map(|row| row.slope).collect();
            let middle = Middle {
                scores: &scores,
                weights: &weight,
                leverages: &leverages,
                rows: goodness.rows,
                rank: goodness.rank as f64,
                weighting: settings.weighting,
            };
            let whole = sandwich(&bread, &middle.form(&problem, &settings.covariance)?);
            if matches!(settings.covariance, Covariance::TwoWay(..)) {
                let (definite, changed) = without_negative(whole);
                if changed {
                    let words = "negative eigenvalues of the two-way covariance were set to zero";
                    notes.push(words.to_owned());
                }
                definite
            } else {
                whole
            }
        };
        let infinite_intercept = self
            .separation
            .as_ref()
            .is_some_and(|s| s.infinite.iter().any(|infinite| infinite.column.is_none()));
        let first = usize::from(self.has_intercept);
        let standard_errors = (0..covariance.rows())
            .map(|k| {
                let missing = match k.checked_sub(first) {
                    None => infinite_intercept,
                    Some(j) => problem.aliased[j],
                };
                (!missing).then(|| covariance[(k, k)].max(0.0).sqrt())
            })
            .collect();
        let degrees = match &settings.covariance {
            Covariance::Clustered(clusters) => Some(different(clusters) - 1.0),
            Covariance::TwoWay(first, second) => {
                Some(different(first).min(different(second)) - 1.0)
            }
            _ => goodness.dispersion_estimated.then_some(degrees),
        };
        let intercept = self.has_intercept.then_some(self.intercept);
        Ok(Inference {
            covariance,
            estimates: intercept.into_iter().chain(self.coefficients.iter().copied()).collect(),
            standard_errors,
            leverages,
            goodness,
            degrees,
            notes,
        })
    }
}

/// How many different numbers there are.
fn different(numbers: &[usize]) -> f64 {
    numbers.iter().collect::<std::collections::BTreeSet<_>>().len() as f64
}
