//! The first steps of a method on the objective itself.

use serde_json::Value;

use crate::methods::Entry;
use crate::minimize::{Conditions, Stopping};
use crate::objective::Supplies;

/// What a few steps of a Newton-like method on the objective itself say of the iterations it takes: a
/// quadratic is done in one, so the more it takes, the further the function is from its model.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Trial {
    /// The method.
    pub method: String,
    /// `|g_k| / |g_0|` after each iteration, in the maximum norm.
    pub reductions: Vec<f64>,
    /// Whether the gradient test was met on the way.
    pub converged: bool,
    /// The iterations until it holds, continued as the last ones went: each squares the reduction
    /// of the one before where they get faster, else at the mean rate.
    pub iterations: f64,
}

/// Iterations that are assumed where the gradient does not fall at first: the method is still on its
/// way out of a region that its model does not fit.
const UNSETTLED: f64 = 20.0;
/// Most iterations that a rate is continued for.
const MOST: f64 = 60.0;

impl Trial {
    /// Makes at most `steps` steps; and the point where they end. `None` where the method cannot start.
    pub(super) fn make(
        entry: &Entry,
        settings: &Value,
        objective: &dyn Supplies,
        x: &[f64],
        stopping: &Stopping,
        steps: u64,
        conditions: &Conditions<'_>,
    ) -> Option<(Self, Vec<f64>)> {
        let limited = Stopping { iterations: Some(steps), ..stopping.clone() };
        let conditions = conditions.clone().stopping(limited);
        let mut run = entry.start(settings, objective, x, conditions).ok()?;
        let first = run.progress().gradient_norm;
        let mut reductions = Vec::new();
        let mut made = 0;
        while run.step().is_none() {
            if run.progress().iteration > made {
                made = run.progress().iteration;
                reductions.push(run.progress().gradient_norm / first);
            }
        }
        if run.progress().iteration > made {
            reductions.push(run.progress().gradient_norm / first);
        }
        let crate::Outcome { status, x: end, .. } = run.outcome();
        let converged = status.converged() || status == crate::Status::PrecisionLimit;
        let tolerance = stopping.gradient_relative.max(stopping.gradient_absolute / first);
        let iterations =
            if converged { reductions.len() as f64 } else { expected(&reductions, tolerance) };
        let trial = Self { method: entry.name.to_owned(), reductions, converged, iterations };
        Some((trial, end))
    }
}

/// Iterations until the reduction reaches `tolerance`.
fn expected(reductions: &[f64], tolerance: f64) -> f64 {
    let made = reductions.len() as f64;
    let (Some(&last), true) = (reductions.last(), reductions.len() >= 2) else { return UNSETTLED };
    let ratio = |k: usize| if k == 0 { reductions[0] } else { reductions[k] / reductions[k - 1] };
    let k = reductions.len() - 1;
    let (before, now) = (ratio(k - 1), ratio(k));
    let mut left = last;
    if now < 0.5 && now < before.powf(1.3) {
        // Convergence of second order: logarithms of ratios double.
        let mut rate = now;
        let mut more = 0.0;
        while left > tolerance && more < MOST {
            rate = (rate * rate).max(1e-12);
            left *= rate;
            more += 1.0;
        }
        return made + more;
    }
    let rate = (before * now).sqrt().min(last.powf(1.0 / made));
    if rate >= 0.999 {
        return made + UNSETTLED;
    }
    made + ((tolerance / left).ln() / rate.ln()).clamp(0.0, MOST)
}

#[cfg(test)]
mod tests {
    use super::expected;

    #[test]
    fn rates_are_continued() {
        // Linear: (1/2)^k <= 1e-6 at 20.
        assert!((expected(&[0.5, 0.25, 0.125], 1e-6) - 20.0).abs() < 0.1);
        // Quadratic: 0.1, 0.01, 1e-4, 1e-8.
        assert_eq!(expected(&[0.1, 0.001], 1e-8), 4.0);
        // Nothing is gained.
        assert_eq!(expected(&[1.0, 1.0, 1.0], 1e-6), 23.0);
        assert_eq!(expected(&[], 1e-6), 20.0);
    }
}
