//! `peers ravine argmin basin`: runs every method of the libraries on every problem and prints one
//! JSON object a line.
//!
//! Each problem runs in a process of its own, so that a method that never ends can be ended.

mod parent;
mod with_argmin;
mod with_basin;
mod with_ravine;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use peers::{Counted, Entry, Record, entries};

/// Most iterations of any method.
pub const ITERATIONS: u64 = 10_000;

/// How often a run is repeated; the fastest is reported.
const REPEATS: usize = 3;

/// What a run of a peer leaves behind.
pub struct Ended {
    /// The last point.
    pub x: Vec<f64>,
    /// How the peer says that it ended.
    pub status: String,
}

/// A method: minimizes the counted objective from the entry's start until `Watch::done`.
pub type Solve<'m> = &'m dyn Fn(&Entry, &Counted, &mut Watch) -> Ended;

/// The stopping test for peers that have none in the maximum norm. Its own evaluations are neither
/// counted nor timed.
#[derive(Default)]
pub struct Watch {
    spent: Duration,
}

impl Watch {
    /// Whether the gradient test holds at `x`.
    pub fn done(&mut self, entry: &Entry, counted: &Counted, x: &[f64]) -> bool {
        let start = Instant::now();
        let done = counted.gradient_norm(x) <= entry.tolerance;
        self.spent += start.elapsed();
        done
    }
}

/// The methods of a library on one problem.
pub struct Runner<'e> {
    library: &'static str,
    entry: &'e Entry,
    /// Methods still to pass over: they ran before, in a process that had to be ended.
    skip: usize,
}

impl Runner<'_> {
    /// The problem.
    pub fn entry(&self) -> &Entry {
        self.entry
    }

    /// Announces a method, runs it and prints how it did.
    pub fn run(&mut self, method: &str, solve: Solve) {
        if self.skip > 0 {
            self.skip -= 1;
            return;
        }
        println!("{}{method}", parent::ANNOUNCED);
        let entry = self.entry;
        let mut seconds = f64::INFINITY;
        let counted = Counted::new(entry.objective());
        let mut ended = Ended { x: entry.start.clone(), status: String::new() };
        for _ in 0..REPEATS {
            counted.reset();
            let mut watch = Watch::default();
            let start = Instant::now();
            let result = catch_unwind(AssertUnwindSafe(|| solve(entry, &counted, &mut watch)));
            let spent = start.elapsed().saturating_sub(watch.spent).as_secs_f64();
            seconds = seconds.min(spent);
            ended = result.unwrap_or_else(|_| Ended {
                x: entry.start.clone(),
                status: "panicked".to_owned(),
            });
            // A run that takes long is not repeated.
            if spent > 1.0 {
                break;
            }
        }
        let method = (self.library, method);
        let record = Record::new(method, entry, &counted, &ended.x, ended.status, seconds);
        println!("{}", serde_json::to_string(&record).expect("a record is plain data"));
    }
}

/// The libraries by name.
const LIBRARIES: [(&str, fn(&mut Runner)); 3] =
    [("ravine", with_ravine::all), ("argmin", with_argmin::all), ("basin", with_basin::all)];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let library = |name: &str| {
        LIBRARIES
            .into_iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("there is no library `{name}` here"))
    };
    if let [flag, name, problem, skip] = arguments.as_slice()
        && flag == parent::CHILD
    {
        // A panic of a peer is its status, not noise.
        std::panic::set_hook(Box::new(|_| ()));
        let entries = entries();
        let entry = &entries[problem.parse::<usize>().expect("the index of a problem")];
        let skip = skip.parse().expect("a number of methods");
        let (library, all) = library(name);
        all(&mut Runner { library, entry, skip });
        return;
    }
    for name in &arguments {
        let (library, _) = library(name);
        for (index, entry) in entries().iter().enumerate() {
            parent::all(library, index, entry);
        }
    }
}
