//! Products of factors as blocks of a design.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{ByRows, Matrix, SparseRows};

use super::category::NONE;
use super::factor::FactorColumns;
use crate::{Codes, DataError, Design};

use super::position::FORMULA;

/// Most columns of one term.
pub(super) const MOST_COLUMNS: usize = 1 << 24;

/// A design that grows from left to right: dense columns side by side become one matrix.
pub(super) struct Growing {
    rows: usize,
    design: Option<Design>,
    dense: Vec<Vec<f64>>,
    names: Vec<String>,
}

impl Growing {
    pub(super) fn new(rows: usize) -> Self {
        Self { rows, design: None, dense: Vec::new(), names: Vec::new() }
    }

    pub(super) fn finish(mut self, intercept: bool) -> Result<Design, DataError> {
        self.flush()?;
        let empty = || Design::dense(Matrix::zeros(self.rows, 0), Vec::new());
        let mut design = self.design.unwrap_or_else(empty);
        if intercept {
            design.add_intercept();
        }
        Ok(design)
    }

    fn flush(&mut self) -> Result<(), DataError> {
        if self.dense.is_empty() {
            return Ok(());
        }
        let columns = std::mem::take(&mut self.dense);
        let matrix = Matrix::from_entries(self.rows, columns.len(), columns.concat());
        let names = std::mem::take(&mut self.names);
        self.append(Design::dense(matrix, names))
    }

    fn append(&mut self, block: Design) -> Result<(), DataError> {
        match &mut self.design {
            Some(design) => design.append(block).map_err(|error| unsound(&error)),
            None => {
                self.design = Some(block);
                Ok(())
            }
        }
    }

    /// Adds the product of some factors times a number: a column for each choice of a column of each, those
    /// of the first factor changing fastest.
    pub(super) fn multiply(
        &mut self,
        factors: &[FactorColumns],
        scale: f64,
        names: Vec<String>,
    ) -> Result<(), DataError> {
        if names.is_empty() {
            return Ok(());
        }
        let coded = factors.iter().any(|factor| matches!(factor, FactorColumns::Codes { .. }));
        if !coded {
            self.dense.extend(dense_product(factors, scale, self.rows));
            self.names.extend(names);
            return Ok(());
        }
        self.flush()?;
        let single = |factor: &FactorColumns| match factor {
            FactorColumns::Codes { .. } => true,
            FactorColumns::Dense(columns) => columns.len() == 1,
        };
        if factors.iter().all(single) {
            let codes = code_product(factors, self.rows);
            let values = value_product(factors, scale, self.rows);
            let codes = Codes::new(codes, names.len()).map_err(|error| unsound(&error))?;
            let codes = match values {
                Some(values) => codes.with_values(values).map_err(|error| unsound(&error))?,
                None => codes,
            };
            return self.append(Design::categorical(codes, names));
        }
        let rows = sparse_product(factors, scale, (self.rows, names.len()))
            .map_err(|error| unsound(&error))?;
        self.append(Design::sparse(rows).with_names(names))
    }
}

/// An error of parts that were counted here.
fn unsound(error: &ArgumentError) -> DataError {
    DataError::of_file(FORMULA, error.to_string())
}

/// The names of a product, those of the first factor changing fastest.
pub(super) fn product_names(factors: &[Vec<String>]) -> Vec<String> {
    let Some((first, rest)) = factors.split_first() else { return Vec::new() };
    let mut names = first.clone();
    for factor in rest {
        let with = |name: &String| names.iter().map(|left| format!("{left}:{name}")).collect();
        names = factor.iter().flat_map(|name| -> Vec<String> { with(name) }).collect();
    }
    names
}

fn dense_product(factors: &[FactorColumns], scale: f64, rows: usize) -> Vec<Vec<f64>> {
    let mut product = vec![vec![scale; rows]];
    for factor in factors {
        let FactorColumns::Dense(columns) = factor else { continue };
        let times = |a: &Vec<f64>, b: &Vec<f64>| a.iter().zip(b).map(|(a, b)| a * b).collect();
        product = columns.iter().flat_map(|b| product.iter().map(move |a| times(a, b))).collect();
    }
    product
}

/// The place of each row among the choices of levels.
fn code_product(factors: &[FactorColumns], rows: usize) -> Vec<Option<u32>> {
    let mut product = vec![Some(0u32); rows];
    let mut stride = 1u32;
    for factor in factors {
        let FactorColumns::Codes { codes, count } = factor else { continue };
        for (place, &code) in product.iter_mut().zip(codes) {
            *place = place.filter(|_| code != NONE).map(|place| place + code * stride);
        }
        stride *= *count as u32;
    }
    product
}

/// What stands in place of the ones, where it is not ones.
fn value_product(factors: &[FactorColumns], scale: f64, rows: usize) -> Option<Vec<f64>> {
    let dense = |factor: &&FactorColumns| matches!(factor, FactorColumns::Dense(_));
    if scale == 1.0 && !factors.iter().any(|factor| dense(&factor)) {
        return None;
    }
    dense_product(factors, scale, rows).pop()
}

/// The general case: a category times several columns of numbers.
fn sparse_product(
    factors: &[FactorColumns],
    scale: f64,
    shape: (usize, usize),
) -> Result<SparseRows, ArgumentError> {
    let (mut starts, mut indices, mut entries) = (vec![0], Vec::new(), Vec::new());
    let mut row: Vec<(usize, f64)> = Vec::new();
    let mut next = Vec::new();
    for i in 0..shape.0 {
        row.clear();
        row.push((0, scale));
        let mut stride = 1;
        for factor in factors {
            next.clear();
            match factor {
                FactorColumns::Codes { codes, count } => {
                    if codes[i] != NONE {
                        let shift = codes[i] as usize * stride;
                        next.extend(row.iter().map(|&(place, x)| (place + shift, x)));
                    }
                    stride *= count;
                }
                FactorColumns::Dense(columns) => {
                    for (j, column) in columns.iter().enumerate() {
                        let entry =
                            |&(place, x): &(usize, f64)| (place + j * stride, x * column[i]);
                        next.extend(row.iter().map(entry));
                    }
                    stride *= columns.len();
                }
            }
            std::mem::swap(&mut row, &mut next);
        }
        indices.extend(row.iter().map(|&(place, _)| place as u32));
        entries.extend(row.iter().map(|&(_, x)| x));
        starts.push(entries.len());
    }
    SparseRows::new(shape, ByRows, starts, indices, entries)
}
