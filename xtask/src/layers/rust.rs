//! Which module of a Rust crate names which.
//!
//! The sources are read as tokens: comments, the text of documentation and strings are none. What is
//! compiled for tests only is left out, and so are macros, which belong to the whole crate.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::graph::Use;
use super::modules::{Module, Modules, Names};

/// Every use of one module in another of the crate whose root is the file `root`; files are shown from
/// `base` on.
///
/// # Errors
///
/// A file that cannot be read or is not Rust, or a module without a file.
pub fn uses(root: &Path, base: &Path) -> Result<Vec<Use>, String> {
    let mut reader = Reader { modules: Modules::default(), base };
    reader.file(Vec::new(), root)?;
    Ok(reader.modules.uses())
}

struct Reader<'a> {
    modules: Modules,
    base: &'a Path,
}

/// Where in a module tokens stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Between its items.
    Items,
    /// Inside of one.
    Body,
}

impl Reader<'_> {
    fn file(&mut self, path: Names, file: &Path) -> Result<(), String> {
        let shown = file.strip_prefix(self.base).unwrap_or(file).display().to_string();
        let text = fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
        let tokens: TokenStream =
            text.parse().map_err(|error| format!("{shown} is not Rust: {error}"))?;
        for (name, below) in self.module(path.clone(), &shown, tokens) {
            let mut child = path.clone();
            child.extend(below);
            child.push(name);
            let place = place(&path, file, &child)
                .ok_or_else(|| format!("{shown}: the module {} has no file", child.join("::")))?;
            self.file(child, &place)?;
        }
        Ok(())
    }

    /// Reads a module from its tokens; the modules below it that have files of their own, each with the
    /// modules in between.
    fn module(&mut self, path: Names, file: &str, tokens: TokenStream) -> Vec<(String, Names)> {
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        let mut inline = Vec::new();
        let mut files = Vec::new();
        read(&mut module, &mut files, &mut inline, tokens, Depth::Items);
        let mut declared: Vec<(String, Names)> =
            files.into_iter().map(|name| (name, Names::new())).collect();
        for (name, body) in inline {
            let mut child = path.clone();
            child.push(name.clone());
            for (file_name, mut between) in self.module(child, file, body) {
                between.insert(0, name.clone());
                declared.push((file_name, between));
            }
        }
        self.modules.0.insert(path, module);
        declared
    }
}

/// The file of the module `child`, declared in `file`, which is that of `path`.
fn place(path: &[String], file: &Path, child: &[String]) -> Option<PathBuf> {
    let folder = file.parent()?;
    let is_folder = path.is_empty() || file.file_name().is_some_and(|name| name == "mod.rs");
    let mut place = if is_folder { folder.to_owned() } else { folder.join(file.file_stem()?) };
    place.extend(&child[path.len()..]);
    [place.with_extension("rs"), place.join("mod.rs")].into_iter().find(|file| file.exists())
}

/// Reads tokens into a module; names the modules in files of their own and those written in place.
fn read(
    module: &mut Module,
    files: &mut Vec<String>,
    inline: &mut Vec<(String, TokenStream)>,
    tokens: TokenStream,
    depth: Depth,
) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if let (true, Some(TokenTree::Group(attribute))) =
            (is(&tokens[at], '#'), tokens.get(at + 1))
        {
            at += 2;
            if for_tests(attribute) {
                at = after_item(&tokens, at);
            }
            continue;
        }
        match &tokens[at] {
            TokenTree::Ident(word) if depth == Depth::Items && *word == "mod" => {
                let Some(name) = tokens.get(at + 1).and_then(name_of) else {
                    at += 1;
                    continue;
                };
                module.children.insert(name.clone());
                match tokens.get(at + 2) {
                    Some(TokenTree::Group(body)) => inline.push((name, body.stream())),
                    _ => files.push(name),
                }
                at += 3;
            }
            TokenTree::Ident(word) if *word == "use" && !captures(&tokens, at) => {
                let end = (at..tokens.len()).find(|&i| is(&tokens[i], ';')).unwrap_or(tokens.len());
                imports(module, &Names::new(), &tokens[at + 1..end], depth);
                at = end + 1;
            }
            TokenTree::Ident(word) => {
                if depth == Depth::Items {
                    module.items.extend(defined(&tokens, at));
                }
                let line = word.span().start().line;
                let (path, next) = path_at(&tokens, at);
                if !is_part(&tokens, at) && !is_macro(&tokens, next) {
                    module.mentions.push((path, line));
                }
                at = next;
            }
            TokenTree::Group(group) => {
                read(module, files, inline, group.stream(), Depth::Body);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads the tree of a `use` after the path `before`.
fn imports(module: &mut Module, before: &Names, tokens: &[TokenTree], depth: Depth) {
    let mut path = before.clone();
    let mut line = 0;
    let mut name = None;
    let mut tokens = tokens.iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if *word == "as" => name = tokens.next().and_then(name_of),
            TokenTree::Ident(word) => {
                line = word.span().start().line;
                let of_itself = *word == "self" && !path.is_empty();
                if !of_itself {
                    path.extend(name_of(token));
                }
            }
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for tree in inner.split(|token| is(token, ',')) {
                    imports(module, &path, tree, depth);
                }
                return;
            }
            token if is(token, '*') => {
                line = token.span().start().line;
                module.globs.push(path.clone());
                module.mentions.push((path, line));
                return;
            }
            _ => {}
        }
    }
    let Some(last) = path.last().cloned() else { return };
    if depth == Depth::Items {
        let name = name.unwrap_or(last);
        // A name for itself only says that another crate is meant.
        if path != [name.as_str()] {
            module.bindings.insert(name, path.clone());
        }
    }
    module.mentions.push((path, line));
}

/// The longest path of names with `::` between them from a name on, and the place after it.
fn path_at(tokens: &[TokenTree], mut at: usize) -> (Names, usize) {
    let mut path = Names::new();
    while let Some(name) = tokens.get(at).and_then(name_of) {
        path.push(name);
        at += 1;
        let more = tokens.get(at).is_some_and(|t| is(t, ':'))
            && tokens.get(at + 1).is_some_and(|t| is(t, ':'))
            && matches!(tokens.get(at + 2), Some(TokenTree::Ident(_)));
        if !more {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// Whether a macro's call goes on here, after its path: `!` and what it is called with.
fn is_macro(tokens: &[TokenTree], at: usize) -> bool {
    let called = matches!(tokens.get(at + 1), Some(TokenTree::Group(_)));
    called && is(&tokens[at], '!')
}

/// Whether a name is that of a field, a method or a lifetime. After two dots begins a value again.
fn is_part(tokens: &[TokenTree], at: usize) -> bool {
    let before = |distance: usize, mark| {
        at.checked_sub(distance).is_some_and(|place| is(&tokens[place], mark))
    };
    before(1, '\'') || before(1, '.') && !before(2, '.')
}

/// Whether `use` says what a type captures: `use<'a>`.
fn captures(tokens: &[TokenTree], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|token| is(token, '<'))
}

fn is(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn name_of(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(word) => Some(word.to_string().trim_start_matches("r#").to_owned()),
        _ => None,
    }
}

/// The name of the item that begins with the word at `at`.
fn defined(tokens: &[TokenTree], at: usize) -> Option<String> {
    let name = match name_of(&tokens[at])?.as_str() {
        "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" => at + 1,
        "macro_rules" => at + 2,
        _ => return None,
    };
    tokens.get(name).and_then(name_of)
}

/// Whether an attribute is `cfg(test)`, or `cfg(all(test, ...))`.
fn for_tests(attribute: &Group) -> bool {
    let words: Vec<String> = flat(attribute.stream());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    matches!(words.as_slice(), ["cfg", "test"] | ["cfg", "all", "test", ..])
}

/// The names among tokens, of every depth.
fn flat(tokens: TokenStream) -> Vec<String> {
    let mut words = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => words.extend(flat(group.stream())),
            token => words.extend(name_of(&token)),
        }
    }
    words
}

/// The place after the item that begins at `at`: after its braces, or its semicolon where it is one that
/// ends so.
fn after_item(tokens: &[TokenTree], at: usize) -> usize {
    let ends_with_semicolon = tokens[at..]
        .iter()
        .filter_map(name_of)
        .find(|word| !matches!(word.as_str(), "pub" | "unsafe" | "async"))
        .is_some_and(|word| matches!(word.as_str(), "use" | "static" | "type" | "let"));
    let ends = |token: &TokenTree| match token {
        TokenTree::Group(group) => !ends_with_semicolon && group.delimiter() == Delimiter::Brace,
        token => is(token, ';'),
    };
    (at..tokens.len()).find(|&i| ends(&tokens[i])).map_or(tokens.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::graph::{Circle, circles};
    use crate::layers::trees::Tree;

    fn found(files: &[(&str, &str)]) -> Vec<Circle> {
        let tree = Tree::new(files);
        circles(&uses(&tree.root().join("lib.rs"), tree.root()).unwrap())
    }

    /// Whether the root's modules `a` and `b` form a circle where `a` names `b` and this is in `b`.
    fn closes(b: &str) -> bool {
        let files = [
            (
                "lib.rs",
                "mod a;\nmod b;\npub use a::A as Renamed;\npub use other::A;\npub struct Here;",
            ),
            ("a.rs", "use crate::b::B;\npub struct A;\npub fn f() {}\n"),
            ("b.rs", b),
        ];
        match found(&files).as_slice() {
            [] => false,
            [circle] => circle.members == ["a", "b"],
            _ => panic!("more than one circle"),
        }
    }

    #[test]
    fn every_way_to_name_a_module_counts() {
        assert!(closes("use crate::a::A;"));
        assert!(closes("use super::a::{f, A as B};"));
        assert!(closes("use crate::{a::{self}, other};"));
        assert!(closes("pub use crate::a::*;"));
        assert!(closes("fn g() { crate::a::f() }"));
        assert!(closes("fn g() { loop { use super::a as x; x::f() } }"));
        assert!(closes("fn g() { assert_eq!(1, super::a::f()); }"));
        assert!(closes("macro_rules! m { () => { $crate::a::f() } }"));
        assert!(closes("impl From<crate::a::A> for B { fn from(_: u8) -> Self { B } }"));
        assert!(closes("mod inner { fn g() { super::super::a::f() } }"));
        assert!(closes("fn g() -> B { B { x: 1, ..crate::a::f() } }"));
        assert!(closes("fn g<'a>() -> impl Fn() + use<'a> { || crate::a::f() }"));
    }

    #[test]
    fn names_of_the_root_are_those_of_the_modules_that_define_them() {
        assert!(closes("use crate::Renamed;"));
        assert!(closes("use super::*; fn g() -> Renamed {}"));
        assert!(!closes("use crate::A;"));
        assert!(!closes("use crate::Here; fn g() -> super::Here {}"));
        assert!(!closes("use super::*; fn g() -> Here {}"));
    }

    #[test]
    fn what_is_not_compiled_into_the_crate_does_not_count() {
        assert!(!closes(
            "// use crate::a::A;\n/// [`A`](crate::a::A)\nfn g() { \"crate::a::A\"; }"
        ));
        assert!(!closes("#[cfg(test)]\nmod tests { use crate::a::A; }"));
        assert!(!closes("#[cfg(test)]\nmod tests;"));
        assert!(!closes("#[cfg(test)]\nuse crate::a::A;\npub struct B;"));
        assert!(!closes("#[cfg(all(test, unix))]\n#[allow(x)]\npub fn g() { crate::a::f() }"));
        assert!(closes("#[cfg(test)]\nuse other::C;\nuse crate::a::A;"));
        assert!(closes("#[cfg(not(test))]\nuse crate::a::A;"));
        assert!(!closes("use a::A; fn g() { x.a::<u8>(); crate::made!(a::f) }"));
    }

    #[test]
    fn a_child_may_use_what_its_parent_defines() {
        let files = [
            ("lib.rs", "pub mod house;"),
            (
                "house/mod.rs",
                "mod door;\nmod key;\npub use door::Door;\npub struct Wall;\nfn f() -> key::Key {}",
            ),
            ("house/door.rs", "use super::Wall;\nuse super::key::Key;\npub struct Door;"),
            ("house/key.rs", "use crate::house::Wall;\npub struct Key;"),
        ];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn a_name_that_the_parent_hands_on_is_that_of_its_child() {
        for names in ["use super::Door;", "use crate::house::{Wall, Door};", "use crate::Door;"] {
            let files = [
                ("lib.rs", "pub mod house;\npub use house::Door;"),
                ("house/mod.rs", "mod door;\nmod key;\npub use door::*;\npub struct Wall;"),
                ("house/door/mod.rs", "mod leaf;\npub use leaf::Door;\nuse super::key::Key;"),
                ("house/door/leaf.rs", "pub struct Door;"),
                ("house/key.rs", names),
            ];
            let found = found(&files);
            assert_eq!(found.len(), 1, "{names}");
            assert_eq!(found[0].folder, ["house"]);
            assert_eq!(found[0].members, ["door", "key"]);
            assert_eq!(found[0].arrows[&("key".into(), "door".into())], ["house/key.rs:1"]);
        }
    }

    #[test]
    fn modules_lie_where_rust_looks_for_them() {
        let files = [
            ("lib.rs", "mod a; mod b { pub mod c; }"),
            ("a.rs", "mod deep;"),
            ("a/deep.rs", "\n\nuse crate::b::c::C;"),
            ("b/c.rs", "fn f() { crate::a::g() }"),
        ];
        let found = found(&files);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].arrows[&("a".into(), "b".into())], ["a/deep.rs:3"]);
        let tree = Tree::new(&[("lib.rs", "mod lost;")]);
        let error = uses(&tree.root().join("lib.rs"), tree.root()).unwrap_err();
        assert_eq!(error, "lib.rs: the module lost has no file");
    }
}
