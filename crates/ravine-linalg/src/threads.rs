//! Threads, as a setting of the work that they do.

use std::cell::Cell;
use std::num::NonZeroUsize;

use crate::ArgumentError;

/// Fewer elementary operations than this are not worth starting a thread for: some ten microseconds.
const GRAIN: usize = 1 << 16;

/// How many threads work on one thing together: one, unless somebody asks for more. It holds for the
/// work inside of [`during`](Self::during), on the thread that called it, and nowhere else: nothing is
/// shared by the whole process.
///
/// Products of large dense and sparse matrices take them, and whoever splits his own work by
/// [`parts`](Self::parts) and [`each`](Self::each). Factorizations and inner products stay on one
/// thread. What is split, and where, follows from sizes and the number of threads alone, so that results
/// are the same bits for the same number.
///
/// ```
/// use ravine_linalg::Threads;
///
/// assert_eq!(Threads::current(), Threads::default());
/// let sums = Threads::new(2)?.during(|| {
///     let numbers: Vec<u64> = (0..1_000_000).collect();
///     let parts = Threads::current().parts(numbers.len());
///     let chunks = numbers.chunks(numbers.len().div_ceil(parts)).collect();
///     Threads::each(chunks, |chunk: &[u64]| chunk.iter().sum::<u64>())
/// });
/// assert_eq!((sums.len(), sums.iter().sum()), (2, 499_999_500_000u64));
/// # Ok::<(), ravine_linalg::ArgumentError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "usize", into = "usize")]
pub struct Threads(NonZeroUsize);

thread_local! {
    static CURRENT: Cell<Threads> = const { Cell::new(Threads::ONE) };
}

impl Threads {
    const ONE: Self = Self(NonZeroUsize::MIN);

    /// So many.
    ///
    /// # Errors
    ///
    /// If there are none, or more than 1024.
    pub fn new(count: usize) -> Result<Self, ArgumentError> {
        let allowed = (1..=1024).contains(&count);
        ArgumentError::check(allowed, "threads", count, "from 1 to 1024")?;
        Ok(Self(NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN)))
    }

    /// How many.
    pub fn count(self) -> usize {
        self.0.get()
    }

    /// Those of the work that this is part of.
    #[inline]
    pub fn current() -> Self {
        CURRENT.get()
    }

    /// Does `work` with so many threads. What holds outside holds again after it, also after a panic.
    pub fn during<R>(self, work: impl FnOnce() -> R) -> R {
        struct Outside(Threads);
        impl Drop for Outside {
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        let _outside = Outside(self.replace_current());
        work()
    }

    /// Makes these the current ones of this thread, from now on; those before are given back. For front
    /// ends whose blocks begin and end in another language; else [`during`](Self::during) is what undoes
    /// itself.
    pub fn replace_current(self) -> Self {
        CURRENT.replace(self)
    }

    /// Into how many parts work of so many elementary operations is worth splitting.
    #[inline]
    pub fn parts(self, operations: usize) -> usize {
        if self == Self::ONE { 1 } else { self.count().min(operations / GRAIN).max(1) }
    }

    /// Does `work` on each part, each on a thread of its own but the last, which stays on this one; the
    /// results in the order of the parts. Work inside a part has one thread.
    ///
    /// # Panics
    ///
    /// If `work` does.
    pub fn each<P: Send, R: Send>(parts: Vec<P>, work: impl Fn(P) -> R + Sync) -> Vec<R> {
        let work = |part| Self::ONE.during(|| work(part));
        if cfg!(target_family = "wasm") || parts.len() < 2 {
            return parts.into_iter().map(work).collect();
        }
        std::thread::scope(|scope| {
            let (work, mut parts) = (&work, parts);
            let last = parts.pop();
            let started: Vec<_> =
                parts.into_iter().map(|part| scope.spawn(move || work(part))).collect();
            let last = last.map(work);
            let joined = started.into_iter().map(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            joined.chain(last).collect()
        })
    }
}

impl Default for Threads {
    /// One.
    fn default() -> Self {
        Self::ONE
    }
}

impl TryFrom<usize> for Threads {
    type Error = ArgumentError;

    fn try_from(count: usize) -> Result<Self, ArgumentError> {
        Self::new(count)
    }
}

impl From<Threads> for usize {
    fn from(threads: Threads) -> usize {
        threads.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hold_inside_and_nowhere_else() {
        let two = Threads::new(2).unwrap();
        two.during(|| {
            assert_eq!(Threads::current(), two);
            Threads::new(3).unwrap().during(|| assert_eq!(Threads::current().count(), 3));
            assert_eq!(Threads::current(), two);
            let elsewhere = std::thread::spawn(Threads::current).join().unwrap();
            assert_eq!(elsewhere, Threads::ONE);
            assert_eq!(Threads::each(vec![(), ()], |()| Threads::current()), [Threads::ONE; 2]);
        });
        assert_eq!(Threads::current(), Threads::ONE);
        assert!(std::panic::catch_unwind(|| two.during(|| panic!("as meant"))).is_err());
        assert_eq!(Threads::current(), Threads::ONE);
    }

    #[test]
    fn parts_run_side_by_side_and_come_in_order() {
        // Each waits for all others: on one thread this would not end.
        let barrier = std::sync::Barrier::new(4);
        let squares = Threads::each((0..4).collect(), |k: usize| {
            barrier.wait();
            k * k
        });
        assert_eq!(squares, [0, 1, 4, 9]);
        let panicked = std::panic::catch_unwind(|| {
            Threads::each(vec![1, 0], |k| assert_eq!(k, 0, "as meant"));
        });
        assert!(panicked.is_err());
    }

    #[test]
    fn small_work_is_not_split() {
        let eight = Threads::new(8).unwrap();
        assert_eq!(eight.parts(1000), 1);
        assert_eq!(eight.parts(3 * GRAIN), 3);
        assert_eq!(eight.parts(100 * GRAIN), 8);
        assert_eq!(Threads::ONE.parts(usize::MAX), 1);
        for count in [0, 1025] {
            let message = Threads::new(count).unwrap_err().to_string();
            assert!(message.contains("threads") && message.contains("1024"), "{message}");
        }
    }
}
