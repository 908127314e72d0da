use ravine::curvature::{Curvature, Pair};
use ravine::matrix::Matrix;
use ravine::oracle::{Iterate, Oracle};
use ravine::{Gradient, Interrupt, Vector};

/// Powell's symmetric Broyden matrix of all steps tried (PSB): of the symmetric matrices with
/// `B s = y`, the one nearest to the last B. It may be indefinite.
///
/// Source: M. J. D. Powell, A new algorithm for unconstrained optimization (1970).
#[derive(Clone, Debug)]
pub struct Psb;

impl<O: Gradient<Point = Vec<f64>> + ?Sized> Curvature<O> for Psb {
    /// B, and whether a step has been learnt from.
    type Memory = (Matrix, bool);
    type At<'a>
        = &'a Matrix
    where
        O: 'a;
    const LEARNS: bool = true;

    fn memory(&self, _: &Oracle<'_, O>, x0: &Vec<f64>) -> (Matrix, bool) {
        (Matrix::identity(x0.len()), false)
    }

    fn at<'a>(
        &'a self,
        _: &'a Oracle<'a, O>,
        _: &'a Iterate<Vec<f64>>,
        memory: &'a mut (Matrix, bool),
    ) -> Result<&'a Matrix, Interrupt> {
        Ok(&memory.0)
    }

    /// `B <- B + (r s' + s r') / s's - (r's) s s' / (s's)^2` with `r = y - B s`.
    fn learn(&self, (b, learnt): &mut (Matrix, bool), Pair { s, y, .. }: Pair<'_, Vec<f64>>) {
        let (n, ss) = (s.len(), s.dot(s));
        if !std::mem::replace(learnt, true) {
            *b = Matrix::from_diagonal(&vec![s.dot(y).abs() / ss; n]);
        }
        let mut r = vec![0.0; n];
        b.multiply(s, &mut r);
        r.axpby(1.0, y, -1.0);
        let rs = r.dot(s) / ss;
        for k in 0..n * n {
            let (i, j) = (k / n, k % n);
            b[(i, j)] += (r[i] * s[j] + s[i] * r[j] - rs * s[i] * s[j]) / ss;
        }
    }
}
