//! Products with some of the columns of a design, and squares of all, the intercept left out.

use ravine_linalg::matrix::{Matrix, SparseRows};
use ravine_linalg::vector::{axpy, dot, weighted_square};

use super::gram::{add_gram, gram_of_sparse};
use super::{Design, Entries};

impl Design {
    /// `squares_j = sum_i d_i x_ij^2` over the columns without the intercept: the diagonal of their
    /// weighted Gram matrix.
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
    /// let mut squares = [0.0];
    /// x.weighted_squares(&[1.0, 10.0], &mut squares);
    /// assert_eq!(squares, [41.0]);
    /// ```
    pub fn weighted_squares(&self, d: &[f64], squares: &mut [f64]) {
        assert_eq!(d.len(), self.rows(), "weighted_squares: d has the wrong length");
        assert_eq!(squares.len(), self.columns(), "weighted_squares: a number a column");
        match &self.entries {
            Entries::Dense(matrix) => {
                matrix.measure_columns(squares, |column| weighted_square(d, column));
            }
            Entries::Sparse { values, shift } => {
                squares.fill(0.0);
                let mut products = vec![0.0; shift.len()];
                for (i, &d) in d.iter().enumerate() {
                    let (columns, entries) = values.row(i);
                    for (&j, &x) in columns.iter().zip(entries) {
                        squares[j as usize] += d * x * x;
                        if let Some(product) = products.get_mut(j as usize) {
                            *product += d * x;
                        }
                    }
                }
                let total: f64 = d.iter().sum();
                for ((square, shift), product) in squares.iter_mut().zip(shift).zip(&products) {
                    *square += shift * (shift * total - 2.0 * product);
                }
            }
            Entries::Blocks(blocks) => blocks.weighted_squares(d, squares),
        }
    }

    /// `y = sum_k w_k x_(chosen k)`: the product with some of the columns.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree or there is no such column.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0, 2.0]]), vec!["a".into(), "b".into()]);
    /// let mut y = [0.0];
    /// x.multiply_chosen(&[1], &[10.0], &mut y);
    /// assert_eq!(y, [20.0]);
    /// ```
    pub fn multiply_chosen(&self, chosen: &[usize], w: &[f64], y: &mut [f64]) {
        assert_eq!(chosen.len(), w.len(), "multiply_chosen: a number a chosen column");
        if let Entries::Dense(matrix) = &self.entries {
            y.fill(0.0);
            chosen.iter().zip(w).for_each(|(&j, &w)| axpy(y, w, matrix.column(j)));
            return;
        }
        let mut all = vec![0.0; self.columns()];
        chosen.iter().zip(w).for_each(|(&j, &w)| all[j] = w);
        self.multiply_columns(&all, y);
    }

    /// `g_k = x_(chosen k)' r`: the products of some of the columns.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree or there is no such column.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0, 2.0]]), vec!["a".into(), "b".into()]);
    /// let mut g = [0.0];
    /// x.multiply_chosen_transposed(&[1], &[10.0], &mut g);
    /// assert_eq!(g, [20.0]);
    /// ```
    pub fn multiply_chosen_transposed(&self, chosen: &[usize], r: &[f64], g: &mut [f64]) {
        assert_eq!(chosen.len(), g.len(), "multiply_chosen_transposed: a number a chosen column");
        if let Entries::Dense(matrix) = &self.entries {
            g.iter_mut().zip(chosen).for_each(|(g, &j)| *g = dot(matrix.column(j), r));
            return;
        }
        let mut all = vec![0.0; self.columns()];
        self.multiply_columns_transposed(r, &mut all);
        g.iter_mut().zip(chosen).for_each(|(g, &j)| *g = all[j]);
    }

    /// The weighted Gram matrix of some of the columns, in their order, both triangles.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree or there is no such column.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0, 2.0]]), vec!["a".into(), "b".into()]);
    /// let mut gram = Matrix::zeros(1, 1);
    /// x.gram_of_chosen(&[1], &[4.0], &mut gram);
    /// assert_eq!(gram[(0, 0)], 16.0);
    /// ```
    pub fn gram_of_chosen(&self, chosen: &[usize], d: &[f64], gram: &mut Matrix) {
        let n = chosen.len();
        assert_eq!((gram.rows(), gram.columns()), (n, n), "gram: the result has the wrong shape");
        match &self.entries {
            Entries::Dense(matrix) if n < self.columns() => {
                let columns: Vec<f64> =
                    chosen.iter().flat_map(|&j| matrix.column(j)).copied().collect();
                let part = Matrix::from_entries(self.rows(), n, columns);
                gram.fill(0.0);
                add_gram(&part, d, gram);
            }
            Entries::Blocks(blocks) if n < self.columns() => {
                let mut place = vec![u32::MAX; self.columns()];
                chosen.iter().enumerate().for_each(|(k, &j)| place[j] = k as u32);
                let mut part = SparseRows::default();
                let mut row = Vec::new();
                for i in 0..self.rows() {
                    row.clear();
                    blocks.visit_row(i, |j, x| {
                        if place[j] != u32::MAX {
                            row.push((place[j], x));
                        }
                    });
                    part.push_row(&row);
                }
                gram.fill(0.0);
                gram_of_sparse(&part, &[], d, gram);
            }
            Entries::Sparse { values, shift } if n < self.columns() => {
                let mut place = vec![u32::MAX; self.columns()];
                chosen.iter().enumerate().for_each(|(k, &j)| place[j] = k as u32);
                let mut part = SparseRows::default();
                let mut row = Vec::new();
                for i in 0..self.rows() {
                    let (columns, entries) = values.row(i);
                    let kept = columns.iter().zip(entries).map(|(&j, &x)| (place[j as usize], x));
                    row.clear();
                    row.extend(kept.filter(|&(k, _)| k != u32::MAX));
                    part.push_row(&row);
                }
                let shift: Vec<f64> = if shift.is_empty() {
                    Vec::new()
                } else {
                    chosen.iter().map(|&j| shift[j]).collect()
                };
                gram.fill(0.0);
                gram_of_sparse(&part, &shift, d, gram);
            }
            _ => {
                let all = self.columns();
                let mut full = Matrix::zeros(all, all);
                self.gram_of_columns(d, &mut full);
                for (k, &j) in chosen.iter().enumerate() {
                    for (l, &i) in chosen.iter().enumerate() {
                        gram[(l, k)] = full[(i, j)];
                    }
                }
                return;
            }
        }
        for j in 0..n {
            for i in j + 1..n {
                gram[(j, i)] = gram[(i, j)];
            }
        }
    }
}
