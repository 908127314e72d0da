//! What a network learns from.

use ravine_linalg::ArgumentError;
use ravine_linalg::vector::Scalar;

use crate::backend::Backend;
use crate::loss::Loss;
use crate::network::{Input, Network};

/// Inputs and targets of cases, by rows, in the memory of the device.
#[derive(Clone, Debug)]
pub struct Cases<B: Backend> {
    pub(crate) count: usize,
    pub(crate) inputs: B::Buffer,
    pub(crate) targets: B::Buffer,
}

impl<B: Backend> Cases<B> {
    /// Of a network and a loss: the inputs of all cases one after another, as the network's input lies, and
    /// their targets, as many numbers for each row of outputs as the [loss](Loss) takes.
    ///
    /// ```
    /// use ravine_nn::{Cases, Cpu, Loss, mlp, Input, Unary};
    ///
    /// let network = mlp(Input::Features(vec![2]), &[3], 2, Unary::Tanh)?;
    /// let cpu = Cpu::<f64>::new();
    /// let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &[0.0, 1.0, 2.0, 3.0], &[0.0, 1.0])?;
    /// assert_eq!(cases.count(), 2);
    /// let wrong = Cases::new(&cpu, &network, &Loss::CrossEntropy, &[0.0, 1.0], &[2.0]);
    /// assert!(wrong.unwrap_err().to_string().contains("a whole number from 0 to 1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If there are no cases, numbers are missing, an input is not finite or no symbol, or a target is
    /// not one of the loss.
    pub fn new<S: Scalar, R: Scalar>(
        backend: &B,
        network: &Network,
        loss: &Loss,
        inputs: &[S],
        targets: &[R],
    ) -> Result<Self, ArgumentError> {
        let width = network.input().entries();
        let count = inputs.len() / width.max(1);
        let whole = count > 0 && count * width == inputs.len();
        let allowed = format!("some cases of {width} numbers each");
        ArgumentError::check(whole, "inputs", format!("{} numbers", inputs.len()), &allowed)?;
        match network.input() {
            Input::Features(_) => {
                if let Some(bad) = inputs.iter().find(|x| !x.is_finite()) {
                    ArgumentError::check(false, "inputs", bad, "finite")?;
                }
            }
            Input::Symbols { count, .. } => {
                let symbol = |x: &&S| {
                    let x = x.wide();
                    x >= 0.0 && x.fract() == 0.0 && x < *count as f64
                };
                let allowed =
                    format!("symbols, whole numbers from 0 to {}", count.saturating_sub(1));
                if let Some(bad) = inputs.iter().find(|x| !symbol(x)) {
                    ArgumentError::check(false, "inputs", bad, &allowed)?;
                }
            }
        }
        let output = network.output();
        let outputs = output.width();
        let of_case = output.rows() * loss.target_width(outputs);
        let allowed = format!("{of_case} numbers for each of {count} cases");
        let whole = targets.len() == count * of_case;
        ArgumentError::check(whole, "targets", format!("{} numbers", targets.len()), &allowed)?;
        targets.iter().try_for_each(|t| loss.check_target(t.wide(), outputs))?;
        let (inputs, targets) = (backend.upload(inputs), backend.upload(targets));
        Ok(Self { count, inputs, targets })
    }

    /// The same inputs with other targets.
    pub(crate) fn with_targets(&self, targets: B::Buffer) -> Self {
        Self { count: self.count, inputs: self.inputs.clone(), targets }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }
}
