//! The curvature of robust losses.

use crate::objective::Loss;

/// How the curvature of a loss that is not the square enters the model.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    crate::settings::Described,
)]
#[serde(rename_all = "snake_case")]
pub enum LossCurvature {
    /// `rho' + 2 rho'' r^2` for each residual, the second derivative of its loss (Triggs et al.,
    /// 2000, section 3), not less than a thousandth of `rho'`, so that an outlier, whose loss is
    /// concave, keeps a little curvature.
    #[default]
    Second,
    /// `rho'` alone: iteratively reweighted least squares. The model lies above the loss, so steps
    /// are shorter and safer, and convergence is linear.
    Weighted,
}

/// The least share of `rho'` that [`LossCurvature::Second`] leaves an outlier.
const LEAST_CURVATURE: f64 = 1e-3;

impl LossCurvature {
    /// Of one residual r: the factors on its row of J and on r that make the sum of squares of the
    /// linear model agree with the loss to first order, with the chosen curvature.
    pub(crate) fn factors(self, loss: Loss, r: f64) -> (f64, f64) {
        let (_, first, second) = loss.evaluate(r * r);
        let curvature = match self {
            Self::Second => (first + 2.0 * second * r * r).max(LEAST_CURVATURE * first),
            Self::Weighted => first,
        };
        if curvature > 0.0 { (curvature.sqrt(), first / curvature.sqrt()) } else { (0.0, 0.0) }
    }
}
