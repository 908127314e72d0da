//! Minimal residuals.

use super::report::{begin, check_tolerance, measured_residual, reflection, trouble};
use super::{Preconditioner, ShortLanczos, SolveEnd, SolveInfo, Start, TrueResidual};
use crate::error::{ArgumentError, Interrupt};
use crate::operator::LinearOperator;
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
/// let a = Matrix::from_rows(&[[1.0, 2.0], [2.0, 1.0]]);
/// let b = vec![5.0, 4.0];
/// let (mut x, mut work) = (b.clone(), MinresWork::new(&b));
/// let info = Minres::default().solve(&a, &b, &mut x, &mut work)?;
/// assert_eq!(info.end, SolveEnd::Converged);
/// assert!((x[0] - 1.0).abs() < 1e-14 && (x[1] - 2.0).abs() < 1e-14);
/// assert_eq!(work.history().len(), info.iterations + 1);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Minres {
    /// The residual that is small enough, relative to that at zero. Default `1e-8`.
    pub tolerance: f64,
    /// The `|A r|` that is small enough for a least-squares solution, relative to `|A| |r|`. Where b
    /// is not in the range of A, rounding lets it fall to about `1e-8` and then grow, and x with it;
    /// where it is, and the condition number is greater than the reciprocal of this, a slow phase is
    /// taken for the end: then set it to zero. Default `1e-7`.
    pub normal_tolerance: f64,
    /// Most iterations; `None` for ten times the dimension and ten more. Default `None`.
    pub iterations: Option<usize>,
    /// Where to start. Default [`Start::Zero`].
    pub start: Start,
    /// Whether to end with one more product. Default [`TrueResidual::Measured`].
    pub true_residual: TrueResidual,
}

impl Default for Minres {
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

/// The vectors of [`Minres`] and its history, kept for the next solve.
#[derive(Clone, Debug)]
pub struct MinresWork<V> {
    lanczos: ShortLanczos<V>,
    residual: V,
    recurrence: Recurrence<V>,
    history: Vec<f64>,
}

impl<V: Vector> MinresWork<V> {
    /// Room for vectors of the shape of `like`.
    pub fn new(like: &V) -> Self {
        Self {
            lanczos: ShortLanczos::new(like),
            residual: like.zeros_like(),
            recurrence: Recurrence::new(like),
            history: Vec::new(),
        }
    }

    /// The norm of the residual by the recurrence, at the start and after every iteration.
    pub fn history(&self) -> &[f64] {
        &self.history
    }
}

impl Minres {
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
        work: &mut MinresWork<V>,
    ) -> Result<SolveInfo, Interrupt> {
        self.solve_observed(a, None, b, x, work, &mut |_| ())
    }

    /// Solves `A x = b` with the preconditioner `m`.
    ///
    /// # Errors
    ///
    /// An interrupt of either operator.
    pub fn solve_preconditioned<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        m: &impl Preconditioner<V>,
        b: &V,
        x: &mut V,
        work: &mut MinresWork<V>,
    ) -> Result<SolveInfo, Interrupt> {
        self.solve_observed(a, Some(m), b, x, work, &mut |_| ())
    }

    /// Solves `A x = b`, with a preconditioner or without, and shows every iterate.
    ///
    /// ```
    /// use ravine_linalg::krylov::{Minres, MinresWork};
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let a = Matrix::from_rows(&[[1.0, 2.0], [2.0, 1.0]]);
    /// let b = vec![5.0, 4.0];
    /// let (mut x, mut work, mut seen) = (b.clone(), MinresWork::new(&b), 0);
    /// let info =
    ///     Minres::default().solve_observed(&a, None, &b, &mut x, &mut work, &mut |_| seen += 1)?;
    /// assert_eq!(seen, info.iterations);
    /// # Ok::<(), ravine_linalg::Interrupt>(())
    /// ```
    ///
    /// # Errors
    ///
    /// An interrupt of either operator.
    pub fn solve_observed<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        m: Option<&dyn LinearOperator<V>>,
        b: &V,
        x: &mut V,
        work: &mut MinresWork<V>,
        observe: &mut dyn FnMut(&V),
    ) -> Result<SolveInfo, Interrupt> {
        let MinresWork { lanczos, residual: r, recurrence, history } = work;
        let begun = begin(self.start, a, m, b, x, r, lanczos)?;
        let mut products = begun.products;
        let most = self.iterations.unwrap_or(10 * b.dimension() + 10);
        let enough = self.tolerance * begun.scale;
        recurrence.begin(begun.norm);
        history.clear();
        history.push(begun.norm);
        let mut iterations = 0;
        let end = loop {
            if let Some(end) = begun.trouble {
                break end;
            }
            if recurrence.residual <= enough {
                break SolveEnd::Converged;
            }
            if m.is_none() && recurrence.is_at_precision() {
                break SolveEnd::PrecisionLimit;
            }
            if iterations == most {
                break SolveEnd::IterationLimit;
            }
            products += 1;
            if let Some(end) = trouble(lanczos.step_preconditioned(a, m)?) {
                break end;
            }
            if !recurrence.advance(lanczos, 0.0, self.normal_tolerance, x) {
                break SolveEnd::LeastSquares;
            }
            iterations += 1;
            history.push(recurrence.residual);
            observe(x);
        };
        let true_residual_norm =
            measured_residual(self.true_residual, end, a, b, x, r, &mut products)?;
        Ok(SolveInfo {
            end,
            iterations,
            products,
            residual_norm: recurrence.residual,
            true_residual_norm,
            normal_residual_norm: recurrence.normal_residual,
            solution_norm: recurrence.solution,
            operator_norm: recurrence.norm,
            condition: recurrence.widest / recurrence.narrowest,
        })
    }
}

/// What MINRES makes of the columns of `T + shift I`, one after another.
#[derive(Clone, Debug)]
pub(super) struct Recurrence<V> {
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

impl<V: Vector> Recurrence<V> {
    pub(super) fn new(like: &V) -> Self {
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

    /// Starts anew with that residual.
    pub(super) fn begin(&mut self, residual: f64) {
        let [w, w1, _] = &mut self.directions;
        w.fill(0.0);
        w1.fill(0.0);
        (self.c, self.s, self.delta_bar, self.epsilon) = (-1.0, 0.0, 0.0, 0.0);
        (self.residual, self.normal_residual, self.solution) = (residual, f64::NAN, 0.0);
        (self.norm, self.widest, self.narrowest) = (0.0, 0.0, f64::INFINITY);
    }

    /// Takes in the last step of the process and moves x; not if x solves the least-squares problem
    /// already, to `normal_tolerance`.
    pub(super) fn advance(
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
        self.residual <= f64::EPSILON * self.norm * self.solution
    }
}
