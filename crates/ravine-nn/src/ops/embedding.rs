//! Embeddings.

use super::{Point, Rules, Sizes};
use crate::backend::{Backend, Onto};
use crate::shape::Shape;
use ravine_linalg::Vector;

/// Rows of a table by numbers: inputs the numbers and a table of symbols by width.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Embedding;

impl Rules for Embedding {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        let (numbers, table) = (inputs[0], inputs[1]);
        if !numbers.by_case || table.by_case || table.sizes.len() != 2 {
            return Err(format!(
                "numbers of {numbers} do not fit a table of {table}: symbols x width"
            ));
        }
        let mut sizes = numbers.sizes.clone();
        sizes.push(table.width());
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
        b.gather(s.output.width(), x[1], x[0], Onto::Set, y);
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
        if i == 1 {
            b.gather(at.sizes.output.width(), dx, at.x[0], onto, dy);
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
        if i == 1 {
            if onto == Onto::Set {
                out.fill(0.0);
            }
            b.scatter(at.sizes.output.width(), at.x[0], u, out);
        }
    }
}
