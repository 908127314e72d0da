//! Newton's step of a quadratic model that is known with errors.

use ravine_linalg::matrix::{Cholesky, Matrix};

/// Models of more variables are not asked for: they take `n^2` values.
pub(crate) const MOST_VARIABLES: usize = 40;

/// What a quadratic model of the function says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Newton {
    /// The step to its minimizer; of one that has none, the step that a shift of its curvature leaves.
    pub step: Vec<f64>,
    /// What is left to gain, as far as the errors of the model let it be more; infinite where they leave open
    /// whether it has a minimizer.
    pub most: f64,
}

/// A quadratic model `g'd + d'Hd / 2` in some variables, and the errors of its entries.
pub(crate) struct Known {
    pub gradient: Vec<f64>,
    pub gradient_errors: Vec<f64>,
    pub hessian: Matrix,
    pub hessian_errors: Matrix,
}

/// The first shift that is tried of a matrix with a diagonal of ones, and by how much the next ones grow.
const SHIFT: f64 = 1e-3;
const GROWTH: f64 = 4.0;

impl Newton {
    /// Of a model of all n variables, of which those of `free` may move. `None` where it is no model: of entries
    /// that are not finite, or of which nothing is known.
    ///
    /// With `S H S`, S such that its diagonal is one, and e the Frobenius norm of the errors of its entries, all
    /// Hessians that the errors allow are at least `S H S - e I`.
    pub fn new(known: &Known, free: &[usize]) -> Option<Self> {
        let Known { gradient, gradient_errors, hessian, hessian_errors } = known;
        let m = free.len();
        let units: Vec<f64> = free
            .iter()
            .map(|&i| hessian[(i, i)].abs().max(hessian_errors[(i, i)]).sqrt().recip())
            .collect();
        let scaled =
            |a: &Matrix| Matrix::from_fn(m, m, |k, l| a[(free[k], free[l])] * units[k] * units[l]);
        let (curvature, errors) = (scaled(hessian), scaled(hessian_errors));
        let error = (0..m)
            .flat_map(|k| (0..m).map(move |l| (k, l)))
            .fold(0.0f64, |norm, at| norm.hypot(errors[at]));
        let slopes: Vec<f64> =
            free.iter().zip(&units).map(|(&i, unit)| gradient[i] * unit).collect();
        if !error.is_finite() || slopes.iter().any(|slope| !slope.is_finite()) {
            return None;
        }
        let mut factor = Cholesky::default();
        let most = if factor.refactor(&curvature, -error).is_ok() {
            let mut farther: Vec<f64> = (0..m)
                .map(|k| slopes[k] + (gradient_errors[free[k]] * units[k]).copysign(slopes[k]))
                .collect();
            factor.solve_lower(&mut farther);
            0.5 * farther.iter().map(|v| v * v).sum::<f64>()
        } else {
            f64::INFINITY
        };
        let mut shift = 0.0;
        while factor.refactor(&curvature, shift).is_err() {
            shift = SHIFT.max(GROWTH * shift);
            if shift > 1e3 * m as f64 {
                return None;
            }
        }
        let mut scaled_step = slopes;
        factor.solve(&mut scaled_step);
        let mut step = vec![0.0; gradient.len()];
        for (k, &i) in free.iter().enumerate() {
            step[i] = -scaled_step[k] * units[k];
        }
        Some(Self { step, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(gradient: [f64; 2], hessian: [[f64; 2]; 2], error: f64) -> Known {
        Known {
            gradient: gradient.to_vec(),
            gradient_errors: vec![error; 2],
            hessian: Matrix::from_rows(&hessian),
            hessian_errors: Matrix::from_rows(&[[error; 2]; 2]),
        }
    }

    #[test]
    fn the_step_and_what_it_gains_in_any_units() {
        // H^-1 g = (1, 2), g' H^-1 g / 2 = 9.
        for unit in [1e-60, 1.0, 1e60] {
            let model = known([4.0, 7.0 * unit], [[2.0, unit], [unit, 3.0 * unit * unit]], 0.0);
            let Newton { step, most } = Newton::new(&model, &[0, 1]).unwrap();
            assert!((step[0] + 1.0).abs() < 1e-14 && (step[1] * unit + 2.0).abs() < 1e-14);
            assert!((most - 9.0).abs() < 1e-13, "{most}");
        }
    }

    #[test]
    fn a_variable_that_is_held_stays() {
        let Newton { step, most } =
            Newton::new(&known([4.0, 7.0], [[2.0, 1.0], [1.0, 3.0]], 0.0), &[1]).unwrap();
        assert!(step[0] == 0.0 && (step[1] + 7.0 / 3.0).abs() < 1e-15);
        assert!((most - 49.0 / 6.0).abs() < 1e-14);
        assert_eq!(Newton::new(&known([1.0; 2], [[1.0; 2]; 2], 0.0), &[]).unwrap().most, 0.0);
    }

    #[test]
    fn errors_leave_more_to_gain_or_anything() {
        // Eigenvalues 2 and 0.02 of a matrix with a diagonal of ones.
        let valley = |error| {
            let model = known([0.0, 1e-3], [[1.01, 0.99], [0.99, 1.01]], error);
            Newton::new(&model, &[0, 1]).unwrap().most
        };
        let exact = 0.5e-6 * 1.01 / (1.01 * 1.01 - 0.99 * 0.99);
        assert!((valley(0.0) / exact - 1.0).abs() < 1e-12);
        assert!(valley(1e-3) > exact && valley(1e-3).is_finite());
        assert_eq!(valley(0.02), f64::INFINITY);
    }

    #[test]
    fn away_from_a_saddle_it_goes_down() {
        let model = known([0.1, 1.0], [[-1.0, 0.0], [0.0, 1.0]], 0.0);
        let Newton { step, most } = Newton::new(&model, &[0, 1]).unwrap();
        assert!(step[0] < 0.0 && step[1] < 0.0 && most == f64::INFINITY);
    }

    #[test]
    fn what_is_no_model_gives_none() {
        assert_eq!(Newton::new(&known([1.0; 2], [[0.0; 2]; 2], 0.0), &[0, 1]), None);
        assert_eq!(
            Newton::new(&known([f64::NAN; 2], [[1.0, 0.0], [0.0, 1.0]], 0.0), &[0, 1]),
            None
        );
        assert_eq!(
            Newton::new(&known([1.0; 2], [[1.0, f64::NAN], [f64::NAN, 1.0]], 0.0), &[0, 1]),
            None
        );
    }
}
