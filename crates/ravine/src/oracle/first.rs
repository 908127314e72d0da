//! Gradients from differences of values, with steps that are found, and measured where a run would end by them.

use super::differences::FiniteDifferences;
use crate::objective::finite_difference::stencil::{Room, Stencil, stencils};
use crate::objective::finite_difference::steps::{Ask, Search, Seen, Steps};
use crate::objective::{Evaluation, Scheme};

/// Values without a gradient that a search takes where its gradient is right.
const DOUBTFUL: u32 = 4;

/// How often steps are made wider.
const WIDENINGS: u32 = 10;

/// Without those that are not numbers.
fn largest_entry(gradient: &[f64]) -> f64 {
    gradient.iter().fold(0.0f64, |most, g| most.max(g.abs()))
}

impl FiniteDifferences<'_> {
    /// The gradient from values around x, where `f(x)` is known, and its error: of as many variables at
    /// once as threads have something to do.
    pub(super) fn gradient_of_values(
        &self,
        x: &[f64],
        value: f64,
        gradient: &mut [f64],
    ) -> Evaluation {
        let mut steps = self.oracle.meter.steps.take();
        let measures = steps.ask != Ask::Use;
        let result = self.with_steps(&mut steps, x, value, gradient);
        steps.flat = steps.flat && gradient.iter().all(|&g| g == 0.0);
        if steps.known() {
            steps.gains = steps.gains_of(x, value, gradient);
        }
        if measures {
            steps.keep();
        }
        self.oracle.meter.steps.replace(steps);
        result
    }

    fn with_steps(
        &self,
        steps: &mut Steps,
        x: &[f64],
        value: f64,
        gradient: &mut [f64],
    ) -> Evaluation {
        let scheme = self.differences.scheme;
        if !value.is_finite() {
            gradient.fill(f64::NAN);
            return Ok(());
        }
        if !steps.known() {
            steps.begin(x.iter().map(|&x| self.differences.size(x)), self.differences.size(0.0));
            steps.central = scheme == Scheme::Central;
            let all = (0..x.len()).collect();
            self.find_steps(steps, x, value, all, Search::near(), gradient)?;
            // Where all that is in reach is flat, the function may change farther away.
            if gradient.iter().all(|&g| g == 0.0) {
                self.find_steps(steps, x, value, steps.unseen(), Search::far(), gradient)?;
            }
            steps.error = steps.error_for(x, value, gradient, true);
            steps.learnt_at = largest_entry(gradient);
            return Ok(());
        }
        match std::mem::take(&mut steps.ask) {
            Ask::Use => {}
            Ask::Measure => return self.measure(steps, x, value, gradient).map(drop),
            Ask::Model => {
                let seen = self.measure(steps, x, value, gradient)?;
                (steps.models, steps.modelled_at) = (steps.models + 1, value);
                steps.newton = self.newton(steps, x, value, gradient, &seen)?;
                return Ok(());
            }
        }
        // A search that took so many values may have been led by a gradient with steps that do not fit here.
        let doubtful = std::mem::take(&mut steps.trials) > DOUBTFUL && scheme == Scheme::Automatic;
        if !steps.central && !doubtful {
            self.differentiate(steps, x, value, false, gradient)?;
            steps.error = steps.error_for(x, value, gradient, false);
            // Where the value goes to zero with its rounding, forward ones are the better.
            let central = steps.error_for(x, value, gradient, true);
            let coarse = steps.too_coarse(largest_entry(gradient), steps.error);
            if scheme != Scheme::Automatic || !coarse {
                return Ok(());
            }
            // Curvatures that were learnt far away may say so wrongly.
            if central >= steps.error && !steps.stale(largest_entry(gradient)) {
                return Ok(());
            }
        }
        steps.central = true;
        self.differentiate(steps, x, value, true, gradient)?;
        steps.error = steps.error_for(x, value, gradient, true);
        let forward = steps.error_for(x, value, gradient, false);
        let fine = steps.fine_again(largest_entry(gradient), forward) || forward < steps.error;
        if scheme == Scheme::Automatic && fine {
            steps.central = false;
        }
        Ok(())
    }

    /// The gradient by central differences with steps that are made wider for as long as that makes them better,
    /// and what they are off by as the widths tell; and what was seen along each variable. One that nothing has shown
    /// is looked at once more, farther away.
    fn measure(
        &self,
        steps: &mut Steps,
        x: &[f64],
        value: f64,
        gradient: &mut [f64],
    ) -> Evaluation<Vec<Option<Seen>>> {
        if steps.measured == 0 {
            self.find_steps(steps, x, value, steps.unseen(), Search::far(), gradient)?;
        }
        steps.measured += 1;
        steps.central = true;
        let mut left: Vec<usize> = (0..x.len()).collect();
        let mut narrow = self.learn(steps, x, value, gradient)?;
        let mut found = narrow.clone();
        for _ in 0..WIDENINGS {
            let (places, seen): (Vec<usize>, Vec<Seen>) =
                left.iter().zip(&narrow).filter_map(|(&i, seen)| Some((i, (*seen)?))).unzip();
            places.iter().for_each(|&i| steps.widen(i));
            let mut trial = gradient.to_vec();
            let wide = self.central(steps, x, value, &places, &mut trial)?;
            (left, narrow) = (Vec::new(), Vec::new());
            for ((&i, before), wide) in places.iter().zip(seen).zip(wide) {
                // Without room on the way there is nothing to compare.
                let (better, on) = steps.compare(i, before, wide.unwrap_or(before));
                gradient[i] = better.derivative;
                found[i] = Some(better);
                steps.learn(i, better);
                if on {
                    left.push(i);
                    narrow.push(Some(better));
                }
            }
            if left.is_empty() {
                break;
            }
        }
        steps.error = steps.error_for(x, value, gradient, true);
        Ok(found)
    }

    /// Derivatives by the variables `left`, by central differences with steps that are found for each.
    fn find_steps(
        &self,
        steps: &mut Steps,
        x: &[f64],
        value: f64,
        mut left: Vec<usize>,
        search: Search,
        gradient: &mut [f64],
    ) -> Evaluation {
        let mut searches = vec![search; left.len()];
        while !left.is_empty() {
            let seen = self.central(steps, x, value, &left, gradient)?;
            let mut again = (Vec::new(), Vec::new());
            for ((i, mut search), seen) in left.into_iter().zip(searches).zip(seen) {
                if seen.is_none_or(|seen| steps.adjust(i, x[i], seen, &mut search)) {
                    continue;
                }
                if search.has_failed() {
                    steps.never_shown(i);
                } else {
                    again.0.push(i);
                    again.1.push(search);
                }
            }
            (left, searches) = again;
        }
        Ok(())
    }

    /// The same by variables whose steps were right elsewhere only.
    fn find_again(
        &self,
        steps: &mut Steps,
        x: &[f64],
        value: f64,
        misled: Vec<usize>,
        gradient: &mut [f64],
    ) -> Evaluation {
        misled.iter().for_each(|&i| steps.never_shown(i));
        self.find_steps(steps, x, value, misled, Search::near(), gradient)
    }

    /// The gradient with the steps known.
    fn differentiate(
        &self,
        steps: &mut Steps,
        x: &[f64],
        value: f64,
        central: bool,
        gradient: &mut [f64],
    ) -> Evaluation {
        if central {
            self.learn(steps, x, value, gradient)?;
        } else {
            let all: Vec<usize> = (0..x.len()).collect();
            let step = |i: usize| steps.short(i, x[i], value);
            self.differentiate_values(x, value, Scheme::Forward, &all, step, gradient, |_, _| ())?;
            steps.flat = true;
            let misled = (0..x.len())
                .filter(|&i| steps.needs_another(i, x[i], value, gradient[i]))
                .collect();
            self.find_again(steps, x, value, misled, gradient)?;
        }
        Ok(())
    }

    /// Central differences of all variables, which tell their curvatures.
    fn learn(
        &self,
        steps: &mut Steps,
        x: &[f64],
        value: f64,
        gradient: &mut [f64],
    ) -> Evaluation<Vec<Option<Seen>>> {
        let all: Vec<usize> = (0..x.len()).collect();
        let mut seen = self.central(steps, x, value, &all, gradient)?;
        for (i, seen) in seen.iter().enumerate() {
            if let Some(seen) = seen {
                steps.learn(i, *seen);
            }
        }
        steps.flat = seen.iter().flatten().all(|seen| seen.second == 0.0);
        let outgrown = |i: &usize| seen[*i].is_some_and(|seen| steps.outgrown(*i, &seen));
        let misled: Vec<usize> = (0..x.len()).filter(outgrown).collect();
        if !misled.is_empty() {
            self.find_again(steps, x, value, misled.clone(), gradient)?;
            let again = self.central(steps, x, value, &misled, gradient)?;
            misled.into_iter().zip(again).for_each(|(i, again)| seen[i] = again);
        }
        steps.learnt_at = largest_entry(gradient);
        Ok(seen)
    }

    /// Central differences of some variables, or next to a bound those to one side; of each what was seen, where there
    /// was room.
    fn central(
        &self,
        steps: &Steps,
        x: &[f64],
        value: f64,
        variables: &[usize],
        gradient: &mut [f64],
    ) -> Evaluation<Vec<Option<Seen>>> {
        let mut seen = vec![None; variables.len()];
        let step = |i: usize| steps.long(i, x[i]);
        let see = |place: usize, pair: Seen| seen[place] = Some(pair);
        self.differentiate_values(x, value, Scheme::Central, variables, step, gradient, see)?;
        Ok(seen)
    }

    /// Derivatives by these variables, from values around x, where `f(x)` is known. `see` is told what two
    /// values besides that have shown of a variable, by its place among the `variables`.
    #[expect(clippy::too_many_arguments, reason = "each says another thing")]
    pub(super) fn differentiate_values(
        &self,
        x: &[f64],
        value: f64,
        scheme: Scheme,
        variables: &[usize],
        step: impl Fn(usize) -> f64,
        gradient: &mut [f64],
        mut see: impl FnMut(usize, Seen),
    ) -> Evaluation {
        let threads = self.oracle.threads();
        let at_once = if threads > 1 { 4 * threads } else { 1 };
        let stencils_of = |i: usize| {
            let room = Room::along_axis(x, i, self.bounds());
            // The step as the variable takes it, after rounding.
            stencils(scheme, (x[i] + step(i)) - x[i], room)
        };
        let mut points = Vec::new();
        for (block, variables) in variables.chunks(at_once).enumerate() {
            let places = variables.iter().enumerate();
            let mut tried: Vec<_> = places
                .map(|(k, &i)| (block * at_once + k, i, stencils_of(i), Stencil::nowhere()))
                .collect();
            // In the first round those that are best; later ones where values were not finite.
            while !tried.is_empty() {
                tried.retain_mut(|(_, _, stencils, stencil)| match stencils.next() {
                    Some(next) => {
                        *stencil = next;
                        true
                    }
                    None => false,
                });
                points.clear();
                for (_, i, _, stencil) in &tried {
                    points.extend(stencil.displacements().map(|t| {
                        let mut point = x.to_vec();
                        point[*i] = x[*i] + t;
                        self.keep_bounds(&mut point);
                        point
                    }));
                }
                let values = self.oracle.values(&points)?;
                let mut rest = &values[..];
                tried.retain(|&(place, i, _, stencil)| {
                    let (own, others) = rest.split_at(stencil.displacements().count());
                    rest = others;
                    if let Some(seen) = Seen::new(&stencil, value, own) {
                        see(place, seen);
                    }
                    let mut own = own.iter().copied();
                    let at = |t| if t == 0.0 { Some(value) } else { own.next() };
                    gradient[i] = stencil.combine(at);
                    !gradient[i].is_finite()
                });
            }
        }
        Ok(())
    }
}
