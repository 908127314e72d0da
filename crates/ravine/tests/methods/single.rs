//! Single precision: every method that takes `Vec<f32>` points ends where that precision ends, says so,
//! and spends nothing on rounding.

use ravine::curvature::{DifferencedHessian, HessianAt};
use ravine::line_search::LineSearch;
use ravine::methods::{
    Adam, AdamW, BarzilaiBorwein, Beta, CubicRegularization, GradientDescent, Lbfgs, Momentum,
    Nesterov, NewtonCg, NonlinearCg, NystromNewtonCg, OwlQn, RmsProp, SteepestDescent,
    SubspaceNewton, TrustRegion,
};
use ravine::minimize::Method;
use ravine::objective::Differences;
use ravine::operator::LinearOperator;
use ravine::oracle::Oracle;
use ravine::step::{Cauchy, Gltr, Steihaug};
use ravine::{Status, Stopping, Vector, minimize};

use crate::smooth::{ALL, N, Smooth, centre};

/// Runs to the end and demands: a status that is true, a gradient at most `factor` times what is
/// reachable, and no more than `most` values.
fn ends_well<M: Method<Smooth> + Clone>(method: &M, f: Smooth, factor: f64, most: u64) {
    let stopping = Stopping { iterations: Some(20_000), ..Stopping::default() };
    let outcome = minimize(&f, f.start(), method.clone()).stopping(stopping).run().unwrap();
    let (name, norm, values) = (&outcome.method, outcome.gradient_norm, outcome.evaluations.value);
    println!("{name:20} {f:?} {} |g| {norm:.1e} values {values}", outcome.status);
    let honest = outcome.status.converged() || outcome.status == Status::PrecisionLimit;
    assert!(honest, "{name} on {f:?}: {} at |g| = {norm:e}, {values} values", outcome.status);
    assert!(norm <= factor * f.reachable(), "{name} on {f:?}: |g| = {norm:e}");
    assert!(values <= most, "{name} on {f:?}: {values} values");
}

#[test]
fn curvature_methods_end_at_the_precision() {
    for f in ALL {
        ends_well(&Lbfgs::default(), f, 20.0, 300);
        ends_well(&NewtonCg::default(), f, 20.0, 300);
        ends_well(&NystromNewtonCg::default(), f, 20.0, 300);
        ends_well(&TrustRegion::<Steihaug>::default(), f, 20.0, 300);
        ends_well(&TrustRegion::<Gltr>::default(), f, 20.0, 300);
        ends_well(&CubicRegularization::<Gltr>::default(), f, 20.0, 300);
        ends_well(&OwlQn::default(), f, 20.0, 600);
    }
}

#[test]
fn gradient_methods_with_a_search_end_at_the_precision() {
    for f in [Smooth::Cosh, Smooth::LogSumExp, Smooth::Quadratic] {
        for beta in [Beta::HagerZhang, Beta::PolakRibiere, Beta::HestenesStiefel, Beta::DaiYuan] {
            ends_well(&NonlinearCg { beta, ..NonlinearCg::default() }, f, 50.0, 1000);
        }
        ends_well(&SubspaceNewton::default(), f, 200.0, 4000);
    }
    for f in ALL {
        ends_well(&BarzilaiBorwein::default(), f, 50.0, 5000);
    }
    for f in [Smooth::Cosh, Smooth::LogSumExp] {
        ends_well(&SteepestDescent::default(), f, 50.0, 2000);
        ends_well(&TrustRegion::<Cauchy>::default(), f, 50.0, 2000);
    }
}

#[test]
fn fixed_steps_end_where_rounding_swallows_them() {
    let f = Smooth::LogSumExp;
    ends_well(&GradientDescent { step: 1.0 }, f, 50.0, 2000);
    ends_well(&Momentum { step: 0.3, ..Default::default() }, f, 50.0, 4000);
    ends_well(&Nesterov { step: 1.0, ..Default::default() }, f, 50.0, 4000);
    // A step that is far too short is no minimizer, and not called one.
    let stopping = Stopping { iterations: Some(20_000), ..Stopping::default() };
    let method = GradientDescent { step: 1e-9 };
    let outcome = minimize(&f, f.start(), method).stopping(stopping).run().unwrap();
    assert_eq!(outcome.status, Status::NoProgress);
    assert!(outcome.evaluations.value < 200);

    let f = Smooth::Cosh;
    // What cycles around the minimizer with steps of a fixed size ends at its limit, near it.
    let stopping = || Stopping { iterations: Some(2000), ..Stopping::default() };
    fn near<M: Method<Smooth>>(method: M, f: Smooth, stopping: Stopping, error: f32) {
        let outcome = minimize(&f, f.start(), method).stopping(stopping).run().unwrap();
        let off = (0..N).map(|i| (outcome.x[i] - centre(i)).abs()).fold(0.0, f32::max);
        assert!(off <= error, "{}: {} at {off}", outcome.method, outcome.status);
    }
    near(Adam { step: 0.02, ..Default::default() }, f, stopping(), 1e-3);
    near(AdamW { step: 0.02, decay: 0.0, ..Default::default() }, f, stopping(), 1e-3);
    near(RmsProp { step: 1e-3, ..Default::default() }, f, stopping(), 2e-3);
}

#[test]
fn differences_of_gradients_follow_the_precision() {
    let d: Vec<f32> = (0..N).map(|i| (i as f32 * 2.4).cos()).collect();
    for f in ALL {
        let oracle = Oracle::new(&f, Stopping::default());
        let x = f.start();
        let (mut exact, mut differenced) = (vec![0.0f32; N], vec![0.0f32; N]);
        HessianAt { oracle: &oracle, x: &x }.apply(&d, &mut exact).unwrap();
        let operator = DifferencedHessian::new(&oracle, &x, Differences::default()).unwrap();
        operator.apply(&d, &mut differenced).unwrap();
        differenced.axpy(-1.0, &exact);
        let error = differenced.norm() / exact.norm();
        // The two thirds power of the rounding, with a margin for the third derivatives.
        assert!(error <= 20.0 * f64::from(f32::EPSILON).powf(2.0 / 3.0), "{f:?}: {error:e}");
    }
}

#[test]
fn every_line_search_ends_at_the_precision() {
    for name in ["backtracking", "more_thuente", "hager_zhang", "exact"] {
        let line_search: LineSearch = serde_json::from_str(&format!("{name:?}")).unwrap();
        for f in ALL {
            let method = Lbfgs { line_search: line_search.clone(), ..Lbfgs::default() };
            ends_well(&method, f, 50.0, 1500);
        }
    }
}
