//! What an objective looks like at a point.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use ravine::diagnose::Diagnose;
use ravine::minimize::{Error, Stopping};

use crate::failure;
use crate::linalg_solve::entries;
use crate::objective::Objective;

/// The diagnosis as JSON, and as a text to read.
#[pyfunction]
pub fn diagnose(
    py: Python<'_>,
    objective: &Objective,
    x: PyReadonlyArray1<'_, f64>,
    settings: &str,
) -> PyResult<(String, String)> {
    let x = entries("x", &x, objective.variables())?;
    let settings: Diagnose = serde_json::from_str(settings).map_err(failure::settings)?;
    let (raised, diagnosis) = py.detach(|| match objective.open() {
        Ok(opened) => {
            let conditions = opened.conditions(Stopping::default());
            let diagnosis = settings.run(&*opened.objective, &x, conditions);
            (opened.record.raised(), diagnosis)
        }
        Err(error) => (None, Err(Error::Argument(error))),
    });
    if let Some(error) = raised {
        return Err(error);
    }
    let diagnosis = diagnosis.map_err(|error| failure::start(&error))?;
    let json = serde_json::to_string(&diagnosis).map_err(failure::settings)?;
    Ok((json, diagnosis.to_string()))
}
