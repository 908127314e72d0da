//! The dogleg.

use super::{Ball, Local, MatrixMemory, Solution, Step, boundary_step};
use crate::curvature::Model;
use crate::settings::Described;
use ravine_linalg::Interrupt;
use ravine_linalg::matrix::{FactorizationError, Matrix, ModifiedCholesky};
use ravine_linalg::vector::Vector;

/// The path from the current point to the minimizer of the model along `-g`, and on to the Newton
/// point: the step goes along it up to the radius. One factorization serves all radii.
///
/// Where the Hessian is not positive definite the path is that of `H + E`, factorized by
/// [`ModifiedCholesky`]; the predicted decrease is that of H itself, which is larger. Negative
/// curvature is thus not followed, and a saddle with zero gradient is not left.
///
/// Source: Powell (1970); Nocedal and Wright (2006), section 4.1.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::step::DoglegPath;
///
/// let hessian = Matrix::from_rows(&[[2.0, 0.0], [0.0, 8.0]]);
/// let path = DoglegPath::new(&hessian, &vec![2.0, 8.0])?;
/// let mut step = vec![0.0; 2];
/// let solution = path.within(&hessian, &vec![2.0, 8.0], 1.0, &mut step);
/// assert!((step[0].hypot(step[1]) - 1.0).abs() < 1e-14 && solution.on_boundary);
/// path.within(&hessian, &vec![2.0, 8.0], 9.0, &mut step);
/// assert!((step[0] + 1.0).abs() < 1e-14 && (step[1] + 1.0).abs() < 1e-14);
/// # Ok::<(), ravine::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dogleg {}

/// The two corners of the path.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DoglegPath {
    /// The minimizer along `-g`.
    cauchy: Vec<f64>,
    newton: Vec<f64>,
}

impl DoglegPath {
    /// The path for a Hessian and a gradient.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotFinite`].
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn new(hessian: &Matrix, gradient: &Vec<f64>) -> Result<Self, FactorizationError> {
        Ok(Self::of(&ModifiedCholesky::new(hessian)?, gradient))
    }

    fn of(factor: &ModifiedCholesky, gradient: &Vec<f64>) -> Self {
        let mut newton = gradient.clone();
        newton.scale(-1.0);
        factor.solve(&mut newton);
        // The curvature of H + E along g, a positive number.
        let mut product = gradient.clone();
        factor.multiply(&mut product);
        let (gg, curvature) = (gradient.dot(gradient), gradient.dot(&product));
        let mut cauchy = gradient.clone();
        cauchy.scale(if gg == 0.0 { 0.0 } else { -gg / curvature });
        Self { cauchy, newton }
    }

    /// Writes the point of the path at the radius, or its end.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn within(
        &self,
        hessian: &Matrix,
        gradient: &Vec<f64>,
        radius: f64,
        step: &mut Vec<f64>,
    ) -> Solution {
        let first = self.cauchy.norm();
        // Not finite where the Hessian is zero.
        let length = self.newton.norm();
        let on_boundary = length.is_nan() || length > radius;
        if !on_boundary {
            step.copy_from(&self.newton);
        } else if first.is_nan() || first >= radius {
            step.copy_from(gradient);
            step.scale(-radius / gradient.norm());
        } else {
            let mut leg = self.newton.clone();
            leg.axpy(-1.0, &self.cauchy);
            let (pd, dd) = (self.cauchy.dot(&leg), leg.dot(&leg));
            step.point_along(&self.cauchy, boundary_step(radius, first * first, pd, dd), &leg);
        }
        let mut product = vec![0.0; step.len()];
        hessian.multiply(step, &mut product);
        let predicted = -(gradient.dot(step) + 0.5 * step.dot(&product));
        Solution { predicted, on_boundary, work: 1, ..Solution::default() }
    }
}

/// The path, and the matrix that it was made of.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct DoglegMemory {
    matrix: MatrixMemory,
    path: Option<DoglegPath>,
}

impl Step<Vec<f64>, Ball> for Dogleg {
    type Memory = DoglegMemory;

    fn memory(&self, _like: &Vec<f64>) -> DoglegMemory {
        DoglegMemory::default()
    }

    fn minimize<B: Model<Vec<f64>> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, Vec<f64>>,
        Ball(radius): Ball,
        memory: &mut DoglegMemory,
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        let DoglegMemory { matrix, path } = memory;
        let hessian = matrix.of(&*b)?;
        if path.is_none() {
            let factor = ModifiedCholesky::watched(&hessian, local.watch)?;
            *path = factor.ok().map(|factor| DoglegPath::of(&factor, local.gradient));
        }
        Ok(path.as_ref().map(|path| path.within(&hessian, local.gradient, radius, step)))
    }

    fn forget(&self, memory: &mut DoglegMemory) {
        *memory = DoglegMemory::default();
    }
}
