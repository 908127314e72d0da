//! How the levels of a category become columns.

use ravine_linalg::matrix::Matrix;
use ravine_linalg::vector::{axpy, dot};

/// The columns that stand for a category beside a constant.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Contrast {
    /// Indicators of all levels but the base.
    Treatment {
        /// The base by name; the first level where none is named.
        base: Option<String>,
    },
    /// Indicators of all levels but the last, which is -1 everywhere: differences from the mean.
    Sum,
    /// Each level beside the mean of those before.
    Helmert,
    /// Each level beside the one before.
    Diff,
    /// Orthonormal polynomials of the number of the level.
    Poly,
}

impl Contrast {
    /// The name of column j of the reduced form: what stands in the brackets.
    pub(super) fn name(&self, levels: &[String], j: usize) -> String {
        match self {
            Self::Treatment { .. } => format!("T.{}", levels[j]),
            Self::Sum => format!("S.{}", levels[j]),
            Self::Helmert => format!("H.{}", levels[j + 1]),
            Self::Diff => format!("D.{}", levels[j + 1]),
            Self::Poly => match j {
                0 => ".L".to_owned(),
                1 => ".Q".to_owned(),
                2 => ".C".to_owned(),
                j => format!("^{}", j + 1),
            },
        }
    }

    /// A row a level and a column less, for all contrasts but treatment, which needs none.
    pub(super) fn matrix(&self, levels: usize) -> Matrix {
        let n = levels as f64;
        let entry = |i: usize, j: usize| match self {
            Self::Treatment { .. } => f64::from(i == j + 1),
            Self::Sum if i + 1 == levels => -1.0,
            Self::Sum => f64::from(i == j),
            Self::Helmert if i <= j => -1.0,
            Self::Helmert => {
                if i == j + 1 {
                    (j + 1) as f64
                } else {
                    0.0
                }
            }
            Self::Diff if i <= j => -(n - (j + 1) as f64) / n,
            Self::Diff => (j + 1) as f64 / n,
            Self::Poly => 0.0,
        };
        if *self == Self::Poly {
            return orthonormal(levels);
        }
        Matrix::from_fn(levels, levels.saturating_sub(1), entry)
    }
}

/// Most levels of a category with polynomial contrasts, whose matrix is dense.
pub(super) const MOST_POLYNOMIALS: usize = 1000;

/// The polynomials of degrees 1 to n - 1, orthonormal over n points at equal distances and positive at the
/// last: each is the one before times x, made orthogonal to all before, twice, since once leaves rounding.
fn orthonormal(n: usize) -> Matrix {
    let x: Vec<f64> = (0..n).map(|i| i as f64 - (n as f64 - 1.0) / 2.0).collect();
    let mut basis = Matrix::from_fn(n, n, |_, _| 1.0 / (n as f64).sqrt());
    for k in 1..n {
        let mut next: Vec<f64> = basis.column(k - 1).iter().zip(&x).map(|(q, x)| q * x).collect();
        for _ in 0..2 {
            for j in 0..k {
                let product = dot(&next, basis.column(j));
                axpy(&mut next, -product, basis.column(j));
            }
        }
        let norm = dot(&next, &next).sqrt();
        basis.column_mut(k).iter_mut().zip(&next).for_each(|(q, x)| *q = x / norm);
    }
    Matrix::from_fn(n, n.saturating_sub(1), |i, j| basis[(i, j + 1)])
}
