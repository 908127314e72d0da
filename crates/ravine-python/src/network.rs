//! Networks in words, and their checkpoints.

use std::path::PathBuf;

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine_nn::{Architecture, Cpu, Initialization, Input, Network, Optimizer, Saved, Unary};

use crate::failure;
use crate::linalg_solve::entries;
use crate::training::history;

/// A network in words, with its parameters.
#[pyclass(frozen, module = "ravine._core")]
pub struct NetworkModel {
    pub architecture: Architecture,
    pub network: Network,
}

#[pymethods]
impl NetworkModel {
    /// Of words such as `mlp:32`; `input` is the shape of a case, or of symbols their number a case, with `symbols`
    /// of them.
    #[new]
    #[pyo3(signature = (model, input, symbols, outputs, units))]
    fn new(
        model: &str,
        input: Vec<usize>,
        symbols: Option<usize>,
        outputs: usize,
        units: &str,
    ) -> PyResult<Self> {
        let names = Unary::NAMES.map(|(name, _)| name);
        let known = Unary::NAMES.iter().find(|(name, _)| *name == units);
        let units = known.ok_or_else(|| failure::choice("units", units, &names))?.1;
        let input = match (symbols, &input[..]) {
            (Some(count), &[length]) => Input::Symbols { length, count },
            _ => Input::Features(input),
        };
        let model = model.parse().map_err(|error| failure::argument(&error))?;
        Self::of(Architecture { model, input, outputs, units })
    }

    /// The network in words, the shape of a case, the number of symbols, outputs and units.
    fn words(&self) -> (String, Vec<usize>, Option<usize>, usize, &'static str) {
        let Architecture { model, input, outputs, units } = &self.architecture;
        let (input, symbols) = match input {
            Input::Features(sizes) => (sizes.clone(), None),
            Input::Symbols { length, count } => (vec![*length], Some(*count)),
        };
        (model.to_string(), input, symbols, *outputs, units.name())
    }

    /// Names and shapes of the parameters.
    fn parameters(&self) -> Vec<(String, Vec<usize>)> {
        let parameters = self.network.parameters().iter();
        parameters.map(|p| (p.name.clone(), p.shape.sizes.clone())).collect()
    }

    /// The shape of the outputs of a case.
    fn output(&self) -> Vec<usize> {
        self.network.output().sizes.clone()
    }

    /// Parameters drawn at random.
    #[pyo3(signature = (initialization, seed))]
    fn start<'py>(
        &self,
        py: Python<'py>,
        initialization: Option<&str>,
        seed: u64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let names = Initialization::NAMES.map(|(name, _)| name);
        let weights = initialization.map(|given| {
            let known = Initialization::NAMES.iter().find(|(name, _)| *name == given);
            known
                .map(|(_, how)| *how)
                .ok_or_else(|| failure::choice("initialization", given, &names))
        });
        let start = self.network.start(&Cpu::<f64>::new(), weights.transpose()?, seed);
        Ok(PyArray1::from_vec(py, start.blocks().concat()))
    }

    /// The outputs for some cases, one after another.
    fn outputs<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray1<'_, f64>,
        inputs: PyReadonlyArray1<'_, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let x = entries("parameters", &x, self.network.dimension())?;
        let inputs = inputs.as_array().to_vec();
        let outputs = py.detach(|| {
            let cpu = Cpu::<f64>::new();
            self.network.outputs(&cpu, &self.network.split(&cpu, &x), &inputs)
        });
        Ok(PyArray1::from_vec(py, outputs.map_err(|error| failure::argument(&error))?))
    }
}

impl NetworkModel {
    fn of(architecture: Architecture) -> PyResult<Self> {
        let made = architecture.network();
        let network = made.map_err(|error| PyValueError::new_err(format!("model: {error}")))?;
        Ok(Self { architecture, network })
    }
}

/// A checkpoint: its model, and a dictionary of what else it says.
#[pyfunction]
pub fn load_network<'py>(
    py: Python<'py>,
    path: PathBuf,
) -> PyResult<(NetworkModel, Bound<'py, PyDict>)> {
    let read = py.detach(|| {
        let saved = Saved::read(path)?;
        let network = saved.network()?;
        let x = saved.parameters(&Cpu::<f64>::new(), &network)?;
        let history = saved.history()?;
        Ok((saved, x, history))
    });
    let (saved, x, reports) = read.map_err(|error: ravine::checkpoint::Error| {
        let text = failure::checkpoint(&error).value(py).to_string();
        let text = text.strip_prefix("resume: ").unwrap_or(&text).to_owned();
        match error {
            ravine::checkpoint::Error::Read { error, .. } => {
                std::io::Error::new(error.kind(), format!("file: {text}")).into()
            }
            _ => PyValueError::new_err(format!("file: {text}")),
        }
    })?;
    let Some(architecture) = saved.about().architecture.clone() else {
        return Err(PyValueError::new_err("file: does not say what the network is made of"));
    };
    let object = PyDict::new(py);
    object.set_item("parameters", PyArray1::from_vec(py, x.blocks().concat()))?;
    object.set_item("history", history(py, &reports)?)?;
    object.set_item("loss", saved.loss().name())?;
    object.set_item("optimizer", saved.about().method.clone())?;
    object.set_item("single", saved.precision() == 32)?;
    object.set_item("classes", saved.about().preparation.as_ref().map(|p| p.classes.clone()))?;
    Ok((NetworkModel::of(architecture)?, object))
}

/// The names of optimizers, units and starts.
#[pyfunction]
pub fn network_names() -> (Vec<&'static str>, Vec<&'static str>, Vec<&'static str>) {
    let units = Unary::NAMES.iter().map(|(name, _)| *name).collect();
    let starts = Initialization::NAMES.iter().map(|(name, _)| *name).collect();
    (Optimizer::NAMES.to_vec(), units, starts)
}
