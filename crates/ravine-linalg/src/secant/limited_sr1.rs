//! The limited-memory symmetric rank-one matrix.

use crate::error::ArgumentError;
use crate::matrix::{FactorizationError, Lblt, Matrix};
use crate::operator::LowRank;
use crate::vector::Vector;

/// The last m secant pairs, of any curvature, and the symmetric rank-one matrix B of them,
///
/// ```text
/// B = gamma I + Psi M^-1 Psi',   Psi = Y - gamma S,   M = D + L + L' - gamma S'S
/// ```
///
/// with D the diagonal and L the strictly lower triangle of `S'Y`, pairs in the order of their age.
/// B may be indefinite, as the Hessian may.
///
/// A pair is left out of B where the update with it would divide by what is lost in rounding:
/// `|s'(y - Bs)| <= 1e-8 |s| |y - Bs|` with the B of the pairs before it.
///
/// Source: Byrd, Nocedal and Schnabel (1994), Representations of quasi-Newton matrices and their use
/// in limited memory methods, theorem 5.1; Nocedal and Wright (2006), equation 6.26 for the skipping.
///
/// ```
/// use ravine_linalg::secant::LimitedSr1;
/// use ravine_linalg::operator::{Invert, LinearOperator};
///
/// // Two pairs of the Hessian diag(2, -3, 1).
/// let mut pairs = LimitedSr1::new(5, 1.0)?;
/// pairs.push(vec![1.0, 0.0, 0.0], vec![2.0, 0.0, 0.0]);
/// pairs.push(vec![1.0, 1.0, 0.0], vec![2.0, -3.0, 0.0]);
/// let b = pairs.matrix()?;
/// let mut y = vec![0.0_f64; 3];
/// b.apply(&vec![1.0, 1.0, 1.0], &mut y)?;
/// for (y, exact) in y.iter().zip([2.0, -3.0, 1.0]) {
///     assert!((y - exact).abs() < 1e-14);
/// }
/// // The exact inverse, by the same few vectors.
/// b.inverse()?.apply(&vec![2.0, -3.0, 1.0], &mut y)?;
/// assert!(y.iter().all(|y| (y - 1.0).abs() < 1e-14));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LimitedSr1<V> {
    memory: usize,
    gamma: f64,
    /// By age, the oldest first.
    pairs: Vec<(V, V)>,
}

/// Where a pair is left out.
const SKIP: f64 = 1e-8;

impl<V: Vector> LimitedSr1<V> {
    /// No pairs yet, and never more than `memory`; `gamma I` is what they update, with a gamma
    /// that may have any sign.
    ///
    /// # Errors
    ///
    /// If the memory is zero, or gamma zero or not finite.
    pub fn new(memory: usize, gamma: f64) -> Result<Self, ArgumentError> {
        ArgumentError::check(memory > 0, "memory", memory, "at least 1")?;
        ArgumentError::check(
            gamma != 0.0 && gamma.is_finite(),
            "gamma",
            gamma,
            "finite, not zero",
        )?;
        Ok(Self { memory, gamma, pairs: Vec::new() })
    }

    /// The multiple of the identity that the pairs update.
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there are none, so that B is `gamma I`.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// Takes in the pair `s = x_new - x`, `y = g_new - g`, in place of the oldest if the memory is
    /// full. One that is not finite, or has `s = 0`, is refused.
    pub fn push(&mut self, s: V, y: V) -> bool {
        if !(s.is_finite() && y.is_finite() && s.norm_max() > 0.0) {
            return false;
        }
        if self.pairs.len() == self.memory {
            self.pairs.remove(0);
        }
        self.pairs.push((s, y));
        true
    }

    /// The matrix B: `m^2` inner products and about `4 m^2 n` operations.
    ///
    /// # Errors
    ///
    /// If there are no pairs, or something is not finite.
    pub fn matrix(&self) -> Result<LowRank<V>, ArgumentError> {
        if self.is_empty() {
            return Err(ArgumentError::new("pairs", "are none, so that B is a multiple of I"));
        }
        let mut used: Vec<&(V, V)> = Vec::new();
        let mut middle = Matrix::zeros(0, 0);
        let mut psi: Vec<V> = Vec::new();
        for pair in &self.pairs {
            let mut column = pair.1.clone();
            column.axpy(-self.gamma, &pair.0);
            // y - B s with the B of the pairs before.
            let mut left = column.clone();
            let mut coefficients: Vec<f64> = psi.iter().map(|v| v.dot(&pair.0)).collect();
            if !psi.is_empty() {
                Lblt::new(&middle).map_err(of_pairs)?.solve(&mut coefficients);
            }
            coefficients.iter_mut().for_each(|c| *c = -*c);
            left.combine(&coefficients, &psi);
            if left.dot(&pair.0).abs() > SKIP * pair.0.norm() * left.norm() {
                middle = self.border(&middle, &used, pair);
                used.push(pair);
                psi.push(column);
            }
        }
        if psi.is_empty() {
            // All pairs agree with gamma I already.
            let mut column = self.pairs[0].0.clone();
            column.scale(1.0 / column.norm());
            return LowRank::from_eigenvectors(vec![column], vec![self.gamma], self.gamma);
        }
        LowRank::new(psi, &invert(&middle).map_err(of_pairs)?, self.gamma)
    }

    /// M with one more pair.
    fn border(&self, middle: &Matrix, used: &[&(V, V)], (s, y): &(V, V)) -> Matrix {
        let t = used.len();
        let mut bordered =
            Matrix::from_fn(t + 1, t + 1, |i, j| if i < t && j < t { middle[(i, j)] } else { 0.0 });
        for (j, (earlier_s, earlier_y)) in used.iter().enumerate() {
            // L takes s of the later pair and y of the earlier.
            let entry = s.dot(earlier_y) - self.gamma * s.dot(earlier_s);
            bordered[(t, j)] = entry;
            bordered[(j, t)] = entry;
        }
        bordered[(t, t)] = s.dot(y) - self.gamma * s.dot(s);
        bordered
    }
}

fn of_pairs(error: FactorizationError) -> ArgumentError {
    ArgumentError::new("pairs", error.to_string())
}

/// The inverse of a small symmetric matrix.
fn invert(a: &Matrix) -> Result<Matrix, FactorizationError> {
    let factor = Lblt::new(a)?;
    let mut inverse = Matrix::identity(a.rows());
    for j in 0..a.columns() {
        factor.solve(inverse.column_mut(j));
    }
    if inverse.is_finite() { Ok(inverse) } else { Err(FactorizationError::Singular) }
}
