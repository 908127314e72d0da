//! Points and bounds as they are typed.

use ravine::Bounds;
use ravine_text::{did_you_mean, split_names};

use crate::failure::Failure;

/// `-1.2,1`, or `x=-1.2,y=1` in any order, as a point of n variables; mistakes are named by the option
/// they were made in.
pub fn parse_point(
    option: &str,
    text: &str,
    names: &[String],
    n: usize,
) -> Result<Vec<f64>, Failure> {
    let mut named = vec![None; n];
    let mut point = Vec::new();
    for part in text.split(',') {
        let (name, number) = match part.split_once('=') {
            Some((name, number)) => (Some(name.trim()), number.trim()),
            None => (None, part.trim()),
        };
        let value = match number.parse::<f64>() {
            Ok(value) if value.is_finite() => value,
            _ => {
                return Err(Failure::input(format!("{option}: `{number}` is not a finite number")));
            }
        };
        point.push(value);
        let Some(name) = name else { continue };
        let Some(place) = names.iter().position(|other| other == name) else {
            let hint = did_you_mean(name, names.iter().map(String::as_str));
            return Err(Failure::input(format!("{option}: there is no variable `{name}`{hint}")));
        };
        if named[place].replace(value).is_some() {
            return Err(Failure::input(format!("{option}: `{name}` is given twice")));
        }
    }
    if named.iter().any(Option::is_some) {
        return named
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .filter(|_| point.len() == n)
            .ok_or_else(|| {
                Failure::input(format!("{option}: name all {n} variables once, or none"))
            });
    }
    if point.len() != n {
        return Err(Failure::input(format!(
            "{option} has {} numbers, but the problem has {n} variables",
            point.len()
        )));
    }
    Ok(point)
}

/// `0..1,-2..,..5` as bounds on n variables; a single range holds for all. Or by name, `x=0..1,z=..5`:
/// variables that are not named have none.
pub fn parse_bounds(text: &str, names: &[String], n: usize) -> Result<Bounds, Failure> {
    if text.contains('=') {
        let (mut lower, mut upper) = (vec![f64::NEG_INFINITY; n], vec![f64::INFINITY; n]);
        for (place, range) in assignments("--bounds", text, names)? {
            (lower[place], upper[place]) = sides(range, "..")?;
        }
        return Ok(Bounds::new(lower, upper)?);
    }
    let mut ranges =
        text.split(',').map(|range| sides(range, "..")).collect::<Result<Vec<_>, _>>()?;
    if let [one] = ranges[..] {
        ranges = vec![one; n];
    }
    if ranges.len() != n {
        return Err(Failure::input(format!(
            "--bounds has {} ranges, but the problem has {n} variables",
            ranges.len()
        )));
    }
    let (lower, upper) = ranges.into_iter().unzip();
    Ok(Bounds::new(lower, upper)?)
}

/// The sides of a range, infinite where nothing stands.
fn sides(range: &str, separator: &str) -> Result<(f64, f64), Failure> {
    let side = |text: &str, free: f64| match text.trim() {
        "" => Ok(free),
        text => text
            .parse::<f64>()
            .map_err(|_| Failure::input(format!("--bounds: `{text}` is not a number"))),
    };
    let Some((low, high)) = range.split_once(separator) else {
        return Err(Failure::input(format!(
            "--bounds: `{}` is not a range such as 0{separator}1, 0{separator} or {separator}5",
            range.trim()
        )));
    };
    Ok((side(low, f64::NEG_INFINITY)?, side(high, f64::INFINITY)?))
}

/// `a=1,b=2` as places among the names and numbers, each at most once.
pub fn parse_named(
    option: &str,
    text: &str,
    names: &[String],
) -> Result<Vec<(usize, f64)>, Failure> {
    let mut found = Vec::new();
    for (place, number) in assignments(option, text, names)? {
        match number.parse::<f64>() {
            Ok(value) if value.is_finite() => found.push((place, value)),
            _ => {
                return Err(Failure::input(format!("{option}: `{number}` is not a finite number")));
            }
        }
    }
    Ok(found)
}

/// `x=0..,z=-1..1` as names and sides, infinite where nothing stands.
pub fn parse_ranges(text: &str) -> Result<Vec<(String, f64, f64)>, Failure> {
    let part = |part: &str| {
        let Some((name, range)) = part.rsplit_once('=') else {
            return Err(Failure::input(format!(
                "--bounds: `{part}` is not of the form NAME=LOW..HIGH"
            )));
        };
        let (low, high) = sides(range, "..")?;
        if low.is_nan() || high.is_nan() || low > high {
            return Err(Failure::input(format!("--bounds: `{part}` holds no number")));
        }
        Ok((name.trim().to_owned(), low, high))
    };
    split_names(text).into_iter().map(part).collect()
}

/// `a=0:10,b=0:,c=:5` as bounds; parameters that are not named have none.
pub fn parse_named_bounds(text: &str, names: &[String]) -> Result<Bounds, Failure> {
    let (mut lower, mut upper) =
        (vec![f64::NEG_INFINITY; names.len()], vec![f64::INFINITY; names.len()]);
    for (place, range) in assignments("--bounds", text, names)? {
        (lower[place], upper[place]) = sides(range, ":")?;
    }
    Ok(Bounds::new(lower, upper)?)
}

/// The places of the names in `name=text,...`, and the texts.
fn assignments<'t>(
    option: &str,
    text: &'t str,
    names: &[String],
) -> Result<Vec<(usize, &'t str)>, Failure> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for part in text.split(',') {
        let Some((name, value)) = part.split_once('=') else {
            let part = part.trim();
            return Err(Failure::input(format!("{option}: `{part}` has no name, as in a=1")));
        };
        let name = name.trim();
        let Some(place) = names.iter().position(|other| other == name) else {
            let hint = match did_you_mean(name, names.iter().map(String::as_str)) {
                hint if hint.is_empty() => format!("; the parameters are {}", names.join(", ")),
                hint => hint,
            };
            return Err(Failure::input(format!("{option}: there is no parameter `{name}`{hint}")));
        };
        if found.iter().any(|(other, _)| *other == place) {
            return Err(Failure::input(format!("{option}: `{name}` is given twice")));
        }
        found.push((place, value.trim()));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges_by_name() {
        let names = ["a", "rate"].map(str::to_owned);
        assert_eq!(
            parse_named("--start", "rate=-2, a = 1", &names).unwrap(),
            [(1, -2.0), (0, 1.0)]
        );
        let bounds = parse_named_bounds("rate=-1:,a=:1e3", &names).unwrap();
        let infinity = f64::INFINITY;
        assert_eq!(
            (bounds.lower(), bounds.upper()),
            (&[-infinity, -1.0][..], &[1e3, infinity][..])
        );
        for wrong in ["1", "a", "b=1", "a=1,a=2", "a=x", "a=inf", ""] {
            assert!(parse_named("--start", wrong, &names).is_err(), "{wrong}");
        }
        for wrong in ["a=1", "a=2:1", "a=x:", "0:1", "a=0:1,a=0:2"] {
            assert!(parse_named_bounds(wrong, &names).is_err(), "{wrong}");
        }
    }

    #[test]
    fn points_and_bounds() {
        let names = ["x", "y"].map(str::to_owned);
        assert_eq!(parse_point("--start", "-1.2, 1", &names, 2).unwrap(), [-1.2, 1.0]);
        assert_eq!(parse_point("--start", "y=1, x = -1.2", &names, 2).unwrap(), [-1.2, 1.0]);
        for wrong in ["1", "1,2,3", "1,x", "1,", "1,nan", "", "x=1", "x=1,2", "x=1,x=2", "x=1,z=2"]
        {
            assert!(parse_point("--start", wrong, &names, 2).is_err(), "{wrong}");
        }
        let infinity = f64::INFINITY;
        let bounds = parse_bounds("0..1,-inf..5", &names, 2).unwrap();
        assert_eq!((bounds.lower(), bounds.upper()), (&[0.0, -infinity][..], &[1.0, 5.0][..]));
        let bounds = parse_bounds("-2..,..-1e-3", &names, 2).unwrap();
        assert_eq!((bounds.lower()[0], bounds.upper()[1]), (-2.0, -1e-3));
        assert_eq!(parse_bounds("0..", &names, 3).unwrap().lower(), [0.0; 3]);
        let bounds = parse_bounds("y=..5", &names, 2).unwrap();
        assert_eq!((bounds.lower(), bounds.upper()), (&[-infinity; 2][..], &[infinity, 5.0][..]));
        for wrong in
            ["0..1,0..1,0..1", "0,1", "1..0", "a..b", "", "0..nan", "z=0..1", "x=0..1,0..1", "x=1"]
        {
            assert!(parse_bounds(wrong, &names, 2).is_err(), "{wrong}");
        }
    }
}
