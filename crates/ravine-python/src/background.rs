//! Fits that Python's Ctrl-C ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use ravine::Threads;
use ravine_glm::Interrupter;

/// How often signals are looked at.
const SIGNALS: Duration = Duration::from_millis(50);

/// Does `work` on a thread of its own, with as many threads as this one has, while this one lets go of the
/// interpreter and looks at signals. An exception that comes with one is raised at once: the work, all of
/// whose data is its own, ends by itself where its interrupter is asked next.
pub fn interruptible<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce(Interrupter) -> T + Send + 'static,
) -> PyResult<T> {
    let ended = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&ended);
    let interrupter = Interrupter::new(move || asked.load(Ordering::Relaxed));
    let threads = Threads::current();
    let (sender, mut receiver) = channel();
    std::thread::Builder::new().spawn(move || {
        // Whoever has left waits for no result.
        let _ = sender.send(threads.during(|| work(interrupter)));
    })?;
    loop {
        let result;
        (receiver, result) = py.detach(move || {
            let result = receiver.recv_timeout(SIGNALS);
            (receiver, result)
        });
        match result {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Timeout) => py.check_signals().inspect_err(|_| {
                ended.store(true, Ordering::Relaxed);
            })?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("a fit ended without a result"));
            }
        }
    }
}
