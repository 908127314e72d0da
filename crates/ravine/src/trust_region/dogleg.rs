//! The dogleg.

use super::{DenseModel, Solution, Subproblem, boundary_step};
use crate::objective::Hessian;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::matrix::{FactorizationError, Matrix, ModifiedCholesky};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

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
/// use ravine::trust_region::DoglegPath;
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
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
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
        let factor = ModifiedCholesky::new(hessian)?;
        let mut newton = gradient.clone();
        newton.scale(-1.0);
        factor.solve(&mut newton);
        // The curvature of H + E along g, a positive number.
        let mut product = gradient.clone();
        factor.multiply(&mut product);
        let (gg, curvature) = (gradient.dot(gradient), gradient.dot(&product));
        let mut cauchy = gradient.clone();
        cauchy.scale(if gg == 0.0 { 0.0 } else { -gg / curvature });
        Ok(Self { cauchy, newton })
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
        Solution { predicted, multiplier: 0.0, on_boundary, work: 1 }
    }
}

/// The Hessian and the path at the current point.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct DoglegModel {
    dense: DenseModel,
    path: Option<DoglegPath>,
}

impl<O: Hessian + ?Sized> Subproblem<O> for Dogleg {
    type Model = DoglegModel;

    fn name(&self) -> &'static str {
        "trust-dogleg"
    }

    fn validate(&self) -> Result<(), ArgumentError> {
        Ok(())
    }

    fn model(&self, x0: &Vec<f64>) -> DoglegModel {
        DoglegModel { dense: DenseModel::new(x0.len()), path: None }
    }

    fn solve(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &Iterate<Vec<f64>>,
        model: &mut DoglegModel,
        radius: f64,
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        let hessian = model.dense.at(oracle, &iterate.x)?;
        if model.path.is_none() {
            model.path = DoglegPath::new(hessian, &iterate.gradient).ok();
        }
        let gradient = &iterate.gradient;
        Ok(model.path.as_ref().map(|path| path.within(hessian, gradient, radius, step)))
    }

    fn moved(&self, model: &mut DoglegModel) {
        model.dense.forget();
        model.path = None;
    }
}
