//! How long a fixed step may be.

use ravine::methods::{Entry, Momentum};
use serde_json::Value;

/// The step from which on a method of fixed step is thrown out of a minimum, where `curvature` is the largest
/// eigenvalue of the Hessian there; `None` for a method or curvature that has no such limit.
///
/// On a quadratic every component along an eigenvector goes its own way, by a recursion whose roots must lie
/// within the unit circle. With the curvature `L`:
///
/// ```text
/// gd         x <- x - a g                                   a < 2 / L
/// momentum   with the share b of the velocity               a < 2 (1 + b) / L
/// nesterov   with constant b, or b -> 1 as it is usual      a < 2 (1 + b) / ((1 + 2 b) L)
/// ```
///
/// Around the minimum of another function the same holds to first order: shorter steps stay once they are
/// near enough, longer ones do not.
///
/// ```
/// use ravine::methods::named;
/// use ravine_race::step_limit;
/// use serde_json::json;
///
/// assert_eq!(step_limit(named("gd")?, &json!({}), 100.0), Some(0.02));
/// assert_eq!(step_limit(named("momentum")?, &json!({ "momentum": 0.5 }), 100.0), Some(0.03));
/// assert_eq!(step_limit(named("bfgs")?, &json!({}), 100.0), None);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// Source: Polyak, Introduction to Optimization (1987), sections 1.4 and 3.2; for Nesterov's recursion
/// the roots of `z^2 - (1 + b)(1 - a L) z + b (1 - a L)`.
pub fn step_limit(entry: &Entry, settings: &Value, curvature: f64) -> Option<f64> {
    let factor = match entry.name {
        "gd" => 2.0,
        "momentum" => {
            let usual = Momentum::default().momentum;
            2.0 * (1.0 + settings["momentum"].as_f64().unwrap_or(usual))
        }
        "nesterov" => {
            let b = settings["schedule"]["constant"].as_f64().unwrap_or(1.0);
            2.0 * (1.0 + b) / (1.0 + 2.0 * b)
        }
        _ => return None,
    };
    (curvature > 0.0 && curvature.is_finite()).then_some(factor / curvature)
}
