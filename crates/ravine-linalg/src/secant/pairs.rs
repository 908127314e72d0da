//! Secant pairs: what gradients tell of curvature.

use crate::error::Interrupt;
use crate::operator::{Adjoint, LinearOperator, Scratch, Structure};
use crate::vector::Vector;

/// From so many entries on, the recursion waits for memory: twenty vectors are more than most
/// second-level caches hold.
const LONG: usize = 8192;

/// Whether vectors are so long. Never in a module for browsers, which should be small.
#[inline(always)]
const fn long(n: usize) -> bool {
    cfg!(not(target_arch = "wasm32")) && n >= LONG
}

/// The last m pairs `s = x_new - x_old`, `y = grad f(x_new) - grad f(x_old)`, each with `s'y > 0`.
///
/// They define the L-BFGS matrices: `B`, by BFGS updates of `I / gamma`, and its inverse `H`, with
/// `gamma = s'y / y'y` of the newest pair. [`multiply_inverse`](Self::multiply_inverse) applies H
/// by the two-loop recursion, [`CompactInverse`](super::CompactInverse) and
/// [`CompactDirect`](super::CompactDirect) apply H and B by the compact form.
///
/// Source: Nocedal and Wright (2006), section 7.2.
///
/// ```
/// use ravine_linalg::secant::SecantPairs;
///
/// // Of the quadratic with Hessian diag(1, 4).
/// let mut pairs = SecantPairs::new(5);
/// pairs.push(&mut vec![1.0, 0.0], &mut vec![1.0, 0.0]);
/// pairs.push(&mut vec![0.0, 1.0], &mut vec![0.0, 4.0]);
/// let mut v = vec![3.0, 8.0];
/// pairs.multiply_inverse(&mut v, &mut Vec::new());
/// assert_eq!(v, [3.0, 2.0]);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SecantPairs<V> {
    memory: usize,
    /// The s and y of slot k at 2k and 2k + 1: one slice for passes over all of them.
    vectors: Vec<V>,
    /// The slot of the oldest pair.
    first: usize,
    /// `s'y` of each slot.
    sy: Vec<f64>,
    /// `1 / s'y` of each slot: the recursion waits for each quotient by `s'y`, and a product comes sooner.
    per_sy: Vec<f64>,
    /// Of each slot, the product of its y with the s of the pair before it; asked for in long vectors.
    coupled: Vec<f64>,
    /// `s'y / y'y` of the newest pair.
    gamma: f64,
}

impl<V: Vector> SecantPairs<V> {
    /// No pairs yet, and never more than `memory`.
    ///
    /// # Panics
    ///
    /// If `memory` is zero.
    pub fn new(memory: usize) -> Self {
        assert!(memory > 0, "a memory of no pairs");
        Self {
            memory,
            vectors: Vec::new(),
            first: 0,
            sy: Vec::new(),
            per_sy: Vec::new(),
            coupled: Vec::new(),
            gamma: 1.0,
        }
    }

    /// The most pairs kept.
    pub fn memory(&self) -> usize {
        self.memory
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.sy.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sy.is_empty()
    }

    /// The step of the pair of that age, 0 the oldest.
    ///
    /// # Panics
    ///
    /// If there is no such pair; so do the other accessors.
    pub fn s(&self, age: usize) -> &V {
        &self.vectors[2 * self.slot(age)]
    }

    /// The change of the gradient of the pair of that age, 0 the oldest.
    pub fn y(&self, age: usize) -> &V {
        &self.vectors[2 * self.slot(age) + 1]
    }

    /// `s'y` of the pair of that age, 0 the oldest.
    pub fn sy(&self, age: usize) -> f64 {
        self.sy[self.slot(age)]
    }

    /// `s'y / y'y` of the newest pair: an eigenvalue of the inverse Hessian along the last step,
    /// to scale the matrix that the pairs update. One while there are no pairs.
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// Takes in a pair, in place of the oldest if the memory is full, and gives its slot. The
    /// vectors are exchanged, not copied: afterwards `s` and `y` hold a pair no longer needed.
    /// A pair with `s'y <= (e / 2) |s| |y|`, e the precision of the entries, which says nothing of
    /// curvature, is refused. Units of the value or of all variables change nothing in that.
    pub fn push(&mut self, s: &mut V, y: &mut V) -> Option<usize> {
        let (sy, coupled) = match self.len() {
            t if t > 0 && long(y.dimension()) => y.dot2(s, self.s(t - 1)),
            _ => (s.dot(y), 0.0),
        };
        let (ss, yy) = (s.dot(s), y.dot(y));
        if !Self::usable(sy, ss, yy) {
            return None;
        }
        let slot = self.place(s, y);
        self.keep(slot, sy, yy, coupled);
        Some(slot)
    }

    /// The first half of [`push`](Self::push), for those who compute the products later.
    pub(super) fn place(&mut self, s: &mut V, y: &mut V) -> usize {
        if self.len() < self.memory {
            self.vectors.push(s.clone());
            self.vectors.push(y.clone());
            self.sy.push(0.0);
            self.per_sy.push(0.0);
            self.coupled.push(0.0);
            return self.len() - 1;
        }
        let slot = self.first;
        std::mem::swap(s, &mut self.vectors[2 * slot]);
        std::mem::swap(y, &mut self.vectors[2 * slot + 1]);
        self.first = (self.first + 1) % self.memory;
        slot
    }

    /// The second half: `s'y` and `y'y` of the newest pair, and the product of its y with the s of
    /// the pair before it. Where they are of no use, all pairs are forgotten, for the oldest is
    /// gone already.
    pub(super) fn measure(&mut self, slot: usize, sy: f64, yy: f64, coupled: f64) -> bool {
        let s = &self.vectors[2 * slot];
        if !Self::usable(sy, s.dot(s), yy) {
            self.clear();
            return false;
        }
        self.keep(slot, sy, yy, coupled);
        true
    }

    fn keep(&mut self, slot: usize, sy: f64, yy: f64, coupled: f64) {
        self.sy[slot] = sy;
        self.per_sy[slot] = sy.recip();
        self.coupled[slot] = coupled;
        self.gamma = sy / yy;
    }

    fn usable(sy: f64, ss: f64, yy: f64) -> bool {
        let least = 0.5 * V::EPSILON * ss.sqrt() * yy.sqrt();
        // Squares may leave the range of numbers where s'y does not.
        let known = least.is_finite();
        sy > 0.0 && !(known && sy <= least) && (sy / yy).is_normal()
    }

    /// Forgets all pairs.
    pub fn clear(&mut self) {
        self.vectors.clear();
        self.sy.clear();
        self.per_sy.clear();
        self.coupled.clear();
        self.first = 0;
        self.gamma = 1.0;
    }

    /// Where the pair of that age is kept.
    pub(crate) fn slot(&self, age: usize) -> usize {
        assert!(age < self.len(), "pair {age} of {}", self.len());
        let slot = self.first + age;
        if slot < self.len() { slot } else { slot - self.len() }
    }

    /// The s and y of slot k at 2k and 2k + 1.
    pub(crate) fn vectors(&self) -> &[V] {
        &self.vectors
    }

    /// `v = H v` by the two-loop recursion (Nocedal and Wright, algorithm 7.4): about `4 m n`
    /// multiplications. `work` is scratch; kept between calls, nothing is allocated.
    ///
    /// Where memory is what takes the time, in long vectors, pairs are taken two at a time: one pass over
    /// v changes it for both and gives the inner products that the next two begin with. The second of
    /// two needs its product with v as the first leaves it, which is known beforehand from the product
    /// of the one's s with the other's y, `s_j'(v - a_i y_i) = s_j'v - a_i s_j'y_i`, to the rounding
    /// that v itself has after the change.
    pub fn multiply_inverse(&self, v: &mut V, work: &mut Vec<f64>) {
        self.two_loop(v, work, None);
    }

    /// [`multiply_inverse`](Self::multiply_inverse), and gives `z'v` of the new v if there is a z.
    /// Nothing is done while there are no pairs.
    pub(super) fn two_loop(&self, v: &mut V, work: &mut Vec<f64>, z: Option<&V>) -> Option<f64> {
        let t = self.len();
        work.resize(t, 0.0);
        // One that is read anyhow costs least.
        let z = z.unwrap_or(self.s(t.checked_sub(1)?));
        let product = if t > 1 && long(v.dimension()) {
            self.two_by_two(v, work, z)
        } else {
            self.one_by_one(v, work, z)
        };
        Some(product)
    }

    /// `product / s'y` of that slot, where its reciprocal is in the range of numbers by that.
    #[inline(always)]
    fn over_sy(&self, product: f64, slot: usize) -> f64 {
        let reciprocal = self.per_sy[slot];
        if reciprocal.is_normal() { product * reciprocal } else { product / self.sy[slot] }
    }

    fn one_by_one(&self, v: &mut V, work: &mut [f64], z: &V) -> f64 {
        let t = self.len();
        // Each change of v is made in one pass with the inner product that comes after it.
        let pair = |age: usize| {
            let slot = self.slot(age);
            (slot, &self.vectors[2 * slot], &self.vectors[2 * slot + 1])
        };
        let (mut slot, mut s, mut y) = pair(t - 1);
        let mut product = s.dot(v);
        for age in (0..t - 1).rev() {
            work[slot] = self.over_sy(product, slot);
            let (next, next_s, next_y) = pair(age);
            product = v.axpby_dot(-work[slot], y, 1.0, next_s);
            (slot, s, y) = (next, next_s, next_y);
        }
        work[slot] = self.over_sy(product, slot);
        product = self.gamma * v.axpby_dot(-work[slot], y, 1.0, y);
        let mut scale = self.gamma;
        for age in 1..t {
            let (next, next_s, y) = pair(age);
            let step = work[slot] - self.over_sy(product, slot);
            product = v.axpby_dot(step, s, scale, y);
            (slot, s, scale) = (next, next_s, 1.0);
        }
        v.axpby_dot(work[slot] - self.over_sy(product, slot), s, scale, z)
    }

    /// Of two pairs or more.
    fn two_by_two(&self, v: &mut V, work: &mut [f64], z: &V) -> f64 {
        let t = self.len();
        let mut found = v.dot2(self.s(t - 1), self.s(t - 2));
        // From the newest pair to the oldest; `left` of them are still to come.
        let mut left = t;
        while left > 1 {
            let (newer, older) = (left - 1, left - 2);
            left -= 2;
            let pass = Pass {
                slots: (self.slot(newer), self.slot(older)),
                changes: (self.y(newer), self.y(older)),
                coupled: self.coupled[self.slot(newer)],
                second: self.s(older),
                next: match left {
                    0 => (self.y(0), self.y(1)),
                    1 => (self.s(0), self.s(0)),
                    _ => (self.s(left - 1), self.s(left - 2)),
                },
            };
            let steps;
            (steps, found) = self.pass(v, &pass, (0.0, 0.0), found, 1.0);
            (work[newer], work[older]) = (-steps.0, -steps.1);
        }
        // And back; `done` of them are behind.
        let (mut scale, mut done) = (self.gamma, left);
        if left == 1 {
            let (slot, s, y) = (self.slot(0), self.s(0), self.y(0));
            let first = self.over_sy(found.0, slot);
            let product = scale * v.axpby_dot(-first, y, 1.0, y);
            found.0 = v.axpby_dot(first - self.over_sy(product, slot), s, scale, self.y(1));
            found.1 = self.y(2).dot(v);
            scale = 1.0;
        } else {
            found = (scale * found.0, scale * found.1);
        }
        while done < t {
            let (older, newer) = (done, done + 1);
            done += 2;
            let pass = Pass {
                slots: (self.slot(older), self.slot(newer)),
                changes: (self.s(older), self.s(newer)),
                coupled: self.coupled[self.slot(newer)],
                second: self.y(newer),
                next: if done < t { (self.y(done), self.y(done + 1)) } else { (z, z) },
            };
            (_, found) = self.pass(v, &pass, (work[older], work[newer]), found, scale);
            scale = 1.0;
        }
        found.0
    }

    /// Two updates `v = scale v + e x` of the recursion, `e = known - product / s'y`, in one pass;
    /// gives both e and the products with v of the two that come next.
    fn pass(
        &self,
        v: &mut V,
        pass: &Pass<'_, V>,
        known: (f64, f64),
        found: (f64, f64),
        scale: f64,
    ) -> ((f64, f64), (f64, f64)) {
        let &Pass { slots, changes, coupled, second, next } = pass;
        let e = known.0 - self.over_sy(found.0, slots.0);
        let product = found.1 + e * coupled;
        if product.is_finite() {
            let f = known.1 - self.over_sy(product, slots.1);
            return ((e, f), v.axpby_dot2((e, changes.0), (f, changes.1), scale, next));
        }
        // Out of the range of numbers, where the recursion itself may stay within it.
        let product = v.axpby_dot(e, changes.0, scale, second);
        let f = known.1 - self.over_sy(product, slots.1);
        ((e, f), (v.axpby_dot(f, changes.1, 1.0, next.0), next.1.dot(v)))
    }

    /// The matrix H as a linear operator.
    pub fn inverse(&self) -> InverseHessian<'_, V> {
        InverseHessian { pairs: self, work: Scratch::default() }
    }
}

/// Two pairs that the recursion takes at once, the one that comes first first.
struct Pass<'a, V> {
    slots: (usize, usize),
    /// What is added to v.
    changes: (&'a V, &'a V),
    /// The product of the first of these with `second`.
    coupled: f64,
    /// The vector of the second pair whose product with v is asked for.
    second: &'a V,
    /// Those of the next two.
    next: (&'a V, &'a V),
}

/// The L-BFGS approximation H of the inverse Hessian as a linear operator: see
/// [`SecantPairs::inverse`].
#[derive(Clone, Debug)]
pub struct InverseHessian<'a, V> {
    pub(super) pairs: &'a SecantPairs<V>,
    work: Scratch<Vec<f64>>,
}

impl<V: Vector> LinearOperator<V> for InverseHessian<'_, V> {
    fn dimension(&self) -> usize {
        self.pairs.vectors.first().map_or(0, Vector::dimension)
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        y.copy_from(x);
        self.work.with(Vec::new, |work| self.pairs.multiply_inverse(y, work));
        Ok(())
    }
}

impl<V: Vector> Adjoint<V> for InverseHessian<'_, V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
