//! What kind of stationary point a point is.

use crate::objective::{Bounds, Evaluation, Supplies};
use ravine_linalg::matrix::{Matrix, SymmetricEigen};

/// Up to so many variables a dense Hessian is cheap.
const CHEAP: usize = 300;

/// What the second derivatives say of a point where the gradient is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StationaryPoint {
    /// The Hessian is positive definite.
    Minimum,
    /// It has clearly positive and clearly negative eigenvalues.
    Saddle,
    /// It is negative definite.
    Maximum,
    /// Eigenvalues that are zero to rounding leave it open.
    Undecided,
    /// None: the function falls for ever, and its gradient vanishes on the way.
    Receding,
}

impl StationaryPoint {
    /// The kind of the point x, where the objective can tell that it falls for ever from there
    /// ([`Recession`](crate::objective::Recession)), or supplies a dense Hessian of at most 300 variables; of the
    /// variables that are strictly between their bounds. The function is evaluated once; eigenvalues are those
    /// of the Hessian with its diagonal scaled to one where it has no zero, so that their signs do not
    /// depend on units.
    ///
    /// ```
    /// use ravine::StationaryPoint;
    /// use ravine::objective::Supplies;
    ///
    /// let f = ravine::objective!(2, |x| x[0] * x[0] - 1e-12 * x[1] * x[1]);
    /// let f: &dyn Supplies = &f;
    /// let kind = StationaryPoint::at(f, &[0.0, 0.0], None)?;
    /// assert_eq!(kind, Some(StationaryPoint::Saddle));
    /// # Ok::<(), ravine::FunctionError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the objective.
    pub fn at(f: &dyn Supplies, x: &[f64], bounds: Option<&Bounds>) -> Evaluation<Option<Self>> {
        let n = x.len();
        if bounds.is_none()
            && let Some(f) = f.as_recession()
            && f.recession(&x.to_vec())?.is_some()
        {
            return Ok(Some(Self::Receding));
        }
        let Some(f) = f.as_hessian().filter(|_| n <= CHEAP) else { return Ok(None) };
        let mut hessian = Matrix::zeros(n, n);
        f.hessian(x, &mut hessian)?;
        let inside = |i: usize| bounds.is_none_or(|b| b.lower()[i] < x[i] && x[i] < b.upper()[i]);
        let free: Vec<usize> = (0..n).filter(|&i| inside(i)).collect();
        let size = |i: usize| hessian[(i, i)].abs();
        let scaled = free.iter().all(|&i| size(i) > 0.0);
        let scale = |i: usize| if scaled { size(i).sqrt() } else { 1.0 };
        let entry = |i: usize, j: usize| {
            let (i, j) = (free[i], free[j]);
            hessian[(i, j)] / scale(i) / scale(j)
        };
        let hessian = Matrix::from_fn(free.len(), free.len(), entry);
        if free.is_empty() {
            return Ok(Some(Self::Minimum));
        }
        let Ok(eigen) = SymmetricEigen::new(&hessian) else { return Ok(None) };
        let rounding = 16.0 * free.len() as f64 * f64::EPSILON * eigen.norm();
        let count = |sign: f64| eigen.values().iter().filter(|&v| sign * v > rounding).count();
        Ok(Some(match (count(1.0), count(-1.0)) {
            (up, _) if up == free.len() => Self::Minimum,
            (_, down) if down == free.len() => Self::Maximum,
            (up, down) if up > 0 && down > 0 => Self::Saddle,
            _ => Self::Undecided,
        }))
    }
}

impl StationaryPoint {
    /// The kind as one word, that of its serialization.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minimum => "minimum",
            Self::Saddle => "saddle",
            Self::Maximum => "maximum",
            Self::Undecided => "undecided",
            Self::Receding => "receding",
        }
    }
}

impl std::fmt::Display for StationaryPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Minimum => "a minimum",
            Self::Saddle => "a saddle point, not a minimum",
            Self::Maximum => "a maximum, not a minimum",
            Self::Undecided => "undecided: the Hessian is singular there",
            Self::Receding => {
                "no minimum: from there the function falls for ever, as with data that are separated"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::from_hessian;

    fn kind(f: &dyn Supplies, x: &[f64]) -> Option<StationaryPoint> {
        StationaryPoint::at(f, x, None).unwrap()
    }

    #[test]
    fn signs_decide_whatever_the_units() {
        for scale in [1e-20, 1.0, 1e20] {
            for (first, second, right) in [
                (scale, 1.0 / scale, StationaryPoint::Minimum),
                (scale, -1.0 / scale, StationaryPoint::Saddle),
                (-scale, -1.0 / scale, StationaryPoint::Maximum),
            ] {
                let f = from_hessian(
                    2,
                    |x: &[f64], g: &mut [f64]| {
                        g.copy_from_slice(&[first * x[0], second * x[1]]);
                        0.5 * (first * x[0] * x[0] + second * x[1] * x[1])
                    },
                    |_: &[f64], h: &mut Matrix| {
                        h.fill(0.0);
                        (h[(0, 0)], h[(1, 1)]) = (first, second);
                    },
                );
                assert_eq!(kind(&f, &[0.0; 2]), Some(right), "{scale}");
            }
        }
        let f = crate::objective!(2, |x| (x[0] - x[1]).powi(2));
        assert_eq!(kind(&f, &[1.0; 2]), Some(StationaryPoint::Undecided));
        let f = crate::objective!(1, |x| x[0].powi(4));
        assert_eq!(kind(&f, &[0.0]), Some(StationaryPoint::Undecided));
    }

    #[test]
    fn variables_at_bounds_do_not_count() {
        let f = crate::objective!(2, |x| x[0] * x[0] - x[1]);
        let bounds = Bounds::new(vec![-1.0, 0.0], vec![1.0, 2.0]).unwrap();
        let at = StationaryPoint::at(&f, &[0.0, 2.0], Some(&bounds)).unwrap();
        assert_eq!(at, Some(StationaryPoint::Minimum));
    }
}
