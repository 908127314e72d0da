//! MINRES for many shifts.

use super::{Settings, ShiftedInfo, ShiftedSystem, Work};
use crate::error::{ArgumentError, Interrupt};
use crate::krylov::minimal_residual::TridiagonalRecurrence;
use crate::krylov::minres::Recurrence;
use crate::krylov::report::check_tolerance;
use crate::krylov::{ShortLanczos, SolveEnd, TrueResidual};
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// [`Minres`](crate::krylov::Minres) for `(A + sigma_k I) x_k = b` for all shifts at once, with
/// symmetric A, definite or not: the products are those of the hardest shift, each shift stops for
/// itself.
///
/// One Lanczos process serves all, since `T + sigma I` belongs to `A + sigma I`. One product and
/// `7 n` operations an iteration, and `9 n` more for each shift that has not converged; four vectors
/// a shift, x among them. Where all `A + sigma_k I` are definite,
/// [`ShiftedCg`](crate::krylov::ShiftedCg) takes half of that.
///
/// Source: Paige and Saunders (1975), where A has a shift already; Frommer (2003) for many.
///
/// ```
/// use ravine_linalg::krylov::{ShiftedMinres, ShiftedMinresWork, SolveEnd};
/// use ravine_linalg::matrix::Matrix;
///
/// // Definite, indefinite, singular: the last has only a least-squares solution.
/// let a: Matrix = Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]]);
/// let (b, shifts) = (vec![1.0, 0.0], [0.0, -2.0, -3.0]);
/// let mut x = vec![vec![0.0; 2]; 3];
/// let mut work = ShiftedMinresWork::new(&b);
/// let info = ShiftedMinres::default().solve(&a, &shifts, &b, &mut x, &mut work)?;
/// assert_eq!(info.shifts[1].end, SolveEnd::Converged);
/// assert!(x[1][0].abs() < 1e-15 && (x[1][1] - 1.0).abs() < 1e-15);
/// assert_eq!(info.shifts[2].end, SolveEnd::LeastSquares);
/// assert!((info.shifts[2].residual_norm - 0.5f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShiftedMinres {
    /// The residual that is small enough for each shift, relative to `|b|`. Default `1e-8`.
    pub tolerance: f64,
    /// The `|A r|` that is small enough for a least-squares solution. Default `1e-7`, see
    /// [`Minres`](crate::krylov::Minres::normal_tolerance).
    pub normal_tolerance: f64,
    /// Most iterations; `None` for ten times the dimension and ten more. Default `None`.
    pub iterations: Option<usize>,
    /// Whether to end with one more product for each shift. Default [`TrueResidual::Skipped`].
    pub true_residual: TrueResidual,
}

impl Default for ShiftedMinres {
    fn default() -> Self {
        Self {
            tolerance: 1e-8,
            normal_tolerance: 1e-7,
            iterations: None,
            true_residual: TrueResidual::Skipped,
        }
    }
}

/// The vectors of [`ShiftedMinres`] and its histories, kept for the next solve.
#[derive(Clone, Debug)]
pub struct ShiftedMinresWork<V> {
    work: Work<V, System<V>>,
}

impl<V: Vector> ShiftedMinresWork<V> {
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

impl ShiftedMinres {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        check_tolerance("tolerance", self.tolerance)?;
        check_tolerance("normal_tolerance", self.normal_tolerance)
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
        work: &mut ShiftedMinresWork<V>,
    ) -> Result<ShiftedInfo, Interrupt> {
        let settings = Settings {
            tolerance: self.tolerance,
            iterations: self.iterations.unwrap_or(10 * b.dimension() + 10),
            true_residual: self.true_residual,
        };
        work.work.run(&settings, a, shifts, b, solutions, |old, shift, norm| {
            let mut recurrence =
                old.map_or_else(|| Recurrence::new(b), |old: System<V>| old.recurrence);
            recurrence.begin(norm);
            System { shift, normal_tolerance: self.normal_tolerance, recurrence }
        })
    }
}

#[derive(Clone, Debug)]
struct System<V> {
    shift: f64,
    normal_tolerance: f64,
    recurrence: Recurrence<V>,
}

impl<V: Vector> ShiftedSystem<V> for System<V> {
    fn advance(&mut self, lanczos: &ShortLanczos<V>, x: &mut V) -> Result<f64, SolveEnd> {
        if self.recurrence.is_at_precision() {
            return Err(SolveEnd::PrecisionLimit);
        }
        if !self.recurrence.advance_shifted(lanczos, self.shift, self.normal_tolerance, x) {
            return Err(SolveEnd::LeastSquares);
        }
        Ok(self.recurrence.residual)
    }
}
