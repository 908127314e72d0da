//! Curvatures as operators, against dense algebra.

use crate::random::{Random, dot, max_difference, product, symmetric_with_spectrum};
use ravine::Interrupt;
use ravine::curvature::{
    DenseSecant, DenseSr1, DifferencedHessian, EmpiricalFisher, Form, GaussNewton, HessianAt,
    LimitedMemory, LimitedSr1, LossCurvature, SecantMatrix, SecantUpdate, fisher_at,
};
use ravine::matrix::{FactorizationError, Matrix};
use ravine::objective::{
    Bounds, CaseGradients, Differences, Evaluation, FiniteSum, Fisher, Gradient, Hessian,
    HessianProduct, Loss, Objective, Scheme, SparseHessian, from_gradient, from_residuals,
};
use ravine::operator::{Adjoint, Algebra, Invert, InvertShifted, LinearOperator, Structure};
use ravine::oracle::Oracle;
use ravine::{Conditions, objective, residuals};

type V = Vec<f64>;

fn transposed(a: &Matrix) -> Matrix {
    Matrix::from_fn(a.columns(), a.rows(), |i, j| a[(j, i)])
}

#[track_caller]
fn assert_close(a: &Matrix, b: &Matrix, tolerance: f64) {
    assert_eq!((a.rows(), a.columns()), (b.rows(), b.columns()));
    let scale = b.entries().iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    let difference = max_difference(a, b);
    assert!(difference <= tolerance * scale, "differ by {difference}, of {scale}");
}

/// `A B = I`, whichever way round, and both are self-adjoint.
#[track_caller]
fn assert_inverse(a: &impl Adjoint<V>, b: &impl Adjoint<V>, tolerance: f64) {
    let identity = Matrix::identity(a.dimension());
    assert_close(&a.then(b).unwrap().dense().unwrap(), &identity, tolerance);
    assert_close(&b.then(a).unwrap().dense().unwrap(), &identity, tolerance);
    for operator in [a as &dyn Adjoint<V>, b] {
        let dense = operator.dense().unwrap();
        assert_close(&operator.transposed().dense().unwrap(), &dense, 0.0);
        assert_close(&transposed(&dense), &dense, tolerance);
    }
}

/// `sum_i x_i^4 / 4` plus a coupling that makes it indefinite near zero.
fn quartic() -> impl Hessian + SparseHessian {
    objective!(4, |x| {
        let mut sum = R::from(0.0);
        for i in 0..4 {
            sum += x[i].powi(4) * 0.25;
        }
        for i in 0..3 {
            sum += x[i] * x[i + 1] * 3.0;
        }
        sum
    })
}

#[test]
fn the_exact_hessian_by_products_dense_and_sparse() {
    let f = quartic();
    let oracle = Oracle::new(&f, ravine::Stopping::default());
    let x = vec![1.0, -0.5, 0.2, 2.0];
    let hessian = HessianAt { oracle: &oracle, x: &x };
    let expected = Matrix::from_fn(4, 4, |i, j| match i.abs_diff(j) {
        0 => 3.0 * x[i] * x[i],
        1 => 3.0,
        _ => 0.0,
    });
    assert_eq!(hessian.structure(), Structure::Symmetric);
    assert_close(&Algebra::dense(&hessian).unwrap(), &expected, 1e-15);
    assert_eq!(oracle.counts().hessian_product, 4);
    assert_close(&hessian.dense().unwrap().dense().unwrap(), &expected, 1e-15);
    assert_close(&hessian.sparse().unwrap().dense().unwrap(), &expected, 1e-15);
    assert_eq!(oracle.counts().hessian, 2);
    // Indefinite as it is, and definite with enough damping.
    let sparse = hessian.sparse().unwrap();
    let inverse = sparse.inverse().unwrap();
    assert_eq!(inverse.structure(), Structure::Symmetric);
    assert_inverse(&sparse, &inverse, 1e-14);
    assert!((&sparse).assume(Structure::Definite).unwrap().inverse().is_err());
    assert_eq!(sparse.shifted_inverse(6.0).unwrap().structure(), Structure::Definite);
    let damped = hessian.shifted(6.0).unwrap();
    assert_inverse(&damped, &sparse.shifted_inverse(6.0).unwrap(), 1e-14);
    let indefinite = HessianAt { oracle: &oracle, x: &x }.dense().unwrap();
    assert_inverse(&indefinite, &indefinite.inverse().unwrap(), 1e-14);
}

#[test]
fn an_interrupt_of_the_objective_comes_through() {
    let f = quartic();
    let stop = std::sync::atomic::AtomicBool::new(true);
    let oracle = Oracle::new(&f, Conditions::default().cancel(&stop));
    let x = vec![1.0; 4];
    let hessian = HessianAt { oracle: &oracle, x: &x };
    let damped = (&hessian).shifted(1.0).unwrap().scaled(2.0);
    assert!(matches!(damped.apply(&x, &mut vec![0.0; 4]), Err(Interrupt::Cancelled)));
    assert!(matches!(hessian.dense(), Err(Interrupt::Cancelled)));
    assert!(matches!(hessian.sparse(), Err(Interrupt::Cancelled)));
}

#[test]
fn differences_of_gradients_give_the_hessian() {
    let f = quartic();
    let oracle = Oracle::new(&f, ravine::Stopping::default());
    let x = vec![1.0, -0.5, 0.2, 2.0];
    let exact = HessianAt { oracle: &oracle, x: &x }.dense().unwrap().dense().unwrap();
    for (scheme, tolerance, gradients) in [(Scheme::Central, 1e-9, 8), (Scheme::Forward, 1e-6, 5)] {
        let before = oracle.counts().gradient;
        let differences = Differences { scheme, ..Differences::default() };
        let hessian = DifferencedHessian::new(&oracle, &x, differences).unwrap();
        assert_close(&hessian.dense().unwrap(), &exact, tolerance);
        assert_eq!(oracle.counts().gradient - before, gradients);
        let mut nothing = vec![1.0; 4];
        hessian.apply(&vec![0.0; 4], &mut nothing).unwrap();
        assert_eq!(nothing, [0.0; 4]);
        // A direction of any length.
        let mut long = vec![0.0; 4];
        hessian.apply(&vec![0.0, 1e12, 0.0, 0.0], &mut long).unwrap();
        assert!((long[0] - 3e12).abs() < tolerance * 3e12);
    }
}

#[test]
fn differences_turn_away_from_where_the_gradient_is_not_finite() {
    // Defined from 1 on only.
    let f = from_gradient(1, |x: &[f64], g: &mut [f64]| {
        g[0] = if x[0] < 1.0 { f64::NAN } else { x[0].powi(3) };
        x[0].powi(4) / 4.0
    });
    let oracle = Oracle::new(&f, ravine::Stopping::default());
    let x = vec![1.0];
    let hessian = DifferencedHessian::new(&oracle, &x, Differences::default()).unwrap();
    let mut y = vec![0.0];
    hessian.apply(&vec![1.0], &mut y).unwrap();
    assert!((y[0] - 3.0).abs() < 1e-8, "{y:?}");

    let bounds = Bounds::new(vec![1.0], vec![2.0]).unwrap();
    let oracle = Oracle::new(&f, Conditions::default().within(bounds));
    let hessian = DifferencedHessian::new(&oracle, &x, Differences::default()).unwrap();
    hessian.apply(&vec![-1.0], &mut y).unwrap();
    assert!((y[0] + 3.0).abs() < 1e-7, "{y:?}");
    let typical = Differences { typical: -1.0, ..Differences::default() };
    let f = quartic();
    let oracle = Oracle::new(&f, ravine::Stopping::default());
    assert!(DifferencedHessian::new(&oracle, &vec![0.0; 4], typical).is_err());
}

#[test]
fn gauss_newton_is_the_hessian_of_the_linear_model() {
    let mut random = Random::new(1);
    // More unknowns than a line: 6 residuals of 3 variables, linear, so that it is exact for squares.
    let a = Matrix::from_fn(6, 3, |_, _| random.uniform());
    let b = random.vector(6);
    let (a_r, a_j) = (a.clone(), a.clone());
    let f = from_residuals(
        3,
        6,
        move |x: &[f64], r: &mut [f64]| {
            a_r.multiply(x, r);
            r.iter_mut().zip(&b).for_each(|(r, b)| *r -= b);
        },
        move |_: &[f64], j: &mut Matrix| *j = a_j.clone(),
    );
    let x = [0.3, -0.7, 0.2];
    for loss in [Loss::Squares, Loss::Huber(0.5), Loss::SoftL1(0.4), Loss::Cauchy(5.0)] {
        let f = f_with(&f, loss);
        let oracle = Oracle::new(&f, ravine::Stopping::default());
        let curvature = GaussNewton::at(&oracle, &x, LossCurvature::Second).unwrap();
        assert_eq!(oracle.counts().gradient, 1);
        assert_eq!(curvature.structure(), Structure::Semidefinite);
        let dense = curvature.dense().unwrap();
        // Residuals are linear, so that this is the Hessian wherever no loss is concave (in Huber's
        // flat part the curvature is kept from zero).
        let point = x.to_vec();
        let hessian = DifferencedHessian::new(&oracle, &point, Differences::default()).unwrap();
        if !matches!(loss, Loss::Huber(_)) {
            assert_close(&dense, &hessian.dense().unwrap(), 1e-8);
        }
        let mut gradients = product(&transposed(&a), &a);
        gradients.entries_mut().iter_mut().for_each(|v| *v *= 2.0);
        if loss == Loss::Squares {
            assert_close(&dense, &gradients, 1e-14);
            assert_close(&curvature.jacobian().gram().scaled(2.0).dense().unwrap(), &dense, 1e-14);
        }
        assert_inverse(&curvature, &curvature.inverse().unwrap(), 1e-12);
        let damped = (&curvature).shifted(0.1).unwrap();
        assert_inverse(&damped, &damped.inverse().unwrap(), 1e-12);
        assert!(curvature.shifted_inverse(-0.1).is_err());
    }
    let error = GaussNewton::new(a, &[1.0; 5], Loss::Squares, LossCurvature::Second).unwrap_err();
    assert_eq!(error.argument(), "inner operator");
}

/// The same residuals with another loss.
fn f_with<R, J>(
    f: &ravine::objective::WithResiduals<R, J>,
    loss: Loss,
) -> ravine::objective::WithResiduals<R, J>
where
    R: Clone,
    J: Clone,
{
    f.clone().with_loss(loss).unwrap()
}

#[test]
fn gauss_newton_keeps_the_digits_of_the_jacobian() {
    // Condition number 1e7 in J, 1e14 in J'J: by normal equations nothing would be left.
    let delta = 1e-7;
    let jacobian = Matrix::from_rows(&[[1.0, 1.0], [delta, 0.0], [0.0, delta]]);
    let b = GaussNewton::new(jacobian, &[0.0; 3], Loss::Squares, LossCurvature::Second).unwrap();
    let mut x = vec![0.0; 2];
    // Along (1, -1) the curvature is 2 delta^2.
    b.inverse().unwrap().apply(&vec![1.0, -1.0], &mut x).unwrap();
    let exact = 0.5 / (delta * delta);
    assert!((x[0] / exact - 1.0).abs() < 1e-8 && (x[1] / exact + 1.0).abs() < 1e-8, "{x:?}");
}

#[test]
fn gauss_newton_without_full_rank_needs_damping() {
    // Fewer residuals than variables, and then dependent columns.
    let wide = Matrix::from_rows(&[[1.0, 2.0, 3.0], [0.0, 1.0, -1.0]]);
    let dependent = Matrix::from_rows(&[[1.0, 2.0], [2.0, 4.0], [-3.0, -6.0]]);
    for jacobian in [wide, dependent] {
        let r = vec![0.5; jacobian.rows()];
        let b = GaussNewton::new(jacobian, &r, Loss::Squares, LossCurvature::Weighted).unwrap();
        assert_eq!(b.inverse().unwrap_err(), FactorizationError::Singular);
        let damped = (&b).shifted(0.3).unwrap();
        assert_inverse(&damped, &damped.inverse().unwrap(), 1e-13);
    }
    let f = residuals!(2, |x| [10.0 * (x[1] - x[0] * x[0]), 1.0 - x[0]]);
    let stop = std::sync::atomic::AtomicBool::new(true);
    let oracle = Oracle::new(&f, Conditions::default().cancel(&stop));
    assert!(GaussNewton::at(&oracle, &[1.0, 1.0], LossCurvature::Second).is_err());
}

/// `1/N sum_i (a_i'x - b_i)^2 / 2`: with unit variance, a Gaussian likelihood.
struct Regression {
    a: Matrix,
    b: V,
}

impl Regression {
    fn residual(&self, x: &[f64], i: usize) -> f64 {
        (0..x.len()).map(|j| self.a[(i, j)] * x[j]).sum::<f64>() - self.b[i]
    }
}

impl Objective for Regression {
    type Point = V;

    fn dimension(&self) -> usize {
        self.a.columns()
    }

    fn value(&self, x: &V) -> Evaluation<f64> {
        let n = self.b.len();
        Ok((0..n).map(|i| 0.5 * self.residual(x, i).powi(2)).sum::<f64>() / n as f64)
    }
}

impl Gradient for Regression {
    fn value_and_gradient(&self, x: &V, gradient: &mut V) -> Evaluation<f64> {
        let n = self.b.len();
        gradient.fill(0.0);
        for i in 0..n {
            for (j, g) in gradient.iter_mut().enumerate() {
                *g += self.a[(i, j)] * self.residual(x, i) / n as f64;
            }
        }
        self.value(x)
    }
}

impl HessianProduct for Regression {
    fn hessian_product(&self, _: &V, d: &V, product: &mut V) -> Evaluation {
        let mut between = vec![0.0; self.b.len()];
        self.a.multiply(d, &mut between);
        self.a.multiply_transposed(&between, product);
        product.iter_mut().for_each(|p| *p /= self.b.len() as f64);
        Ok(())
    }
}

impl Fisher for Regression {
    fn fisher(&self, _: &[f64], fisher: &mut Matrix) -> Evaluation {
        *fisher = product(&transposed(&self.a), &self.a);
        fisher.entries_mut().iter_mut().for_each(|v| *v /= self.b.len() as f64);
        Ok(())
    }
}

impl FiniteSum for Regression {
    fn cases(&self) -> usize {
        self.b.len()
    }

    fn batch_value(&self, x: &V, cases: &[usize]) -> Evaluation<f64> {
        let squares: f64 = cases.iter().map(|&i| self.residual(x, i).powi(2)).sum();
        Ok(0.5 * squares / cases.len() as f64)
    }
}

impl CaseGradients for Regression {
    fn case_gradient(&self, x: &V, case: usize, gradient: &mut V) -> Evaluation {
        for (j, g) in gradient.iter_mut().enumerate() {
            *g = self.a[(case, j)] * self.residual(x, case);
        }
        Ok(())
    }
}

#[test]
fn fisher_information_and_the_empirical_one() {
    let mut random = Random::new(2);
    for (cases, n) in [(9, 4), (3, 5)] {
        let a = Matrix::from_fn(cases, n, |_, _| random.uniform());
        let f = Regression { a, b: random.vector(cases) };
        let oracle = Oracle::new(&f, ravine::Stopping::default());
        let x = random.vector(n);
        // A linear Gaussian model: the Fisher information is the Hessian.
        let fisher = fisher_at(&oracle, &x).unwrap();
        assert_eq!(fisher.structure(), Structure::Semidefinite);
        let hessian = HessianAt { oracle: &oracle, x: &x };
        assert_close(&fisher.dense().unwrap(), &Algebra::dense(&hessian).unwrap(), 1e-14);

        let empirical = EmpiricalFisher::at(&oracle, &x).unwrap();
        assert_eq!(oracle.counts().gradient, 1);
        assert_eq!(empirical.gradients().len(), cases);
        let expected = Matrix::from_fn(n, n, |j, k| {
            let term = |i: usize| f.residual(&x, i).powi(2) * f.a[(i, j)] * f.a[(i, k)];
            (0..cases).map(term).sum::<f64>() / cases as f64
        });
        assert_close(&empirical.dense().unwrap(), &expected, 1e-14);
        assert_eq!(empirical.structure(), Structure::Semidefinite);
        let damped = (&empirical).shifted(0.02).unwrap();
        assert_inverse(&damped, &damped.inverse().unwrap(), 1e-12);
        // Without damping only where there are enough cases.
        assert_eq!(empirical.inverse().is_ok(), cases >= n);
        assert!(empirical.low_rank(f64::NAN).is_err());
    }
    assert_eq!(EmpiricalFisher::<V>::new(vec![]).unwrap_err().argument(), "gradients");
    assert!(EmpiricalFisher::new(vec![vec![1.0], vec![1.0, 2.0]]).is_err());
}

/// Pairs of a quadratic with that Hessian, with random steps.
fn pairs_of(hessian: &Matrix, count: usize, random: &mut Random) -> Vec<(V, V)> {
    let n = hessian.rows();
    let pair = |_| {
        let s = random.vector(n);
        let mut y = vec![0.0; n];
        hessian.multiply(&s, &mut y);
        (s, y)
    };
    (0..count).map(pair).collect()
}

#[test]
fn both_directions_of_the_bfgs_and_dfp_matrices() {
    let mut random = Random::new(3);
    let hessian = symmetric_with_spectrum(&[0.2, 0.5, 1.0, 3.0, 7.0, 20.0], &mut random);
    let pairs = pairs_of(&hessian, 9, &mut random);
    let g = random.vector(6);
    for update in [SecantUpdate::Bfgs, SecantUpdate::Dfp] {
        let mut h = DenseSecant::new(6, update);
        for (s, y) in &pairs {
            assert!(h.update(s, y, &g));
            let b = h.direct().unwrap();
            assert_inverse(&h, &b, 1e-11);
            let mut bs = vec![0.0; 6];
            b.apply(s, &mut bs).unwrap();
            let error = bs.iter().zip(y).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
            assert!(error < 1e-11, "B s = y: {error}");
        }
        assert_eq!(h.structure(), Structure::Definite);
    }
    let mut h = LimitedMemory::new(4, Form::TwoLoop);
    // No pairs: there is no vector yet that could tell the dimension, but B and H are the identity.
    let (mut x, v) = (vec![0.0; 6], random.vector(6));
    h.direct().unwrap().apply(&v, &mut x).unwrap();
    assert_eq!(x, v);
    for (s, y) in &pairs {
        h.update(&mut s.clone(), &mut y.clone(), &g);
        let (b, inverse) = (h.direct().unwrap(), h.inverse());
        assert_inverse(&b, &inverse, 1e-10);
        assert_inverse(&inverse, &inverse.inverse().unwrap(), 1e-10);
        assert_inverse(&b, &b.inverse().unwrap(), 1e-10);
        assert_eq!(
            (b.structure(), inverse.structure()),
            (Structure::Definite, Structure::Definite)
        );
    }
}

#[test]
fn symmetric_rank_one_matrices_find_an_indefinite_hessian() {
    let mut random = Random::new(4);
    let hessian = symmetric_with_spectrum(&[-4.0, -0.3, 0.5, 2.0, 9.0], &mut random);
    let pairs = pairs_of(&hessian, 5, &mut random);
    let mut dense = DenseSr1::new(5);
    assert!(dense.is_initial());
    dense.set_multiple_of_identity(0.7);
    let mut limited = LimitedSr1::new(5, 0.7).unwrap();
    assert!(limited.is_empty());
    assert_eq!(limited.matrix().unwrap_err().argument(), "pairs");
    // The first pair may scale the dense matrix; here it must not, to compare the two.
    for (s, y) in &pairs {
        if dense.is_initial() && dot(s, y) > 0.0 {
            continue;
        }
        assert!(dense.update(s, y.clone(), 1e-8));
        assert!(limited.push(s.clone(), y.clone()));
        let compact = limited.matrix().unwrap();
        assert_close(&compact.dense().unwrap(), dense.matrix(), 1e-9);
        // Every pair taken in is kept: B s = y.
        let mut bs = vec![0.0; 5];
        for (s, y) in &pairs[pairs.len() - limited.len()..] {
            if limited.len() == pairs.len() {
                dense.apply(s, &mut bs).unwrap();
                let error = bs.iter().zip(y).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
                assert!(error < 1e-8, "{error}");
            }
        }
    }
    // All five independent steps: the Hessian itself.
    let mut all = LimitedSr1::new(5, 0.7).unwrap();
    for (s, y) in &pairs {
        all.push(s.clone(), y.clone());
    }
    let b = all.matrix().unwrap();
    assert_close(&b.dense().unwrap(), &hessian, 1e-9);
    assert_eq!(b.structure(), Structure::Symmetric);
    assert_inverse(&b, &b.inverse().unwrap(), 1e-10);
    assert_inverse(&dense, &dense.inverse().unwrap(), 1e-9);
    let damped = (&dense).shifted(4.5).unwrap();
    assert_inverse(&damped, &damped.inverse().unwrap(), 1e-9);
}

#[test]
fn symmetric_rank_one_pairs_that_say_nothing_are_left_out() {
    let mut pairs = LimitedSr1::new(2, 2.0).unwrap();
    assert!(!pairs.push(vec![0.0, 0.0, 0.0], vec![1.0, 0.0, 0.0]));
    assert!(!pairs.push(vec![1.0, 0.0, 0.0], vec![f64::NAN, 0.0, 0.0]));
    // y = gamma s: nothing to update.
    assert!(pairs.push(vec![1.0, 0.0, 0.0], vec![2.0, 0.0, 0.0]));
    let twice = Matrix::from_fn(3, 3, |i, j| 2.0 * f64::from(i == j));
    assert_close(&pairs.matrix().unwrap().dense().unwrap(), &twice, 1e-15);
    // (y - Bs)'s = 0 with y != Bs: no update keeps this pair.
    assert!(pairs.push(vec![0.0, 1.0, 0.0], vec![1.0, 2.0, 0.0]));
    assert_close(&pairs.matrix().unwrap().dense().unwrap(), &twice, 1e-15);
    // The oldest goes.
    assert!(pairs.push(vec![0.0, 0.0, 1.0], vec![0.0, 0.0, -1.0]));
    assert_eq!((pairs.len(), pairs.gamma()), (2, 2.0));
    let b = pairs.matrix().unwrap().dense().unwrap();
    assert!((b[(2, 2)] + 1.0).abs() < 1e-14);
    assert!(LimitedSr1::<V>::new(0, 1.0).is_err());
    assert!(LimitedSr1::<V>::new(1, 0.0).is_err());
}

#[test]
fn differences_of_gradients_stay_within_bounds() {
    // At a corner, with a direction that leaves it on either side.
    let f = from_gradient(3, |x: &[f64], g: &mut [f64]| {
        assert!(x.iter().all(|x| (0.0..=2.0).contains(x)), "{x:?}");
        g.copy_from_slice(&[x[1] * x[0].sinh(), x[0].cosh() + x[1].powi(2), x[2]]);
        x[1] * x[0].cosh() + x[1].powi(3) / 3.0 + x[2] * x[2] / 2.0
    });
    let bounds = Bounds::new(vec![0.0, 0.0, 1.0], vec![2.0, 2.0, 1.0]).unwrap();
    let conditions = Conditions::default().within(bounds);
    for scheme in [Scheme::Forward, Scheme::Central] {
        let oracle = Oracle::new(&f, conditions.clone());
        let differences = Differences { scheme, ..Differences::default() };
        for (x, d) in
            [([0.0, 2.0], [1.0, 3.0]), ([2.0, 0.0], [2.0, -1.0]), ([1.0, 1.5], [1.0, -2.0])]
        {
            let point = vec![x[0], x[1], 1.0];
            let hessian = DifferencedHessian::new(&oracle, &point, differences.clone()).unwrap();
            let mut product = vec![0.0; 3];
            // The third variable is fixed, and so it stays out of it.
            hessian.apply(&vec![d[0], d[1], 0.0], &mut product).unwrap();
            let sinh = x[0].sinh();
            let exact = [x[1] * x[0].cosh() * d[0] + sinh * d[1], sinh * d[0] + 2.0 * x[1] * d[1]];
            for (found, exact) in product.iter().zip(exact) {
                assert!(
                    (found - exact).abs() < 1e-6 * exact.abs().max(1.0),
                    "{scheme:?} {product:?} {exact:?}"
                );
            }
        }
    }
}
