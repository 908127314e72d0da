//! Time on the processor.

use rustix::time::{ClockId, clock_gettime};

/// Seconds of this thread on a processor, which others on the machine disturb less than the clock.
pub fn seconds() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as f64 + 1e-9 * now.tv_nsec as f64
}

/// Seconds of some work.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begin = seconds();
    let result = work();
    (result, seconds() - begin)
}

/// The largest memory that this process has held, in megabytes, where the system tells.
pub fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kilobytes| kilobytes / 1024.0)
}
