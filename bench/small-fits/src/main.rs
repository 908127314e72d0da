//! Ten thousand fits of three parameters to twenty numbers, by Levenberg-Marquardt: Ravine's, with a run
//! for each fit and with one run that begins again, and the crate levenberg-marquardt's.
//!
//! One JSON object a way on standard output: seconds and allocations a fit, evaluations, and the largest
//! relative difference of a parameter from those of the first way.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt as Peer};
use nalgebra::storage::Owned;
use nalgebra::{Dyn, OMatrix, OVector, U3, Vector3};
use ravine::matrix::Matrix;
use ravine::methods::LevenbergMarquardt;
use ravine::minimize::Run;
use ravine::objective::from_residuals;
use ravine::random::Random;
use ravine::{Stopping, minimize};

const FITS: usize = 10_000;
const POINTS: usize = 20;
const ROUNDS: usize = 5;
const START: [f64; 3] = [1.0, 1.0, 0.0];

/// Counts what is allocated.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// The system's allocator, and a count.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// `y = a exp(-b t) + c` at 20 times, with noise.
struct Data {
    t: [f64; POINTS],
    y: [f64; POINTS],
}

fn data() -> Vec<Data> {
    let mut random = Random::new(1);
    let mut fit = || {
        let [a, b, c] = [1.0 + random.uniform(), 0.5 + random.uniform(), 0.2 * random.normal()];
        let t: [f64; POINTS] = std::array::from_fn(|i| 0.2 * i as f64);
        let y = t.map(|t| a * (-b * t).exp() + c + 0.01 * random.normal());
        Data { t, y }
    };
    (0..FITS).map(|_| fit()).collect()
}

impl Data {
    fn residuals(&self, x: &[f64], r: &mut [f64]) {
        for ((r, t), y) in r.iter_mut().zip(&self.t).zip(&self.y) {
            *r = x[0] * (-x[1] * t).exp() + x[2] - y;
        }
    }

    fn jacobian(&self, x: &[f64], [da, db, dc]: [&mut [f64]; 3]) {
        dc.fill(1.0);
        for ((da, db), t) in da.iter_mut().zip(db).zip(&self.t) {
            let e = (-x[1] * t).exp();
            (*da, *db) = (e, -x[0] * t * e);
        }
    }
}

fn columns(entries: &mut [f64]) -> [&mut [f64]; 3] {
    let (a, rest) = entries.split_at_mut(POINTS);
    let (b, c) = rest.split_at_mut(POINTS);
    [a, b, c]
}

/// As its documentation shows.
struct PeerFit<'a> {
    data: &'a Data,
    x: Vector3<f64>,
}

impl LeastSquaresProblem<f64, Dyn, U3> for PeerFit<'_> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, U3>;
    type ParameterStorage = Owned<f64, U3>;

    fn set_params(&mut self, x: &Vector3<f64>) {
        self.x = *x;
    }

    fn params(&self) -> Vector3<f64> {
        self.x
    }

    fn residuals(&self) -> Option<OVector<f64, Dyn>> {
        let mut r = OVector::<f64, Dyn>::zeros(POINTS);
        self.data.residuals(self.x.as_slice(), r.as_mut_slice());
        Some(r)
    }

    fn jacobian(&self) -> Option<OMatrix<f64, Dyn, U3>> {
        let mut j = OMatrix::<f64, Dyn, U3>::zeros(POINTS);
        self.data.jacobian(self.x.as_slice(), columns(j.as_mut_slice()));
        Some(j)
    }
}

/// Parameters of all fits, and evaluations of residuals and Jacobians.
type Fitted = (Vec<[f64; 3]>, u64, u64);

fn each_its_run(data: &[Data]) -> Fitted {
    let (mut found, mut values, mut gradients) = (Vec::with_capacity(FITS), 0, 0);
    for data in data {
        let f = from_residuals(
            3,
            POINTS,
            |x: &[f64], r: &mut [f64]| data.residuals(x, r),
            |x: &[f64], j: &mut Matrix| data.jacobian(x, columns(j.entries_mut())),
        );
        let outcome = minimize(&f, START.to_vec(), LevenbergMarquardt::default()).run().unwrap();
        values += outcome.evaluations.value;
        gradients += outcome.evaluations.gradient;
        found.push([outcome.x[0], outcome.x[1], outcome.x[2]]);
    }
    (found, values, gradients)
}

fn one_run(data: &[Data]) -> Fitted {
    let (mut found, mut values, mut gradients) = (Vec::with_capacity(FITS), 0, 0);
    // The number of the fit that goes on.
    let at = std::cell::Cell::new(0);
    let f = from_residuals(
        3,
        POINTS,
        |x: &[f64], r: &mut [f64]| data[at.get()].residuals(x, r),
        |x: &[f64], j: &mut Matrix| data[at.get()].jacobian(x, columns(j.entries_mut())),
    );
    let start = START.to_vec();
    let mut run = Run::new(&f, LevenbergMarquardt::default(), &start, Stopping::default()).unwrap();
    for k in 0..data.len() {
        at.set(k);
        run.begin_again(&start).unwrap();
        while run.step().is_none() {}
        let progress = run.progress();
        values += progress.evaluations.value;
        gradients += progress.evaluations.gradient;
        found.push([progress.x[0], progress.x[1], progress.x[2]]);
    }
    (found, values, gradients)
}

fn peer(data: &[Data]) -> Fitted {
    let (mut found, mut values) = (Vec::with_capacity(FITS), 0);
    for data in data {
        let fit = PeerFit { data, x: Vector3::from(START) };
        let (fit, report) = Peer::new().minimize(fit);
        values += report.number_of_evaluations as u64;
        found.push([fit.x[0], fit.x[1], fit.x[2]]);
    }
    (found, values, 0)
}

fn main() {
    let data = data();
    let ways: [(&str, fn(&[Data]) -> Fitted); 3] = [
        ("levenberg-marquardt", peer),
        ("ravine, one run", one_run),
        ("ravine, each its run", each_its_run),
    ];
    let reference = peer(&data).0;
    for (name, way) in ways {
        let (mut seconds, mut allocations, mut fitted) = (f64::INFINITY, 0, None);
        for _ in 0..ROUNDS {
            let before = ALLOCATIONS.load(Ordering::Relaxed);
            let start = Instant::now();
            let all = way(&data);
            seconds = seconds.min(start.elapsed().as_secs_f64());
            allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
            fitted = Some(all);
        }
        let Some((found, values, gradients)) = fitted else { continue };
        let mut gap = 0.0f64;
        for (found, reference) in found.iter().zip(&reference) {
            for (x, r) in found.iter().zip(reference) {
                gap = gap.max((x - r).abs() / r.abs().max(1.0));
            }
        }
        let each = |total: f64| total / FITS as f64;
        println!(
            "{}",
            serde_json::json!({
                "way": name,
                "microseconds": 1e6 * each(seconds),
                "allocations": each(allocations as f64),
                "values": each(values as f64),
                "gradients": each(gradients as f64),
                "largest_difference": gap,
            })
        );
    }
}
