//! Bunch and Kaufman's diagonal pivoting of large matrices, by panels of columns between which a watch is asked.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use crate::instructions::widest;
use crate::matrix::Matrix;
use crate::matrix::plain::{ALPHA, BunchKaufman};
use crate::vector::Scalar;
use crate::{Interrupt, Watch};

/// Columns of a panel, and of what is left that lose its contribution at once.
const PANEL: usize = 64;
const CHUNK: usize = 128;

/// Reads the lower triangle of `a`. What is left after a panel is changed only at its end; within it, each
/// column that is looked at first loses what those before it in the panel contribute.
///
/// Source: LAPACK's DLASYF; Golub and Van Loan, Matrix Computations (2013), section 4.4.
pub(super) fn in_panels<T: Scalar>(
    a: &Matrix<T>,
    watch: Watch<'_>,
) -> Result<BunchKaufman<T>, Interrupt> {
    let n = a.rows();
    let mut panels = Panels {
        a: a.clone(),
        before: vec![T::ZERO; n * PANEL],
        order: (0..n).collect(),
        diagonal: vec![T::ZERO; n],
        below: vec![T::ZERO; n],
        columns: [vec![T::ZERO; n], vec![T::ZERO; n]],
    };
    let mut first = 0;
    while first < n {
        watch.ask()?;
        let next = panels.panel(first);
        panels.contribute(first, next, watch)?;
        first = next;
    }
    let Panels { a, order, diagonal, below, .. } = panels;
    Ok(BunchKaufman::of(a, diagonal, below, order))
}

struct Panels<T> {
    /// Columns of L as far as they are known; then the lower triangle of what is left.
    a: Matrix<T>,
    /// Columns of L B of this panel, n numbers each.
    before: Vec<T>,
    order: Vec<usize>,
    diagonal: Vec<T>,
    below: Vec<T>,
    /// The columns that are looked at.
    columns: [Vec<T>; 2],
}

impl<T: Scalar> Panels<T> {
    /// Eliminates the columns from `first` on; gives the first that is left.
    fn panel(&mut self, first: usize) -> usize {
        let n = self.order.len();
        let last = n.min(first + PANEL - 1);
        let alpha = T::narrow(ALPHA);
        let mut c = first;
        while c < last {
            self.look(0, first, c, c);
            let (row, lambda) = largest(&self.columns[0], c, c);
            let here = self.columns[0][c].abs();
            let mut size = 1;
            if here < alpha * lambda {
                self.look(1, first, c, row);
                let (_, sigma) = largest(&self.columns[1], c, row);
                if here * sigma >= alpha * lambda * lambda {
                    // The pivot is good enough for what is in its row.
                } else if self.columns[1][row].abs() >= alpha * sigma {
                    self.columns.swap(0, 1);
                    self.exchange(first, c, c, row);
                } else {
                    size = 2;
                    self.exchange(first, c, c + 1, row);
                }
            }
            self.eliminate(first, c, size);
            c += size;
        }
        c
    }

    /// Column `row` of the rows from c on, without what the panel has contributed.
    fn look(&mut self, which: usize, first: usize, c: usize, row: usize) {
        let n = self.order.len();
        let column = &mut self.columns[which];
        for j in c..row {
            column[j] = self.a[(row, j)];
        }
        column[row..].copy_from_slice(&self.a.column(row)[row..]);
        for j in first..c {
            let factor = self.before[(j - first) * n + row];
            let l = &self.a.column(j)[c..];
            widest(
                #[inline(always)]
                || {
                    for (entry, &l) in column[c..].iter_mut().zip(l) {
                        *entry -= factor * l;
                    }
                },
            );
        }
    }

    /// Exchanges rows and columns p and q of what is left from c on, p at the pivot.
    fn exchange(&mut self, first: usize, c: usize, p: usize, q: usize) {
        if p == q {
            return;
        }
        let n = self.order.len();
        self.order.swap(p, q);
        for j in 0..c {
            self.a.column_mut(j).swap(p, q);
        }
        for before in self.before.chunks_exact_mut(n).take(c - first) {
            before.swap(p, q);
        }
        self.columns.iter_mut().for_each(|column| column.swap(p, q));
        let mut swap = |(r, s): (usize, usize), (t, u): (usize, usize)| {
            let held = self.a[(r, s)];
            self.a[(r, s)] = self.a[(t, u)];
            self.a[(t, u)] = held;
        };
        for i in p + 1..q {
            swap((i, p), (q, i));
        }
        for i in q + 1..n {
            swap((i, p), (i, q));
        }
        swap((p, p), (q, q));
    }

    /// Writes the columns of L and of L B of the pivot at c.
    fn eliminate(&mut self, first: usize, c: usize, size: usize) {
        let n = self.order.len();
        let [column, other] = &self.columns;
        let before = &mut self.before[(c - first) * n..];
        before[c..n].copy_from_slice(&column[c..]);
        self.diagonal[c] = column[c];
        if size == 1 {
            // Where the pivot is zero, so is its column.
            let pivot = column[c];
            for i in c + 1..n {
                self.a[(i, c)] = if pivot == T::ZERO { T::ZERO } else { column[i] / pivot };
            }
            return;
        }
        before[n + c..2 * n].copy_from_slice(&other[c..]);
        let coupling = column[c + 1];
        (self.diagonal[c + 1], self.below[c]) = (other[c + 1], coupling);
        // Scaled by the coupling, which is the largest entry.
        let (x, y) = (column[c] / coupling, other[c + 1] / coupling);
        let determinant = x * y - T::ONE;
        self.a[(c + 1, c)] = T::ZERO;
        for i in c + 2..n {
            let (p, q) = (column[i] / coupling, other[i] / coupling);
            self.a[(i, c)] = (y * p - q) / determinant;
            self.a[(i, c + 1)] = (x * q - p) / determinant;
        }
    }

    /// Subtracts from what is left what the columns from `first` to `next` contribute: L (L B)'.
    fn contribute(&mut self, first: usize, next: usize, watch: Watch<'_>) -> Result<(), Interrupt> {
        let (n, count) = (self.order.len(), next - first);
        let before = MatRef::from_column_major_slice(&self.before[..n * count], n, count);
        let (done, left) = self.a.entries_mut().split_at_mut(n * next);
        let l = MatRef::from_column_major_slice(&done[n * first..], n, count);
        for (chunk, columns) in left.chunks_mut(n * CHUNK).enumerate() {
            watch.ask()?;
            let (top, many) = (next + chunk * CHUNK, columns.len() / n);
            let columns = MatMut::from_column_major_slice_mut(columns, n, many);
            matmul(
                columns.subrows_mut(top, n - top),
                Accum::Add,
                l.subrows(top, n - top),
                before.subrows(top, many).transpose(),
                -T::ONE,
                Par::Seq,
            );
        }
        Ok(())
    }
}

/// The place and the size of the largest entry from c on but that at `without`.
fn largest<T: Scalar>(column: &[T], c: usize, without: usize) -> (usize, T) {
    let others = (c..column.len()).filter(|&i| i != without);
    others.fold((without, T::ZERO), |(row, most), i| {
        let size = column[i].abs();
        if size > most { (i, size) } else { (row, most) }
    })
}
