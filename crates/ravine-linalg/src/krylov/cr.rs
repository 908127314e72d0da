//! Conjugate residuals.

use super::report::{check_tolerance, measured_residual, residual_of};
use super::{SolveEnd, SolveInfo, Start, TrueResidual};
use crate::error::{ArgumentError, Interrupt};
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// Conjugate residuals for `A x = b` with symmetric positive (semi)definite A:
///
/// ```text
/// alpha = r'Ar / |Ap|^2,   x += alpha p,   r -= alpha A p
/// beta = r'Ar / r_old'A r_old,   p = r + beta p,   A p = A r + beta A p
/// ```
///
/// The iterates are those of [`Minres`](super::Minres): of all x in the Krylov space, the smallest
/// residual, by simpler recurrences. Besides the residual, the error and the quadratic
/// `x'Ax/2 - b'x` fall and `|x|` grows, all monotonically, which makes it a truncated solver for Newton steps
/// whose every iterate is a descent direction. A residual with `r'Ar <= 0` (to rounding) proves that
/// A is not definite and ends the iteration: go on with MINRES.
///
/// One product and about `12 n` operations an iteration; five vectors.
///
/// Source: Stiefel (1955); Fong and Saunders, CG versus MINRES: an empirical comparison (2012),
/// section 2.
///
/// ```
/// use ravine_linalg::krylov::{ConjugateResiduals, CrWork, SolveEnd};
/// use ravine_linalg::matrix::Matrix;
///
/// let a = Matrix::from_rows(&[[4.0, 1.0], [1.0, 3.0]]);
/// let b = vec![1.0, 2.0];
/// let (mut x, mut work) = (b.clone(), CrWork::new(&b));
/// let info = ConjugateResiduals::default().solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!((info.end, info.iterations), (SolveEnd::Converged, 2));
/// assert!((x[0] - 1.0 / 11.0).abs() < 1e-14 && (x[1] - 7.0 / 11.0).abs() < 1e-14);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConjugateResiduals {
    /// The residual that is small enough, relative to `|b|`. Default `1e-8`.
    pub tolerance: f64,
    /// The `|A r|` that is small enough for a least-squares solution, relative to `|A| |r|`; zero where
    /// b is in the range of A. Default `1e-7`, see [`Minres`](super::Minres::normal_tolerance).
    pub normal_tolerance: f64,
    /// Most iterations; `None` for ten times the dimension and ten more. Default `None`.
    pub iterations: Option<usize>,
    /// Where to start. Default [`Start::Zero`].
    pub start: Start,
    /// Whether to end with one more product. Default [`TrueResidual::Measured`].
    pub true_residual: TrueResidual,
}

impl Default for ConjugateResiduals {
    fn default() -> Self {
        Self {
            tolerance: 1e-8,
            normal_tolerance: 1e-7,
            iterations: None,
            start: Start::Zero,
            true_residual: TrueResidual::Measured,
        }
    }
}

/// The vectors of [`ConjugateResiduals`] and their history, kept for the next solve.
#[derive(Clone, Debug)]
pub struct CrWork<V> {
    residual: V,
    residual_product: V,
    direction: V,
    direction_product: V,
    history: Vec<f64>,
}

impl<V: Vector> CrWork<V> {
    /// Room for vectors of the shape of `like`.
    pub fn new(like: &V) -> Self {
        let zero = || like.zeros_like();
        Self {
            residual: zero(),
            residual_product: zero(),
            direction: zero(),
            direction_product: zero(),
            history: Vec::new(),
        }
    }

    /// The norm of the residual by the recurrence, at the start and after every iteration.
    pub fn history(&self) -> &[f64] {
        &self.history
    }
}

impl ConjugateResiduals {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        check_tolerance("tolerance", self.tolerance)?;
        check_tolerance("normal_tolerance", self.normal_tolerance)
    }

    /// Solves `A x = b`.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        b: &V,
        x: &mut V,
        work: &mut CrWork<V>,
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
        a: &impl LinearOperator<V>,
        b: &V,
        x: &mut V,
        work: &mut CrWork<V>,
        observe: &mut dyn FnMut(&V),
    ) -> Result<SolveInfo, Interrupt> {
        let CrWork {
            residual: r,
            residual_product: ar,
            direction: p,
            direction_product: ap,
            history,
        } = work;
        let scale = b.norm();
        let enough = self.tolerance * scale;
        let most = self.iterations.unwrap_or(10 * b.dimension() + 10);
        let mut products = 0;
        let mut r_norm = if self.start == Start::Zero || scale == 0.0 {
            x.fill(0.0);
            r.copy_from(b);
            scale
        } else {
            products += 1;
            residual_of(a, b, x, r)?
        };
        history.clear();
        history.push(r_norm);
        // Lower bounds of |A| and of its condition number: the extremes of |A r| / |r|.
        let (mut widest, mut narrowest) = (0.0_f64, f64::INFINITY);
        let (mut normal, mut x_norm, mut before) = (f64::NAN, x.norm(), f64::NAN);
        let mut iterations = 0;
        let end = loop {
            if !r_norm.is_finite() {
                break SolveEnd::NotFinite;
            }
            if r_norm <= enough {
                break SolveEnd::Converged;
            }
            if r_norm <= f64::EPSILON * widest * x_norm {
                break SolveEnd::PrecisionLimit;
            }
            if iterations == most {
                break SolveEnd::IterationLimit;
            }
            a.apply(r, ar)?;
            products += 1;
            let rar = r.dot(ar);
            normal = ar.norm();
            if !rar.is_finite() || !normal.is_finite() {
                break SolveEnd::NotFinite;
            }
            widest = widest.max(normal / r_norm);
            narrowest = narrowest.min(normal / r_norm);
            if normal <= self.normal_tolerance * widest * r_norm {
                break SolveEnd::LeastSquares;
            }
            if rar <= f64::EPSILON * r_norm * normal {
                break SolveEnd::NotDefinite;
            }
            let beta = if iterations == 0 { 0.0 } else { rar / before };
            p.axpby(1.0, r, beta);
            ap.axpby(1.0, ar, beta);
            let alpha = rar / ap.dot(ap);
            x.axpy(alpha, p);
            r.axpy(-alpha, ap);
            before = rar;
            r_norm = r.norm();
            x_norm = x.norm();
            iterations += 1;
            history.push(r_norm);
            observe(x);
        };
        let true_residual_norm =
            measured_residual(self.true_residual, end, a, b, x, ar, &mut products)?;
        Ok(SolveInfo {
            end,
            iterations,
            products,
            residual_norm: r_norm,
            true_residual_norm,
            normal_residual_norm: normal,
            solution_norm: x_norm,
            operator_norm: widest,
            condition: widest / narrowest,
        })
    }
}
