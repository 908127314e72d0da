//! Comparing methods over many problems.

use ravine::Status;
use ravine::minimize::Outcome;
use ravine_problems::Problem;

/// Whether a run ended, by its own account, at `lowest`: converged or at the limit of precision,
/// with a value within `1e-6 |lowest|` or `1e-12` of it.
///
/// ```
/// use ravine::methods::GradientDescent;
/// use ravine::objective::from_gradient;
/// use ravine_race::is_solved;
///
/// let f = from_gradient(1, |x: &[f64], g: &mut [f64]| {
///     g[0] = 2.0 * x[0];
///     3.0 + x[0] * x[0]
/// });
/// let outcome = ravine::minimize(&f, vec![1.0], GradientDescent { step: 0.25 }).run()?;
/// assert!(is_solved(&outcome, 3.0));
/// assert!(!is_solved(&outcome, 2.9));
/// # Ok::<(), ravine::minimize::Error>(())
/// ```
pub fn is_solved(outcome: &Outcome<Vec<f64>>, lowest: f64) -> bool {
    let ended = outcome.status.converged() || outcome.status == Status::PrecisionLimit;
    ended && outcome.value - lowest <= (1e-6 * lowest.abs()).max(1e-12)
}

/// The lowest value known of a problem or reached by one of `outcomes`.
pub fn lowest_value<'o>(
    problem: &Problem,
    outcomes: impl Iterator<Item = &'o Outcome<Vec<f64>>>,
) -> f64 {
    let known = problem.minima.iter().map(|minimum| minimum.value);
    let reached = outcomes.map(|outcome| outcome.value).filter(|value| !value.is_nan());
    known.chain(reached).fold(f64::INFINITY, f64::min)
}

/// The performance profile of one method: which share of the problems it solves within a factor of
/// the cheapest method.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// `(ratio, share)`: at this ratio the share rises to this value. Ratios ascend from 1.
    pub steps: Vec<(f64, f64)>,
}

impl Profile {
    /// `rho(ratio)`: the share of problems solved at no more than `ratio` times the lowest cost.
    pub fn share(&self, ratio: f64) -> f64 {
        self.steps.iter().take_while(|step| step.0 <= ratio).last().map_or(0.0, |step| step.1)
    }

    /// The mean of `rho` over `1 <= ratio <= widest`, on a logarithmic axis: one number to order
    /// methods by.
    ///
    /// ```
    /// use ravine_race::Profile;
    ///
    /// let profile = Profile { steps: vec![(1.0, 0.5), (10.0, 1.0), (1e3, 2.0)] };
    /// assert!((profile.mean_share(100.0) - 0.75).abs() < 1e-14);
    /// ```
    pub fn mean_share(&self, widest: f64) -> f64 {
        let mut below = 0.0;
        let mut area = 0.0;
        for &(ratio, share) in &self.steps {
            area += (share - below) * (widest / ratio).ln().max(0.0);
            below = share;
        }
        area / widest.ln()
    }

    /// The share of problems solved at any cost.
    pub fn solved(&self) -> f64 {
        self.steps.last().map_or(0.0, |step| step.1)
    }
}

/// Performance profiles of methods over problems: `costs[p][s]` is what method s paid for problem
/// p, positive, or `None` where it did not solve it. Problems that no method solved count as
/// unsolved for all.
///
/// `rho_s(tau) = |{p : t_ps / min_s t_ps <= tau}| / |P|`.
///
/// Source: Dolan and More (2002), Benchmarking optimization software with performance profiles.
///
/// ```
/// use ravine_race::performance_profiles;
///
/// let costs = [[Some(10.0), Some(5.0)], [Some(7.0), None], [None, None], [Some(8.0), Some(24.0)]];
/// let profiles = performance_profiles(&costs);
/// assert_eq!(profiles[0].steps, [(1.0, 0.5), (2.0, 0.75)]);
/// assert_eq!(profiles[1].steps, [(1.0, 0.25), (3.0, 0.5)]);
/// assert_eq!(profiles[1].share(2.9), 0.25);
/// ```
pub fn performance_profiles<R: AsRef<[Option<f64>]>>(costs: &[R]) -> Vec<Profile> {
    let methods = costs.first().map_or(0, |row| row.as_ref().len());
    let mut ratios = vec![Vec::new(); methods];
    for row in costs {
        let row = row.as_ref();
        let lowest = row.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        for (ratios, cost) in ratios.iter_mut().zip(row) {
            ratios.extend(cost.map(|cost| cost / lowest));
        }
    }
    ratios
        .into_iter()
        .map(|mut ratios| {
            ratios.sort_by(f64::total_cmp);
            let mut steps: Vec<(f64, f64)> = Vec::new();
            for (k, ratio) in ratios.into_iter().enumerate() {
                let share = (k + 1) as f64 / costs.len() as f64;
                match steps.last_mut() {
                    Some(last) if last.0 == ratio => last.1 = share,
                    _ => steps.push((ratio, share)),
                }
            }
            Profile { steps }
        })
        .collect()
}
