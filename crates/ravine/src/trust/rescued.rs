//! A line search, and a radius where it fails.

use super::search::{self, Prepared};
use super::{ScaledRadius, State, Trust};
use crate::curvature::{Belief, Curvature, Size};
use crate::line_search::LineSearch;
use crate::minimize::Advance;
use crate::objective::Gradient;
use crate::oracle::Oracle;
use crate::settings::Described;
use crate::step::{LeastSquares, Scaled, Step};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// A line search along the whole step of the model; once it has to cut that below `least_step`, or
/// finds no decrease at all, a radius in the scales of the variables, at first of the length that was
/// left, to the end. For models that are exact where things go well, and give hardly a direction of
/// descent where they do not: Gauss-Newton.
///
/// ```
/// use ravine::trust::{Rescued, Trust};
///
/// let never = Rescued { least_step: 0.0, ..Rescued::default() };
/// assert!(never.validate().is_ok() && never.monotone());
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rescued {
    /// The search. Default: backtracking, as the first trial is usually right.
    pub line_search: LineSearch,
    /// The shortest step, relative to that of the model, that leaves the search in charge; 0 keeps it in
    /// charge to the end. Default 0.01.
    #[range("in [0, 1)")]
    pub least_step: f64,
    /// How the radius follows.
    pub radius: ScaledRadius,
}

impl Default for Rescued {
    fn default() -> Self {
        let (line_search, radius) = (LineSearch::default(), ScaledRadius::default());
        Self { line_search, least_step: 0.01, radius }
    }
}

/// The radius of a step that is searched along.
const WHOLE: f64 = LeastSquares::WHOLE;

impl Trust for Rescued {
    type Reach = Scaled;

    fn validate(&self) -> Result<(), ArgumentError> {
        let Self { line_search, least_step, radius } = self;
        line_search.validate()?;
        let allowed = (0.0..1.0).contains(least_step);
        ArgumentError::check(allowed, "least_step", *least_step, "in [0, 1)")?;
        Trust::validate(radius)
    }

    fn first(&self, _size: &Size) -> f64 {
        WHOLE
    }

    fn advance<O, C, S>(
        &self,
        curvature: &C,
        step: &S,
        oracle: &Oracle<'_, O>,
        state: &mut State<O::Point, C::Memory, S::Memory>,
    ) -> Result<Advance, Interrupt>
    where
        O: Gradient + ?Sized,
        C: Curvature<O>,
        S: Step<O::Point, Scaled>,
    {
        if state.trust < WHOLE {
            return self.radius.advance(curvature, step, oracle, state);
        }
        let Prepared { length: whole, .. } =
            search::prepare(curvature, step, Scaled(WHOLE), oracle, state)?;
        let scaled = state.solution.and_then(|solution| solution.scaled_length);
        let scaled = scaled.unwrap_or_else(|| state.step.norm());
        let search = &self.line_search;
        let advanced = search::advance(search, curvature, step, Scaled(WHOLE), oracle, state)?;
        let share = match advanced {
            Advance::Moved { length } => length / whole,
            Advance::NoDecrease { .. } => 0.0,
            Advance::Rejected | Advance::Unbounded => return Ok(advanced),
        };
        if share >= self.least_step || !scaled.is_finite() {
            return Ok(advanced);
        }
        state.trust = share.max(self.least_step) * scaled;
        state.solution = None;
        Ok(if share > 0.0 { advanced } else { Advance::Rejected })
    }

    fn predicted_decrease<O, C, S>(
        &self,
        curvature: &C,
        step: &S,
        oracle: &Oracle<'_, O>,
        state: &mut State<O::Point, C::Memory, S::Memory>,
    ) -> Result<Option<f64>, Interrupt>
    where
        O: Gradient + ?Sized,
        C: Curvature<O>,
        S: Step<O::Point, Scaled>,
    {
        if state.trust < WHOLE {
            return self.radius.predicted_decrease(curvature, step, oracle, state);
        }
        search::predicted_decrease(curvature, step, Scaled(WHOLE), oracle, state)
    }

    fn monotone(&self) -> bool {
        LineSearch::monotone(&self.line_search)
    }

    fn belief<'s, V>(&self, belief: Belief<'s, V>, trust: f64) -> Belief<'s, V> {
        if trust < WHOLE { Trust::belief(&self.radius, belief, trust) } else { belief }
    }
}
