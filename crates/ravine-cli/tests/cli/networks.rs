//! Networks that go on from files, and their curvature.

use serde_json::Value;

use crate::common::{Folder, Ran, ravine};

/// A small network on a small table, where everything takes a moment.
fn table(folder: &Folder) -> String {
    let rows: Vec<String> = (0..60)
        .map(|k| {
            let x = f64::from(k) / 10.0 - 3.0;
            format!("{x},{},{}", (2.0 * x).sin(), if x.abs() < 1.5 { "in" } else { "out" })
        })
        .collect();
    folder.write("waves.csv", &format!("x,wave,side\n{}\n", rows.join("\n")))
}

/// A curve, as a table of two columns.
fn curve(folder: &Folder) -> String {
    let rows: Vec<String> = (0..60)
        .map(|k| f64::from(k) / 10.0 - 3.0)
        .map(|x| format!("{x},{}", (2.0 * x).sin()))
        .collect();
    folder.write("curve.csv", &format!("x,wave\n{}\n", rows.join("\n")))
}

fn ended(ran: &Ran) -> Value {
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran.objects().remove(0)
}

/// The measurements without times.
fn epochs(object: &Value) -> Vec<Value> {
    let mut epochs = object["epochs"].as_array().unwrap().clone();
    for epoch in &mut epochs {
        epoch.as_object_mut().unwrap().remove("seconds");
    }
    epochs
}

#[test]
fn a_training_goes_on_from_its_file_to_the_same_bits() {
    let folder = Folder::new("train-resume");
    let (data, file) = (table(&folder), folder.path("net.safetensors"));
    let common = ["train", &data, "--target", "side", "--model", "mlp:6", "--batch", "7", "--json"];
    for method in ["soap:step=0.02", "kfac-adaptive"] {
        let with_method = [&common[..], &["--method", method]].concat();
        let cut = [&with_method[..], &["--epochs", "3", "--checkpoint", &file]].concat();
        ended(&ravine(&cut));
        // The method is that of the file.
        let on = [&common[..], &["--epochs", "7", "--resume", &file, "--checkpoint", &file]];
        let resumed = ended(&ravine(&on.concat()));
        let whole = ended(&ravine(&[&with_method[..], &["--epochs", "7"]].concat()));
        assert_eq!(epochs(&resumed), epochs(&whole), "{method}");
        assert_eq!(resumed["parameters_norm"], whole["parameters_norm"], "{method}");
        assert_eq!((resumed["method"].as_str(), epochs(&whole).len()), (Some(method), 8));
    }
    // Nothing is left beside it.
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 2);
    let refused = |arguments: &[&str], why: &str| {
        let ran = ravine(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}");
        assert!(ran.stderr.contains(why), "{arguments:?}: {}", ran.stderr);
    };
    let on = [&common[..], &["--resume", &file]].concat();
    refused(&[&on[..], &["--method", "adamw"]].concat(), "with the method");
    refused(&[&on[..], &["--method", "sgd,adamw"]].concat(), "a single one with --resume");
    refused(&[&common[..], &["--checkpoint", &file]].concat(), "a single one with --checkpoint");
    refused(&[&on[..], &["--seed", "1"]].concat(), "not of 7 cases, seed 1");
    refused(&[&on[..], &["--held-out", "0.3"]].concat(), "waves.csv");
    refused(&[&on[..], &["--units", "tanh"]].concat(), "mlp:6 with relu");
    let folder = Folder::new("train-resume-bad");
    let bad = folder.write("bad", "no network");
    refused(&[&common[..], &["--resume", &bad]].concat(), "not a safetensors file");
    let missing = folder.path("missing");
    refused(&[&common[..], &["--resume", &missing]].concat(), &missing);
    let nowhere = ["--method", "sgd", "--checkpoint", "/no/such/folder/x"];
    refused(&[&common[..], &nowhere].concat(), "/no/such/folder/x");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_the_file_that_was_there() {
    let folder = Folder::new("train-full");
    let (data, file) = (table(&folder), folder.path("net.safetensors"));
    let train = ["train", &data, "--target", "side", "--model", "mlp:200,200", "--method", "sgd"];
    let first = ["--epochs", "1", "--json", "--checkpoint", &file];
    ended(&ravine(&[&train[..], &first].concat()));
    let before = std::fs::read(&file).unwrap();
    // Files of the shell's child may be of 16 blocks at most.
    let command = [env!("CARGO_BIN_EXE_ravine")].iter().chain(&train).chain(&first);
    let command: Vec<String> = command.map(|word| format!("'{word}'")).collect();
    let script = format!("trap '' XFSZ; ulimit -f 16; {}", command.join(" "));
    let ran: Ran = std::process::Command::new("sh").args(["-c", &script]).output().unwrap().into();
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("the checkpoint cannot be written"), "{}", ran.stderr);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 2);
}

#[test]
fn the_curvature_of_a_trained_network() {
    let folder = Folder::new("train-spectrum");
    let (data, file) = (curve(&folder), folder.path("net.safetensors"));
    let train = ["train", &data, "--target", "wave", "--model", "mlp:6", "--units", "tanh"];
    let how = ["--method", "adamw:step=0.02", "--batch", "10", "--epochs", "30", "--json"];
    let trained = ended(&ravine(&[&train[..], &how, &["--checkpoint", &file]].concat()));
    let last = |object: &Value| epochs(object)[30]["loss"].as_f64().unwrap();
    let spectrum = |arguments: &[&str]| {
        ended(&ravine(&[&["spectrum", "--model", &file, "--json"][..], arguments].concat()))
    };
    // All of 19 eigenvalues, of the Hessian in double precision over the 48 cases that were learnt.
    let hessian = spectrum(&["--trace", "--largest", "19", "--density"]);
    assert_eq!((hessian["dimension"].as_u64(), hessian["cases"].as_u64()), (Some(19), Some(48)));
    assert!((hessian["loss"].as_f64().unwrap() - last(&trained)).abs() < 1e-6);
    let values: Vec<f64> = hessian["largest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["value"].as_f64().unwrap())
        .collect();
    assert_eq!((values.len(), hessian["sharpness"].as_f64()), (19, Some(values[0])));
    let layers = hessian["layers"].as_array().unwrap();
    let names: Vec<&str> = layers.iter().map(|layer| layer["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["layer1.weight", "layer1.bias", "layer2.weight", "layer2.bias"]);
    let trace = |of: &Value| of["trace"]["value"].as_f64().unwrap();
    let sum: f64 = layers.iter().map(trace).sum();
    assert!((sum - values.iter().sum::<f64>()).abs() < 1e-10 * values[0]);
    assert!((trace(&hessian) - sum).abs() < 1e-10 * values[0]);
    // The largest eigenvalue of a block is at most that of the whole (Cauchy).
    for layer in layers {
        assert!(layer["largest"].as_f64().unwrap() <= values[0] * (1.0 + 1e-12));
    }
    // The squared error with variance 1 of the last bias: its block is 1, for whatever network.
    assert!((trace(&layers[3]) - 1.0).abs() < 1e-12);
    // The Gauss-Newton matrix is the Fisher information, and has no negative eigenvalue.
    let gauss_newton = spectrum(&["--curvature", "gauss-newton"]);
    let fisher = spectrum(&["--curvature", "fisher"]);
    assert_eq!(gauss_newton["largest"], fisher["largest"]);
    assert!(gauss_newton["sharpness"].is_null() && gauss_newton["curvature"] == "gauss-newton");
    assert!(gauss_newton["smallest"][0]["value"].as_f64().unwrap() > -1e-12);
    // Other data, on the scale of those learnt from; the file itself is all of its cases.
    assert_eq!(spectrum(&[&data, "--cases", "20"])["cases"], 20);
    let other = folder.write("other.csv", "x,wave\n1,0\n2,0.5\n");
    assert_eq!(spectrum(&[&other])["cases"], 2);
    let report = ravine(&["spectrum", "--model", &file]);
    for words in [
        "mlp:6 on",
        "after 30 epochs: 19 parameters over 48 cases that it learnt from",
        "sharpness",
        "layer2.bias",
        "all eigenvalues of the Hessian",
    ] {
        assert!(report.stdout.contains(words), "{words}: {}", report.stdout);
    }

    let diagnosed = ended(&ravine(&["diagnose", "--model", &file, "--json"]));
    assert_eq!(diagnosed["largest_eigenvalue"], hessian["largest"][0]["value"]);
    assert!(diagnosed["gradient_noise"]["scale"].as_f64().unwrap() > 0.0);
    assert!(diagnosed["inertia"].is_object() && diagnosed["recommended_method"].is_string());
    let report = ravine(&["diagnose", "--model", &file]);
    assert!(report.stdout.contains("batch noise"), "{}", report.stdout);
}

#[test]
fn networks_that_cannot_be_measured_are_refused() {
    let folder = Folder::new("spectrum-refused");
    let (data, file) = (table(&folder), folder.path("net.safetensors"));
    let train = ["train", &data, "--target", "side", "--model", "mlp:3", "--method", "sgd"];
    let how = ["--epochs", "1", "--json", "--checkpoint", &file];
    ended(&ravine(&[&train[..], &how].concat()));
    let refused = |arguments: &[&str], why: &str| {
        let ran = ravine(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}");
        assert!(ran.stderr.contains(why), "{arguments:?}: {}", ran.stderr);
    };
    for name in ["spectrum", "diagnose"] {
        refused(&[name], "<PROBLEM>");
        refused(&[name, "--model", &data], "not a safetensors file");
        refused(&[name, "--model", &file, "--start", "1,2"], "--start");
        refused(&[name, "rosenbrock", "--cases", "3"], "--model");
        let narrow = folder.write("narrow.csv", "x,side\n1,in\n2,far\n");
        refused(&[name, &narrow, "--model", &file], "cases of 2 numbers");
        let far = folder.write("far.csv", "x,wave,side\n1,1,in\n2,2,far\n");
        refused(&[name, &far, "--model", &file], "the class `far`");
    }
    refused(&["spectrum", "--model", &file, "--curvature", "hesian"], "gauss-newton");
    std::fs::remove_file(&data).unwrap();
    refused(&["spectrum", "--model", &file], "its data cannot be read again");
}
