//! Products with the columns of a design, the intercept left out.

use ravine_linalg::Threads;
use ravine_linalg::matrix::{Matrix, SparseRows};
use ravine_linalg::vector::{axpy, dot};

use super::gram::{add_gram_and_sums, gram_of_sparse};
use super::passes::{Pass, gram_product};
use super::{Design, Entries};

/// Rows of a vector that stay in the first cache while all columns are added to them.
const ROWS: usize = 2048;

impl Design {
    /// The columns without the intercept by rows: for each row the columns whose entries are stored, and
    /// the entries; of a design whose means are subtracted, all of them.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
    /// assert_eq!(x.to_rows().row(1), (&[0][..], &[2.0][..]));
    /// ```
    pub fn to_rows(&self) -> SparseRows {
        match &self.entries {
            Entries::Sparse { values, shift } if shift.is_empty() => values.clone(),
            Entries::Blocks(blocks) => blocks.to_rows(),
            _ => {
                let first = usize::from(self.has_intercept());
                let mut g = vec![0.0; self.coefficients()];
                let mut rows = SparseRows::default();
                for i in 0..self.rows() {
                    self.write_row(i, 1.0, &mut g);
                    let entries: Vec<(u32, f64)> = (0..).zip(g[first..].iter().copied()).collect();
                    rows.push_row(&entries);
                }
                rows
            }
        }
    }

    /// The number of columns without the intercept.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let mut x = Design::dense(Matrix::from_rows(&[[1.0, 2.0]]), vec!["a".into(), "b".into()]);
    /// x.add_intercept();
    /// assert_eq!((x.coefficients(), x.columns()), (3, 2));
    /// ```
    pub fn columns(&self) -> usize {
        self.coefficients() - usize::from(self.has_intercept())
    }

    /// The number of stored entries, without the intercept: what a product costs.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0, 0.0]]), vec!["a".into(), "b".into()]);
    /// assert_eq!(x.stored(), 2);
    /// ```
    pub fn stored(&self) -> usize {
        match &self.entries {
            Entries::Dense(matrix) => matrix.entries().len(),
            Entries::Sparse { values, .. } => values.stored(),
            Entries::Blocks(blocks) => blocks.stored(),
        }
    }

    /// `y = X w` over the columns without the intercept.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let mut x = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
    /// x.add_intercept();
    /// let mut y = [0.0; 2];
    /// x.multiply_columns(&[3.0], &mut y);
    /// assert_eq!(y, [3.0, 6.0]);
    /// ```
    pub fn multiply_columns(&self, w: &[f64], y: &mut [f64]) {
        assert_eq!(w.len(), self.columns(), "multiply_columns: w has the wrong length");
        assert_eq!(y.len(), self.rows(), "multiply_columns: y has the wrong length");
        match &self.entries {
            Entries::Dense(matrix) => multiply_dense(matrix, w, y),
            Entries::Sparse { values, shift } => {
                values.multiply(w, y);
                if !shift.is_empty() {
                    let constant = dot(shift, w);
                    y.iter_mut().for_each(|y| *y -= constant);
                }
            }
            Entries::Blocks(blocks) => blocks.multiply(w, y),
        }
    }

    /// `g = X' r` over the columns without the intercept.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
    /// let mut g = [0.0];
    /// x.multiply_columns_transposed(&[1.0, 1.0], &mut g);
    /// assert_eq!(g, [3.0]);
    /// ```
    pub fn multiply_columns_transposed(&self, r: &[f64], g: &mut [f64]) {
        assert_eq!(r.len(), self.rows(), "multiply_columns_transposed: r has the wrong length");
        assert_eq!(g.len(), self.columns(), "multiply_columns_transposed: g has the wrong length");
        match &self.entries {
            Entries::Dense(matrix) => matrix.measure_columns(g, |column| dot(column, r)),
            Entries::Sparse { values, shift } => {
                values.multiply_transposed(r, g);
                if !shift.is_empty() {
                    let sum: f64 = r.iter().sum();
                    g.iter_mut().zip(shift).for_each(|(g, shift)| *g -= shift * sum);
                }
            }
            Entries::Blocks(blocks) => blocks.multiply_transposed(r, g),
        }
    }

    /// `g = X'r` with `r = diag(d) (X w + constant)` over the columns without the intercept, and the sum of
    /// r: the product of `X' diag(d) X` with w, the intercept being `constant`. Rows are read once.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
    /// let mut g = [0.0];
    /// assert_eq!(x.multiply_gram_of_columns(&[1.0, 10.0], 1.0, &[3.0], &mut g), 74.0);
    /// assert_eq!(g, [144.0]);
    /// ```
    pub fn multiply_gram_of_columns(
        &self,
        d: &[f64],
        constant: f64,
        w: &[f64],
        g: &mut [f64],
    ) -> f64 {
        let n = self.columns();
        assert_eq!(d.len(), self.rows(), "multiply_gram: d has the wrong length");
        assert_eq!((w.len(), g.len()), (n, n), "multiply_gram: w or g has the wrong length");
        match &self.entries {
            Entries::Dense(matrix) => gram_product(&Pass::dense(matrix), d, constant, w, g),
            Entries::Blocks(blocks) => gram_product(&Pass::new(blocks), d, constant, w, g),
            Entries::Sparse { values, shift } => {
                let constant = constant - if shift.is_empty() { 0.0 } else { dot(shift, w) };
                let sum = gram_product(&Pass::sparse(values), d, constant, w, g);
                g.iter_mut().zip(shift).for_each(|(g, shift)| *g -= shift * sum);
                sum
            }
        }
    }

    /// `y_k = X w_k` for all k, over the columns without the intercept.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
    /// let mut y = [vec![0.0; 2], vec![0.0; 2]];
    /// x.multiply_columns_all(&[vec![3.0], vec![5.0]], &mut y);
    /// assert_eq!(y, [vec![3.0, 6.0], vec![5.0, 10.0]]);
    /// ```
    pub fn multiply_columns_all(&self, w: &[Vec<f64>], y: &mut [Vec<f64>]) {
        match &self.entries {
            Entries::Dense(matrix) => matrix.multiply_all(w, y),
            _ => w.iter().zip(y).for_each(|(w, y)| self.multiply_columns(w, y)),
        }
    }

    /// `g_k = X'r_k` for all k, over the columns without the intercept.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
    /// let mut g = [vec![0.0], vec![0.0]];
    /// x.multiply_columns_transposed_all(&[vec![1.0, 1.0], vec![1.0, -1.0]], &mut g);
    /// assert_eq!(g, [[3.0], [-1.0]]);
    /// ```
    pub fn multiply_columns_transposed_all(&self, r: &[Vec<f64>], g: &mut [Vec<f64>]) {
        match &self.entries {
            Entries::Dense(matrix) => matrix.multiply_transposed_all(r, g),
            _ => r.iter().zip(g).for_each(|(r, g)| self.multiply_columns_transposed(r, g)),
        }
    }

    /// The weighted Gram matrix `X' diag(d) X` of the columns without the intercept, both triangles.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
    /// let mut gram = Matrix::zeros(1, 1);
    /// x.gram_of_columns(&[1.0, -0.5], &mut gram);
    /// assert_eq!(gram[(0, 0)], -1.0);
    /// ```
    pub fn gram_of_columns(&self, d: &[f64], gram: &mut Matrix) {
        self.gram_with(d, gram, &mut []);
    }

    /// The same, and `sums = X'd`, which takes no pass of its own where the columns are dense.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
    /// let (mut gram, mut sums) = (Matrix::zeros(1, 1), [0.0]);
    /// x.gram_and_sums(&[1.0, 0.25], &mut gram, &mut sums);
    /// assert_eq!((gram[(0, 0)], sums), (2.0, [1.5]));
    /// ```
    pub fn gram_and_sums(&self, d: &[f64], gram: &mut Matrix, sums: &mut [f64]) {
        assert_eq!(sums.len(), self.columns(), "gram: the sums have the wrong length");
        if let Entries::Dense(_) = self.entries {
            sums.fill(0.0);
            self.gram_with(d, gram, sums);
        } else {
            self.gram_with(d, gram, &mut []);
            self.multiply_columns_transposed(d, sums);
        }
    }

    /// Adds the lower triangle of `X' diag(d) X` to `gram` and `X'd` to `sums`: what batches of rows give one
    /// after the other, at the cost of their own rows alone.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let (mut gram, mut sums) = (Matrix::zeros(1, 1), [0.0]);
    /// for batch in [[[1.0], [2.0]], [[3.0], [4.0]]] {
    ///     let x = Design::dense(Matrix::from_rows(&batch), vec!["x".into()]);
    ///     x.add_gram_and_sums(&[1.0, 0.5], &mut gram, &mut sums);
    /// }
    /// assert_eq!((gram[(0, 0)], sums), (20.0, [7.0]));
    /// ```
    pub fn add_gram_and_sums(&self, d: &[f64], gram: &mut Matrix, sums: &mut [f64]) {
        assert_eq!(sums.len(), self.columns(), "gram: the sums have the wrong length");
        if let Entries::Dense(_) = self.entries {
            self.add_gram_with(d, gram, sums);
        } else {
            self.add_gram_with(d, gram, &mut []);
            let mut own = vec![0.0; sums.len()];
            self.multiply_columns_transposed(d, &mut own);
            axpy(sums, 1.0, &own);
        }
    }

    fn gram_with(&self, d: &[f64], gram: &mut Matrix, sums: &mut [f64]) {
        gram.fill(0.0);
        self.add_gram_with(d, gram, sums);
        for j in 0..gram.columns() {
            for i in j + 1..gram.columns() {
                gram[(j, i)] = gram[(i, j)];
            }
        }
    }

    /// Adds the lower triangle.
    fn add_gram_with(&self, d: &[f64], gram: &mut Matrix, sums: &mut [f64]) {
        let n = self.columns();
        assert_eq!(d.len(), self.rows(), "gram: d has the wrong length");
        assert_eq!((gram.rows(), gram.columns()), (n, n), "gram: the result has the wrong shape");
        match &self.entries {
            Entries::Dense(matrix) => add_gram_and_sums(matrix, d, gram, sums),
            Entries::Sparse { values, shift } => gram_of_sparse(values, shift, d, gram),
            Entries::Blocks(blocks) => blocks.gram(d, gram),
        }
    }
}

/// `y = A w`, block of rows by block of rows, which are split among threads.
pub(super) fn multiply_dense(a: &Matrix, w: &[f64], y: &mut [f64]) {
    let parts = Threads::current().parts(a.entries().len());
    let size = y.len().div_ceil(parts).max(1).next_multiple_of(ROWS);
    let blocks = |(k, y): (usize, &mut [f64])| {
        for (l, y) in y.chunks_mut(ROWS).enumerate() {
            let first = k * size + l * ROWS;
            y.fill(0.0);
            for (j, &w) in w.iter().enumerate().filter(|(_, w)| **w != 0.0) {
                axpy(y, w, &a.column(j)[first..first + y.len()]);
            }
        }
    };
    if size >= y.len() {
        blocks((0, y));
    } else {
        Threads::each(y.chunks_mut(size).enumerate().collect(), blocks);
    }
}
