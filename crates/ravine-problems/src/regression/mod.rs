//! Regression on data: logistic, least squares, Poisson.

mod cases;
mod loss;

use std::cell::RefCell;
use std::sync::Arc;

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::objective::{
    Derivatives, DynamicObjective, Evaluation, FiniteSum, Fisher, Gradient, Hessian,
    HessianProduct, HessianRoot, Objective,
};
use ravine_data::{Dataset, Design};

use crate::Problem;
use cases::{Cases, Subset, Work};
pub use loss::RegressionLoss;

/// Up to this many coefficients the dense Hessian is supplied.
const DENSE: usize = 2_000;
/// Up to this many entries the Jacobian of the residuals is supplied.
const JACOBIAN: usize = 20_000_000;

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
/// It is a [`FiniteSum`] whose rest is the penalty: over a subset of the cases, the mean of theirs
/// and the same penalty. The rows of the last subset are kept, as a copy. The root of the Hessian
/// ([`HessianRoot`]) has the rows `sqrt(loss''_i / N) x_i'`, and l2 on the diagonal.
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
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Debug)]
pub struct Regression {
    cases: Arc<Cases>,
    loss: RegressionLoss,
    l2: f64,
    work: RefCell<Work>,
    subset: RefCell<Subset>,
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
        Ok(Self::of(Arc::new(Cases { design, target }), loss, l2))
    }

    fn of(cases: Arc<Cases>, loss: RegressionLoss, l2: f64) -> Self {
        let work = RefCell::new(cases.work());
        Self { cases, loss, l2, work, subset: RefCell::default() }
    }

    /// The design matrix.
    pub fn design(&self) -> &Design {
        &self.cases.design
    }

    /// The coefficients that the penalty touches.
    fn penalized(&self) -> std::ops::Range<usize> {
        usize::from(self.cases.design.has_intercept())..self.cases.design.coefficients()
    }

    /// Refuses a subset that cannot be evaluated.
    fn check(&self, cases: &[usize]) -> Evaluation {
        let all = self.cases.target.len();
        if cases.is_empty() {
            return Err("a subset of no cases has no mean".into());
        }
        match cases.iter().find(|&&i| i >= all) {
            Some(i) => Err(format!("there is no case {i}; there are {all}, from 0").into()),
            None => Ok(()),
        }
    }

    fn penalty(&self, w: &[f64]) -> f64 {
        0.5 * self.l2 * w[self.penalized()].iter().map(|w| w * w).sum::<f64>()
    }

    /// `g += l2 w` over the penalized coefficients.
    fn add_penalty(&self, w: &[f64], g: &mut [f64]) {
        for j in self.penalized() {
            g[j] += self.l2 * w[j];
        }
    }
}

/// The same model of the same data, which both share, with its own memory for evaluations: one for
/// each thread.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::objective::Objective;
/// use ravine_data::Design;
/// use ravine_problems::{Regression, RegressionLoss};
///
/// let design = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
/// let f = Regression::new(design, vec![3.0, 5.0], RegressionLoss::Squares, 0.0)?;
/// let copy = f.clone();
/// let elsewhere = std::thread::spawn(move || copy.value(&vec![2.0]).unwrap());
/// assert_eq!(elsewhere.join().unwrap(), f.value(&vec![2.0]).unwrap());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
impl Clone for Regression {
    fn clone(&self) -> Self {
        Self::of(Arc::clone(&self.cases), self.loss, self.l2)
    }
}

impl DynamicObjective for Regression {
    fn dimension(&self) -> usize {
        self.cases.design.coefficients()
    }

    fn derivatives(&self) -> Derivatives {
        let n = self.cases.design.coefficients();
        let residuals = self.loss == RegressionLoss::Squares
            && DynamicObjective::residual_count(self).saturating_mul(n) <= JACOBIAN;
        Derivatives {
            hessian: n <= DENSE,
            fisher: n <= DENSE,
            residuals,
            ..Derivatives::FINITE_SUM.and(Derivatives::HESSIAN_ROOT)
        }
    }

    fn value(&self, w: &[f64]) -> Evaluation<f64> {
        Ok(self.cases.value(self.loss, &mut self.work.borrow_mut(), w) + self.penalty(w))
    }

    fn value_and_gradient(&self, w: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        let mean = self.cases.gradient(self.loss, &mut self.work.borrow_mut(), w, gradient);
        self.add_penalty(w, gradient);
        Ok(mean + self.penalty(w))
    }

    fn hessian_product(&self, w: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        self.cases.product(self.loss, &mut self.work.borrow_mut(), w, d, product);
        self.add_penalty(d, product);
        Ok(())
    }

    fn hessian(&self, w: &[f64], hessian: &mut Matrix) -> Evaluation {
        let work = &mut *self.work.borrow_mut();
        self.cases.design.gram(self.cases.curvature(self.loss, work, w), hessian);
        for j in self.penalized() {
            hessian[(j, j)] += self.l2;
        }
        Ok(())
    }

    fn residual_count(&self) -> usize {
        match self.loss {
            RegressionLoss::Squares if self.l2 > 0.0 => {
                self.cases.target.len() + self.penalized().len()
            }
            RegressionLoss::Squares => self.cases.target.len(),
            _ => 0,
        }
    }

    fn residuals(&self, w: &[f64], residuals: &mut [f64]) -> Evaluation {
        if self.loss != RegressionLoss::Squares {
            return Err(format!("the loss `{}` has no residuals", self.loss.name()).into());
        }
        let work = &mut *self.work.borrow_mut();
        self.cases.predict(work, w);
        let root = self.cases.per_case().sqrt();
        let target = &self.cases.target;
        let (cases, penalized) = residuals.split_at_mut(target.len());
        for (r, (eta, y)) in cases.iter_mut().zip(work.predictor.iter().zip(target)) {
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
        let cases = self.cases.target.len();
        self.cases.design.write(0, &vec![self.cases.per_case().sqrt(); cases], jacobian);
        if self.l2 > 0.0 {
            for (i, j) in self.penalized().enumerate() {
                jacobian[(cases + i, j)] = (0.5 * self.l2).sqrt();
            }
        }
        Ok(())
    }

    /// The Hessian, which the canonical links make equal to its expectation; the penalty counts as
    /// the information of a Gaussian prior.
    fn fisher(&self, w: &[f64], fisher: &mut Matrix) -> Evaluation {
        DynamicObjective::hessian(self, w, fisher)
    }

    fn cases(&self) -> usize {
        self.cases.target.len()
    }

    fn subset_value_and_gradient(
        &self,
        w: &[f64],
        cases: &[usize],
        gradient: &mut [f64],
    ) -> Evaluation<f64> {
        self.check(cases)?;
        let subset = &mut *self.subset.borrow_mut();
        let (chosen, work) = subset.choose(&self.cases, cases);
        let mean = chosen.gradient(self.loss, work, w, gradient);
        self.add_penalty(w, gradient);
        Ok(mean + self.penalty(w))
    }

    fn subset_hessian_product(
        &self,
        w: &[f64],
        cases: &[usize],
        d: &[f64],
        product: &mut [f64],
    ) -> Evaluation {
        self.check(cases)?;
        let subset = &mut *self.subset.borrow_mut();
        let (chosen, work) = subset.choose(&self.cases, cases);
        chosen.product(self.loss, work, w, d, product);
        self.add_penalty(d, product);
        Ok(())
    }

    /// The first case at a new point costs a pass over the data, all others a row.
    fn case_gradient(&self, w: &[f64], case: usize, gradient: &mut [f64]) -> Evaluation {
        self.check(&[case])?;
        let work = &mut *self.work.borrow_mut();
        self.cases.predict(work, w);
        let slope = self.loss.evaluate(work.predictor[case], self.cases.target[case]).1;
        self.cases.design.write_row(case, slope, gradient);
        Ok(())
    }

    fn root_rows(&self) -> usize {
        self.cases.target.len()
    }

    fn root_block(&self, w: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
        let all = self.cases.target.len();
        if block.rows() > all.saturating_sub(first) {
            let last = first + block.rows();
            return Err(format!("the root has {all} rows; {first} to {last} are asked for").into());
        }
        self.cases.root(self.loss, &mut self.work.borrow_mut(), w, first, block);
        Ok(())
    }

    fn root_diagonal(&self, _: &[f64], diagonal: &mut [f64]) -> Evaluation {
        diagonal.fill(0.0);
        diagonal[self.penalized()].fill(self.l2);
        Ok(())
    }
}

impl Objective for Regression {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.cases.design.coefficients()
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

impl FiniteSum for Regression {
    fn cases(&self) -> usize {
        DynamicObjective::cases(self)
    }

    fn subset_value_and_gradient(
        &self,
        w: &Vec<f64>,
        cases: &[usize],
        gradient: &mut Vec<f64>,
    ) -> Evaluation<f64> {
        DynamicObjective::subset_value_and_gradient(self, w, cases, gradient)
    }

    fn subset_hessian_product(
        &self,
        w: &Vec<f64>,
        cases: &[usize],
        d: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        DynamicObjective::subset_hessian_product(self, w, cases, d, product)
    }

    fn case_gradient(&self, w: &Vec<f64>, case: usize, gradient: &mut Vec<f64>) -> Evaluation {
        DynamicObjective::case_gradient(self, w, case, gradient)
    }
}

impl HessianRoot for Regression {
    fn root_rows(&self) -> usize {
        DynamicObjective::root_rows(self)
    }

    fn root_block(&self, w: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
        DynamicObjective::root_block(self, w, first, block)
    }

    fn root_diagonal(&self, w: &[f64], diagonal: &mut [f64]) -> Evaluation {
        DynamicObjective::root_diagonal(self, w, diagonal)
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
        let regression = Regression::new(data.design, target, loss, l2)?;
        Ok(Self::of_regression(name, regression, &data.target_name, note))
    }

    /// A regression as a problem, from all coefficients zero; `target` is what the target is called,
    /// `note` what to say about it.
    pub fn of_regression(name: &str, regression: Regression, target: &str, note: String) -> Self {
        let variables = regression.design().names().to_vec();
        let Regression { loss, l2, .. } = regression;
        let penalty = if l2 > 0.0 { format!(", l2 = {l2}") } else { String::new() };
        Self {
            name: name.to_owned(),
            title: format!(
                "{} regression of `{target}` on {} cases{penalty}",
                match loss {
                    RegressionLoss::Logistic => "Logistic",
                    RegressionLoss::Squares => "Least-squares",
                    RegressionLoss::Poisson => "Poisson",
                },
                regression.cases.target.len(),
            ),
            source: "McCullagh and Nelder (1989), Generalized Linear Models".to_owned(),
            start: vec![0.0; variables.len()],
            objective: Box::new(regression),
            minima: Vec::new(),
            variables,
            window: None,
            note,
        }
    }
}
