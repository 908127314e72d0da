//! Kronecker products.

use super::{Adjoint, LinearOperator, Scratch, Structure};
use crate::error::Interrupt;
use crate::vector::Scalar;

/// `A (x) B`, the matrix of blocks `a_ij B`, never formed: with `x = vec(X)` by columns,
///
/// ```text
/// (A (x) B) vec(X) = vec(B X A')
/// ```
///
/// so that a product costs those of B with the columns of X and of A with the rows of the result.
/// For A of dimension n and B of dimension m, X is m by n.
///
/// Source: Golub and Van Loan, Matrix Computations (2013), section 12.3.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, Kronecker, LinearOperator};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0], [0.0, 3.0]]);
/// let b = Matrix::from_rows(&[[1.0, 1.0], [0.0, 1.0]]);
/// let kronecker = Kronecker::new(a, b);
/// let mut y = vec![0.0; 4];
/// kronecker.apply(&vec![1.0, 0.0, 0.0, 1.0], &mut y).unwrap();
/// assert_eq!(y, [3.0, 2.0, 3.0, 3.0]);
/// assert_eq!(kronecker.dense()?[(0, 3)], 2.0);
/// # Ok::<(), ravine_linalg::StartError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Kronecker<A, B, T = f64> {
    a: A,
    b: B,
    work: Scratch<Work<T>>,
}

/// Scratch, of the right shapes for either direction in turn.
struct Work<T> {
    /// The columns of X, and B times them.
    columns: Vec<Vec<T>>,
    images: Vec<Vec<T>>,
    /// The rows of B X, and A times them.
    rows: Vec<Vec<T>>,
    row_images: Vec<Vec<T>>,
}

impl<T, A, B> Kronecker<A, B, T>
where
    T: Scalar,
    A: LinearOperator<Vec<T>>,
    B: LinearOperator<Vec<T>>,
{
    /// `a (x) b`.
    pub fn new(a: A, b: B) -> Self {
        Self { a, b, work: Scratch::default() }
    }

    /// A and B.
    pub fn factors(&self) -> (&A, &B) {
        (&self.a, &self.b)
    }
}

type ApplyAll<'a, T> = &'a dyn Fn(&[Vec<T>], &mut [Vec<T>]) -> Result<(), Interrupt>;

/// `count` vectors of that length.
fn shape<T: Scalar>(vectors: &mut Vec<Vec<T>>, count: usize, length: usize) {
    vectors.resize_with(count, Vec::new);
    vectors.iter_mut().for_each(|v| v.resize(length, T::ZERO));
}

impl<T> Default for Work<T> {
    fn default() -> Self {
        let [columns, images, rows, row_images] = std::array::from_fn(|_| Vec::new());
        Self { columns, images, rows, row_images }
    }
}

impl<T: Scalar> Work<T> {
    /// `vec(B X A')` where A is `a_rows` by `a_columns` and so on.
    fn multiply(
        &mut self,
        (a, a_rows, a_columns): (ApplyAll<'_, T>, usize, usize),
        (b, b_rows, b_columns): (ApplyAll<'_, T>, usize, usize),
        x: &[T],
        y: &mut [T],
    ) -> Result<(), Interrupt> {
        assert_eq!(x.len(), a_columns * b_columns, "apply: x has the wrong length");
        assert_eq!(y.len(), a_rows * b_rows, "apply: y has the wrong length");
        let Self { columns, images, rows, row_images } = self;
        shape(columns, a_columns, b_columns);
        shape(images, a_columns, b_rows);
        shape(rows, b_rows, a_columns);
        shape(row_images, b_rows, a_rows);
        for (j, column) in columns.iter_mut().enumerate() {
            column.copy_from_slice(&x[j * b_columns..(j + 1) * b_columns]);
        }
        b(columns, images)?;
        for (i, row) in rows.iter_mut().enumerate() {
            row.iter_mut().zip(&*images).for_each(|(entry, image)| *entry = image[i]);
        }
        a(rows, row_images)?;
        for (i, row) in row_images.iter().enumerate() {
            row.iter().enumerate().for_each(|(j, &entry)| y[j * b_rows + i] = entry);
        }
        Ok(())
    }
}

impl<T, A, B> LinearOperator<Vec<T>> for Kronecker<A, B, T>
where
    T: Scalar,
    A: LinearOperator<Vec<T>>,
    B: LinearOperator<Vec<T>>,
{
    fn dimension(&self) -> usize {
        self.a.dimension() * self.b.dimension()
    }

    fn rows(&self) -> usize {
        self.a.rows() * self.b.rows()
    }

    /// Its eigenvalues are the products of those of A and B.
    fn structure(&self) -> Structure {
        self.a.structure().min(self.b.structure())
    }

    fn range_like(&self, _x: &Vec<T>) -> Vec<T> {
        vec![T::ZERO; self.rows()]
    }

    fn apply(&self, x: &Vec<T>, y: &mut Vec<T>) -> Result<(), Interrupt> {
        let a = (&|x: &[Vec<T>], y: &mut [Vec<T>]| self.a.apply_all(x, y)) as ApplyAll<'_, T>;
        let b = (&|x: &[Vec<T>], y: &mut [Vec<T>]| self.b.apply_all(x, y)) as ApplyAll<'_, T>;
        let a = (a, self.a.rows(), self.a.dimension());
        let b = (b, self.b.rows(), self.b.dimension());
        self.work.with(Work::default, |work| work.multiply(a, b, x, y))
    }
}

impl<T, A, B> Adjoint<Vec<T>> for Kronecker<A, B, T>
where
    T: Scalar,
    A: Adjoint<Vec<T>>,
    B: Adjoint<Vec<T>>,
{
    fn domain_like(&self, _y: &Vec<T>) -> Vec<T> {
        vec![T::ZERO; self.dimension()]
    }

    fn apply_adjoint(&self, y: &Vec<T>, x: &mut Vec<T>) -> Result<(), Interrupt> {
        let a =
            (&|y: &[Vec<T>], x: &mut [Vec<T>]| self.a.apply_adjoint_all(y, x)) as ApplyAll<'_, T>;
        let b =
            (&|y: &[Vec<T>], x: &mut [Vec<T>]| self.b.apply_adjoint_all(y, x)) as ApplyAll<'_, T>;
        let a = (a, self.a.dimension(), self.a.rows());
        let b = (b, self.b.dimension(), self.b.rows());
        self.work.with(Work::default, |work| work.multiply(a, b, y, x))
    }
}
