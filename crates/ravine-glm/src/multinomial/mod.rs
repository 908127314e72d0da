//! More than two classes.

mod conjugate_gradients;
mod information;
mod newton;
mod softmax;

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine_data::Design;

use crate::solve::aliasing::{Alias, Found, find_beside};
use crate::solve::centring::centred;
use crate::solve::rests::Rests;
use crate::solve::{Certificate, Interrupter, Status};
use newton::Limits;
pub use newton::MultinomialSolver;
use softmax::{Point, Softmax};

/// The multinomial logistic model with an elastic-net penalty,
///
/// `F = (1/W) sum_i w_i (ln sum_k e^(z_ik) - z_(i y_i)) + sum_jk (l1 |b_jk| + l2 b_jk^2 / 2)`,
/// `z_ik = x_i'b_k + b0_k`,
///
/// with `l1 = alpha l1_ratio`, `l2 = alpha (1 - l1_ratio)`, and intercepts never penalized. With a
/// penalty all K classes have coefficients, and intercepts that add up to zero; without, the
/// coefficients of the reference class are zero.
///
/// Newton's method with the whole Hessian, `diag(p) - p p'` between classes: with L1 its quadratic
/// models are minimized by coordinate descent. Class by class, as is common, the iteration stalls where
/// classes overlap.
///
/// Sources: Boehning, Multinomial logistic regression algorithm (1992); Friedman, Hastie and
/// Tibshirani, Regularization paths for generalized linear models via coordinate descent (2010).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::Multinomial;
///
/// let x = Matrix::from_rows(&[[0.0], [0.2], [1.0], [1.3], [2.0], [2.4]]);
/// let x = Design::dense(x, vec!["x".into()]);
/// let model = Multinomial { alpha: 0.01, ..Default::default() };
/// let fitted = model.fit(&x, &[0, 0, 1, 1, 2, 2], None)?;
/// assert!(fitted.status.converged());
/// let p = fitted.predict(&x)?;
/// assert!(p[(0, 0)] > 0.5 && p[(5, 2)] > 0.5);
/// assert!(((0..3).map(|k| p[(3, k)]).sum::<f64>() - 1.0).abs() < 1e-14);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Multinomial {
    /// The size of the penalty, zero or positive. Default 0.
    pub alpha: f64,
    /// The share of L1 in the penalty, from 0 to 1. Default 0.
    pub l1_ratio: f64,
    /// Whether there are intercepts; a design with a column of ones first has them in any case.
    /// Default `true`.
    pub intercept: bool,
    /// The class whose coefficients are zero where there is no penalty. Default 0.
    pub reference: usize,
    /// How exact the fit is: see [`Test`](crate::Test). Default `1e-8`.
    pub tolerance: f64,
    /// Most iterations. Default 200.
    pub iterations: usize,
    /// Who may end the fit. Default nobody.
    #[serde(skip)]
    pub interrupter: Interrupter,
}

impl Default for Multinomial {
    fn default() -> Self {
        Self {
            alpha: 0.0,
            l1_ratio: 0.0,
            intercept: true,
            reference: 0,
            tolerance: 1e-8,
            iterations: 200,
            interrupter: Interrupter::default(),
        }
    }
}

/// What [`Multinomial`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct MultinomialFit {
    /// One a class.
    pub intercepts: Vec<f64>,
    /// For each class a coefficient a column.
    pub coefficients: Vec<Vec<f64>>,
    /// The size of the penalty.
    pub alpha: f64,
    /// The share of L1 in it.
    pub l1_ratio: f64,
    /// What solved for the steps.
    pub solver: MultinomialSolver,
    /// Whether there are intercepts.
    pub has_intercept: bool,
    /// F.
    pub objective: f64,
    /// The sum of the log-likelihoods.
    pub log_likelihood: f64,
    /// How the fit ended.
    pub status: Status,
    /// What is known of the distance from the optimum.
    pub certificate: Certificate,
    /// Newton's iterations.
    pub iterations: usize,
    /// Without penalty: standard errors of all classes but the reference class, the intercept of each
    /// first where there is one; NaN of columns that were left out.
    pub standard_errors: Option<Vec<Vec<f64>>>,
    /// Without penalty: columns that are combinations of others, and were left out.
    pub aliased: Vec<Alias>,
    /// What else a user should know, in sentences.
    pub notes: Vec<String>,
}

/// The same combinations of the columns before numbers were subtracted from them, if any.
fn shifted_back(mut aliases: Vec<Alias>, shifts: &[f64]) -> Vec<Alias> {
    if !shifts.is_empty() {
        aliases.iter_mut().for_each(|alias| alias.shift_back(shifts));
    }
    aliases
}

impl MultinomialFit {
    /// Probabilities of other rows, a column a class.
    ///
    /// # Errors
    ///
    /// If the design has another number of columns.
    pub fn predict(&self, design: &Design) -> Result<Matrix, ArgumentError> {
        let (found, expected) = (design.columns(), self.coefficients[0].len());
        let allowed = format!("that of the fit, {expected}");
        ArgumentError::check(found == expected, "design.columns()", found, &allowed)?;
        Ok(class_probabilities(design, &self.intercepts, &self.coefficients))
    }
}

/// `z_ik = x_i'b_k + b0_k`, a column a class.
fn class_predictors(design: &Design, intercepts: &[f64], coefficients: &[Vec<f64>]) -> Matrix {
    let mut z = Matrix::zeros(design.rows(), intercepts.len());
    for (k, intercept) in intercepts.iter().enumerate() {
        design.multiply_columns(&coefficients[k], z.column_mut(k));
        z.column_mut(k).iter_mut().for_each(|z| *z += intercept);
    }
    z
}

/// `2 sum_i w_i (ln sum_k e^(z_ik) - z_(i y_i))` of the rows with a weight.
pub(crate) fn class_deviance(
    design: &Design,
    classes: &[usize],
    fit: &MultinomialFit,
    weight: &dyn Fn(usize) -> f64,
) -> f64 {
    let z = class_predictors(design, &fit.intercepts, &fit.coefficients);
    let count = fit.intercepts.len();
    let rows = (0..classes.len()).filter(|&i| weight(i) > 0.0);
    let of_row = |i: usize| {
        let most = (0..count).map(|k| z[(i, k)]).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = (0..count).map(|k| (z[(i, k)] - most).exp()).sum();
        2.0 * weight(i) * (sum.ln() + most - z[(i, classes[i])])
    };
    rows.map(of_row).sum()
}

/// The probabilities of the classes at `z_ik = x_i'b_k + b0_k`, a column a class.
pub(crate) fn class_probabilities(
    design: &Design,
    intercepts: &[f64],
    coefficients: &[Vec<f64>],
) -> Matrix {
    let classes = intercepts.len();
    let mut p = class_predictors(design, intercepts, coefficients);
    for i in 0..design.rows() {
        let most = (0..classes).map(|k| p[(i, k)]).fold(f64::NEG_INFINITY, f64::max);
        (0..classes).for_each(|k| p[(i, k)] = (p[(i, k)] - most).exp());
        let sum: f64 = (0..classes).map(|k| p[(i, k)]).sum();
        (0..classes).for_each(|k| p[(i, k)] /= sum);
    }
    p
}

impl Multinomial {
    /// Fits the model to classes 0, 1, ..., each of which must be there.
    ///
    /// # Errors
    ///
    /// Names the argument and what is allowed.
    pub fn fit(
        &self,
        design: &Design,
        classes: &[usize],
        weights: Option<&[f64]>,
    ) -> Result<MultinomialFit, ArgumentError> {
        self.fit_from(design, classes, weights, None)
    }

    /// The same from a start: an intercept a class, and for each class a coefficient a column.
    ///
    /// # Errors
    ///
    /// See [`fit`](Self::fit); and if the start has other sizes.
    pub fn fit_from(
        &self,
        design: &Design,
        classes: &[usize],
        weights: Option<&[f64]>,
        start: Option<(&[f64], &[Vec<f64>])>,
    ) -> Result<MultinomialFit, ArgumentError> {
        let check = |holds: bool, name: &str, value: f64, allowed: &str| {
            ArgumentError::check(holds, name, value, allowed)
        };
        let alpha = self.alpha;
        check(alpha >= 0.0 && alpha.is_finite(), "alpha", alpha, "zero or positive, and finite")?;
        check((0.0..=1.0).contains(&self.l1_ratio), "l1_ratio", self.l1_ratio, "from 0 to 1")?;
        let tolerance = self.tolerance;
        check(tolerance > 0.0 && tolerance < 1.0, "tolerance", tolerance, "above 0 and below 1")?;
        let shares = Self::shares(design, classes, weights)?;
        let count = shares.len();
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        let allowed = format!("a class, below {count}");
        let reference = self.reference;
        ArgumentError::check(reference < count, "reference", reference, &allowed)?;
        let mut sums = vec![0.0; design.columns()];
        design.multiply_columns_transposed(&vec![1.0; design.rows()], &mut sums);
        if let Some(j) = sums.iter().position(|s| !s.is_finite()) {
            let name = &design.names()[j + usize::from(design.has_intercept())];
            let message = format!("the column `{name}` has an entry that is not finite");
            return Err(ArgumentError::new("design", message));
        }
        let total: f64 = shares.iter().sum();
        let own_weights: Vec<f64> = (0..classes.len()).map(|i| weight(i) / total).collect();
        let intercept = self.intercept || design.has_intercept();
        let centred = centred(design, &own_weights, intercept);
        let shifts = centred.as_ref().map_or_else(Vec::new, |(_, shifts)| shifts.clone());
        let near_zero = centred.as_ref().map_or(design, |(design, _)| design);
        // Conjugate gradients leave combinations as they are.
        let searched = alpha == 0.0 && information::is_formed(count, design.columns());
        let mut held = vec![false; design.columns()];
        let Found { aliases, near } = match searched {
            true => find_beside(near_zero, &own_weights, intercept, &shifts, &held),
            false => Found::default(),
        };
        let names = &design.names()[usize::from(design.has_intercept())..];
        let mut notes = Vec::new();
        let (mut rests, mut replaced) = (Rests::default(), None);
        if let Some(found) = Rests::of(near) {
            notes = found.words(names);
            replaced = found.replaced(near_zero);
            match &replaced {
                Some(_) => rests = found,
                None => notes.push(found.lost_words(names)),
            }
        }
        aliases.iter().for_each(|alias| held[alias.column] = true);
        let constant = |b: &[f64]| shifts.iter().zip(b).map(|(m, b)| m * b).sum::<f64>();
        let problem = Softmax {
            design: replaced.as_ref().unwrap_or(near_zero),
            classes,
            count,
            weights: own_weights,
            intercept,
            l1: alpha * self.l1_ratio,
            l2: alpha * (1.0 - self.l1_ratio),
            fixed: (alpha == 0.0).then_some(reference),
            shifts: shifts.clone(),
            held,
            rests,
            interrupter: self.interrupter.clone(),
        };
        let mut point = Point::zero(&problem);
        let mut null = (count as f64).ln();
        if problem.intercept {
            let base = problem.fixed.map_or_else(
                || shares.iter().map(|s| s.ln()).sum::<f64>() / count as f64,
                |k| shares[k].ln(),
            );
            point.intercepts = shares.iter().map(|s| s.ln() - base).collect();
            null = shares.iter().map(|s| -s / total * (s / total).ln()).sum();
        }
        // A start is of the columns themselves.
        if let Some((intercepts, coefficients)) = start.filter(|_| problem.rests.is_empty()) {
            point.start_at(&problem, intercepts, coefficients)?;
            let of_point = point.intercepts.iter_mut().zip(&point.b);
            of_point.for_each(|(intercept, b)| *intercept += constant(b));
        }
        let limits = Limits { tolerance, iterations: self.iterations, null, total };
        let mut solved = newton::solve(&problem, point, &limits);
        for (b0, b) in solved.point.intercepts.iter_mut().zip(&mut solved.point.b) {
            problem.rests.coefficients_back(problem.intercept.then_some(&mut *b0), b);
            *b0 -= constant(b);
        }
        if problem.intercept && problem.fixed.is_none() {
            let mean = solved.point.intercepts.iter().sum::<f64>() / count as f64;
            solved.point.intercepts.iter_mut().for_each(|b| *b -= mean);
        }
        let objective = solved.mean + problem.penalty(&solved.point.b);
        Ok(MultinomialFit {
            intercepts: solved.point.intercepts,
            coefficients: solved.point.b,
            alpha,
            l1_ratio: self.l1_ratio,
            solver: solved.solver,
            has_intercept: problem.intercept,
            objective,
            log_likelihood: -total * solved.mean,
            status: solved.status,
            certificate: solved.certificate,
            iterations: solved.iterations.max(1),
            standard_errors: solved.standard_errors,
            aliased: shifted_back(aliases, &shifts),
            notes,
        })
    }

    /// The sum of the weights of each class, all of which must be there.
    pub(crate) fn shares(
        design: &Design,
        classes: &[usize],
        weights: Option<&[f64]>,
    ) -> Result<Vec<f64>, ArgumentError> {
        let zeros = vec![0.0; classes.len()];
        crate::Targets { y: &zeros, weights, offset: None }.check(design.rows())?;
        let count = classes.iter().max().map_or(0, |k| k + 1);
        ArgumentError::check(count > 1, "classes", count, "at least two classes")?;
        let mut shares = vec![0.0; count];
        for (i, &class) in classes.iter().enumerate() {
            shares[class] += weights.map_or(1.0, |w| w[i]);
        }
        if let Some(k) = shares.iter().position(|&share| share == 0.0) {
            let message = format!("class {k} of {count} has no row with a weight");
            return Err(ArgumentError::new("classes", message));
        }
        Ok(shares)
    }
}
