//! Fitting a Gaussian by maximum likelihood.

pub(crate) mod data;

use ravine::ArgumentError;
use ravine::matrix::Matrix;
#[cfg(feature = "drawn-gradients")]
use ravine::objective::DrawnGradients;
use ravine::objective::{
    Evaluation, Fisher, Gradient, Hessian, HessianProduct, Objective, Supplies,
};

use crate::problem::{Minimum, Problem, Window};
use ravine::random::Random;

/// `ln(2 pi) / 2`.
const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;

/// The mean negative log-likelihood of data under a normal distribution, in `(mu, s)` with
/// `sigma = e^s`:
///
/// `f = s + (v + (m - mu)^2) e^(-2s) / 2 + ln(2 pi)/2`,
///
/// m and v the mean and variance of the data. The Fisher information of one case is
/// `diag(e^(-2s), 2)`; all derivatives are exact. The minimum is at `(m, ln(v)/2)`.
///
/// ```
/// use ravine::objective::Gradient;
/// use ravine_problems::GaussianFit;
///
/// let fit = GaussianFit::new(&[1.0, 3.0])?;
/// let mut gradient = vec![1.0; 2];
/// fit.value_and_gradient(&vec![2.0, 0.0], &mut gradient).unwrap();
/// assert_eq!(gradient, [0.0, 0.0]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianFit {
    mean: f64,
    variance: f64,
}

impl GaussianFit {
    /// The fit to data.
    ///
    /// # Errors
    ///
    /// If the data are not finite or have no variance.
    pub fn new(data: &[f64]) -> Result<Self, ArgumentError> {
        let finite = data.iter().all(|x| x.is_finite());
        ArgumentError::check(finite, "data", "not finite", "finite in every entry")?;
        let count = data.len() as f64;
        let mean = data.iter().sum::<f64>() / count;
        let variance = data.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        let allowed = "positive: give at least two different values";
        ArgumentError::check(variance > 0.0, "data", format!("of variance {variance}"), allowed)?;
        Ok(Self { mean, variance })
    }

    /// The maximum-likelihood estimate `(mu, s)`.
    pub fn estimate(&self) -> [f64; 2] {
        [self.mean, 0.5 * self.variance.ln()]
    }

    /// `m - mu`, `e^(-2s)` and `v + (m - mu)^2`.
    fn parts(&self, x: &[f64]) -> (f64, f64, f64) {
        let distance = self.mean - x[0];
        (distance, (-2.0 * x[1]).exp(), self.variance + distance * distance)
    }
}

impl Objective for GaussianFit {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        2
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let (_, precision, spread) = self.parts(x);
        Ok(x[1] + 0.5 * spread * precision + HALF_LN_TAU)
    }
}

impl Gradient for GaussianFit {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let (distance, precision, spread) = self.parts(x);
        gradient[0] = -distance * precision;
        gradient[1] = 1.0 - spread * precision;
        Ok(x[1] + 0.5 * spread * precision + HALF_LN_TAU)
    }
}

impl HessianProduct for GaussianFit {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        let (distance, precision, spread) = self.parts(x);
        let mixed = 2.0 * distance * precision;
        product[0] = precision * d[0] + mixed * d[1];
        product[1] = mixed * d[0] + 2.0 * spread * precision * d[1];
        Ok(())
    }
}

impl Hessian for GaussianFit {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        let (distance, precision, spread) = self.parts(x);
        let mixed = 2.0 * distance * precision;
        let entries = [precision, mixed, mixed, 2.0 * spread * precision];
        hessian.entries_mut().copy_from_slice(&entries);
        Ok(())
    }
}

impl Fisher for GaussianFit {
    fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
        let (_, precision, _) = self.parts(x);
        fisher.entries_mut().copy_from_slice(&[precision, 0.0, 0.0, 2.0]);
        Ok(())
    }
}

#[cfg(feature = "drawn-gradients")]
impl DrawnGradients for GaussianFit {
    /// Of a number `mu + e^s z` with a standard normal z: `-z e^-s` and `1 - z^2`.
    fn drawn_gradient(
        &self,
        x: &Vec<f64>,
        random: &mut Random,
        gradient: &mut Vec<f64>,
    ) -> Evaluation {
        let z = random.normal();
        gradient.copy_from_slice(&[-z * (-x[1]).exp(), 1.0 - z * z]);
        Ok(())
    }
}

impl Supplies for GaussianFit {
    ravine::supplies!(gradient, hessian_product, hessian, fisher);
    #[cfg(feature = "drawn-gradients")]
    ravine::supplies!(drawn_gradients);
}

/// The fit as a problem, started at `mu = 0`, `sigma = 1`.
pub(crate) fn problem(name: String, fit: GaussianFit) -> Problem {
    let estimate = fit.estimate();
    let value = estimate[1] + 0.5 + HALF_LN_TAU;
    Problem {
        name,
        title: "Gaussian by maximum likelihood, in (mu, ln sigma)".to_owned(),
        source: "S. Amari, Neural Computation 10 (1998) 251-276".to_owned(),
        objective: Box::new(fit),
        start: vec![0.0, 0.0],
        minima: vec![Minimum { value, point: Some(estimate.to_vec()) }],
        variables: vec!["mu".to_owned(), "ln_sigma".to_owned()],
        window: Some(Window {
            x: (estimate[0].min(0.0) - 1.0, estimate[0].max(0.0) + 1.0),
            y: (estimate[1].min(0.0) - 0.75, estimate[1].max(0.0) + 1.0),
        }),
        bounds: None,
        note:
            "Infinitesimal steps of the natural gradient take the same path in all parameters; one \
               step of rate 1 ends at the estimate only in mean parameters."
                .to_owned(),
    }
}

/// `cases` draws from a normal distribution of mean 3 and standard deviation 2.
pub(crate) fn drawn(cases: usize, seed: u64) -> Result<Problem, ArgumentError> {
    ArgumentError::check(cases >= 2, "cases", cases, "at least 2")?;
    let mut random = Random::new(seed);
    let data: Vec<f64> = (0..cases).map(|_| 3.0 + 2.0 * random.normal()).collect();
    Ok(problem(format!("gaussian:cases={cases},seed={seed}"), GaussianFit::new(&data)?))
}

/// The 200 observations of the article.
pub(crate) fn default_data(name: &str) -> Result<Problem, ArgumentError> {
    Ok(problem(name.to_owned(), GaussianFit::new(&data::GAUSSIAN)?))
}

#[cfg(test)]
mod tests {
    use ravine::matrix::Matrix;
    use ravine::objective::{Fisher, Gradient, Hessian, Objective};

    use super::{GaussianFit, default_data, drawn};

    #[test]
    fn the_value_is_the_mean_over_the_cases() {
        let data = [0.3, -1.2, 2.5, 0.9];
        let fit = GaussianFit::new(&data).unwrap();
        let (mu, s) = (0.4, -0.3);
        let sigma = f64::exp(s);
        let density = |x: f64| {
            (-0.5 * ((x - mu) / sigma).powi(2)).exp() / (sigma * std::f64::consts::TAU.sqrt())
        };
        let expected = -data.iter().map(|&x| density(x).ln()).sum::<f64>() / 4.0;
        assert!((fit.value(&vec![mu, s]).unwrap() - expected).abs() < 1e-14);
    }

    #[test]
    fn derivatives_agree_with_finite_differences() {
        let fit = GaussianFit::new(&[0.3, -1.2, 2.5, 0.9]).unwrap();
        let (x, h) = (vec![0.4, -0.3], 1e-5);
        let (mut g, mut hessian) = (vec![0.0; 2], Matrix::zeros(2, 2));
        fit.value_and_gradient(&x, &mut g).unwrap();
        fit.hessian(&x, &mut hessian).unwrap();
        for j in 0..2 {
            let (mut up, mut down) = (x.clone(), x.clone());
            up[j] += h;
            down[j] -= h;
            let (mut g_up, mut g_down) = (vec![0.0; 2], vec![0.0; 2]);
            let f_up = fit.value_and_gradient(&up, &mut g_up).unwrap();
            let f_down = fit.value_and_gradient(&down, &mut g_down).unwrap();
            assert!(((f_up - f_down) / (2.0 * h) - g[j]).abs() < 1e-8);
            for i in 0..2 {
                assert!(((g_up[i] - g_down[i]) / (2.0 * h) - hessian[(i, j)]).abs() < 1e-8);
            }
        }
    }

    /// The Fisher information is the mean Hessian where the data have the model's own moments.
    #[test]
    fn the_fisher_information_is_the_expected_hessian() {
        let (mean, deviation) = (1.5, 0.7);
        let fit = GaussianFit { mean, variance: deviation * deviation };
        let (mut hessian, mut fisher) = (Matrix::zeros(2, 2), Matrix::zeros(2, 2));
        let x = [mean, f64::ln(deviation)];
        fit.hessian(&x, &mut hessian).unwrap();
        fit.fisher(&x, &mut fisher).unwrap();
        for (h, f) in hessian.entries().iter().zip(fisher.entries()) {
            assert!((h - f).abs() < 1e-14, "{h} {f}");
        }
    }

    #[test]
    fn minima_and_refusals() {
        let problem = default_data("gaussian").unwrap();
        let minimum = &problem.minima[0];
        let point = minimum.point.as_ref().unwrap();
        let mut gradient = vec![0.0; 2];
        let objective = problem.objective.as_gradient().unwrap();
        let value = objective.value_and_gradient(point, &mut gradient).unwrap();
        assert!((value - minimum.value).abs() < 1e-15);
        assert!(gradient.iter().all(|g| g.abs() < 1e-15), "{gradient:?}");
        let large = drawn(20_000, 3).unwrap();
        let point = large.minima[0].point.as_ref().unwrap();
        assert!((point[0] - 3.0).abs() < 0.05 && (point[1] - f64::ln(2.0)).abs() < 0.02);
        assert!(GaussianFit::new(&[1.0, 1.0]).is_err());
        assert!(GaussianFit::new(&[]).is_err());
        assert!(GaussianFit::new(&[1.0, f64::NAN]).is_err());
        assert!(drawn(1, 1).is_err());
    }
}
