//! Small networks with every operation and every loss, and cases for them.

use ravine_linalg::random::Random;
use ravine_linalg::vector::{Partitioned, Pointwise};
use ravine_nn::layers::Kernel;
use ravine_nn::ops::{Linear, Operation, Pooling};
use ravine_nn::{
    Builder, Cases, Cpu, Elementary, Initialization, Input, Loss, MeanLoss, Network, NetworkError,
    Transformer, Unary, mlp, transformer,
};

pub type Parameters = Partitioned<Vec<f64>>;

pub struct Example {
    pub name: &'static str,
    pub network: Network,
    pub loss: Loss,
}

fn of(name: &'static str, network: Result<Network, NetworkError>, loss: Loss) -> Example {
    Example { name, network: network.unwrap(), loss }
}

/// A layer that is used twice, with a product of tensors, a softmax and sums along axes between.
fn shared() -> Result<Network, NetworkError> {
    let (mut net, x) = Builder::new(Input::Features(vec![3, 4]));
    let weight = net.parameter("shared", "weight", [4, 4], Initialization::Lecun)?;
    let bias = net.parameter("shared", "bias", [4], Initialization::Normal(0.5))?;
    let once = net.operation("shared", Operation::Linear(Linear), &[x, weight, bias])?;
    let once = net.entrywise(once, Unary::Tanh)?;
    let twice = net.operation("shared", Operation::Linear(Linear), &[once, weight])?;
    let shares = net.softmax(twice)?;
    let product = net.multiply(once, shares)?;
    let square = net.multiply(product, product)?;
    let sum = net.add(product, square)?;
    let scaled = net.scaled(sum, 1.7)?;
    let mean = net.mean_along(scaled, 0)?;
    let over = net.sum_along(scaled, 1)?;
    let left = net.linear("left", mean, 3)?;
    let right = net.linear_without_bias("right", over, 3)?;
    let z = net.add(left, right)?;
    net.finish(z)
}

fn images() -> Result<Network, NetworkError> {
    let (mut net, x) = Builder::new(Input::Features(vec![6, 7, 2]));
    let kernel = Kernel { size: [3, 2], stride: [1, 2], padding: [1, 0] };
    let x = net.convolution("first", x, 3, kernel)?;
    let x = net.entrywise(x, Unary::Softplus)?;
    let x = net.pool(
        "means",
        x,
        Pooling::Mean,
        Kernel { size: [2, 1], stride: [2, 1], padding: [0; 2] },
    )?;
    let x = net.convolution("second", x, 4, Kernel::square(2))?;
    let x = net.pool("largest", x, Pooling::Max, Kernel::square(2))?;
    let x = net.flatten(x)?;
    let z = net.linear("last", x, 3)?;
    net.finish(z)
}

/// One with each operation and each loss.
pub fn all() -> Vec<Example> {
    let input = |n| Input::Features(vec![n]);
    let tiny = Transformer { length: 4, symbols: 5, width: 4, depth: 1, heads: 2 };
    vec![
        of("tanh", mlp(input(3), &[4, 3], 3, Unary::Tanh), Loss::CrossEntropy),
        of("sigmoid", mlp(input(3), &[4], 2, Unary::Sigmoid), Loss::Bernoulli),
        of("gelu", mlp(input(3), &[4], 4, Unary::Gelu), Loss::GaussianWithVariance),
        of("softplus", mlp(input(3), &[4], 2, Unary::Softplus), Loss::Poisson),
        of(
            "squares",
            mlp(input(3), &[5], 2, Unary::SquaredRelu),
            Loss::SquaredError { variance: 0.5 },
        ),
        of("relu", mlp(input(3), &[5, 4], 2, Unary::Relu), Loss::SquaredError { variance: 1.0 }),
        of("images", images(), Loss::CrossEntropy),
        of("shared", shared(), Loss::CrossEntropy),
        of("transformer", transformer(&tiny), Loss::CrossEntropy),
    ]
}

impl Example {
    /// Inputs and targets of so many cases.
    pub fn drawn(&self, count: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
        let mut random = Random::new(seed);
        let entries = count * self.network.input().entries();
        let inputs = match self.network.input() {
            Input::Features(_) => (0..entries).map(|_| random.normal()).collect(),
            Input::Symbols { count, .. } => {
                (0..entries).map(|_| random.below(*count) as f64).collect()
            }
        };
        let output = self.network.output();
        let width = output.width();
        let of_case = output.rows() * self.loss.target_width(width);
        let mut target = || match self.loss {
            Loss::CrossEntropy => random.below(width) as f64,
            Loss::Bernoulli => random.uniform(),
            Loss::Poisson => random.below(5) as f64,
            Loss::SquaredError { .. } | Loss::GaussianWithVariance => random.normal(),
        };
        (inputs, (0..count * of_case).map(|_| target()).collect())
    }

    pub fn over<T: Elementary>(&self, inputs: &[f64], targets: &[f64]) -> MeanLoss<Cpu<T>> {
        let cpu = Cpu::new();
        let cases = Cases::new(&cpu, &self.network, &self.loss, inputs, targets).unwrap();
        MeanLoss::new(cpu, self.network.clone(), self.loss, cases).unwrap()
    }

    pub fn mean_loss<T: Elementary>(&self, count: usize) -> MeanLoss<Cpu<T>> {
        let (inputs, targets) = self.drawn(count, 1);
        self.over(&inputs, &targets)
    }

    /// Parameters, biases and gains too, that are no special ones.
    pub fn point(&self, seed: u64) -> Parameters {
        let mut x = self.network.start(&Cpu::<f64>::new(), Some(Initialization::Lecun), seed);
        let mut noise = x.clone();
        noise.fill_normal(&mut Random::new(seed));
        ravine_linalg::Vector::axpy(&mut x, 0.2, &noise);
        x
    }
}
