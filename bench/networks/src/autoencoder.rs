//! The autoencoder of MNIST within a budget of processor seconds.

use ravine::Status;
use ravine::minimize::{EpochRun, Epochs, Measure, StepSchedule};
use ravine::objective::FiniteSum;
use ravine_nn::{Cpu, Initialization};
use serde_json::{Value, json};

use crate::clock::{peak_megabytes, seconds, timed};
use crate::subject::{Outcome, changed, mean_loss, optimizer, pixels};

/// What a run may be told: `key=value`.
struct Settings {
    step: Option<f64>,
    batch: usize,
    budget: f64,
    /// Epochs, in place of as many as fit into the budget.
    epochs: Option<u64>,
    /// The last factor of the step, which falls to it along a cosine; 1 for a constant step.
    last: f64,
    warm: u64,
    seed: u64,
    set: Value,
}

impl Settings {
    fn read(arguments: &[String]) -> Outcome<Self> {
        let mut s = Self {
            step: None,
            batch: 1000,
            budget: 120.0,
            epochs: None,
            last: 1.0,
            warm: 0,
            seed: 0,
            set: json!({}),
        };
        for argument in arguments {
            let (key, value) = argument.split_once('=').ok_or("settings are key=value")?;
            match key {
                "step" => s.step = Some(value.parse()?),
                "batch" => s.batch = value.parse()?,
                "seconds" => s.budget = value.parse()?,
                "epochs" => s.epochs = Some(value.parse()?),
                "last" => s.last = value.parse()?,
                "warm" => s.warm = value.parse()?,
                "seed" => s.seed = value.parse()?,
                "set" => s.set = serde_json::from_str(value)?,
                _ => return Err(format!("no setting is called {key}").into()),
            }
        }
        Ok(s)
    }
}

/// Steps that tell what one takes: two intervals of inverses.
const TRIAL: u32 = 40;

/// Trains, and prints the loss over all images after each epoch and at the end of the budget; measuring is not counted.
pub fn run(images: &str, method: &str, arguments: &[String]) -> Outcome {
    let settings = Settings::read(arguments)?;
    let pixels = pixels(images)?;
    let (loss, measured) = (mean_loss(&pixels)?, mean_loss(&pixels)?);
    let start = loss.network().start(&Cpu::<f32>::new(), Some(Initialization::Uniform), 1);
    let mut optimizer = changed(&optimizer(method, loss.network())?, &settings.set)?;
    if let Some(step) = settings.step {
        optimizer = optimizer.with_step(step);
    }
    let cosine = StepSchedule::Cosine { last: settings.last };
    let schedule = match (settings.last < 1.0, settings.warm) {
        (false, 0) => StepSchedule::Constant,
        (true, 0) => cosine,
        (falls, steps) => {
            let then = if falls { cosine } else { StepSchedule::Constant };
            StepSchedule::WarmUp { steps, then: Box::new(then) }
        }
    };
    let epochs = |epochs| Epochs {
        epochs,
        batch_size: settings.batch,
        schedule: schedule.clone(),
        measure: Measure::Never,
        seed: settings.seed,
        ..Epochs::default()
    };
    let per_epoch = loss.cases().div_ceil(settings.batch) as f64;
    let count = match settings.epochs {
        Some(count) => count,
        // As many as fit, so that a falling step has fallen when the time is over.
        None => {
            let mut trial = EpochRun::new(&loss, optimizer.clone(), &start, epochs(1000))?;
            trial.step();
            let ((), taken) = timed(|| (0..TRIAL).for_each(|_| _ = trial.step()));
            let epoch = taken / f64::from(TRIAL) * per_epoch;
            ((settings.budget / epoch).floor() as u64).max(1)
        }
    };
    let mut run = EpochRun::new(&loss, optimizer, &start, epochs(count))?;
    let all: Vec<usize> = (0..loss.cases()).collect();
    let (mut taken, mut epoch, mut history) = (0.0, 0, Vec::new());
    loop {
        let (status, of_step) = timed(|| run.step().cloned());
        taken += of_step;
        let now = run.progress();
        let over = taken >= settings.budget || status.is_some();
        if now.epoch > epoch || over {
            epoch = now.epoch;
            let at = if now.x.blocks().iter().all(|b| b.iter().all(|x| x.is_finite())) {
                measured.batch_value(now.x, &all)?
            } else {
                f64::NAN
            };
            let exact = now.step as f64 / per_epoch;
            eprintln!(
                "{method} {arguments:?}: epoch {exact:.2} of {count}, {at:.3} after {taken:.1} s"
            );
            history.push(json!({ "epoch": exact, "loss": at, "seconds": taken }));
            if over || !(at < 600.0) {
                let status = status.unwrap_or(Status::TimeLimit);
                println!(
                    "{}",
                    json!({
                        "kind": "autoencoder", "method": method, "settings": arguments,
                        "planned": count, "steps": now.step, "loss": at, "seconds": taken,
                        "epochs": history, "status": format!("{status:?}"),
                        "began": seconds() - taken, "peak_megabytes": peak_megabytes(),
                    })
                );
                return Ok(());
            }
        }
    }
}
