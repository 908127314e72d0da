//! The surfaces people draw: functions of two variables with their minima.
//!
//! ```
//! use ravine_problems::surfaces;
//!
//! let himmelblau = surfaces::problem("himmelblau").unwrap();
//! assert_eq!(himmelblau.minima.len(), 4);
//! assert_eq!(himmelblau.objective.value(&vec![3.0, 2.0]).unwrap(), 0.0);
//! ```

mod functions;
mod minima;

#[cfg(test)]
mod tests;

use ravine::ArgumentError;
use ravine::autodiff::{Few, Function};
use ravine::objective::Supplies;

use crate::family::{Family, parameter};
use crate::gaussian;
use crate::problem::{Minimum, Problem, Window};
use crate::spec::Arguments;
use functions::{Formula, Valley};
use ravine_text::did_you_mean;

/// One surface.
pub(crate) struct Surface {
    /// The name on the command line.
    pub key: &'static str,
    /// What it is called in print.
    pub title: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// What to watch.
    note: &'static str,
    start: [f64; 2],
    window: [[f64; 2]; 2],
    formula: Formula,
    minima: fn() -> Vec<[f64; 2]>,
}

fn boxed<F: Function + 'static>(function: F) -> Box<dyn Supplies> {
    Box::new(Few(function))
}

fn none() -> Vec<[f64; 2]> {
    Vec::new()
}

/// All surfaces without parameters.
pub(crate) static SURFACES: [Surface; 17] = [
    Surface {
        key: "rosenbrock",
        title: "Rosenbrock",
        source: "H. H. Rosenbrock, The Computer Journal 3 (1960) 175-184",
        note: "A curved valley: its floor is found at once, then followed slowly by methods \
               without curvature.",
        start: [-1.2, 1.0],
        window: [[-2.0, 2.0], [-1.0, 3.0]],
        formula: Formula::Rosenbrock,
        minima: || vec![[1.0, 1.0]],
    },
    Surface {
        key: "himmelblau",
        title: "Himmelblau",
        source: "D. M. Himmelblau, Applied Nonlinear Programming, McGraw-Hill (1972)",
        note: "Four minima of the same value: where a run ends depends on its start and its first \
               steps.",
        start: [-0.5, -1.0],
        window: [[-6.0, 6.0], [-6.0, 6.0]],
        formula: Formula::Himmelblau,
        minima: minima::himmelblau,
    },
    Surface {
        key: "beale",
        title: "Beale",
        source: "E. M. L. Beale, On an Iterative Method for Finding a Local Minimum, Princeton \
                 (1958)",
        note: "Flat plateaus and steep corners: gradients differ by orders of magnitude.",
        start: [1.0, 1.0],
        window: [[-4.5, 4.5], [-4.5, 4.5]],
        formula: Formula::Beale,
        minima: || vec![[3.0, 0.5]],
    },
    Surface {
        key: "booth",
        title: "Booth",
        source: "M. Jamil, X.-S. Yang, Int. J. Math. Modelling Num. Opt. 4 (2013) 150-194",
        note: "A quadratic of condition number 9: Newton's method needs one step.",
        start: [-5.0, 8.0],
        window: [[-10.0, 10.0], [-10.0, 10.0]],
        formula: Formula::Booth,
        minima: || vec![[1.0, 3.0]],
    },
    Surface {
        key: "goldstein-price",
        title: "Goldstein and Price",
        source: "A. A. Goldstein, J. F. Price, Mathematics of Computation 25 (1971) 569-574",
        note: "Values over six orders of magnitude and four minima in crossing valleys.",
        start: [0.5, 0.5],
        window: [[-2.0, 2.0], [-2.0, 2.0]],
        formula: Formula::GoldsteinPrice,
        minima: || vec![[0.0, -1.0], [-0.6, -0.4], [1.8, 0.2], [1.2, 0.8]],
    },
    Surface {
        key: "styblinski-tang",
        title: "Styblinski and Tang",
        source: "M. A. Styblinski, T.-S. Tang, Neural Networks 3 (1990) 467-483",
        note: "Two basins in each variable, and a maximum between them where the Hessian is \
               negative definite.",
        start: [-0.5, 1.0],
        window: [[-5.0, 5.0], [-5.0, 5.0]],
        formula: Formula::StyblinskiTang,
        minima: minima::styblinski_tang,
    },
    Surface {
        key: "six-hump-camel",
        title: "Six-hump camel",
        source: "L. C. W. Dixon, G. P. Szegö, Towards Global Optimisation 2, North-Holland (1978)",
        note: "Six minima, two of them global; much of the surface has an indefinite Hessian.",
        start: [-1.0, 1.0],
        window: [[-2.1, 2.1], [-1.2, 1.2]],
        formula: Formula::SixHumpCamel,
        minima: minima::six_hump_camel,
    },
    Surface {
        key: "mccormick",
        title: "McCormick",
        source: "G. P. McCormick, Mathematical Programming 10 (1976) 147-175",
        note: "Falls without end to the lower left, with a minimum in every fold: known minima \
               are the two of the usual box.",
        start: [1.0, 1.0],
        window: [[-1.5, 4.0], [-3.0, 4.0]],
        formula: Formula::McCormick,
        minima: minima::mccormick,
    },
    Surface {
        key: "rastrigin",
        title: "Rastrigin",
        source: "L. A. Rastrigin, Systems of Extremal Control, Nauka (1974)",
        note: "A bowl with 121 dents in the window: what follows the slope ends in one of them, \
               seldom in the lowest, at the origin.",
        start: [3.4, -2.4],
        window: [[-5.12, 5.12], [-5.12, 5.12]],
        formula: Formula::Rastrigin,
        minima: minima::rastrigin,
    },
    Surface {
        key: "ackley",
        title: "Ackley",
        source: "D. H. Ackley, A Connectionist Machine for Genetic Hillclimbing, Kluwer (1987)",
        note: "The global minimum is the tip of a cone: the gradient does not fade on the way \
               there, so that no test of it holds before the very tip.",
        start: [0.4, -0.3],
        window: [[-5.0, 5.0], [-5.0, 5.0]],
        formula: Formula::Ackley,
        minima: minima::ackley,
    },
    Surface {
        key: "saddle",
        title: "Saddle between two minima",
        source: "J. Nocedal, S. J. Wright, Numerical Optimization (2006), section 3.4",
        note: "The usual start is almost on the ridge: from there Newton's method walks to the \
               saddle, methods that use negative curvature leave it.",
        start: [1.0, 1e-3],
        window: [[-2.0, 2.0], [-2.5, 2.5]],
        formula: Formula::Saddle,
        minima: || vec![[0.0, -std::f64::consts::SQRT_2], [0.0, std::f64::consts::SQRT_2]],
    },
    Surface {
        key: "plain-saddle",
        title: "Plain saddle",
        source: "x^2 - y^2",
        note: "Unbounded below: there is no minimum, and a run should say so.",
        start: [1.0, 1e-3],
        window: [[-2.0, 2.0], [-2.0, 2.0]],
        formula: Formula::PlainSaddle,
        minima: none,
    },
    Surface {
        key: "monkey-saddle",
        title: "Monkey saddle",
        source: "D. Hilbert, S. Cohn-Vossen, Anschauliche Geometrie, Springer (1932)",
        note: "Three ways down and three up, and a Hessian that vanishes between them: there \
               curvature says nothing. Unbounded below.",
        start: [1.0, 0.1],
        window: [[-2.0, 2.0], [-2.0, 2.0]],
        formula: Formula::MonkeySaddle,
        minima: none,
    },
    Surface {
        key: "freudenstein-roth",
        title: "Freudenstein and Roth",
        source: "F. Freudenstein, B. Roth, Journal of the ACM 10 (1963) 550-556",
        note: "Two minima behind a ridge: from the usual start most methods end in the higher \
               one, of value 48.98.",
        start: [0.5, -2.0],
        window: [[-4.0, 18.0], [-5.0, 6.0]],
        formula: Formula::FreudensteinRoth,
        minima: minima::freudenstein_roth,
    },
    Surface {
        key: "powell-badly-scaled",
        title: "Powell badly scaled",
        source: MGH,
        note: "The variables differ by six orders of magnitude: a step that suits one is \
               nothing, or far too much, for the other.",
        start: [0.0, 1.0],
        window: [[-5e-5, 2e-4], [-1.0, 11.0]],
        formula: Formula::PowellBadlyScaled,
        minima: || vec![[1.0981593296998221e-5, 9.106146739866485]],
    },
    Surface {
        key: "brown-badly-scaled",
        title: "Brown badly scaled",
        source: MGH,
        note: "The minimum is a million to the right of the start: steps must grow, and the \
               Hessian's condition number is 10¹² there.",
        start: [1.0, 1.0],
        window: [[-2e5, 1.3e6], [-1.0, 1.5]],
        formula: Formula::BrownBadlyScaled,
        minima: || vec![[1e6, 2e-6]],
    },
    Surface {
        key: "jennrich-sampson",
        title: "Jennrich and Sampson",
        source: "R. I. Jennrich, P. F. Sampson, Technometrics 10 (1968) 63-72",
        note: "A sum of exponentials fitted to a straight line: nothing fits, so the residuals, \
               124.36 at the minimum, stay large, and values soar to the upper right.",
        start: [0.3, 0.4],
        window: [[0.1, 0.5], [0.1, 0.5]],
        formula: Formula::JennrichSampson,
        minima: || vec![[0.2578252136703641, 0.2578252136703641]],
    },
];

/// Where the badly scaled problems are printed.
const MGH: &str = "Moré, Garbow, Hillstrom, ACM Trans. Math. Softw. 7 (1981) 17-41";

/// Functions of two variables with parameters.
pub(crate) static FAMILIES: [Family; 2] = [
    Family {
        name: "valley",
        parameters: &[
            parameter("kappa", "100", "condition number"),
            parameter("angle", "0", "degrees by which the valley is turned"),
        ],
        build: |a| valley(a.number("kappa", 100.0)?, a.number("angle", 0.0)?),
    },
    Family {
        name: "gaussian",
        parameters: &[
            parameter(
                "cases",
                "the 200 of the article",
                "number of observations drawn from a normal distribution",
            ),
            parameter("seed", "1", "seed of the draws"),
        ],
        build: |a| match (a.optional_count("cases")?, a.optional_count("seed")?) {
            (None, None) => gaussian::default_data("gaussian"),
            (cases, seed) => gaussian::drawn(cases.unwrap_or(200), seed.unwrap_or(1) as u64),
        },
    },
];

/// The function of two variables of a specification: a surface, `valley:kappa=10,angle=30` or
/// `gaussian:cases=50`. These are among what [`named`](crate::named) gives.
///
/// ```
/// use ravine_problems::surfaces;
///
/// assert_eq!(surfaces::named("beale")?.title, "Beale");
/// assert!(surfaces::named("mgh:14").is_err());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// Names what is wrong (name, parameter, value), what is nearest and what there is.
pub fn named(spec: &str) -> Result<Problem, ArgumentError> {
    let arguments = Arguments::parse(spec)?;
    if let Some(problem) = find(&arguments) {
        return problem;
    }
    let families = || FAMILIES.iter().map(|family| family.name);
    let there_are: Vec<_> = names().chain(families()).collect();
    let name = arguments.family();
    let hint = did_you_mean(name, there_are.iter().copied());
    let message = format!("there is no `{name}`{hint}; there are {}", there_are.join(", "));
    Err(ArgumentError::new("problem", message))
}

/// The surface or member of a family that the arguments name, if they name one.
pub(crate) fn find(arguments: &Arguments) -> Option<Result<Problem, ArgumentError>> {
    let name = arguments.family();
    if let Some(surface) = SURFACES.iter().find(|surface| surface.key == name) {
        return Some(arguments.expect_only(&[]).map(|()| surface.problem()));
    }
    FAMILIES.iter().find(|family| family.name == name).map(|family| family.of(arguments))
}

/// The names of the surfaces, the valley excepted.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    SURFACES.iter().map(|surface| surface.key)
}

/// The surface of that name, `None` if there is none.
pub fn problem(name: &str) -> Option<Problem> {
    SURFACES.iter().find(|surface| surface.key == name).map(Surface::problem)
}

impl Surface {
    /// The surface with its minima, the lowest first.
    pub fn problem(&self) -> Problem {
        let objective = boxed(self.formula);
        let minima = lowest_first(&*objective, (self.minima)());
        let [[left, right], [bottom, top]] = self.window;
        Problem {
            name: self.key.to_owned(),
            title: self.title.to_owned(),
            source: self.source.to_owned(),
            objective,
            start: self.start.to_vec(),
            minima,
            variables: vec!["x".to_owned(), "y".to_owned()],
            window: Some(Window { x: (left, right), y: (bottom, top) }),
            bounds: None,
            note: self.note.to_owned(),
        }
    }
}

/// Minima at points, with their values.
fn lowest_first(objective: &dyn Supplies, points: Vec<[f64; 2]>) -> Vec<Minimum> {
    let mut minima: Vec<Minimum> = points
        .into_iter()
        .filter_map(|point| {
            let point = point.to_vec();
            let value = objective.value(&point).ok()?;
            Some(Minimum { value, point: Some(point) })
        })
        .collect();
    minima.sort_by(|a, b| a.value.total_cmp(&b.value));
    minima
}

/// The valley `(kappa u^2 + v^2)/2`, with condition number `kappa`, turned by `angle` degrees: u
/// is measured along the direction of that angle.
///
/// ```
/// let valley = ravine_problems::surfaces::valley(100.0, 0.0)?;
/// assert_eq!(valley.objective.value(&vec![1.0, 1.0]).unwrap(), 50.5);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// If `kappa` is not at least 1 and finite, or the angle not finite.
pub fn valley(kappa: f64, angle: f64) -> Result<Problem, ArgumentError> {
    ArgumentError::check(kappa >= 1.0 && kappa.is_finite(), "kappa", kappa, "at least 1")?;
    ArgumentError::check(angle.is_finite(), "angle", angle, "a number of degrees")?;
    let (sine, cosine) = angle.to_radians().sin_cos();
    let turned = if angle == 0.0 { String::new() } else { format!(",angle={angle}") };
    Ok(Problem {
        name: format!("valley:kappa={kappa}{turned}"),
        title: format!("Valley of condition number {kappa}"),
        source: "J. Nocedal, S. J. Wright, Numerical Optimization (2006), section 3.3".to_owned(),
        objective: boxed(Valley { kappa, cosine, sine }),
        // On no diagonal, which methods that divide by the gradient would walk down at once.
        start: vec![-1.0, 0.7],
        minima: vec![Minimum { value: 0.0, point: Some(vec![0.0, 0.0]) }],
        variables: vec!["x".to_owned(), "y".to_owned()],
        window: Some(Window { x: (-1.5, 1.5), y: (-1.5, 1.5) }),
        bounds: None,
        note:
            "A step of gradient descent that the steep direction allows is short along the valley: \
               the number of steps grows with the condition number."
                .to_owned(),
    })
}
