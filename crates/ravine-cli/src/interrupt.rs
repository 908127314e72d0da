//! Ctrl-C: the first ends the run with its best point, the second ends the program.

use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The exit status of a program that an interrupt ended, by convention.
const KILLED: i32 = 130;

/// Catches interrupts from now on. Where that is not possible they end the program at once.
pub fn catch() {
    let handler = || {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            std::process::exit(KILLED);
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        eprintln!("note: an interrupt will not keep the best point: {error}");
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
