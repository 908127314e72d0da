//! The signs of eigenvalues.

/// How many eigenvalues are positive, negative, zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Inertia {
    /// The number of positive eigenvalues.
    pub positive: usize,
    /// The number of negative eigenvalues.
    pub negative: usize,
    /// The number of zero eigenvalues.
    pub zero: usize,
}

/// Counts the signs of the eigenvalues of a block diagonal matrix.
#[derive(Default)]
pub(super) struct BlockSigns {
    pub inertia: Inertia,
}

impl BlockSigns {
    /// Adds those of n rows with this diagonal and these entries below it.
    pub fn count(
        &mut self,
        n: usize,
        diagonal: impl Fn(usize) -> f64,
        below: impl Fn(usize) -> f64,
    ) {
        let mut j = 0;
        while j < n {
            if j + 1 < n && below(j) != 0.0 {
                // Pivoting leaves only blocks of negative determinant.
                let (a, b) = (diagonal(j), diagonal(j + 1));
                let (mean, radius) = (0.5 * (a + b), (0.5 * (a - b)).hypot(below(j)));
                self.add(mean + radius);
                self.add(mean - radius);
                j += 2;
            } else {
                self.add(diagonal(j));
                j += 1;
            }
        }
    }

    fn add(&mut self, eigenvalue: f64) {
        if eigenvalue > 0.0 {
            self.inertia.positive += 1;
        } else if eigenvalue < 0.0 {
            self.inertia.negative += 1;
        } else {
            self.inertia.zero += 1;
        }
    }
}
