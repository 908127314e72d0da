//! The Gauss-Newton matrix as a curvature.

use super::residual_model::{Model as LinearModel, ResidualPoint};
use super::{
    Belief, Curvature, Descended, Factorization, GaussNewton, LossCurvature, Model, Source,
};
use crate::objective::{Loss, Residuals};
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::Interrupt;
use ravine_linalg::matrix::{Damped, Matrix};
use ravine_linalg::operator::{LinearOperator, Structure};

/// The Gauss-Newton matrix `2 J'W J` of residuals with Jacobian J ([`GaussNewton`]). J comes with the
/// value and the gradient, in one evaluation. Steps are solved for by the QR factors of J, stacked
/// on the damping where there is one; the matrix `J'J` is formed for no other step than those that
/// need a matrix.
///
/// ```
/// use ravine::curvature::GaussNewtonCurvature;
/// use ravine::methods::Composition;
/// use ravine::step::Steihaug;
/// use ravine::trust::Radius;
///
/// let f = ravine::residuals!(2, |x| [1.0 - x[0], 10.0 * (x[1] - x[0] * x[0])]);
/// let (step, trust) = (Steihaug::default(), Radius::default());
/// let method = Composition { curvature: GaussNewtonCurvature::default(), step, trust };
/// let outcome = ravine::minimize(&f, vec![-1.2, 1.0], method).run()?;
/// assert!(outcome.status.converged() && outcome.value < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaussNewtonCurvature {
    /// How the loss of the residuals enters.
    pub loss_curvature: LossCurvature,
}

/// What [`GaussNewtonCurvature`] keeps: residuals and Jacobian at the current point, and where the
/// objective was evaluated last.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct JacobianMemory {
    here: ResidualPoint,
    there: ResidualPoint,
    loss: Loss,
}

/// The Gauss-Newton matrix at an iterate.
pub struct JacobianAt<'a> {
    operator: GaussNewton<&'a Matrix>,
    point: &'a ResidualPoint,
    loss: Loss,
    loss_curvature: LossCurvature,
}

impl LinearOperator<Vec<f64>> for JacobianAt<'_> {
    fn dimension(&self) -> usize {
        self.operator.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Semidefinite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.operator.apply(x, y)
    }
}

impl Model<Vec<f64>> for JacobianAt<'_> {
    fn descend(
        &mut self,
        _how: Factorization,
        shift: f64,
        _x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
    ) -> Result<Option<Descended<Vec<f64>>>, Interrupt> {
        let &mut Self { point, loss, loss_curvature, .. } = self;
        let scale = if shift == 0.0 {
            LinearModel::column_norms(point, loss, loss_curvature)
        } else {
            vec![1.0; d.len()]
        };
        match LinearModel::new(point, &scale, loss, loss_curvature) {
            Ok(model) => {
                // f is the sum of squares, with no half: lambda I on 2 J'J is lambda / 2 on J'J.
                let q = if shift == 0.0 {
                    model.least_squares()
                } else {
                    let root = vec![(0.5 * shift).sqrt(); d.len()];
                    Damped::new(&model.qr, &model.c, &root).solution().to_vec()
                };
                d.iter_mut().zip(q.iter().zip(&scale)).for_each(|(d, (q, s))| *d = q / s);
            }
            Err(_) => d.fill(f64::NAN),
        }
        Ok(Some(Descended::of(d, g)))
    }
}

impl<O: Residuals + ?Sized> Curvature<O> for GaussNewtonCurvature {
    type Memory = JacobianMemory;
    type At<'a>
        = JacobianAt<'a>
    where
        O: 'a;

    fn memory(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> JacobianMemory {
        let point = ResidualPoint::new(x0.clone(), oracle.objective().residual_count());
        JacobianMemory { here: point.clone(), there: point, loss: oracle.objective().loss() }
    }

    fn evaluate(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &mut Iterate<Vec<f64>>,
        memory: &mut JacobianMemory,
    ) -> Result<(), Interrupt> {
        memory.there.iterate.x.clone_from(&iterate.x);
        memory.there.evaluate_again(oracle)?;
        let found = &memory.there.iterate;
        iterate.value = found.value;
        iterate.gradient.clone_from(&found.gradient);
        // A Jacobian without numbers is no place to go to.
        if !memory.there.is_finite() {
            iterate.value = f64::NAN;
        }
        Ok(())
    }

    fn at<'a>(
        &'a self,
        _oracle: &'a Oracle<'a, O>,
        _iterate: &'a Iterate<Vec<f64>>,
        memory: &'a mut JacobianMemory,
    ) -> Result<JacobianAt<'a>, Interrupt> {
        let (loss, loss_curvature) = (memory.loss, self.loss_curvature);
        let point = &memory.here;
        let operator = GaussNewton::new(&point.jacobian, &point.residuals, loss, loss_curvature)
            .map_err(|error| Interrupt::Function(error.into()))?;
        Ok(JacobianAt { operator, point, loss, loss_curvature })
    }

    fn moved(&self, memory: &mut JacobianMemory, taken: f64) {
        if taken > 0.0 {
            std::mem::swap(&mut memory.here, &mut memory.there);
        }
    }

    fn belief<'s>(&self, memory: &'s JacobianMemory) -> Belief<'s, Vec<f64>> {
        let ResidualPoint { jacobian, residuals, .. } = &memory.here;
        match GaussNewton::new(jacobian, residuals, memory.loss, self.loss_curvature) {
            Ok(gauss_newton) => Belief::default().curvature(Source::Jacobian, gauss_newton),
            Err(_) => Belief::default().anew(Source::Jacobian),
        }
    }
}
