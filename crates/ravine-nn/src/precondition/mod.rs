//! Preconditioners of matrices: arithmetic on plain matrices that knows nothing of layers.
