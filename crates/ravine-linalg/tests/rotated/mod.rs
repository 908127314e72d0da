//! Large symmetric operators with known eigenvalues.

use ravine_linalg::Interrupt;
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::random::Random;

/// `Q diag(lambda) Q'` with a random orthogonal Q that mixes all coordinates: some layers of plane
/// rotations of random pairs by random angles. A product costs O(n log n).
pub struct Rotated {
    eigenvalues: Vec<f64>,
    layers: Vec<Vec<(usize, usize, f64, f64)>>,
}

impl Rotated {
    pub fn new(eigenvalues: Vec<f64>, seed: u64) -> Self {
        let n = eigenvalues.len();
        let mut random = Random::new(seed);
        let depth = if n > 1 { 3 + n.ilog2() } else { 0 };
        let layers = (0..depth)
            .map(|_| {
                let mut order: Vec<usize> = (0..n).collect();
                (1..n).rev().for_each(|i| order.swap(i, random.below(i + 1)));
                order
                    .chunks_exact(2)
                    .map(|pair| {
                        let (sine, cosine) = (std::f64::consts::TAU * random.uniform()).sin_cos();
                        (pair[0], pair[1], cosine, sine)
                    })
                    .collect()
            })
            .collect();
        Self { eigenvalues, layers }
    }

    pub fn eigenvalues(&self) -> &[f64] {
        &self.eigenvalues
    }
}

impl LinearOperator<Vec<f64>> for Rotated {
    fn dimension(&self) -> usize {
        self.eigenvalues.len()
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        y.copy_from_slice(x);
        for &(i, j, c, s) in self.layers.iter().flatten() {
            (y[i], y[j]) = (c * y[i] + s * y[j], c * y[j] - s * y[i]);
        }
        y.iter_mut().zip(&self.eigenvalues).for_each(|(y, lambda)| *y *= lambda);
        for &(i, j, c, s) in self.layers.iter().rev().flatten() {
            (y[i], y[j]) = (c * y[i] - s * y[j], c * y[j] + s * y[i]);
        }
        Ok(())
    }
}
