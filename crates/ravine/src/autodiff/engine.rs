//! All derivatives of one body.

use std::cell::{Cell, OnceCell};

use super::compression::Compression;
use super::dual::{Dual, LANES, unit_directions};
use super::forward;
use super::pass::{Body, Pass};
use super::pattern::hessian_pattern;
use crate::objective::Evaluation;
use ravine_linalg::FunctionError;
use ravine_linalg::matrix::{Matrix, SparseMatrix};

/// Up to how many variables forward mode is cheaper than reverse mode: on a chain of Rosenbrock
/// terms it takes 27 ns against 79 ns for 4 variables, 74 ns against 112 ns for 8.
const FEW: usize = 2 * LANES;

/// The most entries of a sparse Hessian, some gigabytes.
const MOST_ENTRIES: usize = 100_000_000;

/// A body with the tapes that its derivatives are computed on.
pub(super) struct Engine<B> {
    pub body: B,
    value_work: Cell<Vec<f64>>,
    forward_work: Cell<Vec<Dual<LANES>>>,
    gradient: Cell<Pass<f64>>,
    product: Cell<Pass<Dual<1>>>,
    block: Cell<Pass<Dual<LANES>>>,
    compression: Cell<Option<Compression>>,
    sparse_pays: OnceCell<bool>,
}

impl<B: Body> Engine<B> {
    pub fn new(body: B) -> Self {
        Self {
            body,
            value_work: Cell::default(),
            forward_work: Cell::default(),
            gradient: Cell::default(),
            product: Cell::default(),
            block: Cell::default(),
            compression: Cell::default(),
            sparse_pays: OnceCell::new(),
        }
    }

    /// The number of variables n.
    pub fn dimension(&self) -> usize {
        self.body.dimension()
    }

    /// `f(x)`.
    pub fn value(&self, x: &[f64]) -> Evaluation<f64> {
        self.check("x", x.len())?;
        // Taken, not borrowed: a body that calls its own objective finds other buffers.
        let mut work = self.value_work.take();
        work.clear();
        let value = self.body.evaluate(x, &mut work);
        self.value_work.set(work);
        Ok(value)
    }

    /// Value and gradient.
    pub fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        self.check("x", x.len())?;
        self.check("gradient", gradient.len())?;
        if (1..=FEW).contains(&self.dimension()) {
            return Ok(self.forward_gradient(x, gradient));
        }
        let mut pass = self.gradient.take();
        let (value, slopes) = pass.run(&self.body, x.iter().copied())?;
        gradient.copy_from_slice(slopes);
        self.gradient.set(pass);
        Ok(value)
    }

    /// For so few variables that carrying all derivatives forward is cheaper than recording.
    fn forward_gradient(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        let mut work = self.forward_work.take();
        let mut variables = [Dual::from(0.0); FEW];
        let value = forward::carry(x, &mut variables[..x.len()], gradient, |variables| {
            work.clear();
            self.body.evaluate(variables, &mut work)
        });
        self.forward_work.set(work);
        value
    }

    /// `H(x) d`.
    pub fn hessian_product(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        self.check("x", x.len())?;
        self.check("direction", d.len())?;
        self.check("product", product.len())?;
        let mut pass = self.product.take();
        let variables = x.iter().zip(d).map(|(&x, &d)| Dual::new(x, [d]));
        let (_, slopes) = pass.run(&self.body, variables)?;
        for (product, slope) in product.iter_mut().zip(slopes) {
            *product = slope.tangents[0];
        }
        self.product.set(pass);
        Ok(())
    }

    /// The dense Hessian, [`LANES`] columns a sweep.
    pub fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        let n = self.dimension();
        self.check("x", x.len())?;
        self.check("hessian rows", hessian.rows())?;
        self.check("hessian columns", hessian.columns())?;
        let mut pass = self.block.take();
        for first in (0..n).step_by(LANES) {
            let (_, slopes) = pass.run(&self.body, unit_directions(x, first))?;
            // Symmetric to the last bit: the upper triangle is a copy of the lower.
            for (j, k) in (first..n).zip(0..LANES) {
                for i in j..n {
                    let entry = slopes[i].tangents[k];
                    hessian[(i, j)] = entry;
                    hessian[(j, i)] = entry;
                }
            }
        }
        self.block.set(pass);
        Ok(())
    }

    /// The sparse Hessian at x, with its pattern.
    pub fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
        self.check("x", x.len())?;
        let Some(mut hessian) = hessian_pattern(&self.body, x, MOST_ENTRIES) else {
            let message = format!("the Hessian has more than {MOST_ENTRIES} entries");
            return Err(FunctionError::from(message));
        };
        self.sparse_hessian(x, &mut hessian)?;
        Ok(hessian)
    }

    /// Writes the sparse Hessian into a matrix with its pattern.
    pub fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        self.check("x", x.len())?;
        self.check("hessian rows", hessian.rows())?;
        self.check("hessian columns", hessian.columns())?;
        let compression = match self.compression.take() {
            Some(compression) if compression.fits(hessian) => compression,
            _ => Compression::of(hessian),
        };
        let mut pass = self.block.take();
        let result = compression.hessian(&self.body, &mut pass, x, hessian);
        self.block.set(pass);
        self.compression.set(Some(compression));
        result
    }

    /// Whether a sparse Hessian is worth having: from 50 variables on, where at most a tenth of
    /// the entries and no more than 250 a row can differ from zero at a point in general position.
    pub fn sparse_pays(&self) -> bool {
        let n = self.dimension();
        *self.sparse_pays.get_or_init(|| {
            if n < 50 {
                return false;
            }
            let x: Vec<f64> =
                (0..n).map(|i| 0.5 + 0.25 * (i as f64 * 0.618_033_988_749_894_9).fract()).collect();
            let limit = (n / 10).min(250) * n;
            hessian_pattern(&self.body, &x, limit).is_some()
        })
    }

    pub fn check(&self, what: &str, length: usize) -> Evaluation {
        check_length(what, length, self.dimension(), "variables")
    }
}

/// An error unless `length`, the number of entries of `what`, is the number of `things`.
pub(super) fn check_length(what: &str, length: usize, count: usize, things: &str) -> Evaluation {
    if length == count {
        return Ok(());
    }
    Err(FunctionError::from(format!(
        "{what} has {length} entries, but the function has {count} {things}"
    )))
}
