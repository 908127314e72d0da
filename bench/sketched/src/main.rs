//! One run of one of Ravine's methods on a table: `ravine-bench-sketched TABLE METHOD TOLERANCE
//! SECONDS`, TABLE without its ending. `@condition` in place of a method: the extreme eigenvalues
//! of the Hessian at the end of Newton's method. Prints one JSON object.

use std::error::Error;
use std::fs;

use ravine::Stopping;
use ravine::matrix::{Matrix, SymmetricEigen};
use ravine::methods::named;
use ravine::minimize::Outcome;
use ravine::objective::{Hessian, Objective};
use ravine_data::Design;
use ravine_glm::{Regression, RegressionLoss};
use serde_json::{Value, json};

fn numbers(path: &str) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let (numbers, _) = bytes.as_chunks::<8>();
    Ok(numbers.iter().map(|&b| f64::from_le_bytes(b)).collect())
}

fn regression(table: &str) -> Result<Regression, Box<dyn Error>> {
    let about: Value = serde_json::from_str(&fs::read_to_string(format!("{table}.json"))?)?;
    let size = |name: &str| about[name].as_u64().ok_or("a number is missing").map(|n| n as usize);
    let (cases, columns) = (size("cases")?, size("columns")?);
    let mut x = Matrix::zeros(cases, columns);
    x.entries_mut().copy_from_slice(&numbers(&format!("{table}.x"))?);
    let names = (0..columns).map(|j| format!("x{j}")).collect();
    let l2 = about["l2"].as_f64().ok_or("the penalty is missing")?;
    let target = numbers(&format!("{table}.y"))?;
    Ok(Regression::new(Design::dense(x, names), target, RegressionLoss::Logistic, l2)?)
}

fn minimize(
    f: &Regression,
    method: &str,
    tolerance: f64,
    seconds: f64,
) -> Result<Outcome<Vec<f64>>, Box<dyn Error>> {
    let stopping = Stopping {
        gradient_absolute: tolerance,
        gradient_relative: 0.0,
        decrease: None,
        iterations: None,
        seconds: Some(seconds),
        ..Stopping::default()
    };
    let x0 = vec![0.0; f.dimension()];
    let mut run = named(method)?.start(&Value::Null, f, &x0, stopping)?;
    while run.step().is_none() {}
    Ok(run.outcome())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [table, method, tolerance, seconds] = arguments.as_slice() else {
        return Err("TABLE METHOD TOLERANCE SECONDS".into());
    };
    let f = regression(table)?;
    let tolerance: f64 = tolerance.parse()?;
    if method == "@condition" {
        let outcome = minimize(&f, "newton-damped", tolerance, seconds.parse()?)?;
        let n = outcome.x.len();
        let mut hessian = Matrix::zeros(n, n);
        f.hessian(&outcome.x, &mut hessian).map_err(|error| error.to_string())?;
        let eigen = SymmetricEigen::new(&hessian)?;
        println!("{}", json!({"smallest": eigen.values()[0], "largest": eigen.values()[n - 1]}));
        return Ok(());
    }
    let outcome = minimize(&f, method, tolerance, seconds.parse()?)?;
    let object = json!({
        "status": outcome.status.to_string(),
        "converged": outcome.gradient_norm <= tolerance,
        "iterations": outcome.iterations,
        "value": outcome.value,
        "gradient_norm": outcome.gradient_norm,
        "gradients": outcome.evaluations.gradient,
        "products": outcome.evaluations.hessian_product,
        "hessians": outcome.evaluations.hessian,
        "seconds": outcome.seconds,
        "outside": outcome.seconds - outcome.seconds_in_objective,
    });
    println!("{object}");
    Ok(())
}
