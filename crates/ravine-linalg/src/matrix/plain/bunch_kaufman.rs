//! Bunch and Kaufman's diagonal pivoting.

use crate::matrix::Matrix;
#[cfg(any(test, not(feature = "faer")))]
use crate::matrix::{
    FactorizationError, Inertia, inertia::BlockSigns, lower_triangle::LowerTriangle,
};
use crate::vector::Scalar;
#[cfg(not(feature = "faer"))]
use crate::{Interrupt, Watch};

/// `(1 + sqrt(17)) / 8`: with it, pivots of one row and of two let entries grow at the same rate.
pub(in crate::matrix) const ALPHA: f64 = 0.640_388_203_202_208;

/// `P A P' = L B L'`: see [`Lblt`](crate::matrix::Lblt).
#[derive(Clone, Debug)]
pub struct BunchKaufman<T = f64> {
    lower: Matrix<T>,
    diagonal: Vec<T>,
    below: Vec<T>,
    /// Row i of the factors is row `order[i]` of A.
    order: Vec<usize>,
}

impl<T: Scalar> BunchKaufman<T> {
    /// Factors known already: row i of them is row `order[i]` of A.
    #[cfg(feature = "faer")]
    pub fn of(lower: Matrix<T>, diagonal: Vec<T>, below: Vec<T>, order: Vec<usize>) -> Self {
        Self { lower, diagonal, below, order }
    }

    /// Reads the lower triangle of `a`.
    #[cfg(any(test, not(feature = "faer")))]
    pub fn new(a: &Matrix<T>) -> Self {
        let n = a.rows();
        let mut rest = Matrix::from_fn(n, n, |i, j| a[(i.max(j), i.min(j))]);
        let mut lower = Matrix::from_diagonal(&vec![T::ONE; n]);
        let (mut diagonal, mut below) = (vec![T::ZERO; n], vec![T::ZERO; n]);
        let mut order: Vec<usize> = (0..n).collect();
        let mut k = 0;
        while k < n {
            let (size, row) = pivot(&rest, k);
            let last = k + size - 1;
            exchange(&mut rest, last, row);
            order.swap(last, row);
            for j in 0..k {
                lower.column_mut(j).swap(last, row);
            }
            diagonal[k] = rest[(k, k)];
            if size == 2 {
                diagonal[k + 1] = rest[(k + 1, k + 1)];
                below[k] = rest[(k + 1, k)];
            }
            eliminate(&mut rest, &mut lower, k, size);
            k += size;
        }
        Self { lower, diagonal, below, order }
    }

    /// The same; such matrices are small.
    #[cfg(not(feature = "faer"))]
    pub fn watched(a: &Matrix<T>, _: Watch<'_>) -> Result<Self, Interrupt> {
        Ok(Self::new(a))
    }

    /// The diagonal of B, and its entries below: that of row j + 1 at j.
    pub fn blocks(&self) -> (Vec<f64>, Vec<f64>) {
        let wide = |entries: &[T]| entries.iter().map(|v| v.wide()).collect();
        (wide(&self.diagonal), wide(&self.below))
    }

    /// `x = A^-1 x`.
    pub fn solve(&self, x: &mut [T]) {
        let n = self.order.len();
        let mut y: Vec<T> = self.order.iter().map(|&i| x[i]).collect();
        for j in 0..n {
            for i in j + 1..n {
                y[i] = y[i] - self.lower[(i, j)] * y[j];
            }
        }
        let mut k = 0;
        while k < n {
            let coupling = self.below[k];
            if coupling == T::ZERO {
                y[k] /= self.diagonal[k];
                k += 1;
            } else {
                // Scaled by the coupling, which is the largest entry.
                let (a, b) = (self.diagonal[k] / coupling, self.diagonal[k + 1] / coupling);
                let (p, q) = (y[k] / coupling, y[k + 1] / coupling);
                let determinant = a * b - T::ONE;
                y[k] = (b * p - q) / determinant;
                y[k + 1] = (a * q - p) / determinant;
                k += 2;
            }
        }
        for j in (0..n).rev() {
            for i in j + 1..n {
                y[j] = y[j] - self.lower[(i, j)] * y[i];
            }
        }
        for (&i, y) in self.order.iter().zip(y) {
            x[i] = y;
        }
    }
}

/// The same of a sparse matrix, made dense.
#[cfg(any(test, not(feature = "faer")))]
#[derive(Clone, Debug)]
pub(in crate::matrix) struct SparseBunchKaufman(BunchKaufman);

#[cfg(any(test, not(feature = "faer")))]
impl SparseBunchKaufman {
    /// Factorizes.
    pub fn new(lower: &LowerTriangle) -> Result<Self, FactorizationError> {
        let n = lower.dimension();
        if n.checked_mul(n).is_none() {
            return Err(FactorizationError::TooLarge);
        }
        let mut dense = Matrix::zeros(n, n);
        for j in 0..n {
            let range = lower.column_starts()[j]..lower.column_starts()[j + 1];
            for (&i, &a) in lower.row_indices()[range.clone()].iter().zip(&lower.values()[range]) {
                dense[(i, j)] = a;
            }
        }
        Ok(Self(BunchKaufman::new(&dense)))
    }

    /// `x = A^-1 x`.
    pub fn solve(&self, x: &mut [f64]) {
        self.0.solve(x);
    }

    /// The signs of the eigenvalues.
    pub fn inertia(&self) -> Inertia {
        let mut signs = BlockSigns::default();
        signs.count(self.0.order.len(), |j| self.0.diagonal[j], |j| self.0.below[j]);
        signs.inertia
    }
}

#[cfg(any(test, not(feature = "faer")))]
/// How many rows the pivot at k takes, and the row to bring to its last place.
fn pivot<T: Scalar>(rest: &Matrix<T>, k: usize) -> (usize, usize) {
    let n = rest.rows();
    let largest = |j: usize| {
        let others = (k..n).filter(|&i| i != j);
        others.fold((j, T::ZERO), |(row, most), i| {
            let size = rest[(i, j)].abs();
            if size > most { (i, size) } else { (row, most) }
        })
    };
    let (row, lambda) = largest(k);
    let here = rest[(k, k)].abs();
    let alpha = T::narrow(ALPHA);
    if here >= alpha * lambda {
        return (1, k);
    }
    let sigma = largest(row).1;
    if here * sigma >= alpha * lambda * lambda {
        (1, k)
    } else if rest[(row, row)].abs() >= alpha * sigma {
        (1, row)
    } else {
        (2, row)
    }
}

#[cfg(any(test, not(feature = "faer")))]
/// Exchanges two rows and the two columns.
fn exchange<T: Scalar>(rest: &mut Matrix<T>, p: usize, q: usize) {
    for j in 0..rest.columns() {
        rest.column_mut(j).swap(p, q);
    }
    for i in 0..rest.rows() {
        let (left, right) = (rest[(i, p)], rest[(i, q)]);
        rest[(i, p)] = right;
        rest[(i, q)] = left;
    }
}

#[cfg(any(test, not(feature = "faer")))]
/// Writes the columns of L of the pivot at k, and subtracts what it contributes from the rest.
fn eliminate<T: Scalar>(rest: &mut Matrix<T>, lower: &mut Matrix<T>, k: usize, size: usize) {
    let n = rest.rows();
    let first = k + size;
    for i in first..n {
        if size == 1 {
            // Where the pivot is zero, so is its column.
            let pivot = rest[(k, k)];
            lower[(i, k)] = if pivot == T::ZERO { T::ZERO } else { rest[(i, k)] / pivot };
        } else {
            let coupling = rest[(k + 1, k)];
            let (a, b) = (rest[(k, k)] / coupling, rest[(k + 1, k + 1)] / coupling);
            let (p, q) = (rest[(i, k)] / coupling, rest[(i, k + 1)] / coupling);
            let determinant = a * b - T::ONE;
            lower[(i, k)] = (b * p - q) / determinant;
            lower[(i, k + 1)] = (a * q - p) / determinant;
        }
    }
    for j in first..n {
        for i in first..n {
            let contributed: T = (k..first).map(|c| lower[(i, c)] * rest[(j, c)]).sum();
            rest[(i, j)] -= contributed;
        }
    }
}
