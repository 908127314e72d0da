//! What reorthogonalization takes away from the recurrence.

/// The matrix F of `A V = V T + beta v_{m+1} e_m' + F`: of each column the part in the span of V, and
/// how much a restart has left outside.
#[derive(Clone, Debug, Default)]
pub(super) struct Losses {
    /// Coefficients in V, by columns.
    inside: Vec<Vec<f64>>,
    /// Estimates of the lengths of the columns outside the span, as if of random directions.
    outside: Vec<f64>,
    /// A bound of the Frobenius norm of what is outside.
    total: f64,
}

impl Losses {
    /// One more column, zero.
    pub fn push(&mut self) {
        self.inside.push(Vec::new());
        self.outside.push(0.0);
    }

    /// Adds coefficients in V to column j.
    pub fn add(&mut self, j: usize, coefficients: &[f64]) {
        let column = &mut self.inside[j];
        column.resize(coefficients.len().max(column.len()), 0.0);
        column.iter_mut().zip(coefficients).for_each(|(c, add)| *c += add);
    }

    /// An estimate of the part of column i outside the span of V.
    pub fn outside(&self, i: usize) -> f64 {
        self.outside[i]
    }

    /// A bound of `|F y|`.
    pub fn norm(&self, y: &[f64]) -> f64 {
        length(&self.inside_times(y)) + self.total * length(y)
    }

    /// The basis becomes V Y, with the columns of Y, m entries each, one after another.
    pub fn restart(&mut self, m: usize, vectors: &[f64]) {
        let columns = || vectors.chunks_exact(m);
        let mut kept = Self::default();
        let mut added = 0.0f64;
        for y in columns() {
            let mut rest = self.inside_times(y);
            let coefficients: Vec<f64> =
                columns().map(|z| z.iter().zip(&rest).map(|(z, r)| z * r).sum()).collect();
            for (z, c) in columns().zip(&coefficients) {
                rest.iter_mut().zip(z).for_each(|(r, z)| *r -= c * z);
            }
            kept.inside.push(coefficients);
            let rest = length(&rest);
            added = added.hypot(rest);
            kept.outside.push(rest.hypot(self.outside_times(y)));
        }
        kept.total = self.total + added;
        *self = kept;
    }

    fn inside_times(&self, y: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; y.len()];
        for (column, y) in self.inside.iter().zip(y) {
            sum.iter_mut().zip(column).for_each(|(s, c)| *s += c * y);
        }
        sum
    }

    fn outside_times(&self, y: &[f64]) -> f64 {
        self.outside.iter().zip(y).fold(0.0, |l: f64, (o, y)| l.hypot(o * y))
    }
}

fn length(v: &[f64]) -> f64 {
    v.iter().fold(0.0, |l: f64, v| l.hypot(*v))
}
