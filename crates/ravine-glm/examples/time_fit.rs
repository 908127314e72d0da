//! Times a fit of a table of raw numbers: the columns one after another, then the targets, as
//! little-endian doubles.
//!
//! `time_fit FILE ROWS COLUMNS FAMILY ALPHA L1_RATIO TOLERANCE` prints one JSON object; without
//! arguments, that of a table of its own. `bench/glm/run.sh` compares its times with those of
//! scikit-learn.

use std::time::Instant;

use ravine::matrix::Matrix;
use ravine::random::Random;
use ravine_data::Design;
use ravine_glm::{Family, GeneralizedLinearModel};

/// A table: rows, columns, numbers of the columns one after another, targets.
struct Table {
    rows: usize,
    columns: usize,
    numbers: Vec<f64>,
    y: Vec<f64>,
}

/// Two classes by a linear predictor of 20 columns.
fn made_up() -> Table {
    let (rows, columns) = (2_000, 20);
    let mut random = Random::new(1);
    let numbers: Vec<f64> = (0..rows * columns).map(|_| random.normal()).collect();
    let y = (0..rows).map(|i| {
        let z: f64 = (0..columns).step_by(4).map(|j| numbers[j * rows + i]).sum();
        f64::from(random.uniform() < 1.0 / (1.0 + (-z).exp()))
    });
    let y = y.collect();
    Table { rows, columns, numbers, y }
}

fn read(file: &str, rows: usize, columns: usize) -> std::io::Result<Table> {
    let bytes = std::fs::read(file)?;
    let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap_or_default());
    let mut numbers: Vec<f64> = bytes.chunks_exact(8).map(number).collect();
    let y = numbers.split_off(rows * columns);
    Ok(Table { rows, columns, numbers, y })
}

/// Seconds that this thread has computed for, where the system says so: of a machine that is busy with
/// other things, what a fit costs.
fn computed() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut model =
        GeneralizedLinearModel { family: Family::Binomial, alpha: 1e-3, ..Default::default() };
    let table = match &arguments[..] {
        [] => made_up(),
        [file, rows, columns, family, alpha, l1_ratio, tolerance] => {
            model.family = match family.as_str() {
                "binomial" => Family::Binomial,
                "poisson" => Family::Poisson,
                "gaussian" => Family::Gaussian,
                other => return Err(format!("the family {other}").into()),
            };
            model.alpha = alpha.parse()?;
            model.l1_ratio = l1_ratio.parse()?;
            model.tolerance = tolerance.parse()?;
            read(file, rows.parse()?, columns.parse()?)?
        }
        _ => return Err("FILE ROWS COLUMNS FAMILY ALPHA L1_RATIO TOLERANCE, or nothing".into()),
    };
    let names = (0..table.columns).map(|j| format!("x{j}")).collect();
    let matrix = Matrix::from_entries(table.rows, table.columns, table.numbers);
    let design = Design::dense(matrix, names);
    let (start, before) = (Instant::now(), computed());
    let fitted = model.fit(&design, &table.y)?;
    let seconds = start.elapsed().as_secs_f64();
    let computed = before.zip(computed()).map_or(seconds, |(before, after)| after - before);
    println!(
        "{{\"seconds\": {seconds}, \"computed\": {computed}, \"objective\": {:?}, \"iterations\": {}, \"status\": \"{}\", \
         \"gap\": {:e}, \"solver\": \"{}\"}}",
        fitted.objective,
        fitted.iterations,
        fitted.status.name(),
        fitted.certificate.value(),
        fitted.solver.name()
    );
    Ok(())
}
