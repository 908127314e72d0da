//! The autoencoder of MNIST by K-FAC, with the published constant settings.
//!
//! ```sh
//! cargo run --release -p ravine-nn --example autoencoder -- train-images-idx3-ubyte kfac 2
//! ```

use std::time::Instant;

use ravine::minimize::{EpochRun, Epochs, Measure, OverBatches};
use ravine::objective::{FiniteSum, Over};
use ravine_nn::precondition::{Average, KroneckerDamping, KroneckerSettings};
use ravine_nn::{
    ByMatrix, Cases, Cpu, Initialization, Kfac, Loss, MatrixMethod, MeanLoss, Momentum, Unary,
    autoencoder,
};

type Single = MeanLoss<Cpu<f32>>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("give the file of the images")?;
    let method = arguments.next().unwrap_or_else(|| "kfac".into());
    let epochs = arguments.next().map_or(Ok(2), |n| n.parse())?;
    let step: Option<f64> = arguments.next().map(|step| step.parse()).transpose()?;
    let mut pixels = ravine_data::read_idx(path.as_ref())?.numbers;
    pixels.iter_mut().for_each(|p| *p /= 255.0);
    let network = autoencoder(784, &[1000, 500, 250, 30], Unary::Relu)?;
    let cpu = Cpu::<f32>::new();
    let cases = Cases::new(&cpu, &network, &Loss::Bernoulli, &pixels, &pixels)?;
    let start = network.start(&cpu, Some(Initialization::Uniform), 1);
    let loss = MeanLoss::new(cpu, network, Loss::Bernoulli, cases)?.penalized(1e-5)?;
    match method.as_str() {
        "kfac" => {
            let kfac = Kfac {
                damping: 3.0,
                adaptive: None,
                momentum: Momentum::Fixed {
                    step: step.unwrap_or(1.0),
                    average: 0.9,
                    largest: None,
                },
                factors: KroneckerSettings {
                    average: Average::Counted { decay: 0.9 },
                    damping: KroneckerDamping::Even,
                },
                inverses_every: 20,
                inverses_at_first: 20,
                ..Kfac::default()
            };
            train(&loss, &start, kfac, epochs)
        }
        "kfac-adaptive" => train(&loss, &start, Kfac { damping: 150.0, ..Kfac::default() }, epochs),
        name => {
            let matrices = match name {
                "muon" => MatrixMethod::Muon(Default::default()),
                "shampoo" => MatrixMethod::Shampoo(Default::default()),
                "soap" => MatrixMethod::Soap(Default::default()),
                "adam" => MatrixMethod::Adam,
                _ => return Err(format!("no method {name}").into()),
            };
            let mut method = ByMatrix::new(matrices, loss.network());
            method.step = step.unwrap_or(method.step);
            train(&loss, &start, method, epochs)
        }
    }
}

fn train<'a, M>(
    loss: &'a Single,
    start: &ravine_nn::Parameters<Cpu<f32>>,
    method: M,
    epochs: u64,
) -> Result<(), Box<dyn std::error::Error>>
where
    M: OverBatches<Over<'a, Single>>,
{
    let settings =
        Epochs { epochs, batch_size: 1000, measure: Measure::Never, ..Epochs::default() };
    let mut run = EpochRun::new(loss, method, start, settings)?;
    let begin = Instant::now();
    let mut epoch = 0;
    let mut spent = 0.0;
    let all: Vec<usize> = (0..loss.cases()).collect();
    loop {
        let ended = run.step().is_some();
        let progress = run.progress();
        if progress.epoch > epoch || ended {
            epoch = progress.epoch;
            spent += 0.0;
            let seconds = begin.elapsed().as_secs_f64() - spent;
            let measuring = Instant::now();
            let value = loss.batch_value(progress.x, &all)?;
            spent += measuring.elapsed().as_secs_f64();
            println!("epoch {epoch}: loss {value:.3} after {seconds:.1} s");
        }
        if ended {
            return Ok(());
        }
    }
}
