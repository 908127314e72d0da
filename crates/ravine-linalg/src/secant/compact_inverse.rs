//! The inverse L-BFGS matrix in compact form.

use super::SecantPairs;
use crate::vector::Vector;

/// The small matrices of the compact form of the inverse L-BFGS matrix,
///
/// ```text
/// H = gamma I + [S  gamma Y] [ R^-T (D + gamma Y'Y) R^-1   -R^-T ] [ S'      ]
///                            [        -R^-1                  0   ] [ gamma Y']
/// ```
///
/// with R the upper triangle of `S'Y` (pairs in the order of their age) and D its diagonal.
///
/// One product `H g` reads S and Y twice, once for all inner products and once for the
/// combination of vectors: `32 m n` bytes in all for `f64`. The two-loop recursion reads them
/// twice as well, but returns to g and to the result for each vector.
///
/// Source: R. H. Byrd, J. Nocedal and R. B. Schnabel (1994), Representations of quasi-Newton
/// matrices and their use in limited memory methods, Mathematical Programming 63, theorem 2.2.
///
/// ```
/// use ravine_linalg::secant::{CompactInverse, SecantPairs};
///
/// let mut pairs = SecantPairs::new(5);
/// let mut compact = CompactInverse::new(5);
/// for (mut s, mut y) in [(vec![1.0, 0.0], vec![1.0, 0.0]), (vec![0.0, 1.0], vec![0.0, 4.0])] {
///     compact.push(&mut pairs, &mut s, &mut y, &vec![3.0, 8.0]);
/// }
/// let mut d = vec![0.0; 2];
/// let (slope, length) = compact.direction(&pairs, &vec![3.0, 8.0], &mut d);
/// assert_eq!(d, [-3.0, -2.0]);
/// assert_eq!((slope, length), (-25.0, 3.0));
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CompactInverse {
    memory: usize,
    /// `s_i'y_j` at `(i, j)` by slots, where pair j is not older than pair i.
    sy: Vec<f64>,
    /// `y_i'y_j` by slots.
    yy: Vec<f64>,
    /// `S'g` and `Y'g`, interleaved like the vectors.
    g: Vec<f64>,
    /// `S'y` and `Y'y` of the newest pair, or scratch of the same length.
    new: Vec<f64>,
    coefficients: Vec<f64>,
    /// Whether `g` holds the products with the gradient asked for next.
    current: bool,
}

impl CompactInverse {
    /// For as many pairs as the memory of the [`SecantPairs`] that it goes with.
    pub fn new(memory: usize) -> Self {
        Self {
            memory,
            sy: vec![0.0; memory * memory],
            yy: vec![0.0; memory * memory],
            g: vec![0.0; 2 * memory],
            new: vec![0.0; 2 * memory],
            coefficients: vec![0.0; 2 * memory],
            current: false,
        }
    }

    /// Takes a pair into `pairs` (see [`SecantPairs::push`]) and computes, in one pass over all
    /// vectors, its products and those with `g`, the gradient for which
    /// [`direction`](Self::direction) will be asked next. False if the pair says nothing of
    /// curvature; all pairs are then forgotten.
    pub fn push<V: Vector>(
        &mut self,
        pairs: &mut SecantPairs<V>,
        s: &mut V,
        y: &mut V,
        g: &V,
    ) -> bool {
        self.current = false;
        let new = pairs.place(s, y);
        let count = 2 * pairs.len();
        let vectors = pairs.vectors();
        V::dots2(g, &vectors[2 * new + 1], vectors, &mut self.g[..count], &mut self.new[..count]);
        self.current = true;
        let m = self.memory;
        for slot in 0..pairs.len() {
            self.sy[slot * m + new] = self.new[2 * slot];
            self.yy[slot * m + new] = self.new[2 * slot + 1];
            self.yy[new * m + slot] = self.new[2 * slot + 1];
        }
        let before = pairs.len().checked_sub(2).map(|age| self.new[2 * pairs.slot(age)]);
        pairs.measure(new, self.new[2 * new], self.new[2 * new + 1], before.unwrap_or(0.0))
    }

    /// `d = -H g`; gives the slope `g'd` and the length `max_i |d_i|`. If `g` is not the gradient
    /// given with the last pair, say so by [`forget`](Self::forget) first.
    pub fn direction<V: Vector>(&mut self, pairs: &SecantPairs<V>, g: &V, d: &mut V) -> (f64, f64) {
        let count = 2 * pairs.len();
        if !self.current {
            g.dots(pairs.vectors(), &mut self.g[..count]);
        }
        self.solve_small(pairs);
        let gamma = pairs.gamma();
        d.set_combination(-gamma, g, &self.coefficients[..count], pairs.vectors())
    }

    /// The products with the gradient no longer hold.
    pub fn forget(&mut self) {
        self.current = false;
    }

    /// The coefficients of S and Y in `-H g`.
    fn solve_small<V: Vector>(&mut self, pairs: &SecantPairs<V>) {
        let (m, t, gamma) = (self.memory, pairs.len(), pairs.gamma());
        let slot = |age: usize| pairs.slot(age);
        // v = R^-1 S'g, in `new` by slots.
        for i in (0..t).rev().map(slot_with(&slot)) {
            let mut v = self.g[2 * i.slot];
            for j in (i.age + 1..t).map(slot) {
                v -= self.sy[i.slot * m + j] * self.new[j];
            }
            self.new[i.slot] = v / self.sy[i.slot * m + i.slot];
        }
        // p = R^-T (D v + gamma (Y'Y v - Y'g)).
        for i in (0..t).map(slot_with(&slot)) {
            let row = i.slot * m;
            let mut yyv = 0.0;
            for j in 0..t {
                yyv += self.yy[row + j] * self.new[j];
            }
            let diagonal = self.sy[row + i.slot];
            let mut p = diagonal * self.new[i.slot] + gamma * (yyv - self.g[2 * i.slot + 1]);
            for j in (0..i.age).map(slot) {
                p += self.sy[j * m + i.slot] * self.coefficients[2 * j];
            }
            // Of -p, so that the sum above adds.
            self.coefficients[2 * i.slot] = -p / diagonal;
            self.coefficients[2 * i.slot + 1] = gamma * self.new[i.slot];
        }
    }
}

/// A pair by its age and its slot.
struct Place {
    age: usize,
    slot: usize,
}

fn slot_with(slot: &impl Fn(usize) -> usize) -> impl Fn(usize) -> Place {
    move |age| Place { age, slot: slot(age) }
}
