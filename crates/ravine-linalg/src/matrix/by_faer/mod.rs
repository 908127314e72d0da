//! Everything that touches faer. It checks neither for what is not finite nor for definiteness where
//! it should: that is left to the types over it.

mod sparse;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{
    LltError, LltParams, cholesky_in_place, cholesky_in_place_scratch,
};
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::solvers;
use faer::prelude::Solve;
use faer::{Accum, MatMut, MatRef, Par, Side};

pub(super) use sparse::{SparseBunchKaufman, SparseFactor, SparsePattern};

use super::{FactorizationError, Matrix};

fn view(a: &Matrix) -> MatRef<'_, f64> {
    MatRef::from_column_major_slice(a.entries(), a.rows(), a.columns())
}

fn column(x: &mut [f64]) -> MatMut<'_, f64> {
    let n = x.len();
    MatMut::from_column_major_slice_mut(x, n, 1)
}

/// The lower Cholesky factor in place, blocked.
pub(super) fn cholesky(lower: &mut Matrix) -> Result<(), FactorizationError> {
    let n = lower.rows();
    let parameters = faer::Spec::<LltParams, f64>::default();
    let scratch = cholesky_in_place_scratch::<f64>(n, Par::Seq, parameters);
    let mut memory = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut memory);
    let view = MatMut::from_column_major_slice_mut(lower.entries_mut(), n, n);
    let result = cholesky_in_place(view, Default::default(), Par::Seq, stack, parameters);
    // faer uses the upper triangle for its own ends.
    for j in 1..n {
        lower.column_mut(j)[..j].fill(0.0);
    }
    match result {
        Ok(_) => Ok(()),
        Err(LltError::NonPositivePivot { index }) => {
            Err(FactorizationError::NotPositiveDefinite { pivot: index })
        }
    }
}

/// `P A P' = L B L'`.
#[derive(Clone, Debug)]
pub(super) struct BunchKaufman(solvers::Lblt<f64>);

impl BunchKaufman {
    /// Reads the lower triangle of `a`.
    pub fn new(a: &Matrix) -> Self {
        Self(solvers::Lblt::new(view(a), Side::Lower))
    }

    /// The diagonal of B, and its entries below: that of row j + 1 at j.
    pub fn blocks(&self) -> (Vec<f64>, Vec<f64>) {
        let entries = |d: faer::diag::DiagRef<'_, f64>| d.column_vector().iter().copied().collect();
        (entries(self.0.B_diag()), entries(self.0.B_subdiag()))
    }

    /// `x = A^-1 x`.
    pub fn solve(&self, x: &mut [f64]) {
        self.0.solve_in_place(column(x));
    }
}

/// `P A = L U`.
#[derive(Clone, Debug)]
pub(super) struct PartialPivoting(solvers::PartialPivLu<f64>);

impl PartialPivoting {
    pub fn new(a: &Matrix) -> Self {
        Self(solvers::PartialPivLu::new(view(a)))
    }

    /// The diagonal of U.
    pub fn pivots(&self) -> Vec<f64> {
        self.0.U().diagonal().column_vector().iter().copied().collect()
    }

    /// `x = A^-1 x`.
    pub fn solve(&self, x: &mut [f64]) {
        self.0.solve_in_place(column(x));
    }

    /// `x = A^-T x`.
    pub fn solve_transposed(&self, x: &mut [f64]) {
        self.0.solve_transpose_in_place(column(x));
    }
}

/// Eigenvalues ascending, and eigenvectors in columns.
pub(super) fn symmetric_eigen(a: &Matrix) -> Result<(Vec<f64>, Matrix), FactorizationError> {
    let n = a.rows();
    let eigen = solvers::SelfAdjointEigen::new(view(a), Side::Lower)
        .map_err(|_| FactorizationError::NoConvergence)?;
    let values = eigen.S().column_vector().iter().copied().collect();
    Ok((values, Matrix::from_fn(n, n, |i, j| eigen.U()[(i, j)])))
}

/// `C = A'B` by columns, B with as many rows as A.
pub(super) fn multiply_transposed(c: &mut [f64], a: &Matrix, b: &[f64]) {
    let (count, rows) = (a.rows(), a.columns());
    let columns = b.len() / count.max(1);
    faer::linalg::matmul::matmul(
        MatMut::from_column_major_slice_mut(c, rows, columns),
        Accum::Replace,
        view(a).transpose(),
        MatRef::from_column_major_slice(b, count, columns),
        1.0,
        Par::Seq,
    );
}

/// `C += A'A` in the lower triangle.
pub(super) fn add_gram(c: &mut Matrix, a: &Matrix) {
    let n = c.rows();
    triangular::matmul(
        MatMut::from_column_major_slice_mut(c.entries_mut(), n, n),
        BlockStructure::TriangularLower,
        Accum::Add,
        view(a).transpose(),
        BlockStructure::Rectangular,
        view(a),
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
}
