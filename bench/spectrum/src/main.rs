//! Extreme eigenpairs of a Laplacian with a random potential, by Ravine: one JSON object a line.
//!
//! usage: spectrum potential WIDTH DISORDER FILE     writes the potential, raw little-endian numbers
//!        spectrum solve WIDTH DISORDER METHOD WHICH PAIRS TOLERANCE

use std::error::Error;
use std::time::Instant;

use ravine::matrix::SparseMatrix;
use ravine::operator::InvertShifted;
use ravine::random::Random;
use ravine::spectrum::{ThickRestartLanczos, Which};

/// Uniform in [0, disorder].
fn potential(width: usize, disorder: f64) -> Vec<f64> {
    let mut random = Random::new(1);
    (0..width * width).map(|_| disorder * random.uniform()).collect()
}

/// Second differences on a square with Dirichlet conditions, and the potential.
fn matrix(width: usize, disorder: f64) -> SparseMatrix {
    let n = width * width;
    let mut entries = Vec::with_capacity(5 * n);
    for (i, v) in potential(width, disorder).into_iter().enumerate() {
        entries.push((i, i, 4.0 + v));
        if i % width > 0 {
            entries.extend([(i, i - 1, -1.0), (i - 1, i, -1.0)]);
        }
        if i >= width {
            entries.extend([(i, i - width, -1.0), (i - width, i, -1.0)]);
        }
    }
    SparseMatrix::from_triplets(n, n, &entries)
}

/// Seconds of the processor that this process has used, where the system tells.
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |k: usize| fields.get(k)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}

fn solve(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [width, disorder, method, which, pairs, tolerance] = arguments else {
        return Err("six arguments".into());
    };
    let (width, disorder): (usize, f64) = (width.parse()?, disorder.parse()?);
    let a = matrix(width, disorder);
    let like = vec![0.0; a.rows()];
    let lanczos = ThickRestartLanczos {
        pairs: pairs.parse()?,
        which: match &**which {
            "BE" => Which::BothEnds,
            "LA" => Which::Largest,
            _ => Which::Smallest,
        },
        tolerance: tolerance.parse()?,
        ..Default::default()
    };
    let (clock, before) = (Instant::now(), processor_seconds());
    let found = if method == "inverse" {
        // The smallest of A are next above zero.
        let lanczos = ThickRestartLanczos { which: Which::Largest, ..lanczos };
        let inverse = a.shifted_inverse(0.0)?;
        lanczos.nearest(&a, &inverse, 0.0, &like)?
    } else {
        lanczos.eigenpairs(&a, &like)?
    };
    let seconds = clock.elapsed().as_secs_f64();
    let processor = before.and_then(|before| Some(processor_seconds()? - before));
    let mut residual = 0.0f64;
    let mut product = like;
    for (v, theta) in found.vectors.iter().zip(&found.values) {
        a.multiply(v, &mut product);
        let square: f64 = product.iter().zip(v).map(|(p, v)| (p - theta * v).powi(2)).sum();
        residual = residual.max(square.sqrt());
    }
    let line = serde_json::json!({
        "library": "ravine", "method": method, "which": which, "width": width,
        "disorder": disorder, "end": found.end, "products": found.products,
        "restarts": found.restarts, "seconds": seconds, "processor_seconds": processor,
        "residual": residual / (8.0 + disorder), "values": found.values,
    });
    println!("{line}");
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("potential") if arguments.len() == 4 => {
            let values = potential(arguments[1].parse()?, arguments[2].parse()?);
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            Ok(std::fs::write(&arguments[3], bytes)?)
        }
        Some("solve") => solve(&arguments[1..]),
        _ => Err("usage: spectrum potential|solve ...".into()),
    }
}
