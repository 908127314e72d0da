//! Trusts: how far a step of the model is believed.
//!
//! | trust | reach of the steps | what is done |
//! |---|---|---|
//! | [`FixedLength`] | free | the step is taken, times a number |
//! | [`LineSearch`] | free | a length is searched for along it |
//! | [`Divergence`] | free | it is shortened to a distance in the metric of the curvature |
//! | [`Radius`] | within the radius | taken where the function agrees; the radius follows |
//! | [`ScaledRadius`] | within a radius in the scales of the variables | the same |
//! | [`Weight`] | with a cubic term | the same with the weight of the term |
//! | [`Damping`], [`Nielsen`] | damped | the same with the damping |
//! | [`Rescued`] | scaled radius | a line search, then the radius where that fails |

mod damping;
mod divergence;
mod fixed;
mod free;
mod multiplier;
mod nielsen;
mod radius;
mod ratio;
mod region;
mod rescued;
mod scaled_radius;
mod search;
mod state;
mod weight;

pub use damping::Damping;
pub use divergence::Divergence;
pub use fixed::FixedLength;
pub use free::FreeTrust;
pub use nielsen::Nielsen;
pub use radius::Radius;
pub use region::{Region, Tried};
pub use rescued::Rescued;
pub use scaled_radius::ScaledRadius;
pub use state::State;
pub use weight::Weight;

use crate::curvature::{Belief, Curvature, Size};
#[cfg(doc)]
use crate::line_search::LineSearch;
use crate::minimize::Advance;
use crate::objective::Gradient;
use crate::oracle::Oracle;
use crate::step::Step;
use ravine_linalg::{ArgumentError, Interrupt};

/// How far a step is believed: what a method does with the steps of its model.
///
/// Rules for a radius or the like are easier to write as a [`Region`].
pub trait Trust {
    /// The reach of the steps that it asks for: [`Free`](crate::step::Free),
    /// [`Ball`](crate::step::Ball), [`Scaled`](crate::step::Scaled), [`Cubic`](crate::step::Cubic) or
    /// [`Damped`](crate::step::Damped).
    type Reach;

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    fn validate(&self) -> Result<(), ArgumentError>;

    /// The number that says how far at a start of this size, for trusts that have one.
    fn first(&self, _size: &Size) -> f64 {
        1.0
    }

    /// One iteration.
    ///
    /// # Errors
    ///
    /// An interrupt; the iterate is then still the last complete one.
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
        S: Step<O::Point, Self::Reach>;

    /// The decrease that the model predicts for the next step, which is kept.
    ///
    /// # Errors
    ///
    /// An interrupt.
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
        S: Step<O::Point, Self::Reach>;

    /// The trust with `factor` times its length; `None` where that is found, not set.
    fn scaled(&self, _factor: f64) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// Whether every iterate is at least as good as the one before.
    fn monotone(&self) -> bool {
        true
    }

    /// Adds how far the model is trusted to what is believed.
    fn belief<'s, V>(&self, belief: Belief<'s, V>, _trust: f64) -> Belief<'s, V> {
        belief
    }
}
