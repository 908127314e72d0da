//! SOAP: Adam in the eigenbases of Shampoo's factors.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, Precision};
use ravine_linalg::widest;

use super::allowed::{at_least_one, not_negative, share};
use super::dense::{
    accumulate_lower_gram, average, average_squares, finite, mirror, project, project_back,
};
use super::scratch::Scratch;
use super::{Eigenbasis, Failures, Shape, Status, Step};

/// Settings of [`Soap`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SoapSettings {
    /// The share of the momentum that is kept, in `[0, 1)`. Default `0.95`.
    pub beta1: f64,
    /// The share of second moments that is kept, in `[0, 1)`. Default `0.95`.
    pub beta2: f64,
    /// The share of the factors that is kept, in `[0, 1)`; nothing stands for `beta2`. Default nothing.
    pub factor_beta: Option<f64>,
    /// Added to the root of second moments, before the bias of their start is corrected. Default `1e-8`.
    pub epsilon: f64,
    /// Whether the bias of averages that start at zero is corrected. Default true.
    pub bias_correction: bool,
    /// Steps between two refreshes of the bases, at least 1. Default `10`.
    pub period: u64,
    /// Bases are kept where they change nothing by more than this; see [`Eigenbasis::refresh`]. Default
    /// `0`: never.
    pub tolerance: f64,
    /// Longer sides keep their coordinates. Default `10000`.
    pub largest_side: usize,
    /// Sides are cut into blocks of at most this size, each a problem of its own, by
    /// [`SoapBlocks`](super::SoapBlocks). Default nothing.
    pub block: Option<usize>,
    /// What comes first. Default [`SoapOrder::DirectionFirst`].
    pub order: SoapOrder,
}

impl Default for SoapSettings {
    fn default() -> Self {
        Self {
            beta1: 0.95,
            beta2: 0.95,
            factor_beta: None,
            epsilon: 1e-8,
            bias_correction: true,
            period: 10,
            tolerance: 0.0,
            largest_side: 10_000,
            block: None,
            order: SoapOrder::DirectionFirst,
        }
    }
}

impl SoapSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        share("beta1", self.beta1)?;
        share("beta2", self.beta2)?;
        self.factor_beta.map_or(Ok(()), |beta| share("factor_beta", beta))?;
        not_negative("epsilon", self.epsilon)?;
        not_negative("tolerance", self.tolerance)?;
        self.block.map_or(Ok(()), |block| at_least_one("block", block as u64))?;
        at_least_one("period", self.period)
    }
}

/// What comes first in a step of [`Soap`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoapOrder {
    /// The direction, from the bases of the steps before; then factors and bases. The first call builds
    /// the bases, moves nothing and does not count: the authors' order.
    #[default]
    DirectionFirst,
    /// Factors and bases, then the direction from them; the first call moves. The share of the factors
    /// that is kept is freed of its bias, `1 - (1 - beta) / (1 - beta^t)`.
    FactorsFirst,
}

/// SOAP: for a matrix parameter with gradient G
///
/// ```text
/// g = Q_L'G Q_R;  m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2
/// P = Q_L [m / (sqrt(v) + epsilon)] Q_R'  sqrt(1 - beta2^t) / (1 - beta1^t)
/// L <- beta L + (1 - beta) GG';  R <- beta R + (1 - beta) G'G
/// every `period` steps: Q <- qr(L Q), ordered; m projected anew, v permuted
/// ```
///
/// With bases that stay the identity it is Adam. The momentum, projected back, is the average of
/// gradients whatever the bases do.
///
/// Source: Vyas et al., SOAP: improving and stabilizing Shampoo using Adam (2024), algorithm 3.
///
/// ```
/// use ravine_nn::precondition::{Shape, Soap, SoapSettings};
///
/// let mut soap = Soap::new(Shape::new(2, 2), SoapSettings::default());
/// let mut direction = [0.0; 4];
/// assert!(!soap.step(&[1.0, 2.0, 3.0, 4.0], &mut direction).moves);
/// assert!(soap.step(&[1.0, 2.0, 3.0, 5.0], &mut direction).moves);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct Soap<T: Precision> {
    settings: SoapSettings,
    shape: Shape,
    rows: Option<Side<T>>,
    columns: Option<Side<T>>,
    /// m, in the bases.
    momentum: Vec<T>,
    /// v, in the bases.
    second: Vec<T>,
    started: bool,
    /// t.
    count: u64,
    /// `beta1^t`.
    power1: f64,
    /// `beta2^t`.
    power2: f64,
    /// Gradients refused.
    failures: Failures,
    #[serde(skip)]
    work: Scratch<SoapWork<T>>,
}

#[derive(Debug, Default)]
struct SoapWork<T> {
    projected: Vec<T>,
    product: Vec<T>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
struct Side<T: Precision> {
    /// Between two refreshes the lower triangle alone is that of now.
    factor: Matrix<T>,
    basis: Eigenbasis<T>,
}

impl<T: Precision> Side<T> {
    fn new(dimension: usize) -> Self {
        let factor = Matrix::filled(dimension, dimension, T::ZERO);
        Self { factor, basis: Eigenbasis::new(dimension) }
    }
}

fn vectors<T: Precision>(side: &Option<Side<T>>) -> Option<&Matrix<T>> {
    side.as_ref().map(|side| side.basis.vectors())
}

impl<T: Precision> Soap<T> {
    /// Before the first step.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    pub fn new(shape: Shape, settings: SoapSettings) -> Self {
        assert!(settings.period > 0, "Soap: period at least 1");
        let side = |n| (n > 1 && n <= settings.largest_side).then(|| Side::new(n));
        Self {
            rows: side(shape.rows),
            columns: side(shape.columns),
            momentum: vec![T::ZERO; shape.entries()],
            second: vec![T::ZERO; shape.entries()],
            started: false,
            count: 0,
            power1: 1.0,
            power2: 1.0,
            failures: Failures::default(),
            work: Scratch::default(),
            settings,
            shape,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &SoapSettings {
        &self.settings
    }

    /// The steps that moved, t.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The worst of the counts of failures: of gradients that were refused, and of each basis.
    pub fn failures(&self) -> Failures {
        let sides = [&self.rows, &self.columns].into_iter().flatten();
        sides.map(|side| side.basis.failures()).fold(self.failures, |a, b| Failures {
            consecutive: a.consecutive.max(b.consecutive),
            total: a.total.max(b.total),
        })
    }

    /// The momentum in the parameter's own coordinates, `Q_L m Q_R'`: the average of gradients.
    pub fn momentum(&mut self) -> Vec<T> {
        let mut out = vec![T::ZERO; self.shape.entries()];
        let bases = [vectors(&self.rows), vectors(&self.columns)];
        project_back(self.shape, bases, &self.momentum, &mut out, &mut self.work.product);
        out
    }

    /// One step in the order of the settings; the direction is to be subtracted times the learning rate.
    /// A gradient that is not finite changes nothing.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn step(&mut self, gradient: &[T], direction: &mut [T]) -> Step {
        self.shape.check("Soap", gradient);
        self.shape.check("Soap", direction);
        if !finite(gradient) {
            return Step::none(direction, self.failures.count(Status::KeptOld));
        }
        self.failures.count(Status::Refreshed);
        match self.settings.order {
            SoapOrder::DirectionFirst => self.direction_first(gradient, direction),
            SoapOrder::FactorsFirst => self.factors_first(gradient, direction),
        }
    }

    fn direction_first(&mut self, gradient: &[T], direction: &mut [T]) -> Step {
        let beta = self.settings.factor_beta.unwrap_or(self.settings.beta2);
        if !self.started {
            self.update_factors(gradient, beta);
            let status = self.decompose();
            self.started = true;
            return Step::none(direction, status);
        }
        self.count += 1;
        self.adam_in_basis(gradient, direction);
        self.update_factors(gradient, beta);
        let due = self.count.is_multiple_of(self.settings.period);
        Step::moved(if due { self.refresh() } else { Status::Unchanged })
    }

    fn factors_first(&mut self, gradient: &[T], direction: &mut [T]) -> Step {
        self.count += 1;
        let beta = self.settings.factor_beta.unwrap_or(self.settings.beta2);
        let bias = 1.0 - beta.powf(self.count as f64);
        self.update_factors(gradient, 1.0 - (1.0 - beta) / bias);
        let status = if !self.started {
            self.started = true;
            self.decompose()
        } else if self.count.is_multiple_of(self.settings.period) {
            self.refresh()
        } else {
            Status::Unchanged
        };
        self.adam_in_basis(gradient, direction);
        Step::moved(status)
    }

    fn adam_in_basis(&mut self, gradient: &[T], direction: &mut [T]) {
        let SoapSettings { beta1, beta2, epsilon, bias_correction, .. } = self.settings;
        let SoapWork { projected, product } = &mut *self.work;
        let bases = [vectors(&self.rows), vectors(&self.columns)];
        projected.resize(self.shape.entries(), T::ZERO);
        project(self.shape, bases, gradient, projected, product);
        average(&mut self.momentum, beta1, 1.0 - beta1, projected);
        average_squares(&mut self.second, beta2, 1.0 - beta2, projected);
        self.power1 *= beta1;
        self.power2 *= beta2;
        let scale = (1.0 - self.power2).sqrt() / (1.0 - self.power1);
        let scale = if bias_correction { scale } else { 1.0 };
        let (momentum, second) = (&self.momentum[..], &self.second[..]);
        let out = &mut projected[..];
        widest(
            #[inline(always)]
            move || {
                for ((d, m), v) in out.iter_mut().zip(momentum).zip(second) {
                    let root = v.wide().sqrt() + epsilon;
                    *d = if root > 0.0 { T::narrow(scale * m.wide() / root) } else { T::ZERO };
                }
            },
        );
        project_back(self.shape, bases, projected, direction, product);
    }

    fn update_factors(&mut self, gradient: &[T], beta: f64) {
        let g = self.shape.view(gradient);
        if let Some(side) = &mut self.rows {
            accumulate_lower_gram(&mut side.factor, beta, 1.0 - beta, g.transposed());
        }
        if let Some(side) = &mut self.columns {
            accumulate_lower_gram(&mut side.factor, beta, 1.0 - beta, g);
        }
    }

    /// The first bases. Momentum is still zero.
    fn decompose(&mut self) -> Status {
        let sides = [&mut self.rows, &mut self.columns].into_iter().flatten();
        sides.fold(Status::Unchanged, |s, side| {
            mirror(&mut side.factor);
            s.and(side.basis.decompose(&side.factor))
        })
    }

    /// One step of the bases towards those of the factors; the momentum is projected anew, and second
    /// moments follow the order of the columns.
    fn refresh(&mut self) -> Status {
        let (shape, tolerance) = (self.shape, self.settings.tolerance);
        let SoapWork { projected, product } = &mut *self.work;
        projected.resize(shape.entries(), T::ZERO);
        let bases = [vectors(&self.rows), vectors(&self.columns)];
        project_back(shape, bases, &self.momentum, projected, product);
        let mut status = Status::Unchanged;
        if let Some(Side { factor, basis }) = &mut self.rows {
            mirror(factor);
            let refreshed = basis.refresh(factor, tolerance);
            if refreshed == Status::Refreshed {
                product.clear();
                for &from in basis.order() {
                    let at = from * shape.columns;
                    product.extend_from_slice(&self.second[at..at + shape.columns]);
                }
                self.second.copy_from_slice(product);
            }
            status = status.and(refreshed);
        }
        if let Some(Side { factor, basis }) = &mut self.columns {
            mirror(factor);
            let refreshed = basis.refresh(factor, tolerance);
            if refreshed == Status::Refreshed {
                for row in self.second.chunks_exact_mut(shape.columns) {
                    product.clear();
                    product.extend(basis.order().iter().map(|&from| row[from]));
                    row.copy_from_slice(product);
                }
            }
            status = status.and(refreshed);
        }
        let bases = [vectors(&self.rows), vectors(&self.columns)];
        project(shape, bases, projected, &mut self.momentum, product);
        status
    }
}

#[cfg(test)]
mod tests;
