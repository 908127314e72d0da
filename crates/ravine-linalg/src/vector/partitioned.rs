//! Vectors of named blocks.

use std::sync::Arc;

use super::{AdaptiveStep, Entries, Orthants, Pointwise, Vector};
use crate::error::ArgumentError;
use crate::random::Random;

/// A vector that consists of named blocks, possibly of different dimensions: the parameters of a
/// network, the shards of a design. Whatever needs only inner products works on it as on its blocks
/// joined end to end, up to the order of additions; names are shared between vectors of a shape.
///
/// As for `Vec`, operations on vectors of different shapes panic.
///
/// ```
/// use ravine_linalg::Vector;
/// use ravine_linalg::vector::Partitioned;
///
/// let x = Partitioned::new([("weights", vec![3.0_f32, 0.0]), ("bias", vec![4.0])])?;
/// assert_eq!((x.dimension(), x.norm()), (3, 5.0));
/// let mut y = x.zeros_like();
/// y.axpy(2.0, &x);
/// assert_eq!(y.get_block("bias"), Some(&vec![8.0]));
/// assert_eq!(y.block(0), &[6.0, 0.0]);
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Written<V>", into = "Written<V>")]
#[serde(bound(
    serialize = "V: Clone + serde::Serialize",
    deserialize = "V: serde::Deserialize<'de>"
))]
pub struct Partitioned<V> {
    names: Arc<[String]>,
    blocks: Vec<V>,
}

/// How it is stored.
#[derive(serde::Serialize, serde::Deserialize)]
struct Written<V>(Vec<(String, V)>);

impl<V: Clone> From<Partitioned<V>> for Written<V> {
    fn from(v: Partitioned<V>) -> Self {
        Self(v.names.iter().cloned().zip(v.blocks).collect())
    }
}

impl<V> TryFrom<Written<V>> for Partitioned<V> {
    type Error = ArgumentError;

    fn try_from(written: Written<V>) -> Result<Self, ArgumentError> {
        Self::new(written.0)
    }
}

impl<V> Partitioned<V> {
    /// Of these blocks, in this order.
    ///
    /// # Errors
    ///
    /// If a name comes twice.
    pub fn new<N: Into<String>>(
        blocks: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, ArgumentError> {
        let blocks = blocks.into_iter().map(|(name, block)| (name.into(), block));
        let (names, blocks): (Vec<String>, Vec<V>) = blocks.unzip();
        for (i, name) in names.iter().enumerate() {
            let first = !names[..i].contains(name);
            ArgumentError::check(first, &format!("names[{i}]"), name, "a name of one block only")?;
        }
        Ok(Self { names: names.into(), blocks })
    }

    /// The names, in the order of the blocks.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The blocks.
    pub fn blocks(&self) -> &[V] {
        &self.blocks
    }

    /// The blocks, to be changed in place.
    pub fn blocks_mut(&mut self) -> &mut [V] {
        &mut self.blocks
    }

    /// Block `i`.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    pub fn block(&self, i: usize) -> &V {
        &self.blocks[i]
    }

    /// The block of that name, if there is one.
    pub fn get_block(&self, name: &str) -> Option<&V> {
        self.position(name).map(|i| &self.blocks[i])
    }

    /// The block of that name, to be changed in place.
    pub fn get_block_mut(&mut self, name: &str) -> Option<&mut V> {
        self.position(name).map(|i| &mut self.blocks[i])
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|n| n == name)
    }

    /// Panics where the vectors have not the same blocks.
    fn same(&self, x: &Self) {
        let alike = Arc::ptr_eq(&self.names, &x.names) || self.names == x.names;
        assert!(alike, "partitioned: blocks {:?} and {:?}", self.names, x.names);
    }

    fn each(&mut self, x: &Self, mut f: impl FnMut(&mut V, &V)) {
        self.same(x);
        self.blocks.iter_mut().zip(&x.blocks).for_each(|(v, x)| f(v, x));
    }

    fn each2(&mut self, x: &Self, y: &Self, mut f: impl FnMut(&mut V, &V, &V)) {
        self.same(x);
        self.same(y);
        let blocks = self.blocks.iter_mut().zip(&x.blocks).zip(&y.blocks);
        blocks.for_each(|((v, x), y)| f(v, x, y));
    }
}

/// NaN if one is.
fn larger(a: f64, b: f64) -> f64 {
    if a >= b || a.is_nan() { a } else { b }
}

impl<V: Vector> Vector for Partitioned<V> {
    const EPSILON: f64 = V::EPSILON;
    const MIN_POSITIVE: f64 = V::MIN_POSITIVE;
    const MAX: f64 = V::MAX;

    fn dimension(&self) -> usize {
        self.blocks.iter().map(V::dimension).sum()
    }

    fn zeros_like(&self) -> Self {
        let blocks = self.blocks.iter().map(V::zeros_like).collect();
        Self { names: Arc::clone(&self.names), blocks }
    }

    fn copy_from(&mut self, x: &Self) {
        self.each(x, V::copy_from);
    }

    fn fill(&mut self, a: f64) {
        self.blocks.iter_mut().for_each(|v| v.fill(a));
    }

    fn scale(&mut self, a: f64) {
        self.blocks.iter_mut().for_each(|v| v.scale(a));
    }

    fn axpy(&mut self, a: f64, x: &Self) {
        self.each(x, |v, x| v.axpy(a, x));
    }

    fn axpby(&mut self, a: f64, x: &Self, b: f64) {
        self.each(x, |v, x| v.axpby(a, x, b));
    }

    fn axpby_dot(&mut self, a: f64, x: &Self, b: f64, z: &Self) -> f64 {
        let mut product = 0.0;
        self.each2(x, z, |v, x, z| product += v.axpby_dot(a, x, b, z));
        product
    }

    fn axpby_dot2(
        &mut self,
        first: (f64, &Self),
        second: (f64, &Self),
        b: f64,
        z: (&Self, &Self),
    ) -> (f64, f64) {
        [first.1, second.1, z.0, z.1].into_iter().for_each(|v| self.same(v));
        let mut products = (0.0, 0.0);
        for (i, v) in self.blocks.iter_mut().enumerate() {
            let z = (&z.0.blocks[i], &z.1.blocks[i]);
            let [first, second] = [first, second].map(|(a, x)| (a, &x.blocks[i]));
            let (p, q) = v.axpby_dot2(first, second, b, z);
            products = (products.0 + p, products.1 + q);
        }
        products
    }

    fn scale_by_squares(&mut self, sizes: &Self) {
        self.same(sizes);
        self.blocks.iter_mut().zip(&sizes.blocks).for_each(|(v, s)| v.scale_by_squares(s));
    }

    fn point_along(&mut self, x: &Self, a: f64, d: &Self) {
        self.each2(x, d, |v, x, d| v.point_along(x, a, d));
    }

    fn dot(&self, x: &Self) -> f64 {
        self.same(x);
        self.blocks.iter().zip(&x.blocks).map(|(v, x)| v.dot(x)).sum()
    }

    fn norm(&self) -> f64 {
        let largest = self.blocks.iter().map(V::norm).fold(0.0, larger);
        if largest == 0.0 || !largest.is_finite() {
            return largest;
        }
        largest * self.blocks.iter().map(|v| (v.norm() / largest).powi(2)).sum::<f64>().sqrt()
    }

    fn norm_max(&self) -> f64 {
        self.blocks.iter().map(V::norm_max).fold(0.0, larger)
    }

    fn dot_and_norm_max(&self, x: &Self) -> (f64, f64) {
        self.same(x);
        self.blocks.iter().zip(&x.blocks).fold((0.0, 0.0), |(product, largest), (v, x)| {
            let (p, m) = v.dot_and_norm_max(x);
            (product + p, larger(largest, m))
        })
    }

    fn dots(&self, vectors: &[Self], out: &mut [f64]) {
        vectors.iter().for_each(|x| self.same(x));
        let out = &mut out[..vectors.len()];
        out.fill(0.0);
        for (i, v) in self.blocks.iter().enumerate() {
            for (o, x) in out.iter_mut().zip(vectors) {
                *o += v.dot(&x.blocks[i]);
            }
        }
    }

    fn combine(&mut self, coefficients: &[f64], vectors: &[Self]) {
        vectors.iter().for_each(|x| self.same(x));
        let coefficients = &coefficients[..vectors.len()];
        for (i, v) in self.blocks.iter_mut().enumerate() {
            for (&a, x) in coefficients.iter().zip(vectors) {
                v.axpy(a, &x.blocks[i]);
            }
        }
    }
}

impl<V: Pointwise> Pointwise for Partitioned<V> {
    fn multiply(&mut self, x: &Self) {
        self.each(x, V::multiply);
    }

    fn divide(&mut self, x: &Self) {
        self.each(x, V::divide);
    }

    fn add_product(&mut self, a: f64, x: &Self, y: &Self) {
        self.each2(x, y, |v, x, y| v.add_product(a, x, y));
    }

    fn accumulate_squares(&mut self, a: f64, x: &Self, b: f64) {
        self.each(x, |v, x| v.accumulate_squares(a, x, b));
    }

    fn square(&mut self) {
        self.blocks.iter_mut().for_each(V::square);
    }

    fn square_root(&mut self) {
        self.blocks.iter_mut().for_each(V::square_root);
    }

    fn reciprocal(&mut self) {
        self.blocks.iter_mut().for_each(V::reciprocal);
    }

    fn abs(&mut self) {
        self.blocks.iter_mut().for_each(V::abs);
    }

    fn sign(&mut self) {
        self.blocks.iter_mut().for_each(V::sign);
    }

    fn add_scalar(&mut self, a: f64) {
        self.blocks.iter_mut().for_each(|v| v.add_scalar(a));
    }

    fn clip(&mut self, low: f64, high: f64) {
        self.blocks.iter_mut().for_each(|v| v.clip(low, high));
    }

    fn min_with(&mut self, x: &Self) {
        self.each(x, V::min_with);
    }

    fn max_with(&mut self, x: &Self) {
        self.each(x, V::max_with);
    }

    fn soft_threshold(&mut self, threshold: f64) {
        self.blocks.iter_mut().for_each(|v| v.soft_threshold(threshold));
    }

    fn sum(&self) -> f64 {
        self.blocks.iter().map(V::sum).sum()
    }

    fn smallest(&self) -> f64 {
        -self.blocks.iter().map(|v| -v.smallest()).fold(f64::NEG_INFINITY, larger)
    }

    fn adaptive_step(&mut self, m: &Self, s: &Self, parameters: &AdaptiveStep) {
        self.each2(m, s, |v, m, s| v.adaptive_step(m, s, parameters));
    }

    fn adaptive_curvature(&mut self, s: &Self, parameters: &AdaptiveStep) {
        self.each(s, |v, s| v.adaptive_curvature(s, parameters));
    }

    fn fill_uniform(&mut self, random: &mut Random) {
        self.blocks.iter_mut().for_each(|v| v.fill_uniform(random));
    }

    fn fill_normal(&mut self, random: &mut Random) {
        self.blocks.iter_mut().for_each(|v| v.fill_normal(random));
    }

    fn fill_signs(&mut self, random: &mut Random) {
        self.blocks.iter_mut().for_each(|v| v.fill_signs(random));
    }
}

impl<V: Orthants> Orthants for Partitioned<V> {
    fn weighted_norm_1(&self, weights: &Self) -> f64 {
        self.same(weights);
        self.blocks.iter().zip(&weights.blocks).map(|(v, w)| v.weighted_norm_1(w)).sum()
    }

    fn set_pseudo_gradient(&mut self, x: &Self, g: &Self, weights: &Self) {
        self.same(weights);
        let mut weights = weights.blocks.iter();
        self.each2(x, g, |v, x, g| {
            if let Some(w) = weights.next() {
                v.set_pseudo_gradient(x, g, w);
            }
        });
    }

    fn drop_ascent_from_zero(&mut self, x: &Self, pg: &Self) {
        self.each2(x, pg, V::drop_ascent_from_zero);
    }

    fn keep_opposed(&mut self, pg: &Self) {
        self.each(pg, V::keep_opposed);
    }

    fn set_step_within_orthant(
        &mut self,
        x: &Self,
        pg: &Self,
        weights: &Self,
        a: f64,
        d: &Self,
    ) -> f64 {
        [x, pg, weights, d].into_iter().for_each(|v| self.same(v));
        let parts = self.blocks.iter_mut().enumerate().map(|(i, v)| {
            let [x, pg, weights, d] = [x, pg, weights, d].map(|v| &v.blocks[i]);
            v.set_step_within_orthant(x, pg, weights, a, d)
        });
        parts.sum()
    }

    fn set_free(&mut self, x: &Self, pg: &Self) -> usize {
        let mut held = 0;
        self.each2(x, pg, |v, x, pg| held += v.set_free(x, pg));
        held
    }

    fn mask(&mut self, mask: &Self) {
        self.each(mask, V::mask);
    }

    fn masked_products(&self, x: &Self, mask: &Self) -> (f64, f64) {
        self.same(x);
        self.same(mask);
        let blocks = self.blocks.iter().zip(&x.blocks).zip(&mask.blocks);
        blocks.fold((0.0, 0.0), |(product, square), ((v, x), mask)| {
            let (p, s) = v.masked_products(x, mask);
            (product + p, square + s)
        })
    }
}

impl<V: Entries> Entries for Partitioned<V> {
    fn get(&self, i: usize) -> f64 {
        let (block, i) = place(&self.blocks, i);
        self.blocks[block].get(i)
    }

    fn set(&mut self, i: usize, value: f64) {
        let (block, i) = place(&self.blocks, i);
        self.blocks[block].set(i, value);
    }
}

/// The block that holds entry `i` of all, and its place there.
fn place<V: Vector>(blocks: &[V], i: usize) -> (usize, usize) {
    let mut left = i;
    for (k, block) in blocks.iter().enumerate() {
        if left < block.dimension() {
            return (k, left);
        }
        left -= block.dimension();
    }
    panic!("entry {i} of {} entries", i - left);
}
