//! What the first two derivatives of a function of two variables say at a point: for pictures.
//!
//! ```
//! use ravine_race::plane::{LocalModel, Shape};
//!
//! let saddle = ravine_problems::named("plain-saddle")?;
//! let model = LocalModel::at(&*saddle.objective, [1.0, 0.0])?;
//! assert_eq!(model.hessian, [2.0, 0.0, -2.0]);
//! assert_eq!(model.shape(), Shape::Saddle);
//! # Ok::<(), ravine::minimize::Error>(())
//! ```

mod iterations;

#[cfg(test)]
mod tests;

pub use iterations::{CgIterate, PowerIterate};

use ravine::ArgumentError;
use ravine::matrix::{Lblt, Matrix, SymmetricEigen};
use ravine::minimize::Error;
use ravine::objective::Supplies;

/// Value, gradient and Hessian at a point: the quadratic model
/// `m(d) = f + g'd + d'Hd/2`, and its axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalModel {
    /// The point.
    pub point: [f64; 2],
    /// `f`.
    pub value: f64,
    /// `g`.
    pub gradient: [f64; 2],
    /// The entries xx, xy and yy of H.
    pub hessian: [f64; 3],
    /// The eigenvalues of H, the larger first.
    pub eigenvalues: [f64; 2],
    /// Their eigenvectors, of length 1.
    pub eigenvectors: [[f64; 2]; 2],
    /// The entries xx, xy and yy of the Fisher information, where the objective has one.
    pub fisher: Option<[f64; 3]>,
}

/// What the signs of the eigenvalues say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Both positive: the model has a minimum, its level sets are ellipses.
    Bowl,
    /// Both negative: it has a maximum.
    Dome,
    /// Of both signs: its level sets are hyperbolas.
    Saddle,
    /// One of them is zero on the scale of the other.
    Flat,
}

/// An eigenvalue counts as zero up to this share of the largest.
const NEGLIGIBLE: f64 = 1e-12;

impl LocalModel {
    /// Evaluates everything at `point`. What is not finite there is NaN or infinite here.
    ///
    /// # Errors
    ///
    /// If the objective is not one of two variables with a Hessian, or fails.
    pub fn at(objective: &dyn Supplies, point: [f64; 2]) -> Result<Self, Error> {
        let n = objective.dimension();
        ArgumentError::check(n == 2, "objective", format!("of {n} variables"), "of two")?;
        let (at, mut slopes) = (point.to_vec(), vec![0.0; 2]);
        let Some(twice) = objective.as_hessian() else {
            let error = ArgumentError::new("objective", "has no Hessian, but must have one");
            return Err(error.into());
        };
        let value = twice.value_and_gradient(&at, &mut slopes).map_err(Error::Objective)?;
        let gradient = [slopes[0], slopes[1]];
        let mut matrix = Matrix::zeros(2, 2);
        twice.hessian(&point, &mut matrix).map_err(Error::Objective)?;
        let hessian = entries(&matrix);
        let (eigenvalues, eigenvectors) = match SymmetricEigen::new(&matrix) {
            Ok(eigen) => {
                let (values, vectors) = (eigen.values(), eigen.vectors());
                let axis = |j: usize| [vectors[(0, j)], vectors[(1, j)]];
                ([values[1], values[0]], [axis(1), axis(0)])
            }
            Err(_) => ([f64::NAN; 2], [[f64::NAN; 2]; 2]),
        };
        let fisher = match objective.as_fisher() {
            Some(likelihood) => {
                likelihood.fisher(&point, &mut matrix).map_err(Error::Objective)?;
                Some(entries(&matrix))
            }
            None => None,
        };
        Ok(Self { point, value, gradient, hessian, eigenvalues, eigenvectors, fisher })
    }

    /// The change of the model along `d`: `g'd + d'Hd/2`.
    pub fn change(&self, d: [f64; 2]) -> f64 {
        let [gx, gy] = self.gradient;
        let [hx, hy] = self.hessian_times(d);
        gx * d[0] + gy * d[1] + 0.5 * (d[0] * hx + d[1] * hy)
    }

    /// The model at the point `(x, y)`.
    pub fn value_at(&self, x: f64, y: f64) -> f64 {
        self.value + self.change([x - self.point[0], y - self.point[1]])
    }

    /// `H d`.
    pub fn hessian_times(&self, d: [f64; 2]) -> [f64; 2] {
        let [xx, xy, yy] = self.hessian;
        [xx * d[0] + xy * d[1], xy * d[0] + yy * d[1]]
    }

    /// The condition number `max |lambda| / min |lambda|` of H; infinite where H is singular.
    pub fn condition_number(&self) -> f64 {
        let [a, b] = self.eigenvalues.map(f64::abs);
        if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) / a.min(b) }
    }

    /// What the signs of the eigenvalues say; [`Shape::Flat`] where they are not finite, too.
    pub fn shape(&self) -> Shape {
        let [larger, smaller] = self.eigenvalues;
        let zero = NEGLIGIBLE * larger.abs().max(smaller.abs());
        if smaller > zero {
            Shape::Bowl
        } else if larger < -zero {
            Shape::Dome
        } else if larger > zero && smaller < -zero {
            Shape::Saddle
        } else {
            Shape::Flat
        }
    }

    /// Newton's step with damping, `-(H + damping I)^-1 g`: Newton's own at 0, and along the negative
    /// gradient, ever shorter, as the damping grows. `None` where the matrix is singular.
    pub fn damped_step(&self, damping: f64) -> Option<[f64; 2]> {
        let [xx, xy, yy] = self.hessian;
        let matrix = Matrix::from_rows(&[[xx + damping, xy], [xy, yy + damping]]);
        let mut step = self.gradient.map(|g| -g);
        Lblt::new(&matrix).ok()?.solve(&mut step);
        step.iter().all(|s| s.is_finite()).then_some(step)
    }

    /// At most `count` dampings with their [steps](Self::damped_step): 0, where H is not singular,
    /// and then above the least that makes `H + damping I` positive definite, by a thousandth to a thousand
    /// times the largest absolute eigenvalue, where the step is the gradient's to three digits.
    ///
    /// ```
    /// use ravine_race::plane::LocalModel;
    ///
    /// let valley = ravine_problems::named("valley:kappa=100")?;
    /// let path = LocalModel::at(&*valley.objective, [1.0, 1.0])?.damped_path(50);
    /// assert_eq!(path[0], (0.0, [-1.0, -1.0]));
    /// let (_, [dx, dy]) = path[49];
    /// assert!((dx / dy - 100.0).abs() < 0.2);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn damped_path(&self, count: usize) -> Vec<(f64, [f64; 2])> {
        let [larger, smaller] = self.eigenvalues;
        let scale = larger.abs().max(smaller.abs());
        if !scale.is_finite() {
            return Vec::new();
        }
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let least = (-smaller).max(0.0);
        let growth = 1e6f64.powf(1.0 / count.saturating_sub(2).max(1) as f64);
        (0..count)
            .map(|k| match k {
                0 => 0.0,
                _ => least + 1e-3 * scale * growth.powi(k as i32 - 1),
            })
            .filter_map(|damping| Some((damping, self.damped_step(damping)?)))
            .collect()
    }
}

/// xx, xy and yy.
fn entries(matrix: &Matrix) -> [f64; 3] {
    [matrix[(0, 0)], matrix[(1, 0)], matrix[(1, 1)]]
}
