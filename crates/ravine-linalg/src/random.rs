//! A small generator of random numbers, the same on every machine.

/// SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, OOPSLA 2014): 64 bits of state, one addition
/// and two multiplications a number. Whatever is random in this library takes a seed for it.
///
/// ```
/// use ravine_linalg::random::Random;
/// use ravine_linalg::vector::Pointwise;
///
/// let (mut a, mut b) = (Random::new(1), Random::new(1));
/// assert_eq!(a.uniform(), b.uniform());
/// let mut probe = vec![0.0_f64; 4];
/// probe.fill_signs(&mut a);
/// assert!(probe.iter().all(|z| z.abs() == 1.0));
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The sequence of numbers that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in 0, ..., n - 1.
    ///
    /// # Panics
    ///
    /// If `n` is zero.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "below: there is no number below 0");
        // The high half of a 128-bit product; its bias is below n / 2^64.
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// `count` different numbers of 0, ..., n - 1 in ascending order, each choice with equal chance,
    /// into `chosen`.
    ///
    /// Source: Knuth, The Art of Computer Programming, volume 2, section 3.4.2, algorithm S.
    ///
    /// ```
    /// use ravine_linalg::random::Random;
    ///
    /// let mut chosen = Vec::new();
    /// Random::new(1).sample(100, 5, &mut chosen);
    /// assert!(chosen.len() == 5 && chosen.is_sorted_by(|a, b| a < b) && chosen[4] < 100);
    /// ```
    ///
    /// # Panics
    ///
    /// If `count` is more than `n`.
    pub fn sample(&mut self, n: usize, count: usize, chosen: &mut Vec<usize>) {
        assert!(count <= n, "sample: {count} different numbers of {n}");
        chosen.clear();
        for i in 0..n {
            let (wanted, left) = (count - chosen.len(), n - i);
            if wanted > 0 && self.below(left) < wanted {
                chosen.push(i);
            }
        }
    }

    /// Brings `items` into a random order, each order with equal chance.
    ///
    /// Source: Knuth, The Art of Computer Programming, volume 2, section 3.4.2, algorithm P (Fisher
    /// and Yates; Durstenfeld).
    ///
    /// ```
    /// use ravine_linalg::random::Random;
    ///
    /// let mut order = [0, 1, 2, 3, 4];
    /// Random::new(1).shuffle(&mut order);
    /// let mut sorted = order;
    /// sorted.sort();
    /// assert_eq!(sorted, [0, 1, 2, 3, 4]);
    /// ```
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
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

    /// 1 or -1 with equal chance.
    pub fn sign(&mut self) -> f64 {
        if self.bits() >> 63 == 0 { 1.0 } else { -1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn numbers_are_those_of_the_published_generator() {
        let mut random = Random::new(1234567);
        let first: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(first, [6457827717110365317, 3203168211198807973, 9817491932198370423]);
    }

    #[test]
    fn all_numbers_below_n_come_equally_often() {
        let mut random = Random::new(3);
        let mut counts = [0; 7];
        (0..70_000).for_each(|_| counts[random.below(7)] += 1);
        // Four standard errors of a count of 10,000.
        assert!(counts.iter().all(|&count: &i32| (count - 10_000).abs() < 371), "{counts:?}");
    }

    #[test]
    fn every_subset_comes_equally_often() {
        let mut random = Random::new(5);
        let (mut counts, mut chosen) = ([0i32; 16], Vec::new());
        for _ in 0..24_000 {
            random.sample(4, 2, &mut chosen);
            counts[chosen[0] * 4 + chosen[1]] += 1;
        }
        for (i, count) in counts.into_iter().enumerate() {
            let (first, second) = (i / 4, i % 4);
            // Of six pairs, with four standard errors.
            let expected = if first < second { 4000 } else { 0 };
            assert!((count - expected).abs() <= 231.min(expected), "{counts:?}");
        }
        random.sample(3, 3, &mut chosen);
        assert_eq!(chosen, [0, 1, 2]);
        random.sample(3, 0, &mut chosen);
        assert!(chosen.is_empty());
    }

    #[test]
    fn every_order_comes_equally_often() {
        let (mut random, mut counts) = (Random::new(6), [0i32; 64]);
        for _ in 0..24_000 {
            let mut order = [0, 1, 2];
            random.shuffle(&mut order);
            counts[order[0] * 16 + order[1] * 4 + order[2]] += 1;
        }
        // Of six orders, with four standard errors.
        let seen: Vec<_> = counts.into_iter().filter(|&count| count > 0).collect();
        assert!(seen.len() == 6 && seen.iter().all(|c| (c - 4000).abs() <= 231), "{seen:?}");
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
