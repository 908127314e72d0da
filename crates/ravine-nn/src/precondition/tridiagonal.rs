//! K-FAC's block-tridiagonal inverse for a chain of layers.

use ravine_linalg::matrix::{Matrix, MatrixSlice, MatrixSliceMut, Precision, SymmetricEigen};

use super::dense::{convert, multiply, project, project_back, view, view_mut, widen};
use super::scratch::Scratch;
use super::{DampedInverse, Epsilon, Failures, InverseRoot, Shape, Status};

/// The statistics of one layer of a chain.
#[derive(Clone, Copy, Debug)]
pub struct LayerFactors<'a, T: Precision> {
    /// The damped factor of inputs A_k.
    pub input: &'a Matrix<T>,
    /// The damped factor of adjoints S_k.
    pub output: &'a Matrix<T>,
    /// `E[a_k a_{k+1}']` and `E[g_k g_{k+1}']` with the next layer: not damped, from the same cases with
    /// the same weights. Nothing for the last layer.
    pub cross: Option<[&'a Matrix<T>; 2]>,
}

/// The inverse curvature of a chain of layers that is exact in its diagonal blocks `S_k (x) A_k` and in
/// those beside them, `S_{k,k+1} (x) A_{k,k+1}`, under the model that each layer's gradient depends only
/// on the next one's.
///
/// With `Psi^A_k = A_{k,k+1} A_{k+1}^-1`, `Psi^S_k = S_{k,k+1} S_{k+1}^-1` and
/// `Sigma_k = S_k (x) A_k - (Psi^S_k S_{k+1} Psi^S_k') (x) (Psi^A_k A_{k+1} Psi^A_k')`, a product with
/// `V = (V_1, ..)` is
///
/// ```text
/// U_k = Sigma_k^-1 (V_k - Psi^S_k V_{k+1} Psi^A_k')
/// R_k = U_k - Psi^S_{k-1}' U_{k-1} Psi^A_{k-1}
/// ```
///
/// about four times the work of the block-diagonal inverse. Where statistics do not belong together,
/// `1 - s s'` of the eigenvalues of Sigma can be below zero: it counts as at least `1e-6`, and
/// [`clipped`](Self::clipped) says how often.
///
/// Source: Martens and Grosse, Optimizing neural networks with Kronecker-factored approximate curvature
/// (2015), section 4.3 and appendix B.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct BlockTridiagonal<T: Precision> {
    layers: Vec<Layer<T>>,
    clipped: usize,
    failures: Failures,
    #[serde(skip)]
    work: Scratch<TridiagonalWork<T>>,
}

#[derive(Debug, Default)]
struct TridiagonalWork<T> {
    parts: Vec<Vec<T>>,
    projected: Vec<T>,
    product: Vec<T>,
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
struct Layer<T: Precision> {
    shape: Shape,
    /// `Psi^S_k` and `Psi^A_k`, but for the last layer.
    psi: Option<[Matrix<T>; 2]>,
    /// K2 of adjoints and K1 of inputs.
    bases: [Matrix<T>; 2],
    /// s2 and s1.
    values: [Vec<f64>; 2],
}

/// `1 - s2 s1` counts as at least this.
const LEAST: f64 = 1e-6;

impl<T: Precision> BlockTridiagonal<T> {
    /// For layers with weights of these shapes, first to last; the identity.
    pub fn new(shapes: &[Shape]) -> Self {
        let layer = |&shape: &Shape| {
            let sides = [shape.rows, shape.columns];
            Layer {
                shape,
                psi: None,
                bases: sides.map(super::dense::identity),
                values: sides.map(|n| vec![0.0; n]),
            }
        };
        Self {
            layers: shapes.iter().map(layer).collect(),
            clipped: 0,
            failures: Failures::default(),
            work: Scratch::default(),
        }
    }

    /// How many eigenvalues of the last refresh were raised to `1e-6`.
    pub fn clipped(&self) -> usize {
        self.clipped
    }

    /// How often the inverse before had to be kept.
    pub fn failures(&self) -> Failures {
        self.failures
    }

    /// The inverse for these statistics, in double precision; kept where a factor is not definite.
    ///
    /// # Panics
    ///
    /// If the number of layers or a shape disagrees, or cross statistics are missing or too many.
    pub fn refresh(&mut self, factors: &[LayerFactors<'_, T>]) -> Status {
        assert_eq!(factors.len(), self.layers.len(), "BlockTridiagonal: another number of layers");
        let mut layers = Vec::with_capacity(factors.len());
        for (k, (layer, this)) in self.layers.iter().zip(factors).enumerate() {
            let next = factors.get(k + 1);
            let there = this.cross.is_some() == next.is_some();
            assert!(there, "BlockTridiagonal: cross statistics for all layers but the last");
            match new_layer(layer.shape, this, next) {
                Some(layer) => layers.push(layer),
                None => return self.failures.count(Status::KeptOld),
            }
        }
        self.clipped = layers.iter().map(count_clipped).sum();
        self.layers = layers;
        self.failures.count(Status::Refreshed)
    }

    /// `out = F^-1 v`, layer by layer.
    ///
    /// # Panics
    ///
    /// If the number of layers or of entries disagrees.
    pub fn apply(&mut self, v: &[&[T]], out: &mut [&mut [T]]) {
        let count = self.layers.len();
        assert!(v.len() == count && out.len() == count, "BlockTridiagonal: {count} layers");
        let TridiagonalWork { parts, projected, product } = &mut *self.work;
        parts.resize(count, Vec::new());
        for (k, layer) in self.layers.iter().enumerate() {
            let Layer { shape, psi, bases, values } = layer;
            shape.check("BlockTridiagonal", v[k]);
            shape.check("BlockTridiagonal", out[k]);
            let part = &mut parts[k];
            part.clear();
            part.extend_from_slice(v[k]);
            if let Some([psi_s, psi_a]) = psi {
                let next = self.layers[k + 1].shape.view(v[k + 1]);
                let rows = psi_s.columns();
                subtract(*shape, rows, part, view(psi_s), next, view(psi_a).transposed(), product);
            }
            projected.resize(shape.entries(), T::ZERO);
            let bases = [Some(&bases[0]), Some(&bases[1])];
            project(*shape, bases, part, projected, product);
            for (row, s2) in projected.chunks_exact_mut(shape.columns).zip(&values[0]) {
                for (x, s1) in row.iter_mut().zip(&values[1]) {
                    *x = T::narrow(x.wide() / (1.0 - s2 * s1).max(LEAST));
                }
            }
            project_back(*shape, bases, projected, part, product);
        }
        for k in 0..count {
            out[k].copy_from_slice(&parts[k]);
            if k > 0
                && let Some([psi_s, psi_a]) = &self.layers[k - 1].psi
            {
                let before = self.layers[k - 1].shape.view(&parts[k - 1]);
                let left = view(psi_s).transposed();
                let rows = psi_s.rows();
                subtract(self.layers[k].shape, rows, out[k], left, before, view(psi_a), product);
            }
        }
    }
}

/// `out -= left x right`, x another layer's, of so many rows.
fn subtract<T: Precision>(
    shape: Shape,
    rows: usize,
    out: &mut [T],
    left: MatrixSlice<'_, T>,
    x: MatrixSlice<'_, T>,
    right: MatrixSlice<'_, T>,
    work: &mut Vec<T>,
) {
    work.resize(rows * shape.columns, T::ZERO);
    MatrixSliceMut::by_rows(work, rows, shape.columns).set_product(1.0, x, right);
    let product = MatrixSlice::by_rows(work, rows, shape.columns);
    shape.view_mut(out).add_product(-1.0, left, product);
}

fn count_clipped<T: Precision>(layer: &Layer<T>) -> usize {
    let [s2, s1] = &layer.values;
    s2.iter().map(|s2| s1.iter().filter(|s1| 1.0 - s2 * *s1 < LEAST).count()).sum()
}

fn new_layer<T: Precision>(
    shape: Shape,
    this: &LayerFactors<'_, T>,
    next: Option<&LayerFactors<'_, T>>,
) -> Option<Layer<T>> {
    let beside = |k: usize| {
        let (cross, next) = (this.cross?, next?);
        Some((cross[1 - k], if k == 0 { next.output } else { next.input }))
    };
    // Of adjoints, then of inputs.
    let (psi_s, base_s, values_s) = new_side(this.output, beside(0))?;
    let (psi_a, base_a, values_a) = new_side(this.input, beside(1))?;
    let psi = psi_s.zip(psi_a).map(|(s, a)| [s, a]);
    Some(Layer { shape, psi, bases: [base_s, base_a], values: [values_s, values_a] })
}

/// Psi, `K = P^-1/2 E` and s of one side, `P^-1/2 C P^-1/2 = E diag(s) E'`, `C = X N^-1 X'` with the cross
/// statistics X and the next layer's factor N.
type SideParts<T> = (Option<Matrix<T>>, Matrix<T>, Vec<f64>);

fn new_side<T: Precision>(
    factor: &Matrix<T>,
    beside: Option<(&Matrix<T>, &Matrix<T>)>,
) -> Option<SideParts<T>> {
    let n = factor.rows();
    let mut wide = Matrix::default();
    widen(factor, 1.0, &mut wide);
    let mut root = InverseRoot::<f64>::new(n);
    let usable = root.refresh(&wide, 1.0, 0.5, Epsilon::Absolute(0.0)) == Status::Refreshed;
    let Some((cross, next)) = beside.filter(|_| usable) else {
        let (mut base, values) = (Matrix::default(), vec![0.0; n]);
        return (usable && convert(root.matrix(), &mut base)).then_some((None, base, values));
    };
    let (mut x, mut psi, mut narrow) = (Matrix::default(), Matrix::default(), Matrix::default());
    let mut inverse = DampedInverse::<f64>::new(next.rows());
    widen(next, 1.0, &mut wide);
    if !convert(cross, &mut x) || inverse.refresh(&wide, 1.0, 0.0) != Status::Refreshed {
        return None;
    }
    multiply(&mut psi, &x, inverse.matrix());
    // P^-1/2 C P^-1/2.
    let (mut rooted_x, mut rooted_psi) = (Matrix::default(), Matrix::default());
    multiply(&mut rooted_x, root.matrix(), &x);
    multiply(&mut rooted_psi, root.matrix(), &psi);
    let mut relative = Matrix::zeros(n, n);
    view_mut(&mut relative).set_product(1.0, view(&rooted_psi), view(&rooted_x).transposed());
    widen(&relative, 1.0, &mut wide);
    let eigen = SymmetricEigen::new(&wide).ok()?;
    let values = eigen.values().iter().map(|s| s.max(0.0)).collect();
    let (mut base, mut narrow_base) = (Matrix::default(), Matrix::default());
    multiply(&mut base, root.matrix(), eigen.vectors());
    let fits = convert(&psi, &mut narrow) && convert(&base, &mut narrow_base);
    fits.then_some((Some(narrow), narrow_base, values))
}

#[cfg(test)]
mod tests {
    use super::super::examples::*;
    use super::*;
    use ravine_linalg::matrix::Lu;
    use ravine_linalg::random::Random;

    /// A chain: inputs and adjoints of neighbours depend on each other.
    struct Chain {
        shapes: Vec<Shape>,
        /// Damped.
        inputs: Vec<Matrix<f64>>,
        outputs: Vec<Matrix<f64>>,
        /// Not damped.
        cross: Vec<[Matrix<f64>; 2]>,
    }

    impl Chain {
        fn new(damping: f64) -> Self {
            let mut random = Random::new(38);
            let shapes = vec![Shape::new(3, 4), Shape::new(2, 4), Shape::new(3, 3)];
            let cases = 40;
            let mut drawn_like = |n: usize, before: Option<(&[f64], usize)>| {
                let mut x: Vec<f64> = drawn(&mut random, cases * n);
                if let Some((before, m)) = before {
                    let mix: Vec<f64> = drawn(&mut random, m * n);
                    let before = Shape::new(cases, m).view(before);
                    let mix = Shape::new(m, n).view(&mix);
                    Shape::new(cases, n).view_mut(&mut x).add_product(0.7, before, mix);
                }
                x
            };
            let (mut a, mut g): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
            for (k, shape) in shapes.iter().enumerate() {
                let (before_a, before_g) = match k {
                    0 => (None, None),
                    _ => (
                        Some((&a[k - 1][..], shapes[k - 1].columns)),
                        Some((&g[k - 1][..], shapes[k - 1].rows)),
                    ),
                };
                let next_a = drawn_like(shape.columns, before_a);
                let next_g = drawn_like(shape.rows, before_g);
                a.push(next_a);
                g.push(next_g);
            }
            let moment = |x: &[f64], m: usize, y: &[f64], n: usize, damping: f64| {
                let mut product = Matrix::zeros(m, n);
                let x = Shape::new(cases, m).view(x).transposed();
                let y = Shape::new(cases, n).view(y);
                view_mut(&mut product).set_product(1.0 / cases as f64, x, y);
                (0..m.min(n)).for_each(|i| product[(i, i)] += damping);
                product
            };
            let (mut inputs, mut outputs, mut cross) = (Vec::new(), Vec::new(), Vec::new());
            for k in 0..3 {
                let Shape { rows, columns } = shapes[k];
                inputs.push(moment(&a[k], columns, &a[k], columns, damping));
                outputs.push(moment(&g[k], rows, &g[k], rows, damping));
                if k < 2 {
                    let next = shapes[k + 1];
                    cross.push([
                        moment(&a[k], columns, &a[k + 1], next.columns, 0.0),
                        moment(&g[k], rows, &g[k + 1], next.rows, 0.0),
                    ]);
                }
            }
            Self { shapes, inputs, outputs, cross }
        }

        fn factors(&self) -> Vec<LayerFactors<'_, f64>> {
            let layer = |k: usize| LayerFactors {
                input: &self.inputs[k],
                output: &self.outputs[k],
                cross: self.cross.get(k).map(|[a, s]| [a, s]),
            };
            (0..3).map(layer).collect()
        }

        fn apply(&self, inverse: &mut BlockTridiagonal<f64>, v: &[f64]) -> Vec<f64> {
            let mut out = vec![0.0; v.len()];
            let (mut v, mut rest) = (v, &mut out[..]);
            let (mut ins, mut outs) = (Vec::new(), Vec::new());
            for shape in &self.shapes {
                let (head, tail) = v.split_at(shape.entries());
                ins.push(head);
                v = tail;
                let (head, tail) = std::mem::take(&mut rest).split_at_mut(shape.entries());
                outs.push(head);
                rest = tail;
            }
            inverse.apply(&ins, &mut outs);
            out
        }
    }

    fn kronecker(s: &Matrix<f64>, a: &Matrix<f64>, i: usize, j: usize) -> f64 {
        s[(i / a.rows(), j / a.columns())] * a[(i % a.rows(), j % a.columns())]
    }

    /// The inverse of the operator has the diagonal blocks and those beside them that it is made of.
    #[test]
    fn its_inverse_has_the_blocks_that_it_is_made_of() {
        for damping in [0.0, 0.3] {
            let chain = Chain::new(damping);
            let mut inverse = BlockTridiagonal::new(&chain.shapes);
            assert_eq!(inverse.refresh(&chain.factors()), Status::Refreshed);
            assert_eq!(inverse.clipped(), 0);
            let n: usize = chain.shapes.iter().map(|s| s.entries()).sum();
            let mut dense = Matrix::zeros(n, n);
            for k in 0..n {
                let mut unit = vec![0.0; n];
                unit[k] = 1.0;
                dense.column_mut(k).copy_from_slice(&chain.apply(&mut inverse, &unit));
            }
            close(dense.entries(), &transposed(dense.entries(), n), 1e-10);
            assert!(SymmetricEigen::new(&dense).unwrap().values()[0] > 0.0);
            let lu = Lu::new(&dense).unwrap();
            let mut first = 0;
            for k in 0..3 {
                let size = chain.shapes[k].entries();
                for j in 0..size {
                    let mut column = vec![0.0; n];
                    column[first + j] = 1.0;
                    lu.solve(&mut column);
                    for i in 0..size {
                        let right = kronecker(&chain.outputs[k], &chain.inputs[k], i, j);
                        assert!((column[first + i] - right).abs() < 1e-9);
                    }
                    if k > 0 {
                        let before = chain.shapes[k - 1].entries();
                        let [a, s] = &chain.cross[k - 1];
                        for i in 0..before {
                            let right = kronecker(s, a, i, j);
                            assert!((column[first - before + i] - right).abs() < 1e-9);
                        }
                    }
                }
                first += size;
            }
        }
    }

    #[test]
    fn without_cross_statistics_it_is_block_diagonal() {
        let chain = Chain::new(0.1);
        let factors = LayerFactors { cross: None, ..chain.factors()[0] };
        let shape = chain.shapes[0];
        let mut inverse = BlockTridiagonal::new(&[shape]);
        inverse.refresh(&[factors]);
        let v: Vec<f64> = drawn(&mut Random::new(39), 12);
        let mut out = vec![0.0; 12];
        inverse.apply(&[&v], &mut [&mut out]);
        let mut back = vec![0.0; 12];
        let (s, a) = (view(&chain.outputs[0]), view(&chain.inputs[0]));
        super::super::dense::sandwich(shape, Some(s), &out, Some(a), &mut back, &mut Vec::new());
        close(&back, &v, 1e-11);
    }

    #[test]
    fn statistics_of_no_use_are_refused_and_wrong_ones_clipped() {
        let mut chain = Chain::new(0.1);
        let mut inverse = BlockTridiagonal::new(&chain.shapes);
        inverse.refresh(&chain.factors());
        assert_eq!(restored(&inverse), inverse);
        let before = inverse.layers.clone();
        chain.inputs[1][(0, 0)] = f64::NAN;
        assert_eq!(inverse.refresh(&chain.factors()), Status::KeptOld);
        assert_eq!((&inverse.layers, inverse.failures().total), (&before, 1));
        let mut chain = Chain::new(0.1);
        for cross in &mut chain.cross {
            for x in cross {
                x.entries_mut().iter_mut().for_each(|x| *x *= 3.0);
            }
        }
        assert_eq!(inverse.refresh(&chain.factors()), Status::Refreshed);
        assert!(inverse.clipped() > 0);
        let n: usize = chain.shapes.iter().map(|s| s.entries()).sum();
        assert!(chain.apply(&mut inverse, &vec![1.0; n]).iter().all(|x| x.is_finite()));
    }
}
