//! Steps within a radius and within bounds.

use std::cell::Cell;

use super::forcing::Superlinear;
use super::{Ball, Local, Solution, Steihaug, SteihaugWork, Step};
use crate::curvature::Model;
use crate::objective::{Bounds, Within};
use crate::settings::Described;
use ravine_linalg::operator::{LinearOperator, Masked, Structure, mask};
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
/// use ravine::methods::Tron;
/// use ravine::{Bounds, minimize, objective};
///
/// let f = objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
/// let bounds = Bounds::new(vec![-2.0, 1.5], vec![2.0, 2.0])?;
/// let outcome = minimize(&f, vec![-2.0, 2.0], Tron::default()).within(bounds).run()?;
/// assert!(outcome.status.converged());
/// assert_eq!(outcome.x[1], 1.5);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Projected {
    /// Most products of one round of conjugate gradients; `None` as for [`Steihaug`].
    /// Default `None`.
    #[range("at least 1")]
    pub products: Option<usize>,
}

/// What [`Projected`] keeps from step to step.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct ProjectedMemory {
    /// The last step length of the Cauchy point.
    alpha: Option<f64>,
    forcing: Superlinear,
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
struct Region<'r, H> {
    bounds: Option<&'r Bounds>,
    x: &'r [f64],
    gradient: &'r Vec<f64>,
    hessian: &'r H,
    radius: f64,
}

impl<H: LinearOperator<Vec<f64>>> Region<'_, H> {
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
                let longer = 10.0 * *alpha;
                let (good, there) = attempt(longer, trial, product)?;
                if !good || there.is_nan() || there > q || *trial == *step || longer > 1e300 {
                    return Ok(q);
                }
                *alpha = longer;
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

/// Counts the products that it passes on.
struct Counted<'b, B: ?Sized>(&'b B, Cell<usize>);

impl<B: LinearOperator<Vec<f64>> + ?Sized> LinearOperator<Vec<f64>> for Counted<'_, B> {
    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn structure(&self) -> Structure {
        self.0.structure()
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.1.set(self.1.get() + 1);
        self.0.apply(x, y)
    }
}

impl Step<Vec<f64>, Ball> for Projected {
    type Memory = ProjectedMemory;

    fn validate(&self) -> Result<(), ArgumentError> {
        ArgumentError::check(self.products != Some(0), "products", 0, "at least 1")
    }

    fn memory(&self, _like: &Vec<f64>) -> ProjectedMemory {
        ProjectedMemory { alpha: None, forcing: Superlinear::default(), work: None }
    }

    fn minimize<B: Model<Vec<f64>> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, Vec<f64>>,
        Ball(radius): Ball,
        memory: &mut ProjectedMemory,
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        let &Local { x, gradient, bounds, .. } = local;
        let hessian = Counted(&*b, Cell::new(0));
        let region = Region { bounds, x, gradient, hessian: &hessian, radius };
        let work = memory.work.get_or_insert_with(|| Work::new(x.len()));

        // A step that was interrupted is made again, to the same bits.
        let (mut superlinear, first) = (memory.forcing, radius / gradient.norm());
        let first = if first.is_normal() { first } else { 1.0 };
        let mut alpha = memory.alpha.unwrap_or(first);
        let mut q = region.cauchy(&mut alpha, step, work)?;
        let mut on_boundary = false;
        let inner = Steihaug { products: self.products };
        // Each round but the last takes a variable to its bound, but for rounding.
        for _ in 0..=x.len() {
            if !q.is_finite() {
                break;
            }
            region.free(step, &mut work.free);
            work.reduced.copy_from(gradient);
            mask(&mut work.reduced, &work.free);
            let norm = work.reduced.norm();
            let forcing = superlinear.term(norm);
            work.reduced.axpy(1.0, &work.product);
            mask(&mut work.reduced, &work.free);
            if work.reduced.norm() <= forcing * norm {
                break;
            }
            let reduced = Masked::fitting(&hessian, &work.free);
            let (r, p) = (&work.reduced, &mut work.newton);
            let Some(solution) = inner.solve(&reduced, r, radius, forcing, p, &mut work.krylov)?
            else {
                q = f64::NAN;
                break;
            };
            on_boundary = solution.on_boundary;
            region.project(Some(step), 1.0, &work.newton, &mut work.trial);
            let inside =
                work.trial.iter().zip(&work.newton).all(|(u, p)| (u - p).abs() <= 1e-12 * p.abs());
            if inside {
                q -= solution.predicted;
                step.axpy(1.0, &work.newton);
                break;
            }
            let change = region.projected_search(step, work)?;
            // What is lost in the rounding of the model's decrease is none.
            if change.is_nan() || change >= f64::EPSILON * q {
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
        (memory.alpha, memory.forcing) = (Some(alpha), superlinear);
        let work = hessian.1.get();
        Ok(Some(Solution { predicted: -q, on_boundary, work, ..Solution::default() }))
    }

    fn within(&self) -> Option<Within<Vec<f64>>> {
        Some(Within::ENTRIES)
    }
}
