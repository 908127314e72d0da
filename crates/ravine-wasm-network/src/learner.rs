//! One method that trains the network.

use std::rc::Rc;

use ravine::methods::{Lbfgs, NewtonCg};
use ravine::objective::FiniteSum;
use ravine_nn::Flat;
use ravine_race::gradient_equivalents;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::lesson::{Host, Mean, Point};
use crate::methods::{named, optimizer};
use crate::moves::Kept;
use crate::{Failure, Lesson};

/// A training with everything that the page draws of it: kept for every step, the start being step 0.
#[wasm_bindgen]
pub struct Learner {
    run: Kept,
    loss: Rc<Mean>,
    most: u64,
    ended: String,
    /// All cases, by number.
    all: Vec<usize>,
    losses: Vec<f64>,
    right: Vec<f64>,
    work: Vec<f64>,
    parameters: Vec<Vec<f64>>,
}

#[wasm_bindgen]
impl Learner {
    /// Starts a [method](crate::methods()) for at most so many steps, of this length where it has one; NaN for its usual
    /// one.
    ///
    /// # Errors
    ///
    /// A method that there is not, or takes no batches; a step that cannot be used.
    #[wasm_bindgen(constructor)]
    pub fn new(lesson: &Lesson, method: &str, step: f64, most: u32) -> Result<Learner, Failure> {
        let loss = Rc::clone(&lesson.loss);
        let most = u64::from(most);
        let by_name = optimizer(named(method)?, lesson.network(), lesson.by_batch())?;
        let run = match by_name {
            Some(usual) => {
                let optimizer = if step.is_nan() { usual } else { usual.with_step(step) };
                let how = (lesson.batch, most, lesson.seed);
                Kept::by_batch(Rc::clone(&loss), optimizer, &lesson.start, how)?
            }
            None if method == "lbfgs" => {
                Kept::whole(Rc::clone(&loss), Lbfgs::default(), &lesson.start, most)?
            }
            None => Kept::whole(Rc::clone(&loss), NewtonCg::default(), &lesson.start, most)?,
        };
        let mut learner = Self {
            run,
            most,
            ended: String::new(),
            all: (0..lesson.loss.cases()).collect(),
            losses: Vec::new(),
            right: Vec::new(),
            work: Vec::new(),
            parameters: Vec::new(),
            loss,
        };
        learner.record()?;
        Ok(learner)
    }

    /// Goes on for at most so many steps; how many are made.
    ///
    /// # Errors
    ///
    /// Of an evaluation.
    pub fn advance(&mut self, steps: usize) -> Result<usize, Failure> {
        for _ in 0..steps {
            if !self.ended.is_empty() {
                break;
            }
            let before = self.run.steps();
            let status = self.run.step();
            if self.run.steps() > before {
                self.record()?;
            }
            if let Some(status) = status {
                self.ended = format!("{}\t{status}", status.name());
            } else if self.run.steps() >= self.most {
                self.ended = "step_limit\tall steps made".to_owned();
            }
        }
        Ok(self.losses.len() - 1)
    }

    /// Empty while it is on its way, else the status in one word and in words, with a tab between.
    pub fn ended(&self) -> String {
        self.ended.clone()
    }

    /// The loss over all points.
    pub fn losses(&self) -> Vec<f64> {
        self.losses.clone()
    }

    /// The shares of the points that are classified right.
    pub fn right(&self) -> Vec<f64> {
        self.right.clone()
    }

    /// What the method evaluated, in gradients over all points.
    pub fn work(&self) -> Vec<f64> {
        self.work.clone()
    }

    /// The probabilities of the classes at step k on a grid, row by row from the lower left, class after class.
    ///
    /// # Errors
    ///
    /// A step that was not made, a window or a grid that is none.
    pub fn probabilities(
        &self,
        k: usize,
        window: &[f64],
        columns: usize,
        rows: usize,
    ) -> Result<Vec<f32>, Failure> {
        let &[x0, x1, y0, y1] = window else {
            return Err(Failure::new("window: must be four numbers"));
        };
        if !(x1 > x0 && y1 > y0) || columns < 2 || rows < 2 || columns * rows > 1 << 20 {
            return Err(Failure::new(
                "window: is empty, or the grid has less than 2 or too many points",
            ));
        }
        let place = |low: f64, high: f64, i: usize, n: usize| {
            low + (high - low) * i as f64 / (n - 1) as f64
        };
        let inputs: Vec<f64> = (0..rows)
            .flat_map(|j| {
                let y = place(y0, y1, j, rows);
                (0..columns).flat_map(move |i| [place(x0, x1, i, columns), y])
            })
            .collect();
        let x = self.at(k)?;
        let found = self.loss.network().probabilities(&Host::new(), &x, &inputs)?;
        Ok(found.into_iter().map(|p| p as f32).collect())
    }
}

impl Learner {
    /// The mean loss that it trains on.
    pub(crate) fn mean_loss(&self) -> &Rc<Mean> {
        &self.loss
    }

    /// The parameters at step k.
    pub(crate) fn at(&self, k: usize) -> Result<Point, Failure> {
        let flat = self.parameters.get(k).ok_or_else(|| {
            Failure::new(format!("step: is {k}, but {} were made", self.losses.len() - 1))
        })?;
        Ok(Flat::new(&*self.loss).split(flat))
    }

    /// All cases.
    pub(crate) fn all(&self) -> &[usize] {
        &self.all
    }

    fn record(&mut self) -> Result<(), Failure> {
        let Self { run, loss, all, losses, right, work, parameters, .. } = self;
        run.at(|x, counts| {
            let flat = Flat::new(&**loss).join(x);
            let finite = flat.iter().all(|x| x.is_finite());
            let (value, accuracy) =
                if finite { loss.value_and_accuracy(x, all)? } else { (f64::NAN, None) };
            losses.push(value);
            right.push(accuracy.unwrap_or(f64::NAN));
            work.push(gradient_equivalents(&counts, flat.len()));
            parameters.push(flat);
            Ok(())
        })
    }
}
