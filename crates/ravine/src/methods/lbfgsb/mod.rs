//! L-BFGS-B: limited-memory BFGS within bounds.

mod cauchy;
mod model;
mod subspace;

use self::cauchy::CauchyPoint;
use self::model::Model;
use self::subspace::Subspace;
use crate::curvature::Belief;
use crate::curvature::SecantPairs;
#[cfg(feature = "differences")]
use crate::line_search::Resolution;
use crate::line_search::{Found, LineSearch, MoreThuente, Phi, Start, longest_step};
use crate::minimize::{Advance, Method};
use crate::objective::{Bounds, Gradient, Within};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// L-BFGS-B: the L-BFGS model minimized within the bounds, `l <= x <= u`, in two stages, then a
/// line search.
///
/// 1. The generalized Cauchy point: the first local minimizer of the model along the path
///    `P(x - t grad f(x))`. The variables that have met a bound there are held.
/// 2. The minimizer of the model over the other variables, brought back within the bounds.
/// 3. A search from `x` towards it, for the strong Wolfe conditions, no farther than the bounds.
///
/// The function is never evaluated outside the bounds; a start outside is moved to the nearest
/// point within. Bounds may be infinite or equal, and without any the method is L-BFGS. The
/// gradient test compares the projected gradient, [`Bounds::projected_gradient_norm`].
///
/// Sources: Byrd, Lu, Nocedal and Zhu, A limited memory algorithm for bound constrained
/// optimization (1995); Morales and Nocedal, Remark on algorithm 778 (2011).
///
/// ```
/// use ravine::methods::Lbfgsb;
/// use ravine::objective::from_gradient;
/// use ravine::{Bounds, minimize};
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     let (a, b) = (x[1] - x[0] * x[0], 1.0 - x[0]);
///     g.copy_from_slice(&[-400.0 * x[0] * a - 2.0 * b, 200.0 * a]);
///     100.0 * a * a + b * b
/// });
/// let bounds = Bounds::new(vec![-2.0, 1.5], vec![2.0, 2.0])?;
/// let outcome = minimize(&f, vec![-2.0, 2.0], Lbfgsb::default()).within(bounds).run()?;
/// assert!(outcome.status.converged());
/// assert_eq!(outcome.x[1], 1.5);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lbfgsb {
    /// The number m of secant pairs kept. Default 10.
    #[range("at least 1")]
    pub memory: usize,
    /// How the step is found. Default: More-Thuente with a `rounding` of `1e-12`, so that runs end
    /// at the accuracy of the gradient rather than of the value.
    pub line_search: LineSearch,
}

impl Default for Lbfgsb {
    fn default() -> Self {
        let search = MoreThuente { rounding: 1e-12, ..MoreThuente::default() };
        Self { memory: 10, line_search: LineSearch::MoreThuente(search) }
    }
}

/// The state of [`Lbfgsb`].
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct LbfgsbState {
    current: Iterate<Vec<f64>>,
    trial: Iterate<Vec<f64>>,
    model: Model,
    /// Where the model's step ends, a point within the bounds.
    target: Vec<f64>,
    direction: Vec<f64>,
    /// `g'd`.
    slope: f64,
    /// Whether target and direction are those of the current point.
    ready: bool,
    #[serde(skip)]
    work: Work,
}

/// Scratch: nothing in it outlives a step.
#[derive(Clone, Debug, Default)]
struct Work {
    cauchy: CauchyPoint,
    subspace: Subspace,
    small: [Vec<f64>; 2],
}

impl LbfgsbState {
    /// The model's step from the current point, unless it is there already.
    fn prepare(&mut self, bounds: Option<&Bounds>) {
        if self.ready {
            return;
        }
        let Self { current, model, target, direction, work, .. } = self;
        let (x, g) = (&current.x, &current.gradient);
        if let Some(bounds) = bounds {
            work.cauchy.find(model, bounds, x, g);
            let minimizer = work.subspace.minimize(model, bounds, &work.cauchy, x, g);
            target.copy_from_slice(minimizer);
            direction.point_along(target, -1.0, x);
        } else {
            direction.copy_from(g);
            model.solve(direction, &mut work.small[0]);
            direction.scale(-1.0);
            target.point_along(x, 1.0, direction);
        }
        self.slope = self.current.gradient.dot(&self.direction);
        self.ready = true;
    }

    /// `-(g'd + d'B d / 2)`.
    fn model_decrease(&mut self) -> f64 {
        let curvature = self.model.curvature(&self.direction, &mut self.work.small);
        -(self.slope + 0.5 * curvature)
    }
}

/// The objective on the way from `x` towards `target`, never outside the bounds.
struct Segment<'r, 'a, O: Gradient<Point = Vec<f64>> + ?Sized> {
    oracle: &'r Oracle<'a, O>,
    x: &'r Vec<f64>,
    direction: &'r Vec<f64>,
    target: &'r Vec<f64>,
    trial: &'r mut Iterate<Vec<f64>>,
    epsilon: f64,
}

impl<O: Gradient<Point = Vec<f64>> + ?Sized> Segment<'_, '_, O> {
    fn place(&mut self, a: f64) {
        let x = &mut self.trial.x;
        if a == 1.0 {
            // Exactly, so that a variable that is meant to be at its bound is.
            x.copy_from(self.target);
            return;
        }
        x.point_along(self.x, a, self.direction);
        if let Some(bounds) = self.oracle.bounds() {
            bounds.project(x);
        }
    }
}

impl<O: Gradient<Point = Vec<f64>> + ?Sized> Phi for Segment<'_, '_, O> {
    fn value(&mut self, a: f64) -> Result<f64, Interrupt> {
        self.place(a);
        self.trial.value = self.oracle.value(&self.trial.x)?;
        Ok(self.trial.value)
    }

    fn value_and_slope(&mut self, a: f64) -> Result<(f64, f64), Interrupt> {
        self.place(a);
        self.trial.update_within(self.oracle)?;
        Ok((self.trial.value, self.trial.gradient.dot(self.direction)))
    }

    #[cfg(feature = "differences")]
    fn resolution(&self) -> Resolution {
        Resolution::along(self.oracle.gradient_error(), self.x, self.direction)
    }

    #[cfg(feature = "differences")]
    fn value_first(&mut self, a: f64) -> Result<Option<f64>, Interrupt> {
        self.place(a);
        self.oracle.value_first(&self.trial.x)
    }

    fn epsilon(&self) -> f64 {
        self.epsilon
    }
}

/// The longest step along `d` from `x` within the bounds.
fn longest_within(bounds: Option<&Bounds>, x: &[f64], d: &Vec<f64>) -> f64 {
    let mut longest = longest_step::<Vec<f64>>(d.norm_max());
    let Some(bounds) = bounds else { return longest };
    for i in 0..x.len() {
        let room = if d[i] > 0.0 { bounds.upper()[i] } else { bounds.lower()[i] } - x[i];
        if d[i] != 0.0 {
            longest = longest.min(room / d[i]);
        }
    }
    // The step 1 ends within the bounds, whatever the rounding of the quotients.
    longest.max(1.0)
}

impl<O: Gradient<Point = Vec<f64>> + ?Sized> Method<O> for Lbfgsb {
    type State = LbfgsbState;

    fn name(&self) -> &'static str {
        "lbfgsb"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> Result<LbfgsbState, StartError> {
        ArgumentError::check(self.memory > 0, "memory", self.memory, "at least 1")?;
        self.line_search.validate()?;
        let (x, gradient) = (x0.clone(), x0.zeros_like());
        let mut current = Iterate { x, value: 0.0, gradient, gradient_norm: 0.0 };
        current.update_within(oracle)?;
        Ok(LbfgsbState {
            trial: current.clone(),
            model: Model::new(self.memory),
            target: x0.zeros_like(),
            direction: x0.zeros_like(),
            slope: 0.0,
            ready: false,
            work: Work::default(),
            current,
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut LbfgsbState) -> Result<Advance, Interrupt> {
        let bounds = oracle.bounds();
        let mut predicted = None;
        loop {
            state.prepare(bounds);
            let LbfgsbState { current, trial, model, target, direction, slope, .. } = &mut *state;
            let found = if *slope < 0.0 {
                let longest = longest_within(bounds, &current.x, direction);
                // Without pairs nothing is known of the scale, and after a failed search all steps
                // were too long.
                let step = if model.pairs() == 0 {
                    let trial = match predicted {
                        None => current.first_trial(),
                        Some(_) => current.first_step(),
                    };
                    (trial * current.gradient.norm() / direction.norm()).min(1.0)
                } else {
                    1.0
                };
                let start = Start { value: current.value, slope: *slope, step, longest };
                let (x, direction) = (&current.x, &*direction);
                let epsilon = oracle.precision(current.value);
                let mut segment = Segment { oracle, x, direction, target, trial, epsilon };
                self.line_search.search_along(&mut segment, start)?
            } else {
                Found::NoDecrease
            };
            match found {
                Found::Step(_) => break,
                Found::Unbounded => return Ok(Advance::Unbounded),
                Found::NoDecrease if model.pairs() == 0 => {
                    let predicted = predicted.unwrap_or_else(|| state.model_decrease());
                    return Ok(Advance::NoDecrease { predicted: predicted.max(0.0) });
                }
                Found::NoDecrease => {
                    // The pairs mislead; the negative gradient does not. What they promised is
                    // still the better guess of what is left.
                    predicted = Some(state.model_decrease());
                    state.model.clear();
                    state.ready = false;
                }
            }
        }
        let LbfgsbState { current, trial, model, ready, .. } = &mut *state;
        // The old point and gradient become the pair.
        current.x.axpby(1.0, &trial.x, -1.0);
        current.gradient.axpby(1.0, &trial.gradient, -1.0);
        let length = current.x.norm_max();
        model.push(&mut current.x, &mut current.gradient);
        std::mem::swap(current, trial);
        *ready = false;
        Ok(Advance::Moved { length })
    }

    fn take_pairs(&self, state: &mut LbfgsbState) -> Option<SecantPairs<Vec<f64>>> {
        state.ready = false;
        (!state.model.kept().is_empty()).then(|| state.model.take())
    }

    fn belief<'s>(&self, state: &'s LbfgsbState) -> Belief<'s, Vec<f64>> {
        match state.model.kept() {
            pairs if pairs.is_empty() => Belief::default(),
            pairs => Belief::default().pairs(pairs),
        }
    }

    fn iterate<'s>(&self, state: &'s LbfgsbState) -> &'s Iterate<Vec<f64>> {
        &state.current
    }

    fn predicted_decrease(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut LbfgsbState,
    ) -> Result<Option<f64>, Interrupt> {
        if state.model.pairs() == 0 {
            return Ok(None);
        }
        state.prepare(oracle.bounds());
        Ok(Some(state.model_decrease()))
    }

    fn within(&self) -> Option<Within<Vec<f64>>> {
        Some(Within::ENTRIES)
    }

    fn monotone(&self) -> bool {
        self.line_search.monotone()
    }
}
