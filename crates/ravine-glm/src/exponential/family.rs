//! What all exponential families share.

use std::fmt::Debug;

use ravine::ArgumentError;
use ravine::matrix::{Cholesky, Matrix};
use ravine::random::Random;
use ravine::vector::dot;

/// Which numbers name a member of a family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parameters {
    /// `eta`, in which the logarithm of the density is linear.
    Natural,
    /// `m = E T`, the gradient of the log-partition function.
    Mean,
    /// Those of textbooks: see [`ExponentialFamily::parameter_names`].
    #[default]
    Usual,
}

/// A family of densities `h(x) exp(eta'T(x) - A(eta))` with k parameters.
///
/// The log-partition function A is convex; its gradient is the mean `m = E T`, its Hessian the
/// covariance of T, which is the Fisher information `H` in natural parameters. In mean parameters
/// the information is `H^-1`, in any parameters theta `J'HJ` with `J = d eta / d theta`. A case x is a
/// slice of [`case_dimension`](Self::case_dimension) numbers; data are cases one after the other.
///
/// Functions of natural parameters take any numbers: outside the domain ([`allows`](Self::allows))
/// the log-partition function is infinite, and all else not a number.
///
/// Sources: Brown, Fundamentals of statistical exponential families (1986); Wainwright and Jordan,
/// Graphical models, exponential families, and variational inference (2008), section 3.
///
/// ```
/// use ravine_glm::exponential::{ExponentialFamily, Gamma, Parameters};
///
/// // Shape 2, rate 0.5: the mean of x is 4.
/// let eta = Gamma.natural(Parameters::Usual, &[2.0, 0.5])?;
/// assert_eq!(eta, [1.0, -0.5]);
/// let m = Gamma.convert(&eta, Parameters::Mean);
/// assert_eq!(m[1], 4.0);
/// // And back, by Newton's method.
/// let again = Gamma.natural(Parameters::Mean, &m)?;
/// assert!((again[0] - 1.0).abs() < 1e-12);
/// // A constant has no gamma distribution.
/// assert!(Gamma.maximum_likelihood(&[3.0, 3.0]).is_err());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub trait ExponentialFamily: Debug + Send + Sync {
    /// The family in a few words.
    fn name(&self) -> &'static str;

    /// The number of parameters k.
    fn dimension(&self) -> usize;

    /// How many numbers a case has.
    fn case_dimension(&self) -> usize {
        1
    }

    /// The names of the usual parameters.
    fn parameter_names(&self) -> Vec<String>;

    /// Checks that the family can have the case x.
    ///
    /// # Errors
    ///
    /// Says what cases are allowed.
    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError>;

    /// Writes the statistics `T(x)`.
    fn statistics(&self, x: &[f64], t: &mut [f64]);

    /// `ln h(x)`.
    fn log_base_measure(&self, x: &[f64]) -> f64;

    /// Whether h is the same everywhere.
    fn has_constant_base(&self) -> bool {
        false
    }

    /// Whether eta is in the open domain of natural parameters.
    fn allows(&self, eta: &[f64]) -> bool;

    /// `A(eta)`.
    fn log_partition(&self, eta: &[f64]) -> f64;

    /// Writes the mean parameters `m = grad A(eta)`.
    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]);

    /// Writes the k by k Fisher information in natural parameters, the Hessian of A.
    fn information(&self, eta: &[f64], information: &mut Matrix);

    /// Writes the natural parameters of mean parameters.
    ///
    /// # Errors
    ///
    /// If the mean parameters lie outside of their domain or on its boundary, in words.
    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError>;

    /// Writes the natural parameters of usual parameters.
    ///
    /// # Errors
    ///
    /// Names the parameter, its value and what is allowed.
    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError>;

    /// Writes the usual parameters of natural parameters.
    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]);

    /// Writes the k by k matrix `d eta_i / d theta_j` at usual parameters theta.
    fn jacobian_of_usual(&self, theta: &[f64], jacobian: &mut Matrix);

    /// The entropy `-E ln p(x)`, with respect to length of numbers and to counts of classes.
    fn entropy(&self, eta: &[f64]) -> f64;

    /// Writes a case drawn from the member eta.
    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]);

    /// Writes the Fisher information in usual parameters, `J'HJ`.
    fn information_of_usual(&self, theta: &[f64], information: &mut Matrix) {
        let k = self.dimension();
        let mut eta = vec![0.0; k];
        let (mut jacobian, mut natural) = (Matrix::zeros(k, k), Matrix::zeros(k, k));
        if self.natural_of_usual(theta, &mut eta).is_err() {
            information.fill(f64::NAN);
            return;
        }
        self.jacobian_of_usual(theta, &mut jacobian);
        self.information(&eta, &mut natural);
        congruence(&jacobian, &natural, information);
    }

    /// Writes the Fisher information in mean parameters, `H^-1`, at natural parameters eta.
    fn information_of_mean(&self, eta: &[f64], information: &mut Matrix) {
        let k = self.dimension();
        let mut natural = Matrix::zeros(k, k);
        self.information(eta, &mut natural);
        invert(&natural, information);
    }

    /// The Kullback-Leibler divergence of the members p and q, both in natural parameters:
    /// `E_p ln(p/q) = A(q) - A(p) - (q - p)'m_p`.
    fn divergence(&self, p: &[f64], q: &[f64]) -> f64 {
        let mut m = vec![0.0; p.len()];
        self.mean_of_natural(p, &mut m);
        let change: f64 = p.iter().zip(q).zip(&m).map(|((p, q), m)| (q - p) * m).sum();
        self.log_partition(q) - self.log_partition(p) - change
    }

    /// `ln p(x)` of the member eta.
    fn log_density(&self, eta: &[f64], x: &[f64]) -> f64 {
        let mut t = vec![0.0; self.dimension()];
        self.statistics(x, &mut t);
        self.log_base_measure(x) + dot(eta, &t) - self.log_partition(eta)
    }

    /// The natural parameters of a member that is given in some parameters.
    ///
    /// # Errors
    ///
    /// If `values` has not k entries or they name no member.
    fn natural(&self, parameters: Parameters, values: &[f64]) -> Result<Vec<f64>, ArgumentError> {
        let k = self.dimension();
        let name = match parameters {
            Parameters::Natural => "natural",
            Parameters::Mean => "mean",
            Parameters::Usual => "usual",
        };
        let allowed = format!("{k} for the family `{}`", self.name());
        ArgumentError::check(values.len() == k, &format!("{name}.len()"), values.len(), &allowed)?;
        let mut eta = vec![0.0; k];
        match parameters {
            Parameters::Natural => {
                let allowed = format!("inside the domain of the family `{}`", self.name());
                ArgumentError::check(self.allows(values), name, values, &allowed)?;
                eta.copy_from_slice(values);
            }
            Parameters::Mean => self.natural_of_mean(values, &mut eta)?,
            Parameters::Usual => self.natural_of_usual(values, &mut eta)?,
        }
        Ok(eta)
    }

    /// The member with natural parameters eta in some parameters.
    fn convert(&self, eta: &[f64], to: Parameters) -> Vec<f64> {
        let mut values = eta.to_vec();
        match to {
            Parameters::Natural => {}
            Parameters::Mean => self.mean_of_natural(eta, &mut values),
            Parameters::Usual => self.usual_of_natural(eta, &mut values),
        }
        values
    }

    /// The Fisher information of one case in some parameters.
    ///
    /// # Errors
    ///
    /// See [`natural`](Self::natural).
    fn fisher(&self, parameters: Parameters, values: &[f64]) -> Result<Matrix, ArgumentError> {
        let eta = self.natural(parameters, values)?;
        let mut information = Matrix::zeros(eta.len(), eta.len());
        match parameters {
            Parameters::Natural => self.information(&eta, &mut information),
            Parameters::Mean => self.information_of_mean(&eta, &mut information),
            Parameters::Usual => self.information_of_usual(values, &mut information),
        }
        Ok(information)
    }

    /// The mean of the statistics over data.
    ///
    /// # Errors
    ///
    /// If there are no data, a case is not whole, or the family cannot have it.
    fn mean_statistics(&self, data: &[f64]) -> Result<Vec<f64>, ArgumentError> {
        let size = self.case_dimension();
        let allowed = format!("a positive multiple of {size}, the numbers of a case");
        let whole = !data.is_empty() && data.len().is_multiple_of(size);
        ArgumentError::check(whole, "data.len()", data.len(), &allowed)?;
        let (mut t, mut sum) = (vec![0.0; self.dimension()], vec![0.0; self.dimension()]);
        for (i, x) in data.chunks_exact(size).enumerate() {
            self.check_case(x).map_err(|error| {
                let message = error.to_string();
                let message = message.strip_prefix("x: ").unwrap_or(&message);
                ArgumentError::new(format!("data[{i}]"), message)
            })?;
            self.statistics(x, &mut t);
            sum.iter_mut().zip(&t).for_each(|(sum, t)| *sum += t);
        }
        let cases = (data.len() / size) as f64;
        sum.iter_mut().for_each(|sum| *sum /= cases);
        Ok(sum)
    }

    /// The natural parameters of largest likelihood: those whose mean parameters are the mean of the
    /// statistics.
    ///
    /// # Errors
    ///
    /// See [`mean_statistics`](Self::mean_statistics); and if the mean of the statistics lies on
    /// the boundary, where no member is.
    fn maximum_likelihood(&self, data: &[f64]) -> Result<Vec<f64>, ArgumentError> {
        self.natural(Parameters::Mean, &self.mean_statistics(data)?)
    }
}

/// `out = J'MJ`.
pub(crate) fn congruence(jacobian: &Matrix, middle: &Matrix, out: &mut Matrix) {
    let (rows, columns) = (jacobian.rows(), jacobian.columns());
    let mut product = Matrix::zeros(rows, columns);
    for j in 0..columns {
        middle.multiply(jacobian.column(j), product.column_mut(j));
    }
    for j in 0..columns {
        for i in 0..=j {
            let value = dot(jacobian.column(i), product.column(j));
            (out[(i, j)], out[(j, i)]) = (value, value);
        }
    }
}

/// `out = M^-1` of a positive definite matrix, whose diagonal is scaled to one first; not a number
/// where it is not positive definite.
pub(crate) fn invert(matrix: &Matrix, out: &mut Matrix) {
    let n = matrix.rows();
    let scales: Vec<f64> = (0..n).map(|j| matrix[(j, j)].sqrt().recip()).collect();
    let scaled = Matrix::from_fn(n, n, |i, j| matrix[(i, j)] * scales[i] * scales[j]);
    let Ok(factor) = Cholesky::new(&scaled) else {
        out.fill(f64::NAN);
        return;
    };
    for j in 0..n {
        let column = out.column_mut(j);
        column.fill(0.0);
        column[j] = scales[j];
        factor.solve(column);
        column.iter_mut().zip(&scales).for_each(|(c, s)| *c *= s);
    }
}

/// Checks a case of one number.
pub(super) fn check_number(
    x: &[f64],
    holds: impl Fn(f64) -> bool,
    allowed: &str,
) -> Result<(), ArgumentError> {
    ArgumentError::check(holds(x[0]) && x[0].is_finite(), "x", x[0], allowed)
}

/// Checks a positive parameter.
pub(super) fn check_positive(name: &str, value: f64) -> Result<(), ArgumentError> {
    ArgumentError::check(value > 0.0 && value.is_finite(), name, value, "positive and finite")
}

/// An error about mean parameters, which lie on the boundary or outside.
pub(super) fn no_member(m: &[f64], needed: &str) -> ArgumentError {
    let message = format!(
        "is {m:?}, on the boundary of the mean parameters or outside of it, where no member of the family is: \
         {needed}"
    );
    ArgumentError::new("mean", message)
}
