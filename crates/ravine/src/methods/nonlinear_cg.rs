//! Nonlinear conjugate gradients.

use crate::line_search::{Found, LineSearch, MoreThuente};
use crate::minimize::{Advance, Method};
use crate::objective::Gradient;
use crate::oracle::Iterate;
use crate::oracle::Oracle;
use crate::settings::Described;
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, StartError};

/// Nonlinear conjugate gradients: from `d_0 = -g_0`,
///
/// ```text
/// x_{k+1} = x_k + a_k d_k              (line search)
/// d_{k+1} = -g_{k+1} + beta_k d_k
/// ```
///
/// with one of four formulas for `beta_k` ([`Beta`]), which agree on a quadratic with exact
/// searches: there the method is linear conjugate gradients and ends after at most n steps.
/// It keeps four vectors, and no curvature but that of the last direction.
///
/// The direction starts anew at the negative gradient where successive gradients are far from
/// orthogonal (Powell's rule, [`restart`](Self::restart)) and where it would not descend.
///
/// Sources: Nocedal and Wright (2006), section 5.2; Hager and Zhang, A survey of nonlinear conjugate
/// gradient methods (2006).
///
/// ```
/// use ravine::methods::{Beta, NonlinearCg};
/// use ravine::minimize;
/// use ravine::objective::from_gradient;
///
/// let f = from_gradient(2, |x: &[f64], g: &mut [f64]| {
///     let (a, b) = (x[1] - x[0] * x[0], 1.0 - x[0]);
///     g.copy_from_slice(&[-400.0 * x[0] * a - 2.0 * b, 200.0 * a]);
///     100.0 * a * a + b * b
/// });
/// for beta in [Beta::PolakRibiere, Beta::HestenesStiefel, Beta::DaiYuan, Beta::HagerZhang] {
///     let method = NonlinearCg { beta, ..NonlinearCg::default() };
///     assert!(minimize(&f, vec![-1.2, 1.0], method).run()?.status.converged());
/// }
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Described, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NonlinearCg {
    /// The formula. Default [`Beta::HagerZhang`].
    pub beta: Beta,
    /// How the step is found. The strong Wolfe conditions with a small slope keep the directions
    /// conjugate. Default: More-Thuente with a slope of `0.1` and a rounding of `1e-12`.
    pub line_search: LineSearch,
    /// Powell's rule: start anew where `|g_{k+1}'g_k|` is at least this times `|g_{k+1}|^2`.
    /// Default `Some(0.2)`; `None` is never.
    #[range("positive")]
    pub restart: Option<f64>,
}

/// The formula for beta, with `y = g_{k+1} - g_k`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Described, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Beta {
    /// PR+: `max(0, g_{k+1}'y / g_k'g_k)`.
    PolakRibiere,
    /// `g_{k+1}'y / d_k'y`.
    HestenesStiefel,
    /// `g_{k+1}'g_{k+1} / d_k'y`.
    DaiYuan,
    /// `(y - 2 d_k y'y / d_k'y)'g_{k+1} / d_k'y`, but not below `-1 / (|d_k| min(0.01, |g_k|))`:
    /// whatever the line search, the direction descends with `g'd <= -7/8 |g|^2` where the bound
    /// does not bind.
    #[default]
    HagerZhang,
}

impl Beta {
    /// Beta from `g = g_{k+1}`, `y = g - g_k`, the direction `d = d_k`, and the squared norms of
    /// the new and the old gradient.
    fn formula<V: Vector>(self, g: &V, y: &V, d: &V, new: f64, old: f64) -> f64 {
        match self {
            Self::PolakRibiere => (g.dot(y) / old).max(0.0),
            Self::HestenesStiefel => g.dot(y) / d.dot(y),
            Self::DaiYuan => new / d.dot(y),
            Self::HagerZhang => {
                let dy = d.dot(y);
                let least = -1.0 / (d.norm() * old.sqrt().min(0.01));
                ((g.dot(y) - 2.0 * y.dot(y) * g.dot(d) / dy) / dy).max(least)
            }
        }
    }
}

impl Default for NonlinearCg {
    fn default() -> Self {
        let search = MoreThuente { slope: 0.1, rounding: 1e-12, ..MoreThuente::default() };
        let line_search = LineSearch::MoreThuente(search);
        Self { beta: Beta::HagerZhang, line_search, restart: Some(0.2) }
    }
}

/// The state of [`NonlinearCg`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct NonlinearCgState<V> {
    current: Iterate<V>,
    trial: Iterate<V>,
    direction: V,
    /// `g'd`.
    slope: f64,
    /// `-a g'd` of the last search; the next one tries first what decreases as much.
    decrease: f64,
    /// `a` of the last search.
    last: Option<f64>,
    /// Whether the direction is the negative gradient.
    steepest: bool,
}

impl<V: Vector> NonlinearCgState<V> {
    /// The negative gradient as the next direction.
    fn start_anew(&mut self) {
        self.direction.axpby(-1.0, &self.current.gradient, 0.0);
        self.slope = self.direction.dot(&self.current.gradient);
        self.steepest = true;
    }
}

impl<O: Gradient + ?Sized> Method<O> for NonlinearCg {
    type State = NonlinearCgState<O::Point>;

    fn name(&self) -> &'static str {
        match self.beta {
            Beta::PolakRibiere => "cg-pr",
            Beta::HestenesStiefel => "cg-hs",
            Beta::DaiYuan => "cg-dy",
            Beta::HagerZhang => "cg-hz",
        }
    }

    fn start(&self, oracle: &Oracle<'_, O>, x0: &O::Point) -> Result<Self::State, StartError> {
        self.line_search.validate()?;
        if let Some(share) = self.restart {
            ArgumentError::check(share > 0.0, "restart", share, "positive")?;
        }
        let current = Iterate::evaluate(oracle, x0.clone())?;
        let mut state = NonlinearCgState {
            trial: current.clone(),
            direction: x0.zeros_like(),
            slope: 0.0,
            last: None,
            decrease: current.first_step() * current.gradient.dot(&current.gradient),
            steepest: true,
            current,
        };
        state.start_anew();
        Ok(state)
    }

    fn step(&self, oracle: &Oracle<'_, O>, state: &mut Self::State) -> Result<Advance, Interrupt> {
        let a = loop {
            let NonlinearCgState { current, trial, direction, slope, decrease, .. } = &mut *state;
            let first = -*decrease / *slope;
            match self.line_search.search(oracle, current, direction, *slope, first, trial)? {
                Found::Step(a) => break a,
                Found::Unbounded => return Ok(Advance::Unbounded),
                Found::NoDecrease if state.steepest => {
                    let predicted = -0.5 * state.last.unwrap_or(first) * state.slope;
                    return Ok(Advance::NoDecrease {
                        predicted: state.current.left_to_gain(predicted),
                    });
                }
                Found::NoDecrease => state.start_anew(),
            }
        };
        let length = a * state.direction.norm_max();
        state.decrease = -a * state.slope;
        state.last = Some(a);

        let NonlinearCgState { current, trial, direction, .. } = &mut *state;
        let new = trial.gradient.dot(&trial.gradient);
        let across = trial.gradient.dot(&current.gradient).abs();
        let old = current.gradient.dot(&current.gradient);
        // The old gradient's place takes y.
        current.gradient.axpby(1.0, &trial.gradient, -1.0);
        let beta = self.beta.formula(&trial.gradient, &current.gradient, direction, new, old);
        direction.axpby(-1.0, &trial.gradient, beta);
        std::mem::swap(current, trial);
        state.slope = direction.dot(&current.gradient);
        state.steepest = false;

        let orthogonal = self.restart.is_none_or(|share| across < share * new);
        let descends = state.slope < -1e-12 * new.sqrt() * state.direction.norm();
        if !(orthogonal && descends) {
            state.start_anew();
        }
        Ok(Advance::Moved { length })
    }

    fn iterate<'s>(&self, state: &'s Self::State) -> &'s Iterate<O::Point> {
        &state.current
    }

    /// Half the slope along the direction times the last step: what a quadratic decreases by with the
    /// curvature that the last search met.
    fn predicted_decrease(
        &self,
        _oracle: &Oracle<'_, O>,
        state: &mut Self::State,
    ) -> Result<Option<f64>, Interrupt> {
        Ok(state.last.map(|a| -0.5 * a * state.slope))
    }

    fn monotone(&self) -> bool {
        self.line_search.monotone()
    }
}
