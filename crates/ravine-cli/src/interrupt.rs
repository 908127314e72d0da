//! Ctrl-C and requests to terminate: the first ends the run with its best point, the second ends the program.

use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The exit status of a program that an interrupt ended, by convention.
const KILLED: i32 = 130;

/// Catches interrupts from now on, unless whoever started the program had it ignore them, as `nohup` and
/// shells do for jobs in the background: then they stay ignored. Where they cannot be caught they end
/// the program at once.
pub fn catch() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(KILLED);
        }
    };
    match ctrlc::try_set_handler(handler) {
        // Something else than the default was set before, by whoever started the program.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => {}
        Err(error) => eprintln!("note: an interrupt will not keep the best point: {error}"),
    }
}

/// What runs look at.
pub fn flag() -> &'static AtomicBool {
    &INTERRUPTED
}

/// Whether there was an interrupt.
pub fn seen() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
