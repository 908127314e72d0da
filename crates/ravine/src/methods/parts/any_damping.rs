//! Rules for a damping, one of them chosen at run time.

use crate::curvature::{Belief, Size};
use crate::step::Damped;
use crate::trust::{Damping, Nielsen, Region, Tried};
use ravine_linalg::ArgumentError;

/// Rules for a damping.
#[derive(Clone, Debug)]
pub enum AnyDamping {
    /// By constant factors.
    Damping(Damping),
    /// Nielsen's.
    Nielsen(Nielsen),
}

impl Region for AnyDamping {
    type Reach = Damped;

    fn validate(&self) -> Result<(), ArgumentError> {
        match self {
            Self::Damping(rules) => rules.validate(),
            Self::Nielsen(rules) => rules.validate(),
        }
    }

    fn first(&self, size: &Size) -> f64 {
        match self {
            Self::Damping(rules) => rules.first(size),
            Self::Nielsen(rules) => rules.first(size),
        }
    }

    fn next(&self, damping: f64, tried: &Tried) -> f64 {
        match self {
            Self::Damping(rules) => rules.next(damping, tried),
            Self::Nielsen(rules) => rules.next(damping, tried),
        }
    }

    fn accept(&self) -> f64 {
        match self {
            Self::Damping(rules) => rules.accept(),
            Self::Nielsen(rules) => rules.accept(),
        }
    }

    fn belief<'s, V>(&self, belief: Belief<'s, V>, damping: f64) -> Belief<'s, V> {
        match self {
            Self::Damping(rules) => rules.belief(belief, damping),
            Self::Nielsen(rules) => rules.belief(belief, damping),
        }
    }
}
