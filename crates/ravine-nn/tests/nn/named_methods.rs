//! What holds for every optimizer by name, and closed forms of those that have one.

use std::ops::ControlFlow;

use ravine::Status;
use ravine::methods::GradientDescent;
use ravine::minimize::{EpochRun, Epochs, Method, Stopping, minimize, minimize_sum};
use ravine::objective::Objective;
use ravine::oracle::Oracle;
use ravine_linalg::Vector;
use ravine_nn::precondition::{AdaHessianSettings, SophiaSettings, Spatial};
use ravine_nn::{
    ByDiagonal, Cases, Cpu, DiagonalMethod, FirstDamping, HessianFree, Input, Kfac, KroneckerBfgs,
    Loss, MeanLoss, NaturalGradient, Optimizer, PairsFrom, ScheduleFree, ScheduleFreeBase,
    StochasticLbfgs, Training, Unary, digits, mlp, train,
};

use crate::differences::distance;
use crate::networks::{Example, all};

fn layer() -> Example {
    let network = mlp(Input::Features(vec![4]), &[], 3, Unary::Tanh).unwrap();
    Example { name: "layer", network, loss: Loss::SquaredError { variance: 1.0 } }
}

fn steps(count: u64) -> Stopping {
    Stopping { iterations: Some(count), ..Stopping::default() }
}

/// Each name gives its optimizer, which knows its step, and lowers the loss of handwritten digits in a few epochs.
#[test]
fn all_names_learn_digits() {
    let (images, labels) = digits().unwrap();
    let pixels: Vec<f32> = images.numbers[..600 * 64].iter().map(|p| p / 16.0).collect();
    let network = mlp(Input::Features(vec![64]), &[16], 10, Unary::Relu).unwrap();
    let cpu = Cpu::<f32>::new();
    let cases =
        Cases::new(&cpu, &network, &Loss::CrossEntropy, &pixels, &labels.numbers[..600]).unwrap();
    let x = network.start(&cpu, None, 1);
    let f = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases).unwrap();
    let before = f.value(&x).unwrap();
    for name in Optimizer::NAMES {
        let method = Optimizer::named(name, f.network()).unwrap();
        let outcome = minimize_sum(&f, x.clone(), method).batch_size(20).epochs(8).run().unwrap();
        assert!(outcome.value < 0.9 * before, "{name}: {before} {}", outcome.value);
        println!("{name}: {}", outcome.value);
    }
}

/// The same bits, whether a run was interrupted, between two steps or within one, or not.
#[test]
fn all_names_resume_to_the_same_bits() {
    let example = &all()[0];
    let f = example.mean_loss::<f64>(23);
    let x = example.point(3);
    for name in Optimizer::NAMES {
        let method = Optimizer::named(name, f.network()).unwrap();
        let settings = Epochs { epochs: 5, batch_size: 5, ..Epochs::default() };
        let mut whole = EpochRun::new(&f, method.clone(), &x, settings.clone()).unwrap();
        while whole.step().is_none() {}
        let right = whole.outcome();
        for evaluations in [1, 2, 3, 4, 5] {
            let stopping = Stopping { evaluations: Some(evaluations), ..Stopping::default() };
            let conditions = ravine::Conditions { stopping, ..Default::default() };
            let mut first =
                EpochRun::new(&f, method.clone(), &x, conditions.epochs(settings.clone())).unwrap();
            while first.step().is_none() {}
            let saved = serde_json::to_string(&first.checkpoint()).unwrap();
            let checkpoint = serde_json::from_str(&saved).unwrap();
            let mut second =
                EpochRun::resume(&f, method.clone(), checkpoint, settings.clone()).unwrap();
            while second.step().is_none() {}
            assert_eq!(right.x, second.outcome().x, "{name} after {evaluations}");
        }
    }
}

/// From where the loss is no number they go back to where it is, and say how often.
#[test]
fn infinite_losses_are_gone_back_from() {
    let network = mlp(Input::Features(vec![4]), &[3], 3, Unary::Relu).unwrap();
    let example = Example { name: "", network, loss: Loss::SquaredError { variance: 1.0 } };
    let f = example.mean_loss::<f64>(10);
    let x = example.point(1);
    for name in [
        "kfac",
        "ekfac",
        "kfac-tridiagonal",
        "k-bfgs",
        "lbfgs",
        "natural-gradient",
        "adahessian",
        "sophia",
    ] {
        let far = || Optimizer::named(name, f.network()).unwrap().with_step(1e160);
        let epochs = Epochs { epochs: 5, batch_size: 5, ..Epochs::default() };
        let mut run = EpochRun::new(&f, far(), &x, epochs).unwrap();
        for step in 0..9 {
            assert!(run.step().is_none(), "{name}, {step}: {:?}", run.status());
        }
        let all = minimize(&f, x.clone(), far()).stopping(steps(6)).run().unwrap();
        assert_eq!((all.status, all.x), (Status::IterationLimit, x.clone()), "{name}");
    }
    let oracle = Oracle::new(&f, Stopping::default());
    let far = NaturalGradient { step: 1e160, ..NaturalGradient::default() };
    let mut state = far.start(&oracle, &x).unwrap();
    for step in 1..=3 {
        far.step(&oracle, &mut state).unwrap();
        assert_eq!((state.rejected(), state.damping()), (step, 0.01 * 10_f64.powi(step as i32)));
    }
    // The adaptive form tries the same step again with ten times the damping: from 1e-6 to 10, where the logarithm of
    // the rate moves by 1999 * 2 / 12, which has an exponential.
    let network = mlp(Input::Features(vec![1]), &[], 1, Unary::Relu).unwrap();
    let counts = Example { name: "", network, loss: Loss::Poisson };
    let f = counts.over::<f64>(&[1.0], &[2000.0]);
    let x = counts.point(1).zeros_like();
    let first = FirstDamping::Given;
    let hasty = Kfac {
        damping: 1e-6,
        adaptive: Some(ravine_nn::Adaptive { first, ..Default::default() }),
        gradients: ravine_nn::OutputGradients::Exact,
        ..Kfac::default()
    };
    let oracle = Oracle::new(&f, Stopping::default());
    let mut state = hasty.start(&oracle, &x).unwrap();
    hasty.step(&oracle, &mut state).unwrap();
    // Then the loss is a number, but far above: a decade more.
    assert!(state.rejected() > 7, "{}", state.rejected());
    assert!(Method::<MeanLoss<Cpu<f64>>>::iterate(&hasty, &state).value.is_finite());
}

/// A loss that is a number but far above those before is as little believed: K-FAC by its model takes the step back
/// before it is made, on one batch and from batch to batch, the others when they see it. Whatever goes there and does
/// not come back ends as diverged.
#[test]
fn no_loss_rises_in_silence() {
    // Of a mean of 50 where it is 1 at first: the logarithm of the rate moves by 49 / 2, and the loss to 4e10.
    let network = mlp(Input::Features(vec![1]), &[], 1, Unary::Relu).unwrap();
    let counts = Example { name: "", network, loss: Loss::Poisson };
    let f = counts.over::<f64>(&[1.0, 1.0], &[50.0, 50.0]);
    let x = counts.point(1).zeros_like();
    let start = f.value(&x).unwrap();
    let far = |first, damping| Kfac {
        damping,
        adaptive: Some(ravine_nn::Adaptive { first, ..Default::default() }),
        gradients: ravine_nn::OutputGradients::Exact,
        ..Kfac::default()
    };
    for (first, damping, rejected) in
        [(FirstDamping::Given, 1e-6, true), (FirstDamping::Sought, 1e-3, false)]
    {
        let outcome =
            minimize(&f, x.clone(), far(first, damping)).stopping(steps(1)).run().unwrap();
        assert!(outcome.value < start, "{first:?}: {}", outcome.value);
        let settings = Epochs { epochs: 10, batch_size: 1, ..Epochs::default() };
        let mut run = EpochRun::new(&f, far(first, damping), &x, settings).unwrap();
        while run.step().is_none() {
            assert!(run.progress().batch_value <= start, "{first:?}");
        }
        assert_eq!(run.progress().setbacks.rejected > 0, rejected, "{first:?}");
        assert!(f.value(&run.outcome().x).unwrap() < start);
    }
    // A thousand times their own steps.
    let example = layer();
    let f = example.mean_loss::<f64>(20);
    let x = example.point(1);
    let start = f.value(&x).unwrap();
    for name in Optimizer::NAMES {
        let own = Optimizer::named(name, f.network()).unwrap();
        let Some(step) = own.step() else { continue };
        let training = Training {
            epochs: Epochs { epochs: 50, batch_size: 5, ..Epochs::default() },
            ..Training::default()
        };
        let trained =
            train(&f, &x, own.with_step(1e3 * step), training, |_| ControlFlow::Continue(()))
                .unwrap();
        let highest = trained.history.iter().map(|report| report.loss).fold(0.0, f64::max);
        let last = trained.history.last().unwrap();
        println!("{name}: {highest:.1e}, {} back, {:?}", last.rejected, trained.status);
        let diverged = trained.status == Status::Diverged;
        assert!(diverged || last.rejected > 0 || highest < 1e3 * start, "{name}: {highest}");
        assert!(diverged || last.loss <= 1e4 * start, "{name}: {}", last.loss);
    }
}

/// Without y between them it is gradient descent, whose mean it gives.
#[test]
fn schedule_free_gives_the_mean_of_its_steps() {
    let example = &all()[0];
    let (f, x) = (example.mean_loss::<f64>(15), example.point(2));
    let free = ScheduleFree {
        base: ScheduleFreeBase::Gradient,
        step: 0.2,
        beta: 0.0,
        ..ScheduleFree::default()
    };
    let mut mean = x.zeros_like();
    for count in 1..=6 {
        let descent = GradientDescent { step: 0.2 };
        let z = minimize(&f, x.clone(), descent).stopping(steps(count)).run().unwrap().x;
        mean.axpy(1.0 / 6.0, &z);
    }
    let outcome = minimize(&f, x.clone(), free.clone()).stopping(steps(6)).run().unwrap();
    assert!(distance(&outcome.x, &mean) < 1e-14);
    // What is shown is the value there, for a gradient more each step.
    assert!((outcome.value - f.value(&mean).unwrap()).abs() < 1e-14);
    assert_eq!(outcome.evaluations.gradient, 12);
    // Over batches the gradient at y is the only one.
    let batches = minimize_sum(&f, x, free).batch_size(15).epochs(6).run().unwrap();
    assert!(distance(&batches.x, &mean) < 1e-14);
    assert_eq!(batches.evaluations.gradient, 7);
}

/// Three steps in one dimension by the formulas of the source, with warm-up, decay and weights.
#[test]
fn schedule_free_is_its_formulas() {
    let f = ravine::objective!(1, |x| (x[0] - 3.0).powi(2) + x[0].powi(4));
    let (step, beta, beta2, epsilon, decay, power) = (0.1, 0.7, 0.9, 1e-3, 0.05, 1.0);
    let (mut x, mut z, mut v, mut sum, mut largest) = (2.0_f64, 2.0_f64, 0.0, 0.0, 0.0_f64);
    for k in 1..=3 {
        let y = (1.0 - beta) * z + beta * x;
        let g = 2.0 * (y - 3.0) + 4.0 * y.powi(3);
        v = beta2 * v + (1.0 - beta2) * g * g;
        let now = step * (f64::from(k) / 2.0).min(1.0);
        let root = (v / (1.0 - f64::powi(beta2, k))).sqrt() + epsilon;
        z -= now * (g / root + decay * y);
        largest = largest.max(now);
        let weight = largest * largest * f64::from(k).powf(power);
        sum += weight;
        x += weight / sum * (z - x);
    }
    let base = ScheduleFreeBase::Adam { beta2, epsilon };
    let method = ScheduleFree { base, step, beta, decay, warmup: 2, power };
    let outcome = minimize(&f, vec![2.0], method).stopping(steps(3)).run().unwrap();
    assert!((outcome.x[0] - x).abs() < 1e-14, "{} {x}", outcome.x[0]);
}

/// Where the Hessian is the Gauss-Newton matrix, both give the same pairs; differences of gradients make of the
/// quadratic what products make of it; and pairs are as many as they should be.
#[test]
fn pairs_of_a_quadratic_are_its_curvature() {
    let example = layer();
    let (f, x) = (example.mean_loss::<f64>(20), example.point(1));
    let of = |pairs, every| StochasticLbfgs {
        pairs,
        every,
        step: 0.3,
        average: 0.0,
        ..Default::default()
    };
    let run = |method: StochasticLbfgs, count| {
        minimize(&f, x.clone(), method).stopping(steps(count)).run().unwrap()
    };
    let [newton, hessian] =
        [PairsFrom::GaussNewton, PairsFrom::Hessian].map(|pairs| run(of(pairs, 2), 30));
    assert!(distance(&newton.x, &hessian.x) < 1e-10);
    assert_eq!(newton.evaluations.hessian_product, 13);
    let gradients = run(of(PairsFrom::Gradients, 2), 30);
    assert_eq!(gradients.evaluations.gradient, 31 + 15);
    let descent = minimize(&f, x.clone(), GradientDescent { step: 0.3 }).stopping(steps(30));
    let descent = descent.run().unwrap();
    assert!(newton.gradient_norm < descent.gradient_norm, "{} {}", newton.value, descent.value);
    assert!(gradients.gradient_norm < descent.gradient_norm);
    let oracle = Oracle::new(&f, Stopping::default());
    let method = of(PairsFrom::GaussNewton, 2);
    let mut state = method.start(&oracle, &x).unwrap();
    for _ in 0..9 {
        method.step(&oracle, &mut state).unwrap();
    }
    assert_eq!((state.pairs(), state.skipped()), (3, 0));
}

/// The first step has length one where the curvature is not averaged over space: its own size is divided out.
#[test]
fn the_first_step_of_adahessian_divides_by_the_product_with_signs() {
    let network = mlp(Input::Features(vec![1]), &[], 1, Unary::Tanh).unwrap();
    let example = Example { name: "", network, loss: Loss::SquaredError { variance: 1.0 } };
    // Inputs without mean, so that the Hessian is a diagonal: the mean square, and one.
    let f = example.over::<f64>(&[2.0, -2.0, 1.0, -1.0], &[1.0, 0.0, 2.0, -1.0]);
    let x = example.point(1);
    let mut g = x.zeros_like();
    ravine::objective::Gradient::value_and_gradient(&f, &x, &mut g).unwrap();
    let settings =
        AdaHessianSettings { spatial: Spatial::None, epsilon: 0.0, ..Default::default() };
    let method = ByDiagonal { step: 0.1, ..ByDiagonal::new(DiagonalMethod::AdaHessian(settings)) };
    let outcome = minimize(&f, x.clone(), method).stopping(steps(1)).run().unwrap();
    let moved = |p: usize| x.block(p)[0] - outcome.x.block(p)[0];
    assert!((moved(0) - 0.1 * g.block(0)[0] / 2.5).abs() < 1e-14);
    assert!((moved(1) - 0.1 * g.block(1)[0]).abs() < 1e-14);
    assert_eq!(outcome.evaluations.hessian_product, 1);
}

/// Known mistake: without the number of losses every entry is clipped, and it is sign descent. With it neither
/// none nor all are, and cases that are named twice change nothing in the mean.
#[test]
fn sophia_clips_some_entries() {
    let example = &all()[0];
    let x = example.point(2);
    let (inputs, targets) = example.drawn(40, 3);
    let twice = |v: &[f64]| [v, v].concat();
    let unclipped = |inputs: &[f64], targets: &[f64]| {
        let f = example.over::<f64>(inputs, targets);
        let oracle = Oracle::new(&f, Stopping::default());
        let settings = SophiaSettings { beta2: 0.9, rho: 1.0, ..Default::default() };
        let mut method = ByDiagonal::new(DiagonalMethod::Sophia(settings));
        (method.every, method.step) = (1, 1e-6);
        let mut state = method.start(&oracle, &x).unwrap();
        for _ in 0..60 {
            method.step(&oracle, &mut state).unwrap();
        }
        state.unclipped()
    };
    let (once, again) =
        (unclipped(&inputs, &targets), unclipped(&twice(&inputs), &twice(&targets)));
    assert!(once > 0.1 && once < 1.0, "{once}");
    assert!((once - again).abs() < 0.2, "{once} {again}");
}

#[test]
fn settings_that_cannot_be_used_are_refused() {
    let example = &all()[0];
    let (f, x) = (example.mean_loss::<f64>(4), example.point(1));
    macro_rules! refused {
        ($method:expr, $name:literal) => {
            let message = minimize(&f, x.clone(), $method).run().unwrap_err().to_string();
            assert!(message.starts_with($name), "{message}");
        };
    }
    refused!(HessianFree { warm: 1.0, ..Default::default() }, "warm");
    refused!(HessianFree { rise: 1.0, ..Default::default() }, "rise");
    refused!(HessianFree { curvature_share: 0.0, ..Default::default() }, "curvature_share");
    refused!(StochasticLbfgs { memory: 0, ..Default::default() }, "memory");
    refused!(StochasticLbfgs { every: 0, ..Default::default() }, "every");
    refused!(KroneckerBfgs { average: 1.0, ..Default::default() }, "average");
    refused!(ScheduleFree { beta: 1.0, ..Default::default() }, "beta");
    refused!(NaturalGradient { damping: 0.0, ..Default::default() }, "damping");
    let sophia = DiagonalMethod::Sophia(SophiaSettings { rho: 0.0, ..Default::default() });
    refused!(ByDiagonal::new(sophia), "rho");
}
