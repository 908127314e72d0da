//! Loops over slices, compiled for the widest vector instructions that the machine has.
//!
//! Sums are kept in eight lanes whose additions have a fixed order, without fused operations, so
//! that a result depends neither on the machine's vector width nor on the run.

use std::ops::Range;

use crate::instructions::widest;
use crate::vector::Scalar;
use crate::vector::product::multiply;

const LANES: usize = 8;

/// Entries of a block of [`dots2`]: long enough to stream each vector, short enough for what the
/// pass returns to, two blocks, to stay in the second-level cache.
const DOTS_BLOCK: usize = 16384;

/// Entries of a block of [`combination`], whose sums stay in the first-level cache.
const SUMS_BLOCK: usize = 2048;

/// Entries of a block of [`mix`]: with some hundred vectors, half of a second-level cache.
const MIX_BLOCK: usize = 512;

/// Below this length the choice of instructions costs more than it gives.
const SHORT: usize = 64;

/// Runs a loop with the machine's best instructions.
#[inline(always)]
pub(super) fn wide<R>(n: usize, f: impl FnOnce() -> R) -> R {
    if n < SHORT { f() } else { widest(f) }
}

/// The sum of the lanes, in a fixed order.
#[inline(always)]
pub(super) fn sum(lanes: [f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// `sum_i product(a_i, b_i)` for slices of one length.
#[inline(always)]
fn sum_of_products<T: Scalar>(a: &[T], b: &[T], product: impl Fn(f64, f64) -> f64) -> f64 {
    let (a_chunks, a_tail) = a.as_chunks::<LANES>();
    let (b_chunks, b_tail) = b.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for (p, q) in a_chunks.iter().zip(b_chunks) {
        for k in 0..LANES {
            lanes[k] += product(p[k].wide(), q[k].wide());
        }
    }
    let mut tail = 0.0;
    for (p, q) in a_tail.iter().zip(b_tail) {
        tail += product(p.wide(), q.wide());
    }
    sum(lanes) + tail
}

#[inline(always)]
fn dot_loop<T: Scalar>(a: &[T], b: &[T]) -> f64 {
    sum_of_products(a, b, |a, b| a * b)
}

/// `a'b`: eight sums side by side, added in a fixed order.
///
/// ```
/// use ravine_linalg::vector::dot;
///
/// assert_eq!(dot(&[1.0, 2.0], &[3.0, 4.0]), 11.0);
/// ```
///
/// # Panics
///
/// If the dimensions differ.
#[inline]
pub fn dot<T: Scalar>(a: &[T], b: &[T]) -> f64 {
    assert_eq!(a.len(), b.len(), "dot: dimensions differ");
    wide(
        a.len(),
        #[inline(always)]
        || dot_loop(a, b),
    )
}

/// `sum_i w_i x_i^2`, to the last bit `x'(w x)` as [`dot`] gives it in double precision.
///
/// ```
/// use ravine_linalg::vector::weighted_square;
///
/// assert_eq!(weighted_square(&[2.0, 3.0], &[1.0, -2.0]), 14.0);
/// ```
///
/// # Panics
///
/// If the dimensions differ.
#[inline]
pub fn weighted_square<T: Scalar>(w: &[T], x: &[T]) -> f64 {
    assert_eq!(w.len(), x.len(), "weighted_square: dimensions differ");
    wide(
        w.len(),
        #[inline(always)]
        || sum_of_products(w, x, |w, x| x * (x * w)),
    )
}

/// The Euclidean norm, without avoidable overflow or underflow.
#[inline]
pub fn norm<T: Scalar>(a: &[T]) -> f64 {
    let square = dot(a, a);
    if square.is_normal() && square < 1e300 && square > 1e-280 {
        return square.sqrt();
    }
    // The squares left the range: scale by the largest entry first.
    let largest = norm_max(a);
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let sum: f64 = a.iter().map(|v| (v.wide() / largest).powi(2)).sum();
    largest * sum.sqrt()
}

/// `max_i |a_i|`; NaN if an entry is.
#[inline]
pub fn norm_max<T: Scalar>(a: &[T]) -> f64 {
    wide(
        a.len(),
        #[inline(always)]
        || {
            let (chunks, tail) = a.as_chunks::<LANES>();
            let mut most = [0.0f64; LANES];
            // NaN entries make the sum of all zero multiples NaN; infinite ones too.
            let mut zeros = [0.0f64; LANES];
            for p in chunks {
                for k in 0..LANES {
                    let v = p[k].wide();
                    zeros[k] += 0.0 * v;
                    most[k] = if v.abs() > most[k] { v.abs() } else { most[k] };
                }
            }
            let mut largest = most.into_iter().fold(0.0, f64::max);
            let mut zero = sum(zeros);
            for v in tail {
                zero += 0.0 * v.wide();
                largest = largest.max(v.wide().abs());
            }
            if zero == 0.0 || !a.iter().any(|v| v.wide().is_nan()) { largest } else { f64::NAN }
        },
    )
}

/// `(a'b, max_i |a_i|)` in one pass; the maximum ignores NaN, which the product shows.
#[inline]
pub(super) fn dot_and_max<T: Scalar>(a: &[T], b: &[T]) -> (f64, f64) {
    assert_eq!(a.len(), b.len(), "dot_and_max: dimensions differ");
    wide(
        a.len(),
        #[inline(always)]
        || {
            let (a_chunks, a_tail) = a.as_chunks::<LANES>();
            let (b_chunks, b_tail) = b.as_chunks::<LANES>();
            let mut lanes = [0.0; LANES];
            let mut most = [0.0f64; LANES];
            for (p, q) in a_chunks.iter().zip(b_chunks) {
                for k in 0..LANES {
                    let v = p[k].wide();
                    lanes[k] += v * q[k].wide();
                    most[k] = if v.abs() > most[k] { v.abs() } else { most[k] };
                }
            }
            let mut largest = most.into_iter().fold(0.0, f64::max);
            let mut tail = 0.0;
            for (p, q) in a_tail.iter().zip(b_tail) {
                tail += p.wide() * q.wide();
                largest = largest.max(p.wide().abs());
            }
            (sum(lanes) + tail, largest)
        },
    )
}

/// `y = a x + b y`; y is not read where b is zero, so that what is not finite in it is forgotten.
///
/// # Panics
///
/// If the dimensions differ.
#[inline]
pub fn axpby<T: Scalar>(y: &mut [T], a: f64, x: &[T], b: f64) {
    assert_eq!(y.len(), x.len(), "axpby: dimensions differ");
    if b == 0.0 {
        for (y, x) in y.iter_mut().zip(x) {
            *y = T::narrow(a * x.wide());
        }
        return;
    }
    wide(
        y.len(),
        #[inline(always)]
        || {
            for (y, x) in y.iter_mut().zip(x) {
                *y = T::narrow(b * y.wide() + a * x.wide());
            }
        },
    );
}

/// `y = y + a x`.
///
/// ```
/// use ravine_linalg::vector::axpy;
///
/// let mut y = [1.0_f32, 2.0];
/// axpy(&mut y, 2.0, &[3.0, 4.0]);
/// assert_eq!(y, [7.0, 10.0]);
/// ```
///
/// # Panics
///
/// If the dimensions differ.
#[inline]
pub fn axpy<T: Scalar>(y: &mut [T], a: f64, x: &[T]) {
    assert_eq!(y.len(), x.len(), "axpy: dimensions differ");
    wide(
        y.len(),
        #[inline(always)]
        || {
            for (y, x) in y.iter_mut().zip(x) {
                *y = T::narrow(y.wide() + a * x.wide());
            }
        },
    );
}

/// `y = a x + b y`, and gives `z'y`.
#[inline]
pub(super) fn axpby_dot<T: Scalar>(y: &mut [T], a: f64, x: &[T], b: f64, z: &[T]) -> f64 {
    assert_eq!(y.len(), x.len(), "axpby_dot: dimensions differ");
    assert_eq!(y.len(), z.len(), "axpby_dot: dimensions differ");
    if b == 0.0 {
        axpby(y, a, x, b);
        return dot(z, y);
    }
    wide(
        y.len(),
        #[inline(always)]
        || {
            let (y, y_tail) = y.as_chunks_mut::<LANES>();
            let ((x, x_tail), (z, z_tail)) = (x.as_chunks::<LANES>(), z.as_chunks::<LANES>());
            let mut lanes = [0.0; LANES];
            for ((y, x), z) in y.iter_mut().zip(x).zip(z) {
                let mut new = *y;
                for k in 0..LANES {
                    new[k] = T::narrow(b * new[k].wide() + a * x[k].wide());
                }
                for k in 0..LANES {
                    lanes[k] += new[k].wide() * z[k].wide();
                }
                *y = new;
            }
            let mut tail = 0.0;
            for ((y, x), z) in y_tail.iter_mut().zip(x_tail).zip(z_tail) {
                *y = T::narrow(b * y.wide() + a * x.wide());
                tail += y.wide() * z.wide();
            }
            sum(lanes) + tail
        },
    )
}

/// `y = x + a d`.
#[inline]
pub(super) fn point_along<T: Scalar>(y: &mut [T], x: &[T], a: f64, d: &[T]) {
    assert_eq!(y.len(), x.len(), "point_along: dimensions differ");
    assert_eq!(y.len(), d.len(), "point_along: dimensions differ");
    wide(
        y.len(),
        #[inline(always)]
        || {
            for ((y, x), d) in y.iter_mut().zip(x).zip(d) {
                *y = T::narrow(x.wide() + a * d.wide());
            }
        },
    );
}

/// `y = a y`.
#[inline]
pub fn scale<T: Scalar>(y: &mut [T], a: f64) {
    wide(
        y.len(),
        #[inline(always)]
        || {
            for y in y.iter_mut() {
                *y = T::narrow(a * y.wide());
            }
        },
    );
}

/// Adds `(v'p, w'p, v'q, w'q)` of one block.
#[inline(always)]
fn four_dots<T: Scalar>(v: &[T], w: &[T], p: &[T], q: &[T]) -> [f64; 4] {
    let ((v, v_tail), (w, w_tail)) = (v.as_chunks::<LANES>(), w.as_chunks::<LANES>());
    let ((p, p_tail), (q, q_tail)) = (p.as_chunks::<LANES>(), q.as_chunks::<LANES>());
    let mut lanes = [[0.0; LANES]; 4];
    for (((v, w), p), q) in v.iter().zip(w).zip(p).zip(q) {
        for k in 0..LANES {
            lanes[0][k] += v[k].wide() * p[k].wide();
            lanes[1][k] += w[k].wide() * p[k].wide();
            lanes[2][k] += v[k].wide() * q[k].wide();
            lanes[3][k] += w[k].wide() * q[k].wide();
        }
    }
    let mut sums = lanes.map(sum);
    for (((v, w), p), q) in v_tail.iter().zip(w_tail).zip(p_tail).zip(q_tail) {
        sums[0] += v.wide() * p.wide();
        sums[1] += w.wide() * p.wide();
        sums[2] += v.wide() * q.wide();
        sums[3] += w.wide() * q.wide();
    }
    sums
}

/// Adds `(s'p, t'p, v'p, w'p)` of one block.
#[inline(always)]
fn dots_of_four<T: Scalar>(p: &[T], [s, t, v, w]: [&[T]; 4]) -> [f64; 4] {
    let (p, p_tail) = p.as_chunks::<LANES>();
    let ((s, s_tail), (t, t_tail)) = (s.as_chunks::<LANES>(), t.as_chunks::<LANES>());
    let ((v, v_tail), (w, w_tail)) = (v.as_chunks::<LANES>(), w.as_chunks::<LANES>());
    let mut lanes = [[0.0; LANES]; 4];
    for ((((p, s), t), v), w) in p.iter().zip(s).zip(t).zip(v).zip(w) {
        for k in 0..LANES {
            lanes[0][k] += s[k].wide() * p[k].wide();
            lanes[1][k] += t[k].wide() * p[k].wide();
            lanes[2][k] += v[k].wide() * p[k].wide();
            lanes[3][k] += w[k].wide() * p[k].wide();
        }
    }
    let mut sums = lanes.map(sum);
    for ((((p, s), t), v), w) in p_tail.iter().zip(s_tail).zip(t_tail).zip(v_tail).zip(w_tail) {
        sums[0] += s.wide() * p.wide();
        sums[1] += t.wide() * p.wide();
        sums[2] += v.wide() * p.wide();
        sums[3] += w.wide() * p.wide();
    }
    sums
}

/// `out_k = p'v_k`, p read once from memory.
pub(crate) fn dots<T: Scalar, V: AsRef<[T]>>(p: &[T], vectors: &[V], out: &mut [f64]) {
    out.fill(0.0);
    wide(
        p.len(),
        #[inline(always)]
        || {
            let mut from = 0;
            while from < p.len() {
                let range = from..(from + DOTS_BLOCK).min(p.len());
                let p = &p[range.clone()];
                let (fours, rest) = vectors.as_chunks::<4>();
                let (out_fours, out_rest) = out.as_chunks_mut::<4>();
                for (v, out) in fours.iter().zip(out_fours) {
                    let sums = dots_of_four(
                        p,
                        v.each_ref().map(
                            #[inline(always)]
                            |v| &v.as_ref()[range.clone()],
                        ),
                    );
                    out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
                }
                for (v, out) in rest.iter().zip(out_rest) {
                    *out += dot_loop(&v.as_ref()[range.clone()], p);
                }
                from = range.end;
            }
        },
    );
}

/// `out_p_k = p'v_k` and `out_q_k = q'v_k`, each vector read once.
pub(super) fn dots2<T: Scalar, V: AsRef<[T]>>(
    p: &[T],
    q: &[T],
    vectors: &[V],
    out_p: &mut [f64],
    out_q: &mut [f64],
) {
    out_p.fill(0.0);
    out_q.fill(0.0);
    wide(
        p.len(),
        #[inline(always)]
        || {
            let mut from = 0;
            while from < p.len() {
                let range = from..(from + DOTS_BLOCK).min(p.len());
                let (p, q) = (&p[range.clone()], &q[range.clone()]);
                let (pairs, single) = vectors.as_chunks::<2>();
                for (k, [v, w]) in pairs.iter().enumerate() {
                    let (v, w) = (&v.as_ref()[range.clone()], &w.as_ref()[range.clone()]);
                    let [vp, wp, vq, wq] = four_dots(v, w, p, q);
                    out_p[2 * k] += vp;
                    out_p[2 * k + 1] += wp;
                    out_q[2 * k] += vq;
                    out_q[2 * k + 1] += wq;
                }
                for v in single {
                    let v = &v.as_ref()[range.clone()];
                    out_p[vectors.len() - 1] += dot_loop(v, p);
                    out_q[vectors.len() - 1] += dot_loop(v, q);
                }
                from = range.end;
            }
        },
    );
}

/// `block += sum_k a_k v_k`, of the entries in `range`.
#[inline(always)]
fn add_vectors<T: Scalar, V: AsRef<[T]>>(
    block: &mut [f64],
    coefficients: &[f64],
    vectors: &[V],
    range: Range<usize>,
) {
    let (fours, rest) = vectors.as_chunks::<4>();
    let (a_fours, a_rest) = coefficients.as_chunks::<4>();
    for (v, a) in fours.iter().zip(a_fours) {
        let [v0, v1, v2, v3] = v.each_ref().map(
            #[inline(always)]
            |v| &v.as_ref()[range.clone()],
        );
        for ((((s, p), q), r), t) in block.iter_mut().zip(v0).zip(v1).zip(v2).zip(v3) {
            *s += (a[0] * p.wide() + a[1] * q.wide()) + (a[2] * r.wide() + a[3] * t.wide());
        }
    }
    for (v, a) in rest.iter().zip(a_rest) {
        for (s, v) in block.iter_mut().zip(&v.as_ref()[range.clone()]) {
            *s += a * v.wide();
        }
    }
}

/// `y = y + sum_k a_k v_k`, y read and written once.
pub(crate) fn combine<T: Scalar, V: AsRef<[T]>>(y: &mut [T], coefficients: &[f64], vectors: &[V]) {
    wide(
        y.len(),
        #[inline(always)]
        || {
            let mut block = [0.0f64; SUMS_BLOCK];
            let mut from = 0;
            while from < y.len() {
                let range = from..(from + SUMS_BLOCK).min(y.len());
                let y = &mut y[range.clone()];
                let block = &mut block[..y.len()];
                for (s, y) in block.iter_mut().zip(&*y) {
                    *s = y.wide();
                }
                add_vectors(block, coefficients, vectors, range.clone());
                for (y, s) in y.iter_mut().zip(&*block) {
                    *y = T::narrow(*s);
                }
                from = range.end;
            }
        },
    );
}

/// `vectors_j = sum_i c_ij vectors_i` for the columns c_j of `coefficients`: a product of matrices
/// over blocks of entries that stay in the second-level cache, in place.
pub(super) fn mix<T: Scalar, V: AsRef<[T]> + AsMut<[T]>>(vectors: &mut [V], coefficients: &[f64]) {
    let count = vectors.len();
    let columns = coefficients.len().checked_div(count).unwrap_or(0);
    if columns == 0 {
        return;
    }
    let n = vectors[0].as_ref().len();
    let mut before = vec![0.0; MIX_BLOCK.min(n) * count];
    let mut after = vec![0.0; MIX_BLOCK.min(n) * columns];
    let mut from = 0;
    while from < n {
        let range = from..(from + MIX_BLOCK).min(n);
        let rows = range.len();
        for (v, b) in vectors.iter().zip(before.chunks_exact_mut(rows)) {
            b.iter_mut().zip(&v.as_ref()[range.clone()]).for_each(|(b, v)| *b = v.wide());
        }
        let (a, c) = (&before[..rows * count], &mut after[..rows * columns]);
        multiply(c, a, &coefficients[..count * columns], rows, count);
        for (v, a) in vectors.iter_mut().zip(after.chunks_exact(rows)).take(columns) {
            v.as_mut()[range.clone()].iter_mut().zip(a).for_each(|(v, a)| *v = T::narrow(*a));
        }
        from = range.end;
    }
}

/// `y = c x + sum_k a_k v_k`, each vector read once; gives `(x'y, max_i |y_i|)`.
pub(super) fn combination<T: Scalar, V: AsRef<[T]>>(
    y: &mut [T],
    c: f64,
    x: &[T],
    coefficients: &[f64],
    vectors: &[V],
) -> (f64, f64) {
    wide(
        y.len(),
        #[inline(always)]
        || {
            let (mut product, mut largest) = (0.0, 0.0f64);
            let mut block = [0.0f64; SUMS_BLOCK];
            let mut from = 0;
            while from < y.len() {
                let range = from..(from + SUMS_BLOCK).min(y.len());
                let x = &x[range.clone()];
                let block = &mut block[..x.len()];
                for (s, x) in block.iter_mut().zip(x) {
                    *s = c * x.wide();
                }
                add_vectors(block, coefficients, vectors, range.clone());
                let (mut lanes, mut most) = ([0.0; LANES], [0.0f64; LANES]);
                let ((s, s_tail), (x, x_tail)) =
                    (block.as_chunks::<LANES>(), x.as_chunks::<LANES>());
                let (y, y_tail) = y[range.clone()].as_chunks_mut::<LANES>();
                for ((s, x), y) in s.iter().zip(x).zip(y) {
                    for k in 0..LANES {
                        y[k] = T::narrow(s[k]);
                        lanes[k] += s[k] * x[k].wide();
                        most[k] = if s[k].abs() > most[k] { s[k].abs() } else { most[k] };
                    }
                }
                for ((s, x), y) in s_tail.iter().zip(x_tail).zip(y_tail) {
                    *y = T::narrow(*s);
                    product += s * x.wide();
                    largest = largest.max(s.abs());
                }
                product += sum(lanes);
                largest = most.into_iter().fold(largest, f64::max);
                from = range.end;
            }
            (product, largest)
        },
    )
}
