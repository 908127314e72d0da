//! Block-diagonal operators.

use super::{Adjoint, LinearOperator, Scratch, Structure};
use crate::error::Interrupt;

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
pub struct BlockDiagonal<A> {
    blocks: Vec<A>,
    dimension: usize,
    rows: usize,
    /// The pieces of x and of y for each block.
    pieces: Scratch<Vec<(Vec<f64>, Vec<f64>)>>,
}

impl<A: LinearOperator<Vec<f64>>> BlockDiagonal<A> {
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

    fn pieces(&self) -> Vec<(Vec<f64>, Vec<f64>)> {
        self.blocks.iter().map(|a| (vec![0.0; a.dimension()], vec![0.0; a.rows()])).collect()
    }
}

impl<A: LinearOperator<Vec<f64>>> LinearOperator<Vec<f64>> for BlockDiagonal<A> {
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

    fn range_like(&self, _x: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.rows]
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
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

impl<A: Adjoint<Vec<f64>>> Adjoint<Vec<f64>> for BlockDiagonal<A> {
    fn domain_like(&self, _y: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.dimension]
    }

    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
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
