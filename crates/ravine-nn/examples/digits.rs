//! A race of optimizers on handwritten digits, from one start: a network of one hidden layer, batches of 128, the
//! usual step of each.
//!
//! ```sh
//! cargo run --release -p ravine-nn --example digits
//! ```

use std::ops::ControlFlow;

use ravine::minimize::Epochs;
use ravine_nn::{
    Cases, Cpu, Input, Loss, MeanLoss, Optimizer, Training, Unary, digits, mlp, train,
};

/// Cases that networks learn from; the others are held out.
const LEARNT: usize = 1400;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (images, labels) = digits()?;
    let pixels: Vec<f32> = images.numbers.iter().map(|p| p / 16.0).collect();
    let network = mlp(Input::Features(vec![64]), &[64], 10, Unary::Relu)?;
    let cpu = Cpu::<f32>::new();
    let over = |from: usize, to: usize| {
        let (inputs, targets) = (&pixels[64 * from..64 * to], &labels.numbers[from..to]);
        let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, inputs, targets)?;
        MeanLoss::new(cpu, network.clone(), Loss::CrossEntropy, cases)
    };
    let (loss, held_out) = (over(0, LEARNT)?, over(LEARNT, labels.numbers.len())?);
    let start = network.start(&cpu, None, 1);
    println!("{:<14} {:>6} {:>10} {:>9} {:>10}", "method", "steps", "loss", "held out", "seconds");
    for name in Optimizer::NAMES {
        let method = Optimizer::named(name, &network)?;
        let epochs = Epochs { epochs: 20, batch_size: 128, ..Epochs::default() };
        let training = Training { epochs, held_out: Some(&held_out), ..Training::default() };
        let trained = train(&loss, &start, method, training, |_| ControlFlow::Continue(()))?;
        let last = trained.history.last().ok_or("no epoch")?;
        let right = last.held_out.and_then(|(_, right)| right).unwrap_or(f64::NAN);
        println!(
            "{name:<14} {:>6} {:>10.5} {:>8.1}% {:>10.3}",
            last.steps,
            last.loss,
            100.0 * right,
            last.seconds
        );
        assert!(last.loss < 0.5, "{name} has not learnt the digits");
    }
    Ok(())
}
