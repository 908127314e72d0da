//! The approximation as an operator.

use crate::error::{ArgumentError, Interrupt};
use crate::matrix::orthonormalize;
use crate::matrix::{Cholesky, Matrix, SymmetricEigen};
use crate::operator::{Adjoint, LinearOperator, LowRank, Scratch, Structure};
use crate::random::Random;
use crate::vector::{Pointwise, Vector};

/// A Rayleigh quotient below this part of the largest one is negative beyond rounding.
const NEGATIVE: f64 = 1e-10;

/// Why there is no Nystrom approximation.
#[derive(Debug)]
pub enum NystromError {
    /// A setting that cannot be used.
    Argument(ArgumentError),
    /// The operator is not semidefinite: it has a Rayleigh quotient as low as this.
    Indefinite {
        /// The Rayleigh quotient `x'Ax / x'x`.
        quotient: f64,
    },
    /// A product is not finite.
    NotFinite,
    /// An interrupt of the operator.
    Interrupt(Interrupt),
}

impl From<ArgumentError> for NystromError {
    fn from(error: ArgumentError) -> Self {
        Self::Argument(error)
    }
}

impl From<Interrupt> for NystromError {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupt(interrupt)
    }
}

impl std::fmt::Display for NystromError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Argument(error) => error.fmt(f),
            Self::Indefinite { quotient } => {
                write!(f, "the operator is not semidefinite: a Rayleigh quotient is {quotient}")
            }
            Self::NotFinite => write!(f, "a product with the operator is not finite"),
            Self::Interrupt(interrupt) => write!(f, "interrupted: {interrupt:?}"),
        }
    }
}

impl std::error::Error for NystromError {}

/// `U diag(lambda) U'`, the Nystrom approximation of a semidefinite operator, kept as an orthonormal
/// basis Q and a small orthogonal matrix Z with `U = Q Z`. As an operator it is the approximation
/// itself; [`preconditioner`](Self::preconditioner) gives what speeds up conjugate gradients.
///
/// See [`Nystrom`](super::Nystrom), which makes it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct NystromApproximation<V> {
    /// Q, as many as Z has rows; beyond, room from earlier.
    basis: Vec<V>,
    /// Z, its columns in the order of the values.
    rotation: Matrix,
    /// Descending, all positive.
    values: Vec<f64>,
    /// How many random vectors it is made of.
    rank: usize,
    dimension: usize,
    /// Omega and `A Omega`: what an extension needs.
    #[serde(skip)]
    test: Vec<V>,
    #[serde(skip)]
    products: Vec<V>,
    #[serde(skip)]
    scratch: Scratch<(Vec<f64>, Vec<f64>)>,
}

impl<V> Default for NystromApproximation<V> {
    /// The zero operator, of dimension 0: room for one to come.
    fn default() -> Self {
        Self {
            basis: Vec::new(),
            rotation: Matrix::default(),
            values: Vec::new(),
            rank: 0,
            dimension: 0,
            test: Vec::new(),
            products: Vec::new(),
            scratch: Scratch::default(),
        }
    }
}

impl<V: Vector> NystromApproximation<V> {
    /// The eigenvalues that are positive beyond rounding, descending; those of A are at least as
    /// large, one by one.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The number l of random vectors.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// `lambda_l`, the least of l eigenvalues: zero where fewer are positive.
    pub fn smallest(&self) -> f64 {
        if self.values.len() < self.rank { 0.0 } else { self.values.last().copied().unwrap_or(0.0) }
    }

    /// The effective dimension `sum_i lambda_i / (lambda_i + mu)` of the approximation: a lower
    /// bound of that of A, which says how large a rank pays. `2 ceil(1.5 d) + 1` random vectors
    /// bring the condition number below 28 on average.
    ///
    /// Source: Frangella, Tropp and Udell (2023), theorem 1.1.
    pub fn effective_dimension(&self, mu: f64) -> f64 {
        self.values.iter().map(|lambda| lambda / (lambda + mu)).sum()
    }
}

impl<V: Vector> NystromApproximation<V> {
    /// `v = u_i`, the eigenvector of value i.
    ///
    /// # Panics
    ///
    /// If there is no such value.
    pub fn eigenvector(&self, i: usize, v: &mut V) {
        assert!(i < self.values.len(), "eigenvector {i} of {}", self.values.len());
        v.fill(0.0);
        v.combine(self.rotation.column(i), &self.basis[..self.rotation.rows()]);
    }

    /// `A_nys + sigma I` with its eigenvectors formed, as an operator of its own: its inverse, its
    /// determinant and every function of it are exact.
    ///
    /// ```
    /// use ravine_linalg::krylov::Nystrom;
    /// use ravine_linalg::matrix::Matrix;
    /// use ravine_linalg::operator::{Invert, LinearOperator};
    ///
    /// // Rank one, which a sketch of two finds exactly.
    /// let a = Matrix::from_rows(&[[1.0, 2.0, 2.0], [2.0, 4.0, 4.0], [2.0, 4.0, 4.0]]);
    /// let nystrom = Nystrom { rank: 2, ..Default::default() }.approximate(&a, 1.0, &vec![0.0; 3])?;
    /// let inverse = nystrom.low_rank(1.0)?.inverse()?;
    /// let mut x = vec![0.0_f64; 3];
    /// inverse.apply(&vec![10.0, 20.0, 20.0], &mut x)?;
    /// assert!((x[0] - 1.0).abs() < 1e-6 && (x[1] - 2.0).abs() < 1e-6);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no eigenvalue that is positive beyond rounding.
    pub fn low_rank(&self, sigma: f64) -> Result<LowRank<V>, ArgumentError> {
        let vector = |i| {
            let mut v = self.basis[0].zeros_like();
            self.eigenvector(i, &mut v);
            v
        };
        let basis = (0..self.values.len()).map(vector).collect();
        let eigenvalues = self.values.iter().map(|lambda| lambda + sigma).collect();
        LowRank::from_eigenvectors(basis, eigenvalues, sigma)
    }

    /// `y += U diag(f(lambda)) U' x`.
    pub(super) fn add_function(&self, f: impl Fn(f64) -> f64, x: &V, y: &mut V) {
        let size = self.rotation.rows();
        self.scratch.with(Default::default, |(projections, coefficients)| {
            projections.resize(size, 0.0);
            coefficients.resize(self.values.len(), 0.0);
            x.dots(&self.basis[..size], projections);
            self.rotation.multiply_transposed(projections, coefficients);
            for (c, &lambda) in coefficients.iter_mut().zip(&self.values) {
                *c *= f(lambda);
            }
            self.rotation.multiply(coefficients, projections);
            y.combine(projections, &self.basis[..size]);
        });
    }

    /// A lower estimate of `|A - A_nys|` by some steps of the power method, each a product with A,
    /// from a random vector: mostly within a few percent after ten.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn error_norm(
        &self,
        a: &impl LinearOperator<V>,
        steps: usize,
        seed: u64,
        like: &V,
    ) -> Result<f64, Interrupt>
    where
        V: Pointwise,
    {
        let (mut x, mut y) = (like.zeros_like(), like.zeros_like());
        x.fill_normal(&mut Random::new(seed));
        let mut largest = 0.0;
        for _ in 0..steps {
            let norm = x.norm();
            if norm == 0.0 {
                break;
            }
            x.scale(1.0 / norm);
            a.apply(&x, &mut y)?;
            self.add_function(|lambda| -lambda, &x, &mut y);
            largest = x.dot(&y).max(largest);
            std::mem::swap(&mut x, &mut y);
        }
        Ok(largest)
    }
}

impl<V: Pointwise> NystromApproximation<V> {
    /// Approximates A anew, from `rank` random vectors, in the memory that is here.
    ///
    /// # Errors
    ///
    /// An operator that is not semidefinite or not finite, or an interrupt of it; the approximation
    /// is then zero.
    pub fn refresh(
        &mut self,
        a: &impl LinearOperator<V>,
        rank: usize,
        random: &mut Random,
        like: &V,
    ) -> Result<(), NystromError> {
        self.rank = 0;
        self.extend(a, rank, random, like)
    }

    /// Raises the number of random vectors to `rank`; the products made are used again. The
    /// operator must be the same as before.
    ///
    /// # Errors
    ///
    /// See [`refresh`](Self::refresh).
    pub fn extend(
        &mut self,
        a: &impl LinearOperator<V>,
        rank: usize,
        random: &mut Random,
        like: &V,
    ) -> Result<(), NystromError> {
        self.dimension = like.dimension();
        let rank = rank.min(self.dimension);
        let known = self.rank.min(self.test.len());
        self.rank = 0;
        self.values.clear();
        self.rotation = Matrix::default();
        for room in [&mut self.test, &mut self.products, &mut self.basis] {
            while room.len() < rank {
                room.push(like.zeros_like());
            }
        }
        for v in &mut self.test[known..rank] {
            v.fill_normal(random);
        }
        let (independent, _) = orthonormalize(&mut self.test[..rank], known);
        for (v, y) in self.test[..independent].iter().zip(&mut self.products).skip(known) {
            a.apply(v, y)?;
        }
        self.rank = independent;
        let result = self.decompose();
        if result.is_err() {
            self.rank = 0;
        }
        result
    }

    /// From Omega and `Y = A Omega` to Q, Z and the values.
    fn decompose(&mut self) -> Result<(), NystromError> {
        let l = self.rank;
        let (omega, y) = (&self.test[..l], &self.products[..l]);
        let norm = y.iter().fold(0.0f64, |norm, y| norm.hypot(y.norm()));
        if !norm.is_finite() {
            return Err(NystromError::NotFinite);
        }
        if norm == 0.0 {
            return Ok(());
        }
        let mut core = Matrix::zeros(l, l);
        for (j, y) in y.iter().enumerate() {
            y.dots(omega, core.column_mut(j));
        }
        let core = Matrix::from_fn(l, l, |i, j| 0.5 * (core[(i, j)] + core[(j, i)]));
        let (factor, shift) = factorize(&core, V::EPSILON, (self.dimension as f64).sqrt() * norm)?;
        // B = (Y + shift Omega) L^-T, column by column; then A + shift I ~ B B'.
        let basis = &mut self.basis[..l];
        let mut row = vec![0.0; l];
        for j in 0..l {
            let (before, rest) = basis.split_at_mut(j);
            let b = &mut rest[0];
            b.point_along(&y[j], shift, &omega[j]);
            for (k, entry) in row[..j].iter_mut().enumerate() {
                *entry = -factor.lower()[(j, k)];
            }
            b.combine(&row[..j], before);
            b.scale(1.0 / factor.lower()[(j, j)]);
        }
        // B = Q R, so that B B' = Q (R R') Q'.
        let (size, r) = orthonormalize(basis, 0);
        let entry = |i: usize, j: usize| (0..l).map(|k| r[(i, k)] * r[(j, k)]).sum();
        let eigen = SymmetricEigen::new(&Matrix::from_fn(size, size, entry))
            .map_err(|_| NystromError::NotFinite)?;
        let values = eigen.values();
        let kept = values.iter().filter(|&&value| value > 2.0 * shift).count();
        // Descending.
        self.values.extend(values.iter().rev().take(kept).map(|value| value - shift));
        self.rotation = Matrix::from_fn(size, kept, |i, j| eigen.vectors()[(i, size - 1 - j)]);
        Ok(())
    }
}

/// A Cholesky factor of `core + shift I`, with the least shift at the level of rounding that works;
/// `epsilon` is the relative rounding of the products that the core consists of.
fn factorize(core: &Matrix, epsilon: f64, scale: f64) -> Result<(Cholesky, f64), NystromError> {
    let mut factor = Cholesky::default();
    let mut shift = epsilon * scale;
    if factor.refactor(core, shift).is_ok() {
        return Ok((factor, shift));
    }
    let eigen = SymmetricEigen::new(core).map_err(|_| NystromError::NotFinite)?;
    let least = eigen.values().first().copied().unwrap_or(0.0);
    if least < -NEGATIVE.max(100.0 * epsilon) * eigen.norm() {
        return Err(NystromError::Indefinite { quotient: least });
    }
    shift = 10.0 * shift.max(-least);
    factor.refactor(core, shift).map_err(|_| NystromError::NotFinite)?;
    Ok((factor, shift))
}

impl<V: Vector> LinearOperator<V> for NystromApproximation<V> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn structure(&self) -> Structure {
        Structure::Semidefinite
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        y.fill(0.0);
        self.add_function(|lambda| lambda, x, y);
        Ok(())
    }
}

impl<V: Vector> Adjoint<V> for NystromApproximation<V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
