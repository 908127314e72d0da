//! Eigenvalues of tridiagonal matrices: divide and conquer.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use super::view;
use crate::matrix::{FactorizationError, Matrix, TridiagonalEigen, ascending};
use crate::vector::Scalar;
use crate::{Interrupt, Watch};

/// Why there are no eigenvalues.
#[derive(Debug)]
pub(super) enum Ended {
    Interrupted(Interrupt),
    Failed(FactorizationError),
}

impl From<Interrupt> for Ended {
    fn from(interrupt: Interrupt) -> Self {
        Self::Interrupted(interrupt)
    }
}

/// Eigenvectors that are combined at once.
const CHUNK: usize = 64;

/// Iterations for one root; five or six are usual.
const MOST: usize = 100;

type Pairs<T> = (Vec<f64>, Matrix<T>);

/// Eigenvalues ascending, and eigenvectors in columns, of the tridiagonal matrix with these entries.
///
/// Cut in two by a change of rank one, `T = diag(T_1, T_2) + rho z z'`, it has the eigenvalues `lambda`
/// with `1 / rho + sum_j z_j^2 / (d_j - lambda) = 0`, where d are those of both halves and z is
/// written in their eigenvectors.
///
/// Sources: Cuppen, A divide and conquer method for the symmetric tridiagonal eigenproblem (1981); Gu
/// and Eisenstat, A divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem (1995).
pub(super) fn divide<T: Scalar>(
    diagonal: &[f64],
    beside: &[f64],
    leaf: usize,
    watch: Watch<'_>,
) -> Result<Pairs<T>, Ended> {
    let n = diagonal.len();
    if n <= leaf {
        let eigen = TridiagonalEigen::new(diagonal, beside, Matrix::identity(n));
        let eigen = eigen.map_err(Ended::Failed)?;
        let vectors = Matrix::from_fn(n, n, |i, j| T::narrow(eigen.rows()[(i, j)]));
        return Ok((eigen.values().to_vec(), vectors));
    }
    let half = n / 2;
    let coupling = beside[half - 1];
    let (mut upper, mut lower) = (diagonal[..half].to_vec(), diagonal[half..].to_vec());
    upper[half - 1] -= coupling.abs();
    lower[0] -= coupling.abs();
    let upper = divide(&upper, &beside[..half - 1], leaf, watch)?;
    let lower = divide(&lower, &beside[half..], leaf, watch)?;
    Ok(conquer(&upper, &lower, coupling, watch)?)
}

/// A rotation of the eigenvectors p and j of the halves: `c q_p + s q_j` and `c q_j - s q_p`.
struct Turn {
    p: usize,
    j: usize,
    cosine: f64,
    sine: f64,
}

/// What changes nothing more: z in the eigenvectors of the halves, without the entries that are
/// negligible or were turned into others of the same eigenvalue.
struct Deflated {
    d: Vec<f64>,
    z: Vec<f64>,
    /// The entries that are left, by ascending d.
    kept: Vec<usize>,
    turns: Vec<Turn>,
}

impl Deflated {
    /// Source: Gu and Eisenstat (1995), section 4, as in LAPACK's DLAED2.
    fn new(mut d: Vec<f64>, mut z: Vec<f64>, rho: f64, epsilon: f64) -> Self {
        let largest = |v: &[f64]| v.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let negligible = 8.0 * epsilon * largest(&d).max(largest(&z));
        let (mut kept, mut turns) = (Vec::new(), Vec::new());
        let mut last: Option<usize> = None;
        for j in ascending(&d) {
            if rho * z[j].abs() <= negligible {
                continue;
            }
            if let Some(p) = last {
                let both = z[p].hypot(z[j]);
                let (cosine, sine) = (z[j] / both, -z[p] / both);
                if ((d[j] - d[p]) * cosine * sine).abs() <= negligible {
                    (z[p], z[j]) = (0.0, both);
                    let (c2, s2) = (cosine * cosine, sine * sine);
                    (d[p], d[j]) = (d[p] * c2 + d[j] * s2, d[p] * s2 + d[j] * c2);
                    turns.push(Turn { p, j, cosine, sine });
                } else {
                    kept.push(p);
                }
            }
            last = Some(j);
        }
        kept.extend(last);
        Self { d, z, kept, turns }
    }
}

/// An eigenvector of the whole in those of the halves: column `of` of the secular equation's, or one
/// of the halves' that is left, turned or not.
#[derive(Clone, Copy)]
enum Source {
    Root(usize),
    Turned(usize),
    Left(usize),
}

fn conquer<T: Scalar>(
    upper: &Pairs<T>,
    lower: &Pairs<T>,
    coupling: f64,
    watch: Watch<'_>,
) -> Result<Pairs<T>, Interrupt> {
    let (n1, n2) = (upper.0.len(), lower.0.len());
    let n = n1 + n2;
    let share = std::f64::consts::FRAC_1_SQRT_2;
    let d: Vec<f64> = upper.0.iter().chain(&lower.0).copied().collect();
    let last_row = (0..n1).map(|j| share * upper.1[(n1 - 1, j)].wide());
    let first_row = (0..n2).map(|j| share.copysign(coupling) * lower.1[(0, j)].wide());
    let rho = 2.0 * coupling.abs();
    let Deflated { d, z, kept, turns } =
        Deflated::new(d, last_row.chain(first_row).collect(), rho, T::EPSILON);

    let secular = Secular::new(
        kept.iter().map(|&j| d[j]).collect(),
        kept.iter().map(|&j| z[j]).collect(),
        rho,
        watch,
    )?;
    let mut is_kept = vec![false; n];
    kept.iter().for_each(|&j| is_kept[j] = true);
    let mut is_turned = vec![false; n];
    turns.iter().for_each(|turn| (is_turned[turn.p], is_turned[turn.j]) = (true, true));

    let roots = (0..kept.len()).map(|i| (secular.root(i), Source::Root(i)));
    let left = (0..n)
        .filter(|&j| !is_kept[j])
        .map(|j| (d[j], if is_turned[j] { Source::Turned(j) } else { Source::Left(j) }));
    let (values, sources): (Vec<f64>, Vec<Source>) = roots.chain(left).unzip();
    let order = ascending(&values);

    let mut vectors = Matrix::filled(n, n, T::ZERO);
    let mut combined = Vec::with_capacity(CHUNK);
    let mut room = [vec![T::ZERO; n * CHUNK], vec![T::ZERO; n * CHUNK]];
    for (place, &source) in order.iter().enumerate() {
        match sources[source] {
            Source::Left(j) if j < n1 => {
                vectors.column_mut(place)[..n1].copy_from_slice(upper.1.column(j));
            }
            Source::Left(j) => {
                vectors.column_mut(place)[n1..].copy_from_slice(lower.1.column(j - n1));
            }
            source => combined.push((place, source)),
        }
    }
    for chunk in combined.chunks(CHUNK) {
        watch.ask()?;
        let [coefficients, products] = &mut room;
        for (column, &(_, source)) in coefficients.chunks_exact_mut(n).zip(chunk) {
            column.fill(T::ZERO);
            match source {
                Source::Root(i) => secular.vector(i, &kept, column),
                Source::Turned(j) | Source::Left(j) => column[j] = T::ONE,
            }
            for &Turn { p, j, cosine, sine } in turns.iter().rev() {
                let (x, y) = (column[p].wide(), column[j].wide());
                column[p] = T::narrow(cosine * x - sine * y);
                column[j] = T::narrow(sine * x + cosine * y);
            }
        }
        let many = chunk.len();
        let coefficients = MatRef::from_column_major_slice(&coefficients[..n * many], n, many);
        let product = MatMut::from_column_major_slice_mut(&mut products[..n * many], n, many);
        let (above, below) = product.split_at_row_mut(n1);
        let (of_upper, of_lower) = coefficients.split_at_row(n1);
        matmul(above, Accum::Replace, view(&upper.1), of_upper, T::ONE, Par::Seq);
        matmul(below, Accum::Replace, view(&lower.1), of_lower, T::ONE, Par::Seq);
        for (product, &(place, _)) in products.chunks_exact(n).zip(chunk) {
            vectors.column_mut(place).copy_from_slice(product);
        }
    }
    Ok((order.iter().map(|&i| values[i]).collect(), vectors))
}

/// The roots of `1 / rho + sum_j z_j^2 / (d_j - lambda)`, d ascending, between which they lie; the last
/// above all. Each is kept as its distance from the nearest of d, so that all differences are
/// exact to rounding.
struct Secular {
    d: Vec<f64>,
    /// The z for which these roots are exact (Gu and Eisenstat, section 3): with it the eigenvectors are
    /// orthogonal to rounding.
    z: Vec<f64>,
    origins: Vec<usize>,
    offsets: Vec<f64>,
}

impl Secular {
    fn new(d: Vec<f64>, z: Vec<f64>, rho: f64, watch: Watch<'_>) -> Result<Self, Interrupt> {
        let k = d.len();
        let mut secular =
            Self { d, z, origins: Vec::with_capacity(k), offsets: Vec::with_capacity(k) };
        let squares: Vec<f64> = secular.z.iter().map(|z| z * z).collect();
        let mut distances = vec![0.0; k];
        for i in 0..k {
            if i % CHUNK == 0 {
                watch.ask()?;
            }
            let (origin, offset) = find_root(&secular.d, &squares, 1.0 / rho, i, &mut distances);
            secular.origins.push(origin);
            secular.offsets.push(offset);
        }
        for i in 0..k {
            if i % CHUNK == 0 {
                watch.ask()?;
            }
            let here = secular.d[i];
            let mut product = 1.0;
            for j in 0..k {
                let distance = (secular.d[secular.origins[j]] - here) + secular.offsets[j];
                product *= if j == i { distance } else { distance / (secular.d[j] - here) };
            }
            secular.z[i] = product.abs().sqrt().copysign(secular.z[i]);
        }
        Ok(secular)
    }

    fn root(&self, i: usize) -> f64 {
        self.d[self.origins[i]] + self.offsets[i]
    }

    /// The eigenvector `z_j / (d_j - lambda_i)`, of length 1, at these places.
    fn vector<T: Scalar>(&self, i: usize, places: &[usize], column: &mut [T]) {
        let (origin, offset) = (self.d[self.origins[i]], self.offsets[i]);
        let entry = |j: usize| self.z[j] / ((self.d[j] - origin) - offset);
        let square: f64 = (0..places.len()).map(|j| entry(j).powi(2)).sum();
        let length = square.sqrt();
        for (j, &place) in places.iter().enumerate() {
            column[place] = T::narrow(entry(j) / length);
        }
    }
}

/// The sums over the poles up to the i-th, and over those above, with their slopes.
struct Sums {
    value: f64,
    slopes: [f64; 2],
    /// The rounding of the value.
    rounding: f64,
}

fn sums(distances: &[f64], squares: &[f64], inverse: f64, i: usize, offset: f64) -> Sums {
    let part = |range: std::ops::Range<usize>| {
        let (mut sum, mut slope) = (0.0, 0.0);
        for (distance, square) in distances[range.clone()].iter().zip(&squares[range]) {
            let reciprocal = 1.0 / (distance - offset);
            sum += square * reciprocal;
            slope += square * reciprocal * reciprocal;
        }
        (sum, slope)
    };
    let ((below, slope_below), (above, slope_above)) =
        (part(0..i + 1), part(i + 1..distances.len()));
    let rounding = f64::EPSILON
        * (8.0 * (above - below) + inverse + offset.abs() * (slope_below + slope_above));
    Sums { value: inverse + below + above, slopes: [slope_below, slope_above], rounding }
}

/// The i-th root, as the nearer of its two poles and the offset from there: each sum is replaced by a
/// constant and the pole next to the root, with the same value and slope; within a bracket.
///
/// Source: Li, Solving secular equations stably and efficiently (1993), the middle way.
fn find_root(
    d: &[f64],
    squares: &[f64],
    inverse: f64,
    i: usize,
    distances: &mut [f64],
) -> (usize, f64) {
    let k = d.len();
    let last = i + 1 == k;
    let measure = |from: f64, distances: &mut [f64]| {
        distances.iter_mut().zip(d).for_each(|(distance, d)| *distance = d - from);
    };
    measure(d[i], distances);
    let gap = if last { squares.iter().sum::<f64>() / inverse } else { d[i + 1] - d[i] };
    let (mut origin, mut low, mut high) = (i, 0.0, gap);
    let mut offset = if last { gap } else { 0.5 * gap };
    if !last && sums(distances, squares, inverse, i, offset).value < 0.0 {
        (origin, low, high, offset) = (i + 1, -gap, 0.0, -0.5 * gap);
        measure(d[origin], distances);
    }
    for _ in 0..MOST {
        let Sums { value, slopes, rounding } = sums(distances, squares, inverse, i, offset);
        if value.abs() <= rounding {
            break;
        }
        if value < 0.0 {
            low = offset;
        } else {
            high = offset;
        }
        let left = distances[i] - offset;
        let change = if last {
            left + slopes[0] * left * left / (value - slopes[0] * left)
        } else {
            let right = distances[i + 1] - offset;
            let a = (left + right) * value - left * right * (slopes[0] + slopes[1]);
            let b = left * right * value;
            let c = value - left * slopes[0] - right * slopes[1];
            let root = (a * a - 4.0 * b * c).abs().sqrt();
            if a <= 0.0 { (a - root) / (2.0 * c) } else { 2.0 * b / (a + root) }
        };
        let next = offset + change;
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        if next == offset {
            break;
        }
        offset = next;
    }
    (origin, offset)
}
