//! The record of a computation that reverse mode runs backwards over.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use super::real::Scalar;

/// Marks a step with any number of operands, kept apart from the steps with two.
const MANY: u32 = u32::MAX;

/// A recorded step: its result depends on nodes i and j with the partial derivatives di and dj.
/// With `i = MANY` it depends on the operands of range j.
#[derive(Clone, Copy)]
struct Step<T> {
    i: u32,
    j: u32,
    di: T,
    dj: T,
}

/// A tape: the record of how a result was computed from the variables.
///
/// # Method
///
/// A [`Var`](super::Var) is a value v, a node w and a coefficient `c = dv/dw`. Whatever depends on a single
/// node (a function of one variable, an operation with a constant, an operation between two
/// numbers on the same node) only changes v and c by the chain rule and records nothing. An
/// operation between two nodes makes a new node and records its two partial derivatives; a sum
/// or inner product over a slice records one step with many operands. The backward sweep carries
/// `df/dw` from the result to the variables: one product and one sum for each recorded partial
/// derivative.
///
/// With `T = f64` the sweep gives the gradient. With `T =` [`Dual`](super::Dual), whose tangents
/// start as directions `d_k`, the same sweep gives the gradient and the Hessian products `H d_k`,
/// since the tangent of a gradient along d is `H d`.
///
/// Source: Griewank and Walther, Evaluating Derivatives (2008), chapters 3 and 5.
///
/// [`Autodiff`](super::Autodiff) keeps the tapes it needs; a [`Function`](super::Function) meets
/// them only as the type of its numbers.
///
/// # Memory
///
/// Room for steps is only made between recordings, so that recording a step is a few stores and
/// never a call. A recording that runs out of room counts the rest; it is then repeated with
/// enough of it. A tape holds at most `2^32 - 2` nodes.
pub struct Tape<T> {
    variables: u32,
    /// The number of steps recorded, or counted where there was no room.
    length: Cell<usize>,
    steps: Vec<Cell<Step<T>>>,
    many: RefCell<Many<T>>,
}

/// The operands of the steps with many: nodes and partial derivatives, one range a step.
struct Many<T> {
    operands: Vec<(u32, T)>,
    ranges: Vec<Range<usize>>,
}

impl<T> Default for Tape<T> {
    fn default() -> Self {
        let many = Many { operands: Vec::new(), ranges: Vec::new() };
        Self { variables: 0, length: Cell::new(0), steps: Vec::new(), many: RefCell::new(many) }
    }
}

impl<T> std::fmt::Debug for Tape<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tape")
            .field("variables", &self.variables)
            .field("steps", &self.length.get())
            .finish_non_exhaustive()
    }
}

impl<T: Scalar> Tape<T> {
    /// Forgets all steps, keeps their memory, makes room for as many steps as the last recording
    /// counted, and expects n variables.
    pub(super) fn clear(&mut self, n: usize) {
        let needed = self.length.replace(0);
        if needed > self.steps.len() {
            let zero = T::from(0.0);
            // A little more, for branches that make a later recording slightly longer.
            let room = needed + needed / 8;
            self.steps.resize(room, Cell::new(Step { i: 0, j: 0, di: zero, dj: zero }));
        }
        self.variables = n as u32;
        let many = self.many.get_mut();
        many.operands.clear();
        many.ranges.clear();
    }

    /// Whether the recording had room for all its steps.
    pub(super) fn is_complete(&self) -> bool {
        self.length.get() <= self.steps.len()
    }

    /// Whether the nodes of the recording could be numbered.
    pub(super) fn is_within_limit(&self) -> bool {
        self.length.get() < (MANY - self.variables) as usize
    }

    /// How many steps and operands there is room for.
    #[cfg(test)]
    pub(super) fn capacities(&self) -> (usize, usize) {
        (self.steps.capacity(), self.many.borrow().operands.capacity())
    }

    /// A new node from two others.
    #[inline]
    pub(super) fn push(&self, i: u32, di: T, j: u32, dj: T) -> u32 {
        let k = self.length.get();
        if let Some(step) = self.steps.get(k) {
            step.set(Step { i, j, di, dj });
        }
        self.length.set(k + 1);
        self.variables.wrapping_add(k as u32)
    }

    /// A new node from any number of others, each with its partial derivative.
    pub(super) fn push_many(&self, operands: impl Iterator<Item = (u32, T)>) -> u32 {
        let mut many = self.many.borrow_mut();
        let begin = many.operands.len();
        many.operands.extend(operands);
        let end = many.operands.len();
        many.ranges.push(begin..end);
        let zero = T::from(0.0);
        self.push(MANY, zero, many.ranges.len() as u32 - 1, zero)
    }

    /// Writes the derivatives of `coefficient` times a node by the variables into the first n slopes;
    /// those of a constant where there is no node. The slopes of the other nodes are zero between
    /// sweeps: each is set back where it is used.
    pub(super) fn sweep_from(&self, result: Option<(u32, T)>, slopes: &mut Vec<T>) {
        let many = self.many.borrow();
        let (n, zero) = (self.variables as usize, T::from(0.0));
        if slopes.len() < n + self.steps.len() {
            slopes.resize(n + self.steps.len(), zero);
        }
        slopes[..n].fill(zero);
        let Some((node, coefficient)) = result else { return };
        slopes[node as usize] = coefficient;
        // Steps after the result's have no part in it.
        let used = (node as usize + 1).saturating_sub(n);
        for (k, step) in self.steps[..used].iter().enumerate().rev() {
            let slope = slopes[n + k];
            // What has no part in the result may have partial derivatives that are not finite.
            if slope.vanishes() {
                continue;
            }
            slopes[n + k] = zero;
            let step = step.get();
            if step.i == MANY {
                for &(i, d) in &many.operands[many.ranges[step.j as usize].clone()] {
                    slopes[i as usize] = slopes[i as usize].add_product(d, slope);
                }
            } else {
                slopes[step.i as usize] = slopes[step.i as usize].add_product(step.di, slope);
                slopes[step.j as usize] = slopes[step.j as usize].add_product(step.dj, slope);
            }
        }
    }
}
