//! A fitted model as it is stored, and its predictions.

use ravine::ArgumentError;
use ravine::fit::two_sided_quantile;
use ravine::matrix::Matrix;
use ravine::vector::dot;
use ravine_data::{Design, Terms};

use super::coefficients::Coefficient;
use super::family::ModelFamily;
use crate::family::Loss;
use crate::multinomial::class_probabilities;

/// What a file of this kind begins with, and the version of what follows.
const FORMAT: &str = "ravine model";
const VERSION: u32 = 1;

/// How rows of a design become predictions.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predictor {
    /// The mean at `z = x'b + b0 + offset`.
    Mean {
        /// Family and link.
        loss: Loss,
        /// 0 where there is none.
        intercept: f64,
        /// A number a column.
        coefficients: Vec<f64>,
    },
    /// The probabilities of classes.
    Classes {
        /// A number a class.
        intercepts: Vec<f64>,
        /// For each class a number a column.
        coefficients: Vec<Vec<f64>>,
    },
    /// The second class where `x'b + b0` is positive.
    Margin {
        /// 0 where there is none.
        intercept: f64,
        /// A number a column.
        coefficients: Vec<f64>,
    },
}

/// What a model says of new rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Predictions {
    /// Means; of two classes the probability of the second.
    Means(Vec<f64>),
    /// Probabilities, a column a class.
    Probabilities(Matrix),
    /// Distances from the boundary between two classes, in units of the margin.
    Margins(Vec<f64>),
}

impl Predictions {
    /// The place of each row's class: of means, as probabilities, and margins the second above one half
    /// and above 0; of several the likeliest, the first of equal ones.
    ///
    /// ```
    /// use ravine_glm::analysis::Predictions;
    ///
    /// assert_eq!(Predictions::Means(vec![0.2, 0.7]).classes(), [0, 1]);
    /// assert_eq!(Predictions::Margins(vec![0.2, -0.7]).classes(), [1, 0]);
    /// ```
    pub fn classes(&self) -> Vec<usize> {
        let second = |numbers: &[f64], above: f64| {
            numbers.iter().map(|&number| usize::from(number > above)).collect()
        };
        match self {
            Self::Means(means) => second(means, 0.5),
            Self::Margins(margins) => second(margins, 0.0),
            Self::Probabilities(p) => {
                let likelier = |i: usize, best: usize, k: usize| match p[(i, k)] > p[(i, best)] {
                    true => k,
                    false => best,
                };
                let likeliest = |i| (1..p.columns()).fold(0, |best, k| likelier(i, best, k));
                (0..p.rows()).map(likeliest).collect()
            }
        }
    }
}

/// A fitted model with what is needed to predict: the terms of its formula with their levels, knots and
/// means, the coefficients, and their covariance.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedModel {
    format: String,
    version: u32,
    /// What was fitted.
    pub family: ModelFamily,
    /// What the target is called.
    pub target: String,
    /// The terms of its formula; `None` of a file whose columns have no names.
    pub terms: Option<Terms>,
    /// The classes by name, the one that counts as 1 last of two.
    pub classes: Option<Vec<String>>,
    /// The rows it was fitted to.
    pub rows: usize,
    /// How it predicts.
    pub predictor: Predictor,
    /// The table of coefficients.
    pub coefficients: Vec<Coefficient>,
    /// The covariance of the coefficients, the intercept first where there is one, a column after the
    /// other; `None` of a fit without standard errors.
    pub covariance: Option<Vec<Vec<f64>>>,
    /// The degrees of freedom of Student's t for intervals; `None` for the normal distribution.
    pub degrees: Option<f64>,
}

impl SavedModel {
    /// Of parts that belong together.
    pub(super) fn new(
        family: ModelFamily,
        classes: Option<Vec<String>>,
        rows: usize,
        predictor: Predictor,
        coefficients: Vec<Coefficient>,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            family,
            target: String::new(),
            terms: None,
            classes,
            rows,
            predictor,
            coefficients,
            covariance: None,
            degrees: None,
        }
    }

    /// Whether this is a model of this version, which a file that could be read need not be.
    ///
    /// # Errors
    ///
    /// Names what the file is, and what it should be; or the coefficients that are missing.
    pub fn check(&self) -> Result<(), ArgumentError> {
        if self.format != FORMAT {
            let message = format!("is of the format `{}`, but must be `{FORMAT}`", self.format);
            return Err(ArgumentError::new("model", message));
        }
        if self.version != VERSION {
            let message = format!("is of version {}, but must be of {VERSION}", self.version);
            return Err(ArgumentError::new("model", message));
        }
        let n = self.columns();
        let whole = match &self.predictor {
            Predictor::Classes { intercepts, coefficients } => {
                intercepts.len() == coefficients.len()
                    && self.classes.as_ref().is_some_and(|c| c.len() == intercepts.len())
                    && coefficients.iter().all(|b| b.len() == n)
            }
            Predictor::Mean { .. } | Predictor::Margin { .. } => {
                self.classes.as_ref().is_none_or(|classes| classes.len() == 2)
            }
        };
        let square = |v: &Vec<Vec<f64>>| {
            (v.len() == n || v.len() == n + 1) && v.iter().all(|column| column.len() == v.len())
        };
        if whole && self.covariance.as_ref().is_none_or(square) {
            return Ok(());
        }
        Err(ArgumentError::new("model", "has coefficients, classes or covariances missing"))
    }

    /// The columns that its coefficients stand for, without the intercept.
    pub fn columns(&self) -> usize {
        match &self.predictor {
            Predictor::Mean { coefficients, .. } | Predictor::Margin { coefficients, .. } => {
                coefficients.len()
            }
            Predictor::Classes { coefficients, .. } => coefficients.first().map_or(0, Vec::len),
        }
    }

    /// `z = x'b + b0 + offset`, of two classes or a mean.
    fn linear(
        &self,
        design: &Design,
        offset: Option<&[f64]>,
        intercept: f64,
        b: &[f64],
    ) -> Vec<f64> {
        let mut z = vec![0.0; design.rows()];
        design.multiply_columns(b, &mut z);
        for (i, z) in z.iter_mut().enumerate() {
            *z += intercept + offset.map_or(0.0, |offset| offset[i]);
        }
        z
    }

    fn check_design(&self, design: &Design, offset: Option<&[f64]>) -> Result<(), ArgumentError> {
        let (found, expected) = (design.columns(), self.columns());
        let allowed = format!("that of the fit, {expected}");
        ArgumentError::check(found == expected, "design.columns()", found, &allowed)?;
        if let Some(offset) = offset {
            let allowed = format!("one a row, {}", design.rows());
            let given = offset.len();
            ArgumentError::check(given == design.rows(), "offset.len()", given, &allowed)?;
        }
        Ok(())
    }

    /// The predictions for the rows of a design.
    ///
    /// # Errors
    ///
    /// If the design has another number of columns, or the offset another number of rows.
    pub fn predict(
        &self,
        design: &Design,
        offset: Option<&[f64]>,
    ) -> Result<Predictions, ArgumentError> {
        self.check_design(design, offset)?;
        Ok(match &self.predictor {
            Predictor::Mean { loss, intercept, coefficients } => {
                let z = self.linear(design, offset, *intercept, coefficients);
                Predictions::Means(z.into_iter().map(|z| loss.mean(z)).collect())
            }
            Predictor::Classes { intercepts, coefficients } => {
                Predictions::Probabilities(class_probabilities(design, intercepts, coefficients))
            }
            Predictor::Margin { intercept, coefficients } => {
                Predictions::Margins(self.linear(design, offset, *intercept, coefficients))
            }
        })
    }

    /// Intervals of the means, a pair a row: the link's inverse of `z -+ q sqrt(x'V x)`, with V the
    /// covariance of the coefficients.
    ///
    /// # Errors
    ///
    /// Those of [`predict`](Self::predict); if the level is not between 0 and 1, or the fit has no
    /// covariance of its coefficients, as a penalized one or one of several classes.
    pub fn intervals(
        &self,
        design: &Design,
        offset: Option<&[f64]>,
        level: f64,
    ) -> Result<Vec<(f64, f64)>, ArgumentError> {
        self.check_design(design, offset)?;
        let (Some(covariance), Predictor::Mean { loss, intercept, coefficients }) =
            (&self.covariance, &self.predictor)
        else {
            let message = "the model was stored without a covariance of its coefficients, from which \
                           intervals follow";
            return Err(ArgumentError::new("level", message));
        };
        let degrees = self.degrees.map(|degrees| degrees.max(0.0) as usize);
        let quantile = two_sided_quantile(level, degrees)?;
        let z = self.linear(design, offset, *intercept, coefficients);
        let first = covariance.len() - coefficients.len();
        let left = usize::from(design.has_intercept());
        let mut row = vec![0.0; left + coefficients.len()];
        let mut x = vec![1.0; covariance.len()];
        let of = |(i, z): (usize, f64)| {
            design.write_row(i, 1.0, &mut row);
            x[first..].copy_from_slice(&row[left..]);
            let square: f64 =
                x.iter().zip(covariance).map(|(xj, column)| xj * dot(&x, column)).sum();
            let half = quantile * square.max(0.0).sqrt();
            let (low, high) = (loss.mean(z - half), loss.mean(z + half));
            (low.min(high), low.max(high))
        };
        Ok(z.into_iter().enumerate().map(of).collect())
    }
}
