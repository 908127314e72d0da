//! Losses of networks over arrays: their curvature and training.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::minimize::{Epochs, StepSchedule};
use ravine::objective::{Gradient, HessianProduct};
use ravine::operator::{Adjoint, LinearOperator, Structure};
use ravine::{FunctionError, Interrupt};
use ravine_nn::{
    About, Cases, Cpu, CurvatureMatrix, Elementary, Flat, Loss, MeanLoss, Network, Optimizer, Saved,
};

use crate::failure;
use crate::linalg_solve::entries;
use crate::network::NetworkModel;
use crate::operator::Operator;
use crate::training::{Asked, Failed, Shared, history, train};
use crate::watch::Watch;

#[derive(Clone)]
enum Held {
    Single(Shared<f32>),
    Double(Shared<f64>),
}

/// The mean loss of a network over arrays.
#[pyclass(frozen, module = "ravine._core")]
pub struct NetworkLoss {
    held: Held,
    model: Py<NetworkModel>,
}

/// Calls a piece of code with the loss in its precision, which is locked for it.
macro_rules! with_loss {
    ($held:expr, $loss:ident => $body:expr) => {
        match $held {
            Held::Single(held) => {
                let $loss = held.lock().unwrap_or_else(PoisonError::into_inner);
                $body
            }
            Held::Double(held) => {
                let $loss = held.lock().unwrap_or_else(PoisonError::into_inner);
                $body
            }
        }
    };
}

#[pymethods]
impl NetworkLoss {
    #[new]
    #[pyo3(signature = (model, loss, variance, inputs, targets, l2, single))]
    #[expect(clippy::too_many_arguments, reason = "what Python keeps in two objects")]
    fn new(
        py: Python<'_>,
        model: Py<NetworkModel>,
        loss: &str,
        variance: f64,
        inputs: PyReadonlyArray1<'_, f64>,
        targets: PyReadonlyArray1<'_, f64>,
        l2: f64,
        single: bool,
    ) -> PyResult<Self> {
        let loss = match loss {
            "cross-entropy" => Loss::CrossEntropy,
            "bernoulli" => Loss::Bernoulli,
            "gaussian" => Loss::GaussianWithVariance,
            "poisson" => Loss::Poisson,
            "squared-error" => Loss::SquaredError { variance },
            _ => {
                let names = ["cross-entropy", "squared-error", "bernoulli", "gaussian", "poisson"];
                return Err(failure::choice("loss", loss, &names));
            }
        };
        let (inputs, targets) = (inputs.as_array().to_vec(), targets.as_array().to_vec());
        let network = &model.get().network;
        let held = py.detach(|| {
            Ok(match single {
                true => Held::Single(shared(network, loss, &inputs, &targets, l2)?),
                false => Held::Double(shared(network, loss, &inputs, &targets, l2)?),
            })
        });
        let held = held.map_err(|error: ravine::ArgumentError| failure::argument(&error))?;
        Ok(Self { held, model })
    }

    /// The value over all cases, and the share that is classified right, where there are classes.
    fn value_and_accuracy(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<(f64, Option<f64>)> {
        let x = self.point(&x)?;
        let held = self.held.clone();
        let found = py.detach(|| {
            with_loss!(&held, loss => {
                let all: Vec<usize> = (0..ravine::objective::FiniteSum::cases(&*loss)).collect();
                loss.value_and_accuracy(&Flat::new(&loss).split(&x), &all)
            })
        });
        found.map_err(|error| function(&error))
    }

    /// The gradient over all cases.
    fn gradient<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let x = self.point(&x)?;
        let (held, mut gradient) = (self.held.clone(), vec![0.0; x.len()]);
        let found = py.detach(
            || with_loss!(&held, loss => Flat::new(&loss).value_and_gradient(&x, &mut gradient)),
        );
        found.map_err(|error| function(&error))?;
        Ok(PyArray1::from_vec(py, gradient))
    }

    /// A curvature at a point as an operator: `hessian`, `gauss-newton`, `fisher`, `sampled-fisher` or
    /// `empirical-fisher`.
    fn curvature(
        &self,
        py: Python<'_>,
        kind: &str,
        x: PyReadonlyArray1<'_, f64>,
        seed: u64,
    ) -> PyResult<Operator> {
        let x = self.point(&x)?;
        let matrix = match kind {
            "sampled-fisher" => CurvatureMatrix::EmpiricalFisher,
            _ => kind.parse().map_err(|error| failure::argument(&error))?,
        };
        let drawn = kind == "sampled-fisher";
        let held = self.held.clone();
        let made = py.detach(|| -> Result<Held, FunctionError> {
            if !drawn {
                return Ok(held);
            }
            Ok(match held {
                Held::Single(held) => Held::Single(sampled(&held, &x, seed)?),
                Held::Double(held) => Held::Double(sampled(&held, &x, seed)?),
            })
        });
        let held = made.map_err(|error| function(&error))?;
        let operator = NetworkCurvature { held, matrix, x };
        // A product that is refused is refused here.
        let zeros = vec![0.0; operator.x.len()];
        py.detach(|| operator.apply(&zeros, &mut zeros.clone()))
            .map_err(|error| PyValueError::new_err(format!("kind: {error}")))?;
        Ok(Operator::owned(Box::new(operator)))
    }

    /// Trains from `x`, or goes on from the file `resume`; `callback` is called with each report, a row of the
    /// history, and ends it by `True`.
    #[pyo3(signature = (
        x, optimizer, step, schedule, epochs, batch_size, seed, held_out, patience, checkpoint, every, resume,
        callback,
    ))]
    #[expect(clippy::too_many_arguments, reason = "what `train` takes in Python")]
    fn train<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray1<'_, f64>,
        optimizer: Option<&str>,
        step: Option<f64>,
        schedule: &str,
        epochs: u64,
        batch_size: usize,
        seed: u64,
        held_out: Option<Py<Self>>,
        patience: Option<u64>,
        checkpoint: Option<PathBuf>,
        every: Option<u64>,
        resume: Option<PathBuf>,
        callback: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let x = self.point(&x)?;
        let saved = resume.map(Saved::read).transpose().map_err(|e| failure::checkpoint(&e))?;
        let model = self.model.get();
        let words = saved.as_ref().and_then(|saved| saved.about().method.as_deref());
        let method_words = asked_for(optimizer, step, words)?;
        let method = Optimizer::parse(&method_words, &model.network).map_err(|error| {
            PyValueError::new_err(error.to_string().replacen("method", "optimizer", 1))
        })?;
        let about = About {
            architecture: Some(model.architecture.clone()),
            method: Some(method_words.clone()),
            ..About::default()
        };
        let schedule = schedule.parse::<StepSchedule>().map_err(|e| failure::argument(&e))?;
        let epochs = Epochs { epochs, batch_size, schedule, seed, ..Epochs::default() };
        let asked =
            Asked { x, method, epochs, patience, checkpoint, every, saved, about, callback };
        let watch = Watch::default();
        let others = held_out.map(|others| others.get().held.clone());
        let held = self.held.clone();
        let trained = py.detach(|| match (&held, &others) {
            (Held::Single(held), None) => train(held, None, asked, &watch),
            (Held::Double(held), None) => train(held, None, asked, &watch),
            (Held::Single(held), Some(Held::Single(others))) => {
                train(held, Some(others), asked, &watch)
            }
            (Held::Double(held), Some(Held::Double(others))) => {
                train(held, Some(others), asked, &watch)
            }
            _ => Err(Failed::Argument("held_out: is of another precision than data".to_owned())),
        });
        if let Some(error) = watch.take() {
            return Err(error);
        }
        let trained = trained.map_err(|failed| failed.raised())?;
        let object = PyDict::new(py);
        object.set_item("optimizer", method_words)?;
        object.set_item("parameters", PyArray1::from_vec(py, trained.parameters))?;
        object.set_item("status", trained.status.name())?;
        object.set_item("message", trained.status.to_string())?;
        object.set_item("history", history(py, &trained.history)?)?;
        Ok(object)
    }
}

impl NetworkLoss {
    fn point(&self, x: &PyReadonlyArray1<'_, f64>) -> PyResult<Vec<f64>> {
        entries("parameters", x, self.model.get().network.dimension())
    }
}

fn function(error: &FunctionError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn shared<T: Elementary>(
    network: &Network,
    loss: Loss,
    inputs: &[f64],
    targets: &[f64],
    l2: f64,
) -> Result<Shared<T>, ravine::ArgumentError> {
    let cpu = Cpu::<T>::new();
    loss.check(network.output().width())?;
    let cases = Cases::new(&cpu, network, &loss, inputs, targets)?;
    let loss = MeanLoss::new(cpu, network.clone(), loss, cases)?.penalized(l2)?;
    Ok(Arc::new(Mutex::new(loss)))
}

fn sampled<T: Elementary>(
    held: &Shared<T>,
    x: &[f64],
    seed: u64,
) -> Result<Shared<T>, FunctionError> {
    let loss = held.lock().unwrap_or_else(PoisonError::into_inner);
    let drawn = loss.with_drawn_targets(&Flat::new(&loss).split(x), seed)?;
    let drawn = drawn.penalized_by_block(loss.penalty().to_vec());
    Ok(Arc::new(Mutex::new(drawn.map_err(|error| FunctionError::from(error.to_string()))?)))
}

/// The optimizer as it is typed: the one given, else that of the file, else AdamW; with the step, where it
/// is given apart.
fn asked_for(
    optimizer: Option<&str>,
    step: Option<f64>,
    of_file: Option<&str>,
) -> PyResult<String> {
    let text = optimizer.or(of_file).unwrap_or("adamw").to_owned();
    match step {
        None => Ok(text),
        Some(step) if step > 0.0 && step.is_finite() => {
            let join = if text.contains(':') { ',' } else { ':' };
            Ok(format!("{text}{join}step={step}"))
        }
        Some(step) => {
            Err(PyValueError::new_err(format!("step: is {step}, but must be positive and finite")))
        }
    }
}

/// A curvature of a network at a point.
struct NetworkCurvature {
    held: Held,
    matrix: CurvatureMatrix,
    x: Vec<f64>,
}

impl LinearOperator<Vec<f64>> for NetworkCurvature {
    fn dimension(&self) -> usize {
        self.x.len()
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, v: &Vec<f64>, product: &mut Vec<f64>) -> Result<(), Interrupt> {
        with_loss!(&self.held, loss => {
            let flat = Flat::new(&loss).with_matrix(self.matrix);
            flat.hessian_product(&self.x, v, product).map_err(Interrupt::Function)
        })
    }
}

impl Adjoint<Vec<f64>> for NetworkCurvature {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
