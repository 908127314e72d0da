//! Files from which runs go on, also after the program was killed.
//!
//! [`Checkpoints`] writes the state of a run of a method by name to a file, now and then and at its
//! end. [`Saved`] reads the file and goes on to the same bits, for the same [`Subject`] only: problem,
//! method, settings, start, bounds and batches. Rules and budgets may be others.
//!
//! A new checkpoint takes the place of the old one only once it is complete and on the disk: a run that
//! is killed while it writes leaves the old one.
//!
//! ```
//! use ravine::checkpoint::{Checkpoints, Saved, Subject};
//! use ravine::methods::named;
//! use ravine::{Conditions, Stopping};
//!
//! let f = ravine::objective!(2, |x| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2));
//! let start = [-1.2, 1.0];
//! let (lbfgs, settings) = (named("lbfgs")?, serde_json::json!({ "memory": 5 }));
//! let path = std::env::temp_dir().join(format!("valley-{}.checkpoint", std::process::id()));
//!
//! // A run that ends too early.
//! let conditions = Conditions::from(Stopping { iterations: Some(7), ..Stopping::default() });
//! let subject = Subject::new("valley", lbfgs, &settings, &start, &conditions);
//! let mut checkpoints = Checkpoints::new(&path, subject.clone(), Some(5))?;
//! let mut run = lbfgs.start(&settings, &f, &start, conditions)?;
//! checkpoints.note(&*run)?;
//! while run.step().is_none() {
//!     checkpoints.note(&*run)?;
//! }
//! checkpoints.note(&*run)?;
//!
//! // Another goes on.
//! let saved = Saved::read(&path)?;
//! let mut resumed = lbfgs.resume(&settings, &f, saved.state(&subject)?, Stopping::default())?;
//! assert_eq!(resumed.progress().iteration, 7);
//! while resumed.step().is_none() {}
//! assert!(resumed.outcome().status.converged());
//!
//! // But not with another method.
//! let bfgs = named("bfgs")?;
//! let none = serde_json::Value::Null;
//! let other = Subject::new("valley", bfgs, &none, &start, &Stopping::default().into());
//! let error = saved.state(&other).unwrap_err();
//! assert!(error.to_string().ends_with("a checkpoint of the method `lbfgs`, not `bfgs`"));
//! # std::fs::remove_file(&path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The file
//!
//! A line `ravine checkpoint 1` with the version of the format; a line of JSON that says what it is of;
//! the state, numbers as they are in memory; then the number of bytes before (8 bytes, the lowest first)
//! and their CRC-32 (4 bytes). A state is read by the version of the library that wrote it.

mod error;
mod file;
mod pace;
mod saved;
mod subject;

pub use crate::encoding::{decode, encode};
pub use error::Error;
pub use file::{checksum, fingerprint, replace};
pub use pace::{Checkpoints, Pace};
pub use saved::Saved;
pub use subject::Subject;
