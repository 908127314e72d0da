//! Logistic regression with Firth's penalty: finite estimates in spite of separation.

use ravine::ArgumentError;
use ravine::fit::two_sided_quantile;
use ravine::vector::dot;
use ravine_data::Design;

use crate::family::{Family, Link};
use crate::inference::{leverages, shift_intercept};
use crate::model::{FittedModel, GeneralizedLinearModel, Solver, Targets, null_point, problem_of};
use crate::solve::aliasing::{Alias, Found, find_beside};
use crate::solve::centring::centred;
use crate::solve::cholesky::FactoredInformation;
use crate::solve::problem::{Information, Point, Problem, Rows};
use crate::solve::rests::Rests;
use crate::solve::{Certificate, Interrupter, Status, Test};

/// A step changes no linear predictor by more, whatever the units of the columns.
const LONGEST: f64 = 5.0;

/// Logistic regression that maximizes the likelihood times Jeffreys' prior,
/// `l(b) + ln det A(b) / 2` with `A = X'diag(w mu (1 - mu))X`, the intercept included: the scores are
/// `sum_i [w_i (y_i - mu_i) + h_i (1/2 - mu_i)] x_i`, with the leverages `h_i`. The bias of estimates
/// falls from order 1/n to order 1/n^2, and they are finite always. Predicted probabilities are drawn
/// toward 1/2.
///
/// `n p^2` operations an iteration.
///
/// Sources: Firth, Bias reduction of maximum likelihood estimates (1993); Heinze and Schemper, A
/// solution to the problem of separation in logistic regression (2002).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::FirthLogistic;
///
/// // Separated: the likelihood alone has no maximum.
/// let x = Matrix::from_rows(&[[-1.0], [-0.5], [0.5], [1.0]]);
/// let x = Design::dense(x, vec!["x".into()]);
/// let fitted = FirthLogistic::default().fit(&x, &[0.0, 0.0, 1.0, 1.0])?;
/// assert!(fitted.converged && fitted.coefficients[0] > 1.0 && fitted.coefficients[0] < 5.0);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FirthLogistic {
    /// Whether there is an intercept; a design with a column of ones first has one in any case.
    /// Default `true`.
    pub intercept: bool,
    /// The largest score, in standard errors, at which the fit ends. Default `1e-10`.
    pub tolerance: f64,
    /// Most iterations. Default 200.
    pub iterations: usize,
    /// Who may end the fit. Default nobody.
    #[serde(skip)]
    pub interrupter: Interrupter,
}

impl Default for FirthLogistic {
    fn default() -> Self {
        Self {
            intercept: true,
            tolerance: 1e-10,
            iterations: 200,
            interrupter: Interrupter::default(),
        }
    }
}

/// What [`FirthLogistic`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct FirthFit {
    /// The intercept; 0 where there is none.
    pub intercept: f64,
    /// A coefficient a column.
    pub coefficients: Vec<f64>,
    /// From `A^-1`, the intercept first where there is one; `None` for columns left out.
    pub standard_errors: Vec<Option<f64>>,
    /// `l(b) + ln det A / 2`.
    pub penalized_log_likelihood: f64,
    /// Whether the scores vanish.
    pub converged: bool,
    /// What the penalized log-likelihood is below its maximum, about: half of the last Newton decrement squared.
    pub decrement: f64,
    /// How the fit ended.
    pub status: Status,
    /// Iterations made.
    pub iterations: usize,
    /// Columns that are combinations of others, and were left out.
    pub aliased: Vec<Alias>,
}

impl FirthFit {
    /// Wald's intervals, the intercept first where there is one.
    ///
    /// # Errors
    ///
    /// If the level is not between 0 and 1.
    pub fn intervals(&self, level: f64) -> Result<Vec<Option<(f64, f64)>>, ArgumentError> {
        let quantile = two_sided_quantile(level, None)?;
        let first = self.standard_errors.len() - self.coefficients.len();
        let all =
            std::iter::repeat_n(self.intercept, first).chain(self.coefficients.iter().copied());
        let of = |(b, se): (f64, &Option<f64>)| se.map(|se| (b - quantile * se, b + quantile * se));
        Ok(all.zip(&self.standard_errors).map(of).collect())
    }
}

/// The penalized log-likelihood at a point, and what steps from it need.
struct State {
    rows: Rows,
    factored: FactoredInformation,
    value: f64,
}

impl FirthLogistic {
    /// Fits the model; shares of trials are taken too, with the trials as weights.
    ///
    /// # Errors
    ///
    /// Names the argument and what is allowed.
    pub fn fit<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<FirthFit, ArgumentError> {
        let targets = targets.into();
        let (tolerance, iterations) = (self.tolerance, self.iterations);
        let allowed = tolerance > 0.0 && tolerance < 1.0;
        ArgumentError::check(allowed, "tolerance", tolerance, "above 0 and below 1")?;
        ArgumentError::check(iterations > 0, "iterations", iterations, "at least 1")?;
        let mut problem = problem_of(&self.model(), design, &targets)?;
        let centred = centred(design, &problem.weights, problem.intercept);
        // Here weights are trials: the penalty is not a mean.
        problem.weights.iter_mut().enumerate().for_each(|(i, w)| *w = targets.weight(i));
        let Some((centred, shifts)) = centred else { return self.fit_problem(problem, &targets) };
        let problem = Problem { design: &centred, shifts: shifts.clone(), ..problem };
        let mut fitted = self.fit_problem(problem, &targets)?;
        fitted.intercept -= dot(&shifts, &fitted.coefficients);
        fitted.aliased.iter_mut().for_each(|alias| alias.shift_back(&shifts));
        Ok(fitted)
    }

    /// The same as a model, whose deviance, residuals and errors are those of the likelihood without the penalty
    /// at these estimates: standard errors from `A^-1`, as [`FirthFit::standard_errors`] are. No
    /// [profile](crate::inference::Profile) of it is one of the penalized likelihood.
    ///
    /// # Errors
    ///
    /// See [`fit`](Self::fit).
    ///
    /// ```
    /// use ravine::matrix::Matrix;
    /// use ravine_data::Design;
    /// use ravine_glm::FirthLogistic;
    /// use ravine_glm::inference::InferenceSettings;
    ///
    /// let x = Matrix::from_rows(&[[-1.0], [-0.5], [0.5], [1.0]]);
    /// let x = Design::dense(x, vec!["x".into()]);
    /// let y = [0.0, 0.0, 1.0, 1.0];
    /// let errors = FirthLogistic::default().fit(&x, &y)?.standard_errors;
    /// let model = FirthLogistic::default().fit_model(&x, &y)?;
    /// let inference = model.inference(&x, &y, &InferenceSettings::default())?;
    /// assert!((inference.standard_errors[1].unwrap() - errors[1].unwrap()).abs() < 1e-9);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn fit_model<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<FittedModel, ArgumentError> {
        let targets = targets.into();
        let fit = self.fit(design, targets)?;
        let model = self.model();
        let problem = problem_of(&model, design, &targets)?;
        let (_, null) = null_point(&problem, &targets)?;
        let b = fit.coefficients.clone();
        let mut point = Point { intercept: fit.intercept, b, z: Vec::new() };
        problem.refresh(&mut point);
        let mut rows = Rows::default();
        problem.evaluate(&point.z, None, Information::Expected, &mut rows);
        Ok(FittedModel {
            loss: problem.loss,
            has_intercept: problem.intercept,
            intercept: fit.intercept,
            coefficients: point.b,
            linear_predictor: point.z,
            objective: rows.mean,
            null_objective: null.mean,
            status: fit.status,
            certificate: Certificate::Decrement(fit.decrement / targets.total_weight()),
            solver: Solver::Cholesky,
            reason: "Firth's penalty".to_owned(),
            iterations: fit.iterations.max(1),
            history: Vec::new(),
            aliased: fit.aliased,
            separation: None,
            notes: vec![
                "Firth's penalty: finite estimates, and probabilities drawn toward one half"
                    .to_owned(),
            ],
            model,
        })
    }

    fn model(&self) -> GeneralizedLinearModel {
        GeneralizedLinearModel {
            family: Family::Binomial,
            link: Some(Link::Logit),
            intercept: self.intercept,
            interrupter: self.interrupter.clone(),
            ..GeneralizedLinearModel::default()
        }
    }

    /// Fits a problem whose columns lie near zero where they can.
    fn fit_problem(
        &self,
        mut problem: Problem<'_>,
        targets: &Targets<'_>,
    ) -> Result<FirthFit, ArgumentError> {
        let Problem { design, weights, intercept, shifts, .. } = &problem;
        let held = vec![false; design.columns()];
        let Found { aliases, near } = find_beside(design, weights, *intercept, shifts, &held);
        aliases.iter().for_each(|alias| problem.aliased[alias.column] = true);
        if let Some(rests) = Rests::of(near)
            && let Some(changed) = rests.replaced(problem.design)
        {
            let problem = Problem { design: &changed, ..problem };
            return self.fit_distinct(problem, targets, aliases, &rests);
        }
        self.fit_distinct(problem, targets, aliases, &Rests::default())
    }

    /// Fits a problem none of whose columns is nearly a combination of others, with rests in place of those
    /// that were.
    fn fit_distinct(
        &self,
        problem: Problem<'_>,
        targets: &Targets<'_>,
        aliased: Vec<Alias>,
        rests: &Rests,
    ) -> Result<FirthFit, ArgumentError> {
        let (mut point, _) = null_point(&problem, targets)?;
        let mut state = State::at(&problem, &point);
        let n = problem.columns();
        let first = usize::from(problem.intercept);
        let (mut score, mut d, mut xd) = (vec![0.0; n], vec![0.0; n], vec![0.0; problem.rows()]);
        let mut converged = false;
        let mut status = Status::IterationLimit;
        let mut last_decrement = f64::INFINITY;
        let mut iterations = 0;
        while iterations < self.iterations && !converged {
            if problem.stopped() {
                status = Status::Stopped;
                break;
            }
            iterations += 1;
            let inverse = state.factored.inverse();
            let leverages = leverages(&problem, &inverse, &state.rows.weights);
            // The slopes of the objective: scores with the other sign.
            let slopes: Vec<f64> = (0..problem.rows())
                .map(|i| {
                    let mu = problem.loss.mean(point.z[i]);
                    state.rows.slopes[i] - leverages[i] * (0.5 - mu)
                })
                .collect();
            problem.design.multiply_columns_transposed(&slopes, &mut score);
            score.iter_mut().zip(&problem.aliased).filter(|(_, a)| **a).for_each(|(s, _)| *s = 0.0);
            let of_intercept = if problem.intercept { slopes.iter().sum() } else { 0.0 };
            let (mut d0, decrement) = state.factored.direction(&score, of_intercept, &mut d);
            last_decrement = decrement.max(0.0);
            converged = (2.0 * last_decrement).sqrt() <= self.tolerance;
            problem.design.multiply_columns(&d, &mut xd);
            xd.iter_mut().for_each(|x| *x += d0);
            let used = xd.iter().zip(&problem.weights).filter(|(_, w)| **w > 0.0);
            let largest = used.fold(0.0_f64, |most, (x, _)| x.abs().max(most));
            if largest > LONGEST {
                let share = LONGEST / largest;
                d0 *= share;
                d.iter_mut().chain(&mut xd).for_each(|d| *d *= share);
            }
            let mut t = 1.0;
            let taken = loop {
                let mut trial = point.clone();
                trial.intercept += t * d0;
                trial.b.iter_mut().zip(&d).for_each(|(b, d)| *b += t * d);
                trial.z.iter_mut().zip(&xd).for_each(|(z, d)| *z += t * d);
                let after = State::at(&problem, &trial);
                let rounding = 1e-13 * state.value.abs().max(1.0);
                if after.value >= state.value - rounding {
                    break Some((trial, after));
                }
                t *= 0.5;
                if t < 1e-10 {
                    break None;
                }
            };
            let Some((trial, after)) = taken else {
                status = Status::PrecisionLimit;
                break;
            };
            (point, state) = (trial, after);
        }
        problem.refresh(&mut point);
        let state = State::at(&problem, &point);
        let mut inverse = state.factored.inverse();
        let of_intercept = problem.intercept.then_some(&mut point.intercept);
        rests.coefficients_back(of_intercept, &mut point.b);
        rests.carry_back(&mut inverse, problem.intercept);
        if !problem.shifts.is_empty() {
            shift_intercept(&mut inverse, &problem.shifts);
        }
        let standard_errors = (0..n + first)
            .map(|k| {
                let left_out = k >= first && problem.aliased[k - first];
                (!left_out).then(|| inverse[(k, k)].max(0.0).sqrt())
            })
            .collect();
        Ok(FirthFit {
            intercept: point.intercept,
            coefficients: point.b,
            standard_errors,
            penalized_log_likelihood: state.value,
            converged,
            decrement: last_decrement,
            status: if converged { Status::Converged(Test::Decrement) } else { status },
            iterations,
            aliased,
        })
    }
}

impl State {
    fn at(problem: &Problem<'_>, point: &Point) -> Self {
        let mut rows = Rows::default();
        problem.evaluate(&point.z, None, Information::Expected, &mut rows);
        let mut factored = FactoredInformation::default();
        factored.factorize(problem, &rows.weights);
        let value = -rows.mean + 0.5 * factored.log_determinant();
        Self { rows, factored, value }
    }
}
