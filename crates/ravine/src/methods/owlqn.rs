//! OWL-QN: limited-memory BFGS with an L1 term.

use std::ops::Range;

use crate::curvature::SecantPairs;
use crate::minimize::{Method, Step};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::vector::{Entries, Vector};
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Changes of the value up to this times its size are taken for rounding.
const ROUNDING: f64 = 1e-12;

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
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OwlQn {
    /// The weight of the L1 term, zero or positive. Default 0: the term is left out, and the
    /// method is L-BFGS with backtracking.
    pub l1: f64,
    /// Variables that the L1 term leaves out, such as an intercept. Default `0..0`, none.
    pub unpenalized: Range<usize>,
    /// The number m of secant pairs kept. Default 10.
    pub memory: usize,
    /// The share of the decrease predicted by the slope that must be realized. Default `1e-4`.
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
    /// The slope of F along the direction.
    slope: f64,
    /// Whether direction and slope are those of the current point.
    ready: bool,
    pairs: SecantPairs<V>,
    #[serde(skip)]
    work: Vec<f64>,
}

impl OwlQn {
    fn weight(&self, i: usize) -> f64 {
        if self.unpenalized.contains(&i) { 0.0 } else { self.l1 }
    }

    /// Evaluates F and its pseudo-gradient at `iterate.x`, and `grad f` into `smooth`.
    fn evaluate<O>(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &mut Iterate<O::Point>,
        smooth: &mut O::Point,
    ) -> Result<(), Interrupt>
    where
        O: Gradient + ?Sized,
        O::Point: Entries,
    {
        let Iterate { x, value, gradient, gradient_norm } = iterate;
        *value = oracle.value_and_gradient(x, smooth)?;
        let mut penalty = 0.0;
        for i in 0..x.dimension() {
            let (x, g, l1) = (x.get(i), smooth.get(i), self.weight(i));
            penalty += l1 * x.abs();
            gradient.set(i, pseudo_gradient(x, g, l1));
        }
        *value += penalty;
        *gradient_norm = gradient.norm_max();
        Ok(())
    }

    /// `-H` times the pseudo-gradient on the variables that are not held at zero, without the entries
    /// at zero that do not descend.
    fn prepare<V: Entries>(&self, state: &mut OwlQnState<V>) {
        if state.ready {
            return;
        }
        let OwlQnState { current, direction, pairs, work, .. } = state;
        let Iterate { x, gradient: pg, .. } = &*current;
        direction.axpby(-1.0, pg, 0.0);
        multiply_inverse(pairs, x, pg, direction, work);
        direction.zip_apply2(x, pg, |d, x, pg| if x == 0.0 && d * pg >= 0.0 { 0.0 } else { d });
        state.slope = direction.dot(pg);
        if state.slope > -1e-10 * direction.norm() * pg.norm() {
            // Not enough of a descent: as in the paper, no entry may oppose the pseudo-gradient.
            direction.zip_apply(pg, |d, pg| if d * pg < 0.0 { d } else { 0.0 });
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
        O::Point: Entries,
    {
        let OwlQnState { current, trial, trial_smooth, direction, slope, pairs, .. } = state;
        let first = if pairs.is_empty() { current.first_step() } else { 1.0 };
        let mut a = first;
        loop {
            let mut change = 0.0;
            for i in 0..current.x.dimension() {
                let (x, g) = (current.x.get(i), current.gradient.get(i));
                let orthant = if x == 0.0 { -g } else { x };
                let end = x + a * direction.get(i);
                let kept = self.weight(i) == 0.0 || end * orthant > 0.0;
                let end = if kept { end } else { 0.0 };
                change += g * (end - x);
                trial.x.set(i, end);
            }
            self.evaluate(oracle, trial, trial_smooth)?;
            let complete = trial.gradient_norm.is_finite() || trial.value == f64::NEG_INFINITY;
            if complete && trial.value <= current.value + self.decrease * change {
                return Ok(true);
            }
            // Where the values differ by no more than rounding, what this says of the slopes for a
            // quadratic (Hager and Zhang 2005, equation 4.2).
            if complete && (trial.value - current.value).abs() <= ROUNDING * current.value.abs() {
                let mut slope = 0.0;
                for i in 0..current.x.dimension() {
                    slope += trial.gradient.get(i) * (trial.x.get(i) - current.x.get(i));
                }
                if slope <= (2.0 * self.decrease - 1.0) * change {
                    return Ok(true);
                }
            }
            if -a * *slope < 0.1 * f64::EPSILON * current.value.abs() || a < 1e-20 * first {
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
fn multiply_inverse<V: Entries>(
    pairs: &SecantPairs<V>,
    x: &V,
    pg: &V,
    v: &mut V,
    work: &mut Vec<f64>,
) {
    let held = |i: usize| x.get(i) == 0.0 && pg.get(i) == 0.0;
    let n = x.dimension();
    if !(0..n).any(held) {
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
        let (mut restricted, mut yy) = (0.0, 0.0);
        for i in (0..n).filter(|&i| !held(i)) {
            restricted += s.get(i) * y.get(i);
            yy += y.get(i) * y.get(i);
        }
        if restricted > 1e-12 * yy && (restricted / yy).is_normal() {
            sy[k] = restricted;
            if gamma == 0.0 {
                gamma = restricted / yy;
            }
            alpha[k] = s.dot(v) / sy[k];
            v.axpy(-alpha[k], y);
            v.zip_apply2(x, pg, hold);
        }
    }
    v.scale(if gamma > 0.0 { gamma } else { 1.0 });
    for k in (0..m).filter(|&k| sy[k] > 0.0) {
        let beta = pairs.y(k).dot(v) / sy[k];
        v.axpy(alpha[k] - beta, pairs.s(k));
        v.zip_apply2(x, pg, hold);
    }
}

fn hold(v: f64, x: f64, pg: f64) -> f64 {
    if x == 0.0 && pg == 0.0 { 0.0 } else { v }
}

/// The subgradient of `f + l1 |x|` of the least magnitude, in one variable where `f' = g`.
fn pseudo_gradient(x: f64, g: f64, l1: f64) -> f64 {
    if x > 0.0 {
        g + l1
    } else if x < 0.0 {
        g - l1
    } else if g < -l1 {
        g + l1
    } else if g > l1 {
        g - l1
    } else if g.is_nan() {
        g
    } else {
        0.0
    }
}

impl<O: Gradient + ?Sized> Method<O> for OwlQn
where
    O::Point: Entries,
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
        self.evaluate(oracle, &mut current, &mut smooth)?;
        Ok(OwlQnState {
            trial: current.clone(),
            trial_smooth: smooth.clone(),
            direction: x0.zeros_like(),
            slope: 0.0,
            ready: false,
            pairs: SecantPairs::new(self.memory),
            work: Vec::new(),
            current,
            smooth,
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Step, Interrupt> {
        self.prepare(state);
        let predicted = -0.5 * state.slope;
        while !self.search(oracle, state)? {
            if state.pairs.is_empty() {
                return Ok(Step::NoDecrease { predicted });
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
        Ok(Step::Moved { length })
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.current
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
