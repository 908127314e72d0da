//! `peers ravine|argmin|basin`: runs every method of a library on every problem and prints one
//! JSON object a line.

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

/// Runs a method on a problem and prints how it did.
pub fn run(library: &'static str, method: &str, entry: &Entry, solve: Solve) {
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
    let record = Record::new((library, method), entry, &counted, &ended.x, ended.status, seconds);
    println!("{}", serde_json::to_string(&record).expect("a record is plain data"));
}

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    let libraries: Vec<String> = std::env::args().skip(1).collect();
    for library in &libraries {
        for entry in entries() {
            match library.as_str() {
                "ravine" => with_ravine::all(&entry),
                "argmin" => with_argmin::all(&entry),
                "basin" => with_basin::all(&entry),
                other => panic!("there is no library `{other}` here"),
            }
        }
    }
}
