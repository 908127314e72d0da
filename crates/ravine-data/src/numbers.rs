//! Numbers from texts.

/// The powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

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
    let mut mantissa = 0u64;
    let mut decimals = 0;
    let mut point = false;
    // 18 digits do not overflow.
    if digits.is_empty() || digits.len() > 18 {
        return by_library(text);
    }
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = 10 * mantissa + u64::from(digit);
            decimals += usize::from(point);
        } else if byte == b'.' && !point {
            point = true;
        } else {
            return by_library(text);
        }
    }
    if mantissa > 1 << 53 || point && digits.len() == 1 {
        return by_library(text);
    }
    let size = mantissa as f64 / POWERS[decimals];
    Some(if negative { -size } else { size })
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
