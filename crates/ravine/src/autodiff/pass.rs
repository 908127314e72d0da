//! One recording and its backward sweep, with the memory of the last one used again.

use super::ResidualFunction;
use super::real::{LeftOperand, Real, Scalar};
use super::tape::Tape;
use super::var::Var;

/// What is recorded: a function of n variables that may need room for intermediate numbers.
pub(super) trait Body {
    /// The number of variables n.
    fn dimension(&self) -> usize;

    /// `f(x)`. `work` comes empty, with the memory it had at the last call.
    fn evaluate<R: Real>(&self, x: &[R], work: &mut Vec<R>) -> R
    where
        f64: LeftOperand<R>;
}

/// A tape with its buffers. After the first evaluation nothing is allocated, unless a branch
/// makes the record longer.
pub(super) struct Pass<T: 'static> {
    tape: Tape<T>,
    variables: Vec<Var<'static, T>>,
    work: Vec<Var<'static, T>>,
    slopes: Vec<T>,
}

impl<T> Default for Pass<T> {
    fn default() -> Self {
        Self { tape: Tape::default(), variables: Vec::new(), work: Vec::new(), slopes: Vec::new() }
    }
}

impl<T: Scalar> Pass<T> {
    /// Evaluates the body at `x_i = variable(i)`; returns the value, and the derivatives by the
    /// variables.
    pub fn run<B: Body>(&mut self, body: &B, variable: impl Fn(usize) -> T) -> (T, &[T]) {
        let n = body.dimension();
        let value = self.record(n, variable, |tape, x, work, slopes| {
            let result = body.evaluate(x, work);
            tape.sweep(result, slopes);
            result.value
        });
        (value, &self.slopes[..n])
    }

    /// Evaluates residuals at `x_i = variable(i)` and gives `visit` each with its number, its
    /// value and its derivatives by the variables.
    pub fn run_each<F: ResidualFunction>(
        &mut self,
        function: &F,
        variable: impl Fn(usize) -> T,
        mut visit: impl FnMut(usize, T, &[T]),
    ) {
        let (n, m) = (function.dimension(), function.residual_count());
        self.record(n, variable, |tape, x, work, slopes| {
            work.resize(m, Var::from(0.0));
            function.evaluate(x, work);
            for (i, &residual) in work.iter().enumerate() {
                tape.sweep(residual, slopes);
                visit(i, residual.value, &slopes[..n]);
            }
        });
    }

    /// Calls `evaluate(tape, variables, work, slopes)` with the tape cleared for n variables.
    fn record<A>(
        &mut self,
        n: usize,
        variable: impl Fn(usize) -> T,
        evaluate: impl for<'t> FnOnce(
            &'t Tape<T>,
            &[Var<'t, T>],
            &mut Vec<Var<'t, T>>,
            &mut Vec<T>,
        ) -> A,
    ) -> A {
        self.tape.clear(n);
        let tape = &self.tape;
        let mut x = recycle(std::mem::take(&mut self.variables));
        let mut work = recycle(std::mem::take(&mut self.work));
        x.extend((0..n).map(|i| tape.variable(i, variable(i))));
        let answer = evaluate(tape, &x, &mut work, &mut self.slopes);
        self.variables = recycle(x);
        self.work = recycle(work);
        answer
    }
}

/// Empties a vector and gives its memory to one of another lifetime: the standard library keeps
/// the allocation where an iterator over a vector is collected into one of the same layout.
fn recycle<'b, T>(mut x: Vec<Var<'_, T>>) -> Vec<Var<'b, T>> {
    x.clear();
    x.into_iter().filter_map(|_| None).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sum_i x_i x_(i+1)`, through the work space.
    struct Chain(usize);

    impl Body for Chain {
        fn dimension(&self) -> usize {
            self.0
        }

        fn evaluate<R: Real>(&self, x: &[R], work: &mut Vec<R>) -> R
        where
            f64: LeftOperand<R>,
        {
            work.extend(x.windows(2).map(|w| w[0] * w[1]));
            work.iter().copied().sum()
        }
    }

    #[test]
    fn memory_is_used_again() {
        let mut pass = Pass::<f64>::default();
        let addresses = |pass: &Pass<f64>| {
            (
                pass.variables.as_ptr() as usize,
                pass.work.as_ptr() as usize,
                pass.slopes.as_ptr() as usize,
                pass.variables.capacity(),
                pass.tape.capacities(),
            )
        };
        assert_eq!(pass.run(&Chain(50), |i| i as f64).1[1], 2.0);
        let first = addresses(&pass);
        assert!(pass.variables.capacity() >= 50 && pass.work.capacity() >= 49);
        assert_eq!(pass.run(&Chain(50), |_| 3.0).1[1], 6.0);
        assert_eq!(addresses(&pass), first);
    }
}
