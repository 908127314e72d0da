//! The preconditioner.

use super::NystromApproximation;
use crate::error::Interrupt;
use crate::operator::{Adjoint, LinearOperator, Structure};
use crate::vector::Vector;

/// The inverse of the Nystrom preconditioner for `A + mu I`:
///
/// `P^-1 = (lambda_l + mu) U (Lambda + mu I)^-1 U' + (I - U U')`.
///
/// It brings the l directions in which A is known to the level of the rest. The condition number
/// that conjugate gradients then feel is at most `(lambda_l + mu + |E|) / mu` with
/// `E = A - U Lambda U'`: below 28 on average where l is at least `2 ceil(1.5 d) + 1` for the
/// effective dimension `d = sum_j sigma_j / (sigma_j + mu)` of A.
///
/// Source: Frangella, Tropp and Udell, Randomized Nystrom preconditioning (2023), theorem 1.1 and
/// proposition 5.3.
///
/// [`NystromApproximation::preconditioner`] makes it.
#[derive(Debug)]
pub struct NystromPreconditioner<'a, V> {
    approximation: &'a NystromApproximation<V>,
    mu: f64,
}

impl<V: Vector> NystromApproximation<V> {
    /// The inverse preconditioner for `A + mu I`; mu is taken to be at least `eps lambda_1`.
    ///
    /// ```
    /// use ravine_linalg::krylov::{CgWork, ConjugateGradient, Nystrom};
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// // Eigenvalues 2^-i, shifted by 1e-4: condition number 1e4.
    /// let mu = 1e-4;
    /// let shifted = |mu: f64| {
    ///     Matrix::from_fn(60, 60, |i, j| if i == j { 0.5f64.powi(i as i32) + mu } else { 0.0 })
    /// };
    /// let b = vec![1.0; 60];
    /// let nystrom = Nystrom { rank: 20, ..Nystrom::default() };
    /// let approximation = nystrom.approximate(&shifted(0.0), mu, &b)?;
    /// let m = approximation.preconditioner(mu);
    /// let (mut x, mut work) = (b.clone(), CgWork::new(&b));
    /// let cg = ConjugateGradient::default();
    /// let info = cg.solve_preconditioned(&shifted(mu), &m, &b, &mut x, &mut work)?;
    /// assert!(info.iterations <= 6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn preconditioner(&self, mu: f64) -> NystromPreconditioner<'_, V> {
        NystromPreconditioner::new(self, mu)
    }
}

impl<'a, V: Vector> NystromPreconditioner<'a, V> {
    fn new(approximation: &'a NystromApproximation<V>, mu: f64) -> Self {
        let largest = approximation.values().first().copied().unwrap_or(0.0);
        Self { approximation, mu: mu.max(V::EPSILON * largest) }
    }

    /// The shift mu.
    pub fn shift(&self) -> f64 {
        self.mu
    }

    /// The bound `(lambda_l + mu + |E|) / mu` on the condition number, for an error norm that is
    /// known or estimated ([`NystromApproximation::error_norm`]).
    pub fn condition_bound(&self, error_norm: f64) -> f64 {
        (self.approximation.smallest() + self.mu + error_norm) / self.mu
    }
}

impl<V: Vector> LinearOperator<V> for NystromPreconditioner<'_, V> {
    fn dimension(&self) -> usize {
        self.approximation.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        y.copy_from(x);
        let top = self.approximation.smallest() + self.mu;
        self.approximation.add_function(|lambda| top / (lambda + self.mu) - 1.0, x, y);
        Ok(())
    }
}

impl<V: Vector> Adjoint<V> for NystromPreconditioner<'_, V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
