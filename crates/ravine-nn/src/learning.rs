//! Data as networks take them: images or tables, a task, and a part that is held out.

use ravine_data::{Dataset, Idx, Target};
use ravine_linalg::ArgumentError;
use ravine_linalg::random::Random;

use crate::backend::Cpu;
use crate::cases::Cases;
use crate::loss::Loss;
use crate::mean_loss::MeanLoss;
use crate::network::{Input, Network};

/// What is to be learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// The class of a case: [`Loss::CrossEntropy`].
    Classification,
    /// A number: [`Loss::SquaredError`] in units of the target's variance.
    Regression,
    /// The inputs themselves, scaled to `[0, 1]`: [`Loss::Bernoulli`].
    Autoencoder,
}

/// Inputs and targets in single precision.
///
/// Images are scaled to `[0, 1]` by the largest number there is. Columns of tables are brought to mean 0 and standard
/// deviation 1, as is the target of a regression; those of an autoencoder to `[0, 1]`.
///
/// ```
/// use ravine_nn::{Cpu, Learning, Task, Unary, digits, mlp};
///
/// let (images, labels) = digits()?;
/// let data = Learning::of_images(&images, Some(&labels), Task::Classification)?;
/// let network = mlp(data.input().clone(), &[32], data.outputs(), Unary::Relu)?;
/// let (learnt, held_out) = data.split(0.2, 1)?;
/// assert_eq!((learnt.len(), held_out.len()), (1438, 359));
/// let loss = data.mean_loss(&network, &learnt)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Learning {
    input: Input,
    outputs: usize,
    loss: Loss,
    classes: Vec<String>,
    inputs: Vec<f32>,
    targets: Vec<f32>,
    cases: usize,
}

impl Learning {
    /// Of images, the first axis that of the cases, and what they show. A last axis of channels is added where
    /// there is none.
    ///
    /// # Errors
    ///
    /// No images; labels that are missing, not as many as images, or no whole numbers; a regression, which has no
    /// labels.
    pub fn of_images(
        images: &Idx,
        labels: Option<&Idx>,
        task: Task,
    ) -> Result<Self, ArgumentError> {
        let cases = images.sizes.first().copied().unwrap_or(0);
        ArgumentError::check(cases > 0, "data", "without cases", "of some images")?;
        let mut sizes = images.sizes[1..].to_vec();
        if sizes.len() == 2 {
            sizes.push(1);
        }
        let largest = images.numbers.iter().copied().fold(0.0, f32::max);
        let scale = if largest > 0.0 { 1.0 / largest } else { 1.0 };
        let inputs: Vec<f32> = images.numbers.iter().map(|p| scale * p).collect();
        let input = Input::Features(sizes);
        if task == Task::Autoencoder {
            return Self::autoencoder(input, inputs, cases);
        }
        let classification = task == Task::Classification;
        ArgumentError::check(
            classification,
            "task",
            "regression",
            "classification or autoencoder",
        )?;
        let Some(labels) = labels else {
            return Err(ArgumentError::new(
                "labels",
                "are needed to classify images; give their file",
            ));
        };
        let allowed = format!("{cases}, one an image");
        ArgumentError::check(
            labels.numbers.len() == cases,
            "labels",
            labels.numbers.len(),
            &allowed,
        )?;
        let whole = |label: &&f32| **label >= 0.0 && label.fract() == 0.0 && **label < 65_536.0;
        if let Some(bad) = labels.numbers.iter().find(|label| !whole(label)) {
            ArgumentError::check(false, "labels", bad, "whole numbers from 0, below 65536")?;
        }
        let most = labels.numbers.iter().copied().fold(0.0, f32::max);
        let classes: Vec<String> = (0..=most as usize).map(|k| k.to_string()).collect();
        let outputs = classes.len().max(2);
        let (loss, targets) = (Loss::CrossEntropy, labels.numbers.clone());
        Ok(Self { input, outputs, loss, classes, inputs, targets, cases })
    }

    /// Of a table. The task, if it is not given, follows from the target: texts are classes, numbers a
    /// regression.
    ///
    /// # Errors
    ///
    /// A table without rows or columns; a target of texts for a regression; classes that are no whole numbers.
    pub fn of_table(data: &Dataset, task: Option<Task>) -> Result<Self, ArgumentError> {
        let (cases, width) = (data.design.rows(), data.design.coefficients());
        ArgumentError::check(
            cases > 0 && width > 0,
            "data",
            "without cases or columns",
            "a table",
        )?;
        let mut rows = vec![0.0; cases * width];
        for (i, row) in rows.chunks_exact_mut(width).enumerate() {
            data.design.write_row(i, 1.0, row);
        }
        let input = Input::Features(vec![width]);
        let task = task.unwrap_or(match data.target {
            Target::Classes { .. } => Task::Classification,
            Target::Numbers(_) => Task::Regression,
        });
        if task == Task::Autoencoder {
            columns(&mut rows, width, |column| {
                let low = column.iter().copied().fold(f64::INFINITY, f64::min);
                let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                (low, high - low)
            });
            return Self::autoencoder(input, single(&rows), cases);
        }
        columns(&mut rows, width, moments);
        let (outputs, loss, classes, targets) = match (&data.target, task) {
            (Target::Classes { levels, codes }, Task::Classification) => {
                let targets = codes.iter().map(|&code| code as f32).collect();
                (levels.len().max(2), Loss::CrossEntropy, levels.clone(), targets)
            }
            (Target::Numbers(numbers), Task::Classification) => {
                let whole = |t: &&f64| t.fract() == 0.0 && t.abs() < 65_536.0;
                if let Some(bad) = numbers.iter().find(|t| !whole(t)) {
                    ArgumentError::check(
                        false,
                        "target",
                        bad,
                        "texts or whole numbers, as classes",
                    )?;
                }
                let mut values = numbers.clone();
                values.sort_by(f64::total_cmp);
                values.dedup();
                let place = |t: &f64| values.iter().position(|v| v == t).unwrap_or(0) as f32;
                let targets = numbers.iter().map(place).collect();
                let classes: Vec<String> = values.iter().map(f64::to_string).collect();
                (classes.len().max(2), Loss::CrossEntropy, classes, targets)
            }
            (Target::Numbers(numbers), _) => {
                let mut targets = numbers.clone();
                columns(&mut targets, 1, moments);
                (1, Loss::SquaredError { variance: 1.0 }, Vec::new(), single(&targets))
            }
            (Target::Classes { .. }, _) => {
                return Err(ArgumentError::new(
                    "task",
                    "is a regression, but the target has texts",
                ));
            }
        };
        let inputs = single(&rows);
        Ok(Self { input, outputs, loss, classes, inputs, targets, cases })
    }

    fn autoencoder(input: Input, inputs: Vec<f32>, cases: usize) -> Result<Self, ArgumentError> {
        let unit = inputs.iter().find(|x| !(0.0..=1.0).contains(*x));
        if let Some(bad) = unit {
            ArgumentError::check(false, "data", bad, "not negative, for an autoencoder")?;
        }
        let (outputs, targets) = (input.entries(), inputs.clone());
        let loss = Loss::Bernoulli;
        Ok(Self { input, outputs, loss, classes: Vec::new(), inputs, targets, cases })
    }

    /// What a case is.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// How many outputs a network needs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The loss of the task.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// How many cases there are.
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// Cases to learn from and this share of them to hold out, drawn at random, each in their order.
    ///
    /// # Errors
    ///
    /// If one of the two would be empty, unless the share is 0.
    pub fn split(&self, share: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>), ArgumentError> {
        let held = (share * self.cases as f64).round();
        let valid = share == 0.0 || (held >= 1.0 && held < self.cases as f64);
        let allowed = "a share in [0, 1) of at least one case";
        ArgumentError::check(valid, "held_out", share, allowed)?;
        let mut held_out = Vec::new();
        Random::new(seed).sample(self.cases, held as usize, &mut held_out);
        held_out.sort_unstable();
        let mut is_held = vec![false; self.cases];
        held_out.iter().for_each(|&i| is_held[i] = true);
        Ok(((0..self.cases).filter(|&i| !is_held[i]).collect(), held_out))
    }

    /// The mean loss of a network over some of the cases.
    ///
    /// # Errors
    ///
    /// A network that does not fit.
    pub fn mean_loss(
        &self,
        network: &Network,
        cases: &[usize],
    ) -> Result<MeanLoss<Cpu<f32>>, ArgumentError> {
        let of = |numbers: &[f32]| -> Vec<f32> {
            let width = numbers.len() / self.cases;
            cases.iter().flat_map(|&i| &numbers[i * width..][..width]).copied().collect()
        };
        let cpu = Cpu::new();
        let (inputs, targets) = (of(&self.inputs), of(&self.targets));
        let cases = Cases::new(&cpu, network, &self.loss, &inputs, &targets)?;
        MeanLoss::new(cpu, network.clone(), self.loss, cases)
    }
}

fn single(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|&x| x as f32).collect()
}

/// Mean and standard deviation.
fn moments(column: &[f64]) -> (f64, f64) {
    let n = column.len() as f64;
    let mean = column.iter().map(|x| x / n).sum::<f64>();
    let largest = column.iter().map(|x| (x - mean).abs()).fold(0.0, f64::max);
    if largest == 0.0 {
        return (mean, 0.0);
    }
    let square = column.iter().map(|x| ((x - mean) / largest).powi(2)).sum::<f64>() / n;
    (mean, largest * square.sqrt())
}

/// Each column less a number, divided by another; those that do not vary become zero.
fn columns(rows: &mut [f64], width: usize, units: impl Fn(&[f64]) -> (f64, f64)) {
    for j in 0..width {
        let column: Vec<f64> = rows.iter().skip(j).step_by(width).copied().collect();
        let (zero, unit) = units(&column);
        for x in rows.iter_mut().skip(j).step_by(width) {
            *x = if unit > 0.0 { (*x - zero) / unit } else { 0.0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use ravine_data::{Selection, read_csv};

    use super::*;

    fn table(text: &str) -> Dataset {
        let selection =
            Selection { target: Some("y".into()), intercept: false, ..Selection::default() };
        read_csv(text.as_bytes(), "t.csv").unwrap().select(&selection).unwrap()
    }

    #[test]
    fn columns_and_targets_in_their_own_units() {
        let data = table("a,b,y\n1,5,10\n3,5,30\n");
        let learning = Learning::of_table(&data, None).unwrap();
        assert_eq!(learning.inputs, [-1.0, 0.0, 1.0, 0.0]);
        assert_eq!((learning.targets, learning.outputs), (vec![-1.0, 1.0], 1));
        let data = table("a,b,y\n1,5,10\n3,5,30\n2,6,10\n");
        let learning = Learning::of_table(&data, Some(Task::Classification)).unwrap();
        assert_eq!(
            (learning.targets, learning.classes),
            (vec![0.0, 1.0, 0.0], vec!["10".into(), "30".into()])
        );
        let learning = Learning::of_table(&data, Some(Task::Autoencoder)).unwrap();
        assert_eq!(learning.inputs, [0.0, 0.0, 1.0, 0.0, 0.5, 1.0]);
        assert_eq!(learning.targets, learning.inputs);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let refused = |result: Result<Learning, ArgumentError>, why: &str| {
            let message = result.unwrap_err().to_string();
            assert!(message.contains(why), "{message}");
        };
        let texts = table("a,y\n1,red\n2,blue\n");
        refused(Learning::of_table(&texts, Some(Task::Regression)), "texts");
        let halves = table("a,y\n1,0.5\n2,1\n");
        refused(Learning::of_table(&halves, Some(Task::Classification)), "0.5");
        let images = Idx { sizes: vec![2, 1, 2], numbers: vec![0.0, 4.0, 2.0, 1.0] };
        let labels = |numbers: Vec<f32>| Idx { sizes: vec![numbers.len()], numbers };
        let classify = Task::Classification;
        refused(Learning::of_images(&images, None, classify), "labels");
        refused(
            Learning::of_images(&images, Some(&labels(vec![0.0])), classify),
            "2, one an image",
        );
        refused(Learning::of_images(&images, Some(&labels(vec![0.0, 0.5])), classify), "0.5");
        refused(
            Learning::of_images(&images, None, Task::Regression),
            "classification or autoencoder",
        );
        let learning = Learning::of_images(&images, None, Task::Autoencoder).unwrap();
        assert_eq!(learning.inputs, [0.0, 1.0, 0.5, 0.25]);
        assert!(learning.split(0.1, 0).is_err() && learning.split(1.0, 0).is_err());
        assert_eq!(learning.split(0.0, 0).unwrap(), (vec![0, 1], vec![]));
        assert_eq!(learning.split(0.5, 0).unwrap().1.len(), 1);
    }
}
