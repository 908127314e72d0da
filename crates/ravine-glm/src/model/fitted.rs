//! A fitted model.

use ravine::ArgumentError;
use ravine_data::Design;

use super::settings::{GeneralizedLinearModel, Solver};
use crate::family::Loss;
use crate::solve::aliasing::Alias;
use crate::solve::{Certificate, Status};

/// A coefficient whose estimate is infinite.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Infinite {
    /// Which column, without the intercept; `None` for the intercept.
    pub column: Option<usize>,
    /// Whether it is plus infinity.
    pub positive: bool,
}

/// That and why a likelihood has no maximum: along a direction of the coefficients it rises for ever.
///
/// Source: Albert and Anderson, On the existence of maximum likelihood estimates in logistic
/// regression models (1984).
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Separation {
    /// Whether every row is fitted perfectly in the limit; else the separation is quasi-complete.
    pub complete: bool,
    /// The coefficients that are infinite, the ones that matter most first.
    pub infinite: Vec<Infinite>,
    /// The rows that are fitted perfectly in the limit.
    pub rows: Vec<usize>,
}

impl Separation {
    /// What happened and what can be done, with these names of the columns.
    ///
    /// ```
    /// use ravine_glm::{Infinite, Separation};
    ///
    /// let infinite = vec![Infinite { column: Some(0), positive: true }];
    /// let separation = Separation { complete: false, infinite, rows: vec![0, 3] };
    /// let words = separation.words(&["dose".to_owned()], 8);
    /// assert!(words.starts_with("quasi-complete separation: `dose` (+infinity)"), "{words}");
    /// ```
    pub fn words(&self, names: &[String], rows: usize) -> String {
        words_of(self.complete, &self.infinite, self.rows.len(), names, rows)
    }
}

/// The same, of the number of rows that are fitted perfectly.
pub(crate) fn words_of(
    complete: bool,
    infinite: &[Infinite],
    fitted: usize,
    names: &[String],
    rows: usize,
) -> String {
    let kind = if complete { "complete" } else { "quasi-complete" };
    let listed = infinite.iter().take(5).map(|infinite| {
        let name = infinite.column.map_or("(intercept)", |j| &names[j]);
        format!("`{name}` ({}infinity)", if infinite.positive { '+' } else { '-' })
    });
    let more = match infinite.len().saturating_sub(5) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{kind} separation: {}{more} fit {fitted} of {rows} rows perfectly, and the likelihood has no \
         finite maximum; a small ridge penalty, Firth's penalty or leaving the columns out give \
         finite estimates",
        listed.collect::<Vec<_>>().join(", "),
    )
}

/// What a fit found.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedModel {
    /// The settings.
    pub model: GeneralizedLinearModel,
    /// Family and link.
    pub loss: Loss,
    /// Whether there is an intercept.
    pub has_intercept: bool,
    /// The intercept; 0 where there is none.
    pub intercept: f64,
    /// A coefficient a column of the design, without the intercept. Of an aliased column 0, of one
    /// with an infinite estimate a finite stand-in.
    pub coefficients: Vec<f64>,
    /// `z = X b + b0 + offset`.
    pub linear_predictor: Vec<f64>,
    /// `F(b, b0)`.
    pub objective: f64,
    /// F of the null model, at which the fit started.
    pub null_objective: f64,
    /// How the fit ended.
    pub status: Status,
    /// What is known of the distance from the optimum.
    pub certificate: Certificate,
    /// What minimized the objective.
    pub solver: Solver,
    /// Why it was taken.
    pub reason: String,
    /// Outer iterations, at least one.
    pub iterations: usize,
    /// Iterations made and the objective then, from the start to the end.
    pub history: Vec<(usize, f64)>,
    /// Columns that are combinations of others, and were left out.
    pub aliased: Vec<Alias>,
    /// Why there is no maximum, where there is none.
    pub separation: Option<Separation>,
    /// What else a user should know, in sentences.
    pub notes: Vec<String>,
}

impl FittedModel {
    /// The linear predictor of other rows.
    ///
    /// # Errors
    ///
    /// If the design has another number of columns, or the offset another number of rows.
    pub fn predict_linear(
        &self,
        design: &Design,
        offset: Option<&[f64]>,
    ) -> Result<Vec<f64>, ArgumentError> {
        let (found, expected) = (design.columns(), self.coefficients.len());
        let allowed = format!("that of the fit, {expected}");
        ArgumentError::check(found == expected, "design.columns()", found, &allowed)?;
        let mut z = vec![0.0; design.rows()];
        design.multiply_columns(&self.coefficients, &mut z);
        z.iter_mut().for_each(|z| *z += self.intercept);
        if let Some(offset) = offset {
            let allowed = format!("one a row, {}", z.len());
            ArgumentError::check(offset.len() == z.len(), "offset.len()", offset.len(), &allowed)?;
            z.iter_mut().zip(offset).for_each(|(z, o)| *z += o);
        }
        Ok(z)
    }

    /// The means of other rows.
    ///
    /// # Errors
    ///
    /// See [`predict_linear`](Self::predict_linear).
    pub fn predict(
        &self,
        design: &Design,
        offset: Option<&[f64]>,
    ) -> Result<Vec<f64>, ArgumentError> {
        let z = self.predict_linear(design, offset)?;
        Ok(z.into_iter().map(|z| self.loss.mean(z)).collect())
    }

    /// The number of coefficients that are estimated, the intercept included.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine_data::Design;
    /// use ravine_glm::GeneralizedLinearModel;
    ///
    /// // The second column is twice the first.
    /// let x = Matrix::from_rows(&[[0.0, 0.0], [1.0, 2.0], [4.0, 8.0]]);
    /// let x = Design::dense(x, vec!["a".into(), "b".into()]);
    /// let fitted = GeneralizedLinearModel::default().fit(&x, &[0.0, 1.0, 3.0])?;
    /// assert_eq!((fitted.rank(), fitted.aliased[0].column), (2, 1));
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn rank(&self) -> usize {
        self.coefficients.len() + usize::from(self.has_intercept) - self.aliased.len()
    }
}
