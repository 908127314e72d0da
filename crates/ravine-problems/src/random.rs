//! A small generator of random numbers, the same on every machine.

/// SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014): 64 bits of state, one addition
/// and two multiplications a number.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Standard normal, by the polar method of Marsaglia.
    pub fn normal(&mut self) -> f64 {
        loop {
            let (u, v) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = u * u + v * v;
            if square > 0.0 && square < 1.0 {
                return u * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn numbers_are_those_of_the_published_generator() {
        let mut random = Random::new(1234567);
        let first: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(first, [6457827717110365317, 3203168211198807973, 9817491932198370423]);
    }

    #[test]
    fn moments_of_the_normal_distribution() {
        let mut random = Random::new(7);
        let n = 40_000;
        let mut moments = [0.0; 4];
        for _ in 0..n {
            let z = random.normal();
            for (k, moment) in moments.iter_mut().enumerate() {
                *moment += z.powi(k as i32 + 1) / f64::from(n);
            }
        }
        // Four standard errors.
        let expected = [(0.0, 0.02), (1.0, 0.03), (0.0, 0.08), (3.0, 0.2)];
        for (moment, (expected, error)) in moments.iter().zip(expected) {
            assert!((moment - expected).abs() < error, "{moments:?}");
        }
    }
}
