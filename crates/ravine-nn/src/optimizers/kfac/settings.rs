//! What can be chosen in K-FAC.

use ravine_linalg::ArgumentError;

use crate::precondition::Average;
use crate::precondition::allowed::positive;

/// How the length of K-FAC's steps is found.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Momentum {
    /// `delta = -step F^-1 m` with the average m of the gradients, `m <- average m + (1 - average) g`, not
    /// corrected for its start at zero.
    Fixed {
        /// The step.
        step: f64,
        /// The share of the average that is kept, in `[0, 1)`.
        average: f64,
        /// The largest `step^2 <g, F^-1 g>`; a longer step is shortened to it.
        largest: Option<f64>,
    },
    /// `delta = alpha D + mu delta_before` with `D = -F^-1 g`; alpha and mu minimize the exact quadratic model
    /// of the batch,
    /// with the damping.
    Model,
}

/// Of what was promised: below the damping rises, above it falls.
pub(super) const LITTLE: f64 = 0.25;
const MUCH: f64 = 0.75;

/// How the damping lambda follows the ratio of the true to the promised decrease: every `every` steps
/// `lambda <- lambda / w` where the ratio is below a quarter or the value no number, `lambda <- w lambda`
/// where it is above three quarters, with `w = decay^every`; and so after every step of the first ten, and of the ten
/// after one that was below a quarter or was tried again, which are measured, too.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adaptive {
    /// Steps from one change to the next. Default 5.
    pub every: u64,
    /// What a step does, in `(0, 1)`. Default `0.95`.
    pub decay: f64,
    /// The least lambda. Default `1e-8`.
    pub least: f64,
    /// The largest lambda. Default `1e8`.
    pub most: f64,
    /// Which decrease is the promised one. Default [`Promise::Damped`].
    pub promise: Promise,
    /// Where lambda begins. Default [`FirstDamping::Sought`].
    pub first: FirstDamping,
}

/// Where the damping begins, given that of the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstDamping {
    /// There.
    Given,
    /// The first step is tried with several, from there on: ever less, by half a decade, while the batch's loss falls
    /// by a quarter of what was promised at least; ever more while it falls by less. With batches of fewer than 100
    /// cases neither this nor any later damping is less than the given one: the loss of a few falls as promised,
    /// whatever becomes of that of all.
    #[default]
    Sought,
}

/// The quadratic model whose decrease a step has promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// With the damping lambda, which the step minimizes (Martens and Grosse 2015).
    #[default]
    Damped,
    /// Without it, as the authors' later code has it: a larger decrease is promised, `lambda |delta|^2 / 2` more,
    /// so that the damping falls less readily.
    Undamped,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self {
            every: 5,
            decay: 0.95,
            least: 1e-8,
            most: 1e8,
            promise: Promise::Damped,
            first: FirstDamping::Sought,
        }
    }
}

impl Adaptive {
    /// lambda after a step with this ratio of the true to the promised decrease.
    pub(super) fn next(&self, lambda: f64, ratio: f64) -> f64 {
        let w = self.decay.powi(i32::try_from(self.every).unwrap_or(i32::MAX));
        let lambda = if ratio > MUCH {
            lambda * w
        } else if ratio >= LITTLE {
            lambda
        } else {
            // Also where it is no number.
            lambda / w
        };
        lambda.clamp(self.least, self.most)
    }

    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        let Self { every, decay, least, most, .. } = *self;
        ArgumentError::check(every > 0, "every", every, "one or more")?;
        ArgumentError::check(decay > 0.0 && decay < 1.0, "decay", decay, "in (0, 1)")?;
        positive("least", least)?;
        ArgumentError::check(most >= least, "most", most, "at least the least")
    }
}

/// A damping of the blocks of its own, `gamma^2` in place of `lambda + eta`: every `every` steps the best of gamma,
/// `w gamma` and `gamma / w`, `w = decay^(every / 2)`, by the decrease that the model promises with each. It
/// begins at `sqrt(lambda + eta)`, never falls below `sqrt(eta)`, and does not rise above 1.
///
/// Each look takes three inversions and three models.
///
/// Source: Martens and Grosse (2015), section 6.6.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdaptiveGamma {
    /// Steps from one look to the next. Default 20.
    pub every: u64,
    /// What a step does, in `(0, 1)`. Default `0.95`.
    pub decay: f64,
}

impl Default for AdaptiveGamma {
    fn default() -> Self {
        Self { every: 20, decay: 0.95 }
    }
}

impl AdaptiveGamma {
    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        let Self { every, decay } = *self;
        ArgumentError::check(every > 0, "gamma.every", every, "one or more")?;
        ArgumentError::check(decay > 0.0 && decay < 1.0, "gamma.decay", decay, "in (0, 1)")
    }

    /// What is tried beside gamma, with the largest penalty eta.
    pub(super) fn candidates(&self, gamma: f64, eta: f64) -> Vec<f64> {
        let w = self.decay.powf(self.every as f64 / 2.0);
        let lower = (gamma * w).max(eta.sqrt()).max(f64::MIN_POSITIVE);
        let upper = gamma.max((gamma / w).min(1.0));
        let mut candidates = vec![gamma];
        candidates.extend([lower, upper].into_iter().filter(|other| *other != gamma));
        candidates
    }
}

/// How the curvature of all layers is put together from their factors.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Structure {
    /// `S (x) A` for each layer.
    #[default]
    Kronecker,
    /// EKFAC: in the eigenbases of S and A, the second moments of the gradients of single cases in place of the
    /// products of eigenvalues; see [`Ekfac`](crate::precondition::Ekfac).
    Corrected(Moments),
    /// For layers in a chain the inverse of a block-tridiagonal matrix, with `E[a_k a_(k+1)']` and
    /// `E[g_k g_(k+1)']` of neighbours; see [`BlockTridiagonal`](crate::precondition::BlockTridiagonal). A chain
    /// has linear layers with one row a case, with operations entry by entry between them; what is in none is as
    /// in [`Self::Kronecker`].
    Tridiagonal,
}

/// Second moments of EKFAC.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Moments {
    /// How they are averaged between two eigendecompositions. Default [`Average::Plain`] with decay `0.9`, which
    /// starts from the products of eigenvalues: what is known of many batches, as the moments of one small
    /// batch are not. Any other forgets those, and starts from the first batch.
    pub average: Average,
    /// What they are moments of. Default [`MomentsOf::Cases`].
    pub of: MomentsOf,
}

impl Default for Moments {
    fn default() -> Self {
        Self { average: Average::Plain { decay: 0.9 }, of: MomentsOf::Cases }
    }
}

/// What the second moments of EKFAC are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MomentsOf {
    /// The gradients of single cases, summed over the places where the case uses the weights, of the same targets
    /// as the factors: the exact form, for two projections of the cases and a product of squares.
    #[default]
    Cases,
    /// `N g^2` of the gradient g of the batch itself, for one projection: cheap, noisy, empirical, and it counts the
    /// squared mean, too.
    MeanGradient,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_stays_between_the_penalty_and_one() {
        let rule = AdaptiveGamma::default();
        let w = 0.95_f64.powi(10);
        assert_eq!(rule.candidates(0.5, 1e-6), [0.5, 0.5 * w, 0.5 / w]);
        // It begins above 1, with a damping of 150: down only.
        assert_eq!(rule.candidates(12.0, 1e-6), [12.0, 12.0 * w]);
        assert_eq!(rule.candidates(0.9, 1e-6), [0.9, 0.9 * w, 1.0]);
        assert_eq!(rule.candidates(0.3, 0.09), [0.3, 0.3 / w]);
    }

    #[test]
    fn the_damping_rises_where_there_is_no_number() {
        let rule = Adaptive::default();
        let w = 0.95_f64.powi(5);
        assert_eq!(rule.next(2.0, 0.9), 2.0 * w);
        assert_eq!(rule.next(2.0, 0.5), 2.0);
        assert_eq!(rule.next(2.0, -1.0), 2.0 / w);
        assert_eq!(rule.next(2.0, f64::NAN), 2.0 / w);
        assert_eq!(Adaptive { most: 2.0, ..rule }.next(2.0, 0.0), 2.0);
    }
}
