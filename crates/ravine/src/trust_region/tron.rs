//! Steps within a radius and within bounds.

use super::{Solution, Steihaug, SteihaugWork, Subproblem, forcing};
use crate::curvature::HessianAt;
use crate::objective::{Bounds, HessianProduct};
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::operator::{Masked, mask};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// The share of the decrease to first order that the model must show (mu_0).
const SUFFICIENT: f64 = 0.01;

/// The projected Newton step of TRON, on the model `q(s) = g's + s'Hs/2` within a radius and within
/// the objective's bounds.
///
/// 1. The Cauchy step `s = P(x - a g) - x`: `a` follows that of the last step, by factors of ten, to
///    a large one with `q(s) <= 0.01 g's` and `|s| <= radius`. It finds out which variables
///    stay at their bounds.
/// 2. Conjugate gradients within the radius ([`Steihaug`]) on the variables that are free, then a
///    projected search along the step so found; again with what is still free, until the
///    reduced gradient of the model is small or the radius is met.
///
/// So many variables may meet or leave their bounds in one iteration, and near a minimizer the method
/// is Newton's on the free ones. The function is never evaluated outside the bounds; a start
/// outside is moved to the nearest point within. Without bounds it is much like [`Steihaug`]. The
/// gradient test compares the projected gradient.
///
/// Source: Lin and More, Newton's method for large bound-constrained optimization problems (1999),
/// without a preconditioner.
///
/// ```
/// use ravine::methods::TrustRegion;
/// use ravine::objective::{Bounds, within};
/// use ravine::trust_region::Tron;
/// use ravine::{minimize, objective};
///
/// let f = objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let f = within(f, Bounds::new(vec![-2.0, 1.5], vec![2.0, 2.0]).unwrap());
/// let outcome = minimize(&f, vec![-2.0, 2.0], TrustRegion::<Tron>::default()).run()?;
/// assert!(outcome.status.converged());
/// assert_eq!(outcome.x[1], 1.5);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tron {
    /// Most products of one round of conjugate gradients; `None` as for [`Steihaug`].
    /// Default `None`.
    pub products: Option<usize>,
}

/// What [`Tron`] keeps from step to step.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct TronModel {
    /// The last step length of the Cauchy point.
    alpha: f64,
    #[serde(skip)]
    work: Option<Work>,
}

/// Scratch: nothing in it outlives a step.
#[derive(Clone, Debug)]
struct Work {
    /// `H s`.
    product: Vec<f64>,
    free: Vec<bool>,
    /// The reduced gradient of the model.
    reduced: Vec<f64>,
    /// The step of conjugate gradients.
    newton: Vec<f64>,
    /// A trial step, and H times it.
    trial: Vec<f64>,
    trial_product: Vec<f64>,
    krylov: SteihaugWork<Vec<f64>>,
}

impl Work {
    fn new(n: usize) -> Self {
        let zeros = vec![0.0; n];
        Self {
            product: zeros.clone(),
            free: vec![true; n],
            reduced: zeros.clone(),
            newton: zeros.clone(),
            trial: zeros.clone(),
            trial_product: zeros.clone(),
            krylov: SteihaugWork::new(&zeros),
        }
    }
}

/// The model at a point, with the bounds around it.
struct Local<'r, H> {
    bounds: Option<&'r Bounds>,
    x: &'r [f64],
    gradient: &'r Vec<f64>,
    hessian: &'r H,
    radius: f64,
}

impl<H: LinearOperator<Vec<f64>>> Local<'_, H> {
    /// `s = P(x + start + a d) - x - start`.
    fn project(&self, start: Option<&[f64]>, a: f64, d: &[f64], s: &mut [f64]) {
        for i in 0..s.len() {
            let base = self.x[i] + start.map_or(0.0, |start| start[i]);
            let end = base + a * d[i];
            let within = self.bounds.map_or(end, |b| end.clamp(b.lower()[i], b.upper()[i]));
            s[i] = within - base;
        }
    }

    /// Which variables are strictly between their bounds at `x + s`; how many are not.
    fn free(&self, s: &[f64], free: &mut [bool]) {
        let Some(bounds) = self.bounds else { return free.fill(true) };
        for i in 0..s.len() {
            let end = self.x[i] + s[i];
            free[i] = bounds.lower()[i] < end && end < bounds.upper()[i];
        }
    }

    /// Writes the Cauchy step and `H s`, and gives `q(s)`; NaN where a product is not finite.
    fn cauchy(
        &self,
        alpha: &mut f64,
        step: &mut Vec<f64>,
        work: &mut Work,
    ) -> Result<f64, Interrupt> {
        // Whether the step of this length is short enough and decreases enough, and q there.
        let attempt = |a: f64, s: &mut Vec<f64>, hs: &mut Vec<f64>| {
            self.project(None, -a, self.gradient, s);
            if s.norm() > self.radius {
                return Ok((false, 0.0));
            }
            self.hessian.apply(s, hs)?;
            let slope = self.gradient.dot(s);
            let q = slope + 0.5 * s.dot(hs);
            Ok::<_, Interrupt>((q.is_nan() || q <= SUFFICIENT * slope, q))
        };
        let (mut good, mut q) = attempt(*alpha, step, &mut work.product)?;
        if good {
            loop {
                let (trial, product) = (&mut work.trial, &mut work.trial_product);
                let (longer, there) = attempt(10.0 * *alpha, trial, product)?;
                if !longer || there.is_nan() || there > q || *trial == *step {
                    return Ok(q);
                }
                *alpha *= 10.0;
                q = there;
                std::mem::swap(step, trial);
                std::mem::swap(&mut work.product, product);
            }
        }
        while !good {
            *alpha *= 0.1;
            if *alpha < f64::MIN_POSITIVE {
                return Ok(f64::NAN);
            }
            (good, q) = attempt(*alpha, step, &mut work.product)?;
        }
        Ok(q)
    }

    /// `u = P(x + s + a p) - x - s` and `H u` into the trial, with the largest `a` of 1, 1/2, 1/4, ...
    /// where the model decreases enough; gives the change of the model.
    fn projected_search(&self, s: &[f64], work: &mut Work) -> Result<f64, Interrupt> {
        let mut a = 1.0;
        loop {
            self.project(Some(s), a, &work.newton, &mut work.trial);
            self.hessian.apply(&work.trial, &mut work.trial_product)?;
            let slope = work.reduced.dot(&work.trial);
            let change = slope + 0.5 * work.trial.dot(&work.trial_product);
            if change.is_nan() || change <= SUFFICIENT * slope.min(0.0) || a < 1e-10 {
                return Ok(change);
            }
            a *= 0.5;
        }
    }
}

impl<O: HessianProduct<Point = Vec<f64>> + ?Sized> Subproblem<O> for Tron {
    type Model = TronModel;

    fn name(&self) -> &'static str {
        "tron"
    }

    fn validate(&self) -> Result<(), ArgumentError> {
        ArgumentError::check(self.products != Some(0), "products", 0, "at least 1")
    }

    fn model(&self, _x0: &Vec<f64>) -> TronModel {
        TronModel { alpha: 1.0, work: None }
    }

    fn solve(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &Iterate<Vec<f64>>,
        model: &mut TronModel,
        radius: f64,
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        let (x, gradient) = (&iterate.x, &iterate.gradient);
        let hessian = HessianAt { oracle, x };
        let bounds = oracle.bounds();
        let local = Local { bounds, x, gradient, hessian: &hessian, radius };
        let work = model.work.get_or_insert_with(|| Work::new(x.len()));
        let before = oracle.counts().hessian_product;

        // A step that was interrupted is made again, to the same bits.
        let mut alpha = model.alpha;
        let mut q = local.cauchy(&mut alpha, step, work)?;
        let mut on_boundary = false;
        let inner = Steihaug { products: self.products };
        while q.is_finite() {
            local.free(step, &mut work.free);
            work.reduced.copy_from(gradient);
            mask(&mut work.reduced, &work.free);
            let enough = forcing(work.reduced.norm());
            work.reduced.axpy(1.0, &work.product);
            mask(&mut work.reduced, &work.free);
            if work.reduced.norm() <= enough {
                break;
            }
            let reduced = Masked::fitting(&hessian, &work.free);
            let (r, p) = (&work.reduced, &mut work.newton);
            let Some(solution) = inner.solve(&reduced, r, radius, p, &mut work.krylov)? else {
                q = f64::NAN;
                break;
            };
            on_boundary = solution.on_boundary;
            local.project(Some(step), 1.0, &work.newton, &mut work.trial);
            let inside =
                work.trial.iter().zip(&work.newton).all(|(u, p)| (u - p).abs() <= 1e-12 * p.abs());
            if inside {
                q -= solution.predicted;
                step.axpy(1.0, &work.newton);
                break;
            }
            let change = local.projected_search(step, work)?;
            if change.is_nan() || change >= 0.0 {
                break;
            }
            q += change;
            step.axpy(1.0, &work.trial);
            work.product.axpy(1.0, &work.trial_product);
            if on_boundary {
                break;
            }
        }
        if !q.is_finite() {
            return Ok(None);
        }
        model.alpha = alpha;
        let products = (oracle.counts().hessian_product - before) as usize;
        Ok(Some(Solution { predicted: -q, multiplier: 0.0, on_boundary, work: products }))
    }

    fn keeps_bounds(&self) -> bool {
        true
    }

    fn evaluate(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &mut Iterate<Vec<f64>>,
    ) -> Result<(), Interrupt> {
        iterate.update_within(oracle)
    }
}
