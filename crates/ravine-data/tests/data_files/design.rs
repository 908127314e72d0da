//! Products with dense and sparse designs, plain and standardized, against the definition.

use ravine_data::{Columns, Design, Selection, read, read_libsvm};
use ravine_linalg::matrix::{ByRows, Matrix, SparseRows};

const CASES: usize = 19;
const COLUMNS: usize = 4;

/// Numbers without structure, a third of them zero.
fn entry(i: usize, j: usize) -> f64 {
    let t = ((i * 7 + j * 13 + 3) * 2_654_435_761) % 1000;
    if t.is_multiple_of(3) { 0.0 } else { t as f64 / 100.0 - 3.0 + j as f64 }
}

fn pair(intercept: bool, standardize: bool) -> [Design; 2] {
    let matrix = Matrix::from_fn(CASES, COLUMNS, entry);
    let mut sparse = SparseRows::default();
    for i in 0..CASES {
        let row: Vec<_> = (0..COLUMNS).map(|j| (j as u32, entry(i, j))).collect();
        sparse.push_row(&row.into_iter().filter(|&(_, x)| x != 0.0).collect::<Vec<_>>());
    }
    let names = (1..=COLUMNS).map(|j| format!("x{j}")).collect();
    [Design::dense(matrix, names), Design::sparse(sparse)].map(|mut design| {
        if intercept {
            design.add_intercept();
        }
        if standardize {
            design.standardize();
        }
        design
    })
}

/// X by its definition.
fn reference(intercept: bool, standardize: bool) -> Matrix {
    let first = usize::from(intercept);
    let n = CASES as f64;
    Matrix::from_fn(CASES, COLUMNS + first, |i, j| {
        if j < first {
            return 1.0;
        }
        let x = entry(i, j - first);
        if !standardize {
            return x;
        }
        let mean = (0..CASES).map(|i| entry(i, j - first)).sum::<f64>() / n;
        let variance = (0..CASES).map(|i| (entry(i, j - first) - mean).powi(2)).sum::<f64>() / n;
        (x - if intercept { mean } else { 0.0 }) / variance.sqrt()
    })
}

fn close(a: &[f64], b: &[f64]) {
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() < 1e-12 * (1.0 + b.abs()), "{a} {b}");
    }
}

#[test]
fn gram_matrices_of_many_rows_and_of_weights_of_both_signs() {
    let (rows, n) = (2500, 4);
    let x = Matrix::from_fn(rows, n, |i, j| (1.3 * i as f64 + (j * j) as f64).sin() + j as f64);
    let mut design = Design::dense(x.clone(), (0..n).map(|j| format!("x{j}")).collect());
    design.add_intercept();
    let with_ones = |i: usize, j: usize| if j == 0 { 1.0 } else { x[(i, j - 1)] };
    for lowest in [0.5, -0.5] {
        let d: Vec<_> = (0..rows).map(|i| lowest + (0.1 * i as f64).cos().powi(2)).collect();
        let gram: Matrix = Matrix::from_fn(n + 1, n + 1, |j, k| {
            (0..rows).map(|i| d[i] * with_ones(i, j) * with_ones(i, k)).sum()
        });
        let mut h = Matrix::from_fn(n + 1, n + 1, |_, _| 9.0);
        design.gram(&d, &mut h);
        let size = gram.entries().iter().fold(0.0f64, |m, v| m.max(v.abs()));
        for (h, gram) in h.entries().iter().zip(gram.entries()) {
            assert!((h - gram).abs() <= 1e-13 * rows as f64 * size, "{h} {gram}");
        }
    }
    // Weights that are no numbers are not lost.
    let mut d = vec![1.0; rows];
    d[5] = f64::NAN;
    let mut h = Matrix::zeros(n + 1, n + 1);
    design.gram(&d, &mut h);
    assert!(h.entries().iter().all(|v| v.is_nan()), "{h:?}");
}

#[test]
fn products_agree_with_the_definition() {
    for (intercept, standardize) in [(false, false), (true, false), (false, true), (true, true)] {
        let x = reference(intercept, standardize);
        let n = x.columns();
        let w: Vec<_> = (0..n).map(|j| 0.3 * j as f64 - 0.7).collect();
        let r: Vec<_> = (0..CASES).map(|i| (i as f64).sin()).collect();
        let d: Vec<_> = (0..CASES).map(|i| 0.1 + (i as f64).cos().powi(2)).collect();
        let (mut xw, mut xr) = (vec![0.0; CASES], vec![0.0; n]);
        x.multiply(&w, &mut xw);
        x.multiply_transposed(&r, &mut xr);
        let gram =
            Matrix::from_fn(n, n, |j, k| (0..CASES).map(|i| d[i] * x[(i, j)] * x[(i, k)]).sum());
        for design in pair(intercept, standardize) {
            assert_eq!((design.rows(), design.coefficients()), (CASES, n));
            let (mut y, mut g) = (vec![9.0; CASES], vec![9.0; n]);
            design.multiply(&w, &mut y);
            close(&y, &xw);
            design.multiply_transposed(&r, &mut g);
            close(&g, &xr);
            let mut h = Matrix::from_fn(n, n, |_, _| 9.0);
            design.gram(&d, &mut h);
            close(h.entries(), gram.entries());
            // Rows 1, 2, ... each with its factor, then nothing.
            let mut written = Matrix::from_fn(CASES + 1, n, |_, _| 9.0);
            design.write(1, &r[1..], &mut written);
            for j in 0..n {
                let scaled: Vec<_> = (1..CASES).map(|i| r[i] * x[(i, j)]).collect();
                close(&written.column(j)[..CASES - 1], &scaled);
                assert_eq!(written.column(j)[CASES - 1..], [9.0, 9.0]);
            }
            let row: Vec<_> = (0..n).map(|j| -2.0 * x[(3, j)]).collect();
            design.write_row(3, -2.0, &mut g);
            close(&g, &row);
            // Some rows, one of them twice, into a design that was another before.
            let chosen = [4, 0, 4];
            for mut subset in pair(true, false).into_iter().chain([Design::default()]) {
                design.select_rows(&chosen, &mut subset);
                assert_eq!(subset.names(), design.names());
                let mut y = vec![9.0; chosen.len()];
                subset.multiply(&w, &mut y);
                close(&y, &chosen.map(|i| xw[i]));
            }
            // The same predictions in original units.
            let plain = reference(intercept, false);
            let original = design.standardization().map(|s| s.original_units(&w));
            assert_eq!(original.is_some(), standardize);
            plain.multiply(original.as_deref().unwrap_or(&w), &mut y);
            close(&y, &xw);
        }
    }
}

#[test]
fn a_constant_column_survives_standardization() {
    let entries = Matrix::from_rows(&[[5.0, 1.0], [5.0, 2.0]]);
    let mut design = Design::dense(entries, vec!["c".into(), "x".into()]);
    design.add_intercept();
    design.standardize();
    let mut y = [0.0; 2];
    design.multiply(&[1.0, 7.0, 2.0], &mut y);
    assert_eq!(y, [-1.0, 3.0]);
}

#[test]
fn libsvm_errors_name_the_line() {
    let table = [
        ("", "a: is empty"),
        ("# nothing\n", "a: is empty"),
        ("1\n-1\n", "a: has labels but no `index:value`"),
        ("1 1:2\nyes 1:2\n", "a:2: column `label`: `yes` is not a number"),
        ("nan 1:2\n", "a:1: column `label`: `nan` is not a finite number"),
        ("1 0:2\n", "a:1: column `entry 1`: the index `0` is not a whole number from 1"),
        ("1 1:2\n\n1 -1:2\n", "a:3: column `entry 1`: the index `-1` is not a whole number from 1"),
        ("1 2:1 2:1\n", "a:1: column `entry 2`: the index 2 comes after 2"),
        ("1 3:1 2:1\n", "a:1: column `entry 2`: the index 2 comes after 3"),
        ("1 4000000000:1\n", "a:1: column `entry 1`: the index 4000000000 is above 16777216"),
        ("1 1:2\n1 1\n", "a:2: column `entry 1`: `1` is not of the form `index:value`"),
        ("1 1:x\n", "a:1: column `entry 1`: the value of index 1: `x` is not a number"),
        ("1 1:inf\n", "a:1: column `entry 1`: the value of index 1: `inf` is not a finite number"),
    ];
    for (text, expected) in table {
        let error = read_libsvm(text.as_bytes(), "a").unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn the_format_is_seen_from_the_first_line() {
    let folder = std::env::temp_dir().join(format!("ravine-data-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let svm = write("a", "# made by hand\n+1 1:1 3:-2\n-1 2:4\n");
    let data = read(&svm, &Selection::default()).unwrap();
    assert!(data.design.is_sparse());
    assert_eq!(data.design.names(), ["(intercept)", "x1", "x2", "x3"]);
    let with_target = Selection { target: Some("x1".into()), ..Selection::default() };
    assert!(read(&svm, &with_target).unwrap_err().to_string().contains("is a LIBSVM file"));

    let csv = write("b", "x1,y\n1,2\n3,4\n");
    let standardized = Selection { standardize: true, ..with_target };
    let data = read(&csv, &standardized).unwrap();
    assert!(!data.design.is_sparse());
    assert_eq!(data.design.names(), ["(intercept)", "y"]);

    let missing = read(&folder.join("none.csv"), &Selection::default()).unwrap_err();
    assert!(missing.to_string().contains("none.csv: "), "{missing}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn parts_that_make_no_rows_are_refused() {
    let message = |starts: Vec<usize>, columns: Vec<u32>, values: Vec<f64>| {
        let shape = (starts.len().saturating_sub(1), 2);
        SparseRows::new(shape, ByRows, starts, columns, values).unwrap_err().to_string()
    };
    assert!(message(vec![0, 1], vec![0, 1], vec![1.0]).starts_with("values.len(): is 1"));
    assert!(message(vec![0, 2], vec![0], vec![1.0]).starts_with("starts[1]: is 2"));
    assert!(message(vec![], vec![], vec![]).starts_with("starts.len(): is 0"));
    assert!(message(vec![0, 2, 1, 2], vec![0, 1], vec![1.0, 2.0]).starts_with("starts[2]: is 1"));
    assert!(message(vec![0, 1], vec![2], vec![1.0]).ends_with("less than 2"));
}

#[test]
fn rows_grow_after_the_entries_that_they_hold() {
    // One entry more than the starts say.
    let mut rows = SparseRows::new((1, 2), ByRows, vec![0, 1], vec![0, 1], vec![2.0, 7.0]).unwrap();
    rows.push_row(&[(2, 5.0)]);
    assert_eq!((rows.rows(), rows.columns(), rows.stored()), (2, 3, 2));
    assert_eq!(rows.row(1), (&[2][..], &[5.0][..]));
}

#[test]
fn moments_that_do_not_fit_are_refused() {
    let [mut dense, _] = pair(true, false);
    let n = dense.coefficients() - 1;
    let mut message = |means: Vec<f64>, deviations: Vec<f64>| {
        dense.standardized_before(means, deviations).unwrap_err().to_string()
    };
    assert!(message(vec![0.0; n + 1], vec![1.0; n]).starts_with("means: is"));
    assert!(message(vec![0.0; n], vec![1.0; n - 1]).starts_with("deviations: is"));
    assert!(message(vec![0.0; n], vec![0.0; n]).contains("must be positive"));
    assert!(message(vec![0.0; n], vec![f64::NAN; n]).contains("must be positive"));
    assert!(dense.standardization().is_none());
}

#[test]
fn a_standardized_design_is_made_again_from_its_columns() {
    for intercept in [false, true] {
        for design in pair(intercept, true) {
            let known = design.standardization().unwrap().clone();
            let names = design.names()[usize::from(intercept)..].to_vec();
            let mut again = match design.clone().into_columns() {
                Columns::Dense(entries) => Design::dense(entries, names),
                Columns::Sparse(rows) => Design::sparse(rows).with_names(names),
            };
            if intercept {
                again.add_intercept();
            }
            again.standardized_before(known.means, known.deviations).unwrap();
            assert_eq!(again, design);
        }
    }
}

#[test]
fn columns_of_any_size_are_standardized() {
    for unit in [1e300, 8e307, 1.0, 1e-300] {
        let numbers = [-2.0, 1.0, 0.0, 1.0].map(|x| x * unit);
        let dense = Matrix::from_rows(&numbers.map(|x| [x]));
        let mut sparse = SparseRows::default();
        numbers.iter().for_each(|&x| sparse.push_row(&[(0, x)]));
        for mut design in [Design::dense(dense, vec!["x".into()]), Design::sparse(sparse)] {
            design.add_intercept();
            design.standardize();
            let mut y = [0.0; 4];
            design.multiply(&[0.0, 1.0], &mut y);
            for (y, x) in y.into_iter().zip([-2.0, 1.0, 0.0, 1.0]) {
                assert!((y - x / 1.5f64.sqrt()).abs() < 1e-14, "{unit:e}: {y}");
            }
        }
    }
}

#[test]
fn libsvm_files_of_every_kind_are_seen() {
    let path = std::env::temp_dir().join(format!("ravine-data-{}.txt", std::process::id()));
    for text in [
        "1\n-1 1:2 2:3\n1 1:1\n",
        "1\n\n# none\n0\n-1 1:2 2:3\n",
        "\u{feff}+1 1:2 2:3\n-1 1:4\n",
        "2 qid:1 1:2 2:3\n1 qid:1 2:4\n",
        "1\r-1 1:2 2:3\r\n1\r",
    ] {
        std::fs::write(&path, text).unwrap();
        let data = read(&path, &Selection::default()).unwrap();
        assert_eq!(data.design.names(), ["(intercept)", "x1", "x2"], "{text:?}");
    }
    std::fs::write(&path, "1\n2\n3\n").unwrap();
    let selection = Selection { target: Some("1".into()), ..Selection::default() };
    assert!(!read(&path, &selection).unwrap().design.is_sparse());
    std::fs::remove_file(path).unwrap();
}

#[test]
fn bytes_that_are_no_text_do_not_change_the_format() {
    let path = std::env::temp_dir().join(format!("ravine-format-{}.svm", std::process::id()));
    std::fs::write(&path, b"1\n# note\n1 2:3\xff\n").unwrap();
    let error = ravine_data::read(&path, &Selection::default()).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.ends_with(":3: column `entry 1`: is not UTF-8 text"), "{error}");
}
