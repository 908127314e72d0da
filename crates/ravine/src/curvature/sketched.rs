//! The Hessian through a sketch of its square root.

use std::borrow::Cow;

use super::dense::DenseMemory;
use super::factorization::descend_semidefinite;
use super::sparse_sign::SparseSign;
use super::{Belief, Curvature, Descended, Factorization, Knows, Model, Source};
use crate::objective::HessianRoot;
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::matrix::{Cholesky, Matrix};
use ravine_linalg::operator::{LinearOperator, Structure};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// Where the Hessian has a square root, `H = A'A + R` with A of N rows and a diagonal R: the matrix
/// `A'S'S A + R` of a new random sketch S at every iterate, with few signs a column.
///
/// After a free step, one exact Hessian product tells how much of the curvature along the step d the
/// sketch has seen, and d is scaled to the exact minimizer of the quadratic along it. The number of
/// rows begins with n, and doubles
///
/// - where the curvature along d is more than twice what the sketch says,
/// - where, after a full step, the Newton decrement has fallen less than fourfold.
///
/// With N rows or more nothing is saved, and the exact Hessian is used.
/// See [`NewtonSketch`](crate::methods::NewtonSketch) for more, and its sources.
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SketchedCurvature {
    /// The rows m of the first sketch; `None` for n. Default `None`.
    #[range("at least 1")]
    pub rows: Option<usize>,
    /// How many signs a column of S has; 1 is the count sketch. Default 8.
    #[range("at least 1")]
    pub signs: usize,
    /// Of the sketches. Default 0.
    pub seed: u64,
}

impl Default for SketchedCurvature {
    fn default() -> Self {
        Self { rows: None, signs: 8, seed: 0 }
    }
}

/// What [`SketchedCurvature`] keeps: how many rows the next sketch has, the generator, and the Hessian of
/// the current point's sketch.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct SketchedMemory {
    rows: usize,
    /// The decrement of the last step, if that was a full one.
    before: Option<f64>,
    random: Random,
    /// `A'S'S A + R`, drawn once an iterate.
    hessian: DenseMemory,
    #[serde(skip)]
    work: Work,
}

#[derive(Clone, Debug, Default)]
struct Work {
    /// Some rows of A.
    block: Matrix,
    sign: SparseSign,
    /// `S A`.
    sketched: Matrix,
    factor: Cholesky,
    /// R, then an exact Hessian product.
    product: Vec<f64>,
}

/// Entries of a block of rows: 2 MiB.
const BLOCK: usize = 1 << 18;

/// The sketch is too small where the curvature it sees is less than this part of what there is.
const SEEN: f64 = 0.5;

/// A full step should make the decrement fall by this factor.
const FALL: f64 = 0.25;

/// A step is a full one from this share on.
const FULL: f64 = 0.99;

impl Work {
    /// The Hessian at `x` from a sketch of so many rows; exact where A has no more.
    fn sketch<O: HessianRoot + ?Sized>(
        &mut self,
        oracle: &Oracle<'_, O>,
        x: &[f64],
        (rows, signs): (usize, usize),
        random: &mut Random,
        hessian: &mut Matrix,
    ) -> Result<(), Interrupt> {
        let (all, n) = (oracle.root_rows(), x.len());
        let Self { block, sign, sketched, product, .. } = self;
        product.resize(n, 0.0);
        oracle.root_diagonal(x, product)?;
        hessian.fill(0.0);
        product.iter().enumerate().for_each(|(j, r)| hessian[(j, j)] = *r);
        let exact = rows >= all;
        if !exact {
            sketched.resize(rows, n);
            sketched.fill(0.0);
        }
        let most = (BLOCK / n.max(1)).clamp(1, all.max(1));
        let mut first = 0;
        while first < all {
            block.resize(most.min(all - first), n);
            oracle.root_block(x, first, block)?;
            if exact {
                hessian.add_gram(block);
            } else {
                sign.add(block, signs, random, sketched);
            }
            first += block.rows();
        }
        if !exact {
            hessian.add_gram(sketched);
        }
        for j in 0..n {
            for i in 0..j {
                hessian[(i, j)] = hessian[(j, i)];
            }
        }
        Ok(())
    }
}

/// The sketched Hessian at an iterate.
pub struct SketchedAt<'a> {
    hessian: &'a Matrix,
    factor: &'a mut Cholesky,
}

impl LinearOperator<Vec<f64>> for SketchedAt<'_> {
    fn dimension(&self) -> usize {
        self.hessian.rows()
    }

    fn structure(&self) -> Structure {
        Structure::Semidefinite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.hessian.multiply(x, y);
        Ok(())
    }
}

impl Model<Vec<f64>> for SketchedAt<'_> {
    fn matrix(&self) -> Result<Option<Cow<'_, Matrix>>, Interrupt> {
        Ok(Some(Cow::Borrowed(self.hessian)))
    }

    fn descend(
        &mut self,
        _how: Factorization,
        shift: f64,
        _x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<Option<Descended<Vec<f64>>>, Interrupt> {
        descend_semidefinite(self.factor, self.hessian, shift, g, d, watch).map(Some)
    }
}

impl<O: HessianRoot + ?Sized> Curvature<O> for SketchedCurvature {
    type Memory = SketchedMemory;
    type At<'a>
        = SketchedAt<'a>
    where
        O: 'a;
    const KNOWS: Knows = Knows::Approximately;

    fn validate(&self) -> Result<(), ArgumentError> {
        ArgumentError::check(self.rows != Some(0), "rows", 0, "at least 1")?;
        ArgumentError::check(self.signs > 0, "signs", self.signs, "at least 1")
    }

    fn memory(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> SketchedMemory {
        SketchedMemory {
            rows: self.rows.unwrap_or(x0.len().max(1)).min(oracle.root_rows()),
            before: None,
            random: Random::new(self.seed),
            hessian: DenseMemory::new(x0.len()),
            work: Work::default(),
        }
    }

    fn at<'a>(
        &'a self,
        oracle: &'a Oracle<'a, O>,
        iterate: &'a Iterate<Vec<f64>>,
        memory: &'a mut SketchedMemory,
    ) -> Result<SketchedAt<'a>, Interrupt> {
        let SketchedMemory { rows, random, hessian, work, .. } = memory;
        let size = (*rows, self.signs);
        hessian.renew(|matrix| work.sketch(oracle, &iterate.x, size, random, matrix))?;
        Ok(SketchedAt { hessian: &hessian.matrix, factor: &mut work.factor })
    }

    fn correct(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &Iterate<Vec<f64>>,
        memory: &mut SketchedMemory,
        step: &mut Vec<f64>,
        predicted: f64,
        _residual: f64,
    ) -> Result<f64, Interrupt> {
        let SketchedMemory { rows, before, work, .. } = memory;
        let all = oracle.root_rows();
        // d'H_S d, with the Hessian of the sketch.
        let seen = 2.0 * predicted;
        let mut decrement = seen;
        if *rows < all && seen > 0.0 {
            oracle.hessian_product(&iterate.x, step, &mut work.product)?;
            let length = seen / step.dot(&work.product);
            if length.is_finite() && length > 0.0 {
                step.scale(length);
                decrement *= length;
            }
            let slow = before.is_some_and(|before| decrement > FALL * before);
            if length < SEEN || slow {
                *rows = (2 * *rows).min(all);
            }
        }
        *before = Some(decrement);
        Ok(0.5 * decrement)
    }

    fn moved(&self, memory: &mut SketchedMemory, taken: f64) {
        if taken != 0.0 {
            memory.hessian.current = false;
        }
        if taken < FULL {
            memory.before = None;
        }
    }

    fn turned(&self, memory: &mut SketchedMemory) {
        Curvature::<O>::moved(self, memory, 1.0);
        // The decrement of another batch says nothing of the sketch.
        memory.before = None;
    }

    fn belief<'s>(&self, memory: &'s SketchedMemory) -> Belief<'s, Vec<f64>> {
        memory.hessian.belief(Source::Sketch)
    }
}
