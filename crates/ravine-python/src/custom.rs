//! Methods that are written in Python.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use ravine::methods::{Entry, Family, named};
use ravine::minimize::{Advance, Method};
use ravine::objective::{Gradients, HessianProducts, Hessians};
use ravine::oracle::{self, Iterate};
use ravine::{ArgumentError, Interrupt, StartError};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::asking::{Asking, Needed, Oracle};
use crate::failure;
use crate::watch::Watch;

/// What a method may need, from less to more.
const NEEDS: [&str; 3] = ["gradient", "hessian_product", "hessian"];

/// Why there are no checkpoints of these methods.
pub const NO_CHECKPOINT: &str = "a run of a method written in Python cannot be kept in a file";

/// A method of the caller's, of two functions: `start(oracle, x0)` returns the point where the method
/// stands and its state, `step(oracle, state)` the next point and state, or None where the method has
/// nothing left to try.
#[pyclass(frozen, module = "ravine._core")]
pub struct CustomMethod(Custom);

/// What there is of it.
#[derive(Clone)]
pub struct Custom {
    name: String,
    needs: &'static str,
    functions: Arc<Functions>,
}

struct Functions {
    start: Py<PyAny>,
    step: Py<PyAny>,
}

#[pymethods]
impl CustomMethod {
    /// What a run shares is left out: the collector counts what it is shown once.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Functions { start, step } = &*self.0.functions;
        if Arc::strong_count(&self.0.functions) == 1 {
            visit.call(start)?;
            visit.call(step)?;
        }
        Ok(())
    }

    #[new]
    fn new(name: String, needs: &str, start: Py<PyAny>, step: Py<PyAny>) -> PyResult<Self> {
        let Some(needs) = NEEDS.into_iter().find(|known| *known == needs) else {
            return Err(failure::choice("needs", needs, &NEEDS));
        };
        let custom = Custom { name, needs, functions: Arc::new(Functions { start, step }) };
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

struct State {
    now: Iterate<Vec<f64>>,
    /// The iterate before.
    before: Iterate<Vec<f64>>,
    /// What the caller's functions returned.
    theirs: Py<PyAny>,
    oracle: Py<Oracle>,
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(NO_CHECKPOINT))
    }
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom(NO_CHECKPOINT))
    }
}

/// The point and the state of a pair.
fn placed(pair: &Bound<'_, PyAny>) -> PyResult<(Vec<f64>, Py<PyAny>)> {
    let (x, state): (PyReadonlyArray1<'_, f64>, Py<PyAny>) = pair.extract()?;
    Ok((x.as_array().to_vec(), state))
}

impl<O: Needed + ?Sized> Method<O> for PythonMethod {
    type State = State;

    fn name(&self) -> &'static str {
        "custom"
    }

    fn start(&self, oracle: &oracle::Oracle<'_, O>, x0: &Vec<f64>) -> Result<State, StartError> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let asking = Asking::new(oracle, &self.watch, None);
        let (oracle, (x, theirs)) = asking.call(number, |py| {
            let oracle = Bound::new(py, Oracle { number })?;
            let arguments = (&oracle, PyArray1::from_slice(py, x0));
            let pair = self.functions.start.bind(py).call1(arguments)?;
            Ok((oracle.unbind(), placed(&pair)?))
        })?;
        let now = asking.arrive(x)?;
        Ok(State { before: now.clone(), now, theirs, oracle })
    }

    fn step(
        &self,
        oracle: &oracle::Oracle<'_, O>,
        state: &mut State,
    ) -> Result<Advance, Interrupt> {
        let asking = Asking::new(oracle, &self.watch, Some(&state.now));
        let next = asking.call(state.oracle.get().number, |py| {
            let arguments = (&state.oracle, &state.theirs);
            let pair = self.functions.step.bind(py).call1(arguments)?;
            if pair.is_none() { Ok(None) } else { placed(&pair).map(Some) }
        })?;
        let Some((x, theirs)) = next else {
            return Ok(Advance::NoDecrease { predicted: state.now.gain_left(&state.before) });
        };
        let next = asking.arrive(x)?;
        let advance = Advance::between(&state.now.x, &next.x);
        state.theirs = theirs;
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
