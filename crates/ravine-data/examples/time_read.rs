//! Reads a file and prints how long it took, as one JSON object.
//!
//! Arguments: `csv` or `libsvm`, the file, the number of threads; without any, a small file of its own. `bench/reading/run.sh` compares its times
//! with those of other readers.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use ravine_data::{Column, LibsvmSettings, TableSettings, read_libsvm_file, read_table_file};
use ravine_linalg::Threads;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A file of 10,000 rows in the folder for temporary ones, and what is done with it.
fn own_file() -> std::io::Result<Vec<String>> {
    let path = std::env::temp_dir().join(format!("ravine-time-read-{}.csv", std::process::id()));
    let rows: String =
        (0..10_000).map(|i| format!("{},{}.5,level {}\n", i, i % 7, i % 3)).collect();
    std::fs::write(&path, format!("a,b,c\n{rows}"))?;
    Ok(vec!["csv".to_owned(), path.display().to_string(), "2".to_owned()])
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments = if arguments.is_empty() { own_file()? } else { arguments };
    let [format, path, threads] = arguments.as_slice() else {
        return Err("give csv or libsvm, a file, and the number of threads".into());
    };
    let threads = Threads::new(threads.parse()?)?;
    let start = Instant::now();
    // A sum over what was read, so that both sides can be seen to have read the same.
    let (rows, sum, seconds) = if format == "csv" {
        let settings = TableSettings { threads, ..TableSettings::default() };
        let table = read_table_file(Path::new(path), &settings)?;
        let seconds = start.elapsed().as_secs_f64();
        let of = |column: &Column| match column {
            Column::Numbers(numbers) => numbers.iter().filter(|x| !x.is_nan()).sum::<f64>(),
            Column::Texts { levels, .. } => levels.len() as f64,
        };
        (table.rows(), table.columns().iter().map(of).sum::<f64>(), seconds)
    } else {
        let settings = LibsvmSettings { threads, ..LibsvmSettings::default() };
        let (matrix, labels) = read_libsvm_file(Path::new(path), &settings)?;
        let seconds = start.elapsed().as_secs_f64();
        (matrix.rows(), matrix.values().iter().chain(&labels).sum::<f64>(), seconds)
    };
    println!("{{\"rows\":{rows},\"sum\":{sum},\"seconds\":{seconds}}}");
    Ok(())
}
