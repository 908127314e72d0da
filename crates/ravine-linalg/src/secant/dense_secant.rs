//! A dense approximation of the inverse Hessian by secant updates.

use super::SecantMatrix;
use crate::error::Interrupt;
use crate::matrix::{FactorizationError, Symmetric};
use crate::operator::{Adjoint, DenseInverse, Invert, LinearOperator, Structure};
use crate::vector::Vector;

/// Which of Broyden's family of updates keeps the secant equation `H y = s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecantUpdate {
    /// `H = (I - rho s y') H (I - rho y s') + rho s s'`, `rho = 1 / y's` (Nocedal and Wright,
    /// equation 6.17).
    #[default]
    Bfgs,
    /// `H = H - H y y'H / y'H y + s s' / y's` (equation 6.15).
    Dfp,
}

/// A dense approximation H of the inverse Hessian, updated by secant pairs in `O(n^2)`.
///
/// H is the identity until the first pair, which scales it by `s'y / y'y` (equation 6.20). Where
/// the function turns out to bend less along a step than H said, [`grow`](Self::grow) enlarges all of it.
/// An update computes `H y` in one pass over the matrix, and in a second one the rank-two update
/// together with the product of the new matrix and the new gradient.
///
/// ```
/// use ravine_linalg::secant::{DenseSecant, SecantUpdate};
///
/// // Of the quadratic with Hessian diag(1, 4).
/// let mut h = DenseSecant::new(2, SecantUpdate::Bfgs);
/// assert!(h.update(&[1.0, 0.0], &[1.0, 0.0], &[3.0, 8.0]));
/// assert!(h.update(&[0.0, 1.0], &[0.0, 4.0], &[3.0, 8.0]));
/// let mut d = vec![0.0; 2];
/// assert_eq!(h.direction(&[3.0, 8.0], &mut d), (-25.0, 3.0));
/// assert_eq!(d, [-3.0, -2.0]);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DenseSecant {
    update: SecantUpdate,
    h: Symmetric,
    /// How many pairs were taken in.
    pairs: usize,
    /// `H y`.
    hy: Vec<f64>,
    /// The factors that go with s and with `H y` in the rank-two update.
    p: Vec<f64>,
    q: Vec<f64>,
    /// `H g` for the gradient given with the last pair.
    hg: Vec<f64>,
    /// Whether `hg` is that.
    current: bool,
}

impl DenseSecant {
    /// The identity.
    pub fn new(n: usize, update: SecantUpdate) -> Self {
        let zeros = vec![0.0; n];
        Self {
            update,
            h: Symmetric::scaled_identity(n, 1.0),
            pairs: 0,
            hy: zeros.clone(),
            p: zeros.clone(),
            q: zeros.clone(),
            hg: zeros,
            current: false,
        }
    }

    /// The matrix H.
    pub fn matrix(&self) -> &Symmetric {
        &self.h
    }

    /// `B = H^-1`, the approximation of the Hessian, as a linear operator: a Cholesky factorization
    /// of H.
    ///
    /// ```
    /// use ravine_linalg::secant::{DenseSecant, SecantUpdate};
    /// use ravine_linalg::operator::LinearOperator;
    ///
    /// let mut h = DenseSecant::new(2, SecantUpdate::Bfgs);
    /// h.update(&[1.0, 1.0], &[2.0, 4.0], &[0.0, 0.0]);
    /// // B keeps the secant equation B s = y.
    /// let mut y = vec![0.0; 2];
    /// h.direct()?.apply(&vec![1.0, 1.0], &mut y)?;
    /// assert!((y[0] - 2.0).abs() < 1e-14 && (y[1] - 4.0).abs() < 1e-14);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If H is not positive definite to rounding.
    pub fn direct(&self) -> Result<DenseInverse, FactorizationError> {
        self.h.inverse_as(Structure::Definite)
    }

    /// Takes in the pair `s`, `y`; `gradient` is the one for which [`direction`](Self::direction)
    /// will be asked next. False, and nothing is changed, if `s'y` is not clearly positive or the
    /// update would not be finite.
    ///
    /// # Panics
    ///
    /// If the lengths disagree.
    pub fn update(&mut self, s: &[f64], y: &[f64], gradient: &[f64]) -> bool {
        let products = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (sy, yy) = (products(s, y), products(y, y));
        // The angle between s and y changes little with the units of the variables.
        let clear = sy > 0.5 * f64::EPSILON * products(s, s).sqrt() * yy.sqrt();
        if !(clear && (sy / yy).is_normal()) {
            return false;
        }
        if self.pairs == 0 {
            self.h.set_scaled_identity(sy / yy);
        }
        self.h.multiply(y, &mut self.hy);
        let yhy = products(y, &self.hy);
        // H + s p' + Hy q'.
        let (ss, sh, hh) = match self.update {
            SecantUpdate::Bfgs => ((1.0 + yhy / sy) / sy, -1.0 / sy, 0.0),
            SecantUpdate::Dfp => (1.0 / sy, 0.0, -1.0 / yhy),
        };
        if !(ss.is_finite() && sh.is_finite() && hh.is_finite()) {
            return false;
        }
        for (((p, q), s), hy) in self.p.iter_mut().zip(&mut self.q).zip(s).zip(&self.hy) {
            *p = ss * s + sh * hy;
            *q = sh * s + hh * hy;
        }
        let (first, second) = ((s, &self.p[..]), (&self.hy[..], &self.q[..]));
        self.h.rank_two_multiply(first, second, gradient, &mut self.hg);
        self.pairs += 1;
        self.current = true;
        true
    }

    /// How many pairs were taken in.
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// `H <- a H`, before an update.
    ///
    /// ```
    /// use ravine_linalg::secant::{DenseSecant, SecantUpdate};
    ///
    /// let mut h = DenseSecant::new(2, SecantUpdate::Bfgs);
    /// h.update(&[1.0, 0.0], &[2.0, 0.0], &[0.0, 0.0]);
    /// h.grow(3.0);
    /// assert_eq!((h.matrix().get(0, 0), h.matrix().get(1, 1)), (1.5, 1.5));
    /// ```
    pub fn grow(&mut self, a: f64) {
        self.h.scale(a);
        self.current = false;
    }

    /// `d = -H g`; gives the slope `g'd` and the length `max_i |d_i|`. If `g` is not the gradient
    /// given with the last pair, say so by [`forget`](Self::forget) first.
    pub fn direction(&mut self, g: &[f64], d: &mut Vec<f64>) -> (f64, f64) {
        if !self.current {
            self.h.multiply(g, &mut self.hg);
            self.current = true;
        }
        let mut slope = 0.0;
        for ((d, hg), g) in d.iter_mut().zip(&self.hg).zip(g) {
            *d = -hg;
            slope += *d * g;
        }
        (slope, d.norm_max())
    }

    /// The product with the gradient no longer holds.
    pub fn forget(&mut self) {
        self.current = false;
    }
}

impl SecantMatrix<Vec<f64>> for DenseSecant {
    fn is_initial(&self) -> bool {
        self.pairs == 0
    }

    fn reset(&mut self) {
        self.h.set_scaled_identity(1.0);
        self.pairs = 0;
        self.current = false;
    }

    fn direction(&mut self, gradient: &Vec<f64>, direction: &mut Vec<f64>) -> (f64, f64) {
        DenseSecant::direction(self, gradient, direction)
    }

    fn update(&mut self, s: &mut Vec<f64>, y: &mut Vec<f64>, gradient: &Vec<f64>) {
        if !DenseSecant::update(self, s, y, gradient) {
            self.forget();
        }
    }
}

/// The inverse Hessian as a linear operator.
impl LinearOperator<Vec<f64>> for DenseSecant {
    fn dimension(&self) -> usize {
        self.h.dimension()
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.h.multiply(x, y);
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for DenseSecant {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
