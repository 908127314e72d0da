//! Muon: momentum with its singular values made equal, and its variant with balanced rows.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::Precision;

use super::allowed::{positive, share};
use super::dense::{average, finite, safe_norm, scale};
use super::scratch::Scratch;
use super::{Failures, Polar, PolarIteration, Shape, Status, Step};

/// Settings of [`Muon`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MuonSettings {
    /// The share mu of the momentum that is kept, in `[0, 1)`. Default `0.95`.
    pub momentum: f64,
    /// Whether the gradient comes in once more, `(1 - mu) G + mu B`. Default true.
    pub nesterov: bool,
    /// How singular values are made equal. Default [`PolarIteration::Jordan`].
    pub iteration: PolarIteration,
    /// The steps of the iteration; nothing stands for as many as
    /// [usual](PolarIteration::usual_steps). Default nothing.
    pub steps: Option<usize>,
    /// What the orthogonal factor is multiplied by. Default [`AspectScale::Shape`].
    pub scale: AspectScale,
    /// Whether rows are outputs or inputs. Default [`Layout::OutputsByInputs`].
    pub layout: Layout,
    /// With it, NorMuon. Default nothing.
    pub balance: Option<Balance>,
}

impl Default for MuonSettings {
    fn default() -> Self {
        Self {
            momentum: 0.95,
            nesterov: true,
            iteration: PolarIteration::Jordan,
            steps: None,
            scale: AspectScale::Shape,
            layout: Layout::OutputsByInputs,
            balance: None,
        }
    }
}

impl MuonSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        share("momentum", self.momentum)?;
        let Some(Balance { decay, floor }) = self.balance else { return Ok(()) };
        share("balance.decay", decay)?;
        positive("balance.floor", floor)
    }
}

/// What an orthogonal factor is multiplied by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AspectScale {
    /// 1.
    One,
    /// `sqrt(max(1, outputs / inputs))`, as in the first Muon.
    #[default]
    Shape,
    /// `sqrt(outputs / inputs)`: the norm between root mean squares of inputs and outputs is one.
    Spectral,
    /// `0.2 sqrt(max(outputs, inputs))`: the root mean square that is usual for AdamW, whose learning
    /// rates then carry over.
    MatchAdam,
}

impl AspectScale {
    /// The factor.
    pub fn factor(self, outputs: usize, inputs: usize) -> f64 {
        let ratio = outputs as f64 / inputs.max(1) as f64;
        match self {
            Self::One => 1.0,
            Self::Shape => ratio.max(1.0).sqrt(),
            Self::Spectral => ratio.sqrt(),
            Self::MatchAdam => 0.2 * (outputs.max(inputs) as f64).sqrt(),
        }
    }
}

/// What the rows of a weight matrix are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Rows are outputs: `y = W a`.
    #[default]
    OutputsByInputs,
    /// Rows are inputs: `y = W'a`.
    InputsByOutputs,
}

/// Settings of NorMuon's second moments.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Balance {
    /// The share of the second moment that is kept, in `[0, 1)`. Default `0.95`.
    pub decay: f64,
    /// Second moments count as at least this. Default `1e-10`.
    pub floor: f64,
}

impl Default for Balance {
    fn default() -> Self {
        Self { decay: 0.95, floor: 1e-10 }
    }
}

/// Muon: for a matrix parameter with gradient G
///
/// ```text
/// B <- mu B + (1 - mu) G
/// U = (1 - mu) G + mu B         (or B)
/// X = polar(U)                  (about U V' of the singular value decomposition)
/// W <- W - lr scale X
/// ```
///
/// NorMuon divides the lines of X along its longer side by the root of a running mean of their squares,
/// `v <- decay v + (1 - decay) mean(X^2)`, and gives X its Frobenius norm back.
///
/// With `momentum` 0 it is spectral descent, and the same as Shampoo without memory.
///
/// Sources: K. Jordan et al., Muon (2024); Liu et al., Muon is scalable for LLM training (2025); Li et
/// al., NorMuon (2025).
///
/// ```
/// use ravine_nn::precondition::{Muon, MuonSettings, Shape};
///
/// let mut muon = Muon::new(Shape::new(2, 2), MuonSettings::default());
/// let mut direction = [0.0; 4];
/// assert!(muon.step(&[1.0, 2.0, 3.0, 4.0], &mut direction).moves);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct Muon<T: Precision> {
    settings: MuonSettings,
    shape: Shape,
    momentum: Vec<T>,
    /// NorMuon's v.
    second: Vec<T>,
    failures: Failures,
    #[serde(skip)]
    polar: Scratch<Polar<T>>,
}

impl<T: Precision> Muon<T> {
    /// Before the first step.
    pub fn new(shape: Shape, settings: MuonSettings) -> Self {
        let lines = if settings.balance.is_some() { shape.larger() } else { 0 };
        Self {
            settings,
            shape,
            momentum: vec![T::ZERO; shape.entries()],
            second: vec![T::ZERO; lines],
            failures: Failures::default(),
            polar: Scratch::default(),
        }
    }

    /// The settings.
    pub fn settings(&self) -> &MuonSettings {
        &self.settings
    }

    /// B.
    pub fn momentum(&self) -> &[T] {
        &self.momentum
    }

    /// How often a gradient was refused.
    pub fn failures(&self) -> Failures {
        self.failures
    }

    /// Takes in a gradient and gives the direction, to be subtracted from the parameter times the
    /// learning rate. A gradient that is not finite changes nothing.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn step(&mut self, gradient: &[T], direction: &mut [T]) -> Step {
        self.shape.check("Muon", gradient);
        self.shape.check("Muon", direction);
        if !finite(gradient) {
            return Step::none(direction, self.failures.count(Status::KeptOld));
        }
        let MuonSettings { momentum: mu, nesterov, .. } = self.settings;
        average(&mut self.momentum, mu, 1.0 - mu, gradient);
        direction.copy_from_slice(&self.momentum);
        if nesterov {
            average(direction, mu, 1.0 - mu, gradient);
        }
        let status = self.orthogonalize(direction);
        Step::moved(self.failures.count(status))
    }

    /// Replaces a momentum by its direction: polar factor, balance, scale.
    ///
    /// # Panics
    ///
    /// If `x` has not the shape's entries.
    pub fn orthogonalize(&mut self, x: &mut [T]) -> Status {
        let MuonSettings { iteration, steps, scale: aspect, layout, balance, .. } = self.settings;
        let steps = steps.unwrap_or_else(|| iteration.usual_steps());
        let status = self.polar.factor(iteration, steps, self.shape, x);
        if let (Some(balance), Status::Refreshed) = (balance, status) {
            balance_lines(balance, self.shape, &mut self.second, x);
        }
        let Shape { rows, columns } = self.shape;
        let factor = match layout {
            Layout::OutputsByInputs => aspect.factor(rows, columns),
            Layout::InputsByOutputs => aspect.factor(columns, rows),
        };
        scale(x, factor);
        status
    }
}

fn balance_lines<T: Precision>(balance: Balance, shape: Shape, second: &mut [T], x: &mut [T]) {
    let Shape { rows, columns } = shape;
    let before = safe_norm(x);
    let by_rows = rows >= columns;
    let length = shape.smaller() as f64;
    let mut means = vec![0.0; shape.larger()];
    for (i, row) in x.chunks_exact(columns).enumerate() {
        for (j, x) in row.iter().enumerate() {
            means[if by_rows { i } else { j }] += x.wide() * x.wide() / length;
        }
    }
    for (v, mean) in second.iter_mut().zip(&mut means) {
        *v = T::narrow(balance.decay * v.wide() + (1.0 - balance.decay) * *mean);
        *mean = v.wide().max(balance.floor).powf(-0.5);
    }
    for (i, row) in x.chunks_exact_mut(columns).enumerate() {
        for (j, x) in row.iter_mut().enumerate() {
            *x = T::narrow(x.wide() * means[if by_rows { i } else { j }]);
        }
    }
    let after = safe_norm(x);
    if after > 0.0 {
        scale(x, before / after);
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::*;
    use super::*;
    use ravine_linalg::random::Random;

    const SHAPE: Shape = Shape { rows: 3, columns: 2 };

    fn exact() -> MuonSettings {
        MuonSettings {
            iteration: PolarIteration::Exact,
            scale: AspectScale::One,
            ..MuonSettings::default()
        }
    }

    #[test]
    fn normuon_of_the_pinned_example() {
        let balance = Some(Balance { decay: 0.0, ..Balance::default() });
        let mut muon = Muon::new(SHAPE, MuonSettings { momentum: 0.0, balance, ..exact() });
        let mut direction = [0.0; 6];
        muon.step(&G1, &mut direction);
        let right = [0.322684, -0.750028, 0.584086, 0.570535, -0.585893, 0.568679];
        close(&direction, &right, DIGITS);
    }

    #[test]
    fn momentum_is_the_average_of_gradients() {
        let mut random = Random::new(11);
        let mut muon = Muon::new(SHAPE, exact());
        let (mut b, mut direction) = (vec![0.0; 6], vec![0.0; 6]);
        for _ in 0..4 {
            let g: Vec<f64> = drawn(&mut random, 6);
            muon.step(&g, &mut direction);
            for (b, g) in b.iter_mut().zip(&g) {
                *b = 0.95 * *b + 0.05 * g;
            }
            close(muon.momentum(), &b, 1e-15);
            let mut u: Vec<f64> = b.iter().zip(&g).map(|(b, g)| 0.95 * b + 0.05 * g).collect();
            Polar::default().factor(PolarIteration::Exact, 0, SHAPE, &mut u);
            close(&direction, &u, 1e-13);
        }
    }

    /// Mistake 21: the ratio is that of outputs to inputs, whatever the layout.
    #[test]
    fn scales_follow_outputs_and_inputs() {
        let cases = [
            (AspectScale::One, 1.0, 1.0),
            (AspectScale::Shape, 1.5f64.sqrt(), 1.0),
            (AspectScale::Spectral, 1.5f64.sqrt(), (2.0f64 / 3.0).sqrt()),
            (AspectScale::MatchAdam, 0.2 * 3f64.sqrt(), 0.2 * 3f64.sqrt()),
        ];
        for (scale, three_outputs, two_outputs) in cases {
            assert!((scale.factor(3, 2) - three_outputs).abs() < 1e-15);
            assert!((scale.factor(2, 3) - two_outputs).abs() < 1e-15);
            for balance in [None, Some(Balance::default())] {
                let settings = MuonSettings { scale, balance, ..MuonSettings::default() };
                let turned = MuonSettings { layout: Layout::InputsByOutputs, ..settings.clone() };
                let mut muon = Muon::new(SHAPE, settings);
                let mut across = Muon::new(SHAPE.transposed(), turned);
                let (mut direction, mut other) = ([0.0; 6], [0.0; 6]);
                for g in [G1, G2] {
                    muon.step(&g, &mut direction);
                    across.step(&transposed(&g, 2), &mut other);
                    close(&transposed(&direction, 2), &other, 1e-14);
                }
            }
        }
    }

    #[test]
    fn orthogonal_transforms_go_through() {
        let mut random = Random::new(12);
        let (u, v) = (orthogonal(&mut random, 3), orthogonal(&mut random, 2));
        let settings = MuonSettings { iteration: PolarIteration::PolarExpress, ..exact() };
        let (mut a, mut b) = (Muon::new(SHAPE, settings.clone()), Muon::new(SHAPE, settings));
        let (mut x, mut y) = ([0.0; 6], [0.0; 6]);
        for g in [G1, G2, G1] {
            a.step(&g, &mut x);
            b.step(&transformed(&g, &u, &v), &mut y);
            close(&transformed(&x, &u, &v), &y, 1e-13);
        }
    }

    #[test]
    fn refused_gradients_change_nothing_and_saved_states_go_on() {
        let settings = MuonSettings { balance: Some(Balance::default()), ..exact() };
        let mut muon = Muon::<f32>::new(SHAPE, settings);
        let mut direction = vec![0.0; 6];
        assert_eq!(muon.step(&[0.0; 6], &mut direction), Step::moved(Status::Empty));
        assert_eq!(direction, [0.0; 6]);
        muon.step(&narrowed(&G1), &mut direction);
        let before = muon.clone();
        let step = muon.step(&[f32::NAN; 6], &mut direction);
        assert_eq!((step.moves, step.status), (false, Status::KeptOld));
        assert_eq!((direction.clone(), muon.failures().total), (vec![0.0; 6], 1));
        assert_eq!(muon.momentum(), before.momentum());
        let mut again = restored(&muon);
        let mut other = vec![0.0; 6];
        muon.step(&narrowed(&G2), &mut direction);
        again.step(&narrowed(&G2), &mut other);
        assert_eq!((&muon, &direction), (&again, &other));
        let settings: MuonSettings = serde_json::from_str("{\"momentum\": 0.9}").unwrap();
        assert_eq!(settings.steps, None);
        assert!(serde_json::from_str::<MuonSettings>("{\"moment\": 0.9}").is_err());
    }
}
