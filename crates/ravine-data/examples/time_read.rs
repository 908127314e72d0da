//! Reads a file and prints how long it took, as one JSON object.
//!
//! Arguments: `csv` or `libsvm`, the file, the number of threads. `bench/reading/run.sh` compares its times
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

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
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
