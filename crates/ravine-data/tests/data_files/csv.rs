//! CSV files: what is read, and where errors point.

use ravine_data::{Column, Dataset, Header, Selection, Table, Target, read_csv, read_csv_with};

fn table(text: &str) -> Table {
    read_csv(text.as_bytes(), "a.csv").unwrap()
}

fn error(text: &str) -> String {
    read_csv(text.as_bytes(), "a.csv").unwrap_err().to_string()
}

fn select(text: &str, target: &str) -> Dataset {
    let selection = Selection { target: Some(target.into()), ..Selection::default() };
    table(text).select(&selection).unwrap()
}

#[test]
fn delimiters_quotes_blank_lines_and_byte_order_marks() {
    let expected = table("a,b\n1,-2.5\n3e2,4\n");
    assert_eq!(expected.names(), ["a", "b"]);
    assert_eq!(
        expected.columns(),
        [Column::Numbers(vec![1.0, 300.0]), Column::Numbers(vec![-2.5, 4.0])]
    );
    for same in [
        "a;b\n1;-2.5\n3e2;4",
        "a\tb\r\n1\t-2.5\r\n3e2\t4\r\n",
        "\n\n a , b \n 1 , -2.5 \n\n 3e2,4\n",
        "\u{feff}a,b\n1,-2.5\n3e2,4\n",
        "\"a\",\"b\"\n\"1\",-2.5\n3e2,4\n",
    ] {
        assert_eq!(table(same).names(), expected.names(), "{same:?}");
        assert_eq!(table(same).columns(), expected.columns(), "{same:?}");
    }
    // A comma within quotes is no delimiter.
    assert_eq!(table("\"x, in m\";\"y, in s\"\n1;2\n").names(), ["x, in m", "y, in s"]);
}

#[test]
fn a_first_record_with_a_number_is_data() {
    let t = table("1,red\n2,blue\n");
    assert_eq!(t.names(), ["column 1", "column 2"]);
    assert_eq!(t.rows(), 2);
    let levels = vec!["blue".to_owned(), "red".to_owned()];
    assert_eq!(t.columns()[1], Column::Texts { levels, codes: vec![1, 0] });
    // A table without names for its row numbers, as some programs write it.
    assert_eq!(table(",x\n0,1.5\n1,2.5\n").names(), ["column 1", "x"]);
}

#[test]
fn texts_become_indicators_without_the_first_level() {
    let data = select("size,kind,y\n1,b,0\n2,a,1\n3,c,2\n4,b,3\n", "y");
    assert_eq!(data.design.names(), ["(intercept)", "size", "kind=b", "kind=c"]);
    let mut predictor = [0.0; 4];
    data.design.multiply(&[1000.0, 1.0, 10.0, 100.0], &mut predictor);
    assert_eq!(predictor, [1011.0, 1002.0, 1103.0, 1014.0]);
    assert_eq!(data.target, Target::Numbers(vec![0.0, 1.0, 2.0, 3.0]));
}

#[test]
fn the_target_by_name_or_number_and_columns_left_out() {
    let text = "id,x,class\nr1,1,yes\nr2,2,no\nr3,3,yes\n";
    for target in ["class", "3"] {
        let selection = Selection {
            target: Some(target.into()),
            ignore: vec!["1".into()],
            intercept: false,
            ..Selection::default()
        };
        let data = table(text).select(&selection).unwrap();
        assert_eq!(data.design.names(), ["x"]);
        assert_eq!(data.target_name, "class");
        let levels = vec!["no".to_owned(), "yes".to_owned()];
        assert_eq!(data.target, Target::Classes { levels, codes: vec![1, 0, 1] });
    }
}

#[test]
fn errors_name_line_and_column() {
    let table: &[(&str, &str)] = &[
        ("", "a.csv: is empty"),
        ("\n \n", "a.csv: is empty"),
        ("x,y\n", "a.csv: has a header but no rows"),
        ("x,y\n1,2\n3\n", "a.csv:3: column `y`: the row has 1 cell, but 2 are expected"),
        ("x,y\n1,2,3\n", "a.csv:2: column `column 3`: the row has 3 cells, but 2 are expected"),
        ("x,y\n1,2\n\n3,oops\n", "a.csv:4: column `y`: `oops` is not a number, but"),
        ("x,y\n1,\n", "a.csv:2: column `y`: missing value (the cell is empty)"),
        ("x,y\n1,2\nNA,3\n", "a.csv:3: column `x`: missing value (NA)"),
        ("x,y\n1,2\n?,3\n", "a.csv:3: column `x`: missing value (?)"),
        ("x,y\n1,NaN\n", "a.csv:2: column `y`: missing value (NaN)"),
        ("x,y\n1,-inf\n", "a.csv:2: column `y`: `-inf` is not a finite number"),
        ("x,y\n1,1e999\n", "a.csv:2: column `y`: `1e999` is not a finite number"),
        ("x;y\n1;2,5\n", "a.csv:2: column `y`: `2,5` looks like a number with a decimal comma"),
        (
            "x,y,x\n1,2,3\n",
            "a.csv:1: column `x`: columns 1 and 3 are called so; rename one of them",
        ),
        ("x,y\na,1\n,2\n", "a.csv:3: column `x`: missing value (the cell is empty)"),
    ];
    for &(text, expected) in table {
        let error = error(text);
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
    let bytes = b"x,y\n1,2\n\xff,3\n".as_slice();
    let error = read_csv(bytes, "a.csv").unwrap_err().to_string();
    assert_eq!(error, "a.csv:3: column `x`: is not UTF-8 text");
}

#[test]
fn a_quoted_cell_over_two_lines_keeps_the_line_count() {
    assert!(error("x,y\n\"a\nb\",1\nc,oops\n").starts_with("a.csv:4: column `y`"));
}

#[test]
fn columns_that_are_not_there() {
    let text = "area,kind,price\n1,a,2\n";
    let select = |target: Option<&str>, ignore: &[&str]| {
        let selection = Selection {
            target: target.map(str::to_owned),
            ignore: ignore.iter().map(|&s| s.to_owned()).collect(),
            ..Selection::default()
        };
        table(text).select(&selection).unwrap_err().to_string()
    };
    assert_eq!(
        select(None, &[]),
        "a.csv: which column is the target? There are `area`, `kind`, `price`"
    );
    assert!(select(Some("prise"), &[]).ends_with("did you mean `price`?"));
    assert!(select(Some("zzzzzz"), &[]).ends_with("there are `area`, `kind`, `price`"));
    assert!(select(Some("4"), &[]).contains("no such column"));
    assert!(select(Some("0"), &[]).contains("no such column"));
    assert!(select(Some("price"), &["kin"]).ends_with("did you mean `kind`?"));
    assert!(select(Some("price"), &["price"]).ends_with("is the target and cannot be ignored"));
}

#[test]
fn a_column_of_names_is_not_a_hundred_indicators() {
    let mut text = "name,y\n".to_owned();
    for i in 0..101 {
        text.push_str(&format!("row{i},{i}\n"));
    }
    let selection = Selection { target: Some("y".into()), ..Selection::default() };
    let error = table(&text).select(&selection).unwrap_err().to_string();
    assert!(error.starts_with("a.csv: column `name`: has 101 distinct texts"), "{error}");
}

#[test]
fn any_end_of_line_ends_a_row() {
    let whole = table("x,y\n1,2\n2,4\n3,6\n");
    for same in ["x,y\n1,2\r2,4\n3,6\n", "x,y\r1,2\r2,4\r3,6", "x,y\r\n1,2\r\n\r2,4\r\n3,6\r\n"] {
        assert_eq!(table(same).columns(), whole.columns(), "{same:?}");
    }
}

#[test]
fn quotes_that_do_not_fit_are_told_with_their_line() {
    for (text, expected) in [
        (
            "y,kind\n1,a\n2,\"b\n3,a\n4,b\n",
            "a.csv:3: column `kind`: a quote is opened here and never closed",
        ),
        (
            "y,kind\n1,\"a\nb\"\n2,\"b",
            "a.csv:4: column `kind`: a quote is opened here and never closed",
        ),
        (
            "y,kind\n2,\"b\n3,a\n4,\"c\"\n",
            "a.csv:4: column `kind`: a quote is closed within a cell",
        ),
        ("y,kind\n1,\"a\"b\n", "a.csv:2: column `kind`: a quote is closed within a cell"),
    ] {
        assert!(error(text).starts_with(expected), "{text:?}: {}", error(text));
    }
    let texts = table("kind\n \"a \"\"b\"\"\" \n\"\"\"\"\n5\"\n");
    let levels = vec!["\"".to_owned(), "5\"".to_owned(), "a \"b\"".to_owned()];
    assert_eq!(texts.columns(), [Column::Texts { levels, codes: vec![2, 0, 1] }]);
}

#[test]
fn a_column_that_begins_with_texts_holds_numbers_as_texts() {
    let t = table("kind;y\nA1;1\n17;2\n2,5;3\nA1;4\n");
    let levels = vec!["17".to_owned(), "2,5".to_owned(), "A1".to_owned()];
    assert_eq!(t.columns()[0], Column::Texts { levels, codes: vec![2, 0, 1, 2] });
    assert!(error("x;y\n1,5;2\n").contains("a decimal comma; use a point"));
    assert!(error("x;y\n1;2\n1,5;2\n").contains("a decimal comma; use a point"));
}

#[test]
fn a_row_of_empty_cells_is_missing_values_whatever_the_delimiter() {
    for delimiter in [",", ";", "\t"] {
        let text = ["x,y", "1,2", ",", "3,4"].join("\n").replace(',', delimiter);
        let error = error(&text);
        assert!(error.starts_with("a.csv:3: column `x`: missing value"), "{text:?}: {error}");
    }
}

#[test]
fn headers_are_what_they_are_told_to_be() {
    let read = |text: &str, header| read_csv_with(text.as_bytes(), "a.csv", header).unwrap();
    let t = read("2019,2020\n1,2\n", Header::Names);
    assert_eq!((t.names(), t.rows(), t.note()), (&["2019".to_owned(), "2020".into()][..], 1, None));
    let t = read("a,b\nc,d\n", Header::None);
    assert_eq!((t.names()[0].as_str(), t.rows(), t.note()), ("column 1", 2, None));
    assert!(read("2019,2020\n1,2\n", Header::Automatic).note().is_some());
    assert!(read("1,red\n2,blue\n", Header::Automatic).note().is_none());
}

#[test]
fn wide_headers_and_long_numbers_take_no_time() {
    let began = std::time::Instant::now();
    let names: Vec<_> = (0..100_000).map(|j| format!("name{j}")).collect();
    let row = vec!["1"; names.len()].join(",");
    assert_eq!(table(&format!("{}\n{row}\n{row}\n", names.join(","))).names().len(), 100_000);
    let long = "1".repeat(100_000);
    assert_eq!(table(&format!("x\n0.{long}\n")).rows(), 1);
    assert!(error(&format!("x\n{long}\n")).contains("is not a finite number"));
    assert!(began.elapsed().as_secs_f64() < 5.0, "{:?}", began.elapsed());
}
