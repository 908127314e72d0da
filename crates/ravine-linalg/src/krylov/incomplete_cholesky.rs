//! Incomplete Cholesky factorization.

use crate::error::{ArgumentError, Interrupt};
use crate::matrix::{FactorizationError, SparseMatrix};
use crate::operator::{Adjoint, LinearOperator, Structure};

/// Which entries of the factor are kept, besides the diagonal.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fill {
    /// Those where A has an entry: IC(0).
    Pattern,
    /// In each column the largest, as many as A has in this column below the diagonal and `extra` more,
    /// so that the memory is known beforehand. Source: Lin and More (1999), who take 5.
    Largest {
        /// How many more.
        extra: usize,
    },
    /// Those larger than `drop` times the norm of the column of A; here A is scaled to columns of about
    /// the same norm.
    Threshold {
        /// The part, in (0, 1).
        drop: f64,
    },
}

/// An incomplete Cholesky factorization `L L'` of a sparse symmetric A as a preconditioner: entries
/// of L are dropped as they come.
///
/// A is first scaled to `A_s = S^-1 A S^-1` with `S^2 = diag(|A e_i|)`. Dropping may make a pivot
/// negative although A is definite; then all begins anew with `A_s + shift I` and a shift that grows
/// from [`shift`](Self::shift) by factors of two until the factor exists, which is always so for some
/// shift: for indefinite A too, and M is definite whatever A is.
///
/// The order of the unknowns is that of A: one with a small bandwidth drops little.
///
/// Source: Meijerink and van der Vorst (1977) for IC(0); Lin and More, Incomplete Cholesky
/// factorizations with limited memory (1999), for the scaling, the memory and the shifts, which are
/// those of Manteuffel (1980).
///
/// ```
/// use ravine_linalg::krylov::{CgWork, ConjugateGradient, Fill, IncompleteCholesky};
/// use ravine_linalg::matrix::SparseMatrix;
///
/// // A path of 50 nodes; without fill to drop, the factor is exact.
/// let n = 50;
/// let mut triplets: Vec<_> = (0..n).map(|i| (i, i, 2.001)).collect();
/// triplets.extend((1..n).flat_map(|i| [(i, i - 1, -1.0), (i - 1, i, -1.0)]));
/// let a = SparseMatrix::from_triplets(n, n, &triplets);
/// let m = IncompleteCholesky { fill: Fill::Pattern, ..Default::default() }.factorize(&a)?;
/// assert_eq!(m.shift(), 0.0);
/// let b = vec![1.0; n];
/// let (mut x, mut work) = (b.clone(), CgWork::new(&b));
/// let info = ConjugateGradient::default().solve_preconditioned(&a, &m, &b, &mut x, &mut work)?;
/// assert_eq!(info.iterations, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IncompleteCholesky {
    /// Which entries are kept. Default [`Fill::Largest`] with 5 extra.
    pub fill: Fill,
    /// The first shift that is tried where the factorization breaks down without. Default `1e-3`.
    pub shift: f64,
}

impl Default for IncompleteCholesky {
    fn default() -> Self {
        Self { fill: Fill::Largest { extra: 5 }, shift: 1e-3 }
    }
}

impl IncompleteCholesky {
    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ArgumentError> {
        let shift = self.shift;
        ArgumentError::check(shift > 0.0 && shift < 1.0, "shift", shift, "in (0, 1)")?;
        if let Fill::Threshold { drop } = self.fill {
            ArgumentError::check(drop > 0.0 && drop < 1.0, "drop", drop, "in (0, 1)")?;
        }
        Ok(())
    }

    /// Factorizes `a`; only its lower triangle is read, but its columns are scaled by whole norms, so
    /// both triangles should be there.
    ///
    /// # Errors
    ///
    /// [`FactorizationError::NotFinite`], or [`FactorizationError::NotPositiveDefinite`] where no shift
    /// within the range of numbers helps.
    ///
    /// # Panics
    ///
    /// If `a` is not square.
    pub fn factorize(&self, a: &SparseMatrix) -> Result<IncompleteFactor, FactorizationError> {
        let n = a.columns();
        assert_eq!(a.rows(), n, "only a square matrix has this factorization");
        let scale: Vec<f64> = (0..n)
            .map(|j| {
                let norm = a.column(j).1.iter().map(|v| v * v).sum::<f64>().sqrt();
                if norm == 0.0 { 1.0 } else { norm.sqrt() }
            })
            .collect();
        if !scale.iter().all(|s| s.is_finite()) {
            return Err(FactorizationError::NotFinite);
        }
        let least =
            (0..n).map(|j| a.get(j, j) / (scale[j] * scale[j])).fold(f64::INFINITY, f64::min);
        let mut shift = if least > 0.0 { 0.0 } else { self.shift - least };
        let mut work = Work::new(n);
        loop {
            match work.factorize(a, &scale, shift, self.fill) {
                Ok(factor) => return Ok(factor),
                Err(pivot) if !shift.is_finite() => {
                    return Err(FactorizationError::NotPositiveDefinite { pivot });
                }
                Err(_) => shift = (2.0 * shift).max(self.shift),
            }
        }
    }
}

/// An incomplete Cholesky factor, as the operator `M = (S L L' S)^-1`: see [`IncompleteCholesky`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct IncompleteFactor {
    scale: Vec<f64>,
    shift: f64,
    diagonal: Vec<f64>,
    /// The columns of L below the diagonal.
    column_starts: Vec<usize>,
    rows: Vec<usize>,
    values: Vec<f64>,
}

impl IncompleteFactor {
    /// The shift that was needed, of the scaled matrix.
    pub fn shift(&self) -> f64 {
        self.shift
    }

    /// The number of entries of L, its diagonal included.
    pub fn stored(&self) -> usize {
        self.diagonal.len() + self.values.len()
    }
}

/// The factorization by columns, each with all that earlier ones contribute to it.
struct Work {
    /// The column in full, and where it has entries.
    column: Vec<f64>,
    pattern: Vec<usize>,
    marked: Vec<bool>,
    /// The columns whose next entry to be used is in row j: `head[j]`, then `next` of each.
    head: Vec<Option<usize>>,
    next: Vec<Option<usize>>,
    /// That entry.
    place: Vec<usize>,
}

impl Work {
    fn new(n: usize) -> Self {
        Self {
            column: vec![0.0; n],
            pattern: Vec::new(),
            marked: vec![false; n],
            head: vec![None; n],
            next: vec![None; n],
            place: vec![0; n],
        }
    }

    /// The factor of `S^-1 A S^-1 + shift I`, or the row where it broke down.
    fn factorize(
        &mut self,
        a: &SparseMatrix,
        scale: &[f64],
        shift: f64,
        fill: Fill,
    ) -> Result<IncompleteFactor, usize> {
        let n = scale.len();
        self.head.fill(None);
        let mut factor = IncompleteFactor {
            scale: scale.to_vec(),
            shift,
            diagonal: Vec::with_capacity(n),
            column_starts: vec![0],
            rows: Vec::new(),
            values: Vec::new(),
        };
        for j in 0..n {
            let mut diagonal = shift;
            let (rows, values) = a.column(j);
            for (&i, &v) in rows.iter().zip(values).filter(|(i, _)| **i >= j) {
                let v = v / (scale[i] * scale[j]);
                if i == j {
                    diagonal += v;
                } else {
                    self.add(i, v);
                }
            }
            let own = self.pattern.len();
            // What the columns k < j with an entry in row j contribute.
            let mut list = self.head[j];
            while let Some(k) = list {
                list = self.next[k];
                let (start, end) = (self.place[k], factor.column_starts[k + 1]);
                let l = factor.values[start];
                diagonal -= l * l;
                for e in start + 1..end {
                    let i = factor.rows[e];
                    if fill != Fill::Pattern || self.marked[i] {
                        self.add(i, -l * factor.values[e]);
                    }
                }
                self.enlist(k, start + 1, end, &factor.rows);
            }
            let usable = diagonal > 0.0 && diagonal.is_finite();
            if usable {
                let root = diagonal.sqrt();
                factor.diagonal.push(root);
                self.select(own, fill);
                for &i in &self.pattern {
                    factor.rows.push(i);
                    factor.values.push(self.column[i] / root);
                }
            }
            for &i in &self.pattern {
                self.marked[i] = false;
            }
            self.pattern.clear();
            if !usable {
                return Err(j);
            }
            let start = factor.column_starts[j];
            factor.column_starts.push(factor.rows.len());
            self.enlist(j, start, factor.rows.len(), &factor.rows);
        }
        Ok(factor)
    }

    fn add(&mut self, i: usize, value: f64) {
        if !self.marked[i] {
            self.marked[i] = true;
            self.pattern.push(i);
            self.column[i] = 0.0;
        }
        self.column[i] += value;
    }

    /// Puts column k, whose next entry is at `place`, on the list of that entry's row.
    fn enlist(&mut self, k: usize, place: usize, end: usize, rows: &[usize]) {
        if place < end {
            self.place[k] = place;
            self.next[k] = self.head[rows[place]];
            self.head[rows[place]] = Some(k);
        }
    }

    /// Drops entries of the column, of which A has `own`, and puts the others in order.
    fn select(&mut self, own: usize, fill: Fill) {
        let Self { column, pattern, marked, .. } = self;
        match fill {
            Fill::Pattern => (),
            Fill::Largest { extra } => {
                let most = own + extra;
                if pattern.len() > most {
                    // By rows where two are as large, so that the outcome is the same everywhere.
                    pattern.select_nth_unstable_by(most, |&i, &j| {
                        column[j].abs().total_cmp(&column[i].abs()).then(i.cmp(&j))
                    });
                    pattern[most..].iter().for_each(|&i| marked[i] = false);
                    pattern.truncate(most);
                }
            }
            Fill::Threshold { drop } => pattern.retain(|&i| {
                marked[i] = column[i].abs() > drop;
                marked[i]
            }),
        }
        pattern.sort_unstable();
    }
}

impl LinearOperator<Vec<f64>> for IncompleteFactor {
    fn dimension(&self) -> usize {
        self.diagonal.len()
    }

    fn structure(&self) -> Structure {
        Structure::Definite
    }

    fn apply(&self, x: &Vec<f64>, y: &mut Vec<f64>) -> Result<(), Interrupt> {
        for ((y, x), s) in y.iter_mut().zip(x).zip(&self.scale) {
            *y = x / s;
        }
        let column = |j: usize| {
            let range = self.column_starts[j]..self.column_starts[j + 1];
            self.rows[range.clone()].iter().zip(&self.values[range])
        };
        for (j, d) in self.diagonal.iter().enumerate() {
            y[j] /= d;
            let yj = y[j];
            column(j).for_each(|(&i, l)| y[i] -= l * yj);
        }
        for (j, d) in self.diagonal.iter().enumerate().rev() {
            let sum: f64 = column(j).map(|(&i, l)| l * y[i]).sum();
            y[j] = (y[j] - sum) / d;
        }
        for (y, s) in y.iter_mut().zip(&self.scale) {
            *y /= s;
        }
        Ok(())
    }
}

impl Adjoint<Vec<f64>> for IncompleteFactor {
    fn apply_adjoint(&self, y: &Vec<f64>, x: &mut Vec<f64>) -> Result<(), Interrupt> {
        self.apply(y, x)
    }
}
