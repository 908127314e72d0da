//! The Hessian by differences of gradients.

use super::{Belief, Curvature, Model, Source};
use crate::objective::finite_difference::stencil::{Room, stencils};
use crate::objective::{Differences, Gradient};
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::operator::{Adjoint, LinearOperator, Scratch, Structure};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// The Hessian at a point by differences of gradients along each direction,
///
/// `H d ~ (grad f(x + t d) - grad f(x - t d)) / (2 t)`,
///
/// for points of any kind: two gradients a product, or one by forward differences, whose base
/// gradient is evaluated once. The steps are those of
/// [`FiniteDifferences`](crate::oracle::FiniteDifferences): `t = e^p |x| / |d|` (typical at 0) in
/// maximum norms, with `e = 2^-52`, p = 1/3 (central) or 1/2 (forward); the products then have a
/// relative error of about 1e-10 or 1e-8. Where the gradient is not finite on one side, differences
/// to the other are taken.
///
/// Bounds are not kept, so a run that has some is refused; `FiniteDifferences` keeps them, and
/// gives its products to [`HessianAt`](super::HessianAt).
///
/// ```
/// use ravine::curvature::DifferencedHessian;
/// use ravine::oracle::Oracle;
/// use ravine::objective::{Differences, from_gradient};
/// use ravine::operator::LinearOperator;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[x[1].sin(), x[0] * x[1].cos()]);
///     x[0] * x[1].sin()
/// });
/// let oracle = Oracle::new(&f, ravine::Stopping::default());
/// let x = vec![2.0, 0.5];
/// let hessian = DifferencedHessian::new(&oracle, &x, Differences::default())?;
/// let mut y = vec![0.0_f64; 2];
/// hessian.apply(&vec![0.0, 1.0], &mut y)?;
/// assert!((y[0] - 0.5f64.cos()).abs() < 1e-9 && (y[1] + 2.0 * 0.5f64.sin()).abs() < 1e-9);
/// assert_eq!(oracle.counts().gradient, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DifferencedHessian<'r, 'a, O: Gradient + ?Sized> {
    oracle: &'r Oracle<'a, O>,
    x: &'r O::Point,
    differences: Differences,
    /// The point, and the gradient there.
    work: Scratch<(O::Point, O::Point)>,
    /// The gradient at x.
    base: Scratch<O::Point>,
}

impl<'r, 'a, O: Gradient + ?Sized> DifferencedHessian<'r, 'a, O> {
    /// At the point x.
    ///
    /// # Errors
    ///
    /// If the run has bounds, or a setting cannot be used.
    pub fn new(
        oracle: &'r Oracle<'a, O>,
        x: &'r O::Point,
        differences: Differences,
    ) -> Result<Self, ArgumentError> {
        differences.validate()?;
        if oracle.bounds().is_some() {
            let message = "has bounds, which only FiniteDifferences keeps";
            return Err(ArgumentError::new("oracle", message));
        }
        let (work, base) = (Scratch::default(), Scratch::default());
        Ok(Self { oracle, x, differences, work, base })
    }

    /// How far the product with `direction` is from one with a fourth of the step, relative to the larger of their
    /// largest entries: an estimate of its error. Takes two products.
    ///
    /// ```
    /// use ravine::curvature::DifferencedHessian;
    /// use ravine::oracle::Oracle;
    /// use ravine::objective::{Differences, from_gradient};
    ///
    /// // A gradient in single precision.
    /// let f = from_gradient(1, |x: &[f64], g: &mut [f64]| {
    ///     g[0] = f64::from(x[0].sinh() as f32);
    ///     x[0].cosh()
    /// });
    /// let oracle = Oracle::new(&f, ravine::Stopping::default());
    /// let x = vec![0.7];
    /// let hessian = DifferencedHessian::new(&oracle, &x, Differences::default())?;
    /// assert!(hessian.relative_error(&vec![1.0])? > 1e-4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn relative_error(&self, direction: &O::Point) -> Result<f64, Interrupt> {
        let (mut product, mut other) = (self.x.zeros_like(), self.x.zeros_like());
        self.product(direction, 1.0, &mut product)?;
        self.product(direction, 0.25, &mut other)?;
        let size = product.norm_max().max(other.norm_max());
        other.axpy(-1.0, &product);
        Ok(if size == 0.0 { 0.0 } else { other.norm_max() / size })
    }

    /// `product = H direction`, with so many times the step.
    fn product(
        &self,
        direction: &O::Point,
        factor: f64,
        product: &mut O::Point,
    ) -> Result<(), Interrupt> {
        product.fill(0.0);
        let length = direction.norm_max();
        if length == 0.0 {
            return Ok(());
        }
        let size = self.differences.size(self.x.norm_max());
        let step = self.differences.first_step(O::Point::EPSILON) * factor * size / length;
        self.work.with(
            || (self.x.zeros_like(), self.x.zeros_like()),
            |(point, gradient)| {
                for stencil in stencils(self.differences.scheme, step, Room::UNLIMITED) {
                    product.fill(0.0);
                    for &(t, weight) in stencil.terms() {
                        if t == 0.0 {
                            self.add_base(weight, product)?;
                        } else {
                            point.point_along(self.x, t, direction);
                            self.oracle.value_and_gradient(point, gradient)?;
                            product.axpy(weight, gradient);
                        }
                    }
                    if product.is_finite() {
                        break;
                    }
                }
                Ok(())
            },
        )
    }

    /// Adds `weight grad f(x)`, evaluated once for all products.
    fn add_base(&self, weight: f64, product: &mut O::Point) -> Result<(), Interrupt> {
        let gradient = match self.base.take() {
            Some(gradient) => gradient,
            None => {
                let mut gradient = self.x.zeros_like();
                self.oracle.value_and_gradient(self.x, &mut gradient)?;
                gradient
            }
        };
        product.axpy(weight, &gradient);
        self.base.put(gradient);
        Ok(())
    }
}

impl<O: Gradient + ?Sized> LinearOperator<O::Point> for DifferencedHessian<'_, '_, O> {
    fn dimension(&self) -> usize {
        self.oracle.dimension()
    }

    /// To the accuracy of the differences.
    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, direction: &O::Point, product: &mut O::Point) -> Result<(), Interrupt> {
        self.product(direction, 1.0, product)
    }
}

impl<O: Gradient + ?Sized> Adjoint<O::Point> for DifferencedHessian<'_, '_, O> {
    fn apply_adjoint(&self, y: &O::Point, x: &mut O::Point) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

impl<O: Gradient + ?Sized> Model<O::Point> for DifferencedHessian<'_, '_, O> {}

/// The Hessian by differences of gradients: a product costs a gradient or two. Without bounds only.
///
/// ```
/// use ravine::curvature::DifferencedCurvature;
/// use ravine::methods::Composition;
/// use ravine::step::Gltr;
/// use ravine::trust::Weight;
///
/// let f = ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let curvature = DifferencedCurvature::default();
/// let (step, trust) = (Gltr::default(), Weight::default());
/// let outcome = ravine::minimize(&f, vec![-1.2, 1.0], Composition { curvature, step, trust }).run()?;
/// assert!(outcome.status.converged() && outcome.evaluations.hessian_product == 0);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DifferencedCurvature {
    /// How the differences are taken.
    pub differences: Differences,
}

impl<O: Gradient + ?Sized> Curvature<O> for DifferencedCurvature {
    type Memory = ();
    type At<'a>
        = DifferencedHessian<'a, 'a, O>
    where
        O: 'a;

    fn validate(&self) -> Result<(), ArgumentError> {
        self.differences.validate()
    }

    fn memory(&self, _oracle: &Oracle<'_, O>, _x0: &O::Point) {}

    fn at<'a>(
        &'a self,
        oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<O::Point>,
        _memory: &'a mut (),
    ) -> Result<DifferencedHessian<'a, 'a, O>, Interrupt> {
        DifferencedHessian::new(oracle, &iterate.x, self.differences.clone())
            .map_err(|error| Interrupt::Function(error.into()))
    }

    fn belief<'s>(&self, _memory: &'s ()) -> Belief<'s, O::Point> {
        Belief::default().anew(Source::Hessian)
    }
}
