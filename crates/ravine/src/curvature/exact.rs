//! The exact Hessian through its products.

use crate::minimize::{Interrupt, Oracle};
use crate::objective::HessianProduct;
use crate::operator::{LinearOperator, Structure};

/// The Hessian `H(x)` at a point, as a linear operator: each application is one Hessian product of
/// the objective, counted by the oracle.
///
/// ```
/// use ravine::curvature::HessianAt;
/// use ravine::matrix::Matrix;
/// use ravine::minimize::{Budget, Oracle};
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
/// let oracle = Oracle::new(&f, Budget::default(), None);
/// let mut y = vec![0.0];
/// HessianAt { oracle: &oracle, x: &vec![2.0] }.apply(&vec![1.0], &mut y)?;
/// assert_eq!(y, [12.0]);
/// assert_eq!(oracle.counts().hessian_product, 1);
/// # Ok::<(), ravine::minimize::Interrupt>(())
/// ```
pub struct HessianAt<'r, 'a, O: HessianProduct + ?Sized> {
    /// The objective.
    pub oracle: &'r Oracle<'a, O>,
    /// The point.
    pub x: &'r O::Point,
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
