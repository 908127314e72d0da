//! Damped linear least squares within bounds.

use crate::curvature::weighted_length as length;
use ravine_linalg::matrix::{Damped, Matrix, Qr};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, Watch};

/// A multiplier this small against the terms that it is a sum of is rounding.
const ROUNDING: f64 = 16.0 * f64::EPSILON;

/// `min |A q - c|^2 + damping |W q|^2` over `lower <= q <= upper`, with zero between the bounds, for A in
/// orthogonal factors, where c is in the basis of Q, and a diagonal W.
///
/// An active set is walked, from q = 0: with the variables that are free, the minimizer z is found by
/// orthogonal factors of their columns of R. Where z is between the bounds, the variable whose
/// multiplier asks most for it is freed, until none does: the conditions of Karush, Kuhn and
/// Tucker then hold. Where z is not, q goes to the projection of z, if the model is no larger there
/// than at the first bound on the way to z, or else to that bound; what meets its bound is held.
/// Each move decreases the model, which makes the walk end.
///
/// Source: Stark and Parker, Bounded-variable least-squares: an algorithm and applications (1995);
/// the projection is of Bertsekas, Projected Newton methods (1982).
pub(super) struct Bounded<'a> {
    qr: &'a Qr,
    c: &'a [f64],
    /// The diagonal of W.
    weights: &'a [f64],
    lower: Vec<f64>,
    upper: Vec<f64>,
    /// The position of each column of A in R.
    positions: Vec<usize>,
    /// What was found for the last damping, where the next begins.
    q: Vec<f64>,
    free: Vec<bool>,
    /// The columns of the free variables, factored.
    factored: Option<Factored>,
    watch: Watch<'a>,
}

/// Orthogonal factors of the columns of some variables.
struct Factored {
    variables: Vec<usize>,
    qr: Qr,
}

/// A minimizer q, and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub q: Vec<f64>,
    /// `q'W^2 (A'A + damping W^2)^-1 W^2 q` on the free variables.
    pub form: f64,
    /// `q'A'c`.
    pub gain: f64,
    /// `|A q - c|^2`, less `|c|^2`, with the opposite sign: what the model without damping gains.
    pub decrease: f64,
}

impl<'a> Bounded<'a> {
    /// # Panics
    ///
    /// If the dimensions disagree.
    pub fn new(
        qr: &'a Qr,
        c: &'a [f64],
        weights: &'a [f64],
        lower: Vec<f64>,
        upper: Vec<f64>,
        watch: Watch<'a>,
    ) -> Self {
        let n = qr.columns();
        let mut positions = vec![0; n];
        for (position, &pivot) in qr.pivots().iter().enumerate() {
            positions[pivot] = position;
        }
        let c = &c[..qr.rows().min(n)];
        let mut problem = Self {
            qr,
            c,
            weights,
            lower,
            upper,
            positions,
            q: vec![0.0; n],
            free: vec![true; n],
            factored: None,
            watch,
        };
        let downhill = problem.transposed(c);
        for i in 0..n {
            let outward = if downhill[i] < 0.0 { problem.lower[i] } else { problem.upper[i] };
            problem.free[i] = outward != 0.0 && problem.lower[i] < problem.upper[i];
        }
        problem
    }

    /// `|W q|`.
    pub fn length(&self, q: &[f64]) -> f64 {
        length(q, self.weights)
    }

    /// `A v`, in the basis of Q.
    fn image(&self, v: &[f64]) -> Vec<f64> {
        let (n, pivots) = (self.qr.columns(), self.qr.pivots());
        (0..self.c.len()).map(|i| (i..n).map(|k| self.qr.r(i, k) * v[pivots[k]]).sum()).collect()
    }

    /// `A' v`, for v in the basis of Q.
    fn transposed(&self, v: &[f64]) -> Vec<f64> {
        let entry = |&position: &usize| {
            let rows = (position + 1).min(v.len());
            (0..rows).map(|i| self.qr.r(i, position) * v[i]).sum()
        };
        self.positions.iter().map(entry).collect()
    }

    /// `|A q - c|^2 + damping |W q|^2`.
    fn model(&self, q: &[f64], damping: f64) -> f64 {
        let left = self.image(q).into_iter().zip(self.c).map(|(image, c)| image - c);
        left.map(|r| r * r).sum::<f64>() + damping * self.length(q).powi(2)
    }

    /// The minimizer over the free variables with the others as they are, and the form of it; `None`
    /// where all are held.
    #[expect(clippy::type_complexity, reason = "variables, values and form")]
    fn on_free(&mut self, damping: f64) -> Result<Option<(Vec<usize>, Vec<f64>, f64)>, Interrupt> {
        let variables: Vec<usize> = (0..self.free.len()).filter(|&i| self.free[i]).collect();
        if variables.is_empty() {
            return Ok(None);
        }
        let held = |i: usize| if self.free[i] { 0.0 } else { self.q[i] };
        let mut b: Vec<f64> = self.image(&(0..self.q.len()).map(held).collect::<Vec<f64>>());
        b.iter_mut().zip(self.c).for_each(|(b, c)| *b = c - *b);
        let known = self.factored.take().filter(|known| known.variables == variables);
        let Factored { variables, qr } = if let Some(known) = known {
            known
        } else {
            let r = |i: usize, j: usize| {
                let position = self.positions[variables[j]];
                if i <= position { self.qr.r(i, position) } else { 0.0 }
            };
            let columns = Matrix::from_fn(b.len(), variables.len(), r);
            let Ok(qr) = Qr::watched(columns, self.watch)? else { return Ok(None) };
            Factored { variables, qr }
        };
        let short = damping == 0.0 && qr.rank() < variables.len();
        let z = if short { qr.solve(&b) } else { Vec::new() };
        qr.multiply_q_transposed(&mut b);
        let weights: Vec<f64> = variables.iter().map(|&i| self.weights[i]).collect();
        let diagonal: Vec<f64> = weights.iter().map(|w| damping.sqrt() * w).collect();
        let mut damped = Damped::new(&qr, &b, &diagonal);
        let z = if short { z } else { damped.solution().to_vec() };
        let form = if short { f64::INFINITY } else { damped.weighted_form(&weights) };
        self.factored = Some(Factored { variables: variables.clone(), qr });
        Ok(Some((variables, z, form)))
    }

    /// The minimizer for this damping.
    pub fn minimize(&mut self, damping: f64) -> Result<Found, Interrupt> {
        let n = self.q.len();
        let (mut form, mut optimal) = (0.0, false);
        // Those that were freed and could not move, since the last move.
        let mut stuck = vec![false; n];
        for _ in 0..10 + 5 * n {
            let before = self.q.clone();
            let mut met = Vec::new();
            if let Some((variables, z, of_z)) = self.on_free(damping)? {
                form = of_z;
                met = self.go(&variables, &z, damping);
            }
            if self.q != before {
                stuck.fill(false);
            } else {
                met.iter().for_each(|&i| stuck[i] = true);
            }
            if met.is_empty() {
                let Some(freed) = self.wants_freedom(damping, &stuck) else {
                    optimal = true;
                    break;
                };
                self.free[freed] = true;
            }
        }
        Ok(self.found(damping, form, optimal))
    }

    /// Goes to z, or as far as the bounds let it, and holds the variables that met theirs, which it gives.
    fn go(&mut self, variables: &[usize], z: &[f64], damping: f64) -> Vec<usize> {
        if !z.iter().all(|z| z.is_finite()) {
            self.q.fill(f64::NAN);
            return Vec::new();
        }
        let mut projected = self.q.clone();
        // Which share of the way leads to the bound; none where z is within it.
        let mut shares = vec![f64::INFINITY; variables.len()];
        for ((&i, &z), share) in variables.iter().zip(z).zip(&mut shares) {
            projected[i] = z.clamp(self.lower[i], self.upper[i]);
            if projected[i] != z {
                *share = (projected[i] - self.q[i]) / (z - self.q[i]);
            }
        }
        let least = shares.iter().copied().fold(f64::INFINITY, f64::min);
        let met = |share: &f64| share.is_finite();
        if least.is_infinite() {
            self.q = projected;
            return Vec::new();
        }
        let mut cut = self.q.clone();
        for ((&i, &z), &share) in variables.iter().zip(z).zip(&shares) {
            let between = self.q[i] + least * (z - self.q[i]);
            let within = between.clamp(self.lower[i], self.upper[i]);
            cut[i] = if share == least { projected[i] } else { within };
        }
        let first = |share: &f64| *share == least;
        let (q, holds): (_, &dyn Fn(&f64) -> bool) =
            if self.model(&projected, damping) <= self.model(&cut, damping) {
                (projected, &met)
            } else {
                (cut, &first)
            };
        self.q = q;
        let held: Vec<usize> =
            variables.iter().zip(&shares).filter(|(_, s)| holds(s)).map(|(&i, _)| i).collect();
        held.iter().for_each(|&i| self.free[i] = false);
        held
    }

    /// `A'(c - A q) - damping W^2 q`, half the direction down.
    fn downhill(&self, damping: f64) -> Vec<f64> {
        let mut left = self.image(&self.q);
        left.iter_mut().zip(self.c).for_each(|(image, c)| *image = c - *image);
        let mut downhill = self.transposed(&left);
        for ((d, q), w) in downhill.iter_mut().zip(&self.q).zip(self.weights) {
            *d -= damping * w * w * q;
        }
        downhill
    }

    /// Of a multiplier.
    fn rounding(&self) -> f64 {
        ROUNDING * (self.image(&self.q).norm() + self.c.to_vec().norm())
    }

    /// The held variable that the model would gain most by freeing.
    fn wants_freedom(&self, damping: f64, stuck: &[bool]) -> Option<usize> {
        let downhill = self.downhill(damping);
        let (mut most, mut freed) = (self.rounding(), None);
        for (i, &wish) in downhill.iter().enumerate() {
            let inward = if self.q[i] == self.lower[i] { wish } else { -wish };
            let held = !self.free[i] && !stuck[i] && self.lower[i] < self.upper[i];
            if held && inward > most {
                (most, freed) = (inward, Some(i));
            }
        }
        freed
    }

    fn found(&self, damping: f64, form: f64, optimal: bool) -> Found {
        let q = self.q.clone();
        let image = self.image(&q);
        let square: f64 = image.iter().map(|a| a * a).sum();
        let gain = if optimal {
            // A'c = A'A q + damping W^2 q + the multipliers, which are zero on the free variables: no small
            // difference of large numbers.
            let (multipliers, rounding) = (self.downhill(damping), self.rounding());
            let at_bounds =
                (0..q.len()).filter(|&i| !self.free[i] && multipliers[i].abs() > rounding);
            let held: f64 = at_bounds.map(|i| multipliers[i] * q[i]).sum();
            square + damping * self.length(&q).powi(2) + held
        } else {
            image.iter().zip(self.c).map(|(a, c)| a * c).sum()
        };
        Found { q, form, gain, decrease: 2.0 * gain - square }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries without structure, in (-1, 1).
    fn scattered(i: usize, j: usize, seed: usize) -> f64 {
        ((7 * i + 13 * j * j + 3 * i * j + 11 * seed + 1) as f64 * 0.7312).sin()
    }

    #[test]
    fn the_conditions_of_karush_kuhn_and_tucker_hold_at_what_is_found() {
        let mut at_bounds = 0;
        for (seed, (m, n)) in (0..120).flat_map(|s| [(s, (9, 4)), (s, (5, 5)), (s, (3, 6))]) {
            let a = Matrix::from_fn(m, n, |i, j| scattered(i, j, seed));
            let b: Vec<f64> = (0..m).map(|i| 3.0 * scattered(i, 5, seed + 3)).collect();
            let lower: Vec<f64> = (0..n).map(|j| (scattered(j, 1, seed) - 0.5).min(0.0)).collect();
            let upper: Vec<f64> = (0..n).map(|j| (scattered(j, 2, seed) + 0.5).max(0.0)).collect();
            let qr = Qr::new(a.clone()).unwrap();
            let mut c = b.clone();
            qr.multiply_q_transposed(&mut c);
            let weights: Vec<f64> = (0..n).map(|j| 1.0 + 0.5 * scattered(j, 3, seed)).collect();
            let mut problem =
                Bounded::new(&qr, &c, &weights, lower.clone(), upper.clone(), Watch::default());
            for damping in [0.0, 1.0, 0.01] {
                let Found { q, gain, decrease, .. } = problem.minimize(damping).unwrap();
                let (mut left, mut image) = (vec![0.0; m], vec![0.0; m]);
                a.multiply(&q, &mut image);
                left.copy_from_slice(&b);
                left.axpy(-1.0, &image);
                let mut downhill = vec![0.0; n];
                a.multiply_transposed(&left, &mut downhill);
                for ((d, q), w) in downhill.iter_mut().zip(&q).zip(&weights) {
                    *d -= damping * w * w * q;
                }
                for i in 0..n {
                    assert!(lower[i] <= q[i] && q[i] <= upper[i]);
                    let good = if q[i] == lower[i] && q[i] == upper[i] {
                        true
                    } else if q[i] == lower[i] {
                        at_bounds += 1;
                        downhill[i] <= 1e-11
                    } else if q[i] == upper[i] {
                        at_bounds += 1;
                        downhill[i] >= -1e-11
                    } else {
                        downhill[i].abs() <= 1e-11
                    };
                    assert!(good, "{seed} {m} by {n}: {i} of {q:?}, {downhill:?}");
                }
                assert!((gain - image.dot(&b)).abs() < 1e-11);
                let gained = b.dot(&b) - left.dot(&left);
                assert!((decrease - gained).abs() < 1e-11);
            }
        }
        assert!(at_bounds > 500, "{at_bounds}");
    }
}
