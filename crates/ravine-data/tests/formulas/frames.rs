//! Frames: responses, offsets, missing values, levels.

use ravine_data::{
    Column, Formula, FrameSettings, LevelColumns, Missing, MissingCategories, Response, Table,
};
use ravine_linalg::matrix::Matrix;

use crate::shared::{csv, fit, matrix, names, table};

const FLIGHTS: &str = "delay,distance,tail,weight,hours\n\
    1,10,a,1,2\n2,,b,1,2\nNA,30,,2,2\n4,40,a,,2\n5,?,b,3,2\n6,60,null,3,2\n7,70,b,4,2\n";

#[test]
fn rows_with_missing_values_are_dropped_and_counted() {
    let (_, frame) = fit("delay ~ distance + tail", &csv(FLIGHTS)).unwrap();
    assert_eq!(frame.rows, [0, 3, 6]);
    assert_eq!(frame.response, Response::Numbers(vec![1.0, 4.0, 7.0]));
    let said = "4 of 7 rows dropped: distance (2), tail (2), delay (1)";
    assert_eq!(frame.dropped_in_words().unwrap(), said);
    // What is not used does not count.
    let (_, frame) = fit("delay ~ tail", &csv(FLIGHTS)).unwrap();
    assert_eq!(frame.rows, [0, 1, 3, 4, 6]);
    let (_, frame) = fit("hours ~ 1", &csv(FLIGHTS)).unwrap();
    assert_eq!((frame.dropped_in_words(), frame.design.coefficients()), (None, 1));
    assert_eq!((frame.design.rows(), frame.design.has_intercept()), (7, true));
}

#[test]
fn counts_are_printed_with_commas() {
    let rows = 1_234_567;
    let x = (0..rows).map(|i| if i < 1000 { f64::NAN } else { f64::from(i) });
    let table = Table::from_columns(vec!["x".into()], vec![Column::Numbers(x.collect())]).unwrap();
    let (_, frame) = fit("x", &table).unwrap();
    let said = "1,000 of 1,234,567 rows dropped: x (1,000)";
    assert_eq!(frame.dropped_in_words().unwrap(), said);
}

#[test]
fn missing_values_may_be_refused() {
    let settings = FrameSettings { missing: Missing::Fail, ..FrameSettings::default() };
    let formula = Formula::parse("delay ~ distance").unwrap();
    let message = formula.fit(&csv(FLIGHTS), &settings).unwrap_err().to_string();
    assert!(message.contains("values are missing: distance (2), delay (1)"), "{message}");
    assert!(Formula::parse("hours ~ 1").unwrap().fit(&csv(FLIGHTS), &settings).is_ok());
}

#[test]
fn further_columns_go_along_the_rows() {
    let settings =
        FrameSettings { also: vec!["weight".into(), "tail".into()], ..FrameSettings::default() };
    let formula = Formula::parse("delay ~ .").unwrap();
    let (terms, frame) = formula.fit(&csv(FLIGHTS), &settings).unwrap();
    assert_eq!(terms.formula(), "delay ~ distance + hours");
    assert_eq!(frame.rows, [0, 6]);
    assert_eq!(frame.also[0], ("weight".into(), Column::Numbers(vec![1.0, 4.0])));
    let Column::Texts { levels, codes } = &frame.also[1].1 else { panic!() };
    assert_eq!((levels.len(), codes.as_slice()), (2, &[0, 1][..]));
    let settings = FrameSettings { also: vec!["wieght".into()], ..FrameSettings::default() };
    let message = formula.fit(&csv(FLIGHTS), &settings).unwrap_err().to_string();
    assert!(message.contains("did you mean `weight`?"), "{message}");
}

#[test]
fn missing_categories_are_a_level_or_none() {
    let with = |categories_missing, formula: &str| {
        let settings = FrameSettings { categories_missing, ..FrameSettings::default() };
        Formula::parse(formula).unwrap().fit(&csv(FLIGHTS), &settings).unwrap()
    };
    let (_, frame) = with(MissingCategories::Level, "hours ~ tail");
    assert_eq!(frame.rows.len(), 7);
    assert_eq!(names(&frame.design), ["Intercept", "tail[T.b]", "tail[T.(missing)]"]);
    let x = matrix(&frame.design);
    assert_eq!(x.column(2), [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    let (_, frame) = with(MissingCategories::Zero, "hours ~ tail - 1");
    let x = matrix(&frame.design);
    assert_eq!(x.column(0), [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    assert_eq!(x.column(1), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0]);
    // Of numbers made a category likewise; used as numbers too, they are missing.
    let (_, frame) = with(MissingCategories::Level, "hours ~ C(distance)");
    assert_eq!(frame.rows.len(), 7);
    assert_eq!(names(&frame.design).last().unwrap(), "C(distance)[T.(missing)]");
    let (_, frame) = with(MissingCategories::Level, "hours ~ C(distance) + distance");
    assert_eq!(frame.rows.len(), 5);
    // The contrasts of other kinds have zeros where there is no level.
    let (_, frame) = with(MissingCategories::Zero, "hours ~ C(tail, contr.sum)");
    assert_eq!(matrix(&frame.design).column(1), [1.0, -1.0, 0.0, 1.0, -1.0, 0.0, -1.0]);
}

#[test]
fn no_row_without_missing_values_is_an_error() {
    let table = csv("x,y\n1,\n,2\n");
    let message = fit("y ~ x", &table).unwrap_err().to_string();
    assert!(message.contains("no row has all values; missing are y (1), x (1)"), "{message}");
}

#[test]
fn responses_are_numbers_classes_and_counts() {
    let text = "y,s,f,c,k\n2,1,3,no,2\n4,0,2,yes,1\n8,5,0,no,2\n";
    let response = |formula: &str| fit(formula, &csv(text)).unwrap();
    let (terms, frame) = response("log2(y) ~ 1");
    assert_eq!(frame.response, Response::Numbers(vec![1.0, 2.0, 3.0]));
    assert_eq!(terms.target().unwrap(), "log2(y)");
    let (terms, frame) = response("{y/2} ~ 1");
    assert_eq!(frame.response, Response::Numbers(vec![1.0, 2.0, 4.0]));
    assert_eq!(terms.target().unwrap(), "y / 2");
    let (terms, frame) = response("c ~ s");
    let Response::Classes { levels, codes } = &frame.response else { panic!() };
    assert_eq!((levels.join(" "), codes.as_slice()), ("no yes".into(), &[0, 1, 0][..]));
    assert_eq!(terms.classes().unwrap(), ["no", "yes"]);
    let (_, frame) = response("C(k) ~ s");
    let Response::Classes { levels, codes } = &frame.response else { panic!() };
    assert_eq!((levels.join(" "), codes.as_slice()), ("1 2".into(), &[1, 0, 1][..]));
    let (terms, frame) = response("cbind(s, f) ~ .");
    let (successes, failures) = (vec![1.0, 0.0, 5.0], vec![3.0, 2.0, 0.0]);
    assert_eq!(frame.response, Response::Counts { successes, failures });
    assert_eq!(terms.formula(), "cbind(s, f) ~ y + c + k");
    let (terms, frame) = response("y");
    assert_eq!((frame.response, terms.target()), (Response::None, None));
    let (terms, frame) = response("~ y");
    assert_eq!((frame.response, terms.formula()), (Response::None, "y"));
    let message = fit("cbind(s, s - 1) ~ 1", &csv(text)).unwrap_err().to_string();
    assert!(message.contains("counts are not negative"), "{message}");
}

#[test]
fn wide_tables_take_no_time() {
    let names: Vec<String> = (0..5000).map(|j| format!("column {j}")).collect();
    let columns = (0..5000).map(|j| Column::Numbers(vec![f64::from(j), 1.0])).collect();
    let table = Table::from_columns(names, columns).unwrap();
    let start = std::time::Instant::now();
    let formula = Formula::all("column 0", &[]);
    let (_, frame) = formula.fit(&table, &FrameSettings::default()).unwrap();
    assert_eq!(frame.design.coefficients(), 5000);
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn offsets_are_summed_and_have_no_column() {
    let (terms, frame) = fit("y ~ x + offset(log(n)) + offset(z)", &table()).unwrap();
    assert_eq!(names(&frame.design), ["Intercept", "x"]);
    let offset = frame.offset.unwrap();
    let z = [1.0, -1.0, 2.0, 0.0, 1.0, 3.0, -2.0, 0.5];
    for (i, (offset, z)) in offset.iter().zip(z).enumerate() {
        assert_eq!(*offset, ((i + 1) as f64).ln() + z);
    }
    assert_eq!(terms.formula(), "y ~ x + offset(log(n)) + offset(z)");
    let (_, frame) = fit("y ~ x + offset(z) - offset(z)", &table()).unwrap();
    assert_eq!(frame.offset, None);
}

#[test]
fn all_is_every_other_column_but_the_ignored() {
    let settings = FrameSettings::default();
    let formula = Formula::all("y", &["k".into(), "n".into()]);
    let (terms, _) = formula.fit(&table(), &settings).unwrap();
    assert_eq!(terms.formula(), "y ~ x + z + g + h");
    let message =
        Formula::all("y", &["q".into()]).fit(&table(), &settings).unwrap_err().to_string();
    assert!(message.contains("column `q`: is to be ignored, but is not there"), "{message}");
    let message = Formula::all("q", &[]).fit(&table(), &settings).unwrap_err().to_string();
    assert!(message.contains("there is no column `q`"), "{message}");
}

#[test]
fn names_of_any_kind_stand_in_backquotes() {
    let text = "miles per gallon,a`b,x+y\n1,2,3\n2,3,5\n3,5,4\n";
    let (terms, frame) = fit("`miles per gallon` ~ `a\\`b`*log(`x+y`)", &csv(text)).unwrap();
    let expected = ["Intercept", "a`b", "log(`x+y`)", "a`b:log(`x+y`)"];
    assert_eq!(names(&frame.design), expected);
    let (again, second) = fit(terms.formula(), &csv(text)).unwrap();
    assert_eq!((again, second.design), (terms, frame.design));
    let (terms, _) =
        Formula::all("miles per gallon", &[]).fit(&csv(text), &FrameSettings::default()).unwrap();
    assert_eq!(terms.formula(), "`miles per gallon` ~ `a\\`b` + `x+y`");
}

#[test]
fn all_levels_have_columns_where_that_is_asked_for() {
    let settings = FrameSettings { levels: LevelColumns::All, ..FrameSettings::default() };
    let with = |formula: &str| {
        let formula = Formula::parse(formula).unwrap();
        names(&formula.fit(&table(), &settings).unwrap().1.design)
    };
    let expected = ["Intercept", "g[a]", "g[b]", "g[c]", "h[u]", "h[v]"];
    assert_eq!(with("y ~ g + h"), expected);
    assert_eq!(with("y ~ h:x"), ["Intercept", "h[u]:x", "h[v]:x"]);
}

#[test]
fn levels_without_rows_are_left_out_and_said() {
    let levels = ["low", "middle", "high"].map(str::to_owned).into();
    let g = Column::Texts { levels, codes: vec![2, 0, 1, 2] };
    let y = Column::Numbers(vec![1.0, 2.0, f64::NAN, 3.0]);
    let table = Table::from_columns(vec!["y".into(), "g".into()], vec![y, g]).unwrap();
    let (_, frame) = fit("y ~ g", &table).unwrap();
    // In the order that was declared.
    assert_eq!(names(&frame.design), ["Intercept", "g[T.high]"]);
    assert_eq!(frame.notes, ["g: left out are levels without rows: `middle`"]);
    let (_, frame) = fit("y ~ C(g, levels=['high', 'none', 'low'])", &table.clone()).unwrap();
    assert_eq!(names(&frame.design)[1], "C(g, levels=['high', 'none', 'low'])[T.low]");
    assert_eq!(frame.notes.len(), 1);
    let one = csv("y,g\n1,a\n2,a\n");
    let (_, frame) = fit("y ~ g", &one).unwrap();
    assert_eq!(names(&frame.design), ["Intercept"]);
    assert_eq!(frame.notes, ["g: all rows are of the level `a`"]);
}

#[test]
fn categories_are_codes_and_products_are_those_of_dense_columns() {
    let table = table();
    for formula in
        ["0 + g", "g:h", "x:g", "2:g", "g:x:z", "bs(x):g", "g:poly(x, 2):h", "h:C(g, contr.sum)"]
    {
        let (_, frame) = fit(&format!("y ~ x + {formula} + z"), &table).unwrap();
        assert!(frame.design.is_sparse(), "{formula}");
        let dense = matrix(&frame.design);
        let n = frame.design.coefficients();
        let d: Vec<f64> = (0..8).map(|i| f64::from(i) * 0.7 - 1.3).collect();
        let w: Vec<f64> = (0..n).map(|j| j as f64 * 0.31 - 1.0).collect();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{formula}: {a} {b}");
        let (mut y, mut g) = (vec![0.0; 8], vec![0.0; n]);
        frame.design.multiply(&w, &mut y);
        frame.design.multiply_transposed(&d, &mut g);
        let mut gram = Matrix::zeros(n, n);
        frame.design.gram(&d, &mut gram);
        let mut squares = vec![0.0; frame.design.columns()];
        frame.design.weighted_squares(&d, &mut squares);
        for i in 0..8 {
            near(y[i], (0..n).map(|j| dense[(i, j)] * w[j]).sum());
        }
        let product =
            |j: usize, k: usize| (0..8).map(|i| d[i] * dense[(i, j)] * dense[(i, k)]).sum();
        for j in 0..n {
            near(g[j], (0..8).map(|i| dense[(i, j)] * d[i]).sum());
            (0..n).for_each(|k| near(gram[(j, k)], product(j, k)));
        }
        let first = usize::from(frame.design.has_intercept());
        (first..n).for_each(|j| near(squares[j - first], product(j, j)));
        // And of some rows.
        let mut some = ravine_data::Design::default();
        frame.design.select_rows(&[6, 1, 1], &mut some);
        let chosen = matrix(&some);
        for (i, &row) in [6, 1, 1].iter().enumerate() {
            (0..n).for_each(|j| assert_eq!(chosen[(i, j)], dense[(row, j)]));
        }
    }
}
