//! Operations of a network: each knows its value, its tangent, its adjoint, and how the adjoint turns.
//!
//! With `y = f(x_1, ..., x_k)` and `J_i` the Jacobian in `x_i`:
//!
//! | rule | gives |
//! |---|---|
//! | value | y |
//! | tangent | `J_i dx_i` |
//! | adjoint | `J_i' u` |
//! | turn | `(d J_i)' u`, where all inputs move by `dx` and y by `dy` |
//!
//! so that the tangent of an adjoint `J_i' u` is the adjoint of `du` and the turn of u.

mod attention;
mod axes;
mod binary;
mod convolution;
mod embedding;
mod entrywise;
mod linear;
mod normalization;
mod pooling;
mod softmax;

pub use attention::BatchProduct;
pub use axes::{Along, Permute, Reshape};
pub use binary::{Add, Multiply};
pub use convolution::Convolution;
pub use embedding::Embedding;
pub use entrywise::{Entrywise, Scaled};
pub use linear::Linear;
pub use normalization::Normalize;
pub use pooling::{Pool, Pooling};
pub use softmax::Softmax;

use crate::backend::{Backend, Onto};
use crate::shape::Shape;

/// The sizes of one execution.
pub struct Sizes<'a> {
    /// Cases of the batch.
    pub cases: usize,
    /// Of the inputs.
    pub inputs: &'a [&'a Shape],
    /// Of the result.
    pub output: &'a Shape,
}

impl Sizes<'_> {
    /// Entries of input `i` over all cases.
    pub fn input(&self, i: usize) -> usize {
        self.inputs[i].length(self.cases)
    }

    /// Rows of the last axis of input 0 over all cases.
    pub fn rows(&self) -> usize {
        self.input(0) / self.inputs[0].width().max(1)
    }
}

/// Where an operation was evaluated.
pub struct Point<'a, B: Backend> {
    /// The sizes.
    pub sizes: &'a Sizes<'a>,
    /// The inputs.
    pub x: &'a [&'a B::Buffer],
    /// The value.
    pub y: &'a B::Buffer,
    /// What the value has kept for the other rules.
    pub kept: &'a B::Buffer,
}

/// How inputs and value move. An input without a tangent does not move.
pub struct Motion<'a, B: Backend> {
    /// Of the inputs.
    pub dx: &'a [Option<&'a B::Buffer>],
    /// Of the value.
    pub dy: &'a B::Buffer,
}

/// One operation; see the [module](self).
pub trait Rules {
    /// The shape of the result.
    ///
    /// # Errors
    ///
    /// What does not fit, with the shapes.
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String>;

    /// `y = f(x)`. What is needed again may be kept.
    fn value<B: Backend>(
        &self,
        b: &B,
        sizes: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        kept: &mut B::Buffer,
    );

    /// `dy = [dy +] J_i dx`.
    fn tangent<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        i: usize,
        dx: &B::Buffer,
        onto: Onto,
        dy: &mut B::Buffer,
    );

    /// `out = [out +] J_i' u`.
    fn adjoint<B: Backend>(
        &self,
        b: &B,
        at: &Point<'_, B>,
        i: usize,
        u: &B::Buffer,
        onto: Onto,
        out: &mut B::Buffer,
    );

    /// `out = out + (d J_i)' u`. Nothing, for what is linear in all its inputs together.
    fn turn<B: Backend>(
        &self,
        _b: &B,
        _at: &Point<'_, B>,
        _motion: &Motion<'_, B>,
        _i: usize,
        _u: &B::Buffer,
        _out: &mut B::Buffer,
    ) {
    }
}

/// An operation.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Operation {
    /// See [`Linear`].
    Linear(Linear),
    /// See [`Convolution`].
    Convolution(Convolution),
    /// See [`BatchProduct`].
    BatchProduct(BatchProduct),
    /// See [`Add`].
    Add(Add),
    /// See [`Multiply`].
    Multiply(Multiply),
    /// See [`Scaled`].
    Scaled(Scaled),
    /// See [`Entrywise`].
    Entrywise(Entrywise),
    /// See [`Softmax`].
    Softmax(Softmax),
    /// See [`Normalize`].
    Normalize(Normalize),
    /// See [`Embedding`].
    Embedding(Embedding),
    /// See [`Reshape`].
    Reshape(Reshape),
    /// See [`Permute`].
    Permute(Permute),
    /// See [`Pool`].
    Pool(Pool),
    /// See [`Along`].
    Along(Along),
}

macro_rules! of_operation {
    ($operation:expr, $rules:ident => $body:expr) => {
        match $operation {
            Operation::Linear($rules) => $body,
            Operation::Convolution($rules) => $body,
            Operation::BatchProduct($rules) => $body,
            Operation::Add($rules) => $body,
            Operation::Multiply($rules) => $body,
            Operation::Scaled($rules) => $body,
            Operation::Entrywise($rules) => $body,
            Operation::Softmax($rules) => $body,
            Operation::Normalize($rules) => $body,
            Operation::Embedding($rules) => $body,
            Operation::Reshape($rules) => $body,
            Operation::Permute($rules) => $body,
            Operation::Pool($rules) => $body,
            Operation::Along($rules) => $body,
        }
    };
}

impl Rules for Operation {
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, String> {
        of_operation!(self, rules => rules.shape(inputs))
    }

    fn value<B: Backend>(
        &self,
        b: &B,
        sizes: &Sizes<'_>,
        x: &[&B::Buffer],
        y: &mut B::Buffer,
        kept: &mut B::Buffer,
    ) {
        of_operation!(self, rules => rules.value(b, sizes, x, y, kept));
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
        of_operation!(self, rules => rules.tangent(b, at, i, dx, onto, dy));
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
        of_operation!(self, rules => rules.adjoint(b, at, i, u, onto, out));
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
        of_operation!(self, rules => rules.turn(b, at, motion, i, u, out));
    }
}
