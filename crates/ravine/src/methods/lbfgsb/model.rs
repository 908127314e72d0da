//! The L-BFGS matrix with access by rows.

use crate::curvature::{CompactDirect, SecantPairs};
use ravine_linalg::vector::Vector;

/// `B = theta I - W M W'` with `W = [Y  theta S]`: see [`CompactDirect`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Model {
    pairs: SecantPairs<Vec<f64>>,
    compact: CompactDirect,
}

impl Model {
    pub fn new(memory: usize) -> Self {
        Self { pairs: SecantPairs::new(memory), compact: CompactDirect::new(memory) }
    }

    pub fn theta(&self) -> f64 {
        self.compact.theta()
    }

    /// The number of pairs t; W has 2 t columns.
    pub fn pairs(&self) -> usize {
        self.pairs.len()
    }

    /// The pairs themselves.
    pub fn kept(&self) -> &SecantPairs<Vec<f64>> {
        &self.pairs
    }

    /// Gives the pairs away.
    pub fn take(&mut self) -> SecantPairs<Vec<f64>> {
        let none = SecantPairs::new(self.pairs.memory());
        self.compact.clear();
        std::mem::replace(&mut self.pairs, none)
    }

    pub fn clear(&mut self) {
        self.pairs.clear();
        self.compact.clear();
    }

    /// Takes in a pair; the vectors are exchanged with those of a pair no longer needed.
    pub fn push(&mut self, s: &mut Vec<f64>, y: &mut Vec<f64>) {
        if self.pairs.push(s, y).is_some() && !self.compact.update(&self.pairs) {
            self.clear();
        }
    }

    /// `v = B^-1 v`.
    pub fn solve(&self, v: &mut Vec<f64>, work: &mut Vec<f64>) {
        self.pairs.multiply_inverse(v, work);
    }

    /// `w = W'v`.
    pub fn transposed(&self, v: &Vec<f64>, w: &mut Vec<f64>) {
        let (t, theta) = (self.pairs(), self.theta());
        w.clear();
        w.extend((0..t).map(|k| self.pairs.y(k).dot(v)));
        w.extend((0..t).map(|k| theta * self.pairs.s(k).dot(v)));
    }

    /// `v = v + factor W w`.
    pub fn add_product(&self, factor: f64, w: &[f64], v: &mut Vec<f64>) {
        let (t, theta) = (self.pairs(), self.theta());
        for k in 0..t {
            v.axpy(factor * w[k], self.pairs.y(k));
            v.axpy(factor * theta * w[t + k], self.pairs.s(k));
        }
    }

    /// Row i of W.
    pub fn row(&self, i: usize, w: &mut Vec<f64>) {
        let (t, theta) = (self.pairs(), self.theta());
        w.clear();
        w.extend((0..t).map(|k| self.pairs.y(k)[i]));
        w.extend((0..t).map(|k| theta * self.pairs.s(k)[i]));
    }

    /// `w = M w`.
    pub fn middle(&self, w: &mut [f64]) {
        self.compact.middle(w);
    }

    /// `d'B d`, with `work` for scratch.
    pub fn curvature(&self, d: &Vec<f64>, work: &mut [Vec<f64>; 2]) -> f64 {
        let [w, mw] = work;
        self.transposed(d, w);
        mw.clone_from(w);
        self.middle(mw);
        let low_rank: f64 = w.iter().zip(&*mw).map(|(w, mw)| w * mw).sum();
        self.theta() * d.dot(d) - low_rank
    }

    /// `s'y` of a pair.
    pub fn sy(&self, age: usize) -> f64 {
        self.pairs.sy(age)
    }
}
