//! The command `ravine`.

mod args;
mod cases;
mod checkpoint;
mod described;
mod diagnose;
mod failure;
mod fit;
mod fit_curve;
mod interrupt;
mod json;
mod listing;
mod method;
mod minimize;
mod output;
mod page;
mod parts;
mod picture;
mod plot;
mod point;
mod predict;
mod problem;
mod profile;
mod progress;
mod race;
mod run;
mod screen;
mod spectrum;
mod table;
mod tour;
mod trace;
mod train;
mod trained;
mod verify;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use failure::Failure;
use screen::{Screen, Wrapped};

const NOT_CONVERGED: u8 = 1;
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    cli.refuse_options_as_problems();
    // Objects are for programs, which take a line for what it is.
    let limit = if cli.command.json() { usize::MAX } else { Screen::of_stdout().limit };
    let mut out = Wrapped::new(std::io::BufWriter::new(std::io::stdout().lock()), limit);
    interrupt::catch();
    let ended = cli.command.threads().during(|| match &cli.command {
        Command::Race(args) => race::command(args, &mut out),
        Command::Minimize(args) => minimize::command(args, &mut out),
        Command::Diagnose(args) => diagnose::command(args, &mut out),
        Command::Spectrum(args) => spectrum::command(args, &mut out),
        Command::Fit(args) => fit::command(args, &mut out),
        Command::Predict(args) => predict::command(args, &mut out),
        Command::FitCurve(args) => fit_curve::command(args, &mut out),
        Command::Train(args) => train::command(args, &mut out),
        Command::Problems(args) => listing::problems(args, &mut out),
        Command::Methods(args) => listing::methods(args, &mut out),
    });
    match ended.and_then(|success| Ok(out.flush().map(|()| success)?)) {
        Ok(true) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(NOT_CONVERGED),
        Err(Failure::Input(message)) => {
            eprintln!("error: {message}");
            ExitCode::from(BAD_INPUT)
        }
    }
}
