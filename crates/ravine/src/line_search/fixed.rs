//! No search at all.

use super::{Found, Phi, Start};
use crate::settings::Described;
use ravine_linalg::Interrupt;

/// The first trial step, whatever the value there: for methods that are followed as the textbook
/// has them. The values need not fall, and the run may diverge.
///
/// ```
/// use ravine::line_search::{Fixed, Found, Start};
///
/// let mut phi = |a: f64| (a * a * 50.0 - a, 100.0 * a - 1.0);
/// let start = Start { value: 0.0, slope: -1.0, step: 1.0, longest: f64::INFINITY };
/// assert_eq!(Fixed::default().search(&mut phi, start).unwrap(), Found::Step(1.0));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fixed {}

impl Fixed {
    /// Evaluates at the first trial step.
    ///
    /// # Errors
    ///
    /// An interrupt.
    pub fn search(&self, phi: &mut dyn Phi, start: Start) -> Result<Found, Interrupt> {
        let step = start.step.min(start.longest);
        phi.value_and_slope(step)?;
        Ok(Found::Step(step))
    }
}
