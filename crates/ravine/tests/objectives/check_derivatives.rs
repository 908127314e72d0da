//! The derivative checker finds planted errors and nothing else.

use ravine::matrix::{Matrix, SparseMatrix};
use ravine::objective::{
    Evaluation, Gradient, Hessian, HessianProduct, Loss, Objective, Residuals, SparseHessian,
    Supplies, check_derivatives, from_value,
};
use ravine::{objective, residuals};

trait Exact: SparseHessian + Hessian + Residuals {}

impl<E: SparseHessian + Hessian + Residuals> Exact for E {}

/// Exact derivatives with one entry changed.
struct Wrong<'a, E> {
    exact: &'a E,
    what: &'static str,
    entry: (usize, usize),
    change: f64,
}

impl<E> Wrong<'_, E> {
    fn plant(&self, what: &str, values: &mut [f64], place: usize) {
        if self.what == what {
            values[place] += self.change;
        }
    }
}

impl<E: Exact> Objective for Wrong<'_, E> {
    type Point = Vec<f64>;

    fn dimension(&self) -> usize {
        self.exact.dimension()
    }

    fn value(&self, x: &Vec<f64>) -> Evaluation<f64> {
        let mut value = [self.exact.value(x)?];
        self.plant("value", &mut value, 0);
        Ok(value[0])
    }
}

impl<E: Exact> Gradient for Wrong<'_, E> {
    fn value_and_gradient(&self, x: &Vec<f64>, gradient: &mut Vec<f64>) -> Evaluation<f64> {
        let value = self.exact.value_and_gradient(x, gradient)?;
        self.plant("gradient", gradient, self.entry.0);
        Ok(value)
    }
}

impl<E: Exact> HessianProduct for Wrong<'_, E> {
    fn hessian_product(&self, x: &Vec<f64>, d: &Vec<f64>, product: &mut Vec<f64>) -> Evaluation {
        self.exact.hessian_product(x, d, product)?;
        self.plant("Hessian product", product, self.entry.0);
        Ok(())
    }
}

impl<E: Exact> Hessian for Wrong<'_, E> {
    fn hessian(&self, x: &[f64], hessian: &mut Matrix) -> Evaluation {
        self.exact.hessian(x, hessian)?;
        let place = self.entry.0 + self.entry.1 * x.len();
        self.plant("Hessian", hessian.entries_mut(), place);
        Ok(())
    }
}

impl<E: Exact> SparseHessian for Wrong<'_, E> {
    fn sparse_hessian_pattern(&self, x: &[f64]) -> Evaluation<SparseMatrix> {
        self.exact.sparse_hessian_pattern(x)
    }

    fn sparse_hessian(&self, x: &[f64], hessian: &mut SparseMatrix) -> Evaluation {
        self.exact.sparse_hessian(x, hessian)?;
        let column = hessian.column_starts()[self.entry.1];
        let place = hessian.column(self.entry.1).0.iter().position(|&i| i == self.entry.0);
        let place = column + place.unwrap_or(0);
        self.plant("sparse Hessian", hessian.values_mut(), place);
        Ok(())
    }
}

impl<E: Exact> Residuals for Wrong<'_, E> {
    fn residual_count(&self) -> usize {
        self.exact.residual_count()
    }

    fn residuals(&self, x: &[f64], residuals: &mut [f64]) -> Evaluation {
        self.exact.residuals(x, residuals)
    }

    fn residuals_and_jacobian(
        &self,
        x: &[f64],
        r: &mut [f64],
        jacobian: &mut Matrix,
    ) -> Evaluation {
        self.exact.residuals_and_jacobian(x, r, jacobian)?;
        let place = self.entry.0 + self.entry.1 * r.len();
        self.plant("Jacobian", jacobian.entries_mut(), place);
        Ok(())
    }

    fn loss(&self) -> Loss {
        self.exact.loss()
    }
}

impl<E: Exact> Supplies for Wrong<'_, E> {
    ravine::supplies!(gradient, hessian_product, hessian, sparse_hessian, residuals);
}

const X: [f64; 4] = [0.7, -1.4, 2.2, 0.3];

#[test]
fn exact_derivatives_pass() {
    let f = objective!(4, |x| {
        (x[0] * x[1]).sin() + (x[2] * 0.5).exp() * x[3] + x[0].powi(4) + 1.0 / (x[3] + 2.0)
    });
    let check = check_derivatives(&f, &X).unwrap();
    assert!(check.passed(), "{check}");
    assert_eq!(
        check.checked,
        ["value with the gradient", "gradient", "Hessian product", "Hessian"]
    );
    assert!(check.to_string().ends_with("agree with differences"));

    for scale in [1e-8, 1.0, 1e8] {
        let r = residuals!(4, 3, [scale: f64 = scale] |x, r| {
            r[0] = (x[0] - x[1] * x[2]) * *scale;
            r[1] = x[3].exp() * *scale;
            r[2] = (x[0] + x[3]) * *scale;
        });
        let r = r.with_loss(Loss::Cauchy(scale)).unwrap();
        let check = check_derivatives(&r, &X).unwrap();
        assert!(check.passed(), "scale {scale}: {check}");
        assert_eq!(check.checked.last(), Some(&"Jacobian"));
    }
    let nothing = check_derivatives(&from_value(4, |x: &[f64]| x[0]), &X).unwrap();
    assert!(nothing.passed() && nothing.checked.is_empty());
}

#[test]
fn planted_errors_are_named() {
    let f = residuals!(4, |x| [x[0] * x[1], x[2].sin() - x[3], x[3] * x[3], x[1] + x[2], x[0]]);
    let cases = [
        ("gradient", (3, 0), vec![3]),
        ("Hessian product", (1, 0), vec![1]),
        ("Hessian", (2, 3), vec![2, 3]),
        ("sparse Hessian", (1, 0), vec![1, 0]),
        ("Jacobian", (4, 2), vec![4, 2]),
    ];
    for (what, entry, named) in cases {
        for change in [1e-4, 2.0, f64::NAN] {
            let wrong = Wrong { exact: &f, what, entry, change };
            let check = check_derivatives(&wrong, &X).unwrap();
            // A constant added to the gradient does not change its differences.
            let found: Vec<_> = check.mismatches.iter().map(|m| (m.what, &m.entry)).collect();
            if !(what == "gradient" && change.is_nan()) {
                assert_eq!(found, [(what, &named)], "{what} by {change}: {check}");
            } else {
                assert_eq!(found[0], (what, &named));
            }
            let mismatch = &check.mismatches[0];
            if change == 2.0 {
                assert!((mismatch.supplied - mismatch.expected - 2.0).abs() < 1e-6);
                assert!(mismatch.uncertainty < 1e-7);
                let text = mismatch.to_string();
                assert!(text.contains("entry") && text.contains("differences say"), "{text}");
            }
        }
    }
    let wrong = Wrong { exact: &f, what: "value", entry: (0, 0), change: 1.0 };
    let check = check_derivatives(&wrong, &X).unwrap();
    let names: Vec<_> = check.mismatches.iter().map(|m| m.what).collect();
    assert_eq!(names, ["value with the gradient", "value by the residuals"]);
}
