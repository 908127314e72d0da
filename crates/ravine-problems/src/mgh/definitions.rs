//! The table of the problems: sizes, starts, minima.

use ravine::ArgumentError;
use ravine::autodiff::AutodiffResiduals;
use ravine::objective::Supplies;

use super::algebraic::Algebraic;
use super::define::{Formula, Sized};
use super::fits::Fit;
use super::minima::NUMERICAL;
use super::sizes::{ANY, Residuals, Sizes, Variables};
use super::systems::System;
use super::variable::Variable;
use crate::family::{Parameter, parameter};
use crate::problem::{Minimum, Problem, numbered_variables};
use crate::spec::Arguments;

const SOURCE: &str = "Moré, Garbow, Hillstrom, ACM Trans. Math. Softw. 7 (1981) 17-41";

/// One problem of the collection.
pub(crate) struct Definition {
    /// The number in the paper.
    pub number: u32,
    /// The name on the command line.
    pub key: &'static str,
    /// What it is called in print.
    pub title: &'static str,
    /// The sizes it comes in.
    pub sizes: Sizes,
    /// The numbers of variables used in print.
    pub printed: &'static [usize],
    /// The standard start.
    pub start: fn(usize) -> Vec<f64>,
    /// The function with n variables and m residuals.
    objective: fn(usize, usize) -> Box<dyn Supplies>,
    /// Minima in closed form.
    closed: fn(usize, usize) -> Vec<Minimum>,
}

fn boxed<F: Formula + 'static>(
    formula: F,
    variables: usize,
    residuals: usize,
) -> Box<dyn Supplies> {
    Box::new(AutodiffResiduals::new(Sized { formula, variables, residuals }))
}

/// An entry of the table.
macro_rules! definition {
    ($number:literal, $key:literal, $title:literal, $kind:ident :: $formula:ident, $sizes:expr, $printed:expr,
     start: $start:expr, minima: $closed:expr) => {
        Definition {
            number: $number,
            key: $key,
            title: $title,
            sizes: $sizes,
            printed: &$printed,
            start: $start,
            objective: |n, m| boxed($kind::$formula, n, m),
            closed: $closed,
        }
    };
}

/// A minimum at a point.
fn at(value: f64, point: Vec<f64>) -> Vec<Minimum> {
    vec![Minimum { value, point: Some(point) }]
}

/// A minimum that is not a single point, or whose point is not known.
fn somewhere(value: f64) -> Vec<Minimum> {
    vec![Minimum { value, point: None }]
}

/// No closed form.
fn numerical(_: usize, _: usize) -> Vec<Minimum> {
    Vec::new()
}

/// `pattern` again and again.
fn repeated(pattern: &[f64], n: usize) -> Vec<f64> {
    pattern.iter().copied().cycle().take(n).collect()
}

/// `t_j (t_j - 1)` with `t_j = j / (n + 1)`.
fn parabola(n: usize) -> Vec<f64> {
    let square = ((n + 1) as f64).powi(2);
    (1..=n).map(|j| -(j as f64) * (n + 1 - j) as f64 / square).collect()
}

/// `j / (n + 1)`.
fn equally_spaced(n: usize) -> Vec<f64> {
    (1..=n).map(|j| j as f64 / (n + 1) as f64).collect()
}

/// The parameters that made the data; and, with 13 observations, the fit by two exponentials
/// where three are allowed: `x_1 = x_5`, and only the sum of `x_3` and `x_6` is determined.
fn biggs_exp6(_: usize, m: usize) -> Vec<Minimum> {
    let mut minima = at(0.0, vec![1.0, 10.0, 1.0, 5.0, 4.0, 3.0]);
    if m == 13 {
        minima.extend(somewhere(0.005655649925499946));
    }
    minima
}

const WATSON: Sizes = Sizes {
    n: 6,
    variables: Variables::Range { least: 2, most: 31, multiple: 1 },
    residuals: Residuals::Fixed(31),
};

/// All problems, by number.
#[rustfmt::skip]
pub(crate) static DEFINITIONS: [Definition; 35] = [
    definition!(1, "rosenbrock", "Rosenbrock", Algebraic::Rosenbrock, Sizes::fixed(2, 2), [2],
        start: |_| vec![-1.2, 1.0], minima: |_, _| at(0.0, vec![1.0, 1.0])),
    definition!(2, "freudenstein-roth", "Freudenstein and Roth", Algebraic::FreudensteinRoth,
        Sizes::fixed(2, 2), [2],
        start: |_| vec![0.5, -2.0], minima: |_, _| at(0.0, vec![5.0, 4.0])),
    definition!(3, "powell-badly-scaled", "Powell badly scaled", Algebraic::PowellBadlyScaled,
        Sizes::fixed(2, 2), [2],
        start: |_| vec![0.0, 1.0], minima: numerical),
    definition!(4, "brown-badly-scaled", "Brown badly scaled", Algebraic::BrownBadlyScaled,
        Sizes::fixed(2, 3), [2],
        start: |_| vec![1.0, 1.0], minima: |_, _| at(0.0, vec![1e6, 2e-6])),
    definition!(5, "beale", "Beale", Algebraic::Beale, Sizes::fixed(2, 3), [2],
        start: |_| vec![1.0, 1.0], minima: |_, _| at(0.0, vec![3.0, 0.5])),
    definition!(6, "jennrich-sampson", "Jennrich and Sampson", Fit::JennrichSampson,
        Sizes::observations(2, 10, 2, ANY), [2],
        start: |_| vec![0.3, 0.4], minima: numerical),
    definition!(7, "helical-valley", "Helical valley", Algebraic::HelicalValley,
        Sizes::fixed(3, 3), [3],
        start: |_| vec![-1.0, 0.0, 0.0], minima: |_, _| at(0.0, vec![1.0, 0.0, 0.0])),
    definition!(8, "bard", "Bard", Fit::Bard, Sizes::fixed(3, 15), [3],
        start: |_| vec![1.0, 1.0, 1.0], minima: numerical),
    definition!(9, "gaussian", "Gaussian", Fit::Gaussian, Sizes::fixed(3, 15), [3],
        start: |_| vec![0.4, 1.0, 0.0], minima: numerical),
    definition!(10, "meyer", "Meyer", Fit::Meyer, Sizes::fixed(3, 16), [3],
        start: |_| vec![0.02, 4000.0, 250.0], minima: numerical),
    definition!(11, "gulf", "Gulf research and development", Fit::Gulf,
        Sizes::observations(3, 99, 3, 100), [3],
        start: |_| vec![5.0, 2.5, 0.15], minima: |_, _| at(0.0, vec![50.0, 25.0, 1.5])),
    definition!(12, "box", "Box three-dimensional", Fit::Box3,
        Sizes::observations(3, 10, 3, ANY), [3],
        start: |_| vec![0.0, 10.0, 20.0], minima: |_, _| at(0.0, vec![1.0, 10.0, 1.0])),
    definition!(13, "powell-singular", "Powell singular", Algebraic::PowellSingular,
        Sizes::fixed(4, 4), [4],
        start: |_| vec![3.0, -1.0, 0.0, 1.0], minima: |_, _| at(0.0, vec![0.0; 4])),
    definition!(14, "wood", "Wood", Algebraic::Wood, Sizes::fixed(4, 6), [4],
        start: |_| vec![-3.0, -1.0, -3.0, -1.0], minima: |_, _| at(0.0, vec![1.0; 4])),
    definition!(15, "kowalik-osborne", "Kowalik and Osborne", Fit::KowalikOsborne,
        Sizes::fixed(4, 11), [4],
        start: |_| vec![0.25, 0.39, 0.415, 0.39], minima: numerical),
    definition!(16, "brown-dennis", "Brown and Dennis", Fit::BrownDennis,
        Sizes::observations(4, 20, 4, ANY), [4],
        start: |_| vec![25.0, 5.0, -5.0, -1.0], minima: numerical),
    definition!(17, "osborne-1", "Osborne 1", Fit::Osborne1, Sizes::fixed(5, 33), [5],
        start: |_| vec![0.5, 1.5, -1.0, 0.01, 0.02], minima: numerical),
    definition!(18, "biggs-exp6", "Biggs EXP6", Fit::BiggsExp6,
        Sizes::observations(6, 13, 6, ANY), [6],
        start: |_| vec![1.0, 2.0, 1.0, 1.0, 1.0, 1.0],
        minima: biggs_exp6),
    definition!(19, "osborne-2", "Osborne 2", Fit::Osborne2, Sizes::fixed(11, 65), [11],
        start: |_| vec![1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5],
        minima: numerical),
    definition!(20, "watson", "Watson", Variable::Watson, WATSON, [6, 9, 12],
        start: |n| vec![0.0; n], minima: numerical),
    definition!(21, "extended-rosenbrock", "Extended Rosenbrock", Variable::ExtendedRosenbrock,
        Sizes::variable(10, 2, 2, 1, 0), [10],
        start: |n| repeated(&[-1.2, 1.0], n), minima: |n, _| at(0.0, vec![1.0; n])),
    definition!(22, "extended-powell", "Extended Powell singular", Variable::ExtendedPowell,
        Sizes::variable(12, 4, 4, 1, 0), [12],
        start: |n| repeated(&[3.0, -1.0, 0.0, 1.0], n), minima: |n, _| at(0.0, vec![0.0; n])),
    definition!(23, "penalty-1", "Penalty I", Variable::PenaltyI,
        Sizes::variable(4, 1, 1, 1, 1), [4, 10],
        start: |n| (1..=n).map(|j| j as f64).collect(), minima: numerical),
    definition!(24, "penalty-2", "Penalty II", Variable::PenaltyII,
        Sizes::variable(4, 1, 1, 2, 0), [4, 10],
        start: |n| vec![0.5; n], minima: numerical),
    definition!(25, "variably-dimensioned", "Variably dimensioned", Variable::VariablyDimensioned,
        Sizes::variable(10, 1, 1, 1, 2), [10],
        start: |n| (1..=n).map(|j| 1.0 - j as f64 / n as f64).collect(),
        minima: |n, _| at(0.0, vec![1.0; n])),
    definition!(26, "trigonometric", "Trigonometric", Variable::Trigonometric,
        Sizes::variable(10, 1, 1, 1, 0), [10],
        start: |n| vec![1.0 / n as f64; n], minima: numerical),
    definition!(27, "brown-almost-linear", "Brown almost linear", Variable::BrownAlmostLinear,
        Sizes::variable(10, 2, 1, 1, 0), [10],
        start: |n| vec![0.5; n], minima: |n, _| at(0.0, vec![1.0; n])),
    definition!(28, "discrete-boundary-value", "Discrete boundary value",
        System::DiscreteBoundaryValue, Sizes::variable(10, 1, 1, 1, 0), [10],
        start: parabola, minima: |_, _| somewhere(0.0)),
    definition!(29, "discrete-integral", "Discrete integral equation", System::DiscreteIntegral,
        Sizes::variable(10, 1, 1, 1, 0), [10],
        start: parabola, minima: |_, _| somewhere(0.0)),
    definition!(30, "broyden-tridiagonal", "Broyden tridiagonal", System::BroydenTridiagonal,
        Sizes::variable(10, 1, 1, 1, 0), [10],
        start: |n| vec![-1.0; n], minima: |_, _| somewhere(0.0)),
    definition!(31, "broyden-banded", "Broyden banded", System::BroydenBanded,
        Sizes::variable(10, 1, 1, 1, 0), [10],
        start: |n| vec![-1.0; n], minima: |_, _| somewhere(0.0)),
    definition!(32, "linear-full-rank", "Linear function, full rank", System::LinearFullRank,
        Sizes::both(10, 1, 2), [10],
        start: |n| vec![1.0; n], minima: |n, m| at((m - n) as f64, vec![-1.0; n])),
    definition!(33, "linear-rank-1", "Linear function, rank 1", System::LinearRankOne,
        Sizes::both(10, 1, 2), [10],
        start: |n| vec![1.0; n],
        minima: |_, m| somewhere((m * (m - 1)) as f64 / (2 * (2 * m + 1)) as f64)),
    definition!(34, "linear-rank-1-zero", "Linear function, rank 1, zero columns and rows",
        System::LinearRankOneZero, Sizes::both(10, 3, 2), [10],
        start: |n| vec![1.0; n],
        minima: |_, m| somewhere((m * m + 3 * m - 6) as f64 / (2 * (2 * m - 3)) as f64)),
    definition!(35, "chebyquad", "Chebyquad", System::Chebyquad,
        Sizes::both(7, 1, 1), [7, 8, 9, 10],
        start: equally_spaced, minima: numerical),
];

impl Definition {
    /// The specification that gives the problem in this size.
    pub fn name(&self, n: usize, m: usize) -> String {
        let mut name = format!("mgh:{}", self.number);
        if n != self.sizes.n {
            name += &format!(",n={n}");
        }
        if m != self.sizes.residuals(n) {
            name += &format!(",m={m}");
        }
        name
    }

    /// The parameters that can be chosen.
    pub fn parameters(&self) -> Vec<Parameter> {
        let n = parameter("n", "that of the paper", "number of variables");
        let m = parameter("m", "that of the paper", "number of residuals");
        let (n_is_free, m_is_free) = self.sizes.free();
        n_is_free.then_some(n).into_iter().chain(m_is_free.then_some(m)).collect()
    }

    /// The problem with the sizes given by `n=` and `m=`.
    pub fn specified(&self, arguments: &Arguments) -> Result<Problem, ArgumentError> {
        arguments.expect_only(&["n", "m"])?;
        self.problem(arguments.optional_count("n")?, arguments.optional_count("m")?)
    }

    /// The known minima, that of the reference first, where any is known.
    pub fn minima(&self, n: usize, m: usize) -> Vec<Minimum> {
        let fits = |k: &&super::minima::Known| (k.number, k.n, k.m) == (self.number, n, m);
        let numerical = NUMERICAL.iter().filter(fits);
        let mut minima: Vec<_> =
            numerical.map(|k| Minimum { value: k.value, point: Some(k.point.to_vec()) }).collect();
        for minimum in (self.closed)(n, m) {
            let known = minima.iter().any(|m: &Minimum| (m.value - minimum.value).abs() < 1e-12);
            if !known {
                minima.push(minimum);
            }
        }
        minima
    }

    /// The problem with n variables and m residuals, or the sizes of the paper.
    pub fn problem(&self, n: Option<usize>, m: Option<usize>) -> Result<Problem, ArgumentError> {
        let (n, m) = self.sizes.choose(n, m)?;
        let mut minima = self.minima(n, m);
        minima.sort_by(|a, b| a.value.total_cmp(&b.value));
        Ok(Problem {
            name: self.name(n, m),
            title: self.title.to_owned(),
            source: SOURCE.to_owned(),
            objective: (self.objective)(n, m),
            start: (self.start)(n),
            minima,
            variables: numbered_variables(n),
            window: None,
            bounds: None,
            note: String::new(),
        })
    }
}
