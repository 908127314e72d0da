//! Columns of several kinds side by side: dense, sparse, and categories as codes.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, SparseRows};
use ravine_linalg::vector::{dot, weighted_square};

use super::codes::Codes;
use super::gram::{add_gram, gram_of_sparse};
use super::{Design, Entries};

/// Columns of one kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Block {
    Dense(Matrix),
    Sparse(SparseRows),
    Codes(Codes),
}

/// Blocks of as many rows, side by side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Blocks {
    rows: usize,
    blocks: Vec<Block>,
}

impl Block {
    fn rows(&self) -> usize {
        match self {
            Self::Dense(matrix) => matrix.rows(),
            Self::Sparse(values) => values.rows(),
            Self::Codes(codes) => codes.rows(),
        }
    }

    pub(super) fn columns(&self) -> usize {
        match self {
            Self::Dense(matrix) => matrix.columns(),
            Self::Sparse(values) => values.columns(),
            Self::Codes(codes) => codes.levels(),
        }
    }

    /// `g = A'r`.
    fn multiply_transposed(&self, r: &[f64], g: &mut [f64]) {
        match self {
            Self::Dense(matrix) => matrix.measure_columns(g, |column| dot(column, r)),
            Self::Sparse(values) => values.multiply_transposed(r, g),
            Self::Codes(codes) => {
                g.fill(0.0);
                codes.each(|i, level, x| g[level] += x * r[i]);
            }
        }
    }

    /// Calls `visit(column, entry)` for the stored entries of row i.
    fn visit_row(&self, i: usize, mut visit: impl FnMut(usize, f64)) {
        match self {
            Self::Dense(matrix) => (0..matrix.columns()).for_each(|j| visit(j, matrix[(i, j)])),
            Self::Sparse(values) => {
                let (columns, entries) = values.row(i);
                columns.iter().zip(entries).for_each(|(&j, &x)| visit(j as usize, x));
            }
            Self::Codes(codes) => {
                if let Some(level) = codes.level(i) {
                    visit(level, codes.value(i));
                }
            }
        }
    }
}

impl Blocks {
    /// `(first column, block)`.
    pub(super) fn placed(&self) -> impl Iterator<Item = (usize, &Block)> {
        self.blocks.iter().scan(0, |next, block| {
            let first = *next;
            *next += block.columns();
            Some((first, block))
        })
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Stored entries, a code as one.
    pub(super) fn stored(&self) -> usize {
        let of = |block: &Block| match block {
            Block::Dense(matrix) => matrix.entries().len(),
            Block::Sparse(values) => values.stored(),
            Block::Codes(codes) => codes.rows(),
        };
        self.blocks.iter().map(of).sum()
    }

    /// Calls `visit(column, entry)` for the stored entries of row i.
    pub(super) fn visit_row(&self, i: usize, mut visit: impl FnMut(usize, f64)) {
        self.placed().for_each(|(first, block)| block.visit_row(i, |j, x| visit(first + j, x)));
    }

    pub(super) fn to_rows(&self) -> SparseRows {
        let columns: usize = self.blocks.iter().map(Block::columns).sum();
        let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
        for i in 0..self.rows {
            self.visit_row(i, |j, x| {
                indices.push(j as u32);
                values.push(x);
            });
            starts.push(values.len());
        }
        let shape = (self.rows, columns);
        match SparseRows::new(shape, ravine_linalg::matrix::ByRows, starts, indices, values) {
            Ok(rows) => rows,
            Err(error) => unreachable!("the parts were counted here: {error}"),
        }
    }

    pub(super) fn select_rows(&self, rows: &[usize]) -> Self {
        let chosen = |block: &Block| match block {
            Block::Dense(matrix) => {
                Block::Dense(Matrix::from_fn(rows.len(), matrix.columns(), |i, j| {
                    matrix[(rows[i], j)]
                }))
            }
            Block::Sparse(values) => {
                let mut chosen = SparseRows::default();
                chosen.select_rows(values, rows);
                Block::Sparse(chosen)
            }
            Block::Codes(codes) => Block::Codes(codes.select_rows(rows)),
        };
        Self { rows: rows.len(), blocks: self.blocks.iter().map(chosen).collect() }
    }

    pub(super) fn all(&self) -> &[Block] {
        &self.blocks
    }

    pub(super) fn all_mut(&mut self) -> &mut [Block] {
        &mut self.blocks
    }

    /// Other blocks of as many rows.
    pub(super) fn with(&self, blocks: Vec<Block>) -> Self {
        Self { rows: self.rows, blocks }
    }

    pub(super) fn weighted_squares(&self, d: &[f64], squares: &mut [f64]) {
        for (first, block) in self.placed() {
            let squares = &mut squares[first..first + block.columns()];
            match block {
                Block::Dense(matrix) => {
                    matrix.measure_columns(squares, |column| weighted_square(d, column));
                }
                Block::Codes(codes) => {
                    squares.fill(0.0);
                    codes.each(|i, level, x| squares[level] += d[i] * x * x);
                }
                Block::Sparse(values) => {
                    squares.fill(0.0);
                    for (i, &d) in d.iter().enumerate() {
                        let (columns, entries) = values.row(i);
                        for (&j, &x) in columns.iter().zip(entries) {
                            squares[j as usize] += d * x * x;
                        }
                    }
                }
            }
        }
    }

    /// Adds the lower triangle of `X' diag(d) X`, pair of blocks by pair of blocks: the square of codes
    /// is a diagonal, two different ones give a table with an addition a row.
    pub(super) fn gram(&self, d: &[f64], gram: &mut Matrix) {
        let placed: Vec<(usize, &Block)> = self.placed().collect();
        for (k, &(left, a)) in placed.iter().enumerate() {
            self_product(a, left, d, gram);
            for &(below, b) in &placed[k + 1..] {
                // Entries (below + i, left + j) of B' D A.
                match (a, b) {
                    (Block::Dense(a), b) => {
                        let (mut scaled, mut own) = (vec![0.0; d.len()], vec![0.0; b.columns()]);
                        for j in 0..a.columns() {
                            scale(&mut scaled, d, a.column(j));
                            b.multiply_transposed(&scaled, &mut own);
                            let column = &mut gram.column_mut(left + j)[below..below + b.columns()];
                            column.iter_mut().zip(&own).for_each(|(c, own)| *c += own);
                        }
                    }
                    (a, Block::Dense(b)) => {
                        let (mut scaled, mut row) = (vec![0.0; d.len()], vec![0.0; a.columns()]);
                        for i in 0..b.columns() {
                            scale(&mut scaled, d, b.column(i));
                            a.multiply_transposed(&scaled, &mut row);
                            for (j, value) in row.iter().enumerate() {
                                gram[(below + i, left + j)] += value;
                            }
                        }
                    }
                    (Block::Codes(a), Block::Codes(b)) => {
                        a.each(|i, level, x| {
                            if let Some(other) = b.level(i) {
                                gram[(below + other, left + level)] += d[i] * x * b.value(i);
                            }
                        });
                    }
                    (a, b) => {
                        for (i, &d) in d.iter().enumerate() {
                            a.visit_row(i, |j, x| {
                                let column = gram.column_mut(left + j);
                                b.visit_row(i, |l, y| column[below + l] += d * x * y);
                            });
                        }
                    }
                }
            }
        }
    }
}

fn scale(scaled: &mut [f64], d: &[f64], x: &[f64]) {
    scaled.iter_mut().zip(d).zip(x).for_each(|((s, d), x)| *s = d * x);
}

/// Adds the lower triangle of `A' diag(d) A`, A's first column being `first`.
fn self_product(a: &Block, first: usize, d: &[f64], gram: &mut Matrix) {
    if let Block::Codes(codes) = a {
        codes.each(|i, level, x| gram[(first + level, first + level)] += d[i] * x * x);
        return;
    }
    let n = a.columns();
    let mut own = Matrix::zeros(n, n);
    match a {
        Block::Dense(matrix) => add_gram(matrix, d, &mut own),
        Block::Sparse(values) => gram_of_sparse(values, &[], d, &mut own),
        Block::Codes(_) => {}
    }
    for j in 0..n {
        let target = &mut gram.column_mut(first + j)[first + j..first + n];
        target.iter_mut().zip(&own.column(j)[j..]).for_each(|(t, o)| *t += o);
    }
}

impl Design {
    /// A category as indicator columns that are never written out: 4 bytes a row, whatever the number of
    /// levels, and products that cost an addition a row.
    ///
    /// # Panics
    ///
    /// If there is not one name a level.
    ///
    /// ```
    /// use ravine_data::{Codes, Design};
    ///
    /// let codes = Codes::new([Some(0), Some(1), Some(0), None], 2)?;
    /// let x = Design::categorical(codes, vec!["g[b]".into(), "g[c]".into()]);
    /// let mut z = [0.0; 4];
    /// x.multiply(&[2.0, 5.0], &mut z);
    /// assert_eq!(z, [2.0, 5.0, 2.0, 0.0]);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    pub fn categorical(codes: Codes, names: Vec<String>) -> Self {
        assert_eq!(names.len(), codes.levels(), "one name a level");
        let rows = codes.rows();
        let entries = Entries::Blocks(Blocks { rows, blocks: vec![Block::Codes(codes)] });
        Self { entries, names, intercept: false, standardization: None }
    }

    /// The columns of this design and then those of another, each in its own storage.
    ///
    /// # Errors
    ///
    /// If they differ in their number of rows, the other has an intercept, or either was standardized.
    ///
    /// ```
    /// use ravine_data::{Codes, Design};
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let mut x = Design::dense(Matrix::from_rows(&[[1.5], [2.5]]), vec!["x".into()]);
    /// let codes = Codes::new([Some(0), Some(1)], 2)?;
    /// x.append(Design::categorical(codes, vec!["g[b]".into(), "g[c]".into()]))?;
    /// assert_eq!(x.names(), ["x", "g[b]", "g[c]"]);
    /// let mut g = [0.0; 3];
    /// x.multiply_transposed(&[1.0, 10.0], &mut g);
    /// assert_eq!(g, [26.5, 1.0, 10.0]);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    pub fn append(&mut self, other: Self) -> Result<(), ArgumentError> {
        let (rows, given) = (self.rows(), other.rows());
        let allowed = format!("that of the design, {rows}");
        ArgumentError::check(given == rows, "other.rows()", given, &allowed)?;
        if other.intercept || other.standardization.is_some() || self.standardization.is_some() {
            let message = "has an intercept or was standardized: designs are put together before";
            return Err(ArgumentError::new("other", message));
        }
        let blocks_of = |entries: Entries| match entries {
            Entries::Dense(matrix) => vec![Block::Dense(matrix)],
            Entries::Sparse { values, .. } => vec![Block::Sparse(values)],
            Entries::Blocks(blocks) => blocks.blocks,
        };
        let own = std::mem::replace(&mut self.entries, Entries::Dense(Matrix::default()));
        let mut blocks = blocks_of(own);
        blocks.extend(blocks_of(other.entries));
        debug_assert!(blocks.iter().all(|block| block.rows() == rows), "checked above");
        self.entries = Entries::Blocks(Blocks { rows, blocks });
        self.names.extend(other.names);
        Ok(())
    }
}
