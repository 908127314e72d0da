//! What evaluations cost, measured on the spot.

use crate::clock::Instant;

use crate::objective::{Derivatives, HessianProduct};
use crate::oracle::Oracle;
use ravine_linalg::Interrupt;
use ravine_linalg::vector::Vector;

/// Seconds of one call of each kind; `None` for what the objective does not supply or what was not
/// measured.
///
/// Each is the fastest of a few batches of calls: what disturbs a measurement only ever adds time.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Costs {
    /// A value alone.
    pub value: Option<f64>,
    /// Value and gradient in one call.
    pub gradient: Option<f64>,
    /// A Hessian product, at a point that has been asked for before.
    pub hessian_product: Option<f64>,
    /// A dense Hessian.
    pub hessian: Option<f64>,
    /// A sparse Hessian.
    pub sparse_hessian: Option<f64>,
    /// The factorization of a sparse Hessian by Cholesky, with the solution of one system.
    pub factorization: Option<f64>,
    /// Finding the ordering and the pattern of its factor, once a run.
    pub analysis: Option<f64>,
    /// Residuals with their Jacobian.
    pub jacobian: Option<f64>,
    /// A Fisher information.
    pub fisher: Option<f64>,
    /// `y += a x` on vectors of n entries: the unit of a method's own work.
    pub vector_update: f64,
}

/// A batch lasts at least this long, unless it is a single call.
const BATCH: f64 = 2e-5;
/// Batches of which the fastest counts, and the fewest of them where they take long.
const BATCHES: usize = 7;
const FEWEST: usize = 3;
/// No more batches than the fewest once they have taken so long.
const ENOUGH: f64 = 0.03;
/// A call that takes so long is not repeated.
const LONG: f64 = 1.0;

/// The seconds of one call.
///
/// # Errors
///
/// What the call gives.
pub(super) fn seconds_of(
    mut call: impl FnMut() -> Result<(), Interrupt>,
) -> Result<f64, Interrupt> {
    // The first call may fill caches and pages.
    let begun = Instant::now();
    call()?;
    let first = begun.elapsed().as_secs_f64();
    if first > LONG {
        return Ok(first);
    }
    let calls = (BATCH / first.max(1e-9)).clamp(1.0, 4096.0) as usize;
    let mut best = first;
    for batch in 0..BATCHES {
        if batch >= FEWEST && begun.elapsed().as_secs_f64() > ENOUGH {
            break;
        }
        let now = Instant::now();
        for _ in 0..calls {
            call()?;
        }
        best = best.min(now.elapsed().as_secs_f64() / calls as f64);
    }
    Ok(best)
}

impl Costs {
    /// Measures value, gradient, Hessian product and Jacobian at `x`.
    pub(super) fn measure(
        oracle: &Oracle<'_, dyn HessianProduct<Point = Vec<f64>> + '_>,
        supplied: Derivatives,
        x: &Vec<f64>,
        gradient: &Vec<f64>,
    ) -> Result<Self, Interrupt> {
        // An objective may keep what it computed at the last point, so that calls alternate
        // between two.
        let mut near = x.clone();
        near.axpy(1e-9 * x.norm().max(1e-3) / gradient.norm().max(f64::MIN_POSITIVE), gradient);
        let near = if near.is_finite() { near } else { x.clone() };
        let mut turn = 0;
        let mut points = move || {
            turn += 1;
            turn % 2 == 0
        };
        let mut room = x.clone();
        let value = seconds_of(|| oracle.value(if points() { x } else { &near }).map(|_| ()))?;
        let mut both = |at: &Vec<f64>| oracle.value_and_gradient(at, &mut room).map(|_| ());
        let gradient_seconds = seconds_of(|| both(if points() { x } else { &near }))?;
        let mut product = x.clone();
        let product_seconds = if supplied.gradient {
            Some(seconds_of(|| oracle.hessian_product(x, gradient, &mut product))?)
        } else {
            None
        };
        let from = gradient.clone();
        let vector_update = seconds_of(|| {
            product.axpy(1e-3, std::hint::black_box(&from));
            Ok(())
        })?;
        Ok(Self {
            value: Some(value),
            gradient: Some(gradient_seconds),
            hessian_product: product_seconds,
            vector_update,
            ..Self::default()
        })
    }
}
