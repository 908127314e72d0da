//! The Python package of Ravine: what `import ravine` calls in Rust.
//!
//! No mathematics lives here. What is minimized comes as an `objective`, of Python functions
//! (`functions`) or of the library (`watched`); runs of methods become Python objects (`run`);
//! the rest of the package is Python over these.

mod asking;
mod background;
mod convert;
mod curvature;
mod custom;
mod data;
mod density;
mod design;
mod diagnose;
mod failure;
mod field;
mod fit;
mod functions;
mod glm;
mod glm_classes;
mod glm_inference;
mod held;
mod history;
mod inverse_hessian;
mod linalg_solve;
mod linalg_spectrum;
mod matrix;
mod methods;
mod network;
mod network_loss;
mod objective;
mod one_thread;
mod opened;
mod operator;
mod precondition;
mod problems;
mod race;
mod record;
mod regression;
mod residuals;
mod run;
mod table_model;
mod text;
mod threads;
mod training;
mod watch;

/// The extension module `ravine._core`.
#[pyo3::pymodule]
mod _core {
    #[pymodule_export]
    use crate::asking::{Interrupted, Oracle};
    #[pymodule_export]
    use crate::curvature::{gauss_newton, hessian, secant};
    #[pymodule_export]
    use crate::custom::CustomMethod;
    #[pymodule_export]
    use crate::data::read_data;
    #[pymodule_export]
    use crate::density::Density;
    #[pymodule_export]
    use crate::design::Design;
    #[pymodule_export]
    use crate::diagnose::diagnose;
    #[pymodule_export]
    use crate::field::{field, window};
    #[pymodule_export]
    use crate::fit::{Fit, Weights, usual_start};
    #[pymodule_export]
    use crate::glm::{
        GlmFit, cross_validate_glm, fit_glm, glm_alphas, glm_means, glm_score, held_out_deviances,
    };
    #[pymodule_export]
    use crate::glm_classes::{fit_hinge, fit_multinomial};
    #[pymodule_export]
    use crate::glm_inference::{GlmInference, wald_intervals, wald_test};
    #[pymodule_export]
    use crate::inverse_hessian::InverseHessian;
    #[pymodule_export]
    use crate::linalg_solve::{solve, solve_shifted};
    #[pymodule_export]
    use crate::linalg_spectrum::{
        condition_number, diagonal, eigenpairs, eigenpairs_nearest, eigenpairs_nearest_of,
        estimate, inertia, lanczos, power_iteration, spectral_density,
    };
    #[pymodule_export]
    use crate::methods::{check_settings, method_defaults, method_name, methods};
    #[pymodule_export]
    use crate::network::{NetworkModel, load_network, network_names};
    #[pymodule_export]
    use crate::network_loss::NetworkLoss;
    #[pymodule_export]
    use crate::objective::Objective;
    #[pymodule_export]
    use crate::operator::Operator;
    #[pymodule_export]
    use crate::precondition::{incomplete_cholesky, inverse, jacobi, matrix_diagonal, nystrom};
    #[pymodule_export]
    use crate::problems::{Problem, is_name, list_mgh, list_problems};
    #[pymodule_export]
    use crate::race::{gradient_equivalents, race, read_settings, split_methods};
    #[pymodule_export]
    use crate::regression::regression;
    #[pymodule_export]
    use crate::run::Run;
    #[pymodule_export]
    use crate::table_model::{Table, TableModel, fit_streamed, fit_table, read_table_model};
    #[pymodule_export]
    use crate::text::heading;
    #[pymodule_export]
    use crate::threads::set_threads;

    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
