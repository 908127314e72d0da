//! What may end a computation in Rust from Python: exceptions and Ctrl-C.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use ravine::Interrupt;

/// How often signals are looked at where no Python code runs.
const SIGNALS: Duration = Duration::from_millis(50);

thread_local! {
    /// Whether this is the interpreter's main thread, which alone sees signals; others would wait for its
    /// lock to learn nothing. Not known before this thread first had the lock.
    static IS_MAIN: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Notes it, once in each thread.
fn know_thread(py: Python<'_>) -> PyResult<()> {
    if IS_MAIN.get().is_none() {
        let threading = py.import("threading")?;
        let main = threading.call_method0("main_thread")?.getattr("ident")?;
        IS_MAIN.set(Some(main.eq(threading.call_method0("get_ident")?)?));
    }
    Ok(())
}

/// The first exception that was raised during a computation; it ends there.
#[derive(Default)]
pub struct Watch {
    ended: AtomicBool,
    raised: Mutex<Option<PyErr>>,
}

impl Watch {
    /// Runs Python code with the lock of the interpreter; an exception is kept.
    ///
    /// # Errors
    ///
    /// An interrupt if there is an exception, now or from before.
    pub fn attached<T>(
        &self,
        body: impl FnOnce(Python<'_>) -> PyResult<T>,
    ) -> Result<T, Interrupt> {
        self.look()?;
        Python::attach(|py| {
            let free = know_thread(py).and_then(|()| py.check_signals());
            free.and_then(|()| body(py)).map_err(|error| {
                // One that was kept where it came from has the way on to here in its traceback now.
                if self.raised(py).is_some_and(|kept| kept.value(py).is(error.value(py))) {
                    drop(self.take());
                }
                self.raise(error);
                Interrupt::Cancelled
            })
        })
    }

    /// The exception that is kept, if there is one.
    pub fn raised(&self, py: Python<'_>) -> Option<PyErr> {
        Some(self.raised.lock().ok()?.as_ref()?.clone_ref(py))
    }

    /// Keeps an exception, unless there is an earlier one.
    pub fn raise(&self, error: PyErr) {
        if let Ok(mut raised) = self.raised.lock() {
            raised.get_or_insert(error);
        }
        self.end();
    }

    /// Ends the computation at its next product.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// An interrupt once there is an exception.
    pub fn look(&self) -> Result<(), Interrupt> {
        if self.ended.load(Ordering::Relaxed) { Err(Interrupt::Cancelled) } else { Ok(()) }
    }

    /// True once it has ended: it cancels what else the caller began.
    pub fn ended(&self) -> &AtomicBool {
        &self.ended
    }

    /// Takes the exception, if there is one: what comes after begins anew.
    pub fn take(&self) -> Option<PyErr> {
        let error = self.raised.lock().ok()?.take()?;
        self.ended.store(false, Ordering::Relaxed);
        Some(error)
    }
}

/// Looks at signals now and then, while Rust works without the interpreter.
pub struct Signals {
    looked: Cell<Instant>,
}

impl Default for Signals {
    fn default() -> Self {
        Self { looked: Cell::new(Instant::now()) }
    }
}

impl Signals {
    /// An interrupt once there is an exception, that of Ctrl-C included.
    pub fn look(&self, watch: &Watch) -> Result<(), Interrupt> {
        watch.look()?;
        if IS_MAIN.get() == Some(false) || self.looked.get().elapsed() < SIGNALS {
            return Ok(());
        }
        self.looked.set(Instant::now());
        watch.attached(|_| Ok(()))
    }
}
