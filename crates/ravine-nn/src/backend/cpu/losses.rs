//! Kernels of the losses, row by row.

use ravine_linalg::random::Random;
use ravine_linalg::widest;

use super::rows::softmax_row;
use crate::backend::Elementary;
use crate::loss::{Head, Loss, Through};

/// Sums of a loop over rows in double precision.
#[inline(always)]
fn sum<T: Elementary>(rows: impl Iterator<Item = T>) -> f64 {
    rows.map(|l| l.wide()).sum()
}

/// `max_i z_i` and `log sum_i e^(z_i - max)`.
#[inline(always)]
fn log_partition<T: Elementary>(z: &[T]) -> (T, f64) {
    let largest = z.iter().fold(z[0], |m, &z| if z > m { z } else { m });
    let total: T = z.iter().map(|&z| (z - largest).exp()).sum();
    (largest, total.wide().ln())
}

/// The number of a class that stands in a buffer.
fn class<T: Elementary>(target: T, classes: usize) -> usize {
    let class = target.wide() as usize;
    assert!(class < classes, "class {class} of {classes}");
    class
}

pub fn value<T: Elementary>(head: &Head, z: &[T], targets: &[T]) -> f64 {
    let width = head.width;
    let half = T::narrow(0.5);
    widest(
        #[inline(always)]
        move || match head.loss {
            Loss::CrossEntropy => z
                .chunks_exact(width)
                .zip(targets)
                .map(|(z, &t)| {
                    let (largest, log) = log_partition(z);
                    log + (largest - z[class(t, width)]).wide()
                })
                .sum(),
            Loss::Bernoulli => rows_of(z, targets, width, |z, t| z.softplus() - t * z),
            Loss::SquaredError { variance } => {
                rows_of(z, targets, width, |z, t| half * (t - z) * (t - z)) / variance
            }
            Loss::GaussianWithVariance => z
                .chunks_exact(width)
                .zip(targets.chunks_exact(width / 2))
                .map(|(z, t)| {
                    let (mu, s) = z.split_at(width / 2);
                    let terms = mu.iter().zip(s).zip(t);
                    sum(terms.map(|((&mu, &s), &t)| half * (s + (t - mu) * (t - mu) * (-s).exp())))
                })
                .sum(),
            Loss::Poisson => rows_of(z, targets, width, |z, t| z.exp() - t * z),
        },
    )
}

/// The sum of `f(z, t)` over all entries: a sum a row in the precision of the entries, then in double.
#[inline(always)]
fn rows_of<T: Elementary>(z: &[T], t: &[T], width: usize, f: impl Fn(T, T) -> T) -> f64 {
    let rows = z.chunks_exact(width).zip(t.chunks_exact(width));
    rows.map(|(z, t)| {
        let mut lanes = [T::ZERO; 8];
        let ((z, z_tail), (t, t_tail)) = (z.as_chunks::<8>(), t.as_chunks::<8>());
        for (z, t) in z.iter().zip(t) {
            for k in 0..8 {
                lanes[k] += f(z[k], t[k]);
            }
        }
        sum(lanes.into_iter()) + sum(z_tail.iter().zip(t_tail).map(|(&z, &t)| f(z, t)))
    })
    .sum()
}

pub fn slope<T: Elementary>(head: &Head, factor: f64, z: &[T], targets: &[T], out: &mut [T]) {
    let width = head.width;
    let factor = match head.loss {
        Loss::SquaredError { variance } => T::narrow(factor / variance),
        _ => T::narrow(factor),
    };
    let half = T::narrow(0.5);
    let entries = move |out: &mut [T], f: &dyn Fn(T, T) -> T| {
        out.iter_mut().zip(z).zip(targets).for_each(|((out, &z), &t)| *out = f(z, t));
    };
    widest(
        #[inline(always)]
        move || match head.loss {
            Loss::CrossEntropy => {
                let rows = out.chunks_exact_mut(width).zip(z.chunks_exact(width)).zip(targets);
                for ((out, z), &t) in rows {
                    softmax_row(z, out, width);
                    out[class(t, width)] += T::ZERO - T::ONE;
                    out.iter_mut().for_each(|out| *out = factor * *out);
                }
            }
            Loss::Bernoulli => {
                for ((out, &z), &t) in out.iter_mut().zip(z).zip(targets) {
                    *out = factor * (z.sigmoid() - t);
                }
            }
            Loss::SquaredError { .. } => entries(out, &|z, t| factor * (z - t)),
            Loss::GaussianWithVariance => {
                let half_width = width / 2;
                let rows = out.chunks_exact_mut(width).zip(z.chunks_exact(width));
                for ((out, z), t) in rows.zip(targets.chunks_exact(half_width)) {
                    for (k, &t) in t.iter().enumerate() {
                        let (e, precision) = (t - z[k], (-z[half_width + k]).exp());
                        out[k] = T::ZERO - factor * e * precision;
                        out[half_width + k] = factor * half * (T::ONE - e * e * precision);
                    }
                }
            }
            Loss::Poisson => entries(out, &|z, t| factor * (z.exp() - t)),
        },
    );
}

pub fn product<T: Elementary>(
    head: &Head,
    through: Through,
    factor: f64,
    (z, targets): (&[T], &[T]),
    v: &[T],
    out: &mut [T],
) {
    let width = head.width;
    let factor = T::narrow(factor);
    let half = T::narrow(0.5);
    // Where C is diagonal: of the entry of H, the entry of C.
    let diagonal = move |h: T| match through {
        Through::Hessian | Through::Fisher => factor * h,
        Through::Factor | Through::FactorTransposed => factor * h.positive().sqrt(),
    };
    let entries = move |out: &mut [T], h: &dyn Fn(T) -> T| {
        out.iter_mut().zip(z).zip(v).for_each(|((out, &z), &v)| *out = diagonal(h(z)) * v);
    };
    widest(
        #[inline(always)]
        move || match head.loss {
            Loss::CrossEntropy => {
                let mut p = vec![T::ZERO; width];
                let rows = z.chunks_exact(width).zip(v.chunks_exact(width));
                for ((z, v), out) in rows.zip(out.chunks_exact_mut(width)) {
                    softmax_row(z, &mut p, width);
                    categorical(through, factor, &p, v, out);
                }
            }
            Loss::Bernoulli => {
                for ((out, &z), &v) in out.iter_mut().zip(z).zip(v) {
                    let q = z.sigmoid();
                    *out = diagonal(q * (T::ONE - q)) * v;
                }
            }
            Loss::SquaredError { variance } => entries(out, &|_| T::narrow(1.0 / variance)),
            Loss::GaussianWithVariance => {
                let half_width = width / 2;
                let rows = z.chunks_exact(width).zip(v.chunks_exact(width));
                let rows =
                    rows.zip(out.chunks_exact_mut(width)).zip(targets.chunks_exact(half_width));
                for (((z, v), out), t) in rows {
                    for (k, &t) in t.iter().enumerate() {
                        let (r, precision) = (t - z[k], (-z[half_width + k]).exp());
                        let (a, b) = (v[k], v[half_width + k]);
                        if through == Through::Hessian {
                            let cross = r * precision;
                            out[k] = factor * (precision * a + cross * b);
                            out[half_width + k] = factor * (cross * a + half * r * cross * b);
                        } else {
                            out[k] = diagonal(precision) * a;
                            out[half_width + k] = diagonal(half) * b;
                        }
                    }
                }
            }
            Loss::Poisson => entries(out, &|z| z.exp()),
        },
    );
}

/// With `H = diag(p) - p p'` and its factor `B = diag(sqrt p) - p sqrt(p)'`, `B B' = H`.
#[inline(always)]
fn categorical<T: Elementary>(through: Through, factor: T, p: &[T], v: &[T], out: &mut [T]) {
    let pairs = || p.iter().zip(v);
    match through {
        Through::Hessian | Through::Fisher => {
            let mean: T = pairs().map(|(&p, &v)| p * v).sum();
            for (out, (&p, &v)) in out.iter_mut().zip(pairs()) {
                *out = factor * p * (v - mean);
            }
        }
        Through::Factor => {
            let along: T = pairs().map(|(&p, &v)| p.sqrt() * v).sum();
            for (out, (&p, &v)) in out.iter_mut().zip(pairs()) {
                *out = factor * (p.sqrt() * v - p * along);
            }
        }
        Through::FactorTransposed => {
            let mean: T = pairs().map(|(&p, &v)| p * v).sum();
            for (out, (&p, &v)) in out.iter_mut().zip(pairs()) {
                *out = factor * p.sqrt() * (v - mean);
            }
        }
    }
}

pub fn sample<T: Elementary>(head: &Head, z: &[T], random: &mut Random, targets: &mut [T]) {
    let width = head.width;
    match head.loss {
        Loss::CrossEntropy => {
            let mut p = vec![T::ZERO; width];
            for (z, t) in z.chunks_exact(width).zip(targets) {
                softmax_row(z, &mut p, width);
                let mut left = random.uniform();
                let drawn = p.iter().position(|p| {
                    left -= p.wide();
                    left < 0.0
                });
                // Rounding may leave a little over: the last class that has a probability.
                let last = || p.iter().rposition(|&p| p > T::ZERO).unwrap_or(0);
                *t = T::narrow(drawn.unwrap_or_else(last) as f64);
            }
        }
        Loss::Bernoulli => {
            for (&z, t) in z.iter().zip(targets) {
                *t = if random.uniform() < z.sigmoid().wide() { T::ONE } else { T::ZERO };
            }
        }
        Loss::SquaredError { variance } => {
            let deviation = variance.sqrt();
            for (&z, t) in z.iter().zip(targets) {
                *t = T::narrow(z.wide() + deviation * random.normal());
            }
        }
        Loss::GaussianWithVariance => {
            let half = width / 2;
            for (z, t) in z.chunks_exact(width).zip(targets.chunks_exact_mut(half)) {
                for (k, t) in t.iter_mut().enumerate() {
                    let deviation = (0.5 * z[half + k].wide()).exp();
                    *t = T::narrow(z[k].wide() + deviation * random.normal());
                }
            }
        }
        Loss::Poisson => {
            for (&z, t) in z.iter().zip(targets) {
                *t = T::narrow(poisson(z.wide().exp(), random));
            }
        }
    }
}

/// Drawn from the Poisson distribution: by inversion, a large mean as the sum of two halves.
fn poisson(mean: f64, random: &mut Random) -> f64 {
    // More than this no count tells from its neighbours in single precision.
    if mean > 16.0 && mean < 1e8 {
        return poisson(0.5 * mean, random) + poisson(0.5 * mean, random);
    }
    if mean.is_nan() || mean >= 1e8 {
        return (mean + mean.sqrt() * random.normal()).round();
    }
    let mut left = random.uniform();
    let (mut count, mut probability) = (0.0, (-mean).exp());
    while left > probability && count < 1000.0 {
        left -= probability;
        count += 1.0;
        probability *= mean / count;
    }
    count
}
