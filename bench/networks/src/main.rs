//! Networks on one thread: see `run.sh`.

use std::error::Error;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::time::Instant;

use ravine::methods::GradientDescent;
use ravine::minimize::{EpochRun, Epochs, OverBatches};
use ravine::objective::{BatchGaussNewtonProduct, BatchGradient, BatchHessianProduct, Over};
use ravine_linalg::Vector;
use ravine_linalg::matrix::{MatrixSlice, MatrixSliceMut};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Pointwise;
use ravine_nn::precondition::{Average, KroneckerDamping, KroneckerSettings};
use ravine_nn::{
    Cases, Cpu, Initialization, Input, Kfac, KroneckerBfgs, Loss, MeanLoss, Moments, MomentsOf,
    Momentum, Network, Optimizer, Structure, Training, Unary, autoencoder, digits, mlp, train,
};
use serde_json::json;

type Single = MeanLoss<Cpu<f32>>;

const WIDTHS: [usize; 9] = [784, 1000, 500, 250, 30, 250, 500, 1000, 784];
const BATCH: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["costs"] => costs(),
        ["autoencoder", images, method, epochs] => mnist(images, method, epochs.parse()?, None),
        ["autoencoder", images, method, epochs, step] => {
            mnist(images, method, epochs.parse()?, Some(step.parse()?))
        }
        ["digits", batch, epochs] => race(batch.parse()?, epochs.parse()?, &Optimizer::NAMES, None),
        ["digits", batch, epochs, method, step] => {
            race(batch.parse()?, epochs.parse()?, &[method], Some(step.parse()?))
        }
        _ => Err(
            "costs | digits BATCH EPOCHS [METHOD STEP] | autoencoder IMAGES METHOD EPOCHS [STEP]"
                .into(),
        ),
    }
}

fn network() -> Result<Network, Box<dyn Error>> {
    Ok(autoencoder(WIDTHS[0], &WIDTHS[1..=4], Unary::Relu)?)
}

fn mean_loss(pixels: &[f32]) -> Result<Single, Box<dyn Error>> {
    let (cpu, network) = (Cpu::new(), network()?);
    let cases = Cases::new(&cpu, &network, &Loss::Bernoulli, pixels, pixels)?;
    Ok(MeanLoss::new(cpu, network, Loss::Bernoulli, cases)?.penalized(1e-5)?)
}

/// K-FAC as its published run on this network.
fn published() -> Kfac {
    Kfac {
        damping: 3.0,
        adaptive: None,
        momentum: Momentum::Fixed { step: 1.0, average: 0.9, largest: None },
        factors: KroneckerSettings {
            average: Average::Counted { decay: 0.9 },
            damping: KroneckerDamping::Even,
        },
        inverses_every: 20,
        inverses_at_first: 20,
        ..Kfac::default()
    }
}

/// Seconds of this thread on a processor, which others on the machine disturb less than the clock; where that is not
/// told, those of the clock.
fn seconds() -> f64 {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split(' ').next()?.parse::<f64>().ok());
    nanoseconds.map_or_else(
        || BEGIN.get_or_init(Instant::now).elapsed().as_secs_f64(),
        |nanoseconds| 1e-9 * nanoseconds,
    )
}

/// The fastest of some rounds, in seconds.
fn fastest(rounds: usize, mut work: impl FnMut()) -> f64 {
    let one = |_| {
        let begin = seconds();
        work();
        seconds() - begin
    };
    (0..rounds).map(one).fold(f64::INFINITY, f64::min)
}

fn costs() -> Result<(), Box<dyn Error>> {
    let mut random = Random::new(1);
    let pixels: Vec<f32> = (0..BATCH * WIDTHS[0]).map(|_| random.uniform() as f32).collect();
    let loss = mean_loss(&pixels)?;
    let start = loss.network().start(&Cpu::<f32>::new(), Some(Initialization::Uniform), 1);
    let products = fastest(7, bare_products());
    let batch: Vec<usize> = (0..BATCH).collect();
    let (mut x, mut out) = (start.clone(), start.zeros_like());
    let gradient = fastest(7, || {
        // Another point each time, so that nothing of the last one is used again.
        x.scale(1.0 + 1e-6);
        loss.batch_value_and_gradient(&x, &batch, &mut out).expect("a gradient");
    });
    let mut v = start.clone();
    v.fill_normal(&mut random);
    let hessian = fastest(7, || {
        loss.batch_hessian_product(&x, &batch, &v, &mut out).expect("a product");
    });
    let gauss_newton = fastest(7, || {
        loss.batch_gauss_newton_product(&x, &batch, &v, &mut out).expect("a product");
    });
    let sgd_step = a_step(&loss, &start, GradientDescent { step: 1e-3 })?;
    let kfac = || Kfac { inverses_at_first: 1, ..published() };
    let kfac_step = a_step(&loss, &start, kfac())?;
    // Statistics of an eighth of the batch, as published for the adaptive method.
    let eighth = || Kfac { statistics_share: 0.125, ..kfac() };
    let kfac_eighth_step = a_step(&loss, &start, eighth())?;
    let ekfac_eighth_step = a_step(&loss, &start, eighth().corrected())?;
    let mean = Moments { of: MomentsOf::MeanGradient, ..Moments::default() };
    let cheap = Kfac { structure: Structure::Corrected(mean), ..eighth() };
    let ekfac_cheap_step = a_step(&loss, &start, cheap)?;
    let tridiagonal = Kfac { structure: Structure::Tridiagonal, ..eighth() };
    let tridiagonal_step = a_step(&loss, &start, tridiagonal)?;
    let kbfgs_step = a_step(&loss, &start, KroneckerBfgs::default())?;
    let line = json!({
        "kind": "costs", "products": products, "gradient": gradient, "hessian": hessian,
        "gauss_newton": gauss_newton, "sgd_step": sgd_step, "kfac_step": kfac_step,
        "kfac_eighth_step": kfac_eighth_step, "ekfac_eighth_step": ekfac_eighth_step,
        "ekfac_cheap_step": ekfac_cheap_step, "tridiagonal_step": tridiagonal_step,
        "kbfgs_step": kbfgs_step,
    });
    println!("{line}");
    Ok(())
}

/// The mean of forty steps, two intervals of inverses.
fn a_step<'a, M>(
    loss: &'a Single,
    start: &ravine_nn::Parameters<Cpu<f32>>,
    method: M,
) -> Result<f64, Box<dyn Error>>
where
    M: OverBatches<Over<'a, Single>>,
{
    let epochs = Epochs { epochs: 100, batch_size: BATCH, ..Epochs::default() };
    let mut run = EpochRun::new(loss, method, start, epochs)?;
    run.step();
    let begin = seconds();
    for _ in 0..40 {
        if run.step().is_some() {
            return Err("the run ended".into());
        }
    }
    Ok((seconds() - begin) / 40.0)
}

/// The matrix products of a gradient: forward, to the weights, and back to all layers but the first.
fn bare_products() -> impl FnMut() {
    let mut random = Random::new(2);
    let mut drawn = |n: usize| -> Vec<f32> { (0..n).map(|_| random.normal() as f32).collect() };
    let values: Vec<Vec<f32>> = WIDTHS.iter().map(|&n| drawn(BATCH * n)).collect();
    let mut adjoints = values.clone();
    let layers: Vec<(usize, usize)> = WIDTHS.windows(2).map(|w| (w[0], w[1])).collect();
    let weights: Vec<Vec<f32>> = layers.iter().map(|&(i, o)| drawn(i * o)).collect();
    let mut slopes = weights.clone();
    move || {
        for (k, &(i, o)) in layers.iter().enumerate() {
            let (a, w) = (&values[k], &weights[k]);
            let (a, w) = (MatrixSlice::by_rows(a, BATCH, i), MatrixSlice::by_rows(w, o, i));
            MatrixSliceMut::by_rows(&mut adjoints[k + 1], BATCH, o).set_product(
                1.0,
                a,
                w.transposed(),
            );
        }
        for (k, &(i, o)) in layers.iter().enumerate().rev() {
            let (before, after) = adjoints.split_at_mut(k + 1);
            let u = MatrixSlice::by_rows(&after[0], BATCH, o);
            let a = MatrixSlice::by_rows(&values[k], BATCH, i);
            MatrixSliceMut::by_rows(&mut slopes[k], o, i).set_product(1.0, u.transposed(), a);
            if k > 0 {
                let w = MatrixSlice::by_rows(&weights[k], o, i);
                MatrixSliceMut::by_rows(&mut before[k], BATCH, i).set_product(1.0, u, w);
            }
        }
    }
}

/// Optimizers on the digits, from one start, with their usual steps or with this one.
fn race(
    batch_size: usize,
    epochs: u64,
    methods: &[&str],
    step: Option<f64>,
) -> Result<(), Box<dyn Error>> {
    let (images, labels) = digits()?;
    let pixels: Vec<f32> = images.numbers.iter().map(|p| p / 16.0).collect();
    let network = mlp(Input::Features(vec![64]), &[64], 10, Unary::Relu)?;
    let cpu = Cpu::<f32>::new();
    let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &pixels, &labels.numbers)?;
    let start = network.start(&cpu, None, 1);
    let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?;
    for name in methods {
        let mut method = Optimizer::named(name, loss.network())?;
        if let Some(step) = step {
            method = method.with_step(step);
        }
        let settings = Epochs { epochs, batch_size, ..Epochs::default() };
        let training = Training { epochs: settings, ..Training::default() };
        let trained = train(&loss, &start, method, training, |_| ControlFlow::Continue(()))?;
        let last = trained.history.last().ok_or("no epoch")?;
        println!(
            "{}",
            json!({ "kind": "digits", "method": name, "loss": last.loss, "seconds": last.seconds,
                "evaluations": trained.evaluations, "status": format!("{:?}", trained.status) })
        );
    }
    Ok(())
}

fn mnist(images: &str, method: &str, epochs: u64, step: Option<f64>) -> Result<(), Box<dyn Error>> {
    let mut pixels = ravine_data::read_idx(images.as_ref())?.numbers;
    pixels.iter_mut().for_each(|p| *p /= 255.0);
    let loss = mean_loss(&pixels)?;
    let start = loss.network().start(&Cpu::<f32>::new(), Some(Initialization::Uniform), 1);
    let mut optimizer = match method {
        "kfac" => Optimizer::Kfac(published()),
        "ekfac" => Optimizer::Kfac(published().corrected()),
        "kfac-tridiagonal" => {
            Optimizer::Kfac(Kfac { structure: Structure::Tridiagonal, ..published() })
        }
        "kfac-adaptive" => Optimizer::Kfac(Kfac { damping: 150.0, ..Kfac::default() }),
        name => Optimizer::named(name, loss.network())?,
    };
    if let Some(step) = step {
        optimizer = optimizer.with_step(step);
    }
    let settings = Epochs { epochs, batch_size: BATCH, ..Epochs::default() };
    let training = Training { epochs: settings, ..Training::default() };
    let trained = train(&loss, &start, optimizer, training, |report| {
        eprintln!(
            "{method}, epoch {}: {:.3} after {:.1} s",
            report.epoch, report.loss, report.seconds
        );
        ControlFlow::Continue(())
    })?;
    let history: Vec<_> = trained.history[1..]
        .iter()
        .map(|e| json!({ "epoch": e.epoch, "loss": e.loss, "seconds": e.seconds }))
        .collect();
    let step = step.map_or_else(|| "usual".to_owned(), |step| step.to_string());
    println!(
        "{}",
        json!({ "kind": "autoencoder", "method": method, "step": step, "epochs": history })
    );
    Ok(())
}
