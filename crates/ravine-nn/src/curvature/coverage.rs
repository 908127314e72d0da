//! Which parameters a Kronecker block covers.

use crate::network::{Network, Source};
use crate::ops::Operation;

/// One parameter or two and how their curvature is approximated; found from the operations that use them, not
/// from their names.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Covered {
    /// The block of the weights, or the only one.
    pub weight: usize,
    /// The block of the bias, where it belongs to the weights.
    pub bias: Option<usize>,
    /// How.
    pub by: Cover,
    /// The operations that use the weights, by the number of their tensor.
    pub(crate) uses: Vec<usize>,
}

/// A kind of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cover {
    /// A Kronecker product of two factors, of inputs and of output gradients.
    Kronecker,
    /// The same with a diagonal factor of inputs: counts of symbols.
    Embedding,
    /// A diagonal.
    Diagonal,
}

impl Cover {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kronecker => "Kronecker factors",
            Self::Embedding => "counts and a factor",
            Self::Diagonal => "diagonal",
        }
    }
}

/// What one operation is to a parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Weight,
    Table,
    Bias { of: usize },
    Other,
}

impl Network {
    /// The blocks of K-FAC: weights that only linear layers, or only convolutions, use, each with the bias that
    /// only goes with them, wherever and how often they are used; tables of embeddings; a diagonal
    /// for all others.
    ///
    /// ```
    /// use ravine_nn::{Cover, Transformer, transformer};
    ///
    /// let sizes = Transformer { length: 8, symbols: 20, width: 16, depth: 1, heads: 2 };
    /// let network = transformer(&sizes)?;
    /// let diagonal: Vec<&str> = network
    ///     .coverage()
    ///     .iter()
    ///     .filter(|block| block.by == Cover::Diagonal)
    ///     .map(|block| network.parameters()[block.weight].name.as_str())
    ///     .collect();
    /// assert!(diagonal.contains(&"places.table") && diagonal.contains(&"last.gain"));
    /// # Ok::<(), ravine_nn::NetworkError>(())
    /// ```
    pub fn coverage(&self) -> Vec<Covered> {
        let count = self.parameters().len();
        let mut roles: Vec<Vec<(Role, usize)>> = vec![Vec::new(); count];
        for (k, node) in self.nodes.iter().enumerate() {
            let Source::Operation { operation, inputs } = &node.source else { continue };
            let parameter = |input: usize| match self.nodes[input].source {
                Source::Parameter(p) => Some(p),
                _ => None,
            };
            for (i, &input) in inputs.iter().enumerate() {
                let Some(p) = parameter(input) else { continue };
                let role = match (operation, i) {
                    (Operation::Linear(_) | Operation::Convolution(_), 1) => Role::Weight,
                    (Operation::Embedding(_), 1) => Role::Table,
                    (Operation::Linear(_) | Operation::Convolution(_), 2) => {
                        parameter(inputs[1]).map_or(Role::Other, |of| Role::Bias { of })
                    }
                    _ => Role::Other,
                };
                roles[p].push((role, k));
            }
        }
        let all_are = |p: usize, role: Role| roles[p].iter().all(|(r, _)| *r == role);
        let mut covered = Vec::new();
        for p in 0..count {
            let uses: Vec<usize> = roles[p].iter().map(|(_, node)| *node).collect();
            let mut bias = None;
            let by = if all_are(p, Role::Weight) && self.one_kind(&uses) {
                bias = (0..count).find(|&q| all_are(q, Role::Bias { of: p }));
                Cover::Kronecker
            } else if all_are(p, Role::Table) {
                Cover::Embedding
            } else if let Some((Role::Bias { of }, _)) = roles[p].first()
                && all_are(p, Role::Bias { of: *of })
                && all_are(*of, Role::Weight)
                && (0..p).all(|q| !all_are(q, Role::Bias { of: *of }))
            {
                // It is in the block of its weights.
                continue;
            } else {
                Cover::Diagonal
            };
            covered.push(Covered { weight: p, bias, by, uses });
        }
        covered
    }

    /// Whether one of these operations gives the outputs.
    pub(crate) fn gives_outputs(&self, nodes: &[usize]) -> bool {
        nodes.contains(&self.output)
    }

    /// Whether all operations are of one kind, so that their inputs are alike.
    fn one_kind(&self, nodes: &[usize]) -> bool {
        let convolution = |k: usize| {
            matches!(
                self.nodes[k].source,
                Source::Operation { operation: Operation::Convolution(_), .. }
            )
        };
        nodes.iter().all(|&k| convolution(k)) || !nodes.iter().any(|&k| convolution(k))
    }
}
