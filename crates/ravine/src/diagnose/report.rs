//! A diagnosis in words.

use super::{Basis, Diagnosis, Forecast};
use crate::objective::Derivatives;
use ravine_text::{bytes, columns, count, four_digits, percent, seconds, short, size};

/// Ranges of eigenvalues in the report.
const RANGES: usize = 16;

impl Diagnosis {
    /// What is known, line by line: what it is of, and a text.
    ///
    /// ```
    /// let f = ravine::objective!(2, |x| 50.0 * x[0].powi(2) + 0.5 * x[1].powi(2));
    /// let diagnosis = ravine::diagnose::diagnose(&f, &[1.0, 1.0])?;
    /// let condition = diagnosis.facts().into_iter().find(|fact| fact.0 == "condition");
    /// assert_eq!(condition.unwrap().1, "100; 1 after scaling by the diagonal");
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let d = self;
        let number = |v: Option<f64>| v.map_or("?".to_owned(), short);
        let mut lines = vec![
            ("variables", d.dimension.to_string()),
            ("derivatives", derivatives(d.derivatives)),
            ("value", format!("{:?}", d.value)),
            ("|gradient|", size(d.gradient_norm)),
        ];
        let ends = format!(
            "{} to {}, {}",
            number(d.smallest_eigenvalue),
            number(d.largest_eigenvalue),
            if d.exact { "all of them known" } else { "by Lanczos, so the true ends lie outside" }
        );
        if d.largest_eigenvalue.is_some() {
            lines.push(("eigenvalues", ends));
        }
        if let Some(inertia) = d.inertia {
            let text = format!(
                "{} positive, {} negative, {} zero",
                inertia.positive, inertia.negative, inertia.zero
            );
            let text = if d.inertia_counted { text } else { format!("about {text}") };
            lines.push(("inertia", text));
        }
        if d.largest_eigenvalue.is_some() {
            let condition = d.condition_number.map(four_digits);
            let mut text = match (condition, d.condition_interval) {
                (Some(condition), Some((_, Some(_)))) => condition,
                (Some(condition), _) => format!("at least {condition}"),
                (None, _) if d.exact => "singular to rounding".to_owned(),
                (None, _) => "not known".to_owned(),
            };
            if let Some(scaled) = d.scaled_condition_number {
                text += &format!("; {} after scaling by the diagonal", four_digits(scaled));
            }
            lines.push(("condition", text));
        }
        if let Some(noise) = d.noise {
            let mut text = match noise.is_noisy() {
                true => {
                    format!("{} in the values, {} of them", size(noise.level), size(noise.relative))
                }
                false => "none in the values beyond rounding".to_owned(),
            };
            if !noise.repeats {
                text += "; the same point gives another value each time";
            }
            lines.push(("noise", text));
        }
        if let Some(model) = &d.model {
            lines.push(("model", model.verdict.to_string()));
            let promised =
                model.lengths.iter().find(|l| l.length == 1.0).map_or(1.0, |l| l.predicted);
            let shares: Vec<_> = model
                .lengths
                .iter()
                .map(|l| {
                    let share = |decrease: f64| format!("{:.0} %", 100.0 * decrease / promised);
                    format!("{} of it gives {} ({})", l.length, share(l.actual), share(l.predicted))
                })
                .collect();
            let text = format!(
                "of what the model promises for a whole step, {}; in parentheses what it promises",
                shares.join(", ")
            );
            lines.push(("decrease", text));
        }
        if let Some(walk) = &d.walk {
            let (least, most) = (walk.smallest_eigenvalue, walk.largest_eigenvalue);
            let text = format!(
                "{} of {} lead to {} of the gradient here, eigenvalues {} to {}, condition {}: the \
                 forecasts are for these",
                count(walk.steps as u64, "step"),
                walk.method,
                size(walk.reduction),
                short(least),
                short(most),
                four_digits(most / least)
            );
            lines.push(("walk", text));
        }
        lines
    }
}

fn derivatives(supplied: Derivatives) -> String {
    let names = Derivatives::NONE.missing(supplied);
    if names.is_empty() { "none, by differences of values".to_owned() } else { names.join(", ") }
}

impl Forecast {
    /// What stands above [`cells`](Self::cells).
    pub const TITLES: [&str; 7] = ["method", "iter", "f, grad", "H·d", "Hess", "memory", "time"];

    /// A row of a table: iterations that are not counted by the method itself are about so many.
    pub fn cells(&self) -> [String; 7] {
        let Self { iterations, evaluations, basis, .. } = self;
        let counted = matches!(basis, Basis::ClosedForm | Basis::Rehearsal);
        let about = if counted { "" } else { "~" };
        let dot = |n: u64| if n == 0 { "·".to_owned() } else { n.to_string() };
        [
            self.method.clone(),
            format!("{about}{iterations}"),
            dot(evaluations.value),
            dot(evaluations.hessian_product),
            dot(evaluations.hessian),
            bytes(self.memory_bytes),
            seconds(self.seconds),
        ]
    }
}

/// The whole report: facts, spectrum, forecast, what to take.
impl std::fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (label, text) in self.facts() {
            writeln!(f, "{label:>13} {text}")?;
        }
        let bins = self.histogram(RANGES);
        if !bins.is_empty() {
            let title = ["spectrum", "eigenvalues", "gradient"].map(str::to_owned);
            let rows = bins.iter().map(|bin| {
                let range = format!("{} to {}", size(bin.low), size(bin.high));
                [range, percent(bin.eigenvalues), percent(bin.gradient)]
            });
            let rows: Vec<_> = std::iter::once(title).chain(rows).collect();
            write!(f, "\n{}", columns(&rows))?;
        }
        if !self.forecast.is_empty() {
            let title = Forecast::TITLES.map(str::to_owned);
            let rows = self.forecast.iter().map(Forecast::cells);
            let rows: Vec<_> = std::iter::once(title).chain(rows).collect();
            write!(f, "\n{}", columns(&rows))?;
        }
        if let (Some(method), Some(reason)) = (&self.recommended_method, &self.reason) {
            writeln!(f, "\nTake {method}, because: {reason}.")?;
        }
        if self.interrupted {
            writeln!(f, "\nInterrupted: this is what was known by then.")?;
        }
        Ok(())
    }
}
