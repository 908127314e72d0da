//! Systems of equations of any size: problems 28-35.

use super::define::formulas;

formulas! {
    /// The systems of equations.
    enum System;

    /// Problem 28.
    fn DiscreteBoundaryValue<R>(x, r) {
        let n = x.len();
        let h = 1.0 / (n + 1) as f64;
        for i in 0..n {
            let t = (i + 1) as f64 * h;
            let mut sum = 2.0 * x[i] + 0.5 * h * h * (x[i] + (t + 1.0)).powi(3);
            if i > 0 {
                sum -= x[i - 1];
            }
            if i + 1 < n {
                sum -= x[i + 1];
            }
            r[i] = sum;
        }
    }

    /// Problem 29. The sums on both sides of `t_i` are kept running, so the cost is O(n).
    fn DiscreteIntegral<R>(x, r) {
        let n = x.len();
        let h = 1.0 / (n + 1) as f64;
        let t = |i: usize| (i + 1) as f64 * h;
        let cube = |i: usize| (x[i] + (t(i) + 1.0)).powi(3);
        let mut right = R::from(0.0);
        for i in (0..n).rev() {
            r[i] = x[i] + 0.5 * h * t(i) * right;
            right += (1.0 - t(i)) * cube(i);
        }
        let mut left = R::from(0.0);
        for (i, r) in r.iter_mut().enumerate() {
            left += t(i) * cube(i);
            *r += 0.5 * h * (1.0 - t(i)) * left;
        }
    }

    /// Problem 30.
    fn BroydenTridiagonal<R>(x, r) {
        let n = x.len();
        for i in 0..n {
            let mut sum = (3.0 - 2.0 * x[i]) * x[i] + 1.0;
            if i > 0 {
                sum -= x[i - 1];
            }
            if i + 1 < n {
                sum -= 2.0 * x[i + 1];
            }
            r[i] = sum;
        }
    }

    /// Problem 31.
    fn BroydenBanded<R>(x, r) {
        let n = x.len();
        for i in 0..n {
            let mut sum = x[i] * (2.0 + 5.0 * (x[i] * x[i])) + 1.0;
            let (before, after) = (&x[i.saturating_sub(5)..i], &x[n.min(i + 1)..n.min(i + 2)]);
            for &neighbour in before.iter().chain(after) {
                sum -= neighbour * (1.0 + neighbour);
            }
            r[i] = sum;
        }
    }

    /// Problem 32.
    fn LinearFullRank<R>(x, r) {
        let sum: R = x.iter().copied().sum();
        let common = -2.0 / r.len() as f64 * sum - 1.0;
        for (i, r) in r.iter_mut().enumerate() {
            *r = if i < x.len() { x[i] + common } else { common };
        }
    }

    /// Problem 33.
    fn LinearRankOne<R>(x, r) {
        let sum: R = x.iter().enumerate().map(|(j, &x)| (j + 1) as f64 * x).sum();
        for (i, r) in r.iter_mut().enumerate() {
            *r = (i + 1) as f64 * sum - 1.0;
        }
    }

    /// Problem 34.
    fn LinearRankOneZero<R>(x, r) {
        let (n, m) = (x.len(), r.len());
        let inner = x[1..n - 1].iter().enumerate();
        let sum: R = inner.map(|(j, &x)| (j + 2) as f64 * x).sum();
        for (i, r) in r.iter_mut().enumerate() {
            *r = if i == 0 || i == m - 1 { R::from(-1.0) } else { i as f64 * sum - 1.0 };
        }
    }

    /// Problem 35.
    fn Chebyquad<R>(x, r) {
        r.fill(R::from(0.0));
        for &x in x {
            // T_i(2x - 1) by its three-term recurrence.
            let y = 2.0 * x - 1.0;
            let (mut before, mut polynomial) = (R::from(1.0), y);
            for r in r.iter_mut() {
                *r += polynomial;
                (before, polynomial) = (polynomial, 2.0 * y * polynomial - before);
            }
        }
        for (i, r) in r.iter_mut().enumerate() {
            let degree = (i + 1) as f64;
            let integral =
                if i % 2 == 0 { 0.0 } else { -1.0 / (degree * degree - 1.0) };
            *r = *r / x.len() as f64 - integral;
        }
    }
}
