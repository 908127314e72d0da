//! A trained network as a problem: `--model`.

use std::path::Path;

use ravine::objective::FiniteSum;
use ravine::random::Random;
use ravine_nn::{Cpu, MeanLoss, Parameters, Saved};

use crate::args::{NetworkArgs, ProblemArgs};
use crate::cases::{DIGITS, Source};
use crate::failure::Failure;
use ravine_text::count;

/// The loss of a network over cases, in double precision, and where its training has come to.
pub struct TrainedNetwork {
    pub loss: MeanLoss<Cpu<f64>>,
    pub x: Parameters<Cpu<f64>>,
    /// What it is, in a line.
    pub title: String,
    /// The file.
    pub name: String,
}

/// The network of a checkpoint, over its data or other data.
///
/// # Errors
///
/// A file that is no checkpoint, or data that do not fit it.
pub fn resolve(
    path: &Path,
    data: Option<&str>,
    (args, problem): (&NetworkArgs, &ProblemArgs),
    seed: u64,
) -> Result<TrainedNetwork, Failure> {
    let saved = Saved::read(path)?;
    let refuse = |why: &str| Failure::input(format!("{}: {why}", path.display()));
    let network = saved.network()?;
    let x = saved.parameters(&Cpu::<f64>::new(), &network)?;
    let about = saved.about();
    let Some(preparation) = &about.preparation else {
        return Err(refuse("does not say how its data were prepared"));
    };
    let of = about.data.as_ref();
    let name = of.map(|of| of.name.as_str());
    let file = data.or(name.filter(|name| *name != DIGITS));
    let own = data.is_none();
    let labels = of.and_then(|of| of.labels.as_deref()).filter(|_| own).map(Path::new);
    let source = Source {
        data: file.map(Path::new),
        labels: args.labels.as_deref().or(labels),
        target: problem.target.as_deref().or(of.and_then(|of| of.target.as_deref())),
    };
    let learning = source.read_as(preparation).map_err(|error| match (error, own) {
        (Failure::Input(why), true) => Failure::input(format!(
            "{}: its data cannot be read again; give them as an argument: {why}",
            path.display()
        )),
        (error, _) => error,
    })?;
    let over = |cases: &[usize]| -> Result<MeanLoss<Cpu<f64>>, Failure> {
        let loss = learning.mean_loss_on(Cpu::new(), &network, cases)?;
        Ok(loss.penalized_by_block(saved.penalty().to_vec())?)
    };
    // Those that it learnt from, if they are among these; else all.
    let mut cases: Vec<usize> = (0..learning.cases()).collect();
    let mut kind = "";
    if let Some((learnt, _)) = of.and_then(|of| learning.split(of.held_out.0, of.held_out.1).ok())
        && saved.is_of(&over(&learnt)?)
    {
        (cases, kind) = (learnt, " that it learnt from");
    }
    let all = cases.len();
    if let Some(some) = args.cases.filter(|&some| some < all) {
        let mut chosen = Vec::new();
        Random::new(seed).sample(all, some, &mut chosen);
        chosen.sort_unstable();
        cases = chosen.into_iter().map(|k| cases[k]).collect();
    }
    let loss = over(&cases)?;
    let model = about.architecture.as_ref().map_or_else(String::new, |a| a.model.to_string());
    let of_all = if cases.len() < all { format!(" of {all}") } else { String::new() };
    let title = format!(
        "{model} on {}, after {}: {} over {}{of_all}{kind}",
        source.name(),
        count(saved.place().1, "epoch"),
        count(network.dimension() as u64, "parameter"),
        count(loss.cases() as u64, "case"),
    );
    Ok(TrainedNetwork { loss, x, title, name: path.display().to_string() })
}
