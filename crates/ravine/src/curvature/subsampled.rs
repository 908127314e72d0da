//! The Hessian over some cases of a sum.

use crate::objective::FiniteSum;
use crate::oracle::Oracle;
use ravine_linalg::Interrupt;
use ravine_linalg::operator::{LinearOperator, Structure};

/// The Hessian `H_S(x)` of a sum over a subset S of its cases ([`FiniteSum`]), as a linear operator:
/// an estimate of `H(x)` without bias where S is drawn uniformly. An application costs, and counts
/// as, `|S| / N` Hessian products.
///
/// Source: Byrd, Chin, Neveitt and Nocedal, On the use of stochastic Hessian information in
/// optimization methods for machine learning (2011).
///
/// ```
/// use ravine::curvature::SubsetHessianAt;
/// use ravine::oracle::{Budget, Oracle};
/// use ravine::Interrupt;
/// use ravine::objective::FiniteSum;
/// use ravine::operator::LinearOperator;
///
/// /// What the first case alone says of the curvature along a direction.
/// fn curvature<O: FiniteSum<Point = Vec<f64>>>(
///     f: &O,
///     x: &Vec<f64>,
///     d: &Vec<f64>,
/// ) -> Result<f64, Interrupt> {
///     let oracle = Oracle::new(f, Budget::default(), None);
///     let mut product = d.clone();
///     SubsetHessianAt { oracle: &oracle, x, cases: &[0] }.apply(d, &mut product)?;
///     Ok(product.iter().zip(d).map(|(p, d)| p * d).sum())
/// }
/// ```
pub struct SubsetHessianAt<'r, 'a, O: FiniteSum + ?Sized> {
    /// The objective.
    pub oracle: &'r Oracle<'a, O>,
    /// The point.
    pub x: &'r O::Point,
    /// The subset S.
    pub cases: &'r [usize],
}

impl<O: FiniteSum + ?Sized> LinearOperator<O::Point> for SubsetHessianAt<'_, '_, O> {
    fn dimension(&self) -> usize {
        self.oracle.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &O::Point, y: &mut O::Point) -> Result<(), Interrupt> {
        self.oracle.subset_hessian_product(self.x, self.cases, x, y)
    }
}
