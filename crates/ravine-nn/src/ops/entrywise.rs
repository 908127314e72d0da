//! Operations on single entries.

use super::{Motion, Point, Rules, Sizes};
use crate::backend::{Backend, Onto, Unary};
use crate::shape::Shape;

/// `y = f(x)` entry by entry.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Entrywise(pub Unary);

impl Rules for Entrywise {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        Ok(inputs[0].clone())
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        _s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        _kept: &mut B::Buffer,
    ) {
        b.unary(self.0, x[0], y);
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
        b.unary_slope(self.0, (at.x[0], at.y), dx, onto, dy);
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
        b.unary_slope(self.0, (at.x[0], at.y), u, onto, out);
    }

    fn turn<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        motion: &Motion<'_, B>,
        _i: usize,
        u: &B::Buffer,
        out: &mut B::Buffer,
    ) {
        if let [Some(dx)] = motion.dx {
            b.unary_bend(self.0, (at.x[0], at.y), u, dx, out);
        }
    }
}

/// `y = a x`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Scaled(pub f64);

impl Rules for Scaled {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        Ok(inputs[0].clone())
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        _s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        _kept: &mut B::Buffer,
    ) {
        b.scaled(self.0, x[0], Onto::Set, y);
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
        b.scaled(self.0, dx, onto, dy);
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
        b.scaled(self.0, u, onto, out);
    }
}
