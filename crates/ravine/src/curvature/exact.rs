//! The exact Hessian: by its products, dense, sparse.

use super::{Belief, Curvature, Model, Source};
use crate::objective::{Hessian, HessianProduct, SparseHessian};
use crate::oracle::{Iterate, Oracle};
use ravine_linalg::Interrupt;
use ravine_linalg::matrix::{Matrix, SparseMatrix};
use ravine_linalg::operator::{Adjoint, Assumed, LinearOperator, Structure};

/// The Hessian `H(x)` at a point, as a linear operator: each application is one Hessian product of
/// the objective, counted by the oracle.
///
/// ```
/// use ravine::curvature::HessianAt;
/// use ravine::matrix::Matrix;
/// use ravine::oracle::Oracle;
/// use ravine::objective::from_hessian;
/// use ravine::operator::LinearOperator;
///
/// let f = from_hessian(
///     1,
///     |x: &[f64], g: &mut [f64]| {
///         g[0] = x[0].powi(3);
///         x[0].powi(4) / 4.0
///     },
///     |x: &[f64], h: &mut Matrix| h[(0, 0)] = 3.0 * x[0] * x[0],
/// );
/// let oracle = Oracle::new(&f, ravine::Stopping::default());
/// let mut y = vec![0.0];
/// HessianAt { oracle: &oracle, x: &vec![2.0] }.apply(&vec![1.0], &mut y)?;
/// assert_eq!(y, [12.0]);
/// assert_eq!(oracle.counts().hessian_product, 1);
/// # Ok::<(), ravine::Interrupt>(())
/// ```
pub struct HessianAt<'r, 'a, O: HessianProduct + ?Sized> {
    /// The objective.
    pub oracle: &'r Oracle<'a, O>,
    /// The point.
    pub x: &'r O::Point,
}

impl<O: Hessian + ?Sized> HessianAt<'_, '_, O> {
    /// The Hessian as a dense matrix: one evaluation of it.
    ///
    /// ```
    /// use ravine::curvature::HessianAt;
    /// use ravine::oracle::Oracle;
    /// use ravine::objective;
    /// use ravine::operator::{Algebra, Invert, LinearOperator};
    ///
    /// let f = objective!(2, |x| x[0].powi(4) + x[0] * x[1] + x[1].powi(2));
    /// let oracle = Oracle::new(&f, ravine::Stopping::default());
    /// let hessian = HessianAt { oracle: &oracle, x: &vec![1.0, 0.0] }.dense()?;
    /// let mut newton = vec![0.0; 2];
    /// hessian.inverse()?.apply(&vec![4.0, 1.0], &mut newton)?;
    /// assert!((newton[0] - 7.0 / 23.0).abs() < 1e-15 && (newton[1] - 8.0 / 23.0).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn dense(&self) -> Result<Assumed<Matrix>, Interrupt> {
        let n = self.oracle.dimension();
        let mut hessian = Matrix::zeros(n, n);
        self.oracle.hessian(self.x, &mut hessian)?;
        Ok(Assumed::known(hessian, Structure::Symmetric))
    }
}

impl<O: SparseHessian + ?Sized> HessianAt<'_, '_, O> {
    /// The Hessian as a sparse matrix: its pattern and one evaluation of it.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn sparse(&self) -> Result<Assumed<SparseMatrix>, Interrupt> {
        let mut hessian = self.oracle.sparse_hessian_pattern(self.x)?;
        self.oracle.sparse_hessian(self.x, &mut hessian)?;
        Ok(Assumed::known(hessian, Structure::Symmetric))
    }
}

impl<O: HessianProduct + ?Sized> Adjoint<O::Point> for HessianAt<'_, '_, O> {
    fn apply_adjoint(&self, y: &O::Point, x: &mut O::Point) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

impl<O: HessianProduct + ?Sized> LinearOperator<O::Point> for HessianAt<'_, '_, O> {
    fn dimension(&self) -> usize {
        self.oracle.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &O::Point, y: &mut O::Point) -> Result<(), Interrupt> {
        self.oracle.hessian_product(self.x, x, y)
    }
}

impl<O: HessianProduct + ?Sized> Model<O::Point> for HessianAt<'_, '_, O> {}

/// The exact Hessian by its products, which nobody keeps. See [`NewtonCg`](crate::methods::NewtonCg) for
/// an example.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, crate::settings::Described, serde::Serialize,
)]
pub struct ExactCurvature;

impl<O: HessianProduct + ?Sized> Curvature<O> for ExactCurvature {
    type Memory = ();
    type At<'a>
        = HessianAt<'a, 'a, O>
    where
        O: 'a;

    fn memory(&self, _oracle: &Oracle<'_, O>, _x0: &O::Point) {}

    fn at<'a>(
        &'a self,
        oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<O::Point>,
        _memory: &'a mut (),
    ) -> Result<HessianAt<'a, 'a, O>, Interrupt> {
        Ok(HessianAt { oracle, x: &iterate.x })
    }

    fn belief<'s>(&self, _memory: &'s ()) -> Belief<'s, O::Point> {
        Belief::default().anew(Source::Hessian)
    }
}
