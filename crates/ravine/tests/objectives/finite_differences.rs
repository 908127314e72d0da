//! Finite differences against exact derivatives, and their counts.

use std::cell::RefCell;

use ravine::autodiff::{Autodiff, Function};
use ravine::matrix::Matrix;
use ravine::objective::{
    Derivatives, Differences, DynamicObjective, Evaluation, FiniteDifferences, Scheme,
    from_gradient, from_value,
};
use ravine::{Bounds, FunctionError, objective};

/// The exact objective with less than it has.
struct Lacking<'a> {
    exact: &'a dyn DynamicObjective,
    has: Derivatives,
    bounds: Option<Bounds>,
    /// Where it was evaluated.
    points: RefCell<Vec<Vec<f64>>>,
}

impl<'a> Lacking<'a> {
    fn new(exact: &'a dyn DynamicObjective, has: Derivatives) -> Self {
        Self { exact, has, bounds: None, points: RefCell::default() }
    }
}

impl DynamicObjective for Lacking<'_> {
    fn dimension(&self) -> usize {
        self.exact.dimension()
    }
    fn derivatives(&self) -> Derivatives {
        self.has
    }
    fn bounds(&self) -> Option<&Bounds> {
        self.bounds.as_ref()
    }
    fn value(&self, x: &[f64]) -> Evaluation<f64> {
        self.points.borrow_mut().push(x.to_vec());
        self.exact.value(x)
    }
    fn value_and_gradient(&self, x: &[f64], gradient: &mut [f64]) -> Evaluation<f64> {
        assert!(self.has.gradient);
        self.points.borrow_mut().push(x.to_vec());
        self.exact.value_and_gradient(x, gradient)
    }
    fn hessian_product(&self, x: &[f64], d: &[f64], product: &mut [f64]) -> Evaluation {
        assert!(self.has.hessian_product);
        self.exact.hessian_product(x, d, product)
    }
}

fn rough(n: usize) -> Autodiff<impl Function> {
    objective!(n, |x| {
        let mut sum = R::from(0.0);
        for (i, w) in x.windows(2).enumerate() {
            sum += (w[0] * w[1] * 0.7).sin() * (i as f64 + 1.0) + (w[1] * 0.3).exp();
        }
        sum + x[0].powi(3)
    })
}

fn differences(scheme: Scheme) -> Differences {
    Differences { scheme, ..Differences::default() }
}

fn largest_error(a: &[f64], b: &[f64]) -> f64 {
    let size = b.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    a.iter().zip(b).fold(0.0f64, |m, (a, b)| m.max((a - b).abs())) / size
}

const X: [f64; 5] = [0.8, -1.3, 2.4, 0.0, -0.6];
const D: [f64; 5] = [0.2, -3.0, 1.0, 0.7, -0.1];

/// Gradient, product and Hessian from what is there, with the accuracy that the steps promise.
#[test]
fn accuracy_of_all_combinations() {
    let exact = rough(5);
    let (mut g, mut p, mut h) = (vec![0.0; 5], vec![0.0; 5], Matrix::zeros(5, 5));
    DynamicObjective::value_and_gradient(&exact, &X, &mut g).unwrap();
    DynamicObjective::hessian_product(&exact, &X, &D, &mut p).unwrap();
    DynamicObjective::hessian(&exact, &X, &mut h).unwrap();
    let cases = [
        (Derivatives::NONE, Scheme::Forward, [1e-7, 1e-3]),
        (Derivatives::NONE, Scheme::Central, [1e-9, 1e-6]),
        (Derivatives::GRADIENT, Scheme::Forward, [0.0, 3e-7]),
        (Derivatives::GRADIENT, Scheme::Central, [0.0, 1e-9]),
        (Derivatives::HESSIAN_PRODUCT, Scheme::Central, [0.0, 1e-15]),
    ];
    for (has, scheme, [first, second]) in cases {
        let f = Lacking::new(&exact, has);
        let f = FiniteDifferences::new(&f).with_differences(differences(scheme)).unwrap();
        let (mut dg, mut dp, mut dh) = (vec![f64::NAN; 5], vec![f64::NAN; 5], Matrix::zeros(5, 5));
        DynamicObjective::value_and_gradient(&f, &X, &mut dg).unwrap();
        DynamicObjective::hessian_product(&f, &X, &D, &mut dp).unwrap();
        DynamicObjective::hessian(&f, &X, &mut dh).unwrap();
        assert!(f.derivatives().missing(Derivatives::HESSIAN).is_empty());
        let errors = [
            largest_error(&dg, &g),
            largest_error(&dp, &p),
            largest_error(dh.entries(), h.entries()),
        ];
        assert!(errors[0] <= first, "{has:?} {scheme:?}: {errors:?}");
        assert!(errors[1] <= second && errors[2] <= second, "{has:?} {scheme:?}: {errors:?}");
        for i in 0..5 {
            assert!((0..5).all(|j| dh[(i, j)] == dh[(j, i)]));
        }
    }
}

/// Central differences are exact for quadratics to rounding, forward ones are not.
#[test]
fn central_differences_of_a_quadratic_have_no_truncation_error() {
    let f = from_value(1, |x: &[f64]| 1e4 * x[0] * x[0]);
    let error = |scheme| {
        let f = FiniteDifferences::new(&f).with_differences(differences(scheme)).unwrap();
        let mut g = [0.0];
        DynamicObjective::value_and_gradient(&f, &[1.0], &mut g).unwrap();
        (g[0] / 2e4 - 1.0).abs()
    };
    assert!(error(Scheme::Central) < 1e-10);
    assert!(error(Scheme::Forward) > 1e-9);
}

#[test]
fn points_stay_within_the_bounds() {
    let exact = rough(5);
    let bounds = Bounds::new(
        vec![0.8, f64::NEG_INFINITY, 2.4 - 1e-9, 0.0, -1.0],
        vec![f64::INFINITY, -1.3, 2.4 + 2e-9, 0.0, 1.0],
    )
    .unwrap();
    let mut g = vec![0.0; 5];
    DynamicObjective::value_and_gradient(&exact, &X, &mut g).unwrap();
    let mut h = Matrix::zeros(5, 5);
    DynamicObjective::hessian(&exact, &X, &mut h).unwrap();
    for scheme in [Scheme::Forward, Scheme::Central] {
        for has in [Derivatives::NONE, Derivatives::GRADIENT] {
            let mut inner = Lacking::new(&exact, has);
            inner.bounds = Some(bounds.clone());
            let f = FiniteDifferences::new(&inner).with_differences(differences(scheme)).unwrap();
            let (mut dg, mut dh) = (vec![f64::NAN; 5], Matrix::zeros(5, 5));
            DynamicObjective::value_and_gradient(&f, &X, &mut dg).unwrap();
            DynamicObjective::hessian(&f, &X, &mut dh).unwrap();
            for point in inner.points.borrow().iter() {
                let mut projected = point.clone();
                bounds.project(&mut projected);
                assert_eq!(point, &projected, "{scheme:?}");
            }
            if has == Derivatives::NONE {
                // The fixed variable has derivative 0; the squeezed one keeps a few digits.
                assert_eq!(dg[3], 0.0);
                assert!((dg[2] - g[2]).abs() < 1e-5 * g[2].abs(), "{scheme:?} {dg:?} {g:?}");
                for i in [0, 1, 4] {
                    assert!((dg[i] - g[i]).abs() < 1e-6, "{scheme:?} {dg:?} {g:?}");
                }
            } else {
                assert!((dh[(0, 1)] - h[(0, 1)]).abs() < 1e-6);
                assert!((dh[(1, 1)] - h[(1, 1)]).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn one_side_serves_where_the_other_is_not_defined() {
    // Defined for x >= 1 only.
    let f =
        from_value(1, |x: &[f64]| if x[0] < 1.0 { f64::NAN } else { (x[0] - 1.0).powi(2) + x[0] });
    assert!(DynamicObjective::value(&f, &[0.999]).unwrap().is_nan());
    for scheme in [Scheme::Forward, Scheme::Central] {
        let f = FiniteDifferences::new(&f).with_differences(differences(scheme)).unwrap();
        let mut g = [0.0];
        DynamicObjective::value_and_gradient(&f, &[1.0], &mut g).unwrap();
        assert!((g[0] - 1.0).abs() < 1e-7, "{scheme:?} {g:?}");
        DynamicObjective::value_and_gradient(&f, &[0.5], &mut g).unwrap();
        assert!(!g[0].is_finite());
    }
}

#[test]
fn inner_evaluations_are_counted() {
    let n = 4;
    let x = [0.1, 0.2, 0.3, 0.4];
    let mut out = vec![0.0; n];
    let values = from_value(n, |x: &[f64]| x.iter().map(|x| x * x).sum());
    let forward =
        FiniteDifferences::new(&values).with_differences(differences(Scheme::Forward)).unwrap();
    DynamicObjective::value_and_gradient(&forward, &x, &mut out).unwrap();
    assert_eq!(forward.counts().value, 5);
    let central = FiniteDifferences::new(&values);
    DynamicObjective::value_and_gradient(&central, &x, &mut out).unwrap();
    assert_eq!((central.counts().value, central.counts().gradient), (9, 0));
    DynamicObjective::hessian_product(&central, &x, &D[..4], &mut out).unwrap();
    assert_eq!(central.counts().value, 9 + 18);

    let gradients = from_gradient(n, |x: &[f64], g: &mut [f64]| {
        g.iter_mut().zip(x).for_each(|(g, x)| *g = x.powi(3));
        x.iter().map(|x| x.powi(4)).sum::<f64>() / 4.0
    });
    let forward =
        FiniteDifferences::new(&gradients).with_differences(differences(Scheme::Forward)).unwrap();
    // The gradient at x serves all products there.
    DynamicObjective::hessian_product(&forward, &x, &D[..4], &mut out).unwrap();
    DynamicObjective::hessian_product(&forward, &x, &x, &mut out).unwrap();
    assert_eq!(forward.counts().gradient, 3);
    DynamicObjective::hessian(&forward, &x, &mut Matrix::zeros(n, n)).unwrap();
    assert_eq!(forward.counts().gradient, 7);
    DynamicObjective::hessian_product(&forward, &x, &[0.0; 4], &mut out).unwrap();
    assert_eq!((out, forward.counts().gradient), (vec![0.0; n], 7));
}

#[test]
fn errors_pass_through() {
    struct Failing;
    impl DynamicObjective for Failing {
        fn dimension(&self) -> usize {
            1
        }
        fn derivatives(&self) -> Derivatives {
            Derivatives::NONE
        }
        fn value(&self, x: &[f64]) -> Evaluation<f64> {
            if x[0] == 2.0 { Ok(1.0) } else { Err(FunctionError::from("out of range")) }
        }
    }
    let f = FiniteDifferences::new(Failing);
    let error = DynamicObjective::value_and_gradient(&f, &[2.0], &mut [0.0]).unwrap_err();
    assert_eq!(error.to_string(), "out of range");
}
