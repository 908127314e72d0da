//! A network and its cases as a finite sum.

use std::cell::RefCell;

use ravine::FunctionError;
#[cfg(feature = "training")]
use ravine::checkpoint::checksum;
use ravine::objective::{
    BatchGaussNewtonProduct, BatchGradient, BatchHessianProduct, CaseGradients, Evaluation,
    FiniteSum, GaussNewtonProduct, Gradient, HessianProduct, Objective,
};
use ravine_linalg::matrix::Matrix;
use ravine_linalg::vector::Partitioned;
use ravine_linalg::{ArgumentError, Vector};

use crate::backend::{Backend, Onto};
use crate::cases::Cases;
use crate::loss::{Head, Loss, Through};
use crate::network::Network;
use crate::tape::{Adjoints, Parameters, Room, Tape};

/// Cases that are evaluated together, at most: their tensors lie in memory side by side.
const CHUNK: usize = 500;

/// The mean loss of a network over cases, with a penalty:
///
/// `f(theta) = 1/(N T) sum_n sum_t l(z_nt(theta), y_nt) + sum_k eta_k/2 |theta_k|^2`,
///
/// over N cases with T rows of outputs each (one, but for sequences) and blocks `theta_k` of the
/// parameters. It is a sum over cases as any other: every method, curvature and spectrum of the library takes
/// it, over all cases or a batch. Products at one point and batch share one evaluation of the network.
///
/// | product | matrix, of the mean loss and the penalty |
/// |---|---|
/// | [`HessianProduct`] | the Hessian, exactly |
/// | [`GaussNewtonProduct`] | `1/(N T) sum J' H J + eta`, H the Hessian of the loss in the outputs |
/// | [`fisher_product`](Self::fisher_product) | with the Fisher information F of the outputs instead of H |
/// | [`empirical_fisher_product`](Self::empirical_fisher_product) | `1/N sum g_n g_n' + eta`, `g_n` the gradient of case n |
///
/// ```
/// use ravine::methods::Lbfgs;
/// use ravine::minimize;
/// use ravine_nn::{Cases, Cpu, Input, Loss, MeanLoss, Unary, mlp};
///
/// // Exclusive or.
/// let network = mlp(Input::Features(vec![2]), &[4], 2, Unary::Tanh)?;
/// let cpu = Cpu::<f64>::new();
/// let inputs = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
/// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &inputs, &[0.0, 1.0, 1.0, 0.0])?;
/// let start = network.start(&cpu, None, 3);
/// let loss = MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?.penalized(1e-4)?;
/// let outcome = minimize(&loss, start, Lbfgs::default()).run()?;
/// assert!(outcome.value < 0.05);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MeanLoss<B: Backend> {
    network: Network,
    backend: B,
    head: Head,
    cases: Cases<B>,
    penalty: Vec<f64>,
    work: RefCell<Work<B>>,
}

/// The last evaluation.
struct Work<B: Backend> {
    /// Where it was, if its tensors are all still there.
    at: Option<Parameters<B>>,
    batch: Vec<usize>,
    chunks: Vec<Chunk<B>>,
    room: Room<B>,
    scratch: B::Buffer,
}

/// Some cases of a batch.
pub(crate) struct Chunk<B: Backend> {
    pub tape: Tape<B>,
    pub targets: B::Buffer,
    /// Whether the adjoints of the loss are there.
    swept: bool,
}

/// What stands between the tangents of the outputs and the adjoints of a product.
#[derive(Clone, Copy)]
enum Middle {
    Loss(Through),
    /// The gradients of the cases.
    Empirical,
}

impl<B: Backend> MeanLoss<B> {
    /// Of a network, a loss of its outputs and cases, without a penalty.
    ///
    /// # Errors
    ///
    /// Outputs that do not fit the loss.
    pub fn new(
        backend: B,
        network: Network,
        loss: Loss,
        cases: Cases<B>,
    ) -> Result<Self, ArgumentError> {
        let width = network.output().width();
        loss.check(width)?;
        let penalty = vec![0.0; network.parameters().len()];
        let work = Work {
            at: None,
            batch: Vec::new(),
            chunks: Vec::new(),
            room: Room::new(&network),
            scratch: B::Buffer::default(),
        };
        let head = Head { loss, width };
        Ok(Self { network, backend, head, cases, penalty, work: RefCell::new(work) })
    }

    /// With the same penalty eta for every parameter.
    ///
    /// # Errors
    ///
    /// If it is negative or not finite.
    pub fn penalized(self, eta: f64) -> Result<Self, ArgumentError> {
        let all = vec![eta; self.penalty.len()];
        self.penalized_by_block(all)
    }

    /// With a penalty for each block of the parameters.
    ///
    /// # Errors
    ///
    /// If one is negative or not finite, or there are not as many as blocks.
    pub fn penalized_by_block(mut self, eta: Vec<f64>) -> Result<Self, ArgumentError> {
        let blocks = self.penalty.len();
        let allowed = format!("one for each of {blocks} blocks");
        ArgumentError::check(eta.len() == blocks, "penalty", eta.len(), &allowed)?;
        for &eta in &eta {
            let valid = eta >= 0.0 && eta.is_finite();
            ArgumentError::check(valid, "penalty", eta, "finite and not negative")?;
        }
        self.penalty = eta;
        Ok(self)
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The loss.
    pub fn loss(&self) -> &Loss {
        &self.head.loss
    }

    /// Where it is evaluated.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    /// The penalty of each block.
    pub fn penalty(&self) -> &[f64] {
        &self.penalty
    }

    /// The same network and loss over other cases, without the penalty: to measure on cases held out.
    ///
    /// # Errors
    ///
    /// See [`new`](Self::new).
    pub fn over(&self, cases: Cases<B>) -> Result<Self, ArgumentError>
    where
        B: Clone,
    {
        Self::new(self.backend.clone(), self.network.clone(), self.head.loss, cases)
    }

    /// A number that tells its cases from others: the CRC-32 of their inputs and targets, in double precision.
    #[cfg(feature = "training")]
    pub fn fingerprint(&self) -> u32 {
        let mut bytes = Vec::new();
        for numbers in [&self.cases.inputs, &self.cases.targets] {
            let numbers = self.backend.download(numbers);
            bytes.extend(numbers.iter().flat_map(|x| x.to_le_bytes()));
        }
        checksum(&bytes)
    }

    /// `product = F_S(x) direction` with the Fisher information of the network's predictions; for all losses
    /// but the Gaussian with its variance it is the Gauss-Newton matrix.
    ///
    /// # Errors
    ///
    /// An empty batch, or a case that there is not.
    pub fn fisher_product(
        &self,
        x: &Parameters<B>,
        cases: &[usize],
        direction: &Parameters<B>,
        product: &mut Parameters<B>,
    ) -> Evaluation {
        self.through_outputs(x, cases, Middle::Loss(Through::Fisher), direction, product)
    }

    /// `product = 1/|S| sum_n g_n g_n' direction + eta direction` with the gradients `g_n` of the loss of each
    /// case at its own target. It is no Fisher information, and no curvature far from a good fit.
    ///
    /// Source: Kunstner, Balles and Hennig, Limitations of the empirical Fisher approximation (2019).
    ///
    /// # Errors
    ///
    /// An empty batch, or a case that there is not.
    pub fn empirical_fisher_product(
        &self,
        x: &Parameters<B>,
        cases: &[usize],
        direction: &Parameters<B>,
        product: &mut Parameters<B>,
    ) -> Evaluation {
        self.through_outputs(x, cases, Middle::Empirical, direction, product)
    }

    /// `M_ij = v_i' F v_j + sum_k eta_k v_ik' v_jk` for some directions, F the Fisher information of the batch: by
    /// tangents alone.
    ///
    /// # Errors
    ///
    /// An empty batch, or a case that there is not.
    pub fn fisher_form(
        &self,
        x: &Parameters<B>,
        cases: &[usize],
        directions: &[&Parameters<B>],
    ) -> Evaluation<Matrix> {
        let Self { network, backend, head, .. } = self;
        let (scale, k) = (self.scale(cases.len()), directions.len());
        let mut form = Matrix::zeros(k, k);
        self.each_chunk(x, cases, |chunk, scratch| {
            let mut tangents = Vec::new();
            for (j, v) in directions.iter().enumerate() {
                chunk.tape.tangents(network, backend, x, v);
                let dz = chunk.tape.output_tangent(network);
                backend.resize(scratch, dz.dimension());
                let at = (chunk.tape.output(network), &chunk.targets);
                backend.loss_product(head, Through::Fisher, scale, at, dz, scratch);
                tangents.push(dz.clone());
                for (i, du) in tangents.iter().enumerate() {
                    form[(i, j)] += du.dot(scratch);
                }
            }
        })?;
        for (j, v) in directions.iter().enumerate() {
            for (i, u) in directions[..=j].iter().enumerate() {
                let blocks = self.penalty.iter().zip(u.blocks().iter().zip(v.blocks()));
                form[(i, j)] += blocks.map(|(eta, (u, v))| eta * u.dot(v)).sum::<f64>();
                form[(j, i)] = form[(i, j)];
            }
        }
        Ok(form)
    }

    /// The outputs of the network for each case of a batch, one after another.
    ///
    /// # Errors
    ///
    /// An empty batch, or a case that there is not.
    pub fn outputs(&self, x: &Parameters<B>, cases: &[usize]) -> Evaluation<Vec<f64>> {
        let mut outputs = Vec::new();
        self.each_chunk(x, cases, |chunk, _| {
            outputs.extend(self.backend.download(chunk.tape.output(&self.network)));
        })?;
        Ok(outputs)
    }

    /// The share of rows of outputs, of some cases, whose largest entry is that of their class; nothing for
    /// losses that know no classes.
    ///
    /// # Errors
    ///
    /// An empty batch, or a case that there is not.
    pub fn accuracy(&self, x: &Parameters<B>, cases: &[usize]) -> Evaluation<Option<f64>> {
        Ok(self.value_and_accuracy(x, cases)?.1)
    }

    /// The value over a batch, and the [accuracy](Self::accuracy), by one evaluation.
    ///
    /// # Errors
    ///
    /// An empty batch, or a case that there is not.
    pub fn value_and_accuracy(
        &self,
        x: &Parameters<B>,
        cases: &[usize],
    ) -> Evaluation<(f64, Option<f64>)> {
        let classes = self.head.loss == Loss::CrossEntropy;
        let (mut total, mut right) = (0.0, 0_u32);
        self.each_chunk(x, cases, |chunk, _| {
            total += self.loss_of(chunk);
            if classes {
                let outputs = self.backend.download(chunk.tape.output(&self.network));
                let targets = self.backend.download(&chunk.targets);
                for (z, &target) in outputs.chunks_exact(self.head.width).zip(&targets) {
                    let best =
                        (0..z.len()).fold(0, |best, k| if z[k] > z[best] { k } else { best });
                    right += u32::from(best as f64 == target);
                }
            }
        })?;
        let value = self.scale(cases.len()) * total + self.penalty_at(x);
        let rows = (cases.len() * self.terms()) as f64;
        Ok((value, classes.then(|| f64::from(right) / rows)))
    }

    /// The sum of the losses of a chunk.
    fn loss_of(&self, chunk: &Chunk<B>) -> f64 {
        self.backend.loss(&self.head, chunk.tape.output(&self.network), &chunk.targets)
    }

    /// The loss with its outputs.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Its cases.
    pub(crate) fn of_cases(&self) -> &Cases<B> {
        &self.cases
    }

    /// Rows of outputs of a case.
    pub(crate) fn terms(&self) -> usize {
        self.network.output().rows()
    }

    fn check(&self, cases: &[usize]) -> Evaluation {
        let all = self.cases.count;
        if cases.is_empty() {
            return Err(FunctionError::from("a batch has no cases"));
        }
        match cases.iter().find(|&&case| case >= all) {
            Some(case) => Err(format!("there is no case {case}; there are {all}, from 0").into()),
            None => Ok(()),
        }
    }

    /// Calls `use_chunk` for each chunk of the batch, evaluated at x, with the scale `1/(N T)` of a loss in
    /// the mean.
    pub(crate) fn each_chunk(
        &self,
        x: &Parameters<B>,
        cases: &[usize],
        mut use_chunk: impl FnMut(&mut Chunk<B>, &mut B::Buffer),
    ) -> Evaluation {
        let mut work = self.work.borrow_mut();
        let Work { at, batch, chunks, room, scratch } = &mut *work;
        let mut use_in_room = |chunk: &mut Chunk<B>| {
            chunk.tape.exchange(room);
            use_chunk(chunk, scratch);
            chunk.tape.exchange(room);
        };
        if at.as_ref() == Some(x) && batch == cases {
            chunks.iter_mut().for_each(use_in_room);
            return Ok(());
        }
        self.check(cases)?;
        let count = cases.len().div_ceil(CHUNK);
        let kept = count <= self.chunks_kept();
        let before = at.take();
        chunks.truncate(if kept { count } else { 1 });
        for (k, cases) in cases.chunks(CHUNK).enumerate() {
            let k = if kept { k } else { 0 };
            if k == chunks.len() {
                let tape = Tape::new(&self.network);
                chunks.push(Chunk { tape, targets: B::Buffer::default(), swept: false });
            }
            let chunk = &mut chunks[k];
            self.record(chunk, x, cases);
            use_in_room(chunk);
        }
        if kept {
            batch.clear();
            batch.extend_from_slice(cases);
            *at = Some(match before {
                Some(mut before) if before.dimension() == x.dimension() => {
                    before.copy_from(x);
                    before
                }
                _ => x.clone(),
            });
        }
        Ok(())
    }

    /// Calls `use_chunk` for each chunk of the batch with the adjoints of the mean loss in it: those of its gradient
    /// at x, if that was the last evaluation.
    pub(crate) fn each_swept(
        &self,
        x: &Parameters<B>,
        cases: &[usize],
        mut use_chunk: impl FnMut(&Chunk<B>),
    ) -> Evaluation {
        let scale = self.scale(cases.len());
        self.each_chunk(x, cases, |chunk, _| {
            if !chunk.swept {
                self.sweep(chunk, x, scale, None);
            }
            use_chunk(chunk);
        })
    }

    /// Whether the batch at x was evaluated last, and all its tensors are still there.
    pub(crate) fn holds(&self, x: &Parameters<B>, cases: &[usize]) -> bool {
        let work = self.work.borrow();
        work.at.as_ref() == Some(x) && work.batch == cases
    }

    /// Chunks whose tensors are kept: of about a gigabyte.
    fn chunks_kept(&self) -> usize {
        let of_cases = self.network.nodes.iter().filter(|node| node.shape.by_case);
        let entries: usize = of_cases.map(|node| node.shape.entries()).sum();
        // Values and adjoints, in double precision.
        let bytes = entries.saturating_mul(CHUNK * 2 * 8);
        ((1 << 30) / bytes.max(1)).max(1)
    }

    fn record(&self, chunk: &mut Chunk<B>, x: &Parameters<B>, cases: &[usize]) {
        let Self { network, backend, .. } = self;
        chunk.swept = false;
        let width = network.input().entries();
        chunk.tape.record(network, backend, x, cases.len(), |inputs| {
            backend.rows(width, &self.cases.inputs, cases, inputs);
        });
        let width = self.terms() * self.head.loss.target_width(self.head.width);
        backend.rows(width, &self.cases.targets, cases, &mut chunk.targets);
    }

    /// The adjoints of the loss of each row: of l itself where `scale` is 1.
    fn sweep(
        &self,
        chunk: &mut Chunk<B>,
        x: &Parameters<B>,
        scale: f64,
        out: Option<(Onto, &mut Parameters<B>)>,
    ) {
        let Self { network, backend, head, .. } = self;
        let Chunk { tape, targets, swept } = chunk;
        let seed = |z: &B::Buffer, _: &B::Buffer, u: &mut B::Buffer| {
            backend.loss_slope(head, scale, z, targets, u);
        };
        tape.back(network, backend, x, Adjoints::OfLoss, seed, out);
        *swept = true;
    }

    /// The scale of one loss in the mean.
    fn scale(&self, cases: usize) -> f64 {
        1.0 / (cases * self.terms()) as f64
    }

    /// Adds `eta_k v_k` to each block.
    fn add_penalty(&self, v: &Parameters<B>, out: &mut Parameters<B>) {
        for ((&eta, v), out) in self.penalty.iter().zip(v.blocks()).zip(out.blocks_mut()) {
            if eta > 0.0 {
                out.axpy(eta, v);
            }
        }
    }

    /// `sum_k eta_k/2 |theta_k|^2`.
    fn penalty_at(&self, x: &Parameters<B>) -> f64 {
        let blocks = self.penalty.iter().zip(x.blocks()).filter(|(eta, _)| **eta > 0.0);
        blocks.map(|(eta, x)| 0.5 * eta * x.dot(x)).sum()
    }

    fn through_outputs(
        &self,
        x: &Parameters<B>,
        cases: &[usize],
        middle: Middle,
        direction: &Parameters<B>,
        product: &mut Parameters<B>,
    ) -> Evaluation {
        let Self { network, backend, head, .. } = self;
        let (scale, mut onto) = (self.scale(cases.len()), Onto::Set);
        self.each_chunk(x, cases, |chunk, scratch| {
            let Chunk { tape, targets, .. } = chunk;
            tape.tangents(network, backend, x, direction);
            let seed = |z: &B::Buffer, dz: &B::Buffer, u: &mut B::Buffer| match middle {
                Middle::Loss(through) => {
                    backend.loss_product(head, through, scale, (z, targets), dz, u);
                }
                Middle::Empirical => {
                    // The loss of a case is the mean over its rows.
                    backend.resize(scratch, z.dimension());
                    backend.loss_slope(head, 1.0 / self.terms() as f64, z, targets, scratch);
                    let of_case = self.terms() * head.width;
                    backend.outer(of_case, 1.0 / cases.len() as f64, scratch, dz, u);
                }
            };
            let out = Some((std::mem::replace(&mut onto, Onto::Add), &mut *product));
            tape.back(network, backend, x, Adjoints::Others, seed, out);
        })?;
        self.add_penalty(direction, product);
        Ok(())
    }

    fn all(&self) -> Vec<usize> {
        (0..self.cases.count).collect()
    }
}

impl<B: Backend> Objective for MeanLoss<B> {
    type Point = Partitioned<B::Buffer>;

    fn dimension(&self) -> usize {
        self.network.dimension()
    }

    fn value(&self, x: &Self::Point) -> Evaluation<f64> {
        self.batch_value(x, &self.all())
    }
}

impl<B: Backend> FiniteSum for MeanLoss<B> {
    fn cases(&self) -> usize {
        self.cases.count
    }

    fn batch_value(&self, x: &Self::Point, cases: &[usize]) -> Evaluation<f64> {
        let mut total = 0.0;
        self.each_chunk(x, cases, |chunk, _| {
            total += self.loss_of(chunk);
        })?;
        Ok(self.scale(cases.len()) * total + self.penalty_at(x))
    }
}

impl<B: Backend> Gradient for MeanLoss<B> {
    fn value_and_gradient(&self, x: &Self::Point, gradient: &mut Self::Point) -> Evaluation<f64> {
        self.batch_value_and_gradient(x, &self.all(), gradient)
    }
}

impl<B: Backend> BatchGradient for MeanLoss<B> {
    fn batch_value_and_gradient(
        &self,
        x: &Self::Point,
        cases: &[usize],
        gradient: &mut Self::Point,
    ) -> Evaluation<f64> {
        let (scale, mut onto) = (self.scale(cases.len()), Onto::Set);
        let mut total = 0.0;
        self.each_chunk(x, cases, |chunk, _| {
            total += self.loss_of(chunk);
            let onto = std::mem::replace(&mut onto, Onto::Add);
            self.sweep(chunk, x, scale, Some((onto, &mut *gradient)));
        })?;
        self.add_penalty(x, gradient);
        Ok(scale * total + self.penalty_at(x))
    }
}

impl<B: Backend> HessianProduct for MeanLoss<B> {
    fn hessian_product(
        &self,
        x: &Self::Point,
        direction: &Self::Point,
        product: &mut Self::Point,
    ) -> Evaluation {
        self.batch_hessian_product(x, &self.all(), direction, product)
    }
}

impl<B: Backend> BatchHessianProduct for MeanLoss<B> {
    fn batch_hessian_product(
        &self,
        x: &Self::Point,
        cases: &[usize],
        direction: &Self::Point,
        product: &mut Self::Point,
    ) -> Evaluation {
        let Self { network, backend, head, .. } = self;
        let (scale, mut onto) = (self.scale(cases.len()), Onto::Set);
        self.each_chunk(x, cases, |chunk, _| {
            if !chunk.swept {
                self.sweep(chunk, x, scale, None);
            }
            let Chunk { tape, targets, .. } = chunk;
            tape.tangents(network, backend, x, direction);
            let seed = |z: &B::Buffer, dz: &B::Buffer, u: &mut B::Buffer| {
                backend.loss_product(head, Through::Hessian, scale, (z, targets), dz, u);
            };
            let out = Some((std::mem::replace(&mut onto, Onto::Add), &mut *product));
            tape.back(network, backend, x, Adjoints::Turning(direction), seed, out);
        })?;
        self.add_penalty(direction, product);
        Ok(())
    }
}

impl<B: Backend> GaussNewtonProduct for MeanLoss<B> {
    fn gauss_newton_product(
        &self,
        x: &Self::Point,
        direction: &Self::Point,
        product: &mut Self::Point,
    ) -> Evaluation {
        self.batch_gauss_newton_product(x, &self.all(), direction, product)
    }
}

impl<B: Backend> BatchGaussNewtonProduct for MeanLoss<B> {
    /// An error for the Gaussian with its variance, whose Hessian in the outputs may be indefinite.
    fn batch_gauss_newton_product(
        &self,
        x: &Self::Point,
        cases: &[usize],
        direction: &Self::Point,
        product: &mut Self::Point,
    ) -> Evaluation {
        if !self.head.loss.is_natural() {
            return Err(FunctionError::from(
                "the Gauss-Newton matrix of a Gaussian with its variance may be indefinite; take the \
                 Fisher information",
            ));
        }
        self.through_outputs(x, cases, Middle::Loss(Through::Hessian), direction, product)
    }
}

impl<B: Backend> CaseGradients for MeanLoss<B> {
    fn case_gradient(
        &self,
        x: &Self::Point,
        case: usize,
        gradient: &mut Self::Point,
    ) -> Evaluation {
        let scale = self.scale(1);
        self.each_chunk(x, &[case], |chunk, _| {
            self.sweep(chunk, x, scale, Some((Onto::Set, &mut *gradient)));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Cpu, Unary};
    use crate::network::Input;
    use crate::ready::mlp;

    /// Known mistake: parameters counted among the tensors of a case, so that with many of them each product of more than
    /// a chunk evaluated the network anew.
    #[test]
    fn chunks_are_kept_whatever_the_parameters() {
        let network = mlp(Input::Features(vec![4]), &[1500, 1500], 1, Unary::Relu).unwrap();
        let (cpu, count) = (Cpu::<f32>::new(), CHUNK + 1);
        let loss = Loss::SquaredError { variance: 1.0 };
        let (inputs, targets) = (vec![0.5; 4 * count], vec![1.0; count]);
        let cases = Cases::new(&cpu, &network, &loss, &inputs, &targets).unwrap();
        let x = network.start(&cpu, None, 1);
        let f = MeanLoss::new(cpu, network, loss, cases).unwrap();
        f.value(&x).unwrap();
        assert!(f.holds(&x, &f.all()));
        assert_eq!(f.work.borrow().chunks.len(), 2);
    }
}
