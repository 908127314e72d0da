//! The quadratic model that values show, where the run would end.

use super::differences::FiniteDifferences;
use crate::objective::Evaluation;
use crate::objective::finite_difference::newton::{Known, Newton};
use crate::objective::finite_difference::stencil::Room;
use crate::objective::finite_difference::steps::{Seen, Steps};
use ravine_linalg::matrix::Matrix;

impl FiniteDifferences<'_> {
    /// Newton's step from a gradient that was measured, from what was `seen` along each variable for it, and from
    /// mixed differences with the same steps: two values for each pair of variables, or next to bounds one.
    /// Variables stay that are at a bound to which the value falls, that have no room, or that values do not show.
    pub(super) fn newton(
        &self,
        steps: &Steps,
        x: &[f64],
        value: f64,
        gradient: &[f64],
        seen: &[Option<Seen>],
    ) -> Evaluation<Option<Newton>> {
        let n = x.len();
        if gradient.iter().any(|g| !g.is_finite()) {
            return Ok(None);
        }
        let mut known = Known {
            gradient: gradient.to_vec(),
            gradient_errors: steps.errors(x, value),
            hessian: Matrix::zeros(n, n),
            hessian_errors: Matrix::zeros(n, n),
        };
        let mut free: Vec<(usize, Seen)> = Vec::with_capacity(n);
        for i in 0..n {
            let Some(seen) = seen[i] else { continue };
            let room = Room::along_axis(x, i, self.bounds());
            let outward = if gradient[i] > 0.0 { room.below } else { room.above };
            let square = seen.h * seen.h;
            let (curvature, error) = (seen.second / square, steps.noise_in(&seen) / square);
            let shown = gradient[i].abs() > known.gradient_errors[i] || curvature.abs() > error;
            if outward > 0.0 && shown {
                (known.hessian[(i, i)], known.hessian_errors[(i, i)]) = (curvature, error);
                free.push((i, seen));
            }
        }
        for (k, (j, along_j)) in free.iter().enumerate() {
            let pair = |i: usize, along_i: &Seen, side: usize| {
                let mut point = x.to_vec();
                point[i] += along_i.displacements[side];
                point[*j] += along_j.displacements[side];
                self.keep_bounds(&mut point);
                point
            };
            let before = &free[..k];
            let sides = |along_i: &Seen| {
                0..if along_i.is_central() && along_j.is_central() { 2 } else { 1 }
            };
            let points: Vec<Vec<f64>> = before
                .iter()
                .flat_map(|(i, along_i)| sides(along_i).map(|side| pair(*i, along_i, side)))
                .collect();
            let mut values = self.values(&points)?.into_iter();
            for (i, along_i) in before {
                let (mut mixed, mut noise) = (0.0, 0.0f64);
                for side in sides(along_i) {
                    let both = values.next().unwrap_or(f64::NAN);
                    let apart = |seen: &Seen| seen.values[1 + side] - value;
                    mixed += both - value - apart(along_i) - apart(along_j);
                    noise = noise.max(4.0 * steps.noise_of(both));
                }
                let area = along_i.displacements[0] * along_j.displacements[0];
                let curvature = mixed / sides(along_i).len() as f64 / area;
                for at in [(*i, *j), (*j, *i)] {
                    known.hessian[at] = curvature;
                    known.hessian_errors[at] = noise / area.abs();
                }
            }
        }
        let free: Vec<usize> = free.into_iter().map(|(i, _)| i).collect();
        Ok(Newton::new(&known, &free))
    }
}
