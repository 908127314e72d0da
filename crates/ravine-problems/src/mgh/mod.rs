//! The 35 problems of Moré, Garbow and Hillstrom.
//!
//! Each is a sum of squares `f(x) = sum_i r_i(x)^2`, with no factor one half. The numbers are
//! those of J. J. Moré, B. S. Garbow, K. E. Hillstrom, *Testing Unconstrained Optimization
//! Software*, ACM Transactions on Mathematical Software 7 (1981) 17-41.
//!
//! ```
//! use ravine_problems::mgh;
//!
//! let wood = mgh::problem(14, None, None)?;
//! assert_eq!(wood.name, "mgh:14");
//! assert_eq!(wood.start, [-3.0, -1.0, -3.0, -1.0]);
//! assert_eq!(wood.objective.value(&wood.start).unwrap(), 19192.0);
//!
//! let watson = mgh::problem(20, Some(9), None)?;
//! assert_eq!(watson.name, "mgh:20,n=9");
//! # Ok::<(), ravine::ArgumentError>(())
//! ```

mod algebraic;
mod data;
mod define;
mod definitions;
mod fits;
mod minima;
mod sizes;
mod systems;
mod variable;

#[cfg(test)]
mod tests;

use ravine::ArgumentError;

pub(crate) use definitions::DEFINITIONS;

use crate::problem::{Minimum, Problem};

/// An entry of the collection: a problem at one of the sizes used in print.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The number in the paper, 1 to 35.
    pub number: u32,
    /// The number of variables.
    pub n: usize,
    /// The number of residuals.
    pub m: usize,
    /// The specification that gives the problem, such as `mgh:20,n=9`.
    pub name: String,
    /// What it is called in print.
    pub title: &'static str,
    /// The standard start.
    pub start: Vec<f64>,
    /// The lowest value known to be reached from the standard start, with its point where it is
    /// a single one. (Freudenstein-Roth has a lower minimum, 0 at (5, 4), on the far side of a
    /// ridge.)
    pub best: Minimum,
}

impl Entry {
    /// The standard start times `factor`; where the standard start is zero, `factor` in every
    /// variable, as in the paper.
    ///
    /// ```
    /// let watson = ravine_problems::mgh::all().into_iter().find(|e| e.number == 20).unwrap();
    /// assert_eq!(watson.scaled_start(10.0), [10.0; 6]);
    /// ```
    pub fn scaled_start(&self, factor: f64) -> Vec<f64> {
        scaled(&self.start, factor)
    }

    /// The problem.
    ///
    /// # Errors
    ///
    /// None for the entries of [`all`].
    pub fn problem(&self) -> Result<Problem, ArgumentError> {
        problem(self.number, Some(self.n), Some(self.m))
    }
}

/// The start times `factor`, or `factor` in every variable where the start is zero.
fn scaled(start: &[f64], factor: f64) -> Vec<f64> {
    if start.iter().all(|&x| x == 0.0) {
        return vec![factor; start.len()];
    }
    start.iter().map(|x| factor * x).collect()
}

/// The 42 entries: every problem, those that come in several sizes (Watson with 6, 9 and 12
/// variables, the penalty functions with 4 and 10, Chebyquad with 7 to 10) in each of them.
///
/// ```
/// let entries = ravine_problems::mgh::all();
/// assert_eq!(entries.len(), 42);
/// assert_eq!(entries[1].name, "mgh:2");
/// ```
pub fn all() -> Vec<Entry> {
    let mut entries = Vec::new();
    for definition in &DEFINITIONS {
        for &n in definition.printed {
            let m = definition.sizes.residuals(n);
            let best = definition.minima(n, m).into_iter().next();
            entries.extend(best.map(|best| Entry {
                number: definition.number,
                n,
                m,
                name: definition.name(n, m),
                title: definition.title,
                start: (definition.start)(n),
                best,
            }));
        }
    }
    entries
}

/// Problem `number` with n variables and m residuals, or the sizes of the paper.
///
/// # Errors
///
/// If there is no such number, or the problem does not come in that size.
pub fn problem(number: u32, n: Option<usize>, m: Option<usize>) -> Result<Problem, ArgumentError> {
    let Some(definition) = DEFINITIONS.iter().find(|d| d.number == number) else {
        return Err(ArgumentError::new("mgh", format!("is {number}, but must be 1 to 35")));
    };
    definition.problem(n, m)
}
