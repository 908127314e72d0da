//! Points and bounds as they are typed.

use ravine::Bounds;
use ravine_text::did_you_mean;

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

/// `0..1,-2..,..5` as bounds on n variables; a single range holds for all.
pub fn parse_bounds(text: &str, n: usize) -> Result<Bounds, Failure> {
    let side = |text: &str, free: f64| match text.trim() {
        "" => Ok(free),
        text => text
            .parse::<f64>()
            .map_err(|_| Failure::input(format!("--bounds: `{text}` is not a number"))),
    };
    let mut ranges = Vec::new();
    for range in text.split(',') {
        let Some((low, high)) = range.split_once("..") else {
            return Err(Failure::input(format!(
                "--bounds: `{}` is not a range such as 0..1, 0.. or ..5",
                range.trim()
            )));
        };
        ranges.push((side(low, f64::NEG_INFINITY)?, side(high, f64::INFINITY)?));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let bounds = parse_bounds("0..1,-inf..5", 2).unwrap();
        assert_eq!((bounds.lower(), bounds.upper()), (&[0.0, -infinity][..], &[1.0, 5.0][..]));
        let bounds = parse_bounds("-2..,..-1e-3", 2).unwrap();
        assert_eq!((bounds.lower()[0], bounds.upper()[1]), (-2.0, -1e-3));
        assert_eq!(parse_bounds("0..", 3).unwrap().lower(), [0.0; 3]);
        for wrong in ["0..1,0..1,0..1", "0,1", "1..0", "a..b", "", "0..nan"] {
            assert!(parse_bounds(wrong, 2).is_err(), "{wrong}");
        }
    }
}
