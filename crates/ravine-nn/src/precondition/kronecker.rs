//! K-FAC's blocks: the Kronecker product of two second moments, damped and inverted.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, MatrixSlice, Precision};

use super::dense::{
    accumulate_gram, average, finite, project, project_back, sandwich, trace, view,
};
use super::scratch::Scratch;
use super::{Average, Averaging, DampedInverse, Eigenbasis, Failures, Shape, Status};

/// Settings of [`KroneckerFactors`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KroneckerSettings {
    /// How factors are averaged over steps. Default [`Average::Counted`] with decay `0.95`.
    pub average: Average,
    /// How damping enters. Default [`KroneckerDamping::Factored`].
    pub damping: KroneckerDamping,
}

impl Default for KroneckerSettings {
    fn default() -> Self {
        let damping = KroneckerDamping::Factored;
        Self { average: Average::Counted { decay: 0.95 }, damping }
    }
}

impl KroneckerSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        self.average.check("average")
    }
}

/// How the damping lambda enters the inverse of `S (x) A`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KroneckerDamping {
    /// `(S + gamma / pi I) (x) (A + pi gamma I)` with `gamma = sqrt(lambda)` and
    /// `pi = sqrt((tr A / dim A) / (tr S / dim S))`: two Cholesky factorizations, two products a
    /// direction.
    #[default]
    Factored,
    /// The same with `pi = 1`.
    Even,
    /// `S (x) A + lambda I` itself, by eigenbases: two eigendecompositions, four products a direction, and
    /// any lambda without another refresh.
    Exact,
}

/// K-FAC's approximation `F = S (x) A` of the curvature of a linear layer `y = W a`, W of o rows and i
/// columns: `A = E[a a']` of its inputs (i by i), `S = E[g g']` of the derivatives g of the loss of ONE
/// case with respect to its outputs (o by o).
///
/// On matrices `F V = S V A`, and directions are `F^-1 V = S^-1 V A^-1`, damped. A bias is one more input,
/// 1, and the last column of W. Where a side has dimension 1 its factor is a number s, and the other side
/// takes all damping: `(s A + lambda I)^-1`.
///
/// Statistics that are not finite are refused. An inverse that does not exist is kept and counted.
///
/// Source: Martens and Grosse, Optimizing neural networks with Kronecker-factored approximate curvature
/// (2015), sections 3 and 6.
///
/// ```
/// use ravine_nn::precondition::{KroneckerFactors, KroneckerSettings, Shape};
///
/// // Three cases of a layer with two inputs and one output.
/// let inputs = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0];
/// let adjoints = [1.0, -1.0, 2.0];
/// let mut factors = KroneckerFactors::new(Shape::new(1, 2), KroneckerSettings::default());
/// factors.observe(3, &inputs, &adjoints);
/// factors.refresh(0.01);
/// let mut direction = [0.0; 2];
/// factors.apply(&[1.0, 2.0], &mut direction);
/// # assert!(direction[1] > 0.0);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct KroneckerFactors<T: Precision> {
    settings: KroneckerSettings,
    shape: Shape,
    averaging: Averaging,
    input: Matrix<T>,
    output: Matrix<T>,
    inverses: Inverses<T>,
    /// Statistics refused.
    failures: Failures,
    #[serde(skip)]
    work: Scratch<FactorWork<T>>,
}

#[derive(Debug, Default)]
struct FactorWork<T> {
    projected: Vec<T>,
    product: Vec<T>,
    grams: [Matrix<T>; 2],
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "", rename_all = "snake_case")]
enum Inverses<T: Precision> {
    Factors { input: DampedInverse<T>, output: DampedInverse<T> },
    Eigen { input: Eigenpairs<T>, output: Eigenpairs<T>, damping: f64 },
}

/// A basis and eigenvalues of one factor.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub(super) struct Eigenpairs<T: Precision> {
    pub(super) basis: Eigenbasis<T>,
    pub(super) values: Vec<f64>,
}

impl<T: Precision> Eigenpairs<T> {
    pub(super) fn new(dimension: usize) -> Self {
        Self { basis: Eigenbasis::new(dimension), values: vec![1.0; dimension] }
    }

    /// Those of `correction factor`, values below zero as zero. Of a factor that is zero: the basis
    /// before, and zeros.
    pub(super) fn refresh(&mut self, factor: &Matrix<T>, correction: f64) -> Status {
        let status = self.basis.decompose_with_values(factor, &mut self.values);
        if status == Status::Refreshed {
            self.values.iter_mut().for_each(|v| *v = correction * v.max(0.0));
        }
        status
    }
}

impl<T: Precision> KroneckerFactors<T> {
    /// Factors of zero, inverses of one.
    pub fn new(shape: Shape, settings: KroneckerSettings) -> Self {
        let Shape { rows, columns } = shape;
        let inverses = match settings.damping {
            KroneckerDamping::Factored | KroneckerDamping::Even => Inverses::Factors {
                input: DampedInverse::new(columns),
                output: DampedInverse::new(rows),
            },
            KroneckerDamping::Exact => Inverses::Eigen {
                input: Eigenpairs::new(columns),
                output: Eigenpairs::new(rows),
                damping: 0.0,
            },
        };
        Self {
            averaging: Averaging::new(settings.average),
            input: Matrix::filled(columns, columns, T::ZERO),
            output: Matrix::filled(rows, rows, T::ZERO),
            inverses,
            failures: Failures::default(),
            work: Scratch::default(),
            settings,
            shape,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &KroneckerSettings {
        &self.settings
    }

    /// A as it is stored; see [`correction`](Self::correction).
    pub fn input(&self) -> &Matrix<T> {
        &self.input
    }

    /// S as it is stored.
    pub fn output(&self) -> &Matrix<T> {
        &self.output
    }

    /// What A and S are multiplied by when they are read.
    pub fn correction(&self) -> f64 {
        self.averaging.correction()
    }

    /// The worst of the counts of failures: of statistics that were refused, and of each side's inverse.
    pub fn failures(&self) -> Failures {
        let sides = match &self.inverses {
            Inverses::Factors { input, output } => [input.failures(), output.failures()],
            Inverses::Eigen { input, output, .. } => {
                [input.basis.failures(), output.basis.failures()]
            }
        };
        sides.into_iter().fold(self.failures, |a, b| Failures {
            consecutive: a.consecutive.max(b.consecutive),
            total: a.total.max(b.total),
        })
    }

    /// Takes in so many cases: their inputs, a row each, and the derivatives of each one's OWN loss with
    /// respect to the outputs, a row each: not divided by the number of cases. Where a weight is used at
    /// several places of a case, "expand": a row a place, inputs `cases` times places, see
    /// [`observe_grams`](Self::observe_grams) for other weights.
    ///
    /// # Panics
    ///
    /// If a slice has not `cases` rows.
    pub fn observe(&mut self, cases: usize, inputs: &[T], adjoints: &[T]) -> Status {
        let Shape { rows, columns } = self.shape;
        let weight = 1.0 / cases.max(1) as f64;
        let inputs = MatrixSlice::by_rows(inputs, cases, columns);
        let adjoints = MatrixSlice::by_rows(adjoints, cases, rows);
        self.observe_weighted((weight, inputs), (weight, adjoints))
    }

    /// Takes in `A = w_a X'X` and `S = w_s G'G` of these weights and matrices, a row a case: weights are
    /// how places, masks and cases are counted.
    ///
    /// # Panics
    ///
    /// If a matrix has not as many columns as its factor.
    pub fn observe_weighted(
        &mut self,
        (input_weight, inputs): (f64, MatrixSlice<'_, T>),
        (output_weight, adjoints): (f64, MatrixSlice<'_, T>),
    ) -> Status {
        let Shape { rows, columns } = self.shape;
        let [mut a, mut s] = std::mem::take(&mut self.work.grams);
        a.resize(columns, columns);
        s.resize(rows, rows);
        accumulate_gram(&mut a, 0.0, input_weight, inputs);
        accumulate_gram(&mut s, 0.0, output_weight, adjoints);
        let status = self.observe_grams(&a, &s);
        self.work.grams = [a, s];
        status
    }

    /// Takes in `E[a a']` and `E[g g']` of some cases.
    ///
    /// # Panics
    ///
    /// If a matrix has another shape than its factor.
    pub fn observe_grams(&mut self, input: &Matrix<T>, output: &Matrix<T>) -> Status {
        let Shape { rows, columns } = self.shape;
        assert_eq!((input.rows(), input.columns()), (columns, columns), "KroneckerFactors: inputs");
        assert_eq!((output.rows(), output.columns()), (rows, rows), "KroneckerFactors: outputs");
        if !finite(input.entries()) || !finite(output.entries()) {
            return self.failures.count(Status::KeptOld);
        }
        let (keep, add) = self.averaging.next_weights();
        average(self.input.entries_mut(), keep, add, input.entries());
        average(self.output.entries_mut(), keep, add, output.entries());
        self.failures.count(Status::Refreshed)
    }

    /// `pi = sqrt((tr A / dim A) / (tr S / dim S))`; 1 where a trace is zero.
    pub fn pi(&self) -> f64 {
        let a = trace(&self.input) / self.input.rows() as f64;
        let s = trace(&self.output) / self.output.rows() as f64;
        let pi = (a / s).sqrt();
        if a > 0.0 && s > 0.0 && pi.is_finite() { pi } else { 1.0 }
    }

    /// Inverses for this damping lambda. Factors do not change: refreshed twice they are the same to the
    /// bit.
    pub fn refresh(&mut self, damping: f64) -> Status {
        let correction = self.averaging.correction();
        let Shape { rows, columns } = self.shape;
        let pi = if self.settings.damping == KroneckerDamping::Even { 1.0 } else { self.pi() };
        match &mut self.inverses {
            Inverses::Factors { input, output } => {
                // A number multiplies the other factor, which takes all damping.
                let (scalar_output, scalar_input) = (rows == 1, columns == 1 && rows > 1);
                let gamma = damping.sqrt();
                if scalar_output || scalar_input {
                    let number =
                        if scalar_output { self.output[(0, 0)] } else { self.input[(0, 0)] };
                    let number = correction * number.wide();
                    let (side, factor) =
                        if scalar_output { (input, &self.input) } else { (output, &self.output) };
                    return side.refresh(factor, correction * number, damping);
                }
                let status = input.refresh(&self.input, correction, pi * gamma);
                status.and(output.refresh(&self.output, correction, gamma / pi))
            }
            Inverses::Eigen { input, output, damping: in_use } => {
                *in_use = damping;
                let status = input.refresh(&self.input, correction);
                status.and(output.refresh(&self.output, correction))
            }
        }
    }

    /// Eigenvectors and eigenvalues of A and S, where damping is exact.
    pub(super) fn eigenpairs(&self) -> Option<[&Eigenpairs<T>; 2]> {
        match &self.inverses {
            Inverses::Eigen { input, output, .. } => Some([input, output]),
            Inverses::Factors { .. } => None,
        }
    }

    /// Another damping without new inverses; nothing happens unless damping is
    /// [exact](KroneckerDamping::Exact).
    pub fn set_damping(&mut self, lambda: f64) {
        if let Inverses::Eigen { damping, .. } = &mut self.inverses {
            *damping = lambda;
        }
    }

    /// `out = F^-1 v`, damped, with the inverses of the last [`refresh`](Self::refresh); before the first
    /// `v` itself.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn apply(&mut self, v: &[T], out: &mut [T]) {
        self.shape.check("KroneckerFactors", v);
        self.shape.check("KroneckerFactors", out);
        let FactorWork { projected, product, .. } = &mut *self.work;
        match &self.inverses {
            Inverses::Factors { input, output } => {
                let (left, right) = (view(output.matrix()), view(input.matrix()));
                sandwich(self.shape, Some(left), v, Some(right), out, product);
            }
            Inverses::Eigen { input, output, damping } => {
                let bases = [Some(output.basis.vectors()), Some(input.basis.vectors())];
                projected.resize(self.shape.entries(), T::ZERO);
                project(self.shape, bases, v, projected, product);
                let rows = projected.chunks_exact_mut(self.shape.columns);
                for (row, s) in rows.zip(&output.values) {
                    for (x, a) in row.iter_mut().zip(&input.values) {
                        *x = divided(*x, s * a + damping);
                    }
                }
                project_back(self.shape, bases, projected, out, product);
            }
        }
    }

    /// `out = F v = S V A`, undamped.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn multiply(&mut self, v: &[T], out: &mut [T]) {
        self.shape.check("KroneckerFactors", v);
        self.shape.check("KroneckerFactors", out);
        let (left, right) = (view(&self.output), view(&self.input));
        sandwich(self.shape, Some(left), v, Some(right), out, &mut self.work.product);
        super::dense::scale(out, self.averaging.correction().powi(2));
    }
}

/// `x / by`; where there is no curvature at all, zero.
pub(super) fn divided<T: Precision>(x: T, by: f64) -> T {
    if by > 0.0 { T::narrow(x.wide() / by) } else { T::ZERO }
}

#[cfg(test)]
mod tests;
