//! `ravine predict`: what a stored model says of new rows.

use std::io::Write;

use ravine_data::{Header, PredictionSettings, TableSettings};
use ravine_glm::analysis::{Predictions, SavedModel};
use serde_json::{Map, Value};

use crate::args::PredictArgs;
use crate::failure::Failure;
use crate::fit::read_rows;
use crate::output::check_writable;

/// The command.
pub fn command(args: &PredictArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    check_writable(args.out.as_deref())?;
    let text =
        std::fs::read_to_string(&args.model).map_err(|error| Failure::file(&args.model, &error))?;
    let model: SavedModel = serde_json::from_str(&text).map_err(|error| {
        Failure::input(format!(
            "{}: is not a model that `ravine fit --out` wrote: {error}",
            args.model.display()
        ))
    })?;
    model.check().map_err(|error| Failure::input(format!("{}: {error}", args.model.display())))?;
    let table = TableSettings {
        header: args.header.map_or(Header::Automatic, |header| header.header()),
        ..TableSettings::default()
    };
    let settings =
        PredictionSettings { unseen: args.unseen.rule(), ..PredictionSettings::default() };
    let rows = read_rows(&args.data, &model, &table, &settings, args.offset.as_deref())?;
    let offset = rows.offset.as_deref();
    let predictions = model.predict(&rows.design, offset)?;
    let intervals =
        args.interval.map(|level| model.intervals(&rows.design, offset, level)).transpose()?;
    let columns = columns(&model, predictions, intervals);
    for note in &rows.notes {
        eprintln!("note: {note}");
    }
    match &args.out {
        None => print(&columns, &rows.numbers, args.json, out)?,
        Some(path) => {
            let file = std::fs::File::create(path).map_err(|error| Failure::file(path, &error))?;
            let mut file = std::io::BufWriter::new(file);
            print(&columns, &rows.numbers, args.json, &mut file)
                .and_then(|()| file.flush())
                .map_err(|error| Failure::file(path, &error))?;
        }
    }
    out.flush()?;
    Ok(true)
}

/// A column of the output.
struct Column {
    name: String,
    cells: Cells,
}

enum Cells {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

fn columns(
    model: &SavedModel,
    predictions: Predictions,
    intervals: Option<Vec<(f64, f64)>>,
) -> Vec<Column> {
    let numbers =
        |name: &str, numbers| Column { name: name.to_owned(), cells: Cells::Numbers(numbers) };
    let classes = model.classes.as_deref();
    let label = classes.map(|classes| Column {
        name: model.target.clone(),
        cells: Cells::Texts(
            predictions.classes().into_iter().map(|k| classes[k].clone()).collect(),
        ),
    });
    let mut columns: Vec<Column> = label.into_iter().collect();
    match predictions {
        Predictions::Means(means) => {
            let name = match classes {
                Some(classes) => format!("probability of {}", classes[1]),
                None => "mean".to_owned(),
            };
            columns.push(numbers(&name, means));
        }
        Predictions::Probabilities(p) => {
            for (k, name) in classes.unwrap_or_default().iter().enumerate() {
                columns.push(numbers(&format!("probability of {name}"), p.column(k).to_vec()));
            }
        }
        Predictions::Margins(margins) => columns.push(numbers("margin", margins)),
    }
    if let Some(intervals) = intervals {
        let (low, high) = intervals.into_iter().unzip();
        columns.extend([numbers("low", low), numbers("high", high)]);
    }
    columns
}

/// Rows as CSV with a header, or an object each; `row` counts those of the file from 1.
fn print(
    columns: &[Column],
    rows: &[usize],
    json: bool,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    if !json {
        let names = columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>();
        writeln!(out, "row,{}", names.join(","))?;
    }
    for (i, row) in rows.iter().enumerate() {
        if json {
            let mut object = Map::new();
            object.insert("row".to_owned(), Value::from(row + 1));
            for column in columns {
                let value = match &column.cells {
                    Cells::Numbers(numbers) => Value::from(numbers[i]),
                    Cells::Texts(texts) => Value::from(texts[i].as_str()),
                };
                object.insert(column.name.clone(), value);
            }
            writeln!(out, "{}", Value::Object(object))?;
            continue;
        }
        write!(out, "{}", row + 1)?;
        for column in columns {
            match &column.cells {
                Cells::Numbers(numbers) => write!(out, ",{}", numbers[i])?,
                Cells::Texts(texts) => write!(out, ",{}", quoted(&texts[i]))?,
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A cell, in quotes where it needs them.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}
