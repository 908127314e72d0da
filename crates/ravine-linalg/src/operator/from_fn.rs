//! Operators from closures.

use super::{Adjoint, LinearOperator};
use crate::error::Interrupt;
use crate::vector::Vector;

/// A square operator from a closure: see [`from_fn`].
#[derive(Clone, Debug)]
pub struct FromFn<F> {
    dimension: usize,
    apply: F,
}

/// The square operator of that dimension whose products `y = A x` the closure writes. A closure that
/// may fail or be interrupted gives a `Result`; say what is known of A by
/// [`assume`](super::Algebra::assume).
///
/// ```
/// use ravine_linalg::operator::{Algebra, LinearOperator, Structure, from_fn};
///
/// // Second differences.
/// let n = 4;
/// let a = from_fn(n, move |x: &Vec<f64>, y: &mut Vec<f64>| {
///     for i in 0..n {
///         let left = if i > 0 { x[i - 1] } else { 0.0 };
///         let right = if i + 1 < n { x[i + 1] } else { 0.0 };
///         y[i] = 2.0 * x[i] - left - right;
///     }
/// });
/// let a = a.assume(Structure::Definite)?;
/// let mut y = vec![0.0; n];
/// a.apply(&vec![1.0, 2.0, 3.0, 4.0], &mut y).unwrap();
/// assert_eq!(y, [0.0, 0.0, 0.0, 5.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
pub fn from_fn<V: Vector, T: Product, F: Fn(&V, &mut V) -> T>(
    dimension: usize,
    apply: F,
) -> FromFn<F> {
    FromFn { dimension, apply }
}

/// What a closure that makes a product may give: nothing, or a `Result`.
pub trait Product {
    /// As a result.
    ///
    /// # Errors
    ///
    /// An interrupt.
    fn into_result(self) -> Result<(), Interrupt>;
}

impl Product for () {
    fn into_result(self) -> Result<(), Interrupt> {
        Ok(())
    }
}

impl Product for Result<(), Interrupt> {
    fn into_result(self) -> Result<(), Interrupt> {
        self
    }
}

impl<V: Vector, T: Product, F: Fn(&V, &mut V) -> T> LinearOperator<V> for FromFn<F> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        (self.apply)(x, y).into_result()
    }
}

/// An operator and its adjoint from two closures: see [`from_fns`].
#[derive(Clone, Debug)]
pub struct FromFns<F, G> {
    rows: usize,
    columns: usize,
    apply: F,
    apply_adjoint: G,
}

/// The operator with `rows` rows and `columns` columns whose products `y = A x` the first closure
/// writes, and `x = A'y` the second.
///
/// ```
/// use ravine_linalg::operator::{Algebra, LinearOperator, from_fns};
///
/// // Differences of neighbours; the adjoint of a difference is a difference.
/// let a = from_fns(
///     2,
///     3,
///     |x: &Vec<f64>, y: &mut Vec<f64>| (0..2).for_each(|i| y[i] = x[i + 1] - x[i]),
///     |y: &Vec<f64>, x: &mut Vec<f64>| x.copy_from_slice(&[-y[0], y[0] - y[1], y[1]]),
/// );
/// let mut y = vec![0.0; 3];
/// a.gram().apply(&vec![0.0, 1.0, 0.0], &mut y)?;
/// assert_eq!(y, [-1.0, 2.0, -1.0]);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
pub fn from_fns<F, G, T, U>(
    rows: usize,
    columns: usize,
    apply: F,
    apply_adjoint: G,
) -> FromFns<F, G>
where
    F: Fn(&Vec<f64>, &mut Vec<f64>) -> T,
    G: Fn(&Vec<f64>, &mut Vec<f64>) -> U,
    T: Product,
    U: Product,
{
    FromFns { rows, columns, apply, apply_adjoint }
}

impl<F, G, T> LinearOperator<Vec<f64>> for FromFns<F, G>
where
    F: Fn(&Vec<f64>, &mut Vec<f64>) -> T,
    T: Product,
{
    fn dimension(&self) -> usize {
        self.columns
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn range_like(&self, _x: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.rows]
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        (self.apply)(x, y).into_result()
    }
}

impl<F, G, T, U> Adjoint<Vec<f64>> for FromFns<F, G>
where
    F: Fn(&Vec<f64>, &mut Vec<f64>) -> T,
    G: Fn(&Vec<f64>, &mut Vec<f64>) -> U,
    T: Product,
    U: Product,
{
    fn domain_like(&self, _y: &Vec<f64>) -> Vec<f64> {
        vec![0.0; self.columns]
    }

    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        (self.apply_adjoint)(y, x).into_result()
    }
}
