//! `ravine spectrum`: eigenvalues, trace and density of a problem's Hessian.

use std::io::Write;

use ravine::curvature::HessianAt;
use ravine::diagnose::histogram;
use ravine::matrix::{Matrix, SymmetricEigen};
use ravine::objective::{Differences, Hessian, HessianProduct, HessianProducts, Hessians};
use ravine::oracle::Oracle;
use ravine::spectrum::{
    Density, Estimate, SpectralDensity, SpectrumEnd, SpectrumError, ThickRestartLanczos,
    TraceEstimator, Which,
};
use ravine::{Interrupt, Stopping, Watch};
use serde::Serialize;

use crate::args::SpectrumArgs;
use crate::failure::Failure;
use crate::output::{check_writable, print_object, write_svg};
use crate::plot::{Bars, Row, percent, percent_within, svg, terminal};
use crate::problem::{Given, resolve_from};
use crate::run::conditions;
use crate::screen::Screen;
use ravine_text::{heading, short, size};

/// Up to so many variables all eigenvalues are found.
const EXACT: usize = 500;
/// Eigenvalues at either end where none are asked for.
const ENDS: usize = 5;
/// Most products of each part where the caller does not say.
const PRODUCTS: usize = 1000;
const PROBES: usize = 10;
/// Ranges of eigenvalues in the picture.
const RANGES: usize = 16;

/// An eigenvalue with how far it may be from one.
#[derive(Clone, Copy, Serialize)]
struct Eigenvalue {
    value: f64,
    residual: f64,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Object<'a> {
    problem: &'a str,
    dimension: usize,
    /// Whether all eigenvalues are known.
    exact: bool,
    /// Hessian products made.
    products: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    largest: Option<Vec<Eigenvalue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    smallest: Option<Vec<Eigenvalue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<Estimate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frobenius_norm: Option<Estimate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_rank: Option<Estimate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    density: Option<Density>,
    /// Why eigenvalues are not as well known as they might be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    interrupted: bool,
}

/// What is asked for.
struct Parts {
    largest: usize,
    smallest: usize,
    trace: bool,
    density: bool,
    products: usize,
    probes: usize,
    seed: u64,
}

impl Parts {
    fn of(args: &SpectrumArgs) -> Result<Self, Failure> {
        let SpectrumArgs { largest, smallest, trace, density, products, probes, seed, .. } = *args;
        for (option, value) in [("--largest", largest), ("--smallest", smallest)] {
            if value == Some(0) {
                return Err(Failure::input(format!("{option} is 0, but must be at least 1")));
            }
        }
        let probes = probes.unwrap_or(PROBES);
        if probes < 2 {
            return Err(Failure::input(format!("--probes is {probes}, but must be at least 2")));
        }
        let products = products.unwrap_or(PRODUCTS);
        if products < 2 * probes {
            return Err(Failure::input(format!(
                "--products is {products}, but must be at least {}, two a probe",
                2 * probes
            )));
        }
        let none = largest.is_none() && smallest.is_none() && !trace && !density;
        let ends = if none { ENDS } else { 0 };
        Ok(Self {
            largest: largest.unwrap_or(ends),
            smallest: smallest.unwrap_or(ends),
            trace,
            density: density || none || args.output.svg.is_some(),
            products,
            probes,
            seed: seed.unwrap_or(1),
        })
    }
}

/// The command.
pub fn command(args: &SpectrumArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    check_writable(args.output.svg.as_deref())?;
    let parts = Parts::of(args)?;
    let at = args.at.as_deref().map(|at| ("--at", at));
    let start = args.problem_args.start.as_deref().map(|start| ("--start", start));
    let given = resolve_from(&args.problem, &args.problem_args, at.or(start))?;
    let Given { problem, start, .. } = &given;
    let objective = problem.objective.as_ref();
    let conditions = conditions(problem, Stopping::default()).differences(Differences::default());
    let oracle = Oracle::new(objective, conditions);
    if start.is_empty() {
        return Err(Failure::input("the problem has no variables, and so no eigenvalues"));
    }
    let value = objective.value(start).map_err(Failure::input)?;
    if !value.is_finite() {
        return Err(Failure::input(format!("the objective is {value} at the point: not finite")));
    }
    let mut object = Object {
        problem: &problem.name,
        dimension: start.len(),
        exact: start.len() <= EXACT,
        products: 0,
        largest: None,
        smallest: None,
        trace: None,
        frobenius_norm: None,
        effective_rank: None,
        density: None,
        notes: Vec::new(),
        interrupted: false,
    };
    let measured = if object.exact {
        oracle.over::<Hessians, _, _>(|f| exact(f, start, &parts, &mut object))
    } else {
        oracle.over::<HessianProducts, _, _>(|f| by_products(f, start, &parts, &mut object))
    };
    match measured {
        Ok(()) => {}
        Err(SpectrumError::Interrupt(Interrupt::Cancelled)) => object.interrupted = true,
        Err(error) => return Err(Failure::input(format!("the Hessian at the point: {error}"))),
    }
    object.products = oracle.counts().hessian_product;
    if args.output.json {
        print_object(&object, out)?;
    } else {
        report(&given, &object, out)?;
    }
    if let Some((path, density)) = args.output.svg.as_ref().zip(object.density.as_ref()) {
        write_svg(path, &svg::bars(&bars(&given, density)))?;
        if !args.output.json {
            writeln!(out, "The picture is in {}.", path.display())?;
        }
    }
    Ok(!object.interrupted)
}

type Measured = Result<(), SpectrumError>;

/// Everything from all eigenvalues.
fn exact(
    oracle: &Oracle<'_, dyn Hessian + '_>,
    x: &[f64],
    parts: &Parts,
    object: &mut Object<'_>,
) -> Measured {
    let n = x.len();
    let mut hessian = Matrix::zeros(n, n);
    oracle.hessian(x, &mut hessian)?;
    let ask = || oracle.check();
    let eigen = SymmetricEigen::watched(&hessian, Watch::new(&ask))??;
    let values = eigen.values();
    let residual = n as f64 * f64::EPSILON * eigen.norm();
    let known = |value: &f64| Eigenvalue { value: *value, residual };
    let (largest, smallest) = (parts.largest.min(n), parts.smallest.min(n));
    object.largest = (largest > 0).then(|| values.iter().rev().take(largest).map(known).collect());
    object.smallest = (smallest > 0).then(|| values.iter().take(smallest).map(known).collect());
    let density = Density::exact(values);
    if parts.trace {
        let trace = density.trace_of(|v| v);
        let square = density.trace_of(|v| v * v).value;
        let exactly = |value| Estimate { value, ..trace };
        object.trace = Some(trace);
        object.frobenius_norm = Some(exactly(square.sqrt()));
        let rank = if square > 0.0 { trace.value * trace.value / square } else { 0.0 };
        object.effective_rank = Some(exactly(rank));
    }
    object.density = parts.density.then_some(density);
    Ok(())
}

/// Each part from Hessian products.
fn by_products(
    oracle: &Oracle<'_, dyn HessianProduct<Point = Vec<f64>> + '_>,
    x: &[f64],
    parts: &Parts,
    object: &mut Object<'_>,
) -> Measured {
    let x = x.to_vec();
    let hessian = HessianAt { oracle, x: &x };
    let mut notes = Vec::new();
    let mut ends = |which, pairs| {
        let products = Some(parts.products);
        let (seed, tolerance) = (parts.seed, 1e-8);
        let lanczos =
            ThickRestartLanczos { pairs, which, products, seed, tolerance, ..Default::default() };
        let found = lanczos.eigenvalues(&hessian, &x)?;
        match (which, found.end) {
            (_, SpectrumEnd::Converged) => {}
            (Which::Largest, end) => notes.push(format!("the largest eigenvalues: {end}")),
            (_, end) => notes.push(format!("the smallest eigenvalues: {end}")),
        }
        let pairs = found.values.into_iter().zip(found.residuals);
        Ok::<_, SpectrumError>(
            pairs.map(|(value, residual)| Eigenvalue { value, residual }).collect::<Vec<_>>(),
        )
    };
    if parts.largest > 0 {
        let mut largest = ends(Which::Largest, parts.largest)?;
        largest.reverse();
        object.largest = Some(largest);
    }
    if parts.smallest > 0 {
        object.smallest = Some(ends(Which::Smallest, parts.smallest)?);
    }
    object.notes = notes;
    if parts.trace {
        // The basis of the sketch is kept: no more vectors than these.
        let products = parts.products.min(200);
        let estimator = TraceEstimator { products, seed: parts.seed, ..Default::default() };
        object.trace = Some(estimator.trace(&hessian, &x)?);
        object.frobenius_norm = Some(estimator.frobenius_norm(&hessian, &x)?);
        object.effective_rank = Some(estimator.effective_rank(&hessian, &x)?);
    }
    if parts.density {
        let steps = (parts.products / parts.probes).clamp(2, 200);
        let density =
            SpectralDensity { probes: parts.probes, steps, seed: parts.seed, ..Default::default() };
        object.density = Some(density.estimate(&hessian, &x)?);
    }
    Ok(())
}

fn report(given: &Given, object: &Object<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let screen = Screen::of_stdout();
    writeln!(out, "{}", screen.bold(&heading(&given.problem.title, &given.start)))?;
    let how = match object.exact {
        true => "all eigenvalues of the Hessian".to_owned(),
        false => format!("from {} Hessian products", object.products),
    };
    writeln!(out, "{how}")?;
    for (title, values) in [("largest", &object.largest), ("smallest", &object.smallest)] {
        let Some(values) = values else { continue };
        writeln!(out, "\n{}", screen.bold(&format!("{title:>9}")))?;
        for Eigenvalue { value, residual } in values {
            writeln!(
                out,
                "{:>20}  {}",
                short(*value),
                screen.dim(&format!("± {}", size(*residual)))
            )?;
        }
    }
    for note in &object.notes {
        writeln!(out, "\n{note}")?;
    }
    let estimates = [
        ("trace", object.trace),
        ("Frobenius norm", object.frobenius_norm),
        ("effective rank", object.effective_rank),
    ];
    if object.trace.is_some() {
        writeln!(out)?;
    }
    for (title, estimate) in estimates {
        let Some(Estimate { value, standard_error, .. }) = estimate else { continue };
        let error = screen.dim(&format!("± {}", size(standard_error)));
        writeln!(out, "{} {}  {error}", screen.dim(&format!("{title:>14}")), short(value))?;
    }
    if let Some(density) = &object.density {
        writeln!(out, "\n{}", terminal::draw_bars(&bars(given, density), &screen))?;
    }
    if object.interrupted {
        writeln!(out, "Interrupted: this is what was known by then.")?;
    }
    Ok(())
}

fn bars(given: &Given, density: &Density) -> Bars {
    let bins = histogram(density, None, RANGES);
    let mut below = 1.0;
    let mut rows = Vec::new();
    for bin in bins {
        let label = format!("{} to {}", size(bin.low), size(bin.high));
        let numbers = [percent_within(bin.eigenvalues, bin.standard_error), percent(below)];
        rows.push(Row { label, shares: [bin.eigenvalues, below], numbers });
        below = (below - bin.eigenvalues).max(0.0);
    }
    Bars {
        title: given.problem.title.clone(),
        subtitle: "The spectral density of the Hessian".to_owned(),
        ranges: "eigenvalues".to_owned(),
        sides: ["share of all eigenvalues".to_owned(), "share up to here".to_owned()],
        rows,
    }
}
