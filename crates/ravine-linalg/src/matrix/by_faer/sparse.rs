//! Factorizations of sparse matrices.

use std::sync::Arc;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::LltError;
use faer::perm::PermRef;
use faer::prelude::Solve;
use faer::sparse::linalg::cholesky::supernodal::SupernodalIntranodeLbltRef;
use faer::sparse::linalg::cholesky::{
    CholeskySymbolicParams, IntranodeLbltRef, SymbolicCholesky, SymbolicCholeskyRaw,
    SymmetricOrdering, factorize_symbolic_cholesky,
};
use faer::sparse::linalg::colamd;
use faer::sparse::linalg::solvers::{Llt, SymbolicLlt};
use faer::sparse::linalg::{LltError as SparseLltError, SupernodalThreshold};
use faer::sparse::{SparseColMatRef, SymbolicSparseColMatRef};
use faer::{Conj, Par, Side};

use super::column;
use crate::matrix::inertia::BlockSigns;
use crate::matrix::lower_triangle::LowerTriangle;
use crate::matrix::{FactorizationError, Inertia, SparseMatrix};

fn pattern(lower: &LowerTriangle) -> SymbolicSparseColMatRef<'_, usize> {
    let n = lower.dimension();
    let (starts, rows) = (lower.column_starts(), lower.row_indices());
    SymbolicSparseColMatRef::new_checked(n, n, starts, None, rows)
}

fn view(lower: &LowerTriangle) -> SparseColMatRef<'_, usize, f64> {
    SparseColMatRef::new(pattern(lower), lower.values())
}

/// The columns in an order in which orthogonal factors have little fill: an approximate minimum degree of
/// `A'A`, without forming it; as they are where that does not fit into memory.
pub(in crate::matrix) fn column_order(a: &SparseMatrix) -> Vec<usize> {
    let (m, n) = (a.rows(), a.columns());
    let (mut order, mut places) = (vec![0; n], vec![0; n]);
    let (starts, rows) = (a.column_starts(), a.row_indices());
    let pattern = SymbolicSparseColMatRef::new_checked(m, n, starts, None, rows);
    let scratch = colamd::order_scratch::<usize>(m, n, a.stored());
    let found = MemBuffer::try_new(scratch).is_ok_and(|mut buffer| {
        let stack = MemStack::new(&mut buffer);
        colamd::order(&mut order, &mut places, pattern, Default::default(), stack).is_ok()
    });
    if found { order } else { (0..n).collect() }
}

/// An order by approximate minimum degree, and where the factor has entries in it.
#[derive(Clone, Debug)]
pub(in crate::matrix) struct SparsePattern(SymbolicLlt<usize>);

impl SparsePattern {
    /// Of the pattern alone.
    pub fn analyze(lower: &LowerTriangle) -> Result<Self, FactorizationError> {
        let symbolic = SymbolicLlt::try_new(pattern(lower), Side::Lower);
        Ok(Self(symbolic.map_err(|_| FactorizationError::TooLarge)?))
    }

    /// The number of entries of the factor, zeros that its blocks store included.
    pub fn stored(&self, lower: &LowerTriangle) -> usize {
        // faer's `SymbolicLlt` keeps this number to itself.
        let symbolic = factorize_symbolic_cholesky(
            pattern(lower),
            Side::Lower,
            Default::default(),
            Default::default(),
        );
        symbolic.map_or(lower.values().len(), |symbolic| symbolic.len_val())
    }
}

/// The Cholesky factor with its numbers.
#[derive(Clone, Debug)]
pub(in crate::matrix) struct SparseFactor(Llt<usize, f64>);

impl SparseFactor {
    /// Factorizes a matrix of this pattern.
    pub fn new(
        symbolic: &SparsePattern,
        lower: &LowerTriangle,
    ) -> Result<Self, FactorizationError> {
        let factor = Llt::try_new_with_symbolic(symbolic.0.clone(), view(lower), Side::Lower);
        factor.map(Self).map_err(|error| match error {
            SparseLltError::Numeric(LltError::NonPositivePivot { index }) => {
                FactorizationError::NotPositiveDefinite { pivot: index }
            }
            SparseLltError::Generic(_) => FactorizationError::TooLarge,
        })
    }

    /// `x = A^-1 x`.
    pub fn solve(&self, x: &mut [f64]) {
        self.0.solve_in_place(column(x));
    }
}

/// `P A P' = L B L'` with pivots inside blocks of columns with the same pattern.
#[derive(Clone, Debug)]
pub(in crate::matrix) struct SparseBunchKaufman {
    symbolic: Arc<SymbolicCholesky<usize>>,
    values: Vec<f64>,
    below: Vec<f64>,
    forward: Vec<usize>,
    backward: Vec<usize>,
}

impl SparseBunchKaufman {
    /// Factorizes.
    pub fn new(lower: &LowerTriangle) -> Result<Self, FactorizationError> {
        let n = lower.dimension();
        let params = CholeskySymbolicParams {
            supernodal_flop_ratio_threshold: SupernodalThreshold::FORCE_SUPERNODAL,
            ..Default::default()
        };
        let ordering = SymmetricOrdering::Amd;
        let symbolic = factorize_symbolic_cholesky(pattern(lower), Side::Lower, ordering, params)
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
            view(lower),
            Side::Lower,
            Par::Seq,
            MemStack::new(&mut buffer),
            params,
        );
        Ok(factor)
    }

    /// `x = A^-1 x`.
    pub fn solve(&self, x: &mut [f64]) {
        let n = x.len();
        let mut buffer = MemBuffer::new(self.symbolic.solve_in_place_scratch::<f64>(1, Par::Seq));
        let pivots = PermRef::new_checked(&self.forward, &self.backward, n);
        IntranodeLbltRef::new(&self.symbolic, &self.values, &self.below, pivots)
            .solve_in_place_with_conj(Conj::No, column(x), Par::Seq, MemStack::new(&mut buffer));
    }

    /// The signs of the eigenvalues.
    pub fn inertia(&self) -> Inertia {
        let mut signs = BlockSigns::default();
        let n = self.below.len();
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
