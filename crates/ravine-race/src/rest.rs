//! What is at the point where a run came to rest.

use ravine::matrix::{Matrix, SymmetricEigen};
use ravine::methods::named;
use ravine::objective::{Bounds, Supplies};
use ravine::{Conditions, StationaryPoint, Status, Stopping};
use serde_json::Value;

use crate::ranking::level;

/// Iterations that the way on may take.
const WAY_ON: u64 = 200;

/// The first step of a walk along a direction, against the largest variable, and how often it doubles.
const FIRST_STEP: f64 = 1e-7;
const DOUBLINGS: i32 = 60;

/// What is at a point where a run came to rest, and what is below it.
#[derive(Clone, Debug, PartialEq)]
pub struct Rest {
    /// The kind of the point. A saddle or maximum only where the value does fall from it, by more than
    /// what counts as the same [`level`]; a minimum only where the way on leads no lower.
    pub kind: StationaryPoint,
    /// Where the way down from the point ends, if that is at a minimum; the point itself, to rounding,
    /// where it is one.
    pub bottom: Option<Bottom>,
}

/// A minimum that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Bottom {
    /// Where.
    pub point: Vec<f64>,
    /// The value there.
    pub value: f64,
}

/// Looks at `x`, where a run that began at the value `first` came to rest: second derivatives say what kind
/// of point it is, and an exact trust region goes on from it to see what is below. A gradient test may
/// hold far above a minimum, and a curvature of rounding size have any sign. `None` where no
/// second derivatives are at hand, or they are not finite.
///
/// ```
/// use ravine::StationaryPoint::{Maximum, Minimum, Undecided};
/// use ravine_race::rest;
///
/// let himmelblau = ravine_problems::named("himmelblau")?.objective;
/// let top = rest(&*himmelblau, &[-0.270844590667, -0.923038522176], 183.0).unwrap();
/// assert_eq!(top.kind, Maximum);
/// let here = rest(&*himmelblau, &[3.0, 2.0], 183.0).unwrap();
/// assert_eq!((here.kind, here.bottom.unwrap().value), (Minimum, 0.0));
/// // A trough is no saddle, whatever the sign of its curvature along the floor.
/// let trough = ravine::objective!(2, |x| x[0] * x[0] * x[1] * x[1]);
/// let here = rest(&trough, &[1.0, 1e-8], 1.0).unwrap();
/// assert_eq!((here.kind, here.bottom), (Undecided, None));
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn rest(objective: &dyn Supplies, x: &[f64], first: f64) -> Option<Rest> {
    let kind = told(objective, x, first, None)?;
    if !matches!(kind, StationaryPoint::Minimum | StationaryPoint::Undecided) {
        return Some(Rest { kind, bottom: None });
    }
    let value = objective.value(&x.to_vec()).ok()?;
    let bottom = way_on(objective, x).filter(|bottom| {
        told(objective, &bottom.point, first, None) == Some(StationaryPoint::Minimum)
    });
    let arrived = bottom.as_ref().is_some_and(|bottom| value <= level(bottom.value, first));
    let kind = if arrived { StationaryPoint::Minimum } else { StationaryPoint::Undecided };
    Some(Rest { kind, bottom })
}

/// What the second derivatives tell; a saddle or maximum only where the value falls along its negative
/// curvature.
pub(crate) fn told(
    objective: &dyn Supplies,
    x: &[f64],
    first: f64,
    bounds: Option<&Bounds>,
) -> Option<StationaryPoint> {
    let kind = StationaryPoint::at(objective, x, bounds).ok().flatten()?;
    let downwards = matches!(kind, StationaryPoint::Saddle | StationaryPoint::Maximum);
    if downwards && bounds.is_none() && !falls(objective, x, first) {
        return Some(StationaryPoint::Undecided);
    }
    Some(kind)
}

/// Whether the value falls along the eigenvector of the lowest eigenvalue, one way or the other, without
/// rising first, to where it does not count as the same.
fn falls(objective: &dyn Supplies, x: &[f64], first: f64) -> bool {
    let n = x.len();
    let Some(twice) = objective.as_hessian() else { return false };
    let mut hessian = Matrix::zeros(n, n);
    if twice.hessian(x, &mut hessian).is_err() {
        return false;
    }
    let Ok(eigen) = SymmetricEigen::new(&hessian) else { return false };
    let value = |t: f64| {
        let at: Vec<f64> = (0..n).map(|i| x[i] + t * eigen.vectors()[(i, 0)]).collect();
        objective.value(&at).unwrap_or(f64::NAN)
    };
    let here = value(0.0);
    let rounding = 16.0 * f64::EPSILON * here.abs();
    let unit = FIRST_STEP * x.iter().fold(FIRST_STEP, |size, x| size.max(x.abs()));
    [unit, -unit].into_iter().any(|unit| {
        let mut before = here;
        for k in 0..DOUBLINGS {
            let now = value(unit * 2f64.powi(k));
            if now.is_nan() || now > before + rounding {
                return false;
            }
            if here > level(now, first.max(here)) {
                return true;
            }
            before = now.min(before);
        }
        false
    })
}

/// Where an exact trust region ends that goes on from `x`, if it comes to rest.
fn way_on(objective: &dyn Supplies, x: &[f64]) -> Option<Bottom> {
    let stopping =
        Stopping { gradient_relative: 0.0, iterations: Some(WAY_ON), ..Stopping::default() };
    let conditions: Conditions<'_> = stopping.into();
    let mut run = named("trust-exact").ok()?.start(&Value::Null, objective, x, conditions).ok()?;
    while run.step().is_none() {}
    let outcome = run.outcome();
    let at_rest = outcome.status.converged() || outcome.status == Status::PrecisionLimit;
    at_rest.then_some(Bottom { point: outcome.x, value: outcome.value })
}
