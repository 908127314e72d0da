//! SOAP, block by block.

use ravine_linalg::matrix::Precision;

use super::cut::{Part, parts};
use super::scratch::Scratch;
use super::{Failures, Shape, Soap, SoapSettings, Step};

/// [`Soap`] on the blocks of a matrix, with sides of at most [`SoapSettings::block`]: with sides m and n a step of the
/// whole takes `8 m n (m + n)` multiplications or so, one of blocks of b by b `16 m n b`. Correlations from block to
/// block are not seen.
///
/// ```
/// use ravine_nn::precondition::{Shape, SoapBlocks, SoapSettings};
///
/// let settings = SoapSettings { block: Some(2), ..SoapSettings::default() };
/// let mut soap = SoapBlocks::<f64>::new(Shape::new(3, 4), settings);
/// assert_eq!(soap.blocks(), 4);
/// let (gradient, mut direction) = ([1.0; 12], [0.0; 12]);
/// assert!(!soap.step(&gradient, &mut direction).moves);
/// assert!(soap.step(&gradient, &mut direction).moves);
/// ```
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(bound = "")]
pub struct SoapBlocks<T: Precision> {
    shape: Shape,
    blocks: Vec<(Part, Soap<T>)>,
    #[serde(skip)]
    work: Scratch<[Vec<T>; 2]>,
}

impl<T: Precision> SoapBlocks<T> {
    /// Before the first step.
    ///
    /// # Panics
    ///
    /// If `period` or `block` is zero.
    pub fn new(shape: Shape, settings: SoapSettings) -> Self {
        let side = settings.block.unwrap_or(usize::MAX);
        assert!(side > 0, "SoapBlocks: block at least 1");
        let sizes = [side.min(shape.rows), side.min(shape.columns)];
        let of = |part: Part| (part, Soap::new(part.shape, settings.clone()));
        Self { shape, blocks: parts(shape, sizes).map(of).collect(), work: Scratch::default() }
    }

    /// The number of blocks.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The worst of the counts of failures of all blocks.
    pub fn failures(&self) -> Failures {
        let all = self.blocks.iter().map(|(_, soap)| soap.failures());
        all.fold(Failures::default(), |a, b| Failures {
            consecutive: a.consecutive.max(b.consecutive),
            total: a.total.max(b.total),
        })
    }

    /// One step of every block; see [`Soap::step`]. It moves where any of them does.
    ///
    /// # Panics
    ///
    /// If a slice has not the shape's entries.
    pub fn step(&mut self, gradient: &[T], direction: &mut [T]) -> Step {
        self.shape.check("SoapBlocks", gradient);
        self.shape.check("SoapBlocks", direction);
        if let [(_, whole)] = &mut self.blocks[..] {
            return whole.step(gradient, direction);
        }
        let [of_gradient, of_direction] = &mut *self.work;
        let (mut moves, mut status) = (false, super::Status::Unchanged);
        for (part, soap) in &mut self.blocks {
            let gradient = part.cut(gradient, self.shape, of_gradient);
            of_direction.resize(part.shape.entries(), T::ZERO);
            let step = soap.step(gradient, of_direction);
            part.paste(of_direction, self.shape, direction);
            (moves, status) = (moves || step.moves, status.and(step.status));
        }
        Step { moves, status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each block goes as it would alone, and one block is the whole.
    #[test]
    fn blocks_are_problems_of_their_own() {
        let shape = Shape::new(5, 7);
        let settings = SoapSettings { block: Some(3), period: 2, ..SoapSettings::default() };
        let mut blocks = SoapBlocks::<f64>::new(shape, settings.clone());
        let mut whole =
            SoapBlocks::<f64>::new(shape, SoapSettings { block: Some(7), ..settings.clone() });
        let mut plain = Soap::<f64>::new(shape, settings.clone());
        // Rows 3 and 4, columns 6.
        let mut last = Soap::<f64>::new(Shape::new(2, 1), settings);
        assert_eq!((blocks.blocks(), whole.blocks()), (6, 1));
        for step in 0..6 {
            let g: Vec<f64> = (0..35).map(|k| ((k * k + 3 * step) as f64).sin()).collect();
            let [mut d, mut of_whole, mut of_plain] = [const { [0.0; 35] }; 3];
            let mut of_last = [0.0; 2];
            blocks.step(&g, &mut d);
            whole.step(&g, &mut of_whole);
            plain.step(&g, &mut of_plain);
            last.step(&[g[27], g[34]], &mut of_last);
            assert_eq!(of_whole, of_plain);
            assert_eq!([d[27], d[34]], of_last);
            assert!(step == 0 || d != of_plain);
        }
        assert_eq!(blocks.failures(), Failures::default());
    }
}
