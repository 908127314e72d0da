//! Methods that are written in Python.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use ravine::methods::{Entry, Family, named};
use ravine::minimize::{Advance, Method};
use ravine::objective::{Gradients, HessianProducts, Hessians};
use ravine::oracle::{self, Iterate};
use ravine::{ArgumentError, Interrupt, StartError};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::asking::{Asking, Needed, Oracle};
use crate::failure;
use crate::watch::Watch;

/// What a method may need, from less to more.
const NEEDS: [&str; 3] = ["gradient", "hessian_product", "hessian"];

/// A method of the caller's, of two functions: `start(oracle, x0)` returns the point where the method
/// stands and its state, `step(oracle, state)` the next point and state, or None where the method has
/// nothing left to try. For checkpoints, `pack(state)` returns a state as bytes, and `unpack(bytes)` the state.
/// `settings` is a text in JSON that a run that goes on must have too.
#[pyclass(frozen, module = "ravine._core")]
pub struct CustomMethod(Custom);

/// What there is of it.
#[derive(Clone)]
pub struct Custom {
    name: String,
    needs: &'static str,
    /// What a checkpoint says of the object.
    pub settings: Value,
    functions: Arc<Functions>,
}

struct Functions {
    start: Py<PyAny>,
    step: Py<PyAny>,
    pack: Py<PyAny>,
    unpack: Py<PyAny>,
}

#[pymethods]
impl CustomMethod {
    /// What a run shares is left out: the collector counts what it is shown once.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Functions { start, step, pack, unpack } = &*self.0.functions;
        if Arc::strong_count(&self.0.functions) == 1 {
            for function in [start, step, pack, unpack] {
                visit.call(function)?;
            }
        }
        Ok(())
    }

    #[new]
    fn new(
        name: String,
        needs: &str,
        settings: &str,
        start: Py<PyAny>,
        step: Py<PyAny>,
        pack: Py<PyAny>,
        unpack: Py<PyAny>,
    ) -> PyResult<Self> {
        let Some(needs) = NEEDS.into_iter().find(|known| *known == needs) else {
            return Err(failure::choice("needs", needs, &NEEDS));
        };
        let settings = serde_json::from_str(settings)
            .map_err(|error| PyValueError::new_err(format!("settings: {error}")))?;
        let functions = Arc::new(Functions { start, step, pack, unpack });
        let custom = Custom { name, needs, settings, functions };
        custom.entry(Arc::default()).map_err(|error| failure::argument(&error))?;
        Ok(Self(custom))
    }
}

impl Custom {
    fn entry(&self, watch: Arc<Watch>) -> Result<Entry, ArgumentError> {
        let name = &self.name;
        let method = PythonMethod { functions: Arc::clone(&self.functions), watch };
        match self.needs {
            "hessian" => Entry::new::<Hessians, _, _>(name, name, Family::Own, method),
            "hessian_product" => {
                Entry::new::<HessianProducts, _, _>(name, name, Family::Own, method)
            }
            _ => Entry::new::<Gradients, _, _>(name, name, Family::Own, method),
        }
    }
}

/// A method as Python passes it: the name of one of the library's, or one of the caller's.
pub enum Given {
    Named(String),
    Custom(Custom),
}

impl Given {
    /// Reads what was passed.
    pub fn read(method: &Bound<'_, PyAny>) -> PyResult<Self> {
        match method.cast::<CustomMethod>() {
            Ok(custom) => Ok(Self::Custom(custom.get().0.clone())),
            Err(_) => Ok(Self::Named(method.extract()?)),
        }
    }

    /// The method for one run; `watch` keeps what its functions raise.
    ///
    /// # Errors
    ///
    /// A name that means no method.
    pub fn entry(&self, watch: Arc<Watch>) -> Result<Entry, ArgumentError> {
        match self {
            Self::Named(name) => named(name).cloned(),
            Self::Custom(custom) => custom.entry(watch),
        }
    }
}

/// A method of the caller's in one run.
#[derive(Clone)]
struct PythonMethod {
    functions: Arc<Functions>,
    watch: Arc<Watch>,
}

#[derive(Serialize, Deserialize)]
struct State {
    now: Iterate<Vec<f64>>,
    /// The iterate before.
    before: Iterate<Vec<f64>>,
    theirs: Theirs,
}

/// The state of the caller's functions.
struct Theirs {
    /// None until a run that goes on makes its first step.
    live: Option<Live>,
    /// As it was in the checkpoint.
    packed: Vec<u8>,
}

struct Live {
    /// What the functions returned.
    state: Py<PyAny>,
    oracle: Py<Oracle>,
    method: PythonMethod,
}

impl Serialize for Theirs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(Live { state, method, .. }) = &self.live else {
            return self.packed.serialize(serializer);
        };
        // Also of a run that was interrupted.
        let pack =
            |py: Python<'_>| method.functions.pack.bind(py).call1((state,))?.extract::<Vec<u8>>();
        match Python::attach(pack) {
            Ok(bytes) => bytes.serialize(serializer),
            Err(error) => {
                let message = error.to_string();
                method.watch.raise(error);
                Err(serde::ser::Error::custom(message))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Theirs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { live: None, packed: Vec::deserialize(deserializer)? })
    }
}

/// A number that no oracle has yet.
fn new_number() -> u64 {
    static NUMBERS: AtomicU64 = AtomicU64::new(0);
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// The point and the state of a pair.
fn placed(pair: &Bound<'_, PyAny>) -> PyResult<(Vec<f64>, Py<PyAny>)> {
    let (x, state): (PyReadonlyArray1<'_, f64>, Py<PyAny>) = pair.extract()?;
    Ok((x.as_array().to_vec(), state))
}

impl PythonMethod {
    fn unpacked(&self, asking: &Asking<'_>, bytes: &[u8]) -> Result<Live, Interrupt> {
        let number = new_number();
        asking.call(number, |py| {
            let state = self.functions.unpack.bind(py).call1((PyBytes::new(py, bytes),))?.unbind();
            Ok(Live { state, oracle: Py::new(py, Oracle { number })?, method: self.clone() })
        })
    }
}

impl<O: Needed + ?Sized> Method<O> for PythonMethod {
    type State = State;

    fn name(&self) -> &'static str {
        "custom"
    }

    fn start(&self, oracle: &oracle::Oracle<'_, O>, x0: &Vec<f64>) -> Result<State, StartError> {
        let asking = Asking::new(oracle, &self.watch, None);
        let number = new_number();
        let (oracle, (x, state)) = asking.call(number, |py| {
            let oracle = Bound::new(py, Oracle { number })?;
            let arguments = (&oracle, PyArray1::from_slice(py, x0));
            let pair = self.functions.start.bind(py).call1(arguments)?;
            Ok((oracle.unbind(), placed(&pair)?))
        })?;
        let now = asking.arrive(x)?;
        let live = Some(Live { state, oracle, method: self.clone() });
        Ok(State { before: now.clone(), now, theirs: Theirs { live, packed: Vec::new() } })
    }

    fn step(
        &self,
        oracle: &oracle::Oracle<'_, O>,
        state: &mut State,
    ) -> Result<Advance, Interrupt> {
        let asking = Asking::new(oracle, &self.watch, Some(&state.now));
        let live = match state.theirs.live.take() {
            Some(live) => live,
            None => self.unpacked(&asking, &state.theirs.packed)?,
        };
        let live = state.theirs.live.insert(live);
        let next = asking.call(live.oracle.get().number, |py| {
            let pair = self.functions.step.bind(py).call1((&live.oracle, &live.state))?;
            if pair.is_none() { Ok(None) } else { placed(&pair).map(Some) }
        })?;
        let Some((x, theirs)) = next else {
            return Ok(Advance::NoDecrease { predicted: state.now.gain_left(&state.before) });
        };
        let next = asking.arrive(x)?;
        let advance = Advance::between(&state.now.x, &next.x);
        live.state = theirs;
        if advance != Advance::Rejected {
            state.before = std::mem::replace(&mut state.now, next);
        }
        Ok(advance)
    }

    fn iterate<'s>(&self, state: &'s State) -> &'s Iterate<Vec<f64>> {
        &state.now
    }

    /// Nothing is known of it.
    fn monotone(&self) -> bool {
        false
    }
}
