//! The exact Hessian as a dense matrix.

use std::borrow::Cow;

use super::{Belief, Curvature, Descended, Factorization, Model, Source};
use crate::objective::Hessian;
use crate::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::Matrix;
use ravine_linalg::operator::{LinearOperator, Structure};
use ravine_linalg::{Interrupt, Watch};

/// The exact Hessian, evaluated as a dense matrix once an iterate.
///
/// ```
/// use ravine::curvature::DenseCurvature;
/// use ravine::methods::Composition;
/// use ravine::step::MoreSorensen;
/// use ravine::trust::Radius;
///
/// // From a saddle.
/// let f = ravine::objective!(2, |x| x[0] * x[0] - x[1] * x[1] + 0.5 * x[1].powi(4));
/// let (step, trust) = (MoreSorensen::default(), Radius::default());
/// let method = Composition { curvature: DenseCurvature, step, trust };
/// let outcome = ravine::minimize(&f, vec![0.0, 0.0], method).run()?;
/// assert!((outcome.value + 0.5).abs() < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DenseCurvature;

/// A dense matrix, and whether it is that of the current point.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct DenseMemory {
    pub(super) matrix: Matrix,
    pub(super) current: bool,
}

impl DenseMemory {
    pub(super) fn new(n: usize) -> Self {
        Self { matrix: Matrix::zeros(n, n), current: false }
    }

    /// Evaluates the matrix, unless it is there.
    pub(super) fn renew(
        &mut self,
        evaluate: impl FnOnce(&mut Matrix) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        if !self.current {
            evaluate(&mut self.matrix)?;
            self.current = true;
        }
        Ok(())
    }

    pub(super) fn belief(&self, source: Source) -> Belief<'_, Vec<f64>> {
        if self.current {
            Belief::default().curvature(source, &self.matrix)
        } else {
            Belief::default().anew(source)
        }
    }
}

/// A matrix that is evaluated at the iterate.
pub struct DenseAt<'a>(pub(super) &'a Matrix);

impl LinearOperator<Vec<f64>> for DenseAt<'_> {
    fn dimension(&self) -> usize {
        self.0.rows()
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.0.multiply(x, y);
        Ok(())
    }
}

impl Model<Vec<f64>> for DenseAt<'_> {
    fn matrix(&self) -> Result<Option<Cow<'_, Matrix>>, Interrupt> {
        Ok(Some(Cow::Borrowed(self.0)))
    }

    fn descend(
        &mut self,
        how: Factorization,
        shift: f64,
        x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<Option<Descended<Vec<f64>>>, Interrupt> {
        how.descend(self.0, shift, x, g, d, watch).map(Some)
    }
}

impl<O: Hessian + ?Sized> Curvature<O> for DenseCurvature {
    type Memory = DenseMemory;
    type At<'a>
        = DenseAt<'a>
    where
        O: 'a;

    fn memory(&self, _oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> DenseMemory {
        DenseMemory::new(x0.len())
    }

    fn at<'a>(
        &'a self,
        oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<Vec<f64>>,
        memory: &'a mut DenseMemory,
    ) -> Result<DenseAt<'a>, Interrupt> {
        memory.renew(|hessian| oracle.hessian(&iterate.x, hessian))?;
        Ok(DenseAt(&memory.matrix))
    }

    fn moved(&self, memory: &mut DenseMemory, taken: f64) {
        memory.current &= taken == 0.0;
    }

    fn belief<'s>(&self, memory: &'s DenseMemory) -> Belief<'s, Vec<f64>> {
        memory.belief(Source::Hessian)
    }
}
