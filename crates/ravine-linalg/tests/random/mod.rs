//! Random matrices with chosen spectra.
#![allow(dead_code, reason = "each test uses a part")]

use ravine_linalg::matrix::Matrix;

/// Entries uniform in (-1, 1).
pub struct Random(ravine_linalg::random::Random);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(ravine_linalg::random::Random::new(seed))
    }

    /// Uniform in (-1, 1).
    pub fn uniform(&mut self) -> f64 {
        2.0 * self.0.uniform() - 1.0
    }

    pub fn vector(&mut self, n: usize) -> Vec<f64> {
        (0..n).map(|_| self.uniform()).collect()
    }
}

/// `Q diag(spectrum) Q'` with a random orthogonal Q, exactly symmetric.
pub fn symmetric_with_spectrum(spectrum: &[f64], random: &mut Random) -> Matrix {
    let q = orthogonal(spectrum.len(), random);
    conjugated(&q, spectrum)
}

/// `Q diag(spectrum) Q'`, exactly symmetric.
pub fn conjugated(q: &Matrix, spectrum: &[f64]) -> Matrix {
    let n = spectrum.len();
    let entry = |i: usize, j: usize| (0..n).map(|k| q[(i, k)] * spectrum[k] * q[(j, k)]).sum();
    let mut a = Matrix::zeros(n, n);
    for j in 0..n {
        for i in j..n {
            let value = entry(i, j);
            a[(i, j)] = value;
            a[(j, i)] = value;
        }
    }
    a
}

/// A random orthogonal matrix: Gram-Schmidt, twice.
pub fn orthogonal(n: usize, random: &mut Random) -> Matrix {
    let mut q = Matrix::zeros(n, n);
    for j in 0..n {
        let mut v = random.vector(n);
        for _ in 0..2 {
            for k in 0..j {
                let projection = dot(&v, q.column(k));
                v.iter_mut().zip(q.column(k)).for_each(|(v, q)| *v -= projection * q);
            }
        }
        let norm = dot(&v, &v).sqrt();
        q.column_mut(j).iter_mut().zip(&v).for_each(|(q, v)| *q = v / norm);
    }
    q
}

pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let mut c = Matrix::zeros(a.rows(), b.columns());
    for j in 0..b.columns() {
        a.multiply(b.column(j), c.column_mut(j));
    }
    c
}

pub fn max_difference(a: &Matrix, b: &Matrix) -> f64 {
    a.entries().iter().zip(b.entries()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}
