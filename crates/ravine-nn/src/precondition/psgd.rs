//! PSGD with Kronecker factors: a preconditioner fitted by products alone.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, Precision, SymmetricEigen};
use ravine_linalg::random::Random;
use ravine_linalg::vector::norm_max;

use super::allowed::{not_negative, positive, share};
use super::dense::{
    accumulate_gram, average, finite, identity, multiply, safe_norm, scale, trace, view, view_mut,
    widen,
};
use super::scratch::Scratch;
use super::{Failures, Shape, Status, Step};

/// Settings of [`Psgd`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PsgdSettings {
    /// The share of the momentum that is kept, free of the bias of its start; in `[0, 1)`. Default `0.9`.
    pub momentum: f64,
    /// What is whitened. Default [`PsgdSource::Gradient`].
    pub source: PsgdSource,
    /// How factors move. Default [`PsgdGeometry::Q05Eq15`].
    pub geometry: PsgdGeometry,
    /// The learning rate of the preconditioner, in `(0, 1)`. Default `0.1`. The floor that whitening
    /// reaches depends on it: see [`Psgd::set_rate`].
    pub rate: f64,
    /// The chance that a step updates the preconditioner, in `(0, 1]`. Default `1`.
    pub probability: f64,
    /// How the norm that a step is divided by is bounded. Default [`NormBound::Upper`].
    pub norm: NormBound,
    /// The share of that norm's running bound that is kept, in `[0, 1)`. Default `0.9`.
    pub norm_decay: f64,
    /// Noise of this size, and of a rounding of each entry, is added to what is whitened. Default `1e-9`.
    pub noise: f64,
    /// The square root of the first preconditioner's scale; nothing: the first gradient becomes of order
    /// one. Default nothing.
    pub initial: Option<f64>,
    /// Longer sides get a diagonal factor. Default `8192`.
    pub largest_side: usize,
    /// Directions are shortened to this root mean square; nothing: never. Default `1.1`.
    pub clip: Option<f64>,
    /// Where the random numbers start. Default `0`.
    pub seed: u64,
}

impl Default for PsgdSettings {
    fn default() -> Self {
        Self {
            momentum: 0.9,
            source: PsgdSource::Gradient,
            geometry: PsgdGeometry::Q05Eq15,
            rate: 0.1,
            probability: 1.0,
            norm: NormBound::Upper,
            norm_decay: 0.9,
            noise: 1e-9,
            initial: None,
            largest_side: 8192,
            clip: Some(1.1),
            seed: 0,
        }
    }
}

impl PsgdSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        share("momentum", self.momentum)?;
        let inside = self.rate > 0.0 && self.rate < 1.0;
        ArgumentError::check(inside, "rate", self.rate, "in (0, 1)")?;
        let chance = self.probability > 0.0 && self.probability <= 1.0;
        ArgumentError::check(chance, "probability", self.probability, "in (0, 1]")?;
        share("norm_decay", self.norm_decay)?;
        not_negative("noise", self.noise)?;
        self.initial.map_or(Ok(()), |scale| positive("initial", scale))?;
        self.clip.map_or(Ok(()), |size| positive("clip", size))
    }
}

/// What [`Psgd`] whitens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PsgdSource {
    /// Gradients: directions, which come of their averages, are `sqrt((1 - mu) / (1 + mu))` long.
    #[default]
    Gradient,
    /// The momentum.
    Momentum,
}

/// How a factor Q moves, `P = Q'Q`; `T = (P g)(P g)'` and t the mean that it should have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PsgdGeometry {
    /// `Q <- Q - (rate / l) (Q T - t Q)`: equivariant under orthogonal transforms.
    Qeq,
    /// `Q <- Q - (rate / l) (T Q - t Q)`, then a rotation towards a symmetric positive Q.
    #[default]
    Q05Eq15,
}

/// A bound of the spectral norm of a symmetric matrix. None is ever too low: a step that is divided by
/// less than the norm is unstable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NormBound {
    /// The smaller of the largest sum of magnitudes in a row and the Frobenius norm.
    #[default]
    Upper,
    /// The largest eigenvalue, by an eigendecomposition.
    Exact,
}

/// PSGD's whitening of a matrix of m rows and n columns: `P = (Q_a'Q_a) (x) (Q_b'Q_b)` is fitted so that
/// `E[(P g)(P g)'] = I`, each step by
///
/// ```text
/// G <- G + noise;  X = Q_a'Q_a G Q_b'Q_b
/// T_a = X X', t_a = n;  T_b = X'X, t_b = m
/// l <- max(0.9 l + 0.1 e, e),  e >= |T| + t
/// Q <- Q - (rate / l) (Q T - t Q)       (or another geometry)
/// ```
///
/// and the direction `P M` comes from the new factors, M the momentum.
///
/// Sources: X.-L. Li, Preconditioned stochastic gradient descent (2018); Pooladzandi and Li, Curvature-
/// informed SGD via general purpose Lie-group preconditioners (2024).
///
/// ```
/// use ravine_nn::precondition::{Psgd, PsgdSettings, Shape};
///
/// let mut psgd = Psgd::new(Shape::new(2, 2), PsgdSettings::default());
/// let mut direction = [0.0; 4];
/// assert!(psgd.step(&[1.0, 2.0, 3.0, 4.0], &mut direction).moves);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct Psgd<T: Precision> {
    settings: PsgdSettings,
    shape: Shape,
    rows: Side<T>,
    columns: Side<T>,
    started: bool,
    momentum: Vec<T>,
    /// `momentum^t`.
    power: f64,
    random: Random,
    failures: Failures,
    #[serde(skip)]
    work: Scratch<PsgdWork<T>>,
}

#[derive(Debug, Default)]
struct PsgdWork<T> {
    noisy: Vec<T>,
    whitened: Vec<T>,
    product: Vec<T>,
    corrected: Vec<T>,
    matrices: SideWork<T>,
}

#[derive(Debug, Default)]
struct SideWork<T> {
    gram: Matrix<T>,
    next: Matrix<T>,
    skew: Matrix<T>,
    turned: Matrix<T>,
    twice: Matrix<T>,
    wide: Matrix<f64>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
struct Side<T: Precision> {
    factor: Factor<T>,
    /// l.
    bound: f64,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "", rename_all = "snake_case")]
enum Factor<T: Precision> {
    Dense(Matrix<T>),
    Diagonal(Vec<T>),
}

impl<T: Precision> Factor<T> {
    fn new(dimension: usize, dense: bool) -> Self {
        if dense {
            Self::Dense(identity(dimension))
        } else {
            Self::Diagonal(vec![T::ONE; dimension])
        }
    }

    fn entries(&self) -> &[T] {
        match self {
            Self::Dense(q) => q.entries(),
            Self::Diagonal(q) => q,
        }
    }

    fn entries_mut(&mut self) -> &mut [T] {
        match self {
            Self::Dense(q) => q.entries_mut(),
            Self::Diagonal(q) => q,
        }
    }
}

impl<T: Precision> Psgd<T> {
    /// Before the first step.
    pub fn new(shape: Shape, settings: PsgdSettings) -> Self {
        let side = |n| {
            let dense = n > 1 && n <= settings.largest_side;
            Side { factor: Factor::new(n, dense), bound: 0.0 }
        };
        Self {
            rows: side(shape.rows),
            columns: side(shape.columns),
            started: false,
            momentum: vec![T::ZERO; shape.entries()],
            power: 1.0,
            random: Random::new(settings.seed),
            failures: Failures::default(),
            work: Scratch::default(),
            settings,
            shape,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &PsgdSettings {
        &self.settings
    }

    /// `Q_a` and `Q_b`; nothing for a side whose factor is diagonal.
    pub fn factors(&self) -> [Option<&Matrix<T>>; 2] {
        [&self.rows, &self.columns].map(|side| match &side.factor {
            Factor::Dense(q) => Some(q),
            Factor::Diagonal(_) => None,
        })
    }

    /// The running bounds `l` of both sides.
    pub fn bounds(&self) -> [f64; 2] {
        [self.rows.bound, self.columns.bound]
    }

    /// How often a gradient, or an update of the factors, was refused.
    pub fn failures(&self) -> Failures {
        self.failures
    }

    /// Another learning rate of the preconditioner, to anneal it.
    pub fn set_rate(&mut self, rate: f64) {
        self.settings.rate = rate;
    }

    /// Another chance that a step updates the preconditioner.
    pub fn set_probability(&mut self, probability: f64) {
        self.settings.probability = probability;
    }

    /// Momentum, an update of the preconditioner, and the direction from it, to be subtracted times the
    /// learning rate. A gradient that is not finite changes nothing.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn step(&mut self, gradient: &[T], direction: &mut [T]) -> Step {
        self.shape.check("Psgd", gradient);
        self.shape.check("Psgd", direction);
        if !finite(gradient) {
            return Step::none(direction, self.failures.count(Status::KeptOld));
        }
        let PsgdSettings { momentum, source, probability, clip, .. } = self.settings;
        average(&mut self.momentum, momentum, 1.0 - momentum, gradient);
        self.power *= momentum;
        let mut corrected = std::mem::take(&mut self.work.corrected);
        corrected.clear();
        corrected.extend_from_slice(&self.momentum);
        scale(&mut corrected, 1.0 / (1.0 - self.power));
        let status = if self.random.uniform() < probability {
            match source {
                PsgdSource::Gradient => self.observe(gradient),
                PsgdSource::Momentum => self.observe(&corrected),
            }
        } else {
            Status::Unchanged
        };
        self.direction(&corrected, direction);
        self.work.corrected = corrected;
        let size = safe_norm(direction) / (direction.len().max(1) as f64).sqrt();
        if let Some(most) = clip.filter(|&most| size > most) {
            scale(direction, most / size);
        }
        Step::moved(status)
    }

    /// One update of the factors from what is to become white. Zero is [empty](Status::Empty).
    ///
    /// # Panics
    ///
    /// If `x` has not the shape's entries.
    pub fn observe(&mut self, x: &[T]) -> Status {
        self.shape.check("Psgd", x);
        let status = self.try_observe(x);
        self.failures.count(status)
    }

    fn try_observe(&mut self, x: &[T]) -> Status {
        if !finite(x) {
            return Status::KeptOld;
        }
        if norm_max(x) == 0.0 {
            return Status::Empty;
        }
        if !self.started {
            self.start(x);
        }
        let PsgdWork { noisy, whitened, product, matrices, .. } = &mut *self.work;
        let (noise, random) = (self.settings.noise, &mut self.random);
        noisy.clear();
        noisy.extend(x.iter().map(|x| {
            let size = noise + T::EPSILON * x.wide().abs();
            T::narrow(x.wide() + size * random.normal())
        }));
        whitened.resize(x.len(), T::ZERO);
        apply(self.shape, [&self.rows.factor, &self.columns.factor], noisy, whitened, product);
        if !finite(whitened) {
            return Status::KeptOld;
        }
        let Shape { rows, columns } = self.shape;
        let (settings, white) = (&self.settings, &whitened[..]);
        // A side as long as it is, its mean square the length of the other.
        let status = self.rows.update(settings, self.shape, true, white, columns as f64, matrices);
        let status = status.and(self.columns.update(
            settings,
            self.shape,
            false,
            white,
            rows as f64,
            matrices,
        ));
        if self.random.uniform() < 0.01 {
            self.balance();
        }
        status
    }

    /// The scale with which the first gradient becomes of order one: `(mean |g|^4)^(-1/8)` in all.
    fn start(&mut self, x: &[T]) {
        self.started = true;
        let each = self.settings.initial.unwrap_or_else(|| {
            let largest = norm_max(x);
            let relative = x.iter().map(|x| (x.wide() / largest).powi(4)).sum::<f64>();
            let noise = (self.settings.noise / largest).powi(4);
            (relative / x.len() as f64 + noise).powf(-0.125) * largest.powf(-0.5)
        });
        for side in [&mut self.rows, &mut self.columns] {
            scale(side.factor.entries_mut(), each.sqrt());
        }
    }

    /// Gives both factors the same largest entry; P does not change.
    fn balance(&mut self) {
        let (a, b) =
            (norm_max(self.rows.factor.entries()), norm_max(self.columns.factor.entries()));
        if a > 0.0 && b > 0.0 {
            scale(self.rows.factor.entries_mut(), (b / a).sqrt());
            scale(self.columns.factor.entries_mut(), (a / b).sqrt());
        }
    }

    /// `direction = P momentum`.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn direction(&mut self, momentum: &[T], direction: &mut [T]) {
        self.shape.check("Psgd", momentum);
        self.shape.check("Psgd", direction);
        let factors = [&self.rows.factor, &self.columns.factor];
        apply(self.shape, factors, momentum, direction, &mut self.work.product);
    }
}

/// `out = Q_a'Q_a x Q_b'Q_b`.
fn apply<T: Precision>(
    shape: Shape,
    [a, b]: [&Factor<T>; 2],
    x: &[T],
    out: &mut [T],
    work: &mut Vec<T>,
) {
    work.resize(shape.entries(), T::ZERO);
    match a {
        Factor::Dense(q) => {
            shape.view_mut(work).set_product(1.0, view(q), shape.view(x));
            shape.view_mut(out).set_product(1.0, view(q).transposed(), shape.view(work));
        }
        Factor::Diagonal(q) => {
            out.copy_from_slice(x);
            for (row, q) in out.chunks_exact_mut(shape.columns).zip(q) {
                scale(row, q.wide() * q.wide());
            }
        }
    }
    match b {
        Factor::Dense(q) => {
            shape.view_mut(work).set_product(1.0, shape.view(out), view(q).transposed());
            shape.view_mut(out).set_product(1.0, shape.view(work), view(q));
        }
        Factor::Diagonal(q) => {
            for row in out.chunks_exact_mut(shape.columns) {
                row.iter_mut().zip(q).for_each(|(x, &q)| *x *= q * q);
            }
        }
    }
}

impl<T: Precision> Side<T> {
    /// One step of Q from the whitened X, `T = X X'` of rows or `X'X` of columns.
    fn update(
        &mut self,
        settings: &PsgdSettings,
        shape: Shape,
        of_rows: bool,
        white: &[T],
        target: f64,
        work: &mut SideWork<T>,
    ) -> Status {
        let n = if of_rows { shape.rows } else { shape.columns };
        let mut squares = vec![0.0; n];
        let norm = match &self.factor {
            Factor::Dense(_) => {
                work.gram.resize(n, n);
                let x = shape.view(white);
                accumulate_gram(&mut work.gram, 0.0, 1.0, if of_rows { x.transposed() } else { x });
                symmetric_norm(settings.norm, &work.gram, &mut work.wide)
            }
            Factor::Diagonal(_) => {
                for (i, row) in white.chunks_exact(shape.columns).enumerate() {
                    for (j, x) in row.iter().enumerate() {
                        squares[if of_rows { i } else { j }] += x.wide() * x.wide();
                    }
                }
                squares.iter().fold(0.0, |m: f64, &s| m.max(s))
            }
        };
        let estimate = norm + target;
        let bound = (settings.norm_decay * self.bound + (1.0 - settings.norm_decay) * estimate)
            .max(estimate);
        if !bound.is_finite() {
            return Status::KeptOld;
        }
        let by = settings.rate / bound;
        match &mut self.factor {
            Factor::Dense(q) => {
                let next = &mut work.next;
                next.resize(n, n);
                next.entries_mut().copy_from_slice(q.entries());
                scale(next.entries_mut(), 1.0 + by * target);
                match settings.geometry {
                    PsgdGeometry::Qeq => {
                        view_mut(next).add_product(-by, view(q), view(&work.gram));
                    }
                    PsgdGeometry::Q05Eq15 => {
                        view_mut(next).add_product(-by, view(&work.gram), view(q));
                        rotate(next, &mut work.skew, &mut work.turned, &mut work.twice);
                    }
                }
                if !finite(next.entries()) {
                    return Status::KeptOld;
                }
                std::mem::swap(q, next);
            }
            Factor::Diagonal(q) => {
                for (q, square) in q.iter_mut().zip(&squares) {
                    *q = T::narrow(q.wide() * (1.0 - by * (square - target)));
                }
            }
        }
        self.bound = bound;
        Status::Refreshed
    }
}

/// Never less than the spectral norm of the symmetric `a`.
fn symmetric_norm<T: Precision>(bound: NormBound, a: &Matrix<T>, wide: &mut Matrix<f64>) -> f64 {
    let n = a.columns();
    if bound == NormBound::Exact {
        widen(a, 1.0, wide);
        if let Ok(eigen) = SymmetricEigen::new(wide) {
            return eigen.norm();
        }
    }
    let sum = |j| a.column(j).iter().map(|x| x.wide().abs()).sum::<f64>();
    (0..n).map(sum).fold(0.0, f64::max).min(safe_norm(a.entries()))
}

/// Turns Q towards the symmetric positive matrix with the same `Q'Q`: one step of the steepest ascent
/// of its trace over rotations `exp(a R)`, to second order, `R = Q' - Q` over its norm.
fn rotate<T: Precision>(
    q: &mut Matrix<T>,
    skew: &mut Matrix<T>,
    turned: &mut Matrix<T>,
    twice: &mut Matrix<T>,
) {
    let n = q.rows();
    skew.resize(n, n);
    for j in 0..n {
        for i in 0..n {
            skew[(i, j)] = q[(j, i)] - q[(i, j)];
        }
    }
    // Singular values of a skew matrix come in pairs: the spectral norm is at most this.
    let norm = safe_norm(skew.entries()) / 2f64.sqrt();
    if norm.is_nan() || norm <= T::EPSILON * norm_max(q.entries()) {
        return;
    }
    scale(skew.entries_mut(), 1.0 / norm);
    multiply(turned, skew, q);
    let slope = trace(turned);
    if slope <= 0.0 {
        return;
    }
    multiply(twice, skew, turned);
    let curvature = trace(twice);
    let most = 0.125;
    let step = if curvature < 0.0 { (-slope / curvature).min(most) } else { most };
    average(q.entries_mut(), 1.0, step, turned.entries());
    average(q.entries_mut(), 1.0, step * step / 2.0, twice.entries());
}

#[cfg(test)]
mod tests;
