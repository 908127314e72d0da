//! Axes: other shapes, other orders, sums along them.

use super::{Point, Rules, Sizes};
use crate::backend::{Axis, Backend, Onto};
use crate::shape::Shape;

/// The same entries with other axes.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Reshape(pub Vec<usize>);

impl Rules for Reshape {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let (x, y) = (inputs[0], Shape { by_case: inputs[0].by_case, sizes: self.0.clone() });
        if x.entries() != y.entries() {
            return Err(format!("{x} has other entries than {y}"));
        }
        Ok(y)
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        _s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        _kept: &mut B::Buffer,
    ) {
        b.scaled(1.0, x[0], Onto::Set, y);
    }

    fn tangent<B: Backend>(
        &self,
        b: &B,
        _at: &Point<'_, B>,
        _i: usize,
        dx: &B::Buffer,
        onto: Onto,
        dy: &mut B::Buffer,
    ) {
        b.scaled(1.0, dx, onto, dy);
    }

    fn adjoint<B: Backend>(
        &self,
        b: &B,
        _at: &Point<'_, B>,
        _i: usize,
        u: &B::Buffer,
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        b.scaled(1.0, u, onto, out);
    }
}

/// The axes in another order: axis k of the result is axis `order[k]`, those of one case.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Permute(pub Vec<usize>);

impl Permute {
    /// Sizes and order with the axis of the cases.
    fn with_cases(&self, s: &Sizes<'_>) -> (Vec<usize>, Vec<usize>) {
        let cases = if s.output.by_case { s.cases } else { 1 };
        let sizes = std::iter::once(cases).chain(s.inputs[0].sizes.iter().copied()).collect();
        (sizes, std::iter::once(0).chain(self.0.iter().map(|k| k + 1)).collect())
    }
}

impl Rules for Permute {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let x = inputs[0];
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        if sorted != (0..x.sizes.len()).collect::<Vec<_>>() {
            return Err(format!("{:?} is not an order of the axes of {x}", self.0));
        }
        Ok(Shape { by_case: x.by_case, sizes: self.0.iter().map(|&k| x.sizes[k]).collect() })
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        _kept: &mut B::Buffer,
    ) {
        let (sizes, order) = self.with_cases(s);
        b.permute(&sizes, &order, x[0], Onto::Set, y);
    }

    fn tangent<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        _i: usize,
        dx: &B::Buffer,
        onto: Onto,
        dy: &mut B::Buffer,
    ) {
        let (sizes, order) = self.with_cases(at.sizes);
        b.permute(&sizes, &order, dx, onto, dy);
    }

    fn adjoint<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        _i: usize,
        u: &B::Buffer,
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        let (sizes, order) = self.with_cases(at.sizes);
        let permuted: Vec<usize> = order.iter().map(|&k| sizes[k]).collect();
        let mut back = vec![0; order.len()];
        order.iter().enumerate().for_each(|(k, &axis)| back[axis] = k);
        b.permute(&permuted, &back, u, onto, out);
    }
}

/// The sum, or the mean, along an axis of a case.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Along {
    /// The axis.
    pub axis: usize,
    /// Whether it is the mean.
    pub mean: bool,
}

impl Along {
    fn axis(&self, s: &Sizes<'_>) -> (Axis, f64) {
        let sizes = &s.inputs[0].sizes;
        let length = sizes[self.axis];
        let outer = s.cases * sizes[..self.axis].iter().product::<usize>();
        let inner = sizes[self.axis + 1..].iter().product();
        (Axis { outer, length, inner }, if self.mean { 1.0 / length as f64 } else { 1.0 })
    }
}

impl Rules for Along {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let x = inputs[0];
        if !x.by_case || self.axis >= x.sizes.len() {
            return Err(format!("{x} has no axis {}", self.axis));
        }
        let mut sizes = x.sizes.clone();
        sizes.remove(self.axis);
        Ok(Shape::by_case(sizes))
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        _kept: &mut B::Buffer,
    ) {
        let (axis, factor) = self.axis(s);
        b.sum_along(&axis, factor, x[0], Onto::Set, y);
    }

    fn tangent<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        _i: usize,
        dx: &B::Buffer,
        onto: Onto,
        dy: &mut B::Buffer,
    ) {
        let (axis, factor) = self.axis(at.sizes);
        b.sum_along(&axis, factor, dx, onto, dy);
    }

    fn adjoint<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        _i: usize,
        u: &B::Buffer,
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        let (axis, factor) = self.axis(at.sizes);
        b.repeat_along(&axis, factor, u, onto, out);
    }
}
