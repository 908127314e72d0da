//! Block-diagonal operators.

use super::{Adjoint, LinearOperator, Scratch, Structure};
use crate::error::Interrupt;
use crate::vector::Scalar;

/// `diag(A_1, ..., A_k)`: each block applied to its own piece of the vector. The blocks may have
/// different sizes and need not be square; blocks of different types can be boxed.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{BlockDiagonal, LinearOperator, Structure};
///
/// let a = Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]);
/// let b = Matrix::from_rows(&[[4.0]]);
/// let blocks = BlockDiagonal::new(vec![a, b]);
/// let mut y = vec![0.0; 3];
/// blocks.apply(&vec![1.0, 1.0, 2.0], &mut y)?;
/// assert_eq!(y, [3.0, 4.0, 8.0]);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug)]
pub struct BlockDiagonal<A, T = f64> {
    blocks: Vec<A>,
    dimension: usize,
    rows: usize,
    /// The pieces of x and of y for each block.
    pieces: Scratch<Vec<(Vec<T>, Vec<T>)>>,
}

impl<T: Scalar, A: LinearOperator<Vec<T>>> BlockDiagonal<A, T> {
    /// Of these blocks, in this order.
    pub fn new(blocks: Vec<A>) -> Self {
        let dimension = blocks.iter().map(LinearOperator::dimension).sum();
        let rows = blocks.iter().map(LinearOperator::rows).sum();
        Self { blocks, dimension, rows, pieces: Scratch::default() }
    }

    /// The blocks.
    pub fn blocks(&self) -> &[A] {
        &self.blocks
    }

    fn pieces(&self) -> Vec<(Vec<T>, Vec<T>)> {
        self.blocks
            .iter()
            .map(|a| (vec![T::ZERO; a.dimension()], vec![T::ZERO; a.rows()]))
            .collect()
    }
}

impl<T: Scalar, A: LinearOperator<Vec<T>>> LinearOperator<Vec<T>> for BlockDiagonal<A, T> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn structure(&self) -> Structure {
        let square = self.blocks.iter().all(|a| a.rows() == a.dimension());
        let least = self.blocks.iter().map(LinearOperator::structure).min();
        if square { least.unwrap_or(Structure::Definite) } else { Structure::General }
    }

    fn range_like(&self, _x: &Vec<T>) -> Vec<T> {
        vec![T::ZERO; self.rows]
    }

    fn apply(&self, x: &Vec<T>, y: &mut Vec<T>) -> Result<(), Interrupt> {
        let (mut x, mut y) = (&x[..], &mut y[..]);
        self.pieces.with(
            || self.pieces(),
            |pieces| {
                for (block, (domain, range)) in self.blocks.iter().zip(pieces) {
                    let (from, to);
                    (from, x) = x.split_at(domain.len());
                    (to, y) = std::mem::take(&mut y).split_at_mut(range.len());
                    domain.copy_from_slice(from);
                    block.apply(domain, range)?;
                    to.copy_from_slice(range);
                }
                Ok(())
            },
        )
    }
}

impl<T: Scalar, A: Adjoint<Vec<T>>> Adjoint<Vec<T>> for BlockDiagonal<A, T> {
    fn domain_like(&self, _y: &Vec<T>) -> Vec<T> {
        vec![T::ZERO; self.dimension]
    }

    fn apply_adjoint(&self, y: &Vec<T>, x: &mut Vec<T>) -> Result<(), Interrupt> {
        let (mut y, mut x) = (&y[..], &mut x[..]);
        self.pieces.with(
            || self.pieces(),
            |pieces| {
                for (block, (domain, range)) in self.blocks.iter().zip(pieces) {
                    let (from, to);
                    (from, y) = y.split_at(range.len());
                    (to, x) = std::mem::take(&mut x).split_at_mut(domain.len());
                    range.copy_from_slice(from);
                    block.apply_adjoint(range, domain)?;
                    to.copy_from_slice(domain);
                }
                Ok(())
            },
        )
    }
}
