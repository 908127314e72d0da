//! Finite differences against exact derivatives, and their counts.

use std::cell::RefCell;

use ravine::autodiff::{Autodiff, Function};
use ravine::line_search::{LineSearch, MoreThuente};
use ravine::matrix::Matrix;
use ravine::methods::Bfgs;
use ravine::objective::{
    Derivatives, Differences, Evaluation, Gradient, Hessian, HessianProduct, Objective, Scheme,
    Supplies, from_gradient, from_value,
};
use ravine::oracle::{FiniteDifferences, Oracle};
use ravine::{
    Bounds, Conditions, FunctionError, Interrupt, Rule, Status, Stopping, minimize, objective,
};

/// The exact objective with less than it has.
struct Lacking<'a> {
    exact: &'a dyn Hessian,
    has: Derivatives,
    /// Where it was evaluated.
    points: RefCell<Vec<Vec<f64>>>,
}

impl<'a> Lacking<'a> {
    fn new(exact: &'a dyn Hessian, has: Derivatives) -> Self {
        Self { exact, has, points: RefCell::default() }
    }
}

impl Objective for Lacking<'_> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.exact.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        self.points.borrow_mut().push(x.clone());
        self.exact.value(x)
    }
}

impl Gradient for Lacking<'_> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        self.points.borrow_mut().push(x.clone());
        self.exact.value_and_gradient(x, gradient)
    }
}

impl HessianProduct for Lacking<'_> {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.exact.hessian_product(x, d, product)
    }
}

impl Supplies for Lacking<'_> {
    ravine::supplies!(
        gradient if |f: &Self| f.has.gradient,
        hessian_product if |f: &Self| f.has.hessian_product,
    );
}

/// An oracle that takes such differences, within bounds.
fn oracle<'a>(
    f: &'a (dyn Supplies + 'a),
    scheme: Scheme,
    bounds: Option<Bounds>,
) -> Oracle<'a, dyn Supplies + 'a> {
    let differences = Some(Differences { scheme, ..Differences::default() });
    Oracle::new(f, Conditions { differences, bounds, ..Conditions::default() })
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
    exact.value_and_gradient(&X.to_vec(), &mut g).unwrap();
    exact.hessian_product(&X.to_vec(), &D.to_vec(), &mut p).unwrap();
    exact.hessian(&X, &mut h).unwrap();
    let cases = [
        (Derivatives::NONE, Scheme::Forward, [1e-7, 1e-2]),
        (Derivatives::NONE, Scheme::Central, [1e-9, 1e-4]),
        (Derivatives::GRADIENT, Scheme::Forward, [0.0, 3e-7]),
        (Derivatives::GRADIENT, Scheme::Central, [0.0, 1e-9]),
        (Derivatives::HESSIAN_PRODUCT, Scheme::Central, [0.0, 1e-15]),
    ];
    for (has, scheme, [first, second]) in cases {
        let f = Lacking::new(&exact, has);
        let oracle = oracle(&f, scheme, None);
        let f = FiniteDifferences::new(&oracle).unwrap();
        let (mut dg, mut dp, mut dh) = (vec![f64::NAN; 5], vec![f64::NAN; 5], Matrix::zeros(5, 5));
        f.value_and_gradient(&X.to_vec(), &mut dg).unwrap();
        f.hessian_product(&X.to_vec(), &D.to_vec(), &mut dp).unwrap();
        f.hessian(&X, &mut dh).unwrap();
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

/// Central differences are exact for quadratics to rounding, forward ones are not; the first are central in
/// any scheme.
#[test]
fn central_differences_of_a_quadratic_have_no_truncation_error() {
    let f = from_value(1, |x: &[f64]| 1e4 * x[0] * x[0]);
    let error = |scheme| {
        let oracle = oracle(&f, scheme, None);
        let f = FiniteDifferences::new(&oracle).unwrap();
        let mut g = vec![0.0];
        f.value_and_gradient(&vec![1.0], &mut g).unwrap();
        assert!((g[0] / 2e4 - 1.0).abs() < 1e-10);
        f.value_and_gradient(&vec![1.0], &mut g).unwrap();
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
    exact.value_and_gradient(&X.to_vec(), &mut g).unwrap();
    let mut h = Matrix::zeros(5, 5);
    exact.hessian(&X, &mut h).unwrap();
    for scheme in [Scheme::Forward, Scheme::Central] {
        for has in [Derivatives::NONE, Derivatives::GRADIENT] {
            let inner = Lacking::new(&exact, has);
            let oracle = oracle(&inner, scheme, Some(bounds.clone()));
            let f = FiniteDifferences::new(&oracle).unwrap();
            let (mut dg, mut dh) = (vec![f64::NAN; 5], Matrix::zeros(5, 5));
            f.value_and_gradient(&X.to_vec(), &mut dg).unwrap();
            f.hessian(&X, &mut dh).unwrap();
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
    assert!(f.value(&vec![0.999]).unwrap().is_nan());
    for scheme in [Scheme::Forward, Scheme::Central] {
        let oracle = oracle(&f, scheme, None);
        let f = FiniteDifferences::new(&oracle).unwrap();
        let mut g = vec![0.0];
        f.value_and_gradient(&vec![1.0], &mut g).unwrap();
        assert!((g[0] - 1.0).abs() < 1e-7, "{scheme:?} {g:?}");
        f.value_and_gradient(&vec![0.5], &mut g).unwrap();
        assert!(!g[0].is_finite());
    }
}

#[test]
fn inner_evaluations_are_counted() {
    let n = 4;
    let x = vec![0.1, 0.2, 0.3, 0.4];
    let d = D[..4].to_vec();
    let mut out = vec![0.0; n];
    let values = from_value(n, |x: &[f64]| x.iter().map(|x| x * x).sum());
    let on = oracle(&values, Scheme::Forward, None);
    // The first gradient is by central differences.
    for count in [9, 14, 19] {
        FiniteDifferences::new(&on).unwrap().value_and_gradient(&x, &mut out).unwrap();
        assert_eq!(on.counts().value, count);
    }
    let on = oracle(&values, Scheme::Central, None);
    let central = FiniteDifferences::new(&on).unwrap();
    central.value_and_gradient(&x, &mut out).unwrap();
    assert_eq!((on.counts().value, on.counts().gradient), (9, 0));
    central.hessian_product(&x, &d, &mut out).unwrap();
    assert_eq!(on.counts().value, 9 + 18);

    let gradients = from_gradient(n, |x: &[f64], g: &mut [f64]| {
        g.iter_mut().zip(x).for_each(|(g, x)| *g = x.powi(3));
        x.iter().map(|x| x.powi(4)).sum::<f64>() / 4.0
    });
    let on = oracle(&gradients, Scheme::Forward, None);
    let forward = FiniteDifferences::new(&on).unwrap();
    // The gradient at x serves all products there; the first product is compared with another.
    forward.hessian_product(&x, &d, &mut out).unwrap();
    forward.hessian_product(&x, &x, &mut out).unwrap();
    assert_eq!(on.counts().gradient, 5);
    forward.hessian(&x, &mut Matrix::zeros(n, n)).unwrap();
    assert_eq!(on.counts().gradient, 9);
    forward.hessian_product(&x, &vec![0.0; 4], &mut out).unwrap();
    assert_eq!((out, on.counts().gradient), (vec![0.0; n], 9));

    // The first Hessian is compared with a product, later ones with their transposes.
    let on = oracle(&gradients, Scheme::Central, None);
    let f = FiniteDifferences::new(&on).unwrap();
    assert_eq!(f.hessian_error(), None);
    for gradients in [2 * n + 2, 4 * n + 2] {
        f.hessian(&x, &mut Matrix::zeros(n, n)).unwrap();
        assert_eq!(on.counts().gradient, gradients as u64);
    }
    // Of values: the point, four a variable, two a pair; and two that check the first.
    let on = oracle(&values, Scheme::Central, None);
    let f = FiniteDifferences::new(&on).unwrap();
    let each = n * n + 3 * n + 1;
    for values in [each + 2, 2 * each + 2] {
        f.hessian(&x, &mut Matrix::zeros(n, n)).unwrap();
        assert_eq!(on.counts().value, values as u64);
    }
}

#[test]
fn errors_pass_through() {
    struct Failing;
    impl Objective for Failing {
        type Point = Vec<f64>;

        fn dimension(&self) -> usize {
            1
        }

        fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
            if x[0] == 2.0 { Ok(1.0) } else { Err(FunctionError::from("out of range")) }
        }
    }

    impl Supplies for Failing {}

    let oracle = oracle(&Failing, Scheme::Central, None);
    let f = FiniteDifferences::new(&oracle).unwrap();
    let error = f.value_and_gradient(&vec![2.0], &mut vec![0.0]).unwrap_err();
    // The failure of the function, as the oracle tells it.
    assert!(
        matches!(Interrupt::from(error), Interrupt::Function(e) if e.to_string() == "out of range")
    );
}

/// A budget ends differences between two evaluations, and the run with them.
#[test]
fn a_budget_reaches_into_differences() {
    let f = from_value(4, |x: &[f64]| x.iter().map(|x| x.cosh()).sum());
    for (limit, status) in
        [(40, Status::EvaluationLimit), (4000, Status::Converged(Rule::GradientRelative))]
    {
        let stopping = Stopping { evaluations: Some(limit), ..Stopping::default() };
        let run = minimize(&f, vec![1.0, -0.5, 2.0, 0.3], Bfgs::default()).stopping(stopping);
        let outcome = run.differences(Differences::default()).run().unwrap();
        assert_eq!(outcome.status, status);
        assert!(outcome.evaluations.value <= limit && outcome.evaluations.gradient == 0);
    }
}

/// Where a start does not show a variable at all, its step stays what it was: grown until it shows, it would
/// be a million times too long elsewhere. Beale's function at (1, 1) does not depend on the first.
#[test]
fn a_variable_that_the_start_does_not_show() {
    let beale = |x: &[f64]| {
        let r = |c: f64, k: i32| c - x[0] * (1.0 - x[1].powi(k));
        r(1.5, 1).powi(2) + r(2.25, 2).powi(2) + r(2.625, 3).powi(2)
    };
    let outcome = minimize(&from_value(2, beale), vec![1.0, 1.0], Bfgs::default())
        .differences(Differences::default())
        .run()
        .unwrap();
    assert!(outcome.value < 1e-12 && outcome.evaluations.value < 150, "{outcome:?}");
    // Shown late, over a long way, and turning within a short one after.
    let late = |x: &[f64]| 3.0 + (1e-12 * (x[0] - 3e6)).powi(2) + (x[1] * (x[0] - 1.0)).powi(2);
    let f = from_value(2, late);
    let oracle = oracle(&f, Scheme::Automatic, None);
    let differenced = FiniteDifferences::new(&oracle).unwrap();
    let mut gradient = vec![0.0; 2];
    differenced.value_and_gradient(&vec![1.0, 0.0], &mut gradient).unwrap();
    differenced.value_and_gradient(&vec![2.0, 1e3], &mut gradient).unwrap();
    let exact = [2e6, 2e3];
    assert!(largest_error(&gradient, &exact) < 2e6 * 1e-5, "{gradient:?}");
}

/// A number as good as zero is not the size of its variable, and one derivative that is not known says nothing
/// of the others: the start of CUTEst's SPIN2LS has the sine of a full turn in it.
#[test]
fn a_variable_beside_zero_hides_no_other() {
    for tiny in [-2.4e-16, 1e-300, 5e-324] {
        let f = from_value(2, |x: &[f64]| 50.0 + x[0] * x[0] + (x[1] + 2.0).powi(2));
        let run = minimize(&f, vec![tiny, 3.0], Bfgs::default());
        let outcome = run.differences(Differences::default()).run().unwrap();
        assert!((outcome.x[1] + 2.0).abs() < 1e-5 && outcome.x[0].abs() < 1e-5, "{outcome:?}");
        let f = from_value(2, |x: &[f64]| 50.0 + (x[0] - 1.0).powi(2) + (x[1] + 2.0).powi(2));
        let run = minimize(&f, vec![tiny, 3.0], Bfgs::default());
        let outcome = run.differences(Differences::default()).run().unwrap();
        let off = (outcome.x[0] - 1.0).abs().max((outcome.x[1] + 2.0).abs());
        assert!(off < 1e-5 && outcome.evaluations.value < 80, "{outcome:?}");
    }
}

/// Where the value has no more than the error of its differences to give, no search goes on along slopes that this
/// error makes: SciPy's BFGS needs 584 values here.
#[test]
fn no_search_along_the_error_of_differences() {
    let rosenbrock = |x: &[f64]| {
        let terms = x.windows(2);
        terms.map(|w| 100.0 * (w[1] - w[0] * w[0]).powi(2) + (1.0 - w[0]).powi(2)).sum()
    };
    let outcome = minimize(&from_value(10, rosenbrock), vec![1.3; 10], Bfgs::default())
        .differences(Differences::default())
        .run()
        .unwrap();
    assert!(matches!(outcome.status, Status::Converged(_)), "{}", outcome.status);
    assert!(outcome.value < 1e-14 && outcome.evaluations.value < 584, "{outcome:?}");
}

#[test]
fn no_point_is_evaluated_twice() {
    let f = objective!(4, |x| {
        let mut sum = R::from(0.0);
        for w in x.windows(2) {
            sum += (w[1] - w[0] * w[0]).powi(2) * 100.0 + (R::from(1.0) - w[0]).powi(2);
        }
        sum
    });
    for method in [MoreThuente::default(), MoreThuente { slope: 0.1, ..MoreThuente::default() }] {
        let lacking = Lacking::new(&f, Derivatives::default());
        let method = Bfgs { line_search: LineSearch::MoreThuente(method) };
        let run = minimize(&lacking, vec![-1.2, 1.0, -0.5, 2.0], method);
        let outcome = run.differences(Differences::default()).run().unwrap();
        assert!(matches!(outcome.status, Status::Converged(_)), "{}", outcome.status);
        let mut points = lacking.points.into_inner();
        assert_eq!(points.len() as u64, outcome.evaluations.value);
        points.sort_by(|a, b| a.partial_cmp(b).unwrap());
        points.dedup();
        assert_eq!(points.len() as u64, outcome.evaluations.value);
    }
}

#[test]
fn several_threads_take_the_same_differences() {
    use ravine::Threads;
    use ravine::objective::Shared;
    use std::collections::HashSet;
    use std::sync::Mutex;

    let seen = Mutex::new(HashSet::new());
    let f = Shared(from_value(40, |x: &[f64]| {
        seen.lock().unwrap().insert(std::thread::current().id());
        // Not defined beyond 1, where x30 starts: its differences go to the other side.
        let beyond = if x[30] > 1.0 { f64::NAN } else { 0.0 };
        beyond + x.iter().enumerate().map(|(i, x)| (x - 0.1 * i as f64).cosh()).sum::<f64>()
    }));
    let gradient = |threads: usize, evaluations: Option<u64>| {
        let f: &dyn Supplies = &f;
        let stopping = Stopping { evaluations, ..Stopping::default() };
        let oracle = Oracle::new(f, stopping);
        let differences = FiniteDifferences::new(&oracle).unwrap();
        let mut gradient = vec![0.0; 40];
        let result = Threads::new(threads)
            .unwrap()
            .during(|| differences.value_and_gradient(&vec![1.0; 40], &mut gradient));
        (result.map_err(|error| error.to_string()), gradient, oracle.counts().value)
    };
    let one = gradient(1, None);
    assert_eq!(seen.lock().unwrap().len(), 1);
    for (i, g) in one.1.iter().enumerate() {
        assert!((g - (1.0 - 0.1 * i as f64).sinh()).abs() < 1e-8, "{i}: {g}");
    }
    assert_eq!(gradient(4, None), one);
    assert!(seen.lock().unwrap().len() >= 4);
    // The budget is kept to the last evaluation.
    let short = gradient(4, Some(33));
    assert!(short.0.is_err());
    assert_eq!(short.2, 33);
}

/// A first gradient at a point without a value is none, and says so.
#[test]
fn no_gradient_where_there_is_no_value() {
    let f = from_value(2, |x: &[f64]| x[0].ln() + x[1]);
    let oracle = oracle(&f, Scheme::Automatic, None);
    let differenced = FiniteDifferences::new(&oracle).unwrap();
    let mut gradient = vec![0.0; 2];
    assert!(differenced.value_and_gradient(&vec![-1.0, 0.0], &mut gradient).unwrap().is_nan());
    assert!(gradient.iter().all(|g| g.is_nan()));
    differenced.value_and_gradient(&vec![1.0, 0.0], &mut gradient).unwrap();
    assert!((gradient[0] - 1.0).abs() < 1e-9);
}
