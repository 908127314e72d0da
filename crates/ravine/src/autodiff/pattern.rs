//! Which entries of a Hessian can differ from zero.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

use super::operators::{
    derived_operators, elementary_functions, hyperbolic_tangent_slope, inverse_sine_slope,
};
use super::pass::Body;
use super::real::Real;
use ravine_linalg::matrix::SparseMatrix;

/// The pattern of the Hessian of a body, with explicit zeros and a full diagonal; none if it has
/// more than `limit` entries.
///
/// The function is evaluated once with numbers that know which variables they depend on. A
/// nonlinear operation makes each pair of the variables that it depends on interact, a product
/// those of one factor with those of the other; sums make none. A branch on a value could go the
/// other way elsewhere, so what is compared counts as an argument of a nonlinear operation, and a
/// maximum or minimum depends on both sides.
///
/// Source: Walther, Computing sparse Hessians with automatic differentiation (2008), section 3.
pub(super) fn hessian_pattern<B: Body>(body: &B, x: &[f64], limit: usize) -> Option<SparseMatrix> {
    let n = x.len();
    let mut inner = trace(body, x, limit);
    inner.count_pairs();
    if inner.over_limit {
        return None;
    }
    let mut entries = Vec::with_capacity(inner.pairs);
    for (i, partners) in inner.partners.iter().enumerate() {
        entries.push((i, i, 0.0));
        for &j in partners.iter().filter(|&&j| j as usize != i) {
            entries.push((i, j as usize, 0.0));
            entries.push((j as usize, i, 0.0));
        }
    }
    Some(SparseMatrix::from_triplets(n, n, &entries))
}

/// Evaluates a body with numbers that know what they depend on; what they came to know.
fn trace<B: Body>(body: &B, x: &[f64], limit: usize) -> Inner {
    let structure = Structure { inner: RefCell::new(Inner::new(x.len(), limit)) };
    let variables: Vec<_> = x
        .iter()
        .zip(0..)
        .map(|(&value, node)| Trace { value, node, structure: Some(&structure) })
        .collect();
    body.evaluate(&variables, &mut Vec::new());
    drop(variables);
    structure.inner.into_inner()
}

/// A number that knows which variables it depends on: those of its node.
#[derive(Clone, Copy)]
struct Trace<'t> {
    value: f64,
    node: u32,
    structure: Option<&'t Structure>,
}

struct Structure {
    inner: RefCell<Inner>,
}

struct Inner {
    n: usize,
    /// The nodes after the variables: each depends on what two others depend on.
    unions: Vec<(u32, u32)>,
    /// The variables that a node depends on, where they were listed before.
    listed: Vec<Option<Box<[u32]>>>,
    /// Whether all variables of a node are known to interact.
    interacting: Vec<bool>,
    /// For each variable the ones not before it that it interacts with, some twice.
    partners: Vec<Vec<u32>>,
    /// How many partners there are, and after which number to look for duplicates.
    pairs: usize,
    check_at: usize,
    limit: usize,
    over_limit: bool,
    /// When each variable or node was last visited.
    visited: Vec<u32>,
    visit: u32,
}

impl Inner {
    fn new(n: usize, limit: usize) -> Self {
        Self {
            n,
            unions: Vec::new(),
            listed: vec![None; n],
            interacting: vec![false; n],
            partners: vec![Vec::new(); n],
            pairs: 0,
            check_at: 4 * n + 1024,
            limit,
            over_limit: false,
            visited: vec![0; n],
            visit: 0,
        }
    }

    fn union(&mut self, a: u32, b: u32) -> u32 {
        if a == b {
            return a;
        }
        self.unions.push((a, b));
        self.listed.push(None);
        self.interacting.push(false);
        self.visited.push(0);
        (self.n + self.unions.len() - 1) as u32
    }

    /// Lists the variables of a node, and remembers the list: whoever asks makes at least as many
    /// pairs.
    fn list(&mut self, node: u32) {
        if self.listed[node as usize].is_some() {
            return;
        }
        self.visit += 1;
        let (mut found, mut stack) = (Vec::new(), vec![node]);
        while let Some(top) = stack.pop() {
            let top = top as usize;
            if std::mem::replace(&mut self.visited[top], self.visit) == self.visit {
                continue;
            }
            if top < self.n {
                found.push(top as u32);
            } else if let Some(list) = &self.listed[top] {
                for &i in list {
                    if std::mem::replace(&mut self.visited[i as usize], self.visit) != self.visit {
                        found.push(i);
                    }
                }
            } else {
                let (a, b) = self.unions[top - self.n];
                stack.extend([a, b]);
            }
        }
        self.listed[node as usize] = Some(found.into());
    }

    /// Makes each variable of `a` interact with each of `b`.
    fn cross(&mut self, a: u32, b: u32) {
        if self.over_limit || (a == b && self.interacting[a as usize]) {
            return;
        }
        self.list(a);
        self.list(b);
        let (Some(of_a), Some(of_b)) = (&self.listed[a as usize], &self.listed[b as usize]) else {
            return;
        };
        if a == b {
            self.interacting[a as usize] = true;
        }
        // All of these are different pairs, but for the two orders of each.
        if of_a.len().saturating_mul(of_b.len()) / 2 > self.limit {
            self.over_limit = true;
            return;
        }
        for &i in of_a {
            for &j in of_b {
                self.partners[i.min(j) as usize].push(i.max(j));
            }
        }
        self.pairs += of_a.len() * of_b.len();
        if self.pairs > self.check_at {
            self.count_pairs();
        }
    }

    /// Removes duplicates and compares the number of entries with the limit.
    fn count_pairs(&mut self) {
        self.pairs = 0;
        for partners in &mut self.partners {
            partners.sort_unstable();
            partners.dedup();
            self.pairs += partners.len();
        }
        self.check_at = 2 * self.pairs + 4 * self.n + 1024;
        self.over_limit |= 2 * self.pairs > self.limit.saturating_add(self.n);
    }
}

impl Structure {
    fn union(&self, a: u32, b: u32) -> u32 {
        self.inner.borrow_mut().union(a, b)
    }

    fn cross(&self, a: u32, b: u32) {
        self.inner.borrow_mut().cross(a, b);
    }
}

impl Trace<'_> {
    /// A nonlinear function of one variable.
    fn chain(self, value: f64, _slope: f64) -> Self {
        self.interact();
        Self { value, ..self }
    }

    fn interact(self) {
        if let Some(structure) = self.structure {
            structure.cross(self.node, self.node);
        }
    }

    /// A linear function of two variables.
    fn join(self, y: Self, value: f64) -> Self {
        match (self.structure, y.structure) {
            (Some(structure), Some(_)) => {
                Self { value, node: structure.union(self.node, y.node), ..self }
            }
            (Some(_), None) => Self { value, ..self },
            (None, _) => Self { value, ..y },
        }
    }

    /// A product, or a function with no second derivatives but the mixed one.
    fn multiply(self, y: Self, value: f64) -> Self {
        if let (Some(structure), Some(_)) = (self.structure, y.structure) {
            structure.cross(self.node, y.node);
        }
        self.join(y, value)
    }

    /// Any function of two variables.
    fn mix(self, y: Self, value: f64) -> Self {
        let result = self.join(y, value);
        result.interact();
        result
    }
}

impl From<f64> for Trace<'_> {
    fn from(value: f64) -> Self {
        Self { value, node: 0, structure: None }
    }
}

derived_operators!(['t] Trace<'t>);

impl PartialEq for Trace<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.mix(*other, 0.0);
        self.value == other.value
    }
}

impl PartialOrd for Trace<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.mix(*other, 0.0);
        self.value.partial_cmp(&other.value)
    }
}

impl Neg for Trace<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        Self { value: -self.value, ..self }
    }
}

impl Add for Trace<'_> {
    type Output = Self;
    fn add(self, y: Self) -> Self {
        self.join(y, self.value + y.value)
    }
}

impl Sub for Trace<'_> {
    type Output = Self;
    fn sub(self, y: Self) -> Self {
        self.join(y, self.value - y.value)
    }
}

impl Mul for Trace<'_> {
    type Output = Self;
    fn mul(self, y: Self) -> Self {
        self.multiply(y, self.value * y.value)
    }
}

impl Div for Trace<'_> {
    type Output = Self;
    fn div(self, y: Self) -> Self {
        y.interact();
        self.multiply(y, self.value / y.value)
    }
}

impl Add<f64> for Trace<'_> {
    type Output = Self;
    fn add(self, a: f64) -> Self {
        Self { value: self.value + a, ..self }
    }
}

impl Sub<f64> for Trace<'_> {
    type Output = Self;
    fn sub(self, a: f64) -> Self {
        Self { value: self.value - a, ..self }
    }
}

impl Mul<f64> for Trace<'_> {
    type Output = Self;
    fn mul(self, a: f64) -> Self {
        Self { value: self.value * a, ..self }
    }
}

impl Div<f64> for Trace<'_> {
    type Output = Self;
    fn div(self, a: f64) -> Self {
        Self { value: self.value / a, ..self }
    }
}

impl<'t> Add<Trace<'t>> for f64 {
    type Output = Trace<'t>;
    fn add(self, x: Trace<'t>) -> Trace<'t> {
        x + self
    }
}

impl<'t> Sub<Trace<'t>> for f64 {
    type Output = Trace<'t>;
    fn sub(self, x: Trace<'t>) -> Trace<'t> {
        -x + self
    }
}

impl<'t> Mul<Trace<'t>> for f64 {
    type Output = Trace<'t>;
    fn mul(self, x: Trace<'t>) -> Trace<'t> {
        x * self
    }
}

impl<'t> Div<Trace<'t>> for f64 {
    type Output = Trace<'t>;
    fn div(self, x: Trace<'t>) -> Trace<'t> {
        x.chain(self / x.value, 0.0)
    }
}

impl Real for Trace<'_> {
    elementary_functions!(f64);

    fn value(self) -> f64 {
        self.interact();
        self.value
    }

    fn pow(self, y: Self) -> Self {
        self.mix(y, self.value.powf(y.value))
    }

    fn atan2(self, x: Self) -> Self {
        self.mix(x, self.value.atan2(x.value))
    }

    fn max(self, other: Self) -> Self {
        self.join(other, if other.value > self.value { other.value } else { self.value })
    }

    fn min(self, other: Self) -> Self {
        self.join(other, if other.value < self.value { other.value } else { self.value })
    }

    fn log_sum_exp(x: &[Self]) -> Self {
        let values: Vec<f64> = x.iter().map(|x| x.value).collect();
        let sum: Self = x.iter().copied().sum();
        sum.chain(f64::log_sum_exp(&values), 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::real::LeftOperand;

    /// A long chain of operations on three variables.
    struct Recursion(usize);

    impl Body for Recursion {
        fn dimension(&self) -> usize {
            3
        }

        fn evaluate<R: Real>(&self, x: &[R], _work: &mut Vec<R>) -> R
        where
            f64: LeftOperand<R>,
        {
            (0..self.0).fold(x[0], |t, _| (t * x[1] + x[2]).sin())
        }
    }

    /// How many nodes are visited to list the variables of one.
    fn visits(inner: &Inner, node: u32) -> usize {
        match (inner.listed.get(node as usize), (node as usize).checked_sub(inner.n)) {
            (Some(None), Some(union)) => {
                let (a, b) = inner.unions[union];
                1 + visits(inner, a) + visits(inner, b)
            }
            _ => 1,
        }
    }

    /// Each node is listed at most once, from a few others that are listed already, so that the work
    /// grows with the number of operations, not with its square.
    #[test]
    fn long_recursions_are_traced_in_linear_time() {
        for length in [10, 1000] {
            let inner = trace(&Recursion(length), &[0.1, 0.2, 0.3], usize::MAX);
            let nodes = inner.n + inner.unions.len();
            assert!(nodes >= 3 + length && nodes <= 3 + 2 * length, "{nodes}");
            assert!(inner.visit as usize <= nodes, "{} of {nodes}", inner.visit);
            assert!((0..nodes).all(|node| visits(&inner, node as u32) <= 4));
        }
    }
}
