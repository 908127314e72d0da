//! Bad input: exit status 2, nothing on standard output, and a message that names the mistake.

use crate::common::{Folder, ravine};

/// Arguments and what the message must contain.
fn check(cases: &[(&[&str], &str)]) {
    for (arguments, expected) in cases {
        let ran = ravine(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn names_formulas_and_points() {
    check(&[
        (&[], "Usage"),
        (&["rcae"], "unrecognized subcommand"),
        (&["race", "rosenbrok"], "did you mean `rosenbrock`?"),
        (&["minimize", "himmelblua"], "did you mean `himmelblau`?"),
        (&["minimize", "quadratic:kapa=3"], "kapa"),
        (&["minimize", "mgh:36"], "1 to 35"),
        (&["minimize", "x^2+"], "\n  x^2+\n      ^"),
        (&["minimize", "x^2 + (y*2"], "\n  x^2 + (y*2\n        ^"),
        (&["minimize", "x^2 + §"], "at character 7"),
        (&["minimize", ""], "at character 1"),
        (&["minimize", "2 + 3"], "has no variables"),
        (&["minimize", "rosenbrock", "--start", "1"], "has 1 numbers, but the problem has 2"),
        (&["minimize", "x^2+y^2", "--start", "1,2,3"], "has 3 numbers, but the problem has 2"),
        (&["minimize", "rosenbrock", "--start", "1,one"], "`one` is not a finite number"),
        (&["minimize", "rosenbrock", "--start", "1,nan"], "`nan` is not a finite number"),
        (&["minimize", "log(x)", "--start", "-1"], "start"),
        (&["minimize", "rosenbrock", "--bounds", "0..1,1"], "`1` is not a range"),
        (&["minimize", "rosenbrock", "--bounds", "0..1,0..1,0..1"], "has 3 ranges"),
        (&["minimize", "rosenbrock", "--bounds", "1..0"], "lower bound 1 and upper bound 0"),
        (&["minimize", "rosenbrock", "--bounds", "a..b"], "`a` is not a number"),
        (&["minimize", "rosenbrock", "--l2", "1"], "--l2 is for data files"),
        (&["race", "rosenbrock", "--standardize"], "--standardize is for data files"),
    ]);
}

#[test]
fn methods_and_options() {
    check(&[
        (&["minimize", "rosenbrock", "--method", "newtn"], "did you mean `newton`?"),
        (
            &["minimize", "rosenbrock", "--method", "nystrom-newton-cg"],
            "`nystrom-newton-cg` is called `newton-nystrom` now",
        ),
        (&["race", "rosenbrock", "--methods", "bfgs,lbgfs"], "did you mean `lbfgs`?"),
        (
            &["race", "rosenbrock", "--methods", "bfgs,subspace-newton:rank=2"],
            "`subspace-newton` is called `newton-subspace` now",
        ),
        (&["race", "rosenbrock", "--methods", ""], "--methods is empty"),
        (&["minimize", "rosenbrock", "--method", "lbfgs:memory"], "`memory` is not of the form"),
        (&["minimize", "rosenbrock", "--method", "lbfgs:memory=0"], "memory"),
        (&["minimize", "rosenbrock", "--method", "lbfgs:memory=many"], "memory: is \"many\""),
        (&["minimize", "rosenbrock", "--method", "lbfgs:memroy=5"], "memroy"),
        (&["race", "rosenbrock", "--methods", "gd:step=-1"], "step"),
        (&["race", "booth", "--methods", "lm"], "residuals"),
        (&["minimize", "rosenbrock", "--tolerance", "-1"], "gradient_relative"),
        (&["minimize", "rosenbrock", "--tolerance", "small"], "invalid value"),
        (&["minimize", "rosenbrock", "--max-iterations", "-5"], "-5"),
        (&["minimize", "rosenbrock", "--max-seconds", "-1"], "seconds"),
        (&["race", "rosenbrock", "--x-axis", "steps"], "iterations, evaluations, seconds"),
        (&["race", "--profile", "cutest"], "mgh"),
        (&["race", "rosenbrock", "--profile", "mgh"], "cannot be used with"),
    ]);
}

#[test]
fn data_files() {
    let folder = Folder::new("input");
    let good = folder.write("good.csv", "x,y\n1,0\n2,1\n3,0\n4,1\n");
    let cell = folder.write("cell.csv", "x,y\n1,0\n2,\n");
    let word = folder.write("word.csv", "x,y\n1,0\n\n2,1\nthree,0\n");
    let ragged = folder.write("ragged.csv", "x,y\n1,0\n2\n");
    let empty = folder.write("empty.csv", "");
    let head = folder.write("head.csv", "x,y\n");
    let svm = folder.write("a.svm", "1 1:2\n-1 0:3\n");
    let threes = folder.write("threes.csv", "x,y\n1,a\n2,b\n3,c\n");
    let halves = folder.write("halves.csv", "x,y\n1,0.5\n2,1\n");
    let missing = folder.path("missing.csv");
    let logistic = ["--target", "y", "--loss", "logistic"];
    let with = |file: &str, more: &[&str]| -> Vec<String> {
        [&["race", file], more].concat().into_iter().map(str::to_owned).collect()
    };
    let cases: Vec<(Vec<String>, &str)> = vec![
        (with(&cell, &logistic), "cell.csv:3: column `y`: missing value"),
        (with(&word, &logistic), "word.csv:5: column `x`: `three` is not a number"),
        (
            with(&ragged, &logistic),
            "ragged.csv:3: column `y`: the row has 1 cell, but 2 are expected",
        ),
        (with(&empty, &logistic), "empty.csv: is empty"),
        (with(&head, &logistic), "head.csv: has a header but no rows"),
        (with(&missing, &logistic), "missing.csv: "),
        (with(&threes, &logistic), "has 3 classes"),
        (with(&halves, &["--target", "y", "--loss", "poisson"]), "has the value 0.5"),
        (
            with(&svm, &["--loss", "logistic"]),
            "a.svm:2: column `entry 1`: the index `0` is not a whole number from 1",
        ),
        (with(&good, &[]), "needs --loss"),
        (with(&good, &["--loss", "logistic"]), "which column is the target?"),
        (with(&good, &["--target", "z", "--loss", "squares"]), "column `z`: there is no such"),
        (with(&good, &["--target", "y", "--loss", "cubes"]), "logistic, squares, poisson"),
        (with(&good, &["--target", "y", "--loss", "squares", "--l2", "-1"]), "l2: is -1.0"),
        (with(&good, &["--target", "y", "--loss", "squares", "--ignore", "w"]), "column `w`"),
    ];
    for (arguments, expected) in &cases {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        check(&[(&arguments, expected)]);
    }
}

#[test]
fn files_that_cannot_be_written() {
    let nowhere = "/nonexistent/folder/out.svg";
    for option in ["--svg", "--trace"] {
        let ran = ravine(&["minimize", "rosenbrock", "--method", "newton", option, nowhere]);
        assert_eq!(ran.status, 2, "{option}");
        assert!(ran.stderr.contains(nowhere), "{}", ran.stderr);
    }
}

#[test]
fn a_mistyped_option_is_no_formula() {
    for arguments in [&["race", "--verbose"][..], &["minimize", "--jsn"], &["diagnose", "-v"]] {
        let ran = ravine(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}");
        assert!(ran.stderr.contains("unexpected argument"), "{}", ran.stderr);
    }
    assert!(ravine(&["minimize", "--jsn"]).stderr.contains("'--json'"));
    assert_eq!(ravine(&["minimize", "-x^2+x^4", "--start", "1", "--json"]).status, 0);
}

#[test]
fn too_much_memory_is_refused_in_words() {
    for (arguments, expected) in [
        (&["quadratic:n=1000000000000"][..], "n: is 1000000000000, which needs"),
        (&["quadratic:n=18446744073709551615"], "more than there is"),
        (&["gaussian:cases=1000000000000"], "cases: is 1000000000000, which needs"),
        (
            &["rosenbrock", "--method", "lbfgsb:memory=18446744073709551615"],
            "memory: is 18446744073709551615",
        ),
    ] {
        let ran = ravine(&[&["minimize"], arguments].concat());
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_keeps_the_result_and_a_bad_path_is_told_before_the_run() {
    if std::path::Path::new("/dev/full").exists() {
        let ran = ravine(&["minimize", "rosenbrock", "--trace", "/dev/full"]);
        assert_eq!(ran.status, 2);
        assert!(ran.stdout.contains("value") && ran.stderr.contains("/dev/full"), "{}", ran.stderr);
    }
    for option in ["--svg", "--trace"] {
        let ran = ravine(&["minimize", "rosenbrock", option, "/nowhere/at/all"]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{option}");
    }
}
