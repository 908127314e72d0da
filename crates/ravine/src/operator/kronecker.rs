//! Kronecker products.

use super::{Adjoint, LinearOperator, Structure, scratch::Scratch};
use crate::minimize::Interrupt;

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
/// use ravine::matrix::Matrix;
/// use ravine::operator::{Algebra, Kronecker, LinearOperator};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0], [0.0, 3.0]]);
/// let b = Matrix::from_rows(&[[1.0, 1.0], [0.0, 1.0]]);
/// let kronecker = Kronecker::new(a, b);
/// let mut y = vec![0.0; 4];
/// kronecker.apply(&vec![1.0, 0.0, 0.0, 1.0], &mut y).unwrap();
/// assert_eq!(y, [3.0, 2.0, 3.0, 3.0]);
/// assert_eq!(kronecker.dense()?[(0, 3)], 2.0);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Kronecker<A, B> {
    a: A,
    b: B,
    work: Scratch<Work>,
}

/// Scratch, long enough for either direction.
#[derive(Default)]
struct Work {
    /// A column of X, and B times it.
    column: Vec<f64>,
    image: Vec<f64>,
    /// A row of B X, and A times it.
    row: Vec<f64>,
    row_image: Vec<f64>,
    /// B X.
    between: Vec<f64>,
}

impl<A, B> Kronecker<A, B>
where
    A: LinearOperator<Vec<f64>>,
    B: LinearOperator<Vec<f64>>,
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

type Apply<'a> = &'a dyn Fn(&Vec<f64>, &mut Vec<f64>) -> Result<(), Interrupt>;

impl Work {
    /// `vec(B X A')` where A is `a_rows` by `a_columns` and so on.
    fn multiply(
        &mut self,
        (a, a_rows, a_columns): (Apply<'_>, usize, usize),
        (b, b_rows, b_columns): (Apply<'_>, usize, usize),
        x: &[f64],
        y: &mut [f64],
    ) -> Result<(), Interrupt> {
        assert_eq!(x.len(), a_columns * b_columns, "apply: x has the wrong length");
        assert_eq!(y.len(), a_rows * b_rows, "apply: y has the wrong length");
        if y.is_empty() {
            return Ok(());
        }
        self.column.resize(b_columns, 0.0);
        self.image.resize(b_rows, 0.0);
        self.row.resize(a_columns, 0.0);
        self.row_image.resize(a_rows, 0.0);
        // By rows, so that each row is one piece for A.
        self.between.resize(a_columns * b_rows, 0.0);
        for j in 0..a_columns {
            self.column.copy_from_slice(&x[j * b_columns..(j + 1) * b_columns]);
            b(&self.column, &mut self.image)?;
            for (i, &value) in self.image.iter().enumerate() {
                self.between[i * a_columns + j] = value;
            }
        }
        for i in 0..b_rows {
            self.row.copy_from_slice(&self.between[i * a_columns..(i + 1) * a_columns]);
            a(&self.row, &mut self.row_image)?;
            for (j, &value) in self.row_image.iter().enumerate() {
                y[j * b_rows + i] = value;
            }
        }
        Ok(())
    }
}

impl<A, B> LinearOperator<Vec<f64>> for Kronecker<A, B>
where
    A: LinearOperator<Vec<f64>>,
    B: LinearOperator<Vec<f64>>,
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

    fn range_like(&self, _x: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.rows()]
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        let a = (&|x: &Vec<f64>, y: &mut Vec<f64>| self.a.apply(x, y)) as Apply<'_>;
        let b = (&|x: &Vec<f64>, y: &mut Vec<f64>| self.b.apply(x, y)) as Apply<'_>;
        let a = (a, self.a.rows(), self.a.dimension());
        let b = (b, self.b.rows(), self.b.dimension());
        self.work.with(Work::default, |work| work.multiply(a, b, x, y))
    }
}

impl<A: Adjoint<Vec<f64>>, B: Adjoint<Vec<f64>>> Adjoint<Vec<f64>> for Kronecker<A, B> {
    fn domain_like(&self, _y: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.dimension()]
    }

    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        let a = (&|y: &Vec<f64>, x: &mut Vec<f64>| self.a.apply_adjoint(y, x)) as Apply<'_>;
        let b = (&|y: &Vec<f64>, x: &mut Vec<f64>| self.b.apply_adjoint(y, x)) as Apply<'_>;
        let a = (a, self.a.dimension(), self.a.rows());
        let b = (b, self.b.dimension(), self.b.rows());
        self.work.with(Work::default, |work| work.multiply(a, b, y, x))
    }
}
