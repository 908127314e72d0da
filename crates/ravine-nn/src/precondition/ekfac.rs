//! EKFAC: K-FAC's eigenbases with the right second moments in them.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, MatrixSlice, Precision};

use super::dense::{average, finite, project, project_back, view};
use super::kronecker::divided;
use super::scratch::Scratch;
use super::{
    Average, Averaging, Failures, KroneckerDamping, KroneckerFactors, KroneckerSettings, Shape,
    Status,
};

/// Settings of [`Ekfac`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EkfacSettings {
    /// How factors are averaged over steps. Default [`Average::Counted`] with decay `0.95`.
    pub factors: Average,
    /// How second moments are averaged between two refreshes. Default [`Average::Counted`] with decay
    /// `0.95`.
    pub moments: Average,
}

impl Default for EkfacSettings {
    fn default() -> Self {
        let average = Average::Counted { decay: 0.95 };
        Self { factors: average, moments: average }
    }
}

impl EkfacSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        self.factors.check("factors")?;
        self.moments.check("moments")
    }
}

/// EKFAC: with the eigenbases `U_S`, `U_A` of K-FAC's factors and the second moments of the gradient of
/// ONE case in them,
///
/// ```text
/// s = E[(U_S' g a' U_A)^2]
/// P = U_S [(U_S'G U_A) / (s + damping)] U_A'
/// ```
///
/// Among all diagonal matrices in these bases s is nearest to the curvature in the Frobenius norm, and
/// its sum is the trace of the curvature, which that of K-FAC is not. A [refresh](Self::refresh) of the
/// bases sets s to the products of eigenvalues, which is K-FAC itself; the next moments that are observed
/// replace them; a [plain](Average::Plain) average starts from them.
///
/// Source: George, Laurent, Bouthillier, Ballas and Vincent, Fast approximate natural gradient descent in
/// a Kronecker-factored eigenbasis (2018).
///
/// ```
/// use ravine_nn::precondition::{Ekfac, EkfacSettings, Shape};
///
/// let (inputs, adjoints) = ([1.0, 0.0, 0.0, 1.0, 1.0, 1.0], [1.0, -1.0, 2.0]);
/// let mut ekfac = Ekfac::new(Shape::new(1, 2), EkfacSettings::default());
/// ekfac.observe(3, &inputs, &adjoints);
/// ekfac.refresh(1.0);
/// ekfac.observe_moments(3, &inputs, &adjoints);
/// let mut direction = [0.0; 2];
/// ekfac.direction(&[1.0, 2.0], 0.01, &mut direction);
/// # assert!(direction[1] > 0.0);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct Ekfac<T: Precision> {
    settings: EkfacSettings,
    shape: Shape,
    factors: KroneckerFactors<T>,
    /// s.
    moments: Vec<T>,
    averaging: Averaging,
    failures: Failures,
    #[serde(skip)]
    work: Scratch<EkfacWork<T>>,
}

#[derive(Debug, Default)]
struct EkfacWork<T> {
    inputs: Vec<T>,
    adjoints: Vec<T>,
    batch: Vec<T>,
    product: Vec<T>,
}

impl<T: Precision> Ekfac<T> {
    /// Factors of zero, bases of the identity, moments of one.
    pub fn new(shape: Shape, settings: EkfacSettings) -> Self {
        let factors =
            KroneckerSettings { average: settings.factors, damping: KroneckerDamping::Exact };
        Self {
            factors: KroneckerFactors::new(shape, factors),
            moments: vec![T::ONE; shape.entries()],
            averaging: Averaging::new(settings.moments),
            failures: Failures::default(),
            work: Scratch::default(),
            settings,
            shape,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &EkfacSettings {
        &self.settings
    }

    /// K-FAC's factors.
    pub fn factors(&self) -> &KroneckerFactors<T> {
        &self.factors
    }

    /// s, as it is stored, row after row.
    pub fn moments(&self) -> &[T] {
        &self.moments
    }

    /// The worst of the counts of failures.
    pub fn failures(&self) -> Failures {
        let (a, b) = (self.failures, self.factors.failures());
        Failures { consecutive: a.consecutive.max(b.consecutive), total: a.total.max(b.total) }
    }

    /// Cases for the factors; see [`KroneckerFactors::observe`].
    ///
    /// # Panics
    ///
    /// If a slice has not `cases` rows.
    pub fn observe(&mut self, cases: usize, inputs: &[T], adjoints: &[T]) -> Status {
        self.factors.observe(cases, inputs, adjoints)
    }

    /// Statistics of some cases for the factors; see [`KroneckerFactors::observe_grams`].
    ///
    /// # Panics
    ///
    /// If a matrix has another shape than its factor.
    pub fn observe_grams(&mut self, input: &Matrix<T>, output: &Matrix<T>) -> Status {
        self.factors.observe_grams(input, output)
    }

    /// New bases, and `s = scale (eigenvalues of S)(eigenvalues of A)'`: moments of the old bases mean
    /// nothing in the new ones. `scale` is 1, or the number of places where a case uses the weight if both
    /// factors are means over them.
    pub fn refresh(&mut self, scale: f64) -> Status {
        let status = self.factors.refresh(0.0);
        if let (Some([input, output]), Status::Refreshed | Status::Empty) =
            (self.factors.eigenpairs(), status)
        {
            self.averaging = Averaging::new(self.settings.moments);
            // Read as they are, whatever the average's correction is later.
            let rows = self.moments.chunks_exact_mut(self.shape.columns);
            for (row, s) in rows.zip(&output.values) {
                for (moment, a) in row.iter_mut().zip(&input.values) {
                    *moment = T::narrow(scale * s * a);
                }
            }
        }
        status
    }

    /// Takes in the second moments of so many cases of a layer that each case uses once:
    /// `s = (U_S'g)^2' (U_A'a)^2 / cases`, two projections and one product of squares.
    ///
    /// # Panics
    ///
    /// If a slice has not `cases` rows.
    pub fn observe_moments(&mut self, cases: usize, inputs: &[T], adjoints: &[T]) -> Status {
        let Shape { rows, columns } = self.shape;
        let Some([input, output]) = self.factors.eigenpairs() else { return Status::Unchanged };
        let EkfacWork { inputs: a, adjoints: g, batch, .. } = &mut *self.work;
        let project = |n, x: &[T], basis: &Matrix<T>, out: &mut Vec<T>| {
            let shape = Shape::new(cases, n);
            out.resize(shape.entries(), T::ZERO);
            shape.view_mut(out).set_product(1.0, shape.view(x), view(basis));
            out.iter_mut().for_each(|x| *x = *x * *x);
        };
        project(columns, inputs, input.basis.vectors(), a);
        project(rows, adjoints, output.basis.vectors(), g);
        batch.resize(self.shape.entries(), T::ZERO);
        let (g, a) =
            (MatrixSlice::by_rows(g, cases, rows), MatrixSlice::by_rows(a, cases, columns));
        let weight = 1.0 / cases.max(1) as f64;
        self.shape.view_mut(batch).set_product(weight, g.transposed(), a);
        self.take_batch()
    }

    /// Takes in the gradients of single cases, each summed over the places where the case uses the weight:
    /// projected, squared, averaged.
    ///
    /// # Panics
    ///
    /// If a gradient has not the shape's entries.
    pub fn observe_gradients(&mut self, gradients: &[&[T]]) -> Status {
        let mut sum = std::mem::take(&mut self.work.batch);
        sum.clear();
        sum.resize(self.shape.entries(), T::ZERO);
        for gradient in gradients {
            self.shape.check("Ekfac", gradient);
            self.add_projected_squares(gradient, 1.0 / gradients.len() as f64, &mut sum);
        }
        self.work.batch = sum;
        self.take_batch()
    }

    /// Takes in `cases (U_S' G U_A)^2` of the MEAN gradient of so many cases: cheap and noisy, and it
    /// counts the squared mean, too.
    ///
    /// # Panics
    ///
    /// If the gradient has not the shape's entries.
    pub fn observe_mean_gradient(&mut self, cases: usize, gradient: &[T]) -> Status {
        self.shape.check("Ekfac", gradient);
        let mut sum = std::mem::take(&mut self.work.batch);
        sum.clear();
        sum.resize(self.shape.entries(), T::ZERO);
        self.add_projected_squares(gradient, cases as f64, &mut sum);
        self.work.batch = sum;
        self.take_batch()
    }

    /// Inputs and adjoints, a row each, in the bases: `a U_A` and `g U_S`; nothing before the first refresh.
    ///
    /// # Panics
    ///
    /// If the slices have not as many rows.
    pub fn projected_rows(&self, inputs: &[T], adjoints: &[T]) -> Option<[Vec<T>; 2]> {
        let Shape { rows, columns } = self.shape;
        let [input, output] = self.factors.eigenpairs()?;
        let count = inputs.len() / columns;
        let project = |n, x: &[T], basis: &Matrix<T>| {
            let mut out = vec![T::ZERO; count * n];
            Shape::new(count, n).view_mut(&mut out).set_product(
                1.0,
                Shape::new(count, n).view(x),
                view(basis),
            );
            out
        };
        let inputs = project(columns, inputs, input.basis.vectors());
        Some([inputs, project(rows, adjoints, output.basis.vectors())])
    }

    /// Takes in second moments in the bases of a batch as they are, row after row.
    ///
    /// # Panics
    ///
    /// If they have not the shape's entries.
    pub fn observe_batch_moments(&mut self, moments: &[T]) -> Status {
        self.shape.check("Ekfac", moments);
        self.work.batch.clear();
        self.work.batch.extend_from_slice(moments);
        self.take_batch()
    }

    fn add_projected_squares(&mut self, gradient: &[T], weight: f64, sum: &mut [T]) {
        let EkfacWork { inputs: projected, product, .. } = &mut *self.work;
        projected.resize(self.shape.entries(), T::ZERO);
        project(self.shape, bases(&self.factors), gradient, projected, product);
        super::dense::average_squares(sum, 1.0, weight, projected);
    }

    fn take_batch(&mut self) -> Status {
        let batch = &self.work.batch;
        if !finite(batch) {
            return self.failures.count(Status::KeptOld);
        }
        let first = self.averaging.count() == 0;
        let (keep, add) = self.averaging.next_weights();
        // The products of eigenvalues are where a plain average starts, and no sample of another.
        let drop = first && !matches!(self.settings.moments, Average::Plain { .. });
        average(&mut self.moments, if drop { 0.0 } else { keep }, add, batch);
        self.failures.count(Status::Refreshed)
    }

    /// `out = U_S [(U_S' v U_A) / (s + damping)] U_A'`.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn direction(&mut self, v: &[T], damping: f64, out: &mut [T]) {
        self.shape.check("Ekfac", v);
        self.shape.check("Ekfac", out);
        let EkfacWork { inputs: projected, product, .. } = &mut *self.work;
        let bases = bases(&self.factors);
        projected.resize(self.shape.entries(), T::ZERO);
        project(self.shape, bases, v, projected, product);
        let correction = self.averaging.correction();
        for (x, s) in projected.iter_mut().zip(&self.moments) {
            *x = divided(*x, correction * s.wide() + damping);
        }
        project_back(self.shape, bases, projected, out, product);
    }
}

fn bases<T: Precision>(factors: &KroneckerFactors<T>) -> [Option<&Matrix<T>>; 2] {
    match factors.eigenpairs() {
        Some([input, output]) => [Some(output.basis.vectors()), Some(input.basis.vectors())],
        None => [None, None],
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::*;
    use super::*;
    use ravine_linalg::random::Random;

    const SHAPE: Shape = Shape { rows: 3, columns: 4 };

    /// Inputs and adjoints that depend on each other, as in a network that is not linear.
    fn cases(random: &mut Random, count: usize) -> (Vec<f64>, Vec<f64>) {
        let inputs: Vec<f64> = drawn(random, 4 * count);
        let mut adjoints: Vec<f64> = drawn(random, 3 * count);
        for (g, a) in adjoints.chunks_mut(3).zip(inputs.chunks(4)) {
            g[0] *= 1.0 + 2.0 * a[0].abs();
            g[1] += g[0] * 0.5 * a[1];
        }
        (inputs, adjoints)
    }

    /// The mean of products of single gradients, and the two approximations.
    fn errors(count: usize) -> [f64; 4] {
        let mut random = Random::new(31);
        let (inputs, adjoints) = cases(&mut random, count);
        let mut exact = Matrix::zeros(12, 12);
        for (g, a) in adjoints.chunks(3).zip(inputs.chunks(4)) {
            let v: Vec<f64> = g.iter().flat_map(|g| a.iter().map(move |a| g * a)).collect();
            let v = MatrixSlice::by_rows(&v, 1, 12);
            super::super::dense::accumulate_gram(&mut exact, 1.0, 1.0 / count as f64, v);
        }
        let mut ekfac = Ekfac::new(SHAPE, EkfacSettings::default());
        ekfac.observe(count, &inputs, &adjoints);
        assert_eq!(ekfac.refresh(1.0), Status::Refreshed);
        let dense = |ekfac: &Ekfac<f64>| {
            let mut dense = Matrix::zeros(12, 12);
            for k in 0..12 {
                let mut unit = vec![0.0; 12];
                unit[k] = 1.0;
                let (mut z, mut work) = (vec![0.0; 12], Vec::new());
                project(SHAPE, bases(&ekfac.factors), &unit, &mut z, &mut work);
                z.iter_mut().zip(ekfac.moments()).for_each(|(z, s)| *z *= s);
                project_back(SHAPE, bases(&ekfac.factors), &z, dense.column_mut(k), &mut work);
            }
            dense
        };
        let error = |a: &Matrix<f64>| {
            let pairs = a.entries().iter().zip(exact.entries());
            pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
        };
        let kfac = dense(&ekfac);
        let mut product = vec![0.0; 12];
        let mut unit = vec![0.0; 12];
        unit[5] = 1.0;
        ekfac.factors.multiply(&unit, &mut product);
        close(kfac.column(5), &product, 1e-12);
        ekfac.observe_moments(count, &inputs, &adjoints);
        let corrected = dense(&ekfac);
        // The same from gradients one by one.
        let gradients: Vec<Vec<f64>> = adjoints
            .chunks(3)
            .zip(inputs.chunks(4))
            .map(|(g, a)| g.iter().flat_map(|g| a.iter().map(move |a| g * a)).collect())
            .collect();
        let slices: Vec<&[f64]> = gradients.iter().map(|g| &g[..]).collect();
        let mut one_by_one = ekfac.clone();
        one_by_one.refresh(1.0);
        one_by_one.observe_gradients(&slices);
        close(one_by_one.moments(), ekfac.moments(), 1e-12);
        let trace = |a: &Matrix<f64>| super::super::dense::trace(a);
        [
            error(&kfac),
            error(&corrected),
            trace(&corrected) - trace(&exact),
            trace(&kfac) - trace(&exact),
        ]
    }

    #[test]
    fn it_is_nearer_than_kfac_and_has_the_right_trace() {
        let [kfac, corrected, trace, other] = errors(60);
        assert!(corrected < 0.99 * kfac, "{corrected} {kfac}");
        assert!(trace.abs() < 1e-11 && other.abs() > 0.01, "{trace} {other}");
    }

    #[test]
    fn one_case_is_exact() {
        let [kfac, corrected, trace, _] = errors(1);
        assert!(kfac < 1e-12 && corrected < 1e-12 && trace.abs() < 1e-12);
    }

    #[test]
    fn directions_solve_and_moments_of_mean_gradients_scale() {
        let mut random = Random::new(32);
        let (inputs, adjoints) = cases(&mut random, 20);
        let mut ekfac = Ekfac::new(SHAPE, EkfacSettings::default());
        ekfac.observe(20, &inputs, &adjoints);
        ekfac.refresh(1.0);
        let v: Vec<f64> = drawn(&mut random, 12);
        // Without corrected moments it is K-FAC, exactly damped.
        let mut kfac = ekfac.factors().clone();
        let (mut out, mut right) = (vec![0.0; 12], vec![0.0; 12]);
        kfac.refresh(0.1);
        kfac.apply(&v, &mut right);
        ekfac.direction(&v, 0.1, &mut out);
        close(&out, &right, 1e-12);
        ekfac.observe_mean_gradient(7, &v);
        let total: f64 = ekfac.moments().iter().sum();
        assert!((total - 7.0 * v.iter().map(|v| v * v).sum::<f64>()).abs() < 1e-11);
    }

    #[test]
    fn refused_moments_dead_layers_and_saved_states() {
        let mut random = Random::new(33);
        let (inputs, adjoints) = cases(&mut random, 20);
        let (inputs, adjoints): (Vec<f32>, Vec<f32>) = (narrowed(&inputs), narrowed(&adjoints));
        let settings =
            EkfacSettings { moments: Average::Corrected { decay: 0.75 }, ..Default::default() };
        let mut ekfac = Ekfac::<f32>::new(SHAPE, settings.clone());
        ekfac.observe(20, &inputs, &adjoints);
        ekfac.refresh(1.0);
        ekfac.observe_moments(20, &inputs, &adjoints);
        let before = ekfac.moments().to_vec();
        assert_eq!(ekfac.observe_moments(1, &[f32::NAN; 4], &[1.0; 3]), Status::KeptOld);
        assert_eq!((ekfac.moments(), ekfac.failures().total), (&before[..], 1));
        let mut again = restored(&ekfac);
        let (mut out, mut other) = (vec![0.0; 12], vec![0.0; 12]);
        ekfac.observe_moments(20, &inputs, &adjoints);
        again.observe_moments(20, &inputs, &adjoints);
        ekfac.direction(&inputs[..12], 0.1, &mut out);
        again.direction(&inputs[..12], 0.1, &mut other);
        assert_eq!((&ekfac, &out), (&again, &other));
        let mut dead = Ekfac::<f32>::new(SHAPE, settings);
        dead.observe(1, &[0.0; 4], &[0.0; 3]);
        assert_eq!(dead.refresh(1.0), Status::Empty);
        dead.direction(&inputs[..12], 0.0, &mut out);
        assert_eq!(out, [0.0; 12]);
    }
}
