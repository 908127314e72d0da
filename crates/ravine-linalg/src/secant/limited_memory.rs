//! The L-BFGS matrix in either of its forms.

use super::{CompactInverse, DirectHessian, InverseHessian, SecantMatrix, SecantPairs};
use crate::vector::Vector;

/// How the L-BFGS matrix is applied; the results differ by rounding only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The two-loop recursion ([`SecantPairs::multiply_inverse`]): twice as fast in short
    /// vectors and as fast in long ones, as `bench/lbfgs` measures it.
    #[default]
    TwoLoop,
    /// The compact form ([`CompactInverse`]): fewest passes over the vectors.
    Compact,
}

/// The L-BFGS matrix H of the last m secant pairs, applied in the form chosen.
///
/// ```
/// use ravine_linalg::secant::{Form, LimitedMemory, SecantMatrix};
///
/// // Of the quadratic with Hessian diag(1, 4).
/// let mut h = LimitedMemory::new(5, Form::TwoLoop);
/// h.update(&mut vec![1.0, 0.0], &mut vec![1.0, 0.0], &vec![3.0, 8.0]);
/// h.update(&mut vec![0.0, 1.0], &mut vec![0.0, 4.0], &vec![3.0, 8.0]);
/// let mut d = vec![0.0; 2];
/// assert_eq!(h.direction(&vec![3.0, 8.0], &mut d), (-25.0, 3.0));
/// assert_eq!(d, [-3.0, -2.0]);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LimitedMemory<V> {
    pairs: SecantPairs<V>,
    compact: Option<CompactInverse>,
    /// Scratch of the two-loop recursion.
    work: Vec<f64>,
}

impl<V: Vector> LimitedMemory<V> {
    /// Of at most `memory` pairs; the identity at first.
    ///
    /// # Panics
    ///
    /// If `memory` is zero.
    pub fn new(memory: usize, form: Form) -> Self {
        Self {
            pairs: SecantPairs::new(memory),
            compact: (form == Form::Compact).then(|| CompactInverse::new(memory)),
            work: Vec::new(),
        }
    }

    /// The secant pairs.
    pub fn pairs(&self) -> &SecantPairs<V> {
        &self.pairs
    }

    /// Gives the secant pairs away; the identity is left.
    pub fn take_pairs(&mut self) -> SecantPairs<V> {
        let none = SecantPairs::new(self.pairs.memory());
        if let Some(compact) = &mut self.compact {
            compact.forget();
        }
        std::mem::replace(&mut self.pairs, none)
    }

    /// H as a linear operator.
    pub fn inverse(&self) -> InverseHessian<'_, V> {
        self.pairs.inverse()
    }

    /// `B = H^-1`, the approximation of the Hessian, as a linear operator: see
    /// [`SecantPairs::direct`].
    pub fn direct(&self) -> Option<DirectHessian<'_, V>> {
        self.pairs.direct()
    }
}

impl<V: Vector> SecantMatrix<V> for LimitedMemory<V> {
    fn is_initial(&self) -> bool {
        self.pairs.is_empty()
    }

    fn reset(&mut self) {
        self.pairs.clear();
        if let Some(compact) = &mut self.compact {
            compact.forget();
        }
    }

    fn direction(&mut self, gradient: &V, direction: &mut V) -> (f64, f64) {
        if let Some(compact) = &mut self.compact
            && !self.pairs.is_empty()
        {
            return compact.direction(&self.pairs, gradient, direction);
        }
        direction.axpby(-1.0, gradient, 0.0);
        let slope = self.pairs.two_loop(direction, &mut self.work, Some(gradient));
        (slope.unwrap_or_else(|| gradient.dot(direction)), direction.norm_max())
    }

    fn update(&mut self, s: &mut V, y: &mut V, gradient: &V) {
        if let Some(compact) = &mut self.compact {
            compact.push(&mut self.pairs, s, y, gradient);
        } else {
            self.pairs.push(s, y);
        }
    }
}
