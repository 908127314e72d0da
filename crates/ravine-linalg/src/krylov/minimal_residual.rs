//! What the solvers of minimal residual have in common: settings, room, the run.

use super::report::{Begun, Estimates, check_tolerance, most, residual_of, trouble};
use super::{LanczosStep, ShortLanczos, SolveEnd, SolveInfo, Start, TrueResidual};
use crate::error::{ArgumentError, Interrupt};
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// A solver of `A x = b` with symmetric A that makes the residual smallest over the Krylov space, by
/// the recurrence M: [`Minres`](super::Minres), [`MinresQlp`](super::MinresQlp) or
/// [`ConjugateResiduals`](super::ConjugateResiduals).
///
/// ```
/// use ravine_linalg::krylov::{ConjugateResiduals, Minres};
///
/// let minres = Minres { tolerance: 1e-10, iterations: Some(50), ..Default::default() };
/// assert!(minres.validate().is_ok());
/// assert!(ConjugateResiduals { tolerance: 1.0, ..Default::default() }.validate().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinimalResidualSolver<M> {
    /// The residual that is small enough, relative to that at zero. Default `1e-8`.
    pub tolerance: f64,
    /// The `|A r|` that is small enough for a least-squares solution, relative to `|A| |r|`. Where b
    /// is not in the range of A, rounding lets it fall to about `1e-8` and then grow, and x with it;
    /// where it is, and the condition number is greater than the reciprocal of this, a slow phase is
    /// taken for the end: then set it to zero. Default `1e-7`.
    pub normal_tolerance: f64,
    /// Most iterations; `None` for ten times the dimension and ten more. Default `None`.
    pub iterations: Option<usize>,
    /// Where to start. Default [`Start::Zero`].
    pub start: Start,
    /// Whether to end with one more product. Default [`TrueResidual::Measured`].
    pub true_residual: TrueResidual,
    /// Which method it is; nothing to set.
    #[serde(skip)]
    pub method: M,
}

impl<M: Default> Default for MinimalResidualSolver<M> {
    fn default() -> Self {
        Self {
            tolerance: 1e-8,
            normal_tolerance: 1e-7,
            iterations: None,
            start: Start::Zero,
            true_residual: TrueResidual::Measured,
            method: M::default(),
        }
    }
}

/// A method: which recurrence it makes x by.
pub trait MinimalResidualMethod: Default {
    /// For vectors V.
    type Recurrence<V: Vector>: MinimalResidualRecurrence<V>;
}

/// A method by the Lanczos process, which can take a preconditioner in.
pub trait LanczosMethod: MinimalResidualMethod {}

/// The equations to solve.
pub struct System<'a, V, A> {
    /// A.
    pub(super) a: &'a A,
    /// The preconditioner.
    pub(super) m: Option<&'a dyn LinearOperator<V>>,
    /// The right-hand side.
    pub(super) b: &'a V,
}

/// What became of an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advance {
    /// x is new.
    Done,
    /// x is new and the last.
    Last(SolveEnd),
    /// x stays as it was.
    Refused(SolveEnd),
}

/// An iteration with the smallest residual over the Krylov space; `r` is room that it may use and in
/// which it may keep something.
pub trait MinimalResidualRecurrence<V: Vector> {
    /// Room for vectors of the shape of `like`.
    fn new(like: &V) -> Self;

    /// Sets x as `start` says.
    fn begin(
        &mut self,
        start: Start,
        system: &System<'_, V, impl LinearOperator<V>>,
        x: &mut V,
        r: &mut V,
    ) -> Result<Begun, Interrupt>;

    /// What is known of the last x.
    fn estimates(&self) -> Estimates;

    /// One iteration, of one product.
    fn advance(
        &mut self,
        system: &System<'_, V, impl LinearOperator<V>>,
        normal_tolerance: f64,
        x: &mut V,
        r: &mut V,
    ) -> Result<Advance, Interrupt>;

    /// Shows the last x.
    fn show(&self, x: &V, _r: &mut V, observe: &mut dyn FnMut(&V)) {
        observe(x);
    }

    /// Completes x.
    fn finish(&self, _x: &mut V) {}
}

/// The vectors of a [`MinimalResidualSolver`] and its history, kept for the next solve.
#[derive(Clone, Debug)]
pub struct MinimalResidualWork<V, R> {
    residual: V,
    recurrence: R,
    history: Vec<f64>,
}

impl<V: Vector, R: MinimalResidualRecurrence<V>> MinimalResidualWork<V, R> {
    /// Room for vectors of the shape of `like`.
    pub fn new(like: &V) -> Self {
        Self { residual: like.zeros_like(), recurrence: R::new(like), history: Vec::new() }
    }

    /// The norm of the residual by the recurrence, at the start and after every iteration.
    pub fn history(&self) -> &[f64] {
        &self.history
    }
}

impl<M: MinimalResidualMethod> MinimalResidualSolver<M> {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        check_tolerance("tolerance", self.tolerance)?;
        check_tolerance("normal_tolerance", self.normal_tolerance)
    }

    /// Solves `A x = b`.
    ///
    /// # Errors
    ///
    /// An interrupt of the operator.
    pub fn solve<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        b: &V,
        x: &mut V,
        work: &mut MinimalResidualWork<V, M::Recurrence<V>>,
    ) -> Result<SolveInfo, Interrupt> {
        self.run(&System { a, m: None, b }, x, work, None)
    }

    /// The run; where nobody looks, iterates need not be formed.
    pub(super) fn run<V: Vector>(
        &self,
        system: &System<'_, V, impl LinearOperator<V>>,
        x: &mut V,
        work: &mut MinimalResidualWork<V, M::Recurrence<V>>,
        mut observe: Option<&mut dyn FnMut(&V)>,
    ) -> Result<SolveInfo, Interrupt> {
        let MinimalResidualWork { residual: r, recurrence, history } = work;
        let &System { a, m, b } = system;
        let begun = recurrence.begin(self.start, system, x, r)?;
        let mut products = begun.products;
        let most = most(self.iterations, b.dimension());
        let enough = self.tolerance * begun.scale;
        history.clear();
        history.push(begun.norm);
        let mut iterations = 0;
        let mut end = loop {
            if let Some(end) = begun.trouble {
                break end;
            }
            let now = recurrence.estimates();
            if !now.residual.is_finite() {
                break SolveEnd::NotFinite;
            }
            if now.residual <= self.true_residual.safely(enough) {
                break SolveEnd::Converged;
            }
            if m.is_none() && now.residual <= V::EPSILON * now.operator * now.solution {
                break SolveEnd::PrecisionLimit;
            }
            if iterations == most {
                break SolveEnd::IterationLimit;
            }
            products += 1;
            let advance = recurrence.advance(system, self.normal_tolerance, x, r)?;
            if let Advance::Refused(end) = advance {
                break end;
            }
            iterations += 1;
            history.push(recurrence.estimates().residual);
            if let Some(observe) = &mut observe {
                recurrence.show(x, r, *observe);
            }
            if let Advance::Last(end) = advance {
                break end;
            }
        };
        recurrence.finish(x);
        let true_residual_norm = match end {
            SolveEnd::NotFinite => None,
            _ => self.true_residual.measure(a, b, x, r, &mut products)?,
        };
        // With a preconditioner the tolerance is that of another norm.
        if end == SolveEnd::Converged
            && m.is_none()
            && TrueResidual::refutes(true_residual_norm, enough)
        {
            end = SolveEnd::PrecisionLimit;
        }
        let known = Estimates { solution: x.norm(), ..recurrence.estimates() };
        Ok(known.info(end, iterations, products, true_residual_norm))
    }
}

impl<M: LanczosMethod> MinimalResidualSolver<M> {
    /// Solves `A x = b` with the preconditioner `m`.
    ///
    /// # Errors
    ///
    /// An interrupt of either operator.
    pub fn solve_preconditioned<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        m: &impl LinearOperator<V>,
        b: &V,
        x: &mut V,
        work: &mut MinimalResidualWork<V, M::Recurrence<V>>,
    ) -> Result<SolveInfo, Interrupt> {
        self.run(&System { a, m: Some(m), b }, x, work, None)
    }

    /// Solves `A x = b`, with a preconditioner or without, and shows every iterate; to form them costs
    /// [`MinresQlp`](super::MinresQlp) about `6 n` operations each, the others nothing.
    ///
    /// ```
    /// use ravine_linalg::krylov::{Minres, MinresWork};
    /// use ravine_linalg::matrix::Matrix;
    ///
    /// let a = Matrix::from_rows(&[[1.0, 2.0], [2.0, 1.0]]);
    /// let b = vec![5.0, 4.0];
    /// let (mut x, mut work, mut seen) = (b.clone(), MinresWork::new(&b), 0);
    /// let info =
    ///     Minres::default().solve_observed(&a, None, &b, &mut x, &mut work, &mut |_| seen += 1)?;
    /// assert_eq!(seen, info.iterations);
    /// # Ok::<(), ravine_linalg::Interrupt>(())
    /// ```
    ///
    /// # Errors
    ///
    /// An interrupt of either operator.
    pub fn solve_observed<V: Vector>(
        &self,
        a: &impl LinearOperator<V>,
        m: Option<&dyn LinearOperator<V>>,
        b: &V,
        x: &mut V,
        work: &mut MinimalResidualWork<V, M::Recurrence<V>>,
        observe: &mut dyn FnMut(&V),
    ) -> Result<SolveInfo, Interrupt> {
        self.run(&System { a, m, b }, x, work, Some(observe))
    }
}

/// The Lanczos process, and what a method makes of its T, one column after another.
#[derive(Clone, Debug)]
pub struct OverLanczos<V, R> {
    lanczos: ShortLanczos<V>,
    recurrence: R,
}

/// What a method makes of the tridiagonal T.
pub trait TridiagonalRecurrence<V: Vector> {
    /// Room for vectors of the shape of `like`.
    fn new(like: &V) -> Self;

    /// Starts anew with that residual.
    fn begin(&mut self, residual: f64);

    /// What is known of the last x.
    fn estimates(&self) -> Estimates;

    /// Takes in the last step of the process.
    fn advance(&mut self, lanczos: &ShortLanczos<V>, normal_tolerance: f64, x: &mut V) -> Advance;

    /// Shows the last x, with room in `r`.
    fn show(&self, x: &V, _r: &mut V, observe: &mut dyn FnMut(&V)) {
        observe(x);
    }

    /// Completes x.
    fn finish(&self, _x: &mut V) {}
}

impl<V: Vector, R: TridiagonalRecurrence<V>> MinimalResidualRecurrence<V> for OverLanczos<V, R> {
    fn new(like: &V) -> Self {
        Self { lanczos: ShortLanczos::new(like), recurrence: R::new(like) }
    }

    fn begin(
        &mut self,
        start: Start,
        &System { a, m, b }: &System<'_, V, impl LinearOperator<V>>,
        x: &mut V,
        r: &mut V,
    ) -> Result<Begun, Interrupt> {
        let lanczos = &mut self.lanczos;
        let zero = b.norm() == 0.0;
        let process = |lanczos: &mut ShortLanczos<V>, r: &V| match m {
            Some(m) if !zero => lanczos.begin_preconditioned(r, m),
            _ => Ok(lanczos.begin(r)),
        };
        // The scale is in the norm of the preconditioner, too.
        let mut step = process(lanczos, b)?;
        let scale = lanczos.start_norm();
        let mut products = 0;
        if start == Start::Zero || zero || step != LanczosStep::Done {
            x.fill(0.0);
        } else {
            residual_of(a, b, x, r)?;
            products += 1;
            step = process(lanczos, r)?;
        }
        let norm = lanczos.start_norm();
        self.recurrence.begin(norm);
        Ok(Begun { norm, scale, products, trouble: trouble(step) })
    }

    fn estimates(&self) -> Estimates {
        self.recurrence.estimates()
    }

    fn advance(
        &mut self,
        &System { a, m, .. }: &System<'_, V, impl LinearOperator<V>>,
        normal_tolerance: f64,
        x: &mut V,
        _r: &mut V,
    ) -> Result<Advance, Interrupt> {
        Ok(match trouble(self.lanczos.step_preconditioned(a, m)?) {
            Some(end) => Advance::Refused(end),
            None => self.recurrence.advance(&self.lanczos, normal_tolerance, x),
        })
    }

    fn show(&self, x: &V, r: &mut V, observe: &mut dyn FnMut(&V)) {
        self.recurrence.show(x, r, observe);
    }

    fn finish(&self, x: &mut V) {
        self.recurrence.finish(x);
    }
}
