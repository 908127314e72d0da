//! Modules with the names in them, and where a name leads.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::Use;

/// The names from the root down to a module, or along a path in the source.
pub type Names = Vec<String>;

/// What a source says about one module. Paths begin with `crate` (the root), `self`, `super`, or a name
/// that the module itself gives a meaning.
#[derive(Debug, Default)]
pub struct Module {
    /// Its file, as it is shown.
    pub file: String,
    /// The modules below it.
    pub children: BTreeSet<String>,
    /// What it defines itself.
    pub items: BTreeSet<String>,
    /// Names that it takes or hands on from elsewhere.
    pub bindings: BTreeMap<String, Names>,
    /// Modules all names of which it takes.
    pub globs: Vec<Names>,
    /// Paths that it names, with their lines.
    pub mentions: Vec<(Names, usize)>,
}

/// All modules of one crate or package by their path from the root.
#[derive(Debug, Default)]
pub struct Modules(pub BTreeMap<Names, Module>);

/// A longer chain of names for other names runs in a circle.
const LONGEST_CHAIN: usize = 16;

impl Modules {
    /// Every use of one module in another.
    pub fn uses(&self) -> Vec<Use> {
        let mut uses = Vec::new();
        for (from, module) in &self.0 {
            for (path, line) in &module.mentions {
                let Some(to) = self.resolve(from, path, LONGEST_CHAIN) else { continue };
                if to != *from {
                    let file = module.file.clone();
                    uses.push(Use { from: from.clone(), to, file, line: *line });
                }
            }
        }
        uses
    }

    /// The module that holds what `path` names inside of `from`; none where it lies elsewhere, in
    /// another crate or in the function itself.
    fn resolve(&self, from: &[String], path: &[String], chain: usize) -> Option<Names> {
        let (first, rest) = path.split_first()?;
        let module = self.0.get(from)?;
        match first.as_str() {
            "crate" => self.descend(Vec::new(), rest, chain),
            "self" => self.descend(from.to_vec(), rest, chain),
            "super" => {
                let mut above = from.to_vec();
                above.pop()?;
                let more = rest.iter().take_while(|name| *name == "super").count();
                above.truncate(above.len().checked_sub(more)?);
                self.descend(above, &rest[more..], chain)
            }
            name if module.children.contains(name) => self.descend(from.to_vec(), path, chain),
            name if module.items.contains(name) => Some(from.to_vec()),
            name => match module.bindings.get(name) {
                Some(meaning) => self.resolve_again(from, meaning, rest, chain),
                None => self.through_globs(from, module, path, chain),
            },
        }
    }

    /// From a module down along `path`, over the names that modules hand on from their children.
    fn descend(&self, mut at: Names, path: &[String], chain: usize) -> Option<Names> {
        for (depth, name) in path.iter().enumerate() {
            let module = self.0.get(&at)?;
            if module.children.contains(name) {
                at.push(name.clone());
                continue;
            }
            if module.items.contains(name) {
                return Some(at);
            }
            let found = match module.bindings.get(name) {
                Some(meaning) => self.resolve_again(&at, meaning, &path[depth + 1..], chain),
                None => self.through_globs(&at, module, &path[depth..], chain),
            };
            // What a module hands on from outside is a matter between the two.
            return Some(found.filter(|to| to.starts_with(&at)).unwrap_or(at));
        }
        Some(at)
    }

    /// What is meant where the first name of a path stands for `meaning`.
    fn resolve_again(
        &self,
        from: &[String],
        meaning: &[String],
        rest: &[String],
        chain: usize,
    ) -> Option<Names> {
        // A name for itself is that of another crate.
        let chain = chain.checked_sub(1)?;
        let path: Names = meaning.iter().chain(rest).cloned().collect();
        self.resolve(from, &path, chain)
    }

    /// The module that holds `path` among those all names of which a module takes.
    fn through_globs(
        &self,
        from: &[String],
        module: &Module,
        path: &[String],
        chain: usize,
    ) -> Option<Names> {
        let chain = chain.checked_sub(1)?;
        let name = path.first()?;
        module.globs.iter().find_map(|glob| {
            // The path of a glob is followed as it stands.
            let place = self.resolve(from, glob, 0)?;
            let taken = self.0.get(&place)?;
            let has = taken.children.contains(name)
                || taken.items.contains(name)
                || taken.bindings.contains_key(name);
            if has { self.descend(place, path, chain) } else { None }
        })
    }
}
