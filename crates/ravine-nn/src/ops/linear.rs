//! Linear layers.

use super::{Motion, Point, Rules, Sizes};
use crate::backend::{Backend, Onto, Product};
use crate::shape::Shape;

/// `y = W a + b` on the last axis, row by row: inputs a, W of outputs by inputs, and maybe b.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Linear;

/// Rows, inputs and outputs of an execution.
fn sizes(s: &Sizes<'_>) -> [usize; 3] {
    [s.rows(), s.inputs[0].width(), s.output.width()]
}

/// `out = a W'`, of rows a.
pub(super) fn forward<B: Backend>(
    b: &B,
    [rows, inputs, outputs]: [usize; 3],
    a: &B::Buffer,
    w: &B::Buffer,
    onto: Onto,
    out: &mut B::Buffer,
) {
    b.product(&Product::one([rows, inputs, outputs], false, true), a, w, onto, out);
}

/// `out = u W`, of rows u.
pub(super) fn backward<B: Backend>(
    b: &B,
    [rows, inputs, outputs]: [usize; 3],
    u: &B::Buffer,
    w: &B::Buffer,
    onto: Onto,
    out: &mut B::Buffer,
) {
    b.product(&Product::one([rows, outputs, inputs], false, false), u, w, onto, out);
}

/// `out = u' a`, of the rows of both.
pub(super) fn weights<B: Backend>(
    b: &B,
    [rows, inputs, outputs]: [usize; 3],
    u: &B::Buffer,
    a: &B::Buffer,
    onto: Onto,
    out: &mut B::Buffer,
) {
    b.product(&Product::one([outputs, rows, inputs], true, false), u, a, onto, out);
}

impl Rules for Linear {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let (x, w) = (inputs[0], inputs[1]);
        let fits = x.by_case && !w.by_case && w.sizes.len() == 2 && w.sizes[1] == x.width();
        if !fits || x.sizes.is_empty() {
            return Err(format!("inputs of {x} do not fit weights of {w}: outputs x inputs"));
        }
        if let Some(bias) = inputs.get(2)
            && bias.sizes != [w.sizes[0]]
        {
            return Err(format!("a bias of {bias} does not fit weights of {w}"));
        }
        let mut sizes = x.sizes.clone();
        if let Some(last) = sizes.last_mut() {
            *last = w.sizes[0];
        }
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
        if let Some(bias) = x.get(2) {
            b.repeat(bias, Onto::Set, y);
            forward(b, sizes(s), x[0], x[1], Onto::Add, y);
        } else {
            forward(b, sizes(s), x[0], x[1], Onto::Set, y);
        }
    }

    fn tangent<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        i: usize,
        dx: &B::Buffer,
        onto: Onto,
        dy: &mut B::Buffer,
    ) {
        match i {
            0 => forward(b, sizes(at.sizes), dx, at.x[1], onto, dy),
            1 => forward(b, sizes(at.sizes), at.x[0], dx, onto, dy),
            _ => b.repeat(dx, onto, dy),
        }
    }

    fn adjoint<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        i: usize,
        u: &B::Buffer,
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        match i {
            0 => backward(b, sizes(at.sizes), u, at.x[1], onto, out),
            1 => weights(b, sizes(at.sizes), u, at.x[0], onto, out),
            _ => b.sum(1.0, u, onto, out),
        }
    }

    fn turn<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        motion: &Motion<'_, B>,
        i: usize,
        u: &B::Buffer,
        out: &mut B::Buffer,
    ) {
        match (i, motion.dx) {
            (0, &[_, Some(dw), ..]) => backward(b, sizes(at.sizes), u, dw, Onto::Add, out),
            (1, &[Some(da), ..]) => weights(b, sizes(at.sizes), u, da, Onto::Add, out),
            _ => {}
        }
    }
}
