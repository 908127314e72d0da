//! Curves to be fitted: a formula of parameters and of columns of data.

use ravine::ArgumentError;
use ravine::autodiff::{AutodiffResiduals, LeftOperand, Real, ResidualFunction};
use ravine::fit::Weights;
use ravine::matrix::Matrix;
use ravine::objective::Residuals;

use super::{Expression, shortened};

/// The residuals `(f(p, x_i) - y_i) / sigma_i` of a curve f, by its parameters p: of the names in the
/// formula those that are columns of the data are the variables x, all others the parameters, in
/// the order of [`Expression::variables`]. With
/// [`AutodiffResiduals`] an objective with exact derivatives.
///
/// ```
/// use ravine::autodiff::AutodiffResiduals;
/// use ravine::methods::minimize_automatically;
/// use ravine::Stopping;
/// use ravine_problems::{Curve, Expression};
///
/// let (t, y) = (vec![0.0, 1.0, 2.0, 3.0], vec![5.0, 3.0, 2.0, 1.5]);
/// let curve = Curve::new(&Expression::parse("a*2^(-t) + c")?, &[("t", &t)], &y, None)?;
/// assert_eq!((curve.parameters(), curve.columns()), (&["a".to_owned(), "c".into()][..], &["t".to_owned()][..]));
/// let fit = AutodiffResiduals::new(curve);
/// let (_, outcome) = minimize_automatically(&fit, &[1.0, 1.0], Stopping::default())?;
/// assert!((outcome.x[0] - 4.0).abs() < 1e-12 && (outcome.x[1] - 1.0).abs() < 1e-12);
/// let (values, jacobian) = fit.function().at(&outcome.x, &[vec![10.0]])?;
/// assert!((values[0] - 1.0 - 4.0 / 1024.0).abs() < 1e-12);
/// assert_eq!((jacobian[(0, 0)], jacobian[(0, 1)]), (1.0 / 1024.0, 1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Curve {
    /// With the parameters numbered before the columns.
    expression: Expression,
    parameters: Vec<String>,
    columns: Vec<String>,
    /// A column of numbers for each of `columns`.
    data: Vec<Vec<f64>>,
    target: Vec<f64>,
    /// Of each datum; empty where all are 1.
    sigma: Vec<f64>,
}

impl Curve {
    /// A formula on columns of data, of which it may name any, to be fitted to a target, whose errors have the
    /// standard deviations `sigma`.
    ///
    /// # Errors
    ///
    /// If the formula names no column or nothing but columns, if columns differ in length, if a number
    /// is not finite or a standard deviation not positive, or if there are fewer data than parameters.
    pub fn new(
        expression: &Expression,
        columns: &[(&str, &[f64])],
        target: &[f64],
        sigma: Option<&[f64]>,
    ) -> Result<Self, ArgumentError> {
        let wrong = |argument, message| Err(ArgumentError::new(argument, message));
        let column = |name: &str| columns.iter().find(|(column, _)| *column == name);
        let (used, parameters): (Vec<&String>, Vec<&String>) =
            expression.variables.iter().partition(|name| column(name).is_some());
        let list = |names: &[&String]| {
            names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        };
        let names: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let source = shortened(&expression.source);
        if used.is_empty() {
            let message = format!(
                "`{source}` names no column of the data: name one of {}",
                list(&names.iter().collect::<Vec<_>>())
            );
            return wrong("formula", message);
        }
        if parameters.is_empty() {
            let message = format!(
                "`{source}` has no parameter to be fitted: all its names, {}, are columns of the \
                 data; a name that is none is a parameter",
                list(&used)
            );
            return wrong("formula", message);
        }
        let (m, n) = (target.len(), parameters.len());
        if m < n {
            let message = format!(
                "has {m} rows, but {n} parameters ({}) need at least {n}",
                list(&parameters)
            );
            return wrong("data", message);
        }
        let mut data = Vec::new();
        for name in &used {
            let Some((_, numbers)) = column(name) else { continue };
            if numbers.len() != m {
                let message =
                    format!("`{name}` has {} numbers, but the target has {m}", numbers.len());
                return wrong("columns", message);
            }
            data.push(numbers.to_vec());
        }
        let finite =
            data.iter().map(Vec::as_slice).chain([target]).flatten().all(|x| x.is_finite());
        ArgumentError::check(finite, "data", "not finite", "finite in every row")?;
        let sigma = sigma.unwrap_or_default().to_vec();
        if !sigma.is_empty() {
            let given = sigma.len();
            ArgumentError::check(given == m, "sigma", given, "of one number a row")?;
            Weights::deviations(sigma.clone())?;
        }
        let place = |name: &String| match parameters.iter().position(|other| *other == name) {
            Some(place) => place,
            None => n + used.iter().position(|other| *other == name).unwrap_or(0),
        };
        let new: Vec<usize> = expression.variables.iter().map(place).collect();
        let mut numbered = expression.clone();
        numbered.program.renumber(&new);
        let owned = |names: &[&String]| names.iter().map(|name| (*name).clone()).collect();
        Ok(Self {
            expression: numbered,
            parameters: owned(&parameters),
            columns: owned(&used),
            data,
            target: target.to_vec(),
            sigma,
        })
    }

    /// The names of the parameters, in order.
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }

    /// The columns that the formula names, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The numbers of column k of [`columns`](Self::columns).
    ///
    /// # Panics
    ///
    /// If there are fewer columns.
    pub fn data(&self, k: usize) -> &[f64] {
        &self.data[k]
    }

    /// What is fitted.
    pub fn target(&self) -> &[f64] {
        &self.target
    }

    /// The curve's values at places that need not be those of the data, and their exact Jacobian by the
    /// parameters. `columns` holds a column of numbers for each of [`columns`](Self::columns).
    ///
    /// # Errors
    ///
    /// If there is another number of columns, or of parameters.
    pub fn at(
        &self,
        parameters: &[f64],
        columns: &[Vec<f64>],
    ) -> Result<(Vec<f64>, Matrix), ArgumentError> {
        let given = columns.len();
        let expected = format!("{}, as the formula names", self.columns.len());
        ArgumentError::check(given == self.columns.len(), "columns", given, &expected)?;
        let count = columns.first().map_or(0, Vec::len);
        let equal = columns.iter().all(|column| column.len() == count);
        ArgumentError::check(equal, "columns", "of different lengths", "of one length")?;
        let there = Self {
            data: columns.to_vec(),
            target: vec![0.0; count],
            sigma: Vec::new(),
            ..self.clone()
        };
        let (mut values, n) = (vec![0.0; count], parameters.len());
        let mut jacobian = Matrix::zeros(count, n);
        AutodiffResiduals::new(there)
            .residuals_and_jacobian(parameters, &mut values, &mut jacobian)
            .map_err(|error| ArgumentError::new("parameters", error.to_string()))?;
        Ok((values, jacobian))
    }
}

impl ResidualFunction for Curve {
    fn dimension(&self) -> usize {
        self.parameters.len()
    }

    fn residual_count(&self) -> usize {
        self.target.len()
    }

    fn evaluate<R: Real>(&self, p: &[R], residuals: &mut [R])
    where
        f64: LeftOperand<R>,
    {
        let n = p.len();
        let mut names = p.to_vec();
        names.resize(n + self.data.len(), R::from(0.0));
        for (i, (r, &y)) in residuals.iter_mut().zip(&self.target).enumerate() {
            for (x, column) in names[n..].iter_mut().zip(&self.data) {
                *x = R::from(column[i]);
            }
            *r = self.expression.program.evaluate(&names) - y;
            if let Some(&sigma) = self.sigma.get(i) {
                *r /= sigma;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(formula: &str, columns: &[(&str, &[f64])], y: &[f64], s: Option<&[f64]>) -> String {
        let expression = Expression::parse(formula).unwrap();
        Curve::new(&expression, columns, y, s).unwrap_err().to_string()
    }

    #[test]
    fn residuals_are_in_units_of_their_errors() {
        let expression = Expression::parse("b*x + a*z").unwrap();
        let (x, z, y) = ([1.0, 2.0, 3.0], [1.0, -1.0, 0.5], [1.0, 1.0, 1.0]);
        let columns = [("z", &z[..]), ("unused", &y[..]), ("x", &x[..])];
        let curve = Curve::new(&expression, &columns, &y, Some(&[1.0, 2.0, 4.0])).unwrap();
        assert_eq!(
            (curve.parameters(), curve.columns()),
            (&["a", "b"].map(String::from)[..], &["x", "z"].map(String::from)[..])
        );
        let (mut r, mut j) = (vec![0.0; 3], Matrix::zeros(3, 2));
        AutodiffResiduals::new(curve).residuals_and_jacobian(&[10.0, 3.0], &mut r, &mut j).unwrap();
        assert_eq!(r, [12.0, -2.5, 3.25]);
        assert_eq!(j, Matrix::from_rows(&[[1.0, 1.0], [-0.5, 1.0], [0.125, 0.75]]));
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        let (x, y) = ([1.0, 2.0], [3.0, 4.0]);
        let columns = [("x", &x[..]), ("y", &y[..])];
        let none = refused("a + b", &columns, &y, None);
        assert_eq!(none, "formula: `a + b` names no column of the data: name one of `x`, `y`");
        assert!(refused("x^2", &columns, &y, None).starts_with("formula: `x^2` has no parameter"));
        let few = refused("a + b*x + c*x^2", &columns, &y, None);
        assert_eq!(few, "data: has 2 rows, but 3 parameters (`a`, `b`, `c`) need at least 3");
        assert!(refused("a*x", &[("x", &x[..1])], &y, None).starts_with("columns: `x` has 1"));
        assert!(refused("a*x", &columns, &[1.0, f64::NAN], None).starts_with("data: is"));
        assert!(refused("a*x", &columns, &y, Some(&[1.0, 0.0])).starts_with("sigma: is 0"));
        assert!(refused("a*x", &columns, &y, Some(&[1.0])).starts_with("sigma: is 1"));
        let expression = Expression::parse("a*x").unwrap();
        let curve = Curve::new(&expression, &columns, &y, None).unwrap();
        assert!(curve.at(&[1.0], &[]).is_err() && curve.at(&[1.0, 2.0], &[vec![1.0]]).is_err());
    }
}
