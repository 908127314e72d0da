//! Panics of a decoder, caught in silence.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// How many guarded calls this thread is in.
    static GUARDED: Cell<usize> = const { Cell::new(0) };
}

/// What a function gives; nothing where it panics, of which nothing is printed either. Panics elsewhere are
/// told as they were before.
pub(super) fn unless_it_panics<T>(work: impl FnOnce() -> T) -> Option<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let told = take_hook();
        set_hook(Box::new(move |panic| {
            if GUARDED.get() == 0 {
                told(panic);
            }
        }));
    });
    GUARDED.set(GUARDED.get() + 1);
    let found = catch_unwind(AssertUnwindSafe(work)).ok();
    GUARDED.set(GUARDED.get() - 1);
    found
}

#[cfg(test)]
mod tests {
    use super::unless_it_panics;

    #[test]
    fn parquet_panics_are_nothing_and_the_guard_ends_with_them() {
        assert_eq!(unless_it_panics(|| 3), Some(3));
        assert_eq!(unless_it_panics(|| -> usize { panic!("of a decoder") }), None);
        assert_eq!(super::GUARDED.get(), 0);
        assert_eq!(
            unless_it_panics(|| unless_it_panics(|| -> usize { panic!("inside") })),
            Some(None)
        );
    }
}
