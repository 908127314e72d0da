//! Problems that come with parameters.

use ravine::ArgumentError;

use crate::problem::Problem;
use crate::spec::Arguments;

/// A parameter of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The key.
    pub name: &'static str,
    /// The value where none is given, in words.
    pub default: &'static str,
    /// What it is.
    pub meaning: &'static str,
}

/// Problems of one name, by their parameters.
pub(crate) struct Family {
    pub name: &'static str,
    pub parameters: &'static [Parameter],
    pub build: fn(&Arguments) -> Result<Problem, ArgumentError>,
}

impl Family {
    /// The problem with these parameters.
    pub fn of(&self, arguments: &Arguments) -> Result<Problem, ArgumentError> {
        let keys: Vec<_> = self.parameters.iter().map(|p| p.name).collect();
        arguments.expect_only(&keys)?;
        (self.build)(arguments)
    }
}

/// A parameter in the table of the families.
pub(crate) const fn parameter(
    name: &'static str,
    default: &'static str,
    meaning: &'static str,
) -> Parameter {
    Parameter { name, default, meaning }
}
