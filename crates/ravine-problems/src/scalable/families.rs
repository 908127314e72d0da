//! The names and parameters of the problems of any size.

use ravine::ArgumentError;

use crate::family::{Family, Parameter, parameter};
use crate::spec::Arguments;

/// The number of variables where none is asked for.
const N: usize = 1000;
/// The inner nodes along a side of a grid where none are asked for.
const SIDE: usize = 50;

const VARIABLES: Parameter = parameter("n", "1000", "number of variables");
const GRID: Parameter = parameter("grid", "50", "inner nodes along a side");
const SQUARE: Parameter = parameter("n", "2500", "number of variables, instead of the side");

pub(crate) static FAMILIES: [Family; 9] = [
    Family {
        name: "extended-rosenbrock",
        parameters: &[VARIABLES],
        build: |a| super::extended_rosenbrock(a.count("n", N)?),
    },
    Family {
        name: "chained-rosenbrock",
        parameters: &[VARIABLES],
        build: |a| super::chained_rosenbrock(a.count("n", N)?),
    },
    Family {
        name: "extended-powell",
        parameters: &[VARIABLES],
        build: |a| super::extended_powell(a.count("n", N)?),
    },
    Family {
        name: "broyden-tridiagonal",
        parameters: &[VARIABLES],
        build: |a| super::broyden_tridiagonal(a.count("n", N)?),
    },
    Family {
        name: "trigonometric",
        parameters: &[VARIABLES],
        build: |a| super::trigonometric(a.count("n", N)?),
    },
    Family {
        name: "minimal-surface",
        parameters: &[GRID, SQUARE],
        build: |a| super::minimal_surface(side(a)?),
    },
    Family {
        name: "bratu",
        parameters: &[GRID, SQUARE, parameter("lambda", "5", "strength of the exponential")],
        build: |a| super::bratu(side(a)?, a.number("lambda", 5.0)?),
    },
    Family { name: "obstacle", parameters: &[GRID, SQUARE], build: |a| super::obstacle(side(a)?) },
    Family {
        name: "torsion",
        parameters: &[GRID, SQUARE, parameter("load", "5", "torsion a length")],
        build: |a| super::torsion(side(a)?, a.number("load", 5.0)?),
    },
];

/// The side of the grid, from `grid` or from `n`, which must then be a square.
fn side(arguments: &Arguments) -> Result<usize, ArgumentError> {
    match (arguments.optional_count("grid")?, arguments.optional_count("n")?) {
        (Some(_), Some(_)) => Err(ArgumentError::new("n", "is given beside `grid`: give one")),
        (Some(side), None) => Ok(side),
        (None, None) => Ok(SIDE),
        (None, Some(n)) => {
            let side = n.isqrt();
            let near = format!("a square such as {} or {}", side * side, (side + 1) * (side + 1));
            ArgumentError::check(side * side == n, "n", n, &near)?;
            Ok(side)
        }
    }
}
