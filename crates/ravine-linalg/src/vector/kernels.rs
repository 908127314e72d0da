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

/// Whether a vector is too short for the choice. Where there is nothing to choose from all are: each loop
/// is then compiled once.
#[inline(always)]
const fn short(n: usize) -> bool {
    cfg!(target_arch = "wasm32") || n < SHORT
}

/// Runs a loop with the machine's best instructions.
#[inline(always)]
pub(super) fn wide<R>(n: usize, f: impl FnOnce() -> R) -> R {
    if short(n) { f() } else { widest(f) }
}

/// How the lanes are added.
pub(super) type Total = fn([f64; LANES]) -> f64;

/// [`wide`] for a loop with lanes, which is given how to add them at its end: the same sum either way.
/// In a long loop a function of its own does it. Where the compiler sees these additions together
/// with the loop, it keeps the lanes in pairs, as they are added, and leaves wider registers unused;
/// in a short one, what a call costs counts for more.
#[inline(always)]
pub(super) fn wide_lanes<R>(n: usize, f: impl FnOnce(Total) -> R) -> R {
    if short(n) {
        f(sum)
    } else {
        widest(
            #[inline(always)]
            || f(sum_apart),
        )
    }
}

/// Panics where two vectors are not of one dimension.
#[inline(always)]
fn alike(kernel: &str, n: usize, m: usize) {
    if n != m {
        differ(kernel, n, m);
    }
}

#[cold]
#[inline(never)]
fn differ(kernel: &str, n: usize, m: usize) -> ! {
    panic!("{kernel}: dimensions differ: {n} and {m}");
}

/// The sum of the lanes, in a fixed order.
#[inline(always)]
fn sum([a, b, c, d, e, f, g, h]: [f64; LANES]) -> f64 {
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

#[inline(never)]
fn sum_apart(lanes: [f64; LANES]) -> f64 {
    sum(lanes)
}

/// `sum_i product(a_i, b_i)` for slices of one length.
#[inline(always)]
fn sum_of_products<T: Scalar>(
    a: &[T],
    b: &[T],
    product: impl Fn(f64, f64) -> f64,
    total: Total,
) -> f64 {
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
    total(lanes) + tail
}

#[inline(always)]
fn dot_loop<T: Scalar>(a: &[T], b: &[T], total: Total) -> f64 {
    sum_of_products(a, b, |a, b| a * b, total)
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
    alike("dot", a.len(), b.len());
    wide_lanes(
        a.len(),
        #[inline(always)]
        |total| dot_loop(a, b, total),
    )
}

/// `a'b` and `a'c`.
#[inline]
pub(super) fn dot2<T: Scalar>(a: &[T], b: &[T], c: &[T]) -> (f64, f64) {
    alike("dot2", a.len(), b.len());
    alike("dot2", a.len(), c.len());
    if short(a.len()) {
        return (dot_loop(a, b, sum), dot_loop(a, c, sum));
    }
    widest(
        #[inline(always)]
        || {
            let (a, a_tail) = a.as_chunks::<LANES>();
            let ((b, b_tail), (c, c_tail)) = (b.as_chunks::<LANES>(), c.as_chunks::<LANES>());
            let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
            for ((a, b), c) in a.iter().zip(b).zip(c) {
                for k in 0..LANES {
                    first[k] += a[k].wide() * b[k].wide();
                }
                for k in 0..LANES {
                    second[k] += a[k].wide() * c[k].wide();
                }
            }
            let mut tails = (0.0, 0.0);
            for ((a, b), c) in a_tail.iter().zip(b_tail).zip(c_tail) {
                tails.0 += a.wide() * b.wide();
                tails.1 += a.wide() * c.wide();
            }
            (sum_apart(first) + tails.0, sum_apart(second) + tails.1)
        },
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
    alike("weighted_square", w.len(), x.len());
    wide_lanes(
        w.len(),
        #[inline(always)]
        |total| sum_of_products(w, x, |w, x| x * (x * w), total),
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
    wide_lanes(
        a.len(),
        #[inline(always)]
        |total| {
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
            let mut zero = total(zeros);
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
    alike("dot_and_max", a.len(), b.len());
    wide_lanes(
        a.len(),
        #[inline(always)]
        |total| {
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
            (total(lanes) + tail, largest)
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
    alike("axpby", y.len(), x.len());
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
    alike("axpy", y.len(), x.len());
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
    alike("axpby_dot", y.len(), x.len());
    alike("axpby_dot", y.len(), z.len());
    if b == 0.0 {
        axpby(y, a, x, b);
        return dot(z, y);
    }
    wide_lanes(
        y.len(),
        #[inline(always)]
        move |total| {
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
            total(lanes) + tail
        },
    )
}

/// `y = a_1 x_1 + a_2 x_2 + b y`, and gives `z_1'y` and `z_2'y`.
#[inline]
pub(super) fn axpby_dot2<T: Scalar>(
    y: &mut [T],
    (a1, x1): (f64, &[T]),
    (a2, x2): (f64, &[T]),
    b: f64,
    (z1, z2): (&[T], &[T]),
) -> (f64, f64) {
    alike("axpby_dot2", y.len(), x1.len());
    alike("axpby_dot2", y.len(), x2.len());
    alike("axpby_dot2", y.len(), z1.len());
    alike("axpby_dot2", y.len(), z2.len());
    if b == 0.0 || short(y.len()) {
        axpby(y, a1, x1, b);
        return (axpby_dot(y, a2, x2, 1.0, z1), dot(z2, y));
    }
    widest(
        #[inline(always)]
        move || {
            let (y, y_tail) = y.as_chunks_mut::<LANES>();
            let ((x1, x1_tail), (x2, x2_tail)) = (x1.as_chunks::<LANES>(), x2.as_chunks::<LANES>());
            let ((z1, z1_tail), (z2, z2_tail)) = (z1.as_chunks::<LANES>(), z2.as_chunks::<LANES>());
            let (mut first, mut second) = ([0.0; LANES], [0.0; LANES]);
            for ((((y, x1), x2), z1), z2) in y.iter_mut().zip(x1).zip(x2).zip(z1).zip(z2) {
                let mut new = *y;
                for k in 0..LANES {
                    new[k] = T::narrow(b * new[k].wide() + a1 * x1[k].wide());
                }
                for k in 0..LANES {
                    new[k] = T::narrow(new[k].wide() + a2 * x2[k].wide());
                }
                for k in 0..LANES {
                    first[k] += new[k].wide() * z1[k].wide();
                }
                for k in 0..LANES {
                    second[k] += new[k].wide() * z2[k].wide();
                }
                *y = new;
            }
            let mut tails = (0.0, 0.0);
            let others = x1_tail.iter().zip(x2_tail).zip(z1_tail).zip(z2_tail);
            for (y, (((x1, x2), z1), z2)) in y_tail.iter_mut().zip(others) {
                *y = T::narrow(b * y.wide() + a1 * x1.wide());
                *y = T::narrow(y.wide() + a2 * x2.wide());
                tails.0 += y.wide() * z1.wide();
                tails.1 += y.wide() * z2.wide();
            }
            (sum_apart(first) + tails.0, sum_apart(second) + tails.1)
        },
    )
}

/// `y = x + a d`.
#[inline]
pub(super) fn point_along<T: Scalar>(y: &mut [T], x: &[T], a: f64, d: &[T]) {
    alike("point_along", y.len(), x.len());
    alike("point_along", y.len(), d.len());
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
fn four_dots<T: Scalar>(v: &[T], w: &[T], p: &[T], q: &[T], total: Total) -> [f64; 4] {
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
    let mut sums = lanes.map(total);
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
fn dots_of_four<T: Scalar>(p: &[T], [s, t, v, w]: [&[T]; 4], total: Total) -> [f64; 4] {
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
    let mut sums = lanes.map(total);
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
    wide_lanes(
        p.len(),
        #[inline(always)]
        |total| {
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
                        total,
                    );
                    out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
                }
                for (v, out) in rest.iter().zip(out_rest) {
                    *out += dot_loop(&v.as_ref()[range.clone()], p, total);
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
    if cfg!(target_arch = "wasm32") {
        // What is gained in memory there is not worth a second kernel.
        dots(p, vectors, out_p);
        dots(q, vectors, out_q);
        return;
    }
    out_p.fill(0.0);
    out_q.fill(0.0);
    wide_lanes(
        p.len(),
        #[inline(always)]
        |total| {
            let mut from = 0;
            while from < p.len() {
                let range = from..(from + DOTS_BLOCK).min(p.len());
                let (p, q) = (&p[range.clone()], &q[range.clone()]);
                let (pairs, single) = vectors.as_chunks::<2>();
                for (k, [v, w]) in pairs.iter().enumerate() {
                    let (v, w) = (&v.as_ref()[range.clone()], &w.as_ref()[range.clone()]);
                    let [vp, wp, vq, wq] = four_dots(v, w, p, q, total);
                    out_p[2 * k] += vp;
                    out_p[2 * k + 1] += wp;
                    out_q[2 * k] += vq;
                    out_q[2 * k + 1] += wq;
                }
                for v in single {
                    let v = &v.as_ref()[range.clone()];
                    out_p[vectors.len() - 1] += dot_loop(v, p, total);
                    out_q[vectors.len() - 1] += dot_loop(v, q, total);
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
    wide_lanes(
        y.len(),
        #[inline(always)]
        |total| {
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
                product += total(lanes);
                largest = most.into_iter().fold(largest, f64::max);
                from = range.end;
            }
            (product, largest)
        },
    )
}
