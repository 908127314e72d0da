//! What quasi-Newton methods with a line search share: all but the secant matrix.

use super::{Iterate, Step};
use crate::curvature::SecantMatrix;
use crate::line_search::{Found, LineSearch, Start};
use crate::minimize::{Interrupt, Oracle};
use crate::objective::Gradient;
use crate::vector::Vector;

/// A pair whose slope rose by less than this share of the first slope is damped: no search with a
/// curvature condition ends there, but backtracking may.
const LEAST_RISE: f64 = 1e-3;

/// The state of a quasi-Newton method: the iterate, and the secant matrix `H`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct QuasiNewtonState<V, H> {
    current: Iterate<V>,
    trial: Iterate<V>,
    direction: V,
    /// Takes the change of the gradient.
    change: V,
    matrix: H,
    /// Of the direction, where it has been computed for the current iterate.
    ready: Option<Ready>,
}

#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Ready {
    slope: f64,
    length: f64,
}

impl<V: Vector, H: SecantMatrix<V>> QuasiNewtonState<V, H> {
    pub(super) fn new(current: Iterate<V>, matrix: H) -> Self {
        let zeros = current.x.zeros_like();
        let trial = Iterate { x: zeros.clone(), gradient: zeros.clone(), ..current };
        Self { current, trial, direction: zeros.clone(), change: zeros, matrix, ready: None }
    }

    pub(super) fn current(&self) -> &Iterate<V> {
        &self.current
    }

    /// `d = -H g` at the current iterate, unless it is there already.
    fn prepare(&mut self) -> Ready {
        *self.ready.get_or_insert_with(|| {
            let (slope, length) =
                self.matrix.direction(&self.current.gradient, &mut self.direction);
            Ready { slope, length }
        })
    }

    /// The decrease of the model at its minimizer, `g'H g / 2`; the identity is not a model.
    pub(super) fn predicted_decrease(&mut self) -> Option<f64> {
        if self.matrix.is_initial() {
            return None;
        }
        Some((-0.5 * self.prepare().slope).max(0.0))
    }

    /// One iteration: search along `-H g`, then update H. Where the search fails, once more from
    /// the identity.
    pub(super) fn step<O>(
        &mut self,
        oracle: &Oracle<'_, O>,
        search: &LineSearch,
    ) -> Result<Step, Interrupt>
    where
        O: Gradient<Point = V> + ?Sized,
    {
        let mut predicted = None;
        loop {
            let Ready { slope, length } = self.prepare();
            let initial = self.matrix.is_initial();
            if slope < 0.0 && length.is_finite() {
                let step = match search {
                    LineSearch::Fixed(_) => 1.0,
                    _ if initial => self.current.first_step(),
                    _ => 1.0,
                };
                let start =
                    Start { value: self.current.value, slope, step, longest: f64::INFINITY };
                let (current, direction) = (&self.current, &self.direction);
                match search.search_slope(oracle, current, direction, start, &mut self.trial)? {
                    (Found::Step(a), new_slope) => {
                        self.accept(a, slope, new_slope);
                        return Ok(Step::Moved { length: a * length });
                    }
                    (Found::Unbounded, _) => return Ok(Step::Unbounded),
                    (Found::NoDecrease, _) => {
                        predicted.get_or_insert(-0.5 * step * slope);
                    }
                }
            }
            if initial {
                return Ok(Step::NoDecrease { predicted: predicted.unwrap_or(0.0) });
            }
            self.matrix.reset();
            self.ready = None;
        }
    }

    /// Moves to the trial and takes its secant pair into the matrix.
    fn accept(&mut self, a: f64, slope: f64, new_slope: f64) {
        std::mem::swap(&mut self.current, &mut self.trial);
        self.ready = None;
        let (new, old) = (&self.current.gradient, &self.trial.gradient);
        self.change.point_along(new, -1.0, old);
        if !self.matrix.is_initial() && new_slope - slope < -LEAST_RISE * slope {
            // Powell's damping towards B s = -a g: s'y becomes a fifth of s'B s (Nocedal and
            // Wright, procedure 18.2).
            let (sbs, sy) = (-a * a * slope, a * (new_slope - slope));
            let theta = 0.8 * sbs / (sbs - sy);
            self.change.axpby(-(1.0 - theta) * a, old, theta);
        }
        if a != 1.0 {
            self.direction.scale(a);
        }
        let new = &self.current.gradient;
        self.matrix.update(&mut self.direction, &mut self.change, new);
    }
}
