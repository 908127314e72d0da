//! Least squares by bidiagonalization: LSMR.

use super::golub_kahan::GolubKahan;
use super::least_squares::{
    BidiagonalMethod, BidiagonalRecurrence, LeastSquaresSolver, LeastSquaresWork,
};
use super::report::{Estimates, reflection};
use crate::vector::Vector;

/// LSMR for `min |b - A x|^2 + damping^2 |x|^2` with any A, square or not: in exact arithmetic the
/// iterates of [`Minres`](super::Minres) on `(A'A + damping^2 I) x = A'b`, without the squared
/// condition number of these equations. Both `|A'r|` and `|r|` fall monotonically, so that it can
/// stop earlier than [`Lsqr`](super::Lsqr), whose `|A'r|` does not.
///
/// With `A V = U B` of the bidiagonalization and the QR factorizations `B = Q R` and
/// `Q_bar R' = R_bar`, both of R and of `R_bar` bidiagonal,
///
/// ```text
/// h_bar = h - (theta_bar rho / (rho_old rho_bar_old)) h_bar,   x += (zeta / (rho rho_bar)) h_bar
/// h = v - (theta / rho) h
/// ```
///
/// Where A has not full rank, x (from zero) is the shortest solution.
///
/// One product with A and one with its adjoint an iteration, and about `3 m + 9 n` operations.
///
/// Source: Fong and Saunders, LSMR: an iterative algorithm for sparse least-squares problems (2011),
/// sections 2 to 5.
///
/// ```
/// use ravine_linalg::krylov::{Lsmr, LsmrWork};
/// use ravine_linalg::matrix::Matrix;
///
/// // Two equations for three unknowns: the shortest solution.
/// let a: Matrix = Matrix::from_rows(&[[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
/// let b = vec![2.0, 3.0];
/// let mut x = vec![0.0; 3];
/// let mut work = LsmrWork::new(&b, &x);
/// let info = Lsmr::default().solve(&a, &b, &mut x, &mut work)?;
/// assert!(info.true_residual_norm.is_some_and(|r| r < 1e-13));
/// assert!(x.iter().zip([1.0, 3.0, 1.0]).all(|(x, e)| (x - e).abs() < 1e-13));
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
pub type Lsmr = LeastSquaresSolver<LsmrMethod>;

/// The vectors of [`Lsmr`] and its histories, kept for the next solve.
pub type LsmrWork<V> = LeastSquaresWork<V, Recurrence<V>>;

/// That a [`LeastSquaresSolver`] is [`Lsmr`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LsmrMethod;

impl BidiagonalMethod for LsmrMethod {
    type Recurrence<V: Vector> = Recurrence<V>;
}

/// `B = Q R` and `Q_bar R' = R_bar`, and the directions that belong to them.
#[derive(Clone, Debug)]
pub struct Recurrence<V> {
    h: V,
    h_bar: V,
    alpha_bar: f64,
    zeta_bar: f64,
    rho: f64,
    rho_bar: f64,
    c_bar: f64,
    s_bar: f64,
    zeta: f64,
    residual: Residual,
    /// `|B|`, and of its next column the part that is known.
    norm: f64,
    /// The extremes of the diagonal of `R_bar`, without its last entry, which may still change.
    widest: f64,
    narrowest: f64,
    iterations: usize,
}

impl<V: Vector> BidiagonalRecurrence<V> for Recurrence<V> {
    fn new(x: &V) -> Self {
        Self {
            h: x.zeros_like(),
            h_bar: x.zeros_like(),
            alpha_bar: 0.0,
            zeta_bar: 0.0,
            rho: 1.0,
            rho_bar: 1.0,
            c_bar: 1.0,
            s_bar: 0.0,
            zeta: 0.0,
            residual: Residual::new(0.0),
            norm: 0.0,
            widest: 0.0,
            narrowest: f64::INFINITY,
            iterations: 0,
        }
    }

    fn begin(&mut self, bidiagonal: &GolubKahan<V>) -> Estimates {
        let (alpha, beta) = (bidiagonal.alpha, bidiagonal.beta * bidiagonal.scale);
        self.h.copy_from(bidiagonal.v());
        self.h_bar.fill(0.0);
        (self.alpha_bar, self.zeta_bar, self.zeta) = (alpha, alpha * beta, 0.0);
        (self.rho, self.rho_bar, self.c_bar, self.s_bar) = (1.0, 1.0, 1.0, 0.0);
        self.residual = Residual::new(beta);
        self.norm = alpha;
        (self.widest, self.narrowest, self.iterations) = (0.0, f64::INFINITY, 0);
        Estimates {
            residual: beta,
            normal_residual: self.zeta_bar,
            solution: 0.0,
            operator: alpha,
            condition: 0.0,
        }
    }

    fn advance(&mut self, bidiagonal: &GolubKahan<V>, damping: f64, x: &mut V) -> Estimates {
        let (alpha, beta) = (bidiagonal.alpha, bidiagonal.beta);
        // The damping's row, then B = Q R.
        let (c_hat, s_hat, alpha_hat) = reflection(self.alpha_bar, damping);
        let rho_old = self.rho;
        let (c, s, rho) = reflection(alpha_hat, beta);
        let theta = s * alpha;
        (self.rho, self.alpha_bar) = (rho, c * alpha);
        // R' = Q_bar R_bar.
        let (rho_bar_old, zeta_old) = (self.rho_bar, self.zeta);
        let theta_bar = self.s_bar * rho;
        let rho_turned = self.c_bar * rho;
        let (c_bar, s_bar, rho_bar) = reflection(rho_turned, theta);
        (self.c_bar, self.s_bar, self.rho_bar) = (c_bar, s_bar, rho_bar);
        let zeta = c_bar * self.zeta_bar;
        self.zeta = zeta;
        self.zeta_bar *= -s_bar;
        // One division after another: the products may leave the range of numbers.
        self.h_bar.axpby(1.0, &self.h, -theta_bar / rho_old * (rho / rho_bar_old));
        x.axpy(zeta / rho / rho_bar / bidiagonal.scale, &self.h_bar);
        self.h.axpby(1.0, bidiagonal.v(), -theta / rho);
        let residual = self.residual.turn(&Turn {
            hat: (c_hat, s_hat),
            left: (c, s),
            theta_bar,
            rho_bar,
            zeta,
            zeta_old,
        });
        let operator = self.norm.hypot(beta);
        self.norm = operator.hypot(alpha);
        if self.iterations > 0 {
            self.widest = self.widest.max(rho_bar_old);
            self.narrowest = self.narrowest.min(rho_bar_old);
        }
        self.iterations += 1;
        Estimates {
            residual,
            normal_residual: self.zeta_bar.abs(),
            solution: x.norm(),
            operator,
            condition: self.widest.max(rho_turned) / self.narrowest.min(rho_turned),
        }
    }
}

/// The norm of the residual by recurrence: the right-hand side of the factorized system after one
/// more chain of rotations, which makes `R_bar'` upper bidiagonal (Fong and Saunders, section 5.1).
#[derive(Clone, Debug)]
struct Residual {
    beta_double: f64,
    beta_dot: f64,
    rho_dot: f64,
    tau_tilde: f64,
    theta_tilde: f64,
    /// What the damping adds to the square.
    damped: f64,
}

/// What an iteration of LSMR did.
struct Turn {
    hat: (f64, f64),
    left: (f64, f64),
    theta_bar: f64,
    rho_bar: f64,
    zeta: f64,
    zeta_old: f64,
}

impl Residual {
    fn new(beta: f64) -> Self {
        Self {
            beta_double: beta,
            beta_dot: 0.0,
            rho_dot: 1.0,
            tau_tilde: 0.0,
            theta_tilde: 0.0,
            damped: 0.0,
        }
    }

    fn turn(&mut self, turn: &Turn) -> f64 {
        let beta_acute = turn.hat.0 * self.beta_double;
        self.damped += (turn.hat.1 * self.beta_double).powi(2);
        let beta_hat = turn.left.0 * beta_acute;
        self.beta_double = -turn.left.1 * beta_acute;
        let (c, s, rho_tilde) = reflection(self.rho_dot, turn.theta_bar);
        let theta_tilde_old = self.theta_tilde;
        self.theta_tilde = s * turn.rho_bar;
        self.rho_dot = c * turn.rho_bar;
        self.beta_dot = -s * self.beta_dot + c * beta_hat;
        self.tau_tilde = (turn.zeta_old - theta_tilde_old * self.tau_tilde) / rho_tilde;
        let tau_dot = (turn.zeta - self.theta_tilde * self.tau_tilde) / self.rho_dot;
        let square = (self.beta_dot - tau_dot).powi(2) + self.beta_double.powi(2);
        (self.damped + square).sqrt()
    }
}
