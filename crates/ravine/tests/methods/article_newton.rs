//! Newton's method on Rosenbrock's function: the published paths.

use ravine::Stopping;
use ravine::matrix::Matrix;
use ravine::methods::Newton;
use ravine::minimize::Run;
use ravine::objective::{Hessian, from_hessian};

fn rosenbrock() -> impl Hessian {
    from_hessian(
        2,
        |x: &[f64], g: &mut [f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g.copy_from_slice(&[-2.0 * a - 400.0 * x[0] * b, 200.0 * b]);
            a * a + 100.0 * b * b
        },
        |x: &[f64], h: &mut Matrix| {
            h[(0, 0)] = 2.0 - 400.0 * (x[1] - 3.0 * x[0] * x[0]);
            h[(0, 1)] = -400.0 * x[0];
            h[(1, 0)] = -400.0 * x[0];
            h[(1, 1)] = 200.0;
        },
    )
}

/// Follows the published path to 1e-10, then checks that the gradient test first holds there.
fn follow(path: &[[f64; 2]]) {
    let f = rosenbrock();
    let stopping = Stopping::gradient(1e-10);
    let mut run =
        Run::new(&f, Newton::default(), &path[0].to_vec(), stopping).expect("the run starts");
    for (k, expected) in path.iter().enumerate() {
        let x = run.progress().x;
        assert!((x[0] - expected[0]).abs() < 1e-10, "x of step {k}: {x:?}");
        assert!((x[1] - expected[1]).abs() < 1e-10, "y of step {k}: {x:?}");
        let ended = run.outcome().status.converged();
        assert_eq!(ended, k + 1 == path.len(), "step {k}");
        run.step();
    }
    assert_eq!(run.outcome().evaluations.hessian, path.len() as u64 - 1);
}

#[test]
fn from_the_flat_start_two_steps_reach_the_gradient_test() {
    let almost = 0.9999999999999214;
    follow(&[[-1.0, 1.0], [almost, -2.999999999999843], [almost, 0.9999999999998437]]);
}

#[test]
fn a_third_step_from_there_is_exact() {
    let f = rosenbrock();
    let mut stopping = Stopping::gradient(0.0);
    stopping.iterations = Some(3);
    let mut run = Run::new(&f, Newton::default(), &vec![-1.0, 1.0], stopping).unwrap();
    while run.step().is_none() {}
    assert_eq!(run.outcome().iterations, 3);
    assert_eq!(run.outcome().x, [1.0, 1.0]);
}

#[test]
fn from_the_standard_start_seven_steps_reach_the_gradient_test() {
    follow(&[
        [-1.2, 1.0],
        [-1.1752808988764045, 1.3806741573033707],
        [0.7631148711763358, -3.175033854747881],
        [0.7634296788839403, 0.5828247754969436],
        [0.9999953110849832, 0.9440273238532731],
        [0.9999956956536618, 0.9999913913257031],
        [0.9999999999999999, 0.9999999999814724],
        [1.0, 1.0],
    ]);
}
