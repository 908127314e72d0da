//! The L-BFGS matrix itself in compact form.

use std::borrow::Cow;

use super::{InverseHessian, SecantPairs};
use crate::error::Interrupt;
use crate::matrix::{FactorizationError, Lblt, Matrix};
use crate::operator::{Adjoint, Invert, LinearOperator, Scratch, Structure};
use crate::vector::Vector;

/// The small matrices of the compact form of the L-BFGS matrix, `theta = y'y / s'y` of the newest
/// pair,
///
/// ```text
/// B = theta I - W M W',   W = [Y  theta S],   M = [ -D   L'         ]^-1
///                                                 [  L   theta S'S  ]
/// ```
///
/// with D the diagonal and L the strictly lower triangle of `S'Y`, pairs in the order of their
/// age. M is applied by way of the Cholesky factor of `theta S'S + L D^-1 L'`.
///
/// Source: R. H. Byrd, J. Nocedal and R. B. Schnabel (1994), Representations of quasi-Newton
/// matrices and their use in limited memory methods, Mathematical Programming 63, theorem 2.3 and
/// section 3.
///
/// ```
/// use ravine_linalg::secant::{CompactDirect, SecantPairs};
/// use ravine_linalg::operator::LinearOperator;
///
/// let mut pairs = SecantPairs::new(5);
/// let mut compact = CompactDirect::new(5);
/// for (mut s, mut y) in [(vec![1.0, 0.0], vec![1.0, 0.0]), (vec![0.0, 1.0], vec![0.0, 4.0])] {
///     pairs.push(&mut s, &mut y);
///     compact.update(&pairs);
/// }
/// let mut v = vec![0.0; 2];
/// compact.operator(&pairs).apply(&vec![3.0, 2.0], &mut v)?;
/// assert_eq!(v, [3.0, 8.0]);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CompactDirect {
    memory: usize,
    /// The number of pairs taken in.
    len: usize,
    theta: f64,
    /// `s_i'y_j` at `i m + j` by age.
    sy: Vec<f64>,
    /// `s_i's_j` by age.
    ss: Vec<f64>,
    /// The lower Cholesky factor of `theta S'S + L D^-1 L'`, by rows.
    factor: Vec<f64>,
}

impl CompactDirect {
    /// For as many pairs as the memory of the [`SecantPairs`] that it goes with.
    pub fn new(memory: usize) -> Self {
        let zeros = vec![0.0; memory * memory];
        Self { memory, len: 0, theta: 1.0, sy: zeros.clone(), ss: zeros.clone(), factor: zeros }
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none, so that B is the identity.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The multiple of the identity that the pairs update, `y'y / s'y` of the newest pair.
    pub fn theta(&self) -> f64 {
        self.theta
    }

    /// Forgets all pairs.
    pub fn clear(&mut self) {
        self.len = 0;
        self.theta = 1.0;
    }

    /// Of all pairs at once; nothing if B is not positive definite to rounding.
    fn of<V: Vector>(pairs: &SecantPairs<V>) -> Option<Self> {
        let (m, t) = (pairs.memory(), pairs.len());
        let mut compact = Self::new(m);
        (compact.len, compact.theta) = (t, 1.0 / pairs.gamma());
        for i in 0..t {
            for j in 0..t {
                compact.sy[i * m + j] =
                    if i == j { pairs.sy(i) } else { pairs.s(i).dot(pairs.y(j)) };
            }
            for j in 0..=i {
                compact.ss[i * m + j] = pairs.s(i).dot(pairs.s(j));
                compact.ss[j * m + i] = compact.ss[i * m + j];
            }
        }
        compact.factorize().then_some(compact)
    }

    /// Takes in the newest pair, after each pair taken into `pairs`: `2 m` inner products. False
    /// if B is then not positive definite to rounding; the caller should clear both.
    pub fn update<V: Vector>(&mut self, pairs: &SecantPairs<V>) -> bool {
        let m = self.memory;
        let t = pairs.len();
        if t == 0 {
            self.clear();
            return true;
        }
        if self.len == t {
            // The oldest pair has gone.
            for i in 1..t {
                for j in 1..t {
                    self.sy[(i - 1) * m + j - 1] = self.sy[i * m + j];
                    self.ss[(i - 1) * m + j - 1] = self.ss[i * m + j];
                }
            }
        }
        self.len = t;
        self.theta = 1.0 / pairs.gamma();
        let new = t - 1;
        let (s, y) = (pairs.s(new), pairs.y(new));
        for k in 0..t {
            self.sy[new * m + k] = s.dot(pairs.y(k));
            self.ss[new * m + k] = s.dot(pairs.s(k));
            self.ss[k * m + new] = self.ss[new * m + k];
            self.sy[k * m + new] = if k == new { pairs.sy(new) } else { pairs.s(k).dot(y) };
        }
        self.factorize()
    }

    /// Cholesky of `theta S'S + L D^-1 L'`.
    fn factorize(&mut self) -> bool {
        let (m, t) = (self.memory, self.len);
        for i in 0..t {
            for j in 0..=i {
                let mut c = self.theta * self.ss[i * m + j];
                for k in 0..j {
                    c += self.sy[i * m + k] * self.sy[j * m + k] / self.sy[k * m + k];
                    c -= self.factor[i * m + k] * self.factor[j * m + k];
                }
                if i == j {
                    if c.is_nan() || c <= 0.0 {
                        return false;
                    }
                    self.factor[i * m + i] = c.sqrt();
                } else {
                    self.factor[i * m + j] = c / self.factor[j * m + j];
                }
            }
        }
        true
    }

    /// `v = M v`, with `v` of length `2 len`: first the coefficients of Y, then those of
    /// `theta S`, both by age.
    ///
    /// # Panics
    ///
    /// If the length is another.
    pub fn middle(&self, v: &mut [f64]) {
        let (m, t) = (self.memory, self.len);
        assert_eq!(v.len(), 2 * t, "middle: wrong length");
        let (p, q) = v.split_at_mut(t);
        // q = (theta S'S + L D^-1 L')^-1 (q + L D^-1 p).
        for (i, q) in q.iter_mut().enumerate() {
            for (k, p) in p[..i].iter().enumerate() {
                *q += self.sy[i * m + k] / self.sy[k * m + k] * p;
            }
        }
        for i in 0..t {
            for k in 0..i {
                q[i] -= self.factor[i * m + k] * q[k];
            }
            q[i] /= self.factor[i * m + i];
        }
        for i in (0..t).rev() {
            for k in i + 1..t {
                q[i] -= self.factor[k * m + i] * q[k];
            }
            q[i] /= self.factor[i * m + i];
        }
        // p = D^-1 (L'q - p).
        for (k, p) in p.iter_mut().enumerate() {
            let lq: f64 = (k + 1..t).map(|i| self.sy[i * m + k] * q[i]).sum();
            *p = (lq - *p) / self.sy[k * m + k];
        }
    }

    /// The matrix B as a linear operator.
    pub fn operator<'a, V: Vector>(&'a self, pairs: &'a SecantPairs<V>) -> DirectHessian<'a, V> {
        DirectHessian::new(Cow::Borrowed(self), pairs)
    }
}

impl<V: Vector> SecantPairs<V> {
    /// The matrix B as a linear operator, by the compact form: `2 m^2` inner products to set it up.
    /// Nothing if B is not positive definite to rounding.
    ///
    /// ```
    /// use ravine_linalg::secant::SecantPairs;
    /// use ravine_linalg::operator::{Algebra, LinearOperator};
    ///
    /// let mut pairs = SecantPairs::new(5);
    /// pairs.push(&mut vec![1.0, 1.0], &mut vec![2.0, 4.0]);
    /// let (b, h) = (pairs.direct().unwrap(), pairs.inverse());
    /// let mut y = vec![0.0_f64; 2];
    /// b.then(h)?.apply(&vec![5.0, -3.0], &mut y)?;
    /// assert!((y[0] - 5.0).abs() < 1e-14 && (y[1] + 3.0).abs() < 1e-14);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn direct(&self) -> Option<DirectHessian<'_, V>> {
        Some(DirectHessian::new(Cow::Owned(CompactDirect::of(self)?), self))
    }
}

/// The L-BFGS approximation B of the Hessian as a linear operator: see
/// [`CompactDirect::operator`].
#[derive(Clone, Debug)]
pub struct DirectHessian<'a, V> {
    compact: Cow<'a, CompactDirect>,
    pairs: &'a SecantPairs<V>,
    coefficients: Scratch<Vec<f64>>,
}

impl<'a, V> DirectHessian<'a, V> {
    fn new(compact: Cow<'a, CompactDirect>, pairs: &'a SecantPairs<V>) -> Self {
        Self { compact, pairs, coefficients: Scratch::default() }
    }
}

impl<V: Vector> DirectHessian<'_, V> {
    /// `(B + shift I)^-1 r` into `d`: with `t = theta + shift`, `d = (r + W v) / t` where
    /// `(t M^-1 - W'W) v = W'r`, a system of twice as many unknowns as there are pairs. Beside the
    /// products with W, `m (m + 1) / 2` inner products.
    ///
    /// # Errors
    ///
    /// If the shifted matrix is singular.
    ///
    /// ```
    /// use ravine_linalg::secant::SecantPairs;
    ///
    /// let mut pairs = SecantPairs::new(5);
    /// pairs.push(&mut vec![1.0, 0.0], &mut vec![3.0, 0.0]);
    /// let mut d = vec![0.0; 2];
    /// // B = 3 I.
    /// pairs.direct().unwrap().solve_shifted(1.0, &vec![8.0, 4.0], &mut d)?;
    /// assert!((d[0] - 2.0_f64).abs() < 1e-14 && (d[1] - 1.0_f64).abs() < 1e-14);
    /// # Ok::<(), ravine_linalg::matrix::FactorizationError>(())
    /// ```
    pub fn solve_shifted(&self, shift: f64, r: &V, d: &mut V) -> Result<(), FactorizationError> {
        let (t, m, theta) = (self.compact.len, self.compact.memory, self.compact.theta);
        let (sy, ss) = (&self.compact.sy, &self.compact.ss);
        let shifted = theta + shift;
        let mut small = Matrix::zeros(2 * t, 2 * t);
        let mut v = vec![0.0; 2 * t];
        for i in 0..t {
            v[i] = self.pairs.y(i).dot(r);
            v[t + i] = theta * self.pairs.s(i).dot(r);
            for j in 0..t {
                // The lower triangle alone is read.
                if j <= i {
                    let diagonal = if i == j { -sy[i * m + i] } else { 0.0 };
                    small[(i, j)] = shifted * diagonal - self.pairs.y(i).dot(self.pairs.y(j));
                    small[(t + i, t + j)] = theta * shift * ss[i * m + j];
                }
                let below = if j < i { sy[i * m + j] } else { 0.0 };
                small[(t + i, j)] = shifted * below - theta * sy[i * m + j];
            }
        }
        Lblt::new(&small)?.solve(&mut v);
        d.copy_from(r);
        for age in 0..t {
            d.axpy(v[age], self.pairs.y(age));
            d.axpy(theta * v[t + age], self.pairs.s(age));
        }
        d.scale(1.0 / shifted);
        Ok(())
    }
}

impl<V: Vector> LinearOperator<V> for DirectHessian<'_, V> {
    fn dimension(&self) -> usize {
        self.pairs.vectors().first().map_or(0, Vector::dimension)
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        let (t, theta) = (self.compact.len, self.compact.theta);
        self.coefficients.with(Vec::new, |v| {
            v.resize(2 * t, 0.0);
            for age in 0..t {
                v[age] = self.pairs.y(age).dot(x);
                v[t + age] = theta * self.pairs.s(age).dot(x);
            }
            self.compact.middle(v);
            y.copy_from(x);
            y.scale(theta);
            for age in 0..t {
                y.axpy(-v[age], self.pairs.y(age));
                y.axpy(-theta * v[t + age], self.pairs.s(age));
            }
        });
        Ok(())
    }
}

impl<V: Vector> Adjoint<V> for DirectHessian<'_, V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}

/// `H = B^-1`.
impl<'a, V: Vector> Invert<V> for DirectHessian<'a, V> {
    type Inverse = InverseHessian<'a, V>;

    fn inverse_as(&self, _structure: Structure) -> Result<Self::Inverse, FactorizationError> {
        Ok(self.pairs.inverse())
    }
}

/// `B = H^-1`.
impl<'a, V: Vector> Invert<V> for InverseHessian<'a, V> {
    type Inverse = DirectHessian<'a, V>;

    fn inverse_as(&self, _structure: Structure) -> Result<Self::Inverse, FactorizationError> {
        self.pairs.direct().ok_or(FactorizationError::NotPositiveDefinite { pivot: 0 })
    }
}
