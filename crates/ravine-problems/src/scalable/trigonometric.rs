//! The trigonometric function of any size.

use ravine::matrix::Matrix;
use ravine::objective::{Evaluation, Gradient, Hessian, HessianProduct, Objective, Supplies};

use crate::quadratic::DENSE_LIMIT;

/// Problem 26 of Moré, Garbow and Hillstrom in O(n): `f = sum_i r_i^2` with
/// `r_i = sum_j (1 - cos x_j) + i (1 - cos x_i) - sin x_i`.
///
/// Every variable is in every residual, so the Hessian is dense; but its Jacobian is a diagonal
/// plus a matrix of rank one, and products cost O(n).
#[derive(Clone, Copy, Debug)]
pub(super) struct Trigonometric {
    pub n: usize,
}

impl Trigonometric {
    /// `sum_j (1 - cos x_j)`, without cancellation.
    fn common(x: &[f64]) -> f64 {
        x.iter().map(|&x| one_minus_cosine(x)).sum()
    }

    /// The residuals with all that their derivatives need, one after the other.
    fn terms(x: &[f64]) -> impl Iterator<Item = Term> {
        let common = Self::common(x);
        x.iter().enumerate().map(move |(i, &x)| {
            let (weight, (sine, cosine)) = ((i + 1) as f64, x.sin_cos());
            Term {
                residual: common + weight * one_minus_cosine(x) - sine,
                slope: weight * sine - cosine,
                bend: weight * cosine + sine,
                sine,
                cosine,
            }
        })
    }
}

/// `1 - cos x`.
fn one_minus_cosine(x: f64) -> f64 {
    let sine = (0.5 * x).sin();
    2.0 * sine * sine
}

/// Residual i and its derivatives by `x_i` beyond those of the common sum.
struct Term {
    residual: f64,
    slope: f64,
    bend: f64,
    sine: f64,
    cosine: f64,
}

impl Objective for Trigonometric {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.n
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        Ok(Self::terms(x).map(|term| term.residual * term.residual).sum())
    }
}

impl Gradient for Trigonometric {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let (mut value, mut sum) = (0.0, 0.0);
        for (g, term) in gradient.iter_mut().zip(Self::terms(x)) {
            *g = 2.0 * term.residual * term.slope;
            value += term.residual * term.residual;
            sum += term.residual;
        }
        for (g, &x) in gradient.iter_mut().zip(x) {
            *g += 2.0 * sum * x.sin();
        }
        Ok(value)
    }
}

impl HessianProduct for Trigonometric {
    /// `2 J'J d + 2 sum_i r_i (d^2 r_i / dx^2) d` with `J = diag(slope) + 1 sin(x)'`.
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        let along: f64 = x.iter().zip(d).map(|(x, d)| x.sin() * d).sum();
        let (mut residuals, mut images) = (0.0, 0.0);
        for ((p, &d), term) in product.iter_mut().zip(d).zip(Self::terms(x)) {
            let image = term.slope * d + along;
            *p = 2.0 * (term.slope * image + term.residual * term.bend * d);
            residuals += term.residual;
            images += image;
        }
        for ((p, &d), &x) in product.iter_mut().zip(d).zip(x) {
            *p += 2.0 * (x.sin() * images + residuals * x.cos() * d);
        }
        Ok(())
    }
}

impl Hessian for Trigonometric {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        let terms: Vec<Term> = Self::terms(x).collect();
        let residuals: f64 = terms.iter().map(|term| term.residual).sum();
        let n = self.n as f64;
        for (j, b) in terms.iter().enumerate() {
            for (h, a) in hessian.column_mut(j).iter_mut().zip(&terms) {
                *h = 2.0 * (a.slope * b.sine + a.sine * b.slope + n * a.sine * b.sine);
            }
            let own = b.slope * b.slope + b.residual * b.bend + residuals * b.cosine;
            hessian[(j, j)] += 2.0 * own;
        }
        Ok(())
    }
}

impl Supplies for Trigonometric {
    ravine::supplies!(gradient, hessian_product, hessian if |f: &Self| f.n <= DENSE_LIMIT);
}
