//! Parquet files, written by `tests/data/parquet.py`.

use std::path::{Path, PathBuf};

use ravine_data::{
    Column, ColumnType, Header, MissingCells, Opened, Selection, Table, TableBatches,
    TableSettings, Target, open, read, read_table_file,
};
use ravine_linalg::Threads;

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn table(name: &str) -> Table {
    read_table_file(&path(name), &TableSettings::default()).unwrap()
}

fn error(name: &str, settings: &TableSettings) -> String {
    let error = read_table_file(&path(name), settings).unwrap_err().to_string();
    error.split_once("tests/data/").unwrap().1.to_owned()
}

/// Numbers of a column, `None` where a cell is missing.
fn numbers(table: &Table, name: &str) -> Vec<Option<f64>> {
    let Some(Column::Numbers(numbers)) = table.column(name) else { panic!("{name}") };
    numbers.iter().map(|&x| (!x.is_nan()).then_some(x)).collect()
}

fn texts<'a>(table: &'a Table, name: &str) -> Vec<Option<&'a str>> {
    let Some(Column::Texts { levels, codes }) = table.column(name) else { panic!("{name}") };
    assert!(levels.is_sorted());
    codes.iter().map(|&code| levels.get(code as usize).map(String::as_str)).collect()
}

#[test]
fn columns_of_all_kinds_are_read() {
    let table = table("kinds_snappy.parquet");
    assert_eq!(table.rows(), 5);
    let names = ["x", "single", "half", "count", "large", "price", "flag", "name", "group", "code"];
    assert_eq!(table.names(), names);
    let of = |name| numbers(&table, name);
    assert_eq!(of("x"), [Some(1.5), None, Some(-2.0), None, Some(4.25)]);
    assert_eq!(of("single"), [Some(0.5), Some(1.0), Some(2.0), Some(3.0), None]);
    assert_eq!(of("half"), [Some(0.5), None, Some(2.0), Some(3.0), Some(-1.0)]);
    assert_eq!(of("count"), [Some(1.0), Some(2.0), None, Some(-4.0), Some(5.0)]);
    assert_eq!(of("large")[4], Some(2f64.powi(63)));
    assert_eq!(of("price"), [Some(1.25), Some(-0.05), Some(3.0), Some(4.1), Some(5.0)]);
    assert_eq!(of("flag"), [Some(1.0), Some(0.0), None, Some(1.0), Some(0.0)]);
    assert_eq!(texts(&table, "name"), [Some("b"), Some("a"), None, Some(""), Some("b")]);
    let high = Some("high");
    assert_eq!(texts(&table, "group"), [high, Some("low"), None, high, high]);
    assert_eq!(
        table.note().unwrap(),
        "left out, as they hold neither numbers nor texts: `day` (dates), `at` (moments), `parts` \
         (a list or a structure), `pair` (a list or a structure), `raw` (bytes)"
    );
}

#[test]
fn packing_pages_and_threads_change_nothing() {
    let shown = |table: Table| format!("{:?} {:?}", table.names(), table.columns());
    let first = shown(table("kinds_snappy.parquet"));
    for name in ["zstd", "gzip", "lz4", "none", "plain"] {
        assert_eq!(shown(table(&format!("kinds_{name}.parquet"))), first, "{name}");
    }
    for threads in [2, 3, 64] {
        let threads = Threads::new(threads).unwrap();
        let settings = TableSettings { threads, ..TableSettings::default() };
        let table = read_table_file(&path("kinds_zstd.parquet"), &settings).unwrap();
        assert_eq!(shown(table), first, "{threads:?}");
    }
}

/// All batches of a file, one below the other.
fn stacked(name: &str, settings: &TableSettings) -> (Vec<Column>, usize) {
    let batches = TableBatches::open(&path(name), settings).unwrap();
    let (mut all, mut count): (Vec<Column>, _) = (Vec::new(), 0);
    let add = |table: &Table| {
        count += 1;
        if all.is_empty() {
            all = table.columns().to_vec();
            return Ok(());
        }
        for (all, more) in all.iter_mut().zip(table.columns()) {
            match (all, more) {
                (Column::Numbers(all), Column::Numbers(more)) => all.extend(more),
                (
                    Column::Texts { levels, codes },
                    Column::Texts { levels: others, codes: more },
                ) => {
                    assert_eq!(levels, others);
                    codes.extend(more);
                }
                _ => panic!("a column has changed its kind"),
            }
        }
        Ok(())
    };
    batches.each(add).unwrap();
    assert_eq!((batches.rows(), batches.note().is_some()), (5, true));
    (all, count)
}

#[test]
fn batches_are_the_table() {
    let mut said = TableSettings::default();
    let types = [("code", ColumnType::Number), ("count", ColumnType::Text)];
    let more = [("flag", ColumnType::Text), ("x", ColumnType::Number), ("name", ColumnType::Text)];
    said.types.extend(types.into_iter().chain(more).map(|(name, t)| (name.to_owned(), t)));
    for settings in [TableSettings::default(), said] {
        for (name, groups) in [("kinds_snappy.parquet", 3), ("kinds_plain.parquet", 1)] {
            let whole = read_table_file(&path(name), &settings).unwrap();
            let (columns, count) = stacked(name, &settings);
            assert_eq!(format!("{columns:?}"), format!("{:?}", whole.columns()), "{name}");
            assert_eq!(count, groups);
        }
    }
}

#[test]
fn types_are_overridden() {
    let mut settings = TableSettings::default();
    let types = [("code", ColumnType::Number), ("count", ColumnType::Text)];
    let more = [("flag", ColumnType::Text), ("x", ColumnType::Number), ("name", ColumnType::Text)];
    settings.types.extend(types.into_iter().chain(more).map(|(name, t)| (name.to_owned(), t)));
    let table = read_table_file(&path("kinds_none.parquet"), &settings).unwrap();
    assert_eq!(numbers(&table, "code"), [Some(7.0), Some(10.0), Some(7.0), None, Some(1.0)]);
    assert_eq!(texts(&table, "count"), [Some("1"), Some("2"), None, Some("-4"), Some("5")]);
    let no = Some("false");
    assert_eq!(texts(&table, "flag"), [Some("true"), no, None, Some("true"), no]);
}

#[test]
fn every_reader_takes_them() {
    let opened = open(&path("kinds_gzip.parquet"), &TableSettings::default()).unwrap();
    assert!(matches!(opened, Opened::Table(table) if table.rows() == 5));
    let ignore = ["x", "single", "half", "count", "name", "group", "code", "flag"];
    let selection = Selection {
        target: Some("price".into()),
        ignore: ignore.map(str::to_owned).into(),
        ..Selection::default()
    };
    // As in CSV files, there are no missing cells here, not even in columns to ignore.
    let error = read(&path("kinds_lz4.parquet"), &selection).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "column `x`: row 2 has no value; fill it in, or remove the row or the column"
        )
    );
    let selection = Selection { target: Some("day".into()), ..Selection::default() };
    assert!(read(&path("kinds_lz4.parquet"), &selection).is_err());
}

#[test]
fn a_table_without_missing_cells_is_a_data_set() {
    // Columns that were written by the library itself.
    use parquet::data_type::DoubleType;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    let schema = "message schema { required double x; required double y; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let place = std::env::temp_dir().join(format!("ravine-{}.parquet", std::process::id()));
    let file = std::fs::File::create(&place).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    for group in 0..3 {
        let mut rows = writer.next_row_group().unwrap();
        for factor in [1.0, 2.0] {
            let values: Vec<f64> =
                (0..10_000).map(|i| factor * f64::from(10_000 * group + i)).collect();
            let mut column = rows.next_column().unwrap().unwrap();
            column.typed::<DoubleType>().write_batch(&values, None, None).unwrap();
            column.close().unwrap();
        }
        rows.close().unwrap();
    }
    writer.close().unwrap();
    let selection = Selection { target: Some("y".into()), ..Selection::default() };
    let data = read(&place, &selection).unwrap();
    let Target::Numbers(y) = data.target else { panic!() };
    let mut x = vec![0.0; 30_000];
    data.design.multiply(&[1.0, 2.0], &mut x);
    assert!(x.iter().zip(&y).all(|(x, y)| *x == y + 1.0));
    // A file that was cut off ends before its description.
    let bytes = std::fs::read(&place).unwrap();
    for length in [5, 12, 1000, bytes.len() - 1] {
        std::fs::write(&place, &bytes[..length]).unwrap();
        let error = read(&place, &selection).unwrap_err().to_string();
        assert!(error.contains("is not a sound Parquet file"), "{error}");
    }
    std::fs::remove_file(&place).unwrap();
}

#[test]
fn what_is_wrong_is_named() {
    let usual = TableSettings::default;
    assert_eq!(error("no_rows.parquet", &usual()), "no_rows.parquet: has columns but no rows");
    assert_eq!(
        error("other_kinds.parquet", &usual()),
        "other_kinds.parquet: has no column of numbers or texts: `day` (dates), `raw` (bytes)"
    );
    let refusing = TableSettings { allow: MissingCells::Refuse, ..usual() };
    assert_eq!(
        error("kinds_none.parquet", &refusing),
        "kinds_none.parquet: column `x`: row 2 has no value; fill it in, or remove the row or the column"
    );
    let header = TableSettings { header: Header::Names, ..usual() };
    assert!(
        error("kinds_none.parquet", &header).contains("has no header; leave the choice of it out")
    );
    let said =
        |name: &str, kind| TableSettings { types: [(name.to_owned(), kind)].into(), ..usual() };
    assert_eq!(
        error("kinds_none.parquet", &said("name", ColumnType::Number)),
        "kinds_none.parquet: column `name`: row 1 is `b`, not a number, but the column is said to hold numbers"
    );
    assert_eq!(
        error("kinds_none.parquet", &said("nmae", ColumnType::Text)),
        "kinds_none.parquet: column `nmae`: is said to be of a type, but there is no such column"
    );
}

/// What a damaged file gives: an error that names it and does not speak of the library.
fn told(place: &Path, settings: &TableSettings) -> Option<String> {
    let batches = TableBatches::open(place, settings);
    let of_batches = batches.and_then(|batches| batches.each(|_| Ok(()))).err();
    let error = read_table_file(place, settings).err().map(|error| error.to_string());
    let is_refused = |error: &Option<String>| error.is_some();
    assert_eq!(is_refused(&error), of_batches.is_some(), "{error:?} {of_batches:?}");
    let error = error?;
    let of_batches = of_batches.map_or(String::new(), |error| error.to_string());
    assert!(of_batches.starts_with(&place.display().to_string()), "{of_batches}");
    assert!(error.starts_with(&place.display().to_string()), "{error}");
    for word in ["panicked", "unwrap", ".rs:", "RUST_BACKTRACE", "index out of"] {
        assert!(!error.contains(word), "{error}");
    }
    Some(error)
}

/// Runs itself again for each damage, in a process of its own: what that prints is all that there is.
#[test]
fn damaged_files_are_errors_or_other_values_and_nothing_is_printed() {
    let name = "parquet::damaged_files_are_errors_or_other_values_and_nothing_is_printed";
    if std::env::var_os("RAVINE_DAMAGED").is_none() {
        let own = std::env::current_exe().unwrap();
        let mut again = std::process::Command::new(own);
        let ran = again.args([name, "--exact", "--nocapture"]).env("RAVINE_DAMAGED", "1").output();
        let ran = ran.unwrap();
        let printed = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && printed.is_empty(), "{printed}");
        return;
    }
    let place = std::env::temp_dir().join(format!("ravine-damaged-{}.parquet", std::process::id()));
    let mut refused = 0;
    for (kind, threads) in [("snappy", 1), ("plain", 3), ("zstd", 1), ("gzip", 3), ("lz4", 1)] {
        let bytes = std::fs::read(path(&format!("kinds_{kind}.parquet"))).unwrap();
        let threads = Threads::new(threads).unwrap();
        let settings = TableSettings { threads, ..TableSettings::default() };
        let mut tell = |damaged: &[u8]| {
            std::fs::write(&place, damaged).unwrap();
            let told = told(&place, &settings);
            refused += usize::from(told.is_some());
            told
        };
        for at in (4..bytes.len()).step_by(13) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            tell(&damaged);
        }
        // Garbage in the middle.
        for at in (8..bytes.len() - 40).step_by(97) {
            let mut damaged = bytes.clone();
            damaged[at..at + 32].iter_mut().enumerate().for_each(|(i, b)| *b = (i * 89 + at) as u8);
            tell(&damaged);
        }
        for length in [6, 100, bytes.len() / 2, bytes.len() - 8, bytes.len() - 1] {
            let told = tell(&bytes[..length]).unwrap();
            assert!(told.contains("is not a sound Parquet file"), "{told}");
        }
        let mut begins_otherwise = bytes.clone();
        begins_otherwise[..4].copy_from_slice(b"RAP1");
        let told = tell(&begins_otherwise).unwrap();
        assert!(told.ends_with("does not begin with `PAR1` and a page"), "{told}");
    }
    std::fs::remove_file(&place).unwrap();
    assert!(refused > 100, "{refused}");
}
