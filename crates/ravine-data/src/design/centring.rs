//! Columns moved by a number, and moments of columns that lie far from zero.

use ravine_linalg::Threads;
use ravine_linalg::matrix::{ByRows, Matrix, SparseRows};

use super::blocks::{Block, Blocks};
use super::{Design, Entries};

impl Design {
    /// The smallest and the largest entry over the first rows, `rows` of them at most, of each column
    /// without the intercept that stores an entry in each of these rows; `None` of the others.
    ///
    /// ```
    /// use ravine_data::{Codes, Design};
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let mut x = Design::dense(Matrix::from_rows(&[[3.0], [1.0], [9.0]]), vec!["x".into()]);
    /// let codes = Codes::new([Some(0), Some(0), None], 1)?;
    /// x.append(Design::categorical(codes, vec!["g[b]".into()]))?;
    /// assert_eq!(x.stored_ranges(2), [Some((1.0, 3.0)), None]);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    pub fn stored_ranges(&self, rows: usize) -> Vec<Option<(f64, f64)>> {
        let rows = rows.min(self.rows());
        match &self.entries {
            Entries::Dense(matrix) => ranges_of_dense(matrix, rows),
            Entries::Sparse { values, shift } if shift.is_empty() => ranges_of_sparse(values, rows),
            Entries::Sparse { .. } => vec![None; self.columns()],
            Entries::Blocks(blocks) => {
                let of = |block: &Block| match block {
                    Block::Dense(matrix) => ranges_of_dense(matrix, rows),
                    Block::Sparse(values) => ranges_of_sparse(values, rows),
                    Block::Codes(codes) => vec![None; codes.levels()],
                };
                blocks.all().iter().flat_map(of).collect()
            }
        }
    }

    /// The same design with a number subtracted from each column but the intercept; `None` where that would
    /// fill in what is not stored: the shift of such a column has to be zero.
    ///
    /// # Panics
    ///
    /// If there is not a shift a column.
    ///
    /// ```
    /// use ravine_data::{Codes, Design};
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let mut x = Design::dense(Matrix::from_rows(&[[2001.0], [2003.0]]), vec!["year".into()]);
    /// let codes = Codes::new([Some(0), None], 1)?;
    /// x.append(Design::categorical(codes, vec!["g[b]".into()]))?;
    /// let mut y = [0.0; 2];
    /// x.shifted(&[2002.0, 0.0]).unwrap().multiply(&[1.0, 5.0], &mut y);
    /// assert_eq!(y, [4.0, 1.0]);
    /// assert_eq!(x.shifted(&[2002.0, 0.5]), None);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    #[must_use]
    pub fn shifted(&self, shifts: &[f64]) -> Option<Self> {
        assert_eq!(shifts.len(), self.columns(), "shifted: a shift a column");
        let entries = match &self.entries {
            Entries::Dense(matrix) => Entries::Dense(shifted_dense(matrix, shifts)),
            Entries::Sparse { values, shift } if shift.is_empty() => {
                Entries::Sparse { values: shifted_sparse(values, shifts)?, shift: Vec::new() }
            }
            Entries::Sparse { .. } => return None,
            Entries::Blocks(blocks) => Entries::Blocks(shifted_blocks(blocks, shifts)?),
        };
        Some(Self { entries, standardization: None, names: self.names.clone(), ..*self })
    }

    /// The same design with other entries of some columns, by their places without the intercept; `None` where
    /// one of them does not store all its entries.
    ///
    /// # Panics
    ///
    /// If there is no such column, or not an entry a row.
    ///
    /// ```
    /// use ravine_data::Design;
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let x = Matrix::from_rows(&[[1.0, 2.0], [3.0, 4.0]]);
    /// let x = Design::dense(x, vec!["a".into(), "b".into()]);
    /// let changed = x.with_columns(vec![(1, vec![0.5, 0.25])]).unwrap();
    /// let mut y = [0.0; 2];
    /// changed.multiply(&[1.0, 4.0], &mut y);
    /// assert_eq!(y, [3.0, 4.0]);
    /// ```
    #[must_use]
    pub fn with_columns(&self, columns: Vec<(usize, Vec<f64>)>) -> Option<Self> {
        let mut changed = Self { standardization: None, ..self.clone() };
        for (j, entries) in columns {
            assert_eq!(entries.len(), self.rows(), "with_columns: an entry a row");
            changed.dense_column_mut(j)?.copy_from_slice(&entries);
        }
        Some(changed)
    }

    fn dense_column_mut(&mut self, j: usize) -> Option<&mut [f64]> {
        match &mut self.entries {
            Entries::Dense(matrix) => Some(matrix.column_mut(j)),
            Entries::Sparse { .. } => None,
            Entries::Blocks(blocks) => {
                let (mut place, mut blocks) = (j, blocks.all_mut().iter_mut());
                loop {
                    match blocks.next()? {
                        block if place >= block.columns() => place -= block.columns(),
                        Block::Dense(matrix) => return Some(matrix.column_mut(place)),
                        _ => return None,
                    }
                }
            }
        }
    }

    /// `sum_i d_i (x_ij - c)` and `sum_i d_i (x_ij - c)^2` for columns j and centers c: from differences, and
    /// so exact where the entries lie close together far from zero.
    ///
    /// # Panics
    ///
    /// If there is not a weight a row, or no such column.
    ///
    /// ```
    /// use ravine_data::Design;
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let x = Matrix::from_rows(&[[1e12], [1e12 + 2.0]]);
    /// let x = Design::dense(x, vec!["x".into()]);
    /// assert_eq!(x.moments_about(&[0.5, 0.5], &[(0, 1e12)]), [(1.0, 2.0)]);
    /// ```
    pub fn moments_about(&self, d: &[f64], centers: &[(usize, f64)]) -> Vec<(f64, f64)> {
        assert_eq!(d.len(), self.rows(), "moments_about: a weight a row");
        let total = || d.iter().sum::<f64>();
        match &self.entries {
            Entries::Dense(matrix) => {
                Threads::each(centers.to_vec(), |(j, center)| moments(matrix.column(j), d, center))
            }
            Entries::Sparse { values, shift } => {
                let moved = |&(j, c): &(usize, f64)| (j, c + shift.get(j).copied().unwrap_or(0.0));
                let centers: Vec<(usize, f64)> = centers.iter().map(moved).collect();
                let rows = |i: usize, visit: &mut dyn FnMut(usize, f64)| {
                    let (columns, entries) = values.row(i);
                    columns.iter().zip(entries).for_each(|(&j, &x)| visit(j as usize, x));
                };
                stored_moments(self.columns(), d, total(), &centers, rows)
            }
            Entries::Blocks(blocks) => {
                let dense = |j: usize| blocks.dense_column(j);
                let (written, others): (Vec<_>, Vec<_>) =
                    centers.iter().copied().partition(|&(j, _)| dense(j).is_some());
                let mut of_others = match others.is_empty() {
                    true => Vec::new(),
                    false => {
                        let rows = |i: usize, visit: &mut dyn FnMut(usize, f64)| {
                            blocks.visit_row(i, visit);
                        };
                        stored_moments(self.columns(), d, total(), &others, rows)
                    }
                }
                .into_iter();
                let mut of_written = Threads::each(written, |(j, center)| {
                    dense(j).map_or((0.0, 0.0), |column| moments(column, d, center))
                })
                .into_iter();
                let of = |&(j, _): &(usize, f64)| match dense(j) {
                    Some(_) => of_written.next(),
                    None => of_others.next(),
                };
                centers.iter().filter_map(of).collect()
            }
        }
    }
}

impl Blocks {
    /// The entries of a column of a dense block.
    fn dense_column(&self, j: usize) -> Option<&[f64]> {
        self.placed().find_map(|(first, block)| match block {
            Block::Dense(matrix) if (first..first + matrix.columns()).contains(&j) => {
                Some(matrix.column(j - first))
            }
            _ => None,
        })
    }
}

fn ranges_of_dense(matrix: &Matrix, rows: usize) -> Vec<Option<(f64, f64)>> {
    let of = |j: usize| {
        let column = &matrix.column(j)[..rows];
        let low = column.iter().copied().fold(f64::INFINITY, f64::min);
        (low, column.iter().copied().fold(f64::NEG_INFINITY, f64::max))
    };
    (0..matrix.columns()).map(|j| Some(of(j))).collect()
}

fn ranges_of_sparse(values: &SparseRows, rows: usize) -> Vec<Option<(f64, f64)>> {
    let mut found = vec![(0_usize, f64::INFINITY, f64::NEG_INFINITY); values.columns()];
    for i in 0..rows {
        let (columns, entries) = values.row(i);
        for (&j, &x) in columns.iter().zip(entries) {
            let (count, low, high) = &mut found[j as usize];
            (*count, *low, *high) = (*count + 1, low.min(x), high.max(x));
        }
    }
    let whole = |(count, low, high): (usize, f64, f64)| (count == rows).then_some((low, high));
    found.into_iter().map(whole).collect()
}

fn shifted_dense(matrix: &Matrix, shifts: &[f64]) -> Matrix {
    Matrix::from_fn(matrix.rows(), matrix.columns(), |i, j| matrix[(i, j)] - shifts[j])
}

/// `None` where a column that is to be moved does not store one entry in each row.
fn shifted_sparse(values: &SparseRows, shifts: &[f64]) -> Option<SparseRows> {
    if shifts.iter().all(|&shift| shift == 0.0) {
        return Some(values.clone());
    }
    let (rows, columns) = (values.rows(), values.columns());
    let mut last = vec![0_usize; columns];
    for i in 0..rows {
        for &j in values.row(i).0 {
            // The row after the one in which the column was seen last, as long as it was in all.
            if last[j as usize] == i {
                last[j as usize] = i + 1;
            } else {
                last[j as usize] = usize::MAX;
            }
        }
    }
    if shifts.iter().zip(&last).any(|(&shift, &last)| shift != 0.0 && last != rows) {
        return None;
    }
    let (starts, indices, mut entries) = values.clone().into_parts();
    entries.iter_mut().zip(&indices).for_each(|(x, &j)| *x -= shifts[j as usize]);
    match SparseRows::new((rows, columns), ByRows, starts, indices, entries) {
        Ok(shifted) => Some(shifted),
        Err(error) => unreachable!("the parts are those of a matrix: {error}"),
    }
}

fn shifted_blocks(blocks: &Blocks, shifts: &[f64]) -> Option<Blocks> {
    let of = |(first, block): (usize, &Block)| {
        let shifts = &shifts[first..first + block.columns()];
        match block {
            Block::Dense(matrix) => Some(Block::Dense(shifted_dense(matrix, shifts))),
            Block::Sparse(values) => shifted_sparse(values, shifts).map(Block::Sparse),
            Block::Codes(codes) => {
                shifts.iter().all(|&shift| shift == 0.0).then(|| Block::Codes(codes.clone()))
            }
        }
    };
    blocks.placed().map(of).collect::<Option<Vec<_>>>().map(|all| blocks.with(all))
}

fn moments(column: &[f64], d: &[f64], center: f64) -> (f64, f64) {
    let (mut sum, mut square) = (0.0, 0.0);
    for (x, d) in column.iter().zip(d) {
        let difference = x - center;
        sum += d * difference;
        square += d * difference * difference;
    }
    (sum, square)
}

/// The moments of columns whose zeros are not stored: each of these is the difference `-c`.
fn stored_moments(
    columns: usize,
    d: &[f64],
    total: f64,
    centers: &[(usize, f64)],
    row: impl Fn(usize, &mut dyn FnMut(usize, f64)),
) -> Vec<(f64, f64)> {
    let mut place = vec![usize::MAX; columns];
    centers.iter().enumerate().for_each(|(k, &(j, _))| place[j] = k);
    let mut found = vec![(0.0, 0.0); centers.len()];
    let mut weights = vec![0.0; centers.len()];
    for (i, &d) in d.iter().enumerate() {
        row(i, &mut |j, x| {
            let Some(&(_, center)) = centers.get(place[j]) else { return };
            let (sum, square) = &mut found[place[j]];
            let difference = x - center;
            *sum += d * difference;
            *square += d * difference * difference;
            weights[place[j]] += d;
        });
    }
    for ((k, &(_, center)), (sum, square)) in centers.iter().enumerate().zip(&mut found) {
        // Of a column that is stored in all rows the difference of the weights is rounding.
        let rest = total - weights[k];
        let rest = if rest > 1e-12 * total { rest } else { 0.0 };
        *sum -= rest * center;
        *square += rest * center * center;
    }
    found
}
