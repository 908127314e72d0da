//! The Hessian by differences of gradients.

use super::{Belief, Curvature, Model, Source};
use crate::objective::finite_difference::stencil::{Room, stencils};
use crate::objective::{Bounds, Differences, Gradient};
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::operator::{Adjoint, LinearOperator, Scratch, Structure};
use ravine_linalg::vector::{Entries, Vector};
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
/// Within bounds the gradients are those of points within: to the side where there is room, and where no side
/// has room for all variables, one part of the direction to each side. A variable that its bounds fix does not move.
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
pub struct DifferencedHessian<'r, 'a, O: Gradient<Point: Entries> + ?Sized> {
    oracle: &'r Oracle<'a, O>,
    x: &'r O::Point,
    differences: Differences,
    /// The point, and the gradient there.
    work: Scratch<(O::Point, O::Point)>,
    /// The gradient at x.
    base: Scratch<O::Point>,
}

impl<'r, 'a, O: Gradient<Point: Entries> + ?Sized> DifferencedHessian<'r, 'a, O> {
    /// At the point x.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used.
    pub fn new(
        oracle: &'r Oracle<'a, O>,
        x: &'r O::Point,
        differences: Differences,
    ) -> Result<Self, ArgumentError> {
        differences.validate()?;
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
        let step = self.step(direction, factor);
        if step == 0.0 {
            return Ok(());
        }
        let Some(bounds) = self.oracle.bounds() else {
            return self.along(direction, step, Room::UNLIMITED, product);
        };
        let room = self.room(bounds, direction);
        if room.holds(self.differences.scheme, step) {
            return self.along(direction, step, room, product);
        }
        // No side has room for all variables: each of them goes to the side where it has more.
        let (mut part, mut of_part) = (self.x.zeros_like(), self.x.zeros_like());
        for forwards in [true, false] {
            part.fill(0.0);
            for i in 0..part.dimension() {
                let d = direction.get(i);
                let axis = self.room_of(bounds, i, d);
                if d != 0.0 && (axis.above >= axis.below) == forwards {
                    part.set(i, d);
                }
            }
            let step = self.step(&part, factor);
            if step > 0.0 {
                of_part.fill(0.0);
                self.along(&part, step, self.room(bounds, &part), &mut of_part)?;
                product.axpy(1.0, &of_part);
            }
        }
        Ok(())
    }

    /// How far to go along a direction; zero for none.
    fn step(&self, direction: &O::Point, factor: f64) -> f64 {
        let length = direction.norm_max();
        if length == 0.0 {
            return 0.0;
        }
        let size = self.differences.size(self.x.norm_max());
        self.differences.first_step(O::Point::EPSILON) * factor * size / length
    }

    /// The room of variable i along d, in its units.
    fn room_of(&self, bounds: &Bounds, i: usize, d: f64) -> Room {
        let x = self.x.get(i);
        let below = (x - bounds.lower()[i]).max(0.0) / d.abs();
        let above = (bounds.upper()[i] - x).max(0.0) / d.abs();
        if d > 0.0 { Room { below, above } } else { Room { below: above, above: below } }
    }

    /// The room of all variables along a direction.
    fn room(&self, bounds: &Bounds, direction: &O::Point) -> Room {
        let mut room = Room::UNLIMITED;
        for i in 0..direction.dimension() {
            let d = direction.get(i);
            if d != 0.0 {
                let axis = self.room_of(bounds, i, d);
                room.below = room.below.min(axis.below);
                room.above = room.above.min(axis.above);
            }
        }
        room
    }

    /// Adds `H direction`, from gradients about so far away, to a product of zero.
    fn along(
        &self,
        direction: &O::Point,
        step: f64,
        room: Room,
        product: &mut O::Point,
    ) -> Result<(), Interrupt> {
        self.work.with(
            || (self.x.zeros_like(), self.x.zeros_like()),
            |(point, gradient)| {
                for stencil in stencils(self.differences.scheme, step, room) {
                    product.fill(0.0);
                    for &(t, weight) in stencil.terms() {
                        if t == 0.0 {
                            self.add_base(weight, product)?;
                        } else {
                            point.point_along(self.x, t, direction);
                            self.keep_bounds(point);
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

    /// Undoes the rounding of a displacement up to a bound.
    fn keep_bounds(&self, point: &mut O::Point) {
        let Some(bounds) = self.oracle.bounds() else { return };
        for i in 0..point.dimension() {
            let (x, lower, upper) = (point.get(i), bounds.lower()[i], bounds.upper()[i]);
            if x < lower || x > upper {
                point.set(i, x.clamp(lower, upper));
            }
        }
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

impl<O: Gradient<Point: Entries> + ?Sized> LinearOperator<O::Point>
    for DifferencedHessian<'_, '_, O>
{
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

impl<O: Gradient<Point: Entries> + ?Sized> Adjoint<O::Point> for DifferencedHessian<'_, '_, O> {
    fn apply_adjoint(&self, y: &O::Point, x: &mut O::Point) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

impl<O: Gradient<Point: Entries> + ?Sized> Model<O::Point> for DifferencedHessian<'_, '_, O> {}

/// The Hessian by differences of gradients: a product costs a gradient or two. Differences stay within bounds.
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

impl<O: Gradient<Point: Entries> + ?Sized> Curvature<O> for DifferencedCurvature {
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
