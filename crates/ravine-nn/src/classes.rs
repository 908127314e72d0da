//! What a network predicts where there are classes.

use ravine_linalg::ArgumentError;

use crate::backend::{Backend, Cpu};
use crate::network::Network;
use crate::tape::Parameters;

impl Network {
    /// The probabilities of the classes, `p = softmax(z)` of the outputs z, case after case: for a network that learns
    /// with [cross entropy](crate::Loss::CrossEntropy).
    ///
    /// ```
    /// use ravine_nn::{Cpu, Input, Unary, mlp};
    ///
    /// // z = (2 x, 0) at x = 0 and x = 1.
    /// let line = mlp(Input::Features(vec![1]), &[], 2, Unary::Relu)?;
    /// let cpu = Cpu::<f64>::new();
    /// let x = line.split(&cpu, &[2.0, 0.0, 0.0, 0.0]);
    /// let p = line.probabilities(&cpu, &x, &[0.0, 1.0])?;
    /// assert_eq!(p[..2], [0.5, 0.5]);
    /// assert!((p[2] - 1.0 / (1.0 + (-2.0_f64).exp())).abs() < 1e-15 && (p[2] + p[3] - 1.0).abs() < 1e-15);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No cases, or inputs that are none of this network.
    pub fn probabilities<B: Backend + Clone>(
        &self,
        backend: &B,
        x: &Parameters<B>,
        inputs: &[f64],
    ) -> Result<Vec<f64>, ArgumentError> {
        let outputs = self.outputs(backend, x, inputs)?;
        let mut probabilities = vec![0.0; outputs.len()];
        Cpu::<f64>::new().softmax(self.output().width(), false, &outputs, &mut probabilities);
        Ok(probabilities)
    }
}
