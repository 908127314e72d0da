//! Generalized linear models from the command line.

use std::io::Write as _;

use serde_json::Value;

use crate::common::{Folder, Ran, ravine};

/// Coefficients and standard errors of `survived ~ class + sex * age` by statsmodels 0.14, and the deviance.
const TITANIC: [(f64, f64); 6] = [
    (2.7908390146011572, 0.36282240310969244),
    (-1.4245822416968477, 0.24151274330095482),
    (-2.388178053805306, 0.23637983843994803),
    (-1.0297549070280756, 0.3585932349706558),
    (-0.0040839923935678465, 0.009460977975621294),
    (-0.05289135579430008, 0.012025382447304703),
];
const TITANIC_DEVIANCE: f64 = 961.917009170231;

/// `y ~ x*group` of Poisson with the offset `log(exposure)`, by statsmodels 0.14: intercept, x, north, south,
/// x:north, x:south.
const COUNTS: [(f64, f64); 6] = [
    (0.1530984849358379, 0.2835732741546146),
    (0.3164045820294831, 0.14764651792457406),
    (-0.1912001227785505, 0.4067775613319629),
    (0.4786959169170859, 0.3472601954782498),
    (0.09723635585371909, 0.19691374609219447),
    (0.025906905156042624, 0.17977043628020736),
];

/// The same with weights and the errors HC0.
const ROBUST: [(f64, f64); 6] = [
    (0.058704845289532334, 0.13586821540305538),
    (0.36334442833701996, 0.06843757774879757),
    (-0.10764611865628171, 0.20724701757685726),
    (0.5489038980965928, 0.15927637340860476),
    (0.05661907572564373, 0.09063816848822205),
    (-0.01121591739998233, 0.07578887437584161),
];

pub fn estimates(object: &Value) -> Vec<(String, f64, f64)> {
    let rows = object["coefficients"].as_array().unwrap();
    let number = |row: &Value, name: &str| row[name].as_f64().unwrap_or(f64::NAN);
    let name = |row: &Value| row["name"].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| (name(row), number(row, "estimate"), number(row, "standard_error")))
        .collect()
}

pub fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * b.abs()
}

/// Counts of a Poisson model: y near exp(0.5 + 0.3 x), with a group of other level, an exposure and a
/// missing cell.
fn counts() -> String {
    let mut text = "y,x,group,exposure,weight\n".to_owned();
    for i in 0..40 {
        let x = f64::from(i % 10) / 3.0;
        let group = ["north", "south", "east"][i as usize % 3];
        let exposure = 1.0 + f64::from(i % 4);
        let mean = exposure * (0.2 + 0.3 * x + if group == "south" { 0.5 } else { 0.0 }).exp();
        let y = (mean + f64::from((i * 7) % 5) - 2.0).round().max(0.0);
        let x = if i == 7 { "NA".to_owned() } else { x.to_string() };
        text += &format!("{y},{x},{group},{exposure},{}\n", 1 + i % 2);
    }
    text
}

pub fn json(arguments: &[&str]) -> Value {
    let ran = ravine(&[arguments, &["--json"]].concat());
    assert!(ran.status == 0, "{arguments:?}: {} {}", ran.status, ran.stderr);
    ran.objects().remove(0)
}

#[test]
fn without_data_the_titanic_is_explained() {
    let ran = ravine(&["fit"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for words in [
        "survived ~ class + sex + age + sex:age on 1046 rows",
        "263 of 1,309 rows dropped: age (263)",
        "family binomial, link logit (the target has two classes; `yes` counts as 1, `no` as 0)",
        "converged: ",
        "95 % interval",
        "sex[T.male]:age",
        "Predicted probabilities, and how often they came true",
    ] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    let folder = Folder::new("fit-titanic");
    let picture = folder.path("titanic.svg");
    assert_eq!(ravine(&["fit", "--svg", &picture]).status, 0);
    let svg = std::fs::read_to_string(&picture).unwrap();
    roxmltree::Document::parse(&svg).unwrap();
    for title in ["Coefficients with intervals", "came true", "The objective above its end"] {
        assert!(svg.contains(title), "{title}");
    }
    let object = json(&["fit"]);
    assert_eq!((object["rows"].as_u64(), object["columns"].as_u64()), (Some(1046), Some(5)));
    for ((name, b, error), (expected, known_error)) in estimates(&object).into_iter().zip(TITANIC) {
        assert!(close(b, expected, 1e-6) && close(error, known_error, 1e-6), "{name}: {b} {error}");
    }
    assert!(close(object["deviance"].as_f64().unwrap(), TITANIC_DEVIANCE, 1e-9));
}

#[test]
fn a_formula_with_weights_offsets_and_robust_errors_is_fitted() {
    let folder = Folder::new("fit-counts");
    let file = folder.write("counts.csv", &counts());
    let formula = "y ~ x*group + offset(log(exposure))";
    let plain = ["fit", &file, "--formula", formula, "--family", "poisson"];
    let object = json(&plain);
    assert_eq!(object["rows"].as_u64(), Some(39));
    assert_eq!(object["notes"][0], "1 of 40 rows dropped: x (1)");
    for ((name, b, error), (expected, known_error)) in estimates(&object).into_iter().zip(COUNTS) {
        assert!(close(b, expected, 1e-6) && close(error, known_error, 1e-6), "{name}: {b} {error}");
    }
    let robust = json(&[&plain[..], &["--errors", "hc0", "--weights", "weight"]].concat());
    for ((name, b, error), (expected, known_error)) in estimates(&robust).into_iter().zip(ROBUST) {
        assert!(close(b, expected, 1e-6) && close(error, known_error, 1e-6), "{name}: {b} {error}");
    }
    // The same offset as a column.
    let object = json(&[
        "fit", &file, "--target", "y", "--ignore", "weight", "--offset", "exposure", "--family",
        "poisson",
    ]);
    assert_eq!(object["coefficients"].as_array().unwrap().len(), 4);
    let clustered = json(&[&plain[..], &["--clusters", "group"]].concat());
    let error = |found: &serde_json::Value| found["coefficients"][1]["standard_error"].as_f64();
    let two = json(&[&plain[..], &["--clusters", "group,weight"]].concat());
    let one = error(&clustered).unwrap();
    assert!(one > 0.0 && (error(&two).unwrap() - one).abs() > 1e-6 * one, "{two}");
    let ran = ravine(&[&plain[..], &["--clusters", "group,weight,exposure"]].concat());
    assert!(ran.status == 2 && ran.stderr.contains("more than two kinds"), "{}", ran.stderr);
}

#[test]
fn a_stored_model_predicts_what_was_fitted() {
    let folder = Folder::new("fit-predict");
    let file = folder.write("counts.csv", &counts());
    let model = folder.path("model.json");
    let fit = [
        "fit",
        &file,
        "--formula",
        "y ~ bs(x, df=4) + group",
        "--family",
        "poisson",
        "--out",
        &model,
    ];
    assert_eq!(ravine(&fit).status, 0);
    let new = folder.write("new.csv", "x,group\n0.5,south\n1.5,east\n,east\n");
    let ran = ravine(&["predict", &model, &new, "--interval", "0.9"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!((lines[0], lines.len()), ("row,mean,low,high", 3));
    assert!(ran.stderr.contains("1 of 3 rows dropped: x (1)"), "{}", ran.stderr);
    let numbers: Vec<f64> = lines[1].split(',').map(|cell| cell.parse().unwrap()).collect();
    assert!(numbers[2] < numbers[1] && numbers[1] < numbers[3]);
    // An unseen level, and a value beyond the spline.
    let unseen = folder.write("unseen.csv", "x,group\n0.5,west\n");
    let ran = ravine(&["predict", &model, &unseen]);
    assert_eq!(ran.status, 2);
    for words in ["group", "west", "unseen"] {
        assert!(ran.stderr.contains(words), "{words}: {}", ran.stderr);
    }
    assert_eq!(ravine(&["predict", &model, &unseen, "--unseen", "base"]).status, 0);
    let beyond = folder.write("beyond.csv", "x,group\n50,east\n");
    let ran = ravine(&["predict", &model, &beyond]);
    assert!(ran.status == 2 && ran.stderr.contains("bs(x, df=4)"), "{}", ran.stderr);
    // What is no model.
    let ran = ravine(&["predict", &file, &new]);
    assert!(ran.status == 2 && ran.stderr.contains("is not a model"), "{}", ran.stderr);
    let text = std::fs::read_to_string(&model).unwrap();
    let newer = folder.write("newer.json", &text.replace("\"version\": 1", "\"version\": 9"));
    let ran = ravine(&["predict", &newer, &new]);
    assert!(
        ran.status == 2 && ran.stderr.contains("is of version 9, but must be of 1"),
        "{}",
        ran.stderr
    );
    let cut = folder.write("cut.json", &text[..text.len() / 2]);
    assert_eq!(ravine(&["predict", &cut, &new]).status, 2);
}

#[test]
fn classes_have_probabilities_that_are_printed_and_stored() {
    let folder = Folder::new("fit-classes");
    let mut text = "a,b,kind\n".to_owned();
    for i in 0..45 {
        let (a, b) = (f64::from((i * 17) % 23) / 10.0, f64::from((i * 11) % 19) / 10.0);
        let noisy = a - b + f64::from((i * 7) % 5) / 4.0;
        let kind = if noisy < 0.3 {
            "low"
        } else if noisy < 1.1 {
            "mid"
        } else {
            "high"
        };
        text += &format!("{a},{b},{kind}\n");
    }
    let file = folder.write("kinds.csv", &text);
    let model = folder.path("model.json");
    let object = json(&["fit", &file, "--target", "kind", "--out", &model]);
    assert_eq!(
        (object["family"].as_str(), object["converged"].as_bool()),
        (Some("multinomial"), Some(true))
    );
    assert_eq!(object["coefficients"].as_array().unwrap().len(), 6);
    assert_eq!(object["coefficients"][0]["class"], "low");
    let ran = ravine(&["predict", &model, &file, "--json"]);
    let objects = ran.objects();
    assert_eq!(objects.len(), 45);
    let right = objects.iter().zip(text.lines().skip(1));
    let right = right.filter(|(o, line)| line.ends_with(o["kind"].as_str().unwrap())).count();
    assert_eq!(right as f64 / 45.0, object["accuracy"].as_f64().unwrap());
    let sum: f64 = ["low", "mid", "high"]
        .iter()
        .map(|k| objects[3][format!("probability of {k}")].as_f64().unwrap())
        .sum();
    assert!((sum - 1.0).abs() < 1e-12);
    // Two of them by the hinge.
    let two = folder.write("two.csv", &text.replace("mid", "high"));
    let object = json(&["fit", &two, "--target", "kind", "--family", "hinge", "--l2", "0.01"]);
    assert!(object["notes"].to_string().contains("support vectors"));
}

#[test]
fn a_penalty_is_chosen_and_drawn() {
    let folder = Folder::new("fit-cv");
    let mut text = "y,a,b,c,d\n".to_owned();
    for i in 0..80 {
        let at = |k: i32| f64::from((i * (2 * k + 3) * 13) % 37) / 18.0 - 1.0;
        let y = 2.0 * at(1) - at(2) + 0.3 * (f64::from((i * 29) % 11) / 5.0 - 1.0);
        text += &format!("{y},{},{},{},{}\n", at(1), at(2), at(3), at(4));
    }
    let file = folder.write("wide.csv", &text);
    let picture = folder.path("cv.svg");
    let ran = ravine(&[
        "fit",
        &file,
        "--target",
        "y",
        "--cv",
        "5",
        "--l1-ratio",
        "0.5,1",
        "--svg",
        &picture,
    ]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for words in ["penalty l1 ", "at the best", "no standard errors", "Rows held out, by the size"]
    {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    let svg = std::fs::read_to_string(&picture).unwrap();
    roxmltree::Document::parse(&svg).unwrap();
    for title in [
        "Coefficients",
        "Deviance residuals",
        "Rows held out",
        "Coefficients by the size of the penalty",
    ] {
        assert!(svg.contains(title), "{title}");
    }
    // In deviations of the columns, units change nothing but the coefficient.
    let scaled = |by: f64| {
        let rows = text.lines().skip(1).map(|line| {
            let (head, d) = line.rsplit_once(',').unwrap();
            format!("{head},{}\n", by * d.parse::<f64>().unwrap())
        });
        let file = folder.write("scaled.csv", &format!("y,a,b,c,d\n{}", rows.collect::<String>()));
        let object = json(&["fit", &file, "--target", "y", "--l2", "0.1", "--standardize"]);
        assert!(object["notes"].to_string().contains("standard deviations of their columns"));
        let last = object["coefficients"][4]["estimate"].as_f64().unwrap();
        (object["value"].as_f64().unwrap(), by * last)
    };
    let (one, other) = (scaled(1.0), scaled(1e5));
    assert!((one.0 - other.0).abs() < 1e-8 && (one.1 - other.1).abs() < 1e-6, "{one:?} {other:?}");
    let object =
        json(&["fit", &file, "--target", "y", "--cv", "5", "--rule", "one-standard-error"]);
    let points = object["cross_validation"].as_array().unwrap();
    let lowest =
        points.iter().map(|p| p["deviance"].as_f64().unwrap()).fold(f64::INFINITY, f64::min);
    let best = points.iter().find(|p| p["deviance"].as_f64() == Some(lowest)).unwrap();
    assert!(object["l1"].as_f64().unwrap() >= best["alpha"].as_f64().unwrap());
}

#[test]
fn terms_enter_together_rise_and_classes_choose_a_penalty() {
    let folder = Folder::new("fit-terms");
    let mut text = "y,kind,dose,noise\n".to_owned();
    let mut y = Vec::new();
    for i in 0..120 {
        let dose = ["a", "b", "c", "d"][i % 4];
        let noise = f64::from((i as i32 * 29) % 17) / 8.0 - 1.0;
        // Means 0, 2, 1, 3: the middle ones are out of order.
        let value = [0.0, 2.0, 1.0, 3.0][i % 4] + f64::from((i as i32 * 7) % 13) / 6.0 - 1.0;
        let kind = ["low", "mid", "top"][((value + 1.0) / 2.0).clamp(0.0, 2.0) as usize];
        y.push(value);
        text += &format!("{value},{kind},{dose},{noise}\n");
    }
    let file = folder.write("doses.csv", &text);
    let explained = ["fit", &file, "--formula", "y ~ dose"];
    let object = json(&[&explained[..], &["--monotone", "dose:rising"]].concat());
    let estimate = |k: usize| object["coefficients"][k]["estimate"].as_f64().unwrap();
    let mean = |level: usize| y.iter().skip(level).step_by(4).sum::<f64>() / 30.0;
    let pooled = (mean(1) + mean(2)) / 2.0;
    assert!((estimate(0) - mean(0)).abs() < 1e-4, "{object}");
    for k in [1, 2] {
        assert!((estimate(0) + estimate(k) - pooled).abs() < 1e-4, "{object}");
    }
    let object =
        json(&["fit", &file, "--formula", "y ~ dose + noise", "--l1", "0.1", "--together", "dose"]);
    let zeros = |name: &str| -> Vec<bool> {
        let rows = object["coefficients"].as_array().unwrap().iter();
        let of = rows.filter(|row| row["name"].as_str().unwrap().starts_with(name));
        of.map(|row| row["estimate"].as_f64() == Some(0.0)).collect()
    };
    assert_eq!((zeros("dose").len(), zeros("noise")), (4, vec![true]));
    assert!(zeros("dose").iter().all(|zero| !zero), "{object}");
    let ran = ravine(&["fit", &file, "--formula", "kind ~ dose + noise", "--cv", "4"]);
    assert_eq!(ran.status, 0, "{}{}", ran.stdout, ran.stderr);
    for words in ["multinomial", "penalty l1 ", "proximal-newton", "Rows held out"] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    // The order of levels that a formula gives; a name has commas and colons of its own.
    let term = "C(dose,levels=['a','c','b','d'])";
    let formula = format!("y ~ {term} + noise");
    let rising = format!("noise:falling, {term}:rising");
    let object = json(&["fit", &file, "--formula", &formula, "--monotone", &rising]);
    let rows = object["coefficients"].as_array().unwrap();
    let values: Vec<f64> = rows.iter().map(|row| row["estimate"].as_f64().unwrap()).collect();
    assert!(
        values[1] > 0.5 && values[2] > values[1] + 0.5 && values[3] > values[2] + 0.5,
        "{object}"
    );
    assert!(values[4] <= 0.0, "{object}");
    let ran = ravine(&[&explained[..], &["--monotone", "dose:up"]].concat());
    assert!(
        ran.status == 2 && ran.stderr.contains("TERM:rising or TERM:falling"),
        "{}",
        ran.stderr
    );
    let ran = ravine(&[&explained[..], &["--together", "dose"]].concat());
    assert!(ran.status == 2 && ran.stderr.contains("no L1 penalty"), "{}", ran.stderr);
}

#[test]
fn all_solvers_are_raced_to_one_minimum() {
    let folder = Folder::new("fit-race");
    let file = folder.write("counts.csv", &counts());
    let plain = [
        "fit",
        &file,
        "--formula",
        "y ~ x + group",
        "--family",
        "poisson",
        "--l2",
        "0.01",
        "--race",
    ];
    let ran: Ran = ravine(&plain);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for words in ["cholesky", "newton-cg", "lbfgs", "coordinate-descent", "above the lowest"] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    let objects = ravine(&[&plain[..], &["--json"]].concat()).objects();
    assert_eq!(objects.len(), 4);
    for object in &objects {
        assert!(object["above"].as_f64().unwrap() <= 1e-7, "{object}");
        assert_eq!(object["converged"], true);
    }
    // Curvature of counts has no bound.
    let ran = ravine(&plain);
    assert!(ran.stdout.contains("Without saga: solver: is `saga`, which is for"), "{}", ran.stdout);
    // Of the Titanic's passengers all six find the minimum.
    let titanic =
        ["fit", "--formula", "survived ~ class + sex", "--l2", "0.01", "--race", "--json"];
    let objects = ravine(&titanic).objects();
    assert_eq!(objects.len(), 6);
    for object in &objects {
        assert!(object["above"].as_f64().unwrap() <= 1e-7, "{object}");
        assert_eq!(object["converged"], true, "{object}");
    }
    // With an L1 penalty only one can.
    let ran =
        ravine(&["fit", &file, "--target", "y", "--family", "poisson", "--l1", "0.01", "--race"]);
    assert!(
        ran.stdout.contains("Without cholesky: solver: is `cholesky`, but must be"),
        "{}",
        ran.stdout
    );
}

#[test]
fn separation_and_aliased_columns_are_named_with_a_remedy() {
    let folder = Folder::new("fit-separated");
    let mut text = "sick,dose,twice\n".to_owned();
    for i in 0..20 {
        text += &format!("{},{},{}\n", if i > 9 { "yes" } else { "no" }, i, 2 * i);
    }
    let file = folder.write("separated.csv", &text);
    let ran = ravine(&["fit", &file, "--target", "sick"]);
    assert_eq!(ran.status, 1, "{}", ran.stderr);
    for words in ["separated", "+infinity", "left out", "twice = 2*dose", "Firth"] {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
    let ran = ravine(&["fit", &file, "--target", "sick", "--firth"]);
    assert_eq!(ran.status, 0, "{}", ran.stdout);
    let object = json(&["fit", &file, "--target", "sick", "--l2", "0.1"]);
    assert_eq!(object["converged"], true);
    // The general minimizer says so, too.
    let ran = ravine(&["minimize", &file, "--target", "sick", "--loss", "logistic"]);
    assert!(
        ran.stdout.contains("no minimum: from there the function falls for ever"),
        "{}",
        ran.stdout
    );
}

#[test]
fn as_many_coefficients_as_rows_are_fitted_without_errors() {
    let folder = Folder::new("fit-few");
    let file = folder.write("few.csv", "y,x\n2,6\n3,9\n");
    let ran = ravine(&["fit", &file, "--target", "y"]);
    assert_eq!(ran.status, 0, "{} {}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("as many coefficients as rows"), "{}", ran.stdout);
    // A constant column is carried by the intercept.
    let file = folder.write("constant.csv", "y,x,k\n1,5,2\n2,5,3\n3,5,1\n5,5,7\n");
    let ran = ravine(&["fit", &file, "--target", "y"]);
    assert!(ran.stdout.contains("`x` is constant; dropped"), "{}", ran.stdout);
}

#[test]
fn a_libsvm_file_and_a_compressed_table_are_read() {
    let folder = Folder::new("fit-formats");
    let mut text = String::new();
    for i in 0..30 {
        let label = if (i * 7) % 10 > 4 { "+1" } else { "-1" };
        text += &format!(
            "{label} {}:{} 5:{}\n",
            1 + i % 3,
            0.5 + f64::from(i % 4),
            f64::from((i * 7) % 10) / 3.0
        );
    }
    let file = folder.write("data.svm", &text);
    let model = folder.path("model.json");
    let object = json(&["fit", &file, "--l2", "0.01", "--out", &model]);
    assert_eq!(
        (object["family"].as_str(), object["columns"].as_u64()),
        (Some("gaussian"), Some(5))
    );
    let object = json(&["fit", &file, "--l2", "0.01", "--family", "binomial", "--out", &model]);
    assert_eq!(object["classes"], serde_json::json!(["-1", "1"]));
    let ran = ravine(&["predict", &model, &file]);
    assert_eq!((ran.status, ran.stdout.lines().count()), (0, 31), "{}", ran.stderr);
    let packed = folder.path("counts.csv.gz");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(counts().as_bytes()).unwrap();
    let bytes = encoder.finish().unwrap();
    std::fs::write(&packed, &bytes).unwrap();
    assert_eq!(json(&["fit", &packed, "--target", "y"])["rows"].as_u64(), Some(39));
    std::fs::write(&packed, &bytes[..bytes.len() / 2]).unwrap();
    let ran = ravine(&["fit", &packed, "--target", "y"]);
    assert!(ran.status == 2 && ran.stderr.contains("cut off"), "{}", ran.stderr);
}

#[test]
fn numbers_that_are_not_allowed_are_named_with_what_is() {
    let folder = Folder::new("fit-numbers");
    let file = folder.write("a.csv", "y,x\n1,2\n3,4\n5,7\n2,1\n");
    let between = "above 0 and below 1";
    for (option, values, allowed) in [
        ("--tolerance", &["0", "-1", "nan", "inf", "1", "tiny"][..], between),
        ("--level", &["0", "1", "95", "-0.5", "nan"], between),
        ("--l1", &["-1", "nan", "inf"], "from 0 on, and finite"),
        ("--l2", &["-0.001", "nan", "inf"], "from 0 on, and finite"),
        ("--max-iterations", &["0", "2.5"], "from 1 on, and whole"),
        ("--cv", &["0", "1"], "from 2 on, and whole"),
    ] {
        for value in values {
            for stream in [&[][..], &["--stream"]] {
                let args = [&["fit", file.as_str(), "--target", "y", option, value], stream];
                let ran = ravine(&args.concat());
                let named = ran.stderr.contains(option) && ran.stderr.contains(value);
                assert!(
                    ran.status == 2 && named,
                    "{option} {value}: {} {}",
                    ran.status,
                    ran.stderr
                );
                assert!(ran.stderr.contains(allowed), "{option} {value}: {}", ran.stderr);
            }
        }
    }
    for (more, allowed) in [
        (&["--cv", "2", "--l1-ratio", "0.5,1.5"][..], "from 0 to 1"),
        (&["--cv", "2", "--l1-ratio", "nan"], "from 0 to 1"),
        (&["--family", "tweedie:power=nan"], "write tweedie:power=NUMBER"),
        (&["--family", "negative-binomial:alpha=-1"], "alpha"),
        (&["--family", "huber:delta=0"], "delta"),
        (&["--bounds", "x=nan.."], "x"),
    ] {
        let ran = ravine(&[&["fit", file.as_str(), "--target", "y"], more].concat());
        assert!(ran.status == 2 && ran.stderr.contains(allowed), "{more:?}: {}", ran.stderr);
    }
    let ran = ravine(&["fit", "--firth", "--errors", "hc1"]);
    assert!(ran.status == 2 && ran.stderr.contains("errors: is given"), "{}", ran.stderr);
}

/// The tests' build reads no Parquet files, and says what does.
#[test]
fn a_format_that_is_not_built_in_is_named() {
    let folder = Folder::new("fit-parquet");
    let file = folder.write("data.bin", "PAR1\u{15} and what follows");
    let ran = ravine(&["fit", &file, "--target", "y"]);
    assert_eq!(ran.status, 2);
    let says =
        "is a Parquet file, which this build does not read: build it with `--features parquet`";
    assert!(ran.stderr.contains("data.bin") && ran.stderr.contains(says), "{}", ran.stderr);
    // A table whose first column is called so is a table.
    let table = folder.write("table.csv", "PAR1,y\n1,2\n2,3\n3,5\n4,4\n");
    assert_eq!(json(&["fit", &table, "--target", "y"])["rows"].as_u64(), Some(4));
}

#[test]
fn bad_input_is_told_before_any_work() {
    let folder = Folder::new("fit-bad");
    let file = folder.write("a.csv", "y,x,t\n1,2,a\n3,4,b\n5,7,b\n2,1,a\n");
    let empty = folder.write("empty.csv", "");
    let latin = folder.path("latin.csv");
    std::fs::write(&latin, b"y,x\n1,caf\xe9\n").unwrap();
    let one = folder.write("one.csv", "y,x\nyes,1\nyes,2\n");
    let wide = folder.write("wide.csv", &vec!["1"; 200_000].join(","));
    for (arguments, words) in [
        (vec!["fit", &file], "which column is to be explained?"),
        (vec!["fit", &file, "--target", "z"], "`z`"),
        (vec!["fit", &file, "--formula", "y ~ x +"], "^"),
        (vec!["fit", &file, "--formula", "y ~ q"], "q"),
        (vec!["fit", &file, "--target", "y", "--family", "poison"], "must be one of gaussian"),
        (vec!["fit", &file, "--target", "y", "--link", "logit"], "must be `identity` or `log`"),
        (vec!["fit", &file, "--target", "t", "--family", "poisson"], "is text"),
        (vec!["fit", &file, "--target", "y", "--l1", "-1"], "l1"),
        (vec!["fit", &file, "--target", "y", "--weights", "t"], "column of texts"),
        (vec!["fit", &file, "--target", "y", "--bounds", "x=2..1"], "holds no number"),
        (
            vec!["fit", &file, "--target", "y", "--bounds", "q=0.."],
            "there is no column or term `q`",
        ),
        (vec!["fit", &file, "--target", "y", "--cv", "90"], "folds"),
        (vec!["fit", &empty, "--target", "y"], "is empty"),
        (vec!["fit", &wide, "--target", "1"], "has 200000 columns, more than 100000"),
        (vec!["fit", &latin, "--target", "y"], "UTF-8"),
        (vec!["fit", &one, "--target", "y"], "one class, `yes`"),
        (vec!["fit", "nowhere.csv", "--target", "y"], "nowhere.csv"),
        (vec!["fit", &file, "--target", "y", "--out", "/nowhere/m.json"], "/nowhere/m.json"),
        (vec!["predict", "nowhere.json", &file], "nowhere.json"),
    ] {
        let ran = ravine(&arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stdout);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{arguments:?}: {}", ran.stdout);
    }
}
