//! What `ravine methods` lists, and methods that are composed.

use ravine::methods::{catalogue, named, parts};
use serde_json::Value;

use crate::common::ravine;

/// Titles of the families, in their order.
const FAMILIES: [&str; 9] = [
    "First order",
    "Conjugate gradients",
    "Quasi-Newton",
    "Newton",
    "Sketched second order",
    "Trust region and cubic regularization",
    "Least squares",
    "Natural gradient",
    "Automatic",
];

#[test]
fn each_family_is_listed_once_and_in_order() {
    let listed = ravine(&["methods"]);
    assert_eq!((listed.status, listed.stderr.as_str()), (0, ""));
    let heads: Vec<_> =
        listed.stdout.lines().map(str::trim).filter(|line| FAMILIES.contains(line)).collect();
    assert_eq!(heads, FAMILIES);
    let objects = ravine(&["methods", "--json"]).objects();
    let mut families: Vec<_> = objects.iter().map(|o| o["family"].as_str().unwrap()).collect();
    families.dedup();
    assert_eq!(families.len(), FAMILIES.len(), "{families:?}");
}

#[test]
fn a_familiar_name_says_which_composition_it_is() {
    let text = ravine(&["methods"]).stdout;
    let objects = ravine(&["methods", "--json"]).objects();
    for (entry, object) in catalogue().iter().zip(&objects) {
        assert_eq!(object["name"], entry.name);
        assert_eq!(object["composition"].as_str(), entry.composition, "{}", entry.name);
        let Some(composition) = entry.composition else { continue };
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        let row = lines.iter().position(|line| line.split(' ').next() == Some(entry.name)).unwrap();
        assert_eq!(lines[row + 1], format!("= {composition}"));
    }
    let steihaug = objects.iter().find(|o| o["name"] == "trust-steihaug").unwrap();
    assert_eq!(steihaug["composition"], "exact/steihaug/radius");
}

#[test]
fn parts_are_listed_with_what_they_go_with() {
    let listed = ravine(&["methods", "--parts"]);
    assert_eq!((listed.status, listed.stderr.as_str()), (0, ""));
    let objects = ravine(&["methods", "--parts", "--json"]).objects();
    assert_eq!(objects.len(), parts().len());
    for (part, object) in parts().iter().zip(&objects) {
        assert_eq!(
            (&object["name"], &object["kind"]),
            (&part.name.into(), &part.kind.name().into())
        );
        let row =
            listed.stdout.lines().map(str::trim).find(|line| {
                line.split("  ").next() == Some(part.name) && line.contains(part.title)
            });
        let row = row.unwrap_or_else(|| panic!("{} is not listed", part.name));
        assert!(row.contains(part.cost), "{row}");
        assert!(part.reach.iter().all(|reach| row.contains(reach.name())), "{row}");
    }
    let of_kind = |kind: &'static str| objects.iter().filter(move |o| o["kind"] == kind);
    let fits = |a: &Value, b: &Value| {
        let names = a["goes_with"][b["kind"].as_str().unwrap()].as_array().unwrap();
        names.contains(&b["name"])
    };
    let mut composed = 0;
    for curvature in of_kind("curvature") {
        for step in of_kind("step") {
            for trust in of_kind("trust") {
                let parts = [curvature, step, trust];
                let name = parts.map(|part| part["name"].as_str().unwrap()).join("/");
                let fit = fits(curvature, step) && fits(step, trust) && fits(curvature, trust);
                assert_eq!(fit, named(&name).is_ok(), "{name}");
                assert!(fits(step, curvature) == fits(curvature, step), "{name}");
                assert!(fits(trust, step) == fits(step, trust), "{name}");
                composed += u32::from(fit);
            }
        }
    }
    assert!(composed > 400, "{composed}");
    // The example of the listing is one that runs.
    let example =
        listed.stdout.lines().rev().find_map(|line| line.strip_prefix("ravine ")).unwrap();
    let ran = ravine(&example.split(' ').collect::<Vec<_>>());
    assert_eq!(ran.status, 0, "{example}: {}", ran.stderr);
    assert!(ran.stdout.contains("sr1/steihaug/radius"), "{}", ran.stdout);
}

#[test]
fn a_composition_runs_under_its_name() {
    let name = "limited-sr1/gltr/radius";
    let with_settings = format!("{name}:curvature.memory=3,trust.initial=0.5");
    for method in [name, &with_settings] {
        let ran = ravine(&["minimize", "rosenbrock", "--method", method, "--json"]);
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        assert_eq!(ran.objects()[0]["converged"], true);
    }
    let ran = ravine(&["minimize", "rosenbrock", "--method", name]);
    assert!(
        ran.stdout.lines().any(|line| line.trim() == format!("method {name}")),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_does_not_compose_says_why() {
    for (method, expected) in [
        ("exact/steihaug/wolfe", "`steihaug` and `wolfe` do not go together"),
        ("exact/steihaug/wolfe", "`wolfe` goes with solve, cg, nystrom-cg, subspace"),
        ("differenced/solve/wolfe", "known by its products alone"),
        ("sr1/steihug/radius", "there is no step `steihug` to compose a method of; there are"),
        ("sr1/steihaug", "that is written curvature/step/trust"),
        ("bfgs/solve/wolfe:curvature.memory=3", "has no settings, but memory was given"),
        ("fisher/solve/divergence", "needs Fisher information"),
    ] {
        let ran = ravine(&["minimize", "rosenbrock", "--method", method]);
        assert_eq!(ran.status, 2, "{method}");
        assert!(ran.stderr.contains(expected), "{method}: {}", ran.stderr);
    }
}

#[test]
fn a_method_is_described_with_its_settings() {
    let text = ravine(&["methods", "lbfgs"]);
    assert_eq!((text.status, text.stderr.as_str()), (0, ""));
    for said in [
        "lbfgs: L-BFGS\n",
        "\nneeds gradient; goes over batches\n",
        "\ncost of a step, beside value and gradient: further values and gradients + 4 m n + 10 n\n",
        "\nnumbers kept: 2 m n + 7 n\nwith n variables, m secant pairs kept\n",
        "Nocedal",
        "whole number, at least 1",
    ] {
        assert!(text.stdout.contains(said), "{said}: {}", text.stdout);
    }
    assert!(
        ravine(&["methods", "auto"]).stdout.contains("\nneeds no particular derivative; keeps")
    );
    let trust = ravine(&["methods", "trust-gltr", "--json"]).objects();
    assert_eq!(trust[0]["composition"], "exact/gltr/radius");
    let settings = trust[0]["settings"].as_array().unwrap();
    let radius = settings.iter().find(|setting| setting["name"] == "radius").unwrap();
    assert_eq!(radius["settings"][1]["default"], 1e100);
    assert_eq!(ravine(&["methods", "nosuch"]).status, 2);
    assert_eq!(ravine(&["methods", "lbfgs", "--parts"]).status, 2);
}

#[test]
fn a_composition_says_what_its_parts_do() {
    let composed = &ravine(&["methods", "exact/gltr/radius", "--json"]).objects()[0];
    let familiar = &ravine(&["methods", "trust-gltr", "--json"]).objects()[0];
    for same in ["cost", "memory", "letters", "needs", "dense"] {
        assert_eq!(composed[same], familiar[same], "{same}");
    }
    assert!(composed["source"].as_str().unwrap().contains("Conn, Gould and Toint"));
    let settings = |of: &Value| of["settings"].as_array().unwrap().clone();
    let trust = settings(composed).into_iter().find(|part| part["name"] == "trust").unwrap();
    let radius = settings(familiar).into_iter().find(|part| part["name"] == "radius").unwrap();
    assert_eq!(trust["settings"], radius["settings"]);
    let entry = named("lbfgs/cg/wolfe").unwrap();
    assert_eq!(entry.defaults().unwrap()["curvature"]["memory"], 10);
    assert!(entry.check(&entry.defaults().unwrap()).is_ok());
}

#[test]
fn a_race_tells_saddles_and_maxima_from_minima() {
    let race = |problem: &str, start: &str| {
        let arguments = ["race", problem, "--start", start, "--methods", "newton,bfgs"];
        ravine(&arguments).stdout
    };
    let row = |table: &str, method: &str| {
        table.lines().find(|line| line.trim_start().starts_with(method)).unwrap().to_owned()
    };
    let table = race("x^4-3*x^2+y^2", "0.1,1");
    assert!(row(&table, "newton").contains("saddle point"), "{table}");
    assert!(row(&table, "bfgs").contains("converged"), "{table}");
    let objects =
        ravine(&["race", "-x^2", "--start", "1", "--methods", "newton", "--json"]).objects();
    assert_eq!(objects[0]["stationary_point"], "maximum");
    assert_eq!(objects[0]["converged"], true);
}

#[test]
fn a_part_is_shown_by_its_name() {
    let ran = ravine(&["methods", "steihaug"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for line in [
        "steihaug: conjugate gradients up to the radius, a step of",
        "goes with the trust radius\n",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
    let of_residuals = ravine(&["methods", "least-squares"]).stdout;
    assert!(of_residuals.contains("goes with the curvature gauss-newton\n"), "{of_residuals}");
    // What is a method, too, is shown as one.
    assert!(ravine(&["methods", "lbfgs"]).stdout.starts_with("lbfgs: L-BFGS\n"));
    assert_eq!(ravine(&["methods", "steihug"]).status, 2);
    let said = "and least-squares: with gauss-newton alone";
    assert!(ravine(&["methods", "--parts"]).stdout.contains(said));
}

#[test]
fn settings_of_parts_are_named_with_their_part() {
    for (method, message) in [
        ("exact/steihaug/radius:trust.initial=-1", "trust.initial: is -1"),
        ("lbfgs/solve/wolfe:curvature.memory=0", "curvature.memory: is 0"),
        ("exact/nystrom-cg/wolfe:step.rank=0", "step.rank: is 0"),
        ("lbfgs:memory=0", "memory: is 0"),
        (
            "lbfgs/solve/wolfe:curvature.memory=1000000000000",
            "curvature.memory: is 1000000000000, which needs",
        ),
        ("lbfgs:memory=1000000000000", "memory: is 1000000000000, which needs"),
        (
            "exact/nystrom-cg/wolfe:step.rank=1000000000000",
            "step.rank: is 1000000000000, which needs",
        ),
    ] {
        let ran = ravine(&["minimize", "quadratic:n=1000", "--method", method]);
        assert_eq!(ran.status, 2, "{method}: {}", ran.stdout);
        assert!(ran.stderr.contains(&format!(" {message}")), "{method}: {}", ran.stderr);
    }
}

#[test]
fn differences_of_gradients_stay_within_the_bounds() {
    let run = |method: &str| {
        let bounds = ["--bounds", "0.2..0.8,0.1..", "--start", "0.8,0.1", "--json"];
        ravine(&[&["minimize", "rosenbrock", "--method", method], &bounds[..]].concat())
    };
    let differenced = run("differenced/projected/radius");
    assert_eq!(differenced.status, 0, "{}", differenced.stderr);
    let x = |object: &serde_json::Value| [0, 1].map(|i| object["x"][i].as_f64().unwrap());
    let (found, exact) = (x(&differenced.objects()[0]), x(&run("tron").objects()[0]));
    // The valley ends at the bound of its first variable.
    for (found, expected) in found.iter().zip([0.8, 0.64]) {
        assert!((found - expected).abs() < 1e-7, "{found} {exact:?}");
    }
}
