//! K-BFGS: Kronecker factors whose inverses are quasi-Newton matrices.

use ravine_linalg::ArgumentError;
use ravine_linalg::matrix::{Matrix, MatrixSlice, Precision};
use ravine_linalg::vector::dot;

use super::allowed::share;
use super::dense::{accumulate_gram, average, finite, identity, sandwich, view};
use super::scratch::Scratch;
use super::{DampedInverse, Failures, Shape, Status};

/// Settings of [`KBfgs`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KBfgsSettings {
    /// The share of input factors and of pairs that is kept, in `[0, 1)`. Default `0.9`.
    pub decay: f64,
    /// The damping lambda of the block; each factor gets its root. In `(0, 1)`: the second damping of
    /// pairs needs a root below 1. Default `0.3`.
    pub damping: f64,
}

impl Default for KBfgsSettings {
    fn default() -> Self {
        Self { decay: 0.9, damping: 0.3 }
    }
}

impl KBfgsSettings {
    /// Whether all settings are allowed.
    ///
    /// # Errors
    ///
    /// One that names the first that is not.
    pub fn check(&self) -> Result<(), ArgumentError> {
        share("decay", self.decay)?;
        let inside = self.damping > 0.0 && self.damping < 1.0;
        ArgumentError::check(inside, "damping", self.damping, "in (0, 1)")
    }
}

/// K-BFGS for a linear layer with weights of o rows and i columns: `H_a` (i by i) stands for
/// `(A + sqrt(lambda) I)^-1`, `A = E[a a']` of its inputs, `H_g` (o by o) for the inverse curvature of the
/// loss in its outputs, and directions are `H_g G H_a`.
///
/// After a step, with a second gradient on the same cases at the new point, `H_g` learns from
/// s, the mean change of the layer's outputs before the activation, and y, the mean change of the
/// derivatives g of each case's own loss; both averaged over steps and [damped twice](double_damped).
/// `H_a` learns from `s = H_a m`, m the mean input, and `y = (A + sqrt(lambda) I) s`. Updates cost
/// `O(o^2 + i^2)`.
///
/// Source: Goldfarb, Ren and Bahamou, Practical quasi-Newton methods for training deep neural networks
/// (2020).
///
/// ```
/// use ravine_nn::precondition::{KBfgs, KBfgsSettings, Shape};
///
/// let mut kbfgs = KBfgs::new(Shape::new(1, 2), KBfgsSettings::default());
/// kbfgs.observe_inputs(3, &[1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
/// kbfgs.observe_pair(&[0.1], &[0.2]);
/// let mut direction = [0.0; 2];
/// kbfgs.direction(&[1.0, 2.0], &mut direction);
/// # assert!(direction[1] > 0.0);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct KBfgs<T: Precision> {
    settings: KBfgsSettings,
    shape: Shape,
    /// A.
    input: Matrix<T>,
    initialized: bool,
    /// `H_a`.
    input_inverse: Matrix<T>,
    /// `H_g`.
    output_inverse: Matrix<T>,
    /// The averages of s and y.
    pair: [Vec<T>; 2],
    failures: Failures,
    #[serde(skip)]
    work: Scratch<KBfgsWork<T>>,
}

#[derive(Debug, Default)]
struct KBfgsWork<T> {
    product: Vec<T>,
    next: Matrix<T>,
}

impl<T: Precision> KBfgs<T> {
    /// Both inverses are the identity.
    ///
    /// # Panics
    ///
    /// If `damping` is not in `(0, 1)`.
    pub fn new(shape: Shape, settings: KBfgsSettings) -> Self {
        let allowed = settings.damping > 0.0 && settings.damping < 1.0;
        assert!(allowed, "KBfgs: damping is {}, allowed between 0 and 1", settings.damping);
        let Shape { rows, columns } = shape;
        Self {
            input: Matrix::filled(columns, columns, T::ZERO),
            initialized: false,
            input_inverse: identity(columns),
            output_inverse: identity(rows),
            pair: [vec![T::ZERO; rows], vec![T::ZERO; rows]],
            failures: Failures::default(),
            work: Scratch::default(),
            settings,
            shape,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &KBfgsSettings {
        &self.settings
    }

    /// `H_a`.
    pub fn input_inverse(&self) -> &Matrix<T> {
        &self.input_inverse
    }

    /// `H_g`.
    pub fn output_inverse(&self) -> &Matrix<T> {
        &self.output_inverse
    }

    /// How often data was refused, or an update skipped.
    pub fn failures(&self) -> Failures {
        self.failures
    }

    /// `A` of a pass over all data, and `H_a = (A + sqrt(lambda) I)^-1`.
    ///
    /// # Panics
    ///
    /// If `input` has another shape than A.
    pub fn initialize(&mut self, input: &Matrix<T>) -> Status {
        let n = self.shape.columns;
        assert_eq!((input.rows(), input.columns()), (n, n), "KBfgs: inputs");
        let mut inverse = DampedInverse::new(n);
        let status = inverse.refresh(input, 1.0, self.settings.damping.sqrt());
        if status != Status::KeptOld {
            self.input.entries_mut().copy_from_slice(input.entries());
            self.input_inverse.entries_mut().copy_from_slice(inverse.matrix().entries());
            self.initialized = true;
        }
        self.failures.count(status)
    }

    /// Takes in the inputs of so many cases, a row each. The first ones [initialize](Self::initialize).
    ///
    /// # Panics
    ///
    /// If there are not `cases` rows.
    pub fn observe_inputs(&mut self, cases: usize, inputs: &[T]) -> Status {
        let n = self.shape.columns;
        let x = MatrixSlice::by_rows(inputs, cases, n);
        if !finite(inputs) {
            return self.failures.count(Status::KeptOld);
        }
        let weight = 1.0 / cases.max(1) as f64;
        let mut gram = Matrix::filled(n, n, T::ZERO);
        accumulate_gram(&mut gram, 0.0, weight, x);
        let mut mean = vec![T::ZERO; n];
        for row in inputs.chunks_exact(n) {
            average(&mut mean, 1.0, weight, row);
        }
        self.observe_input_statistics(&gram, &mean)
    }

    /// Takes in `E[a a']` and `E[a]` of the inputs of some cases. The first ones
    /// [initialize](Self::initialize).
    ///
    /// # Panics
    ///
    /// If a shape is not that of the inputs.
    pub fn observe_input_statistics(&mut self, gram: &Matrix<T>, mean: &[T]) -> Status {
        let n = self.shape.columns;
        assert!(gram.rows() == n && gram.columns() == n && mean.len() == n, "KBfgs: inputs");
        if !finite(gram.entries()) || !finite(mean) {
            return self.failures.count(Status::KeptOld);
        }
        if !self.initialized {
            return self.initialize(gram);
        }
        let decay = self.settings.decay;
        average(self.input.entries_mut(), decay, 1.0 - decay, gram.entries());
        let (mut s, mut y) = (vec![T::ZERO; n], vec![T::ZERO; n]);
        self.input_inverse.multiply(mean, &mut s);
        self.input.multiply(&s, &mut y);
        average(&mut y, 1.0, self.settings.damping.sqrt(), &s);
        let status = bfgs(&mut self.input_inverse, &s, &y, &mut self.work.next);
        self.failures.count(status)
    }

    /// Takes in a pair: the mean over cases of the change of outputs, and of the change of the
    /// derivatives of each case's own loss with respect to them, both in the same direction.
    ///
    /// # Panics
    ///
    /// If a slice has not one entry a row of the weights.
    pub fn observe_pair(&mut self, outputs: &[T], adjoints: &[T]) -> Status {
        let o = self.shape.rows;
        assert!(outputs.len() == o && adjoints.len() == o, "KBfgs: a pair of {o} entries each");
        if !finite(outputs) || !finite(adjoints) {
            return self.failures.count(Status::KeptOld);
        }
        let KBfgsSettings { decay, damping } = self.settings;
        average(&mut self.pair[0], decay, 1.0 - decay, outputs);
        average(&mut self.pair[1], decay, 1.0 - decay, adjoints);
        let [s, y] = double_damped(&self.output_inverse, &self.pair[0], &self.pair[1], damping);
        let status = bfgs(&mut self.output_inverse, &s, &y, &mut self.work.next);
        self.failures.count(status)
    }

    /// `out = H_g v H_a`.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn direction(&mut self, v: &[T], out: &mut [T]) {
        self.shape.check("KBfgs", v);
        self.shape.check("KBfgs", out);
        let (left, right) = (view(&self.output_inverse), view(&self.input_inverse));
        sandwich(self.shape, Some(left), v, Some(right), out, &mut self.work.product);
    }
}

/// A pair with enough curvature for an inverse H and a damping lambda below 1, in this order:
///
/// 1. where `s'y < 0.2 y'Hy`: `s <- theta s + (1 - theta) H y`, which makes them equal;
/// 2. where `s'y < sqrt(lambda) s's`: `y <- theta y + (1 - theta) s`, which makes these equal.
///
/// # Panics
///
/// If the dimensions disagree.
pub fn double_damped<T: Precision>(h: &Matrix<T>, s: &[T], y: &[T], lambda: f64) -> [Vec<T>; 2] {
    let (mut s, mut y, mut hy) = (s.to_vec(), y.to_vec(), vec![T::ZERO; y.len()]);
    h.multiply(&y, &mut hy);
    let (sy, yhy) = (dot(&s, &y), dot(&y, &hy));
    if sy < 0.2 * yhy {
        let theta = 0.8 * yhy / (yhy - sy);
        average(&mut s, theta, 1.0 - theta, &hy);
    }
    let (sy, ss, root) = (dot(&s, &y), dot(&s, &s), lambda.sqrt());
    if sy < root * ss {
        let theta = (1.0 - root) * ss / (ss - sy);
        average(&mut y, theta, 1.0 - theta, &s);
    }
    [s, y]
}

/// Least curvature `s'y / s's` of a pair that is used.
const LEAST_CURVATURE: f64 = 1e-8;

/// `H <- (I - s y'/s'y) H (I - y s'/s'y) + s s'/s'y`, symmetric; skipped where `s'y` is not positive
/// against `s's`, or something is not finite.
fn bfgs<T: Precision>(h: &mut Matrix<T>, s: &[T], y: &[T], next: &mut Matrix<T>) -> Status {
    let n = s.len();
    let mut hy = vec![T::ZERO; n];
    h.multiply(y, &mut hy);
    let (sy, ss) = (dot(s, y), dot(s, s));
    if ss == 0.0 {
        return Status::Empty;
    }
    if !(sy > LEAST_CURVATURE * ss && sy.is_finite()) {
        return Status::KeptOld;
    }
    let outer = (1.0 + dot(y, &hy) / sy) / sy;
    next.resize(n, n);
    for j in 0..n {
        for i in j..n {
            let (si, sj) = (s[i].wide(), s[j].wide());
            let mixed = (hy[i].wide() * sj + si * hy[j].wide()) / sy;
            let value = T::narrow(h[(i, j)].wide() + outer * si * sj - mixed);
            next[(i, j)] = value;
            next[(j, i)] = value;
        }
    }
    if !finite(next.entries()) {
        return Status::KeptOld;
    }
    std::mem::swap(h, next);
    Status::Refreshed
}

#[cfg(test)]
mod tests {
    use super::super::examples::*;
    use super::*;
    use ravine_linalg::matrix::SymmetricEigen;
    use ravine_linalg::random::Random;

    #[test]
    fn pinned_double_damping_and_update() {
        let mut h = Matrix::from_rows(&[[2.0, 0.5], [0.5, 1.0]]);
        let [s, y] = double_damped(&h, &[1.0, -2.0], &[-0.5, 0.5], 0.3);
        close(&s, &[-0.4, -0.2], 1e-15);
        close(&y, &[-0.490455, 0.433188], DIGITS);
        assert_eq!(bfgs(&mut h, &s, &y, &mut Matrix::default()), Status::Refreshed);
        close(h.entries(), &[3.962623, 3.563092, 3.563092, 3.572436], DIGITS);
    }

    #[test]
    fn dampings_give_what_they_promise() {
        let mut random = Random::new(34);
        let h = semidefinite(&mut random, &[3.0, 1.0, 0.2]);
        for _ in 0..40 {
            let (s, y): (Vec<f64>, Vec<f64>) = (drawn(&mut random, 3), drawn(&mut random, 3));
            let mut hy = vec![0.0; 3];
            h.multiply(&y, &mut hy);
            let [first, _] = double_damped(&h, &s, &y, 0.3);
            assert!(dot(&first, &y) >= (0.2 - 1e-14) * dot(&y, &hy));
            let [s, y] = double_damped(&h, &s, &y, 0.3);
            assert!(dot(&s, &y) >= (0.3f64.sqrt() - 1e-14) * dot(&s, &s));
        }
    }

    /// The secant equation, and definite inverses whatever the pairs.
    #[test]
    fn updates_keep_the_secant_equation_and_definiteness() {
        let mut random = Random::new(35);
        let shape = Shape::new(4, 3);
        let mut kbfgs = KBfgs::<f64>::new(shape, KBfgsSettings::default());
        for _ in 0..30 {
            let inputs: Vec<f64> = drawn(&mut random, 3 * 8);
            assert_eq!(kbfgs.observe_inputs(8, &inputs), Status::Refreshed);
            let (s, y): (Vec<f64>, Vec<f64>) = (drawn(&mut random, 4), drawn(&mut random, 4));
            let before = kbfgs.output_inverse().clone();
            assert_eq!(kbfgs.observe_pair(&s, &y), Status::Refreshed);
            let [s, y] = double_damped(&before, &kbfgs.pair[0], &kbfgs.pair[1], 0.3);
            let mut hy = vec![0.0; 4];
            kbfgs.output_inverse().multiply(&y, &mut hy);
            close(&hy, &s, 1e-12 * (1.0 + dot(&s, &s).sqrt()));
            for h in [kbfgs.input_inverse(), kbfgs.output_inverse()] {
                assert!(h.is_symmetric() && SymmetricEigen::new(h).unwrap().values()[0] > 0.0);
            }
        }
        let g: Vec<f64> = drawn(&mut random, 12);
        let mut direction = vec![0.0; 12];
        kbfgs.direction(&g, &mut direction);
        assert!(dot(&g, &direction) > 0.0);
    }

    /// The first inputs are inverted; later ones give what they are updated for: `H_a (A + ..) s = s`.
    #[test]
    fn input_inverses_start_right_and_follow() {
        let mut random = Random::new(36);
        let shape = Shape::new(1, 3);
        let mut kbfgs = KBfgs::<f64>::new(shape, KBfgsSettings::default());
        let inputs: Vec<f64> = drawn(&mut random, 3 * 8);
        kbfgs.observe_inputs(8, &inputs);
        let damped = |kbfgs: &KBfgs<f64>| {
            Matrix::from_fn(3, 3, |i, j| {
                kbfgs.input[(i, j)] + if i == j { 0.3f64.sqrt() } else { 0.0 }
            })
        };
        let mut product = Matrix::zeros(3, 3);
        super::super::dense::multiply(&mut product, &damped(&kbfgs), kbfgs.input_inverse());
        close(product.entries(), identity::<f64>(3).entries(), 1e-13);
        // With the same cases nothing changes.
        let before = kbfgs.input_inverse().clone();
        kbfgs.observe_inputs(8, &inputs);
        close(kbfgs.input_inverse().entries(), before.entries(), 1e-13);
    }

    #[test]
    fn refused_data_and_saved_states() {
        let shape = Shape::new(2, 3);
        let mut kbfgs = KBfgs::<f32>::new(shape, KBfgsSettings::default());
        let inputs: Vec<f32> = narrowed(&G1);
        assert_eq!(kbfgs.observe_inputs(2, &[f32::NAN; 6]), Status::KeptOld);
        kbfgs.observe_inputs(2, &inputs);
        assert_eq!(kbfgs.observe_pair(&[0.0; 2], &[0.0; 2]), Status::Empty);
        assert_eq!(kbfgs.observe_pair(&[f32::INFINITY; 2], &[0.0; 2]), Status::KeptOld);
        assert_eq!(kbfgs.failures(), Failures { consecutive: 1, total: 2 });
        kbfgs.observe_pair(&[0.5, -0.1], &[0.2, 0.3]);
        let mut again = restored(&kbfgs);
        let (mut out, mut other) = (vec![0.0; 6], vec![0.0; 6]);
        for state in [&mut kbfgs, &mut again] {
            state.observe_inputs(2, &narrowed(&G2));
            state.observe_pair(&[0.1, 0.1], &[-0.2, 0.3]);
        }
        kbfgs.direction(&inputs, &mut out);
        again.direction(&inputs, &mut other);
        assert_eq!((&kbfgs, &out), (&again, &other));
    }

    #[test]
    #[should_panic = "damping is 1"]
    fn too_much_damping_is_refused() {
        KBfgs::<f64>::new(Shape::new(1, 1), KBfgsSettings { damping: 1.0, ..Default::default() });
    }
}
