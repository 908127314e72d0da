//! Known terms on new data.

use ravine_data::{
    Formula, FrameSettings, LeftSide, Missing, MissingCategories, Outside, PredictionSettings,
    Response, Terms, Unseen,
};

use crate::shared::{csv, fit, matrix, names};

const KNOWN: &str = "y,x,g,n\n1,0,a,1\n2,1,b,2\n4,3,c,10\n3,4,b,2\n7,6,a,1\n5,2,c,10\n";

fn known(formula: &str) -> Terms {
    fit(formula, &csv(KNOWN)).unwrap().0
}

/// The columns of the first new row.
fn row(terms: &Terms, text: &str, settings: &PredictionSettings) -> Vec<f64> {
    let frame = terms.frame(&csv(text), settings).unwrap();
    let x = matrix(&frame.design);
    (0..x.columns()).map(|j| x[(0, j)]).collect()
}

#[test]
fn state_is_of_the_fit_and_each_row_stands_for_itself() {
    let settings = PredictionSettings::default();
    for formula in [
        "y ~ x*g",
        "y ~ center(x) + scale(x):g",
        "y ~ standardize(log(x + 1))",
        "y ~ poly(x, 3)",
        "y ~ bs(x, df=5)",
        "y ~ C(n, contr.helmert)*x",
        "y ~ C(g, contr.treatment('b'))",
        "log(y) ~ I(center(x)**2)",
        "y ~ center(center(x) + 1)",
        "y ~ x + offset(center(x))",
    ] {
        let (terms, whole) = fit(formula, &csv(KNOWN)).unwrap();
        let all = matrix(&whole.design);
        let lines: Vec<&str> = KNOWN.lines().collect();
        for i in 0..6 {
            // Without the target.
            let cells = lines[i + 1].split_once(',').unwrap().1;
            let text = format!("x,g,n\n{cells}\n");
            let frame = terms.frame(&csv(&text), &settings).unwrap();
            let one = matrix(&frame.design);
            assert_eq!(names(&frame.design), names(&whole.design));
            for j in 0..all.columns() {
                assert_eq!(one[(0, j)], all[(i, j)], "{formula}: row {i}, column {j}");
            }
            let offset = whole.offset.as_ref().map(|offset| offset[i]);
            assert_eq!(frame.offset.map(|offset| offset[0]), offset);
        }
    }
}

#[test]
fn an_unseen_level_is_refused_or_of_no_level() {
    let terms = known("y ~ g");
    let new = csv("g\na\nd\n");
    let message = terms.frame(&new, &PredictionSettings::default()).unwrap_err().to_string();
    let said = "a.csv: `g` is `d` in row 2, which is none of its levels: `a`, `b`, `c`";
    assert_eq!(message, said);
    let base = PredictionSettings { unseen: Unseen::Base, ..PredictionSettings::default() };
    assert_eq!(row(&terms, "g\nd\n", &base), [1.0, 0.0, 0.0]);
    assert_eq!(row(&known("y ~ C(g, contr.sum)"), "g\nd\n", &base), [1.0, 0.0, 0.0]);
    assert_eq!(row(&known("y ~ g:x - 1"), "g,x\nd,5\n", &base), [0.0, 0.0, 0.0]);
    let message = known("y ~ C(n)").frame(&csv("n\n3\n"), &PredictionSettings::default());
    assert!(message.unwrap_err().to_string().contains("`n` is `3` in row 1"));
}

#[test]
fn levels_are_found_whatever_the_column_was_read_as() {
    // Texts in the fit, and in the new data only those that look like numbers; and the other way round.
    let terms = fit("y ~ code", &csv("y,code\n1,1\n2,2\n3,x\n")).unwrap().0;
    assert_eq!(
        names(&terms.frame(&csv("code\n2\n"), &PredictionSettings::default()).unwrap().design)[2],
        "code[T.x]"
    );
    assert_eq!(row(&terms, "code\n2\n", &PredictionSettings::default()), [1.0, 1.0, 0.0]);
    let settings = PredictionSettings { unseen: Unseen::Base, ..PredictionSettings::default() };
    let terms = known("y ~ C(n)");
    assert_eq!(row(&terms, "n\n10.0\nx\n", &settings), [1.0, 0.0, 1.0]);
}

#[test]
fn outside_of_a_spline_is_refused_or_clipped() {
    let terms = known("y ~ bs(x, df=4)");
    let message = terms.frame(&csv("x\n1\n7\n"), &PredictionSettings::default()).unwrap_err();
    let message = message.to_string();
    assert!(message.contains("`x` is 7 in row 2, outside of bs(x, df=4), which goes from 0 to 6"));
    let clip = PredictionSettings { outside: Outside::Clip, ..PredictionSettings::default() };
    let end = row(&terms, "x\n6\n", &clip);
    assert_eq!(row(&terms, "x\n7\n", &clip), end);
    assert_eq!(end, [1.0, 0.0, 0.0, 0.0, 1.0]);
    let terms = known("y ~ bs(x, df=4, extrapolation='clip')");
    let settings = PredictionSettings::default();
    assert_eq!(row(&terms, "x\n-7\n", &settings), [1.0, 0.0, 0.0, 0.0, 0.0]);
    // Bounds that were given hold further out.
    let terms = known("y ~ bs(x, df=4, upper_bound=9)");
    let values = row(&terms, "x\n8\n", &settings);
    assert!((values[1..].iter().sum::<f64>() - 1.0).abs() < 1e-15 && values[4] < 1.0);
}

#[test]
fn missing_values_of_new_data_are_dropped_or_refused() {
    let terms = known("y ~ x + g");
    let new = csv("x,g,id\n1,a,p\n,b,q\n3,,r\n4,c,\n");
    let settings = PredictionSettings { also: vec!["id".into()], ..PredictionSettings::default() };
    let frame = terms.frame(&new, &settings).unwrap();
    assert_eq!(frame.rows, [0]);
    assert_eq!(frame.dropped_in_words().unwrap(), "3 of 4 rows dropped: x (1), g (1), id (1)");
    let settings = PredictionSettings { missing: Missing::Fail, ..PredictionSettings::default() };
    let message = terms.frame(&new, &settings).unwrap_err().to_string();
    assert_eq!(
        message,
        "a.csv: values are missing: x (1), g (1); fill them in, or let the rows be dropped"
    );
}

#[test]
fn missing_categories_are_what_they_were_in_the_fit() {
    let text = "y,g\n1,a\n2,\n3,b\n4,b\n";
    let with = |categories_missing| {
        let settings = FrameSettings { categories_missing, ..FrameSettings::default() };
        Formula::parse("y ~ g").unwrap().fit(&csv(text), &settings).unwrap().0
    };
    let settings = PredictionSettings::default();
    let level = with(MissingCategories::Level);
    assert_eq!(row(&level, "g,z\n,1\n", &settings), [1.0, 0.0, 1.0]);
    let zero = with(MissingCategories::Zero);
    assert_eq!(row(&zero, "g,z\n,1\n", &settings), [1.0, 0.0]);
    // A fit without missing values knows no such level.
    let frame =
        FrameSettings { categories_missing: MissingCategories::Level, ..FrameSettings::default() };
    let (terms, _) = Formula::parse("y ~ g").unwrap().fit(&csv(KNOWN), &frame).unwrap();
    let message = terms.frame(&csv("g,z\n,1\n"), &settings).unwrap_err().to_string();
    assert!(message.contains("`g` is `(missing)` in row 1"), "{message}");
}

#[test]
fn the_left_side_is_evaluated_where_that_is_asked_for() {
    let settings = PredictionSettings { left: LeftSide::Evaluate, ..PredictionSettings::default() };
    let frame = known("log2(y) ~ x").frame(&csv("x,y\n1,8\n1,NA\n"), &settings).unwrap();
    assert_eq!((frame.response, frame.rows), (Response::Numbers(vec![3.0]), vec![0]));
    let frame = known("g ~ x").frame(&csv("x,g\n1,c\n"), &settings).unwrap();
    let Response::Classes { levels, codes } = frame.response else { panic!() };
    assert_eq!((levels.len(), codes[0]), (3, 2));
    let message = known("g ~ x").frame(&csv("x,g\n1,d\n"), &settings).unwrap_err().to_string();
    assert!(message.contains("`g` is `d` in row 1"), "{message}");
    let message = known("y ~ x").frame(&csv("x\n1\n"), &settings).unwrap_err().to_string();
    assert!(message.contains("there is no column `y`"), "{message}");
}

#[test]
fn columns_that_are_not_there_or_of_another_kind_are_named() {
    let settings = PredictionSettings::default();
    let message = known("y ~ x").frame(&csv("z\n1\n"), &settings).unwrap_err().to_string();
    assert_eq!(message, "a.csv: there is no column `x`; did you mean `z`?");
    let message = known("y ~ x").frame(&csv("x\n1\nq\n"), &settings).unwrap_err().to_string();
    assert_eq!(message, "a.csv: `x` holds texts, where numbers are needed");
    let message = known("y ~ log(x + 1)").frame(&csv("x\n1\n-1\n"), &settings).unwrap_err();
    assert_eq!(message.to_string(), "a.csv: `log(x + 1)` is -inf in row 2 (x = -1)");
}

#[test]
fn stored_terms_that_are_not_sound_are_refused() {
    let terms = known("y ~ bs(x, df=4) + poly(x, 2) + C(g, contr.treatment('b'))");
    let good = serde_json::to_value(&terms).unwrap();
    assert_eq!(serde_json::from_value::<Terms>(good.clone()).unwrap(), terms);
    let spoiled = |spoil: &dyn Fn(&mut serde_json::Value)| {
        let mut value = good.clone();
        spoil(&mut value);
        serde_json::from_value::<Terms>(value).unwrap_err().to_string()
    };
    let message = spoiled(&|value| {
        value["factors"][0]["kind"]["spline"]["spline"]["knots"] = serde_json::json!([1.0, 2.0]);
    });
    assert!(message.contains("the knots are not those of a spline"), "{message}");
    let message = spoiled(&|value| {
        value["factors"][1]["kind"]["polynomial"]["polynomial"]["squares"] =
            serde_json::json!([1.0]);
    });
    assert!(message.contains("the recurrence has not"), "{message}");
    let message = spoiled(&|value| {
        value["factors"][2]["kind"]["category"]["levels"] = serde_json::json!(["a", "c"]);
    });
    assert!(message.contains("the base is no level"), "{message}");
    let message = spoiled(&|value| {
        value["factors"][2]["kind"]["category"]["numbers"] = serde_json::json!([1, 2, 3, 4]);
    });
    assert!(message.contains("a number is of no level"), "{message}");
    let message = spoiled(&|value| {
        value["factors"].as_array_mut().unwrap().truncate(2);
    });
    assert!(message.contains("a term has a factor that is not there"), "{message}");
    let message = spoiled(&|value| {
        value["factors"][0]["kind"]["spline"]["of"] = serde_json::json!("x +");
    });
    assert!(message.contains("the formula ends"), "{message}");
}
