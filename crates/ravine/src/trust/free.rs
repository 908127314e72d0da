//! The trusts of free steps, one of them chosen at run time.

use super::{Divergence, FixedLength, State, Trust};
use crate::curvature::Curvature;
use crate::line_search::LineSearch;
use crate::minimize::Advance;
use crate::objective::Gradient;
use crate::oracle::Oracle;
use crate::step::{Free, Step};
use ravine_linalg::{ArgumentError, Interrupt};

/// A trust of free steps.
///
/// ```
/// use ravine::line_search::LineSearch;
/// use ravine::trust::{FreeTrust, Trust};
///
/// assert!(FreeTrust::from(LineSearch::default()).monotone());
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreeTrust {
    /// The step times a number.
    Fixed(FixedLength),
    /// A line search.
    LineSearch(LineSearch),
    /// A bounded divergence.
    Divergence(Divergence),
}

impl From<LineSearch> for FreeTrust {
    fn from(search: LineSearch) -> Self {
        Self::LineSearch(search)
    }
}

impl Trust for FreeTrust {
    type Reach = Free;

    fn validate(&self) -> Result<(), ArgumentError> {
        match self {
            Self::Fixed(trust) => trust.validate(),
            Self::LineSearch(trust) => trust.validate(),
            Self::Divergence(trust) => trust.validate(),
        }
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
        S: Step<O::Point, Free>,
    {
        match self {
            Self::Fixed(trust) => trust.advance(curvature, step, oracle, state),
            Self::LineSearch(trust) => trust.advance(curvature, step, oracle, state),
            Self::Divergence(trust) => trust.advance(curvature, step, oracle, state),
        }
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
        S: Step<O::Point, Free>,
    {
        match self {
            Self::Fixed(trust) => trust.predicted_decrease(curvature, step, oracle, state),
            Self::LineSearch(trust) => trust.predicted_decrease(curvature, step, oracle, state),
            Self::Divergence(trust) => trust.predicted_decrease(curvature, step, oracle, state),
        }
    }

    fn scaled(&self, factor: f64) -> Option<Self> {
        match self {
            Self::Fixed(trust) => trust.scaled(factor).map(Self::Fixed),
            Self::LineSearch(_) | Self::Divergence(_) => None,
        }
    }

    fn monotone(&self) -> bool {
        match self {
            Self::Fixed(trust) => trust.monotone(),
            Self::LineSearch(trust) => Trust::monotone(trust),
            Self::Divergence(trust) => trust.monotone(),
        }
    }
}
