//! The exact step for a dense Hessian.

use super::secular::{Extent, Lengths, Null, Root, Shifted, Target, solve};
use super::{Ball, Cubic, Local, MatrixMemory, Solution, Step};
use crate::curvature::Model;
use crate::settings::Described;
use ravine_linalg::matrix::{Cholesky, FactorizationError, Matrix};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// The minimizer of `g'p + p'Hp/2` over `|p| <= radius`, to any accuracy, for any symmetric H.
///
/// It is the p with `(H + lambda I) p = -g`, `lambda >= 0`, `lambda (radius - |p|) = 0`, and
/// `H + lambda I` positive semidefinite. Lambda is the root of the secular equation
/// `1 / |p(lambda)| = 1 / radius`, found by Newton's method within shrinking bounds, one Cholesky
/// factorization a step. In the hard case (g orthogonal to the eigenvectors of the smallest
/// eigenvalue) a multiple of such an eigenvector, by inverse iteration, fills p up to the radius.
///
/// Source: More and Sorensen, Computing a trust region step (1983); Nocedal and Wright (2006),
/// section 4.3.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::step::MoreSorensen;
///
/// // A saddle with no gradient: the step goes down along the second axis.
/// let hessian = Matrix::from_rows(&[[2.0, 0.0], [0.0, -1.0]]);
/// let mut step = vec![0.0; 2];
/// let solution = MoreSorensen::default().solve(&hessian, &vec![0.0, 0.0], 0.5, &mut step)?;
/// assert!((step[1].abs() - 0.5).abs() < 1e-6);
/// assert!(solution.on_boundary && (solution.multiplier - 1.0).abs() < 1e-2);
/// # Ok::<(), ravine::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MoreSorensen {
    /// How far the step may miss: in length, relative to the radius, or in decrease, relative to
    /// the best. Default `1e-3`.
    #[range("between 0 and 1")]
    pub accuracy: f64,
}

impl Default for MoreSorensen {
    fn default() -> Self {
        Self { accuracy: 1e-3 }
    }
}

impl MoreSorensen {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let accuracy = self.accuracy;
        let allowed = accuracy > 0.0 && accuracy < 1.0;
        ArgumentError::check(allowed, "accuracy", accuracy, "between 0 and 1")
    }

    /// Writes the step. The lower triangle of `hessian` is factorized, but both are read.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotFinite`].
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn solve(
        &self,
        hessian: &Matrix,
        gradient: &Vec<f64>,
        radius: f64,
        step: &mut Vec<f64>,
    ) -> Result<Solution, FactorizationError> {
        let target = Target::Radius(radius);
        let root = Watch::nobody(|watch| self.solve_for(hessian, gradient, target, step, watch))?;
        Ok(root.solution(root.factorizations))
    }

    pub(crate) fn solve_for(
        &self,
        hessian: &Matrix,
        gradient: &Vec<f64>,
        target: Target,
        step: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<Result<Root, FactorizationError>, Interrupt> {
        if !hessian.is_finite() || !gradient.is_finite() {
            return Ok(Err(FactorizationError::NotFinite));
        }
        let n = gradient.len();
        step.fill(0.0);
        let (factor, null, work) = (Cholesky::default(), vec![0.0; n], vec![0.0; n]);
        let mut system = Dense { hessian, gradient, factor, step, null, work, watch };
        solve(&mut system, target, self.accuracy).map(Ok)
    }
}

impl MoreSorensen {
    fn step_of<B: Model<Vec<f64>> + ?Sized>(
        &self,
        b: &B,
        local: &Local<'_, Vec<f64>>,
        target: Target,
        memory: &mut MatrixMemory,
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        let &Local { gradient, watch, .. } = local;
        let root = self.solve_for(memory.of(b)?.as_ref(), gradient, target, step, watch)?;
        Ok(root.ok().map(|root| root.solution(root.factorizations)))
    }
}

impl Step<Vec<f64>, Ball> for MoreSorensen {
    type Memory = MatrixMemory;

    fn validate(&self) -> Result<(), ArgumentError> {
        self.validate()
    }

    fn memory(&self, _like: &Vec<f64>) -> MatrixMemory {
        MatrixMemory::default()
    }

    fn minimize<B: Model<Vec<f64>> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, Vec<f64>>,
        reach: Ball,
        memory: &mut MatrixMemory,
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        self.step_of(&*b, local, reach.into(), memory, step)
    }

    fn forget(&self, memory: &mut MatrixMemory) {
        memory.forget();
    }
}

impl Step<Vec<f64>, Cubic> for MoreSorensen {
    type Memory = MatrixMemory;

    fn validate(&self) -> Result<(), ArgumentError> {
        self.validate()
    }

    fn memory(&self, _like: &Vec<f64>) -> MatrixMemory {
        MatrixMemory::default()
    }

    fn minimize<B: Model<Vec<f64>> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, Vec<f64>>,
        reach: Cubic,
        memory: &mut MatrixMemory,
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        self.step_of(&*b, local, reach.into(), memory, step)
    }

    fn forget(&self, memory: &mut MatrixMemory) {
        memory.forget();
    }
}

/// `(H + lambda I) p = -g` for a dense H.
struct Dense<'a> {
    hessian: &'a Matrix,
    gradient: &'a Vec<f64>,
    factor: Cholesky,
    step: &'a mut Vec<f64>,
    null: Vec<f64>,
    work: Vec<f64>,
    watch: Watch<'a>,
}

impl Shifted for Dense<'_> {
    /// Eigenvalues by Gershgorin's discs, cut to the Frobenius norm.
    fn extent(&self) -> Extent {
        let n = self.hessian.columns();
        let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut least_diagonal = f64::INFINITY;
        for j in 0..n {
            let diagonal = self.hessian[(j, j)];
            let others =
                self.hessian.column(j).iter().map(|v| v.abs()).sum::<f64>() - diagonal.abs();
            lowest = lowest.min(diagonal - others);
            highest = highest.max(diagonal + others);
            least_diagonal = least_diagonal.min(diagonal);
        }
        let frobenius = self.hessian.entries().iter().map(|v| v * v).sum::<f64>().sqrt();
        let gradient = self.gradient.norm();
        let (lowest, highest) = (lowest.max(-frobenius), highest.min(frobenius));
        Extent { gradient, lowest, highest, least_diagonal }
    }

    type Ended = Interrupt;

    fn factorize(&mut self, lambda: f64) -> Result<Result<(), f64>, Interrupt> {
        Ok(match self.factor.refactor_watched(self.hessian, lambda, self.watch)? {
            Ok(()) => Ok(()),
            Err(FactorizationError::NotPositiveDefinite { pivot }) => {
                Err(lambda + negative_curvature(self.hessian, lambda, pivot, self.watch)?)
            }
            Err(_) => Err(lambda),
        })
    }

    fn solve(&mut self) -> Lengths {
        self.step.copy_from(self.gradient);
        self.step.scale(-1.0);
        self.factor.solve_lower(self.step);
        let energy = self.step.dot(self.step);
        self.factor.solve_lower_transposed(self.step);
        self.work.copy_from(self.step);
        self.factor.solve_lower(&mut self.work);
        Lengths { length: self.step.norm(), energy, compliance: self.work.dot(&self.work) }
    }

    fn find_null(&mut self) -> Null {
        if self.null.iter().all(|&z| z == 0.0) {
            start_null(&self.factor, &mut self.null);
        }
        let mut energy = 0.0;
        // Inverse iteration; the vector of the last shift is a good start for this one.
        for _ in 0..3 {
            self.factor.solve(&mut self.null);
            self.null.scale(1.0 / self.null.norm());
        }
        // |L'z|^2, row by row of L'.
        for (j, &z) in self.null.iter().enumerate() {
            let column = &self.factor.lower().column(j)[j + 1..];
            let below: f64 = column.iter().zip(&self.null[j + 1..]).map(|(l, z)| l * z).sum();
            energy += (self.factor.lower()[(j, j)] * z + below).powi(2);
        }
        Null { energy, overlap: self.step.dot(&self.null) }
    }

    fn add_null(&mut self, tau: f64) {
        self.step.axpy(tau, &self.null);
    }
}

/// `-v'(H + lambda I)v / v'v >= 0` for the v that shows that the factorization fails at `pivot`:
/// `v = (-A^-1 a, 1)`, with A the leading block before the pivot and a the column beside it.
fn negative_curvature(
    hessian: &Matrix,
    lambda: f64,
    pivot: usize,
    watch: Watch<'_>,
) -> Result<f64, Interrupt> {
    let leading = Matrix::from_fn(pivot, pivot, |i, j| hessian[(i, j)]);
    let mut factor = Cholesky::default();
    if factor.refactor_watched(&leading, lambda, watch)?.is_err() {
        return Ok(0.0);
    }
    let column: Vec<f64> = (0..pivot).map(|i| hessian[(pivot, i)]).collect();
    let mut v = column.clone();
    factor.solve(&mut v);
    let complement = hessian[(pivot, pivot)] + lambda - v.dot(&column);
    Ok((-complement / (1.0 + v.dot(&v))).max(0.0))
}

/// `z = L^-T w` with `L w = e`, where the signs of e make w grow (as LINPACK's condition estimate
/// does): rich in the directions of small eigenvalues.
fn start_null(factor: &Cholesky, z: &mut [f64]) {
    z.fill(0.0);
    let lower = factor.lower();
    for j in 0..z.len() {
        // z holds minus what earlier entries contribute to row j.
        let entry = (z[j] + 1f64.copysign(z[j])) / lower[(j, j)];
        z[j] = entry;
        for (z, l) in z[j + 1..].iter_mut().zip(&lower.column(j)[j + 1..]) {
            *z -= l * entry;
        }
    }
    factor.solve_lower_transposed(z);
    let largest = z.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    z.iter_mut().for_each(|v| *v /= largest);
}
