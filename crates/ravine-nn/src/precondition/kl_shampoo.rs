//! KL-Shampoo and KL-SOAP: factors that fit the covariance of gradients in Kullback and Leibler's sense.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Cholesky, Matrix, MatrixSlice, Precision};
use ravine_linalg::vector::dot;

use super::allowed::{at_least_one, not_negative, positive, share};
use super::dense::{
    accumulate_gram, average, average_squares, finite, multiply, project, project_back, safe_norm,
    scale,
};
use super::scratch::Scratch;
use super::{Average, Averaging, Eigenbasis, Failures, Shape, Status, Step};

/// Settings of [`KlShampoo`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KlSettings {
    /// The share of the momentum that is kept, in `[0, 1)`. Default `0.9`.
    pub beta1: f64,
    /// The share of factors, eigenvalues and second moments that is kept, in `[0, 1)`. Default `0.98`.
    pub beta2: f64,
    /// Added to roots. Default `1e-8`.
    pub epsilon: f64,
    /// Steps between two refreshes of the bases, at least 1. Default `10`.
    pub period: u64,
    /// Longer sides keep their coordinates and count as white. Default `10000`.
    pub largest_side: usize,
    /// Where eigenvalues come from. Default [`KlEigenvalues::Read`].
    pub eigenvalues: KlEigenvalues,
    /// What the first call makes of the first gradient. Default [`KlStart::Data`].
    pub start: KlStart,
    /// Eigenvalues count as at least this times their largest. Default `1e-8`.
    pub floor: f64,
    /// What the momentum is divided by. Default [`KlDenominator::Factors`].
    pub denominator: KlDenominator,
}

impl Default for KlSettings {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.98,
            epsilon: 1e-8,
            period: 10,
            largest_side: 10_000,
            eigenvalues: KlEigenvalues::Read,
            start: KlStart::Data,
            floor: 1e-8,
            denominator: KlDenominator::Factors,
        }
    }
}

impl KlSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        share("beta1", self.beta1)?;
        share("beta2", self.beta2)?;
        not_negative("epsilon", self.epsilon)?;
        share("floor", self.floor)?;
        if let KlStart::Constant(value) = self.start {
            positive("start.constant", value)?;
        }
        at_least_one("period", self.period)
    }
}

/// Where the eigenvalues of a factor S in its approximate basis Q come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KlEigenvalues {
    /// `diag(Q'SQ)` after each step: right as soon as the factors are.
    #[default]
    Read,
    /// A running mean of squares of projected gradients, as the authors': lags behind the factors for
    /// hundreds of steps.
    Averaged,
}

/// What the first call makes of the first gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KlStart {
    /// Eigenvalues of both factors are the root mean square of the gradient, so that their products are
    /// its mean square, whatever its scale. Factors are means of the gradients so far at first, and as
    /// long as those are few, eigenvalues are drawn towards their mean: by `exp(-t n / m)` after t steps
    /// on the side of dimension m, n being the other.
    #[default]
    Data,
    /// Eigenvalues are this number (0.1 as the authors'), factors `(1 - beta2) GG' / n` and their like,
    /// and `lambda^-1/2` is at most `max(10, min(d, 4000))`. The number has no scale: it suits gradients
    /// whose entries are about as large.
    Constant(f64),
}

/// What the momentum is divided by in the bases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KlDenominator {
    /// The roots of the factors' eigenvalues: KL-Shampoo.
    #[default]
    Factors,
    /// The roots of second moments of the projected gradient: KL-SOAP.
    SecondMoments,
}

/// KL-Shampoo: the covariance of vectorized gradients G (m by n) is modelled as `S_a (x) S_b`, fitted by
///
/// ```text
/// S_a = E[G S_b^-1 G'] / n,   S_b = E[G' S_a^-1 G] / m
/// ```
///
/// which makes the Kullback-Leibler divergence between normal distributions least, and the direction is
/// `P = S_a^-1/2 M S_b^-1/2`, M the average of gradients: white, without grafting. In bases Q that
/// follow by a QR step each `period` steps:
///
/// ```text
/// P = Q_a [(Q_a'M Q_b) / (sqrt(l_a l_b') + epsilon)] Q_b'          from the bases before
/// H = G Q_b diag(l_b)^-1/2,  J = G'Q_a diag(l_a)^-1/2
/// S_a <- average of H H' / n,  S_b <- average of J J' / m
/// l = diag(Q'S Q);  every `period` steps Q <- qr(S Q)
/// ```
///
/// The first call sets everything up, moves nothing and does not count. KL-SOAP has Adam's second moments in
/// the same bases for a denominator.
///
/// Source: Lin et al., Understanding and improving Shampoo and SOAP via Kullback-Leibler minimization
/// (2025).
///
/// ```
/// use ravine_nn::precondition::{KlSettings, KlShampoo, Shape};
///
/// let mut kl = KlShampoo::new(Shape::new(2, 2), KlSettings::default());
/// let mut direction = [0.0; 4];
/// assert!(!kl.step(&[1.0, 2.0, 3.0, 4.0], &mut direction).moves);
/// assert!(kl.step(&[1.0, 2.0, 3.0, 5.0], &mut direction).moves);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct KlShampoo<T: Precision> {
    settings: KlSettings,
    shape: Shape,
    averaging: Averaging,
    rows: Side<T>,
    columns: Side<T>,
    momentum: Vec<T>,
    /// KL-SOAP's, in the bases.
    second: Vec<T>,
    started: bool,
    count: u64,
    failures: Failures,
    #[serde(skip)]
    work: Scratch<KlWork<T>>,
}

#[derive(Debug, Default)]
struct KlWork<T> {
    projected: Vec<T>,
    direction: Vec<T>,
    product: Vec<T>,
    image: Matrix<T>,
    scales: [Vec<f64>; 2],
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
struct Side<T: Precision> {
    /// Nothing where the side is white.
    factored: Option<(Matrix<T>, Eigenbasis<T>)>,
    values: Vec<f64>,
}

impl<T: Precision> Side<T> {
    fn new(dimension: usize, factored: bool) -> Self {
        let factor = || Matrix::filled(dimension, dimension, T::ZERO);
        let factored = factored.then(|| (factor(), Eigenbasis::new(dimension)));
        Self { factored, values: vec![1.0; dimension] }
    }

    fn vectors(&self) -> Option<&Matrix<T>> {
        self.factored.as_ref().map(|(_, basis)| basis.vectors())
    }

    /// `S = keep S + add X X' / n`, X of n columns.
    fn accumulate(&mut self, keep: f64, add: f64, x: MatrixSlice<'_, T>, other: usize) {
        if let Some((factor, _)) = &mut self.factored {
            accumulate_gram(factor, keep, add / other as f64, x.transposed());
        }
    }
}

impl<T: Precision> KlShampoo<T> {
    /// Before the first step.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    pub fn new(shape: Shape, settings: KlSettings) -> Self {
        assert!(settings.period > 0, "KlShampoo: period at least 1");
        let factored = |n| n > 1 && n <= settings.largest_side;
        let average = match settings.start {
            KlStart::Data => Average::Counted { decay: settings.beta2 },
            KlStart::Constant(_) => Average::Plain { decay: settings.beta2 },
        };
        let moments = settings.denominator == KlDenominator::SecondMoments;
        Self {
            averaging: Averaging::new(average),
            rows: Side::new(shape.rows, factored(shape.rows) || shape.entries() == 1),
            columns: Side::new(shape.columns, factored(shape.columns)),
            momentum: vec![T::ZERO; shape.entries()],
            second: vec![T::ZERO; if moments { shape.entries() } else { 0 }],
            started: false,
            count: 0,
            failures: Failures::default(),
            work: Scratch::default(),
            settings,
            shape,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &KlSettings {
        &self.settings
    }

    /// The steps that moved.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// `S_a` and `S_b`; nothing for a side without a factor.
    pub fn factors(&self) -> [Option<&Matrix<T>>; 2] {
        [&self.rows, &self.columns].map(|side| side.factored.as_ref().map(|(factor, _)| factor))
    }

    /// The worst of the counts of failures: of gradients that were refused, and of each basis.
    pub fn failures(&self) -> Failures {
        let sides = [&self.rows, &self.columns].into_iter().filter_map(|s| s.factored.as_ref());
        sides.map(|(_, basis)| basis.failures()).fold(self.failures, |a, b| Failures {
            consecutive: a.consecutive.max(b.consecutive),
            total: a.total.max(b.total),
        })
    }

    /// One step; the direction is to be subtracted times the learning rate. A gradient that is not
    /// finite changes nothing, and one that is zero does not start.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn step(&mut self, gradient: &[T], direction: &mut [T]) -> Step {
        self.shape.check("KlShampoo", gradient);
        self.shape.check("KlShampoo", direction);
        if !finite(gradient) {
            return Step::none(direction, self.failures.count(Status::KeptOld));
        }
        self.failures.count(Status::Refreshed);
        if !self.started {
            let status = self.start(gradient);
            return Step::none(direction, status);
        }
        self.count += 1;
        average(&mut self.momentum, self.settings.beta1, 1.0 - self.settings.beta1, gradient);
        self.load_scales();
        self.direction(gradient, direction);
        self.update_factors(gradient);
        let due = self.count.is_multiple_of(self.settings.period);
        let status = if due { self.refresh_bases() } else { Status::Unchanged };
        if self.settings.eigenvalues == KlEigenvalues::Read {
            self.read_values();
        }
        Step::moved(status)
    }

    fn start(&mut self, gradient: &[T]) -> Status {
        let size = safe_norm(gradient) / (self.shape.entries() as f64).sqrt();
        if size == 0.0 {
            return Status::Empty;
        }
        let both = self.rows.factored.is_some() && self.columns.factored.is_some();
        let level = match self.settings.start {
            KlStart::Data if both => size,
            KlStart::Data => size * size,
            KlStart::Constant(level) => level,
        };
        for side in [&mut self.rows, &mut self.columns] {
            if side.factored.is_some() {
                side.values.fill(level);
            }
        }
        // The other side's level is divided out where it comes from the data.
        let by = if both && self.settings.start == KlStart::Data { 1.0 / level } else { 1.0 };
        let (keep, add) = self.averaging.next_weights();
        let Shape { rows, columns } = self.shape;
        let g = self.shape.view(gradient);
        self.rows.accumulate(keep, by * add, g, columns);
        self.columns.accumulate(keep, by * add, g.transposed(), rows);
        self.started = true;
        let sides = [&mut self.rows, &mut self.columns].into_iter();
        sides
            .filter_map(|side| side.factored.as_mut())
            .fold(Status::Unchanged, |status, (factor, basis)| status.and(basis.decompose(factor)))
    }

    /// `lambda^-1/2` of both sides, as they are in use.
    fn load_scales(&mut self) {
        let [a, b] = &mut self.work.scales;
        for (side, scales) in [(&self.rows, a), (&self.columns, b)] {
            scales.clear();
            if side.factored.is_none() {
                scales.resize(side.values.len(), 1.0);
                continue;
            }
            let largest = side.values.iter().fold(0.0, |m: f64, &v| m.max(v));
            let least = (self.settings.floor * largest).max(f64::MIN_POSITIVE);
            let most = match self.settings.start {
                KlStart::Data => f64::INFINITY,
                KlStart::Constant(_) => side.values.len().clamp(10, 4000) as f64,
            };
            scales.extend(side.values.iter().map(|v| v.max(least).powf(-0.5).min(most)));
        }
    }

    fn direction(&mut self, gradient: &[T], direction: &mut [T]) {
        let KlSettings { beta2, epsilon, .. } = self.settings;
        let KlWork { projected, direction: in_basis, product, scales, .. } = &mut *self.work;
        let (shape, bases) = (self.shape, [self.rows.vectors(), self.columns.vectors()]);
        projected.resize(shape.entries(), T::ZERO);
        in_basis.resize(shape.entries(), T::ZERO);
        project(shape, bases, gradient, projected, product);
        project(shape, bases, &self.momentum, in_basis, product);
        match self.settings.denominator {
            KlDenominator::Factors => {
                for (row, a) in in_basis.chunks_exact_mut(shape.columns).zip(&scales[0]) {
                    for (x, b) in row.iter_mut().zip(&scales[1]) {
                        *x = T::narrow(x.wide() / (1.0 / (a * b) + epsilon));
                    }
                }
            }
            KlDenominator::SecondMoments => {
                average_squares(&mut self.second, beta2, 1.0 - beta2, projected);
                for (x, v) in in_basis.iter_mut().zip(&self.second) {
                    let root = v.wide().sqrt() + epsilon;
                    *x = if root > 0.0 { T::narrow(x.wide() / root) } else { T::ZERO };
                }
            }
        }
        project_back(shape, bases, in_basis, direction, product);
    }

    /// S and, where they are running means, eigenvalues, all with the scales before.
    fn update_factors(&mut self, gradient: &[T]) {
        let KlWork { projected, direction: scaled, product, scales, .. } = &mut *self.work;
        let Shape { rows, columns } = self.shape;
        let (shape, (keep, add)) = (self.shape, self.averaging.next_weights());
        if self.settings.eigenvalues == KlEigenvalues::Averaged {
            let beta = self.settings.beta2;
            let mut sums = [vec![0.0; rows], vec![0.0; columns]];
            for (i, row) in projected.chunks_exact(columns).enumerate() {
                for (j, x) in row.iter().enumerate() {
                    let square = x.wide() * x.wide();
                    sums[0][i] += square * scales[1][j].powi(2) / columns as f64;
                    sums[1][j] += square * scales[0][i].powi(2) / rows as f64;
                }
            }
            for (side, sums) in [&mut self.rows, &mut self.columns].into_iter().zip(&sums) {
                if side.factored.is_some() {
                    average(&mut side.values, beta, 1.0 - beta, sums);
                }
            }
        }
        // H, m by n.
        project(shape, [None, self.columns.vectors()], gradient, scaled, product);
        for row in scaled.chunks_exact_mut(columns) {
            for (x, b) in row.iter_mut().zip(&scales[1]) {
                *x = T::narrow(x.wide() * b);
            }
        }
        // J', m by n.
        projected.copy_from_slice(scaled);
        project(shape, [self.rows.vectors(), None], gradient, scaled, product);
        for (row, a) in scaled.chunks_exact_mut(columns).zip(&scales[0]) {
            scale(row, *a);
        }
        if finite(projected) && finite(scaled) {
            self.rows.accumulate(keep, add, shape.view(projected), columns);
            self.columns.accumulate(keep, add, shape.view(scaled).transposed(), rows);
        } else {
            self.failures.count(Status::KeptOld);
        }
    }

    fn refresh_bases(&mut self) -> Status {
        let sides = [&mut self.rows, &mut self.columns].into_iter();
        sides
            .filter_map(|side| side.factored.as_mut())
            .fold(Status::Unchanged, |status, (factor, basis)| {
                status.and(basis.refresh_unordered(factor, 0.0))
            })
    }

    /// `diag(Q'SQ)`, drawn towards the mean while gradients are few.
    fn read_values(&mut self) {
        let image = &mut self.work.image;
        let others = [self.shape.columns, self.shape.rows];
        let data = self.settings.start == KlStart::Data;
        for (side, other) in [&mut self.rows, &mut self.columns].into_iter().zip(others) {
            let Some((factor, basis)) = &side.factored else { continue };
            let q = basis.vectors();
            multiply(image, factor, q);
            let n = q.columns();
            for (j, value) in side.values.iter_mut().enumerate() {
                *value = dot(q.column(j), image.column(j)).max(0.0);
            }
            if data {
                let mean = side.values.iter().sum::<f64>() / n as f64;
                let share = (-(self.count as f64) * other as f64 / n as f64).exp();
                side.values.iter_mut().for_each(|v| *v += share * (mean - *v));
            }
        }
    }
}

/// The factors `S_a = mean(G S_b^-1 G') / n` and `S_b = mean(G' S_a^-1 G) / m` of some gradients by
/// `rounds` alternations from `S_b = I`: the model that [`KlShampoo`] follows. Nothing where a factor is
/// singular, as with too few gradients.
///
/// # Panics
///
/// If a gradient has not the shape's entries.
pub fn kl_factors(shape: Shape, gradients: &[&[f64]], rounds: usize) -> Option<[Matrix<f64>; 2]> {
    let Shape { rows, columns } = shape;
    let mut factors = [Matrix::identity(rows), Matrix::identity(columns)];
    let mut whitened = vec![0.0; shape.entries()];
    for _ in 0..rounds {
        for side in 0..2 {
            // X = G L^-T with S_b = L L', so that X X' = G S_b^-1 G'; transposed for the other side.
            let other = Cholesky::new(&factors[1 - side]).ok()?;
            let factor = &mut factors[side];
            factor.fill(0.0);
            for gradient in gradients {
                shape.check("kl_factors", gradient);
                // Columns of `whitened` are lines of the gradient along the other side.
                let lines = if side == 0 { rows } else { columns };
                let length = shape.entries() / lines;
                for (k, line) in whitened.chunks_exact_mut(length).enumerate() {
                    for (l, entry) in line.iter_mut().enumerate() {
                        let (i, j) = if side == 0 { (k, l) } else { (l, k) };
                        *entry = gradient[i * columns + j];
                    }
                    other.solve_lower(line);
                }
                let weight = 1.0 / (gradients.len() * length) as f64;
                let columns_of_lines = MatrixSlice::by_columns(&whitened, length, lines);
                accumulate_gram(factor, 1.0, weight, columns_of_lines);
            }
        }
    }
    Some(factors)
}

#[cfg(test)]
mod tests;
