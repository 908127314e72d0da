//! Minimal residuals.

use super::minimal_residual::{
    Advance, LanczosMethod, MinimalResidualMethod, MinimalResidualSolver, MinimalResidualWork,
    OverLanczos, TridiagonalRecurrence,
};
use super::report::{Estimates, reflection};
use super::{ShortLanczos, SolveEnd};
use crate::vector::Vector;

/// MINRES for `A x = b` with symmetric A, definite or not: of all x in the Krylov space of A and b,
/// the one with the smallest residual `|b - A x|`, from the QR factorization of the Lanczos
/// process's tridiagonal T,
///
/// ```text
/// T = Q R,   W = V R^-1 by a recurrence of three terms,   x += phi_j w_j
/// ```
///
/// The residual falls monotonically, and by the same rounding-proof recurrence. Where A is singular
/// and b not in its range, x is a least-squares solution, not the shortest: that is
/// [`MinresQlp`](super::MinresQlp)'s. For definite A, conjugate gradients reach a given error, and this a
/// given residual, in fewer iterations.
///
/// With a positive definite preconditioner M, what is minimized is `|r|_M = sqrt(r'M r)`, and all
/// norms are of that kind.
///
/// One product and about `14 n` operations an iteration; seven vectors, two more with a
/// preconditioner.
///
/// Source: Paige and Saunders, Solution of sparse indefinite systems of linear equations (1975).
///
/// ```
/// use ravine_linalg::krylov::{Minres, MinresWork, SolveEnd};
/// use ravine_linalg::matrix::Matrix;
///
/// // Indefinite.
/// let a: Matrix = Matrix::from_rows(&[[1.0, 2.0], [2.0, 1.0]]);
/// let b = vec![5.0, 4.0];
/// let (mut x, mut work) = (b.clone(), MinresWork::new(&b));
/// let info = Minres::default().solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!(info.end, SolveEnd::Converged);
/// assert!((x[0] - 1.0).abs() < 1e-14 && (x[1] - 2.0).abs() < 1e-14);
/// assert_eq!(work.history().len(), info.iterations + 1);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
pub type Minres = MinimalResidualSolver<MinresMethod>;

/// The vectors of [`Minres`] and its history, kept for the next solve.
pub type MinresWork<V> = MinimalResidualWork<V, OverLanczos<V, Recurrence<V>>>;

/// That a [`MinimalResidualSolver`] is [`Minres`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinresMethod;

impl MinimalResidualMethod for MinresMethod {
    type Recurrence<V: Vector> = OverLanczos<V, Recurrence<V>>;
}

impl LanczosMethod for MinresMethod {}

/// What MINRES makes of the columns of `T + shift I`, one after another.
#[derive(Clone, Debug)]
pub struct Recurrence<V> {
    /// `w_j`, `w_{j-1}` and `w_{j-2}`.
    directions: [V; 3],
    /// The last reflection, and what it made of the next column.
    c: f64,
    s: f64,
    delta_bar: f64,
    epsilon: f64,
    /// `|r|`, of the last iterate.
    pub(super) residual: f64,
    /// `|(A + shift I) r|` of the iterate before.
    normal_residual: f64,
    /// `|x|`.
    solution: f64,
    /// `|A + shift I| >= |(T + shift I) e_j|` of every column.
    norm: f64,
    widest: f64,
    narrowest: f64,
}

impl<V: Vector> TridiagonalRecurrence<V> for Recurrence<V> {
    fn new(like: &V) -> Self {
        let zero = || like.zeros_like();
        Self {
            directions: [zero(), zero(), zero()],
            c: -1.0,
            s: 0.0,
            delta_bar: 0.0,
            epsilon: 0.0,
            residual: 0.0,
            normal_residual: f64::NAN,
            solution: 0.0,
            norm: 0.0,
            widest: 0.0,
            narrowest: f64::INFINITY,
        }
    }

    fn begin(&mut self, residual: f64) {
        let [w, w1, _] = &mut self.directions;
        w.fill(0.0);
        w1.fill(0.0);
        (self.c, self.s, self.delta_bar, self.epsilon) = (-1.0, 0.0, 0.0, 0.0);
        (self.residual, self.normal_residual, self.solution) = (residual, f64::NAN, 0.0);
        (self.norm, self.widest, self.narrowest) = (0.0, 0.0, f64::INFINITY);
    }

    fn estimates(&self) -> Estimates {
        Estimates {
            residual: self.residual,
            normal_residual: self.normal_residual,
            solution: self.solution,
            operator: self.norm,
            condition: self.widest / self.narrowest,
        }
    }

    fn advance(&mut self, lanczos: &ShortLanczos<V>, normal_tolerance: f64, x: &mut V) -> Advance {
        if self.advance_shifted(lanczos, 0.0, normal_tolerance, x) {
            Advance::Done
        } else {
            Advance::Refused(SolveEnd::LeastSquares)
        }
    }
}

impl<V: Vector> Recurrence<V> {
    /// Takes in the last step of the process and moves x; not if x solves the least-squares problem
    /// already, to `normal_tolerance`.
    pub(super) fn advance_shifted(
        &mut self,
        lanczos: &ShortLanczos<V>,
        shift: f64,
        normal_tolerance: f64,
        x: &mut V,
    ) -> bool {
        let (alpha, beta) = (lanczos.diagonal() + shift, lanczos.off_diagonal());
        self.norm = self.norm.max(alpha.hypot(beta).hypot(lanczos.off_diagonal_before()));
        // The last reflection on the new column, then the next one.
        let epsilon = self.epsilon;
        let delta = self.c * self.delta_bar + self.s * alpha;
        let gamma_bar = self.s * self.delta_bar - self.c * alpha;
        self.epsilon = self.s * beta;
        self.delta_bar = -self.c * beta;
        let root = gamma_bar.hypot(self.delta_bar);
        self.normal_residual = self.residual * root;
        if root <= normal_tolerance * self.norm {
            return false;
        }
        let gamma;
        (self.c, self.s, gamma) = reflection(gamma_bar, beta);
        let phi = self.c * self.residual;
        self.residual *= self.s;
        // w_j = (v_j - delta w_{j-1} - epsilon w_{j-2}) / gamma.
        let [w, w1, w2] = &mut self.directions;
        std::mem::swap(w1, w2);
        std::mem::swap(w, w1);
        w.point_along(lanczos.vector(), -delta, w1);
        w.axpby(-epsilon / gamma, w2, 1.0 / gamma);
        x.axpy(phi, w);
        self.solution = x.norm();
        self.widest = self.widest.max(gamma);
        self.narrowest = self.narrowest.min(gamma);
        true
    }

    /// Whether the residual is that of the rounding of the exact solution.
    pub(super) fn is_at_precision(&self) -> bool {
        self.residual <= V::EPSILON * self.norm * self.solution
    }
}
