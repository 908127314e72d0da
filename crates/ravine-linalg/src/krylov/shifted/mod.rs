//! Many shifts of one operator at once: the Krylov space of `A + sigma I` and b does not depend on
//! sigma.

mod cg;
mod minres;

pub use cg::{ShiftedCg, ShiftedCgWork};
pub use minres::{ShiftedMinres, ShiftedMinresWork};

use super::report::{residual_of, trouble};
use super::{LanczosStep, ShortLanczos, SolveEnd, TrueResidual};
use crate::error::Interrupt;
use crate::operator::LinearOperator;
use crate::vector::Vector;

/// What a solver did for many shifts.
#[derive(Clone, Debug, PartialEq)]
pub struct ShiftedInfo {
    /// Products with A, for all shifts together.
    pub products: usize,
    /// What it did for each shift, in the order given.
    pub shifts: Vec<ShiftInfo>,
}

/// What a solver did for one of many shifts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShiftInfo {
    /// The shift sigma.
    pub shift: f64,
    /// Why it ended.
    pub end: SolveEnd,
    /// Iterations until then.
    pub iterations: usize,
    /// The norm of `b - (A + sigma I) x` by the recurrence.
    pub residual_norm: f64,
    /// The same by a product, where the settings ask for it.
    pub true_residual_norm: Option<f64>,
}

/// The part of a shift in a run for all.
trait ShiftedSystem<V> {
    /// Takes in the last step of the process and moves x: the new norm of the residual, or why this
    /// shift ends with the x that it has.
    fn advance(&mut self, lanczos: &ShortLanczos<V>, x: &mut V) -> Result<f64, SolveEnd>;
}

/// What the solvers for many shifts have in common.
struct Settings {
    tolerance: f64,
    iterations: usize,
    true_residual: TrueResidual,
}

/// The vectors and histories that they have in common.
#[derive(Clone, Debug)]
struct Work<V, S> {
    lanczos: ShortLanczos<V>,
    residual: V,
    systems: Vec<S>,
    histories: Vec<Vec<f64>>,
}

impl<V: Vector, S: ShiftedSystem<V>> Work<V, S> {
    fn new(like: &V) -> Self {
        Self {
            lanczos: ShortLanczos::new(like),
            residual: like.zeros_like(),
            systems: Vec::new(),
            histories: Vec::new(),
        }
    }

    /// Solves for every shift from zero; each stops for itself, the run with the last.
    fn run(
        &mut self,
        settings: &Settings,
        a: &impl LinearOperator<V>,
        shifts: &[f64],
        b: &V,
        solutions: &mut [V],
        system: impl Fn(Option<S>, f64, f64) -> S,
    ) -> Result<ShiftedInfo, Interrupt> {
        assert_eq!(shifts.len(), solutions.len(), "solve: one vector for each shift");
        let Self { lanczos, residual, systems, histories } = self;
        let begun = lanczos.begin(b);
        let norm = lanczos.start_norm();
        let mut old = std::mem::take(systems).into_iter();
        systems.extend(shifts.iter().map(|&shift| system(old.next(), shift, norm)));
        histories.resize_with(shifts.len(), Vec::new);
        let start = |history: &mut Vec<f64>| {
            history.clear();
            history.push(norm);
        };
        histories.iter_mut().for_each(start);
        solutions.iter_mut().for_each(|x| x.fill(0.0));
        let enough = settings.tolerance * norm;
        let mut info: Vec<_> = shifts
            .iter()
            .map(|&shift| ShiftInfo {
                shift,
                end: match norm <= enough {
                    _ if !shift.is_finite() => SolveEnd::NotFinite,
                    true => SolveEnd::Converged,
                    false => SolveEnd::IterationLimit,
                },
                iterations: 0,
                residual_norm: norm,
                true_residual_norm: None,
            })
            .collect();
        let mut products = 0;
        let mut step = begun;
        let mut active: Vec<_> =
            info.iter().map(|info| info.end == SolveEnd::IterationLimit).collect();
        while active.contains(&true) {
            if step == LanczosStep::Done && products < settings.iterations {
                step = lanczos.step(a)?;
                products += 1;
            } else if step == LanczosStep::Done {
                break;
            }
            for (k, active) in active.iter_mut().enumerate().filter(|(_, active)| **active) {
                if let Some(end) = trouble(step) {
                    info[k].end = end;
                    *active = false;
                    continue;
                }
                match systems[k].advance(lanczos, &mut solutions[k]) {
                    Ok(residual_norm) => {
                        info[k].iterations += 1;
                        info[k].residual_norm = residual_norm;
                        histories[k].push(residual_norm);
                        if residual_norm <= enough {
                            info[k].end = SolveEnd::Converged;
                            *active = false;
                        }
                    }
                    Err(end) => {
                        info[k].end = end;
                        *active = false;
                    }
                }
            }
        }
        if settings.true_residual == TrueResidual::Measured && begun == LanczosStep::Done {
            let finished = info.iter_mut().zip(&*solutions);
            for (info, x) in finished.filter(|(info, _)| info.end != SolveEnd::NotFinite) {
                residual_of(a, b, x, residual)?;
                residual.axpy(-info.shift, x);
                products += 1;
                info.true_residual_norm = Some(residual.norm());
            }
        }
        Ok(ShiftedInfo { products, shifts: info })
    }
}
