//! How a step is solved for with the matrix of a curvature.

use super::definite::until_definite_or;
use ravine_linalg::matrix::{Cholesky, Lblt, Matrix, ModifiedCholesky, SymmetricEigen};
use ravine_linalg::vector::Vector;
use ravine_linalg::{Interrupt, Watch};

/// How the matrix B of a curvature is factorized, and what is done where it is not positive definite.
///
/// What is added to B, and along which direction its curvature is negative, depends on the units of the variables.
/// By eigenvalues and by shifts it is done in units that B itself gives: with `s_i = |b_ii|^(-1/2)` and C with entries
/// `s_i b_ij s_j`, made smaller where rows have entries above 1. Their steps are the same whatever the units of
/// each variable, wherever the diagonal of B has no zero. [`Plain`](Self::Plain) steps are the same in all units.
/// [`ModifiedCholesky`](Self::ModifiedCholesky) has its pivots in the order of the diagonal, and so what it adds to a
/// matrix that is not definite follows the units; in those above all pivots would be equal, and rounding would order
/// them.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    crate::settings::Described,
)]
#[serde(rename_all = "snake_case")]
pub enum Factorization {
    /// A diagonal is added during the factorization, where it is needed
    /// ([`ModifiedCholesky`]).
    #[default]
    ModifiedCholesky,
    /// `Q |Lambda| Q'`: eigenvalues are taken by their absolute values, those that are zero to
    /// rounding by the least that is not. Costs about ten times as much. Where the gradient test
    /// holds at a point with negative curvature, the method knows and goes on along it.
    Eigenvalue,
    /// `B + shift I`, for growing shifts until it is positive definite ([`until_definite`](super::until_definite)).
    Shift,
    /// B as it is, by Bunch and Kaufman's factorization: Newton's method itself, which goes to saddles
    /// and maxima as well.
    Plain,
}

/// A step `d = -B^-1 g` of the curvature's own making.
#[derive(Clone, Debug, PartialEq)]
pub struct Descended<V> {
    /// `g'd`; NaN where there is no step.
    pub slope: f64,
    /// `max_i |d_i|`.
    pub length: f64,
    /// A direction of clearly negative curvature, where one came to light: pointing down, as long as
    /// is to be tried first, with the decrease it promises.
    pub downhill: Option<(V, f64)>,
}

impl<V: Vector> Descended<V> {
    /// Of the step `d` from the gradient `g`.
    pub fn of(d: &V, g: &V) -> Self {
        let (slope, length) = d.dot_and_norm_max(g);
        Self { slope, length, downhill: None }
    }
}

/// Eigenvalues below this times the largest are negative beyond doubt.
const NEGATIVE: f64 = -1e-8;

/// The first shift of a matrix that may be indefinite, over its largest entry.
const FIRST_SHIFT: f64 = 1e-3;

impl Factorization {
    /// Writes `d = -(B + shift I)^-1 g` for the matrix B, made definite as this says; `x` is the point,
    /// whose size is the length tried along negative curvature. NaN where B is singular or not finite, or
    /// zero: a line search then goes a cautious step along the negative gradient.
    ///
    /// ```
    /// use ravine::curvature::Factorization;
    /// use ravine::Watch;
    /// use ravine::matrix::Matrix;
    ///
    /// let b = Matrix::from_rows(&[[2.0, 0.0], [0.0, -4.0]]);
    /// let (x, g, mut d) = (vec![1.0, 1.0], vec![2.0, 4.0], vec![0.0; 2]);
    /// let nobody = Watch::default();
    /// let by_eigenvalues = Factorization::Eigenvalue.descend(&b, 0.0, &x, &g, &mut d, nobody)?;
    /// assert_eq!(d, [-1.0, -1.0]);
    /// assert!(by_eigenvalues.downhill.is_some());
    /// Factorization::Plain.descend(&b, 0.0, &x, &g, &mut d, nobody)?;
    /// assert_eq!(d, [-1.0, 1.0]);
    /// # Ok::<(), ravine::Interrupt>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The interrupt of `watch`, which factorizations ask.
    pub fn descend(
        self,
        b: &Matrix,
        shift: f64,
        x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<Descended<Vec<f64>>, Interrupt> {
        if shift != 0.0 {
            let n = b.rows();
            let entry = |i: usize, j: usize| b[(i, j)] + if i == j { shift } else { 0.0 };
            return self.descend(&Matrix::from_fn(n, n, entry), 0.0, x, g, d, watch);
        }
        if b.entries().iter().all(|&entry| entry == 0.0) {
            // No curvature at all says nothing of how far to go.
            d.fill(f64::NAN);
            return Ok(Descended::of(d, g));
        }
        if matches!(self, Self::Plain | Self::ModifiedCholesky) {
            return self.descend_scaled(b, x, g, d, watch);
        }
        // d = S e and g = S^-1 h, so that e = -C^-1 h.
        let s = units(b);
        let n = s.len();
        let c = Matrix::from_fn(n, n, |i, j| b[(i, j)] * s[i] * s[j]);
        let h: Vec<f64> = g.iter().zip(&s).map(|(g, s)| g * s).collect();
        let y: Vec<f64> = x.iter().zip(&s).map(|(x, s)| x / s).collect();
        let times = |v: &mut Vec<f64>| v.iter_mut().zip(&s).for_each(|(v, s)| *v *= s);
        let mut scaled = self.descend_scaled(&c, &y, &h, d, watch)?;
        times(d);
        if let Some((way, _)) = &mut scaled.downhill {
            times(way);
        }
        Ok(Descended { downhill: scaled.downhill, ..Descended::of(d, g) })
    }

    /// The same, in units that are given.
    fn descend_scaled(
        self,
        b: &Matrix,
        x: &Vec<f64>,
        g: &Vec<f64>,
        d: &mut Vec<f64>,
        watch: Watch<'_>,
    ) -> Result<Descended<Vec<f64>>, Interrupt> {
        d.axpby(-1.0, g, 0.0);
        let mut downhill = None;
        let solved = match self {
            Self::ModifiedCholesky => {
                ModifiedCholesky::watched(b, watch)?.map(|factor| factor.solve(d))
            }
            Self::Plain => Lblt::watched(b, watch)?.map(|factor| factor.solve(d)),
            Self::Shift => {
                let mut factor = Cholesky::default();
                let largest = b.entries().iter().fold(0.0f64, |m, v| m.max(v.abs()));
                let factorize = |shift| factor.refactor_watched(b, shift, watch);
                until_definite_or(0.0, FIRST_SHIFT * largest, factorize)?.map(|_| factor.solve(d))
            }
            Self::Eigenvalue => SymmetricEigen::watched(b, watch)?.map(|eigen| {
                let least = d.len() as f64 * f64::EPSILON * eigen.norm();
                eigen.apply(|lambda| -1.0 / lambda.abs().max(least), g, d);
                downhill = way_down(&eigen, x, g);
            }),
        };
        if solved.is_err() {
            d.fill(f64::NAN);
        }
        Ok(Descended { downhill, ..Descended::of(d, g) })
    }
}

/// Rounds of making the largest entry of each row 1.
const ROUNDS: usize = 8;

/// The units of the variables that B gives: those of its diagonal, or, where that is zero, of the entries beside it;
/// shorter where rows have larger entries.
fn units(b: &Matrix) -> Vec<f64> {
    let n = b.rows();
    let sane = |s: f64| (s.is_normal() && s > 0.0).then_some(s);
    let diagonal: Vec<_> = (0..n).map(|i| sane(1.0 / b[(i, i)].abs().sqrt())).collect();
    let beside = |i: usize| {
        let known = (0..n).filter_map(|j| diagonal[j].map(|s| b[(i, j)].abs() * s));
        sane(1.0 / known.fold(0.0, f64::max)).unwrap_or(1.0)
    };
    let mut s: Vec<f64> = (0..n).map(|i| diagonal[i].unwrap_or_else(|| beside(i))).collect();
    for _ in 0..ROUNDS {
        let largest = |i: usize| (0..n).fold(0.0, |m: f64, j| m.max((b[(i, j)] * s[j]).abs()));
        let rows: Vec<f64> = (0..n).map(|i| s[i] * largest(i)).collect();
        if rows.iter().all(|&row| row <= 1.0 + 1e-3) {
            break;
        }
        let shrink = |(s, row): (&mut f64, &f64)| {
            if let Some(root) = sane(row.sqrt()).filter(|&root| root > 1.0) {
                *s /= root;
            }
        };
        s.iter_mut().zip(&rows).for_each(shrink);
    }
    s
}

/// The way down along the smallest eigenvalue, if that is clearly negative.
fn way_down(eigen: &SymmetricEigen, x: &Vec<f64>, g: &Vec<f64>) -> Option<(Vec<f64>, f64)> {
    let lambda = *eigen.values().first()?;
    if lambda >= NEGATIVE * eigen.norm() {
        return None;
    }
    let mut v = eigen.vectors().column(0).to_vec();
    let norm = x.norm();
    let length = if norm > 0.0 { norm } else { 1.0 / v.norm_max() };
    let slope = v.dot(g);
    v.scale(if slope > 0.0 { -length } else { length });
    Some((v, -0.5 * lambda * length * length))
}

/// Writes `d = -(B + shift I)^-1 g` for a B that is semidefinite but for rounding: by Cholesky, shifted
/// by units of rounding where that fails.
pub(crate) fn descend_semidefinite(
    factor: &mut Cholesky,
    b: &Matrix,
    shift: f64,
    g: &Vec<f64>,
    d: &mut Vec<f64>,
    watch: Watch<'_>,
) -> Result<Descended<Vec<f64>>, Interrupt> {
    let largest = b.entries().iter().fold(0.0f64, |m, v| m.max(v.abs()));
    d.axpby(-1.0, g, 0.0);
    let factorize = |shift| factor.refactor_watched(b, shift, watch);
    match until_definite_or(shift, 1e-14 * largest, factorize)? {
        Ok(_) => factor.solve(d),
        Err(_) => d.fill(f64::NAN),
    }
    Ok(Descended::of(d, g))
}
