//! How numbers and times are written in reports.

/// With up to six digits.
///
/// ```
/// use ravine_text::short;
///
/// assert_eq!([1.0 / 3.0, 200.0, 1e-7].map(short), ["0.333333", "200", "1e-7"]);
/// ```
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

/// With up to four digits, for what is known no better.
///
/// ```
/// assert_eq!(ravine_text::four_digits(123_456.0), "123500");
/// ```
pub fn four_digits(number: f64) -> String {
    let unit = 10f64.powf(number.abs().log10().floor() - 3.0);
    short(if unit.is_normal() { (number / unit).round() * unit } else { number })
}

/// With so many digits after the first, `1.2346e-9`.
///
/// ```
/// assert_eq!(ravine_text::scientific(1.23456e-9, 4), "1.2346e-9");
/// ```
pub fn scientific(v: f64, digits: usize) -> String {
    if v == 0.0 { "0".to_owned() } else { format!("{v:.digits$e}") }
}

/// A size of which only the order matters, `1.2e-9`.
///
/// ```
/// assert_eq!(ravine_text::size(1.234e-9), "1.2e-9");
/// ```
pub fn size(v: f64) -> String {
    scientific(v, 1)
}

/// `(-1.2, 1)`, shortened where it is long.
///
/// ```
/// assert_eq!(ravine_text::point(&[0.0; 9]), "(0, 0, 0, 0, 0, 0, ...)");
/// ```
pub fn point(x: &[f64]) -> String {
    const MOST: usize = 6;
    let mut parts: Vec<_> = x.iter().take(MOST).map(|&v| short(v)).collect();
    if x.len() > MOST {
        parts.push("...".to_owned());
    }
    format!("({})", parts.join(", "))
}

/// `1 iteration`, `5 iterations`.
///
/// ```
/// assert_eq!(ravine_text::count(5, "iteration"), "5 iterations");
/// ```
pub fn count(n: u64, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// A problem in one line: its title, size and start.
///
/// ```
/// let line = ravine_text::heading("Booth", &[-5.0, 8.0]);
/// assert_eq!(line, "Booth, 2 variables, start (-5, 8)");
/// ```
pub fn heading(title: &str, start: &[f64]) -> String {
    format!("{title}, {}, start {}", count(start.len() as u64, "variable"), point(start))
}

/// A time: `12.0 µs`, `3.40 ms`, `5.60 s`.
///
/// ```
/// assert_eq!(ravine_text::seconds(3.4e-3), "3.40 ms");
/// ```
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

/// A number of bytes: `120 B`, `3.4 kB`, `5.6 MB`.
///
/// ```
/// assert_eq!(ravine_text::bytes(3400), "3.4 kB");
/// ```
pub fn bytes(n: u64) -> String {
    let (scaled, unit) = match n as f64 {
        n if n < 1e3 => return format!("{n} B"),
        n if n < 1e6 => (n / 1e3, "kB"),
        n if n < 1e9 => (n / 1e6, "MB"),
        n => (n / 1e9, "GB"),
    };
    if scaled < 9.95 { format!("{scaled:.1} {unit}") } else { format!("{scaled:.0} {unit}") }
}

/// A share in percent, `12 %`, `0.3 %`, `1e-5 %`; nothing for 0.
///
/// ```
/// assert_eq!(ravine_text::percent(0.123), "12 %");
/// ```
pub fn percent(share: f64) -> String {
    let p = 100.0 * share;
    match p {
        _ if p == 0.0 => String::new(),
        _ if p < 0.01 => format!("{p:.0e} %"),
        _ if p < 0.1 => format!("{p:.2} %"),
        _ if p < 1.0 => format!("{p:.1} %"),
        _ => format!("{p:.0} %"),
    }
}

/// Rows of cells in columns of even width, two spaces apart: the first to the left, the others to the
/// right.
///
/// ```
/// use ravine_text::columns;
///
/// assert_eq!(columns(&[["method", "time"], ["cg", "12 s"]]), "method  time\ncg      12 s\n");
/// ```
pub fn columns<const N: usize>(rows: &[[impl AsRef<str>; N]]) -> String {
    let width = |k: usize| rows.iter().map(|row| row[k].as_ref().chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|k| width(k).unwrap_or(0));
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (k, (cell, width)) in row.iter().zip(widths).enumerate() {
            let cell = cell.as_ref();
            line += &match k {
                0 => format!("{cell:<width$}"),
                _ => format!("  {cell:>width$}"),
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(short(123456.7), "123457");
        assert_eq!(short(1.0 / 3.0), "0.333333");
        assert_eq!(short(1e-7), "1e-7");
        assert_eq!(short(-2.5e12), "-2.5e12");
        assert_eq!(short(200.0), "200");
        assert_eq!(short(0.0), "0");
        assert_eq!(point(&[-1.2, 1.0]), "(-1.2, 1)");
        assert_eq!(point(&[0.0; 9]), "(0, 0, 0, 0, 0, 0, ...)");
        assert_eq!(count(1, "iteration"), "1 iteration");
        assert_eq!(seconds(1.5e-5), "15.0 µs");
        assert_eq!(seconds(0.25), "250 ms");
        assert_eq!(seconds(2.0), "2.00 s");
        let sizes = [640, 3400, 99_960_000, 5_000_000_000].map(bytes);
        assert_eq!(sizes, ["640 B", "3.4 kB", "100 MB", "5.0 GB"]);
        assert_eq!(
            [0.0, 1e-7, 5e-4, 0.003, 0.5].map(percent),
            ["", "1e-5 %", "0.05 %", "0.3 %", "50 %"]
        );
    }
}
