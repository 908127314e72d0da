//! The core's limited-memory BFGS on the objective of a model.

use std::cell::RefCell;

use ravine::methods::Lbfgs;
use ravine::minimize::Run;
use ravine::objective::{Evaluation, Gradient, Objective, Supplies};
use ravine::{Conditions, Stopping};

use super::problem::{Point, Problem, Rows};
use super::solved::Solved;
use super::status::{Certificate, Limits, Status};

/// The objective of coefficients in units in which the diagonal of the Hessian at the start is one.
struct Scaled<'a> {
    problem: &'a Problem<'a>,
    units: Vec<f64>,
    state: RefCell<(Point, Rows)>,
}

impl Scaled<'_> {
    fn bring(&self, x: &[f64]) -> std::cell::RefMut<'_, (Point, Rows)> {
        let mut state = self.state.borrow_mut();
        let (point, rows) = &mut *state;
        let first = usize::from(self.problem.intercept);
        point.intercept = if first == 1 { x[0] * self.units[0] } else { 0.0 };
        for (j, b) in point.b.iter_mut().enumerate() {
            *b = x[first + j] * self.units[first + j];
        }
        self.problem.refresh(point);
        self.problem.evaluate(&point.z, None, self.problem.information(), rows);
        state
    }
}

impl Objective for Scaled<'_> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.units.len()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let state = self.bring(x);
        Ok(state.1.mean + self.problem.penalty(&state.0.b))
    }
}

impl Gradient for Scaled<'_> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let state = self.bring(x);
        let (point, rows) = &*state;
        let first = usize::from(self.problem.intercept);
        let of_intercept = self.problem.gradient(rows, &mut gradient[first..]);
        if first == 1 {
            gradient[0] = of_intercept;
        }
        for j in 0..point.b.len() {
            gradient[first + j] += self.problem.l2[j] * point.b[j];
        }
        gradient.iter_mut().zip(&self.units).for_each(|(g, unit)| *g *= unit);
        Ok(rows.mean + self.problem.penalty(&point.b))
    }
}

impl Supplies for Scaled<'_> {
    ravine::supplies!(gradient);
}

/// Minimizes a smooth objective by L-BFGS, its variables scaled by the diagonal of the Hessian at the
/// start, in stages of ten iterations, after each of which the duality gap is asked.
pub(crate) fn solve(problem: &Problem<'_>, start: Point, limits: &Limits) -> Solved {
    let kind = problem.information();
    let (mut point, mut rows) = (start, Rows::default());
    problem.evaluate(&point.z, None, kind, &mut rows);
    let mut squares = vec![0.0; problem.columns()];
    problem.design.weighted_squares(&rows.weights, &mut squares);
    let mut diagonal: Vec<f64> = Vec::new();
    if problem.intercept {
        diagonal.push(rows.weights.iter().sum());
    }
    diagonal.extend(squares.iter().zip(&problem.l2).map(|(s, l2)| s + l2));
    let unit = |d: &f64| if *d > 0.0 { 1.0 / d.sqrt() } else { 1.0 };
    let units: Vec<f64> = diagonal.iter().map(unit).collect();
    let x0: Vec<f64> = problem
        .intercept
        .then_some(point.intercept)
        .into_iter()
        .chain(point.b.iter().copied())
        .zip(&units)
        .map(|(x, unit)| x / unit)
        .collect();
    let scaled = Scaled { problem, units, state: RefCell::new((point.clone(), Rows::default())) };
    let mut status = Status::IterationLimit;
    let mut certificate = Certificate::Violation(f64::INFINITY);
    let mut iterations = 0;
    let mut history = Vec::new();
    // The rules here decide; those of the run are left out.
    let stopping = Stopping {
        gradient_absolute: 0.0,
        gradient_relative: 0.0,
        decrease: None,
        iterations: None,
        ..Stopping::default()
    };
    let conditions = Conditions::default().stopping(stopping).interrupter(|| problem.stopped());
    let mut gradient = vec![0.0; problem.columns()];
    if let Ok(mut run) = Run::new(&scaled, Lbfgs::default(), &x0, conditions) {
        loop {
            history.push((iterations, rows.mean + problem.penalty(&point.b)));
            let mut ended = false;
            for _ in 0..10 {
                ended = run.step().is_some();
                iterations += 1;
                if ended || iterations >= limits.iterations {
                    break;
                }
            }
            let outcome = run.outcome();
            {
                let state = scaled.bring(&outcome.x);
                point.clone_from(&state.0);
                rows.clone_from(&state.1);
            }
            problem.polish_intercept(&mut point, kind, &mut rows);
            problem.gradient(&rows, &mut gradient);
            let (known, test) = problem.judge(&point, &rows, &gradient, limits);
            certificate = known;
            if let Some(test) = test {
                status = Status::Converged(test);
                break;
            }
            if ended {
                status = problem.without_step();
                break;
            }
            if iterations >= limits.iterations {
                break;
            }
        }
    } else {
        status = problem.without_step();
    }
    problem.refresh(&mut point);
    problem.evaluate(&point.z, None, kind, &mut rows);
    Solved {
        point,
        rows,
        status,
        certificate,
        iterations,
        history,
        recession: None,
        notes: Vec::new(),
    }
}
