//! How well a curvature knows second derivatives.

/// What is known of the second derivatives where a method stands.
///
/// ```
/// use ravine::curvature::Knows;
///
/// assert!(Knows::Little < Knows::Approximately && Knows::Approximately < Knows::Exactly);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Knows {
    /// Nothing, or what it has learnt from steps: a decrease along the gradient may be missed.
    Little,
    /// A matrix that stands for the second derivatives, such as that of Gauss and Newton. It may promise
    /// what the function does not keep.
    Approximately,
    /// The second derivatives.
    Exactly,
}
