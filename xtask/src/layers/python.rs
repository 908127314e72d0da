//! Which module of a Python package imports which.
//!
//! Imports count wherever they stand: inside of functions, for the types alone, and through
//! `import_module`. A name that the package's `__init__` hands on is looked up there.

use std::fs;
use std::path::Path;

use super::graph::Use;
use super::modules::{Module, Modules, Names};
use super::typescript::files;

/// Every import of one module of the package in `folder` in another; files are shown from `base` on.
///
/// # Errors
///
/// A file that cannot be read.
pub fn uses(folder: &Path, base: &Path) -> Result<Vec<Use>, String> {
    let package = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut modules = Modules::default();
    for file in files(folder, "py") {
        let shown = file.strip_prefix(base).unwrap_or(&file).display().to_string();
        let text = fs::read_to_string(&file).map_err(|error| format!("{shown}: {error}"))?;
        let place = file.strip_prefix(folder).unwrap_or(&file).with_extension("");
        let mut path: Names =
            place.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        let is_package = path.pop_if(|name| name == "__init__").is_some();
        let mut module = Module { file: shown, ..Module::default() };
        for (statement, line) in statements(&text) {
            import(&mut module, &package, is_package, &statement, line);
        }
        modules.0.insert(path, module);
    }
    let paths: Vec<Names> = modules.0.keys().cloned().collect();
    for path in paths {
        let Some((name, above)) = path.split_last() else { continue };
        modules.0.entry(above.to_vec()).or_default().children.insert(name.clone());
    }
    Ok(modules.uses())
}

/// Reads a statement if it imports.
fn import(module: &mut Module, package: &str, is_package: bool, statement: &str, line: usize) {
    if let Some(rest) = statement.strip_prefix("from ") {
        let Some((from, taken)) = rest.split_once(" import ") else { return };
        let Some(from) = path(package, is_package, from.trim()) else { return };
        for one in taken.trim_matches(['(', ')', ' ']).split(',').map(str::trim) {
            let (name, bound) = one.split_once(" as ").unwrap_or((one, one));
            match name.trim() {
                "" => {}
                "*" => {
                    module.globs.push(from.clone());
                    module.mentions.push((from.clone(), line));
                }
                name => {
                    let meaning: Names = from.iter().cloned().chain([name.to_owned()]).collect();
                    module.bindings.insert(bound.trim().to_owned(), meaning.clone());
                    module.mentions.push((meaning, line));
                }
            }
        }
    } else if let Some(rest) = statement.strip_prefix("import ") {
        for one in rest.split(',').map(str::trim) {
            let (name, _) = one.split_once(" as ").unwrap_or((one, one));
            module.mentions.extend(path(package, is_package, name.trim()).map(|path| (path, line)));
        }
    }
    for (_, rest) in statement
        .match_indices("import_module(\"")
        .map(|(at, word)| statement.split_at(at + word.len()))
    {
        let name = rest.split_once('"').map_or(rest, |(name, _)| name);
        module.mentions.extend(path(package, is_package, name).map(|path| (path, line)));
    }
}

/// The path of an imported name; none where it lies in another package.
fn path(package: &str, is_package: bool, name: &str) -> Option<Names> {
    let dots = name.len() - name.trim_start_matches('.').len();
    let parts = name[dots..].split('.').filter(|part| !part.is_empty()).map(str::to_owned);
    if dots == 0 {
        let mut parts = parts;
        return (parts.next()? == package)
            .then(|| ["crate".to_owned()].into_iter().chain(parts).collect());
    }
    // One dot is the package that the module lies in: for the package's own file, itself.
    let above = if is_package { dots - 1 } else { dots };
    let start = if above == 0 { vec!["self".to_owned()] } else { vec!["super".to_owned(); above] };
    Some(start.into_iter().chain(parts).collect())
}

/// The statements with the lines they begin in. Comments are left out; of strings, only what could be
/// the name of a module stays.
fn statements(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut statement = String::new();
    let mut begins = 1;
    let mut line = 1;
    let mut open = 0_usize;
    let mut rest = text;
    while let Some(mark) = rest.chars().next() {
        let mut taken = mark.len_utf8();
        match mark {
            '#' => taken = rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => {
                taken = string(rest, mark);
                let content = rest[..taken].trim_matches(mark);
                if content.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_')) {
                    statement.extend(["\"", content, "\""]);
                }
            }
            '\\' if rest[1..].starts_with('\n') => taken = 2,
            '\n' | ';' if open == 0 => {
                found.push((statement.trim().to_owned(), begins));
                statement.clear();
            }
            mark => {
                match mark {
                    '(' | '[' | '{' => open += 1,
                    ')' | ']' | '}' => open = open.saturating_sub(1),
                    _ => {}
                }
                if statement.trim().is_empty() {
                    begins = line;
                }
                statement.push(if mark == '\n' { ' ' } else { mark });
            }
        }
        line += rest[..taken].matches('\n').count();
        rest = &rest[taken..];
    }
    found.push((statement.trim().to_owned(), begins));
    found
}

/// The length of the string that `text` begins with, its marks included.
fn string(text: &str, mark: char) -> usize {
    let triple = mark.to_string().repeat(3);
    let end = if text.starts_with(&triple) { triple } else { mark.to_string() };
    let mut at = end.len();
    while at < text.len() && !text[at..].starts_with(&end) {
        let mut next = text[at..].chars();
        if next.next() == Some('\\') {
            next.next();
        }
        at = text.len() - next.as_str().len();
    }
    (at + end.len()).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::graph::{Circle, circles};
    use crate::layers::trees::Tree;

    fn found(files: &[(&str, &str)]) -> Vec<Circle> {
        let tree = Tree::new(files);
        circles(&uses(&tree.root().join("ravine"), tree.root()).unwrap())
    }

    #[test]
    fn one_way_is_no_circle() {
        let files = [
            ("ravine/__init__.py", "from ravine._a import A\nfrom . import _b\n"),
            ("ravine/_a.py", "\"\"\"Words.\n\n>>> from ravine._b import B\n\"\"\"\nimport numpy\n"),
            ("ravine/_b.py", "from ravine import _core\nfrom ravine._a import (\n    A,\n)\n"),
        ];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn imports_in_functions_and_by_name_close_a_circle() {
        let files = [
            ("ravine/__init__.py", ""),
            (
                "ravine/_a.py",
                "import importlib\nx = 'it\\'s'\n\ndef f():\n    m = importlib.import_module(\"ravine._b\")\n",
            ),
            ("ravine/_b.py", "if True:\n    from ravine import (\n        _c,  # (\n    )\n"),
            ("ravine/_c.py", "from typing import Any; from ._a import f\n"),
        ];
        let found = found(&files);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].members, ["_a", "_b", "_c"]);
        assert_eq!(found[0].arrows[&("_a".into(), "_b".into())], ["ravine/_a.py:5"]);
        assert_eq!(found[0].arrows[&("_b".into(), "_c".into())], ["ravine/_b.py:2"]);
        assert_eq!(found[0].arrows[&("_c".into(), "_a".into())], ["ravine/_c.py:1"]);
    }

    #[test]
    fn a_name_of_the_package_is_that_of_the_module_it_comes_from() {
        let files = [
            ("ravine/__init__.py", "from ravine._a import A as Renamed\nVERSION = 1\n"),
            ("ravine/_a.py", "from ravine.sub.deep import d\n"),
            ("ravine/sub/__init__.py", ""),
            ("ravine/sub/deep.py", "from .. import VERSION, Renamed\n"),
        ];
        let found = found(&files);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].members, ["_a", "sub"]);
    }
}
