//! Stochastic steps with a memory of every row's slope: for very many rows and a loose tolerance.

use ravine::krylov::{Nystrom, NystromApproximation};
use ravine::matrix::SparseRows;
use ravine::operator::{LinearOperator, from_fn};
use ravine::random::Random;
use ravine::vector::{axpy, norm};

use super::problem::{Point, Problem, Rows, soft};
use super::solved::Solved;
use super::status::{Limits, Status};

/// Most rows of a step.
const MOST_ROWS: usize = 256;
/// Products of a power iteration.
const POWERS: usize = 10;
/// Eigenvectors of the sketch.
const RANK: usize = 20;
/// The shift of the sketch by its largest eigenvalue.
const SHIFT: f64 = 1e-3;
/// Fresh batches by whose curvature the step is measured.
const FRESH: usize = 3;

/// In which metric steps are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    /// That of columns of the same size.
    Plain,
    /// The Nystrom approximation of the Hessian on the root of the number of rows.
    Sketched,
}

/// SAGA in batches: with the slope of every row as it was seen last, a step's gradient has the right mean
/// and a variance that goes to zero, so that steps of one size converge linearly. Columns are brought to
/// the same size first. Each pass over the rows ends with one over all of them, which gives the duality
/// gap; where the objective has risen, steps are halved and taken from the best point.
///
/// Sources: Defazio, Bach and Lacoste-Julien, SAGA (2014); Gazagnadou, Gower and Salmon, Optimal
/// mini-batch and step sizes for SAGA (2019), for the smoothness of batches; Frangella, Rathore, Zhao and
/// Udell, PROMISE (2024), for the sketched metric and its step.
pub(crate) fn solve(
    problem: &Problem<'_>,
    start: Point,
    limits: &Limits,
    metric: Metric,
) -> Solved {
    let kind = problem.information();
    let (mut point, mut rows) = (start, Rows::default());
    problem.evaluate(&point.z, None, kind, &mut rows);
    let mut run = Saga::new(problem, metric);
    run.restart(&point, &rows);
    let mut random = Random::new(1);
    let mut gradient = vec![0.0; problem.columns()];
    let mut best = (f64::INFINITY, point.clone());
    let mut history = Vec::new();
    let mut passes = 0;
    loop {
        problem.polish_intercept(&mut point, kind, &mut rows);
        let value = rows.mean + problem.penalty(&point.b);
        history.push((passes, value));
        problem.gradient(&rows, &mut gradient);
        let (certificate, test) = problem.judge(&point, &rows, &gradient, limits);
        let ended = match test {
            Some(test) => Some(Status::Converged(test)),
            None if problem.stopped() => Some(Status::Stopped),
            None if run.share < 1e-6 => Some(Status::PrecisionLimit),
            None if passes >= limits.iterations => Some(Status::IterationLimit),
            None => None,
        };
        if let Some(status) = ended {
            let note = format!("steps of {} rows; iterations are passes over all rows", run.batch);
            let (iterations, recession, notes) = (passes, None, vec![note]);
            return Solved {
                point,
                rows,
                status,
                certificate,
                iterations,
                history,
                recession,
                notes,
            };
        }
        if value < best.0 {
            best = (value, point.clone());
            run.intercept = point.intercept;
        } else if value.is_nan() || value - best.0 > 1e-12 * value.abs() {
            run.share *= 0.5;
            point.clone_from(&best.1);
            problem.evaluate(&point.z, None, kind, &mut rows);
            run.restart(&point, &rows);
        }
        run.measure(&point, &mut random);
        run.pass(&mut random);
        passes += 1;
        run.bring(&mut point);
        problem.refresh(&mut point);
        problem.evaluate(&point.z, None, kind, &mut rows);
    }
}

/// By what a map lengthens a vector after some rounds of the power iteration from this start.
fn largest_factor(mut v: Vec<f64>, mut map: impl FnMut(&[f64], &mut Vec<f64>)) -> f64 {
    let (mut next, mut factor) = (vec![0.0; v.len()], 0.0);
    for _ in 0..POWERS {
        map(&v, &mut next);
        let size = norm(&next);
        factor = size / norm(&v).max(f64::MIN_POSITIVE);
        v.iter_mut().zip(&next).for_each(|(v, x)| *v = x / size.max(f64::MIN_POSITIVE));
    }
    factor
}

struct Saga<'a> {
    problem: &'a Problem<'a>,
    metric: Metric,
    /// The entries with columns of size one at most.
    entries: SparseRows,
    units: Vec<f64>,
    l2: Vec<f64>,
    b: Vec<f64>,
    intercept: f64,
    /// `w_i f'_i` where the row was seen last.
    slopes: Vec<f64>,
    /// `sum_i` of them times the row, and alone.
    mean: Vec<f64>,
    of_intercept: f64,
    /// Rows of a step.
    batch: usize,
    step: f64,
    /// Of the step that theory gives.
    share: f64,
    sketch: Option<(NystromApproximation<Vec<f64>>, f64)>,
}

impl<'a> Saga<'a> {
    fn new(problem: &'a Problem<'a>, metric: Metric) -> Self {
        let n = problem.columns();
        let mut squares = vec![0.0; n];
        problem.design.weighted_squares(&problem.weights, &mut squares);
        // With the penalty's curvature, which of a column in large units would be far above the loss's.
        let unit = |(s, l2): (&f64, &f64)| if s + l2 > 0.0 { 1.0 / (s + l2).sqrt() } else { 1.0 };
        let units: Vec<f64> = squares.iter().zip(&problem.l2).map(unit).collect();
        let mut entries = problem.design.to_rows();
        entries.widen(n);
        entries.scale_columns(&units);
        let l2 = problem.l2.iter().zip(&units).map(|(l2, u)| l2 * u * u).collect();
        let mut run = Self {
            problem,
            metric,
            entries,
            units,
            l2,
            b: vec![0.0; n],
            intercept: 0.0,
            slopes: Vec::new(),
            mean: vec![0.0; n],
            of_intercept: 0.0,
            batch: MOST_ROWS.min(problem.rows()),
            step: 0.0,
            share: 1.0,
            sketch: None,
        };
        if metric == Metric::Plain {
            run.plain_step();
        }
        run
    }

    /// `z_i` without the offset.
    fn predictor(&self, i: usize, b: &[f64]) -> f64 {
        let (columns, values) = self.entries.row(i);
        columns.iter().zip(values).map(|(&j, x)| x * b[j as usize]).sum()
    }

    fn add_row(&self, i: usize, by: f64, to: &mut [f64]) {
        let (columns, values) = self.entries.row(i);
        columns.iter().zip(values).for_each(|(&j, x)| to[j as usize] += by * x);
    }

    /// `sum_(i in rows) c_i x_i (x_i'v)`, the intercept last in both.
    fn curve(&self, rows: &[(usize, f64)], v: &[f64], hv: &mut [f64]) {
        let n = self.b.len();
        hv.fill(0.0);
        let constant = if self.problem.intercept { v[n] } else { 0.0 };
        for &(i, c) in rows {
            let u = c * (self.predictor(i, &v[..n]) + constant);
            self.add_row(i, u, &mut hv[..n]);
            hv[n] += u;
        }
        if !self.problem.intercept {
            hv[n] = 0.0;
        }
        hv.iter_mut().zip(v).zip(&self.l2).for_each(|((h, v), l2)| *h += l2 * v);
    }

    /// The size of the batch that loses little beside single rows, and the step of its smoothness: the
    /// mean one and that of single rows, between which a batch lies.
    fn plain_step(&mut self) {
        let n = self.problem.rows();
        let most = self.problem.loss.smoothness().unwrap_or(1.0);
        let all: Vec<(usize, f64)> =
            self.problem.weights.iter().enumerate().map(|(i, w)| (i, most * w)).collect();
        let start = vec![1.0; self.b.len() + 1];
        // The power iteration comes from below.
        let mean = 1.2 * largest_factor(start, |v, hv| self.curve(&all, v, hv));
        let row = |i: usize| {
            let squares: f64 = self.entries.row(i).1.iter().map(|x| x * x).sum();
            n as f64 * all[i].1 * (squares + 1.0)
        };
        let single = (0..n).map(row).fold(0.0, f64::max);
        let size = (single / mean.max(f64::MIN_POSITIVE)).round();
        self.batch = (size.clamp(1.0, MOST_ROWS as f64) as usize).min(n);
        let (n, batch) = (n as f64, self.batch as f64);
        let between = (n - batch) / (batch * (n - 1.0).max(1.0));
        let of_batch = n * (batch - 1.0) / (batch * (n - 1.0).max(1.0)) * mean + between * single;
        let penalty = self.l2.iter().fold(0.0, |most, l2| l2.max(most));
        self.step = 1.0 / (3.0 * (of_batch + penalty)).max(f64::MIN_POSITIVE);
    }

    /// Rows drawn at random, each with the curvature that makes their sum that of all on average.
    fn drawn(&self, count: usize, point: &Point, random: &mut Random) -> Vec<(usize, f64)> {
        let n = self.problem.rows();
        let weight = n as f64 / count as f64;
        let one = |_| {
            let i = random.below(n);
            let second = self.problem.loss.row(self.problem.y[i], point.z[i]).observed;
            (i, weight * self.problem.weights[i] * second)
        };
        (0..count).map(one).collect()
    }

    /// Sketches the Hessian where the pass begins, and measures the step in its metric.
    fn measure(&mut self, point: &Point, random: &mut Random) {
        if self.metric == Metric::Plain {
            return;
        }
        let n = self.problem.rows();
        let count = ((n as f64).sqrt().ceil() as usize).clamp(MOST_ROWS.min(n), n);
        let rows = self.drawn(count, point, random);
        let dimension = self.b.len() + 1;
        let like = vec![0.0; dimension];
        let sketched = {
            let hessian = from_fn(dimension, |v: &Vec<f64>, hv: &mut Vec<f64>| {
                self.curve(&rows, v, hv);
                Ok(())
            });
            let rank = RANK.min(dimension);
            let nystrom =
                Nystrom { rank, largest_rank: rank, seed: random.bits(), ..Nystrom::default() };
            nystrom.approximate(&hessian, 0.0, &like)
        };
        // Without a sketch the metric stays that of the columns.
        self.sketch = sketched.ok().map(|sketch| {
            let largest = sketch.values().first().copied().unwrap_or(0.0);
            (sketch, SHIFT * largest)
        });
        let mut smoothness = 0.0_f64;
        for _ in 0..FRESH {
            let fresh = self.drawn(self.batch, point, random);
            let start = (0..dimension).map(|_| random.normal()).collect();
            let mut hv = like.clone();
            let factor = largest_factor(start, |v, next| {
                self.curve(&fresh, v, &mut hv);
                self.precondition(&hv, next);
            });
            smoothness = smoothness.max(factor);
        }
        self.step = 1.0 / (3.0 * smoothness).max(f64::MIN_POSITIVE);
    }

    fn precondition(&self, g: &Vec<f64>, into: &mut Vec<f64>) {
        let applied = self
            .sketch
            .as_ref()
            .is_some_and(|(sketch, shift)| sketch.preconditioner(*shift).apply(g, into).is_ok());
        if !applied {
            into.copy_from_slice(g);
        }
    }

    /// Takes a point over, with the slopes of all rows there.
    fn restart(&mut self, point: &Point, rows: &Rows) {
        self.intercept = point.intercept;
        self.b.iter_mut().zip(&point.b).zip(&self.units).for_each(|((b, own), u)| *b = own / u);
        self.slopes.clone_from(&rows.slopes);
        self.of_intercept = rows.slopes.iter().sum();
        let mut mean = std::mem::take(&mut self.mean);
        mean.fill(0.0);
        rows.slopes.iter().enumerate().for_each(|(i, s)| self.add_row(i, *s, &mut mean));
        self.mean = mean;
    }

    fn bring(&self, point: &mut Point) {
        point.intercept = self.intercept;
        point.b.iter_mut().zip(&self.b).zip(&self.units).for_each(|((own, b), u)| *own = b * u);
    }

    /// Steps over all rows in a random order.
    fn pass(&mut self, random: &mut Random) {
        let (n, columns) = (self.problem.rows(), self.b.len());
        let mut order: Vec<usize> = (0..n).collect();
        random.shuffle(&mut order);
        let step = self.share * self.step;
        let mut g = vec![0.0; columns + 1];
        let mut changes = vec![0.0; columns + 1];
        let mut direction = vec![0.0; columns + 1];
        for rows in order.chunks(self.batch) {
            if self.problem.stopped() {
                return;
            }
            changes.fill(0.0);
            for &i in rows {
                let offset = self.problem.offset.map_or(0.0, |offset| offset[i]);
                let z = self.predictor(i, &self.b) + self.intercept + offset;
                let slope =
                    self.problem.weights[i] * self.problem.loss.row(self.problem.y[i], z).slope;
                let change = slope - self.slopes[i];
                self.slopes[i] = slope;
                if change != 0.0 {
                    self.add_row(i, change, &mut changes[..columns]);
                    changes[columns] += change;
                }
            }
            let weight = n as f64 / rows.len() as f64;
            for j in 0..columns {
                g[j] = weight * changes[j] + self.mean[j] + self.l2[j] * self.b[j];
            }
            let of_intercept = weight * changes[columns] + self.of_intercept;
            g[columns] = if self.problem.intercept { of_intercept } else { 0.0 };
            self.precondition(&g, &mut direction);
            axpy(&mut self.mean, 1.0, &changes[..columns]);
            self.of_intercept += changes[columns];
            axpy(&mut self.b, -step, &direction[..columns]);
            if self.problem.intercept {
                self.intercept -= step * direction[columns];
            }
            self.constrain(step);
        }
    }

    /// The proximal step of L1, bounds, and columns that are left out.
    fn constrain(&mut self, step: f64) {
        let problem = self.problem;
        if problem.has_corners() {
            for (j, b) in self.b.iter_mut().enumerate() {
                *b = soft(*b, step * problem.l1[j] * self.units[j]);
            }
        }
        if let Some((lower, upper)) = &problem.bounds {
            for (j, b) in self.b.iter_mut().enumerate() {
                *b = b.clamp(lower[j] / self.units[j], upper[j] / self.units[j]);
            }
        }
        let aliased = self.b.iter_mut().zip(&problem.aliased).filter(|(_, aliased)| **aliased);
        aliased.for_each(|(b, _)| *b = 0.0);
    }
}
