//! Tables with missing cells: what is kept, types, compressed files, columns in memory.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ravine_data::{
    Column, ColumnType, MissingCells, Table, TableSettings, read_table, read_table_file,
};

fn table(text: &str) -> Table {
    read_table(text.as_bytes(), "a.csv", &TableSettings::default()).unwrap()
}

fn texts(levels: &[&str], codes: &[u32]) -> Column {
    Column::Texts { levels: levels.iter().map(|&l| l.to_owned()).collect(), codes: codes.to_vec() }
}

/// The cells of a column of numbers, missing ones as text.
fn cells(column: &Column) -> Vec<String> {
    let Column::Numbers(numbers) = column else { panic!("{column:?}") };
    numbers.iter().map(f64::to_string).collect()
}

const NONE: u32 = Column::MISSING;

#[test]
fn missing_cells_are_kept() {
    let t = table("x,g,e\nNA,,?\n1,a,\n?,null,nan\n2.5,b,NA\n");
    assert_eq!(cells(&t.columns()[0]), ["NaN", "1", "NaN", "2.5"]);
    assert_eq!(t.columns()[1], texts(&["a", "b"], &[NONE, 0, NONE, 1]));
    assert_eq!(cells(&t.columns()[2]), ["NaN"; 4]);
    assert_eq!(t.column("g"), Some(&t.columns()[1]));
    assert_eq!(t.column("h"), None);
    // What is missing is a setting; whatever the case of letters.
    let missing = vec!["-".to_owned(), "none".to_owned()];
    let settings = TableSettings { missing, ..TableSettings::default() };
    let t = read_table("x,g\n-,NA\n1,None\n2,\n".as_bytes(), "a.csv", &settings).unwrap();
    assert_eq!(cells(&t.columns()[0]), ["NaN", "1", "2"]);
    assert_eq!(t.columns()[1], texts(&["", "NA"], &[1, NONE, 0]));
}

#[test]
fn a_text_after_numbers_makes_texts_of_them_as_they_were_written() {
    let t = table("zip,x\n01234,1\n,2\n1.50,3\nA1,4\n01234,5\n");
    assert_eq!(t.columns()[0], texts(&["01234", "1.50", "A1"], &[0, NONE, 1, 2, 0]));
    assert_eq!(cells(&t.columns()[1]), ["1", "2", "3", "4", "5"]);
    // Far behind the first block.
    let mut text = "n,code\n".to_owned();
    (0..400_000).for_each(|i| text.push_str(&format!("{i},0{i}\n")));
    text.push_str("7,last\n");
    let t = table(&text);
    let Column::Texts { levels, codes } = t.column("code").unwrap() else { panic!() };
    assert_eq!((levels.len(), levels[codes[17] as usize].as_str()), (400_001, "017"));
    assert_eq!(levels[codes[400_000] as usize], "last");
}

#[test]
fn types_are_what_was_said() {
    let with = |text: &str, name: &str, given: ColumnType| {
        let mut settings = TableSettings::default();
        settings.types.insert(name.into(), given);
        read_table(text.as_bytes(), "a.csv", &settings).map_err(|error| error.to_string())
    };
    let t = with("k,x\n10,1\n9,2\nNA,3\n", "k", ColumnType::Text).unwrap();
    assert_eq!(t.columns()[0], texts(&["10", "9"], &[0, 1, NONE]));
    let t = with("k\n1,5\n", "k", ColumnType::Text);
    assert!(t.unwrap_err().starts_with("a.csv:2: column `column 2`: the row has 2 cells"));
    let message = with("x\n1\nNA\ntwo\n", "x", ColumnType::Number).unwrap_err();
    let said = "a.csv:4: column `x`: `two` is not a number, but the column is said to hold numbers";
    assert_eq!(message, said);
    let message = with("x\n1\n", "y", ColumnType::Number).unwrap_err();
    assert_eq!(message, "a.csv: column `y`: is said to be of a type, but there is no such column");
}

#[test]
fn what_is_wrong_is_named_with_line_and_column() {
    for (text, said) in [
        ("x,y\n1,2\n3,-inf\n", "a.csv:3: column `y`: `-inf` is not a finite number"),
        ("x;y\n1;2,5\n", "a.csv:2: column `y`: `2,5` looks like a number with a decimal comma"),
        ("x,y\n1,2\n3\n", "a.csv:3: column `y`: the row has 1 cell, but 2 are expected"),
        ("x,y\n1,\"2\n", "a.csv:2: column `y`: a quote is opened here and never closed"),
        ("x\n", "a.csv: has a header but no rows"),
        ("", "a.csv: is empty"),
    ] {
        let error = read_table(text.as_bytes(), "a.csv", &TableSettings::default()).unwrap_err();
        assert!(error.to_string().starts_with(said), "{text:?}: {error}");
    }
    let settings = TableSettings { allow: MissingCells::Refuse, ..TableSettings::default() };
    let error = read_table("x\n1\n?\n".as_bytes(), "a.csv", &settings).unwrap_err().to_string();
    assert!(error.starts_with("a.csv:3: column `x`: missing value (?)"), "{error}");
}

#[test]
fn files_may_be_compressed_and_must_be_whole() {
    let folder = std::env::temp_dir().join(format!("ravine-tables-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut text = "x,g\n".to_owned();
    (0..10_000).for_each(|i| text.push_str(&format!("{},v{}\n", f64::from(i) * 0.37, i % 7)));
    text.push_str("n,v1\n");
    let plain = folder.join("a.csv");
    std::fs::write(&plain, &text).unwrap();
    // In two members, as programs that append write it.
    let mut packed = Vec::new();
    for half in [&text[..5000], &text[5000..]] {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(half.as_bytes()).unwrap();
        packed.extend(encoder.finish().unwrap());
    }
    let path = folder.join("a.csv.gz");
    std::fs::write(&path, &packed).unwrap();
    let settings = TableSettings::default();
    let expected = read_table_file(&plain, &settings).unwrap();
    let found = read_table_file(&path, &settings).unwrap();
    assert_eq!(found.columns(), expected.columns());
    assert!(matches!(found.column("x"), Some(Column::Texts { .. })), "n is no number");

    std::fs::write(&path, &packed[..packed.len() - 20]).unwrap();
    let message = read_table_file(&path, &settings).unwrap_err().to_string();
    assert!(
        message.ends_with("the compressed data ends too early: the file was cut off"),
        "{message}"
    );
    std::fs::write(&path, &text).unwrap();
    let message = read_table_file(&path, &settings).unwrap_err().to_string();
    assert!(message.contains("is not a sound gzip file"), "{message}");
    let message = read_table_file(&folder.join("b.csv"), &settings).unwrap_err().to_string();
    assert!(message.contains("b.csv: "), "{message}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn columns_in_memory_are_checked() {
    let numbers = |n: usize| Column::Numbers(vec![1.0; n]);
    let make = |names: &[&str], columns: Vec<Column>| {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        Table::from_columns(names, columns).map_err(|error| error.to_string())
    };
    assert_eq!(make(&["x"], vec![numbers(2)]).unwrap().rows(), 2);
    assert_eq!(make(&["g"], vec![texts(&["b", "a"], &[1, NONE])]).unwrap().rows(), 2);
    for (names, columns, said) in [
        (&[][..], vec![], "the table: has no columns"),
        (&["x"], vec![numbers(0)], "the table: has no rows"),
        (&["x"], vec![numbers(1), numbers(1)], "the table: has 2 columns, but 1 names"),
        (
            &["x", "x"],
            vec![numbers(1), numbers(1)],
            "the table: column `x`: columns 1 and 2 are called so",
        ),
        (
            &["x", "y"],
            vec![numbers(2), numbers(1)],
            "the table: column `y`: has 1 rows, but the first column",
        ),
        (
            &["x"],
            vec![Column::Numbers(vec![1.0, f64::INFINITY])],
            "the table: column `x`: row 2 is inf, not a finite number",
        ),
        (
            &["g"],
            vec![texts(&["a", "a"], &[0])],
            "the table: column `g`: levels 1 and 2 are both `a`",
        ),
        (
            &["g"],
            vec![texts(&["a"], &[0, 1])],
            "the table: column `g`: row 2 has the code 1, but there are 1",
        ),
    ] {
        let message = make(names, columns).unwrap_err();
        assert!(message.starts_with(said), "{message}");
    }
}
