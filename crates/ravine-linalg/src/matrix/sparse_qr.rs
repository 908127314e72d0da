//! Orthogonal factorization of sparse matrices, for least squares.

use std::sync::Arc;

use super::backend::column_order;
use super::qr::{apply, reflect};
use super::{FactorizationError, Matrix, SparseMatrix};
use crate::{Interrupt, Watch};

const NONE: usize = usize::MAX;

/// `A P = Q R` of a sparse m by n matrix, R sparse and kept by rows, together with a right-hand side b, of
/// which `Q'b` is kept: Q itself is not. A P with little fill in R is found once from the pattern of A
/// ([`SparseQrPattern`]), for matrices of the same pattern.
///
/// One column after another is eliminated: the rows that begin there, of A and of what is left of columns
/// before, are reflected to a trapezoid of few columns (a front); its first row is one of R, the others
/// go to the column where they begin. What is exactly dense costs what a dense factorization does.
///
/// Rows of a diagonal D below A are taken in afterwards ([`damped`](Self::damped)), which is how a damped
/// problem `|A x - b|^2 + |D x|^2` is solved for several D.
///
/// Source: Duff and Reid, The multifrontal solution of indefinite sparse symmetric linear equations
/// (1983), for orthogonal factors; Davis, Algorithm 915, SuiteSparseQR (2011); George and Heath,
/// Solution of sparse linear least squares problems using Givens rotations (1980).
///
/// ```
/// use ravine_linalg::matrix::{SparseMatrix, SparseQrPattern};
/// use ravine_linalg::Watch;
///
/// // The line through (0, 1), (1, 3), (2, 5): intercept 1, slope 2.
/// let entries = [(0, 0, 1.0), (1, 0, 1.0), (2, 0, 1.0), (1, 1, 1.0), (2, 1, 2.0)];
/// let a = SparseMatrix::from_triplets(3, 2, &entries);
/// let qr = SparseQrPattern::new(&a).factor(&a, &[1.0, 3.0, 5.0], Watch::default())?.unwrap();
/// let x = qr.solve();
/// assert!((x[0] - 1.0).abs() < 1e-14 && (x[1] - 2.0).abs() < 1e-14);
/// let damped = qr.damped(&[1.0, 0.0], Watch::default())?;
/// // (3 + 1) x_0 + 3 x_1 = 9 and 3 x_0 + 5 x_1 = 13.
/// let x = damped.solve();
/// assert!((x[0] - 6.0 / 11.0).abs() < 1e-14 && (x[1] - 25.0 / 11.0).abs() < 1e-14);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug)]
pub struct SparseQr {
    pattern: Arc<SparseQrPattern>,
    /// The rows of R, at the places of the pattern.
    values: Vec<f64>,
    /// The first n entries of `Q'b`.
    right: Vec<f64>,
}

/// The order in which the columns of a sparse matrix are eliminated, and where R has entries.
#[derive(Clone, Debug)]
pub struct SparseQrPattern {
    /// Of the matrix.
    rows: usize,
    stored: usize,
    /// Column `order[k]` is eliminated as the k-th, which is a position.
    order: Vec<usize>,
    /// Row k of R has entries at the positions `indices[starts[k]..starts[k + 1]]`, k first.
    starts: Vec<usize>,
    indices: Vec<usize>,
    /// For each row of A its entries: positions ascending, with the places of the values.
    row_starts: Vec<usize>,
    entries: Vec<(usize, usize)>,
    /// The rows of A by the position where they begin; those without entries are none of them.
    own_starts: Vec<usize>,
    own: Vec<usize>,
    /// The position where what is left of position k goes; `NONE` where nothing is.
    parents: Vec<usize>,
}

impl SparseQrPattern {
    /// Of the pattern of `a`; its values do not matter.
    pub fn new(a: &SparseMatrix) -> Arc<Self> {
        let (m, n) = (a.rows(), a.columns());
        let order = column_order(a);
        let mut position = vec![0; n];
        order.iter().enumerate().for_each(|(k, &j)| position[j] = k);
        // Counting, columns in the order of elimination: each row comes out ascending.
        let mut row_starts = vec![0; m + 1];
        a.row_indices().iter().for_each(|&i| row_starts[i + 1] += 1);
        (0..m).for_each(|i| row_starts[i + 1] += row_starts[i]);
        let mut next = row_starts.clone();
        let mut entries = vec![(0, 0); a.stored()];
        for (k, &j) in order.iter().enumerate() {
            for place in a.column_starts()[j]..a.column_starts()[j + 1] {
                let i = a.row_indices()[place];
                entries[next[i]] = (k, place);
                next[i] += 1;
            }
        }
        let begins = |i: usize| entries[row_starts[i]..row_starts[i + 1]].first().map(|&(k, _)| k);
        let mut own_starts = vec![0; n + 1];
        (0..m).filter_map(begins).for_each(|k| own_starts[k + 1] += 1);
        (0..n).for_each(|k| own_starts[k + 1] += own_starts[k]);
        let mut own = vec![0; own_starts[n]];
        let mut next = own_starts.clone();
        for i in 0..m {
            if let Some(k) = begins(i) {
                own[next[k]] = i;
                next[k] += 1;
            }
        }
        let mut pattern = Self {
            rows: m,
            stored: a.stored(),
            order,
            starts: vec![0],
            indices: Vec::new(),
            row_starts,
            entries,
            own_starts,
            own,
            parents: vec![NONE; n],
        };
        pattern.fill(n);
        Arc::new(pattern)
    }

    /// The pattern of R: of row k what the rows that begin there have, and what is left of the columns
    /// whose rest goes there.
    fn fill(&mut self, n: usize) {
        let mut seen = vec![NONE; n];
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); n];
        for k in 0..n {
            let first = self.indices.len();
            self.indices.push(k);
            seen[k] = k;
            for &child in &children[k] {
                for place in self.starts[child] + 1..self.starts[child + 1] {
                    let j = self.indices[place];
                    if seen[j] != k {
                        seen[j] = k;
                        self.indices.push(j);
                    }
                }
            }
            for &i in &self.own[self.own_starts[k]..self.own_starts[k + 1]] {
                for &(j, _) in &self.entries[self.row_starts[i]..self.row_starts[i + 1]] {
                    if seen[j] != k {
                        seen[j] = k;
                        self.indices.push(j);
                    }
                }
            }
            self.indices[first..].sort_unstable();
            self.starts.push(self.indices.len());
            if let Some(&parent) = self.indices.get(first + 1) {
                self.parents[k] = parent;
                children[parent].push(k);
            }
        }
    }

    fn columns_of(&self, k: usize) -> &[usize] {
        &self.indices[self.starts[k]..self.starts[k + 1]]
    }

    /// Factors a matrix of this pattern, and takes in `b`.
    ///
    /// # Errors
    ///
    /// The interrupt of `watch`; within, [`FactorizationError::NotFinite`].
    ///
    /// # Panics
    ///
    /// If `a` has not this pattern, or `b` not one entry a row.
    pub fn factor(
        self: &Arc<Self>,
        a: &SparseMatrix,
        b: &[f64],
        watch: Watch<'_>,
    ) -> Result<Result<SparseQr, FactorizationError>, Interrupt> {
        let size = (a.rows(), a.columns(), a.stored());
        assert_eq!(size, (self.rows, self.order.len(), self.stored), "factor: another pattern");
        assert_eq!(b.len(), self.rows, "factor: b has the wrong length");
        if !a.values().iter().chain(b).all(|v| v.is_finite()) {
            return Ok(Err(FactorizationError::NotFinite));
        }
        let own = |k: usize, front: &mut Front| {
            for &i in &self.own[self.own_starts[k]..self.own_starts[k + 1]] {
                let entries = &self.entries[self.row_starts[i]..self.row_starts[i + 1]];
                let values = entries.iter().map(|&(j, place)| (j, a.values()[place]));
                front.push(values, b[i]);
            }
        };
        let qr = self.eliminate(own, watch)?;
        let finite = qr.values.iter().chain(&qr.right).all(|v| v.is_finite());
        Ok(if finite { Ok(qr) } else { Err(FactorizationError::NotFinite) })
    }

    /// Eliminates the rows that `own` gives at each position, none of which begins before it.
    fn eliminate(
        self: &Arc<Self>,
        mut own: impl FnMut(usize, &mut Front),
        watch: Watch<'_>,
    ) -> Result<SparseQr, Interrupt> {
        let n = self.order.len();
        let mut values = vec![0.0; self.indices.len()];
        let mut right = vec![0.0; n];
        let mut left: Vec<Option<Block>> = vec![None; n];
        // The rests that go to a position, as a list: the last of them, and for each the one before.
        let (mut last, mut before) = (vec![NONE; n], vec![NONE; n]);
        let mut front = Front { local: vec![0; n], rows: Vec::new(), entries: Vec::new() };
        let mut work = 0;
        for k in 0..n {
            let columns = self.columns_of(k);
            columns.iter().enumerate().for_each(|(at, &j)| front.local[j] = at);
            front.rows.clear();
            front.entries.clear();
            let mut child = last[k];
            while child != NONE {
                if let Some(block) = left[child].take() {
                    front.take(&block, &self.columns_of(child)[1..]);
                }
                child = before[child];
            }
            own(k, &mut front);
            work += front.rows.len() * columns.len() * columns.len();
            if work > 1 << 20 {
                watch.ask()?;
                work = 0;
            }
            let reduced = front.reduce(columns.len(), watch)?;
            let rows = reduced.rows();
            if rows == 0 {
                continue;
            }
            let to = self.starts[k]..self.starts[k + 1];
            (0..columns.len()).for_each(|at| values[to.start + at] = reduced[(0, at)]);
            right[k] = reduced[(0, columns.len())];
            let parent = self.parents[k];
            let rest = (rows - 1).min(columns.len() - 1);
            if parent != NONE && rest > 0 {
                let entry = |i: usize, j: usize| reduced[(i + 1, j + 1)];
                left[k] = Some(Matrix::from_fn(rest, columns.len(), entry));
                before[k] = last[parent];
                last[parent] = k;
            }
        }
        Ok(SparseQr { pattern: Arc::clone(self), values, right })
    }
}

/// What is left of a column: an upper trapezoid over the columns of its row of R but the first, and the
/// right-hand side.
type Block = Matrix;

/// The rows that begin at a position.
struct Front {
    /// The place of each position among the columns of the front.
    local: Vec<usize>,
    /// Where each row begins, among the columns, and where its entries are.
    rows: Vec<(usize, usize, usize)>,
    /// Places among the columns with values; the right-hand side last, at `NONE`.
    entries: Vec<(usize, f64)>,
}

impl Front {
    /// A row with entries at these positions, ascending.
    fn push(&mut self, row: impl Iterator<Item = (usize, f64)>, right: f64) {
        let first = self.entries.len();
        self.entries.extend(row.map(|(j, value)| (self.local[j], value)));
        let begins = self.entries.get(first).map_or(0, |&(at, _)| at);
        self.entries.push((NONE, right));
        self.rows.push((begins, first, self.entries.len()));
    }

    /// The rows that are left of another position, with these columns.
    fn take(&mut self, block: &Block, columns: &[usize]) {
        for i in 0..block.rows() {
            let row = columns[i..].iter().enumerate();
            let values = row.map(|(at, &j)| (j, block[(i, i + at)]));
            self.push(values, block[(i, columns.len())]);
        }
    }

    /// The rows as a trapezoid of `count` columns, and the right-hand side beside them.
    fn reduce(&mut self, count: usize, watch: Watch<'_>) -> Result<Matrix, Interrupt> {
        // A staircase: below it are zeros, and the reflections leave them so.
        self.rows.sort_by_key(|&(begins, ..)| begins);
        let m = self.rows.len();
        let mut a = Matrix::zeros(m, count + 1);
        for (i, &(_, first, end)) in self.rows.iter().enumerate() {
            for &(at, value) in &self.entries[first..end] {
                a[(i, if at == NONE { count } else { at })] = value;
            }
        }
        let mut high = 0;
        for j in 0..count.min(m) {
            while high < m && self.rows[high].0 <= j {
                high += 1;
            }
            let high = high.max(j + 1);
            watch.ask_before((high - j) * (count - j))?;
            let (done, rest) = a.entries_mut().split_at_mut((j + 1) * m);
            let reflector = &mut done[j * m + j..j * m + high];
            if reflector[1..].iter().all(|&v| v == 0.0) {
                continue;
            }
            let tau = reflect(reflector);
            let v = &reflector[1..];
            for column in rest.chunks_exact_mut(m) {
                let (head, tail) = column[j..high].split_at_mut(1);
                apply(tau, v, &mut head[0], tail);
            }
            done[j * m + j + 1..j * m + high].fill(0.0);
        }
        Ok(a)
    }
}

impl SparseQr {
    /// The number of columns n.
    pub fn columns(&self) -> usize {
        self.right.len()
    }

    /// The first n entries of `Q'b`, in the order of elimination.
    pub fn right(&self) -> &[f64] {
        &self.right
    }

    fn row(&self, k: usize) -> (&[usize], &[f64]) {
        let range = self.pattern.starts[k]..self.pattern.starts[k + 1];
        (&self.pattern.indices[range.clone()], &self.values[range])
    }

    fn diagonal(&self) -> impl Iterator<Item = f64> {
        self.pattern.starts[..self.right.len()].iter().map(|&at| self.values[at].abs())
    }

    /// Whether all diagonal entries of R are larger than rounding of the largest, `10 max(m, n) eps`: without
    /// exchanges of columns not a proof, but for columns of one length a usual sign of full rank.
    pub fn has_full_rank(&self) -> bool {
        let size = self.pattern.rows.max(self.columns()) as f64;
        let largest = self.diagonal().fold(0.0, f64::max);
        self.diagonal().all(|r| r > 10.0 * size * f64::EPSILON * largest)
    }

    /// The x that minimizes `|A x - b|`; not finite where R is singular.
    pub fn solve(&self) -> Vec<f64> {
        let mut z = self.right.clone();
        for k in (0..z.len()).rev() {
            let (columns, values) = self.row(k);
            let later = columns[1..].iter().zip(&values[1..]).map(|(&j, r)| r * z[j]);
            z[k] = (z[k] - later.sum::<f64>()) / values[0];
        }
        self.out_of_order(&z)
    }

    /// Values by position, by columns.
    fn out_of_order(&self, by_position: &[f64]) -> Vec<f64> {
        let mut by_column = vec![0.0; by_position.len()];
        for (&j, &value) in self.pattern.order.iter().zip(by_position) {
            by_column[j] = value;
        }
        by_column
    }

    /// The factors of A with the diagonal `d` below it, and zeros below b: R and D are made triangular
    /// again.
    ///
    /// # Errors
    ///
    /// The interrupt of `watch`.
    ///
    /// # Panics
    ///
    /// If `d` has not one entry a column.
    pub fn damped(&self, d: &[f64], watch: Watch<'_>) -> Result<Self, Interrupt> {
        assert_eq!(d.len(), self.columns(), "damped: d has the wrong length");
        let own = |k: usize, front: &mut Front| {
            let (columns, values) = self.row(k);
            front.push(columns.iter().copied().zip(values.iter().copied()), self.right[k]);
            front.push(std::iter::once((k, d[self.pattern.order[k]])), 0.0);
        };
        self.pattern.eliminate(own, watch)
    }

    /// `|A x|^2`.
    ///
    /// # Panics
    ///
    /// If `x` has not one entry a column.
    pub fn image_square(&self, x: &[f64]) -> f64 {
        let order = &self.pattern.order;
        let row = |k| {
            let (columns, values) = self.row(k);
            columns.iter().zip(values).map(|(&j, r)| r * x[order[j]]).sum::<f64>()
        };
        (0..self.columns()).map(|k| row(k).powi(2)).sum()
    }

    /// `A'b`.
    pub fn gradient(&self) -> Vec<f64> {
        let mut gradient = vec![0.0; self.columns()];
        for (k, &z) in self.right.iter().enumerate() {
            let (columns, values) = self.row(k);
            columns.iter().zip(values).for_each(|(&j, r)| gradient[j] += r * z);
        }
        self.out_of_order(&gradient)
    }

    /// `y' (A'A)^-1 y`, as `|R^-T P'y|^2`; not finite where R is singular.
    ///
    /// # Panics
    ///
    /// If `y` has not one entry a column.
    pub fn inverse_form(&self, y: &[f64]) -> f64 {
        assert_eq!(y.len(), self.columns(), "inverse_form: y has the wrong length");
        let mut w: Vec<f64> = self.pattern.order.iter().map(|&j| y[j]).collect();
        for k in 0..w.len() {
            let (columns, values) = self.row(k);
            w[k] /= values[0];
            let wk = w[k];
            columns[1..].iter().zip(&values[1..]).for_each(|(&j, r)| w[j] -= r * wk);
        }
        w.iter().map(|w| w * w).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{Damped, Qr};
    use crate::random::Random;

    fn dense(a: &SparseMatrix) -> Matrix {
        Matrix::from_fn(a.rows(), a.columns(), |i, j| a.get(i, j))
    }

    fn problems() -> Vec<SparseMatrix> {
        let mut random = Random::new(4);
        let mut problems = Vec::new();
        for (m, n, share) in
            [(1, 1, 1.0), (7, 4, 1.0), (60, 25, 0.1), (40, 40, 0.15), (90, 30, 0.3)]
        {
            let mut entries = Vec::new();
            for i in 0..m {
                for j in 0..n {
                    if i == j || random.uniform() < share {
                        entries.push((i, j, random.normal()));
                    }
                }
            }
            problems.push(SparseMatrix::from_triplets(m, n, &entries));
        }
        // Three diagonals, and an arrow.
        let band = (0..50usize).flat_map(|i| {
            (i.saturating_sub(1)..(i + 2).min(50))
                .map(move |j| (i, j, 1.0 + ((i * 7 + j) % 5) as f64))
        });
        problems.push(SparseMatrix::from_triplets(50, 50, &band.collect::<Vec<_>>()));
        let arrow = (0..30usize).flat_map(|i| [(i, i, 3.0 + i as f64), (i, 29, 1.0), (29, i, 2.0)]);
        problems.push(SparseMatrix::from_triplets(30, 30, &arrow.collect::<Vec<_>>()));
        problems
    }

    #[test]
    fn it_solves_what_the_dense_factors_solve() {
        let mut random = Random::new(9);
        for a in problems() {
            let (m, n) = (a.rows(), a.columns());
            let b: Vec<f64> = (0..m).map(|_| random.normal()).collect();
            let d: Vec<f64> = (0..n).map(|_| random.uniform()).collect();
            let y: Vec<f64> = (0..n).map(|_| random.normal()).collect();
            let qr = SparseQrPattern::new(&a).factor(&a, &b, Watch::default()).unwrap().unwrap();
            assert!(qr.has_full_rank());
            let expected = Qr::new(dense(&a)).unwrap();
            let close = |x: &[f64], e: &[f64]| {
                let size = e.iter().fold(0.0f64, |m, e| m.max(e.abs()));
                assert!(x.iter().zip(e).all(|(x, e)| (x - e).abs() <= 1e-9 * size), "{m} by {n}");
            };
            close(&qr.solve(), &expected.solve(&b));
            let mut gradient = vec![0.0; n];
            a.multiply_transposed(&b, &mut gradient);
            close(&qr.gradient(), &gradient);
            let mut image = vec![0.0; m];
            a.multiply(&y, &mut image);
            let square: f64 = image.iter().map(|a| a * a).sum();
            close(&[qr.image_square(&y)], &[square]);

            let mut c = b.clone();
            expected.multiply_q_transposed(&mut c);
            let damped = qr.damped(&d, Watch::default()).unwrap();
            let expected = Damped::new(&expected, &c, &d);
            close(&damped.solve(), expected.solution());
            close(&[damped.inverse_form(&y)], &[expected.inverse_form(&y)]);
        }
    }

    #[test]
    fn rows_and_columns_without_entries_are_no_obstacle() {
        // Column 1 is empty, and row 2.
        let a = SparseMatrix::from_triplets(4, 3, &[(0, 0, 2.0), (1, 2, 3.0), (3, 0, 1.0)]);
        let b = [2.0, 6.0, 5.0, 1.0];
        let qr = SparseQrPattern::new(&a).factor(&a, &b, Watch::default()).unwrap().unwrap();
        assert!(!qr.has_full_rank());
        let damped = qr.damped(&[0.0, 1.0, 0.0], Watch::default()).unwrap();
        assert!(damped.has_full_rank());
        let x = damped.solve();
        assert!((x[0] - 1.0).abs() < 1e-15 && x[1] == 0.0 && (x[2] - 2.0).abs() < 1e-15);
        let error = SparseMatrix::from_triplets(1, 1, &[(0, 0, f64::NAN)]);
        let error = SparseQrPattern::new(&error).factor(&error, &[1.0], Watch::default()).unwrap();
        assert_eq!(error.unwrap_err(), FactorizationError::NotFinite);
    }

    #[test]
    fn a_band_fills_in_a_band() {
        let n = 400;
        let band = (0..n)
            .flat_map(|i: usize| (i.saturating_sub(1)..(i + 2).min(n)).map(move |j| (i, j, 1.0)));
        let a = SparseMatrix::from_triplets(n, n, &band.collect::<Vec<_>>());
        assert!(SparseQrPattern::new(&a).indices.len() < 6 * n);
    }
}
