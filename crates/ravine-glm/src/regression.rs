//! Regression on data: logistic, least squares, Poisson.

use std::cell::RefCell;
use std::sync::Arc;

use ravine::ArgumentError;
use ravine::matrix::{Cholesky, Matrix};
use ravine::objective::{
    BatchGaussNewtonProduct, BatchGradient, BatchHessianProduct, BatchHessianRoot, CaseGradients,
    DrawnGradients, Evaluation, FiniteSum, Fisher, GaussNewtonProduct, Gradient, Hessian,
    HessianProduct, HessianRoot, Objective, Recession, Residuals, Supplies,
};
use ravine::operator::{Congruence, Diagonal};
use ravine::random::Random;
use ravine_data::Design;

use crate::cases::{Cases, Subset, Work};
use crate::family::Family;
use crate::loss::RegressionLoss;
use crate::solve::separation::wrong_share_of;

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
/// It is a [`FiniteSum`] whose rest is the penalty: over a batch of the cases, the mean of theirs
/// and the same penalty. The rows of the last batch are kept, as a copy. The root of the Hessian
/// ([`HessianRoot`]) has the rows `sqrt(loss''_i / N) x_i'`, and l2 on the diagonal.
///
/// Source: McCullagh and Nelder, Generalized Linear Models (1989), chapter 2.
///
/// ```
/// use ravine::objective::Gradient;
/// use ravine_data::Design;
/// use ravine::matrix::Matrix;
/// use ravine_glm::{Regression, RegressionLoss};
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

    /// What predictions are compared with the target by.
    pub fn loss(&self) -> RegressionLoss {
        self.loss
    }

    /// The weight of the penalty.
    pub fn l2(&self) -> f64 {
        self.l2
    }

    /// The curvature of the cases at `w` as an operator, `X' diag(loss'' / N) X`: the Hessian without
    /// the penalty.
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine::operator::{LinearOperator, Structure};
    /// use ravine_data::Design;
    /// use ravine_glm::{Regression, RegressionLoss};
    ///
    /// let design = Design::dense(Matrix::from_rows(&[[1.0], [2.0]]), vec!["x".into()]);
    /// let f = Regression::new(design, vec![3.0, 5.0], RegressionLoss::Squares, 0.0)?;
    /// let curvature = f.curvature(&[0.0]);
    /// assert_eq!(curvature.structure(), Structure::Semidefinite);
    /// let mut product = vec![0.0];
    /// curvature.apply(&vec![1.0], &mut product).unwrap();
    /// assert_eq!(product, [5.0]);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn curvature(&self, w: &[f64]) -> Congruence<&Design, Diagonal<Vec<f64>>, Vec<f64>> {
        let work = &mut *self.work.borrow_mut();
        let weights = self.cases.curvature(self.loss, work, w).to_vec();
        Congruence::fitting(self.design(), Diagonal::new(weights))
    }

    /// The coefficients that the penalty touches.
    fn penalized(&self) -> std::ops::Range<usize> {
        usize::from(self.cases.design.has_intercept())..self.cases.design.coefficients()
    }

    /// Refuses a subset that cannot be evaluated.
    fn check(&self, cases: &[usize]) -> Evaluation {
        let all = self.cases.target.len();
        if cases.is_empty() {
            return Err("a batch of no cases has no mean".into());
        }
        match cases.iter().find(|&&i| i >= all) {
            Some(i) => Err(format!("there is no case {i}; there are {all}, from 0").into()),
            None => Ok(()),
        }
    }

    /// Whether a matrix with a row a coefficient is formed.
    fn is_narrow(&self) -> bool {
        self.cases.design.coefficients() <= DENSE
    }

    /// Whether there are residuals, and not too many for their Jacobian.
    fn residuals_fit(&self) -> bool {
        self.loss == RegressionLoss::Squares
            && self.residual_count().saturating_mul(self.cases.design.coefficients()) <= JACOBIAN
    }

    /// Refuses rows of a root of so many that there are not.
    fn check_rows(all: usize, first: usize, block: &Matrix) -> Evaluation {
        if block.rows() > all.saturating_sub(first) {
            let last = first + block.rows();
            return Err(format!("the root has {all} rows; {first} to {last} are asked for").into());
        }
        Ok(())
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
/// use ravine_glm::{Regression, RegressionLoss};
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

impl Objective for Regression {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.cases.design.coefficients()
    }

    fn value(&self, w: &Vec<f64>) -> Evaluation<f64> {
        Ok(self.cases.value(self.loss, &mut self.work.borrow_mut(), w) + self.penalty(w))
    }
}

impl Gradient for Regression {
    fn value_and_gradient(&self, w: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let mean = self.cases.gradient(self.loss, &mut self.work.borrow_mut(), w, gradient);
        self.add_penalty(w, gradient);
        Ok(mean + self.penalty(w))
    }
}

impl HessianProduct for Regression {
    fn hessian_product(&self, w: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.cases.product(self.loss, &mut self.work.borrow_mut(), w, d, product);
        self.add_penalty(d, product);
        Ok(())
    }
}

impl Hessian for Regression {
    fn hessian(&self, w: &[f64], hessian: &mut Matrix) -> Evaluation {
        let work = &mut *self.work.borrow_mut();
        self.cases.design.gram(self.cases.curvature(self.loss, work, w), hessian);
        for j in self.penalized() {
            hessian[(j, j)] += self.l2;
        }
        Ok(())
    }
}

impl Residuals for Regression {
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
        self.residuals(w, residuals)?;
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
}

impl Fisher for Regression {
    /// The Hessian, which the canonical links make equal to its expectation; the penalty counts as
    /// the information of a Gaussian prior.
    fn fisher(&self, w: &[f64], fisher: &mut Matrix) -> Evaluation {
        self.hessian(w, fisher)
    }
}

impl FiniteSum for Regression {
    fn cases(&self) -> usize {
        self.cases.target.len()
    }

    fn batch_value(&self, w: &Vec<f64>, cases: &[usize]) -> Evaluation<f64> {
        self.check(cases)?;
        let subset = &mut *self.subset.borrow_mut();
        let (chosen, work) = subset.choose(&self.cases, cases);
        Ok(chosen.value(self.loss, work, w) + self.penalty(w))
    }
}

impl BatchGradient for Regression {
    fn batch_value_and_gradient(
        &self,
        w: &Vec<f64>,
        cases: &[usize],
        gradient: &mut Vec<f64>,
    ) -> Evaluation<f64> {
        self.check(cases)?;
        let subset = &mut *self.subset.borrow_mut();
        let (chosen, work) = subset.choose(&self.cases, cases);
        let mean = chosen.gradient(self.loss, work, w, gradient);
        self.add_penalty(w, gradient);
        Ok(mean + self.penalty(w))
    }
}

impl BatchHessianProduct for Regression {
    fn batch_hessian_product(
        &self,
        w: &Vec<f64>,
        cases: &[usize],
        d: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        self.check(cases)?;
        let subset = &mut *self.subset.borrow_mut();
        let (chosen, work) = subset.choose(&self.cases, cases);
        chosen.product(self.loss, work, w, d, product);
        self.add_penalty(d, product);
        Ok(())
    }
}

impl CaseGradients for Regression {
    /// The first case at a new point costs a pass over the data, all others a row.
    fn case_gradient(&self, w: &Vec<f64>, case: usize, gradient: &mut Vec<f64>) -> Evaluation {
        self.check(&[case])?;
        let work = &mut *self.work.borrow_mut();
        self.cases.predict(work, w);
        let slope = self.loss.evaluate(work.predictor[case], self.cases.target[case]).1;
        self.cases.design.write_row(case, slope, gradient);
        Ok(())
    }
}

/// A case drawn from the data, and its target from the model.
impl DrawnGradients for Regression {
    fn drawn_gradient(
        &self,
        w: &Vec<f64>,
        random: &mut Random,
        gradient: &mut Vec<f64>,
    ) -> Evaluation {
        let work = &mut *self.work.borrow_mut();
        self.cases.predict(work, w);
        let case = random.below(self.cases.target.len());
        let slope = self.loss.drawn_slope(work.predictor[case], random);
        self.cases.design.write_row(case, slope, gradient);
        Ok(())
    }
}

/// The Hessian: the models are linear, and what is convex is the loss.
impl GaussNewtonProduct for Regression {
    fn gauss_newton_product(
        &self,
        w: &Vec<f64>,
        d: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        self.hessian_product(w, d, product)
    }
}

impl BatchGaussNewtonProduct for Regression {
    fn batch_gauss_newton_product(
        &self,
        w: &Vec<f64>,
        cases: &[usize],
        d: &Vec<f64>,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        self.batch_hessian_product(w, cases, d, product)
    }
}

impl BatchHessianRoot for Regression {
    fn batch_root_block(
        &self,
        w: &[f64],
        cases: &[usize],
        first: usize,
        block: &mut Matrix,
    ) -> Evaluation {
        self.check(cases)?;
        Self::check_rows(cases.len(), first, block)?;
        let subset = &mut *self.subset.borrow_mut();
        let (chosen, work) = subset.choose(&self.cases, cases);
        chosen.root(self.loss, work, w, first, block);
        Ok(())
    }
}

impl HessianRoot for Regression {
    fn root_rows(&self) -> usize {
        self.cases.target.len()
    }

    fn root_block(&self, w: &[f64], first: usize, block: &mut Matrix) -> Evaluation {
        Self::check_rows(self.cases.target.len(), first, block)?;
        self.cases.root(self.loss, &mut self.work.borrow_mut(), w, first, block);
        Ok(())
    }

    fn root_diagonal(&self, _: &[f64], diagonal: &mut [f64]) -> Evaluation {
        diagonal.fill(0.0);
        diagonal[self.penalized()].fill(self.l2);
        Ok(())
    }
}

/// A direction counts as one of recession where no row changes the wrong way by more than this share of
/// the largest change.
const WRONG: f64 = 1e-6;
/// Up to so many coefficients Newton's direction is cheap.
const NEWTON: usize = 300;

impl Recession for Regression {
    /// Of separated data without penalty: the point itself where it fits every row of a logistic
    /// regression perfectly in the limit, as all points on the ray through it do; else Newton's
    /// direction, to which steps tend under separation, where no row speaks against it.
    fn recession(&self, w: &Vec<f64>) -> Evaluation<Option<Vec<f64>>> {
        let family = match self.loss {
            RegressionLoss::Logistic => Family::Binomial,
            RegressionLoss::Poisson => Family::Poisson,
            RegressionLoss::Squares => return Ok(None),
        };
        let n = w.len();
        if self.l2 > 0.0 {
            return Ok(None);
        }
        let along = |d: &[f64]| {
            let mut change = vec![0.0; self.cases.target.len()];
            self.design().multiply(d, &mut change);
            change
        };
        let recedes = |change: &[f64]| wrong_share_of(family, &self.cases.target, change, |_| true);
        let z = along(w);
        if self.loss == RegressionLoss::Logistic && recedes(&z) == Some(0.0) {
            return Ok(Some(w.clone()));
        }
        // Newton's directions say something where some row is all but decided, and in few dimensions.
        if n > NEWTON || z.iter().all(|z| z.abs() <= 8.0) {
            return Ok(None);
        }
        let (mut gradient, mut hessian) = (vec![0.0; n], Matrix::zeros(n, n));
        self.value_and_gradient(w, &mut gradient)?;
        self.hessian(w, &mut hessian)?;
        let scales: Vec<f64> = (0..n).map(|j| hessian[(j, j)].sqrt()).collect();
        if scales.contains(&0.0) {
            return Ok(None);
        }
        let scaled = Matrix::from_fn(n, n, |i, j| hessian[(i, j)] / scales[i] / scales[j]);
        let Ok(factor) = Cholesky::new(&scaled) else { return Ok(None) };
        let mut d: Vec<f64> = gradient.iter().zip(&scales).map(|(g, s)| -g / s).collect();
        factor.solve(&mut d);
        d.iter_mut().zip(&scales).for_each(|(d, s)| *d /= s);
        let change = along(&d);
        let far = change.iter().any(|c| c.abs() > 0.5);
        Ok((far && recedes(&change).is_some_and(|wrong| wrong <= WRONG)).then_some(d))
    }
}

impl Supplies for Regression {
    ravine::supplies!(
        gradient,
        hessian_product,
        hessian if Self::is_narrow,
        residuals if Self::residuals_fit,
        residuals_and_hessian if |f: &Self| f.is_narrow() && f.residuals_fit(),
        fisher if Self::is_narrow,
        hessian_root,
        case_gradients,
        drawn_gradients,
        recession,
        batch_gradient,
        batch_hessian_product,
        batch_hessian_root,
    );
}
