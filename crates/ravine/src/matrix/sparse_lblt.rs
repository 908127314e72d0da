//! Factorization of sparse symmetric indefinite matrices.

use std::sync::Arc;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::perm::PermRef;
use faer::sparse::linalg::SupernodalThreshold;
use faer::sparse::linalg::cholesky::supernodal::SupernodalIntranodeLbltRef;
use faer::sparse::linalg::cholesky::{
    CholeskySymbolicParams, IntranodeLbltRef, SymbolicCholesky, SymbolicCholeskyRaw,
    SymmetricOrdering, factorize_symbolic_cholesky,
};
use faer::{Conj, MatMut, Par, Side};

use super::lblt::BlockSigns;
use super::lower_triangle::LowerTriangle;
use super::{FactorizationError, Inertia, SparseMatrix};
use crate::random::Random;

/// `P (A + shift I) P' = L B L'` of a sparse symmetric A: L unit lower triangular, B block diagonal
/// with blocks of one or two rows, P an ordering that keeps L sparse (approximate minimum degree).
///
/// Pivots are chosen inside blocks of columns with the same pattern only. Where none of those is
/// large enough the factorization loses accuracy, for matrices that are far from singular too;
/// every factorization is checked by a solve, and refused if it is not one of a matrix within
/// `1e-8 |A|` of the given one. So the inertia is right unless an eigenvalue is as near to zero as
/// that. A small shift helps where it is refused.
///
/// Source: Bunch and Kaufman (1977); Sylvester's law of inertia.
///
/// ```
/// use ravine::matrix::{Inertia, SparseLblt, SparseMatrix};
///
/// // Second differences, whose eigenvalues are 2 - 2 cos(k pi / 101).
/// let n = 100;
/// let mut entries: Vec<_> = (0..n).map(|i| (i, i, 2.0)).collect();
/// entries.extend((1..n).flat_map(|i| [(i, i - 1, -1.0), (i - 1, i, -1.0)]));
/// let a = SparseMatrix::from_triplets(n, n, &entries);
///
/// // How many are below 1: those with k < 101 / 3.
/// let factor = SparseLblt::new(&a, -1.0)?;
/// assert_eq!(factor.inertia(), Inertia { positive: 67, negative: 33, zero: 0 });
/// # Ok::<(), ravine::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SparseLblt {
    symbolic: Arc<SymbolicCholesky<usize>>,
    values: Vec<f64>,
    below: Vec<f64>,
    forward: Vec<usize>,
    backward: Vec<usize>,
}

impl SparseLblt {
    /// Factorizes `a + shift I`; only the lower triangle is read.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotSquare`], [`FactorizationError::NotFinite`],
    /// [`FactorizationError::TooLarge`], or [`FactorizationError::Singular`] if the matrix is
    /// singular to working precision, or no pivot could be found that keeps the factorization
    /// accurate.
    pub fn new(a: &SparseMatrix, shift: f64) -> Result<Self, FactorizationError> {
        FactorizationError::check_square(a.rows(), a.columns())?;
        let n = a.columns();
        let mut lower = LowerTriangle::new(a);
        lower.set(a, shift)?;
        let params = CholeskySymbolicParams {
            supernodal_flop_ratio_threshold: SupernodalThreshold::FORCE_SUPERNODAL,
            ..Default::default()
        };
        let ordering = SymmetricOrdering::Amd;
        let symbolic = factorize_symbolic_cholesky(lower.pattern(), Side::Lower, ordering, params)
            .map_err(|_| FactorizationError::TooLarge)?;
        let mut factor = Self {
            values: vec![0.0; symbolic.len_val()],
            below: vec![0.0; n],
            forward: vec![0; n],
            backward: vec![0; n],
            symbolic: Arc::new(symbolic),
        };
        let params = Default::default();
        let scratch =
            factor.symbolic.factorize_numeric_intranode_lblt_scratch::<f64>(Par::Seq, params);
        let mut buffer = MemBuffer::try_new(scratch).map_err(|_| FactorizationError::TooLarge)?;
        factor.symbolic.factorize_numeric_intranode_lblt(
            &mut factor.values,
            &mut factor.below,
            &mut factor.forward,
            &mut factor.backward,
            lower.view(),
            Side::Lower,
            Par::Seq,
            MemStack::new(&mut buffer),
            params,
        );
        if factor.is_accurate(&lower) { Ok(factor) } else { Err(FactorizationError::Singular) }
    }

    /// Whether a solve has a small residual relative to the matrix and the solution.
    fn is_accurate(&self, lower: &LowerTriangle) -> bool {
        let n = self.dimension();
        let mut b = vec![0.0; n];
        Random::new(0).fill_normal(&mut b);
        let mut x = b.clone();
        self.solve(&mut x);
        let largest = |v: &[f64]| v.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let norm = lower.subtract_product(&x, &mut b);
        // False for NaN as well.
        largest(&b) <= 1e-8 * norm * largest(&x) && x.iter().all(|v| v.is_finite())
    }

    /// The dimension n.
    pub fn dimension(&self) -> usize {
        self.below.len()
    }

    /// `x = (A + shift I)^-1 x`.
    ///
    /// # Panics
    ///
    /// If `x` has not n entries.
    pub fn solve(&self, x: &mut [f64]) {
        let n = x.len();
        assert_eq!(n, self.dimension(), "solve: x has the wrong length");
        let mut buffer = MemBuffer::new(self.symbolic.solve_in_place_scratch::<f64>(1, Par::Seq));
        let pivots = PermRef::new_checked(&self.forward, &self.backward, n);
        IntranodeLbltRef::new(&self.symbolic, &self.values, &self.below, pivots)
            .solve_in_place_with_conj(
                Conj::No,
                MatMut::from_column_major_slice_mut(x, n, 1),
                Par::Seq,
                MemStack::new(&mut buffer),
            );
    }

    /// The signs of the eigenvalues of `A + shift I`.
    ///
    /// The number of negative ones is the number of eigenvalues of A below `-shift`.
    pub fn inertia(&self) -> Inertia {
        let mut signs = BlockSigns::default();
        let n = self.dimension();
        match self.symbolic.raw() {
            SymbolicCholeskyRaw::Supernodal(symbolic) => {
                let pivots = PermRef::new_checked(&self.forward, &self.backward, n);
                let blocks =
                    SupernodalIntranodeLbltRef::new(symbolic, &self.values, &self.below, pivots);
                for s in 0..symbolic.n_supernodes() {
                    let block = blocks.supernode(s);
                    let columns = block.val().ncols();
                    let below = &self.below[block.start()..block.start() + columns];
                    signs.count(columns, |j| block.val()[(j, j)], |j| below[j]);
                }
            }
            // Of a diagonal matrix, columns with their pivots first.
            SymbolicCholeskyRaw::Simplicial(symbolic) => {
                signs.count(n, |j| self.values[symbolic.col_ptr()[j]], |_| 0.0);
            }
        }
        signs.inertia
    }
}
