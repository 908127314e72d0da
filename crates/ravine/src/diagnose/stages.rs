//! The stages of a diagnosis, in order; each adds to what is known.

use serde_json::{Value, json};

use super::costs::seconds_of;
use super::fixed_step::Reduction;
use super::forecast::{DENSE, Grounds};
use super::measure::Unseen;
use super::model::{LinearResiduals, QuadraticModel};
use super::rehearsal::{GradientTest, Model, rehearse};
use super::spectrum::Spectrum;
use super::walk::Arrival;
use super::{Costs, Diagnose, Diagnosis, GradientMeasure, ModelTrust, Noise, Trial, Walk};
use crate::curvature::HessianAt;
use crate::methods::{Contender, Entry, Evidence, Facts, Tried, catalogue, choose, named};
use crate::minimize::{Conditions, Error, Stopping};
use crate::objective::{
    Counts, Derivatives, FisherInformation, Gradients, HessianProduct, HessianProducts, Hessians,
    SparseHessians, SumOfSquares, Supplies,
};
use crate::oracle::Oracle;
use crate::step::add_negative_curvature;
use ravine_linalg::krylov::{CgEnd, CgWork, ConjugateGradient, TrueResidual};
use ravine_linalg::matrix::{Matrix, SparseCholesky, SparseMatrix, SymmetricEigen};
use ravine_linalg::vector::Vector;
use ravine_linalg::{ArgumentError, Interrupt, Watch};

/// Up to this many variables second derivatives are had from values alone.
const FROM_VALUES: usize = 50;

/// Runs all stages.
pub(super) fn run<'a>(
    settings: &Diagnose,
    objective: &'a (dyn Supplies + 'a),
    x: &[f64],
    mut conditions: Conditions<'a>,
) -> Result<Diagnosis, Error> {
    let n = objective.dimension();
    if x.len() != n {
        let message = format!("has {} entries, but the objective has {n} variables", x.len());
        return Err(ArgumentError::new("start", message).into());
    }
    ArgumentError::check(n > 0, "start", "empty", "a point with at least one variable")?;
    let finite = x.iter().all(|x| x.is_finite());
    ArgumentError::check(finite, "start", "not finite", "finite in every entry")?;

    // What is missing is had by differences.
    conditions.differences.get_or_insert_default();
    conditions.validate(n)?;
    let oracle = Oracle::new(objective, conditions);
    let x = x.to_vec();
    let mut gradient = x.zeros_like();
    let first = oracle.over::<Gradients, _, _>(|f| f.value_and_gradient(&x, &mut gradient));
    let value = match first {
        Ok(value) => value,
        Err(Interrupt::Function(error)) => return Err(Error::Objective(error)),
        Err(_) => return Err(Error::Interrupted),
    };
    if !value.is_finite() || !gradient.is_finite() {
        let message = format!(
            "the objective is {value} there and its gradient has norm {}; diagnose where both are \
             finite",
            gradient.norm_max()
        );
        return Err(ArgumentError::new("start", message).into());
    }
    let gradient_norm = match oracle.bounds() {
        Some(bounds) => bounds.projected_gradient_norm(&x, &gradient),
        None => gradient.norm_max(),
    };
    let diagnosis = Diagnosis {
        dimension: n,
        derivatives: objective.derivatives(),
        value,
        gradient_norm,
        largest_eigenvalue: None,
        smallest_eigenvalue: None,
        residuals: [None; 2],
        exact: false,
        inertia: None,
        inertia_counted: false,
        condition_number: None,
        condition_interval: None,
        scaled_condition_number: None,
        density: None,
        gradient_measure: None,
        model: None,
        noise: None,
        trials: Vec::new(),
        walk: None,
        costs: Costs::default(),
        gradient_relative: settings.gradient_relative,
        forecast: Vec::new(),
        recommended_method: None,
        recommended_settings: Value::Null,
        reason: None,
        evaluations: Counts::default(),
        seconds: 0.0,
        interrupted: false,
    };
    let mut stages = Stages { settings, objective, oracle, x, gradient, diagnosis };
    let ended = stages.all();
    let Stages { mut diagnosis, oracle, .. } = stages;
    diagnosis.evaluations = oracle.counts();
    diagnosis.seconds = oracle.elapsed().as_secs_f64();
    match ended {
        Ok(()) => {}
        Err(Interrupt::Function(error)) => return Err(Error::Objective(error)),
        Err(_) => diagnosis.interrupted = true,
    }
    Ok(diagnosis)
}

struct Stages<'a> {
    settings: &'a Diagnose,
    objective: &'a (dyn Supplies + 'a),
    oracle: Oracle<'a, dyn Supplies + 'a>,
    x: Vec<f64>,
    gradient: Vec<f64>,
    diagnosis: Diagnosis,
}

/// The dense Hessian and its decomposition.
struct Dense {
    hessian: Matrix,
    eigen: SymmetricEigen,
}

/// The sparse Hessian, and its factor where it is positive definite.
struct Sparse {
    hessian: SparseMatrix,
    cholesky: Option<SparseCholesky>,
}

impl Stages<'_> {
    fn all(&mut self) -> Result<(), Interrupt> {
        let supplied = self.objective.derivatives();
        let Self { x, gradient, settings, .. } = &*self;
        let (value, seed) = (self.diagnosis.value, settings.seed);
        let costs = self.products(|f| Costs::measure(f, supplied, x, gradient))?;
        let noise = self.products(|f| Noise::estimate(f, x, value, seed))?;
        (self.diagnosis.costs, self.diagnosis.noise) = (costs, noise);
        let sparse = self.sparse()?;
        let dense = self.dense()?;
        self.spectrum(dense.as_ref(), sparse.as_ref())?;
        self.limit_accuracy();
        let measure = self.measure(dense.as_ref())?;
        self.diagnosis.gradient_measure = measure;
        let step = self.newton_step(dense.as_ref(), sparse.as_ref())?;
        let Self { x, gradient, .. } = &*self;
        let model = self.products(|f| ModelTrust::along(f, x, value, gradient, &step))?;
        self.diagnosis.model = model;
        self.forecasts(dense.as_ref(), sparse.as_ref())?;
        self.recommend();
        Ok(())
    }

    /// Calls `body` with the oracle of Hessian products, of the objective or by differences.
    fn products<T>(
        &self,
        body: impl FnOnce(
            &Oracle<'_, dyn HessianProduct<Point = Vec<f64>> + '_>,
        ) -> Result<T, Interrupt>,
    ) -> Result<T, Interrupt> {
        self.oracle.over::<HessianProducts, _, _>(body)
    }

    /// Whether the Hessian is formed.
    fn is_dense(&self) -> bool {
        let n = self.x.len();
        n <= self.settings.dense && (self.objective.derivatives().gradient || n <= FROM_VALUES)
    }

    fn dense(&mut self) -> Result<Option<Dense>, Interrupt> {
        if !self.is_dense() {
            return Ok(None);
        }
        let n = self.x.len();
        let mut hessian = Matrix::zeros(n, n);
        let (oracle, x) = (&self.oracle, &self.x);
        oracle.over::<Hessians, _, _>(|f| f.hessian(x, &mut hessian))?;
        let costs = &mut self.diagnosis.costs;
        if let Some(f) = oracle.supplied::<Hessians>() {
            costs.hessian = Some(seconds_of(|| f.hessian(x, &mut hessian))?);
        }
        if let Some(f) = oracle.supplied::<FisherInformation>() {
            let mut fisher = hessian.clone();
            costs.fisher = Some(seconds_of(|| f.fisher(x, &mut fisher))?);
        }
        let ask = || self.oracle.check();
        let eigen = SymmetricEigen::watched(&hessian, Watch::new(&ask))?;
        Ok(eigen.ok().map(|eigen| Dense { hessian, eigen }))
    }

    fn sparse(&mut self) -> Result<Option<Sparse>, Interrupt> {
        let x = &self.x;
        let Some(f) = self.oracle.supplied::<SparseHessians>() else { return Ok(None) };
        let mut hessian = f.sparse_hessian_pattern(x)?;
        let cost = seconds_of(|| f.sparse_hessian(x, &mut hessian))?;
        self.diagnosis.costs.sparse_hessian = Some(cost);
        let n = self.x.len() as f64;
        if hessian.stored() as f64 > crate::methods::SPARSE_DENSITY * n * n && n > DENSE as f64 {
            return Ok(Some(Sparse { hessian, cholesky: None }));
        }
        let begun = crate::clock::Instant::now();
        let analyzed = SparseCholesky::analyze(&hessian).ok();
        self.diagnosis.costs.analysis = Some(begun.elapsed().as_secs_f64());
        let Some(mut factor) = analyzed else {
            return Ok(Some(Sparse { hessian, cholesky: None }));
        };
        let definite = factor.factorize(&hessian, 0.0).is_ok();
        let norm = hessian.values().iter().fold(0.0f64, |m, v| m.max(v.abs()));
        let shift = if definite { 0.0 } else { n.min(100.0) * norm };
        let mut room = self.gradient.clone();
        let cost = seconds_of(|| {
            // A shift of this size makes all definite; only the time counts.
            let _ = factor.factorize(&hessian, shift);
            factor.solve(&mut room);
            self.oracle.check()
        })?;
        self.diagnosis.costs.factorization = Some(cost);
        let cholesky = definite.then_some(factor);
        Ok(Some(Sparse { hessian, cholesky }))
    }

    fn spectrum(
        &mut self,
        dense: Option<&Dense>,
        sparse: Option<&Sparse>,
    ) -> Result<(), Interrupt> {
        let Self { settings, x, .. } = &*self;
        let spectrum = match dense {
            Some(Dense { hessian, eigen }) => Spectrum::exact(hessian, eigen),
            None => self.products(|oracle| {
                let at = HessianAt { oracle, x };
                let factored = sparse.map(|s| (&s.hessian, s.cholesky.as_ref()));
                let Diagnose { products, probes, seed, .. } = **settings;
                Spectrum::by_products(&at, x, factored, products, probes, seed)
            })?,
        };
        let diagnosis = &mut self.diagnosis;
        diagnosis.largest_eigenvalue = spectrum.largest.map(|e| e.value);
        diagnosis.smallest_eigenvalue = spectrum.smallest.map(|e| e.value);
        diagnosis.residuals = [spectrum.largest, spectrum.smallest].map(|e| Some(e?.residual));
        diagnosis.exact = spectrum.exact;
        diagnosis.inertia = spectrum.inertia;
        diagnosis.inertia_counted = spectrum.counted;
        diagnosis.scaled_condition_number = spectrum.scaled.filter(|c| c.is_finite());
        if let Some((condition, [low, high])) = spectrum.condition() {
            let finite = |c: f64| Some(c).filter(|c| c.is_finite());
            diagnosis.condition_number = finite(condition);
            diagnosis.condition_interval = finite(low).map(|low| (low, finite(high)));
        }
        diagnosis.density = spectrum.density;
        Ok(())
    }

    /// Values that differ by less than their noise s say nothing, and along curvature L that is so
    /// where the gradient is below `sqrt(2 L s)`.
    fn limit_accuracy(&mut self) {
        let Diagnosis { noise, largest_eigenvalue, gradient_norm, .. } = &self.diagnosis;
        if let (Some(noise), Some(l)) = (noise.filter(Noise::is_noisy), largest_eigenvalue) {
            let least = (2.0 * l.abs() * noise.level).sqrt() / gradient_norm;
            let relative = &mut self.diagnosis.gradient_relative;
            if least.is_finite() {
                *relative = relative.max(least.min(0.5));
            }
        }
    }

    /// What conjugate gradients may leave of the gradient unseen.
    fn negligible(&self) -> f64 {
        1e-2 * self.settings.gradient_relative
    }

    fn measure(&self, dense: Option<&Dense>) -> Result<Option<GradientMeasure>, Interrupt> {
        let Self { settings, x, gradient, .. } = self;
        match dense {
            Some(Dense { eigen, .. }) => Ok(Some(GradientMeasure::exact(eigen, gradient))),
            None => self.products(|oracle| {
                let at = HessianAt { oracle, x };
                GradientMeasure::by_lanczos(&at, gradient, settings.products, self.negligible())
            }),
        }
    }

    /// The step to the minimizer of the model, with absolute eigenvalues where they are known, by
    /// conjugate gradients elsewhere.
    fn newton_step(
        &mut self,
        dense: Option<&Dense>,
        sparse: Option<&Sparse>,
    ) -> Result<Vec<f64>, Interrupt> {
        let Self { settings, x, gradient, .. } = &*self;
        let mut step = gradient.clone();
        step.scale(-1.0);
        if let Some(Dense { eigen, .. }) = dense {
            let flat = 1e-14 * x.len() as f64 * eigen.norm();
            let inverse = |v: f64| if v.abs() > flat { -1.0 / v.abs() } else { 0.0 };
            eigen.apply(inverse, gradient, &mut step);
            return Ok(step);
        }
        if let Some(cholesky) = sparse.and_then(|s| s.cholesky.as_ref()) {
            cholesky.solve(&mut step);
            return Ok(step);
        }
        let b = step.clone();
        let mut work = CgWork::new(&b);
        let iterations = Some(settings.products);
        let true_residual = TrueResidual::Skipped;
        let cg =
            ConjugateGradient { tolerance: 1e-8, iterations, true_residual, ..Default::default() };
        let info =
            self.products(|oracle| cg.solve(&HessianAt { oracle, x }, &b, &mut step, &mut work))?;
        if info.end == CgEnd::NegativeCurvature {
            let (p, hp) = (work.direction(), work.product());
            // Along a flat direction the model says nothing of a length.
            if hp.norm() > 0.0 {
                add_negative_curvature(&mut step, p, hp, info.residual_norm.powi(2));
            }
        }
        Ok(step)
    }

    fn stopping(&self) -> Stopping {
        self.diagnosis.stopping()
    }

    fn forecasts(
        &mut self,
        dense: Option<&Dense>,
        sparse: Option<&Sparse>,
    ) -> Result<(), Interrupt> {
        let residuals = self.residuals()?;
        let residuals = residuals.as_ref();
        let Some(measure) = &self.diagnosis.gradient_measure else { return Ok(()) };
        if self.diagnosis.gradient_norm == 0.0 {
            return Ok(());
        }
        let supplied = self.objective.derivatives();
        let able = Derivatives { gradient: true, ..supplied };
        let Diagnosis { value, .. } = self.diagnosis;
        let (x, gradient) = (&self.x, &self.gradient);
        let n = x.len();
        let smallest = self.diagnosis.smallest_eigenvalue.filter(|v| *v > 0.0);
        let unseen = smallest.zip(self.diagnosis.density.as_ref());
        let unseen = unseen.filter(|_| measure.left > self.negligible());
        let refined =
            measure.refined(unseen.map(|(smallest, density)| Unseen { smallest, density }));
        let (model, reduction) = match dense {
            Some(Dense { hessian, eigen }) => {
                let mut model = QuadraticModel::dense(x, value, gradient, hessian, eigen, able);
                if let Some(Sparse { hessian, cholesky: Some(_) }) = sparse {
                    model = model.with_sparse(hessian.clone());
                }
                if let Some(f) = self.oracle.supplied::<FisherInformation>() {
                    let mut fisher = Matrix::zeros(n, n);
                    f.fisher(x, &mut fisher)?;
                    model = model.with_fisher(fisher);
                }
                (model, Reduction::Exact { eigen, gradient })
            }
            None => {
                let norms = (gradient.norm(), gradient.norm_max());
                let model = QuadraticModel::reduced(&refined, value, x.norm_max(), norms, able);
                (model, Reduction::Measured(&refined))
            }
        };
        let sizes = || refined.nodes.iter().map(|v| v.abs());
        let mu = sizes().fold(smallest.unwrap_or(f64::INFINITY), f64::min);
        let l = sizes().fold(self.diagnosis.largest_eigenvalue.unwrap_or(0.0).abs(), f64::max);

        let stopping = self.stopping();
        let test = match dense {
            Some(_) => GradientTest::Rules,
            None => {
                let absolute = stopping.gradient_absolute / self.diagnosis.gradient_norm;
                GradientTest::Euclidean(stopping.gradient_relative.max(absolute))
            }
        };
        let bounds = dense.and(self.oracle.bounds());
        let quadratic = Model { objective: &model, start: &model.start, bounds };
        let Tries { trials, mut excess, end } =
            self.trials(quadratic, residuals.map(linear), test)?;
        let arrival = match &end {
            Some(end) => Arrival::at(&self.oracle, x, end, able)?,
            None => None,
        };
        let mut walk = None;
        let (mut quadratic, mut reduction, mut stopping) = (quadratic, reduction, stopping);
        let (mut mu, mut l) = (mu, l);
        if let (Some(Arrival { model, eigen, gradient: from }), Some(trial)) =
            (&arrival, trials.first())
        {
            quadratic = Model { objective: model, start: &model.start, bounds: None };
            reduction = Reduction::Exact { eigen, gradient: from };
            stopping.gradient_relative *= gradient.norm_max() / from.norm_max();
            let ends = [eigen.values().first(), eigen.values().last()];
            let [smallest, largest] = ends.map(|end| end.copied().unwrap_or(f64::NAN));
            (mu, l) = (smallest, l.max(largest));
            if let Some((entry, settings)) = self.newton_like() {
                let on_model = self.on_quadratic(entry, &settings, quadratic, test);
                excess[0] = (trial.iterations - on_model).max(0.0);
            }
            walk = Some(Walk {
                method: trial.method.clone(),
                steps: trial.reductions.len(),
                reduction: trial.reductions.last().copied().unwrap_or(1.0),
                smallest_eigenvalue: smallest,
                largest_eigenvalue: largest,
            });
        }
        let [excess, residual_excess] = excess;
        // About as long for every size.
        let size = model.start.len() as f64;
        let iterations = match dense {
            Some(_) => 1e8 / (size * size),
            None => 1e6 / size,
        };
        let iterations = iterations.clamp(500.0, 5_000.0) as u64;
        let grounds = Grounds {
            objective: self.objective,
            costs: &self.diagnosis.costs,
            reduction,
            mu,
            l,
            model: quadratic,
            residuals: residuals.map(linear),
            test,
            walked: walk.is_some(),
            same_variables: dense.is_some(),
            excess,
            residual_excess,
            sparse: sparse.map(|s| {
                let factor = s.cholesky.as_ref().map_or(0, SparseCholesky::stored);
                (s.hessian.stored(), factor)
            }),
            stopping: &stopping,
            iterations,
            conditions: self.oracle.conditions(),
        };
        let forecast = grounds.forecasts();
        (self.diagnosis.trials, self.diagnosis.walk) = (trials, walk);
        self.oracle.check()?;
        self.diagnosis.forecast = forecast;
        Ok(())
    }

    /// The linear model of residuals, where there are not too many.
    fn residuals(&mut self) -> Result<Option<LinearResiduals>, Interrupt> {
        let Some(f) = self.oracle.supplied::<SumOfSquares>() else { return Ok(None) };
        let (m, n) = (f.objective().residual_count(), self.x.len());
        if n > DENSE || m * n > 10_000_000 {
            return Ok(None);
        }
        let mut residuals = vec![0.0; m];
        let mut jacobian = Matrix::zeros(m, n);
        let x = &self.x;
        let cost = seconds_of(|| f.residuals_and_jacobian(x, &mut residuals, &mut jacobian))?;
        self.diagnosis.costs.jacobian = Some(cost);
        Ok(Some(LinearResiduals::new(&self.x, residuals, jacobian)))
    }

    /// Iterations of a Newton-like method on a quadratic.
    fn on_quadratic(
        &self,
        entry: &Entry,
        settings: &Value,
        model: Model<'_>,
        test: GradientTest,
    ) -> f64 {
        let limited = Stopping { iterations: Some(50), ..self.stopping() };
        let conditions = self.oracle.conditions();
        rehearse(entry, settings, model, &limited, test, conditions).map_or(1.0, |r| r.iterations)
    }

    /// A few steps on the objective, and how many more iterations than on the model they foretell.
    fn trials(
        &self,
        quadratic: Model<'_>,
        residuals: Option<Model<'_>>,
        test: GradientTest,
    ) -> Result<Tries, Interrupt> {
        let mut trials = Vec::new();
        let mut excess = [0.0, 0.0];
        let mut arrived = None;
        // A walk is for methods on the model in the variables of the objective, without bounds.
        let walks = self.is_dense() && self.oracle.bounds().is_none();
        let damped = residuals.and(tried(Tried::Residuals)).map(|entry| (entry, Value::Null));
        let candidates =
            [(self.newton_like(), Some(quadratic), test), (damped, residuals, GradientTest::Rules)];
        for (k, (method, on, test)) in candidates.into_iter().enumerate() {
            let (Some((entry, settings)), Some(model)) = (method, on) else { continue };
            let Diagnose { trial_steps: few, walk_steps: many, .. } = *self.settings;
            let (conditions, stopping) = (self.oracle.conditions(), self.stopping());
            let (f, x) = (self.objective, &self.x);
            let steps = if k == 0 && walks { few.max(many) } else { few };
            let trial = Trial::make(entry, &settings, f, x, &stopping, steps, conditions);
            self.oracle.check()?;
            let Some((trial, end)) = trial else { continue };
            if k == 0 && walks && trial.reductions.len() as u64 > few {
                arrived = Some(end);
            }
            let on_model = match entry.tried {
                Some(Tried::Sparse) => 1.0,
                _ => self.on_quadratic(entry, &settings, model, test),
            };
            excess[k] = (trial.iterations - on_model).max(0.0);
            trials.push(trial);
        }
        if trials.len() == 1 && excess[1] == 0.0 {
            excess[1] = excess[0];
        }
        Ok(Tries { trials, excess, end: arrived })
    }

    /// The method of Newton's kind that is tried.
    fn newton_like(&self) -> Option<(&'static Entry, Value)> {
        let n = self.x.len();
        let supplied = self.objective.derivatives();
        let bounded = self.oracle.bounds().is_some();
        let factored = self.diagnosis.costs.factorization.is_some();
        let where_tried = match () {
            () if bounded && (supplied.hessian_product || supplied.gradient) => Tried::Bounded,
            () if bounded => return None,
            () if self.is_dense() && n > DENSE => return None,
            () if self.is_dense() => Tried::Dense,
            () if supplied.sparse_hessian && factored => Tried::Sparse,
            () if supplied.gradient => Tried::Products,
            () => return None,
        };
        let settings = match where_tried {
            Tried::Products => json!({ "products": (self.settings.products / 4).max(1) }),
            _ => Value::Null,
        };
        Some((tried(where_tried)?, settings))
    }

    fn recommend(&mut self) {
        let Ok(mut facts) = Facts::gather(self.objective, &self.x, self.oracle.bounds()) else {
            return;
        };
        let Diagnosis {
            forecast, model, noise, condition_number, smallest_eigenvalue, exact, ..
        } = &self.diagnosis;
        let contenders = forecast.iter().filter_map(|f| {
            Some(Contender {
                method: named(&f.method).ok()?.name,
                settings: f.settings.clone(),
                iterations: f.iterations,
                seconds: f.seconds,
                exact: *exact,
            })
        });
        facts.evidence = Some(Evidence {
            condition_number: *condition_number,
            indefinite: smallest_eigenvalue.is_some_and(|v| v < 0.0),
            noisy: noise.is_some_and(|n| n.is_noisy()),
            verdict: model.as_ref().map(|m| m.verdict),
            contenders: contenders.collect(),
        });
        if let Ok(choice) = choose(facts) {
            self.diagnosis.recommended_method = Some(choice.entry.name.to_owned());
            self.diagnosis.recommended_settings = choice.settings;
            self.diagnosis.reason = Some(choice.reason);
        }
    }
}

/// What trials have shown.
struct Tries {
    trials: Vec<Trial>,
    /// How many more iterations than on the model they foretell, of Newton-like methods and of those for
    /// residuals.
    excess: [f64; 2],
    /// Where the first one ended, where that was a walk.
    end: Option<Vec<f64>>,
}

/// The method that is tried there.
fn tried(there: Tried) -> Option<&'static Entry> {
    catalogue().iter().find(|entry| entry.tried == Some(there))
}

/// The linear model of residuals, to be rehearsed on.
fn linear(residuals: &LinearResiduals) -> Model<'_> {
    Model { objective: residuals, start: &residuals.start, bounds: None }
}
