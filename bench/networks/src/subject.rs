//! What is measured: the autoencoder of MNIST, and optimizers with settings from the command line.

use std::error::Error;
use std::path::Path;

use ravine_nn::precondition::{Average, KroneckerDamping, KroneckerSettings};
use ravine_nn::{
    Cases, Cpu, Kfac, Loss, MeanLoss, Momentum, Network, Optimizer, Structure, Unary, autoencoder,
};
use serde_json::Value;

pub type Single = MeanLoss<Cpu<f32>>;
pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

pub const WIDTHS: [usize; 9] = [784, 1000, 500, 250, 30, 250, 500, 1000, 784];
pub const PENALTY: f64 = 1e-5;

/// The network 784-1000-500-250-30 and back, of rectified units.
pub fn network() -> Outcome<Network> {
    Ok(autoencoder(WIDTHS[0], &WIDTHS[1..=4], Unary::Relu)?)
}

/// The loss of images that are their own targets.
pub fn mean_loss(pixels: &[f32]) -> Outcome<Single> {
    let (cpu, network) = (Cpu::new(), network()?);
    let cases = Cases::new(&cpu, &network, &Loss::Bernoulli, pixels, pixels)?;
    Ok(MeanLoss::new(cpu, network, Loss::Bernoulli, cases)?.penalized(PENALTY)?)
}

/// Pixels in [0, 1] of a file of images.
pub fn pixels(images: &str) -> Outcome<Vec<f32>> {
    let mut pixels = ravine_data::read_idx(Path::new(images))?.numbers;
    pixels.iter_mut().for_each(|p| *p /= 255.0);
    Ok(pixels.iter().map(|&p| p as f32).collect())
}

/// K-FAC as its published run on the autoencoder.
pub fn published() -> Kfac {
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

/// An optimizer by name, or one of those with published settings, whose names begin with `published`.
pub fn optimizer(name: &str, network: &Network) -> Outcome<Optimizer> {
    Ok(match name {
        "published-kfac" => Optimizer::Kfac(published()),
        "published-ekfac" => Optimizer::Kfac(published().corrected()),
        "published-tridiagonal" => {
            Optimizer::Kfac(Kfac { structure: Structure::Tridiagonal, ..published() })
        }
        "published-adaptive" => Optimizer::Kfac(Kfac { damping: 150.0, ..Kfac::default() }),
        name => Optimizer::named(name, network)?,
    })
}

/// The optimizer with some of its settings from an object: nested as they are written in a checkpoint.
pub fn changed(optimizer: &Optimizer, settings: &Value) -> Outcome<Optimizer> {
    let mut all = serde_json::to_value(optimizer)?;
    let kind = all.as_object_mut().and_then(|all| all.values_mut().next());
    merge(kind.ok_or("an optimizer has settings")?, settings);
    Ok(serde_json::from_value(all)?)
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}
