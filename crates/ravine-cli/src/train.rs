//! `ravine train`: a network, by one optimizer or several from the same start.

use std::io::Write;

use comfy_table::{Cell, CellAlignment};
use ravine::minimize::Epochs;
use ravine::{Conditions, Status, Vector};
use ravine_nn::{
    About, Architecture, Cpu, EpochReport, Model, Network, Optimizer, Saved, Trained, Training,
    TrainingCheckpoints, TrainingRun, Unary,
};
use ravine_text::{count, seconds, short};
use serde::Serialize;

use crate::args::{TaskName, TrainArgs, TrainCheckpointArgs};
use crate::cases::Source;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{check_writable, print_object, write_svg};
use crate::plot::{Axis, Chart, Curve, Look, Scale, svg, terminal};
use crate::progress::Ticker;
use crate::screen::Screen;
use crate::table::{fitted, head, plain_table};

/// Optimizers where none are named.
const METHODS: &str = "sgd,adamw,soap,kfac";

/// A trial training is of the epochs by this number.
const TRIAL: u64 = 5;

/// One optimizer's run.
struct Entrant {
    method: String,
    trained: Trained<Cpu<f32>>,
}

/// The command.
pub fn command(args: &TrainArgs, out: &mut dyn Write) -> Result<bool, Failure> {
    check_writable(args.output.svg.as_deref())?;
    let TrainCheckpointArgs { checkpoint, every, resume } = &args.checkpoints;
    let saved = resume.as_ref().map(Saved::read).transpose()?;
    let methods = methods(args, saved.as_ref())?;
    let task = args.task.map(TaskName::task);
    let source = Source {
        data: args.data.as_deref(),
        labels: args.labels.as_deref(),
        target: args.target.as_deref(),
    };
    let data = source.read(task)?;
    let name = source.name();
    let model: Model = args.model.parse()?;
    let (input, outputs) = (data.input().clone(), data.outputs());
    let architecture = Architecture { model: model.clone(), input, outputs, units: args.units };
    let network = architecture.network().map_err(Failure::input)?;
    let (learnt, held_out) = data.split(args.held_out, args.seed)?;
    let loss = data.mean_loss(&network, &learnt)?.penalized(args.l2)?;
    let others = (!held_out.is_empty()).then(|| data.mean_loss(&network, &held_out)).transpose()?;
    let start = network.start(&Cpu::<f32>::new(), None, args.seed);
    let mut optimizers = methods
        .iter()
        .map(|text| Optimizer::parse(text, &network))
        .collect::<Result<Vec<_>, _>>()?;
    if !args.output.json {
        writeln!(
            out,
            "{name}: {} to learn from, {} held out; {model}, {}; loss: {}",
            count(learnt.len() as u64, "case"),
            held_out.len(),
            count(network.dimension() as u64, "parameter"),
            data.loss().name(),
        )?;
        out.flush()?;
    }
    let mut entrants: Vec<Entrant> = Vec::new();
    let mut ticker = Ticker::new();
    let epochs = Epochs {
        epochs: args.epochs,
        batch_size: args.batch,
        schedule: args.schedule.clone(),
        seed: args.seed,
        ..Epochs::default()
    };
    let mut methods = methods;
    if let Some(trials) = args.tune {
        let short = Epochs { epochs: args.epochs.div_ceil(TRIAL), ..epochs.clone() };
        let conditions = || Conditions::default().cancel(interrupt::flag());
        for (text, optimizer) in methods.iter_mut().zip(&mut optimizers) {
            ticker.show(|| format!("{text}: {trials} steps tried"));
            let tuned = optimizer.tuned(&loss, &start, &short, trials, &conditions)?;
            if let Some(step) = tuned.optimizer.step().filter(|_| !tuned.trials.is_empty()) {
                *text = with_step(text, step);
            }
            *optimizer = tuned.optimizer;
        }
    }
    for (method, optimizer) in methods.iter().zip(optimizers) {
        let training = Training {
            epochs: epochs.clone(),
            conditions: Conditions::default().cancel(interrupt::flag()),
            held_out: others.as_ref(),
            patience: args.patience,
        };
        let mut run = match &saved {
            Some(saved) => TrainingRun::resume(&loss, optimizer, training, saved)?,
            None => TrainingRun::new(&loss, &start, optimizer, training)?,
        };
        let about = || About {
            architecture: Some(architecture.clone()),
            preparation: Some(data.preparation().clone()),
            data: Some(source.about((args.held_out, args.seed))),
            method: Some(method.clone()),
        };
        let file = checkpoint.as_ref();
        let mut checkpoints =
            file.map(|path| TrainingCheckpoints::new(path, about(), *every)).transpose()?;
        let mut note = |run: &TrainingRun<'_, _, _>| {
            checkpoints.as_mut().map_or(Ok(()), |checkpoints| checkpoints.note(run))
        };
        let begun = Begun { steps: run.place().0, seconds: run.seconds() };
        let all = Length::of(args.epochs, args.batch, learnt.len());
        note(&run)?;
        while run.status().is_none() {
            run.step()?;
            note(&run)?;
            ticker.show(|| progress(method, &run, &begun, &all));
        }
        ticker.clear();
        let entrant = Entrant { method: method.clone(), trained: run.trained() };
        if args.output.json {
            print_object(&object(&name, &model, &network, &entrant), out)?;
        }
        entrants.push(entrant);
        if interrupt::seen() {
            break;
        }
    }
    if !args.output.json {
        let screen = Screen::of_stdout();
        writeln!(out, "\n{}", table(&entrants, &screen))?;
        for line in entrants.iter().filter_map(setbacks) {
            writeln!(out, "\n{line}")?;
        }
        if entrants.iter().any(|entrant| entrant.trained.history.len() > 2) {
            writeln!(out, "\n{}", terminal::draw(&chart(&name, &model, &entrants), &screen))?;
        }
        if let Some(path) = checkpoint {
            writeln!(out, "\nThe network is in {}.", path.display())?;
        }
    }
    if let Some(path) = &args.output.svg {
        write_svg(path, &svg::chart(&chart(&name, &model, &entrants)))?;
        if !args.output.json {
            writeln!(out, "\nThe picture is in {}.", path.display())?;
        }
    }
    out.flush()?;
    Ok(entrants.iter().all(|entrant| {
        last(entrant).loss.is_finite() && entrant.trained.status != Status::Diverged
    }))
}

/// The optimizers that are asked for; where a training goes on, its own.
fn methods(args: &TrainArgs, saved: Option<&Saved>) -> Result<Vec<String>, Failure> {
    let of_saved = saved.and_then(|saved| saved.about().method.as_deref());
    let text = args.method.as_deref().or(of_saved).unwrap_or(METHODS);
    let methods = Optimizer::split_list(text);
    let TrainCheckpointArgs { checkpoint, resume, .. } = &args.checkpoints;
    let option = match (checkpoint, resume) {
        (_, Some(_)) => "--resume",
        (Some(_), _) => "--checkpoint",
        (None, None) => return Ok(methods),
    };
    match methods.len() {
        1 => Ok(methods),
        _ => Err(Failure::input(format!(
            "method: is `{text}`, but must be a single one with {option}: a file is of one training"
        ))),
    }
}

/// The optimizer as it is typed, with a step that was found.
fn with_step(text: &str, step: f64) -> String {
    let step = format!("step={step}");
    let (name, settings) = text.split_once(':').unwrap_or((text, ""));
    let others = settings.split(',').filter(|s| !s.is_empty() && !s.trim().starts_with("step="));
    let all: Vec<&str> = others.chain([step.as_str()]).collect();
    format!("{name}:{}", all.join(","))
}

/// Where a run began, for its speed.
struct Begun {
    steps: u64,
    seconds: f64,
}

/// How long a run is.
struct Length {
    epochs: u64,
    steps: u64,
    cases_a_step: f64,
}

impl Length {
    fn of(epochs: u64, batch: usize, cases: usize) -> Self {
        let an_epoch = cases.div_ceil(batch.max(1)) as u64;
        let cases_a_step = cases as f64 / an_epoch.max(1) as f64;
        Self { epochs, steps: epochs.saturating_mul(an_epoch), cases_a_step }
    }
}

fn progress(
    method: &str,
    run: &TrainingRun<'_, Cpu<f32>, Optimizer>,
    begun: &Begun,
    all: &Length,
) -> String {
    let (step, epoch) = run.place();
    let made = (step - begun.steps).max(1) as f64;
    let a_step = (run.seconds() - begun.seconds) / made;
    let loss = run.history().last().map_or(f64::NAN, |report| report.loss);
    format!(
        "{method}: epoch {epoch} of {}, loss {}, {} cases/s, {} left",
        all.epochs,
        short(loss),
        (all.cases_a_step / a_step.max(1e-12)) as u64,
        seconds(a_step * all.steps.saturating_sub(step) as f64)
    )
}

fn last(entrant: &Entrant) -> &EpochReport {
    let history = &entrant.trained.history;
    &history[history.len() - 1]
}

/// What a method has taken back and kept, if anything.
fn setbacks(entrant: &Entrant) -> Option<String> {
    let &EpochReport { rejected, failures, .. } = last(entrant);
    let back = (rejected > 0).then(|| format!("{} taken back", count(rejected, "step")));
    let kept = (failures > 0).then(|| {
        format!("{} of the curvature kept for want of a new one", count(failures, "part"))
    });
    let said: Vec<String> = back.into_iter().chain(kept).collect();
    (!said.is_empty()).then(|| format!("{}: {}.", entrant.method, said.join(", ")))
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| format!("{:.2} %", 100.0 * share))
}

fn table(entrants: &[Entrant], screen: &Screen) -> String {
    let classes = entrants.iter().any(|entrant| last(entrant).accuracy.is_some());
    let held_out = entrants.iter().any(|entrant| last(entrant).held_out.is_some());
    let mut titles = vec!["method", "epochs", "steps", "loss"];
    titles.extend(classes.then_some("right"));
    titles.extend(held_out.then_some("held out: loss"));
    titles.extend((held_out && classes).then_some("held out: right"));
    titles.extend(["time", "status"]);
    let mut table = plain_table(screen);
    table.set_header(titles.iter().map(|title| head(title)));
    for entrant in entrants {
        let report = last(entrant);
        let (loss, right) = report.held_out.unwrap_or((f64::NAN, None));
        let mut row = vec![
            entrant.method.clone(),
            report.epoch.to_string(),
            report.steps.to_string(),
            short(report.loss),
        ];
        row.extend(classes.then(|| percent(report.accuracy)));
        row.extend(held_out.then(|| short(loss)));
        row.extend((held_out && classes).then(|| percent(right)));
        row.push(seconds(report.seconds));
        row.push(entrant.trained.status.to_string());
        table.add_row(row.into_iter().map(Cell::new));
    }
    for k in 1..titles.len() - 1 {
        if let Some(column) = table.column_mut(k) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    fitted(table, screen, &["status", "epochs", "steps", "right", "held out: loss"])
}

/// The loss by epoch.
fn chart(name: &str, model: &Model, entrants: &[Entrant]) -> Chart {
    let reports = || entrants.iter().flat_map(|entrant| &entrant.trained.history);
    let losses = reports().map(|report| report.loss).filter(|loss| *loss > 0.0 && loss.is_finite());
    let (low, high) =
        losses.fold((f64::INFINITY, 0.0_f64), |(low, high), loss| (low.min(loss), high.max(loss)));
    let epochs = reports().map(|report| report.epoch).max().unwrap_or(1);
    let curves = entrants.iter().enumerate().map(|(k, entrant)| {
        let points = entrant.trained.history.iter().map(|e| (e.epoch as f64, e.loss));
        Curve {
            name: entrant.method.clone(),
            points: points.filter(|(_, loss)| *loss > 0.0 && loss.is_finite()).collect(),
            steps: false,
            look: Look::of(k),
        }
    });
    Chart {
        title: format!("{model} on {name}"),
        subtitle: "loss over all cases that are learnt from, after each epoch".to_owned(),
        x: Axis::new("epochs", Scale::Linear, (0.0, epochs as f64)),
        y: Axis::new("loss", Scale::Log, (low.min(high), high)),
        curves: curves.collect(),
    }
}

#[derive(Serialize)]
struct Object<'a> {
    data: &'a str,
    model: String,
    parameters: usize,
    method: &'a str,
    status: &'static str,
    epochs: &'a [EpochReport],
    evaluations: ravine::objective::Counts,
    seconds: f64,
    parameters_norm: f64,
}

fn object<'a>(name: &'a str, model: &Model, network: &Network, entrant: &'a Entrant) -> Object<'a> {
    let Trained { parameters, status, history, evaluations } = &entrant.trained;
    Object {
        data: name,
        model: model.to_string(),
        parameters: network.dimension(),
        method: &entrant.method,
        status: status.name(),
        epochs: history,
        evaluations: *evaluations,
        seconds: last(entrant).seconds,
        parameters_norm: parameters.norm(),
    }
}

/// The units of hidden layers.
pub fn units(text: &str) -> Result<Unary, String> {
    let names = || Unary::NAMES.iter().map(|(name, _)| *name);
    let found = Unary::NAMES.iter().find(|(name, _)| *name == text);
    found
        .map(|(_, units)| *units)
        .ok_or_else(|| format!("must be one of {}", names().collect::<Vec<_>>().join(", ")))
}
