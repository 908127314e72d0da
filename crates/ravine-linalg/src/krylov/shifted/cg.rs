//! Conjugate gradients for many shifts.

use super::{Settings, ShiftedInfo, ShiftedSystem, Work};
use crate::error::{ArgumentError, Interrupt};
use crate::krylov::report::check_tolerance;
use crate::krylov::{ShortLanczos, SolveEnd, TrueResidual};
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// Conjugate gradients for `(A + sigma_k I) x_k = b` for all shifts at once, with symmetric A and
/// positive definite `A + sigma_k I`: a whole path of dampings for the products of the hardest of
/// them.
///
/// One Lanczos process serves all, since `T + sigma I` belongs to `A + sigma I`. For each shift,
///
/// ```text
/// T + sigma I = L D L',   l_j = gamma_j / d_{j-1},   d_j = delta_j + sigma - gamma_j l_j
/// zeta_j = -gamma_j zeta_{j-1} / d_j,   p_j = v_j - l_j p_{j-1},   x += zeta_j p_j
/// |b - (A + sigma I) x| = gamma_{j+1} |zeta_j|
/// ```
///
/// which gives the iterates of conjugate gradients. Each shift stops for itself; one with a pivot
/// `d_j <= 0` is not definite, ends with the last iterate before, and does not disturb the others:
/// unlike Jegerlehner's form, this needs no seed system among the shifts.
///
/// One product and `7 n` operations an iteration, and `4 n` more for each shift that has not
/// converged; two vectors a shift, x among them. A preconditioner would not stay the same under
/// shifts, so there is none.
///
/// Source: Jegerlehner, Krylov space solvers for shifted linear systems (1996); Frommer, BiCGStab(l)
/// for families of shifted linear systems (2003); the form by the Lanczos process: Paige and Saunders
/// (1975), section 4.
///
/// ```
/// use ravine_linalg::krylov::{ShiftedCg, ShiftedCgWork};
/// use ravine_linalg::matrix::Matrix;
///
/// let a = Matrix::from_rows(&[[4.0, 1.0], [1.0, 3.0]]);
/// let (b, shifts) = (vec![1.0, 2.0], [0.0, 1.0, 10.0]);
/// let mut x = vec![vec![0.0; 2]; 3];
/// let mut work = ShiftedCgWork::new(&b);
/// let info = ShiftedCg::default().solve(&a, &shifts, &b, &mut x, &mut work)?;
/// assert_eq!(info.products, 2);
/// for (x, shift) in x.iter().zip(shifts) {
///     assert!(((4.0 + shift) * x[0] + x[1] - 1.0).abs() < 1e-14);
/// }
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShiftedCg {
    /// The residual that is small enough for each shift, relative to `|b|`. Default `1e-8`.
    pub tolerance: f64,
    /// Most iterations; `None` for ten times the dimension and ten more. Default `None`.
    pub iterations: Option<usize>,
    /// Whether to end with one more product for each shift. Default [`TrueResidual::Skipped`].
    pub true_residual: TrueResidual,
}

impl Default for ShiftedCg {
    fn default() -> Self {
        Self { tolerance: 1e-8, iterations: None, true_residual: TrueResidual::Skipped }
    }
}

/// The vectors of [`ShiftedCg`] and its histories, kept for the next solve.
#[derive(Clone, Debug)]
pub struct ShiftedCgWork<V> {
    work: Work<V, System<V>>,
}

impl<V: Vector> ShiftedCgWork<V> {
    /// Room for vectors of the shape of `like`.
    pub fn new(like: &V) -> Self {
        Self { work: Work::new(like) }
    }

    /// The norm of the residual of shift k by the recurrence, at the start and after every iteration.
    ///
    /// # Panics
    ///
    /// If the last solve had no such shift.
    pub fn history(&self, k: usize) -> &[f64] {
        &self.work.histories[k]
    }
}

impl ShiftedCg {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        check_tolerance("tolerance", self.tolerance)
    }

    /// Solves `(A + shifts_k I) solutions_k = b` for all k.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    ///
    /// # Panics
    ///
    /// If there are not as many solutions as shifts.
    pub fn solve<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        shifts: &[f64],
        b: &V,
        solutions: &mut [V],
        work: &mut ShiftedCgWork<V>,
    ) -> Result<ShiftedInfo, Interrupt> {
        let settings = Settings {
            tolerance: self.tolerance,
            iterations: self.iterations.unwrap_or(10 * b.dimension() + 10),
            true_residual: self.true_residual,
        };
        work.work.run(&settings, a, shifts, b, solutions, |old, shift, norm| {
            let direction = old.map_or_else(|| b.zeros_like(), |old: System<V>| old.direction);
            System { shift, direction, pivot: f64::NAN, zeta: norm }
        })
    }
}

/// `L D L'` for one shift.
#[derive(Clone, Debug)]
struct System<V> {
    shift: f64,
    /// `p_j`.
    direction: V,
    /// `d_j`.
    pivot: f64,
    zeta: f64,
}

impl<V: Vector> ShiftedSystem<V> for System<V> {
    fn advance(&mut self, lanczos: &ShortLanczos<V>, x: &mut V) -> Result<f64, SolveEnd> {
        let delta = lanczos.diagonal() + self.shift;
        if lanczos.dimension() == 1 {
            self.pivot = delta;
            self.direction.copy_from(lanczos.vector());
            self.zeta /= delta;
        } else {
            let gamma = lanczos.off_diagonal_before();
            let l = gamma / self.pivot;
            self.pivot = delta - gamma * l;
            self.direction.axpby(1.0, lanczos.vector(), -l);
            self.zeta *= -gamma / self.pivot;
        }
        // What rounding leaves of a pivot is no curvature.
        let size = delta.abs() + lanczos.off_diagonal_before() + lanczos.off_diagonal();
        if self.pivot <= V::EPSILON * size {
            return Err(SolveEnd::NotDefinite);
        }
        x.axpy(self.zeta, &self.direction);
        Ok(lanczos.off_diagonal() * self.zeta.abs())
    }
}
