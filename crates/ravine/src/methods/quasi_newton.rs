//! What quasi-Newton methods with a line search share: all but the secant matrix.

use crate::curvature::SecantMatrix;
use crate::line_search::{Found, LineSearch, MoreThuente, Start};
use crate::minimize::Step;
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::Interrupt;
use ravine_linalg::vector::Vector;

/// A pair whose slope rose by less than this share of the first slope is damped: no search with a
/// curvature condition ends there, but backtracking may.
const LEAST_RISE: f64 = 1e-3;

/// A step confirms the model where it leaves at most this share of the gradient.
const CONFIRMED: f64 = 0.2;

/// Steps over which the fall of the value is summed: single steps of a limited memory are uneven.
const WINDOW: usize = 5;

/// What a falling value leaves, as its fall foretells, counts so many times: no model confirms it.
const MARGIN: f64 = 1e4;

/// After so many steps that change the value by its rounding only, the model is believed.
const STILL: u32 = 5;

/// The search with the fewest gradients on the problems of More, Garbow and Hillstrom.
pub(super) fn default_search() -> LineSearch {
    LineSearch::MoreThuente(MoreThuente { quadratic: 1e-3, ..Default::default() })
}

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
    last: Option<Last>,
}

/// What the last step did.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Last {
    /// By how much the value fell, in the steps before too, the newest first; 0 before the first.
    decreases: [f64; 2 * WINDOW],
    /// What it left of the gradient's norm, as a share.
    left: f64,
    /// How many steps since the value last changed by more than its rounding.
    still: u32,
}

impl Last {
    /// What is left to gain of a value that falls to zero, infinite where it does not: in each of the
    /// last two windows it fell by half or more, to less than it has just lost. The falls go on as a
    /// geometric series at worst, `d r / (1 - r)` with the ratio r of the last two, or all the way.
    fn left_of(&self, value: f64) -> f64 {
        let (new, old) = self.decreases.split_at(WINDOW);
        let (new, old) = (new.iter().sum::<f64>(), old.iter().sum::<f64>());
        if value.abs() > new || new > 0.5 * old {
            return f64::INFINITY;
        }
        value.abs().max(new * new / (old - new))
    }
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
        Self {
            current,
            trial,
            direction: zeros.clone(),
            change: zeros,
            matrix,
            ready: None,
            last: None,
        }
    }

    /// The matrix H; `None` while nothing has been learnt.
    pub(super) fn learnt(&self) -> Option<&H> {
        (!self.matrix.is_initial()).then_some(&self.matrix)
    }

    /// The matrix, from which to take what is of use elsewhere; the direction is forgotten.
    pub(super) fn forget(&mut self) -> &mut H {
        self.ready = None;
        &mut self.matrix
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

    /// The decrease of the model at its minimizer, `g'H g / 2`, if the last step confirmed the
    /// model: it left at most a fifth of the gradient. What the last two steps gained counts as
    /// promised, too. A secant matrix knows nothing of a direction that
    /// no step has taken: at the floor of a curved valley it promises nothing, and the step made
    /// all the same changes neither value nor gradient. Without such a step, a value that falls to
    /// zero tells how much there is left of it. Before the first pair there is no model.
    pub(super) fn predicted_decrease(&mut self) -> Option<f64> {
        if self.matrix.is_initial() {
            return None;
        }
        let promised = (-0.5 * self.prepare().slope).max(0.0);
        Some(match self.last {
            Some(last) if last.still < STILL => {
                if last.left <= CONFIRMED {
                    last.decreases[..2].iter().copied().fold(promised, f64::max)
                } else {
                    promised.max(MARGIN * last.left_of(self.current.value))
                }
            }
            _ => promised,
        })
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
        let decrease = self.trial.value - self.current.value;
        let moved = decrease.abs() > 4.0 * f64::EPSILON * self.current.value.abs();
        let still = if moved { 0 } else { self.last.map_or(0, |last| last.still) + 1 };
        let left = self.current.gradient_norm / self.trial.gradient_norm;
        let mut decreases = self.last.map_or([0.0; 2 * WINDOW], |last| last.decreases);
        decreases.rotate_right(1);
        decreases[0] = decrease;
        self.last = Some(Last { decreases, left, still });
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
