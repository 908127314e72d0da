//! Products as passes over the rows, tile by tile, all blocks of columns in turn.

use ravine_linalg::Threads;
use ravine_linalg::matrix::{Matrix, SparseRows};
use ravine_linalg::vector::{axpy, dot};

use super::blocks::{Block, Blocks};
use super::codes::{Code, Codes, with_codes};

/// Most rows of a tile: numbers a row of it stay in the first cache.
const ROWS: usize = 1024;
/// Numbers of a dense tile that stays in the second cache.
const PANEL: usize = 1 << 17;
/// Sums over the rows of categories of at most so many levels are kept in several copies: an addition to
/// the same number waits for the one before.
const FEW: usize = 256;
/// So many copies.
const COPIES: usize = 4;

/// Columns side by side, with the places of their coefficients and of their sums. A row without a level
/// has a coefficient of its own, which is zero, and a sum that nobody reads: no row is a special case.
pub(super) struct Pass<'a> {
    rows: usize,
    tile: usize,
    parts: Vec<Part<'a>>,
    places: usize,
    slots: usize,
    /// What a row costs.
    operations: usize,
}

struct Part<'a> {
    kind: Kind<'a>,
    /// The first column and the number of columns.
    column: usize,
    columns: usize,
    /// The first coefficient.
    place: usize,
    /// The first sum.
    slot: usize,
    copies: usize,
}

#[derive(Clone, Copy)]
enum Kind<'a> {
    Dense(&'a Matrix),
    Sparse(&'a SparseRows),
    Codes(&'a Codes),
}

impl Blocks {
    /// `y = X w`.
    pub(super) fn multiply(&self, w: &[f64], y: &mut [f64]) {
        product_of(&Pass::new(self), w, y);
    }

    /// `g = X'r`.
    pub(super) fn multiply_transposed(&self, r: &[f64], g: &mut [f64]) {
        gradient_of(&Pass::new(self), r, g);
    }
}

impl<'a> Pass<'a> {
    /// Over all blocks.
    pub(super) fn new(blocks: &'a Blocks) -> Self {
        let kind = |block: &'a Block| match block {
            Block::Dense(matrix) => Kind::Dense(matrix),
            Block::Sparse(values) => Kind::Sparse(values),
            Block::Codes(codes) => Kind::Codes(codes),
        };
        Self::over(blocks.rows(), blocks.all().iter().map(kind))
    }

    pub(super) fn dense(matrix: &'a Matrix) -> Self {
        Self::over(matrix.rows(), std::iter::once(Kind::Dense(matrix)))
    }

    pub(super) fn sparse(values: &'a SparseRows) -> Self {
        Self::over(values.rows(), std::iter::once(Kind::Sparse(values)))
    }

    fn over(rows: usize, kinds: impl Iterator<Item = Kind<'a>>) -> Self {
        let mut pass =
            Self { rows, tile: ROWS, parts: Vec::new(), places: 0, slots: 0, operations: 1 };
        let mut column = 0;
        let mut dense = 0;
        for kind in kinds {
            let (columns, stored) = match kind {
                Kind::Dense(matrix) => (matrix.columns(), matrix.columns()),
                Kind::Sparse(values) => (values.columns(), values.stored() / rows.max(1)),
                Kind::Codes(codes) => (codes.levels(), 1),
            };
            let (places, copies) = match kind {
                Kind::Codes(_) if columns <= FEW => (columns + 1, COPIES),
                Kind::Codes(_) => (columns + 1, 1),
                _ => (columns, 1),
            };
            if let Kind::Dense(_) = kind {
                dense += columns;
            }
            let (place, slot) = (pass.places, pass.slots);
            pass.parts.push(Part { kind, column, columns, place, slot, copies });
            column += columns;
            pass.places += places;
            pass.slots += places * copies;
            pass.operations += stored;
        }
        pass.tile = (PANEL / dense.max(1)).clamp(64, ROWS);
        pass
    }

    /// The coefficients at their places.
    fn placed(&self, w: &[f64]) -> Vec<f64> {
        let mut placed = vec![0.0; self.places];
        for part in &self.parts {
            placed[part.place..part.place + part.columns]
                .copy_from_slice(&w[part.column..part.column + part.columns]);
        }
        placed
    }

    /// The sums of the columns, copies added up.
    fn collect(&self, slots: &[f64], g: &mut [f64]) {
        for part in &self.parts {
            let g = &mut g[part.column..part.column + part.columns];
            let stride = part.columns + 1;
            g.copy_from_slice(&slots[part.slot..part.slot + part.columns]);
            for copy in 1..part.copies {
                let first = part.slot + copy * stride;
                let copy = &slots[first..first + part.columns];
                g.iter_mut().zip(copy).for_each(|(g, c)| *g += c);
            }
        }
    }

    /// `y += X w` over the rows from `first` on, the coefficients at their places.
    fn add(&self, placed: &[f64], first: usize, y: &mut [f64]) {
        let rows = first..first + y.len();
        for part in &self.parts {
            let w = &placed[part.place..];
            match part.kind {
                Kind::Dense(matrix) => {
                    for (j, &w) in w[..part.columns].iter().enumerate() {
                        axpy(y, w, &matrix.column(j)[rows.clone()]);
                    }
                }
                Kind::Sparse(values) => {
                    for (i, y) in rows.clone().zip(&mut *y) {
                        let (columns, entries) = values.row(i);
                        let terms = columns.iter().zip(entries);
                        *y += terms.map(|(&j, x)| w[j as usize] * x).sum::<f64>();
                    }
                }
                Kind::Codes(codes) => {
                    let values = codes.values().map(|values| &values[rows.clone()]);
                    let w = &w[..=part.columns];
                    with_codes!(codes.numbers(), codes => gather(&codes[rows.clone()], values, w, y));
                }
            }
        }
    }

    /// Adds `X'r` over the rows from `first` on to the sums.
    fn add_transposed(&self, r: &[f64], first: usize, slots: &mut [f64]) {
        let rows = first..first + r.len();
        for part in &self.parts {
            let slots = &mut slots[part.slot..];
            match part.kind {
                Kind::Dense(matrix) => {
                    for (j, slot) in slots[..part.columns].iter_mut().enumerate() {
                        *slot += dot(&matrix.column(j)[rows.clone()], r);
                    }
                }
                Kind::Sparse(values) => {
                    for (i, r) in rows.clone().zip(r) {
                        let (columns, entries) = values.row(i);
                        for (&j, x) in columns.iter().zip(entries) {
                            slots[j as usize] += r * x;
                        }
                    }
                }
                Kind::Codes(codes) => {
                    let values = codes.values().map(|values| &values[rows.clone()]);
                    let slots = &mut slots[..part.copies * (part.columns + 1)];
                    let several = part.copies > 1;
                    with_codes!(codes.numbers(), codes => {
                        let codes = &codes[rows.clone()];
                        match (values, several) {
                            (Some(values), _) => scatter_times(codes, values, r, slots),
                            (None, true) => scatter_apart(codes, r, slots),
                            (None, false) => scatter(codes, r, slots),
                        }
                    });
                }
            }
        }
    }

    /// As many rows as a thread takes.
    fn share(&self) -> usize {
        let parts = Threads::current().parts(2 * self.operations * self.rows);
        self.rows.div_ceil(parts).max(1).next_multiple_of(self.tile)
    }
}

fn gather<C: Code>(codes: &[C], values: Option<&[f64]>, w: &[f64], y: &mut [f64]) {
    let rows = y.iter_mut().zip(codes);
    match values {
        None => rows.for_each(|(y, code)| *y += w[code.index()]),
        Some(values) => rows.zip(values).for_each(|((y, code), x)| *y += x * w[code.index()]),
    }
}

fn scatter<C: Code>(codes: &[C], r: &[f64], sums: &mut [f64]) {
    codes.iter().zip(r).for_each(|(code, r)| sums[code.index()] += r);
}

fn scatter_times<C: Code>(codes: &[C], values: &[f64], r: &[f64], sums: &mut [f64]) {
    let rows = codes.iter().zip(values).zip(r);
    rows.for_each(|((code, x), r)| sums[code.index()] += x * r);
}

/// Every fourth row to the same copy of the sums.
fn scatter_apart<C: Code>(codes: &[C], r: &[f64], sums: &mut [f64]) {
    let (left, right) = sums.split_at_mut(sums.len() / 2);
    let (a, b) = left.split_at_mut(left.len() / 2);
    let (c, d) = right.split_at_mut(right.len() / 2);
    let mut codes = codes.chunks_exact(COPIES);
    let mut r = r.chunks_exact(COPIES);
    for (codes, r) in (&mut codes).zip(&mut r) {
        a[codes[0].index()] += r[0];
        b[codes[1].index()] += r[1];
        c[codes[2].index()] += r[2];
        d[codes[3].index()] += r[3];
    }
    scatter(codes.remainder(), r.remainder(), a);
}

/// `y = X w`.
pub(super) fn product_of(pass: &Pass<'_>, w: &[f64], y: &mut [f64]) {
    let (placed, size) = (pass.placed(w), pass.share());
    let of_part = |(k, y): (usize, &mut [f64])| {
        for (l, y) in y.chunks_mut(pass.tile).enumerate() {
            y.fill(0.0);
            pass.add(&placed, k * size + l * pass.tile, y);
        }
    };
    Threads::each(y.chunks_mut(size).enumerate().collect(), of_part);
}

/// `g = X'r`.
pub(super) fn gradient_of(pass: &Pass<'_>, r: &[f64], g: &mut [f64]) {
    let size = pass.share();
    let of_part = |(k, r): (usize, &[f64])| {
        let mut slots = vec![0.0; pass.slots];
        for (l, r) in r.chunks(pass.tile).enumerate() {
            pass.add_transposed(r, k * size + l * pass.tile, &mut slots);
        }
        slots
    };
    let sums = Threads::each(r.chunks(size).enumerate().collect(), of_part);
    pass.collect(&added(sums, pass.slots), g);
}

/// `g = X'r` with `r = diag(d) (X w + c)`, in one pass: each row is read once. Gives the sum of r.
pub(super) fn gram_product(
    pass: &Pass<'_>,
    d: &[f64],
    constant: f64,
    w: &[f64],
    g: &mut [f64],
) -> f64 {
    let (placed, size) = (pass.placed(w), pass.share());
    let of_part = |(k, d): (usize, &[f64])| {
        let mut slots = vec![0.0; pass.slots + 1];
        let mut tile = [0.0; ROWS];
        let mut total = 0.0;
        for (l, d) in d.chunks(pass.tile).enumerate() {
            let first = k * size + l * pass.tile;
            let r = &mut tile[..d.len()];
            r.fill(constant);
            pass.add(&placed, first, r);
            r.iter_mut().zip(d).for_each(|(r, d)| *r *= d);
            total += r.iter().sum::<f64>();
            pass.add_transposed(r, first, &mut slots);
        }
        slots[pass.slots] = total;
        slots
    };
    let sums = Threads::each(d.chunks(size).enumerate().collect(), of_part);
    let slots = added(sums, pass.slots + 1);
    pass.collect(&slots, g);
    slots[pass.slots]
}

/// The sums of all threads, in their order.
fn added(sums: Vec<Vec<f64>>, length: usize) -> Vec<f64> {
    let all = sums.into_iter().reduce(|mut all, sum| {
        axpy(&mut all, 1.0, &sum);
        all
    });
    all.unwrap_or_else(|| vec![0.0; length])
}
