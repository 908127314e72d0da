//! Axes: where a number lies, and which numbers are marked.

/// How numbers are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By their logarithm; positive numbers only.
    Log,
    /// By `ln(1 + x)`: like a logarithm, with room for 0.
    LogFromZero,
}

/// An axis with its range.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What is drawn along it.
    pub label: String,
    pub scale: Scale,
    /// The smallest and the largest number on it.
    pub range: (f64, f64),
}

/// The smallest range around the finite ones of some numbers, with a little room; from 0 to 1 where there are
/// none.
pub fn range_of(numbers: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let finite = numbers.into_iter().filter(|x| x.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    if low > high {
        return (0.0, 1.0);
    }
    let room = 0.04 * (high - low);
    (low - room, high + room)
}

/// A marked number.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Between 0 and 1 along the axis.
    pub place: f64,
    pub text: String,
}

impl Axis {
    /// An axis around `range`, widened where it would be a point.
    pub fn new(label: impl Into<String>, scale: Scale, range: (f64, f64)) -> Self {
        let (low, high) = range;
        let range = match scale {
            _ if high > low => (low, high),
            Scale::Log => (low * 0.1, low * 10.0),
            Scale::Linear | Scale::LogFromZero => (low, low + 1.0),
        };
        Self { label: label.into(), scale, range }
    }

    /// Where `value` lies between 0, the low end, and 1; outside of it for values outside.
    pub fn place(&self, value: f64) -> f64 {
        let (low, high) = (self.spread(self.range.0), self.spread(self.range.1));
        (self.spread(value) - low) / (high - low)
    }

    fn spread(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Log => value.ln(),
            Scale::LogFromZero => value.ln_1p(),
        }
    }

    /// About `most` marks, at round numbers.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        let (low, high) = self.range;
        let numbers = match self.scale {
            Scale::Linear => linear_ticks(low, high, most),
            Scale::Log => log_ticks(low, high, most),
            Scale::LogFromZero => {
                let mut numbers = vec![0.0];
                numbers.extend(log_ticks(1.0, high.max(1.0), most.saturating_sub(1)));
                numbers.retain(|&t| t >= low && t <= high);
                numbers
            }
        };
        let step = numbers.windows(2).map(|w| w[1] - w[0]).fold(f64::INFINITY, f64::min);
        let text = |number| match self.scale {
            Scale::Linear => plain(number, step),
            Scale::Log | Scale::LogFromZero => short(number),
        };
        numbers.into_iter().map(|t| Tick { place: self.place(t), text: text(t) }).collect()
    }
}

fn linear_ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let rough = (high - low) / most.max(1) as f64;
    let decade = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * decade).into_iter().find(|&s| s >= rough);
    let step = step.unwrap_or(10.0 * decade);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|k| k as f64 * step).collect()
}

/// Powers of ten, or 1, 2 and 5 times them where there are few.
fn log_ticks(low: f64, high: f64, most: usize) -> Vec<f64> {
    let first = (low.log10() - 1e-9).ceil() as i32;
    let last = (high.log10() + 1e-9).floor() as i32;
    let decades = (last - first + 1).max(0) as usize;
    if 3 * decades <= most {
        let inside = |t: &f64| *t >= low * (1.0 - 1e-9) && *t <= high * (1.0 + 1e-9);
        return (first - 1..=last)
            .flat_map(|k| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(k)))
            .filter(inside)
            .collect();
    }
    let stride = decades.div_ceil(most.max(1)).max(1) as i32;
    (first..=last).filter(|k| k.rem_euclid(stride) == 0).map(|k| 10f64.powi(k)).collect()
}

/// With as many decimals as numbers `step` apart need.
fn plain(number: f64, step: f64) -> String {
    let size = number.abs().max(step);
    if size >= 1e5 || (step < 1e-4 && step.is_finite()) {
        return short(number);
    }
    let decimals = if step.is_finite() { (-step.log10()).ceil().clamp(0.0, 6.0) } else { 0.0 };
    let number = if number.abs() < 1e-9 * step { 0.0 } else { number };
    format!("{number:.*}", decimals as usize)
}

/// A power of ten, or a round number, as people write it: `0.01`, `500`, `10⁻⁸`, `2·10⁶`.
fn short(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let mut exponent = number.abs().log10().floor() as i32;
    let mut digits = number / 10f64.powi(exponent);
    if digits.abs() > 9.999_999 {
        exponent += 1;
        digits /= 10.0;
    }
    if (-2..4).contains(&exponent) {
        let decimals = (-exponent).max(0) as usize;
        return format!("{number:.decimals$}");
    }
    let power: String = exponent.to_string().chars().map(superscript).collect();
    if (digits - 1.0).abs() < 1e-6 {
        return format!("10{power}");
    }
    let digits = (digits * 100.0).round() / 100.0;
    format!("{digits}·10{power}")
}

fn superscript(c: char) -> char {
    match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4'..='9' => char::from_u32(0x2070 + (c as u32 - '0' as u32)).unwrap_or(c),
        _ => '⁰',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis, most: usize) -> Vec<String> {
        axis.ticks(most).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::new("gap", Scale::Log, (3e-13, 40.0));
        assert_eq!(texts(&axis, 8), ["10⁻¹²", "10⁻¹⁰", "10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01", "1"]);
        let axis = Axis::new("n", Scale::LogFromZero, (0.0, 35.0));
        assert_eq!(texts(&axis, 8), ["0", "1", "2", "5", "10", "20"]);
        let axis = Axis::new("n", Scale::LogFromZero, (0.0, 12_000.0));
        assert_eq!(texts(&axis, 6), ["0", "1", "10", "100", "1000", "10⁴"]);
        let axis = Axis::new("x", Scale::Linear, (-1.5, 1.5));
        assert_eq!(texts(&axis, 4), ["-1", "0", "1"]);
        let axis = Axis::new("x", Scale::Linear, (-0.03, 0.04));
        assert_eq!(texts(&axis, 4), ["-0.02", "0.00", "0.02", "0.04"]);
    }

    #[test]
    fn places_go_from_zero_to_one() {
        for scale in [Scale::Linear, Scale::Log, Scale::LogFromZero] {
            let axis = Axis::new("", scale, (2.0, 50.0));
            assert_eq!((axis.place(2.0), axis.place(50.0)), (0.0, 1.0), "{scale:?}");
            for tick in axis.ticks(5) {
                assert!((0.0..=1.0).contains(&tick.place));
            }
        }
        // A range of one point is widened.
        assert!((Axis::new("", Scale::Log, (1.0, 1.0)).place(1.0) - 0.5).abs() < 1e-15);
        assert!(Axis::new("", Scale::LogFromZero, (0.0, 0.0)).place(0.0) == 0.0);
    }
}
