//! Eigenvalues of large symmetric matrices in parts, between which a watch is asked: Householder
//! reflections make the matrix tridiagonal, which is divided and conquered ([`divide`]), and the reflections turn the
//! eigenvectors back.
//!
//! Source: Golub and Van Loan, Matrix Computations (2013), sections 8.3.1 and 8.4.

use faer::linalg::matmul::matmul;
use faer::prelude::{Reborrow, ReborrowMut};
use faer::{Accum, MatMut, MatRef, Par};

use super::divide::{Ended, divide};
use super::view;
use crate::instructions::widest;
use crate::matrix::error::Watched;
use crate::matrix::{Matrix, qr};
use crate::vector::Scalar;
use crate::{Interrupt, Watch};

/// Columns of a panel of reflections, and of eigenvectors that it turns at once.
const PANEL: usize = 64;
const TURNED: usize = 256;

/// Tridiagonal matrices of this dimension are not divided.
const LEAF: usize = 48;

/// Eigenvalues ascending, and eigenvectors in columns; reads the lower triangle of `a`, which is not
/// empty.
pub(super) fn in_parts<T: Scalar>(
    a: &Matrix<T>,
    watch: Watch<'_>,
) -> Watched<(Vec<f64>, Matrix<T>)> {
    let mut reflected = a.clone();
    let Tridiagonal { diagonal, beside, taus } = tridiagonalize(&mut reflected, watch)?;
    let (values, mut vectors) = match divide(&diagonal, &beside, LEAF, watch) {
        Ok(pairs) => pairs,
        Err(Ended::Interrupted(interrupt)) => return Err(interrupt),
        Err(Ended::Failed(error)) => return Ok(Err(error)),
    };
    turn(&reflected, &taus, &mut vectors, watch)?;
    Ok(Ok((values, vectors)))
}

struct Tridiagonal<T> {
    diagonal: Vec<f64>,
    beside: Vec<f64>,
    /// `A = Q T Q'` with `Q = H_0 H_1 ..`, `H_k = I - tau_k v_k v_k'`.
    taus: Vec<T>,
}

/// Leaves below the diagonal of `a` the reflectors: in column k, from row k + 2 on, `v_k` without
/// its leading 1.
fn tridiagonalize<T: Scalar>(
    a: &mut Matrix<T>,
    watch: Watch<'_>,
) -> Result<Tridiagonal<T>, Interrupt> {
    let n = a.rows();
    let (mut diagonal, mut beside, mut taus) = (Vec::new(), Vec::new(), Vec::new());
    // A is still to be reduced by v w' + w v'.
    let (mut v, mut w) = (vec![T::ZERO; n], vec![T::ZERO; n]);
    let (mut next, mut product) = (vec![T::ZERO; n], vec![T::ZERO; n]);
    for k in 0..n - 1 {
        watch.ask()?;
        reduce(&mut a.column_mut(k)[k..], &v[k..], &w[k..]);
        diagonal.push(a[(k, k)].wide());
        let tau = qr::reflect(&mut a.column_mut(k)[k + 1..]);
        taus.push(tau);
        beside.push(a[(k + 1, k)].wide());
        next[k + 1] = T::ONE;
        next[k + 2..].copy_from_slice(&a.column(k)[k + 2..]);
        widest(
            #[inline(always)]
            || {
                product[k + 1..].fill(T::ZERO);
                for j in k + 1..n {
                    let column = &mut a.column_mut(j)[j..];
                    reduce_and_multiply(column, &v[j..], &w[j..], &next[j..], &mut product[j..]);
                }
            },
        );
        // w = tau A v - tau^2 (v'A v) v / 2.
        let overlap: T = next[k + 1..].iter().zip(&product[k + 1..]).map(|(&v, &p)| v * p).sum();
        let half = T::narrow(0.5) * tau * tau * overlap;
        for i in k + 1..n {
            w[i] = tau * product[i] - half * next[i];
        }
        std::mem::swap(&mut v, &mut next);
    }
    reduce(&mut a.column_mut(n - 1)[n - 1..], &v[n - 1..], &w[n - 1..]);
    diagonal.push(a[(n - 1, n - 1)].wide());
    Ok(Tridiagonal { diagonal, beside, taus })
}

/// `column -= w_0 v + v_0 w`: of `v w' + w v'`, what belongs to the column on whose diagonal entry all
/// begin.
#[inline(always)]
fn reduce<T: Scalar>(column: &mut [T], v: &[T], w: &[T]) {
    let (v0, w0) = (v[0], w[0]);
    for ((c, &v), &w) in column.iter_mut().zip(v).zip(w) {
        *c -= w0 * v + v0 * w;
    }
}

/// [`reduce`], and the part of the product `y = A x` that the column of the lower triangle then has: in one
/// pass, since memory is what takes the time.
#[inline(always)]
fn reduce_and_multiply<T: Scalar>(column: &mut [T], v: &[T], w: &[T], x: &[T], y: &mut [T]) {
    const LANES: usize = 8;
    let (v0, w0, x0) = (v[0], w[0], x[0]);
    column[0] -= w0 * v0 + v0 * w0;
    let mut sum = column[0] * x0;
    let (y0, y) = y.split_at_mut(1);
    let (c, c_tail) = column[1..].as_chunks_mut::<LANES>();
    let (v, v_tail) = v[1..].as_chunks::<LANES>();
    let (w, w_tail) = w[1..].as_chunks::<LANES>();
    let (x, x_tail) = x[1..].as_chunks::<LANES>();
    let (y, y_tail) = y.as_chunks_mut::<LANES>();
    let mut lanes = [T::ZERO; LANES];
    for ((((c, v), w), x), y) in c.iter_mut().zip(v).zip(w).zip(x).zip(y) {
        for k in 0..LANES {
            c[k] -= w0 * v[k] + v0 * w[k];
            y[k] += c[k] * x0;
            lanes[k] += c[k] * x[k];
        }
    }
    let tail = c_tail.iter_mut().zip(v_tail).zip(w_tail).zip(x_tail).zip(y_tail);
    for ((((c, &v), &w), &x), y) in tail {
        *c -= w0 * v + v0 * w;
        *y += *c * x0;
        sum += *c * x;
    }
    y0[0] += lanes.into_iter().sum::<T>() + sum;
}

/// `vectors = H_0 H_1 .. vectors`, a panel of reflections `I - V S V'` at a time, the last ones first.
fn turn<T: Scalar>(
    reflected: &Matrix<T>,
    taus: &[T],
    vectors: &mut Matrix<T>,
    watch: Watch<'_>,
) -> Result<(), Interrupt> {
    let n = reflected.rows();
    for first in (0..taus.len()).step_by(PANEL).rev() {
        let count = PANEL.min(taus.len() - first);
        let below = first + 1;
        let v = Matrix::from_fn(n - below, count, |i, j| match i.cmp(&j) {
            std::cmp::Ordering::Less => T::ZERO,
            std::cmp::Ordering::Equal => T::ONE,
            std::cmp::Ordering::Greater => reflected[(below + i, first + j)],
        });
        let s = joined(&v, &taus[first..first + count]);
        let (mut small, mut right) = (Vec::new(), Vec::new());
        for columns in vectors.entries_mut().chunks_mut(n * TURNED) {
            watch.ask()?;
            let many = columns.len() / n;
            small.resize(count * many, T::ZERO);
            right.resize(count * many, T::ZERO);
            let mut rows =
                MatMut::from_column_major_slice_mut(columns, n, many).subrows_mut(below, n - below);
            let mut small = MatMut::from_column_major_slice_mut(&mut small, count, many);
            let mut right = MatMut::from_column_major_slice_mut(&mut right, count, many);
            let transposed = view(&v).transpose();
            matmul(small.rb_mut(), Accum::Replace, transposed, rows.rb(), T::ONE, Par::Seq);
            matmul(right.rb_mut(), Accum::Replace, view(&s), small.rb(), T::ONE, Par::Seq);
            matmul(rows.rb_mut(), Accum::Add, view(&v), right.rb(), -T::ONE, Par::Seq);
        }
    }
    Ok(())
}

/// The upper triangular S with `H_0 H_1 .. = I - V S V'`.
///
/// Source: Schreiber and Van Loan, A storage-efficient WY representation (1989).
fn joined<T: Scalar>(v: &Matrix<T>, taus: &[T]) -> Matrix<T> {
    let count = taus.len();
    let mut gram = Matrix::filled(count, count, T::ZERO);
    let products = MatMut::from_column_major_slice_mut(gram.entries_mut(), count, count);
    let v: MatRef<'_, T> = view(v);
    matmul(products, Accum::Replace, v.transpose(), v, T::ONE, Par::Seq);
    let mut s = Matrix::filled(count, count, T::ZERO);
    for (j, &tau) in taus.iter().enumerate() {
        for i in 0..j {
            let sum: T = (i..j).map(|k| s[(i, k)] * gram[(k, j)]).sum();
            s[(i, j)] = -tau * sum;
        }
        s[(j, j)] = tau;
    }
    s
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{Cholesky, FactorizationError, Lblt, ModifiedCholesky, Qr, SymmetricEigen};
    use crate::random::Random;
    use std::cell::Cell;

    fn symmetric(n: usize, entry: impl Fn(usize, usize) -> f64) -> Matrix {
        Matrix::from_fn(n, n, |i, j| entry(i.max(j), i.min(j)))
    }

    /// The largest entries of `A Q - Q Lambda` and `Q'Q - I`, over the norm of A.
    fn errors<T: Scalar>(a: &Matrix<T>, values: &[f64], q: &Matrix<T>) -> (f64, f64) {
        let n = a.rows();
        let norm = values.iter().fold(f64::MIN_POSITIVE, |m: f64, v| m.max(v.abs()));
        let (mut residual, mut angle) = (0.0f64, 0.0f64);
        let mut product = vec![T::ZERO; n];
        for j in 0..n {
            a.multiply(q.column(j), &mut product);
            for (p, q) in product.iter().zip(q.column(j)) {
                residual = residual.max((p.wide() - values[j] * q.wide()).abs());
            }
            q.multiply_transposed(q.column(j), &mut product);
            for (i, p) in product.iter().enumerate() {
                angle = angle.max((p.wide() - f64::from(u8::from(i == j))).abs());
            }
        }
        (residual / norm, angle)
    }

    fn check<T: Scalar>(a: &Matrix<T>, what: &str) -> Vec<f64> {
        let (values, vectors) = in_parts(a, Watch::default()).unwrap().unwrap();
        assert!(values.is_sorted(), "{what}");
        let (residual, angle) = errors(a, &values, &vectors);
        let allowed = 10.0 * T::EPSILON * (a.rows() as f64).sqrt();
        assert!(residual < allowed && angle < allowed, "{what}: {residual:e} {angle:e}");
        values
    }

    #[test]
    fn parts_give_what_the_whole_gives() {
        let mut random = Random::new(11);
        let n = 300;
        let noise: Matrix = Matrix::from_fn(n, n, |_, _| random.normal());
        let scale = |i: usize| 10f64.powi(-((i % 13) as i32));
        let matrices = [
            ("dense", symmetric(n, |i, j| noise[(i, j)])),
            ("graded", symmetric(n, |i, j| scale(i) * scale(j) * noise[(i, j)])),
            // Of rank 3: all eigenvalues but three are one.
            (
                "low rank",
                symmetric(n, |i, j| {
                    f64::from(u8::from(i == j))
                        + (0..3).map(|k| noise[(i, k)] * noise[(j, k)]).sum::<f64>()
                }),
            ),
            // Wilkinson's matrices, coupled weakly: pairs and groups that agree to rounding.
            (
                "glued",
                symmetric(n, |i, j| match i - j {
                    0 => (10.0 - (i % 21) as f64).abs(),
                    1 if i % 21 == 0 => 1e-9,
                    1 => 1.0,
                    _ => 0.0,
                }),
            ),
            // Second differences: 4 sin^2(k pi / (2 n + 2)).
            ("differences", symmetric(n, |i, j| [2.0, -1.0, 0.0][(i - j).min(2)])),
            ("zero", symmetric(n, |_, _| 0.0)),
            (
                "blocks",
                symmetric(n, |i, j| match (i - j, i % 2) {
                    (0, 0) => 802.0,
                    (0, _) => 200.0,
                    (1, 1) => -400.0,
                    _ => 0.0,
                }),
            ),
        ];
        for (what, a) in &matrices {
            let values = check(a, what);
            let (whole, _) = super::super::at_once(a).unwrap();
            let norm = whole.iter().fold(0.0f64, |m, v| m.max(v.abs()));
            for (value, whole) in values.iter().zip(&whole) {
                assert!((value - whole).abs() <= 1e-14 * norm * (n as f64).sqrt(), "{what}");
            }
        }
        let single: Matrix<f32> = Matrix::from_fn(n, n, |i, j| noise[(i.max(j), i.min(j))] as f32);
        check(&single, "single");
        for n in [1, 2, 49, 97] {
            check(&symmetric(n, |i, j| noise[(i, j)]), "small");
        }
    }

    #[test]
    fn a_watch_ends_the_work_wherever_it_is() {
        let n = 700;
        let mut random = Random::new(3);
        let noise: Matrix = Matrix::from_fn(n, n, |_, _| random.normal());
        let indefinite = symmetric(n, |i, j| noise[(i, j)]);
        let definite = symmetric(n, |i, j| 0.01 * noise[(i, j)] + if i == j { 1e3 } else { 0.0 });
        let asked = Cell::new(0);
        type Work<'a> = &'a dyn Fn(Watch<'_>) -> Result<(), Interrupt>;
        let works: [(&str, Work<'_>, usize); 5] = [
            ("lblt", &|watch| Lblt::watched(&indefinite, watch).map(|r| drop(r.unwrap())), 40),
            (
                "cholesky",
                &|watch| {
                    Cholesky::default().refactor_watched(&definite, 0.5, watch).map(|r| r.unwrap())
                },
                6,
            ),
            (
                "modified",
                &|watch| ModifiedCholesky::watched(&indefinite, watch).map(|r| drop(r.unwrap())),
                100,
            ),
            ("qr", &|watch| Qr::watched(noise.clone(), watch).map(|r| drop(r.unwrap())), 100),
            (
                "eigen",
                &|watch| SymmetricEigen::watched(&indefinite, watch).map(|r| drop(r.unwrap())),
                720,
            ),
        ];
        for (what, work, least) in works {
            let ends_after = |most: usize| {
                asked.set(0);
                let ask = || {
                    asked.set(asked.get() + 1);
                    if asked.get() > most { Err(Interrupt::Cancelled) } else { Ok(()) }
                };
                work(Watch::new(&ask))
            };
            assert!(ends_after(usize::MAX).is_ok());
            let all = asked.get();
            assert!(all >= least, "{what} asks {all} times");
            for most in [0, all / 2, all - 1] {
                assert!(matches!(ends_after(most), Err(Interrupt::Cancelled)), "{what}");
                assert_eq!(asked.get(), most + 1, "{what} goes on");
            }
        }
    }

    #[test]
    fn panels_of_pivots_solve_and_know_the_signs() {
        let mut random = Random::new(8);
        let n = 650;
        let noise: Matrix = Matrix::from_fn(n, n, |_, _| random.normal());
        let matrices = [
            symmetric(n, |i, j| noise[(i, j)]),
            // No diagonal: blocks of two rows, rows from far away.
            symmetric(n, |i, j| if i == j { 0.0 } else { noise[(i, j)] }),
            symmetric(n, |i, j| if i == j { 200.0 } else { noise[(i, j)] }),
            symmetric(n, |i, j| if i + j == n - 1 { 1.0 + i as f64 } else { 0.0 }),
        ];
        for a in &matrices {
            let factor = Lblt::new(a).unwrap();
            let x: Vec<f64> = (0..n).map(|i| noise[(i, 3)]).collect();
            let mut solved = vec![0.0; n];
            a.multiply(&x, &mut solved);
            factor.solve(&mut solved);
            let error = solved.iter().zip(&x).fold(0.0f64, |m, (s, x)| m.max((s - x).abs()));
            assert!(error < 1e-8, "{error:e}");
            let (values, _) = super::super::at_once(a).unwrap();
            let negative = values.iter().filter(|value| **value < 0.0).count();
            assert_eq!(factor.inertia().negative, negative);
        }
        // Singular: twice the same rows.
        let twice = symmetric(n, |i, j| noise[(i / 2, j / 2)] + noise[(j / 2, i / 2)]);
        let inertia = Lblt::new(&twice).unwrap().inertia();
        assert_eq!(inertia.positive + inertia.negative + inertia.zero, n);
        let none = symmetric(n, |_, _| 0.0);
        assert_eq!(Lblt::new(&none).unwrap().inertia().zero, n);
    }

    #[test]
    fn panels_give_the_factor_of_the_whole() {
        let n = 600;
        let mut random = Random::new(5);
        let noise: Matrix = Matrix::from_fn(n, n, |_, _| random.normal());
        let a = symmetric(n, |i, j| noise[(i, j)] + if i == j { 60.0 } else { 0.0 });
        let factor = Cholesky::new(&a).unwrap();
        let lower = factor.lower();
        for j in (0..n).step_by(7) {
            for i in (j..n).step_by(11) {
                let product: f64 = (0..=j).map(|k| lower[(i, k)] * lower[(j, k)]).sum();
                assert!((product - a[(i, j)]).abs() < 1e-12, "{i} {j}");
            }
            assert!(lower.column(j)[..j].iter().all(|&l| l == 0.0));
        }
        let mut indefinite = a;
        indefinite[(300, 300)] = -1.0;
        let error = Cholesky::new(&indefinite).unwrap_err();
        assert_eq!(error, FactorizationError::NotPositiveDefinite { pivot: 300 });
    }
}
