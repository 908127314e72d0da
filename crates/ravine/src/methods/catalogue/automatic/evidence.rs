//! What a diagnosis adds to the facts, and what follows from it.

use serde_json::Value;

use super::{Facts, named, variables};
use crate::curvature::Verdict;
use crate::methods::conduct::Pace;

/// What a [diagnosis](crate::diagnose) knows beyond what is known before the first step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The condition number of the Hessian.
    pub condition_number: Option<f64>,
    /// Whether the Hessian has a negative eigenvalue.
    pub indefinite: bool,
    /// Whether values carry noise beyond rounding.
    pub noisy: bool,
    /// Whether the quadratic model holds.
    pub verdict: Option<Verdict>,
    /// What methods will need.
    pub contenders: Vec<Contender>,
}

/// A method with what it will need.
#[derive(Clone, Debug, PartialEq)]
pub struct Contender {
    /// The name in the catalogue.
    pub method: &'static str,
    /// The settings that the forecast assumes.
    pub settings: Value,
    /// Iterations.
    pub iterations: u64,
    /// Seconds.
    pub seconds: f64,
    /// Whether the whole spectrum of the Hessian is known that the forecast is made from.
    pub exact: bool,
}

/// A method that the structure of the objective speaks for is kept where it takes at most this times
/// the least time forecast: on a quadratic, and elsewhere, where forecasts are less certain.
const NEARLY: f64 = 1.15;
const NEARLY_ELSEWHERE: f64 = 1.4;

impl Evidence {
    /// Whether `contender` may be recommended: not where its iterations can diverge, or its forecast
    /// cannot be relied on.
    fn admits(&self, contender: &Contender) -> bool {
        let quadratic = self.verdict == Some(Verdict::Quadratic);
        match named(contender.method).map_or(Pace::Curvature, |entry| entry.pace) {
            Pace::Curvature => contender.seconds.is_finite(),
            Pace::Conditioning => quadratic && !self.indefinite,
            Pace::Model => (quadratic || self.verdict == Some(Verdict::Good)) && !self.indefinite,
            Pace::Eigenvalues => quadratic && contender.exact,
            Pace::OwnTerm => false,
        }
    }

    /// The seconds that a contender is expected to take at worst. On a quadratic all forecasts are
    /// as good as the spectrum is known. Elsewhere those of Newton's kind rest on steps that were
    /// tried; the iterations of a method that learns the curvature on its way depend on every
    /// curvature it passes, and may be a few times those on the model.
    fn cautious(&self, contender: &Contender) -> f64 {
        let needs = named(contender.method).map(|entry| entry.needs).unwrap_or_default();
        let factor = match () {
            () if self.verdict == Some(Verdict::Quadratic) && contender.exact => 1.0,
            () if needs.hessian || needs.sparse_hessian || needs.residuals || needs.fisher => 1.0,
            () if needs.hessian_product => 1.25,
            () if contender.exact || self.verdict == Some(Verdict::Quadratic) => 1.5,
            () => 2.5,
        };
        factor * contender.seconds
    }

    /// The contender to take, and why: `preferred`, which the structure of the objective speaks for, if
    /// it is nearly the fastest, else the fastest.
    pub(super) fn decide(&self, facts: &Facts, preferred: &str) -> Option<(&Contender, String)> {
        let mut admitted: Vec<_> = self.contenders.iter().filter(|c| self.admits(c)).collect();
        admitted.sort_by(|a, b| self.cautious(a).total_cmp(&self.cautious(b)));
        let fastest = *admitted.first()?;
        let factor = match self.verdict {
            Some(Verdict::Quadratic) => NEARLY,
            _ => NEARLY_ELSEWHERE,
        };
        let nearly = |c: &&&Contender| self.cautious(c) <= factor * self.cautious(fastest);
        let chosen =
            *admitted.iter().find(|c| c.method == preferred && nearly(c)).unwrap_or(&fastest);
        let mut reason = format!(
            "{}, {}; forecast {} in {}",
            variables(facts),
            self.character(),
            iterations(chosen.iterations),
            duration(chosen.seconds)
        );
        if let Some(next) = admitted.into_iter().find(|c| c.method != chosen.method) {
            reason += &format!(", against {} for `{}`", duration(next.seconds), next.method);
            if next.seconds < chosen.seconds {
                reason += match () {
                    () if self.verdict == Some(Verdict::Quadratic) => ", which is not clearly less",
                    () => ", a forecast that is less certain or not clearly less",
                };
            }
        }
        Some((chosen, reason))
    }

    /// The Hessian in words.
    fn character(&self) -> String {
        let mut words = match self.condition_number {
            _ if self.indefinite => "negative curvature".to_owned(),
            None => "a singular Hessian".to_owned(),
            Some(kappa) if kappa < 1e3 => format!("condition number {kappa:.0}"),
            Some(kappa) => format!("condition number {kappa:.1e}"),
        };
        if self.verdict == Some(Verdict::Quadratic) {
            words += ", quadratic";
        }
        if self.noisy {
            words += ", noisy";
        }
        words
    }
}

fn iterations(count: u64) -> String {
    if count == 1 { "1 iteration".to_owned() } else { format!("{count} iterations") }
}

/// Seconds in words.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.2} µs", 1e6 * s),
        s if s < 1.0 => format!("{:.2} ms", 1e3 * s),
        s => format!("{s:.2} s"),
    }
}
