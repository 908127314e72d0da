//! The density of eigenvalues, and what follows from it.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2, PI};

use crate::error::ArgumentError;

use super::{Estimate, Histogram, LogarithmicHistogram, Quadrature};

/// The density of the eigenvalues of an operator, as probes saw it or exactly.
///
/// Every number derived from it is a mean over the probes and comes with its standard error; an
/// exact density has one probe and no error.
///
/// ```
/// use ravine_linalg::spectrum::Density;
///
/// let density = Density::exact(&[3.0, 1.0, 2.0, 10.0]);
/// assert_eq!(density.range(), (1.0, 10.0));
/// assert_eq!(density.cumulative(2.5).value, 0.5);
/// assert_eq!(density.trace_of(|lambda| lambda).value, 16.0);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Density {
    dimension: usize,
    quadratures: Vec<Quadrature>,
    products: usize,
}

/// A point of a smoothed density.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DensityPoint {
    /// Where on the axis of eigenvalues.
    pub at: f64,
    /// The density there; its integral over the axis is 1.
    pub density: f64,
    /// The standard error of the density.
    pub standard_error: f64,
}

impl Density {
    /// The density of known eigenvalues.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn exact(eigenvalues: &[f64]) -> Self {
        assert!(!eigenvalues.is_empty(), "exact: a density needs an eigenvalue");
        let quadratures = vec![Quadrature::exact(eigenvalues)];
        Self { dimension: eigenvalues.len(), quadratures, products: 0 }
    }

    /// One measure, taken for what it is: the spectrum as it weighs in one vector (where the
    /// energy of a gradient lies, say), for an operator of that dimension.
    pub fn of_quadrature(dimension: usize, quadrature: Quadrature) -> Self {
        Self::of_probes(dimension, vec![quadrature])
    }

    pub(super) fn of_probes(dimension: usize, quadratures: Vec<Quadrature>) -> Self {
        let products = quadratures.iter().map(|q| q.nodes.len()).sum();
        Self { dimension, quadratures, products }
    }

    /// The number of eigenvalues n.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// What each probe saw.
    pub fn quadratures(&self) -> &[Quadrature] {
        &self.quadratures
    }

    /// Products with the operator that were made.
    pub fn products(&self) -> usize {
        self.products
    }

    /// The smallest and the largest node: they lie within the spectrum, and near its ends.
    pub fn range(&self) -> (f64, f64) {
        let nodes = || self.quadratures.iter().flat_map(|q| q.nodes.iter().copied());
        (nodes().fold(f64::INFINITY, f64::min), nodes().fold(f64::NEG_INFINITY, f64::max))
    }

    /// `tr f(A) = n mean_i sum_j w_ij f(theta_ij)`.
    ///
    /// The standard error is that of the probes; what k steps of Lanczos miss of f comes on top,
    /// and vanishes for polynomials of degree below 2k.
    pub fn trace_of(&self, f: impl Fn(f64) -> f64) -> Estimate {
        self.mean(|quadrature| quadrature.integrate(&f)).scaled(self.dimension as f64)
    }

    /// `ln det A = tr ln A` of a positive definite A.
    ///
    /// ```
    /// use ravine_linalg::spectrum::Density;
    ///
    /// let density = Density::exact(&[1.0, 2.0, 4.0]);
    /// assert!((density.log_determinant()?.value - 8f64.ln()).abs() < 1e-15);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A node that is not positive: A is not positive definite, or not to rounding.
    pub fn log_determinant(&self) -> Result<Estimate, ArgumentError> {
        let (low, _) = self.range();
        ArgumentError::check(low > 0.0, "the smallest node", low, "positive")?;
        Ok(self.trace_of(f64::ln))
    }

    /// `tr A (A + lambda I)^-1 = sum_j lambda_j / (lambda_j + lambda)`: how many eigenvalues stand
    /// out over a damping lambda (a ridge); the degrees of freedom of ridge regression. Negative
    /// eigenvalues do not count.
    ///
    /// ```
    /// use ravine_linalg::spectrum::Density;
    ///
    /// let density = Density::exact(&[0.0, 1.0, 3.0]);
    /// assert_eq!(density.effective_dimension(1.0)?.value, 1.25);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A lambda that is not positive.
    pub fn effective_dimension(&self, lambda: f64) -> Result<Estimate, ArgumentError> {
        ArgumentError::check(lambda > 0.0, "lambda", lambda, "positive")?;
        Ok(self.trace_of(|theta| theta.max(0.0) / (theta.max(0.0) + lambda)))
    }

    /// The share of the eigenvalues at or below x.
    pub fn cumulative(&self, x: f64) -> Estimate {
        self.mean(|quadrature| quadrature.cumulative(x))
    }

    /// The shares of the eigenvalues between edges.
    ///
    /// # Panics
    ///
    /// If the edges do not ascend.
    pub fn histogram(&self, edges: &[f64]) -> Histogram {
        self.histogram_in(edges, |lambda| lambda)
    }

    /// The shares in `bins` equal bins over the whole [`range`](Self::range), which is widened a
    /// little so that the ends lie inside.
    ///
    /// ```
    /// use ravine_linalg::spectrum::Density;
    ///
    /// let histogram = Density::exact(&[0.0, 1.0, 9.0, 10.0]).linear(2)?;
    /// assert_eq!(histogram.shares, [0.5, 0.5]);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No bins.
    pub fn linear(&self, bins: usize) -> Result<Histogram, ArgumentError> {
        ArgumentError::check(bins > 0, "bins", bins, "positive")?;
        let (low, high) = self.range();
        let size = (high - low).max(low.abs()).max(high.abs());
        let margin = 1e-9 * if size > 0.0 { size } else { 1.0 };
        let (low, width) = (low - margin, (high - low + 2.0 * margin) / bins as f64);
        let edges: Vec<f64> = (0..=bins).map(|i| low + i as f64 * width).collect();
        Ok(self.histogram(&edges))
    }

    /// The shares in `bins_per_decade` bins a decade of `log10 |lambda|`, for either sign, down to
    /// `zero` times the largest; what is smaller counts as zero. (The limit is rounded down to an
    /// edge.)
    ///
    /// What is spread around a node is spread evenly in the logarithm.
    ///
    /// # Errors
    ///
    /// No bins, or `zero` not between 0 and 1.
    pub fn logarithmic(
        &self,
        bins_per_decade: usize,
        zero: f64,
    ) -> Result<LogarithmicHistogram, ArgumentError> {
        ArgumentError::check(bins_per_decade > 0, "bins_per_decade", bins_per_decade, "positive")?;
        ArgumentError::check(zero > 0.0 && zero < 1.0, "zero", zero, "between 0 and 1")?;
        let (low, high) = self.range();
        let largest = low.abs().max(high.abs()).max(f64::MIN_POSITIVE / zero);
        let per = bins_per_decade as f64;
        // A number at an edge must not slip over it by rounding.
        let first = ((zero * largest).log10() * per + 1e-9).floor() as i64;
        let last = (largest.log10() * per - 1e-9).ceil() as i64;
        let exponents: Vec<f64> = (first..=last).map(|i| i as f64 / per).collect();
        let limit = 10f64.powf(exponents[0]);
        let coordinate = |lambda: f64| (lambda / limit).asinh();
        let positive: Vec<f64> = exponents.iter().map(|e| 10f64.powf(*e)).collect();
        let negative: Vec<f64> = positive.iter().rev().map(|e| -e).collect();
        let mut negative = self.histogram_in(&negative, coordinate);
        negative.shares.reverse();
        negative.standard_errors.reverse();
        negative.edges.clone_from(&exponents);
        let positive = Histogram { edges: exponents, ..self.histogram_in(&positive, coordinate) };
        let zero =
            self.mean(|q| q.cumulative_in(limit, coordinate) - q.cumulative_in(-limit, coordinate));
        Ok(LogarithmicHistogram { negative, zero, positive })
    }

    /// `phi(t) = mean_i sum_j w_ij exp(-(t - theta_ij)^2 / (2 s^2)) / (sqrt(2 pi) s)` at `points`
    /// equally spaced t over the whole range and three widths s beyond.
    ///
    /// The default width is `pi / (2 sqrt(2) k)` of the range for k nodes a probe: nodes in the
    /// middle of a smooth density are `sqrt(2)` widths apart, which leaves no ripple, and nothing
    /// finer could be resolved.
    ///
    /// ```
    /// use ravine_linalg::spectrum::Density;
    ///
    /// let curve = Density::exact(&[-1.0, 0.0, 1.0]).smoothed(101, Some(0.1))?;
    /// let step = curve[1].at - curve[0].at;
    /// let integral: f64 = curve.iter().map(|p| step * p.density).sum();
    /// assert!((integral - 1.0).abs() < 0.01);
    /// # Ok::<(), ravine_linalg::ArgumentError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fewer than two points, or a width that is not positive.
    pub fn smoothed(
        &self,
        points: usize,
        width: Option<f64>,
    ) -> Result<Vec<DensityPoint>, ArgumentError> {
        ArgumentError::check(points >= 2, "points", points, "at least 2")?;
        let (low, high) = self.range();
        let s = width.unwrap_or_else(|| self.resolution());
        ArgumentError::check(s > 0.0 && s.is_finite(), "width", s, "positive")?;
        let (low, high) = (low - 3.0 * s, high + 3.0 * s);
        let step = (high - low) / (points - 1) as f64;
        let kernel = |t: f64| (-0.5 * (t / s).powi(2)).exp() / ((2.0 * PI).sqrt() * s);
        let point = |i: usize| {
            let at = low + i as f64 * step;
            let estimate = self.mean(|quadrature| quadrature.integrate(|theta| kernel(at - theta)));
            DensityPoint { at, density: estimate.value, standard_error: estimate.standard_error }
        };
        Ok((0..points).map(point).collect())
    }

    /// The default width of smoothing; for a single eigenvalue, a thousandth of it.
    fn resolution(&self) -> f64 {
        let (low, high) = self.range();
        let nodes = self.quadratures.iter().map(|q| q.nodes.len()).max().unwrap_or(1);
        if high > low {
            FRAC_1_SQRT_2 * FRAC_PI_2 * (high - low) / nodes as f64
        } else if high != 0.0 {
            1e-3 * high.abs()
        } else {
            1e-3
        }
    }

    /// A mean over the probes.
    fn mean(&self, of: impl Fn(&Quadrature) -> f64) -> Estimate {
        match &self.quadratures[..] {
            [only] => Estimate { value: of(only), standard_error: 0.0, products: self.products },
            probes => {
                let samples: Vec<f64> = probes.iter().map(of).collect();
                Estimate::from_samples(&samples, self.products)
            }
        }
    }

    fn histogram_in(&self, edges: &[f64], coordinate: impl Fn(f64) -> f64) -> Histogram {
        assert!(edges.is_sorted(), "histogram: the edges do not ascend");
        let bins = edges.windows(2).map(|edge| {
            self.mean(|q| {
                q.cumulative_in(edge[1], &coordinate) - q.cumulative_in(edge[0], &coordinate)
            })
        });
        let (shares, standard_errors) = bins.map(|e| (e.value, e.standard_error)).unzip();
        Histogram { edges: edges.to_vec(), shares, standard_errors }
    }
}
