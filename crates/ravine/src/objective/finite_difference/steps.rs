//! How long the steps of differences of values are, variable by variable.

use super::newton::{MOST_VARIABLES, Newton};
use super::stencil::Stencil;

/// What differences of values have shown of each variable, over a run.
///
/// The first gradient is by central differences with steps `e^(1/3)` of the size of each variable, e the
/// precision of values. A step is looked for ([`Search`]) that is long enough for the values to show it and
/// short enough for the function not to turn within it; it tells the second derivative L of each variable, or
/// what that can be at most. Forward differences then have the steps `2 sqrt(e |f| / L)` that balance rounding
/// against curvature, with an error of `2 sqrt(e |f| L)`.
///
/// Where the run would end by them, they are [`measured`](Self::widen): `e |f|` is the noise of values there,
/// steps are made wider for as long as the difference shows no other derivative, and what remains is the
/// error.
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
    /// `|d^2 f / dx_i^2|`, or what it can be at most; [`UNKNOWN`] of a variable that no value has shown yet.
    curvatures: Vec<f64>,
    /// By how much the step of a central difference is wider than `e^(1/3)` of the length.
    wider: Vec<f64>,
    /// What a central difference with step h is off by, over `h^2`; [`UNKNOWN`] where it was not measured.
    thirds: Vec<f64>,
    /// Whether gradients are by central differences.
    pub central: bool,
    /// The size of a variable of which nothing is known.
    typical: f64,
    /// The error of the last gradient, to compare its largest entry with: see [`error_for`](Self::error_for).
    pub error: f64,
    /// Whether the last gradient came from values that were all the same.
    pub flat: bool,
    /// What the last gradient promises: see [`gains_of`](Self::gains_of).
    pub gains: [f64; 2],
    /// The noise of values where it was measured and is more than their rounding; else 0.
    pub noise: f64,
    /// What is asked of the next gradient.
    pub ask: Ask,
    /// The model that the last gradient came with, if it was asked for.
    #[serde(skip)]
    pub newton: Option<Newton>,
    /// How often models were had, and the value where that was done last.
    pub models: u32,
    pub modelled_at: f64,
    /// How often gradients were measured, and the value where that was done last.
    pub measured: u32,
    pub measured_at: f64,
    /// The error of the gradient there, and what it promises.
    kept: (f64, [f64; 2]),
    /// Values asked for since the last gradient.
    pub trials: u32,
    /// The largest entry of the gradient when the curvatures were last learnt.
    pub learnt_at: f64,
}

/// What is asked of a gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Ask {
    /// That it is good enough to go on.
    #[default]
    Use,
    /// That it is measured.
    Measure,
    /// That it is measured, and comes with a quadratic model.
    Model,
}

/// A gradient has to be so many times as large as the error of forward differences.
const ENOUGH: f64 = 20.0;

/// Central differences go back to forward ones where the gradient is so many times the error of these.
const PLENTY: f64 = 1e4;

/// An entry of a gradient that is so many times its error is known.
const SURE: f64 = 3.0;

/// The share of what the errors of other entries hide that an entry has to gain to count.
const SHARE: f64 = 0.01;

/// Stands for what is not known.
const UNKNOWN: f64 = -1.0;

/// By how much a step grows that values do not show, or shrinks within which the function turns.
const CHANGE: f64 = 100.0;

/// How often a step grows that values do not show.
const GROWTHS: u32 = 6;

/// How often one is sought between steps that were too short and too long.
const ROUNDS: u32 = 24;

/// Within this factor there is no better step between one that is too short and one that is too long.
const CLOSE: f64 = 16.0;

/// Curvatures are learnt again where the gradient has become so many times smaller.
const STALE: f64 = 0.01;

/// Differences change by up to so many times what rounding is said to make of them.
const ROUNDING: f64 = 4.0;

/// Second differences that grow by less over a step four times as wide, and not by 16, are noise.
const ALIKE: f64 = 3.0;

/// By how much central differences are widened at a time.
const WIDER: f64 = 4.0;

/// Values that are known along a variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// The step.
    pub h: f64,
    /// The derivative.
    pub derivative: f64,
    /// Where those values are from.
    pub displacements: [f64; 2],
    /// `f(x)`, and what was evaluated: `f(x + h)` and `f(x - h)`, or next to a bound `f(x + h)` and `f(x + 2 h)`.
    pub values: [f64; 3],
    /// The second difference, `h^2` times the second derivative.
    pub second: f64,
}

impl Seen {
    /// Of a stencil with two points besides x.
    pub fn new(stencil: &Stencil, value: f64, others: &[f64]) -> Option<Self> {
        let mut displacements = stencil.displacements();
        let (Some(h), Some(end), &[near, far]) =
            (displacements.next(), displacements.next(), others)
        else {
            return None;
        };
        let central = stencil.central_step().is_some();
        let second =
            if central { (near - value) + (far - value) } else { (far - near) - (near - value) };
        let mut own = others.iter().copied();
        let derivative = stencil.combine(|t| if t == 0.0 { Some(value) } else { own.next() });
        Some(Self {
            h: h.abs(),
            displacements: [h, end],
            derivative,
            values: [value, near, far],
            second,
        })
    }

    /// Whether the values are from both sides.
    pub fn is_central(&self) -> bool {
        self.displacements[1] == -self.displacements[0]
    }

    fn is_finite(&self) -> bool {
        self.values.iter().all(|v| v.is_finite())
    }

    fn curvature(&self) -> f64 {
        self.second.abs() / self.h / self.h
    }

    /// What the second derivative is, or can be at most where values of this noise do not show it.
    fn curvature_within(&self, noise: f64) -> f64 {
        self.second.abs().max(noise) / self.h / self.h
    }
}

/// The search for the step of one variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Search {
    /// The longest step that was too short.
    short: f64,
    /// The shortest that was too long.
    long: f64,
    before: Option<Seen>,
    rounds: u32,
    /// Whether steps grow by strides that grow.
    far: bool,
    /// How many steps led to where the function is not finite.
    beyond: u32,
}

impl Search {
    /// A step up to about `1e5` times the size.
    pub fn near() -> Self {
        Self { short: 0.0, long: f64::INFINITY, before: None, rounds: 0, far: false, beyond: 0 }
    }

    /// A step up to about `1e25` times the size, by strides that grow.
    pub fn far() -> Self {
        Self { far: true, ..Self::near() }
    }

    /// By how much a step is shortened at the end of which the function is not finite: more each time.
    fn retreat(&mut self) -> f64 {
        self.beyond += 1;
        CHANGE.powi(1 << (self.beyond.min(6) - 1))
    }

    /// Whether it has come to its end without a step.
    pub fn has_failed(&self) -> bool {
        let open = !self.long.is_finite();
        self.rounds >= if open { GROWTHS - u32::from(self.far) } else { ROUNDS }
    }

    fn stride(&self) -> f64 {
        if self.far { CHANGE.powi(1 << (self.rounds.clamp(1, 4) - 1)) } else { CHANGE }
    }
}

/// The least step that changes a variable, and whose length is known.
fn least_step(x: f64) -> f64 {
    (16.0 * f64::EPSILON * x.abs()).max(f64::MIN_POSITIVE / f64::EPSILON)
}

impl Steps {
    pub fn known(&self) -> bool {
        !self.sizes.is_empty()
    }

    /// Whether there are so few variables that values may show a model.
    pub fn may_be_modelled(&self) -> bool {
        self.sizes.len() <= MOST_VARIABLES
    }

    /// For n variables of these sizes; `typical` is that of one of which nothing is known.
    pub fn begin(&mut self, sizes: impl Iterator<Item = f64>, typical: f64) {
        self.sizes = sizes.collect();
        self.typical = typical;
        let n = self.sizes.len();
        (self.factors, self.wider) = (vec![1.0; n], vec![1.0; n]);
        (self.curvatures, self.thirds) = (vec![UNKNOWN; n], vec![UNKNOWN; n]);
    }

    /// What values like this are off by.
    pub fn noise_of(&self, value: f64) -> f64 {
        (f64::EPSILON * value.abs()).max(self.noise)
    }

    /// What a second difference of these values is off by, at most.
    pub fn noise_in(&self, seen: &Seen) -> f64 {
        4.0 * seen.values.iter().fold(0.0, |most: f64, &v| most.max(self.noise_of(v)))
    }

    /// The size of a variable: one that has grown has another size.
    fn size(&self, i: usize, x: f64) -> f64 {
        self.sizes[i].max(x.abs())
    }

    /// The length over which the function changes with `x_i`. One that is longer than the size of the variable was
    /// is no multiple of what that has become.
    fn scale(&self, i: usize, x: f64) -> f64 {
        if self.factors[i] > 1.0 {
            (self.factors[i] * self.sizes[i]).max(x.abs())
        } else {
            self.factors[i] * self.size(i, x)
        }
    }

    fn set_scale(&mut self, i: usize, x: f64, scale: f64) {
        let factor = scale / self.size(i, x);
        self.factors[i] = if factor > 1.0 { scale / self.sizes[i] } else { factor };
    }

    /// The step of a central difference.
    pub fn long(&self, i: usize, x: f64) -> f64 {
        (f64::EPSILON.cbrt() * self.wider[i] * self.scale(i, x)).max(least_step(x))
    }

    /// The step of a forward difference at a point `x_i` with value f.
    pub fn short(&self, i: usize, x: f64, value: f64) -> f64 {
        let balanced = 2.0 * (self.noise_of(value) / self.curvatures[i]).sqrt();
        let longest = self.long(i, x);
        let shortest = (1e-11 * x.abs()).min(longest);
        if balanced.is_finite() { balanced.clamp(shortest, longest) } else { longest }
    }

    /// The error of the derivative at `x_i`.
    fn error_of(&self, i: usize, x: f64, value: f64, central: bool) -> f64 {
        let h = if central { self.long(i, x) } else { self.short(i, x, value) };
        let rounding = 2.0 * self.noise_of(value) / h;
        let bend = self.curvatures[i].max(0.0) * h;
        let cut = if !central {
            0.5 * bend
        } else if self.thirds[i] == UNKNOWN {
            0.5 * bend * h / self.scale(i, x)
        } else {
            self.thirds[i] * h * h
        };
        rounding + cut
    }

    /// The errors of the derivatives by central differences.
    pub fn errors(&self, x: &[f64], value: f64) -> Vec<f64> {
        x.iter().enumerate().map(|(i, &x)| self.error_of(i, x, value, true)).collect()
    }

    /// The error of a gradient by differences at a point with value f, to compare its largest entry with: that
    /// over the largest ratio of an entry to its own error. One entry that is known badly says nothing of the
    /// others; but one that is known well, along which there is much less to gain than the errors of others hide,
    /// says nothing of the gradient.
    pub fn error_for(&self, x: &[f64], value: f64, gradient: &[f64], central: bool) -> f64 {
        let own = |i: usize| self.error_of(i, x[i], value, central);
        // What a part of the gradient gains, twice.
        let gain = |i: usize, part: f64| part * (part / self.curvatures[i]);
        let hidden = (0..x.len()).map(|i| gain(i, own(i))).fold(0.0, f64::max);
        let (mut largest, mut ratio, mut error) = (0.0f64, 0.0f64, 0.0f64);
        for (i, &g) in gradient.iter().enumerate() {
            let own = own(i);
            error = error.max(own);
            largest = largest.max(g.abs());
            let gain = gain(i, g);
            let counts = g != 0.0 && (gain < 0.0 || gain >= SHARE * hidden);
            // What has no error is known.
            ratio = ratio.max(if counts { g.abs() / own } else { 0.0 });
        }
        if ratio > 0.0 { largest / ratio } else { error.max(largest) }
    }

    /// What a step of one variable by itself gains, `max g_i^2 / (2 L_i)`: over the entries that are known, and
    /// over all if each were as large as its error lets it be.
    pub fn gains_of(&self, x: &[f64], value: f64, gradient: &[f64]) -> [f64; 2] {
        let [mut known, mut possible] = [0.0f64; 2];
        for (i, (&x, &g)) in x.iter().zip(gradient).enumerate() {
            let own = self.error_of(i, x, value, self.central);
            let curvature = self.curvatures[i];
            let gain = |g: f64| {
                if curvature > 0.0 { 0.5 * g * (g / curvature) } else { f64::INFINITY }
            };
            if g.abs() > SURE * own {
                known = known.max(gain(g));
            }
            possible = possible.max(gain(g.abs() + own));
        }
        [known, possible]
    }

    /// Keeps what is known of a gradient that was measured.
    pub fn keep(&mut self) {
        self.kept = (self.error, self.gains);
    }

    /// What is known of the gradient that was measured last, where its point had this value.
    pub fn recall(&mut self, value: f64) {
        if self.measured > 0 && value == self.measured_at {
            (self.error, self.gains) = self.kept;
        }
    }

    /// Whether a gradient with this largest entry is too close to the error of forward differences.
    pub fn too_coarse(&self, gradient: f64, error: f64) -> bool {
        gradient <= ENOUGH * error
    }

    /// Whether forward differences, with this error, would do again.
    pub fn fine_again(&self, gradient: f64, error: f64) -> bool {
        gradient > PLENTY * error
    }

    /// Whether the curvatures were learnt where the gradient was much larger than this.
    pub fn stale(&self, gradient: f64) -> bool {
        gradient < STALE * self.learnt_at
    }

    /// Takes in what was seen with the long step of variable i at `x_i`; `false`, and the step is another one,
    /// where that was too long or too short.
    pub fn adjust(&mut self, i: usize, x: f64, seen: Seen, search: &mut Search) -> bool {
        let noise = self.noise_in(&seen);
        let [f, near, far] = seen.values;
        let second = seen.second.abs();
        let visible = (2.0 * seen.h * seen.derivative.abs()).max(second) > 25.0 * noise;
        let turns = !seen.is_finite() || second > 1e-2 * (f.abs() + near.abs().min(far.abs()));
        if seen.is_finite() {
            let curvature = seen.curvature_within(noise);
            self.curvatures[i] = if curvature.is_finite() { curvature } else { UNKNOWN };
        }
        let before = search.before.replace(seen);
        // The same curvature over both lengths: the function is a parabola, however steep.
        let ratio = before.map_or(f64::NAN, |before| seen.curvature() / before.curvature());
        if ratio > 0.5 && ratio < 2.0 && second > noise {
            return !turns || self.settle(i, x, seen);
        }
        // A step that bounds have shortened cannot grow.
        let asked = self.long(i, x);
        if (visible || seen.h < 0.9 * asked) && !turns {
            return true;
        }
        search.rounds += 1;
        let next = if turns {
            search.long = search.long.min(seen.h);
            let ratio = (1e-3 * f.abs() / second).sqrt();
            if seen.is_finite() {
                seen.h * if ratio > 0.0 { ratio.min(1.0 / CHANGE) } else { 1.0 / CHANGE }
            } else {
                seen.h / search.retreat()
            }
        } else if before.is_some() && self.scale(i, x) < self.typical {
            // A number that is as good as zero is not the size of its variable.
            search.short = search.short.max(seen.h);
            (self.sizes[i], self.factors[i]) = (self.typical, 1.0);
            return false;
        } else {
            search.short = search.short.max(seen.h);
            seen.h * search.stride()
        };
        let least = least_step(x);
        let Search { short, long, .. } = *search;
        let enclosed = short > 0.0 && long.is_finite();
        if (enclosed && long < CLOSE * short) || (turns && seen.h <= least) {
            return true;
        }
        let next = if enclosed && !(next > 2.0 * short && next < 0.5 * long) {
            short.sqrt() * long.sqrt()
        } else {
            next.max(least)
        };
        self.set_scale(i, x, self.scale(i, x) * (next / asked));
        false
    }

    /// The function is a parabola over the step that was seen: the length over which it changes is that over
    /// which its value does. Whether that step is not so much longer that its difference is lost in the rounding
    /// of the values at its ends.
    fn settle(&mut self, i: usize, x: f64, seen: Seen) -> bool {
        let length = (seen.values[0].abs() / seen.curvature()).sqrt();
        if !length.is_normal() || length >= self.scale(i, x) {
            return true;
        }
        self.set_scale(i, x, length);
        seen.h < CHANGE * length
    }

    /// No step shows variable i, or one that had to be long elsewhere does not fit here: its step is as short
    /// as it was at first, or that of one of which nothing is known.
    pub fn never_shown(&mut self, i: usize) {
        self.sizes[i] = self.sizes[i].max(self.typical);
        self.factors[i] = self.factors[i].min(1.0);
        (self.curvatures[i], self.thirds[i], self.wider[i]) = (UNKNOWN, UNKNOWN, 1.0);
    }

    /// The variables that no step has shown.
    pub fn unseen(&self) -> Vec<usize> {
        (0..self.curvatures.len()).filter(|&i| self.curvatures[i] == UNKNOWN).collect()
    }

    /// Whether a forward difference with this derivative shows a variable that none has shown, or had a step
    /// that grew elsewhere, where values did not show it, and changes the value by a good part of it.
    pub fn needs_another(&self, i: usize, x: f64, value: f64, derivative: f64) -> bool {
        let change = derivative.abs() * self.short(i, x, value);
        let grown = self.factors[i] > 1.0 && (change > 0.1 * value.abs() || change.is_nan());
        grown || (self.curvatures[i] == UNKNOWN && change > 100.0 * self.noise_of(value))
    }

    /// Whether a central difference had a step that grew elsewhere, where values did not show the variable, and
    /// within which the function turns.
    pub fn outgrown(&self, i: usize, seen: &Seen) -> bool {
        let [f, near, far] = seen.values;
        let size = f.abs().max(near.abs().min(far.abs()));
        self.factors[i] > 1.0 && (!seen.is_finite() || seen.second.abs() > 0.1 * size)
    }

    /// Takes in a later central difference.
    pub fn learn(&mut self, i: usize, seen: Seen) {
        let noise = 10.0 * self.noise_in(&seen);
        let curvature = seen.curvature_within(noise);
        let shown = seen.second.abs() > noise || curvature < self.curvatures[i];
        if shown && curvature.is_finite() {
            self.curvatures[i] = curvature;
        }
    }

    /// The step of variable i becomes wider; before it is [`compared`](Self::compare).
    pub fn widen(&mut self, i: usize) {
        self.wider[i] *= WIDER;
    }

    /// Of two central differences of variable i, the second with the wider step, the better one; and whether one
    /// with a still wider step may be better than both. They tell what the difference is off by, `c h^2`; and where
    /// their second differences are as large for either step, that these are noise.
    pub fn compare(&mut self, i: usize, narrow: Seen, wide: Seen) -> (Seen, bool) {
        let (second, of_values) = (narrow.second.abs(), self.noise_in(&narrow));
        if second > of_values && wide.second.abs() < ALIKE * second {
            self.noise = self.noise.max(0.25 * second);
        }
        let rounding = |seen: &Seen| 0.25 * self.noise_in(seen) / seen.h;
        let (of_narrow, of_wide) = (rounding(&narrow), rounding(&wide));
        let stretch = (wide.h / narrow.h).powi(2) - 1.0;
        if !wide.is_finite() || stretch < 1.0 || of_wide >= of_narrow {
            self.wider[i] /= WIDER;
            return (narrow, false);
        }
        let change = (wide.derivative - narrow.derivative).abs();
        if change <= ROUNDING * (of_narrow + of_wide) {
            // It may be rounding, and is then as large for the wider step as that.
            self.thirds[i] = of_wide / wide.h / wide.h;
            return (wide, of_wide > 1e-3 * wide.derivative.abs());
        }
        let third = change / stretch / narrow.h / narrow.h;
        self.thirds[i] = third;
        let error = |h: f64, rounding: f64| rounding + third * h * h;
        if error(wide.h, of_wide) >= error(narrow.h, of_narrow) {
            self.wider[i] /= WIDER;
            return (narrow, false);
        }
        (wide, false)
    }
}
