//! Elementary functions in loops that vectorize.

use ravine_linalg::matrix::Precision;

/// Functions of one number, without branches and calls, so that loops over them are vectorized: each
/// within a few units in the last place, relatively, also near zero; where `e^x` is within a factor of four of the
/// smallest normal number it may be zero.
///
/// `exp` reduces `x = n ln 2 + r` with `|r| <= ln(2)/2` in two parts (Cody and Waite, Software manual for
/// the elementary functions, 1980) and takes the Taylor series of `e^r - 1`; `tanh` follows from
/// `e^(2x) - 1`; `ln_1p` is for arguments in `[0, 1]`, by the series of `2 artanh(u / (2 + u))`.
pub trait Elementary: Precision {
    /// `e^x`.
    fn exp(self) -> Self;
    /// `e^x - 1`.
    fn exp_m1(self) -> Self;
    /// `log(1 + u)` for `u` in `[0, 1]`.
    fn ln_1p_of_unit(self) -> Self;
    /// `tanh x`.
    fn tanh(self) -> Self;

    /// `1 / (1 + e^-x)`.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::ONE / (Self::ONE + (-self).exp())
    }

    /// `log(1 + e^x)`.
    #[inline(always)]
    fn softplus(self) -> Self {
        self.positive() + (-self.abs()).exp().ln_1p_of_unit()
    }

    /// `max(x, 0)`; NaN of NaN.
    #[inline(always)]
    fn positive(self) -> Self {
        if self < Self::ZERO { Self::ZERO } else { self }
    }
}

/// `sum_k c_k r^k` by Horner's rule, from the highest coefficient.
macro_rules! horner {
    ($r:expr; $first:expr $(, $c:expr)*) => {{
        let r = $r;
        let sum = $first;
        $(let sum = sum * r + $c;)*
        sum
    }};
}

macro_rules! elementary {
    (
        $float:ident, $bits:ident, mantissa: $mantissa:literal, bias: $bias:literal,
        magic: $magic:literal, high: $high:literal, low: $low:literal, range: $least:literal .. $most:literal,
        artanh: [$($artanh:literal),*], exp: [$($factorial:literal),*]
    ) => {
        impl Elementary for $float {
            #[inline(always)]
            fn exp(self) -> Self {
                let (half, tail) = self.reduced();
                (half * tail + half) * 2.0
            }

            #[inline(always)]
            fn exp_m1(self) -> Self {
                let (half, tail) = self.reduced();
                (half * tail + (half - 0.5)) * 2.0
            }

            #[inline(always)]
            fn ln_1p_of_unit(self) -> Self {
                let s = self / (2.0 + self);
                2.0 * s * horner!(s * s; $(1.0 / $artanh),*)
            }

            #[inline(always)]
            fn tanh(self) -> Self {
                let size = self.abs();
                // It is one to rounding long before.
                let size = if size > 40.0 { 40.0 } else { size };
                let e = Elementary::exp_m1(2.0 * size);
                (e / (e + 2.0)).copysign(self)
            }
        }

        impl Reduced for $float {
            #[inline(always)]
            fn reduced(self) -> (Self, Self) {
                let x = if self < $least { $least } else { self };
                let x = if x > $most { $most } else { x };
                // Adding this number rounds to an integer, which then stands in the lowest bits.
                let shifted = x * std::$float::consts::LOG2_E + $magic;
                let n = shifted - $magic;
                let r = (x - n * $high) - n * $low;
                let tail = r * horner!(r; $(1.0 / $factorial),*);
                let exponent = shifted.to_bits().wrapping_sub(($magic as $float).to_bits());
                let half = <$float>::from_bits(exponent.wrapping_add($bias - 1) << $mantissa);
                (half, tail)
            }
        }
    };
}

/// `2^(n - 1)` and `e^r - 1` of `x = n log(2) + r`.
trait Reduced: Sized {
    fn reduced(self) -> (Self, Self);
}

elementary!(
    f32, u32, mantissa: 23, bias: 127, magic: 12_582_912.0,
    high: 0.693_359_4, low: -2.121_944_4e-4, range: -87.3 .. 89.0,
    artanh: [17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0],
    exp: [40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0]
);

elementary!(
    f64, u64, mantissa: 52, bias: 1023, magic: 6_755_399_441_055_744.0,
    high: 0.693_147_180_369_123_8, low: 1.908_214_929_270_587_7e-10, range: -708.3 .. 710.0,
    artanh: [
        35.0, 33.0, 31.0, 29.0, 27.0, 25.0, 23.0, 21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0, 1.0
    ],
    exp: [
        87_178_291_200.0, 6_227_020_800.0, 479_001_600.0, 39_916_800.0, 3_628_800.0, 362_880.0, 40320.0,
        5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0
    ]
);

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest relative error over a grid, in units of rounding; the truth in double precision.
    fn worst<T: Elementary>(f: impl Fn(T) -> T, truth: impl Fn(f64) -> f64, grid: &[f64]) -> f64 {
        let error = |&x: &f64| {
            let x = T::narrow(x);
            let (got, right) = (f(x).wide(), truth(x.wide()));
            if right.abs() < T::MIN_POSITIVE {
                0.0
            } else {
                ((got - right) / right).abs() / T::EPSILON
            }
        };
        grid.iter().map(error).fold(0.0, f64::max)
    }

    fn grid(low: f64, high: f64) -> Vec<f64> {
        let mut grid: Vec<f64> =
            (0..=20_000).map(|k| low + (high - low) * f64::from(k) / 2e4).collect();
        grid.extend(
            [1e-30, -1e-30, 1e-12, -1e-12, 1e-5, -1e-5].iter().filter(|x| (low..=high).contains(x)),
        );
        grid
    }

    fn accurate<T: Elementary>(exp: (f64, f64)) {
        let all = grid(exp.0, exp.1);
        let error = worst::<T>(T::exp, f64::exp, &all);
        assert!(error < 2.5, "{error}");
        assert!(worst::<T>(T::exp_m1, f64::exp_m1, &grid(-30.0, 80.0)) < 4.0);
        assert!(worst::<T>(T::tanh, f64::tanh, &grid(-30.0, 30.0)) < 4.0);
        assert!(worst::<T>(T::sigmoid, |x| 1.0 / (1.0 + (-x).exp()), &grid(-80.0, 30.0)) < 4.0);
        let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
        assert!(worst::<T>(T::softplus, softplus, &grid(-80.0, 50.0)) < 4.0);
        assert!(worst::<T>(T::ln_1p_of_unit, f64::ln_1p, &grid(0.0, 1.0)) < 3.0);
    }

    #[test]
    fn all_are_accurate_in_either_precision() {
        accurate::<f32>((-86.9, 88.7));
        accurate::<f64>((-707.9, 709.7));
    }

    #[test]
    fn ends_of_the_range_and_what_is_no_number() {
        assert_eq!(Elementary::exp(1000.0_f32), f32::INFINITY);
        assert_eq!(Elementary::exp(f64::INFINITY), f64::INFINITY);
        assert!(Elementary::exp(-1000.0_f64) < 1e-300);
        assert_eq!(Elementary::tanh(f32::INFINITY), 1.0);
        assert_eq!(Elementary::tanh(f64::NEG_INFINITY), -1.0);
        assert_eq!(Elementary::sigmoid(-1e30_f32), 0.0);
        for f in [Elementary::exp, Elementary::tanh, f64::sigmoid, f64::softplus, f64::positive] {
            assert!(f(f64::NAN).is_nan());
        }
    }
}
