//! Support vector machines by dual coordinate descent.

use ravine::ArgumentError;
use ravine::random::Random;
use ravine_data::Design;

use crate::family::Family;
use crate::model::Targets;
use crate::solve::{Certificate, Interrupter, Status, Test};

/// A linear support vector machine with the hinge itself, which is not smooth:
///
/// `F(b, b0) = (1/W) sum_i w_i max(0, 1 - t_i z_i) + alpha (|b|^2 + b0^2) / 2`, `z = X b + b0`,
/// `t = 2 y - 1`.
///
/// Its dual has a variable a row between 0 and 1, `b = sum_i (w_i / W) a_i t_i x_i / alpha`, and is
/// maximized one variable at a time, in random order, leaving out those that rest at a bound. The dual
/// value is a lower bound of F, so that the gap is the stopping test. The intercept is a column of ones
/// and penalized as the others: a free one has no such dual. Of the smooth hinges,
/// [`Family::SquaredHinge`] and [`Family::SmoothedHinge`], the intercept is free.
///
/// Source: Hsieh et al., A dual coordinate descent method for large-scale linear SVM (2008).
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::HingeMachine;
///
/// let x = Design::dense(Matrix::from_rows(&[[-2.0], [-1.0], [1.0], [3.0]]), vec!["x".into()]);
/// let machine = HingeMachine { alpha: 1e-3, intercept: false, ..Default::default() };
/// let fitted = machine.fit(&x, &[0.0, 0.0, 1.0, 1.0])?;
/// // The widest margin: b = 1 holds both inner points at 1.
/// assert!(fitted.status.converged() && (fitted.coefficients[0] - 1.0).abs() < 1e-3);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HingeMachine {
    /// The size of the penalty, positive; LIBLINEAR's C is `1 / (alpha W)`. Default `1e-3`.
    pub alpha: f64,
    /// Whether there is an intercept, which is penalized too. Default `true`.
    pub intercept: bool,
    /// The duality gap, relative to F, at which the fit ends. Default `1e-6`.
    pub tolerance: f64,
    /// Most passes over the rows. Default 10,000.
    pub passes: usize,
    /// Of the random order. Default 1.
    pub seed: u64,
    /// Who may end the fit. Default nobody.
    #[serde(skip)]
    pub interrupter: Interrupter,
}

impl Default for HingeMachine {
    fn default() -> Self {
        Self {
            alpha: 1e-3,
            intercept: true,
            tolerance: 1e-6,
            passes: 10_000,
            seed: 1,
            interrupter: Interrupter::default(),
        }
    }
}

/// What [`HingeMachine`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct HingeFit {
    /// The intercept; 0 where there is none.
    pub intercept: f64,
    /// A coefficient a column.
    pub coefficients: Vec<f64>,
    /// The dual variables, from 0 to 1: positive for the support vectors.
    pub dual: Vec<f64>,
    /// F.
    pub objective: f64,
    /// How the fit ended.
    pub status: Status,
    /// The duality gap.
    pub certificate: Certificate,
    /// Passes made.
    pub passes: usize,
}

impl HingeMachine {
    /// Fits the machine to targets 0 and 1.
    ///
    /// # Errors
    ///
    /// Names the argument and what is allowed.
    pub fn fit<'a>(
        &self,
        design: &Design,
        targets: impl Into<Targets<'a>>,
    ) -> Result<HingeFit, ArgumentError> {
        let targets = targets.into();
        let alpha = self.alpha;
        ArgumentError::check(alpha > 0.0 && alpha.is_finite(), "alpha", alpha, "positive")?;
        let tolerance = self.tolerance;
        ArgumentError::check(tolerance > 0.0, "tolerance", tolerance, "positive")?;
        targets.check(design.rows())?;
        Family::SquaredHinge.check(targets.y)?;
        if targets.offset.is_some() {
            return Err(ArgumentError::new("offset", "is given, but the dual takes none"));
        }
        let rows = design.to_rows();
        let (n, total) = (targets.y.len(), targets.total_weight());
        let share: Vec<f64> = (0..n).map(|i| targets.weight(i) / total).collect();
        let t: Vec<f64> = targets.y.iter().map(|y| 2.0 * y - 1.0).collect();
        let one = f64::from(u8::from(self.intercept));
        let squares: Vec<f64> =
            (0..n).map(|i| rows.row(i).1.iter().map(|x| x * x).sum::<f64>() + one).collect();
        if let Some(i) = squares.iter().position(|s| !s.is_finite()) {
            let message = format!("row {i} has an entry that is not finite");
            return Err(ArgumentError::new("design", message));
        }
        let mut machine =
            Dual { b: vec![0.0; design.columns()], intercept: 0.0, a: vec![0.0; n], one, alpha };
        let all: Vec<usize> = (0..n).filter(|&i| share[i] > 0.0 && squares[i] > 0.0).collect();
        let mut active = all.clone();
        let mut random = Random::new(self.seed);
        let mut limits = (f64::INFINITY, f64::NEG_INFINITY);
        let mut status = Status::IterationLimit;
        let mut gap = f64::INFINITY;
        let mut objective = f64::INFINITY;
        let mut passes = 0;
        while passes < self.passes {
            if self.interrupter.stops() {
                status = Status::Stopped;
                break;
            }
            passes += 1;
            random.shuffle(&mut active);
            let (mut most, mut least) = (f64::NEG_INFINITY, f64::INFINITY);
            let mut kept = Vec::with_capacity(active.len());
            for &i in &active {
                let (columns, entries) = rows.row(i);
                let gradient = t[i] * machine.predict(columns, entries) - 1.0;
                let a = machine.a[i];
                // At a bound, pushed against it harder than any other was in the pass before.
                let rests = (a == 0.0 && gradient > limits.0) || (a == 1.0 && gradient < limits.1);
                if rests {
                    continue;
                }
                kept.push(i);
                let projected = match a {
                    0.0 => gradient.min(0.0),
                    1.0 => gradient.max(0.0),
                    _ => gradient,
                };
                (most, least) = (most.max(projected), least.min(projected));
                if projected != 0.0 {
                    let curvature = share[i] * squares[i] / alpha;
                    let next = (a - gradient / curvature).clamp(0.0, 1.0);
                    machine.a[i] = next;
                    machine.add(columns, entries, (next - a) * share[i] * t[i]);
                }
            }
            active = kept;
            limits = (
                if most > 0.0 { most } else { f64::INFINITY },
                if least < 0.0 { least } else { f64::NEG_INFINITY },
            );
            let settled = active.is_empty() || most - least <= 0.1 * tolerance;
            if settled || passes % 10 == 0 {
                (objective, gap) = machine.gap(&rows, &share, &t);
                if gap <= tolerance * objective {
                    status = Status::Converged(Test::Gap);
                    break;
                }
                if settled {
                    active.clone_from(&all);
                    limits = (f64::INFINITY, f64::NEG_INFINITY);
                }
            }
        }
        if !status.converged() {
            (objective, gap) = machine.gap(&rows, &share, &t);
        }
        Ok(HingeFit {
            intercept: machine.intercept,
            coefficients: machine.b,
            dual: machine.a,
            objective,
            status,
            certificate: Certificate::Gap(gap),
            passes,
        })
    }
}

/// The dual variables and the coefficients that belong to them.
struct Dual {
    b: Vec<f64>,
    intercept: f64,
    a: Vec<f64>,
    /// 1 where there is an intercept.
    one: f64,
    alpha: f64,
}

impl Dual {
    fn predict(&self, columns: &[u32], entries: &[f64]) -> f64 {
        let pairs = columns.iter().zip(entries);
        self.intercept + pairs.map(|(&j, x)| x * self.b[j as usize]).sum::<f64>()
    }

    /// Adds a multiple of a row by alpha to the coefficients.
    fn add(&mut self, columns: &[u32], entries: &[f64], factor: f64) {
        let factor = factor / self.alpha;
        columns.iter().zip(entries).for_each(|(&j, x)| self.b[j as usize] += factor * x);
        self.intercept += factor * self.one;
    }

    /// F, and its distance from the dual value `sum_i w_i a_i / W - alpha |b|^2 / 2`, as a sum of terms
    /// none of which is negative: `w_i (max(0, 1 - t z) - a (1 - t z)) / W`.
    fn gap(&self, rows: &ravine::matrix::SparseRows, share: &[f64], t: &[f64]) -> (f64, f64) {
        let (mut loss, mut gap) = (0.0, 0.0);
        for i in 0..self.a.len() {
            let (columns, entries) = rows.row(i);
            let margin = 1.0 - t[i] * self.predict(columns, entries);
            loss += share[i] * margin.max(0.0);
            gap += share[i] * (margin.max(0.0) - self.a[i] * margin);
        }
        let square = self.b.iter().map(|b| b * b).sum::<f64>() + self.intercept * self.intercept;
        (loss + 0.5 * self.alpha * square, gap)
    }
}
