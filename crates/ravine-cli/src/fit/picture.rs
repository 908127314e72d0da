//! The pictures of a fit: coefficients, whether predictions come true, residuals, penalties.

use ravine_glm::analysis::Analyzed;
use ravine_glm::{CrossValidated, Family};
use ravine_text::count;

use super::data::Data;
use super::rows::{shown, value};
use crate::plot::{
    Axis, Chart, Curve, Intervals, Look, NamedIntervals, Panel, Scale, Scatter, range_of, svg,
};

/// Groups of rows whose predictions are compared with what came true.
const GROUPS: usize = 10;
/// Most dots of a picture: of more rows, every second, third, ...
const MOST_DOTS: usize = 1500;
/// Coefficients drawn beside one another.
const MOST_INTERVALS: usize = 25;
/// Paths of coefficients: those that end largest.
const MOST_PATHS: usize = 12;

/// What the terminal shows below the table.
pub fn charts(_data: &Data, found: &Analyzed) -> Vec<Chart> {
    let mut charts = Vec::new();
    if let Some(scatter) = deviances(found) {
        charts.push(chart(scatter, ["deviance on rows held out", "chosen"]));
    }
    if let Some(scatter) = calibration(found).filter(|s| s.dots.len() > 1) {
        charts.push(chart(scatter, ["as it came", "as predicted"]));
    }
    charts
}

/// A scatter as curves: its dots joined, then its lines.
fn chart(scatter: Scatter, names: [&str; 2]) -> Chart {
    let mut curves = vec![Curve {
        name: names[0].to_owned(),
        points: scatter.dots,
        steps: false,
        look: Look::of(0),
    }];
    for (points, _) in scatter.lines.into_iter().take(1) {
        curves.push(Curve { name: names[1].to_owned(), points, steps: false, look: Look::of(6) });
    }
    Chart { title: scatter.title, subtitle: String::new(), x: scatter.x, y: scatter.y, curves }
}

/// All pictures on a page.
pub fn svg(data: &Data, found: &Analyzed) -> String {
    let mut panels = Vec::new();
    panels.extend(coefficients(found).map(Panel::Intervals));
    panels.extend(calibration(found).map(Panel::Scatter));
    panels.extend(residuals(found).map(Panel::Scatter));
    panels.extend(convergence(found).map(Panel::Scatter));
    panels.extend(deviances(found).map(Panel::Scatter));
    panels.extend(path(found).map(Panel::Scatter));
    let title = data.question();
    let rows = count(found.model.rows as u64, "row");
    let subtitle = format!("{} on {rows} of {}", found.family.name(), data.name);
    svg::panels(title, &subtitle, &panels)
}

fn coefficients(found: &Analyzed) -> Option<NamedIntervals> {
    let all = &found.model.coefficients;
    let slopes: Vec<_> = all.iter().filter(|row| row.name != "(intercept)").cloned().collect();
    let rows: Vec<_> = shown(&slopes)
        .into_iter()
        .filter_map(|row| Some((row, value(row)?)))
        .take(MOST_INTERVALS)
        .collect();
    let name = |row: &ravine_glm::analysis::Coefficient| match &row.class {
        Some(class) => format!("{class}: {}", row.name),
        None => row.name.clone(),
    };
    let errors = rows.iter().any(|(row, _)| row.interval.is_some());
    let title = if errors { "Coefficients with intervals" } else { "Coefficients" };
    // Without an interval, an estimate is one by itself.
    let within = |b: f64, interval: Option<(f64, f64)>| (Some(b), interval.or(Some((b, b))));
    (!rows.is_empty()).then(|| NamedIntervals {
        title: title.to_owned(),
        names: rows.iter().map(|(row, _)| name(row)).collect(),
        scale: Intervals::of(rows.iter().map(|&(row, b)| within(b, row.interval))),
        rows: rows.iter().map(|&(row, b)| (b, row.interval)).collect(),
    })
}

fn calibration(found: &Analyzed) -> Option<Scatter> {
    let groups = found.calibration(GROUPS)?;
    let share = |label: &str| Axis::new(label, Scale::Linear, (0.0, 1.0));
    Some(Scatter {
        title: "Predicted probabilities, and how often they came true".to_owned(),
        x: share("predicted"),
        y: share("came true"),
        dots: groups.iter().map(|g| (g.predicted, g.observed)).collect(),
        lines: vec![(vec![(0.0, 0.0), (1.0, 1.0)], Look::of(6))],
        bars: groups
            .iter()
            .map(|g| (g.predicted, g.observed - 2.0 * g.deviation, g.observed + 2.0 * g.deviation))
            .collect(),
    })
}

fn residuals(found: &Analyzed) -> Option<Scatter> {
    let of_means = !matches!(found.family, ravine_glm::analysis::ModelFamily::Of(Family::Binomial));
    if found.residuals.is_empty() || !of_means {
        return None;
    }
    let every = found.residuals.len().div_ceil(MOST_DOTS);
    let all = found.means.iter().copied().zip(found.residuals.iter().copied());
    let dots: Vec<(f64, f64)> =
        all.step_by(every).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let x = Axis::new("fitted mean", Scale::Linear, range_of(dots.iter().map(|d| d.0)));
    let line = vec![(x.range.0, 0.0), (x.range.1, 0.0)];
    let title = match every {
        1 => "Deviance residuals".to_owned(),
        _ => format!("Deviance residuals of {} rows", dots.len()),
    };
    Some(Scatter {
        title,
        y: Axis::new("residual", Scale::Linear, range_of(dots.iter().map(|d| d.1))),
        x,
        dots,
        lines: vec![(line, Look::of(6))],
        bars: Vec::new(),
    })
}

/// How far the objective was above its end, iteration by iteration.
fn convergence(found: &Analyzed) -> Option<Scatter> {
    let above: Vec<(f64, f64)> = found
        .history
        .iter()
        .map(|&(iterations, value)| (iterations as f64, value - found.objective))
        .filter(|(_, above)| *above > 0.0 && above.is_finite())
        .collect();
    let heights = above.iter().map(|point| point.1);
    let (low, high) = heights.fold((f64::INFINITY, 0.0f64), |(a, b), x| (a.min(x), b.max(x)));
    let last = above.last()?.0;
    (above.len() > 1).then(|| Scatter {
        title: format!("The objective above its end, by iterations of {}", found.solver.0),
        x: Axis::new("iterations", Scale::Linear, (0.0, last)),
        y: Axis::new("objective above its end", Scale::Log, (low, high)),
        dots: above.clone(),
        lines: vec![(above, Look::of(0))],
        bars: Vec::new(),
    })
}

/// Deviances of rows held out by the size of the penalty.
fn deviances(found: &Analyzed) -> Option<Scatter> {
    let chosen = found.chosen.as_ref()?;
    let ratio = chosen.best.l1_ratio;
    let points: Vec<&CrossValidated> = chosen
        .points
        .iter()
        .filter(|p| p.l1_ratio == ratio && p.alpha > 0.0 && p.deviance.is_finite())
        .collect();
    let alphas = points.iter().map(|p| p.alpha);
    let (low, high) = alphas.fold((f64::INFINITY, 0.0f64), |(a, b), x| (a.min(x), b.max(x)));
    if points.len() < 2 {
        return None;
    }
    let ends =
        points.iter().flat_map(|p| [p.deviance - p.standard_error, p.deviance + p.standard_error]);
    let y = Axis::new("deviance a row", Scale::Linear, range_of(ends));
    let alpha = found.penalty.0 + found.penalty.1;
    let line = vec![(alpha, y.range.0), (alpha, y.range.1)];
    Some(Scatter {
        title: format!("Rows held out, by the size of the penalty (share of L1 {ratio})"),
        x: Axis::new("penalty", Scale::Log, (low, high)),
        y,
        dots: points.iter().map(|p| (p.alpha, p.deviance)).collect(),
        lines: vec![(line, Look::of(6))],
        bars: points
            .iter()
            .map(|p| (p.alpha, p.deviance - p.standard_error, p.deviance + p.standard_error))
            .collect(),
    })
}

/// Coefficients by the size of the penalty.
fn path(found: &Analyzed) -> Option<Scatter> {
    let path = &found.chosen.as_ref()?.path;
    let last = &path.last()?.1;
    let mut order: Vec<usize> = (0..last.len()).collect();
    order.sort_by(|&i, &j| last[j].abs().total_cmp(&last[i].abs()));
    order.truncate(MOST_PATHS);
    let alphas = path.iter().map(|(alpha, _)| *alpha).filter(|alpha| *alpha > 0.0);
    let (low, high) = alphas.fold((f64::INFINITY, 0.0f64), |(a, b), x| (a.min(x), b.max(x)));
    let along = |j: usize| -> Vec<(f64, f64)> {
        path.iter().filter(|(alpha, _)| *alpha > 0.0).map(|(alpha, b)| (*alpha, b[j])).collect()
    };
    let lines: Vec<_> = order.iter().enumerate().map(|(k, &j)| (along(j), Look::of(k))).collect();
    let heights = range_of(lines.iter().flat_map(|(points, _)| points.iter().map(|p| p.1)));
    (low < high).then(|| Scatter {
        title: "Coefficients by the size of the penalty".to_owned(),
        x: Axis::new("penalty", Scale::Log, (low, high)),
        y: Axis::new("coefficient", Scale::Linear, heights),
        dots: Vec::new(),
        bars: Vec::new(),
        lines,
    })
}
