//! Checkpoints of trainings that were read: files of the format safetensors.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ravine::checkpoint::{Error, decode};
use ravine::minimize::Epochs;
use ravine_linalg::vector::Partitioned;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, Metadata, TensorView};
use serde::{Deserialize, Serialize};

use super::EpochReport;
use crate::backend::Backend;
use crate::loss::Loss;
use crate::mean_loss::MeanLoss;
use crate::model::Architecture;
use crate::network::Network;
use crate::preparation::Preparation;
use crate::tape::Parameters;

/// The metadata of the file that is ours.
pub(super) const KEY: &str = "ravine";

/// Of our part of the file.
pub(super) const VERSION: u32 = 1;

/// Of the library: states are read by the version that wrote them.
pub(super) const LIBRARY: &str = env!("CARGO_PKG_VERSION");

/// The tensors of bytes from which a run goes on; no layer has a name with a slash.
pub(super) const RUN: &str = "ravine/run";
pub(super) const HISTORY: &str = "ravine/history";
pub(super) const BEST: &str = "ravine/best";

/// Longer headers are not written.
const LONGEST_HEADER: u64 = 100_000_000;

/// Where the cases come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSource {
    /// What they are called: `digits`, or a file.
    pub name: String,
    /// The file of what images show.
    pub labels: Option<String>,
    /// The column of the target.
    pub target: Option<String>,
    /// The share that is held out, and the seed by which it is drawn.
    pub held_out: (f64, u64),
}

/// What a checkpoint says of a training beside its state: what whoever reads it needs to make the network again and
/// to prepare cases for it. All of it may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The network.
    pub architecture: Option<Architecture>,
    /// What was done to the numbers of the data.
    pub preparation: Option<Preparation>,
    /// The data.
    pub data: Option<DataSource>,
    /// The optimizer in words.
    pub method: Option<String>,
}

/// What the file says in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub version: u32,
    pub ravine: String,
    pub about: About,
    pub loss: Loss,
    pub penalty: Vec<f64>,
    pub steps: u64,
    pub epoch: u64,
    pub seconds: f64,
    /// The method with its settings.
    pub settings: String,
    pub epochs: Epochs,
    /// Bits of a number.
    pub precision: usize,
    pub network: u32,
    pub cases: u32,
    pub held_out: Option<u32>,
    /// Of the bytes of run, history and best.
    pub state: u32,
}

/// A checkpoint of a training that was read: see [`TrainingRun::save`](crate::TrainingRun::save).
#[derive(Clone, Debug)]
pub struct Saved {
    path: PathBuf,
    pub(super) head: Head,
    file: Vec<u8>,
}

impl Saved {
    /// Reads a checkpoint. Lengths are compared with that of the file before memory is taken.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is none of this format, not whole, or of another version.
    pub fn read(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        match read(&path) {
            Ok((head, file)) => Ok(Self { path, head, file }),
            Err(Unread::Io(error)) => Err(Error::Read { path, error }),
            Err(Unread::Refused(why)) => Err(Error::Refused { path, why }),
        }
    }

    /// What it says of the training.
    pub fn about(&self) -> &About {
        &self.head.about
    }

    /// The loss that was learnt by.
    pub fn loss(&self) -> Loss {
        self.head.loss
    }

    /// The penalty of each block.
    pub fn penalty(&self) -> &[f64] {
        &self.head.penalty
    }

    /// Steps and whole epochs behind.
    pub fn place(&self) -> (u64, u64) {
        (self.head.steps, self.head.epoch)
    }

    /// Bits of a number: 32 or 64.
    pub fn precision(&self) -> usize {
        self.head.precision
    }

    /// Epochs and batches.
    pub fn epochs(&self) -> &Epochs {
        &self.head.epochs
    }

    /// Whether these are the cases that were learnt from.
    pub fn is_of<B: Backend>(&self, loss: &MeanLoss<B>) -> bool {
        self.head.cases == loss.fingerprint()
    }

    /// The measurements, a line an epoch.
    ///
    /// # Errors
    ///
    /// If they were changed.
    pub fn history(&self) -> Result<Vec<EpochReport>, Error> {
        decode(self.bytes(HISTORY)?).map_err(|error| self.refused(error.to_string()))
    }

    /// The network, made again.
    ///
    /// # Errors
    ///
    /// If the file does not say of what, or that does not fit its parameters.
    pub fn network(&self) -> Result<Network, Error> {
        let Some(architecture) = &self.head.about.architecture else {
            return Err(self.refused("does not say what the network is made of".to_owned()));
        };
        let tensors = self.tensors()?.len();
        if !architecture.is_of_at_most(tensors) {
            return Err(self.refused(format!("has no network of {tensors} tensors")));
        }
        let network = architecture.network().map_err(|error| self.refused(error.to_string()))?;
        let blocks = network.parameters().len();
        if self.head.penalty.len() != blocks {
            let has = self.head.penalty.len();
            return Err(self.refused(format!("has {has} penalties for {blocks} parameters")));
        }
        Ok(network)
    }

    /// The parameters of a network.
    ///
    /// # Errors
    ///
    /// If the file has not the parameters of that network, by name, shape and precision.
    pub fn parameters<B: Backend>(
        &self,
        backend: &B,
        network: &Network,
    ) -> Result<Parameters<B>, Error> {
        let tensors = self.tensors()?;
        let mut blocks = Vec::new();
        for parameter in network.parameters() {
            let (name, sizes) = (&parameter.name, &parameter.shape.sizes);
            let Ok(tensor) = tensors.tensor(name) else {
                return Err(
                    self.refused(format!("has no tensor {name}; there is to be one of {sizes:?}"))
                );
            };
            if tensor.shape() != &sizes[..] {
                let of = tensor.shape();
                return Err(
                    self.refused(format!("has a tensor {name} of {of:?}, not of {sizes:?}"))
                );
            }
            let numbers = numbers(&tensor).ok_or_else(|| {
                let of = tensor.dtype();
                self.refused(format!("has a tensor {name} of {of}, not of F32 or F64"))
            })?;
            blocks.push((name.clone(), backend.upload(&numbers)));
        }
        Partitioned::new(blocks).map_err(|error| self.refused(error.to_string()))
    }

    fn tensors(&self) -> Result<SafeTensors<'_>, Error> {
        SafeTensors::deserialize(&self.file).map_err(|error| self.refused(error.to_string()))
    }

    pub(super) fn bytes(&self, name: &str) -> Result<&[u8], Error> {
        let tensors = self.tensors()?;
        let found = tensors.tensor(name).map(|tensor| tensor.data());
        found.map_err(|_| self.refused(format!("has no tensor {name}, and cannot go on")))
    }

    pub(super) fn refused(&self, why: String) -> Error {
        Error::Refused { path: self.path.clone(), why }
    }
}

enum Unread {
    Io(std::io::Error),
    Refused(String),
}

impl From<std::io::Error> for Unread {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// The file, after its header was compared with its length.
fn read(path: &Path) -> Result<(Head, Vec<u8>), Unread> {
    let refuse = |why: String| Err(Unread::Refused(why));
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut begin = [0; 8];
    if length < 8 || !file.metadata()?.is_file() {
        return refuse("is not a safetensors file".to_owned());
    }
    file.read_exact(&mut begin)?;
    let size = u64::from_le_bytes(begin);
    if size > LONGEST_HEADER {
        return refuse("is not a safetensors file".to_owned());
    }
    if size > length - 8 {
        return refuse(format!("is cut short: its header has {size} bytes, the file {length}"));
    }
    let mut header = vec![0; size as usize];
    file.read_exact(&mut header)?;
    let Ok(metadata) = serde_json::from_slice::<Metadata>(&header) else {
        return refuse("is not a safetensors file: its header cannot be read".to_owned());
    };
    let whole = 8 + size + metadata.data_len() as u64;
    if whole != length {
        return refuse(format!("is not whole: {length} bytes, but its header says {whole}"));
    }
    let head = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    let Some(head) = head else {
        return refuse("has no training of ravine in it: its metadata do not name one".to_owned());
    };
    // The versions first: another may say other things.
    let value = serde_json::from_str::<serde_json::Value>(head).unwrap_or_default();
    if let Some(other) = value["ravine"].as_str().filter(|&version| version != LIBRARY) {
        return refuse(format!(
            "is a checkpoint of ravine {other}, but this is ravine {LIBRARY}: go on with the version that began"
        ));
    }
    match value["version"].as_u64() {
        Some(version) if version != u64::from(VERSION) => {
            return refuse(format!("is of version {version} of the format, not {VERSION}"));
        }
        _ => {}
    }
    let head = match serde_json::from_str::<Head>(head) {
        Ok(head) => head,
        Err(error) => return refuse(format!("has a description that cannot be read: {error}")),
    };
    let data = metadata.data_len();
    let mut bytes = [&begin[..], &header].concat();
    bytes.try_reserve_exact(data).map_err(std::io::Error::other)?;
    if file.take(data as u64).read_to_end(&mut bytes)? != data {
        return refuse("became shorter while it was read".to_owned());
    }
    Ok((head, bytes))
}

/// The numbers of a tensor, exactly; `None` of other types.
fn numbers(tensor: &TensorView<'_>) -> Option<Vec<f64>> {
    let data = tensor.data();
    match tensor.dtype() {
        Dtype::F32 => {
            let (chunks, _) = data.as_chunks();
            Some(chunks.iter().map(|&bytes| f64::from(f32::from_le_bytes(bytes))).collect())
        }
        Dtype::F64 => {
            let (chunks, _) = data.as_chunks();
            Some(chunks.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect())
        }
        _ => None,
    }
}
