//! Files that are read batch by batch.

use std::io::Write as _;

use crate::common::{Folder, ravine};
use crate::fit::{close, estimates, json};

/// A table of two columns of numbers, two of texts and missing cells.
fn claims(rows: usize) -> String {
    let mut text = String::from("y,exposure,age,region,plan,ill\n");
    for i in 0..rows {
        let age = 20 + i * 7 % 50;
        let region = ["north", "south", "east", "west"][i * 5 % 11 % 4];
        let plan = if i % 97 == 3 { "NA" } else { ["basic", "plus"][i / 3 % 2] };
        let y = (i * 13 + i / 7) % 5 * (1 + age / 30) / 2;
        let ill = if (i * 31) % 17 + age / 10 > 9 { "yes" } else { "no" };
        text += &format!("{y},{}.5,{age},{region},{plan},{ill}\n", 1 + i % 4);
    }
    text
}

#[test]
fn rows_in_batches_give_the_fit_in_memory() {
    let folder = Folder::new("fit-stream");
    let file = folder.write("claims.csv", &claims(9_000));
    let model = folder.path("model.json");
    let formula = "y ~ age*region + plan + offset(log(exposure))";
    for more in [
        &["--formula", formula, "--family", "poisson"][..],
        &["--formula", formula, "--family", "poisson", "--l2", "0.01", "--unpenalized", "age"],
        &["--target", "ill", "--weights", "exposure"],
        &["--target", "ill", "--positive", "no", "--ignore", "y"],
        &["--formula", "ill ~ age + plan", "--positive", "yes", "--offset", "exposure"],
        &["--formula", "exposure ~ age + region", "--family", "gamma", "--link", "log"],
        &["--target", "exposure"],
    ] {
        let args: Vec<&str> =
            ["fit", file.as_str()].into_iter().chain(more.iter().copied()).collect();
        let whole = json(&[&args[..], &["--tolerance", "1e-14"]].concat());
        let batches = json(&[&args[..], &["--stream", "--out", &model]].concat());
        assert_eq!(batches["converged"], true, "{more:?} {batches}");
        for name in ["rows", "columns", "family", "classes", "formula", "degrees_of_freedom"] {
            assert_eq!(batches[name], whole[name], "{more:?} {name}");
        }
        for name in ["value", "deviance", "null_deviance", "dispersion", "log_likelihood", "aic"] {
            let (ours, other) = (batches[name].as_f64(), whole[name].as_f64());
            let (ours, other) = (ours.unwrap(), other.unwrap());
            assert!((ours - other).abs() <= 1e-8 * other.abs(), "{more:?} {name} {ours} {other}");
        }
        match (batches["accuracy"].as_f64(), whole["accuracy"].as_f64()) {
            (Some(ours), Some(other)) => assert!((ours - other).abs() < 1e-12, "{ours} {other}"),
            (ours, other) => assert_eq!(ours, other, "{more:?}"),
        }
        let rows = |object: &serde_json::Value| object["coefficients"].as_array().unwrap().clone();
        for (ours, other) in rows(&batches).iter().zip(&rows(&whole)) {
            assert_eq!(ours["name"], other["name"]);
            for name in ["estimate", "standard_error", "p_value"] {
                let (Some(ours), Some(other)) = (ours[name].as_f64(), other[name].as_f64()) else {
                    assert_eq!(ours[name], other[name], "{more:?}");
                    continue;
                };
                let error = (ours - other).abs();
                // What both tests leave open is a hundred-thousandth of a standard error.
                let allowed = if name == "p_value" { 1e-5 } else { 1e-7 * (1.0 + other.abs()) };
                assert!(error <= allowed, "{more:?} {name} {ours} {other}");
            }
        }
    }
    let ran = ravine(&["predict", &model, &file]);
    assert_eq!((ran.status, ran.stdout.lines().count()), (0, 8_908), "{}", ran.stderr);
    let ran = ravine(&["fit", &file, "--target", "y", "--family", "poisson", "--stream"]);
    assert!(ran.stdout.contains("passes over the file"), "{}", ran.stdout);
    assert!(ran.stdout.contains("93 of 9,000 rows dropped: plan (93)"), "{}", ran.stdout);
    let failing = ["fit", &file, "--target", "y", "--missing", "fail"];
    let [ran, whole] = [&["--stream"][..], &[]].map(|more| ravine(&[&failing, more].concat()));
    assert!(ran.status == 2 && ran.stderr == whole.stderr, "{} {}", ran.stderr, whole.stderr);
    assert!(ran.stderr.contains("values are missing: plan (93)"), "{}", ran.stderr);
    // More columns than rows leave nothing to tell a dispersion from.
    let few = folder.write("few.csv", "y,a,b,c\n1,2,3,5\n2,1,4,1\n4,1,0,2\n");
    for more in [&[][..], &["--l2", "0.1"]] {
        let args = [&["fit", few.as_str(), "--target", "y"], more].concat();
        let [batches, whole] =
            [&["--stream"][..], &[]].map(|stream| json(&[&args[..], stream].concat()));
        for name in ["dispersion", "degrees_of_freedom", "deviance", "aic", "null_deviance"] {
            assert!(batches[name].is_null() && whole[name].is_null(), "{name} {batches} {whole}");
        }
        assert_eq!(batches["notes"], whole["notes"]);
    }
}

#[test]
fn libsvm_files_are_read_in_batches_too() {
    let folder = Folder::new("fit-stream-libsvm");
    let line = |i: usize| {
        let (j, k) = (2 + i % 7, 10 + i * 5 % 3);
        let y = 1 + (i * 13 + i / 7) % 5 + i % 7;
        format!("{y} 1:{}.25 {j}:{} {k}:1 # row\n", i * 11 % 17, 1 + i % 4)
    };
    let text: String = (0..200_000).map(line).collect();
    let file = folder.write("counts.svm", &text);
    let model = folder.path("model.json");
    for more in [&["--family", "poisson"][..], &["--l2", "0.01"]] {
        let args = [&["fit", file.as_str()], more].concat();
        let whole = json(&[&args[..], &["--tolerance", "1e-14"]].concat());
        let batches = json(&[&args[..], &["--stream", "--out", &model]].concat());
        for name in ["rows", "columns", "family", "target", "formula", "notes"] {
            assert_eq!(batches[name], whole[name], "{more:?} {name}");
        }
        for name in ["deviance", "null_deviance", "dispersion", "log_likelihood"] {
            let (ours, other) = (batches[name].as_f64().unwrap(), whole[name].as_f64().unwrap());
            assert!(close(ours, other, 1e-8), "{more:?} {name} {ours} {other}");
        }
        // Column 9 has no entries, and is left out.
        let same = |a: f64, b: f64| a.is_nan() && b.is_nan() || (a - b).abs() < 1e-7;
        for (ours, other) in estimates(&batches).into_iter().zip(estimates(&whole)) {
            assert!(ours.0 == other.0 && same(ours.1, other.1), "{ours:?} {other:?}");
            assert!(same(ours.2, other.2), "{ours:?} {other:?}");
        }
    }
    assert_eq!(ravine(&["predict", &model, &file]).status, 0);
    let damage = |(i, line)| if i == 150_000 { "2x 1:1\n".to_owned() } else { format!("{line}\n") };
    let damaged: String = text.lines().enumerate().map(damage).collect();
    let damaged = folder.write("damaged.svm", &damaged);
    let ran = ravine(&["fit", &damaged, "--stream"]);
    let names = ["damaged.svm", ":150001: ", "label", "`2x` is not a number"];
    assert!(
        ran.status == 2 && names.iter().all(|name| ran.stderr.contains(name)),
        "{}",
        ran.stderr
    );
    let ran = ravine(&["fit", &file, "--stream", "--target", "y"]);
    assert!(ran.status == 2 && ran.stderr.contains("have no names"), "{}", ran.stderr);
}

#[test]
fn what_is_not_streamed_is_named() {
    let folder = Folder::new("fit-stream-bad");
    let file = folder.write("claims.csv", &claims(300));
    let twice = claims(300).lines().map(|line| format!("{line},1\n")).collect::<String>();
    let twice = folder.write("twice.csv", &twice.replacen(",1\n", ",one\n", 1));
    for (more, says) in [
        (&["--l1", "0.1"][..], "l1: is given, but not for rows that are streamed"),
        (&["--cv", "5"], "cv: is given"),
        (&["--errors", "hc1"], "errors: is given"),
        (&["--bounds", "age=0.."], "bounds: is given"),
        (&["--family", "multinomial"], "rows are streamed for gaussian"),
        (&["--family", "hinge"], "rows are streamed for gaussian"),
        (&["--family", "huber:delta=1.3"], "rows are streamed for gaussian"),
    ] {
        let args = [&["fit", file.as_str(), "--target", "y", "--stream"], more].concat();
        let ran = ravine(&args);
        assert!(ran.status == 2 && ran.stderr.contains(says), "{more:?} {}", ran.stderr);
    }
    let ran = ravine(&["fit", &file, "--formula", "y ~ center(age)", "--stream"]);
    assert!(ran.status == 2 && ran.stderr.contains("a term of means"), "{}", ran.stderr);
    let [ran, whole] = [&["--stream"][..], &[]].map(|more| {
        ravine(&[&["fit", &twice, "--target", "y", "--family", "poisson"], more].concat())
    });
    let says = "`one` is constant; dropped, the intercept carries it";
    assert!(ran.status == 0 && ran.stdout.contains(says), "{} {}", ran.stdout, ran.stderr);
    assert!(whole.stdout.contains(says), "{}", whole.stdout);
    let ran = ravine(&["fit", "--stream"]);
    assert!(ran.status == 2 && ran.stderr.contains("which file"), "{}", ran.stderr);
}

/// The memory of a process is limited to less than the file.
#[cfg(target_os = "linux")]
#[test]
fn a_file_larger_than_memory_is_fitted() {
    let folder = Folder::new("fit-large");
    let path = folder.path("large.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    let mut state = 7_u64;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1u64 << 24) as f64 - 0.5
    };
    writeln!(file, "y,a,b,c,g").unwrap();
    let rows = 2_600_000;
    for i in 0..rows {
        let (a, b, c) = (random(), random(), random());
        let y = 1.0 + 2.0 * a - b + 0.5 * f64::from(i % 3) + 0.1 * random();
        writeln!(file, "{y:.8},{a:.12},{b:.12},{c:.12},{}", ["u", "v", "w"][i as usize % 3])
            .unwrap();
    }
    file.flush().unwrap();
    drop(file);
    let kilobytes = 120_000;
    assert!(std::fs::metadata(&path).unwrap().len() > 1024 * kilobytes);
    let run = |stream: &str| {
        let command = format!(
            "ulimit -v {kilobytes}; exec {} fit {path} --target y --threads 1 --json {stream}",
            env!("CARGO_BIN_EXE_ravine")
        );
        std::process::Command::new("sh").args(["-c", &command]).output().unwrap()
    };
    assert!(!run("").status.success());
    let ran = run("--stream");
    let (stdout, stderr) =
        (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{stdout} {stderr}");
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(object["rows"].as_i64(), Some(i64::from(rows)));
    let estimates: Vec<f64> = object["coefficients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["estimate"].as_f64().unwrap())
        .collect();
    for (found, expected) in estimates.iter().zip([1.0, 2.0, -1.0, 0.0, 0.5, 1.0]) {
        assert!((found - expected).abs() < 2e-3, "{estimates:?}");
    }
}
