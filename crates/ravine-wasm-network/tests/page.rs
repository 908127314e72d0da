//! What the network view is told, by the native build.

use ravine_wasm_network::{Factors, Learner, Lesson, Search, Spectrum, methods};

fn names() -> Vec<String> {
    methods().lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

fn lesson(batch: u32) -> Lesson {
    Lesson::new("moons", 60, 0.1, 1, "6,4", "tanh", batch).unwrap()
}

fn trained(lesson: &Lesson, method: &str, steps: u32) -> Learner {
    let mut learner = Learner::new(lesson, method, f64::NAN, steps).unwrap();
    learner.advance(steps as usize).unwrap();
    learner
}

#[test]
fn every_method_begins_alike_and_learns() {
    let names = names();
    assert!(names.len() >= 10);
    for batch in [0, 20] {
        let lesson = lesson(batch);
        let first = trained(&lesson, "sgd", 2).losses()[0];
        for name in &names {
            if batch > 0 && name == "newton-cg" {
                let refused = Learner::new(&lesson, name, f64::NAN, 40).err().unwrap().to_string();
                assert!(refused.contains("full batches"), "{refused}");
                continue;
            }
            let learner = trained(&lesson, name, 40);
            let (losses, work) = (learner.losses(), learner.work());
            assert_eq!(losses[0], first, "{name}");
            assert!(losses.last().unwrap() < &(0.97 * first), "{name}: {losses:?}");
            assert!(work.is_sorted() && work.len() == losses.len(), "{name}: {work:?}");
            assert!(!learner.ended().is_empty(), "{name}");
        }
    }
}

#[test]
fn a_step_in_pieces_is_the_same_and_a_batch_is_a_part_of_the_work() {
    let lesson = lesson(20);
    let whole = trained(&lesson, "soap", 30);
    let mut pieces = Learner::new(&lesson, "soap", f64::NAN, 30).unwrap();
    while pieces.ended().is_empty() {
        pieces.advance(7).unwrap();
    }
    assert_eq!(whole.losses(), pieces.losses());
    // Three batches are all points; counts are whole.
    assert!((whole.work()[30] - 10.0).abs() <= 1.0, "{:?}", whole.work());
}

#[test]
fn the_step_found_is_the_best_of_those_tried() {
    let lesson = lesson(0);
    let mut search = Search::new(&lesson, "sgd", 5, 100).unwrap();
    let mut trials = 1;
    while !search.advance(&lesson).unwrap() {
        trials += 1;
    }
    assert_eq!((trials, search.trials().len()), (5, 10));
    let best =
        search.trials().chunks(2).map(|pair| (pair[1], pair[0])).min_by(|a, b| a.0.total_cmp(&b.0));
    assert_eq!(Some(search.best()), best.map(|(_, step)| step));
    for pair in search.trials().chunks(2) {
        let mut trial = Learner::new(&lesson, "sgd", pair[0], 20).unwrap();
        trial.advance(20).unwrap();
        assert_eq!(trial.losses()[20], pair[1]);
    }
    // What finds its steps itself has nothing to try.
    let mut none = Search::new(&lesson, "kfac-adaptive", 5, 100).unwrap();
    assert!(none.advance(&lesson).unwrap() && none.best().is_nan() && none.trials().is_empty());
}

#[test]
fn probabilities_classify_as_the_shares_say() {
    let lesson = Lesson::new("blobs", 90, 0.1, 4, "6", "tanh", 0).unwrap();
    let learner = trained(&lesson, "lbfgs", 30);
    assert_eq!(learner.right().last(), Some(&1.0));
    // A grid of two by two whose corner is the point.
    for (point, class) in lesson.points().chunks(2).zip(lesson.classes()) {
        let window = [point[0], point[0] + 1.0, point[1], point[1] + 1.0];
        let k = learner.losses().len() - 1;
        let p = learner.probabilities(k, &window, 2, 2).unwrap();
        assert!((p[..3].iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(p[..3].iter().all(|other| *other <= p[class as usize]));
    }
    assert!(learner.probabilities(999, &[0.0, 1.0, 0.0, 1.0], 2, 2).is_err());
    assert!(learner.probabilities(0, &[1.0, 0.0, 0.0, 1.0], 2, 2).is_err());
    assert!(learner.probabilities(0, &[0.0, 1.0], 2, 2).is_err());
}

/// By differences of the loss along a direction: the spectrum's trace is that of the Hessian.
#[test]
fn the_spectrum_is_that_of_the_hessian() {
    let lesson = lesson(0);
    let learner = trained(&lesson, "kfac-adaptive", 12);
    let spectrum = |columns: usize| {
        let mut spectrum = Spectrum::new(&learner, 12).unwrap();
        while !spectrum.advance(columns).unwrap() {}
        spectrum.values().unwrap()
    };
    let values = spectrum(7);
    assert_eq!((values.len(), spectrum(1000)), (lesson.parameters(), values.clone()));
    assert!(values.is_sorted() && values[0] < 0.0 && values[values.len() - 1] > 0.1);
    // Newton's steps come to rest at a minimum: nothing clearly negative is left.
    let rest = trained(&lesson, "newton-cg", 60);
    let k = rest.losses().len() - 1;
    let mut spectrum = Spectrum::new(&rest, k).unwrap();
    spectrum.advance(1000).unwrap();
    assert!(spectrum.values().unwrap()[0] > -1e-6);
    assert!(Spectrum::new(&rest, k + 1).is_err());
}

#[test]
fn factors_have_the_shapes_of_their_layer() {
    let lesson = lesson(0);
    assert_eq!(lesson.layers(), "layer1 3 6\nlayer2 7 4\nlayer3 5 2");
    let learner = trained(&lesson, "sgd", 5);
    let factors = Factors::new(&lesson, &learner, 1, 5).unwrap();
    let (a, s, f, k) =
        (factors.inputs(), factors.gradients(), factors.exact(), factors.kronecker());
    assert_eq!([a.len(), s.len(), f.len(), k.len()], [49, 16, 28 * 28, 28 * 28]);
    // The input of the bias is one.
    assert_eq!(a[48], 1.0);
    let norm = |m: &[f64]| m.iter().map(|x| x * x).sum::<f64>().sqrt();
    let difference: Vec<f64> = f.iter().zip(&k).map(|(f, k)| f - k).collect();
    assert!((factors.difference() - norm(&difference) / norm(&f)).abs() < 1e-12);
    // The traces are equal only where inputs and gradients go together by chance; the product's is that of its factors.
    let trace = |m: &[f64], n: usize| (0..n).map(|i| m[i * n + i]).sum::<f64>();
    assert!((trace(&k, 28) - trace(&a, 7) * trace(&s, 4)).abs() < 1e-12);
    assert!(
        Factors::new(&lesson, &learner, 3, 5).is_err()
            && Factors::new(&lesson, &learner, 0, 6).is_err()
    );
}

#[test]
fn what_cannot_be_used_is_said() {
    let refused = |data: &str, count, noise, layers: &str, units: &str| {
        Lesson::new(data, count, noise, 1, layers, units, 0).err().unwrap().to_string()
    };
    assert!(refused("moon", 60, 0.1, "8", "tanh").contains("moons, spirals"));
    assert!(refused("moons", 1, 0.1, "8", "tanh").contains("points: is 1"));
    assert!(refused("moons", 60, -1.0, "8", "tanh").contains("noise"));
    for layers in ["8,,0", "x", "1,2,3,4,5", "65"] {
        assert!(refused("moons", 60, 0.1, layers, "tanh").contains("layers"), "{layers}");
    }
    assert!(refused("moons", 60, 0.1, "64,64", "tanh").contains("at most 1000"));
    assert!(refused("moons", 60, 0.1, "8", "tan").contains("relu"));
    let lesson = lesson(0);
    let wrong = |name: &str, step| Learner::new(&lesson, name, step, 5).err().unwrap().to_string();
    assert!(wrong("sdg", 0.1).contains("newton-cg"));
    assert!(wrong("sgd", -0.1).contains("step"));
}
