//! The likelihood of data under a family, as an objective.

use std::fmt::Debug;
use std::sync::Arc;

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::objective::{
    DrawnGradients, Evaluation, Fisher, Gradient, Hessian, HessianProduct, Objective, Supplies,
};
use ravine::random::Random;
use ravine::vector::dot;

use super::family::{ExponentialFamily, Parameters, congruence};

/// A smooth parametrization of a family: usual parameters as a function of others.
///
/// See [`Likelihood::in_coordinates`] for an example.
pub trait Chart: Debug + Send + Sync {
    /// Writes the usual parameters of the point theta; not finite outside of the chart.
    fn usual(&self, theta: &[f64], usual: &mut [f64]);

    /// Writes the matrix `d usual_i / d theta_j`.
    fn jacobian(&self, theta: &[f64], jacobian: &mut Matrix);
}

/// In which parameters a likelihood is maximized.
#[derive(Clone, Debug)]
pub enum Coordinates {
    /// Natural, mean or usual ones.
    Of(Parameters),
    /// Any others.
    Chart(Arc<dyn Chart>),
}

impl From<Parameters> for Coordinates {
    fn from(parameters: Parameters) -> Self {
        Self::Of(parameters)
    }
}

/// The mean negative log-likelihood of data under a family,
/// `f(theta) = A(eta(theta)) - eta(theta)'Tbar - mean ln h`, with its gradient `J'(m - Tbar)` and its
/// Fisher information `J'HJ`; in natural parameters with the Hessian, which is H there.
///
/// Where a maximum-likelihood estimate exists, the value is that of the estimate plus the divergence from
/// it, which does not cancel near the minimum. Outside of the domain the value is infinite, and a line
/// search or a [bounded divergence](ravine::trust::Divergence) shortens the step.
///
/// One step of the natural gradient with rate 1 in mean parameters is the maximum-likelihood
/// estimate: there `grad f = H^-1 (m - Tbar)` and the information is `H^-1`.
///
/// Source: Amari, Natural gradient works efficiently in learning (1998).
///
/// ```
/// use ravine::methods::NaturalGradient;
/// use ravine::minimize;
/// use ravine_glm::exponential::{ExponentialFamily, Gamma, Likelihood, Parameters};
///
/// let data = [0.4, 1.9, 2.2, 0.7, 3.1];
/// let f = Likelihood::new(Gamma, &data, Parameters::Mean)?;
/// // From an exponential distribution of mean 1.
/// let start = Gamma.convert(&Gamma.natural(Parameters::Usual, &[1.0, 1.0])?, Parameters::Mean);
/// let outcome = minimize(&f, start, NaturalGradient::default()).run()?;
/// assert_eq!(outcome.iterations, 1);
/// let estimate = Gamma.natural(Parameters::Mean, &outcome.x)?;
/// let direct = Gamma.maximum_likelihood(&data)?;
/// assert!((estimate[0] - direct[0]).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Likelihood {
    family: Arc<dyn ExponentialFamily>,
    coordinates: Coordinates,
    statistics: Vec<f64>,
    log_base: f64,
    /// The estimate and the value there.
    estimate: Option<(Vec<f64>, f64)>,
}

impl Likelihood {
    /// Of data, one case after the other.
    ///
    /// # Errors
    ///
    /// See [`ExponentialFamily::mean_statistics`]. Data without an estimate are allowed: the objective
    /// is then unbounded or has no minimum.
    pub fn new(
        family: impl ExponentialFamily + 'static,
        data: &[f64],
        coordinates: impl Into<Coordinates>,
    ) -> Result<Self, ArgumentError> {
        Self::of_any(Arc::new(family), data, coordinates)
    }

    /// Of a family that is known at run time.
    ///
    /// # Errors
    ///
    /// See [`new`](Self::new).
    pub fn of_any(
        family: Arc<dyn ExponentialFamily>,
        data: &[f64],
        coordinates: impl Into<Coordinates>,
    ) -> Result<Self, ArgumentError> {
        let statistics = family.mean_statistics(data)?;
        let size = family.case_dimension();
        let sum: f64 = data.chunks_exact(size).map(|x| family.log_base_measure(x)).sum();
        let log_base = sum / (data.len() / size) as f64;
        let estimate = family.maximum_likelihood(data).ok().map(|eta| {
            let value = if family.has_constant_base() {
                family.entropy(&eta)
            } else {
                family.log_partition(&eta) - dot(&eta, &statistics) - log_base
            };
            (eta, value)
        });
        let coordinates = coordinates.into();
        Ok(Self { family, coordinates, statistics, log_base, estimate })
    }

    /// The same likelihood in other parameters.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use ravine::matrix::Matrix;
    /// use ravine::objective::Fisher;
    /// use ravine_glm::exponential::{Chart, Coordinates, Exponential, Likelihood, Parameters};
    ///
    /// /// The logarithm of the rate.
    /// #[derive(Debug)]
    /// struct LogRate;
    ///
    /// impl Chart for LogRate {
    ///     fn usual(&self, theta: &[f64], usual: &mut [f64]) {
    ///         usual[0] = theta[0].exp();
    ///     }
    ///     fn jacobian(&self, theta: &[f64], jacobian: &mut Matrix) {
    ///         jacobian[(0, 0)] = theta[0].exp();
    ///     }
    /// }
    ///
    /// let f = Likelihood::new(Exponential, &[1.0, 3.0], Parameters::Usual)?;
    /// let f = f.in_coordinates(Coordinates::Chart(Arc::new(LogRate)));
    /// // The information is the same everywhere.
    /// let mut fisher = Matrix::zeros(1, 1);
    /// f.fisher(&[0.7], &mut fisher)?;
    /// assert!((fisher[(0, 0)] - 1.0).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_coordinates(&self, coordinates: impl Into<Coordinates>) -> Self {
        Self { coordinates: coordinates.into(), ..self.clone() }
    }

    /// The family.
    pub fn family(&self) -> &dyn ExponentialFamily {
        self.family.as_ref()
    }

    /// The mean statistics of the data.
    pub fn statistics(&self) -> &[f64] {
        &self.statistics
    }

    /// The natural parameters of the maximum-likelihood estimate, where there is one.
    pub fn estimate(&self) -> Option<&[f64]> {
        self.estimate.as_ref().map(|(eta, _)| eta.as_slice())
    }

    /// The natural parameters of a point; `None` outside of the domain.
    pub fn natural(&self, theta: &[f64]) -> Option<Vec<f64>> {
        let known = match &self.coordinates {
            Coordinates::Of(parameters) => self.family.natural(*parameters, theta),
            Coordinates::Chart(_) => self.family.natural(Parameters::Usual, &self.usual(theta)),
        };
        known.ok().filter(|eta| self.family.allows(eta))
    }

    /// The usual parameters of a point that is given in them or in a chart.
    fn usual(&self, theta: &[f64]) -> Vec<f64> {
        let mut usual = theta.to_vec();
        if let Coordinates::Chart(chart) = &self.coordinates {
            chart.usual(theta, &mut usual);
        }
        usual
    }

    fn value_at(&self, eta: &[f64]) -> f64 {
        match &self.estimate {
            Some((estimate, least)) => least + self.family.divergence(estimate, eta),
            None => self.family.log_partition(eta) - dot(eta, &self.statistics) - self.log_base,
        }
    }

    fn square(&self) -> Matrix {
        Matrix::zeros(self.family.dimension(), self.family.dimension())
    }

    /// `d eta / d theta`.
    fn jacobian(&self, theta: &[f64], eta: &[f64]) -> Matrix {
        let mut jacobian = self.square();
        match &self.coordinates {
            Coordinates::Of(Parameters::Natural) => jacobian = Matrix::identity(theta.len()),
            Coordinates::Of(Parameters::Mean) => {
                self.family.information_of_mean(eta, &mut jacobian)
            }
            Coordinates::Of(Parameters::Usual) => {
                self.family.jacobian_of_usual(theta, &mut jacobian)
            }
            Coordinates::Chart(chart) => {
                let (mut inner, mut outer) = (self.square(), self.square());
                chart.jacobian(theta, &mut inner);
                self.family.jacobian_of_usual(&self.usual(theta), &mut outer);
                for j in 0..theta.len() {
                    outer.multiply(inner.column(j), jacobian.column_mut(j));
                }
            }
        }
        jacobian
    }

    /// `gradient = J'(m - t)`.
    fn write_gradient(&self, theta: &[f64], eta: &[f64], t: &[f64], gradient: &mut [f64]) {
        let mut excess = vec![0.0; t.len()];
        self.family.mean_of_natural(eta, &mut excess);
        excess.iter_mut().zip(t).for_each(|(m, t)| *m -= t);
        self.jacobian(theta, eta).multiply_transposed(&excess, gradient);
    }

    fn is_natural(&self) -> bool {
        matches!(self.coordinates, Coordinates::Of(Parameters::Natural))
    }
}

impl Objective for Likelihood {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.family.dimension()
    }

    fn value(&self, theta: &Vec<f64>) -> Evaluation<f64> {
        Ok(self.natural(theta).map_or(f64::INFINITY, |eta| self.value_at(&eta)))
    }
}

impl Gradient for Likelihood {
    fn value_and_gradient(&self, theta: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let Some(eta) = self.natural(theta) else {
            gradient.fill(f64::NAN);
            return Ok(f64::INFINITY);
        };
        self.write_gradient(theta, &eta, &self.statistics, gradient);
        Ok(self.value_at(&eta))
    }
}

impl Fisher for Likelihood {
    fn fisher(&self, theta: &[f64], fisher: &mut Matrix) -> Evaluation {
        let Some(eta) = self.natural(theta) else {
            fisher.fill(f64::NAN);
            return Ok(());
        };
        match &self.coordinates {
            Coordinates::Of(Parameters::Natural) => self.family.information(&eta, fisher),
            Coordinates::Of(Parameters::Mean) => self.family.information_of_mean(&eta, fisher),
            Coordinates::Of(Parameters::Usual) => self.family.information_of_usual(theta, fisher),
            Coordinates::Chart(chart) => {
                let (mut inner, mut middle) = (self.square(), self.square());
                chart.jacobian(theta, &mut inner);
                self.family.information_of_usual(&self.usual(theta), &mut middle);
                congruence(&inner, &middle, fisher);
            }
        }
        Ok(())
    }
}

impl DrawnGradients for Likelihood {
    fn drawn_gradient(
        &self,
        theta: &Vec<f64>,
        random: &mut Random,
        gradient: &mut Vec<f64>,
    ) -> Evaluation {
        let Some(eta) = self.natural(theta) else {
            gradient.fill(f64::NAN);
            return Ok(());
        };
        let (mut x, mut t) = (vec![0.0; self.family.case_dimension()], vec![0.0; eta.len()]);
        self.family.draw(&eta, random, &mut x);
        self.family.statistics(&x, &mut t);
        self.write_gradient(theta, &eta, &t, gradient);
        Ok(())
    }
}

/// In natural parameters, where the Hessian is the Fisher information; elsewhere not a number, and not
/// [supplied](Supplies).
impl HessianProduct for Likelihood {
    fn hessian_product(
        &self,
        theta: &Vec<f64>,
        direction: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        let mut hessian = self.square();
        self.hessian(theta, &mut hessian)?;
        hessian.multiply(direction, product);
        Ok(())
    }
}

impl Hessian for Likelihood {
    fn hessian(&self, theta: &[f64], hessian: &mut Matrix) -> Evaluation {
        if !self.is_natural() {
            return Err("the Hessian is known in natural parameters alone".into());
        }
        self.fisher(theta, hessian)
    }
}

impl Supplies for Likelihood {
    ravine::supplies!(gradient, fisher, drawn_gradients);
    ravine::supplies!(hessian_product if Self::is_natural, hessian if Self::is_natural);
}
