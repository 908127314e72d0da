//! Where training starts.

use ravine_linalg::random::Random;

use crate::shape::Shape;

/// How the entries of a parameter are drawn. The fan of weights W of outputs by inputs is the number of
/// inputs, of windows and channels for a convolution.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialization {
    /// Zeros.
    Zeros,
    /// Ones.
    Ones,
    /// Normal with this deviation.
    Normal(f64),
    /// Uniform within `1 / sqrt(fan)` of zero, as PyTorch's linear layers.
    Uniform,
    /// Normal of variance `2 / fan`: for rectified units (He et al. 2015).
    He,
    /// Normal of variance `1 / fan` (LeCun et al. 1998).
    Lecun,
    /// Normal of variance `2 / (inputs + outputs)` (Glorot and Bengio 2010).
    Glorot,
    /// So many weights of each output normal, the others zero (Martens 2010: 15).
    Sparse(usize),
}

impl Initialization {
    /// Those with a name and nothing to choose, and what `sparse` means.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("uniform", Self::Uniform),
        ("he", Self::He),
        ("lecun", Self::Lecun),
        ("glorot", Self::Glorot),
        ("sparse", Self::Sparse(15)),
        ("zeros", Self::Zeros),
    ];

    /// Entries of a parameter of this shape.
    pub fn draw(&self, shape: &Shape, random: &mut Random) -> Vec<f64> {
        let n = shape.entries();
        let outputs = shape.sizes.first().copied().unwrap_or(1).max(1);
        let fan = (n / outputs).max(1);
        let mut normal = |variance: f64| -> Vec<f64> {
            (0..n).map(|_| variance.sqrt() * random.normal()).collect()
        };
        match *self {
            Self::Zeros => vec![0.0; n],
            Self::Ones => vec![1.0; n],
            Self::Normal(deviation) => normal(deviation * deviation),
            Self::He => normal(2.0 / fan as f64),
            Self::Lecun => normal(1.0 / fan as f64),
            Self::Glorot => normal(2.0 / (fan + outputs) as f64),
            Self::Uniform => {
                let bound = 1.0 / (fan as f64).sqrt();
                (0..n).map(|_| bound * (2.0 * random.uniform() - 1.0)).collect()
            }
            Self::Sparse(count) => {
                let (mut entries, mut chosen) = (vec![0.0; n], Vec::new());
                for row in entries.chunks_exact_mut(fan) {
                    random.sample(fan, count.min(fan), &mut chosen);
                    chosen.iter().for_each(|&j| row[j] = random.normal());
                }
                entries
            }
        }
    }
}
