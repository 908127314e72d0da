//! The curvature of each block of the parameters by itself.

use std::ops::Range;

use ravine::spectrum::{
    Estimate, SpectrumEnd, SpectrumError, ThickRestartLanczos, TraceEstimator, Which,
};
use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, SymmetricEigen};
use ravine_linalg::operator::{Algebra, LinearOperator};

/// How the blocks on the diagonal of a curvature are measured, each the curvature in one block of the parameters while
/// the others are held.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_nn::BlockSpectra;
///
/// let a = Matrix::from_rows(&[[2.0, 1.0, 9.0], [1.0, 2.0, 9.0], [9.0, 9.0, 5.0]]);
/// let found = BlockSpectra::default().measure(&&a, &[0..2, 2..3])?;
/// assert!((found[0].largest - 3.0).abs() < 1e-14 && found[0].trace.value == 4.0);
/// assert_eq!((found[1].largest, found[1].trace.value), (5.0, 5.0));
/// # Ok::<(), ravine::spectrum::SpectrumError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlockSpectra {
    /// Up to so many entries a block is formed, and all its eigenvalues are found. Default 100.
    pub exact: usize,
    /// Of a larger one, most products for its largest eigenvalue, and as many for its trace. Default 100.
    pub products: usize,
    /// The residual of an eigenvalue that is small enough, relative to it. Default `1e-6`.
    pub tolerance: f64,
    /// The seed of random vectors. Default 1.
    pub seed: u64,
}

impl Default for BlockSpectra {
    fn default() -> Self {
        Self { exact: 100, products: 100, tolerance: 1e-6, seed: 1 }
    }
}

/// What is known of a block.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct BlockSpectrum {
    /// Entries.
    pub dimension: usize,
    /// The largest eigenvalue, or the largest Ritz value, which is at most that.
    pub largest: f64,
    /// How far an eigenvalue may be from it.
    pub residual: f64,
    /// Whether that is as small as was asked for.
    pub converged: bool,
    /// The trace.
    pub trace: Estimate,
    /// Products made.
    pub products: usize,
}

impl BlockSpectra {
    /// The blocks of `a` that lie in these ranges.
    ///
    /// # Errors
    ///
    /// A range that is empty or not within `a`, a bad setting, or an interrupt of `a`.
    pub fn measure<A: LinearOperator<Vec<f64>>>(
        &self,
        a: &A,
        ranges: &[Range<usize>],
    ) -> Result<Vec<BlockSpectrum>, SpectrumError>
    where
        for<'r> &'r A: LinearOperator<Vec<f64>>,
    {
        ranges.iter().map(|range| self.block(a, range)).collect()
    }

    fn block<A: LinearOperator<Vec<f64>>>(
        &self,
        a: &A,
        range: &Range<usize>,
    ) -> Result<BlockSpectrum, SpectrumError>
    where
        for<'r> &'r A: LinearOperator<Vec<f64>>,
    {
        let some = !range.is_empty();
        ArgumentError::check(some, "ranges", format!("{range:?}"), "with an entry")?;
        let indices: Vec<usize> = range.clone().collect();
        let block = a.restricted(&indices)?;
        let dimension = indices.len();
        let like = vec![0.0; dimension];
        if dimension <= self.exact {
            let mut matrix = Matrix::zeros(dimension, dimension);
            let (mut unit, mut column) = (like.clone(), like);
            for j in 0..dimension {
                unit[j] = 1.0;
                block.apply(&unit, &mut column)?;
                unit[j] = 0.0;
                (0..dimension).for_each(|i| matrix[(i, j)] = column[i]);
            }
            let eigen = SymmetricEigen::new(&matrix)?;
            let largest = eigen.values().last().copied().unwrap_or(0.0);
            let value = (0..dimension).map(|i| matrix[(i, i)]).sum();
            let residual = dimension as f64 * f64::EPSILON * eigen.norm();
            let trace = Estimate { value, standard_error: 0.0, products: dimension };
            let (converged, products) = (true, dimension);
            return Ok(BlockSpectrum { dimension, largest, residual, converged, trace, products });
        }
        let lanczos = ThickRestartLanczos {
            which: Which::Largest,
            tolerance: self.tolerance,
            products: Some(self.products),
            seed: self.seed,
            ..Default::default()
        };
        let found = lanczos.ritz_values(&block, &like)?;
        let estimator =
            TraceEstimator { products: self.products, seed: self.seed, ..Default::default() };
        let trace = estimator.trace(&block, &like)?;
        Ok(BlockSpectrum {
            dimension,
            largest: found.values.last().copied().unwrap_or(f64::NAN),
            residual: found.residuals.last().copied().unwrap_or(f64::NAN),
            converged: found.end == SpectrumEnd::Converged,
            products: found.products + trace.products,
            trace,
        })
    }
}
