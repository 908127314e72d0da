//! The matrix that a restarted Lanczos process sees.

use crate::matrix::{Matrix, SymmetricEigen};

/// `T = V'AV` in the basis of a thick restart: first the kept Ritz vectors, diagonal, each coupled
/// to the vector that follows them; from there on tridiagonal.
///
/// ```text
/// theta_1              s_1
///         theta_2      s_2
///   s_1     s_2    alpha_3   beta_3
///                  beta_3    alpha_4   ...
/// ```
#[derive(Clone, Debug, Default)]
pub(super) struct Projected {
    /// theta, then alpha.
    diagonal: Vec<f64>,
    /// s, then beta; the last one leads out of the space.
    off_diagonal: Vec<f64>,
    kept: usize,
}

impl Projected {
    /// The dimension of the space.
    pub fn dimension(&self) -> usize {
        self.diagonal.len()
    }

    /// How many Ritz vectors the basis begins with.
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// The couplings s of the kept vectors to the one after them.
    pub fn couplings(&self) -> &[f64] {
        &self.off_diagonal[..self.kept]
    }

    /// What leads out of the space: beta of the last vector.
    pub fn residual(&self) -> f64 {
        self.off_diagonal.last().copied().unwrap_or(0.0)
    }

    /// Starts anew with kept Ritz values and their couplings.
    pub fn restart(&mut self, values: &[f64], couplings: &[f64]) {
        self.diagonal.clear();
        self.diagonal.extend_from_slice(values);
        self.off_diagonal.clear();
        self.off_diagonal.extend_from_slice(couplings);
        self.kept = values.len();
    }

    /// One more row.
    pub fn push(&mut self, alpha: f64, beta: f64) {
        self.diagonal.push(alpha);
        self.off_diagonal.push(beta);
    }

    /// The eigenvalues and eigenvectors of T; `None` where they cannot be computed.
    pub fn eigen(&self) -> Option<SymmetricEigen> {
        let m = self.dimension();
        let mut t = Matrix::zeros(m, m);
        for (i, &d) in self.diagonal.iter().enumerate() {
            t[(i, i)] = d;
        }
        for i in 0..m {
            // Only the lower triangle is read.
            let below = if i < self.kept { self.kept } else { i + 1 };
            if below < m {
                t[(below, i)] = self.off_diagonal[i];
            }
        }
        SymmetricEigen::new(&t).ok()
    }

    /// Entry i of `T x` for the rows whose products with A lie in the space.
    pub fn row_times(&self, i: usize, x: &[f64]) -> f64 {
        let own = self.diagonal[i] * x[i];
        if i < self.kept {
            return own + self.off_diagonal[i] * x[self.kept];
        }
        let after = self.off_diagonal[i] * x[i + 1];
        let before = if i == self.kept {
            self.couplings().iter().zip(x).map(|(s, x)| s * x).sum()
        } else {
            self.off_diagonal[i - 1] * x[i - 1]
        };
        before + own + after
    }
}
