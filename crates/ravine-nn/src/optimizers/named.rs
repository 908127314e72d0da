//! Optimizers by name.

use ravine::methods::{
    AdaGrad, AdaGradState, FixedStep, GradientDescent, Momentum as HeavyBall, MomentumState,
    Nesterov, NesterovState, Restart, RmsProp, RmsPropState, Schedule,
};
use ravine::minimize::{Advance, Method, OverBatches};
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::Precision;
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{ArgumentError, Interrupt, StartError};

#[cfg(feature = "all-methods")]
use super::{ByDiagonal, ByDiagonalState, DiagonalMethod, KroneckerBfgs, KroneckerBfgsState};
use super::{
    ByMatrix, ByMatrixState, FisherSolve, HessianFree, HessianFreeState, Kfac, KfacState,
    MatrixMethod, Momentum, NaturalGradient, NaturalGradientState, OnNetwork, ScheduleFree,
    ScheduleFreeBase, ScheduleFreeState, StochasticLbfgs, StochasticLbfgsState, Structure,
};
use crate::backend::Backend;
use crate::network::Network;
use crate::precondition::{Average, Graft, ShampooSettings, SoapSettings};

/// Points of networks on the host.
type Point<T> = Partitioned<Vec<T>>;

/// The optimizers, each with its method and the state of that, and what holds for all of them.
macro_rules! optimizers {
    ($($(#[$when:meta])? $kind:ident: $method:ty, $state:ty;)*) => {
        /// An optimizer of networks, by name:
        ///
        /// | name | method |
        /// |---|---|
        /// | `sgd` | the negative gradient of each batch |
        /// | `momentum`, `nesterov` | the same with momentum |
        /// | `adagrad`, `rmsprop` | see [`AdaGrad`], [`RmsProp`] |
        /// | `adamw` | [`MatrixMethod::Adam`] |
        /// | `schedule-free`, `schedule-free-sgd` | [`ScheduleFree`] over AdamW and over the gradient |
        /// | `muon`, `kl-shampoo`, `psgd` | see [`ByMatrix`] |
        /// | `soap` | the same, in blocks of at most 256 by 256 |
        /// | `shampoo` | the same, with averages, the length of Adam's steps, and roots every five |
        /// | `adahessian`, `sophia` | see [`ByDiagonal`] |
        /// | `kfac`, `ekfac`, `kfac-tridiagonal` | [`Kfac`] with a fixed step and damping, as with small batches |
        /// | `kfac-adaptive`, `ekfac-adaptive` | [`Kfac`] as published, with nothing to choose |
        /// | `k-bfgs` | [`KroneckerBfgs`] |
        /// | `lbfgs` | [`StochasticLbfgs`] |
        /// | `natural-gradient` | [`NaturalGradient`], for more than 500 parameters by conjugate gradients |
        /// | `hessian-free` | [`HessianFree`] |
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum Optimizer {
            $($(#[$when])? #[doc = "See the [table](Optimizer)."] $kind($method),)*
        }

        /// The state of an [`Optimizer`].
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(bound(
            serialize = "Point<T>: serde::Serialize",
            deserialize = "Point<T>: serde::de::DeserializeOwned"
        ))]
        #[allow(missing_docs)]
        pub enum OptimizerState<T: Precision> {
            $($(#[$when])? $kind(Box<$state>),)*
        }

        impl<O, T> Method<O> for Optimizer
        where
            T: Precision,
            Vec<T>: Pointwise,
            O: OnNetwork<Point = Point<T>> + ?Sized,
            O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
        {
            type State = OptimizerState<T>;

            fn name(&self) -> &'static str {
                match self {
                    $($(#[$when])? Self::$kind(method) => Method::<O>::name(method),)*
                }
            }

            fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
                Ok(match self {
                    $($(#[$when])? Self::$kind(method) => {
                        OptimizerState::$kind(Box::new(method.start(oracle, x0)?))
                    })*
                })
            }

            fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
                of_both!(self, state, [$($(#[$when])? $kind)*], (method, its) => method.step(oracle, its))
            }

            fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
                of_both!(self, state, [$($(#[$when])? $kind)*], (method, its) => Method::<O>::iterate(method, its))
            }

            // Trainings report them.
            #[cfg(feature = "training")]
            fn setbacks(&self, state: &Self::State) -> ravine::minimize::Setbacks {
                of_both!(self, state, [$($(#[$when])? $kind)*], (method, its) => Method::<O>::setbacks(method, its))
            }

            fn monotone(&self) -> bool {
                false
            }
        }

        impl<O, T> OverBatches<O> for Optimizer
        where
            T: Precision,
            Vec<T>: Pointwise,
            O: OnNetwork<Point = Point<T>> + ?Sized,
            O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
        {
            fn turn(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), Interrupt> {
                of_both!(self, state, [$($(#[$when])? $kind)*], (method, its) => method.turn(oracle, its))
            }

            fn leave(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
                of_both!(self, state, [$($(#[$when])? $kind)*], (method, its) => method.leave(oracle, its))
            }

            fn scaled(&self, factor: f64) -> Option<Self> {
                Some(match self {
                    $($(#[$when])? Self::$kind(method) => {
                        Self::$kind(OverBatches::<O>::scaled(method, factor)?)
                    })*
                })
            }
        }
    };
}

/// Hands a method and its state to a piece of code, which is compiled for each kind.
macro_rules! of_both {
    ($optimizer:expr, $state:expr, [$($(#[$when:meta])? $kind:ident)*], ($method:ident, $its:ident) => $body:expr) => {
        match ($optimizer, $state) {
            $($(#[$when])? (Optimizer::$kind($method), OptimizerState::$kind($its)) => $body,)*
            _ => panic!("the state is that of another optimizer"),
        }
    };
}

optimizers! {
    Sgd: GradientDescent, FixedStep<Point<T>>;
    Momentum: HeavyBall, MomentumState<Point<T>>;
    Nesterov: Nesterov, NesterovState<Point<T>>;
    AdaGrad: AdaGrad, AdaGradState<Point<T>>;
    RmsProp: RmsProp, RmsPropState<Point<T>>;
    ScheduleFree: ScheduleFree, ScheduleFreeState<Point<T>>;
    ByMatrix: ByMatrix, ByMatrixState<T>;
    #[cfg(feature = "all-methods")]
    ByDiagonal: ByDiagonal, ByDiagonalState<T>;
    Kfac: Kfac, KfacState<T>;
    #[cfg(feature = "all-methods")]
    KroneckerBfgs: KroneckerBfgs, KroneckerBfgsState<T>;
    Lbfgs: StochasticLbfgs, StochasticLbfgsState<T>;
    NaturalGradient: NaturalGradient, NaturalGradientState<T>;
    HessianFree: HessianFree, HessianFreeState<T>;
}

/// The longest side of a block: of larger ones a step costs several gradients.
const BLOCK: usize = 256;

/// How many names there are.
const COUNT: usize = if cfg!(feature = "all-methods") { 24 } else { 21 };

impl Optimizer {
    /// All names.
    pub const NAMES: [&'static str; COUNT] = [
        "sgd",
        "momentum",
        "nesterov",
        "adagrad",
        "rmsprop",
        "adamw",
        "schedule-free",
        "schedule-free-sgd",
        "muon",
        "shampoo",
        "soap",
        "kl-shampoo",
        "psgd",
        #[cfg(feature = "all-methods")]
        "adahessian",
        #[cfg(feature = "all-methods")]
        "sophia",
        "kfac",
        "ekfac",
        "kfac-tridiagonal",
        "kfac-adaptive",
        "ekfac-adaptive",
        #[cfg(feature = "all-methods")]
        "k-bfgs",
        "lbfgs",
        "natural-gradient",
        "hessian-free",
    ];

    /// The optimizer of that name, with its usual settings for a network.
    ///
    /// ```
    /// use ravine_nn::{Input, Optimizer, Unary, mlp};
    ///
    /// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
    /// let soap = Optimizer::named("soap", &network)?.with_step(1e-2);
    /// let message = Optimizer::named("soup", &network).unwrap_err().to_string();
    /// assert!(message.contains("sgd, momentum, nesterov"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A name that there is not.
    pub fn named(name: &str, network: &Network) -> Result<Self, ArgumentError> {
        let by_matrix = |matrices| Self::ByMatrix(ByMatrix::new(matrices, network));
        #[cfg(feature = "all-methods")]
        let by_diagonal = |method| Self::ByDiagonal(ByDiagonal::new(method));
        let fixed = |structure, damping| {
            Self::Kfac(Kfac {
                damping,
                adaptive: None,
                momentum: Momentum::Fixed { step: 0.1, average: 0.9, largest: None },
                structure,
                ..Kfac::default()
            })
        };
        Ok(match name {
            "sgd" => Self::Sgd(GradientDescent { step: 0.1 }),
            "momentum" => Self::Momentum(HeavyBall { step: 0.05, momentum: 0.9 }),
            "nesterov" => Self::Nesterov(Nesterov {
                step: 0.05,
                schedule: Schedule::Constant(0.9),
                restart: Restart::Never,
            }),
            "adagrad" => Self::AdaGrad(AdaGrad { step: 0.03, ..AdaGrad::default() }),
            "rmsprop" => Self::RmsProp(RmsProp { step: 3e-3, ..RmsProp::default() }),
            "schedule-free" => {
                Self::ScheduleFree(ScheduleFree { step: 1e-2, ..ScheduleFree::default() })
            }
            "schedule-free-sgd" => Self::ScheduleFree(ScheduleFree {
                base: ScheduleFreeBase::Gradient,
                step: 1.0,
                ..ScheduleFree::default()
            }),
            "adamw" => by_matrix(MatrixMethod::Adam),
            "muon" => by_matrix(MatrixMethod::Muon(Default::default())),
            // As used for language models: averages, and the length of Adam's step.
            "shampoo" => by_matrix(MatrixMethod::Shampoo(ShampooSettings {
                average: Average::Corrected { decay: 0.95 },
                graft: Graft::Adam { beta2: 0.95, epsilon: 1e-8 },
                period: 5,
                block: BLOCK,
                ..ShampooSettings::default()
            }))
            .with_step(3e-3),
            "soap" => by_matrix(MatrixMethod::Soap(SoapSettings {
                block: Some(BLOCK),
                ..SoapSettings::default()
            })),
            "kl-shampoo" => by_matrix(MatrixMethod::KlShampoo(Default::default())),
            "psgd" => by_matrix(MatrixMethod::Psgd(Default::default())),
            #[cfg(feature = "all-methods")]
            "adahessian" => by_diagonal(DiagonalMethod::AdaHessian(Default::default())),
            #[cfg(feature = "all-methods")]
            "sophia" => by_diagonal(DiagonalMethod::Sophia(Default::default())),
            "kfac" => fixed(Structure::Kronecker, 0.03),
            "ekfac" => fixed(Structure::Corrected(Default::default()), 0.05),
            "kfac-tridiagonal" => fixed(Structure::Tridiagonal, 0.03),
            "kfac-adaptive" => Self::Kfac(Kfac::default()),
            "ekfac-adaptive" => Self::Kfac(Kfac::default().corrected()),
            #[cfg(feature = "all-methods")]
            "k-bfgs" => Self::KroneckerBfgs(KroneckerBfgs::default()),
            "lbfgs" => Self::Lbfgs(StochasticLbfgs::default()),
            "natural-gradient" => Self::NaturalGradient(NaturalGradient {
                solve: if network.dimension() <= 500 {
                    FisherSolve::Dense { most: 500 }
                } else {
                    FisherSolve::Cg { tolerance: 0.1, iterations: 30 }
                },
                damping: 0.1,
                largest: Some(0.01),
                ..NaturalGradient::default()
            }),
            // For batches; over all cases the least damping may be far below.
            "hessian-free" => {
                Self::HessianFree(HessianFree { least: 0.3, ..HessianFree::default() })
            }
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
        if let Some(of) = self.step_mut() {
            *of = step;
        }
        self
    }

    /// Its step; `None` of an optimizer that finds its steps itself.
    ///
    /// ```
    /// use ravine_nn::{Input, Optimizer, Unary, mlp};
    ///
    /// let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh)?;
    /// assert_eq!(Optimizer::named("sgd", &network)?.step(), Some(0.1));
    /// assert_eq!(Optimizer::named("kfac-adaptive", &network)?.step(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn step(&self) -> Option<f64> {
        self.clone().step_mut().copied()
    }

    fn step_mut(&mut self) -> Option<&mut f64> {
        Some(match self {
            Self::Sgd(method) => &mut method.step,
            Self::Momentum(method) => &mut method.step,
            Self::Nesterov(method) => &mut method.step,
            Self::AdaGrad(method) => &mut method.step,
            Self::RmsProp(method) => &mut method.step,
            Self::ScheduleFree(method) => &mut method.step,
            Self::ByMatrix(method) => &mut method.step,
            #[cfg(feature = "all-methods")]
            Self::ByDiagonal(method) => &mut method.step,
            #[cfg(feature = "all-methods")]
            Self::KroneckerBfgs(method) => &mut method.step,
            Self::Lbfgs(method) => &mut method.step,
            Self::NaturalGradient(method) => &mut method.step,
            Self::HessianFree(_) => return None,
            Self::Kfac(method) => match &mut method.momentum {
                Momentum::Fixed { step, .. } => step,
                Momentum::Model => return None,
            },
        })
    }
}
