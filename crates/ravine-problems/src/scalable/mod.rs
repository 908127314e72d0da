//! Problems of any size, up to millions of variables, with derivatives written by hand.
//!
//! All but the trigonometric function are sums of small functions of few variables each, and have
//! sparse Hessians.
//!
//! ```
//! use ravine_problems::scalable;
//!
//! let problem = scalable::minimal_surface(30)?;
//! assert_eq!(problem.objective.dimension(), 900);
//! assert!(problem.objective.derivatives().sparse_hessian);
//! # Ok::<(), ravine::ArgumentError>(())
//! ```

mod chains;
mod elements;
mod families;
mod grids;
#[cfg(test)]
mod tests;
mod trigonometric;

use ravine::ArgumentError;
use ravine::objective::{Bounds, Supplies};

use crate::problem::{Minimum, Problem, numbered_variables};
use chains::{Broyden, Powell, Rosenbrock};
use elements::{Elements, PartiallySeparable};
pub(crate) use families::FAMILIES;
use grids::{Grid, Load, Membrane, MinimalSurface};
use trigonometric::Trigonometric;

/// The largest grid offered: a hundred million variables.
const LARGEST_SIDE: usize = 10_000;

/// `f = sum_i 100 (x_2i - x_(2i-1)^2)^2 + (1 - x_(2i-1))^2` over n/2 pairs; start
/// `(-1.2, 1, -1.2, ...)`, minimum 0 at all ones.
///
/// ```
/// let problem = ravine_problems::scalable::extended_rosenbrock(1_000_000)?;
/// let value = problem.objective.value(&problem.start).unwrap();
/// assert!((value - 24.2 * 500_000.0).abs() < 1e-6);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// If n is not even and at least 2.
pub fn extended_rosenbrock(n: usize) -> Result<Problem, ArgumentError> {
    let even = n >= 2 && n.is_multiple_of(2);
    ArgumentError::check(even, "n", n, "at least 2 and a multiple of 2")?;
    Ok(Problem {
        title: "Extended Rosenbrock".to_owned(),
        source: MGH.to_owned(),
        start: repeated(&[-1.2, 1.0], n),
        minima: vec![Minimum { value: 0.0, point: Some(vec![1.0; n]) }],
        note: "Copies of one valley: as hard as two variables for methods without a memory of \
               their own scale."
            .to_owned(),
        ..unnamed("extended-rosenbrock", n, boxed(Rosenbrock { n, stride: 2 }))
    })
}

/// `f = sum_i 100 (x_(i+1) - x_i^2)^2 + (1 - x_i)^2` over n - 1 neighbours; start
/// `(-1.2, 1, -1.2, ...)`, minimum 0 at all ones.
///
/// ```
/// let problem = ravine_problems::scalable::chained_rosenbrock(3)?;
/// assert_eq!(problem.objective.value(&vec![1.0, 1.0, 1.0]).unwrap(), 0.0);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// If n is below 2.
pub fn chained_rosenbrock(n: usize) -> Result<Problem, ArgumentError> {
    ArgumentError::check(n >= 2, "n", n, "at least 2")?;
    Ok(Problem {
        title: "Chained Rosenbrock".to_owned(),
        source: "Ph. L. Toint, Mathematics of Computation 32 (1978) 839-851".to_owned(),
        start: repeated(&[-1.2, 1.0], n),
        minima: vec![Minimum { value: 0.0, point: Some(vec![1.0; n]) }],
        note: "Each variable waits for the one after it: the number of iterations grows with n."
            .to_owned(),
        ..unnamed("chained-rosenbrock", n, boxed(Rosenbrock { n, stride: 1 }))
    })
}

/// Powell's singular function over n/4 blocks of four; start `(3, -1, 0, 1, ...)`, minimum 0 at
/// the origin, where the Hessian is singular.
///
/// ```
/// let problem = ravine_problems::scalable::extended_powell(8)?;
/// assert_eq!(problem.objective.value(&problem.start).unwrap(), 430.0);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// If n is not a positive multiple of 4.
pub fn extended_powell(n: usize) -> Result<Problem, ArgumentError> {
    let blocks = n >= 4 && n.is_multiple_of(4);
    ArgumentError::check(blocks, "n", n, "at least 4 and a multiple of 4")?;
    Ok(Problem {
        title: "Extended Powell singular".to_owned(),
        source: MGH.to_owned(),
        start: repeated(&[3.0, -1.0, 0.0, 1.0], n),
        minima: vec![Minimum { value: 0.0, point: Some(vec![0.0; n]) }],
        note: "The Hessian at the minimum is singular: Newton's method converges linearly only."
            .to_owned(),
        ..unnamed("extended-powell", n, boxed(Powell { n }))
    })
}

/// `f = sum_i ((3 - 2 x_i) x_i - x_(i-1) - 2 x_(i+1) + 1)^2` with `x_0 = x_(n+1) = 0`; start all
/// -1, minimum 0.
///
/// ```
/// let problem = ravine_problems::scalable::broyden_tridiagonal(10)?;
/// assert_eq!(problem.objective.value(&problem.start).unwrap(), 21.0);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// If n is 0.
pub fn broyden_tridiagonal(n: usize) -> Result<Problem, ArgumentError> {
    ArgumentError::check(n >= 1, "n", n, "at least 1")?;
    Ok(Problem {
        title: "Broyden tridiagonal".to_owned(),
        source: MGH.to_owned(),
        start: vec![-1.0; n],
        minima: vec![Minimum { value: 0.0, point: None }],
        note: "Well conditioned: the number of iterations hardly grows with n.".to_owned(),
        ..unnamed("broyden-tridiagonal", n, boxed(Broyden { n }))
    })
}

/// `f = sum_i (n - sum_j cos x_j + i (1 - cos x_i) - sin x_i)^2`; start all 1/n, minimum 0 at the
/// origin and elsewhere. Every variable meets every other, in O(n) for a Hessian product.
///
/// ```
/// let problem = ravine_problems::scalable::trigonometric(10)?;
/// let value = problem.objective.value(&problem.start).unwrap();
/// assert!((value - 0.0070757594662228356).abs() < 1e-15);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// If n is 0.
pub fn trigonometric(n: usize) -> Result<Problem, ArgumentError> {
    ArgumentError::check(n >= 1, "n", n, "at least 1")?;
    Ok(Problem {
        title: "Trigonometric".to_owned(),
        source: MGH.to_owned(),
        start: vec![1.0 / n as f64; n],
        minima: vec![Minimum { value: 0.0, point: Some(vec![0.0; n]) }],
        note: "Several minima, not all of value 0.".to_owned(),
        ..unnamed("trigonometric", n, Box::new(Trigonometric { n }))
    })
}

/// The surface of least area over the square `|x|, |y| < 1.2`, on a grid of `side` by `side` inner
/// nodes and two triangles a cell, with Scherk's surface `ln(cos y / cos x)` on the boundary; start
/// 0. The solution approaches Scherk's surface as the grid gets finer.
///
/// ```
/// let problem = ravine_problems::scalable::minimal_surface(20)?;
/// assert_eq!(problem.name, "minimal-surface:grid=20");
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// If the side is 0 or above 10,000.
pub fn minimal_surface(side: usize) -> Result<Problem, ArgumentError> {
    let grid = grid(side)?;
    Ok(Problem {
        name: format!("minimal-surface:grid={side}"),
        title: format!("Minimal surface on a grid of {side} by {side}"),
        source: "B. M. Averick, R. G. Carter, J. J. Moré, G.-L. Xue, The MINPACK-2 Test Problem \
                 Collection (1992)"
            .to_owned(),
        note: "Convex, and worse conditioned with every refinement: sparse Newton takes the same \
               few steps on every grid."
            .to_owned(),
        ..unnamed("", grid.dimension(), boxed(MinimalSurface { grid }))
    })
}

/// Bratu's equation `-laplace(u) = lambda e^u` on the unit square, 0 on the boundary, as the
/// stationary point of `integral |grad u|^2/2 - lambda e^u`; start 0, which leads to the lower of
/// the two solutions. There is none for `lambda` above 6.81.
///
/// ```
/// let problem = ravine_problems::scalable::bratu(20, 5.0)?;
/// assert_eq!(problem.name, "bratu:grid=20,lambda=5");
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// If the side is 0 or above 10,000, or `lambda` is not from 0 to 6.8.
pub fn bratu(side: usize, lambda: f64) -> Result<Problem, ArgumentError> {
    let grid = grid(side)?;
    ArgumentError::check((0.0..=6.8).contains(&lambda), "lambda", lambda, "from 0 to 6.8")?;
    let membrane = Membrane { grid, load: Load::Exponential(lambda) };
    Ok(Problem {
        name: format!("bratu:grid={side},lambda={lambda}"),
        title: format!("Bratu's equation on a grid of {side} by {side}"),
        source: "B. M. Averick, R. G. Carter, J. J. Moré, G.-L. Xue, The MINPACK-2 Test Problem \
                 Collection (1992)"
            .to_owned(),
        note: "A local minimum beside an abyss: the exponential wins far from it.".to_owned(),
        ..unnamed("", grid.dimension(), boxed(membrane))
    })
}

/// A membrane on the unit square over an obstacle: minimize `integral |grad u|^2/2 + u` with
/// `u >= (sin(3.2 x) sin(3.3 y))^3`, 0 on the boundary; start 0, moved above the obstacle.
///
/// ```
/// let problem = ravine_problems::scalable::obstacle(20)?;
/// assert!(problem.bounds.is_some());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// If the side is 0 or above 10,000.
pub fn obstacle(side: usize) -> Result<Problem, ArgumentError> {
    let grid = grid(side)?;
    let obstacle = |node| {
        let (x, y) = grid.position(node);
        ((3.2 * x).sin() * (3.3 * y).sin()).powi(3)
    };
    let lower: Vec<f64> = grid.nodes().map(obstacle).collect();
    let start = lower.iter().map(|&l| l.max(0.0)).collect();
    let bounds = Bounds::new(lower, vec![f64::INFINITY; grid.dimension()])?;
    let membrane = Membrane { grid, load: Load::Constant(-1.0) };
    Ok(Problem {
        bounds: Some(bounds),
        name: format!("obstacle:grid={side}"),
        title: format!("Membrane over an obstacle, grid of {side} by {side}"),
        source:
            "R. S. Dembo, U. Tulowitzki, On the Minimization of Quadratic Functions Subject to \
                 Box Constraints, Yale (1983)"
                .to_owned(),
        start,
        note: "Which variables end on the obstacle is the question; after that it is a linear \
               system."
            .to_owned(),
        ..unnamed("", grid.dimension(), boxed(membrane))
    })
}

/// Elastic-plastic torsion of a bar: minimize `integral |grad u|^2/2 - load u` on the unit square
/// with `|u|` at most the distance to the boundary; start 0.
///
/// ```
/// let problem = ravine_problems::scalable::torsion(20, 5.0)?;
/// assert_eq!(problem.name, "torsion:grid=20,load=5");
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
///
/// # Errors
///
/// If the side is 0 or above 10,000, or the load is not positive and finite.
pub fn torsion(side: usize, load: f64) -> Result<Problem, ArgumentError> {
    let grid = grid(side)?;
    ArgumentError::check(load > 0.0 && load.is_finite(), "load", load, "positive and finite")?;
    let distance = |node| {
        let (x, y) = grid.position(node);
        x.min(y).min(1.0 - x).min(1.0 - y)
    };
    let upper: Vec<f64> = grid.nodes().map(distance).collect();
    let bounds = Bounds::new(upper.iter().map(|u| -u).collect(), upper)?;
    let membrane = Membrane { grid, load: Load::Constant(load) };
    Ok(Problem {
        bounds: Some(bounds),
        name: format!("torsion:grid={side},load={load}"),
        title: format!("Elastic-plastic torsion on a grid of {side} by {side}"),
        source: "R. Glowinski, Numerical Methods for Nonlinear Variational Problems, Springer \
                 (1984)"
            .to_owned(),
        note: "The plastic region, where the bound holds, grows with the load.".to_owned(),
        ..unnamed("", grid.dimension(), boxed(membrane))
    })
}

const MGH: &str = "Moré, Garbow, Hillstrom, ACM Trans. Math. Softw. 7 (1981) 17-41";

fn boxed<const K: usize, E: Elements<K> + 'static>(elements: E) -> Box<dyn Supplies> {
    Box::new(PartiallySeparable(elements))
}

/// A problem of n variables with start 0, to be completed.
fn unnamed(family: &str, n: usize, objective: Box<dyn Supplies>) -> Problem {
    Problem {
        name: format!("{family}:n={n}"),
        title: String::new(),
        source: String::new(),
        objective,
        start: vec![0.0; n],
        minima: Vec::new(),
        variables: numbered_variables(n),
        window: None,
        bounds: None,
        note: String::new(),
    }
}

fn grid(side: usize) -> Result<Grid, ArgumentError> {
    let allowed = format!("from 1 to {LARGEST_SIDE}");
    ArgumentError::check((1..=LARGEST_SIDE).contains(&side), "grid", side, &allowed)?;
    Ok(Grid { side })
}

/// `pattern` again and again.
fn repeated(pattern: &[f64], n: usize) -> Vec<f64> {
    pattern.iter().copied().cycle().take(n).collect()
}
