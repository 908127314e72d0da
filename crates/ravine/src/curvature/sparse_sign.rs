//! Random embeddings with few signs a column.

use ravine_linalg::matrix::Matrix;
use ravine_linalg::random::Random;

/// A random m by N matrix S with k entries `1/sqrt(k)` or `-1/sqrt(k)` in every column, each in a
/// stripe of `m / k` rows of its own: `E S'S = I`. Its columns are drawn as they are needed.
///
/// Source: Nelson and Nguyen, OSNAP: faster numerical linear algebra algorithms via sparser
/// subspace embeddings (2013), the block construction; `k = 1` is the count sketch of Clarkson and
/// Woodruff (2013).
#[derive(Clone, Debug, Default)]
pub(super) struct SparseSign {
    /// The places of the entries of one column after the other, k each.
    places: Vec<u32>,
    /// Their signs, scaled.
    signs: Vec<f64>,
}

impl SparseSign {
    /// `sketched += S_B B` for a block B of rows, with new columns of S.
    pub(super) fn add(
        &mut self,
        block: &Matrix,
        entries: usize,
        random: &mut Random,
        sketched: &mut Matrix,
    ) {
        let m = sketched.rows();
        let k = entries.min(m).max(1);
        let size = 1.0 / (k as f64).sqrt();
        self.places.clear();
        self.signs.clear();
        for _ in 0..block.rows() {
            for stripe in 0..k {
                let (first, end) = (stripe * m / k, (stripe + 1) * m / k);
                self.places.push((first + random.below(end - first)) as u32);
                self.signs.push(if random.bits() >> 63 == 0 { size } else { -size });
            }
        }
        for j in 0..block.columns() {
            let target = sketched.column_mut(j);
            let columns = self.places.chunks_exact(k).zip(self.signs.chunks_exact(k));
            for (&b, (places, signs)) in block.column(j).iter().zip(columns) {
                for (&place, sign) in places.iter().zip(signs) {
                    target[place as usize] += sign * b;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SparseSign;
    use ravine_linalg::matrix::Matrix;
    use ravine_linalg::random::Random;

    #[test]
    fn columns_have_norm_one_and_the_mean_of_the_square_is_the_identity() {
        let (n, m, trials) = (6, 10, 4000);
        let identity = Matrix::identity(n);
        let (mut random, mut sign) = (Random::new(3), SparseSign::default());
        for entries in [1, 3, 20] {
            let mut mean = Matrix::zeros(n, n);
            for _ in 0..trials {
                // In two blocks.
                let mut s = Matrix::zeros(m, n);
                for rows in [0..2, 2..n] {
                    let block =
                        Matrix::from_fn(rows.len(), n, |i, j| identity[(rows.start + i, j)]);
                    sign.add(&block, entries, &mut random, &mut s);
                }
                for j in 0..n {
                    let stored = s.column(j).iter().filter(|v| **v != 0.0).count();
                    assert_eq!(stored, entries.min(m));
                    let norm: f64 = s.column(j).iter().map(|v| v * v).sum();
                    assert!((norm - 1.0).abs() < 1e-14);
                }
                mean.add_gram(&s);
            }
            for j in 0..n {
                for i in j + 1..n {
                    // Four standard errors of products with variance at most 1 / m.
                    let off = mean[(i, j)] / f64::from(trials);
                    assert!(off.abs() < 4.0 / f64::from(trials * m as i32).sqrt(), "{off}");
                }
            }
        }
    }
}
