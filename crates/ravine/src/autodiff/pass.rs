//! One recording and its backward sweep, with the memory of the last one used again.

use super::ResidualFunction;
use super::real::{LeftOperand, Real, Scalar};
use super::tape::Tape;
use super::var::Var;
use crate::objective::Evaluation;

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
/// makes the recording longer.
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
    /// Evaluates the body at the given variables; returns the value, and the derivatives by the
    /// variables.
    pub fn run<B: Body>(
        &mut self,
        body: &B,
        variables: impl Iterator<Item = T> + Clone,
    ) -> Evaluation<(T, &[T])> {
        let n = body.dimension();
        let value = self.record(n, variables, |tape, x, work, slopes| {
            let result = body.evaluate(x, work);
            if tape.is_complete() {
                tape.sweep(result, slopes);
            }
            result.value
        })?;
        Ok((value, &self.slopes[..n]))
    }

    /// Evaluates residuals at the given variables and gives `visit` each with its number, its
    /// value and its derivatives by the variables.
    pub fn run_each<F: ResidualFunction>(
        &mut self,
        function: &F,
        variables: impl Iterator<Item = T> + Clone,
        mut visit: impl FnMut(usize, T, &[T]),
    ) -> Evaluation {
        let (n, m) = (function.dimension(), function.residual_count());
        self.record(n, variables, |tape, x, work, slopes| {
            work.resize(m, Var::from(0.0));
            function.evaluate(x, work);
            if tape.is_complete() {
                for (i, &residual) in work.iter().enumerate() {
                    tape.sweep(residual, slopes);
                    visit(i, residual.value, &slopes[..n]);
                }
            }
        })
    }

    /// Calls `evaluate(tape, variables, work, slopes)` until the tape has room for all of it:
    /// at most twice, unless the function differs from call to call.
    fn record<A>(
        &mut self,
        n: usize,
        variables: impl Iterator<Item = T> + Clone,
        mut evaluate: impl for<'t> FnMut(
            &'t Tape<T>,
            &[Var<'t, T>],
            &mut Vec<Var<'t, T>>,
            &mut Vec<T>,
        ) -> A,
    ) -> Evaluation<A> {
        loop {
            self.tape.clear(n);
            let tape = &self.tape;
            let mut x = recycle(std::mem::take(&mut self.variables));
            let mut work = recycle(std::mem::take(&mut self.work));
            x.extend(variables.clone().zip(0..).map(|(x, i)| tape.variable(i, x)));
            let answer = evaluate(tape, &x, &mut work, &mut self.slopes);
            self.variables = recycle(x);
            self.work = recycle(work);
            if !self.tape.is_within_limit() {
                return Err("the function takes more than 2^32 steps to record".into());
            }
            if self.tape.is_complete() {
                return Ok(answer);
            }
        }
    }
}

/// Empties a vector and gives its memory to one of another lifetime: the standard library keeps
/// the allocation where an iterator over a vector is collected into one of the same layout.
fn recycle<'b, T>(mut x: Vec<Var<'_, T>>) -> Vec<Var<'b, T>> {
    x.clear();
    x.into_iter().map_while(|_| None).collect()
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
        assert_eq!(pass.run(&Chain(50), (0..50).map(f64::from)).unwrap().1[1], 2.0);
        let first = addresses(&pass);
        assert!(pass.variables.capacity() >= 50 && pass.work.capacity() >= 49);
        assert_eq!(pass.run(&Chain(50), std::iter::repeat_n(3.0, 50)).unwrap().1[1], 6.0);
        assert_eq!(addresses(&pass), first);
    }
}
