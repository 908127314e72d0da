//! Robust losses on squared residuals.

/// A loss `rho(s)` of a squared residual `s = r^2`, with scale `c`: near zero all behave like `s`,
/// far out they grow more slowly, so that outliers pull less.
///
/// Source: Triggs et al., Bundle Adjustment (2000), section 3; the same as SciPy's
/// `least_squares`, without its factor one half.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// `rho(s) = s`.
    #[default]
    Squares,
    /// `s` up to `c^2`, then `2 c sqrt(s) - c^2`.
    Huber(f64),
    /// `2 c^2 (sqrt(1 + s / c^2) - 1)`.
    SoftL1(f64),
    /// `c^2 ln(1 + s / c^2)`.
    Cauchy(f64),
    /// `c^2 atan(s / c^2)`, at most `c^2 pi / 2`.
    Arctan(f64),
}

impl Loss {
    /// `(rho(s), rho'(s), rho''(s))`.
    ///
    /// ```
    /// use ravine::objective::Loss;
    ///
    /// assert_eq!(Loss::Huber(1.0).evaluate(4.0), (3.0, 0.5, -0.0625));
    /// ```
    pub fn evaluate(self, s: f64) -> (f64, f64, f64) {
        match self {
            Self::Squares => (s, 1.0, 0.0),
            Self::Huber(c) if s <= c * c => (s, 1.0, 0.0),
            Self::Huber(c) => {
                let root = s.sqrt();
                (2.0 * c * root - c * c, c / root, -0.5 * c / (s * root))
            }
            Self::SoftL1(c) => {
                let t = 1.0 + s / (c * c);
                let root = t.sqrt();
                // 2 c^2 (root - 1) without cancellation.
                (2.0 * s / (root + 1.0), 1.0 / root, -0.5 / (c * c * t * root))
            }
            Self::Cauchy(c) => {
                let t = 1.0 + s / (c * c);
                (c * c * (s / (c * c)).ln_1p(), 1.0 / t, -1.0 / (c * c * t * t))
            }
            Self::Arctan(c) => {
                let z = s / (c * c);
                let t = 1.0 + z * z;
                (c * c * z.atan(), 1.0 / t, -2.0 * z / (c * c * t * t))
            }
        }
    }
}

/// Turns residuals r into those whose squares are the losses of a function rho that is not one of
/// [`Loss`]: `sign(r) sqrt(rho(r^2))`; gives the factors by which the rows of their Jacobian are then to
/// be multiplied, the derivatives of this, `rho'(r^2) |r| / sqrt(rho(r^2))`. Least squares of them have
/// the gradient of `sum_i rho(r_i^2)`, and a Gauss-Newton matrix that is never indefinite.
///
/// `losses` and `slopes` hold rho and rho' for each residual. Where rho is negative, or its derivative,
/// there is no such residual, and NaN.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::objective::roots_of_losses;
///
/// // rho(s) = 4 s has the roots 2 r, also at zero.
/// let mut jacobian = Matrix::from_rows(&[[1.0], [5.0]]);
/// let mut residuals = [-3.0, 0.0];
/// jacobian.scale_rows(&roots_of_losses(&[36.0, 0.0], &[4.0, 4.0], &mut residuals));
/// assert_eq!((residuals, jacobian.entries()), ([-6.0, 0.0], &[2.0, 10.0][..]));
/// ```
///
/// # Panics
///
/// If the dimensions disagree.
pub fn roots_of_losses(losses: &[f64], slopes: &[f64], residuals: &mut [f64]) -> Vec<f64> {
    let m = residuals.len();
    assert!(losses.len() == m && slopes.len() == m, "roots_of_losses: a loss a residual");
    let derivative = |i: usize| match losses[i] {
        // Near zero rho is its slope times the square.
        0.0 if residuals[i] == 0.0 => slopes[i].sqrt(),
        loss => slopes[i] * residuals[i].abs() / loss.sqrt(),
    };
    let derivatives: Vec<f64> = (0..m).map(derivative).collect();
    for (r, loss) in residuals.iter_mut().zip(losses) {
        *r = loss.sqrt().copysign(*r);
    }
    derivatives
}
