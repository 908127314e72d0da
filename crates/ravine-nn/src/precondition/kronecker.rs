//! K-FAC's blocks: the Kronecker product of two second moments, damped and inverted.

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
mod tests {
    use super::super::dense::view_mut;
    use super::super::examples::*;
    use super::*;
    use ravine_linalg::matrix::Lu;
    use ravine_linalg::random::Random;

    const TWO: Shape = Shape { rows: 2, columns: 2 };

    fn pinned(damping: KroneckerDamping) -> KroneckerFactors<f64> {
        let settings = KroneckerSettings { damping, ..KroneckerSettings::default() };
        let mut factors = KroneckerFactors::new(TWO, settings);
        let a = Matrix::from_rows(&[[2.0, 0.5], [0.5, 1.0]]);
        let s = Matrix::from_rows(&[[1.0, 0.2], [0.2, 0.5]]);
        assert_eq!(factors.observe_grams(&a, &s), Status::Refreshed);
        factors
    }

    #[test]
    fn pinned_solves() {
        let v = [1.0, 2.0, 3.0, 4.0];
        let mut out = [0.0; 4];
        let mut factored = pinned(KroneckerDamping::Factored);
        assert!((factored.pi() - 2f64.sqrt()).abs() < 1e-15);
        assert_eq!(factored.refresh(0.01), Status::Refreshed);
        factored.apply(&v, &mut out);
        close(&out, &[-0.162914, 0.595156, 1.194419, 5.433646], DIGITS);
        let mut exact = pinned(KroneckerDamping::Exact);
        exact.refresh(0.5);
        exact.set_damping(0.01);
        exact.apply(&v, &mut out);
        close(&out, &[-0.250670, 0.584379, 1.268859, 7.041130], DIGITS);
    }

    fn statistics(random: &mut Random, shape: Shape, cases: usize) -> (Vec<f64>, Vec<f64>) {
        let mixed = |random: &mut Random, n: usize| {
            let mix: Vec<f64> = drawn(random, n * n);
            let raw: Vec<f64> = drawn(random, n * cases);
            let mut out = vec![0.0; n * cases];
            let (mix, raw) = (Shape::new(n, n).view(&mix), Shape::new(cases, n).view(&raw));
            Shape::new(cases, n).view_mut(&mut out).set_product(1.0, raw, mix);
            out
        };
        (mixed(random, shape.columns), mixed(random, shape.rows))
    }

    /// Mistakes 7 and 10: against the dense Kronecker product, with shapes that are not square.
    #[test]
    fn solves_are_those_of_the_dense_product() {
        let mut random = Random::new(18);
        for shape in [Shape::new(3, 5), Shape::new(4, 2), Shape::new(1, 4), Shape::new(4, 1)] {
            let (inputs, adjoints) = statistics(&mut random, shape, 9);
            let n = shape.entries();
            let v: Vec<f64> = drawn(&mut random, n);
            for damping in
                [KroneckerDamping::Factored, KroneckerDamping::Even, KroneckerDamping::Exact]
            {
                let settings = KroneckerSettings { damping, ..KroneckerSettings::default() };
                let mut factors = KroneckerFactors::new(shape, settings);
                factors.observe(9, &inputs, &adjoints);
                factors.refresh(0.3);
                let once = factors.clone();
                factors.refresh(0.3);
                assert_eq!(factors, once);
                let (a, s, pi) = (factors.input().clone(), factors.output().clone(), factors.pi());
                let second = |x: &[f64], d: usize, i: usize, j: usize| {
                    x.chunks(d).map(|row| row[i] * row[j] / 9.0).sum::<f64>()
                };
                assert!((a[(0, 0)] - second(&inputs, shape.columns, 0, 0)).abs() < 1e-13);
                let last = shape.rows - 1;
                assert!((s[(0, last)] - second(&adjoints, shape.rows, 0, last)).abs() < 1e-13);
                let one = |i, j| if i == j { 1.0 } else { 0.0 };
                let numbers = shape.rows == 1 || shape.columns == 1;
                let (shift_a, shift_s, whole) = match damping {
                    KroneckerDamping::Exact => (0.0, 0.0, 0.3),
                    _ if numbers => (0.0, 0.0, 0.3),
                    KroneckerDamping::Even => (0.3f64.sqrt(), 0.3f64.sqrt(), 0.0),
                    KroneckerDamping::Factored => (pi * 0.3f64.sqrt(), 0.3f64.sqrt() / pi, 0.0),
                };
                let c = shape.columns;
                let dense = Matrix::from_fn(n, n, |p, q| {
                    let a = a[(p % c, q % c)] + shift_a * one(p % c, q % c);
                    let s = s[(p / c, q / c)] + shift_s * one(p / c, q / c);
                    s * a + whole * one(p, q)
                });
                let (mut out, mut back) = (vec![0.0; n], vec![0.0; n]);
                factors.apply(&v, &mut out);
                dense.multiply(&out, &mut back);
                close(&back, &v, 1e-11);
                let mut product = vec![0.0; n];
                factors.multiply(&v, &mut product);
                let undamped = Matrix::from_fn(n, n, |p, q| s[(p / c, q / c)] * a[(p % c, q % c)]);
                undamped.multiply(&v, &mut back);
                close(&product, &back, 1e-11);
            }
        }
    }

    /// Undamped steps do not depend on the coordinates of inputs and outputs.
    #[test]
    fn undamped_it_is_affinely_invariant() {
        let mut random = Random::new(19);
        let shape = Shape::new(3, 4);
        let (inputs, adjoints) = statistics(&mut random, shape, 11);
        let (t, u): (Vec<f64>, Vec<f64>) = (drawn(&mut random, 16), drawn(&mut random, 9));
        let moved = |x: &[f64], by: &[f64], d| {
            let mut out = vec![0.0; x.len()];
            let shape = Shape::new(11, d);
            let by = Shape::new(d, d).view(by);
            shape.view_mut(&mut out).set_product(1.0, shape.view(x), by.transposed());
            out
        };
        let gradient = |inputs: &[f64], adjoints: &[f64]| {
            let mut g = vec![0.0; 12];
            let adjoints = Shape::new(11, 3).view(adjoints).transposed();
            shape.view_mut(&mut g).set_product(
                1.0 / 11.0,
                adjoints,
                Shape::new(11, 4).view(inputs),
            );
            g
        };
        let direction = |inputs: &[f64], adjoints: &[f64], damping| {
            let settings = KroneckerSettings { damping, ..KroneckerSettings::default() };
            let mut factors = KroneckerFactors::new(shape, settings);
            factors.observe(11, inputs, adjoints);
            assert_eq!(factors.refresh(0.0), Status::Refreshed);
            let mut out = vec![0.0; 12];
            factors.apply(&gradient(inputs, adjoints), &mut out);
            out
        };
        for damping in [KroneckerDamping::Factored, KroneckerDamping::Exact] {
            let plain = direction(&inputs, &adjoints, damping);
            // Inputs a' = T a, adjoints g' = U g: W' = U^-T W T^-1, so D = U' D' T.
            let other = direction(&moved(&inputs, &t, 4), &moved(&adjoints, &u, 3), damping);
            let (mut half, mut back) = (vec![0.0; 12], vec![0.0; 12]);
            shape.view_mut(&mut half).set_product(
                1.0,
                shape.view(&other),
                Shape::new(4, 4).view(&t),
            );
            let u = Shape::new(3, 3).view(&u).transposed();
            shape.view_mut(&mut back).set_product(1.0, u, shape.view(&half));
            close(&plain, &back, 1e-8);
        }
    }

    /// Mistake 12: dead layers.
    #[test]
    fn zero_traces_and_refused_statistics() {
        let shape = Shape::new(2, 3);
        let mut factors = KroneckerFactors::<f32>::new(shape, KroneckerSettings::default());
        let v: Vec<f32> = narrowed(&G1);
        let mut out = vec![0.0; 6];
        factors.apply(&v, &mut out);
        assert_eq!(out, v);
        factors.observe(2, &[0.0; 6], &[1.0, 0.5, 0.0, 2.0]);
        assert_eq!(factors.pi(), 1.0);
        assert_eq!(factors.refresh(0.04), Status::Refreshed);
        factors.apply(&v, &mut out);
        assert!(out.iter().all(|x| x.is_finite()) && factors.failures().total == 0);
        let kept = factors.input().clone();
        assert_eq!(factors.observe(2, &[f32::NAN; 6], &[0.0; 4]), Status::KeptOld);
        assert_eq!((factors.input(), factors.failures().consecutive), (&kept, 1));
        for damping in [KroneckerDamping::Factored, KroneckerDamping::Exact] {
            let settings = KroneckerSettings { damping, ..KroneckerSettings::default() };
            let mut dead = KroneckerFactors::<f32>::new(shape, settings);
            dead.observe(1, &[0.0; 3], &[0.0; 2]);
            assert_eq!(dead.refresh(0.0), Status::Empty);
            dead.apply(&v, &mut out);
            assert!(out.iter().all(|x| x.is_finite()));
        }
    }

    #[test]
    fn single_precision_and_saved_states() {
        let mut random = Random::new(20);
        let shape = Shape::new(3, 5);
        let (inputs, adjoints) = statistics(&mut random, shape, 20);
        let v: Vec<f64> = drawn(&mut random, 15);
        for damping in [KroneckerDamping::Factored, KroneckerDamping::Exact] {
            for average in [Average::Counted { decay: 0.9 }, Average::Corrected { decay: 0.9 }] {
                let settings = KroneckerSettings { average, damping };
                let mut wide = KroneckerFactors::new(shape, settings.clone());
                let mut narrow = KroneckerFactors::<f32>::new(shape, settings);
                for _ in 0..2 {
                    wide.observe(20, &inputs, &adjoints);
                    narrow.observe(20, &narrowed(&inputs), &narrowed(&adjoints));
                }
                wide.refresh(0.5);
                narrow.refresh(0.5);
                let (mut right, mut out) = (vec![0.0; 15], vec![0.0f32; 15]);
                wide.apply(&v, &mut right);
                let mut again = restored(&narrow);
                assert_eq!(again, narrow);
                narrow.apply(&narrowed(&v), &mut out);
                close(&out, &narrowed(&right), 1e-4);
                let mut other = vec![0.0; 15];
                again.apply(&narrowed(&v), &mut other);
                assert_eq!(out, other);
            }
        }
    }

    /// Full-batch curvature of a linear layer with squared error: one undamped step solves it.
    #[test]
    fn one_layer_is_least_squares() {
        let mut random = Random::new(21);
        let (shape, cases) = (Shape::new(2, 3), 12);
        let (inputs, _) = statistics(&mut random, shape, cases);
        let targets: Vec<f64> = drawn(&mut random, cases * 2);
        // At W = 0: residuals are -targets, S = I.
        let mut gradient = vec![0.0; 6];
        let residuals = Shape::new(cases, 2).view(&targets).transposed();
        let x = Shape::new(cases, 3).view(&inputs);
        shape.view_mut(&mut gradient).set_product(-1.0 / cases as f64, residuals, x);
        let mut gram = Matrix::zeros(3, 3);
        view_mut(&mut gram).add_gram(1.0 / cases as f64, x);
        super::super::dense::mirror(&mut gram);
        let mut factors = KroneckerFactors::new(shape, KroneckerSettings::default());
        factors.observe_grams(&gram, &Matrix::identity(2));
        factors.refresh(0.0);
        let mut direction = vec![0.0; 6];
        factors.apply(&gradient, &mut direction);
        let lu = Lu::new(&gram).unwrap();
        for (row, d) in gradient.chunks(3).zip(direction.chunks(3)) {
            let mut right = row.to_vec();
            lu.solve(&mut right);
            close(d, &right, 1e-12);
        }
    }
}
