//! Low rank plus a multiple of the identity.

use super::{Adjoint, LinearOperator, Scratch, Structure, ensure_dimension};
use crate::error::{ArgumentError, Interrupt};
use crate::matrix::orthonormalize;
use crate::matrix::{FactorizationError, Matrix, SymmetricEigen};
use crate::vector::Vector;

/// `A = sigma I + U C U'` with few columns in U and a symmetric C, kept by its eigenvectors: an
/// orthonormal V that spans the columns of U, and the eigenvalues there,
///
/// ```text
/// A = sigma (I - V V') + V diag(theta) V'
/// ```
///
/// In this form a product reads V twice, and the inverse, the logarithm of the determinant and every
/// other function of A are exact and stable, however dependent the columns of U or singular C. The
/// inverse is the formula of Woodbury without its cancellation: the same V, `1 / sigma` and
/// `1 / theta`.
///
/// ```
/// use ravine_linalg::matrix::Matrix;
/// use ravine_linalg::operator::{Invert, LinearOperator, LowRank};
///
/// // I + 3 u u' with u = (1, 1): eigenvalues 7 along u, else 1.
/// let a = LowRank::new(vec![vec![1.0, 1.0]], &Matrix::from_rows(&[[3.0]]), 1.0).unwrap();
/// assert!((a.log_determinant() - 7f64.ln()).abs() < 1e-14);
/// let mut x = vec![0.0_f64; 2];
/// a.inverse()?.apply(&vec![7.0, 7.0], &mut x).unwrap();
/// assert!((x[0] - 1.0).abs() < 1e-14 && (x[1] - 1.0).abs() < 1e-14);
/// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
/// ```
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct LowRank<V> {
    dimension: usize,
    /// Orthonormal eigenvectors.
    basis: Vec<V>,
    /// The eigenvalues that belong to them.
    eigenvalues: Vec<f64>,
    /// The eigenvalue of all that is orthogonal to them.
    sigma: f64,
    #[serde(skip)]
    coefficients: Scratch<Vec<f64>>,
}

impl<V: Vector> LowRank<V> {
    /// `sigma I + U C U'` with the columns `u` and the symmetric matrix `c`, of which the lower
    /// triangle is read: about `4 n r^2` operations for r columns.
    ///
    /// # Errors
    ///
    /// If there is no column, or the columns have different dimensions, or `c` is not square with
    /// one row a column, or something is not finite.
    pub fn new(mut u: Vec<V>, c: &Matrix, sigma: f64) -> Result<Self, ArgumentError> {
        let dimension = dimension_of(&u)?;
        ensure_dimension("rows of c", c.rows(), u.len())?;
        ensure_dimension("columns of c", c.columns(), u.len())?;
        ArgumentError::check(c.is_finite(), "u or c", "not finite", "finite")?;
        let columns = c.rows();
        Self::spanned(dimension, &mut u, sigma, |r, rank| {
            let rc = |i: usize, k: usize| -> f64 {
                (0..columns).map(|j| r[(i, j)] * c[(j.max(k), j.min(k))]).sum()
            };
            let rc = Matrix::from_fn(rank, columns, rc);
            let entry =
                |i: usize, j: usize| -> f64 { (0..columns).map(|k| rc[(i, k)] * r[(j, k)]).sum() };
            Matrix::from_fn(rank, rank, entry)
        })
    }

    /// With `U = Q R`, `sigma I + Q small(R) Q'`: Q carries the eigenvectors of the small matrix, which
    /// has a row for each of the columns of Q.
    fn spanned(
        dimension: usize,
        u: &mut [V],
        sigma: f64,
        small: impl FnOnce(&Matrix, usize) -> Matrix,
    ) -> Result<Self, ArgumentError> {
        ArgumentError::check(sigma.is_finite(), "sigma", sigma, "finite")?;
        let finite = u.iter().all(V::is_finite);
        ArgumentError::check(finite, "u or c", "not finite", "finite")?;
        let (rank, r) = orthonormalize(u, 0);
        let q = &u[..rank];
        let eigen = SymmetricEigen::new(&small(&r, rank))
            .map_err(|error| ArgumentError::new("u or c", error.to_string()))?;
        let combine = |k: usize| {
            let mut v = u[0].zeros_like();
            v.combine(eigen.vectors().column(k), q);
            v
        };
        let basis = (0..rank).map(combine).collect();
        let eigenvalues = eigen.values().iter().map(|lambda| sigma + lambda).collect();
        Ok(Self { dimension, basis, eigenvalues, sigma, coefficients: Scratch::default() })
    }

    /// `sigma I + U U'`.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn from_factor(mut u: Vec<V>, sigma: f64) -> Result<Self, ArgumentError> {
        let (dimension, columns) = (dimension_of(&u)?, u.len());
        Self::spanned(dimension, &mut u, sigma, |r, rank| {
            let entry =
                |i: usize, j: usize| -> f64 { (0..columns).map(|k| r[(i, k)] * r[(j, k)]).sum() };
            Matrix::from_fn(rank, rank, entry)
        })
    }

    /// `sigma (I - V V') + V diag(eigenvalues) V'`; the caller answers for V being orthonormal.
    ///
    /// # Errors
    ///
    /// If `basis` is empty or of different dimensions, or there is not one eigenvalue a vector.
    pub fn from_eigenvectors(
        basis: Vec<V>,
        eigenvalues: Vec<f64>,
        sigma: f64,
    ) -> Result<Self, ArgumentError> {
        let Some(first) = basis.first() else {
            return Err(ArgumentError::new("basis", "has no vector; use a scaled identity"));
        };
        let dimension = first.dimension();
        for v in &basis {
            ensure_dimension("vector of the basis", v.dimension(), dimension)?;
        }
        ensure_dimension("eigenvalues", eigenvalues.len(), basis.len())?;
        Ok(Self { dimension, basis, eigenvalues, sigma, coefficients: Scratch::default() })
    }

    /// The orthonormal eigenvectors V.
    pub fn basis(&self) -> &[V] {
        &self.basis
    }

    /// The eigenvalues theta of A on the span of V.
    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }

    /// The eigenvalue sigma of A on all that is orthogonal to V.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// `f(A)`: the same eigenvectors, each eigenvalue through f.
    ///
    /// ```
    /// use ravine_linalg::operator::{LinearOperator, LowRank};
    ///
    /// let a = LowRank::from_factor(vec![vec![3.0, 4.0]], 2.0).unwrap();
    /// let root = a.map(f64::sqrt);
    /// let (mut half, mut whole) = (vec![0.0_f64; 2], vec![0.0_f64; 2]);
    /// root.apply(&vec![1.0, 0.0], &mut half)?;
    /// root.apply(&half, &mut whole)?;
    /// assert!((whole[0] - 11.0).abs() < 1e-13 && (whole[1] - 12.0).abs() < 1e-13);
    /// # Ok::<(), ravine_linalg::Interrupt>(())
    /// ```
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        let eigenvalues = self.eigenvalues.iter().map(|&theta| f(theta)).collect();
        Self { eigenvalues, sigma: f(self.sigma), ..self.clone() }
    }

    /// `A^-1`.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::Singular`] if an eigenvalue is zero.
    pub fn inverted(&self) -> Result<Self, FactorizationError> {
        if self.spectrum().any(|lambda| lambda == 0.0 || !lambda.is_finite()) {
            return Err(FactorizationError::Singular);
        }
        Ok(self.map(f64::recip))
    }

    /// `ln |det A| = sum_k ln |theta_k| + (n - r) ln |sigma|`.
    pub fn log_determinant(&self) -> f64 {
        let rest = self.dimension - self.basis.len();
        let of_rest = if rest == 0 { 0.0 } else { rest as f64 * self.sigma.abs().ln() };
        of_rest + self.eigenvalues.iter().map(|theta| theta.abs().ln()).sum::<f64>()
    }

    /// `tr A`.
    pub fn trace(&self) -> f64 {
        let rest = self.dimension - self.basis.len();
        rest as f64 * self.sigma + self.eigenvalues.iter().sum::<f64>()
    }

    /// The different eigenvalues: those on V, and sigma if anything is left for it.
    fn spectrum(&self) -> impl Iterator<Item = f64> + '_ {
        let rest = (self.basis.len() < self.dimension).then_some(self.sigma);
        self.eigenvalues.iter().copied().chain(rest)
    }
}

/// The dimension that all columns have, of which there must be one.
fn dimension_of<V: Vector>(u: &[V]) -> Result<usize, ArgumentError> {
    let Some(first) = u.first() else {
        return Err(ArgumentError::new("u", "has no column; use a scaled identity"));
    };
    let dimension = first.dimension();
    for v in u {
        ensure_dimension("column of u", v.dimension(), dimension)?;
    }
    Ok(dimension)
}

impl<V: Vector> LinearOperator<V> for LowRank<V> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn structure(&self) -> Structure {
        Structure::of_eigenvalues(self.spectrum())
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        self.coefficients.with(
            || vec![0.0; self.basis.len()],
            |coefficients| {
                x.dots(&self.basis, coefficients);
                for (c, theta) in coefficients.iter_mut().zip(&self.eigenvalues) {
                    *c *= theta - self.sigma;
                }
                y.set_combination(self.sigma, x, coefficients, &self.basis);
            },
        );
        Ok(())
    }
}

impl<V: Vector> Adjoint<V> for LowRank<V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
