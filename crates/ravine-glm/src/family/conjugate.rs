//! Convex conjugates of the losses, from which lower bounds of the objective are made.

use super::{Family, Link, Loss};

/// `t ln t`, which is 0 at 0.
fn x_log_x(t: f64) -> f64 {
    if t == 0.0 { 0.0 } else { t * t.ln() }
}

/// `value` where the condition holds, else infinity.
fn within(condition: bool, value: impl FnOnce() -> f64) -> f64 {
    if condition { value() } else { f64::INFINITY }
}

impl Loss {
    /// `f*(v) = sup_z (v z - f(y, z))` of a convex loss, infinite outside of its domain. Where it has
    /// no closed form, the z with `f'(z) = v` is found by Newton's method from `near`.
    ///
    /// ```
    /// use ravine_glm::{Family, Link};
    ///
    /// let logit = Family::Binomial.with(Link::Logit)?;
    /// let (y, z) = (1.0, 0.3);
    /// let row = logit.row(y, z);
    /// // Fenchel's equality: f(z) + f*(f'(z)) = z f'(z).
    /// assert!((row.value + logit.conjugate(y, row.slope, z) - z * row.slope).abs() < 1e-15);
    /// assert_eq!(logit.conjugate(y, 0.1, z), f64::INFINITY);
    /// # Ok::<(), ravine::ArgumentError>(())
    /// ```
    pub fn conjugate(&self, y: f64, v: f64, near: f64) -> f64 {
        match (self.family, self.link) {
            (Family::Gaussian, Link::Identity) => 0.5 * v * v + v * y,
            (Family::Huber { delta }, _) => {
                within(v.abs() <= delta * (1.0 + 1e-15), || 0.5 * v * v + v * y)
            }
            (Family::Binomial, Link::Logit) => {
                let (one, zero) = (v + y, 1.0 - y - v);
                within(one >= 0.0 && zero >= 0.0, || x_log_x(one) + x_log_x(zero))
            }
            (Family::Poisson, _) => {
                let mu = v + y;
                within(mu >= 0.0, || x_log_x(mu) - mu)
            }
            (Family::Gamma, Link::Log) => {
                within(v < 1.0, || (1.0 - v) * (((1.0 - v) / y).ln() - 1.0))
            }
            (Family::Gamma, _) => within(v < y, || -1.0 - (y - v).ln()),
            (Family::InverseGaussian, Link::InverseSquared) => {
                let c = 0.5 * y - v;
                within(c > 0.0, || 0.25 / c)
            }
            (Family::NegativeBinomial { alpha: a }, _) => within(v >= -y && v < 1.0 / a, || {
                let m = (v + y) / (1.0 - a * v);
                let first = if m == 0.0 { 0.0 } else { (v + y) * m.ln() };
                first - (y + 1.0 / a) * ((1.0 + a * y) / (1.0 - a * v)).ln()
            }),
            (Family::SquaredHinge, _) => {
                let a = -(2.0 * y - 1.0) * v;
                within(a >= 0.0, || 0.25 * a * a - a)
            }
            (Family::SmoothedHinge { width }, _) => {
                let a = -(2.0 * y - 1.0) * v;
                within((0.0..=1.0 + 1e-15).contains(&a), || 0.5 * width * a * a - a)
            }
            _ => self.conjugate_by_newton(y, v, near),
        }
    }

    /// The supremum at the z with `f'(z) = v`: Newton's steps within a bracket that grows until it
    /// holds the root. Any z gives a lower bound of the supremum only, so that the root is found to
    /// rounding; where there is none, v is outside of the domain or on its boundary.
    fn conjugate_by_newton(&self, y: f64, v: f64, near: f64) -> f64 {
        let slope = |z: f64| self.row(y, z).slope - v;
        let (mut low, mut high, mut width) = (near, near, 1.0);
        while slope(low) > 0.0 {
            (low, width) = (low - width, 2.0 * width);
            if width > 1e4 {
                return f64::INFINITY;
            }
        }
        width = 1.0;
        while slope(high) < 0.0 {
            (high, width) = (high + width, 2.0 * width);
            if width > 1e4 {
                return f64::INFINITY;
            }
        }
        let mut z = near;
        for _ in 0..200 {
            let row = self.row(y, z);
            let residual = row.slope - v;
            if residual > 0.0 {
                high = z
            } else {
                low = z
            }
            let newton = z - residual / row.observed;
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if (next - z).abs() <= 1e-15 * z.abs().max(1e-3) || residual == 0.0 {
                break;
            }
            z = next;
        }
        v * z - self.row(y, z).value
    }
}
