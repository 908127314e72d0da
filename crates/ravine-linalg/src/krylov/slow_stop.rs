//! When conjugate gradients no longer pay.

use crate::error::ArgumentError;

/// A stop of conjugate gradients by the decrease `q_k` of the quadratic so far, where it is only
/// part of a larger minimization and an exact solution is not worth its products.
///
/// ```
/// use ravine_linalg::krylov::{CgEnd, CgWork, ConjugateGradient, SlowStop};
/// use ravine_linalg::matrix::Matrix;
///
/// let a = Matrix::from_fn(50, 50, |i, j| if i == j { 1.0 + (i * i) as f64 } else { 0.1 });
/// let b = vec![1.0; 50];
/// let (mut x, mut work) = (b.clone(), CgWork::new(&b));
/// let slow_stop = SlowStop::NashSofer { fraction: 0.5 };
/// let cg = ConjugateGradient { slow_stop, ..Default::default() };
/// let info = cg.solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!(info.end, CgEnd::SlowProgress);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SlowStop {
    /// No such stop.
    #[default]
    Never,
    /// Stop where `k (q_k - q_{k-1}) / q_k <= fraction`: the last step has brought less than that
    /// part of the average one. The source takes 0.5.
    ///
    /// Source: Nash and Sofer, Assessing a search direction within a truncated-Newton method
    /// (1990).
    NashSofer {
        /// The part, in (0, 1).
        fraction: f64,
    },
    /// Stop where `(q_k - q_{k-w}) / q_k < w rate` with `w = max(10, k / 10)`: over a tenth of all
    /// steps, each has brought less than that part of the whole. The source takes 0.0005.
    ///
    /// Source: Martens, Deep learning via Hessian-free optimization (2010), section 4.4.
    Martens {
        /// The part, in (0, 1).
        rate: f64,
    },
}

impl SlowStop {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let inside = |v: f64| v > 0.0 && v < 1.0;
        match *self {
            Self::Never => Ok(()),
            Self::NashSofer { fraction } => {
                ArgumentError::check(inside(fraction), "fraction", fraction, "in (0, 1)")
            }
            Self::Martens { rate } => ArgumentError::check(inside(rate), "rate", rate, "in (0, 1)"),
        }
    }

    /// Whether to stop; `decreases` are `q_1, ..., q_k`.
    pub(super) fn is_slow(&self, decreases: &[f64]) -> bool {
        let k = decreases.len();
        // The decrease over the last w steps, relative to all.
        let recent = |w: usize| {
            let before = if k > w { decreases[k - w - 1] } else { 0.0 };
            (decreases[k - 1] - before) / decreases[k - 1]
        };
        match *self {
            Self::Never => false,
            Self::NashSofer { fraction } => k as f64 * recent(1) <= fraction,
            Self::Martens { rate } => {
                let w = 10.max(k / 10);
                k > w && recent(w) < w as f64 * rate
            }
        }
    }
}
