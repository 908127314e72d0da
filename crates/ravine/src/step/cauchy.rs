//! The best step along the negative gradient.

use super::{Ball, Local, Solution, Step};
use crate::curvature::Model;
use crate::settings::Described;
use ravine_linalg::Interrupt;
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::vector::Vector;

/// The Cauchy point: the minimizer of the model `g'p + p'Hp/2` along `-g` within the radius. One
/// product a step.
///
/// Steepest descent with the model's step length: it converges, as slowly as that does. What other
/// steps must beat.
///
/// Source: Nocedal and Wright (2006), equations 4.11 and 4.12.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::step::Cauchy;
///
/// let hessian = Matrix::from_rows(&[[2.0, 0.0], [0.0, 1.0]]);
/// let (mut step, mut product) = (vec![0.0; 2], vec![0.0; 2]);
/// let solution =
///     Cauchy::default().solve(&hessian, &vec![4.0, 0.0], 9.0, &mut step, &mut product)?;
/// assert_eq!(step, [-2.0, 0.0]);
/// assert_eq!(solution.expect("the Hessian is finite").predicted, 4.0);
/// # Ok::<(), ravine::Interrupt>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cauchy {}

impl Cauchy {
    /// Writes the step, with room for `H g` in `product`; `None` where that is not finite.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve<V: Vector>(
        &self,
        hessian: &(impl LinearOperator<V> + ?Sized),
        gradient: &V,
        radius: f64,
        step: &mut V,
        product: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let gg = gradient.dot(gradient);
        let mut solution = Solution { work: 1, ..Solution::default() };
        if gg == 0.0 {
            step.fill(0.0);
            return Ok(Some(solution));
        }
        hessian.apply(gradient, product)?;
        let curvature = gradient.dot(product);
        if !curvature.is_finite() {
            return Ok(None);
        }
        let longest = radius / gg.sqrt();
        solution.on_boundary = curvature <= 0.0 || gg / curvature >= longest;
        let t = if solution.on_boundary { longest } else { gg / curvature };
        step.axpby(-t, gradient, 0.0);
        solution.predicted = t * (gg - 0.5 * t * curvature);
        Ok(Some(solution))
    }
}

impl<V: Vector> Step<V, Ball> for Cauchy {
    type Memory = ();

    fn memory(&self, _like: &V) {}

    fn minimize<B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        Ball(radius): Ball,
        _memory: &mut (),
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let mut product = step.zeros_like();
        self.solve(b, local.gradient, radius, step, &mut product)
    }
}
