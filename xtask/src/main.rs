//! Developer tasks.
//!
//! `cargo xtask test` sets up what the tests need and runs every part of them; `cargo xtask test
//! PART...` runs the named parts; `cargo xtask parts` lists them. `cargo xtask web` builds the web
//! page into `web/dist`; with `--serve` it then serves it on this machine. The module is compiled with
//! the standard library's source that rustup brings, or else by Debian's packages; the environment
//! variable `RAVINE_WEB_COMPILER`, `rustup` or `debian`, chooses.

mod layers;
mod markdown;
mod parts;
mod process;
mod project;
mod setup;
mod web;

use std::process::ExitCode;

use project::Project;

const USAGE: &str = "usage: cargo xtask test [PART...]   (all parts where none is named)
       cargo xtask parts
       cargo xtask web [--serve]        (RAVINE_WEB_COMPILER=rustup or debian chooses what
                                        compiles the module: otherwise rustup's where it can)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["test", names @ ..] => Project::locate().and_then(|project| parts::run(&project, names)),
        ["web"] => Project::locate().and_then(|project| web::build(&project)),
        ["web", "--serve"] => Project::locate().and_then(|project| web::serve(&project)),
        ["parts"] => {
            for part in parts::PARTS {
                println!("{:<10} {}", part.name, part.what);
            }
            Ok(())
        }
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                eprintln!("{message}");
            }
            ExitCode::FAILURE
        }
    }
}
