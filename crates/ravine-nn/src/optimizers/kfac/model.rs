//! Steps by the exact quadratic model of a batch, in the plane of a direction and the step before.

use ravine::objective::Counts;
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::{Matrix, Precision, SymmetricEigen};
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{Interrupt, Vector};

use super::super::OnNetwork;
use super::blocks::Curvature;
use super::{Kfac, KfacState, Promise, Stage, Structure};
use crate::backend::Backend;

/// A step that the model has weighed: of the direction, and of the step before, and what it promises.
struct Weighed {
    weights: [f64; 2],
    promised: f64,
}

/// So often a step is tried again where the loss is no number.
const RETRIES: u64 = 8;

impl Kfac {
    pub(super) fn plan_by_model<O, T>(
        &self,
        oracle: &Oracle<'_, O>,
        state: &mut KfacState<T>,
    ) -> Result<(), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let KfacState { points, curvature, damping, gamma, steps, last, direction, .. } = state;
        let (mut lambda, mut root) = (*damping, *gamma);
        let mut rejected = 0;
        // Inverses of another damping than before.
        let mut other: Option<Curvature<T>> = None;
        points.try_plan(|now, next| {
            let eta = oracle.objective().mean_loss().penalty();
            let largest_eta = eta.iter().copied().fold(0.0, f64::max);
            let damped = |lambda: f64, root: Option<f64>| {
                move |p: usize| root.map_or(lambda + eta[p], |gamma| gamma * gamma)
            };
            let look = self
                .gamma
                .as_ref()
                .zip(root)
                .filter(|(rule, _)| *steps > 0 && steps.is_multiple_of(rule.every));
            let mut chosen = None;
            if let Some((rule, gamma)) = look {
                for gamma in rule.candidates(gamma, largest_eta) {
                    let mut tried = curvature.clone();
                    tried.refresh_for(self, damped(lambda, Some(gamma)));
                    let at = damped(lambda, Some(gamma));
                    let weighed = weigh(oracle, now, (&mut tried, at), lambda, (last, direction))?;
                    if chosen
                        .as_ref()
                        .is_none_or(|(best, ..): &(Weighed, f64)| weighed.promised < best.promised)
                    {
                        chosen = Some((weighed, gamma));
                        other = Some(tried);
                    }
                }
                root = chosen.as_ref().map(|(_, gamma)| *gamma);
            }
            loop {
                let inverses = other.as_mut().unwrap_or(curvature);
                // Also for the gamma that was chosen: the direction is that of the last one tried.
                let at = damped(lambda, root);
                let Weighed { weights: [alpha, mu], promised } = match chosen.take() {
                    Some((weighed, _)) => {
                        inverses.apply(at, &now.gradient, direction);
                        direction.scale(-1.0);
                        weighed
                    }
                    None => weigh(oracle, now, (inverses, at), lambda, (last, direction))?,
                };
                direction.axpby(mu, last, alpha);
                next.point_along(&now.x, 1.0, direction);
                let Some(adaptive) = self
                    .adaptive
                    .as_ref()
                    .filter(|adaptive| (*steps + 1).is_multiple_of(adaptive.every))
                else {
                    break;
                };
                let value = oracle.value(next)?;
                if value.is_finite() || rejected == RETRIES {
                    if value.is_finite() {
                        let promised = match adaptive.promise {
                            Promise::Damped => promised,
                            Promise::Undamped => promised - 0.5 * lambda * direction.dot(direction),
                        };
                        lambda = adaptive.next(lambda, (value - now.value) / promised);
                    } else {
                        direction.fill(0.0);
                        next.copy_from(&now.x);
                    }
                    break;
                }
                rejected += 1;
                lambda = (10.0 * lambda).min(adaptive.most);
                root = root.map(|gamma| gamma * 10.0_f64.sqrt());
                let mut tried = inverses.clone();
                tried.refresh_for(self, damped(lambda, root));
                other = Some(tried);
            }
            Ok(())
        })?;
        std::mem::swap(last, direction);
        (*damping, *gamma) = (lambda, root);
        if let Some(other) = other {
            *curvature = other;
        }
        state.rejected += rejected;
        state.steps += 1;
        state.stage = Stage::Begun;
        Ok(())
    }
}

impl<T: Precision> Curvature<T>
where
    Vec<T>: Pointwise,
{
    /// Inverses with another damping of the same statistics; where damping is added to eigenvalues none are
    /// needed.
    fn refresh_for(&mut self, kfac: &Kfac, damping: impl Fn(usize) -> f64) {
        if !matches!(kfac.structure, Structure::Corrected(_)) {
            self.refresh(damping);
        }
    }
}

/// Writes `D = -F^-1 g` and weighs it and the step before by the exact model of the batch.
fn weigh<O, T>(
    oracle: &Oracle<'_, O>,
    now: &Iterate<Partitioned<Vec<T>>>,
    (curvature, damping): (&mut Curvature<T>, impl Fn(usize) -> f64),
    lambda: f64,
    (last, direction): (&Partitioned<Vec<T>>, &mut Partitioned<Vec<T>>),
) -> Result<Weighed, Interrupt>
where
    T: Precision,
    Vec<T>: Pointwise,
    O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
    O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
{
    curvature.apply(damping, &now.gradient, direction);
    direction.scale(-1.0);
    let along: Vec<&Partitioned<Vec<T>>> =
        if last.norm_max() == 0.0 { vec![direction] } else { vec![direction, last] };
    let counts = Counts { hessian_product: along.len() as u64, ..Counts::default() };
    let mut form =
        oracle.evaluate(counts, |f| f.mean_loss().fisher_form(&now.x, &f.batch(), &along))?;
    let slopes: Vec<f64> = along.iter().map(|v| v.dot(&now.gradient)).collect();
    for (i, u) in along.iter().enumerate() {
        for (j, v) in along.iter().enumerate() {
            form[(i, j)] += lambda * u.dot(v);
        }
    }
    let (weights, promised) = model_minimum(&form, &slopes);
    Ok(Weighed { weights: [weights[0], weights.get(1).copied().unwrap_or(0.0)], promised })
}

/// The minimizer of `b'w + w'M w/2` for one or two weights, and that minimum; M may be singular.
fn model_minimum(m: &Matrix, b: &[f64]) -> (Vec<f64>, f64) {
    let n = b.len();
    // Scaled to a unit diagonal: the vectors differ by orders of magnitude.
    let scale: Vec<f64> =
        (0..n).map(|i| if m[(i, i)] > 0.0 { m[(i, i)].sqrt().recip() } else { 0.0 }).collect();
    let scaled = Matrix::from_fn(n, n, |i, j| scale[i] * m[(i.max(j), i.min(j))] * scale[j]);
    let mut weights = vec![0.0; n];
    if let Ok(eigen) = SymmetricEigen::new(&scaled) {
        let largest = eigen.norm();
        for (k, &lambda) in eigen.values().iter().enumerate() {
            if lambda > 1e-12 * largest {
                let vector = eigen.vectors().column(k);
                let along: f64 = (0..n).map(|i| vector[i] * scale[i] * b[i]).sum();
                for i in 0..n {
                    weights[i] -= scale[i] * vector[i] * along / lambda;
                }
            }
        }
    }
    let promised = 0.5 * weights.iter().zip(b).map(|(w, b)| w * b).sum::<f64>();
    (weights, promised)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known mistake: a row of zeros, or two vectors that are one, in a factorization that needs a definite
    /// matrix.
    #[test]
    fn minima_of_singular_models() {
        let m = Matrix::from_rows(&[[4.0, 0.0], [0.0, 0.0]]);
        assert_eq!(model_minimum(&m, &[-2.0, 0.0]), (vec![0.5, 0.0], -0.5));
        let twice: Matrix = Matrix::from_rows(&[[1.0, 1e5], [1e5, 1e10]]);
        let (w, promised) = model_minimum(&twice, &[1.0, 1e5]);
        assert!((w[0] + 1e5 * w[1] + 1.0).abs() < 1e-12 && (promised + 0.5).abs() < 1e-12);
        let (w, promised) =
            model_minimum(&Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]), &[1.0, -2.0]);
        assert!((w[0] + 1.0).abs() < 1e-14 && (w[1] - 1.0).abs() < 1e-14);
        assert!((promised + 1.5).abs() < 1e-14);
    }
}
