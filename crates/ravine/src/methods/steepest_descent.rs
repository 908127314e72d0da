//! Gradient descent with a line search.

use crate::line_search::{Found, LineSearch, MoreThuente};
use crate::minimize::{Advance, Method};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, StartError};

/// Steepest descent: gradient descent whose step a line search finds,
/// `x <- x - a grad f(x)`.
///
/// The first search begins at a cautious step ([`Iterate::first_step`]), the later ones at the step
/// that would decrease the value to first order as much as the last one did (Nocedal and
/// Wright, before equation 3.60). With exact searches on a quadratic the distance to the minimum value
/// falls at least by `((kappa - 1) / (kappa + 1))^2` an iteration, and from a bad start just so.
///
/// Source: Nocedal and Wright (2006), section 3.3.
///
/// ```
/// use ravine::methods::SteepestDescent;
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[9.0 * x[0], x[1]]);
///     (9.0 * x[0] * x[0] + x[1] * x[1]) / 2.0
/// });
/// let outcome = minimize(&f, vec![1.0, 1.0], SteepestDescent::default()).run()?;
/// assert!(outcome.status.converged());
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SteepestDescent {
    /// How the step is found. Default: More-Thuente with a slope of `0.1`, which takes a third of the
    /// iterations of backtracking on ill-conditioned quadratics, and a rounding of `1e-12`.
    pub line_search: LineSearch,
}

impl Default for SteepestDescent {
    fn default() -> Self {
        let search = MoreThuente { slope: 0.1, rounding: 1e-12, ..MoreThuente::default() };
        Self { line_search: LineSearch::MoreThuente(search) }
    }
}

/// The state of [`SteepestDescent`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SteepestDescentState<V> {
    current: Iterate<V>,
    trial: Iterate<V>,
    direction: V,
    /// The last step and its decrease to first order.
    last: Option<(f64, f64)>,
}

impl<O: Gradient + ?Sized> Method<O> for SteepestDescent {
    type State = SteepestDescentState<O::Point>;

    fn name(&self) -> &'static str {
        "gd-linesearch"
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        self.line_search.validate()?;
        let current = Iterate::evaluate(oracle, x0.clone())?;
        let (trial, direction) = (current.clone(), x0.zeros_like());
        Ok(SteepestDescentState { current, trial, direction, last: None })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        let SteepestDescentState { current, trial, direction, last } = state;
        direction.axpby(-1.0, &current.gradient, 0.0);
        let slope = direction.dot(&current.gradient);
        let first = last.map_or_else(|| current.first_step(), |(_, decrease)| -decrease / slope);
        match self.line_search.search(oracle, current, direction, slope, first, trial)? {
            Found::Step(a) => {
                *last = Some((a, -a * slope));
                std::mem::swap(current, trial);
                Ok(Advance::Moved { length: a * direction.norm_max() })
            }
            Found::NoDecrease => {
                let a = last.map_or(first, |(a, _)| a);
                Ok(Advance::NoDecrease { predicted: current.left_to_gain(-0.5 * a * slope) })
            }
            Found::Unbounded => Ok(Advance::Unbounded),
        }
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.current
    }

    /// `a g'g / 2`, what a quadratic decreases by with the curvature that the last search met.
    fn predicted_decrease(
        &self,
        _oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        let square = state.current.gradient.dot(&state.current.gradient);
        Ok(state.last.map(|(a, _)| 0.5 * a * square))
    }

    fn monotone(&self) -> bool {
        self.line_search.monotone()
    }
}
