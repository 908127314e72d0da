//! Sub-blocks.

use super::{Adjoint, LinearOperator, Scratch, Structure, ensure_square};
use crate::error::{ArgumentError, Interrupt};

/// The block of A in the rows I and the columns J: `x` of dimension `|J|` is spread over zeros, A is
/// applied, and the entries in I are taken.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Algebra, LinearOperator};
///
/// let a = Matrix::from_rows(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]);
/// let mut y = vec![0.0; 2];
/// (&a).restricted(&[2, 0])?.apply(&vec![1.0, 10.0], &mut y).unwrap();
/// assert_eq!(y, [79.0, 13.0]);
/// let mut y = vec![0.0];
/// (&a).block(&[1], &[0, 2])?.apply(&vec![1.0, 10.0], &mut y).unwrap();
/// assert_eq!(y, [64.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Restricted<A> {
    operator: A,
    rows: Vec<usize>,
    /// `None` where they are the rows.
    columns: Option<Vec<usize>>,
    spread: Scratch<Vec<f64>>,
    product: Scratch<Vec<f64>>,
}

impl<A: LinearOperator<Vec<f64>>> Restricted<A> {
    /// The block in the rows and columns `indices`: what a Hessian is where the other variables are
    /// held. It has the structure of A.
    ///
    /// # Errors
    ///
    /// If A is not square, or an index is too large or comes twice.
    pub fn new(operator: A, indices: &[usize]) -> Result<Self, ArgumentError> {
        ensure_square("operator", &operator)?;
        check_indices("indices", indices, operator.rows())?;
        Ok(Self::of(operator, indices, None))
    }

    /// The block in the rows `rows` and the columns `columns`.
    ///
    /// # Errors
    ///
    /// If an index is too large or comes twice.
    pub fn block(operator: A, rows: &[usize], columns: &[usize]) -> Result<Self, ArgumentError> {
        check_indices("rows", rows, operator.rows())?;
        check_indices("columns", columns, operator.dimension())?;
        Ok(Self::of(operator, rows, Some(columns.to_vec())))
    }

    fn of(operator: A, rows: &[usize], columns: Option<Vec<usize>>) -> Self {
        let (spread, product) = (Scratch::default(), Scratch::default());
        Self { operator, rows: rows.to_vec(), columns, spread, product }
    }

    fn columns(&self) -> &[usize] {
        self.columns.as_deref().unwrap_or(&self.rows)
    }

    /// Spreads, applies, gathers.
    fn through(
        &self,
        (x, places, n): (&[f64], &[usize], usize),
        (y, taken, m): (&mut [f64], &[usize], usize),
        apply: impl FnOnce(&Vec<f64>, &mut Vec<f64>) -> Result<(), Interrupt>,
    ) -> Result<(), Interrupt> {
        assert_eq!(x.len(), places.len(), "apply: x has the wrong length");
        assert_eq!(y.len(), taken.len(), "apply: y has the wrong length");
        self.spread.with(Vec::new, |spread| {
            spread.clear();
            spread.resize(n, 0.0);
            places.iter().zip(x).for_each(|(&j, &x)| spread[j] = x);
            self.product.with(Vec::new, |product| {
                product.resize(m, 0.0);
                apply(spread, product)?;
                taken.iter().zip(y).for_each(|(&i, y)| *y = product[i]);
                Ok(())
            })
        })
    }
}

fn check_indices(argument: &str, indices: &[usize], n: usize) -> Result<(), ArgumentError> {
    let mut seen = vec![false; n];
    for &i in indices {
        ArgumentError::check(i < n, argument, i, &format!("below {n}"))?;
        ArgumentError::check(!seen[i], argument, i, "there once")?;
        seen[i] = true;
    }
    Ok(())
}

impl<A: LinearOperator<Vec<f64>>> LinearOperator<Vec<f64>> for Restricted<A> {
    fn dimension(&self) -> usize {
        self.columns().len()
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    fn structure(&self) -> Structure {
        if self.columns.is_none() { self.operator.structure() } else { Structure::General }
    }

    fn range_like(&self, _x: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.rows.len()]
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        let (n, m) = (self.operator.dimension(), self.operator.rows());
        self.through((x, self.columns(), n), (y, &self.rows, m), |x, y| self.operator.apply(x, y))
    }
}

impl<A: Adjoint<Vec<f64>>> Adjoint<Vec<f64>> for Restricted<A> {
    fn domain_like(&self, _y: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.columns().len()]
    }

    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        let (n, m) = (self.operator.dimension(), self.operator.rows());
        self.through((y, &self.rows, m), (x, self.columns(), n), |y, x| {
            self.operator.apply_adjoint(y, x)
        })
    }
}
