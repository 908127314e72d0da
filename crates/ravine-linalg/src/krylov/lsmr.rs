//! Least squares by bidiagonalization: LSMR.

use super::golub_kahan::{Estimates, GolubKahan, Tests};
use super::report::{check_least_squares, reflection};
use super::{SolveEnd, SolveInfo, Start, TrueResidual};
use crate::error::{ArgumentError, Interrupt};
use crate::operator::Adjoint;
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
/// let a = Matrix::from_rows(&[[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
/// let b = vec![2.0, 3.0];
/// let mut x = vec![0.0; 3];
/// let mut work = LsmrWork::new(&b, &x);
/// let info = Lsmr::default().solve(&a, &b, &mut x, &mut work)?;
/// assert!(info.true_residual_norm.is_some_and(|r| r < 1e-13));
/// assert!(x.iter().zip([1.0, 3.0, 1.0]).all(|(x, e)| (x - e).abs() < 1e-13));
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lsmr {
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

impl Default for Lsmr {
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

/// The vectors of [`Lsmr`] and its histories, kept for the next solve.
#[derive(Clone, Debug)]
pub struct LsmrWork<V> {
    bidiagonal: GolubKahan<V>,
    h: V,
    h_bar: V,
    history: Vec<f64>,
    normal_history: Vec<f64>,
}

impl<V: Vector> LsmrWork<V> {
    /// Room for vectors of the shapes of b and of x.
    pub fn new(b: &V, x: &V) -> Self {
        Self {
            bidiagonal: GolubKahan::new(b, x),
            h: x.zeros_like(),
            h_bar: x.zeros_like(),
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

impl Lsmr {
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
        work: &mut LsmrWork<V>,
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
        work: &mut LsmrWork<V>,
        observe: &mut dyn FnMut(&V),
    ) -> Result<SolveInfo, Interrupt> {
        let LsmrWork { bidiagonal, h, h_bar, history, normal_history } = work;
        let begun = bidiagonal.begin(self.start, a, b, x)?;
        let mut products = begun.products;
        let most = self.iterations.unwrap_or(10 * x.dimension() + 10);
        let tests = Tests {
            operator_tolerance: self.operator_tolerance,
            tolerance: self.tolerance,
            condition_limit: self.condition_limit,
        };
        h.copy_from(bidiagonal.v());
        h_bar.fill(0.0);
        let mut alpha_bar = bidiagonal.alpha;
        let mut zeta_bar = bidiagonal.alpha * bidiagonal.beta;
        let (mut rho, mut rho_bar, mut c_bar, mut s_bar) = (1.0, 1.0, 1.0, 0.0);
        let mut zeta = 0.0;
        let mut residual = Residual::new(bidiagonal.beta);
        let mut square = bidiagonal.alpha.powi(2);
        let (mut widest, mut narrowest) = (0.0_f64, f64::INFINITY);
        let mut now = Estimates {
            scale: begun.scale,
            residual: bidiagonal.beta,
            normal_residual: zeta_bar,
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
            if !bidiagonal.step(a)? {
                break SolveEnd::NotFinite;
            }
            products += 2;
            let (alpha, beta) = (bidiagonal.alpha, bidiagonal.beta);
            // The damping's row, then B = Q R.
            let (c_hat, s_hat, alpha_hat) = reflection(alpha_bar, self.damping);
            let rho_old = rho;
            let (c, s);
            (c, s, rho) = reflection(alpha_hat, beta);
            let theta = s * alpha;
            alpha_bar = c * alpha;
            // R' = Q_bar R_bar.
            let (rho_bar_old, zeta_old) = (rho_bar, zeta);
            let theta_bar = s_bar * rho;
            let rho_turned = c_bar * rho;
            (c_bar, s_bar, rho_bar) = reflection(rho_turned, theta);
            zeta = c_bar * zeta_bar;
            zeta_bar *= -s_bar;
            h_bar.axpby(1.0, h, -theta_bar * rho / (rho_old * rho_bar_old));
            x.axpy(zeta / (rho * rho_bar), h_bar);
            h.axpby(1.0, bidiagonal.v(), -theta / rho);
            now.residual = residual.turn(&Turn {
                hat: (c_hat, s_hat),
                left: (c, s),
                theta_bar,
                rho_bar,
                zeta,
                zeta_old,
            });
            now.normal_residual = zeta_bar.abs();
            now.solution = x.norm();
            square += beta * beta;
            now.operator = f64::sqrt(square);
            square += alpha * alpha;
            if iterations > 0 {
                widest = widest.max(rho_bar_old);
                narrowest = narrowest.min(rho_bar_old);
            }
            now.condition = widest.max(rho_turned) / narrowest.min(rho_turned);
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

/// The norm of the residual by recurrence: the right-hand side of the factorized system after one
/// more chain of rotations, which makes `R_bar'` upper bidiagonal (Fong and Saunders, section 5.1).
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
