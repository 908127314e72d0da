//! Grafting: the length of one method's step with the direction of another's.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::Precision;
use ravine_linalg::widest;

use super::allowed::{not_negative, share};
use super::dense::{average_squares, safe_norm, scale};

/// Whose length a direction gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Graft {
    /// Its own.
    #[default]
    None,
    /// That of the (filtered) gradient.
    Sgd,
    /// AdaGrad: gradients divided by `sqrt(sum g^2) + epsilon`.
    Adagrad {
        /// Added to the root. 1e-10 as a rule.
        epsilon: f64,
    },
    /// RMSProp: gradients divided by `sqrt(v) + epsilon`, `v <- beta2 v + (1 - beta2) g^2`.
    Rmsprop {
        /// In `[0, 1)`. 0.99 as a rule.
        beta2: f64,
        /// Added to the root. 1e-8 as a rule.
        epsilon: f64,
    },
    /// Adam's second moment only: as RMSProp with v divided by `1 - beta2^t`.
    Adam {
        /// In `[0, 1)`. 0.999 as a rule.
        beta2: f64,
        /// Added to the root. 1e-8 as a rule.
        epsilon: f64,
    },
}

impl Graft {
    pub(super) fn check(self, name: &str) -> Result<(), ArgumentError> {
        match self {
            Self::None | Self::Sgd => Ok(()),
            Self::Adagrad { epsilon } => not_negative(&format!("{name}.epsilon"), epsilon),
            Self::Rmsprop { beta2, epsilon } | Self::Adam { beta2, epsilon } => {
                share(&format!("{name}.beta2"), beta2)?;
                not_negative(&format!("{name}.epsilon"), epsilon)
            }
        }
    }
}

/// The second moments of a grafted method.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub(super) struct GraftState<T: Precision> {
    graft: Graft,
    second: Vec<T>,
    /// `beta2^t`.
    power: f64,
}

impl<T: Precision> GraftState<T> {
    pub(super) fn new(graft: Graft, entries: usize) -> Self {
        let entries = if matches!(graft, Graft::None | Graft::Sgd) { 0 } else { entries };
        Self { graft, second: vec![T::ZERO; entries], power: 1.0 }
    }

    pub(super) fn observe(&mut self, gradient: &[T]) {
        match self.graft {
            Graft::None | Graft::Sgd => {}
            Graft::Adagrad { .. } => average_squares(&mut self.second, 1.0, 1.0, gradient),
            Graft::Rmsprop { beta2, .. } | Graft::Adam { beta2, .. } => {
                average_squares(&mut self.second, beta2, 1.0 - beta2, gradient);
                self.power *= beta2;
            }
        }
    }

    /// The grafted method's own direction for this momentum.
    pub(super) fn direction(&self, momentum: &[T], out: &mut [T]) {
        let (correction, epsilon) = match self.graft {
            Graft::None | Graft::Sgd => return out.copy_from_slice(momentum),
            Graft::Adagrad { epsilon } | Graft::Rmsprop { epsilon, .. } => (1.0, epsilon),
            Graft::Adam { epsilon, .. } => (1.0 / (1.0 - self.power), epsilon),
        };
        let second = &self.second[..];
        widest(
            #[inline(always)]
            move || {
                for ((out, &m), v) in out.iter_mut().zip(momentum).zip(second) {
                    let root = (v.wide() * correction).sqrt() + epsilon;
                    *out = if root > 0.0 { T::narrow(m.wide() / root) } else { T::ZERO };
                }
            },
        );
    }

    /// Gives `direction` the length; `work` has as many entries.
    pub(super) fn rescale(&self, momentum: &[T], direction: &mut [T], work: &mut [T]) {
        if self.graft == Graft::None {
            return;
        }
        self.direction(momentum, work);
        let length = safe_norm(direction);
        if length > 0.0 {
            scale(direction, safe_norm(work) / length);
        }
    }
}
