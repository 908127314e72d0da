//! Sparse Hessians from products with few directions.

use super::colouring::StarColouring;
use super::dual::{Dual, LANES};
use super::pass::{Body, Pass};
use super::pattern::hessian_pattern;
use crate::objective::Evaluation;
use ravine_linalg::FunctionError;
use ravine_linalg::matrix::SparseMatrix;

/// How the entries of a Hessian with a given pattern are read from products with the colours of a
/// star colouring.
pub(super) struct Compression {
    column_starts: Vec<usize>,
    row_indices: Vec<usize>,
    colours: Vec<u32>,
    colour_count: usize,
    /// Stored entries and the rows they are read at, those of colour c at
    /// `reads[read_starts[c]..read_starts[c + 1]]`.
    reads: Vec<(usize, usize)>,
    read_starts: Vec<usize>,
}

impl Compression {
    /// Colours a symmetric pattern.
    pub fn of(pattern: &SparseMatrix) -> Self {
        let colouring = StarColouring::of(pattern.column_starts(), pattern.row_indices());
        let mut reads = Vec::with_capacity(pattern.stored());
        for j in 0..pattern.columns() {
            let range = pattern.column_starts()[j]..pattern.column_starts()[j + 1];
            for (entry, &i) in range.clone().zip(&pattern.row_indices()[range]) {
                let (colour, row) = colouring.place(i, j);
                reads.push((colour, entry, row));
            }
        }
        reads.sort_unstable();
        let read_starts = (0..=colouring.count)
            .map(|c| reads.partition_point(|&(colour, ..)| (colour as usize) < c))
            .collect();
        Self {
            column_starts: pattern.column_starts().to_vec(),
            row_indices: pattern.row_indices().to_vec(),
            colours: colouring.colours,
            colour_count: colouring.count,
            reads: reads.into_iter().map(|(_, entry, row)| (entry, row)).collect(),
            read_starts,
        }
    }

    /// Whether this was made for the pattern of `matrix`.
    pub fn fits(&self, matrix: &SparseMatrix) -> bool {
        self.column_starts == matrix.column_starts() && self.row_indices == matrix.row_indices()
    }

    /// Writes the Hessian at x, [`LANES`] directions a sweep. One more direction, with no zeros,
    /// checks that the pattern has all entries there are.
    ///
    /// # Errors
    ///
    /// If it has not.
    pub fn hessian<B: Body>(
        &self,
        body: &B,
        pass: &mut Pass<Dual<LANES>>,
        x: &[f64],
        hessian: &mut SparseMatrix,
    ) -> Evaluation {
        for first in (0..=self.colour_count).step_by(LANES) {
            let direction = |i: usize, k: usize| match first + k {
                c if c < self.colour_count => f64::from(self.colours[i] as usize == c),
                c if c == self.colour_count => probe(i),
                _ => 0.0,
            };
            let variables = x
                .iter()
                .enumerate()
                .map(|(i, &x)| Dual::new(x, std::array::from_fn(|k| direction(i, k))));
            let (_, slopes) = pass.run(body, variables)?;
            for (c, k) in (first..self.colour_count).zip(0..LANES) {
                let reads = &self.reads[self.read_starts[c]..self.read_starts[c + 1]];
                for &(entry, row) in reads {
                    hessian.values_mut()[entry] = slopes[row].tangents[k];
                }
            }
            if (first..first + LANES).contains(&self.colour_count) {
                let k = self.colour_count - first;
                let product = slopes.iter().map(|s| s.tangents[k]);
                if disagrees(hessian, product) {
                    return self.search_missing(body, x);
                }
            }
        }
        Ok(())
    }

    /// Whether the disagreement is more than rounding: whether there are entries at x that the
    /// pattern lacks.
    fn search_missing<B: Body>(&self, body: &B, x: &[f64]) -> Evaluation {
        let Some(here) = hessian_pattern(body, x, usize::MAX) else { return Ok(()) };
        for j in 0..x.len() {
            let known = &self.row_indices[self.column_starts[j]..self.column_starts[j + 1]];
            if let Some(i) = here.column(j).0.iter().find(|i| known.binary_search(i).is_err()) {
                return Err(FunctionError::from(format!(
                    "the Hessian has an entry in row {i} and column {j} that its pattern lacks, \
                     since the function takes another branch at this point; use Hessian products \
                     or the dense Hessian"
                )));
            }
        }
        Ok(())
    }
}

/// The checking direction: entries between 1 and 2 without a pattern of their own.
fn probe(i: usize) -> f64 {
    1.0 + (i as f64 * 0.618_033_988_749_894_9).fract()
}

/// Whether `H probe` differs from `product` by more than rounding is likely to make.
fn disagrees(hessian: &SparseMatrix, product: impl Iterator<Item = f64>) -> bool {
    // H is symmetric, so that a column of it serves as the row.
    product.enumerate().any(|(i, product)| {
        let (columns, values) = hessian.column(i);
        let (mut sum, mut size) = (0.0, product.abs());
        for (&j, &h) in columns.iter().zip(values) {
            sum += h * probe(j);
            size += (h * probe(j)).abs();
        }
        (sum - product).abs() > 1e-8 * size
    })
}
