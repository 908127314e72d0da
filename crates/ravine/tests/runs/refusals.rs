//! What a run refuses before it starts, and where a start is the end.

use ravine::Stopping;
use ravine::methods::named;
use ravine::minimize::Error;
use ravine::objective::from_gradient;
use serde_json::{Value, json};

#[test]
fn a_zero_gradient_from_which_no_step_leads_down_is_the_end() {
    let f = ravine::objective!(2, |x| (x[0] * x[0] + x[1] * x[1]).powf(1.5));
    let mut run =
        named("newton").unwrap().start(&Value::Null, &f, &[0.0, 0.0], Stopping::default()).unwrap();
    while run.step().is_none() {}
    assert!(run.outcome().status.converged(), "{}", run.outcome().status);
}

#[test]
fn memory_that_there_is_not_is_refused_before_the_start() {
    let f = from_gradient(1 << 24, |_: &[f64], _: &mut [f64]| panic!("evaluated"));
    let start = vec![1.0; 1 << 24];
    for name in ["bfgs", "sr1/steihaug/radius"] {
        let error = named(name).unwrap().start(&Value::Null, &f, &start, Stopping::default());
        let Err(Error::Memory(error)) = error.map(drop) else { panic!("{name} has begun") };
        assert!(error.to_string().contains("more than there is; lbfgs"), "{error}");
    }
    let settings = json!({ "memory": 1u64 << 40 });
    let error = named("lbfgs").unwrap().start(&settings, &f, &start, Stopping::default());
    let Err(Error::Memory(error)) = error.map(drop) else { panic!("lbfgs has begun") };
    assert!(error.to_string().starts_with("memory: is 1099511627776, which needs"), "{error}");
}
