//! Functions that a user types: `(1-x)^2 + 100*(y-x^2)^2`.
//!
//! # Notation
//!
//! - Numbers: `2`, `0.5`, `.5`, `1e-3`. Constants: `pi`, `e`. Every other name is a variable.
//! - `+`, `-`, `*`, `/`, and `^`, `**` or raised digits, as in `x²`, for powers. As in mathematics, powers bind strongest and
//!   group to the right (`2^3^2` is `2^9`, `-x^2` is `-(x^2)`, `2^-x` is allowed), then products
//!   and quotients, then sums, both from the left.
//! - A product may be written without a sign where that is clear: `2x`, `3(x+1)`, `(x+1)(y-1)`,
//!   `2 sin(x)`, `x y`. Not after a division: is `1/2x` a half of x? And not before a number.
//! - Functions of one argument: `exp`, `expm1`, `ln` or `log`, `log1p`, `log2`, `log10`, `sqrt`,
//!   `abs`, `sin`, `cos`, `tan`, `asin`, `acos`, `atan`, `sinh`, `cosh`, `tanh`, `sigmoid`,
//!   `softplus`; of two: `pow(x, y)`, `atan2(y, x)`; of one or more: `min`, `max`, `logsumexp`.
//!
//! # Order of the variables
//!
//! The variables are sorted, whatever order they appear in: by letters, and by number where names
//! differ in a number only, so `x, y` and `x1, x2, ..., x10`.

mod curve;
mod error;
mod lexer;
mod parser;
mod program;

pub use curve::Curve;
pub use error::ExpressionError;

use ravine::ArgumentError;
use ravine::autodiff::{Autodiff, Few, Function, LeftOperand, Real};
use ravine::objective::{Gradient, Supplies};

use crate::problem::Problem;
use program::Program;

/// A parsed expression: a function of its variables, with exact derivatives.
///
/// # Example
///
/// ```
/// use ravine_problems::Expression;
///
/// let expression = Expression::parse("100*(y - x^2)^2 + (1 - x)^2")?;
/// assert_eq!(expression.variables(), ["x", "y"]);
/// assert_eq!(expression.value(&vec![-1.2, 1.0]), 24.199999999999996);
///
/// let error = Expression::parse("sin(x) + )").unwrap_err();
/// assert_eq!(error.position(), 9);
/// assert_eq!(error.to_string(), "\
/// expected a number, a variable, a function or `(`, not `)`, at character 10:
///   sin(x) + )
///            ^");
/// # Ok::<(), ravine_problems::ExpressionError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    source: String,
    variables: Vec<String>,
    program: Program,
}

impl Expression {
    /// Reads an expression in the notation of this [module](self).
    ///
    /// # Errors
    ///
    /// Where the text is not an expression: at which character, and why. Nesting deeper than 256
    /// levels is refused.
    pub fn parse(source: &str) -> Result<Self, ExpressionError> {
        let (program, variables) = parser::parse(source)?;
        Ok(Self { source: source.trim().to_owned(), variables, program })
    }

    /// The text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names of the variables, in order.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// `f(x)`, with `x` in the order of [`variables`](Self::variables).
    ///
    /// # Panics
    ///
    /// If `x` is shorter than there are variables.
    pub fn value(&self, x: &[f64]) -> f64 {
        self.evaluate(x)
    }

    /// The expression as a problem, with the given start.
    ///
    /// Without one it starts at `(-1.2, 1, -1.2, ...)`, or else where all variables are 0.5, 1 or
    /// 2: the first of these where value and gradient are finite and the gradient is not 0.
    ///
    /// ```
    /// use ravine_problems::Expression;
    ///
    /// let problem = Expression::parse("(a - 1)^4 + b^2")?.into_problem(Some(vec![0.0, 3.0]))?;
    /// assert_eq!(problem.variables, ["a", "b"]);
    /// assert_eq!(problem.objective.value(&problem.start).unwrap(), 10.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there are no variables, the start has another number of entries, or none is given and
    /// none of the usual ones will do.
    pub fn into_problem(self, start: Option<Vec<f64>>) -> Result<Problem, ArgumentError> {
        let objective = Autodiff::new(self.clone());
        self.problem(Box::new(objective), start)
    }

    /// [`into_problem`](Self::into_problem) of two variables, which carries derivatives forward.
    ///
    /// # Errors
    ///
    /// If there are not two variables, or as there.
    ///
    /// ```
    /// use ravine_problems::Expression;
    ///
    /// let problem = Expression::parse("(a - 1)^4 + b^2")?.into_surface(None)?;
    /// assert_eq!(problem.start, [-1.2, 1.0]);
    /// let error = Expression::parse("x^2")?.into_surface(None).unwrap_err();
    /// assert_eq!(error.to_string(), "expression: is \"a function of x\", but must be one of two variables");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_surface(self, start: Option<Vec<f64>>) -> Result<Problem, ArgumentError> {
        let n = self.variables.len();
        let of = format!("a function of {}", self.variables.join(", "));
        ArgumentError::check(n == 2, "expression", of, "one of two variables")?;
        let objective = Few(self.clone());
        self.problem(Box::new(objective), start)
    }

    fn problem(
        self,
        objective: Box<dyn Supplies>,
        start: Option<Vec<f64>>,
    ) -> Result<Problem, ArgumentError> {
        let Self { source, variables, .. } = self;
        let n = variables.len();
        if n == 0 {
            let message = format!("`{}` has no variables", shortened(&source));
            return Err(ArgumentError::new("expression", message));
        }
        let start = match start {
            Some(start) if start.len() == n => start,
            Some(start) => {
                let message = format!(
                    "has {} entries, but the expression has {n} variables: {}",
                    start.len(),
                    shortened(&variables.join(", "))
                );
                return Err(ArgumentError::new("start", message));
            }
            None => objective.as_gradient().and_then(usual_start).ok_or_else(|| {
                let message = "must be given: the function is not finite or its gradient is zero \
                               at the usual ones";
                ArgumentError::new("start", message)
            })?,
        };
        Ok(Problem {
            title: shortened(&source),
            name: source,
            source: "an expression".to_owned(),
            objective,
            start,
            minima: Vec::new(),
            variables,
            window: None,
            bounds: None,
            note: String::new(),
        })
    }
}

impl Function for Expression {
    fn dimension(&self) -> usize {
        self.variables.len()
    }

    fn evaluate<R: Real>(&self, x: &[R]) -> R
    where
        f64: LeftOperand<R>,
    {
        self.program.evaluate(x)
    }
}

/// The first usual start where there is something to do.
fn usual_start(objective: &dyn Gradient<Point = Vec<f64>>) -> Option<Vec<f64>> {
    let n = objective.dimension();
    let alternating = (0..n).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
    let mut gradient = vec![0.0; n];
    [alternating, vec![0.5; n], vec![1.0; n], vec![2.0; n]].into_iter().find(|x| {
        let value = objective.value_and_gradient(x, &mut gradient);
        value.is_ok_and(f64::is_finite)
            && gradient.iter().all(|g| g.is_finite())
            && gradient.iter().any(|g| *g != 0.0)
    })
}

/// The text, cut where it is long.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
