//! The limits of fixed steps against runs on a quadratic.

use ravine::Stopping;
use ravine::methods::named;
use ravine_race::{MethodChoice, run, step_limit};

/// Whether a run on the valley with curvatures 1 and 50 ends below where it began.
fn holds(method: &str, step: f64) -> bool {
    let valley = ravine_problems::named("valley:kappa=50,angle=20").unwrap();
    let join = if method.contains(':') { "," } else { ":" };
    let choice = MethodChoice::parse(&format!("{method}{join}step={step}")).unwrap();
    let stopping = Stopping { iterations: Some(20_000), ..Stopping::default() };
    let ran = run(&choice, &*valley.objective, &[1.0, 0.3], stopping, |_| ()).unwrap();
    ran.outcome.status.converged()
}

#[test]
fn a_step_below_the_limit_converges_and_one_above_does_not() {
    for method in [
        "gd",
        "momentum",
        "momentum:momentum=0.3",
        "nesterov",
        "nesterov:schedule.constant=0.5",
        "nesterov:schedule.constant=0",
    ] {
        let choice = MethodChoice::parse(method).unwrap();
        let limit = step_limit(&choice.entry, &choice.settings, 50.0).unwrap();
        assert!(holds(method, 0.98 * limit), "{method} below {limit}");
        assert!(!holds(method, 1.02 * limit), "{method} above {limit}");
    }
}

#[test]
fn the_number_of_the_textbook() {
    let limit = |name: &str, settings| step_limit(named(name).unwrap(), &settings, 8.0).unwrap();
    assert_eq!(limit("gd", serde_json::json!({})), 0.25);
    assert!((limit("momentum", serde_json::json!({})) - 0.475).abs() < 1e-15);
    assert!((limit("nesterov", serde_json::json!({})) - 4.0 / 24.0).abs() < 1e-15);
}

#[test]
fn no_limit_where_there_is_none() {
    for name in ["adam", "bfgs", "newton", "gd-linesearch"] {
        assert_eq!(step_limit(named(name).unwrap(), &serde_json::json!({}), 8.0), None, "{name}");
    }
    for curvature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(step_limit(named("gd").unwrap(), &serde_json::json!({}), curvature), None);
    }
}
