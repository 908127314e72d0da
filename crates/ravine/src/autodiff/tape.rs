//! The record of a computation that reverse mode runs backwards over.

use std::cell::RefCell;

use super::real::Scalar;
use super::var::Var;

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
/// A [`Var`] is a value v, a node w and a coefficient `c = dv/dw`. Whatever depends on a single
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
/// # Example
///
/// ```
/// use ravine::autodiff::{Real, Tape};
///
/// let mut tape = Tape::new();
/// tape.clear(2);
/// let (x, y) = (tape.variable(0, 3.0), tape.variable(1, 2.0));
/// let f = x * y + x.powi(2);
/// let mut slopes = Vec::new();
/// tape.sweep(f, &mut slopes);
/// assert_eq!(slopes[..2], [2.0 + 2.0 * 3.0, 3.0]);
/// ```
#[derive(Debug)]
pub struct Tape<T> {
    variables: usize,
    steps: RefCell<Vec<Step<T>>>,
    many: RefCell<Many<T>>,
}

/// The operands of the steps with many: nodes and partial derivatives, one range a step.
#[derive(Debug)]
struct Many<T> {
    operands: Vec<(u32, T)>,
    ranges: Vec<std::ops::Range<usize>>,
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self { operands: Vec::new(), ranges: Vec::new() }
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Step<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.i {
            MANY => write!(f, "range {} of operands", self.j),
            i => write!(f, "{:?} * node {i} + {:?} * node {}", self.di, self.dj, self.j),
        }
    }
}

impl<T> Default for Tape<T> {
    fn default() -> Self {
        Self { variables: 0, steps: RefCell::default(), many: RefCell::default() }
    }
}

impl<T: Scalar> Tape<T> {
    /// An empty tape of no variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all steps, keeps their memory, and expects n variables.
    pub fn clear(&mut self, n: usize) {
        self.variables = n;
        self.steps.get_mut().clear();
        self.many.get_mut().operands.clear();
        self.many.get_mut().ranges.clear();
    }

    /// The variable with number `index` at `value`.
    ///
    /// # Panics
    ///
    /// If `index` is not below the number of variables given to [`clear`](Self::clear).
    #[inline]
    pub fn variable(&self, index: usize, value: T) -> Var<'_, T> {
        assert!(index < self.variables, "variable {index} of {}", self.variables);
        Var { value, coefficient: T::from(1.0), tape: Some(self), node: index as u32 }
    }

    /// How many nodes there are: variables and recorded steps. A tape holds at most `2^32 - 1`.
    pub fn node_count(&self) -> usize {
        self.variables + self.steps.borrow().len()
    }

    /// How many steps and operands there is room for.
    #[cfg(test)]
    pub(super) fn capacities(&self) -> (usize, usize) {
        (self.steps.borrow().capacity(), self.many.borrow().operands.capacity())
    }

    /// A new node from two others.
    #[inline]
    pub(super) fn push(&self, i: u32, di: T, j: u32, dj: T) -> u32 {
        let mut steps = self.steps.borrow_mut();
        steps.push(Step { i, j, di, dj });
        (self.variables + steps.len() - 1) as u32
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

    /// Writes `d result / d node` for all nodes up to the result's, the variables first.
    pub fn sweep(&self, result: Var<'_, T>, slopes: &mut Vec<T>) {
        let (steps, many) = (self.steps.borrow(), self.many.borrow());
        let n = self.variables;
        slopes.clear();
        slopes.resize(n, T::from(0.0));
        if result.tape.is_none() {
            return;
        }
        // Steps after the result's have no part in it.
        let used = (result.node as usize + 1).saturating_sub(n);
        slopes.resize(n + used, T::from(0.0));
        slopes[result.node as usize] = result.coefficient;
        for (k, step) in steps[..used].iter().enumerate().rev() {
            let slope = slopes[n + k];
            // What has no part in the result may have partial derivatives that are not finite.
            if slope.vanishes() {
                continue;
            }
            if step.i == MANY {
                for &(i, d) in &many.operands[many.ranges[step.j as usize].clone()] {
                    slopes[i as usize] += d * slope;
                }
            } else {
                slopes[step.i as usize] += step.di * slope;
                slopes[step.j as usize] += step.dj * slope;
            }
        }
    }
}
