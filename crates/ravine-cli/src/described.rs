//! `ravine methods NAME`: one method and its settings, in words.

use std::io::Write;

use comfy_table::Cell;
use ravine::methods::{Entry, named};
use ravine::objective::Derivatives;
use ravine::settings::{Setting, Takes};
use serde_json::Value;

use crate::args::ListArgs;
use crate::failure::Failure;
use crate::output::print_object;
use crate::screen::Screen;
use crate::table::{fold, head, plain_table};

/// What a method needs, in words.
pub fn needs(entry: &Entry) -> Vec<&'static str> {
    Derivatives::NONE.missing(entry.needs)
}

/// What the library says of a method.
pub fn method(name: &str, args: &ListArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    let entry = match named(name) {
        Ok(entry) => entry,
        Err(error) => {
            // A part may have a name that no method has; of two kinds, both are shown.
            let mut found =
                ravine::methods::parts().iter().filter(|part| part.name == name).peekable();
            if found.peek().is_none() {
                return Err(error.into());
            }
            for part in found {
                crate::parts::one(part, args, out)?;
            }
            return Ok(true);
        }
    };
    if args.json {
        print_object(&entry.describe()?, out)?;
        return Ok(true);
    }
    let (description, source) = entry.description();
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
    let (cost, memory) = (entry.cost(), entry.memory());
    writeln!(out, "cost of a step, beside value and gradient: {cost}")?;
    writeln!(out, "numbers kept: {memory}")?;
    let letters = (cost + memory).letters();
    let letters: Vec<_> = letters.iter().map(|(letter, what)| format!("{letter} {what}")).collect();
    if !letters.is_empty() {
        writeln!(out, "with {}", letters.join(", "))?;
    }
    if !source.is_empty() {
        writeln!(out, "source: {source}")?;
    }
    let rows = rows(entry.settings(), &entry.defaults()?, "");
    if rows.is_empty() {
        return Ok(true);
    }
    let mut table = plain_table(&screen);
    table.set_header(["setting", "default", "takes", "meaning"].map(head));
    for row in rows {
        table.add_row(row.map(Cell::new));
    }
    fold(&mut table, &screen);
    writeln!(out, "\n{}", table.trim_fmt())?;
    Ok(true)
}

fn remarks(entry: &Entry) -> String {
    let remarks = [
        (entry.bounds, "; keeps bounds"),
        (entry.goes_over_batches(), "; goes over batches"),
        (entry.is_dense(), "; keeps or factors a dense matrix"),
    ];
    remarks.iter().filter(|(holds, _)| *holds).map(|(_, remark)| *remark).collect()
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
        let takes =
            if setting.takes == Takes::Indices { "indices, as in 0..1".into() } else { takes };
        let default = match default {
            Value::Null if defaults.get(setting.name).is_none() => String::new(),
            Value::String(name) => name.clone(),
            Value::Object(range) if setting.takes == Takes::Indices => {
                format!("{}..{}", range["start"], range["end"])
            }
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
