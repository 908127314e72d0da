//! A finite sum whose arithmetic is noisy: logistic regression in single precision.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::objective::{Evaluation, Gradient, Hessian, HessianProduct, Objective, Supplies};
use ravine::random::Random;

use crate::problem::{Problem, numbered_variables};

/// The mean logistic loss over N cases with a penalty, all of it in single precision:
///
/// `f(w) = 1/N sum_i ln(1 + exp(-y_i x_i'w)) + l2/2 |w|^2`, `l2 = 1e-3`.
///
/// Inputs are standard normal, signs y drawn with the probabilities of a hidden w. Sums of thousands
/// of terms of 24 bits carry noise of about `1e-7`: values, gradients and Hessian products that are
/// those of a smooth function only to that accuracy, as from a graphics processor.
///
/// ```
/// use ravine::diagnose::diagnose;
///
/// let problem = ravine_problems::named("single-precision")?;
/// let diagnosis = diagnose(problem.objective.as_ref(), &problem.start).unwrap();
/// assert!(diagnosis.noise.unwrap().is_noisy());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SinglePrecision {
    n: usize,
    /// A row a case, each multiplied by its sign.
    signed: Vec<f32>,
}

const L2: f32 = 1e-3;

impl SinglePrecision {
    /// `cases` drawn for `n` variables.
    ///
    /// # Errors
    ///
    /// No variable or no case.
    pub fn draw(n: usize, cases: usize, seed: u64) -> Result<Self, ArgumentError> {
        ArgumentError::check(n > 0, "n", n, "at least 1")?;
        ArgumentError::check(cases > 0, "cases", cases, "at least 1")?;
        let mut random = Random::new(seed);
        let hidden: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let mut signed = Vec::with_capacity(n * cases);
        for _ in 0..cases {
            let row: Vec<f64> = (0..n).map(|_| random.normal()).collect();
            let score: f64 = row.iter().zip(&hidden).map(|(x, w)| x * w).sum();
            let sign = if random.uniform() < 1.0 / (1.0 + (-score).exp()) { 1.0 } else { -1.0 };
            signed.extend(row.iter().map(|x| (sign * x) as f32));
        }
        Ok(Self { n, signed })
    }

    fn rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.signed.chunks_exact(self.n)
    }

    fn share(&self) -> f32 {
        self.n as f32 / self.signed.len() as f32
    }
}

fn single(x: &[f64]) -> Vec<f32> {
    x.iter().map(|x| *x as f32).collect()
}

fn dot(x: &[f32], y: &[f32]) -> f32 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// `ln(1 + exp(-t))`.
fn loss(t: f32) -> f32 {
    (-t.abs()).exp().ln_1p() + (-t).max(0.0)
}

/// `1 / (1 + exp(t))`, which is minus the derivative of the loss.
fn tail(t: f32) -> f32 {
    1.0 / (1.0 + t.exp())
}

impl Objective for SinglePrecision {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.n
    }

    fn value(&self, w: &Vec<f64>) -> Evaluation<f64> {
        let w = single(w);
        let sum: f32 = self.rows().map(|row| loss(dot(row, &w))).sum();
        Ok(f64::from(self.share() * sum + 0.5 * L2 * dot(&w, &w)))
    }
}

impl Gradient for SinglePrecision {
    fn value_and_gradient(&self, w: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let w = single(w);
        let mut g = vec![0.0f32; self.n];
        let mut sum = 0.0;
        for row in self.rows() {
            let t = dot(row, &w);
            sum += loss(t);
            let slope = tail(t);
            g.iter_mut().zip(row).for_each(|(g, x)| *g -= slope * x);
        }
        for ((gradient, g), w) in gradient.iter_mut().zip(&g).zip(&w) {
            *gradient = f64::from(self.share() * g + L2 * w);
        }
        Ok(f64::from(self.share() * sum + 0.5 * L2 * dot(&w, &w)))
    }
}

impl HessianProduct for SinglePrecision {
    fn hessian_product(&self, w: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        let (w, d) = (single(w), single(d));
        let mut hd = vec![0.0f32; self.n];
        for row in self.rows() {
            let p = tail(dot(row, &w));
            let weight = p * (1.0 - p) * dot(row, &d);
            hd.iter_mut().zip(row).for_each(|(h, x)| *h += weight * x);
        }
        for ((product, hd), d) in product.iter_mut().zip(&hd).zip(&d) {
            *product = f64::from(self.share() * hd + L2 * d);
        }
        Ok(())
    }
}

impl Hessian for SinglePrecision {
    fn hessian(&self, w: &[f64], hessian: &mut Matrix) -> Evaluation {
        let (n, w) = (self.n, single(w));
        let mut h = vec![0.0f32; n * n];
        for row in self.rows() {
            let p = tail(dot(row, &w));
            let weight = p * (1.0 - p);
            for (column, x) in h.chunks_exact_mut(n).zip(row) {
                let scaled = weight * x;
                column.iter_mut().zip(row).for_each(|(h, x)| *h += scaled * x);
            }
        }
        for (j, column) in h.chunks_exact(n).enumerate() {
            for (i, h) in column.iter().enumerate() {
                let penalty = if i == j { L2 } else { 0.0 };
                hessian[(i, j)] = f64::from(self.share() * h + penalty);
            }
        }
        Ok(())
    }
}

impl Supplies for SinglePrecision {
    ravine::supplies!(gradient, hessian_product, hessian);
}

/// The problem, from the origin.
pub(crate) fn problem(n: usize, cases: usize, seed: u64) -> Result<Problem, ArgumentError> {
    Ok(Problem {
        name: format!("single-precision:n={n},cases={cases},seed={seed}"),
        title: format!("Logistic regression in single precision, {cases} cases"),
        source: "J. J. Moré, S. M. Wild, Estimating Computational Noise (2011), for the noise"
            .to_owned(),
        objective: Box::new(SinglePrecision::draw(n, cases, seed)?),
        start: vec![0.0; n],
        minima: Vec::new(),
        variables: numbered_variables(n),
        window: None,
        bounds: None,
        note: "Its rounding is noise of about 1e-7: no method brings the gradient far below 1e-6."
            .to_owned(),
    })
}
