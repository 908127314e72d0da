//! Symmetric matrices, one triangle stored.

use crate::instructions::widest;

use super::Matrix;

/// A symmetric matrix: the lower triangle by columns, `n (n + 1) / 2` numbers.
///
/// ```
/// use ravine_linalg::matrix::Symmetric;
///
/// let mut a = Symmetric::scaled_identity(2, 3.0);
/// a.rank_two(&[1.0, 1.0], &[1.0, 0.0], &[0.0, 0.0], &[0.0, 0.0]);
/// a.rank_two(&[0.0, 1.0], &[1.0, 1.0], &[1.0, 1.0], &[0.0, 1.0]);
/// let mut y = [0.0; 2];
/// a.multiply(&[1.0, 2.0], &mut y);
/// assert_eq!((a.get(0, 0), a.get(1, 0), a.get(1, 1)), (4.0, 2.0, 5.0));
/// assert_eq!(y, [8.0, 12.0]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Symmetric {
    n: usize,
    entries: Vec<f64>,
}

impl Symmetric {
    /// `a I`.
    pub fn scaled_identity(n: usize, a: f64) -> Self {
        let mut matrix = Self { n, entries: vec![0.0; n * (n + 1) / 2] };
        matrix.set_scaled_identity(a);
        matrix
    }

    /// The number of rows.
    pub fn dimension(&self) -> usize {
        self.n
    }

    /// Becomes `a I`.
    pub fn set_scaled_identity(&mut self, a: f64) {
        self.entries.fill(0.0);
        let mut at = 0;
        for j in 0..self.n {
            self.entries[at] = a;
            at += self.n - j;
        }
    }

    /// Becomes `a A`.
    pub fn scale(&mut self, a: f64) {
        for entry in &mut self.entries {
            *entry *= a;
        }
    }

    /// The entry in row i and column j.
    ///
    /// # Panics
    ///
    /// If there is no such row or column.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        let (i, j) = (i.max(j), i.min(j));
        assert!(i < self.n, "entry ({i}, {j}) of a matrix with {} rows", self.n);
        self.entries[j * self.n - j * (j + 1) / 2 + i]
    }

    /// All entries.
    pub fn to_dense(&self) -> Matrix {
        Matrix::from_fn(self.n, self.n, |i, j| self.get(i, j))
    }

    /// `y = A x`.
    ///
    /// # Panics
    ///
    /// If the lengths disagree.
    pub fn multiply(&self, x: &[f64], y: &mut [f64]) {
        let n = self.n;
        assert!(x.len() == n && y.len() == n, "multiply: dimensions differ");
        widest(
            #[inline(always)]
            || {
                y.fill(0.0);
                let mut rest = &self.entries[..];
                for j in 0..n {
                    let column;
                    (column, rest) = rest.split_at(n - j);
                    multiply_column(column, &x[j..], &mut y[j..]);
                }
            },
        );
    }

    /// Adds `a_i p_j + b_i q_j` to the entries `i >= j`: of a symmetric matrix `a p' + b q'`, its
    /// lower triangle.
    ///
    /// # Panics
    ///
    /// If the lengths disagree.
    pub fn rank_two(&mut self, a: &[f64], p: &[f64], b: &[f64], q: &[f64]) {
        let n = self.n;
        assert!([a, p, b, q].iter().all(|v| v.len() == n), "rank_two: dimensions differ");
        widest(
            #[inline(always)]
            || {
                let mut rest = &mut self.entries[..];
                for j in 0..n {
                    let column;
                    (column, rest) = rest.split_at_mut(n - j);
                    update_column(column, &a[j..], p[j], &b[j..], q[j]);
                }
            },
        );
    }

    /// [`rank_two`](Self::rank_two), then `y = A x` with the new matrix, in one pass.
    ///
    /// # Panics
    ///
    /// If the lengths disagree.
    pub fn rank_two_multiply(
        &mut self,
        (a, p): (&[f64], &[f64]),
        (b, q): (&[f64], &[f64]),
        x: &[f64],
        y: &mut [f64],
    ) {
        let n = self.n;
        assert!([a, p, b, q, x, y].iter().all(|v| v.len() == n), "dimensions differ");
        widest(
            #[inline(always)]
            || {
                y.fill(0.0);
                let mut rest = &mut self.entries[..];
                for j in 0..n {
                    let column;
                    (column, rest) = rest.split_at_mut(n - j);
                    update_column(column, &a[j..], p[j], &b[j..], q[j]);
                    multiply_column(column, &x[j..], &mut y[j..]);
                }
            },
        );
    }
}

/// `column += p a + q b`.
#[inline(always)]
fn update_column(column: &mut [f64], a: &[f64], p: f64, b: &[f64], q: f64) {
    for ((c, a), b) in column.iter_mut().zip(a).zip(b) {
        *c += p * a + q * b;
    }
}

/// The part of a product that a column of the lower triangle has: its own entries as a column and
/// those below the diagonal as a row.
#[inline(always)]
fn multiply_column(column: &[f64], x: &[f64], y: &mut [f64]) {
    const LANES: usize = 8;
    let x0 = x[0];
    y[0] += column[0] * x0;
    let (c, c_tail) = column[1..].as_chunks::<LANES>();
    let (x, x_tail) = x[1..].as_chunks::<LANES>();
    let (y0, y) = y.split_at_mut(1);
    let (y, y_tail) = y.as_chunks_mut::<LANES>();
    let mut lanes = [0.0; LANES];
    for ((c, x), y) in c.iter().zip(x).zip(y) {
        for k in 0..LANES {
            y[k] += c[k] * x0;
            lanes[k] += c[k] * x[k];
        }
    }
    let mut sum = 0.0;
    for ((c, x), y) in c_tail.iter().zip(x_tail).zip(y_tail) {
        *y += c * x0;
        sum += c * x;
    }
    y0[0] += lanes.iter().sum::<f64>() + sum;
}
