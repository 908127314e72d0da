//! Normalization of layers.

use super::{Motion, Point, Rules, Sizes};
use crate::backend::{Backend, Onto};
use crate::shape::Shape;

/// `y = (x - mean x) / sqrt(var x + epsilon)` along the last axis; gain and shift are operations of their own.
///
/// Source: Ba, Kiros and Hinton, Layer normalization (2016).
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Normalize {
    /// epsilon.
    pub epsilon: f64,
}

impl Rules for Normalize {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let x = inputs[0];
        if x.width() < 2 {
            return Err(format!("{x} has no two entries to normalize along the last axis"));
        }
        Ok(x.clone())
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        kept: &mut B::Buffer,
    ) {
        b.resize(kept, s.rows());
        b.normalize(s.output.width(), self.epsilon, x[0], y, kept);
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
        b.normalize_slope(at.sizes.output.width(), (at.y, at.kept), dx, onto, dy);
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
        b.normalize_slope(at.sizes.output.width(), (at.y, at.kept), u, onto, out);
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
            b.normalize_bend(at.sizes.output.width(), (at.y, at.kept), (dx, motion.dy), u, out);
        }
    }
}
