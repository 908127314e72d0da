//! Networks from the command line.

use std::fs;

use crate::common::{Folder, ravine};

#[test]
fn digits_are_learnt_by_several_optimizers_from_one_start() {
    let folder = Folder::new("train-digits");
    let picture = folder.path("digits.svg");
    let methods = "adamw,kfac,muon:step=0.05";
    let ran = ravine(&["train", "--method", methods, "--epochs", "6", "--json", "--svg", &picture]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let objects = ran.objects();
    let names: Vec<&str> = objects.iter().map(|o| o["method"].as_str().unwrap()).collect();
    assert_eq!(names, ["adamw", "kfac", "muon:step=0.05"]);
    for object in &objects {
        let epochs = object["epochs"].as_array().unwrap();
        assert_eq!((epochs.len(), object["status"].as_str()), (7, Some("epoch_limit")));
        assert_eq!(epochs[0]["loss"], objects[0]["epochs"][0]["loss"], "one start");
        assert_eq!(
            (epochs[6]["steps"].as_u64(), object["parameters"].as_u64()),
            (Some(72), Some(4810))
        );
        let held_out = epochs[6]["held_out"][1].as_f64().unwrap();
        assert!(held_out > 0.85, "{held_out}");
    }
    let svg = fs::read_to_string(&picture).unwrap();
    assert!(roxmltree::Document::parse(&svg).is_ok() && svg.contains("mlp:64 on digits"));
    // The same again, with the same numbers.
    let again = ravine(&["train", "--method", "kfac", "--epochs", "6", "--json"]);
    assert_eq!(again.objects()[0]["parameters_norm"], objects[1]["parameters_norm"]);
}

#[test]
fn the_report_shows_losses_and_a_picture() {
    let ran = ravine(&["train", "--method", "kfac", "--epochs", "3"]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    for words in
        ["1438 cases to learn from, 359 held out", "mlp:64, 4810 parameters", "held out", "loss"]
    {
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
    }
}

/// Images and labels as IDX files, an image a class.
#[test]
fn images_from_files() {
    let folder = Folder::new("train-idx");
    let mut images = vec![0, 0, 8, 3, 0, 0, 0, 40, 0, 0, 0, 4, 0, 0, 0, 4];
    let mut labels = vec![0, 0, 8, 1, 0, 0, 0, 40];
    for k in 0..40_u8 {
        images.extend((0..16).map(|p| if (p % 4 < 2) == (k % 2 == 0) { 200 + k } else { k }));
        labels.push(k % 2);
    }
    let [of_images, of_labels] = [("images", images), ("labels", labels)].map(|(name, bytes)| {
        let path = folder.path(name);
        fs::write(&path, bytes).unwrap();
        path
    });
    let classify = [
        "train",
        &of_images,
        "--labels",
        &of_labels,
        "--model",
        "conv:2,2",
        "--method",
        "adamw:step=0.02",
    ];
    let ran = ravine(&[&classify[..], &["--batch", "8", "--json"]].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(ran.objects()[0]["epochs"][20]["accuracy"], 1.0);
    let ran = ravine(&[
        "train",
        &of_images,
        "--task",
        "autoencoder",
        "--batch",
        "8",
        "--method",
        "kfac",
        "--json",
    ]);
    let epochs = ran.objects()[0]["epochs"].as_array().unwrap().clone();
    let loss = |k: usize| epochs[k]["loss"].as_f64().unwrap();
    assert!(loss(20) < loss(0) && epochs[20]["accuracy"].is_null());
    let ran = ravine(&["train", &of_images]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("labels"), "{}", ran.stderr);
}

#[test]
fn tables_from_files() {
    let folder = Folder::new("train-table");
    let rows: Vec<String> = (0..60)
        .map(|k| {
            let x = f64::from(k) / 10.0 - 3.0;
            format!("{x},{},{}", x * x, if x.abs() < 1.5 { "in" } else { "out" })
        })
        .collect();
    let file = folder.write("parabola.csv", &format!("x,square,side\n{}\n", rows.join("\n")));
    let common =
        ["train", &file, "--model", "mlp:16", "--units", "tanh", "--batch", "10", "--json"];
    let arguments = ["--target", "side", "--method", "kfac", "--epochs", "40"];
    let ran = ravine(&[&common[..], &arguments].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.objects()[0]["epochs"][40]["accuracy"].as_f64().unwrap() > 0.9);
    // A regression ends early where the cases held out say so.
    let arguments =
        ["--target", "square", "--method", "adamw:step=0.05", "--epochs", "500", "--patience", "5"];
    let ran = ravine(&[&common[..], &arguments].concat());
    let object = &ran.objects()[0];
    assert_eq!(object["status"], "stopped");
    assert!(object["epochs"].as_array().unwrap().len() < 501);
}

#[test]
fn what_cannot_be_used_is_refused() {
    let refused = |arguments: &[&str], why: &str| {
        let ran = ravine(&[&["train"], arguments].concat());
        assert_eq!(ran.status, 2, "{arguments:?}");
        assert!(ran.stderr.contains(why), "{arguments:?}: {}", ran.stderr);
    };
    refused(&["--method", "kfca"], "sgd, momentum, nesterov");
    refused(&["--method", "sgd:step=-1"], "positive");
    refused(&["--model", "mpl:3"], "mlp:128,64");
    refused(&["--model", "mlp:0"], "mlp:128,64");
    refused(&["--held-out", "1"], "held_out");
    refused(&["--units", "swish"], "relu, squared-relu");
    refused(&["--l2=-1"], "penalty");
    refused(&["--batch", "0"], "batch");
    refused(&["no-such-file"], "no-such-file");
    refused(&["--svg", "/no/such/folder/x.svg"], "/no/such/folder/x.svg");
}

#[test]
fn steps_are_tuned_with_the_same_budget_and_change_by_a_schedule() {
    let tuned = ["train", "--method", "sgd,kfac:damping=0.01", "--epochs", "5"];
    let more = ["--tune", "3", "--schedule", "cosine", "--model", "mlp:8", "--json"];
    let ran = ravine(&[&tuned[..], &more].concat());
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let objects = ran.objects();
    let names: Vec<&str> = objects.iter().map(|o| o["method"].as_str().unwrap()).collect();
    // Of the steps 0.0316, 0.1 and 0.316 the longest.
    assert_eq!(names[0], "sgd:step=0.316");
    assert!(names[1].starts_with("kfac:damping=0.01,step="), "{names:?}");
    // A name with settings gives the same training again.
    let again = ravine(&[&["train", "--method", names[0], "--epochs", "5"], &more[2..]].concat());
    assert_eq!(again.objects()[0]["parameters_norm"], objects[0]["parameters_norm"]);
    let constant = ["train", "--method", names[0], "--epochs", "5", "--model", "mlp:8", "--json"];
    assert_ne!(ravine(&constant).objects()[0]["parameters_norm"], objects[0]["parameters_norm"]);
    for (method, words) in [
        ("kfac-adaptive", "finds the length of its steps itself"),
        ("kfac:dampin=1", "has no setting `dampin`; there are "),
        ("sgd:step=-1", "step"),
        ("sgd:step=fast", "step=fast"),
    ] {
        let ran = ravine(&["train", "--method", method, "--epochs", "1", "--schedule", "cosine"]);
        assert!(ran.status == 2 && ran.stderr.contains(words), "{method}: {}", ran.stderr);
    }
}

#[test]
fn steps_that_lead_nowhere_are_told() {
    let ran = ravine(&["train", "--method", "sgd:step=1e6", "--epochs", "3", "--json"]);
    assert_eq!((ran.status, ran.objects()[0]["status"].as_str()), (1, Some("diverged")));
    let far = ["train", "--method", "kfac:step=300", "--epochs", "3"];
    let ran = ravine(&far);
    assert!(ran.stdout.contains("taken back."), "{}", ran.stdout);
    let ran = ravine(&[&far[..], &["--json"]].concat());
    let epochs = &ran.objects()[0]["epochs"];
    assert!(epochs[3]["rejected"].as_u64() > epochs[0]["rejected"].as_u64());
}
