//! What columns span: with full rank as much as with all levels, and no more columns than that takes.

use ravine_data::{Column, Design, Formula, FrameSettings, LevelColumns, Table};

use crate::shared::{fit, matrix, names};

/// Every combination of levels, three times with other numbers.
fn table() -> Table {
    let rows = 3 * 3 * 2 * 2;
    let level = |count: u32, stride: u32, names: &[&str]| Column::Texts {
        levels: names.iter().map(|&name| name.to_owned()).collect(),
        codes: (0..rows).map(|i| i / stride % count).collect(),
    };
    let noise =
        |k: u32| (0..rows).map(move |i| f64::from((i * 7919 + k * 104_729) % 1009) / 500.0 - 1.0);
    let names = ["y", "x", "z", "g", "h", "k"].map(str::to_owned);
    let columns = vec![
        Column::Numbers(noise(1).collect()),
        Column::Numbers(noise(2).collect()),
        Column::Numbers(noise(3).collect()),
        level(3, 1, &["a", "b", "c"]),
        level(2, 3, &["u", "v"]),
        level(2, 6, &["p", "q"]),
    ];
    Table::from_columns(names.into(), columns).unwrap()
}

/// The rank by Gram-Schmidt with a second pass, and whether each column is new beside those before.
fn rank(design: &Design) -> usize {
    let matrix = matrix(design);
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for j in 0..matrix.columns() {
        let mut column = matrix.column(j).to_vec();
        let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let before = norm(&column);
        for _ in 0..2 {
            for b in &basis {
                let product: f64 = b.iter().zip(&column).map(|(a, b)| a * b).sum();
                column.iter_mut().zip(b).for_each(|(x, b)| *x -= product * b);
            }
        }
        let left = norm(&column);
        if left > 1e-9 * before {
            column.iter_mut().for_each(|x| *x /= left);
            basis.push(column);
        }
    }
    basis.len()
}

#[test]
fn columns_are_independent_and_span_what_all_levels_do() {
    let table = table();
    let terms = [
        "g",
        "h",
        "k",
        "x",
        "g:h",
        "h:k",
        "g:k",
        "g:x",
        "x:h",
        "g:h:k",
        "x:g:h",
        "z",
        "C(g, contr.sum):h",
        "C(h, contr.helmert)",
        "bs(x, df=5, include_intercept=True)",
        "poly(z, 2):g",
        "C(g, contr.poly):x",
        "g:bs(z, df=4, include_intercept=True)",
    ];
    // Categories that are the same under other contrasts are other factors: of each, one form a formula.
    let form = |term: &str| usize::from(term.contains("contr.sum") || term.contains("contr.poly"));
    let mut tried = 0;
    for a in terms {
        for b in terms {
            for c in terms {
                let some = [a, b, c];
                let has = |part: &str| some.iter().any(|term| term.contains(part));
                let forms: usize = some.iter().map(|term| form(term)).sum();
                if forms > 0 && some.iter().any(|t| form(t) == 0 && t.contains('g')) || forms > 1 {
                    continue;
                }
                if has("helmert") && some.iter().any(|t| !t.contains("helmert") && t.contains('h'))
                {
                    continue;
                }
                // A spline that spans a constant and a polynomial of the same number overlap further.
                if has("bs(")
                    && some
                        .iter()
                        .any(|t| !t.contains("bs(") && (t.contains('x') || t.contains('z')))
                {
                    continue;
                }
                if some.iter().filter(|t| t.contains("bs(")).count() > 1
                    || has("poly(z") && some.contains(&"z")
                {
                    continue;
                }
                for start in ["1", "0"] {
                    let text = format!("y ~ {start} + {a} + {b} + {c}");
                    let (_, reduced) = fit(&text, &table).unwrap();
                    let settings =
                        FrameSettings { levels: LevelColumns::All, ..FrameSettings::default() };
                    let (_, all) = Formula::parse(&text).unwrap().fit(&table, &settings).unwrap();
                    let rank_of_all = rank(&all.design);
                    assert_eq!(rank(&reduced.design), rank_of_all, "{text}: span");
                    let columns = reduced.design.coefficients();
                    assert_eq!(columns, rank_of_all, "{text}: {:?}", names(&reduced.design));
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 1000, "{tried}");
}

#[test]
fn polynomials_are_orthonormal_also_of_many_levels_and_high_degrees() {
    let rows = 120;
    let n = Column::Numbers((0..rows).map(f64::from).collect());
    let x = Column::Numbers((0..rows).map(|i| 1e6 + f64::from(i * i % 97)).collect());
    let table = Table::from_columns(vec!["n".into(), "x".into()], vec![n, x]).unwrap();
    for formula in ["C(n, contr.poly)", "poly(x, 12)"] {
        let (_, frame) = fit(formula, &table).unwrap();
        let x = matrix(&frame.design);
        for j in 1..x.columns() {
            for k in 0..=j {
                let product: f64 = x.column(j).iter().zip(x.column(k)).map(|(a, b)| a * b).sum();
                let expected = f64::from(j == k);
                assert!((product - expected).abs() < 1e-10, "{formula}: {j}, {k}: {product}");
            }
        }
    }
    let many = Column::Numbers((0..1001).map(f64::from).collect());
    let table = Table::from_columns(vec!["n".into()], vec![many]).unwrap();
    let message = fit("C(n, contr.poly)", &table).unwrap_err().to_string();
    assert!(message.contains("n has 1001 levels; contr.poly takes up to 1000"), "{message}");
}

#[test]
fn splines_are_positive_and_add_up_to_one() {
    let x = Column::Numbers((0..200).map(|i| f64::from(i * i % 199) * 0.37).collect());
    let table = Table::from_columns(vec!["x".into()], vec![x]).unwrap();
    for (df, degree) in [(1, 0), (4, 0), (2, 1), (7, 1), (9, 2), (4, 3), (30, 3), (12, 7)] {
        let formula = format!("0 + bs(x, df={df}, degree={degree}, include_intercept=True)");
        let (_, frame) = fit(&formula, &table).unwrap();
        let x = matrix(&frame.design);
        assert_eq!(x.columns(), df);
        for i in 0..200 {
            let row: Vec<f64> = (0..df).map(|j| x[(i, j)]).collect();
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-13, "{formula}: {row:?}");
            assert!(row.iter().all(|&value| value >= 0.0), "{formula}: {row:?}");
            assert!(row.iter().filter(|&&value| value > 0.0).count() <= degree + 1, "{formula}");
        }
    }
}
