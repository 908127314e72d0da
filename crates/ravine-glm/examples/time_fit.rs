//! Times a fit of a table of raw numbers: the columns one after another, then the targets, as
//! little-endian doubles.
//!
//! `time_fit FILE ROWS COLUMNS FAMILY ALPHA L1_RATIO TOLERANCE [SOLVER]` prints one JSON object.

use std::time::Instant;

use ravine::matrix::Matrix;
use ravine_data::Design;
use ravine_glm::{Family, GeneralizedLinearModel, Solver};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, rows, columns, family, alpha, l1_ratio, tolerance, rest @ ..] = &arguments[..]
    else {
        return Err("FILE ROWS COLUMNS FAMILY ALPHA L1_RATIO TOLERANCE [SOLVER]".into());
    };
    let (rows, columns): (usize, usize) = (rows.parse()?, columns.parse()?);
    let bytes = std::fs::read(file)?;
    let mut numbers: Vec<f64> = bytes
        .chunks_exact(8)
        .map(|b| f64::from_le_bytes(b.try_into().unwrap_or_default()))
        .collect();
    let y = numbers.split_off(rows * columns);
    let names = (0..columns).map(|j| format!("x{j}")).collect();
    let design = Design::dense(Matrix::from_entries(rows, columns, numbers), names);
    let model = GeneralizedLinearModel {
        family: match family.as_str() {
            "binomial" => Family::Binomial,
            "poisson" => Family::Poisson,
            "gaussian" => Family::Gaussian,
            other => return Err(format!("the family {other}").into()),
        },
        alpha: alpha.parse()?,
        l1_ratio: l1_ratio.parse()?,
        tolerance: tolerance.parse()?,
        solver: match rest.first().map(String::as_str) {
            None => Solver::Automatic,
            Some("cholesky") => Solver::Cholesky,
            Some("newton-cg") => Solver::NewtonCg,
            Some("lbfgs") => Solver::Lbfgs,
            Some(other) => return Err(format!("the solver {other}").into()),
        },
        ..Default::default()
    };
    let start = Instant::now();
    let fitted = model.fit(&design, &y)?;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{{\"seconds\": {seconds}, \"objective\": {:?}, \"iterations\": {}, \"status\": \"{}\", \
         \"gap\": {:e}, \"solver\": \"{}\"}}",
        fitted.objective,
        fitted.iterations,
        fitted.status.name(),
        fitted.certificate.value(),
        fitted.solver.name()
    );
    Ok(())
}
