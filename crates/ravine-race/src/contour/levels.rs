//! Which levels to draw.

/// The values crowd near the lowest where the median is this many times as high above it as the
/// value that one in 200 is below.
const WIDE: f64 = 30.0;

/// Values are a tail where the highest is this many times as high as the value that nine in ten are below.
const TAIL: f64 = 1.5;

/// At most `count` levels for these values, ascending.
pub(super) fn choose(values: &[f64], count: usize, lowest: Option<f64>) -> Vec<f64> {
    let mut heights: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let least = heights.iter().copied().fold(f64::INFINITY, f64::min);
    let most = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Nothing finite, or all the same.
    if least >= most || count == 0 {
        return Vec::new();
    }
    let lowest = lowest.filter(|v| v.is_finite()).map_or(least, |known| known.min(least));
    let mut quantile = |q: f64| {
        let place = (q * (heights.len() - 1) as f64) as usize;
        *heights.select_nth_unstable_by(place, f64::total_cmp).1 - lowest
    };
    let (near, middle, far) = (quantile(0.005), quantile(0.5), quantile(0.98));
    let most_below = quantile(0.9);
    let highest = if most - lowest > TAIL * most_below { lowest + most_below } else { most };
    let wide = near > 0.0 && middle > WIDE * near && far.is_finite();
    let mut levels: Vec<f64> = (0..count)
        .map(|k| {
            if wide {
                let t = if count > 1 { k as f64 / (count - 1) as f64 } else { 0.5 };
                lowest + near * (far / near).powf(t)
            } else {
                // Neither the lowest nor the highest value: their sets are points. A tail of values
                // far above the others is left out.
                let t = (k + 1) as f64 / (count + 1) as f64;
                least * (1.0 - t) + highest * t
            }
        })
        .collect();
    levels.dedup();
    levels
}
