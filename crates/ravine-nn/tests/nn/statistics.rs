//! Statistics of layers against the Fisher information itself.

use ravine_linalg::Vector;
use ravine_linalg::random::Random;
use ravine_linalg::vector::{Entries, Pointwise};
use ravine_nn::layers::Kernel;
use ravine_nn::ops::{Linear, Operation};
use ravine_nn::{
    BlockStatistics, Builder, Cases, Cover, Cpu, Initialization, Input, Loss, MeanLoss, Network,
    OutputGradients, Sharing, Unary, mlp,
};

use crate::differences::distance;
use crate::networks::{Example, Parameters, all};

type Double = MeanLoss<Cpu<f64>>;

fn example(network: Network, loss: Loss) -> Example {
    Example { name: "", network, loss }
}

fn statistics(
    f: &Double,
    x: &Parameters,
    how: (OutputGradients, Sharing),
    random: &mut Random,
) -> Vec<BlockStatistics<Vec<f64>>> {
    let all: Vec<usize> = (0..ravine::objective::FiniteSum::cases(f)).collect();
    f.block_statistics(x, &all, &f.network().coverage(), how, random).unwrap()
}

/// `S V A` for every block that is a Kronecker product, zeros for the others; biases in their column.
fn applied(f: &Double, blocks: &[BlockStatistics<Vec<f64>>], v: &Parameters) -> Parameters {
    let mut product = v.zeros_like();
    for (block, covered) in blocks.iter().zip(f.network().coverage()) {
        let BlockStatistics::Kronecker { inputs, gradients } = block else { continue };
        let outputs = gradients.len().isqrt();
        let width = inputs.len().isqrt();
        let columns = v.block(covered.weight).len() / outputs;
        let at = |i: usize, j: usize| match covered.bias {
            Some(bias) if j == columns => v.block(bias)[i],
            _ => v.block(covered.weight)[i * columns + j],
        };
        for i in 0..outputs {
            for j in 0..width {
                let terms = (0..outputs).flat_map(|k| (0..width).map(move |l| (k, l)));
                let sum: f64 = terms
                    .map(|(k, l)| gradients[i * outputs + k] * at(k, l) * inputs[l * width + j])
                    .sum();
                match covered.bias {
                    Some(bias) if j == columns => product.blocks_mut()[bias][i] = sum,
                    _ => product.blocks_mut()[covered.weight][i * columns + j] = sum,
                }
            }
        }
    }
    product
}

/// The Fisher information without what is between different layers.
fn block_diagonal(f: &Double, x: &Parameters, v: &Parameters) -> Parameters {
    let all: Vec<usize> = (0..ravine::objective::FiniteSum::cases(f)).collect();
    let mut result = v.zeros_like();
    for covered in f.network().coverage() {
        let mut only = v.zeros_like();
        let blocks: Vec<usize> = std::iter::once(covered.weight).chain(covered.bias).collect();
        blocks.iter().for_each(|&p| only.blocks_mut()[p].copy_from(v.block(p)));
        let mut product = v.zeros_like();
        f.fisher_product(x, &all, &only, &mut product).unwrap();
        blocks.iter().for_each(|&p| result.blocks_mut()[p].copy_from(product.block(p)));
    }
    result
}

fn error_of(f: &Double, x: &Parameters, how: (OutputGradients, Sharing)) -> f64 {
    let blocks = statistics(f, x, how, &mut Random::new(1));
    let mut v = x.clone();
    v.fill_normal(&mut Random::new(2));
    distance(&applied(f, &blocks, &v), &block_diagonal(f, x, &v))
}

const SQUARES: Loss = Loss::SquaredError { variance: 0.5 };

fn deep_linear(input: Input, positions: bool) -> Network {
    let (mut net, x) = Builder::new(input);
    let x = net.linear("first", x, 4).unwrap();
    let x = net.linear_without_bias("second", x, 3).unwrap();
    let x = if positions { net.mean_along(x, 0).unwrap() } else { x };
    let z = net.linear("third", x, 2).unwrap();
    net.finish(z).unwrap()
}

/// The scale of the blocks, biases among them, with one case and with more.
#[test]
fn kronecker_blocks_of_deep_linear_networks_are_the_fisher_information() {
    for cases in [1, 7] {
        let shape = Input::Features(vec![5]);
        let f = example(deep_linear(shape, false), SQUARES);
        let (x, f) = (f.point(3), f.mean_loss::<f64>(cases));
        let error = error_of(&f, &x, (OutputGradients::Exact, Sharing::Expand));
        assert!(error < 1e-13, "{cases}: {error:.1e}");
        // A case has one place: reducing changes nothing.
        assert!(error_of(&f, &x, (OutputGradients::Exact, Sharing::Reduce)) < 1e-13);
    }
}

/// With three places of inputs whose mean is not zero: where the outputs are of every place, places are
/// cases; where they are pooled, the places are to be reduced; either is wrong where the other is right.
#[test]
fn places_expand_or_reduce() {
    for pooled in [false, true] {
        let network = deep_linear(Input::Features(vec![3, 5]), pooled);
        let f = example(network, SQUARES);
        let (mut inputs, targets) = f.drawn(6, 4);
        inputs.iter_mut().for_each(|x| *x += 1.0);
        let (x, f) = (f.point(3), f.over::<f64>(&inputs, &targets));
        let error = |sharing| error_of(&f, &x, (OutputGradients::Exact, sharing));
        let (expand, reduce) = (error(Sharing::Expand), error(Sharing::Reduce));
        let (right, wrong) = if pooled { (reduce, expand) } else { (expand, reduce) };
        assert!(right < 1e-13 && wrong > 0.05, "{pooled}: {expand:.1e} {reduce:.1e}");
    }
}

/// One window: the order of its entries is that of the weights.
#[test]
fn windows_lie_as_weights_do() {
    let (mut net, x) = Builder::new(Input::Features(vec![3, 2, 2]));
    let kernel = Kernel { size: [3, 2], stride: [1, 1], padding: [0, 0] };
    let x = net.convolution("first", x, 4, kernel).unwrap();
    let x = net.flatten(x).unwrap();
    let z = net.linear("last", x, 3).unwrap();
    let f = example(net.finish(z).unwrap(), SQUARES);
    let (x, f) = (f.point(3), f.mean_loss::<f64>(5));
    assert!(error_of(&f, &x, (OutputGradients::Exact, Sharing::Expand)) < 1e-13);
}

/// Inputs without mean that do not depend on their places: the block is T times `S (x) A`, all of it.
#[test]
fn convolutions_of_noise_are_near_their_blocks() {
    let (mut net, x) = Builder::new(Input::Features(vec![3, 3, 2]));
    let x = net.convolution("only", x, 2, Kernel::square(1)).unwrap();
    let z = net.flatten(x).unwrap();
    let f = example(net.finish(z).unwrap(), SQUARES);
    let (x, f) = (f.point(3), f.mean_loss::<f64>(4000));
    let error = error_of(&f, &x, (OutputGradients::Exact, Sharing::Expand));
    assert!(error < 0.05, "{error}");
}

#[test]
fn sampled_and_propagated_gradients_tend_to_the_expectation() {
    let network = mlp(Input::Features(vec![3]), &[4], 3, Unary::Tanh).unwrap();
    for loss in [Loss::CrossEntropy, Loss::Bernoulli] {
        let f = example(network.clone(), loss);
        let (x, f) = (f.point(3), f.mean_loss::<f64>(6));
        let exact =
            statistics(&f, &x, (OutputGradients::Exact, Sharing::Expand), &mut Random::new(1));
        for gradients in [OutputGradients::Sampled, OutputGradients::Propagated] {
            let mut random = Random::new(3);
            // The error of a mean falls as the root of their number.
            let mut errors = [0.0; 2];
            for (draws, error) in [(200, 0), (20_000, 1)] {
                let mut mean = vec![0.0; 9];
                for _ in 0..draws {
                    let drawn = statistics(&f, &x, (gradients, Sharing::Expand), &mut random);
                    let BlockStatistics::Kronecker { gradients, .. } = &drawn[1] else { panic!() };
                    mean.axpy(1.0 / f64::from(draws), gradients);
                }
                let BlockStatistics::Kronecker { gradients, .. } = &exact[1] else { panic!() };
                errors[error] = distance(&mean, gradients);
            }
            assert!(errors[1] < 0.02, "{gradients:?}: {errors:?}");
            assert!(errors[1] < errors[0] / 3.0, "{gradients:?}: {errors:?}");
        }
    }
}

/// What is drawn from the model does not know the targets; the empirical matrix consists of them.
#[test]
fn targets_do_not_enter_what_is_drawn() {
    let f = &all()[0];
    let (inputs, targets) = f.drawn(6, 4);
    let others: Vec<f64> = targets.iter().map(|t| (t + 1.0) % 3.0).collect();
    let x = f.point(1);
    let (f, g) = (f.over::<f64>(&inputs, &targets), f.over::<f64>(&inputs, &others));
    for gradients in [OutputGradients::Sampled, OutputGradients::Propagated, OutputGradients::Exact]
    {
        let how = (gradients, Sharing::Expand);
        let [of_f, of_g] = [&f, &g].map(|f| statistics(f, &x, how, &mut Random::new(5)));
        assert_eq!(of_f, of_g, "{gradients:?}");
    }
    let how = (OutputGradients::Empirical, Sharing::Expand);
    let [of_f, of_g] = [&f, &g].map(|f| statistics(f, &x, how, &mut Random::new(5)));
    assert_ne!(of_f, of_g);
}

/// A weight that is used twice, with its bias once and without it once.
#[test]
fn a_bias_counts_where_it_is_used() {
    let (mut net, x) = Builder::new(Input::Features(vec![3]));
    let weight = net.parameter("both", "weight", [3, 3], Initialization::Lecun).unwrap();
    let bias = net.parameter("both", "bias", [3], Initialization::Normal(1.0)).unwrap();
    let x = net.operation("both", Operation::Linear(Linear), &[x, weight, bias]).unwrap();
    let x = net.entrywise(x, Unary::Tanh).unwrap();
    let z = net.operation("both", Operation::Linear(Linear), &[x, weight]).unwrap();
    let f = example(net.finish(z).unwrap(), SQUARES);
    let coverage = f.network.coverage();
    assert_eq!(coverage.len(), 1);
    assert_eq!(
        (coverage[0].weight, coverage[0].bias, coverage[0].by),
        (0, Some(1), Cover::Kronecker)
    );
    let (x, f) = (f.point(3), f.mean_loss::<f64>(4));
    let blocks = statistics(&f, &x, (OutputGradients::Exact, Sharing::Expand), &mut Random::new(1));
    let BlockStatistics::Kronecker { inputs, .. } = &blocks[0] else { panic!() };
    assert_eq!(inputs[15], 0.5);
}

#[test]
fn diagonals_and_counts_of_symbols() {
    let example = &all()[8];
    let cases = 3;
    let f = example.mean_loss::<f64>(cases);
    let x = example.point(2);
    let coverage = f.network().coverage();
    let named = |name: &str| {
        let is = |p: usize| f.network().parameters()[p].name == name;
        coverage.iter().position(|block| is(block.weight)).unwrap()
    };
    let (gain, table) = (named("last.gain"), named("symbols.table"));
    assert_eq!((coverage[gain].by, coverage[table].by), (Cover::Diagonal, Cover::Embedding));
    // The diagonal of the Fisher information by its products with unit vectors.
    let p = coverage[gain].weight;
    let all: Vec<usize> = (0..cases).collect();
    let right: Vec<f64> = (0..4)
        .map(|i| {
            let (mut unit, mut product) = (x.zeros_like(), x.zeros_like());
            unit.blocks_mut()[p].set(i, 1.0);
            f.fisher_product(&x, &all, &unit, &mut product).unwrap();
            product.block(p)[i]
        })
        .collect();
    let mut random = Random::new(4);
    let mut mean = vec![0.0; 4];
    for _ in 0..4000 {
        let how = (OutputGradients::Sampled, Sharing::Expand);
        let drawn = statistics(&f, &x, how, &mut random);
        let BlockStatistics::Diagonal(diagonal) = &drawn[gain] else { panic!() };
        mean.axpy(1.0 / 4000.0, diagonal);
        let BlockStatistics::Embedding { shares, .. } = &drawn[table] else { panic!() };
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-14);
    }
    assert!(distance(&mean, &right) < 0.06, "{mean:?} {right:?}");
}

#[test]
fn statistics_of_parts_add_up() {
    let example = &all()[0];
    let (inputs, targets) = example.drawn(2500, 3);
    let f = example.over::<f64>(&inputs, &targets);
    let x = example.point(2);
    let how = (OutputGradients::Exact, Sharing::Expand);
    let whole = statistics(&f, &x, how, &mut Random::new(1));
    let mut random = Random::new(1);
    let cpu = Cpu::new();
    let mut mean = vec![0.0; 16];
    for part in inputs.chunks(3 * 500).zip(targets.chunks(500)) {
        let cases = Cases::new(&cpu, &example.network, &example.loss, part.0, part.1).unwrap();
        let part = MeanLoss::new(cpu, example.network.clone(), example.loss, cases).unwrap();
        let blocks = statistics(&part, &x, how, &mut random);
        let BlockStatistics::Kronecker { gradients, .. } = &blocks[0] else { panic!() };
        mean.axpy(0.2, gradients);
    }
    let BlockStatistics::Kronecker { gradients, .. } = &whole[0] else { panic!() };
    assert!(distance(&mean, gradients) < 1e-12);
}
