//! Ctrl-C and requests to terminate: the first ends the run with its best point, the second ends the program.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown};

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// The exit status of a program that an interrupt ended, by convention.
const KILLED: i32 = 130;

#[cfg(unix)]
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, signal_hook::consts::SIGHUP];
#[cfg(not(unix))]
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// Catches interrupts from now on; each kind unless whoever started the program had it ignored, as `nohup`
/// does with hangups and shells do with interrupts of jobs in the background: then it stays ignored. One
/// that cannot be caught ends the program at once.
pub fn catch() {
    let ignored = ignored();
    for signal in SIGNALS.into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0) {
        // The second first, so that one signal does not count for both.
        let flag = || Arc::clone(&INTERRUPTED);
        let caught = register_conditional_shutdown(signal, KILLED, flag())
            .and_then(|_| register(signal, flag()));
        if let Err(error) = caught {
            eprintln!("note: an interrupt will not keep the best point: {error}");
        }
    }
}

/// The signals that were ignored when the program began, a bit each, where the system says so.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// What runs look at.
pub fn flag() -> &'static AtomicBool {
    &INTERRUPTED
}

/// Whether there was an interrupt.
pub fn seen() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}
