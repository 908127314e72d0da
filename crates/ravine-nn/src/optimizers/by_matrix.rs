//! Methods that precondition each weight matrix by its gradients alone.

use ravine::methods::FixedStep;
use ravine::minimize::{Advance, Method, OverBatches, Setbacks};
use ravine::objective::Gradient;
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::Precision;
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{ArgumentError, Interrupt, StartError, Vector};

use super::common::Guard;
use crate::curvature::Cover;
use crate::network::Network;
use crate::precondition::allowed::{positive, share};
use crate::precondition::{
    AdamDirection, AdamSettings, Failures, KlSettings, KlShampoo, Muon, MuonSettings, Psgd,
    PsgdSettings, Shampoo, ShampooSettings, Shape, SoapSettings, Step,
};

/// SOAP as a method takes it. The networks of the page are too small for blocks, and its module too.
#[cfg(not(feature = "all-methods"))]
use crate::precondition::Soap as InBlocks;
#[cfg(feature = "all-methods")]
use crate::precondition::SoapBlocks as InBlocks;

/// What weight matrices are preconditioned by.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatrixMethod {
    /// See [`Muon`].
    Muon(MuonSettings),
    /// See [`Shampoo`].
    Shampoo(ShampooSettings),
    /// See [`Soap`](crate::precondition::Soap).
    Soap(SoapSettings),
    /// See [`KlShampoo`].
    KlShampoo(KlSettings),
    /// See [`Psgd`].
    Psgd(PsgdSettings),
    /// AdamW for matrices as for all else: the [`Auxiliary`] settings with the step of the matrices.
    Adam,
}

/// AdamW: for what is no matrix.
///
/// ```text
/// m <- beta1 m + (1 - beta1) g
/// v <- beta2 v + (1 - beta2) g^2
/// x <- x - step (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
/// ```
///
/// Source: Loshchilov and Hutter, Decoupled weight decay regularization (2019).
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auxiliary {
    /// The step. Default `3e-3`.
    pub step: f64,
    /// The share of the average gradient that is kept, in `[0, 1)`. Default `0.9`.
    pub beta1: f64,
    /// The share of the average square that is kept, in `[0, 1)`. Default `0.99`.
    pub beta2: f64,
    /// Added to the root, positive. Default `1e-8`.
    pub epsilon: f64,
}

impl Default for Auxiliary {
    fn default() -> Self {
        Self { step: 3e-3, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }
    }
}

impl Auxiliary {
    pub(super) fn check(&self) -> Result<(), ArgumentError> {
        positive("auxiliary.step", self.step)?;
        positive("epsilon", self.epsilon)?;
        share("beta1", self.beta1)?;
        share("beta2", self.beta2)
    }
}

/// How a parameter is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Treated {
    /// As a matrix.
    Matrix,
    /// By the auxiliary method.
    Auxiliary,
    /// It stays as it is.
    Frozen,
}

/// A parameter in the table of a method.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Its name.
    pub parameter: String,
    /// Rows and columns, where it is a matrix.
    pub shape: Shape,
    /// How it is treated.
    pub treated: Treated,
}

/// A method that treats weight matrices by their gradients: a preconditioned direction for each matrix, AdamW for
/// all else, and weights that decay by themselves:
///
/// `W <- (1 - step decay) W - step direction`.
///
/// Which parameter is treated how is a [table](Self::table), to be seen and changed. At first all weights of
/// linear layers and convolutions are matrices, of outputs by all else, but for the last of them in Muon's
/// table; embeddings, biases and gains are not.
///
/// ```
/// use ravine::minimize::minimize_sum;
/// use ravine_nn::{ByMatrix, Cases, Cpu, Input, Loss, MatrixMethod, MeanLoss, Unary, mlp};
///
/// let network = mlp(Input::Features(vec![2]), &[8, 8], 2, Unary::Tanh)?;
/// let mut method = ByMatrix::new(MatrixMethod::Soap(Default::default()), &network);
/// (method.step, method.auxiliary.step) = (0.02, 0.02);
/// println!("{:?}", method.table);
/// let cpu = Cpu::<f32>::new();
/// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
/// let start = network.start(&cpu, None, 1);
/// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
/// let outcome = minimize_sum(&loss, start, method).batch_size(4).epochs(300).run()?;
/// assert!(outcome.value < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ByMatrix {
    /// The method of the matrices.
    pub matrices: MatrixMethod,
    /// The step of the matrices.
    pub step: f64,
    /// The method of all else.
    pub auxiliary: Auxiliary,
    /// The decay of the matrices.
    pub decay: f64,
    /// The largest norm of a gradient; a longer one is shortened to it before all else. Nothing at first.
    pub clip: Option<f64>,
    /// How each parameter is treated, in the order of the blocks.
    pub table: Vec<Place>,
}

impl MatrixMethod {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Muon(_) => "muon",
            Self::Shampoo(_) => "shampoo",
            Self::Soap(_) => "soap",
            Self::KlShampoo(_) => "kl-shampoo",
            Self::Psgd(_) => "psgd",
            Self::Adam => "adamw",
        }
    }

    /// The step that its authors use; of those whose steps have the size of Adam's, Adam's.
    fn usual_step(&self) -> f64 {
        match self {
            Self::Muon(_) => 0.02,
            Self::Shampoo(_) => 1e-2,
            Self::Soap(_) | Self::KlShampoo(_) | Self::Psgd(_) | Self::Adam => 3e-3,
        }
    }

    fn check(&self) -> Result<(), ArgumentError> {
        match self {
            Self::Muon(settings) => settings.check(),
            Self::Shampoo(settings) => settings.check(),
            Self::Soap(settings) => settings.check(),
            Self::KlShampoo(settings) => settings.check(),
            Self::Psgd(settings) => settings.check(),
            Self::Adam => Ok(()),
        }
    }
}

impl ByMatrix {
    /// With the usual step and no decay, and the table of a network.
    pub fn new(matrices: MatrixMethod, network: &Network) -> Self {
        let step = matrices.usual_step();
        let table = table(&matrices, network);
        Self { matrices, step, auxiliary: Auxiliary::default(), decay: 0.0, clip: None, table }
    }

    fn check(&self) -> Result<(), ArgumentError> {
        positive("step", self.step)?;
        self.auxiliary.check()?;
        let decay = self.decay;
        let valid = decay >= 0.0 && decay.is_finite();
        ArgumentError::check(valid, "decay", decay, "finite and not negative")?;
        self.matrices.check()?;
        if let Some(clip) = self.clip {
            ArgumentError::check(clip > 0.0, "clip", clip, "positive")?;
        }
        Ok(())
    }
}

/// The table of a network.
fn table(method: &MatrixMethod, network: &Network) -> Vec<Place> {
    let coverage = network.coverage();
    let is_matrix = |p: usize| {
        coverage.iter().any(|block| {
            block.weight == p
                && block.by == Cover::Kronecker
                && !(matches!(method, MatrixMethod::Muon(_)) && network.gives_outputs(&block.uses))
        })
    };
    let parameters = network.parameters().iter().enumerate();
    parameters
        .map(|(p, parameter)| {
            let entries = parameter.shape.entries();
            let rows = parameter.shape.sizes.first().copied().unwrap_or(1);
            let (shape, treated) = if is_matrix(p) {
                (Shape::new(rows, entries / rows), Treated::Matrix)
            } else {
                (Shape::new(1, entries), Treated::Auxiliary)
            };
            Place { parameter: parameter.name.clone(), shape, treated }
        })
        .collect()
}

/// What a method keeps of one parameter.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
enum Kept<T: Precision> {
    Muon(Muon<T>),
    Shampoo(Box<Shampoo<T>>),
    Soap(Box<InBlocks<T>>),
    KlShampoo(Box<KlShampoo<T>>),
    Psgd(Box<Psgd<T>>),
    Adam(AdamDirection<T>),
    Nothing,
}

/// The state of [`ByMatrix`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct ByMatrixState<T: Precision> {
    points: FixedStep<Partitioned<Vec<T>>>,
    kept: Vec<Kept<T>>,
    direction: Partitioned<Vec<T>>,
    steps: u64,
    shrink: f64,
    guard: Guard,
}

impl<T: Precision> ByMatrixState<T> {
    /// How often the loss at the next point was no number or far above those before, and it went back, with half the
    /// step from there on.
    pub fn rejected(&self) -> u64 {
        self.guard.rejected
    }

    /// How often each parameter's gradient, root or basis was of no use, and the old one was kept.
    pub fn failures(&self) -> Vec<Failures> {
        let of = |kept: &Kept<T>| match kept {
            Kept::Muon(muon) => muon.failures(),
            Kept::Shampoo(shampoo) => shampoo.failures(),
            Kept::Soap(soap) => soap.failures(),
            Kept::KlShampoo(kl) => kl.failures(),
            Kept::Psgd(psgd) => psgd.failures(),
            Kept::Adam(adam) => adam.failures(),
            Kept::Nothing => Failures::default(),
        };
        self.kept.iter().map(of).collect()
    }

    fn go_back(&mut self) -> bool
    where
        Vec<T>: Pointwise,
    {
        let back = self.guard.went_back(&mut self.points, self.steps);
        if back {
            self.shrink *= 0.5;
        }
        back
    }
}

impl ByMatrix {
    fn begin<T: Precision>(&self, block: usize, place: &Place) -> Kept<T> {
        let Auxiliary { beta1, beta2, epsilon, .. } = self.auxiliary;
        let adam = || {
            let settings = AdamSettings { beta1, beta2, epsilon };
            Kept::Adam(AdamDirection::new(place.shape.entries(), settings))
        };
        match (place.treated, &self.matrices) {
            (Treated::Frozen, _) => Kept::Nothing,
            (Treated::Auxiliary, _) | (_, MatrixMethod::Adam) => adam(),
            (_, MatrixMethod::Muon(settings)) => {
                Kept::Muon(Muon::new(place.shape, settings.clone()))
            }
            (_, MatrixMethod::Shampoo(settings)) => {
                Kept::Shampoo(Box::new(Shampoo::new(place.shape, settings.clone())))
            }
            (_, MatrixMethod::Soap(settings)) => {
                Kept::Soap(Box::new(InBlocks::new(place.shape, settings.clone())))
            }
            (_, MatrixMethod::KlShampoo(settings)) => {
                Kept::KlShampoo(Box::new(KlShampoo::new(place.shape, settings.clone())))
            }
            (_, MatrixMethod::Psgd(settings)) => {
                // Each its own random numbers.
                let seed = settings.seed.wrapping_add(block as u64);
                let settings = PsgdSettings { seed, ..settings.clone() };
                Kept::Psgd(Box::new(Psgd::new(place.shape, settings)))
            }
        }
    }

    fn plan<T: Precision>(&self, state: &mut ByMatrixState<T>)
    where
        Vec<T>: Pointwise,
    {
        let ByMatrixState { points, kept, direction, steps, shrink, .. } = state;
        points.plan(|now, next| {
            next.copy_from(&now.x);
            let norm = now.gradient.norm();
            let shorter = self.clip.filter(|clip| norm > *clip).map(|clip| clip / norm);
            let clipped = shorter.map(|factor| {
                let mut gradient = now.gradient.clone();
                gradient.scale(factor);
                gradient
            });
            let gradient = clipped.as_ref().unwrap_or(&now.gradient);
            for (p, (place, kept)) in self.table.iter().zip(kept).enumerate() {
                let (g, d) = (gradient.block(p), &mut direction.blocks_mut()[p]);
                let x = &mut next.blocks_mut()[p];
                let Step { moves, .. } = match kept {
                    Kept::Nothing => continue,
                    Kept::Adam(adam) => adam.step(g, d),
                    Kept::Muon(muon) => muon.step(g, d),
                    Kept::Shampoo(shampoo) => shampoo.step(g, d),
                    Kept::Soap(soap) => soap.step(g, d),
                    Kept::KlShampoo(kl) => kl.step(g, d),
                    Kept::Psgd(psgd) => psgd.step(g, d),
                };
                if !moves {
                    continue;
                }
                let (step, keep) = match place.treated {
                    Treated::Matrix => {
                        (*shrink * self.step, 1.0 - *shrink * self.step * self.decay)
                    }
                    Treated::Auxiliary | Treated::Frozen => (*shrink * self.auxiliary.step, 1.0),
                };
                if matches!(kept, Kept::Soap(_) | Kept::KlShampoo(_)) {
                    // Their authors let the weights decay after the move.
                    x.axpy(-step, d);
                    x.scale(keep);
                } else {
                    x.axpby(-step, d, keep);
                }
            }
            *steps += 1;
        });
    }
}

impl<O, T> Method<O> for ByMatrix
where
    T: Precision,
    Vec<T>: Pointwise,
    O: Gradient<Point = Partitioned<Vec<T>>> + ?Sized,
{
    type State = ByMatrixState<T>;

    fn name(&self) -> &'static str {
        self.matrices.name()
    }

    fn start(
        &self,
        oracle: &Oracle<'_, O>,
        x0: &Partitioned<Vec<T>>,
    ) -> Result<Self::State, StartError> {
        self.check()?;
        let fits = self.table.len() == x0.blocks().len()
            && self.table.iter().zip(x0.names().iter().zip(x0.blocks())).all(
                |(place, (name, x))| place.parameter == *name && place.shape.entries() == x.len(),
            );
        let given: Vec<&str> = self.table.iter().map(|place| place.parameter.as_str()).collect();
        let allowed = format!("one for each of the parameters {:?}", x0.names());
        ArgumentError::check(fits, "table", format!("{given:?}"), &allowed)?;
        let places = self.table.iter().enumerate();
        let kept = places.map(|(block, place)| self.begin(block, place)).collect();
        let points = FixedStep::start(oracle, x0)?;
        let (direction, guard) = (x0.zeros_like(), Guard::at(&points));
        Ok(ByMatrixState { points, kept, direction, steps: 0, shrink: 1.0, guard })
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        self.plan(state);
        let moved = state.points.arrive(oracle)?;
        Ok(if state.go_back() { Advance::Rejected } else { moved })
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        state.points.iterate()
    }

    fn setbacks(&self, state: &Self::State) -> Setbacks {
        let failures = state.failures().iter().map(|failures| failures.total).sum();
        Setbacks { rejected: state.rejected(), failures }
    }

    fn monotone(&self) -> bool {
        false
    }
}

impl<O, T> OverBatches<O> for ByMatrix
where
    T: Precision,
    Vec<T>: Pointwise,
    O: Gradient<Point = Partitioned<Vec<T>>> + ?Sized,
{
    fn turn(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<(), Interrupt> {
        state.points.turn(oracle)?;
        if state.go_back() {
            state.points.turn(oracle)?;
            state.guard.back_at(&state.points);
        }
        Ok(())
    }

    fn leave(
        &self,
        _oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Advance, Interrupt> {
        self.plan(state);
        Ok(state.points.leave())
    }

    fn scaled(&self, factor: f64) -> Option<Self> {
        let mut scaled = self.clone();
        scaled.step *= factor;
        scaled.auxiliary.step *= factor;
        Some(scaled)
    }
}
