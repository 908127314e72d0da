//! How numbers, points and times are written.

use ravine_problems::Problem;

/// `(-1.2, 1)`, shortened where it is long.
pub fn point(x: &[f64]) -> String {
    const MOST: usize = 6;
    let mut parts: Vec<_> = x.iter().take(MOST).map(|&v| short(v)).collect();
    if x.len() > MOST {
        parts.push("...".to_owned());
    }
    format!("({})", parts.join(", "))
}

/// With up to six digits.
pub fn short(v: f64) -> String {
    if v == 0.0 {
        return "0".to_owned();
    }
    let digits = format!("{v:.5e}");
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((&digits, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let decimals = (5 - exponent).max(0) as usize;
        let text = format!("{v:.decimals$}");
        if text.contains('.') {
            return text.trim_end_matches('0').trim_end_matches('.').to_owned();
        }
        return text;
    }
    format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
}

/// A value in the form of a table, `1.2346e-9`.
pub fn value(v: f64) -> String {
    if v == 0.0 { "0".to_owned() } else { format!("{v:.4e}") }
}

/// A size of which only the order matters, `1.2e-9`.
pub fn size(v: f64) -> String {
    if v == 0.0 { "0".to_owned() } else { format!("{v:.1e}") }
}

/// `12 µs`, `3.4 ms`, `5.6 s`.
pub fn seconds(s: f64) -> String {
    let (scaled, unit) = match s {
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    let decimals = match scaled {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{scaled:.decimals$} {unit}")
}

/// `120 B`, `3.4 kB`, `5.6 MB`.
pub fn bytes(n: u64) -> String {
    let (scaled, unit) = match n as f64 {
        n if n < 1e3 => return format!("{n} B"),
        n if n < 1e6 => (n / 1e3, "kB"),
        n if n < 1e9 => (n / 1e6, "MB"),
        n => (n / 1e9, "GB"),
    };
    if scaled < 9.95 { format!("{scaled:.1} {unit}") } else { format!("{scaled:.0} {unit}") }
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
        assert_eq!(short(123456.7), "123457");
        assert_eq!(short(1.0 / 3.0), "0.333333");
        assert_eq!(short(1e-7), "1e-7");
        assert_eq!(short(-2.5e12), "-2.5e12");
        assert_eq!(short(200.0), "200");
        assert_eq!(seconds(1.5e-5), "15.0 µs");
        assert_eq!(seconds(0.25), "250 ms");
        assert_eq!(seconds(2.0), "2.00 s");
        assert_eq!(point(&[0.0; 9]), "(0, 0, 0, 0, 0, 0, ...)");
        assert_eq!(
            (bytes(640), bytes(3400), bytes(99_960_000)),
            ("640 B".to_owned(), "3.4 kB".to_owned(), "100 MB".to_owned())
        );
        assert_eq!(count(1, "iteration"), "1 iteration");
    }
}
