//! What a diagnosis adds to the facts, and what follows from it.

use serde_json::Value;

use super::{Facts, variables};
use crate::diagnose::Verdict;

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
/// the least time forecast.
const NEARLY: f64 = 1.15;

impl Evidence {
    /// Whether `contender` may be recommended: not where its iterations can diverge, or its forecast
    /// cannot be relied on.
    fn admits(&self, contender: &Contender) -> bool {
        match contender.method {
            "gd" | "momentum" | "nesterov" => {
                self.verdict == Some(Verdict::Quadratic) && !self.indefinite
            }
            "newton" => {
                matches!(self.verdict, Some(Verdict::Quadratic | Verdict::Good)) && !self.indefinite
            }
            // Its steps are chaotic: only the very eigenvalues foretell them.
            "bb" => contender.exact,
            _ => contender.seconds.is_finite(),
        }
    }

    /// The contender to take, and why: `preferred`, which the structure of the objective speaks for, if
    /// it is nearly the fastest, else the fastest.
    pub(super) fn decide(&self, facts: &Facts, preferred: &str) -> Option<(&Contender, String)> {
        let admitted = || self.contenders.iter().filter(|c| self.admits(c));
        let fastest = admitted().min_by(|a, b| a.seconds.total_cmp(&b.seconds))?;
        let chosen = admitted()
            .find(|c| c.method == preferred && c.seconds <= NEARLY * fastest.seconds)
            .unwrap_or(fastest);
        let next = admitted()
            .filter(|c| c.method != chosen.method)
            .min_by(|a, b| a.seconds.total_cmp(&b.seconds));
        let mut reason = format!("{}, {}", variables(facts), self.character());
        reason +=
            &format!("; forecast {} iterations in {}", chosen.iterations, duration(chosen.seconds));
        if let Some(next) = next {
            reason += &format!(
                ", {} {}",
                duration(next.seconds),
                match next.seconds {
                    s if s < chosen.seconds =>
                        format!("for `{}`, which is not clearly less", next.method),
                    _ => format!("for `{}`, the next", next.method),
                }
            );
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

/// Seconds in words.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.2} us", 1e6 * s),
        s if s < 1.0 => format!("{:.2} ms", 1e3 * s),
        s => format!("{s:.2} s"),
    }
}
