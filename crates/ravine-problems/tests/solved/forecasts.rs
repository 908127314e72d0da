//! Forecasts from Hessian products against runs, on clusters of eigenvalues.

use ravine::diagnose::Diagnose;
use ravine::methods::named as method;
use ravine::random::Random;
use ravine::vector::Pointwise;

/// On clusters far apart rounding decides how long L-BFGS takes: single runs from about the same start
/// differ by a factor of 4, so that the median of a few is compared.
#[test]
fn clusters_stay_clusters() {
    let spec = "quadratic:n=150,rotation=yes,spectrum=clustered,kappa=1e6";
    let problem = ravine_problems::named(spec).unwrap();
    let (f, x) = (&*problem.objective, &problem.start);
    let settings = Diagnose { dense: 0, products: 150, ..Diagnose::default() };
    let diagnosis = settings.run(f, x, ravine::Stopping::default()).unwrap();
    let iterations = |name: &str, seed: u64| {
        let mut start = x.clone();
        start.fill_normal(&mut Random::new(seed));
        start.iter_mut().zip(x).for_each(|(s, x)| *s = x + 1e-3 * *s);
        let (method, none) = (method(name).unwrap(), serde_json::Value::Null);
        let mut run = method.start(&none, f, &start, diagnosis.stopping()).unwrap();
        while run.step().is_none() {}
        assert!(run.outcome().status.converged(), "{name}: {}", run.outcome().status);
        run.outcome().iterations
    };
    for (name, factor) in [("lbfgs", 4.0), ("cg-hs", 2.0), ("newton-cg", 2.0)] {
        let mut all: Vec<u64> = (1..=5).map(|seed| iterations(name, seed)).collect();
        all.sort_unstable();
        let made = all[2] as f64;
        let forecast = diagnosis.forecast.iter().find(|f| f.method == name).unwrap();
        let said = forecast.iterations as f64;
        assert!(made <= factor * said && said <= factor * made, "{name}: {said} {all:?}");
    }
}
