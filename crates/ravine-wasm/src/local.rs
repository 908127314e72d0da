//! What the page shows of a surface at a point.

use ravine::Stopping;
use ravine::methods::Entry;
use ravine_race::plane::LocalModel;
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::json::{Object, Written, text};
use crate::methods::{is_available, offered};
use crate::{Failure, Surface};

/// Most iterations that a method may need for its first move: trials that it rejects count.
const TRIALS: usize = 40;

/// A step, as the page sees it, or why there is none.
fn described(
    method: &str,
    title: &str,
    surface: &Surface,
    model: &LocalModel,
    step: Result<[f64; 2], String>,
) -> Written {
    let object = Object::new().with("method", method).with("title", title);
    match step {
        Ok([dx, dy]) => {
            let predicted = -model.change([dx, dy]);
            let [x, y] = model.point;
            let actual = model.value - surface.value(x + dx, y + dy);
            let object = object.with("dx", &dx).with("dy", &dy).with("predicted", &predicted);
            object.with("actual", &actual).with("ratio", &(actual / predicted)).end()
        }
        Err(why) => {
            let names = ["dx", "dy", "predicted", "actual", "ratio"];
            let object = names.iter().fold(object, |object, name| object.with(name, &f64::NAN));
            object.with("why", &why).end()
        }
    }
}

impl Surface {
    pub(crate) fn model(&self, x: f64, y: f64) -> Result<LocalModel, Failure> {
        Ok(LocalModel::at(&*self.objective, [x, y])?)
    }

    /// The first move of a method from the point of the model, with a trust region of that radius.
    fn first_step(
        &self,
        entry: &Entry,
        model: &LocalModel,
        radius: f64,
    ) -> Result<[f64; 2], String> {
        let settings =
            if entry.radius { json!({ "radius": { "initial": radius } }) } else { Value::Null };
        let stopping = Stopping { decrease: None, ..Stopping::default() };
        let begun = entry.start(&settings, &*self.objective, &model.point, stopping);
        let mut run = begun.map_err(|error| error.to_string())?;
        for _ in 0..TRIALS {
            let ended = run.step().cloned();
            let x = run.progress().x;
            let step = [x[0] - model.point[0], x[1] - model.point[1]];
            if step != [0.0; 2] {
                return Ok(step);
            }
            if let Some(status) = ended {
                return Err(status.to_string());
            }
        }
        Err("no trial was accepted".to_owned())
    }
}

#[wasm_bindgen]
impl Surface {
    /// The local model at `(x, y)`: `f`, the gradient `gx, gy`, the Hessian `hxx, hxy, hyy`, its
    /// eigenvalues `l1 >= l2`, their eigenvectors `v1x, v1y, v2x, v2y`, the condition number, and the
    /// Fisher information `fxx, fxy, fyy` (NaN where there is none): 16 numbers.
    ///
    /// # Errors
    ///
    /// An error of the function.
    pub fn local(&self, x: f64, y: f64) -> Result<Vec<f64>, Failure> {
        let model = self.model(x, y)?;
        let mut numbers = vec![model.value];
        numbers.extend(model.gradient);
        numbers.extend(model.hessian);
        numbers.extend(model.eigenvalues);
        numbers.extend(model.eigenvectors.concat());
        numbers.push(model.condition_number());
        numbers.extend(model.fisher.unwrap_or([f64::NAN; 3]));
        Ok(numbers)
    }

    /// The step that each method takes from `(x, y)`, as a JSON array of objects with the fields
    /// `method`, `title`, `dx`, `dy`, `predicted` (the decrease of the quadratic model along the step),
    /// `actual` (that of the function), `ratio` (of actual to predicted) and, where there is no step,
    /// `why`. `radius` is the first radius of the trust regions; the first row, `damped`, is Newton's
    /// step with that `damping`.
    ///
    /// # Errors
    ///
    /// An error of the function at the point.
    pub fn steps(&self, x: f64, y: f64, radius: f64, damping: f64) -> Result<String, Failure> {
        let model = self.model(x, y)?;
        let damped = model.damped_step(damping).ok_or_else(|| "the matrix is singular".to_owned());
        let mut steps = vec![described("damped", "Newton, damped", self, &model, damped)];
        steps.extend(offered().filter(|entry| is_available(entry, self)).map(|entry| {
            let step = self.first_step(entry, &model, radius);
            described(entry.name, entry.title, self, &model, step)
        }));
        Ok(text(&steps))
    }

    /// `damping, dx, dy` from Newton's step to the gradient's, `count` times: see
    /// [`LocalModel::damped_path`].
    ///
    /// # Errors
    ///
    /// An error of the function at the point.
    pub fn damped_path(&self, x: f64, y: f64, count: usize) -> Result<Vec<f64>, Failure> {
        let path = self.model(x, y)?.damped_path(count);
        Ok(path.into_iter().flat_map(|(damping, [dx, dy])| [damping, dx, dy]).collect())
    }

    /// `vx, vy, quotient` of the iterates of power iteration on the Hessian, from the start on: see
    /// [`LocalModel::power_iteration`].
    ///
    /// # Errors
    ///
    /// An error of the function at the point.
    pub fn power(&self, x: f64, y: f64, steps: usize) -> Result<Vec<f64>, Failure> {
        let iterates = self.model(x, y)?.power_iteration(steps);
        let numbers = iterates.into_iter().flat_map(|iterate| {
            let [x, y] = iterate.vector;
            [x, y, iterate.rayleigh_quotient]
        });
        Ok(numbers.collect())
    }

    /// `dx, dy, model change, residual norm` of the iterates of conjugate gradients for Newton's step,
    /// from the start on: see [`LocalModel::conjugate_gradients`].
    ///
    /// # Errors
    ///
    /// An error of the function at the point.
    pub fn cg(&self, x: f64, y: f64) -> Result<Vec<f64>, Failure> {
        let iterates = self.model(x, y)?.conjugate_gradients();
        let numbers = iterates.into_iter().flat_map(|iterate| {
            let [dx, dy] = iterate.step;
            [dx, dy, iterate.model_change, iterate.residual_norm]
        });
        Ok(numbers.collect())
    }
}
