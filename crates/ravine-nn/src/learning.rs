//! Data as networks take them: images or tables, a task, and a part that is held out.

use ravine_data::{Dataset, Idx, Target};
use ravine_linalg::ArgumentError;
use ravine_linalg::random::Random;

use crate::backend::{Backend, Cpu};
use crate::cases::Cases;
use crate::loss::Loss;
use crate::mean_loss::MeanLoss;
use crate::network::{Input, Network};
use crate::preparation::{Preparation, Scaling, Task};

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
    preparation: Preparation,
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
        let not_regression = task != Task::Regression;
        let allowed = "classification or autoencoder";
        ArgumentError::check(not_regression, "task", "regression", allowed)?;
        let largest = images.numbers.iter().copied().fold(0.0, f32::max);
        let unit = if largest > 0.0 { f64::from(largest) } else { 1.0 };
        let classes = match (task, labels) {
            (Task::Classification, Some(labels)) => {
                whole(labels)?;
                let most = labels.numbers.iter().copied().fold(0.0, f32::max);
                (0..=most as usize).map(|k| k.to_string()).collect()
            }
            _ => Vec::new(),
        };
        let preparation = Preparation {
            task,
            input: input_of(images),
            classes,
            inputs: vec![Scaling { zero: 0.0, unit }],
            target: None,
        };
        Self::of_images_as(&preparation, images, labels)
    }

    /// Of images that are prepared as others were.
    ///
    /// # Errors
    ///
    /// Images of another shape; labels that are missing, not as many as images, or none of the classes.
    pub fn of_images_as(
        preparation: &Preparation,
        images: &Idx,
        labels: Option<&Idx>,
    ) -> Result<Self, ArgumentError> {
        let cases = images.sizes.first().copied().unwrap_or(0);
        ArgumentError::check(cases > 0, "data", "without cases", "of some images")?;
        let (input, expected) = (input_of(images), &preparation.input);
        let allowed = format!("cases of {}", words(expected));
        ArgumentError::check(
            input == *expected,
            "data",
            format!("of {}", words(&input)),
            &allowed,
        )?;
        let unit = preparation.inputs.first().map_or(1.0, |scaling| scaling.unit);
        let scale = 1.0 / unit as f32;
        let inputs: Vec<f32> = images.numbers.iter().map(|p| scale * p).collect();
        if preparation.task == Task::Autoencoder {
            return Self::autoencoder(preparation.clone(), inputs, cases);
        }
        let Some(labels) = labels else {
            return Err(ArgumentError::new(
                "labels",
                "are needed to classify images; give their file",
            ));
        };
        whole(labels)?;
        let allowed = format!("{cases}, one an image");
        ArgumentError::check(
            labels.numbers.len() == cases,
            "labels",
            labels.numbers.len(),
            &allowed,
        )?;
        let targets = labels.numbers.iter().map(|k| preparation.class(&k.to_string()));
        let targets = targets.collect::<Result<_, _>>()?;
        Ok(Self { preparation: preparation.clone(), inputs, targets, cases })
    }

    /// Of a table. The task, if it is not given, follows from the target: texts are classes, numbers a
    /// regression.
    ///
    /// # Errors
    ///
    /// A table without rows or columns; a target of texts for a regression; classes that are no whole numbers.
    pub fn of_table(data: &Dataset, task: Option<Task>) -> Result<Self, ArgumentError> {
        let (rows, width) = rows(data)?;
        let task = task.unwrap_or(match data.target {
            Target::Classes { .. } => Task::Classification,
            Target::Numbers(_) => Task::Regression,
        });
        let scale = if task == Task::Autoencoder { Scaling::range } else { Scaling::moments };
        let column = |j: usize| rows.iter().skip(j).step_by(width).copied().collect::<Vec<f64>>();
        let inputs = (0..width).map(|j| scale(&column(j))).collect();
        let classes = match (&data.target, task) {
            (Target::Classes { levels, .. }, Task::Classification) => levels.clone(),
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
                values.iter().map(f64::to_string).collect()
            }
            _ => Vec::new(),
        };
        let target = match (&data.target, task) {
            (Target::Numbers(numbers), Task::Regression) => Some(Scaling::moments(numbers)),
            _ => None,
        };
        let input = Input::Features(vec![width]);
        Self::of_table_as(&Preparation { task, input, classes, inputs, target }, data)
    }

    /// Of a table that is prepared as another was.
    ///
    /// # Errors
    ///
    /// A table without rows, or with other columns than that one; a target of texts for a regression, or with a
    /// class that there was not.
    pub fn of_table_as(preparation: &Preparation, data: &Dataset) -> Result<Self, ArgumentError> {
        let (mut rows, width) = rows(data)?;
        let (input, expected) = (Input::Features(vec![width]), &preparation.input);
        let allowed = format!("cases of {}", words(expected));
        let fits = input == *expected && preparation.inputs.len() == width;
        ArgumentError::check(fits, "data", format!("of {}", words(&input)), &allowed)?;
        for row in rows.chunks_exact_mut(width) {
            row.iter_mut().zip(&preparation.inputs).for_each(|(x, scale)| *x = scale.apply(*x));
        }
        let (inputs, cases) = (single(&rows), data.design.rows());
        let targets = match (&data.target, preparation.task) {
            (_, Task::Autoencoder) => return Self::autoencoder(preparation.clone(), inputs, cases),
            (Target::Classes { levels, codes }, Task::Classification) => {
                let codes = codes.iter().map(|&code| preparation.class(&levels[code as usize]));
                codes.collect::<Result<_, _>>()?
            }
            (Target::Numbers(numbers), Task::Classification) => {
                let codes = numbers.iter().map(|t| preparation.class(&t.to_string()));
                codes.collect::<Result<_, _>>()?
            }
            (Target::Numbers(numbers), Task::Regression) => {
                let scale = preparation.target.unwrap_or(Scaling { zero: 0.0, unit: 1.0 });
                numbers.iter().map(|&t| scale.apply(t) as f32).collect()
            }
            (Target::Classes { .. }, Task::Regression) => {
                return Err(ArgumentError::new(
                    "task",
                    "is a regression, but the target has texts",
                ));
            }
        };
        Ok(Self { preparation: preparation.clone(), inputs, targets, cases })
    }

    fn autoencoder(
        preparation: Preparation,
        inputs: Vec<f32>,
        cases: usize,
    ) -> Result<Self, ArgumentError> {
        let unit = inputs.iter().find(|x| !(0.0..=1.0).contains(*x));
        if let Some(bad) = unit {
            let allowed = "in [0, 1] on the scale of the data learnt from, for an autoencoder";
            ArgumentError::check(false, "data", bad, allowed)?;
        }
        let targets = inputs.clone();
        Ok(Self { preparation, inputs, targets, cases })
    }

    /// What was done to the numbers.
    pub fn preparation(&self) -> &Preparation {
        &self.preparation
    }

    /// What a case is.
    pub fn input(&self) -> &Input {
        &self.preparation.input
    }

    /// How many outputs a network needs.
    pub fn outputs(&self) -> usize {
        self.preparation.outputs()
    }

    /// The loss of the task.
    pub fn loss(&self) -> Loss {
        self.preparation.loss()
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.preparation.classes
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

    /// The mean loss of a network over some of the cases, in single precision.
    ///
    /// # Errors
    ///
    /// A network that does not fit.
    pub fn mean_loss(
        &self,
        network: &Network,
        cases: &[usize],
    ) -> Result<MeanLoss<Cpu<f32>>, ArgumentError> {
        self.mean_loss_on(Cpu::new(), network, cases)
    }

    /// The same on another device, or in double precision.
    ///
    /// # Errors
    ///
    /// A network that does not fit.
    pub fn mean_loss_on<B: Backend>(
        &self,
        backend: B,
        network: &Network,
        cases: &[usize],
    ) -> Result<MeanLoss<B>, ArgumentError> {
        let of = |numbers: &[f32]| -> Vec<f32> {
            let width = numbers.len() / self.cases;
            cases.iter().flat_map(|&i| &numbers[i * width..][..width]).copied().collect()
        };
        let (inputs, targets) = (of(&self.inputs), of(&self.targets));
        let cases = Cases::new(&backend, network, &self.loss(), &inputs, &targets)?;
        MeanLoss::new(backend, network.clone(), self.loss(), cases)
    }
}

/// An image, with an axis of channels.
fn input_of(images: &Idx) -> Input {
    let mut sizes = images.sizes.get(1..).unwrap_or_default().to_vec();
    if sizes.len() == 2 {
        sizes.push(1);
    }
    Input::Features(sizes)
}

/// What cases consist of.
fn words(input: &Input) -> String {
    match input {
        Input::Features(sizes) => {
            let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
            format!("{} numbers", sizes.join(" x "))
        }
        Input::Symbols { length, count } => format!("{length} symbols out of {count}"),
    }
}

/// Refuses labels that are no classes.
fn whole(labels: &Idx) -> Result<(), ArgumentError> {
    let whole = |label: &&f32| **label >= 0.0 && label.fract() == 0.0 && **label < 65_536.0;
    match labels.numbers.iter().find(|label| !whole(label)) {
        Some(bad) => {
            ArgumentError::check(false, "labels", bad, "whole numbers from 0, below 65536")
        }
        None => Ok(()),
    }
}

/// The columns of a table, by rows, and how many there are.
fn rows(data: &Dataset) -> Result<(Vec<f64>, usize), ArgumentError> {
    let (cases, width) = (data.design.rows(), data.design.coefficients());
    let some = cases > 0 && width > 0;
    ArgumentError::check(some, "data", "without cases or columns", "a table")?;
    let mut rows = vec![0.0; cases * width];
    for (i, row) in rows.chunks_exact_mut(width).enumerate() {
        data.design.write_row(i, 1.0, row);
    }
    Ok((rows, width))
}

fn single(numbers: &[f64]) -> Vec<f32> {
    numbers.iter().map(|&x| x as f32).collect()
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
        assert_eq!((learning.outputs(), learning.targets), (1, vec![-1.0, 1.0]));
        let data = table("a,b,y\n1,5,10\n3,5,30\n2,6,10\n");
        let learning = Learning::of_table(&data, Some(Task::Classification)).unwrap();
        assert_eq!(
            (learning.classes(), &learning.targets[..]),
            (&["10".to_owned(), "30".to_owned()][..], &[0.0, 1.0, 0.0][..])
        );
        let learning = Learning::of_table(&data, Some(Task::Autoencoder)).unwrap();
        assert_eq!(learning.inputs, [0.0, 0.0, 1.0, 0.0, 0.5, 1.0]);
        assert_eq!(learning.targets, learning.inputs);
    }

    #[test]
    fn other_data_are_prepared_as_those_learnt_from() {
        let learnt = Learning::of_table(&table("a,y\n1,10\n3,30\n"), None).unwrap();
        let preparation = learnt.preparation();
        // With the mean 2 and the deviation 1, of the target 20 and 10: not with their own.
        let others = table("a,y\n5,20\n2,0\n");
        let others = Learning::of_table_as(preparation, &others).unwrap();
        assert_eq!((others.inputs, others.targets), (vec![3.0, 0.0], vec![0.0, -2.0]));
        let wide = Learning::of_table_as(preparation, &table("a,b,y\n1,2,3\n"));
        assert!(wide.unwrap_err().to_string().contains("cases of 1 numbers"));
        // Classes keep their numbers, whatever comes first elsewhere.
        let learnt = Learning::of_table(&table("a,y\n1,red\n2,blue\n"), None).unwrap();
        let others = table("a,y\n1,blue\n2,red\n2,red\n");
        let others = Learning::of_table_as(learnt.preparation(), &others).unwrap();
        let code = |name: &str| learnt.preparation().class(name).unwrap();
        assert_eq!(others.targets, [code("blue"), code("red"), code("red")]);
        let green = Learning::of_table_as(learnt.preparation(), &table("a,y\n1,green\n2,red\n"));
        assert!(green.unwrap_err().to_string().contains("`green`"));
        let images = Idx { sizes: vec![2, 1, 2], numbers: vec![0.0, 4.0, 2.0, 1.0] };
        let learnt = Learning::of_images(&images, None, Task::Autoencoder).unwrap();
        let bright = Idx { sizes: vec![1, 1, 2], numbers: vec![0.0, 5.0] };
        let bright = Learning::of_images_as(learnt.preparation(), &bright, None);
        assert!(bright.unwrap_err().to_string().contains("1.25"));
        let turned = Idx { sizes: vec![1, 2, 1], numbers: vec![0.0, 1.0] };
        let turned = Learning::of_images_as(learnt.preparation(), &turned, None);
        assert!(turned.unwrap_err().to_string().contains("1 x 2 x 1"));
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
