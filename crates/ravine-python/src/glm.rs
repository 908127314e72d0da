//! Generalized linear models, fitted.

use std::sync::Arc;

use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use ravine::ArgumentError;
use ravine_data::Design as Blocks;
use ravine_glm::inference::{InferenceSettings, Profile, Residual, Residuals, explained_deviance};
use ravine_glm::{
    Certificate, CrossValidation, Family, FirthLogistic, FittedModel, GeneralizedLinearModel,
    HuberModel, Link, NegativeBinomialModel, Path, Targets,
};

use crate::background::interruptible;
use crate::design::Design;
use crate::failure;
use crate::glm_inference::GlmInference;

/// What a model is fitted to, owned.
pub struct Data {
    pub design: Arc<Blocks>,
    pub y: Vec<f64>,
    pub weights: Option<Vec<f64>>,
    pub offset: Option<Vec<f64>>,
}

impl Data {
    pub fn new(
        design: &Design,
        y: &PyReadonlyArray1<'_, f64>,
        weights: Option<PyReadonlyArray1<'_, f64>>,
        offset: Option<PyReadonlyArray1<'_, f64>>,
    ) -> Self {
        let owned = |numbers: PyReadonlyArray1<'_, f64>| numbers.as_array().to_vec();
        Self {
            design: Arc::clone(&design.0),
            y: y.as_array().to_vec(),
            weights: weights.map(owned),
            offset: offset.map(owned),
        }
    }

    pub fn targets(&self) -> Targets<'_> {
        Targets { y: &self.y, weights: self.weights.as_deref(), offset: self.offset.as_deref() }
    }
}

/// Settings as JSON, which has no infinity: bounds come as arrays.
fn model_of(
    settings: &str,
    lower: Option<PyReadonlyArray1<'_, f64>>,
    upper: Option<PyReadonlyArray1<'_, f64>>,
) -> PyResult<GeneralizedLinearModel> {
    let mut model: GeneralizedLinearModel =
        serde_json::from_str(settings).map_err(failure::settings)?;
    model.lower = lower.map(|bound| bound.as_array().to_vec());
    model.upper = upper.map(|bound| bound.as_array().to_vec());
    Ok(model)
}

/// A sentence, infinite coefficients with their signs, rows.
type Separated = (String, Vec<(Option<usize>, bool)>, Vec<usize>);

/// A fitted model with the data that it was fitted to.
#[pyclass(frozen, module = "ravine._core")]
pub struct GlmFit {
    fitted: Arc<FittedModel>,
    data: Arc<Data>,
}

/// Fits a model; `kind` is `glm`, `negative_binomial`, `huber` or `firth`, and what these estimate beside the
/// coefficients comes as a dictionary.
#[pyfunction]
#[pyo3(signature = (kind, design, y, weights, offset, settings, *, lower = None, upper = None, start = None, epsilon = None))]
#[expect(clippy::too_many_arguments, reason = "one call, by keywords")]
pub fn fit_glm<'py>(
    py: Python<'py>,
    kind: &str,
    design: &Design,
    y: PyReadonlyArray1<'_, f64>,
    weights: Option<PyReadonlyArray1<'_, f64>>,
    offset: Option<PyReadonlyArray1<'_, f64>>,
    settings: &str,
    lower: Option<PyReadonlyArray1<'_, f64>>,
    upper: Option<PyReadonlyArray1<'_, f64>>,
    start: Option<(f64, PyReadonlyArray1<'_, f64>)>,
    epsilon: Option<f64>,
) -> PyResult<(GlmFit, Bound<'py, PyDict>)> {
    let model = model_of(settings, lower, upper)?;
    let data = Arc::new(Data::new(design, &y, weights, offset));
    let start = start.map(|(intercept, b)| (intercept, b.as_array().to_vec()));
    let (own, kind) = (Arc::clone(&data), kind.to_owned());
    let fitted = interruptible(py, move |interrupter| {
        let model = GeneralizedLinearModel { interrupter, ..model };
        let start = start.as_ref().map(|(intercept, b)| (*intercept, &b[..]));
        let targets = own.targets();
        Ok(match kind.as_str() {
            "negative_binomial" => {
                let fit = NegativeBinomialModel { model }.fit(&own.design, targets)?;
                let theta = fit.theta();
                let more = vec![("alpha", fit.alpha), ("theta", theta)];
                (fit.fitted, more, Some((fit.converged, fit.rounds)))
            }
            "huber" => {
                let usual = HuberModel::default();
                let epsilon = epsilon.unwrap_or(usual.epsilon);
                let rounds = model.iterations;
                let settled = model.tolerance.sqrt().min(1e-3);
                let model = GeneralizedLinearModel { iterations: 200, ..model };
                let huber = HuberModel { epsilon, model, settled, rounds };
                let fit = huber.fit_from(&own.design, targets, start)?;
                (fit.fitted, vec![("scale", fit.scale)], Some((fit.converged, fit.rounds)))
            }
            "firth" => {
                let GeneralizedLinearModel { intercept, iterations, interrupter, .. } = model;
                let usual = FirthLogistic::default();
                let firth = FirthLogistic { intercept, iterations, interrupter, ..usual };
                (firth.fit_model(&own.design, targets)?, Vec::new(), None)
            }
            _ => (model.fit_from(&own.design, targets, start)?, Vec::new(), None),
        })
    })?;
    let (fitted, numbers, rounds) =
        fitted.map_err(|error: ArgumentError| failure::of_model(&error))?;
    let more = PyDict::new(py);
    for (name, value) in numbers {
        more.set_item(name, value)?;
    }
    if let Some((converged, rounds)) = rounds {
        more.set_item("converged", converged)?;
        more.set_item("rounds", rounds)?;
    }
    Ok((GlmFit { fitted: Arc::new(fitted), data }, more))
}

/// The choice of alpha, and of the share of L1 among `l1_ratios`, by cross-validation: the fit of all rows
/// at the best of them, and a dictionary of all that were tried.
#[pyfunction]
#[pyo3(signature = (design, y, weights, offset, settings, *, lower, upper, alphas, count, ratio, l1_ratios, folds, seed, groups))]
#[expect(clippy::too_many_arguments, reason = "one call, by keywords")]
pub fn cross_validate_glm<'py>(
    py: Python<'py>,
    design: &Design,
    y: PyReadonlyArray1<'_, f64>,
    weights: Option<PyReadonlyArray1<'_, f64>>,
    offset: Option<PyReadonlyArray1<'_, f64>>,
    settings: &str,
    lower: Option<PyReadonlyArray1<'_, f64>>,
    upper: Option<PyReadonlyArray1<'_, f64>>,
    alphas: Option<Vec<f64>>,
    count: usize,
    ratio: Option<f64>,
    l1_ratios: Vec<f64>,
    folds: usize,
    seed: u64,
    groups: Option<Vec<usize>>,
) -> PyResult<(GlmFit, Bound<'py, PyDict>)> {
    let model = model_of(settings, lower, upper)?;
    let data = Arc::new(Data::new(design, &y, weights, offset));
    let own = Arc::clone(&data);
    let chosen = interruptible(py, move |interrupter| {
        let model = GeneralizedLinearModel { interrupter, ..model };
        let path = Path { model, alphas, count, ratio };
        CrossValidation { path, l1_ratios, folds, seed, groups }.fit(&own.design, own.targets())
    })?;
    let chosen = chosen.map_err(|error| match error.to_string().strip_prefix("folds: ") {
        Some(message) => PyValueError::new_err(format!("cv: {message}")),
        None => failure::of_model(&error),
    })?;
    let all = PyDict::new(py);
    let points = &chosen.points;
    let column =
        |of: fn(&ravine_glm::CrossValidated) -> f64| PyArray1::from_iter(py, points.iter().map(of));
    all.set_item("alpha", column(|point| point.alpha))?;
    all.set_item("l1_ratio", column(|point| point.l1_ratio))?;
    all.set_item("deviance", column(|point| point.deviance))?;
    all.set_item("standard_error", column(|point| point.standard_error))?;
    all.set_item("best", (chosen.best.alpha, chosen.best.l1_ratio))?;
    all.set_item("one_standard_error", chosen.one_standard_error.alpha)?;
    let folds = chosen.folds.iter().map(|&fold| fold as i64);
    all.set_item("folds", PyArray1::from_iter(py, folds))?;
    Ok((GlmFit { fitted: Arc::new(chosen.fitted), data }, all))
}

/// The rows that a split fits, and those that it holds out.
type Split<'py> = (PyReadonlyArray1<'py, i64>, PyReadonlyArray1<'py, i64>);

/// The mean deviance of rows held out, by share of L1 and split a number for each of the share's falling
/// alphas; empty for a split whose rows have no weight.
#[pyfunction]
#[pyo3(signature = (design, y, weights, settings, grids, splits, *, lower, upper))]
#[expect(clippy::too_many_arguments, reason = "one call, by keywords")]
pub fn held_out_deviances(
    py: Python<'_>,
    design: &Design,
    y: PyReadonlyArray1<'_, f64>,
    weights: Option<PyReadonlyArray1<'_, f64>>,
    settings: &str,
    grids: Vec<(f64, Vec<f64>)>,
    splits: Vec<Split<'_>>,
    lower: Option<PyReadonlyArray1<'_, f64>>,
    upper: Option<PyReadonlyArray1<'_, f64>>,
) -> PyResult<Vec<Vec<Vec<f64>>>> {
    let model = model_of(settings, lower, upper)?;
    let data = Data::new(design, &y, weights, None);
    let rows = |numbers: &PyReadonlyArray1<'_, i64>| -> Result<Vec<usize>, _> {
        numbers.as_array().iter().map(|&row| usize::try_from(row)).collect()
    };
    let splits: Result<Vec<(Vec<usize>, Vec<usize>)>, _> = splits
        .iter()
        .map(|(training, held)| Ok((rows(training)?, rows(held)?)))
        .collect::<Result<_, std::num::TryFromIntError>>();
    let splits = splits.map_err(|_| PyValueError::new_err("cv: names a row below 0"))?;
    let found = interruptible(py, move |interrupter| {
        let model = GeneralizedLinearModel { interrupter, ..model };
        let path = Path { model, ..Path::default() };
        path.held_out(&data.design, data.targets(), &grids, &splits)
    })?;
    found.map_err(|error| failure::of_model(&error))
}

/// The falling alphas of a path, from the least at which all penalized coefficients are zero.
#[pyfunction]
pub fn glm_alphas<'py>(
    py: Python<'py>,
    design: &Design,
    y: PyReadonlyArray1<'_, f64>,
    weights: Option<PyReadonlyArray1<'_, f64>>,
    settings: &str,
    count: usize,
    ratio: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let model = model_of(settings, None, None)?;
    let data = Data::new(design, &y, weights, None);
    let grid = interruptible(py, move |_| {
        let path = Path { model, alphas: None, count, ratio: Some(ratio) };
        path.grid(&data.design, data.targets())
    })?;
    Ok(PyArray1::from_vec(py, grid.map_err(|error| failure::of_model(&error))?))
}

fn loss_of(family: &str, link: Option<&str>) -> PyResult<ravine_glm::Loss> {
    let family: Family = serde_json::from_str(family).map_err(failure::settings)?;
    let link: Option<Link> =
        link.map(serde_json::from_str).transpose().map_err(failure::settings)?;
    let loss = family.with(link.unwrap_or(family.default_link()));
    loss.map_err(|error| failure::of_model(&error))
}

/// The means of linear predictors; family and link as JSON.
#[pyfunction]
pub fn glm_means<'py>(
    py: Python<'py>,
    family: &str,
    link: Option<&str>,
    z: PyReadonlyArray1<'_, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let loss = loss_of(family, link)?;
    Ok(PyArray1::from_iter(py, z.as_array().iter().map(|&z| loss.mean(z))))
}

/// The share of the deviance of targets that linear predictors explain.
#[pyfunction]
pub fn glm_score(
    family: &str,
    link: Option<&str>,
    y: PyReadonlyArray1<'_, f64>,
    z: PyReadonlyArray1<'_, f64>,
    weights: Option<PyReadonlyArray1<'_, f64>>,
) -> PyResult<f64> {
    let loss = loss_of(family, link)?;
    let (y, z) = (y.as_array().to_vec(), z.as_array().to_vec());
    let weights = weights.map(|weights| weights.as_array().to_vec());
    let targets = Targets { y: &y, weights: weights.as_deref(), offset: None };
    explained_deviance(loss, targets, &z).map_err(|error| failure::of_model(&error))
}

/// A kind of residual by its name.
fn residual(kind: &str) -> PyResult<Residual> {
    serde_json::from_value(serde_json::Value::from(kind)).map_err(|_| {
        let names = [
            "response",
            "pearson",
            "deviance",
            "working",
            "standardized_pearson",
            "standardized_deviance",
            "likelihood",
        ];
        failure::choice("kind", kind, &names)
    })
}

#[pymethods]
impl GlmFit {
    #[getter]
    fn intercept(&self) -> f64 {
        self.fitted.intercept
    }

    #[getter]
    fn coefficients<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.fitted.coefficients)
    }

    #[getter]
    fn linear_predictor<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.fitted.linear_predictor)
    }

    /// The objective, and that of the null model.
    #[getter]
    fn objectives(&self) -> (f64, f64) {
        (self.fitted.objective, self.fitted.null_objective)
    }

    #[getter]
    fn status(&self) -> &'static str {
        self.fitted.status.name()
    }

    /// What bounds the distance from the optimum, and its size.
    #[getter]
    fn certificate(&self) -> (&'static str, f64) {
        named(self.fitted.certificate)
    }

    /// The solver, and why.
    #[getter]
    fn solver(&self) -> (&'static str, String) {
        (self.fitted.solver.name(), self.fitted.reason.clone())
    }

    #[getter]
    fn iterations(&self) -> usize {
        self.fitted.iterations
    }

    #[getter]
    fn rank(&self) -> usize {
        self.fitted.rank()
    }

    /// Columns left out, each with a sentence.
    #[getter]
    fn aliased(&self) -> Vec<(usize, String)> {
        let names = self.data.design.names();
        self.fitted.aliased.iter().map(|alias| (alias.column, alias.words(names))).collect()
    }

    /// A sentence, the infinite coefficients (None for the intercept, whether it is plus infinity), and the
    /// rows that are fitted perfectly.
    #[getter]
    fn separation(&self) -> Option<Separated> {
        let separation = self.fitted.separation.as_ref()?;
        let words = separation.words(self.data.design.names(), self.data.y.len());
        let infinite = separation.infinite.iter();
        let infinite = infinite.map(|infinite| (infinite.column, infinite.positive)).collect();
        Some((words, infinite, separation.rows.clone()))
    }

    /// Sentences.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.fitted.notes.clone()
    }

    /// Standard errors and all that belongs to them.
    fn inference(&self, py: Python<'_>, settings: &str) -> PyResult<GlmInference> {
        let settings: InferenceSettings =
            serde_json::from_str(settings).map_err(failure::settings)?;
        let (fitted, data) = (Arc::clone(&self.fitted), Arc::clone(&self.data));
        let inference =
            interruptible(py, move |_| fitted.inference(&data.design, data.targets(), &settings))?;
        Ok(GlmInference(inference.map_err(|error| failure::of_model(&error))?))
    }

    /// Deviances, dispersion and likelihood.
    fn goodness<'py>(&self, py: Python<'py>, settings: &str) -> PyResult<Bound<'py, PyDict>> {
        let settings: InferenceSettings =
            serde_json::from_str(settings).map_err(failure::settings)?;
        let (fitted, data) = (Arc::clone(&self.fitted), Arc::clone(&self.data));
        let goodness = interruptible(py, move |_| {
            let InferenceSettings { dispersion, weighting, .. } = settings;
            fitted.goodness(&data.design, data.targets(), dispersion, weighting)
        })?;
        crate::glm_inference::goodness(py, &goodness.map_err(|error| failure::of_model(&error))?)
    }

    /// Residuals, a number a row.
    fn residuals<'py>(
        &self,
        py: Python<'py>,
        inference: &GlmInference,
        kind: &str,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let kind = residual(kind)?;
        Ok(PyArray1::from_vec(py, self.with(inference).of(kind)))
    }

    /// Cook's distances, a number a row.
    fn cooks_distances<'py>(
        &self,
        py: Python<'py>,
        inference: &GlmInference,
    ) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_vec(py, self.with(inference).cooks_distances())
    }

    /// Profile intervals of the likelihood, a row a coefficient: infinite where a side has no bound, NaN where
    /// there is no estimate.
    fn profile_intervals<'py>(
        &self,
        py: Python<'py>,
        inference: &GlmInference,
        level: f64,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (fitted, data) = (Arc::clone(&self.fitted), Arc::clone(&self.data));
        let inference = inference.0.clone();
        let rows = interruptible(py, move |_| -> Result<Vec<f64>, ArgumentError> {
            let profile = Profile::new(&fitted, &inference, &data.design, data.targets())?;
            let mut rows = Vec::with_capacity(2 * inference.estimates.len());
            for (k, error) in inference.standard_errors.iter().enumerate() {
                let (low, high) = match error {
                    Some(_) => profile.interval(k, level)?,
                    None => (Some(f64::NAN), Some(f64::NAN)),
                };
                rows.push(low.unwrap_or(f64::NEG_INFINITY));
                rows.push(high.unwrap_or(f64::INFINITY));
            }
            Ok(rows)
        })?;
        let rows = rows.map_err(|error| failure::of_model(&error))?;
        let count = rows.len() / 2;
        PyArray1::from_vec(py, rows).reshape([count, 2])
    }

    /// What each row would be predicted by a fit of all others.
    fn leave_one_out<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (fitted, data) = (Arc::clone(&self.fitted), Arc::clone(&self.data));
        let left = interruptible(py, move |_| fitted.leave_one_out(&data.design, data.targets()))?;
        Ok(PyArray1::from_vec(py, left.map_err(|error| failure::of_model(&error))?))
    }
}

impl GlmFit {
    fn with<'a>(&'a self, inference: &'a GlmInference) -> Residuals<'a> {
        Residuals { fitted: &self.fitted, inference: &inference.0, targets: self.data.targets() }
    }
}

/// A certificate as a word and a number.
pub fn named(certificate: Certificate) -> (&'static str, f64) {
    let name = match certificate {
        Certificate::Gap(_) => "gap",
        Certificate::Decrement(_) => "decrement",
        Certificate::Violation(_) => "violation",
    };
    (name, certificate.value())
}
