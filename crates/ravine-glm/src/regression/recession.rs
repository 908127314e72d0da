//! Where separated data have no minimum.

use ravine::matrix::{Cholesky, Matrix};
use ravine::objective::{Evaluation, Gradient, Hessian, Recession};

use super::Regression;
use crate::family::Family;
use crate::loss::RegressionLoss;
use crate::solve::separation::{DECIDED, change_of};

/// A direction counts as one of recession where no row changes the wrong way by more than this share of
/// the largest change.
const WRONG: f64 = 1e-6;
/// Up to so many coefficients Newton's direction is cheap.
const NEWTON: usize = 300;

impl Recession for Regression {
    /// Of separated data without penalty: the point itself where it fits every row of a logistic
    /// regression perfectly in the limit, as all points on the ray through it do; else Newton's
    /// direction, to which steps tend under separation, where no row speaks against it.
    fn recession(&self, w: &Vec<f64>) -> Evaluation<Option<Vec<f64>>> {
        let family = match self.loss {
            RegressionLoss::Logistic => Family::Binomial,
            RegressionLoss::Poisson => Family::Poisson,
            RegressionLoss::Squares => return Ok(None),
        };
        let n = w.len();
        if self.l2 > 0.0 {
            return Ok(None);
        }
        let along = |d: &[f64]| {
            let mut change = vec![0.0; self.cases.target.len()];
            self.design().multiply(d, &mut change);
            change
        };
        let recedes =
            |change: &[f64]| change_of(family, &self.cases.target, change, |_| true).wrong_share();
        let z = along(w);
        if self.loss == RegressionLoss::Logistic && recedes(&z) == Some(0.0) {
            return Ok(Some(w.clone()));
        }
        // Newton's directions say something where some row is all but decided, and in few dimensions.
        if n > NEWTON || z.iter().all(|z| z.abs() <= DECIDED) {
            return Ok(None);
        }
        let (mut gradient, mut hessian) = (vec![0.0; n], Matrix::zeros(n, n));
        self.value_and_gradient(w, &mut gradient)?;
        self.hessian(w, &mut hessian)?;
        let scales: Vec<f64> = (0..n).map(|j| hessian[(j, j)].sqrt()).collect();
        if scales.contains(&0.0) {
            return Ok(None);
        }
        let scaled = Matrix::from_fn(n, n, |i, j| hessian[(i, j)] / scales[i] / scales[j]);
        let Ok(factor) = Cholesky::new(&scaled) else { return Ok(None) };
        let mut d: Vec<f64> = gradient.iter().zip(&scales).map(|(g, s)| -g / s).collect();
        factor.solve(&mut d);
        d.iter_mut().zip(&scales).for_each(|(d, s)| *d /= s);
        let change = along(&d);
        let far = change.iter().any(|c| c.abs() > 0.5);
        Ok((far && recedes(&change).is_some_and(|wrong| wrong <= WRONG)).then_some(d))
    }
}
