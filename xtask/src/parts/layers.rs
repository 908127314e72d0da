//! Modules and crates know each other in one direction only.

use crate::layers::graph::{Use, circles};
use crate::layers::{crates, python, rust, typescript};
use crate::process::Tally;
use crate::project::Project;

/// Looks for circles among the modules of every crate, of the Python package and of the page, and for
/// crates that depend on one they may not know; prints each with the places that make it.
pub fn run(project: &Project, tally: &mut Tally) -> Result<(), String> {
    let mut found = Tally::default();
    let crates_folder = project.root.join("crates");
    let mut packages = Project::list(&crates_folder, "");
    packages.push(project.root.join("xtask"));
    for package in packages {
        let roots = ["lib.rs", "main.rs"].map(|file| package.join("src").join(file));
        for root in roots.into_iter().filter(|file| file.exists()) {
            let name = root.strip_prefix(&project.root).unwrap_or(&root).display().to_string();
            found.check(report(&name, rust::uses(&root, &package)?));
        }
    }
    let package = project.root.join("crates/ravine-python/python");
    found.check(report("the Python package", python::uses(&package.join("ravine"), &package)?));
    let page = project.root.join("web/src");
    found.check(report("the page", typescript::uses(&page, &page)?));
    let mistakes = crates::mistakes(&crates_folder)?;
    for mistake in &mistakes {
        println!("{mistake}");
    }
    found.check(mistakes.is_empty());
    println!("{}", found.result_line());
    tally.add(found);
    if found.failed == 0 {
        Ok(())
    } else {
        Err("some know each other both ways, or what they may not".to_owned())
    }
}

/// Prints the circles of what is called `name`; whether there are none.
fn report(name: &str, uses: Vec<Use>) -> bool {
    let circles = circles(&uses);
    println!("{name}: {} names of other modules, {} circles", uses.len(), circles.len());
    for circle in &circles {
        println!("  {circle}");
    }
    circles.is_empty()
}
