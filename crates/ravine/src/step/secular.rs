//! The secular equation: the shift at which the step of a shifted system has the right length.
//!
//! The minimizer of the model `g'p + p'Hp/2` within a radius, or with a cubic term
//! `sigma |p|^3 / 3`, solves `(H + lambda I) p = -g` with `lambda >= 0` and `H + lambda I` positive
//! semidefinite; what differs is the length that belongs to a shift. One iteration finds the shift
//! for both, for a dense H by Cholesky factors and for a tridiagonal one alike.
//!
//! Sources: More and Sorensen (1983); Conn, Gould and Toint, Trust-Region Methods (2000), chapter
//! 7; Cartis, Gould and Toint (2011), section 6.

use super::Solution;

/// The length that a step must have at shift lambda.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// The radius; or less, at lambda = 0.
    Radius(f64),
    /// `lambda / sigma`, which makes p stationary for the model with the cubic term.
    Cubic(f64),
}

impl Target {
    fn length(self, lambda: f64) -> f64 {
        match self {
            Self::Radius(radius) => radius,
            Self::Cubic(sigma) => lambda / sigma,
        }
    }

    /// The lambda at which a step of length `gradient / (lambda + eigenvalue)` has its length.
    fn root(self, gradient: f64, eigenvalue: f64) -> f64 {
        match self {
            Self::Radius(radius) => gradient / radius - eigenvalue,
            Self::Cubic(sigma) => {
                let root = eigenvalue.hypot(2.0 * (sigma * gradient).sqrt());
                // Of the two equal forms, the one without cancellation.
                if eigenvalue > 0.0 {
                    2.0 * sigma * gradient / (eigenvalue + root)
                } else {
                    0.5 * (root - eigenvalue)
                }
            }
        }
    }

    /// Twice the decrease that the multiplier adds to the bound of duality, over
    /// `lambda length^2`.
    fn share(self) -> f64 {
        match self {
            Self::Radius(_) => 1.0,
            Self::Cubic(_) => 1.0 / 3.0,
        }
    }
}

/// The family of systems `(H + lambda I) p = -g`, one of them factorized at a time.
pub(crate) trait Shifted {
    /// What is known of H and g beforehand.
    fn extent(&self) -> Extent;

    /// Why a factorization may not come to its end.
    type Ended;

    /// Factorizes `H + lambda I`. Where that is not positive definite: a lower bound of
    /// `-lambda_min(H)`, at least lambda.
    fn factorize(&mut self, lambda: f64) -> Result<Result<(), f64>, Self::Ended>;

    /// Sets `p = -(H + lambda I)^-1 g`.
    fn solve(&mut self) -> Lengths;

    /// Finds a unit vector z for which `z'(H + lambda I)z` is nearly as small as can be.
    fn find_null(&mut self) -> Null;

    /// `p = p + tau z`.
    fn add_null(&mut self, tau: f64);
}

/// What is known of H and g before anything is factorized.
pub(crate) struct Extent {
    /// `|g|`.
    pub gradient: f64,
    /// At most the smallest eigenvalue of H.
    pub lowest: f64,
    /// At least the largest eigenvalue of H.
    pub highest: f64,
    /// At least the smallest eigenvalue of H.
    pub least_diagonal: f64,
}

/// Measures of a step p.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lengths {
    /// `|p|`.
    pub length: f64,
    /// `p'(H + lambda I)p`.
    pub energy: f64,
    /// `p'(H + lambda I)^-1 p`.
    pub compliance: f64,
}

/// Measures of a nearly null vector z.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Null {
    /// `z'(H + lambda I)z`.
    pub energy: f64,
    /// `p'z`.
    pub overlap: f64,
}

/// A solved secular equation; the step is in the system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Root {
    /// The multiplier lambda.
    pub lambda: f64,
    /// The decrease of the quadratic model, `-(g'p + p'Hp/2)`.
    pub decrease: f64,
    /// Whether the step has the length of its target (else it is shorter, with a multiplier of
    /// zero to rounding).
    pub on_target: bool,
    /// Factorizations made.
    pub factorizations: usize,
}

impl Root {
    /// The step of this root, found with so much work.
    pub fn solution(&self, work: usize) -> Solution {
        Solution {
            predicted: self.decrease,
            multiplier: self.lambda,
            on_boundary: self.on_target,
            work,
            ..Solution::default()
        }
    }
}

/// Bisection alone would need fewer.
const MOST: usize = 200;

/// Solves the secular equation, so that the step's length is off by at most `accuracy` of it, or
/// its decrease by at most that share of the best.
pub(crate) fn solve<S: Shifted>(
    system: &mut S,
    target: Target,
    accuracy: f64,
) -> Result<Root, S::Ended> {
    let extent = system.extent();
    let scale = extent.lowest.abs().max(extent.highest.abs());
    // The shift lies in [lower, upper], and H + upper I is positive definite.
    let mut lower = target.root(extent.gradient, extent.highest);
    lower = lower.max(-extent.least_diagonal).max(0.0);
    let mut upper = target.root(extent.gradient, extent.lowest).max(-extent.lowest).max(lower);
    upper += 1e-12 * upper + f64::EPSILON * scale;
    let mut lambda = lower;
    let mut factorizations = 0;
    // Shifts closer than this give the same matrix in floating point.
    let resolution = 4.0 * f64::EPSILON * scale;

    while factorizations < MOST && upper - lower > resolution.max(4.0 * f64::EPSILON * upper) {
        factorizations += 1;
        if let Err(bound) = system.factorize(lambda)? {
            lower = lower.max(lambda).max(bound);
            lambda = between(lower, upper);
            continue;
        }
        let p = system.solve();
        let length = target.length(lambda);
        let decrease = 0.5 * (p.energy + lambda * p.length * p.length);
        let root = |on_target| Root { lambda, decrease, on_target, factorizations };
        if (p.length - length).abs() <= accuracy * length {
            return Ok(root(true));
        }
        // The rational model c / (lambda + e) of the length, with its value and slope here.
        let pole = p.length * p.length / p.compliance;
        let next = target.root(p.length * pole, pole - lambda);
        if p.length > length {
            lower = lower.max(lambda);
        } else {
            // What is missing to the best value is at most half of this.
            let best = p.energy + target.share() * lambda * length * length;
            if matches!(target, Target::Radius(_))
                && lambda * (length * length - p.length * p.length) <= accuracy * best
            {
                return Ok(root(false));
            }
            upper = upper.min(lambda);
            let null = system.find_null();
            let tau = to_length(length, p, null);
            let lost = tau * tau * null.energy;
            if lost <= accuracy * best {
                system.add_null(tau);
                return Ok(boundary_root(lambda, length, p, lost, factorizations));
            }
            lower = lower.max(lambda - null.energy);
            // By now `lower` is a Rayleigh quotient, the smallest eigenvalue to a few digits at
            // least. Just above it the hard case is accepted, if it is one.
            let above = lower * (1.0 + 0.05 * accuracy);
            if next <= lower && above < upper {
                lambda = above;
                continue;
            }
        }
        lambda = if next > lower && next < upper { next } else { between(lower, upper) };
    }
    last_resort(system, target, upper, upper <= 2.0 * resolution, factorizations)
}

/// The interval has shrunk to rounding: the step at its upper end, where the matrix is positive
/// definite, lengthened along the null vector where the multiplier is not zero.
fn last_resort<S: Shifted>(
    system: &mut S,
    target: Target,
    upper: f64,
    interior: bool,
    factorizations: usize,
) -> Result<Root, S::Ended> {
    let mut lambda = upper;
    let mut pad = f64::EPSILON * (upper + f64::MIN_POSITIVE);
    for extra in 1..=60 {
        if system.factorize(lambda)?.is_err() {
            lambda += pad;
            pad *= 4.0;
            continue;
        }
        let factorizations = factorizations + extra;
        let p = system.solve();
        let length = target.length(lambda);
        if interior || p.length >= length {
            let decrease = 0.5 * (p.energy + lambda * p.length * p.length);
            return Ok(Root { lambda, decrease, on_target: !interior, factorizations });
        }
        let null = system.find_null();
        let tau = to_length(length, p, null);
        system.add_null(tau);
        return Ok(boundary_root(lambda, length, p, tau * tau * null.energy, factorizations));
    }
    // Only where H is zero and g too.
    Ok(Root { lambda: 0.0, decrease: 0.0, on_target: false, factorizations })
}

/// The root for `p + tau z` of the given length, of which `lost = tau^2 z'(H + lambda I)z`.
fn boundary_root(lambda: f64, length: f64, p: Lengths, lost: f64, factorizations: usize) -> Root {
    let decrease = 0.5 * (p.energy - lost + lambda * length * length);
    Root { lambda, decrease, on_target: true, factorizations }
}

/// The smaller tau with `|p + tau z| = length > |p|`.
fn to_length(length: f64, p: Lengths, null: Null) -> f64 {
    let missing = (length - p.length) * (length + p.length);
    let root = null.overlap.hypot(missing.sqrt());
    missing / (null.overlap + root.copysign(null.overlap))
}

/// A point inside the interval, nearer to its lower end, on the scale of magnitudes where the ends
/// are far apart.
fn between(lower: f64, upper: f64) -> f64 {
    if lower < 0.01 * upper {
        (lower * upper).sqrt().max(0.01 * upper)
    } else {
        lower + 0.1 * (upper - lower)
    }
}
