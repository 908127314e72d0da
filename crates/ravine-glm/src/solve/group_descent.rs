//! Block coordinate descent on a quadratic model with a penalty of groups.

use ravine::matrix::{Matrix, SymmetricEigen};
use ravine::random::Random;
use ravine::vector::{axpy, norm};

use super::problem::Problem;

/// A block of a model: places in the working set, the size of its norm in the penalty, and the eigenvalues
/// and eigenvectors of its curvature.
struct Block {
    places: Vec<usize>,
    l1: f64,
    eigen: (Vec<f64>, Matrix),
}

/// The blocks of a working set; columns without a group are blocks of one.
fn blocks(problem: &Problem<'_>, set: &[usize], gram: &Matrix) -> Vec<Block> {
    let largest = (0..set.len()).fold(0.0_f64, |most, k| gram[(k, k)].max(most));
    let block = |places: Vec<usize>, l1: f64| {
        let size = places.len();
        let curvature = Matrix::from_fn(size, size, |a, b| {
            let l2 = if a == b { problem.l2[set[places[a]]] } else { 0.0 };
            gram[(places[a], places[b])] + l2
        });
        let (mut values, vectors) = SymmetricEigen::new(&curvature).ok()?.into_parts();
        // Columns of a group that are combinations of each other leave no curvature.
        values.iter_mut().for_each(|v| *v = v.max(1e-14 * largest));
        Some(Block { places, l1, eigen: (values, vectors) })
    };
    let mut found = Vec::new();
    for group in &problem.groups {
        let places: Vec<usize> =
            group.columns.iter().filter_map(|j| set.binary_search(j).ok()).collect();
        if !places.is_empty() {
            found.extend(block(places, group.l1));
        }
    }
    let grouped = problem.grouped();
    let single = (0..set.len()).filter(|&k| !grouped[set[k]]);
    found.extend(single.filter_map(|k| block(vec![k], problem.l1[set[k]])));
    found
}

/// Minimizes `v'Lam v / 2 - c'v + l1 ||v||` with the diagonal Lam: zero where `||c|| <= l1`, else
/// `v = c h / (Lam h + l1)` with the root `h = ||v||` of `sum_i (c_i / (Lam_i h + l1))^2 = 1`, by Newton's
/// method on one minus the inverse root of the sum, from zero: concave, so that it converges from below.
fn shrink(c: &mut [f64], curvatures: &[f64], l1: f64) {
    let length = norm(c);
    if length <= l1 || length == 0.0 {
        c.fill(0.0);
        return;
    }
    if l1 == 0.0 {
        c.iter_mut().zip(curvatures).for_each(|(c, l)| *c /= l);
        return;
    }
    let mut h = 0.0;
    for _ in 0..100 {
        let (mut sum, mut slope) = (0.0, 0.0);
        for (c, l) in c.iter().zip(curvatures) {
            let quotient = c / (l * h + l1);
            sum += quotient * quotient;
            slope -= 2.0 * quotient * quotient * l / (l * h + l1);
        }
        // (1 - sum^(-1/2)) / (d/dh of it), the derivative being slope sum^(-3/2) / 2.
        let step = -2.0 * (sum.sqrt() - 1.0) * sum / slope;
        h += step;
        if step.abs() <= 1e-16 * h {
            break;
        }
    }
    c.iter_mut().zip(curvatures).for_each(|(c, l)| *c *= h / (l * h + l1));
}

/// Block coordinate descent on `g'(u - b) + (u - b)'G(u - b)/2` plus penalty, the gradient g kept up to date:
/// epochs in random order until no block moves its gradient by more than `tolerance`.
///
/// Source: Qin, Scheinberg and Goldfarb, Efficient block-coordinate descent algorithms for the group
/// lasso (2013).
pub(crate) fn descend(
    problem: &Problem<'_>,
    set: &[usize],
    gram: &Matrix,
    (g, u): (&mut [f64], &mut [f64]),
    tolerance: f64,
    random: &mut Random,
) {
    let mut blocks = blocks(problem, set, gram);
    let epochs = (problem.rows() / 10).clamp(50, 1000);
    for _ in 0..epochs {
        for k in (1..blocks.len()).rev() {
            blocks.swap(k, random.below(k + 1));
        }
        let mut moved = 0.0_f64;
        for Block { places, l1, eigen: (curvatures, vectors) } in &blocks {
            // In the eigenvectors' coordinates: c = Lam v - gradient of the smooth part.
            let own: Vec<f64> = places.iter().map(|&k| u[k]).collect();
            let slopes: Vec<f64> =
                places.iter().map(|&k| g[k] + problem.l2[set[k]] * u[k]).collect();
            let (mut v, mut c) = (vec![0.0; places.len()], vec![0.0; places.len()]);
            vectors.multiply_transposed(&own, &mut v);
            vectors.multiply_transposed(&slopes, &mut c);
            for ((c, v), l) in c.iter_mut().zip(&v).zip(curvatures) {
                *c = l * v - *c;
            }
            shrink(&mut c, curvatures, *l1);
            let mut next = vec![0.0; places.len()];
            vectors.multiply(&c, &mut next);
            let largest = curvatures.iter().fold(0.0_f64, |most, l| l.max(most));
            for (&k, &next) in places.iter().zip(&next) {
                let change = next - u[k];
                if change != 0.0 {
                    axpy(g, change, gram.column(k));
                    u[k] = next;
                    moved = moved.max(change.abs() * largest);
                }
            }
        }
        if moved <= tolerance || problem.stopped() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Lam v - c + l1 v / ||v|| = 0`, or `||c|| <= l1`, at every scale.
    #[test]
    fn shrinking_satisfies_its_condition() {
        let mut random = Random::new(4);
        let mut zeros = 0;
        for _ in 0..2000 {
            let n = 1 + random.below(6);
            let scale = 10f64.powf(6.0 * random.normal());
            let curvatures: Vec<f64> = (0..n).map(|_| 10f64.powf(2.0 * random.normal())).collect();
            let c: Vec<f64> = (0..n).map(|_| scale * random.normal()).collect();
            let l1 = scale * 2.0 * random.uniform();
            let mut v = c.clone();
            shrink(&mut v, &curvatures, l1);
            let length = norm(&v);
            if length == 0.0 {
                assert!(norm(&c) <= l1);
                zeros += 1;
                continue;
            }
            let rest: Vec<f64> =
                (0..n).map(|i| curvatures[i] * v[i] - c[i] + l1 * v[i] / length).collect();
            assert!(norm(&rest) < 1e-11 * norm(&c), "{rest:?} {c:?} {curvatures:?} {l1}");
        }
        assert!((100..1900).contains(&zeros));
    }
}
