//! Files whose likelihood has no maximum.

use super::error::StreamError;
use super::newton::{Limits, Scored};
use super::pass::{Direction, Part, Run};
use super::source::Source;
use crate::model::{Infinite, Movers};
use crate::solve::Status;
use crate::solve::problem::Point;
use crate::solve::separation::DECIDED;

/// Why there is no maximum: see [`Separation`](crate::Separation).
pub(super) struct Separated {
    pub(super) complete: bool,
    pub(super) infinite: Vec<Infinite>,
    /// The number of rows that are fitted perfectly in the limit.
    pub(super) rows: usize,
    /// Directions whose rows these are.
    pub(super) left_out: Vec<Direction>,
}

impl Run<'_> {
    /// The direction of recession that a fit has met; or where it has a penalty, the one over the columns
    /// without, all others held.
    pub(super) fn recession_of(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        scored: &mut Scored,
    ) -> Result<Option<Direction>, StreamError> {
        let stopped = scored.status == Status::Stopped;
        if scored.recession.is_some() || part.is_unpenalized() || stopped {
            return Ok(scored.recession.take());
        }
        let held: Vec<bool> =
            part.held.iter().zip(&part.l2).map(|(&held, &l2)| held || l2 > 0.0).collect();
        let nothing = held.iter().all(|&held| held) && !self.intercept;
        if scored.totals.farthest <= DECIDED || nothing || !self.may_be_separated() {
            return Ok(None);
        }
        let free = Part { l2: vec![0.0; held.len()], held, left_out: part.left_out.clone() };
        let start = self.pass(source, &free, &scored.point, self.curvature(), None)?;
        // No test is to end it: what ends it is the direction, or precision.
        let limits = Limits { decrement: 0.0, iterations: 30 };
        let mut found = self.score(source, &free, (scored.point.clone(), start), &limits)?;
        Ok(found.recession.take())
    }

    /// Follows directions of recession: the rows that they fit perfectly are left out, which is the limit for
    /// all others, until a fit of the rest ends, whose point is given.
    pub(super) fn follow(
        &self,
        source: &mut Source<'_>,
        part: &Part,
        first: Direction,
        from: Point,
        limits: &Limits,
    ) -> Result<(Separated, Point), StreamError> {
        let columns = &self.summary.columns;
        let mut movers = Movers::new(&columns.moments.squares, columns.shifts.clone());
        let mut rest = part.clone();
        let mut point = from;
        let mut recession = Some(first);
        let mut left = self.summary.rows;
        while let Some(direction) = recession.take() {
            movers.add(self.intercept.then_some(direction.intercept), &direction.b);
            rest.left_out.push(direction);
            let start = self.pass(source, &rest, &point, self.curvature(), None)?;
            left = start.rows;
            if left == 0 {
                // Penalties are all that is left.
                let penalized = point.b.iter_mut().zip(&part.l2).filter(|(_, l2)| **l2 > 0.0);
                penalized.for_each(|(b, _)| *b = 0.0);
                break;
            }
            for alias in self.dependent_in(source, &rest, &point)? {
                rest.held[alias.column] = true;
            }
            // Held now, a column has no part in the gradient.
            let start = self.pass(source, &rest, &point, self.curvature(), None)?;
            let mut again = self.score(source, &rest, (point, start), limits)?;
            recession = self.recession_of(source, &rest, &mut again)?;
            point = again.point;
        }
        let separated = Separated {
            complete: left == 0,
            infinite: movers.infinite(),
            rows: self.summary.rows - left,
            left_out: rest.left_out,
        };
        Ok((separated, point))
    }
}
