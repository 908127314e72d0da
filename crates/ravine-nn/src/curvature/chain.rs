//! Layers in a chain: each takes what the one before it gives, and nothing else does.

use super::{Cover, Covered};
use crate::network::{Network, Source};
use crate::ops::Operation;

impl Network {
    /// The chains among blocks, first to last layer, as numbers of blocks: of linear layers that a case uses
    /// once, with operations entry by entry between them, two layers at least.
    pub(crate) fn chains(&self, blocks: &[Covered]) -> Vec<Vec<usize>> {
        let node = |block: &Covered| match block.uses[..] {
            [k] if block.by == Cover::Kronecker && self.is_dense(k) => Some(k),
            _ => None,
        };
        let of: Vec<Option<usize>> = blocks.iter().map(node).collect();
        // The block after each.
        let after: Vec<Option<usize>> = of
            .iter()
            .map(|k| {
                let mut k = (*k)?;
                loop {
                    k = self.only_reader(k)?;
                    if let Some(next) = of.iter().position(|other| *other == Some(k)) {
                        return Some(next);
                    }
                    match &self.nodes[k].source {
                        Source::Operation {
                            operation: Operation::Entrywise(_) | Operation::Scaled(_),
                            ..
                        } => {}
                        _ => return None,
                    }
                }
            })
            .collect();
        let firsts = (0..blocks.len()).filter(|k| !after.contains(&Some(*k)));
        let chain = |first| std::iter::successors(Some(first), |&k: &usize| after[k]).collect();
        firsts.map(chain).filter(|chain: &Vec<usize>| chain.len() > 1).collect()
    }

    /// Whether it is a linear layer with one row a case.
    pub(crate) fn is_dense(&self, node: usize) -> bool {
        let node = &self.nodes[node];
        let linear =
            matches!(node.source, Source::Operation { operation: Operation::Linear(_), .. });
        linear && node.shape.by_case && node.shape.entries() == node.shape.width()
    }

    /// The one operation that reads a tensor.
    fn only_reader(&self, tensor: usize) -> Option<usize> {
        let mut readers =
            self.nodes.iter().enumerate().filter_map(|(k, node)| match &node.source {
                Source::Operation { inputs, .. } => {
                    let times = inputs.iter().filter(|&&input| input == tensor).count();
                    (times > 0).then_some((k, times))
                }
                _ => None,
            });
        match (readers.next(), readers.next()) {
            (Some((k, 1)), None) => Some(k),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Builder, Input, Transformer, Unary, mlp, transformer};

    #[test]
    fn chains_have_one_reader_after_another() {
        let network = mlp(Input::Features(vec![4]), &[3, 2], 3, Unary::Relu).unwrap();
        assert_eq!(network.chains(&network.coverage()), [[0, 1, 2]]);
        // A sum around the second layer: nothing reads the first one's output alone.
        let (mut net, x) = Builder::new(Input::Features(vec![4]));
        let first = net.linear("first", x, 3).unwrap();
        let second = net.linear("second", first, 3).unwrap();
        let sum = net.add(first, second).unwrap();
        let third = net.linear("third", sum, 2).unwrap();
        let last = net.scaled(third, 2.0).unwrap();
        let last = net.linear("last", last, 2).unwrap();
        let network = net.finish(last).unwrap();
        assert_eq!(network.chains(&network.coverage()), [[2, 3]]);
        // Places of a sequence are no rows of a case.
        let sizes = Transformer { length: 4, symbols: 5, width: 4, depth: 1, heads: 2 };
        let network = transformer(&sizes).unwrap();
        assert!(network.chains(&network.coverage()).is_empty());
    }
}
