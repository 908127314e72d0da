//! What is learnt, by which network, from where.

use std::rc::Rc;

use ravine::Vector;
use ravine_nn::{
    Cases, Cover, Covered, Cpu, Input, Loss, MeanLoss, Network, Parameters, Planar, Unary, mlp,
};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Failure;

/// Double precision: spectra need it.
pub(crate) type Host = Cpu<f64>;
pub(crate) type Mean = MeanLoss<Host>;
pub(crate) type Point = Parameters<Host>;

/// More parameters have Hessians for which a page is too slow.
const MOST_PARAMETERS: usize = 1000;

/// Points in classes, a network that shall tell them apart, and its start.
#[wasm_bindgen]
pub struct Lesson {
    pub(crate) loss: Rc<Mean>,
    pub(crate) start: Point,
    /// Points of a batch; all of them, or fewer.
    pub(crate) batch: usize,
    pub(crate) seed: u64,
    points: Vec<f64>,
    classes: Vec<f64>,
}

#[wasm_bindgen]
impl Lesson {
    /// So many points of a [data set](Planar) with noise, drawn by `seed`, by which the network starts too; hidden
    /// layers as `8,8`, their units by [name](Unary::NAMES); so many points in a batch, 0 for all.
    ///
    /// # Errors
    ///
    /// Data, layers or units that there are not, or are too many.
    #[wasm_bindgen(constructor)]
    pub fn new(
        data: &str,
        count: u32,
        noise: f64,
        seed: u32,
        layers: &str,
        units: &str,
        batch: u32,
    ) -> Result<Lesson, Failure> {
        let set: Planar = data.parse()?;
        let drawn = set.points(count as usize, noise, seed.into())?;
        let network =
            mlp(Input::Features(vec![2]), &hidden(layers)?, set.classes(), by_name(units)?)?;
        let parameters = network.dimension();
        if parameters > MOST_PARAMETERS {
            return Err(Failure::new(format!(
                "layers: are {layers}, {parameters} parameters, but must have at most {MOST_PARAMETERS}"
            )));
        }
        let cpu = Host::new();
        let cases = Cases::new(&cpu, &network, &Loss::CrossEntropy, &drawn.inputs, &drawn.classes)?;
        let start = network.start(&cpu, None, seed.into());
        let loss = Rc::new(MeanLoss::new(cpu, network, Loss::CrossEntropy, cases)?);
        let all = count as usize;
        let batch = if batch == 0 { all } else { all.min(batch as usize) };
        let (points, classes) = (drawn.inputs, drawn.classes);
        Ok(Self { loss, start, batch, seed: seed.into(), points, classes })
    }

    /// The points, x and y in turn.
    pub fn points(&self) -> Vec<f64> {
        self.points.clone()
    }

    /// The class of each.
    pub fn classes(&self) -> Vec<f64> {
        self.classes.clone()
    }

    /// How many numbers the network has.
    pub fn parameters(&self) -> usize {
        self.start.dimension()
    }

    /// The layers with Kronecker factors: their names, inputs with the one of the bias, and outputs, `layer1 3 8`, a line
    /// each.
    pub fn layers(&self) -> String {
        let network = self.network();
        let line = |block: &Covered| {
            let weight = &network.parameters()[block.weight];
            let outputs = weight.shape.sizes.first().copied().unwrap_or(1);
            let inputs = weight.shape.entries() / outputs + usize::from(block.bias.is_some());
            format!("{} {inputs} {outputs}", weight.name.trim_end_matches(".weight"))
        };
        self.blocks().iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl Lesson {
    pub(crate) fn network(&self) -> &Network {
        self.loss.network()
    }

    /// The blocks of the layers.
    pub(crate) fn blocks(&self) -> Vec<Covered> {
        let mut blocks = self.network().coverage();
        blocks.retain(|block| block.by == Cover::Kronecker);
        blocks
    }

    /// Whether steps are on fewer than all points.
    pub(crate) fn by_batch(&self) -> bool {
        self.batch < self.classes.len()
    }
}

/// Units of hidden layers.
fn hidden(layers: &str) -> Result<Vec<usize>, Failure> {
    let parts = layers.split(',').map(str::trim).filter(|part| !part.is_empty());
    let sizes: Option<Vec<usize>> = parts.map(|part| part.parse().ok()).collect();
    match sizes {
        Some(sizes) if sizes.len() <= 4 && sizes.iter().all(|n| (1..=64).contains(n)) => Ok(sizes),
        _ => Err(Failure::new(format!(
            "layers: are `{layers}`, but must be at most four numbers of units from 1 to 64, such as 8,8"
        ))),
    }
}

fn by_name(units: &str) -> Result<Unary, Failure> {
    Unary::NAMES.iter().find(|(name, _)| *name == units).map(|(_, units)| *units).ok_or_else(|| {
        let names: Vec<&str> = Unary::NAMES.iter().map(|(name, _)| *name).collect();
        Failure::new(format!("units: are `{units}`, but must be one of {}", names.join(", ")))
    })
}
