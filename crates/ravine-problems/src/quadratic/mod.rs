//! Quadratics `f(x) = x'Ax/2` whose spectrum is chosen.
//!
//! ```
//! use ravine_problems::quadratic::{Quadratic, Rotation, Spectrum};
//!
//! let quadratic = Quadratic {
//!     n: 1000,
//!     kappa: 1e6,
//!     spectrum: Spectrum::Clustered,
//!     rotation: Rotation::Random,
//!     seed: 1,
//! };
//! let problem = quadratic.problem()?;
//! assert_eq!(problem.name, "quadratic:n=1000,kappa=1000000,spectrum=clustered,rotation=yes,seed=1");
//! assert_eq!(problem.minima[0].value, 0.0);
//! # Ok::<(), ravine::ArgumentError>(())
//! ```

mod dense;
mod rotated;

#[cfg(test)]
mod tests;

pub use dense::DenseQuadratic;
pub use rotated::RotatedQuadratic;

use ravine::ArgumentError;

use crate::problem::{Minimum, Problem, numbered_variables};

/// Dense Hessians are offered up to this many variables.
pub(crate) const DENSE_LIMIT: usize = 5000;

/// A quadratic `x'Ax/2`, `A = Q diag(eigenvalues) Q'`, by its spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quadratic {
    /// The number of variables. Default 100.
    pub n: usize,
    /// The condition number: the eigenvalues run from 1 to `kappa`. Default `1e4`.
    pub kappa: f64,
    /// How they are spread. Default [`Spectrum::Log`].
    pub spectrum: Spectrum,
    /// Whether the eigenvectors are the axes. Default [`Rotation::None`].
    pub rotation: Rotation,
    /// The seed of the rotation. Default 1.
    pub seed: u64,
}

impl Default for Quadratic {
    fn default() -> Self {
        Self { n: 100, kappa: 1e4, spectrum: Spectrum::Log, rotation: Rotation::None, seed: 1 }
    }
}

/// How n eigenvalues are spread from 1 to `kappa`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spectrum {
    /// Equally spaced logarithms.
    Log,
    /// Equally spaced.
    Linear,
    /// Five clusters with equally spaced logarithms, each with a relative width of `1e-3`.
    Clustered,
    /// Half of them 1, half `kappa`.
    TwoPoint,
}

impl Spectrum {
    /// All of them, with their names.
    pub const ALL: [(&'static str, Self); 4] = [
        ("log", Self::Log),
        ("linear", Self::Linear),
        ("clustered", Self::Clustered),
        ("two-point", Self::TwoPoint),
    ];

    /// The n eigenvalues, ascending, the first 1 and the last `kappa` (where n > 1).
    ///
    /// ```
    /// use ravine_problems::quadratic::Spectrum;
    ///
    /// assert_eq!(Spectrum::Linear.eigenvalues(3, 9.0), [1.0, 5.0, 9.0]);
    /// assert_eq!(Spectrum::TwoPoint.eigenvalues(4, 9.0), [1.0, 1.0, 9.0, 9.0]);
    /// ```
    pub fn eigenvalues(self, n: usize, kappa: f64) -> Vec<f64> {
        if n < 2 {
            return vec![1.0; n];
        }
        let position = |i: usize| i as f64 / (n - 1) as f64;
        let mut eigenvalues: Vec<f64> = match self {
            Self::Log => (0..n).map(|i| kappa.powf(position(i))).collect(),
            Self::Linear => (0..n).map(|i| 1.0 + (kappa - 1.0) * position(i)).collect(),
            Self::Clustered => (0..n).map(|i| clustered(position(i), kappa)).collect(),
            Self::TwoPoint => (0..n).map(|i| if 2 * i < n { 1.0 } else { kappa }).collect(),
        };
        eigenvalues[0] = 1.0;
        eigenvalues[n - 1] = kappa;
        eigenvalues
    }
}

/// The eigenvalue at a position from 0 to 1 among five clusters.
fn clustered(position: f64, kappa: f64) -> f64 {
    let cluster = (5.0 * position).floor().min(4.0);
    let within = 5.0 * position - cluster;
    let center = kappa.powf(cluster / 4.0);
    // The first cluster lies above 1, the others up to their centers: none leaves [1, kappa].
    let shift = if cluster == 0.0 { within } else { within - 1.0 };
    (center * (1.0 + 1e-3 * shift)).clamp(1.0, kappa)
}

/// The eigenvectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The axes.
    None,
    /// The columns of a product of `min(n, 32)` random Householder reflections.
    Random,
}

impl Quadratic {
    /// The problem: start all ones, minimum 0 at the origin.
    ///
    /// # Errors
    ///
    /// If there is no variable, or `kappa` is not at least 1 and finite.
    pub fn problem(&self) -> Result<Problem, ArgumentError> {
        let Self { n, kappa, spectrum, rotation, seed } = *self;
        ArgumentError::check(n > 0, "n", n, "at least 1")?;
        ArgumentError::check(kappa >= 1.0 && kappa.is_finite(), "kappa", kappa, "at least 1")?;
        let spelled = Spectrum::ALL.iter().find(|(_, s)| *s == spectrum).map_or("log", |s| s.0);
        let mut name = format!("quadratic:n={n},kappa={kappa},spectrum={spelled}");
        if rotation == Rotation::Random {
            name += &format!(",rotation=yes,seed={seed}");
        }
        let eigenvalues = spectrum.eigenvalues(n, kappa);
        let objective = match rotation {
            Rotation::None => RotatedQuadratic::diagonal(eigenvalues),
            Rotation::Random => RotatedQuadratic::random(eigenvalues, seed),
        };
        Ok(Problem {
            name,
            title: format!("Quadratic, {n} variables, condition number {kappa}"),
            source: "J. Nocedal, S. J. Wright, Numerical Optimization (2006), chapter 5".to_owned(),
            objective: Box::new(objective),
            start: vec![1.0; n],
            minima: vec![Minimum { value: 0.0, point: Some(vec![0.0; n]) }],
            variables: numbered_variables(n),
            window: None,
            bounds: None,
            note: "In exact arithmetic, linear conjugate gradients end after as many steps as there are \
                   distinct eigenvalues; rounding makes it more."
                .to_owned(),
        })
    }
}
