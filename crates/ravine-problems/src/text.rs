//! Problems as they are typed: a name or a formula.

use ravine::ArgumentError;

use crate::{Expression, ExpressionError, Problem, named};

/// What a text stands for.
///
/// ```
/// use ravine_problems::ProblemText;
///
/// let name = ProblemText::read("six-hump-camel")?;
/// assert_eq!(name, ProblemText::Name("six-hump-camel"));
/// let formula = ProblemText::read("a - 4b + (a b)^2")?;
/// let problem = formula.problem(Some(vec![1.0, 2.0]))?;
/// assert_eq!(problem.variables, ["a", "b"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum ProblemText<'t> {
    /// A specification that [`named`] takes.
    Name(&'t str),
    /// A formula.
    Formula(Expression),
}

impl<'t> ProblemText<'t> {
    /// A word, perhaps with settings after a colon, is a name; anything else is a formula. Words of
    /// one or two letters without settings are variables, so that `x-y` is a formula.
    ///
    /// # Errors
    ///
    /// A formula with a mistake: at which character, and why.
    pub fn read(text: &'t str) -> Result<Self, ExpressionError> {
        if looks_like_a_name(text) {
            return Ok(Self::Name(text));
        }
        Expression::parse(text).map(Self::Formula)
    }

    /// The problem, from `start` where one is given; a formula without one from where the library
    /// thinks fit: see [`Expression::into_problem`].
    ///
    /// # Errors
    ///
    /// A name that is not known (the nearest is suggested), or a start that does not fit.
    pub fn problem(self, start: Option<Vec<f64>>) -> Result<Problem, ArgumentError> {
        let mut problem = match self {
            Self::Formula(expression) => return expression.into_problem(start),
            Self::Name(spec) => named(spec)?,
        };
        if let Some(start) = start {
            let (given, n) = (start.len(), problem.start.len());
            if given != n {
                let message = format!("has {given} entries, but the problem has {n} variables");
                return Err(ArgumentError::new("start", message));
            }
            problem.start = start;
        }
        Ok(problem)
    }
}

/// A word, perhaps with settings after a colon.
fn looks_like_a_name(text: &str) -> bool {
    let word = text.split(':').next().unwrap_or_default();
    let letters = word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    // `x-y` is a formula, `six-hump-camel` a name.
    let long = word.split('-').any(|part| part.len() > 2);
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && letters && (long || text.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_names_and_the_rest_is_a_formula() {
        for name in ["rosenbrock", "mgh:14", "six-hump-camel", "quadratic:n=3", "nothing-like-it"] {
            assert_eq!(ProblemText::read(name), Ok(ProblemText::Name(name)));
        }
        for formula in ["x-y", "x^2", "xy", "2x", "exp(x)", "x1-x2", "(x)"] {
            let read = ProblemText::read(formula).unwrap();
            assert!(matches!(read, ProblemText::Formula(_)), "{formula}");
        }
        assert_eq!(ProblemText::read("x^2+").unwrap_err().position(), 4);
    }

    #[test]
    fn every_name_in_the_catalogue_is_a_name() {
        for listing in crate::all() {
            let read = ProblemText::read(&listing.name).unwrap();
            assert_eq!(read, ProblemText::Name(&listing.name));
        }
    }

    #[test]
    fn starts_are_taken_or_refused() {
        let start = |text: &str, start: Vec<f64>| {
            ProblemText::read(text).unwrap().problem(Some(start)).map(|p| p.start)
        };
        assert_eq!(start("booth", vec![0.5, 2.0]).unwrap(), [0.5, 2.0]);
        assert_eq!(start("x^2+y", vec![0.5, 2.0]).unwrap(), [0.5, 2.0]);
        let refused = |text| start(text, vec![0.5]).unwrap_err().to_string();
        assert_eq!(refused("booth"), "start: has 1 entries, but the problem has 2 variables");
        assert!(refused("x^2+y").starts_with("start: has 1 entries"), "{}", refused("x^2+y"));
    }
}
