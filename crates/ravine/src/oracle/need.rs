//! An oracle of what is known at run time, seen as a method needs it.

use std::rc::Rc;

use super::{Counting, FiniteDifferences, Held, Oracle};
use crate::objective::{Derivatives, Need, Supplies};
use ravine_linalg::Interrupt;

impl<'a> Oracle<'a, dyn Supplies + 'a> {
    /// The same oracle of what the objective supplies itself; `None` where it does not.
    ///
    /// ```
    /// use ravine::Conditions;
    /// use ravine::objective::{Gradients, Hessians, Supplies, from_gradient};
    /// use ravine::oracle::Oracle;
    ///
    /// let f = from_gradient(1, |x: &[f64], g: &mut [f64]| {
    ///     g[0] = x[0].sinh();
    ///     x[0].cosh()
    /// });
    /// let f: &dyn Supplies = &f;
    /// let oracle = Oracle::new(f, Conditions::default());
    /// let mut gradient = vec![0.0];
    /// oracle.supplied::<Gradients>().unwrap().value_and_gradient(&vec![0.0], &mut gradient)?;
    /// assert!(oracle.supplied::<Hessians>().is_none());
    /// assert_eq!(oracle.counts().gradient, 1);
    /// # Ok::<(), ravine::Interrupt>(())
    /// ```
    pub fn supplied<'r, N: Need>(&'r self) -> Option<Oracle<'r, N::Of<'r>>> {
        let objective: &'r (dyn Supplies + 'r) = &*self.objective;
        let objective = Held::Lent(N::of(objective)?);
        let (meter, counting) = (Rc::clone(&self.meter), self.counting);
        Some(Oracle { objective, meter, counting, share: self.share })
    }

    /// Calls `body` with the same oracle of what it needs: what the objective supplies itself, or else,
    /// where the conditions ask for differences and they can give it, [`FiniteDifferences`].
    ///
    /// # Errors
    ///
    /// Those of `body`, or an interrupt that names what there is not.
    ///
    /// ```
    /// use ravine::Conditions;
    /// use ravine::matrix::Matrix;
    /// use ravine::objective::{Differences, Hessians, Supplies, from_value};
    /// use ravine::oracle::Oracle;
    ///
    /// let f = from_value(1, |x: &[f64]| x[0].cosh());
    /// let f: &dyn Supplies = &f;
    /// let oracle = Oracle::new(f, Conditions::default().differences(Differences::default()));
    /// let mut hessian = Matrix::zeros(1, 1);
    /// oracle.over::<Hessians, _, ravine::Interrupt>(|f| f.hessian(&[0.0], &mut hessian))?;
    /// assert!((hessian[(0, 0)] - 1.0).abs() < 1e-6);
    /// # Ok::<(), ravine::Interrupt>(())
    /// ```
    pub fn over<N: Need, T, E: From<Interrupt>>(
        &self,
        body: impl FnOnce(&Oracle<'_, N::Of<'_>>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (mut body, mut result) = (Some(body), None);
        self.visit::<N>(&mut |oracle| result = body.take().map(|body| body(oracle)))?;
        // Where it does not fail, a visit is one call.
        result.unwrap_or_else(|| Err(self.lacks(N::DERIVATIVES).into()))
    }

    /// What [`over`](Self::over) does, compiled once a need rather than once a call.
    fn visit<N: Need>(
        &self,
        body: &mut dyn FnMut(&Oracle<'_, N::Of<'_>>),
    ) -> Result<(), Interrupt> {
        if let Some(supplied) = self.supplied::<N>() {
            body(&supplied);
            return Ok(());
        }
        if cfg!(feature = "differences") && self.conditions().differences.is_some() {
            let differenced = FiniteDifferences::unchecked(self);
            if let Some(objective) = N::of(&differenced) {
                let objective = Held::Lent(objective);
                let meter = Rc::clone(&self.meter);
                let (counting, share) = (Counting::Asked, self.share);
                body(&Oracle { objective, meter, counting, share });
                return Ok(());
            }
        }
        Err(self.lacks(N::DERIVATIVES))
    }

    fn lacks(&self, needs: Derivatives) -> Interrupt {
        let missing = self.objective.derivatives().missing(needs).join(" and ");
        Interrupt::Function(format!("the objective does not supply its {missing}").into())
    }
}

#[cfg(feature = "all-methods")]
impl<O: Supplies> Oracle<'_, O> {
    /// The same oracle of an objective that says at run time what it supplies.
    pub(crate) fn at_run_time(&self) -> Oracle<'_, dyn Supplies + '_> {
        let objective: &(dyn Supplies + '_) = &*self.objective;
        let (meter, counting) = (Rc::clone(&self.meter), self.counting);
        Oracle { objective: Held::Lent(objective), meter, counting, share: self.share }
    }
}
