//! `ravine fit-curve`: a curve through data, with the errors of its parameters.

use std::io::Write;

use comfy_table::{Cell, CellAlignment};
use ravine::autodiff::AutodiffResiduals;
use ravine::fit::{Fit, Scale, usual_start};
use ravine::matrix::Matrix;
use ravine::methods::{Family, automatic};
use ravine::objective::{Counts, Residuals};
use ravine::{Bounds, Conditions};
use ravine_data::{Column, Header, Table, read_csv_with};
use ravine_problems::{Curve, Expression};
use ravine_race::{MethodChoice, Ran};
use ravine_text::{count, did_you_mean, seconds, short};
use serde::Serialize;

use crate::args::{FitCurveArgs, HeaderLine};
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{check_writable, print_object, write_svg};
use crate::plot::{Axis, FitPicture, Scale as Spread, range_of, svg};
use crate::point::{parse_named, parse_named_bounds};
use crate::progress::Ticker;
use crate::run::follow;
use crate::screen::Screen;
use crate::table::{estimate, fitted, head, plain_table};

/// The level of intervals and bands.
const LEVEL: f64 = 0.95;
/// Places along the drawn curve.
const PLACES: usize = 400;
/// Parameters of which the report shows the correlations.
const MOST_CORRELATED: usize = 8;

/// The command.
pub fn command(args: &FitCurveArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    check_writable(args.output.svg.as_deref())?;
    let (curve, notes) = read(args)?;
    let (start, bounds) = start_and_bounds(args, curve.parameters())?;
    let objective = AutodiffResiduals::new(curve);
    let conditions =
        Conditions { stopping: args.stopping.stopping(), bounds, ..Conditions::default() }
            .cancel(interrupt::flag());
    let mut method = MethodChoice::parse(&args.method)?;
    if method.entry.family == Family::Automatic {
        method = MethodChoice::of(automatic(&objective, &start, conditions.bounds.as_ref())?.entry);
    }
    let run = method.entry.start(&method.settings, &objective, &start, conditions)?;
    let mut ticker = Ticker::new();
    let ran = follow(run, &method, &mut ticker, |_| (), |_| Ok::<(), Failure>(()))?;
    let x = &ran.outcome.x;
    let curve = objective.function();
    let (mut residuals, mut jacobian) =
        (vec![0.0; curve.target().len()], Matrix::zeros(curve.target().len(), x.len()));
    objective.residuals_and_jacobian(x, &mut residuals, &mut jacobian).map_err(Failure::input)?;
    let scale = if args.absolute_sigma { Scale::Known } else { Scale::Estimated };
    let fit = Fit::new(x, &residuals, &jacobian, scale)
        .map_err(|error| Failure::input(format!("at the end of the run, {error}")))?;
    if args.output.json {
        print_object(&object(args, curve, &ran, &fit)?, out)?;
    } else {
        report(args, curve, &ran, &fit, &notes, out)?;
    }
    if let Some(path) = &args.output.svg {
        write_svg(path, &svg::fit(&picture(args, curve, &ran, &fit)?))?;
        if !args.output.json {
            writeln!(out, "\nThe picture is in {}.", path.display())?;
        }
    }
    out.flush()?;
    Ok(ran.outcome.status.converged())
}

/// The curve on the columns of the file, and what to know of how the file was taken.
fn read(args: &FitCurveArgs) -> Result<(Curve, Vec<String>), Failure> {
    let expression = Expression::parse(&args.formula).map_err(Failure::input)?;
    let name = args.data.display().to_string();
    let file =
        std::fs::File::open(&args.data).map_err(|error| Failure::file(&args.data, &error))?;
    let header = args.header.map_or(Header::Automatic, HeaderLine::header);
    let table = read_csv_with(file, &name, header)?;
    let target = numbers(&table, "--target", &args.target)?;
    let sigma = args.sigma.as_deref().map(|sigma| numbers(&table, "--sigma", sigma)).transpose()?;
    if expression.variables().contains(&args.target) {
        return Err(Failure::input(format!(
            "formula: names `{0}`, the column to be fitted; write what it should equal: `--target {0}` \
             is the left side",
            args.target
        )));
    }
    let mut columns: Vec<(&str, &[f64])> = Vec::new();
    for (column, values) in table.names().iter().zip(table.columns()) {
        let used = expression.variables().contains(column);
        match values {
            Column::Numbers(numbers) if column != &args.target => columns.push((column, numbers)),
            Column::Texts { .. } if used => {
                return Err(Failure::input(format!(
                    "formula: `{column}` is a column of texts, but must be of numbers"
                )));
            }
            _ => {}
        }
    }
    let curve = Curve::new(&expression, &columns, target, sigma)
        .map_err(|error| Failure::input(format!("{name}: {error}")))?;
    let notes = table.note().map(|note| format!("{note} (--header names)")).into_iter().collect();
    Ok((curve, notes))
}

/// A column of numbers, by name.
fn numbers<'t>(table: &'t Table, option: &str, name: &str) -> Result<&'t [f64], Failure> {
    let names = || table.names().iter().map(String::as_str);
    let Some(place) = names().position(|other| other == name) else {
        let hint = match did_you_mean(name, names()) {
            hint if hint.is_empty() => {
                format!("; the columns are {}", names().collect::<Vec<_>>().join(", "))
            }
            hint => hint,
        };
        return Err(Failure::input(format!("{option}: there is no column `{name}`{hint}")));
    };
    match &table.columns()[place] {
        Column::Numbers(numbers) => Ok(numbers),
        Column::Texts { .. } => Err(Failure::input(format!(
            "{option}: `{name}` is a column of texts, but must be of numbers"
        ))),
    }
}

/// Where to begin, and within which bounds, if there are any.
fn start_and_bounds(
    args: &FitCurveArgs,
    names: &[String],
) -> Result<(Vec<f64>, Option<Bounds>), Failure> {
    let n = names.len();
    let free = Bounds::new(vec![f64::NEG_INFINITY; n], vec![f64::INFINITY; n])?;
    let bounds = args.bounds.as_deref().map(|text| parse_named_bounds(text, names)).transpose()?;
    let within = bounds.as_ref().unwrap_or(&free);
    let mut start = usual_start(within);
    let given = match &args.start {
        Some(text) => parse_named("--start", text, names)?,
        None => Vec::new(),
    };
    for (place, value) in given {
        if !(within.lower()[place] <= value && value <= within.upper()[place]) {
            return Err(Failure::input(format!(
                "--start: `{}` begins at {value}, outside its bounds",
                names[place]
            )));
        }
        start[place] = value;
    }
    Ok((start, bounds))
}

/// What `--json` prints.
#[derive(Serialize)]
struct FitObject<'a> {
    problem: &'a str,
    data: String,
    target: &'a str,
    method: &'a str,
    status: &'a str,
    message: String,
    converged: bool,
    iterations: u64,
    value: f64,
    gradient_norm: f64,
    variables: &'a [String],
    x: &'a [f64],
    standard_errors: Vec<f64>,
    level: f64,
    intervals: Vec<(f64, f64)>,
    correlation: Vec<Vec<f64>>,
    covariance: Vec<Vec<f64>>,
    residual_standard_error: f64,
    degrees_of_freedom: usize,
    rank: usize,
    undetermined: Vec<&'a str>,
    deficiency: Option<String>,
    evaluations: Counts,
    seconds: f64,
    seconds_in_objective: f64,
}

fn object<'a>(
    args: &'a FitCurveArgs,
    curve: &'a Curve,
    ran: &'a Ran,
    fit: &Fit,
) -> Result<FitObject<'a>, Failure> {
    let rows = |matrix: &Matrix| {
        let row = |i| (0..matrix.columns()).map(|j| matrix[(i, j)]).collect();
        (0..matrix.rows()).map(row).collect()
    };
    let (outcome, names) = (&ran.outcome, curve.parameters());
    Ok(FitObject {
        problem: &args.formula,
        data: args.data.display().to_string(),
        target: &args.target,
        method: &outcome.method,
        status: outcome.status.name(),
        message: outcome.status.to_string(),
        converged: outcome.status.converged(),
        iterations: outcome.iterations,
        value: outcome.value,
        gradient_norm: outcome.gradient_norm,
        variables: names,
        x: &outcome.x,
        standard_errors: fit.standard_errors(),
        level: LEVEL,
        intervals: fit.intervals(LEVEL)?,
        correlation: rows(&fit.correlation()),
        covariance: rows(&fit.covariance()),
        residual_standard_error: fit.residual_standard_error(),
        degrees_of_freedom: fit.degrees_of_freedom(),
        rank: fit.rank(),
        undetermined: fit.undetermined().into_iter().map(|i| names[i].as_str()).collect(),
        deficiency: fit.deficiency(names),
        evaluations: outcome.evaluations,
        seconds: outcome.seconds,
        seconds_in_objective: outcome.seconds_in_objective,
    })
}

fn report(
    args: &FitCurveArgs,
    curve: &Curve,
    ran: &Ran,
    fit: &Fit,
    notes: &[String],
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let screen = Screen::of_stdout();
    let (outcome, names) = (&ran.outcome, curve.parameters());
    let rows = count(curve.target().len() as u64, "row");
    let title = format!("{} = {} on {rows} of {}", args.target, args.formula, args.data.display());
    writeln!(out, "{}", screen.bold(&title))?;
    for note in notes {
        writeln!(out, "Note: {note}.")?;
    }
    let mut line =
        |label: &str, text: &str| writeln!(out, "{} {text}", screen.dim(&format!("{label:>11}")));
    line("method", &outcome.method)?;
    line("status", &outcome.status.to_string())?;
    let evaluations =
        [(outcome.evaluations.value, "value"), (outcome.evaluations.gradient, "Jacobian")];
    let evaluations: Vec<_> =
        evaluations.iter().filter(|(n, _)| *n > 0).map(|&(n, what)| count(n, what)).collect();
    line("iterations", &format!("{}, {}", outcome.iterations, evaluations.join(", ")))?;
    line("time", &seconds(outcome.seconds))?;
    let degrees = count(fit.degrees_of_freedom() as u64, "degree");
    let error = short(fit.residual_standard_error());
    line("residuals", &format!("standard error {error}, {degrees} of freedom"))?;
    writeln!(out)?;
    let (errors, intervals) = (fit.standard_errors(), fit.intervals(LEVEL)?);
    let mut table = plain_table(&screen);
    table.set_header(["", "estimate", "standard error", "95% interval"].map(head));
    for (k, name) in names.iter().enumerate() {
        let (value, error, (low, high)) = (outcome.x[k], errors[k], intervals[k]);
        let interval = format!("{} to {}", estimate(low, error), estimate(high, error));
        let cells = [name.clone(), estimate(value, error), short(error), interval];
        table.add_row(cells.map(|text| Cell::new(text).set_alignment(CellAlignment::Right)));
    }
    writeln!(out, "{}", fitted(table, &screen, &["95% interval"]))?;
    if let Some(deficiency) = fit.deficiency(names) {
        writeln!(out, "\nNot determined: {deficiency}.")?;
    }
    if fit.degrees_of_freedom() == 0 && !args.absolute_sigma {
        writeln!(
            out,
            "\nAs many parameters as rows leave nothing to tell errors from: more rows do, or --sigma \
             with --absolute-sigma."
        )?;
    }
    if (2..=MOST_CORRELATED).contains(&names.len()) {
        let correlation = fit.correlation();
        let mut table = plain_table(&screen);
        let titles = std::iter::once("correlation").chain(names.iter().map(String::as_str));
        table.set_header(titles.map(head));
        for (i, name) in names.iter().enumerate() {
            let number = |j: usize| match correlation[(i, j)] {
                _ if j > i => String::new(),
                r if r.is_nan() => "-".to_owned(),
                r => format!("{r:.3}"),
            };
            let cells = std::iter::once(name.clone()).chain((0..names.len()).map(number));
            let cells = cells.map(|text| Cell::new(text).set_alignment(CellAlignment::Right));
            table.add_row(cells.collect::<Vec<_>>());
        }
        writeln!(out, "\n{}", fitted(table, &screen, &[]))?;
    }
    Ok(())
}

/// Data, curve and the band where new data will lie; of several variables the data against the curve's
/// values.
fn picture(
    args: &FitCurveArgs,
    curve: &Curve,
    ran: &Ran,
    fit: &Fit,
) -> Result<FitPicture, Failure> {
    let x = &ran.outcome.x;
    let [name] = curve.columns() else {
        let columns: Vec<Vec<f64>> =
            (0..curve.columns().len()).map(|k| curve.data(k).to_vec()).collect();
        let (values, _) = curve.at(x, &columns)?;
        let both: Vec<f64> = values.iter().chain(curve.target()).copied().collect();
        let (low, high) = range_of(both);
        return Ok(FitPicture {
            title: format!("{} = {}", args.target, args.formula),
            subtitle: "data against the fitted values".to_owned(),
            x: Axis::new("fitted", Spread::Linear, (low, high)),
            y: Axis::new(&args.target, Spread::Linear, (low, high)),
            data: values.into_iter().zip(curve.target().iter().copied()).collect(),
            curve: vec![(low, low), (high, high)],
            band: None,
        });
    };
    let (low, high) = range_of(curve.data(0).iter().copied());
    let places: Vec<f64> =
        (0..PLACES).map(|k| low + (high - low) * k as f64 / (PLACES - 1) as f64).collect();
    let (values, jacobian) = curve.at(x, std::slice::from_ref(&places))?;
    let mut widths = Vec::new();
    // Errors of new data are known only where all data are alike.
    let error = args.sigma.is_none().then_some(1.0);
    for i in 0..PLACES {
        let gradient: Vec<f64> = (0..x.len()).map(|j| jacobian[(i, j)]).collect();
        widths.push(fit.half_width(&gradient, error, LEVEL)?);
    }
    let edge = |sign: f64| -> Vec<(f64, f64)> {
        let ends = values.iter().zip(&widths).map(|(y, width)| y + sign * width);
        places.iter().copied().zip(ends).filter(|(_, y)| y.is_finite()).collect()
    };
    let (lower, upper) = (edge(-1.0), edge(1.0));
    let heights: Vec<f64> =
        curve.target().iter().copied().chain(lower.iter().chain(&upper).map(|(_, y)| *y)).collect();
    let of = if error.is_some() { "prediction" } else { "the curve" };
    Ok(FitPicture {
        title: format!("{} = {}", args.target, args.formula),
        subtitle: format!("data, fitted curve and 95% band of {of}"),
        x: Axis::new(name, Spread::Linear, (low, high)),
        y: Axis::new(&args.target, Spread::Linear, range_of(heights)),
        data: curve.data(0).iter().copied().zip(curve.target().iter().copied()).collect(),
        curve: places.iter().copied().zip(values).filter(|(_, y)| y.is_finite()).collect(),
        band: (!lower.is_empty()).then_some([lower, upper]),
    })
}
