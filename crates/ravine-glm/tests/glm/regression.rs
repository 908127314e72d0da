//! Regressions against finite differences and against coefficients that scikit-learn and
//! statsmodels find on the same rows.

use ravine::matrix::Matrix;
use ravine::objective::{
    Fisher, Gradient, Hessian, HessianProduct, Objective, Residuals, Supplies,
};
use ravine::operator::LinearOperator;
use ravine_data::Design;
use ravine_data::{Dataset, Selection, Target, read};
use ravine_glm::{Regression, RegressionLoss};

const LOSSES: [RegressionLoss; 3] =
    [RegressionLoss::Logistic, RegressionLoss::Squares, RegressionLoss::Poisson];

fn data(file: &str, target: &str, standardize: bool) -> Dataset {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let selection =
        Selection { target: Some(target.to_owned()), standardize, ..Selection::default() };
    read(path.as_ref(), &selection).unwrap()
}

fn regression(file: &str, target: &str, loss: RegressionLoss, l2: f64) -> Regression {
    let data = data(file, target, loss == RegressionLoss::Logistic);
    let (target, _) = loss.target(data.target).unwrap();
    Regression::new(data.design, target, loss, l2).unwrap()
}

fn gradient(f: &Regression, w: &[f64]) -> (f64, Vec<f64>) {
    let mut g = vec![f64::NAN; w.len()];
    let value = f.value_and_gradient(&w.to_vec(), &mut g).unwrap();
    (value, g)
}

/// Newton's decrement `g'H^{-1}g / 2`, by elimination: how far the value is above the minimum.
fn decrement(f: &Regression, w: &[f64]) -> f64 {
    let n = w.len();
    let (_, g) = gradient(f, w);
    let mut h = Matrix::zeros(n, n);
    Hessian::hessian(f, w, &mut h).unwrap();
    let mut d = g.clone();
    for k in 0..n {
        for i in k + 1..n {
            let factor = h[(i, k)] / h[(k, k)];
            for j in k..n {
                h[(i, j)] -= factor * h[(k, j)];
            }
            d[i] -= factor * d[k];
        }
    }
    for k in (0..n).rev() {
        for j in k + 1..n {
            d[k] -= h[(k, j)] * d[j];
        }
        d[k] /= h[(k, k)];
    }
    0.5 * g.iter().zip(&d).map(|(g, d)| g * d).sum::<f64>()
}

#[test]
fn coefficients_of_scikit_learn_and_statsmodels_are_the_minimizers() {
    // Columns standardized; benign is class 0. scikit-learn 1.9.1, LogisticRegression with
    // C = 1 / (N l2) and l2 = 0.01; statsmodels 0.15.0, Logit.
    let penalized = [
        1.167946209056374,
        2.504587205773637,
        1.2614447565092042,
        1.0104216747991939,
        0.8684098593625972,
    ];
    let plain = [
        2.1123874450551683,
        5.385520256776224,
        2.4912784603226075,
        2.336833450530664,
        0.9699906433273309,
    ];
    let f = regression("breast_cancer.csv", "diagnosis", RegressionLoss::Logistic, 0.01);
    assert!(decrement(&f, &penalized).abs() < 1e-15);
    let f = regression("breast_cancer.csv", "diagnosis", RegressionLoss::Logistic, 0.0);
    assert!(decrement(&f, &plain).abs() < 1e-15);
    // The mean log-likelihood that statsmodels reports.
    assert!((gradient(&f, &plain).0 - 0.1378680067250254).abs() < 1e-13);

    // statsmodels 0.15.0, OLS and its sum of squared residuals; scikit-learn 1.9.1, Ridge with
    // alpha = N l2 / 2.
    let ols = [
        -303.31952844012494,
        -0.3373786538549578,
        -25.416394739726776,
        5.811157577441279,
        0.32628584066382915,
        68.7605156846429,
    ];
    let ridge = [
        -195.9175729259494,
        -0.2309174086542483,
        -9.68346202538011,
        7.200680531376174,
        0.59941613368195,
        25.680058826422655,
    ];
    let f = regression("diabetes.csv", "progression", RegressionLoss::Squares, 0.0);
    assert!(decrement(&f, &ols).abs() < 1e-13 * 2691.0);
    assert!((gradient(&f, &ols).0 - 2691.151045921521).abs() < 1e-9);
    let f = regression("diabetes.csv", "progression", RegressionLoss::Squares, 0.5);
    assert!(decrement(&f, &ridge).abs() < 1e-13 * 2691.0);

    // statsmodels 0.15.0, GLM with the Poisson family on its data set `cpunish` (income in
    // 10,000 dollars); its log-likelihood has the constant sum ln y!.
    let poisson = [
        -6.801479860883735,
        2.611016519808547,
        0.07781801504269194,
        -0.09493110781403158,
        0.29693493348140404,
        2.30118332133645,
        -18.72206799805802,
    ];
    let f = regression("executions.csv", "EXECUTIONS", RegressionLoss::Poisson, 0.0);
    assert!(decrement(&f, &poisson).abs() < 1e-13);
    let Target::Numbers(counts) = data("executions.csv", "EXECUTIONS", false).target else {
        panic!("counts are numbers");
    };
    let constant: f64 =
        counts.iter().map(|&y| (1..=y as u64).map(|k| (k as f64).ln()).sum::<f64>()).sum();
    let likelihood = -17.0 * gradient(&f, &poisson).0 - constant;
    assert!((likelihood + 31.927328694825114).abs() < 1e-10, "{likelihood}");
}

/// A small sparse design with an intercept, and a target that every loss takes.
fn sparse(loss: RegressionLoss, standardize: bool) -> Regression {
    let text = "1 1:1 3:-0.5\n0 2:2\n1 1:-1.5 2:0.3 3:1\n0 3:0.7\n1 1:0.2\n";
    let (rows, labels) = ravine_data::read_libsvm(text.as_bytes(), "a.svm").unwrap();
    let mut design = ravine_data::Design::sparse(rows);
    design.add_intercept();
    if standardize {
        design.standardize();
    }
    Regression::new(design, labels, loss, 0.3).unwrap()
}

#[test]
fn derivatives_agree_with_finite_differences_and_each_other() {
    let w = [0.4, -0.3, 0.8, 1.1];
    let n = w.len();
    for (loss, standardize) in LOSSES.into_iter().flat_map(|l| [(l, false), (l, true)]) {
        let f = sparse(loss, standardize);
        let (value, g) = gradient(&f, &w);
        assert_eq!(value, f.value(&w.to_vec()).unwrap());
        let mut h = Matrix::zeros(n, n);
        Hessian::hessian(&f, &w, &mut h).unwrap();
        let mut fisher = Matrix::zeros(n, n);
        Fisher::fisher(&f, &w, &mut fisher).unwrap();
        assert_eq!(h, fisher);
        for j in 0..n {
            let step = 1e-5;
            let at = |t: f64| {
                let mut moved = w;
                moved[j] += t;
                gradient(&f, &moved)
            };
            let ((up, g_up), (down, g_down)) = (at(step), at(-step));
            assert!(((up - down) / (2.0 * step) - g[j]).abs() < 1e-8, "{loss:?} {j}");
            let mut unit = vec![0.0; 4];
            unit[j] = 1.0;
            let mut product = vec![0.0; 4];
            f.hessian_product(&w.to_vec(), &unit, &mut product).unwrap();
            for i in 0..n {
                let difference = (g_up[i] - g_down[i]) / (2.0 * step);
                assert!((difference - h[(i, j)]).abs() < 1e-7, "{loss:?} {i} {j}");
                assert!((product[i] - h[(i, j)]).abs() < 1e-14, "{loss:?} {i} {j}");
            }
        }
    }
}

#[test]
fn residuals_are_the_same_function() {
    for l2 in [0.0, 0.5] {
        let f = regression("diabetes.csv", "progression", RegressionLoss::Squares, l2);
        assert!(f.derivatives().residuals);
        let w = [1.0, -0.5, 2.0, 0.25, 3.0, -1.0];
        let m = Residuals::residual_count(&f);
        let (mut r, mut jacobian) = (vec![0.0; m], Matrix::zeros(m, 6));
        Residuals::residuals_and_jacobian(&f, &w, &mut r, &mut jacobian).unwrap();
        let (value, g) = gradient(&f, &w);
        let sum: f64 = r.iter().map(|r| r * r).sum();
        assert!((sum - value).abs() < 1e-13 * value);
        let mut product = [0.0; 6];
        jacobian.multiply_transposed(&r, &mut product);
        for (p, g) in product.iter().zip(&g) {
            assert!((2.0 * p - g).abs() < 1e-12 * g.abs());
        }
    }
    for loss in [RegressionLoss::Logistic, RegressionLoss::Poisson] {
        let f = sparse(loss, false);
        assert!(!f.derivatives().residuals);
        assert!(Residuals::residuals(&f, &[0.0; 4], &mut []).is_err());
    }
}

#[test]
fn the_logistic_loss_far_out() {
    let loss = RegressionLoss::Logistic;
    for eta in [40.0, 800.0, 1e300] {
        assert_eq!(loss.evaluate(eta, 0.0), (eta, 1.0, loss.evaluate(-eta, 0.0).2));
        let (value, slope, curvature) = loss.evaluate(eta, 1.0);
        let tail = (-eta).exp();
        assert_eq!((value, curvature), (tail, tail));
        assert_eq!(slope, -tail);
        assert_eq!(loss.evaluate(-eta, 1.0).0, eta);
    }
    let (value, slope, curvature) = loss.evaluate(0.0, 1.0);
    assert_eq!((value, slope, curvature), (2f64.ln(), -0.5, 0.25));
}

#[test]
fn targets_that_a_loss_does_not_take() {
    let classes = |names: &[&str]| Target::Classes {
        levels: names.iter().map(|&s| s.to_owned()).collect(),
        codes: (0..).take(names.len()).collect(),
    };
    let numbers = |numbers: &[f64]| Target::Numbers(numbers.to_vec());
    let error = |loss: RegressionLoss, target| loss.target(target).unwrap_err().to_string();
    use RegressionLoss::{Logistic, Poisson, Squares};
    assert!(error(Logistic, classes(&["a", "b", "c"])).contains("has 3 classes"));
    assert!(error(Logistic, classes(&["a"])).contains("has 1 classes"));
    assert!(error(Logistic, numbers(&[1.0, 2.0, 5.0])).contains("more than two values"));
    assert!(error(Logistic, numbers(&[1.0, 1.0])).contains("1 in every row"));
    assert!(error(Squares, classes(&["a", "b"])).contains("is a text (such as `a`)"));
    assert!(error(Poisson, numbers(&[1.0, 2.5])).contains("has the value 2.5"));
    assert!(error(Poisson, numbers(&[1.0, -1.0])).contains("has the value -1"));
    assert_eq!(Logistic.target(numbers(&[-1.0, 1.0])).unwrap().0, [0.0, 1.0]);
    assert_eq!(Logistic.target(classes(&["n", "y"])).unwrap().0, [0.0, 1.0]);

    let design = || data("executions.csv", "EXECUTIONS", false).design;
    let new = |target: Vec<f64>, loss, l2| {
        Regression::new(design(), target, loss, l2).unwrap_err().to_string()
    };
    assert!(new(vec![1.0], Squares, 0.0).contains("one value a case, 17"));
    assert!(new(vec![2.0; 17], Logistic, 0.0).contains("0 or 1"));
    assert!(new(vec![f64::NAN; 17], Squares, 0.0).contains("finite"));
    assert!(new(vec![-1.0; 17], Poisson, 0.0).contains("a count"));
    assert!(new(vec![1.0; 17], Squares, -1.0).contains("l2: is -1.0"));
}

/// `X'WX` as a congruence of the design is what Hessians and their products are made of.
#[test]
fn the_curvature_is_a_congruence_of_the_design() {
    for loss in LOSSES {
        for standardize in [false, true] {
            let f = sparse(loss, standardize);
            let n = f.design().coefficients();
            let w: Vec<f64> = (0..n).map(|j| 0.1 * (j as f64 + 1.0)).collect();
            let mut hessian = Matrix::zeros(n, n);
            Hessian::hessian(&f, &w, &mut hessian).unwrap();
            let curvature = f.curvature(&w);
            for j in 0..n {
                let mut axis = vec![0.0; n];
                axis[j] = 1.0;
                let mut column = vec![0.0; n];
                curvature.apply(&axis, &mut column).unwrap();
                // What is not in the cases' curvature is the penalty.
                if j > 0 || !f.design().has_intercept() {
                    column[j] += f.l2();
                }
                let scale = hessian.column(j).iter().fold(0.0f64, |m, h| m.max(h.abs()));
                for (c, h) in column.iter().zip(hessian.column(j)) {
                    assert!((c - h).abs() <= 1e-13 * scale, "{loss:?} {j}: {c} {h}");
                }
            }
        }
    }
}

#[test]
fn separated_data_have_a_direction_of_recession_and_others_none() {
    use ravine::StationaryPoint;
    use ravine::objective::{Recession, Supplies};
    let fit = |x: &[[f64; 2]], y: &[f64], loss, l2| {
        let mut design = Design::dense(Matrix::from_rows(x), vec!["a".into(), "b".into()]);
        design.add_intercept();
        let f = Regression::new(design, y.to_vec(), loss, l2).unwrap();
        let run = ravine::minimize(&f, vec![0.0; 3], ravine::methods::DampedNewton::default());
        let outcome = run.run().unwrap();
        (f, outcome.x)
    };
    let kind = |f: &Regression, x: &[f64]| {
        let f: &dyn Supplies = f;
        StationaryPoint::at(f, x, None).unwrap()
    };
    let logistic = RegressionLoss::Logistic;
    // Complete: the sign of a tells all.
    let x = [[-2.0, 1.0], [-1.0, -1.0], [1.0, 0.5], [2.0, -2.0], [3.0, 0.0], [-3.0, 2.0]];
    let y = [0.0, 0.0, 1.0, 1.0, 1.0, 0.0];
    let (f, at) = fit(&x, &y, logistic, 0.0);
    let d = f.recession(&at).unwrap().unwrap();
    let value = |t: f64| {
        use ravine::objective::Objective;
        let moved: Vec<f64> = at.iter().zip(&d).map(|(x, d)| x + t * d).collect();
        f.value(&moved).unwrap()
    };
    assert!(value(1.0) < value(0.5) && value(0.5) < value(0.0));
    assert_eq!(kind(&f, &at), Some(StationaryPoint::Receding));
    // Quasi-complete: at a = 0 both are seen.
    let x = [[-2.0, 1.0], [0.0, -1.0], [0.0, -1.0], [2.0, -2.0], [0.0, 1.5], [0.0, 1.5]];
    let y = [0.0, 0.0, 1.0, 1.0, 1.0, 0.0];
    let (f, at) = fit(&x, &y, logistic, 0.0);
    let d = f.recession(&at).unwrap().unwrap();
    assert!(d[1] > 0.5 && d[2].abs() < 1e-3 * d[1] && d[0].abs() < 1e-3 * d[1], "{d:?}");
    assert_eq!(kind(&f, &at), Some(StationaryPoint::Receding));
    // A penalty holds it.
    let (f, at) = fit(&x, &y, logistic, 1e-4);
    assert_eq!((f.recession(&at).unwrap(), kind(&f, &at)), (None, Some(StationaryPoint::Minimum)));
    // Not separated, with a slope so steep that most rows are all but decided.
    // By a alone the two in the middle are in the wrong order, and b is the same of both.
    let x = [[-9.0, 1.0], [-8.0, -1.0], [0.04, 0.5], [-0.04, 0.5], [8.0, 2.0], [9.0, -2.0]];
    let y = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    let (f, at) = fit(&x, &y, logistic, 0.0);
    assert_eq!((f.recession(&at).unwrap(), kind(&f, &at)), (None, Some(StationaryPoint::Minimum)));
    // Counts of which a column tells the zeros.
    let x = [[0.0, 1.0], [0.0, -1.0], [1.0, 0.5], [1.0, -0.5], [0.0, 0.2], [0.0, -0.1]];
    let (f, at) = fit(&x, &[3.0, 1.0, 0.0, 0.0, 2.0, 1.0], RegressionLoss::Poisson, 0.0);
    assert!(f.recession(&at).unwrap().is_some_and(|d| d[1] < -0.5));
}
