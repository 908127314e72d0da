//! Kernels on rows: softmax and normalization.

use ravine_linalg::widest;

use crate::backend::{Elementary, Onto};

#[inline(always)]
fn put<T: Elementary>(onto: Onto, out: &mut T, value: T) {
    match onto {
        Onto::Set => *out = value,
        Onto::Add => *out += value,
    }
}

#[inline(always)]
fn dot<T: Elementary>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::ZERO; 8];
    let (a, a_tail) = a.as_chunks::<8>();
    let (b, b_tail) = b.as_chunks::<8>();
    for (a, b) in a.iter().zip(b) {
        for k in 0..8 {
            lanes[k] += a[k] * b[k];
        }
    }
    let tail: T = a_tail.iter().zip(b_tail).map(|(&a, &b)| a * b).sum();
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h)) + tail
}

#[inline(always)]
fn total<T: Elementary>(a: &[T]) -> T {
    let mut lanes = [T::ZERO; 8];
    let (a, tail) = a.as_chunks::<8>();
    for a in a {
        for k in 0..8 {
            lanes[k] += a[k];
        }
    }
    lanes.into_iter().sum::<T>() + tail.iter().copied().sum::<T>()
}

/// `y = softmax(x)`; entries after `count` become zero.
#[inline(always)]
pub fn softmax_row<T: Elementary>(x: &[T], y: &mut [T], count: usize) {
    let largest = x[..count].iter().fold(x[0], |m, &x| if x > m { x } else { m });
    for (y, &x) in y[..count].iter_mut().zip(x) {
        *y = (x - largest).exp();
    }
    let scale = T::ONE / total(&y[..count]);
    y[..count].iter_mut().for_each(|y| *y *= scale);
    y[count..].fill(T::ZERO);
}

pub fn softmax<T: Elementary>(width: usize, causal: bool, x: &[T], y: &mut [T]) {
    widest(
        #[inline(always)]
        || {
            for (i, (x, y)) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)).enumerate() {
                softmax_row(x, y, if causal { i % width + 1 } else { width });
            }
        },
    );
}

pub fn softmax_slope<T: Elementary>(width: usize, y: &[T], v: &[T], onto: Onto, out: &mut [T]) {
    widest(
        #[inline(always)]
        || {
            let rows = y.chunks_exact(width).zip(v.chunks_exact(width));
            for ((y, v), out) in rows.zip(out.chunks_exact_mut(width)) {
                let mean = dot(y, v);
                for ((out, &y), &v) in out.iter_mut().zip(y).zip(v) {
                    put(onto, out, y * (v - mean));
                }
            }
        },
    );
}

pub fn softmax_bend<T: Elementary>(width: usize, y: &[T], dy: &[T], v: &[T], out: &mut [T]) {
    widest(
        #[inline(always)]
        || {
            let rows = y.chunks_exact(width).zip(dy.chunks_exact(width)).zip(v.chunks_exact(width));
            for (((y, dy), v), out) in rows.zip(out.chunks_exact_mut(width)) {
                let (mean, turned) = (dot(y, v), dot(dy, v));
                for (((out, &y), &dy), &v) in out.iter_mut().zip(y).zip(dy).zip(v) {
                    *out += dy * (v - mean) - y * turned;
                }
            }
        },
    );
}

pub fn normalize<T: Elementary>(
    width: usize,
    epsilon: f64,
    x: &[T],
    y: &mut [T],
    inverse: &mut [T],
) {
    let share = T::narrow(1.0 / width as f64);
    let epsilon = T::narrow(epsilon);
    widest(
        #[inline(always)]
        || {
            let rows = x.chunks_exact(width).zip(y.chunks_exact_mut(width)).zip(inverse);
            for ((x, y), inverse) in rows {
                let mean = share * total(x);
                y.iter_mut().zip(x).for_each(|(y, &x)| *y = x - mean);
                let variance = share * dot(y, y);
                *inverse = T::ONE / (variance + epsilon).sqrt();
                y.iter_mut().for_each(|y| *y *= *inverse);
            }
        },
    );
}

pub fn normalize_slope<T: Elementary>(
    width: usize,
    (y, inverse): (&[T], &[T]),
    v: &[T],
    onto: Onto,
    out: &mut [T],
) {
    let share = T::narrow(1.0 / width as f64);
    widest(
        #[inline(always)]
        || {
            let rows = y.chunks_exact(width).zip(v.chunks_exact(width)).zip(inverse);
            for (((y, v), &inverse), out) in rows.zip(out.chunks_exact_mut(width)) {
                let (mean, along) = (share * total(v), share * dot(y, v));
                for ((out, &y), &v) in out.iter_mut().zip(y).zip(v) {
                    put(onto, out, inverse * (v - mean - y * along));
                }
            }
        },
    );
}

/// With `J v = (v - mean v - y m(y v)) / s`, m the mean: along dx, `ds / s = m(y dx) / s`, so that
/// `dJ v = -m(y dx) / s J v - (dy m(y v) + y m(dy v)) / s`.
pub fn normalize_bend<T: Elementary>(
    width: usize,
    (y, inverse): (&[T], &[T]),
    (dx, dy): (&[T], &[T]),
    v: &[T],
    out: &mut [T],
) {
    let share = T::narrow(1.0 / width as f64);
    widest(
        #[inline(always)]
        || {
            let rows =
                y.chunks_exact(width).zip(dx.chunks_exact(width)).zip(dy.chunks_exact(width));
            let rows = rows.zip(v.chunks_exact(width)).zip(inverse);
            for (((((y, dx), dy), v), &inverse), out) in rows.zip(out.chunks_exact_mut(width)) {
                let (mean, along) = (share * total(v), share * dot(y, v));
                let (turned, grown) = (share * dot(dy, v), inverse * share * dot(y, dx));
                for (((out, &y), &dy), &v) in out.iter_mut().zip(y).zip(dy).zip(v) {
                    let slope = v - mean - y * along;
                    *out += T::ZERO - inverse * (grown * slope + dy * along + y * turned);
                }
            }
        },
    );
}

/// `out = factor u <u, v>`.
pub fn outer<T: Elementary>(width: usize, factor: T, u: &[T], v: &[T], out: &mut [T]) {
    widest(
        #[inline(always)]
        || {
            let rows = u.chunks_exact(width).zip(v.chunks_exact(width));
            for ((u, v), out) in rows.zip(out.chunks_exact_mut(width)) {
                let along = factor * dot(u, v);
                out.iter_mut().zip(u).for_each(|(out, &u)| *out = along * u);
            }
        },
    );
}
