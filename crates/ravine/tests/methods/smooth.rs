//! Smooth functions in single precision.

use ravine::objective::{Evaluation, Gradient, HessianProduct, Objective};

/// The number of variables.
pub const N: usize = 10;

/// A smooth function whose arithmetic is all in single precision, as on a device: value, gradient and
/// Hessian product.
#[derive(Clone, Copy, Debug)]
pub enum Smooth {
    /// `sum w (cosh(x - c) - 1)`: the least value is zero.
    Cosh,
    /// `100 + sum w (x - c)^2 / 2`, w from 1 to 1000: values are large beside what is left to gain.
    Quadratic,
    /// `log sum exp` with a weight decay: a least value that is neither zero nor large.
    LogSumExp,
    /// The valley of Rosenbrock, in pairs.
    Valley,
}

/// All of them.
pub const ALL: [Smooth; 4] = [Smooth::Cosh, Smooth::Quadratic, Smooth::LogSumExp, Smooth::Valley];

impl Smooth {
    /// Where runs begin.
    pub fn start(self) -> Vec<f32> {
        match self {
            Self::Valley => (0..N).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect(),
            _ => (0..N).map(|i| 1.0 + 0.1 * i as f32).collect(),
        }
    }

    /// The norm of the gradient that rounding of values, variables and gradients leaves to a good
    /// method: some roundings of the largest terms of the gradient near the minimizer.
    pub fn reachable(self) -> f64 {
        let terms = match self {
            Self::Cosh => 10.0,
            Self::Quadratic => 1000.0,
            Self::LogSumExp => 1.0,
            Self::Valley => 800.0,
        };
        16.0 * terms * f64::from(f32::EPSILON)
    }
}

/// Where the variables of a separable function are at its minimum.
pub fn centre(i: usize) -> f32 {
    0.3 * ((1 + i) as f32).sqrt()
}

fn weight(i: usize) -> f32 {
    10f32.powf(i as f32 / 3.0)
}

impl Objective for Smooth {
    type Point = Vec<f32>;

    fn dimension(&self) -> usize {
        N
    }

    fn value(&self, x: &Vec<f32>) -> Evaluation<f64> {
        self.value_and_gradient(x, &mut vec![0.0; N])
    }
}

impl Gradient for Smooth {
    fn value_and_gradient(&self, x: &Vec<f32>, g: &mut Vec<f32>) -> Evaluation<f64> {
        let mut sum = 0.0f32;
        match self {
            Self::Cosh => {
                for i in 0..N {
                    let (w, t) = ((1 + i) as f32, x[i] - centre(i));
                    sum += w * (t.cosh() - 1.0);
                    g[i] = w * t.sinh();
                }
            }
            Self::Quadratic => {
                sum = 100.0;
                for i in 0..N {
                    let t = x[i] - centre(i);
                    sum += 0.5 * weight(i) * t * t;
                    g[i] = weight(i) * t;
                }
            }
            Self::LogSumExp => {
                let exponentials: Vec<f32> = (0..N).map(|i| (x[i] - centre(i)).exp()).collect();
                let all: f32 = exponentials.iter().sum();
                sum = all.ln() + 0.05 * x.iter().map(|x| x * x).sum::<f32>();
                for i in 0..N {
                    g[i] = exponentials[i] / all + 0.1 * x[i];
                }
            }
            Self::Valley => {
                for i in (0..N).step_by(2) {
                    let (u, v) = (1.0 - x[i], x[i + 1] - x[i] * x[i]);
                    sum += u * u + 100.0 * v * v;
                    g[i] = -2.0 * u - 400.0 * x[i] * v;
                    g[i + 1] = 200.0 * v;
                }
            }
        }
        Ok(f64::from(sum))
    }
}

impl HessianProduct for Smooth {
    fn hessian_product(&self, x: &Vec<f32>, d: &Vec<f32>, p: &mut Vec<f32>) -> Evaluation {
        match self {
            Self::Cosh => {
                for i in 0..N {
                    p[i] = (1 + i) as f32 * (x[i] - centre(i)).cosh() * d[i];
                }
            }
            Self::Quadratic => {
                for i in 0..N {
                    p[i] = weight(i) * d[i];
                }
            }
            Self::LogSumExp => {
                let exponentials: Vec<f32> = (0..N).map(|i| (x[i] - centre(i)).exp()).collect();
                let all: f32 = exponentials.iter().sum();
                let mean: f32 = exponentials.iter().zip(d).map(|(e, d)| e / all * d).sum();
                for i in 0..N {
                    p[i] = exponentials[i] / all * (d[i] - mean) + 0.1 * d[i];
                }
            }
            Self::Valley => {
                for i in (0..N).step_by(2) {
                    let (x, y) = (x[i], x[i + 1]);
                    p[i] = (2.0 + 1200.0 * x * x - 400.0 * y) * d[i] - 400.0 * x * d[i + 1];
                    p[i + 1] = -400.0 * x * d[i] + 200.0 * d[i + 1];
                }
            }
        }
        Ok(())
    }
}
