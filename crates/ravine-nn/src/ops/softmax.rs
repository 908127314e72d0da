//! Softmax.

use super::{Motion, Point, Rules, Sizes};
use crate::backend::{Backend, Onto};
use crate::shape::Shape;

/// Softmax along the last axis; `causal`, for the last two of one length: row i sees entries up to i.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Softmax {
    /// Whether later entries are hidden.
    pub causal: bool,
}

impl Rules for Softmax {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let x = inputs[0];
        let square = x.sizes.len() >= 2 && x.sizes[x.sizes.len() - 2] == x.width();
        if self.causal && !square {
            return Err(format!("a causal softmax needs as many rows as columns, not {x}"));
        }
        Ok(x.clone())
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        _kept: &mut B::Buffer,
    ) {
        b.softmax(s.output.width(), self.causal, x[0], y);
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
        b.softmax_slope(at.sizes.output.width(), at.y, dx, onto, dy);
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
        b.softmax_slope(at.sizes.output.width(), at.y, u, onto, out);
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
        b.softmax_bend(at.sizes.output.width(), at.y, motion.dy, u, out);
    }
}
