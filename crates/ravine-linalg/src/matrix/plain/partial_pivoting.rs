//! Gaussian elimination with row exchanges.

use crate::matrix::Matrix;
use crate::vector::Scalar;

/// `P A = L U`: see [`Lu`](crate::matrix::Lu).
#[derive(Clone, Debug)]
pub struct PartialPivoting<T> {
    /// U with its diagonal, and L below it without its ones.
    factors: Matrix<T>,
    /// Row i of the factors is row `order[i]` of A.
    order: Vec<usize>,
}

impl<T: Scalar> PartialPivoting<T> {
    /// Eliminates; a column without a pivot is left as it is.
    pub fn new(a: &Matrix<T>) -> Self {
        let n = a.rows();
        let mut factors = a.clone();
        let mut order: Vec<usize> = (0..n).collect();
        for k in 0..n {
            let size = |i: usize| factors[(i, k)].abs();
            let row = (k + 1..n).fold(k, |row, i| if size(i) > size(row) { i } else { row });
            order.swap(k, row);
            for j in 0..n {
                factors.column_mut(j).swap(k, row);
            }
            let pivot = factors[(k, k)];
            if pivot == T::ZERO {
                continue;
            }
            for i in k + 1..n {
                let factor = factors[(i, k)] / pivot;
                factors[(i, k)] = factor;
                for j in k + 1..n {
                    let above = factors[(k, j)];
                    factors[(i, j)] -= factor * above;
                }
            }
        }
        Self { factors, order }
    }

    /// The diagonal of U.
    pub fn pivots(&self) -> Vec<T> {
        (0..self.order.len()).map(|j| self.factors[(j, j)]).collect()
    }

    /// `x = A^-1 x`.
    pub fn solve(&self, x: &mut [T]) {
        let (n, f) = (self.order.len(), &self.factors);
        let mut y: Vec<T> = self.order.iter().map(|&i| x[i]).collect();
        for i in 0..n {
            for j in 0..i {
                y[i] = y[i] - f[(i, j)] * y[j];
            }
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                y[i] = y[i] - f[(i, j)] * y[j];
            }
            y[i] /= f[(i, i)];
        }
        x.copy_from_slice(&y);
    }

    /// `x = A^-T x`.
    pub fn solve_transposed(&self, x: &mut [T]) {
        let (n, f) = (self.order.len(), &self.factors);
        for i in 0..n {
            for j in 0..i {
                x[i] -= f[(j, i)] * x[j];
            }
            x[i] /= f[(i, i)];
        }
        for i in (0..n).rev() {
            for j in i + 1..n {
                x[i] -= f[(j, i)] * x[j];
            }
        }
        let y = x.to_vec();
        for (&i, y) in self.order.iter().zip(y) {
            x[i] = y;
        }
    }
}
