//! Conjugate gradients within a radius.

use super::forcing::Superlinear;
use super::{Ball, Local, Solution, Step, boundary_step};
use crate::curvature::Model;
use crate::settings::Described;
use ravine_linalg::operator::LinearOperator;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt};

/// Conjugate gradients on the model `g'p + p'Hp/2`, until the residual is small enough, the
/// iterates leave the radius, or a direction has no positive curvature; in the last two cases the
/// step goes on along the direction up to the radius.
///
/// The first iterate is the Cauchy point and every later one is better and longer, so the method
/// converges; along a valley whose floor is curved it does about half as well as the exact step.
/// The residual that is small enough is, in a run, `min(1/2, sqrt(|g| / G)) |g|` with the largest gradient
/// norm G so far, which makes the convergence superlinear and knows no units.
///
/// Source: Steihaug (1983); Toint (1981); Nocedal and Wright (2006), algorithm 7.2.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine::step::{Steihaug, SteihaugWork};
///
/// let hessian: Matrix = Matrix::from_rows(&[[2.0, 0.0], [0.0, -1.0]]);
/// let gradient = vec![1.0, 1.0];
/// let (mut step, mut work) = (gradient.clone(), SteihaugWork::new(&gradient));
/// let solution = Steihaug::default().solve(&hessian, &gradient, 3.0, 0.1, &mut step, &mut work)?;
/// let solution = solution.expect("the Hessian is finite");
/// assert!(solution.on_boundary);
/// assert!((step[0].hypot(step[1]) - 3.0).abs() < 1e-14);
/// # Ok::<(), ravine::Interrupt>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Steihaug {
    /// Most products a step; `None` for twice the dimension and ten more. Default `None`.
    #[range("at least 1")]
    pub products: Option<usize>,
}

/// The vectors of the iteration, kept for the next step.
#[derive(Clone, Debug)]
pub struct SteihaugWork<V> {
    residual: V,
    direction: V,
    product: V,
}

impl<V: Vector> SteihaugWork<V> {
    /// Room for vectors of the shape of `like`.
    pub fn new(like: &V) -> Self {
        let zero = like.zeros_like();
        Self { residual: zero.clone(), direction: zero.clone(), product: zero }
    }
}

impl Steihaug {
    /// Writes the step, until the residual is at most `forcing |g|`; `None` where a product is not
    /// finite.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve<V: Vector>(
        &self,
        hessian: &(impl LinearOperator<V> + ?Sized),
        gradient: &V,
        radius: f64,
        forcing: f64,
        step: &mut V,
        work: &mut SteihaugWork<V>,
    ) -> Result<Option<Solution>, Interrupt> {
        let SteihaugWork { residual: r, direction: d, product: hd } = work;
        step.fill(0.0);
        r.copy_from(gradient);
        d.axpby(-1.0, gradient, 0.0);
        let mut rr = r.dot(r);
        let enough = forcing * rr.sqrt();
        let most = self.products.unwrap_or(2 * gradient.dimension() + 10);
        // |p|^2, p'd and |d|^2 by recurrences.
        let (mut pp, mut pd, mut dd) = (0.0, 0.0, rr);
        let mut predicted = 0.0;
        let interior = |predicted, work| Solution { predicted, work, ..Solution::default() };
        for work in 0..most {
            if rr.sqrt() <= enough {
                return Ok(Some(interior(predicted, work)));
            }
            hessian.apply(d, hd)?;
            let curvature = d.dot(hd);
            if !curvature.is_finite() {
                return Ok(None);
            }
            let alpha = rr / curvature;
            if curvature <= 0.0 || pp + alpha * (2.0 * pd + alpha * dd) >= radius * radius {
                let tau = boundary_step(radius, pp, pd, dd);
                step.axpy(tau, d);
                predicted += tau * (rr - 0.5 * tau * curvature);
                return Ok(Some(Solution { on_boundary: true, ..interior(predicted, work + 1) }));
            }
            step.axpy(alpha, d);
            r.axpy(alpha, hd);
            predicted += 0.5 * alpha * rr;
            pp += alpha * (2.0 * pd + alpha * dd);
            let previous = rr;
            rr = r.dot(r);
            let beta = rr / previous;
            d.axpby(-1.0, r, beta);
            pd = beta * (pd + alpha * dd);
            dd = rr + beta * beta * dd;
        }
        Ok(Some(interior(predicted, most)))
    }
}

/// What a step by conjugate gradients keeps: its forcing term, and room for its vectors.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct SteihaugMemory<V> {
    forcing: Superlinear,
    #[serde(skip)]
    work: Option<SteihaugWork<V>>,
}

impl<V: Vector> Step<V, Ball> for Steihaug {
    type Memory = SteihaugMemory<V>;

    fn validate(&self) -> Result<(), ArgumentError> {
        ArgumentError::check(self.products != Some(0), "products", 0, "at least 1")
    }

    fn memory(&self, _like: &V) -> Self::Memory {
        SteihaugMemory { forcing: Superlinear::default(), work: None }
    }

    fn minimize<B: Model<V> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, V>,
        Ball(radius): Ball,
        memory: &mut Self::Memory,
        step: &mut V,
    ) -> Result<Option<Solution>, Interrupt> {
        let work = memory.work.get_or_insert_with(|| SteihaugWork::new(step));
        let forcing = memory.forcing.term(local.gradient.norm());
        self.solve(b, local.gradient, radius, forcing, step, work)
    }
}
