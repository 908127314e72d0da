//! Power iteration and conjugate gradients on the local Hessian, iterate by iterate.

use ravine::Interrupt;
use ravine::krylov::{CgWork, ConjugateGradient, TrueResidual};
use ravine::operator::{LinearOperator, Structure};

use super::LocalModel;

/// The first vector of power iteration, of length 1 and along no axis that a formula would have.
const FIRST: [f64; 2] = [0.8, 0.6];

/// Residuals this small against the gradient are rounding.
const EXACT: f64 = 1e-12;

/// Rounding may ask for more iterations than two.
const MOST: usize = 4;

/// An iterate of power iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerIterate {
    /// v, of length 1.
    pub vector: [f64; 2],
    /// `v'Hv`.
    pub rayleigh_quotient: f64,
}

/// An iterate of conjugate gradients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CgIterate {
    /// d.
    pub step: [f64; 2],
    /// `g'd + d'Hd/2`.
    pub model_change: f64,
    /// `|g + Hd|`, in the Euclidean norm.
    pub residual_norm: f64,
}

/// H as a linear operator.
impl LinearOperator<Vec<f64>> for LocalModel {
    fn dimension(&self) -> usize {
        2
    }

    fn structure(&self) -> Structure {
        Structure::Symmetric
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        y.copy_from_slice(&self.hessian_times([x[0], x[1]]));
        Ok(())
    }
}

impl LocalModel {
    /// `steps` steps of power iteration, `v <- Hv / |Hv|`, and the vector they start from. It turns to
    /// the eigenvector of the eigenvalue that is largest in absolute value, by a factor
    /// `|lambda_2 / lambda_1|` a step.
    ///
    /// ```
    /// use ravine_race::plane::LocalModel;
    ///
    /// let valley = ravine_problems::named("valley:kappa=10,angle=90")?;
    /// let iterates = LocalModel::at(&*valley.objective, [1.0, 1.0])?.power_iteration(20);
    /// assert!((iterates[20].rayleigh_quotient - 10.0).abs() < 1e-14);
    /// assert!((iterates[20].vector[1] - 1.0).abs() < 1e-14);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn power_iteration(&self, steps: usize) -> Vec<PowerIterate> {
        let mut iterates = Vec::with_capacity(steps + 1);
        let mut vector = FIRST;
        for _ in 0..=steps {
            let product = self.hessian_times(vector);
            let rayleigh_quotient = vector[0] * product[0] + vector[1] * product[1];
            iterates.push(PowerIterate { vector, rayleigh_quotient });
            let length = product[0].hypot(product[1]);
            if !(length > 0.0 && length.is_finite()) {
                break;
            }
            vector = product.map(|p| p / length);
        }
        iterates
    }

    /// The iterates of conjugate gradients for Newton's step, `H d = -g`, from `d = 0`: in exact
    /// arithmetic the second one is the step. They end before a direction without positive
    /// curvature.
    ///
    /// ```
    /// use ravine_race::plane::LocalModel;
    ///
    /// let valley = ravine_problems::named("valley:kappa=100,angle=30")?;
    /// let iterates = LocalModel::at(&*valley.objective, [1.0, 1.0])?.conjugate_gradients();
    /// assert_eq!(iterates.len(), 3);
    /// assert!((iterates[2].step[0] + 1.0).abs() < 1e-12);
    /// # Ok::<(), ravine::minimize::Error>(())
    /// ```
    pub fn conjugate_gradients(&self) -> Vec<CgIterate> {
        let right = self.gradient.map(|g| -g).to_vec();
        let mut work = CgWork::new(&right);
        let mut steps = vec![[0.0; 2]];
        let settings = ConjugateGradient {
            tolerance: EXACT,
            iterations: Some(MOST),
            true_residual: TrueResidual::Skipped,
            ..ConjugateGradient::default()
        };
        // Nothing in this operator can interrupt.
        let _ = settings.solve_observed(
            self,
            None,
            &right,
            &mut vec![0.0; 2],
            &mut work,
            &mut |step| steps.push([step.x[0], step.x[1]]),
        );
        let iterate = |(step, &residual_norm): ([f64; 2], &f64)| CgIterate {
            step,
            model_change: self.change(step),
            residual_norm,
        };
        steps.into_iter().zip(work.history()).map(iterate).collect()
    }
}
