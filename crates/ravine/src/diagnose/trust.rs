//! Whether the quadratic model at a point can be trusted.

use crate::curvature::Verdict;
use crate::objective::HessianProduct;
use crate::oracle::Oracle;
use ravine_linalg::Interrupt;
use ravine_linalg::vector::Vector;

/// Actual against predicted decrease along the step to the minimizer of the quadratic model (of
/// the model with absolute eigenvalues where curvature is negative).
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ModelTrust {
    /// A quarter, a half, the whole and the double of the step.
    pub lengths: Vec<TrustedLength>,
    /// The largest difference between actual and predicted decrease over these lengths, as a share of
    /// the decrease that the whole step promises. 0 for a quadratic.
    pub error: f64,
    /// What follows from it.
    pub verdict: Verdict,
}

/// One length of the step.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TrustedLength {
    /// The multiple t of the step d.
    pub length: f64,
    /// `-(t g'd + t^2 d'Hd / 2)`.
    pub predicted: f64,
    /// `f(x) - f(x + t d)`; not finite where the function is not defined.
    pub actual: f64,
}

const LENGTHS: [f64; 4] = [0.25, 0.5, 1.0, 2.0];

impl ModelTrust {
    /// Compares along `step`.
    pub(super) fn along(
        oracle: &Oracle<'_, dyn HessianProduct<Point = Vec<f64>> + '_>,
        x: &Vec<f64>,
        value: f64,
        gradient: &Vec<f64>,
        step: &Vec<f64>,
    ) -> Result<Option<Self>, Interrupt> {
        let mut product = x.zeros_like();
        oracle.hessian_product(x, step, &mut product)?;
        let (slope, curvature) = (gradient.dot(step), step.dot(&product));
        if !(slope < 0.0 && curvature.is_finite()) {
            return Ok(None);
        }
        let mut point = x.clone();
        let mut lengths = Vec::new();
        let promised = (-slope - 0.5 * curvature).max(-0.5 * slope);
        let rounding = 10.0 * f64::EPSILON * value.abs();
        let mut error = 0.0f64;
        for length in LENGTHS {
            point.point_along(x, length, step);
            if let Some(bounds) = oracle.bounds() {
                bounds.project(&mut point);
            }
            let actual = value - oracle.value(&point)?;
            let predicted = -length * (slope + 0.5 * length * curvature);
            lengths.push(TrustedLength { length, predicted, actual });
            let off = ((actual - predicted).abs() - rounding).max(0.0) / promised;
            error = error.max(if off.is_nan() { f64::INFINITY } else { off });
        }
        let verdict = match error {
            e if e <= 1e-6 => Verdict::Quadratic,
            e if e <= 0.1 => Verdict::Good,
            e if e <= 1.0 => Verdict::Fair,
            _ => Verdict::Poor,
        };
        Ok(Some(Self { lengths, error, verdict }))
    }
}
