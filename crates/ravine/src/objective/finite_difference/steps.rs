//! How long the steps of differences of values are, variable by variable.

/// What differences of values have shown of each variable, over a run.
///
/// The first gradient is by central differences with steps `e^(1/3)` of the size of each variable, e the
/// precision of values, which are made longer where the values do not show them and shorter where the
/// function turns within them; it tells the second derivative L of each variable. Forward differences
/// then have the steps `2 sqrt(e |f| / L)` that balance rounding against curvature, with an error of
/// `2 sqrt(e |f| L)`.
///
/// Sources: More and Wild, Estimating derivatives of noisy simulations (2012); Shi, Xie, Xuan and
/// Nocedal, Adaptive finite-difference interval estimation for noisy derivative-free optimization
/// (2022).
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Steps {
    /// The size of each variable at first; empty before the first gradient.
    sizes: Vec<f64>,
    /// The length over which the function changes with each variable, over its size.
    factors: Vec<f64>,
    /// `|d^2 f / dx_i^2|`; [`UNKNOWN`] of a variable that no value has shown yet.
    curvatures: Vec<f64>,
    /// Whether gradients are by central differences.
    pub central: bool,
    /// Of the last gradient, the largest error of an entry.
    pub error: f64,
}

/// A gradient has to be so many times as large as the error of forward differences.
const ENOUGH: f64 = 20.0;

/// Central differences go back to forward ones where the gradient is so many times the error of these.
const PLENTY: f64 = 1e4;

/// Stands for a curvature that is not known.
const UNKNOWN: f64 = -1.0;

/// By how much a step grows that values do not show, or shrinks within which the function turns.
const CHANGE: f64 = 100.0;

/// Values that are known along a variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// The step.
    pub h: f64,
    /// `f(x)`, `f(x + h)`, `f(x - h)`.
    pub values: [f64; 3],
}

impl Seen {
    /// `f(x + h) - 2 f(x) + f(x - h)`.
    fn second(&self) -> f64 {
        let [f, above, below] = self.values;
        (above - f) + (below - f)
    }

    fn curvature(&self) -> f64 {
        self.second().abs() / self.h / self.h
    }

    fn noise(&self) -> f64 {
        let largest = self.values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        4.0 * f64::EPSILON * largest
    }
}

impl Steps {
    pub fn known(&self) -> bool {
        !self.sizes.is_empty()
    }

    /// For n variables of these sizes.
    pub fn begin(&mut self, sizes: impl Iterator<Item = f64>) {
        self.sizes = sizes.collect();
        self.factors = vec![1.0; self.sizes.len()];
        self.curvatures = vec![0.0; self.sizes.len()];
    }

    /// The length over which the function changes with `x_i`: a variable that has grown has another size.
    fn scale(&self, i: usize, x: f64) -> f64 {
        self.factors[i] * self.sizes[i].max(x.abs())
    }

    /// The step of a central difference.
    pub fn long(&self, i: usize, x: f64) -> f64 {
        f64::EPSILON.cbrt() * self.scale(i, x)
    }

    /// The step of a forward difference at a point `x_i` with value f.
    pub fn short(&self, i: usize, x: f64, value: f64) -> f64 {
        let balanced = 2.0 * (f64::EPSILON * value.abs() / self.curvatures[i]).sqrt();
        let longest = self.long(i, x);
        let shortest = (1e-11 * x.abs()).min(longest);
        if balanced.is_finite() { balanced.clamp(shortest, longest) } else { longest }
    }

    /// The error of the derivative at `x_i` with a step h.
    pub fn error_of(&self, i: usize, x: f64, h: f64, value: f64, central: bool) -> f64 {
        let rounding = 2.0 * f64::EPSILON * value.abs() / h;
        let bend = self.curvatures[i].max(0.0) * h;
        rounding + if central { 0.5 * bend * h / self.scale(i, x) } else { 0.5 * bend }
    }

    /// The largest error of central differences at a value f.
    pub fn central_error(&self, x: &[f64], value: f64) -> f64 {
        let error = |(i, &x): (usize, &f64)| self.error_of(i, x, self.long(i, x), value, true);
        x.iter().enumerate().map(error).fold(0.0, f64::max)
    }

    /// Whether the gradient of this norm is too close to the error of forward differences.
    pub fn too_coarse(&self, gradient: f64, error: f64) -> bool {
        gradient <= ENOUGH * error
    }

    /// Whether forward differences would do again, at a point with value f.
    pub fn fine_again(&self, x: &[f64], value: f64, gradient: f64) -> bool {
        let errors = x
            .iter()
            .enumerate()
            .map(|(i, &x)| self.error_of(i, x, self.short(i, x, value), value, false));
        gradient > PLENTY * errors.fold(0.0, f64::max)
    }

    /// Takes in what was seen with the long step of variable i; `false`, and the step is another one,
    /// where that was too long or too short. `before` is what was seen with the step before.
    pub fn adjust(&mut self, i: usize, seen: Seen, before: Option<Seen>) -> bool {
        let [f, above, below] = seen.values;
        let (first, second, noise) = (above - below, seen.second(), seen.noise());
        self.curvatures[i] = if second.abs() > noise { seen.curvature() } else { 0.0 };
        let visible = first.abs().max(second.abs()) > 25.0 * noise;
        let size = f.abs() + above.abs().min(below.abs());
        let turns = second.abs() > 1e-2 * size || !seen.values.iter().all(|v| v.is_finite());
        if let Some(before) = before {
            let grew = seen.h > before.h;
            // The same curvature over both lengths: the function is a parabola, however steep.
            let same = seen.curvature() > 0.5 * before.curvature()
                && seen.curvature() < 2.0 * before.curvature();
            if same || (grew && turns) || (!grew && !visible) {
                return true;
            }
        }
        if !visible {
            self.factors[i] *= CHANGE;
        } else if turns {
            self.factors[i] /= CHANGE;
        }
        visible && !turns
    }

    /// No step shows variable i, or one that had to be long elsewhere does not fit here: its step is as short
    /// as it was at first.
    pub fn never_shown(&mut self, i: usize) {
        self.factors[i] = self.factors[i].min(1.0);
        self.curvatures[i] = UNKNOWN;
    }

    /// Whether a forward difference with this derivative shows a variable that none has shown, or had a step
    /// that grew elsewhere, where values did not show it, and changes the value by a good part of it.
    pub fn needs_another(&self, i: usize, x: f64, value: f64, derivative: f64) -> bool {
        let change = derivative.abs() * self.short(i, x, value);
        let grown = self.factors[i] > 1.0 && (change > 0.1 * value.abs() || change.is_nan());
        grown || (self.curvatures[i] == UNKNOWN && change > 100.0 * f64::EPSILON * value.abs())
    }

    /// Takes in a later central difference.
    pub fn learn(&mut self, i: usize, seen: Seen) {
        if seen.second().abs() > 10.0 * seen.noise() {
            self.curvatures[i] = seen.curvature();
        }
    }
}
