//! `sparse PROBLEM METHOD...`: runs methods of Ravine on a large problem and prints one JSON object
//! a line.

use std::time::Instant;

use peers::{Counted, Entry, Record};
use ravine::Stopping;
use ravine::methods::named;

/// Most seconds of a method.
const SECONDS: f64 = 120.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [problem, methods @ ..] = arguments.as_slice() else {
        panic!("usage: sparse PROBLEM METHOD...");
    };
    let entry = Entry::named(problem);
    for method in methods {
        let counted = Counted::new(entry.objective());
        let stopping = Stopping {
            iterations: None,
            seconds: Some(SECONDS),
            ..Stopping::gradient(entry.tolerance)
        };
        let begun = Instant::now();
        let mut run = named(method)
            .expect("a method of the catalogue")
            .start(&serde_json::Value::Null, entry.objective(), &entry.start, stopping)
            .expect("a method that fits the problem");
        while run.step().is_none() {}
        let outcome = run.outcome();
        counted.charge(outcome.evaluations);
        let seconds = begun.elapsed().as_secs_f64();
        let status = outcome.status.name().to_owned();
        let record = Record::new(("ravine", method), &entry, &counted, &outcome.x, status, seconds);
        println!("{}", serde_json::to_string(&record).expect("a record is plain data"));
    }
}
