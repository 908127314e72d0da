//! Derivatives carried forward against those of the tape.

use ravine::autodiff::{Autodiff, Dual, Few, Function, LeftOperand, Real};
use ravine::matrix::Matrix;
use ravine::objective::{Gradient, Hessian, HessianProduct, Objective};

/// Every operation, in n variables.
struct Everything(usize);

impl Function for Everything {
    fn dimension(&self) -> usize {
        self.0
    }

    fn evaluate<R: Real>(&self, x: &[R]) -> R
    where
        f64: LeftOperand<R>,
    {
        let mut sum = R::from(0.3);
        for w in x.windows(2) {
            let (a, b) = (w[0], w[1]);
            sum += a.sin() * b.cos() - (a * b).tanh() + (1.0 + a * a).sqrt() / (2.0 - b.sin());
            sum += (a - 0.1).exp().ln_1p() + (2.0 + b).ln() * a.atan() + a.powi(3) - b.powi(-2);
            sum -= (0.1 * a).asin() * (0.1 * b).acos() + (a.exp_m1() * 0.2).sinh() + b.cosh();
            sum += (2.0 + a).pow(b) + (3.0 + b).powf(1.3) + a.tan() * 0.1 + a.atan2(b) + a.abs();
            sum += a.max(b) * a.min(b) - (a + 3.0).recip() - 1.0 / (a + 4.0) + a.softplus();
        }
        sum
    }
}

#[test]
fn hessians_products_and_gradients_agree() {
    for n in [2, 3, 5, 6] {
        let (few, tape) = (Few(Everything(n)), Autodiff::new(Everything(n)));
        let x: Vec<f64> = (0..n).map(|i| 0.4 + 0.17 * i as f64).collect();
        let d: Vec<f64> = (0..n).map(|i| 1.0 - 0.6 * i as f64).collect();
        let (mut g, mut g_tape) = (vec![0.0; n], vec![0.0; n]);
        let value = few.value_and_gradient(&x, &mut g).unwrap();
        assert_eq!(value, few.value(&x).unwrap());
        let of_tape = Gradient::value_and_gradient(&tape, &x, &mut g_tape).unwrap();
        assert!((value - of_tape).abs() < 1e-13);
        let (mut h, mut h_tape) = (Matrix::zeros(n, n), Matrix::zeros(n, n));
        few.hessian(&x, &mut h).unwrap();
        Hessian::hessian(&tape, &x, &mut h_tape).unwrap();
        let (mut hd, mut product) = (vec![0.0; n], vec![0.0; n]);
        few.hessian_product(&x, &d, &mut hd).unwrap();
        h.multiply(&d, &mut product);
        let pairs = g.iter().zip(&g_tape).chain(h.entries().iter().zip(h_tape.entries()));
        for (mine, theirs) in pairs.chain(hd.iter().zip(&product)) {
            assert!((mine - theirs).abs() < 1e-12 * theirs.abs().max(1.0), "{n}: {mine} {theirs}");
        }
        for i in 0..n {
            for j in 0..n {
                assert_eq!(h[(i, j)], h[(j, i)]);
            }
        }
    }
}

/// `f(x + e_1 + e_2)` has `f''` in both.
#[test]
fn dual_numbers_of_dual_numbers_carry_second_derivatives() {
    let x = Dual::new(Dual::new(0.7, [1.0]), [Dual::new(1.0, [0.0])]);
    let y = x.powi(3) * x.exp();
    let second = 0.7f64.exp() * (6.0 * 0.7 + 6.0 * 0.49 + 0.343);
    assert!((y.tangents[0].tangents[0] - second).abs() < 1e-14);
    // A constant exponent, and one that carries derivatives.
    let p = x.pow(Dual::from(2.5));
    assert!((p.tangents[0].tangents[0] - 2.5 * 1.5 * 0.7f64.sqrt()).abs() < 1e-14);
    let power = x.pow(x);
    let expected = 0.7f64.powf(0.7) * ((0.7f64.ln() + 1.0).powi(2) + 1.0 / 0.7);
    assert!((power.tangents[0].tangents[0] - expected).abs() < 1e-14);
}

#[test]
fn wrong_lengths_are_errors() {
    let few = Few(Everything(3));
    let mut matrix = Matrix::zeros(3, 3);
    assert!(few.value(&vec![1.0]).is_err());
    assert!(few.value_and_gradient(&vec![1.0; 3], &mut vec![0.0; 2]).is_err());
    assert!(few.hessian(&[1.0; 2], &mut matrix).is_err());
    assert!(few.hessian(&[1.0; 3], &mut Matrix::zeros(2, 2)).is_err());
    assert!(few.hessian_product(&vec![1.0; 3], &vec![1.0; 2], &mut vec![0.0; 3]).is_err());
}
