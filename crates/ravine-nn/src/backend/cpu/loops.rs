//! Loops over entries: vectorized, and split among threads where that is worth it.

use ravine_linalg::{Threads, widest};

use crate::backend::{Elementary, Onto};

/// Elementary operations that an entry takes at most, a guess: less than a thread's start decides nothing.
const COST: usize = 2;

/// The loop over some of the entries, compiled for the widest instructions. The function is handed on by value: read
/// through a reference, what it holds could be changed by what the loop writes.
#[inline(always)]
fn each<T: Elementary, X: Copy>(
    out: &mut [T],
    inputs: impl Iterator<Item = X>,
    onto: Onto,
    f: impl Fn(X) -> T + Copy,
) {
    widest(
        #[inline(always)]
        move || match onto {
            Onto::Set => out.iter_mut().zip(inputs).for_each(|(o, x)| *o = f(x)),
            Onto::Add => out.iter_mut().zip(inputs).for_each(|(o, x)| *o += f(x)),
        },
    );
}

fn parts(length: usize) -> usize {
    Threads::current().parts(length * COST).max(1)
}

/// `out_i = [out_i +] f(x_i)`.
#[inline(always)]
pub fn map<T: Elementary>(x: &[T], onto: Onto, out: &mut [T], f: impl Fn(T) -> T + Copy + Sync) {
    assert_eq!(x.len(), out.len());
    let work = move |(out, x): (&mut [T], &[T])| each(out, x.iter(), onto, move |&x| f(x));
    match parts(out.len()) {
        1 => work((out, x)),
        parts => {
            let size = out.len().div_ceil(parts);
            Threads::each(out.chunks_mut(size).zip(x.chunks(size)).collect(), work);
        }
    }
}

/// `out_i = [out_i +] f(x_i, y_i)`.
#[inline(always)]
pub fn map2<T: Elementary>(
    x: &[T],
    y: &[T],
    onto: Onto,
    out: &mut [T],
    f: impl Fn(T, T) -> T + Copy + Sync,
) {
    assert_eq!([x.len(), y.len()], [out.len(); 2]);
    let work = move |(out, (x, y)): (&mut [T], (&[T], &[T]))| {
        each(out, x.iter().zip(y), onto, move |(&x, &y)| f(x, y));
    };
    match parts(out.len()) {
        1 => work((out, (x, y))),
        parts => {
            let size = out.len().div_ceil(parts);
            let inputs = x.chunks(size).zip(y.chunks(size));
            Threads::each(out.chunks_mut(size).zip(inputs).collect(), work);
        }
    }
}

/// `out_i = [out_i +] f(x_i, y_i, z_i)`.
#[inline(always)]
pub fn map3<T: Elementary>(
    x: &[T],
    y: &[T],
    z: &[T],
    onto: Onto,
    out: &mut [T],
    f: impl Fn(T, T, T) -> T + Copy + Sync,
) {
    assert_eq!([x.len(), y.len(), z.len()], [out.len(); 3]);
    type Inputs<'a, T> = ((&'a [T], &'a [T]), &'a [T]);
    let work = move |(out, ((x, y), z)): (&mut [T], Inputs<'_, T>)| {
        each(out, x.iter().zip(y).zip(z), onto, move |((&x, &y), &z)| f(x, y, z));
    };
    match parts(out.len()) {
        1 => work((out, ((x, y), z))),
        parts => {
            let size = out.len().div_ceil(parts);
            let inputs = x.chunks(size).zip(y.chunks(size)).zip(z.chunks(size));
            Threads::each(out.chunks_mut(size).zip(inputs).collect(), work);
        }
    }
}

/// `out_i = [out_i +] f(v_i, w_i, x_i, y_i)`.
#[inline(always)]
pub fn map4<T: Elementary>(
    [v, w, x, y]: [&[T]; 4],
    onto: Onto,
    out: &mut [T],
    f: impl Fn(T, T, T, T) -> T + Copy + Sync,
) {
    assert_eq!([v.len(), w.len(), x.len(), y.len()], [out.len(); 4]);
    type Inputs<'a, T> = (((&'a [T], &'a [T]), &'a [T]), &'a [T]);
    let work = move |(out, (((v, w), x), y)): (&mut [T], Inputs<'_, T>)| {
        let inputs = v.iter().zip(w).zip(x).zip(y);
        each(out, inputs, onto, move |(((&v, &w), &x), &y)| f(v, w, x, y));
    };
    match parts(out.len()) {
        1 => work((out, (((v, w), x), y))),
        parts => {
            let size = out.len().div_ceil(parts);
            let inputs = v.chunks(size).zip(w.chunks(size)).zip(x.chunks(size)).zip(y.chunks(size));
            Threads::each(out.chunks_mut(size).zip(inputs).collect(), work);
        }
    }
}

/// `out_j = [out_j +] factor sum_k f(x_kj, y_kj)` over rows as long as `out`; sums are in blocks of rows,
/// so that none has many terms of one precision.
#[inline(always)]
pub fn sum_rows<T: Elementary>(
    x: &[T],
    y: &[T],
    factor: T,
    onto: Onto,
    out: &mut [T],
    f: impl Fn(T, T) -> T + Copy,
) {
    /// Rows of a block.
    const BLOCK: usize = 64;
    let width = out.len();
    if onto == Onto::Set {
        out.fill(T::ZERO);
    }
    if width == 0 {
        return;
    }
    assert_eq!([x.len() % width, y.len() % width], [0, 0]);
    let mut sums = vec![T::ZERO; width];
    for (x, y) in x.chunks(BLOCK * width).zip(y.chunks(BLOCK * width)) {
        sums.fill(T::ZERO);
        for (x, y) in x.chunks_exact(width).zip(y.chunks_exact(width)) {
            each(&mut sums, x.iter().zip(y), Onto::Add, move |(&x, &y)| f(x, y));
        }
        each(out, sums.iter(), Onto::Add, move |&s| factor * s);
    }
}

/// Splits rows among threads: `work` gets some rows of each.
pub fn by_rows<T: Elementary>(
    (width, out_width): (usize, usize),
    x: &[T],
    out: &mut [T],
    work: impl Fn(&[T], &mut [T]) + Sync,
) {
    let rows = x.len() / width.max(1);
    assert_eq!([rows * width, rows * out_width], [x.len(), out.len()]);
    let parts = parts(x.len()).min(rows.max(1));
    if parts < 2 || out_width == 0 {
        return work(x, out);
    }
    let size = rows.div_ceil(parts);
    let pieces = out.chunks_mut(size * out_width).zip(x.chunks(size * width));
    Threads::each(pieces.collect(), |(out, x): (&mut [T], &[T])| work(x, out));
}

/// Copies the lower triangle of a square matrix by rows into the upper one, tile by tile: what is read along a row
/// and written along a column stays in the cache.
pub fn mirror<T: Copy>(n: usize, c: &mut [T]) {
    /// Rows and columns of a tile.
    const TILE: usize = 32;
    for top in (0..n).step_by(TILE) {
        for left in (0..=top).step_by(TILE) {
            for i in top..(top + TILE).min(n) {
                for j in left..(left + TILE).min(i) {
                    c[j * n + i] = c[i * n + j];
                }
            }
        }
    }
}
