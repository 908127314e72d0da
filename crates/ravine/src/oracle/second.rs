//! Second derivatives by differences, with their error.

use super::differences::FiniteDifferences;
use crate::objective::finite_difference::second::{
    GOOD, SecondSteps, Trial, largest_scaled, relative, search, worse,
};
use crate::objective::finite_difference::stencil::Room;
use crate::objective::{Differences, Evaluation, HessianProduct, Objective};
use ravine_linalg::matrix::Matrix;

/// By how much the steps of differences of gradients change that are not good.
const OF_GRADIENTS: f64 = 100.0;

/// By how much those of second differences of values do, whose good ones are fewer.
const OF_VALUES: f64 = 10.0;

/// What values along a variable say of `d^2 f / dx_i^2`.
#[derive(Clone, Copy)]
struct Axis {
    h: f64,
    /// `f(x + h e_i)`, `f(x - h e_i)`.
    values: [f64; 2],
    curvature: f64,
    error: f64,
    /// Whether the function turns within h.
    turns: bool,
}

impl FiniteDifferences<'_> {
    /// The Hessian, symmetric, and its error: by exact products where there are some, by differences of gradients
    /// along each variable, or by second differences of values.
    pub(super) fn differenced_hessian(&self, x: &Vec<f64>, hessian: &mut Matrix) -> Evaluation {
        if self.has_products() {
            self.hessian_of_columns(x, hessian, |f, unit, column, _| {
                f.hessian_product(x, unit, column)
            })?;
            symmetrize(hessian);
            return Ok(());
        }
        let mut second = self.meter_second().take();
        second.begin(x.len());
        let mut result = Ok(false);
        if !self.has_gradient() {
            result = self.hessian_of_values(&mut second, x, hessian);
        }
        if let Ok(false) = result {
            result = self.hessian_of_gradients(&mut second, x, hessian).map(|()| true);
        }
        self.meter_second().replace(second);
        result.map(drop)
    }

    fn hessian_of_columns(
        &self,
        x: &[f64],
        hessian: &mut Matrix,
        mut column: impl FnMut(&Self, &Vec<f64>, &mut Vec<f64>, usize) -> Evaluation,
    ) -> Evaluation {
        let (mut unit, mut product) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        for j in 0..x.len() {
            unit[j] = 1.0;
            column(self, &unit, &mut product, j)?;
            hessian.column_mut(j).copy_from_slice(&product);
            unit[j] = 0.0;
        }
        Ok(())
    }

    /// The step of differences of gradients, over the size of a variable.
    fn step_of_gradients(&self) -> f64 {
        match self.has_gradient() {
            true => self.differences.first_step(f64::EPSILON),
            false => self.differences.second_step(),
        }
    }

    /// From gradients, a variable at a time. Where the result is not symmetric, or, at first, where it differs
    /// from a product with another step, the step of each variable is looked for.
    fn hessian_of_gradients(
        &self,
        second: &mut SecondSteps,
        x: &Vec<f64>,
        hessian: &mut Matrix,
    ) -> Evaluation {
        let n = x.len();
        let step = self.step_of_gradients();
        let scales = second.scales(&self.differences, x);
        self.hessian_of_columns(x, hessian, |f, unit, column, j| {
            f.differentiate_along(x, unit, step * scales[j], column)
        })?;
        let fixed: Vec<bool> = (0..n).map(|i| self.is_fixed(x, i)).collect();
        let mut error = asymmetry(hessian, &scales, &fixed);
        if second.is_doubtful(error) {
            error = worse(error, self.checked(x, hessian, &scales, step)?);
            if error > GOOD && self.has_gradient() && second.looks() {
                error = self.look_for_steps(second, x, hessian)?;
                error =
                    worse(error, asymmetry(hessian, &second.scales(&self.differences, x), &fixed));
            }
        }
        // What no variable can move by is known from the others.
        for j in (0..n).filter(|&j| fixed[j]) {
            for i in 0..n {
                hessian[(i, j)] = hessian[(j, i)];
            }
        }
        symmetrize(hessian);
        second.error = Some(error);
        Ok(())
    }

    /// Takes each column with the step whose result hardly changes where the step becomes a fourth; the error
    /// is that change.
    fn look_for_steps(
        &self,
        second: &mut SecondSteps,
        x: &Vec<f64>,
        hessian: &mut Matrix,
    ) -> Evaluation<f64> {
        let n = x.len();
        let step = self.step_of_gradients();
        let mut errors = Matrix::zeros(n, n);
        let mut unit = vec![0.0; n];
        for j in 0..n {
            unit[j] = 1.0;
            let size = self.differences.size(x[j]);
            let scales = second.scales(&self.differences, x);
            let measure = |factor: f64| self.trial(x, &unit, step * size, factor, &scales);
            let range = Differences::range(step);
            let start = measure(second.factor(j))?;
            let Trial { factor, found: [column, change], .. } =
                search(start, OF_GRADIENTS, range, measure)?;
            second.set_factor(j, factor);
            hessian.column_mut(j).copy_from_slice(&column);
            errors.column_mut(j).copy_from_slice(&change);
            unit[j] = 0.0;
        }
        let scales = second.scales(&self.differences, x);
        Ok(relative(largest_scaled(&errors, &scales), largest_scaled(hessian, &scales)))
    }

    /// The product with d from gradients at a distance `factor h`, and its change with a fourth of that.
    fn trial(
        &self,
        x: &Vec<f64>,
        d: &[f64],
        h: f64,
        factor: f64,
        scales: &[f64],
    ) -> Evaluation<Trial<[Vec<f64>; 2]>> {
        let n = x.len();
        let (mut product, mut change) = (vec![0.0; n], vec![0.0; n]);
        self.differentiate_along(x, d, factor * h, &mut product)?;
        self.differentiate_along(x, d, 0.25 * factor * h, &mut change)?;
        change.iter_mut().zip(&product).for_each(|(a, b)| *a -= b);
        let largest = |v: &[f64]| v.iter().zip(scales).fold(0.0, |m, (v, s)| worse(m, v.abs() * s));
        let (here, there) = self.gradients_over(x, d, factor * h)?;
        let bend: Vec<f64> = (0..n).map(|i| there[i] - here[i] - factor * h * product[i]).collect();
        let turns = largest(&bend) > 0.1 * largest(&here).max(largest(&there));
        let (change_size, size) = (largest(&change), largest(&product));
        // Where nothing changes from one end to the other but on the way, all is wrong.
        let error = if turns && size == 0.0 { 1.0 } else { relative(change_size, size) };
        Ok(Trial { factor, change: change_size, error, turns, found: [product, change] })
    }

    /// The gradients at x and at `x + h d`, or a shorter way where bounds are.
    fn gradients_over(&self, x: &Vec<f64>, d: &[f64], h: f64) -> Evaluation<(Vec<f64>, Vec<f64>)> {
        let (mut here, mut there) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        self.base_gradient(x, &mut here)?;
        let mut point: Vec<f64> = x.iter().zip(d).map(|(x, d)| x + h * d).collect();
        self.keep_bounds(&mut point);
        self.gradient_for_differences(&point, &mut there)?;
        Ok((here, there))
    }

    /// How far the Hessian is from the change of the gradient to one side, along all variables at once.
    fn checked(
        &self,
        x: &Vec<f64>,
        hessian: &Matrix,
        scales: &[f64],
        step: f64,
    ) -> Evaluation<f64> {
        let n = x.len();
        let d = self.zigzag(x, |i| step * scales[i]);
        if d.iter().all(|&d| d == 0.0) {
            return Ok(0.0);
        }
        let (here, there) = self.gradients_over(x, &d, 1.0)?;
        let (mut error, mut size) = (0.0f64, 0.0f64);
        for i in 0..n {
            let terms = || (0..n).map(|j| hessian[(i, j)] * d[j]);
            let change = there[i] - here[i];
            error = worse(error, (change - terms().sum::<f64>()).abs() * scales[i]);
            size = size.max(terms().map(f64::abs).sum::<f64>() * scales[i]);
        }
        Ok(relative(error, size))
    }

    /// A step of each variable, up or down, to where there is room; zero where there is none.
    fn zigzag(&self, x: &[f64], step: impl Fn(usize) -> f64) -> Vec<f64> {
        let of = |i: usize| {
            let (h, room) = (step(i), Room::along_axis(x, i, self.bounds()));
            // The fractional parts of the multiples of the golden ratio are spread evenly.
            let up = (i as f64 * 0.618_033_988_749_895).fract() < 0.5;
            match (room.below >= h, room.above >= h) {
                (true, true) => {
                    if up {
                        h
                    } else {
                        -h
                    }
                }
                (true, false) => -h,
                (false, true) => h,
                (false, false) => 0.0,
            }
        };
        (0..x.len()).map(of).collect()
    }

    fn is_fixed(&self, x: &[f64], i: usize) -> bool {
        let room = Room::along_axis(x, i, self.bounds());
        room.below.max(room.above) == 0.0
    }

    /// From values: `(f(x + h e_i) - 2 f(x) + f(x - h e_i)) / h^2`, and mixed derivatives from two more values each;
    /// `false` where a bound or the function's domain leaves no room for them.
    fn hessian_of_values(
        &self,
        second: &mut SecondSteps,
        x: &[f64],
        hessian: &mut Matrix,
    ) -> Evaluation<bool> {
        let n = x.len();
        let value = self.value(&x.to_vec())?;
        let step = self.differences.second_step();
        let axis = |i: usize, factor: f64| {
            self.axis(x, i, value, step * factor * self.differences.size(x[i]))
        };
        let mut axes = Vec::with_capacity(n);
        for i in 0..n {
            match axis(i, second.factor(i))? {
                Some(axis) => axes.push(axis),
                None => return Ok(false),
            }
        }
        let scales = second.scales(&self.differences, x);
        let share = |i: usize, scaled: f64| scaled * scales[i] * scales[i];
        let largest = axes.iter().enumerate().fold(0.0f64, |m, (i, a)| {
            m.max(share(i, a.curvature.abs())).max(GOOD * share(i, a.error))
        });
        let is_bad = |i: usize, a: &Axis| relative(share(i, a.error), largest) > GOOD;
        if axes.iter().enumerate().any(|(i, a)| is_bad(i, a)) && second.looks() {
            for i in 0..n {
                if !is_bad(i, &axes[i]) {
                    continue;
                }
                let trial = |factor: f64, axis: Axis| {
                    let (change, turns) = (axis.error, axis.turns);
                    let error = relative(change, axis.curvature.abs());
                    Trial { factor, change, error, turns, found: axis }
                };
                let beyond =
                    Trial { change: f64::INFINITY, error: f64::INFINITY, ..trial(1.0, axes[i]) };
                let measure = |factor: f64| -> Evaluation<_> {
                    Ok(match axis(i, factor)? {
                        Some(axis) => trial(factor, axis),
                        None => Trial { factor, ..beyond.clone() },
                    })
                };
                let start = trial(second.factor(i), axes[i]);
                let range = Differences::range(2.0 * step);
                let Trial { factor, found, .. } = search(start, OF_VALUES, range, measure)?;
                second.set_factor(i, factor);
                axes[i] = found;
            }
        }
        let scales = second.scales(&self.differences, x);
        let mut errors = Matrix::zeros(n, n);
        let at = |moves: &[(usize, f64)]| {
            let mut point = x.to_vec();
            moves.iter().for_each(|&(i, h)| point[i] += h);
            point
        };
        for j in 0..n {
            (hessian[(j, j)], errors[(j, j)]) = (axes[j].curvature, axes[j].error);
            let hj = axes[j].h;
            let pairs: Vec<Vec<f64>> = (0..j)
                .flat_map(|i| {
                    let hi = axes[i].h;
                    [at(&[(i, hi), (j, hj)]), at(&[(i, -hi), (j, -hj)])]
                })
                .collect();
            let values = self.values(&pairs)?;
            for (i, pair) in values.chunks(2).enumerate() {
                let [above, below] = [pair[0], pair[1]];
                if !above.is_finite() || !below.is_finite() {
                    return Ok(false);
                }
                let half = |k: usize| {
                    let sides = axes[i].values[k] - value + (axes[j].values[k] - value);
                    if k == 0 { above - value - sides } else { below - value - sides }
                };
                let area = axes[i].h * hj;
                hessian[(i, j)] = 0.5 * (half(0) + half(1)) / area;
                hessian[(j, i)] = hessian[(i, j)];
                let rounding = 4.0 * f64::EPSILON * above.abs().max(below.abs()) / area;
                errors[(i, j)] = (axes[i].error * axes[j].error).sqrt().max(rounding);
            }
        }
        let mut error =
            relative(largest_scaled(&errors, &scales), largest_scaled(hessian, &scales));
        if second.is_doubtful(error) && n > 1 {
            error = worse(error, self.checked_by_values(x, value, hessian, &axes)?);
        }
        second.error = Some(error);
        Ok(true)
    }

    /// What values at distances h and 2 h on both sides say; `None` where there is no room, or f is not finite.
    fn axis(&self, x: &[f64], i: usize, value: f64, h: f64) -> Evaluation<Option<Axis>> {
        // The step as the variable takes it, after rounding.
        let h = (x[i] + h) - x[i];
        let room = Room::along_axis(x, i, self.bounds());
        if !(h > 0.0 && room.below.min(room.above) >= 2.0 * h) {
            return Ok(None);
        }
        let points = [h, -h, 2.0 * h, -2.0 * h].map(|t| {
            let mut point = x.to_vec();
            point[i] += t;
            point
        });
        let values = self.values(&points)?;
        let largest = values.iter().fold(value.abs(), |m, v| worse(m, v.abs()));
        if !largest.is_finite() {
            return Ok(None);
        }
        let curvature = |k: usize, h: f64| ((values[k] - value) + (values[k + 1] - value)) / h / h;
        let (near, far) = (curvature(0, h), curvature(2, 2.0 * h));
        let error = (near - far).abs().max(4.0 * f64::EPSILON * largest / h / h);
        let turns = (near * h * h).abs() > 0.05 * largest;
        Ok(Some(Axis { h, values: [values[0], values[1]], curvature: near, error, turns }))
    }

    /// How far the Hessian is from the second difference along all variables at once.
    fn checked_by_values(
        &self,
        x: &[f64],
        value: f64,
        hessian: &Matrix,
        axes: &[Axis],
    ) -> Evaluation<f64> {
        let d = self.zigzag(x, |i| axes[i].h);
        let points = [1.0, -1.0].map(|t| x.iter().zip(&d).map(|(x, d)| x + t * d).collect());
        let values = self.values(&points)?;
        let second = (values[0] - value) + (values[1] - value);
        let (mut sum, mut size) = (0.0, 0.0);
        for i in 0..d.len() {
            for j in 0..d.len() {
                let term = hessian[(i, j)] * d[i] * d[j];
                sum += term;
                size += f64::abs(term);
            }
        }
        Ok(if second.is_finite() { relative((second - sum).abs(), size) } else { 0.0 })
    }

    /// `product = H d` from gradients along d; with the first, how far it is from one with another step.
    pub(super) fn differentiate_gradients(
        &self,
        x: &Vec<f64>,
        d: &[f64],
        product: &mut Vec<f64>,
    ) -> Evaluation {
        product.fill(0.0);
        let Some(length) = self.differences.length(x, d) else { return Ok(()) };
        let step = self.step_of_gradients();
        let mut second = self.meter_second().take();
        let result = self.product_with_steps(&mut second, x, d, step * length, product);
        self.meter_second().replace(second);
        result
    }

    fn product_with_steps(
        &self,
        second: &mut SecondSteps,
        x: &Vec<f64>,
        d: &[f64],
        h: f64,
        product: &mut Vec<f64>,
    ) -> Evaluation {
        if let Some(factor) = second.along {
            return self.differentiate_along(x, d, factor * h, product);
        }
        second.along = Some(1.0);
        if !self.has_gradient() {
            return self.differentiate_along(x, d, h, product);
        }
        let sizes: Vec<f64> = x.iter().map(|&x| self.differences.size(x)).collect();
        let measure = |factor: f64| self.trial(x, d, h, factor, &sizes);
        let range = Differences::range(self.step_of_gradients());
        let Trial { factor, error, found: [found, _], .. } =
            search(measure(1.0)?, OF_GRADIENTS, range, measure)?;
        *product = found;
        second.along = Some(factor);
        second.error = Some(error);
        Ok(())
    }
}

/// `max |h_ij - h_ji| s_i s_j / 2` over the largest entry, of the variables that can move.
fn asymmetry(h: &Matrix, s: &[f64], fixed: &[bool]) -> f64 {
    let mut largest = 0.0f64;
    for j in (0..s.len()).filter(|&j| !fixed[j]) {
        for i in (0..j).filter(|&i| !fixed[i]) {
            largest = worse(largest, 0.5 * (h[(i, j)] - h[(j, i)]).abs() * s[i] * s[j]);
        }
    }
    relative(largest, largest_scaled(h, s))
}

fn symmetrize(h: &mut Matrix) {
    for j in 0..h.columns() {
        for i in 0..j {
            let mean = 0.5 * (h[(i, j)] + h[(j, i)]);
            (h[(i, j)], h[(j, i)]) = (mean, mean);
        }
    }
}
