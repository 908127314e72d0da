//! Products of matrices, one for each case and head.

use super::{Motion, Point, Rules, Sizes};
use crate::backend::{Backend, Onto, Product};
use crate::shape::Shape;

/// `y = factor a op(b)` on the last two axes, for all axes before them: op is the transpose, or nothing.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct BatchProduct {
    /// Whether b lies as its transpose.
    pub transposed: bool,
    /// The factor.
    pub factor: f64,
}

impl BatchProduct {
    /// How many products, rows, columns and terms.
    fn sizes(&self, s: &Sizes<'_>) -> [usize; 4] {
        let (rows, columns) = (s.output.sizes[s.output.sizes.len() - 2], s.output.width());
        let inner = s.inputs[0].width();
        [s.output.length(s.cases) / (rows * columns).max(1), rows, columns, inner]
    }

    /// `y = factor a op(b)`.
    fn forward<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        left: &B::Buffer,
        right: &B::Buffer,
        onto: Onto,
        y: &mut B::Buffer,
    ) {
        let [count, rows, columns, inner] = self.sizes(s);
        let (b_transposed, factor) = (self.transposed, self.factor);
        let shape =
            Product { count, rows, columns, inner, a_transposed: false, b_transposed, factor };
        b.product(&shape, left, right, onto, y);
    }

    /// The adjoint in the left one: `out = factor u op(b)'`.
    fn left<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        u: &B::Buffer,
        right: &B::Buffer,
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        let [count, rows, inner, columns] = self.sizes(s);
        let (b_transposed, factor) = (!self.transposed, self.factor);
        let shape =
            Product { count, rows, columns, inner, a_transposed: false, b_transposed, factor };
        b.product(&shape, u, right, onto, out);
    }

    /// The adjoint in the right one: `out = factor a' u`, or its transpose.
    fn right<B: Backend>(
        &self,
        b: &B,
        s: &Sizes<'_>,
        u: &B::Buffer,
        left: &B::Buffer,
        onto: Onto,
        out: &mut B::Buffer,
    ) {
        let [count, inner, of_u, of_left] = self.sizes(s);
        let factor = self.factor;
        let (rows, columns) = if self.transposed { (of_u, of_left) } else { (of_left, of_u) };
        let shape = Product {
            count,
            rows,
            columns,
            inner,
            a_transposed: true,
            b_transposed: false,
            factor,
        };
        if self.transposed {
            b.product(&shape, u, left, onto, out);
        } else {
            b.product(&shape, left, u, onto, out);
        }
    }
}

impl Rules for BatchProduct {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let (a, b) = (inputs[0], inputs[1]);
        let axes = a.sizes.len();
        let same = a.by_case && b.by_case && axes >= 2 && b.sizes.len() == axes;
        if !same || a.sizes[..axes - 2] != b.sizes[..axes - 2] {
            return Err(format!("{a} and {b} are not as many matrices"));
        }
        let [inner, columns] = match (b.sizes[axes - 2], b.sizes[axes - 1], self.transposed) {
            (rows, columns, false) => [rows, columns],
            (rows, columns, true) => [columns, rows],
        };
        if a.width() != inner {
            let how = if self.transposed { "the transpose of " } else { "" };
            return Err(format!("the last axis of {a} does not fit {how}{b}"));
        }
        let mut sizes = a.sizes.clone();
        sizes[axes - 1] = columns;
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
        self.forward(b, s, x[0], x[1], Onto::Set, y);
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
            0 => self.forward(b, at.sizes, dx, at.x[1], onto, dy),
            _ => self.forward(b, at.sizes, at.x[0], dx, onto, dy),
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
            0 => self.left(b, at.sizes, u, at.x[1], onto, out),
            _ => self.right(b, at.sizes, u, at.x[0], onto, out),
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
            (0, &[_, Some(db)]) => self.left(b, at.sizes, u, db, Onto::Add, out),
            (1, &[Some(da), _]) => self.right(b, at.sizes, u, da, Onto::Add, out),
            _ => {}
        }
    }
}
