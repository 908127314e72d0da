//! A run of a method as a Python object.

use std::cell::OnceCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::StationaryPoint;
use ravine::Status;
use ravine::checkpoint::{Checkpoints, Saved, Subject};
use ravine::curvature::SecantPairs;
use ravine::curvature::{Learnt, Source};
use ravine::methods::Family;
use ravine::minimize::{Conditions, Epochs, Error, Progress, Rule, Stepping, Stopping};
use ravine::objective::{Bounds, Counts, Derivatives, Supplies};
use ravine::operator::Algebra;
use ravine_race::{History, Retention, Tuned, kind, over_batches};
use send_wrapper::SendWrapper;
use serde_json::Value;

use crate::custom::Given;
use crate::failure;
use crate::history::{Arrays, arrays};
use crate::inverse_hessian::InverseHessian;
use crate::objective::Objective;
use crate::one_thread::OneThread;
use crate::record::Record;
use crate::residuals::{Jacobian, ResidualEvaluator};

/// What is kept of a run where its points are not asked for.
const KEPT: Retention = Retention { moments: Some(1 << 16), variables: 3 };

/// A method on its way.
#[pyclass(module = "ravine._core")]
pub struct Run {
    started: OneThread<Started>,
}

struct Started {
    run: Box<dyn Stepping>,
    record: Rc<Record>,
    residuals: Option<Rc<ResidualEvaluator>>,
    history: History,
    method: &'static str,
    /// Why the method was chosen, where it was.
    because: Option<String>,
    /// How its step was found, where it was.
    tuned: Option<Tuned>,
    /// What the caller supplies, the rest is taken by differences.
    supplied: Derivatives,
    status: Option<&'static str>,
    checkpoints: Option<Checkpoints>,
    /// The secant pairs of a run that has ended, once they were asked for.
    pairs: Option<Arc<SecantPairs<Vec<f64>>>>,
    /// What is minimized, to ask what kind of point was found, and within which bounds.
    objective: Rc<dyn Supplies>,
    bounds: Option<Bounds>,
    /// That kind, once it was asked for, and the calls that this took.
    kind: OnceCell<(Option<StationaryPoint>, Counts)>,
}

/// What is asked of a run, beside the method.
struct Wishes {
    x0: Vec<f64>,
    stopping: Stopping,
    all_points: bool,
    /// Batch by batch over the cases of a sum.
    epochs: Option<Epochs>,
    /// What checkpoints call the problem.
    problem: String,
    /// Where they go, and after how many iterations each.
    checkpoint: Option<(PathBuf, Option<u64>)>,
    /// The one that the run goes on from.
    resume: Option<PathBuf>,
}

/// Opens `objective` and starts the method on it; an exception of the caller's functions comes first.
fn start(
    objective: &Objective,
    method: &Given,
    mut settings: Value,
    wishes: Wishes,
) -> PyResult<Started> {
    let Wishes { x0, mut stopping, all_points, epochs, problem, checkpoint, resume } = wishes;
    let argument = |error| failure::argument(&error);
    let unfit = |error| failure::checkpoint(&error);
    let opened = objective.open().map_err(argument)?;
    let mut entry = method.entry(opened.record.watch()).map_err(argument)?;
    let saved = resume.map(Saved::read).transpose().map_err(unfit)?;
    let (record, residuals) = (Rc::clone(&opened.record), opened.residuals.clone());
    let supplied = opened.objective.derivatives();
    let raised = |error: Error| record.raised().unwrap_or_else(|| failure::start(&error));
    let (mut because, mut tuned) = (None, None);
    let no_settings = settings.as_object().is_none_or(serde_json::Map::is_empty);
    if let Some(saved) = &saved
        && entry.family == Family::Automatic
        && no_settings
    {
        let (of, with) = saved.method().map_err(unfit)?;
        (entry, settings) = (of.clone(), with.clone());
        because = Some("the run that goes on is of it".to_owned());
    } else if entry.family == Family::Automatic && no_settings && epochs.is_some() {
        let conditions =
            Conditions { epochs: epochs.clone(), ..opened.conditions(stopping.clone()) };
        let sum = &*opened.objective;
        let found = over_batches(sum, &x0, &conditions, |_, _| ()).map_err(raised)?;
        let (method, search, why) = found;
        (entry, settings, because) = (method.entry, method.settings, Some(why));
        if let Some(search) = &search {
            stopping = search.rest_of(stopping);
        }
        tuned = search;
    } else if entry.family == Family::Automatic && no_settings {
        let choice = opened.automatic(&x0).map_err(raised)?;
        entry = choice.entry.clone();
        settings = choice.settings;
        because = Some(choice.reason);
    }
    let (asked, bounds) = (Rc::clone(&opened.objective), opened.bounds().cloned());
    let conditions = Conditions { epochs, ..opened.conditions(stopping) };
    let described = match method {
        Given::Named(_) => &settings,
        Given::Custom(custom) => &custom.settings,
    };
    let subject = Subject::new(problem, &entry, described, &x0, &conditions);
    let run = match &saved {
        None => entry.start_sharing(&settings, opened.objective, &x0, conditions),
        Some(saved) => {
            let state = saved.state(&subject).map_err(unfit)?;
            entry.resume_sharing(&settings, opened.objective, state, conditions)
        }
    }
    .map_err(raised)?;
    let checkpoints = checkpoint
        .map(|(path, every)| Checkpoints::new(path, subject, every))
        .transpose()
        .map_err(argument)?;
    let history = History::new(if all_points { Retention::ALL } else { KEPT });
    let method = entry.name;
    let mut started = Started {
        run,
        record,
        residuals,
        history,
        method,
        because,
        tuned,
        supplied,
        status: None,
        checkpoints,
        pairs: None,
        objective: asked,
        bounds,
        kind: OnceCell::new(),
    };
    started.note()?;
    Ok(started)
}

impl Started {
    /// One iteration; the name of the status once the run has ended.
    fn step(&mut self) -> PyResult<Option<&'static str>> {
        if self.status.is_none() {
            self.status = self.run.step().map(Status::name);
            self.note()?;
        }
        Ok(self.status)
    }

    /// Keeps the moment, and writes a checkpoint where one is due.
    fn note(&mut self) -> PyResult<()> {
        self.history.record(&self.run.progress());
        let Some(checkpoints) = &mut self.checkpoints else { return Ok(()) };
        let Self { run, record, .. } = self;
        // A state that cannot be kept has raised in Python.
        let raised = |error| record.raised().unwrap_or_else(|| failure::checkpoint(&error));
        checkpoints.note(&**run).map_err(raised)
    }

    /// What kind of point was found, of a run that has ended, and the calls that it took to know.
    fn kind(&self) -> (Option<StationaryPoint>, Counts) {
        if self.status.is_none() {
            return Default::default();
        }
        *self.kind.get_or_init(|| {
            let outcome = self.run.outcome();
            let kind = kind(&*self.objective, &outcome, self.bounds.as_ref());
            // A function that fails there says nothing of the run.
            let _ = self.record.raised();
            (kind, self.objective.taken().unwrap_or_default())
        })
    }

    /// Evaluations of the caller's functions; of what is taken by differences, how often it was asked
    /// for.
    fn scipy_counts(&self) -> Counts {
        let Progress { evaluations, asked, .. } = self.run.progress();
        let called = evaluations + self.kind().1;
        let has = self.supplied;
        Counts {
            value: called.value,
            gradient: if has.gradient { called.gradient } else { asked.gradient },
            hessian_product: called.hessian_product.max(asked.hessian_product),
            hessian: if has.hessian { called.hessian } else { asked.hessian },
        }
    }
}

#[pymethods]
impl Run {
    /// Starts `method`, a name or a method of the caller's, with settings and stopping rules as JSON
    /// objects.
    #[new]
    #[pyo3(signature = (
        objective, method, settings, x0, stopping, *,
        evaluations=None, all_points=false, epochs=None,
        problem=None, checkpoint=None, every=None, resume=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "one call, by keywords")]
    fn new(
        py: Python<'_>,
        objective: &Objective,
        method: &Bound<'_, PyAny>,
        settings: &str,
        x0: PyReadonlyArray1<'_, f64>,
        stopping: &str,
        evaluations: Option<u64>,
        all_points: bool,
        epochs: Option<&str>,
        problem: Option<String>,
        checkpoint: Option<PathBuf>,
        every: Option<u64>,
        resume: Option<PathBuf>,
    ) -> PyResult<Self> {
        let settings = serde_json::from_str(settings).map_err(json)?;
        let mut stopping: Stopping = serde_json::from_str(stopping).map_err(json)?;
        stopping.evaluations = evaluations.or(stopping.evaluations);
        let epochs = epochs.map(serde_json::from_str).transpose().map_err(json)?;
        let (x0, checkpoint) = (x0.as_array().to_vec(), checkpoint.map(|path| (path, every)));
        let problem = problem.unwrap_or_default();
        let wishes = Wishes { x0, stopping, all_points, epochs, problem, checkpoint, resume };
        let method = Given::read(method)?;
        let started = py.detach(|| SendWrapper::new(start(objective, &method, settings, wishes)));
        Ok(Self { started: OneThread::new(started.take()?) })
    }

    /// One iteration; the name of the status once the run has ended.
    fn step(&mut self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        let started = self.started.get_mut()?;
        let status = py.detach(|| started.step());
        self.check(py)?;
        status
    }

    /// Runs to the end; the name of the status.
    fn finish(&mut self, py: Python<'_>) -> PyResult<&'static str> {
        let started = self.started.get_mut()?;
        let status = py.detach(|| {
            loop {
                if let Some(status) = started.step()? {
                    return Ok(status);
                }
            }
        });
        self.check(py)?;
        status
    }

    /// Ends the run as stopped by the caller.
    fn stop(&mut self) -> PyResult<()> {
        let started = self.started.get_mut()?;
        started.run.stop();
        started.step()?;
        Ok(())
    }

    /// The method's name in the catalogue.
    #[getter]
    fn method(&self) -> PyResult<&'static str> {
        Ok(self.started.get()?.method)
    }

    /// Why the method was chosen, where it was.
    #[getter]
    fn because(&self) -> PyResult<Option<String>> {
        Ok(self.started.get()?.because.clone())
    }

    /// Iterations so far.
    #[getter]
    fn iteration(&self) -> PyResult<u64> {
        Ok(self.started.get()?.run.progress().iteration)
    }

    /// A copy of the current point.
    #[getter]
    fn x<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        Ok(PyArray1::from_slice(py, self.started.get()?.run.progress().x))
    }

    /// The value there.
    #[getter]
    fn fun(&self) -> PyResult<f64> {
        Ok(self.started.get()?.run.progress().value)
    }

    /// A copy of the gradient there.
    #[getter]
    fn jac<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        Ok(PyArray1::from_slice(py, self.started.get()?.run.progress().gradient))
    }

    /// The norm that the gradient test compares.
    #[getter]
    fn gradient_norm(&self) -> PyResult<f64> {
        Ok(self.started.get()?.run.progress().gradient_norm)
    }

    /// The radius of the trust region, where the method has one.
    #[getter]
    fn radius(&self) -> PyResult<Option<f64>> {
        Ok(self.started.get()?.run.belief().radius)
    }

    /// The weight of the cubic term, where the method has one.
    #[getter]
    fn cubic_weight(&self) -> PyResult<Option<f64>> {
        Ok(self.started.get()?.run.belief().cubic_weight)
    }

    /// Calls of the caller's functions so far: values, gradients, Hessian products, Hessians.
    #[getter]
    fn evaluations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let started = self.started.get()?;
        by_kind(py, started.run.progress().evaluations + started.kind().1)
    }

    /// Evaluations that the method asked for, whatever each took.
    #[getter]
    fn asked<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        by_kind(py, self.started.get()?.run.progress().asked)
    }

    /// Which rule ended the run, where it has converged.
    #[getter]
    fn rule(&self) -> PyResult<Option<&'static str>> {
        let Status::Converged(rule) = self.started.get()?.run.outcome().status else {
            return Ok(None);
        };
        Ok(Some(match rule {
            Rule::GradientAbsolute | Rule::GradientRelative | Rule::GradientAccuracy => "gradient",
            Rule::ValueChange => "value_change",
            Rule::Step => "step",
            Rule::Decrease => "decrease",
        }))
    }

    /// The moments of the run and its points: see [`arrays`].
    fn history<'py>(&self, py: Python<'py>) -> PyResult<Arrays<'py>> {
        arrays(py, &self.started.get()?.history)
    }

    /// The approximation of the inverse Hessian that the method keeps: an array, or of the last few
    /// secant pairs an operator.
    fn inverse_hessian<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let started = self.started.get_mut()?;
        // Large points, so no copies where none are needed.
        started.pairs = started.pairs.take().or_else(|| started.run.take_pairs().map(Arc::new));
        let belief = started.run.belief();
        let kept = || belief.pairs.map(|pairs| Arc::new(pairs.clone()));
        if let Some(pairs) = started.pairs.clone().or_else(kept) {
            return Ok(Some(Bound::new(py, InverseHessian::of(pairs))?.into_any()));
        }
        let Some(inverse) = belief.inverse_matrix else { return Ok(None) };
        let (n, dense) = (inverse.dimension(), inverse.to_dense());
        Ok(Some(PyArray1::from_slice(py, dense.entries()).reshape([n, n])?.into_any()))
    }

    /// The approximation of the Hessian that the method keeps, where that is what it keeps.
    fn hessian<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
        let belief = self.started.get()?.run.belief();
        let Some(believed) = &belief.curvature else { return Ok(None) };
        let (Source::SecantPairs, Learnt::Direct(b)) = (believed.source, &believed.form) else {
            return Ok(None);
        };
        let dense = b.dense().map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        let n = dense.rows();
        Ok(Some(PyArray1::from_slice(py, dense.entries()).reshape([n, n])?))
    }

    /// Residuals and their Jacobian at the best point, where the objective is of residuals; of a sparse
    /// one data, row indices and starts of its columns.
    #[expect(clippy::type_complexity, reason = "two arrays")]
    fn residuals<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<(Bound<'py, PyArray1<f64>>, Bound<'py, PyAny>)>> {
        let started = self.started.get()?;
        let Some(evaluator) = &started.residuals else { return Ok(None) };
        let at = evaluator.at(&started.run.outcome().x);
        self.check(py)?;
        let (residuals, jacobian) =
            at.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        let jacobian = match jacobian {
            Jacobian::Dense(jacobian) => {
                let shape = [jacobian.columns(), jacobian.rows()];
                let entries = PyArray1::from_slice(py, jacobian.entries());
                entries.reshape(shape)?.transpose()?.into_any()
            }
            Jacobian::Sparse(jacobian) => {
                let (starts, rows, values) = jacobian.into_parts();
                let places = |places: Vec<usize>| {
                    PyArray1::from_iter(py, places.into_iter().map(|place| place as i64))
                };
                let parts = (PyArray1::from_vec(py, values), places(rows), places(starts));
                parts.into_pyobject(py)?.into_any()
            }
        };
        Ok(Some((PyArray1::from_vec(py, residuals), jacobian)))
    }

    /// How the run ended.
    fn outcome<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let started = self.started.get()?;
        let outcome = started.run.outcome();
        let counts = started.scipy_counts();
        let status = &outcome.status;
        let object = PyDict::new(py);
        object.set_item("x", PyArray1::from_vec(py, outcome.x))?;
        object.set_item("fun", outcome.value)?;
        object.set_item("jac", PyArray1::from_vec(py, outcome.gradient))?;
        object.set_item("nit", outcome.iterations)?;
        object.set_item("nfev", counts.value)?;
        object.set_item("njev", counts.gradient)?;
        object.set_item("nhev", counts.hessian)?;
        object.set_item("reason", status.name())?;
        object.set_item("message", status.to_string())?;
        object.set_item("gradient_norm", outcome.gradient_norm)?;
        object.set_item("stationary_point", started.kind().0.map(StationaryPoint::name))?;
        if let Some(ray) = outcome.ray {
            object.set_item("ray", PyArray1::from_vec(py, ray))?;
        }
        if let Some(error) = outcome.hessian_error {
            object.set_item("hessian_error", error)?;
        }
        object.set_item("method", started.method)?;
        object.set_item("because", started.because.as_deref())?;
        object.set_item("evaluations", self.evaluations(py)?)?;
        if let Some(tuned) = &started.tuned {
            object.set_item("tuning", tuning(py, tuned)?)?;
        }
        if let Some(seen) = started.run.seen() {
            object.set_item("epochs", seen.epochs)?;
            object.set_item("cases", seen.cases)?;
        }
        object.set_item("seconds", outcome.seconds)?;
        object.set_item("seconds_in_objective", outcome.seconds_in_objective)?;
        Ok(object)
    }
}

impl Run {
    /// Raises what a function raised, or what a signal asks for.
    fn check(&self, py: Python<'_>) -> PyResult<()> {
        match self.started.get()?.record.raised() {
            Some(error) => Err(error),
            None => py.check_signals(),
        }
    }
}

/// What finding a step took.
pub fn tuning<'py>(py: Python<'py>, tuned: &Tuned) -> PyResult<Bound<'py, PyDict>> {
    let tuning = PyDict::new(py);
    tuning.set_item("setting", tuned.name)?;
    tuning.set_item("value", tuned.best().setting)?;
    tuning.set_item("tried", tuned.trials.len())?;
    tuning.set_item("nfev", tuned.evaluations.value)?;
    tuning.set_item("njev", tuned.evaluations.gradient)?;
    tuning.set_item("seconds", tuned.seconds)?;
    Ok(tuning)
}

fn by_kind(py: Python<'_>, counts: Counts) -> PyResult<Bound<'_, PyDict>> {
    let Counts { value, gradient, hessian_product, hessian } = counts;
    let object = PyDict::new(py);
    object.set_item("value", value)?;
    object.set_item("gradient", gradient)?;
    object.set_item("hessian_product", hessian_product)?;
    object.set_item("hessian", hessian)?;
    Ok(object)
}

fn json(error: serde_json::Error) -> PyErr {
    PyValueError::new_err(format!("options: {error}"))
}
