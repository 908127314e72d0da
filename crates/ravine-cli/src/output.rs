//! How numbers, points and times are written.

use ravine_problems::Problem;

pub use ravine::text::{seconds, short, size};

/// `(-1.2, 1)`, shortened where it is long.
pub fn point(x: &[f64]) -> String {
    const MOST: usize = 6;
    let mut parts: Vec<_> = x.iter().take(MOST).map(|&v| short(v)).collect();
    if x.len() > MOST {
        parts.push("...".to_owned());
    }
    format!("({})", parts.join(", "))
}

/// A value in the form of a table, `1.2346e-9`.
pub fn value(v: f64) -> String {
    if v == 0.0 { "0".to_owned() } else { format!("{v:.4e}") }
}

/// `1 iteration`, `5 iterations`.
pub fn count(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A problem in one line: its title, size and start.
pub fn heading(problem: &Problem, start: &[f64]) -> String {
    let n = start.len() as u64;
    format!("{}, {}, start {}", problem.title, count(n, "variable"), point(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(point(&[-1.2, 1.0]), "(-1.2, 1)");
        assert_eq!(point(&[0.0; 9]), "(0, 0, 0, 0, 0, 0, ...)");
        assert_eq!(count(1, "iteration"), "1 iteration");
    }
}
