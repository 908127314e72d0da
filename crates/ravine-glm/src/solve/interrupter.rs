//! Who may end a fit before its time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asked again and again while a fit works; where it says true, the fit ends with the status
/// [`Stopped`](crate::Status::Stopped) and the point that it has. What has said true once says so from
/// then on. Nobody is asked by default.
///
/// It is no part of what is fitted: models that differ in it alone are equal.
///
/// ```
/// use ravine::matrix::Matrix;
/// use ravine_data::Design;
/// use ravine_glm::{GeneralizedLinearModel, Interrupter, Status};
///
/// let x = Matrix::from_rows(&[[0.0], [1.0], [2.0], [3.0]]);
/// let x = Design::dense(x, vec!["x".into()]);
/// let interrupter = Interrupter::new(|| true);
/// let model = GeneralizedLinearModel { interrupter, ..Default::default() };
/// assert_eq!(model.fit(&x, &[0.0, 1.0, 2.0, 4.0])?.status, Status::Stopped);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Default)]
pub struct Interrupter(Option<Arc<Asked>>);

struct Asked {
    stopped: AtomicBool,
    ask: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Interrupter {
    /// Asks this function, which should cost little.
    pub fn new(ask: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Asked { stopped: AtomicBool::new(false), ask: Box::new(ask) })))
    }

    /// Whether the fit is to end.
    pub(crate) fn stops(&self) -> bool {
        let Some(asked) = &self.0 else { return false };
        let stopped = asked.stopped.load(Ordering::Relaxed) || (asked.ask)();
        if stopped {
            asked.stopped.store(true, Ordering::Relaxed);
        }
        stopped
    }
}

impl fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Interrupter(..)" } else { "Interrupter(none)" })
    }
}

impl PartialEq for Interrupter {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}
