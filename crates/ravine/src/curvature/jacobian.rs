//! The Gauss-Newton matrix as a curvature.

use std::cell::OnceCell;
use std::sync::Arc;

use super::residuals::{Evaluated, Jacobian, ResidualPoint};
use super::{
    Belief, Curvature, Descended, Factorization, GaussNewton, Knows, LinearResiduals,
    LossCurvature, Model, Size, Source,
};
use crate::objective::{Loss, Residuals};
use crate::oracle::{Iterate, Oracle};
use crate::settings::Described;
use ravine_linalg::matrix::SparseQrPattern;
use ravine_linalg::operator::{LinearOperator, Structure};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// The Gauss-Newton matrix `2 J'W J` of residuals with Jacobian J ([`GaussNewton`]). J comes with the
/// value and the gradient, in one evaluation. Steps are solved for by the QR factors of J, stacked
/// on the damping where there is one; the matrix `J'J` is formed for no other step than those that
/// need a matrix. The scale of a variable is the largest norm that its column of J has had, so that
/// steps in these scales do not depend on units; one from far away, more than 1000 times that of now, fades.
///
/// ```
/// use ravine::curvature::GaussNewtonCurvature;
/// use ravine::methods::Composition;
/// use ravine::step::Steihaug;
/// use ravine::trust::Radius;
///
/// let f = ravine::residuals!(2, |x| [1.0 - x[0], 10.0 * (x[1] - x[0] * x[0])]);
/// let (step, trust) = (Steihaug::default(), Radius::default());
/// let method = Composition { curvature: GaussNewtonCurvature::default(), step, trust };
/// let outcome = ravine::minimize(&f, vec![-1.2, 1.0], method).run()?;
/// assert!(outcome.status.converged() && outcome.value < 1e-12);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GaussNewtonCurvature {
    /// How the loss of the residuals enters.
    pub loss_curvature: LossCurvature,
    /// Correction of a step of limited length for the curvature of the residuals along it. Default
    /// [`Acceleration::None`].
    pub acceleration: Acceleration,
}

/// Whether steps follow a straight line or a parabola.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Acceleration {
    /// The plain step.
    #[default]
    None,
    /// `p = v + a/2`, where v is the plain step and a solves the damped system for the second
    /// derivative of the residuals along v, taken by a difference at the cost of one more value.
    /// Left out where `2 |D a| > ratio |D v|` (Transtrum and Sethna, Improvements to the
    /// Levenberg-Marquardt algorithm for nonlinear least-squares minimization, 2012).
    Geodesic {
        /// The largest `2 |D a| / |D v|`. Transtrum and Sethna advise 0.75.
        ratio: f64,
    },
}

/// The share of the step over which its second derivative is taken (Transtrum and Sethna).
const PROBE: f64 = 0.1;

/// Scales from before that are greater than so many times the norm of the column now fade with every
/// step, to a share of themselves: derivatives of a wild start, 1e14 times those near the minimum, would
/// otherwise keep a variable from moving in all the run.
const FAR: f64 = 1e3;
const FADING: f64 = 0.7;

/// What [`GaussNewtonCurvature`] keeps: residuals and Jacobian at the current point, and where the
/// objective was evaluated last.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct JacobianMemory {
    here: ResidualPoint,
    there: ResidualPoint,
    loss: Loss,
    factored: Factored,
    /// What was evaluated at the last trial.
    #[serde(default)]
    tried: Evaluated,
}

impl JacobianMemory {
    /// The norm of the residuals at the current point, as the loss weighs them in the model.
    pub(crate) fn residual_norm(&self, curvature: LossCurvature) -> f64 {
        let weighted = |&r: &f64| match self.loss {
            Loss::Squares => r,
            loss => r * curvature.factors(loss, r).1,
        };
        self.here.residuals.iter().map(weighted).collect::<Vec<f64>>().norm()
    }
}

/// The linear model of the residuals, factored at points where it is asked for.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
struct Factored {
    /// The scales of the variables over these points.
    scale: Vec<f64>,
    /// Whether they are the caller's, and stay.
    given: bool,
    /// The model at the current point, where it is known.
    #[serde(skip)]
    model: LinearResiduals,
    #[serde(skip)]
    known: Known,
    /// Of sparse factors, for all points.
    #[serde(skip)]
    pattern: Option<Arc<SparseQrPattern>>,
    #[serde(skip)]
    room: Room,
}

/// What is known of the model at the current point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Known {
    #[default]
    Nothing,
    Model,
    /// Its numbers overflow.
    Overflow,
}

/// Room for a column, and for the norms of all.
#[derive(Clone, Debug, Default)]
struct Room {
    column: Vec<f64>,
    norms: Vec<f64>,
}

impl Factored {
    /// Takes the columns of the current point into the scales.
    fn widen(&mut self, here: &ResidualPoint, loss: Loss, curvature: LossCurvature) {
        if self.given {
            return;
        }
        let Self { scale, room: Room { column, norms }, .. } = self;
        here.column_norms(loss, curvature, column, norms);
        if scale.len() == norms.len() {
            scale.iter_mut().zip(&*norms).for_each(|(scale, norm)| *scale = norm.max(*scale));
        } else {
            scale.clone_from(norms);
        }
    }

    /// The model at the current point; `None` where its numbers overflow.
    fn at(
        &mut self,
        here: &ResidualPoint,
        loss: Loss,
        curvature: LossCurvature,
        watch: Watch<'_>,
    ) -> Result<Option<&LinearResiduals>, Interrupt> {
        if self.known == Known::Nothing {
            self.widen(here, loss, curvature);
            let Self { scale, model, pattern, room, .. } = self;
            let with = (loss, curvature);
            let finite = model.renew(here, pattern, scale, with, &mut room.column, watch)?;
            self.known = if finite { Known::Model } else { Known::Overflow };
        }
        Ok((self.known == Known::Model).then_some(&self.model))
    }

    /// The point has moved.
    fn moved(&mut self, here: &ResidualPoint, loss: Loss, curvature: LossCurvature) {
        self.known = Known::Nothing;
        if self.given {
            return;
        }
        let Self { scale, room: Room { column, norms }, .. } = self;
        here.column_norms(loss, curvature, column, norms);
        for (scale, norm) in scale.iter_mut().zip(&*norms) {
            if *scale > FAR * norm {
                *scale = (FADING * *scale).max(FAR * norm);
            }
        }
    }
}

/// The Gauss-Newton matrix at an iterate.
pub struct JacobianAt<'a> {
    /// Made where a product is asked for.
    operator: OnceCell<GaussNewton<&'a Jacobian>>,
    point: &'a ResidualPoint,
    factored: &'a mut Factored,
    loss: Loss,
    loss_curvature: LossCurvature,
}

impl LinearOperator<Vec<f64>> for JacobianAt<'_> {
    fn dimension(&self) -> usize {
        self.point.iterate.x.len()
    }

    fn structure(&self) -> Structure {
        Structure::Semidefinite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        if self.operator.get().is_none() {
            let &Self { point, loss, loss_curvature, .. } = self;
            let new = GaussNewton::new(&point.jacobian, &point.residuals, loss, loss_curvature);
            let new = new.map_err(|error| Interrupt::Function(error.into()))?;
            return self.operator.get_or_init(|| new).apply(x, y);
        }
        self.operator.get().map_or(Ok(()), |operator| operator.apply(x, y))
    }
}

impl Model<Vec<f64>> for JacobianAt<'_> {
    fn descend(
        &mut self,
        _how: Factorization,
        shift: f64,
        _x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<Option<Descended<Vec<f64>>>, Interrupt> {
        let &mut Self { point, loss, loss_curvature, ref mut factored, .. } = self;
        let Factored { pattern, room, .. } = &mut **factored;
        let (mut model, with) = (LinearResiduals::default(), (loss, loss_curvature));
        let ones = vec![1.0; d.len()];
        if model.renew(point, pattern, &ones, with, &mut room.column, watch)? {
            // f is the sum of squares, with no half: lambda I on 2 J'J is lambda / 2 on J'J.
            let q = if shift == 0.0 {
                model.least_squares(watch)?
            } else {
                model.damped(0.5 * shift, watch)?
            };
            model.unscale(&q, d);
        } else {
            d.fill(f64::NAN);
        }
        Ok(Some(Descended::of(d, g)))
    }

    fn residuals(&mut self, watch: Watch<'_>) -> Result<Option<&LinearResiduals>, Interrupt> {
        self.factored.at(self.point, self.loss, self.loss_curvature, watch)
    }

    fn scales(&mut self) -> Result<&[f64], Interrupt> {
        self.factored.widen(self.point, self.loss, self.loss_curvature);
        Ok(&self.factored.scale)
    }
}

impl<O: Residuals + ?Sized> Curvature<O> for GaussNewtonCurvature {
    type Memory = JacobianMemory;
    type At<'a>
        = JacobianAt<'a>
    where
        O: 'a;
    const KNOWS: Knows = Knows::Approximately;

    fn validate(&self) -> Result<(), ArgumentError> {
        let Acceleration::Geodesic { ratio } = self.acceleration else { return Ok(()) };
        let allowed = ratio > 0.0 && ratio.is_finite();
        ArgumentError::check(allowed, "ratio", ratio, "positive and finite")
    }

    fn memory(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>) -> JacobianMemory {
        let point = ResidualPoint::new(x0.clone(), oracle.objective().residual_count());
        let sizes = oracle.conditions().sizes.as_deref();
        let scale = sizes.unwrap_or_default().iter().map(|size| 1.0 / size).collect();
        let factored = Factored { scale, given: sizes.is_some(), ..Factored::default() };
        let loss = oracle.objective().loss();
        JacobianMemory {
            here: point.clone(),
            there: point,
            loss,
            factored,
            tried: Evaluated::Nothing,
        }
    }

    fn memory_again(&self, oracle: &Oracle<'_, O>, x0: &Vec<f64>, memory: &mut JacobianMemory) {
        let same = memory.here.residuals.len() == oracle.objective().residual_count();
        if !same || memory.here.iterate.x.len() != x0.len() {
            *memory = self.memory(oracle, x0);
            return;
        }
        memory.loss = oracle.objective().loss();
        memory.factored.known = Known::Nothing;
        if !memory.factored.given {
            memory.factored.scale.clear();
        }
    }

    fn evaluate(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &mut Iterate<Vec<f64>>,
        memory: &mut JacobianMemory,
    ) -> Result<(), Interrupt> {
        let known = match std::mem::take(&mut memory.tried) {
            Evaluated::Residuals if memory.there.iterate.x == iterate.x => Evaluated::Residuals,
            _ => Evaluated::Nothing,
        };
        memory.there.iterate.x.clone_from(&iterate.x);
        memory.there.evaluate_again(oracle, known)?;
        let found = &memory.there.iterate;
        iterate.value = found.value;
        iterate.gradient.clone_from(&found.gradient);
        // A Jacobian without numbers is no place to go to.
        if !memory.there.is_finite() {
            iterate.value = f64::NAN;
        }
        Ok(())
    }

    fn at<'a>(
        &'a self,
        _oracle: &'a Oracle<'a, O>,
        _iterate: &'a Iterate<Vec<f64>>,
        memory: &'a mut JacobianMemory,
    ) -> Result<JacobianAt<'a>, Interrupt> {
        let (loss, loss_curvature) = (memory.loss, self.loss_curvature);
        let JacobianMemory { here: point, factored, .. } = memory;
        Ok(JacobianAt { operator: OnceCell::new(), point, factored, loss, loss_curvature })
    }

    fn moved(&self, memory: &mut JacobianMemory, taken: f64) {
        if taken > 0.0 {
            std::mem::swap(&mut memory.here, &mut memory.there);
            memory.factored.moved(&memory.here, memory.loss, self.loss_curvature);
        }
    }

    fn size(&self, memory: &JacobianMemory, iterate: &Iterate<Vec<f64>>) -> Size {
        let JacobianMemory { here, loss, factored, .. } = memory;
        let mut scale = Vec::new();
        if factored.given {
            scale.clone_from(&factored.scale);
        } else {
            here.column_norms(*loss, self.loss_curvature, &mut Vec::new(), &mut scale);
            let before = &factored.scale;
            scale.iter_mut().zip(before).for_each(|(norm, before)| *norm = norm.max(*before));
        }
        let scaled = |x: &[f64]| scale.iter().zip(x).map(|(d, x)| d * x).collect::<Vec<f64>>();
        // D^-1 g and its image under J D^-1, weighted as the residuals are.
        let slope: Vec<f64> = iterate.gradient.iter().zip(&scale).map(|(g, d)| g / d).collect();
        let direction: Vec<f64> = slope.iter().zip(&scale).map(|(g, d)| g / d).collect();
        let mut image = vec![0.0; here.residuals.len()];
        here.jacobian.multiply(&direction, &mut image);
        for (a, &r) in image.iter_mut().zip(&here.residuals) {
            *a *= match *loss {
                Loss::Squares => 1.0,
                loss => self.loss_curvature.factors(loss, r).0,
            };
        }
        let (length, image) = (slope.norm(), image.norm());
        // The gradient has the factor two of the squares, half of which the model's slope is.
        let best = 0.5 * length * (length / image).powi(2);
        Size {
            norm: iterate.x.norm(),
            dimension: iterate.x.len(),
            gradient: iterate.gradient_norm,
            scaled: scaled(&iterate.x).norm(),
            gradient_step: if length > 0.0 && image > 0.0 { best } else { 0.0 },
        }
    }

    fn try_value(
        &self,
        oracle: &Oracle<'_, O>,
        trial: &mut Iterate<Vec<f64>>,
        memory: &mut JacobianMemory,
    ) -> Result<Option<f64>, Interrupt> {
        let JacobianMemory { here, there, loss, tried, .. } = memory;
        *tried = Evaluated::Nothing;
        there.iterate.x.clone_from(&trial.x);
        oracle.residuals(&trial.x, &mut there.residuals)?;
        *tried = Evaluated::Residuals;
        trial.value = loss.total(&there.residuals);
        Ok(Some(decrease(*loss, &here.residuals, &there.residuals)))
    }

    fn bend(
        &self,
        oracle: &Oracle<'_, O>,
        iterate: &Iterate<Vec<f64>>,
        memory: &mut JacobianMemory,
        v: &mut Vec<f64>,
        multiplier: f64,
    ) -> Result<(), Interrupt> {
        let Acceleration::Geodesic { ratio } = self.acceleration else { return Ok(()) };
        let JacobianMemory { here, there, loss, factored, tried } = memory;
        *tried = Evaluated::Nothing;
        let ask = || oracle.check();
        let watch = Watch::new(&ask);
        let model = factored.at(here, *loss, self.loss_curvature, watch)?;
        let Some(model) = model else { return Ok(()) };
        let mut probe = iterate.x.clone();
        probe.axpy(PROBE, v);
        let c = &mut there.residuals;
        oracle.residuals(&probe, c)?;
        // c = -r_vv = -2/h ((r(x + h v) - r(x)) / h - J v).
        let mut slope = vec![0.0; c.len()];
        here.jacobian.multiply(v, &mut slope);
        for ((c, r), slope) in c.iter_mut().zip(&here.residuals).zip(&slope) {
            *c = 2.0 / PROBE * (slope - (*c - r) / PROBE);
        }
        if !c.is_finite() {
            return Ok(());
        }
        let a = model.damped_for(c.clone(), 0.5 * multiplier, watch)?;
        let length = model.length(&model.scaled(v));
        if 2.0 * model.length(&a) > ratio * length || !a.is_finite() {
            return Ok(());
        }
        let straight = v.clone();
        let mut correction = Vec::new();
        model.unscale(&a, &mut correction);
        v.axpy(0.5, &correction);
        // The straight step knows of the bounds, the correction does not.
        if let Some(bounds) = oracle.bounds() {
            let sides = bounds.lower().iter().zip(bounds.upper());
            let ends = iterate.x.iter().zip(&*v).map(|(x, v)| x + v);
            if ends.zip(sides).any(|(end, (low, high))| end <= *low || end >= *high) {
                *v = straight;
            }
        }
        Ok(())
    }

    fn belief<'s>(&self, memory: &'s JacobianMemory) -> Belief<'s, Vec<f64>> {
        let ResidualPoint { jacobian, residuals, .. } = &memory.here;
        match GaussNewton::new(jacobian, residuals, memory.loss, self.loss_curvature) {
            Ok(gauss_newton) => Belief::default().curvature(Source::Jacobian, gauss_newton),
            Err(_) => Belief::default().anew(Source::Jacobian),
        }
    }
}

/// `sum_i rho(r_i^2) - rho(s_i^2)`, squares as `(r - s)(r + s)`: the small difference of two large
/// sums keeps its digits.
fn decrease(loss: Loss, before: &[f64], after: &[f64]) -> f64 {
    let pairs = before.iter().zip(after);
    match loss {
        Loss::Squares => pairs.map(|(r, s)| (r - s) * (r + s)).sum(),
        _ => pairs.map(|(r, s)| loss.evaluate(r * r).0 - loss.evaluate(s * s).0).sum(),
    }
}
