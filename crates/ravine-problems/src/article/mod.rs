//! The classic demonstrations of second-order methods, with their data.
//!
//! ```
//! use ravine_problems::article;
//!
//! let problem = article::problem("lbfgs")?;
//! assert_eq!(problem.name, "article:lbfgs");
//! assert_eq!(problem.objective.dimension(), 10);
//! assert_eq!(article::NAMES.len(), 5);
//! # Ok::<(), ravine::ArgumentError>(())
//! ```

pub(crate) mod data;

#[cfg(test)]
mod tests;

use ravine::ArgumentError;
use ravine::matrix::Matrix;

use crate::problem::{Minimum, Problem, Window, numbered_variables};
use crate::quadratic::DenseQuadratic;
use crate::{gaussian, surfaces};
use ravine_text::did_you_mean;

/// The names of the demonstrations.
pub const NAMES: [&str; 5] = ["gradient-descent", "newton", "lbfgs", "gaussian", "krylov"];

/// The demonstration of that name:
///
/// - `gradient-descent`: `(100 x^2 + y^2)/2` from (1, 1);
/// - `newton`: Rosenbrock's function from (-1, 1);
/// - `lbfgs`: a rotated quadratic of ten variables, condition number 1000, from all ones;
/// - `gaussian`: 200 observations fitted in (mu, ln sigma);
/// - `krylov`: a rotated quadratic of five variables from (1, 2, 3, 4, 5).
///
/// # Errors
///
/// If there is none of that name.
pub fn problem(name: &str) -> Result<Problem, ArgumentError> {
    match name {
        "gradient-descent" => {
            let mut problem = quadratic(
                name,
                "Gradient descent at condition number 100",
                Matrix::from_rows(&[[100.0, 0.0], [0.0, 1.0]]),
                vec![1.0, 1.0],
                "A step short enough for the steep direction crawls along the flat one: hundreds \
                 of iterations.",
            )?;
            problem.variables = vec!["x".to_owned(), "y".to_owned()];
            problem.window = Some(Window { x: (-1.2, 1.2), y: (-1.2, 1.2) });
            Ok(problem)
        }
        "newton" => {
            let mut problem = surfaces::problem("rosenbrock")
                .ok_or_else(|| ArgumentError::new("article", "lacks Rosenbrock's function"))?;
            problem.name = "article:newton".to_owned();
            problem.title = "Newton's method on Rosenbrock's function".to_owned();
            problem.start = vec![-1.0, 1.0];
            problem.window = Some(Window { x: (-2.0, 2.0), y: (-3.5, 3.0) });
            problem.note =
                "The first step leaves the valley, the second ends at the minimum; from \
                            (-1.2, 1) it takes seven."
                    .to_owned();
            Ok(problem)
        }
        "lbfgs" => quadratic(
            name,
            "L-BFGS on a rotated quadratic",
            Matrix::from_rows(&data::LBFGS),
            vec![1.0; 10],
            "Ten eigenvalues: with exact line searches ten steps, with unit steps more than a \
             hundred.",
        ),
        "gaussian" => gaussian::default_data("article:gaussian"),
        "krylov" => quadratic(
            name,
            "Conjugate gradients with Hessian products",
            Matrix::from_rows(&data::KRYLOV),
            vec![1.0, 2.0, 3.0, 4.0, 5.0],
            "Five eigenvalues: five products with the Hessian solve Newton's equation.",
        ),
        _ => {
            let hint = did_you_mean(name, NAMES);
            let message = format!("has no `{name}`{hint}; there are {}", NAMES.join(", "));
            Err(ArgumentError::new("article", message))
        }
    }
}

fn quadratic(
    name: &str,
    title: &str,
    matrix: Matrix,
    start: Vec<f64>,
    note: &str,
) -> Result<Problem, ArgumentError> {
    let n = start.len();
    Ok(Problem {
        name: format!("article:{name}"),
        title: title.to_owned(),
        source: "J. Nocedal, S. J. Wright, Numerical Optimization (2006), chapters 3, 5 and 7"
            .to_owned(),
        objective: Box::new(DenseQuadratic::new(matrix)?),
        start,
        minima: vec![Minimum { value: 0.0, point: Some(vec![0.0; n]) }],
        variables: numbered_variables(n),
        window: None,
        bounds: None,
        note: note.to_owned(),
    })
}
