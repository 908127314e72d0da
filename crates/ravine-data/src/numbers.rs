//! Numbers from texts.

/// The powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The same as whole numbers, as far as they are needed.
const WHOLE_POWERS: [u64; 19] = {
    let mut powers = [1; 19];
    let mut k = 1;
    while k < powers.len() {
        powers[k] = 10 * powers[k - 1];
        k += 1;
    }
    powers
};

/// Eight digits 0.
const ZEROS: u64 = 0x3030_3030_3030_3030;

/// The double nearest to a decimal number in Rust's notation; `None` where it is none.
///
/// Up to 2^53 the digits are a double, and so are powers of ten up to 10^22: then one division rounds
/// once and correctly (Clinger, How to read floating point numbers accurately, 1990). The others go to the
/// standard library.
pub(crate) fn number(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, text),
    };
    // 18 digits do not overflow.
    if digits.is_empty() || digits.len() > 18 {
        return by_library(text);
    }
    let (mut mantissa, mut decimals, mut at) = (0u64, 0, 0);
    while let Some(digit) = digits.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&d| d < 10) {
        mantissa = 10 * mantissa + u64::from(digit);
        at += 1;
    }
    if at < digits.len() {
        if digits[at] != b'.' || digits.len() == 1 {
            return by_library(text);
        }
        let after = &digits[at + 1..];
        let Some(fraction) = fraction(digits, after) else { return by_library(text) };
        decimals = after.len();
        mantissa = mantissa * WHOLE_POWERS[decimals] + fraction;
    }
    if mantissa > 1 << 53 {
        return by_library(text);
    }
    let size = mantissa as f64 / POWERS[decimals];
    Some(if negative { -size } else { size })
}

/// The number that the digits after a point are, which `digits` ends with.
fn fraction(digits: &[u8], after: &[u8]) -> Option<u64> {
    match digits.last_chunk::<8>() {
        Some(chunk) if (1..=8).contains(&after.len()) => {
            // Zeros in place of what stands before.
            let others = u64::MAX.checked_shr(8 * after.len() as u32).unwrap_or(0);
            eight_digits(u64::from_le_bytes(*chunk) & !others | ZEROS & others)
        }
        _ => after.iter().try_fold(0, |value, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then_some(10 * value + u64::from(digit))
        }),
    }
}

/// The number of eight digits, the first of which is the lowest byte: neighbours are put together to pairs,
/// to fours and to eight, all of a kind at once.
fn eight_digits(word: u64) -> Option<u64> {
    let values = word ^ ZEROS;
    // Above 9, adding 6 reaches the upper half of a byte.
    if (values | values.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
        return None;
    }
    let pairs = (10 * values + (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (100 * pairs + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some((10_000 * fours + (fours >> 32)) & 0xffff_ffff)
}

#[cold]
fn by_library(text: &[u8]) -> Option<f64> {
    str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{by_library, number};

    #[test]
    fn numbers_are_those_of_the_standard_library_to_the_bit() {
        let texts = [
            "0",
            "-0",
            "1",
            "-2.5",
            "3e2",
            "3E-4",
            ".5",
            "5.",
            "-.5",
            "+7",
            "1e999",
            "-inf",
            "nan",
            "9007199254740992",
            "9007199254740993",
            "900719925474099.3",
            "0.1",
            "123456789012345678",
            "1234567890123456789",
            "0.000000000000000001",
            "179769313486231570000",
            "4.9e-324",
            "0.30000000000000004",
            "1.23456789",
            "12345.6789012",
            "-0.132105",
            "0.13210x",
            "0.1321:5",
            "0.13/105",
            "1.2345678901234567",
            ".12345678",
            "1.é23456",
            "1.7976931348623157e308",
            "00012.50",
            // None.
            "",
            "-",
            ".",
            "-.",
            "1.2.3",
            "1-2",
            "--1",
            "1,5",
            "1e",
            "e5",
            "0x10",
            "1_000",
            " 1",
            "1 ",
            "\u{661}",
        ];
        for text in texts {
            let (found, expected) = (number(text.as_bytes()), text.parse::<f64>().ok());
            assert_eq!(found.map(f64::to_bits), expected.map(f64::to_bits), "{text:?}");
        }
        assert_eq!(number(b"\xff"), None);
        let mut state = 1u64;
        for _ in 0..200_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let digits = (state >> 11).to_string();
            let (length, place) = ((state >> 5) as usize % digits.len() + 1, state as usize % 7);
            let digits = &digits[..length];
            let place = place.min(length);
            let text = format!("{}.{}", &digits[..place], &digits[place..]);
            let found = number(text.as_bytes()).map(f64::to_bits);
            assert_eq!(found, by_library(text.as_bytes()).map(f64::to_bits), "{text}");
        }
    }
}
