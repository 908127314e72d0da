//! Entry-wise kernels of `Vec<f64>` and `Vec<f32>`.

use super::kernels::{wide, wide_lanes};
use super::{AdaptiveStep, Entries, Pointwise, Scalar};
use crate::random::Random;

/// `v_i = f(v_i)`.
#[inline(always)]
fn apply<T: Scalar>(v: &mut [T], f: impl Fn(f64) -> f64) {
    wide(
        v.len(),
        #[inline(always)]
        || v.iter_mut().for_each(|v| *v = T::narrow(f(v.wide()))),
    );
}

/// `v_i = f(v_i, x_i)`.
#[inline(always)]
fn apply1<T: Scalar>(v: &mut [T], x: &[T], f: impl Fn(f64, f64) -> f64) {
    assert_eq!(v.len(), x.len(), "entry-wise: dimensions differ");
    wide(
        v.len(),
        #[inline(always)]
        || v.iter_mut().zip(x).for_each(|(v, x)| *v = T::narrow(f(v.wide(), x.wide()))),
    );
}

/// `v_i = f(v_i, x_i, y_i)`.
#[inline(always)]
fn apply2<T: Scalar>(v: &mut [T], x: &[T], y: &[T], f: impl Fn(f64, f64, f64) -> f64) {
    assert_eq!(v.len(), x.len(), "entry-wise: dimensions differ");
    assert_eq!(v.len(), y.len(), "entry-wise: dimensions differ");
    wide(
        v.len(),
        #[inline(always)]
        || {
            for ((v, x), y) in v.iter_mut().zip(x).zip(y) {
                *v = T::narrow(f(v.wide(), x.wide(), y.wide()));
            }
        },
    );
}

impl<T: Scalar> Pointwise for Vec<T> {
    fn multiply(&mut self, x: &Self) {
        apply1(self, x, |v, x| x * v);
    }

    fn divide(&mut self, x: &Self) {
        apply1(self, x, |v, x| v / x);
    }

    fn add_product(&mut self, a: f64, x: &Self, y: &Self) {
        apply2(self, x, y, |v, x, y| v + a * x * y);
    }

    fn accumulate_squares(&mut self, a: f64, x: &Self, b: f64) {
        apply1(self, x, |v, x| b * v + a * x * x);
    }

    fn square(&mut self) {
        apply(self, |v| v * v);
    }

    fn square_root(&mut self) {
        apply(self, f64::sqrt);
    }

    fn reciprocal(&mut self) {
        apply(self, |v| 1.0 / v);
    }

    fn abs(&mut self) {
        apply(self, f64::abs);
    }

    fn sign(&mut self) {
        apply(self, |v| if v == 0.0 { 0.0 } else { v.signum() });
    }

    fn add_scalar(&mut self, a: f64) {
        apply(self, |v| v + a);
    }

    fn clip(&mut self, low: f64, high: f64) {
        apply(self, |v| v.clamp(low, high));
    }

    fn min_with(&mut self, x: &Self) {
        apply1(self, x, |v, x| if v <= x || v.is_nan() { v } else { x });
    }

    fn max_with(&mut self, x: &Self) {
        apply1(self, x, |v, x| if v >= x || v.is_nan() { v } else { x });
    }

    fn soft_threshold(&mut self, threshold: f64) {
        apply(self, |v| {
            if v.abs() > threshold || v.is_nan() { v - threshold.copysign(v) } else { 0.0 }
        });
    }

    fn sum(&self) -> f64 {
        wide_lanes(
            self.len(),
            #[inline(always)]
            |total| {
                let (chunks, tail) = self.as_chunks::<8>();
                let mut lanes = [0.0; 8];
                for chunk in chunks {
                    for k in 0..8 {
                        lanes[k] += chunk[k].wide();
                    }
                }
                total(lanes) + tail.iter().map(|v| v.wide()).sum::<f64>()
            },
        )
    }

    fn smallest(&self) -> f64 {
        let smaller = |least: f64, v: &T| if v.wide() >= least { least } else { v.wide() };
        let least = self.iter().fold(f64::INFINITY, smaller);
        if self.iter().any(|v| v.wide().is_nan()) { f64::NAN } else { least }
    }

    fn adaptive_step(&mut self, m: &Self, s: &Self, parameters: &AdaptiveStep) {
        let AdaptiveStep { shrink, step, mean, square, epsilon } = *parameters;
        apply2(self, m, s, |v, m, s| {
            shrink * v - step * (m / mean) / ((s / square).sqrt() + epsilon)
        });
    }

    fn adaptive_curvature(&mut self, s: &Self, parameters: &AdaptiveStep) {
        let AdaptiveStep { step, square, epsilon, .. } = *parameters;
        apply1(self, s, |_, s| ((s / square).sqrt() + epsilon) / step);
    }

    fn fill_uniform(&mut self, random: &mut Random) {
        self.iter_mut().for_each(|v| *v = T::narrow(random.uniform()));
    }

    fn fill_normal(&mut self, random: &mut Random) {
        self.iter_mut().for_each(|v| *v = T::narrow(random.normal()));
    }

    fn fill_signs(&mut self, random: &mut Random) {
        self.iter_mut().for_each(|v| *v = T::narrow(random.sign()));
    }
}

impl<T: Scalar> Entries for Vec<T> {
    fn get(&self, i: usize) -> f64 {
        self[i].wide()
    }

    fn set(&mut self, i: usize, value: f64) {
        self[i] = T::narrow(value);
    }
}
