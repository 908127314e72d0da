//! Optimizers against closed forms, and what holds for all of them.

use std::ops::ControlFlow;

use ravine::Status;
use ravine::methods::AdamW;
use ravine::minimize::{
    EpochRun, Epochs, FinalPoint, Method, OverBatches, Run, Stopping, minimize, minimize_sum,
};
use ravine::objective::{FiniteSum, Objective, Over};
use ravine_linalg::Vector;
use ravine_nn::precondition::{KroneckerDamping, KroneckerSettings};
use ravine_nn::{
    ByMatrix, Cpu, EpochReport, Initialization, Input, Kfac, Loss, MatrixMethod, MeanLoss,
    Momentum, Optimizer, OutputGradients, Training, Treated, Unary, mlp, train,
};

use crate::differences::distance;
use crate::networks::{Example, Parameters, all};

type Double = MeanLoss<Cpu<f64>>;

fn layer(loss: Loss) -> Example {
    let network = mlp(Input::Features(vec![4]), &[], 3, Unary::Tanh).unwrap();
    Example { name: "layer", network, loss }
}

fn steps(count: u64) -> Stopping {
    Stopping { iterations: Some(count), ..Stopping::default() }
}

fn exact(damping: f64, kind: KroneckerDamping) -> Kfac {
    Kfac {
        damping,
        adaptive: None,
        gradients: OutputGradients::Exact,
        factors: KroneckerSettings { damping: kind, ..KroneckerSettings::default() },
        ..Kfac::default()
    }
}

/// One layer with squared error is least squares: one step without damping solves it, and the exact model
/// keeps it as it is. With a penalty the block that is damped by it exactly is the curvature still.
#[test]
fn kfac_solves_one_linear_layer_in_one_step() {
    // Factored damping shows by its root.
    for (eta, kind, damping) in
        [(0.0, KroneckerDamping::Factored, 1e-26), (0.3, KroneckerDamping::Exact, 1e-13)]
    {
        let example = layer(Loss::SquaredError { variance: 0.5 });
        let f = example.mean_loss::<f64>(20).penalized(eta).unwrap();
        let x = example.point(1);
        let once = minimize(&f, x, exact(damping, kind)).stopping(steps(1)).run().unwrap();
        assert!(once.gradient_norm < 1e-10, "{eta}: {:.1e}", once.gradient_norm);
    }
}

/// Without damping and with the exact expectation the step does not depend on the coordinates of inputs and
/// hidden units: here of the inputs.
#[test]
fn kfac_does_not_see_a_linear_map_of_the_inputs() {
    let network = mlp(Input::Features(vec![3]), &[4], 2, Unary::Tanh).unwrap();
    let example = Example { name: "", network, loss: Loss::Bernoulli };
    let (inputs, targets) = example.drawn(60, 5);
    // a' = T a + c, W' = W T^-1, b' = b - W T^-1 c.
    let t = [[2.0, 1.0, 0.0], [0.0, 0.5, 0.0], [0.3, 0.0, -1.0]];
    let c = [0.7, -1.0, 2.0];
    let mapped: Vec<f64> = inputs
        .chunks(3)
        .flat_map(|a| {
            let of = |i: usize| (0..3).map(|j| t[i][j] * a[j]).sum::<f64>() + c[i];
            [of(0), of(1), of(2)]
        })
        .collect();
    let inverse = ravine_linalg::matrix::Lu::new(&ravine_linalg::matrix::Matrix::from_fn(
        3,
        3,
        // Its transpose: rows of W are solved with it.
        |i, j| t[j][i],
    ))
    .unwrap();
    let map = |x: &Parameters| {
        let mut y = x.clone();
        for i in 0..4 {
            let row = &mut y.blocks_mut()[0][3 * i..3 * i + 3];
            inverse.solve(row);
            let shift: f64 = row.iter().zip(c).map(|(w, c)| w * c).sum();
            y.blocks_mut()[1][i] -= shift;
        }
        y
    };
    let x = example.point(2);
    let (f, g) = (example.over::<f64>(&inputs, &targets), example.over::<f64>(&mapped, &targets));
    let kfac = || Kfac {
        momentum: Momentum::Fixed { step: 0.3, average: 0.0, largest: None },
        ..exact(1e-14, KroneckerDamping::Exact)
    };
    assert!((f.value(&x).unwrap() - g.value(&map(&x)).unwrap()).abs() < 1e-13);
    let of_f = minimize(&f, x.clone(), kfac()).stopping(steps(3)).run().unwrap();
    let of_g = minimize(&g, map(&x), kfac()).stopping(steps(3)).run().unwrap();
    let error = distance(&of_g.x, &map(&of_f.x));
    assert!(error < 1e-6, "{error:.1e}");
}

/// On a quadratic model the promise is kept: the ratio is one, and the damping falls each time: with each of the first
/// ten steps, then every other one. Sought, it begins at the least.
#[test]
fn damping_follows_the_ratio() {
    let example = layer(Loss::SquaredError { variance: 1.0 });
    let f = example.mean_loss::<f64>(20);
    let x = example.point(1);
    let mut kfac = exact(1.0, KroneckerDamping::Exact);
    let first = ravine_nn::FirstDamping::Given;
    let adaptive = ravine_nn::Adaptive { every: 2, decay: 0.9, first, ..Default::default() };
    kfac.adaptive = Some(adaptive.clone());
    let oracle = ravine::oracle::Oracle::new(&f, Stopping::default());
    let mut state = kfac.start(&oracle, &x).unwrap();
    for step in 1..=14 {
        kfac.step(&oracle, &mut state).unwrap();
        let right = 0.81_f64.powi(step.min(10) + (step - 10).max(0) / 2);
        assert!((state.damping() - right).abs() < 1e-12, "{step}: {}", state.damping());
    }
    assert_eq!(state.rejected(), 0);
    let first = ravine_nn::FirstDamping::Sought;
    kfac.adaptive = Some(ravine_nn::Adaptive { first, least: 1e-3, ..adaptive });
    let mut state = kfac.start(&oracle, &x).unwrap();
    kfac.step(&oracle, &mut state).unwrap();
    assert!((state.damping() - 1e-3).abs() < 1e-12, "{}", state.damping());
}

fn matrices() -> [MatrixMethod; 6] {
    [
        MatrixMethod::Muon(Default::default()),
        MatrixMethod::Shampoo(Default::default()),
        MatrixMethod::Soap(Default::default()),
        MatrixMethod::KlShampoo(Default::default()),
        MatrixMethod::Psgd(Default::default()),
        MatrixMethod::Adam,
    ]
}

#[test]
fn adam_is_that_of_the_library() {
    let example = &all()[0];
    let f = example.mean_loss::<f64>(12);
    let x = example.point(1);
    let (step, decay) = (0.01, 0.1);
    let mut method = ByMatrix::new(MatrixMethod::Adam, f.network());
    (method.step, method.decay) = (step, decay);
    method.auxiliary.step = step;
    // Biases do not decay here; there everything does.
    let places = method.table.iter_mut().filter(|place| place.treated == Treated::Auxiliary);
    places.for_each(|place| place.treated = Treated::Matrix);
    let adamw = AdamW { step, decay, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
    let settings = Epochs { epochs: 4, batch_size: 5, ..Epochs::default() };
    let ours = minimize_sum(&f, x.clone(), method).settings(settings.clone()).run().unwrap();
    let theirs = minimize_sum(&f, x, adamw).settings(settings).run().unwrap();
    assert!(distance(&ours.x, &theirs.x) < 1e-15);
}

#[test]
fn tables_say_who_is_treated_how() {
    let network = mlp(Input::Features(vec![6]), &[5, 4], 3, Unary::Relu).unwrap();
    let matrix = |method: MatrixMethod| -> Vec<String> {
        let table = ByMatrix::new(method, &network).table;
        let matrices = table.iter().filter(|place| place.treated == Treated::Matrix);
        matrices.map(|place| format!("{} {}", place.parameter, place.shape.rows)).collect()
    };
    let [muon, shampoo, ..] = matrices();
    assert_eq!(matrix(muon), ["layer1.weight 5", "layer2.weight 4"]);
    assert_eq!(matrix(shampoo), ["layer1.weight 5", "layer2.weight 4", "layer3.weight 3"]);
    // What is frozen stays, and a table of another network is refused.
    let example = Example { name: "", network, loss: Loss::CrossEntropy };
    let f = example.mean_loss::<f64>(8);
    let x = example.point(1);
    let mut method = ByMatrix::new(MatrixMethod::Soap(Default::default()), f.network());
    method.table[2].treated = Treated::Frozen;
    let outcome = minimize_sum(&f, x.clone(), method.clone()).epochs(3).run().unwrap();
    assert_eq!(outcome.x.block(2), x.block(2));
    assert_ne!(outcome.x.block(0), x.block(0));
    method.table.pop();
    let message = minimize_sum(&f, x, method).run().unwrap_err().to_string();
    assert!(message.starts_with("table: ") && message.contains("layer3.bias"), "{message}");
}

/// Each lowers the loss of a small problem far, in either precision, and ends where it should.
#[test]
fn all_learn_exclusive_or() {
    fn learns<T: ravine_nn::Elementary>(
        name: &str,
        method: impl for<'a> OverBatches<Over<'a, MeanLoss<Cpu<T>>>>,
    ) where
        Vec<T>: ravine_linalg::vector::Pointwise + ravine_linalg::vector::Entries,
    {
        let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh).unwrap();
        let example = Example { name: "", network, loss: Loss::CrossEntropy };
        let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
        let f = example.over::<T>(&inputs, &[0.0, 1.0, 1.0, 0.0]);
        let x = f.network().start(&Cpu::<T>::new(), Some(Initialization::Lecun), 1);
        let outcome = minimize_sum(&f, x, method).batch_size(4).epochs(400).run().unwrap();
        assert!(outcome.value < 0.05, "{name}: {}", outcome.value);
    }
    let network = mlp(Input::Features(vec![2]), &[8], 2, Unary::Tanh).unwrap();
    for method in matrices() {
        let mut method = ByMatrix::new(method, &network);
        // Shampoo sums all gradients that it has seen.
        let sums = matches!(method.matrices, MatrixMethod::Shampoo(_));
        (method.step, method.auxiliary.step) = (if sums { 0.1 } else { 0.02 }, 0.02);
        let name = format!("{:?}", method.matrices);
        learns::<f64>(&name, method.clone());
        learns::<f32>(&name, method);
    }
    learns::<f64>("kfac", Kfac::default());
    learns::<f32>("kfac", Kfac::default());
}

/// The layers of a transformer and of images: all blocks have their treatment, and the loss falls.
#[test]
fn kfac_goes_through_every_kind_of_layer() {
    for example in all() {
        let f = example.mean_loss::<f64>(12).penalized(1e-3).unwrap();
        let x = example.point(2);
        let before = f.value(&x).unwrap();
        let outcome = minimize(&f, x, Kfac::default()).stopping(steps(15)).run().unwrap();
        assert!(outcome.value < before, "{}: {before} {}", example.name, outcome.value);
        assert!(outcome.value.is_finite());
    }
}

/// The same bits, whether a run was interrupted or not.
#[test]
fn runs_resume_to_the_same_bits() {
    fn resumes<M>(f: &Double, x: &Parameters, method: M)
    where
        M: for<'a> OverBatches<Over<'a, Double>> + Clone,
        for<'a> <M as Method<Over<'a, Double>>>::State:
            Clone + serde::Serialize + serde::de::DeserializeOwned,
    {
        let settings =
            Epochs { epochs: 4, batch_size: 5, point: FinalPoint::Last, ..Epochs::default() };
        let mut whole = EpochRun::new(f, method.clone(), x, settings.clone()).unwrap();
        let mut first = EpochRun::new(f, method.clone(), x, settings.clone()).unwrap();
        for _ in 0..5 {
            assert!(first.step().is_none());
        }
        let saved = serde_json::to_string(&first.checkpoint()).unwrap();
        let checkpoint = serde_json::from_str(&saved).unwrap();
        let mut second = EpochRun::resume(f, method, checkpoint, settings).unwrap();
        while whole.step().is_none() {}
        while second.step().is_none() {}
        assert_eq!(whole.outcome().x, second.outcome().x);
    }
    let example = &all()[0];
    let f = example.mean_loss::<f64>(23);
    let x = example.point(3);
    for method in matrices() {
        resumes(&f, &x, ByMatrix::new(method, f.network()));
    }
    resumes(&f, &x, Kfac::default());
    let fixed = Momentum::Fixed { step: 0.1, average: 0.9, largest: Some(1e-2) };
    resumes(&f, &x, Kfac { momentum: fixed, ..Kfac::default() });
}

#[test]
fn settings_that_cannot_be_used_are_refused() {
    let example = &all()[0];
    let f = example.mean_loss::<f64>(4);
    let x = example.point(1);
    let refused = |kfac: Kfac, name: &str| {
        let message = minimize(&f, x.clone(), kfac).run().unwrap_err().to_string();
        assert!(message.starts_with(name), "{message}");
    };
    refused(Kfac { damping: 0.0, ..Kfac::default() }, "damping");
    refused(Kfac { statistics_share: 0.0, ..Kfac::default() }, "statistics_share");
    refused(Kfac { inverses_every: 0, ..Kfac::default() }, "inverses_every");
    let fixed = Momentum::Fixed { step: f64::NAN, average: 0.9, largest: None };
    refused(Kfac { momentum: fixed, ..Kfac::default() }, "step");
    let method = ByMatrix { clip: Some(-1.0), ..ByMatrix::new(MatrixMethod::Adam, f.network()) };
    let message = minimize_sum(&f, x, method).run().unwrap_err().to_string();
    assert!(message.starts_with("clip"), "{message}");
}

/// Methods of the library on a network, over all cases: L-BFGS and a truncated Newton method with exact products.
#[test]
fn methods_of_the_library_run_on_networks() {
    let example = &all()[0];
    let f = example.mean_loss::<f64>(20).penalized(1e-2).unwrap();
    let x = example.point(3);
    let lbfgs = minimize(&f, x.clone(), ravine::methods::Lbfgs::default()).run().unwrap();
    let newton = minimize(&f, x.clone(), ravine::methods::NewtonCg::default()).run().unwrap();
    assert!(lbfgs.status.converged() && newton.status.converged());
    assert!(newton.evaluations.hessian_product > 0 && f.cases() == 20);
    let mut difference = lbfgs.x.clone();
    difference.axpy(-1.0, &newton.x);
    assert!(lbfgs.value.is_finite() && difference.norm().is_finite());
    let _: Run<'_, Double, ravine::methods::Lbfgs> =
        Run::new(&f, ravine::methods::Lbfgs::default(), &x, Stopping::default()).unwrap();
}

/// Each name gives its optimizer, which lowers the loss and resumes, as the others do.
#[test]
fn optimizers_by_name() {
    let example = &all()[0];
    let f = example.mean_loss::<f64>(16);
    let x = example.point(1);
    let before = f.value(&x).unwrap();
    for name in Optimizer::NAMES {
        let method = Optimizer::named(name, f.network()).unwrap();
        let outcome =
            minimize_sum(&f, x.clone(), method.clone()).batch_size(16).epochs(30).run().unwrap();
        assert!(outcome.value < before, "{name}: {before} {}", outcome.value);
        let none = method.with_step(f64::INFINITY);
        let refused = minimize_sum(&f, x.clone(), none).epochs(1).run();
        assert_eq!(
            refused.is_err(),
            !["kfac-adaptive", "ekfac-adaptive", "hessian-free"].contains(&name),
            "{name}"
        );
    }
}

/// Measured with what is asked, stopped where it should be, with the best parameters on the cases held out.
#[test]
fn training_measures_and_stops() {
    let example = &all()[0];
    let (f, others) = (example.mean_loss::<f64>(40), example.mean_loss::<f64>(15));
    let x = example.point(1);
    let adamw = || Optimizer::named("adamw", f.network()).unwrap().with_step(0.05);
    let epochs = Epochs { epochs: 200, batch_size: 10, ..Epochs::default() };
    let training = Training {
        epochs: epochs.clone(),
        held_out: Some(&others),
        patience: Some(3),
        ..Training::default()
    };
    let mut seen = Vec::new();
    let trained = train(&f, &x, adamw(), training, |report| {
        seen.push(report.clone());
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((seen.len(), &seen), (trained.history.len(), &trained.history));
    let held_out = |report: &EpochReport| report.held_out.unwrap().0;
    let least = seen.iter().map(held_out).fold(f64::INFINITY, f64::min);
    assert!(seen.len() < 200 && trained.status == Status::Stopped);
    assert_eq!(others.value(&trained.parameters).unwrap(), least);
    assert_eq!(seen[2].steps, 8);
    assert_eq!(seen[0].loss, f.value(&x).unwrap());
    // Its own steps are counted, not the measurements.
    let training = Training { epochs: Epochs { epochs: 3, ..epochs }, ..Training::default() };
    let trained = train(&f, &x, adamw(), training, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((trained.evaluations.gradient, trained.status), (3, Status::EpochLimit));
    let training = Training::default();
    let stopped = train(&f, &x, adamw(), training, |_| ControlFlow::Break(())).unwrap();
    assert_eq!((stopped.parameters, stopped.history.len()), (x, 1));
}

#[test]
fn settings_are_typed_by_name_or_by_path() {
    let network =
        &ravine_nn::mlp(ravine_nn::Input::Features(vec![3]), &[4], 2, ravine_nn::Unary::Tanh)
            .unwrap();
    let parse = |text: &str| Optimizer::parse(text, network).unwrap();
    let error = |text: &str| Optimizer::parse(text, network).unwrap_err().to_string();
    for name in Optimizer::NAMES {
        assert_eq!(parse(name), Optimizer::named(name, network).unwrap());
    }
    let Optimizer::Kfac(kfac) = parse("kfac:damping=1e-3, step=0.5,largest=null") else { panic!() };
    assert_eq!(kfac.damping, 1e-3);
    assert!(matches!(kfac.momentum, ravine_nn::Momentum::Fixed { step: 0.5, largest: None, .. }));
    let Optimizer::Kfac(kfac) = parse("kfac-adaptive:adaptive.every=7") else { panic!() };
    assert_eq!(kfac.adaptive.unwrap().every, 7);
    assert_eq!(parse("adamw:step=0.01").step(), Some(0.01));
    // What is in several places has to be told apart; kinds have to fit.
    assert!(
        error("kfac-adaptive:decay=0.9").contains("may be"),
        "{}",
        error("kfac-adaptive:decay=0.9")
    );
    assert!(error("adamw:steps=1").contains("there are"), "{}", error("adamw:steps=1"));
    assert!(error("adamw:step=fast").contains("step=fast"), "{}", error("adamw:step=fast"));
    assert!(error("adamw:step").contains("NAME=VALUE"));
    assert!(error("adamm:step=1").contains("must be one of"));
}
