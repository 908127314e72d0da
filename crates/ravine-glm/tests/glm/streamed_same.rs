//! What a fit of batches says beside its coefficients, as the fit in memory says it.

use ravine::random::Random;
use ravine_data::{LibsvmBatches, LibsvmSettings, Missing, read_libsvm_file};
use ravine_glm::analysis::{Analysis, Cases, ModelFamily, Variables};
use ravine_glm::{Family, Link};

use crate::streamed::{
    File, both_by, compare, in_memory_by, of, streamed_by, variables, with_notes,
};

/// Rows of y, of numbers with these names, and of a text g with three levels.
fn table(rows: usize, names: &[&str], y: impl Fn(usize, &[f64], &mut Random) -> String) -> String {
    let mut random = Random::new(17);
    let mut text = format!("y,{},g\n", names.join(","));
    for i in 0..rows {
        let x: Vec<f64> = names.iter().map(|_| (random.normal() * 1e6).round() / 1e6).collect();
        let cells: Vec<String> = x.iter().map(f64::to_string).collect();
        let y = y(i, &x, &mut random);
        text.push_str(&format!("{y},{},{}\n", cells.join(","), ["u", "v", "w"][i % 3]));
    }
    text
}

#[test]
fn fits_without_degrees_of_freedom_tell_as_little_in_batches() {
    let ridge = |family| Analysis { l2: 0.3, ..of(family) };
    let names = ["a", "b", "c", "d", "e"];
    for rows in [4, 5, 6, 7, 8] {
        let text = table(rows, &names, |_, x, _| (3.0 + x[0] - x[1]).exp().to_string());
        for analysis in [of(Family::Gaussian), ridge(Family::Gaussian), ridge(Family::Gamma)] {
            for formula in ["y ~ a + b + c + d + e", "y ~ a + b + c + d + e - 1"] {
                // A saturated fit leaves rounding alone.
                let found = both_by(&text, formula, &analysis, &variables(&analysis), 1e-6);
                let columns = 5 + usize::from(!formula.ends_with('1'));
                assert_eq!(found.goodness.is_some(), rows > columns, "{rows} {formula}");
            }
        }
        // Of counts the dispersion is known.
        let counts = table(rows, &names, |i, _, _| (1 + i * 7 % 5).to_string());
        let poisson = of(Family::Poisson);
        let found = both_by(&counts, "y ~ a + b + c", &poisson, &variables(&poisson), 1e-6);
        assert!(found.goodness.is_some());
    }
}

#[test]
fn offsets_have_a_null_deviance_and_links_their_starts() {
    let text = table(900, &["x", "o"], |i, x, random| {
        let mean = (0.3 + 0.5 * x[0] + 0.7 * x[1]).exp();
        (mean * (0.5 + random.uniform()) + (i % 2) as f64).round().to_string()
    });
    let y = |y: f64| format!("{y}");
    let positive = table(900, &["x", "o"], |_, x, random| {
        y((0.3 + 0.2 * x[0] + 0.3 * x[1]).exp() * (0.5 + random.uniform()))
    });
    let shares = table(900, &["x", "o"], |_, x, random| {
        u8::from(x[0] + x[1] + 2.0 * random.normal() > 0.5).to_string()
    });
    let offset = Variables { offset: Some("o".into()), ..Variables::default() };
    for (text, family) in [
        (&text, Family::Poisson),
        (&text, Family::NegativeBinomial { alpha: 0.3 }),
        (&text, Family::Gaussian),
        (&positive, Family::Gamma),
        (&positive, Family::Tweedie { power: 1.5 }),
        (&shares, Family::Binomial),
    ] {
        for formula in ["y ~ x + g", "y ~ x", "y ~ x - 1"] {
            let analysis = Analysis { link: None, ..of(family) };
            let found = both_by(text, formula, &analysis, &offset, 1e-6);
            assert!(found.goodness.unwrap().null_deviance.is_some(), "{family:?} {formula}");
        }
    }
    // Links that need positive predictors, with offsets of either sign or without an intercept.
    let near = table(900, &["x", "o"], |_, x, random| {
        y((0.9 + 0.2 * random.uniform()) / (9.0 + 0.4 * x[0] + 0.5 * x[1]))
    });
    let inverse = Analysis { link: Some(Link::Inverse), ..of(Family::Gamma) };
    both_by(&near, "y ~ x", &inverse, &offset, 1e-6);
    both_by(&near, "y ~ g + x - 1", &inverse, &variables(&inverse), 1e-6);
}

#[test]
fn classes_are_those_of_the_whole_file() {
    // As many rows as several batches have, the classes one after the other.
    let rows = 300_000;
    for (name, [one, other], family) in [
        ("numbers", ["0", "1"], None),
        ("others", ["1", "2"], Some(ModelFamily::Of(Family::Binomial))),
        ("texts", ["dead", "alive"], None),
    ] {
        let mut random = Random::new(23);
        let mut text = String::from("y,x\n");
        for i in 0..rows {
            let y = if i < rows / 2 { one } else { other };
            let x = random.normal() + if i < rows / 2 { 0.0 } else { 0.5 };
            text.push_str(&format!("{y},{x:.9}\n"));
        }
        for positive in [None, Some(one), Some(other)] {
            let positive = positive.map(str::to_owned);
            let analysis = Analysis { family, positive: positive.clone(), ..Analysis::default() };
            let found = both_by(&text, "y ~ x", &analysis, &variables(&analysis), 1e-5);
            if let Some(positive) = positive {
                assert_eq!(found.model.classes.unwrap()[1], positive, "{name}");
            }
        }
    }
}

#[test]
fn targets_that_no_family_takes_are_refused_in_the_same_words() {
    let far = |cell: &'static str| {
        move |i: usize, _: &[f64], _: &mut Random| match i {
            123_456 => cell.to_owned(),
            i => (1 + i % 2).to_string(),
        }
    };
    let binomial = |positive: Option<&str>| Analysis {
        positive: positive.map(str::to_owned),
        ..of(Family::Binomial)
    };
    let gamma = of(Family::Gamma);
    for (name, cell, analysis, says) in [
        ("class", "3", binomial(None), "has 3 classes"),
        ("positive", "2", binomial(Some("7")), "is `7`, but must be `1` or `2`"),
        ("gamma", "0", gamma, "row 123456 has 0"),
    ] {
        let file = File::new(name, &table(130_000, &["x"], far(cell)));
        let analysis = &analysis;
        let ours = streamed_by(&file, "y ~ x", analysis, &variables(analysis)).unwrap_err();
        let other = in_memory_by(&file, "y ~ x", analysis, &variables(analysis)).unwrap_err();
        assert!(ours == other && ours.contains(says), "{ours} {other}");
    }
    let many: String = (0..500).map(|i| format!("{i},{}\n", i % 7)).collect();
    let file = File::new("many", &format!("y,x\n{many}"));
    let analysis = binomial(None);
    let ours = streamed_by(&file, "y ~ x", &analysis, &variables(&analysis)).unwrap_err();
    assert_eq!(ours, in_memory_by(&file, "y ~ x", &analysis, &variables(&analysis)).unwrap_err());
    assert!(ours.contains("more than 100 distinct numbers"), "{ours}");
}

#[test]
fn missing_cells_and_weights_of_zero_are_counted_over_the_whole_file() {
    // Several batches, with cells missing in each.
    let rows = 200_000;
    let mut text = String::from("y,x,w,g,nothing\n");
    let mut random = Random::new(29);
    for i in 0..rows {
        let cell = |k: usize, text: String| if i % k == 1 { String::new() } else { text };
        let (x, y) = (random.normal(), random.normal());
        let (y, x) = (cell(1_009, format!("{y:.6}")), cell(997, format!("{x:.6}")));
        let w = if i % 3 == 0 { "0".to_owned() } else { cell(5_003, "1.5".to_owned()) };
        let g = cell(50_021, ["a", "b"][i % 2].to_owned());
        text.push_str(&format!("{y},{x},{w},{g},\n"));
    }
    let weighted =
        |missing| Variables { weights: Some("w".into()), missing, ..Variables::default() };
    let analysis = Analysis::default();
    let found = both_by(&text, "y ~ x + g", &analysis, &weighted(Missing::Drop), 1e-6);
    assert!(
        found.notes[0].contains("of 200,000 rows dropped: x (201), y (199), w ("),
        "{:?}",
        found.notes
    );
    assert!(found.model.rows > 199_000 && found.goodness.unwrap().rows < 134_000.0);
    let file = File::new("missing", &text);
    for (formula, missing, says) in [
        ("y ~ x + g", Missing::Fail, "values are missing: x (201), y (199), w (27), g (4); fill"),
        ("y ~ x + nothing", Missing::Fail, "values are missing: nothing (200,000), x (201)"),
        ("y ~ x + nothing", Missing::Drop, "no row has all values; missing are nothing (200,000)"),
    ] {
        let variables = weighted(missing);
        let ours = streamed_by(&file, formula, &analysis, &variables).unwrap_err();
        let other = in_memory_by(&file, formula, &analysis, &variables).unwrap_err();
        assert_eq!(ours, other);
        assert!(ours.contains(says), "{ours}");
    }
    // Every row lacks one or the other.
    let either: String = (0..300).map(|i| ["1,\n", ",2\n"][i % 2]).collect();
    let file = File::new("either", &format!("y,x\n{either}"));
    let ours = streamed_by(&file, "y ~ x", &analysis, &variables(&analysis)).unwrap_err();
    assert_eq!(ours, in_memory_by(&file, "y ~ x", &analysis, &variables(&analysis)).unwrap_err());
    assert!(ours.contains("no row has all values; missing are y (150), x (150)"), "{ours}");
}

/// A column beside a copy with some noise: the fit over the first and the difference says what the errors are.
#[test]
fn errors_of_columns_that_are_nearly_the_same_are_exact() {
    for noise in [1e-3, 1e-5, 1e-6, 3e-7] {
        for family in [Family::Gaussian, Family::Binomial, Family::Poisson] {
            let mut random = Random::new(31);
            let (mut near, mut apart) = (String::from("y,a,b,c\n"), String::from("y,a,r,c\n"));
            for _ in 0..400 {
                let a = 1.0 + random.normal();
                let b = a + noise * random.normal();
                let (c, e) = (random.normal(), random.normal());
                let z = 0.3 * a - 0.4 * c + e;
                let y = match family {
                    Family::Binomial => f64::from(u8::from(z > 0.0)),
                    Family::Poisson => z.exp().round(),
                    _ => z,
                };
                near.push_str(&format!("{y},{a},{b},{c}\n"));
                apart.push_str(&format!("{y},{a},{},{c}\n", b - a));
            }
            let exact = Analysis { tolerance: 1e-13, ..of(family) };
            let apart = File::new("apart", &apart);
            let other = in_memory_by(&apart, "y ~ a + r + c", &exact, &variables(&exact)).unwrap();
            let v = other.model.covariance.clone().unwrap();
            // Of b that of the difference, of a that of a less it.
            let of_a = v[1][1] - 2.0 * v[1][2] + v[2][2];
            let expected = [v[0][0], of_a, v[2][2], v[3][3]].map(f64::sqrt);
            let file = File::new("near", &near);
            let found = [
                in_memory_by(&file, "y ~ a + b + c", &exact, &variables(&exact)).unwrap(),
                streamed_by(&file, "y ~ a + b + c", &exact, &variables(&exact)).unwrap(),
            ];
            for found in &found {
                for (row, expected) in found.model.coefficients.iter().zip(expected) {
                    let error = row.standard_error.unwrap();
                    let wrong = (error / expected - 1.0).abs();
                    assert!(wrong < 1e-7, "{family:?} {noise} {}: {error} {expected}", row.name);
                }
                let says = "`b` is nearly a linear combination of other columns (a)";
                let said = found.notes.iter().any(|note| note.starts_with(says));
                assert_eq!(said, noise < 1e-4, "{:?}", found.notes);
            }
            assert_eq!(found[0].notes, found[1].notes);
        }
    }
}

#[test]
fn libsvm_files_are_fitted_in_batches() {
    let mut random = Random::new(37);
    // Several batches; the first column is far from zero, stored in all rows but in one of the file.
    let (mut counts, mut classes) = (String::new(), String::new());
    for i in 0..60_000 {
        let year = 2_000.0 + 10.0 * random.uniform();
        let (j, k) = (3 + i % 5, 9 + i * 7 % 11);
        let (u, v) = (random.normal(), random.normal());
        let z = 0.1 * (year - 2_005.0) + 0.5 * u - 0.3 * v;
        let row = format!("1:{year:.6} {j}:{u:.6} {k}:{v:.6}\n");
        counts.push_str(&format!("{} {row}", (0.2 + z).exp().round()));
        // Without the year the linear predictor is far below zero.
        let y = if i != 50_000 && z + random.normal() > 0.0 { "+1" } else { "-1" };
        let other = format!("{j}:{u:.6} {k}:{v:.6} # without\n");
        classes.push_str(&format!("{y} {}", if i == 50_000 { other } else { row }));
    }
    for (text, analysis) in [
        (&counts, of(Family::Poisson)),
        (&counts, Analysis { l2: 0.01, ..of(Family::Poisson) }),
        (&counts, of(Family::Gaussian)),
        (&classes, of(Family::Binomial)),
        (&classes, Analysis { positive: Some("-1".into()), ..of(Family::Binomial) }),
    ] {
        let file = File::new("libsvm", text);
        let settings = LibsvmSettings::default();
        let batches = LibsvmBatches::open(&file.0, &settings).unwrap();
        let ours = with_notes(analysis.fit_streamed_libsvm(&batches).unwrap());
        let (matrix, labels) = read_libsvm_file(&file.0, &settings).unwrap();
        let exact = Analysis { tolerance: 1e-13, ..analysis.clone() };
        let other = exact.fit(&Cases::of_sparse(matrix, labels)).unwrap();
        assert!(ours.status.converged(), "{:?}", ours.notes);
        compare(&ours, &other, "libsvm", 2e-6);
    }
    let wide = File::new("libsvm-wide", "1 1:1\n2 6000:1\n");
    let batches = LibsvmBatches::open(&wide.0, &LibsvmSettings::default()).unwrap();
    let error = Analysis::default().fit_streamed_libsvm(&batches).unwrap_err().to_string();
    assert!(error.contains("columns: is 6000, but must be at most 5000"), "{error}");
}
