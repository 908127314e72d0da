//! The loop over epochs: batches, statuses, budgets, resuming, and what stochastic methods reach.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use ravine::methods::{
    AdaGrad, Adam, AdamW, GradientDescent, Momentum, Nesterov, RmsProp, SubsampledNewton,
};
use ravine::minimize::{
    EpochCheckpoint, EpochRun, Epochs, FinalPoint, LastBatch, Measure, OverBatches, Run,
    StepSchedule, minimize_sum,
};
use ravine::objective::{
    BatchGradient, BatchHessianProduct, Evaluation, FiniteSum, Gradient, HessianProduct, Objective,
    Over,
};
use ravine::random::Random;
use ravine::{Conditions, Rule, Status, Stopping, minimize};
use serde::Serialize;
use serde::de::DeserializeOwned;

type V = Vec<f64>;

/// `1/N sum_i (a_i'x - b_i)^2 / 2 + |x|^2 / 20`, and the batches that were asked for.
struct LeastSquares {
    rows: Vec<(V, f64)>,
    asked: RefCell<Vec<Vec<usize>>>,
}

const RIDGE: f64 = 0.1;

impl LeastSquares {
    /// Independent normal entries, unit variance; noise of the given size.
    fn new(cases: usize, n: usize, noise: f64) -> Self {
        let mut random = Random::new(42);
        let mut row = || {
            let a: V = (0..n).map(|_| random.normal()).collect();
            let b = a.iter().sum::<f64>() + noise * random.normal();
            (a, b)
        };
        Self { rows: (0..cases).map(|_| row()).collect(), asked: RefCell::default() }
    }

    fn all(&self) -> Vec<usize> {
        (0..self.rows.len()).collect()
    }

    fn residual(&self, x: &[f64], i: usize) -> f64 {
        let (a, b) = &self.rows[i];
        a.iter().zip(x).map(|(a, x)| a * x).sum::<f64>() - b
    }

    fn check(&self, cases: &[usize]) -> Evaluation {
        match cases.iter().find(|&&i| i >= self.rows.len()) {
            Some(i) => Err(format!("no case {i}").into()),
            None if cases.is_empty() => Err("no cases".into()),
            None => Ok(()),
        }
    }

    fn over(&self, x: &[f64], cases: &[usize], gradient: &mut [f64]) -> Evaluation<f64> {
        self.check(cases)?;
        let share = 1.0 / cases.len() as f64;
        let mut value = 0.5 * RIDGE * x.iter().map(|x| x * x).sum::<f64>();
        gradient.iter_mut().zip(x).for_each(|(g, x)| *g = RIDGE * x);
        for &i in cases {
            let r = self.residual(x, i);
            value += share * 0.5 * r * r;
            gradient.iter_mut().zip(&self.rows[i].0).for_each(|(g, a)| *g += share * r * a);
        }
        Ok(value)
    }
}

impl Objective for LeastSquares {
    type Point = V;

    fn dimension(&self) -> usize {
        self.rows[0].0.len()
    }

    fn value(&self, x: &V) -> Evaluation<f64> {
        self.over(x, &self.all(), &mut vec![0.0; x.len()])
    }
}

impl Gradient for LeastSquares {
    fn value_and_gradient(&self, x: &V, gradient: &mut V) -> Evaluation<f64> {
        self.over(x, &self.all(), gradient)
    }
}

impl HessianProduct for LeastSquares {
    fn hessian_product(&self, x: &V, d: &V, product: &mut V) -> Evaluation {
        self.batch_hessian_product(x, &self.all(), d, product)
    }
}

impl FiniteSum for LeastSquares {
    fn cases(&self) -> usize {
        self.rows.len()
    }

    fn batch_value(&self, x: &V, cases: &[usize]) -> Evaluation<f64> {
        self.over(x, cases, &mut vec![0.0; x.len()])
    }
}

impl BatchGradient for LeastSquares {
    fn batch_value_and_gradient(&self, x: &V, cases: &[usize], g: &mut V) -> Evaluation<f64> {
        self.asked.borrow_mut().push(cases.to_vec());
        self.over(x, cases, g)
    }
}

impl BatchHessianProduct for LeastSquares {
    fn batch_hessian_product(&self, _: &V, cases: &[usize], d: &V, product: &mut V) -> Evaluation {
        self.check(cases)?;
        product.iter_mut().zip(d).for_each(|(p, d)| *p = RIDGE * d);
        for &i in cases {
            let a = &self.rows[i].0;
            let along: f64 = a.iter().zip(d).map(|(a, d)| a * d).sum();
            product.iter_mut().zip(a).for_each(|(p, a)| *p += along * a / cases.len() as f64);
        }
        Ok(())
    }
}

fn spending(evaluations: u64) -> Stopping {
    Stopping { evaluations: Some(evaluations), ..Stopping::default() }
}

fn close(a: &[f64], b: &[f64], tolerance: f64) {
    let far = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(a.len() == b.len() && far <= tolerance, "{a:?} is not {b:?}");
}

/// The minimizer, by Newton's products.
fn minimizer(f: &LeastSquares) -> V {
    let newton = SubsampledNewton { sample: Some(f.cases()), ..Default::default() };
    let stopping = Stopping::gradient(1e-12);
    let outcome = minimize(f, vec![0.0; f.dimension()], newton).stopping(stopping).run().unwrap();
    assert!(outcome.status.converged() || outcome.gradient_norm < 1e-10);
    outcome.x
}

#[test]
fn batches_of_a_partition_have_the_sums_mean_gradient() {
    let f = LeastSquares::new(60, 4, 0.5);
    let (x, d) = (vec![0.3, -1.0, 2.0, 0.7], vec![1.0, 0.5, -0.2, 3.0]);
    let (mut g, mut whole, mut mean) = (vec![0.0; 4], vec![0.0; 4], vec![0.0; 4]);
    let value = f.value_and_gradient(&x, &mut whole).unwrap();
    let all = Over::new(&f, f.all());
    assert_eq!(all.value_and_gradient(&x, &mut g).unwrap(), value);
    assert_eq!(g, whole);
    let mut values = 0.0;
    for part in f.all().chunks(12) {
        let batch = Over::new(&f, part);
        values += batch.value_and_gradient(&x, &mut g).unwrap() / 5.0;
        mean.iter_mut().zip(&g).for_each(|(m, g)| *m += g / 5.0);
    }
    close(&mean, &whole, 1e-13);
    close(&[values], &[value], 1e-13);

    let (mut product, mut mean) = (vec![0.0; 4], vec![0.0; 4]);
    f.hessian_product(&x, &d, &mut whole).unwrap();
    for part in f.all().chunks(12) {
        Over::new(&f, part).hessian_product(&x, &d, &mut product).unwrap();
        mean.iter_mut().zip(&product).for_each(|(m, p)| *m += p / 5.0);
    }
    close(&mean, &whole, 1e-13);
}

#[test]
fn an_epoch_visits_every_case_once_in_an_order_of_its_own() {
    for (last_batch, sizes) in
        [(LastBatch::Kept, &[8, 8, 8, 6][..]), (LastBatch::Dropped, &[8, 8, 8])]
    {
        let f = LeastSquares::new(30, 3, 0.5);
        let settings = Epochs {
            batch_size: 8,
            epochs: 4,
            last_batch,
            measure: Measure::Never,
            ..Epochs::default()
        };
        let method = GradientDescent { step: 0.01 };
        let mut run = EpochRun::new(&f, method, &vec![0.0; 3], settings).unwrap();
        while run.step().is_none() {}
        let (progress, visited) = (run.progress(), sizes.iter().sum::<usize>());
        assert_eq!(run.status(), Some(&Status::EpochLimit));
        assert_eq!((progress.epoch, progress.cases), (4, 4 * visited as u64));
        assert_eq!(progress.step, 4 * sizes.len() as u64);
        let parts = (4 * visited / 30) as u64;
        assert_eq!((progress.evaluations.value, progress.evaluations.gradient), (parts, parts));
        let asked = f.asked.borrow();
        assert_eq!(asked.len(), 4 * sizes.len());
        let mut orders = Vec::new();
        for epoch in asked.chunks(sizes.len()) {
            assert!(epoch.iter().map(Vec::len).eq(sizes.iter().copied()));
            let order = epoch.concat();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), visited);
            orders.push(order);
        }
        for (i, order) in orders.iter().enumerate() {
            assert!(!orders[..i].contains(order) && !order.is_sorted());
        }
    }
}

/// Sends a run through JSON after each of its steps, and after each of its evaluations that a budget
/// ends, and compares with the run that was never interrupted.
fn resumes<M>(method: M, settings: &Epochs)
where
    M: for<'a> OverBatches<Over<'a, LeastSquares>, State: Serialize + DeserializeOwned + Clone>
        + Clone,
{
    let f = LeastSquares::new(25, 3, 0.5);
    let x0 = vec![2.0, -1.0, 0.5];
    let finish = |mut run: EpochRun<'_, LeastSquares, M>| {
        while run.step().is_none() {}
        run.outcome()
    };
    let whole = finish(EpochRun::new(&f, method.clone(), &x0, settings.clone()).unwrap());
    let name = &whole.method;
    assert_eq!(whole.status, Status::EpochLimit, "{name}");
    let same = |run: EpochRun<'_, LeastSquares, M>, after: u64| {
        let outcome = finish(run);
        assert_eq!((&outcome.x, outcome.value), (&whole.x, whole.value), "{name} after {after}");
        assert_eq!(outcome.gradient, whole.gradient, "{name} after {after}");
        assert_eq!(outcome.iterations, whole.iterations, "{name} after {after}");
        outcome.evaluations
    };
    for after in 0..whole.iterations {
        let mut run = EpochRun::new(&f, method.clone(), &x0, settings.clone()).unwrap();
        (0..after).for_each(|_| assert_eq!(run.step(), None));
        let json = serde_json::to_string(&run.checkpoint()).unwrap();
        let checkpoint = serde_json::from_str(&json).unwrap();
        let run = EpochRun::resume(&f, method.clone(), checkpoint, settings.clone()).unwrap();
        assert_eq!(same(run, after), whole.evaluations, "{name} after {after}");
    }
    for budget in 2..whole.evaluations.value {
        let limited =
            Conditions { stopping: spending(budget), ..Conditions::from(settings.clone()) };
        let mut run = EpochRun::new(&f, method.clone(), &x0, limited).unwrap();
        while run.step().is_none() {}
        assert_eq!(run.status(), Some(&Status::EvaluationLimit), "{name}");
        // What was kept back measures the last point, unless an epoch has just ended there.
        let spent = run.outcome().evaluations.value;
        assert!(spent == budget || spent + 1 == budget, "{name}: {spent} of {budget}");
        let known = f.value(&run.outcome().x).unwrap();
        assert_eq!(run.outcome().value, known, "{name}");
        let json = serde_json::to_string(&run.checkpoint()).unwrap();
        let checkpoint: EpochCheckpoint<_, V> = serde_json::from_str(&json).unwrap();
        let run = EpochRun::resume(&f, method.clone(), checkpoint, settings.clone()).unwrap();
        same(run, budget);
    }
}

#[test]
fn runs_resume_to_the_same_bits_after_every_step() {
    let settings = Epochs { batch_size: 4, epochs: 3, ..Epochs::default() };
    let averaged = Epochs {
        point: FinalPoint::Averaged { after: 1 },
        measure: Measure::Every(1),
        schedule: StepSchedule::WarmUp {
            steps: 5,
            then: Box::new(StepSchedule::Cosine { last: 0.1 }),
        },
        last_batch: LastBatch::Dropped,
        ..settings.clone()
    };
    let step = 0.05;
    for settings in [&settings, &averaged] {
        resumes(GradientDescent { step }, settings);
        resumes(Momentum { step, momentum: 0.8 }, settings);
        resumes(Nesterov { step, ..Default::default() }, settings);
        resumes(AdaGrad { step, ..Default::default() }, settings);
        resumes(RmsProp { step, ..Default::default() }, settings);
        resumes(Adam { step, ..Default::default() }, settings);
        resumes(AdamW { step, ..Default::default() }, settings);
    }
    let newton = SubsampledNewton { sample: Some(2), ..Default::default() };
    resumes(newton, &Epochs { batch_size: 10, ..settings });
}

#[test]
fn batches_of_all_cases_are_the_other_loop() {
    let f = LeastSquares::new(40, 3, 0.5);
    let x0 = vec![2.0, -1.0, 0.5];
    let adam = Adam { step: 0.05, ..Default::default() };
    let stopping = Stopping { iterations: Some(30), ..Stopping::gradient(0.0) };
    let whole = minimize(&f, x0.clone(), adam.clone()).stopping(stopping).run().unwrap();
    let batches = minimize_sum(&f, x0, adam).batch_size(100).epochs(30).run().unwrap();
    // In other orders, so to rounding. The other loop gives the best point, which is the last here.
    close(&batches.x, &whole.x, 1e-12);
    assert_eq!(batches.iterations, 30);
    // Thirty of the batches, one at the end.
    assert_eq!(batches.evaluations.value, 31);
}

#[test]
fn gradient_descent_with_steps_of_1_over_t_converges_like_1_over_t() {
    // The Hessian is close to h I with h = 1 + ridge. With steps 1 / (h (t + gamma)) the error is the mean
    // of the noises: f - f* is about n sigma^2 / (2 h b (t + gamma)) for batches of b cases, and less
    // without replacement; what is left of the start falls like 1 / t^2.
    let (cases, n, noise, size, gamma) = (4_000, 3, 0.7, 8, 20.0);
    let f = LeastSquares::new(cases, n, noise);
    let h = 1.0 + RIDGE;
    let best = minimizer(&f);
    let lowest = f.value(&best).unwrap();
    let x0 = vec![2.0; n];
    let first = f.value(&x0).unwrap() - lowest;
    let mut gaps = [0.0; 3];
    let seeds = 6;
    for seed in 0..seeds {
        let settings = Epochs {
            batch_size: size,
            epochs: 1,
            schedule: StepSchedule::Inverse { after: gamma },
            measure: Measure::Never,
            seed,
            ..Epochs::default()
        };
        let method = GradientDescent { step: 1.0 / (h * gamma) };
        let mut run = EpochRun::new(&f, method, &x0, settings).unwrap();
        for (k, gap) in [60, 180, 480].iter().zip(&mut gaps) {
            while run.progress().step < *k {
                run.step();
            }
            *gap += (f.value(run.progress().x).unwrap() - lowest) / seeds as f64;
        }
    }
    for (k, gap) in [60.0, 180.0, 480.0].iter().zip(gaps) {
        let variance = n as f64 * noise * noise / (2.0 * h * size as f64 * (k + gamma));
        let bound = variance + first * (gamma / (k + gamma)).powi(2);
        assert!(gap < 2.0 * bound, "{gap} after {k} steps, of {bound}");
    }
    // Constant steps stay at the size of their noise, the average of their points does not.
    let settings = |point| Epochs { batch_size: size, epochs: 3, point, ..Epochs::default() };
    let gap = |point| {
        let method = GradientDescent { step: 0.2 };
        let outcome = minimize_sum(&f, x0.clone(), method).settings(settings(point)).run().unwrap();
        assert_eq!(outcome.value, f.value(&outcome.x).unwrap());
        outcome.value - lowest
    };
    let (last, averaged) = (gap(FinalPoint::Last), gap(FinalPoint::Averaged { after: 1 }));
    assert!(averaged < last / 20.0, "{averaged} averaged, {last} at the end");
}

#[test]
fn only_a_test_on_all_cases_says_converged() {
    let f = LeastSquares::new(40, 3, 0.5);
    let x0 = minimizer(&f);
    let method = GradientDescent { step: 1e-9 };
    let settings = Epochs { epochs: 3, measure: Measure::Every(1), ..Epochs::default() };
    let outcome =
        minimize_sum(&f, x0.clone(), method.clone()).settings(settings.clone()).run().unwrap();
    // At the minimizer, but nobody asked.
    assert_eq!((outcome.status, outcome.iterations), (Status::EpochLimit, 6));
    let settings = Epochs { gradient_tolerance: Some(1e-6), ..settings };
    let outcome = minimize_sum(&f, x0, method.clone()).settings(settings.clone()).run().unwrap();
    assert_eq!(outcome.status, Status::Converged(Rule::GradientAbsolute));
    assert_eq!((outcome.iterations, outcome.evaluations.value), (0, 1));
    let outcome = minimize_sum(&f, vec![1.0; 3], method).settings(settings).run().unwrap();
    assert_eq!(outcome.status, Status::EpochLimit);
    assert!(outcome.gradient_norm > 1e-3);
}

#[test]
fn budgets_callers_and_divergence_end_a_run_inside_an_epoch() {
    let f = LeastSquares::new(50, 3, 0.5);
    let x0 = vec![2.0, -1.0, 0.5];
    let method = Momentum { step: 0.02, ..Default::default() };
    let settings = Epochs { batch_size: 5, ..Epochs::default() };

    // Cancelled after seven steps; nothing was measured, and nothing says otherwise.
    let cancel = AtomicBool::new(false);
    let outcome = minimize_sum(&f, x0.clone(), method.clone())
        .settings(settings.clone())
        .cancel(&cancel)
        .observe(|now| {
            cancel.store(now.step == 7, Ordering::Relaxed);
            ControlFlow::Continue(())
        })
        .run()
        .unwrap();
    assert_eq!((&outcome.status, outcome.iterations), (&Status::Stopped, 7));
    assert!(outcome.value.is_nan() && outcome.gradient[0].is_nan() && outcome.x != x0);

    // Stopped after seventeen steps: the point of the last measurement, with its value.
    let every = Epochs { measure: Measure::Every(1), ..settings.clone() };
    let outcome =
        minimize_sum(&f, x0.clone(), method.clone())
            .settings(every)
            .observe(|now| {
                if now.step == 17 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .run()
            .unwrap();
    assert_eq!((&outcome.status, outcome.iterations), (&Status::Stopped, 17));
    assert_eq!(outcome.value, f.value(&outcome.x).unwrap());

    // Three evaluations: two of batches, one of all at the point where they end.
    let outcome = minimize_sum(&f, x0.clone(), method.clone())
        .settings(settings.clone())
        .stopping(spending(3))
        .run()
        .unwrap();
    assert_eq!((&outcome.status, outcome.iterations), (&Status::EvaluationLimit, 20));
    assert_eq!((outcome.evaluations.value, outcome.value), (3, f.value(&outcome.x).unwrap()));

    let none = Stopping { seconds: Some(0.0), ..Stopping::default() };
    let run = minimize_sum(&f, x0.clone(), method).settings(settings.clone()).stopping(none).run();
    // The start is evaluated at any cost, and nothing more.
    assert_eq!(run.unwrap().status, Status::TimeLimit);

    let wild = GradientDescent { step: 1e200 };
    let every = Epochs { measure: Measure::Every(1), ..settings };
    let outcome = minimize_sum(&f, x0.clone(), wild).settings(every).run().unwrap();
    assert_eq!((outcome.status, outcome.x), (Status::Diverged, x0));
}

#[test]
fn schedules_multiply_the_step() {
    let f = LeastSquares::new(12, 2, 0.5);
    let schedule = StepSchedule::Decay { factor: 0.5, every: 2 };
    let settings = Epochs { batch_size: 4, epochs: 6, schedule, ..Epochs::default() };
    let method = GradientDescent { step: 0.1 };
    let x0 = vec![1.0, -2.0];
    let mut run = EpochRun::new(&f, method, &x0, settings).unwrap();
    let (mut x, mut g) = (x0.clone(), vec![0.0; 2]);
    for step in 0..18 {
        run.step();
        let batch = f.asked.borrow().last().unwrap().clone();
        f.over(&x, &batch, &mut g).unwrap();
        let length = 0.1 * [1.0, 0.5, 0.25][step / 6];
        x.iter_mut().zip(&g).for_each(|(x, g)| *x -= length * g);
        close(run.progress().x, &x, 1e-15);
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let f = LeastSquares::new(20, 2, 0.5);
    let x0 = vec![1.0, -2.0];
    let method = GradientDescent { step: 0.1 };
    let refused = |settings: Epochs| {
        let error = minimize_sum(&f, x0.clone(), method.clone()).settings(settings).run();
        error.unwrap_err().to_string()
    };
    let good = Epochs { batch_size: 4, ..Epochs::default() };
    for (settings, name) in [
        (Epochs { batch_size: 0, ..good.clone() }, "batch_size"),
        (Epochs { measure: Measure::Every(0), ..good.clone() }, "measure"),
        (Epochs { gradient_tolerance: Some(-1.0), ..good.clone() }, "gradient_tolerance"),
        (
            Epochs { gradient_tolerance: Some(1.0), measure: Measure::Never, ..good.clone() },
            "gradient_tolerance",
        ),
        (Epochs { schedule: StepSchedule::Inverse { after: 0.0 }, ..good.clone() }, "after"),
    ] {
        let message = refused(settings);
        assert!(message.contains(name), "{message}");
    }
    let run = Run::new(&f, method.clone(), &x0, good.clone());
    assert!(run.err().unwrap().to_string().contains("EpochRun"));
    let newton = SubsampledNewton::default();
    let scheduled = Epochs { schedule: StepSchedule::Cosine { last: 0.0 }, ..good.clone() };
    let message = minimize_sum(&f, x0.clone(), newton).settings(scheduled).run();
    assert!(message.unwrap_err().to_string().contains("newton-subsampled"));
    let message = minimize_sum(&f, vec![0.0], method.clone()).run().unwrap_err().to_string();
    assert!(message.contains("2 variables"), "{message}");

    let run = EpochRun::new(&f, method.clone(), &x0, good.clone()).unwrap();
    let checkpoint = run.checkpoint();
    let again = |f, settings| {
        EpochRun::resume(f, method.clone(), checkpoint.clone(), settings)
            .err()
            .map(|e| e.to_string())
    };
    assert_eq!(again(&f, good.clone()), None);
    let other = again(&f, Epochs { batch_size: 5, ..good.clone() }).unwrap();
    assert!(other.contains("of other batches"), "{other}");
    let fewer = LeastSquares::new(19, 2, 0.5);
    let other = again(&fewer, good).unwrap();
    assert!(other.contains("19 cases"), "{other}");
}
