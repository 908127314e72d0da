//! OWL-QN: limited-memory BFGS with an L1 term.

use std::ops::Range;

use crate::curvature::SecantPairs;
use crate::minimize::{Advance, Method};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::{Entries, Orthants, Vector};
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Changes of the value up to so many units of its rounding are taken for rounding.
const ROUNDING: f64 = 4.5e3;

/// OWL-QN, orthant-wise limited-memory quasi-Newton: minimizes `F(x) = f(x) + l1 |x|_1`, whose
/// minimizers have entries that are exactly zero.
///
/// Within an orthant the L1 term is linear, so that the curvature of F is that of f. Each iteration
/// chooses an orthant by the pseudo-gradient (the smallest subgradient of F, entry by entry),
/// takes the L-BFGS direction against it and searches along the ray, projected back onto the
/// orthant. Two things are not as in the paper, whose directions become short and crooked near a
/// minimizer: the pairs are restricted to the variables that are not held at zero, and entries
/// that disagree with the pseudo-gradient in sign are dropped only where the variable is zero.
///
/// The value that a run reports is F, with the L1 term; its gradient is the pseudo-gradient, and the
/// gradient test compares its maximum norm, which is zero exactly at the minimizers of F where f
/// is convex: `|g_i| <= l1` where `x_i = 0`, and `g_i = -l1 sign x_i` elsewhere.
///
/// Source: Andrew and Gao, Scalable training of L1-regularized log-linear models (2007).
///
/// ```
/// use ravine::methods::OwlQn;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// // (x - b)^2 / 2 + |x|: the minimizer is b, moved towards zero by 1.
/// let b = [3.0, -0.5, -2.0];
/// let f = from_gradient(3, |x: &[f64], g: &mut [f64]| {
///     for i in 0..3 {
///         g[i] = x[i] - b[i];
///     }
///     g.iter().map(|g| g * g / 2.0).sum()
/// });
/// let outcome = minimize(&f, vec![1.0; 3], OwlQn { l1: 1.0, ..OwlQn::default() }).run()?;
/// assert!(outcome.status.converged());
/// assert!(outcome.x.iter().zip([2.0, 0.0, -1.0]).all(|(x, e)| (x - e).abs() < 1e-7));
/// assert_eq!(outcome.x[1], 0.0);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwlQn {
    /// The weight of the L1 term, zero or positive. Default 0: the term is left out, and the
    /// method is L-BFGS with backtracking.
    #[range("zero or positive")]
    pub l1: f64,
    /// Variables that the L1 term leaves out, such as an intercept. Default `0..0`, none.
    pub unpenalized: Range<usize>,
    /// The number m of secant pairs kept. Default 10.
    #[range("at least 1")]
    pub memory: usize,
    /// The share of the decrease predicted by the slope that must be realized. Default `1e-4`.
    #[range("between 0 and 0.5")]
    pub decrease: f64,
}

impl Default for OwlQn {
    fn default() -> Self {
        Self { l1: 0.0, unpenalized: 0..0, memory: 10, decrease: 1e-4 }
    }
}

/// The state of [`OwlQn`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OwlQnState<V> {
    current: Iterate<V>,
    trial: Iterate<V>,
    /// `grad f` at both.
    smooth: V,
    trial_smooth: V,
    direction: V,
    /// The weight of each variable in the L1 term.
    weights: V,
    /// One for a variable that is not held at zero; room for a difference of points.
    #[serde(skip)]
    free: Option<V>,
    /// The slope of F along the direction.
    slope: f64,
    /// Whether direction and slope are those of the current point.
    ready: bool,
    pairs: SecantPairs<V>,
    #[serde(skip)]
    work: Vec<f64>,
}

impl OwlQn {
    /// Evaluates F and its pseudo-gradient at `iterate.x`, and `grad f` into `smooth`.
    fn evaluate<O>(
        oracle: &Oracle<'_, O>,
        iterate: &mut Iterate<O::Point>,
        smooth: &mut O::Point,
        weights: &O::Point,
    ) -> Result<(), Interrupt>
    where
        O: Gradient + ?Sized,
        O::Point: Orthants,
    {
        let Iterate { x, value, gradient, gradient_norm } = iterate;
        *value = oracle.value_and_gradient(x, smooth)?;
        *value += x.weighted_norm_1(weights);
        gradient.set_pseudo_gradient(x, smooth, weights);
        *gradient_norm = gradient.norm_max();
        Ok(())
    }

    /// `-H` times the pseudo-gradient on the variables that are not held at zero, without the entries
    /// at zero that do not descend.
    fn prepare<V: Orthants>(&self, state: &mut OwlQnState<V>) {
        if state.ready {
            return;
        }
        let OwlQnState { current, direction, free, pairs, work, .. } = state;
        let Iterate { x, gradient: pg, .. } = &*current;
        direction.axpby(-1.0, pg, 0.0);
        let free = free.get_or_insert_with(|| x.zeros_like());
        multiply_inverse(pairs, x, pg, direction, free, work);
        direction.drop_ascent_from_zero(x, pg);
        state.slope = direction.dot(pg);
        if state.slope > -1e-10 * direction.norm() * pg.norm() {
            // Not enough of a descent: as in the paper, no entry may oppose the pseudo-gradient.
            direction.keep_opposed(pg);
            state.slope = direction.dot(pg);
        }
        state.ready = true;
    }

    /// Finds and evaluates `P(x + a d)`, P the projection onto the orthant; false where no `a` gives
    /// a decrease.
    fn search<O>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut OwlQnState<O::Point>,
    ) -> Result<bool, Interrupt>
    where
        O: Gradient + ?Sized,
        O::Point: Orthants,
    {
        let OwlQnState { current, trial, trial_smooth, direction, weights, slope, pairs, .. } =
            state;
        let first = if pairs.is_empty() { current.first_step() } else { 1.0 };
        let mut a = first;
        loop {
            let Iterate { x, gradient: pg, .. } = &*current;
            let change = trial.x.set_step_within_orthant(x, pg, weights, a, direction);
            Self::evaluate(oracle, trial, trial_smooth, weights)?;
            let complete = trial.gradient_norm.is_finite() || trial.value == f64::NEG_INFINITY;
            if complete && trial.value <= current.value + self.decrease * change {
                return Ok(true);
            }
            // Where the values differ by no more than rounding, what this says of the slopes for a
            // quadratic (Hager and Zhang 2005, equation 4.2).
            if complete
                && (trial.value - current.value).abs()
                    <= ROUNDING * O::Point::EPSILON * current.value.abs()
            {
                let free = state.free.get_or_insert_with(|| x.zeros_like());
                free.point_along(&trial.x, -1.0, x);
                let slope = trial.gradient.dot(free);
                if slope <= (2.0 * self.decrease - 1.0) * change {
                    return Ok(true);
                }
            }
            if -a * *slope < 0.1 * O::Point::EPSILON * current.value.abs() || a < 1e-20 * first {
                return Ok(false);
            }
            // The minimizer of the parabola through the value, the slope and the trial's value.
            let parabola = -0.5 * a * a * *slope / (trial.value - current.value - a * *slope);
            a = if parabola.is_finite() { parabola.clamp(0.1 * a, 0.5 * a) } else { 0.1 * a };
        }
    }
}

/// `v = H v` by the two-loop recursion with the pairs restricted to the variables that are not held
/// at zero, `x_i = pg_i = 0`; v is zero at those. The curvature is then that of F on these
/// variables: with whole pairs it would be as if the others were free to follow.
fn multiply_inverse<V: Orthants>(
    pairs: &SecantPairs<V>,
    x: &V,
    pg: &V,
    v: &mut V,
    free: &mut V,
    work: &mut Vec<f64>,
) {
    if free.set_free(x, pg) == 0 {
        pairs.multiply_inverse(v, work);
        return;
    }
    // alpha and s'y of each pair, and y'y of the newest whose curvature is positive.
    let m = pairs.len();
    work.clear();
    work.resize(2 * m, 0.0);
    let (alpha, sy) = work.split_at_mut(m);
    let mut gamma = 0.0;
    for k in (0..m).rev() {
        let (s, y) = (pairs.s(k), pairs.y(k));
        let (restricted, yy) = s.masked_products(y, free);
        if restricted > 1e-12 * yy && (restricted / yy).is_normal() {
            sy[k] = restricted;
            if gamma == 0.0 {
                gamma = restricted / yy;
            }
            alpha[k] = s.dot(v) / sy[k];
            v.axpy(-alpha[k], y);
            v.mask(free);
        }
    }
    v.scale(if gamma > 0.0 { gamma } else { 1.0 });
    for k in (0..m).filter(|&k| sy[k] > 0.0) {
        let beta = pairs.y(k).dot(v) / sy[k];
        v.axpy(alpha[k] - beta, pairs.s(k));
        v.mask(free);
    }
}

impl<O: Gradient + ?Sized> Method<O> for OwlQn
where
    O::Point: Orthants + Entries,
{
    type State = OwlQnState<O::Point>;

    fn name(&self) -> &'static str {
        "owlqn"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        let Self { l1, unpenalized, memory, decrease } = self;
        ArgumentError::check(*l1 >= 0.0 && l1.is_finite(), "l1", l1, "zero or positive")?;
        let n = x0.dimension();
        let within = unpenalized.is_empty() || unpenalized.end <= n;
        ArgumentError::check(within, "unpenalized", unpenalized, &format!("within 0..{n}"))?;
        ArgumentError::check(*memory > 0, "memory", memory, "at least 1")?;
        ArgumentError::check(
            *decrease > 0.0 && *decrease < 0.5,
            "decrease",
            decrease,
            "between 0 and 0.5",
        )?;
        let gradient = x0.zeros_like();
        let mut smooth = gradient.clone();
        let mut current = Iterate { x: x0.clone(), value: 0.0, gradient, gradient_norm: 0.0 };
        let mut weights = x0.zeros_like();
        weights.fill(*l1);
        unpenalized.clone().for_each(|i| weights.set(i, 0.0));
        Self::evaluate(oracle, &mut current, &mut smooth, &weights)?;
        Ok(OwlQnState {
            trial: current.clone(),
            trial_smooth: smooth.clone(),
            direction: x0.zeros_like(),
            weights,
            free: None,
            slope: 0.0,
            ready: false,
            pairs: SecantPairs::new(self.memory),
            work: Vec::new(),
            current,
            smooth,
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        self.prepare(state);
        let predicted = -0.5 * state.slope;
        while !self.search(oracle, state)? {
            if state.pairs.is_empty() {
                return Ok(Advance::NoDecrease { predicted });
            }
            // The pairs mislead; the pseudo-gradient does not.
            state.pairs.clear();
            state.ready = false;
            self.prepare(state);
        }
        let OwlQnState { current, trial, smooth, trial_smooth, pairs, ready, .. } = state;
        // The old point and gradient become the pair.
        current.x.axpby(1.0, &trial.x, -1.0);
        smooth.axpby(1.0, trial_smooth, -1.0);
        let length = current.x.norm_max();
        pairs.push(&mut current.x, smooth);
        std::mem::swap(current, trial);
        std::mem::swap(smooth, trial_smooth);
        *ready = false;
        Ok(Advance::Moved { length })
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.current
    }

    fn value_at(
        &self,
        oracle: &Oracle<'_, O>,
        state: &Self::State,
        x: &O::Point,
    ) -> Result<f64, Interrupt> {
        Ok(oracle.value(x)? + x.weighted_norm_1(&state.weights))
    }

    /// Half the slope along the direction, as for a quadratic; the identity is not a model.
    fn predicted_decrease(
        &self,
        _oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        if state.pairs.is_empty() {
            return Ok(None);
        }
        self.prepare(state);
        Ok(Some(-0.5 * state.slope))
    }
}
