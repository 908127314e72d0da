//! Circles among modules.
//!
//! Two modules of one folder stand beside each other, and whatever one of them or anything below it
//! names in the other, or below that, is an arrow between the two. A folder is in order where its
//! arrows form no circle. What a module names in the modules above it is no arrow: a child may use what
//! its own parent defines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// That one module names another, at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The module that names, as the names from the root down to it.
    pub from: Vec<String>,
    /// The module that is named.
    pub to: Vec<String>,
    /// Where: a file.
    pub file: String,
    /// Its line.
    pub line: usize,
}

/// Modules of one folder each of which reaches each other one.
#[derive(Debug, PartialEq, Eq)]
pub struct Circle {
    /// The folder's module; empty for the root.
    pub folder: Vec<String>,
    /// The modules.
    pub members: Vec<String>,
    /// The arrows between them, with the places that make each.
    pub arrows: BTreeMap<(String, String), Vec<String>>,
}

/// As many places are shown of each arrow.
const SHOWN: usize = 6;

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within =
            if self.folder.is_empty() { "the root".into() } else { self.folder.join("::") };
        write!(f, "circle in {within}: {}", self.members.join(", "))?;
        for ((from, to), places) in &self.arrows {
            let shown = &places[..places.len().min(SHOWN)];
            write!(f, "\n    {from} -> {to}: {}", shown.join(", "))?;
            if places.len() > SHOWN {
                write!(f, " and {} more", places.len() - SHOWN)?;
            }
        }
        Ok(())
    }
}

/// Pairs of modules the first of which names the second, with the places.
type Arrows<'a> = BTreeMap<(&'a str, &'a str), Vec<String>>;

/// The circles of every folder, from the root down.
pub fn circles(uses: &[Use]) -> Vec<Circle> {
    let mut folders: BTreeMap<&[String], Arrows<'_>> = BTreeMap::new();
    for found in uses {
        let common = found.from.iter().zip(&found.to).take_while(|(a, b)| a == b).count();
        let (Some(from), Some(to)) = (found.from.get(common), found.to.get(common)) else {
            continue;
        };
        let arrows = folders.entry(&found.from[..common]).or_default();
        let places = arrows.entry((from, to)).or_default();
        let place = format!("{}:{}", found.file, found.line);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    folders.into_iter().flat_map(|(folder, arrows)| circles_of(folder, &arrows)).collect()
}

fn circles_of(folder: &[String], arrows: &Arrows<'_>) -> Vec<Circle> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for &(from, to) in arrows.keys() {
        next.entry(from).or_default().push(to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        next.keys().map(|&from| (from, reachable(from, &next))).collect();
    let reaches = |from: &str, to: &str| reached.get(from).is_some_and(|all| all.contains(to));
    let mut found: Vec<Circle> = Vec::new();
    for &module in next.keys().filter(|module| reaches(module, module)) {
        if found.iter().any(|circle| circle.members.iter().any(|member| member == module)) {
            continue;
        }
        let members: Vec<String> = next
            .keys()
            .filter(|other| reaches(module, other) && reaches(other, module))
            .map(|&other| other.to_owned())
            .collect();
        let inside = |name: &str| members.iter().any(|member| member == name);
        let arrows = arrows
            .iter()
            .filter(|((from, to), _)| inside(from) && inside(to))
            .map(|(&(from, to), places)| ((from.to_owned(), to.to_owned()), places.clone()))
            .collect();
        found.push(Circle { folder: folder.to_vec(), members, arrows });
    }
    found
}

/// What can be reached from a module by at least one arrow.
fn reachable<'a>(from: &str, next: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = next.get(from).into_iter().flatten().copied().collect();
    while let Some(module) = open.pop() {
        if reached.insert(module) {
            open.extend(next.get(module).into_iter().flatten());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(arrows: &[(&str, &str)]) -> Vec<Use> {
        let path = |name: &str| name.split("::").map(str::to_owned).collect();
        arrows
            .iter()
            .enumerate()
            .map(|(line, (from, to))| Use {
                from: path(from),
                to: path(to),
                file: "f".into(),
                line,
            })
            .collect()
    }

    fn members(arrows: &[(&str, &str)]) -> Vec<Vec<String>> {
        circles(&uses(arrows)).into_iter().map(|circle| circle.members).collect()
    }

    #[test]
    fn arrows_one_way_are_no_circle() {
        assert!(members(&[("a", "b"), ("b", "c"), ("a", "c"), ("d", "c")]).is_empty());
    }

    #[test]
    fn a_circle_is_found_with_its_own_arrows_only() {
        let found = circles(&uses(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("c", "e")]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].members, ["a", "b", "c"]);
        let arrows = [("a", "b", "f:0"), ("b", "c", "f:1"), ("c", "a", "f:2")];
        assert!(
            found[0]
                .arrows
                .iter()
                .map(|((a, b), at)| (a.as_str(), b.as_str(), at[0].as_str()))
                .eq(arrows)
        );
        assert_eq!(
            found[0].to_string(),
            "circle in the root: a, b, c\n    a -> b: f:0\n    b -> c: f:1\n    c -> a: f:2"
        );
    }

    #[test]
    fn two_circles_are_two() {
        assert_eq!(
            members(&[("a", "b"), ("b", "a"), ("b", "c"), ("c", "d"), ("d", "c")]),
            [["a", "b"], ["c", "d"]]
        );
    }

    #[test]
    fn arrows_count_between_what_stands_side_by_side() {
        // Below `a` and below `b`: a circle of `a` and `b`, though none of their files.
        assert_eq!(members(&[("a::x", "b::y"), ("b::z", "a::w")]), [["a", "b"]]);
        // Within `a`, between its children only.
        assert_eq!(members(&[("a::x", "a::y::deep"), ("a::y", "a::x")]), [["x", "y"]]);
        // A parent and its child.
        assert!(members(&[("a::x", "a"), ("a", "a::x")]).is_empty());
    }
}
