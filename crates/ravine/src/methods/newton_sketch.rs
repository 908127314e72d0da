//! The Newton sketch.

mod sparse_sign;

use super::descent::Descent;
use crate::line_search::{Backtracking, LineSearch};
use crate::minimize::{Method, Step};
use crate::objective::HessianRoot;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::matrix::{Cholesky, FactorizationError, Matrix};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, StartError};
use sparse_sign::SparseSign;

/// The Newton sketch: where the Hessian has a square root, `H = A'A + R` with A of N rows and a
/// diagonal R, Newton's step with the m rows of `S A` in place of those of A,
///
/// `d = -(A'S'S A + R)^-1 g`,
///
/// S a new random sketch at every step, with few signs a column. Where N is much larger than n,
/// the Gram matrix of m rows instead of N is what is saved. One exact Hessian product tells how much of
/// the curvature along d the sketch has seen, and d is scaled to the exact minimizer of the
/// quadratic along it; then a line search.
///
/// The number of rows follows from what sketches turn out to see, and so from the effective
/// dimension of A'A against R: it begins with n, and doubles
///
/// - where the curvature along d is more than twice what the sketch says,
/// - where, after a full step, the Newton decrement has fallen less than fourfold.
///
/// With N rows or more nothing is saved, and the exact Hessian is used. Steps do not depend on linear
/// changes of the variables, if R does not stand in the way (`R = 0`).
///
/// Memory: m by n and n by n matrices, and a block of rows of A.
///
/// Sources: Pilanci and Wainwright, Newton sketch: a near linear-time optimization algorithm with
/// linear-quadratic convergence (2017); Lacotte, Wang and Pilanci, Adaptive Newton sketch (2021),
/// for the doubling.
///
/// ```
/// let entry = ravine::methods::named("newton-sketch")?;
/// // A sum of squares alone has no root of its Hessian.
/// let missing = ravine::objective::Derivatives::HESSIAN.missing(entry.needs);
/// assert_eq!(missing, ["square root of the Hessian"]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewtonSketch {
    /// The rows m of the first sketch; `None` for n. Default `None`.
    pub rows: Option<usize>,
    /// How many signs a column of S has; 1 is the count sketch. Default 8.
    pub signs: usize,
    /// Of the sketches. Default 0.
    pub seed: u64,
    /// How the step is found. Default: backtracking.
    pub line_search: LineSearch,
}

impl Default for NewtonSketch {
    fn default() -> Self {
        Self {
            rows: None,
            signs: 8,
            seed: 0,
            line_search: LineSearch::Backtracking(Backtracking::default()),
        }
    }
}

/// The state of [`NewtonSketch`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct NewtonSketchState {
    descent: Descent<Vec<f64>>,
    /// Rows of the next sketch.
    rows: usize,
    /// The decrement before the last step, if that was a full one.
    before: Option<f64>,
    random: Random,
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
    /// `A'S'S A + R`, its lower triangle.
    hessian: Matrix,
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

impl Work {
    /// The Hessian at `x` from a sketch of so many rows; exact where A has no more.
    fn sketch<O: HessianRoot + ?Sized>(
        &mut self,
        oracle: &Oracle<'_, O>,
        x: &[f64],
        (rows, signs): (usize, usize),
        random: &mut Random,
    ) -> Result<(), Interrupt> {
        let (all, n) = (oracle.root_rows(), x.len());
        let Self { block, sign, sketched, hessian, product, .. } = self;
        product.resize(n, 0.0);
        oracle.root_diagonal(x, product)?;
        hessian.resize(n, n);
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
        Ok(())
    }

    /// `d <- H^-1 d`; where H is singular, with the least shift that makes it definite.
    fn solve(&mut self, d: &mut [f64]) {
        let n = d.len();
        let trace: f64 = (0..n).map(|j| self.hessian[(j, j)]).sum();
        let mut shift = 0.0;
        loop {
            match self.factor.refactor(&self.hessian, shift) {
                Ok(()) => return self.factor.solve(d),
                Err(FactorizationError::NotPositiveDefinite { .. }) if shift < trace => {
                    shift = (100.0 * shift).max(f64::EPSILON * trace);
                }
                Err(_) => return d.fill(f64::NAN),
            }
        }
    }
}

impl NewtonSketch {
    /// The direction from the current point, unless it is there already.
    fn prepare<O: HessianRoot + ?Sized>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut NewtonSketchState,
    ) -> Result<(), Interrupt> {
        if state.descent.predicted.is_some() {
            return Ok(());
        }
        let NewtonSketchState { descent, rows, before, random, work } = state;
        let Descent { iterate, direction, .. } = descent;
        let all = oracle.root_rows();
        let sketched = *rows < all;
        work.sketch(oracle, &iterate.x, (*rows, self.signs), random)?;
        direction.axpby(-1.0, &iterate.gradient, 0.0);
        work.solve(direction);
        // d'H_S d, with the Hessian of the sketch.
        let seen = -iterate.gradient.dot(direction);
        let mut decrement = seen;
        if sketched && seen > 0.0 {
            oracle.hessian_product(&iterate.x, direction, &mut work.product)?;
            let length = seen / direction.dot(&work.product);
            if length.is_finite() && length > 0.0 {
                direction.scale(length);
                decrement *= length;
            }
            let slow = before.is_some_and(|before| decrement > FALL * before);
            if length < SEEN || slow {
                *rows = (2 * *rows).min(all);
            }
        }
        *before = Some(decrement);
        state.descent.settle(0.5 * decrement);
        Ok(())
    }
}

impl<O: HessianRoot + ?Sized> Method<O> for NewtonSketch {
    type State = NewtonSketchState;

    fn name(&self) -> &'static str {
        "newton-sketch"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<Self::State, StartError> {
        ArgumentError::check(self.rows != Some(0), "rows", 0, "at least 1")?;
        ArgumentError::check(self.signs > 0, "signs", self.signs, "at least 1")?;
        self.line_search.validate()?;
        let iterate = Iterate::evaluate(oracle, x0.clone())?;
        Ok(NewtonSketchState {
            rows: self.rows.unwrap_or(iterate.x.len().max(1)).min(oracle.root_rows()),
            descent: Descent::new(iterate),
            before: None,
            random: Random::new(self.seed),
            work: Work::default(),
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        self.prepare(oracle, state)?;
        let full = state.descent.direction.norm_max();
        let step = state.descent.search(oracle, &self.line_search)?;
        if !matches!(step, Step::Moved { length } if length >= 0.99 * full) {
            state.before = None;
        }
        Ok(step)
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<Vec<f64>> {
        &state.descent.iterate
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        self.prepare(oracle, state)?;
        Ok(state.descent.predicted)
    }

    fn monotone(&self) -> bool {
        self.line_search.monotone()
    }
}
