//! Regressions as means over cases, and the roots of their Hessians.

use std::rc::Rc;

use ravine::curvature::{
    EmpiricalFisherCurvature, ExactCurvature, LbfgsCurvature, LimitedSr1Curvature,
};
use ravine::line_search::{Backtracking, LineSearch, MoreThuente};
use ravine::matrix::{Matrix, SparseRows};
use ravine::methods::{Composition, Lbfgs, NewtonCg, TrustRegion, named};
use ravine::minimize::{Epochs, Measure, OverBatches, StepSchedule, minimize_sum};
use ravine::objective::{
    BatchGradient, BatchHessianProduct, BatchHessianRoot, CaseGradients, Gradient, Hessian,
    HessianProduct, HessianRoot, Over, Supplies,
};
use ravine::oracle::{FiniteDifferences, Oracle};
use ravine::step::{Gltr, Solve, Steihaug, TruncatedCg};
use ravine::trust::{FixedLength, Radius};
use ravine::{Objective, Status, Stopping};
use ravine_data::{Design, Selection, read};
use ravine_glm::{Regression, RegressionLoss};

const LOSSES: [RegressionLoss; 3] =
    [RegressionLoss::Logistic, RegressionLoss::Squares, RegressionLoss::Poisson];

/// 40 cases of 3 columns, with counts below 3 or classes as targets.
fn target(loss: RegressionLoss) -> Vec<f64> {
    let most = if loss == RegressionLoss::Logistic { 2 } else { 3 };
    (0..40).map(|i| f64::from(i * 7 % 5 % most)).collect()
}

fn entries(i: usize, j: usize) -> f64 {
    ((3 * i + 7 * j + i * j) % 11) as f64 / 5.0 - 1.0
}

/// With and without zeros stored, with an intercept that the penalty spares.
fn regressions(loss: RegressionLoss) -> [Regression; 2] {
    let names = (0..3).map(|j| format!("x{j}")).collect();
    let mut rows = SparseRows::default();
    for i in 0..40 {
        let row: Vec<_> = (0..3).map(|j| (j as u32, entries(i, j))).collect();
        rows.push_row(&row);
    }
    let dense = Design::dense(Matrix::from_fn(40, 3, entries), names);
    [dense, Design::sparse(rows)].map(|mut design| {
        design.add_intercept();
        design.standardize();
        Regression::new(design, target(loss), loss, 0.3).unwrap()
    })
}

fn close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() <= tolerance * (1.0 + y.abs()), "{a:?} is not {b:?}");
    }
}

const W: [f64; 4] = [0.3, -0.5, 0.8, 0.1];
const D: [f64; 4] = [1.0, -2.0, 0.5, 0.7];

#[test]
fn a_subset_is_a_regression_on_its_rows() {
    let subset = [3, 17, 39, 17, 0];
    for loss in LOSSES {
        // Not standardized: the moments of the subset are others.
        let names: Vec<String> = (0..3).map(|j| format!("x{j}")).collect();
        let all = Matrix::from_fn(40, 3, entries);
        let some = Matrix::from_fn(5, 3, |k, j| entries(subset[k], j));
        let targets = target(loss);
        let chosen = subset.iter().map(|&i| targets[i]).collect();
        let f = Regression::new(Design::dense(all, names.clone()), targets, loss, 0.3).unwrap();
        let part = Regression::new(Design::dense(some, names), chosen, loss, 0.3).unwrap();
        let w = W[1..].to_vec();
        let (mut g, mut expected) = (vec![9.0; 3], vec![9.0; 3]);
        let value = BatchGradient::batch_value_and_gradient(&f, &w, &subset, &mut g).unwrap();
        let right = Gradient::value_and_gradient(&part, &w, &mut expected).unwrap();
        close(&[value], &[right], 1e-14);
        close(&g, &expected, 1e-14);
        BatchHessianProduct::batch_hessian_product(&f, &w, &subset, &D[1..].to_vec(), &mut g)
            .unwrap();
        HessianProduct::hessian_product(&part, &w, &D[1..].to_vec(), &mut expected).unwrap();
        close(&g, &expected, 1e-14);
    }
}

#[test]
fn all_cases_are_the_function_and_single_cases_add_up_to_it() {
    for loss in LOSSES {
        for f in regressions(loss) {
            let w = W.to_vec();
            let all: Vec<_> = (0..40).rev().collect();
            let (mut g, mut expected) = (vec![9.0; 4], vec![9.0; 4]);
            let value = Gradient::value_and_gradient(&f, &w, &mut expected).unwrap();
            let same = BatchGradient::batch_value_and_gradient(&f, &w, &all, &mut g).unwrap();
            close(&[same], &[value], 1e-14);
            close(&g, &expected, 1e-13);

            let mut sum: Vec<_> = W.iter().map(|w| 0.3 * w).collect();
            sum[0] = 0.0;
            for i in 0..40 {
                CaseGradients::case_gradient(&f, &w, i, &mut g).unwrap();
                sum.iter_mut().zip(&g).for_each(|(s, g)| *s += g / 40.0);
            }
            close(&sum, &expected, 1e-13);

            // Disjoint halves: the mean of both.
            let (mut odd, mut even) = (vec![0.0; 4], vec![0.0; 4]);
            let halves: (Vec<usize>, Vec<usize>) = (0..40).partition(|i| i % 2 == 1);
            BatchHessianProduct::batch_hessian_product(&f, &w, &halves.0, &D.to_vec(), &mut odd)
                .unwrap();
            BatchHessianProduct::batch_hessian_product(&f, &w, &halves.1, &D.to_vec(), &mut even)
                .unwrap();
            odd.iter_mut().zip(&even).for_each(|(o, e)| *o = 0.5 * (*o + e));
            HessianProduct::hessian_product(&f, &w, &D.to_vec(), &mut expected).unwrap();
            close(&odd, &expected, 1e-13);
        }
    }
}

#[test]
fn derivatives_of_a_subset_are_those_of_its_value() {
    let subset = [5, 6, 30, 31];
    let at = |f: &Regression, w: &[f64], g: &mut Vec<f64>| {
        BatchGradient::batch_value_and_gradient(f, &w.to_vec(), &subset, g).unwrap()
    };
    for loss in LOSSES {
        for f in regressions(loss) {
            let (mut above, mut below, mut g, mut product) =
                (vec![0.0; 4], vec![0.0; 4], vec![0.0; 4], vec![0.0; 4]);
            at(&f, &W, &mut g);
            BatchHessianProduct::batch_hessian_product(
                &f,
                &W.to_vec(),
                &subset,
                &D.to_vec(),
                &mut product,
            )
            .unwrap();
            let h = 1e-5;
            let shifted =
                |t: f64| -> Vec<f64> { W.iter().zip(&D).map(|(w, d)| w + t * d).collect() };
            let rise = at(&f, &shifted(h), &mut above) - at(&f, &shifted(-h), &mut below);
            let slope: f64 = g.iter().zip(&D).map(|(g, d)| g * d).sum();
            close(&[rise / (2.0 * h)], &[slope], 1e-8);
            let differences: Vec<_> =
                above.iter().zip(&below).map(|(a, b)| (a - b) / (2.0 * h)).collect();
            close(&differences, &product, 1e-8);
        }
    }
}

#[test]
fn the_root_squared_and_its_diagonal_are_the_hessian() {
    for loss in LOSSES {
        for f in regressions(loss) {
            let mut hessian = Matrix::zeros(4, 4);
            let mut expected = Matrix::zeros(4, 4);
            Hessian::hessian(&f, &W, &mut expected).unwrap();
            let mut diagonal = vec![9.0; 4];
            HessianRoot::root_diagonal(&f, &W, &mut diagonal).unwrap();
            (0..4).for_each(|j| hessian[(j, j)] = diagonal[j]);
            // Blocks of 12, 12, 12 and 4.
            let mut first = 0;
            while first < HessianRoot::root_rows(&f) {
                let mut block = Matrix::from_fn(12.min(40 - first), 4, |_, _| 9.0);
                HessianRoot::root_block(&f, &W, first, &mut block).unwrap();
                for j in 0..4 {
                    for k in 0..4 {
                        let column = block.column(j).iter().zip(block.column(k));
                        hessian[(j, k)] += column.map(|(a, b)| a * b).sum::<f64>();
                    }
                }
                first += block.rows();
            }
            close(hessian.entries(), expected.entries(), 1e-13);
        }
    }
}

#[test]
fn a_batch_has_the_derivatives_of_a_regression_on_its_rows() {
    let batch = [3, 17, 39, 17, 0];
    for loss in LOSSES {
        for f in regressions(loss) {
            let (w, d) = (W.to_vec(), D.to_vec());
            let over = Over::new(&f, &batch[..]);
            let (mut g, mut same) = (vec![0.0; 4], vec![1.0; 4]);
            let value = over.value_and_gradient(&w, &mut g).unwrap();
            let direct =
                BatchGradient::batch_value_and_gradient(&f, &w, &batch, &mut same).unwrap();
            assert_eq!((value, &g), (direct, &same));
            close(&[over.value(&w).unwrap()], &[value], 1e-15);
            over.hessian_product(&w, &d, &mut g).unwrap();
            BatchHessianProduct::batch_hessian_product(&f, &w, &batch, &d, &mut same).unwrap();
            assert_eq!(g, same);

            // H_S = A_S'A_S + diag(r), from the root in two blocks.
            let mut diagonal = [0.0; 4];
            over.root_diagonal(&W, &mut diagonal).unwrap();
            let mut product: Vec<_> = diagonal.iter().zip(D).map(|(r, d)| r * d).collect();
            assert_eq!(over.root_rows(), 5);
            for (first, rows) in [(0, 3), (3, 2)] {
                let mut block = Matrix::zeros(rows, 4);
                over.root_block(&W, first, &mut block).unwrap();
                for i in 0..rows {
                    let along: f64 = (0..4).map(|j| block[(i, j)] * D[j]).sum();
                    product.iter_mut().enumerate().for_each(|(j, p)| *p += block[(i, j)] * along);
                }
            }
            close(&product, &g, 1e-13);
            assert!(
                BatchHessianRoot::batch_root_block(&f, &W, &batch, 4, &mut Matrix::zeros(2, 4))
                    .is_err()
            );

            // The second and the last case of the batch.
            let inner = Over::new(&over, &[1, 4][..]);
            let value = inner.value_and_gradient(&w, &mut g).unwrap();
            let direct =
                BatchGradient::batch_value_and_gradient(&f, &w, &[17, 0], &mut same).unwrap();
            assert_eq!((value, &g), (direct, &same));
            let beyond = Over::new(&over, &[5][..]).value(&w).unwrap_err().to_string();
            assert!(beyond.contains("the batch has 5"), "{beyond}");
        }
    }
}

#[test]
fn what_cannot_be_evaluated_is_an_error() {
    let [f, _] = regressions(RegressionLoss::Logistic);
    let (w, mut g) = (W.to_vec(), vec![0.0; 4]);
    let none = BatchGradient::batch_value_and_gradient(&f, &w, &[], &mut g).unwrap_err();
    assert!(none.to_string().contains("no cases"), "{none}");
    let beyond = BatchHessianProduct::batch_hessian_product(&f, &w, &[1, 40], &D.to_vec(), &mut g);
    let message = beyond.unwrap_err().to_string();
    assert!(message.contains("40") && message.contains("from 0"), "{message}");
    assert!(CaseGradients::case_gradient(&f, &w, 40, &mut g).is_err());
    let mut block = Matrix::zeros(3, 4);
    let rows = HessianRoot::root_block(&f, &W, 38, &mut block).unwrap_err();
    assert!(rows.to_string().contains("40 rows"), "{rows}");

    // Differences give no terms of sums, and objectives that are none say so.
    let sum: &dyn Supplies = &f;
    let oracle = Oracle::new(sum, ravine::Stopping::default());
    let plain = FiniteDifferences::new(&oracle).unwrap();
    let other = ravine::objective::from_value(4, |x: &[f64]| x[0]);
    for f in [&plain as &dyn Supplies, &other] {
        assert!(f.as_batch_gradient().is_none() && f.as_hessian_root().is_none());
        let refused = ravine::methods::named("newton-subsampled").unwrap().start(
            &serde_json::Value::Null,
            f,
            &W,
            ravine::Conditions::default().differences(Default::default()),
        );
        let message = refused.err().unwrap().to_string();
        assert!(message.contains("terms of a sum over cases"), "{message}");
    }
}

#[test]
fn parts_of_the_sum_are_counted_by_their_share() {
    let path = format!("{}/tests/data/breast_cancer.csv", env!("CARGO_MANIFEST_DIR"));
    let selection = Selection { target: Some("diagnosis".into()), ..Selection::default() };
    let data = read(path.as_ref(), &selection).unwrap();
    let loss = RegressionLoss::Logistic;
    let (target, _) = loss.target(data.target).unwrap();
    let f = Regression::new(data.design, target, loss, 0.0).unwrap();
    let oracle = Oracle::new(&f, ravine::Stopping::default());
    let n = Objective::dimension(&f);
    let (x, mut y) = (vec![0.0; n], vec![0.0; n]);
    let third = Over::new(&f, (0..oracle.cases() / 3 + 1).collect::<Vec<_>>());
    for expected in [0, 0, 1, 1, 1, 2] {
        oracle.batch(&third).hessian_product(&x, &x, &mut y).unwrap();
        assert_eq!(oracle.counts().hessian_product, expected);
    }
    (0..oracle.cases()).for_each(|i| oracle.case_gradient(&x, i, &mut y).unwrap());
    assert_eq!((oracle.counts().gradient, oracle.counts().value), (1, 1));
    oracle.root_diagonal(&x, &mut y).unwrap();
    assert_eq!(oracle.counts().hessian, 1);
}

#[test]
fn methods_by_name_go_over_batches() {
    let [f, _] = regressions(RegressionLoss::Squares);
    let f = Rc::new(f);
    let whole: &dyn Supplies = &*f;
    let lowest = {
        let none = serde_json::Value::Null;
        let mut run = named("lbfgs")
            .unwrap()
            .start(&none, whole, &[0.0; 4], Stopping::gradient(1e-10))
            .unwrap();
        while run.step().is_none() {}
        run.outcome().value
    };
    for (name, settings) in [
        ("gd", r#"{"step": 0.1}"#),
        ("adam", r#"{"step": 0.05}"#),
        ("newton-subsampled", r#"{"sample": 5}"#),
        ("newton-sketch", "{}"),
    ] {
        let settings = serde_json::from_str(settings).unwrap();
        let epochs =
            Epochs { batch_size: 10, epochs: 20, measure: Measure::Every(4), ..Epochs::default() };
        let method = named(name).unwrap();
        let mut lent = method.start(&settings, whole, &[1.0; 4], epochs.clone()).unwrap();
        let mut steps = 1;
        let first = lent.progress().value;
        while lent.step().is_none() {
            steps += 1;
        }
        // From one measurement to the next.
        assert_eq!(steps, 5, "{name}");
        let outcome = lent.outcome();
        assert_eq!((outcome.status, outcome.iterations), (Status::EpochLimit, 80), "{name}");
        assert_eq!(outcome.value, f.value(&outcome.x).unwrap(), "{name}");
        let gap = (outcome.value - lowest) / (first - lowest);
        assert!(gap < 0.2, "{name} leaves {gap}");
        assert_eq!(lent.seen().unwrap().cases, 800);

        // A run that has a share of its objective: the same bits.
        let shared: Rc<dyn Supplies> = f.clone();
        let mut shared = method.start_sharing(&settings, shared, &[1.0; 4], epochs).unwrap();
        while shared.step().is_none() {}
        assert_eq!(shared.outcome().x, outcome.x, "{name}");
    }
    let none = serde_json::Value::Null;
    let refused = |name: &str, f: &dyn Supplies| {
        named(name)
            .unwrap()
            .start(&none, f, &[1.0; 4], Epochs::default())
            .err()
            .unwrap()
            .to_string()
    };
    for (name, why) in [
        ("bb", "`bb` does not go over batches; these go over batches: gd, "),
        ("newton", "`newton` needs Hessian, which no batch of a sum supplies; "),
        ("exact/dogleg/radius", "needs Hessian, which no batch of a sum supplies; "),
        ("gauss-newton/cg/damping", "needs residuals, which no batch of a sum supplies; "),
        ("fisher/solve/fixed", "needs Fisher information, which no batch"),
    ] {
        let message = refused(name, whole);
        assert!(message.contains(why) && message.contains("lbfgs"), "{message}");
    }
    let plain = ravine::objective!(4, |x| x[0].powi(2));
    assert!(refused("adam", &plain).contains("terms of a sum over cases"));
}

/// What a run of 15 epochs over batches of 20 of the 40 cases gives.
fn by_name(f: &Regression, method: &str, schedule: StepSchedule) -> Result<Vec<f64>, String> {
    let (name, settings) = method.split_once(' ').unwrap_or((method, "{}"));
    let settings = serde_json::from_str(settings).unwrap();
    let epochs = Epochs { batch_size: 20, epochs: 15, schedule, ..Epochs::default() };
    let entry = named(name).unwrap();
    let run = entry.start(&settings, f, &[1.0; 4], epochs);
    let mut run = run.map_err(|error| error.to_string())?;
    while run.step().is_none() {}
    assert!(entry.goes_over_batches());
    assert_eq!(run.outcome().method, name);
    Ok(run.outcome().x)
}

/// The same of a method as a value.
fn by_type<'a, M>(f: &'a Regression, method: M, schedule: StepSchedule) -> Vec<f64>
where
    M: OverBatches<Over<'a, Regression>>,
{
    let epochs = Epochs { batch_size: 20, epochs: 15, schedule, ..Epochs::default() };
    minimize_sum(f, vec![1.0; 4], method).settings(epochs).run().unwrap().x
}

#[test]
fn compositions_go_over_batches_by_name_as_in_rust() {
    let [f, _] = regressions(RegressionLoss::Logistic);
    let constant = StepSchedule::Constant;
    let fixed = Composition {
        curvature: LbfgsCurvature::default(),
        step: Solve::default(),
        trust: FixedLength { step: 0.5 },
    };
    let exact = Composition {
        curvature: ExactCurvature,
        step: TruncatedCg::default(),
        trust: LineSearch::MoreThuente(MoreThuente::default()),
    };
    let sr1 = Composition {
        curvature: LimitedSr1Curvature::default(),
        step: Gltr::default(),
        trust: Radius::default(),
    };
    let empirical = Composition {
        curvature: EmpiricalFisherCurvature::default(),
        step: Solve::default(),
        trust: LineSearch::Backtracking(Backtracking::default()),
    };
    let inverse = StepSchedule::Inverse { after: 10.0 };
    for (name, x) in [
        ("lbfgs", by_type(&f, Lbfgs::default(), constant.clone())),
        ("newton-cg", by_type(&f, NewtonCg::default(), constant.clone())),
        ("trust-steihaug", by_type(&f, TrustRegion::<Steihaug>::default(), constant.clone())),
        (
            "lbfgs/solve/fixed {\"trust\": {\"step\": 0.5}}",
            by_type(&f, fixed.clone(), constant.clone()),
        ),
        ("exact/cg/wolfe", by_type(&f, exact, constant.clone())),
        ("limited-sr1/gltr/radius", by_type(&f, sr1, constant.clone())),
        ("fisher-empirical/solve/backtracking", by_type(&f, empirical, constant.clone())),
        // The names of compositions, and what they stand for.
        ("subsampled/cg/backtracking", by_name(&f, "newton-subsampled", constant.clone()).unwrap()),
        (
            "sketched/solve/backtracking {\"step\": {\"factorization\": \"shift\"}}",
            by_name(&f, "newton-sketch", constant.clone()).unwrap(),
        ),
    ] {
        assert_eq!(by_name(&f, name, constant.clone()).unwrap(), x, "{name}");
    }
    let scheduled = by_type(&f, fixed, inverse.clone());
    let name = "lbfgs/solve/fixed {\"trust\": {\"step\": 0.5}}";
    assert_eq!(by_name(&f, name, inverse.clone()).unwrap(), scheduled);
    assert_ne!(by_name(&f, name, constant.clone()).unwrap(), scheduled);
    let refused = by_name(&f, "lbfgs/solve/wolfe", inverse).unwrap_err();
    assert!(
        refused.contains("`lbfgs/solve/wolfe` finds the length of its steps itself"),
        "{refused}"
    );

    // All others whose parts see no more than a batch has.
    let first = f.value(&vec![1.0; 4]).unwrap();
    for curvature in
        ["exact", "differenced", "bfgs", "dfp", "sr1", "lbfgs", "limited-sr1", "diagonal"]
    {
        for rest in ["cg/wolfe", "steihaug/radius", "gltr/cubic", "cg/damping"] {
            let name = format!("{curvature}/{rest}");
            let x = by_name(&f, &name, constant.clone()).unwrap();
            let value = f.value(&x).unwrap();
            assert!(value < first, "{name} goes from {first} to {value}");
        }
    }
}
