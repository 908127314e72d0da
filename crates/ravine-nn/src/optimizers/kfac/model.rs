//! Steps by the exact quadratic model of a batch, in the plane of a direction and the step before.

use ravine::objective::{Counts, FiniteSum};
use ravine::oracle::{Iterate, Oracle};
use ravine_linalg::matrix::{Matrix, Precision, SymmetricEigen};
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_linalg::{Interrupt, Vector};

use super::super::OnNetwork;
use super::blocks::Curvature;
use super::settings::LITTLE;
use super::{Adaptive, FirstDamping, Kfac, KfacState, Promise, Stage, Structure, WATCHED, slack};
use crate::backend::Backend;

/// A step that the model has weighed: of the direction, and of the step before, and what it promises.
struct Weighed {
    weights: [f64; 2],
    promised: f64,
}

/// So often a step is tried again where the loss is no number, or far above what is promised.
const RETRIES: u64 = 12;

/// So often half a decade more of damping is tried where the loss is a number, then a decade.
const NEAR: u64 = 3;

/// Of so many cases the loss says something of that of all.
const ENOUGH: usize = 100;

/// So often the first step is tried with another damping.
const TRIES: u32 = 12;

/// From one damping of the first step to the next: two to a decade.
const HALF_A_DECADE: f64 = 3.162_277_660_168_379_5;

/// A batch, where a step is planned on it: the current point, the step before, and the penalties.
struct On<'a, 'o, O: OnNetwork + ?Sized, T: Precision> {
    oracle: &'a Oracle<'o, O>,
    now: &'a Iterate<Partitioned<Vec<T>>>,
    last: &'a Partitioned<Vec<T>>,
    eta: &'a [f64],
}

/// The damping of a step, lambda, and gamma where the blocks have one of their own.
#[derive(Clone, Copy)]
struct Damping {
    lambda: f64,
    gamma: Option<f64>,
}

impl Damping {
    /// Of each block.
    fn of(self, eta: &[f64]) -> impl Fn(usize) -> f64 {
        move |p| self.gamma.map_or(self.lambda + eta[p], |gamma| gamma * gamma)
    }

    fn times(self, factor: f64, most: f64) -> Self {
        Self {
            lambda: (factor * self.lambda).min(most),
            gamma: self.gamma.map(|gamma| gamma * factor.sqrt()),
        }
    }
}

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
        let mut at = Damping { lambda: *damping, gamma: *gamma };
        let (mut rejected, mut watched, mut kept) = (0, state.watched, None);
        // Inverses of another damping than before.
        let mut other: Option<Curvature<T>> = None;
        points.try_plan(|now, next| {
            let eta = oracle.objective().mean_loss().penalty();
            let on = On { oracle, now, last, eta };
            if let Some(rule) = &self.adaptive
                && *steps == 0
                && rule.first == FirstDamping::Sought
            {
                (at, other) = self.seek(&on, rule, curvature, at, (direction, next))?;
            }
            let mut chosen = None;
            if let Some((rule, gamma)) = self.gamma.as_ref().zip(at.gamma)
                && *steps > 0
                && steps.is_multiple_of(rule.every)
            {
                let largest_eta = eta.iter().copied().fold(0.0, f64::max);
                for gamma in rule.candidates(gamma, largest_eta) {
                    let with = Damping { gamma: Some(gamma), ..at };
                    let mut tried = curvature.clone();
                    tried.refresh_for(self, with.of(eta));
                    let weighed = on.weigh(&mut tried, with, direction)?;
                    if chosen
                        .as_ref()
                        .is_none_or(|(best, ..): &(Weighed, f64)| weighed.promised < best.promised)
                    {
                        chosen = Some((weighed, gamma));
                        other = Some(tried);
                    }
                }
                at.gamma = chosen.as_ref().map(|(_, gamma)| *gamma);
            }
            loop {
                let inverses = other.as_mut().unwrap_or(curvature);
                // Also for the gamma that was chosen: the direction is that of the last one tried.
                let weighed = match chosen.take() {
                    Some((weighed, _)) => {
                        inverses.apply(at.of(eta), &now.gradient, direction);
                        direction.scale(-1.0);
                        weighed
                    }
                    None => on.weigh(inverses, at, direction)?,
                };
                let promised = on.step(&weighed, direction, next);
                kept = Some(promised);
                let due = |rule: &Adaptive| (*steps + 1).is_multiple_of(rule.every);
                let Some(rule) = self.adaptive.as_ref().filter(|rule| watched > 0 || due(rule))
                else {
                    break;
                };
                watched = watched.saturating_sub(1);
                let change = oracle.value(next)? - now.value;
                // Also where it is no number.
                let holds = change <= slack(promised, now.value);
                if holds {
                    let promised = match rule.promise {
                        Promise::Damped => promised,
                        Promise::Undamped => promised - 0.5 * at.lambda * direction.dot(direction),
                    };
                    let ratio = change / promised;
                    let lambda = rule.next(at.lambda, ratio);
                    at.lambda = if on.over_few() { lambda.max(self.damping) } else { lambda };
                    if ratio.is_nan() || ratio < LITTLE {
                        watched = WATCHED;
                    }
                    break;
                }
                watched = WATCHED;
                if rejected == RETRIES {
                    direction.fill(0.0);
                    next.copy_from(&now.x);
                    break;
                }
                let near = change.is_finite() && rejected < NEAR;
                rejected += 1;
                at = at.times(if near { HALF_A_DECADE } else { 10.0 }, rule.most);
                let mut tried = inverses.clone();
                tried.refresh_for(self, at.of(eta));
                other = Some(tried);
            }
            Ok(())
        })?;
        std::mem::swap(last, direction);
        (*damping, *gamma) = (at.lambda, at.gamma);
        if let Some(other) = other {
            *curvature = other;
        }
        (state.watched, state.promised) = (watched, kept);
        state.guard.rejected += rejected;
        state.steps += 1;
        state.stage = Stage::Begun;
        Ok(())
    }

    /// The damping of the first step, and its inverses: see [`FirstDamping::Sought`].
    fn seek<O, T>(
        &self,
        on: &On<'_, '_, O, T>,
        rule: &Adaptive,
        curvature: &Curvature<T>,
        given: Damping,
        (direction, next): (&mut Partitioned<Vec<T>>, &mut Partitioned<Vec<T>>),
    ) -> Result<(Damping, Option<Curvature<T>>), Interrupt>
    where
        T: Precision,
        Vec<T>: Pointwise,
        O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
        O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
    {
        let mut attempt = |inverses: &mut Curvature<T>, at: Damping| -> Result<f64, Interrupt> {
            let weighed = on.weigh(inverses, at, direction)?;
            let promised = on.step(&weighed, direction, next);
            Ok((on.oracle.value(next)? - on.now.value) / promised)
        };
        let (mut best, mut inverses) = (given, curvature.clone());
        let ratio = attempt(&mut inverses, best)?;
        let down = ratio >= LITTLE;
        // The loss of a few cases falls as promised, whatever becomes of that of all.
        if down && on.over_few() {
            return Ok((best, Some(inverses)));
        }
        for _ in 0..TRIES {
            let factor = if down { 1.0 / HALF_A_DECADE } else { HALF_A_DECADE };
            let at = best.times(factor, rule.most);
            if at.lambda < rule.least {
                break;
            }
            let mut tried = curvature.clone();
            tried.refresh_for(self, at.of(on.eta));
            let ratio = attempt(&mut tried, at)?;
            if down && (ratio.is_nan() || ratio < LITTLE) {
                break;
            }
            (best, inverses) = (at, tried);
            if !down && ratio >= LITTLE {
                break;
            }
        }
        Ok((best, Some(inverses)))
    }
}

impl<O, T> On<'_, '_, O, T>
where
    T: Precision,
    Vec<T>: Pointwise,
    O: OnNetwork<Point = Partitioned<Vec<T>>> + ?Sized,
    O::Backend: Backend<Scalar = T, Buffer = Vec<T>>,
{
    /// Whether it is over so few of the cases that the loss of these says little of that of all.
    fn over_few(&self) -> bool {
        let f = self.oracle.objective();
        f.batch().len() < ENOUGH.min(f.mean_loss().cases())
    }

    /// Writes `D = -F^-1 g` and weighs it and the step before by the exact model of the batch.
    fn weigh(
        &self,
        curvature: &mut Curvature<T>,
        at: Damping,
        direction: &mut Partitioned<Vec<T>>,
    ) -> Result<Weighed, Interrupt> {
        let Self { oracle, now, last, eta } = *self;
        curvature.apply(at.of(eta), &now.gradient, direction);
        direction.scale(-1.0);
        let along: Vec<&Partitioned<Vec<T>>> =
            if last.norm_max() == 0.0 { vec![direction] } else { vec![direction, last] };
        let counts = Counts { hessian_product: along.len() as u64, ..Counts::default() };
        let mut form =
            oracle.evaluate(counts, |f| f.mean_loss().fisher_form(&now.x, &f.batch(), &along))?;
        let slopes: Vec<f64> = along.iter().map(|v| v.dot(&now.gradient)).collect();
        for (i, u) in along.iter().enumerate() {
            for (j, v) in along.iter().enumerate() {
                form[(i, j)] += at.lambda * u.dot(v);
            }
        }
        let (weights, promised) = model_minimum(&form, &slopes);
        Ok(Weighed { weights: [weights[0], weights.get(1).copied().unwrap_or(0.0)], promised })
    }

    /// Makes of the direction the step that was weighed, and writes where it leads; what it promises.
    fn step(
        &self,
        weighed: &Weighed,
        direction: &mut Partitioned<Vec<T>>,
        next: &mut Partitioned<Vec<T>>,
    ) -> f64 {
        let [alpha, mu] = weighed.weights;
        direction.axpby(mu, self.last, alpha);
        next.point_along(&self.now.x, 1.0, direction);
        weighed.promised
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
