//! EKFAC, block-tridiagonal K-FAC, the natural gradient, Hessian-free and K-BFGS against dense algebra.

use ravine::minimize::{Method, Stopping, minimize};
use ravine::objective::{FiniteSum, Gradient, Objective};
use ravine::oracle::Oracle;
use ravine_linalg::Vector;
use ravine_linalg::matrix::{Lu, Matrix, SymmetricEigen};
use ravine_linalg::random::Random;
use ravine_nn::precondition::{
    Average, KBfgs, KBfgsSettings, KroneckerDamping, KroneckerSettings, Shape,
};
use ravine_nn::{
    Adaptive, AdaptiveGamma, BlockStatistics, Builder, Covered, Cpu, FirstDamping, FisherSolve,
    HessianFree, Input, Kfac, KroneckerBfgs, Loss, MeanLoss, Moments, MomentsOf, Momentum,
    NaturalGradient, OutputGradients, Promise, Sharing, Structure, Unary, mlp,
};

use crate::differences::distance;
use crate::networks::{Example, Parameters, all};

type Double = MeanLoss<Cpu<f64>>;

const SQUARES: Loss = Loss::SquaredError { variance: 0.5 };

fn layer(loss: Loss) -> Example {
    let network = mlp(Input::Features(vec![4]), &[], 3, Unary::Tanh).unwrap();
    Example { name: "layer", network, loss }
}

fn steps(count: u64) -> Stopping {
    Stopping { iterations: Some(count), ..Stopping::default() }
}

/// One step of length one along the preconditioned gradient, nothing averaged.
fn bare(structure: Structure, damping: f64) -> Kfac {
    Kfac {
        damping,
        structure,
        adaptive: None,
        momentum: Momentum::Fixed { step: 1.0, average: 0.0, largest: None },
        gradients: OutputGradients::Exact,
        ..Kfac::default()
    }
}

fn cases(f: &Double) -> Vec<usize> {
    (0..f.cases()).collect()
}

fn gradient(f: &Double, x: &Parameters) -> Parameters {
    let mut g = x.zeros_like();
    f.value_and_gradient(x, &mut g).unwrap();
    g
}

/// `-(x_1 - x_0)` of one step.
fn direction<M>(f: &Double, x: &Parameters, method: &M) -> Parameters
where
    M: Method<Double>,
{
    let oracle = Oracle::new(f, Stopping::default());
    let mut state = method.start(&oracle, x).unwrap();
    method.step(&oracle, &mut state).unwrap();
    let mut d = x.clone();
    d.axpy(-1.0, &method.iterate(&state).x);
    d
}

fn statistics(f: &Double, x: &Parameters) -> Vec<BlockStatistics<Vec<f64>>> {
    let how = (OutputGradients::Exact, Sharing::Expand);
    let random = &mut Random::new(1);
    f.block_statistics(x, &cases(f), &f.network().coverage(), how, random).unwrap()
}

/// `(W b)` with these entries, by rows.
fn put(block: &Covered, joined: &[f64], out: &mut Parameters) {
    let rows = block.bias.map_or(1, |bias| out.block(bias).len());
    match block.bias {
        None => out.blocks_mut()[block.weight].copy_from_slice(joined),
        Some(bias) => {
            let columns = joined.len() / rows;
            for i in 0..rows {
                let row = &joined[i * columns..][..columns];
                out.blocks_mut()[bias][i] = row[columns - 1];
                let of = &mut out.blocks_mut()[block.weight];
                of[i * (columns - 1)..][..columns - 1].copy_from_slice(&row[..columns - 1]);
            }
        }
    }
}

fn take(block: &Covered, from: &Parameters) -> Vec<f64> {
    let weight = from.block(block.weight);
    let Some(bias) = block.bias else { return weight.clone() };
    let bias = from.block(bias);
    let columns = weight.len() / bias.len();
    let rows = weight.chunks(columns).zip(bias);
    rows.flat_map(|(row, b)| row.iter().copied().chain([*b])).collect()
}

/// Its moments are the diagonal of the Fisher information itself in the eigenbases, also where a case uses the
/// weights at several places, or two layers use them.
#[test]
fn ekfac_divides_by_the_diagonal_of_the_fisher_information_in_the_eigenbases() {
    for name in ["tanh", "images", "shared"] {
        let example = all().into_iter().find(|example| example.name == name).unwrap();
        let (f, x, lambda) = (example.mean_loss::<f64>(9), example.point(4), 0.01);
        let g = gradient(&f, &x);
        let average = Average::Counted { decay: 0.95 };
        let moments = Moments { average, ..Moments::default() };
        let d = direction(&f, &x, &bare(Structure::Corrected(moments), lambda));
        for (block, statistics) in f.network().coverage().iter().zip(statistics(&f, &x)) {
            let BlockStatistics::Kronecker { inputs, gradients } = statistics else { continue };
            let (i, o) = (inputs.len().isqrt(), gradients.len().isqrt());
            let basis = |n, entries| SymmetricEigen::new(&Matrix::from_entries(n, n, entries));
            let (a, s) = (basis(i, inputs).unwrap(), basis(o, gradients).unwrap());
            let (g, mut right) = (take(block, &g), vec![0.0; o * i]);
            let mut trace = 0.0;
            for k in 0..o {
                for l in 0..i {
                    let (us, ua) = (s.vectors().column(k), a.vectors().column(l));
                    let u: Vec<f64> =
                        us.iter().flat_map(|s| ua.iter().map(move |a| s * a)).collect();
                    let (mut v, mut product) = (x.zeros_like(), x.zeros_like());
                    put(block, &u, &mut v);
                    f.fisher_product(&x, &cases(&f), &v, &mut product).unwrap();
                    let moment = v.dot(&product);
                    trace += moment;
                    let along: f64 = u.iter().zip(&g).map(|(u, g)| u * g).sum();
                    right.iter_mut().zip(&u).for_each(|(r, u)| *r += u * along / (moment + lambda));
                }
            }
            assert!(trace > 0.0);
            let error = distance(&take(block, &d), &right);
            assert!(error < 1e-9, "{name}, block {}: {error:.1e}", block.weight);
        }
    }
}

/// The cheap form counts the gradient of the batch alone: with one case and its own target that is the same.
#[test]
fn ekfac_by_the_mean_gradient_of_one_case_is_that_of_the_case() {
    let example = &all()[0];
    let (f, x) = (example.mean_loss::<f64>(1).penalized(0.1).unwrap(), example.point(4));
    let of = |of| {
        let moments = Moments { of, ..Moments::default() };
        let gradients = OutputGradients::Empirical;
        Kfac { gradients, ..bare(Structure::Corrected(moments), 0.3) }
    };
    let [cases, mean] = [MomentsOf::Cases, MomentsOf::MeanGradient].map(of);
    let error = distance(&direction(&f, &x, &mean), &direction(&f, &x, &cases));
    assert!(error < 1e-9, "{error:.1e}");
}

/// Of a deep linear network with two layers the matrix has damped blocks, and beside them the Fisher information
/// itself.
#[test]
fn the_tridiagonal_inverse_has_the_blocks_of_the_fisher_information() {
    let (mut net, x) = Builder::new(Input::Features(vec![3]));
    let x = net.linear("first", x, 2).unwrap();
    let z = net.linear_without_bias("second", x, 3).unwrap();
    let example = Example { name: "", network: net.finish(z).unwrap(), loss: SQUARES };
    let (f, x, lambda) = (example.mean_loss::<f64>(8), example.point(4), 0.2_f64);
    let coverage = f.network().coverage();
    let sizes: Vec<usize> = coverage.iter().map(|block| take(block, &x).len()).collect();
    let n = sizes.iter().sum();
    let mut dense = Matrix::zeros(n, n);
    let mut column = 0;
    for (k, block) in coverage.iter().enumerate() {
        for entry in 0..sizes[k] {
            let mut unit = vec![0.0; sizes[k]];
            unit[entry] = 1.0;
            let (mut v, mut product) = (x.zeros_like(), x.zeros_like());
            put(block, &unit, &mut v);
            f.fisher_product(&x, &cases(&f), &v, &mut product).unwrap();
            let all = coverage.iter().flat_map(|block| take(block, &product));
            dense.column_mut(column).iter_mut().zip(all).for_each(|(to, x)| *to = x);
            column += 1;
        }
    }
    let mut first = 0;
    for (k, statistics) in statistics(&f, &x).into_iter().enumerate() {
        let BlockStatistics::Kronecker { inputs, gradients } = statistics else { panic!() };
        let (i, o) = (inputs.len().isqrt(), gradients.len().isqrt());
        let mean = |m: &[f64], n: usize| (0..n).map(|j| m[j * n + j]).sum::<f64>() / n as f64;
        let pi = (mean(&inputs, i) / mean(&gradients, o)).sqrt();
        let damped = |m: &[f64], n: usize, r: usize, c: usize, shift: f64| {
            m[r * n + c] + if r == c { shift } else { 0.0 }
        };
        for row in 0..sizes[k] {
            for col in 0..sizes[k] {
                dense[(first + row, first + col)] =
                    damped(&gradients, o, row / i, col / i, lambda.sqrt() / pi)
                        * damped(&inputs, i, row % i, col % i, lambda.sqrt() * pi);
            }
        }
        first += sizes[k];
    }
    let g = gradient(&f, &x);
    let mut right: Vec<f64> = coverage.iter().flat_map(|block| take(block, &g)).collect();
    Lu::new(&dense).unwrap().solve(&mut right);
    let d = direction(&f, &x, &bare(Structure::Tridiagonal, lambda));
    let found: Vec<f64> = coverage.iter().flat_map(|block| take(block, &d)).collect();
    let error = distance(&found, &right);
    assert!(error < 1e-10, "{error:.1e}");
    // And that is not the block-diagonal one.
    let alone = direction(&f, &x, &bare(Structure::Kronecker, lambda));
    assert!(distance(&alone, &d) > 1e-2);
    // What is in no chain is as it is without.
    let shared = &all()[7];
    let (f, x) = (shared.mean_loss::<f64>(8), shared.point(1));
    let [with, without] = [Structure::Tridiagonal, Structure::Kronecker]
        .map(|structure| direction(&f, &x, &bare(structure, 0.1)));
    assert_eq!(with, without);
}

/// Where blocks are exact and damped exactly, the best gamma is the root of lambda, which falls with each of the first
/// steps: it follows that down, a step at each look.
#[test]
fn gamma_follows_lambda() {
    let example = layer(Loss::SquaredError { variance: 1.0 });
    let (f, x) = (example.mean_loss::<f64>(20), example.point(1));
    let factors =
        KroneckerSettings { damping: KroneckerDamping::Exact, ..KroneckerSettings::default() };
    for promise in [Promise::Damped, Promise::Undamped] {
        let kfac = Kfac {
            adaptive: Some(Adaptive {
                every: 2,
                decay: 0.9,
                promise,
                first: FirstDamping::Given,
                ..Adaptive::default()
            }),
            gamma: Some(AdaptiveGamma { every: 2, decay: 0.9 }),
            gradients: OutputGradients::Exact,
            factors: factors.clone(),
            ..Kfac::default()
        };
        let oracle = Oracle::new(&f, Stopping::default());
        let mut state = kfac.start(&oracle, &x).unwrap();
        for step in 1..=7_u32 {
            kfac.step(&oracle, &mut state).unwrap();
            let (lambda, gamma) =
                (0.81_f64.powi(step as i32), 0.9_f64.powi(((step - 1) / 2) as i32));
            assert!((state.damping() - lambda).abs() < 1e-12, "{step}: {}", state.damping());
            let found = state.gamma().unwrap();
            assert!((found - gamma).abs() < 1e-12, "{step}: {found} {gamma}");
        }
    }
    let fixed = Kfac { gamma: Some(AdaptiveGamma::default()), ..bare(Structure::Kronecker, 1.0) };
    let message = minimize(&f, x, fixed).run().unwrap_err().to_string();
    assert!(message.starts_with("gamma"), "{message}");
}

/// Dense, by conjugate gradients, and as Hessian-free finds it, it is the same system.
#[test]
fn natural_gradients_solve_the_damped_system() {
    for example in all() {
        let (f, x) = (example.mean_loss::<f64>(9).penalized(0.01).unwrap(), example.point(2));
        let lambda = 0.05;
        let dense = NaturalGradient { step: 1.0, damping: lambda, ..NaturalGradient::default() };
        let d = direction(&f, &x, &dense);
        let mut residual = x.zeros_like();
        f.fisher_product(&x, &cases(&f), &d, &mut residual).unwrap();
        residual.axpy(lambda, &d);
        let error = distance(&residual, &gradient(&f, &x));
        assert!(error < 1e-9, "{}: {error:.1e}", example.name);
        let solve = FisherSolve::Cg { tolerance: 1e-10, iterations: 1000 };
        let by_cg = NaturalGradient { solve, ..dense };
        let error = distance(&direction(&f, &x, &by_cg), &d);
        assert!(error < 1e-6, "{}: {error:.1e}", example.name);
    }
}

#[test]
fn what_is_too_large_for_a_matrix_is_refused_in_words() {
    let example = &all()[0];
    let (f, x) = (example.mean_loss::<f64>(5), example.point(2));
    let dense = NaturalGradient { solve: FisherSolve::Dense { most: 40 }, ..Default::default() };
    let message = minimize(&f, x, dense).run().unwrap_err().to_string();
    assert!(
        message.contains("43 parameters") && message.contains("at most 40; take cg"),
        "{message}"
    );
}

/// Least squares in one step where the damping is next to nothing, with the preconditioner and without; the
/// promise is kept, so that the damping falls each time, from warm starts too.
#[test]
fn hessian_free_keeps_its_promise_on_a_quadratic() {
    let example = layer(SQUARES);
    let (f, x) = (example.mean_loss::<f64>(20), example.point(1));
    for power in [0.0, 0.75] {
        let exact = HessianFree { damping: 1e-12, rate: 1e-12, power, ..HessianFree::default() };
        let once = minimize(&f, x.clone(), exact).stopping(steps(1)).run().unwrap();
        assert!(once.gradient_norm < 1e-8, "{power}: {:.1e}", once.gradient_norm);
    }
    for promise in [Promise::Damped, Promise::Undamped] {
        let oracle = Oracle::new(&f, Stopping::default());
        let method = HessianFree { promise, ..HessianFree::default() };
        let mut state = method.start(&oracle, &x).unwrap();
        for step in 1..=4 {
            method.step(&oracle, &mut state).unwrap();
            let right = 1.5_f64.powi(-step);
            assert!((state.damping() - right).abs() < 1e-12, "{step}: {}", state.damping());
        }
        assert_eq!(state.rejected(), 0);
    }
}

/// At the minimizer there is nothing to promise: it stays, and says so, without a number that is none.
#[test]
fn hessian_free_stays_at_a_minimizer() {
    let example = layer(SQUARES);
    let (f, x) = (example.mean_loss::<f64>(20), example.point(1));
    let exact = HessianFree { damping: 1e-12, rate: 1e-12, ..HessianFree::default() };
    let there = minimize(&f, x, exact.clone()).stopping(steps(4)).run().unwrap().x;
    let oracle = Oracle::new(&f, Stopping::default());
    let mut state = exact.start(&oracle, &there).unwrap();
    for _ in 0..3 {
        exact.step(&oracle, &mut state).unwrap();
        assert!(state.damping().is_finite());
    }
    let iterate = Method::<Double>::iterate(&exact, &state);
    assert!(distance(&iterate.x, &there) < 1e-8);
}

/// Its loss never rises on the batch of the step, on any kind of layer, and the damped system that it solves is
/// that of the natural gradient.
#[test]
fn hessian_free_never_rises() {
    for example in all() {
        let f = example.mean_loss::<f64>(12).penalized(1e-3).unwrap();
        let x = example.point(2);
        let oracle = Oracle::new(&f, Stopping::default());
        let method = HessianFree::default();
        let mut state = method.start(&oracle, &x).unwrap();
        let mut before = f.value(&x).unwrap();
        for _ in 0..5 {
            method.step(&oracle, &mut state).unwrap();
            let value = Method::<Double>::iterate(&method, &state).value;
            assert!(value <= before, "{}: {before} {value}", example.name);
            before = value;
        }
        assert!(before < f.value(&x).unwrap() - 1e-3, "{}", example.name);
    }
}

/// Two steps on one layer by hand: means of inputs, of outputs and of the gradients of single cases.
#[test]
fn k_bfgs_on_one_layer_is_its_arithmetic() {
    let example = layer(Loss::SquaredError { variance: 0.25 });
    let (inputs, targets) = example.drawn(7, 3);
    let (f, x) = (example.over::<f64>(&inputs, &targets), example.point(1));
    let method = KroneckerBfgs { step: 0.2, average: 0.5, ..KroneckerBfgs::default() };
    let with_ones: Vec<f64> =
        inputs.chunks(4).flat_map(|a| a.iter().copied().chain([1.0])).collect();
    let mut factors = KBfgs::new(Shape::new(3, 5), KBfgsSettings::default());
    let block = &f.network().coverage()[0];
    let means = |x: &Parameters| -> [Vec<f64>; 2] {
        let z = f.outputs(x, &cases(&f)).unwrap();
        let mean = |k: usize| z.iter().skip(k).step_by(3).sum::<f64>() / 7.0;
        let of = |k: usize| targets.iter().skip(k).step_by(3).sum::<f64>() / 7.0;
        // The gradient of one case is (z - t) / variance.
        [(0..3).map(mean).collect(), (0..3).map(|k| (mean(k) - of(k)) / 0.25).collect()]
    };
    let (mut by_hand, mut m) = (x.clone(), vec![0.0; 15]);
    for _ in 0..2 {
        let g = take(block, &gradient(&f, &by_hand));
        m.iter_mut().zip(&g).for_each(|(m, g)| *m = 0.5 * *m + 0.5 * g);
        factors.observe_inputs(7, &with_ones);
        let mut d = vec![0.0; 15];
        factors.direction(&m, &mut d);
        let [z, s] = means(&by_hand);
        let mut step = x.zeros_like();
        put(block, &d, &mut step);
        by_hand.axpy(-0.2, &step);
        let [mut dz, mut ds] = means(&by_hand);
        dz.axpy(-1.0, &z);
        ds.axpy(-1.0, &s);
        factors.observe_pair(&dz, &ds);
    }
    let outcome = minimize(&f, x, method).stopping(steps(2)).run().unwrap();
    assert!(distance(&outcome.x, &by_hand) < 1e-12);
    // A gradient at the start, one at each new point, and one for each pair.
    assert_eq!(outcome.evaluations.gradient, 5);
}
