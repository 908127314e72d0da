//! Curves through data files, from the command line.

use crate::common::{Folder, ravine};

/// y is near 2.5 exp(-0.8 t) + 0.5, with errors that grow.
const DECAY: &str = "t,y,s,word\n0,3.02,0.01,a\n0.5,2.16,0.01,a\n1,1.63,0.02,b\n1.5,1.26,0.02,b\n\
                     2,0.99,0.02,a\n3,0.74,0.03,a\n4,0.59,0.03,b\n6,0.53,0.05,b\n";

fn close(value: &serde_json::Value, expected: f64, relative: f64) {
    let number = value.as_f64().unwrap();
    assert!((number / expected - 1.0).abs() < relative, "{number} for {expected}");
}

#[test]
fn a_fit_has_the_errors_of_other_libraries() {
    let folder = Folder::new("fit-decay");
    let file = folder.write("decay.csv", DECAY);
    let formula = "a*exp(-b*t)+c";
    let plain = ["fit-curve", formula, &file, "--target", "y", "--json"];
    let ran = ravine(&plain);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let object = &ran.objects()[0];
    assert_eq!(object["variables"], serde_json::json!(["a", "b", "c"]));
    // scipy.optimize.curve_fit, SciPy 1.17.
    for (k, (value, error)) in PLAIN.into_iter().enumerate() {
        close(&object["x"][k], value, 1e-6);
        close(&object["standard_errors"][k], error, 1e-5);
    }
    assert_eq!(
        (object["degrees_of_freedom"].as_u64(), object["rank"].as_u64()),
        (Some(5), Some(3))
    );
    // Student's t of five degrees of freedom.
    let half = object["intervals"][0][1].as_f64().unwrap() - object["x"][0].as_f64().unwrap();
    assert!((half / (2.570581835636314 * PLAIN[0].1) - 1.0).abs() < 1e-5);
    assert!(object["deficiency"].is_null() && object["correlation"][1][1] == 1.0);
    let weighted = [&plain[..], &["--sigma", "s", "--absolute-sigma", "--start", "b=2"]].concat();
    let object = &ravine(&weighted).objects()[0];
    for (k, (value, error)) in WEIGHTED.into_iter().enumerate() {
        close(&object["x"][k], value, 1e-6);
        close(&object["standard_errors"][k], error, 1e-5);
    }
    // Within bounds, one of them met.
    let bounded = [&plain[..], &["--bounds", "c=0.6:1,a=0:"]].concat();
    let object = &ravine(&bounded).objects()[0];
    assert_eq!((object["x"][2].as_f64(), object["method"].as_str()), (Some(0.6), Some("lm")));
    assert_eq!(object["converged"], true);
}

#[test]
fn the_report_names_what_it_found_and_the_picture_is_drawn() {
    let folder = Folder::new("fit-report");
    let file = folder.write("decay.csv", DECAY);
    let picture = folder.path("fit.svg");
    let ran = ravine(&["fit-curve", "a*exp(-b*t)+c", &file, "--target", "y", "--svg", &picture]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for words in ["standard error", "95% interval", "5 degrees of freedom", "correlation"] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    let svg = std::fs::read_to_string(&picture).unwrap();
    let drawn = roxmltree::Document::parse(&svg).unwrap();
    let count = |name| drawn.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!(count(("http://www.w3.org/2000/svg", "circle")), 8);
    assert!(svg.contains("95% band of prediction") && svg.contains("fill-opacity=\"0.16\""));
    // Of two variables the data are drawn against the fitted values.
    let two = ravine(&["fit-curve", "a*t+b*s", &file, "--target", "y", "--svg", &picture]);
    assert_eq!(two.status, 0, "{}", two.stderr);
    assert!(std::fs::read_to_string(&picture).unwrap().contains("against the fitted values"));
}

#[test]
fn parameters_that_are_not_determined_are_named() {
    let folder = Folder::new("fit-deficient");
    let file = folder.write("line.csv", "x,y\n1,1.1\n2,1.9\n3,3.2\n4,3.9\n");
    let ran = ravine(&["fit-curve", "a*b*x + c", &file, "--target", "y"]);
    let words = "the data determine 2 combinations of the 3 parameters: a, b can change together";
    assert!(ran.stdout.contains(words), "{}", ran.stdout);
    let ran = ravine(&["fit-curve", "a*b*x + c", &file, "--target", "y", "--json"]);
    let object = &ran.objects()[0];
    assert_eq!(object["undetermined"], serde_json::json!(["a", "b"]));
    assert!(object["standard_errors"][0].is_null() && object["standard_errors"][2].is_f64());
}

#[test]
fn mistakes_name_the_argument_and_the_way_out() {
    let folder = Folder::new("fit-mistakes");
    let file = folder.write("decay.csv", DECAY);
    let short = folder.write("short.csv", "t,y\n1,2\n2,3\n");
    let cases: [(&[&str], &str); 12] = [
        (
            &["a*t", &file, "--target", "humidity"],
            "--target: there is no column `humidity`; the columns are t, y",
        ),
        (&["a*t", &file, "--target", "word"], "--target: `word` is a column of texts"),
        (&["a*t", &file, "--target", "y", "--sigma", "ss"], "--sigma: there is no column `ss`"),
        (&["a*t", &file, "--target", "y", "--start", "b=1"], "--start: there is no parameter `b`"),
        (&["a*t", &file, "--target", "y", "--start", "1"], "--start: `1` has no name, as in a=1"),
        (&["a*t", &file, "--target", "y", "--bounds", "a=1"], "--bounds: `1` is not a range"),
        (
            &["a*t", &file, "--target", "y", "--bounds", "a=0:1", "--start", "a=2"],
            "--start: `a` begins at 2, outside its bounds",
        ),
        (&["a*t + y", &file, "--target", "y"], "formula: names `y`, the column to be fitted"),
        (&["a*word", &file, "--target", "y"], "formula: `word` is a column of texts"),
        (&["a + b", &file, "--target", "y"], "formula: `a + b` names no column of the data"),
        (&["a*t + b*t^2 + c", &short, "--target", "y"], "data: has 2 rows, but 3 parameters"),
        (&["a*t", "none.csv", "--target", "y"], "none.csv: No such file"),
    ];
    for (arguments, message) in cases {
        let ran = ravine(&[&["fit-curve"], arguments].concat());
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stdout);
        assert!(ran.stderr.contains(message), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
}

/// Parameters and standard errors.
const PLAIN: [(f64, f64); 3] = [
    (2.5071330465448955, 0.01631204410281286),
    (0.811393767465049, 0.012843501798419683),
    (0.5067800296713718, 0.011863103366261576),
];
/// Parameters and standard errors with the errors of the data.
const WEIGHTED: [(f64, f64); 3] = [
    (2.4977921068750977, 0.024744682934148214),
    (0.8266423373307333, 0.0182147262254707),
    (0.5183742842749897, 0.02473686073838913),
];
