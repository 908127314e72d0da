//! Single precision: every method that takes `Vec<f32>` points ends where that precision ends, says so,
//! and spends nothing on rounding.

use ravine::curvature::{DifferencedHessian, HessianAt};
use ravine::line_search::LineSearch;
use ravine::methods::{
    Adam, AdamW, BarzilaiBorwein, Beta, CubicRegularization, GradientDescent, Lbfgs, Momentum,
    Nesterov, NewtonCg, NonlinearCg, NystromNewtonCg, OwlQn, RmsProp, SteepestDescent,
    SubspaceNewton, TrustRegion,
};
use ravine::minimize::Method;
use ravine::objective::{Differences, Evaluation, Gradient, HessianProduct, Objective};
use ravine::operator::LinearOperator;
use ravine::oracle::Oracle;
use ravine::step::{Cauchy, Gltr, Steihaug};
use ravine::{Status, Stopping, Vector, minimize};

const N: usize = 10;

/// A smooth function whose arithmetic is all in single precision, as on a device: value, gradient and
/// Hessian product.
#[derive(Clone, Copy, Debug)]
enum Smooth {
    /// `sum w (cosh(x - c) - 1)`: the least value is zero.
    Cosh,
    /// `100 + sum w (x - c)^2 / 2`, w from 1 to 1000: values are large beside what is left to gain.
    Quadratic,
    /// `log sum exp` with a weight decay: a least value that is neither zero nor large.
    LogSumExp,
    /// The valley of Rosenbrock, in pairs.
    Valley,
}

const ALL: [Smooth; 4] = [Smooth::Cosh, Smooth::Quadratic, Smooth::LogSumExp, Smooth::Valley];

impl Smooth {
    fn start(self) -> Vec<f32> {
        match self {
            Self::Valley => (0..N).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect(),
            _ => (0..N).map(|i| 1.0 + 0.1 * i as f32).collect(),
        }
    }

    /// The norm of the gradient that rounding of values, variables and gradients leaves to a good
    /// method: some roundings of the largest terms of the gradient near the minimizer.
    fn reachable(self) -> f64 {
        let terms = match self {
            Self::Cosh => 10.0,
            Self::Quadratic => 1000.0,
            Self::LogSumExp => 1.0,
            Self::Valley => 800.0,
        };
        16.0 * terms * f64::from(f32::EPSILON)
    }
}

fn centre(i: usize) -> f32 {
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

/// Runs to the end and demands: a status that is true, a gradient at most `factor` times what is
/// reachable, and no more than `most` values.
fn ends_well<M: Method<Smooth> + Clone>(method: &M, f: Smooth, factor: f64, most: u64) {
    let stopping = Stopping { iterations: Some(20_000), ..Stopping::default() };
    let outcome = minimize(&f, f.start(), method.clone()).stopping(stopping).run().unwrap();
    let (name, norm, values) = (&outcome.method, outcome.gradient_norm, outcome.evaluations.value);
    println!("{name:20} {f:?} {} |g| {norm:.1e} values {values}", outcome.status);
    let honest = outcome.status.converged() || outcome.status == Status::PrecisionLimit;
    assert!(honest, "{name} on {f:?}: {} at |g| = {norm:e}, {values} values", outcome.status);
    assert!(norm <= factor * f.reachable(), "{name} on {f:?}: |g| = {norm:e}");
    assert!(values <= most, "{name} on {f:?}: {values} values");
}

#[test]
fn curvature_methods_end_at_the_precision() {
    for f in ALL {
        ends_well(&Lbfgs::default(), f, 20.0, 300);
        ends_well(&NewtonCg::default(), f, 20.0, 300);
        ends_well(&NystromNewtonCg::default(), f, 20.0, 300);
        ends_well(&TrustRegion::<Steihaug>::default(), f, 20.0, 300);
        ends_well(&TrustRegion::<Gltr>::default(), f, 20.0, 300);
        ends_well(&CubicRegularization::<Gltr>::default(), f, 20.0, 300);
        ends_well(&OwlQn::default(), f, 20.0, 600);
    }
}

#[test]
fn gradient_methods_with_a_search_end_at_the_precision() {
    for f in [Smooth::Cosh, Smooth::LogSumExp, Smooth::Quadratic] {
        for beta in [Beta::HagerZhang, Beta::PolakRibiere, Beta::HestenesStiefel, Beta::DaiYuan] {
            ends_well(&NonlinearCg { beta, ..NonlinearCg::default() }, f, 50.0, 1000);
        }
        ends_well(&BarzilaiBorwein::default(), f, 50.0, 2000);
        ends_well(&SubspaceNewton::default(), f, 200.0, 4000);
    }
    for f in [Smooth::Cosh, Smooth::LogSumExp] {
        ends_well(&SteepestDescent::default(), f, 50.0, 2000);
        ends_well(&TrustRegion::<Cauchy>::default(), f, 50.0, 2000);
    }
}

#[test]
fn fixed_steps_end_where_rounding_swallows_them() {
    let f = Smooth::LogSumExp;
    ends_well(&GradientDescent { step: 1.0 }, f, 50.0, 2000);
    ends_well(&Momentum { step: 0.3, ..Default::default() }, f, 50.0, 4000);
    ends_well(&Nesterov { step: 1.0, ..Default::default() }, f, 50.0, 4000);
    // A step that is far too short is no minimizer, and not called one.
    let stopping = Stopping { iterations: Some(20_000), ..Stopping::default() };
    let method = GradientDescent { step: 1e-9 };
    let outcome = minimize(&f, f.start(), method).stopping(stopping).run().unwrap();
    assert_eq!(outcome.status, Status::NoProgress);
    assert!(outcome.evaluations.value < 200);

    let f = Smooth::Cosh;
    // What cycles around the minimizer with steps of a fixed size ends at its limit, near it.
    let stopping = || Stopping { iterations: Some(2000), ..Stopping::default() };
    fn near<M: Method<Smooth>>(method: M, f: Smooth, stopping: Stopping, error: f32) {
        let outcome = minimize(&f, f.start(), method).stopping(stopping).run().unwrap();
        let off = (0..N).map(|i| (outcome.x[i] - centre(i)).abs()).fold(0.0, f32::max);
        assert!(off <= error, "{}: {} at {off}", outcome.method, outcome.status);
    }
    near(Adam { step: 0.02, ..Default::default() }, f, stopping(), 1e-3);
    near(AdamW { step: 0.02, decay: 0.0, ..Default::default() }, f, stopping(), 1e-3);
    near(RmsProp { step: 1e-3, ..Default::default() }, f, stopping(), 2e-3);
}

#[test]
fn differences_of_gradients_follow_the_precision() {
    let d: Vec<f32> = (0..N).map(|i| (i as f32 * 2.4).cos()).collect();
    for f in ALL {
        let oracle = Oracle::new(&f, Stopping::default());
        let x = f.start();
        let (mut exact, mut differenced) = (vec![0.0f32; N], vec![0.0f32; N]);
        HessianAt { oracle: &oracle, x: &x }.apply(&d, &mut exact).unwrap();
        let operator = DifferencedHessian::new(&oracle, &x, Differences::default()).unwrap();
        operator.apply(&d, &mut differenced).unwrap();
        differenced.axpy(-1.0, &exact);
        let error = differenced.norm() / exact.norm();
        // The two thirds power of the rounding, with a margin for the third derivatives.
        assert!(error <= 20.0 * f64::from(f32::EPSILON).powf(2.0 / 3.0), "{f:?}: {error:e}");
    }
}

#[test]
fn every_line_search_ends_at_the_precision() {
    for name in ["backtracking", "more_thuente", "hager_zhang", "exact"] {
        let line_search: LineSearch = serde_json::from_str(&format!("{name:?}")).unwrap();
        for f in ALL {
            let method = Lbfgs { line_search: line_search.clone(), ..Lbfgs::default() };
            ends_well(&method, f, 50.0, 1500);
        }
    }
}
