//! Pooling.

use super::{Point, Rules, Sizes};
use crate::backend::{Axis, Backend, Onto, Windows};
use crate::shape::Shape;
use ravine_linalg::Vector;

/// What is taken of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// The mean.
    Mean,
    /// The largest entry: the first of equal ones.
    Max,
}

/// A number of each window and channel of an image that lies as height, width, channels.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Pool {
    /// What is taken.
    pub pooling: Pooling,
    /// The windows.
    pub windows: Windows,
}

impl Pool {
    /// The places of a window, as an axis of all windows.
    fn axis(&self, s: &Sizes<'_>) -> (Axis, f64) {
        let [down, across] = self.windows.places();
        let length = self.windows.size.iter().product();
        let axis = Axis { outer: s.cases * down * across, length, inner: self.windows.image[2] };
        (axis, 1.0 / length as f64)
    }

    /// Of v, in the windows of v or where x is largest.
    fn forward<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        (x, v): (&B::Buffer, &B::Buffer),
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        match self.pooling {
            Pooling::Max => b.largest(&self.windows, x, v, onto, out),
            Pooling::Mean => {
                let (axis, factor) = self.axis(s);
                let mut rows = B::Buffer::default();
                b.resize(&mut rows, axis.outer * axis.length * axis.inner);
                b.windows(&self.windows, v, &mut rows);
                b.sum_along(&axis, factor, &rows, onto, out);
            }
        }
    }
}

impl Rules for Pool {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let x = inputs[0];
        if !x.by_case || x.sizes != self.windows.image {
            let [height, width, channels] = self.windows.image;
            return Err(format!("images of {x} are not {height} x {width} x {channels}"));
        }
        let [down, across] = self.windows.places();
        Ok(Shape::by_case([down, across, self.windows.image[2]]))
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        _kept: &mut B::Buffer,
    ) {
        self.forward(b, s, (x[0], x[0]), Onto::Set, y);
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
        self.forward(b, at.sizes, (at.x[0], dx), onto, dy);
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
        match self.pooling {
            Pooling::Max => {
                if onto == Onto::Set {
                    out.fill(0.0);
                }
                b.largest_adjoint(&self.windows, at.x[0], u, out);
            }
            Pooling::Mean => {
                let (axis, factor) = self.axis(at.sizes);
                let mut rows = B::Buffer::default();
                b.resize(&mut rows, axis.outer * axis.length * axis.inner);
                b.repeat_along(&axis, factor, u, Onto::Set, &mut rows);
                b.windows_adjoint(&self.windows, &rows, onto, out);
            }
        }
    }
}
