//! `ravine methods NAME`: one method and its settings, in words.

use std::io::Write;

use comfy_table::Cell;
use ravine::methods::{Entry, named};
use ravine::objective::Derivatives;
use ravine::settings::{Setting, Takes};
use serde_json::{Value, json};

use crate::args::ListArgs;
use crate::failure::Failure;
use crate::output::print_object;
use crate::screen::Screen;
use crate::table::{head, plain_table};

/// What a method needs, in words.
pub fn needs(entry: &Entry) -> Vec<&'static str> {
    Derivatives::NONE.missing(entry.needs)
}

/// A method in a few fields.
pub fn summary(entry: &Entry) -> Value {
    json!({
        "name": entry.name,
        "title": entry.title,
        "family": entry.family,
        "needs": needs(entry),
        "bounds": entry.bounds,
        "tuned": entry.tuned,
        "composition": entry.composition,
    })
}

/// What the library says of a method.
pub fn method(name: &str, args: &ListArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    let entry = named(name)?;
    let defaults = entry.defaults()?;
    let (description, source) = entry.description();
    if args.json {
        let settings: Vec<_> = entry.settings().iter().map(|s| object(s, &defaults)).collect();
        let mut object = summary(entry);
        object["description"] = description.into();
        object["source"] = source.into();
        object["dense"] = entry.is_dense().into();
        object["settings"] = settings.into();
        print_object(&object, out)?;
        return Ok(true);
    }
    let screen = Screen::of_stdout();
    writeln!(out, "{}: {}", entry.name, entry.title)?;
    if let Some(composition) = entry.composition.filter(|&composition| composition != entry.name) {
        writeln!(out, "= {composition}")?;
    }
    writeln!(out, "\n{description}\n")?;
    let needs = match needs(entry).join(", ") {
        none if none.is_empty() => "no particular derivative".to_owned(),
        needs => needs,
    };
    writeln!(out, "needs {needs}{}", remarks(entry))?;
    if !source.is_empty() {
        writeln!(out, "source: {source}")?;
    }
    let rows = rows(entry.settings(), &defaults, "");
    if rows.is_empty() {
        return Ok(true);
    }
    let mut table = plain_table(&screen);
    table.set_header(["setting", "default", "takes", "meaning"].map(head));
    for row in rows {
        table.add_row(row.map(Cell::new));
    }
    writeln!(out, "\n{}", table.trim_fmt())?;
    Ok(true)
}

fn remarks(entry: &Entry) -> &'static str {
    match (entry.bounds, entry.is_dense()) {
        (true, true) => "; keeps bounds; keeps or factors a dense matrix",
        (true, false) => "; keeps bounds",
        (false, true) => "; keeps or factors a dense matrix",
        (false, false) => "",
    }
}

/// A row a setting; settings of settings follow theirs, with dots between the names.
fn rows(settings: &[Setting], defaults: &Value, within: &str) -> Vec<[String; 4]> {
    let mut rows = Vec::new();
    for setting in settings {
        let (name, default) = (format!("{within}{}", setting.name), &defaults[setting.name]);
        if let Takes::Settings(inner) = setting.takes {
            rows.push([name.clone(), String::new(), "settings".to_owned(), setting.meaning()]);
            rows.extend(self::rows(inner, default, &format!("{name}.")));
            continue;
        }
        let takes = match setting.range {
            "" => setting.takes.words(),
            range => format!("{}, {range}", setting.takes.words()),
        };
        let default = match default {
            Value::Null if defaults.get(setting.name).is_none() => String::new(),
            Value::String(name) => name.clone(),
            // A choice with settings of its own: `--json` has them.
            Value::Object(choice) if matches!(setting.takes, Takes::OneOf(_)) => {
                choice.keys().next().cloned().unwrap_or_default()
            }
            other => other.to_string(),
        };
        rows.push([name, default, takes, setting.meaning()]);
    }
    rows
}

fn object(setting: &Setting, defaults: &Value) -> Value {
    let default = &defaults[setting.name];
    let mut object = json!({
        "name": setting.name,
        "takes": setting.takes.words(),
        "range": setting.range,
        "default": default,
        "meaning": setting.meaning(),
    });
    let choices: Vec<Value> = match setting.takes {
        Takes::Settings(settings) => {
            let settings: Vec<_> = settings.iter().map(|s| self::object(s, default)).collect();
            object["settings"] = settings.into();
            return object;
        }
        Takes::OneOf(choices) => choices
            .iter()
            .map(|choice| {
                let inner = choice.takes.map_or(&[][..], Takes::settings);
                let settings: Vec<_> =
                    inner.iter().map(|s| self::object(s, &Value::Null)).collect();
                json!({ "name": choice.name, "meaning": choice.meaning(), "settings": settings })
            })
            .collect(),
        _ => return object,
    };
    object["choices"] = choices.into();
    object
}
