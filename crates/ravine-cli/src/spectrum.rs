//! `ravine spectrum`: eigenvalues, trace and density of a problem's Hessian, or of a network's curvature.

use std::io::Write;
use std::path::Path;

use comfy_table::{Cell, CellAlignment};
use ravine::curvature::HessianAt;
use ravine::diagnose::histogram;
use ravine::matrix::{Matrix, SymmetricEigen};
use ravine::objective::{
    Differences, FiniteSum, Hessian, HessianProduct, HessianProducts, Hessians, Objective, Supplies,
};
use ravine::oracle::Oracle;
use ravine::spectrum::{
    Density, Estimate, SpectralDensity, SpectrumEnd, SpectrumError, ThickRestartLanczos,
    TraceEstimator, Which,
};
use ravine::{Conditions, Interrupt, Stopping, Watch};
use ravine_nn::{BlockSpectra, BlockSpectrum, CurvatureMatrix, Flat};
use serde::Serialize;

use crate::args::{OutputArgs, SpectrumArgs};
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{check_writable, print_object, write_svg};
use crate::plot::{Bars, Row, percent, percent_within, svg, terminal};
use crate::problem::{Given, resolve_from};
use crate::run::conditions;
use crate::screen::Screen;
use crate::table::{fitted, head, plain_table};
use crate::trained::{self, TrainedNetwork};
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
    /// Of a network.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    network: Option<NetworkObject>,
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

/// What is known of a network besides.
#[derive(Serialize)]
struct NetworkObject {
    curvature: CurvatureMatrix,
    cases: usize,
    loss: f64,
    /// The largest eigenvalue of the Hessian: above 2/step, gradient descent with that step leaves the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    sharpness: Option<f64>,
    layers: Vec<Layer>,
}

/// A block of the parameters.
#[derive(Serialize)]
struct Layer {
    name: String,
    #[serde(flatten)]
    spectrum: BlockSpectrum,
}

/// Whose spectrum it is.
struct Subject<'a> {
    name: &'a str,
    title: &'a str,
    /// With the point, where a report names it.
    heading: String,
    matrix: CurvatureMatrix,
    objective: &'a dyn Supplies,
    x: &'a [f64],
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
    if let Some(path) = &args.network.model {
        return of_network(path, args, &parts, out);
    }
    let at = args.at.as_deref().map(|at| ("--at", at));
    let start = args.problem_args.start.as_deref().map(|start| ("--start", start));
    let problem = args.problem.as_deref().unwrap_or_default();
    let given = resolve_from(problem, &args.problem_args, at.or(start))?;
    let Given { problem, start, .. } = &given;
    let subject = Subject {
        name: &problem.name,
        title: &problem.title,
        heading: heading(&problem.title, start),
        matrix: CurvatureMatrix::Hessian,
        objective: problem.objective.as_ref(),
        x: start,
    };
    let conditions = conditions(problem, Stopping::default()).differences(Differences::default());
    measure(&subject, conditions, &parts, |_, _| Ok(None), &args.output, out)
}

/// Of a network, at the parameters of a checkpoint.
fn of_network(
    path: &Path,
    args: &SpectrumArgs,
    parts: &Parts,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let data = args.problem.as_deref();
    let TrainedNetwork { loss, x, title, name } =
        trained::resolve(path, data, (&args.network, &args.problem_args), parts.seed)?;
    let matrix = args.curvature;
    let objective = Flat::new(&loss).with_matrix(matrix);
    let x = objective.join(&x);
    let heading = title.clone();
    let subject =
        Subject { name: &name, title: &title, heading, matrix, objective: &objective, x: &x };
    let conditions = Conditions::default().cancel(interrupt::flag());
    let network = |oracle: &Oracle<'_, dyn Supplies + '_>, largest: Option<f64>| {
        let blocks = BlockSpectra { seed: parts.seed, ..BlockSpectra::default() };
        let found = oracle.over::<HessianProducts, _, _>(|f| {
            blocks.measure(&HessianAt { oracle: f, x: &x }, &objective.ranges())
        })?;
        let names = loss.network().parameters().iter().map(|p| p.name.clone());
        let layers = names.zip(found).map(|(name, spectrum)| Layer { name, spectrum }).collect();
        let sharpness = largest.filter(|_| matrix == CurvatureMatrix::Hessian);
        let value = loss.value(&objective.split(&x)).map_err(Interrupt::Function)?;
        let cases = loss.cases();
        Ok(Some(NetworkObject { curvature: matrix, cases, loss: value, sharpness, layers }))
    };
    measure(&subject, conditions, parts, network, &args.output, out)
}

/// Measures what is asked for, and prints it.
fn measure<'a>(
    subject: &Subject<'a>,
    conditions: Conditions<'a>,
    parts: &Parts,
    network: impl FnOnce(
        &Oracle<'_, dyn Supplies + '_>,
        Option<f64>,
    ) -> Result<Option<NetworkObject>, SpectrumError>,
    output: &OutputArgs,
    out: &mut dyn Write,
) -> Result<bool, Failure> {
    let Subject { objective, x, .. } = *subject;
    let oracle = Oracle::new(objective, conditions);
    if x.is_empty() {
        return Err(Failure::input("the problem has no variables, and so no eigenvalues"));
    }
    let value = objective.value(&x.to_vec()).map_err(Failure::input)?;
    if !value.is_finite() {
        return Err(Failure::input(format!("the objective is {value} at the point: not finite")));
    }
    let mut object = Object {
        problem: subject.name,
        network: None,
        dimension: x.len(),
        exact: x.len() <= EXACT,
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
        oracle.over::<Hessians, _, _>(|f| exact(f, x, parts, &mut object))
    } else {
        oracle.over::<HessianProducts, _, _>(|f| by_products(f, x, parts, &mut object))
    };
    let measured = measured.and_then(|()| {
        let largest = object.largest.as_ref().and_then(|values| Some(values.first()?.value));
        object.network = network(&oracle, largest)?;
        Ok(())
    });
    match measured {
        Ok(()) => {}
        Err(SpectrumError::Interrupt(Interrupt::Cancelled)) => object.interrupted = true,
        Err(error) => {
            let matrix = subject.matrix.title();
            return Err(Failure::input(format!("the {matrix} at the point: {error}")));
        }
    }
    object.products = oracle.counts().hessian_product;
    if output.json {
        print_object(&object, out)?;
    } else {
        report(subject, &object, out)?;
    }
    if let Some((path, density)) = output.svg.as_ref().zip(object.density.as_ref()) {
        write_svg(path, &svg::bars(&bars(subject, density)))?;
        if !output.json {
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

fn report(subject: &Subject<'_>, object: &Object<'_>, out: &mut dyn Write) -> Result<(), Failure> {
    let screen = Screen::of_stdout();
    writeln!(out, "{}", screen.bold(&subject.heading))?;
    let matrix = subject.matrix.title();
    let how = match object.exact {
        true => format!("all eigenvalues of the {matrix}"),
        false if subject.matrix == CurvatureMatrix::Hessian => {
            format!("from {} Hessian products", object.products)
        }
        false => format!("from {} products with the {matrix}", object.products),
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
        writeln!(out, "\n{}", terminal::draw_bars(&bars(subject, density), &screen))?;
    }
    if let Some(network) = &object.network {
        if let Some(sharpness) = network.sharpness.filter(|&sharpness| sharpness > 0.0) {
            writeln!(
                out,
                "sharpness {}: gradient descent is stable here with steps below {}\n",
                short(sharpness),
                short(2.0 / sharpness)
            )?;
        }
        writeln!(out, "{}", layers(&network.layers, &screen))?;
    }
    if object.interrupted {
        writeln!(out, "Interrupted: this is what was known by then.")?;
    }
    Ok(())
}

/// A line a block.
fn layers(layers: &[Layer], screen: &Screen) -> String {
    let titles = ["parameter", "entries", "largest eigenvalue", "trace"];
    let mut table = plain_table(screen);
    table.set_header(titles.map(head));
    for Layer { name, spectrum } in layers {
        let BlockSpectrum { dimension, largest, residual, converged, trace, .. } = spectrum;
        let within = if *converged { String::new() } else { format!(" ± {}", size(*residual)) };
        let error = match trace.standard_error {
            error if error > 0.0 => format!(" ± {}", size(error)),
            _ => String::new(),
        };
        let largest = format!("{}{within}", short(*largest));
        let trace = format!("{}{error}", short(trace.value));
        table.add_row([name.clone(), dimension.to_string(), largest, trace].map(Cell::new));
    }
    for k in 1..titles.len() {
        if let Some(column) = table.column_mut(k) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    fitted(table, screen, &["entries"])
}

fn bars(subject: &Subject<'_>, density: &Density) -> Bars {
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
        title: subject.title.to_owned(),
        subtitle: format!("The spectral density of the {}", subject.matrix.title()),
        ranges: "eigenvalues".to_owned(),
        sides: ["share of all eigenvalues".to_owned(), "share up to here".to_owned()],
        rows,
    }
}
