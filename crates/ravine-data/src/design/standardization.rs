//! Columns of mean 0 and standard deviation 1.

use ravine_linalg::ArgumentError;

use super::{Design, Entries};
use ravine_linalg::vector::dot;

/// What the columns of a design, without the intercept, were shifted and divided by.
#[derive(Clone, Debug, PartialEq)]
pub struct Standardization {
    /// What was subtracted from each column; zeros where there is no intercept.
    pub means: Vec<f64>,
    /// What each column was then divided by.
    pub deviations: Vec<f64>,
    intercept: bool,
}

impl Standardization {
    /// Coefficients for the columns as they were.
    ///
    /// ```
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_data::Design;
    ///
    /// // Mean 4, standard deviation 2: the standardized column is (-1, 1).
    /// let mut x = Design::dense(Matrix::from_rows(&[[2.0], [6.0]]), vec!["x".into()]);
    /// x.add_intercept();
    /// x.standardize();
    /// // 10 + 3 (x - 4) / 2 = 4 + 1.5 x
    /// assert_eq!(x.standardization().unwrap().original_units(&[10.0, 3.0]), [4.0, 1.5]);
    /// ```
    pub fn original_units(&self, w: &[f64]) -> Vec<f64> {
        let (first, w) = w.split_at(usize::from(self.intercept));
        let scaled: Vec<f64> = w.iter().zip(&self.deviations).map(|(w, d)| w / d).collect();
        let shift = dot(&self.means, &scaled);
        first.iter().map(|w| w - shift).chain(scaled.iter().copied()).collect()
    }
}

impl Design {
    /// Brings every column but the intercept to standard deviation 1 (with divisor N) and, where
    /// there is an intercept to make up for it, to mean 0. A constant column is not divided.
    /// Coefficients then belong to the standardized columns; see
    /// [`Standardization::original_units`]. Categorical columns are written out. Once only; a later
    /// call does nothing.
    pub fn standardize(&mut self) {
        if self.standardization.is_some() {
            return;
        }
        if let Entries::Blocks(blocks) = &self.entries {
            self.entries = Entries::Sparse { values: blocks.to_rows(), shift: Vec::new() };
        }
        let cases = self.rows() as f64;
        let (means, deviations) = moments(&self.entries, cases);
        let means = if self.intercept { means } else { vec![0.0; means.len()] };
        match &mut self.entries {
            Entries::Dense(matrix) => {
                for (j, (&mean, &deviation)) in means.iter().zip(&deviations).enumerate() {
                    for x in matrix.column_mut(j) {
                        let difference = *x - mean;
                        // The difference of the two largest numbers is none.
                        *x = match difference.is_finite() {
                            true => difference / deviation,
                            false => *x / deviation - mean / deviation,
                        };
                    }
                }
            }
            Entries::Sparse { values, shift } => {
                let factors: Vec<_> = deviations.iter().map(|d| 1.0 / d).collect();
                values.scale_columns(&factors);
                if self.intercept {
                    *shift = means.iter().zip(&deviations).map(|(m, d)| m / d).collect();
                }
            }
            Entries::Blocks(_) => {}
        }
        let intercept = self.intercept;
        self.standardization = Some(Standardization { means, deviations, intercept });
    }

    /// Takes the columns to have been standardized already, with these means and deviations; of a
    /// sparse design with an intercept, to have been divided only, and subtracts the means from now
    /// on.
    ///
    /// ```
    /// use ravine_data::{Columns, Design};
    /// use ravine_linalg::matrix::SparseRows;
    ///
    /// let mut x = SparseRows::default();
    /// x.push_row(&[(0, 6.0)]);
    /// x.push_row(&[]);
    /// let mut x = Design::sparse(x);
    /// x.add_intercept();
    /// x.standardize();
    /// let known = x.standardization().unwrap().clone();
    /// let Columns::Sparse(columns) = x.clone().into_columns() else { unreachable!() };
    /// let mut again = Design::sparse(columns);
    /// again.add_intercept();
    /// again.standardized_before(known.means, known.deviations)?;
    /// assert_eq!(again, x);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is not a mean and a positive deviation for each column but the intercept.
    pub fn standardized_before(
        &mut self,
        means: Vec<f64>,
        deviations: Vec<f64>,
    ) -> Result<(), ArgumentError> {
        let columns = self.names.len() - usize::from(self.intercept);
        let allowed = format!("one a column, {columns}");
        ArgumentError::check(means.len() == columns, "means", means.len(), &allowed)?;
        let given = deviations.len();
        ArgumentError::check(given == columns, "deviations", given, &allowed)?;
        for &deviation in &deviations {
            let positive = deviation > 0.0 && deviation.is_finite();
            ArgumentError::check(positive, "deviations", deviation, "positive")?;
        }
        if let Entries::Sparse { shift, .. } = &mut self.entries
            && self.intercept
        {
            *shift = means.iter().zip(&deviations).map(|(m, d)| m / d).collect();
        }
        let intercept = self.intercept;
        self.standardization = Some(Standardization { means, deviations, intercept });
        Ok(())
    }

    /// What [`standardize`](Self::standardize) did, where it was called.
    pub fn standardization(&self) -> Option<&Standardization> {
        self.standardization.as_ref()
    }
}

/// Mean and standard deviation of each column, in two passes; 1 for the deviation of a constant.
fn moments(entries: &Entries, cases: f64) -> (Vec<f64>, Vec<f64>) {
    // Sums of squares are of columns brought near 1 by a power of two, which changes no digit: those
    // of 1e300 would overflow, those of 1e-300 vanish.
    let columns: Vec<(f64, f64, f64)> = match entries {
        Entries::Blocks(blocks) => {
            let values = blocks.to_rows();
            return moments(&Entries::Sparse { values, shift: Vec::new() }, cases);
        }
        Entries::Dense(matrix) => (0..matrix.columns())
            .map(|j| {
                let column = matrix.column(j);
                let unit = power_of_two(column.iter().fold(0.0, |most, x| x.abs().max(most)));
                let mean = column.iter().map(|x| x / unit).sum::<f64>() / cases;
                let squares: f64 = column.iter().map(|x| (x / unit - mean).powi(2)).sum();
                (unit, mean, squares / cases)
            })
            .collect(),
        Entries::Sparse { values, .. } => {
            let mut units = vec![0.0f64; values.columns()];
            let each = |visit: &mut dyn FnMut(usize, f64)| {
                for i in 0..values.rows() {
                    let (columns, entries) = values.row(i);
                    columns.iter().zip(entries).for_each(|(&j, &x)| visit(j as usize, x));
                }
            };
            each(&mut |j, x| units[j] = units[j].max(x.abs()));
            let units: Vec<f64> = units.into_iter().map(power_of_two).collect();
            let mut means = vec![0.0; units.len()];
            each(&mut |j, x| means[j] += x / units[j] / cases);
            // The entries that are not stored contribute mean^2 each.
            let mut squares = vec![0.0; units.len()];
            let mut stored = vec![0.0; units.len()];
            each(&mut |j, x| {
                squares[j] += (x / units[j] - means[j]).powi(2);
                stored[j] += 1.0;
            });
            (0..units.len())
                .map(|j| {
                    let absent = (cases - stored[j]) * means[j] * means[j];
                    (units[j], means[j], (squares[j] + absent) / cases)
                })
                .collect()
        }
    };
    columns
        .into_iter()
        .map(|(unit, mean, variance)| {
            let deviation = variance.sqrt();
            // A column that is constant up to rounding would be blown up to noise.
            let constant = deviation <= 1e-12 * mean.abs();
            (mean * unit, if constant { 1.0 } else { deviation * unit })
        })
        .unzip()
}

/// The power of two next to a size from below; 1 for 0 and for what has none.
fn power_of_two(size: f64) -> f64 {
    if size.is_normal() { f64::from_bits(size.to_bits() & (0x7ff << 52)) } else { 1.0 }
}
