//! What gradients, products and steps of the autoencoder cost, a batch of a thousand at a time.

use ravine::methods::GradientDescent;
use ravine::minimize::{EpochRun, Epochs, Measure};
use ravine::objective::{BatchGaussNewtonProduct, BatchGradient, BatchHessianProduct};
use ravine_linalg::Vector;
use ravine_linalg::matrix::{MatrixSlice, MatrixSliceMut};
use ravine_linalg::random::Random;
use ravine_linalg::vector::Pointwise;
use ravine_nn::{Cpu, Initialization, Kfac, Moments, MomentsOf, Optimizer, Parameters, Structure};
use serde_json::{Map, Value, json};

use crate::clock::{peak_megabytes, timed};
use crate::subject::{Outcome, Single, WIDTHS, changed, mean_loss, optimizer, published};

const BATCH: usize = 1000;
/// Rounds in which all are measured, one after another, so that what disturbs one disturbs all.
const ROUNDS: usize = 7;
/// Rounds of steps.
const STEP_ROUNDS: usize = 2;
/// Steps of a round, an interval of inverses.
const STEPS: u32 = 20;

/// The methods whose steps are measured, each with inverses or bases as often as it usually has them, K-FAC every
/// twenty steps.
fn methods(loss: &Single) -> Outcome<Vec<(&'static str, Optimizer)>> {
    let kfac = || Kfac { inverses_at_first: 1, ..published() };
    // Statistics of an eighth of the batch, as published for the adaptive method.
    let eighth = || Kfac { statistics_share: 0.125, ..kfac() };
    let mean = Moments { of: MomentsOf::MeanGradient, ..Moments::default() };
    let named = |name| optimizer(name, loss.network());
    Ok(vec![
        ("sgd_step", Optimizer::Sgd(GradientDescent { step: 1e-3 })),
        ("adamw_step", named("adamw")?),
        ("kfac_step", Optimizer::Kfac(eighth())),
        ("kfac_rare_step", Optimizer::Kfac(Kfac { statistics_every: 20, ..kfac() })),
        ("kfac_whole_step", Optimizer::Kfac(kfac())),
        ("ekfac_step", Optimizer::Kfac(eighth().corrected())),
        (
            "ekfac_cheap_step",
            Optimizer::Kfac(Kfac { structure: Structure::Corrected(mean), ..eighth() }),
        ),
        (
            "tridiagonal_step",
            Optimizer::Kfac(Kfac { structure: Structure::Tridiagonal, ..eighth() }),
        ),
        ("kbfgs_step", named("k-bfgs")?),
        ("soap_step", named("soap")?),
        ("shampoo_step", named("shampoo")?),
        (
            "soap_whole_step",
            changed(&named("soap")?, &json!({"matrices": {"soap": {"block": null}}}))?,
        ),
        (
            "shampoo_rare_step",
            changed(&named("shampoo")?, &json!({"matrices": {"shampoo": {"period": 20}}}))?,
        ),
        (
            "shampoo_whole_step",
            changed(&named("shampoo")?, &json!({"matrices": {"shampoo": {"block": 1024}}}))?,
        ),
        ("kl_shampoo_step", named("kl-shampoo")?),
        ("muon_step", named("muon")?),
    ])
}

fn subject() -> Outcome<(Single, Parameters<Cpu<f32>>)> {
    let mut random = Random::new(1);
    let pixels: Vec<f32> = (0..BATCH * WIDTHS[0]).map(|_| random.uniform() as f32).collect();
    let loss = mean_loss(&pixels)?;
    let start = loss.network().start(&Cpu::<f32>::new(), Some(Initialization::Uniform), 1);
    Ok((loss, start))
}

fn epochs() -> Epochs {
    Epochs { epochs: 100_000, batch_size: BATCH, measure: Measure::Never, ..Epochs::default() }
}

/// The fastest round of everything, in processor seconds; of steps, the mean of a round.
pub fn run() -> Outcome {
    let (loss, start) = subject()?;
    let batch: Vec<usize> = (0..BATCH).collect();
    let mut products = bare_products();
    let (mut x, mut out, mut v) = (start.clone(), start.zeros_like(), start.clone());
    v.fill_normal(&mut Random::new(3));
    let mut line = Map::new();
    let mut see = |name: &str, seconds: f64| {
        let entry = line.entry(name).or_insert(json!(f64::INFINITY));
        let least = entry.as_f64().unwrap_or(f64::INFINITY).min(seconds);
        *entry = json!(least);
    };
    for _ in 0..ROUNDS {
        see("products", timed(&mut products).1);
        // Another point each time, so that nothing of the last one is used again.
        x.scale(1.0 + 1e-6);
        let (gradient, seconds) = timed(|| loss.batch_value_and_gradient(&x, &batch, &mut out));
        gradient?;
        see("gradient", seconds);
        let (product, seconds) = timed(|| loss.batch_hessian_product(&x, &batch, &v, &mut out));
        product?;
        see("hessian", seconds);
        let (product, seconds) =
            timed(|| loss.batch_gauss_newton_product(&x, &batch, &v, &mut out));
        product?;
        see("gauss_newton", seconds);
    }
    let mut runs = Vec::new();
    for (name, method) in methods(&loss)? {
        let mut run = EpochRun::new(&loss, method, &start, epochs())?;
        run.step();
        runs.push((name, run));
    }
    // Nothing of the evaluation is left to the next run: each is at a point of its own.
    for _ in 0..STEP_ROUNDS {
        see("products", timed(&mut products).1);
        for (name, run) in &mut runs {
            let (ended, seconds) = timed(|| (0..STEPS).any(|_| run.step().is_some()));
            if ended {
                return Err(format!("the run of {name} ended").into());
            }
            see(name, seconds / f64::from(STEPS));
        }
    }
    line.insert("kind".into(), json!("costs"));
    println!("{}", Value::Object(line));
    Ok(())
}

/// The peak of the memory of one kind of step, which has this process for itself.
pub fn memory(name: &str) -> Outcome {
    let (loss, start) = subject()?;
    let before = peak_megabytes();
    let method = match name {
        "sgd" => Optimizer::Sgd(GradientDescent { step: 1e-3 }),
        name => {
            methods(&loss)?
                .into_iter()
                .find(|(known, _)| *known == format!("{name}_step"))
                .ok_or("no such step")?
                .1
        }
    };
    let mut run = EpochRun::new(&loss, method, &start, epochs())?;
    (0..=STEPS).for_each(|_| _ = run.step());
    println!(
        "{}",
        json!({ "kind": "memory", "method": name, "before": before, "peak": peak_megabytes() })
    );
    Ok(())
}

/// One kind of step again and again, for a profiler.
pub fn work(name: &str, rounds: usize) -> Outcome {
    let (loss, start) = subject()?;
    let (_, method) = methods(&loss)?
        .into_iter()
        .find(|(known, _)| *known == format!("{name}_step"))
        .ok_or("no such step")?;
    let mut run = EpochRun::new(&loss, method, &start, epochs())?;
    run.step();
    let ((), seconds) = timed(|| (0..rounds).for_each(|_| _ = run.step()));
    println!("{}", json!({ "kind": "work", "method": name, "step": seconds / rounds as f64 }));
    Ok(())
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
