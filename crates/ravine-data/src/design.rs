//! Design matrices.

mod blocks;
mod centring;
mod chosen;
mod codes;
mod gram;
mod operator;
mod passes;
mod products;
mod standardization;

pub use codes::Codes;
pub use standardization::Standardization;

use blocks::Blocks;

use ravine_linalg::matrix::{Matrix, SparseRows};

/// The matrix X of a linear predictor `X w`: a row a case, a column a coefficient; dense, or
/// sparse by rows; with or without a first column of ones.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_data::Design;
///
/// let mut x = Design::dense(Matrix::from_rows(&[[1.0], [2.0], [6.0]]), vec!["x".into()]);
/// x.add_intercept();
/// let mut predictor = [0.0; 3];
/// x.multiply(&[10.0, 2.0], &mut predictor);
/// assert_eq!(predictor, [12.0, 14.0, 22.0]);
/// let mut products = [0.0; 2];
/// x.multiply_transposed(&[1.0, 1.0, 1.0], &mut products);
/// assert_eq!(products, [3.0, 9.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    entries: Entries,
    names: Vec<String>,
    intercept: bool,
    standardization: Option<Standardization>,
}

impl Default for Design {
    /// No rows and no columns.
    fn default() -> Self {
        Self::dense(Matrix::default(), Vec::new())
    }
}

/// The columns of a design without the intercept, as they are stored: see [`Design::into_columns`].
#[derive(Clone, Debug, PartialEq)]
pub enum Columns {
    /// All entries.
    Dense(Matrix),
    /// Those that are not zero; of standardized columns divided, but not shifted.
    Sparse(SparseRows),
}

#[derive(Clone, Debug, PartialEq)]
enum Entries {
    Dense(Matrix),
    /// The columns are `values - 1 shift'`: subtracting a mean from each entry would fill the
    /// zeros in. Empty where nothing is subtracted.
    Sparse {
        values: SparseRows,
        shift: Vec<f64>,
    },
    /// Side by side.
    Blocks(Blocks),
}

impl Design {
    /// A dense design, without intercept.
    ///
    /// # Panics
    ///
    /// If there is not one name a column.
    pub fn dense(entries: Matrix, names: Vec<String>) -> Self {
        assert_eq!(names.len(), entries.columns(), "one name a column");
        let entries = Entries::Dense(entries);
        Self { entries, names, intercept: false, standardization: None }
    }

    /// The same with other names of the columns, without that of the intercept.
    ///
    /// # Panics
    ///
    /// If there is not one name a column.
    #[must_use]
    pub fn with_names(mut self, names: Vec<String>) -> Self {
        let first = usize::from(self.intercept);
        assert_eq!(names.len(), self.names.len() - first, "one name a column");
        self.names.splice(first.., names);
        self
    }

    /// A sparse design, without intercept; the columns are called `x1`, `x2`, ...
    pub fn sparse(values: SparseRows) -> Self {
        let names = (1..=values.columns()).map(|j| format!("x{j}")).collect();
        let entries = Entries::Sparse { values, shift: Vec::new() };
        Self { entries, names, intercept: false, standardization: None }
    }

    /// Puts a column of ones first, once.
    pub fn add_intercept(&mut self) {
        if !self.intercept {
            self.intercept = true;
            self.names.insert(0, "(intercept)".to_owned());
        }
    }

    /// The columns without the intercept, as they are stored; side by side with categorical ones, as a
    /// sparse matrix.
    pub fn into_columns(self) -> Columns {
        match self.entries {
            Entries::Dense(matrix) => Columns::Dense(matrix),
            Entries::Sparse { values, .. } => Columns::Sparse(values),
            Entries::Blocks(blocks) => Columns::Sparse(blocks.to_rows()),
        }
    }

    /// The number of cases N.
    pub fn rows(&self) -> usize {
        match &self.entries {
            Entries::Dense(matrix) => matrix.rows(),
            Entries::Sparse { values, .. } => values.rows(),
            Entries::Blocks(blocks) => blocks.rows(),
        }
    }

    /// The number of coefficients n, the intercept included.
    pub fn coefficients(&self) -> usize {
        self.names.len()
    }

    /// The names of the coefficients.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the first column is of ones.
    pub fn has_intercept(&self) -> bool {
        self.intercept
    }

    /// Whether zeros are not stored, in some columns at least.
    pub fn is_sparse(&self) -> bool {
        !matches!(self.entries, Entries::Dense(_))
    }

    /// `(w_0, w)` as the intercept, or 0, and the rest.
    fn split<'w>(&self, w: &'w [f64]) -> (f64, &'w [f64]) {
        match w.split_first() {
            Some((&first, rest)) if self.intercept => (first, rest),
            _ => (0.0, w),
        }
    }

    /// The linear predictor `y = X w`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply(&self, w: &[f64], y: &mut [f64]) {
        assert_eq!(w.len(), self.coefficients(), "multiply: w has the wrong length");
        let (constant, w) = self.split(w);
        self.multiply_columns(w, y);
        if constant != 0.0 {
            for y in y {
                *y += constant;
            }
        }
    }

    /// `g = X' r`.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn multiply_transposed(&self, r: &[f64], g: &mut [f64]) {
        assert_eq!(g.len(), self.coefficients(), "multiply_transposed: g has the wrong length");
        let g = match g.split_first_mut() {
            Some((first, rest)) if self.intercept => {
                *first = r.iter().sum();
                rest
            }
            _ => g,
        };
        self.multiply_columns_transposed(r, g);
    }

    /// The weighted Gram matrix `X' diag(d) X`, both triangles.
    ///
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn gram(&self, d: &[f64], gram: &mut Matrix) {
        let n = self.coefficients();
        assert_eq!((gram.rows(), gram.columns()), (n, n), "gram: the result has the wrong shape");
        let first = usize::from(self.intercept);
        let mut columns = Matrix::zeros(n - first, n - first);
        self.gram_of_columns(d, &mut columns);
        for j in 0..columns.columns() {
            gram.column_mut(first + j)[first..].copy_from_slice(columns.column(j));
        }
        if self.intercept {
            let mut products = vec![0.0; n];
            self.multiply_transposed(d, &mut products);
            for (j, &product) in products.iter().enumerate() {
                (gram[(0, j)], gram[(j, 0)]) = (product, product);
            }
        }
    }

    /// Writes rows `first`, `first + 1`, ... of X, each times its factor, into the first rows of
    /// `matrix`: as many as there are factors.
    ///
    /// # Panics
    ///
    /// If X or `matrix` has too few rows, or `matrix` another number of columns than X.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0], [2.0], [6.0]]), vec!["x".into()]);
    /// let mut rows = Matrix::zeros(2, 1);
    /// x.write(1, &[10.0, 1.0], &mut rows);
    /// assert_eq!(rows.column(0), [20.0, 6.0]);
    /// ```
    pub fn write(&self, first: usize, factors: &[f64], matrix: &mut Matrix) {
        assert_eq!(matrix.columns(), self.coefficients(), "write: a column a coefficient");
        let count = factors.len();
        assert!(first + count <= self.rows(), "write: there are not so many rows");
        let left = usize::from(self.intercept);
        if self.intercept {
            matrix.column_mut(0)[..count].copy_from_slice(factors);
        }
        match &self.entries {
            Entries::Dense(entries) => {
                for j in 0..entries.columns() {
                    let target = &mut matrix.column_mut(left + j)[..count];
                    let source = &entries.column(j)[first..first + count];
                    for ((t, &x), factor) in target.iter_mut().zip(source).zip(factors) {
                        *t = factor * x;
                    }
                }
            }
            Entries::Sparse { values, shift } => {
                for j in 0..values.columns() {
                    let shift = shift.get(j).copied().unwrap_or(0.0);
                    let target = &mut matrix.column_mut(left + j)[..count];
                    for (t, factor) in target.iter_mut().zip(factors) {
                        *t = -factor * shift;
                    }
                }
                for (i, factor) in factors.iter().enumerate() {
                    let (columns, entries) = values.row(first + i);
                    for (&j, &x) in columns.iter().zip(entries) {
                        matrix[(i, left + j as usize)] += factor * x;
                    }
                }
            }
            Entries::Blocks(blocks) => {
                for j in left..matrix.columns() {
                    matrix.column_mut(j)[..count].fill(0.0);
                }
                for (i, factor) in factors.iter().enumerate() {
                    blocks.visit_row(first + i, |j, x| matrix[(i, left + j)] += factor * x);
                }
            }
        }
    }

    /// `g = factor x_i`, with `x_i` row i of X.
    ///
    /// # Panics
    ///
    /// If there is no such row, or `g` has another length than the rows.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let mut x = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
    /// x.add_intercept();
    /// let mut g = [0.0; 2];
    /// x.write_row(1, 3.0, &mut g);
    /// assert_eq!(g, [3.0, 6.0]);
    /// ```
    pub fn write_row(&self, i: usize, factor: f64, g: &mut [f64]) {
        assert_eq!(g.len(), self.coefficients(), "write_row: g has the wrong length");
        let left = usize::from(self.intercept);
        if self.intercept {
            g[0] = factor;
        }
        let g = &mut g[left..];
        match &self.entries {
            Entries::Dense(entries) => {
                for (j, g) in g.iter_mut().enumerate() {
                    *g = factor * entries[(i, j)];
                }
            }
            Entries::Sparse { values, shift } => {
                g.fill(0.0);
                for (g, shift) in g.iter_mut().zip(shift) {
                    *g = -factor * shift;
                }
                let (columns, entries) = values.row(i);
                for (&j, &x) in columns.iter().zip(entries) {
                    g[j as usize] += factor * x;
                }
            }
            Entries::Blocks(blocks) => {
                g.fill(0.0);
                blocks.visit_row(i, |j, x| g[j] += factor * x);
            }
        }
    }

    /// Copies the named rows, in their order, to `subset`, which keeps its memory. Names of columns
    /// and intercept come along.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// let x = Design::dense(Matrix::from_rows(&[[1.0], [2.0], [6.0]]), vec!["x".into()]);
    /// let mut subset = Design::default();
    /// x.select_rows(&[2, 0, 2], &mut subset);
    /// let mut predictor = [0.0; 3];
    /// subset.multiply(&[1.0], &mut predictor);
    /// assert_eq!(predictor, [6.0, 1.0, 6.0]);
    /// ```
    pub fn select_rows(&self, rows: &[usize], subset: &mut Self) {
        subset.names.clone_from(&self.names);
        subset.intercept = self.intercept;
        subset.standardization.clone_from(&self.standardization);
        match (&self.entries, &mut subset.entries) {
            (Entries::Dense(entries), Entries::Dense(chosen)) => {
                chosen.resize(rows.len(), entries.columns());
                for j in 0..entries.columns() {
                    let column = entries.column(j);
                    for (t, &i) in chosen.column_mut(j).iter_mut().zip(rows) {
                        *t = column[i];
                    }
                }
            }
            (
                Entries::Sparse { values, shift },
                Entries::Sparse { values: chosen, shift: chosen_shift },
            ) => {
                chosen_shift.clone_from(shift);
                chosen.select_rows(values, rows);
            }
            (Entries::Blocks(blocks), chosen) => {
                *chosen = Entries::Blocks(blocks.select_rows(rows));
            }
            (Entries::Dense(_), chosen) => {
                *chosen = Entries::Dense(Matrix::default());
                self.select_rows(rows, subset);
            }
            (Entries::Sparse { .. }, chosen) => {
                *chosen = Entries::Sparse { values: SparseRows::default(), shift: Vec::new() };
                self.select_rows(rows, subset);
            }
        }
    }
}
