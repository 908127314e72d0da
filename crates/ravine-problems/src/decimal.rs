//! Decimal numbers, read to the last bit.

use std::cmp::Ordering;

/// Powers of ten that a double has exactly.
const EXACT: i32 = 22;

/// Beyond these, a number with its first digit before the point is infinite, or zero.
const LARGEST: i64 = 310;
const SMALLEST: i64 = -326;

/// The double nearest to a number such as `-12.5e3`, the even one of two as near: what `str::parse`
/// gives, without its table of powers, which would be a fifteenth of the web page's module. `None` if
/// it is not a number, and for the words that `str::parse` takes.
///
/// ```
/// assert_eq!(ravine_problems::decimal("-12.5e3"), Some(-12500.0));
/// assert_eq!(ravine_problems::decimal("NaN"), None);
/// ```
pub fn read(text: &str) -> Option<f64> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let exponent = i64::from(exponent) - fraction.len() as i64;
    let first = all.iter().position(|&d| d != b'0').unwrap_or(all.len());
    let magnitude = nearest(&all[first..], exponent);
    Some(if negative { -magnitude } else { magnitude })
}

/// The double nearest to `D 10^exponent` with the whole number D of these digits.
fn nearest(digits: &[u8], exponent: i64) -> f64 {
    let size = exponent + digits.len() as i64;
    if digits.is_empty() || size < SMALLEST {
        return 0.0;
    }
    if size > LARGEST {
        return f64::INFINITY;
    }
    // Neither overflows: the size is bounded, and digits fit into memory.
    let exponent = exponent as i32;
    let leading = digits.len().min(19);
    let head = digits[..leading].iter().fold(0u64, |n, &d| 10 * n + u64::from(d - b'0'));
    if leading == digits.len() && head < 1 << f64::MANTISSA_DIGITS && exponent.abs() <= EXACT {
        // One rounding.
        let power = 10f64.powi(exponent.abs());
        return if exponent < 0 { head as f64 / power } else { head as f64 * power };
    }
    // Near, and then to the nearest by exact comparisons.
    let scale = exponent + (digits.len() - leading) as i32;
    let guess = head as f64 * 10f64.powi(scale / 2) * 10f64.powi(scale - scale / 2);
    let mut bits = guess.min(f64::MAX).to_bits();
    let number = Whole::of(digits);
    loop {
        // Above its upper neighbour's midpoint, or below its own lower one.
        match number.compare(exponent, bits) {
            Ordering::Greater => bits += 1,
            Ordering::Equal if bits % 2 == 1 => bits += 1,
            _ if bits == 0 => break,
            _ => match number.compare(exponent, bits - 1) {
                Ordering::Less => bits -= 1,
                Ordering::Equal if bits % 2 == 1 => bits -= 1,
                _ => break,
            },
        }
        if f64::from_bits(bits).is_infinite() {
            break;
        }
    }
    f64::from_bits(bits)
}

/// A whole number without limit: 32 bits a place, the lowest first.
#[derive(Clone)]
struct Whole(Vec<u32>);

impl Whole {
    fn of(digits: &[u8]) -> Self {
        let mut number = Self(Vec::new());
        for &digit in digits {
            number.multiply_add(10, u32::from(digit - b'0'));
        }
        number
    }

    fn multiply_add(&mut self, factor: u32, term: u32) {
        let mut carry = u64::from(term);
        for place in &mut self.0 {
            carry += u64::from(*place) * u64::from(factor);
            *place = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// `self 10^tens 2^twos`.
    fn scaled(mut self, tens: u32, twos: u32) -> Self {
        (0..tens).for_each(|_| self.multiply_add(10, 0));
        (0..twos / 31).for_each(|_| self.multiply_add(1 << 31, 0));
        self.multiply_add(1 << (twos % 31), 0);
        self
    }

    /// Compares `self 10^exponent` with the midpoint between the double of these bits and the next.
    fn compare(&self, exponent: i32, bits: u64) -> Ordering {
        let biased = (bits >> 52) as i32;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, power) = match biased {
            0 => (fraction, -1074),
            _ => (fraction | 1 << 52, biased - 1075),
        };
        // (2 mantissa + 1) 2^(power - 1).
        let (midpoint, power) = (2 * mantissa + 1, power - 1);
        let midpoint = Self(vec![midpoint as u32, (midpoint >> 32) as u32]);
        let part = |n: i32| n.max(0).unsigned_abs();
        let left = self.clone().scaled(part(exponent), part(-power));
        let right = midpoint.scaled(part(-exponent), part(power));
        left.order(&right)
    }

    fn order(&self, other: &Self) -> Ordering {
        let significant = |n: &Self| n.0.iter().rposition(|&p| p != 0).map_or(0, |last| last + 1);
        let (a, b) = (significant(self), significant(other));
        a.cmp(&b).then_with(|| self.0[..a].iter().rev().cmp(other.0[..b].iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use ravine::random::Random;

    use super::read;

    /// What `str::parse` gives.
    fn agrees(text: &str) {
        let (expected, found) = (text.parse::<f64>().unwrap(), read(text));
        assert_eq!(found.map(f64::to_bits), Some(expected.to_bits()), "{text}: {found:?}");
    }

    #[test]
    fn hard_cases_are_read_to_the_last_bit() {
        for text in [
            "0",
            "-0.0",
            "00.500",
            ".5",
            "2.",
            "1e-3",
            "+7E+2",
            "9007199254740993",
            "9007199254740992.99999999999999999999999",
            "9007199254740993.0000000000000000000001",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "4.9e-324",
            "2.4703282292062327208e-324",
            "2.4703282292062328e-324",
            "1e-400",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "123456789012345678901234567890e-10",
            "8.5e-1000",
            "0.000000000000000000000000000000000000000000000000000000000000000012345678901234567",
        ] {
            agrees(text);
        }
        for text in ["", ".", "-", "e5", "1e", "1e+", "1..2", "inf", "nan", "0x1", "1 ", "1e5.0"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn random_doubles_are_read_back_and_so_are_random_digits() {
        let mut random = Random::new(3);
        for _ in 0..300 {
            let double = f64::from_bits(random.bits());
            if double.is_finite() {
                agrees(&format!("{double:e}"));
                agrees(&format!("{double:.19e}"));
            }
            agrees(&format!("{}e{}", random.bits(), random.below(640) as i64 - 340));
        }
    }
}
