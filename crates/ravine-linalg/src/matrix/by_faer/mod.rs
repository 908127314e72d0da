//! Everything that touches faer. It checks neither for what is not finite nor for definiteness where
//! it should: that is left to the types over it.

mod bunch_kaufman;
mod divide;
mod eigen;
mod sparse;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{
    LltError, LltParams, cholesky_in_place, cholesky_in_place_scratch,
};
use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::linalg::solvers;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::prelude::{Reborrow, ReborrowMut, Solve};
use faer::{Accum, MatMut, MatRef, Par, Side};

pub(super) use sparse::{SparseBunchKaufman, SparseFactor, SparsePattern, column_order};

use super::error::Watched;
use super::part::Part;
use super::{FactorizationError, Matrix, plain};
use crate::threads::Threads;
use crate::vector::Scalar;
use crate::{Interrupt, Watch};

fn view<T: Scalar>(a: &Matrix<T>) -> MatRef<'_, T> {
    MatRef::from_column_major_slice(a.entries(), a.rows(), a.columns())
}

fn column<T: Scalar>(x: &mut [T]) -> MatMut<'_, T> {
    let n = x.len();
    MatMut::from_column_major_slice_mut(x, n, 1)
}

/// Columns of a panel of a large matrix, between which a watch is asked.
const PANEL: usize = 128;

/// The lower Cholesky factor in place: panels of columns from the left to the right, each of which first
/// loses what those before contribute.
pub(super) fn cholesky_watched<T: Scalar>(lower: &mut Matrix<T>, watch: Watch<'_>) -> Watched<()> {
    let n = lower.rows();
    let parameters = faer::Spec::<LltParams, T>::default();
    let width = if n <= LARGE { n } else { PANEL };
    let mut memory = MemBuffer::new(cholesky_in_place_scratch::<T>(width, Par::Seq, parameters));
    let mut result = Ok(());
    for first in (0..n).step_by(width) {
        watch.ask()?;
        let width = width.min(n - first);
        let whole = MatMut::from_column_major_slice_mut(lower.entries_mut(), n, n);
        let (before, rest) = whole.split_at_col_mut(first);
        let (above, left) = before.rb().subrows(first, n - first).split_at_row(width);
        let panel = rest.subcols_mut(0, width).subrows_mut(first, n - first);
        let (mut block, mut below) = panel.split_at_row_mut(width);
        if first > 0 {
            triangular::matmul(
                block.rb_mut(),
                BlockStructure::TriangularLower,
                Accum::Add,
                above,
                BlockStructure::Rectangular,
                above.transpose(),
                BlockStructure::Rectangular,
                -T::ONE,
                Par::Seq,
            );
            matmul(below.rb_mut(), Accum::Add, left, above.transpose(), -T::ONE, Par::Seq);
        }
        let stack = MemStack::new(&mut memory);
        let regular = Default::default();
        if let Err(LltError::NonPositivePivot { index }) =
            cholesky_in_place(block.rb_mut(), regular, Par::Seq, stack, parameters)
        {
            result = Err(FactorizationError::NotPositiveDefinite { pivot: first + index });
            break;
        }
        solve_lower_triangular_in_place(block.rb(), below.transpose_mut(), Par::Seq);
    }
    // faer uses the upper triangle for its own ends.
    for j in 1..n {
        lower.column_mut(j)[..j].fill(T::ZERO);
    }
    Ok(result)
}

/// `P A P' = L B L'`.
#[derive(Clone, Debug)]
pub enum BunchKaufman<T: Scalar> {
    AtOnce(solvers::Lblt<T>),
    InPanels(plain::BunchKaufman<T>),
}

impl<T: Scalar> BunchKaufman<T> {
    /// Reads the lower triangle of `a`.
    pub fn watched(a: &Matrix<T>, watch: Watch<'_>) -> Result<Self, Interrupt> {
        if a.rows() <= LARGE {
            Ok(Self::AtOnce(solvers::Lblt::new(view(a), Side::Lower)))
        } else {
            bunch_kaufman::in_panels(a, watch).map(Self::InPanels)
        }
    }

    /// The diagonal of B, and its entries below: that of row j + 1 at j.
    pub fn blocks(&self) -> (Vec<f64>, Vec<f64>) {
        let entries =
            |d: faer::diag::DiagRef<'_, T>| d.column_vector().iter().map(|d| d.wide()).collect();
        match self {
            Self::AtOnce(factor) => (entries(factor.B_diag()), entries(factor.B_subdiag())),
            Self::InPanels(factor) => factor.blocks(),
        }
    }

    /// `x = A^-1 x`.
    pub fn solve(&self, x: &mut [T]) {
        match self {
            Self::AtOnce(factor) => factor.solve_in_place(column(x)),
            Self::InPanels(factor) => factor.solve(x),
        }
    }
}

/// `P A = L U`.
#[derive(Clone, Debug)]
pub struct PartialPivoting<T: Scalar>(solvers::PartialPivLu<T>);

impl<T: Scalar> PartialPivoting<T> {
    pub fn new(a: &Matrix<T>) -> Self {
        Self(solvers::PartialPivLu::new(view(a)))
    }

    /// The diagonal of U.
    pub fn pivots(&self) -> Vec<T> {
        self.0.U().diagonal().column_vector().iter().copied().collect()
    }

    /// `x = A^-1 x`.
    pub fn solve(&self, x: &mut [T]) {
        self.0.solve_in_place(column(x));
    }

    /// `x = A^-T x`.
    pub fn solve_transposed(&self, x: &mut [T]) {
        self.0.solve_transpose_in_place(column(x));
    }
}

/// Up to this dimension a factorization is over before anybody would end it: it takes some milliseconds.
const LARGE: usize = 512;

/// Eigenvalues ascending, and eigenvectors in columns.
pub(super) fn symmetric_eigen<T: Scalar>(
    a: &Matrix<T>,
    watch: Watch<'_>,
) -> Watched<(Vec<f64>, Matrix<T>)> {
    if a.rows() <= LARGE { Ok(at_once(a)) } else { eigen::in_parts(a, watch) }
}

fn at_once<T: Scalar>(a: &Matrix<T>) -> Result<(Vec<f64>, Matrix<T>), FactorizationError> {
    let n = a.rows();
    let eigen = solvers::SelfAdjointEigen::new(view(a), Side::Lower)
        .map_err(|_| FactorizationError::NoConvergence)?;
    let values = eigen.S().column_vector().iter().map(|lambda| lambda.wide()).collect();
    Ok((values, Matrix::from_fn(n, n, |i, j| eigen.U()[(i, j)])))
}

/// `C = A'B` by columns, B with as many rows as A.
pub(super) fn multiply_transposed<T: Scalar>(c: &mut [T], a: &Matrix<T>, b: &[T]) {
    let (count, rows) = (a.rows(), a.columns());
    let columns = b.len() / count.max(1);
    // Sixteen multiplications take as long as a few other operations.
    let work = a.entries().len().saturating_mul(columns) / 16;
    let parts = Threads::current().parts(work).min(columns).max(1);
    let product = |(c, b): (&mut [T], &[T])| {
        let columns = b.len() / count.max(1);
        matmul(
            MatMut::from_column_major_slice_mut(c, rows, columns),
            Accum::Replace,
            view(a).transpose(),
            MatRef::from_column_major_slice(b, count, columns),
            T::ONE,
            Par::Seq,
        );
    };
    if parts < 2 {
        return product((c, b));
    }
    let size = columns.div_ceil(parts);
    Threads::each(c.chunks_mut(rows * size).zip(b.chunks(count * size)).collect(), product);
}

/// `C += A'A` in the lower triangle.
pub(super) fn add_gram<T: Scalar>(c: &mut Matrix<T>, a: &Matrix<T>) {
    let n = c.rows();
    triangular::matmul(
        MatMut::from_column_major_slice_mut(c.entries_mut(), n, n),
        BlockStructure::TriangularLower,
        Accum::Add,
        view(a).transpose(),
        BlockStructure::Rectangular,
        view(a),
        BlockStructure::Rectangular,
        T::ONE,
        Par::Seq,
    );
}

fn part<T: Scalar>(a: Part<'_, T>) -> MatRef<'_, T> {
    let ([rows, columns], [by_row, by_column]) = (a.shape, a.strides);
    if by_column == 1 {
        MatRef::from_row_major_slice_with_stride(a.entries, rows, columns, by_row)
    } else {
        MatRef::from_column_major_slice_with_stride(a.entries, rows, columns, by_column)
    }
}

fn how(add: bool) -> Accum {
    if add { Accum::Add } else { Accum::Replace }
}

/// `C = [C +] factor A B`, C by rows.
pub(super) fn product<T: Scalar>(
    c: &mut [T],
    add: bool,
    factor: T,
    a: Part<'_, T>,
    b: Part<'_, T>,
) {
    let c = MatMut::from_row_major_slice_mut(c, a.shape[0], b.shape[1]);
    faer::linalg::matmul::matmul(c, how(add), part(a), part(b), factor, Par::Seq);
}

/// `C += factor A'A` in the lower triangle.
pub(super) fn add_gram_in<T: Scalar>(c: &mut [T], strides: [usize; 2], a: Part<'_, T>, factor: T) {
    let n = a.shape[1];
    let c = if strides[1] == 1 {
        MatMut::from_row_major_slice_mut(c, n, n)
    } else {
        MatMut::from_column_major_slice_mut(c, n, n)
    };
    let rectangle = BlockStructure::Rectangular;
    let a = part(a);
    triangular::matmul(
        c,
        BlockStructure::TriangularLower,
        Accum::Add,
        a.transpose(),
        rectangle,
        a,
        rectangle,
        factor,
        Par::Seq,
    );
}
