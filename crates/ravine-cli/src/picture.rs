//! The pictures of a race: convergence curves, and in two dimensions a map.

use ravine_problems::{Problem, Window};
use ravine_race::contour::Field;
use ravine_race::{Effort, Entrant, MOST_CURVES, Moment, Race, Ran, spread};

use crate::args::YAxis;
use crate::plot::{Axis, Chart, Curve, Look, Map, Scale, svg};
use ravine_text::heading;

/// Contour lines of a map, and the nodes on each side of the grid they are found on.
const LEVELS: usize = 16;
const NODES: usize = 161;

/// What is drawn against what.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub x: Effort,
    pub y: YAxis,
}

/// The entrants that are drawn, the winner first.
fn chosen(entrants: &[Entrant]) -> Vec<(&Entrant, &Ran)> {
    let ran: Vec<_> =
        entrants.iter().filter_map(|e| e.result.as_ref().ok().map(|ran| (e, ran))).collect();
    let families: Vec<_> = ran.iter().map(|(entrant, _)| entrant.method.entry.family).collect();
    spread(&families, MOST_CURVES).into_iter().map(|k| ran[k]).collect()
}

fn abscissa(effort: Effort, moment: &Moment, n: usize) -> f64 {
    effort.of(moment.iteration, &moment.evaluations, moment.seconds, n)
}

/// The horizontal axis over `numbers`.
pub fn x_axis(axis: Effort, numbers: impl Iterator<Item = f64>) -> Axis {
    let (mut low, mut high) = (f64::INFINITY, 0.0f64);
    for number in numbers.filter(|number| number.is_finite()) {
        high = high.max(number);
        if number > 0.0 {
            low = low.min(number);
        }
    }
    let label = axis.title();
    match axis {
        Effort::Seconds if low < high => Axis::new(label, Scale::Log, (low, high)),
        Effort::Evaluations if high > 50.0 => Axis::new(label, Scale::Log, (low, high)),
        _ if high > 50.0 => Axis::new(label, Scale::LogFromZero, (0.0, high)),
        _ => Axis::new(label, Scale::Linear, (0.0, high)),
    }
}

/// The convergence curves of a race.
pub fn race_chart(problem: &Problem, start: &[f64], race: &Race, view: View) -> Chart {
    let n = start.len();
    let height = |moment: &Moment| match view.y {
        YAxis::Gap => moment.value - race.lowest,
        YAxis::Gradient => moment.gradient_norm,
    };
    let chosen = chosen(&race.entrants);
    let first = chosen
        .iter()
        .filter_map(|(_, ran)| ran.history.moments().first().map(height))
        .fold(0.0, f64::max);
    let first = if first > 0.0 { first } else { 1.0 };
    // Below this, differences of values are rounding.
    let floor = match view.y {
        YAxis::Gap => (f64::EPSILON * race.lowest.abs()).max(1e-18 * first),
        YAxis::Gradient => 1e-18 * first,
    };
    let moments = || chosen.iter().flat_map(|(_, ran)| ran.history.moments());
    let heights = moments().map(height).filter(|h| h.is_finite());
    let (low, high) = heights.fold((first, first), |(low, high), h| {
        (low.min(h.max(floor)), high.max(h.min(100.0 * first)))
    });
    let x = x_axis(view.x, moments().map(|moment| abscissa(view.x, moment, n)));
    let left = x.range.0;
    let y = Axis::new(view.y.title(), Scale::Log, (low, high));
    let curves = chosen
        .iter()
        .enumerate()
        .map(|(k, (entrant, ran))| Curve {
            name: entrant.label(),
            points: ran
                .history
                .moments()
                .iter()
                .map(|moment| (abscissa(view.x, moment, n).max(left), height(moment)))
                .filter(|point| point.0.is_finite() && point.1.is_finite())
                .map(|(x, y)| (x, y.max(floor)))
                .collect(),
            steps: false,
            look: Look::of(k),
        })
        .collect();
    let title = heading(&problem.title, start);
    let subtitle = match race.entrants.len() {
        all if all > chosen.len() => {
            format!("{} of {all} methods, the best of each family first", chosen.len())
        }
        _ => String::new(),
    };
    Chart { title, subtitle, x, y, curves }
}

/// The convergence curves as SVG, beside a map where the problem has two variables.
pub fn race_svg(problem: &Problem, start: &[f64], race: &Race, view: View) -> String {
    let chart = race_chart(problem, start, race, view);
    match map(problem, start, race, &chart) {
        Some(map) => svg::map_and_chart(&map, &chart),
        None => svg::chart(&chart),
    }
}

/// Contours and paths of a problem of two variables.
fn map(problem: &Problem, start: &[f64], race: &Race, chart: &Chart) -> Option<Map> {
    let &[x0, y0] = start else { return None };
    let paths: Vec<Curve> = chosen(&race.entrants)
        .iter()
        .zip(&chart.curves)
        .map(|((_, ran), curve)| Curve {
            points: ran.history.points().map(|point| (point[0], point[1])).collect(),
            ..curve.clone()
        })
        .collect();
    let window = window(problem, (x0, y0), &paths);
    let bands = bands(problem, window, race.lowest);
    let minima = problem.minima.iter().filter_map(|minimum| match minimum.point.as_deref() {
        Some(&[x, y]) => Some((x, y)),
        _ => None,
    });
    Some(Map {
        x: Axis::new(
            problem.variables.first().map_or("x", String::as_str),
            Scale::Linear,
            window.x,
        ),
        y: Axis::new(problem.variables.get(1).map_or("y", String::as_str), Scale::Linear, window.y),
        bands,
        minima: minima.collect(),
        paths,
        start: (x0, y0),
    })
}

/// The contour lines in a window, by level; none where the function cannot be drawn.
fn bands(problem: &Problem, window: Window, lowest: f64) -> Vec<Vec<Vec<(f64, f64)>>> {
    let objective = problem.objective.as_ref();
    let Ok(field) = Field::of(objective, window, NODES, NODES) else { return Vec::new() };
    let lowest = Some(lowest).filter(|lowest| lowest.is_finite());
    let point = |p: &[f64]| (p[0], p[1]);
    field
        .levels(LEVELS, lowest)
        .into_iter()
        .map(|level| {
            let contour = field.contour(level);
            contour.lines().map(|line| line.chunks_exact(2).map(point).collect()).collect()
        })
        .collect()
}

/// What to draw: the start, known minima and where the paths end.
fn window(problem: &Problem, start: (f64, f64), paths: &[Curve]) -> Window {
    let minima = problem.minima.iter().filter_map(|m| m.point.as_deref());
    let minima = minima.filter_map(|p| Some((*p.first()?, *p.get(1)?)));
    let ends = paths.iter().filter_map(|curve| curve.points.last().copied());
    let marks: Vec<_> = std::iter::once(start).chain(minima).chain(ends).collect();
    let along: Vec<_> = paths.iter().flat_map(|curve| curve.points.iter().copied()).collect();
    Window::of(problem.window, &marks, &along)
}
