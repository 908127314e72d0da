//! The posterior of a generalized linear model.

use ravine::matrix::Matrix;
use ravine::vector::{axpy, dot};
use ravine::{ArgumentError, FunctionError, StartError};
use ravine_data::Design;

use super::fit::{Expected, GaussianPosterior, Member, Target, VariationalInference};
use super::quadrature::gauss_hermite;
use crate::family::{Family, Loss};
use crate::model::Targets;

/// Nodes of the quadrature of a row.
const NODES: usize = 20;
/// Rows whose variances are found together.
const BLOCK: usize = 256;
/// `ln(2 pi)`.
const LN_TAU: f64 = 1.837_877_066_409_345_5;

/// Independent Gaussian priors of the coefficients.
#[derive(Clone, Debug, PartialEq)]
pub struct Prior {
    /// Means, one a coefficient.
    pub means: Vec<f64>,
    /// Inverse variances, one a coefficient, positive.
    pub precisions: Vec<f64>,
}

impl Prior {
    /// Of mean zero and the same variance `1 / precision` for so many coefficients.
    pub fn centred(coefficients: usize, precision: f64) -> Self {
        Self { means: vec![0.0; coefficients], precisions: vec![precision; coefficients] }
    }
}

/// The posterior of the coefficients b of a generalized linear model with a Gaussian prior,
///
/// `l(b) = sum_i ln p(y_i | z_i) - sum_j p_j (b_j - m_j)^2 / 2 + constants`, `z = X b + offset`.
///
/// Under `N(m, S)` each z_i is normal, of mean `x_i'm` and variance `x_i'S x_i`, so that expectations
/// are sums of one-dimensional quadratures with 20 nodes: there is no noise. All constants are
/// counted, so that the bound is one of the log evidence. Coefficients are those of the design, with
/// the intercept first where it has one; an intercept has a prior, too.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::variational::{ModelPosterior, Prior, VariationalInference};
/// use ravine_glm::{Family, Link};
///
/// // Least squares with a prior is conjugate: the posterior is Gaussian, and found in one step.
/// let x = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
/// let loss = Family::Gaussian.with(Link::Identity)?;
/// let model = ModelPosterior::new(&x, &[1.0, 3.0], loss, 1.0, Prior::centred(1, 1.0))?;
/// let posterior = VariationalInference::default().fit_model(&model)?;
/// assert!((posterior.mean[0] - 7.0 / 6.0).abs() < 1e-14);
/// assert!((posterior.covariance[(0, 0)] - 1.0 / 6.0).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModelPosterior<'a> {
    design: &'a Design,
    targets: Targets<'a>,
    loss: Loss,
    dispersion: f64,
    prior: Prior,
    /// What the log likelihood has beside the losses.
    constant: f64,
    rule: Vec<(f64, f64)>,
}

impl<'a> ModelPosterior<'a> {
    /// Of a design and targets, with the dispersion phi of the family: 1 for binomial, Poisson and
    /// negative binomial targets.
    ///
    /// # Errors
    ///
    /// Names the argument, its value and what is allowed: of targets, of a link that needs positive
    /// predictors, of a loss without a likelihood, of dispersion and prior.
    pub fn new(
        design: &'a Design,
        targets: impl Into<Targets<'a>>,
        loss: Loss,
        dispersion: f64,
        prior: Prior,
    ) -> Result<Self, ArgumentError> {
        let targets = targets.into();
        targets.check(design.rows())?;
        loss.family().check(targets.y)?;
        if loss.needs_positive() || !loss.family().has_likelihood() {
            let message = format!(
                "is `{}` with `{}`, but must have a likelihood at every linear predictor",
                loss.family().name(),
                loss.link().name()
            );
            return Err(ArgumentError::new("loss", message));
        }
        let holds = dispersion > 0.0 && dispersion.is_finite();
        ArgumentError::check(holds, "dispersion", dispersion, "positive and finite")?;
        let known = matches!(
            loss.family(),
            Family::Binomial | Family::Poisson | Family::NegativeBinomial { .. }
        );
        let allowed = format!("1 for the family `{}`", loss.family().name());
        ArgumentError::check(!known || dispersion == 1.0, "dispersion", dispersion, &allowed)?;
        let n = design.coefficients();
        let allowed = format!("one a coefficient, {n}");
        let (means, precisions) = (prior.means.len(), prior.precisions.len());
        ArgumentError::check(means == n, "prior.means.len()", means, &allowed)?;
        ArgumentError::check(precisions == n, "prior.precisions.len()", precisions, &allowed)?;
        let finite = prior.means.iter().all(|m| m.is_finite());
        ArgumentError::check(finite, "prior.means", &prior.means, "finite in every entry")?;
        let positive = prior.precisions.iter().all(|p| *p > 0.0 && p.is_finite());
        let allowed = "positive and finite in every entry";
        ArgumentError::check(positive, "prior.precisions", &prior.precisions, allowed)?;
        let mut sums = vec![0.0; n];
        design.multiply_transposed(&vec![1.0; design.rows()], &mut sums);
        let finite = sums.iter().all(|s| s.is_finite());
        ArgumentError::check(finite, "design", "not finite", "finite in every entry")?;
        let constant = (0..targets.y.len())
            .filter_map(|i| {
                let (y, w) = (targets.y[i], targets.weight(i));
                let value = w * loss.row(y, 0.0).value / dispersion;
                loss.log_likelihood(y, 0.0, w, dispersion).map(|log| log + value)
            })
            .sum();
        let rule = gauss_hermite(NODES);
        Ok(Self { design, targets, loss, dispersion, prior, constant, rule })
    }

    fn predict(&self, b: &[f64]) -> Vec<f64> {
        let mut z = vec![0.0; self.design.rows()];
        self.design.multiply(b, &mut z);
        if let Some(offset) = self.targets.offset {
            z.iter_mut().zip(offset).for_each(|(z, o)| *z += o);
        }
        z
    }

    /// `x_i'S x_i` of all rows.
    fn variances(&self, q: &Member) -> Vec<f64> {
        let (rows, n) = (self.design.rows(), self.design.coefficients());
        let mut block = Matrix::zeros(BLOCK.min(rows), n);
        let mut x = vec![0.0; n];
        let mut variances = Vec::with_capacity(rows);
        for first in (0..rows).step_by(BLOCK) {
            let count = BLOCK.min(rows - first);
            self.design.write(first, &[1.0; BLOCK][..count], &mut block);
            for i in 0..count {
                x.iter_mut().enumerate().for_each(|(j, x)| *x = block[(i, j)]);
                q.factor.solve_lower(&mut x);
                variances.push(dot(&x, &x));
            }
        }
        variances
    }

    /// The precision of the prior plus the expected information of the data at the prior's mean.
    fn start(&self) -> Matrix {
        let n = self.design.coefficients();
        let z = self.predict(&self.prior.means);
        let weights: Vec<f64> = (0..z.len())
            .map(|i| {
                let expected = self.loss.row(self.targets.y[i], z[i]).expected;
                self.targets.weight(i) * expected / self.dispersion
            })
            .collect();
        let mut precision = Matrix::zeros(n, n);
        self.design.gram(&weights, &mut precision);
        (0..n).for_each(|j| precision[(j, j)] += self.prior.precisions[j]);
        precision
    }
}

impl Target for ModelPosterior<'_> {
    fn dimension(&self) -> usize {
        self.design.coefficients()
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn expect(&self, q: &Member, expected: &mut Expected) -> Result<f64, FunctionError> {
        let (means, variances) = (self.predict(&q.mean), self.variances(q));
        let rows = means.len();
        let (mut slopes, mut weights) = (vec![0.0; rows], vec![0.0; rows]);
        let mut value = self.constant;
        for i in 0..rows {
            let (y, w) = (self.targets.y[i], self.targets.weight(i) / self.dispersion);
            if w == 0.0 {
                continue;
            }
            let deviation = variances[i].sqrt();
            let mut sums = [0.0; 4];
            for &(node, share) in &self.rule {
                let row = self.loss.row(y, means[i] + deviation * node);
                sums[0] += share * row.value;
                sums[1] += share * row.slope;
                sums[2] += share * row.observed;
                sums[3] += share * row.slope * node;
            }
            value -= w * sums[0];
            slopes[i] = -w * sums[1];
            // E f'' is E f' Z / deviation: the derivative of the quadrature itself, so that the bound rises
            // along the step however exact that is. Of small deviations the second loses digits.
            weights[i] = w * if deviation > 0.01 { sums[3] / deviation } else { sums[2] };
        }
        let Expected { gradient, curvature } = expected;
        self.design.multiply_transposed(&slopes, gradient);
        self.design.gram(&weights, curvature);
        // tr(P0 S), from the inverse of the factor one column after the other.
        let n = q.mean.len();
        let mut column = vec![0.0; n];
        for j in 0..n {
            column.fill(0.0);
            column[j] = 1.0;
            q.factor.solve_lower(&mut column);
            let (p, distance) = (self.prior.precisions[j], q.mean[j] - self.prior.means[j]);
            let variance = dot(&column, &column);
            value -= 0.5 * (p * (distance * distance + variance) + LN_TAU - p.ln());
            curvature[(j, j)] += p;
        }
        let pulls: Vec<f64> =
            (0..n).map(|j| self.prior.precisions[j] * (q.mean[j] - self.prior.means[j])).collect();
        axpy(gradient, -1.0, &pulls);
        Ok(value)
    }
}

impl VariationalInference {
    /// The Gaussian nearest to the posterior of a model, started at the prior's mean with the
    /// information that there is there.
    ///
    /// # Errors
    ///
    /// Settings that cannot be used, and data whose expectations at the start are not finite.
    pub fn fit_model(&self, model: &ModelPosterior<'_>) -> Result<GaussianPosterior, StartError> {
        self.run(model, &model.prior.means, model.start())
    }
}

impl GaussianPosterior {
    /// The standard deviations, one a coefficient.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine_data::Design;
    /// use ravine_glm::variational::{Covariance, ModelPosterior, Prior, VariationalInference};
    /// use ravine_glm::{Family, Link};
    ///
    /// let x = Matrix::from_rows(&[[1.0, 1.0], [2.0, -1.0], [3.0, 2.0]]);
    /// let x = Design::dense(x, vec!["a".into(), "b".into()]);
    /// let loss = Family::Gaussian.with(Link::Identity)?;
    /// let model = ModelPosterior::new(&x, &[1.0, 2.0, 3.0], loss, 0.1, Prior::centred(2, 1.0))?;
    /// let full = VariationalInference::default().fit_model(&model)?;
    /// let diagonal = VariationalInference { covariance: Covariance::Diagonal, ..Default::default() };
    /// let diagonal = diagonal.fit_model(&model)?;
    /// // The mean-field approximation has the same means and is too sure of them.
    /// assert!((full.mean[0] - diagonal.mean[0]).abs() < 1e-6);
    /// assert!(diagonal.deviations()[0] < 0.9 * full.deviations()[0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn deviations(&self) -> Vec<f64> {
        (0..self.mean.len()).map(|j| self.covariance[(j, j)].sqrt()).collect()
    }
}
