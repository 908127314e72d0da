//! The generalized Cauchy point.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::model::Model;
use crate::objective::Bounds;
use ravine_linalg::vector::Vector;

/// Where a variable meets its bound on the way `P(x - t g)`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Breakpoint {
    time: f64,
    variable: usize,
}

impl Eq for Breakpoint {}

impl PartialOrd for Breakpoint {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Breakpoint {
    /// The earliest is the greatest, for the heap.
    fn cmp(&self, other: &Self) -> Ordering {
        other.time.total_cmp(&self.time).then_with(|| other.variable.cmp(&self.variable))
    }
}

/// The first local minimizer `x^c` of the model along the projected gradient path `P(x - t g)`,
/// with `c = W'(x^c - x)`.
///
/// The path is piecewise linear. Its pieces are visited in order of time; where a variable
/// stops at its bound, slope and curvature of the model along the path are updated in O(m^2).
///
/// Source: Byrd, Lu, Nocedal and Zhu (1995), algorithm CP.
#[derive(Clone, Debug, Default)]
pub(super) struct CauchyPoint {
    pub x: Vec<f64>,
    pub c: Vec<f64>,
    direction: Vec<f64>,
    breakpoints: BinaryHeap<Breakpoint>,
    /// `W'd`.
    p: Vec<f64>,
    /// A row of W, and M times it.
    w: Vec<f64>,
    mw: Vec<f64>,
}

impl CauchyPoint {
    pub fn find(&mut self, model: &Model, bounds: &Bounds, x: &[f64], g: &[f64]) {
        let Self { x: xc, c, direction: d, breakpoints, p, w, mw } = self;
        let theta = model.theta();
        xc.clear();
        xc.extend_from_slice(x);
        d.clear();
        breakpoints.clear();
        let mut moving = 0;
        for i in 0..x.len() {
            let time = match g[i] {
                g if g < 0.0 => (x[i] - bounds.upper()[i]) / g,
                g if g > 0.0 => (x[i] - bounds.lower()[i]) / g,
                _ => 0.0,
            };
            d.push(if time > 0.0 { -g[i] } else { 0.0 });
            moving += usize::from(time > 0.0);
            if time > 0.0 && time < f64::INFINITY {
                breakpoints.push(Breakpoint { time, variable: i });
            }
        }
        model.transposed(d, p);
        c.clear();
        c.resize(p.len(), 0.0);

        // Slope and curvature of the model along the current piece.
        let dd = d.dot(d);
        let mut slope = -dd;
        mw.clone_from(p);
        model.middle(mw);
        let least = f64::EPSILON * theta * dd;
        let mut curvature = (theta * dd - dot(p, mw)).max(least);
        let mut time = 0.0;
        while moving > 0 {
            let Some(next) = breakpoints.peek().copied() else { break };
            let step = next.time - time;
            if slope >= 0.0 || -slope < curvature * step {
                break;
            }
            breakpoints.pop();
            let b = next.variable;
            xc[b] = if d[b] > 0.0 { bounds.upper()[b] } else { bounds.lower()[b] };
            add(c, step, p);
            model.row(b, w);
            mw.clone_from(w);
            model.middle(mw);
            let z = xc[b] - x[b];
            slope += step * curvature + g[b] * (g[b] + theta * z - dot(mw, c));
            curvature -= g[b] * (theta * g[b] + 2.0 * dot(mw, p) + g[b] * dot(mw, w));
            curvature = curvature.max(least);
            add(p, g[b], w);
            d[b] = 0.0;
            moving -= 1;
            time = next.time;
        }
        if moving > 0 {
            let step = (-slope / curvature).max(0.0);
            time += step;
            add(c, step, p);
            for i in 0..x.len() {
                if d[i] != 0.0 {
                    xc[i] = (x[i] + time * d[i]).clamp(bounds.lower()[i], bounds.upper()[i]);
                }
            }
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(a: &mut [f64], factor: f64, b: &[f64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += factor * b);
}
