//! Least squares by bidiagonalization: LSQR.

use super::golub_kahan::{Estimates, GolubKahan, Tests};
use super::report::{check_least_squares, reflection};
use super::{SolveEnd, SolveInfo, Start, TrueResidual};
use crate::error::{ArgumentError, Interrupt};
use crate::operator::Adjoint;
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
/// let a = Matrix::from_rows(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]);
/// let b = vec![1.1, 2.7, 5.3, 6.9];
/// let mut x = vec![0.0; 2];
/// let mut work = LsqrWork::new(&b, &x);
/// let info = Lsqr::default().solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!(info.end, SolveEnd::LeastSquares);
/// assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lsqr {
    /// The damping. Default 0.
    pub damping: f64,
    /// How exactly A is known, relative to its norm: stop where x solves a least-squares problem with
    /// a matrix that near, `|A'r| <= operator_tolerance |A| |r|`. Default `1e-12`.
    pub operator_tolerance: f64,
    /// How exactly b is known, relative to its norm: stop where
    /// `|r| <= tolerance |b| + operator_tolerance |A| |x|`. Default `1e-8`.
    pub tolerance: f64,
    /// Stop where the estimated condition number of A is beyond this; a regularization of a kind.
    /// Default `1e15`.
    pub condition_limit: f64,
    /// Most iterations; `None` for ten times the dimension and ten more. Default `None`.
    pub iterations: Option<usize>,
    /// Where to start; with a damping, only at zero. Default [`Start::Zero`].
    pub start: Start,
    /// Whether to end with one more product. Default [`TrueResidual::Measured`].
    pub true_residual: TrueResidual,
}

impl Default for Lsqr {
    fn default() -> Self {
        Self {
            damping: 0.0,
            operator_tolerance: 1e-12,
            tolerance: 1e-8,
            condition_limit: 1e15,
            iterations: None,
            start: Start::Zero,
            true_residual: TrueResidual::Measured,
        }
    }
}

/// The vectors of [`Lsqr`] and its histories, kept for the next solve.
#[derive(Clone, Debug)]
pub struct LsqrWork<V> {
    bidiagonal: GolubKahan<V>,
    direction: V,
    history: Vec<f64>,
    normal_history: Vec<f64>,
}

impl<V: Vector> LsqrWork<V> {
    /// Room for vectors of the shapes of b and of x.
    pub fn new(b: &V, x: &V) -> Self {
        Self {
            bidiagonal: GolubKahan::new(b, x),
            direction: x.zeros_like(),
            history: Vec::new(),
            normal_history: Vec::new(),
        }
    }

    /// The norm of the (damped) residual by the recurrence, at the start and after every iteration.
    pub fn history(&self) -> &[f64] {
        &self.history
    }

    /// `|A'r|` by the recurrence, at the start and after every iteration.
    pub fn normal_history(&self) -> &[f64] {
        &self.normal_history
    }
}

impl Lsqr {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        check_least_squares(
            self.damping,
            self.operator_tolerance,
            self.tolerance,
            self.condition_limit,
            self.start,
        )
    }

    /// Solves the problem; x has as many entries as A has columns.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve<V: Vector>(
        &self,
        a: &impl Adjoint<V>,
        b: &V,
        x: &mut V,
        work: &mut LsqrWork<V>,
    ) -> Result<SolveInfo, Interrupt> {
        self.solve_observed(a, b, x, work, &mut |_| ())
    }

    /// [`solve`](Self::solve), and shows every iterate.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve_observed<V: Vector>(
        &self,
        a: &impl Adjoint<V>,
        b: &V,
        x: &mut V,
        work: &mut LsqrWork<V>,
        observe: &mut dyn FnMut(&V),
    ) -> Result<SolveInfo, Interrupt> {
        let LsqrWork { bidiagonal, direction: w, history, normal_history } = work;
        let begun = bidiagonal.begin(self.start, a, b, x)?;
        let mut products = begun.products;
        let most = self.iterations.unwrap_or(10 * x.dimension() + 10);
        let tests = Tests {
            operator_tolerance: self.operator_tolerance,
            tolerance: self.tolerance,
            condition_limit: self.condition_limit,
        };
        w.copy_from(bidiagonal.v());
        let (mut rho_bar, mut phi_bar) = (bidiagonal.alpha, bidiagonal.beta);
        // What the damping adds to the square of the residual.
        let mut damped_square = 0.0;
        // |B|^2 and |R^-1|^2.
        let (mut square, mut inverse_square) = (0.0, 0.0_f64);
        let mut now = Estimates {
            scale: begun.scale,
            residual: phi_bar,
            normal_residual: bidiagonal.alpha * phi_bar,
            solution: 0.0,
            operator: bidiagonal.alpha,
            condition: 0.0,
        };
        history.clear();
        history.push(now.residual);
        normal_history.clear();
        normal_history.push(now.normal_residual);
        let mut iterations = 0;
        let end = loop {
            if let Some(end) = begun.trouble.or_else(|| tests.end(&now)) {
                break end;
            }
            if iterations == most {
                break SolveEnd::IterationLimit;
            }
            square += bidiagonal.alpha.powi(2);
            if !bidiagonal.step(a)? {
                break SolveEnd::NotFinite;
            }
            products += 2;
            let (alpha, beta) = (bidiagonal.alpha, bidiagonal.beta);
            square += beta * beta + self.damping * self.damping;
            // The damping's row, then the next column of B.
            let (c, s, rho_damped) = reflection(rho_bar, self.damping);
            damped_square += (s * phi_bar).powi(2);
            phi_bar *= c;
            let (c, s, rho) = reflection(rho_damped, beta);
            let theta = s * alpha;
            rho_bar = -c * alpha;
            let phi = c * phi_bar;
            phi_bar *= s;
            x.axpy(phi / rho, w);
            let w_norm = w.norm() / rho;
            inverse_square += w_norm * w_norm;
            w.axpby(1.0, bidiagonal.v(), -theta / rho);
            now.residual = phi_bar.hypot(f64::sqrt(damped_square));
            now.normal_residual = (rho_bar * phi_bar).abs();
            now.solution = x.norm();
            now.operator = f64::sqrt(square);
            now.condition = now.operator * inverse_square.sqrt();
            iterations += 1;
            history.push(now.residual);
            normal_history.push(now.normal_residual);
            observe(x);
        };
        let true_residual_norm =
            if self.true_residual == TrueResidual::Skipped || end == SolveEnd::NotFinite {
                None
            } else {
                products += 1;
                Some(bidiagonal.residual(a, b, x)?)
            };
        Ok(SolveInfo {
            end,
            iterations,
            products,
            residual_norm: now.residual,
            true_residual_norm,
            normal_residual_norm: now.normal_residual,
            solution_norm: now.solution,
            operator_norm: now.operator,
            condition: now.condition,
        })
    }
}
