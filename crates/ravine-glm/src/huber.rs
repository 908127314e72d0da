//! Regression that outliers do not carry away, with the scale of the residuals estimated.

use ravine::ArgumentError;
use ravine_data::Design;

use crate::Status;
use crate::family::Family;
use crate::model::{FittedModel, GeneralizedLinearModel, Targets};

/// Huber's regression with the scale sigma of the residuals as a variable, which makes it free of their
/// unit: it minimizes
///
/// `(1/W) sum_i w_i sigma (1 + H(r_i / sigma)) + alpha |b|^2`, `r = y - X b - b0 - offset`,
///
/// `H(t) = t^2` for `|t| < epsilon` and `2 epsilon |t| - epsilon^2` beyond, a convex function of all
/// variables: by fits of the coefficients at a scale, where it is [`Family::Huber`] with
/// `delta = epsilon sigma` and an L2 penalty of `alpha sigma`, and of the scale at the residuals, where it
/// solves `sum_i w_i min((r_i / sigma)^2, epsilon^2) = W`, one after another.
///
/// scikit-learn's `HuberRegressor` has `alpha W` for alpha.
///
/// Source: Huber and Ronchetti, Robust statistics (2009), section 7.7.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::HuberModel;
///
/// let x = Matrix::from_fn(20, 1, |i, _| i as f64);
/// let x = Design::dense(x, vec!["x".into()]);
/// let mut y: Vec<f64> = (0..20).map(|i| 2.0 * f64::from(i) + f64::from(i % 3) - 1.0).collect();
/// y[19] = -500.0;
/// let fitted = HuberModel::default().fit(&x, &y)?;
/// assert!(fitted.converged && (fitted.fitted.coefficients[0] - 2.0).abs() < 0.05);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HuberModel {
    /// Where residuals begin to count as outliers, in units of the scale; above 1. Default 1.35.
    pub epsilon: f64,
    /// All settings but the family; its alpha is that above. Default those of [`GeneralizedLinearModel`].
    pub model: GeneralizedLinearModel,
    /// The relative change of the scale, and of the coefficients, below which the fit ends. Default 1e-9.
    pub settled: f64,
    /// Most rounds. Default 500.
    pub rounds: usize,
}

impl Default for HuberModel {
    fn default() -> Self {
        Self { epsilon: 1.35, model: GeneralizedLinearModel::default(), settled: 1e-9, rounds: 500 }
    }
}

/// What [`HuberModel`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct HuberFit {
    /// The coefficients at the last scale.
    pub fitted: FittedModel,
    /// sigma; 0 where so many rows are fitted exactly that no scale is left.
    pub scale: f64,
    /// Whether scale and coefficients have stopped moving.
    pub converged: bool,
    /// Rounds made.
    pub rounds: usize,
}

impl HuberModel {
    /// Fits coefficients and scale.
    ///
    /// # Errors
    ///
    /// Those of [`GeneralizedLinearModel::fit`]; and if epsilon is not above 1, or there is an L1 penalty,
    /// whose size would not follow the scale.
    pub fn fit<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<HuberFit, ArgumentError> {
        self.fit_from(design, targets, None)
    }

    /// The same from a start: intercept and coefficients.
    ///
    /// # Errors
    ///
    /// See [`fit`](Self::fit).
    pub fn fit_from<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
        start: Option<(f64, &[f64])>,
    ) -> Result<HuberFit, ArgumentError> {
        let targets = targets.into();
        let epsilon = self.epsilon;
        let above = epsilon > 1.0 && epsilon.is_finite();
        ArgumentError::check(above, "epsilon", epsilon, "above 1, and finite")?;
        let l1_ratio = self.model.l1_ratio;
        ArgumentError::check(l1_ratio == 0.0, "l1_ratio", l1_ratio, "0")?;
        let squares =
            GeneralizedLinearModel { family: Family::Gaussian, link: None, ..self.model.clone() };
        let mut fitted = squares.fit_from(design, targets, start)?;
        let total: f64 = targets.y.iter().map(|y| y.abs()).sum();
        // Residuals of rounding have no scale.
        let least = 1e-13 * total / targets.y.len() as f64;
        let mut scale = scale_of(&targets, &fitted, epsilon);
        let mut converged = false;
        let mut rounds = 0;
        while rounds < self.rounds && !converged && fitted.status != Status::Stopped {
            if scale <= least {
                (scale, converged) = (0.0, true);
                break;
            }
            rounds += 1;
            let model = GeneralizedLinearModel {
                family: Family::Huber { delta: epsilon * scale },
                alpha: self.model.alpha * scale,
                ..squares.clone()
            };
            let from = (fitted.intercept, &fitted.coefficients[..]);
            let next = model.fit_from(design, targets, Some(from))?;
            let after = scale_of(&targets, &next, epsilon);
            let pairs = next.linear_predictor.iter().zip(&fitted.linear_predictor);
            let moved = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            // A round that was stopped has not moved, but not because it had arrived.
            converged = next.status != Status::Stopped
                && moved <= self.settled * scale
                && (after / scale - 1.0).abs() <= self.settled;
            (fitted, scale) = (next, after);
        }
        Ok(HuberFit { fitted, scale, converged, rounds: rounds.max(1) })
    }
}

/// The sigma with `sum_i w_i min((r_i / sigma)^2, epsilon^2) = W`: for the k smallest residuals within
/// `epsilon sigma`, `sigma^2 = sum_k w r^2 / (W - epsilon^2 (W - sum_k w))`.
fn scale_of(targets: &Targets<'_>, fitted: &FittedModel, epsilon: f64) -> f64 {
    let of_row = |(i, z): (usize, &f64)| ((targets.y[i] - z).abs(), targets.weight(i));
    let mut rows: Vec<_> = fitted.linear_predictor.iter().enumerate().map(of_row).collect();
    rows.retain(|&(_, w)| w > 0.0);
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = rows.iter().map(|row| row.1).sum();
    let (mut square, mut inside) = (0.0, 0.0);
    for (k, &(r, w)) in rows.iter().enumerate() {
        square += w * r * r;
        inside += w;
        let rest = total - epsilon * epsilon * (total - inside);
        if rest <= 0.0 {
            continue;
        }
        let scale = (square / rest).sqrt();
        if rows.get(k + 1).is_none_or(|next| next.0 >= epsilon * scale) {
            return scale;
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use ravine::matrix::Matrix;

    #[test]
    fn the_scale_solves_its_equation() {
        let x = Design::dense(Matrix::zeros(9, 0), Vec::new());
        let y = [-3.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 8.0, 40.0];
        let weights = [1.0, 2.0, 0.0, 1.0, 0.5, 1.0, 3.0, 1.0, 1.0];
        let targets = Targets::new(&y).with_weights(&weights);
        let fitted = HuberModel::default().fit(&x, targets).unwrap();
        let total: f64 = weights.iter().sum();
        let sum: f64 = (0..9)
            .map(|i| {
                let r = (y[i] - fitted.fitted.intercept) / fitted.scale;
                weights[i] * (r * r).min(1.35 * 1.35)
            })
            .sum();
        assert!(fitted.converged && (sum / total - 1.0).abs() < 1e-12, "{sum} of {total}");
    }

    #[test]
    fn rows_on_a_line_leave_no_scale() {
        let x = Design::dense(Matrix::from_fn(6, 1, |i, _| i as f64), vec!["x".into()]);
        let y: Vec<f64> = (0..6).map(|i| 1.0 + 2.0 * f64::from(i)).collect();
        let fitted = HuberModel::default().fit(&x, &y).unwrap();
        assert!(fitted.converged && fitted.scale == 0.0);
    }

    #[test]
    fn what_it_cannot_do_it_refuses() {
        let x = Design::dense(Matrix::from_fn(6, 1, |i, _| i as f64), vec!["x".into()]);
        let error = |model: HuberModel| model.fit(&x, &[0.0; 6]).unwrap_err().to_string();
        let one = HuberModel { epsilon: 1.0, ..HuberModel::default() };
        assert_eq!(error(one), "epsilon: is 1.0, but must be above 1, and finite");
        let model = GeneralizedLinearModel { l1_ratio: 0.5, ..Default::default() };
        let rough = HuberModel { model, ..HuberModel::default() };
        assert_eq!(error(rough), "l1_ratio: is 0.5, but must be 0");
    }
}
