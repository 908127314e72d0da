//! Readers of data files and design matrices.

mod csv;
mod design;
