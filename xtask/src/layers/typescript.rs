//! Which file of the page imports which.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::graph::Use;

/// Every import of one TypeScript file below `folder` in another; files are shown from `base` on. A
/// file is a module of its own, whatever folder it lies in.
///
/// # Errors
///
/// A file that cannot be read, or an import of one that does not exist.
pub fn uses(folder: &Path, base: &Path) -> Result<Vec<Use>, String> {
    let mut uses = Vec::new();
    for file in files(folder, "ts") {
        let shown = file.strip_prefix(base).unwrap_or(&file).display().to_string();
        let text = fs::read_to_string(&file).map_err(|error| format!("{shown}: {error}"))?;
        for (at, line) in text.lines().enumerate() {
            for name in imported(line) {
                let Some(to) = target(&file, name) else { continue };
                uses.push(Use {
                    from: module(folder, &file),
                    to: module(folder, &to),
                    file: shown.clone(),
                    line: at + 1,
                });
            }
        }
    }
    Ok(uses)
}

/// All files with an extension in a folder and below it, sorted.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// What a line imports: the text after `from`, after `import` alone, or in `import(...)`. A statement
/// over several lines names it in its last one.
fn imported(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim_start();
    let is_statement = ["import ", "export ", "}"].iter().any(|word| line.starts_with(word));
    let is_comment = ["//", "/*", "*"].iter().any(|mark| line.starts_with(mark));
    let statement = [" from \"", "import \""].into_iter().filter(move |_| is_statement);
    let call = ["import(\""].into_iter().filter(move |_| !is_comment);
    statement.chain(call).filter_map(move |before| {
        let (_, rest) = line.split_once(before)?;
        Some(rest.split_once('"')?.0)
    })
}

/// The TypeScript file that `name` means in `file`; none where it is a package, a style or generated.
fn target(file: &Path, name: &str) -> Option<PathBuf> {
    if !name.starts_with('.') {
        return None;
    }
    let mut place = file.parent()?.to_owned();
    for part in Path::new(name).components() {
        match part {
            Component::ParentDir => drop(place.pop()),
            Component::Normal(part) => place.push(part),
            _ => {}
        }
    }
    let direct = PathBuf::from(format!("{}.ts", place.display()));
    [direct, place.join("index.ts"), place]
        .into_iter()
        .find(|path| path.is_file() && path.extension().is_some_and(|extension| extension == "ts"))
}

fn module(folder: &Path, file: &Path) -> Vec<String> {
    let name = file.strip_prefix(folder).unwrap_or(file).with_extension("");
    vec![name.display().to_string()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::graph::circles;
    use crate::layers::trees::Tree;

    #[test]
    fn a_circle_through_folders_is_found_by_its_files() {
        let tree = Tree::new(&[
            ("app.ts", "import { map } from \"./view/map\";\nimport \"./style.css\";\n"),
            (
                "view/map.ts",
                "import {\n  type A,\n  b,\n} from \"../names\";\nimport u from \"uplot\";\n",
            ),
            ("names.ts", "export type { Map } from \"./view/map\";\n"),
        ]);
        let found = circles(&uses(tree.root(), tree.root()).unwrap());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].members, ["names", "view/map"]);
        assert_eq!(found[0].arrows[&("view/map".into(), "names".into())], ["view/map.ts:4"]);
    }

    #[test]
    fn imports_at_need_count_and_comments_do_not() {
        let tree = Tree::new(&[
            ("a.ts", "// import { b } from \"./b\";\nconst b = await import(\"./b\");\n"),
            ("b.ts", "// import(\"./a\")\nexport const words = 'from \"./a\"';\n"),
        ]);
        let found = uses(tree.root(), tree.root()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].file.as_str(), found[0].line), ("a.ts", 2));
    }
}
