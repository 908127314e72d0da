//! Whether the derivatives that an objective supplies are those of its function.

use std::fmt;

use super::{Evaluation, Gradient, Supplies};
use ravine_linalg::matrix::Matrix;

/// What [`check_derivatives`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct DerivativeCheck {
    /// What was compared.
    pub checked: Vec<&'static str>,
    /// The entries that are wrong, in the order in which they were found.
    pub mismatches: Vec<Mismatch>,
}

impl DerivativeCheck {
    /// Whether no entry is wrong.
    pub fn passed(&self) -> bool {
        self.mismatches.is_empty()
    }
}

impl fmt::Display for DerivativeCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.passed() {
            return write!(f, "{} agree with differences", self.checked.join(", "));
        }
        for (k, mismatch) in self.mismatches.iter().enumerate() {
            if k > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mismatch}")?;
        }
        Ok(())
    }
}

/// An entry of a derivative that is not what it should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The derivative: `gradient`, `Hessian product`, `Hessian`, `sparse Hessian`, `Jacobian`, or
    /// a value that differs between two calls.
    pub what: &'static str,
    /// The entry: an index of a vector, row and column of a matrix, none for a number.
    pub entry: Vec<usize>,
    /// What the objective says.
    pub supplied: f64,
    /// What differences say.
    pub expected: f64,
    /// How far differences can be wrong, as they estimate it themselves.
    pub uncertainty: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        match self.entry[..] {
            [] => {}
            [i] => write!(f, " entry {i}")?,
            [i, j, ..] => write!(f, " entry ({i}, {j})")?,
        }
        let Self { supplied, expected, uncertainty, .. } = self;
        // Nine digits, without the noise behind them.
        let expected = format!("{expected:.8e}").parse().unwrap_or(*expected);
        write!(f, " is {supplied:?}, differences say {expected:?} +- {uncertainty:.0e}")
    }
}

/// Compares all derivatives that an objective supplies with differences at x.
///
/// The gradient is compared with differences of values; Hessian products (along a fixed direction
/// without a pattern of its own), Hessian and sparse Hessian with differences of gradients; the
/// Jacobian with differences of residuals, and the value with the one that comes with the gradient.
/// Differences are central at steps `h, h/2, h/4, ...` and extrapolated to 0 (Richardson); of the
/// table's entries the one is taken that changed least when its order was raised, and that change
/// is its uncertainty. An entry is wrong where it is further off than ten times the uncertainty and
/// `1e-7` of its size and of the largest entry beside it.
///
/// Points reach up to two percent from x (of at least 1), bounds or not; where the function is not
/// finite, shorter steps serve alone.
///
/// This takes about `20 n` values, and as many gradients and residuals where second derivatives and
/// a Jacobian are supplied. Choose a point that is not special: at a minimizer, or where all
/// variables are equal, wrong derivatives can look right.
///
/// # Errors
///
/// Those of the objective.
///
/// # Example
///
/// ```
/// use ravine::objective::{check_derivatives, from_gradient};
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     g.copy_from_slice(&[2.0 * x[0], 1.0]);
///     x[0] * x[0] + x[1] * x[1]
/// });
/// let check = check_derivatives(&f, &[1.0, 2.0])?;
/// assert_eq!(check.mismatches[0].entry, [1]);
/// assert!(check.to_string().starts_with("gradient entry 1 is 1.0, differences say 4.0"));
/// # Ok::<(), ravine::FunctionError>(())
/// ```
pub fn check_derivatives(objective: &dyn Supplies, x: &[f64]) -> Evaluation<DerivativeCheck> {
    let x = &x.to_vec();
    let n = x.len();
    let mut check = DerivativeCheck { checked: Vec::new(), mismatches: Vec::new() };
    if let Some(objective) = objective.as_gradient() {
        let mut gradient = vec![0.0; n];
        let value = objective.value_and_gradient(x, &mut gradient)?;
        let alone = objective.value(x)?;
        check.compare("value with the gradient", &[value], &[alone], &[0.0], |_| vec![]);
        let (mut slopes, mut uncertainties) = (vec![0.0; n], vec![0.0; n]);
        for i in 0..n {
            let along = Line::axis(x, i);
            let estimate = along.differentiate(1, |point, out| {
                out[0] = objective.value(point)?;
                Ok(())
            })?;
            (slopes[i], uncertainties[i]) = estimate.entry(0);
        }
        check.compare("gradient", &gradient, &slopes, &uncertainties, |i| vec![i]);
    }
    if let Some(objective) = objective.as_hessian_product() {
        let direction: Vec<f64> = (0..n).map(|i| (i as f64 * 2.4 + 0.7).cos()).collect();
        let mut product = vec![0.0; n];
        objective.hessian_product(x, &direction, &mut product)?;
        let line = Line { x, direction: direction.clone(), step: first_step(x) };
        let estimate = line.differentiate(n, |point, out| write_gradient(objective, point, out))?;
        let (expected, uncertainty) = estimate.all();
        check.compare("Hessian product", &product, &expected, &uncertainty, |i| vec![i]);
    }
    let (dense, sparse) = (objective.as_hessian(), objective.as_sparse_hessian());
    if let Some(gradient) = objective.as_gradient()
        && (dense.is_some() || sparse.is_some())
    {
        let mut expected = Columns::default();
        for j in 0..n {
            let of_point =
                |point: &Vec<f64>, out: &mut Vec<f64>| write_gradient(gradient, point, out);
            expected.push(Line::axis(x, j).differentiate(n, of_point)?);
        }
        let place = |k: usize| vec![k % n, k / n];
        if let Some(objective) = dense {
            let mut hessian = Matrix::zeros(n, n);
            objective.hessian(x, &mut hessian)?;
            let Columns { values, uncertainties } = &expected;
            check.compare("Hessian", hessian.entries(), values, uncertainties, place);
        }
        if let Some(objective) = sparse {
            let mut sparse = objective.sparse_hessian_pattern(x)?;
            objective.sparse_hessian(x, &mut sparse)?;
            let mut filled = Matrix::zeros(n, n);
            for j in 0..n {
                let (rows, values) = sparse.column(j);
                rows.iter().zip(values).for_each(|(&i, &v)| filled[(i, j)] = v);
            }
            let Columns { values, uncertainties } = &expected;
            check.compare("sparse Hessian", filled.entries(), values, uncertainties, place);
        }
    }
    if let Some(objective) = objective.as_residuals() {
        let m = objective.residual_count();
        let (mut residuals, mut jacobian) = (vec![0.0; m], Matrix::zeros(m, n));
        objective.residuals_and_jacobian(x, &mut residuals, &mut jacobian)?;
        let mut alone = vec![0.0; m];
        objective.residuals(x, &mut alone)?;
        check
            .compare("residuals with the Jacobian", &residuals, &alone, &vec![0.0; m], |i| vec![i]);
        let loss = objective.loss();
        let sum: f64 = alone.iter().map(|r| loss.evaluate(r * r).0).sum();
        let value = objective.value(x)?;
        check.compare("value by the residuals", &[value], &[sum], &[0.0], |_| vec![]);
        let mut expected = Columns::default();
        for j in 0..n {
            let line = Line::axis(x, j);
            expected.push(line.differentiate(m, |point, out| objective.residuals(point, out))?);
        }
        let Columns { values, uncertainties } = &expected;
        let place = |k: usize| vec![k % m, k / m];
        check.compare("Jacobian", jacobian.entries(), values, uncertainties, place);
    }
    Ok(check)
}

fn write_gradient<O: Gradient<Point = Vec<f64>> + ?Sized>(
    objective: &O,
    point: &Vec<f64>,
    gradient: &mut Vec<f64>,
) -> Evaluation {
    objective.value_and_gradient(point, gradient).map(drop)
}

impl DerivativeCheck {
    fn compare(
        &mut self,
        what: &'static str,
        supplied: &[f64],
        expected: &[f64],
        uncertainties: &[f64],
        entry: impl Fn(usize) -> Vec<usize>,
    ) {
        self.checked.push(what);
        let finite = expected.iter().filter(|v| v.is_finite());
        let largest = finite.fold(0.0f64, |m, v| m.max(v.abs()));
        let all = supplied.iter().zip(expected).zip(uncertainties);
        for (k, ((&supplied, &expected), &uncertainty)) in all.enumerate() {
            let allowed = 10.0 * uncertainty + 1e-7 * (expected.abs() + 1e-3 * largest);
            let agrees = (supplied - expected).abs() <= allowed;
            // Where differences fail, nothing can be said.
            if expected.is_finite() && !agrees {
                let entry = entry(k);
                self.mismatches.push(Mismatch { what, entry, supplied, expected, uncertainty });
            }
        }
    }
}

/// The columns of a matrix from differences.
#[derive(Default)]
struct Columns {
    values: Vec<f64>,
    uncertainties: Vec<f64>,
}

impl Columns {
    fn push(&mut self, estimate: Estimate) {
        let (values, uncertainties) = estimate.all();
        self.values.extend(values);
        self.uncertainties.extend(uncertainties);
    }
}

/// The line `x + t direction` and the first step.
struct Line<'a> {
    x: &'a [f64],
    direction: Vec<f64>,
    step: f64,
}

fn first_step(x: &[f64]) -> f64 {
    0.02 * x.iter().fold(1.0f64, |m, x| m.max(x.abs()))
}

/// The derivative of several functions, each with its uncertainty.
struct Estimate {
    entries: Vec<(f64, f64)>,
}

impl Estimate {
    fn entry(&self, i: usize) -> (f64, f64) {
        self.entries[i]
    }

    fn all(self) -> (Vec<f64>, Vec<f64>) {
        self.entries.into_iter().unzip()
    }
}

/// How often the step is halved.
const HALVINGS: i32 = 9;

impl<'a> Line<'a> {
    fn axis(x: &'a [f64], i: usize) -> Self {
        let mut direction = vec![0.0; x.len()];
        direction[i] = 1.0;
        Self { x, direction, step: first_step(&x[i..=i]) }
    }

    /// The derivative at t = 0 of m functions along the line.
    fn differentiate(
        &self,
        m: usize,
        evaluate: impl Fn(&Vec<f64>, &mut Vec<f64>) -> Evaluation,
    ) -> Evaluation<Estimate> {
        let mut differences = vec![Vec::new(); m];
        let mut sizes = vec![0.0f64; m];
        let (mut above, mut below) = (vec![0.0; m], vec![0.0; m]);
        let mut point = self.x.to_vec();
        let mut displace = |t: f64, out: &mut Vec<f64>| {
            for ((p, x), d) in point.iter_mut().zip(self.x).zip(&self.direction) {
                *p = x + t * d;
            }
            evaluate(&point, out)
        };
        for halvings in 0..=HALVINGS {
            let h = self.step * 0.5f64.powi(halvings);
            displace(h, &mut above)?;
            displace(-h, &mut below)?;
            for i in 0..m {
                differences[i].push((above[i] - below[i]) / (2.0 * h));
                sizes[i] = sizes[i].max(above[i].abs()).max(below[i].abs());
            }
        }
        let entries = differences.iter().zip(&sizes);
        let entries = entries.map(|(d, &size)| extrapolate(d, f64::EPSILON * size / self.step));
        Ok(Estimate { entries: entries.collect() })
    }
}

/// Richardson extrapolation of central differences at halved steps: the entry of the table that
/// changed least, and that change. `rounding` is the error of the first difference by rounding.
///
/// Source: Ridders, Accurate computation of F'(x) and F'(x)F''(x) (1982).
fn extrapolate(differences: &[f64], rounding: f64) -> (f64, f64) {
    let mut best = (f64::NAN, f64::INFINITY);
    let mut previous: Vec<f64> = Vec::new();
    for (k, &difference) in differences.iter().enumerate() {
        // At half the step, rounding counts twice.
        let rounding = rounding * 2f64.powi(k as i32);
        let mut row = vec![difference];
        for (order, &coarse) in previous.iter().enumerate() {
            let fine = row[order];
            let factor = 4f64.powi(order as i32 + 1);
            let better = fine + (fine - coarse) / (factor - 1.0);
            let change = (better - fine).abs().max((better - coarse).abs()).max(rounding);
            if change < best.1 {
                best = (better, change);
            }
            row.push(better);
        }
        previous = row;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extrapolation_knows_how_far_it_is_off() {
        for (f, slope) in [
            (f64::exp as fn(f64) -> f64, 1.0),
            (|t: f64| (20.0 * t + 0.3).sin(), 20.0 * 0.3f64.cos()),
            (|t: f64| (1.0 + t).ln(), 1.0),
        ] {
            let line = Line { x: &[0.0], direction: vec![1.0], step: first_step(&[0.0]) };
            let estimate = line
                .differentiate(1, |x, out| {
                    out[0] = f(x[0]);
                    Ok(())
                })
                .unwrap();
            let (value, uncertainty) = estimate.entry(0);
            assert!(uncertainty < 1e-10 * slope.abs(), "{uncertainty}");
            assert!((value - slope).abs() <= 10.0 * uncertainty, "{value} {slope}");
        }
        // At a kink the differences agree among themselves; at a jump they do not settle.
        let (_, uncertainty) = extrapolate(&[1.0, 2.0, 4.0, 8.0, 16.0], 0.0);
        assert!(uncertainty >= 0.5);
        assert!(extrapolate(&[f64::NAN; 4], 0.0).0.is_nan());
    }
}
