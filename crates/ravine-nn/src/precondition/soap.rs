//! SOAP: Adam in the eigenbases of Shampoo's factors.

use ravine_linalg::matrix::{Matrix, Precision};

use super::dense::{accumulate_gram, average, average_squares, finite, project, project_back};
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
            order: SoapOrder::DirectionFirst,
        }
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
        for ((d, m), v) in projected.iter_mut().zip(&self.momentum).zip(&self.second) {
            let root = v.wide().sqrt() + epsilon;
            *d = if root > 0.0 { T::narrow(scale * m.wide() / root) } else { T::ZERO };
        }
        project_back(self.shape, bases, projected, direction, product);
    }

    fn update_factors(&mut self, gradient: &[T], beta: f64) {
        let g = self.shape.view(gradient);
        if let Some(side) = &mut self.rows {
            accumulate_gram(&mut side.factor, beta, 1.0 - beta, g.transposed());
        }
        if let Some(side) = &mut self.columns {
            accumulate_gram(&mut side.factor, beta, 1.0 - beta, g);
        }
    }

    /// The first bases. Momentum is still zero.
    fn decompose(&mut self) -> Status {
        let sides = [&mut self.rows, &mut self.columns].into_iter().flatten();
        sides.fold(Status::Unchanged, |s, side| s.and(side.basis.decompose(&side.factor)))
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
mod tests {
    use super::super::examples::*;
    use super::*;
    use ravine_linalg::random::Random;

    const SHAPE: Shape = Shape { rows: 3, columns: 2 };

    fn every_step() -> SoapSettings {
        SoapSettings { period: 1, ..SoapSettings::default() }
    }

    fn directions(shape: Shape, settings: SoapSettings, gradients: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let mut soap = Soap::new(shape, settings);
        let mut all = Vec::new();
        for gradient in gradients {
            let mut direction = vec![f64::NAN; shape.entries()];
            soap.step(gradient, &mut direction);
            all.push(direction);
        }
        all
    }

    fn pinned() -> [Vec<f64>; 4] {
        [G1.to_vec(), G2.to_vec(), G1.to_vec(), G2.to_vec()]
    }

    #[test]
    fn pinned_directions() {
        let found = directions(SHAPE, every_step(), &pinned());
        assert_eq!(found[0], [0.0; 6]);
        let right = [
            [0.937521, -0.285533, 0.778305, 1.218959, 1.549397, -0.739641],
            [0.958059, -0.508201, 0.359947, 1.084202, 0.450413, 0.540857],
            [0.974377, -0.398672, 0.270095, 1.089608, 0.790645, 0.333942],
        ];
        for (found, right) in found[1..].iter().zip(right) {
            close(found, &right, DIGITS);
        }
    }

    fn adam(gradients: &[Vec<f64>], epsilon: f64) -> Vec<f64> {
        let (mut m, mut v, mut t) = ([0.0; 6], [0.0; 6], 0);
        for g in gradients {
            t += 1;
            for k in 0..6 {
                m[k] = 0.95 * m[k] + 0.05 * g[k];
                v[k] = 0.95 * v[k] + 0.05 * g[k] * g[k];
            }
        }
        let by = (1.0 - 0.95f64.powi(t)).sqrt() / (1.0 - 0.95f64.powi(t));
        m.iter().zip(&v).map(|(m, v)| by * m / (v.sqrt() + epsilon)).collect()
    }

    /// Mistakes 17 and 18: with bases that stay the identity it is Adam, one call later, with epsilon
    /// beside the uncorrected root.
    #[test]
    fn without_bases_it_is_adam_one_call_later() {
        let settings = SoapSettings { largest_side: 1, ..every_step() };
        let found = directions(SHAPE, settings.clone(), &pinned());
        close(&found[3], &adam(&pinned()[1..], 1e-8), 1e-14);
        let tiny = pinned().map(|g| g.iter().map(|g| 1e-9 * g).collect());
        close(&directions(SHAPE, settings.clone(), &tiny)[3], &adam(&tiny[1..], 1e-8), 1e-14);
        let settings = SoapSettings { order: SoapOrder::FactorsFirst, ..settings };
        close(&directions(SHAPE, settings, &pinned())[3], &adam(&pinned(), 1e-8), 1e-14);
    }

    /// Mistake 16: the momentum, projected back, is the average of gradients.
    #[test]
    fn momentum_is_projected_anew() {
        let mut random = Random::new(16);
        let shape = Shape::new(4, 4);
        for period in [1, 3] {
            for order in [SoapOrder::DirectionFirst, SoapOrder::FactorsFirst] {
                let settings = SoapSettings { period, order, ..SoapSettings::default() };
                let mut soap = Soap::new(shape, settings);
                let (mut mean, mut direction) = (vec![0.0; 16], vec![0.0; 16]);
                for _ in 0..8 {
                    let g: Vec<f64> = drawn(&mut random, 16);
                    if soap.step(&g, &mut direction).moves {
                        average(&mut mean, 0.95, 0.05, &g);
                    }
                    close(&soap.momentum(), &mean, 1e-14);
                }
            }
        }
    }

    /// Mistake 16: two directions that exchange their variances take their second moments along.
    #[test]
    fn second_moments_follow_the_order_of_directions() {
        let settings = SoapSettings { factor_beta: Some(0.0), beta2: 0.5, ..every_step() };
        let mut soap = Soap::new(Shape::new(2, 2), settings);
        let mut direction = [0.0; 4];
        let (first, then) = ([3.0, 0.0, 0.0, 1.0], [1.0, 0.0, 0.0, 3.0]);
        soap.step(&first, &mut direction);
        soap.step(&first, &mut direction);
        assert_eq!(soap.second, [4.5, 0.0, 0.0, 0.5]);
        // Variances are exchanged: v of the old first direction, 4.5 / 2 + 1 / 2, moves to the end.
        soap.step(&then, &mut direction);
        assert_eq!(soap.second, [4.75, 0.0, 0.0, 2.75]);
    }

    #[test]
    fn orthogonal_transforms_and_transposition_go_through() {
        let mut random = Random::new(17);
        let shape = Shape::new(4, 4);
        let gradients: Vec<Vec<f64>> = (0..9).map(|_| drawn(&mut random, 16)).collect();
        let (u, v) = (orthogonal(&mut random, 4), orthogonal(&mut random, 4));
        let map = |f: &dyn Fn(&Vec<f64>) -> Vec<f64>| gradients.iter().map(f).collect::<Vec<_>>();
        for order in [SoapOrder::DirectionFirst, SoapOrder::FactorsFirst] {
            for period in [1, 5] {
                let settings = SoapSettings { period, order, ..SoapSettings::default() };
                let plain = directions(shape, settings.clone(), &gradients);
                let turned = directions(shape, settings.clone(), &map(&|g| transformed(g, &u, &v)));
                let across = directions(shape, settings.clone(), &map(&|g| transposed(g, 4)));
                let small =
                    directions(shape, settings, &map(&|g| g.iter().map(|g| 0.1 * g).collect()));
                for k in 0..9 {
                    close(&transformed(&plain[k], &u, &v), &turned[k], 1e-6);
                    close(&transposed(&plain[k], 4), &across[k], 1e-6);
                    close(&plain[k], &small[k], 1e-4);
                }
            }
        }
    }

    #[test]
    fn factors_first_moves_at_once_and_forgets_no_bias() {
        let settings = SoapSettings { order: SoapOrder::FactorsFirst, ..every_step() };
        let mut soap = Soap::new(SHAPE, settings);
        let mut direction = [0.0; 6];
        assert_eq!(soap.step(&G1, &mut direction), Step::moved(Status::Refreshed));
        // L = GG', whose eigenbases make the gradient diagonal, up to a third row: singular values / same.
        let factor = &soap.rows.as_ref().unwrap().factor;
        assert!((factor[(0, 0)] - (G1[0] * G1[0] + G1[1] * G1[1])).abs() < 1e-16);
        let right = [0.107768, -0.250490, 0.711679, 0.695167, -0.694190, 0.673794];
        close(&direction, &right, 2e-6);
        soap.step(&G2, &mut direction);
        let factor = &soap.rows.as_ref().unwrap().factor;
        let mean = (0.95 * 0.05 + 0.05 * 0.05) / (1.0 - 0.95 * 0.95);
        assert!((factor[(0, 0)] - mean).abs() > 0.0);
        let weighted = (0.95 * 0.05 * 0.05 + 0.05 * 0.05) / (1.0 - 0.95f64 * 0.95);
        assert!((factor[(0, 0)] - weighted).abs() < 1e-15);
    }

    #[test]
    fn refused_gradients_zero_ones_and_saved_states() {
        let settings = SoapSettings { period: 2, ..SoapSettings::default() };
        let mut soap = Soap::<f32>::new(SHAPE, settings.clone());
        let mut wide = Soap::<f64>::new(SHAPE, settings.clone());
        let (mut direction, mut right) = (vec![0.0; 6], vec![0.0; 6]);
        for g in [G1, G2, G1, G2] {
            soap.step(&narrowed(&g), &mut direction);
            wide.step(&g, &mut right);
        }
        close(&direction, &narrowed(&right), 1e-4);
        let before = soap.clone();
        assert!(!soap.step(&[f32::NAN; 6], &mut direction).moves);
        assert_eq!((soap.count(), soap.failures().total), (3, 1));
        assert_eq!((&soap.momentum, &soap.second), (&before.momentum, &before.second));
        let mut again = restored(&soap);
        let mut other = vec![0.0; 6];
        for g in [G1, G2, G1] {
            soap.step(&narrowed(&g), &mut direction);
            again.step(&narrowed(&g), &mut other);
            assert_eq!((&soap, &direction), (&again, &other));
        }
        let mut zero = Soap::<f32>::new(SHAPE, settings);
        assert_eq!(zero.step(&[0.0; 6], &mut direction).status, Status::Empty);
        assert_eq!(zero.step(&[0.0; 6], &mut direction), Step::moved(Status::Unchanged));
        assert_eq!(direction, [0.0; 6]);
    }
}
