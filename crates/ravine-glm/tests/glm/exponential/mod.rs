//! Exponential families: values, information, conversions, likelihoods, natural gradients.

mod families;
mod natural_gradient;
mod scales;

use ravine_glm::exponential::{
    Beta, Binomial, Categorical, Dirichlet, Exponential, ExponentialFamily, Gamma, Gaussian,
    InverseGaussian, KnownVarianceGaussian, MultivariateGaussian, NegativeBinomial, Parameters,
    Poisson, VonMises,
};
use serde_json::Value;

use crate::reference::{numbers, reference};

/// A family and two of its members in usual parameters.
pub struct Case {
    pub family: Box<dyn ExponentialFamily>,
    pub p: Vec<f64>,
    pub q: Vec<f64>,
    pub expected: Value,
}

impl Case {
    pub fn natural(&self) -> (Vec<f64>, Vec<f64>) {
        let of = |theta: &[f64]| self.family.natural(Parameters::Usual, theta).unwrap();
        (of(&self.p), of(&self.q))
    }
}

fn family(name: &str) -> Box<dyn ExponentialFamily> {
    match name {
        "gaussian, variance 1.5 known" => Box::new(KnownVarianceGaussian::new(1.5).unwrap()),
        "gaussian" => Box::new(Gaussian),
        "bernoulli" => Box::new(Binomial::bernoulli()),
        "binomial, 7 trials" => Box::new(Binomial::new(7).unwrap()),
        "categorical, 3 classes" => Box::new(Categorical::new(3).unwrap()),
        "poisson" => Box::new(Poisson),
        "exponential" => Box::new(Exponential),
        "gamma" => Box::new(Gamma),
        "beta" => Box::new(Beta),
        "negative binomial, size 2.5 known" => Box::new(NegativeBinomial::new(2.5).unwrap()),
        "inverse gaussian" => Box::new(InverseGaussian),
        "von mises" => Box::new(VonMises),
        "multivariate gaussian, 2 dimensions" => Box::new(MultivariateGaussian::new(2).unwrap()),
        "dirichlet, 3 components" => Box::new(Dirichlet::new(3).unwrap()),
        other => panic!("the family {other}"),
    }
}

/// Usual parameters; of a mean and a covariance, the mean and the lower triangle.
fn usual(value: &Value) -> Vec<f64> {
    if !value[0].is_array() {
        return numbers(value);
    }
    let (mean, s) = (numbers(&value[0]), &value[1]);
    let entry = |i: usize, j: usize| s[i][j].as_f64().unwrap();
    [mean, vec![entry(0, 0), entry(1, 0), entry(1, 1)]].concat()
}

/// Every family of the reference.
pub fn cases() -> Vec<Case> {
    let all = reference();
    let cases = all["exponential_families"].as_array().unwrap().iter().map(|expected| Case {
        family: family(expected["family"].as_str().unwrap()),
        p: usual(&expected["p"]),
        q: usual(&expected["q"]),
        expected: expected.clone(),
    });
    cases.collect()
}
