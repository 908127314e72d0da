//! Newton's method, each step a pass over the file; Fisher scoring where the objective is not convex.

use ravine::vector::axpy;

use super::error::StreamError;
use super::pass::{Direction, Part, Run, Totals};
use super::source::Source;
use crate::solve::cholesky::FactoredInformation;
use crate::solve::problem::Point;
use crate::solve::separation::Watcher;
use crate::solve::{Status, Test};

/// A step is halved so often at most.
const HALVINGS: usize = 30;

/// When it ends.
pub(super) struct Limits {
    /// Half of Newton's decrement squared, by the objective where that is above 1.
    pub(super) decrement: f64,
    pub(super) iterations: usize,
}

/// Where it ended.
pub(super) struct Scored {
    pub(super) point: Point,
    pub(super) totals: Totals,
    pub(super) status: Status,
    pub(super) decrement: f64,
    pub(super) iterations: usize,
    pub(super) history: Vec<(usize, f64)>,
    /// A direction along which the likelihood rises for ever.
    pub(super) recession: Option<Direction>,
    /// Whether the information was singular to rounding.
    pub(super) shifted: bool,
}

impl Run<'_> {
    /// Newton's method from a point at which the file has been read.
    pub(super) fn score(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        (mut point, mut totals): (Point, Totals),
        limits: &Limits,
    ) -> Result<Scored, StreamError> {
        let analysis = self.encoding.analysis;
        let watched = part.is_unpenalized() && self.may_be_separated();
        let mut information = FactoredInformation::default();
        let mut watcher = Watcher::default();
        let mut d = vec![0.0; self.columns()];
        let mut history = vec![(0, totals.mean)];
        let (mut status, mut decrement, mut iterations) =
            (Status::IterationLimit, f64::INFINITY, 0);
        let mut recession = None;
        while iterations < limits.iterations {
            let of_intercept = totals.of_information(self);
            information.factorize_sums(&totals.gram, of_intercept, &part.l2, &part.held);
            let d0;
            (d0, decrement) = information.direction(&totals.gradient, totals.of_intercept, &mut d);
            let size = totals.mean.abs().max(1.0);
            if decrement <= limits.decrement * size {
                status = Status::Converged(Test::Decrement);
                break;
            }
            if analysis.interrupter.stops() {
                status = Status::Stopped;
                break;
            }
            iterations += 1;
            let rounding = 1e-12 * totals.mean.abs();
            let along = watched.then_some((d0, &d[..]));
            let mut share = 1.0;
            let mut better = None;
            for _ in 0..HALVINGS {
                let mut trial = point.clone();
                trial.intercept += share * d0;
                axpy(&mut trial.b, share, &d);
                let there = self.pass(source, part, &trial, self.curvature(), along)?;
                if there.mean <= totals.mean + rounding {
                    better = Some((trial, there));
                    break;
                }
                share *= 0.5;
            }
            let Some(accepted) = better else {
                // Where values are rounding, the decrement has said what there is to gain.
                status = match decrement <= analysis.tolerance * size {
                    true => Status::Converged(Test::Decrement),
                    false => Status::PrecisionLimit,
                };
                break;
            };
            (point, totals) = accepted;
            history.push((iterations, totals.mean));
            let family = self.loss().family();
            if watched
                && watcher.is_worth_a_look(share)
                && watcher.judge(family, totals.farthest, &totals.change)
            {
                status = Status::Separated;
                let change = totals.change;
                recession = Some(Direction { intercept: d0, b: d.clone(), change });
                break;
            }
        }
        let size = totals.mean.abs().max(1.0);
        if status == Status::IterationLimit && decrement <= analysis.tolerance * size {
            status = Status::Converged(Test::Decrement);
        }
        let shifted = information.shifted;
        Ok(Scored { point, totals, status, decrement, iterations, history, recession, shifted })
    }
}
