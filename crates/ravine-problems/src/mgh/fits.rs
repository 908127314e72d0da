//! Models fitted to data: problems 6, 8-12 and 15-19.

use super::data::{BARD, GAUSSIAN, KOWALIK_OSBORNE, MEYER, OSBORNE_1, OSBORNE_2};
use super::define::formulas;

/// The time of observation i = 0, 1, ..., at a distance of `spacing`, the first at `first`.
fn time(i: usize, first: f64, spacing: f64) -> f64 {
    first + spacing * i as f64
}

formulas! {
    /// The models with data.
    enum Fit;

    /// Problem 6.
    fn JennrichSampson<R>(x, r) {
        for (i, r) in r.iter_mut().enumerate() {
            let t = (i + 1) as f64;
            *r = 2.0 + 2.0 * t - ((t * x[0]).exp() + (t * x[1]).exp());
        }
    }

    /// Problem 8.
    fn Bard<R>(x, r) {
        for (i, (r, &y)) in r.iter_mut().zip(&BARD).enumerate() {
            let u = (i + 1) as f64;
            let v = 16.0 - u;
            let w = u.min(v);
            *r = y - (x[0] + u / (v * x[1] + w * x[2]));
        }
    }

    /// Problem 9.
    fn Gaussian<R>(x, r) {
        for (i, (r, &y)) in r.iter_mut().zip(&GAUSSIAN).enumerate() {
            let t = time(i, 3.5, -0.5);
            *r = x[0] * (-0.5 * x[1] * (t - x[2]).powi(2)).exp() - y;
        }
    }

    /// Problem 10.
    fn Meyer<R>(x, r) {
        for (i, (r, &y)) in r.iter_mut().zip(&MEYER).enumerate() {
            *r = x[0] * (x[1] / (time(i, 50.0, 5.0) + x[2])).exp() - y;
        }
    }

    /// Problem 11, with the misprint of the paper corrected: `y_i - x_2`, not `y_i m i x_2`.
    fn Gulf<R>(x, r) {
        for (i, r) in r.iter_mut().enumerate() {
            let t = (i + 1) as f64 / 100.0;
            let y = 25.0 + (-50.0 * t.ln()).powf(2.0 / 3.0);
            let distance = (y - x[1]).abs();
            // The logarithm in the derivative of a power does not exist at 0.
            let power =
                if distance.value() == 0.0 { R::from(0.0) } else { distance.pow(x[2]) };
            *r = (-(power / x[0])).exp() - t;
        }
    }

    /// Problem 12.
    fn Box3<R>(x, r) {
        for (i, r) in r.iter_mut().enumerate() {
            let t = (i + 1) as f64 / 10.0;
            let scale = (-t).exp() - (-10.0 * t).exp();
            *r = (-t * x[0]).exp() - (-t * x[1]).exp() - x[2] * scale;
        }
    }

    /// Problem 15.
    fn KowalikOsborne<R>(x, r) {
        for (r, &(y, u)) in r.iter_mut().zip(&KOWALIK_OSBORNE) {
            *r = y - x[0] * (u * u + u * x[1]) / (u * u + u * x[2] + x[3]);
        }
    }

    /// Problem 16.
    fn BrownDennis<R>(x, r) {
        for (i, r) in r.iter_mut().enumerate() {
            let t = (i + 1) as f64 / 5.0;
            *r = (x[0] + t * x[1] - t.exp()).powi(2)
                + (x[2] + t.sin() * x[3] - t.cos()).powi(2);
        }
    }

    /// Problem 17.
    fn Osborne1<R>(x, r) {
        for (i, (r, &y)) in r.iter_mut().zip(&OSBORNE_1).enumerate() {
            let t = time(i, 0.0, 10.0);
            *r = y - (x[0] + x[1] * (-t * x[3]).exp() + x[2] * (-t * x[4]).exp());
        }
    }

    /// Problem 18.
    fn BiggsExp6<R>(x, r) {
        for (i, r) in r.iter_mut().enumerate() {
            let t = (i + 1) as f64 / 10.0;
            let y = (-t).exp() - 5.0 * (-10.0 * t).exp() + 3.0 * (-4.0 * t).exp();
            *r = x[2] * (-t * x[0]).exp() - x[3] * (-t * x[1]).exp() + x[5] * (-t * x[4]).exp()
                - y;
        }
    }

    /// Problem 19.
    fn Osborne2<R>(x, r) {
        for (i, (r, &y)) in r.iter_mut().zip(&OSBORNE_2).enumerate() {
            let t = i as f64 / 10.0;
            let mut model = x[0] * (-t * x[4]).exp();
            for k in 1..4 {
                model += x[k] * (-((t - x[7 + k]).powi(2) * x[4 + k])).exp();
            }
            *r = y - model;
        }
    }
}
