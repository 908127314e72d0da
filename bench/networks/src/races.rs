//! Steps of the optimizers to a common loss: each with equally many trials of its step, from one start.

use ravine::minimize::{EpochRun, Epochs, Measure};
use ravine::objective::FiniteSum;
use ravine_nn::{
    Cases, Cpu, Input, Kfac, Loss, MeanLoss, Network, Optimizer, Parameters, Transformer, Unary,
    convolutional, digits, mlp, transformer,
};
use serde_json::json;

use crate::clock::timed;
use crate::subject::{Outcome, Single};

/// Trials of each optimizer.
const TRIALS: usize = 7;

/// A race: what is minimized, from where, in which batches.
struct Race<'a> {
    name: &'a str,
    loss: &'a Single,
    start: &'a Parameters<Cpu<f32>>,
    batch: usize,
    steps: u64,
    /// Steps from one measurement to the next.
    every: u64,
    /// The loss at which a run ends.
    target: f64,
}

impl Race<'_> {
    /// The trials of an optimizer: two steps to a decade around its own; where it finds its steps itself, dampings
    /// at its start, two to a decade below its own.
    fn trials(&self, name: &str) -> Outcome<Vec<(f64, Optimizer)>> {
        let own = Optimizer::named(name, self.loss.network())?;
        let steps = own.steps_to_try(TRIALS);
        if steps.is_empty()
            && let Optimizer::Kfac(kfac) = &own
        {
            let dampings =
                (0..TRIALS as i32).map(|k| kfac.damping * 10_f64.powf(-0.5 * f64::from(k)));
            return Ok(dampings
                .map(|damping| (damping, Optimizer::Kfac(Kfac { damping, ..kfac.clone() })))
                .collect());
        }
        Ok(steps.into_iter().map(|step| (step, own.clone().with_step(step))).collect())
    }

    /// Runs all trials, and prints the losses of each by steps and processor seconds; measuring is not counted.
    fn run(&self, methods: &[&str]) -> Outcome {
        let all: Vec<usize> = (0..self.loss.cases()).collect();
        for &name in methods {
            for (setting, optimizer) in self.trials(name)? {
                let epochs = Epochs {
                    epochs: 1_000_000,
                    batch_size: self.batch,
                    measure: Measure::Never,
                    ..Epochs::default()
                };
                let (run, mut taken) =
                    timed(|| EpochRun::new(self.loss, optimizer, self.start, epochs));
                let (mut run, mut curve, mut reached) = (run?, Vec::new(), None);
                let mut gradients = 0;
                for step in 1..=self.steps {
                    let (ended, seconds) = timed(|| run.step().is_some());
                    taken += seconds;
                    if step % self.every > 0 && !ended {
                        continue;
                    }
                    // What a method has drawn from a batch stays as it was: other cases are measured elsewhere.
                    let now = run.progress();
                    gradients = now.evaluations.gradient;
                    let at = self.loss.batch_value(now.x, &all).unwrap_or(f64::NAN);
                    curve.push(json!([step, at, taken]));
                    if at <= self.target {
                        reached = Some((step, taken));
                        break;
                    }
                    if ended || !(at < 100.0) {
                        break;
                    }
                }
                eprintln!("{} {name} {setting}: {:?}, {reached:?}", self.name, curve.last());
                println!(
                    "{}",
                    json!({
                        "kind": "race", "race": self.name, "method": name, "setting": setting,
                        "batch": self.batch, "target": self.target, "gradients": gradients,
                        "steps": reached.map(|r| r.0), "seconds": reached.map(|r| r.1), "curve": curve,
                    })
                );
            }
        }
        Ok(())
    }
}

fn of(
    network: Network,
    inputs: &[f32],
    targets: &[f32],
) -> Outcome<(Single, Parameters<Cpu<f32>>)> {
    let cpu = Cpu::<f32>::new();
    let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, inputs, targets)?;
    let start = network.start(&cpu, None, 1);
    Ok((MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?, start))
}

/// The images and classes of the digits built in.
fn images() -> Outcome<(Vec<f32>, Vec<f32>)> {
    let (images, labels) = digits()?;
    let pixels = images.numbers.iter().map(|&p| (p / 16.0) as f32).collect();
    Ok((pixels, labels.numbers.iter().map(|&n| n as f32).collect()))
}

/// The network 64-64-10 on the digits, to a loss of a hundredth over all of them: in full batches, and in some of 256,
/// by some methods, or by all.
pub fn to_a_hundredth(steps: u64, methods: &[&str]) -> Outcome {
    let (pixels, labels) = images()?;
    let network = mlp(Input::Features(vec![64]), &[64], 10, Unary::Relu)?;
    let (loss, start) = of(network, &pixels, &labels)?;
    let all = [
        "kfac-adaptive",
        "ekfac-adaptive",
        "kfac",
        "ekfac",
        "soap",
        "shampoo",
        "muon",
        "adamw",
        "k-bfgs",
        "hessian-free",
        "lbfgs",
    ];
    let methods = if methods.is_empty() { &all } else { methods };
    for (name, batch) in [("digits, all at once", loss.cases()), ("digits, 256 at once", 256)] {
        let race = Race { name, loss: &loss, start: &start, batch, steps, every: 1, target: 1e-2 };
        race.run(methods)?;
    }
    Ok(())
}

/// The optimizers that are compared on other networks.
const COMPARED: [&str; 5] = ["kfac", "shampoo", "soap", "muon", "adamw"];

/// The convolutional network on the digits.
pub fn convolution(steps: u64) -> Outcome {
    let (pixels, labels) = images()?;
    let (loss, start) = of(convolutional([8, 8, 1], [8, 16], 10)?, &pixels, &labels)?;
    let race = Race {
        name: "convolution",
        loss: &loss,
        start: &start,
        batch: 128,
        steps,
        every: 5,
        target: 0.0,
    };
    race.run(&COMPARED)
}

/// A transformer of characters on the guide's own text: Latin letters, digits and common signs, all else one symbol.
pub fn characters(texts: &[String], steps: u64) -> Outcome {
    const LENGTH: usize = 32;
    let mut text = String::new();
    for path in texts {
        text += &std::fs::read_to_string(path)?;
    }
    let symbol = |c: char| match c {
        ' '..='~' => c as u8 - b' ' + 1,
        _ => 0,
    };
    let codes: Vec<f32> = text.chars().map(|c| f32::from(symbol(c))).collect();
    let sizes = Transformer { length: LENGTH, symbols: 96, width: 32, depth: 2, heads: 4 };
    let (mut inputs, mut targets) = (Vec::new(), Vec::new());
    for window in codes.chunks_exact(LENGTH + 1).step_by(2) {
        inputs.extend_from_slice(&window[..LENGTH]);
        targets.extend_from_slice(&window[1..]);
    }
    let (loss, start) = of(transformer(&sizes)?, &inputs, &targets)?;
    let race = Race {
        name: "characters",
        loss: &loss,
        start: &start,
        batch: 32,
        steps,
        every: 10,
        target: 0.0,
    };
    race.run(&COMPARED)
}
