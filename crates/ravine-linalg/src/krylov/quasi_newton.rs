//! What conjugate gradients learn of the curvature, kept for the next system.

use super::CgStep;
use crate::error::Interrupt;
use crate::operator::{Adjoint, LinearOperator, Scratch, Structure};
use crate::secant::SecantPairs;
use crate::vector::Vector;

/// Which curvature pairs of a run of conjugate gradients are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sampling {
    /// Pairs spread evenly over all iterations, however many there will be: the better choice for
    /// small eigenvalues apart from the others, and for eigenvalues spread evenly.
    #[default]
    Uniform,
    /// The last ones: the better choice for a few large eigenvalues apart from the others.
    Last,
}

/// A sample of the curvature pairs `s = alpha p`, `y = alpha A p` that conjugate gradients come by.
///
/// With uniform sampling, every pair whose number is a multiple of a spacing `2^c` is kept; where the
/// memory is full, one that is not a multiple of the next spacing gives way.
///
/// Source: Morales and Nocedal, Automatic preconditioning by limited memory quasi-Newton updating
/// (2000), section 3.
///
/// ```
/// use ravine_linalg::krylov::{PairSample, Sampling};
///
/// let sample = PairSample::<Vec<f64>>::new(8, Sampling::Uniform);
/// assert!(sample.numbers().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct PairSample<V> {
    memory: usize,
    sampling: Sampling,
    spacing: usize,
    seen: usize,
    numbers: Vec<usize>,
    /// Beyond as many as there are numbers, room.
    pairs: Vec<(V, V)>,
}

impl<V: Vector> PairSample<V> {
    /// Of at most `memory` pairs.
    ///
    /// # Panics
    ///
    /// If `memory` is zero.
    pub fn new(memory: usize, sampling: Sampling) -> Self {
        assert!(memory > 0, "a memory of no pairs");
        Self { memory, sampling, spacing: 1, seen: 0, numbers: Vec::new(), pairs: Vec::new() }
    }

    /// The iterations, counted from 0, that the pairs kept belong to.
    pub fn numbers(&self) -> &[usize] {
        &self.numbers
    }

    /// Forgets all pairs: to be called before a new run.
    pub fn clear(&mut self) {
        self.numbers.clear();
        self.seen = 0;
        self.spacing = 1;
    }

    /// Takes in an iteration.
    pub fn observe(&mut self, step: &CgStep<'_, V>) {
        let number = self.seen;
        self.seen += 1;
        if self.sampling == Sampling::Uniform && !number.is_multiple_of(self.spacing) {
            return;
        }
        if self.numbers.len() == self.memory {
            let gone = match self.sampling {
                Sampling::Last => 0,
                Sampling::Uniform => match self.gives_way(number) {
                    Some(place) => place,
                    None => return,
                },
            };
            self.numbers.remove(gone);
            self.pairs[gone..self.memory].rotate_left(1);
        }
        let place = self.numbers.len();
        self.numbers.push(number);
        if self.pairs.len() == place {
            self.pairs.push((step.direction.zeros_like(), step.direction.zeros_like()));
        }
        let (s, y) = &mut self.pairs[place];
        s.axpby(step.length, step.direction, 0.0);
        y.axpby(step.length, step.product, 0.0);
    }

    /// The pair that gives way to that of iteration `number`, if any does.
    fn gives_way(&mut self, number: usize) -> Option<usize> {
        let odd = |spacing: usize| self.numbers.iter().position(|n| !n.is_multiple_of(2 * spacing));
        // All are multiples of the next spacing: it becomes the present one.
        while odd(self.spacing).is_none() {
            self.spacing *= 2;
        }
        number.is_multiple_of(2 * self.spacing).then(|| odd(self.spacing)).flatten()
    }
}

/// The inverse L-BFGS matrix of curvature pairs that conjugate gradients came by in one system, as a
/// preconditioner of the next, where the next has nearly the same matrix: a Newton-CG step after the
/// other, say, or more right-hand sides. Where the matrix is the same and there are pairs for all
/// eigenvectors that matter, few iterations are left.
///
/// Source: Morales and Nocedal, Automatic preconditioning by limited memory quasi-Newton updating
/// (2000).
///
/// ```
/// use ravine_linalg::krylov::{CgWork, ConjugateGradient, PairSample, QuasiNewton, Sampling};
/// use ravine_linalg::matrix::Matrix;
///
/// // Four large eigenvalues, the others between 1 and 2.
/// let a = Matrix::from_fn(40, 40, |i, j| match (i == j, i < 4) {
///     (true, true) => 1e4 * (i + 1) as f64,
///     (true, false) => 1.0 + i as f64 / 40.0,
///     _ => 0.01,
/// });
/// let b = vec![1.0; 40];
/// let (mut x, mut work) = (b.clone(), CgWork::new(&b));
/// let cg = ConjugateGradient::default();
/// let mut sample = PairSample::new(8, Sampling::Last);
/// let first = cg.solve_observed(&a, None, &b, &mut x, &mut work, &mut |step| {
///     sample.observe(&step);
/// })?;
///
/// let mut m = QuasiNewton::new(40, 8);
/// m.learn(&mut sample);
/// let b: Vec<f64> = (0..40).map(|i| (i % 3) as f64).collect();
/// let second = cg.solve_preconditioned(&a, &m, &b, &mut x, &mut work)?;
/// assert!(second.iterations < first.iterations);
/// # Ok::<(), ravine_linalg::Interrupt>(())
/// ```
#[derive(Clone, Debug)]
pub struct QuasiNewton<V> {
    dimension: usize,
    pairs: SecantPairs<V>,
    scratch: Scratch<Vec<f64>>,
}

impl<V: Vector> QuasiNewton<V> {
    /// The identity of that dimension, until it learns; of at most `memory` pairs.
    ///
    /// # Panics
    ///
    /// If `memory` is zero.
    pub fn new(dimension: usize, memory: usize) -> Self {
        Self { dimension, pairs: SecantPairs::new(memory), scratch: Scratch::default() }
    }

    /// The pairs.
    pub fn pairs(&self) -> &SecantPairs<V> {
        &self.pairs
    }

    /// Takes over the pairs of a sample in place of its own, and clears the sample. An empty sample
    /// changes nothing.
    pub fn learn(&mut self, sample: &mut PairSample<V>) {
        let count = sample.numbers.len();
        if count > 0 && count < self.pairs.memory() {
            self.pairs.clear();
        }
        for (s, y) in &mut sample.pairs[..count] {
            self.pairs.push(s, y);
        }
        sample.clear();
    }
}

impl<V: Vector> LinearOperator<V> for QuasiNewton<V> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &V, y: &mut V) -> Result<(), Interrupt> {
        y.copy_from(x);
        self.scratch.with(Vec::new, |scratch| self.pairs.multiply_inverse(y, scratch));
        Ok(())
    }
}

impl<V: Vector> Adjoint<V> for QuasiNewton<V> {
    fn apply_adjoint(&self, y: &V, x: &mut V) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
