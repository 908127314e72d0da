//! The table of a race and what stands below it: the same for all who show it.

use ravine::minimize::Outcome;
use ravine::objective::Counts;
use ravine_text::{scientific, seconds, short, size};

use crate::race::{Entrant, by_reason};
use crate::tune::Grid;

/// How a column is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// The table of a race as texts.
///
/// ```
/// use ravine_race::{MethodChoice, Side, Table, Track};
///
/// let problem = ravine_problems::named("booth")?;
/// let race = Track::new(&problem).race(&MethodChoice::parse_list("newton,bfgs")?, |_| ());
/// let table = Table::of(&race.entrants);
/// assert_eq!(table.head[0], ("method", Side::Left));
/// assert_eq!(table.rows[0][..3], ["newton", "converged", "1"]);
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What stands above the columns, and how they are set.
    pub head: Vec<(&'static str, Side)>,
    /// A row an entrant that ran, in their order.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Method, status, iterations, evaluations by kind, what the search for a step took, value, norm
    /// of the gradient, time inside and outside of the function; without the columns that would be
    /// empty.
    pub fn of(entrants: &[Entrant]) -> Self {
        let columns: Vec<_> =
            COLUMNS.iter().filter(|c| entrants.iter().any(|e| shown(e, c.shown))).collect();
        let ran = entrants.iter().filter_map(|entrant| Some((entrant, entrant.outcome()?)));
        Self {
            head: columns.iter().map(|column| (column.title, column.side)).collect(),
            rows: ran.map(|(e, o)| columns.iter().map(|c| (c.text)(e, o)).collect()).collect(),
        }
    }
}

type Text = fn(&Entrant, &Outcome<Vec<f64>>) -> String;

/// What a column shows of an entrant that ran.
struct Column {
    title: &'static str,
    side: Side,
    shown: Shown,
    text: Text,
}

/// Which entrants make a column worth its place.
#[derive(Clone, Copy)]
enum Shown {
    Always,
    Where(fn(&Counts) -> u64),
    Tuned,
}

fn shown(entrant: &Entrant, column: Shown) -> bool {
    match column {
        Shown::Always => true,
        Shown::Where(count) => entrant.outcome().is_some_and(|o| count(&o.evaluations) > 0),
        Shown::Tuned => entrant.tuned.is_some(),
    }
}

const fn words(title: &'static str, text: Text) -> Column {
    Column { title, side: Side::Left, shown: Shown::Always, text }
}

const fn number(title: &'static str, shown: Shown, text: Text) -> Column {
    Column { title, side: Side::Right, shown, text }
}

static COLUMNS: [Column; 12] = [
    words("method", |e, _| e.label()),
    words("status", |e, _| e.ending()),
    number("iter", Shown::Always, |_, o| o.iterations.to_string()),
    number("f", Shown::Always, |_, o| count(o.evaluations.value)),
    number("grad", Shown::Always, |_, o| count(o.evaluations.gradient)),
    number("H·d", Shown::Where(|c| c.hessian_product), |_, o| {
        count(o.evaluations.hessian_product)
    }),
    number("Hess", Shown::Where(|c| c.hessian), |_, o| count(o.evaluations.hessian)),
    number("tuning", Shown::Tuned, |e, _| {
        e.tuned.as_ref().map_or(String::new(), |tuned| count(tuned.evaluations.value))
    }),
    number("value", Shown::Always, |_, o| scientific(o.value, 4)),
    number("|grad|", Shown::Always, |_, o| size(o.gradient_norm)),
    number("in f", Shown::Always, |_, o| seconds(o.seconds_in_objective)),
    number("outside", Shown::Always, |_, o| seconds((o.seconds - o.seconds_in_objective).max(0.0))),
];

/// A number, or a dot for 0.
fn count(n: u64) -> String {
    if n == 0 { "·".to_owned() } else { n.to_string() }
}

/// What the table does not say: how steps were found, and which methods were left out, `(name,
/// reason)`.
///
/// ```
/// use ravine_race::{MethodChoice, Track, footnotes};
///
/// let problem = ravine_problems::named("booth")?;
/// let race = Track::new(&problem).race(&MethodChoice::parse_list("gd,lm")?, |_| ());
/// let lines = footnotes(&race.entrants, &race.left_out);
/// assert!(lines[0].contains("the best of 22 steps from 1e-6 to 10"));
/// assert!(lines[1].ends_with("lm."));
/// # Ok::<(), ravine::ArgumentError>(())
/// ```
pub fn footnotes(entrants: &[Entrant], left_out: &[(String, String)]) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(tuned) = entrants.iter().find_map(|entrant| entrant.tuned.as_ref()) {
        let grid = Grid::default();
        lines.push(format!(
            "Methods with a fixed step run with the best of {} steps from {} to {}; `tuning` counts \
             the evaluations that finding it took.",
            tuned.trials.len(),
            short(grid.low),
            short(grid.high)
        ));
    }
    let left_out = left_out.iter().map(|(name, reason)| (name.as_str(), reason.as_str()));
    for (reason, names) in by_reason(left_out) {
        lines.push(format!("Not in the race ({reason}): {}.", names.join(", ")));
    }
    lines
}
