//! Optimizers by name.

use ravine::methods::{FixedStep, GradientDescent, Momentum as HeavyBall, MomentumState};
use ravine::minimize::{Advance, Method, OverBatches};
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::Precision;
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{ArgumentError, Interrupt, StartError};

use super::{ByMatrix, ByMatrixState, Kfac, KfacState, MatrixMethod, Momentum, OnNetwork};
use crate::backend::Backend;
use crate::network::Network;
use crate::precondition::{Average, Graft, ShampooSettings};

/// An optimizer of networks, by name:
///
/// | name | method |
/// |---|---|
/// | `sgd` | the negative gradient of each batch |
/// | `momentum` | the same with momentum |
/// | `adamw` | [`MatrixMethod::Adam`] |
/// | `muon`, `soap`, `kl-shampoo`, `psgd` | see [`ByMatrix`] |
/// | `shampoo` | the same, with averages, the length of Adam's steps, and roots every five |
/// | `kfac` | [`Kfac`] with a fixed step and damping, as with small batches |
/// | `kfac-adaptive` | [`Kfac`] as published, with nothing to choose |
#[derive(Clone, Debug, PartialEq)]
pub enum Optimizer {
    /// See the [table](Optimizer).
    Sgd(GradientDescent),
    /// See the [table](Optimizer).
    Momentum(HeavyBall),
    /// See the [table](Optimizer).
    ByMatrix(ByMatrix),
    /// See the [table](Optimizer).
    Kfac(Kfac),
}

/// Hands what an optimizer is to a piece of code, which is compiled for each.
macro_rules! of_optimizer {
    ($optimizer:expr, $method:ident => $body:expr) => {
        match $optimizer {
            Optimizer::Sgd($method) => $body,
            Optimizer::Momentum($method) => $body,
            Optimizer::ByMatrix($method) => $body,
            Optimizer::Kfac($method) => $body,
        }
    };
}

/// The same with its state.
macro_rules! of_both {
    ($optimizer:expr, $state:expr, ($method:ident, $its:ident) => $body:expr) => {
        match ($optimizer, $state) {
            (Optimizer::Sgd($method), OptimizerState::Sgd($its)) => $body,
            (Optimizer::Momentum($method), OptimizerState::Momentum($its)) => $body,
            (Optimizer::ByMatrix($method), OptimizerState::ByMatrix($its)) => $body,
            (Optimizer::Kfac($method), OptimizerState::Kfac($its)) => $body,
            _ => panic!("the state is that of another optimizer"),
        }
    };
}

impl Optimizer {
    /// All names.
    pub const NAMES: [&'static str; 10] = [
        "sgd",
        "momentum",
        "adamw",
        "muon",
        "shampoo",
        "soap",
        "kl-shampoo",
        "psgd",
        "kfac",
        "kfac-adaptive",
    ];

    /// The optimizer of that name, with its usual settings for a network.
    ///
    /// ```
    /// use ravine_nn::{Input, Optimizer, Unary, mlp};
    ///
    /// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
    /// let soap = Optimizer::named("soap", &network)?.with_step(1e-2);
    /// let message = Optimizer::named("soup", &network).unwrap_err().to_string();
    /// assert!(message.contains("sgd, momentum, adamw"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name that there is not.
    pub fn named(name: &str, network: &Network) -> Result<Self, ArgumentError> {
        let by_matrix = |matrices| Self::ByMatrix(ByMatrix::new(matrices, network));
        Ok(match name {
            "sgd" => Self::Sgd(GradientDescent { step: 0.1 }),
            "momentum" => Self::Momentum(HeavyBall { step: 0.05, momentum: 0.9 }),
            "adamw" => by_matrix(MatrixMethod::Adam),
            "muon" => by_matrix(MatrixMethod::Muon(Default::default())),
            // As used for language models: averages, and the length of Adam's step.
            "shampoo" => by_matrix(MatrixMethod::Shampoo(ShampooSettings {
                average: Average::Corrected { decay: 0.95 },
                graft: Graft::Adam { beta2: 0.95, epsilon: 1e-8 },
                period: 5,
                ..ShampooSettings::default()
            }))
            .with_step(3e-3),
            "soap" => by_matrix(MatrixMethod::Soap(Default::default())),
            "kl-shampoo" => by_matrix(MatrixMethod::KlShampoo(Default::default())),
            "psgd" => by_matrix(MatrixMethod::Psgd(Default::default())),
            "kfac" => Self::Kfac(Kfac {
                damping: 0.03,
                adaptive: None,
                momentum: Momentum::Fixed { step: 0.1, average: 0.9, largest: None },
                ..Kfac::default()
            }),
            "kfac-adaptive" => Self::Kfac(Kfac::default()),
            _ => {
                let allowed = format!("one of {}", Self::NAMES.join(", "));
                return Err(ArgumentError::new(
                    "method",
                    format!("is `{name}`, but must be {allowed}"),
                ));
            }
        })
    }

    /// With this step; of an optimizer that finds its steps itself, the same.
    #[must_use]
    pub fn with_step(mut self, step: f64) -> Self {
        match &mut self {
            Self::Sgd(method) => method.step = step,
            Self::Momentum(method) => method.step = step,
            Self::ByMatrix(method) => method.step = step,
            Self::Kfac(method) => {
                if let Momentum::Fixed { step: of, .. } = &mut method.momentum {
                    *of = step;
                }
            }
        }
        self
    }
}

/// The state of an [`Optimizer`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound(
    serialize = "Partitioned<Vec<T>>: serde::Serialize",
    deserialize = "Partitioned<Vec<T>>: serde::de::DeserializeOwned"
))]
#[allow(missing_docs)]
pub enum OptimizerState<T: Precision> {
    Sgd(FixedStep<Partitioned<Vec<T>>>),
    Momentum(MomentumState<Partitioned<Vec<T>>>),
    ByMatrix(ByMatrixState<T>),
    Kfac(Box<KfacState<T>>),
}

impl<O, T> Method<O> for Optimizer
where
    T: Precision,
    Vec<T>: Pointwise,
    O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
    O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
{
    type State = OptimizerState<T>;

    fn name(&self) -> &'static str {
        of_optimizer!(self, method => Method::<O>::name(method))
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        Ok(match self {
            Self::Sgd(method) => OptimizerState::Sgd(method.start(oracle, x0)?),
            Self::Momentum(method) => OptimizerState::Momentum(method.start(oracle, x0)?),
            Self::ByMatrix(method) => OptimizerState::ByMatrix(method.start(oracle, x0)?),
            Self::Kfac(method) => OptimizerState::Kfac(Box::new(method.start(oracle, x0)?)),
        })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        of_both!(self, state, (method, its) => method.step(oracle, its))
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        of_both!(self, state, (method, its) => Method::<O>::iterate(method, its))
    }

    fn monotone(&self) -> bool {
        false
    }
}

impl<O, T> OverBatches<O> for Optimizer
where
    T: Precision,
    Vec<T>: Pointwise,
    O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
    O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
{
    fn turn(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), Interrupt> {
        of_both!(self, state, (method, its) => method.turn(oracle, its))
    }

    fn leave(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        of_both!(self, state, (method, its) => method.leave(oracle, its))
    }

    fn scaled(&self, factor: f64) -> Option<Self> {
        Some(match self {
            Self::Sgd(method) => Self::Sgd(OverBatches::<O>::scaled(method, factor)?),
            Self::Momentum(method) => Self::Momentum(OverBatches::<O>::scaled(method, factor)?),
            Self::ByMatrix(method) => Self::ByMatrix(OverBatches::<O>::scaled(method, factor)?),
            Self::Kfac(method) => Self::Kfac(OverBatches::<O>::scaled(method, factor)?),
        })
    }
}
