//! Every kind of objective has its method.

use super::*;
use crate::Stopping;

fn facts(dimension: usize, derivatives: Derivatives) -> Facts {
    Facts {
        dimension,
        derivatives,
        bounded: false,
        residual_count: 0,
        sparse_jacobian: false,
        hessian_density: None,
        curvature_along_gradient: None,
        evidence: None,
    }
}

#[test]
fn every_kind_of_objective_has_its_method() {
    let all = Derivatives::RESIDUALS.and(Derivatives::HESSIAN);
    let fisher = Derivatives { fisher: true, ..Derivatives::GRADIENT };
    let sparse = Derivatives { sparse_hessian: true, ..Derivatives::HESSIAN_PRODUCT };
    let (few, many) = (10, 100_000);
    let residuals = |m, d| Facts { residual_count: m, ..facts(few, d) };
    let products = facts(many, Derivatives::HESSIAN_PRODUCT);
    let cases = [
        (facts(few, Derivatives::NONE), "bfgs"),
        (facts(many, Derivatives::NONE), "lbfgs"),
        (facts(few, Derivatives::GRADIENT), "bfgs"),
        (facts(many, Derivatives::GRADIENT), "lbfgs"),
        (Facts { bounded: true, ..facts(few, Derivatives::NONE) }, "lbfgsb"),
        (Facts { bounded: true, ..facts(few, Derivatives::GRADIENT) }, "lbfgsb"),
        (Facts { bounded: true, ..residuals(10, all) }, "lm"),
        (Facts { bounded: true, ..residuals(30, Derivatives::RESIDUALS) }, "lm"),
        (Facts { bounded: true, ..facts(few, Derivatives::HESSIAN) }, "tron"),
        (Facts { sparse_jacobian: true, ..residuals(10, Derivatives::RESIDUALS) }, "lm"),
        (
            Facts { sparse_jacobian: true, bounded: true, ..residuals(30, all) },
            "gauss-newton/projected/radius",
        ),
        (facts(few, Derivatives::HESSIAN), "trust-exact"),
        (facts(few, fisher), "natural-gradient-linesearch"),
        (products.clone(), "trust-steihaug"),
        (Facts { curvature_along_gradient: Some(2.0), ..products.clone() }, "trust-steihaug"),
        (Facts { curvature_along_gradient: Some(-2.0), ..products }, "trust-gltr"),
        (Facts { hessian_density: Some(1e-4), ..facts(many, sparse) }, "newton-sparse"),
        (Facts { hessian_density: Some(0.5), ..facts(many, sparse) }, "trust-steihaug"),
        (residuals(10, Derivatives::RESIDUALS), "gauss-newton"),
        (residuals(30, Derivatives::RESIDUALS), "lm"),
        (residuals(5, Derivatives::RESIDUALS), "lm"),
        (residuals(30, all), "lm-newton"),
        (Facts { residual_count: many, ..facts(many, all) }, "trust-steihaug"),
    ];
    for (facts, expected) in cases {
        let choice = choose(facts.clone()).unwrap();
        assert_eq!(choice.entry.name, expected, "{facts:?}");
        let n = facts.dimension.to_string();
        assert!(choice.reason.contains(&n), "{}", choice.reason);
        assert!(!choice.reason.ends_with('.') && !choice.reason.contains("  "));
    }
}

#[test]
fn every_row_names_a_method_and_is_reached() {
    for (i, reasoning) in DECISION.iter().enumerate() {
        assert!(named(reasoning.entry).is_ok(), "{}", reasoning.entry);
        assert!(DECISION[..i].iter().all(|r| r.entry != reasoning.entry));
    }
}

#[test]
fn the_hessian_is_looked_at_where_it_matters() {
    let n = DENSE + 1;
    let f = crate::objective!(n, |x| {
        let mut sum = R::from(0.0);
        for &x in x {
            sum += x.cos();
        }
        sum
    });
    let near_top = Facts::gather(&f, &vec![0.1; n], None).unwrap();
    assert!(near_top.curvature_along_gradient.unwrap_or(-1.0) < 0.0, "{near_top:?}");
    let small = crate::objective!(2, |x| x[0].cos() + x[1]);
    let facts = Facts::gather(&small, &[0.1; 2], None).unwrap();
    assert_eq!((facts.hessian_density, facts.curvature_along_gradient), (None, None));
}

#[test]
fn values_alone_are_enough() {
    let f = crate::objective::from_value(2, |x: &[f64]| {
        (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2)
    });
    let start = [-1.2, 1.0];
    let stopping = Stopping { gradient_relative: 1e-6, ..Stopping::default() };
    let entry = named("auto").unwrap();
    let mut run = entry.start(&Value::Null, &f, &start, stopping.clone()).unwrap();
    while run.step().is_none() {}
    let outcome = run.outcome();
    assert!(outcome.status.converged() && outcome.value < 1e-10, "{outcome:?}");
    assert_eq!(outcome.method, "bfgs");
    assert_eq!(minimize_automatically(&f, &start, stopping).unwrap().1.x, outcome.x);
}

#[test]
fn a_start_that_cannot_be_used_is_named() {
    let f = crate::objective!(2, |x| x[0] * x[1]);
    for start in [&[1.0][..], &[1.0, f64::NAN]] {
        assert!(automatic(&f, start, None).unwrap_err().to_string().starts_with("start"));
    }
}
