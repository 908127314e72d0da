//! Data files as problems.

use ravine::ArgumentError;
use ravine::objective::FiniteSum;
use ravine_data::Dataset;
use ravine_glm::{Regression, RegressionLoss};
use ravine_problems::Problem;

#[cfg(feature = "all-methods")]
use crate::choice::MethodChoice;

/// What designs call the column of ones; no variable of a formula has such a name.
#[cfg(feature = "all-methods")]
const INTERCEPT: &str = "(intercept)";

/// Leaves the intercept of a regression out of the L1 term of a method that has one, unless its
/// settings say what to leave out.
///
/// ```
/// use ravine_data::{Selection, read_csv};
/// use ravine_race::{MethodChoice, data_problem, leave_intercept};
///
/// let selection = Selection { target: Some("y".into()), ..Selection::default() };
/// let data = read_csv("x,y\n1,0\n2,1\n".as_bytes(), "a.csv")?.select(&selection)?;
/// let problem = data_problem("a.csv", data, ravine_glm::RegressionLoss::Squares, 0.0)?;
/// let mut method = MethodChoice::parse("owlqn:l1=1")?;
/// leave_intercept(&mut method, &problem);
/// assert_eq!(method.settings["unpenalized"], serde_json::json!({ "start": 0, "end": 1 }));
/// let mut method = MethodChoice::parse("owlqn:l1=1,unpenalized=0..0")?;
/// leave_intercept(&mut method, &problem);
/// assert_eq!(method.settings["unpenalized"], serde_json::json!({ "start": 0, "end": 0 }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(feature = "all-methods")]
pub fn leave_intercept(method: &mut MethodChoice, problem: &Problem) {
    let first = problem.variables.first().is_some_and(|name| name == INTERCEPT);
    let takes = method.entry.settings().iter().any(|setting| setting.name == "unpenalized");
    if let (true, Some(settings)) = (first && takes, method.settings.as_object_mut()) {
        settings
            .entry("unpenalized")
            .or_insert_with(|| serde_json::json!({ "start": 0, "end": 1 }));
    }
}

/// Endings that only data files have.
const ENDINGS: [&str; 6] = [".csv", ".tsv", ".txt", ".svm", ".libsvm", ".data"];

/// Whether a text is the name of a data file by its ending, and so no name of a problem and no formula.
///
/// ```
/// use ravine_race::is_data_file;
///
/// assert!(is_data_file("homes.CSV") && !is_data_file("rosenbrock"));
/// ```
pub fn is_data_file(text: &str) -> bool {
    let text = text.to_lowercase();
    ENDINGS.iter().any(|ending| text.ends_with(ending))
}

/// A regression on data as a problem, from all coefficients zero; `name` says where the data comes
/// from.
///
/// # Errors
///
/// A target that the loss does not take, or a bad `l2`.
///
/// ```
/// use ravine_data::{Selection, read_csv};
/// use ravine_glm::RegressionLoss;
///
/// let text = "dose,survived\n1,yes\n2,yes\n3,no\n2.5,no\n";
/// let selection = Selection { target: Some("survived".into()), ..Selection::default() };
/// let data = read_csv(text.as_bytes(), "trial.csv")?.select(&selection)?;
/// let problem = ravine_race::data_problem("trial.csv", data, RegressionLoss::Logistic, 0.1)?;
/// assert_eq!(problem.variables, ["(intercept)", "dose"]);
/// assert_eq!(problem.title, "Logistic regression of `survived` on 4 cases, l2 = 0.1");
/// assert_eq!(problem.note, "class 1 is `yes`, class 0 is `no`");
/// assert_eq!(problem.start, [0.0; 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn data_problem(
    name: &str,
    data: Dataset,
    loss: RegressionLoss,
    l2: f64,
) -> Result<Problem, ArgumentError> {
    let (target, note) = loss.target(data.target)?;
    let regression = Regression::new(data.design, target, loss, l2)?;
    Ok(regression_problem(name, regression, &data.target_name, note))
}

/// A regression as a problem, from all coefficients zero; `target` is what the target is called,
/// `note` what to say about it.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::{Regression, RegressionLoss};
///
/// let design = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
/// let line = Regression::new(design, vec![3.0, 5.0], RegressionLoss::Squares, 0.0)?;
/// let problem = ravine_race::regression_problem("line", line, "y", String::new());
/// assert_eq!(problem.title, "Least-squares regression of `y` on 2 cases");
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn regression_problem(
    name: &str,
    regression: Regression,
    target: &str,
    note: String,
) -> Problem {
    let variables = regression.design().names().to_vec();
    let (l2, cases) = (regression.l2(), FiniteSum::cases(&regression));
    let penalty = if l2 > 0.0 { format!(", l2 = {l2}") } else { String::new() };
    let kind = match regression.loss() {
        RegressionLoss::Logistic => "Logistic",
        RegressionLoss::Squares => "Least-squares",
        RegressionLoss::Poisson => "Poisson",
    };
    Problem {
        name: name.to_owned(),
        title: format!("{kind} regression of `{target}` on {cases} cases{penalty}"),
        source: "McCullagh and Nelder (1989), Generalized Linear Models".to_owned(),
        start: vec![0.0; variables.len()],
        objective: Box::new(regression),
        minima: Vec::new(),
        variables,
        window: None,
        bounds: None,
        note,
    }
}
