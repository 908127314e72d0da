//! The problems of nonlinear regression of the Statistical Reference Datasets of NIST: data, two
//! starts, certified parameters and standard deviations.
//!
//! Source: National Institute of Standards and Technology, Statistical Reference Datasets, Nonlinear
//! regression, <https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml>. The files are as
//! published; the formulas are theirs in our notation.

use std::path::Path;

use ravine::autodiff::AutodiffResiduals;
use ravine::fit::{Fit, Scale};
use ravine::matrix::Matrix;
use ravine::methods::named;
use ravine::objective::{Counts, Residuals};
use ravine::{Bounds, Conditions, Status, Stopping};
use ravine_problems::{Curve, Expression};

const GAUSS: &str = "b1*exp(-b2*x) + b3*exp(-(x-b4)^2/b5^2) + b6*exp(-(x-b7)^2/b8^2)";
const LANCZOS: &str = "b1*exp(-b2*x) + b3*exp(-b4*x) + b5*exp(-b6*x)";

/// The names, lower difficulty first, then average, then higher, and the formulas.
pub const PROBLEMS: [(&str, &str, &str); 27] = [
    ("Misra1a", "lower", "b1*(1-exp(-b2*x))"),
    ("Chwirut2", "lower", "exp(-b1*x)/(b2+b3*x)"),
    ("Chwirut1", "lower", "exp(-b1*x)/(b2+b3*x)"),
    ("Lanczos3", "lower", LANCZOS),
    ("Gauss1", "lower", GAUSS),
    ("Gauss2", "lower", GAUSS),
    ("DanWood", "lower", "b1*x^b2"),
    ("Misra1b", "lower", "b1*(1-(1+b2*x/2)^(-2))"),
    ("Kirby2", "average", "(b1+b2*x+b3*x^2)/(1+b4*x+b5*x^2)"),
    ("Hahn1", "average", "(b1+b2*x+b3*x^2+b4*x^3)/(1+b5*x+b6*x^2+b7*x^3)"),
    ("Nelson", "average", "b1-b2*x1*exp(-b3*x2)"),
    ("MGH17", "average", "b1+b2*exp(-x*b4)+b3*exp(-x*b5)"),
    ("Lanczos1", "average", LANCZOS),
    ("Lanczos2", "average", LANCZOS),
    ("Gauss3", "average", GAUSS),
    ("Misra1c", "average", "b1*(1-(1+2*b2*x)^(-0.5))"),
    ("Misra1d", "average", "b1*b2*x*(1+b2*x)^(-1)"),
    ("Roszman1", "average", "b1-b2*x-atan(b3/(x-b4))/pi"),
    (
        "ENSO",
        "average",
        "b1+b2*cos(2*pi*x/12)+b3*sin(2*pi*x/12)+b5*cos(2*pi*x/b4)+b6*sin(2*pi*x/b4)\
         +b8*cos(2*pi*x/b7)+b9*sin(2*pi*x/b7)",
    ),
    ("MGH09", "higher", "b1*(x^2+x*b2)/(x^2+x*b3+b4)"),
    ("Thurber", "higher", "(b1+b2*x+b3*x^2+b4*x^3)/(1+b5*x+b6*x^2+b7*x^3)"),
    ("BoxBOD", "higher", "b1*(1-exp(-b2*x))"),
    ("Rat42", "higher", "b1/(1+exp(b2-b3*x))"),
    ("MGH10", "higher", "b1*exp(b2/(x+b3))"),
    ("Eckerle4", "higher", "(b1/b2)*exp(-0.5*((x-b3)/b2)^2)"),
    ("Rat43", "higher", "b1/(1+exp(b2-b3*x))^(1/b4)"),
    ("Bennett5", "higher", "b1*(b2+x)^(-1/b3)"),
];

/// A problem with what is certified of it.
pub struct Reference {
    pub curve: Curve,
    pub starts: [Vec<f64>; 2],
    pub parameters: Vec<f64>,
    /// Of the parameters.
    pub deviations: Vec<f64>,
}

/// Reads a problem's file.
pub fn read(name: &str, formula: &str) -> Reference {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/nist");
    let text = std::fs::read_to_string(folder.join(format!("{name}.dat"))).unwrap();
    let number = |word: &str| word.parse::<f64>().unwrap_or_else(|_| panic!("{name}: {word}"));
    let rows: Vec<Vec<f64>> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        // Other lines have an equals sign, too: `(y = volume)`.
        .filter(|(name, _)| name.trim().strip_prefix('b').is_some_and(|k| k.parse::<u8>().is_ok()))
        .map(|(_, numbers)| numbers.split_whitespace().map(number).collect())
        .collect();
    let column = |k: usize| rows.iter().map(|row| row[k]).collect::<Vec<f64>>();
    // The last line that begins so: the one before says what the columns are.
    let (_, data) = text.rsplit_once("\nData:").unwrap();
    let (head, data) = data.split_once('\n').unwrap();
    let names: Vec<&str> = head.split_whitespace().collect();
    let data: Vec<Vec<f64>> = data
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.split_whitespace().map(number).collect())
        .collect();
    let variable = |k: usize| data.iter().map(|row| row[k]).collect::<Vec<f64>>();
    let columns: Vec<(&str, Vec<f64>)> =
        (1..names.len()).map(|k| (names[k], variable(k))).collect();
    let columns: Vec<(&str, &[f64])> = columns.iter().map(|(n, c)| (*n, c.as_slice())).collect();
    let mut target = variable(0);
    if name == "Nelson" {
        target.iter_mut().for_each(|y| *y = y.ln());
    }
    let expression = Expression::parse(formula).unwrap();
    Reference {
        curve: Curve::new(&expression, &columns, &target, None).unwrap(),
        starts: [column(0), column(1)],
        parameters: column(2),
        deviations: column(3),
    }
}

/// How many digits of the numbers are those certified, at least: `-log10` of the largest relative error,
/// at most 11, which are given.
pub fn digits(found: &[f64], certified: &[f64]) -> f64 {
    let error = |(x, c): (&f64, &f64)| ((x - c) / c).abs();
    let worst = found.iter().zip(certified).map(error).fold(1e-11, |a: f64, b| {
        // A NaN is no digit.
        if b <= a { a } else { b }
    });
    if worst.is_nan() { 0.0 } else { (-worst.log10()).max(0.0) }
}

/// How well a method found what is certified.
#[derive(Debug)]
#[allow(dead_code, reason = "the table shows other parts than the tests look at")]
pub struct Found {
    /// Digits of the parameters, and of their standard errors.
    pub parameters: f64,
    pub errors: f64,
    pub evaluations: Counts,
    pub status: Status,
}

/// Fits a problem from one of its starts.
pub fn fit(reference: &Reference, start: usize, method: &str, bounds: Option<Bounds>) -> Found {
    let objective = AutodiffResiduals::new(reference.curve.clone());
    let x0 = &reference.starts[start];
    let conditions = Conditions { bounds, ..Conditions::from(Stopping::default()) };
    let entry = named(method).unwrap();
    let mut run = entry.start(&serde_json::Value::Null, &objective, x0, conditions).unwrap();
    while run.step().is_none() {}
    let outcome = run.outcome();
    let m = reference.curve.target().len();
    let (mut r, mut j) = (vec![0.0; m], Matrix::zeros(m, x0.len()));
    objective.residuals_and_jacobian(&outcome.x, &mut r, &mut j).unwrap();
    let statistics = Fit::new(&outcome.x, &r, &j, Scale::Estimated).unwrap();
    Found {
        parameters: digits(&outcome.x, &reference.parameters),
        errors: digits(&statistics.standard_errors(), &reference.deviations),
        evaluations: outcome.evaluations,
        status: outcome.status,
    }
}
