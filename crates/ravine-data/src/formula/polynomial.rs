//! Orthonormal polynomials.

/// Polynomials p_1, ..., p_d of degrees 1 to d, orthonormal over the points that they were fitted to, and
/// orthogonal to the constant there: sum_i p_j(x_i) p_k(x_i) = [j = k], sum_i p_j(x_i) = 0.
///
/// By the recurrence of three terms (Stieltjes): q_0 = 1, q_(k+1)(x) = (x - a_k) q_k(x) - b_k q_(k-1)(x)
/// with a_k = sum x q_k^2 / sum q_k^2 and b_k = sum q_k^2 / sum q_(k-1)^2; then p_k = q_k / norm of q_k.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Polynomial {
    /// a_k
    pub centers: Vec<f64>,
    /// sum q_k^2, k from 0
    pub squares: Vec<f64>,
    /// What the variable is shifted and divided by before, so that squares of large numbers stay finite.
    pub origin: f64,
    pub unit: f64,
}

impl Polynomial {
    /// To points of which more than `degree` are different; `None` where there are not so many.
    pub(super) fn fit(points: &[f64], degree: usize) -> Option<Self> {
        let count = points.len() as f64;
        let origin = points.iter().map(|x| x / count).sum::<f64>();
        let unit = points.iter().fold(0.0, |most: f64, x| most.max((x - origin).abs()));
        if !(unit > 0.0 && unit.is_finite()) && degree > 0 {
            return None;
        }
        let x: Vec<f64> = points.iter().map(|x| (x - origin) / unit).collect();
        let mut before = vec![0.0; x.len()];
        let mut current = vec![1.0; x.len()];
        let (mut centers, mut squares) = (Vec::new(), vec![count]);
        for k in 0..degree {
            let square = squares[k];
            let weighted: f64 = x.iter().zip(&current).map(|(x, q)| x * q * q).sum();
            let center = weighted / square;
            let ratio = if k == 0 { 0.0 } else { square / squares[k - 1] };
            let next: Vec<f64> =
                (0..x.len()).map(|i| (x[i] - center) * current[i] - ratio * before[i]).collect();
            before = std::mem::replace(&mut current, next);
            let next_square: f64 = current.iter().map(|q| q * q).sum();
            // With too few different points the next polynomial is zero on all of them.
            let size: f64 = x.iter().zip(&before).map(|(x, q)| (x * q).powi(2)).sum();
            if next_square.is_nan() || next_square <= 1e-24 * size.max(square * 1e-6) {
                return None;
            }
            centers.push(center);
            squares.push(next_square);
        }
        Some(Self { centers, squares, origin, unit })
    }

    /// p_1(x), ..., p_d(x).
    pub(super) fn values(&self, x: f64) -> Vec<f64> {
        let x = (x - self.origin) / self.unit;
        let (mut before, mut current) = (0.0, 1.0);
        (0..self.centers.len())
            .map(|k| {
                let ratio = if k == 0 { 0.0 } else { self.squares[k] / self.squares[k - 1] };
                let next = (x - self.centers[k]) * current - ratio * before;
                before = std::mem::replace(&mut current, next);
                current / self.squares[k + 1].sqrt()
            })
            .collect()
    }
}
