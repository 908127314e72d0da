//! Least squares of the linear model of residuals, damped, and within bounds.

use std::convert::Infallible;

use super::bounded::{Bounded, Found};
use super::{Damped, Local, Scaled, Solution, Step};
use crate::curvature::{
    Descended, Factorization, Factors, LinearResiduals, Model, weighted_length as length,
};
use crate::objective::{Bounds, Within};
use crate::settings::Described;
use ravine_linalg::matrix::{Damped as DampedFactors, Qr};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, Watch};

/// The step of Levenberg and Marquardt: p minimizes `|r + J p|^2` within `|D p| <= radius`, or, the
/// same with a multiplier, `|r + J p|^2 + damping |D p|^2`, by orthogonal factors of J, never by
/// `J'J`. It exists for any rank and for fewer residuals than variables; where the radius is infinite
/// and J lacks rank, p is the shortest of all minimizers in the scale of the columns.
///
/// Within the bounds of a run, p is the minimizer over their box, too: `lower <= x + p <= upper`. Which
/// variables end at bounds, and which leave them, the model says, by an active set whose
/// least-squares problems are solved by orthogonal factors. The function is never evaluated outside
/// the bounds; a start outside is moved to the nearest point within; the gradient test compares the
/// projected gradient.
///
/// D is the scale that the curvature gives each variable. It takes a curvature of residuals:
/// [`GaussNewtonCurvature`](crate::curvature::GaussNewtonCurvature).
///
/// Sources: Levenberg (1944); Marquardt (1963); Moré, The Levenberg-Marquardt algorithm:
/// implementation and theory (1978); Stark and Parker, Bounded-variable least-squares: an algorithm
/// and applications (1995); Conn, Gould and Toint, Trust-region methods (2000), chapter 12, for the
/// trust region within a box.
///
/// ```
/// use ravine::curvature::GaussNewtonCurvature;
/// use ravine::methods::Composition;
/// use ravine::step::LeastSquares;
/// use ravine::trust::ScaledRadius;
///
/// let f = ravine::residuals!(2, |x| [1.0 - x[0], 10.0 * (x[1] - x[0] * x[0])]);
/// let (curvature, trust) = (GaussNewtonCurvature::default(), ScaledRadius::default());
/// let method = Composition { curvature, step: LeastSquares::default(), trust };
/// let outcome = ravine::minimize(&f, vec![-1.2, 1.0], method).run()?;
/// assert!(outcome.status.converged() && outcome.value < 1e-20);
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeastSquares {}

/// What [`LeastSquares`] keeps: the multiplier of the last step, the radius that it was for, and the
/// length in which it ended.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct LeastSquaresMemory {
    multiplier: f64,
    radius: f64,
    length: f64,
    #[serde(skip)]
    work: Work,
}

/// Scratch: the last damped problem and its step, and vectors.
#[derive(Clone, Debug, Default)]
struct Work {
    damped: DampedFactors,
    q: Vec<f64>,
    diagonal: Vec<f64>,
    gradient: Vec<f64>,
}

/// The step q = C p of this damping, as a step of the model.
fn solution(model: &LinearResiduals, q: &[f64], damping: f64, step: &mut Vec<f64>) -> Solution {
    let image = model.image_square(q);
    let length = model.length(q);
    let damped = damping * length * length;
    model.unscale(q, step);
    Solution {
        // |r|^2 - |r + J p|^2 = |J p|^2 + 2 damping |D p|^2, and -g'p / 2 = |J p|^2 + damping |D p|^2.
        predicted: image + 2.0 * damped,
        multiplier: 2.0 * damping,
        on_boundary: damping > 0.0,
        work: 1,
        measures: Some((-2.0 * (image + damped), step.norm_max())),
        scaled_length: Some(length),
        ..Solution::default()
    }
}

/// The same of a step within bounds.
fn bounded_solution(
    model: &LinearResiduals,
    found: &Found,
    damping: f64,
    step: &mut Vec<f64>,
) -> Solution {
    model.unscale(&found.q, step);
    Solution {
        predicted: found.decrease,
        multiplier: 2.0 * damping,
        on_boundary: damping > 0.0,
        work: 1,
        measures: Some((-2.0 * found.gain, step.norm_max())),
        scaled_length: Some(model.length(&found.q)),
        ..Solution::default()
    }
}

/// The share of the way to a bound that one step may go, as long as the way matters.
const SHARE: f64 = 0.99;
/// The way to a bound matters where it changes the model by more than this share of the residuals.
const NEAR: f64 = 1e-3;

/// The problem of the model within the bounds around x.
///
/// A variable comes close to its bound first, and only from there onto it: a term whose factor is zero
/// hides the others in it, so that a step that goes too far at once could not be taken back. That is
/// the care which interior methods take (Coleman and Li, An interior trust region approach for
/// nonlinear minimization subject to bounds, 1996).
fn within_box<'m>(
    model: &'m LinearResiduals,
    x: &[f64],
    bounds: &Bounds,
    watch: Watch<'m>,
) -> Result<Bounded<'m>, Interrupt> {
    let Factors::Dense { qr, c } = &model.factors else {
        let message = "the step `least-squares` keeps bounds with a dense Jacobian only; with a sparse one, \
                       `gauss-newton/projected/radius` does";
        return Err(Interrupt::Function(message.into()));
    };
    let near = NEAR * c.norm();
    let room = |sides: &[f64]| -> Vec<f64> {
        let way = |((side, x), column): ((&f64, &f64), &f64)| {
            let way = (side - x) * column;
            if way.abs() > near { SHARE * way } else { way }
        };
        sides.iter().zip(x).zip(model.columns()).map(way).collect()
    };
    let (lower, upper) = (room(bounds.lower()), room(bounds.upper()));
    Ok(Bounded::new(qr, c, &model.weights, lower, upper, watch))
}

impl LeastSquares {
    /// The radius of the whole step, which nothing shortens. Checkpoints as text know no infinity.
    pub(crate) const WHOLE: f64 = f64::MAX;
}

impl Step<Vec<f64>, Scaled> for LeastSquares {
    type Memory = LeastSquaresMemory;

    fn memory(&self, _like: &Vec<f64>) -> LeastSquaresMemory {
        LeastSquaresMemory::default()
    }

    fn memory_again(&self, _like: &Vec<f64>, memory: &mut LeastSquaresMemory) {
        let work = std::mem::take(&mut memory.work);
        *memory = LeastSquaresMemory { work, ..LeastSquaresMemory::default() };
    }

    fn minimize<B: Model<Vec<f64>> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, Vec<f64>>,
        Scaled(radius): Scaled,
        memory: &mut LeastSquaresMemory,
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        if radius == Self::WHOLE && local.bounds.is_none() {
            // The rank is that of J here, whatever its columns were elsewhere: no use is made of the model's
            // own factors.
            let scale = b.scales()?.to_vec();
            let (how, &Local { x, gradient, watch, .. }) = (Factorization::default(), local);
            let solved = b.descend(how, 0.0, x, gradient, step, watch)?;
            let Some(Descended { slope, length, .. }) = solved else { return Ok(None) };
            let scaled = step.iter().zip(&scale).map(|(p, d)| p * d).collect::<Vec<f64>>().norm();
            return Ok(Some(Solution {
                predicted: -0.5 * slope,
                work: 1,
                measures: Some((slope, length)),
                scaled_length: Some(scaled),
                ..Solution::default()
            }));
        }
        let Some(model) = b.residuals(local.watch)? else { return Ok(None) };
        // A shorter radius asks for more damping, in about the same proportion; one that grew did so from
        // the length of the step.
        let &mut LeastSquaresMemory { multiplier, radius: before, length, ref mut work } = memory;
        let from = if radius > before { length } else { before };
        let guess = if from > 0.0 { multiplier * from / radius } else { 0.0 };
        model.half_gradient(&mut work.gradient);
        let slope = work.gradient.norm();
        let (damping, solution) = if let Some(bounds) = local.bounds {
            let mut problem = within_box(model, local.x, bounds, local.watch)?;
            let (found, damping) = within_box_and_radius(&mut problem, slope, radius, guess)?;
            (damping, bounded_solution(model, &found, damping, step))
        } else {
            let damping = within_radius(model, (slope, radius, guess), work, local.watch)?;
            (damping, solution(model, &work.q, damping, step))
        };
        let length = solution.scaled_length.unwrap_or(f64::NAN);
        (memory.multiplier, memory.radius, memory.length) = (damping, radius, length);
        Ok(Some(solution))
    }

    fn within(&self) -> Option<Within<Vec<f64>>> {
        Some(Within::ENTRIES)
    }
}

/// With a damping: `|r + J p|^2 + damping |D p|^2`.
impl Step<Vec<f64>, Damped> for LeastSquares {
    type Memory = ();

    fn memory(&self, _like: &Vec<f64>) {}

    fn minimize<B: Model<Vec<f64>> + ?Sized>(
        &self,
        b: &mut B,
        local: &Local<'_, Vec<f64>>,
        Damped(damping): Damped,
        _memory: &mut (),
        step: &mut Vec<f64>,
    ) -> Result<Option<Solution>, Interrupt> {
        let Some(model) = b.residuals(local.watch)? else { return Ok(None) };
        Ok(Some(if let Some(bounds) = local.bounds {
            let found = within_box(model, local.x, bounds, local.watch)?.minimize(damping)?;
            bounded_solution(model, &found, damping, step)
        } else {
            solution(model, &model.damped(damping, local.watch)?, damping, step)
        }))
    }

    fn within(&self) -> Option<Within<Vec<f64>>> {
        Some(Within::ENTRIES)
    }
}

/// How far the length of a damped step may be from the radius.
const SLACK: f64 = 0.1;
/// Most corrections of the damping; two or three are usual.
const CORRECTIONS: usize = 10;

/// Minimizes `|R P'q - c|` within `|W q| <= radius` (to a tenth): the Gauss-Newton step where it is
/// short enough, otherwise `(R'R + damping W^2) q = R'c` with the damping found by Newton's method on
/// the secular equation `1/|W q| = 1/radius`, guarded by bounds. Leaves q in `work`, and gives the
/// damping.
///
/// Each damping costs one triangularization of `[R; sqrt(damping) I]`, not of the whole Jacobian.
/// `slope` is the norm of `W^-1 R'c`; `guess` a damping to begin with, such as that of the step before.
///
/// Source: Moré, The Levenberg-Marquardt algorithm: implementation and theory (1978), section 5.
fn within_radius(
    model: &LinearResiduals,
    wanted: (f64, f64, f64),
    work: &mut Work,
    watch: Watch<'_>,
) -> Result<f64, Interrupt> {
    let weights = &model.weights;
    match &model.factors {
        Factors::Dense { qr, c } => Ok(within_dense_radius(qr, c, weights, wanted, work)),
        Factors::Sparse { qr, .. } => {
            let q = &mut work.q;
            *q = model.least_squares(watch)?;
            let form = qr.has_full_rank().then(|| qr.inverse_form(&twice_weighted(q, weights)));
            let whole = length(q, weights);
            let damped = |damping: f64| {
                let factors = qr.damped(&model.diagonal(damping), watch)?;
                *q = factors.solve();
                let form = factors.inverse_form(&twice_weighted(q, weights));
                Ok((length(q, weights), form))
            };
            to_radius_from(whole, form, damped, wanted)
        }
    }
}

fn twice_weighted(q: &[f64], weights: &[f64]) -> Vec<f64> {
    q.iter().zip(weights).map(|(q, w)| q * w * w).collect()
}

fn within_dense_radius(
    qr: &Qr,
    c: &[f64],
    weights: &[f64],
    wanted: (f64, f64, f64),
    work: &mut Work,
) -> f64 {
    let Work { damped, q, diagonal, .. } = work;
    diagonal.clear();
    diagonal.resize(qr.columns(), 0.0);
    let form = if qr.rank() == qr.columns() {
        damped.renew(qr, c, diagonal);
        q.clear();
        q.extend_from_slice(damped.solution());
        Some(damped.weighted_form(weights))
    } else {
        let mut b = c.to_vec();
        qr.multiply_q(&mut b);
        *q = qr.solve(&b);
        None
    };
    let whole = length(q, weights);
    let with_damping = |damping: f64| {
        diagonal.iter_mut().zip(weights).for_each(|(d, w)| *d = damping.sqrt() * w);
        damped.renew(qr, c, diagonal);
        q.clear();
        q.extend_from_slice(damped.solution());
        Ok::<_, Infallible>((length(q, weights), damped.weighted_form(weights)))
    };
    let Ok(damping) = to_radius_from(whole, form, with_damping, wanted);
    damping
}

/// From the step without damping, of this length, and its form where it is the only one, to the one at the
/// radius, of slope, radius and guess; gives the damping.
fn to_radius_from<E>(
    whole: f64,
    form: Option<f64>,
    damped: impl FnMut(f64) -> Result<(f64, f64), E>,
    (slope, radius, guess): (f64, f64, f64),
) -> Result<f64, E> {
    if whole <= (1.0 + SLACK) * radius {
        return Ok(0.0);
    }
    // Where Newton's method lands from damping 0: 1/|W q| is concave in the damping.
    let landing = form.map(|form| (whole - radius) / radius * whole * (whole / form));
    let lower = landing.filter(|landing| landing.is_finite()).unwrap_or(0.0);
    to_radius(damped, whole, lower, slope, radius, guess)
}

/// The same within bounds. The shape of `1/|q|` changes where variables meet theirs, so that only the
/// bracket, which the length keeps falling in, is relied upon.
fn within_box_and_radius(
    problem: &mut Bounded<'_>,
    slope: f64,
    radius: f64,
    guess: f64,
) -> Result<(Found, f64), Interrupt> {
    let mut found = problem.minimize(0.0)?;
    let length = problem.length(&found.q);
    // What has no number is left to the trust, which ends there.
    if length <= (1.0 + SLACK) * radius || length.is_nan() {
        return Ok((found, 0.0));
    }
    let damped = |damping: f64| {
        found = problem.minimize(damping)?;
        Ok::<_, Interrupt>((problem.length(&found.q), found.form))
    };
    let damping = to_radius(damped, length, 0.0, slope, radius, guess)?;
    Ok((found, damping))
}

/// The damping at which the length of the minimizer is the radius, to a tenth: `damped` finds the one for a
/// damping, and gives its length `|W q|` and `q'W^2 (A'A + damping W^2)^-1 W^2 q`. The damping is above `lower`
/// and below `slope / radius`; without damping the length is `length`.
fn to_radius<E>(
    mut damped: impl FnMut(f64) -> Result<(f64, f64), E>,
    length: f64,
    mut lower: f64,
    slope: f64,
    radius: f64,
    guess: f64,
) -> Result<f64, E> {
    let mut upper = slope / radius;
    let mut damping = guess.max(lower).min(upper);
    if damping <= 0.0 {
        damping = slope / length;
    }
    let mut correction = 0;
    loop {
        damping = damping.max(f64::MIN_POSITIVE);
        let (length, form) = damped(damping)?;
        let excess = length - radius;
        correction += 1;
        if excess.abs() <= SLACK * radius || correction == CORRECTIONS {
            return Ok(damping);
        }
        if excess > 0.0 {
            lower = lower.max(damping);
        } else {
            upper = upper.min(damping);
        }
        let newton = damping + excess / radius * length * (length / form);
        damping = if newton > lower && newton < upper {
            newton
        } else {
            (lower * upper).sqrt().max(1e-3 * upper)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ravine_linalg::matrix::Matrix;

    /// Fit of 8 numbers by 4 graded columns, condition number about 1e4.
    fn problem() -> (Matrix, Qr, Vec<f64>, f64) {
        let a = Matrix::from_fn(8, 4, |i, j| {
            ((3 * i + 5 * j + i * j) as f64).sin() * 10f64.powi(-(j as i32))
        });
        let b: Vec<f64> = (0..8).map(|i| (f64::from(i) * 0.7).cos()).collect();
        let mut slope = vec![0.0; 4];
        a.multiply_transposed(&b, &mut slope);
        let qr = Qr::new(a.clone()).unwrap();
        let mut c = b;
        qr.multiply_q_transposed(&mut c);
        (a, qr, c, slope.norm())
    }

    fn within_radius(qr: &Qr, c: &[f64], wanted: (f64, f64, f64)) -> (Vec<f64>, f64) {
        let mut work = Work::default();
        let damping = within_dense_radius(qr, c, &[1.0; 4], wanted, &mut work);
        (work.q, damping)
    }

    #[test]
    fn a_long_radius_gives_the_gauss_newton_step() {
        let (_, qr, c, slope) = problem();
        let (q, damping) = within_radius(&qr, &c, (slope, 1e9, 0.0));
        assert_eq!(damping, 0.0);
        let mut b = c.clone();
        qr.multiply_q(&mut b);
        let expected = qr.solve(&b);
        assert!(q.iter().zip(&expected).all(|(q, e)| (q - e).abs() < 1e-9 * e.abs()));
    }

    #[test]
    fn a_short_radius_is_met_to_a_tenth_by_the_damped_step() {
        let (a, qr, c, slope) = problem();
        let gauss_newton = within_radius(&qr, &c, (slope, 1e9, 0.0)).0.norm();
        for shorter in [0.8, 0.1, 1e-3, 1e-6] {
            for guess in [0.0, 1e-12, 1.0, 1e6] {
                let radius = shorter * gauss_newton;
                let (q, damping) = within_radius(&qr, &c, (slope, radius, guess));
                assert!((q.norm() - radius).abs() <= 0.1 * radius, "{shorter} {guess}");
                // (A'A + damping I) q = A'b.
                let (mut image, mut left) = (vec![0.0; 8], vec![0.0; 4]);
                a.multiply(&q, &mut image);
                a.multiply_transposed(&image, &mut left);
                left.axpy(damping, &q);
                let (mut b, mut right) = (c.clone(), vec![0.0; 4]);
                qr.multiply_q(&mut b);
                a.multiply_transposed(&b, &mut right);
                left.axpy(-1.0, &right);
                assert!(left.norm() < 1e-13 * slope);
            }
        }
    }

    #[test]
    fn deficient_rank_is_no_obstacle() {
        let full = problem().0;
        let a = Matrix::from_fn(8, 4, |i, j| full[(i, j % 2)]);
        let qr = Qr::new(a).unwrap();
        let mut c: Vec<f64> = (0..8).map(|i| (f64::from(i) * 0.7).cos()).collect();
        qr.multiply_q_transposed(&mut c);
        let (long, damping) = within_radius(&qr, &c, (1.0, 1e9, 0.0));
        assert_eq!(damping, 0.0);
        let (short, damping) = within_radius(&qr, &c, (1.0, 0.01 * long.norm(), 0.0));
        assert!(damping > 0.0 && (short.norm() / long.norm() - 0.01).abs() < 2e-3);
    }
}
