//! Regression on data: logistic, least squares, Poisson.

use std::cell::RefCell;

use ravine::matrix::Matrix;
use ravine::minimize::ArgumentError;
use ravine::objective::{
    Derivatives, DynamicObjective, Evaluation, Fisher, Gradient, Hessian, HessianProduct, Objective,
};
use ravine_data::{Dataset, Design, Target};

use crate::Problem;

/// Up to this many coefficients the dense Hessian is supplied.
const DENSE: usize = 2_000;
/// Up to this many entries the Jacobian of the residuals is supplied.
const JACOBIAN: usize = 20_000_000;

/// What a linear predictor `eta = x'w` is compared with its target y by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegressionLoss {
    /// `ln(1 + e^eta) - y eta`, y either 0 or 1: the negative log-likelihood of a class.
    Logistic,
    /// `(eta - y)^2`.
    Squares,
    /// `e^eta - y eta`, y = 0, 1, 2, ...: the negative log-likelihood of a count of mean `e^eta`,
    /// without its constant `ln y!`.
    Poisson,
}

impl RegressionLoss {
    /// The loss and its first and second derivative by `eta`.
    ///
    /// ```
    /// use ravine_problems::RegressionLoss;
    ///
    /// // Far out, where e^eta alone would overflow.
    /// assert_eq!(RegressionLoss::Logistic.evaluate(1e4, 0.0), (1e4, 1.0, 0.0));
    /// assert_eq!(RegressionLoss::Squares.evaluate(3.0, 1.0), (4.0, 4.0, 2.0));
    /// ```
    pub fn evaluate(self, eta: f64, y: f64) -> (f64, f64, f64) {
        match self {
            Self::Logistic => {
                let e = (-eta.abs()).exp();
                // The probability of class 1 and of class 0, each without cancellation.
                let (p, q) = (1.0 / (1.0 + e), e / (1.0 + e));
                let (p, q) = if eta >= 0.0 { (p, q) } else { (q, p) };
                let slope = if y == 1.0 { -q } else { p - y };
                (eta.max(0.0) - y * eta + e.ln_1p(), slope, p * q)
            }
            Self::Squares => ((eta - y) * (eta - y), 2.0 * (eta - y), 2.0),
            Self::Poisson => {
                let mean = eta.exp();
                (mean - y * eta, mean - y, mean)
            }
        }
    }

    /// The loss as one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Squares => "squares",
            Self::Poisson => "poisson",
        }
    }

    /// The target as the numbers that the loss takes, and what they mean, in a sentence.
    ///
    /// Logistic: two classes, whether by name or by number; the first in order becomes 0, the
    /// second 1. Poisson: counts.
    ///
    /// # Errors
    ///
    /// Names what the loss cannot take.
    pub fn target(self, target: Target) -> Result<(Vec<f64>, String), ArgumentError> {
        let wrong = |message: String| Err(ArgumentError::new("target", message));
        match (self, target) {
            (Self::Logistic, Target::Classes { levels, codes }) => match levels.as_slice() {
                [zero, one] => {
                    let meaning = format!("class 1 is `{one}`, class 0 is `{zero}`");
                    Ok((codes.into_iter().map(f64::from).collect(), meaning))
                }
                _ => wrong(format!("has {} classes, but the logistic loss takes 2", levels.len())),
            },
            (Self::Logistic, Target::Numbers(mut numbers)) => {
                let zero = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                let one = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                if let Some(&other) = numbers.iter().find(|&&y| y != zero && y != one) {
                    return wrong(format!(
                        "has more than two values ({zero}, {other}, {one}), \
                         but the logistic loss takes 2 classes"
                    ));
                }
                if zero == one {
                    return wrong(format!("is {zero} in every row; 2 classes are needed"));
                }
                for y in &mut numbers {
                    *y = f64::from(*y == one);
                }
                Ok((numbers, format!("class 1 is {one}, class 0 is {zero}")))
            }
            (_, Target::Classes { levels, .. }) => {
                let example = levels.first().map_or("", String::as_str);
                wrong(format!(
                    "is a text (such as `{example}`), but the loss `{}` takes numbers",
                    self.name()
                ))
            }
            (Self::Poisson, Target::Numbers(numbers)) => {
                match numbers.iter().find(|&&y| y < 0.0 || y.fract() != 0.0) {
                    Some(y) => wrong(format!("has the value {y}, but counts are 0, 1, 2, ...")),
                    None => Ok((numbers, String::new())),
                }
            }
            (Self::Squares, Target::Numbers(numbers)) => Ok((numbers, String::new())),
        }
    }
}

/// A generalized linear model as an objective of its coefficients w:
///
/// `f(w) = 1/N sum_i loss(x_i'w, y_i) + l2/2 sum_j w_j^2`,
///
/// the sum over j without the intercept. Value, gradient and Hessian products cost two passes over
/// the data at most; the predictor `X w` is kept, so that products at one point share it. Dense
/// Hessians up to 2000 coefficients. All three losses have their canonical link (least squares up
/// to the scale), so that the Fisher information is the Hessian. Least squares also come as
/// residuals: `r_i = (x_i'w - y_i) / sqrt(N)`, then `sqrt(l2/2) w_j` for each penalized
/// coefficient.
///
/// Source: McCullagh and Nelder, Generalized Linear Models (1989), chapter 2.
///
/// ```
/// use ravine::objective::Gradient;
/// use ravine_data::Design;
/// use ravine::matrix::Matrix;
/// use ravine_problems::{Regression, RegressionLoss};
///
/// let mut design = Design::dense(Matrix::from_rows(&[[0.0], [2.0]]), vec!["x".into()]);
/// design.add_intercept();
/// let f = Regression::new(design, vec![1.0, 5.0], RegressionLoss::Squares, 0.0)?;
/// let mut g = vec![0.0; 2];
/// // The line 1 + 2 x goes through both points.
/// assert_eq!(f.value_and_gradient(&vec![1.0, 2.0], &mut g).unwrap(), 0.0);
/// assert_eq!(g, [0.0, 0.0]);
/// # Ok::<(), ravine::minimize::ArgumentError>(())
/// ```
#[derive(Debug)]
pub struct Regression {
    design: Design,
    target: Vec<f64>,
    loss: RegressionLoss,
    l2: f64,
    work: RefCell<Work>,
}

/// Kept between evaluations.
#[derive(Debug, Default)]
struct Work {
    /// Where `predictor = X w` was computed; empty at first.
    w: Vec<f64>,
    predictor: Vec<f64>,
    /// A number a case.
    cases: Vec<f64>,
    /// For second derivatives at `w`, whether `curvature` is up to date.
    curvature_known: bool,
    curvature: Vec<f64>,
}

impl Regression {
    /// A model of `target` by `design`.
    ///
    /// # Errors
    ///
    /// If `design` and `target` differ in length, the target is not one the loss takes (logistic:
    /// 0 and 1), or `l2` is negative or not finite.
    pub fn new(
        design: Design,
        target: Vec<f64>,
        loss: RegressionLoss,
        l2: f64,
    ) -> Result<Self, ArgumentError> {
        ArgumentError::check(l2 >= 0.0 && l2.is_finite(), "l2", l2, "zero or positive")?;
        let cases = design.rows();
        ArgumentError::check(cases > 0, "design", "empty", "of at least one case")?;
        let allowed = format!("one value a case, {cases}");
        ArgumentError::check(target.len() == cases, "target", target.len(), &allowed)?;
        for &y in &target {
            let (fits, allowed) = match loss {
                RegressionLoss::Logistic => (y == 0.0 || y == 1.0, "0 or 1"),
                RegressionLoss::Squares => (y.is_finite(), "finite"),
                RegressionLoss::Poisson => (y >= 0.0 && y.is_finite(), "a count"),
            };
            ArgumentError::check(fits, "target", y, allowed)?;
        }
        let work = Work {
            predictor: vec![0.0; cases],
            cases: vec![0.0; cases],
            curvature: vec![0.0; cases],
            ..Work::default()
        };
        Ok(Self { design, target, loss, l2, work: RefCell::new(work) })
    }

    /// The design matrix.
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// The coefficients that the penalty touches.
    fn penalized(&self) -> std::ops::Range<usize> {
        usize::from(self.design.has_intercept())..self.design.coefficients()
    }

    fn per_case(&self) -> f64 {
        1.0 / self.target.len() as f64
    }

    /// Brings the predictor to `w`.
    fn predict(&self, work: &mut Work, w: &[f64]) {
        if work.w != w {
            work.w.clear();
            work.w.extend_from_slice(w);
            work.curvature_known = false;
            self.design.multiply(w, &mut work.predictor);
        }
    }

    /// Brings `loss'' / N` to `w`.
    fn curvature(&self, work: &mut Work, w: &[f64]) {
        self.predict(work, w);
        if !work.curvature_known {
            let per_case = self.per_case();
            let cases = work.predictor.iter().zip(&self.target);
            for (c, (&eta, &y)) in work.curvature.iter_mut().zip(cases) {
                *c = per_case * self.loss.evaluate(eta, y).2;
            }
            work.curvature_known = true;
        }
    }

    fn penalty(&self, w: &[f64]) -> f64 {
        0.5 * self.l2 * w[self.penalized()].iter().map(|w| w * w).sum::<f64>()
    }
}

impl DynamicObjective for Regression {
    fn dimension(&self) -> usize {
        self.design.coefficients()
    }

    fn derivatives(&self) -> Derivatives {
        let n = self.design.coefficients();
        let residuals = self.loss == RegressionLoss::Squares
            && DynamicObjective::residual_count(self).saturating_mul(n) <= JACOBIAN;
        Derivatives {
            hessian: n <= DENSE,
            fisher: n <= DENSE,
            residuals,
            ..Derivatives::HESSIAN_PRODUCT
        }
    }

    fn value(&self, w: &[f64]) -> Evaluation<f64> {
        let work = &mut *self.work.borrow_mut();
        self.predict(work, w);
        let cases = work.predictor.iter().zip(&self.target);
        let sum: f64 = cases.map(|(&eta, &y)| self.loss.evaluate(eta, y).0).sum();
        Ok(self.per_case() * sum + self.penalty(w))
    }

    fn value_and_gradient(&self, w: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        let work = &mut *self.work.borrow_mut();
        self.predict(work, w);
        let per_case = self.per_case();
        let mut sum = 0.0;
        let cases = work.predictor.iter().zip(&self.target);
        for (slope, (&eta, &y)) in work.cases.iter_mut().zip(cases) {
            let (value, first, _) = self.loss.evaluate(eta, y);
            sum += value;
            *slope = per_case * first;
        }
        self.design.multiply_transposed(&work.cases, gradient);
        for j in self.penalized() {
            gradient[j] += self.l2 * w[j];
        }
        Ok(per_case * sum + self.penalty(w))
    }

    fn hessian_product(&self, w: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        let work = &mut *self.work.borrow_mut();
        self.curvature(work, w);
        self.design.multiply(d, &mut work.cases);
        for (t, c) in work.cases.iter_mut().zip(&work.curvature) {
            *t *= c;
        }
        self.design.multiply_transposed(&work.cases, product);
        for j in self.penalized() {
            product[j] += self.l2 * d[j];
        }
        Ok(())
    }

    fn hessian(&self, w: &[f64], hessian: &mut Matrix) -> Evaluation {
        let work = &mut *self.work.borrow_mut();
        self.curvature(work, w);
        self.design.gram(&work.curvature, hessian);
        for j in self.penalized() {
            hessian[(j, j)] += self.l2;
        }
        Ok(())
    }

    fn residual_count(&self) -> usize {
        match self.loss {
            RegressionLoss::Squares if self.l2 > 0.0 => self.target.len() + self.penalized().len(),
            RegressionLoss::Squares => self.target.len(),
            _ => 0,
        }
    }

    fn residuals(&self, w: &[f64], residuals: &mut [f64]) -> Evaluation {
        if self.loss != RegressionLoss::Squares {
            return Err(format!("the loss `{}` has no residuals", self.loss.name()).into());
        }
        let work = &mut *self.work.borrow_mut();
        self.predict(work, w);
        let root = self.per_case().sqrt();
        let (cases, penalized) = residuals.split_at_mut(self.target.len());
        for (r, (eta, y)) in cases.iter_mut().zip(work.predictor.iter().zip(&self.target)) {
            *r = root * (eta - y);
        }
        for (r, w) in penalized.iter_mut().zip(&w[self.penalized()]) {
            *r = (0.5 * self.l2).sqrt() * w;
        }
        Ok(())
    }

    fn residuals_and_jacobian(
        &self,
        w: &[f64],
        residuals: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        DynamicObjective::residuals(self, w, residuals)?;
        jacobian.fill(0.0);
        self.design.write(self.per_case().sqrt(), jacobian);
        if self.l2 > 0.0 {
            for (i, j) in self.penalized().enumerate() {
                jacobian[(self.target.len() + i, j)] = (0.5 * self.l2).sqrt();
            }
        }
        Ok(())
    }

    /// The Hessian, which the canonical links make equal to its expectation; the penalty counts as
    /// the information of a Gaussian prior.
    fn fisher(&self, w: &[f64], fisher: &mut Matrix) -> Evaluation {
        DynamicObjective::hessian(self, w, fisher)
    }
}

impl Objective for Regression {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.design.coefficients()
    }

    fn value(&self, w: &Vec<f64>) -> Evaluation<f64> {
        DynamicObjective::value(self, w)
    }
}

impl Gradient for Regression {
    fn value_and_gradient(&self, w: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        DynamicObjective::value_and_gradient(self, w, gradient)
    }
}

impl HessianProduct for Regression {
    fn hessian_product(&self, w: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        DynamicObjective::hessian_product(self, w, d, product)
    }
}

impl Hessian for Regression {
    fn hessian(&self, w: &[f64], hessian: &mut Matrix) -> Evaluation {
        DynamicObjective::hessian(self, w, hessian)
    }
}

impl Fisher for Regression {
    fn fisher(&self, w: &[f64], fisher: &mut Matrix) -> Evaluation {
        DynamicObjective::fisher(self, w, fisher)
    }
}

impl Problem {
    /// A regression on data, from all coefficients zero; `name` says where the data comes from.
    ///
    /// # Errors
    ///
    /// A target that the loss does not take, or a bad `l2`.
    ///
    /// ```
    /// use ravine_data::{Selection, read_csv};
    /// use ravine_problems::{Problem, RegressionLoss};
    ///
    /// let text = "dose,survived\n1,yes\n2,yes\n3,no\n2.5,no\n";
    /// let selection = Selection { target: Some("survived".into()), ..Selection::default() };
    /// let data = read_csv(text.as_bytes(), "trial.csv")?.select(&selection)?;
    /// let problem = Problem::regression("trial.csv", data, RegressionLoss::Logistic, 0.1)?;
    /// assert_eq!(problem.variables, ["(intercept)", "dose"]);
    /// assert_eq!(problem.note, "class 1 is `yes`, class 0 is `no`");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn regression(
        name: &str,
        data: Dataset,
        loss: RegressionLoss,
        l2: f64,
    ) -> Result<Self, ArgumentError> {
        let (target, note) = loss.target(data.target)?;
        let variables = data.design.names().to_vec();
        let objective = Regression::new(data.design, target, loss, l2)?;
        let penalty = if l2 > 0.0 { format!(", l2 = {l2}") } else { String::new() };
        Ok(Self {
            name: name.to_owned(),
            title: format!(
                "{} regression of `{}` on {} cases{penalty}",
                match loss {
                    RegressionLoss::Logistic => "Logistic",
                    RegressionLoss::Squares => "Least-squares",
                    RegressionLoss::Poisson => "Poisson",
                },
                data.target_name,
                objective.target.len(),
            ),
            source: "McCullagh and Nelder (1989), Generalized Linear Models".to_owned(),
            start: vec![0.0; variables.len()],
            objective: Box::new(objective),
            minima: Vec::new(),
            variables,
            window: None,
            note,
        })
    }
}
