//! Randomized low-rank approximation of semidefinite operators, and the preconditioner made of it.

mod approximation;
mod preconditioner;

pub use approximation::{NystromApproximation, NystromError};
pub use preconditioner::NystromPreconditioner;

use crate::error::ArgumentError;
use crate::operator::LinearOperator;
use crate::random::Random;
use crate::vector::Pointwise;

/// Settings of a randomized Nystrom approximation of a semidefinite A from products with l random
/// vectors, the columns of an orthonormal `Omega`:
///
/// `A ~ (A Omega) (Omega' A Omega)^+ (A Omega)' = U diag(lambda_1 >= ... >= lambda_l) U'`.
///
/// It never exceeds A (`0 <= x'(A - A_nys)x`), and on average its error is that of the best
/// approximation of a lower rank, up to a factor: for every p from 2 to l - 2
///
/// `E |A - A_nys| <= (1 + 2 (l - p) / (p - 1)) sigma_{l-p+1}
///                   + 2 e^2 l / (p^2 - 1) sum_{j > l-p} sigma_j`,
///
/// sigma the eigenvalues of A. The faster they decay, the better. Rank-deficient operators of rank
/// at most l are reproduced to rounding. l products, about `7 n l^2` operations, `3 l` vectors.
///
/// Sources: Tropp, Yurtsever, Udell and Cevher, Fixed-rank approximation of a positive-semidefinite
/// matrix from streaming data (2017), algorithm 3, for the computation with a small shift that
/// keeps it stable; Frangella, Tropp and Udell, Randomized Nystrom preconditioning (2023), for the
/// bound (proposition 2.2) and the choice of the rank (section 5.4).
///
/// ```
/// use ravine_linalg::krylov::Nystrom;
/// use ravine_linalg::operator::LinearOperator;
///
/// // diag(1, 1/2, 1/4, ...).
/// let a = ravine_linalg::matrix::Matrix::from_fn(40, 40, |i, j| {
///     if i == j { 0.5f64.powi(i as i32) } else { 0.0 }
/// });
/// let like = vec![0.0; 40];
/// let nystrom = Nystrom { rank: 12, ..Nystrom::default() };
/// let approximation = nystrom.approximate(&a, 0.0, &like)?;
/// assert!((approximation.values()[0] - 1.0).abs() < 1e-5);
/// // Each further vector halves the error.
/// assert!(approximation.error_norm(&a, 20, 1, &like)? < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nystrom {
    /// How many random vectors l, at first; no more than the dimension are used. Default 20.
    pub rank: usize,
    /// Most random vectors: the rank doubles up to it while `lambda_l > ratio mu`. Default 20, so
    /// that it stays at [`rank`](Self::rank).
    pub largest_rank: usize,
    /// The `lambda_l / mu` that is small enough. Default 10.
    pub ratio: f64,
    /// Of the random vectors. Default 0.
    pub seed: u64,
}

impl Default for Nystrom {
    fn default() -> Self {
        Self { rank: 20, largest_rank: 20, ratio: 10.0, seed: 0 }
    }
}

impl Nystrom {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let Self { rank, largest_rank, ratio, .. } = *self;
        ArgumentError::check(rank > 0, "rank", rank, "at least 1")?;
        let allowed = format!("at least the rank, {rank}");
        ArgumentError::check(largest_rank >= rank, "largest_rank", largest_rank, &allowed)?;
        ArgumentError::check(ratio > 0.0 && ratio.is_finite(), "ratio", ratio, "positive, finite")
    }

    /// Approximates A, which is to be used as `A + mu I`; `like` has the shape of its vectors.
    ///
    /// # Errors
    ///
    /// Settings that are not valid, an operator that is not semidefinite or not finite, or an
    /// interrupt of it.
    pub fn approximate<V: Pointwise>(
        &self,
        a: &impl LinearOperator<V>,
        mu: f64,
        like: &V,
    ) -> Result<NystromApproximation<V>, NystromError> {
        self.validate()?;
        ArgumentError::check(mu >= 0.0 && mu.is_finite(), "mu", mu, "zero or positive")?;
        let mut random = Random::new(self.seed);
        let mut approximation = NystromApproximation::default();
        approximation.refresh(a, self.rank, &mut random, like)?;
        let mut rank = self.rank;
        while rank < self.largest_rank.min(like.dimension())
            && approximation.smallest() > self.ratio * mu
        {
            rank = (2 * rank).min(self.largest_rank);
            approximation.extend(a, rank, &mut random, like)?;
        }
        Ok(approximation)
    }
}
