//! Readers of data files and design matrices.
