//! Robust losses on squared residuals.

/// A loss `rho(s)` of a squared residual `s = r^2`, with scale `c`: near zero all behave like `s`,
/// far out they grow more slowly, so that outliers pull less.
///
/// Source: Triggs et al., Bundle Adjustment (2000), section 3; the same three as SciPy's
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
        }
    }
}
