//! Directions on a circle.

use ravine::ArgumentError;
use ravine::matrix::Matrix;
use ravine::random::Random;

use super::family::{ExponentialFamily, check_number, no_member};

/// `ln(2 pi)`.
const LN_TAU: f64 = 1.837_877_066_409_345_5;
/// From this concentration on, the asymptotic series have full precision.
const FAR: f64 = 30.0;

/// What is needed of the modified Bessel functions `I0` and `I1` at kappa.
#[derive(Clone, Copy, Debug)]
struct Bessel {
    /// `ln(e^-kappa I0(kappa))`.
    log_scaled: f64,
    /// `R = I1 / I0`.
    ratio: f64,
    /// `1 - R`.
    complement: f64,
    /// `dR / d kappa = 1 - R^2 - R / kappa`.
    slope: f64,
}

impl Bessel {
    /// Power series below 30, asymptotic series above; there `1 - R`, about `1 / 2 kappa`, and its
    /// derivative are summed by themselves, as the differences would cancel.
    ///
    /// Source: Abramowitz and Stegun (1964), 9.6.10 and 9.7.1.
    fn at(kappa: f64) -> Self {
        if kappa < FAR {
            let square = 0.25 * kappa * kappa;
            let (mut zero, mut one, mut term, mut k) = (0.0, 0.0, 1.0, 0.0);
            while term > 1e-18 * zero {
                zero += term;
                one += term / (k + 1.0);
                k += 1.0;
                term *= square / (k * k);
            }
            let ratio = 0.5 * kappa * one / zero;
            // R / kappa, also where kappa is zero.
            let slope = 1.0 - ratio * ratio - 0.5 * one / zero;
            return Self { log_scaled: zero.ln() - kappa, ratio, complement: 1.0 - ratio, slope };
        }
        let u = 0.125 / kappa;
        // Terms of the series of I0 and of I1, and k times them.
        let (mut a, mut b) = (1.0, 1.0);
        let (mut zero, mut zero_slope, mut rest, mut rest_slope) = (1.0, 0.0, 0.0, 0.0);
        for k in 1..30 {
            let (k, odd) = (f64::from(k), f64::from(2 * k - 1));
            a *= odd * odd * u / k;
            b *= (odd * odd - 4.0) * u / k;
            zero += a;
            zero_slope += k * a;
            rest += a - b;
            rest_slope += k * (a - b);
            if a < 1e-18 {
                break;
            }
        }
        let complement = rest / zero;
        let slope = (rest_slope * zero - rest * zero_slope) / (zero * zero * kappa);
        let log_scaled = zero.ln() - 0.5 * (LN_TAU + kappa.ln());
        Self { log_scaled, ratio: 1.0 - complement, complement, slope }
    }
}

/// Von Mises' distributions of an angle x around a mean direction, with a concentration kappa:
/// `eta = kappa (cos, sin)` of the direction, `T = (cos x, sin x)`, `A = ln(2 pi I0(kappa))`,
/// `m = R (cos, sin)` with `R = I1(kappa) / I0(kappa)`.
///
/// From mean parameters kappa is found by Newton's method from `R (2 - R^2) / (1 - R^2)`.
///
/// Sources: Mardia and Jupp, Directional statistics (2000); Best and Fisher, Efficient simulation of the
/// von Mises distribution (1979).
///
/// ```
/// use ravine_glm::exponential::{ExponentialFamily, Parameters, VonMises};
///
/// let eta = VonMises.maximum_likelihood(&[0.1, 0.3, 0.5])?;
/// let usual = VonMises.convert(&eta, Parameters::Usual);
/// assert!((usual[0] - 0.3).abs() < 1e-14 && usual[1] > 30.0);
/// assert!(VonMises.maximum_likelihood(&[0.2, 0.2]).is_err());
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VonMises;

impl ExponentialFamily for VonMises {
    fn name(&self) -> &'static str {
        "von mises"
    }

    fn dimension(&self) -> usize {
        2
    }

    fn parameter_names(&self) -> Vec<String> {
        vec!["direction".to_owned(), "concentration".to_owned()]
    }

    fn check_case(&self, x: &[f64]) -> Result<(), ArgumentError> {
        check_number(x, |_| true, "a finite angle")
    }

    fn statistics(&self, x: &[f64], t: &mut [f64]) {
        (t[1], t[0]) = x[0].sin_cos();
    }

    fn log_base_measure(&self, _x: &[f64]) -> f64 {
        0.0
    }

    fn has_constant_base(&self) -> bool {
        true
    }

    fn allows(&self, eta: &[f64]) -> bool {
        eta[0].hypot(eta[1]).is_finite()
    }

    fn log_partition(&self, eta: &[f64]) -> f64 {
        if !self.allows(eta) {
            return f64::INFINITY;
        }
        let kappa = eta[0].hypot(eta[1]);
        LN_TAU + kappa + Bessel::at(kappa).log_scaled
    }

    fn mean_of_natural(&self, eta: &[f64], m: &mut [f64]) {
        let kappa = eta[0].hypot(eta[1]);
        let share = if kappa > 0.0 { Bessel::at(kappa).ratio / kappa } else { 0.5 };
        (m[0], m[1]) = (share * eta[0], share * eta[1]);
    }

    fn information(&self, eta: &[f64], information: &mut Matrix) {
        let kappa = eta[0].hypot(eta[1]);
        let bessel = Bessel::at(kappa);
        if kappa == 0.0 {
            information.entries_mut().copy_from_slice(&[0.5, 0.0, 0.0, 0.5]);
            return;
        }
        let (c, s) = (eta[0] / kappa, eta[1] / kappa);
        let (along, across) = (bessel.slope, bessel.ratio / kappa);
        let mixed = (along - across) * c * s;
        let entries =
            [along * c * c + across * s * s, mixed, mixed, along * s * s + across * c * c];
        information.entries_mut().copy_from_slice(&entries);
    }

    fn natural_of_mean(&self, m: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        let r = m[0].hypot(m[1]);
        let short = (1.0 - r) * (1.0 + r);
        if !(r < 1.0 && short > 0.0) {
            return Err(no_member(
                m,
                "the resultant length must be below 1: cases must not all be alike",
            ));
        }
        if r == 0.0 {
            eta.fill(0.0);
            return Ok(());
        }
        let mut kappa = r * (2.0 - r * r) / short;
        for _ in 0..30 {
            let bessel = Bessel::at(kappa);
            let excess = if kappa < FAR { bessel.ratio - r } else { (1.0 - r) - bessel.complement };
            let next = (kappa - excess / bessel.slope).max(0.5 * kappa);
            let change = (next - kappa).abs();
            kappa = next;
            if change <= 4.0 * f64::EPSILON * kappa {
                break;
            }
        }
        (eta[0], eta[1]) = (kappa * (m[0] / r), kappa * (m[1] / r));
        Ok(())
    }

    fn natural_of_usual(&self, theta: &[f64], eta: &mut [f64]) -> Result<(), ArgumentError> {
        ArgumentError::check(theta[0].is_finite(), "direction", theta[0], "finite")?;
        let kappa = theta[1];
        let holds = kappa >= 0.0 && kappa.is_finite();
        ArgumentError::check(holds, "concentration", kappa, "zero or positive, and finite")?;
        let (sine, cosine) = theta[0].sin_cos();
        (eta[0], eta[1]) = (kappa * cosine, kappa * sine);
        Ok(())
    }

    fn usual_of_natural(&self, eta: &[f64], theta: &mut [f64]) {
        (theta[0], theta[1]) = (eta[1].atan2(eta[0]), eta[0].hypot(eta[1]));
    }

    fn jacobian_of_usual(&self, theta: &[f64], jacobian: &mut Matrix) {
        let (sine, cosine) = theta[0].sin_cos();
        jacobian[(0, 0)] = -theta[1] * sine;
        jacobian[(1, 0)] = theta[1] * cosine;
        jacobian[(0, 1)] = cosine;
        jacobian[(1, 1)] = sine;
    }

    fn entropy(&self, eta: &[f64]) -> f64 {
        let kappa = eta[0].hypot(eta[1]);
        let bessel = Bessel::at(kappa);
        LN_TAU + bessel.log_scaled + kappa * bessel.complement
    }

    fn draw(&self, eta: &[f64], random: &mut Random, x: &mut [f64]) {
        let (direction, kappa) = (eta[1].atan2(eta[0]), eta[0].hypot(eta[1]));
        if kappa < 1e-8 {
            x[0] = direction + std::f64::consts::PI * (2.0 * random.uniform() - 1.0);
            return;
        }
        if kappa > 1e8 {
            // A normal distribution, to rounding.
            x[0] = direction + random.normal() / kappa.sqrt();
            return;
        }
        let tau = 1.0 + (1.0 + 4.0 * kappa * kappa).sqrt();
        let rho = (tau - (2.0 * tau).sqrt()) / (2.0 * kappa);
        let r = (1.0 + rho * rho) / (2.0 * rho);
        loop {
            let z = (std::f64::consts::PI * random.uniform()).cos();
            let f = (1.0 + r * z) / (r + z);
            let c = kappa * (r - f);
            let u = random.uniform().max(f64::MIN_POSITIVE);
            if c * (2.0 - c) > u || (c / u).ln() + 1.0 >= c {
                x[0] = direction + random.sign() * f.clamp(-1.0, 1.0).acos();
                return;
            }
        }
    }

    /// `diag(kappa R, dR / d kappa)`.
    fn information_of_usual(&self, theta: &[f64], information: &mut Matrix) {
        let bessel = Bessel::at(theta[1]);
        let entries = [theta[1] * bessel.ratio, 0.0, 0.0, bessel.slope];
        information.entries_mut().copy_from_slice(&entries);
    }
}
