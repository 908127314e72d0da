//! Trainings that go on from files.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use ravine::checkpoint::Error;
use ravine::minimize::Epochs;
use ravine::{Conditions, Status};
use ravine_linalg::Vector;
use ravine_linalg::matrix::Precision;
use ravine_linalg::vector::Pointwise;
use ravine_nn::{
    About, Architecture, Cpu, Elementary, EpochReport, Input, Loss, MeanLoss, Optimizer, Saved,
    Trained, Training, TrainingCheckpoints, TrainingRun, Unary, mlp,
};

use crate::networks::{Example, all};

/// A file of its own, removed at its end.
struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str) -> Self {
        let name = format!("ravine-nn-{name}-{}.safetensors", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn epochs(epochs: u64) -> Epochs {
    Epochs { epochs, batch_size: 5, seed: 3, ..Epochs::default() }
}

fn to_the_end<'a, T: Precision + Elementary>(
    mut run: TrainingRun<'a, Cpu<T>, Optimizer>,
) -> Trained<Cpu<T>>
where
    Vec<T>: Pointwise,
{
    while run.status().is_none() {
        run.step().unwrap();
    }
    run.trained()
}

/// The history without times.
fn untimed(history: &[EpochReport]) -> Vec<EpochReport> {
    history.iter().map(|report| EpochReport { seconds: 0.0, ..report.clone() }).collect()
}

/// The same bits and measurements, whether a training was cut short within an epoch and went on from a file or not.
fn goes_on<T: Precision + Elementary>(name: &str, example: &Example)
where
    Vec<T>: Pointwise,
{
    let file = Temporary::new(&format!("{name}-{}", size_of::<T>()));
    let f: MeanLoss<Cpu<T>> = example.mean_loss(23).penalized(1e-3).unwrap();
    let others: MeanLoss<Cpu<T>> = example.mean_loss(11);
    let x = f.network().start(f.backend(), None, 4);
    let method = || Optimizer::named(name, f.network()).unwrap();
    let training = || Training {
        epochs: epochs(5),
        held_out: Some(&others),
        patience: Some(50),
        ..Training::default()
    };
    let whole = to_the_end(TrainingRun::new(&f, &x, method(), training()).unwrap());
    // Five steps make an epoch: this ends within the third, and is measured there.
    let asked = Cell::new(0);
    let conditions = Conditions::default().interrupter(|| {
        asked.set(asked.get() + 1);
        asked.get() > 12
    });
    let cut = Training { conditions, ..training() };
    let mut first = TrainingRun::new(&f, &x, method(), cut).unwrap();
    while first.status().is_none() {
        first.step().unwrap();
    }
    assert_eq!((first.place(), first.status()), ((12, 2), Some(&Status::Stopped)), "{name}");
    assert_eq!(first.history().len(), 4, "{name}");
    first.save(&file.0, &About::default()).unwrap();
    drop(first);
    let saved = Saved::read(&file.0).unwrap();
    let resumed = TrainingRun::resume(&f, method(), training(), &saved).unwrap();
    assert_eq!(resumed.history().len(), 3, "{name}");
    let resumed = to_the_end(resumed);
    assert_eq!(resumed.parameters, whole.parameters, "{name}");
    assert_eq!(untimed(&resumed.history), untimed(&whole.history), "{name}");
    assert_eq!((resumed.status, whole.status), (Status::EpochLimit, Status::EpochLimit), "{name}");
}

#[test]
fn every_optimizer_goes_on_to_the_same_bits() {
    for name in Optimizer::NAMES {
        goes_on::<f64>(name, &all()[0]);
        goes_on::<f32>(name, &all()[0]);
    }
}

#[test]
fn a_training_without_patience_is_given_some_more() {
    let file = Temporary::new("patience");
    let example = &all()[0];
    let (f, others) = (example.mean_loss::<f64>(40), example.mean_loss::<f64>(15));
    let x = example.point(1);
    let method = || Optimizer::named("adamw", f.network()).unwrap().with_step(0.05);
    let training = |patience| Training {
        epochs: epochs(400),
        held_out: Some(&others),
        patience: Some(patience),
        ..Training::default()
    };
    let mut run = TrainingRun::new(&f, &x, method(), training(3)).unwrap();
    while run.status().is_none() {
        run.step().unwrap();
    }
    run.save(&file.0, &About::default()).unwrap();
    // What other tools read are the parameters that it gives: the best ones.
    let saved = Saved::read(&file.0).unwrap();
    let written = saved.parameters(f.backend(), f.network()).unwrap();
    let trained = run.trained();
    assert_eq!(written, trained.parameters);
    // With the same patience it has ended; with more, it is as if there had been more from the beginning.
    let ended = TrainingRun::resume(&f, method(), training(3), &saved).unwrap();
    assert_eq!(ended.status(), Some(&Status::Stopped));
    assert_eq!(ended.trained().parameters, trained.parameters);
    let more = to_the_end(TrainingRun::resume(&f, method(), training(6), &saved).unwrap());
    let whole = to_the_end(TrainingRun::new(&f, &x, method(), training(6)).unwrap());
    assert!(whole.history.len() > trained.history.len());
    assert_eq!(more.parameters, whole.parameters);
    assert_eq!(untimed(&more.history), untimed(&whole.history));
}

/// A file, and the training that it is of.
fn written(path: &Path) -> (MeanLoss<Cpu<f32>>, Architecture) {
    let network = mlp(Input::Features(vec![6]), &[5], 3, Unary::Tanh).unwrap();
    let example = Example { name: "small", network, loss: Loss::CrossEntropy };
    let f: MeanLoss<Cpu<f32>> = example.mean_loss(12);
    let x = f.network().start(f.backend(), None, 4);
    let method = Optimizer::named("soap", f.network()).unwrap();
    let training = Training { epochs: epochs(2), ..Training::default() };
    let architecture = Architecture {
        model: "mlp:5".parse().unwrap(),
        input: Input::Features(vec![6]),
        outputs: 3,
        units: Unary::Tanh,
    };
    let about = About { architecture: Some(architecture.clone()), ..About::default() };
    let mut checkpoints = TrainingCheckpoints::new(path, about, Some(1)).unwrap();
    let mut run = TrainingRun::new(&f, &x, method, training).unwrap();
    checkpoints.note(&run).unwrap();
    while run.status().is_none() {
        run.step().unwrap();
        checkpoints.note(&run).unwrap();
    }
    drop(run);
    (f, architecture)
}

#[test]
fn other_tools_read_the_weights() {
    let file = Temporary::new("weights");
    let (f, architecture) = written(&file.0);
    let bytes = std::fs::read(&file.0).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let weight = tensors.tensor("layer1.weight").unwrap();
    assert_eq!((weight.dtype(), weight.shape()), (safetensors::Dtype::F32, &[5, 6][..]));
    let saved = Saved::read(&file.0).unwrap();
    assert_eq!((saved.place(), saved.precision(), saved.loss()), ((6, 2), 32, Loss::CrossEntropy));
    assert_eq!(saved.history().unwrap().len(), 3);
    assert!(saved.is_of(&f));
    let network = saved.network().unwrap();
    assert_eq!((&network, &architecture.network().unwrap()), (f.network(), f.network()));
    let x = saved.parameters(f.backend(), &network).unwrap();
    let first = f32::from_le_bytes(weight.data()[..4].try_into().unwrap());
    assert_eq!(x.get_block("layer1.weight").unwrap()[0], first);
    // In double precision, too.
    let wide = saved.parameters(&Cpu::<f64>::new(), &network).unwrap();
    assert_eq!(wide.block(0)[0], f64::from(first));
}

fn refusal<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => panic!("it must be refused"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn files_that_are_damaged_are_refused() {
    let file = Temporary::new("damaged");
    let (f, _) = written(&file.0);
    let whole = std::fs::read(&file.0).unwrap();
    let tried = |bytes: &[u8]| {
        std::fs::write(&file.0, bytes).unwrap();
        let message = match Saved::read(&file.0) {
            Err(error) => error.to_string(),
            Ok(saved) => {
                let method = Optimizer::named("soap", f.network()).unwrap();
                let training = Training { epochs: epochs(3), ..Training::default() };
                refusal(TrainingRun::resume(&f, method, training, &saved))
            }
        };
        assert!(message.starts_with(&file.0.display().to_string()), "{message}");
        message
    };
    for length in [0, 3, 8, 100, whole.len() / 2, whole.len() - 1] {
        tried(&whole[..length]);
    }
    assert!(tried(&whole[..whole.len() - 1]).contains("is not whole"));
    tried(&[&whole[..], b"!"].concat());
    assert!(tried(b"a,b\n1,2\n3,4\n").contains("not a safetensors file"));
    // A header that would take all memory, of a file that has none.
    let mut huge = whole.clone();
    huge[..8].copy_from_slice(&90_000_000_u64.to_le_bytes());
    assert!(tried(&huge).contains("cut short"));
    huge[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    tried(&huge);
    // Tensors larger than the file and all memory.
    let tensor = r#""x":{"dtype":"F32","shape":[4000000000000],"data_offsets":[0,16000000000000]}"#;
    let header = format!(r#"{{"__metadata__":{{"ravine":"{{}}"}},{tensor}}}"#);
    let vast = [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
    assert!(tried(&vast).contains("its header says 16000000000"));
    // One bit of the state.
    let mut changed = whole.clone();
    let last = changed.len() - 9;
    changed[last] ^= 4;
    assert!(tried(&changed).contains("damaged"));
    // A header without ours.
    let other = safetensors::serialize([("x", View(vec![1.0, 2.0]))], None).unwrap();
    assert!(tried(&other).contains("no training of ravine"));
}

struct View(Vec<f32>);

impl safetensors::View for View {
    fn dtype(&self) -> safetensors::Dtype {
        safetensors::Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &[2]
    }

    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        self.0.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>().into()
    }

    fn data_len(&self) -> usize {
        4 * self.0.len()
    }
}

#[test]
fn files_of_another_training_are_refused() {
    let file = Temporary::new("other");
    let (f, _) = written(&file.0);
    let saved = Saved::read(&file.0).unwrap();
    let resume = |f: &MeanLoss<Cpu<f32>>, method: Optimizer, epochs: Epochs, why: &str| {
        let training = Training { epochs, ..Training::default() };
        let message = refusal(TrainingRun::resume(f, method, training, &saved));
        assert!(message.contains(why), "{message}");
    };
    let soap = || Optimizer::named("soap", f.network()).unwrap();
    resume(&f, Optimizer::named("adamw", f.network()).unwrap(), epochs(3), "the method");
    resume(&f, soap().with_step(0.5), epochs(3), "the method");
    resume(&f, soap(), Epochs { batch_size: 6, ..epochs(3) }, "batches of 5 cases, seed 3");
    resume(&f, soap(), Epochs { seed: 4, ..epochs(3) }, "not of 5 cases, seed 4");
    let example = |hidden: &[usize], cases| {
        let network = mlp(Input::Features(vec![6]), hidden, 3, Unary::Tanh).unwrap();
        Example { name: "small", network, loss: Loss::CrossEntropy }.mean_loss::<f32>(cases)
    };
    let wide = example(&[7], 12);
    let method = Optimizer::named("soap", wide.network()).unwrap();
    let training = Training { epochs: epochs(3), ..Training::default() };
    let message = refusal(TrainingRun::resume(&wide, method, training, &saved));
    assert!(message.contains("mlp:5 with tanh") && message.contains("layer1.weight (7 x 6)"));
    resume(&example(&[5], 13), soap(), epochs(3), "on other cases");
    resume(
        &example(&[5], 12).penalized(0.5).unwrap(),
        soap(),
        epochs(3),
        "penalty 0 of each block",
    );
    let double: MeanLoss<Cpu<f64>> = {
        let network = f.network().clone();
        Example { name: "small", network, loss: Loss::CrossEntropy }.mean_loss(12)
    };
    let training = Training { epochs: epochs(3), ..Training::default() };
    let message = refusal(TrainingRun::resume(&double, soap(), training, &saved));
    assert!(message.contains("numbers of bits 32, not 64"), "{message}");
    // Parameters of another network.
    let message = refusal(saved.parameters(f.backend(), wide.network()));
    assert!(message.contains("layer1.weight of [5, 6], not of [7, 6]"), "{message}");
}

#[test]
fn a_training_that_diverges_leaves_the_last_state_that_can_go_on() {
    let file = Temporary::new("diverges");
    let network = mlp(Input::Features(vec![3]), &[], 1, Unary::Tanh).unwrap();
    let squares = Loss::SquaredError { variance: 1.0 };
    let f: MeanLoss<Cpu<f64>> = Example { name: "line", network, loss: squares }.mean_loss(10);
    let x = f.network().start(f.backend(), None, 4);
    let method = Optimizer::named("sgd", f.network()).unwrap().with_step(1e60);
    let training = Training { epochs: epochs(100), ..Training::default() };
    let mut run = TrainingRun::new(&f, &x, method, training).unwrap();
    let mut checkpoints = TrainingCheckpoints::new(&file.0, About::default(), Some(1)).unwrap();
    checkpoints.note(&run).unwrap();
    while run.status().is_none() {
        run.step().unwrap();
        checkpoints.note(&run).unwrap();
    }
    assert_eq!(run.status(), Some(&Status::Diverged));
    let written = Saved::read(&file.0).unwrap().parameters(f.backend(), f.network()).unwrap();
    assert!(written.is_finite());
}

#[test]
fn files_that_cannot_be_written_leave_what_was_there() {
    let example = &all()[0];
    let f = example.mean_loss::<f64>(12);
    let method = Optimizer::named("sgd", f.network()).unwrap();
    let run = TrainingRun::new(&f, &example.point(1), method, Training::default()).unwrap();
    let message = refusal(run.save(Path::new("/no/such/folder/x"), &About::default()));
    assert!(message.contains("/no/such/folder/x") && message.contains("cannot be written"));
    let message = refusal(Saved::read("/no/such/file"));
    assert!(message.contains("/no/such/file"), "{message}");
}
