//! Least squares by bidiagonalization: LSQR.

use super::golub_kahan::GolubKahan;
use super::least_squares::{
    BidiagonalMethod, BidiagonalRecurrence, LeastSquaresSolver, LeastSquaresWork,
};
use super::report::{Estimates, reflection};
use crate::vector::Vector;

/// LSQR for `min |b - A x|^2 + damping^2 |x|^2` with any A, square or not: in exact arithmetic the
/// iterates of conjugate gradients on `(A'A + damping^2 I) x = A'b`, without the squared condition
/// number of these equations,
///
/// ```text
/// A V = U B,   B = Q R,   W = V R^-1 by a recurrence of two terms,   x += phi_j w_j
/// ```
///
/// with B lower bidiagonal. The residual falls monotonically, and so does the error; `|A'r|` does
/// not: see [`Lsmr`](super::Lsmr). Where A has not full rank, x (from zero) is the shortest solution.
///
/// One product with A and one with its adjoint an iteration, and about `3 m + 7 n` operations.
///
/// Source: Paige and Saunders, LSQR: an algorithm for sparse linear equations and sparse least
/// squares (1982); the norm of the damped residual as there, section 2.
///
/// ```
/// use ravine_linalg::krylov::{Lsqr, LsqrWork, SolveEnd};
/// use ravine_linalg::matrix::Matrix;
///
/// // The line 1 + 2 t, through points that lie beside it.
/// let a: Matrix = Matrix::from_rows(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]);
/// let b = vec![1.1, 2.7, 5.3, 6.9];
/// let mut x = vec![0.0; 2];
/// let mut work = LsqrWork::new(&b, &x);
/// let info = Lsqr::default().solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!(info.end, SolveEnd::LeastSquares);
/// assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
pub type Lsqr = LeastSquaresSolver<LsqrMethod>;

/// The vectors of [`Lsqr`] and its histories, kept for the next solve.
pub type LsqrWork<V> = LeastSquaresWork<V, Recurrence<V>>;

/// That a [`LeastSquaresSolver`] is [`Lsqr`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LsqrMethod;

impl BidiagonalMethod for LsqrMethod {
    type Recurrence<V: Vector> = Recurrence<V>;
}

/// `B = Q R` and `W = V R^-1`, a column after another.
#[derive(Clone, Debug)]
pub struct Recurrence<V> {
    /// `w_j`, not divided by `rho_j` yet.
    direction: V,
    rho_bar: f64,
    phi_bar: f64,
    /// What the damping adds to the residual.
    damped: f64,
    /// `|B|`, and of its next column the part that is known.
    norm: f64,
    /// `|R^-1|`.
    inverse_norm: f64,
}

impl<V: Vector> BidiagonalRecurrence<V> for Recurrence<V> {
    fn new(x: &V) -> Self {
        Self {
            direction: x.zeros_like(),
            rho_bar: 0.0,
            phi_bar: 0.0,
            damped: 0.0,
            norm: 0.0,
            inverse_norm: 0.0,
        }
    }

    fn begin(&mut self, bidiagonal: &GolubKahan<V>) -> Estimates {
        let (alpha, beta) = (bidiagonal.alpha, bidiagonal.beta * bidiagonal.scale);
        self.direction.copy_from(bidiagonal.v());
        (self.rho_bar, self.phi_bar) = (alpha, beta);
        (self.damped, self.norm, self.inverse_norm) = (0.0, alpha, 0.0);
        Estimates {
            residual: beta,
            normal_residual: alpha * beta,
            solution: 0.0,
            operator: alpha,
            condition: 0.0,
        }
    }

    fn advance(&mut self, bidiagonal: &GolubKahan<V>, damping: f64, x: &mut V) -> Estimates {
        let (alpha, beta) = (bidiagonal.alpha, bidiagonal.beta);
        let w = &mut self.direction;
        // The damping's row, then the next column of B.
        let (c, s, rho_damped) = reflection(self.rho_bar, damping);
        self.damped = self.damped.hypot(s * self.phi_bar);
        self.phi_bar *= c;
        let (c, s, rho) = reflection(rho_damped, beta);
        let theta = s * alpha;
        self.rho_bar = -c * alpha;
        let phi = c * self.phi_bar;
        self.phi_bar *= s;
        x.axpy(phi / rho / bidiagonal.scale, w);
        let w_norm = w.norm() / rho;
        self.inverse_norm = self.inverse_norm.hypot(w_norm);
        w.axpby(1.0, bidiagonal.v(), -theta / rho);
        let operator = self.norm.hypot(beta).hypot(damping);
        self.norm = operator.hypot(alpha);
        Estimates {
            residual: self.phi_bar.hypot(self.damped),
            normal_residual: (self.rho_bar * self.phi_bar).abs(),
            solution: x.norm(),
            operator,
            condition: operator * self.inverse_norm,
        }
    }
}
