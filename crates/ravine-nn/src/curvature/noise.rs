//! How much the gradients of the cases differ.

use ravine::objective::{CaseGradients, Evaluation, FiniteSum, Gradient};
use ravine_linalg::Vector;
use ravine_linalg::random::Random;

use crate::backend::Backend;
use crate::mean_loss::MeanLoss;
use crate::tape::Parameters;

/// How much the gradients `g_n` of the cases differ from the gradient g of the mean loss.
///
/// The gradient of a batch of B cases drawn with replacement has the covariance `Sigma/B`, and so a mean squared
/// error `tr(Sigma)/B`. With `B = tr(Sigma) / |g|^2`, the noise scale, that is as large as the gradient itself:
/// smaller batches give steps of mostly noise, larger ones hardly better steps.
///
/// Source: McCandlish, Kaplan, Amodei et al., An empirical model of large-batch training (2018), section 2.2.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct GradientNoise {
    /// `|g|`, of all cases.
    pub gradient: f64,
    /// `tr(Sigma)`: the mean of `|g_n - g|^2`, without bias where not all cases were taken.
    pub variance: f64,
    /// `tr(Sigma) / |g|^2` cases.
    pub scale: f64,
    /// Cases whose gradients were taken.
    pub cases: usize,
}

impl<B: Backend> MeanLoss<B> {
    /// The noise of the gradients at a point, from at most so many cases, drawn at random.
    ///
    /// ```
    /// use ravine_nn::{Cases, Cpu, Input, Loss, MeanLoss, Unary, mlp};
    ///
    /// // z = w x + b at zero, with the targets 1 and 3: gradients (-1, -1) and (-6, -3).
    /// let network = mlp(Input::Features(vec![1]), &[], 1, Unary::Relu)?;
    /// let (cpu, squares) = (Cpu::<f64>::new(), Loss::SquaredError { variance: 1.0 });
    /// let cases = Cases::new(&cpu, &network, &squares, &[1.0, 2.0], &[1.0, 3.0])?;
    /// let zero = network.start(&cpu, Some(ravine_nn::Initialization::Zeros), 0);
    /// let loss = MeanLoss::new(cpu, network, squares, cases)?;
    /// let noise = loss.gradient_noise(&zero, 100, 0)?;
    /// let variance = 2.5_f64.powi(2) + 1.0;
    /// assert!((noise.gradient.powi(2) - (3.5_f64.powi(2) + 4.0)).abs() < 1e-12);
    /// assert!((noise.variance - variance).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Of an evaluation; no case at all.
    pub fn gradient_noise(
        &self,
        x: &Parameters<B>,
        most: usize,
        seed: u64,
    ) -> Evaluation<GradientNoise> {
        let all = self.cases();
        let count = most.min(all);
        if count == 0 {
            return Err("the noise of gradients needs a case".into());
        }
        let mut gradient = x.zeros_like();
        self.value_and_gradient(x, &mut gradient)?;
        let mut chosen = Vec::new();
        Random::new(seed).sample(all, count, &mut chosen);
        // The penalty is not in the gradients of the cases, and has no variance.
        let (mut mean, mut squares) = (x.zeros_like(), 0.0);
        let mut of_case = x.zeros_like();
        for (k, &case) in chosen.iter().enumerate() {
            self.case_gradient(x, case, &mut of_case)?;
            // Welford's recurrence: no difference of large sums.
            of_case.axpy(-1.0, &mean);
            let share = 1.0 / (k + 1) as f64;
            squares += (1.0 - share) * of_case.dot(&of_case);
            mean.axpy(share, &of_case);
        }
        let divisor = if count < all { count - 1 } else { count };
        let variance = squares / divisor.max(1) as f64;
        let norm = gradient.norm();
        Ok(GradientNoise {
            gradient: norm,
            variance,
            scale: variance / (norm * norm),
            cases: count,
        })
    }

    /// The same network and inputs, without the penalty, with targets drawn from what the network predicts at `x`:
    /// [its empirical Fisher matrix](Self::empirical_fisher_product) is an estimate of the Fisher information
    /// without bias.
    ///
    /// # Errors
    ///
    /// Of an evaluation.
    pub fn with_drawn_targets(&self, x: &Parameters<B>, seed: u64) -> Evaluation<Self>
    where
        B: Clone,
    {
        let mut random = Random::new(seed);
        let mut targets = Vec::new();
        let all: Vec<usize> = (0..self.cases()).collect();
        self.each_chunk(x, &all, |chunk, scratch| {
            let z = chunk.tape.output(self.network());
            self.backend().resize(scratch, chunk.targets.dimension());
            self.backend().loss_sample(self.head(), z, &mut random, scratch);
            targets.extend(self.backend().download(scratch));
        })?;
        let cases = self.of_cases().with_targets(self.backend().upload(&targets));
        self.over(cases).map_err(|error| error.to_string().into())
    }
}
