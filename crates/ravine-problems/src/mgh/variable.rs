//! Functions of any number of variables: problems 20-27.

use super::algebraic::Algebraic;
use super::define::formulas;

/// The weight of the penalty functions, `sqrt(1e-5)`.
const PENALTY: f64 = 0.003_162_277_660_168_379_4;

formulas! {
    /// The functions of any number of variables.
    enum Variable;

    /// Problem 20.
    fn Watson<R>(x, r) {
        for (i, r) in r[..29].iter_mut().enumerate() {
            let t = (i + 1) as f64 / 29.0;
            let (mut slope, mut sum) = (R::from(0.0), R::from(0.0));
            // Horner's rule for the polynomial with coefficients x and its derivative.
            for &coefficient in x.iter().rev() {
                slope = slope * t + sum;
                sum = sum * t + coefficient;
            }
            *r = slope - sum * sum - 1.0;
        }
        r[29] = x[0];
        r[30] = x[1] - x[0] * x[0] - 1.0;
    }

    /// Problem 21.
    fn ExtendedRosenbrock<R>(x, r) {
        for (x, r) in x.chunks_exact(2).zip(r.chunks_exact_mut(2)) {
            Algebraic::Rosenbrock.evaluate(x, r);
        }
    }

    /// Problem 22.
    fn ExtendedPowell<R>(x, r) {
        for (x, r) in x.chunks_exact(4).zip(r.chunks_exact_mut(4)) {
            Algebraic::PowellSingular.evaluate(x, r);
        }
    }

    /// Problem 23.
    fn PenaltyI<R>(x, r) {
        let n = x.len();
        for (r, &x) in r.iter_mut().zip(x) {
            *r = PENALTY * (x - 1.0);
        }
        r[n] = x.iter().map(|&x| x * x).sum::<R>() - 0.25;
    }

    /// Problem 24.
    fn PenaltyII<R>(x, r) {
        let n = x.len();
        r[0] = x[0] - 0.2;
        for i in 1..n {
            let y = ((i + 1) as f64 / 10.0).exp() + (i as f64 / 10.0).exp();
            r[i] = PENALTY * ((x[i] / 10.0).exp() + (x[i - 1] / 10.0).exp() - y);
            r[n - 1 + i] = PENALTY * ((x[i] / 10.0).exp() - (-0.1f64).exp());
        }
        let weighted: R = x.iter().enumerate().map(|(j, &x)| (n - j) as f64 * (x * x)).sum();
        r[2 * n - 1] = weighted - 1.0;
    }

    /// Problem 25.
    fn VariablyDimensioned<R>(x, r) {
        let n = x.len();
        for (r, &x) in r.iter_mut().zip(x) {
            *r = x - 1.0;
        }
        let weighted: R = x.iter().enumerate().map(|(j, &x)| (j + 1) as f64 * (x - 1.0)).sum();
        r[n] = weighted;
        r[n + 1] = weighted * weighted;
    }

    /// Problem 26.
    fn Trigonometric<R>(x, r) {
        let n = x.len() as f64;
        let cosines: R = x.iter().map(|x| x.cos()).sum();
        for (i, (r, &x)) in r.iter_mut().zip(x).enumerate() {
            *r = n - cosines + (i + 1) as f64 * (1.0 - x.cos()) - x.sin();
        }
    }

    /// Problem 27.
    fn BrownAlmostLinear<R>(x, r) {
        let last = x.len() - 1;
        let sum: R = x.iter().copied().sum();
        for (r, &x) in r[..last].iter_mut().zip(x) {
            *r = x + sum - (last + 2) as f64;
        }
        r[last] = x[1..].iter().fold(x[0], |product, &x| product * x) - 1.0;
    }
}
