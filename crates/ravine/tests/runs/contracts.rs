//! What every method owes the loop: resuming to the same bits, an intact iterate after an
//! interrupt, no new vectors once it runs, steps shortened where the function is not finite.

use std::cell::Cell;
use std::ops::ControlFlow;

use ravine::matrix::Matrix;
use ravine::methods::{
    AdaGrad, Adam, AdamW, BarzilaiBorwein, Beta, GradientDescent, Lbfgsb, Momentum,
    NaturalGradient, NaturalTrust, Nesterov, NonlinearCg, OwlQn, Restart, RmsProp, Schedule,
    SteepestDescent, Tron,
};
use ravine::minimize::Method;
use ravine::minimize::{Checkpoint, Run};
use ravine::objective::{Evaluation, Fisher, Gradient, HessianProduct, Objective};
use ravine::random::Random;
use ravine::vector::{AdaptiveStep, Entries, Orthants};
use ravine::{Bounds, Conditions, Pointwise, Status, Stopping, Vector, minimize, objective};
use serde::Serialize;
use serde::de::DeserializeOwned;

const STEPS: u64 = 12;

fn stopping(evaluations: Option<u64>) -> Stopping {
    Stopping { evaluations, iterations: Some(STEPS), ..Stopping::gradient(0.0) }
}

/// Interrupts a run after every possible number of evaluations, sends it through JSON, goes on,
/// and compares with the run that was never interrupted.
fn resumes<O, M>(f: &O, method: M, start: &[f64])
where
    O: Objective<Point = Vec<f64>>,
    M: Method<O> + Clone,
    M::State: Serialize + DeserializeOwned + Clone,
{
    resumes_within(f, method, start, None);
}

/// [`resumes`], within bounds.
fn resumes_within<O, M>(f: &O, method: M, start: &[f64], bounds: Option<Bounds>)
where
    O: Objective<Point = Vec<f64>>,
    M: Method<O> + Clone,
    M::State: Serialize + DeserializeOwned + Clone,
{
    let name = method.name();
    let start = start.to_vec();
    let stopping =
        |evaluations| Conditions { bounds: bounds.clone(), ..stopping(evaluations).into() };
    let mut whole = Run::new(f, method.clone(), &start, stopping(None)).unwrap();
    let mut path = vec![(whole.progress().x.clone(), whole.progress().value)];
    while whole.step().is_none() {
        path.push((whole.progress().x.clone(), whole.progress().value));
    }
    let counts = whole.outcome().evaluations;
    path.push((whole.progress().x.clone(), whole.progress().value));
    assert!(path.len() > 6, "{name}: {}", whole.outcome().status);
    for budget in 1..counts.value {
        let limited = stopping(Some(budget));
        let mut run = Run::new(f, method.clone(), &start, limited).unwrap();
        let status = loop {
            if let Some(status) = run.step() {
                break status.clone();
            }
        };
        assert_eq!(status, Status::EvaluationLimit, "{name}");
        let (at, progress) = (run.progress().iteration as usize, run.progress());
        assert_eq!((progress.x, progress.value), (&path[at].0, path[at].1), "{name}");

        let json = serde_json::to_string(&run.checkpoint()).unwrap();
        let checkpoint: Checkpoint<M::State, Vec<f64>> = serde_json::from_str(&json).unwrap();
        let mut run = Run::resume(f, method.clone(), checkpoint, stopping(None)).unwrap();
        while run.step().is_none() {}
        assert_eq!(run.progress().x, &path[path.len() - 1].0, "{name} after {budget}");
        assert_eq!(run.outcome().status, whole.outcome().status, "{name} after {budget}");
    }
}

macro_rules! valley {
    ($n:expr) => {
        objective!($n, |x| {
            let mut sum = R::from(0.0);
            for i in 0..x.len() - 1 {
                sum += 10.0 * (x[i + 1] - x[i] * x[i]).powi(2) + (1.0 - x[i]).powi(2);
            }
            sum
        })
    };
}

const START: [f64; 5] = [-1.2, 1.0, -0.5, 0.8, 0.3];

/// The valley as if it were a likelihood, with an information of its own.
struct Likelihood<F>(F);

impl<F: Objective<Point = Vec<f64>>> Objective for Likelihood<F> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.0.value(x)
    }
}

impl<F: Gradient<Point = Vec<f64>>> Gradient for Likelihood<F> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        self.0.value_and_gradient(x, gradient)
    }
}

impl<F: Gradient<Point = Vec<f64>>> Fisher for Likelihood<F> {
    fn fisher(&self, x: &[f64], fisher: &mut Matrix) -> Evaluation {
        fisher.fill(0.3);
        for i in 0..x.len() {
            fisher[(i, i)] += 30.0 + 10.0 * x[i] * x[i];
        }
        Ok(())
    }
}

#[test]
fn runs_resume_to_the_same_bits() {
    let f = valley!(5);
    let step = 1e-3;
    resumes(&f, GradientDescent { step }, &START);
    resumes(&f, Momentum { step, momentum: 0.8 }, &START);
    for schedule in [Schedule::Convex, Schedule::Constant(0.7)] {
        resumes(&f, Nesterov { step, schedule, restart: Restart::Gradient }, &START);
    }
    resumes(&f, AdaGrad { step, ..Default::default() }, &START);
    resumes(&f, RmsProp { step, ..Default::default() }, &START);
    resumes(&f, Adam { step, ..Default::default() }, &START);
    resumes(&f, AdamW { step, ..Default::default() }, &START);
    resumes(&f, SteepestDescent::default(), &START);
    resumes(&f, BarzilaiBorwein::default(), &START);
    for beta in [Beta::PolakRibiere, Beta::HestenesStiefel, Beta::DaiYuan, Beta::HagerZhang] {
        resumes(&f, NonlinearCg { beta, ..Default::default() }, &START);
    }
    resumes(&f, OwlQn { l1: 0.1, memory: 3, ..Default::default() }, &START);
    resumes(&f, Lbfgsb { memory: 3, ..Default::default() }, &START);
    resumes(&f, Tron::default(), &START);

    let bounds = || Some(Bounds::new(vec![-0.5; 5], vec![0.7; 5]).unwrap());
    let boxed_start = [-0.4, 0.6, -0.3, 0.5, 0.3];
    resumes_within(&f, Lbfgsb { memory: 2, ..Default::default() }, &boxed_start, bounds());
    resumes_within(&f, Tron::default(), &boxed_start, bounds());

    let f = Likelihood(valley!(5));
    for trust in [
        NaturalTrust::Fixed,
        NaturalTrust::Radius(0.5),
        NaturalTrust::LineSearch(Default::default()),
    ] {
        resumes(&f, NaturalGradient { step: 0.5, trust, damping: 0.1 }, &START);
    }
}

thread_local! {
    static MADE: Cell<u64> = const { Cell::new(0) };
}

/// A vector that counts how many of its kind are made.
#[derive(Debug)]
struct Counted(Vec<f64>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        MADE.set(MADE.get() + 1);
        Self(self.0.clone())
    }
}

impl Vector for Counted {
    const EPSILON: f64 = f64::EPSILON;
    const MIN_POSITIVE: f64 = f64::MIN_POSITIVE;
    const MAX: f64 = f64::MAX;

    fn dimension(&self) -> usize {
        self.0.len()
    }

    fn zeros_like(&self) -> Self {
        MADE.set(MADE.get() + 1);
        Self(vec![0.0; self.0.len()])
    }

    fn copy_from(&mut self, x: &Self) {
        self.0.copy_from_slice(&x.0);
    }

    fn fill(&mut self, a: f64) {
        Vector::fill(&mut self.0, a);
    }

    fn scale(&mut self, a: f64) {
        self.0.scale(a);
    }

    fn axpy(&mut self, a: f64, x: &Self) {
        self.0.axpy(a, &x.0);
    }

    fn dot(&self, x: &Self) -> f64 {
        self.0.dot(&x.0)
    }

    fn norm(&self) -> f64 {
        self.0.norm()
    }

    fn norm_max(&self) -> f64 {
        self.0.norm_max()
    }
}

/// Each kernel is that of the entries.
macro_rules! kernels {
    ($($name:ident($($x:ident: $X:ty),*) $([$($v:ident),*])?;)*) => {
        $(fn $name(&mut self $(, $($v: &Self),*)? $(, $x: $X)*) {
            self.0.$name($($(&$v.0,)*)? $($x),*);
        })*
    };
}

impl Pointwise for Counted {
    kernels! {
        multiply()[x];
        divide()[x];
        square();
        square_root();
        reciprocal();
        abs();
        sign();
        add_scalar(a: f64);
        clip(low: f64, high: f64);
        min_with()[x];
        max_with()[x];
        soft_threshold(threshold: f64);
        adaptive_step(parameters: &AdaptiveStep)[m, s];
        adaptive_curvature(parameters: &AdaptiveStep)[s];
        fill_uniform(random: &mut Random);
        fill_normal(random: &mut Random);
        fill_signs(random: &mut Random);
    }

    fn add_product(&mut self, a: f64, x: &Self, y: &Self) {
        self.0.add_product(a, &x.0, &y.0);
    }

    fn accumulate_squares(&mut self, a: f64, x: &Self, b: f64) {
        self.0.accumulate_squares(a, &x.0, b);
    }

    fn sum(&self) -> f64 {
        Pointwise::sum(&self.0)
    }

    fn smallest(&self) -> f64 {
        self.0.smallest()
    }
}

impl Orthants for Counted {
    kernels! {
        set_pseudo_gradient()[x, g, weights];
        drop_ascent_from_zero()[x, pg];
        keep_opposed()[pg];
        mask()[mask];
    }

    fn weighted_norm_1(&self, weights: &Self) -> f64 {
        self.0.weighted_norm_1(&weights.0)
    }

    fn set_step_within_orthant(
        &mut self,
        x: &Self,
        pg: &Self,
        weights: &Self,
        a: f64,
        d: &Self,
    ) -> f64 {
        self.0.set_step_within_orthant(&x.0, &pg.0, &weights.0, a, &d.0)
    }

    fn set_free(&mut self, x: &Self, pg: &Self) -> usize {
        self.0.set_free(&x.0, &pg.0)
    }

    fn masked_products(&self, x: &Self, mask: &Self) -> (f64, f64) {
        self.0.masked_products(&x.0, &mask.0)
    }
}

impl Entries for Counted {
    fn get(&self, i: usize) -> f64 {
        self.0[i]
    }

    fn set(&mut self, i: usize, value: f64) {
        self.0[i] = value;
    }
}

/// An objective on counted vectors.
struct OnCounted<F>(F);

impl<F: Objective<Point = Vec<f64>>> Objective for OnCounted<F> {
    type Point = Counted;

    fn dimension(&self) -> usize {
        self.0.dimension()
    }

    fn value(&self, x: &Counted) -> Evaluation<f64> {
        self.0.value(&x.0)
    }
}

impl<F: Gradient<Point = Vec<f64>>> Gradient for OnCounted<F> {
    fn value_and_gradient(&self, x: &Counted, gradient: &mut Counted) -> Evaluation<f64> {
        self.0.value_and_gradient(&x.0, &mut gradient.0)
    }
}

/// The vectors made by twelve iterations after the first eight, in which memories fill.
fn made<M: Method<O>, O: Objective<Point = Counted>>(f: &O, method: M) -> u64 {
    let stopping = Stopping { iterations: Some(20), ..Stopping::gradient(0.0) };
    // The loop keeps its best point, in a vector of its own, from the first iteration on.
    let mut run = Run::new(f, method, &Counted(START.to_vec()), stopping).unwrap();
    for _ in 0..8 {
        assert_eq!(run.step(), None);
    }
    let before = MADE.get();
    while run.step().is_none() {}
    assert_eq!(run.progress().iteration, 20);
    MADE.get() - before
}

#[test]
fn no_vectors_are_made_once_a_run_goes() {
    let f = OnCounted(valley!(5));
    let step = 1e-3;
    assert_eq!(made(&f, GradientDescent { step }), 0);
    assert_eq!(made(&f, Momentum { step, momentum: 0.8 }), 0);
    assert_eq!(made(&f, Nesterov { step, ..Default::default() }), 0);
    assert_eq!(made(&f, AdaGrad { step, ..Default::default() }), 0);
    assert_eq!(made(&f, RmsProp { step, ..Default::default() }), 0);
    assert_eq!(made(&f, Adam { step, ..Default::default() }), 0);
    assert_eq!(made(&f, AdamW { step, ..Default::default() }), 0);
    assert_eq!(made(&f, SteepestDescent::default()), 0);
    assert_eq!(made(&f, BarzilaiBorwein::default()), 0);
    for beta in [Beta::PolakRibiere, Beta::HestenesStiefel, Beta::DaiYuan, Beta::HagerZhang] {
        assert_eq!(made(&f, NonlinearCg { beta, ..Default::default() }), 0);
    }
    assert_eq!(made(&f, OwlQn { l1: 0.1, memory: 3, ..Default::default() }), 0);
}

/// `sum_i w_i (x_i - ln x_i)`, with the number of looks outside its domain.
struct Barrier(Cell<u32>);

impl Barrier {
    fn weight(i: usize) -> f64 {
        [1.0, 30.0][i]
    }
}

impl Objective for Barrier {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        2
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let value = (0..2).map(|i| Self::weight(i) * (x[i] - x[i].ln())).sum::<f64>();
        self.0.set(self.0.get() + u32::from(!value.is_finite()));
        Ok(value)
    }
}

impl Gradient for Barrier {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        for i in 0..2 {
            gradient[i] = Self::weight(i) * (1.0 - 1.0 / x[i]);
        }
        self.value(x)
    }
}

impl HessianProduct for Barrier {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        for i in 0..2 {
            product[i] = Self::weight(i) * d[i] / (x[i] * x[i]);
        }
        Ok(())
    }
}

fn looks_outside<M: Method<Barrier>>(method: M) -> u32 {
    let f = Barrier(Cell::new(0));
    let outcome = minimize(&f, vec![8.0, 5.0], method).run().unwrap();
    assert!(outcome.status.converged(), "{} {}", outcome.method, outcome.status);
    assert!(outcome.x.iter().all(|x| (x - 1.0).abs() < 1e-5), "{outcome:?}");
    f.0.get()
}

#[test]
fn steps_out_of_the_domain_are_shortened() {
    let mut looks = looks_outside(SteepestDescent::default());
    looks += looks_outside(BarzilaiBorwein::default());
    for beta in [Beta::PolakRibiere, Beta::HestenesStiefel, Beta::DaiYuan, Beta::HagerZhang] {
        looks += looks_outside(NonlinearCg { beta, ..Default::default() });
    }
    looks += looks_outside(OwlQn::default());
    looks += looks_outside(Lbfgsb::default());
    let newton = looks_outside(Tron::default());
    assert!(looks >= 5 && newton >= 1, "the test must leave the domain: {looks}, {newton}");
    // A fixed step goes where it goes, and says so.
    let f = Barrier(Cell::new(0));
    let outcome = minimize(&f, vec![8.0, 5.0], GradientDescent { step: 1.0 }).run().unwrap();
    assert_eq!(outcome.status, Status::Diverged);
    assert_eq!(outcome.x, [8.0, 5.0]);
}

#[test]
fn settings_of_fixed_steps_that_cannot_be_used_are_named() {
    fn error<M: Method<Barrier>>(method: M) -> String {
        let f = Barrier(Cell::new(0));
        minimize(&f, vec![1.0, 2.0], method).run().unwrap_err().to_string()
    }
    let nan = f64::NAN;
    assert_eq!(
        error(GradientDescent { step: -1.0 }),
        "step: is -1.0, but must be positive and finite"
    );
    assert!(error(Momentum { step: nan, momentum: 0.5 }).starts_with("step: is NaN"));
    assert!(error(Momentum { step: 1.0, momentum: 1.0 }).starts_with("momentum: is 1.0"));
    let schedule = Schedule::Constant(-0.1);
    let nesterov = Nesterov { schedule, ..Default::default() };
    assert!(error(nesterov).starts_with("schedule: is -0.1"));
    assert!(error(AdaGrad { epsilon: 0.0, ..Default::default() }).starts_with("epsilon: is 0.0"));
    assert!(error(RmsProp { decay: 1.5, ..Default::default() }).starts_with("decay: is 1.5"));
    assert!(error(Adam { beta1: 1.0, ..Default::default() }).starts_with("beta1: is 1.0"));
    assert!(error(Adam { beta2: -0.5, ..Default::default() }).starts_with("beta2: is -0.5"));
    assert!(error(AdamW { decay: nan, ..Default::default() }).starts_with("decay: is NaN"));
    assert!(
        error(AdamW { step: 0.5, decay: 3.0, ..Default::default() }).starts_with("decay: is 3")
    );
    let bb = BarzilaiBorwein { memory: 1.1, ..Default::default() };
    assert!(error(bb).starts_with("memory: is 1.1"));
    let bb = BarzilaiBorwein { decrease: 0.5, ..Default::default() };
    assert!(error(bb).starts_with("decrease: is 0.5"));
}

#[test]
fn an_observer_sees_every_iterate_and_may_stop_the_run() {
    let f = objective!(1, |x| x[0].cosh());
    let run = |stop: Option<u64>| {
        let mut seen = Vec::new();
        let outcome = minimize(&f, vec![2.0], GradientDescent { step: 0.1 })
            .observe(|now| {
                seen.push(now.iteration);
                let stops = stop == Some(now.iteration);
                if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .run()
            .unwrap();
        assert!(seen.iter().copied().eq(0..=outcome.iterations));
        outcome
    };
    let whole = run(None);
    assert!(whole.status.converged());
    let unseen = minimize(&f, vec![2.0], GradientDescent { step: 0.1 }).run().unwrap();
    assert_eq!((&unseen.x, unseen.iterations), (&whole.x, whole.iterations));
    for stop in [0, 3] {
        let stopped = run(Some(stop));
        assert_eq!((stopped.status, stopped.iterations), (Status::Stopped, stop));
    }
    // Too late: it has ended by itself.
    assert!(run(Some(whole.iterations)).status.converged());
}
